"""Assignments between two parts of one array that overlap.

NumPy copies the right side first where the parts overlap, but not where the left side has one axis and both step in one
direction: then it copies element by element, from the lowest of the left side up, or from the highest down if the right
side begins below the left and reaches it. Where the steps are of one size that makes no difference. Where they are not,
an element may be written before it is read:

    a[::2] = a[:3]      of 0 1 2 3 4 5 is 0 1 1 3 1 5: a[2] is 1 by the time that it is read
    a[:, k] = a[r]      the element a[r, k] is of both, and is written first if 0 < r < k

That is of no use to anybody, and is refused. `a[:, k] = a[k]` and all else that can be seen to be harmless is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from myialike.infer.heap import ArrayState, ViewState
from myialike.infer.layout import reshaped
from myialike.infer.machine import Machine, array_type
from myialike.infer.symbolic import total
from myialike.ir.syntax import Atom, Lit
from myialike.ir.types import I64, Array, static_shape
from myialike.ops.indexing import Spec

MOST = 2**22  # pairs of elements that are compared
Scaled = tuple[tuple[Atom, int], ...]  # a sum of atoms times ints


@dataclass(frozen=True, slots=True)
class _Part:
    """Where the elements of a part of an array lie: the first at `start`, steps and sizes of the axes."""

    start: Scaled
    strides: tuple[int, ...]
    shape: tuple[int, ...]


def depends_on_order(m: Machine, target: int, spec: Spec, operands: Sequence[Atom], source: int) -> bool:
    """Whether what `target[spec] = source` gives depends on the order in which NumPy copies the elements."""
    if not isinstance(m.heap.states[source], ViewState) or m.heap.root(source) != m.heap.root(target):
        return False
    whole, right = _part(m, target), _part(m, source)
    left = None if whole is None else _indexed(whole, spec, operands)
    if left is None or right is None or len(left.shape) != 1 or not right.shape or right.shape[-1] != left.shape[0]:
        return False
    (up, across), count = (left.strides[0], right.strides[-1]), left.shape[0]
    if up == across or up * across <= 0 or count < 2:
        return False
    terms, rest = total(m, [*left.start, *((a, -k) for a, k in right.start)])
    if up < 0:  # from the other end
        rest, up, across = rest + (up - across) * (count - 1), -up, -across
    root = static_shape(array_type(m.array(m.heap.root(target))))
    return _may_clash(up, across, count, [times for _, times in terms], rest, max(root))


def _may_clash(up: int, across: int, count: int, times: Sequence[int], rest: int, bound: int) -> bool:
    """Whether an element may be written before it is read: the left side begins `rest`, and a sum of `times` numbers
    from 0 to `bound`, above the right."""
    low = rest + sum(min(k, 0) for k in times) * (bound - 1)
    high = rest + sum(max(k, 0) for k in times) * (bound - 1)
    if low > across * (count - 1) or high < -up * (count - 1):
        return False
    if len(times) > 1 or count * bound > MOST:
        return True
    number = np.arange(bound if times else 1)
    distance = (rest + (times[0] if times else 0) * number)[:, None]
    written = np.arange(count)
    address = distance + up * written
    read = address // across
    both = (address % across == 0) & (read >= 0) & (read < count)
    down = (distance > 0) & (distance < count * across)
    return bool(np.any(both & np.where(down, written > read, written < read)))


def _part(m: Machine, id: int) -> _Part | None:
    """Where an array object lies in the array that owns its data; None where that is not known."""
    state = m.heap.states[id]
    if isinstance(state, ArrayState):
        strides = m.strides(id)
        return None if strides is None else _Part((), strides, static_shape(state.type))
    if not isinstance(state, ViewState):
        return None
    base, step = _part(m, state.base), state.step
    if base is None:
        return None
    attrs = dict(step.attrs)
    if step.op == "transpose":
        order = attrs["perm"]
        return _Part(base.start, tuple(base.strides[k] for k in order), tuple(base.shape[k] for k in order))
    if step.op == "reshape":
        strides = reshaped(base.strides, base.shape, attrs["shape"])
        return None if strides is None else _Part(base.start, strides, attrs["shape"])
    return _indexed(base, attrs["spec"], step.operands) if step.op == "index" else None


def _indexed(part: _Part, spec: Spec, operands: Sequence[Atom]) -> _Part | None:
    """A part of a part; None for index arrays."""
    start, strides, shape = list(part.start), list[int](), list[int]()
    rest, axis = iter(operands), 0
    for entry in spec:
        if entry[0] == "new":
            strides.append(0)
            shape.append(1)
            continue
        stride = part.strides[axis]
        match entry:
            case ("int", k):
                start.append((Lit(k, Array(I64)), stride))
            case ("i",):
                start.append((next(rest), stride))
            case ("slice", first, count, step):
                start.append((Lit(first, Array(I64)), stride))
                strides.append(stride * step)
                shape.append(count)
            case ("dyn", count):
                start.append((next(rest), stride))
                strides.append(stride)
                shape.append(count)
            case _:
                return None
        axis += 1
    return _Part(tuple(start), tuple(strides), tuple(shape))
