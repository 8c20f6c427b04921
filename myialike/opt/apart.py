"""Reads of what is not written: they read the array as it was before.

Before a loop, of which no turn writes there:

    for k in i + 1, n, 1 init (x) (k, x_1) { r = index(x_1, i);  x_2 = index_set(x_1, v, k);  yield x_2 }

All writes are to places `k > i`, so `r` is `index(x, i)`, which is the same in every turn and moves out of the loop
(`myialike.opt.licm`). Without this, reverse mode saves `r` at every turn. Two places are apart if on some axis their
indices differ, whatever turn each is from: they are different known ints, a known distance apart, or one is an index of
the loop whose range does not reach the other.

And before writes in the same block, so that a step of a loop reads, computes and writes once:

    x_1 = index_set(x, v, i, j);  r = index(x_1, j, j);  x_2 = index_set(x_1, v / r, i, j)

In a loop over `j < i` it is `r = index(x, j, j)`, which comes before the first write, and nothing needs that one any
more. A write of what is there already, seen past others, is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from myialike.ir.syntax import Atom, Block, Eqn, For, Graph, Lit, Prim, Var, blocks_of, names_of
from myialike.ir.types import I64, Array
from myialike.opt.intervals import Intervals
from myialike.opt.rewriter import Rewriter, is_pure

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
        if init is not None:
            self.emit(Prim(eqn.op, (self.look(init), *eqn.inputs[1:]), eqn.outputs, eqn.attrs, eqn.loc))
        elif eqn.op == "index" and _is_scalar(eqn.outputs[0]):
            self._read(eqn)
        elif eqn.op == "index_set" and self._is_there(eqn):
            self.replace(eqn.outputs, eqn.inputs[:1])
        else:
            self.emit(eqn)

    def _read(self, eqn: Prim) -> None:
        """A read, before the writes that it does not see."""
        at, passed = len(self.eqns), self._past(eqn, 1)
        if passed:
            at = next((k for k, e in enumerate(self.eqns) if e is passed[-1]), at)
        if at < len(self.eqns) and not any(_holds_up(e, eqn.inputs[1:]) for e in self.eqns[at:]):
            array = passed[-1].inputs[0]
            self.emit(Prim(eqn.op, (array, *eqn.inputs[1:]), eqn.outputs, eqn.attrs, eqn.loc))
            self.eqns.insert(at, self.eqns.pop())
        else:
            self.emit(eqn)

    def _past(self, eqn: Prim, skip: int) -> list[Prim]:
        """The last writes to the array of an access that are apart from it, the last first."""
        found: list[Prim] = []
        write = self.defs.get(_name(eqn.inputs[0]))
        while write is not None and write.op in ("index_set", "index_add") and self._apart_here(eqn, skip, write):
            found.append(write)
            write = self.defs.get(_name(write.inputs[0]))
        return found

    def _apart_here(self, eqn: Prim, skip: int, write: Prim) -> bool:
        pairs = zip(_places(eqn, skip), _places(write, 2), strict=True)
        return any(a is not None and b is not None and self.intervals.differ(a, b) for a, b in pairs)

    def _is_there(self, eqn: Prim) -> bool:
        """Whether what is written has been written to the same place before, with no other write to it in between."""
        passed = self._past(eqn, 2)
        write = self.defs.get(_name(passed[-1].inputs[0])) if passed else None
        return write is not None and (write.op, write.inputs[1:], write.attrs) == (eqn.op, eqn.inputs[1:], eqn.attrs)


def _holds_up(eqn: Eqn, needed: Sequence[Atom]) -> bool:
    """Whether what needs these atoms has to come after an equation: it makes one, or has an effect."""
    return not (isinstance(eqn, Prim) and is_pure(eqn)) or any(output in needed for output in eqn.outputs)


def _is_scalar(atom: Atom) -> bool:
    """A number. A row that is read before a write, and used after it, would have to be kept somewhere."""
    return isinstance(atom.type, Array) and not atom.type.shape


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
