"""Shapes: reshaping and transposing arrays. What is a view in NumPy is a view here."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from myialike.errors import ShapeError, UnsupportedError
from myialike.infer.emit import broadcast, broadcast_shapes, pointwise
from myialike.infer.machine import Machine, array_type
from myialike.infer.numpy_api.arguments import (
    array_of,
    axes_of,
    axis_list,
    axis_of,
    dtype_of,
    full_shape,
    integer,
    is_none,
    known,
    only,
    shape_at,
    shape_of,
    size_of,
)
from myialike.infer.values import NONE, Const, Ref, Tup, Value, as_num
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


def np_reshape(m: Machine, a: Value, shape: Value, order: Value = C, *, copy: Value = NONE) -> Value:
    """The elements in another shape, taken and laid out in C order, or in Fortran's: along the first axis first."""
    only(m, order, ("C", "F"), "order")
    if m.known(copy, "copy") is False:
        m.fail(UnsupportedError, "reshape with copy=False is not taken", "leave it out")
    wanted = shape_of(m, shape)
    scalar = as_num(m.use(a))
    if not wanted and scalar is not None and scalar.kind == "numpy":
        return a
    if m.known(order, "order") == "F" and len(shape_at(m, a, "reshape")) + len(wanted) > 2:
        found = np_transpose(m, reshape(m, np_transpose(m, a), wanted[::-1]))
    else:
        found = reshape(m, a, wanted)
    return m.new_array(*array_of(m, found, "reshape")) if m.known(copy, "copy") else found


def method_reshape(m: Machine, a: Value, *shape: Value, order: Value = C, copy: Value = NONE) -> Value:
    return np_reshape(m, a, shape[0] if len(shape) == 1 else Tup(shape), order, copy=copy)


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
    only(m, order, ("C", "F"), "order")
    if m.known(order, "order") == "F" and len(shape_at(m, a, "np.ravel")) > 1:
        a = np_transpose(m, a)
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
    left = tuple(d for k, d in enumerate(shape) if k not in axes or d != 1)
    if is_numpy_scalar(m, a) or (left == shape and m.is_array(m.use(a))):
        return a
    return as_view(m, a, "reshape", shape=left)


def np_broadcast_to(m: Machine, array: Value, shape: Value) -> Value:
    atom, kind = array_of(m, array, "np.broadcast_to")
    wanted = full_shape(m, shape)
    if broadcast_shapes(m, [array_type(atom).shape, wanted], "np.broadcast_to") != wanted:
        m.fail(ShapeError, f"{atom.type} cannot be broadcast to {list(wanted)}")
    return m.new_read_only(array, broadcast(m, atom, wanted), kind)


def view(m: Machine, a: Value, dtype: Value = NONE) -> Value:
    """The method `view`, of the same dtype: another dtype would show the bits."""
    atom, _ = array_of(m, a, "view")
    if not is_none(dtype) and dtype_of(m, dtype) != array_type(atom).dtype:
        m.fail(UnsupportedError, "compiled code does not see the bits of a number", "x.astype(dtype)")
    return as_view(m, a, "reshape", shape=static_shape(array_type(atom))) if m.is_array(a) else a


def np_sliding_window_view(m: Machine, x: Value, window_shape: Value, axis: Value = NONE) -> Value:
    """All windows of an array; NumPy's is a view that cannot be written to."""
    what = "np.lib.stride_tricks.sliding_window_view"
    atom, kind = array_of(m, x, what)
    rank, sizes = array_type(atom).ndim, full_shape(m, window_shape)
    axes = tuple(range(rank)) if is_none(axis) else known_axes(m, axis, rank, what)
    if len(axes) != len(sizes):
        m.fail(ShapeError, f"{what}: {len(sizes)} sizes of windows, and {len(axes)} axes")
    for k, size in zip(axes, sizes, strict=True):
        shape = static_shape(array_type(atom))
        if size < 0 or size > shape[k]:
            m.fail(ShapeError, "window shape cannot be larger than input array shape", "a smaller window")
        starts, steps = (m.emit("arange", start=0, stop=n, step=1, dtype="i64") for n in (shape[k] - size + 1, size))
        places = pointwise(m, "add", m.emit("reshape", starts, shape=(shape[k] - size + 1, 1)), steps)
        spec = tuple(("arr",) if j == k else ("slice", 0, d, 1) for j, d in enumerate(shape))
        wide = m.emit("index", atom, places, spec=spec)
        last = len(shape)
        atom = m.emit("transpose", wide, perm=(*(j for j in range(last + 1) if j != k + 1), k + 1))
    return m.new_read_only(x, atom, kind)


def known_axes(m: Machine, axis: Value, rank: int, what: str) -> tuple[int, ...]:
    """Axes in the order that they are given in, of which one may come twice."""
    found = m.known(axis, "an axis")
    return tuple(axis_of(m, Const(k), rank, what) for k in (found if isinstance(found, tuple) else (found,)))


def np_broadcast_arrays(m: Machine, *args: Value) -> Value:
    found = [array_of(m, a, "np.broadcast_arrays") for a in args]
    shape = broadcast_shapes(m, [array_type(a).shape for a, _ in found], "np.broadcast_arrays")
    return Tup(tuple(m.new_showing(v, broadcast(m, a, shape), k) for v, (a, k) in zip(args, found, strict=True)))


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


SHAPES: dict[Any, Callable[..., Value]] = {
    np.reshape: np_reshape,
    np.ravel: np_ravel,
    np.transpose: np_transpose,
    np.permute_dims: np_transpose,
    np.matrix_transpose: np_matrix_transpose,
    np.linalg.matrix_transpose: np_matrix_transpose,
    np.swapaxes: np_swapaxes,
    np.moveaxis: np_moveaxis,
    np.rollaxis: np_rollaxis,
    np.expand_dims: np_expand_dims,
    np.squeeze: np_squeeze,
    np.broadcast_to: np_broadcast_to,
    np.lib.stride_tricks.sliding_window_view: np_sliding_window_view,
    np.broadcast_arrays: np_broadcast_arrays,
    np.broadcast_shapes: np_broadcast_shapes,
    np.atleast_1d: atleast(1),
    np.atleast_2d: atleast(2),
    np.atleast_3d: atleast(3),
}
