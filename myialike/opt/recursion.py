"""Calls made part of their callers: a module becomes one graph without calls.

Calls of graphs that are not recursive are replaced by the equations of the callee. Graphs that call each other, or
themselves, form a strongly connected component of the call graph (Tarjan, 1972); a call of one of them from outside is
replaced by a loop that runs them all, as `myialike.opt.state_machine` tells.

The result can be differentiated like any other graph: reverse mode needs to know nothing of recursion. A recursion that
never ends is a loop that never ends; there is no limit to its depth but memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from myialike.ir.builder import Builder, Names, names_in
from myialike.ir.syntax import Block, Call, Graph, Module, Var, blocks_of, walk
from myialike.ir.types import Array, Stack, SymDim, Type
from myialike.opt.rewriter import Rewriter
from myialike.opt.state_machine import machine


def to_loops(module: Module) -> Graph:
    """The module's entry graph without calls: they are inlined, or, where they are recursive, made loops."""
    return _Lowering(module).lower(module.entry.name)


class _Lowering:
    """`done` holds the graphs that have been rid of their calls."""

    def __init__(self, module: Module) -> None:
        self.graphs = {g.name: g for g in module.graphs}
        self.callees = {g.name: callees(g) for g in module.graphs}
        self.cluster = {name: group for group in components(self.callees) for name in group}
        self.capacities = fresh_capacities(module)
        self.done: dict[str, Graph] = {}

    def lower(self, name: str) -> Graph:
        if name not in self.done:
            self.done[name] = self.recursive(name) if self.is_recursive(name) else self.inlined(name)
        return self.done[name]

    def is_recursive(self, name: str) -> bool:
        return len(self.cluster[name]) > 1 or name in self.callees[name]

    def recursive(self, name: str) -> Graph:
        members = {member: self.inlined(member) for member in self.cluster[name]}
        return machine(members, name, next(self.capacities))

    def inlined(self, name: str) -> Graph:
        """The graph with the calls that leave its own component inlined."""
        kept = self.cluster[name] if self.is_recursive(name) else ()
        outside = {callee: self.lower(callee) for callee in self.callees[name] if callee not in kept}
        return _Inline(outside, names_in(self.graphs[name])).graph(self.graphs[name])


class _Inline(Rewriter):
    def __init__(self, bodies: dict[str, Graph], names: Names) -> None:
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


def callees(graph: Graph) -> tuple[str, ...]:
    """The names of the graphs that a graph calls, in order of the first call."""
    return tuple(dict.fromkeys(e.callee for e in walk(graph.body) if isinstance(e, Call)))


def components(successors: dict[str, tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The strongly connected components of a graph given by the successors of each node.

    >>> components({"a": ("b",), "b": ("c", "b"), "c": ("b", "d"), "d": ()})
    [('d',), ('b', 'c'), ('a',)]
    """
    search = _Tarjan(successors)
    for node in successors:
        search.visit(node)
    return search.found


class _Tarjan:
    """Depth-first search; `low` is the least number that a node reaches among those not yet in a component."""

    def __init__(self, successors: dict[str, tuple[str, ...]]) -> None:
        self.successors = successors
        self.number: dict[str, int] = {}
        self.low: dict[str, int] = {}
        self.path: list[str] = []
        self.found: list[tuple[str, ...]] = []

    def visit(self, node: str) -> None:
        if node in self.number:
            return
        self.number[node] = self.low[node] = len(self.number)
        self.path.append(node)
        for successor in self.successors[node]:
            self.visit(successor)
            if successor in self.path:
                self.low[node] = min(self.low[node], self.low[successor])
        if self.low[node] == self.number[node]:
            at = self.path.index(node)
            self.found.append(tuple(self.path[at:]))
            del self.path[at:]


def fresh_capacities(module: Module) -> Iterator[str]:
    """Names of dims that the module does not use: r0, r1, ..."""
    taken = {d.name for g in module.graphs for v in variables(g.body) for d in dims(v.type)}
    k = 0
    while True:
        if f"r{k}" not in taken:
            yield f"r{k}"
        k += 1


def variables(block: Block) -> Iterator[Var]:
    """Every variable that a block or a block inside it defines."""
    yield from block.params
    for eqn in block.eqns:
        yield from eqn.outputs
        for inner in blocks_of(eqn):
            yield from variables(inner)


def dims(type: Type) -> Iterable[SymDim]:
    """The symbolic dims in a type."""
    if isinstance(type, Stack):
        capacity = (type.capacity,) if isinstance(type.capacity, SymDim) else ()
        return (*dims(type.elem), *capacity)
    return tuple(d for d in type.shape if isinstance(d, SymDim)) if isinstance(type, Array) else ()
