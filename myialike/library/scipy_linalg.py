"""`scipy.linalg`: its names, defaults and messages around what `numpy.linalg` does."""

from __future__ import annotations

from typing import Any

import numpy as np

from myialike.library import least_squares, linalg, linear
from myialike.library.linalg import (
    adjoint,
    constant_part,
    hermitian_of,
    inexact,
    matrices,
    op_cholesky,
    op_eig,
    op_pinv,
    op_solve,
    square,
    together,
)
from myialike.library.primitive import primitive
from myialike.library.refusal import refuse

op_lu, op_solve_triangular, op_qr_pivots = primitive("lu"), primitive("solve_triangular"), primitive("qr_pivots")


def finite(a: Any, check: Any) -> Any:
    a = np.asarray(a)
    if check and a.dtype.kind in "fc" and not np.all(np.isfinite(a)):
        raise ValueError("array must not contain infs or NaNs")
    return a


def short(a: Any, check: Any) -> Any:
    """Numbers that f32 holds in f32, as SciPy takes them to LAPACK; others in f64."""
    a = finite(a, check)
    if a.dtype.kind == "V":
        refuse("scipy.linalg of bfloat16")
    return a.astype(np.float32) if a.dtype.kind != "c" and np.can_cast(a.dtype, np.float32) else a


def several(a: Any, *parts: Any) -> Any:
    """The results for one matrix as a tuple, for several as a list."""
    return list(parts) if a.ndim > 2 else parts


def solve(
    a: Any,
    b: Any,
    lower: Any = False,
    overwrite_a: Any = False,
    overwrite_b: Any = False,
    check_finite: Any = True,
    assume_a: Any = None,
    transposed: Any = False,
) -> Any:
    a, b = _whole(finite(a, check_finite)), _whole(finite(b, check_finite))
    if assume_a is not None and assume_a not in STRUCTURES:
        raise ValueError(f"{assume_a} is not a recognized matrix structure")
    a = square(a)
    if a.ndim == 2 and len(a) == 1:
        assume_a = None  # SciPy divides, whatever is assumed
    a = structured(a, assume_a, lower)
    if transposed and (a.dtype.kind == "c" or b.dtype.kind == "c"):
        refuse("scipy.linalg.solve with transposed=True of complex numbers")
    if transposed:
        a = np.swapaxes(a, -1, -2)
    left, right = together(a, b[:, None] if b.ndim == 1 else b)
    if assume_a in ("lower triangular", "upper triangular"):
        regular = np.diagonal(left, axis1=-2, axis2=-1) != 0
        x = op_solve_triangular(left, right, lower=(assume_a == "lower triangular") != bool(transposed), unit=False)
    else:
        x, regular = op_solve(left, right)
    if not np.all(regular):
        raise np.linalg.LinAlgError("A singular matrix detected: slice(s) [0] are singular.")
    return x[..., 0] if b.ndim == 1 else x


OF_INVERSES = ("diagonal", "upper triangular", "lower triangular", "sym", "her", "pos", "gen", "general")
STRUCTURES = (*OF_INVERSES, "tridiagonal", "banded", "symmetric", "hermitian", "positive definite")


def structured(a: Any, assume_a: Any, lower: Any) -> Any:
    """The matrix that has the part of a that LAPACK reads under this assumption."""
    if assume_a in (None, "gen", "general", "banded"):
        return a
    if assume_a in ("lower triangular", "upper triangular"):
        return np.tril(a) if assume_a == "lower triangular" else np.triu(a)
    if assume_a in ("diagonal", "tridiagonal"):
        width = 0 if assume_a == "diagonal" else 1
        return np.tril(np.triu(a, -width), width)
    if assume_a in ("sym", "symmetric") and a.dtype.kind == "c":
        part = np.tril(a) if lower else np.triu(a)
        return part + np.swapaxes(np.tril(a, -1) if lower else np.triu(a, 1), -1, -2)
    whole = hermitian_of(a, lower)
    if assume_a in ("pos", "positive definite") and np.any(np.isnan(op_cholesky(whole))):
        raise np.linalg.LinAlgError("A singular matrix detected: slice(s) [0] are singular.")
    return whole


def _whole(a: Any) -> Any:
    """Half floats in f32."""
    if a.dtype.kind == "V":
        refuse("scipy.linalg of bfloat16")
    return a.astype(np.float32) if a.dtype == np.float16 else a


