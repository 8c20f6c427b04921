"""Which calls are made part of their callers, and which stay: a question of size.

A call of a graph that is not recursive can be replaced by the equations of the callee. That gives the fastest program,
and the largest: its size is that of the tree of calls, which may be exponential in the size of the program. So it is
done

    everywhere             where the whole program has at most `LARGE` equations afterwards, which nearly all have
    else, from the leaves  where the callee has at most `piece` equations, with what has been inlined in it, or where
                           no other call of it is left

and the rest stay calls. Each graph then has a size that is bounded by its own and the number of its calls, so all that
follows is linear in the size of the program.

A graph with stacks of its own keeps no calls: there are no stacks of stacks to save them on (`opt.state_machine`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from myialike.ir.builder import Builder, Names, names_in
from myialike.ir.syntax import Call, Graph, Module, walk
from myialike.ir.types import Stack
from myialike.opt.call_graph import callees, components, recursive
from myialike.opt.rewriter import Rewriter

LARGE = 5_000
PIECE = 60
CALL = 20  # what a call that stays counts: as many equations as it costs to get there and back


def inlined(module: Module, piece: int = PIECE) -> Module:
    """The module with the calls of graphs that are not recursive inlined, as far as sizes allow."""
    if len(module.graphs) == 1:
        return module
    in_cycles = recursive(module)
    by_name = {g.name: g for g in module.graphs}
    order = [name for group in components({g.name: callees(g) for g in module.graphs}) for name in group]
    everywhere = _has_stacks(module) or _full_size(module, order, in_cycles) <= LARGE
    sites = Counter(e.callee for g in module.graphs for e in walk(g.body) if isinstance(e, Call))
    done: dict[str, Graph] = {}
    chosen: dict[str, Graph] = {}
    for name in order:
        done[name] = spliced(by_name[name], chosen)
        if name not in in_cycles and (everywhere or is_part(done[name], sites[name], piece)):
            chosen[name] = done[name]
    return Module(tuple(done[g.name] for g in module.graphs)).reachable()


def is_part(graph: Graph, sites: int, piece: int) -> bool:
    """Whether a graph of a large program, of which there are so many calls, becomes part of its callers."""
    return sites == 1 or weight(graph) <= piece


def weight(graph: Graph) -> int:
    """The number of equations of a graph, a call for `CALL`."""
    return sum(CALL if isinstance(e, Call) else 1 for e in walk(graph.body))


def _full_size(module: Module, order: list[str], in_cycles: Mapping[str, object]) -> int:
    """The number of equations of the entry when every call of a graph that is not recursive is inlined."""
    by_name = {g.name: g for g in module.graphs}
    size: dict[str, int] = {}
    for name in order:
        called = [e.callee for e in walk(by_name[name].body) if isinstance(e, Call)]
        own = sum(1 for _ in walk(by_name[name].body))
        size[name] = own + sum(size[c] for c in called if c not in in_cycles)
    return size[module.entry.name]


def _has_stacks(module: Module) -> bool:
    """Whether a graph has both calls and stacks."""
    return any(
        any(isinstance(o.type, Stack) for e in walk(g.body) for o in e.outputs)
        for g in module.graphs
        if callees(g)
    )


def spliced(graph: Graph, bodies: Mapping[str, Graph]) -> Graph:
    """The graph with the calls of `bodies` replaced by the equations of these."""
    return _Splice(bodies, names_in(graph)).graph(graph) if not bodies.keys().isdisjoint(callees(graph)) else graph


class _Splice(Rewriter):
    def __init__(self, bodies: Mapping[str, Graph], names: Names) -> None:
        super().__init__()
        self.bodies = bodies
        self.names = names

    def call(self, eqn: Call) -> None:
        if eqn.callee not in self.bodies:
            self.emit(eqn)
            return
        builder = Builder(self.names, eqn.loc)
        results = builder.splice(self.bodies[eqn.callee].body, eqn.inputs)
        self.eqns.extend(builder.eqns)
        self.replace(eqn.outputs, results)
