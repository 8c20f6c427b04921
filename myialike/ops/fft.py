"""Discrete Fourier transforms along one axis, not normalised but for `irfft`.

    fft(x)_k = sum_j x_j exp(-2 pi i j k / n)        ifft(x)_k = sum_j x_j exp(2 pi i j k / n)

The matrices of both are symmetric, and cotangents are transposed without conjugation, so each is its own transpose.
`rfft` is the first half of the `fft` of real numbers; `irfft` takes it back, with the factor 1/n: it reads a half
spectrum as that of n real numbers, and not the imaginary part of its first element, nor, for even n, of its last.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from myialike.ir.builder import Expr
from myialike.ir.op import AttrDict, Linear
from myialike.ir.types import Array, DType, Type
from myialike.ops.define import COMPLEX_OF, REAL_OF, arrays, check_axes, define, full, iota, where

Transposed = tuple[Expr, ...]


def _operand(name: str, types: tuple[Type, ...], attrs: AttrDict, taken: dict[DType, DType]) -> tuple[Array, int]:
    """The operand, and its length along the axis."""
    (x,) = arrays(name, types, 1)
    if x.dtype not in taken:
        raise TypeError(f"{name} takes {' or '.join(str(d) for d in taken)} operands, not {x}")
    check_axes(name, x, (attrs["axis"],))
    length = x.shape[attrs["axis"]]
    if not isinstance(length, int) or length < 1:
        raise TypeError(f"{name} takes an axis of length 1 or more, not {attrs['axis']} of {x}")
    return x, length


def _resized(x: Array, axis: int, length: int, dtype: DType) -> Array:
    return Array(dtype, (*x.shape[:axis], length, *x.shape[axis + 1 :]))


def _complex_type(name: str) -> Any:
    return lambda types, attrs: (_operand(name, types, attrs, REAL_OF)[0],)


def _rfft_type(types: tuple[Type, ...], attrs: AttrDict) -> tuple[Type, ...]:
    x, n = _operand("rfft", types, attrs, COMPLEX_OF)
    return (_resized(x, attrs["axis"], n // 2 + 1, COMPLEX_OF[x.dtype]),)


def _irfft_type(types: tuple[Type, ...], attrs: AttrDict) -> tuple[Type, ...]:
    x, half = _operand("irfft", types, attrs, REAL_OF)
    if attrs["n"] < 1 or half != attrs["n"] // 2 + 1:
        raise TypeError(f"irfft to {attrs['n']} elements takes half as many and one, not {half}")
    return (_resized(x, attrs["axis"], attrs["n"], REAL_OF[x.dtype]),)


def _rfft_transpose(g: Expr, inputs: Transposed, attrs: AttrDict, i: int) -> Expr:
    """The real part of the transform of the cotangent, with zeros for the half that is not there."""
    (x,), axis = inputs, attrs["axis"]
    rest = x.shape[axis] - g.shape[axis]
    padding = full(g, (*g.shape[:axis], rest, *g.shape[axis + 1 :]), 0.0)
    padded = g.op("concatenate", padding, axis=axis) if rest else g
    return padded.op("fft", axis=axis).op("real")


def _irfft_transpose(g: Expr, inputs: Transposed, attrs: AttrDict, i: int) -> Expr:
    """The conjugated half spectrum over n; elements that stand for two count twice."""
    axis, n = attrs["axis"], attrs["n"]
    half = g.op("rfft", axis=axis).op("conj")
    place = iota(half, half.shape, axis).op("broadcast", shape=half.shape)
    single = place.op("eq", 0)
    if n % 2 == 0:
        single = single.op("logical_or", place.op("eq", n // 2))
    return half * where(single, half.full_like(1.0 / n), 2.0 / n)


def _evaluate(function: Any, norm: str = "backward") -> Any:
    return lambda x, axis, n=None: function(x, n, axis, norm=norm)


def _itself(name: str) -> Linear:
    return Linear(lambda g, inputs, attrs, i: g.op(name, **attrs))


define("fft", _complex_type("fft"), _evaluate(np.fft.fft), _itself("fft"), kinds="c")
define("ifft", _complex_type("ifft"), _evaluate(np.fft.ifft, "forward"), _itself("ifft"), kinds="c")
define("rfft", _rfft_type, _evaluate(np.fft.rfft), Linear(_rfft_transpose), kinds="f")
define("irfft", _irfft_type, _evaluate(np.fft.irfft), Linear(_irfft_transpose), kinds="c")
