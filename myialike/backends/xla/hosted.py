"""Functions that the host computes, with SciPy, in the middle of an XLA program.

Values travel as words of 32 bits: the host is called on a thread of XLA, where jax may have 64 bits disabled and would
cut longer ones in half.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from myialike.ir.types import Array, static_shape
from myialike.ops import matrix_equations
from myialike.ops.hosted import HOSTED
from myialike.ops.selection import FUNCTIONS as PARTITIONS

Function = Callable[..., jax.Array]


def _words(x: jax.Array) -> jax.Array:
    """Floats, or the parts of complex numbers, along a last axis of words."""
    if x.dtype.kind == "c":
        x = jnp.stack([lax.real(x), lax.imag(x)], axis=-1)
    if x.dtype.itemsize < 4:
        bits = x.astype(np.uint8) if x.dtype.kind == "b" else lax.bitcast_convert_type(x, _short(np.dtype(x.dtype)))
        return bits.astype(np.uint32)[..., None]
    words = lax.bitcast_convert_type(x, np.uint32)
    return words if x.dtype.itemsize > 4 else words[..., None]


def _short(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The unsigned ints that have the bits of numbers of less than a word."""
    return np.dtype(f"u{dtype.itemsize}")


def _numbers(words: Any, dtype: np.dtype[Any]) -> Any:
    array = np.ascontiguousarray(np.asarray(words))
    if dtype.itemsize < 4:
        return array[..., 0].astype(_short(dtype)).view(dtype)
    shape = array.shape[:-2] if dtype.kind == "c" else array.shape[:-1]
    return array.reshape((*shape, dtype.itemsize // 4)).view(dtype)[..., 0]


def _call(function: Callable[..., Any], dtypes: Sequence[np.dtype[Any]], one: bool, *operands: Any) -> Any:
    numbers = [_numbers(x, dtype) for x, dtype in zip(operands, dtypes, strict=False)]
    with np.errstate(all="ignore"):
        found = function(*numbers)
    results = zip((found,) if one else found, dtypes[len(numbers) :], strict=True)
    return tuple(_host_words(np.asarray(r).astype(dtype)) for r, dtype in results)


def _host_words(x: np.ndarray) -> np.ndarray:
    x = np.ascontiguousarray(x).reshape((*x.shape, 1))
    return x.view(np.uint32) if x.dtype.itemsize >= 4 else x.view(_short(x.dtype)).astype(np.uint32)


def called(function: Callable[..., Any], out: Sequence[Array], *operands: jax.Array) -> tuple[jax.Array, ...]:
    """What `function` gives of arrays of floats or complex numbers, in the types `out`."""
    shapes = [jax.ShapeDtypeStruct((*static_shape(o), max(o.dtype.itemsize // 4, 1)), np.uint32) for o in out]  # type: ignore[no-untyped-call]
    dtypes = [np.dtype(x.dtype) for x in operands] + [o.dtype for o in out]
    host = partial(_call, function, dtypes, len(out) == 1)
    words = jax.pure_callback(host, tuple(shapes), *map(_words, operands), vmap_method="broadcast_all")
    return tuple(_from_words(w, o.dtype) for w, o in zip(words, out, strict=True))


def _from_words(words: jax.Array, dtype: np.dtype[Any]) -> jax.Array:
    shape = words.shape[:-1]
    if dtype.kind == "c":
        half = np.dtype(np.float64 if dtype.itemsize == 16 else np.float32)
        parts = _joined(words.reshape((*shape, 2, half.itemsize // 4)), half)
        return lax.complex(parts[..., 0], parts[..., 1])
    return _joined(words, dtype)


def _joined(words: jax.Array, dtype: np.dtype[Any]) -> jax.Array:
    if dtype.itemsize < 4:
        bits = words[..., 0].astype(_short(dtype))
        return bits.astype(bool) if dtype.kind == "b" else lax.bitcast_convert_type(bits, dtype)
    return lax.bitcast_convert_type(words if dtype.itemsize > 4 else words[..., 0], dtype)


def _function(name: str) -> Function:
    def lowered(*operands: jax.Array) -> jax.Array:
        (found,) = called(HOSTED[name], [Array(np.dtype(operands[0].dtype), operands[0].shape)], *operands)
        return found

    return lowered


def matrix_function(function: Callable[..., Any]) -> Callable[..., tuple[jax.Array, ...]]:
    """A function of `myialike.ops.matrix_equations` or `selection` by the types of its results."""

    def lowered(out: Sequence[Array], *operands: jax.Array, **attrs: Any) -> tuple[jax.Array, ...]:
        if "axis" in attrs:  # counted from the end: under `jax.vmap` the host gets more axes before the others
            attrs["axis"] -= operands[0].ndim
        return called(partial(function, **attrs), out, *operands)

    return lowered


MATRIX_FUNCTIONS = {f.__name__: matrix_function(f) for f in (*matrix_equations.FUNCTIONS, *PARTITIONS)}
HOST: dict[str, Function] = {name: _function(name) for name in HOSTED}
