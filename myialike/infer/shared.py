"""Functions that are called many times: inferred once for arguments of one kind, and called by name.

A call is run in place (`myialike.infer.calls`), so what inference does grows with the tree of calls, which may be
exponential in the size of the program:

    def f0(x): ...
    def f1(x): return f0(sin(x)) + f0(x + 1)
    def f2(x): return f1(sin(x)) + f1(x + 1)        f24 calls f0 16,777,216 times

Most programs are small all the same, and gain from what is known at each call. So inference begins by running every
call in place, and begins again, sharing, when that gets out of hand (`TooLarge`). Then a function that was called more
than once is run as a graph of its own (`myialike.infer.isolate`), once for each *signature*, and its calls are calls of
that graph. A signature is everything that a run of the function can depend on: structure and
types of its arguments, of what it captures and of the hidden inputs, which objects and which numbers among them are the
same, the values of those known at compile time, bounds of ints, and the order of arrays in memory.

What cannot be shared so is run in place as before: a function that needs a number at compile time, whose run does not
come to an end, or that changes one of two arrays that may be the same. Small functions always are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from myialike.errors import CompileError, CompilerBug
from myialike.infer.freeze import Freezing
from myialike.infer.growing import Regrow
from myialike.infer.isolate import Isolated, called_again, isolate
from myialike.infer.machine import Machine, NeedStatic, Unreachable
from myialike.infer.signals import Signal
from myialike.infer.values import Fn, Value, name_of
from myialike.infer.widen import Mismatch
from myialike.ir.names import numberless
from myialike.ir.syntax import Block, Graph, walk

SMALL = 40  # a function whose run visits fewer equations, those of its callees included, is always run in place
PATIENCE = 10_000  # how many equations are visited before calls are shared
LARGE = 5_000  # how many equations a program may have, with its calls in place, before they are shared


@dataclass(slots=True)
class Sharing:
    """What is known of the functions called so far.

    Attributes:
        seen: the functions that have been run in place and are not small, by their ids.
        repeated: those of them that have been run more than once.
        on: whether calls of those in `seen` are shared.
        known: the graphs for the signatures met, None where there cannot be one.
        visited: how many equations a run of each graph would visit in place, by its name.
        saved: how many of them were not visited, since their calls are shared.
    """

    seen: dict[int, Graph] = field(default_factory=dict)
    repeated: dict[int, Graph] = field(default_factory=dict)
    on: bool = False
    known: dict[Any, Isolated | None] = field(default_factory=dict)
    visited: dict[str, int] = field(default_factory=dict)
    saved: int = 0

    def again(self) -> Sharing:
        """What an attempt to infer begins with."""
        return Sharing(dict(self.repeated), on=True) if self.on else Sharing()

    def note(self, graph: Graph, visited: int) -> None:
        """Note that a function was run in place, and how many equations that visits with no calls shared."""
        if visited >= SMALL:
            (self.repeated if id(graph) in self.seen else self.seen)[id(graph)] = graph

    def check_visited(self, visited: int) -> None:
        """Begin again where calls have cost too much."""
        if self.repeated and not self.on and visited > PATIENCE:
            raise TooLarge(self)

    def check_size(self, block: Block) -> None:
        """Begin again where the program with its calls in place is too large."""
        if self.repeated and not self.on and sum(1 for _ in walk(block)) > LARGE:
            raise TooLarge(self)


class TooLarge(Signal):
    """Inference must begin again and share what is called several times."""

    def __init__(self, found: Sharing) -> None:
        self.sharing = Sharing(repeated=found.repeated, on=True)


def shared_call(m: Machine, graph: Graph, values: list[Value], run: Callable[[list[Value]], Value]) -> Value | None:
    """The result of a call by name; None where the function must be run in place.

    Functions of the library have no places of their own: what fails in them is blamed on the call.
    """
    if m.pools.specs or not m.sharing.on or graph.loc is None or id(graph) not in m.sharing.seen:
        return None
    if any(active.name for active in m.active):
        return None  # what a function in a recursion gives is known when the recursion has settled
    mark = m.mark()
    try:
        return _called(m, graph, values, run)
    except CompilerBug:
        raise
    except (CompileError, NeedStatic, Regrow, Unreachable, Mismatch):
        m.rewind(mark)
        return None


def _called(m: Machine, graph: Graph, values: list[Value], run: Callable[[list[Value]], Value]) -> Value | None:
    assert m.world is not None
    frozen = Freezing(m, has_slots=True)
    specs = tuple(frozen.add(v) for v in (*values, *m.world.values()))
    known = frozen.alike(), tuple(frozen.bounds.items()), tuple(frozen.disordered), frozen.may_be_one()
    key = (id(graph), specs, *known)
    if key in m.sharing.known:
        found = m.sharing.known[key]
        if found is None:
            return None
        m.sharing.saved += m.sharing.visited[found.graph.name]
    else:
        found = _known(m, key, graph, values, run)
    return called_again(m, found, frozen)


def _known(m: Machine, key: Any, graph: Graph, values: list[Value], run: Callable[[list[Value]], Value]) -> Isolated:
    """The graph of a function for a signature that is met for the first time, known from now on."""
    m.sharing.known[key] = None
    before = m.visited + m.sharing.saved
    found = m.sharing.known[key] = _isolated(m, graph, values, run)
    m.sharing.visited[found.graph.name] = m.visited + m.sharing.saved - before
    return found


def _isolated(m: Machine, graph: Graph, values: Sequence[Value], run: Callable[[list[Value]], Value]) -> Isolated:
    hints = [numberless(p.name) for p in graph.params]
    hints += ["captured"] * (len(values) - len(hints))
    name = named(m, graph)
    try:
        found = isolate(m, values, hints, run, name, [False] * len(values), as_known=True)
    except BaseException:
        del m.graphs[name]
        raise
    m.graphs[name] = found.graph
    return found


def named(m: Machine, graph: Graph) -> str:
    """A name for a graph of its own that no other has from now on."""
    base, k = name_of(Fn(graph, (), (), None)), 0
    while (name := f"{base}_{k}" if k else base) in m.graphs or name == m.entry_name:
        k += 1
    m.graphs[name] = replace(graph, name=name)
    return name
