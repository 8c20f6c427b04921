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
    """Differences of second order inside; at the ends one-sided ones, of first or second order."""
    f = np.asarray(f)
    axes = tuple(range(f.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    if len(varargs) not in (0, 1, len(axes)):
        raise TypeError("invalid number of arguments")
    if edge_order > 2:
        raise ValueError("'edge_order' greater than 2 not supported")
    if f.dtype.kind in "iu":
        f = f.astype(np.float64)
    if f.dtype.kind == "b":
        refuse("np.gradient of bools")
    steps = (1.0,) * len(axes) if not varargs else varargs * len(axes) if len(varargs) == 1 else varargs
    found = tuple([_differences(np.moveaxis(f, axes[k], -1), steps[k], axes[k], edge_order) for k in range(len(axes))])
    return found[0] if len(axes) == 1 else found


def _differences(f: Any, h: Any, axis: Any, edge_order: Any) -> Any:
    if f.shape[-1] < edge_order + 1:
        raise ValueError(
            "Shape of array too small to calculate a numerical gradient, "
            "at least (edge_order + 1) elements are required."
        )
    d = np.asarray(h)
    if d.ndim == 1:
        return _unequal(f, d, axis, edge_order)
    if d.ndim > 1:
        raise ValueError("distances must be either scalars or 1d")
    inner = (f[..., 2:] - f[..., :-2]) / (2.0 * h)
    if edge_order == 1:
        first, last = (f[..., 1:2] - f[..., 0:1]) / h, (f[..., -1:] - f[..., -2:-1]) / h
    else:
        first = (-1.5 / h) * f[..., 0:1] + (2.0 / h) * f[..., 1:2] + (-0.5 / h) * f[..., 2:3]
        last = (0.5 / h) * f[..., -3:-2] + (-2.0 / h) * f[..., -2:-1] + (1.5 / h) * f[..., -1:]
    return np.moveaxis(np.concatenate([first, inner, last], axis=-1).astype(f.dtype), -1, axis)


def _unequal(f: Any, x: Any, axis: Any, edge_order: Any) -> Any:
    """With the coordinates of the places."""
    if len(x) != f.shape[-1]:
        raise ValueError("when 1d, distances must match the length of the corresponding dimension")
    if x.dtype.kind in "iu":
        x = x.astype(np.float64)
    d = np.diff(x)
    h, k = d[:-1], d[1:]
    inner = -(k / (h * (h + k))) * f[..., :-2] + ((k - h) / (h * k)) * f[..., 1:-1] + (h / (k * (h + k))) * f[..., 2:]
    if edge_order == 1:
        first = (f[..., 1:2] - f[..., 0:1]) / d[0]
        last = (f[..., -1:] - f[..., -2:-1]) / d[-1]
    else:
        a, b = d[0], d[1]
        first = -(2.0 * a + b) / (a * (a + b)) * f[..., 0:1] + (a + b) / (a * b) * f[..., 1:2]
        first = first - a / (b * (a + b)) * f[..., 2:3]
        a, b = d[-2], d[-1]
        last = b / (a * (a + b)) * f[..., -3:-2] - (b + a) / (a * b) * f[..., -2:-1]
        last = last + (2.0 * b + a) / (b * (a + b)) * f[..., -1:]
    return np.moveaxis(np.concatenate([first, inner, last], axis=-1).astype(f.dtype), -1, axis)


def diff(a: Any, n: Any = 1, axis: Any = -1, prepend: Any = None, append: Any = None) -> Any:
    if n < 0:
        raise ValueError(f"order must be non-negative but got {n}")
    if n == 0:
        return a
    a = np.asarray(a)
    if a.ndim == 0:
        raise ValueError("diff requires input that is at least one dimensional")
    if axis >= a.ndim or axis < -a.ndim:
        raise np.exceptions.AxisError(f"axis {axis} is out of bounds for array of dimension {a.ndim}")
    where = axis % a.ndim
    if prepend is not None or append is not None:
        shape = tuple([1 if k == where else a.shape[k] for k in range(a.ndim)])
        parts = [np.asarray(p) for p in (prepend, a, append) if p is not None]
        a = np.concatenate([np.broadcast_to(p, shape) if p.ndim == 0 else p for p in parts], axis=where)
    for _ in range(n):
        rows = np.moveaxis(a, where, 0)
        a = np.moveaxis(np.not_equal(rows[1:], rows[:-1]) if a.dtype.kind == "b" else rows[1:] - rows[:-1], 0, where)
    return a


def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    flat = np.ravel(ary)
    found = flat[1:] - flat[:-1]
    for extra in (to_begin, to_end):
        if extra is not None and not np.can_cast(np.asarray(extra).dtype, flat.dtype, "same_kind"):
            refuse("np.ediff1d with ends of another kind of dtype")
    if to_begin is not None:
        found = np.concatenate((np.ravel(to_begin).astype(flat.dtype), found))
    if to_end is not None:
        found = np.concatenate((found, np.ravel(to_end).astype(flat.dtype)))
    return found


def linspace(start: Any, stop: Any, num: Any, endpoint: Any, dtype: Any, axis: Any) -> Any:
    """`np.linspace` between arrays."""
    work = np.result_type(start, stop)
    if work.kind in "biu":
        work = np.dtype(float)
    start, stop = np.broadcast_arrays(np.asarray(start).astype(work), np.asarray(stop).astype(work))
    parts = num - 1 if endpoint else num
    t = np.arange(num).astype(work).reshape((num,) + (1,) * start.ndim)
    y = t * ((stop - start) / parts) + start if parts > 0 else t * (stop - start) + start
    if endpoint and num > 1:
        y = np.concatenate((y[:-1], stop[None]))
    if dtype is not None and np.issubdtype(dtype, np.integer):
        y = np.floor(y)
    return np.moveaxis(y if dtype is None else y.astype(dtype), 0, axis)


def logspace(
    start: Any, stop: Any, num: Any = 50, endpoint: Any = True, base: Any = 10.0, dtype: Any = None, axis: Any = 0
) -> Any:
    if np.ndim(base) != 0:
        refuse("np.logspace with an array of bases")
    if np.asarray(start).dtype.kind == "V" or np.asarray(stop).dtype.kind == "V":
        refuse("np.logspace of bfloat16")
    y = np.power(base, np.linspace(start, stop, num=num, endpoint=endpoint, axis=axis))
    return y if dtype is None else y.astype(dtype)


def geomspace(start: Any, stop: Any, num: Any = 50, endpoint: Any = True, dtype: Any = None, axis: Any = 0) -> Any:
    """Along logarithms; from a negative or complex start turned to the positive reals."""
    start, stop = np.asarray(start), np.asarray(stop)
    if np.any(start == 0) or np.any(stop == 0):
        raise ValueError("Geometric sequence cannot include zero")
    work = np.result_type(start.dtype, stop.dtype, np.float64 if dtype is None else np.dtype(dtype), 1.0)
    start, stop = start.astype(work), stop.astype(work)
    sign = np.sign(start)
    first, last = start / sign, stop / sign
    places = np.linspace(np.log10(first), np.log10(last), num, endpoint=endpoint)
    y = np.power(np.asarray(10.0, work), places).astype(work)
    if num > 0:
        y = np.concatenate((np.broadcast_to(first, y.shape[1:])[None], y[1:]))
        if num > 1 and endpoint:
            y = np.concatenate((y[:-1], np.broadcast_to(last, y.shape[1:])[None]))
    y = np.moveaxis(y * sign, 0, axis)
    return y if dtype is None else y.astype(dtype)


def cumulative_sum(x: Any, *, axis: Any = None, dtype: Any = None, include_initial: Any = False) -> Any:
    return _cumulative(x, np.cumsum, axis, dtype, include_initial, 0)


def cumulative_prod(x: Any, *, axis: Any = None, dtype: Any = None, include_initial: Any = False) -> Any:
    return _cumulative(x, np.cumprod, axis, dtype, include_initial, 1)


def _cumulative(x: Any, function: Any, axis: Any, dtype: Any, include_initial: Any, initial: Any) -> Any:
    x = np.atleast_1d(x)
    if x.ndim != 1 and axis is None:
        raise ValueError("For arrays which have more than one dimension ``axis`` argument is required.")
    where = -1 if axis is None else axis
    found = function(x, where, dtype)
    if not include_initial:
        return found
    rows = np.moveaxis(found, where, 0)
    first = np.full((1, *rows.shape[1:]), initial, rows.dtype)
    return np.moveaxis(np.concatenate((first, rows)), 0, where)


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
