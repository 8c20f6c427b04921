"""`numpy.linalg`: what is made of singular values, and norms by their names."""

from __future__ import annotations

from typing import Any

import numpy as np

from myialike.library.decided import decided
from myialike.library.linalg import (
    hermitian_of,
    inexact,
    matrices,
    op_pinv,
    op_solve,
    square,
    svd,
    svdvals,
)
from myialike.library.linear import norm
from myialike.library.refusal import misshapen, refuse


def cutoff(a: Any, rtol: Any) -> Any:
    """The largest part of the largest singular value that counts as zero, for each matrix."""
    return np.broadcast_to(np.asarray(rtol).astype(a.real.dtype), a.shape[:-2])


def pinv(a: Any, rcond: Any = None, hermitian: Any = False, *, rtol: Any = 1e-15) -> Any:
    plain, a = np.asarray(a), matrices(a)
    if a.size == 0:
        return np.zeros(a.shape[:-2] + (a.shape[-1], a.shape[-2]), plain.dtype)
    if np.any(np.isnan(a)):
        raise np.linalg.LinAlgError("SVD did not converge")
    if hermitian:
        a = hermitian_of(square(a), True)
    limit = rtol if rcond is None else rcond
    return op_pinv(a, cutoff(a, rounding(a) if limit is None else limit))


def rounding(a: Any) -> Any:
    return max(a.shape[-1], a.shape[-2]) * float(np.finfo(a.dtype).eps)


def lstsq(a: Any, b: Any, rcond: Any = None) -> Any:
    """By the pseudoinverse. Without full rank there are no residuals."""
    a, b = matrices(a), inexact(b)
    if a.ndim != 2:
        misshapen(f"{a.ndim}-dimensional array given. Array must be two-dimensional")
    if b.ndim == 1:
        x, residuals, rank, s = lstsq(a, b[:, None], rcond)
        return x[:, 0], residuals, rank, s
    if b.ndim != 2 or b.shape[0] != a.shape[0]:
        misshapen("Incompatible dimensions")
    if a.size == 0 or b.size == 0:
        refuse("np.linalg.lstsq without elements")
    dtype = np.promote_types(a.dtype, b.dtype)
    a, b = a.astype(dtype), b.astype(dtype)
    if not np.all(np.isfinite(a)):
        raise np.linalg.LinAlgError("SVD did not converge in Linear Least Squares")
    m, n = a.shape
    limit = rounding(a) if rcond is None else float(np.finfo(dtype).eps) if rcond == -1 else rcond
    s = svdvals(a)
    rank = np.sum(s > limit * s[0]).astype(np.int32)
    x = op_pinv(a, cutoff(a, limit)) @ b
    if m <= n:
        return x, np.zeros(0, s.dtype), rank, s
    if decided(rank < n, "np.linalg.lstsq"):
        return x, np.zeros(0, s.dtype), rank, s
    error = b - a @ x
    return x, np.sum((np.conj(error) * error).real if dtype.kind == "c" else error * error, axis=0), rank, s


def matrix_rank(A: Any, tol: Any = None, hermitian: Any = False, *, rtol: Any = None) -> Any:
    A = np.asarray(A)
    if A.ndim < 2:
        return int(not np.all(A == 0))
    s = svd(A, compute_uv=False, hermitian=hermitian)
    if s.shape[-1] == 0:
        return np.zeros(s.shape[:-1], int)[()]
    largest = np.max(s, axis=-1, keepdims=True)
    if tol is None:
        limit = largest * (rounding(inexact(A)) if rtol is None else np.asarray(rtol)[..., None])
    else:
        limit = np.asarray(tol)[..., None]
    return np.sum(s > limit, axis=-1)


def cond(x: Any, p: Any = None) -> Any:
    x = matrices(x)
    if x.size == 0 and x.shape[-1] * x.shape[-2] == 0:
        raise np.linalg.LinAlgError("cond is not defined on empty arrays")
    if p is None or p == 2 or p == -2:
        s = svdvals(x)
        ratio = s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
    else:
        x = square(x)
        inverse, regular = op_solve(x, np.broadcast_to(np.eye(x.shape[-1], dtype=x.dtype), x.shape))
        ratio = np.where(regular, norm(x, p, (-2, -1)) * norm(inverse, p, (-2, -1)), np.inf)
    unknown = np.isnan(ratio) & ~np.any(np.isnan(x), axis=(-2, -1))
    return np.where(unknown, np.asarray(np.inf).astype(ratio.dtype), ratio)[()]


def vector_norm(x: Any, /, *, axis: Any = None, keepdims: Any = False, ord: Any = 2) -> Any:
    x = np.asarray(x)
    if axis is None:
        found = norm(np.ravel(x), ord)
        return np.reshape(found, (1,) * x.ndim) if keepdims else found
    if isinstance(axis, int):
        return norm(x, ord, axis, keepdims)
    axes = tuple(k % x.ndim for k in axis)
    rest = tuple(k for k in range(x.ndim) if k not in axes)
    moved = np.transpose(x, rest + axes).reshape(tuple(x.shape[k] for k in rest) + (-1,))
    found = norm(moved, ord, -1)
    return np.reshape(found, tuple(1 if k in axes else x.shape[k] for k in range(x.ndim))) if keepdims else found


def matrix_norm(x: Any, /, *, keepdims: Any = False, ord: Any = "fro") -> Any:
    return norm(matrices(x) if ord in (2, -2, "nuc") else x, ord, (-2, -1), keepdims)
