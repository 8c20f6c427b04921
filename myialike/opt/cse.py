"""Common subexpressions: an operation that has been computed already is not computed again.

    a: f64 = mul(x, y)
    b: f64 = mul(y, x)        becomes        b = a

Two operations are the same if they have the same name, the same attributes and, after everything before has been
replaced, the same inputs; for operations that commute in either order (Click and Cooper's hash-consing, for one block
after another). A block reuses what the blocks around it have computed, never what a block beside it has: that one may
not have run.

Effects are never merged, with one exception: a `check` of a condition that has been checked already never fails.
Stacks are left alone: an equation that makes or takes one is part of a chain in which each version is used once.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from myialike.ir.syntax import Atom, Block, Graph, Lit, Prim, Var
from myialike.ir.types import Stack
from myialike.opt.pattern import COMMUTATIVE
from myialike.opt.rewriter import Rewriter, is_pure


def share(graph: Graph) -> Graph:
    """Compute each subexpression once, where it is computed first."""
    return _Share().graph(graph)


class _Share(Rewriter):
    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[Hashable, tuple[Var, ...]] = {}
        self.scope: list[Hashable] = []

    def block(self, block: Block) -> Block:
        """As for every pass; what the block has computed is forgotten at its end."""
        around, self.scope = self.scope, []
        result = super().block(block)
        for key in self.scope:
            del self.seen[key]
        self.scope = around
        return result

    def prim(self, eqn: Prim) -> None:
        key = key_of(eqn)
        if key is None:
            self.emit(eqn)
        elif key in self.seen:
            self.replace(eqn.outputs, self.seen[key])
        else:
            self.seen[key] = eqn.outputs
            self.scope.append(key)
            self.emit(eqn)


def key_of(eqn: Prim) -> Hashable:
    """Equal for equations of which the second is superfluous; None for those that are to stay."""
    if eqn.op == "check":
        return ("check", _atom_key(eqn.inputs[0]))
    if not is_pure(eqn) or any(isinstance(v.type, Stack) for v in eqn.inputs + eqn.outputs):
        return None
    inputs = tuple(map(_atom_key, eqn.inputs))
    if eqn.op in COMMUTATIVE:
        inputs = tuple(sorted(inputs, key=str))
    return (eqn.op, inputs, repr(eqn.attrs) if eqn.attrs else "")


def _atom_key(atom: Atom) -> Any:
    return atom if isinstance(atom, Lit) else atom.name
