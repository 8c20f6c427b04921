"""A compiled function inside an outer jax transformation: `jax.jit`, `jax.vmap`, `jax.grad`, `shard_map` of it.

Where an argument is a jax tracer, the module becomes part of the outer computation. Two things need help.

* Reverse mode through a loop of unknown length: jax has none. Such a module becomes a `jax.custom_vjp`, whose backward
  pass is the module's own derivative, made by `ad`. It is itself such a function, so `jax.grad` nests. (Forward mode of
  jax through it is an error of jax's; use `myialike.jvp`.)
* A tape of unknown length: XLA needs a bound inside of an outer trace, where nothing can be run again. There the
  printed Python of the module runs on the host, by a callback: slower, but right for every length.

A check that fails on the host raises, as an error of jax's that quotes it. In XLA code inside of an outer trace nothing
can raise: there a failed check makes the floating results NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import numpy as np
from jax.experimental import io_callback

from myialike.ir.syntax import For, Lit, Module, Prim, Var, While, walk
from myialike.ir.types import Array, SymDim, is_float, static_shape
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


class Traced:
    """A module as a function of tracers: `run` is its executable.

    A module with functions that have derivatives of their own has them still; in the executable's module they are gone,
    and jax would see nothing of their rules. So it is differentiated by `ad` too.
    """

    def __init__(self, module: Module, run: Any, is_jax: Callable[[Any], str], checks: bool) -> None:
        self.module = Module((Pipeline(is_jax).prepare(module),)) if len(module.graphs) > 1 else module
        self.run = run
        self.is_jax = is_jax
        self.checks = checks
        self.types = [r.type for r in module.entry.results if isinstance(r.type, Array)]
        self.on_host = has_open_tape(run.module) or not isinstance(run, XlaExecutable)
        self.by_jax = not (self.on_host or has_open_loop(self.module) or has_functions(self.module))
        self._pull: Traced | None = None

    def __call__(self, leaves: Leaves) -> tuple[Any, ...]:
        if self.by_jax:
            return tuple(self.run.trace(leaves))
        call = jax.custom_vjp(lambda *xs: self.forward(xs))
        call.defvjp(lambda *xs: (tuple(call(*xs)), xs), self.backward)
        return tuple(call(*leaves))

    def forward(self, leaves: Leaves) -> tuple[Any, ...]:
        if not any(isinstance(x, jax.core.Tracer) for x in leaves):
            return tuple(self.run(leaves))
        return self.host(leaves) if self.on_host else tuple(self.run.trace(leaves))

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

    def backward(self, leaves: Leaves, bars: Leaves) -> tuple[Any, ...]:
        """Cotangents of the leaves from those of the results."""
        params = self.module.entry.params
        floating = [bar for bar, t in zip(bars, self.types, strict=True) if is_float(t)]
        found = iter(self.pull()([*leaves, *floating])[len(self.types) :])
        pairs = zip(params, leaves, strict=True)
        return tuple(_like(next(found), x) if is_float(p.type) else _no_cotangent(p) for p, x in pairs)

    def pull(self) -> Traced:
        """The vector-Jacobian product with respect to all floating leaves."""
        if self._pull is None:
            pipeline, entry = Pipeline(self.is_jax), self.module.entry
            active = tuple(is_float(p.type) for p in entry.params)
            seeded = tuple(True for r in entry.results if is_float(r.type))
            module = Module((pipeline.vjp(silenced(entry), active, seeded),))  # it printed on the way forward
            run = type(self.run)(pipeline.final(module, "xla"), self.checks)
            self._pull = Traced(module, run, self.is_jax, self.checks)
        return self._pull


def _like(bar: Any, leaf: Any) -> Any:
    """A cotangent in the dtype that jax holds its primal in."""
    return jax.numpy.asarray(bar, dtype=jax.numpy.result_type(leaf))


def _no_cotangent(param: Var) -> Any:
    assert isinstance(param.type, Array)
    return np.zeros(static_shape(param.type), jax.dtypes.float0)
