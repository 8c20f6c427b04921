"""Pointwise operations as jax calls, with NumPy's meaning where XLA's differs.

Most are the `jax.lax` function of the same name. All operands arrive with one shape and, apart from the condition of
`select`, one dtype; the result has exactly the dtype that the IR says, which the caller checks.

Note [Exact points]: XLA computes `log2`, `log10`, `exp2` and `cbrt` through `log`, `exp` and `pow` of another base,
and misses by one unit in the last place where NumPy is exact: `log10(1000.)` is 2.9999999999999996, and a program
that counts digits with `floor(log10(x))` is wrong by one. So a result next to an integer k is replaced by k where the
inverse function maps k to the argument. The correction is a constant to differentiation.

What cannot be helped: XLA on CPU flushes subnormal numbers to zero, and the elementary functions agree with NumPy's
to a few units in the last place only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

Function = Callable[..., jax.Array]


def _is(x: Any, kinds: str) -> bool:
    """Whether the dtype's kind is one of `kinds`; bfloat16 counts as floating."""
    kind = np.dtype(x.dtype).kind
    return (kind if kind in "biufc" else "f") in kinds


def _identity_on(kinds: str, function: Function) -> Function:
    """`function`, which on dtypes of `kinds` changes nothing."""
    return lambda x: x if _is(x, kinds) else function(x)


def _on_bools(of_bools: Function, function: Function) -> Function:
    """`of_bools` where the operands are bools, else `function`."""
    return lambda *xs: of_bools(*xs) if _is(xs[0], "b") else function(*xs)


def _snapped(x: jax.Array, result: jax.Array, inverse: Function) -> jax.Array:
    """`result`, or the integer next to it if `inverse` of that is x: see Note [Exact points]."""
    nearest = lax.round(result, lax.RoundingMethod.TO_NEAREST_EVEN)
    wrong = (nearest != result) & lax.is_finite(result) & (inverse(lax.stop_gradient(nearest)) == x)
    return jnp.where(wrong, result + lax.stop_gradient(nearest - result), result)


def _power_of(base: float) -> Function:
    return lambda k: lax.pow(jnp.full_like(k, base), k)


def _log_to_base(base: float, function: Function) -> Function:
    return lambda x: function(x) if _is(x, "c") else _snapped(x, function(x), _power_of(base))


def _cbrt(x: jax.Array) -> jax.Array:
    return _snapped(x, lax.cbrt(x), lambda k: k * k * k)


def _sign(x: jax.Array) -> jax.Array:
    if not _is(x, "c"):
        return jnp.where(x == 0, jnp.zeros_like(x), lax.sign(x))  # of -0.0 too
    size = jnp.abs(x)
    return jnp.where(size == 0, jnp.zeros_like(x), x / jnp.where(size == 0, jnp.ones_like(size), size))


def _nonzero(b: jax.Array) -> jax.Array:
    """`b` with 1 in place of 0: a divisor that is safe to divide by."""
    return jnp.where(b == 0, jnp.ones_like(b), b)


def _fmod(a: jax.Array, b: jax.Array) -> jax.Array:
    if _is(a, "f"):
        return lax.rem(a, b)
    return jnp.where(b == 0, jnp.zeros_like(a), lax.rem(a, _nonzero(b)))


def _mod(a: jax.Array, b: jax.Array) -> jax.Array:
    """The remainder with the sign of the divisor; of a zero divisor 0 for ints and NaN for floats, as NumPy."""
    rest = _fmod(a, b)
    if _is(a, "u"):
        return rest
    wrong_side = (rest != 0) & ((rest < 0) != (b < 0))
    moved = jnp.where(wrong_side, rest + b, rest)
    return jnp.where(rest == 0, jnp.copysign(jnp.zeros_like(a), b), moved) if _is(a, "f") else moved


def _floordiv(a: jax.Array, b: jax.Array) -> jax.Array:
    return _float_floordiv(a, b) if _is(a, "f") else _int_floordiv(a, b)


