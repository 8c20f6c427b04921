"""Counting: histograms, bins, and searching in order."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from myialike.library.decided import decided
from myialike.library.refusal import refuse


def bincount(x: Any, weights: Any = None, minlength: Any = None) -> Any:
    """Its size is the greatest element's, and so known only at run time, or `minlength` if no element is beyond it."""
    x = np.asarray(x)
    if x.ndim != 1:
        raise ValueError("object too deep for desired array")
    if x.dtype.kind not in "iub":
        raise TypeError("Cannot cast array data to int64 according to the rule 'safe'")
    least = 0 if minlength is None else minlength
    if least < 0:
        raise ValueError("'minlength' must not be negative")
    x = x.astype(int)
    if np.any(x < 0):
        raise ValueError("'list' argument must have no negative elements")
    beyond = minlength is None or decided(np.any(x >= least), "np.bincount")
    size = int(np.max(np.concatenate((x, [least - 1])))) + 1 if beyond else least
    if weights is None:
        counts = np.zeros(size, int)
        np.add.at(counts, x, 1)
        return counts
    weights = np.asarray(weights)
    if len(weights) != len(x):
        raise ValueError("The weights and list don't have the same length.")
    sums = np.zeros(size)
    np.add.at(sums, x, weights.astype(float))
    return sums


def searchsorted(a: Any, v: Any, side: Any = "left", sorter: Any = None) -> Any:
    """Bisection, for all of v at once."""
    if side not in ("left", "right"):
        raise ValueError(f"search side must be 'left' or 'right' (got '{side}')")
    a, v = np.asarray(a), np.asarray(v)
    if a.ndim != 1:
        raise ValueError("object too deep for desired array")
    if sorter is not None:
        a = a[np.asarray(sorter)]
    common = np.result_type(a, v)
    a, v = a.astype(common), v.astype(common)
    low, high = np.zeros(v.shape, int), np.full(v.shape, len(a))
    for _ in range(len(a).bit_length() if len(a) else 0):
        middle = (low + high) // 2
        at = a[np.minimum(middle, len(a) - 1)]
        further = (at < v) | (np.isnan(v) & ~np.isnan(at)) if side == "left" else (at <= v) | np.isnan(v)
        going = low < high
        low = np.where(going & further, middle + 1, low)
        high = np.where(going & ~further, middle, high)
    return low[()]


def digitize(x: Any, bins: Any, right: Any = False) -> Any:
    x, bins = np.asarray(x), np.asarray(bins)
    if x.dtype.kind == "c":
        raise TypeError("x may not be complex")
    rising, falling = np.all(bins[1:] >= bins[:-1]), np.all(bins[1:] <= bins[:-1])
    if not (rising or falling):
        raise ValueError("bins must be monotonically increasing or decreasing")
    side: Any = "left" if right else "right"
    upwards = np.searchsorted(bins, x, side=side)
    downwards = len(bins) - np.searchsorted(bins[::-1], x, side=side)
    return np.where(rising, upwards, downwards)[()]


# -- histograms ------------------------------------------------------------------------------------------------------


def _edges(a: Any, bins: Any, range_: Any) -> Any:
    """The edges, and whether they are equally spaced."""
    if isinstance(bins, str):
        refuse("np.histogram with a rule for the number of bins")
    if np.ndim(bins) == 1:
        edges = np.asarray(bins)
        if np.any(edges[:-1] > edges[1:]):
            raise ValueError("`bins` must increase monotonically, when an array")
        return edges
    if bins < 1:
        raise ValueError("`bins` must be positive, when an integer")
    first, last = _outer(a, range_)
    dtype = np.result_type(first.dtype, a.dtype) if a.dtype.kind in "fc" else float
    edges = np.linspace(first, last, bins + 1, dtype=dtype)
    if np.any(edges[:-1] >= edges[1:]):
        raise ValueError(f"Too many bins for data range. Cannot create {bins} finite-sized bins.")
    return edges


def _outer(a: Any, range_: Any) -> Any:
    if range_ is not None:
        low, high = float(range_[0]), float(range_[1])
        if low > high:
            raise ValueError("max must be larger than min in range parameter.")
        low, high = np.float64(low), np.float64(high)
        if a.dtype.kind == "f":
            low, high = low.astype(a.dtype), high.astype(a.dtype)
    elif a.size == 0:
        low, high = np.float64(0.0), np.float64(1.0)
        if a.dtype.kind == "f":
            low, high = low.astype(a.dtype), high.astype(a.dtype)
    else:
        low, high = np.min(a), np.max(a)
        if not (np.isfinite(low) and np.isfinite(high)):
            raise ValueError(f"autodetected range of [{low}, {high}] is not finite")
        if a.dtype.kind != "f":
            low, high = low.astype(float), high.astype(float)
    same = low == high
    half = np.asarray(0.5).astype(low.dtype)
    return np.where(same, low - half, low)[()], np.where(same, high + half, high)[()]


def histogram_bin_edges(a: Any, bins: Any = 10, range: Any = None, weights: Any = None) -> Any:
    if weights is not None and np.shape(weights) != np.shape(a):
        raise ValueError("weights should have the same shape as a.")
    return _edges(_values(a), bins, range)


def _values(a: Any) -> Any:
    flat = np.ravel(a)
    if flat.dtype.kind in "cV":
        refuse("np.histogram of complex numbers or of bfloat16")
    return flat.astype(np.uint8) if flat.dtype.kind == "b" else flat


