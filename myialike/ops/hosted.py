"""Special functions that only SciPy computes well over their whole range: on XLA the host is asked for their values.

They are those of two and more parameters (hypergeometric and Bessel functions of any order, Owen's function, Faddeeva's
function, quotients of gamma functions), and Fresnel's integrals, whose phase needs more digits than an argument has.
Derivatives are written with operations of the table; with respect to an order or a parameter of a hypergeometric
function there is none.

Formulas: NIST Digital Library of Mathematical Functions, chapters 5 to 8, 10, 13 and 15; D. B. Owen, Tables for
computing bivariate normal probabilities, 1956.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special

from myialike.ir.builder import Expr
from myialike.ir.syntax import Lit
from myialike.ops.define import pointwise, spread, where
from myialike.ops.special import POSITIVE, ROOT_2_PI, ROOT_PI, UNIT, real, unknown

ORDERS = (0.0, 3.0)
HOSTED: dict[str, Callable[..., Any]] = {}


def hosted(name: str, *partials: Callable[..., Expr] | None, **options: Any) -> None:
    """A function of SciPy of floats."""
    HOSTED[name] = options.pop("evaluate", None) or getattr(scipy.special, name)
    real(name, HOSTED[name], *partials, **{"singular": True, **options})


def plus(x: Expr, n: float) -> Expr:
    """x + n, a literal where x is one."""
    return x.lift(x.atom.value + n) if isinstance(x.atom, Lit) else x + n


# ------------------------------------------------------------------------------------------------ hypergeometric


def _hyp1f1_slope(a: Expr, b: Expr, x: Expr, y: Expr) -> Expr:
    moved = spread(plus(a, 1.0), y).op("hyp1f1", spread(plus(b, 1.0), y), spread(x, y))
    return moved * spread(a, y) / spread(b, y)


def _hyp2f1_slope(a: Expr, b: Expr, c: Expr, x: Expr, y: Expr) -> Expr:
    moved = spread(plus(a, 1.0), y).op("hyp2f1", spread(plus(b, 1.0), y), spread(plus(c, 1.0), y), spread(x, y))
    return moved * spread(a, y) * spread(b, y) / spread(c, y)


def _parameters(name: str, count: int) -> list[Callable[..., Expr]]:
    return [unknown(name, "its parameters")] * count


hosted("hyp1f1", *_parameters("hyp1f1", 2), _hyp1f1_slope, domain=(POSITIVE, POSITIVE, (-2.0, 2.0)))
hosted("hyp2f1", *_parameters("hyp2f1", 3), _hyp2f1_slope, domain=(POSITIVE, POSITIVE, POSITIVE, (-0.8, 0.8)))

# ------------------------------------------------------------------------------------------------- Bessel


def _bessel(name: str, below: float, above: float) -> None:
    """The slope is half of the sum of the neighbours with these signs."""

    def slope(v: Expr, x: Expr, y: Expr) -> Expr:
        lower, upper = (spread(plus(v, k), y).op(name, spread(x, y)) for k in (-1.0, 1.0))
        found = lower * (0.5 * below) + upper * (0.5 * above)
        if name == "kve":
            return found + y
        return found - spread(x, y).op("sign") * y if name == "ive" else found

    hosted(name, unknown(name, "its order"), slope, domain=(ORDERS, POSITIVE))


for _name, _below, _above in (
    ("jv", 1, -1), ("yv", 1, -1), ("iv", 1, 1), ("kv", -1, -1), ("ive", 1, 1), ("kve", -1, -1)
):  # fmt: skip
    _bessel(_name, _below, _above)

hosted("j0", lambda x, y: -x.op("j1"), singular=False)
hosted("j1", lambda x, y: (x.op("j0") - spread(x.lift(2.0), x).op("jv", x)) * 0.5, singular=False)
hosted("y0", lambda x, y: -x.op("y1"), domain=POSITIVE)
hosted("y1", lambda x, y: x.op("y0") - y / x, domain=POSITIVE)
hosted("k0", lambda x, y: -x.op("k1"), domain=POSITIVE)
hosted("k1", lambda x, y: -x.op("k0") - y / x, domain=POSITIVE)
hosted("k0e", lambda x, y: y - x.op("k1e"), domain=POSITIVE)
hosted("k1e", lambda x, y: y - x.op("k0e") - y / x, domain=POSITIVE)

# --------------------------------------------------------------------------------------------- gamma functions


def _digamma(x: Expr, y: Expr) -> Expr:
    return spread(x, y).op("digamma")


def _poch_slope(z: Expr, m: Expr, y: Expr) -> Expr:
    return y * (_digamma(spread(z, y) + spread(m, y), y) - _digamma(z, y))


def _binom_slopes() -> tuple[Callable[..., Expr], Callable[..., Expr]]:
    def rest(n: Expr, k: Expr, y: Expr) -> Expr:
        return _digamma(spread(n, y) - spread(k, y) + 1.0, y)

    of_n = lambda n, k, y: y * (_digamma(plus(n, 1.0), y) - rest(n, k, y))
    of_k = lambda n, k, y: y * (rest(n, k, y) - _digamma(plus(k, 1.0), y))
    return of_n, of_k


hosted("poch", _poch_slope, lambda z, m, y: y * _digamma(spread(z, y) + spread(m, y), y), domain=(POSITIVE, POSITIVE))
real(
    "betaln",
    scipy.special.betaln,
    lambda a, b, y: _digamma(a, y) - _digamma(spread(a, y) + spread(b, y), y),
    lambda a, b, y: _digamma(b, y) - _digamma(spread(a, y) + spread(b, y), y),
    domain=(POSITIVE, POSITIVE),
    singular=True,
)
hosted(
    "beta",
    lambda a, b, y: y * (_digamma(a, y) - _digamma(spread(a, y) + spread(b, y), y)),
    lambda a, b, y: y * (_digamma(b, y) - _digamma(spread(a, y) + spread(b, y), y)),
    domain=(POSITIVE, POSITIVE),
)
hosted("binom", *_binom_slopes(), domain=((3.2, 5.0), POSITIVE))


def _gammaincinv_slope(a: Expr, p: Expr, y: Expr) -> Expr:
    """One over x**(a-1) exp(-x) / gamma(a), at the result x."""
    a = spread(a, y)
    return (a.op("gammaln") + y - (a - 1.0).op("xlogy", y)).op("exp")


def _betaincinv_slope(a: Expr, b: Expr, p: Expr, y: Expr) -> Expr:
    a, b = spread(a, y), spread(b, y)
    scale = (a + b).op("gammaln") - a.op("gammaln") - b.op("gammaln")
    return (-((a - 1.0).op("xlogy", y) + (b - 1.0).op("xlog1py", -y) + scale)).op("exp")


hosted("gammaincinv", unknown("gammaincinv", "its first argument"), _gammaincinv_slope, domain=(POSITIVE, UNIT))
hosted(
    "gammainccinv",
    unknown("gammainccinv", "its first argument"),
    lambda a, p, y: -_gammaincinv_slope(a, p, y),
    domain=(POSITIVE, UNIT),
)
hosted(
    "betaincinv",
    unknown("betaincinv", "its first argument"),
    unknown("betaincinv", "its second argument"),
    _betaincinv_slope,
    domain=(POSITIVE, POSITIVE, UNIT),
)

# --------------------------------------------------------------------------------------------------- integrals


def _expn_slope(n: Expr, x: Expr, y: Expr) -> Expr:
    """-E of n - 1; of E_0 = exp(-x) / x its own."""
    n, x = spread(n, y), spread(x, y)
    zero = n.op("eq", 0.0)
    first = -(-x).op("exp") * (1.0 + 1.0 / x) / x
    return where(zero, first, -where(zero, n, n - 1.0).op("expn", x))


def _owens_t_h(h: Expr, a: Expr, y: Expr) -> Expr:
    h, a = spread(h, y), spread(a, y)
    return (h * h * -0.5).op("exp") * (a * h * math.sqrt(0.5)).op("erf") * (-0.5 / ROOT_2_PI)


def _owens_t_a(h: Expr, a: Expr, y: Expr) -> Expr:
    h, a = spread(h, y), spread(a, y)
    wide = 1.0 + a * a
    return (h * h * wide * -0.5).op("exp") / (wide * (2.0 * math.pi))


def _phase(x: Expr) -> Expr:
    return x * x * (0.5 * math.pi)


hosted("expn", unknown("expn", "its order"), _expn_slope, domain=((2.0, 2.0), POSITIVE))
hosted("owens_t", _owens_t_h, _owens_t_a, singular=False)
def fresnel_s(x: Any) -> Any:
    """Fresnel's sine integral."""
    return np.asarray(scipy.special.fresnel(x)[0]).astype(np.asarray(x).dtype)[()]


