"""The order of the stages: the only file that knows it.

    parse      Python function -> dynamic graph                         frontend
    infer      dynamic graph, types of arguments -> typed module        infer (which asks for the next three where the
                                                                         program itself differentiates)
    loops      module -> one graph without calls                        opt.recursion
    optimise   graph -> graph                                           opt
    ad         graph -> graph of its derivative                         ad
    batch      graph for one element -> graph for many                  batching
    expand     module -> module without user's own derivatives          opt.expand
    numerics   module -> module that checks its values, if asked for    opt.numerics
    pack       module -> module whose tapes have bits, for XLA          opt.packing
    backend    module -> something to call                              backends

| after    | dynamic types, closures | typed | If, While, For | Call        |
|----------|-------------------------|-------|----------------|-------------|
| parse    | yes                     | no    | yes            | no          |
| infer    | no                      | yes   | yes            | yes         |
| loops    | no                      | yes   | yes            | no          |
| ad       | no                      | yes   | yes            | no          |
| batch    | no                      | yes   | yes            | no          |
| optimise | no                      | yes   | yes            | as before   |

The verifier runs after every stage and names it when it finds a fault. `Pipeline.log` keeps what each stage gave and
how long it took, for `show`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FunctionType, MappingProxyType
from typing import Any, Protocol

import myialike.ops  # noqa: F401  (fills the table of operations)
from myialike import frontend, opt
from myialike.ad import forward, reverse
from myialike.ad.custom import check_linear
from myialike.ad.cuts import cuts
from myialike.ad.segments import segmented
from myialike.ad.taylor import taylor
from myialike.backends.python import Executable as PythonExecutable
from myialike.backends.python import emit
from myialike.backends.xla import Executable as XlaExecutable
from myialike.batching.vmap import vmap
from myialike.infer.describe import Description
from myialike.infer.machine import Services
from myialike.infer.spec import Spec
from myialike.infer.specialise import Specialised, specialise
from myialike.ir.syntax import Graph, Module
from myialike.ir.text import print_module
from myialike.ir.verify import verify
from myialike.jax_functions import traced
from myialike.opt.expand import expand, has_functions, unbarred
from myialike.opt.inlining import inlined
from myialike.opt.numerics import with_checks
from myialike.opt.packing import packed
from myialike.opt.recursion import to_loops


class Runnable(Protocol):
    """A module as something to call on leaves."""

    module: Module

    def __call__(self, leaves: Sequence[Any]) -> tuple[Any, ...]: ...


@dataclass(frozen=True, slots=True)
class Record:
    """What a stage gave, and the seconds it took."""

    stage: str
    module: Module
    seconds: float


PYTHON_PIECE = 30  # of a program with many calls, functions larger than this are printed as such
MAX_PARSED = 4096
_PARSED: dict[FunctionType, Graph] = {}


@dataclass(slots=True)
class Pipeline:
    """One run of the compiler. `bounded`: derivatives have no tapes of unknown length."""

    is_jax: Callable[[Any], str]
    bounded: bool = False
    log: list[Record] = field(default_factory=list)

    def stage(self, name: str, run: Callable[[], Module]) -> Module:
        """Run a stage, verify what it gives, and note it."""
        start = time.perf_counter()
        module = run()
        self.log.append(Record(name, module, time.perf_counter() - start))
        verify(module, name)
        return module

    def _graph(self, name: str, run: Callable[[], Graph]) -> Graph:
        return self.stage(name, lambda: Module((run(),))).entry

    def parse(self, fn: FunctionType) -> Graph:
        if fn not in _PARSED:
            if len(_PARSED) >= MAX_PARSED:
                _PARSED.clear()
            _PARSED[fn] = self._graph("parse", lambda: frontend.parse(fn))
        return _PARSED[fn]

    def prepare(self, module: Module) -> Graph:
        """A module as one optimised graph without calls."""
        return self.optimise(self._graph("loops", lambda: to_loops(module)))

    def optimise(self, graph: Graph) -> Graph:
        return self._graph("optimise", lambda: opt.optimise(graph))

    def jvp(self, graph: Graph, active: tuple[bool, ...]) -> Graph:
        return check_linear(self.optimise(self._graph("ad", lambda: forward.jvp(graph, active))))

    def vjp(self, graph: Graph, active: tuple[bool, ...], seeded: tuple[bool, ...]) -> Graph:
        vjp = reverse.bounded_vjp if self.bounded else reverse.vjp
        return check_linear(self.optimise(self._graph("ad", lambda: vjp(graph, active, seeded))))

    def vmap(self, graph: Graph, mapped: tuple[bool, ...], size: int) -> tuple[Graph, tuple[bool, ...]]:
        batched, result_mapped = vmap(graph, mapped, size)
        return self.optimise(self._graph("batch", lambda: batched)), result_mapped

    def taylor(self, graph: Graph, active: tuple[bool, ...], order: int) -> Graph:
        return self.optimise(self._graph("ad", lambda: taylor(graph, active, order)))

    def services(self) -> Services:
        cut = (lambda graph, active: graph) if self.bounded else segmented
        return Services(self.parse, self.prepare, self.jvp, self.vjp, self.vmap, self.taylor, cuts, cut, traced)

    def infer(
        self,
        fn: Any,
        args: Sequence[Spec],
        keywords: Sequence[tuple[str, Spec]],
        given: Description,
        capacities: Mapping[str, int] = MappingProxyType({}),
    ) -> Specialised:
        """Infer a function for arguments of some types; `capacities` is the room for lists of run-time length."""
        start = time.perf_counter()
        found = specialise(fn, args, keywords, given, self.services(), self.is_jax, capacities=capacities)
        self.log.append(Record("infer", found.module, time.perf_counter() - start))
        verify(found.module, "infer")
        return found

    def final(self, module: Module, backend: str) -> Module:
        """The module that a backend is given: Python text keeps recursion and many calls, XLA has only loops."""
        if has_functions(module):
            module = self.stage("expand", lambda: expand(module))
        if backend == "python" and len(kept := inlined(module, PYTHON_PIECE).graphs) > 1:
            final = self.stage("optimise", lambda: opt.optimise_module(Module(kept)))
        else:
            final = Module((self.prepare(module),))
        return unbarred(final) if backend == "python" else final

    def executable(self, backend: str, module: Module, checks: bool, check_numerics: bool = False) -> Runnable:
        final = self.final(module, backend)
        if check_numerics:
            final = self.stage("numerics", lambda: with_checks(final))
        if backend == "xla":
            final = self.stage("pack", lambda: packed(final))
        return BACKENDS[backend](final, checks)


BACKENDS: dict[str, Callable[[Module, bool], Runnable]] = {"xla": XlaExecutable, "python": PythonExecutable}


def python_source(module: Module, name: str) -> str:
    """A typed module as Python text."""
    return emit(module, name)


def module_text(module: Module) -> str:
    return print_module(module)


__all__ = [
    "BACKENDS",
    "Pipeline",
    "PythonExecutable",
    "Record",
    "Runnable",
    "XlaExecutable",
    "module_text",
    "python_source",
]
