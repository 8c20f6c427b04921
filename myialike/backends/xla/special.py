"""Special functions as jax calls, with SciPy's values at the points where XLA's own differ.

All operands arrive with one shape and dtype, f32 or wider: half floats are computed in f32, as SciPy does.
"""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.scipy import special

Function = Callable[..., jax.Array]
TERMS = 40  # of the power series, enough where x**2 / 4 <= n**2 for the orders that derivatives reach


def _erfinv(x: jax.Array) -> jax.Array:
    """XLA's, which is off by a thousand units near 1, and one step of Newton's method."""
    rough, size = lax.erf_inv(x), abs(x)
    y = abs(rough)
    excess = jnp.where(size > 0.5, (1 - size) - lax.erfc(y), lax.erf(y) - size)
    better = jnp.copysign(y - excess * (np.asarray(np.sqrt(np.pi) / 2, x.dtype) * lax.exp(y * y)), x)
    return jnp.where(size < 1, better, rough)


def _digamma(x: jax.Array) -> jax.Array:
    return jnp.where(x == 0, jnp.copysign(jnp.asarray(np.inf, x.dtype), -x), lax.digamma(x))


def _log_ndtr(x: jax.Array) -> jax.Array:
    """The logarithm of one less the upper tail, where that is small."""
    tail = 0.5 * lax.erfc(x * np.asarray(np.sqrt(0.5), x.dtype))
    return jnp.where(x > -1, lax.log1p(-tail), special.log_ndtr(jnp.minimum(x, -1)))


def _exp1(x: jax.Array) -> jax.Array:
    """By the power series up to 1, from where on `special.expi` is right (near 0 it does not end)."""
    near, far = (x > 0) & (x <= 1), (x > 1) & (x < np.inf)
    small, total = jnp.where(near, x, jnp.ones_like(x)), jnp.zeros_like(x)
    term = jnp.ones_like(x)
    for k in range(1, TERMS // 2):
        term = term * (-small / k)
        total = total - term / k
    value = jnp.where(near, total - lax.log(small) - np.asarray(np.euler_gamma, x.dtype), jnp.asarray(np.nan, x.dtype))
    value = jnp.where(far, -special.expi(-jnp.where(far, x, jnp.full_like(x, 2))), value)
    return jnp.where(x == 0, jnp.asarray(np.inf, x.dtype), jnp.where(x == np.inf, jnp.zeros_like(x), value))


def _expi(x: jax.Array) -> jax.Array:
    positive = (x > 0) & (x < np.inf)
    value = jnp.where(positive, special.expi(jnp.where(positive, x, jnp.ones_like(x))), -_exp1(-x))
    return jnp.where(x == np.inf, x, jnp.where(x == 0, jnp.asarray(-np.inf, x.dtype), value))


def _logit(x: jax.Array) -> jax.Array:
    """log(x / (1 - x)); near 1/2, where the quotient is near 1, by the difference from it."""
    near = (x >= 0.3) & (x <= 0.65)
    off = 2 * (jnp.where(near, x, jnp.full_like(x, 0.5)) - 0.5)
    return jnp.where(near, lax.log1p(off) - lax.log1p(-off), lax.log(x / (1 - x)))


def _zeta(s: jax.Array, q: jax.Array) -> jax.Array:
    """XLA knows q > 0; from below 0 one comes there term by term, if s is a whole number."""
    count = jnp.where((q < 0) & (s > 1) & (s == jnp.floor(s)) & (q != jnp.floor(q)), -jnp.floor(q), jnp.zeros_like(q))

    def step(state: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        k, total = state
        return k + 1, total + jnp.where(k < count, lax.pow(q + k, -s), jnp.zeros_like(q))

    most = jnp.max(jnp.where(jnp.isfinite(count), count, jnp.zeros_like(count)), initial=0)
    _, head = lax.while_loop(lambda state: state[0] < most, step, (jnp.zeros((), q.dtype), jnp.zeros_like(q)))
    pole = (q <= 0) & (q == jnp.floor(q)) & (s > 1)
    value = jnp.where(pole, jnp.asarray(np.inf, q.dtype), head + special.zeta(s, q + count))
    return jnp.where((q == np.inf) & (s > 1), jnp.zeros_like(q), value)


def _gammainc(a: jax.Array, x: jax.Array, upper: bool) -> jax.Array:
    """At the ends of the range of a: all of the integral is below x, or none."""
    none, all_ = (1.0, 0.0) if upper else (0.0, 1.0)
    value = (lax.igammac if upper else lax.igamma)(a, x)
    value = jnp.where((a == 0) & (x > 0), jnp.asarray(all_, x.dtype), value)
    return jnp.where((a == np.inf) & (x >= 0) & (x < np.inf), jnp.asarray(none, x.dtype), value)


def _bessel_ie(out: object, x: jax.Array, n: int) -> jax.Array:
    """Order 0 and 1 are XLA's; from them by recurrence or, where that loses digits, by the power series."""
    low, high = lax.bessel_i0e(x), lax.bessel_i1e(x)
    if n < 2:
        return high if n else low
    near = abs(x) <= 2 * n
    far = jnp.where(near, jnp.ones_like(x), x)
    for k in range(1, n):
        low, high = high, low - (2 * k / far) * high
    return jnp.where(near, _series(jnp.where(near, x, jnp.ones_like(x)), n), high)


def _series(x: jax.Array, n: int) -> jax.Array:
    """exp(-abs(x)) * sum over k of (x/2)**(n + 2k) / (k! (n + k)!)."""
    half = x / 2
    term = jnp.ones_like(x)
    for k in range(1, n + 1):
        term = term * half / k
    total = term
    for k in range(1, TERMS + n):
        term = term * (half * half / (k * (n + k)))
        total = total + term
    return total * lax.exp(-abs(x))


def _bessel_i(out: object, x: jax.Array, n: int) -> jax.Array:
    value = lax.exp(abs(x)) * _bessel_ie(out, x, n)
    return value if n < 2 else jnp.where(jnp.isinf(x), x**n, value)


def _in_f32(function: Function) -> Function:
    """Half floats are computed in f32."""

    def computed(*operands: jax.Array) -> jax.Array:
        dtype = operands[0].dtype
        if dtype.itemsize > 2:
            return function(*operands)
        return function(*(x.astype(np.float32) for x in operands)).astype(dtype)

    return computed


_FULL: dict[str, Function] = {
    "erf": lax.erf,
    "erfc": lax.erfc,
    "erfinv": _erfinv,
    "ndtri": special.ndtri,
    "log_ndtr": _log_ndtr,
    "gamma": special.gamma,
    "gammaln": lambda x: jnp.where(x == -np.inf, x, lax.lgamma(x)),
    "gammasgn": special.gammasgn,
    "digamma": _digamma,
    "zeta": _zeta,
    "gammainc": lambda a, x: _gammainc(a, x, upper=False),
    "gammaincc": lambda a, x: _gammainc(a, x, upper=True),
    "betainc": lax.betainc,
    "expit": lax.logistic,
    "logit": _logit,
    "xlogy": special.xlogy,
    "xlog1py": special.xlog1py,
    "expi": _expi,
    "exp1": _exp1,
}
SPECIAL = {name: _in_f32(function) for name, function in _FULL.items()}
ORDERED: dict[str, Callable[..., jax.Array]] = {"bessel_i": _bessel_i, "bessel_ie": _bessel_ie}
