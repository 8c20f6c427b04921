"""The objects that a list had as items before it became one of run-time length.

`xs[i]` with an index of run time makes a list of run-time length of a list of objects (`myialike.infer.growing`): what
the objects hold is copied into its arrays. Where the list came from outside, its items are the caller's objects, and
what is written to an item is to be found in them. So the heap remembers which objects they were (`Home`), as long as no
item is replaced or moved; at the end they are given what the list's arrays hold, and are its items again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from myialike.infer.growing import item_at
from myialike.infer.heap import ArrayState, DictState, GrownState, ListState, ObjectState, SlotsState, ViewState
from myialike.infer.items import buffers, has_twins
from myialike.infer.machine import Machine
from myialike.infer.ranges import whole
from myialike.infer.rows import copied_out, rows_of_list
from myialike.infer.values import Ref, Value


def come_home(m: Machine, ids: Sequence[int]) -> None:
    """Make lists of run-time length that are among the objects `ids`, or had such as items, lists of these again."""
    known = set(ids)
    for id, home in list(m.heap.homes.items()):
        state = m.heap.states[id]
        if not isinstance(state, GrownState) or known.isdisjoint((id, *home.items)):
            continue
        changed = tuple(m.heap.states[row] for row in buffers(state)) != home.rows
        if changed and (_has_shared_items(m, state) or not all(_can_give(m, item) for item in home.items)):
            continue
        for one, row in rows_of_list(m, id):
            m.heap.states[one] = copied_out(m, row)
        for k, item in enumerate(home.items if changed else ()):
            _give(m, item, item_at(m, Ref(id), whole(k)))
        m.heap.states[id] = ListState(tuple(map(Ref, home.items)))


def _has_shared_items(m: Machine, state: GrownState) -> bool:
    return has_twins(m, state) or any(row in m.heap.unknown for row in buffers(state))


def _can_give(m: Machine, id: int) -> bool:
    """Whether an object holds nothing but numbers, or objects of which that is true."""
    state = m.heap.states[id]
    if isinstance(state, (ListState, ObjectState, DictState)):
        return all(_can_give(m, v.id) if isinstance(v, Ref) else True for v in state.items)
    return isinstance(state, (ArrayState, GrownState, SlotsState)) and id not in m.heap.homes


def _give(m: Machine, id: int, shown: Value) -> None:
    """Give an object what the item of the list holds that stands for it."""
    assert isinstance(shown, Ref)
    state, new = m.heap.states[id], m.state(shown.id)
    m.heap.unknown.pop(id, None)
    if isinstance(state, (ObjectState, DictState)):
        assert isinstance(new, (ObjectState, DictState))
        for old, item in zip(state.items, new.items, strict=True):
            if isinstance(old, Ref):
                _give(m, old.id, item)
        pairs = zip(state.items, new.items, strict=True)
        m.heap.states[id] = replace(state, items=tuple(old if isinstance(old, Ref) else item for old, item in pairs))
        return
    if isinstance(state, ListState) and any(isinstance(v, Ref) for v in state.items):
        for k, v in enumerate(state.items):
            assert isinstance(v, Ref)
            _give(m, v.id, item_at(m, shown, whole(k)) if isinstance(new, GrownState) else new.items[k])  # type: ignore[union-attr]
    elif isinstance(new, GrownState):
        rows = [m.new_array(m.array(row)) for row in buffers(new)]
        m.heap.states[id] = GrownState((new.items[0], *rows), new.spec, new.capacity, new.site)
    elif isinstance(new, (ArrayState, ViewState)):
        m.heap.states[id] = ArrayState(m.array(shown.id), m.kind(id))
    else:
        m.heap.states[id] = new
