"""Subscripts as jax calls: `x[...]`, and the values that `x[...] = v` and `x[...] += v` make.

A subscript without index arrays is a window: a box at a start that is known now or computed, maybe strided. It is
read by a (dynamic) slice and written by a dynamic update slice, which XLA does in place inside loops; a gather or
scatter of one element is not. Everything else is a gather or scatter. Indices are in range and not negative:
inference has checked.

Note [Last write wins]: where index arrays name an element twice, NumPy keeps the last value. XLA promises no order
and on a GPU has none. So off the CPU every write first learns whether it is the last one to its element, from a
scatter of the maximum of the positions, and the others are sent out of range and dropped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from myialike.ir.types import Array, static_shape

Spec = Sequence[tuple[Any, ...]]
IN_BOUNDS = "promise_in_bounds"
SUBSCRIPTS = ("index", "index_set", "index_add")


@dataclass(frozen=True, slots=True)
class Window:
    """A box of x: `starts` (ints, or scalars computed at run time), then within it a static `strides` selection.

    `sizes` are those of the box, `counts` the numbers of elements selected in it; a negative stride selects from the
    end of the box backwards.
    """

    starts: tuple[Any, ...]
    sizes: tuple[int, ...]
    strides: tuple[int, ...]
    counts: tuple[int, ...]

    @property
    def is_dense(self) -> bool:
        return all(abs(s) == 1 for s in self.strides)

    @property
    def reversed_axes(self) -> tuple[int, ...]:
        return tuple(k for k, s in enumerate(self.strides) if s < 0)

    @property
    def gaps(self) -> tuple[tuple[int, int, int], ...]:
        """What `lax.pad` needs to spread the selected elements over the box."""
        return tuple((0, 0, abs(s) - 1) for s in self.strides)


def window_of(spec: Spec, operands: Sequence[jax.Array]) -> Window | None:
    """The window that a subscript selects, or None where it has index arrays."""
    if any(entry[0] == "arr" for entry in spec):
        return None
    rest = iter(operands)
    axes = [_axis(entry, rest) for entry in spec if entry[0] != "new"]
    return Window(*zip(*axes, strict=True)) if axes else Window((), (), (), ())


def _axis(entry: tuple[Any, ...], operands: Iterator[jax.Array]) -> tuple[Any, int, int, int]:
    """Start, size, stride and count of one axis of a window."""
    match entry:
        case ("int", k):
            return k, 1, 1, 1
        case ("i",):
            return next(operands), 1, 1, 1
        case ("dyn", size):
            return next(operands), size, 1, size
        case ("slice", start, count, step):
            if count <= 1:
                return (start if count else 0), count, 1, count
            span = (count - 1) * abs(step) + 1
            return (start if step > 0 else start - span + 1), span, step, count
    raise ValueError(f"no such entry of a subscript: {entry!r}")


def _read(x: jax.Array, window: Window) -> jax.Array:
    box = _box(x, window)
    if not window.is_dense:
        strides = [abs(s) for s in window.strides]
        box = lax.slice(box, [0] * box.ndim, window.sizes, strides)
    return lax.rev(box, window.reversed_axes) if window.reversed_axes else box


def _box(x: jax.Array, window: Window) -> jax.Array:
    if all(isinstance(s, int) for s in window.starts):
        limits = tuple(s + n for s, n in zip(window.starts, window.sizes, strict=True))
        return x if limits == x.shape and not any(window.starts) else lax.slice(x, window.starts, limits)
    if _is_larger(window, x):
        return jnp.zeros(window.sizes, x.dtype)
    return lax.dynamic_slice(x, _start_indices(window), window.sizes, allow_negative_indices=False)


def _is_larger(window: Window, x: jax.Array) -> bool:
    """Whether no start has the window within the array, as of an empty one: then only what never runs asks for it."""
    return any(n > size for n, size in zip(window.sizes, x.shape, strict=True))


def _start_indices(window: Window) -> list[Any]:
    is_narrow = all(isinstance(s, int) or s.dtype == np.int32 for s in window.starts)
    dtype = np.int32 if is_narrow else np.int64
    return [dtype(s) if isinstance(s, int) else lax.convert_element_type(s, dtype) for s in window.starts]


def narrow(op: str, inputs: Sequence[Any]) -> list[Any]:
    """The operands of a subscript with indices of 32 bits: for an outer trace with 64 bits switched off.

    What jax makes of it after tracing, such as bounds for mapped indices, has 32 bits then.
    """
    first = 1 if op == "index" else 2
    return [
        x.astype(np.int32) if k >= first and getattr(x, "dtype", None) == np.int64 else x for k, x in enumerate(inputs)
    ]


def write_window(x: jax.Array, window: Window, value: jax.Array, accumulate: bool) -> jax.Array:
    """x with `value` written or added at the window; a value of rank 0 may be a literal and is repeated."""
    if 0 in window.counts or _is_larger(window, x):
        return x
    box = _new_box(x, window, _ascending(value, window), accumulate)
    if box.shape == x.shape:
        return box
    return lax.dynamic_update_slice(x, box, _start_indices(window), allow_negative_indices=False)


def _ascending(value: jax.Array, window: Window) -> jax.Array:
    """`value` with the axes of the window, in ascending order of the elements."""
    if value.ndim == 0:
        return jnp.broadcast_to(value, window.counts)
    value = lax.reshape(value, window.counts)
    return lax.rev(value, window.reversed_axes) if window.reversed_axes else value


def _new_box(x: jax.Array, window: Window, value: jax.Array, accumulate: bool) -> jax.Array:
    if window.is_dense:
        return _box(x, window) + value if accumulate else value
    box = _box(x, window)
    selected = lax.pad(jnp.ones(window.counts, bool), np.False_, window.gaps)
    spread = lax.pad(value, np.zeros((), value.dtype), window.gaps)
    return jnp.where(selected, box + spread if accumulate else spread, box)


def index(out: Array, x: jax.Array, *operands: jax.Array, spec: Spec) -> jax.Array:
    """`x[...]`."""
    window = window_of(spec, operands)
    if window is not None:
        return lax.reshape(_read(x, window), static_shape(out))
    return x.at[_subscript(spec, operands)].get(mode=IN_BOUNDS, wrap_negative_indices=False)


def index_set(out: Array, x: jax.Array, value: jax.Array, *operands: jax.Array, spec: Spec) -> jax.Array:
    """x after `x[...] = value`."""
    window = window_of(spec, operands)
    if window is not None:
        return write_window(x, window, value, accumulate=False)

    def in_order(x: jax.Array, value: jax.Array, *operands: jax.Array) -> jax.Array:
        return x.at[_subscript(spec, operands)].set(value, mode=IN_BOUNDS, wrap_negative_indices=False)

    def in_any_order(x: jax.Array, value: jax.Array, *operands: jax.Array) -> jax.Array:
        last = _subscript(spec, _last_writes(spec, operands, x.shape))
        return x.at[last].set(value, mode="drop", wrap_negative_indices=False)

    written: jax.Array = lax.platform_dependent(x, value, *operands, cpu=in_order, default=in_any_order)
    return written


def index_add(out: Array, x: jax.Array, value: jax.Array, *operands: jax.Array, spec: Spec) -> jax.Array:
    """x after `x[...] += value`, where an element that is named twice is added to twice."""
    window = window_of(spec, operands)
    if window is not None:
        return write_window(x, window, value, accumulate=True)
    return x.at[_subscript(spec, operands)].add(value, mode=IN_BOUNDS, wrap_negative_indices=False)


def _subscript(spec: Spec, arrays: Sequence[jax.Array]) -> tuple[Any, ...]:
    """A subscript of slices, new axes and index arrays as one writes it in NumPy."""
    rest = iter(arrays)
    return tuple(_numpy_entry(entry, rest) for entry in spec)


def _numpy_entry(entry: tuple[Any, ...], arrays: Iterator[jax.Array]) -> Any:
    match entry:
        case ("arr",):
            return next(arrays)
        case ("new",):
            return None
        case ("slice", start, count, step):
            stop = start + count * step
            return slice(start, stop if stop >= 0 else None, step) if count else slice(0, 0)
    raise ValueError(f"no such entry of a subscript with index arrays: {entry!r}")


def _last_writes(spec: Spec, arrays: Sequence[jax.Array], shape: tuple[int, ...]) -> list[jax.Array]:
    """The index arrays with all but the last write to an element out of range: see Note [Last write wins]."""
    axes = [entry for entry in spec if entry[0] != "new"]
    sizes = [size for entry, size in zip(axes, shape, strict=True) if entry[0] == "arr"]
    first, *others = jnp.broadcast_arrays(*arrays)
    position = lax.reshape(lax.iota(np.int64, first.size), first.shape)
    latest = jnp.full(sizes, -1, np.int64).at[first, *others].max(position, mode=IN_BOUNDS)
    is_last = latest.at[first, *others].get(mode=IN_BOUNDS) == position
    return [jnp.where(is_last, first.astype(np.int64), np.int64(sizes[0])), *others]
