"""Program to program: the same meaning in fewer operations, and recursion as loops.

A pass is a pure function from graph to graph, in a file of its own. `optimise` runs `PASSES` in order, again and again
until a round changes nothing. No pass makes a graph larger, so the rounds end; `MAX_ROUNDS` bounds what they cost.

The result has the same results, the same effects in the same order, and the same derivatives: it is safe before
differentiation and after. Values may differ in the sign of a zero, where reverse mode has multiplied by zero (see
`myialike.opt.rules`).
"""

from __future__ import annotations

from collections.abc import Callable

from myialike.ir.syntax import Graph, Module
from myialike.opt.algebra import simplify
from myialike.opt.apart import part
from myialike.opt.carries import settle
from myialike.opt.cse import share
from myialike.opt.dce import prune
from myialike.opt.fold import fold
from myialike.opt.licm import hoist

PASSES: tuple[Callable[[Graph], Graph], ...] = (prune, fold, simplify, share, part, hoist, settle)
MAX_ROUNDS = 8


def optimise(graph: Graph) -> Graph:
    """The graph after all passes, repeated until nothing changes."""
    unchanged = 0  # how many passes in a row have changed nothing
    for _ in range(MAX_ROUNDS):
        before = graph
        for run in PASSES:
            after = run(graph)
            unchanged = unchanged + 1 if after == graph else 0
            graph = after
            if unchanged == len(PASSES):
                return graph
        if graph == before:
            break
    return prune(graph)


def optimise_module(module: Module) -> Module:
    """Every graph of the module optimised; graphs that the entry does not reach are dropped."""
    graphs = tuple(optimise(g) for g in module.graphs)
    return Module(graphs).reachable()
