"""Systems of linear equations: triangular and general solves, the factorisations of Cholesky and LU, determinants.

Matrices are the last two axes; all operands have equal batch dims. Where a matrix has no result the operation gives
NaN, or says so in a result of its own (`myialike.ops.lapack`), and so do derivatives: at a singular matrix those of a
solution and of `slogdet` are not finite.

`cholesky` reads the lower triangle of its operand and nothing else, so that the upper one has derivative zero. (The
gradient as of a function of symmetric matrices is the symmetric part of it.)

Formulas: M. B. Giles, Collected matrix derivative results for forward and reverse mode AD, 2008; I. Murray,
Differentiation of the Cholesky decomposition, arXiv:1602.07527. Cotangents of complex values are transposed, not
conjugated: the pairing of a cotangent g with a tangent z is Re(sum(g * z)).
"""

from __future__ import annotations

from myialike.errors import UnsupportedError
from myialike.ir.builder import Expr
from myialike.ir.op import AttrDict, Custom
from myialike.ir.types import BOOL, DTYPES, I64, Array, Type
from myialike.ops import lapack
from myialike.ops.define import REAL_OF, arrays, define, full, iota, real_dtype, same_dtype
from myialike.ops.linalg import (
    adjoint,
    as_columns,
    conj,
    hermitian,
    hermitian_transpose,
    identity_like,
    part,
    product,
    real_part,
    swap_last,
)

Exprs = tuple[Expr, ...]
Parts = tuple[Expr | None, ...]

LAPACK_DTYPES = tuple(DTYPES[name] for name in ("f32", "f64", "c64", "c128"))


def matrices(name: str, types: tuple[Type, ...], count: int, square: bool = True) -> tuple[Array, ...]:
    """`types`, which must be matrices of one dtype that LAPACK knows and of equal batch dims; the first is square."""
    found = arrays(name, types, count)
    same_dtype(name, found)
    if found[0].dtype not in LAPACK_DTYPES:
        raise TypeError(f"{name} takes f32, f64, c64 or c128 operands, not {found[0]}")
    if any(t.ndim < 2 or t.shape[:-2] != found[0].shape[:-2] for t in found):
        raise TypeError(f"{name} takes matrices of equal batch dims, not {' and '.join(map(str, found))}")
    if square and found[0].shape[-1] != found[0].shape[-2]:
        raise TypeError(f"{name} takes a square matrix, not {found[0]}")
    return found


def minus(a: Expr | None, b: Expr | None) -> Expr | None:
    """a - b, where None is zero."""
    return a - b if a and b else -b if b else a


def solution(a: Expr, b: Expr) -> Expr:
    """x with a x = b."""
    x, _ = a.builder.prim("solve", (a.atom, b.atom))
    return Expr(a.builder, x)


def triangular(a: Expr, b: Expr, lower: bool, unit: bool = False) -> Expr:
    """x with a x = b, of a triangle of a."""
    return a.op("solve_triangular", b, lower=lower, unit=unit)


def triangular_right(b: Expr, a: Expr, lower: bool, unit: bool = False) -> Expr:
    """x with x a = b, of a triangle of a."""
    return swap_last(triangular(swap_last(a), swap_last(b), not lower, unit))


def inverse(a: Expr) -> Expr:
    return solution(a, identity_like(a))


# --------------------------------------------------------------------------------------------------- cholesky


def _half(x: Expr) -> Expr:
    """The lower triangle, with half of the diagonal."""
    return part(x, "gt") + part(x, "eq") * 0.5


def _cholesky_jvp(inputs: Exprs, dots: Parts, outs: Exprs, attrs: AttrDict) -> Parts:
    """L_dot = L half(L^-1 A_dot L^-H)."""
    (dot,), (factor,) = dots, outs
    if dot is None:
        return (None,)
    inner = triangular_right(triangular(factor, hermitian(dot), True), adjoint(factor), False)
    return (product(factor, _half(inner)),)


