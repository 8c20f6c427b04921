"""What a program is: six forms of equation, and the blocks and graphs that hold them.

    module ::= graph+                                   the first graph is the entry
    graph  ::= name block                               the block's params are the graph's parameters
    block  ::= (params) { eqn* } -> results
    eqn    ::= outs = op(atoms; attrs)                  Prim      a leaf operation, from the table in `ops/`
             | outs = if atom then block else block     If        blocks without params
             | outs = while (atoms) cond block do block While     both blocks take the carry; cond yields one bool
             | outs = for atoms init (atoms) block      For       block takes the index (element), then the carry
             | outs = call graph-name (atoms)           Call      a graph of the same module; recursion is one
             | out  = closure graph (atoms)             Closure   a Python function value; atoms are its defaults
    atom   ::= var | literal

Scope is lexical: a block sees the variables of all blocks around it (and, before inference, a closure's graph
sees those around the closure). Names are unique within a graph, closures included. Equations stand in an order in
which every variable is defined before it is used, and effects (`Op.effect`) happen in that order.

`For.over` holds one atom, any Python iterable, before inference; after it three integer scalars: start, stop, step
of a `range`. `For.breakable`, before inference only, says that the first of the carry is a bool and the loop ends as
soon as it is false; inference makes a `While` of such a loop. What else distinguishes the stages stands in
`myialike.ir.verify`.

Every class is immutable and compares by value; locations do not take part in comparison.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from myialike.ir.types import Type
from myialike.source import Location


@dataclass(frozen=True, slots=True)
class Var:
    name: str
    type: Type

    def __hash__(self) -> int:
        return hash(self.name)  # which Python keeps; variables of one name have one type

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True, eq=False)
class Lit:
    """A constant. Of an array type: a Python bool, int, float or complex, rank 0. Of dynamic type: any constant.

    Compared by type and `repr`, so that NaN equals itself and 0.0 differs from -0.0 and from 0.
    """

    value: Any
    type: Type

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Lit) and self.type == other.type and repr(self.value) == repr(other.value)

    def __hash__(self) -> int:
        return hash((self.type, repr(self.value)))

    def __str__(self) -> str:
        return repr(self.value)


Atom = Var | Lit
Attrs = tuple[tuple[str, Any], ...]  # sorted by name; values hashable


@dataclass(frozen=True, slots=True)
class Block:
    params: tuple[Var, ...]
    eqns: tuple[Eqn, ...]
    results: tuple[Atom, ...]


@dataclass(frozen=True, slots=True)
class Prim:
    op: str
    inputs: tuple[Atom, ...]
    outputs: tuple[Var, ...]
    attrs: Attrs = ()
    loc: Location | None = field(default=None, compare=False)

    def attr(self, name: str) -> Any:
        return dict(self.attrs)[name]


@dataclass(frozen=True, slots=True)
class If:
    pred: Atom
    then: Block
    orelse: Block
    outputs: tuple[Var, ...]
    loc: Location | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class While:
    init: tuple[Atom, ...]
    cond: Block
    body: Block
    outputs: tuple[Var, ...]
    loc: Location | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class For:
    over: tuple[Atom, ...]
    init: tuple[Atom, ...]
    body: Block
    outputs: tuple[Var, ...]
    breakable: bool = False
    loc: Location | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    callee: str
    inputs: tuple[Atom, ...]
    outputs: tuple[Var, ...]
    loc: Location | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Closure:
    graph: Graph
    defaults: tuple[Atom, ...]
    output: Var
    loc: Location | None = field(default=None, compare=False)

    @property
    def outputs(self) -> tuple[Var, ...]:
        return (self.output,)


Eqn = Prim | If | While | For | Call | Closure


@dataclass(frozen=True, slots=True)
class Parameter:
    """How a Python parameter is filled: `kind` as `inspect.Parameter` names it, `default` an index into defaults."""

    name: str
    kind: str
    default: int | None = None


@dataclass(frozen=True, slots=True)
class Graph:
    """A function. `signature` is present before inference, one `Parameter` for each param of the block."""

    name: str
    body: Block
    signature: tuple[Parameter, ...] = ()
    loc: Location | None = field(default=None, compare=False)

    @property
    def params(self) -> tuple[Var, ...]:
        return self.body.params

    @property
    def results(self) -> tuple[Atom, ...]:
        return self.body.results


@dataclass(frozen=True, slots=True)
class Module:
    """The unit of every stage after inference: the entry graph and the graphs that calls name."""

    graphs: tuple[Graph, ...]

    @property
    def entry(self) -> Graph:
        return self.graphs[0]

    def graph(self, name: str) -> Graph:
        return next(g for g in self.graphs if g.name == name)

    def reachable(self) -> Module:
        """The module without the graphs that the entry does not call, directly or indirectly."""
        by_name = {g.name: g for g in self.graphs}
        found = {self.entry.name}
        work = [self.entry]
        while work:
            callees = {e.callee for e in walk(work.pop().body) if isinstance(e, Call)} - found
            found |= callees
            work.extend(by_name[name] for name in callees)
        return Module(tuple(g for g in self.graphs if g.name in found))


def inputs_of(eqn: Eqn) -> tuple[Atom, ...]:
    """The atoms an equation reads itself, those of its blocks not counted."""
    match eqn:
        case Prim() | Call():
            return eqn.inputs
        case If():
            return (eqn.pred,)
        case While():
            return eqn.init
        case For():
            return eqn.over + eqn.init
        case Closure():
            return eqn.defaults


def blocks_of(eqn: Eqn) -> tuple[Block, ...]:
    """The blocks directly inside an equation."""
    match eqn:
        case Prim() | Call():
            return ()
        case If():
            return (eqn.then, eqn.orelse)
        case While():
            return (eqn.cond, eqn.body)
        case For():
            return (eqn.body,)
        case Closure():
            return (eqn.graph.body,)


def walk(block: Block) -> Iterator[Eqn]:
    """Every equation of a block and of the blocks inside it, outer before inner."""
    pending = [iter(block.eqns)]
    while pending:
        for eqn in pending[-1]:
            yield eqn
            if not isinstance(eqn, Prim):
                pending += [iter(inner.eqns) for inner in reversed(blocks_of(eqn))]
                break
        else:
            pending.pop()


def names_of(block: Block) -> Iterator[str]:
    """Every variable name that a block or a block inside it defines."""
    yield from (p.name for p in block.params)
    for eqn in walk(block):
        yield from (o.name for o in eqn.outputs)
        yield from (p.name for inner in blocks_of(eqn) for p in inner.params)


def free_vars(block: Block) -> tuple[Var, ...]:
    """The variables a block reads and does not define, in order of first use."""
    free: dict[Var, None] = {}
    _free_into(block, set(), free)
    return tuple(free)


def _free_into(block: Block, bound: set[Var], free: dict[Var, None]) -> None:
    bound = bound | set(block.params)
    for eqn in block.eqns:
        _note(inputs_of(eqn), bound, free)
        for inner in blocks_of(eqn):
            _free_into(inner, bound, free)
        bound.update(eqn.outputs)
    _note(block.results, bound, free)


def _note(atoms: tuple[Atom, ...], bound: set[Var], free: dict[Var, None]) -> None:
    for atom in atoms:
        if isinstance(atom, Var) and atom not in bound:
            free[atom] = None
