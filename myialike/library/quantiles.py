"""Order statistics: quantiles by every rule of Hyndman and Fan, medians, partitions.

R. J. Hyndman and Y. Fan, Sample quantiles in statistical packages, The American Statistician 50 (1996) 361-365: the
quantile lies between the sorted elements before and after a virtual index, which each rule computes in its own way.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from myialike.library.picked import is_sized
from myialike.library.primitive import primitive
from myialike.library.refusal import refuse

op_partition, op_argpartition = primitive("partition"), primitive("argpartition")


def rows_of(a: Any, axis: Any) -> Any:
    """The axes that are reduced as one first axis; which they were."""
    a = np.asarray(a)
    if axis is None and a.ndim == 1:
        return a, (0,)
    if axis is None:
        return a.reshape(-1) if a.size else a.reshape((0,)), tuple(range(a.ndim))
    axes = tuple([checked(k, a.ndim) for k in axis]) if isinstance(axis, tuple) else (checked(axis, a.ndim),)
    if len(axes) == 1:
        return np.moveaxis(a, axes[0], 0), axes
    count = 1
    for k in axes:
        count = count * a.shape[k]
    rest = tuple([a.shape[k] for k in range(a.ndim) if k not in axes])
    return np.moveaxis(a, axes, tuple(range(len(axes)))).reshape((count, *rest)), axes


def checked(axis: Any, rank: Any) -> Any:
    if axis >= rank or axis < -rank:
        raise np.exceptions.AxisError(f"axis {axis} is out of bounds for array of dimension {rank}")
    return axis % rank


def kept(result: Any, a: Any, axes: Any, keepdims: Any, lead: Any = ()) -> Any:
    """A result with the axes that were reduced as axes of size 1."""
    if not keepdims:
        return np.asarray(result)[()]
    shape = np.shape(a)
    return np.asarray(result).reshape((*lead, *[1 if k in axes else shape[k] for k in range(len(shape))]))


def quantile(
    a: Any, q: Any, axis: Any = None, method: Any = "linear", keepdims: Any = False, *, weights: Any = None
) -> Any:
    return _quantile(a, _fractions(a, q, 1), axis, method, keepdims, weights, False)


def percentile(
    a: Any, q: Any, axis: Any = None, method: Any = "linear", keepdims: Any = False, *, weights: Any = None
) -> Any:
    return _quantile(a, _fractions(a, q, 100), axis, method, keepdims, weights, False)


def nanquantile(
    a: Any, q: Any, axis: Any = None, method: Any = "linear", keepdims: Any = False, *, weights: Any = None
) -> Any:
    return _quantile(a, _fractions(a, q, 1), axis, method, keepdims, weights, True)


def nanpercentile(
    a: Any, q: Any, axis: Any = None, method: Any = "linear", keepdims: Any = False, *, weights: Any = None
) -> Any:
    return _quantile(a, _fractions(a, q, 100), axis, method, keepdims, weights, True)


def _fractions(a: Any, q: Any, whole: Any) -> Any:
    """q in [0, 1]; a Python number in the dtype of a."""
    dtype = np.asarray(a).dtype
    plain = isinstance(q, (int, float)) and not isinstance(q, np.generic)
    found = np.asarray(q)
    if whole == 1:
        if plain and dtype.kind == "f":
            found = found.astype(dtype)
    else:
        found = np.asarray(np.true_divide(q, dtype.type(100) if dtype.kind == "f" else 100))
    if not np.all((found >= 0) & (found <= 1)):
        name, top = ("Percentiles", 100) if whole == 100 else ("Quantiles", 1)
        raise ValueError(f"{name} must be in the range [0, {top}]")
    return found


def _quantile(a: Any, q: Any, axis: Any, method: Any, keepdims: Any, weights: Any, skip: Any) -> Any:
    a = np.asarray(a)
    if weights is not None:
        refuse("np.quantile with weights")
    if a.dtype.kind == "c":
        raise TypeError("a must be an array of real numbers")
    if a.dtype.kind in "bV" or q.ndim > 1:
        refuse("np.quantile of bools, or for q of more than one dimension")
    if skip and np.result_type(a.dtype, q.dtype) != a.dtype and a.dtype.kind == "f":
        refuse("np.nanquantile of short floats for an array of q, whose dtype depends on where NaN is; it")
    rows, axes = rows_of(a, axis)
    if not is_sized(rows) and rows.shape[0] == 0:
        refuse("np.quantile of no elements")
    ordered = np.sort(rows, axis=0)
    bad = np.isnan(ordered[-1]) if a.dtype.kind == "f" else np.zeros(ordered.shape[1:], bool)
    count = np.full(ordered.shape[1:], len(ordered))
    if skip and a.dtype.kind == "f":
        count = np.sum(~np.isnan(ordered), axis=0)
        bad = count == 0
    found = [_between(ordered, np.asarray(count), p, method) for p in (q if q.ndim else [q[()]])]
    if a.dtype.kind == "f":
        found = [np.where(bad, np.asarray(np.nan).astype(f.dtype), f) for f in found]
    result = np.stack(found) if q.ndim else np.asarray(found[0])
    return kept(result, a, axes, keepdims, q.shape)


PLACES = {  # alpha and beta of the rules that interpolate
    "interpolated_inverted_cdf": (0, 1),
    "hazen": (0.5, 0.5),
    "weibull": (0, 0),
    "median_unbiased": (1 / 3.0, 1 / 3.0),
    "normal_unbiased": (3 / 8.0, 3 / 8.0),
}


def _between(ordered: Any, count: Any, q: Any, method: Any) -> Any:
    """The quantile of each column of ordered elements, the first `count` of which count."""
    n = count.astype(q.dtype)
    last = np.maximum(count - 1, 0)
    if method in ("lower", "higher", "nearest") or (method == "linear" and q.dtype.kind in "iu"):
        place = (n - 1) * q
        if method == "lower":
            place = np.floor(place)
        elif method == "higher":
            place = np.ceil(place)
        elif method == "nearest":
            place = np.around(place)
        return _at(ordered, np.clip(place.astype(int), 0, last))
    if method in ("inverted_cdf", "closest_observation"):
        place = n * q - 1 if method == "inverted_cdf" else n * q - 1 - 0.5
        before = np.floor(place)
        exact = place == before
        if method == "closest_observation":
            exact = exact & (before % 2 == 1)
        return _at(ordered, np.clip(np.where(exact, before, before + 1).astype(int), 0, last))
    place = _virtual(n, q, method)
    before = np.floor(place)
    gamma = place - before
    if method == "averaged_inverted_cdf":
        gamma = np.where(gamma == 0, np.asarray(0.5, gamma.dtype), np.asarray(1.0, gamma.dtype))
    elif method == "midpoint":
        gamma = np.where(place % 1 == 0, np.asarray(0.0, gamma.dtype), np.asarray(0.5, gamma.dtype))
    gamma = np.where(place >= n - 1, np.asarray(1.0, gamma.dtype), gamma)
    low = np.clip(before.astype(int), 0, last)
    high = np.where(place < 0, 0, np.clip(before.astype(int) + 1, 0, last))
    a, b = _at(ordered, low), _at(ordered, high)
    step = b - a
    return np.where(gamma >= 0.5, b - step * (1 - gamma), a + step * gamma)


def _virtual(n: Any, q: Any, method: Any) -> Any:
    if method == "linear":
        return (n - 1) * q
    if method == "averaged_inverted_cdf":
        return n * q - 1
    if method == "midpoint":
        return 0.5 * (np.floor((n - 1) * q) + np.ceil((n - 1) * q))
    if method not in PLACES:
        refuse(f"np.quantile with method={method}")
    alpha, beta = PLACES[method]
    return n * q + (alpha + q * (1 - alpha - beta)) - 1


def _at(ordered: Any, place: Any) -> Any:
    return np.take_along_axis(ordered, np.asarray(place)[None], 0)[0]


def median(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    a = np.asarray(a)
    rows, axes = rows_of(a, axis)
    n = rows.shape[0]
    if n == 0:
        refuse("np.median of no elements")
    ordered = np.sort(rows, axis=0)
    middle = np.mean(ordered[(n - 1) // 2 : n // 2 + 1], axis=0)
    if a.dtype.kind in "fc":
        middle = np.where(np.isnan(ordered[-1]), ordered[-1], middle)[()]
    return kept(middle, a, axes, keepdims)


def nanmedian(a: Any, axis: Any = None, *, keepdims: Any = False) -> Any:
    a = np.asarray(a)
    if a.dtype.kind != "f":
        return np.median(a, axis, keepdims=keepdims)
    rows, axes = rows_of(a, axis)
    if not is_sized(rows) and rows.shape[0] == 0:
        refuse("np.nanmedian of no elements")
    ordered = np.sort(rows, axis=0)
    count = np.asarray(np.sum(~np.isnan(ordered), axis=0))
    low, high = np.maximum(count - 1, 0) // 2, np.minimum(count // 2, len(ordered) - 1)
    middle = np.mean(np.stack([_at(ordered, low), _at(ordered, high)]), axis=0)
    return kept(np.where(count == 0, np.asarray(np.nan, a.dtype), middle), a, axes, keepdims)


def partition(a: Any, kth: Any, axis: Any = -1, kind: Any = "introselect", order: Any = None) -> Any:
    a = selectable(a, kind, order)
    if axis is None:
        a, axis = np.ravel(a), -1
    if a.size == 0:
        return a.copy()
    return op_partition(a, kth=places_of(kth, a, axis), axis=axis % a.ndim)


def argpartition(a: Any, kth: Any, axis: Any = -1, kind: Any = "introselect", order: Any = None) -> Any:
    a = selectable(a, kind, order)
    if axis is None:
        a, axis = np.ravel(a), -1
    if a.size == 0:
        return np.zeros(a.shape, int)
    return op_argpartition(a, kth=places_of(kth, a, axis), axis=axis % a.ndim)


def selectable(a: Any, kind: Any, order: Any) -> Any:
    a = np.asarray(a)
    if kind != "introselect" or order is not None:
        refuse("np.partition of another kind, or by fields")
    if a.dtype.kind == "V":
        refuse("np.partition of bfloat16")
    return a


def places_of(kth: Any, a: Any, axis: Any) -> Any:
    """The places as non-negative ints."""
    if not -a.ndim <= axis < a.ndim:
        raise np.exceptions.AxisError(f"axis {axis} is out of bounds for array of dimension {a.ndim}")
    n, places = a.shape[axis], tuple(kth) if isinstance(kth, (tuple, list)) else (kth,)
    for k in places:
        if n > 0 and (k < -n or k >= n):
            raise ValueError(f"kth(={k + n if k < 0 else k}) out of bounds ({n})")
    return tuple([k + n if k < 0 else k for k in places])
