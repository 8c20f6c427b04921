"""What the methods of `library.dicts.RunTimeDict` leave to inference: to look a key up, to set and to read at a place.

A key of a list of run-time length is looked for by its hash (`myialike.infer.dict_slots`). Where there is
none, it is compared with all keys, in one operation. Where the values are numbers, a key is set without a branch: at
its place, or behind the last one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import reduce
from typing import Any

from myialike.errors import TypeCheckError, UnsupportedError
from myialike.infer.assumed import truth_of
from myialike.infer.comparisons import both, compare, negate
from myialike.infer.dict_keys import differs, hash_of, items_of, numbers_among
from myialike.infer.dict_slots import (
    Names,
    free_slot,
    hash_at,
    make,
    names_in,
    part_of,
    seek,
    slots_of,
    without,
    write,
)
from myialike.infer.dict_slots import put as put_in
from myialike.infer.dicts import KEYS, as_table, dicts_of, in_it, keys_beside, noting, open_dict, refuse_change
from myialike.infer.emit import pointwise
from myialike.infer.freeze import Freezing
from myialike.infer.growing import (
    counting,
    ensured,
    grow,
    grown,
    item_at,
    length,
    length_atom,
    open_list,
    put,
    replaced,
    set_length,
    widened,
)
from myialike.infer.heap import GrownState, ListState, ObjectState, Site, SlotsState
from myialike.infer.indexing import get_item, set_item
from myialike.infer.items import buffers, has_objects, item_spec, leaves
from myialike.infer.machine import Machine, Unreachable, array_type
from myialike.infer.ranges import whole
from myialike.infer.rows import row_atoms
from myialike.infer.spec import NOTHING, Spec
from myialike.infer.values import NONE, BuiltinMethod, Const, Num, Ref, Value, View, as_num, parts
from myialike.infer.widen import Mismatch
from myialike.ir.builder import Builder
from myialike.ir.syntax import Atom
from myialike.library import dict_kinds, dicts
from myialike.library.dicts import RunTimeDict

NOWHERE = Const(-1)


def place(m: Machine, table: Value, key: Value) -> Value:
    """`library.dicts.place`: the index of a key, or -1."""
    return look_up(m, names_in(m, table), key).at


def is_in(m: Machine, table: Value, key: Value) -> Value:
    """`library.dicts.is_in`: whether a key is there, where the branches around do not tell."""
    flag = look_up(m, names_in(m, table), key).is_there
    if isinstance(flag, Num) and m.assumed:
        known = truth_of(flag.atom, m.assumed, (eqn for builder in m.chain for eqn in builder.eqns))
        return flag if known is None else Const(known)
    return flag


@dataclass(frozen=True, slots=True)
class Found:
    """Whether a key is there, and at which index, else -1; computed in the block of `builder`.

    `slot` is the one that it has, or is to have, where there are such.
    """

    is_there: Value
    at: Value
    builder: Builder
    slot: Atom | None = None


def look_up(m: Machine, names: Names, key: Value) -> Found:
    """Look for a key. One that has been looked for is, in the same keys, where it was found."""
    key = m.use(key)
    if isinstance(key, Ref):
        m.fail(TypeCheckError, f"a key of a dict is a number or a tuple of numbers, not {m.describe(key)}")
    asked = _asked(m, names, key)
    found = m.places.get(asked)
    if found is None or not any(found.builder is builder for builder in m.chain):
        found = m.places[asked] = _found(m, names, key)
    return found


def _found(m: Machine, names: Names, key: Value) -> Found:
    state, slots = m.state(names.of.id), slots_of(m, names)
    if not isinstance(state, GrownState):
        return Found(*_in_items(m, names.of, key), m.builder)
    if slots is not None:
        return _in_slots(m, state, slots, key)
    return Found(*_in_rows(m, state, key), m.builder)


def _asked(m: Machine, names: Names, key: Value) -> tuple[Any, ...]:
    """What a look-up depends on."""
    frozen = Freezing(m)
    state, spec = m.state(names.of.id), frozen.add(key, dynamic=True)
    if isinstance(state, GrownState):
        rows = (m.array(row) for row in buffers(state))
        return (spec, *frozen.atoms, state.spec, length(state), *rows, slots_of(m, names))
    assert isinstance(state, ListState)
    return (spec, *frozen.atoms, state.items)


def _in_items(m: Machine, names: Ref, key: Value) -> tuple[Value, Value]:
    state = m.state(names.id)
    assert isinstance(state, ListState)
    where: Value = NOWHERE
    for k, name in reversed(list(enumerate(state.items))):
        where = _either(m, same_key(m, name, key), Const(k), where)
    return compare(m, ">=", where, Const(0)), where


def same_key(m: Machine, a: Value, b: Value) -> Value:
    """Whether two keys are equal, a tuple by its items."""
    first, second = items_of(a), items_of(b)
    if first is None and second is None:
        return compare(m, "==", a, b)
    if first is None or second is None or len(first) != len(second):
        return Const(False)
    found: Value = Const(True)
    for p, q in zip(first, second, strict=True):
        found = both(m, found, same_key(m, p, q))
    return found


def _either(m: Machine, pred: Value, k: Const, where: Value) -> Value:
    """The index `k` if `pred`, else `where`."""
    if isinstance(pred, Const):
        return k if pred.value else where
    one, other, flag = as_num(k), as_num(where), as_num(pred)
    assert one is not None and other is not None and flag is not None
    high = max(k.value, where.value if isinstance(where, Const) else other.high or 0)
    return Num(pointwise(m, "select", flag.atom, one.atom, other.atom), "python", -1, high)


def _in_slots(m: Machine, state: GrownState, slots: Atom, key: Value) -> Found:
    numbers = numbers_among(m, state.spec, key)
    if numbers is None:
        return Found(Const(False), NOWHERE, m.builder)
    slot, at = seek(m, slots, hash_of(m, numbers), lambda k: differs(m, row_atoms(m, state, k), numbers))
    found = pointwise(m, "ge", at, whole(0))
    return Found(Num(found, "python"), Num(at, "python", -1, state.capacity - 1), m.builder, slot)


def _in_rows(m: Machine, state: GrownState, key: Value) -> tuple[Value, Value]:
    same = _same_as(m, state.spec, iter([m.array(row) for row in buffers(state)]), key)
    if isinstance(same, Const) and not same.value:
        return Const(False), NOWHERE
    inside = pointwise(m, "lt", counting(m, state), length_atom(state))
    is_there = inside if isinstance(same, Const) else pointwise(m, "logical_and", same, inside)
    found = m.emit("reduce_or", is_there, axes=(0,))
    at = m.emit("argmax", m.emit("cast", is_there, dtype="i8"), axis=0)
    index = Num(pointwise(m, "select", found, at, whole(-1)), "python", -1, state.capacity - 1)
    return Num(found, "python"), index


def _same_as(m: Machine, spec: Spec, columns: Iterator[Atom], key: Value) -> Atom | Const:
    """For each item of a structure whether it equals a key: bools side by side, or one for all."""
    if spec == NOTHING:
        return Const(False)
    if spec[0] == "num":
        column = m.new_array(next(columns))
        if as_num(key) is None:
            return Const(False)
        found = m.operand(compare(m, "==", column, key))
        assert found is not None
        return found[0]
    if spec[0] == "const":
        same = same_key(m, Const(spec[1].value), key)
        num = as_num(same)
        assert num is not None
        return same if isinstance(same, Const) else num.atom
    if spec[0] != "tuple":
        m.fail(UnsupportedError, "a key that only run time knows is no number and no tuple of numbers", KEYS)
    items = items_of(key)
    given = items if items is not None and len(items) == len(spec[-1]) else None
    flags = [_same_as(m, s, columns, v) for s, v in zip(spec[-1], given or (NONE,) * len(spec[-1]), strict=True)]
    if given is None or any(isinstance(f, Const) and not f.value for f in flags):
        return Const(False)
    rest = [f for f in flags if not isinstance(f, Const)]
    return reduce(lambda p, q: pointwise(m, "logical_and", p, q), rest) if rest else Const(True)


def item(m: Machine, items: Value, at: Value) -> Value:
    """`library.dicts.item`: what a list has at an index that is in range."""
    num = as_num(at)
    assert num is not None and isinstance(items, Ref)
    if isinstance(at, Num):
        open_values(m, items)
    with noting(dicts_in(m, items)):
        return get_item(m, items, at) if grown(m, items) is None else item_at(m, items, num.atom)


def replace(m: Machine, items: Value, at: Value, value: Value) -> Value:
    """`library.dicts.replace`: replace what a list has at an index that is in range."""
    num = as_num(at)
    assert num is not None and isinstance(items, Ref)
    if isinstance(at, Num):
        open_values(m, items)
    if grown(m, items) is None:
        set_item(m, items, at, value)
    else:
        replaced(m, items, num.atom, value)
    return NONE


def open_values(m: Machine, items: Ref) -> None:
    """Make a list of values that are one known object, None or a bool of `dict.fromkeys`, one of run-time length."""
    state = m.state(items.id)
    with suppress(Mismatch):
        spec = item_spec(m, items.id) if isinstance(state, ListState) else None
        if spec is not None and spec[0] == "const":
            grow(m, items.id, spec)


def dicts_in(m: Machine, items: Ref) -> frozenset[Site]:
    """Where the dicts begin that are in a list of known length."""
    state = m.state(items.id)
    values = [in_it(m, v) for v in state.items] if isinstance(state, ListState) else []
    return frozenset(site for v in values if isinstance(v, Ref) for site in dicts_of(m.heap, v.id))


def set_at(m: Machine, table: Value, key: Value, value: Value) -> Value:
    """`library.dicts.set_at`: set a key where it is, or behind the last one. Whether it is done."""
    names, items = names_in(m, table), _items_of(m, table)
    known, values = grown(m, names.of), grown(m, items)
    if known is None or values is None or has_objects(values.spec):
        return Const(False)
    found = look_up(m, names, key)
    where, flag = as_num(found.at), as_num(found.is_there)
    size = as_num(length(known))
    assert where is not None and flag is not None and size is not None
    is_new = pointwise(m, "logical_not", flag.atom)
    at = pointwise(m, "select", is_new, size.atom, where.atom)
    more = m.emit("cast", is_new, dtype="i64")
    count = Num(pointwise(m, "add", size.atom, more), "python", size.low or 0, None)
    for ref, what in ((names.of, key), (items, value)):
        state = ensured(m, ref, widened(m, ref, what), more)
        atoms = leaves(m, what, state.spec)
        if ref is names.of:
            slot = look_up(m, names, key).slot  # another one where the list has just got another form
            _note_place(m, names, slot, at)
            atoms = [_kept(m, is_new, new, old) for new, old in zip(atoms, row_atoms(m, state, at), strict=True)]
        for row, atom in zip(buffers(state), atoms, strict=True):
            put(m, row, at, atom)
        set_length(m, ref, state, count)
    m.places[_asked(m, names, m.use(key))] = Found(Const(True), Num(at, "python", 0, None), m.builder, slot)
    return Const(True)


def _items_of(m: Machine, table: Value) -> Ref:
    """The list of the values of a dict."""
    items = part_of(m, table, "_items") if isinstance(table, Ref) else None
    assert isinstance(items, Ref)
    return items


def _note_place(m: Machine, names: Names, slot: Atom | None, at: Atom) -> None:
    slots = slots_of(m, names)
    if slots is not None:
        assert slot is not None
        write(m, names, put_in(m, slots, slot, at))


def add(m: Machine, table: Value, key: Value, value: Value) -> Value:
    """`library.dicts.add`: set a key that is not there."""
    names, items = names_in(m, table), _items_of(m, table)
    before, known, found = slots_of(m, names), grown(m, names.of), look_up(m, names, key)
    for ref, what in ((names.of, key), (items, value)):
        m.call(BuiltinMethod("append", ref), [what], [])
    after, state = slots_of(m, names), grown(m, names.of)
    if after is not None and known is not None and state is not None:
        at, slot = length_atom(known), found.slot
        if after != before or slot is None:  # the list has just got another form
            slot = free_slot(m, after, hash_at(m, state, at))
        write(m, names, put_in(m, after, slot, at))
    return NONE


def forget(m: Machine, table: Value, at: Value) -> Value:
    """`library.dicts.forget`: note that the key at an index is to leave the list, and its value the other."""
    names, index = names_in(m, table), as_num(at)
    if isinstance(at, Num):
        _open_items(m, _items_of(m, table))
    slots, state = slots_of(m, names), grown(m, names.of)
    if slots is not None and state is not None:
        assert index is not None
        write(m, names, without(m, state, slots, index.atom))
    return NONE


def _open_items(m: Machine, items: Ref) -> None:
    """Make the values of a dict, a key of which is at an index of run time, a list of run-time length."""
    state = m.state(items.id)
    if isinstance(state, ListState) and not state.items:
        raise Unreachable  # the dict has no key
    if isinstance(state, ListState):
        open_list(m, items)


def forget_all(m: Machine, table: Value) -> Value:
    """`library.dicts.forget_all`: note that all keys have left the list."""
    names = names_in(m, table)
    if slots_of(m, names) is not None:
        make(m, names)
    return NONE


def with_keys_of(m: Machine, new: Value, old: Value) -> Value:
    """`library.dicts.with_keys_of`: `new` has got the keys of `old`, and so has them in the same slots."""
    copy, names = names_in(m, new), names_in(m, old)
    state, other, slots = grown(m, copy.of), grown(m, names.of), slots_of(m, names)
    is_alike = state is not None and other is not None and state.capacity == other.capacity
    if copy.slots is not None and slots is not None and is_alike:
        m.heap.states[copy.slots] = SlotsState((m.new_array(slots),))
    else:
        make(m, copy)
    return new


def _kept(m: Machine, is_new: Atom, new: Atom, old: Atom) -> Atom:
    """A part of a key: one that is there stays what it is, which shows in the sign of a zero."""
    return pointwise(m, "select", is_new, new, old) if array_type(new).dtype.kind in "fc" else new


def opened(m: Machine, other: Value) -> Value:
    """`library.dicts.opened`: a dict as one of run-time keys."""
    other = in_it(m, other)
    if as_table(m, other) is None and isinstance(other, Ref):
        other = Ref(m.heap.alloc(m.state(other.id)))
        if not open_dict(m, other):
            m.fail(UnsupportedError, "a dict whose keys are no numbers, with one of which only run time knows the keys")
    return other


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys that a dict has when a turn of a loop over it begins."""

    id: int
    state: GrownState
    rows: tuple[Atom, ...]
    is_first: bool  # whether it is asked for a key before another sequence may end the loop

    @staticmethod
    def now(m: Machine, id: int, is_first: bool) -> Keys:
        state = grown(m, Ref(id))
        assert state is not None
        return Keys(id, state, tuple(m.array(row) for row in buffers(state)), is_first)

    def check(self, m: Machine, going: Value) -> None:
        """Raise what Python does if the turn has changed them, and another one, or the end, is to come."""
        now = grown(m, Ref(self.id))
        assert now is not None
        rows = [m.array(row) for row in buffers(now)]
        if length(now) == length(self.state) and rows == [*self.rows]:
            return
        if not self.is_first:
            refuse_change(m, "dict")
        stops, count = m.operand(negate(m, going)), length_atom(now)
        assert stops is not None
        same_size = pointwise(m, "eq", length_atom(self.state), count)
        text = "dictionary {} during iteration"
        m.check(pointwise(m, "logical_or", stops[0], same_size), "builtins.RuntimeError", text.format("changed size"))
        beyond = pointwise(m, "ge", counting(m, now), count)
        for row, old in zip(rows, self.rows, strict=True):
            kept = pointwise(m, "logical_or", beyond, pointwise(m, "eq", row, old))
            ok = pointwise(m, "logical_or", stops[0], m.emit("reduce_and", kept, axes=(0,)))
            m.check(ok, "builtins.RuntimeError", text.format("keys changed"))


