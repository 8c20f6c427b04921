"""Reductions, cumulative functions and sorting of arrays of run-time size.

What lies outside of the array is filled with what changes nothing: 0 for a sum, the greatest number for a minimum.
"""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from myialike.errors import ShapeError, TypeCheckError, UnsupportedError
from myialike.infer.emit import cast, pointwise
from myialike.infer.growing import grown, length
from myialike.infer.machine import Machine, array_type
from myialike.infer.ranges import is_absent, whole
from myialike.infer.sized import Extent, Part, dims, filled, from_list, is_sized, make, part_of, store
from myialike.infer.sized_shapes import ravel, started
from myialike.infer.values import NONE, Const, Ref, Value, as_num
from myialike.ir.types import F32, F64

FALSE, TRUE = Const(False), Const(True)
UNSET = Const(inspect.signature(np.sum).parameters["where"].default)  # NumPy's own mark of an argument not given
LAST = Const(-1)
Function = Callable[..., Value]


def one_array(m: Machine, value: Value, what: str) -> Part:
    """A list or an array of run-time size as a part; other arrays as a part that is all of them."""
    array = from_list(m, value)
    part = part_of(m, array)
    if part is None and isinstance(array, Ref) and m.is_array(array):
        return Part(array, (None,) * len(m.array(array.id).type.shape))  # type: ignore[union-attr]
    if part is None:
        if isinstance(value, Ref) and (state := grown(m, value)) is not None:
            m.known(length(state), "the length of this list")
        m.fail(UnsupportedError, f"np.{what} of {m.describe(value)} is not taken")
    return part


def dtype_of(m: Machine, part: Part) -> np.dtype[Any]:
    return array_type(m.array(part.room.id)).dtype


def reduced_axes(m: Machine, part: Part, axis: Value) -> tuple[int, ...]:
    """The axes that a reduction is over."""
    rank = len(part.extents)
    found = m.known(axis, "an axis")
    if found is None:
        return tuple(range(rank))
    axes = found if isinstance(found, tuple) else (found,)
    if any(not -rank <= a < rank for a in axes):
        m.fail(ShapeError, f"axis {found} is out of bounds for an array of dimension {rank}")
    return tuple(a % rank for a in axes)


def rest(part: Part, axes: tuple[int, ...], keepdims: bool) -> tuple[Extent | None, ...]:
    """The extents of what a reduction leaves."""
    if keepdims:
        return tuple(None if k in axes else e for k, e in enumerate(part.extents))
    return tuple(e for k, e in enumerate(part.extents) if k not in axes)


def reduction(
    fn: Any,
    neutral: Callable[[np.dtype[Any]], Any],
    nonempty: str = "",
    axis: Value = NONE,
    joined: np.ufunc | None = None,
) -> Function:
    """A reduction: `neutral` of a dtype is what changes nothing; `nonempty` is what NumPy says of no elements.

    `joined` is how a result is joined with `initial`.
    """

    def reduce(
        m: Machine,
        a: Value,
        axis: Value = axis,
        dtype: Value = NONE,
        out: Value = NONE,
        keepdims: Value = FALSE,
        initial: Value = UNSET,
        where: Value = TRUE,
    ) -> Value:
        part = one_array(m, a, fn.__name__)
        axes = reduced_axes(m, part, axis)
        if not is_absent(out):
            text = f"np.{fn.__name__} of an array of run-time size takes no out="
            m.fail(UnsupportedError, text, "assign the result")
        begins = not is_unset(initial)
        if nonempty and not begins:
            if not is_true(where):
                text = f"np.{fn.__name__} does not have an identity, so to use where= one has to give initial="
                m.fail(TypeCheckError, text)
            not_empty(m, part, axes, nonempty)
        if not is_true(where):
            dt = dtype_of(m, part)
            part = one_array(m, m.call(Const(np.where), [where, a, Const(dt.type(neutral(dt)))], []), fn.__name__)
        room = filled(m, part, neutral(dtype_of(m, part)), axes)
        named = [("axis", axis), ("keepdims", keepdims), *([("dtype", dtype)] if not is_absent(dtype) else [])]
        found = m.call(Const(fn), [room], named)
        if begins and joined is not None:
            found = with_initial(m, joined, found, initial, fn.__name__)
        return make(m, found, rest(part, axes, m.known(keepdims, "keepdims")))

    return reduce


