"""The abstract heap: objects with identity, and what is known about who may be whom.

A state is immutable; changing an object replaces its state, so a copy of the heap is a copy of one dict, and two copies
are compared object by object. A *view* is an object that has no data of its own: it is read through the object that it
looks at, and writing it writes that object, as in NumPy.

Where two branches bind one name to different objects, the name afterwards means a new object that *may be* either.
Nothing is assumed about it: reading is right in any case, and writing one of the three makes the values of the others
unknown. Reading an object in that condition is refused, with the place of the write.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from myialike.infer.values import Kind, Num, Ref, Undef, Value, as_num
from myialike.ir.syntax import Atom
from myialike.ir.types import Array
from myialike.library.deques import Deque
from myialike.source import Location


@dataclass(frozen=True, slots=True)
class ArrayState:
    """An array that owns its data. A jax array (`kind`) cannot be written."""

    atom: Atom
    kind: Kind = "numpy"

    @property
    def type(self) -> Array:
        assert isinstance(self.atom.type, Array)
        return self.atom.type


@dataclass(frozen=True, slots=True)
class ViewStep:
    """How a view looks at its base: an operation (`index reshape transpose real imag`), its operands and attributes."""

    op: str
    operands: tuple[Atom, ...]
    attrs: tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class ViewState:
    """An array that looks at another. `seen` is its value when its base had the value `at`: a cache.

    `is_flat`: it is `x.flat`, whose subscripts copy.
    """

    base: int
    step: ViewStep
    at: Atom = field(compare=False)
    seen: Atom = field(compare=False)
    is_flat: bool = False


@dataclass(frozen=True, slots=True)
class ListState:
    items: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class GrownState:
    """A list whose length is known only at run time, of items of one structure.

    `items` are its length (a number) and an array (`Ref`) for each leaf of an item: row k has the leaf of item k.
    `spec` is the structure of an item, `capacity` the number of rows, `site` the name of the place that a greater
    capacity is asked for by (`myialike.infer.growing`).
    """

    items: tuple[Value, ...]
    spec: tuple[Any, ...]
    capacity: int
    site: str


@dataclass(frozen=True, slots=True)
class SizedState:
    """An array whose size along some axes is known only at run time: a part of an array that has room for it.

    `items` are that array (`Ref`), then, for each of `axes`, the first index of the part and its size
    (`myialike.infer.sized`).
    """

    items: tuple[Value, ...]
    axes: tuple[int, ...]
    is_window: bool = False  # a slice `x[i : i + n]`, of n elements unless it is cut off at an end of x

    @property
    def base(self) -> int:
        ref = self.items[0]
        assert isinstance(ref, Ref)
        return ref.id


@dataclass(frozen=True, slots=True)
class DictState:
    """`keys` are compile-time objects."""

    keys: tuple[Any, ...]
    items: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class ObjectState:
    """An instance: its class and its attributes in order of their making."""

    cls: type
    names: tuple[str, ...]
    items: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class RowState:
    """An instance or dict that is an item of a list of run-time length, or in one: it has no data of its own.

    `items` is its index in the list `of`, `path` the way from the item to it (`myialike.infer.rows`).
    """

    items: tuple[Value, ...]
    of: int
    path: tuple[int, ...]
    cls: type


@dataclass(frozen=True, slots=True)
class SlotsState:
    """Where the keys of a dict of run-time keys are, by their hashes (`myialike.infer.dict_slots`).

    `items` is the array that says it, or nothing where the keys are looked for one by one.
    """

    items: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class CellState:
    """A boxed variable: one item, its value."""

    items: tuple[Value, ...] = (Undef(""),)


@dataclass(frozen=True, slots=True)
class IteratorState:
    """An iterator: one item, the sequence that it has still to give."""

    items: tuple[Value, ...]


Site = Location | tuple[str, Location | None, int] | None
"""Where a dict begins: a place in the program, or object k of those "given" to it or "inside" of a call at a place."""

Structure = ListState | GrownState | DictState | ObjectState | RowState | SlotsState | CellState | IteratorState
State = ArrayState | ViewState | SizedState | Structure


NOTHING_TOLD: Mapping[int, State | None] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Unknown:
    """Why an object's value is not known any more: what happened at `loc`, or `reason`.

    `chosen_by` is the condition that decided which object it is, `instead` what to write instead.
    `is_opaque`: it is a part of an argument, of a type that is not supported.
    `is_told`: it would be known if it were computed which object paths choose.
    `is_seen`: it is an item of a list, or in one, and is to be looked at there again.
    """

    loc: Location | None
    reason: str = ""
    chosen_by: Atom | None = None
    instead: str = "copy one of them (`x = x.copy()`) before the change"
    is_opaque: bool = False
    is_told: bool = False
    is_seen: bool = False


CHANGED = "a deque has been changed since an iterator over it was made"


@dataclass(frozen=True, slots=True)
class Item:
    """Where an object was read from: the list `of`, of run-time length, the index, and the way from the item to it."""

    of: int
    at: Atom
    path: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Home:
    """The objects that were a list's items, and what its arrays held when it became one of run-time length."""

    items: tuple[int, ...]
    rows: tuple[State, ...]


