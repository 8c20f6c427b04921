"""`numpy.linalg`: systems of equations and decompositions, around the typed operations.

Each brings its operands to the dtype and the batch dims that NumPy works in, and raises where NumPy raises.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from myialike.library.decided import decided
from myialike.library.primitive import primitive
from myialike.library.refusal import misshapen, refuse

EighResult = type(np.linalg.eigh(np.eye(1)))
EigResult = type(np.linalg.eig(np.eye(1)))
SVDResult = type(np.linalg.svd(np.eye(1)))
QRResult = type(np.linalg.qr(np.eye(1)))
SlogdetResult = type(np.linalg.slogdet(np.eye(1)))

op_solve = primitive("solve")
op_cholesky = primitive("cholesky")
op_slogdet = primitive("slogdet")
op_det = primitive("det")
op_qr = primitive("qr")
op_qr_complete = primitive("qr_complete")
op_svd = primitive("svd")
op_svd_complete = primitive("svd_complete")
op_eigh = primitive("eigh")
op_eig = primitive("eig")
op_pinv = primitive("pinv")
constant_part = primitive("stop_gradient")


def matrices(a: Any) -> Any:
    """An array of matrices in a dtype that LAPACK knows."""
    a = np.asarray(a)
    if a.ndim < 2:
        misshapen(f"{a.ndim}-dimensional array given. Array must be at least two-dimensional")
    return inexact(a)


def inexact(a: Any) -> Any:
    a = np.asarray(a)
    if a.dtype.kind in "biu":
        return a.astype(np.float64)
    if a.dtype.kind == "V":
        refuse("linear algebra of bfloat16")
    if a.dtype.kind != "c" and a.dtype != np.float32 and a.dtype != np.float64:
        raise TypeError(f"array type {a.dtype.name} is unsupported in linalg")
    return a


def square(a: Any) -> Any:
    a = matrices(a)
    if a.shape[-1] != a.shape[-2]:
        misshapen("Last 2 dimensions of the array must be square")
    return a


def adjoint(a: Any) -> Any:
    turned = np.swapaxes(a, -1, -2)
    return np.conj(turned) if a.dtype.kind == "c" else turned


def together(a: Any, b: Any) -> Any:
    """A square matrix and columns, in one dtype and with equal batch dims."""
    a, b = square(a), inexact(b)
    if b.shape[-2] != a.shape[-1]:
        misshapen(f"a matrix of shape {a.shape} and a right side of shape {b.shape} do not fit")
    dtype = np.promote_types(a.dtype, b.dtype)
    batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    wide_a, wide_b = np.broadcast_to(a, batch + a.shape[-2:]), np.broadcast_to(b, batch + b.shape[-2:])
    return wide_a.astype(dtype), wide_b.astype(dtype)


def solve(a: Any, b: Any) -> Any:
    b = np.asarray(b)
    if b.ndim == 0:
        misshapen("0-dimensional array given. Array must be at least one-dimensional")
    if b.ndim == 1:
        return solve(a, b[:, None])[..., 0]
    left, right = together(a, b)
    x, regular = op_solve(left, right)
    if not np.all(regular):
        raise np.linalg.LinAlgError("Singular matrix")
    return x


def inv(a: Any) -> Any:
    a = square(a)
    return solve(a, np.eye(a.shape[-1], dtype=a.dtype))


def slogdet(a: Any) -> Any:
    sign, logabsdet = op_slogdet(square(a))
    return SlogdetResult(sign, logabsdet)


def det(a: Any) -> Any:
    return op_det(square(a))


def cholesky(a: Any, *, upper: Any = False) -> Any:
    a = square(a)
    factor = op_cholesky(adjoint(a) if upper else a)
    if np.any(np.isnan(factor)):
        raise np.linalg.LinAlgError("Matrix is not positive definite")
    return adjoint(factor) if upper else factor


def qr(a: Any, mode: Any = "reduced") -> Any:
    """Of a matrix with more columns than rows, the first ones give Q, and R has the others in its terms."""
    a = matrices(a)
    m, n = a.shape[-2], a.shape[-1]
    if mode not in ("reduced", "complete", "r"):
        refuse(f"np.linalg.qr with mode={mode!r}")
    if mode == "complete" and m > n:
        q, r = op_qr_complete(a)
    elif m >= n:
        q, r = op_qr(a)
    else:
        q, first = op_qr(a[..., :m])
        r = np.concatenate((first, adjoint(q) @ a[..., m:]), axis=-1)
    return r if mode == "r" else QRResult(q, r)


def svd(a: Any, full_matrices: Any = True, compute_uv: Any = True, hermitian: Any = False) -> Any:
    a = matrices(a)
    if hermitian:
        return _svd_of_hermitian(a, compute_uv)
    if np.any(np.isnan(a)):
        raise np.linalg.LinAlgError("SVD did not converge")
    u, s, vh = op_svd(a)
    if not compute_uv:
        return s
    if full_matrices and a.shape[-1] != a.shape[-2]:
        u, vh = op_svd_complete(a)
    return SVDResult(u, s, vh)


def _svd_of_hermitian(a: Any, compute_uv: Any) -> Any:
    """From the eigenvalues of the matrix that has this lower triangle: their sizes, descending."""
    w, u = eigh(a)
    if not compute_uv:
        return np.sort(abs(w))[..., ::-1]
    order = np.argsort(abs(w))[..., ::-1]
    sign = np.take_along_axis(np.sign(w), order, axis=-1)
    u = np.take_along_axis(u, order[..., None, :], axis=-1)
    return SVDResult(u, np.take_along_axis(abs(w), order, axis=-1), adjoint(u * sign[..., None, :]))


def hermitian_of(a: Any, lower: Any) -> Any:
    """The Hermitian matrix that has this triangle."""
    part = np.tril(a, -1) if lower else np.triu(a, 1)
    diagonal = np.diagonal(a, axis1=-2, axis2=-1)[..., None] * np.eye(a.shape[-1], dtype=a.dtype)
    return part + adjoint(part) + (diagonal.real if a.dtype.kind == "c" else diagonal)


def svdvals(x: Any, /) -> Any:
    return svd(x, compute_uv=False)


def eigh(a: Any, UPLO: Any = "L") -> Any:
    if UPLO not in ("L", "U", "l", "u"):
        raise ValueError("UPLO argument must be 'L' or 'U'")
    w, v = op_eigh(square(a), lower=UPLO in ("L", "l"))
    return EighResult(w, v)


def eigvalsh(a: Any, UPLO: Any = "L") -> Any:
    return eigh(a, UPLO).eigenvalues


def eig(a: Any) -> Any:
    """LAPACK's vectors have length one and their largest element is real, which is differentiated too.

    Of a real matrix all is real if no eigenvalue has an imaginary part.
    """
    a = square(a)
    if not np.all(np.isfinite(a)):
        raise np.linalg.LinAlgError("Array must not contain infs or NaNs")
    w, v = op_eig(a)
    w, v = scaled_vectors(a, w, v, "np.linalg.eig")
    return EigResult(w, v)


def scaled_vectors(a: Any, w: Any, v: Any, name: str) -> Any:
    """The eigenvalues and eigenvectors in LAPACK's convention."""
    if a.shape[-1] > 0:
        largest = np.take_along_axis(v, np.argmax(abs(v), axis=-2)[..., None, :], axis=-2)
        phase = np.conj(largest) / abs(largest)
        length = np.sqrt(np.sum((np.conj(v) * v).real, axis=-2, keepdims=True))
        v = v * (phase / (length if a.dtype.kind == "c" else length * constant_part(phase)))
    if a.dtype.kind != "c" and not decided(np.any(w.imag != 0), name):
        return w.real, v.real
    return w, v


