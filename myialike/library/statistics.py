"""Averages, moments and order statistics."""

from __future__ import annotations

from typing import Any

import numpy as np

from myialike.library.refusal import refuse


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
    return (mean, np.broadcast_to(scale, np.shape(mean)).copy()) if returned else mean


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


def median(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    a = np.asarray(a)
    if isinstance(axis, tuple) or np.size(a) == 0:
        refuse("np.median over several axes, or of no elements")
    k = 0 if axis is None else axis % a.ndim
    flat = np.sort(np.ravel(a)) if axis is None else np.moveaxis(np.sort(a, axis=axis), axis, 0)
    n = flat.shape[0]
    middle = np.mean(flat[(n - 1) // 2 : n // 2 + 1], axis=0)
    if a.dtype.kind == "f":
        middle = np.where(np.isnan(flat[-1]), flat[-1], middle)[()]
    if not keepdims:
        return middle
    return np.reshape(middle, (1,) * a.ndim) if axis is None else np.expand_dims(middle, k)


def _zero_for_nan(a: Any, value: Any) -> Any:
    a = np.asarray(a)
    return a if a.dtype.kind in "biu" else np.where(np.isnan(a), np.asarray(value).astype(a.dtype), a)


def nansum(a: Any, axis: Any = None, dtype: Any = None, *, keepdims: Any = False) -> Any:
    return np.sum(_zero_for_nan(a, 0), axis, dtype, keepdims=keepdims)


def nanprod(a: Any, axis: Any = None, dtype: Any = None, *, keepdims: Any = False) -> Any:
    return np.prod(_zero_for_nan(a, 1), axis, dtype, keepdims=keepdims)


def nancumsum(a: Any, axis: Any = None, dtype: Any = None) -> Any:
    return np.cumsum(_zero_for_nan(a, 0), axis, dtype)


def nanmean(a: Any, axis: Any = None, dtype: Any = None, *, keepdims: Any = False) -> Any:
    a = np.asarray(a)
    if a.dtype.kind in "biu":
        return np.mean(a, axis, dtype, keepdims=keepdims)
    count = np.sum(~np.isnan(a), axis, keepdims=keepdims)
    total = np.nansum(a, axis, dtype, keepdims=keepdims)
    return (total / np.asarray(count).astype(np.asarray(total).dtype))[()]


def nanmax(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    a = np.asarray(a)
    if a.dtype.kind in "biu":
        return np.max(a, axis, keepdims=keepdims)
    if a.dtype.kind == "c":
        refuse("np.nanmax of complex numbers")
    none = np.all(np.isnan(a), axis, keepdims=keepdims)
    best = np.max(np.where(np.isnan(a), -np.inf, a), axis, keepdims=keepdims)
    return np.where(none, np.nan, best).astype(a.dtype)[()]


def nanmin(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    a = np.asarray(a)
    return np.min(a, axis, keepdims=keepdims) if a.dtype.kind in "biu" else -np.nanmax(-a, axis, keepdims=keepdims)


def cov(m: Any, y: Any = None, rowvar: Any = True, bias: Any = False, ddof: Any = None, *, dtype: Any = None) -> Any:
    m = np.asarray(m)
    if m.ndim > 2:
        raise ValueError("m has more than 2 dimensions")
    if dtype is None:
        dtype = np.result_type(m, np.float64) if y is None else np.result_type(m, np.asarray(y), np.float64)
    x = np.array(m, ndmin=2, dtype=dtype)
    if not rowvar and m.ndim != 1:
        x = x.T
    if y is not None:
        more = np.array(y, ndmin=2, dtype=dtype)
        x = np.concatenate((x, more.T if not rowvar and more.shape[0] != 1 else more), axis=0)
    if x.shape[0] == 0:
        refuse("np.cov of no variables")
    scale = max(x.shape[1] - ((0 if bias else 1) if ddof is None else ddof), 0)
    x = x - np.mean(x, axis=1)[:, None]
    c = np.dot(x, np.conj(x.T)) * np.true_divide(1, np.float64(scale))
    return np.squeeze(c.astype(dtype))


def corrcoef(x: Any, y: Any = None, rowvar: Any = True, *, dtype: Any = None) -> Any:
    c = np.cov(x, y, rowvar, dtype=dtype)
    if c.dtype.kind == "c":
        refuse("np.corrcoef of complex numbers")
    if c.ndim == 0:
        return c / c
    deviation = np.sqrt(np.diag(c))
    return np.clip(c / deviation[:, None] / deviation[None, :], -1, 1)