def fresnel_c(x: Any) -> Any:
    """Fresnel's cosine integral."""
    return np.asarray(scipy.special.fresnel(x)[1]).astype(np.asarray(x).dtype)[()]


def sine_integral(x: Any) -> Any:
    """The integral of sin(t) / t."""
    return np.asarray(scipy.special.sici(x)[0]).astype(np.asarray(x).dtype)[()]


def cosine_integral(x: Any) -> Any:
    """The integral of cos(t) / t."""
    return np.asarray(scipy.special.sici(x)[1]).astype(np.asarray(x).dtype)[()]


hosted("fresnel_s", lambda x, y: _phase(spread(x, y)).op("sin"), evaluate=fresnel_s)
hosted("fresnel_c", lambda x, y: _phase(spread(x, y)).op("cos"), evaluate=fresnel_c)
real("sine_integral", sine_integral, lambda x, y: spread(x, y).op("sinc", n=0), domain=(-9.0, 9.0))
real("cosine_integral", cosine_integral, lambda x, y: x.op("cos") / x, domain=POSITIVE, singular=True)
real("spence", scipy.special.spence, lambda x, y: -_log_quotient(spread(x, y)), domain=(0.3, 3.0), singular=True)
real("dawsn", scipy.special.dawsn, lambda x, y: 1.0 - x * y * 2.0, domain=(-5.0, 5.0))
real("erfcx", scipy.special.erfcx, lambda x, y: x * y * 2.0 - 2.0 / ROOT_PI)


def _log_quotient(x: Expr) -> Expr:
    """log(x) / (x - 1), which is 1 at x = 1, as a hypergeometric function."""
    one = spread(x.lift(1.0), x)
    return one.op("hyp2f1", one, one + one, 1.0 - x)


# --------------------------------------------------------------------------------------------------- Faddeeva


def wofz(z: Any) -> Any:
    """SciPy's function of complex numbers, in the precision of the operand."""
    return np.asarray(scipy.special.wofz(z)).astype(np.asarray(z).dtype)[()]


FUNCTIONS = (fresnel_s, fresnel_c, sine_integral, cosine_integral, wofz)
HOSTED["wofz"] = wofz
pointwise("wofz", wofz, lambda z, y: z * y * -2.0 + 2j / ROOT_PI, kinds="c", arity=1)
