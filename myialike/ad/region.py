"""What the reverse sweep knows while it differentiates one block: cotangents so far, and stacks for residuals.

A `Region` belongs to a block of the primal graph: a `Root` to the graph's body, a `Branch` to a block of an `If`, a
`Body` to that of a loop. Each has a builder for the backward sweep of its block, and `bars`, the cotangent that
each variable has so far. They differ in two ways.

**Cotangents of variables from outside the block.** A branch updates that of the region around it, and its `If`
yields the update. A loop carries it: it becomes a parameter of the backward body when it is first asked for, is
updated in place in each iteration, and is a result of the backward body.

**Stacks** (Note [Tapes]). A loop's body pushes residuals at its end and pops them at the start of its backward
body. The stack has to exist at the root, so a region that needs one asks the region around it, and so on; each
hands it on under variables of its own. Exactly one equation of a block handles a given stack, so a `Slot` names it
four times:

    forward sweep     before -> the equation -> after      the stack grows
    backward sweep    full   -> its adjoint  -> rest       and shrinks to what it was

**Restored arrays** (`myialike.ad.undo`). `restored` has those variables of the forward sweep that the backward sweep
has made again so far, by undoing writes, each with its counterpart in the backward sweep.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from myialike.ad.blocks import Loop, bar_name, defined, index_params, trip_count, used
from myialike.ad.masks import Masks, masked_vars, tame_divisions
from myialike.ad.undo import WRITES
from myialike.errors import CompilerBug
from myialike.ir.builder import Builder
from myialike.ir.syntax import Atom, Block, Eqn, For, Graph, Lit, Prim, Var, walk
from myialike.ir.types import I64, Array, Dim, Stack, SymDim, Type


@dataclass(frozen=True, slots=True)
class Slot:
    """A stack of the tape as one block sees it: before and after its push, full and after its pop."""

    before: Var
    after: Var
    full: Var
    rest: Var


@dataclass(slots=True)
class Capacities:
    """Names for the sizes of stacks that depend on the run: k0, k1, .. without those in `taken`."""

    taken: set[str]
    count: int = 0

    def fresh(self) -> SymDim:
        while (name := f"k{self.count}") in self.taken:
            self.count += 1
        self.taken.add(name)
        return SymDim(name)


class Region(ABC):
    """One block, and its backward sweep in the making."""

    def __init__(
        self, block: Block, builder: Builder, active: frozenset[Var], masks: Masks, undo: frozenset[Var]
    ) -> None:
        self.builder = builder
        self.active = active
        self.masks = masks
        self.local = {*block.params, *defined(block.eqns)}
        self.bars: dict[Var, Atom] = {}
        self.slots: list[tuple[Slot, Slot]] = []  # of this block, of the block around it
        self.restored: dict[Var, Var] = {}
        self.undo = undo
        self.overwritten: dict[Var, Prim] = {}  # by the result of a write, the read of what it overwrites

    def current(self, var: Var) -> Atom | None:
        """The cotangent of `var` as far as it is known, None where nothing has contributed."""
        if var in self.bars or var in self.local:
            return self.bars.get(var)
        return self.outside(var)

    def replace(self, var: Var, bar: Atom) -> None:
        self.bars[var] = bar

    def take(self, var: Var) -> Atom | None:
        """The final cotangent of a variable of this block, at its definition."""
        return self.bars.pop(var, None)

    def add(self, atom: Atom, contribution: Atom | None) -> None:
        """Add to the cotangent of `atom`; nothing happens if it is not active."""
        if contribution is None or isinstance(atom, Lit) or atom not in self.active:
            return
        bar = self.current(atom)
        if bar is None:
            self.bars[atom] = contribution
        elif isinstance(atom.type, Stack):
            raise CompilerBug(f"{atom} is a stack that is used twice", self.builder.loc)
        else:
            self.bars[atom] = self.builder.op("add", bar, contribution, hint=bar_name(atom))

    def updated(self) -> dict[Var, Atom]:
        """The cotangents of outer variables that differ from what they were when the block was entered."""
        return {v: bar for v, bar in self.bars.items() if v not in self.local}

    def found(self, atom: Atom, counterpart: Var) -> None:
        """Note where the backward sweep has the value of a variable of the forward sweep, if it is to be restored."""
        if isinstance(atom, Var) and atom in self.undo and not self.is_free(atom):
            self.restored.setdefault(atom, counterpart)

    def restore(self, eqns: Sequence[Eqn]) -> None:
        """Undo the last writes among `eqns`, the first ones of this block, as far as what they gave is there.

        A loop or branch that reads an array as it is then comes first, so that nothing needs it after the next undo.
        """
        if not self.restored:
            return
        reads = {(e.inputs, e.attrs): e for e in eqns if isinstance(e, Prim) and e.op == "index"}
        for eqn in reversed(eqns):
            if not isinstance(eqn, Prim) and not used(eqn).isdisjoint(self.restored):
                return
            if not isinstance(eqn, Prim) or eqn.op not in WRITES or eqn.outputs[0] not in self.restored:
                continue
            array, _, *at = eqn.inputs
            assert isinstance(array, Var)
            if array in self.restored or array not in self.undo or self.is_free(array):
                continue
            read = reads.get(((array, *at), eqn.attrs))
            if read is None:
                old = self.builder.var("old", eqn.inputs[1].type)
                read = self.overwritten[eqn.outputs[0]] = Prim("index", (array, *at), (old,), eqn.attrs, eqn.loc)
            self.restored[array] = self.builder.var(array.name, array.type)
            inputs = (eqn.outputs[0], read.outputs[0], *at)
            self.builder.append(Prim("index_set", inputs, (self.restored[array],), eqn.attrs, eqn.loc))

    @abstractmethod
    def is_restored(self, var: Var) -> bool:
        """Whether writes have been undone up to where this is the value of its array."""

    @abstractmethod
    def outside(self, var: Var) -> Atom | None:
        """The cotangent of a variable of an outer block."""

    @abstractmethod
    def slot(self, type: Stack, hint: str) -> Slot:
        """A new stack of the tape, for one equation of this block."""

    @abstractmethod
    def is_free(self, var: Var) -> bool:
        """Whether the backward sweep of this block can read a primal variable that is not saved for it."""

    def is_primal(self, var: Var) -> bool:
        """Whether this is a variable of the forward sweep, of this block or of one around it."""
        return var in self.local

    @abstractmethod
    def is_permanent(self, var: Var) -> bool:
        """Whether the variable is in scope of all of both sweeps, so that reading it never saves it anywhere."""

    @property
    @abstractmethod
    def trips(self) -> int | None:
        """How often the block is executed at most, where that is known."""

    @property
    @abstractmethod
    def capacities(self) -> Capacities: ...

    limits: Mapping[Var, int]  # ints that are at most so much, and make the size of a tape known


class Root(Region):
    """The body of the graph. `stacks` are those to be created before it."""

    trips = 1

    def __init__(
        self,
        graph: Graph,
        builder: Builder,
        active: frozenset[Var],
        undo: frozenset[Var],
        limits: Mapping[Var, int],
    ) -> None:
        masks = Masks(masked_vars(graph, active), tame_divisions(graph))
        super().__init__(graph.body, builder, active, masks, undo)
        self.stacks: list[Slot] = []
        self.limits = limits
        self._capacities = Capacities(set(_dims(graph)))

    @property
    def capacities(self) -> Capacities:
        return self._capacities

    def outside(self, var: Var) -> Atom | None:
        raise CompilerBug(f"{var} is not defined in the graph", self.builder.loc)

    def slot(self, type: Stack, hint: str) -> Slot:
        before, after, rest = (self.builder.var(hint, type) for _ in range(3))
        self.stacks.append(Slot(before, after, after, rest))
        return self.stacks[-1]

    def is_free(self, var: Var) -> bool:
        return True

    def is_permanent(self, var: Var) -> bool:
        return var in self.local

    def is_restored(self, var: Var) -> bool:
        return False


class _Inner(Region):
    """A block inside another."""

    def __init__(self, block: Block, outer: Region) -> None:
        super().__init__(block, outer.builder.child(), outer.active, outer.masks, outer.undo)
        self.outer = outer
        self.limits = outer.limits

    @property
    def capacities(self) -> Capacities:
        return self.outer.capacities

    def is_primal(self, var: Var) -> bool:
        return var in self.local or self.outer.is_primal(var)

    def is_permanent(self, var: Var) -> bool:
        return self.outer.is_permanent(var) or self.outer.is_restored(var)

    def is_restored(self, var: Var) -> bool:
        return var in self.restored or self.outer.is_restored(var)


class Branch(_Inner):
    """A block of an `If`: it sees the stacks of the region around it, and yields them anew."""

    @property
    def trips(self) -> int | None:
        return self.outer.trips

    def outside(self, var: Var) -> Atom | None:
        return self.outer.current(var)

    def slot(self, type: Stack, hint: str) -> Slot:
        outer = self.outer.slot(type, hint)
        inner = Slot(outer.before, self.builder.var(hint, type), outer.full, self.builder.var(hint, type))
        self.slots.append((inner, outer))
        return inner

    def is_free(self, var: Var) -> bool:
        return var not in self.local and (self.outer.is_free(var) or self.outer.is_restored(var))


class Body(_Inner):
    """The body of a loop: what it has of outer cotangents and stacks, it carries."""

    def __init__(self, loop: Loop, outer: Region) -> None:
        super().__init__(loop.body, outer)
        self.loop = loop
        self.accumulators: dict[Var, Var] = {}
        self._capacity: Dim | None = None

    @property
    def trips(self) -> int | None:
        own = most_trips(self.loop, self.limits)
        return None if own is None or self.outer.trips is None else own * self.outer.trips

    def outside(self, var: Var) -> Atom | None:
        if isinstance(var.type, Stack):
            raise CompilerBug(f"{var} is a stack that a loop uses without carrying it", self.loop.loc)
        param = self.builder.var(bar_name(var), var.type)
        self.accumulators[var] = param
        self.bars[var] = param
        return param

    def slot(self, type: Stack, hint: str) -> Slot:
        outer = self.outer.slot(type, hint)
        inner = Slot(*(self.builder.var(hint, type) for _ in range(4)))
        self.slots.append((inner, outer))
        return inner

    def stack_of(self, type: Type) -> Stack:
        """The type of a stack that gets one value of `type` in each iteration of this loop."""
        if not isinstance(type, Array):
            raise CompilerBug(f"a value of type {type} was to be saved for the backward sweep", self.loop.loc)
        if self._capacity is None:
            self._capacity = self.capacities.fresh() if self.trips is None else max(1, self.trips)
        return Stack(type, self._capacity)

    def is_free(self, var: Var) -> bool:
        return var not in self.local or var in index_params(self.loop)


Sweep = Callable[[Block, Region], tuple[Eqn, ...]]  # emits the backward sweep, returns the forward one


MOST = 4096


def limits(block: Block) -> dict[Var, int]:
    """The ints that are known to be small, and at most so much: a minimum with a literal, and what is added to it."""
    found: dict[Var, int] = {}

    def limit(atom: Atom) -> int | None:
        return int(atom.value) if isinstance(atom, Lit) else found.get(atom)

    for eqn in walk(block):
        if not isinstance(eqn, Prim) or eqn.op not in ("minimum", "add", "sub") or eqn.outputs[0].type != Array(I64):
            continue
        x, y = eqn.inputs
        a, b = limit(x), limit(y)
        if eqn.op == "minimum" and (a is not None or b is not None):
            least = min(k for k in (a, b) if k is not None)
            if least <= MOST:
                found[eqn.outputs[0]] = least
        elif a is not None and b is not None and (eqn.op == "add" or isinstance(y, Lit)):
            found[eqn.outputs[0]] = a + b if eqn.op == "add" else a - b
    return found


def most_trips(loop: Loop, limits: Mapping[Var, int]) -> int | None:
    """The number of iterations, or what it is at most, as of `range(min(n, 100))`; None where neither is known."""
    known = trip_count(loop)
    if known is not None or not isinstance(loop, For):
        return known
    start, stop, step = loop.over
    if not isinstance(step, Lit):
        return None
    match start, stop:
        case Lit(), Var() if step.value > 0 and stop in limits:
            return len(range(start.value, limits[stop], step.value))
        case Var(), Lit() if step.value < 0 and start in limits:
            return len(range(limits[start], stop.value, step.value))
    return None


def _dims(graph: Graph) -> list[str]:
    """The names of all symbolic dims of a graph."""
    variables = list(graph.params)
    for eqn in walk(graph.body):
        variables.extend(eqn.outputs)
    return [d.name for v in variables for d in _dims_of(v.type) if isinstance(d, SymDim)]


def _dims_of(type: Type) -> tuple[Dim, ...]:
    match type:
        case Array():
            return type.shape
        case Stack():
            return (*type.elem.shape, type.capacity)
        case _:
            return ()
