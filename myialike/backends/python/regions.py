"""Parts of arrays that a mask picks, or outside of which an array is known: where slices may stand for masks.

    arange(n) < j                    the mask of the region [0, j) of the last axis
    select(mask, x, 0)               x there, and 0 outside
    zmul(g, p), g * h, g + h         0 outside of a region, if g (and h) are
    index_add(zeros, x; i : i + n)   0 outside of the region of x, moved by i

Axes are counted from the last one, -1, as broadcasting does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from myialike.backends.python.affine import Affine, Ints, number
from myialike.ir.syntax import Atom, Graph, Lit, Prim, Var, walk
from myialike.ir.types import Array


@dataclass(frozen=True, slots=True)
class Extent:
    """The elements of an axis from `start` on and before `stop`."""

    start: Affine
    stop: Affine

    def moved(self, distance: Affine | int) -> Extent:
        return Extent(self.start + distance, self.stop + distance)

    def mirrored(self, last: int) -> Extent:
        """The elements that a reversal, of which `last` is the first, shows as these."""
        return Extent(-self.stop + (last + 1), -self.start + (last + 1))


Region = tuple[tuple[int, Extent], ...]  # by axis
WHOLE: Region = ()
COMPARISONS = {"lt": ("stop", 0), "le": ("stop", 1), "gt": ("start", 1), "ge": ("start", 0)}
MIRRORED = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le"}
Support = tuple[Region, Any]  # where, and what every element outside is


def shape_of(atom: Atom) -> tuple[Any, ...]:
    return atom.type.shape if isinstance(atom.type, Array) else ()


def variables(region: Region) -> Iterator[Var]:
    for _, extent in region:
        yield from extent.start.variables
        yield from extent.stop.variables


class Regions:
    """The masks of a graph, and the arrays that are known outside of a region."""

    def __init__(self, graph: Graph) -> None:
        self.ints = Ints(graph)
        self.makers: dict[Var, Prim] = {}
        self.masks: dict[Var, Region] = {}
        self.supports: dict[Var, Support] = {}
        for eqn in walk(graph.body):
            if isinstance(eqn, Prim) and len(eqn.outputs) == 1 and shape_of(eqn.outputs[0]):
                self._note(eqn)

    def maker(self, atom: Atom) -> Prim | None:
        return self.makers.get(atom) if isinstance(atom, Var) else None

    def mask(self, atom: Atom, result: Atom | None = None) -> Region | None:
        """The region of a mask, for a result that it is not broadcast to along the axes of the region."""
        region = self.masks.get(atom) if isinstance(atom, Var) else None
        if region is None or result is None:
            return region
        return region if all(shape_of(atom)[k] == shape_of(result)[k] for k, _ in region) else None

    def support(self, atom: Atom, fill: Any = 0) -> Region | None:
        """The region outside of which every element of an array is `fill`."""
        found = self.supports.get(atom) if isinstance(atom, Var) else None
        return found[0] if found is not None and found[1] == fill else None

    def fits(self, extent: Extent, size: Any) -> bool:
        """Whether the extent surely lies within an axis of that size."""
        natural = self.ints.is_natural(extent.start) and self.ints.is_natural(extent.stop)
        return natural and isinstance(size, int) and self.ints.is_at_most(extent.stop, number(size))

    def is_zeros(self, atom: Atom) -> bool:
        eqn = self.maker(atom)
        return eqn is not None and eqn.op == "broadcast" and isinstance(eqn.inputs[0], Lit) and eqn.inputs[0].value == 0

    # Finding them

    def _note(self, eqn: Prim) -> None:
        out = eqn.outputs[0]
        self.makers[out] = eqn
        if (mask := self._mask(eqn)) is not None:
            self.masks[out] = mask
        if (support := self._support(eqn)) is not None:
            self.supports[out] = support

    def _mask(self, eqn: Prim) -> Region | None:
        match eqn.op, eqn.inputs:
            case ("lt" | "le" | "gt" | "ge" as op, (a, b)):
                if (size := self._counts(a)) is not None and not shape_of(b):
                    return self._half(op, size, b)
                if (size := self._counts(b)) is not None and not shape_of(a):
                    return self._half(MIRRORED[op], size, a)
            case "logical_and", (a, b):
                x, y = self.mask(a, eqn.outputs[0]), self.mask(b, eqn.outputs[0])
                return None if x is None or y is None else self._both(x, y, eqn)
            case "reshape", (x,):
                region = self.mask(x)
                return None if region is None else with_new_axes(region, shape_of(x), shape_of(eqn.outputs[0]))
            case "broadcast", (x,):
                return self.mask(x, eqn.outputs[0])
        return None

    def _counts(self, atom: Atom) -> int | None:
        """n, if the atom is `arange(n)`."""
        eqn = self.maker(atom)
        if eqn is None or eqn.op != "arange":
            return None
        start, stop, step = eqn.attr("start"), eqn.attr("stop"), eqn.attr("step")
        is_count = (start, step, eqn.attr("dtype")) == (0, 1, "i64") and isinstance(stop, int)
        return stop if is_count else None

    def _half(self, op: str, size: int, bound: Atom) -> Region:
        end, more = COMPARISONS[op]
        limit = self.ints.affine(bound) + more
        return ((-1, Extent(number(0), limit) if end == "stop" else Extent(limit, number(size))),)

    def _both(self, a: Region, b: Region, eqn: Prim) -> Region | None:
        """What is in both: of one axis, what one bounds below and the other above."""
        found, shape = dict(a), shape_of(eqn.outputs[0])
        for axis, extent in b:
            other = found.get(axis)
            if other is None:
                found[axis] = extent
            elif other.start == number(0) and extent.stop == number(shape[axis]):
                found[axis] = Extent(extent.start, other.stop)
            elif extent.start == number(0) and other.stop == number(shape[axis]):
                found[axis] = Extent(other.start, extent.stop)
            elif other != extent:
                return None
        return tuple(sorted(found.items(), key=lambda entry: entry[0]))

    def _support(self, eqn: Prim) -> Support | None:
        match eqn.op, eqn.inputs:
            case "select", (p, _, Lit(value=fill)):
                return None if (region := self.mask(p, eqn.outputs[0])) is None else (region, fill)
            case "neg" | "cast", (x,):
                return self._zeros_outside(self.support(x))
            case "zmul", (g, _) if shape_of(g) == shape_of(eqn.outputs[0]):
                return self._zeros_outside(self.support(g))
            case "add" | "sub" | "mul", (x, y):
                region = self.support(x)
                return self._zeros_outside(region if region == self.support(y) else None)
            case "index_add", (x, _, *_) if self.is_zeros(x):
                return self._zeros_outside(self.placed(eqn))
            case "index", (x, *at):
                return self._zeros_outside(self.seen(eqn.attr("spec"), at, self.support(x)))
        return None

    def _zeros_outside(self, region: Region | None) -> Support | None:
        return None if region is None else (region, 0)

    def placed(self, eqn: Prim) -> Region | None:
        """Where the region of a value lies in an array that it is added to; None unless all else is taken whole."""
        (_, value, *at), out = eqn.inputs, eqn.outputs[0]
        region = self.support(value)
        if region is None or len(shape_of(value)) != len(shape_of(out)):
            return None
        moved = self._offsets(eqn.attr("spec"), at, region, shape_of(out))
        if moved is None or not all(self.fits(e, shape_of(value)[axis]) for axis, e in region):
            return None
        return tuple((axis, e.moved(offset)) for (axis, e), offset in zip(region, moved, strict=True))

    def seen(self, spec: Sequence[Any], at: Sequence[Atom], region: Region | None) -> Region | None:
        """Where the region of an array lies in a slice of it that is known to hold it."""
        if region is None or any(entry[0] not in ("slice", "dyn") for entry in spec):
            return None
        sizes = tuple(entry[1] if entry[0] == "dyn" else entry[2] for entry in spec)
        moved = self._offsets(spec, at, region, None)
        if moved is None:
            return None
        found = tuple((axis, e.moved(-offset)) for (axis, e), offset in zip(region, moved, strict=True))
        return found if all(self.fits(e, sizes[axis]) for axis, e in found) else None

    def _offsets(
        self, spec: Sequence[Any], at: Sequence[Atom], region: Region, shape: tuple[Any, ...] | None
    ) -> list[Affine] | None:
        """Where the slices along the axes of a region begin; the other axes must be whole."""
        operands, found = iter(at), {}
        for axis, entry in enumerate(spec, -len(spec)):
            match entry:
                case ("dyn", _):
                    found[axis] = self.ints.affine(next(operands))
                case ("slice", start, size, 1):
                    if axis in dict(region):
                        found[axis] = number(start)
                    elif shape is not None and (start, size) != (0, shape[axis]):
                        return None
                case _:
                    return None
        axes = [axis for axis, _ in region]
        return [found[axis] for axis in axes] if set(found) == set(axes) else None


def with_new_axes(region: Region, before: Sequence[Any], after: Sequence[Any]) -> Region | None:
    """The region after a reshape that only adds axes of size 1; None for others."""
    if [d for d in before if d != 1] != [d for d in after if d != 1] or 1 in before:
        return None
    kept = [k - len(after) for k, d in enumerate(after) if d != 1]
    return tuple((kept[axis], extent) for axis, extent in region)
