"""Which values are printed inside the expression that reads them, and have no name.

A value goes into its consumer if that is its only reader, stands in the same block, and comes before any write to what
the value reads; if the line does not get too long; and if the name is not the user's: `s = a * b`, then `t = s + 1` on
the next line, stays two lines.

An `If` with one scalar result whose branches are expressions is an expression too: `a if c else b`, and with bools
`p and q`. That is how the conditions of `while` loops get back on their line.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Set
from enum import Enum, auto
from functools import lru_cache

from myialike.backends.python.flow import Inlining
from myialike.backends.python.groups import Groups, is_mutable, is_scalar
from myialike.backends.python.scalars import is_choice_of_floats
from myialike.backends.python.vocabulary import FUNCTIONS, INFIX, OPERANDS, STATEMENTS, UPDATES
from myialike.ir.syntax import Atom, Block, Call, Closure, Eqn, For, Graph, If, Lit, Prim, Var, While, inputs_of, walk
from myialike.ir.types import BOOL
from myialike.source import Location

WIDTH = 96  # of the line with an expression, less its indentation
CONDITIONAL_WIDTH = 70
NAMELESS = frozenset({"v", "zero"})  # what values are called that nobody named
DERIVED = re.compile(r"_(bar|dot|tape)(?=_|$)")  # what is added to the name of a value for what belongs to it
RETURN_LINE = -1  # the line of a `return`, which the IR does not know: not that of any value


class Ending(Enum):
    """What the results of a block become."""

    RETURN = auto()  # of a function
    CONDITION = auto()  # the condition of a loop
    EXPRESSION = auto()  # an operand of `a if c else b`
    ASSIGNED = auto()  # assigned to the names of a loop's carry or of an If's outputs


def _offsets(graph: Graph) -> Iterator[Var]:
    """`i + 1` of a loop's index `i`, where it is only read as an index: it is printed wherever it is read."""
    eqns = list(walk(graph.body))
    indices = {eqn.body.params[0] for eqn in eqns if isinstance(eqn, For)}
    elsewhere = count_readers(graph)
    for eqn in eqns:
        if isinstance(eqn, Prim) and eqn.op in ("index", "index_set", "index_add"):
            elsewhere.subtract(a for a in eqn.inputs[1 if eqn.op == "index" else 2 :] if isinstance(a, Var))
    for eqn in eqns:
        if isinstance(eqn, Prim) and _is_offset(eqn) and eqn.inputs[0] in indices and not elsewhere[eqn.outputs[0]]:
            yield eqn.outputs[0]


def inline(graph: Graph, sunk: Set[Var] = frozenset()) -> Inlining:
    """The choice for a graph. The values in `sunk` may also go where results are assigned at the end of a block."""
    inliner = _Inliner(graph, sunk)
    inliner.block(graph.body, Ending.RETURN, 1)
    return inliner.inlining


@lru_cache(maxsize=4096)
def stem(name: str) -> str:
    """The name without the numbers that make it unique: `x_bar_2` -> `x_bar`, `x_1_tape` -> `x_tape`."""
    return re.sub(r"(_\d+)+(?=_|$)", "", name) or name


@lru_cache(maxsize=4096)
def is_nameless(name: str) -> bool:
    """Whether neither a value nor what it belongs to, as `v_bar` to `v`, has a name of the user's."""
    return DERIVED.sub("", stem(name)) in NAMELESS


