"""Sorting, and cumulative operations along one axis.

Sorting is a gather by the permutation that sorts, and so is its derivative. `cummax` and `cummin` are a gather too, of
the last element that set the record (of a tie, the last so far); after a NaN the derivative has no meaning.

The derivative of a cumulative product, p_i = x_i p_{i-1}, is a linear recurrence in both modes:

    p_dot_i = x_i p_dot_{i-1} + p_{i-1} x_dot_i
    x_bar_j = p_{j-1} s_j            s_j = p_bar_j + x_{j+1} s_{j+1}

It is solved by recursive doubling (Kogge and Stone, IEEE Trans. Computers C-22, 1973): log2 n steps of n products,
no division, hence exact where elements are zero; and the steps are ordinary operations, differentiable again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from myialike.ir.builder import Expr
from myialike.ir.op import AttrDict, Linear, TypeRule, Zero
from myialike.ir.types import I64, Array, DType, Type
from myialike.ops.define import (
    arrays,
    check_axes,
    check_kind,
    custom_with_attrs,
    define,
    full,
    iota,
    iota_like,
    where,
    zmul,
)
from myialike.ops.reduce import shifted


def _along_rule(name: str, kinds: str, result: DType | None = None) -> TypeRule:
    """The type rule of an operation along one axis that keeps the shape."""

    def rule(types: tuple[Type, ...], attrs: AttrDict) -> tuple[Type, ...]:
        (x,) = arrays(name, types, 1)
        check_kind(name, x, kinds)
        check_axes(name, x, (attrs["axis"],))
        return (Array(result or x.dtype, x.shape),)

    return rule


# ------------------------------------------------------------------------------------------------------- sort


def _gather_operands(positions: Expr, axis: int) -> tuple[tuple[tuple[str], ...], list[Expr]]:
    """`spec` and operands that pick along one axis: the positions there, every element's own place elsewhere."""
    rank = len(positions.shape)
    operands = [positions if k == axis else iota(positions, positions.shape, k) for k in range(rank)]
    return (("arr",),) * rank, operands


def take_along(x: Expr, positions: Expr, axis: int) -> Expr:
    """`np.take_along_axis` with positions of x's shape."""
    spec, operands = _gather_operands(positions, axis)
    return x.op("index", *operands, spec=spec)


def add_along(g: Expr, positions: Expr, axis: int) -> Expr:
    """The transpose of `take_along`."""
    spec, operands = _gather_operands(positions, axis)
    return full(g, g.shape, 0.0).op("index_add", g, *operands, spec=spec)


def _sort_jvp(x: Expr, x_dot: Expr, out: Expr, attrs: AttrDict) -> Expr:
    return take_along(x_dot, x.op("argsort", axis=attrs["axis"]), attrs["axis"])


def _sort_vjp(x: Expr, out: Expr, g: Expr, attrs: AttrDict) -> Expr:
    return add_along(g, x.op("argsort", axis=attrs["axis"]), attrs["axis"])


define(
    "sort",
    _along_rule("sort", "biufc"),
    lambda x, axis: np.sort(x, axis=axis, kind="stable"),
    custom_with_attrs(_sort_jvp, _sort_vjp),
)
define(
    "argsort",
    _along_rule("argsort", "biufc", I64),
    lambda x, axis: np.argsort(x, axis=axis, kind="stable"),
    Zero(),
)

# ------------------------------------------------------------------------------------------------- cumulative


def _accumulate(ufunc: np.ufunc) -> Callable[..., Any]:
    def evaluate(x: Any, axis: int, reverse: bool) -> Any:
        if not reverse:
            return ufunc.accumulate(x, axis=axis, dtype=x.dtype)
        return np.flip(ufunc.accumulate(np.flip(x, axis), axis=axis, dtype=x.dtype), axis)

    return evaluate


def _cumsum_transpose(g: Expr, inputs: tuple[Expr, ...], attrs: AttrDict, i: int) -> Expr:
    return g.op("cumsum", axis=attrs["axis"], reverse=not attrs["reverse"])


define("cumsum", _along_rule("cumsum", "iufc"), _accumulate(np.add), Linear(_cumsum_transpose), kinds="iufc")


def linear_recurrence(a: Expr, b: Expr, axis: int, reverse: bool) -> Expr:
    """y with y_i = a_i y_{i-1} + b_i and y_{-1} = 0 along an axis, from its end if `reverse`."""
    step = 1
    while step < a.shape[axis]:
        b = b + a * shifted(b, axis, step, 0.0, reverse)
        a = a * shifted(a, axis, step, 0.0, reverse)
        step *= 2
    return b


def _before(x: Expr, out: Expr, attrs: AttrDict) -> Expr:
    """The product of the elements before each."""
    return shifted(out, attrs["axis"], 1, 1.0, attrs["reverse"])


def _cumprod_jvp(x: Expr, x_dot: Expr, out: Expr, attrs: AttrDict) -> Expr:
    if x.shape[attrs["axis"]] == 0:
        return x_dot
    return linear_recurrence(x, zmul(x_dot, _before(x, out, attrs)), attrs["axis"], attrs["reverse"])


def _cumprod_vjp(x: Expr, out: Expr, g: Expr, attrs: AttrDict) -> Expr:
    axis, reverse = attrs["axis"], attrs["reverse"]
    if x.shape[axis] == 0:
        return g
    following = shifted(x, axis, 1, 0.0, not reverse)
    return zmul(linear_recurrence(following, g, axis, not reverse), _before(x, out, attrs))


define(
    "cumprod",
    _along_rule("cumprod", "iufc"),
    _accumulate(np.multiply),
    custom_with_attrs(_cumprod_jvp, _cumprod_vjp),
    kinds="iufc",
)


def _record_positions(x: Expr, out: Expr, attrs: AttrDict) -> Expr:
    """Where the element stands that is the extremum so far."""
    axis, reverse = attrs["axis"], attrs["reverse"]
    start = x.shape[axis] - 1 if reverse else 0
    at = where(x.op("eq", out), iota_like(x, axis), start)
    return at.op("cummin" if reverse else "cummax", axis=axis, reverse=reverse)


def _record_jvp(x: Expr, x_dot: Expr, out: Expr, attrs: AttrDict) -> Expr:
    return take_along(x_dot, _record_positions(x, out, attrs), attrs["axis"])


def _record_vjp(x: Expr, out: Expr, g: Expr, attrs: AttrDict) -> Expr:
    return add_along(g, _record_positions(x, out, attrs), attrs["axis"])


for _name, _ufunc in (("cummax", np.maximum), ("cummin", np.minimum)):
    define(
        _name,
        _along_rule(_name, "biufc"),
        _accumulate(_ufunc),
        custom_with_attrs(_record_jvp, _record_vjp),
        doc="of a tie, the derivative goes to the last element so far",
    )
