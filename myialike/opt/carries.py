"""Loop carries that are not needed as such: those that never change, and those that are always equal to another.

    i, s, c, d = for .. init (0.0, x, k, k) (i, s, c, d) { ..  yield s2, c, d }     c and d are k all along

Which carries never change is decided for all of them together, optimistically: assume it of all, and give up those
whose result, under that assumption, is not their initial value, until nothing changes. The same for equal carries:
those with one initial value are assumed equal, and parted where their results then differ (Hopcroft's partition).
"""

from __future__ import annotations

from collections.abc import Sequence

from myialike.ir.syntax import Atom, For, Graph, Lit, Var, While
from myialike.opt.rewriter import Rewriter


def settle(graph: Graph) -> Graph:
    """Replace carries that never change by their initial values, and equal carries by one of them."""
    return _Settle().graph(graph)


class _Settle(Rewriter):
    def while_(self, eqn: While) -> None:
        stand_ins = self.stand_ins(eqn.init, eqn.body.params, eqn.body.results)
        for variables in (eqn.cond.params, eqn.body.params, eqn.outputs):
            self.stand_in(variables, eqn.init, stand_ins)
        super().while_(eqn)

    def for_(self, eqn: For) -> None:
        stand_ins = self.stand_ins(eqn.init, eqn.body.params[1:], eqn.body.results)
        for variables in (eqn.body.params[1:], eqn.outputs):
            self.stand_in(variables, eqn.init, stand_ins)
        super().for_(eqn)

    def stand_ins(self, init: Sequence[Atom], params: Sequence[Var], results: tuple[Atom, ...]) -> list[int | None]:
        """For each carry the carry that is to be used instead, None for its initial value."""
        results = self.read(results)
        constant = unchanging(init, params, results)
        leader = equal_carries(init, params, results)
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


def equal_carries(init: Sequence[Atom], params: Sequence[Var], results: Sequence[Atom]) -> list[int]:
    """For each carry the first one that is equal to it throughout."""
    position = {p.name: k for k, p in enumerate(params)}
    leader = _first_with_key([_key(a) for a in init])

    def meant(atom: Atom) -> object:
        k = position.get(atom.name) if isinstance(atom, Var) else None
        return _key(atom) if k is None else leader[k]

    while True:
        parted = _first_with_key([(leader[k], meant(r)) for k, r in enumerate(results)])
        if parted == leader:
            return leader
        leader = parted


def _first_with_key(keys: Sequence[object]) -> list[int]:
    first: dict[object, int] = {}
    return [first.setdefault(key, k) for k, key in enumerate(keys)]


def _key(atom: Atom) -> object:
    return atom if isinstance(atom, Lit) else atom.name
