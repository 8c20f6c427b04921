"""`np.pad`, axis after axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from myialike.library.refusal import refuse

BY_PLACE = ("edge", "wrap", "reflect", "symmetric")
STATISTICS = ("maximum", "minimum", "mean", "median")


def pad(
    array: Any,
    pad_width: Any,
    mode: Any = "constant",
    *,
    constant_values: Any = 0,
    end_values: Any = 0,
    reflect_type: Any = "even",
    stat_length: Any = None,
) -> Any:
    array = np.asarray(array)
    if isinstance(pad_width, dict):
        named = {k % array.ndim: pad_width[k] for k in pad_width}
        pad_width = [named.get(k, (0, 0)) for k in range(array.ndim)]
        pad_width = [(w, w) if isinstance(w, int) else w for w in pad_width]
    widths = pairs(pad_width, array.ndim)
    if any([w < 0 for pair in widths for w in pair]):
        raise ValueError("index can't contain negative values")
    constants, ends = pairs(constant_values, array.ndim), pairs(end_values, array.ndim)
    lengths = pairs(stat_length, array.ndim)
    if mode not in ("constant", "empty", "linear_ramp", *BY_PLACE, *STATISTICS):
        refuse("np.pad with this mode")
    out = array
    for k in range(array.ndim):
        low, high = widths[k]
        if low == 0 and high == 0:
            continue
        n = array.shape[k]
        if mode in ("constant", "empty"):
            first, last = (0, 0) if mode == "empty" else constants[k]
            sides = _constant(out, first, low, k), _constant(out, last, high, k)
            out = np.concatenate((sides[0], out, sides[1]), axis=k)
        elif n == 0:
            raise ValueError(f"can't extend empty axis {k} using modes other than 'constant' or 'empty'")
        elif mode in BY_PLACE:
            out = _by_place(out, k, low, high, n, mode, reflect_type)
        elif mode == "linear_ramp":
            out = _ramp(out, k, low, high, ends[k])
        else:
            first, last = _statistics(out, k, n, mode, lengths[k])
            sides = _constant(out, first, low, k), _constant(out, last, high, k)
            out = np.concatenate((sides[0], out, sides[1]), axis=k)
    return out.copy()


def pairs(value: Any, rank: Any) -> Any:
    """A value for each side of each axis, from what stands for them: one, one for all sides, a pair, or all."""
    if value is None:
        return [(None, None)] * rank
    if not isinstance(value, (list, tuple)):
        if np.ndim(value) != 0:
            refuse("np.pad with an array of widths or values")
        return [(value, value)] * rank
    if len(value) == 1 and not isinstance(value[0], (list, tuple)):
        return [(value[0], value[0])] * rank
    if len(value) == 2 and not isinstance(value[0], (list, tuple)):
        return [(value[0], value[1])] * rank
    rows = value if len(value) > 1 else [value[0]] * rank
    if len(rows) != rank:
        raise ValueError("operands could not be broadcast together with remapped shapes")
    return [(r[0], r[0]) if len(r) == 1 else (r[0], r[1]) for r in rows]


def _constant(a: Any, value: Any, width: Any, axis: Any) -> Any:
    shape = tuple([width if k == axis else a.shape[k] for k in range(a.ndim)])
    return np.broadcast_to(np.asarray(value).astype(a.dtype), shape)


def _by_place(a: Any, axis: Any, low: Any, high: Any, n: Any, mode: Any, reflect_type: Any) -> Any:
    places = range(-low, n + high)
    if mode == "edge":
        source = [min(max(p, 0), n - 1) for p in places]
    elif mode == "wrap":
        source = [p % n for p in places]
    elif mode == "symmetric":
        source = [min(p % (2 * n), 2 * n - 1 - p % (2 * n)) for p in places]
    elif n == 1:
        source = [0 for p in places]
    else:
        source = [min(p % (2 * n - 2), (2 * n - 2) - p % (2 * n - 2)) for p in places]
    found = np.take(a, np.array(source), axis)
    if mode not in ("reflect", "symmetric") or reflect_type == "even":
        return found
    far = n - 1 if mode == "reflect" else n
    if low > far or high > far or n == 1:
        refuse("np.pad with reflect_type='odd' and a width above the size of the axis")
    edges = np.take(a, np.array([0 if p < 0 else n - 1 for p in places]), axis)
    inside = np.array([0 <= p < n for p in places]).reshape((-1,) + (1,) * (a.ndim - axis - 1))
    return np.where(inside, found, 2 * edges - found)


def _ramp(a: Any, axis: Any, low: Any, high: Any, ends: Any) -> Any:
    n = a.shape[axis]
    first, last = np.take(a, 0, axis), np.take(a, n - 1, axis)
    left = np.linspace(ends[0], first, low, endpoint=False, dtype=a.dtype, axis=axis)
    right = np.flip(np.linspace(ends[1], last, high, endpoint=False, dtype=a.dtype, axis=axis), axis)
    return np.concatenate((left, a, right), axis=axis)


def _statistics(a: Any, axis: Any, n: Any, mode: Any, lengths: Any) -> Any:
    counts = [n if length is None else min(length, n) for length in lengths]
    if min(counts) < 1:
        raise ValueError("stat_length of 0 yields no value for padding")
    parts = np.take(a, np.arange(counts[0]), axis), np.take(a, np.arange(n - counts[1], n), axis)
    return _statistic(parts[0], axis, mode, a.dtype), _statistic(parts[1], axis, mode, a.dtype)


def _statistic(part: Any, axis: Any, mode: Any, dtype: Any) -> Any:
    if mode == "maximum":
        return np.max(part, axis=axis, keepdims=True)
    if mode == "minimum":
        return np.min(part, axis=axis, keepdims=True)
    found = np.mean(part, axis=axis, keepdims=True) if mode == "mean" else np.median(part, axis=axis, keepdims=True)
    return np.rint(found).astype(dtype) if dtype.kind in "iu" else found
