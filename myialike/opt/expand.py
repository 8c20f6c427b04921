"""Functions with a derivative of their own (`myialike.ops.functions`), replaced by their bodies.

The last thing before a backend: what has been replaced is differentiated like any other program. The operands of a body
that computes something again go through a barrier, lest the optimiser find that it has it already and keep it all the
while; before text is printed, which nobody optimises, `unbarred` takes the barriers away.
"""

from __future__ import annotations

from myialike.ir.builder import Builder, names_in
from myialike.ir.syntax import Atom, Graph, Module, Prim, Var, walk
from myialike.ops.functions import CHECKPOINT, CUSTOM, rules_of
from myialike.opt.rewriter import Rewriter

FUNCTIONS = CUSTOM | CHECKPOINT


def has_functions(module: Module) -> bool:
    """Whether a module calls a function with a derivative of its own."""
    return any(isinstance(e, Prim) and e.op in FUNCTIONS for g in module.graphs for e in walk(g.body))


def expand(module: Module) -> Module:
    """The module without such functions, also those that their bodies call."""
    while has_functions(module):
        module = Module(tuple(_Expand(g).graph(g) for g in module.graphs))
    return module


def _barred(builder: Builder, atoms: tuple[Atom, ...]) -> tuple[Atom, ...]:
    """The atoms behind a barrier, all of them behind one: what is computed of them waits for the last of them."""
    if not atoms:
        return ()
    variables = list(dict.fromkeys(a for a in atoms if isinstance(a, Var)))
    behind = dict(zip(variables, builder.prim("ad.barrier", variables, [v.name for v in variables]), strict=True))
    return tuple(behind[a] if isinstance(a, Var) else a for a in atoms)


def unbarred(module: Module) -> Module:
    """The module without barriers."""
    return Module(tuple(_Unbar().graph(g) for g in module.graphs))


class _Unbar(Rewriter):
    def prim(self, eqn: Prim) -> None:
        if eqn.op == "ad.barrier":
            self.replace(eqn.outputs, eqn.inputs)
        else:
            self.emit(eqn)


class _Expand(Rewriter):
    def __init__(self, graph: Graph) -> None:
        super().__init__()
        self.names = names_in(graph)

    def prim(self, eqn: Prim) -> None:
        if eqn.op not in FUNCTIONS:
            self.emit(eqn)
            return
        builder = Builder(self.names, eqn.loc)
        rules = rules_of(eqn.attr("function"))
        inputs: tuple[Atom, ...] = (*_barred(builder, eqn.inputs[: rules.again]), *eqn.inputs[rules.again :])
        results = builder.splice(rules.body.body, inputs)
        for inner in builder.eqns:
            self.emit(inner)
        self.replace(eqn.outputs, results)