def _cholesky_vjp(inputs: Exprs, outs: Exprs, bars: Parts, attrs: AttrDict) -> Parts:
    """S = L^-T half(L^T L_bar) conj(L)^-1, of which the part below the diagonal is counted twice."""
    (bar,), (factor,) = bars, outs
    if bar is None:
        return (None,)
    inner = _half(product(swap_last(factor), bar))
    outer = triangular_right(triangular(swap_last(factor), inner, False), conj(factor), True)
    return (hermitian_transpose(outer),)


define(
    "cholesky",
    lambda types, attrs: matrices("cholesky", types, 1),
    lapack.cholesky,
    Custom(_cholesky_jvp, _cholesky_vjp, singular=False),
    kinds="fc",
)

# ------------------------------------------------------------------------------------------------------ solves


def _right_side(name: str, types: tuple[Type, ...]) -> Array:
    """The type of the solution: that of the right side."""
    a, b = matrices(name, types, 2)
    if a.shape[-1] != b.shape[-2]:
        raise TypeError(f"{name} takes as many rows on the right, {b}, as the matrix {a} has")
    return b


def _solve_jvp(inputs: Exprs, dots: Parts, outs: Exprs, attrs: AttrDict) -> Parts:
    """x_dot = a^-1 (b_dot - a_dot x)."""
    (a_dot, b_dot), x = dots, outs[0]
    right = minus(b_dot, a_dot and product(a_dot, x))
    return (right and solution(inputs[0], right), None)


def _solve_vjp(inputs: Exprs, outs: Exprs, bars: Parts, attrs: AttrDict) -> Parts:
    """b_bar = a^-T x_bar and a_bar = -b_bar x^T."""
    if bars[0] is None:
        return None, None
    b_bar = solution(swap_last(inputs[0]), bars[0])
    return -product(b_bar, swap_last(outs[0])), b_bar


define(
    "solve",
    lambda types, attrs: (_right_side("solve", types), Array(BOOL, _right_side("solve", types).shape[:-2])),
    lapack.solve,
    Custom(_solve_jvp, _solve_vjp, singular=False),
    kinds="fc",
    doc="the solution, and whether the matrix is regular",
)


def _triangle(x: Expr, attrs: AttrDict) -> Expr:
    """What `solve_triangular` reads of a matrix."""
    return part(x, ("gt" if attrs["lower"] else "lt") if attrs["unit"] else "ge" if attrs["lower"] else "le")


def _solve_triangular_jvp(inputs: Exprs, dots: Parts, outs: Exprs, attrs: AttrDict) -> Parts:
    (a_dot, b_dot), x = dots, outs[0]
    right = minus(b_dot, a_dot and product(_triangle(a_dot, attrs), x))
    return (right and triangular(inputs[0], right, attrs["lower"], attrs["unit"]),)


def _solve_triangular_vjp(inputs: Exprs, outs: Exprs, bars: Parts, attrs: AttrDict) -> Parts:
    if bars[0] is None:
        return None, None
    b_bar = triangular(swap_last(inputs[0]), bars[0], not attrs["lower"], attrs["unit"])
    return -_triangle(product(b_bar, swap_last(outs[0])), attrs), b_bar


define(
    "solve_triangular",
    lambda types, attrs: (_right_side("solve_triangular", types),),
    lapack.solve_triangular,
    Custom(_solve_triangular_jvp, _solve_triangular_vjp, singular=False),
    kinds="fc",
)

# ---------------------------------------------------------------------------------------------------------- lu


def _lu_type(types: tuple[Type, ...], attrs: AttrDict) -> tuple[Type, ...]:
    (a,) = matrices("lu", types, 1, square=False)
    *batch, m, n = a.shape
    smaller = min(m, n) if isinstance(m, int) and isinstance(n, int) else n
    return a, Array(DTYPES["i32"], (*batch, smaller)), Array(I64, (*batch, m))


