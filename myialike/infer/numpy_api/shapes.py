"""Shapes: reshaping, transposing, joining, splitting and repeating arrays. What is a view in NumPy is a view here."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from myialike.errors import ShapeError, TypeCheckError, UnsupportedError
from myialike.infer.emit import broadcast, broadcast_shapes, cast, join_kinds, result_dtype
from myialike.infer.indexing import get_item
from myialike.infer.machine import Machine, array_type
from myialike.infer.numpy_api.arguments import (
    FULL,
    array_of,
    axes_of,
    axis_list,
    axis_of,
    full_shape,
    integer,
    is_none,
    known,
    only,
    shape_at,
    shape_of,
    size_of,
)
from myialike.infer.sequences import expand, static_items
from myialike.infer.sequences import stack as stack_atoms
from myialike.infer.values import NONE, Const, Kind, Ref, Slice, Tup, Value, as_num
from myialike.ir.syntax import Atom
from myialike.ir.types import static_shape

C = Const("C")


def as_view(m: Machine, a: Value, op: str, **attrs: Any) -> Value:
    """A reshaping of an array: a view of it where it is one."""
    a = m.use(a)
    if isinstance(a, Ref) and m.is_array(a):
        return m.view(a, op, **attrs)
    atom, kind = array_of(m, a, op)
    if op == "reshape" and not array_type(atom).shape:
        return m.new_array(broadcast(m, atom, attrs["shape"]), kind)
    return m.new_array(m.emit(op, atom, **attrs), kind)


def is_numpy_scalar(m: Machine, a: Value) -> bool:
    """Whether a value is a NumPy scalar, whose own methods give scalars."""
    num = as_num(m.use(a))
    return num is not None and num.kind == "numpy"


def np_reshape(m: Machine, a: Value, shape: Value, order: Value = C) -> Value:
    only(m, order, "C", "order")
    return reshape(m, a, shape_of(m, shape))


def method_reshape(m: Machine, a: Value, *shape: Value, order: Value = C) -> Value:
    return np_reshape(m, a, shape[0] if len(shape) == 1 else Tup(shape), order)


def reshape(m: Machine, a: Value, wanted: tuple[int, ...]) -> Value:
    """A view of another shape, in which one dim may be -1."""
    n = math.prod(shape_at(m, a, "np.reshape"))
    rest = math.prod(d for d in wanted if d != -1)
    if wanted.count(-1) == 1 and rest > 0 and n % rest == 0:
        wanted = tuple(n // rest if d == -1 else d for d in wanted)
    if min(wanted, default=0) < 0 or math.prod(wanted) != n:
        m.fail(ShapeError, f"an array of {n} elements cannot be reshaped to {list(wanted)}")
    return as_view(m, a, "reshape", shape=wanted)


def np_ravel(m: Machine, a: Value, order: Value = C) -> Value:
    only(m, order, "C", "order")
    return reshape(m, a, (-1,) if size_of(array_of(m, a, "np.ravel")[0]) else (0,))


def flatten(m: Machine, a: Value, order: Value = C) -> Value:
    atom, kind = array_of(m, np_ravel(m, a, order), "flatten")
    return m.new_array(atom, kind)


def np_transpose(m: Machine, a: Value, axes: Value = NONE) -> Value:
    rank = len(shape_at(m, a, "np.transpose"))
    perm = tuple(range(rank))[::-1] if is_none(axes) else axis_list(m, axes, rank, "np.transpose")
    return permuted(m, a, perm, rank)


def method_transpose(m: Machine, a: Value, *axes: Value) -> Value:
    return np_transpose(m, a, NONE if not axes else axes[0] if len(axes) == 1 else Tup(axes))


def permuted(m: Machine, a: Value, perm: tuple[int, ...], rank: int) -> Value:
    if sorted(perm) != list(range(rank)):
        m.fail(ShapeError, f"axes {perm} are not a permutation of the {rank} axes of the array")
    if rank < 2 and (is_numpy_scalar(m, a) or m.is_array(a)):
        return a
    return as_view(m, a, "transpose", perm=perm) if rank > 1 else m.new_array(*array_of(m, a, "np.transpose"))


def np_matrix_transpose(m: Machine, x: Value) -> Value:
    rank = len(shape_at(m, x, "np.matrix_transpose"))
    if rank < 2:
        m.fail(ShapeError, f"a matrix transpose needs an array of rank 2 or more, not {rank}")
    return np_swapaxes(m, x, Const(-1), Const(-2))


def np_swapaxes(m: Machine, a: Value, axis1: Value, axis2: Value) -> Value:
    rank = len(shape_at(m, a, "np.swapaxes"))
    i, j = axis_of(m, axis1, rank, "np.swapaxes"), axis_of(m, axis2, rank, "np.swapaxes")
    perm = list(range(rank))
    perm[i], perm[j] = j, i
    return permuted(m, a, tuple(perm), rank)


def np_moveaxis(m: Machine, a: Value, source: Value, destination: Value) -> Value:
    rank = len(shape_at(m, a, "np.moveaxis"))
    src, dst = (axis_list(m, v, rank, "np.moveaxis") for v in (source, destination))
    if len(src) != len(dst):
        m.fail(ShapeError, f"np.moveaxis: {len(src)} axes are to be moved to {len(dst)} places")
    perm = [k for k in range(rank) if k not in src]
    for d, s in sorted(zip(dst, src, strict=True)):
        perm.insert(d, s)
    return permuted(m, a, tuple(perm), rank)


def np_rollaxis(m: Machine, a: Value, axis: Value, start: Value = Const(0)) -> Value:
    rank = len(shape_at(m, a, "np.rollaxis"))
    k, at = axis_of(m, axis, rank, "np.rollaxis"), integer(m, start, "start")
    at = at + rank if at < 0 else at
    if not 0 <= at <= rank:
        m.fail(ShapeError, f"np.rollaxis: start {at} is out of bounds for an array of dimension {rank}")
    perm = [j for j in range(rank) if j != k]
    perm.insert(at - 1 if k < at else at, k)
    return permuted(m, a, tuple(perm), rank)


def np_expand_dims(m: Machine, a: Value, axis: Value) -> Value:
    shape = list(shape_at(m, a, "np.expand_dims"))
    given = known(m, axis, "an axis")
    count = len(given) if isinstance(given, tuple) else 1
    for k in sorted(axis_list(m, axis, len(shape) + count, "np.expand_dims")):
        shape.insert(k, 1)
    return as_view(m, a, "reshape", shape=tuple(shape))


def np_squeeze(m: Machine, a: Value, axis: Value = NONE) -> Value:
    shape = shape_at(m, a, "np.squeeze")
    axes = axes_of(m, axis, len(shape), "np.squeeze")
    if not is_none(axis) and any(shape[k] != 1 for k in axes):
        m.fail(ShapeError, f"np.squeeze: the chosen axes of shape {list(shape)} are not all 1")
    if is_numpy_scalar(m, a):
        return a
    return as_view(m, a, "reshape", shape=tuple(d for k, d in enumerate(shape) if k not in axes or d != 1))


def np_broadcast_to(m: Machine, array: Value, shape: Value) -> Value:
    atom, kind = array_of(m, array, "np.broadcast_to")
    wanted = full_shape(m, shape)
    if broadcast_shapes(m, [array_type(atom).shape, wanted], "np.broadcast_to") != wanted:
        m.fail(ShapeError, f"{atom.type} cannot be broadcast to {list(wanted)}")
    return m.new_array(broadcast(m, atom, wanted), kind)


def np_broadcast_arrays(m: Machine, *args: Value) -> Value:
    found = [array_of(m, a, "np.broadcast_arrays") for a in args]
    shape = broadcast_shapes(m, [array_type(a).shape for a, _ in found], "np.broadcast_arrays")
    return Tup(tuple(m.new_array(broadcast(m, a, shape), k) for a, k in found))


def np_broadcast_shapes(m: Machine, *args: Value) -> Value:
    return Tup(tuple(Const(d) for d in broadcast_shapes(m, [full_shape(m, s) for s in args], "np.broadcast_shapes")))


def atleast(rank: int) -> Callable[..., Value]:
    def one(m: Machine, a: Value) -> Value:
        shape = shape_at(m, a, f"np.atleast_{rank}d")
        if len(shape) >= rank:
            return a if m.is_array(a) else m.new_array(*array_of(m, a, "np.atleast"))
        grown = (1,) * (rank - len(shape)) + shape if len(shape) < 2 else (*shape, 1)
        return as_view(m, a, "reshape", shape=(1, *shape, 1) if rank == 3 and len(shape) == 1 else grown)

    def function(m: Machine, *arys: Value) -> Value:
        return one(m, arys[0]) if len(arys) == 1 else Tup(tuple(one(m, a) for a in arys))

    return function


# -- joining -----------------------------------------------------------------------------------------------------------


def parts_of(m: Machine, arrays: Value, what: str) -> list[tuple[Atom, Kind]]:
    """The arrays of a sequence, or the rows of an array."""
    items = static_items(m, m.use(arrays))
    if not items:
        m.fail(TypeCheckError, f"{what} takes a sequence of at least one array, not {m.describe(arrays)}")
    return [array_of(m, v, what) for v in items]


def np_concatenate(m: Machine, arrays: Value, axis: Value = Const(0), *, dtype: Value = NONE) -> Value:
    if not is_none(dtype):
        m.fail(UnsupportedError, "np.concatenate with dtype is not taken", "cast the arrays with .astype")
    found = parts_of(m, arrays, "np.concatenate")
    if is_none(axis):
        found, axis = [(flat(m, a), k) for a, k in found], Const(0)
    return concatenated(m, found, axis, "np.concatenate")


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
        m.fail(ShapeError, f"{what} of arrays of types {listed} along axis {where}", "all other dimensions must be equal")
    dtype = result_dtype(m, found)
    atoms = [cast(m, a, dtype) for a, _ in found]
    joined = atoms[0] if len(atoms) == 1 else m.emit("concatenate", *atoms, axis=where)
    return m.new_array(joined, join_kinds([k for _, k in found]))


def np_append(m: Machine, arr: Value, values: Value, axis: Value = NONE) -> Value:
    return np_concatenate(m, Tup((arr, values)), axis)


def np_stack(m: Machine, arrays: Value, axis: Value = Const(0)) -> Value:
    found = parts_of(m, arrays, "np.stack")
    where = axis_of(m, axis, array_type(found[0][0]).ndim + 1, "np.stack")
    return m.new_array(stack_atoms(m, found, where), join_kinds([k for _, k in found]))


def stacker(what: str, shaped: Callable[[tuple[int, ...]], tuple[int, ...]], axis: int) -> Callable[..., Value]:
    """`hstack` and its kin: a concatenation of arrays that are given more dims first."""

    def function(m: Machine, tup: Value) -> Value:
        found = [(expand(m, a, s) if (s := shaped(shape := static_shape(array_type(a)))) != shape else a, k)
                 for a, k in parts_of(m, tup, what)]
        return concatenated(m, found, Const(min(axis, array_type(found[0][0]).ndim - 1)), what)

    return function


def _deep(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (1, *shape, 1) if len(shape) == 1 else (1, 1, 1) if not shape else (*shape, 1) if len(shape) == 2 else shape


def np_block(m: Machine, arrays: Value) -> Value:
    """Nested lists of arrays, joined along the last axis within a list, along the one before for each level out."""

    def depth(value: Value) -> int:
        items = None if m.is_array(value) else static_items(m, value)
        return 0 if items is None else 1 + max(map(depth, items), default=0)

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
        given, n = known(m, indices_or_sections, "where to split"), shape[where]
        if isinstance(given, tuple):
            cuts = [0, *(int(k) for k in given), n]
        elif given < 1 or (n % given and not uneven):
            m.fail(ShapeError, f"{what}: an axis of size {n} does not divide into {given} equal parts")
        else:
            cuts = [k * (n // given) + min(k, n % given) for k in range(given + 1)]
        pairs = zip(cuts[:-1], cuts[1:], strict=True)
        return m.new_list([get_item(m, ary, along(where, Slice(Const(i), Const(j), NONE))) for i, j in pairs])

    def along_fixed(m: Machine, ary: Value, indices_or_sections: Value) -> Value:
        if len(shape_at(m, ary, what)) < (2 if fixed == 0 else 1):
            m.fail(ShapeError, f"{what} needs an array of more dimensions")
        return function(m, ary, indices_or_sections)

    return function if fixed is None else along_fixed


def np_flip(m: Machine, a: Value, axis: Value = NONE) -> Value:
    rank = len(shape_at(m, a, "np.flip"))
    axes = axes_of(m, axis, rank, "np.flip")
    back = Slice(NONE, NONE, Const(-1))
    array = a if m.is_array(a) else m.new_array(*array_of(m, a, "np.flip"))
    return get_item(m, array, Tup((*(back if k in axes else FULL for k in range(rank)), Const(...))))


def np_roll(m: Machine, a: Value, shift: Value, axis: Value = NONE) -> Value:
    atom, kind = array_of(m, a, "np.roll")
    shape = static_shape(array_type(atom))
    by = known(m, shift, "the shift of np.roll")
    if is_none(axis):
        rolled = np_roll(m, m.new_array(flat(m, atom), kind), Const(by), Const(0))
        return reshape(m, rolled, shape)
    where = known(m, axis, "an axis")
    shifts, axes = (v if isinstance(v, tuple) else (v,) for v in (by, where))
    n = max(len(shifts), len(axes))
    if len({len(shifts), len(axes), n} - {1}) > 1:
        m.fail(ShapeError, "np.roll: shift and axis must be scalars or sequences of one length")
    array: Value = m.new_array(atom, kind)
    for k, w in zip(shifts * (n // len(shifts)), axes * (n // len(axes)), strict=True):
        array = _rolled(m, array, int(k), axis_of(m, Const(w), len(shape), "np.roll"))
    return array


def _rolled(m: Machine, array: Value, shift: int, axis: int) -> Value:
    n = shape_at(m, array, "np.roll")[axis]
    if not n or shift % n == 0:
        return array
    cut = Const(n - shift % n)
    halves = [get_item(m, array, along(axis, Slice(i, j, NONE))) for i, j in ((cut, NONE), (NONE, cut))]
    return np_concatenate(m, Tup(tuple(halves)), Const(axis))


def np_repeat(m: Machine, a: Value, repeats: Value, axis: Value = NONE) -> Value:
    atom, kind = array_of(m, a, "np.repeat")
    n = known(m, repeats, "repeats")
    if not isinstance(n, (int, np.integer)):
        m.fail(UnsupportedError, "np.repeat with an array of counts is not taken", "give one int")
    if n < 0:
        m.fail(ShapeError, "np.repeat: repeats may not contain negative values")
    if is_none(axis):
        atom, axis = flat(m, atom), Const(0)
    shape = static_shape(array_type(atom))
    k = axis_of(m, axis, len(shape), "np.repeat")
    wide = broadcast(m, expand(m, atom, (*shape[: k + 1], 1, *shape[k + 1 :])), (*shape[: k + 1], int(n), *shape[k + 1 :]))
    return m.new_array(m.emit("reshape", wide, shape=(*shape[:k], shape[k] * int(n), *shape[k + 1 :])), kind)


def np_tile(m: Machine, A: Value, reps: Value) -> Value:
    atom, kind = array_of(m, A, "np.tile")
    counts, shape = full_shape(m, reps), static_shape(array_type(atom))
    rank = max(len(counts), len(shape))
    counts, shape = (1,) * (rank - len(counts)) + counts, (1,) * (rank - len(shape)) + shape
    wide = expand(m, atom, tuple(d for s in shape for d in (1, s)))
    wide = broadcast(m, wide, tuple(d for c, s in zip(counts, shape, strict=True) for d in (c, s)))
    return m.new_array(m.emit("reshape", wide, shape=tuple(c * s for c, s in zip(counts, shape, strict=True))), kind)


def np_pad(m: Machine, array: Value, pad_width: Value, mode: Value = Const("constant"), constant_values: Value = Const(0)) -> Value:
    only(m, mode, ("constant",), "mode")
    atom, kind = array_of(m, array, "np.pad")
    type = array_type(atom)
    shape = static_shape(type)
    try:
        widths = np.broadcast_to(np.array(known(m, pad_width, "the widths of np.pad"), dtype=int), (len(shape), 2)).tolist()
    except ValueError:
        m.fail(ShapeError, f"np.pad: these widths do not fit an array of rank {len(shape)}")
    value = cast(m, array_of(m, constant_values, "np.pad")[0], type.dtype)
    if array_type(value).shape or min((w for pair in widths for w in pair), default=0) < 0:
        m.fail(UnsupportedError, "np.pad takes one constant, and widths that are not negative")
    new = broadcast(m, value, tuple(d + lo + hi for d, (lo, hi) in zip(shape, widths, strict=True)))
    spec = tuple(("slice", lo if d else 0, d, 1) for d, (lo, _) in zip(shape, widths, strict=True))
    return m.new_array(m.emit("index_set", new, atom, spec=spec) if shape else atom, kind)


def np_meshgrid(m: Machine, *xi: Value, indexing: Value = Const("xy"), sparse: Value = Const(False)) -> Value:
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
        out.append(array if m.known(sparse, "sparse") else np_broadcast_to(m, array, full))
    return Tup(tuple(out))


SHAPES: dict[Any, Callable[..., Value]] = {
    np.reshape: np_reshape, np.ravel: np_ravel, np.transpose: np_transpose, np.permute_dims: np_transpose,
    np.matrix_transpose: np_matrix_transpose, np.linalg.matrix_transpose: np_matrix_transpose, np.swapaxes: np_swapaxes,
    np.moveaxis: np_moveaxis, np.rollaxis: np_rollaxis, np.expand_dims: np_expand_dims, np.squeeze: np_squeeze,
    np.broadcast_to: np_broadcast_to, np.broadcast_arrays: np_broadcast_arrays, np.broadcast_shapes: np_broadcast_shapes,
    np.atleast_1d: atleast(1), np.atleast_2d: atleast(2), np.atleast_3d: atleast(3), np.concatenate: np_concatenate,
    np.append: np_append, np.stack: np_stack, np.block: np_block,
    np.hstack: stacker("np.hstack", lambda s: s or (1,), 1),
    np.vstack: stacker("np.vstack", lambda s: (1,) * (2 - len(s)) + s, 0),
    np.dstack: stacker("np.dstack", _deep, 2),
    np.column_stack: stacker("np.column_stack", lambda s: (*s, 1) if len(s) == 1 else (1, 1) if not s else s, 1),
    np.split: splitter("np.split"), np.array_split: splitter("np.array_split", uneven=True),
    np.hsplit: splitter("np.hsplit", fixed=1), np.vsplit: splitter("np.vsplit", fixed=0), np.flip: np_flip,
    np.roll: np_roll, np.repeat: np_repeat, np.tile: np_tile, np.pad: np_pad, np.meshgrid: np_meshgrid,
}
