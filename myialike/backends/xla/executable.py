"""A module as something to call: compiled by `jax.jit` once for each choice of capacities.

Inside, every value has exactly the dtype that the IR says, f64 included, whatever the user's jax configuration is:
tracing and calling happen under the thread-local `jax.enable_x64`, and nothing of it is left behind.

The first choice of an open capacity is small. A run that it is too small for reports what it needs; the capacity
becomes that and a little more, at least twice what it was, and the run is made again, from the same inputs, so the
results never depend on the choice. n steps of a loop cost at most log2(n) compilations, once, and mostly one: see
`machine`.

If XLA cannot make the kernels that it is asked for (`kernels`), the program is compiled without, and the logger of this
module says so, at level INFO.

    fn = Executable(module)
    y, = fn([np.arange(3.0), 2])
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from myialike.backends.xla.kernels import Kernels
from myialike.backends.xla.lower import Lowering
from myialike.backends.xla.plan import ERROR, Plan
from myialike.backends.xla.printing import Printer
from myialike.backends.xla.report import Report, encoded
from myialike.backends.xla.tapes import Tape, WithTapes, tapes_of
from myialike.errors import CapacityError, UnsupportedError, deep_recursion
from myialike.ir.syntax import Module
from myialike.ir.types import Array

FIRST_CAPACITY = 64
_log = logging.getLogger(__name__)
_PYTHON_SCALARS = frozenset({bool, int, float, complex})


@dataclass(slots=True)
class Stats:
    """What an executable has cost so far: `lowerings` counts the times its module was traced and compiled.

    `refused` is the reason if kernels that were asked for could not be made: what XLA said, if it was its.
    """

    lowerings: int = 0
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A choice of capacities and the jitted function for it."""

    capacities: Mapping[str, int]
    function: Callable[..., Any]


