"""Complex numbers and their parts; absolute value and sign, which tell them from real ones.

A complex cotangent g of z = x + iy stands for the linear functional dz -> Re(g dz), which is JAX's convention: the
cotangent of a real-valued function f is df/dx - i df/dy, and no rule conjugates. So `imag`, whose tangent is dy,
transposes to -i g.

`abs` and `sign` have derivative 0 at 0. The sign of a complex number is z / |z|, as in NumPy 2.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from myialike.ir.builder import Expr
from myialike.ir.op import AttrDict, Linear
from myialike.ops.define import COMPLEX_OF, cast, custom_unary, kind_of, pointwise, real_dtype, where, zmul

AWAY_FROM_ZERO = (0.2, 2.0)


def _is_complex(x: Expr) -> bool:
    return kind_of(x.dtype) == "c"


def _imaginary(y: Expr) -> Expr:
    """The complex number iy of a real y."""
    return y.lift(0.0).op("complex", y)


def _real_transpose(g: Expr, inputs: tuple[Expr, ...], attrs: AttrDict, i: int) -> Expr:
    return cast(g, inputs[0].dtype)


def _imag_transpose(g: Expr, inputs: tuple[Expr, ...], attrs: AttrDict, i: int) -> Expr:
    return _imaginary(-g) if _is_complex(inputs[0]) else g.full_like(0.0)


def _conj_transpose(g: Expr, inputs: tuple[Expr, ...], attrs: AttrDict, i: int) -> Expr:
    return g.op("conj")


def _complex_transpose(g: Expr, inputs: tuple[Expr, ...], attrs: AttrDict, i: int) -> Expr:
    return g.op("real") if i == 0 else -g.op("imag")


def _complex(re: Any, im: Any) -> Any:
    re, im = np.broadcast_arrays(re, im)
    out = np.empty(re.shape, COMPLEX_OF[re.dtype])
    out.real, out.imag = re, im
    return out


pointwise("real", np.real, derivative=Linear(_real_transpose), result=real_dtype)
pointwise("imag", np.imag, derivative=Linear(_imag_transpose), result=real_dtype)
pointwise("conj", np.conjugate, derivative=Linear(_conj_transpose), kinds="iufc")
pointwise(
    "complex",
    _complex,
    derivative=Linear(_complex_transpose),
    arity=2,
    kinds="f",
    result=lambda dtype: _complex_dtype(dtype),
)


def _complex_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    if dtype not in COMPLEX_OF:
        raise TypeError(f"there is no complex dtype with parts of {dtype}: cast them to f32 or f64")
    return COMPLEX_OF[dtype]


def _inverse_but_at_zero(x: Expr) -> Expr:
    """1 / x, and 0 where x is 0."""
    is_zero = x.op("eq", 0.0)
    return where(is_zero, x.lift(0.0), 1.0 / where(is_zero, x.lift(1.0), x))


def _abs_jvp(z: Expr, z_dot: Expr, out: Expr) -> Expr:
    if not _is_complex(z):
        return zmul(z_dot, z.op("sign"))
    return zmul(z_dot, z.op("sign").op("conj")).op("real")


def _abs_vjp(z: Expr, out: Expr, g: Expr) -> Expr:
    return zmul(cast(g, z.dtype), z.op("sign").op("conj"))


pointwise(
    "abs",
    np.abs,
    derivative=custom_unary(_abs_jvp, _abs_vjp),
    kinds="biufc",
    result=real_dtype,
    domain=AWAY_FROM_ZERO,
    doc="of a complex operand: the real modulus",
)


def _sign_jvp(z: Expr, z_dot: Expr, sign: Expr) -> Expr | None:
    """(z_dot - s Re(conj(s) z_dot)) / |z|: what is left of z_dot across the direction of z."""
    if not _is_complex(z):
        return None
    scaled = zmul(z_dot, cast(_inverse_but_at_zero(z.op("abs")), z.dtype))
    return scaled - sign * cast((sign.op("conj") * scaled).op("real"), z.dtype)


def _sign_vjp(z: Expr, sign: Expr, g: Expr) -> Expr | None:
    if not _is_complex(z):
        return None
    scaled = zmul(g, cast(_inverse_but_at_zero(z.op("abs")), z.dtype))
    return scaled - sign.op("conj") * cast((sign * scaled).op("real"), z.dtype)


pointwise("sign", np.sign, derivative=custom_unary(_sign_jvp, _sign_vjp), kinds="iufc", domain=AWAY_FROM_ZERO)


def _angle_jvp(z: Expr, z_dot: Expr, out: Expr) -> Expr | None:
    return zmul(z_dot, 1.0 / z).op("imag") if _is_complex(z) else None


def _angle_vjp(z: Expr, out: Expr, g: Expr) -> Expr | None:
    return zmul(_imaginary(-g), 1.0 / z) if _is_complex(z) else None


pointwise(
    "angle",
    lambda z: np.arctan2(np.imag(z), np.real(z)),
    derivative=custom_unary(_angle_jvp, _angle_vjp, singular=True),
    result=real_dtype,
    domain=AWAY_FROM_ZERO,
    doc="of a real operand: 0 or pi",
)