def is_unset(value: Value) -> bool:
    return isinstance(value, Const) and (value.value is None or value.value is UNSET.value)


def is_true(value: Value) -> bool:
    return isinstance(value, Const) and (value.value is True or value.value is np.True_)


def with_initial(m: Machine, joined: np.ufunc, found: Value, initial: Value, what: str) -> Value:
    """A result joined with `initial`, in the dtype of the result."""
    part, begin = one_array(m, found, what) if m.is_array(found) or is_sized(m, found) else None, m.operand(initial)
    result = m.operand(found) if part is None else (m.array(part.room.id), "numpy")
    if begin is None or result is None:
        m.fail(TypeCheckError, f"np.{what}: initial is a number, not {m.describe(initial)}")
    first, have, want = begin[0], array_type(begin[0]).dtype, array_type(result[0]).dtype
    if not np.can_cast(have, want, "same_kind"):
        text = f"np.{what}: initial of {have} for a result of {want} is not taken"
        m.fail(UnsupportedError, text, "cast one of them")
    return m.call(Const(joined), [m.result(cast(m, first, want), "numpy"), found], [])


def not_empty(m: Machine, part: Part, axes: tuple[int, ...], text: str) -> None:
    for axis in axes:
        extent = part.extents[axis]
        if extent is not None:
            m.check(pointwise(m, "gt", extent.size, whole(0)), "builtins.ValueError", text)


def lowest(dtype: np.dtype[Any]) -> Any:
    return -np.inf if dtype.kind in "fc" else False if dtype.kind == "b" else int(np.iinfo(dtype).min)


def highest(dtype: np.dtype[Any]) -> Any:
    return np.inf if dtype.kind in "fc" else True if dtype.kind == "b" else int(np.iinfo(dtype).max)


def position(fn: Any, neutral: Callable[[np.dtype[Any]], Any]) -> Function:
    """`argmax`, `argmin`: counted from the start of the part, in which what is filled in comes last."""

    def find(m: Machine, a: Value, axis: Value = NONE, out: Value = NONE, *, keepdims: Value = FALSE) -> Value:
        part = one_array(m, a, fn.__name__)
        if is_absent(axis) and len(part.extents) > 1:
            part, axis = one_array(m, ravel(m, a), fn.__name__), Const(0)
        axes = reduced_axes(m, part, axis)
        not_empty(m, part, axes, f"attempt to get {fn.__name__} of an empty sequence")
        part = started(m, part)
        room = filled(m, part, neutral(dtype_of(m, part)), axes)
        result = m.call(Const(fn), [room], [("axis", axis), ("keepdims", keepdims)])
        return make(m, result, rest(part, axes, m.known(keepdims, "keepdims")))

    return find


def mean(
    m: Machine,
    a: Value,
    axis: Value = NONE,
    dtype: Value = NONE,
    out: Value = NONE,
    keepdims: Value = FALSE,
    where: Value = TRUE,
) -> Value:
    """`np.mean`: the sum, in a float dtype, by the number of elements."""
    part = one_array(m, a, "mean")
    given = m.known(dtype, "dtype")
    final = np.dtype(given) if given is not None else dtype_of(m, part)
    final = final if final.kind in "fc" or given is not None else F64
    work = F32 if final == np.float16 else final
    total = m.call(Const(np.sum), [a, axis, Const(work)], [("keepdims", keepdims), ("where", where)])
    real = np.dtype(f"f{work.itemsize // 2}") if work.kind == "c" else work
    if is_true(where):
        count: Value = Const(1)
        sizes = dims(m, part)
        for k in reduced_axes(m, part, axis):
            count = m.call(Const(operator.mul), [count, sizes[k]], [])
        num = as_num(count)
        assert num is not None
        number = m.result(cast(m, num.atom, real), "numpy")
    else:
        ones = m.call(Const(np.ones_like), [a], [("dtype", Const(real))])
        number = m.call(Const(np.sum), [ones, axis], [("keepdims", keepdims), ("where", where)])
    quotient = m.call(Const(np.divide), [total, number], [])
    if work == final and final.kind in "fc":
        return quotient
    return m.call(Const(np.astype), [quotient, Const(final)], [])  # of ints: cut


