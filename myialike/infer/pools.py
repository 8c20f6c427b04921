"""Pools: instances of a class as rows of one list, so that run time may decide which of them is meant.

Inference knows objects apart by their numbers on the heap. Where run time decides which object a name stands for, a
write to it leaves open which objects have changed, and reading one of them is refused:

    alive = [p for p in ps if p.x > 0]
    for p in alive:
        p.x -= dt
    return sum(p.x for p in ps)         which of the ps are in `alive`?

Then inference begins again, with the instances of that class in a pool: a list of run-time length, to which every
instance is appended when it is made, and in which it stays. An instance is a row of it (`RowState`), so one that run
time decides about is an index that is computed, and a list of instances, whatever is put into it and moved in it, is
one of ints. Nothing is left open, and nothing is copied. The price is an index where there was none, and that no
instance is ever forgotten. So a program that is taken without pools is not touched.

An instance that is an attribute of another is an index as well, if its class has a pool. All instances of a class have
the same attributes, of the same types; where they do not, the program is refused as before, or its results are copies.

A function that runs by itself (`myialike.infer.isolate`) has pools of its own. Instances go in and out by what they
hold.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from typing import NoReturn

from myialike.errors import UnsupportedError
from myialike.infer.freeze import Freezing
from myialike.infer.growing import ensured, grown, length, length_atom, plus, put, room, set_length
from myialike.infer.heap import ArrayState, GrownState, Heap, ObjectState, RowState, ViewState
from myialike.infer.items import IMMUTABLE, buffers, leaves, note_put, objects_of, stacked, with_room
from myialike.infer.machine import Machine
from myialike.infer.ranges import whole
from myialike.infer.rows import index_value, is_row, whole_axes
from myialike.infer.signals import Signal
from myialike.infer.spec import Spec, has_rows, leaf_types, rows_in
from myialike.infer.values import Const, Ref, Value, parts
from myialike.infer.widen import Mismatch, unify_specs
from myialike.ir.syntax import Atom


class PoolChanges(Signal):
    """Inference must begin again, since more is known of the structure of the instances of a class."""


def make_pools(m: Machine) -> None:
    """Begin a graph of its own: with a pool for each class that has one, in which nothing is."""
    m.heap.pools = {}
    for cls, spec in m.pools.specs.items():
        if spec is not None:
            site = f"pool of {cls.__qualname__}"
            count = room(m, site, 0)
            rows = [m.new_array(with_room(m, atom, count)) for atom in stacked(m, (), spec)]
            m.heap.pools[cls] = m.heap.alloc(GrownState((Const(0), *rows), spec, count, site))


def enter(m: Machine, value: Value) -> None:
    """Put an instance that has just been made into the pool of its class, if there is one."""
    state = m.heap.states[value.id] if isinstance(value, Ref) else None
    if not isinstance(value, Ref) or not isinstance(state, ObjectState) or state.cls not in m.pools.specs:
        return
    if m.heap.maybe.get(value.id):
        refuse(m, f"{m.describe(value)} may be another object when it enters its pool")
    pool = _pool_for(m, value, state)
    known = grown(m, pool)
    assert known is not None
    wider = ensured(m, pool, known, whole(1))
    at, rows, atoms = length_atom(wider), buffers(wider), leaves(m, value, wider.spec)
    note_put(m, objects_of(m, value) - {value.id}, rows)
    for row, atom in zip(rows, atoms, strict=True):
        put(m, row, at, atom)
    set_length(m, pool, wider, plus(m, length(wider), 1))
    m.heap.states[value.id] = RowState((index_value(at),), pool.id, (), state.cls)


def _pool_for(m: Machine, value: Ref, state: ObjectState) -> Ref:
    """The pool of an instance's class, all instances in which have the structure of this one."""
    spec = Freezing(m).state(value.id, dynamic=True)
    known = m.pools.specs[state.cls]
    try:
        wider = spec if known is None else unify_specs(known, spec)
    except Mismatch:
        refuse(m, f"{m.describe(value)} is not like other instances of its class")
    if not is_row(wider) or not any(True for _ in leaf_types(wider)):
        refuse(m, f"{m.describe(value)} has nothing in it that changes, or one object twice")
    if wider != known:
        widen(m, state.cls, wider)
    return Ref(m.heap.pools[state.cls])


def widen(m: Machine, cls: type, spec: Spec) -> None:
    """Begin again with another structure of the instances of a class."""
    m.pools.specs[cls] = spec
    raise PoolChanges


def is_pool(m: Machine, id: int) -> bool:
    return id in m.heap.pools.values()


def refuse(m: Machine, text: str) -> NoReturn:
    m.pools.are_refused = True
    m.fail(UnsupportedError, text, "give all instances of a class the same attributes, of the same types")


