"""`scipy.linalg`: matrices by their names, and what is asked of the pattern of a matrix."""

from __future__ import annotations

from typing import Any

import numpy as np

from myialike.library.refusal import refuse


def dft(n: Any, scale: Any = None) -> Any:
    if scale not in (None, "sqrtn", "n"):
        raise ValueError(f"scale must be None, 'sqrtn', or 'n'; {scale!r} is not valid.")
    roots = np.exp(-2j * np.pi * np.arange(n) / n).reshape(-1, 1)
    m = roots ** np.arange(n)
    return m / n if scale == "n" else m / np.sqrt(n) if scale == "sqrtn" else m


def hadamard(n: Any, dtype: Any = int) -> Any:
    """Doubled until it is large enough."""
    if n < 1 or n & (n - 1):
        raise ValueError("n must be an positive integer, and n must be a power of 2")
    h = np.array([[1]], dtype=dtype)
    while h.shape[0] < n:
        h = np.concatenate((np.concatenate((h, h), axis=1), np.concatenate((h, -h), axis=1)), axis=0)
    return h


def _binomials(n: int, dtype: Any) -> Any:
    """Pascal's triangle in a lower triangle."""
    rows = np.zeros((n, n), dtype)
    rows[:, 0] = 1
    for i in range(1, n):
        rows[i, 1:] = rows[i - 1, 1:] + rows[i - 1, :-1]
    return rows


def _kind(lower: Any, kind: Any) -> Any:
    return lower if kind == "lower" else lower.T if kind == "upper" else lower @ lower.T


def pascal(n: Any, kind: Any = "symmetric", exact: Any = True) -> Any:
    if kind not in ("symmetric", "lower", "upper"):
        raise ValueError("kind must be 'symmetric', 'lower', or 'upper'")
    if exact and n >= 35:
        refuse("scipy.linalg.pascal of numbers beyond 64 bits")
    return _kind(_binomials(n, np.uint64 if exact else np.float64), kind)


def invpascal(n: Any, kind: Any = "symmetric", exact: Any = True) -> Any:
    """The signs of the triangle alternate."""
    if kind not in ("symmetric", "lower", "upper"):
        raise ValueError("'kind' must be 'symmetric', 'lower' or 'upper'.")
    if not exact or n >= 35:
        refuse("scipy.linalg.invpascal of floats, or beyond 64 bits")
    places = np.arange(n)
    lower = np.where((places[:, None] + places) % 2 == 0, 1, -1) * _binomials(n, np.int64)
    return lower if kind == "lower" else lower.T if kind == "upper" else lower.T @ lower


def invhilbert(n: Any, exact: Any = False) -> Any:
    """By products of binomial coefficients, as SciPy's; in floats these are exact up to 2**53."""
    if exact and n > 14:
        refuse("scipy.linalg.invhilbert of numbers beyond 64 bits")
    big = [[(-1) ** (i + j) * _entry(n, i, j) for j in range(n)] for i in range(n)]
    return np.array(big, dtype=np.int64 if exact else np.float64).reshape(n, n)


def _entry(n: int, i: int, j: int) -> Any:
    product = float(i + j + 1)
    for top, k in ((n + i, n - j - 1), (n + j, n - i - 1), (i + j, i), (i + j, i)):
        value = 1
        for t in range(k):
            value = value * (top - t) // (t + 1)
        product = product * value
    return product


def helmert(n: Any, full: Any = False) -> Any:
    """Row k, from 1 on: k times 1 / sqrt(k (k + 1)), then -k times that."""
    places = np.arange(n)
    below = np.where(places[None, :] < places[:, None], 1.0, np.where(places[None, :] == places[:, None], -places, 0))
    scale = np.where(places == 0, n, places * (places + 1)).astype(float)
    h = np.where(places[:, None] == 0, 1.0, below) / np.sqrt(scale)[:, None]
    return h if full else h[1:]


def _vector(a: Any, what: str) -> Any:
    a = np.asarray(a)
    if a.ndim > 1:
        refuse(f"{what} of several vectors")
    return np.atleast_1d(a)


def leslie(f: Any, s: Any) -> Any:
    f, s = _vector(f, "scipy.linalg.leslie"), _vector(s, "scipy.linalg.leslie")
    if f.shape[0] != s.shape[0] + 1:
        raise ValueError(
            "Incorrect lengths for f and s. Length of s along the last axis must be one less than the length of f."
        )
    dtype = np.promote_types(f.dtype, s.dtype)
    return np.concatenate((f[None, :].astype(dtype), np.diag(s.astype(dtype), 0)[:, : len(s)] @ _shift(len(f), dtype)))