class Executable:
    """A typed module, compiled by XLA.

    Args:
        module: typed IR without recursion, whose entry takes and returns arrays.
        checks: whether the `check` equations raise; False leaves them out.

    Attributes:
        stats: counters, for tests and reports.
    """

    def __init__(self, module: Module, checks: bool = True) -> None:
        self.module = module
        self.stats = Stats()
        self._plan = Plan(module, checks)
        self._dtypes = [p.type.dtype for p in module.entry.params if isinstance(p.type, Array)]
        self._has_state = bool(self._plan.sites or self._plan.capacities or self._plan.has_prints)
        self._printer = Printer()
        self._is_one_cpu = jax.default_backend() == "cpu" and jax.device_count() == 1  # no other device for arguments
        self._kernels = self._plan.kernels if jax.default_backend() == "cpu" else Kernels()
        self._compiled = self._compile(dict.fromkeys(self._plan.capacities, FIRST_CAPACITY))
        self._traced = jax.jit(self._run_inside)

    def __call__(self, leaves: Sequence[Any]) -> tuple[jax.Array, ...]:
        """The results for NumPy arrays, Python scalars or jax arrays, given in the order of the parameters.

        Results are dispatched asynchronously, unless the module has checks, prints or open capacities. What a run
        prints is written when it has ended.

        Raises:
            Exception: the error of the first check that fails, with a note that shows the user's line.
        """
        with jax.enable_x64(True):
            if not _PYTHON_SCALARS.isdisjoint(map(type, leaves)):
                leaves = [_array_of(x, d) for x, d in zip(leaves, self._dtypes, strict=True)]
            if not self._has_state:
                return self._call(leaves)  # type: ignore[no-any-return]
            return self._call_until_it_fits(leaves)

    def trace(self, leaves: Sequence[Any]) -> tuple[jax.Array, ...]:
        """The results where some leaves are tracers of an outer jax transformation, which they become part of.

        Where the outer trace has x64 disabled, results of 64 bits are given in 32, as jax itself does, except that
        they are kept if a leaf has 64 bits. Checks cannot raise here: one that fails makes all floating results NaN.

        Raises:
            UnsupportedError: the module has a stack of open capacity, for which it may have to be run again.
        """
        if self._plan.capacities:
            raise UnsupportedError(
                "the gradient of a loop of unknown length cannot be traced into an outer jax transformation yet",
                self.module.entry.loc,
                hint="call it outside; it is compiled already, jax.jit is not needed around it",
            )
        if _x64_is_enabled():
            return tuple(self._traced(*leaves))
        # A `vmap` with x64 off holds NumPy arrays of 64 bits and says they have 32; an operation makes that true.
        leaves = [jnp.copy(x) if isinstance(x, jax.core.Tracer) else x for x in leaves]
        with jax.enable_x64(True):
            results = self._traced(*leaves)
        if any(_has_64_bits(x) for x in leaves):
            return tuple(results)
        return tuple(r.astype(jax.dtypes.canonicalize_dtype(r.dtype)) for r in results)

    # Compiling

    def _compile(self, capacities: Mapping[str, int]) -> _Compiled:
        order = self._plan.order
        one = jnp.ones((), np.int8) if order.accesses or order.once or self._plan.split_ifs else None
        options = dict(self._kernels.options) or None
        tapes = tapes_of(self.module, capacities) if self._is_one_cpu else ()
        if tapes:
            jitted = jax.jit(partial(self._run_with, capacities, tapes), compiler_options=options, donate_argnums=(1,))
            return _Compiled(capacities, WithTapes(jitted, (one,), tapes))
        jitted = jax.jit(partial(self._run, capacities), compiler_options=options)
        return _Compiled(capacities, partial(jitted, one) if self._plan.has_prints else partial(jitted, one, None))

    def _run(self, capacities: Mapping[str, int], one: jax.Array | None, run: jax.Array | None, *leaves: Any) -> Any:
        """The results, and the report on the run if there is machine state; `run` is its number if it prints."""
        loops = self._kernels.loops
        return self._lowered(Lowering(self._plan, capacities, one, loops, printer=self._printer, run=run), leaves)

    def _run_with(
        self,
        capacities: Mapping[str, int],
        tapes: tuple[Tape, ...],
        one: jax.Array | None,
        buffers: tuple[jax.Array, ...],
        *leaves: Any,
    ) -> Any:
        """As `_run`, with memory for some tapes, which comes back beside the results."""
        lowering = Lowering(self._plan, capacities, one, self._kernels.loops, tapes=tapes, buffers=buffers)
        return self._lowered(lowering, leaves), lowering.buffers

    def _lowered(self, lowering: Lowering, leaves: Sequence[Any]) -> Any:
        self.stats.lowerings += 1
        with deep_recursion():
            results = lowering.run(leaves)
        return (results, encoded(lowering)) if self._has_state else results

    def _run_inside(self, *leaves: Any) -> tuple[jax.Array, ...]:
        """The results as part of an outer computation, where nothing can be raised."""
        self.stats.lowerings += 1
        lowering = Lowering(self._plan, {}, raising=False)
        results = lowering.run(leaves)
        if ERROR not in lowering.machine.state:
            return results
        failed = lowering.machine.state[ERROR].number != 0
        return tuple(_poisoned(r, failed) for r in results)

    # Running

    def _call(self, arguments: Sequence[Any]) -> Any:
        """What the compiled function gives; without kernels if XLA cannot make those that it is asked for.

        It cannot for arrays that are spread over several devices: those in a kernel do not talk to each other.
        """
        if self._kernels.loops and not self._is_one_cpu and any(map(_is_spread, arguments)):
            return self._without_kernels("an argument is spread over several devices", arguments)
        try:
            return self._compiled.function(*arguments)
        except jax.errors.JaxRuntimeError as error:
            if not self._kernels.loops or "UNIMPLEMENTED" not in str(error):
                raise
            reason = f"XLA says: {error}"
        return self._without_kernels(reason, arguments)

    def _without_kernels(self, reason: str, arguments: Sequence[Any]) -> Any:
        """What the function gives that is compiled anew without kernels, from now on."""
        self.stats.refused = reason
        _log.info("%s is compiled without kernels, and is slower so; %s", self.module.entry.name, reason)
        self._kernels = Kernels()
        self._compiled = self._compile(self._compiled.capacities)
        return self._compiled.function(*arguments)

    def _call_until_it_fits(self, leaves: Sequence[Any]) -> tuple[jax.Array, ...]:
        while True:
            compiled = self._compiled
            results, report, text = self._run_once(leaves)
            error = report.exception() if report.failed else None
            if text and not isinstance(error, CapacityError) and (error or report.fits(compiled.capacities)):
                print(text, end="")
            if error is not None:
                raise error
            if report.fits(compiled.capacities):
                return results
            self._grow(compiled.capacities, report.needed())

    def _run_once(self, leaves: Sequence[Any]) -> tuple[tuple[jax.Array, ...], Report, str]:
        """The results of a run that may have to be made again, the report on it, and what it printed."""
        if not self._plan.has_prints:
            results, state = self._call(leaves)
            return results, Report(self._plan, state), ""
        with self._printer.listening() as (run, texts):
            results, state = self._call((run, *leaves))
            return results, Report(self._plan, state), "".join(texts)

    def _grow(self, capacities: Mapping[str, int], needed: Mapping[str, int]) -> None:
        """Compile with at least the capacities that are needed, for now and for later calls."""
        grown = {c: n if needed[c] <= n else _grown(n, needed[c]) for c, n in capacities.items()}
        self._compiled = self._compile(grown)


def _grown(capacity: int, needed: int) -> int:
    """At least twice the capacity, and what is needed, rounded up to three binary digits."""
    least = max(2 * capacity, needed)
    unit = 1 << max(0, least.bit_length() - 3)
    return -(-least // unit) * unit


def _array_of(leaf: Any, dtype: Any) -> Any:
    return dtype.type(leaf) if type(leaf) in _PYTHON_SCALARS else leaf


def _x64_is_enabled() -> bool:
    return bool(jax.dtypes.canonicalize_dtype(np.float64) == np.float64)


def _is_spread(x: Any) -> bool:
    """Whether an array has parts on several devices."""
    return isinstance(x, jax.Array) and len(x.sharding.device_set) > 1


def _has_64_bits(leaf: Any) -> bool:
    return isinstance(leaf, jax.Array) and leaf.dtype in (np.float64, np.complex128, np.int64, np.uint64)


def _poisoned(result: jax.Array, failed: jax.Array) -> jax.Array:
    """NaN in place of a floating result if a check has failed."""
    if not jnp.issubdtype(result.dtype, jnp.inexact):
        return result
    return jnp.where(failed, jnp.full_like(result, np.nan), result)