def inv(
    a: Any, overwrite_a: Any = False, check_finite: Any = True, *, assume_a: Any = None, lower: Any = False
) -> Any:
    if assume_a is not None and assume_a not in OF_INVERSES:
        raise KeyError(assume_a)
    a = structured(square(short(a, check_finite)), assume_a, lower)
    one = np.eye(a.shape[-1], dtype=a.dtype)
    if assume_a == "upper triangular":
        return np.triu(solve(a, one, check_finite=False, assume_a=assume_a))
    if assume_a == "lower triangular":
        return np.tril(solve(a, one, check_finite=False, assume_a=assume_a))
    return solve(a, one, check_finite=False)


def det(a: Any, overwrite_a: Any = False, check_finite: Any = True) -> Any:
    """Of f32, the factors are f32 and their product is f64."""
    a = square(short(a, check_finite))
    if a.dtype == np.float64 or a.dtype == np.complex128:
        return linalg.det(a)
    packed, pivots, _ = op_lu(a)
    factors = np.diagonal(packed, axis1=-2, axis2=-1).astype(np.complex128 if a.dtype.kind == "c" else np.float64)
    exchanges = np.sum(pivots != np.arange(a.shape[-1]), axis=-1)
    value = np.where(exchanges % 2 == 1, -1.0, 1.0)[()] * np.prod(factors, axis=-1)
    smooth = linalg.det(a.astype(factors.dtype))  # has the derivative, at singular matrices too
    return constant_part(value) + (smooth - constant_part(smooth))


def cholesky(a: Any, lower: Any = False, overwrite_a: Any = False, check_finite: Any = True) -> Any:
    a = square(short(a, check_finite))
    factor = op_cholesky(a if lower else adjoint(a))
    failed = np.isnan(np.sum(factor, axis=(-2, -1)))
    if np.any(failed):
        raise np.linalg.LinAlgError("the array is not positive definite")
    return factor if lower else adjoint(factor)


def cho_factor(a: Any, lower: Any = False, overwrite_a: Any = False, check_finite: Any = True) -> Any:
    """The other triangle is left as it was."""
    a = square(short(a, check_finite))
    if a.ndim > 2:
        refuse("scipy.linalg.cho_factor of several matrices")
    factor = cholesky(a, lower, check_finite=False)
    return (factor + np.triu(a, 1) if lower else factor + np.tril(a, -1)), bool(lower)


def triangular(a: Any, b: Any, lower: Any, unit: Any) -> Any:
    """The solution for a vector or columns, of a triangle of a."""
    left, right = together(a, b[:, None] if b.ndim == 1 else b)
    x = op_solve_triangular(left, right, lower=bool(lower), unit=bool(unit))
    return x[..., 0] if b.ndim == 1 else x


def cho_solve(c_and_lower: Any, b: Any, overwrite_b: Any = False, check_finite: Any = True) -> Any:
    c, lower = c_and_lower
    if isinstance(c, np.ndarray) and c.ndim > 2:
        refuse("scipy.linalg.cho_solve of several matrices")
    c, b = square(short(c, check_finite)), inexact(short(b, check_finite))
    if lower:
        return triangular(adjoint(c), triangular(c, b, True, False), False, False)
    return triangular(c, triangular(adjoint(c), b, True, False), False, False)


def solve_triangular(
    a: Any,
    b: Any,
    trans: Any = 0,
    lower: Any = False,
    unit_diagonal: Any = False,
    overwrite_b: Any = False,
    check_finite: Any = True,
) -> Any:
    a, b = square(short(a, check_finite)), inexact(short(b, check_finite))
    if not unit_diagonal:
        zero = np.diagonal(a, axis1=-2, axis2=-1) == 0
        if np.any(zero):
            where = int(np.argmax(np.ravel(zero)))
            raise np.linalg.LinAlgError(f"singular matrix: resolution failed at diagonal {where}")
    if trans in (0, "N"):
        return triangular(a, b, lower, unit_diagonal)
    return triangular(adjoint(a) if trans in (2, "C") else np.swapaxes(a, -1, -2), b, not lower, unit_diagonal)


def lu_factor(a: Any, overwrite_a: Any = False, check_finite: Any = True) -> Any:
    a = matrices(short(a, check_finite))
    if a.size == 0:
        refuse("scipy.linalg.lu_factor of a matrix without elements")
    packed, pivots, _ = op_lu(a)
    return several(a, packed, pivots)


