"""Reductions and cumulative functions: over axes, in the dtype that NumPy accumulates in."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from myialike.errors import ShapeError, TypeCheckError, UnsupportedError
from myialike.infer.arith import binary
from myialike.infer.emit import broadcast, broadcast_shapes, cast, pointwise, truth
from myialike.infer.machine import Machine, array_type
from myialike.infer.numpy_api.arguments import (
    FALSE,
    TRUE,
    UNSET,
    array_of,
    axes_of,
    axis_of,
    dtype_of,
    flag,
    is_none,
    known,
    number,
    size_of,
    weak_array,
)
from myialike.infer.numpy_api.binding import store
from myialike.infer.sequences import expand
from myialike.infer.ufuncs import converted
from myialike.infer.values import NONE, Const, Ref, Value
from myialike.ir.syntax import Atom, Lit
from myialike.ir.types import BOOL, F64, I64, DType, static_shape

IDENTITY: dict[str, Any] = {"reduce_sum": 0, "reduce_prod": 1, "reduce_and": True, "reduce_or": False}
COMBINE = {
    "reduce_sum": "add",
    "reduce_prod": "mul",
    "reduce_max": "maximum",
    "reduce_min": "minimum",
    "reduce_or": "logical_or",
    "reduce_and": "logical_and",
}
OF_BOOLS = {"reduce_sum": "reduce_or", "reduce_prod": "reduce_and", "cumsum": "cummax", "cumprod": "cummin"}


def reduce_with(op: str, what: str, default_axis: Value = NONE) -> Callable[..., Value]:
    """A reduction over axes; sums and products of small ints and bools are done in the platform's int."""
    sums = op in ("reduce_sum", "reduce_prod")

    def reduction(
        m: Machine,
        a: Value,
        axis: Value = default_axis,
        dtype: Value = NONE,
        out: Value = NONE,
        *,
        keepdims: Value = FALSE,
        initial: Value = UNSET,
        where: Value = TRUE,
    ) -> Value:
        atom, kind = array_of(m, a, what)
        chosen = dtype_of(m, dtype)
        if chosen is not None and not sums:
            m.fail(UnsupportedError, f"{what} with the argument 'dtype' is not supported yet", "use .astype first")
        if sums and chosen is None and m.is_array(out) and isinstance(out, Ref):
            chosen = array_type(m.array(out.id)).dtype
        by = OF_BOOLS[op] if chosen == BOOL else op
        atom = accumulating(m, by, atom, chosen)
        found = reduced(m, by, atom, axis, flag(m, keepdims, "keepdims"), what, initial, where)
        result = m.result(found, kind)
        return result if is_none(out) else store(m, out, result, what, "no")

    def plain(
        m: Machine,
        a: Value,
        axis: Value = default_axis,
        out: Value = NONE,
        *,
        keepdims: Value = FALSE,
        initial: Value = UNSET,
        where: Value = TRUE,
    ) -> Value:
        return reduction(m, a, axis, NONE, out, keepdims=keepdims, initial=initial, where=where)

    def logical(
        m: Machine,
        a: Value,
        axis: Value = default_axis,
        out: Value = NONE,
        *,
        keepdims: Value = FALSE,
        where: Value = TRUE,
    ) -> Value:
        return reduction(m, a, axis, NONE, out, keepdims=keepdims, where=where)

    return reduction if sums else logical if op in ("reduce_and", "reduce_or") else plain


def accumulating(m: Machine, op: str, atom: Atom, dtype: DType | None) -> Atom:
    """The operand in the dtype of the accumulation."""
    found = array_type(atom).dtype
    if op in ("reduce_and", "reduce_or"):
        return truth(m, atom)
    if op in ("reduce_sum", "reduce_prod", "cumsum", "cumprod"):
        if dtype is None and found.kind in "bui":
            dtype = np.dtype(np.uint64) if found.kind == "u" else I64
    if dtype is not None and found.kind == "c" and dtype.kind != "c":
        m.fail(UnsupportedError, f"{atom.type} as {dtype} drops the imaginary part", "write x.real")
    return atom if dtype is None else cast(m, atom, dtype)


