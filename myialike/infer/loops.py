"""Loops: what holds at the head of every iteration, found by trying.

A loop is run on what is known at its entry. Where the end of the body knows something else, that *leaf* (a number or an
array, found by its path from a carried variable or a changed object) becomes a carry, and the body is run again, until
nothing changes. What never changes stays outside of the loop: structures, compile-time values, invariant arrays.

The first run is told that the numbers among the assigned variables change, which they nearly always do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

from myialike.errors import CompileError, CompilerBug, UnsupportedError
from myialike.infer.emit import cast
from myialike.infer.growing import LISTS, Regrow, capacity_of, grow, length, plus, regrow
from myialike.infer.heap import ArrayState, CellState, GrownState, Heap, Unknown, ViewState, same_shape
from myialike.infer.items import common, item_spec
from myialike.infer.join import is_jax_scalar
from myialike.infer.machine import Machine, NeedStatic, Signal, Unreachable, array_type
from myialike.infer.origins import assignments, binding, part_name
from myialike.infer.symbolic import linear
from myialike.infer.values import (
    NEVER,
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
    parts,
    same_skeleton,
    with_parts,
)
from myialike.infer.widen import Mismatch, unify
from myialike.ir.builder import Builder, python_scalar
from myialike.ir.syntax import Atom, For, Lit, Var, While
from myialike.ir.types import BOOL, I64, Array

Path = tuple[Any, ...]


class EntryChanged(Signal):
    """A loop is to be tried again from another form of what it begins with."""


class WouldGrow(NeedStatic):
    """A loop would make a list one of run-time length, which may be worth avoiding."""


class TypeChanges(NeedStatic):
    """A variable has another type after a turn than before it: with the type after it, the rest may be a loop."""


MAX_ROUNDS = 60
BOUND = "?"  # the last component of the path of a variable's "is it bound" flag


@dataclass(slots=True)
class Plan:
    """What is known so far about the loop: the leaves that change, with their types, and the names that are rebound.

    `counted` are the lengths of lists to which every turn adds the same number of items; `reordered` are arrays that
    may not be in C order.
    """

    varying: dict[Path, tuple[Array, Kind]] = field(default_factory=dict)
    rebound: dict[Path, None] = field(default_factory=dict)
    maybe: dict[Path, str] = field(default_factory=dict)
    counted: dict[Path, int] = field(default_factory=dict)
    reordered: set[Path] = field(default_factory=set)
    linked: set[tuple[Path, Path]] = field(default_factory=set)
    linked_to: set[tuple[Path, int]] = field(default_factory=set)
    changed: bool = True


@dataclass(slots=True)
class Loop:
    """One loop being inferred: its carried variables' entry values and names."""

    m: Machine
    entry: list[Value]
    hints: Sequence[str]
    plan: Plan = field(default_factory=Plan)
    leaves: dict[Path, Atom] = field(default_factory=dict)
    ends: dict[Path, int] = field(default_factory=dict)
    made: dict[Path, int] = field(default_factory=dict)
    sources: dict[Path, int] = field(default_factory=dict)
    maybe_before: dict[int, frozenset[int]] = field(default_factory=dict)
    decided_by: Atom | None = None
    trips: int | None = None  # how many turns it makes, if that is known
    may_grow: bool = True  # whether lists may become ones of run-time length for it
    defined_at_end: set[Path] = field(default_factory=set)

    # -- the head of an iteration -------------------------------------------------------------------------------------

    def params(self, builder: Builder) -> dict[Path, Var]:
        params = {path: builder.param(self.hint(path), type) for path, (type, _) in self.plan.varying.items()}
        self.m.reordered.update(params[path] for path in self.plan.reordered)
        return params

    def hint(self, path: Path) -> str:
        if path[0] == "carry":
            return self.hints[path[1]] + ("_bound" if path[-1] == BOUND else "")
        return part_name(self.m, path[1], path[2:-1] if path[-1] == BOUND else path[2:])

    def head(self, atoms: dict[Path, Var], ran: bool = False) -> list[Value]:
        """The carried values, with `atoms` for what changes; the machine's heap is changed accordingly.

        `ran` says that there has been a turn, so that they are none of the entry values.
        """
        made: dict[Path, int] = {}
        self.made, self.sources = made, {}
        for id in {p[1]: None for p in self.plan.varying if p[0] == "heap"}:
            state = self.m.heap.states[id]
            if isinstance(state, ArrayState):
                self.m.heap.states[id] = replace(state, atom=atoms["heap", id])
            else:
                assert not isinstance(state, ViewState)
                items = tuple(self._head(v, ("heap", id, k), atoms, made) for k, v in enumerate(state.items))
                self.m.heap.states[id] = replace(state, items=items)
        values = [self._head(v, ("carry", k), atoms, made) for k, v in enumerate(self.entry)]
        self._link(made, ran)
        return values

    def _link(self, made: dict[Path, int], ran: bool) -> None:
        """Note which of the objects made for the head may be which others: what they are at entry, and after a turn."""
        heap = self.m.heap
        for p, id in made.items():
            for old in (set() if ran else {self.sources[p]}) | {old for q, old in self.plan.linked_to if q == p}:
                for other in {old} | self.maybe_before.get(old, frozenset()):
                    heap.pair(id, other, self.decided_by)
            for q, other in made.items():
                if p < q and ((p, q) in self.plan.linked or (not ran and self._same_source(p, q))):
                    heap.pair(id, other, self.decided_by)

    def _same_source(self, p: Path, q: Path) -> bool:
        a, b = self.sources[p], self.sources[q]
        return a == b or a in self.maybe_before.get(b, ())

    def _head(self, value: Value, path: Path, atoms: dict[Path, Var], made: dict[Path, int]) -> Value:
        if path in self.plan.maybe:
            inner = value.value if isinstance(value, Maybe) else value
            flag = atoms.get((*path, BOUND))
            inner = self._plain_head(inner, path, atoms, made)
            if flag is None:
                return replace(value, value=inner) if isinstance(value, Maybe) else inner
            return Maybe(inner, flag, self.plan.maybe[path])
        return self._plain_head(value, path, atoms, made)

    def _plain_head(self, value: Value, path: Path, atoms: dict[Path, Var], made: dict[Path, int]) -> Value:
        if path in atoms and as_num(value) is not None:
            return Num(atoms[path], self.plan.varying[path][1], *self._bounds(path))
        if isinstance(value, Ref):
            return self._head_object(value, path, atoms, made) if path in self.plan.rebound else value
        return with_parts(value, tuple(self._head(v, (*path, k), atoms, made) for k, v in enumerate(parts(value))))

    def _bounds(self, path: Path) -> tuple[int | None, int | None]:
        """Bounds of a list's length at the head of a turn."""
        step, entry = self.plan.counted.get(path), as_num(self._entry_leaf(path))
        if step is None or entry is None or self.trips is None:
            return None, None
        low, high = (entry.atom.value,) * 2 if isinstance(entry.atom, Lit) else (entry.low, entry.high)
        return low, None if high is None else high + step * max(self.trips - 1, 0)

    def _head_object(self, ref: Ref, path: Path, atoms: dict[Path, Var], made: dict[Path, int]) -> Ref:
        state = self.m.heap.states[ref.id]
        if isinstance(state, (ArrayState, ViewState)):
            new = self.m.heap.alloc(ArrayState(atoms[path], self.plan.varying[path][1]))
        else:
            items = tuple(self._head(v, (*path, k), atoms, made) for k, v in enumerate(state.items))
            new = self.m.heap.alloc(replace(state, items=items))
        made[path], self.sources[path] = new, self.outer.root(ref.id)
        return Ref(new)

    # -- the end of an iteration -------------------------------------------------------------------------------------

    def compare(self, heads: list[Value], before: Heap, ends: list[Value]) -> None:
        """Note every leaf that the end of the body (in the machine's heap) knows differently from its head."""
        self.plan.changed = False
        self.leaves, self.ends, self.defined_at_end = {}, {}, set()
        for id in self.m.heap.changed_since(before):
            if id in self.outer.states:
                self._compare_object(id, id, ("heap", id), before)
        for path in self.plan.varying:
            if path[0] == "heap" and path not in self.leaves:
                self._unchanged(path, before)
        for k, (head, end) in enumerate(zip(heads, ends, strict=True)):
            self._compare(head, end, ("carry", k), before)
        self._note_links()
        self._note_pairs()
        for id, unknown in self.m.heap.unknown.items():
            if id in self.outer.states and id not in self.outer.unknown:
                self.outer.unknown[id] = unknown
                self.plan.changed = True

    outer: Heap = field(default_factory=Heap)

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
        for id in self.m.heap.candidates(end):
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

    def _describe(self, value: Value, heap: Heap) -> str:
        with self.m.inside(self.m.builder, heap):
            return self.m.describe(value)

    def _keep(self, head: Value, path: Path, before: Heap) -> None:
        """The end has no value here (it is not reached, or nobody reads it): go on with the head's."""
        if isinstance(head, Maybe):
            self.leaves[*path, BOUND] = head.defined
            self._keep(head.value, path, before)
        elif (num := as_num(head)) is not None:
            if path in self.plan.varying:
                self.leaves[path] = num.atom
        elif isinstance(head, Ref) and path in self.plan.rebound:
            with self.m.inside(self.m.builder, before):
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
        is_cell = path[0] == "heap" and isinstance(self.outer.states[path[1]], CellState)
        if not (path[0] == "carry" or is_cell) or len(path) != (3 if is_cell else 2):
            self._refuse(path, self.m.describe(head), self.m.describe(end))
        inner = end.value if isinstance(end, Maybe) else end
        with self.m.inside(self.outer_builder, self.outer):
            zeros = self._zeros(inner)
        if is_cell:
            self.outer.states[path[1]] = CellState((zeros,))
        else:
            self.entry[path[1]] = zeros
        if isinstance(head, Undef):
            self.unbound[path] = head.name
        if isinstance(head, Undef) or isinstance(end, Maybe):
            self._note_maybe(path, head.name if isinstance(head, Undef) else end.name)  # type: ignore[union-attr]
        self.plan.changed = True

    def _note_maybe(self, path: Path, name: str) -> None:
        """Note that a variable is bound in some turns only."""
        self.plan.maybe[path] = name
        self.plan.varying[*path, BOUND] = Array(BOOL), "python"

    outer_builder: Builder = None  # type: ignore[assignment]

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
        if isinstance(state, (ArrayState, ViewState)):
            with self.m.inside(self.end_builder, self.end_heap):
                type, kind = array_type(self.m.array(like.id)), self.m.kind(like.id)
            return self.m.new_array(self.m.builder.full(type, python_scalar(type.dtype, 0)), kind)
        return Ref(self.m.heap.alloc(replace(state, items=tuple(self._zeros(v) for v in state.items))))

    end_heap: Heap = field(default_factory=Heap)
    end_builder: Builder = None  # type: ignore[assignment]

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

    def _entry_leaf(self, path: Path) -> Value:
        value: Value
        if path[0] == "carry":
            value, rest = self.entry[path[1]], path[2:]
        else:
            value, rest = Ref(path[1]), path[2:]
        for k in rest:
            value = self._inside(value, k)
        return value.value if isinstance(value, Maybe) else value

    def _inside(self, value: Value, k: int) -> Value:
        if isinstance(value, Maybe):
            value = value.value
        if isinstance(value, Ref):
            state = self.outer.states[value.id]
            assert not isinstance(state, (ArrayState, ViewState))
            return state.items[k]
        return parts(value)[k]

    def _compare_ref(self, head: Ref, end: Ref, path: Path, before: Heap) -> None:
        if path not in self.plan.rebound:
            if head.id == end.id:
                return
            self.plan.rebound[path] = None
            self.plan.changed = True
        self._compare_object(head.id, end.id, path, before)

    def _compare_object(self, head: int, end: int, path: Path, before: Heap) -> None:
        x, y = before.states[head], self.m.heap.states[end]
        if isinstance(x, (ArrayState, ViewState)) and isinstance(y, (ArrayState, ViewState)):
            self._compare_arrays(head, end, path, before)
            return
        if path in self.plan.rebound:
            self.ends[path] = end
        if not same_shape(x, y):
            self._grow(path, head, end, before)
            self._refuse(path, self._describe(Ref(head), before), self.m.describe(Ref(end)))
        assert not isinstance(x, (ArrayState, ViewState)) and not isinstance(y, (ArrayState, ViewState))
        if isinstance(x, GrownState) and isinstance(y, GrownState):
            self._count((*path, 0), x, y)
        for k, (p, q) in enumerate(zip(x.items, y.items, strict=True)):
            self._compare(p, q, (*path, k), before)

    def _count(self, path: Path, head: GrownState, end: GrownState) -> None:
        """Note by how much a turn makes a list longer, and give it exactly the room that all turns need."""
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
            total = int(entry.atom.value) + step * self.trips
            if head.capacity != total > 0:
                raise Regrow(target, head.spec, total, exact=True)
        if self.plan.counted.get(path) != step:
            self.plan.counted[path], self.plan.changed = step, True

    def _entry_object(self, path: Path) -> int | None:
        entry = self._entry_leaf(path)
        return entry.id if isinstance(entry, Ref) and entry.id in self.outer.states else None

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

    def _refuse(self, path: Path, before: str, after: str) -> NoReturn:
        what = f"variable {self.hints[path[1]]!r}" if path[0] == "carry" else "an object changed in the loop"
        what = what if len(path) == 2 else f"a part of {what}"
        hint = "start with a value of the type and shape that the loop gives it"
        if "[" in before and "[" in after and before.partition("[")[0] == after.partition("[")[0]:
            hint = "an array keeps its shape in a loop: write into one of the full size, or append to a list"
        text = f"{what} is {before} when the loop starts and {after} after a turn of it"
        raise TypeChanges(frozenset(), self._at_assignment(path, self.m.error(UnsupportedError, text, hint)))

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

    # -- lists of run-time length -----------------------------------------------------------------------------------

    def begin(self) -> None:
        """Begin to try: the numbers among the assigned variables are taken to change."""
        self.plan = Plan()
        self.maybe_before = dict(self.m.heap.maybe)
        for path, name in self.unbound.items():
            self._note_maybe(path, name)
        for k, value in enumerate(self.entry):
            num = as_num(value)
            if num is not None and num.dtype != BOOL:
                self.plan.varying["carry", k] = array_type(num.atom), num.kind

    def regrow(self, need: Regrow) -> None:
        """Give a list the form that the loop needs, before it, and begin again."""
        if need.id not in self.m.heap.states:
            raise need
        if not self.may_grow:
            text = "a list that grows in a loop of run-time length"
            raise WouldGrow(frozenset(), self.m.error(UnsupportedError, text, "fill an array of known size"))
        self.m.heap.unknown = self.known_before = dict(self.known_before)
        grow(self.m, need.id, need.spec, need.capacity, need.exact)
        self.begin()

    def final_lengths(self) -> dict[int, Value]:
        """The lengths after the loop of the lists that grew by a known number of items in each of its turns."""
        return {
            path[1]: plus(self.m, self._entry_leaf(path), step * self.trips)
            for path, step in self.plan.counted.items()
            if self.trips is not None and path[0] == "heap" and len(path) == 3
        }

    # -- before and after --------------------------------------------------------------------------------------------

    def inits(self) -> list[Atom]:
        """The entry value of every leaf that changes, cast to its type.

        What the loop makes unknown is known when it starts.
        """
        heap = self.m.heap.copy()
        heap.unknown = self.known_before
        with self.m.inside(self.m.builder, heap):
            return [cast(self.m, self._init(path), type.dtype) for path, (type, _) in self.plan.varying.items()]

    def _init(self, path: Path) -> Atom:
        if path[-1] == BOUND:
            value = self.entry[path[1]] if path[0] == "carry" else self._inside(Ref(path[1]), path[2])
            return value.defined if isinstance(value, Maybe) else Lit(path[:-1] not in self.unbound, Array(BOOL))
        found = self.m.operand(self._entry_leaf(path))
        assert found is not None
        return found[0]

    unbound: dict[Path, str] = field(default_factory=dict)  # variables without a value at entry, by name
    known_before: dict[int, Unknown] = field(default_factory=dict)

    def results(self) -> list[Atom]:
        """The end value of every leaf that changes, in the order of the parameters."""
        return [cast(self.m, self.leaves[path], type.dtype) for path, (type, _) in self.plan.varying.items()]


