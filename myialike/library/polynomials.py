"""Polynomials, by their coefficients from the highest power down."""

from __future__ import annotations

from typing import Any

import numpy as np

from myialike.library.decided import decided
from myialike.library.refusal import refuse


def polyval(p: Any, x: Any) -> Any:
    """Horner's scheme."""
    p, x = np.asarray(p), np.asarray(x)
    y = np.zeros_like(x)
    for k in range(len(p)):
        y = y * x + p[k]
    return y


def _padded(a: Any, n: Any, dtype: Any) -> Any:
    return np.concatenate((np.zeros(n - len(a), dtype), a.astype(dtype)))


def polyadd(a1: Any, a2: Any) -> Any:
    a, b = np.atleast_1d(a1), np.atleast_1d(a2)
    if len(a) == len(b):
        return a + b
    n, dtype = max(len(a), len(b)), np.result_type(a, b)
    return np.add(_padded(a, n, a.dtype), _padded(b, n, b.dtype)).astype(dtype)


def polysub(a1: Any, a2: Any) -> Any:
    a, b = np.atleast_1d(a1), np.atleast_1d(a2)
    if len(a) == len(b):
        return a - b
    n = max(len(a), len(b))
    return np.subtract(_padded(a, n, a.dtype), _padded(b, n, b.dtype))


def trimmed(p: Any, what: Any) -> Any:
    """Coefficients without leading zeros; at least one. How many there are is what the program is compiled for."""
    p = np.atleast_1d(p)
    if p.ndim != 1:
        raise ValueError("Polynomial must be 1d only.")
    lead = decided(np.sum(np.cumsum(p != 0) == 0), what)
    return np.zeros(1, p.dtype) if lead == len(p) else p[lead:]


def polymul(a1: Any, a2: Any) -> Any:
    """The product of polynomials without leading zeros, which NumPy drops."""
    return np.convolve(trimmed(a1, "np.polymul"), trimmed(a2, "np.polymul, of its second factor,"))


def polydiv(u: Any, v: Any) -> Any:
    """Quotient and remainder by long division; the remainder loses its first coefficients while they are about 0."""
    u, v = np.atleast_1d(u) + 0.0, np.atleast_1d(v) + 0.0
    if u.ndim != 1 or v.ndim != 1 or len(u) == 0 or len(v) == 0:
        refuse("np.polydiv of what is no vector of coefficients")
    dtype, n = np.result_type(u, v), len(v)
    scale, rest, quotient = 1.0 / v[0], u.astype(dtype), []
    for k in range(len(u) - n + 1):
        d = scale * rest[k]
        quotient.append(d)
        rest = np.concatenate((rest[:k], rest[k : k + n] - d * v, rest[k + n :]))
    gone = np.cumsum(~np.isclose(rest[:-1], 0, rtol=1e-14)) == 0
    lead = decided(np.sum(gone), "np.polydiv")
    return np.array(quotient, dtype) if quotient else np.zeros(1, dtype), rest[lead:]


def polyder(p: Any, m: Any = 1) -> Any:
    if m < 0:
        raise ValueError("Order of derivative must be positive (see polyint)")
    p = np.asarray(p)
    if p.ndim != 1:
        refuse("np.polyder of an array that is no vector")
    for _ in range(m):
        p = p[:-1] * np.arange(len(p) - 1, 0, -1)
    return p


def polyint(p: Any, m: Any = 1, k: Any = None) -> Any:
    if m < 0:
        raise ValueError("Order of integral must be positive (see polyder)")
    p = np.asarray(p)
    constants = np.zeros(m) if k is None else np.atleast_1d(k)
    if len(constants) == 1 and m > 1:
        constants = constants[0] * np.ones(m)
    if len(constants) < m:
        raise ValueError("k must be a scalar or a rank-1 array of length 1 or >m.")
    for j in range(m):
        p = np.concatenate((p / np.arange(len(p), 0, -1), constants[j : j + 1]))
    return p


def poly(seq_of_zeros: Any) -> Any:
    """The coefficients of the product of (x - zero)."""
    zeros = np.atleast_1d(seq_of_zeros)
    if zeros.ndim != 1 or zeros.dtype.kind == "c":
        refuse("np.poly of a matrix, or of complex zeros")
    if len(zeros) == 0:
        return 1.0
    dtype = np.dtype(np.float32 if zeros.dtype == np.float32 else np.float64)
    a = np.ones(1, dtype)
    for k in range(len(zeros)):
        a = np.convolve(a, np.stack([np.ones((), dtype), -zeros[k].astype(dtype)]))
    return a


def polyfit(x: Any, y: Any, deg: Any, rcond: Any = None, full: Any = False, w: Any = None, cov: Any = False) -> Any:
    """Least squares, with columns of length 1."""
    x, y = np.asarray(x) + 0.0, np.asarray(y) + 0.0
    if deg < 0:
        raise ValueError("expected deg >= 0")
    if x.ndim != 1:
        raise TypeError("expected 1D vector for x")
    if len(x) == 0:
        raise TypeError("expected non-empty vector for x")
    if len(x) != len(y):
        raise TypeError("expected x and y to have same length")
    lhs = np.vander(x, deg + 1)
    if w is not None:
        w = np.asarray(w) + 0.0
        lhs = lhs * w[:, None]
        y = y * (w[:, None] if y.ndim == 2 else w)
    scale = np.sqrt(np.sum(lhs * lhs, axis=0))
    lhs = lhs / scale
    limit = len(x) * np.finfo(x.dtype).eps if rcond is None else rcond
    found, residuals, rank, s = np.linalg.lstsq(lhs, y, limit)
    found = found / (scale[:, None] if y.ndim == 2 else scale)
    if full:
        return found, residuals, rank, s, limit
    if not cov:
        return found
    base = np.linalg.inv(lhs.T @ lhs) / np.outer(scale, scale)
    if cov != "unscaled" and len(x) <= deg + 1:
        raise ValueError("the number of data points must exceed order to scale the covariance matrix")
    factor = 1 if cov == "unscaled" else residuals / (len(x) - deg - 1)
    return found, base * factor if y.ndim == 1 else base[:, :, None] * factor


def roots(p: Any) -> Any:
    """The eigenvalues of the companion matrix. How many there are depends on which of the coefficients are 0."""
    p = np.atleast_1d(p)
    if p.ndim != 1:
        raise ValueError("Input must be a rank-1 array.")
    n = len(p)
    if n == 0:
        return np.zeros(0)
    lead = decided(np.sum(np.cumsum(p != 0) == 0), "np.roots")
    if lead == n:
        return np.zeros(0)
    trail = decided(np.sum(np.cumsum((p != 0)[::-1]) == 0), "np.roots, of zero,")
    p = p[lead : n - trail]
    if p.dtype.kind not in "fc":
        p = p.astype(float)
    if len(p) == 1:
        return np.zeros(trail)
    companion = np.diag(np.ones(len(p) - 2, p.dtype), -1)
    companion[0, :] = -p[1:] / p[0]
    found = np.linalg.eigvals(companion)
    return np.hstack((found, np.zeros(trail, found.dtype)))
