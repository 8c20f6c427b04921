"""A walk over a graph in program order that replaces variables by atoms as it goes.

Most passes look at one equation at a time, when everything before it has been dealt with: they keep it, change it, or
drop it and say what its outputs are replaced by. `Rewriter` is that walk; a pass overrides the cases it cares about:

    def prim(self, eqn):                                  # the inputs of eqn have been replaced already
        if eqn.op == "neg" and is_zero(eqn.inputs[0]):
            self.replace(eqn, eqn.inputs)                 # no equation is left
        else:
            self.emit(eqn)

Names are unique within a graph, so one dictionary serves all blocks. Every name keeps its one definition: no pass of
this package makes copies, so none needs fresh names.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from myialike.errors import CompilerBug
from myialike.ir.op import TABLE
from myialike.ir.syntax import Atom, Block, Call, Closure, Eqn, For, Graph, If, Lit, Prim, Var, While
from myialike.ir.types import BOOL, Array

TRUE, FALSE = Lit(True, Array(BOOL)), Lit(False, Array(BOOL))


class Rewriter:
    """The walk that changes nothing. `defs` holds the definitions seen so far by operations with one output."""

    def __init__(self) -> None:
        self.env: dict[str, Atom] = {}
        self.defs: dict[str, Prim] = {}
        self.eqns: list[Eqn] = []

    def graph(self, graph: Graph) -> Graph:
        return Graph(graph.name, self.block(graph.body), graph.signature, graph.loc)

    def block(self, block: Block) -> Block:
        """The block with its equations rewritten."""
        around, self.eqns = self.eqns, []
        self.visit_all(block.eqns)
        result = Block(block.params, tuple(self.eqns), self.read(block.results))
        self.eqns = around
        return result

    def visit_all(self, eqns: Sequence[Eqn]) -> None:
        for eqn in eqns:
            self.visit(eqn)

    def visit(self, eqn: Eqn) -> None:
        match eqn:
            case Prim():
                inputs = self.read(eqn.inputs)
                self.prim(eqn if inputs is eqn.inputs else Prim(eqn.op, inputs, eqn.outputs, eqn.attrs, eqn.loc))
            case Call():
                self.call(Call(eqn.callee, self.read(eqn.inputs), eqn.outputs, eqn.loc))
            case If():
                self.if_(If(self.look(eqn.pred), eqn.then, eqn.orelse, eqn.outputs, eqn.loc))
            case While():
                self.while_(While(self.read(eqn.init), eqn.cond, eqn.body, eqn.outputs, eqn.loc))
            case For():
                over, init = self.read(eqn.over), self.read(eqn.init)
                self.for_(For(over, init, eqn.body, eqn.outputs, eqn.breakable, eqn.loc))
            case Closure():
                raise CompilerBug("a closure has reached the optimiser", eqn.loc)
            case _:
                assert_never(eqn)

    def look(self, atom: Atom) -> Atom:
        return self.env.get(atom.name, atom) if isinstance(atom, Var) else atom

    def read(self, atoms: tuple[Atom, ...]) -> tuple[Atom, ...]:
        """What stands for `atoms` now; the same tuple where nothing has changed."""
        env = self.env
        for a in atoms:
            if isinstance(a, Var) and a.name in env:
                return tuple([self.look(a) for a in atoms])
        return atoms

    def replace(self, outputs: Sequence[Var], atoms: Sequence[Atom]) -> None:
        """From here on `atoms` stand for `outputs`. The atoms have been looked up themselves."""
        self.env.update((o.name, a) for o, a in zip(outputs, atoms, strict=True))

    def emit(self, eqn: Eqn) -> None:
        if isinstance(eqn, Prim) and len(eqn.outputs) == 1:
            self.defs[eqn.outputs[0].name] = eqn
        self.eqns.append(eqn)

    # What a pass overrides. The inputs are rewritten, the blocks are not.

    def prim(self, eqn: Prim) -> None:
        self.emit(eqn)

    def call(self, eqn: Call) -> None:
        self.emit(eqn)

    def if_(self, eqn: If) -> None:
        self.emit(If(eqn.pred, self.block(eqn.then), self.block(eqn.orelse), eqn.outputs, eqn.loc))

    def while_(self, eqn: While) -> None:
        self.emit(While(eqn.init, self.block(eqn.cond), self.block(eqn.body), eqn.outputs, eqn.loc))

    def for_(self, eqn: For) -> None:
        self.emit(For(eqn.over, eqn.init, self.block(eqn.body), eqn.outputs, eqn.breakable, eqn.loc))

    # What passes ask.

    def literal(self, atom: Atom) -> Lit | None:
        """The literal that every element of `atom` is equal to, if that is known."""
        if isinstance(atom, Lit):
            return atom
        eqn = self.defs.get(atom.name)
        if eqn is not None and eqn.op == "broadcast" and isinstance(eqn.inputs[0], Lit):
            return eqn.inputs[0]
        return None


def is_pure(eqn: Prim) -> bool:
    """Whether the operation does nothing but give its results."""
    return not TABLE[eqn.op].effect
