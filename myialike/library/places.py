"""Grids of places: the indices of triangles and diagonals, of flat arrays, and what `np.mgrid[...]` gives."""

from __future__ import annotations

from typing import Any

import numpy as np

from myialike.library.picked import is_sized, packed
from myialike.library.refusal import refuse


def _where(mask: Any) -> Any:
    """The places of a mask that is known: rows and columns of the elements that are true."""
    pairs = [(i, j) for i in range(len(mask)) for j in range(len(mask[i])) if mask[i][j]]
    return np.array([p[0] for p in pairs], int), np.array([p[1] for p in pairs], int)


def tril_indices(n: Any, k: Any = 0, m: Any = None) -> Any:
    return _where([[j - i <= k for j in range(n if m is None else m)] for i in range(n)])


def triu_indices(n: Any, k: Any = 0, m: Any = None) -> Any:
    return _where([[j - i >= k for j in range(n if m is None else m)] for i in range(n)])


def tril_indices_from(arr: Any, k: Any = 0) -> Any:
    if arr.ndim != 2:
        raise ValueError("input array must be 2-d")
    return tril_indices(arr.shape[0], k, arr.shape[1])


def triu_indices_from(arr: Any, k: Any = 0) -> Any:
    if arr.ndim != 2:
        raise ValueError("input array must be 2-d")
    return triu_indices(arr.shape[0], k, arr.shape[1])


def mask_indices(n: Any, mask_func: Any, k: Any = 0) -> Any:
    return np.nonzero(mask_func(np.ones((n, n), int), k) != 0)


def diag_indices(n: Any, ndim: Any = 2) -> Any:
    places = np.arange(n)
    return (places,) * ndim


def diag_indices_from(arr: Any) -> Any:
    if arr.ndim < 2:
        raise ValueError("input array must be at least 2-d")
    if any([d != arr.shape[0] for d in arr.shape]):
        raise ValueError("All dimensions of input must be of equal length")
    return diag_indices(arr.shape[0], arr.ndim)


def unravel_index(indices: Any, shape: Any, order: Any = "C") -> Any:
    dims = (shape,) if isinstance(shape, int) else tuple(shape)
    k = np.asarray(indices)
    if k.dtype.kind not in "biu" or (k.dtype.kind == "b" and k.ndim == 0):
        raise TypeError("only int indices permitted")
    k = k.astype(int)
    total = 1
    for d in dims:
        total = total * d
    if np.any((k < 0) | (k >= total)):
        raise ValueError(f"index is out of bounds for array with size {total}")
    found = []
    for d in reversed(dims) if order == "C" else dims:
        found.append((k % d)[()])
        k = k // d
    return tuple(found[::-1]) if order == "C" else tuple(found)


def ravel_multi_index(multi_index: Any, dims: Any, mode: Any = "raise", order: Any = "C") -> Any:
    places = [np.asarray(p) for p in multi_index]
    shape = (dims,) if isinstance(dims, int) else tuple(dims)
    modes = mode if isinstance(mode, tuple) else (mode,) * len(shape)
    if len(places) != len(shape):
        raise ValueError(f"parameter multi_index must be a sequence of length {len(shape)}")
    total = np.zeros((), int)
    axes = range(len(shape)) if order == "C" else range(len(shape) - 1, -1, -1)
    for k in axes:
        place, n = places[k], shape[k]
        if modes[k] == "raise":
            if np.any((place < 0) | (place >= n)):
                raise ValueError("invalid entry in coordinates array")
        elif modes[k] == "wrap":
            place = place % n
        elif modes[k] == "clip":
            place = np.clip(place, 0, n - 1)
        else:
            raise ValueError(f"clipmode must be one of 'clip', 'raise', or 'wrap' (got '{modes[k]}')")
        total = total * n + place
    return np.asarray(total)[()]


def unstack(x: Any, *, axis: Any = 0) -> Any:
    x = np.asarray(x)
    if x.ndim == 0:
        raise ValueError("Input array must be at least 1-d.")
    rows = np.moveaxis(x, axis, 0)
    return tuple([rows[k] for k in range(len(rows))])


# -- by subscripts ---------------------------------------------------------------------------------------------------


