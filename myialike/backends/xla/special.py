"""Special functions as jax calls, with SciPy's values at the points where XLA's own differ.

All operands arrive with one shape and dtype, f32 or wider: half floats are computed in f32, as SciPy does.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.scipy import special

from myialike.backends.xla.hosted import HOST

Function = Callable[..., jax.Array]
TERMS = 40  # of the power series, enough where x**2 / 4 <= n**2 for the orders that derivatives reach


def _erfinv(x: jax.Array) -> jax.Array:
    """XLA's, which is off by a thousand units near 1, and one step of Newton's method."""
    rough, size = lax.erf_inv(x), abs(x)
    y = abs(rough)
    excess = jnp.where(size > 0.5, (1 - size) - lax.erfc(y), lax.erf(y) - size)
    better = jnp.copysign(y - excess * (np.asarray(np.sqrt(np.pi) / 2, x.dtype) * lax.exp(y * y)), x)
    return jnp.where(size < 1, better, rough)


STIRLING: tuple[float, ...] = (1.0, 1 / 12, 1 / 288, -139 / 51840, -571 / 2488320, 163879 / 209018880)
STIRLING += (5246819 / 75246796800,)
STIRLING += (-534703531 / 902961561600, -4483131259 / 86684309913600, 432261921612371 / 514904800886784000)
SHIFT = 14  # from where on Stirling's series is enough


def _gamma(x: jax.Array) -> jax.Array:
    """By Stirling's series, to where recurrence leads from small arguments, and reflection from below 0."""
    size = jnp.where(x < 0.5, 1 - x, x)
    limit = 180 if x.dtype.itemsize > 4 else 40
    divisor, z = jnp.ones_like(x), size
    for _ in range(SHIFT):
        low = z < SHIFT
        divisor, z = jnp.where(low, divisor * z, divisor), jnp.where(low, z + 1, z)
    series = jnp.zeros_like(x)
    for c in reversed(STIRLING):
        series = series / z + np.asarray(c, x.dtype)
    root = lax.pow(z, 0.5 * z - 0.25)  # of the power, which would overflow too early
    value = root * np.asarray(np.sqrt(2 * np.pi), x.dtype) * lax.exp(-z) * root * series / divisor
    turned = x - 2 * jnp.round(x / 2)
    reflected = np.asarray(np.pi, x.dtype) / (lax.sin(np.asarray(np.pi, x.dtype) * turned) * value)
    whole = (x < 0) & (x == jnp.floor(x))
    value = jnp.where(x < 0.5, reflected, jnp.where(size > limit, jnp.asarray(np.inf, x.dtype), value))
    value = jnp.where((x < 0.5) & (size > limit), jnp.zeros_like(x), value)
    value = jnp.where(x == 0, jnp.copysign(jnp.asarray(np.inf, x.dtype), x), value)
    return jnp.where(whole | (x == -np.inf) | jnp.isnan(x), jnp.asarray(np.nan, x.dtype), value)


def _rest(x: jax.Array) -> jax.Array:
    """What Stirling's formula leaves of the logarithm of the gamma function."""
    total = jnp.zeros_like(x)
    for c in (1 / 156, -691 / 360360, 1 / 1188, -1 / 1680, 1 / 1260, -1 / 360, 1 / 12):
        total = total / (x * x) + np.asarray(c, x.dtype)
    return total / x


def _betaln(a: jax.Array, b: jax.Array) -> jax.Array:
    """Of a large and another positive argument without the difference of large logarithms."""
    large, small = jnp.maximum(a, b), jnp.minimum(a, b)
    far = (large >= 10) & (small > 0) & jnp.isfinite(large)
    x, y = jnp.where(far, large, jnp.full_like(a, 10)), jnp.where(far, small, jnp.ones_like(a))
    ratio = (0.5 - x - y) * lax.log1p(y / x) - y * (lax.log(x) - 1) + _rest(x) - _rest(x + y)
    plain = lax.lgamma(a) + lax.lgamma(b) - lax.lgamma(a + b)
    plain = jnp.where((a == 0) | (b == 0), jnp.asarray(np.inf, a.dtype), plain)
    return jnp.where(far, lax.lgamma(y) + ratio, plain)


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


