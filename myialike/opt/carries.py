"""Loop carries that are not needed as such: those that never change, and those that are always equal to another.

    i, s, c, d = for .. init (0.0, x, k, k) (i, s, c, d) { ..  yield s2, c, d }     c and d are k all along

Which carries never change is decided for all of them together, optimistically: assume it of all, and give up those
whose result, under that assumption, is not their initial value, until nothing changes. The same for equal carries:
those with one initial value are assumed equal, and parted where their results then differ: where they do not follow by
the same operations from equal values (Alpern, Wegman, Zadeck, Detecting equality of variables in programs, 1988).
Derivatives of derivatives with respect to one variable have such carries: the tangents of the first and of the
second are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

from myialike.ir.syntax import Atom, Block, For, Graph, If, Lit, Prim, Var, While
from myialike.ir.types import Stack
from myialike.opt.pattern import COMMUTATIVE
from myialike.opt.rewriter import Rewriter, is_pure


def settle(graph: Graph) -> Graph:
    """Replace carries that never change by their initial values, and equal carries by one of them."""
    return _Settle().graph(graph)


class _Settle(Rewriter):
    def while_(self, eqn: While) -> None:
        stand_ins = self.stand_ins(eqn.init, eqn.body.params, eqn.body)
        for variables in (eqn.cond.params, eqn.body.params, eqn.outputs):
            self.stand_in(variables, eqn.init, stand_ins)
        super().while_(eqn)

    def for_(self, eqn: For) -> None:
        stand_ins = self.stand_ins(eqn.init, eqn.body.params[1:], eqn.body)
        for variables in (eqn.body.params[1:], eqn.outputs):
            self.stand_in(variables, eqn.init, stand_ins)
        super().for_(eqn)

    def stand_ins(self, init: Sequence[Atom], params: Sequence[Var], body: Block) -> list[int | None]:
        """For each carry the carry that is to be used instead, None for its initial value."""
        constant = unchanging(init, params, self.read(body.results))
        leader = equal_carries(init, params, body, self.look)
        return [None if k in constant else leader[k] for k in range(len(init))]

    def stand_in(self, variables: Sequence[Var], init: Sequence[Atom], stand_ins: Sequence[int | None]) -> None:
        for k, instead in enumerate(stand_ins):
            if instead is None:
                self.replace((variables[k],), (init[k],))
            elif instead != k:
                self.replace((variables[k],), (variables[instead],))


def unchanging(init: Sequence[Atom], params: Sequence[Var], results: Sequence[Atom]) -> set[int]:
    """The carries that keep their initial value."""
    position = {p.name: k for k, p in enumerate(params)}
    constant = set(range(len(init)))

    def meant(atom: Atom) -> Atom:
        k = position.get(atom.name) if isinstance(atom, Var) else None
        return init[k] if k is not None and k in constant else atom

    while True:
        changing = {k for k in constant if meant(results[k]) != init[k]}
        if not changing:
            return constant
        constant -= changing


def equal_carries(init: Sequence[Atom], params: Sequence[Var], body: Block, look: Callable[[Atom], Atom]) -> list[int]:
    """For each carry the first one that is equal to it throughout; `look` says what stands for a variable."""
    leader = _first_with_key([_key(a) for a in init])
    while True:
        numbers = _Numbers(look, {p.name: ("carry", k) for p, k in zip(params, leader, strict=True)})
        numbers.block(body)
        parted = _first_with_key([(leader[k], numbers.of(r)) for k, r in enumerate(body.results)])
        if parted == leader:
            return leader
        leader = parted


class _Numbers:
    """Value numbers: equal for variables that are made by the same operations from equal values."""

    def __init__(self, look: Callable[[Atom], Atom], known: dict[str, Hashable]) -> None:
        self.look = look
        self.known = known
        self.made: dict[Hashable, int] = {}

    def of(self, atom: Atom) -> Hashable:
        found = self.look(atom)
        return found if isinstance(found, Lit) else self.known.get(found.name, found.name)

    def block(self, block: Block) -> None:
        for eqn in block.eqns:
            if isinstance(eqn, Prim) and is_pure(eqn) and not any(isinstance(o.type, Stack) for o in eqn.outputs):
                inputs = [self.of(a) for a in eqn.inputs]
                ordered = sorted(inputs, key=str) if eqn.op in COMMUTATIVE else inputs
                key = (eqn.op, tuple(ordered), repr(eqn.attrs))
                self.note(eqn.outputs, [(key, k) for k in range(len(eqn.outputs))])
            elif isinstance(eqn, If):
                self.block(eqn.then)
                self.block(eqn.orelse)
                pairs = zip(eqn.then.results, eqn.orelse.results, strict=True)
                self.note(eqn.outputs, [("if", self.of(eqn.pred), self.of(a), self.of(b)) for a, b in pairs])

    def note(self, outputs: Sequence[Var], keys: Sequence[Hashable]) -> None:
        for out, key in zip(outputs, keys, strict=True):
            self.known[out.name] = ("made", self.made.setdefault(key, len(self.made)))


def _first_with_key(keys: Sequence[object]) -> list[int]:
    first: dict[object, int] = {}
    return [first.setdefault(key, k) for k, key in enumerate(keys)]


def _key(atom: Atom) -> object:
    return atom if isinstance(atom, Lit) else atom.name
