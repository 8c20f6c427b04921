"""Lists whose length is known only at run time.

A list whose structure is known is a row of values (`ListState`). Where a loop or a branch makes its length depend on
data, it becomes a `GrownState`: a length, and an array for each leaf of an item, with room for `capacity` items.
`Regrow` says that a list must be one before a loop or branch begins, which then is run again.

How much room there is nobody can know beforehand. A run that needs more fails a check with a `CapacityError`, and the
caller compiles the function again with more room (`myialike.api`); so no bound is asked of the user. Where a loop of
known length appends the same number of items in each turn (`loops.Loop`), the capacity is exact.

What an item is that is no number, and which object, is told in `myialike.infer.items`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import NoReturn

from myialike.errors import UnsupportedError
from myialike.infer import dict_slots
from myialike.infer.dicts import keys_beside
from myialike.infer.emit import cast, pointwise
from myialike.infer.freeze import Freezing, Thawing, index_atom
from myialike.infer.heap import (
    ArrayState,
    DictState,
    Gathered,
    GrownState,
    Home,
    ListState,
    ObjectState,
    RowState,
    State,
)
from myialike.infer.items import (
    buffers,
    columns_in_form,
    has_leaves,
    has_objects,
    has_twins,
    item_spec,
    leaves,
    link_rows,
    note_put,
    objects_of,
    only_numbers,
    opened,
    part_twins,
    stacked,
    with_room,
)
from myialike.infer.machine import Machine, NeedStatic, array_type
from myialike.infer.ranges import whole
from myialike.infer.rows import (
    is_view,
    moved,
    part_at,
    part_of_row,
    part_rows,
    place_of,
    row_atoms,
    shown,
    taken,
    whole_axes,
    with_part,
)
from myialike.infer.signals import Signal
from myialike.infer.spec import Spec, leaf_types
from myialike.infer.symbolic import congruent
from myialike.infer.values import Const, Num, Ref, Value, as_num, parts
from myialike.infer.widen import Mismatch, is_list_form, unify_specs, with_blank_lists, with_items
from myialike.ir.syntax import Atom, Lit
from myialike.ir.types import BOOL, I64, Array
from myialike.ops.effects import CAPACITY_ERROR

LISTS = (ListState, GrownState)
FIRST_CAPACITY = 64
ONE_PATH = "change it on each of the paths: `xs[i].append(v)`"
FIRST_ROOM = 16  # of lists in a list that get longer


class Regrow(Signal):
    """The list `id` must be of run-time length, with items of the structure `spec`, before the present loop or branch.

    `capacity` is how many items it must have room for, as far as that is known; `exact` says that it is all of them.
    """

    def __init__(self, id: int, spec: Spec, capacity: int | None, exact: bool = False) -> None:
        self.id, self.spec, self.capacity, self.exact = id, spec, capacity, exact
        super().__init__(id)


def grown(m: Machine, value: Value) -> GrownState | None:
    """The state of a list of run-time length, None for anything else."""
    state = m.state(value.id) if isinstance(value, Ref) else None
    return state if isinstance(state, GrownState) else None


def length(state: GrownState) -> Value:
    return state.items[0]


def length_atom(state: GrownState) -> Atom:
    num = as_num(state.items[0])
    assert num is not None
    return num.atom


def regrow(m: Machine, ids: Sequence[int], spec: Spec | None, capacities: Sequence[int]) -> None:
    """Raise `Regrow` for the first of the lists `ids` that is not yet as wide and roomy as is needed."""
    if spec is None:
        return
    for id in ids:
        state = m.heap.states[id]
        if isinstance(state, ListState):
            raise Regrow(id, spec, max(capacities, default=None))
        if isinstance(state, GrownState) and (state.spec != spec or state.capacity < max(capacities, default=0)):
            raise Regrow(id, spec, max(capacities, default=None))


def capacity_of(state: State) -> list[int]:
    return [state.capacity] if isinstance(state, GrownState) else []


# -- making one ---------------------------------------------------------------------------------------------------


def grow(m: Machine, id: int, spec: Spec, capacity: int | None = None, exact: bool = False) -> GrownState:
    """Make the list `id` one of run-time length, or its room greater or its items wider; its value stays."""
    look_again(m, id)
    state = m.heap.states[id]
    if isinstance(state, GrownState):
        new = _rebuilt(m, state, spec, capacity)
    else:
        assert isinstance(state, ListState)
        new = _built(m, state.items, spec, capacity or 0, exact, keys_beside(m, id) is not None)
        items = [v.id for v in state.items if isinstance(v, Ref)]
        if len(items) == len(state.items) > 0:
            m.heap.homes[id] = Home(tuple(items), tuple(m.heap.states[row] for row in buffers(new)))
    m.heap.states[id] = new
    show_items_again(m, id)
    dict_slots.renew(m, id)
    return new


def _built(
    m: Machine, items: Sequence[Value], spec: Spec, capacity: int, exact: bool, is_of_dict: bool
) -> GrownState:
    spec = spec if has_leaves(spec) else with_blank_lists(spec)
    site = site_of(m)
    count = max(capacity, len(items), 1) if exact else max(room(m, site, len(items)), capacity)
    if not has_leaves(spec) and not (spec[0] == "const" and is_of_dict):
        refuse(m, "a list of run-time length has items without numbers in them", "a list of known length, or numbers")
    rows = [m.new_array(with_room(m, atom, count)).id for atom in stacked(m, items, spec)]
    for item in items:
        note_put(m, objects_of(m, item), rows)
    return GrownState((Const(len(items)), *map(Ref, rows)), spec, count, site)


def _rebuilt(m: Machine, state: GrownState, spec: Spec, capacity: int | None) -> GrownState:
    count = state.capacity if capacity is None else max(capacity, 1)
    atoms = columns_in_form(m, [m.array(row) for row in buffers(state)], state.spec, spec, state.capacity)
    new = [m.new_array(with_room(m, atom, count)) for atom in atoms]
    if has_objects(spec):
        link_rows(m, [row.id for row in new], buffers(state))
    return GrownState((state.items[0], *new), spec, count, state.site)


def site_of(m: Machine) -> str:
    """A name for the present place, the same in every inference of the program; it need not be unique."""
    return f"{os.path.basename(m.loc.filename)}:{m.loc.lineno}:{m.loc.col_offset}" if m.loc else "a list"


def room(m: Machine, site: str, least: int) -> int:
    """How many items a list that begins at `site` has room for: more than `least`."""
    return max(m.capacities.get(site, FIRST_CAPACITY), 1 << least.bit_length())


def open_list(m: Machine, ref: Ref, index: Num | None = None) -> bool:
    """Make a list of known length one of run-time length, so that any `index` is reached, if its items allow that."""
    try:
        spec = item_spec(m, ref.id)
        spec = None if spec is None else spec if has_leaves(spec) else with_blank_lists(spec)
        if spec is None or not has_leaves(spec):
            return False
        grow(m, ref.id, opened(spec))
    except Mismatch:
        return False
    if index is not None:
        m.opened_by |= m.whole_roots(index.atom)
    return True


def opened_for_reading(m: Machine, items: Sequence[Value]) -> Ref | None:
    """A list of numbers, to read the item of a run-time index from; None where the items are not all numbers."""
    ref = m.new_list(items)
    try:
        spec = item_spec(m, ref.id)
    except Mismatch:
        return None
    if spec is None or not only_numbers(spec):
        return None
    grow(m, ref.id, spec, len(items), exact=True)
    return ref


# -- reading and writing -------------------------------------------------------------------------------------------


def put(m: Machine, row: int, at: Atom, atom: Atom) -> None:
    """Write one item's leaf. No object that was appended before changes, so nothing becomes unknown."""
    place, operands = place_of(at)
    spec = (place, *whole_axes(array_type(atom)))
    new = m.emit("index_set", m.array(row), atom, *operands, spec=spec)
    old = m.heap.states[row]
    if isinstance(old, ArrayState):
        m.heap.states[row] = ArrayState(new, old.kind)
    else:
        m.write(row, new, reorders=True)


