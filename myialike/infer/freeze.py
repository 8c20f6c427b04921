"""Abstract values and their specs: `Freezing` takes values apart into atoms, `Thawing` makes values of atoms."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from myialike.errors import UnsupportedError
from myialike.infer.describe import static_fields
from myialike.infer.heap import (
    ArrayState,
    CellState,
    DictState,
    GrownState,
    IteratorState,
    ListState,
    ObjectState,
    RowState,
    SizedState,
    SlotsState,
    State,
    Unknown,
    ViewState,
)
from myialike.infer.machine import Machine
from myialike.infer.spec import Key, Spec, has_rows
from myialike.infer.symbolic import apart
from myialike.infer.values import (
    NEVER,
    Const,
    Either,
    Maybe,
    Num,
    Ref,
    Tup,
    Undef,
    Value,
    as_num,
    const_number,
    is_optional,
    parts,
    same_skeleton,
    with_parts,
)
from myialike.ir.syntax import Atom
from myialike.ir.types import SHORT_NAMES, Array


class Freezing:
    """Specs and atoms of abstract values; `entry` maps heap objects that came from outside to their number there.

    `has_slots`: dicts of run-time keys keep what says where their keys are, as they do not in lists and in results.
    `in_pools`: an instance in a pool is its index there, else what it holds (`myialike.infer.pools`).
    """

    in_pools = True

    def __init__(
        self,
        m: Machine,
        entry: dict[int, int] | None = None,
        known: frozenset[int] = frozenset(),
        has_slots: bool = False,
    ) -> None:
        self.m = m
        self.entry = entry or {}
        self.has_slots = has_slots
        self.known = known  # which of the numbers known now are to be no leaves, by their places among all
        self.atoms: list[Atom] = []
        self.numbers: list[int] = []  # for each leaf, its place among them and the `known`
        self.ids: list[int] = []
        self.viewed: list[tuple[int, int]] = []  # new objects that show, or may be, objects from outside
        self.disordered: list[int] = []  # the leaves that are arrays not known to be in C order, by number
        self.bounds: dict[int, tuple[int | None, int | None]] = {}  # those of ints, by the numbers of the leaves
        self._seen: dict[int, int] = {}
        self._count = 0

    def _leaf(self, atom: Atom) -> None:
        self.atoms.append(atom)
        self.numbers.append(self._count)
        self._count += 1

    def add(self, value: Value, dynamic: bool = False) -> Spec:
        """The spec of a value; `dynamic` makes leaves of compile-time floats and ints too, but for those `known`."""
        value = self.m.use(value) if is_optional(value) else value
        if isinstance(value, Maybe):
            text = f"a function that calls itself reads variable {value.name!r}, which is bound on some paths only"
            self.m.fail(UnsupportedError, text, "assign it on every path before")
        if isinstance(value, Undef):
            value = self.m.use(value)
        num = as_num(value) if dynamic or isinstance(value, Num) else None
        if num is not None and isinstance(value, Const) and self._count in self.known:
            self._count += 1
            num = None
        if num is not None:
            if num.low is not None or num.high is not None:
                self.bounds[len(self.atoms)] = num.low, num.high
            self._leaf(num.atom)
            return ("num", SHORT_NAMES[num.dtype], num.kind)
        if isinstance(value, Const):
            return ("const", Key(value.value))
        if isinstance(value, Tup):
            return ("tuple", value.cls, tuple(self.add(v, dynamic) for v in value.items))
        if isinstance(value, Ref):
            return self._object(value.id, dynamic)
        if isinstance(value, Either):
            self.m.use(value)
        return ("value", Shape(value), tuple(self.add(v, dynamic) for v in parts(value)))

    def alike(self) -> tuple[int, ...]:
        """For each leaf, the first that is the same."""
        first: dict[Atom, int] = {}
        return tuple(first.setdefault(atom, k) for k, atom in enumerate(self.atoms))

    def may_be_one(self) -> frozenset[tuple[int, int]]:
        """The pairs of the objects, by number, that may be the same; of an array, that rows of it may be one object."""
        heap = self.m.heap
        owning: dict[int, list[int]] = {}
        for k, id in enumerate(self.ids):
            for data in heap.data(id):
                owning.setdefault(data, []).append(k)
        others = {data: [k for o in heap.maybe.get(data, ()) for k in owning.get(o, ())] for data in owning}
        paired = {(j, k) for data, of in owning.items() for j in of for k in others[data] if j <= k}
        return frozenset(paired | {pair for of in owning.values() for pair in self._rows_that_may_be_one(of)})

    def _rows_that_may_be_one(self, numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
        for (j, a), (k, b) in itertools.combinations([(n, self.m.heap.states[self.ids[n]]) for n in numbers], 2):
            if isinstance(a, RowState) and isinstance(b, RowState) and not rows_are_apart(self.m, a, b):
                yield (j, k)

    def _object(self, id: int, dynamic: bool) -> Spec:
        if id in self.entry:
            return ("entry", self.entry[id])
        row = self.m.heap.states[id]
        if self.in_pools and isinstance(row, RowState) and self.m.heap.pools.get(row.cls) == row.of and not row.path:
            self._leaf(index_atom(row))
            return ("row", row.cls, (("num", "i64", "python"),))
        if id in self._seen:
            return ("same", self._seen[id])
        shown = frozenset[int]().union(*map(self.m.heap.candidates, self.m.heap.data(id)))
        for other in shown & self.entry.keys():
            self.viewed.append((len(self.ids), self.entry[other]))
        self._seen[id] = len(self.ids)
        self.ids.append(id)
        if self.m.heap.is_opaque(id):
            state, why = self.m.heap.states[id], self.m.heap.unknown[id]
            assert isinstance(state, ObjectState)
            return ("opaque", state.cls, why.reason, why.instead, ())
        return self.state(id, dynamic)

    def state(self, id: int, dynamic: bool = False) -> Spec:
        """The spec of an object's present state."""
        state = self.m.state(id)
        if isinstance(state, (ArrayState, ViewState)):
            atom = self.m.array(id)
            assert isinstance(atom.type, Array)
            if not self.m.is_c_ordered(id):
                self.disordered.append(len(self.atoms))
            self._leaf(atom)
            return ("array", SHORT_NAMES[atom.type.dtype], atom.type.shape, self.m.kind(id))
        if isinstance(state, ObjectState):
            static, pairs = static_fields(state.cls), zip(state.names, state.items, strict=True)
            return ("object", state.cls, state.names, tuple(self.add(v, dynamic and n not in static) for n, v in pairs))
        if isinstance(state, CellState) and isinstance(state.items[0], Undef):
            return ("cell", ())
        if isinstance(state, SlotsState) and not self.has_slots:
            return ("slots", ())
        known_length = isinstance(state, GrownState) and isinstance(state.items[0], Const)
        items = tuple(self.add(v, dynamic and not (known_length and k == 0)) for k, v in enumerate(state.items))
        match state:
            case ListState():
                return ("list", items)
            case DictState():
                return ("dict", tuple(map(Key, state.keys)), items)
            case CellState():
                return ("cell", items)
            case IteratorState():
                return ("iterator", items)
            case SlotsState():
                return ("slots", items)
            case GrownState():
                if has_rows(state.spec) and not self.in_pools:
                    self.m.pools.are_refused = True
                    text = "a list of run-time length goes into a function that is recursive or differentiated"
                    self.m.fail(UnsupportedError, text, "make the list inside of the function")
                return ("grown", state.spec, state.capacity, state.site, items)
            case SizedState():
                return ("sized", state.axes, state.is_window, items)
            case _:
                raise AssertionError(state)