def cumulative(fn: Any, neutral: int) -> Function:
    """`np.cumsum`, `np.cumprod`."""

    def scan(m: Machine, a: Value, axis: Value = NONE, dtype: Value = NONE) -> Value:
        part = one_array(m, a, fn.__name__)
        if is_absent(axis) and len(part.extents) > 1:
            part = one_array(m, ravel(m, a), fn.__name__)
        given = [("axis", axis), *([("dtype", dtype)] if not is_absent(dtype) else [])]
        return make(m, m.call(Const(fn), [filled(m, part, neutral)], given), part.extents)

    return scan


def accumulated(fn: Any) -> Function:
    """`np.maximum.accumulate` and its kin: what comes after the part has no part in it."""

    def scan(m: Machine, array: Value, axis: Value = Const(0)) -> Value:
        part = started(m, one_array(m, array, fn.__name__))
        return make(m, m.call(Const(fn), [part.room, axis], []), part.extents)

    return scan


def in_order(fn: Any) -> Function:
    """`np.sort`, `np.argsort`: what lies outside is moved to the end, as NaN is."""

    def order(
        m: Machine,
        a: Value,
        axis: Value = LAST,
        kind: Value = NONE,
        order: Value = NONE,
        *,
        stable: Value = NONE,
    ) -> Value:
        part = one_array(m, a, fn.__name__)
        if is_absent(axis) and len(part.extents) > 1:
            part, axis = one_array(m, ravel(m, a), fn.__name__), LAST
        (where,) = reduced_axes(m, part, LAST if is_absent(axis) else axis)
        dtype = dtype_of(m, part)
        if dtype.kind == "c":
            m.fail(UnsupportedError, f"np.{fn.__name__} of complex numbers of run-time number is not taken")
        part = started(m, part)
        room = filled(m, part, np.nan if dtype.kind == "f" else highest(dtype), [where])
        return make(m, m.call(Const(fn), [room, Const(where)], [("kind", Const("stable"))]), part.extents)

    return order


def sort_in_place(m: Machine, a: Value, axis: Value = LAST, **options: Value) -> Value:
    """The method `sort`."""
    assert isinstance(a, Ref)
    store(m, a, m.call(Const(np.sort), [a, axis], list(options.items())))
    return NONE


EMPTY = "zero-size array to reduction operation {} which has no identity"
FIRST = Const(0)


def of_ufunc(fn: Any) -> Function:
    """`np.add.reduce` and its kin, over the first axis if none is given."""
    neutrals = {np.add: lambda d: 0, np.multiply: lambda d: 1, np.maximum: lowest, np.minimum: highest,
                np.logical_or: lambda d: 0, np.logical_and: lambda d: 1}  # fmt: skip
    owner = fn.__self__
    empty = EMPTY.format(owner.__name__) if owner in (np.maximum, np.minimum) else ""
    return reduction(fn, neutrals[owner], empty, FIRST, owner)


REDUCTIONS: dict[Any, Function] = {
    np.sum: reduction(np.sum, lambda d: 0, joined=np.add),
    np.prod: reduction(np.prod, lambda d: 1, joined=np.multiply),
    np.any: reduction(np.any, lambda d: 0),
    np.all: reduction(np.all, lambda d: 1),
    np.max: reduction(np.max, lowest, EMPTY.format("maximum"), joined=np.maximum),
    np.min: reduction(np.min, highest, EMPTY.format("minimum"), joined=np.minimum),
    np.count_nonzero: lambda m, a, axis=NONE, *, keepdims=FALSE: reduction(np.count_nonzero, lambda d: 0)(
        m, a, axis, keepdims=keepdims
    ),
    np.argmax: position(np.argmax, lowest),
    np.argmin: position(np.argmin, highest),
    np.mean: mean,
    np.cumsum: cumulative(np.cumsum, 0),
    np.cumprod: cumulative(np.cumprod, 1),
    np.sort: in_order(np.sort),
    np.argsort: in_order(np.argsort),
    **{u.accumulate: accumulated(u.accumulate) for u in (np.maximum, np.minimum, np.add, np.multiply)},
    **{
        u.reduce: of_ufunc(u.reduce)
        for u in (np.add, np.multiply, np.maximum, np.minimum, np.logical_or, np.logical_and)
    },
}
