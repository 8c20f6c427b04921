"""What is known of ints before a program runs: bounds, and being a known distance from another."""

from __future__ import annotations

from myialike.ir.syntax import Atom, For, Graph, Lit, Prim, Var, walk

Interval = tuple[int, int]


class Intervals:
    """Bounds of the int scalars of a graph: indices of loops with known ends, and sums of them with known ints."""

    def __init__(self, graph: Graph) -> None:
        self.known: dict[str, Interval] = {}
        self.makers: dict[str, Prim] = {}
        self.loops: dict[str, For] = {}  # by their indices
        for eqn in walk(graph.body):
            if isinstance(eqn, For):
                self._loop(eqn)
            elif isinstance(eqn, Prim) and len(eqn.outputs) == 1:
                self.makers[eqn.outputs[0].name] = eqn
                if eqn.op in ("add", "sub"):
                    self._sum(eqn)

    def of(self, atom: Atom) -> Interval | None:
        """The least and the greatest value that an int may have; None where that is not known."""
        if isinstance(atom, Lit):
            return (int(atom.value), int(atom.value)) if isinstance(atom.value, int) else None
        return self.known.get(atom.name)

    def linear(self, atom: Atom) -> tuple[str | None, int]:
        """An int as a variable plus a known int; no variable: it is the int."""
        offset = 0
        while isinstance(atom, Var):
            eqn = self.makers.get(atom.name)
            if eqn is None or eqn.op not in ("add", "sub"):
                return atom.name, offset
            a, b = eqn.inputs
            if isinstance(b, Lit) and isinstance(b.value, int):
                offset += b.value if eqn.op == "add" else -b.value
                atom = a
            elif isinstance(a, Lit) and isinstance(a.value, int) and eqn.op == "add":
                offset += a.value
                atom = b
            else:
                return atom.name, offset
        return None, offset + int(atom.value)

    def differ(self, a: Atom, b: Atom) -> bool:
        """Whether two ints of one place in the program are known to be unequal."""
        x, y = self.of(a), self.of(b)
        if x is not None and y is not None and (x[1] < y[0] or y[1] < x[0]):
            return True
        (base, distance), (other, more) = self.linear(a), self.linear(b)
        if base == other:
            return distance != more
        return self._is_less(a, b) or self._is_less(b, a)

    def _is_less(self, a: Atom, b: Atom) -> bool:
        """Whether a < b, since the loop that one is the index of begins or ends at the other."""
        (base, distance), (other, more) = self.linear(a), self.linear(b)
        (end, far), (start, near) = self._bound(base, 1), self._bound(other, -1)
        return (end is not None and end == other and far + distance < more) or (
            start is not None and start == base and distance < near + more
        )

    def _bound(self, name: str | None, sign: int) -> tuple[str | None, int]:
        """The greatest value of the index of a loop (`sign` 1), or the least (-1), as in `linear`; None: not known."""
        loop = self.loops.get(name) if name is not None else None
        if loop is None or not isinstance(loop.over[2], Lit) or not loop.over[2].value:
            return None, 0
        if (loop.over[2].value > 0) == (sign < 0):
            return self.linear(loop.over[0])
        base, distance = self.linear(loop.over[1])
        return base, distance - sign

    def _loop(self, eqn: For) -> None:
        self.loops[eqn.body.params[0].name] = eqn
        start, stop, step = (self.of(a) for a in eqn.over)
        if start is None or stop is None or step is None or step[0] != step[1] or step[0] == 0:
            return
        low, high = (start[0], stop[1] - 1) if step[0] > 0 else (stop[0] + 1, start[1])
        if low <= high:
            self.known[eqn.body.params[0].name] = low, high

    def _sum(self, eqn: Prim) -> None:
        a, b = (self.of(v) for v in eqn.inputs)
        if a is not None and b is not None:
            low, high = (a[0] + b[0], a[1] + b[1]) if eqn.op == "add" else (a[0] - b[1], a[1] - b[0])
            self.known[eqn.outputs[0].name] = low, high
