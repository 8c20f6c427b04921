"""Slices with bounds known only at run time: what `slice.indices` gives, as numbers of the program."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from myialike.errors import TypeCheckError
from myialike.infer.emit import broadcast, cast, pointwise
from myialike.infer.machine import Machine, array_type
from myialike.infer.values import Const, Slice, Value, as_num
from myialike.ir.syntax import Atom, Lit
from myialike.ir.types import I64, Array, static_shape


def whole(n: int) -> Lit:
    return Lit(n, Array(I64))


def slice_range(m: Machine, part: Slice, size: Atom) -> tuple[Atom, Atom, int]:
    """Start, number of items and step of a slice of `size` items; the step must be known, and is not 0."""
    step = 1 if is_absent(part.step) else m.known(part.step, "the step of this slice")
    if step == 0:
        m.fail(TypeCheckError, "slice step cannot be zero")
    first, last = (whole(0), size) if step > 0 else (pointwise(m, "sub", size, whole(1)), whole(-1))
    start = first if is_absent(part.start) else bound(m, part.start, size, step)
    stop = last if is_absent(part.stop) else bound(m, part.stop, size, step)
    to_an_end = is_absent(part.stop) or (is_absent(part.start) and step > 0)
    return start, count(m, start, stop, step, to_an_end), step


def is_absent(value: Value) -> bool:
    return isinstance(value, Const) and value.value is None


def bound(m: Machine, value: Value, size: Atom, step: int) -> Atom:
    """A bound of a slice, counted from the start and clipped: to [0, size], for a negative step to [-1, size - 1]."""
    num = as_num(value)
    if num is None or num.dtype.kind not in "iub":
        m.fail(TypeCheckError, f"bounds of a slice are ints or None, not {m.describe(value)}")
    at, low, high = cast(m, num.atom, I64), num.low, num.high
    if isinstance(at, Lit):
        low = high = int(at.value)
    if low is None or low < 0:
        at = pointwise(m, "select", pointwise(m, "lt", at, whole(0)), pointwise(m, "add", at, size), at)
        least = whole(0 if step > 0 else -1)
        at = pointwise(m, "maximum", at, least)
    most = size if step > 0 else pointwise(m, "sub", size, whole(1))
    if isinstance(most, Lit) and high is not None and high <= most.value and (low is None or low >= -most.value - 1):
        return at
    return pointwise(m, "minimum", at, most)


def count(m: Machine, start: Atom, stop: Atom, step: int, ordered: bool) -> Atom:
    """How many items lie from `start` to before `stop`; `ordered` says that `stop` is not on the wrong side."""
    if isinstance(start, Lit) and start.value == 0 and step > 0:
        distance = stop
    else:
        distance = pointwise(m, "sub", stop, start) if step > 0 else pointwise(m, "sub", start, stop)
    if abs(step) != 1:
        more = pointwise(m, "add", distance, whole(abs(step) - 1))
        distance = pointwise(m, "floordiv", more, whole(abs(step)))
    return distance if ordered else pointwise(m, "maximum", distance, whole(0))


def check_range(m: Machine, ok: Atom, atom: Atom, message: str, more: Sequence[Atom] = ()) -> None:
    """Raise an IndexError that names the first index that is not `ok`, and `more`."""
    shape = static_shape(array_type(ok))
    if 0 in shape:
        return
    if shape:
        size = (math.prod(shape),)
        bad = cast(m, m.emit("reshape", pointwise(m, "logical_not", ok), shape=size), np.dtype(np.int8))
        first = m.emit("argmax", bad, axis=0)
        ok = m.emit("reduce_and", ok, axes=tuple(range(len(shape))))
        atom = m.emit("index", m.emit("reshape", broadcast(m, atom, shape), shape=size), first, spec=(("i",),))
    m.check(ok, "builtins.IndexError", message, [atom, *more])
