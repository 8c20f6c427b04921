"""Functions of matrices and matrix equations that only SciPy has: on XLA the host is asked for their values.

* `sylvester(a, b, q)` is x with a x + x b = q. Its derivatives are solutions of such equations again.
* `sqrtm` of complex matrices: x x = a, so x x_dot + x_dot x = a_dot.
* `logm` of complex matrices: the logarithm of the block matrix [[a, e], [0, a]] has the derivative in the direction e
  in its corner (N. J. Higham, Functions of Matrices, SIAM 2008, theorem 3.6), and so the derivatives of all orders.
* `eigh_evr` is `eigh` by LAPACK's relatively robust representations, SciPy's choice: the signs and phases of vectors
  differ from those of `eigh`.
* `eig_scipy` is `eig` by SciPy's copy of LAPACK, which need not choose the signs that NumPy's does.
* `schur` and `hessenberg` are not unique, and have no derivative rule.
* `qr_pivots` is the order of columns alone: the factors are those of `qr` of the columns in that order.

Cotangents of complex values are transposed, not conjugated. Each of the functions below stands alone, since its source
may become part of a printed program.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg

from myialike.ir.builder import Expr
from myialike.ir.op import AttrDict, Custom, Zero
from myialike.ir.types import Array, Type
from myialike.ops.define import define
from myialike.ops.linalg import product, swap_last
from myialike.ops.solving import Exprs, Parts, matrices, minus
from myialike.ops.spectral import EIG_RULE, EIGH_RULE, eig_type, eigh_type


def sylvester(a: Any, b: Any, q: Any) -> Any:
    """The solutions of a x + x b = q."""
    x = np.full_like(q, np.nan)
    for k in np.ndindex(q.shape[:-2]):
        if not q[k].size:
            continue
        try:
            x[k] = scipy.linalg.solve_sylvester(a[k], b[k], q[k])
        except (np.linalg.LinAlgError, ValueError):
            continue
    return x


def sqrtm(a: Any) -> Any:
    """The principal square roots of complex matrices, as SciPy computes them for real ones where they are real."""
    x = np.full_like(a, np.nan)
    for k in np.ndindex(a.shape[:-2]):
        if np.isfinite(a[k]).all():
            x[k] = scipy.linalg.sqrtm(a[k] if a[k].imag.any() else a[k].real) if a[k].size else a[k]
    return x


def logm(a: Any) -> Any:
    """The principal logarithms of complex matrices, as SciPy computes them for real ones where they are real."""
    x = np.full_like(a, np.nan)
    for k in np.ndindex(a.shape[:-2]):
        if np.isfinite(a[k]).all():
            wide = a[k].astype(complex)
            x[k] = scipy.linalg.logm(wide if wide.imag.any() else wide.real) if wide.size else wide
    return x


def schur(a: Any) -> Any:
    """The factors T and Z of a = Z T Z^H, the real ones of a real matrix; NaN where LAPACK finds none."""
    t, z = np.full((2, *a.shape), np.nan, a.dtype)
    for k in np.ndindex(a.shape[:-2]):
        if np.isfinite(a[k]).all() and a[k].size:
            t[k], z[k] = scipy.linalg.schur(a[k])
    return t, z


def hessenberg(a: Any) -> Any:
    """The factors H and Q of a = Q H Q^H."""
    h, q = np.full((2, *a.shape), np.nan, a.dtype)
    for k in np.ndindex(a.shape[:-2]):
        if np.isfinite(a[k]).all() and a[k].size:
            h[k], q[k] = scipy.linalg.hessenberg(a[k], calc_q=True)
    return h, q


def eigh_evr(a: Any, lower: bool) -> Any:
    """Eigenvalues in ascending order, and eigenvectors, from one triangle; NaN where LAPACK finds none."""
    w, v = np.full(a.shape[:-1], np.nan, a.real.dtype), np.full_like(a, np.nan)
    for k in np.ndindex(a.shape[:-2]):
        if not a[k].size:
            continue
        try:
            w[k], v[k] = scipy.linalg.eigh(a[k], lower=lower)
        except (np.linalg.LinAlgError, ValueError):
            continue
    return w, v


def eig_scipy(a: Any) -> Any:
    """Eigenvalues and right eigenvectors; NaN where LAPACK finds none."""
    dtype = np.result_type(a.dtype, np.complex64)
    w, v = np.full(a.shape[:-1], np.nan, dtype), np.full(a.shape, np.nan, dtype)
    for k in np.ndindex(a.shape[:-2]):
        if np.isfinite(a[k]).all() and a[k].size:
            w[k], v[k] = scipy.linalg.eig(a[k])
    return w, v


def qr_pivots(a: Any) -> Any:
    """The order of columns in which QR decomposition with pivoting takes them."""
    order = np.broadcast_to(np.arange(a.shape[-1], dtype=np.int32), (*a.shape[:-2], a.shape[-1])).copy()
    for k in np.ndindex(a.shape[:-2]):
        if np.isfinite(a[k]).all() and a[k].size:
            order[k] = scipy.linalg.qr(a[k], mode="r", pivoting=True)[1]
    return order


FUNCTIONS = (sylvester, sqrtm, logm, schur, hessenberg, eigh_evr, eig_scipy, qr_pivots)

# --------------------------------------------------------------------------------------------------- sylvester


def _sylvester_type(types: tuple[Type, ...], attrs: AttrDict) -> tuple[Type, ...]:
    a, b, q = matrices("sylvester", types, 3)
    if b.shape[-1] != b.shape[-2] or q.shape[-2:] != (a.shape[-1], b.shape[-1]):
        raise TypeError(f"sylvester takes two square matrices and one that fits between them, not {a}, {b} and {q}")
    return (q,)


def _equation(a: Expr, b: Expr, q: Expr) -> Expr:
    return a.op("sylvester", b, q)


def _sylvester_jvp(inputs: Exprs, dots: Parts, outs: Exprs, attrs: AttrDict) -> Parts:
    """a x_dot + x_dot b = q_dot - a_dot x - x b_dot."""
    (a, b, _), (a_dot, b_dot, q_dot), (x,) = inputs, dots, outs
    right = minus(minus(q_dot, a_dot and product(a_dot, x)), b_dot and product(x, b_dot))
    return (right and _equation(a, b, right),)


def _sylvester_vjp(inputs: Exprs, outs: Exprs, bars: Parts, attrs: AttrDict) -> Parts:
    """a^T q_bar + q_bar b^T = x_bar, a_bar = -q_bar x^T and b_bar = -x^T q_bar."""
    (a, b, _), (x,), (bar,) = inputs, outs, bars
    if bar is None:
        return None, None, None
    q_bar = _equation(swap_last(a), swap_last(b), bar)
    return -product(q_bar, swap_last(x)), -product(swap_last(x), q_bar), q_bar


define("sylvester", _sylvester_type, sylvester, Custom(_sylvester_jvp, _sylvester_vjp, singular=False), kinds="fc")

# ---------------------------------------------------------------------------------------- functions of matrices


def _complex_matrix(name: str, types: tuple[Type, ...]) -> tuple[Type, ...]:
    (a,) = matrices(name, types, 1)
    if a.dtype.kind != "c":
        raise TypeError(f"{name} takes a matrix of complex numbers, not {a}")
    return (a,)


def _sqrtm_jvp(inputs: Exprs, dots: Parts, outs: Exprs, attrs: AttrDict) -> Parts:
    (dot,), (x,) = dots, outs
    return (dot and _equation(x, x, dot),)


def _sqrtm_vjp(inputs: Exprs, outs: Exprs, bars: Parts, attrs: AttrDict) -> Parts:
    (bar,), x = bars, swap_last(outs[0])
    return (bar and _equation(x, x, bar),)


def _log_slope(a: Expr, e: Expr) -> Expr:
    """The derivative of the logarithm of a in the direction e."""
    rank, n = len(a.shape), a.shape[-1]
    upper = a.op("concatenate", e, axis=rank - 1)
    lower = a.full_like(0.0).op("concatenate", a, axis=rank - 1)
    whole = upper.op("concatenate", lower, axis=rank - 2).op("logm")
    spec = (*(("slice", 0, d, 1) for d in a.shape[:-2]), ("slice", 0, n, 1), ("slice", n, n, 1))
    return whole.op("index", spec=spec)


def _logm_jvp(inputs: Exprs, dots: Parts, outs: Exprs, attrs: AttrDict) -> Parts:
    return (dots[0] and _log_slope(inputs[0], dots[0]),)


def _logm_vjp(inputs: Exprs, outs: Exprs, bars: Parts, attrs: AttrDict) -> Parts:
    """The transpose of the derivative at a is the derivative at a^T."""
    return (bars[0] and _log_slope(swap_last(inputs[0]), bars[0]),)


define(
    "sqrtm",
    lambda types, attrs: _complex_matrix("sqrtm", types),
    sqrtm,
    Custom(_sqrtm_jvp, _sqrtm_vjp, singular=False),
    kinds="c",
)
define(
    "logm",
    lambda types, attrs: _complex_matrix("logm", types),
    logm,
    Custom(_logm_jvp, _logm_vjp, singular=False),
    kinds="c",
)

# ---------------------------------------------------------------------------------------------- factorisations


def _pivots_type(types: tuple[Type, ...]) -> tuple[Type, ...]:
    (a,) = matrices("qr_pivots", types, 1, square=False)
    return (Array(np.dtype(np.int32), (*a.shape[:-2], a.shape[-1])),)


define("eigh_evr", eigh_type, eigh_evr, EIGH_RULE, kinds="fc")
define("eig_scipy", eig_type, eig_scipy, EIG_RULE, kinds="fc")
define("schur", lambda types, attrs: matrices("schur", types, 1) * 2, schur, kinds="fc", doc="the factors")
define("qr_pivots", lambda types, attrs: _pivots_type(types), qr_pivots, Zero(), kinds="fc", doc="the order only")
define(
    "hessenberg",
    lambda types, attrs: matrices("hessenberg", types, 1) * 2,
    hessenberg,
    kinds="fc",
    doc="the factors",
)
