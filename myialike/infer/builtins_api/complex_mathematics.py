"""`cmath`: Python numbers in, complex numbers out.

They are NumPy's ufuncs on complex128, which have the same branch cuts. Where a finite number has an infinite result,
Python raises; and so do infinite arguments of the functions that turn around zero, for which Python has a table of its
own.
"""

from __future__ import annotations

import cmath
from collections.abc import Callable
from typing import Any

import numpy as np

from myialike.infer.arith import binary, constant
from myialike.infer.builtins_api.numbers import convert, part, py_abs, to_number
from myialike.infer.emit import pointwise
from myialike.infer.library_calls import call_library
from myialike.infer.machine import Machine
from myialike.infer.ufuncs import ufunc
from myialike.infer.values import Const, Num, Tup, Value, as_num
from myialike.ir.syntax import Atom
from myialike.ir.types import C128
from myialike.library import mathematics

PLAIN: dict[Any, np.ufunc] = {cmath.sqrt: np.sqrt, cmath.log: np.log, cmath.log10: np.log10}
TURNING: dict[Any, np.ufunc] = {
    cmath.exp: np.exp,
    cmath.sin: np.sin,
    cmath.cos: np.cos,
    cmath.tan: np.tan,
    cmath.sinh: np.sinh,
    cmath.cosh: np.cosh,
    cmath.tanh: np.tanh,
}


INVERSE: dict[Any, np.ufunc] = {
    cmath.asin: np.arcsin,
    cmath.acos: np.arccos,
    cmath.atan: np.arctan,
    cmath.asinh: np.arcsinh,
    cmath.acosh: np.arccosh,
    cmath.atanh: np.arctanh,
}


def complex_function(fn: Callable[..., Any], op: np.ufunc) -> Callable[..., Value]:
    def function(m: Machine, z: Value, /) -> Value:
        value = m.use(z)
        if isinstance(value, Const):
            return constant(m, lambda: fn(value.value), fn.__name__, value)
        number = as_num(to_number(m, value, C128, complex))
        assert number is not None
        if fn not in PLAIN:
            text = f"cmath.{fn.__name__} of an infinite number is not supported in compiled code"
            m.check(negated(m, m.emit("isinf", number.atom)), "builtins.ValueError", text)
        found = m.operand(ufunc(m, op, [number], f"cmath.{fn.__name__}"))
        assert found is not None
        ok = negated(m, overflowed(m, number.atom, found[0]))
        error = ("ValueError", "math domain error") if fn not in TURNING else ("OverflowError", "math range error")
        if fn is not cmath.sqrt:
            m.check(ok, f"builtins.{error[0]}", error[1])
        return Num(found[0], "python")

    return function


def negated(m: Machine, atom: Atom) -> Atom:
    return pointwise(m, "logical_not", atom)


def overflowed(m: Machine, x: Atom, result: Atom) -> Atom:
    """Whether a finite number has an infinite result."""
    return pointwise(m, "logical_and", m.emit("isinf", result), negated(m, m.emit("isinf", x)))


def complex_log(m: Machine, z: Value, base: Value | None = None, /) -> Value:
    plain = complex_function(cmath.log, np.log)
    return plain(m, z) if base is None else binary(m, "/", plain(m, z), plain(m, base))


def phase(m: Machine, z: Value, /) -> Value:
    number = as_num(to_number(m, z, C128, complex))
    assert number is not None
    return Num(pointwise(m, "arctan2", part(m, number.atom, "imag"), part(m, number.atom, "real")), "python")


def polar(m: Machine, z: Value, /) -> Value:
    number = convert(C128, complex)(m, z)
    return Tup((py_abs(m, number), phase(m, number)))


def rect(m: Machine, r: Value, phi: Value, /) -> Value:
    return call_library(m, mathematics.rect, "cmath.rect", [r, phi], [])


def test(op: str) -> Callable[..., Value]:
    def function(m: Machine, z: Value, /) -> Value:
        number = as_num(to_number(m, z, C128, complex))
        assert number is not None
        return Num(m.emit(op, number.atom), "python")

    return function


COMPLEX: dict[Any, Callable[..., Value]] = {
    **{fn: complex_function(fn, op) for fn, op in {**PLAIN, **TURNING, **INVERSE}.items()},
    cmath.log: complex_log,
    cmath.phase: phase,
    cmath.polar: polar,
    cmath.rect: rect,
    cmath.isnan: test("isnan"),
    cmath.isinf: test("isinf"),
    cmath.isfinite: test("isfinite"),
    cmath.isclose: lambda m, a, b, *, rel_tol=Const(1e-09), abs_tol=Const(0.0): call_library(
        m, mathematics.isclose, "cmath.isclose", [a, b], [("rel_tol", rel_tol), ("abs_tol", abs_tol)]
    ),
}
