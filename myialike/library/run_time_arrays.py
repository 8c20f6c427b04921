"""NumPy functions of arrays of run-time size, by index arrays, slices and sums of them.

Of arrays of known size NumPy's functions are in other modules, and cost less.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from myialike.library.decided import decided
from myialike.library.refusal import refuse


def convolve(a: Any, v: Any, mode: Any = "full") -> Any:
    """Each element is a product of v with elements of a, those that there are."""
    a, v = np.atleast_1d(a), np.atleast_1d(v)
    if mode not in ("full", "same", "valid"):
        raise ValueError("mode must be one of 'valid', 'same', or 'full'")
    n, k = len(a), len(v)
    if n == 0 or k == 0:
        raise ValueError("a and v cannot be empty")
    dtype = np.result_type(a, v)
    places = np.arange(n + k - 1)[:, None] - np.arange(k)[None, :]
    inside = (places >= 0) & (places < n)
    found = np.where(inside, a[np.minimum(np.maximum(places, 0), n - 1)], np.zeros((), a.dtype)).astype(dtype)
    full = found @ v.astype(dtype)
    large, small = max(n, k), min(n, k)
    if mode == "same":
        return full[(small - 1) // 2 : (small - 1) // 2 + large]
    return full if mode == "full" else full[small - 1 : large]


def correlate(a: Any, v: Any, mode: Any = "valid") -> Any:
    v = np.atleast_1d(v)
    return convolve(a, np.conj(v)[::-1] if v.dtype.kind == "c" else v[::-1], mode)


def polyval(p: Any, x: Any) -> Any:
    """Horner's scheme, in a loop of as many turns as there are coefficients."""
    p, x = np.asarray(p), np.asarray(x)
    if decided(len(p) == 0, "np.polyval"):
        return np.zeros_like(x)
    dtype = np.result_type(p, x)
    y = np.zeros_like(x).astype(dtype)[()]
    for k in range(len(p)):
        y = y * x.astype(dtype) + p[k].astype(dtype)
    return y


def meshgrid(*xi: Any, sparse: Any = False, indexing: Any = "xy", copy: Any = True) -> Any:
    if sparse or len(xi) != 2 or indexing not in ("xy", "ij"):
        refuse("np.meshgrid of other than two vectors of run-time size, or with sparse=True")
    x, y = np.ravel(xi[0]), np.ravel(xi[1])
    rows, columns = (len(y), len(x)) if indexing == "xy" else (len(x), len(y))
    down = np.arange(rows)[:, None] + 0 * np.arange(columns)[None, :]
    right = 0 * np.arange(rows)[:, None] + np.arange(columns)[None, :]
    return (x[right], y[down]) if indexing == "xy" else (x[down], y[right])


def select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    if len(condlist) != len(choicelist):
        raise ValueError("list of cases must be same length as list of conditions")
    dtype = np.result_type(*choicelist, default)
    found = np.where(condlist[-1], choicelist[-1], default)
    for k in range(len(condlist) - 2, -1, -1):
        found = np.where(condlist[k], choicelist[k], found)
    return found.astype(dtype)


def extract(condition: Any, arr: Any) -> Any:
    if np.ndim(condition) != 1 or np.ndim(arr) != 1:
        refuse("np.extract of an array of run-time size that is no vector")
    return arr[np.asarray(condition) != 0]


def compress(condition: Any, a: Any, axis: Any = None) -> Any:
    """Fewer conditions than elements are for the first ones; of more, the others are false."""
    kept = np.asarray(condition) != 0
    n = min(len(kept), len(a))
    if np.any(kept[n:]):
        raise IndexError(f"index {n + np.argmax(kept[n:])} is out of bounds for axis 0 with size {n}")
    return extract(kept[:n], a[:n])


def array_equal(a1: Any, a2: Any, equal_nan: Any = False) -> Any:
    if equal_nan or np.ndim(a1) != 1 or np.ndim(a2) != 1:
        refuse("np.array_equal of arrays of run-time size that are no vectors, or with equal_nan")
    n = min(len(a1), len(a2))
    return bool(len(a1) == len(a2) and np.all(a1[:n] == a2[:n]))


def vander(x: Any, N: Any = None, increasing: Any = False) -> Any:
    n = len(x) if N is None else N
    powers = np.arange(n)
    return x.astype(np.promote_types(x.dtype, int))[:, None] ** (powers if increasing else n - 1 - powers)[None, :]