def _parts(key: Any) -> Any:
    """Start, step and number of each slice, and whether all are ints."""
    return [_part(s) for s in (key if isinstance(key, tuple) else (key,))]


def _part(s: Any) -> Any:
    start = 0 if s.start is None else s.start
    step = 1 if s.step is None else s.step
    if isinstance(step, complex):
        n = int(abs(step))
        return start, (s.stop - start) / float(n - 1) if n != 1 else 1, n, float
    whole = isinstance(start, int) and isinstance(s.stop, int) and isinstance(step, int)
    return start, step, max(-int((start - s.stop) / (step * 1.0) // 1), 0), int if whole else float


def mgrid(key: Any) -> Any:
    if not isinstance(key, tuple):
        return _line(*_parts(key)[0])
    parts = _parts(key)
    kind = float if any([p[3] is float for p in parts]) else int
    sizes = [p[2] for p in parts]
    return np.stack([np.broadcast_to(_thin(p, k, len(parts), kind), tuple(sizes)) for k, p in enumerate(parts)])


def ogrid(key: Any) -> Any:
    if not isinstance(key, tuple):
        return _line(*_parts(key)[0])
    parts = _parts(key)
    kind = float if any([p[3] is float for p in parts]) else int
    return tuple([_thin(p, k, len(parts), kind) for k, p in enumerate(parts)])


def _thin(p: Any, k: Any, rank: Any, kind: Any) -> Any:
    """A line along the axis k of as many."""
    return _line(p[0], p[1], p[2], kind).reshape(tuple([p[2] if j == k else 1 for j in range(rank)]))


def _line(start: Any, step: Any, n: Any, kind: Any) -> Any:
    return np.arange(n).astype(kind) * step + start


def r_(key: Any) -> Any:
    items = [_item(k) for k in (key if isinstance(key, tuple) else (key,))]
    if any([np.ndim(v) > 1 for v in items]):
        return np.concatenate(items, axis=0)
    arrays = [v for v in items if np.ndim(v) > 0]
    numbers = [v for v in items if np.ndim(v) == 0]
    dtype = np.result_type(*arrays, *numbers)
    return np.concatenate([np.atleast_1d(np.asarray(v, dtype)) for v in items])


def _item(k: Any) -> Any:
    if isinstance(k, str):
        refuse("np.r_ with a directive")
    if isinstance(k, slice):
        start = 0 if k.start is None else k.start
        step = 1 if k.step is None else k.step
        if isinstance(step, complex):
            return np.linspace(start, k.stop, int(abs(step)))
        return np.arange(start, k.stop, step)
    if isinstance(k, (list, tuple)):
        return np.array(k)
    return k


def c_(key: Any) -> Any:
    items = [_item(k) for k in (key if isinstance(key, tuple) else (key,))]
    dtype = np.result_type(*[v for v in items if np.ndim(v) > 0], *[v for v in items if np.ndim(v) == 0])
    items = [np.asarray(v, dtype) for v in items]
    return np.concatenate([np.reshape(v, (np.size(v), 1)) if np.ndim(v) < 2 else v for v in items], axis=-1)


def open_mesh(*args: Any) -> Any:
    """`np.ix_` of vectors of which some are masks, or have a size of run time."""
    found = []
    for k in range(len(args)):
        places = args[k] if is_sized(args[k]) else np.asarray(args[k])
        if places.dtype.kind == "b":
            places = packed(np.nonzero(places)[0])
        found.append(places[(None,) * k + (slice(None),) + (None,) * (len(args) - k - 1)])
    return tuple(found)


def s_(key: Any) -> Any:
    return key


def index_exp(key: Any) -> Any:
    return key if isinstance(key, tuple) else (key,)


def unflatten(shape: Any, k: Any) -> Any:
    """The place of the element number k, in C order: one item of `np.ndindex(*shape)`."""
    place = []
    for d in reversed(shape):
        place.append(k % d)
        k = k // d
    return tuple(place[::-1])


def element(a: Any, shape: Any, k: Any) -> Any:
    """One item of `np.ndenumerate(a)`."""
    place = unflatten(shape, k)
    return place, a[place]
