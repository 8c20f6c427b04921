"""Reverse mode through a loop.

    c = for start, stop, step init (c0) (i, a) { .. yield a2 }

The forward loop pushes, at the end of its body, the residuals `r` of one iteration; the backward loop takes the
indices in reverse order and pops them at the start of its own. It carries the cotangents of the active carries,
those of the active variables that the body reads from outside, which are accumulated in place, and the stacks:

    s = stack_new()
    c, s2 = for start, stop, step init (c0, s) (i, a, s_1) { .. s_2 = push(s_1, r); yield a2, s_2 }
    ...
    c0_bar, x_bar2, _ = for last, start - step, -step init (c_bar, x_bar, s2) (i, a2_bar, x_bar_1, s_3) {
        s_4, r = pop(s_3)
        .. the backward sweep of the body: a_bar and x_bar_2 from a2_bar, x_bar_1 and r
        yield a_bar, x_bar_2, s_4
    }

Arrays whose writes are undone (`myialike.ad.undo`) are carried by the backward loop too, from c to c0.

So the index of the backward loop is the index of the forward loop, and is never saved. A `While` counts its
iterations, and its backward loop is a `For` over the count. The stacks are created at the root of the graph: Note
[Tapes].
"""

from __future__ import annotations

from collections.abc import Sequence

from myialike.ad.blocks import Loop, bar_name, carry_params, index_params, trip_count
from myialike.ad.region import Body, Region, Sweep
from myialike.ad.residuals import Backward, extended, plan
from myialike.ad.undo import closed
from myialike.ad.zeros import or_zero
from myialike.ir.builder import Builder
from myialike.ir.syntax import Atom, Block, Eqn, For, Lit, Prim, Var, While
from myialike.ir.types import I64, scalar


def reverse_loop(loop: Loop, region: Region, sweep: Sweep) -> Loop:
    """Emit the backward loop of `loop` into `region`, and return the forward one.

    forward : (c0.., stacks) -> (c.., stacks)
    backward: (c_bar.., x_bar.., stacks) -> (c0_bar.., x_bar.. with what the loop contributes, stacks)
    """
    final_bars = [region.take(o) for o in loop.outputs]
    active = [k for k, p in enumerate(carry_params(loop)) if p in region.active]
    if all(b is None for b in final_bars):
        active = []
    kept = closed(loop, [k for k, o in enumerate(loop.outputs) if o in region.undo])
    if not active and not kept:
        return loop
    one, builder = _Iteration(loop, active, kept, region, sweep), region.builder
    accumulators, stacks = one.body.accumulators, [outer for _, outer in one.body.slots]
    over = reversed_range(builder, loop) if isinstance(loop, For) else (_int(0), one.count, _int(1))
    carry_bars = [or_zero(builder, final_bars[k], loop.outputs[k]) for k in one.active]
    outer_bars = [or_zero(builder, region.current(v), v) for v in accumulators]
    new_carry_bars = [builder.var(bar_name(loop.init[k]), loop.init[k].type) for k in one.active]
    new_outer_bars = [builder.var(bar_name(v), v.type) for v in accumulators]
    begins = [builder.var(loop.outputs[k].name, loop.outputs[k].type) for k in kept]
    init = (*carry_bars, *outer_bars, *(loop.outputs[k] for k in kept), *(s.full for s in stacks))
    outputs = (*new_carry_bars, *new_outer_bars, *begins, *(s.rest for s in stacks))
    builder.append(For(over, init, one.backward_body(), outputs, loc=loop.loc))
    for var, bar in zip(accumulators, new_outer_bars, strict=True):
        region.replace(var, bar)
    for k, bar in zip(one.active, new_carry_bars, strict=True):
        region.add(loop.init[k], bar)
    for k, begin in zip(kept, begins, strict=True):
        region.found(loop.init[k], begin)
    return one.forward_loop()


