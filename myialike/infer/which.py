"""Which of several objects is meant, where paths decide it: numbers of objects, and changes of what may be another.

Every object has a number. That of an object which is made outside of loops, or comes from outside, is known; that of
one which is new in a turn of a loop has the number of the turn in it, if turns are counted; and that of one which paths
choose is the number of the one that they choose, computed as they choose it (`myialike.infer.join`,
`myialike.infer.loop_heads`). So run time can say whether two objects are one, and what becomes of `b` when `a`, which
may be `b`, is changed: each part of `b` is that of `a` where the numbers are equal.

Few programs need any of that. Numbers are computed only after a first attempt has asked for one (`Undecided`), turns
are counted only after a second one has asked for the number of an object that is new in one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace

from myialike.infer.heap import (
    ArrayState,
    CellState,
    DictState,
    Heap,
    ListState,
    ObjectState,
    SizedState,
    State,
    ViewState,
    same_shape,
)
from myialike.infer.signals import Undecided
from myialike.infer.values import Const, Num, Ref, Value, alike, as_num
from myialike.ir.builder import Builder
from myialike.ir.syntax import Atom, Lit, Prim, Var
from myialike.ir.types import I64, Array, static_shape

TURNS = 2**40  # more than any program has turns of loops
RECENT = 4  # how many equations are looked at for the one that has just written an array
TOLD = (ListState, DictState, ObjectState, CellState)  # what else than arrays is told apart part by part


class Telling(ABC):
    """The part of an inference that tells objects apart at run time; see the module's text.

    Attributes:
        tracks: whether it is computed which object paths choose.
        tells: whether that tells which of several objects is written.
        counts: whether turns of loops are counted.
        has_no_number: whether the number was asked of an object that is new in a turn, and has none.
        decided: the objects of which paths decide which they are.
        before_loops: inside of loops, the objects from before the outermost.
        entry_ids: the objects that come from outside.
    """

    def __init__(self, builder: Builder, heap: Heap) -> None:
        self.builder, self.heap = builder, heap
        self.tracks, self.tells, self.counts, self.has_no_number = False, True, False, False
        self.decided: set[int] = set()
        self.before_loops: Mapping[int, State] | None = None
        self.entry_ids: set[int] = set()

    @abstractmethod
    def emit(self, op: str, *atoms: Atom, hint: str = "v", **attrs: object) -> Var: ...

    @abstractmethod
    def inside(self, builder: Builder, heap: Heap) -> AbstractContextManager[None]: ...

    @abstractmethod
    def in_order_of(self, old: Atom, new: Atom) -> Atom:
        """`new`, as the value of an array that lies in memory as `old` does."""

    # -- numbers ------------------------------------------------------------------------------------------------------

    def tag(self, id: int, heap: Heap) -> Atom:
        """The number of an object; 0 for one that is new in a turn of a loop where turns are not counted."""
        if id in heap.tags:
            return heap.tags[id]
        self.check_shown(id, heap)
        if self.before_loops is None or id in self.before_loops:
            return Lit(id, Array(I64))
        if id not in heap.born:
            self.has_no_number = True
            return Lit(0, Array(I64))
        with self.inside(self.builder, heap):
            return self.emit("add", heap.born[id], Lit(id * TURNS, Array(I64)))

    def check_shown(self, id: int, heap: Heap) -> None:
        """Begin again if an object with a number of its own, or none, shows what another has.

        Numbers of objects do not tell then which array is written.
        """
        made = id not in self.entry_ids and id not in self.decided
        others = heap.maybe.get(id, frozenset()) - self.decided
        shows = isinstance(heap.states[id], (ViewState, SizedState)) or (made and bool(others))
        if shows and self.tracks and self.tells:
            raise Undecided(shows)

    def numbers(self, a: int, b: int) -> tuple[Atom, Atom] | None:
        """The numbers of two objects that are equal if these are one; None if numbers do not tell."""
        if not self.tracks:
            raise Undecided
        found = self.tag(a, self.heap), self.tag(b, self.heap)
        if any(isinstance(n, Lit) and n.value for n in found):
            return found
        if self.has_no_number and self.heap.clock is None:
            if not self.counts:
                raise Undecided(turns=True)
            return None  # in a graph of its own
        return found

    def begin_turn(self) -> None:
        """A turn of a loop begins here."""
        if self.heap.clock is not None:
            later = self.emit("add", self.heap.turn(), Lit(1, Array(I64)))
            self.heap.states[self.heap.clock] = CellState((Num(later, "python"),))

    # -- changes ------------------------------------------------------------------------------------------------------

    def are_plain(self, *ids: int) -> bool:
        """Whether objects, and all that they may be, are known apart but for the paths that choose, and of one kind.

        None is an item of a list, or a view.
        """
        every = frozenset[int]().union(*map(self.heap.candidates, ids))
        made = {id for id in every if id not in self.decided}
        if any(self.heap.maybe.get(id, frozenset()) & made - {id} for id in made):
            return False
        states = [self.heap.states[id] for id in every if id in self.heap.states]
        first = states[0]
        if isinstance(first, ArrayState):
            return all(isinstance(s, ArrayState) and s.type == first.type for s in states)
        return isinstance(first, TOLD) and all(type(s) is type(first) for s in states)

    def put(self, id: int, new: State) -> None:
        """Give an object, which is no row and no view, another state; others that may be it change where they are."""
        self.heap.set(id, new, self.builder.loc, self._told_apart(id, new))

    def _told_apart(self, id: int, new: State) -> dict[int, State | None]:
        """Of the objects that may be `id`, which becomes `new`, those of which run time can tell: their states.

        None where it is not computed which object paths choose.
        """
        found: dict[int, State | None] = {}
        others = self.heap.maybe.get(id)
        if not others or not self.tells or not self.are_plain(id):
            return found
        written = self._written(new) if isinstance(new, ArrayState) else None
        for other in others:
            state, unknown = self.heap.states.get(other), self.heap.unknown.get(other)
            if state is None or self.decided.isdisjoint((id, other)):
                continue
            if not _can_be_told(state, new) or (unknown is not None and (self.tracks or not unknown.is_told)):
                continue
            if not self.tracks:
                found[other] = None
            elif (numbers := self.numbers(id, other)) is not None:
                found[other] = self._either(self.emit("eq", *numbers), new, state, written)
        return found

    def _either(self, is_new: Atom, new: State, old: State, written: Prim | None) -> State:
        if isinstance(new, ArrayState):
            assert isinstance(old, ArrayState)
            either = self._either_array(is_new, new.atom, old.atom, written)
            return ArrayState(self.in_order_of(old.atom, either), old.kind)
        assert isinstance(new, TOLD) and isinstance(old, TOLD)
        items = tuple(self._either_item(is_new, x, y) for x, y in zip(new.items, old.items, strict=True))
        return replace(old, items=items)

    def _written(self, new: ArrayState) -> Prim | None:
        """The operation that has just written a place of an array, if it was one."""
        recent = (e for e in self.builder.eqns[-RECENT:] if isinstance(e, Prim) and new.atom in e.outputs)
        return next((e for e in recent if e.op in ("index_set", "index_add")), None)

    def _either_array(self, is_new: Atom, new: Atom, old: Atom, written: Prim | None) -> Atom:
        """Where only a place of the array was written, the other is read and written in that place alone."""
        if written is None:
            return self._select(is_new, new, old)
        places = written.inputs[2:]
        pieces = [self.emit("index", a, *places, **dict(written.attrs)) for a in (new, old)]
        return self.emit("index_set", old, self._select(is_new, *pieces), *places, **dict(written.attrs))

    def _select(self, is_new: Atom, x: Atom, y: Atom) -> Atom:
        assert isinstance(x.type, Array)
        if shape := static_shape(x.type):
            is_new = self.emit("broadcast", is_new, shape=shape)
        return self.emit("select", is_new, x, y)

    def _either_item(self, is_new: Atom, new: Value, old: Value) -> Value:
        x, y = as_num(new), as_num(old)
        if x is None or y is None or x.atom == y.atom or _same(new, old):
            return old
        low = None if x.low is None or y.low is None else min(x.low, y.low)
        high = None if x.high is None or y.high is None else max(x.high, y.high)
        return Num(self.emit("select", is_new, x.atom, y.atom), y.kind, low, high)


def _can_be_told(state: State, new: State) -> bool:
    """Whether an object of a state can become one of a state that is `new`, part by part, at a word of run time."""
    if isinstance(state, ArrayState) or isinstance(new, ArrayState):
        return isinstance(state, ArrayState) and isinstance(new, ArrayState)
    if not isinstance(state, TOLD) or not same_shape(state, new):
        return False
    assert isinstance(new, TOLD)
    return all(_same(x, y) or _are_alike(x, y) for x, y in zip(new.items, state.items, strict=True))


def _same(x: Value, y: Value) -> bool:
    if isinstance(x, Const) and isinstance(y, Const):
        return alike(x.value, y.value)
    return x is y or (isinstance(x, Ref) and isinstance(y, Ref) and x.id == y.id)


def _are_alike(x: Value, y: Value) -> bool:
    """Whether two values are numbers of one type."""
    a, b = as_num(x), as_num(y)
    return a is not None and b is not None and (a.atom.type, a.kind) == (b.atom.type, b.kind)
