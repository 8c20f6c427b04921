"""Arithmetic and the elementary functions, one line each.

The last parameter of a partial is the result, which saves recomputing it: d exp(x) = exp(x) dx is `lambda x, y: y`.
Partials hold for complex operands too, where the function is holomorphic.

Conventions at the points where a derivative does not exist: `maximum`, `minimum`, `fmax`, `fmin` give half to each
operand of a tie; `hypot` has derivative 0 at (0, 0); `0. ** y` has derivative 0 with respect to y; `sqrt`, `cbrt` and
the logarithms have an infinite one at 0, as NumPy's division gives it.

Formulas: Abramowitz and Stegun, Handbook of Mathematical Functions, sections 4.1 to 4.6.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from myialike.ir.builder import Expr
from myialike.ir.op import AttrDict, Custom, Linear, Pointwise, Zero
from myialike.ir.syntax import Lit
from myialike.ir.types import Array, Type
from myialike.ops.define import (
    arrays,
    check_kind,
    define,
    kind_of,
    minus_one,
    one,
    pointwise,
    spread,
    where,
    zmul,
)

LN2, LN10 = math.log(2.0), math.log(10.0)
POSITIVE = (0.2, 3.0)
UNIT = (-0.9, 0.9)
NEAR_ONE = ((-2.0, 2.0), (0.3, 3.0))

# ------------------------------------------------------------------------------------------------- one operand

pointwise("neg", np.negative, derivative=Linear(lambda g, inputs, attrs, i: -g), kinds="iufc")
pointwise("exp", np.exp, lambda x, y: y)
pointwise("exp2", np.exp2, lambda x, y: y * LN2)
pointwise("expm1", np.expm1, lambda x, y: y + 1.0)
pointwise("log", np.log, lambda x, y: 1.0 / x, domain=POSITIVE, singular=True)
pointwise("log2", np.log2, lambda x, y: 1.0 / (x * LN2), domain=POSITIVE, singular=True)
pointwise("log10", np.log10, lambda x, y: 1.0 / (x * LN10), domain=POSITIVE, singular=True)
pointwise("log1p", np.log1p, lambda x, y: 1.0 / (x + 1.0), domain=(-0.8, 2.0), singular=True)
pointwise("sqrt", np.sqrt, lambda x, y: 0.5 / y, domain=POSITIVE, singular=True)
pointwise("cbrt", np.cbrt, lambda x, y: 1.0 / (3.0 * y * y), domain=POSITIVE, kinds="f", singular=True)
pointwise("sin", np.sin, lambda x, y: x.op("cos"))
pointwise("cos", np.cos, lambda x, y: -x.op("sin"))
pointwise("tan", np.tan, lambda x, y: y * y + 1.0, domain=(-1.2, 1.2))
pointwise("arcsin", np.arcsin, lambda x, y: 1.0 / ((1.0 - x) * (1.0 + x)).op("sqrt"), domain=UNIT, singular=True)
pointwise("arccos", np.arccos, lambda x, y: -1.0 / ((1.0 - x) * (1.0 + x)).op("sqrt"), domain=UNIT, singular=True)
pointwise("arctan", np.arctan, lambda x, y: 1.0 / (x * x + 1.0))
pointwise("sinh", np.sinh, lambda x, y: x.op("cosh"))
pointwise("cosh", np.cosh, lambda x, y: x.op("sinh"))
pointwise("tanh", np.tanh, lambda x, y: (1.0 - y) * (1.0 + y))
pointwise("arcsinh", np.arcsinh, lambda x, y: 1.0 / (x * x + 1.0).op("sqrt"))
pointwise(
    "arccosh",
    np.arccosh,
    lambda x, y: 1.0 / ((x - 1.0).op("sqrt") * (x + 1.0).op("sqrt")),
    domain=(1.2, 3.0),
    singular=True,
)
pointwise("arctanh", np.arctanh, lambda x, y: 1.0 / ((1.0 - x) * (1.0 + x)), domain=UNIT, singular=True)

pointwise("floor", np.floor, kinds="biuf")
pointwise("ceil", np.ceil, kinds="biuf")
pointwise("trunc", np.trunc, kinds="biuf")
pointwise("rint", np.rint)
pointwise("stop_gradient", np.asarray, derivative=Zero("by definition"), kinds="biufc")

# ------------------------------------------------------------------------------------------------ two operands


def _reciprocal(y: Expr) -> Expr:
    """1 / y, a literal where y is one."""
    return y.lift(1 / y.atom.value if y.atom.value else math.inf) if isinstance(y.atom, Lit) else 1.0 / y


def _div_jvp(
    inputs: tuple[Expr, ...], dots: tuple[Expr | None, ...], outs: tuple[Expr, ...], attrs: AttrDict
) -> tuple[Expr | None, ...]:
    """(x_dot - z y_dot) / y, where z = x / y: by the quotient again, which keeps higher derivatives small."""
    x_dot, y_dot = dots
    part = y_dot and zmul(y_dot, outs[0])
    above = -part if x_dot is None and part else x_dot - part if x_dot and part else x_dot
    return (above and zmul(above, _reciprocal(inputs[1])),)


def _div_vjp(
    inputs: tuple[Expr, ...], outs: tuple[Expr, ...], bars: tuple[Expr | None, ...], attrs: AttrDict
) -> tuple[Expr | None, ...]:
    """x_bar = z_bar / y and y_bar = -x_bar z."""
    (g,), (_, y) = bars, inputs
    if g is None:
        return None, None
    x_bar = zmul(g, _reciprocal(y))
    return x_bar, None if isinstance(y.atom, Lit) else -zmul(x_bar, outs[0])


def _less_one(y: Expr) -> Expr:
    """y - 1, a literal where y is one."""
    return y.lift(y.atom.value - 1) if isinstance(y.atom, Lit) else y - 1.0


def _log_but_at_zero(x: Expr, z: Expr) -> Expr:
    """log(x), and 0 where x is 0; in the shape of z, or a literal where x is one."""
    if isinstance(x.atom, Lit) and not isinstance(x.atom.value, complex) and x.atom.value > 0:
        return x.lift(math.log(x.atom.value))
    x = spread(x, z)
    return where(x.op("eq", 0.0), x.lift(1.0), x).op("log")


pointwise("add", np.add, one, one, kinds="biufc")
pointwise("sub", np.subtract, one, minus_one, kinds="iufc")
pointwise("mul", np.multiply, lambda x, y, z: y, lambda x, y, z: x, kinds="biufc")
pointwise("div", np.divide, derivative=Custom(_div_jvp, _div_vjp, singular=True), domain=NEAR_ONE)
pointwise("floordiv", np.floor_divide, kinds="iuf", domain=NEAR_ONE)
pointwise("mod", np.mod, one, lambda x, y, z: -x.op("floordiv", y), kinds="iuf", domain=NEAR_ONE, singular=True)
pointwise("fmod", np.fmod, one, lambda x, y, z: -((x - z) / y).op("rint"), kinds="iuf", domain=NEAR_ONE, singular=True)

pointwise(
    "pow",
    np.power,
    lambda x, y, z: zmul(y, x ** _less_one(y)),
    lambda x, y, z: zmul(_log_but_at_zero(x, z), z),
    kinds="iufc",
    domain=((0.3, 2.0), (-2.0, 2.0)),
    singular=True,
    doc="zmul: x ** 0 has derivative 0 everywhere, at x = 0 too, where x ** -1 is infinite",
)


def _extremum(wins: str, ignore_nan: bool) -> Custom:
    """Each operand's part of the derivative goes through where it `wins` or ties, by half where the other does too.

    That two comparisons tell all is what a loop saves, in place of the operands: none holds of a NaN.
    """

    def parts(inputs: tuple[Expr, ...], gs: tuple[Expr | None, ...]) -> tuple[Expr | None, ...]:
        """What of each of `gs` goes through the operand that it belongs to."""
        x, y = inputs
        wins_x, wins_y = x.op(wins, y), y.op(wins, x)
        tie = wins_x.op("logical_and", wins_y)

        def part(g: Expr | None, wins: Expr, other: Expr) -> Expr | None:
            if g is None:
                return None
            kept = where(wins, where(tie, g * 0.5, g), 0.0)
            return where(spread(other, g).op("isnan"), g, kept) if ignore_nan else kept

        return part(gs[0], wins_x, y), part(gs[1], wins_y, x)

    def jvp(
        inputs: tuple[Expr, ...], dots: tuple[Expr | None, ...], outs: tuple[Expr, ...], attrs: AttrDict
    ) -> tuple[Expr | None, ...]:
        found = [p for p in parts(inputs, dots) if p is not None]
        return (found[0] + found[1] if len(found) == 2 else found[0] if found else None,)

    def vjp(
        inputs: tuple[Expr, ...], outs: tuple[Expr, ...], bars: tuple[Expr | None, ...], attrs: AttrDict
    ) -> tuple[Expr | None, ...]:
        return parts(inputs, tuple(None if isinstance(x.atom, Lit) else bars[0] for x in inputs))

    return Custom(jvp, vjp, singular=False)


for _name, _evaluate, _wins in (
    ("maximum", np.maximum, "ge"),
    ("minimum", np.minimum, "le"),
    ("fmax", np.fmax, "ge"),
    ("fmin", np.fmin, "le"),
):
    _rule = _extremum(_wins, _name.startswith("f"))
    pointwise(_name, _evaluate, derivative=_rule, kinds="biufc", doc="a tie gives half to each operand")


def _over_square_norm(x: Expr, y: Expr) -> Expr:
    """x / (x**2 + y**2), without overflow."""
    norm = x.op("hypot", y)
    return x / norm / norm


def _unit(x: Expr, norm: Expr) -> Expr:
    """x / norm, and 0 where the norm is 0."""
    return x / where(norm.op("eq", 0.0), norm.lift(1.0), norm)


def _weight(x: Expr, z: Expr) -> Expr:
    """exp(x - z), where z = log(exp(x) + exp(y)); also where both are the same infinity."""
    return where(x.op("eq", z), z.lift(0.0), x - z).op("exp")


def _sign_factor(x: Expr, y: Expr, z: Expr) -> Expr:
    """1 where the signs of x and y agree, -1 where not."""
    agree = spread(x, z).op("signbit").op("eq", spread(y, z).op("signbit"))
    return where(agree, z.lift(1.0), -1.0)


pointwise(
    "arctan2",
    np.arctan2,
    lambda y, x, z: _over_square_norm(x, y),
    lambda y, x, z: -_over_square_norm(y, x),
    kinds="f",
    domain=((-2.0, 2.0), (0.3, 2.0)),
    singular=True,
)
pointwise("hypot", np.hypot, lambda x, y, z: _unit(x, z), lambda x, y, z: _unit(y, z), kinds="f")
pointwise("copysign", np.copysign, _sign_factor, None, kinds="f")
pointwise("nextafter", np.nextafter, lambda x, y, z: z.lift(1.0), None, kinds="f")
pointwise("logaddexp", np.logaddexp, lambda x, y, z: _weight(x, z), lambda x, y, z: _weight(y, z), kinds="f")

# --------------------------------------------------------------------------------------- products with a twist


def _zmul(g: Any, p: Any) -> Any:
    product = np.multiply(g, p)
    return np.where(np.equal(g, 0), np.zeros((), product.dtype), product)


def _zmul_jvp(
    inputs: tuple[Expr, ...], dots: tuple[Expr | None, ...], outs: tuple[Expr, ...], attrs: AttrDict
) -> tuple[Expr | None, ...]:
    (g, p), (g_dot, p_dot) = inputs, dots
    terms = [t for t in (g_dot and zmul(g_dot, p), p_dot and zmul(g, p_dot)) if t is not None]
    return (terms[0] + terms[1] if len(terms) == 2 else terms[0] if terms else None,)


def _zmul_vjp(
    inputs: tuple[Expr, ...], outs: tuple[Expr, ...], bars: tuple[Expr | None, ...], attrs: AttrDict
) -> tuple[Expr | None, ...]:
    (g, p), (bar,) = inputs, bars
    if bar is None:
        return None, None
    return zmul(bar, p), where(bar.op("eq", 0.0), bar, zmul(g, bar))  # g may be NaN where bar is 0, and the reverse


pointwise("zmul", _zmul, derivative=Custom(_zmul_jvp, _zmul_vjp), arity=2)


def _integer_pow_type(types: tuple[Type, ...], attrs: AttrDict) -> tuple[Type, ...]:
    (x,) = arrays("integer_pow", types, 1)
    check_kind("integer_pow", x, "iufc")
    if attrs["n"] < 0 and kind_of(x.dtype) in "iu":
        raise TypeError(f"an integer has no power of negative exponent {attrs['n']}, but the base is {x}")
    return (Array(x.dtype, x.shape),)


def _integer_pow_partial(x: Expr, y: Expr, n: int) -> Expr:
    if n in (0, 1):
        return x.lift(float(n))
    return (x if n == 2 else x.op("integer_pow", n=n - 1)) * float(n)


define(
    "integer_pow",
    _integer_pow_type,
    lambda x, n: np.power(x, np.asarray(n).astype(np.asarray(x).dtype)),
    Pointwise((_integer_pow_partial,), singular=lambda attrs: attrs["n"] < 0),
    domain=((0.3, 2.0),),
    kinds="iufc",
    doc="x ** n, n a Python int",
)
