"""Variables that may come to share a place, and sets that grow together.

Two variables are in one group if a value can pass from one to the other: a carry and what it is updated with, an array
before and after a write, an array and a view of it, a stack and what is on it. A group that is never updated holds
nothing that changes, so what reads it can be moved about freely.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

from myialike.backends.python.vocabulary import STACKING, UPDATES, VIEWS, WRITES
from myialike.ir.syntax import Atom, Call, Eqn, For, Graph, If, Prim, Var, While, blocks_of, walk
from myialike.ir.types import Array, Stack, Type

K = TypeVar("K")


class Partition(Generic[K]):
    """Disjoint sets of which two can be made one (union-find)."""

    def __init__(self) -> None:
        self._parent: dict[K, K] = {}
        self._members: dict[K, list[K]] = {}

    def find(self, key: K) -> K:
        """The representative of the set that `key` is in."""
        while (up := self._parent.get(key)) is not None:
            key = up
        return key

    def members(self, key: K) -> list[K]:
        root = self.find(key)
        return self._members.get(root, [root])

    def merge(self, a: K, b: K) -> None:
        a, b = self.find(a), self.find(b)
        if a != b:
            self._members[a] = [*self.members(a), *self.members(b)]
            self._parent[b] = a


def is_scalar(type: Type) -> bool:
    return isinstance(type, Array) and not type.shape


def is_mutable(type: Type) -> bool:
    """Whether values of `type` are Python objects that can be written to: arrays that are no scalars, and lists."""
    return isinstance(type, Stack) or not is_scalar(type)


def transfers(eqn: Eqn) -> Iterator[tuple[Atom, Var]]:
    """The pairs (from, to) of variables that structure hands values between; `to` is the output for a carry."""
    match eqn:
        case If():
            for out, a, b in zip(eqn.outputs, eqn.then.results, eqn.orelse.results, strict=True):
                yield a, out
                yield b, out
        case While():
            yield from zip(eqn.init, eqn.outputs, strict=True)
            yield from zip(eqn.body.results, eqn.outputs, strict=True)
        case For():
            yield from zip(eqn.init, eqn.outputs, strict=True)
            yield from zip(eqn.body.results, eqn.outputs, strict=True)


def same_value(eqn: Eqn) -> Iterator[tuple[Var, Var]]:
    """The pairs (carry param, output) of a loop: one variable under several names."""
    match eqn:
        case While():
            yield from zip(eqn.cond.params, eqn.outputs, strict=True)
            yield from zip(eqn.body.params, eqn.outputs, strict=True)
        case For():
            yield from zip(eqn.body.params[1:], eqn.outputs, strict=True)


class Groups:
    """The groups of mutable variables of a graph."""

    def __init__(self, graph: Graph) -> None:
        self._partition: Partition[Var] = Partition()
        self._written: set[Var] = set()
        self._updates: dict[int, frozenset[Var]] = {}
        eqns = list(walk(graph.body))
        for eqn in eqns:
            self._join(eqn)
        for eqn in eqns:
            if isinstance(eqn, Prim) and eqn.op in WRITES and isinstance(eqn.inputs[0], Var):
                self._written.add(self._partition.find(eqn.inputs[0]))

    def _join(self, eqn: Eqn) -> None:
        for a, b in (*transfers(eqn), *same_value(eqn)):
            self._merge(a, b)
        match eqn:
            case Prim() if eqn.op in UPDATES | VIEWS | STACKING:
                for atom in (*eqn.inputs, *eqn.outputs):
                    self._merge(atom, eqn.outputs[0])
            case Call():
                for atom in (*eqn.inputs, *eqn.outputs):
                    self._merge(atom, eqn.outputs[0] if eqn.outputs else atom)

    def _merge(self, a: Atom, b: Atom) -> None:
        if isinstance(a, Var) and isinstance(b, Var) and is_mutable(a.type) and is_mutable(b.type):
            self._partition.merge(a, b)

    def is_updated(self, atom: Atom) -> bool:
        """Whether an array in the group of `atom` is written to."""
        return isinstance(atom, Var) and self._partition.find(atom) in self._written

    def updated_by(self, eqn: Eqn) -> frozenset[Var]:
        """The representatives of the groups that `eqn`, or an equation inside it, writes to or hands on.

        Found once for an equation, by its id: the graph keeps it.
        """
        if id(eqn) not in self._updates:
            inner = frozenset[Var]().union(*(self.updated_by(e) for block in blocks_of(eqn) for e in block.eqns))
            if isinstance(eqn, Prim) and eqn.op in UPDATES and isinstance(eqn.inputs[0], Var):
                inner |= {self._partition.find(eqn.inputs[0])}
            self._updates[id(eqn)] = inner
        return self._updates[id(eqn)]

    def of(self, var: Var) -> Var:
        return self._partition.find(var)
