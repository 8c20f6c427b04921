"""Ints and their bits. Ufuncs are given operands in the dtype that they work in."""

from __future__ import annotations

from typing import Any

import numpy as np

from myialike.library.refusal import refuse


def gcd(x1: Any, x2: Any) -> Any:
    """Euclid's algorithm, for all at once."""
    a, b = np.broadcast_arrays(np.abs(x1), np.abs(x2))
    a, b = np.array(a), np.array(b)
    while np.any(b != 0):
        going = b != 0
        rest = np.where(going, a % np.where(going, b, 1), 0)
        a, b = np.where(going, b, a), rest
    return a[()]


def lcm(x1: Any, x2: Any) -> Any:
    a, b = np.abs(x1), np.abs(x2)
    divisor = np.gcd(a, b)
    safe = np.where(divisor == 0, np.asarray(1).astype(np.asarray(divisor).dtype), divisor)
    return np.where(divisor == 0, np.asarray(0).astype(np.asarray(divisor).dtype), a // safe * b)[()]


def bitwise_count(x: Any) -> Any:
    """The number of ones in the absolute value."""
    x = np.abs(np.asarray(x))
    if x.dtype.kind == "b":
        return x.astype(np.uint8)[()]
    count = np.zeros(x.shape, np.uint8)
    for k in range(8 * x.dtype.itemsize):
        count = count + ((x >> np.asarray(k).astype(x.dtype)) & np.asarray(1).astype(x.dtype)).astype(np.uint8)
    return count[()]


def packbits(a: Any, axis: Any = None, bitorder: Any = "big") -> Any:
    a = np.asarray(a)
    if a.dtype.kind not in "biu":
        raise TypeError("Expected an input array of integer or boolean data type")
    bits = np.moveaxis(np.ravel(a) if axis is None else a, 0 if axis is None else axis, -1) != 0
    n = bits.shape[-1]
    more = -n % 8
    padded = np.concatenate((bits, np.zeros((*bits.shape[:-1], more), bool)), axis=-1)
    groups = padded.reshape((*bits.shape[:-1], (n + more) // 8, 8)).astype(np.uint8)
    weights = np.array([128, 64, 32, 16, 8, 4, 2, 1] if bitorder == "big" else [1, 2, 4, 8, 16, 32, 64, 128], np.uint8)
    packed: Any = np.sum(groups * weights, axis=-1, dtype=np.uint8)
    return np.moveaxis(packed, -1, 0 if axis is None else axis)


def unpackbits(a: Any, axis: Any = None, count: Any = None, bitorder: Any = "big") -> Any:
    a = np.asarray(a)
    if a.dtype != np.uint8:
        raise TypeError("Expected an input array of unsigned byte data type")
    values = np.moveaxis(np.ravel(a) if axis is None else a, 0 if axis is None else axis, -1)
    shifts = np.array([7, 6, 5, 4, 3, 2, 1, 0] if bitorder == "big" else [0, 1, 2, 3, 4, 5, 6, 7], np.uint8)
    bits = (values[..., None] >> shifts) & np.uint8(1)
    bits = bits.reshape((*values.shape[:-1], 8 * values.shape[-1]))
    if count is not None:
        if count > bits.shape[-1]:
            refuse("np.unpackbits with more bits than there are")
        bits = bits[..., :count]
    return np.moveaxis(bits, -1, 0 if axis is None else axis)