def lu_solve(lu_and_piv: Any, b: Any, trans: Any = 0, overwrite_b: Any = False, check_finite: Any = True) -> Any:
    lu, piv = lu_and_piv
    lu, b = square(short(lu, check_finite)), inexact(short(b, check_finite))
    if lu.ndim != 2:
        refuse("scipy.linalg.lu_solve of several matrices")
    n = len(lu)
    order = np.arange(n)
    for i in range(n):
        j = int(piv[i])
        held = order[i]
        order[i] = order[j]
        order[j] = held
    if trans not in (0, 1, 2):
        raise ValueError(f"trans is 0, 1 or 2, not {trans!r}")
    if trans == 0:
        return triangular(lu, triangular(lu, b[order], True, True), False, False)
    turned = adjoint(lu) if trans == 2 else lu.T
    x = triangular(turned, triangular(turned, b, True, False), False, True)
    return x[np.argsort(order)]


def lu(
    a: Any, permute_l: Any = False, overwrite_a: Any = False, check_finite: Any = True, p_indices: Any = False
) -> Any:
    a = matrices(short(a, check_finite))
    if a.ndim != 2 or a.size == 0:
        refuse("scipy.linalg.lu of several matrices, or of one without elements")
    packed, _, order = op_lu(a)
    m, n = a.shape
    k = min(m, n)
    lower = np.tril(packed[:, :k], -1) + np.eye(m, k, dtype=a.dtype)
    upper = np.triu(packed[:k, :])
    back = np.argsort(order)
    if permute_l:
        return lower[back], upper
    if p_indices:
        return back.astype(np.int32), lower, upper
    return np.eye(m, dtype=a.real.dtype)[back], lower, upper


def qr(
    a: Any,
    overwrite_a: Any = False,
    lwork: Any = None,
    mode: Any = "full",
    pivoting: Any = False,
    check_finite: Any = True,
) -> Any:
    if mode not in ("full", "r", "economic"):
        refuse("scipy.linalg.qr of this mode")
    a = matrices(short(a, check_finite))
    if a.size == 0:
        refuse("scipy.linalg.qr of a matrix without elements")
    if pivoting:
        order = op_qr_pivots(a)
        parts = qr(np.take_along_axis(a, order[..., None, :], axis=-1), mode=mode, check_finite=False)
        return several(a, *(parts if isinstance(parts, (tuple, list)) else (parts,)), order)
    if mode == "economic":
        q, r = linalg.qr(a)
        return several(a, q, r)
    if mode == "r":
        r = linalg.qr(a, "r")
        rest = np.zeros(a.shape[:-2] + (a.shape[-2] - r.shape[-2], a.shape[-1]), r.dtype)
        full = np.concatenate((r, rest), axis=-2)
        return full if a.ndim > 2 else (full,)
    q, r = linalg.qr(a, "complete")
    return several(a, q, r)


def svd(
    a: Any, full_matrices: Any = True, compute_uv: Any = True, overwrite_a: Any = False, check_finite: Any = True
) -> Any:
    a = short(a, check_finite)
    if not compute_uv:
        return linalg.svdvals(a)
    u, s, vh = linalg.svd(a, full_matrices)
    return several(a, u, s, vh)


def svdvals(a: Any, overwrite_a: Any = False, check_finite: Any = True) -> Any:
    return linalg.svdvals(short(a, check_finite))


def eigvals(
    a: Any, b: Any = None, overwrite_a: Any = False, check_finite: Any = True, homogeneous_eigvals: Any = False
) -> Any:
    """Complex numbers always, other than NumPy's."""
    if b is not None or homogeneous_eigvals:
        refuse("scipy.linalg.eigvals of two matrices, or with homogeneous_eigvals=True")
    a = square(short(a, check_finite))
    if not np.all(np.isfinite(a)):
        raise np.linalg.LinAlgError("Array must not contain infs or NaNs")
    w, _ = op_eig(a)
    return w


def pinv(
    a: Any, *, atol: Any = None, rtol: Any = None, return_rank: Any = False, check_finite: Any = True
) -> Any:
    a = matrices(short(a, check_finite))
    limit = least_squares.rounding(a) if rtol is None else rtol
    if limit < 0 or (atol is not None and atol < 0):
        raise ValueError("atol and rtol values must be positive.")
    if atol is None and not return_rank:
        return op_pinv(a, least_squares.cutoff(a, limit))
    if a.ndim > 2:
        refuse("scipy.linalg.pinv of several matrices, with atol or return_rank,")
    s = linalg.svdvals(a)
    top = constant_part(np.max(s))
    limit = limit + (0.0 if atol is None else atol) / np.where(top > 0, top, 1)
    found = op_pinv(a, least_squares.cutoff(a, limit))
    return (found, np.sum(s > limit * top)) if return_rank else found