def find(
    loop: Loop, body: Callable[[list[Value]], list[Value]], prepare: Callable[[Builder], None]
) -> tuple[Builder, list[Atom]]:
    """Run `body` until the plan holds; return the block that it then wrote and its results."""
    m = loop.m
    loop.outer, loop.outer_builder, loop.known_before = m.heap, m.builder, dict(m.heap.unknown)
    loop.begin()
    for _ in range(MAX_ROUNDS):
        builder = m.builder.child()
        with m.inside(builder, m.heap.copy()):
            prepare(builder)
            heads = loop.head(loop.params(builder))
            before = m.heap.copy()
            try:
                found = _turn(loop, body, heads, before)
            except Regrow as need:
                found, regrown = None, need
            except EntryChanged:
                found, regrown = None, None
                loop.begin()
            else:
                regrown = None
            if found is not None:
                return builder, found
        if regrown is not None:
            loop.regrow(regrown)
    raise CompilerBug("the types of a loop do not settle", m.loc)


def _turn(
    loop: Loop, body: Callable[[list[Value]], list[Value]], heads: list[Value], before: Heap
) -> list[Atom] | None:
    """One run of the body: its results if the plan held, else None."""
    m = loop.m
    try:
        ends = body(heads)
    except Unreachable:
        ends, m.heap = [NEVER] * len(heads), before
    loop.end_heap, loop.end_builder = m.heap, m.builder
    loop.compare(heads, before, ends)
    return None if loop.plan.changed else loop.results()


