"""`numpy.fft`: lengths, norms and axes around the transforms along one axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from myialike.library.primitive import primitive
from myialike.library.refusal import refuse

op_fft, op_ifft, op_rfft, op_irfft = primitive("fft"), primitive("ifft"), primitive("rfft"), primitive("irfft")


def floats(a: Any) -> Any:
    a = np.asarray(a)
    if a.dtype.kind in "biu":
        return a.astype(np.float64)
    if a.dtype.itemsize == 2:
        refuse("np.fft of half floats")
    return a


def complexes(a: Any) -> Any:
    a = floats(a)
    return a if a.dtype.kind == "c" else a.astype(np.complex64 if a.dtype == np.float32 else np.complex128)


def reals(a: Any) -> Any:
    a = floats(a)
    if a.dtype.kind == "c":
        raise TypeError("ufunc 'rfft_n_even' did not contain a loop with signature matching types")
    return a


def whole(axis: Any, rank: Any) -> Any:
    if not -rank <= axis < rank:
        raise IndexError("tuple index out of range")
    return axis % rank


def fitted(a: Any, n: Any, axis: Any) -> Any:
    """The first n elements along an axis, with zeros behind them if there are less."""
    if n < 1:
        raise ValueError(f"Invalid number of FFT data points ({n}) specified.")
    missing = n - a.shape[axis]
    if missing > 0:
        return np.concatenate((a, np.zeros(a.shape[:axis] + (missing,) + a.shape[axis + 1 :], a.dtype)), axis=axis)
    return a[(slice(None),) * axis + (slice(0, n),)] if missing < 0 else a


def scale(norm: Any, n: Any, forward: Any) -> Any:
    """What a transform that is not normalised is multiplied with."""
    if norm is None or norm == "backward":
        return 1.0 if forward else 1.0 / n
    if norm == "ortho":
        return 1.0 / n**0.5
    if norm == "forward":
        return 1.0 / n if forward else 1.0
    raise ValueError(f'Invalid norm value {norm}; should be "backward", "ortho" or "forward".')


def fft(a: Any, n: Any = None, axis: Any = -1, norm: Any = None) -> Any:
    a = complexes(a)
    axis = whole(axis, a.ndim)
    a = fitted(a, a.shape[axis] if n is None else n, axis)
    return op_fft(a, axis=axis) * scale(norm, a.shape[axis], True)


def ifft(a: Any, n: Any = None, axis: Any = -1, norm: Any = None) -> Any:
    a = complexes(a)
    axis = whole(axis, a.ndim)
    a = fitted(a, a.shape[axis] if n is None else n, axis)
    return op_ifft(a, axis=axis) * scale(norm, a.shape[axis], False)


def rfft(a: Any, n: Any = None, axis: Any = -1, norm: Any = None) -> Any:
    a = reals(a)
    axis = whole(axis, a.ndim)
    a = fitted(a, a.shape[axis] if n is None else n, axis)
    return op_rfft(a, axis=axis) * scale(norm, a.shape[axis], True)


def irfft(a: Any, n: Any = None, axis: Any = -1, norm: Any = None) -> Any:
    a = complexes(a)
    axis = whole(axis, a.ndim)
    size = 2 * (a.shape[axis] - 1) if n is None else n
    if size < 1:
        raise ValueError(f"Invalid number of FFT data points ({size}) specified.")
    return op_irfft(fitted(a, size // 2 + 1, axis), axis=axis, n=size) * (size * scale(norm, size, False))


def opposite(norm: Any) -> Any:
    """The norm of the inverse transform."""
    return "forward" if norm is None or norm == "backward" else "backward" if norm == "forward" else norm


def hfft(a: Any, n: Any = None, axis: Any = -1, norm: Any = None) -> Any:
    a = complexes(a)
    size = 2 * (a.shape[whole(axis, a.ndim)] - 1) if n is None else n
    return irfft(np.conj(a), size, axis, norm=opposite(norm))


def ihfft(a: Any, n: Any = None, axis: Any = -1, norm: Any = None) -> Any:
    a = reals(a)
    return np.conj(rfft(a, n, axis, norm=opposite(norm)))


def plan(a: Any, s: Any, axes: Any, last: Any) -> Any:
    """The lengths and axes of a transform in several dimensions; `last` doubles the default length of the last axis."""
    if axes is None:
        axes = tuple(range(a.ndim)) if s is None else tuple(range(-len(s), 0))
    if s is None:
        sizes = [a.shape[whole(k, a.ndim)] for k in axes]
        if last and sizes:
            sizes[-1] = 2 * (sizes[-1] - 1)
        return tuple(sizes), tuple(axes)
    if len(s) != len(axes):
        raise ValueError("Shape and axes have different lengths.")
    return tuple(a.shape[whole(k, a.ndim)] if d == -1 else d for d, k in zip(s, axes)), tuple(axes)  # noqa: B905


def fftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    a = np.asarray(a)
    sizes, along = plan(a, s, axes, False)
    for n, axis in zip(sizes[::-1], along[::-1]):  # noqa: B905
        a = fft(a, n, axis, norm)
    return a


def ifftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    a = np.asarray(a)
    sizes, along = plan(a, s, axes, False)
    for n, axis in zip(sizes[::-1], along[::-1]):  # noqa: B905
        a = ifft(a, n, axis, norm)
    return a


def rfftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    a = reals(a)
    sizes, along = plan(a, s, axes, False)
    if not along:
        raise IndexError("at least one axis is transformed")
    found = rfft(a, sizes[-1], along[-1], norm)
    for n, axis in zip(sizes[:-1][::-1], along[:-1][::-1]):  # noqa: B905
        found = fft(found, n, axis, norm)
    return found


def irfftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    a = complexes(a)
    sizes, along = plan(a, s, axes, True)
    if not along:
        raise IndexError("at least one axis is transformed")
    for n, axis in zip(sizes[:-1], along[:-1]):  # noqa: B905
        a = ifft(a, n, axis, norm)
    return irfft(a, sizes[-1], along[-1], norm)


def fft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    return fftn(a, s, axes, norm)


def ifft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    return ifftn(a, s, axes, norm)


def rfft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    return rfftn(a, s, axes, norm)


def irfft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    return irfftn(a, s, axes, norm)


def shifts(x: Any, axes: Any, sign: Any) -> Any:
    """The axes, and by how much each is rolled."""
    along = tuple(range(x.ndim)) if axes is None else (axes,) if isinstance(axes, int) else tuple(axes)
    return tuple(x.shape[k] // 2 if sign > 0 else -(x.shape[k] // 2) for k in along), along


def fftshift(x: Any, axes: Any = None) -> Any:
    x = np.asarray(x)
    by, along = shifts(x, axes, 1)
    return np.roll(x, by, along)


def ifftshift(x: Any, axes: Any = None) -> Any:
    x = np.asarray(x)
    by, along = shifts(x, axes, -1)
    return np.roll(x, by, along)


def fftfreq(n: Any, d: Any = 1.0) -> Any:
    if not isinstance(n, int):
        raise ValueError("n should be an integer")
    half = (n - 1) // 2 + 1
    return np.concatenate((np.arange(0, half), np.arange(-(n // 2), 0))) * (1.0 / (n * d))


def rfftfreq(n: Any, d: Any = 1.0) -> Any:
    if not isinstance(n, int):
        raise ValueError("n should be an integer")
    return np.arange(0, n // 2 + 1) * (1.0 / (n * d))
