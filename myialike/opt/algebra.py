"""Algebraic simplification: apply the laws of `myialike.opt.rules` wherever they match.

    b: f64 = mul(x, 1.0:f64)
    c: f64 = neg(b)              becomes       c: f64 = neg(x)
    d: f64 = neg(c)                            d = x, and c is left to dead code elimination

The laws are tried in order. What a law makes is tried again, up to `MAX_STEPS` times: no law undoes another, but a
bound costs nothing. Beside the laws, which are about one operation each, there is one rule about all pointwise
operations: an operand that is a broadcast literal becomes the literal itself, so that laws and readers see it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from myialike.ir.syntax import Atom, Block, Graph, Prim, Var, blocks_of, inputs_of
from myialike.ir.types import Array, Stack, Type
from myialike.ir.verify import POINTWISE
from myialike.ops import define
from myialike.opt.pattern import App, Const, Match, build, match_eqn, parse, result_types
from myialike.opt.rewriter import Rewriter
from myialike.opt.rules import LAWS, Law

MAX_STEPS = 8


@dataclass(frozen=True, slots=True)
class Entry:
    """A law with its parsed left side, and what that asks of an operation's inputs: a glance rules out most laws.

    `makers` are operations that must have made some input; `literal`: some input must be a literal.
    """

    law: Law
    left: App
    makers: frozenset[str]
    literal: bool


LawTable = Mapping[str, tuple[Entry, ...]]


def by_root(laws: Iterable[Law]) -> LawTable:
    """The laws by the operation they rewrite."""
    table: dict[str, list[Entry]] = defaultdict(list)
    for law in laws:
        (left,) = parse(law.left)
        assert isinstance(left, App), law
        makers = frozenset(arg.op for arg in left.args if isinstance(arg, App))
        table[left.op].append(Entry(law, left, makers, any(isinstance(arg, Const) for arg in left.args)))
    return {op: tuple(entries) for op, entries in table.items()}


INDEXED = by_root(LAWS)


def simplify(graph: Graph, laws: LawTable = INDEXED) -> Graph:
    """Rewrite operations by algebraic laws that hold for every value."""
    return _Algebra(laws, uses_in(graph.body)).graph(graph)


def uses_in(block: Block) -> Counter[str]:
    """How often each variable is used in a block and the blocks inside it."""
    found = Counter(a.name for a in block.results if isinstance(a, Var))
    for eqn in block.eqns:
        found.update(a.name for a in inputs_of(eqn) if isinstance(a, Var))
        for inner in blocks_of(eqn):
            found.update(uses_in(inner))
    return found


class _Algebra(Rewriter):
    def __init__(self, laws: LawTable, uses: Counter[str]) -> None:
        super().__init__()
        self.laws = laws
        self.uses = uses

    def replace(self, outputs: Sequence[Var], atoms: Sequence[Atom]) -> None:
        super().replace(outputs, atoms)
        for output, atom in zip(outputs, atoms, strict=True):
            if isinstance(atom, Var):
                self.uses[atom.name] += self.uses[output.name]

    def prim(self, eqn: Prim) -> None:
        for _ in range(MAX_STEPS):
            eqn = self.with_literals(eqn)
            found = self.rewritten(eqn)
            if found is None:
                break
            if not isinstance(found, Prim):
                self.finish(eqn, found)
                return
            eqn = found
        self.emit(eqn)

    def finish(self, eqn: Prim, results: tuple[Atom | Prim, ...]) -> None:
        for output, result in zip(eqn.outputs, results, strict=True):
            if isinstance(result, Prim):
                self.emit(result)
            else:
                self.replace((output,), (result,))

    def rewritten(self, eqn: Prim) -> Prim | tuple[Atom | Prim, ...] | None:
        """What the first law that applies makes of `eqn`: an equation instead, or something for each output."""
        entries = self.laws.get(eqn.op)
        if entries is None:
            return None
        makers = {self.defs[a.name].op for a in eqn.inputs if isinstance(a, Var) and a.name in self.defs}
        has_literal = any(map(self.literal, eqn.inputs))
        for entry in entries:
            if entry.makers <= makers and (has_literal or not entry.literal):
                made = self.apply(entry.law, entry.left, eqn)
                if made is not None:
                    return made[0] if len(made) == 1 and isinstance(made[0], Prim) else made
        return None

    def apply(self, law: Law, left: App, eqn: Prim) -> tuple[Atom | Prim, ...] | None:
        if eqn.inputs and kind_of(eqn.inputs[0].type) not in law.kinds:
            return None
        match = Match(eqn, self.defs, self.literal, self.uses)
        if not match_eqn(left, match) or not law.when(match):
            return None
        let = law.let(match)
        made = [build(term, out, match, let) for term, out in zip(parse(law.right), eqn.outputs, strict=True)]
        return None if None in made else tuple(m for m in made if m is not None)

    def with_literals(self, eqn: Prim) -> Prim:
        """The equation with broadcast literals replaced by literals, where its type stays the same."""
        if eqn.op not in POINTWISE:
            return eqn
        inputs = tuple(self.literal(a) or a if isinstance(a, Var) else a for a in eqn.inputs)
        if inputs == eqn.inputs or result_types(eqn.op, inputs, eqn.attrs) != tuple(o.type for o in eqn.outputs):
            return eqn
        return Prim(eqn.op, inputs, eqn.outputs, eqn.attrs, eqn.loc)


def kind_of(type: Type) -> str:
    """The dtype kind of an array or of a stack's elements; bfloat16 is a float.

    >>> from myialike.ir.types import scalar
    >>> kind_of(scalar("bf16"))
    'f'
    """
    if isinstance(type, Stack):
        return kind_of(type.elem)
    return define.kind_of(type.dtype) if isinstance(type, Array) else ""
