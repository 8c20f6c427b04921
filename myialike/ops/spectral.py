"""The factorisations by orthogonal matrices: QR, singular values, eigenvalues.

Signs and phases of the vectors are LAPACK's. What a derivative of them means:

* Where two eigenvalues or two singular values are equal, their vectors have no derivative: it comes out infinite or
  NaN, also in a symmetric function of them that has one. The first derivative of the values alone is fine everywhere.
* The vectors of complex matrices are known up to a phase each, and LAPACK's choice of it is not smooth. Their
  derivatives are those along which the phases of eigenvectors and of right singular vectors stand still, so they are
  right for what does not depend on phases, such as `v @ np.diag(f(w)) @ v.conj().T`.
* The derivative of the eigenvectors of `eig` is one along which lengths stand still neither: who wants LAPACK's
  convention, length one and the largest element positive, writes it down behind `eig`, as the library does.
* The complete Q of a matrix with more rows than columns, and the complete U and V, are not unique: no rule.

`eigh` reads one triangle of its operand, so the other has derivative zero.

`pinv` has a rule of its own, of Golub and Pereyra (SIAM J. Numer. Anal. 10, 1973), which needs no singular vectors.

Formulas: M. B. Giles, Collected matrix derivative results for forward and reverse mode AD, 2008; Z. Wan, S. Zhang,
Automatic differentiation for complex valued SVD, arXiv:1909.02659; S. Walter, L. Lehmann, Algorithmic
differentiation of linear algebra functions, arXiv:1009.6112. Cotangents of complex values are transposed, not
conjugated.
"""

from __future__ import annotations

import numpy as np

from myialike.ir.builder import Expr
from myialike.ir.op import AttrDict, Custom
from myialike.ir.types import SHORT_NAMES, Array, Dim, Type
from myialike.ops import lapack
from myialike.ops.define import define, real_dtype
from myialike.ops.linalg import (
    adjoint,
    as_columns,
    as_rows,
    conj,
    diagonal,
    hermitian,
    hermitian_transpose,
    identity_like,
    part,
    product,
    real_part,
    swap_last,
)
from myialike.ops.solving import Exprs, Parts, matrices, solution, triangular_right


def plus(a: Expr | None, b: Expr | None) -> Expr | None:
    """a + b, where None is zero."""
    return a + b if a and b else a or b


def in_dtype(s: Expr, like: Expr) -> Expr:
    """Real numbers in the dtype of `like`."""
    return s if s.dtype == like.dtype else s.op("complex", s.full_like(0.0))


def differences(w: Expr, like: Expr) -> Expr:
    """1 / (w_j - w_i) off the diagonal, 0 on it."""
    w = in_dtype(w, like)
    gaps = as_rows(w, like) - as_columns(w, like)
    on_diagonal = identity_like(like)
    return part(1.0 / (gaps + on_diagonal), "ne")


def on_diagonal(v: Expr, like: Expr) -> Expr:
    """Diagonal matrices of vectors."""
    return part(as_rows(in_dtype(v, like), like), "eq")


# ---------------------------------------------------------------------------------------------------------- qr


def _qr_type(types: tuple[Type, ...], attrs: AttrDict) -> tuple[Type, ...]:
    (a,) = matrices("qr", types, 1, square=False)
    *batch, m, n = a.shape
    if not _not_less(m, n):
        raise TypeError(f"qr takes a matrix with at least as many rows as columns, not {a}")
    return a, Array(a.dtype, (*batch, n, n))


def _qr_complete_type(types: tuple[Type, ...], attrs: AttrDict) -> tuple[Type, ...]:
    (a,) = matrices("qr_complete", types, 1, square=False)
    return Array(a.dtype, (*a.shape[:-1], a.shape[-2])), a


def _not_less(m: Dim, n: Dim) -> bool:
    return not (isinstance(m, int) and isinstance(n, int) and m < n)


def _qr_jvp(inputs: Exprs, dots: Parts, outs: Exprs, attrs: AttrDict) -> Parts:
    """With C = A_dot R^-1 and W = the upper part of Q^H C + C^H Q: R_dot = W R and Q_dot = C - Q W."""
    (dot,), (q, r) = dots, outs
    if dot is None:
        return None, None
    scaled = triangular_right(dot, r, False)
    turned = product(adjoint(q), scaled)
    upper = part(turned + adjoint(turned), "lt") + real_part(part(turned, "eq"))
    return scaled - product(q, upper), product(upper, r)


def _qr_vjp(inputs: Exprs, outs: Exprs, bars: Parts, attrs: AttrDict) -> Parts:
    (q, r), (q_bar, r_bar) = outs, bars
    if q_bar is None and r_bar is None:
        return (None,)
    minus_upper = q_bar and product(swap_last(q), q_bar)
    from_r = r_bar and product(r_bar, swap_last(r))
    upper = from_r - minus_upper if from_r and minus_upper else from_r or (minus_upper and -minus_upper)
    assert upper is not None
    upper = part(upper, "le")
    turned = part(upper, "lt") + adjoint(part(upper, "lt")) + real_part(part(upper, "eq"))
    scaled = plus(q_bar, product(conj(q), turned))
    assert scaled is not None
    return (triangular_right(scaled, swap_last(r), True),)