def norm(a: Any, ord: Any = None, axis: Any = None, keepdims: Any = False, check_finite: Any = True) -> Any:
    """Python floats where SciPy asks BLAS or LAPACK."""
    a = finite(a, check_finite)
    if a.dtype.kind == "V":
        refuse("scipy.linalg of bfloat16")
    asked = a.size > 0 and a.dtype.kind in "fc" and a.dtype != np.float16 and axis is None and not keepdims
    found = linear.norm(a, ord, axis, keepdims)
    if asked and ((a.ndim == 1 and ord in (None, 2)) or (a.ndim == 2 and ord in (1, np.inf))):
        return float(found)
    return found


def polar(a: Any, side: Any = "right") -> Any:
    if side not in ("right", "left"):
        raise ValueError("`side` must be either 'right' or 'left'")
    a = short(a, True)
    u, s, vh = linalg.svd(a, full_matrices=False)
    other = adjoint(vh) @ (s[..., :, None] * vh) if side == "right" else (u * s[..., None, :]) @ adjoint(u)
    return several(a, u @ vh, other)


PADE = (64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000, 10559470521600)
PADE_REST = (670442572800, 33522128640, 1323241920, 40840800, 960960, 16380, 182, 1)


def expm(A: Any) -> Any:
    """The Pade approximant of degree 13, scaled and squared (Higham, SIAM J. Matrix Anal. Appl. 26, 2005)."""
    a = square(_whole(np.asarray(A)))
    if a.size == 0:
        return a
    size = float(np.max(np.sum(abs(a), axis=-2)))
    times = 0
    while size > 5.371920351148152 and size < np.inf:
        size = size / 2
        times = times + 1
    b = tuple(float(c) for c in PADE + PADE_REST)
    a = a / np.asarray(2.0**times).astype(a.real.dtype)
    one = np.broadcast_to(np.eye(a.shape[-1], dtype=a.dtype), a.shape)
    a2 = a @ a
    a4 = a2 @ a2
    a6 = a4 @ a2
    odd = a @ (a6 @ (b[13] * a6 + b[11] * a4 + b[9] * a2) + b[7] * a6 + b[5] * a4 + b[3] * a2 + b[1] * one)
    even = a6 @ (b[12] * a6 + b[10] * a4 + b[8] * a2) + b[6] * a6 + b[4] * a4 + b[2] * a2 + b[0] * one
    result, _ = op_solve(even - odd, even + odd)
    for _ in range(times):
        result = result @ result
    return result


def block_diag(*arrs: Any) -> Any:
    blocks = [np.atleast_2d(a) for a in arrs] if len(arrs) else [np.zeros((1, 0))]
    width = sum([b.shape[1] for b in blocks])
    dtype = np.result_type(*[b.dtype for b in blocks])
    rows, before = [], 0
    for block in blocks:
        if block.ndim > 2:
            refuse("scipy.linalg.block_diag of arrays of more than two dimensions")
        m, n = block.shape
        left, right = np.zeros((m, before), dtype), np.zeros((m, width - before - n), dtype)
        rows.append(np.concatenate((left, block.astype(dtype), right), axis=1))
        before = before + n
    return np.concatenate(rows, axis=0)


def vector(x: Any) -> Any:
    x = np.asarray(x)
    if x.ndim > 1:
        refuse("a matrix from arrays of more than one dimension")
    return np.ravel(x)


def toeplitz(c: Any, r: Any = None) -> Any:
    c = vector(c)
    r = (np.conj(c) if c.dtype.kind == "c" else c) if r is None else vector(r)
    values = np.concatenate((c[::-1], r[1:]))
    return values[len(c) - 1 - np.arange(len(c))[:, None] + np.arange(len(r))[None, :]]


def circulant(c: Any) -> Any:
    c = np.atleast_1d(c)
    n = c.shape[-1]
    return c[..., (np.arange(n)[:, None] - np.arange(n)[None, :]) % n]


def hankel(c: Any, r: Any = None) -> Any:
    c = vector(c)
    r = np.zeros_like(c) if r is None else vector(r)
    values = np.concatenate((c, r[1:]))
    return values[np.arange(len(c))[:, None] + np.arange(len(r))[None, :]]


def hilbert(n: Any) -> Any:
    return 1.0 / (1.0 + np.arange(n)[:, None] + np.arange(n)[None, :])


def companion(a: Any) -> Any:
    a = np.atleast_1d(a)
    if a.ndim != 1:
        refuse("scipy.linalg.companion of several polynomials")
    if a.shape[0] < 2:
        raise ValueError("The length of `a` along the last axis must be at least 2.")
    first = -a[1:] / (1.0 * a[0])
    n = len(a)
    return np.concatenate((first[None, :], np.eye(n - 2, n - 1, dtype=first.dtype)), axis=0)
