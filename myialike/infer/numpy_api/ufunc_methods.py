"""The methods of ufuncs: `np.add.reduce`, `.accumulate`, `.outer`, `.reduceat`, `.at`.

Sums, products, extremes and conjunctions are typed operations; the other ufuncs run along the axis in loops of the
library (`myialike.library.ufunc_loops`), in the dtype that NumPy's loop works in.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from myialike.errors import ShapeError, TypeCheckError, UnsupportedError
from myialike.infer import sized_index
from myialike.infer.array_indexing import add_at
from myialike.infer.emit import cast, pointwise, truth
from myialike.infer.library_calls import call_library
from myialike.infer.machine import Machine, array_type
from myialike.infer.numpy_api.arguments import (
    FALSE,
    TRUE,
    UNSET,
    array_of,
    axes_of,
    dtype_of,
    flag,
    is_none,
    weak_array,
    zero_of,
)
from myialike.infer.numpy_api.binding import store
from myialike.infer.numpy_api.reductions import cumulative, reduce_atom, reduce_with
from myialike.infer.numpy_api.ufunc_calls import call_ufunc, is_ufunc
from myialike.infer.ufuncs import LOGICAL
from myialike.infer.values import NONE, Const, Ref, Tup, Value
from myialike.ir.syntax import Atom
from myialike.ir.types import BOOL, SHORT_NAMES, DType, static_shape
from myialike.library import ufunc_loops

FIRST = Const(0)
REDUCE: dict[np.ufunc, str] = {
    np.add: "reduce_sum",
    np.multiply: "reduce_prod",
    np.maximum: "reduce_max",
    np.minimum: "reduce_min",
    np.logical_and: "reduce_and",
    np.logical_or: "reduce_or",
}
ACCUMULATE = {np.add: "cumsum", np.multiply: "cumprod"}
METHOD_NAMES = ("reduce", "accumulate", "outer", "reduceat", "at")


def is_ufunc_method(fn: Any) -> bool:
    """Whether `fn` is a method of a ufunc that is taken."""
    owner = getattr(fn, "__self__", None)
    return isinstance(fn, types.BuiltinMethodType) and is_ufunc(owner) and fn.__name__ in METHOD_NAMES


def handler_of(fn: Any) -> Callable[..., Value]:
    """The function that does what a ufunc's method does."""
    ufunc, name = fn.__self__, fn.__name__
    what = f"np.{ufunc.__name__}.{name}"
    if name == "at":
        return at(ufunc, what)
    if (ufunc.nin, ufunc.nout) != (2, 1) or ufunc.signature is not None:
        return refused(what)
    if name == "reduce" and ufunc in REDUCE:
        return reduce_with(REDUCE[ufunc], what, FIRST)
    if name == "accumulate" and ufunc in ACCUMULATE:
        return cumulative(ACCUMULATE[ufunc], FIRST, what)
    return {"reduce": reduce, "accumulate": accumulate, "outer": outer, "reduceat": reduceat}[name](ufunc, what)


def refused(what: str) -> Callable[..., Value]:
    def function(m: Machine, *args: Value, **keywords: Value) -> Value:
        m.fail(TypeCheckError, f"{what} is only for ufuncs of two operands and one result")

    return function


def outer(fn: np.ufunc, what: str) -> Callable[..., Value]:
    """`np.add.outer(A, B)`."""

    def function(m: Machine, A: Value, B: Value, **options: Value) -> Value:
        (a, ka), (b, kb) = (array_of(m, v, what) for v in (A, B))
        shape = (*array_type(a).shape, *(1,) * array_type(b).ndim)
        column = m.emit("reshape", a, shape=shape) if array_type(b).ndim and array_type(a).ndim else a
        return call_ufunc(m, fn, [m.new_array(column, ka), m.new_array(b, kb)], list(options.items()))

    return function


# -- along an axis ---------------------------------------------------------------------------------------------------


