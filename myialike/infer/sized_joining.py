"""Joining arrays of run-time size: `concatenate`, `stack` and their kin.

Along the axis that they are joined on, the parts are moved one behind the other into a room that holds all of them;
along the others their sizes must be equal.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from myialike.errors import ShapeError, UnsupportedError
from myialike.infer.emit import cast, pointwise
from myialike.infer.growing import grown
from myialike.infer.heap import ListState
from myialike.infer.machine import Machine, array_type
from myialike.infer.picked import packed
from myialike.infer.ranges import is_absent, whole
from myialike.infer.sequences import required_items
from myialike.infer.sized import (
    FULL,
    Extent,
    Extents,
    Operand,
    Part,
    align_axis,
    from_list,
    inside,
    is_sized,
    make,
    moved,
    operand_of,
    part_of,
    window,
)
from myialike.infer.sized_shapes import ravel
from myialike.infer.values import NONE, Const, Ref, Tup, Value, as_num
from myialike.ir.syntax import Atom
from myialike.ir.types import static_shape

UNEQUAL = (
    "all the input array dimensions except for the concatenation axis must match exactly, but there are sizes {} and {}"
)
NEW = Const(None)
END = Const(Ellipsis)


def inner_values(m: Machine, value: Value) -> Sequence[Value]:
    """The items of a tuple or list of arrays, as `np.concatenate` takes it."""
    state = m.state(value.id) if isinstance(value, Ref) else None
    return value.items if isinstance(value, Tup) else state.items if isinstance(state, ListState) else ()


def concatenate(m: Machine, arrays: Value, axis: Value = Const(0)) -> Value:
    """`np.concatenate` of arrays, or of a list of run-time length of them."""
    state = grown(m, arrays)
    if state is not None:
        return rows_joined(m, arrays, axis)
    items = [array_of(m, v) for v in inner_values(m, arrays)]
    where = m.known(axis, "an axis")
    if where is None:
        items, where = [ravel(m, v) if is_sized(m, v) else m.call(Const(np.ravel), [v], []) for v in items], 0
    return joined(m, items, where)


def array_of(m: Machine, value: Value) -> Value:
    """An array, of run-time size or not, of what is one or a list of numbers."""
    value = from_list(m, packed(m, m.use(value)))
    return value if is_sized(m, value) else m.call(Const(np.asarray), [value], [])


def joined(m: Machine, items: Sequence[Value], axis: int) -> Value:
    operands = [o for o in (operand_of(m, v) for v in items) if o is not None]
    rank = len(operands[0].shape) if operands else 0
    if len(operands) < len(items) or any(len(o.shape) != rank for o in operands):
        m.fail(ShapeError, "the arrays that are joined have different ranks", "give all the same rank above 0")
    if not -rank <= axis < rank:
        m.fail(ShapeError, f"axis {axis} is out of bounds for array of dimension {rank}")
    where = axis % rank
    rest = [None if k == where else align_axis(m, [(o, k) for o in operands], UNEQUAL, ones=True) for k in range(rank)]
    dtype = np.result_type(*(array_type(o.atom).dtype for o in operands))
    for o in operands:
        o.atom = cast(m, o.atom, dtype)
    atom, extent = behind(m, operands, where)
    return make(m, m.new_array(atom), tuple(extent if k == where else e for k, e in enumerate(rest)))


def behind(m: Machine, operands: Sequence[Operand], axis: int) -> tuple[Atom, Extent | None]:
    """One behind the other along an axis."""
    if all(o.extents[axis] is None for o in operands):
        return m.emit("concatenate", *(o.atom for o in operands), axis=axis), None
    total = sum(o.shape[axis] for o in operands)
    at: Atom = whole(0)
    out: Atom | None = None
    for o in operands:
        extent = o.extents[axis] or Extent(whole(0), whole(o.shape[axis]))
        here = window(m, o.atom, axis, extent.start, o.shape[axis])
        placed = m.new_array(moved(m, here, axis, at, total))
        own: Extents = tuple(Extent(at, extent.size) if k == axis else None for k in range(len(o.shape)))
        mask = inside(m, Part(placed, own), [axis])
        new = m.array(placed.id)
        out = new if out is None or mask is None else pointwise(m, "select", mask, new, out)
        at = pointwise(m, "add", at, extent.size)
    assert out is not None
    return out, Extent(whole(0), at)


def rows_joined(m: Machine, arrays: Value, axis: Value) -> Value:
    """`np.concatenate` of a list of run-time length of arrays: along their first axis, which the list's joins."""
    part = part_of(m, from_list(m, arrays))
    if m.known(axis, "an axis") != 0 or part is None or len(part.extents) < 2 or part.axes() != [0]:
        return m.call(Const(np.concatenate), [m.new_list(required_items(m, arrays, "np.concatenate")), axis], [])
    atom = m.array(part.room.id)
    shape = static_shape(array_type(atom))
    room = m.new_array(m.emit("reshape", atom, shape=(shape[0] * shape[1], *shape[2:])), m.kind(part.room.id))
    extent = part.extents[0]
    assert extent is not None
    size = pointwise(m, "mul", extent.size, whole(shape[1]))
    return make(m, room, (Extent(whole(0), size), *part.extents[2:]))


