"""Dicts whose keys only run time knows.

Which keys a dict has is known when a function is compiled; a dict is a row of values then (`DictState`). Where a key is
a number, or a tuple of numbers, that only run time knows, the program is refused at first, with the places where such
dicts begin. Then inference begins again, and what begins there is an instance of `library.dicts.RunTimeDict`: a
list of keys and a list of values, which may be of run-time length. Its methods are written in the subset; looking up a
key is done here. So a program that is taken with known keys is not touched, and dicts of functions, strings and
anything else that is no item of a list of run-time length keep their known keys.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

from myialike.errors import CompileError, UnsupportedError
from myialike.infer.heap import DictState, Heap, ObjectState, Site, SlotsState, State
from myialike.infer.machine import Machine, NeedStatic
from myialike.infer.values import Bound, Const, Num, Ref, Tup, Value, View, Zipped, is_number
from myialike.library.deques import Deque
from myialike.library.dict_kinds import DictKind
from myialike.library.dicts import RunTimeDict

KEYS = "a list or an array instead of the dict, with the number as the index"
PARTS = ("_names", "_items", "_slots")


def begin(m: Machine, ref: Ref, *sites: Site) -> None:
    """Note where a dict begins; it is one of run-time keys if such dicts begin there."""
    m.heap.sites[ref.id] = frozenset(sites)
    if not m.open_dicts.isdisjoint(sites):
        open_dict(m, ref)


def begin_given(m: Machine, ids: Sequence[int]) -> None:
    """Note that objects are given from outside."""
    for k, id in enumerate(ids):
        begin(m, Ref(id), ("given", None, k))


def begin_inside(m: Machine, ids: Sequence[int], outer: Heap, outside: Sequence[int] | None) -> None:
    """Let the objects `ids` of a graph of its own begin where those `outside` do, or else at the present place."""
    for k, id in enumerate(ids):
        if outside is None:
            begin(m, Ref(id), ("inside", m.loc, k))
        elif outside[k] in outer.sites:
            begin(m, Ref(id), *outer.sites[outside[k]])


def open_dict(m: Machine, ref: Ref) -> bool:
    """Make a dict one of run-time keys, if its keys allow that."""
    state = m.heap.states[ref.id]
    if not isinstance(state, DictState) or not all(map(_is_numeric, state.keys)):
        return False
    m.heap.states[ref.id] = _state_of(m, [key_value(k) for k in state.keys], state.items)
    return True


def new_table(m: Machine) -> Ref:
    """A new dict of run-time keys, in which nothing is."""
    return Ref(m.heap.alloc(_state_of(m, (), ())))


def _state_of(m: Machine, names: Sequence[Value], items: Sequence[Value]) -> ObjectState:
    return ObjectState(RunTimeDict, PARTS, (m.new_list(names), m.new_list(items), Ref(m.heap.alloc(SlotsState()))))


def key_value(key: Any) -> Value:
    """A key as a value: a tuple by its items."""
    return Tup(tuple(map(key_value, key)), type(key)) if isinstance(key, tuple) else Const(key)


def _is_numeric(key: Any) -> bool:
    return all(map(_is_numeric, key)) if isinstance(key, tuple) else is_number(key)


def is_numeric(m: Machine, key: Value) -> bool:
    """Whether a key is a number or a tuple of numbers, known or not."""
    key = m.use(key)
    if isinstance(key, Tup):
        return all(is_numeric(m, v) for v in key.items)
    return isinstance(key, Num) or (isinstance(key, Const) and _is_numeric(key.value))


def key_of(m: Machine, base: Value | None, index: Value) -> Any:
    """The key that an index of a dict is; where only run time knows it, the error says where the dict begins.

    None is a dict that begins at the present place.
    """
    with noting(sites_of(m, base) if is_numeric(m, index) else frozenset()):
        return m.known(index, "a dict key", KEYS)


@contextmanager
def noting(sites: frozenset[Site]) -> Iterator[None]:
    """Say in errors that they would perhaps not be there if the dicts that begin at `sites` had run-time keys."""
    try:
        yield
    except (CompileError, NeedStatic) as refused:
        error = refused.error if isinstance(refused, NeedStatic) else refused
        error.dicts |= sites
        raise


def refuse_run_time_keys(m: Machine, base: Value, other: Value) -> None:
    """Refuse to give a dict of known keys those of another, if only run time knows them."""
    if as_table(m, other) is not None:
        error = m.error(UnsupportedError, "a dict gets keys that are known only at run time", KEYS)
        error.dicts |= sites_of(m, base)
        raise NeedStatic(frozenset(), error)


def keys_beside(m: Machine, id: int) -> int | None:
    """The list of the keys of the dict of which a list has the keys or the values; None of any other list."""
    return next((found[0] for s in m.heap.states.values() if id in (found := _lists(s))), None)


def refuse_change(m: Machine, kind: str) -> NoReturn:
    """Refuse that a loop over a zip changes a dict or a deque that is asked behind another sequence.

    Whether Python asks it once more, and raises, the other sequence decides.
    """
    text = f"a {kind} in a zip, behind another sequence, is changed in the loop over it"
    m.fail(UnsupportedError, text, "loop over a copy: list(...) of it")


def sites_of(m: Machine, base: Value | None) -> frozenset[Site]:
    """Where a dict begins, which may be one of several."""
    if base is None:
        return frozenset((m.loc,))
    return dicts_of(m.heap, base.id) if isinstance(base, Ref) else frozenset()


def dicts_of(heap: Heap, id: int) -> frozenset[Site]:
    """Where the object `id` begins, and those that it may be, if they are dicts with numbers as keys."""
    states = {other: heap.states.get(other) for other in heap.candidates(id)}
    found = [k for k, s in states.items() if isinstance(s, DictState) and all(map(_is_numeric, s.keys))]
    return frozenset(site for k in found for site in heap.sites.get(k, ()))


def as_table(m: Machine, value: Value) -> ObjectState | None:
    """The state of a dict of run-time keys, or of that inside of a dict of another kind; None of anything else."""
    value = in_it(m, value)
    state = m.state(value.id) if isinstance(value, Ref) else None
    return state if isinstance(state, ObjectState) and state.cls is RunTimeDict else None


def contents(m: Machine, value: Value) -> Value:
    """What a loop over a dict of run-time keys, over a view of one, or over a deque goes through.

    Of another kind of dict that is what it has inside; other values are as they are.
    """
    value = in_it(m, value)
    if isinstance(value, View) and (state := as_table(m, value.of)) is not None:
        names, items, _ = state.items
        return {"keys": names, "values": items, "items": Zipped((names, items))}[value.name]
    found = m.state(value.id) if isinstance(value, Ref) else None
    if not isinstance(found, ObjectState):
        return value
    return found.items[0] if found.cls is RunTimeDict else found.items[-1] if found.cls is Deque else value


def in_it(m: Machine, value: Value) -> Value:
    """The dict inside of a `defaultdict` or another of its kind; other values as they are."""
    state = m.state(value.id) if isinstance(value, Ref) else None
    return state.items[-1] if isinstance(state, ObjectState) and issubclass(state.cls, DictKind) else value


def is_queue(m: Machine, value: Value) -> bool:
    """Whether a value is a deque."""
    return isinstance(value, Ref) and isinstance(state := m.state(value.id), ObjectState) and state.cls is Deque


def by_lookup(m: Machine, of: Value, key: Value) -> Value:
    """The function that `key` is for the keys of the dict `of`, all of which are there: `d.get` gives no None."""
    if not isinstance(key, Bound) or key.self != of or not isinstance(key.fn, Const):
        return key
    reads = {RunTimeDict.get: RunTimeDict.__getitem__, DictKind.get: DictKind.present}.get(key.fn.value)
    return key if reads is None else Bound(Const(reads), of)


def touched(m: Machine, ids: Sequence[int], before: Heap) -> list[int]:
    """Those of the objects `ids` that are changed: a dict of run-time keys is where its lists are."""
    changed = set(m.heap.changed_since(before))
    return [id for id in ids if not changed.isdisjoint((id, *_lists(before.states[id])))]


def _lists(state: State) -> list[int]:
    is_table = isinstance(state, ObjectState) and state.cls is RunTimeDict
    return [v.id for v in state.items[:2] if isinstance(v, Ref)] if isinstance(state, ObjectState) and is_table else []