define("qr", _qr_type, lapack.qr, Custom(_qr_jvp, _qr_vjp, singular=False), kinds="fc")
define("qr_complete", _qr_complete_type, lapack.qr_complete, kinds="fc")

# --------------------------------------------------------------------------------------------------------- svd


def _svd_type(types: tuple[Type, ...], attrs: AttrDict) -> tuple[Type, ...]:
    (a,) = matrices("svd", types, 1, square=False)
    *batch, m, n = a.shape
    k = n if _not_less(m, n) else m
    real = Array(real_dtype(a.dtype), (*batch, k))
    return Array(a.dtype, (*batch, m, k)), real, Array(a.dtype, (*batch, k, n))


def _svd_complete_type(types: tuple[Type, ...], attrs: AttrDict) -> tuple[Type, ...]:
    (a,) = matrices("svd_complete", types, 1, square=False)
    *batch, m, n = a.shape
    return Array(a.dtype, (*batch, m, m)), Array(a.dtype, (*batch, n, n))


def _svd_jvp(inputs: Exprs, dots: Parts, outs: Exprs, attrs: AttrDict) -> Parts:
    """With P = U^H A_dot V: s_dot = Re diag P, and the vectors turn by (P S + S P^H) F and (S P + P^H S) F."""
    (dot,), (u, s, vh) = dots, outs
    if dot is None:
        return None, None, None
    v = adjoint(vh)
    inner = product(adjoint(u), dot, v)
    s_dot = diagonal(inner).op("real") if u.dtype.kind == "c" else diagonal(inner)
    rows, columns = as_rows(in_dtype(s, inner), inner), as_columns(in_dtype(s, inner), inner)
    factor = differences(s * s, inner)
    turn_u = factor * (inner * rows + columns * adjoint(inner))
    turn_v = factor * (columns * inner + adjoint(inner) * rows)
    if u.dtype.kind == "c":
        diagonal_part = part(inner, "eq")
        turn_u = turn_u + (diagonal_part - real_part(diagonal_part)) / columns
    u_dot, vh_dot = product(u, turn_u), -product(turn_v, vh)
    if u.shape[-2] > s.shape[-1]:
        moved = product(dot, v)
        u_dot = u_dot + (moved - product(u, inner)) / as_rows(in_dtype(s, moved), moved)
    if vh.shape[-1] > s.shape[-1]:
        moved = product(adjoint(u), dot)
        vh_dot = vh_dot + (moved - product(inner, vh)) / as_columns(in_dtype(s, moved), moved)
    return u_dot, s_dot, vh_dot


def _svd_vjp(inputs: Exprs, outs: Exprs, bars: Parts, attrs: AttrDict) -> Parts:
    """The transposes of the steps of `_svd_jvp`, in the order that they are written there."""
    (u, s, vh), (u_bar, s_bar, vh_bar) = outs, bars
    if u_bar is None and s_bar is None and vh_bar is None:
        return (None,)
    square = product(vh, adjoint(vh))
    inner = None if s_bar is None else on_diagonal(s_bar, square)
    rows, columns = as_rows(in_dtype(s, square), square), as_columns(in_dtype(s, square), square)
    factor = differences(s * s, square) if u_bar or vh_bar else None
    outer: Expr | None = None
    if u_bar is not None and factor is not None:
        turn = product(swap_last(u), u_bar)
        inner = plus(inner, factor * turn * rows + adjoint(columns * factor * turn))
        if u.dtype.kind == "c":
            diagonal_part = part(turn, "eq")
            inner = plus(inner, (diagonal_part - real_part(diagonal_part)) / columns)
        if u.shape[-2] > s.shape[-1]:
            moved = (u_bar - product(conj(u), turn)) / as_rows(in_dtype(s, u_bar), u_bar)
            outer = product(moved, conj(vh))
    if vh_bar is not None and factor is not None:
        turn = -product(vh_bar, swap_last(vh))
        inner = plus(inner, columns * factor * turn + adjoint(factor * turn * rows))
        if vh.shape[-1] > s.shape[-1]:
            moved = (vh_bar + product(turn, conj(vh))) / as_columns(in_dtype(s, vh_bar), vh_bar)
            outer = plus(outer, product(conj(u), moved))
    assert inner is not None
    return (plus(product(conj(u), inner, conj(vh)), outer),)


define("svd", _svd_type, lapack.svd, Custom(_svd_jvp, _svd_vjp, singular=False), kinds="fc")
define("svd_complete", _svd_complete_type, lapack.svd_complete, kinds="fc", doc="the vectors only")

# -------------------------------------------------------------------------------------------------------- pinv