def loop_dtype(m: Machine, fn: np.ufunc, atom: Atom, dtype: DType | None, what: str) -> DType:
    """The dtype that a reduction works in: operands and result are of it."""
    if fn in LOGICAL:
        if dtype not in (None, BOOL):
            m.fail(TypeCheckError, f"{what}: No loop matching the specified signature and casting was found")
        return BOOL
    wanted: dict[str, Any] = {} if dtype is None else {"signature": (dtype, None, None), "casting": "unsafe"}
    try:
        first, second, result = fn.resolve_dtypes((None, array_type(atom).dtype, None), reduction=True, **wanted)
    except TypeError as error:
        m.fail(TypeCheckError, f"{what}: {error}")
    if fn in (np.power, np.float_power) and result.kind in "fc" and what.endswith(("reduce", "reduceat")):
        text = f"{what} of floats is not taken: NumPy gives other values for three elements than their powers"
        m.fail(UnsupportedError, text, "write a loop")
    if len({first, second, result}) > 1 or result not in SHORT_NAMES:
        m.fail(UnsupportedError, f"{what} of {atom.type} is not taken", "write a loop")
    return result


def operand_of(m: Machine, fn: np.ufunc, array: Value, dtype: Value, out: Value, what: str) -> tuple[Atom, Any]:
    """The array in the dtype of the loop, and its kind."""
    atom, kind = array_of(m, array, what)
    chosen = dtype_of(m, dtype)
    if chosen is None and m.is_array(out) and isinstance(out, Ref):
        chosen = array_type(m.array(out.id)).dtype
    work = loop_dtype(m, fn, atom, chosen, what)
    return (truth(m, atom) if work == BOOL else cast(m, atom, work)), kind


def looped(m: Machine, fn: np.ufunc, loop: Callable[..., Any], what: str, out: Value, args: Sequence[Value]) -> Value:
    result = call_library(m, loop, what, [Const(fn), *args], ())
    return result if is_none(out) else store(m, out, result, what, "no")


def reduce(fn: np.ufunc, what: str) -> Callable[..., Value]:
    def function(
        m: Machine,
        array: Value,
        axis: Value = FIRST,
        dtype: Value = NONE,
        out: Value = NONE,
        *,
        keepdims: Value = FALSE,
        initial: Value = UNSET,
        where: Value = TRUE,
    ) -> Value:
        atom, kind = operand_of(m, fn, array, dtype, out, what)
        rank = array_type(atom).ndim
        axes = axes_of(m, axis, rank, what)
        if len(axes) > 1 and fn.identity is None and fn not in (np.fmax, np.fmin):
            m.fail(TypeCheckError, f"{what} is not reorderable, so at most one axis may be specified")
        plain = isinstance(initial, Const) and initial.value is UNSET.value
        if fn is np.logaddexp and plain and where == TRUE and 0 not in array_type(atom).shape:
            return logarithmic(m, m.result(atom, kind), axis, keepdims=keepdims)
        if plain:
            initial = NONE if fn.identity is None else Const(_identity(fn, array_type(atom).dtype))
        arguments = [m.result(atom, kind), Tup(tuple(map(Const, axes))), keepdims, initial, where]
        return looped(m, fn, ufunc_loops.reduce, what, out, arguments)

    return function


def logarithmic(m: Machine, array: Value, axis: Value = Const(0), *, keepdims: Value = FALSE) -> Value:
    """`np.logaddexp.reduce` of elements: the logarithm of a sum of exponentials, without overflow."""
    atom, kind = array_of(m, array, "np.logaddexp.reduce")
    shape = static_shape(array_type(atom))
    axes = axes_of(m, axis, len(shape), "np.logaddexp.reduce")
    top = pointwise(m, "stop_gradient", reduce_atom(m, "reduce_max", atom, axes, True))
    finite = pointwise(m, "isfinite", top)
    top = pointwise(m, "select", finite, top, zero_of(array_type(atom).dtype))
    total = reduce_atom(m, "reduce_sum", pointwise(m, "exp", pointwise(m, "sub", atom, top)), axes, True)
    out = pointwise(m, "add", pointwise(m, "log", total), top)
    if not flag(m, keepdims, "keepdims"):
        out = m.emit("reshape", out, shape=tuple(d for k, d in enumerate(shape) if k not in axes))
    return m.result(out, kind)


