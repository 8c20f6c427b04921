"""Operations of the typed IR as jax calls: `LOWERINGS[name](out, *operands, **attrs)`.

`out` is the type of the result. Pointwise operations are in `pointwise` and `special`, subscripts in `indexing`, those
with several results in `linalg`; stacks and checks need the state of the machine and are in `machine`. The function
here for `reduce_sum` means exactly `np.sum` on operands of one dtype, and so on; what the names mean is said once, in
`myialike.ops`.

Sums of float16 and bfloat16 are accumulated in float32, and matrix products of float32 are never done in TF32.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from myialike.backends.xla.indexing import index, index_add, index_set
from myialike.backends.xla.pointwise import POINTWISE
from myialike.backends.xla.special import ORDERED, SPECIAL
from myialike.ir.types import DTYPES, Array, static_shape

Lowering = Callable[..., jax.Array]


def _pointwise(function: Callable[..., jax.Array]) -> Lowering:
    """Operands of rank 0 are literals and are repeated to the shape of the others."""

    def lowered(out: Array, *operands: jax.Array) -> jax.Array:
        shape = static_shape(out)
        return function(*(x if x.shape == shape else jnp.broadcast_to(x, shape) for x in operands))

    return lowered


def _cast(out: Array, x: jax.Array, dtype: str) -> jax.Array:
    if DTYPES[dtype].kind == "b":
        return x != 0
    if x.dtype.kind == "c" and DTYPES[dtype].kind != "c":
        x = lax.real(x)
    if x.dtype.kind not in "biuc" and dtype in ("u8", "u16"):
        return _whole(x, np.dtype(np.int32)).astype(DTYPES[dtype])
    if x.dtype.kind not in "biuc" and DTYPES[dtype].kind == "u":
        return _natural(x.astype(np.float32) if x.dtype.itemsize < 4 else x, DTYPES[dtype])
    if x.dtype.kind not in "biuc" and DTYPES[dtype].kind == "i":
        return _whole(x, np.dtype(np.int64 if dtype == "i64" else np.int32)).astype(DTYPES[dtype])
    return lax.convert_element_type(x, DTYPES[dtype])


def _whole(x: jax.Array, dtype: np.dtype[Any]) -> jax.Array:
    """Floats as ints; NaN, and what does not fit, as the least one, as processors of x86 do it. XLA has the nearest."""
    least = np.iinfo(dtype).min
    fits = (x > float(least) - 1) & (x < -float(least))
    return jnp.where(fits, lax.convert_element_type(x, dtype), np.asarray(least, dtype))


def _natural(x: jax.Array, dtype: np.dtype[Any]) -> jax.Array:
    """Floats as unsigned ints of 32 or 64 bits, by way of signed ones, as on x86: negative ones wrap around.

    Of what does not fit 32 bits NumPy makes other numbers in arrays of four elements and more.
    """
    signed = np.dtype(np.int64)
    low = _whole(x, signed).astype(dtype)
    if dtype.itemsize == 4:
        return low
    top = 2.0**63
    return jnp.where(x >= top, _whole(x - top, signed).astype(dtype) ^ np.asarray(2**63, dtype), low)


def _integer_pow(out: Array, x: jax.Array, n: int) -> jax.Array:
    return lax.integer_pow(x, n) if n else jnp.ones_like(x)


def _broadcast(out: Array, x: jax.Array, shape: tuple[int, ...]) -> jax.Array:
    return jnp.broadcast_to(x, shape)


def _reshape(out: Array, x: jax.Array, shape: tuple[int, ...]) -> jax.Array:
    return lax.reshape(x, shape)


def _transpose(out: Array, x: jax.Array, perm: tuple[int, ...]) -> jax.Array:
    return lax.transpose(x, perm)


def _reduce_sum(out: Array, x: jax.Array, axes: tuple[int, ...]) -> jax.Array:
    return jnp.sum(x, axis=axes, dtype=out.dtype)


def _reduce_prod(out: Array, x: jax.Array, axes: tuple[int, ...]) -> jax.Array:
    return jnp.prod(x, axis=axes, dtype=out.dtype)


def _reduction(function: Callable[..., jax.Array]) -> Lowering:
    return lambda out, x, axes: function(x, axis=axes)


def _extreme(function: Callable[..., jax.Array], last: bool) -> Callable[..., jax.Array]:
    """`max` or `min`; of complex numbers the last or first in order of real, then imaginary part."""

    def extreme(x: jax.Array, axis: tuple[int, ...]) -> jax.Array:
        if x.dtype.kind != "c":
            return function(x, axis=axis)
        kept = [d for k, d in enumerate(x.shape) if k not in axis]
        flat = jnp.moveaxis(x, axis, range(-len(axis), 0)).reshape(*kept, math.prod(x.shape[k] for k in axis))
        found = jnp.sort(flat, axis=-1)[..., -1 if last else 0]
        is_nan = flat != flat
        first_nan = jnp.take_along_axis(flat, jnp.argmax(is_nan, axis=-1, keepdims=True), axis=-1)[..., 0]
        return jnp.where(is_nan.any(axis=-1), first_nan, found)

    return extreme


_MAX, _MIN = _extreme(jnp.max, last=True), _extreme(jnp.min, last=False)


def _position(function: Callable[..., jax.Array], extreme: Callable[..., jax.Array]) -> Lowering:
    """`argmax` or `argmin`: where the first NaN is, or else the first of the extremes."""

    def position(out: Array, x: jax.Array, axis: int) -> jax.Array:
        if x.dtype.kind != "c":
            return function(x, axis, np.int32).astype(out.dtype)  # with 64 bits jax.jit of a user's would fail
        found = jnp.expand_dims(extreme(x, axis=(axis,)), axis)
        is_found = jnp.where(found != found, x != x, x == found)
        return lax.argmax(is_found, axis, np.int32).astype(out.dtype)

    return position


def _scan(function: Callable[..., jax.Array]) -> Lowering:
    return lambda out, x, axis, reverse=False: function(x, axis=axis, reverse=reverse)


def _record(function: Callable[..., jax.Array], pair: Callable[..., jax.Array]) -> Callable[..., jax.Array]:
    """`cummax` or `cummin`, whose meaning for two elements is `pair`."""

    def record(x: jax.Array, axis: int, reverse: bool) -> jax.Array:
        if x.dtype.kind == "b":
            return function(x.astype(np.uint8), axis=axis, reverse=reverse).astype(bool)
        if x.dtype.kind == "c":
            return jnp.asarray(lax.associative_scan(pair, x, axis=axis, reverse=reverse))
        return function(x, axis=axis, reverse=reverse)

    return record


def _sort(out: Array, x: jax.Array, axis: int) -> jax.Array:
    return jnp.sort(x, axis=axis, stable=True)


def _argsort(out: Array, x: jax.Array, axis: int) -> jax.Array:
    return jnp.argsort(x, axis=axis, stable=True).astype(out.dtype)


def _concatenate(out: Array, *xs: jax.Array, axis: int) -> jax.Array:
    return lax.concatenate(xs, axis)


def _matmul(out: Array, a: jax.Array, b: jax.Array) -> jax.Array:
    if out.dtype.kind == "b":
        return jnp.matmul(a.astype(np.int32), b.astype(np.int32)) != 0
    if min(a.ndim, b.ndim) > 1 and a.shape[-1] == 1:
        return a * b  # one of each, as in the gradient of a matrix times a vector: fused with what follows
    return jnp.matmul(a, b, precision=lax.Precision.HIGHEST)


def _arange(out: Array, start: Any, stop: Any, step: Any, dtype: str) -> jax.Array:
    """NumPy's own formula: start + k * delta, with delta the rounded difference of the first two elements."""
    first = np.asarray(start).astype(DTYPES[dtype])
    delta = np.asarray(start + step).astype(DTYPES[dtype]) - first
    steps = lax.iota(np.dtype(DTYPES[dtype]), static_shape(out)[0])
    return lax.add(jnp.full_like(steps, first), steps * delta)


LOWERINGS: dict[str, Lowering] = {
    **{name: _pointwise(function) for name, function in (POINTWISE | SPECIAL).items()},
    **ORDERED,
    "cast": _cast,
    "integer_pow": _integer_pow,
    "broadcast": _broadcast,
    "reshape": _reshape,
    "transpose": _transpose,
    "reduce_sum": _reduce_sum,
    "reduce_prod": _reduce_prod,
    "reduce_max": _reduction(_MAX),
    "reduce_min": _reduction(_MIN),
    "reduce_and": _reduction(jnp.all),
    "reduce_or": _reduction(jnp.any),
    "argmax": _position(lax.argmax, _MAX),
    "argmin": _position(lax.argmin, _MIN),
    "cumsum": _scan(lax.cumsum),
    "cumprod": _scan(lax.cumprod),
    "cummax": _scan(_record(lax.cummax, POINTWISE["maximum"])),
    "cummin": _scan(_record(lax.cummin, POINTWISE["minimum"])),
    "sort": _sort,
    "argsort": _argsort,
    "concatenate": _concatenate,
    "matmul": _matmul,
    "arange": _arange,
    "index": index,
    "index_set": index_set,
    "index_add": index_add,
}
