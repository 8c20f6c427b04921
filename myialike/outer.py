"""A compiled function inside an outer jax transformation: `jax.jit`, `jax.vmap`, `jax.grad`, `shard_map` of it.

Where an argument is a jax tracer, the module becomes part of the outer computation. Two things need help.

* Reverse mode through a loop of unknown length: jax has none. Such a module becomes a `jax.custom_jvp`, whose tangents
  are a linear function with a transpose (`jax_linear`), and both are the module's own derivatives, made by `ad`. They
  are themselves such functions, so both modes of jax nest, to any order.
  So does a module with floats of 64 bits where jax has these switched off: jax would make zeros of 32 bits for them.
* A tape of unknown length: XLA needs a bound inside of an outer trace, where nothing can be run again. There
  derivatives are made with checkpoints in a buffer of fixed size (`ad.revolving`). Where a loop carries a stack, as
  that of a recursive function does, the printed Python of the module runs on the host, by a callback: slower, but
  right for every length.

A check that fails on the host raises, as an error of jax's that quotes it. In XLA code inside of an outer trace nothing
can raise: there a failed check makes the floating results NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import Any

import jax
import numpy as np
from jax.custom_derivatives import SymbolicZero
from jax.experimental import io_callback

from myialike.ir.syntax import For, Lit, Module, Prim, While, walk
from myialike.ir.types import C128, F64, Array, SymDim, is_float, static_shape
from myialike.jax_linear import linear_call, type_of
from myialike.ops.effects import has_prints, silenced
from myialike.opt.expand import has_functions
from myialike.pipeline import Pipeline, PythonExecutable, XlaExecutable

Leaves = Sequence[Any]


def has_open_tape(module: Module) -> bool:
    """Whether a stack of the module has no known capacity."""
    return any(isinstance(e, Prim) and e.op == "stack_new" and isinstance(dict(e.attrs)["capacity"], (str, SymDim))
               for e in walk(module.entry.body))


def has_open_loop(module: Module) -> bool:
    """Whether jax's own reverse mode would meet a loop of unknown length."""
    return any(isinstance(e, While) or (isinstance(e, For) and not all(isinstance(a, Lit) for a in e.over))
               for e in walk(module.entry.body))


def has_wide_floats(module: Module) -> bool:
    """Whether a module computes with floats of 64 bits."""
    values = (*module.entry.params, *(o for e in walk(module.entry.body) for o in e.outputs))
    return any(isinstance(v.type, Array) and v.type.dtype in (F64, C128) for v in values)


