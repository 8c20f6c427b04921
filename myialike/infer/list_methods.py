"""Methods of lists of run-time length, and what `list` makes of anything of run-time length."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from myialike import library
from myialike.errors import TypeCheckError
from myialike.infer.emit import cast, pointwise
from myialike.infer.freeze import Freezing
from myialike.infer.growing import (
    append,
    become,
    check_not_empty,
    counting,
    gathered,
    grow,
    grown,
    index_of,
    length,
    length_atom,
    part_of_list,
    part_of_owner,
    plus,
    pop,
    put,
    refuse,
    replaced,
    rows_copied,
    set_length,
    with_wider_part,
)
from myialike.infer.heap import GrownState, ListState
from myialike.infer.items import buffers, common, has_objects, item_spec, leaves, note_put, objects_of
from myialike.infer.iteration import is_run_time
from myialike.infer.machine import Machine, NeedStatic
from myialike.infer.ranges import whole
from myialike.infer.rows import is_view, moved, taken
from myialike.infer.sequences import consumed, is_computed, static_items
from myialike.infer.values import NONE, Const, Ref, Value, as_num, const_number
from myialike.infer.widen import Mismatch, unify_specs
from myialike.ir.syntax import Atom
from myialike.ir.types import I64


def grown_method(
    m: Machine, self: Ref, name: str, args: Sequence[Value], keywords: Sequence[tuple[str, Value]] = ()
) -> Value:
    """A method of a list of run-time length."""
    state = grown(m, self)
    assert state is not None
    match name:
        case "append":
            append(m, self, args[0])
        case "extend":
            extend(m, self, args[0])
        case "insert":
            insert(m, self, state, args[0], args[1])
        case "pop":
            if not args:
                return pop(m, self, state)
            check_not_empty(m, state)
            return remove_at(m, self, state, args[0], "pop index out of range")
        case "reverse":
            last = pointwise(m, "sub", length_atom(state), whole(1))
            places = pointwise(m, "sub", last, counting(m, state))
            rearrange(m, self, state, pointwise(m, "maximum", places, whole(0)), length(state))
        case "clear":
            moved(m, self.id, state)
            set_length(m, self, state, Const(0))
        case "copy":
            return copied(m, self, state)
        case "sort":
            in_order = grown(m, m.call(Const(sorted), [self], keywords))
            assert in_order is not None
            become(m, self, state, in_order)
        case "remove":
            text = Const("list.remove(x): x not in list")
            where = m.call(Const(library.sequences.index_of), [self, args[0], text], [])
            remove_at(m, self, state, where, "")
        case "index":
            text = Const("list.index(x): x not in list")
            return m.call(Const(library.sequences.index_of), [self, args[0], text], [])
        case "count":
            return m.call(Const(library.sequences.count_of), [self, args[0]], [])
        case _:
            m.known(length(state), "the length of this list")
    return NONE


def set_items(m: Machine, ref: Ref, items: Sequence[Value]) -> None:
    """Give a list of known length other items, in the list of which it is an item, or in an item, if it is."""
    found = part_of_owner(m, ref)
    if found is None:
        m.put(ref.id, ListState(tuple(items)))
        return
    try:
        part = unify_specs(found[0], ("list", tuple(Freezing(m).add(v, dynamic=True) for v in items)))
    except Mismatch:
        text = f"{m.describe(m.new_list(items))} becomes a list in an item of a list of run-time length, where it is"
        refuse(m, f"{text} another type", "give all of them items of one type and shape")
    if part[0] == "list":
        m.put(ref.id, ListState(tuple(items)))
        return
    state = with_wider_part(m, ref, part)
    assert state is not None
    atoms, objects = [leaves(m, item, state.spec) for item in items], [objects_of(m, item) for item in items]
    moved(m, ref.id, state)
    for k, (one, inner) in enumerate(zip(atoms, objects, strict=True)):
        note_put(m, inner, buffers(state))
        for row, atom in zip(buffers(state), one, strict=True):
            put(m, row, whole(k), atom)
    for row in buffers(state):
        m.heap.set(m.heap.root(row), m.heap.states[m.heap.root(row)], m.loc)
    set_length(m, ref, state, Const(len(items)))


def copied(m: Machine, ref: Ref, state: GrownState) -> Ref:
    """A list of the same items."""
    return part_of_list(m, ref, state, counting(m, state), length(state))


def rearrange(m: Machine, ref: Ref, state: GrownState, places: Atom, count: Value) -> None:
    """Make item k of the list the one at `places[k]`."""
    become(m, ref, state, gathered(m, state, places, count))


def extend(m: Machine, ref: Ref, more: Value) -> None:
    """`xs.extend(more)`."""
    if is_computed(m, more):
        m.call(Const(library.sequences.extend), [ref, more], [])
        return
    more = consumed(m, more)
    other = grown(m, more)
    if other is None:
        if is_run_time(m, more) or (isinstance(more, Ref) and m.is_array(more)):
            m.call(Const(library.sequences.extend), [ref, more], [])
            return
        items = static_items(m, more)
        if items is None:
            m.fail(TypeCheckError, f"{m.describe(more)} cannot be iterated")
        for item in items:
            append(m, ref, item)
        return
    as_now = rows_copied(m, other) if is_view(m, other) and not has_objects(other.spec) else Ref(m.heap.alloc(other))
    m.call(Const(library.sequences.extend), [ref, as_now], [])


def lengthened(m: Machine, ref: Ref, items: Callable[[], Sequence[Value]], more: Value) -> None:
    """`xs.extend(more)` of a list of known length; `items` gives the items of `more`, if these can be known."""
    if is_computed(m, more):
        m.call(Const(library.sequences.extend), [ref, more], [])
        return
    state, mark = m.state(ref.id), m.mark()
    assert isinstance(state, ListState)
    try:
        new = items()
    except NeedStatic as need:
        m.rewind(mark)
        more = consumed(m, more)
        if need.may_be_met or not is_run_time(m, more):
            raise
        _become_open(m, ref, more, need)
        return
    set_items(m, ref, (*state.items, *new))


def _become_open(m: Machine, ref: Ref, more: Value, need: NeedStatic) -> None:
    """`xs.extend(more)` of a list of known length, which becomes one of run-time length as `more` is."""
    other = more if grown(m, more) is not None else m.call(Const(library.sequences.listed), [more], [])
    added = grown(m, other)
    try:
        spec = common(item_spec(m, ref.id), None if added is None else added.spec)
        if spec is None:
            raise need
        grow(m, ref.id, spec)
    except Mismatch:
        raise need from None
    extend(m, ref, other)


def insert(m: Machine, ref: Ref, state: GrownState, where: Value, item: Value) -> None:
    """`xs.insert(where, item)`: clipped as a slice is."""
    append(m, ref, item)
    new = grown(m, ref)
    num = as_num(where)
    assert new is not None
    if num is None:
        m.fail(TypeCheckError, f"insert() takes an int, not {m.describe(where)}")
    size, at = length_atom(state), cast(m, num.atom, I64)
    at = pointwise(m, "select", pointwise(m, "lt", at, whole(0)), pointwise(m, "add", at, size), at)
    at = pointwise(m, "minimum", pointwise(m, "maximum", at, whole(0)), size)
    k = counting(m, new)
    before = pointwise(m, "sub", k, cast(m, pointwise(m, "gt", k, at), I64))
    rearrange(m, ref, new, before, length(new))
    replaced(m, ref, at, item)


def remove_at(m: Machine, ref: Ref, state: GrownState, where: Value, message: str) -> Value:
    """`xs.pop(where)`, `del xs[where]`; `message` is for an index out of range."""
    at = index_of(m, state, where, message)
    item = taken(m, state, at)
    k = counting(m, state)
    after = pointwise(m, "add", k, cast(m, pointwise(m, "ge", k, at), I64))
    shorter = as_num(plus(m, length(state), -1))
    assert shorter is not None
    count = const_number(shorter.atom, "python")
    rearrange(m, ref, state, pointwise(m, "minimum", after, whole(state.capacity - 1)), count)
    return item


