"""`scipy.linalg`: functions of matrices, matrix equations, and decompositions that are made of others."""

from __future__ import annotations

from typing import Any

import numpy as np

from myialike.library import least_squares, linalg
from myialike.library.decided import decided
from myialike.library.linalg import (
    adjoint,
    constant_part,
    hermitian_of,
    inexact,
    matrices,
    op_cholesky,
    op_eigh,
    op_pinv,
    op_solve,
    square,
    svdvals,
)
from myialike.library.primitive import primitive
from myialike.library.refusal import misshapen, refuse
from myialike.library.scipy_linalg import expm, finite, op_solve_triangular, several, short

op_sylvester, op_sqrtm, op_logm = primitive("sylvester"), primitive("sqrtm"), primitive("logm")
op_schur, op_hessenberg = primitive("schur"), primitive("hessenberg")
op_eigh_evr, op_eig_scipy = primitive("eigh_evr"), primitive("eig_scipy")


def single(a: Any, name: str) -> Any:
    """One square matrix, of finite numbers."""
    a = np.asarray(a)
    if a.ndim > 2:
        refuse(f"scipy.linalg.{name} of several matrices")
    return square(short(a, True))


def as_complex(a: Any) -> Any:
    return a if a.dtype.kind == "c" else a.astype(np.result_type(a.dtype, np.complex64))


def real_if(a: Any, value: Any, what: str) -> Any:
    """A real result of a real matrix, unless it has imaginary parts."""
    return value if a.dtype.kind == "c" or decided(np.any(value.imag != 0), what) else value.real


def sqrtm(A: Any) -> Any:
    a = square(short(A, True))
    return real_if(a, op_sqrtm(as_complex(a)), "scipy.linalg.sqrtm")


def logm(A: Any) -> Any:
    a = single(A, "logm")
    if a.dtype != np.float64 and a.dtype != np.complex128:
        refuse("scipy.linalg.logm in single precision, whose rounding decides about the dtype of the result,")
    return real_if(a, op_logm(as_complex(a)), "scipy.linalg.logm")


def cosm(A: Any) -> Any:
    a = single(A, "cosm")
    return 0.5 * (expm(1j * a) + expm(-1j * a)) if a.dtype.kind == "c" else expm(1j * a).real


def sinm(A: Any) -> Any:
    a = single(A, "sinm")
    return -0.5j * (expm(1j * a) - expm(-1j * a)) if a.dtype.kind == "c" else expm(1j * a).imag


def _quotient(a: Any, b: Any) -> Any:
    x, regular = op_solve(a, b)
    if not np.all(regular):
        raise np.linalg.LinAlgError("A singular matrix detected: slice(s) [0] are singular.")
    return x


def tanm(A: Any) -> Any:
    return _quotient(cosm(A), sinm(A))


def coshm(A: Any) -> Any:
    a = single(A, "coshm")
    return 0.5 * (expm(a) + expm(-a))


def sinhm(A: Any) -> Any:
    a = single(A, "sinhm")
    return 0.5 * (expm(a) - expm(-a))


def tanhm(A: Any) -> Any:
    return _quotient(coshm(A), sinhm(A))


def expm_frechet(A: Any, E: Any, method: Any = None, compute_expm: Any = True, check_finite: Any = True) -> Any:
    """In the corner of the exponential of a block matrix."""
    if method not in (None, "SPS", "blockEnlarge"):
        raise ValueError(f"Unknown implementation {method}")
    a, e = square(finite(A, check_finite)), square(finite(E, check_finite))
    a, e = [x.astype(np.promote_types(x.dtype, np.float64)) for x in (a, e)]
    if a.ndim > 2 or a.shape != e.shape:
        raise ValueError("expected A and E to be the same shape")
    n = a.shape[-1]
    dtype = np.promote_types(a.dtype, e.dtype)
    a, e = a.astype(dtype), e.astype(dtype)
    upper, lower = np.concatenate((a, e), axis=1), np.concatenate((np.zeros_like(a), a), axis=1)
    whole = expm(np.concatenate((upper, lower)))
    return (whole[:n, :n], whole[:n, n:]) if compute_expm else whole[:n, n:]


