"""`math`: Python floats in and out, and Python's errors outside of a function's domain.

Most are NumPy's ufuncs on float64. Where NumPy gives NaN and Python raises, a check of the argument comes first; its
message is the one that Python itself gives for such an argument. Functions of ints (`factorial`, `comb`) take ints that
are known now.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import scipy.special

from myialike.infer.arith import binary, constant
from myialike.infer.builtins_api.numbers import convert, py_abs, to_number
from myialike.infer.emit import pointwise
from myialike.infer.library_calls import call_library
from myialike.infer.machine import Machine
from myialike.infer.overloading import method_of
from myialike.infer.ufuncs import ufunc
from myialike.infer.values import Const, Num, Value, as_num
from myialike.ir.syntax import Atom, Lit
from myialike.ir.types import F64, I64, Array
from myialike.library import mathematics


def math_function(fn: Callable[..., float], op: np.ufunc) -> Callable[..., Value]:
    """A function of `math`: Python floats in and out, and Python's errors outside of its domain."""

    def function(m: Machine, *args: Value) -> Value:
        values = [m.use(a) for a in args]
        if all(isinstance(v, Const) for v in values):
            known = [v.value for v in values if isinstance(v, Const)]
            return constant(m, lambda: fn(*known), fn.__name__, *(v for v in values if isinstance(v, Const)))
        floats = [to_number(m, v, F64, float) for v in values]
        _check_domain(m, fn, floats)
        found = m.operand(ufunc(m, op, floats, f"math.{fn.__name__}"))
        assert found is not None
        if fn in LIMITED:
            _check_range(m, floats[0], found[0])
        if fn is math.lgamma:  # at -inf it is inf
            return Num(pointwise(m, "select", m.emit("isinf", found[0]), Lit(math.inf, Array(F64)), found[0]), "python")
        return Num(found[0], "python")

    return function


LIMITED = (math.exp, math.exp2, math.expm1, math.sinh, math.cosh, math.gamma, math.lgamma)
POLES = (math.gamma, math.lgamma)
TURNING = (math.sin, math.cos, math.tan)


def _check_range(m: Machine, x: Value, result: Atom) -> None:
    """An infinite result of a finite number is Python's OverflowError."""
    num = as_num(x)
    assert num is not None
    ok = pointwise(m, "logical_or", m.emit("isfinite", result), negated(m, m.emit("isfinite", num.atom)))
    m.check(ok, "builtins.OverflowError", _range_text())


def _range_text() -> str:
    try:
        math.exp(1e4)
    except OverflowError as error:
        return str(error)
    raise AssertionError("exp(1e4) is a number")


def negated(m: Machine, atom: Atom) -> Atom:
    return pointwise(m, "logical_not", atom)


DOMAINS: dict[Callable[..., float], tuple[str, float, str | None, float]] = {
    math.sqrt: ("ge", 0.0, None, 0.0),
    math.log: ("gt", 0.0, None, 0.0),
    math.log2: ("gt", 0.0, None, 0.0),
    math.log10: ("gt", 0.0, None, 0.0),
    math.log1p: ("gt", -1.0, None, 0.0),
    math.asin: ("ge", -1.0, "le", 1.0),
    math.acos: ("ge", -1.0, "le", 1.0),
    math.acosh: ("ge", 1.0, None, 0.0),
    math.atanh: ("gt", -1.0, "lt", 1.0),
}


def _check_domain(m: Machine, fn: Callable[..., float], args: Sequence[Value]) -> None:
    if fn in TURNING:
        x = as_num(args[0])
        assert x is not None
        m.check(negated(m, m.emit("isinf", x.atom)), "builtins.ValueError", _domain_message(fn, math.inf))
    if fn in POLES:
        _check_poles(m, fn, args[0])
    if fn not in DOMAINS:
        return
    low_op, low, high_op, high = DOMAINS[fn]
    x = as_num(args[0])
    assert x is not None
    ok = pointwise(m, low_op, x.atom, Lit(low, Array(F64)))
    if high_op is not None:
        ok = pointwise(m, "logical_and", ok, pointwise(m, high_op, x.atom, Lit(high, Array(F64))))
    ok = pointwise(m, "logical_or", ok, pointwise(m, "isnan", x.atom))
    m.check(ok, "builtins.ValueError", _domain_message(fn, low - 1))


