"""Lists whose length is known only at run time.

A list whose structure is known is a row of values (`ListState`). Where a loop or a branch makes its length depend on
data, it becomes a `GrownState`: a length, and an array for each leaf of an item, with room for `capacity` items.
`Regrow` says that a list must be one before a loop or branch begins, which then is run again.

How much room there is nobody can know beforehand. A run that needs more fails a check with a `CapacityError`, and the
caller compiles the function again with more room (`myialike.api`); so no bound is asked of the user. Where a loop of
known length appends the same number of items in each turn (`loops.Loop`), the capacity is exact.

What is appended is copied into the arrays. The object that it was and those read back are noted as possibly the same as
the arrays, so that a change of one makes the others unknown, which is refused where it is read (`myialike.infer.heap`).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import NoReturn

from myialike.errors import UnsupportedError
from myialike.infer.emit import cast, pointwise
from myialike.infer.heap import ArrayState, GrownState, ListState, State
from myialike.infer.machine import Machine, NeedStatic, array_type
from myialike.infer.spec import Freezing, Spec, Thawing, leaf_types
from myialike.infer.values import Const, Num, Ref, Value, as_num
from myialike.infer.widen import Mismatch, unify_specs
from myialike.ir.syntax import Atom, Lit
from myialike.ir.types import BOOL, I64, Array, static_shape
from myialike.ops.effects import CAPACITY_ERROR

LISTS = (ListState, GrownState)
FIRST_CAPACITY = 64


class Regrow(Exception):
    """The list `id` must be of run-time length, with items of the structure `spec`, before the present loop or branch.

    `capacity` is how many items it must have room for, as far as that is known; `exact` says that it is all of them.
    """

    def __init__(self, id: int, spec: Spec, capacity: int | None, exact: bool = False) -> None:
        self.id, self.spec, self.capacity, self.exact = id, spec, capacity, exact
        super().__init__(id)


def whole(n: int) -> Lit:
    return Lit(n, Array(I64))


def grown(m: Machine, value: Value) -> GrownState | None:
    """The state of a list of run-time length, None for anything else."""
    state = m.state(value.id) if isinstance(value, Ref) else None
    return state if isinstance(state, GrownState) else None


def buffers(state: GrownState) -> list[int]:
    """The arrays that hold the items, by their numbers on the heap."""
    return [v.id for v in state.items[1:] if isinstance(v, Ref)]


def length(state: GrownState) -> Value:
    return state.items[0]


def length_atom(state: GrownState) -> Atom:
    num = as_num(state.items[0])
    assert num is not None
    return num.atom


# -- structure of the items ------------------------------------------------------------------------------------------


def item_spec(m: Machine, id: int) -> Spec | None:
    """The structure that holds every item of a list; None of an empty one, Mismatch where there is none."""
    state = m.heap.states[id]
    if isinstance(state, GrownState):
        return state.spec
    assert isinstance(state, ListState)
    found: Spec | None = None
    for item in state.items:
        found = common(found, Freezing(m).add(item, dynamic=True))
    return found


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


def common(a: Spec | None, b: Spec | None) -> Spec | None:
    """The structure that holds items of both of two, where None is of no item."""
    return a if b is None else b if a is None else unify_specs(a, b)


def leaves(m: Machine, item: Value, spec: Spec, rows: Sequence[int]) -> list[Atom]:
    """The leaves of an item, in the types of `spec`; its objects may be what `rows` hold from now on."""
    frozen = Freezing(m)
    frozen.add(item, dynamic=True)
    note_same(m, frozen.ids, rows)
    return [cast(m, a, t.dtype) for a, t in zip(frozen.atoms, leaf_types(spec), strict=True)]


def note_same(m: Machine, ids: Sequence[int], rows: Sequence[int]) -> None:
    for id in ids:
        for row in rows:
            m.heap.pair(m.heap.root(id), row)


# -- making one ---------------------------------------------------------------------------------------------------


def grow(m: Machine, id: int, spec: Spec, capacity: int | None = None, exact: bool = False) -> GrownState:
    """Make the list `id` one of run-time length, or its room greater or its items wider; its value stays."""
    state = m.heap.states[id]
    if isinstance(state, GrownState):
        new = _rebuilt(m, state, spec, capacity)
    else:
        assert isinstance(state, ListState)
        new = _built(m, state.items, spec, capacity or 0, exact)
    m.heap.states[id] = new
    return new


def _built(m: Machine, items: Sequence[Value], spec: Spec, capacity: int, exact: bool) -> GrownState:
    site = site_of(m)
    count = max(capacity, len(items), 1) if exact else max(room(m, site, len(items)), capacity)
    types = list(leaf_types(spec))
    if not types:
        refuse(m, "a list of run-time length has items without numbers in them", "a list of known length, or numbers")
    rows = [m.new_array(m.builder.full(Array(t.dtype, (count, *t.shape)), _zero(t))).id for t in types]
    for k, item in enumerate(items):
        for row, atom in zip(rows, leaves(m, item, spec, rows), strict=True):
            put(m, row, whole(k), atom)
    return GrownState((Const(len(items)), *map(Ref, rows)), spec, count, site)


def _zero(type: Array) -> bool | int:
    return False if type.dtype == BOOL else 0


def _rebuilt(m: Machine, state: GrownState, spec: Spec, capacity: int | None) -> GrownState:
    count = state.capacity if capacity is None else max(capacity, 1)
    rows = []
    for old, type in zip(buffers(state), leaf_types(spec), strict=True):
        atom = cast(m, m.array(old), type.dtype)
        if count > state.capacity:
            more = m.builder.full(Array(type.dtype, (count - state.capacity, *type.shape)), _zero(type))
            atom = m.emit("concatenate", atom, more, axis=0)
        elif count < state.capacity:
            atom = m.emit("index", atom, spec=(("slice", 0, count, 1), *whole_axes(type)))
        new = m.new_array(atom)
        m.heap.link(new.id, old)
        rows.append(new)
    return GrownState((state.items[0], *rows), spec, count, state.site)


def site_of(m: Machine) -> str:
    """A name for the present place, the same in every inference of the program; it need not be unique."""
    return f"{os.path.basename(m.loc.filename)}:{m.loc.lineno}:{m.loc.col_offset}" if m.loc else "a list"


def whole_axes(type: Array) -> tuple[tuple[str, int, int, int], ...]:
    return tuple(("slice", 0, n, 1) for n in static_shape(type))


def room(m: Machine, site: str, least: int) -> int:
    """How many items a list that begins at `site` has room for: more than `least`."""
    return max(m.capacities.get(site, FIRST_CAPACITY), 1 << least.bit_length())


def open_list(m: Machine, ref: Ref) -> bool:
    """Make a list of known length one of run-time length, so that any item can be reached, if its items allow that."""
    try:
        spec = item_spec(m, ref.id)
        if spec is None or not has_leaves(spec):
            return False
        grow(m, ref.id, spec)
    except Mismatch:
        return False
    return True


def opened_for_reading(m: Machine, items: Sequence[Value]) -> GrownState | None:
    """A list of numbers, to read the item of a run-time index from; None where the items are not all numbers."""
    ref = m.new_list(items)
    try:
        spec = item_spec(m, ref.id)
    except Mismatch:
        return None
    if spec is None or not only_numbers(spec):
        return None
    return grow(m, ref.id, spec, len(items), exact=True)


def has_leaves(spec: Spec) -> bool:
    return any(True for _ in leaf_types(spec))


def only_numbers(spec: Spec) -> bool:
    """Whether an item is a number, or a tuple of such: what has no identity."""
    return spec[0] == "num" or (spec[0] == "tuple" and bool(spec[-1]) and all(map(only_numbers, spec[-1])))


# -- reading and writing -------------------------------------------------------------------------------------------


def put(m: Machine, row: int, at: Atom, atom: Atom) -> None:
    """Write one item's leaf. No object that was appended before changes, so nothing becomes unknown."""
    old = m.heap.states[row]
    assert isinstance(old, ArrayState)
    place = (("int", at.value), ()) if isinstance(at, Lit) else (("i",), (at,))
    spec = (place[0], *whole_axes(array_type(atom)))
    m.heap.states[row] = ArrayState(m.emit("index_set", old.atom, atom, *place[1], spec=spec), old.kind)