def enter_given(m: Machine, ids: Sequence[int]) -> None:
    """Put the instances among the objects that a graph of its own is given into their pools."""
    for id in reversed(ids):
        state = m.heap.states[id]
        if isinstance(state, ObjectState) and state.cls in m.pools.specs:
            enter(m, Ref(id))


# -- out of pools ------------------------------------------------------------------------------------------------------


def stay_outside(m: Machine, ids: Sequence[int], before: Heap, instances: bool) -> None:
    """Let given objects `ids` that cannot have changed be what they were `before`.

    One that may have changed comes out by what it holds. That must be numbers, and, if `instances`, such in pools.
    """
    for id in ids:
        was = before.states[id]
        if not isinstance(was, ObjectState) or was.cls not in m.heap.pools:
            continue
        inside = _inside(m, was.items) if was.cls in m.pools.written else ()
        if any(not instances or not isinstance(m.heap.states[other], RowState) for other in inside):
            refuse(m, f"{m.describe(Ref(id))} is given, has objects in it, and is changed")
        if was.cls not in m.pools.written:
            m.heap.states[id] = was


def pools_of(m: Machine, result: Value, touched: Sequence[int], known: Container[int]) -> list[type]:
    """The classes of the instances in pools that are in a result and in `touched` objects, and of those in them.

    The `known` objects are there already, as those that were touched are.
    """
    if not m.heap.pools:
        return []
    states = [m.heap.states[id] for id in touched]
    lists = [id for id, s in zip(touched, states, strict=True) if isinstance(s, GrownState)]
    items = [v for s in states if not isinstance(s, (ArrayState, ViewState, RowState)) for v in s.items]
    found: dict[type, None] = {}
    inside = {*lists, *_inside(m, [result, *items], known)}
    todo: list[type] = [cls for id in inside for cls in _classes_at(m, id)]
    while todo:
        cls = todo.pop()
        if cls not in found:
            found[cls] = None
            todo += rows_in(_pool(m, cls).spec)
    return list(found)


def _inside(m: Machine, values: Sequence[Value], known: Container[int] = ()) -> set[int]:
    """The objects in these values that are not `known`."""
    seen: set[int] = set()
    todo = list(values)
    while todo:
        value = todo.pop()
        if not isinstance(value, Ref):
            todo += parts(value)
        elif value.id not in seen and value.id not in known:
            seen.add(value.id)
            todo += getattr(m.heap.states[value.id], "items", ())
    return seen


def _classes_at(m: Machine, id: int) -> Iterator[type]:
    if m.is_array(Ref(id)) and m.kind(id) in IMMUTABLE:
        return  # of a jax array nobody asks which it is
    state, item = m.heap.states[id], m.heap.owners.get(id)
    of = m.heap.states.get(state.of if isinstance(state, RowState) else item.of if item is not None else id)
    if isinstance(of, GrownState):
        yield from (cls for cls, pool in m.heap.pools.items() if m.heap.states[pool] is of)
        yield from rows_in(of.spec)


def _pool(m: Machine, cls: type) -> GrownState:
    state = m.heap.states[m.heap.pools[cls]]
    assert isinstance(state, GrownState)
    return state


def leave(m: Machine, values: Sequence[Value]) -> None:
    """Give lists that are in these values the instances themselves for their indices in pools."""
    for id in _inside(m, values) if m.heap.pools else ():
        state = m.heap.states[id]
        if isinstance(state, GrownState):
            m.heap.states[id] = _by_value(m, state)


def _by_value(m: Machine, state: GrownState) -> GrownState:
    if not has_rows(state.spec):
        return state
    atoms = [m.array(row) for row in buffers(state)]
    spec, columns = _expanded(m, state.spec, atoms, frozenset())
    return GrownState((length(state), *map(m.new_array, columns)), spec, state.capacity, state.site)


def _expanded(m: Machine, spec: Spec, atoms: Sequence[Atom], around: frozenset[type]) -> tuple[Spec, list[Atom]]:
    """A structure of many items, and their leaves side by side, with what pools hold for the indices in them."""
    if spec[0] == "row":
        _, cls, _ = spec
        if cls in around:
            m.fail(UnsupportedError, f"a result has instances of {cls.__name__} that are in one another")
        pool = _pool(m, cls)
        taken = [
            m.emit("index", m.array(row), atoms[0], spec=(("arr",), *whole_axes(t)))
            for row, t in zip(buffers(pool), leaf_types(pool.spec), strict=True)
        ]
        return _expanded(m, pool.spec, taken, around | {cls})
    if not has_rows(spec):
        return spec, list(atoms)
    if spec[0] == "grown":
        m.fail(UnsupportedError, "a result has lists of instances in a list of run-time length")
    parts, columns, rest = [], [], list(atoms)
    for part in spec[-1]:
        count = sum(1 for _ in leaf_types(part))
        new, more = _expanded(m, part, rest[:count], around)
        parts.append(new)
        columns += more
        rest = rest[count:]
    return (*spec[:-1], tuple(parts)), columns
