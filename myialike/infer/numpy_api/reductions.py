"""Reductions and cumulative functions: over axes, in the dtype that NumPy accumulates in."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from myialike.errors import ShapeError, UnsupportedError
from myialike.infer.arith import binary
from myialike.infer.emit import cast, pointwise, truth
from myialike.infer.machine import Machine, array_type
from myialike.infer.numpy_api.arguments import (
    FALSE,
    array_of,
    axes_of,
    axis_of,
    dtype_of,
    flag,
    is_none,
    number,
    size_of,
)
from myialike.infer.numpy_api.elementwise import outer
from myialike.infer.sequences import expand
from myialike.infer.ufuncs import UFUNCS
from myialike.infer.values import NONE, Const, Value
from myialike.ir.syntax import Atom
from myialike.ir.types import BOOL, F64, I64, DType, static_shape

NO_IDENTITY = ("reduce_max", "reduce_min")


def reduce_with(op: str, what: str, default_axis: Value = NONE) -> Callable[..., Value]:
    """A reduction over axes; sums and products of small ints and bools are done in the platform's int."""

    def reduction(
        m: Machine, a: Value, axis: Value = default_axis, dtype: Value = NONE, *, keepdims: Value = FALSE
    ) -> Value:
        atom, kind = array_of(m, a, what)
        atom = accumulating(m, op, atom, dtype_of(m, dtype))
        return m.result(reduced(m, op, atom, axis, flag(m, keepdims, "keepdims"), what), kind)

    def plain(m: Machine, a: Value, axis: Value = default_axis, *, keepdims: Value = FALSE) -> Value:
        return reduction(m, a, axis, keepdims=keepdims)

    return reduction if op in ("reduce_sum", "reduce_prod") else plain


def accumulating(m: Machine, op: str, atom: Atom, dtype: DType | None) -> Atom:
    """The operand in the dtype of the accumulation."""
    found = array_type(atom).dtype
    if op in ("reduce_and", "reduce_or"):
        return truth(m, atom)
    if op in ("reduce_sum", "reduce_prod", "cumsum", "cumprod"):
        if dtype is None and found.kind in "bui":
            dtype = np.dtype(np.uint64) if found.kind == "u" else I64
        if dtype == BOOL:
            m.fail(UnsupportedError, "a sum or product in bool is not taken", "use np.any or np.all")
    if dtype is not None and found.kind == "c" and dtype.kind != "c":
        m.fail(UnsupportedError, f"{atom.type} as {dtype} drops the imaginary part", "write x.real")
    return atom if dtype is None else cast(m, atom, dtype)


def reduced(m: Machine, op: str, atom: Atom, axis: Value, keepdims: bool, what: str) -> Atom:
    shape = static_shape(array_type(atom))
    axes = axes_of(m, axis, len(shape), what)
    if op in NO_IDENTITY and any(shape[a] == 0 for a in axes):
        m.fail(ShapeError, f"{what} of {atom.type} over axes of size 0 has no value")
    return reduce_atom(m, op, atom, axes, keepdims)


def reduce_atom(m: Machine, op: str, atom: Atom, axes: Sequence[int], keepdims: bool = False) -> Atom:
    shape = static_shape(array_type(atom))
    if array_type(atom).dtype == BOOL:
        op = {"reduce_max": "reduce_or", "reduce_min": "reduce_and"}.get(op, op)
    out = m.emit(op, atom, axes=tuple(axes)) if axes else atom
    if keepdims and axes:
        return expand(m, out, tuple(1 if k in axes else d for k, d in enumerate(shape)))
    return out


# -- means ----------------------------------------------------------------------------------------------------------


def float_dtype(atom: Atom) -> DType:
    return F64 if array_type(atom).dtype.kind in "biu" else array_type(atom).dtype


def wide(dtype: DType) -> DType:
    """The dtype that NumPy adds up in: half floats are too short."""
    return np.dtype(np.float32) if dtype == np.float16 else dtype