def histogram(a: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None) -> Any:
    flat = _values(a)
    if weights is not None:
        weights = np.asarray(weights)
        if weights.shape != np.shape(a):
            raise ValueError("weights should have the same shape as a.")
        weights = np.ravel(weights)
    edges = _edges(flat, bins, range)
    number = _bin_of(flat, edges, np.ndim(bins) == 0)
    count = len(edges) - 1
    kept = (number >= 0) & (number < count)
    place = np.where(kept, number, 0)
    if weights is None:
        found = np.zeros(count, int)
        np.add.at(found, place, kept.astype(int))
    else:
        found = np.zeros(count, weights.dtype)
        np.add.at(found, place, np.where(kept, weights, np.asarray(0).astype(weights.dtype)))
    if not density:
        return found, edges
    widths = np.diff(edges).astype(float)
    return found / widths / np.sum(found), edges


def _bin_of(flat: Any, edges: Any, uniform: Any) -> Any:
    """The number of the bin of each value; the last bin has both of its edges."""
    common = np.result_type(flat.dtype, edges.dtype)
    flat, edges = flat.astype(common), edges.astype(common)
    number = np.searchsorted(edges, flat, side="right") - 1
    last = len(edges) - 2
    number = np.where(flat == edges[-1], last, number)
    return np.where(np.isnan(flat), -1, number)


def histogram2d(x: Any, y: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None) -> Any:
    common = np.result_type(np.asarray(x), np.asarray(y))
    common = common if common.kind == "f" else np.dtype(float)
    if np.ndim(x) != 1 or np.ndim(y) != 1:
        raise ValueError("x and y are vectors")
    x, y = _values(x).astype(common), _values(y).astype(common)
    if len(x) != len(y):
        raise ValueError("x and y must have the same length.")
    pair = bins if isinstance(bins, (list, tuple)) and len(bins) == 2 else (bins, bins)
    ranges: Any = (None, None) if range is None else range
    first, second = _edges(x, pair[0], ranges[0]), _edges(y, pair[1], ranges[1])
    if range is not None:
        if np.ndim(pair[0]) == 0:
            first = np.linspace(ranges[0][0], ranges[0][1], pair[0] + 1)
        if np.ndim(pair[1]) == 0:
            second = np.linspace(ranges[1][0], ranges[1][1], pair[1] + 1)
    i, j = _bin_of(x, first, np.ndim(pair[0]) == 0), _bin_of(y, second, np.ndim(pair[1]) == 0)
    m, n = len(first) - 1, len(second) - 1
    kept = (i >= 0) & (i < m) & (j >= 0) & (j < n)
    amount = np.ones(len(x)) if weights is None else np.asarray(weights).astype(float)
    found = np.zeros(m * n)
    np.add.at(found, np.where(kept, i * n + j, 0), np.where(kept, amount, 0.0))
    found = found.reshape((m, n))
    if density:
        found = found / np.diff(first)[:, None] / np.diff(second)[None, :] / np.sum(found)
    return found, first, second


def histogramdd(sample: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None) -> Any:
    """Of the columns of a matrix, or of several vectors."""
    if isinstance(sample, (list, tuple)):
        columns = [_values(s) for s in sample]
    else:
        if np.ndim(sample) != 2:
            refuse("np.histogramdd of an array that is no matrix")
        columns = [_values(sample[:, k]) for k in list(builtins.range(sample.shape[1]))]
    if any([c.dtype.kind == "f" and c.dtype != np.float64 for c in columns]):
        refuse("np.histogramdd of short floats")
    columns = [c.astype(float) for c in columns]
    each = list(bins) if isinstance(bins, (list, tuple)) else [bins] * len(columns)
    if len(each) != len(columns):
        raise ValueError("The dimension of bins must be equal to the dimension of the sample x.")
    ranges = [None] * len(columns) if range is None else range
    edges = [_edges(c, b, r) for c, b, r in zip(columns, each, ranges)]  # noqa: B905
    shape = tuple([len(e) - 1 for e in edges])
    amount = np.ones(len(columns[0])) if weights is None else np.asarray(weights).astype(float)
    place, kept, total = np.zeros(len(columns[0]), int), np.ones(len(columns[0]), bool), 1
    for k in list(builtins.range(len(columns))):
        number = _bin_of(columns[k], edges[k], np.ndim(each[k]) == 0)
        kept = kept & (number >= 0) & (number < shape[k])
        place = place * shape[k] + number
        total = total * shape[k]
    found = np.zeros(total)
    np.add.at(found, np.where(kept, place, 0), np.where(kept, amount, 0.0))
    found = found.reshape(shape)
    if density:
        count = np.sum(found)
        for k in list(builtins.range(len(columns))):
            found = found / np.diff(edges[k]).reshape((-1,) + (1,) * (len(columns) - 1 - k))
        found = found / count
    return found, edges


def lexsort(keys: Any, axis: Any = -1) -> Any:
    """By the last key, then the one before it, ...: stable sorts from the first key to the last."""
    rows = [np.asarray(k) for k in keys]
    if len(rows) == 0:
        raise TypeError("need sequence of keys with len > 0 in lexsort")
    if rows[0].ndim == 0:
        refuse("np.lexsort of numbers")
    order = np.argsort(rows[0], axis=axis, kind="stable")
    for row in rows[1:]:
        moved = np.take_along_axis(row, order, axis)
        order = np.take_along_axis(order, np.argsort(moved, axis=axis, kind="stable"), axis)
    return order


def sort_complex(a: Any) -> Any:
    """Sorted, and complex: of short ints complex64."""
    b = np.sort(a)
    if b.dtype.kind == "c":
        return b
    return b.astype(np.complex64 if b.dtype.kind in "iu" and b.dtype.itemsize < 4 else np.complex128)
