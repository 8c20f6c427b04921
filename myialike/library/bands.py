"""`scipy.linalg`: systems whose matrix is banded, a Toeplitz matrix, or a circulant one, in the time that these need.

A banded matrix is worked on in a window that moves down the diagonal: a step needs the rows that reach its column.
Results agree with LAPACK's to the rounding of the same eliminations, and are differentiated as they stand.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from myialike.library.linalg import inexact
from myialike.library.refusal import refuse
from myialike.library.scipy_linalg import short


def _columns(b: Any) -> Any:
    return b[:, None] if b.ndim == 1 else b


def _system(ab: Any, b: Any, check_finite: Any) -> Any:
    """The bands and the right sides in one dtype."""
    ab, b = inexact(short(ab, check_finite)), inexact(short(b, check_finite))
    if ab.ndim != 2 or b.ndim > 2 or b.ndim == 0:
        refuse("a banded system of several matrices")
    if ab.shape[-1] != b.shape[0]:
        raise ValueError("shapes of ab and b are not compatible.")
    dtype = np.promote_types(ab.dtype, b.dtype)
    return ab.astype(dtype), b.astype(dtype)


def solve_banded(
    l_and_u: Any, ab: Any, b: Any, overwrite_ab: Any = False, overwrite_b: Any = False, check_finite: Any = True
) -> Any:
    """Gaussian elimination with partial pivoting, in a window of `lower + 1` rows."""
    lower, upper = l_and_u
    ab, b = _system(ab, b, check_finite)
    if lower + upper + 1 != ab.shape[0]:
        raise ValueError(
            "invalid values for the number of lower and upper diagonals: "
            f"l+u+1 ({lower + upper + 1}) does not equal ab.shape[0] ({ab.shape[0]})"
        )
    n, width = ab.shape[1], lower + upper + 1
    if b.size == 0:
        return np.zeros_like(b)
    places = np.arange(n)[:, None] - lower + np.arange(width)[None, :]
    inside = (places >= 0) & (places < n)
    banded = np.where(inside, ab[width - 1 - np.arange(width)[None, :], np.clip(places, 0, n - 1)], 0).astype(ab.dtype)
    rows = np.concatenate((banded, np.zeros((lower + 1, width), ab.dtype)))
    window = np.stack([np.concatenate((rows[i, lower - i :], rows[n, : lower - i])) for i in range(lower + 1)])
    y = np.concatenate((_columns(b), np.zeros((lower, _columns(b).shape[1]), b.dtype)))
    factors = np.zeros((n, width), ab.dtype)
    for j in range(n):
        p = np.argmax(np.abs(window[:, 0]))
        if window[p, 0] == 0:
            raise np.linalg.LinAlgError("singular matrix")
        first, chosen, y_first, y_chosen = window[0].copy(), window[p].copy(), y[j].copy(), y[j + p].copy()
        window[p] = first
        y[j + p] = y_first
        y[j] = y_chosen
        part = window[1:, 0] / chosen[0]
        y[j + 1 : j + 1 + lower] -= part[:, None] * y_chosen
        factors[j] = chosen
        rest = window[1:, 1:] - part[:, None] * chosen[1:]
        moved = np.concatenate((rest, np.zeros((lower, 1), ab.dtype)), axis=1)
        window = np.concatenate((moved, rows[j + lower + 1][None, :]))
    x = np.zeros((n + width - 1, y.shape[1]), y.dtype)
    for back in range(n):
        j = n - 1 - back
        x[j] = (y[j] - factors[j, 1:] @ x[j + 1 : j + width]) / factors[j, 0]
    return x[:n, 0] if b.ndim == 1 else x[:n]


def _factor(ab: Any, lower: Any) -> Any:
    """The columns of the lower Cholesky factor, each from its diagonal down, as rows."""
    n, depth = ab.shape[1], ab.shape[0] - 1
    places = np.arange(n)[:, None] - depth + np.arange(depth + 1)[None, :]
    diagonals = np.arange(depth + 1)[None, :]
    if lower:
        found = ab[depth - diagonals, np.clip(places, 0, n - 1)]
    else:
        found = np.conj(ab.T) if ab.dtype.kind == "c" else ab.T
    banded = np.where(places >= 0, found, 0).astype(ab.dtype)
    rows = np.concatenate((banded, np.zeros((depth + 1, depth + 1), ab.dtype)))
    window = np.stack([np.concatenate((rows[i, depth - i :], rows[n, : depth - i])) for i in range(depth + 1)])
    columns = np.zeros((n, depth + 1), ab.dtype)
    for j in range(n):
        pivot = window[0, 0].real
        if not pivot > 0:
            raise np.linalg.LinAlgError(f"{j + 1}th leading minor not positive definite")
        column = window[:, 0] / np.sqrt(pivot)
        column[0] = np.sqrt(pivot)
        columns[j] = column
        turned = np.conj(column[1:]) if ab.dtype.kind == "c" else column[1:]
        rest = window[1:, 1:] - column[1:, None] * turned[None, :]
        moved = np.concatenate((rest, np.zeros((depth, 1), ab.dtype)), axis=1)
        window = np.concatenate((moved, rows[j + depth + 1][None, :]))
    return columns


def _substituted(columns: Any, b: Any) -> Any:
    """The solution for a factor in the form that `_factor` gives."""
    n, depth = columns.shape[0], columns.shape[1] - 1
    room = np.zeros((depth, _columns(b).shape[1]), b.dtype)
    y = np.concatenate((_columns(b), room))
    for j in range(n):
        y[j] = y[j] / columns[j, 0]
        y[j + 1 : j + 1 + depth] -= columns[j, 1:, None] * y[j]
    turned = np.conj(columns) if columns.dtype.kind == "c" else columns
    x = np.zeros(y.shape, y.dtype)
    for back in range(n):
        j = n - 1 - back
        x[j] = (y[j] - turned[j, 1:] @ x[j + 1 : j + 1 + depth]) / columns[j, 0]
    return x[:n, 0] if b.ndim == 1 else x[:n]


def solveh_banded(
    ab: Any, b: Any, overwrite_ab: Any = False, overwrite_b: Any = False, lower: Any = False, check_finite: Any = True
) -> Any:
    ab, b = _system(ab, b, check_finite)
    return np.zeros_like(b) if b.size == 0 else _substituted(_factor(ab, lower), b)


def cholesky_banded(ab: Any, overwrite_ab: Any = False, lower: Any = False, check_finite: Any = True) -> Any:
    """What of the array lies outside of the matrix is left as it was."""
    ab = inexact(short(ab, check_finite))
    if ab.ndim != 2 or ab.size == 0:
        refuse("scipy.linalg.cholesky_banded of several matrices, or of one without elements")
    n, depth = ab.shape[1], ab.shape[0] - 1
    columns = _factor(ab, lower)
    k, j = np.arange(depth + 1)[:, None], np.arange(n)[None, :]
    if lower:
        return np.where(k + j < n, columns.T, ab)
    rows = j - depth + k
    found = columns[np.clip(rows, 0, n - 1), depth - k]
    return np.where(rows >= 0, np.conj(found) if ab.dtype.kind == "c" else found, ab)


def cho_solve_banded(cb_and_lower: Any, b: Any, overwrite_b: Any = False, check_finite: Any = True) -> Any:
    cb, lower = cb_and_lower
    cb, b = _system(cb, b, check_finite)
    n, depth = cb.shape[1], cb.shape[0] - 1
    j, k = np.arange(n)[:, None], np.arange(depth + 1)[None, :]
    if lower:
        found = cb.T
    else:
        turned = cb[depth - k, np.clip(j + k, 0, n - 1)]
        found = np.conj(turned) if cb.dtype.kind == "c" else turned
    return _substituted(np.where(j + k < n, found, 0).astype(cb.dtype), b)


def _toeplitz(c_or_cr: Any, b: Any, check_finite: Any, square: bool) -> Any:
    """The first column and row, and the right sides, in f64 or c128."""
    if isinstance(c_or_cr, tuple):
        c, r = c_or_cr
        c, r = short(c, check_finite), short(r, check_finite)
    else:
        c = short(c_or_cr, check_finite)
        r = np.conj(c) if c.dtype.kind == "c" else c
    b = short(b, check_finite)
    if c.ndim != 1 or r.ndim != 1 or b.ndim > 2 or b.ndim == 0:
        refuse("a Toeplitz matrix from arrays of more than one dimension")
    if len(r) != b.shape[0] or (square and len(c) != len(r)):
        raise ValueError("Incompatible dimensions.")
    both = np.result_type(c.dtype, r.dtype, b.dtype, np.float64)
    return c.astype(both), r.astype(both), b.astype(both)


def solve_toeplitz(c_or_cr: Any, b: Any, check_finite: Any = True) -> Any:
    """Levinson's recursion (G. H. Golub, C. F. Van Loan, Matrix Computations, section 4.7)."""
    c, r, b = _toeplitz(c_or_cr, b, check_finite, True)
    if b.size == 0:
        return np.zeros_like(b)
    n = len(c)
    if c[0] == 0:
        raise np.linalg.LinAlgError("Singular principal minor")
    # forward and backward: the solutions of the leading systems for a column and a row, reversed where it helps.
    right = _columns(b)
    x = np.zeros(right.shape, right.dtype)
    x[0] = right[0] / c[0]
    g, h = np.zeros(n, c.dtype), np.zeros(n, c.dtype)
    if n > 1:
        g[0] = r[1] / c[0]
        h[0] = c[1] / c[0]
    for m in range(1, n):
        column = c[1 : m + 1][::-1]
        turned = g[:m][::-1]
        divisor = column @ turned - c[0]
        if divisor == 0:
            raise np.linalg.LinAlgError("Singular principal minor")
        x[m] = (column @ x[:m] - right[m]) / divisor
        x[:m] -= turned[:, None] * x[m]
        if m < n - 1:
            row = r[1 : m + 1][::-1]
            other = h[:m][::-1]
            down = row @ other - c[0]
            if down == 0:
                raise np.linalg.LinAlgError("Singular principal minor")
            new_g = (row @ g[:m] - r[m + 1]) / down
            new_h = (column @ h[:m] - c[m + 1]) / divisor
            old_g, old_h = turned.copy(), other.copy()
            g[:m] -= new_g * old_h
            h[:m] -= new_h * old_g
            g[m] = new_g
            h[m] = new_h
    return x[:, 0] if b.ndim == 1 else x


