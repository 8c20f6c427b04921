"""`scipy.special`: what is a formula in the operations of `myialike.ops.special`.

The functions under `UFUNCS` are given operands in the dtypes that SciPy's loops work in.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special

from myialike.library.primitive import primitive
from myialike.library.refusal import refuse

op_bessel_i, op_bessel_ie = primitive("bessel_i"), primitive("bessel_ie")
op_exprel, op_expn, op_wofz = primitive("exprel"), primitive("expn"), primitive("wofz")
op_fresnel_s, op_fresnel_c = primitive("fresnel_s"), primitive("fresnel_c")
op_si, op_ci = primitive("sine_integral"), primitive("cosine_integral")
ROOT_2 = 2.0**0.5


def real(x: Any, name: str) -> Any:
    if x.dtype.kind == "c":
        refuse(f"scipy.special.{name} of complex numbers")
    return x


def i0(x: Any) -> Any:
    return op_bessel_i(x, n=0)


def i1(x: Any) -> Any:
    return op_bessel_i(x, n=1)


def i0e(x: Any) -> Any:
    return op_bessel_ie(x, n=0)


def i1e(x: Any) -> Any:
    return op_bessel_ie(x, n=1)


def ndtr(x: Any) -> Any:
    """By the function of the nearer tail."""
    y = real(x, "ndtr") * np.asarray(1.0 / ROOT_2).astype(x.dtype)
    tail = 0.5 * scipy.special.erfc(abs(y))
    return np.where(abs(y) < 1.0, 0.5 + 0.5 * scipy.special.erf(y), np.where(y > 0, 1.0 - tail, tail))[()]


def entr(x: Any) -> Any:
    return np.where(x < 0, -np.inf, -scipy.special.xlogy(x, x)).astype(x.dtype)[()]


def rel_entr(x: Any, y: Any) -> Any:
    inside = (x > 0) & (y > 0)
    value = x * np.log(np.where(inside, x, 1) / np.where(inside, y, 1))
    outside = np.where((x == 0) & (y >= 0), 0, np.where(np.isnan(x) | np.isnan(y), np.nan, np.inf))
    return np.where(inside, value, outside).astype(x.dtype)[()]


def kl_div(x: Any, y: Any) -> Any:
    inside = (x > 0) & (y > 0)
    value = x * np.log(np.where(inside, x, 1) / np.where(inside, y, 1)) - x + y
    outside = np.where((x == 0) & (y >= 0), y, np.where(np.isnan(x) | np.isnan(y), np.nan, np.inf))
    return np.where(inside, value, outside).astype(x.dtype)[()]


def log_expit(x: Any) -> Any:
    return -np.logaddexp(np.asarray(0).astype(x.dtype), -x)


def erfcinv(x: Any) -> Any:
    return -scipy.special.ndtri(0.5 * x) / np.asarray(ROOT_2).astype(x.dtype)


def exprel(x: Any) -> Any:
    return op_exprel(x, n=0)


def loggamma(x: Any) -> Any:
    real(x, "loggamma")
    return np.where(x < 0, np.nan, scipy.special.gammaln(x)).astype(x.dtype)[()]


def expn(n: Any, x: Any) -> Any:
    real(x, "expn")
    order, x = np.broadcast_arrays(np.asarray(n).astype(x.dtype), x)
    return op_expn(order, x)


def fresnel(z: Any) -> Any:
    real(z, "fresnel")
    return op_fresnel_s(z), op_fresnel_c(z)


def sici(x: Any) -> Any:
    real(x, "sici")
    return op_si(x), op_ci(x)


def wofz(z: Any) -> Any:
    return op_wofz(z)


def erfi(z: Any) -> Any:
    real(z, "erfi")
    value = np.exp(z * z) * scipy.special.dawsn(z) * np.asarray(2.0 / np.pi**0.5).astype(z.dtype)
    return np.where(abs(z) > 30, z * np.inf, value).astype(z.dtype)[()]


def softplus(x: Any) -> Any:
    return np.logaddexp(0, x)


def cbrt(x: Any) -> Any:
    return np.cbrt(x)


def exp2(x: Any) -> Any:
    return np.exp2(x)


def expm1(x: Any) -> Any:
    return np.expm1(real(x, "expm1"))


def log1p(x: Any) -> Any:
    return np.log1p(real(x, "log1p"))


def cosm1(x: Any) -> Any:
    half = np.sin(0.5 * x)
    return -2.0 * half * half


def exp10(x: Any) -> Any:
    return np.power(np.asarray(10).astype(x.dtype), x)


def _power_less_one(log: Any, power: Any) -> Any:
    """(exp(power log) - 1) / power; near power 0, where it is log and has derivatives too, by `exprel`."""
    log, power = np.broadcast_arrays(log, power)
    product = power * log
    near = (abs(product) < 1) & np.isfinite(log)
    series = np.where(near, log, 1) * op_exprel(np.where(near, product, 0).astype(log.dtype), n=0)
    zero = power == 0
    other = np.where(zero, log, np.expm1(np.where(near, 1, product)) / np.where(zero, 1, power))
    return np.where(near, series, other).astype(log.dtype)[()]


def boxcox1p(x: Any, lmbda: Any) -> Any:
    return _power_less_one(np.log1p(x), lmbda)


def boxcox(x: Any, lmbda: Any) -> Any:
    return _power_less_one(np.log(x), lmbda)


def huber(delta: Any, r: Any) -> Any:
    size = abs(r)
    value = np.where(size <= delta, 0.5 * r * r, delta * (size - 0.5 * delta))
    return np.where(delta < 0, np.inf, value).astype(r.dtype)[()]


def pseudo_huber(delta: Any, r: Any) -> Any:
    safe = np.where(delta == 0, 1, delta)
    u, v = safe, r / safe
    value = u * u * np.expm1(0.5 * np.log1p(v * v))
    return np.where(delta < 0, np.inf, np.where(delta == 0, 0, value)).astype(r.dtype)[()]


def polygamma(n: Any, x: Any) -> Any:
    """SciPy's formula; the order is an int."""
    if not isinstance(n, int):
        refuse("scipy.special.polygamma of an order that is no Python int")
    x = np.asarray(x)
    if x.dtype.kind == "c":
        refuse("scipy.special.polygamma of complex numbers")
    if n == 0:
        return np.asarray(scipy.special.digamma(x).astype(np.float64))
    factor = 1.0
    for k in range(2, n + 1):
        factor = factor * k
    value = scipy.special.zeta(n + 1.0, x.astype(np.float64))
    return np.asarray((factor if n % 2 else -factor) * value)


