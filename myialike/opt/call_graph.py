"""Who calls whom: the call graph of a module, and its strongly connected components (Tarjan, 1972)."""

from __future__ import annotations

from myialike.ir.syntax import Call, Graph, Module, walk


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


def recursive(module: Module) -> dict[str, tuple[str, ...]]:
    """The graphs that call themselves, directly or through others, each with all that it is in a cycle with."""
    calls = {g.name: callees(g) for g in module.graphs}
    groups = components(calls)
    return {name: group for group in groups for name in group if len(group) > 1 or name in calls[name]}
