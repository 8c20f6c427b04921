"""Loop-invariant code motion: what is the same in every step of a loop is computed before the loop.

    for .. { t = sin(x);  s2 = add(s, t) .. }        becomes        t = sin(x);  for .. { s2 = add(s, t) .. }

An operation moves if all its inputs are defined outside of the loop, if it cannot fail (the read of an element: if its
index is known to be in range), and if it reads a variable at all: constants are as cheap inside. It moves out of one
loop after the other, as far as it can, but never out of a branch of an If that is in the loop: the branch may never be
taken. A loop may run no times; then an operation that was moved out of it is computed once in vain, which changes no
value.

This is worth more here than in a compiler that runs last: what is computed outside of a loop is not saved by reverse
mode at every step of it.
"""

from __future__ import annotations

from myialike.ir.syntax import Block, Eqn, For, Graph, If, Prim, Var, While
from myialike.ir.types import Array, static_shape
from myialike.ir.verify import POINTWISE
from myialike.opt.fold import UNARY
from myialike.opt.intervals import Intervals
from myialike.opt.rewriter import Rewriter

STRUCTURAL = frozenset("broadcast reshape transpose concatenate reduce_sum reduce_prod matmul".split())
MAY_FAIL_ON_INTEGERS = frozenset("floordiv mod fmod pow integer_pow shift_left shift_right".split())


def hoist(graph: Graph) -> Graph:
    """Move operations that are the same in every step of a loop before the loop."""
    return _Hoist(Intervals(graph)).graph(graph)


def is_movable(eqn: Prim) -> bool:
    """Whether running `eqn` where it did not run before changes nothing."""
    if eqn.op in MAY_FAIL_ON_INTEGERS:
        type = eqn.outputs[0].type
        return isinstance(type, Array) and type.dtype.kind not in "biu"
    return eqn.op in POINTWISE or eqn.op in UNARY or eqn.op in STRUCTURAL


class _Hoist(Rewriter):
    """`level` counts the loops around a variable's definition; `moved` is None outside of loops and in branches."""

    def __init__(self, intervals: Intervals) -> None:
        super().__init__()
        self.intervals = intervals
        self.level: dict[str, int] = {}
        self.depth = 0
        self.moved: list[Prim] | None = None

    def emit(self, eqn: Eqn) -> None:
        self.level.update((o.name, self.depth) for o in eqn.outputs)
        super().emit(eqn)

    def prim(self, eqn: Prim) -> None:
        levels = [self.level.get(a.name, 0) for a in eqn.inputs if isinstance(a, Var)]
        if self.moved is None or not levels or max(levels) >= self.depth or not self.is_movable(eqn):
            self.emit(eqn)
            return
        self.moved.append(eqn)
        self.level.update((o.name, self.depth - 1) for o in eqn.outputs)

    def is_movable(self, eqn: Prim) -> bool:
        return self.is_safe_read(eqn) if eqn.op == "index" else is_movable(eqn)

    def is_safe_read(self, eqn: Prim) -> bool:
        """Whether a read is in range wherever it is done."""
        array = eqn.inputs[0].type
        assert isinstance(array, Array)
        operands = iter(eqn.inputs[1:])
        axes = [entry for entry in eqn.attr("spec") if entry[0] != "new"]
        for entry, size in zip(axes, static_shape(array), strict=True):
            if entry[0] in ("arr", "dyn"):
                return False
            if entry[0] == "i":
                found = self.intervals.of(next(operands))
                if found is None or not 0 <= found[0] <= found[1] < size:
                    return False
        return True

    def if_(self, eqn: If) -> None:
        around, self.moved = self.moved, None
        then, orelse = self.block(eqn.then), self.block(eqn.orelse)
        self.moved = around
        self.emit(If(eqn.pred, then, orelse, eqn.outputs, eqn.loc))

    def while_(self, eqn: While) -> None:
        cond, body = self.looped(eqn.cond, eqn.body)
        self.emit(While(eqn.init, cond, body, eqn.outputs, eqn.loc))

    def for_(self, eqn: For) -> None:
        (body,) = self.looped(eqn.body)
        self.emit(For(eqn.over, eqn.init, body, eqn.outputs, eqn.breakable, eqn.loc))

    def looped(self, *blocks: Block) -> tuple[Block, ...]:
        """The blocks of a loop without what can stand before it, which is emitted, or moved on."""
        around, self.moved = self.moved, []
        self.depth += 1
        for block in blocks:
            self.level.update((p.name, self.depth) for p in block.params)
        results = tuple(self.block(block) for block in blocks)
        self.depth -= 1
        moved, self.moved = self.moved, around
        for eqn in moved:
            self.prim(eqn)
        return results
