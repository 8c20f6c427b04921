"""Partitions: NumPy's own, order of the other elements included. On XLA the host is asked for them.

`np.partition(x, k)` has at k what sorting has there, before it what is not larger, and after it what is not smaller. In
which order these are NumPy does not promise, and it differs between machines: only NumPy itself gives what NumPy gives.

A partition is a permutation, and so is its derivative. Of equal elements the first is taken to come first. Each of the
functions below stands alone, since its source may become part of a printed program.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from myialike.ir.builder import Expr
from myialike.ir.op import AttrDict, Zero
from myialike.ir.types import I64, Array, Type
from myialike.ops.define import arrays, check_axes, check_kind, custom_with_attrs, define
from myialike.ops.order import add_along, take_along


def partition(x: Any, kth: tuple[int, ...], axis: int) -> Any:
    """The elements, those at `kth` in their places."""
    return np.partition(x, kth, axis=axis)


def argpartition(x: Any, kth: tuple[int, ...], axis: int) -> Any:
    """The positions of the elements, those at `kth` in their places."""
    return np.argpartition(x, kth, axis=axis)


FUNCTIONS = (partition, argpartition)


def _type(name: str, types: tuple[Type, ...], attrs: AttrDict) -> Array:
    (x,) = arrays(name, types, 1)
    check_kind(name, x, "biufc")
    check_axes(name, x, (attrs["axis"],))
    if not all(0 <= k < x.shape[attrs["axis"]] for k in attrs["kth"]):
        raise TypeError(f"{name} of {x}: there is no place {attrs['kth']} along axis {attrs['axis']}")
    return x


def _places(x: Expr, out: Expr, axis: int) -> tuple[Expr, Expr]:
    """Where the elements in order are in x, and which of them each of the result is."""
    return x.op("argsort", axis=axis), out.op("argsort", axis=axis).op("argsort", axis=axis)


def _jvp(x: Expr, x_dot: Expr, out: Expr, attrs: AttrDict) -> Expr:
    order, rank = _places(x, out, attrs["axis"])
    return take_along(take_along(x_dot, order, attrs["axis"]), rank, attrs["axis"])


def _vjp(x: Expr, out: Expr, g: Expr, attrs: AttrDict) -> Expr:
    order, rank = _places(x, out, attrs["axis"])
    return add_along(add_along(g, rank, attrs["axis"]), order, attrs["axis"])


define(
    "partition",
    lambda types, attrs: (_type("partition", types, attrs),),
    partition,
    custom_with_attrs(_jvp, _vjp),
    kinds="biufc",
)
define(
    "argpartition",
    lambda types, attrs: (Array(I64, _type("argpartition", types, attrs).shape),),
    argpartition,
    Zero(),
    kinds="biufc",
)