class Traced:
    """A module as a function of tracers: `run` is its executable.

    A module with functions that have derivatives of their own has them still; in the executable's module they are gone,
    and jax would see nothing of their rules. So it is differentiated by `ad` too.

    What is called with values, not with tracers, is run as any compiled function is, with tapes as long as they have to
    be. `alternative` makes the same without tapes of unknown length, for tracers; `in_bounds` says that it is so made.
    """

    def __init__(
        self,
        module: Module,
        run: Any,
        is_jax: Callable[[Any], str],
        checks: bool,
        alternative: Callable[[], Traced] | None = None,
        in_bounds: bool = False,
    ) -> None:
        self.module = Module((Pipeline(is_jax).prepare(module),)) if len(module.graphs) > 1 else module
        self.run = run
        self.is_jax = is_jax
        self.checks = checks
        self.alternative, self.in_bounds = alternative, in_bounds
        self.types = [r.type for r in module.entry.results if isinstance(r.type, Array)]
        self.on_host = has_open_tape(run.module) or not isinstance(run, XlaExecutable)
        self.by_jax = not (self.on_host or has_open_loop(self.module) or has_functions(self.module))
        self.is_wide = has_wide_floats(self.module)
        self._derivatives: dict[tuple[bool, tuple[bool, ...]], Traced] = {}

    def __call__(self, leaves: Leaves) -> tuple[Any, ...]:
        if self.by_jax and not (self.is_wide and jax.dtypes.canonicalize_dtype(F64) != F64):
            return tuple(self.run.trace(leaves))
        call = jax.custom_jvp(lambda *xs: self.forward(xs))
        call.defjvp(lambda xs, dots: self.tangents(call, xs, dots), symbolic_zeros=True)
        return tuple(call(*leaves))

    def forward(self, leaves: Leaves) -> tuple[Any, ...]:
        if not any(isinstance(x, jax.core.Tracer) for x in leaves):
            return _held(self.run(leaves), leaves)
        if not self.on_host:
            return tuple(self.run.trace(leaves))
        fitting = self.bounded
        return self.host(leaves) if fitting.on_host else tuple(fitting.run.trace(leaves))

    @cached_property
    def bounded(self) -> Traced:
        """The same without tapes of unknown length, as far as that is possible."""
        if self.in_bounds or not isinstance(self.run, XlaExecutable):
            return self
        if self.alternative is not None:
            return self.alternative()
        return Traced(self.module, self.run, self.is_jax, self.checks, in_bounds=True)

    def host(self, leaves: Leaves) -> tuple[Any, ...]:
        """The results from Python on the host."""
        executable = PythonExecutable(self.run.module, self.checks)
        dtypes = [jax.dtypes.canonicalize_dtype(t.dtype) for t in self.types]
        pairs = zip(self.types, dtypes, strict=True)
        shapes = [jax.eval_shape(partial(jax.numpy.zeros, static_shape(t), d)) for t, d in pairs]

        def run(*values: Any) -> tuple[Any, ...]:
            results = executable([np.asarray(v) for v in values])
            return tuple(np.asarray(r, dtype=d) for r, d in zip(results, dtypes, strict=True))

        if has_prints(self.module.entry):
            return tuple(io_callback(run, tuple(shapes), *leaves, ordered=True))
        return tuple(jax.pure_callback(run, tuple(shapes), *leaves, vmap_method="sequential"))

    def tangents(self, call: Callable[..., Any], leaves: Leaves, dots: Leaves) -> tuple[Any, Any]:
        """The results, and their tangents for those of the leaves; a symbolic zero is that of a constant."""
        outs, params = call(*leaves), self.module.entry.params
        moving = tuple(is_float(p.type) and not isinstance(d, SymbolicZero) for p, d in zip(params, dots, strict=True))
        floating = [k for k, t in enumerate(self.types) if is_float(t)]
        types = [type_of(outs[k]) for k in floating]
        xs = [dot for dot, moves in zip(dots, moving, strict=True) if moves]
        back = [type_of(x) for x in xs]

        def pushed(residuals: Leaves, xs: Leaves) -> Leaves:
            return _typed(self.derivative(moving, False)([*residuals, *xs]), types)

        def pulled(residuals: Leaves, bars: Leaves) -> Leaves:
            return _typed(self.derivative(moving, True)([*residuals, *bars]), back)

        out_dots = [np.zeros(jax.numpy.shape(out), jax.dtypes.float0) for out in outs]
        for k, dot in zip(floating, linear_call(pushed, pulled, leaves, xs, types), strict=True):
            out_dots[k] = dot
        return tuple(outs), tuple(out_dots)

    def derivative(self, moving: tuple[bool, ...], reverse: bool) -> Traced:
        """From leaves and tangents of those that move, the tangents of the floating results; or the transpose."""
        key = reverse, moving
        if key not in self._derivatives:
            pipeline = Pipeline(self.is_jax, self.in_bounds)
            entry = silenced(self.module.entry)  # it printed with the value
            seeded = tuple(True for r in entry.results if is_float(r.type))
            graph = pipeline.vjp(entry, moving, seeded) if reverse else pipeline.jvp(entry, moving)
            graph = replace(graph, body=replace(graph.body, results=graph.results[len(entry.results) :]))
            module = Module((pipeline.prepare(Module((graph,))),))
            run = type(self.run)(pipeline.final(module, "xla"), self.checks)

            def alternative() -> Traced:
                return self.bounded.derivative(moving, reverse)

            more = None if self.in_bounds else alternative
            self._derivatives[key] = Traced(module, run, self.is_jax, self.checks, more, self.in_bounds)
        return self._derivatives[key]


def _held(results: Leaves, leaves: Leaves) -> tuple[Any, ...]:
    """Results in the dtypes that jax holds: of 32 bits where it has 64 switched off, unless a leaf has 64."""
    canonical = jax.dtypes.canonicalize_dtype
    if any(isinstance(x, jax.Array) and x.dtype != canonical(x.dtype) for x in leaves):
        return tuple(results)
    return tuple(r if r.dtype == canonical(r.dtype) else r.astype(canonical(r.dtype)) for r in results)


def _typed(dots: Leaves, types: Sequence[Any]) -> Leaves:
    """Tangents or cotangents in the dtypes that jax holds their primals in."""
    return [jax.numpy.asarray(dot, dtype=t.dtype) for dot, t in zip(dots, types, strict=True)]