def reduced(
    m: Machine,
    op: str,
    atom: Atom,
    axis: Value,
    keepdims: bool,
    what: str,
    initial: Value = UNSET,
    where: Value = TRUE,
) -> Atom:
    """A reduction of the elements where `where` is true, together with `initial`."""
    shape = static_shape(array_type(atom))
    axes = axes_of(m, axis, len(shape), what)
    first = initial_of(m, atom, initial, what)
    mask = where_of(m, where, shape, what)
    if first is None and op not in IDENTITY:
        if mask is not None:
            text = f"{what} does not have an identity, so to use where= one has to give initial="
            m.fail(TypeCheckError, text, "for example initial=-np.inf")
        if any(shape[a] == 0 for a in axes):
            m.fail(ShapeError, f"{what} of {atom.type} over axes of size 0 has no value")
    if mask is not None:
        neutral = first if op not in IDENTITY else number(array_type(atom).dtype, IDENTITY[op])
        assert neutral is not None
        atom = chosen_where(m, mask, atom, neutral)
    if first is not None and op not in IDENTITY and any(shape[a] == 0 for a in axes):
        kept = [1 if k in axes else d for k, d in enumerate(shape)] if keepdims else _rest(shape, axes)
        return broadcast(m, first, kept)
    out = reduce_atom(m, op, atom, axes, keepdims)
    if first is None or (op in IDENTITY and isinstance(first, Lit) and first.value == IDENTITY[op]):
        return out
    joins = {"maximum": "logical_or", "minimum": "logical_and"} if array_type(atom).dtype == BOOL else {}
    return pointwise(m, joins.get(COMBINE[op], COMBINE[op]), first, out)


def _rest(shape: Sequence[int], axes: Sequence[int]) -> list[int]:
    return [d for k, d in enumerate(shape) if k not in axes]


def initial_of(m: Machine, atom: Atom, initial: Value, what: str) -> Atom | None:
    """The value of `initial=` in the dtype of the reduction."""
    if isinstance(initial, Const) and (initial.value is None or initial.value is UNSET.value):
        return None
    found, kind = weak_array(m, initial, what)
    dtype = array_type(atom).dtype
    if array_type(found).shape:
        m.fail(ShapeError, f"{what}: initial is a number, not {found.type}")
    if array_type(found).dtype.kind == "c" and dtype.kind != "c":
        m.fail(TypeCheckError, f"{what}: initial is complex, and the result is {dtype}")
    return converted(m, (found, kind), dtype, dtype)


def where_of(m: Machine, where: Value, shape: Sequence[int], what: str) -> Atom | None:
    """The mask of `where=` in the shape of the array; None where it is True."""
    if isinstance(where, Const) and (where.value is True or where.value is np.True_):
        return None
    atom, _ = array_of(m, where, what)
    if array_type(atom).dtype.kind not in "biu":
        m.fail(TypeCheckError, f"{what}: where is an array of bools, not {atom.type}")
    if broadcast_shapes(m, [array_type(atom).shape, tuple(shape)], what) != tuple(shape):
        m.fail(ShapeError, f"{what}: where of type {atom.type} does not broadcast to the shape {list(shape)}")
    return broadcast(m, truth(m, atom), shape)


def chosen_where(m: Machine, mask: Atom, atom: Atom, other: Atom) -> Atom:
    shape = array_type(atom).shape
    if isinstance(mask, Lit):
        return atom if mask.value else broadcast(m, other, shape)
    return m.emit("select", mask, atom, other if isinstance(other, Lit) else broadcast(m, other, shape))


def reduce_atom(m: Machine, op: str, atom: Atom, axes: Sequence[int], keepdims: bool = False) -> Atom:
    shape = static_shape(array_type(atom))
    if array_type(atom).dtype == BOOL:
        op = {"reduce_max": "reduce_or", "reduce_min": "reduce_and", "reduce_sum": "reduce_or"}.get(op, op)
    out = m.emit(op, atom, axes=tuple(axes)) if axes else atom
    if op == "reduce_sum" and array_type(out).dtype.kind in "fc" and all(shape[k] == 1 for k in axes):
        out = pointwise(m, "add", out, number(array_type(out).dtype, 0))  # the sum of -0.0 alone is 0.0
    if keepdims and axes:
        return expand(m, out, tuple(1 if k in axes else d for k, d in enumerate(shape)))
    return out


# -- means ----------------------------------------------------------------------------------------------------------