def item_at(m: Machine, state: GrownState, at: Atom) -> Value:
    """The item at an index that is in range."""
    types = leaf_types(state.spec)
    place = (("int", at.value), ()) if isinstance(at, Lit) else (("i",), (at,))
    rows = buffers(state)
    atoms: list[Atom] = [
        m.emit("index", m.array(row), *place[1], spec=(place[0], *whole_axes(t)))
        for row, t in zip(rows, types, strict=True)
    ]
    thawing = Thawing(m, iter(atoms))
    item = thawing.make(state.spec)
    note_same(m, thawing.ids, rows)
    return item


def replaced(m: Machine, ref: Ref, at: Atom, item: Value) -> None:
    """`xs[at] = item` at an index that is in range."""
    state = widened(m, ref, item)
    rows = buffers(state)
    for row, atom in zip(rows, leaves(m, item, state.spec, rows), strict=True):
        put(m, row, at, atom)
    m.heap.set(ref.id, state, m.loc)


def widened(m: Machine, ref: Ref, item: Value) -> GrownState:
    """The list's state, made to hold `item` too."""
    state = grown(m, ref)
    assert state is not None
    try:
        spec = unify_specs(state.spec, Freezing(m).add(item, dynamic=True))
    except Mismatch:
        text = f"{m.describe(item)} is put into a list of run-time length with items of type {describe_item(m, state)}"
        refuse(m, text, "give all items one type and shape")
    return state if spec == state.spec else grow(m, ref.id, spec)