def _check_poles(m: Machine, fn: Callable[..., float], value: Value) -> None:
    """Poles at 0 and the negative ints; the gamma function has no limit at -inf, the logarithm of its size has one."""
    x = as_num(value)
    assert x is not None
    pole = pointwise(m, "eq", x.atom, m.emit("floor", x.atom))
    pole = pointwise(m, "logical_and", pole, pointwise(m, "le", x.atom, Lit(0.0, Array(F64))))
    if fn is math.lgamma:
        pole = pointwise(m, "logical_and", pole, m.emit("isfinite", x.atom))
    m.check(negated(m, pole), "builtins.ValueError", _domain_message(fn, 0.0))


def _domain_message(fn: Callable[..., float], outside: float) -> str:
    try:
        fn(outside)
    except ValueError as error:
        return str(error)
    return "math domain error"


def math_log(m: Machine, x: Value, base: Value | None = None, /) -> Value:
    plain = math_function(math.log, np.log)
    if all(isinstance(v, Const) for v in (x, base) if v is not None):
        known = [v.value for v in (x, base) if isinstance(v, Const)]
        return constant(m, lambda: math.log(*known), "log", *map(Const, known))
    return plain(m, x) if base is None else binary(m, "/", plain(m, x), plain(m, base))


def math_hypot(m: Machine, *coordinates: Value) -> Value:
    if len(coordinates) == 2:
        return math_function(math.hypot, np.hypot)(m, *coordinates)
    return call_library(m, mathematics.hypot, "math.hypot", coordinates, [])


def rounding(op: np.ufunc) -> Callable[..., Value]:
    """`math.floor`, `math.ceil`, `math.trunc`: an int."""

    def function(m: Machine, x: Value) -> Value:
        method = method_of(m, m.use(x), f"__{op.__name__}__")
        if method is not None:
            return m.call(Const(method), [x], [])
        value = to_number(m, x, F64, float)
        return to_number(m, ufunc(m, op, [value]), I64, int)

    return function


def math_fabs(m: Machine, x: Value) -> Value:
    return py_abs(m, convert(F64, float)(m, x))


def math_test(op: np.ufunc) -> Callable[..., Value]:
    def function(m: Machine, x: Value) -> Value:
        found = m.operand(ufunc(m, op, [x]))
        assert found is not None
        return Num(found[0], "python")

    return function


def static_math(fn: Callable[..., int]) -> Callable[..., Value]:
    """A function of ints known at compile time."""

    def function(m: Machine, *args: Value) -> Value:
        known = [m.known(a, f"an argument of math.{fn.__name__}") for a in args]
        return constant(m, lambda: fn(*known), fn.__name__, *map(Const, known))

    return function


ELEMENTARY: dict[Any, np.ufunc] = {
    math.sqrt: np.sqrt,
    math.exp: np.exp,
    math.expm1: np.expm1,
    math.log2: np.log2,
    math.log10: np.log10,
    math.log1p: np.log1p,
    math.sin: np.sin,
    math.cos: np.cos,
    math.tan: np.tan,
    math.asin: np.arcsin,
    math.acos: np.arccos,
    math.atan: np.arctan,
    math.atan2: np.arctan2,
    math.sinh: np.sinh,
    math.cosh: np.cosh,
    math.tanh: np.tanh,
    math.asinh: np.arcsinh,
    math.acosh: np.arccosh,
    math.atanh: np.arctanh,
    math.cbrt: np.cbrt,
    math.exp2: np.exp2,
    math.copysign: np.copysign,
    math.nextafter: np.nextafter,
    math.erf: scipy.special.erf,
    math.erfc: scipy.special.erfc,
    math.gamma: scipy.special.gamma,
    math.lgamma: scipy.special.gammaln,
}

MATHEMATICS: dict[Any, Callable[..., Value]] = {
    **{fn: math_function(fn, op) for fn, op in ELEMENTARY.items()},
    math.log: math_log,
    math.hypot: math_hypot,
    math.fabs: math_fabs,
    math.floor: rounding(np.floor),
    math.ceil: rounding(np.ceil),
    math.trunc: rounding(np.trunc),
    math.isnan: math_test(np.isnan),
    math.isinf: math_test(np.isinf),
    math.isfinite: math_test(np.isfinite),
    **{fn: static_math(fn) for fn in (math.factorial, math.comb, math.perm, math.isqrt)},
    math.radians: lambda m, x: binary(m, "*", convert(F64, float)(m, x), Const(math.pi / 180)),
    math.degrees: lambda m, x: binary(m, "*", convert(F64, float)(m, x), Const(180 / math.pi)),
}