def _int_floordiv(a: jax.Array, b: jax.Array) -> jax.Array:
    quotient = lax.div(a, _nonzero(b))
    if not _is(a, "u"):
        inexact = (lax.rem(a, _nonzero(b)) != 0) & ((a < 0) != (b < 0))
        quotient = jnp.where(inexact, quotient - 1, quotient)
    return jnp.where(b == 0, jnp.zeros_like(a), quotient)


def _float_floordiv(a: jax.Array, b: jax.Array) -> jax.Array:
    """NumPy's own way: what is divided is a multiple of b, so that the quotient is exact but for its own rounding."""
    rest = lax.rem(a, b)
    quotient = lax.div(a - rest, b)
    quotient = jnp.where((rest != 0) & ((rest < 0) != (b < 0)), quotient - 1, quotient)
    low = lax.floor(quotient)
    low = jnp.where(quotient - low > 0.5, low + 1, low)
    low = jnp.where(quotient == 0, jnp.copysign(jnp.zeros_like(a), a / b), low)
    return jnp.where(b == 0, a / b, low)


def _pow(x: jax.Array, y: jax.Array) -> jax.Array:
    if _is(x, "iu"):
        return _int_pow(x, y)
    power = lax.pow(x, y)
    return jnp.where((x == 0) & (lax.real(y) > 0), jnp.zeros_like(x), power) if _is(x, "c") else power


