"""What is known about a value before it exists.

    type ::= dtype[dims]                  an array; no dims: a scalar            f64[2,3]  i64  bool
           | stack(type, capacity)        a last-in-first-out store of arrays    stack(f64[3], k0)
           | dynamic                      any Python object: before inference    dynamic
    dim  ::= int | name<=int | name       a symbolic bounded int                 n<=100

A scalar is an array of rank 0. Whether Python sees a rank-0 value as a `float`, a NumPy scalar or an array of
rank 0 is no matter of the IR: inference remembers it for results.

A stack's capacity is a dim. Where a loop's trip count is unknown it is an unbounded symbolic dim: the backend
chooses a number and chooses again when it was too small. Popping an empty stack yields zeros, so the empty stack
is also the zero of its own cotangent space.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import ml_dtypes
import numpy as np


@dataclass(frozen=True, slots=True)
class SymDim:
    """A size known by name; `bound` is the largest value it can have, None where nothing is known."""

    name: str
    bound: int | None = None

    def __str__(self) -> str:
        return self.name if self.bound is None else f"{self.name}<={self.bound}"


Dim = int | SymDim
DType = np.dtype[Any]

SHORT_NAMES: dict[DType, str] = {
    np.dtype(bool): "bool",
    **{np.dtype(f"int{w}"): f"i{w}" for w in (8, 16, 32, 64)},
    **{np.dtype(f"uint{w}"): f"u{w}" for w in (8, 16, 32, 64)},
    np.dtype(ml_dtypes.bfloat16): "bf16",
    **{np.dtype(f"float{w}"): f"f{w}" for w in (16, 32, 64)},
    **{np.dtype(f"complex{w}"): f"c{w}" for w in (64, 128)},
}
DTYPES: dict[str, DType] = {short: dtype for dtype, short in SHORT_NAMES.items()}

BOOL, I64, F32, F64, C128 = (DTYPES[s] for s in ("bool", "i64", "f32", "f64", "c128"))


@dataclass(frozen=True, slots=True)
class Array:
    """An array type: `dtype` is a NumPy dtype, `shape` a tuple of dims."""

    dtype: DType
    shape: tuple[Dim, ...] = ()

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def __str__(self) -> str:
        dims = "[" + ",".join(map(str, self.shape)) + "]" if self.shape else ""
        return SHORT_NAMES[self.dtype] + dims


@dataclass(frozen=True, slots=True)
class Stack:
    """A last-in-first-out store of values of one array type."""

    elem: Array
    capacity: Dim

    def __str__(self) -> str:
        return f"stack({self.elem}, {self.capacity})"


@dataclass(frozen=True, slots=True)
class Dynamic:
    """Any Python object: the type of every variable before inference."""

    def __str__(self) -> str:
        return "dynamic"


Type = Array | Stack | Dynamic
DYNAMIC = Dynamic()


def scalar(dtype: DType | type | str) -> Array:
    """The rank-0 type of a dtype, given as a NumPy dtype or a short name.

    >>> str(scalar("f64")), str(scalar(bool))
    ('f64', 'bool')
    """
    return Array(DTYPES[dtype] if isinstance(dtype, str) and dtype in DTYPES else np.dtype(dtype), ())


def is_float(type: Type) -> bool:
    """Whether values of `type` have derivatives: real or complex floating point, or a stack of such."""
    if isinstance(type, Stack):
        return is_float(type.elem)
    if not isinstance(type, Array):
        return False
    return type.dtype.kind in "fc" or type.dtype == ml_dtypes.bfloat16


def static_shape(type: Array) -> tuple[int, ...]:
    """The shape of `type` where every dim is an int; a symbolic dim raises TypeError."""
    for dim in type.shape:
        if not isinstance(dim, int):
            raise TypeError(f"{type} has the symbolic dim {dim}")
    return tuple(d for d in type.shape if isinstance(d, int))


def size(type: Array) -> int:
    """The number of elements of an array type with static shape."""
    return math.prod(static_shape(type))
