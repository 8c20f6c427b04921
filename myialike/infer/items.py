"""Items of lists of run-time length: their structure, their leaves, and which object an item is.

A list of run-time length (`GrownState`) has an array for each leaf of an item, row k being item k's
(`myialike.infer.growing`). An item that is an object, a list or an array, has an identity as well:

* An array that is read from the list is a *view* of the row, as a row of a NumPy matrix is. So is a list of numbers in
  the *opened* form, in which it is a list of run-time length itself: of a table of m lists of n numbers there is one
  array of m by n, and `t[i][j] = v` writes one element of it. `opened` is that form of a structure, `packed` makes the
  leaves.
* An instance or a dict is read and written in the rows (`myialike.infer.rows`).
* Any other object is copied when it is read from a list, and all objects are when they are put into it. The copies are
  noted as possibly the same as the rows, so that a change of one makes the others unknown, which is refused where it
  is read (`myialike.infer.heap`). A list of numbers that is written this way makes its owner change to the opened form
  first.
* What has been put into a list twice may be two of its items: then the rows may be the same as themselves, and a change
  of an item makes them unknown.
* Where items are replaced or moved, objects that were read before are no longer known to be in the list.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from myialike.infer.emit import broadcast, cast
from myialike.infer.freeze import Freezing
from myialike.infer.heap import DictState, GrownState, ListState, ObjectState
from myialike.infer.machine import Machine, array_type
from myialike.infer.ranges import whole
from myialike.infer.spec import NOTHING, Spec, leaf_types
from myialike.infer.values import Ref, Tup, Undef, Value, as_num, parts
from myialike.infer.widen import Mismatch, is_list_form, list_form, unify_specs, with_items
from myialike.ir.syntax import Atom, Lit
from myialike.ir.types import BOOL, I64, Array, DType, static_shape

OBJECTS = ("array", "list", "dict", "object", "cell", "iterator", "grown", "sized", "same")
IMMUTABLE = ("jax", "weak")


def buffers(state: GrownState) -> list[int]:
    """The arrays that hold the items, by their numbers on the heap."""
    return [v.id for v in state.items[1:] if isinstance(v, Ref)]


# -- structure ------------------------------------------------------------------------------------------------------


def item_spec(m: Machine, id: int) -> Spec | None:
    """The structure that holds every item of a list; None of an empty one, Mismatch where there is none."""
    state = m.heap.states[id]
    if isinstance(state, GrownState):
        return state.spec
    assert isinstance(state, ListState)
    found: Spec | None = None
    for item in state.items:
        if not _is_bound(item):
            raise Mismatch("a function that captures a variable that is not bound")
        found = common(found, Freezing(m).add(item, dynamic=True))
    return found


def _is_bound(value: Value) -> bool:
    """Whether all that a function captures is bound; one that captures what is not may be in a list all the same."""
    return not isinstance(value, Undef) and all(map(_is_bound, parts(value)))


def common(a: Spec | None, b: Spec | None) -> Spec | None:
    """The structure that holds items of both of two, where None is of no item."""
    return a if b is None else b if a is None else unify_specs(a, b)


def has_leaves(spec: Spec) -> bool:
    return any(True for _ in leaf_types(spec))


def only_numbers(spec: Spec) -> bool:
    """Whether an item is a number, or a tuple of such: what has no identity."""
    return spec[0] == "num" or (spec[0] == "tuple" and bool(spec[-1]) and all(map(only_numbers, spec[-1])))


def has_objects(spec: Spec) -> bool:
    """Whether an item is, or has in it, something with an identity."""
    if spec[0] in OBJECTS:
        return not (spec[0] == "array" and spec[-1] in IMMUTABLE)
    return spec[0] in ("tuple", "value") and any(map(has_objects, spec[-1]))


def opened(spec: Spec) -> Spec:
    """The structure in which lists of items of one structure are lists of run-time length.

    An item that has an object twice says so by the number of that object, so its lists stay as they are.
    """
    return spec if has_same(spec) else _opened(spec)


def has_same(spec: Spec) -> bool:
    """Whether an item has an object in it twice."""
    if spec[0] in ("same", "entry"):
        return True
    return spec[0] in ("tuple", "list", "dict", "object", "value") and any(map(has_same, spec[-1]))


def _opened(spec: Spec) -> Spec:
    if spec[0] == "list" and spec[-1]:
        try:
            return opened_list(spec)
        except Mismatch:
            return spec
    if spec[0] in ("tuple", "dict", "object"):
        return (*spec[:-1], tuple(map(_opened, spec[-1])))
    return with_items(spec, _opened(spec[1])) if spec[0] == "grown" else spec


def opened_list(spec: Spec) -> Spec:
    inner = (*spec[:-1], tuple(map(_opened, spec[-1])))
    form = list_form(inner)
    return form if has_leaves(form[1]) else spec


# -- leaves ---------------------------------------------------------------------------------------------------------


def leaves(m: Machine, item: Value, spec: Spec) -> list[Atom]:
    """The leaves of an item, in the types of `spec`."""
    frozen = Freezing(m)
    found = frozen.add(item, dynamic=True)
    if found[0] != "value" and [*leaf_shapes(found)] != [*leaf_shapes(spec)]:
        return packed(m, item, spec)
    return [cast(m, a, t.dtype) for a, t in zip(frozen.atoms, leaf_types(spec), strict=True)]


def objects_of(m: Machine, item: Value) -> frozenset[int]:
    """The objects in an item that can be changed, with all that they may be."""
    frozen = Freezing(m)
    frozen.add(item, dynamic=True)
    ids = [id for id in frozen.ids if not m.is_array(Ref(id)) or m.kind(id) not in IMMUTABLE]
    return frozenset[int]().union(*(m.heap.candidates(d) for id in ids for d in m.heap.data(id)))


def note_put(m: Machine, objects: frozenset[int], rows: Sequence[int]) -> bool:
    """Note that the objects of an item may be what `rows` hold; whether they may have been that before."""
    roots = {m.heap.root(row) for row in rows}
    twice = not roots.isdisjoint(objects)
    for root in roots:
        for other in objects - roots:
            m.heap.pair(root, other)
        if twice:
            m.heap.pair(root, root)
    return twice


def has_twins(m: Machine, state: GrownState) -> bool:
    """Whether two items of a list may be one object."""
    roots = [m.heap.root(row) for row in buffers(state)]
    return any(root in m.heap.maybe.get(root, ()) for root in roots)


def part_twins(m: Machine, state: GrownState) -> None:
    """Note that no two items of a list are one object."""
    for root in {m.heap.root(row) for row in buffers(state)}:
        m.heap.maybe[root] -= {root}


def link_rows(m: Machine, new: Sequence[int], old: Sequence[int]) -> None:
    """Note that the arrays of a list, with the objects in them, are those that it or another list had before."""
    known = [m.heap.candidates(m.heap.root(row)) for row in old]
    others = frozenset().union(*known) - frozenset(new)
    twice = any(m.heap.root(row) in m.heap.maybe.get(m.heap.root(row), ()) for row in old)
    for row in new:
        for other in others:
            m.heap.pair(row, other)
        if twice:
            m.heap.pair(row, row)


def leaf_shapes(spec: Spec) -> Iterator[Any]:
    """The shapes of the leaves, and which lists they are in."""
    if is_list_form(spec):
        yield spec[0], len(spec[-1])
    if spec[0] in ("num", "array"):
        yield spec[2] if spec[0] == "array" else ()
    elif spec[0] in ("tuple", "list", "dict", "object", "value", "cell", "iterator", "grown", "sized", "row"):
        for part in spec[-1]:
            yield from leaf_shapes(part)


def packed(m: Machine, item: Value, spec: Spec) -> list[Atom]:
    """The leaves of an item in another form: its lists as lists of run-time length."""
    if spec[0] == "same":
        return []
    if spec[0] == "grown" and isinstance(item, Ref):
        return packed_list(m, item, spec)
    if spec[0] == "tuple" and isinstance(item, Tup):
        return [a for v, s in zip(item.items, spec[-1], strict=True) for a in packed(m, v, s)]
    state = m.state(item.id) if isinstance(item, Ref) else None
    if spec[0] in ("list", "dict", "object") and isinstance(state, (ListState, DictState, ObjectState)):
        return [a for v, s in zip(state.items, spec[-1], strict=True) for a in packed(m, v, s)]
    frozen = Freezing(m)
    frozen.add(item, dynamic=True)
    return [cast(m, a, t.dtype) for a, t in zip(frozen.atoms, leaf_types(spec), strict=True)]


def packed_list(m: Machine, item: Ref, spec: Spec) -> list[Atom]:
    """The leaves of a list as one with the room that `spec` says."""
    _, inner, capacity, _, (length, *_) = spec
    state = m.state(item.id)
    if isinstance(state, GrownState):
        count, columns = _number(state.items[0]), rows_in_form(m, state, inner)
    else:
        assert isinstance(state, ListState)
        count = whole(len(state.items))
        columns = stacked(m, state.items, inner)
    columns = [with_room(m, c, capacity) for c in columns]
    return [*([count] if length[0] == "num" else []), *columns]


def _number(value: Value) -> Atom:
    num = as_num(value)
    assert num is not None
    return num.atom


def rows_in_form(m: Machine, state: GrownState, spec: Spec) -> list[Atom]:
    """The arrays of a list of run-time length, for items of a wider structure or in the opened form."""
    rows = [m.array(id) for id in buffers(state)]
    return columns_in_form(m, rows, state.spec, spec, state.capacity)


def columns_in_form(m: Machine, rows: Sequence[Atom], old: Spec, new: Spec, number: int) -> list[Atom]:
    """Arrays with a leaf of each of a number of items: those of items of another form."""
    if old == NOTHING:
        return [_zeros(m, t.dtype, (number, *static_shape(t))) for t in leaf_types(new)]
    if [*leaf_shapes(old)] == [*leaf_shapes(new)]:
        return [cast(m, row, t.dtype) for row, t in zip(rows, leaf_types(new), strict=True)]
    if new[0] == "grown" and old[0] == "list":
        return _columns_of_list(m, rows, old, new, number)
    if new[0] == old[0] == "grown":
        return _columns_of_grown(m, rows, old, new, number)
    assert len(old[-1]) == len(new[-1])
    found: list[Atom] = []
    rest = list(rows)
    for a, b in zip(old[-1], new[-1], strict=True):
        count = sum(1 for _ in leaf_types(a))
        found += columns_in_form(m, rest[:count], a, b, number)
        rest = rest[count:]
    return found


def _columns_of_list(m: Machine, rows: Sequence[Atom], old: Spec, new: Spec, number: int) -> list[Atom]:
    _, inner, capacity, _, (length, *_) = new
    rest, columns = list(rows), []
    for part in old[-1]:
        size = sum(1 for _ in leaf_types(part))
        columns.append(columns_in_form(m, rest[:size], part, inner, number))
        rest = rest[size:]
    found = [with_room(m, _side_by_side(m, parts), capacity, axis=1) for parts in zip(*columns, strict=True)]
    if not columns:
        found = [_zeros(m, t.dtype, (number, capacity, *static_shape(t))) for t in leaf_types(inner)]
    full = m.builder.full(Array(I64, (number,)), len(old[-1]))
    return [*([full] if length[0] == "num" else []), *found]


def _side_by_side(m: Machine, parts: Sequence[Atom]) -> Atom:
    wide = []
    for part in parts:
        first, *rest = static_shape(array_type(part))
        wide.append(m.emit("reshape", part, shape=(first, 1, *rest)))
    return wide[0] if len(wide) == 1 else m.emit("concatenate", *wide, axis=1)


def _columns_of_grown(m: Machine, rows: Sequence[Atom], old: Spec, new: Spec, number: int) -> list[Atom]:
    _, inner, capacity, _, (length, *_) = new
    was = old[-1][0]
    rest = list(rows)
    count = rest.pop(0) if was[0] == "num" else None
    if count is None and length[0] == "num":
        count = m.builder.full(Array(I64, (number,)), was[1].value)
    flat = _of_all_items(m, rest, old[1], inner, number * old[2])
    arrays = [with_room(m, split_axis(m, r, old[2]), capacity, axis=1) for r in flat]
    return [*([count] if length[0] == "num" and count is not None else []), *arrays]


def _of_all_items(m: Machine, rows: Sequence[Atom], old: Spec, new: Spec, number: int) -> list[Atom]:
    """`columns_in_form` of the items of many lists, one list after the other."""
    flat = []
    for row in rows:
        first, second, *rest = static_shape(array_type(row))
        flat.append(m.emit("reshape", row, shape=(first * second, *rest)))
    return columns_in_form(m, flat, old, new, number)


def split_axis(m: Machine, atom: Atom, capacity: int) -> Atom:
    first, *rest = static_shape(array_type(atom))
    return m.emit("reshape", atom, shape=(first // capacity, capacity, *rest))


def stacked(m: Machine, items: Sequence[Value], spec: Spec) -> list[Atom]:
    """For each leaf of `spec` an array of its values in all items."""
    rows = [packed(m, item, spec) for item in items]
    return [column(m, [row[k] for row in rows], t) for k, t in enumerate(leaf_types(spec))]


def column(m: Machine, atoms: Sequence[Atom], type: Array) -> Atom:
    """An array of values of one type; runs of one constant are made at once."""
    shape = static_shape(type)
    parts: list[Atom] = []
    for _, same in groupby(atoms, lambda a: (a.value.__class__, repr(a.value)) if isinstance(a, Lit) else object()):
        run = list(same)
        atom, count = run[0], len(run)
        if isinstance(atom, Lit):
            parts.append(broadcast(m, cast(m, atom, type.dtype), (count,)))
            continue
        one = cast(m, atom, type.dtype)
        parts.append(m.emit("reshape", one, shape=(1, *shape)) if shape else broadcast(m, one, (1,)))
    if not parts:
        return _zeros(m, type.dtype, (0, *shape))
    return parts[0] if len(parts) == 1 else m.emit("concatenate", *parts, axis=0)


def _zeros(m: Machine, dtype: DType, shape: Sequence[int]) -> Atom:
    return m.builder.full(Array(dtype, tuple(shape)), False if dtype == BOOL else 0)


def with_room(m: Machine, atom: Atom, capacity: int, axis: int = 0) -> Atom:
    """An array made longer along an axis, or cut."""
    type = array_type(atom)
    shape = list(static_shape(type))
    have = shape[axis]
    if have == capacity:
        return atom
    if have > capacity:
        spec = tuple(("slice", 0, capacity if k == axis else n, 1) for k, n in enumerate(shape))
        return m.emit("index", atom, spec=spec)
    shape[axis] = capacity - have
    more = _zeros(m, type.dtype, shape)
    return more if have == 0 else m.emit("concatenate", atom, more, axis=axis)
