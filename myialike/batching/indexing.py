"""Reads and writes of parts of arrays in a batch.

Where no index is mapped, the batch is one more axis, taken whole. Where one is, every entry that picks elements
becomes an index array, since `spec` does not mix them, and if x is mapped too, the batch's axis gets the numbers of
the elements. With x: f64[B,5,4] and i: i64[B],

    index(x, i; spec=(("i",), ("dyn", 2)))     ->     x[b[:,None], i[:,None], start[:,None] + arange(2)]

The arrays broadcast to (batch, one axis for each ("dyn", n)), or to (batch, the axes of the original's arrays).
NumPy puts these axes first, or where the first array stands, so the axes of what is read are not in the order in
which they should be. `Subscript` writes down for each axis what it is, before and after, and transposes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from myialike.batching.region import Region, index_literal
from myialike.ir.syntax import Atom, Lit, Prim
from myialike.ir.types import Array, Dim
from myialike.ops.define import kind_of, short_name
from myialike.ops.indexing import WITH_OPERAND, Spec

Axis = tuple[str, int]  # what an axis is: ("batch", 0), ("entry", position in spec), ("array", k-th of the common axes)
BATCH: Axis = ("batch", 0)


@dataclass(frozen=True, slots=True)
class Subscript:
    """An index into a batched array, and the `perm` that brings the axes of what it reads into the right order."""

    spec: Spec
    operands: tuple[Atom, ...]
    perm: tuple[int, ...]

    def read(self, region: Region, x: Atom) -> Atom:
        return _transposed(region, region.builder.op("index", x, *self.operands, spec=self.spec), self.perm)

    def write(self, region: Region, op: str, x: Atom, v: Atom) -> Atom:
        back = tuple(int(p) for p in np.argsort(self.perm))
        return region.builder.op(op, x, _transposed(region, v, back), *self.operands, spec=self.spec)


def read(region: Region, prim: Prim) -> tuple[Atom, ...]:
    x, *operands = prim.inputs
    subscript = _subscript(region, prim.attr("spec"), operands, region.is_mapped(x))
    return (subscript.read(region, region[x]),)


def write(region: Region, prim: Prim) -> tuple[Atom, ...]:
    """An inactive element writes what is there already: Note [Kept values] in `myialike.batching.region`."""
    x, v, subscript = _target(region, prim)
    if region.active is not None:
        v = region.where(region.active, v, subscript.read(region, x))
    new = subscript.write(region, "index_set", x, v)
    region.keep(new, x)
    return (new,)


def add_to(region: Region, prim: Prim) -> tuple[Atom, ...]:
    """An inactive element adds -0.0, which changes nothing, not even the sign of a zero."""
    x, v, subscript = _target(region, prim)
    if region.active is not None:
        v = region.where(region.active, v, _nothing(v))
    new = subscript.write(region, "index_add", x, v)
    region.keep(new, x)
    return (new,)


def _target(region: Region, prim: Prim) -> tuple[Atom, Atom, Subscript]:
    x, v, *operands = prim.inputs
    return region.lift(x), region.lift(v), _subscript(region, prim.attr("spec"), operands, True)


def _nothing(v: Atom) -> Lit:
    assert isinstance(v.type, Array)
    zero = {"i": 0, "u": 0, "c": complex(-0.0, -0.0)}.get(kind_of(v.type.dtype), -0.0)
    return Lit(zero, Array(v.type.dtype))


def _transposed(region: Region, atom: Atom, perm: tuple[int, ...]) -> Atom:
    return atom if perm == tuple(range(len(perm))) else region.builder.op("transpose", atom, perm=perm)


def _subscript(region: Region, spec: Spec, operands: Sequence[Atom], x_mapped: bool) -> Subscript:
    """`spec` on a batch; where no operand is mapped, x is."""
    arrays = any(entry[0] == "arr" for entry in spec)
    rank = max((_rank(a) for a in operands), default=0) if arrays else 0
    common = [("array", k) for k in range(rank)]
    axes: list[Axis | None] = [_axis(entry, k) for k, entry in enumerate(spec)]
    wanted = [BATCH, *_placed(spec, axes, common)]
    if not any(region.is_mapped(a) for a in operands):
        new: Spec = (("slice", 0, region.batch.size, 1), *spec)
        return Subscript(new, tuple(region[a] for a in operands), _order(_placed(new, [BATCH, *axes], common), wanted))
    if not arrays:
        common = [("entry", k) for k, entry in enumerate(spec) if entry[0] == "dyn"]
    atoms = _as_arrays(region, spec, operands, len(common))
    new = tuple(("arr",) if e[0] in ("int", *WITH_OPERAND) else e for e in spec)
    if x_mapped:
        numbers = region.builder.op("arange", start=0, stop=region.batch.size, step=1, dtype="i64")
        atoms, new, axes = [_column(region, numbers, (), len(common)), *atoms], (("arr",), *new), [None, *axes]
    return Subscript(new, tuple(atoms), _order(_placed(new, axes, [BATCH, *common]), wanted))


def _rank(atom: Atom) -> int:
    assert isinstance(atom.type, Array)
    return atom.type.ndim


def _axis(entry: tuple[object, ...], k: int) -> Axis | None:
    """What the axis that a spec entry gives by itself is; None where it gives none."""
    return ("entry", k) if entry[0] in ("slice", "dyn", "new") else None


def _placed(spec: Spec, axes: Sequence[Axis | None], common: Sequence[Axis]) -> list[Axis]:
    """The axes of `x[spec]` in NumPy's order; `common` are those of the index arrays."""
    at = [k for k, entry in enumerate(spec) if entry[0] == "arr"]
    own = [None if k in at else axis for k, axis in enumerate(axes)]
    first = (at[0] if at[-1] - at[0] + 1 == len(at) else 0) if at else 0
    placed = [*own[:first], *(common if at else ()), *own[first:]]
    return [axis for axis in placed if axis is not None]


