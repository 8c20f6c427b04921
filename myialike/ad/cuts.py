"""Where the path from a differentiated value to a result is cut: derivatives that are zero and may not be meant to be.

    n = int(x)       n is an int: it has no derivative               y = round(x)     a step function
    k = np.sum(x > 0)    a condition as a number                     i = np.argmax(x) a position as a number
    k = np.searchsorted(x, 0.5), np.nonzero(x > 0), np.histogram(x)[0]                positions, counts as numbers

The derivative of these is zero wherever it exists, which is right and seldom wanted, so whoever differentiates is told.
A cut counts if floating results depend on it as a number. What serves as a position, a condition or a bound of a loop
is no number: `table[int(x)]` is not reported, nor is `x * (x > 0)`, where the condition is a mask for what depends on x
itself; how many conditions hold is a number, in `x * np.sum(x > 0)` too. `floor`, `ceil`, `trunc` and `sign` are not
reported either: who writes them knows that they are steps; nor is how many numbers are NaN: what is missing is no step.

Positions and counts are ints that depend on x although no number does: chosen by a condition (a bisection, `n += 1` in
a branch), written or added where a position says (`nonzero`, a histogram). So such ints are cuts. Floats are not:
`np.where(x > 0, 1.0, 0.1)` says itself that it is the branch taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from myialike.ad.activity import chosen
from myialike.ad.blocks import carry_params, no_calls
from myialike.ir.syntax import Atom, Block, Call, Closure, Eqn, For, Graph, If, Lit, Prim, Var, While
from myialike.ir.types import Array, is_float
from myialike.ops.functions import CHECKPOINT, rules_of
from myialike.source import Location

POSITIONS = frozenset({"argmax", "argmin", "argsort"})
COUNTS = frozenset({"reduce_sum", "cumsum", "matmul"})  # of conditions: how many hold
PRODUCTS = frozenset({"mul", "zmul", "matmul"})
STEPS = {  # what makes positions of ints without a derivative, and what they become
    "select": "replaced by a position", "index_set": "replaced by a position", "index_add": "counted",
}  # fmt: skip
NUMBERS: dict[str, tuple[int, ...]] = {  # the operands that are numbers, where others are positions or conditions
    "index": (0,), "index_set": (0, 1), "index_add": (0, 1), "select": (1, 2), "check": (), "print": (),
    "stop_gradient": (), "stack_len": (), "isnan": (), "isinf": (), "isfinite": (),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cut:
    """One place where a path is cut, and what the value becomes there."""

    loc: Location
    what: str
    is_mask: bool = False


def cuts(graph: Graph, active: tuple[bool, ...]) -> tuple[Cut, ...]:
    """The cuts between the parameters marked in `active` and the floating results, in the order of their places."""
    flow = _Flow(set(chosen(graph, active)))
    flow.block(graph.body)
    found = {cut for r in graph.results if is_float(r.type) for cut in flow.of(r)}
    return tuple(sorted(found, key=lambda c: (c.loc.filename, c.loc.lineno, c.loc.col_offset, c.what)))


class _Flow:
    """What each variable depends on as a number: on a differentiated value (`depends`), and through which cuts."""

    def __init__(self, depends: set[Var]) -> None:
        self.depends = depends
        self.cuts: dict[Var, frozenset[Cut]] = {}
        self.news = 0  # how often something was found

    def of(self, atom: Atom) -> frozenset[Cut]:
        return self.cuts.get(atom, frozenset()) if isinstance(atom, Var) else frozenset()

    def add(self, var: Var, depends: bool, cuts: Iterable[Cut]) -> None:
        new = self.of(var) | frozenset(cuts)
        if (depends and var not in self.depends) or new != self.of(var):
            self.news += 1
        if depends:
            self.depends.add(var)
        if new:
            self.cuts[var] = new

    def flow(self, sources: Sequence[Atom], targets: Sequence[Var]) -> None:
        for source, target in zip(sources, targets, strict=True):
            self.add(target, source in self.depends, self.of(source))

    def block(self, block: Block) -> None:
        for eqn in block.eqns:
            self.eqn(eqn)

    def eqn(self, eqn: Eqn) -> None:
        match eqn:
            case Prim():
                self.prim(eqn)
            case If():
                for branch in (eqn.then, eqn.orelse):
                    self.block(branch)
                    self.flow(branch.results, eqn.outputs)
                self.choice(eqn)
            case While() | For():
                params = carry_params(eqn)
                self.flow(eqn.init, params)
                known = -1
                while known != self.news:
                    known = self.news
                    self.block(eqn.body)
                    self.flow(eqn.body.results, params)
                self.flow(params, eqn.outputs)
            case Call() | Closure():
                raise no_calls(eqn)
            case _:
                assert_never(eqn)

    def choice(self, eqn: If) -> None:
        """The ints of which a condition on a differentiated value says what they are."""
        if eqn.pred not in self.depends or eqn.loc is None:
            return
        for a, b, out in zip(eqn.then.results, eqn.orelse.results, eqn.outputs, strict=True):
            if a != b and _kind(out) in "iu":
                is_mask = isinstance(a, Lit) and isinstance(b, Lit)
                self.add(out, True, [Cut(eqn.loc, "replaced by an int that a condition chooses", is_mask)])

    def prim(self, eqn: Prim) -> None:
        if eqn.op in CHECKPOINT:
            self.body(eqn, rules_of(eqn.attr("function")).body)
            return
        inputs = [a for k, a in enumerate(eqn.inputs) if k in NUMBERS.get(eqn.op, range(len(eqn.inputs)))]
        depends = any(a in self.depends for a in inputs)
        found = frozenset[Cut]().union(*map(self.of, inputs))
        if eqn.op in PRODUCTS:
            found = self._without_masks(inputs)
        if eqn.op in COUNTS or (eqn.op == "add" and _kind(eqn.outputs[0]) in "iu" and all(map(self.of, inputs))):
            found = frozenset(replace(cut, is_mask=False) for cut in found)
        own = self._own(eqn) if depends else None
        if eqn.op in STEPS and eqn.loc is not None and _kind(eqn.outputs[0]) in "iu":
            if any(a in self.depends for a in eqn.inputs if a not in inputs):
                is_mask = eqn.op == "select" and all(isinstance(a, Lit) for a in inputs)
                depends, own = True, Cut(eqn.loc, STEPS[eqn.op], is_mask)
        if own is not None and any(cut.loc == own.loc for cut in found):
            own = None  # `round(x)` rounds and converts
        for out in eqn.outputs:
            self.add(out, depends, found if own is None else found | {own})

    def body(self, eqn: Prim, graph: Graph) -> None:
        """A call of a function that is computed again."""
        self.flow(eqn.inputs, graph.params)
        self.block(graph.body)
        self.flow(graph.results, eqn.outputs)

    def _without_masks(self, inputs: Sequence[Atom]) -> frozenset[Cut]:
        """The cuts of a product: a condition that multiplies what depends on the differentiated value is a mask."""
        found: set[Cut] = set()
        for k, atom in enumerate(inputs):
            others = [a for j, a in enumerate(inputs) if j != k]
            masks = any(a in self.depends and not self.of(a) for a in others)
            found.update(c for c in self.of(atom) if not (c.is_mask and masks))
        return frozenset(found)

    def _own(self, eqn: Prim) -> Cut | None:
        """The cut that an operation on a value that depends on a differentiated one makes."""
        if eqn.loc is None:
            return None
        if eqn.op == "rint":
            return Cut(eqn.loc, "rounded to a whole number")
        if eqn.op in POSITIONS:
            return Cut(eqn.loc, "replaced by a position")
        if eqn.op == "cast":
            before, after = (_kind(v) for v in (eqn.inputs[0], eqn.outputs[0]))
            if before in "fcV" and after in "iu":
                return Cut(eqn.loc, "converted to an int")
            if before == "b" and after != "b":
                return Cut(eqn.loc, "compared, and the outcome used as a number", is_mask=True)
        return None


def _kind(atom: Atom) -> str:
    return atom.type.dtype.kind if isinstance(atom.type, Array) else ""
