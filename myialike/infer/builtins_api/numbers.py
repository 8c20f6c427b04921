"""Numbers: `int`, `float`, `complex`, `bool`, `abs`, `round`, `pow`, `divmod`.

A constant is converted by Python itself, now. Of a number known only at run time, `int` and its like make a Python
number of their dtype; what Python refuses about its value (`int(nan)`, division by zero) is a check at run time, what
it refuses about its type an error now.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from myialike.errors import TypeCheckError, UnsupportedError
from myialike.infer.arith import binary, constant
from myialike.infer.attributes import method_of
from myialike.infer.emit import cast, pointwise
from myialike.infer.machine import Machine, array_type
from myialike.infer.run import truth_value
from myialike.infer.ufuncs import operand, ufunc
from myialike.infer.values import NONE, Const, Num, Tup, Value, as_num
from myialike.ir.syntax import Lit
from myialike.ir.types import BOOL, C128, F64, I64, Array


def convert(dtype: Any, python_type: type) -> Callable[..., Value]:
    """`int`, `float`, `complex`, `bool` of a number."""

    def function(m: Machine, x: Value = Const(0), *rest: Value) -> Value:
        x = m.use(x)
        if isinstance(x, Const) and all(isinstance(r, Const) for r in rest):
            return constant(
                m,
                lambda: python_type(x.value, *(r.value for r in rest if isinstance(r, Const))),
                python_type.__name__,
                x,
            )
        if python_type is bool:
            return truth_value(m, x)
        if python_type is complex and rest:
            parts = [cast(m, operand(m, v, "complex")[0], F64) for v in (x, *rest)]
            return Num(pointwise(m, "complex", *parts), "python")
        method = method_of(m, x, f"__{python_type.__name__}__")
        if method is not None:
            return m.call(Const(method), [x], [])
        return to_number(m, x, dtype, python_type)

    return function


def to_number(m: Machine, x: Value, dtype: Any, python_type: type) -> Value:
    atom, _ = operand(m, x, f"{python_type.__name__}()")
    shape = array_type(atom).shape
    if any(d != 1 for d in shape):
        m.fail(
            TypeCheckError, f"{python_type.__name__}() of an array of type {atom.type}: only one element is a number"
        )
    atom = m.emit("reshape", atom, shape=()) if shape else atom
    if array_type(atom).dtype.kind == "c" and python_type is not complex:
        m.fail(TypeCheckError, f"{python_type.__name__}() of a complex number", "take .real first")
    if python_type is int and array_type(atom).dtype.kind == "f":
        for test, error, what in (("isnan", "ValueError", "NaN"), ("isinf", "OverflowError", "infinity")):
            ok = pointwise(m, "logical_not", pointwise(m, test, atom))
            m.check(ok, f"builtins.{error}", f"cannot convert float {what} to integer")
        atom = pointwise(m, "trunc", atom)
    source = as_num(x)
    low, high = (source.low, source.high) if source is not None and python_type is int else (None, None)
    return Num(cast(m, atom, dtype), "python", low, high)


def py_abs(m: Machine, x: Value) -> Value:
    x = m.use(x)
    if isinstance(x, Const):
        return constant(m, lambda: abs(x.value), "abs", x)
    if isinstance(x, Num) and x.kind == "python":
        atom = cast(m, x.atom, I64) if x.dtype == BOOL else x.atom
        return Num(m.emit("abs", atom), "python", 0 if x.dtype == I64 else None, None)
    method = method_of(m, x, "__abs__")
    return m.call(Const(method), [x], []) if method else ufunc(m, np.absolute, [x], "abs")


def py_round(m: Machine, x: Value, ndigits: Value = NONE) -> Value:
    x = m.use(x)
    if isinstance(x, Const) and isinstance(ndigits, Const):
        return constant(
            m, lambda: round(x.value) if ndigits.value is None else round(x.value, ndigits.value), "round", x
        )
    atom, _ = operand(m, x, "round()")
    number = as_num(x)
    if number is None or number.dtype.kind == "c" or (number.kind == "numpy" and number.dtype == BOOL):
        m.fail(TypeCheckError, f"round() of {m.describe(x)}", "use np.round")
    if m.known(ndigits, "ndigits") is not None:
        m.fail(UnsupportedError, "round() to digits is not taken", "use np.round of a scaled value")
    return to_number(m, Num(pointwise(m, "rint", atom), "python") if number.dtype.kind == "f" else number, I64, int)


def py_pow(m: Machine, a: Value, b: Value) -> Value:
    return binary(m, "**", a, b)


def py_divmod(m: Machine, a: Value, b: Value) -> Value:
    left, right = as_num(m.use(a)), as_num(m.use(b))
    if left is not None and right is not None and left.kind == right.kind == "python":
        whole = {left.dtype, right.dtype} <= {BOOL, I64}
        text = "integer division or modulo by zero" if whole else "float divmod()"
        m.check(pointwise(m, "ne", cast(m, right.atom, F64), Lit(0.0, Array(F64))), "builtins.ZeroDivisionError", text)
    return Tup((binary(m, "//", a, b), binary(m, "%", a, b)))


NUMBERS: dict[Any, Callable[..., Value]] = {
    abs: py_abs,
    int: convert(I64, int),
    float: convert(F64, float),
    complex: convert(C128, complex),
    bool: convert(BOOL, bool),
    round: py_round,
    pow: py_pow,
    divmod: py_divmod,
}
