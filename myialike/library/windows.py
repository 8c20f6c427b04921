"""Window functions, Bessel's i0, and phases."""

from __future__ import annotations

from typing import Any

import numpy as np

from myialike.library.primitive import primitive
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


op_bessel_i = primitive("bessel_i")


def i0(x: Any) -> Any:
    """The modified Bessel function of order 0."""
    x = np.asarray(x)
    if x.dtype.kind == "c":
        raise TypeError("i0 not supported for complex values")
    kind = x.dtype if x.dtype.kind == "f" else np.dtype(float)
    return np.asarray(op_bessel_i(x.astype(float), n=0)).astype(kind)


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