def _pinv_type(types: tuple[Type, ...], attrs: AttrDict) -> tuple[Type, ...]:
    if len(types) != 2:
        raise TypeError(f"pinv takes a matrix and the size of what counts as zero, not {len(types)} operands")
    (a,) = matrices("pinv", types[:1], 1, square=False)
    if types[1] != Array(real_dtype(a.dtype), a.shape[:-2]):
        raise TypeError(f"pinv takes one real number for each matrix of {a}, not {types[1]}")
    return (Array(a.dtype, (*a.shape[:-2], a.shape[-1], a.shape[-2])),)


def _complements(a: Expr, p: Expr) -> tuple[Expr, Expr]:
    """1 - a p and 1 - p a."""
    ap, pa = product(a, p), product(p, a)
    return identity_like(ap) - ap, identity_like(pa) - pa


def _pinv_jvp(inputs: Exprs, dots: Parts, outs: Exprs, attrs: AttrDict) -> Parts:
    """P_dot = -P A_dot P + P P^H A_dot^H (1 - A P) + (1 - P A) A_dot^H P^H P, while the rank stands still."""
    (a, _), (dot, _), (p,) = inputs, dots, outs
    if dot is None:
        return (None,)
    left, right = _complements(a, p)
    turned = adjoint(dot)
    inner = product(p, dot, p)
    return (product(p, adjoint(p), turned, left) + product(right, turned, adjoint(p), p) - inner,)


def _pinv_vjp(inputs: Exprs, outs: Exprs, bars: Parts, attrs: AttrDict) -> Parts:
    (a, _), (p,), (bar,) = inputs, outs, bars
    if bar is None:
        return None, None
    left, right = _complements(a, p)
    turned, p_conj = adjoint(bar), conj(p)
    first = product(conj(left), turned, p_conj, swap_last(p))
    second = product(swap_last(p), p_conj, turned, conj(right))
    return first + second - product(swap_last(p), bar, swap_last(p)), None


define("pinv", _pinv_type, lapack.pinv, Custom(_pinv_jvp, _pinv_vjp, singular=False), kinds="fc")

# -------------------------------------------------------------------------------------------------------- eigh


def eigh_type(types: tuple[Type, ...], attrs: AttrDict) -> tuple[Type, ...]:
    (a,) = matrices("eigh", types, 1)
    return Array(real_dtype(a.dtype), a.shape[:-1]), a


def _eigh_jvp(inputs: Exprs, dots: Parts, outs: Exprs, attrs: AttrDict) -> Parts:
    """With P = V^H A_dot V: w_dot = diag P and V_dot = V (F P), where F_ij = 1 / (w_j - w_i)."""
    (dot,), (w, v) = dots, outs
    if dot is None:
        return None, None
    inner = product(adjoint(v), hermitian(dot, attrs["lower"]), v)
    w_dot = diagonal(inner)
    return w_dot.op("real") if v.dtype.kind == "c" else w_dot, product(v, differences(w, v) * inner)


def _eigh_vjp(inputs: Exprs, outs: Exprs, bars: Parts, attrs: AttrDict) -> Parts:
    (w, v), (w_bar, v_bar) = outs, bars
    inner = None if w_bar is None else on_diagonal(w_bar, v)
    if v_bar is not None:
        inner = plus(inner, differences(w, v) * product(swap_last(v), v_bar))
    if inner is None:
        return (None,)
    return (hermitian_transpose(product(conj(v), inner, swap_last(v)), attrs["lower"]),)


EIGH_RULE = Custom(_eigh_jvp, _eigh_vjp, singular=False)
define("eigh", eigh_type, lapack.eigh, EIGH_RULE, kinds="fc")

# --------------------------------------------------------------------------------------------------------- eig


def eig_type(types: tuple[Type, ...], attrs: AttrDict) -> tuple[Type, ...]:
    (a,) = matrices("eig", types, 1)
    dtype = np.result_type(a.dtype, np.complex64)
    return Array(dtype, a.shape[:-1]), Array(dtype, a.shape)


def _eig_jvp(inputs: Exprs, dots: Parts, outs: Exprs, attrs: AttrDict) -> Parts:
    """With P = V^-1 A_dot V: w_dot = diag P and V_dot = V (F P), where F_ij = 1 / (w_j - w_i)."""
    (dot,), (w, v) = dots, outs
    if dot is None:
        return None, None
    inner = solution(v, product(dot if dot.dtype.kind == "c" else dot.op("cast", dtype=SHORT_NAMES[v.dtype]), v))
    return diagonal(inner), product(v, differences(w, v) * inner)


def _eig_vjp(inputs: Exprs, outs: Exprs, bars: Parts, attrs: AttrDict) -> Parts:
    (w, v), (w_bar, v_bar) = outs, bars
    inner = None if w_bar is None else on_diagonal(w_bar, v)
    if v_bar is not None:
        inner = plus(inner, differences(w, v) * product(swap_last(v), v_bar))
    bar = inner and solution(swap_last(v), product(inner, swap_last(v)))
    return (bar if bar is None or inputs[0].dtype.kind == "c" else bar.op("real"),)


EIG_RULE = Custom(_eig_jvp, _eig_vjp, singular=False)
define("eig", eig_type, lapack.eig, EIG_RULE, kinds="fc")
