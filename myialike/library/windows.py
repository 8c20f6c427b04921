"""Window functions, Bessel's i0, and phases."""

from __future__ import annotations

from typing import Any

import numpy as np

from myialike.library.refusal import refuse


def _places(M: Any) -> Any:
    """1 - M, 3 - M, ..., M - 1: twice the distance from the middle."""
    return np.arange(1 - M, M, 2)


def bartlett(M: Any) -> Any:
    if M < 1:
        return np.zeros(0)
    if M == 1:
        return np.ones(1)
    n = _places(M)
    return np.where(n <= 0, 1 + n / (M - 1), 1 - n / (M - 1))


def blackman(M: Any) -> Any:
    if M < 1:
        return np.zeros(0)
    if M == 1:
        return np.ones(1)
    n = _places(M)
    return 0.42 + 0.5 * np.cos(np.pi * n / (M - 1)) + 0.08 * np.cos(2.0 * np.pi * n / (M - 1))


def hanning(M: Any) -> Any:
    if M < 1:
        return np.zeros(0)
    if M == 1:
        return np.ones(1)
    return 0.5 + 0.5 * np.cos(np.pi * _places(M) / (M - 1))


def hamming(M: Any) -> Any:
    if M < 1:
        return np.zeros(0)
    if M == 1:
        return np.ones(1)
    return 0.54 + 0.46 * np.cos(np.pi * _places(M) / (M - 1))


def kaiser(M: Any, beta: Any) -> Any:
    if np.ndim(beta) != 0:
        refuse("np.kaiser of several beta")
    if M < 1:
        return np.zeros(0)
    if M == 1:
        return np.ones(1)
    alpha = (M - 1) / 2.0
    t = (np.arange(M) - alpha) / alpha
    return np.i0(beta * np.sqrt(1 - t * t)) / np.i0(np.float64(beta))


# Chebyshev coefficients of exp(-x) i0(x) in [0, 8] and of exp(-x) sqrt(x) i0(x) above (Clenshaw, Chebyshev Series for
# Mathematical Functions, 1962; Cephes, i0).
SMALL = (
    -4.41534164647933937950e-18, 3.33079451882223809783e-17, -2.43127984654795469359e-16, 1.71539128555513303061e-15,
    -1.16853328779934516808e-14, 7.67618549860493561688e-14, -4.85644678311192946090e-13, 2.95505266312963983461e-12,
    -1.72682629144155570723e-11, 9.67580903537323691224e-11, -5.18979560163526290666e-10, 2.65982372468238665035e-9,
    -1.30002500998624804212e-8, 6.04699502254191894932e-8, -2.67079385394061173391e-7, 1.11738753912010371815e-6,
    -4.41673835845875056359e-6, 1.64484480707288970893e-5, -5.75419501008210370398e-5, 1.88502885095841655729e-4,
    -5.76375574538582365885e-4, 1.63947561694133579842e-3, -4.32430999505057594430e-3, 1.05464603945949983183e-2,
    -2.37374148058994688156e-2, 4.93052842396707084878e-2, -9.49010970480476444210e-2, 1.71620901522208775349e-1,
    -3.04682672343198398683e-1, 6.76795274409476084995e-1,
)  # fmt: skip
LARGE = (
    -7.23318048787475395456e-18, -4.83050448594418207126e-18, 4.46562142029675999901e-17, 3.46122286769746109310e-17,
    -2.82762398051658348494e-16, -3.42548561967721913462e-16, 1.77256013305652638360e-15, 3.81168066935262242075e-15,
    -9.55484669882830764870e-15, -4.15056934728722208663e-14, 1.54008621752140982691e-14, 3.85277838274214270114e-13,
    7.18012445138366623367e-13, -1.79417853150680611778e-12, -1.32158118404477131188e-11, -3.14991652796324136454e-11,
    1.18891471078464383424e-11, 4.94060238822496958910e-10, 3.39623202570838634515e-9, 2.26666899049817806459e-8,
    2.04891858946906374183e-7, 2.89137052083475648297e-6, 6.88975834691682398426e-5, 3.36911647825569408990e-3,
    8.04490411014108831608e-1,
)  # fmt: skip


def _chebyshev(x: Any, coefficients: Any) -> Any:
    b0, b1, b2 = np.full(x.shape, coefficients[0]), np.zeros(x.shape), np.zeros(x.shape)
    for c in coefficients[1:]:
        b0, b1, b2 = x * b0 - b1 + c, b0, b1
    return 0.5 * (b0 - b2)


def i0(x: Any) -> Any:
    """The modified Bessel function of order 0."""
    x = np.asarray(x)
    if x.dtype.kind == "c":
        raise TypeError("i0 not supported for complex values")
    kind = x.dtype
    x = np.abs(x if x.dtype.kind == "f" else x.astype(float))
    wide = np.asarray(x).astype(float)
    near, far = np.minimum(wide, 8.0), np.maximum(wide, 8.0)
    small = np.exp(near) * _chebyshev(near / 2.0 - 2, SMALL)
    large = np.exp(far) * _chebyshev(32.0 / far - 2.0, LARGE) / np.sqrt(far)
    return np.where(wide <= 8.0, small, large).astype(kind if kind.kind == "f" else float)


def unwrap(p: Any, discont: Any = None, axis: Any = -1, *, period: Any = 6.283185307179586) -> Any:
    p = np.asarray(p)
    d = np.diff(p, axis=axis)
    discont = period / 2 if discont is None else discont
    dtype = np.result_type(d, period)
    if dtype.kind in "iu":
        refuse("np.unwrap of ints with a period that is an int")
    if p.shape[axis] == 0:
        return p.astype(dtype)
    half = period / 2
    if discont < half:
        discont = half
    moved = np.mod(d + half, period) - half
    moved = np.where((moved == -half) & (d > 0), half, moved)
    correct = np.where(np.abs(d) < discont, 0, moved - d)
    first = np.take(p, np.arange(1), axis).astype(dtype)
    rest = np.take(p, np.arange(1, p.shape[axis]), axis)
    return np.concatenate((first, (rest + np.cumsum(correct, axis=axis)).astype(dtype)), axis=axis)
