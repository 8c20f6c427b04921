"""Writing into arrays by masks and places, and choosing between arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from myialike.library.refusal import refuse


def copyto(dst: Any, src: Any, casting: Any = "same_kind", where: Any = True) -> None:
    new = np.asarray(src)
    plain = isinstance(src, (bool, int, float, complex)) and not isinstance(src, np.generic)
    if isinstance(src, int) and not isinstance(src, bool) and dst.dtype.kind == "b":
        refuse("np.copyto of an int into an array of bools")
    if plain and casting == "same_kind":
        new = new.astype(np.result_type(dst.dtype, src)) if not isinstance(src, int) else np.full((), src, dst.dtype)
    if not np.can_cast(new.dtype, dst.dtype, casting):
        refuse(f"np.copyto of {new.dtype} into {dst.dtype} with casting={casting}; it")
    if new.dtype.kind == "c" and dst.dtype.kind != "c":
        refuse("np.copyto of complex numbers into an array of real ones")
    new = new.astype(dst.dtype)
    if where is True:
        dst[...] = new
    else:
        dst[...] = np.where(np.broadcast_to(where, dst.shape), np.broadcast_to(new, dst.shape), dst)


def _repeated(values: Any, count: Any, dtype: Any, rule: Any = "unsafe") -> Any:
    """Values in turn, as many as are asked for."""
    if isinstance(values, np.ndarray) and not np.can_cast(values.dtype, dtype, rule):
        raise TypeError(f"Cannot cast array data from {values.dtype!r} to {dtype!r} according to the rule '{rule}'")
    if np.asarray(values).dtype.kind == "c" and dtype.kind != "c":
        refuse("writing complex numbers into an array of real ones")
    return np.resize(np.ravel(np.asarray(values, dtype)), (count,))


def putmask(a: Any, mask: Any, values: Any) -> None:
    mask = np.asarray(mask)
    if mask.size != a.size:
        raise ValueError("putmask: mask and data must be the same size")
    if np.size(values) == 0:
        return
    new = _repeated(values, a.size, a.dtype, "safe").reshape(a.shape)
    a[...] = np.where(mask.reshape(a.shape) != 0, new, a)


def place(arr: Any, mask: Any, vals: Any) -> None:
    if isinstance(vals, np.ndarray) and not np.can_cast(vals.dtype, arr.dtype, "safe"):
        raise TypeError(f"Cannot cast array data from {vals.dtype!r} to {arr.dtype!r} according to the rule 'safe'")
    mask, given, vals = np.asarray(mask), vals, np.ravel(vals)
    if mask.size != arr.size:
        raise ValueError("place: mask and data must be the same size")
    flags = mask.reshape(arr.shape) != 0
    if len(vals) == 0:
        if np.any(flags):
            raise ValueError("Cannot insert from an empty array!")
        return
    if vals.dtype.kind == "c" and arr.dtype.kind != "c":
        refuse("writing complex numbers into an array of real ones")
    number = (np.cumsum(flags) - 1).reshape(arr.shape)
    arr[...] = np.where(flags, np.ravel(np.asarray(given, arr.dtype))[np.maximum(number, 0) % len(vals)], arr)


def put(a: Any, ind: Any, v: Any, mode: Any = "raise") -> None:
    places = np.ravel(ind)
    where = _in_mode(places.astype(int) if places.dtype.kind == "b" else places, a.size, mode)
    if a.size == 0 and len(where) != 0:
        raise IndexError("cannot replace elements of an empty array")
    if len(where) == 0 or np.size(v) == 0:
        return
    new = _repeated(v, len(where), a.dtype)
    flat = np.array(a).reshape(-1)
    flat[where] = new
    a[...] = flat.reshape(a.shape)


def _in_mode(where: Any, n: Any, mode: Any) -> Any:
    if mode == "raise":
        return where
    if mode == "wrap":
        return where % n
    if mode == "clip":
        return np.clip(where, 0, n - 1)
    raise ValueError(f"clipmode must be one of 'clip', 'raise', or 'wrap' (got '{mode}')")


def take(a: Any, indices: Any, axis: Any = None, mode: Any = "raise") -> Any:
    """`np.take` with a mode."""
    a = np.ravel(a) if axis is None else np.asarray(a)
    n = a.shape[0 if axis is None else axis]
    return np.take(a, _in_mode(np.asarray(indices), n, mode), 0 if axis is None else axis)


def put_along_axis(arr: Any, indices: Any, values: Any, axis: Any) -> None:
    indices = np.asarray(indices)
    if axis is None:
        if indices.ndim != 1:
            raise ValueError("when axis=None, `indices` must have a single dimension.")
        put(arr, indices, np.broadcast_to(values, indices.shape))
        return
    if indices.ndim != arr.ndim:
        raise ValueError("`indices` and `arr` must have the same number of dimensions")
    where = axis % arr.ndim
    if any([k != where and indices.shape[k] != arr.shape[k] for k in range(arr.ndim)]):
        refuse("np.put_along_axis with indices that broadcast")
    new = np.asarray(values)
    if new.dtype.kind == "c" and arr.dtype.kind != "c":
        refuse("writing complex numbers into an array of real ones")
    new = np.broadcast_to(np.asarray(values, arr.dtype), indices.shape)
    grid = [
        indices if k == where else np.arange(arr.shape[k]).reshape((-1,) + (1,) * (arr.ndim - 1 - k))
        for k in range(arr.ndim)
    ]
    arr[tuple(grid)] = new


def fill_diagonal(a: Any, val: Any, wrap: Any = False) -> None:
    if a.ndim < 2:
        raise ValueError("array must be at least 2-d")
    if a.ndim > 2 and any([d != a.shape[0] for d in a.shape]):
        raise ValueError("All dimensions of input must be of equal length")
    step = a.shape[1] + 1
    if a.ndim > 2:
        step = sum([a.shape[0] ** k for k in range(a.ndim)])
    end = a.size if wrap or a.ndim > 2 else min(a.size, a.shape[1] * a.shape[1])
    places = np.arange(0, end, step)
    if len(places) > 0 and np.size(val) > 0:
        put(a, places, val)


def choose(a: Any, choices: Any, mode: Any = "raise") -> Any:
    """The choices in their common dtype, by their number."""
    a, options = np.asarray(a), [np.asarray(c) for c in choices]
    if a.dtype.kind not in "iub":
        raise TypeError("Cannot cast array data to int64 according to the rule 'safe'")
    dtype = np.result_type(*[c if isinstance(c, (int, float, complex)) else np.asarray(c) for c in choices])
    shape = np.broadcast_shapes(a.shape, *[c.shape for c in options])
    number = a.astype(int)
    if mode == "raise":
        if np.any((number < 0) | (number >= len(options))):
            raise ValueError("invalid entry in choice array")
    else:
        number = _in_mode(number, len(options), mode)
    number, out = np.broadcast_to(number, shape), np.zeros(shape, dtype)
    for k in range(len(options)):
        out = np.where(number == k, options[k].astype(dtype), out)
    return out[()]