def _int_pow(x: jax.Array, n: jax.Array) -> jax.Array:
    """By squaring, modulo the width of the dtype; n is not negative."""

    def step(state: tuple[jax.Array, jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array, jax.Array]:
        power, square, n = state
        return jnp.where(n & 1 == 1, power * square, power), square * square, n >> 1

    power, _, _ = lax.while_loop(lambda state: (state[2] > 0).any(), step, (jnp.ones_like(x), x, n))
    return power


def _zmul(g: jax.Array, p: jax.Array) -> jax.Array:
    return jnp.where(g == 0, jnp.zeros_like(g), g * p)


def _ignoring_nan(function: Function) -> Function:
    """`fmax` of `max`: the other operand where one is NaN."""

    def ignoring(a: jax.Array, b: jax.Array) -> jax.Array:
        if _is(a, "biu"):
            return function(a, b)
        return jnp.where(a != a, b, jnp.where(b != b, a, function(a, b)))

    return ignoring


def _extreme(function: Function, first: Function) -> Function:
    """`maximum` of `max`; complex numbers are compared by real, then imaginary part, and a NaN operand wins."""

    def extreme(a: jax.Array, b: jax.Array) -> jax.Array:
        if not _is(a, "c"):
            return function(a, b)
        return jnp.where((a != a) | ((b == b) & first(a, b)), a, b)

    return extreme


def _ordered(function: Function) -> Function:
    """A comparison; complex numbers are compared by real, then imaginary part."""

    def compare(a: jax.Array, b: jax.Array) -> jax.Array:
        if not _is(a, "c"):
            return function(a, b)
        tie = (lax.real(a) == lax.real(b)) & function(lax.imag(a), lax.imag(b))
        strictly = lax.lt if function in (lax.lt, lax.le) else lax.gt
        unordered = (a != a) | (b != b)
        return ~unordered & (strictly(lax.real(a), lax.real(b)) | tie)

    return compare


def _right_shift(a: jax.Array, n: jax.Array) -> jax.Array:
    """Shifts by the width or more leave the sign, as NumPy's do."""
    return lax.shift_right_logical(a, n) if _is(a, "u") else lax.shift_right_arithmetic(a, n)


def _rint(x: jax.Array) -> jax.Array:
    return jnp.rint(x) if _is(x, "c") else lax.round(x, lax.RoundingMethod.TO_NEAREST_EVEN)


def _signed(function: Function, is_odd: bool = True, turned: bool = False) -> Function:
    """A function with branch cuts, where XLA does not see the signs of zeros: they are those of the argument's parts.

    `is_odd`: so is the sign of the real part, which else is not negative; `turned`: that of the imaginary part is the
    other one.
    """

    def apply(z: jax.Array) -> jax.Array:
        found = function(z)
        if not _is(z, "c"):
            return found
        real = jnp.copysign(lax.real(found), lax.real(z)) if is_odd else lax.real(found)
        return lax.complex(real, jnp.copysign(lax.imag(found), -lax.imag(z) if turned else lax.imag(z)))

    return apply


_TRUNC: Function = jnp.trunc
_ISFINITE: Function = jnp.isfinite

POINTWISE: dict[str, Function] = {
    # one operand
    "neg": lax.neg,
    "abs": _identity_on("bu", lax.abs),
    "sign": _sign,
    "exp": lax.exp,
    "exp2": _power_of(2.0),
    "expm1": lax.expm1,
    "log": lax.log,
    "log2": _log_to_base(2.0, jnp.log2),
    "log10": _log_to_base(10.0, jnp.log10),
    "log1p": lax.log1p,
    "sqrt": _signed(lax.sqrt, is_odd=False),
    "cbrt": _cbrt,
    "sin": lax.sin,
    "cos": lax.cos,
    "tan": lax.tan,
    "arcsin": _signed(lax.asin),
    "arccos": _signed(lax.acos, is_odd=False, turned=True),
    "arctan": _signed(lax.atan),
    "sinh": lax.sinh,
    "cosh": lax.cosh,
    "tanh": lax.tanh,
    "arcsinh": _signed(lax.asinh),
    "arccosh": _signed(lax.acosh, is_odd=False),
    "arctanh": _signed(lax.atanh),
    "floor": _identity_on("biu", lax.floor),
    "ceil": _identity_on("biu", lax.ceil),
    "rint": _identity_on("biu", _rint),
    "trunc": _identity_on("biu", _TRUNC),
    "conj": _identity_on("biuf", lax.conj),
    "isnan": lambda x: lax.ne(x, x),
    "isinf": jnp.isinf,
    "isfinite": _ISFINITE,
    "signbit": jnp.signbit,
    "logical_not": lambda x: x == 0,
    "invert": lax.bitwise_not,
    "real": _identity_on("biuf", lax.real),
    "imag": lambda x: lax.imag(x) if _is(x, "c") else jnp.zeros_like(x),
    "angle": jnp.angle,
    "stop_gradient": lax.stop_gradient,
    # arithmetic
    "add": _on_bools(lax.bitwise_or, lax.add),
    "sub": lax.sub,
    "mul": _on_bools(lax.bitwise_and, lax.mul),
    "div": lax.div,
    "floordiv": _floordiv,
    "mod": _mod,
    "fmod": _fmod,
    "pow": _pow,
    "maximum": _extreme(lax.max, _ordered(lax.ge)),
    "minimum": _extreme(lax.min, _ordered(lax.le)),
    "fmax": _ignoring_nan(_extreme(lax.max, _ordered(lax.ge))),
    "fmin": _ignoring_nan(_extreme(lax.min, _ordered(lax.le))),
    "arctan2": lax.atan2,
    "hypot": jnp.hypot,
    "copysign": jnp.copysign,
    "nextafter": lax.nextafter,
    "logaddexp": jnp.logaddexp,
    "complex": lax.complex,
    "zmul": _zmul,
    # comparison and logic
    "eq": lax.eq,
    "ne": lax.ne,
    "lt": _ordered(lax.lt),
    "le": _ordered(lax.le),
    "gt": _ordered(lax.gt),
    "ge": _ordered(lax.ge),
    "logical_and": lax.bitwise_and,
    "logical_or": lax.bitwise_or,
    "logical_xor": lax.bitwise_xor,
    "bit_and": lax.bitwise_and,
    "bit_or": lax.bitwise_or,
    "bit_xor": lax.bitwise_xor,
    "shift_left": lax.shift_left,
    "shift_right": _right_shift,
    "select": lax.select,
}
