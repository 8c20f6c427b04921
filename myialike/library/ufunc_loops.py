"""The methods of a ufunc of two operands, as loops along an axis. The array is in the dtype that the loop works in."""

from __future__ import annotations

from typing import Any

import numpy as np

from myialike.library.refusal import refuse


def reduce(ufunc: Any, a: Any, axes: Any, keepdims: Any, initial: Any, where: Any) -> Any:
    """`ufunc(... ufunc(ufunc(initial, a[0]), a[1]) ...)`; without `initial` (None) it begins with a[0]."""
    a = np.asarray(a)
    shape = tuple(1 if k in axes else a.shape[k] for k in range(a.ndim))
    rest = tuple(a.shape[k] for k in range(a.ndim) if k not in axes)
    count = 1
    for k in axes:
        count = count * a.shape[k]
    rows = np.moveaxis(a, axes, tuple(range(len(axes)))).reshape((count, *rest)) if axes else a[None]
    chosen = np.ones(rows.shape, bool)
    if where is not True:
        if initial is None:
            raise ValueError("to use a where mask one has to specify 'initial'")
        mask = np.broadcast_to(where, a.shape)
        chosen = np.moveaxis(mask, axes, tuple(range(len(axes)))).reshape(rows.shape)
    if len(rows) == 0 and initial is None:
        raise ValueError(f"zero-size array to reduction operation {ufunc.__name__} which has no identity")
    first = 1 if initial is None else 0
    total = rows[0] if initial is None else np.full(rest, initial, a.dtype)
    total = np.array(total)
    for k in range(first, len(rows)):
        if where is True:
            total = np.asarray(ufunc(total, rows[k]))
        else:
            total = np.where(chosen[k], ufunc(total, rows[k]), total)
    return np.reshape(total, shape)[()] if keepdims else total[()]


def accumulate(ufunc: Any, a: Any, axis: Any) -> Any:
    rows = np.moveaxis(a, axis, 0)
    out = np.array(rows)
    for k in range(1, len(rows)):
        out[k] = ufunc(out[k - 1], rows[k])
    return np.moveaxis(out, 0, axis)


def reduceat(ufunc: Any, a: Any, indices: Any, axis: Any) -> Any:
    """Of each slice from an index to the next; where that is not after it, the element itself."""
    rows, n = np.moveaxis(a, axis, 0), len(indices)
    starts = np.asarray(indices).astype(int)
    if n and np.any((starts < 0) | (starts >= len(rows))):
        raise IndexError("index out-of-bounds in reduceat")
    out = np.empty((n, *rows.shape[1:]), rows.dtype)
    for k in range(n):
        begin, end = starts[k], len(rows)
        if k + 1 < n:
            end = starts[k + 1]
        total = np.array(rows[begin])
        for j in range(begin + 1, end):
            total = np.asarray(ufunc(total, rows[j]))
        out[k] = total
    return np.moveaxis(out, 0, axis)


def at(ufunc: Any, a: Any, indices: Any, *operand: Any) -> Any:
    """One index after the other."""
    places = indices if isinstance(indices, tuple) else (indices,)
    for place in places:
        if isinstance(place, slice) or place is None or place is ...:
            refuse("the method `at` of a ufunc, with a slice")
    grids = [np.asarray(p) for p in places]
    for grid in grids:
        if grid.dtype.kind == "b":
            refuse("the method `at` of a ufunc, with a mask")
    shape = np.broadcast_shapes(*[g.shape for g in grids])
    rest, count = a.shape[len(grids) :], 1
    for d in shape:
        count = count * d
    values = [np.broadcast_to(v, shape + rest).reshape((count, *rest)) for v in operand]
    flat = [np.broadcast_to(g, shape).reshape((count,)) for g in grids]
    for k in range(count):
        place = tuple([f[k] for f in flat])
        np.copyto(a[(*place, ...)], ufunc(a[(*place, ...)], *[v[k] for v in values]))
