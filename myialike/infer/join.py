"""What is known where two executions meet: after an `if`, and at the head of a loop.

Numbers of one type become a result of the `If`; structures are joined part by part; objects that both sides share stay
the same objects with joined states, and objects that differ become a new one that may be either
(`myialike.infer.heap`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from myialike.errors import CompileError, TypeCheckError, UnsupportedError
from myialike.infer.dicts import dicts_of
from myialike.infer.emit import cast, join_kinds
from myialike.infer.growing import LISTS, Regrow, capacity_of, grow, look_again, regrow
from myialike.infer.heap import (
    ArrayState,
    CellState,
    DictState,
    GrownState,
    Heap,
    ListState,
    ObjectState,
    RowState,
    SlotsState,
    State,
    ViewState,
    ViewStep,
    same_shape,
)
from myialike.infer.items import common, item_spec
from myialike.infer.machine import TEST_FOR_NONE, Machine, NeedStatic, Unreachable, array_type
from myialike.infer.origins import assignments, returns, unbound
from myialike.infer.picked import packed
from myialike.infer.ranges import whole
from myialike.infer.sized_forms import axes_of, common_room, in_room, is_array, room_of
from myialike.infer.values import (
    ABSENT,
    NEVER,
    Chosen,
    Const,
    Either,
    Kind,
    Maybe,
    Never,
    Num,
    Ref,
    Undef,
    Value,
    alike,
    as_num,
    is_function,
    is_none,
    parts,
    same_const,
    same_skeleton,
    with_parts,
)
from myialike.infer.widen import Mismatch, instead, unify
from myialike.ir.builder import Builder, python_scalar
from myialike.ir.syntax import Atom, If, Lit, Var
from myialike.ir.types import BOOL, Array
from myialike.library.dicts import RunTimeDict
from myialike.library.picked import Picked
from myialike.library.stand_ins import STANDS_FOR


@dataclass(slots=True)
class Side:
    """One of two executions that meet: the block it wrote, its heap, its values (None: it does not get here)."""

    builder: Builder
    heap: Heap
    values: list[Value] | None = None
    results: list[Atom] = field(default_factory=list)

    def defines(self, atom: Atom) -> bool:
        return isinstance(atom, Var) and any(atom in eqn.outputs for eqn in self.builder.eqns)


class Join:
    """The joining of two sides: makes the outputs of their `If` as it meets differences."""

    def __init__(self, m: Machine, pred: Atom, then: Side, orelse: Side, before: Heap) -> None:
        self.m = m
        self.pred = pred
        self.sides = (then, orelse)
        self.before = before
        self.depth = 0  # in how many lists and dicts what is joined is
        self.outputs: list[Var] = []
        self.known: dict[tuple[tuple[Atom | None, Atom | None], Array], Var] = {}
        self.memo: dict[tuple[int | None, int | None], int] = {}

    # -- values ----------------------------------------------------------------------------------------------------

    def variable(self, a: Value, b: Value, hint: str) -> Value:
        """The value of a variable or an attribute, which may be None after one of the sides."""
        if is_none(a) != is_none(b) and not any(isinstance(v, (Never, Undef, Maybe)) for v in (a, b)):
            a, b = (ABSENT if is_none(v) else v for v in (a, b))
        return self.value(a, b, hint)

    def value(self, a: Value, b: Value, hint: str) -> Value:
        if isinstance(a, Undef) and isinstance(b, Undef):
            return a if a.unlike else b
        if any(isinstance(v, (Undef, Maybe)) for v in (a, b)) and not (isinstance(a, Never) or isinstance(b, Never)):
            return self._maybe(a, b, hint)
        if isinstance(a, Never) or isinstance(b, Never):
            return self._one_sided(a, b, hint)
        x, y = as_num(a), as_num(b)
        if x is not None and y is not None:
            return self._number(a, b, x, y, hint)
        if self.m.chooses and not self.depth and (either := self._either(a, b, hint)) is not None:
            return either
        if isinstance(a, Ref) and isinstance(b, Ref):
            return Ref(self._object(a.id, b.id, hint))
        if (joined := self._jax_scalar(a, b, hint)) is not None:
            return joined
        if isinstance(a, Const) and isinstance(b, Const) and alike(a.value, b.value):
            return a
        if same_skeleton(a, b) and not isinstance(a, Const) and not isinstance(a, Ref):
            return with_parts(a, tuple(self.value(p, q, hint) for p, q in zip(parts(a), parts(b), strict=True)))
        if is_function(a) and is_function(b):
            return Chosen(Num(self.pred, "python"), self.export(0, a, hint), self.export(1, b, hint))
        raise Mismatch(self.both(a, b))

    def _either(self, a: Value, b: Value, hint: str) -> Value | None:
        """Lists, or dicts, that are different objects on the two sides, as one of the two."""
        if a == b or not all(self._is_list_or_dict(k, v) for k, v in enumerate((a, b))):
            return None
        return Either(Num(self.pred, "python"), self.export(0, a, hint), self.export(1, b, hint))

    def _is_list_or_dict(self, which: int, value: Value) -> bool:
        if isinstance(value, Either):
            return True
        state = self.sides[which].heap.states[value.id] if isinstance(value, Ref) else None
        is_dict = isinstance(state, ObjectState) and state.cls is RunTimeDict
        return is_dict or isinstance(state, (ListState, GrownState, DictState))

    def both(self, a: Value, b: Value) -> str:
        """What a value is after one side and after the other."""
        return "{} on one path and {} on the other".format(*self.described(a, b))

    def described(self, a: Value, b: Value) -> tuple[str, str]:
        return self._describe(0, a), self._describe(1, b)

    def _jax_scalar(self, a: Value, b: Value, hint: str) -> Value | None:
        """A number on one path and a jax array of rank 0 on the other: such an array."""
        found: list[tuple[Atom, Kind]] = []
        for which, value in enumerate((a, b)):
            num = as_num(value)
            if num is not None:
                found.append((num.atom, num.kind))
            elif isinstance(value, Ref) and is_jax_scalar(self.m, value, self.sides[which].heap):
                found.append((self._read(which, value.id), self._kind(which, value.id)))
        if len(found) < 2:
            return None
        try:
            type, kind = unify(*found)
        except Mismatch:
            return None
        return Ref(self.before.alloc(ArrayState(self.output((found[0][0], found[1][0]), type, hint), kind)))

    def _describe(self, side: int, value: Value) -> str:
        with self.m.inside(self.sides[side].builder, self.sides[side].heap):
            return self.m.describe(value)

    def _number(self, a: Value, b: Value, x: Num, y: Num, hint: str) -> Value:
        if isinstance(a, Const) and isinstance(b, Const) and same_const(a.value, b.value):
            return a
        if x.atom == y.atom and x.kind == y.kind:
            return a
        try:
            type, kind = unify((x.atom, x.kind), (y.atom, y.kind))
        except Mismatch:
            raise Mismatch(f"{self.m.describe(a)} on one path and {self.m.describe(b)} on the other") from None
        low = None if x.low is None or y.low is None else min(x.low, y.low)
        high = None if x.high is None or y.high is None else max(x.high, y.high)
        return Num(self.output((x.atom, y.atom), type, hint), kind, low, high)

    def output(self, atoms: tuple[Atom | None, Atom | None], type: Array, hint: str) -> Var:
        """An output of the `If`, the atom of each side cast to `type`; None is any value, since nobody reads it.

        What is the same on each side stays the same: `x[m]` and `y[m]` have one mask after the `If` too.
        """
        if (atoms, type) in self.known:
            return self.known[atoms, type]
        for side, atom in zip(self.sides, atoms, strict=True):
            with self.m.inside(side.builder, side.heap):
                filled = (
                    side.builder.full(type, python_scalar(type.dtype, 0))
                    if atom is None
                    else cast(self.m, atom, type.dtype)
                )
            side.results.append(filled)
        self.outputs.append(self.m.builder.var(hint, type))
        self.known[atoms, type] = self.outputs[-1]
        if any(atom in self.m.reordered for atom in atoms):
            self.m.reordered.add(self.outputs[-1])
        return self.outputs[-1]

    def _maybe(self, a: Value, b: Value, hint: str) -> Value:
        found = [v for v in (a, b) if isinstance(v, (Undef, Maybe))]
        name, for_none = found[0].name, found[0].for_none
        if any(v.for_none is not for_none for v in found):
            return Undef(found[for_none].name, "None on one path and not bound on another")
        if for_none:
            a, b = (ABSENT if is_none(v) else v for v in (a, b))
        inner = [NEVER if isinstance(v, Undef) else v.value if isinstance(v, Maybe) else v for v in (a, b)]
        flags = [v.defined if isinstance(v, Maybe) else Lit(not isinstance(v, Undef), Array(BOOL)) for v in (a, b)]
        first, second = flags
        if isinstance(first, Lit) and isinstance(second, Lit):
            defined = self._one_of(first, second)
        else:
            defined = first if first == second else self.output((first, second), Array(BOOL), f"{hint}_bound")
        try:
            return Maybe(self.value(inner[0], inner[1], hint), defined, name)
        except Mismatch as mismatch:
            if for_none:
                raise
            return Undef(name, str(mismatch))

    def _one_of(self, first: Lit, second: Lit) -> Atom:
        """A bool that is known on both sides."""
        if first.value == second.value:
            return first
        return self.pred if first.value else self.m.emit("logical_not", self.pred)

    def _one_sided(self, a: Value, b: Value, hint: str) -> Value:
        """The value of the only side that gets here with one."""
        if isinstance(a, Never) and isinstance(b, Never):
            return NEVER
        which = 0 if isinstance(b, Never) else 1
        return self.export(which, (a, b)[which], hint)

    def export(self, which: int, value: Value, hint: str) -> Value:
        """A value of one side, usable after the `If`."""
        if isinstance(value, Num):
            if not self.sides[which].defines(value.atom):
                return value
            return Num(self._export_atom(which, value.atom, hint), value.kind, value.low, value.high)
        if isinstance(value, Maybe):
            return Maybe(
                self.export(which, value.value, hint),
                self._export_atom(which, value.defined, hint),
                value.name,
            )
        if isinstance(value, Ref):
            return Ref(self._export_object(which, value.id, hint))
        return with_parts(value, tuple(self.export(which, p, hint) for p in parts(value)))

    def _export_atom(self, which: int, atom: Atom, hint: str) -> Atom:
        if not self.sides[which].defines(atom):
            return atom
        return self.output((atom, None) if which == 0 else (None, atom), array_type(atom), hint)

    # -- objects ------------------------------------------------------------------------------------------------------

    def _export_object(self, which: int, id: int, hint: str) -> int:
        if id in self.before.states:
            return id
        joined = next((new for pair, new in self.memo.items() if pair[which] == id and None not in pair), None)
        if joined is not None:
            return joined  # what it is after this side
        key = (id, None) if which == 0 else (None, id)
        if key not in self.memo:
            self.memo[key] = id
            self._look_again(which, id)
            self.before.states[id] = self._exported(which, id, hint)
            if id in self.sides[which].heap.tags:
                self.before.tags[id] = self._export_atom(which, self.sides[which].heap.tags[id], "which")
            elif id in self.sides[which].heap.born:
                self.before.born[id] = self._export_atom(which, self.sides[which].heap.born[id], "turn")
            item = self.sides[which].heap.owners.get(id)
            if item is not None and item.of in self.before.states:
                self.before.owners[id] = replace(item, at=self._export_atom(which, item.at, hint))
            if not isinstance(self.before.states[id], (ViewState, RowState)):
                for pair, new in list(self.memo.items()):
                    if None not in pair and self._may_be(which, pair[which], id):
                        self.before.link(new, id, self.pred)
        return self.memo[key]

    def _look_again(self, which: int, id: int) -> None:
        with self.m.inside(self.sides[which].builder, self.sides[which].heap):
            look_again(self.m, id)

    def _exported(self, which: int, id: int, hint: str) -> State:
        """The state of an object that only one side has. A view stays one."""
        state = self.sides[which].heap.states[id]
        if isinstance(state, ViewState):
            operands = tuple(self._export_atom(which, a, hint) for a in state.step.operands)
            return self._view(self._export_object(which, state.base, hint), state, operands)
        if isinstance(state, ArrayState):
            return ArrayState(self._export_atom(which, self._read(which, id), hint), self._kind(which, id))
        if isinstance(state, RowState):
            state = replace(state, of=self._export_object(which, state.of, hint))
        return replace(state, items=tuple(self.export(which, v, hint) for v in state.items))

    def _view(self, base: int, like: ViewState, operands: tuple[Atom, ...]) -> ViewState:
        """A view that is to be looked at anew where it is read."""
        unseen = Var("_", array_type(like.seen))
        return replace(like, base=base, step=replace(like.step, operands=operands), at=unseen, seen=unseen)

    def _read(self, which: int, id: int) -> Atom:
        with self.m.inside(self.sides[which].builder, self.sides[which].heap):
            return self.m.array(id)

    def _kind(self, which: int, id: int) -> Kind:
        with self.m.inside(self.sides[which].builder, self.sides[which].heap):
            return self.m.kind(id)

    def _object(self, a: int, b: int, hint: str) -> int:
        """The object that is `a` after one side and `b` after the other."""
        if a == b and a in self.before.states:
            return a
        if (a, b) not in self.memo:
            before = self.before
            for which, id in enumerate((a, b)):
                self._look_again(which, id)
            shared = [new for (x, y), new in self.memo.items() if self._may_be(0, x, a) or self._may_be(1, y, b)]
            state = self._state(a, b, hint)
            new = self.memo[a, b] = before.alloc(state)
            self._tag(new, a, b)
            for side, id in zip(self.sides, (a, b), strict=True):
                if id in side.heap.unknown:
                    before.note_unknown(new, side.heap.unknown[id])
            shown = self._shown(state)
            for old in [*self._outside(0, a), *self._outside(1, b), *shared]:
                if old in shown:
                    before.note(new, old)
                elif not isinstance(state, (ViewState, RowState)):
                    before.link(new, old, self.pred, shown)
            if self._has_twins(0, a) or self._has_twins(1, b):
                before.pair(new, new, self.pred)
            before.part_rows(new)
            self._own(new, a, b, hint)
            before.sites[new] = before.sites.get(a, frozenset()) | before.sites.get(b, frozenset())
        return self.memo[a, b]

    def _tag(self, new: int, a: int, b: int) -> None:
        """Note that the paths decide which object it is, and how."""
        self.m.decided.add(new)
        if self.m.tracks:
            self.before.tags[new] = self._atom(self._number_of(0, a), self._number_of(1, b), "which")

    def _number_of(self, which: int, id: int) -> Atom:
        with self.m.inside(self.sides[which].builder, self.sides[which].heap):
            return self.m.tag(id, self.m.heap)

    def _may_be(self, which: int, a: int | None, b: int) -> bool:
        """Whether two objects of one side may be one, or show one."""
        heap = self.sides[which].heap
        return a is not None and not heap.data(a).isdisjoint(self._candidates(which, b))

    def _has_twins(self, which: int, id: int) -> bool:
        """Whether an array holds items of a list of which two may be one."""
        heap = self.sides[which].heap
        return id not in self.before.states and heap.root(id) == id and id in heap.maybe.get(id, ())

    def _candidates(self, which: int, id: int) -> frozenset[int]:
        heap = self.sides[which].heap
        return frozenset[int]().union(*map(heap.candidates, heap.data(id)))

    def _outside(self, which: int, id: int) -> Iterator[int]:
        """The objects from before that an object of one side may be, or show."""
        yield from (old for old in self._candidates(which, id) if old in self.before.states)

    def _shown(self, state: State) -> set[int]:
        """The arrays that a list which is an item of another shows."""
        rows = state.items[1:] if isinstance(state, GrownState) else ()
        views = [v.id for v in rows if isinstance(v, Ref) and isinstance(self.before.states[v.id], ViewState)]
        return {self.before.root(id) for id in views}

    def _own(self, new: int, a: int, b: int, hint: str) -> None:
        """Note that an object is an item of a list where it is one on both sides."""
        x, y = (side.heap.owners.get(id) for side, id in zip(self.sides, (a, b), strict=True))
        if x is not None and y is not None and (x.of, x.path) == (y.of, y.path) and x.of in self.before.states:
            self.before.owners[new] = replace(x, at=self._atom(x.at, y.at, hint))

    def _atom(self, x: Atom, y: Atom, hint: str) -> Atom:
        return x if x == y else self.output((x, y), array_type(x), hint)

    def _state(self, a: int, b: int, hint: str) -> State:
        """The joined state of object `a` of the first side and `b` of the second."""
        if self._is_picked(0, a) != self._is_picked(1, b):
            a, b = self._packed(0, a), self._packed(1, b)
        x, y = self._rows(a, b, hint)
        if isinstance(x, (ArrayState, ViewState)) and isinstance(y, (ArrayState, ViewState)):
            return self._array(a, b, hint)
        x, y = self._sized(a, b, x, y)
        if isinstance(x, LISTS) and isinstance(y, LISTS) and not same_shape(x, y):
            self._grow(a, b)
            x, y = self._rows(a, b, hint)
        if isinstance(x, (ArrayState, ViewState)) or isinstance(y, (ArrayState, ViewState)):
            raise Mismatch(f"{self._describe(0, Ref(a))} on one path and {self._describe(1, Ref(b))} on the other")
        if isinstance(x, SlotsState) and isinstance(y, SlotsState) and not same_shape(x, y):
            return SlotsState()
        if not same_shape(x, y):
            mismatch = Mismatch(f"{self._describe(0, Ref(a))} on one path and {self._describe(1, Ref(b))} on the other")
            mismatch.dicts = dicts_of(self.sides[0].heap, a) | dicts_of(self.sides[1].heap, b)
            raise mismatch
        if isinstance(x, ObjectState):
            named = zip(x.names, x.items, y.items, strict=True)
            return replace(x, items=tuple(self._attribute(x.cls, name, p, q, hint) for name, p, q in named))
        if isinstance(x, CellState):
            return replace(x, items=tuple(self.variable(p, q, hint) for p, q in zip(x.items, y.items, strict=True)))
        self.depth += 1
        try:
            return replace(x, items=tuple(self.value(p, q, hint) for p, q in zip(x.items, y.items, strict=True)))
        finally:
            self.depth -= 1

    def _attribute(self, cls: type, name: str, a: Value, b: Value, hint: str) -> Value:
        try:
            return self.variable(a, b, hint)
        except Mismatch as mismatch:
            text, *notes = mismatch.args
            inner = str(text).startswith("attribute ")
            what = f"attribute {name!r} of {cls.__name__} is "
            if cls in STANDS_FOR:  # the limit of a deque says itself what it is
                what = "a defaultdict whose factory is " if name == "_factory" else ""
            why = Mismatch(text if inner else what + text, *notes)
            some = [v.value if isinstance(v, Maybe) else v for v in (a, b)]
            why.hint = mismatch.hint if inner else instead(*self.described(*some), mismatch.hint)
            why.dicts = mismatch.dicts
            raise why from None

    def _rows(self, a: int, b: int, hint: str) -> tuple[State, State]:
        """The states of two objects: of rows of one list as such, of others as objects by themselves."""
        x, y = self.sides[0].heap.states[a], self.sides[1].heap.states[b]
        if isinstance(x, RowState) and isinstance(y, RowState):
            if x.of != y.of and x.of not in self.before.states and y.of not in self.before.states:
                of = self._object(x.of, y.of, hint)
                x, y = replace(x, of=of), replace(y, of=of)
            if same_shape(x, y) and x.of in self.before.states:
                return x, y
        return self._by_itself(0, a), self._by_itself(1, b)

    def _is_picked(self, which: int, id: int) -> bool:
        state = self.sides[which].heap.states[id]
        return isinstance(state, ObjectState) and state.cls is Picked

    def _packed(self, which: int, id: int) -> int:
        """What a mask has picked as an array of run-time size, since the other path has an array."""
        with self.m.inside(self.sides[which].builder, self.sides[which].heap):
            found = packed(self.m, Ref(id))
        return found.id if isinstance(found, Ref) else id

    def _sized(self, a: int, b: int, x: State, y: State) -> tuple[State, State]:
        """The states of two arrays, one of which has a run-time size, as those of such in rooms of one shape."""
        axes = axes_of(x, y)
        if not axes or not (is_array(x) and is_array(y)):
            return x, y
        rooms = [room_of(self.m, side.heap, id) for side, id in zip(self.sides, (a, b), strict=True)]
        shape = common_room(axes, *rooms)
        if shape is None or (same_shape(x, y) and rooms[0] == rooms[1]):
            return x, y
        found = []
        for side, id in zip(self.sides, (a, b), strict=True):
            with self.m.inside(side.builder, side.heap):
                found.append(in_room(self.m, id, axes, shape))
        return found[0], found[1]

    def _by_itself(self, which: int, id: int) -> State:
        state = self.sides[which].heap.states[id]
        if not isinstance(state, RowState):
            return state
        with self.m.inside(self.sides[which].builder, self.sides[which].heap):
            return self.m.state(id)

    def _grow(self, a: int, b: int) -> None:
        """Ask for a list of which the paths know different lengths to be one of run-time length before them.

        One that is new on its path becomes such a list there, if the other path has one.
        """
        found = [id for id in (a, b) if id in self.before.states]
        states = [side.heap.states[id] for side, id in zip(self.sides, (a, b), strict=True)]
        is_open = any(isinstance(s, GrownState) for s in states)
        if not (found or is_open) or self.m.whole_roots(self.pred):
            return
        specs, capacities = [], [c for s in states for c in capacity_of(s)]
        for side, id in zip(self.sides, (a, b), strict=True):
            with self.m.inside(side.builder, side.heap):
                specs.append(item_spec(self.m, id))
        spec = common(*specs)
        with self.m.inside(self.m.builder, self.before):
            regrow(self.m, found, spec, capacities)
        if spec is not None and is_open:
            for side, id in zip(self.sides, (a, b), strict=True):
                if id not in found:
                    with self.m.inside(side.builder, side.heap):
                        grow(self.m, id, spec, max(capacities))

    def _array(self, a: int, b: int, hint: str) -> ArrayState | ViewState:
        """The joined state of two arrays: of two views that look at one array in the same way, a view again."""
        view = self._joined_view(a, b, hint)
        if view is not None:
            return view
        x, y = self._read(0, a), self._read(1, b)
        kinds = self._kind(0, a), self._kind(1, b)
        if array_type(x) != array_type(y):
            raise Mismatch(f"{array_type(x)} on one path and {array_type(y)} on the other")
        kind = kinds[0] if kinds[0] == kinds[1] else join_kinds(kinds)
        return ArrayState(x if x == y else self.output((x, y), array_type(x), hint), kind)

    def _joined_view(self, a: int, b: int, hint: str) -> ViewState | None:
        p, q = (side.heap.states[id] for side, id in zip(self.sides, (a, b), strict=True))
        if not isinstance(p, ViewState) or not isinstance(q, ViewState) or p.is_flat != q.is_flat:
            return None
        p, q = (replace(v, step=with_operands(v.step)) for v in (p, q))
        if (p.step.op, p.step.attrs) != (q.step.op, q.step.attrs):
            return None
        if p.base == q.base and p.base in self.before.states:
            base = p.base
        elif p.base not in self.before.states and q.base not in self.before.states:
            base = self._object(p.base, q.base, hint)
        else:
            return None
        pairs = zip(p.step.operands, q.step.operands, strict=True)
        return self._view(base, p, tuple(self._atom(x, y, hint) for x, y in pairs))

    def heaps(self) -> None:
        """Join the states of the objects that were there before; what is unknown after one side is so after both."""
        changed: dict[int, None] = {}
        for side in self.sides:
            if side.values is not None:
                changed.update(dict.fromkeys(side.heap.changed_since(self.before)))
                for id, unknown in side.heap.unknown.items():
                    self.before.note_unknown(id, unknown)
                self.before.choices.update(side.heap.choices)
                for id, others in side.heap.maybe.items():
                    self.before.maybe[id] = self.before.maybe.get(id, frozenset()) | others
                self.before.keep(side.heap)
        for id in changed:
            if id not in self.before.unknown:
                self.before.states[id] = self._changed(id)
                self.before.part_rows(id)

    def _changed(self, id: int) -> State:
        alive = [side.values is not None for side in self.sides]
        if all(alive):
            rows = [k for k, side in enumerate(self.sides) if isinstance(side.heap.states[id], RowState)]
            for other in self._candidates(rows[0], id) if len(rows) == 1 else ():
                self.before.pair(id, other)  # it is in the list after one side
            return self._state(id, id, "v")
        which = alive.index(True)
        state = self.sides[which].heap.states[id]
        if isinstance(state, ArrayState):
            return ArrayState(self._export_atom(which, state.atom, "v"), state.kind)
        assert not isinstance(state, ViewState)
        return replace(state, items=tuple(self.export(which, v, "v") for v in state.items))


def with_operands(step: ViewStep) -> ViewStep:
    """A step in which known indices are operands, as those of run time are."""
    attrs = dict(step.attrs)
    if step.op != "index" or any(entry[0] == "arr" for entry in attrs["spec"]):
        return step
    given = iter(step.operands)
    spec: list[Any] = []
    operands: list[Atom] = []
    for entry in attrs["spec"]:
        if entry[0] == "int":
            operands.append(whole(entry[1]))
            spec.append(("i",))
            continue
        spec.append(entry)
        if entry[0] in ("i", "dyn"):
            operands.append(next(given))
    return ViewStep("index", tuple(operands), (("spec", tuple(spec)),))


def is_jax_scalar(m: Machine, value: Value, heap: Heap) -> bool:
    """Whether a value is a jax array of rank 0, which stands where Python has a number."""
    if not isinstance(value, Ref) or not isinstance(heap.states[value.id], ArrayState):
        return False
    state = heap.states[value.id]
    return isinstance(state, ArrayState) and state.kind in ("jax", "weak") and not state.type.shape


Thunk = Callable[[], list[Value]]


def branch(m: Machine, pred: Atom, then: Thunk, orelse: Thunk, hints: Sequence[str]) -> list[Value]:
    """Run two continuations, of which one will be executed, and join what they give."""
    while True:
        mark = m.mark()
        try:
            return _branch(m, pred, then, orelse, hints)
        except Regrow as need:
            m.rewind(mark)
            if need.id not in m.heap.states:
                raise
            grow(m, need.id, need.spec, need.capacity)


def _branch(m: Machine, pred: Atom, then: Thunk, orelse: Thunk, hints: Sequence[str]) -> list[Value]:
    before = m.heap
    try:
        first, second = (_run_side(m, thunk, pred, taken) for thunk, taken in ((then, True), (orelse, False)))
    except CompileError as error:
        roots = m.roots(pred) if error.of_library else m.whole_roots(pred)
        if not roots and not error.of_library:
            raise
        raise NeedStatic(roots, error) from None  # it is not refused if this side is not the one
    except NeedStatic as need:
        if type(need) is not NeedStatic or not need.roots or need.floats or m.are_whole(need.roots):
            raise
        raise NeedStatic(m.whole_roots(pred) or need.roots, need.error) from None  # floats cannot be compiled in
    if first.values is None and second.values is None:
        m.builder.append(If(pred, first.builder.block(()), second.builder.block(()), (), m.loc))
        raise Unreachable
    join = Join(m, pred, first, second, before)
    try:
        join.heaps()
        blank: list[Value] = [NEVER] * len(hints)
        pairs = zip(first.values or blank, second.values or blank, hints, strict=True)
        values = [_named(m, join, a, b, k, hint) for k, (a, b, hint) in enumerate(pairs)]
    except Mismatch as mismatch:
        _refuse(m, pred, mismatch)
    block_then, block_else = first.builder.block(first.results), second.builder.block(second.results)
    m.builder.append(If(pred, block_then, block_else, tuple(join.outputs), m.loc))
    if first.values is None or second.values is None:
        m.assumed = (*m.assumed, (pred, second.values is None))
    return values


def _run_side(m: Machine, thunk: Thunk, pred: Atom, taken: bool) -> Side:
    side = Side(m.builder.child(), m.heap.copy())
    with m.inside(side.builder, side.heap):
        m.assumed = (*m.assumed, (pred, taken))
        try:
            side.values = [m.narrowed(v) for v in thunk()]
        except Unreachable:
            side.values = None
        side.heap = m.heap
    return side


def _named(m: Machine, join: Join, a: Value, b: Value, k: int, hint: str) -> Value:
    try:
        value = join.variable(a, b, hint)
    except Mismatch as mismatch:
        why = _explained(m, str(mismatch), k, hint)
        why.hint, why.dicts = instead(*join.described(a, b), why.hint), mismatch.dicts
        raise why from None
    if isinstance(value, Maybe) and value.for_none and value.defined not in m.absent:
        why = _explained(m, join.both(a, b), k, hint)
        m.absent[value.defined] = _refusal(m, why, TEST_FOR_NONE)
    return value


def _explained(m: Machine, what: str, k: int, hint: str) -> Mismatch:
    """What a variable, or the result, is on two paths, and where it gets that."""
    named = not hint.startswith(("result", "v_", "t_")) and hint not in ("v", "t")
    both = [f"line {loc.lineno}: {line}" for loc, line in assignments(m, k)]
    if len(both) < 2:
        both = unbound(m, hint) if named else returns(m)
    return Mismatch(f"{repr(hint) if named else 'the result'} is {what}", *dict.fromkeys(both))


def _refuse(m: Machine, pred: Atom, mismatch: Mismatch) -> None:
    """Two structures that a run-time condition chooses between: specialise on the condition, else refuse."""
    raise NeedStatic(m.roots(pred), _refusal(m, mismatch, mismatch.hint))


def _refusal(m: Machine, mismatch: Mismatch, hint: str) -> CompileError:
    text, *notes = mismatch.args
    error_class = TypeCheckError if "not bound" in text else UnsupportedError
    error = m.error(error_class, f"{text}; which path is taken is known only at run time", hint, notes)
    error.dicts = mismatch.dicts
    return error