def schur(
    a: Any,
    output: Any = "real",
    lwork: Any = None,
    overwrite_a: Any = False,
    sort: Any = None,
    check_finite: Any = True,
) -> Any:
    if output not in ("real", "complex", "r", "c"):
        raise ValueError("argument must be 'real', or 'complex'")
    if sort is not None:
        refuse("scipy.linalg.schur with sort")
    a = square(short(a, check_finite))
    return several(a, *op_schur(as_complex(a) if output in ("complex", "c") else a))


def hessenberg(a: Any, calc_q: Any = False, overwrite_a: Any = False, check_finite: Any = True) -> Any:
    a = square(short(a, check_finite))
    h, q = op_hessenberg(a)
    if a.shape[-1] <= 2:  # then SciPy gives back the matrix, and an identity in f64
        h, q = a, np.broadcast_to(np.eye(a.shape[-1]), a.shape).copy()
    return several(a, h, q) if calc_q else h


def solve_sylvester(a: Any, b: Any, q: Any) -> Any:
    a, b, q = single(a, "solve_sylvester"), single(b, "solve_sylvester"), inexact(short(q, True))
    if q.shape != (a.shape[0], b.shape[0]):
        misshapen(f"the right side of shape {q.shape} does not fit {a.shape} and {b.shape}")
    dtype = np.result_type(a.dtype, b.dtype, q.dtype)
    return op_sylvester(a.astype(dtype), b.astype(dtype), q.astype(dtype))


def solve_continuous_lyapunov(a: Any, q: Any) -> Any:
    a, q = square(short(a, True)), square(short(q, True))
    if a.shape != q.shape:
        raise ValueError("Matrix a and q should have the same shape.")
    return solve_sylvester(a, adjoint(a), q)


def solve_discrete_lyapunov(a: Any, q: Any, method: Any = None) -> Any:
    a, q = single(a, "solve_discrete_lyapunov"), single(q, "solve_discrete_lyapunov")
    if a.shape != q.shape:
        refuse("scipy.linalg.solve_discrete_lyapunov of matrices of different shapes")
    n = a.shape[0]
    chosen = ("bilinear" if n >= 10 else "direct") if method is None else method.lower()
    one = np.eye(n, dtype=np.promote_types(a.dtype, np.float64))
    if chosen == "direct":
        left = np.eye(n * n, dtype=one.dtype) - np.kron(a, np.conj(a))
        return _quotient(*linalg.together(left, np.reshape(q, (-1, 1)))).reshape(n, n)
    if chosen != "bilinear":
        raise ValueError(f"Unknown solver {method}")
    turned = adjoint(a)
    inverse = linalg.inv(turned + one)
    moved = (turned - one) @ inverse
    right = 2 * (linalg.inv(a + one) @ q @ inverse)
    return solve_continuous_lyapunov(adjoint(moved), -right)


def lstsq(
    a: Any,
    b: Any,
    cond: Any = None,
    overwrite_a: Any = False,
    overwrite_b: Any = False,
    check_finite: Any = True,
    lapack_driver: Any = None,
) -> Any:
    """By the pseudoinverse. Without full rank there are no residuals."""
    if lapack_driver not in (None, "gelsd", "gelss"):
        refuse(f"scipy.linalg.lstsq with lapack_driver={lapack_driver!r}")
    a, b = matrices(short(a, check_finite)), inexact(short(b, check_finite))
    if a.ndim != 2 or b.ndim > 2 or a.size == 0 or b.size == 0:
        refuse("scipy.linalg.lstsq of several matrices, or without elements")
    if a.shape[0] != b.shape[0]:
        raise ValueError(f"Shape mismatch: a and b should have the same number of rows ({a.shape[0]} != {b.shape[0]}).")
    dtype = np.promote_types(a.dtype, b.dtype)
    a, b = a.astype(dtype), b.astype(dtype)
    m, n = a.shape
    limit = float(np.finfo(dtype).eps) if cond is None else cond
    s = svdvals(a)
    rank = int(np.sum(s > limit * s[0]))
    x = op_pinv(a, least_squares.cutoff(a, limit)) @ b
    if m <= n:
        return x, np.zeros(0, dtype), rank, s
    if decided(rank < n, "scipy.linalg.lstsq"):
        return x, np.zeros(0, dtype), rank, s
    error = b - a @ x
    return x, np.sum((np.conj(error) * error).real if dtype.kind == "c" else error * error, axis=0), rank, s


