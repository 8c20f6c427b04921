"""One value out of many: `min`, `max`, `sum`, `all`, `any`, `functools.reduce`.

The items of a sequence are known one by one, so a fold of them is a chain of Python's operations, in Python's order. An
array is reduced by one typed operation where that gives what Python's loop over it gives.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from myialike.errors import TypeCheckError, UnsupportedError
from myialike.infer.arith import binary, interval, operator
from myialike.infer.comparisons import both as conjunction
from myialike.infer.comparisons import compare, either
from myialike.infer.emit import cast, pointwise
from myialike.infer.join import branch
from myialike.infer.machine import Machine, array_type
from myialike.infer.numpy_api.reductions import reduce_atom
from myialike.infer.run import truth_value
from myialike.infer.sequences import required_items
from myialike.infer.ufuncs import operand, raise_now
from myialike.infer.values import NONE, Const, Kind, Num, Ref, Value, as_message, as_num, number_name
from myialike.infer.widen import Mismatch, unify
from myialike.ir.syntax import Atom
from myialike.ir.types import BOOL, C128, F64, I64, DType


def extremum(name: str, relation: str) -> Callable[..., Value]:
    """`min` and `max` of arguments or of one sequence: Python's own comparisons, the first of equals."""

    def function(m: Machine, *args: Value, key: Value = NONE, default: Value | None = None) -> Value:
        if len(args) == 1:
            array, plain = args[0], is_none(key)
            if plain and m.is_array(array) and isinstance(array, Ref) and array_type(m.array(array.id)).ndim == 1:
                return array_extremum(m, name, array)
            args = required_items(m, array, f"{name}()")
        elif default is not None:
            m.fail(TypeCheckError, f"{name}() with several values has no default", "leave it out")
        if not args:
            return default if default is not None else raise_now(m, ValueError, empty_text(name))
        best = [with_key(m, key, args[0]), m.use(args[0])]
        for other in args[1:]:
            rank = with_key(m, key, other)
            best = chosen(m, compare(m, relation, rank, best[0]), [rank, m.use(other)], best)
        return best[1]

    return function


def empty_text(name: str) -> str:
    """What Python says about the least or greatest of nothing."""
    try:
        {"min": min, "max": max}[name](())
    except ValueError as error:
        return str(error)
    raise AssertionError(name)


def is_none(value: Value) -> bool:
    return isinstance(value, Const) and value.value is None


def with_key(m: Machine, key: Value, item: Value) -> Value:
    """What an item is compared by."""
    return m.use(item) if is_none(key) else m.use(m.call(key, [item], []))


def chosen(m: Machine, pred: Value, then: Sequence[Value], orelse: Sequence[Value]) -> list[Value]:
    """`then if pred else orelse`, value by value; structures meet as they do after an `if`."""
    pred = truth_value(m, pred)
    if isinstance(pred, Const):
        return list(then if pred.value else orelse)
    if all(_is_scalar(m, v) for v in (*then, *orelse)):
        return [a if a is b else smaller(m, pred, a, b) for a, b in zip(then, orelse, strict=True)]
    flag = as_num(pred)
    assert flag is not None
    return branch(m, flag.atom, lambda: list(then), lambda: list(orelse), ["result"] * len(then))


def _is_scalar(m: Machine, value: Value) -> bool:
    found = m.operand(value)
    return found is not None and not array_type(found[0]).shape


def array_extremum(m: Machine, name: str, array: Ref) -> Value:
    """`min` or `max` of a vector by Python's comparisons: a NaN wins only as the first element."""
    atom = m.array(array.id)
    if array_type(atom).shape == (0,):
        return raise_now(m, ValueError, empty_text(name))
    if array_type(atom).dtype.kind == "f":
        first = m.emit("index", atom, spec=(("int", 0),))
        start = m.emit("broadcast", first, shape=array_type(atom).shape)
        best = reduce_atom(m, f"reduce_{name}", m.emit("select", m.emit("isnan", atom), start, atom), (0,))
        return m.result(m.emit("select", m.emit("isnan", first), first, best), m.kind(array.id))
    return m.result(reduce_atom(m, f"reduce_{name}", atom, (0,)), m.kind(array.id))