def _order(given: Sequence[Axis], wanted: Sequence[Axis]) -> tuple[int, ...]:
    return tuple(list(given).index(axis) for axis in wanted)


# ------------------------------------------------------------------------------------- entries as index arrays


def _as_arrays(region: Region, spec: Spec, operands: Sequence[Atom], rank: int) -> list[Atom]:
    """An index array for each entry that picks elements; they broadcast to the batch and `rank` axes more."""
    rest = iter(operands)
    found: list[Atom] = []
    windows = iter(range(rank))
    for entry in spec:
        match entry:
            case ("int", k):
                found.append(index_literal(k))
            case ("dyn", count):
                found.append(_window(region, next(rest), count, next(windows), rank))
            case ("i",) | ("arr",):
                found.append(_picked(region, next(rest), rank))
    return found


def _picked(region: Region, operand: Atom, rank: int) -> Atom:
    """An index as an array: one that is not mapped broadcasts as it is."""
    if not region.is_mapped(operand):
        return region[operand]
    assert isinstance(operand.type, Array)
    return _column(region, region.tame(region[operand]), operand.type.shape, rank)


def _column(region: Region, batched: Atom, shape: tuple[Dim, ...], rank: int) -> Atom:
    """Indices of shape (batch, *shape), with axes of length 1 between to have `rank` behind the batch's."""
    if len(shape) == rank:
        return batched
    return region.builder.op("reshape", batched, shape=(region.batch.size, *(1,) * (rank - len(shape)), *shape))


def _window(region: Region, start: Atom, count: Dim, k: int, rank: int) -> Atom:
    """The indices from `start` on, along the k-th of `rank` axes behind the batch's."""
    assert isinstance(start.type, Array)
    builder = region.builder
    steps = builder.op("arange", start=0, stop=count, step=1, dtype=short_name(start.type.dtype))
    shape: tuple[Dim, ...] = tuple(_ones(count, k, rank))
    first = region[start]
    if region.is_mapped(start):
        shape = (region.batch.size, *shape)
        first = _column(region, region.tame(first), (), rank)
    laid = builder.op("broadcast", builder.op("reshape", steps, shape=tuple(_ones(count, k, rank))), shape=shape)
    return builder.op("add", builder.op("broadcast", first, shape=shape), laid)


def _ones(count: Dim, k: int, rank: int) -> Iterator[Dim]:
    return (count if axis == k else 1 for axis in range(rank))