def eig(
    a: Any, b: Any = None, left: Any = False, right: Any = True, overwrite_a: Any = False, *, check_finite: Any = True
) -> Any:
    """Vectors of a real matrix are real where all values are, which are complex numbers always."""
    if left or b is not None:
        refuse("scipy.linalg.eig of two matrices, or with left vectors")
    a = square(short(a, check_finite))
    w, v = op_eig_scipy(a)
    w, v = linalg.scaled_vectors(a, w, v, "scipy.linalg.eig")
    w = as_complex(w)
    return several(a, w, v) if right else w


def null_space(A: Any, rcond: Any = None, *, overwrite_a: Any = False, check_finite: Any = True) -> Any:
    a = matrices(short(A, check_finite))
    if a.ndim != 2 or a.size == 0:
        refuse("scipy.linalg.null_space of several matrices, or of one without elements")
    _, s, vh = linalg.svd(a, full_matrices=True)
    kept = int(np.sum(s > np.max(s) * (least_squares.rounding(a) if rcond is None else rcond)))
    return adjoint(vh)[:, kept:]


def orth(A: Any, rcond: Any = None) -> Any:
    a = matrices(short(A, True))
    if a.ndim != 2 or a.size == 0:
        refuse("scipy.linalg.orth of several matrices, or of one without elements")
    u, s, _ = linalg.svd(a, full_matrices=False)
    kept = int(np.sum(s > np.max(s) * (least_squares.rounding(a) if rcond is None else rcond)))
    return u[:, :kept]


def pinvh(
    a: Any, atol: Any = None, rtol: Any = None, lower: Any = True, return_rank: Any = False, check_finite: Any = True
) -> Any:
    """The singular values are the sizes of the eigenvalues."""
    a = square(short(a, check_finite))
    if a.ndim > 2 or a.size == 0:
        refuse("scipy.linalg.pinvh of several matrices, or of one without elements")
    whole = hermitian_of(a, lower)
    s = svdvals(whole)
    top = constant_part(np.max(s))
    limit = (0.0 if atol is None else atol) / np.where(top > 0, top, 1) + (
        least_squares.rounding(a) if rtol is None else rtol
    )
    found = op_pinv(whole, least_squares.cutoff(whole, limit))
    return (found, int(np.sum(s > limit * top))) if return_rank else found


def _basis(a: Any, what: Any) -> Any:
    """An orthonormal basis of the columns; the program is compiled for their rank."""
    a = matrices(short(a, True))
    u, s, _ = linalg.svd(a, full_matrices=False)
    lost = decided(np.sum(s <= np.max(s) * least_squares.rounding(a)), what)
    return u[:, : u.shape[1] - lost]


def subspace_angles(A: Any, B: Any) -> Any:
    """By cosines and sines (A. V. Knyazev and M. E. Argentati, SIAM J. Sci. Comput. 23, 2002)."""
    a, b = finite(A, True), finite(B, True)
    if a.ndim != 2 or b.ndim != 2:
        raise ValueError(f"expected 2D array, got shape {a.shape if a.ndim != 2 else b.shape}")
    if len(a) != len(b):
        raise ValueError(f"A and B must have the same number of rows, got {len(a)} and {len(b)}")
    first, second = _basis(a, "scipy.linalg.subspace_angles"), _basis(b, "scipy.linalg.subspace_angles of B")
    both = adjoint(first) @ second
    cosines = svdvals(both)
    rest = second - first @ both if first.shape[1] >= second.shape[1] else first - second @ adjoint(both)
    near = cosines**2 >= 0.5
    sines = np.arcsin(np.clip(svdvals(rest), -1.0, 1.0))
    return np.where(near, sines, np.arccos(np.clip(cosines[::-1], -1.0, 1.0)))


def orthogonal_procrustes(A: Any, B: Any, check_finite: Any = True) -> Any:
    a, b = finite(A, check_finite), finite(B, check_finite)
    if a.ndim != 2:
        raise ValueError(f"expected ndim to be 2, but observed {a.ndim}")
    if a.shape != b.shape:
        raise ValueError(f"the shapes of A and B differ ({a.shape} vs {b.shape})")
    u, w, vt = linalg.svd((b.T @ np.conj(a)).T, full_matrices=False)
    return u @ vt, np.sum(w)


