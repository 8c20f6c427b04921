"""Decompositions and Fourier transforms as jax calls; on a CPU both are LAPACK's and give what NumPy gives.

XLA has no decomposition of matrices without elements, which are what the shapes say, and does not know that a matrix is
singular: `solve` looks for a zero on the diagonal of U.
"""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from myialike.backends.xla.hosted import MATRIX_FUNCTIONS
from myialike.ir.types import Array, Type, static_shape

Lowering = Callable[..., tuple[jax.Array, ...]]


def _is_empty(a: jax.Array) -> bool:
    return 0 in a.shape


def _zeros(out: Array) -> jax.Array:
    return jnp.zeros(static_shape(out), out.dtype)


def _identity(out: Array) -> jax.Array:
    return jnp.broadcast_to(jnp.eye(static_shape(out)[-1], dtype=out.dtype), static_shape(out))


def _nothing(out: Array) -> jax.Array:
    """A factor of a matrix without elements: an identity where it is square."""
    shape = static_shape(out)
    return _identity(out) if len(shape) > 1 and shape[-1] == shape[-2] else _zeros(out)


def _of_elements(function: Lowering) -> Lowering:
    """`function`, and identities and zeros for matrices without elements."""

    def lowered(out: tuple[Type, ...], a: jax.Array, **attrs: bool) -> tuple[jax.Array, ...]:
        if _is_empty(a):
            return tuple(_nothing(o) for o in out if isinstance(o, Array))
        return function(a, **attrs)

    return lowered


def _cholesky(a: jax.Array) -> tuple[jax.Array, ...]:
    factor = jnp.tril(lax.linalg.cholesky(a, symmetrize_input=False))
    failed = jnp.isnan(factor).any(axis=(-2, -1), keepdims=True)
    return (jnp.where(failed, jnp.asarray(np.nan, factor.dtype), factor),)


def _solve(out: tuple[Type, ...], a: jax.Array, b: jax.Array) -> tuple[jax.Array, ...]:
    if _is_empty(a):
        return b, jnp.ones(a.shape[:-2], bool)
    packed, _, order = lax.linalg.lu(a)
    regular = (jnp.diagonal(packed, axis1=-2, axis2=-1) != 0).all(axis=-1)
    if _is_empty(b):
        return b, regular
    turned = jnp.take_along_axis(b, order[..., None].astype(np.int64), axis=-2)
    halfway = lax.linalg.triangular_solve(packed, turned, left_side=True, lower=True, unit_diagonal=True)
    x = lax.linalg.triangular_solve(packed, halfway, left_side=True, lower=False)
    return jnp.where(regular[..., None, None], x, jnp.asarray(np.nan, x.dtype)), regular


def _solve_triangular(
    out: tuple[Type, ...], a: jax.Array, b: jax.Array, lower: bool, unit: bool
) -> tuple[jax.Array, ...]:
    if _is_empty(a) or _is_empty(b):
        return (b,)
    return (lax.linalg.triangular_solve(a, b, left_side=True, lower=lower, unit_diagonal=unit),)


def _lu(out: tuple[Type, ...], a: jax.Array) -> tuple[jax.Array, ...]:
    if _is_empty(a):
        order = jnp.broadcast_to(jnp.arange(a.shape[-2], dtype=np.int64), a.shape[:-1])
        return a, jnp.zeros((*a.shape[:-2], min(a.shape[-2:])), np.int32), order
    packed, pivots, order = lax.linalg.lu(a)
    return packed, pivots.astype(np.int32), order.astype(np.int64)


def _slogdet(out: tuple[Type, ...], a: jax.Array) -> tuple[jax.Array, ...]:
    if _is_empty(a):
        sign, size = (jnp.full(a.shape[:-2], value) for value in (1.0, 0.0))
        return sign.astype(a.dtype), size.astype(a.real.dtype)
    return tuple(jnp.linalg.slogdet(a))


def _det(out: tuple[Type, ...], a: jax.Array) -> tuple[jax.Array, ...]:
    sign, size = _slogdet(out, a)
    return (sign * jnp.exp(size).astype(sign.dtype),)


def _spectrum(a: jax.Array) -> tuple[jax.Array, ...]:
    """The factors of a = U S V^H, conjugated; the singular values, their products before and after each; det(U V^H)."""
    u, s, vh = jnp.linalg.svd(a)
    ones = jnp.ones_like(s[..., :1])
    before = jnp.cumprod(jnp.concatenate((ones, s[..., :-1]), axis=-1), axis=-1)
    after = jnp.flip(jnp.cumprod(jnp.concatenate((ones, jnp.flip(s[..., 1:], -1)), axis=-1), axis=-1), -1)
    phase = jnp.linalg.det(u) * jnp.linalg.det(vh)
    return u.conj(), vh.conj(), s, before, after, phase[..., None, None]


def _product(*factors: jax.Array) -> jax.Array:
    result, *rest = factors
    for factor in rest:
        result = jnp.matmul(result, factor, precision=lax.Precision.HIGHEST)
    return result


