"""sin(x) / x and (exp(x) - 1) / x, which are 0 / 0 at 0 and entire functions: their derivatives of every order.

The order of the derivative is an attribute, as in the Bessel functions of `myialike.ops.special`, so that all of them
exist at 0. With f = g / x the product rule gives x f' + n f = g' for each next one, which is accurate where x is
larger than the order; below that the power series is.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from myialike.ir.builder import Expr
from myialike.ir.op import Pointwise
from myialike.ir.types import Array, Type
from myialike.ops.define import arrays, check_kind, define


def sinc(x: Any, n: int) -> Any:
    """The n-th derivative of sin(x) / x."""
    dtype, x = np.asarray(x).dtype, np.asarray(x)
    x = x.astype(np.float32) if dtype.itemsize == 2 else x
    near = abs(x) <= (n + 1 if n else 0)
    far, small = np.where(near, 1, x).astype(x.dtype), np.where(near, x, 0).astype(x.dtype)
    value, waves = np.sin(far) / far, (np.cos(far), -np.sin(far), -np.cos(far), np.sin(far))
    for k in range(1, n + 1):
        value = (waves[(k - 1) % 4] - k * value) / far
    total = np.zeros_like(x)
    for k in range(2 * n + 16, (n - 1) // 2, -1):
        total = total + small ** (2 * k - n) * ((-1.0) ** k / ((2 * k + 1) * math.factorial(2 * k - n)))
    return np.where(near, total, value).astype(dtype)[()]


def exprel(x: Any, n: int) -> Any:
    """The n-th derivative of (exp(x) - 1) / x."""
    dtype, x = np.asarray(x).dtype, np.asarray(x)
    x = x.astype(np.float32) if dtype.itemsize == 2 else x
    near = abs(x) <= (n + 1 if n else 0)
    far, small = np.where(near, 1, x).astype(x.dtype), np.where(near, x, 0).astype(x.dtype)
    value = np.expm1(far) / far
    for k in range(1, n + 1):
        value = (np.exp(far) - k * value) / far
    total = np.zeros_like(x)
    for k in range(3 * n + 20, -1, -1):
        total = total + small**k * (1.0 / (math.factorial(k) * (n + k + 1)))
    return np.where(near, total, np.where(np.isinf(x), np.exp(x), value)).astype(dtype)[()]


def _type(name: str, kinds: str) -> Callable[[tuple[Type, ...], Any], tuple[Type, ...]]:
    def rule(types: tuple[Type, ...], attrs: Any) -> tuple[Type, ...]:
        (x,) = arrays(name, types, 1)
        check_kind(name, x, kinds)
        return (Array(x.dtype, x.shape),)

    return rule


def _next(name: str) -> Pointwise:
    def partial(x: Expr, y: Expr, n: int) -> Expr:
        return x.op(name, n=n + 1)

    return Pointwise((partial,))


FUNCTIONS = (sinc, exprel)
define("sinc", _type("sinc", "fc"), sinc, _next("sinc"), kinds="fc", domain=((-9.0, 9.0),))
define("exprel", _type("exprel", "f"), exprel, _next("exprel"), kinds="f", domain=((-6.0, 6.0),))