def finish(loop: Loop, outputs: Sequence[Var], ran: bool) -> list[Value]:
    """The carried values after the loop; `ran` says that it runs at least once."""
    atoms = dict(zip(loop.plan.varying, outputs, strict=True))
    loop.m.reordered.update(atoms[path] for path in loop.plan.reordered)
    lengths = loop.final_lengths()
    values = loop.head(atoms, ran)
    for id, count in lengths.items():
        state = loop.m.heap.states[id]
        assert isinstance(state, GrownState)
        loop.m.heap.states[id] = replace(state, items=(count, *state.items[1:]))
    for k, value in enumerate(values):
        if ran and isinstance(value, Maybe) and ("carry", k) in loop.defined_at_end:
            values[k] = value.value
    return values


def while_loop(
    m: Machine,
    entry: list[Value],
    hints: Sequence[str],
    cond: Callable[[list[Value]], Atom],
    body: Callable[[list[Value]], list[Value]],
    ran: bool,
    may_grow: bool = True,
) -> list[Value]:
    """`while cond: body` as one `While`; `ran` says that it runs at least once."""
    loop = Loop(m, list(entry), hints, may_grow=may_grow)
    built, results = find(loop, body, lambda _: None)
    test = m.builder.child()
    with m.inside(test, m.heap.copy()):
        heads = loop.head(loop.params(test))
        before = m.heap.copy()
        going = cond(heads)
        if any(id in before.states for id in m.heap.changed_since(before)):
            m.fail(UnsupportedError, "the condition of this loop changes an object", "change it in the body")
    outputs = m.builder.while_(loop.inits(), test.block((going,)), built.block(results))
    return finish(loop, outputs, ran)


def for_loop(
    m: Machine,
    over: Sequence[Atom],
    entry: list[Value],
    hints: Sequence[str],
    body: Callable[[Var, list[Value]], list[Value]],
    ran: bool,
    may_grow: bool = True,
    name: str = "i",
) -> list[Value]:
    """`for index in range(*over): body` as one `For`; `name` is that of the index."""
    known = [a.value for a in over if isinstance(a, Lit)]
    trips = len(range(*known)) if len(known) == 3 else None
    loop = Loop(m, list(entry), hints, decided_by=over[1], trips=trips, may_grow=may_grow)
    index: list[Var] = []

    def prepare(builder: Builder) -> None:
        index[:] = [builder.param(name, Array(I64))]

    built, results = find(loop, lambda heads: body(index[0], heads), prepare)
    outputs = m.builder.for_(over, loop.inits(), built.block(results))
    return finish(loop, outputs, ran)