class _Iteration:
    """One iteration, forward and backward, and the residuals between them."""

    def __init__(
        self, loop: Loop, active: Sequence[int], kept: Sequence[int], region: Region, sweep: Sweep
    ) -> None:
        self.loop = loop
        self.body = Body(loop, region)
        params = carry_params(loop)
        self.active = active
        builder = self.body.builder
        self.ends = [builder.var(params[k].name, params[k].type) for k in kept]
        for k, end in zip(kept, self.ends, strict=True):
            self.body.found(loop.body.results[k], end)
        self.bar_params = [builder.var(bar_name(params[k]), params[k].type) for k in self.active]
        for k, bar in zip(self.active, self.bar_params, strict=True):
            self.body.add(loop.body.results[k], bar)
        self.index = self._backward_index()
        self.count = builder.var("count", scalar(I64))  # of the iterations of a `While`
        self.forward = sweep(loop.body, self.body)
        bars = [or_zero(builder, self.body.take(params[k]), params[k]) for k in self.active]
        self.results = (*bars, *(self.body.bars[v] for v in self.body.accumulators), *(params[k] for k in kept))
        self._save()

    def _save(self) -> None:
        """Choose the residuals, and make a stack for each that is not computed again."""
        body, builder = self.body, self.body.builder
        backward = Backward(body, self.results)
        chosen = plan(body, backward, self.forward, in_loop=True)
        env: dict[Var, Atom] = dict(zip(index_params(self.loop), (self.index,), strict=False))
        self.pushes: list[Eqn] = []
        start = builder.child()
        for var in chosen.saved:
            slot = body.slot(body.stack_of(var.type), f"{var.name}_tape")
            self.pushes.append(Prim("push", (slot.before, var), (slot.after,), loc=self.loop.loc))
            value = builder.var(var.name, var.type)
            start.append(Prim("pop", (slot.full,), (slot.rest, value), loc=self.loop.loc))
            env[var] = value
        block = backward.completed(chosen, env)
        self.forward = extended(self.forward, chosen.ahead)
        self.results, self.backward = block.results, (*start.eqns, *block.eqns)

    def _backward_index(self) -> Var:
        index = index_params(self.loop)
        builder = self.body.builder
        return builder.var(index[0].name, index[0].type) if index else builder.var("k", scalar(I64))

    def forward_loop(self) -> Loop:
        """The loop with its pushes; a `While` counts its iterations too."""
        loop, slots = self.loop, self.body.slots
        inside, outside = [inner for inner, _ in slots], [outer for _, outer in slots]
        init = (*loop.init, *(s.before for s in outside))
        outputs = (*loop.outputs, *(s.after for s in outside))
        params = (*loop.body.params, *(s.before for s in inside))
        results = (*loop.body.results, *(s.after for s in inside))
        body = Block(params, (*self.forward, *self.pushes), results)
        if isinstance(loop, For):
            return For(loop.over, init, body, outputs, loc=loop.loc)
        return self._counting(loop, init, body, outputs)

    def _counting(self, loop: While, init: tuple[Atom, ...], body: Block, outputs: tuple[Var, ...]) -> While:
        """The forward `While` of this carry, which also counts."""
        builder = self.body.builder
        before, after = (builder.var("count", scalar(I64)) for _ in range(2))
        step = Prim("add", (before, _int(1)), (after,), loc=loop.loc)
        body = Block((*body.params, before), (*body.eqns, step), (*body.results, after))
        unused = [builder.var(p.name, p.type) for p in body.params[len(loop.init) :]]
        cond = Block((*loop.cond.params, *unused), loop.cond.eqns, loop.cond.results)
        return While((*init, _int(0)), cond, body, (*outputs, self.count), loop.loc)

    def backward_body(self) -> Block:
        """The body of the backward loop, on the index, the cotangents and the stacks."""
        slots = [inner for inner, _ in self.body.slots]
        bars = (*self.bar_params, *self.body.accumulators.values())
        params = (self.index, *bars, *self.ends, *(s.full for s in slots))
        return Block(params, self.backward, (*self.results, *(s.rest for s in slots)))


def reversed_range(builder: Builder, loop: For) -> tuple[Atom, ...]:
    """The start, stop and step of the indices of `loop` in reverse order, of which there may be none.

    The last index is `start - (floor((start - stop) / step) + 1) step`, and where there is none this is
    `start - step`, which is then also the stop, or beyond it.
    """
    if trip_count(loop) is not None:
        values = [a.value for a in loop.over if isinstance(a, Lit)]
        back = range(*values)[::-1]
        return tuple(Lit(v, a.type) for v, a in zip((back.start, back.stop, back.step), loop.over, strict=True))
    start, stop, step = (builder.expr(a) for a in loop.over)
    if isinstance(step.atom, Lit) and step.atom.value in (1, -1):
        last = stop - step
    else:
        last = start - ((start - stop).op("floordiv", step) + 1) * step
    if not isinstance(step.atom, Lit):
        return last.atom, (start - step).atom, (-step).atom
    back_step = Lit(-step.atom.value, step.atom.type)
    if isinstance(start.atom, Lit):
        return last.atom, Lit(start.atom.value - step.atom.value, start.atom.type), back_step
    return last.atom, (start - step).atom, back_step


def _int(value: int) -> Lit:
    return Lit(value, scalar(I64))
