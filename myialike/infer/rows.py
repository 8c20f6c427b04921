"""Items of lists of run-time length as objects: which object an item is, and what becomes of it.

An instance or a dict that is an item, or in one, is a *row* (`RowState`): an index in a list, and the way from the item
to it. It has no data of its own, so two of them that are one item never differ, and a loop or a branch may carry one as
it carries an index. An array is a view, a list of numbers in the opened form a list of views (`myialike.infer.items`).
What is written to a row is told in `myialike.infer.row_writes`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from myialike.infer.freeze import Thawing, index_atom
from myialike.infer.heap import (
    ArrayState,
    DictState,
    GrownState,
    Item,
    ListState,
    ObjectState,
    RowState,
    Unknown,
    ViewState,
    ViewStep,
)
from myialike.infer.items import IMMUTABLE, buffers, has_objects, has_same
from myialike.infer.machine import Machine, array_type
from myialike.infer.spec import Spec, leaf_types
from myialike.infer.symbolic import apart, congruent
from myialike.infer.values import Num, Ref, Tup, Value, const_number
from myialike.ir.syntax import Atom, Lit
from myialike.ir.types import Array, static_shape
from myialike.library.picked import Picked


def part_at(spec: Spec, path: Sequence[int]) -> tuple[int, Spec]:
    """The structure of a part of an item, and the number of its first leaf."""
    first = 0
    for k in path:
        first += sum(1 for part in spec[-1][:k] for _ in leaf_types(part))
        spec = spec[-1][k]
    return first, spec


def with_part(spec: Spec, path: Sequence[int], new: Spec) -> Spec:
    """The structure of an item with a part of another structure."""
    if not path:
        return new
    items = list(spec[-1])
    items[path[0]] = with_part(items[path[0]], path[1:], new)
    return (*spec[:-1], tuple(items))


def is_row(spec: Spec) -> bool:
    """Whether an item, or a part of one, is a row: an instance or a dict, each object in which is in it once."""
    return (spec[0] == "dict" or (spec[0] == "object" and spec[1] is not Picked)) and not has_same(spec)


def part_rows(state: GrownState, path: Sequence[int]) -> list[int]:
    """The arrays with the leaves of a part of each item."""
    first, spec = part_at(state.spec, path)
    return buffers(state)[first : first + sum(1 for _ in leaf_types(spec))]


class ItemThawing(Thawing):
    """The item of row `at`: its arrays are views of `rows`."""

    def __init__(self, m: Machine, atoms: Sequence[Atom], rows: Sequence[int], at: Atom) -> None:
        super().__init__(m, iter(atoms))
        self.rows = rows
        self.at = at
        self.views: set[int] = set()  # the rows that are looked at

    def state(self, spec: Spec) -> Any:
        if spec[0] != "array" or spec[-1] in IMMUTABLE:
            return super().state(spec)
        k, atom = next(self.atoms)
        row = self.rows[k]
        self.views.add(row)
        place, operands = place_of(self.at)
        entries = (place, *whole_axes(array_type(atom)))
        return ViewState(row, ViewStep("index", operands, (("spec", entries),)), self.m.array(row), atom)


def place_of(at: Atom) -> tuple[tuple[Any, ...], tuple[Atom, ...]]:
    """The entry of an index `spec` for a place, and its operands."""
    return (("int", at.value), ()) if isinstance(at, Lit) else (("i",), (at,))


def whole_axes(type: Array) -> tuple[tuple[str, int, int, int], ...]:
    return tuple(("slice", 0, n, 1) for n in static_shape(type))


def shown(m: Machine, list_id: int, state: GrownState, at: Atom, path: tuple[int, ...] = ()) -> Value:
    """The item at an index that is in range, or the part of it at `path`: the object that is there."""
    _, spec = part_at(state.spec, path)
    if spec[0] == "row":
        return Thawing(m, iter(_atoms(m, part_rows(state, path), spec, at))).make(spec)
    if is_row(spec):
        cls = dict if spec[0] == "dict" else spec[1]
        return Ref(m.heap.alloc(RowState((index_value(at),), list_id, path, cls)))
    if spec[0] == "tuple" and has_objects(spec) and not has_same(spec):
        return Tup(tuple(shown(m, list_id, state, at, (*path, k)) for k in range(len(spec[-1]))), spec[1])
    rows = part_rows(state, path)
    thawing = ItemThawing(m, _atoms(m, rows, spec, at), rows, at)
    item = thawing.make(spec)
    for id in thawing.ids:
        if not isinstance(m.heap.states[id], (ViewState, ArrayState)):
            for row in rows:
                m.heap.taken_from(id, row, is_shown=row in thawing.views)
    for id, inner in objects_in(m, item, path):
        m.heap.owners[id] = Item(list_id, at, inner)
    return item


def index_value(at: Atom) -> Value:
    return const_number(at, "python") if isinstance(at, Lit) else Num(at, "python", 0, None)


def list_of(m: Machine, row: RowState) -> tuple[GrownState, Spec]:
    """The list that a row is in, and the structure of what the row shows."""
    state = m.state(row.of)
    assert isinstance(state, GrownState)
    return state, part_at(state.spec, row.path)[1]


def state_of(m: Machine, row: RowState) -> ObjectState | DictState:
    """What a list has in the place that a row shows."""
    state, spec = list_of(m, row)
    at, places = index_atom(row), range(len(spec[-1]))
    items = tuple(shown(m, row.of, state, at, (*row.path, k)) for k in places)
    if spec[0] == "dict":
        return DictState(tuple(key.value for key in spec[1]), items)
    return ObjectState(spec[1], spec[2], items)


def attribute_of(m: Machine, row: RowState, name: str) -> Value | None:
    """An attribute that an instance itself has; None where it has none of that name."""
    _, spec = list_of(m, row)
    if spec[0] != "object" or name not in spec[2]:
        return None
    return part_of_row(m, row, spec[2].index(name))


def part_of_row(m: Machine, row: RowState, k: int) -> Value:
    """What a row shows in its k-th place, and nothing else: each object that is made for it is looked after later."""
    return shown(m, row.of, list_of(m, row)[0], index_atom(row), (*row.path, k))


def copied_out(m: Machine, row: RowState) -> Any:
    """The state of an object by itself that has what a row shows."""
    state, spec = list_of(m, row)
    made = Thawing(m, iter(_atoms(m, part_rows(state, row.path), spec, index_atom(row)))).make(spec)
    assert isinstance(made, Ref)
    return m.heap.states[made.id]


def rows_of_list(m: Machine, list_id: int) -> list[tuple[int, RowState]]:
    """The objects that are rows of a list, as far as they are known."""
    found = [(id, s) for id, s in m.heap.states.items() if isinstance(s, RowState) and s.of == list_id]
    return [(id, s) for id, s in found if id not in m.heap.unknown]


def objects_in(m: Machine, value: Value, path: tuple[int, ...]) -> Iterator[tuple[int, tuple[int, ...]]]:
    """The objects in an item, and how each is reached."""
    if isinstance(value, Ref):
        yield value.id, path
        state = m.heap.states[value.id]
        inner = state.items if isinstance(state, (ListState, DictState, ObjectState)) else ()
    else:
        inner = value.items if isinstance(value, Tup) else ()
    for k, v in enumerate(inner):
        yield from objects_in(m, v, (*path, k))


def taken(m: Machine, state: GrownState, at: Atom) -> Value:
    """The item at an index, which is no longer in the list."""
    thawing = Thawing(m, iter(row_atoms(m, state, at)))
    item = thawing.make(state.spec)
    for id in thawing.ids:
        for row in buffers(state):
            m.heap.left(id, row)
    return item


def row_atoms(m: Machine, state: GrownState, at: Atom) -> list[Atom]:
    """The leaves of the item at an index."""
    return _atoms(m, buffers(state), state.spec, at)


def _atoms(m: Machine, rows: Sequence[int], spec: Spec, at: Atom) -> list[Atom]:
    place, operands = place_of(at)
    return [
        m.emit("index", m.array(row), *operands, spec=(place, *whole_axes(t)))
        for row, t in zip(rows, leaf_types(spec), strict=True)
    ]


def is_view(m: Machine, state: GrownState) -> bool:
    """Whether a list of run-time length is an item of another, whose arrays it shows."""
    return any(isinstance(m.heap.states[row], ViewState) for row in buffers(state))


def moved(
    m: Machine, list_id: int, state: GrownState, at: Atom | None = None, path: tuple[int, ...] = ()
) -> None:
    """Note that items of a list are replaced or moved: objects read from it before are not known to be in it.

    `at`: only the item at that index is replaced; `path`: or a part of each.
    """
    if not has_objects(part_at(state.spec, path)[1]):
        return
    forget_home(m, list_id)
    m.heap.twins.pop(list_id, None)
    if not path:
        m.heap.gathered = {k: v for k, v in m.heap.gathered.items() if list_id not in (k, v.of)}
    roots, depth = {m.heap.root(row) for row in part_rows(state, path)}, _depth(m, list_id)

    def concerned(of: int, inner: tuple[int, ...]) -> bool:
        owner = m.heap.states.get(of)
        if not isinstance(owner, GrownState) or _depth(m, of) < depth or (of == list_id and inner[: len(path)] != path):
            return False
        return not roots.isdisjoint(m.heap.root(row) for row in buffers(owner))

    for id, item in list(m.heap.owners.items()):
        if id not in m.heap.owners or not concerned(item.of, item.path):
            continue
        if item.of == list_id and at is not None and (apart(m, item.at, at) or _detached(m, id, item, at, roots)):
            continue
        del m.heap.owners[id]
        if _shows(m, id, roots) or id in m.heap.unknown:
            m.heap.unknown[id] = Unknown(m.loc, MOVED)
    gone: list[int] = []
    for id, row in [(id, s) for id, s in m.heap.states.items() if isinstance(s, RowState)]:
        if not concerned(row.of, row.path) or id in m.heap.unknown:
            continue
        place = index_atom(row) if row.of == list_id else None
        if at is not None and place is not None and apart(m, place, at):
            continue
        has_left = at is not None and place is not None and congruent(m, place, at)
        _set_apart(m, id, row, roots, has_left)
        for other in gone:
            m.heap.pair(id, other)  # they may be what was one item
        gone.append(id)


MOVED = "this was an item of a list, and items of it were replaced or moved since"


def _set_apart(m: Machine, id: int, row: RowState, roots: set[int], has_left: bool) -> None:
    """Make a row an object by itself with what it has now, which `has_left` the list or may be in it still."""
    state = m.heap.states[row.of]
    assert isinstance(state, GrownState)
    if any(map(has_objects, part_at(state.spec, row.path)[1][-1])):
        m.heap.unknown[id] = Unknown(m.loc, MOVED)
        return
    m.heap.states[id] = copied_out(m, row)
    has_left = has_left and not any(root in m.heap.maybe.get(root, ()) for root in roots)
    others = frozenset[int]().union(*map(m.heap.candidates, roots)) - {id}
    for other in others - roots if has_left else others:
        m.heap.pair(id, other)


def _detached(m: Machine, id: int, item: Item, at: Atom, roots: set[int]) -> bool:
    """Make a list of numbers that is replaced as an item one by itself; whether it is such a list."""
    state = m.heap.states[id]
    if not isinstance(state, GrownState) or item.path or has_objects(state.spec) or not congruent(m, item.at, at):
        return False
    state = m.state(id)
    assert isinstance(state, GrownState)
    if any(root in m.heap.maybe.get(root, ()) for root in roots):
        return False
    rows = [m.new_array(m.array(row)) for row in buffers(state)]
    m.heap.states[id] = GrownState((state.items[0], *rows), state.spec, state.capacity, state.site)
    others = frozenset().union(*(m.heap.maybe.get(root, frozenset()) for root in roots)) - {id}
    m.heap.maybe[id] = m.heap.maybe.get(id, frozenset()) - roots
    for root in roots:
        m.heap.maybe[root] = m.heap.maybe.get(root, frozenset()) - {id}
    for other in others - roots:
        m.heap.pair(id, other)
        for row in rows:
            m.heap.pair(row.id, other)
    del m.heap.owners[id]
    return True


def forget_home(m: Machine, id: int) -> None:
    """Note that the items of a list, and of the lists that it is in, are no longer the objects that they were."""
    m.heap.homes.pop(id, None)
    if id in m.heap.owners:
        forget_home(m, m.heap.owners[id].of)


def _depth(m: Machine, id: int) -> int:
    """In how many lists, one in the other, an object is."""
    return 0 if id not in m.heap.owners else 1 + _depth(m, m.heap.owners[id].of)


def _shows(m: Machine, id: int, roots: set[int]) -> bool:
    state = m.heap.states[id]
    if isinstance(state, GrownState):
        return any(m.heap.root(row) in roots for row in buffers(state))
    return isinstance(state, ViewState) and m.heap.root(id) in roots


