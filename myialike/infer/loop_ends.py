"""The end of a turn of a loop, compared with its head: what changes, and how. See `myialike.infer.loops`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NoReturn

from myialike.errors import CompileError, UnsupportedError
from myialike.infer.dicts import dicts_of
from myialike.infer.emit import cast
from myialike.infer.growing import LISTS, Regrow, capacity_of, length, look_again, regrow
from myialike.infer.heap import (
    ArrayState,
    CellState,
    GrownState,
    Heap,
    ObjectState,
    RowState,
    Site,
    SlotsState,
    State,
    ViewState,
    same_shape,
)
from myialike.infer.items import common, item_spec
from myialike.infer.join import is_jax_scalar, with_operands
from myialike.infer.loop_heads import AT, BOUND, WHICH, Heads, Looks, Path
from myialike.infer.machine import TEST_FOR_NONE, NeedStatic, array_type
from myialike.infer.origins import assignments, binding
from myialike.infer.signals import Signal
from myialike.infer.sized_forms import axes_of, common_room, in_room, is_array, room_of
from myialike.infer.symbolic import linear
from myialike.infer.values import (
    ABSENT,
    Const,
    Kind,
    Maybe,
    Never,
    Num,
    Ref,
    Undef,
    Value,
    alike,
    as_num,
    is_none,
    is_optional,
    parts,
    same_skeleton,
    with_parts,
)
from myialike.infer.widen import Mismatch, instead, unify
from myialike.ir.builder import python_scalar
from myialike.ir.syntax import Atom, For, Lit, Var, While
from myialike.ir.types import BOOL, I64, Array, static_shape

FEW = 32  # a loop of so few turns that make a list longer, or an array, is written out, which keeps what is known
MOVES = 3  # how often an array at entry may go in in a larger room


class EntryChanged(Signal):
    """A loop is to be tried again from another form of what it begins with."""


class TypeChanges(NeedStatic):
    """A variable has another type after a turn than before it: with the type after it, the rest may be a loop."""


class AbsentChanges(TypeChanges):
    """A variable is None before a turn and not after it, or the other way round."""


@dataclass(slots=True)
class Ends(Heads):
    """A loop whose turns have ends: each extends the plan by what it knows otherwise than the head does."""

    def compare(self, heads: list[Value], before: Heap, ends: list[Value]) -> None:
        """Note every leaf that the end of the body (in the machine's heap) knows differently from its head."""
        self.plan.changed = False
        self.leaves, self.ends, self.defined_at_end = {}, {}, set()
        for id in self.m.heap.changed_since(before):
            if id in self.outer.states and id not in self.m.heap.unknown:
                self._compare_object(id, id, ("heap", id), before)
        for path in list(self.plan.varying):
            if path[0] == "heap" and path not in self.leaves:
                self._unchanged(path, before)
        for k, (head, end) in enumerate(zip(heads, ends, strict=True)):
            self._compare(head, end, ("carry", k), before)
        self._note_links()
        self._note_pairs()
        for id, unknown in self.m.heap.unknown.items():
            if id in self.outer.states and self.outer.note_unknown(id, unknown):
                self.plan.changed = True

    def _unchanged(self, path: Path, before: Heap) -> None:
        state = before.states[path[1]]
        if isinstance(state, ArrayState):
            self.leaves[path] = state.atom
            return
        self._compare_object(path[1], path[1], ("heap", path[1]), before)

    def _note_links(self) -> None:
        for p, a in self.ends.items():
            for q, b in self.ends.items():
                if p < q and a in self.m.heap.candidates(b) and (p, q) not in self.plan.linked:
                    self.plan.linked.add((p, q))
                    self.plan.changed = True
            known = self.plan.linked_to | {(p, id) for id in self._may_be(a)}
            if known != self.plan.linked_to:
                self.plan.linked_to, self.plan.changed = known, True

    def _note_pairs(self) -> None:
        """Objects from before the loop that may be the same since a turn are so in the next turn, and afterwards."""
        for id, others in self.m.heap.maybe.items():
            if id in self.outer.states:
                for other in others - self.outer.maybe.get(id, frozenset()):
                    if other in self.outer.states:
                        self.outer.note(id, other, self.m.heap.choices.get(frozenset((id, other))))
                        self.plan.changed = True
        if self.outer.keep(self.m.heap):
            self.plan.changed = True

    def _may_be(self, end: int) -> Iterator[int]:
        """The outer objects that an object at the end of the body may be."""
        for id in frozenset[int]().union(*map(self.m.heap.candidates, self.m.heap.data(end))):
            if id in self.outer.states:
                yield id
            for path in (p for p, head in self.made.items() if head == id):
                yield self.sources[path]
                yield from (old for q, old in self.plan.linked_to if q == path)

    def _compare(self, head: Value, end: Value, path: Path, before: Heap) -> None:
        if isinstance(end, Never):
            self._keep(head, path, before)
        elif isinstance(head, Never) or (isinstance(head, Undef) and not isinstance(end, Undef)):
            self._seed(head, end, path)
        elif isinstance(head, Undef):
            pass
        elif is_none(head) or is_none(end) or is_optional(head) or is_optional(end):
            self._compare_optional(head, end, path, before)
        elif isinstance(head, Maybe) or isinstance(end, (Maybe, Undef)):
            self._compare_maybe(head, end, path, before)
        elif (x := as_num(head)) is not None and (y := as_num(end)) is not None:
            self._compare_number(head, end, x, y, path)
        elif isinstance(head, Ref) and isinstance(end, Ref):
            self._compare_ref(head, end, path, before)
        elif isinstance(head, Const) and isinstance(end, Const) and alike(head.value, end.value):
            pass
        elif same_skeleton(head, end) and not isinstance(head, Const):
            for k, (p, q) in enumerate(zip(parts(head), parts(end), strict=True)):
                self._compare(p, q, (*path, k), before)
        else:
            self._enter_as_jax(head, end, path)
            self._refuse(path, self._describe(head, before), self.m.describe(end))

    def _enter_as_jax(self, head: Value, end: Value, path: Path) -> None:
        """A number at entry that a turn makes a jax array of rank 0 goes in as such an array."""
        num = as_num(head)
        if num is None or path[0] != "carry" or len(path) > 2 or not isinstance(end, Ref):
            return
        if not is_jax_scalar(self.m, end, self.m.heap):
            return
        try:
            entry = as_num(self._entry_leaf(path)) or num
            type, kind = unify((entry.atom, entry.kind), (self.m.array(end.id), self.m.kind(end.id)))
        except Mismatch:
            return
        with self.m.inside(self.outer_builder, self.outer):
            self.entry[path[1]] = self.m.new_array(cast(self.m, entry.atom, type.dtype), kind)
        raise EntryChanged

    def _keep(self, head: Value, path: Path, before: Heap) -> None:
        """The end has no value here (it is not reached, or nobody reads it): go on with the head's."""
        if isinstance(head, Maybe):
            self.leaves[*path, BOUND] = head.defined
            self._keep(head.value, path, before)
        elif (num := as_num(head)) is not None:
            if path in self.plan.varying:
                self.leaves[path] = num.atom
        elif isinstance(head, Ref) and path in self.plan.rebound:
            self.leaves[*path, WHICH] = self.m.tag(head.id, before)
            with self.m.inside(self.m.builder, before):
                if self.plan.views.get(path) is not None:
                    looks = before.states[head.id]
                    assert isinstance(looks, ViewState)
                    self.leaves.update({(*path, AT, k): atom for k, atom in enumerate(looks.step.operands)})
                    return
                if self.m.is_array(head):
                    self.leaves[path] = self.m.array(head.id)
                    return
            state = before.states[head.id]
            assert not isinstance(state, (ArrayState, ViewState))
            for k, v in enumerate(state.items):
                self._keep(v, (*path, k), before)
        else:
            for k, v in enumerate(parts(head)):
                self._keep(v, (*path, k), before)

    def _seed(self, head: Value, end: Value, path: Path) -> None:
        """A variable without a value at entry gets zeros of the end's type, and a flag that it is not bound."""
        if not self._has_place(path):
            self._refuse(path, self.m.describe(head), self.m.describe(end))
        if isinstance(head, Undef) and isinstance(end, Maybe) and head.for_none is not end.for_none:
            self._refuse(path, self.m.describe(head), self.m.describe(end))
        inner = end.value if isinstance(end, Maybe) else end
        with self.m.inside(self.outer_builder, self.outer):
            zeros = self._zeros(inner)
        if path[0] == "carry":
            self.entry[path[1]] = zeros
        else:
            state = self.outer.states[path[1]]
            assert not isinstance(state, (ArrayState, ViewState))
            items = tuple(zeros if k == path[2] else v for k, v in enumerate(state.items))
            self.outer.states[path[1]] = replace(state, items=items)
        if isinstance(head, Undef):
            self.unbound[path] = head.name
        if isinstance(head, Undef) or isinstance(end, Maybe):
            self._note_maybe(path, head.name if isinstance(head, Undef) else end.name)  # type: ignore[union-attr]
        self.plan.changed = True

    def _has_place(self, path: Path) -> bool:
        """Whether a path is that of a variable, or of an attribute of an object from before the loop."""
        if path[0] == "carry":
            return len(path) == 2
        return len(path) == 3 and isinstance(self.outer.states[path[1]], (CellState, ObjectState))

    def _note_maybe(self, path: Path, name: str) -> None:
        """Note that a variable is bound in some turns only."""
        self.plan.maybe[path] = name
        self.plan.varying[*path, BOUND] = Array(BOOL), "python"

    def _zeros(self, like: Value) -> Value:
        num = as_num(like)
        if num is not None:
            zero = python_scalar(num.dtype, 0)
            return Const(zero if num.kind == "python" else num.dtype.type(zero))
        if isinstance(like, Ref):
            return self._zeros_object(like)
        return with_parts(like, tuple(self._zeros(p) for p in parts(like)))

    def _zeros_object(self, like: Ref) -> Value:
        if like.id in self.outer.states:
            return like
        state = self.end_heap.states[like.id]
        if isinstance(state, RowState) and state.of not in self.outer.states:
            with self.m.inside(self.end_builder, self.end_heap):
                state = self.m.state(like.id)
        if isinstance(state, (ArrayState, ViewState)):
            with self.m.inside(self.end_builder, self.end_heap):
                type, kind = array_type(self.m.array(like.id)), self.m.kind(like.id)
            return self.m.new_array(self.m.builder.full(type, python_scalar(type.dtype, 0)), kind)
        return Ref(self.m.heap.alloc(replace(state, items=tuple(self._zeros(v) for v in state.items))))

    def _compare_optional(self, head: Value, end: Value, path: Path, before: Heap) -> None:
        """A variable that is None, or may be, before or after a turn."""
        if is_none(head) and is_none(end):
            return
        is_other = any(isinstance(v, (Undef, Maybe)) and not v.for_none for v in (head, end))
        if is_other or self.plan.maybe.get(path, ABSENT.name) != ABSENT.name:
            self._refuse(path, self._describe(head, before), self.m.describe(end))
        if not is_optional(head) and not (self.m.absent_in_loops and self._has_place(path)):
            raise AbsentChanges(frozenset(), self._mismatch(path, self._describe(head, before), self.m.describe(end)))
        if not is_optional(head):
            types = self._describe(head, before), self.m.describe(end)
            self.absent[path] = self._mismatch(path, *types, hint=TEST_FOR_NONE)
        if is_none(head):
            self._seed(ABSENT, end, path)
        else:
            self._compare_maybe(head, ABSENT if is_none(end) else end, path, before)

    def _compare_maybe(self, head: Value, end: Value, path: Path, before: Heap) -> None:
        flag = (*path, BOUND)
        name = next(v.name for v in (head, end) if isinstance(v, (Maybe, Undef)))
        if path not in self.plan.maybe or flag not in self.plan.varying:
            self._note_maybe(path, name)
            self.plan.changed = True
        inner = head.value if isinstance(head, Maybe) else head
        if isinstance(end, Undef):
            self.leaves[flag] = Lit(False, Array(BOOL))
            self._keep(inner, path, before)
            return
        self.leaves[flag] = end.defined if isinstance(end, Maybe) else Lit(True, Array(BOOL))
        if not isinstance(end, Maybe):
            self.defined_at_end.add(path)
        self._compare(inner, end.value if isinstance(end, Maybe) else end, path, before)

    def _compare_number(self, head: Value, end: Value, x: Num, y: Num, path: Path) -> None:
        self.leaves[path] = y.atom
        if path not in self.plan.varying and x.atom == y.atom and x.kind == y.kind:
            return
        known = self.plan.varying.get(path)
        try:
            found = unify((x.atom, x.kind), (y.atom, y.kind))
            if known and not isinstance(x.atom, Lit):
                found = self._with_entry(path, (y.atom, y.kind))
        except Mismatch:
            self._refuse(path, self.m.describe(head), self.m.describe(end))
        if known != found:
            self.plan.varying[path] = found
            self.plan.changed = True

    def _with_entry(self, path: Path, end: tuple[Atom, Kind]) -> tuple[Array, Kind]:
        """The type of a leaf that changes, from its entry value, so that a literal at entry counts as exact."""
        known_type, known_kind = self.plan.varying[path]
        if array_type(end[0]) == known_type and end[1] == known_kind:
            return known_type, known_kind
        entry = as_num(self._entry_leaf(path))
        if entry is None:
            return unify((Lit(0, known_type), known_kind), end)
        type, kind = unify((entry.atom, entry.kind), end)
        return unify((Var("_", type), kind), (Var("_", known_type), known_kind)) if type != known_type else (type, kind)

    def _compare_ref(self, head: Ref, end: Ref, path: Path, before: Heap) -> None:
        if path not in self.plan.rebound:
            if head.id == end.id:
                return
            self.plan.rebound[path] = None
            self.plan.changed = True
            if self.m.tracks:
                self.plan.varying[*path, WHICH] = Array(I64), "python"
        self.leaves[*path, WHICH] = self.m.tag(end.id, self.m.heap)
        look_again(self.m, end.id)
        self._compare_object(head.id, end.id, path, before)

    def _compare_object(self, head: int, end: int, path: Path, before: Heap) -> None:
        x, y = before.states[head], self.m.heap.states[end]
        if isinstance(x, RowState) or isinstance(y, RowState):
            x, y = self._rows(x, y, path, end)
        if isinstance(x, (ArrayState, ViewState)) and isinstance(y, (ArrayState, ViewState)):
            if path not in self.plan.rebound or not self._compare_views(end, path):
                self._compare_arrays(head, end, path, before)
            return
        if path in self.plan.rebound:
            self.ends[path] = end
            if end in self.m.heap.unknown and path not in self.plan.unknown:
                self.plan.unknown[path], self.plan.changed = self.m.heap.unknown[end], True
            self.sites[path] = self.sites.get(path, frozenset()) | self.m.heap.sites.get(end, frozenset())
        if isinstance(x, SlotsState) and isinstance(y, SlotsState) and not x.items:
            return  # whatever the turn has found out, the next one does not know it
        if isinstance(x, SlotsState) and isinstance(y, SlotsState) and not y.items:
            self._enter_without_slots(path)
        self._enter_in_room(path, head, end, before)
        if not same_shape(x, y):
            self._grow(path, head, end, before)
            dicts = dicts_of(before, head) | dicts_of(self.m.heap, end)
            self._refuse(path, self._describe(Ref(head), before), self.m.describe(Ref(end)), dicts)
        assert not isinstance(x, (ArrayState, ViewState)) and not isinstance(y, (ArrayState, ViewState))
        if isinstance(x, GrownState) and isinstance(y, GrownState):
            self._count((*path, 0), x, y)
        for k, (p, q) in enumerate(zip(x.items, y.items, strict=True)):
            self._compare(p, q, (*path, k), before)

    def _rows(self, x: State, y: State, path: Path, end: int) -> tuple[State, State]:
        """The states of two objects, one of them a row: of rows of one list as such, else as objects by themselves."""
        if isinstance(x, RowState) and isinstance(y, RowState) and same_shape(x, y):
            return x, y
        if isinstance(x, RowState):
            self._enter_by_itself(path)
            before_it = f"an item of another list, of class {x.cls.__name__},"
            self._refuse(path, before_it, self.m.describe(Ref(end)))
        return x, self.m.row(y) if isinstance(y, RowState) else y

    def _enter_by_itself(self, path: Path) -> None:
        """A row at entry goes in as an object that may be that of the list."""
        entry = path[1] if path[0] == "heap" else self._entry_object(path)
        if len(path) > 2 or entry is None:
            return
        others = frozenset[int]().union(*map(self.outer.candidates, self.outer.data(entry)))
        with self.m.inside(self.outer_builder, self.outer):
            state = self.m.state(entry)
            if path[0] == "heap":
                self.outer.states[entry] = state
            else:
                entry = self.outer.alloc(state)
                self.entry[path[1]] = Ref(entry)
        for other in others:
            self.outer.pair(entry, other)
        raise EntryChanged

    def _enter_without_slots(self, path: Path) -> NoReturn:
        """A dict that has no slots after a turn goes in without them."""
        entry = path[1] if path[0] == "heap" else self._entry_object(path)
        assert entry is not None
        self.outer.states[entry] = SlotsState()
        raise EntryChanged

    def _enter_in_room(self, path: Path, head: int, end: int, before: Heap) -> None:
        """An array at entry goes in as one of run-time size if a turn makes it one, and in the room that this needs.

        The turns of a short loop are written out instead, which keeps what is known of sizes.
        """
        if self.trips is not None and self.trips <= FEW:
            return
        states, entry = (before.states[head], self.m.heap.states[end]), self._entry_object(path)
        if path[0] != "carry" or len(path) > 2 or entry is None or not all(map(is_array, states)):
            return
        axes = axes_of(*states)
        rooms = room_of(self.m, before, head), room_of(self.m, self.m.heap, end)
        shape = common_room(axes, *rooms)
        if shape is None or (same_shape(*states) and static_shape(rooms[0]) == shape):
            return
        self.moves[path] = self.moves.get(path, 0) + 1
        if self.moves[path] > MOVES:
            return  # every turn needs more
        with self.m.inside(self.outer_builder, self.outer):
            self.entry[path[1]] = Ref(self.outer.alloc(in_room(self.m, entry, axes, shape)))
        raise EntryChanged

    def _count(self, path: Path, head: GrownState, end: GrownState) -> None:
        """Note by how much a turn makes a list longer, and give it exactly the room that all turns need.

        A run may have found that it needs more, later.
        """
        start, stop, entry = (as_num(v) for v in (length(head), length(end), self._entry_leaf(path)))
        if self.trips is None or start is None or stop is None or entry is None or path not in self.plan.varying:
            return
        base, step = linear(self.m, stop.atom)
        if base != start.atom or step < 0 or isinstance(start.atom, Lit):
            if self.plan.counted.pop(path, None) is not None:
                self.plan.changed = True
            return
        target = self._entry_object(path[:-1])
        if isinstance(entry.atom, Lit) and target is not None:
            total = max(int(entry.atom.value) + step * self.trips, self.m.capacities.get(head.site, 0))
            if head.capacity != total > 0:
                raise Regrow(target, head.spec, total, exact=True)
        if self.plan.counted.get(path) != step:
            self.plan.counted[path], self.plan.changed = step, True

    def _grow(self, path: Path, head: int, end: int, before: Heap) -> None:
        """Ask for a list that has another length after a turn to be one of run-time length before the loop."""
        x, y = before.states[head], self.m.heap.states[end]
        target = self._entry_object(path)
        if not (isinstance(x, LISTS) and isinstance(y, LISTS)) or target is None:
            return
        try:
            after = item_spec(self.m, end)
            with self.m.inside(self.m.builder, before):
                spec = common(item_spec(self.m, head), after)
        except Mismatch:
            return
        with self.m.inside(self.outer_builder, self.outer):
            regrow(self.m, [target], spec, [*capacity_of(x), *capacity_of(y)])

    def _compare_views(self, end: int, path: Path) -> bool:
        """Whether an array is at entry and at the end a view of one array, of one kind: then its indices change."""
        entry, state = self._entry_object(path), self.m.heap.states[end]
        looks = None if entry is None else self._looks(entry, end)
        if looks is None or not isinstance(state, ViewState):
            if self.plan.views.get(path) is not None:
                self.plan.varying = {p: t for p, t in self.plan.varying.items() if p[:-1] != (*path, AT)}
                self.plan.changed = True
            self.plan.views[path] = None
            return False
        if path not in self.plan.views:
            self.plan.views[path], self.plan.changed = looks, True
            count = len(looks.step.operands)
            self.plan.varying.update({(*path, AT, k): (Array(I64), "python") for k in range(count)})
        elif self.plan.views[path] is None:
            return False
        self.leaves.update({(*path, AT, k): atom for k, atom in enumerate(with_operands(state.step).operands)})
        return True

    def _looks(self, start: int, end: int) -> Looks | None:
        """How both of two arrays look at one array from before the loop, if they do."""
        a, b = self.outer.states[start], self.m.heap.states[end]
        if not isinstance(a, ViewState) or not isinstance(b, ViewState) or a.is_flat or b.is_flat:
            return None
        p, q = with_operands(a.step), with_operands(b.step)
        if (p.op, p.attrs) != (q.op, q.attrs) or a.base != b.base or b.base not in self.outer.states or not p.operands:
            return None
        x, y = self.outer.owners.get(start), self.m.heap.owners.get(end)
        if x is None and y is None:
            return Looks(a.base, p)
        if x is None or y is None or (x.of, x.path) != (y.of, y.path) or len(p.operands) > 1:
            return None
        return Looks(a.base, p, (x.of, x.path))

    def _compare_arrays(self, head: int, end: int, path: Path, before: Heap) -> None:
        with self.m.inside(self.m.builder, before):
            x, kind = self.m.array(head), self.m.kind(head)
        y = self.m.array(end)
        if array_type(x) != array_type(y):
            self._refuse(path, str(array_type(x)), str(array_type(y)))
        self.leaves[path] = y
        if path in self.plan.rebound:
            self.ends[path] = self.m.heap.root(end)
        if path not in self.plan.varying:
            self.plan.varying[path] = array_type(x), kind
            self.plan.changed = True
        if path not in self.plan.reordered and not self.m.reordered.isdisjoint((x, y)):
            self.plan.reordered.add(path)
            self.plan.changed = True

    def _refuse(self, path: Path, before: str, after: str, dicts: frozenset[Site] = frozenset()) -> NoReturn:
        error = self._mismatch(path, before, after)
        error.dicts = dicts
        raise TypeChanges(frozenset(), error)

    def _mismatch(self, path: Path, before: str, after: str, hint: str = "") -> CompileError:
        """What is said of a leaf that is one thing before a turn and another after it."""
        what = f"variable {self.hints[path[1]]!r}" if path[0] == "carry" else "an object changed in the loop"
        what = what if len(path) == 2 else f"a part of {what}"
        hint = hint or instead(before, after, "start with a value of the type and shape that the loop gives it")
        if "[" in before and "[" in after and before.partition("[")[0] == after.partition("[")[0]:
            hint = "an array keeps its shape in a loop: write into one of the full size, or append to a list"
        text = f"{what} is {before} when the loop starts and {after} after a turn of it"
        return self._at_assignment(path, self.m.error(UnsupportedError, text, hint))

    def _at_assignment(self, path: Path, error: CompileError) -> CompileError:
        """The error at the place in the body that gives a carried variable its type."""
        eqn = self.m.eqn
        if path[0] != "carry" or not isinstance(eqn, For | While):
            return error
        k = path[1] - (len(self.hints) - len(eqn.outputs))  # a counter of the loop's own may come first
        places = assignments(self.m, k) if k >= 0 else []
        entry = binding(self.m, eqn.init[k]) if k >= 0 else ""
        notes = (f"{self.hints[path[1]]} starts {entry}",) if entry else ()
        return type(error)(error.message, places[0][0] if places else error.loc, error.hint, notes + error.notes)
