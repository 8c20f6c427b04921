"""Ints as sums: what a bound of a slice is, and what is known of it before the program runs.

    i: 0 <= i < 50 of a loop         v_2 = k - 1; v_3 = v_2 - -1          v_3 is k
    a - b, where both are known      100 - (v_2 - v_3 + 1) - v_3          100 - k

Two bounds are equal if their sums are. The least and the greatest value come from the loops' ranges, from extrema, and
from what a choice says of its operands (`k + n if k < 0 else k`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from myialike.backends.python.groups import is_scalar
from myialike.backends.python.tapes import counters
from myialike.ir.syntax import Atom, Eqn, For, Graph, Lit, Prim, Var, walk
from myialike.ir.types import I64, Array

Interval = tuple[int | None, int | None]
UNKNOWN: Interval = (None, None)
MAX_TERMS = 6


@dataclass(frozen=True, slots=True)
class Affine:
    """A sum of multiples of int variables, in the order of their names, and a number."""

    terms: tuple[tuple[Var, int], ...]
    const: int

    def __add__(self, other: Affine | int) -> Affine:
        if isinstance(other, int):
            return Affine(self.terms, self.const + other)
        total = dict(self.terms)
        for var, factor in other.terms:
            total[var] = total.get(var, 0) + factor
        kept = sorted(((v, f) for v, f in total.items() if f), key=lambda term: term[0].name)
        return Affine(tuple(kept), self.const + other.const)

    def __neg__(self) -> Affine:
        return Affine(tuple((v, -f) for v, f in self.terms), -self.const)

    def __sub__(self, other: Affine | int) -> Affine:
        return self + -other

    @property
    def variables(self) -> Iterator[Var]:
        return (v for v, _ in self.terms)

    def __str__(self) -> str:
        return "+".join([*(f"{f}*{v.name}" for v, f in self.terms), str(self.const)])


def number(value: int) -> Affine:
    return Affine((), value)


class Ints:
    """The int scalars of a graph as sums, and bounds of those."""

    def __init__(self, graph: Graph) -> None:
        self.makers: dict[Var, Prim] = {}
        self.loops: dict[Var, For] = {}
        self.tests: dict[Var, Prim] = {}
        self.naturals = set(counters(graph))
        self._sums: dict[Var, Affine] = {}
        self._bounds: dict[Var, Interval] = {}
        for eqn in walk(graph.body):
            self._note(eqn)

    def _note(self, eqn: Eqn) -> None:
        if isinstance(eqn, For):
            self.loops[eqn.body.params[0]] = eqn
        elif isinstance(eqn, Prim) and len(eqn.outputs) == 1 and _is_int(eqn.outputs[0]):
            self.makers[eqn.outputs[0]] = eqn
            self._sums[eqn.outputs[0]] = self._sum(eqn)
        elif isinstance(eqn, Prim) and eqn.op in ("lt", "le", "gt", "ge") and _compares_ints(eqn):
            self.tests[eqn.outputs[0]] = eqn

    def _sum(self, eqn: Prim) -> Affine:
        if eqn.op in ("add", "sub"):
            a, b = map(self.affine, eqn.inputs)
            found = a + b if eqn.op == "add" else a - b
            if len(found.terms) <= MAX_TERMS:
                return found
        return Affine(((eqn.outputs[0], 1),), 0)

    def affine(self, atom: Atom) -> Affine:
        """An int scalar as a sum."""
        if isinstance(atom, Lit):
            return number(int(atom.value))
        return self._sums.get(atom) or Affine(((atom, 1),), 0)

    def is_natural(self, value: Affine) -> bool:
        """Whether it is surely not negative."""
        low, _ = self.interval(value)
        return low is not None and low >= 0

    def is_at_most(self, a: Affine, b: Affine | int) -> bool:
        """Whether surely a <= b."""
        return self.is_natural(-a + b)

    # As the user wrote them

    def asked(self, start: Affine, stop: Affine, size: int | None) -> tuple[Affine | None, Affine | None]:
        """Bounds of a slice of an axis before they were clipped to the axis, which Python does by itself.

            minimum(maximum(k + n if k < 0 else k, 0), n)     k
            start + maximum(stop - start, 0)                  stop
        """
        if size is None:
            return None, None
        first, length = self.unclipped(start, size), self._single(stop - start)
        maker = self.makers.get(length) if length is not None else None
        if maker is not None and maker.op == "maximum" and _is_number(maker.inputs[1], 0):
            last = self.affine(maker.inputs[0]) + start
            if self.is_natural(last):
                return first, self.unclipped(last, size) or last
        return first, self.unclipped(stop, size)

    def unclipped(self, value: Affine, size: int) -> Affine | None:
        """The int that is clipped to an axis, negative ones counted from the end; None for others."""
        match self._maker(value):
            case Prim(op="minimum", inputs=(x, Lit(value=most))) if most == size:
                value = self.affine(x)
        match self._maker(value):
            case Prim(op="maximum", inputs=(x, Lit(value=0))):
                value = self.affine(x)
        match self._maker(value):
            case Prim(op="select", inputs=(Var() as test, low, high)):
                at, fact = self.affine(high), self._fact(test, False)
                if fact == at and self.affine(low) == at + size:
                    return at
        return None

    def _maker(self, value: Affine) -> Prim | None:
        var = self._single(value)
        return None if var is None else self.makers.get(var)

    def _single(self, value: Affine) -> Var | None:
        """The variable that a sum is."""
        match value:
            case Affine(((var, 1),), 0):
                return var
        return None

    # What is known of them

    def interval(self, value: Affine) -> Interval:
        """The least and the greatest value, None where they are not known."""
        total: Interval = (value.const, value.const)
        for var, factor in value.terms:
            total = _plus(total, _times(self.bounds(var), factor))
        return total

    def bounds(self, var: Var) -> Interval:
        """What is known of a variable that is no sum."""
        if var not in self._bounds:
            self._bounds[var] = UNKNOWN  # while it is being found
            self._bounds[var] = self._found(var)
        return self._bounds[var]

    def _found(self, var: Var) -> Interval:
        if var in self.naturals:
            return 0, None
        if var in self.loops:
            return self._of_index(self.loops[var])
        eqn = self.makers.get(var)
        match eqn:
            case Prim(op="stack_len"):
                return 0, None
            case Prim(op="maximum"):
                return _greatest(*(self.interval(self.affine(a)) for a in eqn.inputs))
            case Prim(op="minimum"):
                return _times(_greatest(*(_times(self.interval(self.affine(a)), -1) for a in eqn.inputs)), -1)
            case Prim(op="select", inputs=(p, a, b)) if isinstance(p, Var):
                return _either(self._branch(p, a, True), self._branch(p, b, False))
        return UNKNOWN

    def _of_index(self, loop: For) -> Interval:
        start, stop = (self.interval(self.affine(a)) for a in loop.over[:2])
        step = loop.over[2]
        if not isinstance(step, Lit) or not step.value:
            return UNKNOWN
        if step.value > 0:
            return start[0], None if stop[1] is None else stop[1] - 1
        return None if stop[0] is None else stop[0] + 1, start[1]

    def _branch(self, test: Var, value: Atom, truth: bool) -> Interval:
        """Bounds of an operand of a choice, with what the condition says where it is chosen."""
        sum = self.affine(value)
        low, high = self.interval(sum)
        fact = self._fact(test, truth)
        if fact is not None and not (above := sum - fact).terms:
            low = above.const if low is None else max(low, above.const)
        if fact is not None and not (below := sum + fact).terms:
            high = below.const if high is None else min(high, below.const)
        return low, high

    def _fact(self, test: Var, truth: bool) -> Affine | None:
        """What a comparison says is not negative, where it holds or where it does not."""
        eqn = self.tests.get(test)
        if eqn is None:
            return None
        a, b = map(self.affine, eqn.inputs)
        strict = eqn.op in ("lt", "gt")
        if eqn.op in ("gt", "ge"):
            a, b = b, a
        if truth:
            return b - a - int(strict)
        return a - b - int(not strict)


def _plus(a: Interval, b: Interval) -> Interval:
    low, high = (None if x is None or y is None else x + y for x, y in zip(a, b, strict=True))
    return low, high


def _times(bounds: Interval, factor: int) -> Interval:
    low, high = (None if b is None else b * factor for b in bounds)
    return (low, high) if factor > 0 else (high, low)


def _either(a: Interval, b: Interval) -> Interval:
    low = None if a[0] is None or b[0] is None else min(a[0], b[0])
    high = None if a[1] is None or b[1] is None else max(a[1], b[1])
    return low, high


def _greatest(a: Interval, b: Interval) -> Interval:
    """Of the greater of two numbers: one known bound from below is enough."""
    lows = [x for x in (a[0], b[0]) if x is not None]
    return max(lows, default=None), None if a[1] is None or b[1] is None else max(a[1], b[1])


def _is_number(atom: Atom, value: int) -> bool:
    return isinstance(atom, Lit) and bool(atom.value == value)


def _is_int(atom: Atom) -> bool:
    return is_scalar(atom.type) and isinstance(atom.type, Array) and atom.type.dtype == I64


def _compares_ints(eqn: Prim) -> bool:
    return all(map(_is_int, eqn.inputs))
