"""Averages, and moments of several variables."""

from __future__ import annotations

from typing import Any

import numpy as np

from myialike.library.primitive import primitive
from myialike.library.refusal import refuse

op_complex = primitive("complex")


def average(a: Any, axis: Any = None, weights: Any = None, returned: Any = False, *, keepdims: Any = False) -> Any:
    a = np.asarray(a)
    if weights is None:
        mean = np.mean(a, axis, keepdims=keepdims)
        if np.size(mean) == 0:
            raise ZeroDivisionError("division by zero")
        scale = np.full(np.shape(mean), np.size(a) / np.size(mean), mean.dtype)[()]
        return (mean, scale) if returned else mean
    w = np.asarray(weights)
    if w.shape != a.shape:
        w = _along(w, a, axis)
    dtype = np.result_type(a.dtype, w.dtype, np.float64) if a.dtype.kind in "biu" else np.result_type(a.dtype, w.dtype)
    scale = np.sum(w, axis=axis, dtype=dtype, keepdims=keepdims)
    if np.any(scale == 0.0):
        raise ZeroDivisionError("Weights sum to zero, can't be normalized")
    mean = np.sum(np.multiply(a, w, dtype=dtype), axis, keepdims=keepdims) / scale
    return (mean, np.broadcast_to(scale, np.shape(mean)).copy()[()]) if returned else mean


def _along(w: Any, a: Any, axis: Any) -> Any:
    """Weights of one axis in the shape of the array."""
    if axis is None:
        raise TypeError("Axis must be specified when shapes of a and weights differ.")
    if isinstance(axis, tuple) or w.ndim != 1:
        refuse("np.average with weights along several axes")
    if w.shape[0] != a.shape[axis]:
        raise ValueError("Shape of weights must be consistent with shape of a along specified axis.")
    k = axis % a.ndim
    return np.broadcast_to(w.reshape((-1,) + (1,) * (a.ndim - k - 1)), a.shape)


def cov(
    m: Any,
    y: Any = None,
    rowvar: Any = True,
    bias: Any = False,
    ddof: Any = None,
    fweights: Any = None,
    aweights: Any = None,
    *,
    dtype: Any = None,
) -> Any:
    m = np.asarray(m)
    if m.ndim > 2:
        raise ValueError("m has more than 2 dimensions")
    if dtype is None:
        dtype = np.result_type(m, np.float64) if y is None else np.result_type(m, np.asarray(y), np.float64)
    if np.dtype(dtype).kind not in "fc":
        refuse(f"np.cov in dtype {np.dtype(dtype)}")
    x = np.array(m, ndmin=2, dtype=dtype)
    if not rowvar and m.ndim != 1:
        x = x.T
    if y is not None:
        more = np.array(y, ndmin=2, dtype=dtype)
        x = np.concatenate((x, more.T if not rowvar and more.shape[0] != 1 else more), axis=0)
    if x.shape[0] == 0:
        refuse("np.cov of no variables")
    off = (0 if bias else 1) if ddof is None else ddof
    if fweights is None and aweights is None:
        x = x - np.mean(x, axis=1)[:, None]
        c = np.dot(x, np.conj(x.T)) * np.true_divide(1, np.float64(max(x.shape[1] - off, 0)))
        return np.squeeze(c.astype(dtype))
    return _weighted_cov(x, off, fweights, aweights, dtype)


def _weighted_cov(x: Any, off: Any, fweights: Any, aweights: Any, dtype: Any) -> Any:
    w = np.ones(x.shape[1])
    for given in (fweights, aweights):
        if given is not None:
            more = np.asarray(given)
            if more.ndim != 1 or len(more) != x.shape[1]:
                raise RuntimeError("incompatible numbers of samples and weights")
            if np.any(more < 0):
                raise ValueError("weights cannot be negative")
            w = w * more.astype(float)
    mean, total = np.average(x, axis=1, weights=w, returned=True)
    total = total[0]
    if off == 0:
        scale = total
    elif aweights is None:
        scale = total - off
    else:
        scale = total - off * np.sum(w * np.asarray(aweights)) / total
    x = x - mean[:, None]
    c = np.dot(x, np.conj((x * w).T)) * np.true_divide(1, np.maximum(scale, 0.0))
    return np.squeeze(c.astype(dtype))


def corrcoef(x: Any, y: Any = None, rowvar: Any = True, *, dtype: Any = None) -> Any:
    c = np.cov(x, y, rowvar, dtype=dtype)
    if c.ndim == 0:
        return c / c
    deviation = np.sqrt(np.diag(c).real)
    c = c / deviation[:, None] / deviation[None, :]
    return op_complex(np.clip(c.real, -1, 1), np.clip(c.imag, -1, 1)) if c.dtype.kind == "c" else np.clip(c, -1, 1)