def _shift(n: int, dtype: Any) -> Any:
    return np.eye(n - 1, n, dtype=dtype)


def fiedler(a: Any) -> Any:
    a = _vector(a, "scipy.linalg.fiedler")
    return np.abs(a[:, None] - a[None, :])


def fiedler_companion(a: Any) -> Any:
    a = _vector(a, "scipy.linalg.fiedler_companion")
    if a.size == 0 or a.size == 1:
        return np.zeros(0, a.dtype) if a.size == 0 else np.zeros((0, 0), a.dtype)
    if a[0] == 0.0:
        raise ValueError("Leading coefficient is zero.")
    a = a / a[0]
    n = a.size - 1
    c = np.zeros((n, n), a.dtype)
    for k in range(0, n - 2, 2):
        c[k, k + 2] = 1
    for k in range(1, n - 2, 2):
        c[k + 2, k] = 1
    for k in range(2, n, 2):
        c[k, k - 1] = -a[k + 1]
    for k in range(0, n - 1, 2):
        c[k, k + 1] = -a[k + 2]
    c[0, 0] = -a[1]
    if n > 1:
        c[1, 0] = 1
    return c


def convolution_matrix(a: Any, n: Any, mode: Any = "full") -> Any:
    if n <= 0:
        raise ValueError("n must be a positive integer.")
    a = _vector(a, "scipy.linalg.convolution_matrix")
    if len(a) == 0:
        raise ValueError("len(a) must be at least 1.")
    if mode not in ("full", "valid", "same"):
        raise ValueError("'mode' argument must be one of ('full', 'valid', 'same')")
    m = len(a)
    padded = np.concatenate((a, np.zeros(n, a.dtype)))
    places = np.arange(m + n - 1)[:, None] - np.arange(n)[None, :]
    whole = np.where(places < 0, np.zeros((), a.dtype), padded[np.clip(places, 0, m)])
    if mode == "full":
        return whole
    if mode == "valid":
        small = min(n, m) - 1
        return whole[small : m + n - 1 - small]
    drop = min(n, m) - 1
    return whole[drop // 2 : m + n - 1 - (drop + 1) // 2]


def khatri_rao(a: Any, b: Any) -> Any:
    a, b = np.asarray(a), np.asarray(b)
    if not (a.ndim == 2 and b.ndim == 2):
        raise ValueError("The both arrays should be 2-dimensional.")
    if a.shape[1] != b.shape[1]:
        raise ValueError("The number of columns for both arrays should be equal.")
    return (a[:, None, :] * b[None, :, :]).reshape(a.shape[0] * b.shape[0], a.shape[1])


def diagsvd(s: Any, M: Any, N: Any) -> Any:
    part = np.diag(s)
    if len(s) == M:
        return np.concatenate((part, np.zeros((M, N - M), dtype=part.dtype)), axis=1)
    if len(s) == N:
        return np.concatenate((part, np.zeros((M - N, N), dtype=part.dtype)), axis=0)
    raise ValueError("Length of s must be M or N.")


def bandwidth(a: Any) -> Any:
    a = np.asarray(a)
    if a.ndim != 2:
        raise ValueError("Input array must be a 2D NumPy array.")
    if a.size == 0:
        return (0, 0)
    below = np.arange(a.shape[0])[:, None] - np.arange(a.shape[1])[None, :]
    filled = a != 0
    return int(np.max(np.where(filled, below, 0))), int(np.max(np.where(filled, -below, 0)))


def _equal(a: Any, b: Any, atol: Any, rtol: Any) -> bool:
    if atol is None and rtol is None:
        return bool(np.all(a == b))
    if atol is None:
        return bool(np.allclose(a, b, rtol=rtol))
    if rtol is None:
        return bool(np.allclose(a, b, atol=atol))
    return bool(np.allclose(a, b, atol=atol, rtol=rtol))


def _square(a: Any) -> Any:
    a = np.atleast_2d(a)
    if a.ndim != 2:
        raise ValueError("Input array must be a 2D NumPy array.")
    if a.shape[0] != a.shape[1]:
        raise ValueError("Input must be a square matrix")
    return a


def issymmetric(a: Any, atol: Any = None, rtol: Any = None) -> Any:
    a = _square(a)
    return _equal(a, a.T, atol, rtol)


def ishermitian(a: Any, atol: Any = None, rtol: Any = None) -> Any:
    a = _square(a)
    return _equal(a, np.conj(a.T), atol, rtol)