def index_atom(row: RowState) -> Atom:
    """The index of a row in the list that it is in."""
    num = as_num(row.items[0])
    assert num is not None
    return num.atom


def rows_are_apart(m: Machine, a: RowState, b: RowState) -> bool:
    """Whether two rows are known to be, or to be in, different items."""
    return a.of != b.of or apart(m, index_atom(a), index_atom(b))


class Shape:
    """An abstract value without its parts, as a part of a spec."""

    __slots__ = ("value",)

    def __init__(self, value: Value) -> None:
        self.value = with_parts(value, tuple(Const(None) for _ in parts(value)))

    def __hash__(self) -> int:
        return hash(type(self.value))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Shape) and same_skeleton(self.value, other.value)


class Thawing:
    """Abstract values from specs and atoms, on the machine's heap; `bounds` are those of ints, by their leaves."""

    def __init__(
        self,
        m: Machine,
        atoms: Iterator[Atom],
        entry: Sequence[int] = (),
        bounds: Mapping[int, tuple[int | None, int | None]] = MappingProxyType({}),
    ) -> None:
        self.m = m
        self.atoms = enumerate(atoms)
        self.entry = entry
        self.bounds = bounds
        self.ids: list[int] = []

    def make(self, spec: Spec) -> Value:
        match spec:
            case ("num", _, kind):
                k, atom = next(self.atoms)
                return Num(atom, kind, *self.bounds[k]) if k in self.bounds else const_number(atom, kind)
            case ("const", key):
                return Const(key.value)
            case ("tuple", cls, items):
                return Tup(tuple(self.make(s) for s in items), cls)
            case ("value", key, items):
                return with_parts(key.value, tuple(self.make(s) for s in items))
            case ("nothing", _):
                return NEVER
            case ("row", cls, _):
                at = const_number(next(self.atoms)[1], "python")
                return Ref(self.m.heap.alloc(RowState((at,), self.m.heap.pools[cls], (), cls)))
            case ("same", n):
                return Ref(self.ids[n])
            case ("entry", n):
                return Ref(self.entry[n])
            case ("opaque", _, why, instead, _):
                found = self._object(spec)
                assert isinstance(found, Ref)
                self.m.heap.unknown[found.id] = Unknown(None, why, instead=instead, is_opaque=True)
                return found
            case _:
                return self._object(spec)

    def _object(self, spec: Spec) -> Value:
        id = self.m.heap.alloc(ListState(()))
        self.ids.append(id)
        self.m.heap.states[id] = self.state(spec)
        return Ref(id)

    def state(self, spec: Spec) -> State:
        match spec:
            case ("array", _, _, kind):
                return ArrayState(next(self.atoms)[1], kind)
            case ("list", items):
                return ListState(tuple(self.make(s) for s in items))
            case ("dict", keys, items):
                return DictState(tuple(k.value for k in keys), tuple(self.make(s) for s in items))
            case ("object", cls, names, items):
                return ObjectState(cls, names, tuple(self.make(s) for s in items))
            case ("opaque", cls, *_):
                return ObjectState(cls, (), ())
            case ("cell", items):
                return CellState(tuple(self.make(s) for s in items)) if items else CellState()
            case ("iterator", items):
                return IteratorState(tuple(self.make(s) for s in items))
            case ("slots", items):
                return SlotsState(tuple(self.make(s) for s in items))
            case ("grown", spec, capacity, site, items):
                return GrownState(tuple(self.make(s) for s in items), spec, capacity, site)
            case ("sized", axes, is_window, items):
                return SizedState(tuple(self.make(s) for s in items), axes, is_window)
            case _:
                raise AssertionError(spec)
