"""Determinants, whose derivatives exist at singular matrices too.

A determinant is a polynomial in the elements. Its gradient is the matrix of cofactors; `cofactor_slopes(a, e)` is the
derivative of `cofactors(a)` in the direction e and, since second derivatives are symmetric, its transpose as well.
Neither divides by what may be 0: with a = U S V^H the determinant of a + e is that of S + U^H e V up to a phase, and at
a diagonal S its derivatives are products of singular values, some left out. So value, gradient and second derivative
are right at any matrix. The third one is written with the inverse, whose error it has in its square, and is NaN where
there is none, or nearly none.

Pairings of complex matrices are sum(x * y), without a conjugate, as everywhere in `myialike.ops`.
"""

from __future__ import annotations

import math

import numpy as np

from myialike.ir.builder import Expr
from myialike.ir.op import AttrDict, Custom
from myialike.ir.types import Array, Type
from myialike.ops import lapack
from myialike.ops.define import define
from myialike.ops.linalg import as_columns, diagonal, product, swap_last
from myialike.ops.solving import inverse, matrices

Exprs = tuple[Expr, ...]
Parts = tuple[Expr | None, ...]


def _scalar_type(types: tuple[Type, ...], attrs: AttrDict) -> tuple[Type, ...]:
    (a,) = matrices("det", types, 1)
    return (Array(a.dtype, a.shape[:-2]),)


def _scaled(factor: Expr, a: Expr) -> Expr:
    """Each matrix of a batch times its own number."""
    column = factor.op("reshape", shape=(*factor.shape, 1)).op("broadcast", shape=a.shape[:-1])
    return as_columns(column, a) * a


def _det_jvp(inputs: Exprs, dots: Parts, outs: Exprs, attrs: AttrDict) -> Parts:
    (a,), (dot,) = inputs, dots
    n = len(a.shape)
    return (dot and (a.op("cofactors") * dot).op("reduce_sum", axes=(n - 2, n - 1)),)


def _det_vjp(inputs: Exprs, outs: Exprs, bars: Parts, attrs: AttrDict) -> Parts:
    return (bars[0] and _scaled(bars[0], inputs[0].op("cofactors")),)


def _cofactors_jvp(inputs: Exprs, dots: Parts, outs: Exprs, attrs: AttrDict) -> Parts:
    return (dots[0] and inputs[0].op("cofactor_slopes", dots[0]),)


def _cofactors_vjp(inputs: Exprs, outs: Exprs, bars: Parts, attrs: AttrDict) -> Parts:
    return (bars[0] and inputs[0].op("cofactor_slopes", bars[0]),)


def _curvature(a: Expr, e: Expr, d: Expr) -> Expr:
    """The derivative of `cofactor_slopes(a, e)` in the direction d; symmetric in e, d, and what it is paired with."""
    x = inverse(a)
    xe, xd = product(x, e), product(x, d)
    xed = product(xe, xd)
    n = len(a.shape)
    trace_e, trace_d, trace_ed = (diagonal(y).op("reduce_sum", axes=(n - 2,)) for y in (xe, xd, xed))
    both = product(xed, x) + product(xd, xe, x)
    crossed = _scaled(trace_e, product(xd, x)) + _scaled(trace_d, product(xe, x))
    found = _scaled(trace_e * trace_d - trace_ed, x) - crossed
    return _scaled(_where_regular(a, x, a.op("det")), swap_last(found + both))


def _where_regular(a: Expr, x: Expr, value: Expr) -> Expr:
    """The numbers `value` of matrices, NaN where the square of the error of the inverses x would be felt."""
    axes = (len(a.shape) - 2, len(a.shape) - 1)
    size = a.op("abs").op("reduce_sum", axes=axes) * x.op("abs").op("reduce_sum", axes=axes)
    limit = float(np.finfo(a.dtype).eps) ** -0.3
    return size.op("lt", size.lift(limit)).op("select", value, value.lift(math.nan))


def _slopes_jvp(inputs: Exprs, dots: Parts, outs: Exprs, attrs: AttrDict) -> Parts:
    (a, e), (a_dot, e_dot) = inputs, dots
    of_e = e_dot and a.op("cofactor_slopes", e_dot)
    of_a = a_dot and _curvature(a, e, a_dot)
    return (of_a + of_e if of_a and of_e else of_a or of_e,)


def _slopes_vjp(inputs: Exprs, outs: Exprs, bars: Parts, attrs: AttrDict) -> Parts:
    (a, e), (bar,) = inputs, bars
    return (None, None) if bar is None else (_curvature(a, e, bar), a.op("cofactor_slopes", bar))


define("det", _scalar_type, lapack.det, Custom(_det_jvp, _det_vjp, singular=False), kinds="fc")
define(
    "cofactors",
    lambda types, attrs: matrices("cofactors", types, 1),
    lapack.cofactors,
    Custom(_cofactors_jvp, _cofactors_vjp, singular=False),
    kinds="fc",
)
define(
    "cofactor_slopes",
    lambda types, attrs: matrices("cofactor_slopes", types, 2)[:1],
    lapack.cofactor_slopes,
    Custom(_slopes_jvp, _slopes_vjp, singular=False),
    kinds="fc",
)
