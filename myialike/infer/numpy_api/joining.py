"""Joining, splitting and repeating arrays."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from myialike.errors import ShapeError, TypeCheckError
from myialike.infer.emit import broadcast, cast, join_kinds, result_dtype
from myialike.infer.indexing import get_item
from myialike.infer.machine import Machine, array_type
from myialike.infer.numpy_api.arguments import (
    FULL,
    array_of,
    axis_list,
    axis_of,
    dtype_of,
    full_shape,
    is_none,
    known,
    known_ints,
    numpy_kind,
    only,
    shape_at,
    size_of,
    weak_array,
)
from myialike.infer.numpy_api.constructors import converted
from myialike.infer.numpy_api.shapes import np_broadcast_to, reshape
from myialike.infer.sequences import expand, static_items
from myialike.infer.sequences import stack as stack_atoms
from myialike.infer.sized import specialisable
from myialike.infer.values import NONE, Const, Kind, Slice, Tup, Value, as_num
from myialike.ir.syntax import Atom
from myialike.ir.types import static_shape
from myialike.library import run_time_arrays

SAME_KIND = Const("same_kind")


def parts_of(m: Machine, arrays: Value, what: str, weak: bool = False) -> list[tuple[Atom, Kind]]:
    """The arrays of a sequence, or the rows of an array; with `weak`, Python numbers among them take others' dtype."""
    items = static_items(m, m.use(arrays))
    if not items:
        m.fail(TypeCheckError, f"{what} takes a sequence of at least one array, not {m.describe(arrays)}")
    return [(weak_array if weak else array_of)(m, v, what) for v in items]


def np_concatenate(
    m: Machine, arrays: Value, axis: Value = Const(0), *, dtype: Value = NONE, casting: Value = SAME_KIND
) -> Value:
    found = converted_parts(m, parts_of(m, arrays, "np.concatenate", is_none(axis)), dtype, casting, "np.concatenate")
    if is_none(axis):
        common = result_dtype(m, found)
        found, axis = [(flat(m, cast(m, a, common)), numpy_kind(k)) for a, k in found], Const(0)
    return concatenated(m, found, axis, "np.concatenate")


def converted_parts(
    m: Machine, found: list[tuple[Atom, Kind]], dtype: Value, casting: Value, what: str
) -> list[tuple[Atom, Kind]]:
    """The parts in the dtype that is asked for."""
    chosen, rule = dtype_of(m, dtype), m.known(casting, "casting")
    for atom, _ in found if chosen is not None else ():
        if not np.can_cast(array_type(atom).dtype, chosen, rule):  # type: ignore[arg-type]
            m.fail(TypeCheckError, f"{what}: cannot cast {atom.type} to {chosen} with casting rule {rule!r}")
    return found if chosen is None else [(converted(m, a, chosen), k) for a, k in found]


def flat(m: Machine, atom: Atom) -> Atom:
    shape = static_shape(array_type(atom))
    return atom if len(shape) == 1 else expand(m, atom, (math.prod(shape),))


def concatenated(m: Machine, found: Sequence[tuple[Atom, Kind]], axis: Value, what: str) -> Value:
    ranks = {array_type(a).ndim for a, _ in found}
    listed = ", ".join(str(a.type) for a, _ in found)
    if len(ranks) > 1 or ranks == {0}:
        m.fail(ShapeError, f"{what} of arrays of types {listed}", "give all the same rank above 0")
    where = axis_of(m, axis, ranks.pop(), what)
    others = {tuple(d for k, d in enumerate(array_type(a).shape) if k != where) for a, _ in found}
    if len(others) > 1:
        m.fail(
            ShapeError, f"{what} of arrays of types {listed} along axis {where}", "all other dimensions must be equal"
        )
    dtype = result_dtype(m, found)
    atoms = [cast(m, a, dtype) for a, _ in found]
    joined = atoms[0] if len(atoms) == 1 else m.emit("concatenate", *atoms, axis=where)
    return m.new_array(joined, join_kinds([k for _, k in found]))


def np_append(m: Machine, arr: Value, values: Value, axis: Value = NONE) -> Value:
    if not is_none(axis):
        return np_concatenate(m, Tup((arr, values)), axis)
    found = [(flat(m, a), k) for a, k in (array_of(m, v, "np.append") for v in (arr, values))]
    return concatenated(m, found, Const(0), "np.append")


def np_stack(
    m: Machine, arrays: Value, axis: Value = Const(0), *, dtype: Value = NONE, casting: Value = SAME_KIND
) -> Value:
    found = converted_parts(m, parts_of(m, arrays, "np.stack"), dtype, casting, "np.stack")
    where = axis_of(m, axis, array_type(found[0][0]).ndim + 1, "np.stack")
    return m.new_array(stack_atoms(m, found, where), join_kinds([k for _, k in found]))


