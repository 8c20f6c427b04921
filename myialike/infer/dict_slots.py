"""Where the keys of a dict of run-time keys are: a hash table beside the list of the keys, with open addressing.

It is an array of ints with at least twice as many slots as the list has room: a slot has the index of a key in the
list, or -1. A key is looked for from the slot that its hash says, slot by slot, until it is found or a slot is free
(Knuth, The Art of Computer Programming 3, section 6.4, algorithms L and R), so that takes a time that does not depend
on the number of keys. What a hash is, is in `dict_keys`.

The order of the keys is that of the list. A dict has slots from when the list is one of run-time length (`renew`), and
what changes the list, all of which is in `library.dicts`, changes the slots too. A dict that is an item of a list has
none, and neither has one that is such on one of two paths that meet: there a key is compared with all keys. Slots say
nothing about a dict but where its keys are, so it may lose them anywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from myialike.infer.dict_keys import LOW, hash_of
from myialike.infer.emit import cast, pointwise
from myialike.infer.heap import ArrayState, GrownState, ObjectState, RowState, SlotsState
from myialike.infer.items import only_numbers
from myialike.infer.machine import Machine, array_type
from myialike.infer.ranges import whole
from myialike.infer.rows import attribute_of, is_view, place_of, row_atoms
from myialike.infer.values import Ref, Value, as_num
from myialike.ir.syntax import Atom, Lit
from myialike.ir.types import BOOL, I64, Array
from myialike.library.dicts import RunTimeDict

FREE = -1
FACTOR = 2654435769  # 2**32 by the golden ratio: Fibonacci hashing


@dataclass(frozen=True, slots=True)
class Names:
    """The keys of a dict: the list `of` them, and the object that says where in it they are, if there can be one."""

    of: Ref
    slots: int | None


def names_in(m: Machine, table: Value) -> Names:
    """The keys of a dict of run-time keys."""
    assert isinstance(table, Ref)
    is_row = isinstance(m.heap.states[table.id], RowState)
    names, slots = part_of(m, table, "_names"), None if is_row else part_of(m, table, "_slots")
    assert isinstance(names, Ref)
    return Names(names, slots.id if isinstance(slots, Ref) else None)


def part_of(m: Machine, table: Ref, name: str) -> Value | None:
    """A part of a dict of run-time keys; of one that is an item of a list, only that is shown."""
    m.readable(table.id)
    state = m.heap.states[table.id]
    if isinstance(state, RowState):
        return attribute_of(m, state, name)
    assert isinstance(state, ObjectState)
    return state.items[state.names.index(name)]


def renew(m: Machine, id: int) -> None:
    """Make the slots of the keys in a list anew, if it is that of a dict, after it has got another form."""
    for state in m.heap.states.values() if m.open_dicts else ():
        if isinstance(state, ObjectState) and state.cls is RunTimeDict and state.items[0] == Ref(id):
            slots = state.items[2]
            assert isinstance(slots, Ref)
            make(m, Names(Ref(id), slots.id))
            return


def make(m: Machine, names: Names) -> None:
    """Make the slots of a dict anew."""
    state = m.heap.states[names.of.id]
    if names.slots is not None:
        found = isinstance(state, GrownState) and only_numbers(state.spec) and not is_view(m, state)
        new = (m.new_array(_filled(m, state)),) if found and isinstance(state, GrownState) else ()
        m.heap.states[names.slots] = SlotsState(new)


def slots_of(m: Machine, names: Names) -> Atom | None:
    """The array that says where the keys of a dict are, if there is one."""
    array = _array(m, names)
    return None if array is None else m.array(array)


def write(m: Machine, names: Names, new: Atom) -> None:
    """Give a dict other slots. Whoever changes the list of the keys notes what else that changes."""
    array = _array(m, names)
    assert array is not None
    m.heap.states[array] = ArrayState(new)


def _array(m: Machine, names: Names) -> int | None:
    state = None if names.slots is None else m.heap.states[names.slots]
    array = state.items[0] if isinstance(state, SlotsState) and state.items else None
    return array.id if isinstance(array, Ref) else None


def put(m: Machine, slots: Atom, slot: Atom, at: Atom) -> Atom:
    """Slots with another index in a slot."""
    place, operands = place_of(slot)
    return m.emit("index_set", slots, at, *operands, hint="slots", spec=(place,))


def _read(m: Machine, slots: Atom, slot: Atom) -> Atom:
    place, operands = place_of(slot)
    return m.emit("index", slots, *operands, hint="at", spec=(place,))


def seek(m: Machine, slots: Atom, hash: Atom, is_other: Callable[[Atom], Atom]) -> tuple[Atom, Atom]:
    """From the slot of a hash on, the first that is free or has an index that is not another one; and what it has."""
    start = _slot(m, slots, hash)
    cond, body = m.builder.child(), m.builder.child()
    with m.inside(cond, m.heap):
        _, at = cond.param("slot", Array(I64)), cond.param("at", Array(I64))
        is_used = pointwise(m, "ge", at, whole(0))
        going = pointwise(m, "logical_and", is_used, is_other(pointwise(m, "maximum", at, whole(0))))
    with m.inside(body, m.heap):
        slot, _ = body.param("slot", Array(I64)), body.param("at", Array(I64))
        after = _next(m, slots, slot)
        turn = body.block((after, _read(m, slots, after)))
    found = m.builder.while_((start, _read(m, slots, start)), cond.block((going,)), turn)
    return found[0], found[1]


def free_slot(m: Machine, slots: Atom, hash: Atom) -> Atom:
    """The slot that a key which is not there is to have."""
    return seek(m, slots, hash, lambda _: Lit(True, Array(BOOL)))[0]


def _filled(m: Machine, names: GrownState) -> Atom:
    """Slots of the keys that are in a list."""
    size = 1 << (2 * names.capacity - 1).bit_length()
    slots = m.builder.full(Array(I64, (size,)), FREE, "slots")
    count = as_num(names.items[0])
    assert count is not None
    if isinstance(count.atom, Lit) and count.atom.value == 0:
        return slots
    body = m.builder.child()
    with m.inside(body, m.heap):
        k, now = body.param("k", Array(I64)), body.param("slots", array_type(slots))
        slot = free_slot(m, now, hash_at(m, names, k))
        turn = body.block((put(m, now, slot, k),))
    return m.builder.for_((whole(0), count.atom, whole(1)), (slots,), turn)[0]


def without(m: Machine, names: GrownState, slots: Atom, at: Atom) -> Atom:
    """Slots after the key at an index has left the list, in which the others move up.

    The slot that becomes free gets the next index that is looked for from there or before, and so on.
    """
    hole, _ = seek(m, slots, hash_at(m, names, at), lambda k: pointwise(m, "ne", k, at))
    slot = _next(m, slots, hole)
    types = [slots.type, Array(I64), Array(I64), Array(I64)]
    cond, body = m.builder.child(), m.builder.child()
    hints = ("slots", "hole", "slot", "at")
    with m.inside(cond, m.heap):
        *_, k = [cond.param(h, t) for h, t in zip(hints, types, strict=True)]
        going = cond.block((pointwise(m, "ge", k, whole(0)),))
    with m.inside(body, m.heap):
        now, to, place, k = [body.param(h, t) for h, t in zip(hints, types, strict=True)]
        begins = _slot(m, now, hash_at(m, names, pointwise(m, "maximum", k, whole(0))))
        moves = pointwise(m, "ge", _way(m, now, begins, place), _way(m, now, to, place))
        after = put(m, now, to, k)  # if it does not move, what is there is replaced later
        following = _next(m, now, place)
        freed = pointwise(m, "select", moves, place, to)
        turn = body.block((after, freed, following, _read(m, now, following)))
    moved, free, *_ = m.builder.while_((slots, hole, slot, _read(m, slots, slot)), going, turn)
    left = put(m, moved, free, whole(FREE))
    return pointwise(m, "sub", left, cast(m, pointwise(m, "gt", left, at), I64))


def hash_at(m: Machine, names: GrownState, at: Atom) -> Atom:
    """The hash of the key at an index."""
    return hash_of(m, row_atoms(m, names, at))


# -- slots ------------------------------------------------------------------------------------------------------------


def _last(slots: Atom) -> int:
    size = array_type(slots).shape[0]
    assert isinstance(size, int)
    return size - 1


def _slot(m: Machine, slots: Atom, hash: Atom) -> Atom:
    """The slot from which a key of this hash is looked for: the high bits of a product."""
    last = _last(slots)
    folded = pointwise(m, "bit_xor", hash, pointwise(m, "shift_right", hash, whole(32)))
    low = pointwise(m, "bit_and", folded, whole(LOW))
    high = pointwise(m, "shift_right", pointwise(m, "mul", low, whole(FACTOR)), whole(max(32 - last.bit_length(), 0)))
    return pointwise(m, "bit_and", high, whole(last))


def _next(m: Machine, slots: Atom, slot: Atom) -> Atom:
    return pointwise(m, "bit_and", pointwise(m, "add", slot, whole(1)), whole(_last(slots)))


def _way(m: Machine, slots: Atom, start: Atom, end: Atom) -> Atom:
    """How many slots on one is from another."""
    return pointwise(m, "bit_and", pointwise(m, "sub", end, start), whole(_last(slots)))
