"""Writing to an instance or a dict that is an item of a list of run-time length: a write to the list's arrays.

Such an object is a row (`myialike.infer.rows`). Its attributes and keys are fixed; what one of them has may be made
wider, as items of the list are.
"""

from __future__ import annotations

from typing import Any

from myialike.infer.freeze import Freezing, index_atom
from myialike.infer.growing import grow, put, refuse, widened_item
from myialike.infer.heap import DictState, GrownState, ObjectState, RowState, State
from myialike.infer.items import has_objects, leaves, note_put, objects_of
from myialike.infer.machine import Machine
from myialike.infer.pools import is_pool, widen
from myialike.infer.rows import moved, part_at, part_rows, with_part
from myialike.infer.spec import Spec
from myialike.infer.symbolic import congruent
from myialike.infer.values import Ref, Value
from myialike.infer.widen import Mismatch, unify_specs


def change(m: Machine, id: int, old: State, new: State) -> None:
    """Give a row, whose state is `old`, another: what is different is written to the list."""
    row = m.heap.states[id]
    assert isinstance(row, RowState)
    m.pools.written.add(row.cls)
    assert isinstance(old, (ObjectState, DictState)) and isinstance(new, (ObjectState, DictState))
    if _names(old) != _names(new):
        what = "a key" if isinstance(new, DictState) else "an attribute"
        refuse(m, f"{what} is made or deleted in an item of a list of run-time length", "give all items all of them")
    for k, (before, after) in enumerate(zip(old.items, new.items, strict=True)):
        if before is not after:
            _write(m, row, k, after)
    m.heap.set(id, row, m.loc)


def _names(state: ObjectState | DictState) -> tuple[Any, ...]:
    return state.names if isinstance(state, ObjectState) else state.keys


def _write(m: Machine, row: RowState, k: int, value: Value) -> None:
    """Give part `k` of a row another value."""
    path, at = (*row.path, k), index_atom(row)
    item = m.heap.owners.get(value.id) if isinstance(value, Ref) else None
    if item is not None and (item.of, item.path) == (row.of, path) and congruent(m, item.at, at):
        return  # as at the end of `p.xs += x`, which has changed the list itself
    state = _widened(m, row, path, value)
    _, spec = part_at(state.spec, path)
    rows, atoms = part_rows(state, path), leaves(m, value, spec)
    if has_objects(spec):
        objects = objects_of(m, value)
        moved(m, row.of, state, at, path)
        note_put(m, objects, rows)
    for one, atom in zip(rows, atoms, strict=True):
        put(m, one, at, atom)
        if not has_objects(spec):  # another object is in its place, or else this one changes
            root = m.heap.root(one)
            m.heap.set(root, m.heap.states[root], m.loc)


def _widened(m: Machine, row: RowState, path: tuple[int, ...], value: Value) -> GrownState:
    """The list that a row is in, made to hold `value` in that part of its items."""
    state = m.state(row.of)
    assert isinstance(state, GrownState)
    _, spec = part_at(state.spec, path)
    try:
        wider: Spec = unify_specs(spec, Freezing(m).add(value, dynamic=True))
    except Mismatch:
        name = _names(m.row(row))[path[-1]]  # type: ignore[arg-type]
        text = f"{m.describe(value)} becomes {name!r} of an item of a list of run-time length, where it is another type"
        refuse(m, text, "give all items one type and shape")
    if wider == spec:
        return state
    whole = with_part(state.spec, path, wider)
    if is_pool(m, row.of):
        widen(m, row.cls, whole)
    return widened_item(m, Ref(row.of), whole) or grow(m, row.of, whole)