def zeta(x: Any, q: Any = None) -> Any:
    if q is None:
        refuse("scipy.special.zeta without q (of arguments above 1 it is zeta(x, 1))")
    return hurwitz(x, q)


def multigammaln(a: Any, d: Any) -> Any:
    a = np.asarray(a)
    if not isinstance(d, int):
        raise ValueError("d should be a positive integer (dimension)")
    if np.any(a <= 0.5 * (d - 1)):
        raise ValueError(f"condition a > 0.5 * (d-1) not met: {0.5 * (d - 1):f}")
    total = scipy.special.gammaln(a)
    for j in range(2, d + 1):
        total = total + scipy.special.gammaln(a - (j - 1.0) / 2)
    return total + np.asarray(d * (d - 1) * 0.25 * float(np.log(np.pi)))


def logsumexp(a: Any, axis: Any = None, b: Any = None, keepdims: Any = False, return_sign: Any = False) -> Any:
    """Shifted by the maximum, which as a constant has no derivative of its own."""
    if return_sign:
        refuse("scipy.special.logsumexp with return_sign=True")
    a = np.asarray(a)
    if a.dtype.kind == "c":
        refuse("scipy.special.logsumexp of complex numbers")
    if a.dtype.kind in "biu":
        a = a.astype(np.float64)
    weights = 1 if b is None else b if isinstance(b, (int, float)) else np.asarray(b)
    weighed = np.where(np.equal(weights, 0), -np.inf, a)
    if a.ndim > 1 if axis is None else isinstance(axis, tuple) and len(axis) > 1:
        top = constant(np.max(weighed, axis=axis, keepdims=True))  # of nothing, along several axes, SciPy raises
    else:
        top = constant(np.max(weighed, axis=axis, keepdims=True, initial=-np.inf))
    top = np.where(np.isfinite(top), top, 0).astype(a.dtype)
    terms = np.exp(a - top)
    if b is not None:
        terms = np.where(np.equal(weights, 0), 0, weights * terms)
    found = np.log(np.sum(terms, axis=axis, keepdims=True)) + top
    return np.atleast_1d(found) if keepdims else np.squeeze(found, axis)[()]


def softmax(x: Any, axis: Any = None) -> Any:
    x = np.asarray(x)
    terms = np.exp(x - constant(np.max(x, axis=axis, keepdims=True)))
    return terms / np.sum(terms, axis=axis, keepdims=True)


def log_softmax(x: Any, axis: Any = None) -> Any:
    x = np.asarray(x)
    top = constant(np.max(x, axis=axis, keepdims=True))
    moved = x - (np.where(np.isfinite(top), top, 0).astype(x.dtype) if x.dtype.kind == "f" else top)
    return moved - np.log(np.sum(np.exp(moved), axis=axis, keepdims=True))


constant = primitive("stop_gradient")
op_zeta = primitive("zeta")


def hurwitz(x: Any, q: Any) -> Any:
    """Hurwitz's zeta function of floats in one dtype, or of other numbers in f64."""
    s, q = np.asarray(x), np.asarray(q)
    if s.dtype.kind == "c" or q.dtype.kind == "c":
        refuse("scipy.special.zeta of complex numbers")
    both = np.float32 if s.dtype == np.float32 and q.dtype == np.float32 else np.float64
    shape = np.broadcast_shapes(s.shape, q.shape)
    return op_zeta(np.broadcast_to(s.astype(both), shape), np.broadcast_to(q.astype(both), shape))
