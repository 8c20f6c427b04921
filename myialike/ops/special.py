"""Special functions of mathematical physics, one line each: those that SciPy and XLA both compute.

Derivatives are written with operations of the table again, so all orders follow. Where a derivative with respect to a
parameter has no closed form, there is none: to ask for it is an error.

The Bessel functions `bessel_i` and `bessel_ie` (the same times exp(-abs(x))) have their order as an attribute, since
the derivative of one is made of its neighbours, exactly at 0 too. `zeta(s, q)` is Hurwitz's sum over k >= 0 of
(q + k)**-s.

Formulas: NIST Digital Library of Mathematical Functions, chapters 5 to 8, 10 and 25.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special
from scipy import special

from myialike.errors import UnsupportedError
from myialike.ir.builder import Expr
from myialike.ir.op import Pointwise
from myialike.ir.syntax import Lit
from myialike.ir.types import Array, Type
from myialike.ops.define import arrays, check_kind, define, pointwise, spread, where

ROOT_PI, ROOT_2_PI = math.sqrt(math.pi), math.sqrt(2.0 * math.pi)
POSITIVE, UNIT = (0.3, 3.0), (0.1, 0.9)


def real(name: str, evaluate: Callable[..., Any], *partials: Callable[..., Expr] | None, **options: Any) -> None:
    """A pointwise operation on floats that SciPy knows."""
    pointwise(name, _known_to_scipy(evaluate), *partials, kinds="f", arity=len(partials), **options)


def _known_to_scipy(evaluate: Callable[..., Any]) -> Callable[..., Any]:
    """SciPy computes in f32 and f64 only, and gives what it computes in."""

    def evaluated(*operands: Any) -> Any:
        dtype = np.asarray(operands[0]).dtype
        if dtype in (np.float32, np.float64):
            return evaluate(*operands)
        return np.asarray(evaluate(*(np.asarray(x).astype(np.float32) for x in operands))).astype(dtype)[()]

    return evaluated


def unknown(name: str, parameter: str) -> Callable[..., Expr]:
    """The partial with respect to a parameter that has none."""

    def partial(x: Expr, *rest: Expr) -> Expr:
        raise UnsupportedError(
            f"{name} has no derivative rule with respect to {parameter}, which depends on a differentiated value",
            x.builder.loc,
            "stop the derivative there with stop_gradient",
        )

    return partial


# ------------------------------------------------------------------------------------- the normal distribution


def _gauss(x: Expr) -> Expr:
    return (-(x * x)).op("exp")


real("erf", special.erf, lambda x, y: _gauss(x) * (2.0 / ROOT_PI))
real("erfc", special.erfc, lambda x, y: _gauss(x) * (-2.0 / ROOT_PI))
real("erfinv", special.erfinv, lambda x, y: (y * y).op("exp") * (ROOT_PI / 2.0), domain=(-0.9, 0.9), singular=True)
real("ndtri", special.ndtri, lambda x, y: (y * y * 0.5).op("exp") * ROOT_2_PI, domain=UNIT, singular=True)
real("log_ndtr", special.log_ndtr, lambda x, y: (-0.5 * (x * x) - y).op("exp") / ROOT_2_PI, singular=True)

# ---------------------------------------------------------------------------------- gamma, zeta, beta functions


def _trigamma(x: Expr) -> Expr:
    """The derivative of digamma; by reflection at arguments that are not positive."""
    positive = x.op("gt", 0.0)
    shifted = where(positive, x, 1.0 - x)
    tail = spread(x.lift(2.0), x).op("zeta", shifted)
    wave = math.pi / (x * math.pi).op("sin")
    return where(positive, tail, wave * wave - tail)


def _plus_one(x: Expr) -> Expr:
    """x + 1, a literal where x is one."""
    return x.lift(x.atom.value + 1.0) if isinstance(x.atom, Lit) else x + 1.0


def _gammainc_slope(a: Expr, x: Expr, y: Expr) -> Expr:
    """x**(a-1) exp(-x) / gamma(a)."""
    a, x = spread(a, y), spread(x, y)
    return ((a - 1.0).op("xlogy", x) - x - a.op("gammaln")).op("exp")


def _betainc_slope(a: Expr, b: Expr, x: Expr, y: Expr) -> Expr:
    """x**(a-1) (1-x)**(b-1) / B(a, b)."""
    a, b, x = spread(a, y), spread(b, y), spread(x, y)
    scale = (a + b).op("gammaln") - a.op("gammaln") - b.op("gammaln")
    return ((a - 1.0).op("xlogy", x) + (b - 1.0).op("xlog1py", -x) + scale).op("exp")


real("gamma", special.gamma, lambda x, y: y * x.op("digamma"), domain=POSITIVE, singular=True)
real("gammaln", special.gammaln, lambda x, y: x.op("digamma"), domain=POSITIVE, singular=True)
real("gammasgn", special.gammasgn, None)
real("digamma", special.digamma, lambda x, y: _trigamma(spread(x, y)), domain=POSITIVE, singular=True)
real(
    "zeta",
    special.zeta,
    unknown("zeta", "its first argument"),
    lambda s, q, y: -spread(s, y) * spread(_plus_one(s), y).op("zeta", spread(q, y)),
    domain=((1.5, 4.0), POSITIVE),
    singular=True,
)
real(
    "gammainc",
    special.gammainc,
    unknown("gammainc", "its first argument"),
    _gammainc_slope,
    domain=(POSITIVE, POSITIVE),
    singular=True,
)
real(
    "gammaincc",
    special.gammaincc,
    unknown("gammaincc", "its first argument"),
    lambda a, x, y: -_gammainc_slope(a, x, y),
    domain=(POSITIVE, POSITIVE),
    singular=True,
)
real(
    "betainc",
    special.betainc,
    unknown("betainc", "its first argument"),
    unknown("betainc", "its second argument"),
    _betainc_slope,
    domain=(POSITIVE, POSITIVE, UNIT),
    singular=True,
)

# --------------------------------------------------------------------------------- logarithms with a twist


def _quotient(x: Expr, y: Expr, z: Expr) -> Expr:
    """x / y, and 0 where x is 0."""
    x, y = spread(x, z), spread(y, z)
    return where(x.op("eq", 0.0), x, x / y)


real("expit", special.expit, lambda x, y: y * (1.0 - y))
real("logit", special.logit, lambda x, y: 1.0 / (x * (1.0 - x)), domain=UNIT, singular=True)
real(
    "xlogy",
    special.xlogy,
    lambda x, y, z: spread(y, z).op("log"),
    lambda x, y, z: _quotient(x, y, z),
    domain=((-2.0, 2.0), POSITIVE),
    singular=True,
)
real(
    "xlog1py",
    special.xlog1py,
    lambda x, y, z: spread(y, z).op("log1p"),
    lambda x, y, z: _quotient(x, _plus_one(y), z),
    domain=((-2.0, 2.0), (-0.7, 2.0)),
    singular=True,
)

# --------------------------------------------------------------------------------------- integrals, Bessel


real("expi", special.expi, lambda x, y: x.op("exp") / x, domain=POSITIVE, singular=True)
real("exp1", special.exp1, lambda x, y: -(-x).op("exp") / x, domain=POSITIVE, singular=True)


def _bessel_type(types: tuple[Type, ...], attrs: Any) -> tuple[Type, ...]:
    (x,) = arrays("bessel_i", types, 1)
    check_kind("bessel_i", x, "f")
    return (Array(x.dtype, x.shape),)


def _neighbours(name: str, x: Expr, n: int) -> Expr:
    """(I_{n-1} + I_{n+1}) / 2, where I_{-1} is I_1."""
    return (x.op(name, n=abs(n - 1)) + x.op(name, n=n + 1)) * 0.5


def _bessel_ie_slope(x: Expr, y: Expr, n: int) -> Expr:
    return _neighbours("bessel_ie", x, n) - x.op("sign") * y


def bessel_i(x: Any, n: int) -> Any:
    """`scipy.special.iv`, which gives up at large arguments, where the value is infinite."""
    if n < 2:
        return scipy.special.i1(x) if n else scipy.special.i0(x)
    x = np.asarray(x)
    return np.where(abs(x) > 1e8, np.inf * np.sign(x) ** n, scipy.special.iv(n, x)).astype(x.dtype)[()]


def bessel_ie(x: Any, n: int) -> Any:
    """`scipy.special.ive`, which gives up at large arguments, where two terms of Hankel's expansion are enough."""
    if n < 2:
        return scipy.special.i1e(x) if n else scipy.special.i0e(x)
    x = np.asarray(x)
    size = np.maximum(abs(x), 1e8)
    far = (1.0 - (4.0 * n * n - 1.0) / (8.0 * size)) / np.sqrt(2.0 * np.pi * size) * np.sign(x) ** n
    return np.where(abs(x) > 1e8, far, scipy.special.ive(n, x)).astype(x.dtype)[()]


def _with_order(evaluate: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, n: _known_to_scipy(lambda x: evaluate(x, n))(x)


_I = Pointwise((lambda x, y, n: _neighbours("bessel_i", x, n),))
_IE = Pointwise((_bessel_ie_slope,))
define("bessel_i", _bessel_type, _with_order(bessel_i), _I, kinds="f")
define("bessel_ie", _bessel_type, _with_order(bessel_ie), _IE, kinds="f")