def float_dtype(atom: Atom) -> DType:
    return F64 if array_type(atom).dtype.kind in "biu" else array_type(atom).dtype


def wide(dtype: DType) -> DType:
    """The dtype that NumPy adds up in: half floats are too short."""
    return np.dtype(np.float32) if dtype == np.float16 else dtype


def np_mean(
    m: Machine, a: Value, axis: Value = NONE, dtype: Value = NONE, *, keepdims: Value = FALSE, where: Value = TRUE
) -> Value:
    atom, kind = array_of(m, a, "np.mean")
    given = dtype_of(m, dtype)
    chosen = given or float_dtype(atom)
    atom = accumulating(m, "mean", atom, chosen if given else wide(chosen))
    shape = static_shape(array_type(atom))
    no_axis_of_number(m, axis, shape, "np.mean")
    axes, mask = axes_of(m, axis, len(shape), "np.mean"), where_of(m, where, shape, "np.mean")
    found = mean(m, atom, axes, flag(m, keepdims, "keepdims"), mask)
    return m.result(cast(m, found, chosen), kind)


def no_axis_of_number(m: Machine, axis: Value, shape: Sequence[int], what: str) -> None:
    """A sum of a number along its axis 0 is taken, a mean is not."""
    if not shape and known(m, axis, "an axis") not in (None, ()):
        m.fail(ShapeError, f"{what}: axis {known(m, axis, 'an axis')} is out of bounds for an array of dimension 0")


def mean(m: Machine, atom: Atom, axes: Sequence[int], keepdims: bool, mask: Atom | None = None) -> Atom:
    dtype = array_type(atom).dtype
    kept = atom if mask is None else chosen_where(m, mask, atom, number(dtype, 0))
    total = reduce_atom(m, "reduce_sum", kept, axes, keepdims)
    return quotient(m, total, count_of(m, atom, axes, quotient_dtype(dtype), mask=mask, keepdims=keepdims))


def quotient_dtype(dtype: DType) -> DType:
    """What NumPy divides in: ints and bools as floats."""
    return F64 if dtype.kind in "biu" else dtype


def quotient(m: Machine, total: Atom, count: Atom) -> Atom:
    """A sum by a count, in the dtype of the sum: a quotient of ints is cut."""
    dtype = array_type(total).dtype
    return cast(m, pointwise(m, "div", cast(m, total, quotient_dtype(dtype)), count), dtype)


def count_of(
    m: Machine,
    atom: Atom,
    axes: Sequence[int],
    dtype: DType,
    ddof: Any = 0,
    mask: Atom | None = None,
    keepdims: bool = False,
) -> Atom:
    """How many elements are reduced to one, less `ddof` but not below 0."""
    if mask is None:
        n = math.prod(static_shape(array_type(atom))[a] for a in axes)
        return number(dtype, max(n - ddof, 0))
    flags = broadcast(m, mask, array_type(atom).shape)
    ones = pointwise(m, "select", flags, number(I64, 1), number(I64, 0))
    # A step, and not one of the user's (`ad/cuts.py`).
    count = cast(m, m.emit("stop_gradient", reduce_atom(m, "reduce_sum", ones, axes, keepdims)), dtype)
    if not ddof:
        return count
    less = pointwise(m, "sub", count, number(dtype, ddof))
    real = less if dtype.kind != "c" else pointwise(m, "real", less)
    zero = number(array_type(real).dtype, 0)
    return cast(m, pointwise(m, "maximum", real, zero), dtype)


def spread(root: bool, what: str) -> Callable[..., Value]:
    """`var`, `std`."""

    def function(
        m: Machine,
        a: Value,
        axis: Value = NONE,
        dtype: Value = NONE,
        ddof: Value = Const(0),
        *,
        keepdims: Value = FALSE,
        where: Value = TRUE,
        mean: Value = UNSET,
        correction: Value = UNSET,
    ) -> Value:
        if m.known(correction, "correction") is not UNSET.value:
            if m.known(ddof, "ddof") != 0:
                m.fail(TypeCheckError, "ddof and correction can't be provided simultaneously.")
            ddof = correction
        atom, kind = array_of(m, a, what)
        middle = None if isinstance(mean, Const) and mean.value is UNSET.value else array_of(m, mean, what)[0]
        found = variance(m, atom, axis, dtype, ddof, keepdims, what, where, middle)
        if root and array_type(found).dtype.kind in "biu":
            if array_type(found).shape:
                m.fail(TypeCheckError, f"{what}: cannot write the roots into an array of ints", "use a float dtype")
            return m.result(cast(m, pointwise(m, "sqrt", cast(m, found, F64)), array_type(found).dtype), kind)
        return m.result(pointwise(m, "sqrt", found) if root else found, kind)

    return function


