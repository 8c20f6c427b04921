"""`matmul`, and the phrases that the rules of the decompositions are written in.

Ranks are (1, 1), (1, 2), (2, 1), or equal and at least 2 with equal batch dims. It is linear in each operand, and its
transposes are matrix products again, so it can be differentiated to any order.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from myialike.ir.builder import Expr
from myialike.ir.op import AttrDict, Multilinear
from myialike.ir.types import Array, Dim, Type
from myialike.ops.define import arrays, define, iota_like, same_dtype, where


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


# ------------------------------------------------------------------------------------- phrases of derivative rules


def product(*factors: Expr) -> Expr:
    """The matrix product, from the left."""
    result, *rest = factors
    for factor in rest:
        result = result.op("matmul", factor)
    return result


def conj(x: Expr) -> Expr:
    return x.op("conj") if x.dtype.kind == "c" else x


def adjoint(x: Expr) -> Expr:
    """The conjugate transposes of a batch."""
    return conj(swap_last(x))


def real_part(x: Expr) -> Expr:
    """The real part, in the dtype of x."""
    return (x + conj(x)) * 0.5 if x.dtype.kind == "c" else x


def part(x: Expr, relation: str) -> Expr:
    """The elements whose row is `relation` ("ge", "gt", "eq", "ne", ..) their column, zeros elsewhere."""
    n = len(x.shape)
    return where(iota_like(x, n - 2).op(relation, iota_like(x, n - 1)), x, 0.0)


def identity_like(x: Expr) -> Expr:
    return part(x.full_like(1.0), "eq")


def diagonal(x: Expr) -> Expr:
    """The diagonals of square matrices."""
    return part(x, "eq").op("reduce_sum", axes=(len(x.shape) - 1,))


def as_rows(v: Expr, like: Expr) -> Expr:
    """Vectors repeated as rows: a matrix times it, point by point, has its columns scaled."""
    return v.op("reshape", shape=(*v.shape[:-1], 1, v.shape[-1])).op("broadcast", shape=like.shape)


def as_columns(v: Expr, like: Expr) -> Expr:
    """Vectors repeated as columns: a matrix times it, point by point, has its rows scaled."""
    return v.op("reshape", shape=(*v.shape, 1)).op("broadcast", shape=like.shape)


def hermitian(x: Expr, lower: bool = True) -> Expr:
    """The Hermitian matrix that has this triangle; the imaginary parts of the diagonal are not read."""
    below = part(x, "gt" if lower else "lt")
    return below + adjoint(below) + real_part(part(x, "eq"))


def hermitian_transpose(g: Expr, lower: bool = True) -> Expr:
    """The transpose of `hermitian`: what of a cotangent belongs to the triangle that is read."""
    return part(g + adjoint(g), "gt" if lower else "lt") + real_part(part(g, "eq"))
