"""Functions that call a function for parts of arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from myialike.library.refusal import refuse


def apply_along_axis(func1d: Any, axis: Any, arr: Any, *args: Any, **kwargs: Any) -> Any:
    """The function is called for the first row once more, to learn what it gives."""
    arr = np.asarray(arr)
    if axis >= arr.ndim or axis < -arr.ndim:
        raise np.exceptions.AxisError(f"axis {axis} is out of bounds for array of dimension {arr.ndim}")
    where = axis % arr.ndim
    rest = tuple([arr.shape[k] for k in range(arr.ndim) if k != where])
    count = 1
    for d in rest:
        count = count * d
    if count == 0:
        raise ValueError("Cannot apply_along_axis when any iteration dimensions are 0")
    rows = np.moveaxis(arr, where, -1).reshape((count, arr.shape[where]))
    first = np.asarray(func1d(rows[0], *args, **kwargs))
    out = np.zeros((count, *first.shape), first.dtype)
    out[0] = first
    for k in range(1, count):
        out[k] = func1d(rows[k], *args, **kwargs)
    found = out.reshape((*rest, *first.shape))
    inner = tuple(range(len(rest), len(rest) + first.ndim))
    return np.moveaxis(found, inner, tuple(range(where, where + first.ndim))) if first.ndim else found


def apply_over_axes(func: Any, a: Any, axes: Any) -> Any:
    value = np.asarray(a)
    rank = value.ndim
    for axis in axes if isinstance(axes, (tuple, list)) else (axes,):
        where = axis + rank if axis < 0 else axis
        found = np.asarray(func(value, where))
        if found.ndim != value.ndim:
            found = np.expand_dims(found, where)
            if found.ndim != value.ndim:
                raise ValueError("function is not returning an array of the correct shape")
        value = found
    return value


def vectorized(pyfunc: Any, otypes: Any, *args: Any) -> Any:
    """`np.vectorize(pyfunc)(*args)`: of Python numbers, one after the other; the first result tells the dtype."""
    arrays = [np.asarray(a) for a in args]
    if len(arrays) == 0:
        refuse("a function of np.vectorize without arguments")
    shape = np.broadcast_shapes(*[a.shape for a in arrays])
    count = 1
    for d in shape:
        count = count * d
    flat = [np.broadcast_to(a, shape).reshape((count,)) for a in arrays]
    if count == 0 and otypes is None:
        raise ValueError("cannot call `vectorize` on size 0 inputs unless `otypes` is set")
    if otypes is None:
        first = pyfunc(*[f[0] for f in flat])
        if isinstance(first, tuple):
            refuse("np.vectorize of a function with several results")
        dtype = np.asarray(first).dtype
    else:
        if len(otypes) != 1:
            refuse("np.vectorize of a function with several results")
        dtype = np.dtype(otypes[0])
    out = np.empty((count,), dtype)
    for k in range(count):
        out[k] = pyfunc(*[f[k].item() for f in flat])
    return np.copy(out.reshape(shape), order="A") if len(shape) > 1 else out.reshape(shape)


def fromfunction(function: Any, shape: Any, *, dtype: Any = float, **kwargs: Any) -> Any:
    return function(*np.indices(shape, dtype=dtype), **kwargs)


def piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Any:
    """Where several conditions hold the last counts; a function more than conditions is for the rest."""
    x = np.asarray(x)
    if x.ndim == 0:
        refuse("np.piecewise of a number")
    conditions = condlist
    if not isinstance(condlist, (list, tuple)) or (len(condlist) > 0 and np.ndim(condlist[0]) == 0):
        conditions = [condlist]
    flags = [np.asarray(c).astype(bool) for c in conditions]
    n = len(funclist)
    if n == len(flags) + 1:
        rest = np.zeros(x.shape, bool)
        for c in flags:
            rest = rest | c
        flags = [*flags, ~rest]
    elif n != len(flags):
        raise ValueError(
            f"with {len(flags)} condition(s), either {len(flags)} or {len(flags) + 1} functions are expected"
        )
    y = np.zeros_like(x)
    for k in range(n):
        if callable(funclist[k]):
            y[flags[k]] = funclist[k](x[flags[k]], *args, **kw)
        else:
            y[flags[k]] = funclist[k]
    return y
