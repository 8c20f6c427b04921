"""`matmul`, the one operation of linear algebra that is not written in terms of others.

Ranks are (1, 1), (1, 2), (2, 1), or equal and at least 2 with equal batch dims. It is linear in each operand, and its
transposes are matrix products again, so it can be differentiated to any order.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from myialike.ir.builder import Expr
from myialike.ir.op import AttrDict, Multilinear
from myialike.ir.types import Array, Dim, Type
from myialike.ops.define import arrays, define, same_dtype


def _matmul_type(types: tuple[Type, ...], attrs: AttrDict) -> tuple[Type, ...]:
    a, b = arrays("matmul", types, 2)
    same_dtype("matmul", (a, b))
    ranks = (a.ndim, b.ndim)
    if ranks not in ((1, 1), (1, 2), (2, 1)) and (a.ndim < 2 or a.ndim != b.ndim or a.shape[:-2] != b.shape[:-2]):
        raise TypeError(f"matmul takes vectors, matrices, or arrays of equal batch dims, not {a} and {b}")
    if a.shape[-1] != b.shape[-2 if b.ndim > 1 else 0]:
        raise TypeError(f"matmul contracts the last axis of {a} with the rows of {b}: the sizes differ")
    rows: tuple[Dim, ...] = a.shape[:-1]
    columns: tuple[Dim, ...] = b.shape[-1:] if b.ndim > 1 else ()
    return (Array(a.dtype, rows + columns),)


def _matmul(a: Any, b: Any) -> Any:
    """NumPy has no bfloat16 product: it is taken in f32, as an accelerator does."""
    if np.asarray(a).dtype.kind == "V":
        return np.matmul(a.astype(np.float32), b.astype(np.float32)).astype(a.dtype)
    return np.matmul(a, b)


def swap_last(x: Expr) -> Expr:
    """The transposed matrices of a batch."""
    n = len(x.shape)
    return x.op("transpose", perm=(*range(n - 2), n - 1, n - 2))


def _outer(x: Expr, y: Expr) -> Expr:
    """The matrix x[i] y[j] of two vectors."""
    column, row = x.op("reshape", shape=(*x.shape, 1)), y.op("reshape", shape=(1, *y.shape))
    return column.op("matmul", row)


def _matmul_transpose(g: Expr, inputs: tuple[Expr, ...], attrs: AttrDict, i: int) -> Expr:
    """a_bar = g b^T and b_bar = a^T g, with vectors as rows on the left and columns on the right."""
    a, b = inputs
    match (len(a.shape), len(b.shape)):
        case (1, 1):
            other = inputs[1 - i]
            return g.op("broadcast", shape=other.shape) * other
        case (1, 2):
            return b.op("matmul", g) if i == 0 else _outer(a, g)
        case (2, 1):
            return _outer(g, b) if i == 0 else g.op("matmul", a)
        case _:
            return g.op("matmul", swap_last(b)) if i == 0 else swap_last(a).op("matmul", g)


define("matmul", _matmul_type, _matmul, Multilinear(_matmul_transpose))