def arange(start: Any, stop: Any = None, step: Any = 1) -> Any:
    """Of ints, or of floats of 64 bits: then the elements are NumPy's, multiples of the difference of the first two."""
    if stop is None:
        start, stop = 0, start
    if not isinstance(start + stop + step, float):
        if step == 0:
            raise ZeroDivisionError("division by zero")
        return start + step * np.arange(max(-((start - stop) // step), 0))
    length = (float(stop) - float(start)) / float(step)
    if length != length:
        raise ValueError("arange: cannot compute length")
    if abs(length) >= 2.0**31:
        raise ValueError("Maximum allowed size exceeded")
    first, second = float(start), float(start + step)
    return first + (second - first) * np.arange(max(math.ceil(length), 0))


def linspace(start: Any, stop: Any, num: Any = 50, endpoint: Any = True, retstep: Any = False) -> Any:
    if np.ndim(start) or np.ndim(stop) or retstep:
        refuse("np.linspace between arrays with a number of points known only at run time, or with retstep")
    if num < 0:
        raise ValueError(f"Number of samples, {num}, must be non-negative.")
    parts = max(num - 1, 1) if endpoint else max(num, 1)
    dtype = np.result_type(start, stop, 1.0)
    step = np.asarray(stop - start).astype(dtype) / parts
    found = np.arange(num).astype(dtype) * step + start
    if not endpoint:
        return found
    return np.where((np.arange(num) == num - 1) & (num > 1), np.asarray(stop).astype(dtype), found)


def eye(N: Any, M: Any = None, k: Any = 0, dtype: Any = float) -> Any:
    return (np.arange(N)[:, None] + k == np.arange(N if M is None else M)[None, :]).astype(dtype)


def variance(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0, keepdims: Any = False) -> Any:
    if out is not None:
        refuse("np.var of an array of run-time size with out=")
    off = a - np.mean(a, axis=axis, dtype=dtype, keepdims=True)
    squares = np.real(off * np.conj(off)) if off.dtype.kind == "c" else off * off
    total = np.sum(squares, axis=axis, dtype=squares.dtype, keepdims=keepdims)
    count = 1
    for k in range(a.ndim):
        if axis is None or k in [j % a.ndim for j in (axis if isinstance(axis, tuple) else (axis,))]:
            count = count * a.shape[k]
    return np.true_divide(total, np.asarray(max(count - ddof, 0)).astype(total.dtype))


def deviation(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0, keepdims: Any = False
) -> Any:
    return np.sqrt(variance(a, axis, dtype, out, ddof, keepdims))


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: Any = False) -> Any:
    x = x if x.dtype.kind in "fc" else x.astype(float)
    if ord in ("fro", None) or (ord == 2 and (axis is not None or x.ndim == 1) and not isinstance(axis, tuple)):
        squares = np.real(x * np.conj(x)) if x.dtype.kind == "c" else x * x
        return np.sqrt(np.sum(squares, axis=axis, keepdims=keepdims))
    if isinstance(axis, tuple) or (axis is None and x.ndim != 1) or isinstance(ord, str):
        refuse("np.linalg.norm of this order of a matrix of run-time size")
    size = np.abs(x)
    if ord == np.inf:
        return np.max(size, axis=axis, keepdims=keepdims)
    if ord == -np.inf:
        return np.min(size, axis=axis, keepdims=keepdims)
    if ord == 0:
        return np.sum((x != 0).astype(size.dtype), axis=axis, keepdims=keepdims)
    if ord == 1:
        return np.sum(size, axis=axis, keepdims=keepdims)
    return np.sum(size**ord, axis=axis, keepdims=keepdims) ** (1.0 / ord)


def median(a: Any, axis: Any = None, out: Any = None, overwrite_input: Any = False, keepdims: Any = False) -> Any:
    if a.dtype.kind == "c" or isinstance(axis, tuple) or out is not None or keepdims:
        refuse("np.median of complex numbers of run-time number, along several axes, or with out= or keepdims")
    rows = np.ravel(a) if axis is None else np.moveaxis(a, axis, 0)
    n, ordered = rows.shape[0], np.sort(rows, axis=0)
    middle = np.mean(ordered[(n - 1) // 2 : n // 2 + 1], axis=0)
    if a.dtype.kind != "f":
        return middle
    return np.where(np.any(np.isnan(rows), axis=0), np.asarray(np.nan, middle.dtype), middle)[()]


def ptp(a: Any, axis: Any = None) -> Any:
    return np.subtract(np.max(a, axis=axis), np.min(a, axis=axis))


def along(a: Any, places: Any, axis: Any) -> Any:
    """`np.take` along an axis of run-time size."""
    return a[places] if a.ndim == 1 else np.moveaxis(np.moveaxis(a, axis, 0)[places], 0, axis)


def take(a: Any, indices: Any, axis: Any = None) -> Any:
    if axis is None:
        return np.ravel(a)[indices]
    if np.ndim(indices) > 1:
        refuse("np.take of a matrix of places of an array of run-time size, along an axis")
    return np.moveaxis(a, axis, 0)[indices] if np.ndim(indices) == 0 else along(a, indices, axis)


def put_rows(a: Any, index: Any, values: Any, add: Any) -> None:
    """`a[index] = values`, or `np.add.at(a, index, values)`: row by row, of an index of run-time length."""
    index, values = np.asarray(index), np.asarray(values)
    if values.ndim == a.ndim and len(values) != 1 and len(values) != len(index):
        if add:
            raise ValueError("array is not broadcastable to correct shape")
        given, wanted = (",".join([str(d) for d in (n, *a.shape[1:])]) for n in (len(values), len(index)))
        text = f"value array of shape ({given}) could not be broadcast to indexing result of shape ({wanted})"
        raise ValueError(f"shape mismatch: {text}")
    for k in range(len(index)):
        row = values if values.ndim < a.ndim else values[0] if len(values) == 1 else values[k]
        if add:
            a[index[k]] += row
        else:
            a[index[k]] = row


def take_along_axis(arr: Any, indices: Any, axis: Any = -1) -> Any:
    where, index = axis % arr.ndim, []
    for k in range(arr.ndim):
        lengths = np.arange(arr.shape[k])
        index.append(indices if k == where else lengths[(None,) * k + (slice(None),) + (None,) * (arr.ndim - k - 1)])
    return arr[tuple(index)]


def roll(a: Any, shift: Any, axis: Any = None) -> Any:
    """Also of an array of known size, by a shift of run time."""
    shifts = np.ravel(shift)
    if shifts.dtype.kind not in "iub":
        refuse("np.roll by a shift of floats that only run time knows")
    if axis is None:
        return rolled(np.ravel(a), np.sum(shifts), 0).reshape(a.shape)
    axes = axis if isinstance(axis, (tuple, list)) else (axis,)
    if len(axes) != len(shifts) and len(axes) != 1 and len(shifts) != 1:
        raise ValueError("shape mismatch: objects cannot be broadcast to a single shape")
    for k in range(max(len(axes), len(shifts)) if axes and len(shifts) else 0):
        a = rolled(a, shifts[k % len(shifts)], axes[k % len(axes)])
    return a


def rolled(a: Any, shift: Any, axis: Any) -> Any:
    n = a.shape[axis]
    return along(a, (np.arange(n) - shift) % max(n, 1), axis % a.ndim)


def repeat(a: Any, repeats: Any, axis: Any = None) -> Any:
    if axis is None:
        a, axis = np.ravel(a), 0
    n = a.shape[axis % a.ndim]
    if np.ndim(repeats) == 1 and len(repeats) == 1 and n != 1:
        repeats = np.broadcast_to(repeats, (n,))
    if np.ndim(repeats) == 0:
        return along(a, np.arange(n * repeats) // max(repeats, 1), axis)
    ends = np.cumsum(repeats)
    if len(ends) != n:
        raise ValueError(f"operands could not be broadcast together with shape ({n},) ({len(ends)},)")
    if np.any(np.asarray(repeats) < 0):
        raise ValueError("repeats may not contain negative values.")
    count = int(np.sum(repeats))
    return along(a, np.searchsorted(ends, np.arange(count), side="right"), axis)


def tile(A: Any, reps: Any) -> Any:
    counts = reps if isinstance(reps, tuple) else (reps,)
    rank = max(len(counts), A.ndim)
    a = A[(None,) * (rank - A.ndim) + (...,)]
    for k in range(len(counts)):
        where = rank - len(counts) + k
        n = a.shape[where]
        a = along(a, np.arange(n * counts[k]) % max(n, 1), where)
    return a


def flip(m: Any, axis: Any = None) -> Any:
    axes = range(m.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    turned = [k % m.ndim for k in axes]
    return m[tuple([slice(None, None, -1) if k in turned else slice(None) for k in range(m.ndim)])]


def diagonal(a: Any, offset: Any = 0) -> Any:
    if a.ndim != 2:
        refuse("np.diagonal of an array of run-time size that is no matrix")
    rows, columns = a.shape
    down, right = max(-offset, 0), max(offset, 0)
    k = np.arange(max(min(rows - down, columns - right), 0))
    return a[k + down, k + right]


def diag(v: Any, k: Any = 0) -> Any:
    if v.ndim == 2:
        return diagonal(v, k)
    out, place = np.zeros((len(v) + abs(k), len(v) + abs(k)), v.dtype), np.arange(len(v))
    out[place + max(-k, 0), place + max(k, 0)] = v
    return out


def trace(a: Any, offset: Any = 0) -> Any:
    return np.sum(diagonal(a, offset))


def triangle(a: Any, k: Any, lower: Any) -> Any:
    rows, columns = np.arange(a.shape[-2])[:, None], np.arange(a.shape[-1])[None, :]
    return np.where(columns - rows <= k if lower else columns - rows >= k, a, np.zeros((), a.dtype))


def tril(m: Any, k: Any = 0) -> Any:
    return triangle(m, k, True)


def triu(m: Any, k: Any = 0) -> Any:
    return triangle(m, k, False)
