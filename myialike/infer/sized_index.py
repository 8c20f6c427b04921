"""Index arrays and arrays of run-time size: `x[i]` where x, or i, has a size that is known only at run time.

What of an index array lies outside of its part is 0, so that reading it is right; what is read there lies outside of
the result. What is written there goes to a row of its own, after the last, which is dropped.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from myialike.errors import UnsupportedError
from myialike.infer.emit import cast, pointwise
from myialike.infer.machine import Machine, array_type
from myialike.infer.ranges import check_range, whole
from myialike.infer.sized import (
    FULL,
    Extents,
    Operand,
    Part,
    align,
    filled,
    from_list,
    inside,
    is_sized,
    make,
    moved,
    operand_of,
    part_of,
    per_axis,
    plain,
    resized,
    shape_of,
    window,
)
from myialike.infer.values import Const, Ref, Slice, Tup, Value, as_num
from myialike.ir.types import BOOL, I64, Array, static_shape
from myialike.library import run_time_arrays


def concerns(m: Machine, base: Value, index: Value) -> bool:
    """Whether there is an index array, and that or the array has a run-time size."""
    parts = [m.use(p) for p in index.items] if isinstance(index, Tup) else [m.use(index)]
    arrays = [p for p in parts if _is_array(m, p)]
    return bool(arrays) and (is_sized(m, base) or any(is_sized(m, p) for p in arrays))


def _is_array(m: Machine, part: Value) -> bool:
    """An index array, or a list of ints."""
    if as_num(part) is not None or isinstance(part, (Slice, Const)):
        return False
    return isinstance(part, (Ref, Tup))


@dataclass(slots=True)
class Places:
    """An index in the making: what the array is, the index of its room, and the extents of the result."""

    part: Part
    parts: list[Value]
    extents: Extents
    shared: Extents
    shape: tuple[int, ...]


def places_of(m: Machine, base: Value, index: Value, beside: Sequence[Operand] = ()) -> Places:
    """The index as one of the room; `beside` is a value that is to lie as the index arrays do."""
    part = part_of(m, base)
    if part is None:
        assert isinstance(base, Ref)
        part = Part(base, (None,) * len(shape_of(m, base)))
    found = _expanded(m, index, len(part.extents))
    arrays = [_index_operand(m, v) if _is_array(m, v) else None for v in found]
    operands = [o for o in arrays if o is not None]
    rank = max(len(o.shape) for o in operands)
    shared = align(m, [*operands, *beside], rank)
    inner: list[Value] = []
    for axis, (value, o) in enumerate(zip(found, arrays, strict=True)):
        if o is not None:
            inner.append(_index_room(m, part, axis, o))
        elif _is_full(value) or part.extents[axis] is None:
            inner.append(value)
        else:
            m.fail(UnsupportedError, *BESIDE)
    shape = np.broadcast_shapes(*(o.shape for o in operands))
    return Places(part, inner, _result(m, part, found, arrays, shared), shared, shape)


BESIDE = (
    "an index array beside an int or a slice of an axis of run-time size is not taken",
    "index in two steps",
)


def _expanded(m: Machine, index: Value, rank: int) -> list[Value]:
    """One part of the index for each axis."""
    parts = [m.use(p) for p in index.items] if isinstance(index, Tup) else [m.use(index)]
    stand_ins = Tup(tuple(Const(0) if _is_array(m, p) else p for p in parts))
    known = per_axis(m, stand_ins, rank)
    if known is None or any(isinstance(p, Const) and p.value is None for p in known) or len(known) != rank:
        m.fail(UnsupportedError, "this index of an array of run-time size is not taken", "index in two steps")
    kept = [p for p in parts if not (isinstance(p, Const) and p.value is Ellipsis)]
    before = next((k for k, p in enumerate(parts) if isinstance(p, Const) and p.value is Ellipsis), len(parts))
    return [*kept[:before], *(FULL,) * (rank - len(kept)), *kept[before:]]


def _is_full(value: Value) -> bool:
    ends = (value.start, value.stop, value.step) if isinstance(value, Slice) else ()
    return bool(ends) and all(isinstance(v, Const) and v.value is None for v in ends)


def _index_operand(m: Machine, value: Value) -> Operand:
    value = from_list(m, value)
    if not is_sized(m, value) and m.operand(value) is None:
        value = m.call(Const(np.asarray), [value], [])
    found = operand_of(m, value)
    if found is None or array_type(found.atom).dtype.kind not in "iu":
        m.fail(UnsupportedError, f"{m.describe(value)} as an index of an array of run-time size is not taken")
    found.atom = cast(m, found.atom, I64)
    return found


def _index_room(m: Machine, part: Part, axis: int, o: Operand) -> Value:
    """An index array as one of the room: checked, counted from the start of the room, 0 outside of its part."""
    room = plain(m, o)
    assert isinstance(room, Ref)
    lone = Part(room, tuple(o.extents))
    within = inside(m, lone, range(len(o.extents)))
    atom = m.array(filled(m, lone, 0).id)
    own = part.extents[axis]
    size = whole(shape_of(m, part.room)[axis]) if own is None else own.size
    at = pointwise(m, "select", pointwise(m, "lt", atom, whole(0)), pointwise(m, "add", atom, size), atom)
    ok = pointwise(m, "logical_and", pointwise(m, "le", whole(0), at), pointwise(m, "lt", at, size))
    if within is not None:
        ok = pointwise(m, "logical_or", ok, pointwise(m, "logical_not", within))
    check_range(m, ok, atom, f"index {{}} is out of bounds for axis {axis} with size {{}}", [size])
    if own is not None:
        at = pointwise(m, "add", own.start, at)
    bound = shape_of(m, part.room)[axis]
    return m.new_array(pointwise(m, "minimum", pointwise(m, "maximum", at, whole(0)), whole(max(bound - 1, 0))))


def _result(
    m: Machine, part: Part, found: Sequence[Value], arrays: Sequence[Operand | None], shared: Extents
) -> Extents:
    """The extents of what is picked: the axes of the index arrays are where NumPy puts them."""
    indexed = [k for k, (v, o) in enumerate(zip(found, arrays, strict=True)) if o is not None or as_num(v) is not None]
    rest = [part.extents[k] if _is_full(v) else None for k, v in enumerate(found) if k not in indexed]
    adjacent = indexed == list(range(indexed[0], indexed[-1] + 1))
    at = indexed[0] if adjacent else 0
    return (*rest[:at], *shared, *rest[at:])


def gather(m: Machine, base: Value, index: Value) -> Value:
    """`base[index]`."""
    found = places_of(m, base, index)
    room = m.array(found.part.room.id)
    for axis, part in enumerate(found.parts):
        if isinstance(part, Ref) and not static_shape(array_type(room))[axis]:
            room = resized(m, room, axis, 1)  # so that there is an element to read for what lies outside
    array = m.new_array(room, m.kind(found.part.room.id))
    return make(m, m.call(Const(operator.getitem), [array, Tup(tuple(found.parts))], []), found.extents)


def scatter(m: Machine, base: Ref, index: Value, value: Value, by: object = None) -> None:
    """`base[index] = value`, or `by(base, index, value)`: `np.add.at`."""
    value = from_list(m, value)
    given = operand_of(m, value)
    if given is not None and by in (None, np.add.at) and (place := _rows_of(m, base, index, given)) is not None:
        m.call(Const(run_time_arrays.put_rows), [base, place, value, Const(by is not None)], [])
        return
    found = places_of(m, base, index, [] if given is None else [given])
    rows = next(k for k, p in enumerate(found.parts) if isinstance(p, Ref))
    if given is not None and (len(given.shape) > len(found.shape) or any(_is_full(v) for v in found.parts)):
        m.fail(UnsupportedError, "writing these values at places of run-time number is not taken", "write a loop")
    like = m.new_array(m.builder.full(Array(BOOL, found.shape), True))
    within = inside(m, Part(like, found.shared), range(len(found.shape)))
    old = m.array(found.part.room.id)
    size = static_shape(array_type(old))[rows]
    longer = m.new_array(moved(m, old, rows, whole(0), size + 1))
    parts = list(found.parts)
    if within is not None:
        own = parts[rows]
        assert isinstance(own, Ref)
        parts[rows] = m.new_array(pointwise(m, "select", within, m.array(own.id), whole(size)))
    new = value if given is None else plain(m, given)
    m.call(Const(operator.setitem if by is None else by), [longer, Tup(tuple(parts)), new], [])
    m.write(found.part.room.id, window(m, m.array(longer.id), rows, whole(0), size))


def _rows_of(m: Machine, base: Ref, index: Value, given: Operand) -> Value | None:
    """The places along the first axis at which an index writes rows of a matrix; None for any other index."""
    place = m.use(index.items[0]) if isinstance(index, Tup) and len(index.items) == 1 else m.use(index)
    if is_sized(m, base) or not _is_array(m, place) or not 2 <= max(len(given.shape), 2) <= len(shape_of(m, base)):
        return None
    return from_list(m, place) if len(_index_operand(m, place).shape) == 1 else None