def matmul_toeplitz(c_or_cr: Any, x: Any, check_finite: Any = False, workers: Any = None) -> Any:
    c, r, x = _toeplitz(c_or_cr, x, check_finite, False)
    places = len(c) - 1 - np.arange(len(c))[:, None] + np.arange(len(r))[None, :]
    return np.concatenate((c[::-1], r[1:]))[places] @ x


def solve_circulant(
    c: Any,
    b: Any,
    singular: Any = "raise",
    tol: Any = None,
    caxis: Any = -1,
    baxis: Any = 0,
    outaxis: Any = 0,
) -> Any:
    c, b = np.atleast_1d(c), np.atleast_1d(b)
    if singular not in ("raise", "lstsq"):
        raise ValueError("`singular` must be either 'raise' or 'lstsq'")
    if c.ndim != 1 or baxis not in (0, -b.ndim) or outaxis not in (0, -b.ndim):
        refuse("scipy.linalg.solve_circulant of several matrices, or along other axes")
    if len(c) != b.shape[0]:
        raise ValueError(f"Shapes of c {c.shape} and b {b.shape} are incompatible")
    if b.size == 0:
        refuse("scipy.linalg.solve_circulant without elements")
    found, right = np.fft.fft(c), np.fft.fft(b.T)
    size = np.abs(found)
    limit = np.max(size) * c.size * np.finfo(np.float64).eps if tol is None else tol
    small = size <= limit
    if singular == "raise" and np.any(small):
        raise np.linalg.LinAlgError("near singular circulant matrix.")
    values = np.where(small, 0, right / np.where(small, 1, found))
    x = np.fft.ifft(values)
    return (x if c.dtype.kind == "c" or b.dtype.kind == "c" else x.real).T
