"""What a loop being inferred is known to carry, and what it knows at the head of a turn. See `myialike.infer.loops`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from myialike.errors import CompileError
from myialike.infer.heap import ArrayState, Heap, Item, RowState, Site, Unknown, ViewState, ViewStep
from myialike.infer.machine import Machine
from myialike.infer.origins import part_name
from myialike.infer.values import (
    Kind,
    Maybe,
    Num,
    Ref,
    Value,
    as_num,
    parts,
    with_parts,
)
from myialike.ir.builder import Builder
from myialike.ir.syntax import Atom, Lit, Var
from myialike.ir.types import Array

Path = tuple[Any, ...]
BOUND = "?"  # the last component of the path of a variable's "is it bound" flag
WHICH = "#"  # that of the number of the object that a variable is bound to
AT = "@"  # the last but one of that of an index of a view, the last being the number of the index

SUFFIXES = {BOUND: "_bound", WHICH: "_which"}


@dataclass(frozen=True, slots=True)
class Looks:
    """How a carried view looks at an array from before the loop; where it is an item of a list, of which one."""

    base: int
    step: ViewStep
    of: tuple[int, tuple[int, ...]] | None = None


@dataclass(slots=True)
class Plan:
    """What is known so far about the loop: the leaves that change, with their types, and the names that are rebound.

    `views` are the arrays that look at one array in one way in every turn, at indices that change: how, and at what.
    `counted` are the lengths of lists to which every turn adds the same number of items; `reordered` are arrays that
    may not be in C order; `unknown` are lists, dicts and instances whose state is not known after a turn.
    """

    varying: dict[Path, tuple[Array, Kind]] = field(default_factory=dict)
    rebound: dict[Path, None] = field(default_factory=dict)
    maybe: dict[Path, str] = field(default_factory=dict)
    views: dict[Path, Looks | None] = field(default_factory=dict)  # None: they look in several ways
    counted: dict[Path, int] = field(default_factory=dict)
    reordered: set[Path] = field(default_factory=set)
    unknown: dict[Path, Unknown] = field(default_factory=dict)
    linked: set[tuple[Path, Path]] = field(default_factory=set)
    linked_to: set[tuple[Path, int]] = field(default_factory=set)
    changed: bool = True


@dataclass(slots=True)
class Heads:
    """A loop being inferred: its carried variables' entry values and names, what is known of it, and heads of turns.

    `outer` and `outer_builder` are where the loop stands, `end_heap` and `end_builder` where its body has ended.
    """

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
    outer: Heap = field(default_factory=Heap)
    outer_builder: Builder = None  # type: ignore[assignment]
    end_heap: Heap = field(default_factory=Heap)
    end_builder: Builder = None  # type: ignore[assignment]
    absent: dict[Path, CompileError] = field(default_factory=dict)  # what is said of variables that may be None
    unbound: dict[Path, str] = field(default_factory=dict)  # variables without a value at entry, by name
    known_before: dict[int, Unknown] = field(default_factory=dict)
    sites: dict[Path, frozenset[Site]] = field(default_factory=dict)  # where the dicts begin that turns end with
    moves: dict[Path, int] = field(default_factory=dict)  # how often arrays at entry got larger rooms

    def params(self, builder: Builder) -> dict[Path, Var]:
        params = {path: builder.param(self.hint(path), type) for path, (type, _) in self.plan.varying.items()}
        self.m.reordered.update(params[path] for path in self.plan.reordered)
        return params

    def hint(self, path: Path) -> str:
        if path[0] == "carry":
            return self.hints[path[1]] + ("_at" if AT in path else SUFFIXES.get(path[-1], ""))
        path = path[: path.index(AT)] if AT in path else path
        return part_name(self.m, path[1], path[2:-1] if path[-1] in SUFFIXES else path[2:])

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
            if isinstance(heap.states[id], (RowState, ViewState)):
                continue  # it shows the list or array, whatever is written there
            for old in (set() if ran else {self.sources[p]}) | {old for q, old in self.plan.linked_to if q == p}:
                for other in {old} | self.maybe_before.get(old, frozenset()):
                    heap.pair(id, other, self.decided_by)
            for q, other in made.items():
                if p < q and ((p, q) in self.plan.linked or (not ran and self._same_source(p, q))):
                    heap.pair(id, other, self.decided_by)
        for id in made.values():
            heap.part_rows(id)

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
            if path in self.absent:
                self.m.absent[flag] = self.absent[path]
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
        state = self.outer.states[ref.id]  # in the machine's heap it may have the items of a head already
        if (looks := self.plan.views.get(path)) is not None:
            operands = tuple(atoms[*path, AT, k] for k in range(len(looks.step.operands)))
            unseen = Var("_", self.m.look_type(looks.base, looks.step))
            new = self.m.heap.alloc(ViewState(looks.base, replace(looks.step, operands=operands), unseen, unseen))
            if looks.of is not None:
                self.m.heap.owners[new] = Item(looks.of[0], operands[0], looks.of[1])
        elif isinstance(state, (ArrayState, ViewState)):
            new = self.m.heap.alloc(ArrayState(atoms[path], self.plan.varying[path][1]))
        else:
            items = tuple(self._head(v, (*path, k), atoms, made) for k, v in enumerate(state.items))
            new = self.m.heap.alloc(replace(state, items=items))
            unknown = self.plan.unknown.get(path, self.known_before.get(ref.id))
            if unknown is not None:
                self.m.heap.unknown[new] = replace(unknown, is_seen=False)
            self.m.heap.sites[new] = self.outer.sites.get(ref.id, frozenset()) | self.sites.get(path, frozenset())
        made[path], self.sources[path] = new, self.outer.root(ref.id)
        self.m.decided.add(new)
        if (*path, WHICH) in atoms:
            self.m.heap.tags[new] = atoms[*path, WHICH]
        return Ref(new)

    def _describe(self, value: Value, heap: Heap) -> str:
        with self.m.inside(self.m.builder, heap):
            return self.m.describe(value)

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

    def _entry_object(self, path: Path) -> int | None:
        entry = self._entry_leaf(path)
        return entry.id if isinstance(entry, Ref) and entry.id in self.outer.states else None