def item_at(m: Machine, ref: Ref, at: Atom) -> Value:
    """The item at an index that is in range."""
    state, source = grown(m, ref), m.heap.gathered.get(ref.id)
    assert state is not None
    if source is not None:
        return item_at(m, Ref(source.of), m.emit("index", source.places, at, spec=(("i",),)))
    if not has_objects(state.spec):
        return Thawing(m, iter(row_atoms(m, state, at))).make(state.spec)
    return shown(m, ref.id, state, at)


def replaced(m: Machine, ref: Ref, at: Atom, item: Value) -> None:
    """`xs[at] = item` at an index that is in range."""
    place = _place_in(m, ref, item)
    if place is not None and congruent(m, place, at):
        return  # as at the end of `xs[at] += x`, which has changed the item itself
    state = widened(m, ref, item)
    rows, atoms, objects = buffers(state), leaves(m, item, state.spec), objects_of(m, item)
    had_twins, twin = has_twins(m, state), m.heap.twins.get(ref.id)
    moved(m, ref.id, state, at)
    twice = note_put(m, objects, rows)
    for row, atom in zip(rows, atoms, strict=True):
        put(m, row, at, atom)
    if place is not None and not had_twins:
        m.heap.twins[ref.id] = place
    elif twin is not None and not twice and congruent(m, twin, at):
        part_twins(m, state)  # two items have changed places
    if not is_view(m, state):
        m.heap.set(ref.id, state, m.loc)


