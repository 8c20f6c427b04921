"""Functions element by element that are no ufunc of one typed operation, and choices between arrays."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from myialike.errors import TypeCheckError, UnsupportedError
from myialike.infer.arith import binary
from myialike.infer.attributes import get_attribute
from myialike.infer.emit import broadcast, broadcast_shapes, cast, join_kinds, pointwise, result_dtype, truth
from myialike.infer.fitting import check_fits
from myialike.infer.machine import Machine, array_type, const_if_literal
from myialike.infer.numpy_api.arguments import array_of, axis_list, integer, is_none, known, number, weak_array
from myialike.infer.sequences import static_items
from myialike.infer.ufuncs import raise_now, ufunc
from myialike.infer.values import NONE, Const, Num, Tup, Value, as_num
from myialike.ir.syntax import Atom, Lit
from myialike.ir.types import BOOL, I64, Array, DType


def np_where(m: Machine, condition: Value, x: Value | None = None, y: Value | None = None) -> Value:
    if x is None or y is None:
        if x is not None or y is not None:
            m.fail(TypeCheckError, "either both or neither of x and y should be given")
        return m.call(Const(np.nonzero), [condition], ())
    pred, kind = array_of(m, condition, "np.where")
    pairs = [weak_array(m, v, "np.where") for v in (x, y)]
    dtype = result_dtype(m, pairs)
    first, second = (cast(m, a, dtype) for a, _ in pairs)
    return m.new_array(select(m, truth(m, pred), first, second), join_kinds([kind, *(k for _, k in pairs)]))


def select(m: Machine, pred: Atom, a: Atom, b: Atom, what: str = "np.where") -> Atom:
    """`select` on broadcast operands; where it has none of rank above 0, on literals."""
    shape = broadcast_shapes(m, [array_type(v).shape for v in (pred, a, b)], what)
    if isinstance(pred, Lit):
        return broadcast(m, a if pred.value else b, shape)
    pred = broadcast(m, pred, shape)
    return m.emit("select", pred, *(v if isinstance(v, Lit) else broadcast(m, v, shape) for v in (a, b)))


def np_select(m: Machine, condlist: Value, choicelist: Value, default: Value = Const(0)) -> Value:
    conditions, choices = static_items(m, condlist), static_items(m, choicelist)
    if not conditions or choices is None or len(conditions) != len(choices):
        m.fail(TypeCheckError, "np.select takes a list of conditions and a list of as many choices")
    preds = [array_of(m, c, "np.select") for c in conditions]
    for pred, _ in preds:
        if array_type(pred).dtype != BOOL:
            m.fail(TypeCheckError, f"np.select: a condition is an array of bools, not {pred.type}")
    pairs = [weak_array(m, v, "np.select") for v in (*choices, default)]
    dtype = result_dtype(m, pairs)
    for choice, _ in pairs[:-1]:
        if not np.can_cast(array_type(choice).dtype, dtype, "same_kind"):
            m.fail(
                TypeCheckError,
                f"np.select: a choice of {array_type(choice).dtype} cannot be cast to {dtype}",
                "give all choices one dtype",
            )
    shape = broadcast_shapes(m, [array_type(a).shape for a, _ in (*preds, *pairs)], "np.select")
    out: Atom = cast(m, pairs[-1][0], dtype)
    for (pred, _), (choice, _) in zip(reversed(preds), reversed(pairs[:-1]), strict=True):
        out = select(m, pred, cast(m, choice, dtype), out, "np.select")
    return m.new_array(broadcast(m, out, shape), join_kinds([k for _, k in (*preds, *pairs)]))


def np_clip(
    m: Machine, a: Value, a_min: Value = NONE, a_max: Value = NONE, *, min: Value = NONE, max: Value = NONE
) -> Value:
    low, high = (a_min if is_none(min) else min), (a_max if is_none(max) else max)
    return clip(m, a, low, high)


def clip(m: Machine, a: Value, min: Value = NONE, max: Value = NONE) -> Value:
    """`a.clip(min, max)`."""
    first = array_of(m, a, "np.clip")
    given = array_type(first[0]).dtype
    min, max = (clip_bound(m, v, given, lower) for v, lower in ((min, True), (max, False)))
    bounds = [None if is_none(v) else weak_array(m, v, "np.clip") for v in (min, max)]
    operands = [first, *(b for b in bounds if b is not None)]
    dtype = result_dtype(m, operands)
    if dtype == BOOL and len(operands) < 3:
        m.fail(TypeCheckError, "np.clip of bools needs two bounds", "convert them to a number dtype first")
    for value in (min, max):
        check_fits(m, value, dtype, floats=False)
    out = cast(m, first[0], dtype)
    for op, bound in zip(("maximum", "minimum"), bounds, strict=True):
        if bound is not None:
            op = {"maximum": "logical_or", "minimum": "logical_and"}[op] if dtype == BOOL else op
            out = pointwise(m, op, out, cast(m, bound[0], dtype), what="np.clip")
    return m.result(out, join_kinds([k for _, k in operands]))


def clip_bound(m: Machine, value: Value, dtype: DType, lower: bool) -> Value:
    """A bound of an array of ints; a Python int beyond their range bounds nothing, on the one side."""
    bound = as_num(m.use(value))
    if dtype.kind not in "iu" or bound is None or (bound.kind, bound.dtype) != ("python", I64):
        return value
    limits: Any = np.iinfo(dtype)
    end = int(limits.min if lower else limits.max)
    if not -(2**63) < end < 2**63 - 1:
        return value
    atom = pointwise(m, "maximum" if lower else "minimum", bound.atom, Lit(end, Array(I64)))
    return const_if_literal(Num(atom, "python"))


def np_round(m: Machine, a: Value, decimals: Value = Const(0)) -> Value:
    """Rounding half to even, after scaling by a power of ten as NumPy does."""
    atom, kind = array_of(m, a, "np.round")
    places, dtype = integer(m, decimals, "decimals"), array_type(atom).dtype
    if dtype.kind in "iu" and places >= 0:
        return m.result(atom, kind)
    if dtype.kind == "b" and places == 0:
        return m.result(cast(m, atom, np.dtype(np.float16)), kind)
    if dtype.kind == "c" and places:
        parts = [m.result(pointwise(m, part, atom), kind) for part in ("real", "imag")]
        rounded = [array_of(m, np_round(m, part, decimals), "np.round")[0] for part in parts]
        return m.result(pointwise(m, "complex", *rounded), kind)
    if dtype.kind in "iu":  # in the floats that NumPy divides these ints in
        wide = np.true_divide(np.zeros(0, dtype), 10.0).dtype
        floats = m.result(cast(m, atom, wide), kind)
        return m.result(cast(m, array_of(m, np_round(m, floats, decimals), "np.round")[0], dtype), kind)
    if dtype.kind == "b" or (dtype.kind == "V" and places):
        m.fail(
            UnsupportedError,
            f"np.round of {atom.type} to {places} decimals is not taken",
            "cast it to a float dtype first",
        )
    scale = number(dtype, 10 ** abs(places))
    if places:
        atom = pointwise(m, "mul" if places > 0 else "div", atom, scale)
    atom = pointwise(m, "rint", atom)
    return m.result(pointwise(m, "div" if places > 0 else "mul", atom, scale) if places else atom, kind)


def np_real(m: Machine, val: Value) -> Value:
    return get_attribute(m, val if m.operand(val) is not None else m.new_array(*array_of(m, val, "np.real")), "real")


def np_imag(m: Machine, val: Value) -> Value:
    return get_attribute(m, val if m.operand(val) is not None else m.new_array(*array_of(m, val, "np.imag")), "imag")


def np_angle(m: Machine, z: Value, deg: Value = Const(False)) -> Value:
    array = m.new_array(*array_of(m, z, "np.angle"))
    complex_one = array_type(m.array(array.id)).dtype.kind == "c"
    parts = [get_attribute(m, array, "imag") if complex_one else Const(0), get_attribute(m, array, "real")]
    found = ufunc(m, np.arctan2, parts)
    return ufunc(m, np.multiply, [found, Const(180 / math.pi)]) if m.known(deg, "deg") else found


def conj(m: Machine, a: Value) -> Value:
    """The method `conj`: of a real array the array itself."""
    atom, _ = array_of(m, a, "conj")
    return ufunc(m, np.conjugate, [a]) if array_type(atom).dtype.kind == "c" else a


def tested(fn: Callable[..., Any]) -> Callable[..., Value]:
    """A function of types alone: `np.issubdtype`, `np.result_type`, `np.finfo`, ..."""

    def function(m: Machine, *args: Value, **keywords: Value) -> Value:
        named = {k: m.known(v, k) for k, v in keywords.items()}
        try:
            return Const(fn(*(_sample(m, fn, a) for a in args), **named))
        except (TypeError, ValueError) as error:
            return raise_now(m, type(error), str(error))

    return function


def _sample(m: Machine, fn: Callable[..., Any], value: Value) -> Any:
    """Something of the type of an argument, for functions that look at nothing else."""
    num = as_num(m.use(value))
    if num is not None:
        return num.dtype.type(0).item() if num.kind == "python" else num.dtype.type(0)
    found = m.operand(value)
    if found is not None and fn is np.mintypecode:
        m.fail(UnsupportedError, "np.mintypecode of an array is not taken", "pass it the letters of types")
    if found is not None:
        return np.empty((0,) * array_type(found[0]).ndim, array_type(found[0]).dtype)
    return known(m, value, "a type")


def has_kind(kinds: str) -> Callable[..., Value]:
    """`np.iscomplexobj`, `np.isrealobj`."""
    return lambda m, x: Const(array_type(array_of(m, x, "np.iscomplexobj")[0]).dtype.kind in kinds)


def np_shape(m: Machine, a: Value) -> Value:
    return Tup(tuple(Const(d) for d in array_type(array_of(m, a, "np.shape")[0]).shape))


def np_ndim(m: Machine, a: Value) -> Value:
    return Const(array_type(array_of(m, a, "np.ndim")[0]).ndim)


def np_size(m: Machine, a: Value, axis: Value = NONE) -> Value:
    shape = np_shape(m, a)
    assert isinstance(shape, Tup)
    dims = [d.value for d in shape.items if isinstance(d, Const)]
    axes = range(len(dims)) if is_none(axis) else axis_list(m, axis, len(dims), "np.size")
    return Const(math.prod(dims[k] for k in axes))


def np_isscalar(m: Machine, element: Value) -> Value:
    element = m.use(element)
    return Const(as_num(element) is not None or (isinstance(element, Const) and isinstance(element.value, str)))


def np_array_equal(m: Machine, a1: Value, a2: Value, equal_nan: Value = Const(False)) -> Value:
    (x, _), (y, _) = (array_of(m, v, "np.array_equal") for v in (a1, a2))
    if array_type(x).shape != array_type(y).shape:
        return Const(False)
    return all_true(m, equal_elements(m, a1, a2, bool(m.known(equal_nan, "equal_nan"))))


def np_array_equiv(m: Machine, a1: Value, a2: Value) -> Value:
    shapes = [array_type(array_of(m, v, "np.array_equiv")[0]).shape for v in (a1, a2)]
    try:
        np.broadcast_shapes(*shapes)  # type: ignore[arg-type]
    except ValueError:
        return Const(False)
    return all_true(m, equal_elements(m, a1, a2, False))


def equal_elements(m: Machine, a: Value, b: Value, equal_nan: bool) -> Value:
    strong = [m.new_array(*array_of(m, v, "np.array_equal")) for v in (a, b)]
    same = ufunc(m, np.equal, strong)
    if not equal_nan:
        return same
    return binary(m, "|", same, binary(m, "&", *(ufunc(m, np.isnan, [v]) for v in strong)))


def all_true(m: Machine, value: Value) -> Value:
    """Whether all elements are true, as a Python bool."""
    atom, _ = array_of(m, value, "all")
    rank = array_type(atom).ndim
    num = as_num(m.result(m.emit("reduce_and", atom, axes=tuple(range(rank))) if rank else atom, "python"))
    assert num is not None
    return Const(bool(num.atom.value)) if isinstance(num.atom, Lit) else num


CONSTANTS: tuple[Any, ...] = (
    np.result_type,
    np.promote_types,
    np.isdtype,
    np.mintypecode,
    np.can_cast,
    np.issubdtype,
    np.finfo,
    np.iinfo,
    np.dtype,
)
ELEMENTWISE: dict[Any, Callable[..., Value]] = {
    np.where: np_where,
    np.select: np_select,
    np.clip: np_clip,
    np.round: np_round,
    np.around: np_round,
    np.real: np_real,
    np.imag: np_imag,
    np.angle: np_angle,
    np.array_equal: np_array_equal,
    np.array_equiv: np_array_equiv,
    np.shape: np_shape,
    np.ndim: np_ndim,
    np.size: np_size,
    np.isscalar: np_isscalar,
    np.iscomplexobj: has_kind("c"),
    np.isrealobj: has_kind("biufV"),
    **{fn: tested(fn) for fn in CONSTANTS},
}
