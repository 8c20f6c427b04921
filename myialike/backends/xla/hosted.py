"""Special functions that the host computes, with SciPy, in the middle of an XLA program.

Values travel as words of 32 bits: the host is called on a thread of XLA, where jax may have 64 bits disabled and would
cut longer ones in half.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from myialike.ops.hosted import HOSTED

Function = Callable[..., jax.Array]


def _words(x: jax.Array) -> jax.Array:
    """Floats, or the parts of complex numbers, along a last axis of words."""
    if x.dtype.kind == "c":
        x = jnp.stack([lax.real(x), lax.imag(x)], axis=-1)
    words = lax.bitcast_convert_type(x, np.uint32)
    return words if x.dtype.itemsize > 4 else words[..., None]


def _numbers(words: Any, dtype: np.dtype[Any]) -> Any:
    array = np.ascontiguousarray(np.asarray(words))
    shape = array.shape[:-2] if dtype.kind == "c" else array.shape[:-1]
    return array.reshape((*shape, dtype.itemsize // 4)).view(dtype)[..., 0]


def _call(name: str, dtype: np.dtype[Any], *operands: Any) -> Any:
    with np.errstate(all="ignore"):
        found = np.asarray(HOSTED[name](*(_numbers(x, dtype) for x in operands))).astype(dtype)
    return np.ascontiguousarray(found).reshape((*found.shape, 1)).view(np.uint32)


def _lowered(name: str, *operands: jax.Array) -> jax.Array:
    dtype, shape = np.dtype(operands[0].dtype), operands[0].shape
    result = jax.ShapeDtypeStruct((*shape, dtype.itemsize // 4), np.uint32)  # type: ignore[no-untyped-call]
    host = partial(_call, name, dtype)
    words = jax.pure_callback(host, result, *map(_words, operands), vmap_method="broadcast_all")
    if dtype.kind == "c":
        half = np.dtype(np.float64 if dtype.itemsize == 16 else np.float32)
        parts = _joined(words.reshape((*shape, 2, half.itemsize // 4)), half)
        return lax.complex(parts[..., 0], parts[..., 1])
    return _joined(words, dtype)


def _joined(words: jax.Array, dtype: np.dtype[Any]) -> jax.Array:
    return lax.bitcast_convert_type(words if dtype.itemsize > 4 else words[..., 0], dtype)


def _function(name: str) -> Function:
    return partial(_lowered, name)


HOST: dict[str, Function] = {name: _function(name) for name in HOSTED}