def stacker(what: str, shaped: Callable[[tuple[int, ...]], tuple[int, ...]], axis: int) -> Callable[..., Value]:
    """`hstack` and its kin: a concatenation of arrays that are given more dims first."""

    def function(m: Machine, tup: Value, *, dtype: Value = NONE, casting: Value = SAME_KIND) -> Value:
        found = [
            (expand(m, a, s) if (s := shaped(shape := static_shape(array_type(a)))) != shape else a, k)
            for a, k in converted_parts(m, parts_of(m, tup, what), dtype, casting, what)
        ]
        return concatenated(m, found, Const(min(axis, array_type(found[0][0]).ndim - 1)), what)

    return function


def _column(shape: tuple[int, ...]) -> tuple[int, ...]:
    return shape if len(shape) > 1 else (*shape, 1) if shape else (1, 1)


def _deep(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (1, *shape, 1) if len(shape) == 1 else (1, 1, 1) if not shape else (*shape, 1) if len(shape) == 2 else shape


def np_block(m: Machine, arrays: Value) -> Value:
    """Nested lists of arrays, joined along the last axis within a list, along the one before for each level out."""

    def depth(value: Value) -> int:
        items = None if m.is_array(value) else static_items(m, value)
        return 0 if items is None else 1 + max(map(depth, items), default=0)

    if isinstance(m.use(arrays), Tup):
        m.fail(TypeCheckError, "np.block takes lists, not a tuple", "write [...] instead of (...)")
    levels = depth(arrays)

    def join(value: Value, level: int, rank: int) -> tuple[Atom, Kind]:
        if level == levels:
            atom, kind = array_of(m, value, "np.block")
            shape = static_shape(array_type(atom))
            return (expand(m, atom, (1,) * (rank - len(shape)) + shape) if len(shape) < rank else atom), kind
        found = [join(v, level + 1, rank) for v in static_items(m, value) or ()]
        return array_of(m, concatenated(m, found, Const(-(levels - level)), "np.block"), "np.block")

    return m.new_array(*join(arrays, 0, max(levels, _deepest(m, arrays))))


def _deepest(m: Machine, value: Value) -> int:
    items = None if m.is_array(value) else static_items(m, value)
    return max((_deepest(m, v) for v in items), default=0) if items is not None else len(shape_at(m, value, "np.block"))


# -- splitting, repeating ----------------------------------------------------------------------------------------------


def along(axis: int, *part: Value) -> Value:
    """The index of a part along one axis."""
    return Tup((*(FULL,) * axis, *part))


def splitter(what: str, uneven: bool = False, fixed: int | None = None) -> Callable[..., Value]:
    """`split`, `array_split`, `hsplit`, `vsplit`."""

    def function(m: Machine, ary: Value, indices_or_sections: Value, axis: Value = Const(0)) -> Value:
        shape = shape_at(m, ary, what)
        where = axis_of(m, axis if fixed is None else Const(0 if len(shape) == 1 else fixed), len(shape), what)
        places, n = static_items(m, m.use(indices_or_sections)), shape[where]
        if places is not None and not all(isinstance(m.use(p), Const) for p in places):
            ends = itertools.pairwise([Const(0), *places, NONE])
            return m.new_list([get_item(m, ary, along(where, Slice(i, j, NONE))) for i, j in ends])
        given = known_ints(m, indices_or_sections, "where to split")
        if isinstance(given, tuple):
            cuts = [0, *(int(k) for k in given), n]
        elif given < 1 or (n % given and not uneven):
            m.fail(ShapeError, f"{what}: an axis of size {n} does not divide into {given} equal parts")
        else:
            cuts = [k * (n // given) + min(k, n % given) for k in range(given + 1)]
        pairs = itertools.pairwise(cuts)
        return m.new_list([get_item(m, ary, along(where, Slice(Const(i), Const(j), NONE))) for i, j in pairs])

    def along_fixed(m: Machine, ary: Value, indices_or_sections: Value) -> Value:
        if len(shape_at(m, ary, what)) < (3 if fixed == 2 else 2 if fixed == 0 else 1):
            m.fail(ShapeError, f"{what} needs an array of more dimensions")
        return function(m, ary, indices_or_sections)

    return function if fixed is None else along_fixed


def np_flip(m: Machine, a: Value, axis: Value = NONE) -> Value:
    rank = len(shape_at(m, a, "np.flip"))
    if not rank and not is_none(axis):
        m.fail(ShapeError, "np.flip of a number has no axes")
    axes = range(rank) if is_none(axis) else axis_list(m, axis, rank, "np.flip")
    back = Slice(NONE, NONE, Const(-1))
    array = a if m.is_array(a) else m.new_array(*array_of(m, a, "np.flip"))
    return get_item(m, array, Tup(tuple(back if k in axes else FULL for k in range(rank))))


def np_roll(m: Machine, a: Value, shift: Value, axis: Value = NONE) -> Value:
    atom, kind = array_of(m, a, "np.roll")
    shape = static_shape(array_type(atom))
    if is_none(axis):
        rolled = np_roll(m, m.new_array(flat(m, atom), kind), shift, Const(0))
        return reshape(m, rolled, shape)
    where = known(m, axis, "an axis")
    axes = tuple(axis_of(m, Const(w), len(shape), "np.roll") for w in (where if isinstance(where, tuple) else (where,)))
    if not _is_known(m, shift):
        return m.call(Const(run_time_arrays.roll), [m.new_array(atom, kind), shift, Const(axes)], [])
    by = known(m, shift, "the shift of np.roll")
    shifts = by if isinstance(by, tuple) else (by,)
    n = max(len(shifts), len(axes))
    if not axes and len(shifts) == 1:
        return m.new_array(atom, kind)
    if len({len(shifts), len(axes), n} - {1}) > 1:
        m.fail(ShapeError, "np.roll: shift and axis must be scalars or sequences of one length")
    array: Value = m.new_array(atom, kind)
    for k, w in zip(shifts * (n // len(shifts)), axes * (n // len(axes)), strict=True):
        array = _rolled(m, array, int(k), w)
    return array


def _is_known(m: Machine, shift: Value) -> bool:
    """Whether a shift is known, or made of ints at the entry, which can be compiled in."""
    items = static_items(m, shift)
    if items is not None and not m.is_array(shift):
        return all(_is_known(m, v) for v in items)
    return isinstance(shift, Const) or specialisable(m, shift)


def _rolled(m: Machine, array: Value, shift: int, axis: int) -> Value:
    n = shape_at(m, array, "np.roll")[axis]
    if not n or shift % n == 0:
        return array
    cut = Const(n - shift % n)
    halves = [get_item(m, array, along(axis, Slice(i, j, NONE))) for i, j in ((cut, NONE), (NONE, cut))]
    return np_concatenate(m, Tup(tuple(halves)), Const(axis))


def np_repeat(m: Machine, a: Value, repeats: Value, axis: Value = NONE) -> Value:
    atom, kind = array_of(m, a, "np.repeat")
    if as_num(m.use(repeats)) is None:
        return m.call(Const(run_time_arrays.repeat), [m.new_array(atom, kind), repeats, axis], [])
    n = known(m, repeats, "repeats")
    if n < 0:
        m.fail(ShapeError, "np.repeat: repeats may not contain negative values")
    if is_none(axis):
        atom, axis = flat(m, atom), Const(0)
    shape = static_shape(array_type(atom))
    k = axis_of(m, axis, len(shape), "np.repeat")
    wide = broadcast(
        m, expand(m, atom, (*shape[: k + 1], 1, *shape[k + 1 :])), (*shape[: k + 1], int(n), *shape[k + 1 :])
    )
    return m.new_array(m.emit("reshape", wide, shape=(*shape[:k], shape[k] * int(n), *shape[k + 1 :])), kind)


def np_tile(m: Machine, A: Value, reps: Value) -> Value:
    atom, kind = array_of(m, A, "np.tile")
    counts, shape = full_shape(m, reps), static_shape(array_type(atom))
    rank = max(len(counts), len(shape))
    counts, shape = (1,) * (rank - len(counts)) + counts, (1,) * (rank - len(shape)) + shape
    wide = expand(m, atom, tuple(d for s in shape for d in (1, s)))
    wide = broadcast(m, wide, tuple(d for c, s in zip(counts, shape, strict=True) for d in (c, s)))
    return m.new_array(m.emit("reshape", wide, shape=tuple(c * s for c, s in zip(counts, shape, strict=True))), kind)


def np_meshgrid(
    m: Machine,
    *xi: Value,
    copy: Value = Const(True),
    indexing: Value = Const("xy"),
    sparse: Value = Const(False),
) -> Value:
    only(m, indexing, ("xy", "ij"), "indexing")
    order = list(range(len(xi)))
    if m.known(indexing, "indexing") == "xy" and len(xi) > 1:
        order[:2] = [1, 0]
    sizes = [size_of(array_of(m, x, "np.meshgrid")[0]) for x in xi]
    full = Tup(tuple(Const(sizes[k]) for k in order))
    out = []
    for k, x in enumerate(xi):
        atom, kind = array_of(m, x, "np.meshgrid")
        thin = expand(m, atom, tuple(sizes[k] if j == k else 1 for j in order))
        array = m.new_array(thin, kind)
        whole = array if m.known(sparse, "sparse") else np_broadcast_to(m, array, full)
        out.append(m.new_array(*array_of(m, whole, "np.meshgrid")) if m.known(copy, "copy") else whole)
    return Tup(tuple(out))


JOINING: dict[Any, Callable[..., Value]] = {
    np.concatenate: np_concatenate,
    np.append: np_append,
    np.stack: np_stack,
    np.block: np_block,
    np.hstack: stacker("np.hstack", lambda s: s or (1,), 1),
    np.vstack: stacker("np.vstack", lambda s: (1,) * (2 - len(s)) + s, 0),
    np.dstack: stacker("np.dstack", _deep, 2),
    np.column_stack: stacker("np.column_stack", _column, 1),
    np.split: splitter("np.split"),
    np.array_split: splitter("np.array_split", uneven=True),
    np.hsplit: splitter("np.hsplit", fixed=1),
    np.vsplit: splitter("np.vsplit", fixed=0),
    np.dsplit: splitter("np.dsplit", fixed=2),
    np.flip: np_flip,
    np.roll: np_roll,
    np.repeat: np_repeat,
    np.tile: np_tile,
    np.meshgrid: np_meshgrid,
}