def keys_now(m: Machine, names: Mapping[int, int | None], asked: Iterable[tuple[int, bool]]) -> list[Keys]:
    """The keys of the dicts that a loop goes through: `names` has the list of keys for each list of a dict.

    `asked` says which lists are asked before another sequence may end the loop, where that is not all.
    """
    firsts, found = dict[int, bool](), dict[int, bool]()
    for id, is_first in asked:
        firsts[id] = firsts.get(id, False) or is_first
    for id, keys in names.items():
        if keys is not None:
            found[keys] = found.get(keys, False) or firsts.get(id, True)
    return [Keys.now(m, id, is_first) for id, is_first in found.items()]


def open_keys(m: Machine, lists: Iterable[int]) -> bool:
    """Whether a loop goes through a list of a dict; that of its keys is of run-time length then, as the other is."""
    found = [keys for id in lists if (keys := keys_beside(m, id)) is not None]
    for keys in found:
        if grown(m, Ref(keys)) is None:
            open_list(m, Ref(keys))
    return bool(found)


def opened_contents(m: Machine, contents: Value, of: Value) -> Value:
    """What a loop over a dict of run-time keys goes through, as lists of run-time length; else as it is."""
    table = as_table(m, of.of if isinstance(of, View) else of)
    for part in table.items[:2] if table is not None else ():
        if isinstance(part, Ref) and grown(m, part) is None:
            open_list(m, part)
    return contents