def smaller(m: Machine, pred: Value, a: Value, b: Value) -> Value:
    """`a if pred else b` for numbers."""
    pred = truth_value(m, pred)
    if isinstance(pred, Const):
        return a if pred.value else b
    (x, kx), (y, ky) = operand(m, a, "min"), operand(m, b, "min")
    if array_type(x).shape or array_type(y).shape:
        m.fail(TypeCheckError, "min() and max() compare numbers, not arrays", "use np.minimum or np.maximum")
    dtype, kind = _of_either(m, (x, kx), (y, ky))
    p = as_num(pred)
    assert p is not None
    first, second = (interval(n) if (n := as_num(v)) else (None, None) for v in (a, b))
    low = None if first[0] is None or second[0] is None else min(first[0], second[0])
    high = None if first[1] is None or second[1] is None else max(first[1], second[1])
    return Num(pointwise(m, "select", p.atom, cast(m, x, dtype), cast(m, y, dtype)), kind, low, high)


def _of_either(m: Machine, a: tuple[Atom, Kind], b: tuple[Atom, Kind]) -> tuple[DType, Kind]:
    """The dtype and kind of a number that run time chooses from two: as where paths meet, or else the widest."""
    first, second = array_type(a[0]).dtype, array_type(b[0]).dtype
    if a[1] == b[1] == "python":
        return first if first == second else max((first, second, I64), key=[BOOL, I64, F64, C128].index), "python"
    try:
        type, kind = unify(a, b)
    except Mismatch:
        if not {first, second} <= {I64, F64, C128}:
            names = " and ".join(number_name(array_type(x), kind) for x, kind in (a, b))
            text = f"min(), max() and sorted() of {names}: which of the two types the result has, only run time knows"
            m.fail(UnsupportedError, text, "give both one type: np.float32(x), int(n), a.astype(float)")
        return np.result_type(first, second), "numpy"
    return type.dtype, kind


def py_sum(m: Machine, xs: Value, start: Value = Const(0)) -> Value:
    """`sum`: of an array along its first axis, in its own dtype; of a sequence item by item."""
    if m.is_array(xs) and isinstance(xs, Ref) and (type := array_type(m.array(xs.id))).shape and type.shape[0] != 0:
        atom = m.array(xs.id)
        total = m.result(
            reduce_atom(m, "reduce_sum", cast(m, atom, I64) if type.dtype == BOOL else atom, (0,)), m.kind(xs.id)
        )
        return total if isinstance(start, Const) and start.value == 0 else binary(m, "+", start, total)
    if not m.is_array(start) and as_message(start) is not None:
        m.fail(TypeCheckError, "sum() can't sum strings", "''.join(...)")
    total = start
    for item in required_items(m, xs, "sum()"):
        total = operator(m, "+", total, m.use(item))
    return total


def quantifier(every: bool) -> Callable[..., Value]:
    """`all`, `any`."""

    def function(m: Machine, xs: Value) -> Value:
        result: Value = Const(every)
        for item in required_items(m, xs, "all()" if every else "any()"):
            result = (conjunction if every else either)(m, result, truth_value(m, item))
        return result

    return function


def reduce_items(m: Machine, fn: Value, xs: Value, *start: Value) -> Value:
    items = [*start, *required_items(m, xs, "reduce()")]
    if not items:
        return raise_now(m, TypeError, "reduce() of empty iterable with no initial value")
    total = items[0]
    for item in items[1:]:
        total = m.call(fn, [total, item], [])
    return total


FOLDS: dict[Any, Callable[..., Value]] = {
    min: extremum("min", "<"),
    max: extremum("max", ">"),
    sum: py_sum,
    all: quantifier(True),
    any: quantifier(False),
    functools.reduce: reduce_items,
}
