"""Operations that move, repeat, choose or convert elements and compute nothing: all linear, but for `arange`.

The transpose of repeating is summing, that of joining is splitting, that of choosing is choosing. A symbolic dim is
equal to itself only, so `reshape` may move one but not split or merge it with others.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np

from myialike.ir.builder import Expr
from myialike.ir.op import AttrDict, Linear, Zero
from myialike.ir.types import DTYPES, Array, Dim, SymDim, Type
from myialike.ops.define import (
    arrays,
    cast,
    check_axes,
    check_kind,
    common_shape,
    define,
    kind_of,
    real_dtype,
    same_dtype,
)

# -------------------------------------------------------------------------------------------------- broadcast


def _broadcast_type(types: tuple[Type, ...], attrs: AttrDict) -> tuple[Type, ...]:
    (x,) = arrays("broadcast", types, 1)
    shape = tuple(attrs["shape"])
    tail = shape[len(shape) - x.ndim :] if x.ndim <= len(shape) else ()
    if len(tail) != x.ndim or not all(d in (1, n) for d, n in zip(x.shape, tail, strict=True)):
        raise TypeError(f"{x} cannot be broadcast to {Array(x.dtype, shape)}")
    return (Array(x.dtype, shape),)


def _broadcast_transpose(g: Expr, inputs: tuple[Expr, ...], attrs: AttrDict, i: int) -> Expr:
    shape = inputs[0].shape
    lead = len(g.shape) - len(shape)
    repeated = [lead + k for k, d in enumerate(shape) if d != g.shape[lead + k]]
    axes = (*range(lead), *repeated)
    return reshape_to(g.op("reduce_sum", axes=axes) if axes else g, shape)


def reshape_to(x: Expr, shape: tuple[Dim, ...]) -> Expr:
    """x in another shape; x itself where it has that already."""
    return x if x.shape == shape else x.op("reshape", shape=shape)


define("broadcast", _broadcast_type, lambda x, shape: np.broadcast_to(x, shape), Linear(_broadcast_transpose))

# ----------------------------------------------------------------------------------------- reshape, transpose


def _reshape_type(types: tuple[Type, ...], attrs: AttrDict) -> tuple[Type, ...]:
    (x,) = arrays("reshape", types, 1)
    shape = tuple(attrs["shape"])
    if _volume(x.shape) != _volume(shape):
        raise TypeError(f"{x} cannot be reshaped to {Array(x.dtype, shape)}: the numbers of elements differ")
    return (Array(x.dtype, shape),)


def _volume(shape: tuple[Dim, ...]) -> tuple[int, Counter[SymDim]]:
    """The number of elements: a product of an int and of symbolic dims."""
    symbolic = Counter(d for d in shape if isinstance(d, SymDim))
    return math.prod(d for d in shape if isinstance(d, int)), symbolic


def _reshape_transpose(g: Expr, inputs: tuple[Expr, ...], attrs: AttrDict, i: int) -> Expr:
    return g.op("reshape", shape=inputs[0].shape)


def _transpose_type(types: tuple[Type, ...], attrs: AttrDict) -> tuple[Type, ...]:
    (x,) = arrays("transpose", types, 1)
    perm = tuple(attrs["perm"])
    if sorted(perm) != list(range(x.ndim)):
        raise TypeError(f"{perm} is no permutation of the axes of {x}")
    return (Array(x.dtype, tuple(x.shape[p] for p in perm)),)


def _transpose_transpose(g: Expr, inputs: tuple[Expr, ...], attrs: AttrDict, i: int) -> Expr:
    return g.op("transpose", perm=tuple(int(p) for p in np.argsort(attrs["perm"])))


define("reshape", _reshape_type, lambda x, shape: np.reshape(x, shape), Linear(_reshape_transpose))
define("transpose", _transpose_type, lambda x, perm: np.transpose(x, perm), Linear(_transpose_transpose))

# ------------------------------------------------------------------------------------------------ concatenate


def _concatenate_type(types: tuple[Type, ...], attrs: AttrDict) -> tuple[Type, ...]:
    parts, axis = arrays("concatenate", types), attrs["axis"]
    if not parts:
        raise TypeError("concatenate takes at least one operand")
    same_dtype("concatenate", parts)
    for part in parts:
        check_axes("concatenate", part, (axis,))
        if _without(part.shape, axis) != _without(parts[0].shape, axis):
            raise TypeError(f"concatenate along axis {axis} takes operands equal elsewhere, not {parts[0]} and {part}")
    return (Array(parts[0].dtype, _joined(parts, axis)),)


def _joined(parts: tuple[Array, ...], axis: int) -> tuple[Dim, ...]:
    sizes = [p.shape[axis] for p in parts if p.shape[axis] != 0]
    static = [n for n in sizes if isinstance(n, int)]
    if len(static) < len(sizes) and len(sizes) > 1:
        raise TypeError(f"the size of {' and '.join(map(str, parts))} joined along axis {axis} has no name")
    total = sizes[0] if len(static) < len(sizes) else sum(static)
    return (*parts[0].shape[:axis], total, *parts[0].shape[axis + 1 :])


def _without(shape: tuple[Dim, ...], axis: int) -> tuple[Dim, ...]:
    return shape[:axis] + shape[axis + 1 :]


def _concatenate_transpose(g: Expr, inputs: tuple[Expr, ...], attrs: AttrDict, i: int) -> Expr:
    axis = attrs["axis"]
    start = sum(x.shape[axis] for x in inputs[:i])
    return slice_along(g, axis, start, inputs[i].shape[axis])


def slice_along(x: Expr, axis: int, start: int, size: Dim) -> Expr:
    """`size` elements of one axis from `start`, all of the others."""
    if start == 0 and size == x.shape[axis]:
        return x
    spec = tuple(("slice", start, size, 1) if k == axis else ("slice", 0, n, 1) for k, n in enumerate(x.shape))
    return x.op("index", spec=spec)


define(
    "concatenate",
    _concatenate_type,
    lambda *xs, axis: np.concatenate(xs, axis),
    Linear(_concatenate_transpose),
)

# ----------------------------------------------------------------------------------------------- select, cast


def _select_type(types: tuple[Type, ...], attrs: AttrDict) -> tuple[Type, ...]:
    pred, a, b = arrays("select", types, 3)
    check_kind("select's condition", pred, "b")
    same_dtype("select", (a, b))
    return (Array(a.dtype, common_shape("select", (pred, a, b))),)


def _select_transpose(g: Expr, inputs: tuple[Expr, ...], attrs: AttrDict, i: int) -> Expr:
    zero = g.lift(0.0)
    return inputs[0].op("select", g, zero) if i == 1 else inputs[0].op("select", zero, g)


define("select", _select_type, lambda p, a, b: np.where(p, a, b), Linear(_select_transpose, args=(1, 2)))


def _cast_type(types: tuple[Type, ...], attrs: AttrDict) -> tuple[Type, ...]:
    (x,) = arrays("cast", types, 1)
    if attrs["dtype"] not in DTYPES:
        raise TypeError(f"{attrs['dtype']!r} is no dtype")
    return (Array(DTYPES[attrs["dtype"]], x.shape),)


def _cast(x: Any, dtype: str) -> Any:
    drops_imaginary = kind_of(np.asarray(x).dtype) == "c" and kind_of(DTYPES[dtype]) not in "cb"
    return np.asarray(np.real(x) if drops_imaginary else x).astype(DTYPES[dtype])


def _cast_transpose(g: Expr, inputs: tuple[Expr, ...], attrs: AttrDict, i: int) -> Expr:
    """Between floats: cast back. A real operand cast to complex receives the real part."""
    drops_imaginary = kind_of(g.dtype) == "c" and real_dtype(inputs[0].dtype) == inputs[0].dtype
    return cast(g.op("real") if drops_imaginary else g, inputs[0].dtype)


define("cast", _cast_type, _cast, Linear(_cast_transpose), doc="of a complex operand to a real dtype: its real part")

# ----------------------------------------------------------------------------------------------------- arange


def _arange_type(types: tuple[Type, ...], attrs: AttrDict) -> tuple[Type, ...]:
    arrays("arange", types, 0)
    start, stop, step = attrs["start"], attrs["stop"], attrs["step"]
    if attrs["dtype"] not in DTYPES:
        raise TypeError(f"{attrs['dtype']!r} is no dtype")
    if step == 0:
        raise TypeError("arange takes a step other than 0")
    if not isinstance(stop, SymDim):
        return (Array(DTYPES[attrs["dtype"]], (max(0, math.ceil((stop - start) / step)),)),)
    if (start, step) != (0, 1):
        raise TypeError(f"arange to the symbolic dim {stop} starts at 0 and has step 1, not {start} and {step}")
    return (Array(DTYPES[attrs["dtype"]], (stop,)),)


define(
    "arange",
    _arange_type,
    lambda start, stop, step, dtype: np.arange(start, stop, step, dtype=DTYPES[dtype]),
    Zero("it has no operands"),
)