def eigvals(a: Any) -> Any:
    a = square(a)
    if not np.all(np.isfinite(a)):
        raise np.linalg.LinAlgError("Array must not contain infs or NaNs")
    w, _ = op_eig(a)
    return w.real if a.dtype.kind != "c" and not decided(np.any(w.imag != 0), "np.linalg.eigvals") else w


def tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    a, b = inexact(a), np.asarray(b)
    if axes is not None:
        moved = tuple(k % a.ndim for k in axes)
        a = np.transpose(a, tuple(k for k in range(a.ndim) if k not in moved) + moved)
    shape = a.shape[b.ndim :] if a.ndim != b.ndim else a.shape  # as NumPy counts: a.shape[-0:] is all of it
    size = 1
    for d in shape:
        size = size * d
    if b.size * size != a.size or b.size != size:
        misshapen("Input arrays must satisfy the requirement prod(a.shape[b.ndim:]) == prod(a.shape[:b.ndim])")
    return solve(np.reshape(a, (size, size)), np.ravel(b)).reshape(shape)


def tensorinv(a: Any, ind: Any = 2) -> Any:
    a = inexact(a)
    if ind <= 0:
        raise ValueError("Invalid ind argument.")
    size = 1
    for d in a.shape[ind:]:
        size = size * d
    return inv(np.reshape(a, (-1, size))).reshape(a.shape[ind:] + a.shape[:ind])


def matrix_transpose(x: Any, /) -> Any:
    x = np.asarray(x)
    if x.ndim < 2:
        raise ValueError(f"Input array must be at least 2-dimensional, but it is {x.ndim}")
    return np.swapaxes(x, -1, -2)


def trace(x: Any, /, *, offset: Any = 0, dtype: Any = None) -> Any:
    return np.trace(x, offset, axis1=-2, axis2=-1, dtype=dtype)


def diagonal(x: Any, /, *, offset: Any = 0) -> Any:
    return np.diagonal(x, offset, axis1=-2, axis2=-1)
