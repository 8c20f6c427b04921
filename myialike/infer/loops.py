"""Loops: what holds at the head of every iteration, found by trying.

A loop is run on what is known at its entry. Where the end of the body knows something else, that *leaf* (a number or an
array, found by its path from a carried variable or a changed object) becomes a carry, and the body is run again, until
nothing changes. What never changes stays outside of the loop: structures, compile-time values, invariant arrays.

The first run is told that the numbers among the assigned variables change, which they nearly always do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from myialike.errors import CompilerBug, UnsupportedError
from myialike.infer.emit import cast
from myialike.infer.growing import Regrow, grow, look_again, plus
from myialike.infer.heap import GrownState, Heap, ViewState
from myialike.infer.join import with_operands
from myialike.infer.loop_ends import Ends, EntryChanged
from myialike.infer.loop_heads import AT, BOUND, WHICH, Path, Plan
from myialike.infer.machine import Machine, NeedStatic, Unreachable, array_type
from myialike.infer.signals import Signal
from myialike.infer.values import (
    NEVER,
    Maybe,
    Ref,
    Value,
    as_num,
)
from myialike.ir.builder import Builder
from myialike.ir.syntax import Atom, Lit, Var
from myialike.ir.types import BOOL, I64, Array


class WouldGrow(NeedStatic):
    """A loop would make a list one of run-time length, which may be worth avoiding."""


class ConditionChanges(Signal):
    """The condition of a loop changes an object, so it has to be run as a part of the turns."""


MAX_ROUNDS = 60


@dataclass(slots=True)
class Loop(Ends):
    """One loop being inferred, from what it begins with to what it ends with."""

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
        if AT in path:
            entry = self._entry_leaf(path[: path.index(AT)])
            assert isinstance(entry, Ref)
            state = self.outer.states[entry.id]
            assert isinstance(state, ViewState)
            return with_operands(state.step).operands[path[-1]]
        if path[-1] == WHICH:
            entry = self._entry_leaf(path[:-1])
            assert isinstance(entry, Ref)
            return self.m.tag(entry.id, self.outer)
        found = self.m.operand(self._entry_leaf(path))
        assert found is not None
        return found[0]

    def results(self) -> list[Atom]:
        """The end value of every leaf that changes, in the order of the parameters."""
        return [cast(self.m, self.leaves[path], type.dtype) for path, (type, _) in self.plan.varying.items()]


def find(
    loop: Loop, body: Callable[[list[Value]], list[Value]], prepare: Callable[[Builder], None]
) -> tuple[Builder, list[Atom]]:
    """Run `body` until the plan holds; return the block that it then wrote and its results."""
    m = loop.m
    for value in loop.entry:
        if isinstance(value, Ref):
            look_again(m, value.id)
    loop.outer, loop.outer_builder, loop.known_before = m.heap, m.builder, dict(m.heap.unknown)
    loop.begin()
    for _ in range(MAX_ROUNDS):
        builder = m.builder.child()
        with m.inside(builder, m.heap.copy()), _inside_loop(loop):
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


@contextmanager
def _inside_loop(loop: Loop) -> Iterator[None]:
    m = loop.m
    outermost = m.before_loops
    m.before_loops = loop.outer.states if outermost is None else outermost
    try:
        yield
    finally:
        m.before_loops = outermost


def _turn(
    loop: Loop, body: Callable[[list[Value]], list[Value]], heads: list[Value], before: Heap
) -> list[Atom] | None:
    """One run of the body: its results if the plan held, else None."""
    m = loop.m
    try:
        m.begin_turn()
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
    loop.outer = loop.m.heap.copy()  # what was at entry, which the heads of objects that others become begin with
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
            raise ConditionChanges
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