class _Inliner:
    def __init__(self, graph: Graph, sunk: Set[Var]) -> None:
        self.inlining = Inlining.of(graph)
        self.groups = Groups(graph)
        self.sunk = sunk
        self.readers = count_readers(graph)
        self.sizes: dict[Var, int] = {}
        self.inlining.inlined.update(_offsets(graph))

    def block(self, block: Block, ending: Ending, depth: int) -> None:
        here = _Place(block, self.groups, WIDTH - 4 * depth)
        for k, eqn in enumerate(block.eqns):
            self.inner(eqn, depth)
            self.consumer(here, k, list(self.openings(eqn)), _overhead(eqn), _line(eqn.loc))
            self.measure(eqn)
        results = [a for a in block.results if ending is not Ending.ASSIGNED or a in self.sunk]
        self.consumer(here, len(block.eqns), results, 8, RETURN_LINE if ending is Ending.RETURN else None)

    def inner(self, eqn: Eqn, depth: int) -> None:
        match eqn:
            case If():
                if not self.as_conditional(eqn, depth):
                    self.block(eqn.then, Ending.ASSIGNED, depth + 1)
                    self.block(eqn.orelse, Ending.ASSIGNED, depth if _is_elif(eqn) else depth + 1)
            case While():
                self.block(eqn.cond, Ending.CONDITION, depth)
                self.block(eqn.body, Ending.ASSIGNED, depth + 1)
            case For():
                self.block(eqn.body, Ending.ASSIGNED, depth + 1)

    def as_conditional(self, eqn: If, depth: int) -> bool:
        """Make an `If` an expression, if it can be one."""
        if not _may_be_conditional(eqn):
            return False
        before = set(self.inlining.inlined)
        for block in (eqn.then, eqn.orelse):
            self.block(block, Ending.EXPRESSION, depth + 1)
        size = sum(self.size(r) for r in (*eqn.then.results, *eqn.orelse.results))
        if size <= CONDITIONAL_WIDTH and all(self.inlining.is_silent(e) for e in (*eqn.then.eqns, *eqn.orelse.eqns)):
            self.inlining.conditional.add(eqn.outputs[0])
            return True
        self.inlining.inlined = before
        return False

    def openings(self, eqn: Eqn) -> Iterator[Atom]:
        """The inputs of `eqn` that may be expressions."""
        match eqn:
            case Prim() if eqn.op in UPDATES or eqn.op == "stack_len":
                yield from self.subscripts(eqn, eqn.inputs[1:])
            case Prim() if is_choice_of_floats(eqn):
                yield eqn.inputs[1]  # the first is printed twice
            case Prim() | Call():
                yield from self.subscripts(eqn, eqn.inputs)
            case If():
                yield eqn.pred
            case While():
                yield from (a for a in eqn.init if a in self.sunk)
            case For():
                yield from eqn.over
                yield from (a for a in eqn.init if a in self.sunk)
            case Closure():
                raise TypeError("typed programs have no closures")

    def subscripts(self, eqn: Prim | Call, atoms: tuple[Atom, ...]) -> Iterator[Atom]:
        """`atoms`, but the start of a slice only where it is simple: it is printed twice."""
        starts = starts_of_slices(eqn)
        for atom in atoms:
            maker = self.inlining.maker.get(atom) if isinstance(atom, Var) else None
            if atom not in starts or (isinstance(maker, Prim) and _is_offset(maker)):
                yield atom

    def consumer(self, here: _Place, at: int, atoms: list[Atom], overhead: int, line: int | None) -> None:
        """Put into the consumer at position `at` what may go there, short values first."""
        total = overhead + sum(self.size(a) for a in atoms)
        candidates = [a for a in atoms if isinstance(a, Var) and self.may_move(here, a, at, line)]
        for var in sorted(candidates, key=lambda v: self.sizes[v]):
            grown = total + self.sizes[var] - self.size(var)
            if grown > here.width:
                return
            total = grown
            self.inlining.inlined.add(var)

    def may_move(self, here: _Place, var: Var, to: int, line: int | None) -> bool:
        made = here.positions.get(var)
        if made is None or self.readers[var] != 1 or not self.is_expression(self.inlining.maker[var]):
            return False
        made_on = _line(self.inlining.maker[var].loc)
        is_the_users = not is_nameless(var.name) and None not in (made_on, line) and made_on != line
        if is_the_users and var not in self.sunk:
            return False
        leaves = self.inlining.leaves(self.inlining.reads(self.inlining.maker[var]))
        return not any(is_mutable(v.type) and here.writes_between(self.groups.of(v), made, to) for v in leaves)

    def is_expression(self, eqn: Eqn) -> bool:
        if isinstance(eqn, Prim):
            return eqn.op not in STATEMENTS and len(eqn.outputs) == 1
        return self.inlining.is_conditional(eqn)

    def size(self, atom: Atom) -> int:
        """About how many characters an atom takes where it is read."""
        if isinstance(atom, Lit):
            return len(str(atom))
        return self.sizes[atom] if atom in self.inlining.inlined else len(stem(atom.name))

    def measure(self, eqn: Eqn) -> None:
        if len(eqn.outputs) == 1 and self.is_expression(eqn):
            self.sizes[eqn.outputs[0]] = _overhead(eqn) + sum(self.size(a) for a in self.inlining.reads(eqn))