def tridiagonal(d: Any, e: Any, check_finite: Any) -> Any:
    d, e = inexact(finite(d, check_finite)), inexact(finite(e, check_finite))
    if d.ndim != 1 or e.ndim != 1:
        raise ValueError("expected a 1-D array")
    if d.dtype.kind == "c" or e.dtype.kind == "c":
        raise TypeError("Only real arrays currently supported")
    if d.shape[0] != e.shape[0] + 1:
        raise ValueError(f"d ({d.shape[0]}) must have one more element than e ({e.shape[0]})")
    return np.diag(d) + np.diag(e, -1) + np.diag(e, 1)


def eigvalsh_tridiagonal(
    d: Any, e: Any, select: Any = "a", select_range: Any = None, check_finite: Any = True, tol: Any = 0.0
) -> Any:
    """Of a matrix with all elements, so in the time that this needs."""
    if select not in ("a", 0, "i", 2):
        refuse("scipy.linalg.eigvalsh_tridiagonal with a range of values")
    w = linalg.eigvalsh(tridiagonal(d, e, check_finite))
    if select in ("i", 2):
        first, last = select_range
        return w[first : last + 1]
    return w


def eigh_tridiagonal(d: Any, e: Any, eigvals_only: Any = False, *, check_finite: Any = True) -> Any:
    if not eigvals_only:
        refuse("scipy.linalg.eigh_tridiagonal with vectors, whose signs are those of the driver,")
    return eigvalsh_tridiagonal(d, e, check_finite=check_finite)


DRIVERS = (None, "ev", "evd", "evr", "evx", "gv", "gvd", "gvx")


def eigh(
    a: Any,
    b: Any = None,
    *,
    lower: Any = True,
    eigvals_only: Any = False,
    overwrite_a: Any = False,
    overwrite_b: Any = False,
    type: Any = 1,
    check_finite: Any = True,
    subset_by_index: Any = None,
    driver: Any = None,
) -> Any:
    """By the driver that SciPy takes, on which the signs of vectors depend."""
    if driver not in ((None, "evd", "evr") if b is None else (None, "gvd")):
        refuse(f"scipy.linalg.eigh with driver={driver!r}")
    if type != 1 or (subset_by_index is not None and not eigvals_only):
        refuse("scipy.linalg.eigh of another type, or with a part of the vectors")
    a = square(short(a, check_finite))
    if b is None:
        w, v = op_eigh(a, lower=bool(lower)) if driver == "evd" else op_eigh_evr(a, lower=bool(lower))
    else:
        w, v = generalized(a, square(short(b, check_finite)), bool(lower))
    if np.any(np.isnan(w)):
        raise np.linalg.LinAlgError("Eigenvalues did not converge")
    if subset_by_index is not None:
        first, last = subset_by_index
        w = w[..., first : last + 1]
    return w if eigvals_only else several(a, w, v)


def generalized(a: Any, b: Any, lower: bool) -> Any:
    """By the Cholesky factor of b, as LAPACK's; vectors are orthogonal by b."""
    if a.ndim > 2 or a.shape != b.shape:
        refuse("scipy.linalg.eigh of two matrices of different shapes, or of several")
    dtype = np.promote_types(a.dtype, b.dtype)
    a, b = hermitian_of(a.astype(dtype), lower), b.astype(dtype)
    factor = op_cholesky(b if lower else adjoint(b))
    if np.any(np.isnan(factor)):
        raise np.linalg.LinAlgError("The second matrix is not positive definite.")
    half = op_solve_triangular(factor, a, lower=True, unit=False)
    inner = adjoint(op_solve_triangular(factor, adjoint(half), lower=True, unit=False))
    w, y = op_eigh(inner, lower=lower)
    return w, op_solve_triangular(adjoint(factor), y, lower=False, unit=False)


def eigvalsh(
    a: Any,
    b: Any = None,
    *,
    lower: Any = True,
    overwrite_a: Any = False,
    overwrite_b: Any = False,
    type: Any = 1,
    check_finite: Any = True,
    subset_by_index: Any = None,
    driver: Any = None,
) -> Any:
    """Eigenvalues are the same by each driver."""
    if driver not in DRIVERS:
        raise ValueError(f'"{driver}" is unknown. Possible values are "None", "{chr(34).join(DRIVERS[1:])}".')
    if driver is not None and (driver[0] == "g") == (b is None):
        raise ValueError(f'"{driver}" is not the driver of {"one matrix" if b is None else "two matrices"}')
    return eigh(
        a,
        b,
        lower=lower,
        eigvals_only=True,
        type=type,
        check_finite=check_finite,
        subset_by_index=subset_by_index,
        driver="evd" if b is None else None,
    )