def _identity(fn: np.ufunc, dtype: DType) -> Any:
    """What a reduction of nothing gives; all bits are set in that of a conjunction."""
    if fn.identity != -1 or dtype.kind in "bi":
        return dtype.type(fn.identity)
    return dtype.type(np.iinfo(dtype).max)


def accumulate(fn: np.ufunc, what: str) -> Callable[..., Value]:
    def function(m: Machine, array: Value, axis: Value = FIRST, dtype: Value = NONE, out: Value = NONE) -> Value:
        atom, kind = operand_of(m, fn, array, dtype, out, what)
        if not array_type(atom).shape:
            m.fail(TypeCheckError, "cannot accumulate on a scalar")
        return looped(m, fn, ufunc_loops.accumulate, what, out, [m.new_array(atom, kind), axis])

    return function


def reduceat(fn: np.ufunc, what: str) -> Callable[..., Value]:
    def function(
        m: Machine, array: Value, indices: Value, axis: Value = FIRST, dtype: Value = NONE, out: Value = NONE
    ) -> Value:
        atom, kind = operand_of(m, fn, array, dtype, out, what)
        places = array_type(array_of(m, indices, what)[0])
        if not array_type(atom).shape or len(static_shape(places)) != 1 or places.dtype.kind not in "iu":
            m.fail(ShapeError, f"{what} takes an array and a vector of ints")
        return looped(m, fn, ufunc_loops.reduceat, what, out, [m.new_array(atom, kind), indices, axis])

    return function


# -- at places ---------------------------------------------------------------------------------------------------------


def at(fn: np.ufunc, what: str) -> Callable[..., Value]:
    """`np.add.at(a, i, v)`: at repeated indices again and again; sums and differences are one operation."""

    def function(m: Machine, a: Value, indices: Value, b: Value = UNSET) -> Value:
        if not isinstance(a, Ref) or not m.is_array(a):
            m.fail(TypeCheckError, f"{what} changes an array, not {m.describe(a)}")
        if sized_index.concerns(m, a, indices):
            sized_index.scatter(m, a, indices, b, fn.at)
            return NONE
        dtype, unary = array_type(m.array(a.id)).dtype, isinstance(b, Const) and b.value is UNSET.value
        if unary != (fn.nin == 1) or fn.nout != 1:
            m.fail(TypeCheckError, f"{what} takes {'no' if fn.nin == 1 else 'a'} second operand")
        if fn in (np.add, np.subtract) and dtype != BOOL:
            return added(m, fn, a, indices, b, dtype, what)
        call_library(m, ufunc_loops.at, what, [Const(fn), a, indices, *(() if unary else (b,))], ())
        return NONE

    return function


def added(m: Machine, fn: np.ufunc, a: Ref, indices: Value, b: Value, dtype: DType, what: str) -> Value:
    value, kind = weak_array(m, b, what)
    if (kind != "python" and not np.can_cast(array_type(value).dtype, dtype, "same_kind")) or np.result_type(
        array_type(value).dtype.type(0).item(), dtype
    ).kind != dtype.kind:
        m.fail(UnsupportedError, f"{what}: {value.type} does not fit into an array of {dtype}")
    new = m.result(cast(m, value, dtype), "numpy")
    atom = m.operand(call_ufunc(m, np.negative, [new], ()) if fn is np.subtract else new)
    assert atom is not None
    add_at(m, a, indices, atom[0])
    return NONE
