"""Reverse mode through a branch.

    y = if p { a.. } else { b.. }

becomes in the forward sweep an `If` that yields the residuals too, and in the backward sweep an `If` on the same
condition, which yields the new cotangents of the variables that either branch reads from outside:

    y, r = if p { a.., ra } else { b.., rb }
    ...
    x_bar_1 = if p { x_bar += a's, from y_bar and r } else { x_bar += b's, from y_bar and r }

A residual of one branch and one of the other share `r` if they have the same type; where there is only one, the
other branch yields a zero that nobody reads. Stacks that are pushed to in one branch pass unchanged through the
other.
"""

from __future__ import annotations

from collections.abc import Sequence

from myialike.ad.blocks import bar_name, substitute
from myialike.ad.region import Branch, Region, Slot, Sweep
from myialike.ad.residuals import Backward, extended, plan
from myialike.ad.zeros import zero
from myialike.ir.builder import Builder
from myialike.ir.syntax import Atom, Block, If, Var

Shared = dict[Var, tuple[Var | None, Var | None]]  # output of the forward If: residual of then, of orelse


def reverse_if(eqn: If, region: Region, sweep: Sweep) -> If:
    """Emit the backward `If` of `eqn` into `region`, and return the forward one.

    forward : (p, x..) -> (y.., residuals, stacks)
    backward: (p, y_bar.., x_bar.., residuals, stacks) -> (x_bar.. with what the branch taken contributes, stacks)
    """
    bars = [region.take(o) for o in eqn.outputs]
    if all(b is None for b in bars) and region.restored.keys().isdisjoint(eqn.outputs):
        return eqn
    then, orelse = (_Side(eqn, block, bars, region, sweep) for block in (eqn.then, eqn.orelse))
    touched = tuple(dict.fromkeys([*then.branch.updated(), *orelse.branch.updated()]))
    undone = [v for v in then.undone() if v in orelse.branch.restored]
    if not touched and not undone and not then.branch.slots and not orelse.branch.slots:
        return eqn
    then.settle(touched, undone)
    orelse.settle(touched, undone)
    builder = region.builder
    shared = _share(then.saved, orelse.saved, builder)
    slots = [outer for side in (then, orelse) for _, outer in side.branch.slots]
    new_bars = tuple(builder.var(bar_name(v), v.type) for v in touched)
    backward = (then.backward_block(slots, 0, shared), orelse.backward_block(slots, 1, shared))
    begins = tuple(builder.var(v.name, v.type) for v in undone)
    builder.append(If(eqn.pred, *backward, (*new_bars, *begins, *(s.rest for s in slots)), eqn.loc))
    for var, begin in zip(undone, begins, strict=True):
        region.found(var, begin)
    for var, bar in zip(touched, new_bars, strict=True):
        region.replace(var, bar)
    forward = (then.forward_block(slots, 0, shared), orelse.forward_block(slots, 1, shared))
    return If(eqn.pred, *forward, (*eqn.outputs, *shared, *(s.after for s in slots)), eqn.loc)


def _share(then: Sequence[Var], orelse: Sequence[Var], builder: Builder) -> Shared:
    """Variables that each hold one residual of either branch, or one of both."""
    shared: Shared = {}
    rest = list(orelse)
    for var in then:
        partner = next((v for v in rest if v.type == var.type), None)
        if partner is not None:
            rest.remove(partner)
        shared[builder.var(var.name, var.type)] = (var, partner)
    shared.update((builder.var(var.name, var.type), (None, var)) for var in rest)
    return shared


class _Side:
    """One branch: its forward equations, its backward sweep, and the residuals between them."""

    def __init__(self, eqn: If, block: Block, bars: Sequence[Atom | None], region: Region, sweep: Sweep) -> None:
        self.block = block
        self.branch = Branch(block, region)
        for out, result, bar in zip(eqn.outputs, block.results, bars, strict=True):
            self.branch.add(result, bar)
            if out in region.restored:
                self.branch.found(result, out)
        self.forward = sweep(block, self.branch)
        self.backward = Block((), (), ())
        self.saved: tuple[Var, ...] = ()

    def undone(self) -> list[Var]:
        """The variables from outside that this branch restores."""
        branch = self.branch
        return [v for v in branch.restored if v not in branch.local and not branch.is_free(v)]

    def settle(self, touched: Sequence[Var], undone: Sequence[Var]) -> None:
        """Fix what the backward sweep yields, the cotangents of `touched`, and what it reads of the forward sweep."""
        branch, builder = self.branch, self.branch.builder
        bars = [(v, branch.current(v)) for v in touched]
        results = tuple(zero(builder, v.type) if bar is None else bar for v, bar in bars)
        backward = Backward(branch, (*results, *undone))
        chosen = plan(branch, backward, self.forward, in_loop=False)
        self.backward = backward.completed(chosen, {})
        self.saved = chosen.saved
        self.forward = extended(self.forward, chosen.ahead)

    def forward_block(self, slots: Sequence[Slot], side: int, shared: Shared) -> Block:
        """The branch, yielding also the variables in `shared` and the stacks of both branches."""
        inside = {outer: inner for inner, outer in self.branch.slots}
        fill = self.branch.builder.child()
        residuals = []
        for out, sides in shared.items():
            own = sides[side]
            residuals.append(zero(fill, out.type) if own is None else own)
        stacks = tuple(inside[s].after if s in inside else s.before for s in slots)
        return Block((), (*self.forward, *fill.eqns), (*self.block.results, *residuals, *stacks))

    def backward_block(self, slots: Sequence[Slot], side: int, shared: Shared) -> Block:
        """The backward sweep, on the residuals in `shared`, yielding cotangents and the stacks of both branches."""
        inside = {outer: inner for inner, outer in self.branch.slots}
        stacks = tuple(inside[s].rest if s in inside else s.full for s in slots)
        env: dict[Var, Atom] = {own: out for out, sides in shared.items() if (own := sides[side]) is not None}
        eqns = tuple(substitute(e, env) for e in self.backward.eqns)
        return Block((), eqns, (*self.backward.results, *stacks))