# Chebyshev coefficients of erfcx(x) (x + 3) as a function of (x - 3) / (x + 3), for x >= 0.
ERFCX = (
    1.413438223980872, -1.1314768490746974, 0.35410810034248635,
    -0.08508704009908545, 0.014615273272816639, -0.0013795571636296329,
    -6.429066714315945e-05, 3.9043421097724045e-05, -2.642785074856054e-06,
    -8.239440143910853e-07, 1.3247975697671355e-07, 1.919522515672645e-08,
    -5.030507163745393e-09, -5.842006410267007e-10, 1.8742323910408168e-10,
    2.4373672656733487e-11, -6.990943839667697e-12, -1.2573115617676e-12,
    2.458000580643909e-13, 7.005741632378779e-14, -6.732775694749609e-15,
    -3.843430589415152e-15, 3.3163748896188907e-18, 1.9337385406947118e-16,
    1.957552792661546e-17, -8.038651660274454e-18,
)  # fmt: skip


def _erfcx(x: jax.Array) -> jax.Array:
    """By Clenshaw's recurrence; below 0 by reflection."""
    size = abs(x)
    t = jnp.where(size == np.inf, jnp.ones_like(x), (size - 3) / (size + 3))
    first, second = jnp.zeros_like(x), jnp.zeros_like(x)
    for c in ERFCX[:0:-1]:
        first, second = 2 * t * first - second + np.asarray(c, x.dtype), first
    value = (t * first - second + np.asarray(ERFCX[0], x.dtype)) / (size + 3)
    return jnp.where(x < 0, 2 * lax.exp(x * x) - value, value)


def _dawsn(x: jax.Array) -> jax.Array:
    """By the power series near 0, where `special.dawsn` loses digits."""
    near = abs(x) < 0.6
    small = jnp.where(near, x, jnp.zeros_like(x))
    term, total = small, small
    for k in range(1, 18):
        term = term * (-2 * small * small / (2 * k + 1))
        total = total + term
    return jnp.where(near, total, special.dawsn(x))


def _sinc(out: object, x: jax.Array, n: int) -> jax.Array:
    """As `myialike.ops.quotients.sinc`."""
    if x.dtype.itemsize == 2:
        return _sinc(out, x.astype(np.float32), n).astype(x.dtype)
    near, far, small = _apart(x, n)
    value, waves = lax.sin(far) / far, (lax.cos(far), -lax.sin(far), -lax.cos(far), lax.sin(far))
    for k in range(1, n + 1):
        value = (waves[(k - 1) % 4] - k * value) / far
    total = jnp.zeros_like(x)
    for k in range(2 * n + 16, (n - 1) // 2, -1):
        total = total + _power(small, 2 * k - n) * ((-1.0) ** k / ((2 * k + 1) * math.factorial(2 * k - n)))
    return jnp.where(near, total, value)


def _exprel(out: object, x: jax.Array, n: int) -> jax.Array:
    """As `myialike.ops.quotients.exprel`."""
    if x.dtype.itemsize == 2:
        return _exprel(out, x.astype(np.float32), n).astype(x.dtype)
    near, far, small = _apart(x, n)
    value = lax.expm1(far) / far
    for k in range(1, n + 1):
        value = (lax.exp(far) - k * value) / far
    total = jnp.zeros_like(x)
    for k in range(3 * n + 20, -1, -1):
        total = total + _power(small, k) * (1.0 / (math.factorial(k) * (n + k + 1)))
    return jnp.where(near, total, jnp.where(jnp.isinf(x), lax.exp(x), value))


def _apart(x: jax.Array, n: int) -> tuple[jax.Array, jax.Array, jax.Array]:
    near = abs(x) <= (n + 1 if n else 0)
    return near, jnp.where(near, jnp.ones_like(x), x), jnp.where(near, x, jnp.zeros_like(x))


def _power(x: jax.Array, n: int) -> jax.Array:
    return lax.integer_pow(x, n)


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
    "gamma": _gamma,
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
    "spence": special.spence,
    "betaln": _betaln,
    "dawsn": _dawsn,
    "erfcx": _erfcx,
    "sine_integral": lambda x: special.sici(x)[0],
    "cosine_integral": lambda x: special.sici(x)[1],
    **HOST,
}
SPECIAL = {name: _in_f32(function) for name, function in _FULL.items()}
ORDERED: dict[str, Callable[..., jax.Array]] = {
    "bessel_i": _bessel_i,
    "bessel_ie": _bessel_ie,
    "sinc": _sinc,
    "exprel": _exprel,
}
