"""Reductions over a tuple of axes, which vanish, and the positions of extrema.

A reduction keeps the dtype of its operand: where NumPy widens (`np.sum` of i32 is i64), inference casts first.

`reduce_max` and `reduce_min` give equal shares of the derivative to the elements that tie, and nothing where the result
is NaN. The derivative of a product is exact with any number of zeros in it: the product of the others is that of those
before times that of those after, two cumulative products and no division.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from myialike.ir.builder import Expr
from myialike.ir.op import AttrDict, Linear, TypeRule, Zero
from myialike.ir.types import I64, Array, Dim, Type
from myialike.ops.define import arrays, cast, check_axes, check_kind, custom_with_attrs, define, full, where, zmul
from myialike.ops.structure import reshape_to, slice_along


def _reduction_rule(name: str, kinds: str, empty: bool) -> TypeRule:
    """The type rule of a reduction; `empty` says whether it has a value for no elements."""

    def rule(types: tuple[Type, ...], attrs: AttrDict) -> tuple[Type, ...]:
        (x,) = arrays(name, types, 1)
        check_kind(name, x, kinds)
        check_axes(name, x, attrs["axes"])
        if not empty and any(x.shape[a] == 0 for a in attrs["axes"]):
            raise TypeError(f"{name} over axes {tuple(attrs['axes'])} of {x}: no elements, so no result")
        return (Array(x.dtype, tuple(d for k, d in enumerate(x.shape) if k not in attrs["axes"])),)

    return rule


def _kept(shape: tuple[Dim, ...], axes: tuple[int, ...]) -> tuple[Dim, ...]:
    return tuple(1 if k in axes else d for k, d in enumerate(shape))


def spread_back(y: Expr, shape: tuple[Dim, ...], axes: tuple[int, ...]) -> Expr:
    """The result of a reduction, repeated along the axes that vanished."""
    kept = reshape_to(y, _kept(shape, axes)) if y.shape else y
    return kept if kept.shape == shape else kept.op("broadcast", shape=shape)


# ---------------------------------------------------------------------------------------------- sum, and, or


def _sum_transpose(g: Expr, inputs: tuple[Expr, ...], attrs: AttrDict, i: int) -> Expr:
    return spread_back(g, inputs[0].shape, tuple(attrs["axes"]))


def _sum(x: Any, axes: tuple[int, ...]) -> Any:
    return np.sum(x, axis=tuple(axes), dtype=np.asarray(x).dtype)


define("reduce_sum", _reduction_rule("reduce_sum", "iufc", True), _sum, Linear(_sum_transpose), kinds="iufc")
define("reduce_and", _reduction_rule("reduce_and", "b", True), lambda x, axes: np.all(x, axis=axes), Zero(), kinds="b")
define("reduce_or", _reduction_rule("reduce_or", "b", True), lambda x, axes: np.any(x, axis=axes), Zero(), kinds="b")

# ---------------------------------------------------------------------------------------------------- product


def _flat_last(x: Expr, axes: tuple[int, ...]) -> Expr:
    """x with `axes` last and merged into one."""
    rest = tuple(k for k in range(len(x.shape)) if k not in axes)
    merged = (*(x.shape[k] for k in rest), math.prod(x.shape[k] for k in axes))
    moved = x if (*rest, *axes) == tuple(range(len(x.shape))) else x.op("transpose", perm=(*rest, *axes))
    return reshape_to(moved, merged)


def _unflat(y: Expr, shape: tuple[Dim, ...], axes: tuple[int, ...]) -> Expr:
    """The inverse of `_flat_last`."""
    perm = (*(k for k in range(len(shape)) if k not in axes), *axes)
    moved = reshape_to(y, tuple(shape[k] for k in perm))
    if perm == tuple(range(len(shape))):
        return moved
    return moved.op("transpose", perm=tuple(int(p) for p in np.argsort(perm)))


def shifted(x: Expr, axis: int, steps: int, fill: float, reverse: bool = False) -> Expr:
    """x moved `steps` towards the end of an axis (its start, if `reverse`); `fill` moves in."""
    size = x.shape[axis]
    gap = full(x, (*x.shape[:axis], steps, *x.shape[axis + 1 :]), fill)
    rest = slice_along(x, axis, steps if reverse else 0, size - steps)
    return rest.op("concatenate", gap, axis=axis) if reverse else gap.op("concatenate", rest, axis=axis)


def _product_of_others(x: Expr, attrs: AttrDict) -> Expr:
    axes = tuple(attrs["axes"])
    flat = _flat_last(x, axes)
    last = len(flat.shape) - 1
    if flat.shape[last] == 0:
        return x
    before = shifted(flat.op("cumprod", axis=last, reverse=False), last, 1, 1.0)
    after = shifted(flat.op("cumprod", axis=last, reverse=True), last, 1, 1.0, reverse=True)
    return _unflat(before * after, x.shape, axes)


def _prod_jvp(x: Expr, x_dot: Expr, out: Expr, attrs: AttrDict) -> Expr:
    return zmul(x_dot, _product_of_others(x, attrs)).op("reduce_sum", axes=tuple(attrs["axes"]))


def _prod_vjp(x: Expr, out: Expr, g: Expr, attrs: AttrDict) -> Expr:
    return zmul(spread_back(g, x.shape, tuple(attrs["axes"])), _product_of_others(x, attrs))


def _prod(x: Any, axes: tuple[int, ...]) -> Any:
    return np.prod(x, axis=tuple(axes), dtype=np.asarray(x).dtype)


define(
    "reduce_prod",
    _reduction_rule("reduce_prod", "iufc", True),
    _prod,
    custom_with_attrs(_prod_jvp, _prod_vjp),
    kinds="iufc",
)

# ---------------------------------------------------------------------------------------------------- extrema


def _winners(x: Expr, out: Expr, axes: tuple[int, ...]) -> tuple[Expr, Expr]:
    """The mask of the elements equal to the extremum, and how many they are, at least 1."""
    mask = x.op("eq", spread_back(out, x.shape, axes))
    count = cast(mask, x.dtype).op("reduce_sum", axes=axes).op("maximum", 1.0)
    return mask, count.op("stop_gradient")  # a step, and not one of the user's (`ad/cuts.py`)


def _extremum_jvp(x: Expr, x_dot: Expr, out: Expr, attrs: AttrDict) -> Expr:
    axes = tuple(attrs["axes"])
    mask, count = _winners(x, out, axes)
    return where(mask, x_dot, 0.0).op("reduce_sum", axes=axes) / count


def _extremum_vjp(x: Expr, out: Expr, g: Expr, attrs: AttrDict) -> Expr:
    axes = tuple(attrs["axes"])
    mask, count = _winners(x, out, axes)
    return where(mask, spread_back(g / count, x.shape, axes), 0.0)


_EXTREMUM = custom_with_attrs(_extremum_jvp, _extremum_vjp)
define(
    "reduce_max", _reduction_rule("reduce_max", "biufc", False), lambda x, axes: np.max(x, axis=tuple(axes)), _EXTREMUM
)
define(
    "reduce_min", _reduction_rule("reduce_min", "biufc", False), lambda x, axes: np.min(x, axis=tuple(axes)), _EXTREMUM
)


def _position_rule(name: str) -> TypeRule:
    def rule(types: tuple[Type, ...], attrs: AttrDict) -> tuple[Type, ...]:
        (x,) = arrays(name, types, 1)
        check_axes(name, x, (attrs["axis"],))
        if x.shape[attrs["axis"]] == 0:
            raise TypeError(f"{name} along axis {attrs['axis']} of {x}: no elements, so no result")
        return (Array(I64, tuple(d for k, d in enumerate(x.shape) if k != attrs["axis"])),)

    return rule


define("argmax", _position_rule("argmax"), lambda x, axis: np.argmax(x, axis=axis), Zero())
define("argmin", _position_rule("argmin"), lambda x, axis: np.argmin(x, axis=axis), Zero())