def refuse(m: Machine, text: str, instead: str) -> NoReturn:
    """Refuse a list of run-time length; a loop that can be written out has no need of it."""
    raise NeedStatic(frozenset(), m.error(UnsupportedError, text, instead))


def describe_item(m: Machine, state: GrownState) -> str:
    with m.inside(m.builder.child(), m.heap.copy()):
        return m.describe(item_at(m, state, whole(0)))


def append(m: Machine, ref: Ref, item: Value) -> None:
    """`xs.append(item)`."""
    state = ensured(m, ref, widened(m, ref, item), whole(1))
    rows = buffers(state)
    at = length_atom(state)
    for row, atom in zip(rows, leaves(m, item, state.spec, rows), strict=True):
        put(m, row, at, atom)
    m.heap.set(ref.id, with_length(m, state, plus(m, length(state), 1)), m.loc)


def ensured(m: Machine, ref: Ref, state: GrownState, more: Atom) -> GrownState:
    """The list's state with room for `more` items; where only run time tells, the run stops if there is none."""
    count = as_num(length(state))
    assert count is not None
    if isinstance(count.atom, Lit) and isinstance(more, Lit):
        least = int(count.atom.value + more.value)
        return state if least <= state.capacity else grow(m, ref.id, state.spec, max(2 * state.capacity, least))
    if isinstance(more, Lit) and count.high is not None and count.high + more.value <= state.capacity:
        return state
    need(m, state.site, state.capacity, pointwise(m, "add", count.atom, more))
    return state


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


def pop(m: Machine, ref: Ref, state: GrownState) -> Value:
    """`xs.pop()`."""
    ok = pointwise(m, "gt", length_atom(state), whole(0))
    m.check(ok, "builtins.IndexError", "pop from empty list")
    shorter = plus(m, length(state), -1)
    num = as_num(shorter)
    assert num is not None
    item = item_at(m, state, num.atom)
    m.heap.set(ref.id, with_length(m, state, Num(num.atom, "python", 0, num.high)), m.loc)
    return item


def gathered(m: Machine, state: GrownState, places: Atom, count: Value) -> GrownState:
    """A list of `count` items: item k is the one at `places[k]`; any place will do beyond the last."""
    rows = []
    for row, type in zip(buffers(state), leaf_types(state.spec), strict=True):
        new = m.new_array(m.emit("index", m.array(row), places, spec=(("arr",), *whole_axes(type))))
        m.heap.link(new.id, row)
        rows.append(new)
    size = array_type(places).shape[0]
    assert isinstance(size, int)
    return GrownState((count, *rows), state.spec, size, state.site)


def counting(m: Machine, state: GrownState) -> Atom:
    """0, 1, 2, ... up to the capacity."""
    return m.emit("arange", start=0, stop=state.capacity, step=1, dtype="i64")


def static_list(m: Machine, state: GrownState) -> tuple[Value, ...]:
    """The items of a list whose length has become known."""
    count = m.known(length(state), "the length of this list")
    return tuple(item_at(m, state, whole(k)) for k in range(count))