def _place_in(m: Machine, ref: Ref, item: Value) -> Atom | None:
    """The index at which an object is an item of a list."""
    row = m.heap.states[item.id] if isinstance(item, Ref) else None
    if isinstance(row, RowState):
        return index_atom(row) if row.of == ref.id and not row.path else None
    found = m.heap.owners.get(item.id) if isinstance(item, Ref) else None
    return found.at if found is not None and found.of == ref.id and not found.path else None


def widened(m: Machine, ref: Ref, item: Value) -> GrownState:
    """The list's state, made to hold `item` too."""
    state = grown(m, ref)
    assert state is not None
    try:
        spec = unify_specs(state.spec, Freezing(m).add(item, dynamic=True))
    except Mismatch:
        text = f"{m.describe(item)} is put into a list of run-time length with items of type {describe_item(m, ref)}"
        refuse(m, text, "give all items one type and shape")
    if spec == state.spec:
        return state
    return widened_item(m, ref, spec) or grow(m, ref.id, spec)


def widened_item(m: Machine, ref: Ref, spec: Spec, capacity: int = 0, is_fixed: bool = True) -> GrownState | None:
    """The state of a list that is an item of another, after making that one's items wide enough; None of any other.

    `is_fixed`: the items may keep a length that is known.
    """
    found = part_of_owner(m, ref)
    if found is None or found[0][0] != "grown":
        return None
    return with_wider_part(m, ref, with_items(found[0], spec, capacity, is_fixed))


def part_of_owner(m: Machine, ref: Ref) -> tuple[Spec, GrownState] | None:
    """The structure of a list that is in an item of another, as that has it, and the other's state."""
    item = m.heap.owners.get(ref.id)
    owner = m.state(item.of) if item is not None else None
    if item is None or not isinstance(owner, GrownState):
        return None
    part = part_at(owner.spec, item.path)[1]
    return (part, owner) if is_list_form(part) else None


def with_wider_part(m: Machine, ref: Ref, part: Spec) -> GrownState | None:
    """The state of a list that is in an item of another, after giving it this structure in all of the items."""
    item = m.heap.owners[ref.id]
    owner = m.state(item.of)
    assert isinstance(owner, GrownState)
    wider = with_part(owner.spec, item.path, part)
    if wider != owner.spec and widened_item(m, Ref(item.of), wider) is None:
        grow(m, item.of, wider)
    return show_again(m, ref)


def set_length(m: Machine, ref: Ref, state: GrownState, count: Value) -> None:
    """Give a list another length, its items being in place; of an item of a list, that is a number in the list."""
    has_items = bool(buffers(state))  # one without items of a known structure shows no array
    if not (is_view(m, state) if has_items else part_of_owner(m, ref)):
        m.heap.homes.pop(ref.id, None)
        m.heap.gathered.pop(ref.id, None)
        m.heap.set(ref.id, with_length(m, state, count), m.loc)
        return
    state = widened_item(m, ref, state.spec, is_fixed=False) or state
    item, num, found = m.heap.owners.get(ref.id), as_num(count), part_of_owner(m, ref)
    if item is None or found is None:
        refuse(m, "a list in a list gets another length, and which one it is depends on the path", ONE_PATH)
    assert num is not None
    lengths = part_rows(found[1], item.path)[0]
    known = m.heap.unknown.get(ref.id)
    put(m, lengths, item.at, num.atom)
    m.heap.set(m.heap.root(lengths), m.heap.states[m.heap.root(lengths)], m.loc)  # others have read the length
    if known is None:
        m.heap.unknown.pop(ref.id, None)
    m.heap.states[ref.id] = with_length(m, state, count)


def become(m: Machine, ref: Ref, state: GrownState, new: GrownState) -> None:
    """Give a list the items of another of the same structure."""
    moved(m, ref.id, state)
    for old, fresh in zip(buffers(state), buffers(new), strict=True):
        atom = with_room(m, m.array(fresh), state.capacity)
        if isinstance(m.heap.states[old], ArrayState):
            m.heap.states[old] = ArrayState(atom)
        else:
            m.write(old, atom, reorders=True)
    set_length(m, ref, state, length(new))