def np_mean(m: Machine, a: Value, axis: Value = NONE, dtype: Value = NONE, *, keepdims: Value = FALSE) -> Value:
    atom, kind = array_of(m, a, "np.mean")
    given = dtype_of(m, dtype)
    chosen = given or float_dtype(atom)
    atom = accumulating(m, "mean", atom, chosen if given else wide(chosen))
    if chosen.kind in "biu":
        m.fail(UnsupportedError, f"np.mean in dtype {chosen} is not taken", "use a float dtype")
    axes = axes_of(m, axis, array_type(atom).ndim, "np.mean")
    return m.result(cast(m, mean(m, atom, axes, flag(m, keepdims, "keepdims")), chosen), kind)


def mean(m: Machine, atom: Atom, axes: Sequence[int], keepdims: bool) -> Atom:
    return pointwise(
        m, "div", reduce_atom(m, "reduce_sum", atom, axes, keepdims), count_of(atom, axes, array_type(atom).dtype)
    )


def count_of(atom: Atom, axes: Sequence[int], dtype: DType, ddof: Any = 0) -> Atom:
    """How many elements are reduced to one, less `ddof` but not below 0, as a literal."""
    n = math.prod(static_shape(array_type(atom))[a] for a in axes)
    return number(dtype, max(n - ddof, 0))


def np_var(
    m: Machine, a: Value, axis: Value = NONE, dtype: Value = NONE, ddof: Value = Const(0), *, keepdims: Value = FALSE
) -> Value:
    atom, kind = array_of(m, a, "np.var")
    return m.result(variance(m, atom, axis, dtype, ddof, keepdims, "np.var"), kind)


def np_std(
    m: Machine, a: Value, axis: Value = NONE, dtype: Value = NONE, ddof: Value = Const(0), *, keepdims: Value = FALSE
) -> Value:
    atom, kind = array_of(m, a, "np.std")
    return m.result(pointwise(m, "sqrt", variance(m, atom, axis, dtype, ddof, keepdims, "np.std")), kind)


def variance(m: Machine, atom: Atom, axis: Value, dtype: Value, ddof: Value, keepdims: Value, what: str) -> Atom:
    given = dtype_of(m, dtype)
    chosen = given or float_dtype(atom)
    if chosen.kind in "biu":
        m.fail(UnsupportedError, f"{what} in dtype {chosen} is not taken", "use a float dtype")
    atom = accumulating(m, "mean", atom, chosen)
    axes = axes_of(m, axis, array_type(atom).ndim, what)
    off = pointwise(m, "sub", atom, mean(m, atom, axes, True))
    if array_type(off).dtype.kind == "c":
        off = m.emit("real", pointwise(m, "mul", off, m.emit("conj", off)))
    else:
        off = pointwise(m, "mul", off, off)
    total = reduce_atom(m, "reduce_sum", off, axes, flag(m, keepdims, "keepdims"))
    return pointwise(m, "div", total, count_of(atom, axes, array_type(total).dtype, m.known(ddof, "ddof")))


# -- positions, cumulations ----------------------------------------------------------------------------------------


def arg_reduce(op: str) -> Callable[..., Value]:
    """`argmax`, `argmin`."""

    def reduction(m: Machine, a: Value, axis: Value = NONE, *, keepdims: Value = FALSE) -> Value:
        atom, kind = array_of(m, a, f"np.{op}")
        shape = static_shape(array_type(atom))
        flat = is_none(axis)
        where = 0 if flat else axis_of(m, axis, max(len(shape), 1), f"np.{op}")
        if flat or not shape:
            atom = m.emit("reshape", atom, shape=(size_of(atom),)) if len(shape) != 1 else atom
        if static_shape(array_type(atom))[where] == 0:
            m.fail(ShapeError, f"np.{op} of an empty sequence has no value")
        if array_type(atom).dtype == BOOL:
            atom = cast(m, atom, np.dtype(np.int8))
        out: Atom = m.emit(op, atom, axis=where)
        if flag(m, keepdims, "keepdims") and shape:
            out = expand(m, out, tuple(1 if flat or k == where else d for k, d in enumerate(shape)))
        return m.result(out, kind)

    return reduction