def open_tables(m: Machine, values: Sequence[Value]) -> None:
    """Make the dicts of run-time keys that are reached from values such of any number of keys.

    A function that calls itself is given them, and shall not be another one for each number of keys.
    """
    seen: set[int] = set()
    todo = [*values] if m.open_dicts else []
    while todo:
        value = todo.pop()
        if not isinstance(value, Ref):
            todo += parts(value)
        elif value.id not in seen:
            seen.add(value.id)
            state = m.heap.states[value.id]
            inside: Sequence[Value] = getattr(state, "items", ())
            if isinstance(state, ObjectState) and state.cls is RunTimeDict:
                opened_contents(m, value, value)
            todo += inside


RUN_TIME_DICTS: dict[Any, Callable[..., Value]] = {
    dicts.place: place,
    dicts.is_in: is_in,
    dicts.item: item,
    dicts.replace: replace,
    dicts.set_at: set_at,
    dicts.add: add,
    dicts.forget: forget,
    dicts.forget_all: forget_all,
    dicts.no_slots: lambda m: Ref(m.heap.alloc(SlotsState())),
    dicts.with_keys_of: with_keys_of,
    dicts.opened: opened,
    dict_kinds.in_it: in_it,
    dicts.view: lambda m, table, name: View(m.known(name, "a name"), table),
}
