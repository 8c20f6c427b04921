"""Slices `x[i : i + n : s]` whose start only run time knows: a window of known size, and every s-th element of it.

So a convolution picks the pixels that one of its weights sees: `image[y : y + s * rows : s, x : x + s * cols : s]`.
"""

from __future__ import annotations

from myialike.infer.emit import cast, pointwise
from myialike.infer.machine import Machine
from myialike.infer.ranges import whole
from myialike.infer.sized import FULL, is_index
from myialike.infer.symbolic import distance
from myialike.infer.values import NONE, Const, Num, Slice, Tup, Value, as_num
from myialike.ir.types import I64


def strided(m: Machine, index: Value) -> tuple[Value, Value] | None:
    """The index of the windows, and that of the steps in what it gives; None where there are no such slices."""
    outer: list[Value] = []
    inner: list[Value] = []
    found = False
    for part in map(m.use, index.items if isinstance(index, Tup) else (index,)):
        window = _window(m, part) if isinstance(part, Slice) else None
        found = found or window is not None
        outer.append(part if window is None else window)
        if isinstance(part, Slice):
            inner.append(FULL if window is None else Slice(NONE, NONE, part.step))
        elif isinstance(part, Const) and (part.value is None or part.value is Ellipsis):
            inner.append(FULL if part.value is None else part)
        elif not is_index(part):
            return None
    return (Tup(tuple(outer)), Tup(tuple(inner))) if found else None


def _window(m: Machine, part: Slice) -> Slice | None:
    """`i : i + k`, from the first element of `i : i + n : s` to the last, with i not negative; None for other slices.

    What of the slice is outside of the axis is also outside of the window, so both are cut alike.
    """
    start, stop, step = as_num(part.start), as_num(part.stop), part.step
    if not isinstance(step, Const) or not isinstance(step.value, int) or step.value < 2:
        return None
    if start is None or stop is None or start.low is None or start.low < 0:
        return None
    length = distance(m, start.atom, stop.atom)
    if length is None or length < 1:
        return None
    size = (length - 1) // step.value * step.value + 1
    first = cast(m, start.atom, I64)
    end = Num(pointwise(m, "add", first, whole(size)), "python", start.low + size)
    return Slice(part.start, end, NONE)
