"""Reads of what a loop does not write: they read the array as it was before the loop.

    for k in i + 1, n, 1 init (x) (k, x_1) { r = index(x_1, i);  x_2 = index_set(x_1, v, k);  yield x_2 }

All writes are to places `k > i`, so `r` is `index(x, i)`, which is the same in every turn and moves out of the loop
(`myialike.opt.licm`). Without this, reverse mode saves `r` at every turn. Two places are apart if on some axis their
indices differ, whatever turn each is from: they are different known ints, a known distance apart, or one is an index of
the loop whose range does not reach the other.
"""

from __future__ import annotations

from collections.abc import Iterator

from myialike.ir.syntax import Atom, Block, For, Graph, Lit, Prim, Var, blocks_of, names_of
from myialike.ir.types import I64, Array
from myialike.opt.intervals import Intervals
from myialike.opt.rewriter import Rewriter

OPERANDS = ("i", "dyn", "arr")


def part(graph: Graph) -> Graph:
    """Let reads of what no turn of a loop writes read the array from before the loop."""
    return _Part(graph).graph(graph)


class _Part(Rewriter):
    def __init__(self, graph: Graph) -> None:
        super().__init__()
        self.intervals = Intervals(graph)
        self.instead: dict[str, Atom] = {}  # by the result of a read

    def for_(self, eqn: For) -> None:
        inside = set(names_of(eqn.body))
        for init, param, result in zip(eqn.init, eqn.body.params[1:], eqn.body.results, strict=True):
            if isinstance(param.type, Array) and param.type.shape:
                self._carry(eqn, init, param, result, inside)
        super().for_(eqn)

    def _carry(self, loop: For, init: Atom, param: Var, result: Atom, inside: set[str]) -> None:
        versions, writes = {param.name}, list[Prim]()
        for eqn in loop.body.eqns:
            if isinstance(eqn, Prim) and eqn.op in ("index_set", "index_add") and _name(eqn.inputs[0]) in versions:
                versions.add(eqn.outputs[0].name)
                writes.append(eqn)
        if _name(result) not in versions:
            return
        for read in _reads(loop.body, versions):
            free = all(not isinstance(a, Var) or a.name not in inside for a in read.inputs[1:])
            if free and all(self._apart(loop, read, write) for write in writes):
                self.instead[read.outputs[0].name] = init

    def _apart(self, loop: For, read: Prim, write: Prim) -> bool:
        """Whether a read, at a place that is the same in every turn, never sees a write."""
        pairs = zip(_places(read, 1), _places(write, 2), strict=True)
        return any(a is not None and b is not None and self._differ(loop, a, b) for a, b in pairs)

    def _differ(self, loop: For, fixed: Atom, moving: Atom) -> bool:
        x, y = self.intervals.of(fixed), self.intervals.of(moving)
        if x is not None and y is not None and (x[1] < y[0] or y[1] < x[0]):
            return True
        (base, distance), (other, more) = self.intervals.linear(fixed), self.intervals.linear(moving)
        if other == base:
            return distance != more
        if other != loop.body.params[0].name or not isinstance(loop.over[2], Lit) or loop.over[2].value == 0:
            return False
        (first, at), (last, end) = (self.intervals.linear(a) for a in loop.over[:2])
        sign = 1 if loop.over[2].value > 0 else -1
        beyond = first == base and sign * (at + more - distance) > 0
        return beyond or (last == base and sign * (end + more - distance) <= 0)

    def prim(self, eqn: Prim) -> None:
        init = self.instead.get(eqn.outputs[0].name) if eqn.op == "index" else None
        inputs = eqn.inputs if init is None else (self.look(init), *eqn.inputs[1:])
        self.emit(Prim(eqn.op, inputs, eqn.outputs, eqn.attrs, eqn.loc))


def _name(atom: Atom) -> str:
    return atom.name if isinstance(atom, Var) else ""


def _reads(block: Block, versions: set[str]) -> Iterator[Prim]:
    """The reads of an array in a block and the blocks inside it."""
    for eqn in block.eqns:
        if isinstance(eqn, Prim) and eqn.op == "index" and _name(eqn.inputs[0]) in versions:
            yield eqn
        for inner in blocks_of(eqn):
            yield from _reads(inner, versions)


def _places(eqn: Prim, skip: int) -> list[Atom | None]:
    """The index on each axis, where it is a single int."""
    operands = iter(eqn.inputs[skip:])
    found: list[Atom | None] = []
    for entry in eqn.attr("spec"):
        operand = next(operands) if entry[0] in OPERANDS else None
        if entry[0] != "new":
            found.append(Lit(entry[1], Array(I64)) if entry[0] == "int" else operand if entry[0] == "i" else None)
    return found