def variance(
    m: Machine,
    atom: Atom,
    axis: Value,
    dtype: Value,
    ddof: Value,
    keepdims: Value,
    what: str,
    where: Value = TRUE,
    middle: Atom | None = None,
) -> Atom:
    given = dtype_of(m, dtype)
    chosen = given or float_dtype(atom)
    if chosen.kind == "b":
        m.fail(UnsupportedError, f"{what} in dtype {chosen} is not taken", "use a float dtype")
    plain, atom = atom, accumulating(m, "mean", atom, chosen)
    shape = static_shape(array_type(atom))
    no_axis_of_number(m, axis, shape, what)
    axes, mask = axes_of(m, axis, len(shape), what), where_of(m, where, shape, what)
    center = mean(m, atom, axes, True, mask) if middle is None else cast(m, middle, chosen)
    if chosen.kind in "iu":  # the squares are cut, not the differences
        wider = np.result_type(array_type(plain).dtype, chosen)
        atom, center = cast(m, plain, wider), cast(m, center, wider)
    off = pointwise(m, "sub", atom, center)
    if array_type(off).dtype.kind == "c":
        off = m.emit("real", pointwise(m, "mul", off, m.emit("conj", off)))
    else:
        off = pointwise(m, "mul", off, off)
    off = cast(m, off, chosen) if chosen.kind in "iu" else off
    keep, work = flag(m, keepdims, "keepdims"), array_type(off).dtype
    kept = off if mask is None else chosen_where(m, mask, off, number(work, 0))
    count = count_of(m, atom, axes, quotient_dtype(work), m.known(ddof, "ddof"), mask, keep)
    found = quotient(m, reduce_atom(m, "reduce_sum", kept, axes, keep), count)
    return found if given is None else cast(m, found, given)


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


def cumulative(op: str, default_axis: Value = NONE, what: str = "") -> Callable[..., Value]:
    """`cumsum`, `cumprod`."""
    what = what or f"np.{op}"

    def scan(m: Machine, a: Value, axis: Value = default_axis, dtype: Value = NONE, out: Value = NONE) -> Value:
        atom, kind = array_of(m, a, what)
        if not array_type(atom).shape and what.endswith("accumulate"):
            m.fail(TypeCheckError, "cannot accumulate on a scalar")
        chosen = dtype_of(m, dtype)
        if chosen is None and m.is_array(out) and isinstance(out, Ref):
            chosen = array_type(m.array(out.id)).dtype
        by = OF_BOOLS[op] if chosen == BOOL else op
        atom = cast(m, truth(m, atom), I64) if chosen == BOOL else accumulating(m, op, atom, chosen)
        if is_none(axis) or not array_type(atom).shape:
            atom = m.emit("reshape", atom, shape=(size_of(atom),)) if array_type(atom).ndim != 1 else atom
            axis = Const(0) if is_none(axis) else axis
        where = axis_of(m, axis, array_type(atom).ndim, what)
        found = m.emit(by, atom, axis=where, reverse=False)
        result = m.result(found if chosen is None else cast(m, found, chosen), kind)
        return result if is_none(out) else store(m, out, result, what, "no")

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


np_sum, np_prod = reduce_with("reduce_sum", "np.sum"), reduce_with("reduce_prod", "np.prod")
np_max, np_min = reduce_with("reduce_max", "np.max"), reduce_with("reduce_min", "np.min")
np_all, np_any = reduce_with("reduce_and", "np.all"), reduce_with("reduce_or", "np.any")
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
    np.var: spread(False, "np.var"),
    np.std: spread(True, "np.std"),
    np.argmax: arg_reduce("argmax"),
    np.argmin: arg_reduce("argmin"),
    np.cumsum: cumulative("cumsum"),
    np.cumprod: cumulative("cumprod"),
    np.ptp: np_ptp,
    np.count_nonzero: np_count_nonzero,
}
