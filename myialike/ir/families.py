"""Arrays and stacks that are one in memory: each may be made from the others in place.

    y = index_set(x, v, i)        a loop's initial value, parameters, result and output; a branch's result and output

are of one family. Which variables are, is decided for a whole graph.
"""

from __future__ import annotations

from collections.abc import Sequence

from myialike.ir.syntax import Atom, Eqn, For, If, Prim, Var, While
from myialike.ir.types import Array

READS = frozenset({"index", "pop"})
WRITES = frozenset({"index_set", "index_add", "push"})


class Families:
    """A union-find of the variables of a graph, by name."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def note(self, eqn: Eqn) -> None:
        """Unite what `eqn` itself makes in place; its blocks are not looked into."""
        match eqn:
            case Prim() if eqn.op in WRITES or eqn.op == "pop":
                self._unite(eqn.outputs[:1], eqn.inputs[:1])
            case If():
                self._unite(eqn.outputs, eqn.then.results)
                self._unite(eqn.outputs, eqn.orelse.results)
            case While():
                for others in (eqn.init, eqn.cond.params, eqn.body.params, eqn.body.results):
                    self._unite(eqn.outputs, others)
            case For():
                for others in (eqn.init, eqn.body.params[1:], eqn.body.results):
                    self._unite(eqn.outputs, others)
            case _:
                pass

    def find(self, name: str) -> str:
        """The variable that stands for the family of `name`."""
        while (parent := self._parent.get(name, name)) != name:
            name = parent
        return name

    def _unite(self, some: Sequence[Atom], others: Sequence[Atom]) -> None:
        for a, b in zip(some, others, strict=True):
            if isinstance(a, Var) and isinstance(b, Var) and not is_scalar(a):
                self._parent[self.find(a.name)] = self.find(b.name)


def is_scalar(atom: Atom) -> bool:
    return isinstance(atom.type, Array) and not atom.type.shape
