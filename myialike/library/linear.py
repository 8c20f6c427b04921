"""Products, norms and other linear maps of arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from myialike.library.linalg import inv, svdvals
from myialike.library.refusal import misshapen, refuse


def _nothing_has_a_norm() -> bool:
    """Whether the largest singular value of a matrix without elements is 0, as from NumPy 2.4 on, and no error."""
    try:
        return bool(np.linalg.norm(np.zeros((0, 0)), 2) == 0)
    except ValueError:
        return False


NOTHING_HAS_A_NORM = _nothing_has_a_norm()


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: Any = False) -> Any:
    """The norms of vectors and matrices; the 2-norm of a vector has derivative 0 at 0."""
    x = np.asarray(x)
    if x.dtype.kind in "biu":
        x = x.astype(float)
    if axis is None and (ord is None or (ord in ("f", "fro") and x.ndim == 2) or (ord == 2 and x.ndim == 1)):
        return _root(np.sum(_square(x), keepdims=keepdims))
    axes = tuple(range(x.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    for k in axes:
        if not -x.ndim <= k < x.ndim:
            raise np.exceptions.AxisError(f"axis {k} is out of bounds for array of dimension {x.ndim}")
    if len(axes) == 1:
        return _vector_norm(x, ord, axes[0], keepdims)
    if len(axes) != 2:
        raise ValueError("Improper number of dimensions to norm.")
    return _matrix_norm(x, ord, axes[0] % x.ndim, axes[1] % x.ndim, keepdims)


def _square(x: Any) -> Any:
    return (np.conj(x) * x).real if x.dtype.kind == "c" else x * x


def _root(s: Any) -> Any:
    """The square root, with derivative 0 at 0."""
    zero = s == 0
    return np.where(zero, 0, np.sqrt(np.where(zero, 1, s)))[()]


def _vector_norm(x: Any, ord: Any, axis: Any, keepdims: Any) -> Any:
    if ord is None or ord == 2:
        return _root(np.sum(_square(x), axis=axis, keepdims=keepdims))
    size = abs(x)
    if isinstance(ord, str):
        raise ValueError("Invalid norm order for vectors")
    if ord == np.inf:
        return (
            np.max(size, axis=axis, keepdims=keepdims) if x.shape[axis] else np.sum(size, axis=axis, keepdims=keepdims)
        )
    if ord == -np.inf:
        return np.min(size, axis=axis, keepdims=keepdims)
    if ord == 0:
        return np.sum((x != 0).astype(size.dtype), axis=axis, keepdims=keepdims)
    if ord == 1:
        return np.sum(size, axis=axis, keepdims=keepdims)
    total = np.sum(size**ord, axis=axis, keepdims=keepdims)
    return total ** (np.asarray(1).astype(size.dtype) / np.asarray(ord).astype(size.dtype))


def _matrix_norm(x: Any, ord: Any, row: Any, column: Any, keepdims: Any) -> Any:
    if ord is None or ord in ("fro", "f"):
        return _root(np.sum(_square(x), axis=(row, column), keepdims=keepdims))
    if ord in ("nuc", 2, -2):
        values = svdvals(np.moveaxis(x, (row, column), (-2, -1)))
        if ord == "nuc" or (ord == 2 and values.shape[-1] == 0 and NOTHING_HAS_A_NORM):
            kept = np.sum(values, axis=-1)
        elif values.shape[-1] == 0:
            extreme = "maximum" if ord == 2 else "minimum"
            raise ValueError(f"zero-size array to reduction operation {extreme} which has no identity")
        else:
            kept = np.asarray(values[..., 0 if ord == 2 else -1])
        shape = tuple(1 if k in (row, column) else x.shape[k] for k in range(x.ndim))
        return np.reshape(kept, shape) if keepdims else kept[()]
    if isinstance(ord, str) or ord not in (1, -1, np.inf, -np.inf):
        raise ValueError("Invalid norm order for matrices.")
    first, second = (row, column) if abs(ord) == 1 else (column, row)
    sums = np.sum(abs(x), axis=first, keepdims=True)
    if ord > 0 and x.shape[second] == 0 and NOTHING_HAS_A_NORM:
        extreme = np.sum(sums, axis=second, keepdims=True)
    else:
        extreme = np.max(sums, axis=second, keepdims=True) if ord > 0 else np.min(sums, axis=second, keepdims=True)
    return extreme if keepdims else np.squeeze(extreme, (row, column))[()]


def cross(a: Any, b: Any, axisa: Any = -1, axisb: Any = -1, axisc: Any = -1, axis: Any = None) -> Any:
    if axis is not None:
        axisa, axisb, axisc = axis, axis, axis
    a, b = np.moveaxis(np.asarray(a), axisa, -1), np.moveaxis(np.asarray(b), axisb, -1)
    if a.shape[-1] not in (2, 3) or b.shape[-1] not in (2, 3):
        raise ValueError(
            "Both input arrays must be (arrays of) 3-dimensional vectors, but they are "
            f"{a.shape[-1]} and {b.shape[-1]} dimensional instead."
        )
    if a.shape[-1] == 2 and b.shape[-1] == 2:
        return np.asarray(a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0])
    dtype = np.promote_types(a.dtype, b.dtype)
    a, b = a.astype(dtype), b.astype(dtype)
    a0, a1, b0, b1 = a[..., 0], a[..., 1], b[..., 0], b[..., 1]
    if a.shape[-1] == 2:  # in the plane
        b2 = b[..., 2]
        return np.moveaxis(np.stack([a1 * b2, -(a0 * b2), a0 * b1 - a1 * b0], axis=-1), -1, axisc)
    a2 = a[..., 2]
    if b.shape[-1] == 2:
        return np.moveaxis(np.stack([-(a2 * b1), a2 * b0, a0 * b1 - a1 * b0], axis=-1), -1, axisc)
    b2 = b[..., 2]
    return np.moveaxis(np.stack([a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, a0 * b1 - a1 * b0], axis=-1), -1, axisc)


def cross_in_space(x1: Any, x2: Any, /, *, axis: Any = -1) -> Any:
    """`np.linalg.cross`: of vectors of length 3 only."""
    a, b = np.asarray(x1), np.asarray(x2)
    if a.shape[axis] != 3 or b.shape[axis] != 3:
        raise ValueError(
            "Both input arrays must be (arrays of) 3-dimensional vectors, but they are "
            f"{a.shape[axis]} and {b.shape[axis]} dimensional instead."
        )
    return cross(a, b, axis=axis)


def kron(a: Any, b: Any) -> Any:
    a, b = np.asarray(a), np.asarray(b)
    if a.ndim == 0 or b.ndim == 0:
        return np.multiply(a, b)
    rank = max(a.ndim, b.ndim)
    s, t = (1,) * (rank - a.ndim) + a.shape, (1,) * (rank - b.ndim) + b.shape
    wide_a = a.reshape(tuple(d for n in s for d in (n, 1)))
    wide_b = b.reshape(tuple(d for n in t for d in (1, n)))
    return (wide_a * wide_b).reshape(tuple(n * k for n, k in zip(s, t)))  # noqa: B905


def matrix_power(a: Any, n: Any) -> Any:
    a = np.asarray(a)
    if a.ndim < 2:
        misshapen(f"{a.ndim}-dimensional array given. Array must be at least two-dimensional")
    if a.shape[-1] != a.shape[-2]:
        misshapen("Last 2 dimensions of the array must be square")
    if n < 0:
        return matrix_power(inv(a), -n)
    if n == 0:
        return np.broadcast_to(np.eye(a.shape[-1], dtype=a.dtype), a.shape).copy()
    result, square = None, a
    while n > 0:
        if n % 2:
            result = square if result is None else result @ square
        n = n // 2
        square = square @ square if n else square
    return result


def multi_dot(arrays: Any) -> Any:
    """The product from left to right; NumPy may choose another order."""
    if len(arrays) < 2:
        raise ValueError("Expecting at least two arrays.")
    result = arrays[0]
    for k in range(1, len(arrays)):
        result = np.dot(result, arrays[k])
    return result


def convolve(a: Any, v: Any, mode: Any = "full") -> Any:
    """The sum of shifted copies of the longer vector."""
    a, v = np.atleast_1d(a), np.atleast_1d(v)
    if a.ndim != 1 or v.ndim != 1:
        raise ValueError("object too deep for desired array")
    if len(v) > len(a):
        a, v = v, a
    if len(v) == 0:
        raise ValueError("v cannot be empty")
    if a.dtype.kind == "V" or v.dtype.kind == "V":
        refuse("np.convolve of bfloat16")
    dtype = np.result_type(a, v)
    n, k = len(a), len(v)
    padded = np.pad(a.astype(dtype), k - 1)
    full = np.stack([padded[k - 1 - j : 2 * k - 2 - j + n] for j in range(k)], axis=-1) @ v.astype(dtype)
    if mode == "full":
        return full
    if mode == "same":
        return full[(k - 1) // 2 : (k - 1) // 2 + n]
    if mode == "valid":
        return full[k - 1 : n]
    raise ValueError("mode must be one of 'valid', 'same', or 'full'")


def correlate(a: Any, v: Any, mode: Any = "valid") -> Any:
    a, v = np.asarray(a), np.asarray(v)
    if a.ndim != 1 or v.ndim != 1:
        depth = "of too small depth" if a.ndim == 0 or (a.ndim == 1 and v.ndim == 0) else "too deep"
        raise ValueError(f"object {depth} for desired array")
    flipped = np.conj(v)[::-1] if v.dtype.kind == "c" else v[::-1]
    return np.convolve(flipped, a, mode) if len(v) > len(a) else np.convolve(a, flipped, mode)


def vander(x: Any, N: Any = None, increasing: Any = False) -> Any:
    x = np.asarray(x)
    if x.ndim != 1:
        raise ValueError("x must be a one-dimensional array or sequence.")
    n = len(x) if N is None else N
    x = x.astype(np.promote_types(x.dtype, int))
    if n == 0:
        return np.zeros((len(x), 0), x.dtype)
    columns = [np.ones_like(x)]
    for _ in range(n - 1):
        columns.append(columns[-1] * x)
    return np.stack(columns if increasing else columns[::-1], axis=1)
