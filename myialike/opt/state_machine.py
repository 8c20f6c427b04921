"""Graphs that call each other, as one loop over a program counter, with stacks for the frames.

A *state* is a basic block that can be resumed: the entry of a graph, the block after a call, and a block that is jumped
to from several places. What runs from one state to the next is one step of the loop:

    pc, slots.., frames.., returns = while pc != 0:  if pc <= 1 {state 1} else {if pc <= 2 {state 2} else {state 3}}

Everything that goes from one step to the next goes through *slots*, a few loop carries for each type: the j-th value of
a type is in the j-th slot of that type. To jump is to put the live variables of the target in slots. To call is to push
the values that live across the call on the frame stacks, to push the state to resume on `returns`, and to put the
arguments in slots. To return is to put the results in slots and to pop the state that goes on; it then pops its
values. An empty stack pops zeros, and state 0 is the end: no frame needs to be pushed for the first call. (So it is
with graphs that are not recursive, but too many to be inlined.)

The j-th value of a type to be saved has its own frame stack, so a step pushes at most one value on each, and backends
can write in place. A call whose results are returned as they are (a tail call) pushes nothing. The depth of the
recursion is known to nobody: all stacks have one symbolic capacity. Where calls are nested deeper than Python's limit,
of when the function is compiled, RecursionError is raised. The depth is the length of `returns`; where there are tail
calls, which count to Python as any others, it is a carry of its own, saved with what lives across a call.

    graph fact(n: f64) { c: bool = le(n, 1.0:f64)
                         r: f64 = if c { yield 1.0:f64 } else { m = n - 1;  t = call fact(m);  u = n * t;  yield u }
                         return r }

    state 1 (the entry)       n is slot 0;  if n <= 1: slot 0 = 1.0, pc = pop returns
                                            else: push n, push 2 on returns, slot 0 = n - 1, pc = 1
    state 2 (after the call)  t is slot 0;  n = pop;  slot 0 = n * t, pc = pop returns

A stack that the program itself has (a growing list) may be an argument, a result or live over a jump, but not across a
call: it would have to be pushed on a stack, and there are no stacks of stacks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from myialike.errors import CompilerBug, recursion_limit
from myialike.ir.builder import Builder, Names, names_in
from myialike.ir.syntax import Atom, Block, Graph, Lit, Prim, Var
from myialike.ir.types import I64, SHORT_NAMES, Array, Stack, SymDim, Type
from myialike.opt.basic_blocks import BasicBlock, Branch, Exit, Invoke, Jump, Return, cut, reads, successors
from myialike.source import Location

HALT = 0
SMALL = 4  # a block of at most so many operations is repeated at the jumps to it instead of being a state


@dataclass(frozen=True, slots=True)
class Place:
    """A carry of the machine: "pc", "depth", "returns", or the index-th "slot" or "frame" of a type."""

    kind: str
    type: Type
    index: int = 0


State = dict[Place, Atom]
Label = tuple[str, int]  # a graph, and the number of a basic block of it

PC = Place("pc", Array(I64))
DEPTH = Place("depth", Array(I64))


def machine(cluster: Mapping[str, Graph], entry: str, capacity: str | int) -> Graph:
    """A graph without calls that does what graph `entry` of `cluster` does, graphs that call nothing but each other.

    `capacity` is the greatest number of calls that are running at a time, a name where nobody knows it.
    """
    return _Machine(cluster, capacity).graph(entry)


def places(kind: str, types: Iterable[Type]) -> list[Place]:
    """Where values of these types are kept: the j-th of a type in the j-th place of the type.

    >>> [p.index for p in places("slot", (Array(I64), PC.type, Stack(Array(I64), 3)))]
    [0, 1, 0]
    """
    seen: Counter[Type] = Counter()
    found = []
    for type in types:
        found.append(Place(kind, type, seen[type]))
        seen[type] += 1
    return found


def predecessors(blocks: Sequence[BasicBlock]) -> Counter[int]:
    """How many jumps to each block there are."""
    return Counter(k for b in blocks if not isinstance(b.exit, Invoke) for k in successors(b.exit))


class _Machine:
    def __init__(self, cluster: Mapping[str, Graph], capacity: str | int) -> None:
        self.cluster = cluster
        self.capacity = SymDim(capacity) if isinstance(capacity, str) else capacity
        self.blocks = {name: cut(graph, names_in(graph)) for name, graph in cluster.items()}
        self.jumps = {name: predecessors(blocks) for name, blocks in self.blocks.items()}
        self.calls = {(name, b.exit.to): b.exit for name, b in self.all_blocks() if isinstance(b.exit, Invoke)}
        self.returns = Place("returns", Stack(Array(I64), self.capacity))
        self.number = {label: k + 1 for k, label in enumerate(self.states())}
        self.counts = isinstance(capacity, str) and not all(self.suspends(n, i) for (n, _), i in self.calls.items())
        depth = [DEPTH] if self.counts else []
        self.places = tuple(dict.fromkeys([PC, *depth, self.returns, *self.used_places()]))

    # The plan: which blocks are states, and which places there are.

    def states(self) -> list[Label]:
        """The entries, then the blocks after calls, then the blocks with several predecessors."""
        entries = [(name, 0) for name in self.blocks]
        resumed = [label for label, invoke in self.calls.items() if self.suspends(label[0], invoke)]
        joins = [(name, k) for name, b in self.all_blocks() for k in self.joins(name, b.exit)]
        return list(dict.fromkeys(entries + resumed + joins))

    def all_blocks(self) -> Iterable[tuple[str, BasicBlock]]:
        return ((name, block) for name, blocks in self.blocks.items() for block in blocks)

    def suspends(self, name: str, exit: Invoke) -> bool:
        """Whether something is left to be done after a call: its results are not just returned as they are."""
        k = exit.to
        values: dict[Var, Var | None] = {v: v for v in exit.outputs}
        while not self.blocks[name][k].eqns:
            match self.blocks[name][k].exit:
                case Return(results):
                    return tuple(values.get(r) if isinstance(r, Var) else None for r in results) != exit.outputs
                case Jump(k, moves):
                    values |= {var: values.get(a) if isinstance(a, Var) else None for var, a in moves}
                case _:
                    return True
        return True

    def joins(self, name: str, exit: Exit) -> Iterable[int]:
        if isinstance(exit, Jump | Branch):
            yield from (k for k in successors(exit) if not self.is_inlined(name, k))

    def is_inlined(self, name: str, k: int) -> bool:
        """Whether block k is run as a part of the state that jumps to it."""
        return self.jumps[name][k] == 1 or self.weight(name, k) <= SMALL

    def weight(self, name: str, k: int) -> float:
        """The number of operations from block k to the end of the step; infinite where the way forks."""
        block = self.blocks[name][k]
        if not all(isinstance(e, Prim) for e in block.eqns):
            return float("inf")
        match block.exit:
            case Return():
                return len(block.eqns)
            case Jump(target):
                further = self.weight(name, target)
                return len(block.eqns) + (further if further <= SMALL else 0)
            case _:
                return float("inf")

    def used_places(self) -> Iterable[Place]:
        for graph in self.cluster.values():
            yield from places("slot", (p.type for p in graph.params))
            yield from places("slot", (r.type for r in graph.results))
        for (name, _), invoke in self.calls.items():
            if self.suspends(name, invoke):
                yield from self.frame(self.saved(name, invoke))[0]
        for name, k in self.number:
            yield from places("slot", (v.type for v in self.blocks[name][k].live))

    def saved(self, name: str, exit: Invoke) -> list[Var]:
        """The variables that live across a call."""
        saved = [v for v in self.blocks[name][exit.to].live if v not in exit.outputs]
        for var in saved:
            if isinstance(var.type, Stack):
                raise CompilerBug(f"the stack {var.name} would have to be saved across the call of {exit.callee}")
        return saved

    def frame(self, saved: Sequence[Var]) -> tuple[list[Place], list[Var | Place]]:
        """The frame stacks that a call pushes on, and what: the variables that live across it, and the depth."""
        kept: list[Var | Place] = [*saved, *([DEPTH] if self.counts else [])]
        return places("frame", (k.type for k in kept)), kept

    # The loop.

    def graph(self, entry: str) -> Graph:
        graph = self.cluster[entry]
        builder = Builder(Names(), graph.loc)
        arguments = [builder.param(p.name, p.type) for p in graph.params]
        start = self.initial(builder, entry, arguments)
        cond, body = self.cond(builder.child()), self.body(builder.child(), graph.loc)
        end = dict(zip(self.places, builder.while_(list(start.values()), cond, body), strict=True))
        results = [end[p] for p in places("slot", (r.type for r in graph.results))]
        return builder.graph(entry, results, graph.loc)

    def initial(self, builder: Builder, entry: str, arguments: Sequence[Var]) -> State:
        given = dict(zip(places("slot", (a.type for a in arguments)), arguments, strict=True))
        state: State = {p: given[p] if p in given else self.empty(builder, p) for p in self.places}
        state[PC] = self.label((entry, 0))
        return state

    def empty(self, builder: Builder, place: Place) -> Atom:
        type = self.carried_type(place)
        if isinstance(type, Array):
            return builder.full(type, 0, place.kind)
        assert isinstance(type, Stack)
        capacity = type.capacity.name if isinstance(type.capacity, SymDim) else type.capacity
        dtype, shape = SHORT_NAMES[type.elem.dtype], type.elem.shape
        return builder.op("stack_new", hint=place.kind, dtype=dtype, shape=shape, capacity=capacity)

    def carried_type(self, place: Place) -> Type:
        if place.kind != "frame":
            return place.type
        assert isinstance(place.type, Array)
        return Stack(place.type, self.capacity)

    def params(self, builder: Builder) -> State:
        return {p: builder.param(p.kind, self.carried_type(p)) for p in self.places}

    def cond(self, builder: Builder) -> Block:
        state = self.params(builder)
        running = builder.op("ne", state[PC], Lit(HALT, Array(I64)), hint="running")
        return builder.block((running,))

    def body(self, builder: Builder, loc: Location | None) -> Block:
        before = self.params(builder)
        after = self.dispatch(builder, before, list(self.number))
        return builder.block([after[p] for p in self.places])

    def dispatch(self, builder: Builder, state: State, labels: Sequence[Label]) -> State:
        """One step from one of the states `labels`, in the order of their numbers."""
        if len(labels) == 1:
            return self.resume(builder, labels[0], state)
        half = len(labels) // 2
        is_low = builder.op("le", state[PC], self.label(labels[half - 1]), hint="is_low")
        low, high = builder.child(), builder.child()
        after_low, after_high = self.dispatch(low, state, labels[:half]), self.dispatch(high, state, labels[half:])
        return self.join(builder, is_low, (low, after_low), (high, after_high))

    def label(self, label: Label) -> Lit:
        return Lit(self.number[label], Array(I64))

    def join(self, builder: Builder, pred: Atom, then: tuple[Builder, State], orelse: tuple[Builder, State]) -> State:
        """The state after an If; only what differs between the branches is a result of it."""
        (b1, s1), (b2, s2) = then, orelse
        differ = [p for p in self.places if s1[p] != s2[p]]
        blocks = b1.block([s1[p] for p in differ]), b2.block([s2[p] for p in differ])
        outputs = builder.if_(pred, *blocks, hints=[p.kind for p in differ])
        return s1 | dict(zip(differ, outputs, strict=True))

    # One state.

    def resume(self, builder: Builder, label: Label, state: State) -> State:
        name, k = label
        values, state = self.entered(builder, name, k, state)
        return self.run(builder, name, k, values, state)

    def entered(self, builder: Builder, name: str, k: int, state: State) -> tuple[dict[Var, Atom], State]:
        """The values that a state starts from."""
        live = self.blocks[name][k].live
        if k == 0:
            return self.in_slots(self.cluster[name].params, state), state
        if (name, k) not in self.calls:
            return self.in_slots(live, state), state
        invoke = self.calls[name, k]
        values, state = self.in_slots(invoke.outputs, state), dict(state)
        for place, kept in zip(*self.frame(self.saved(name, invoke)), strict=True):
            hint = kept.kind if isinstance(kept, Place) else kept.name
            state[place], value = builder.prim("pop", (state[place],), (place.kind, hint))
            if isinstance(kept, Place):
                state[kept] = value
            else:
                values[kept] = value
        return values, state

    def in_slots(self, variables: Sequence[Var], state: State) -> dict[Var, Atom]:
        return {v: state[p] for v, p in zip(variables, places("slot", (v.type for v in variables)), strict=True)}

    def to_slots(self, atoms: Sequence[Atom], state: State) -> State:
        return state | dict(zip(places("slot", (a.type for a in atoms)), atoms, strict=True))

    def run(self, builder: Builder, name: str, k: int, values: Mapping[Var, Atom], state: State) -> State:
        """Run block k and what is inlined after it."""
        block = self.blocks[name][k]
        later = [v for s in successors(block.exit) for v in self.blocks[name][s].live]
        known = set(block.live) | {o for e in block.eqns for o in e.outputs}
        needed = tuple(dict.fromkeys(a for a in (*reads(block.exit), *later) if a in known))
        copied = builder.splice(Block(block.live, tuple(block.eqns), needed), [values[v] for v in block.live])
        after = dict(zip(needed, copied, strict=True))
        return self.leave(builder, name, block.exit, after, state)

    def leave(self, builder: Builder, name: str, exit: Exit, values: dict[Atom, Atom], state: State) -> State:
        def look(atoms: Iterable[Atom]) -> list[Atom]:
            return [values.get(a, a) for a in atoms]

        match exit:
            case Jump(target, moves):
                moved: dict[Atom, Atom] = {var: values.get(a, a) for var, a in moves}
                return self.go(builder, name, target, values | moved, state)
            case Branch(pred, then, orelse):
                b1, b2 = builder.child(), builder.child()
                s1, s2 = self.go(b1, name, then, values, state), self.go(b2, name, orelse, values, state)
                return self.join(builder, values.get(pred, pred), (b1, s1), (b2, s2))
            case Invoke(callee, inputs):
                if self.suspends(name, exit):
                    state = self.suspended(builder, name, exit, values, state)
                state = self.deeper(builder, state)
                return self.to_slots(look(inputs), state) | {PC: self.label((callee, 0))}
            case Return(results):
                rest, pc = builder.prim("pop", (state[self.returns],), ("returns", "pc"))
                return self.to_slots(look(results), state) | {self.returns: rest, PC: pc}

    def go(self, builder: Builder, name: str, k: int, values: Mapping[Atom, Atom], state: State) -> State:
        """Go on at block k: now if it is inlined, else in the next step."""
        entering = {v: values[v] for v in self.blocks[name][k].live}
        if (name, k) not in self.number:
            return self.run(builder, name, k, entering, state)
        return self.to_slots(list(entering.values()), state) | {PC: self.label((name, k))}

    def deeper(self, builder: Builder, state: State) -> State:
        """The state one call deeper; raises what Python raises where calls are nested deeper than its limit."""
        if isinstance(self.capacity, int):
            return state
        if self.counts:
            state = state | {DEPTH: builder.op("add", state[DEPTH], Lit(1, Array(I64)), hint="depth")}
            depth = state[DEPTH]
        else:
            depth = builder.op("stack_len", state[self.returns], hint="depth")
        shallow = builder.op("lt", depth, Lit(recursion_limit(), Array(I64)), hint="shallow")
        builder.prim("check", (shallow,), error="builtins.RecursionError", message="maximum recursion depth exceeded")
        return state

    def suspended(self, builder: Builder, name: str, exit: Invoke, values: Mapping[Atom, Atom], state: State) -> State:
        """The state with what is to be done after a call pushed on the stacks."""
        state = dict(state)
        for place, kept in zip(*self.frame(self.saved(name, exit)), strict=True):
            value = state[kept] if isinstance(kept, Place) else values[kept]
            state[place] = builder.op("push", state[place], value, hint=place.kind)
        resume = self.label((name, exit.to))
        state[self.returns] = builder.op("push", state[self.returns], resume, hint="returns")
        return state
