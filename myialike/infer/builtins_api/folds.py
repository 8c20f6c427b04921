"""One value out of many: `min`, `max`, `sum`, `all`, `any`, `functools.reduce`.

The items of a sequence are known one by one, so a fold of them is a chain of Python's operations, in Python's order. An
array is reduced by one typed operation where that gives what Python's loop over it gives.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from myialike.errors import TypeCheckError
from myialike.infer.arith import binary, compare, either, interval, operator
from myialike.infer.arith import both as conjunction
from myialike.infer.emit import cast, pointwise
from myialike.infer.machine import Machine, array_type
from myialike.infer.numpy_api.reductions import reduce_atom
from myialike.infer.run import truth_value
from myialike.infer.sequences import required_items
from myialike.infer.ufuncs import operand, raise_now
from myialike.infer.values import Const, Kind, Num, Ref, Value, as_num
from myialike.ir.types import BOOL, C128, F64, I64


def extremum(name: str, relation: str) -> Callable[..., Value]:
    """`min` and `max` of arguments or of one sequence: Python's own comparisons, the first of equals."""

    def function(m: Machine, *args: Value, default: Value | None = None) -> Value:
        if len(args) == 1:
            array = args[0]
            if m.is_array(array) and isinstance(array, Ref) and array_type(m.array(array.id)).ndim == 1:
                return array_extremum(m, name, array)
            args = required_items(m, array, f"{name}()")
        if not args:
            return default if default is not None else raise_now(m, ValueError, f"{name}() iterable argument is empty")
        best = m.use(args[0])
        for other in args[1:]:
            best = smaller(m, compare(m, relation, m.use(other), best), m.use(other), best)
        return best

    return function


def array_extremum(m: Machine, name: str, array: Ref) -> Value:
    """`min` or `max` of a vector by Python's comparisons: a NaN wins only as the first element."""
    atom = m.array(array.id)
    if array_type(atom).shape == (0,):
        return raise_now(m, ValueError, f"{name}() iterable argument is empty")
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
    types = array_type(x).dtype, array_type(y).dtype
    dtype = (
        types[0]
        if types[0] == types[1]
        else max((*types, I64), key=[BOOL, I64, F64, C128].index)
        if kx == ky == "python"
        else np.result_type(*types)
    )
    kind: Kind = "python" if kx == ky == "python" else "numpy"
    p = as_num(pred)
    assert p is not None
    first, second = (interval(n) if (n := as_num(v)) else (None, None) for v in (a, b))
    low = None if first[0] is None or second[0] is None else min(first[0], second[0])
    high = None if first[1] is None or second[1] is None else max(first[1], second[1])
    return Num(pointwise(m, "select", p.atom, cast(m, x, dtype), cast(m, y, dtype)), kind, low, high)


def py_sum(m: Machine, xs: Value, start: Value = Const(0)) -> Value:
    """`sum`: of an array along its first axis, in its own dtype; of a sequence item by item."""
    if m.is_array(xs) and isinstance(xs, Ref) and (type := array_type(m.array(xs.id))).shape and type.shape[0] != 0:
        atom = m.array(xs.id)
        total = m.result(
            reduce_atom(m, "reduce_sum", cast(m, atom, I64) if type.dtype == BOOL else atom, (0,)), m.kind(xs.id)
        )
        return total if isinstance(start, Const) and start.value == 0 else binary(m, "+", start, total)
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