def open_item(m: Machine, ref: Ref) -> bool:
    """Make a list that was copied out of a list of run-time length one that shows what is there, if it can be."""
    if ref.id not in m.heap.owners:
        return False
    outermost = ref.id
    while outermost in m.heap.owners:
        outermost = m.heap.owners[outermost].of
    state = m.state(outermost)
    if not isinstance(state, GrownState) or opened(state.spec) == state.spec:
        return False
    grow(m, outermost, opened(state.spec))
    return show_again(m, ref) is not None


def show_again(m: Machine, ref: Ref) -> GrownState | None:
    """An object that is in an item of a list, after that one has got another form."""
    if m.heap.owners[ref.id].of in m.heap.owners:
        show_again(m, Ref(m.heap.owners[ref.id].of))
    item = m.heap.owners[ref.id]
    new = item_at(m, Ref(item.of), item.at)
    for k in item.path:
        new = part_of_item(m, new, k)
    assert isinstance(new, Ref)
    state = m.heap.states[ref.id] = m.heap.states[new.id]
    m.heap.owners[ref.id] = m.heap.owners.pop(new.id)
    m.heap.stand_in(ref.id, new.id)
    return state if isinstance(state, GrownState) else None


def look_again(m: Machine, id: int) -> None:
    """Look again at a list in an item of another, if it may have become longer or shorter there under another name."""
    unknown = m.heap.unknown.get(id)
    if unknown is None or not unknown.is_seen:
        return
    if id in m.heap.owners:
        del m.heap.unknown[id]
        show_again(m, Ref(id))
    else:  # another path has moved it
        m.heap.unknown[id] = replace(unknown, is_seen=False)


def show_items_again(m: Machine, id: int) -> None:
    """Let the objects that were read from a list be what is there, after it has got other arrays."""
    for other in [k for k, item in m.heap.owners.items() if item.of == id and not m.heap.is_lost(k)]:
        m.heap.unknown.pop(other, None)
        show_again(m, Ref(other))
        show_items_again(m, other)


def part_of_item(m: Machine, value: Value, k: int) -> Value:
    if isinstance(value, Ref):
        row = m.heap.states[value.id]
        if isinstance(row, RowState):
            return part_of_row(m, row, k)
        state = m.state(value.id)
        if isinstance(state, GrownState):
            return item_at(m, value, whole(k))
        assert isinstance(state, (ListState, DictState, ObjectState))
        return state.items[k]
    return parts(value)[k]


def refuse(m: Machine, text: str, instead: str) -> NoReturn:
    """Refuse a list of run-time length; a loop that can be written out has no need of it."""
    raise NeedStatic(frozenset(), m.error(UnsupportedError, text, instead))


def describe_item(m: Machine, ref: Ref) -> str:
    with m.inside(m.builder.child(), m.heap.copy()):
        return m.describe(item_at(m, ref, whole(0)))


def append(m: Machine, ref: Ref, item: Value) -> None:
    """`xs.append(item)`."""
    state = ensured(m, ref, widened(m, ref, item), whole(1))
    rows = buffers(state)
    at = length_atom(state)
    atoms = leaves(m, item, state.spec)
    note_put(m, objects_of(m, item), rows)
    for row, atom in zip(rows, atoms, strict=True):
        put(m, row, at, atom)
    set_length(m, ref, state, plus(m, length(state), 1))


def ensured(m: Machine, ref: Ref, state: GrownState, more: Atom) -> GrownState:
    """The list's state with room for `more` items; where only run time tells, the run stops if there is none."""
    count = as_num(length(state))
    assert count is not None
    if isinstance(count.atom, Lit) and isinstance(more, Lit):
        least = int(count.atom.value + more.value)
        if least <= state.capacity:
            return state
        enough = max(2 * state.capacity, least)
        return widened_item(m, ref, state.spec, enough) or grow(m, ref.id, state.spec, enough)
    state = roomy_item(m, ref, state) or state
    if isinstance(more, Lit) and count.high is not None and count.high + more.value <= state.capacity:
        return state
    need(m, state.site, state.capacity, pointwise(m, "add", count.atom, more))
    return state


def roomy_item(m: Machine, ref: Ref, state: GrownState) -> GrownState | None:
    """A list that is in another, or was copied from there, with as much room as was found to be needed by such."""
    is_item = is_view(m, state)
    enough = m.capacities.get(state.site, FIRST_ROOM if is_item else 0)
    if state.capacity >= enough:
        return None
    return widened_item(m, ref, state.spec, enough) if is_item else grow(m, ref.id, state.spec, enough)