def append(m: Machine, arr: Value, values: Value, axis: Value = NONE) -> Value:
    return concatenate(m, Tup((arr, values)), axis)


def stack(m: Machine, arrays: Value, axis: Value = Const(0)) -> Value:
    """`np.stack` of arrays of one shape, or of a list of run-time length of them."""
    state, where = grown(m, arrays), m.known(axis, "an axis")
    if state is not None:
        rows = m.call(Const(np.array), [arrays], [])
        return rows if where == 0 else m.call(Const(np.moveaxis), [rows, Const(0), Const(where)], [])
    items = [array_of(m, v) for v in inner_values(m, arrays)]
    rank = 1 + max(rank_of(m, v) for v in items)
    if not -rank <= where < rank:
        m.fail(ShapeError, f"axis {where} is out of bounds for array of dimension {rank}")
    index = Tup((*(FULL,) * (where % rank), NEW, END))
    return joined(m, [m.call(Const(operator.getitem), [v, index], []) for v in items], where)


def rank_of(m: Machine, value: Value) -> int:
    part = part_of(m, value)
    found = None if part is not None else m.operand(value)
    return len(part.extents) if part is not None else array_type(found[0]).ndim if found is not None else 0


# What gives the items of `np.vstack` and its kin their rank: an index for each rank that is too low; and the axis.
VERTICAL: dict[int, tuple[Value, ...]] = {0: (NEW, NEW), 1: (NEW, FULL)}
COLUMNS: dict[int, tuple[Value, ...]] = {0: (NEW, NEW), 1: (FULL, NEW)}
DEEP: dict[int, tuple[Value, ...]] = {0: (NEW, NEW, NEW), 1: (NEW, FULL, NEW), 2: (FULL, FULL, NEW)}


def vstack(m: Machine, tup: Value) -> Value:
    return stacked(m, tup, VERTICAL, 0)


def column_stack(m: Machine, tup: Value) -> Value:
    return stacked(m, tup, COLUMNS, 1)


def dstack(m: Machine, tup: Value) -> Value:
    return stacked(m, tup, DEEP, 2)


def hstack(m: Machine, tup: Value) -> Value:
    if grown(m, tup) is not None:
        return concatenate(m, tup)
    items = [array_of(m, v) for v in inner_values(m, tup)]
    items = [v if rank_of(m, v) else m.call(Const(np.atleast_1d), [v], []) for v in items]
    return joined(m, items, min(rank_of(m, items[0]) - 1, 1))


def stacked(m: Machine, tup: Value, raised: dict[int, tuple[Value, ...]], axis: int) -> Value:
    state = grown(m, tup)
    if state is not None:
        if axis == 0 and state.spec[0] == "array" and len(state.spec[2]) == 1:
            return m.call(Const(np.array), [tup], [])
        fn = {0: np.vstack, 1: np.column_stack, 2: np.dstack}[axis]
        return m.call(Const(fn), [m.new_list(required_items(m, tup, fn.__name__))], [])
    items = [array_of(m, v) for v in inner_values(m, tup)]
    shaped = [
        m.call(Const(operator.getitem), [v, Tup(raised[r])], []) if (r := rank_of(m, v)) in raised else v for v in items
    ]
    return joined(m, shaped, axis)


def array(m: Machine, value: Value, dtype: Value = NONE) -> Value:
    """`np.array` of a list or tuple of arrays of which some have a run-time size: all of one shape."""
    items = inner_values(m, value)
    if any(as_num(v) is not None for v in items):
        m.fail(UnsupportedError, "an array of numbers and arrays of run-time size is not taken", "use np.append")
    rows = stack(m, Tup(tuple(items)))
    return rows if is_absent(dtype) else m.call(Const(np.astype), [rows, dtype], [])


JOINING: dict[Any, Callable[..., Value]] = {
    np.concatenate: concatenate,
    np.append: append,
    np.stack: stack,
    np.vstack: vstack,
    np.hstack: hstack,
    np.column_stack: column_stack,
    np.dstack: dstack,
}
