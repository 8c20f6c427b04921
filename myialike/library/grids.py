"""Differences, integrals and grids."""

from __future__ import annotations

from typing import Any

import numpy as np

from myialike.library.refusal import refuse


def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: Any = -1) -> Any:
    y = np.moveaxis(np.asarray(y), axis, -1)
    if x is None:
        d = dx
    else:
        x = np.asarray(x)
        d = np.diff(x) if x.ndim == 1 else np.diff(np.moveaxis(x, axis, -1))
    return np.sum(d * (y[..., 1:] + y[..., :-1]) / 2.0, axis=-1)


def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: Any = 1) -> Any:
    """Central differences inside, one-sided ones at the ends, for equal distances."""
    f = np.asarray(f)
    axes = tuple(range(f.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    if len(varargs) not in (0, 1, len(axes)):
        raise TypeError("invalid number of arguments")
    if f.dtype.kind in "iu":
        f = f.astype(np.float64)
    if edge_order != 1 or f.dtype.kind == "b":
        refuse("np.gradient with edge_order=2, or of bools")
    steps = (1.0,) * len(axes) if not varargs else varargs * len(axes) if len(varargs) == 1 else varargs
    found = tuple(_differences(np.moveaxis(f, k, -1), h, k) for k, h in zip(axes, steps))  # noqa: B905
    return found[0] if len(axes) == 1 else found


def _differences(f: Any, h: Any, axis: Any) -> Any:
    if np.ndim(h) != 0:
        refuse("np.gradient with unequal distances")
    if f.shape[-1] < 2:
        raise ValueError(
            "Shape of array too small to calculate a numerical gradient, "
            "at least (edge_order + 1) elements are required."
        )
    inner = (f[..., 2:] - f[..., :-2]) / (2.0 * h)
    first, last = (f[..., 1:2] - f[..., 0:1]) / h, (f[..., -1:] - f[..., -2:-1]) / h
    return np.moveaxis(np.concatenate([first, inner, last], axis=-1).astype(f.dtype), -1, axis)


def ediff1d(ary: Any) -> Any:
    flat = np.ravel(ary)
    return flat[1:] - flat[:-1]


def logspace(start: Any, stop: Any, num: Any = 50, endpoint: Any = True, base: Any = 10.0, dtype: Any = None) -> Any:
    y = np.power(base, np.linspace(start, stop, num=num, endpoint=endpoint))
    return y if dtype is None else y.astype(dtype)


def cumulative_sum(x: Any, *, axis: Any = None, dtype: Any = None) -> Any:
    x = np.asarray(x)
    if x.ndim != 1 and axis is None:
        raise ValueError("For arrays which have more than one dimension ``axis`` argument is required.")
    return np.cumsum(x, -1 if axis is None else axis, dtype)


def cumulative_prod(x: Any, *, axis: Any = None, dtype: Any = None) -> Any:
    x = np.asarray(x)
    if x.ndim != 1 and axis is None:
        raise ValueError("For arrays which have more than one dimension ``axis`` argument is required.")
    return np.cumprod(x, -1 if axis is None else axis, dtype)


def fliplr(m: Any) -> Any:
    m = np.asarray(m)
    if m.ndim < 2:
        raise ValueError("Input must be >= 2-d.")
    return m[:, ::-1]


def flipud(m: Any) -> Any:
    m = np.asarray(m)
    if m.ndim < 1:
        raise ValueError("Input must be >= 1-d.")
    return m[::-1, ...]


def rot90(m: Any, k: Any = 1, axes: Any = (0, 1)) -> Any:
    m, turns, (i, j) = np.asarray(m), k % 4, axes
    if turns == 0:
        return m[:]
    if turns == 2:
        return np.flip(np.flip(m, i), j)
    if turns == 1:
        return np.swapaxes(np.flip(m, j), i, j)
    return np.flip(np.swapaxes(m, i, j), j)


def resize(a: Any, new_shape: Any) -> Any:
    shape = (new_shape,) if isinstance(new_shape, int) else tuple(new_shape)
    n = 1
    for d in shape:
        n = n * d
    flat = np.ravel(a)
    if len(flat) == 0:
        return np.zeros(shape, flat.dtype)
    return np.reshape(np.tile(flat, -(-n // len(flat)))[:n], shape)