def cumulative(op: str, default_axis: Value = NONE) -> Callable[..., Value]:
    """`cumsum`, `cumprod`."""

    def scan(m: Machine, a: Value, axis: Value = default_axis, dtype: Value = NONE) -> Value:
        atom, kind = array_of(m, a, f"np.{op}")
        atom = accumulating(m, op, atom, dtype_of(m, dtype))
        if is_none(axis) or not array_type(atom).shape:
            atom = m.emit("reshape", atom, shape=(size_of(atom),)) if array_type(atom).ndim != 1 else atom
            axis = Const(0) if is_none(axis) else axis
        where = axis_of(m, axis, array_type(atom).ndim, f"np.{op}")
        return m.result(m.emit(op, atom, axis=where, reverse=False), kind)

    return scan


def np_ptp(m: Machine, a: Value, axis: Value = NONE, *, keepdims: Value = FALSE) -> Value:
    high, low = (reduce_with(op, "np.ptp")(m, a, axis, keepdims=keepdims) for op in ("reduce_max", "reduce_min"))
    return binary(m, "-", high, low)


def np_count_nonzero(m: Machine, a: Value, axis: Value = NONE, *, keepdims: Value = FALSE) -> Value:
    atom, kind = array_of(m, a, "np.count_nonzero")
    found = reduced(
        m, "reduce_sum", cast(m, truth(m, atom), I64), axis, flag(m, keepdims, "keepdims"), "np.count_nonzero"
    )
    return m.result(found, kind)


def logarithmic(m: Machine, array: Value, axis: Value = Const(0), *, keepdims: Value = FALSE) -> Value:
    """`np.logaddexp.reduce`: the logarithm of a sum of exponentials, without overflow."""
    atom, kind = array_of(m, array, "np.logaddexp.reduce")
    if array_type(atom).dtype.kind != "f":
        m.fail(UnsupportedError, f"np.logaddexp.reduce of {atom.type} is not taken", "cast it to a float dtype first")
    shape = static_shape(array_type(atom))
    axes = axes_of(m, axis, len(shape), "np.logaddexp.reduce")
    if 0 in shape:
        m.fail(UnsupportedError, f"np.logaddexp.reduce of {atom.type} is not taken", "give it elements")
    top = pointwise(m, "stop_gradient", reduce_atom(m, "reduce_max", atom, axes, True))
    finite = pointwise(m, "isfinite", top)
    top = pointwise(m, "select", finite, top, number(array_type(atom).dtype, 0))
    total = reduce_atom(m, "reduce_sum", pointwise(m, "exp", pointwise(m, "sub", atom, top)), axes, True)
    out = pointwise(m, "add", pointwise(m, "log", total), top)
    if not flag(m, keepdims, "keepdims"):
        out = m.emit("reshape", out, shape=tuple(d for k, d in enumerate(shape) if k not in axes))
    return m.result(out, kind)


np_sum, np_prod = reduce_with("reduce_sum", "np.sum"), reduce_with("reduce_prod", "np.prod")
np_max, np_min = reduce_with("reduce_max", "np.max"), reduce_with("reduce_min", "np.min")
np_all, np_any = reduce_with("reduce_and", "np.all"), reduce_with("reduce_or", "np.any")
FIRST = Const(0)
REDUCTIONS: dict[Any, Callable[..., Value]] = {
    np.sum: np_sum,
    np.prod: np_prod,
    np.max: np_max,
    np.min: np_min,
    np.amax: np_max,
    np.amin: np_min,
    np.all: np_all,
    np.any: np_any,
    np.mean: np_mean,
    np.var: np_var,
    np.std: np_std,
    np.argmax: arg_reduce("argmax"),
    np.argmin: arg_reduce("argmin"),
    np.cumsum: cumulative("cumsum"),
    np.cumprod: cumulative("cumprod"),
    np.ptp: np_ptp,
    np.count_nonzero: np_count_nonzero,
    np.logaddexp.reduce: logarithmic,
    **{
        fn.reduce: reduce_with(op, f"np.{fn.__name__}.reduce", FIRST)
        for fn, op in {
            np.add: "reduce_sum",
            np.multiply: "reduce_prod",
            np.maximum: "reduce_max",
            np.minimum: "reduce_min",
            np.logical_and: "reduce_and",
            np.logical_or: "reduce_or",
        }.items()
    },
    np.add.accumulate: cumulative("cumsum", FIRST),
    np.multiply.accumulate: cumulative("cumprod", FIRST),
    **{fn.outer: outer(fn) for fn in UFUNCS if fn.nin == 2},
}