@dataclass(frozen=True, slots=True)
class Gathered:
    """Where the items of a list are taken from: item k is the one at `places[k]` of the list `of`."""

    of: int
    places: Atom


@dataclass(slots=True)
class Pools:
    """The classes whose instances live in pools, with the structure of an instance as far as it is known.

    `wanted` are the classes of objects that were refused because run time decides which of them is meant, `written`
    those of which an instance in a pool was changed, `lost` those of which results have copies that may be what the
    caller has. `are_refused`: the instances cannot have pools.
    `are_choices_asked`: a list or a dict was refused because paths decide which it is.
    """

    specs: dict[type, tuple[Any, ...] | None] = field(default_factory=dict)
    wanted: set[type] = field(default_factory=set)
    written: set[type] = field(default_factory=set)
    lost: set[type] = field(default_factory=set)
    are_refused: bool = False
    are_choices_asked: bool = False

    def more(self, classes: set[type]) -> bool:
        """Give classes pools; whether there are any that have none."""
        new = classes - self.specs.keys()
        self.specs |= dict.fromkeys(sorted(new, key=lambda cls: (cls.__module__, cls.__qualname__)))
        return bool(new)


class Heap:
    """States by object number, the may-be-the-same relation, the objects of unknown value, and who is an item of whom.

    The relation need not be symmetric: `maybe[a]` are the objects that become unknown when `a` is written.
    """

    def __init__(self) -> None:
        self.states: dict[int, State] = {}
        self.sites: dict[int, frozenset[Site]] = {}  # where dicts begin: `myialike.infer.dicts`
        self.maybe: dict[int, frozenset[int]] = {}
        self.unknown: dict[int, Unknown] = {}
        self.choices: dict[frozenset[int], Atom] = {}
        self.owners: dict[int, Item] = {}
        self.homes: dict[int, Home] = {}
        self.gathered: dict[int, Gathered] = {}  # of lists of run-time length that are parts of others
        self.tags: dict[int, Atom] = {}  # which object it is, of one that paths decide: see `myialike.infer.which`
        self.clock: int | None = None  # a cell with a number that no two turns of loops share, if turns are counted
        self.born: dict[int, Atom] = {}  # what it was when an object was made
        self.twins: dict[int, Atom] = {}  # of a list one of whose items was just put in twice, the place where it was
        self.pools: dict[type, int] = {}  # the lists that instances of a class live in: `myialike.infer.pools`
        self.read_only: set[int] = set()  # arrays that NumPy does not let be changed
        self.under_construction: set[int] = set()  # instances whose constructor runs
        self._next = [0]

    def copy(self) -> Heap:
        """A snapshot; numbers of new objects stay unique across copies."""
        other = Heap()
        other.states, other.maybe, other.unknown = dict(self.states), dict(self.maybe), dict(self.unknown)
        other.choices, other.owners, other.homes = dict(self.choices), dict(self.owners), dict(self.homes)
        other.twins, other.tags, other.gathered = dict(self.twins), dict(self.tags), dict(self.gathered)
        other.pools, other.sites = self.pools, self.sites
        other.clock, other.born = self.clock, dict(self.born)
        other.read_only, other.under_construction = self.read_only, self.under_construction
        other._next = self._next
        return other

    def alloc(self, state: State) -> int:
        self._next[0] += 1
        self.states[self._next[0]] = state
        if self.clock is not None:
            self.born[self._next[0]] = self.turn()
        return self._next[0]

    def turn(self) -> Atom:
        """The number of the present turn of loops, where turns are counted."""
        assert self.clock is not None
        state = self.states[self.clock]
        assert isinstance(state, CellState) and isinstance(state.items[0], Num)
        return state.items[0].atom

    def count_turns(self, first: Atom) -> None:
        """Count the turns of loops from now on: the number of what is outside of all is `first`."""
        self.clock = self.alloc(CellState((Num(first, "python"),)))

    def root(self, id: int) -> int:
        """The object that owns the data an array object shows."""
        state = self.states[id]
        while isinstance(state, (ViewState, SizedState)):
            id = state.base
            state = self.states[id]
        return id

    def set(self, id: int, state: State, loc: Location | None, told: Mapping[int, State | None] = NOTHING_TOLD) -> None:
        """Change an object; every object that may be the same one is of unknown value from now on.

        But for those `told` apart, which have new states if it is computed which object is which, and for lists in a
        list of which this is an array: they are looked at there again.
        """
        self.states[id] = state
        for other in self.maybe.get(id, ()):
            new = told.get(other)
            if new is not None:
                self.states[other] = new
            elif isinstance(self.states.get(other), IteratorState):
                self.unknown[other] = Unknown(loc, CHANGED, instead="make the iterator after the change")
            elif self._is_seen_in(other, id):
                self.note_unknown(other, Unknown(loc, is_seen=True))
            else:
                chosen_by = self.choices.get(frozenset((id, other)))
                self.unknown[other] = Unknown(loc, chosen_by=chosen_by, is_told=other in told)

    def _is_seen_in(self, id: int, row: int) -> bool:
        """Whether an object is a list in an item of another one, an array of which is `row`."""
        item = self.owners.get(id)
        if item is None or not isinstance(self.states.get(id), GrownState):
            return False
        return isinstance(self.states.get(item.of), GrownState) and row in self._rows(item.of)

    def link(self, new: int, old: int, chosen_by: Atom | None = None, shown: Container[int] = ()) -> None:
        """Note that object `new` may be `old`, and so whatever `old` may be; the arrays `shown` it looks at."""
        new, old = self.root(new), self.root(old)
        for other in self.candidates(old) - {new}:
            if other in shown:
                self.note(new, other, chosen_by)
            else:
                self.pair(new, other, chosen_by)
        if old in self.maybe.get(old, ()):
            self.pair(new, new, chosen_by)  # two items in it may be one object

    def pair(self, a: int, b: int, chosen_by: Atom | None = None) -> None:
        """Note that `a` and `b` may be one object, and nothing about others."""
        self.note(a, b, chosen_by)
        self.note(b, a, chosen_by)

    def note(self, a: int, b: int, chosen_by: Atom | None = None) -> None:
        """Note that `b` becomes unknown when `a` is written."""
        self.maybe[a] = self.maybe.get(a, frozenset()) | {b}
        if chosen_by is not None:
            self.choices[frozenset((a, b))] = chosen_by

    def part_rows(self, id: int) -> None:
        """Note that none of the arrays with a list's items is another of them, if no object is in it twice."""
        rows = set(self._rows(id)) if isinstance(self.states[id], GrownState) else set()
        if not any(row in self.maybe.get(row, ()) for row in rows):
            self.maybe.update({row: self.maybe[row] - rows for row in rows if row in self.maybe})

    def taken_from(self, id: int, row: int, is_shown: bool) -> None:
        """Note that the object `id` is what an array of a list's items has in a row; `is_shown`: it shows the array."""
        row = self.root(row)
        if is_shown:
            self.note(id, row)
            return
        for other in self.candidates(row):
            self.pair(id, other)

    def stand_in(self, id: int, new: int) -> None:
        """Note that the object `id` may be what `new` may be, and nothing else."""
        for other in self.maybe.get(id, frozenset()):
            self.maybe[other] = self.maybe.get(other, frozenset()) - {id}
        self.maybe[id] = self.maybe.pop(new, frozenset())
        for other in self.maybe[id]:
            if new in self.maybe.get(other, ()):
                self.maybe[other] = self.maybe[other] - {new} | {id}

    def left(self, id: int, row: int) -> None:
        """Note that the object `id` is what an array of a list's items had in a row, and has no longer."""
        for other in self.maybe.get(self.root(row), frozenset()) - {id}:
            self.pair(id, other)

    def data(self, id: int) -> frozenset[int]:
        """The objects that own what an object shows: itself, or the arrays of the list that it is an item of."""
        state = self.states[id]
        return frozenset(self._rows(state.of)) if isinstance(state, RowState) else frozenset((self.root(id),))

    def classes_of(self, id: int) -> Iterator[type]:
        """The classes of which an object is an instance, or a part of one, as far as lists and instances tell."""
        state = self.states[id]
        if isinstance(state, (ObjectState, RowState)):
            yield state.cls
        for other in [state, *self.states.values()]:
            inside = () if isinstance(other, (ArrayState, ViewState)) else other.items
            if other is state or any(isinstance(v, Ref) and self.root(v.id) == id for v in inside):
                if isinstance(other, ObjectState):
                    yield other.cls
                elif isinstance(other, GrownState):
                    yield from classes_in(other.spec)

    def pooled_in(self, id: int) -> frozenset[type]:
        """The classes in whose pools an array holds what the instances have."""
        return frozenset(cls for cls, pool in self.pools.items() if id in self._rows(pool))

    def is_opaque(self, id: int) -> bool:
        """Whether an object is a part of an argument, of a type that is not supported."""
        return id in self.unknown and self.unknown[id].is_opaque

    def queues(self, id: int) -> Iterator[int]:
        """The deques of which a list has the items."""
        item = self.owners.get(id)
        for other, state in self.states.items():
            if isinstance(state, ObjectState) and state.cls is Deque and state.items[-1] == Ref(id):
                yield other
            elif isinstance(state, RowState) and state.cls is Deque and item is not None:
                at = as_num(state.items[0])
                if (item.of, item.path[:-1]) == (state.of, state.path) and at is not None and at.atom == item.at:
                    yield other

    def may_be_one(self, a: int, b: int) -> bool:
        """Whether two objects of different numbers may be the same."""
        p, q = self.states[a], self.states[b]
        if isinstance(p, RowState) or isinstance(q, RowState):
            return not self.data(a).isdisjoint(frozenset().union(*map(self.candidates, self.data(b))))
        if self.root(b) in self.maybe.get(self.root(a), ()) or self.root(a) in self.maybe.get(self.root(b), ()):
            return True
        x, y = self.owners.get(a), self.owners.get(b)
        if x is None or y is None or x.path != y.path:
            return False
        return any(row in self._rows(y.of) for row in self._rows(x.of))

    def _rows(self, id: int) -> list[int]:
        """The arrays that hold the items of a list of run-time length."""
        state = self.states[id]
        assert isinstance(state, GrownState)
        return [self.root(v.id) for v in state.items[1:] if isinstance(v, Ref)]

    def keep(self, later: Heap) -> bool:
        """Forget which objects are, or were, items where a later state of this heap has forgotten it; whether any."""
        owners = {k: v for k, v in self.owners.items() if k in later.owners}
        homes = {k: v for k, v in self.homes.items() if k in later.homes}
        gathered = {k: v for k, v in self.gathered.items() if k in later.gathered}
        had, kept = len(self.owners) + len(self.homes) + len(self.gathered), len(owners) + len(homes) + len(gathered)
        self.owners, self.homes, self.gathered, self.twins = owners, homes, gathered, {}
        return kept < had

    def note_unknown(self, id: int, unknown: Unknown) -> bool:
        """Note that an object's value is not known; whether it was, or could be seen again."""
        before = self.unknown.get(id)
        is_new = before is None or (before.is_seen and not unknown.is_seen)
        if is_new:
            self.unknown[id] = unknown
        return is_new

    def is_lost(self, id: int) -> bool:
        """Whether an object's value is not known, and cannot be seen again."""
        return id in self.unknown and not self.unknown[id].is_seen

    def candidates(self, id: int) -> frozenset[int]:
        """The objects that `id` may be, itself among them."""
        return self.maybe.get(id, frozenset()) | {id}

    def changed_since(self, before: Heap) -> list[int]:
        """The objects of `before` whose state is different now, and was not to be looked at again then."""
        old = before.states.items()
        changed = [k for k, state in old if self.states[k] is not state and self.states[k] != state]
        return [k for k in changed if k not in before.unknown or not before.unknown[k].is_seen]


def classes_in(spec: tuple[Any, ...]) -> Iterator[type]:
    """The classes of the instances in an item of a structure."""
    if spec[0] == "object":
        yield spec[1]
    if spec[0] in ("tuple", "list", "dict", "object", "value"):
        for part in spec[-1]:
            yield from classes_in(part)


def same_shape(a: State, b: State) -> bool:
    """Whether two states that are no arrays have the same structure, so that their items correspond."""
    if type(a) is not type(b) or isinstance(a, (ArrayState, ViewState)) or isinstance(b, (ArrayState, ViewState)):
        return False
    if isinstance(a, (DictState, ObjectState)) and isinstance(b, (DictState, ObjectState)):
        return _fixed(a) == _fixed(b)
    return len(a.items) == len(b.items) and _fixed(a) == _fixed(b)


def _fixed(state: State) -> tuple[Any, ...]:
    """What a state says apart from its items."""
    match state:
        case DictState():
            return state.keys
        case ObjectState():
            return state.cls, state.names
        case GrownState():
            return state.spec, state.capacity
        case RowState():
            return state.of, state.path
        case SizedState():
            return state.axes, state.is_window
        case _:
            return ()
