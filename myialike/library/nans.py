"""Reductions that leave out NaN."""

from __future__ import annotations

from typing import Any

import numpy as np


def _zero_for_nan(a: Any, value: Any) -> Any:
    a = np.asarray(a)
    return a if a.dtype.kind in "biu" else np.where(np.isnan(a), np.asarray(value).astype(a.dtype), a)


def nansum(
    a: Any, axis: Any = None, dtype: Any = None, *, keepdims: Any = False, initial: Any = 0, where: Any = True
) -> Any:
    return np.sum(_zero_for_nan(a, 0), axis, dtype, keepdims=keepdims, initial=initial, where=where)


def nanprod(
    a: Any, axis: Any = None, dtype: Any = None, *, keepdims: Any = False, initial: Any = 1, where: Any = True
) -> Any:
    return np.prod(_zero_for_nan(a, 1), axis, dtype, keepdims=keepdims, initial=initial, where=where)


def nancumsum(a: Any, axis: Any = None, dtype: Any = None) -> Any:
    return np.cumsum(_zero_for_nan(a, 0), axis, dtype)


def nancumprod(a: Any, axis: Any = None, dtype: Any = None) -> Any:
    return np.cumprod(_zero_for_nan(a, 1), axis, dtype)


def nanmean(a: Any, axis: Any = None, dtype: Any = None, *, keepdims: Any = False, where: Any = True) -> Any:
    a = np.asarray(a)
    if a.dtype.kind in "biu":
        return np.mean(a, axis, dtype, keepdims=keepdims, where=where)
    if dtype is not None and np.dtype(dtype).kind not in "fc":
        raise TypeError("If a is inexact, then dtype must be inexact")
    count = np.sum(np.where(np.isnan(a), 0, 1), axis, keepdims=keepdims, where=where)
    total = np.nansum(a, axis, dtype, keepdims=keepdims, where=where)
    return (total / np.asarray(count).astype(np.asarray(total).dtype))[()]


def nanvar(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    ddof: Any = 0,
    *,
    keepdims: Any = False,
    where: Any = True,
    mean: Any = None,
    correction: Any = None,
) -> Any:
    a = np.asarray(a)
    if correction is not None:
        if ddof != 0:
            raise ValueError("ddof and correction can't be provided simultaneously.")
        ddof = correction
    if a.dtype.kind in "biu":
        if mean is not None:
            return np.var(a, axis, dtype, ddof=ddof, keepdims=keepdims, where=where, mean=mean)
        return np.var(a, axis, dtype, ddof=ddof, keepdims=keepdims, where=where)
    if dtype is not None and np.dtype(dtype).kind not in "fc":
        raise TypeError("If a is inexact, then dtype must be inexact")
    chosen = where & ~np.isnan(a)
    a = _zero_for_nan(a, 0)
    a = a if dtype is None else a.astype(dtype)
    kind = a.dtype
    count = np.asarray(np.sum(np.where(chosen, 1, 0), axis, keepdims=True))
    if mean is None:
        mean = np.sum(a, axis, keepdims=True, where=chosen) / count.astype(kind)
    off = np.where(chosen, a - mean, np.asarray(0).astype(kind))
    square = (off * np.conj(off)).real if kind.kind == "c" else off * off
    total = np.asarray(np.sum(square, axis, keepdims=keepdims))
    left = np.asarray(np.sum(np.where(chosen, 1, 0), axis, keepdims=keepdims)) - ddof
    found = np.where(left <= 0, np.asarray(np.nan).astype(total.dtype), total / left.astype(total.dtype))
    return (found if dtype is None else found.astype(dtype))[()]


def nanstd(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    ddof: Any = 0,
    *,
    keepdims: Any = False,
    where: Any = True,
    mean: Any = None,
    correction: Any = None,
) -> Any:
    return np.sqrt(nanvar(a, axis, dtype, ddof, keepdims=keepdims, where=where, mean=mean, correction=correction))


def nanmax(a: Any, axis: Any = None, *, keepdims: Any = False, initial: Any = None, where: Any = True) -> Any:
    a = np.asarray(a)
    if a.dtype.kind == "c":
        return np.fmax.reduce(a, axis, keepdims=keepdims, initial=initial, where=where)
    if a.dtype.kind in "biu" or initial is not None or where is not True:
        known = a if a.dtype.kind in "biu" else np.where(np.isnan(a), -np.inf, a).astype(a.dtype)
        return np.max(known, axis, keepdims=keepdims, initial=initial, where=where)
    none = np.all(np.isnan(a), axis, keepdims=keepdims)
    best = np.max(np.where(np.isnan(a), -np.inf, a), axis, keepdims=keepdims)
    return np.where(none, np.nan, best).astype(a.dtype)[()]


def nanmin(a: Any, axis: Any = None, *, keepdims: Any = False, initial: Any = None, where: Any = True) -> Any:
    a = np.asarray(a)
    if a.dtype.kind == "c":
        return np.fmin.reduce(a, axis, keepdims=keepdims, initial=initial, where=where)
    if a.dtype.kind in "biu" or initial is not None or where is not True:
        known = a if a.dtype.kind in "biu" else np.where(np.isnan(a), np.inf, a).astype(a.dtype)
        return np.min(known, axis, keepdims=keepdims, initial=initial, where=where)
    return -np.nanmax(-a, axis, keepdims=keepdims)


def nanargmax(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    return _position(a, axis, keepdims, -np.inf, True)


def nanargmin(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    return _position(a, axis, keepdims, np.inf, False)


def _position(a: Any, axis: Any, keepdims: Any, worst: Any, largest: Any) -> Any:
    a = np.asarray(a)
    if a.dtype.kind in "fc":
        if np.any(np.all(np.isnan(a), axis=axis)):
            raise ValueError("All-NaN slice encountered")
        a = np.where(np.isnan(a), np.asarray(worst).astype(a.dtype), a)
    return np.argmax(a, axis, keepdims=keepdims) if largest else np.argmin(a, axis, keepdims=keepdims)
