"""Numbers: `int`, `float`, `complex`, `bool`, `abs`, `round`, `pow`, `divmod`.

A constant is converted by Python itself, now. Of a number known only at run time, `int` and its like make a Python
number of their dtype; what Python refuses about its value (`int(nan)`, division by zero) is a check at run time, what
it refuses about its type an error now.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from myialike import library
from myialike.errors import TypeCheckError, UnsupportedError
from myialike.infer.arith import binary, check_64_bits, constant
from myialike.infer.comparisons import both, compare, either
from myialike.infer.emit import cast, pointwise
from myialike.infer.library_calls import call_library
from myialike.infer.machine import Machine, array_type
from myialike.infer.overloading import arithmetic, method_of
from myialike.infer.run import truth_value
from myialike.infer.sequences import THE_TEXT
from myialike.infer.ufuncs import operand, ufunc
from myialike.infer.values import NONE, Const, Message, Num, Tup, Value, as_num
from myialike.ir.syntax import Atom, Lit
from myialike.ir.types import BOOL, C128, F64, I64, Array


def convert(dtype: Any, python_type: type) -> Callable[..., Value]:
    """`int`, `float`, `bool` of a number."""

    def function(m: Machine, x: Value = Const(0), /) -> Value:
        x = m.use(x)
        if isinstance(x, Message) and python_type is not bool:
            x = Const(m.known(x, THE_TEXT))
        if isinstance(x, Const):
            return constant(m, lambda: python_type(x.value), python_type.__name__, x)
        if python_type is bool:
            return truth_value(m, x)
        return to_number(m, x, dtype, python_type)

    return function


def py_int(m: Machine, x: Value = Const(0), /, base: Value | None = None) -> Value:
    """`int`; with a base, of a string."""
    if base is None:
        return convert(I64, int)(m, x)
    text, radix = m.known(x, "the text of int()"), m.known(base, "the base of int()")
    return constant(m, lambda: int(text, radix), "int", Const(text))


def py_complex(m: Machine, real: Value = Const(0), imag: Value | None = None) -> Value:
    """`complex`; of two numbers `real + imag * 1j`, which either may be complex for."""
    if imag is None or (isinstance(real, Const) and isinstance(imag, Const)):
        known = [v for v in (real, imag) if isinstance(v, Const)]
        if len(known) == 2:
            return constant(m, lambda: complex(*(v.value for v in known)), "complex", *known)
        return convert(C128, complex)(m, real)
    re, im = (operand(m, v, "complex()")[0] for v in (real, imag))
    if array_type(re).shape or array_type(im).shape:
        m.fail(TypeCheckError, f"complex() of {m.describe(real)} and {m.describe(imag)}", "take one element of each")
    parts = [part(m, re, "real"), part(m, im, "real")]
    if array_type(im).dtype.kind == "c":
        parts[0] = pointwise(m, "sub", parts[0], part(m, im, "imag"))
    if array_type(re).dtype.kind == "c":
        parts[1] = pointwise(m, "add", parts[1], part(m, re, "imag"))
    return Num(pointwise(m, "complex", *parts), "python")


def part(m: Machine, atom: Atom, name: str) -> Atom:
    """The real or imaginary part of a number, as a float."""
    return cast(m, m.emit(name, atom) if array_type(atom).dtype.kind == "c" else atom, F64)


def arrays_convert() -> bool:
    """Whether this NumPy takes an array of one element and rank 1 for a number."""
    try:
        with warnings.catch_warnings(action="ignore"):
            return float(np.ones(1)) == 1
    except TypeError:
        return False


RANKED_NUMBERS = arrays_convert()


def to_number(m: Machine, x: Value, dtype: Any, python_type: type) -> Value:
    """`int`, `float`, `complex` of a value; of an instance what its own method for that gives."""
    method = method_of(m, x, f"__{python_type.__name__}__")
    if method is not None:
        return m.call(Const(method), [x], [])
    atom, _ = operand(m, x, f"{python_type.__name__}()")
    shape = array_type(atom).shape
    if any(d != 1 for d in shape) or (shape and not RANKED_NUMBERS):
        text = f"{python_type.__name__}() of an array of type {atom.type}: only one element is a number"
        m.fail(TypeCheckError, text, "take the element by its index")
    atom = m.emit("reshape", atom, shape=()) if shape else atom
    if array_type(atom).dtype.kind == "c" and python_type is not complex:
        m.fail(TypeCheckError, f"{python_type.__name__}() of a complex number", "take .real first")
    if python_type is int and array_type(atom).dtype.kind == "f":
        for test, error, what in (("isnan", "ValueError", "NaN"), ("isinf", "OverflowError", "infinity")):
            ok = pointwise(m, "logical_not", pointwise(m, test, atom))
            m.check(ok, f"builtins.{error}", f"cannot convert float {what} to integer")
        atom = pointwise(m, "trunc", atom)
        check_64_bits(m, cast(m, atom, F64))
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


def py_round(m: Machine, number: Value, ndigits: Value = NONE) -> Value:
    x = m.use(number)
    digits = m.known(ndigits, "the number of digits of round()")
    if isinstance(x, Const):
        return constant(m, lambda: round(x.value, digits), "round", x)
    method = method_of(m, x, "__round__")
    if method is not None:
        return m.call(Const(method), [x] if digits is None else [x, ndigits], [])
    num = as_num(x)
    if num is None or num.dtype.kind == "c" or (num.kind == "numpy" and num.dtype == BOOL):
        m.fail(TypeCheckError, f"round() of {m.describe(x)}", "use np.round")
    if digits is None:
        whole = Num(pointwise(m, "rint", num.atom), "python") if num.dtype.kind == "f" else num
        return to_number(m, whole, I64, int)
    if num.kind == "numpy":
        return m.call(Const(np.round), [x, ndigits], [])
    if num.dtype.kind == "f":
        return Num(rounded(m, num.atom, digits), "python")
    return round_int(m, to_number(m, num, I64, int), digits)


def round_int(m: Machine, x: Value, digits: int) -> Value:
    """An int to a multiple of a power of ten, halves to even ones."""
    if digits >= 0:
        return x
    unit = 10 ** min(-digits, 18)
    quotient, rest = (binary(m, op, x, Const(unit)) for op in ("//", "%"))
    odd = compare(m, "==", binary(m, "%", quotient, Const(2)), Const(1))
    twice = binary(m, "*", rest, Const(2))
    up = either(m, compare(m, ">", twice, Const(unit)), both(m, compare(m, "==", twice, Const(unit)), odd))
    return binary(m, "*", binary(m, "+", quotient, to_number(m, up, I64, int)), Const(unit))


MOST_DIGITS = 10


def rounded(m: Machine, x: Atom, digits: int) -> Atom:
    """A float rounded to decimal digits as Python does it: its exact decimal value counts, halves go to even digits.

    The product `x * 10**digits` is had without error as a sum `high + low`: a power of ten up to the tenth has at most
    24 significant bits, so those of the two halves of x times it are exact. Then what lies beyond the nearest integer
    of `high` decides. From 2**53 on the product has no fraction, and x is its own result. It is a step there too.
    """
    if not 0 <= digits <= MOST_DIGITS:
        text = f"round() of a float to {digits} digits is taken for 0 to {MOST_DIGITS} digits only"
        m.fail(UnsupportedError, text, "use np.round")
    coarse = cast(m, cast(m, x, np.dtype(np.float32)), F64)
    scale = number(float(10**digits))
    upper, lower = pointwise(m, "mul", coarse, scale), pointwise(m, "mul", pointwise(m, "sub", x, coarse), scale)
    high = pointwise(m, "add", upper, lower)
    low = pointwise(m, "add", pointwise(m, "sub", upper, high), lower)
    nearest = pointwise(m, "rint", high)
    beyond = pointwise(m, "sub", high, nearest)
    for sign, order in ((1.0, "gt"), (-1.0, "lt")):  # a half that is a little more, or a little less, is none
        is_half = pointwise(m, "eq", beyond, number(sign / 2))
        is_more = pointwise(m, "logical_and", is_half, pointwise(m, order, low, number(0.0)))
        nearest = pointwise(m, "add", nearest, pointwise(m, "select", is_more, number(sign), number(0.0)))
    result = pointwise(m, "copysign", pointwise(m, "div", nearest, scale), x)
    fits = pointwise(m, "lt", pointwise(m, "abs", pointwise(m, "mul", x, scale)), number(2.0**53))
    return pointwise(m, "select", fits, result, m.emit("stop_gradient", x))


def number(value: float) -> Atom:
    return Lit(value, Array(F64))


def py_pow(m: Machine, base: Value, exp: Value, mod: Value = NONE) -> Value:
    if isinstance(mod, Const) and mod.value is None:
        return binary(m, "**", base, exp)
    values = [m.use(v) for v in (base, exp, mod)]
    if all(isinstance(v, Const) for v in values):
        known = [v.value for v in values if isinstance(v, Const)]
        return constant(m, lambda: pow(*known), "pow", *(v for v in values if isinstance(v, Const)))
    for v in values:
        if (num := as_num(v)) is None or num.kind != "python" or num.dtype not in (BOOL, I64):
            m.fail(TypeCheckError, f"pow() with a modulus takes ints, not {m.describe(v)}")
    return call_library(m, library.modular_power, "pow", values, [])


def py_divmod(m: Machine, a: Value, b: Value) -> Value:
    own = arithmetic(m, "divmod", m.use(a), m.use(b))
    if own is not None:
        return own
    left, right = as_num(m.use(a)), as_num(m.use(b))
    if left is not None and right is not None and left.kind == right.kind == "python":
        whole = {left.dtype, right.dtype} <= {BOOL, I64}
        text = "integer division or modulo by zero" if whole else "float divmod()"
        m.check(pointwise(m, "ne", cast(m, right.atom, F64), Lit(0.0, Array(F64))), "builtins.ZeroDivisionError", text)
    return Tup((binary(m, "//", a, b), binary(m, "%", a, b)))


NUMBERS: dict[Any, Callable[..., Value]] = {
    abs: py_abs,
    int: py_int,
    float: convert(F64, float),
    complex: py_complex,
    bool: convert(BOOL, bool),
    round: py_round,
    pow: py_pow,
    divmod: py_divmod,
}