def _reordered(x: Expr, order: Expr) -> Expr:
    """The rows of matrices, each batch element's in its own order."""
    rank = len(order.shape)
    spec = (*[("arr",)] * rank, ("slice", 0, x.shape[-1], 1))
    places = [iota(x, order.shape, k).op("broadcast", shape=order.shape) for k in range(rank - 1)]
    return x.op("index", *places, order, spec=spec)


def _factors(packed: Expr) -> tuple[Expr, Expr]:
    return part(packed, "gt") + identity_like(packed), part(packed, "le")


def _check_square(a: Expr) -> None:
    if a.shape[-1] != a.shape[-2]:
        raise UnsupportedError(
            f"the LU factorisation of {a.type}, which is not square, has no derivative rule",
            a.builder.loc,
            "factorise a square matrix, or use np.linalg.qr",
        )


def _lu_jvp(inputs: Exprs, dots: Parts, outs: Exprs, attrs: AttrDict) -> Parts:
    """With F = L^-1 P A_dot U^-1: L_dot = L tril(F, -1) and U_dot = triu(F) U."""
    (dot,), (packed, _, order) = dots, outs
    if dot is None:
        return None, None, None
    _check_square(dot)
    lower, upper = _factors(packed)
    inner = triangular_right(triangular(packed, _reordered(dot, order), True, True), packed, False)
    return product(lower, part(inner, "gt")) + product(part(inner, "le"), upper), None, None


def _lu_vjp(inputs: Exprs, outs: Exprs, bars: Parts, attrs: AttrDict) -> Parts:
    bar, (packed, _, order) = bars[0], outs
    if bar is None:
        return (None,)
    _check_square(bar)
    lower, upper = _factors(packed)
    inner = part(product(swap_last(lower), part(bar, "gt")), "gt") + part(
        product(part(bar, "le"), swap_last(upper)), "le"
    )
    turned = swap_last(packed)
    outer = triangular_right(triangular(turned, inner, False, True), turned, True)
    return (_reordered(outer, order.op("argsort", axis=len(order.shape) - 1)),)


define("lu", _lu_type, lapack.lu, Custom(_lu_jvp, _lu_vjp, singular=False), kinds="fc")

# ----------------------------------------------------------------------------------------------------- slogdet


def _slogdet_type(types: tuple[Type, ...], attrs: AttrDict) -> tuple[Type, ...]:
    (a,) = matrices("slogdet", types, 1)
    return Array(a.dtype, a.shape[:-2]), Array(real_dtype(a.dtype), a.shape[:-2])


def _slogdet_jvp(inputs: Exprs, dots: Parts, outs: Exprs, attrs: AttrDict) -> Parts:
    """d log det(a) = trace(a^-1 a_dot); its imaginary part turns the phase."""
    (a,), (dot,), (sign, _) = inputs, dots, outs
    if dot is None:
        return None, None
    n = len(a.shape)
    trace = (swap_last(inverse(a)) * dot).op("reduce_sum", axes=(n - 2, n - 1))
    if a.dtype not in REAL_OF:
        return None, trace
    return sign * (trace - real_part(trace)), trace.op("real")


def _slogdet_vjp(inputs: Exprs, outs: Exprs, bars: Parts, attrs: AttrDict) -> Parts:
    """a_bar = weight a^-T, where the weight of a phase is imaginary."""
    (a,), (sign, _), (sign_bar, log_bar) = inputs, outs, bars
    weight = log_bar
    if a.dtype in REAL_OF:
        weight = log_bar and log_bar.op("complex", full(log_bar, log_bar.shape, 0.0))
        if sign_bar is not None:
            turned = sign_bar * sign
            turning = turned - real_part(turned)
            weight = turning if weight is None else weight + turning
    if weight is None:
        return (None,)
    turned_inverse = swap_last(inverse(a))
    weights = weight.op("reshape", shape=(*weight.shape, 1))
    return (as_columns(weights.op("broadcast", shape=a.shape[:-1]), a) * turned_inverse,)


define("slogdet", _slogdet_type, lapack.slogdet, Custom(_slogdet_jvp, _slogdet_vjp, singular=False), kinds="fc")