def need(m: Machine, site: str, capacity: int, count: Atom) -> None:
    """Stop the run if there is no room for `count` items."""
    text = f"{site} needs {{}}".replace("{}", "\0").replace("{", "{{").replace("}", "}}").replace("\0", "{}")
    m.check(pointwise(m, "le", count, whole(capacity)), CAPACITY_ERROR, text, [count])


def plus(m: Machine, value: Value, k: int) -> Value:
    """A length and a small number."""
    num = as_num(value)
    assert num is not None
    if isinstance(num.atom, Lit):
        return Const(int(num.atom.value) + k)
    low = None if num.low is None else num.low + k
    return Num(pointwise(m, "add", num.atom, whole(k)), "python", low, None if num.high is None else num.high + k)


def with_length(m: Machine, state: GrownState, new: Value) -> GrownState:
    return GrownState((new, *state.items[1:]), state.spec, state.capacity, state.site)


def index_of(m: Machine, state: GrownState, index: Value, message: str) -> Atom:
    """An index of the list as one from its start; one that is out of range is Python's IndexError."""
    num = as_num(index)
    assert num is not None
    count = length_atom(state)
    at = cast(m, num.atom, I64)
    if isinstance(at, Lit) and isinstance(count, Lit):
        at = whole(at.value + count.value if at.value < 0 else at.value)
        m.check(Lit(0 <= at.value < count.value, Array(BOOL)), "builtins.IndexError", message)
        return at
    size = as_num(length(state))
    if isinstance(at, Lit) and at.value < 0 and size is not None and size.low is not None and size.low >= -at.value:
        return pointwise(m, "add", count, at)
    if num.low is None or num.low < 0:
        at = pointwise(m, "select", pointwise(m, "lt", at, whole(0)), pointwise(m, "add", at, count), at)
    above = pointwise(m, "le", whole(0), at)
    m.check(pointwise(m, "logical_and", above, pointwise(m, "lt", at, count)), "builtins.IndexError", message)
    return at


def check_not_empty(m: Machine, state: GrownState) -> None:
    ok = pointwise(m, "gt", length_atom(state), whole(0))
    m.check(ok, "builtins.IndexError", "pop from empty list")


def pop(m: Machine, ref: Ref, state: GrownState) -> Value:
    """`xs.pop()`."""
    check_not_empty(m, state)
    shorter = plus(m, length(state), -1)
    num = as_num(shorter)
    assert num is not None
    item = taken(m, state, num.atom)
    moved(m, ref.id, state)
    set_length(m, ref, state, Num(num.atom, "python", 0, num.high))
    return item


def gathered(m: Machine, state: GrownState, places: Atom, count: Value) -> GrownState:
    """A list of `count` items: item k is the one at `places[k]`; any place will do beyond the last."""
    new = [
        m.new_array(m.emit("index", m.array(row), places, spec=(("arr",), *whole_axes(type))))
        for row, type in zip(buffers(state), leaf_types(state.spec), strict=True)
    ]
    if has_objects(state.spec):
        link_rows(m, [row.id for row in new], buffers(state))
    size = array_type(places).shape[0]
    assert isinstance(size, int)
    return GrownState((count, *new), state.spec, size, state.site)


def part_of_list(m: Machine, ref: Ref, state: GrownState, places: Atom, count: Value) -> Ref:
    """`gathered` as a list of its own, the items of which are those of the list `ref`."""
    if (source := m.heap.gathered.get(ref.id)) is not None:
        whose, inner = Ref(source.of), grown(m, Ref(source.of))
        assert inner is not None
        return part_of_list(m, whose, inner, m.emit("index", source.places, places, spec=(("arr",),)), count)
    new = Ref(m.heap.alloc(gathered(m, state, places, count)))
    if has_objects(state.spec):
        m.heap.gathered[new.id] = Gathered(ref.id, places)
    return new


def rows_copied(m: Machine, state: GrownState) -> Ref:
    """A list with all that another has in it now, in arrays of its own."""
    rows = [m.new_array(m.array(row)) for row in buffers(state)]
    return Ref(m.heap.alloc(GrownState((state.items[0], *rows), state.spec, state.capacity, state.site)))


def counting(m: Machine, state: GrownState) -> Atom:
    """0, 1, 2, ... up to the capacity."""
    return m.emit("arange", start=0, stop=state.capacity, step=1, dtype="i64")


def static_list(m: Machine, ref: Ref) -> tuple[Value, ...]:
    """The items of a list whose length has become known."""
    state = grown(m, ref)
    assert state is not None
    count = m.known(length(state), "the length of this list")
    return tuple(item_at(m, ref, whole(k)) for k in range(count))