def _cofactors(out: tuple[Type, ...], a: jax.Array) -> tuple[jax.Array, ...]:
    """det(a) a^-T, and by singular values where a matrix is singular or nearly so."""
    if _is_empty(a):
        return (a,)
    inverse, _ = _solve(out, a, jnp.broadcast_to(jnp.eye(a.shape[-1], dtype=a.dtype), a.shape))
    (det,) = _det(out, a)
    size = abs(a).sum(axis=(-2, -1)) * abs(inverse).sum(axis=(-2, -1))

    def by_values() -> jax.Array:
        u, vh, _, before, after, phase = _spectrum(a)
        return phase * _product(u * (before * after)[..., None, :].astype(a.dtype), vh)

    regular = (size < np.finfo(a.dtype).eps ** -0.5).all()
    return (lax.cond(regular, lambda: det[..., None, None] * jnp.swapaxes(inverse, -1, -2), by_values),)


def _cofactor_slopes(out: tuple[Type, ...], a: jax.Array, e: jax.Array) -> tuple[jax.Array, ...]:
    """With F = U^H e V, off the diagonal -F^T times the products of all other singular values, on it their sums."""
    if _is_empty(a):
        return (a,)
    n = a.shape[-1]
    u, vh, s, before, after, phase = _spectrum(a)
    f = _product(jnp.swapaxes(u, -1, -2), e, jnp.swapaxes(vh, -1, -2))
    later = np.tri(n, n, -1, bool).T
    between = jnp.cumprod(jnp.where(later, s[..., None, :], jnp.ones((n, n), s.dtype)), axis=-1)
    between = jnp.concatenate((jnp.ones_like(between[..., :1]), between[..., :-1]), axis=-1)
    others = jnp.where(later, before[..., :, None] * between * after[..., None, :], jnp.zeros((n, n), s.dtype))
    others = (others + jnp.swapaxes(others, -1, -2)).astype(a.dtype)
    on = _product(others, jnp.diagonal(f, axis1=-2, axis2=-1)[..., None])
    inner = jnp.where(np.eye(n, dtype=bool), on, -others * jnp.swapaxes(f, -1, -2))
    return (phase * _product(u, inner, vh),)


def _qr(a: jax.Array) -> tuple[jax.Array, ...]:
    return tuple(jnp.linalg.qr(a))


def _qr_complete(a: jax.Array) -> tuple[jax.Array, ...]:
    return tuple(jnp.linalg.qr(a, mode="complete"))


def _svd(a: jax.Array) -> tuple[jax.Array, ...]:
    return tuple(jnp.linalg.svd(a, full_matrices=False))


def _svd_complete(a: jax.Array) -> tuple[jax.Array, ...]:
    u, _, vh = jnp.linalg.svd(a)
    return u, vh


def _pinv(out: tuple[Type, ...], a: jax.Array, rcond: jax.Array) -> tuple[jax.Array, ...]:
    if _is_empty(a):
        return (jnp.swapaxes(a, -1, -2),)
    u, s, vh = jnp.linalg.svd(a, full_matrices=False)
    small = s <= rcond[..., None] * s.max(axis=-1, keepdims=True)
    inverses = jnp.where(small, jnp.zeros_like(s), 1 / jnp.where(small, jnp.ones_like(s), s))
    adjoint_u, v = (jnp.swapaxes(x.conj(), -1, -2) for x in (u, vh))
    return (jnp.matmul(v * inverses[..., None, :].astype(v.dtype), adjoint_u, precision=lax.Precision.HIGHEST),)


def _eigh(a: jax.Array, lower: bool) -> tuple[jax.Array, ...]:
    v, w = lax.linalg.eigh(a, lower=lower, symmetrize_input=False)
    return w, v


def _eig(a: jax.Array) -> tuple[jax.Array, ...]:
    return tuple(jnp.linalg.eig(a))


def _fft(function: Callable[..., jax.Array], norm: str = "backward") -> Lowering:
    def lowered(out: tuple[Type, ...], x: jax.Array, axis: int, n: int | None = None) -> tuple[jax.Array, ...]:
        (type,) = out
        assert isinstance(type, Array)
        return (_zeros(type) if _is_empty(x) else function(x, n, axis, norm=norm),)

    return lowered


DECOMPOSITIONS: dict[str, Lowering] = {
    "cholesky": _cholesky,
    "qr": _qr,
    "qr_complete": _qr_complete,
    "svd": _svd,
    "svd_complete": _svd_complete,
    "eigh": _eigh,
    "eig": _eig,
}
# By the types of the results; they give a tuple.
LINALG: dict[str, Lowering] = {
    **{name: _of_elements(function) for name, function in DECOMPOSITIONS.items()},
    "solve": _solve,
    "solve_triangular": _solve_triangular,
    "lu": _lu,
    "pinv": _pinv,
    "slogdet": _slogdet,
    "det": _det,
    "cofactors": _cofactors,
    "cofactor_slopes": _cofactor_slopes,
    "fft": _fft(jnp.fft.fft),
    "ifft": _fft(jnp.fft.ifft, "forward"),
    "rfft": _fft(jnp.fft.rfft),
    "irfft": _fft(jnp.fft.irfft),
    **MATRIX_FUNCTIONS,
}
