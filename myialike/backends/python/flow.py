"""When is a variable still needed? Liveness in structured programs, without fixpoints.

A program point is a tuple: the place of an equation in its block and a phase, after the same for the blocks around it.

    (k, 0)           the equation k of the graph's block reads its inputs
    (k, 2, b, j, 0)  the equation j of block b inside that equation, a loop, reads its inputs
    (k, 3)           the results of equation k exist

So the order of tuples is the order of the text. A use is reached from a point if it comes later, and not in the other
branch of the same `If`; or if both are in a loop that the variable is defined outside of: the next round reaches it.
Definitions dominate their uses, so no round in between can redefine the variable. That is all of liveness.

Here a value that is printed inside the expression of its consumer (`Inlining`) has no definition of its own: what it
reads is read where the consumer stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from myialike.ir.syntax import Atom, Block, Call, Closure, Eqn, For, Graph, If, Prim, Var, While, walk

Point = tuple[int, ...]
READ, BRANCH, LOOP, DONE = range(4)


@dataclass(slots=True)
class Inlining:
    """What is printed inside other expressions.

    `inlined` are the variables without a statement of their own; `conditional` the outputs of those `If`s that are
    printed as `a if c else b`.
    """

    maker: dict[Var, Eqn]
    inlined: set[Var] = field(default_factory=set)
    conditional: set[Var] = field(default_factory=set)

    @classmethod
    def of(cls, graph: Graph) -> Inlining:
        return cls({out: eqn for eqn in walk(graph.body) for out in eqn.outputs})

    def is_silent(self, eqn: Eqn) -> bool:
        """Whether an equation has no statement of its own."""
        return bool(eqn.outputs) and eqn.outputs[0] in self.inlined

    def is_conditional(self, eqn: Eqn) -> bool:
        return isinstance(eqn, If) and len(eqn.outputs) == 1 and eqn.outputs[0] in self.conditional

    def reads(self, eqn: Eqn) -> tuple[Atom, ...]:
        """The atoms whose expressions the equation's own statement contains, or begins with."""
        match eqn:
            case Prim() | Call():
                return eqn.inputs
            case If():
                branches = (eqn.then.results[0], eqn.orelse.results[0]) if self.is_conditional(eqn) else ()
                return (eqn.pred, *branches)
            case While():
                return eqn.init
            case For():
                return eqn.over + eqn.init
            case Closure():
                raise TypeError("typed programs have no closures")

    def leaves(self, atoms: Iterable[Atom]) -> Iterator[Var]:
        """The variables that are read by name where the expressions of `atoms` stand."""
        for atom in atoms:
            if not isinstance(atom, Var):
                continue
            if atom in self.inlined:
                yield from self.leaves(self.reads(self.maker[atom]))
            else:
                yield atom


class Flow:
    """Where the variables of a graph are defined and used.

    Attributes:
        defs, uses: their points.
        scopes: from which definition to which, in the order of the text, a variable is in sight.
    """

    def __init__(self, graph: Graph, inlining: Inlining) -> None:
        self.inlining = inlining
        self.defs: dict[Var, Point] = {}
        self.uses: dict[Var, list[Point]] = {}
        self.scopes: dict[Var, tuple[int, int]] = {}
        self._clock = 0
        self._block(graph.body, ())

    def _block(self, block: Block, prefix: Point) -> None:
        starts = self._define(block.params, (*prefix, -1, DONE))
        for k, eqn in enumerate(block.eqns):
            at = (*prefix, k)
            if not self.inlining.is_silent(eqn):
                self._read(self.inlining.reads(eqn), (*at, READ))
            self._inner(eqn, at)
            starts |= self._define(eqn.outputs, (*at, DONE))
        self._read(block.results, (*prefix, len(block.eqns), READ))
        self.scopes.update((var, (start, self._clock)) for var, start in starts.items())

    def _inner(self, eqn: Eqn, at: Point) -> None:
        match eqn:
            case If():
                if not self.inlining.is_conditional(eqn):
                    self._block(eqn.then, (*at, BRANCH, 0))
                    self._block(eqn.orelse, (*at, BRANCH, 1))
            case While():
                self._block(eqn.cond, (*at, LOOP, 0))
                self._read(eqn.cond.params, (*at, LOOP, 0, len(eqn.cond.eqns), READ))
                self._block(eqn.body, (*at, LOOP, 1))
            case For():
                self._block(eqn.body, (*at, LOOP, 0))

    def _define(self, variables: Sequence[Var], point: Point) -> dict[Var, int]:
        """Note the point that variables are defined at; give its number among such points."""
        self.defs.update(dict.fromkeys(variables, point))
        self._clock += 1
        return dict.fromkeys(variables, self._clock)

    def _read(self, atoms: Iterable[Atom], point: Point) -> None:
        for var in self.inlining.leaves(atoms):
            self.uses.setdefault(var, []).append(point)
        for atom in atoms:
            self._read_silently(atom, point)

    def _read_silently(self, atom: Atom, point: Point) -> None:
        """An inlined variable is needed until its consumer, too: its value may share memory with others."""
        if isinstance(atom, Var) and atom in self.inlining.inlined:
            self.uses.setdefault(atom, []).append(point)
            for inner in self.inlining.reads(self.inlining.maker[atom]):
                self._read_silently(inner, point)

    def is_live(self, var: Var, point: Point) -> bool:
        """Whether `var` has a value at `point` that is read afterwards."""
        made = self.defs[var]
        if not precedes(made, point):
            return False
        return any(_reaches(point, use, made) for use in self.uses.get(var, ()))

    def interfere(self, a: Var, b: Var) -> bool:
        """Whether two variables cannot have one name: one is written while the other is still needed."""
        if self.scopes[b][0] < self.scopes[a][0]:
            a, b = b, a
        (first, end), (second, _) = self.scopes[a], self.scopes[b]
        return a != b and second <= end and (first == second or self.is_live(a, self.defs[b]))


def precedes(made: Point, point: Point) -> bool:
    """Whether what is defined at `made` is in sight, and has a value, at `point`."""
    depth = len(made) - 2
    return point[:depth] == made[:depth] and point[depth:] > made[depth:]


def may_follow(point: Point, later: Point) -> bool:
    """Whether the text at `later` may run after that at `point`, if only in the next round of a loop around both."""
    common = _common(point, later)
    in_other_branch = common % 3 == 2 and point[common - 1] == BRANCH
    return (point < later and not in_other_branch) or LOOP in point[1:common:3]


def _common(a: Point, b: Point) -> int:
    """How many entries two points begin with alike: found by halving, since points in deep nests are long."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if a[:middle] == b[:middle] else (low, middle - 1)
    return low


def _reaches(point: Point, use: Point, made: Point) -> bool:
    common = _common(point, use)
    if point < use and not (common % 3 == 2 and point[common - 1] == BRANCH):
        return True
    if LOOP not in point[1:common:3]:
        return False
    rounds = (i for i in range(1, common, 3) if point[i] == LOOP)
    return any(made[: i + 1] != point[: i + 1] for i in rounds)
