"""`scipy.special`: factorials, binomial coefficients, Bernoulli numbers and spherical harmonics."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.special

from myialike.library.primitive import primitive
from myialike.library.refusal import refuse

op_zeta = primitive("zeta")


def factorial(n: Any, exact: Any = False, extend: Any = "zero") -> Any:
    if extend != "zero":
        refuse("scipy.special.factorial with extend")
    if exact:
        if not isinstance(n, int):
            refuse("scipy.special.factorial with exact=True of arrays")
        return math.factorial(n) if n >= 0 else 0
    if np.asarray(n).dtype.kind == "c":
        raise ValueError("Unsupported data type for factorial")
    x = np.asarray(n)
    if x.dtype.kind == "b":
        raise ValueError("Unsupported data type for `n` in factorial: bool")
    if x.size == 0:
        return x
    x = x if x.dtype.kind == "f" else x.astype(np.float64)
    found = np.where(x < 0, 0, scipy.special.gamma(np.where(x < 0, 0, x).astype(x.dtype) + 1)).astype(np.float64)
    return found if isinstance(n, np.ndarray) else found[()]


def comb(N: Any, k: Any, *, exact: Any = False, repetition: Any = False) -> Any:
    if repetition:
        return comb(N + k - 1, k, exact=exact)
    if exact:
        if not (isinstance(N, int) and isinstance(k, int)):
            refuse("scipy.special.comb with exact=True of numbers that are no ints")
        return math.comb(N, k) if 0 <= k <= N else 0
    n, m = np.asarray(N), np.asarray(k)
    inside = (m <= n) & (n >= 0) & (m >= 0)
    found = scipy.special.binom(np.where(inside, n, 1), np.where(inside, m, 0))
    return np.where(inside, found, 0)[()]


def perm(N: Any, k: Any, exact: Any = False) -> Any:
    if exact:
        if not (isinstance(N, int) and isinstance(k, int)):
            refuse("scipy.special.perm with exact=True of numbers that are no ints")
        return math.perm(N, k) if 0 <= k <= N else 0
    n, m = np.asarray(N), np.asarray(k)
    inside = (m <= n) & (n >= 0) & (m >= 0)
    found = scipy.special.poch(np.where(inside, n - m + 1, 1), np.where(inside, m, 0))
    return np.where(inside, found, 0)[()]


def bernoulli(n: Any) -> Any:
    """By the zeta function at even numbers."""
    if not isinstance(n, int) or n < 0:
        raise ValueError("n must be a non-negative integer.")
    found = [1.0, -0.5]
    for k in range(2, max(n, 1) + 1):
        value = 0.0
        if k % 2 == 0:
            value = 2.0 if k % 4 == 2 else -2.0
            for j in range(1, k + 1):
                value = value * (j / (2 * math.pi))
        found.append(value)
    sizes = np.array([1.0, 1.0] + [float(k) for k in range(2, max(n, 1) + 1)])
    zetas = np.where(sizes < 2, 1.0, op_zeta(np.where(sizes < 2, 2.0, sizes), np.ones_like(sizes)))
    return (np.array(found) * zetas)[: n + 1]


def sph_harm_y(n: Any, m: Any, theta: Any, phi: Any) -> Any:
    """By the recurrence of the normalised associated Legendre functions in their degree."""
    if not (isinstance(n, int) and isinstance(m, int)):
        refuse("scipy.special.sph_harm_y of degrees and orders that are no ints")
    if n < 0 or abs(m) > n:
        refuse("scipy.special.sph_harm_y of an order above its degree")
    theta, phi = np.broadcast_arrays(np.asarray(theta).astype(float), np.asarray(phi).astype(float))
    x, s, k = np.cos(theta), np.sin(theta), abs(m)
    value = np.full(theta.shape, math.sqrt(1.0 / (4.0 * math.pi)))
    for j in range(1, k + 1):
        value = value * s * -math.sqrt((2.0 * j + 1.0) / (2.0 * j))
    before = np.zeros_like(value)
    for j in range(k + 1, n + 1):
        a = math.sqrt((4.0 * j * j - 1.0) / (j * j - k * k))
        b = math.sqrt(((j - 1.0) * (j - 1.0) - k * k) / (4.0 * (j - 1.0) * (j - 1.0) - 1.0))
        before, value = value, a * (x * value - b * before)
    if m < 0 and k % 2 == 1:
        value = -value
    return (value * np.exp(1j * m * phi))[()]