class _Place:
    """Where the variables of a block are defined, and which groups are written to where."""

    def __init__(self, block: Block, groups: Groups, width: int) -> None:
        self.width = width
        self.positions = {out: k for k, eqn in enumerate(block.eqns) for out in eqn.outputs}
        self._writes: dict[Var, list[int]] = {}
        for k, eqn in enumerate(block.eqns):
            for group in groups.updated_by(eqn):
                self._writes.setdefault(group, []).append(k)

    def writes_between(self, group: Var, start: int, stop: int) -> bool:
        """Whether an equation after `start` and before `stop` writes to something in `group`."""
        writes = self._writes.get(group, [])
        k = bisect_right(writes, start)
        return k < len(writes) and writes[k] < stop


def starts_of_slices(eqn: Prim | Call) -> list[Atom]:
    """The inputs that are the computed start of a slice."""
    if not isinstance(eqn, Prim) or eqn.op not in ("index", "index_set", "index_add"):
        return []
    operands = eqn.inputs[1 if eqn.op == "index" else 2 :]
    kinds = [e[0] for e in eqn.attr("spec") for _ in range(OPERANDS.get(e[0], 0))]
    return [a for a, kind in zip(operands, kinds, strict=True) if kind == "dyn"]


def _is_offset(eqn: Prim) -> bool:
    """`i + 1` and `i - 1`: simple enough to be printed twice."""
    is_sum = eqn.op in ("add", "sub") and isinstance(eqn.inputs[0], Var) and isinstance(eqn.inputs[1], Lit)
    return is_sum and is_scalar(eqn.outputs[0].type)


def _may_be_conditional(eqn: If) -> bool:
    """One scalar; and written on one line, or short, or a condition."""
    if len(eqn.outputs) != 1 or not is_scalar(eqn.outputs[0].type):
        return False
    if not (eqn.then.eqns or eqn.orelse.eqns) or getattr(eqn.outputs[0].type, "dtype", None) == BOOL:
        return True
    inside = itertools.chain(walk(eqn.then), walk(eqn.orelse))
    return eqn.loc is not None and all(e.loc is None or e.loc.lineno == eqn.loc.lineno for e in inside)


def _is_elif(eqn: If) -> bool:
    """Whether the other branch is nothing but another `If` and its condition, which is printed no deeper."""
    *before, last = eqn.orelse.eqns or (None,)
    return isinstance(last, If) and eqn.orelse.results == last.outputs and len(before) <= 1


def _line(loc: Location | None) -> int | None:
    return loc.lineno if loc is not None else None


def _overhead(eqn: Eqn) -> int:
    """About how many characters an equation adds to its inputs'."""
    if not isinstance(eqn, Prim):
        return 12
    if eqn.op in INFIX:
        return 4
    if eqn.op in FUNCTIONS:
        return len(FUNCTIONS[eqn.op]) + 5
    if eqn.op in ("index", "index_set", "index_add"):
        return 2 * len(eqn.attr("spec")) + 4 * (eqn.op != "index")
    return {"transpose": 2, "neg": 1, "integer_pow": 5, "check": 4}.get(eqn.op, 16)


def count_readers(graph: Graph) -> Counter[Var]:
    """How often each variable is read."""
    atoms: list[Atom] = list(graph.results)
    for eqn in walk(graph.body):
        atoms.extend(inputs_of(eqn))
        match eqn:
            case If():
                atoms.extend(eqn.then.results + eqn.orelse.results)
            case While():
                atoms.extend(eqn.cond.results + eqn.body.results)
            case For():
                atoms.extend(eqn.body.results)
    return Counter(a for a in atoms if isinstance(a, Var))
