"""The decompositions in NumPy and SciPy, on batches: what the operations mean, and what the Python backend prints.

NumPy raises where a matrix of a batch has no result. The operations give NaN there, or say so in a result of their
own, and the program decides: so an element of a batch that nobody looks at raises nothing. Each function stands alone,
since its source may become part of a printed program.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg


def cholesky(a: Any) -> Any:
    """The lower Cholesky factors, from the lower triangles; NaN where a matrix is not positive definite."""
    out = np.full_like(a, np.nan)
    for k in np.ndindex(a.shape[:-2]):
        try:
            out[k] = np.linalg.cholesky(a[k])
        except np.linalg.LinAlgError:
            continue
    return out


def solve(a: Any, b: Any) -> Any:
    """The solutions of a x = b, and whether each a is regular; NaN where it is not."""
    x, ok = np.full_like(b, np.nan), np.ones(a.shape[:-2], bool)
    for k in np.ndindex(ok.shape):
        try:
            x[k] = np.linalg.solve(a[k], b[k])
        except np.linalg.LinAlgError:
            ok[k] = False
    return x, ok[()]


def solve_triangular(a: Any, b: Any, lower: bool, unit: bool) -> Any:
    """The solutions of a x = b for the triangles of a; with `unit`, as if the diagonals were 1."""
    x = np.array(b)
    trsm = scipy.linalg.get_blas_funcs("trsm", (a,))
    for k in np.ndindex(a.shape[:-2]):
        if x[k].size:
            x[k] = trsm(1.0, a[k], b[k], lower=lower, diag=unit)
    return x


def lu(a: Any) -> Any:
    """L (below the diagonal) and U in one matrix, the row that each row was exchanged with, and the order of rows."""
    m, n = a.shape[-2:]
    packed, pivots = np.array(a), np.zeros((*a.shape[:-2], min(m, n)), np.int32)
    order = np.broadcast_to(np.arange(m), a.shape[:-1]).copy()
    getrf = scipy.linalg.get_lapack_funcs("getrf", (a,))
    for k in np.ndindex(a.shape[:-2]):
        if a[k].size:
            packed[k], pivots[k], _ = getrf(a[k])
        for i, j in enumerate(pivots[k]):
            order[k][[i, j]] = order[k][[j, i]]
    return packed, pivots, order


def qr(a: Any) -> Any:
    """Q, with as many columns as a has, and R."""
    return tuple(np.linalg.qr(a))


def qr_complete(a: Any) -> Any:
    """Q, a square matrix, and R, of the shape of a."""
    return tuple(np.linalg.qr(a, "complete"))


def svd(a: Any) -> Any:
    """U, the singular values in descending order, and the adjoint of V; NaN where LAPACK finds none."""
    (*batch, m, n), k = a.shape, min(a.shape[-2:])
    u, vh = np.full((*batch, m, k), np.nan, a.dtype), np.full((*batch, k, n), np.nan, a.dtype)
    s = np.full((*batch, k), np.nan, a.real.dtype)
    for at in np.ndindex(a.shape[:-2]):
        try:
            u[at], s[at], vh[at] = np.linalg.svd(a[at], full_matrices=False)
        except np.linalg.LinAlgError:
            continue
    return u, s, vh


def svd_complete(a: Any) -> Any:
    """U and the adjoint of V, as square matrices; NaN where LAPACK finds none."""
    *batch, m, n = a.shape
    u, vh = np.full((*batch, m, m), np.nan, a.dtype), np.full((*batch, n, n), np.nan, a.dtype)
    for at in np.ndindex(a.shape[:-2]):
        try:
            u[at], _, vh[at] = np.linalg.svd(a[at])
        except np.linalg.LinAlgError:
            continue
    return u, vh


def pinv(a: Any, rcond: Any) -> Any:
    """The pseudoinverses, without the singular values up to `rcond` times the largest; NaN where LAPACK finds none."""
    p = np.full((*a.shape[:-2], a.shape[-1], a.shape[-2]), np.nan, a.dtype)
    for k in np.ndindex(a.shape[:-2]):
        try:
            p[k] = np.linalg.pinv(a[k], rcond[k] if p.ndim > 2 else rcond)
        except np.linalg.LinAlgError:
            continue
    return p


def eigh(a: Any, lower: bool) -> Any:
    """Eigenvalues in ascending order, and eigenvectors, from one triangle; NaN where LAPACK finds none."""
    w, v = np.full(a.shape[:-1], np.nan, a.real.dtype), np.full_like(a, np.nan)
    for k in np.ndindex(a.shape[:-2]):
        try:
            w[k], v[k] = np.linalg.eigh(a[k], "L" if lower else "U")
        except np.linalg.LinAlgError:
            continue
    return w, v


def eig(a: Any) -> Any:
    """Eigenvalues and right eigenvectors; NaN where LAPACK finds none."""
    dtype = np.result_type(a.dtype, np.complex64)
    w, v = np.full(a.shape[:-1], np.nan, dtype), np.full(a.shape, np.nan, dtype)
    for k in np.ndindex(a.shape[:-2]):
        try:
            w[k], v[k] = np.linalg.eig(a[k])
        except np.linalg.LinAlgError:
            continue
    return w, v


def slogdet(a: Any) -> Any:
    """The sign, or the phase, of the determinants, and the logarithms of their sizes."""
    return tuple(np.linalg.slogdet(a))


def det(a: Any) -> Any:
    """The determinants."""
    return np.linalg.det(a)


def cofactors(a: Any) -> Any:
    """The gradients of determinants: det(a) a^-T, and by singular values where a is singular or nearly so."""
    out = np.full_like(a, np.nan)
    eps = np.finfo(a.dtype).eps
    for k in np.ndindex(a.shape[:-2]):
        try:
            x = np.linalg.inv(a[k])
            with np.errstate(all="ignore"):
                out[k] = np.linalg.det(a[k]) * x.T
                regular = np.abs(a[k]).sum() * np.abs(x).sum() < eps**-0.5
        except np.linalg.LinAlgError:
            regular = False
        if regular or not np.isfinite(a[k]).all() or not a[k].size:
            continue
        u, s, vh = np.linalg.svd(a[k])
        phase = np.linalg.det(u) * np.linalg.det(vh)
        ones = np.ones(1, s.dtype)
        others = np.cumprod(np.append(ones, s[:-1])) * np.cumprod(np.append(ones, s[:0:-1]))[::-1]
        out[k] = phase * (u.conj() * others) @ vh.conj()
    return out


def cofactor_slopes(a: Any, e: Any) -> Any:
    """The derivatives of `cofactors(a)` in the directions e, by singular values."""
    out = np.full_like(a, np.nan)
    n = a.shape[-1]
    for k in np.ndindex(a.shape[:-2]):
        if not np.isfinite(a[k]).all() or not n:
            continue
        u, s, vh = np.linalg.svd(a[k])
        phase = np.linalg.det(u) * np.linalg.det(vh)
        f = u.conj().T @ e[k] @ vh.conj().T
        ones = np.ones(1, s.dtype)
        before, after = np.cumprod(np.append(ones, s[:-1])), np.cumprod(np.append(ones, s[:0:-1]))[::-1]
        later = np.tri(n, n, -1, bool).T
        between = np.cumprod(np.where(later, s, 1).astype(s.dtype), axis=1)
        between = np.concatenate((np.ones((n, 1), s.dtype), between[:, :-1]), axis=1)
        others = np.where(later, before[:, None] * between * after, 0)
        others = others + others.T
        inner = np.where(np.eye(n, dtype=bool), (others @ np.diagonal(f))[:, None], -others * f.T)
        out[k] = phase * u.conj() @ inner.astype(a.dtype) @ vh.conj()
    return out


FUNCTIONS = (
    cholesky, solve, solve_triangular, lu, qr, qr_complete, svd, svd_complete, pinv, eigh, eig, slogdet, det,
    cofactors, cofactor_slopes,
)  # fmt: skip
