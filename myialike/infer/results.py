"""Which object of a result is which: what a function returns shares objects as it does in Python.

A result may hold an object of the arguments, or one object twice: these are told by number (`myialike.infer.freeze`).
Two kinds of objects have no data of their own, and are told by where they are:

* an array that looks at another is a view of that, `("view", steps, (of, operands of the steps))`;
* an item of a list of run-time length is what that list has there, `("item", way, (list, index))`; a slice of one is a
  list of such items, `("items", (list, places, length))`.

Where paths decide which object is meant (`a if x > 0 else b`), the objects are numbered, and the number of the one that
the paths choose is computed as they choose it, `("chosen", numbers, (copy, number))`: the copy serves where that object
is new, or lost. Few programs need that, so numbers are computed only after a first attempt has found it `Undecided`
(`myialike.infer.which`).

So `return ps, ps[i]` gives the item itself, and `return a, a[i]` a view of a row. What is shown must be there to be
shown: an object of the arguments, or one that is a part of the result anyway. Of an array or a list that nobody else
has, the view or the item is copied out, which makes no difference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from myialike.infer.dicts import touched
from myialike.infer.freeze import Freezing, index_atom
from myialike.infer.heap import ArrayState, Gathered, GrownState, Heap, RowState, SizedState, ViewState, ViewStep
from myialike.infer.homes import come_home
from myialike.infer.isolate import new_states
from myialike.infer.items import IMMUTABLE, buffers
from myialike.infer.machine import Machine, array_type, is_users
from myialike.infer.picked import packed_inside
from myialike.infer.pools import pools_of, stay_outside
from myialike.infer.signals import Undecided
from myialike.infer.spec import Key, Spec
from myialike.infer.values import Ref, Value, const_number, parts
from myialike.ir.syntax import Atom, Lit

LOOKING = (ViewState, SizedState)

Way = tuple[tuple[str, object], ...]  # from an item to what is in it: ("attribute", name), ("item", Key(key))


@dataclass(frozen=True, slots=True)
class Place:
    """Where an object is: in the item of the list `of` at the index `at`, or what is reached from it on a way."""

    of: int
    at: Atom
    way: Way


def places(m: Machine) -> dict[int, Place]:
    """Where the objects that are items of lists of run-time length, or in such items, are now."""
    found = {id: _place(m, item.of, item.at, item.path) for id, item in m.heap.owners.items()}
    for id, state in m.heap.states.items():
        if isinstance(state, RowState):
            found[id] = _place(m, state.of, index_atom(state), state.path)
    return {id: place for id, place in found.items() if place is not None and not m.heap.is_lost(id)}


def _place(m: Machine, of: int, at: Atom, path: Sequence[int]) -> Place | None:
    state = m.heap.states.get(of)
    if not isinstance(state, GrownState):
        return None
    way: list[tuple[str, object]] = []
    spec = state.spec
    for k in path:
        match spec:
            case ("object", _, names, _):
                way.append(("attribute", names[k]))
            case ("dict", keys, _):
                way.append(("item", keys[k]))
            case ("tuple" | "list", *_):
                way.append(("item", Key(k)))
            case _:
                return None
        spec = spec[-1][k]
    return Place(of, at, tuple(way))


class Results(Freezing):
    """Specs of results for a caller outside of the compiler; `where` says which objects are items of lists."""

    def __init__(self, m: Machine, entry: dict[int, int], where: Mapping[int, Place]) -> None:
        super().__init__(m, entry)
        self.where = where
        self.rows = {n: row for id, n in entry.items() if isinstance(row := m.heap.states[id], RowState)}
        self.there: set[int] = set(entry)  # the objects that the caller has, or gets by themselves
        self.meant: set[int] = set()  # those that may be another of them
        self.shown: set[int] = set()  # those that are told by where they are

    def expect(self, values: Iterable[Value]) -> None:
        """Note what the values have in them: what is to be shown by others."""
        seen: set[int] = set()
        for value in values:
            self._walk(value, seen)
        shown = {id for id in seen if id in self.where or isinstance(self.m.heap.states[id], (*LOOKING, RowState))}
        anchors = Counter(self._anchor(id) for id in shown if isinstance(self.m.heap.states[id], LOOKING))
        self._choices(seen - shown - self.entry.keys())
        self.there |= seen - shown | {id for id, count in anchors.items() if count > 1}

    def _choices(self, ids: set[int]) -> None:
        """Find the objects that may be others that the caller has, since paths decide which they are."""
        everything = ids | self.entry.keys()
        for id in ids & self.m.decided:
            if self.m.is_array(Ref(id)) and self.m.kind(id) != "numpy":
                continue
            others = (self.m.heap.candidates(id) - {id}) & everything
            if others and not self.m.tracks:
                raise Undecided
            if self.m.has_no_number and not self.m.counts and id not in self.entry and others - self.entry.keys():
                raise Undecided(turns=True)
            if others:
                self.meant |= {id, *others}

    def _walk(self, value: Value, seen: set[int]) -> None:
        if not isinstance(value, Ref):
            for part in parts(value):
                self._walk(part, seen)
        elif value.id not in seen:
            seen.add(value.id)
            state = self.m.heap.states[value.id]
            items = () if isinstance(state, (ArrayState, ViewState)) else state.items
            for part in items[1:] if isinstance(state, SizedState) else items:
                self._walk(part, seen)

    def _anchor(self, id: int) -> int:
        """The object that a view is a view of, as far as that is one of Python's: no array of a list's items."""
        while isinstance(state := self.m.heap.states[id], LOOKING) and id not in self.where:
            id = state.base
        return id

    def pool(self, cls: type) -> Spec:
        """The spec of the pool of a class, in which the instances that were given are told by number."""
        id = self.m.heap.pools[cls]
        self._seen[id] = len(self.ids)
        self.ids.append(id)
        self.there.add(id)
        places = {index_atom(row): n for n, row in self.rows.items() if row.of == id}
        return ("pool", cls, tuple((at.value, n) for at, n in places.items() if isinstance(at, Lit)), (self.state(id),))

    def _can_be_shown(self, id: int) -> bool:
        """Whether the caller finds an object in the arguments or the rest of the result."""
        place = self.where.get(id)
        return id in self.there if place is None else self._can_be_shown(place.of)

    def _object(self, id: int, dynamic: bool) -> Spec:
        if id not in self.entry and id not in self._seen and (found := self._shown(id)) is not None:
            self._seen[id] = len(self.ids)
            self.ids.append(id)
            self.shown.add(id)
            return found
        own = super()._object(id, dynamic)
        if own[0] in ("entry", "same") or id not in self.meant:
            return own
        others, number = self.m.heap.candidates(id), self.m.tag(id, self.m.heap)
        numbers = tuple((other, n) for other, n in self.entry.items() if other in others)
        return ("chosen", numbers, (own, self.add(const_number(number, "python"))))

    def _shown(self, id: int) -> Spec | None:
        """How an object is seen in another that the caller has, if it is. Of a jax array nobody asks which it is."""
        if self.m.is_array(Ref(id)) and self.m.kind(id) in IMMUTABLE:
            return None
        place, source = self.where.get(id), self.m.heap.gathered.get(id)
        if source is not None:
            return self._items(id, source) if self._can_be_shown(source.of) else None
        if place is not None:
            if not self._can_be_shown(place.of):
                return None
            return ("item", place.way, (self.add(Ref(place.of)), self.add(const_number(place.at, "python"))))
        anchor = self._anchor(id)
        if not isinstance(self.m.heap.states[id], ViewState) or not self._can_be_shown(anchor):
            return None
        self.m.readable(self.m.heap.root(id))
        steps: list[ViewStep] = []
        while id != anchor and isinstance(state := self.m.heap.states[id], ViewState):
            steps.insert(0, state.step)
            id = state.base
        return None if id != anchor else self._view(anchor, steps)

    def _items(self, id: int, source: Gathered) -> Spec:
        state = self.m.heap.states[id]
        assert isinstance(state, GrownState)
        taken_from, places = self.add(Ref(source.of)), self.add(self.m.new_array(source.places))
        return ("items", (taken_from, places, self.add(state.items[0])))

    def lost(self) -> set[type]:
        """The classes of instances that are copied, and may be others that the caller has or gets."""
        heap = self.m.heap
        known = {*self.ids, *self.entry} - self.shown
        lists = {id: s for id in known if isinstance(s := heap.states[id], GrownState)}
        rows = {id: [heap.root(row) for row in buffers(s)] for id, s in lists.items()}
        known -= {row for of in rows.values() for row in of}
        data = {id: rows.get(id) or heap.data(id) for id in known}
        owners: dict[int, set[int]] = {}
        for id, of in data.items():
            for one in of:
                owners.setdefault(one, set()).add(id)
        found: set[type] = set()
        for id, of in data.items():
            may_be = {other for one in of for other in heap.candidates(one)}
            is_twice = any(one in heap.maybe.get(one, ()) for one in of)
            if is_twice or any(owners.get(one, set()) - {id} for one in may_be):
                found |= {cls for cls in heap.classes_of(id) if is_users(cls)}
        return found

    def _view(self, anchor: int, steps: Sequence[ViewStep]) -> Spec | None:
        atoms = [a for step in steps for a in step.operands]
        if self.m.kind(anchor) != "numpy" or any(array_type(a).shape for a in atoms):
            return None
        base = self.add(Ref(anchor))
        operands = [self.add(const_number(a, "python")) for a in atoms]
        return ("view", tuple((s.op, s.attrs) for s in steps), (base, *operands))

    def state(self, id: int, dynamic: bool = False) -> Spec:
        spec, state = super().state(id, dynamic), self.m.heap.states[id]
        if isinstance(state, SizedState) and self._can_be_shown(self._anchor(id)):
            room, *extents = spec[-1]
            return (*spec[:-1], (("view", (), (room,)), *extents))
        return spec


def results(
    m: Machine, result: Value, ids: Sequence[int], before: Heap
) -> tuple[Spec, tuple[tuple[int, Spec], ...], tuple[Spec, ...], list[Atom]]:
    """The spec of a result, the new states of the objects `ids`, the pools of instances in both, and all leaves.

    The leaves of the result come first, then those of the pools and the new states. Objects are numbered in the other
    order: a result is put together when the arguments are what they become.
    """
    where = places(m)
    come_home(m, ids)
    result = packed_inside(m, result)
    frozen = Results(m, {id: k for k, id in enumerate(ids)}, where)
    stay_outside(m, ids, before, instances=True)
    frozen.expect([result, *(Ref(id) for id in ids)])
    pools = tuple(frozen.pool(cls) for cls in pools_of(m, result, touched(m, ids, before), frozen.entry.keys()))
    changed = new_states(m, ids, before, frozen)
    count = len(frozen.atoms)
    spec = frozen.add(result)
    m.pools.lost |= frozen.lost()
    return spec, changed, pools, frozen.atoms[count:] + frozen.atoms[:count]
