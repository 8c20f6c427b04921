"""Calls made loops: a module becomes one graph without calls.

Most calls have been made part of their callers (`myialike.opt.inlining`). Graphs that call each other, or themselves,
form a strongly connected component of the call graph; a call of one of them from outside is replaced by a loop that
runs them all, as `myialike.opt.state_machine` tells. What was not inlined because it is too large becomes such a loop
too, so that each graph is there once.

The result can be differentiated like any other graph: reverse mode needs to know nothing of recursion.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from myialike.ir.syntax import Block, Graph, Module, Var, blocks_of
from myialike.ir.types import Array, Stack, SymDim, Type
from myialike.opt.call_graph import callees, recursive
from myialike.opt.inlining import inlined, spliced
from myialike.opt.state_machine import machine


def to_loops(module: Module) -> Graph:
    """The module's entry graph without calls: they are inlined, or, where they are recursive or many, made loops."""
    return _Lowering(inlined(module)).lower(module.entry.name)


class _Lowering:
    """`done` holds the graphs that have been rid of their calls."""

    def __init__(self, module: Module) -> None:
        self.graphs = {g.name: g for g in module.graphs}
        self.cycles = recursive(module)
        self.capacities = fresh_capacities(module)
        self.done: dict[str, Graph] = {}

    def lower(self, name: str) -> Graph:
        if name not in self.done:
            self.done[name] = self.lowered(name)
        return self.done[name]

    def lowered(self, name: str) -> Graph:
        if name in self.cycles:
            members = {member: self.inlined(member, self.cycles[name]) for member in self.cycles[name]}
            return machine(members, name, next(self.capacities))
        group = self.called(name)
        members = {member: self.inlined(member, group) for member in group}
        return members[name] if len(group) == 1 else machine(members, name, len(group))

    def called(self, name: str) -> tuple[str, ...]:
        """A graph that is not recursive and those like it that it calls, directly or indirectly."""
        found = dict.fromkeys([name])
        work = [name]
        while work:
            more = [c for c in callees(self.graphs[work.pop()]) if c not in found and c not in self.cycles]
            found.update(dict.fromkeys(more))
            work += more
        return tuple(found)

    def inlined(self, name: str, kept: tuple[str, ...]) -> Graph:
        """The graph with the calls of others than `kept` inlined."""
        graph = self.graphs[name]
        return spliced(graph, {callee: self.lower(callee) for callee in callees(graph) if callee not in kept})


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
