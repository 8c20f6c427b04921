"""How programs are measured: the functions of a program in turn, many times, in CPU time of this process.

CPU time leaves out what other processes take. What remains of their influence (caches, clock speed) changes slowly, so
a ratio is the median of the ratios of neighbouring measurements. The times beside it are medians. All numbers are f64,
arguments are jax arrays (NumPy arrays for printed Python), and a measurement ends when the last result is there.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.program import Function, Program
from myialike import compile, value_and_grad


@dataclass(frozen=True)
class Effort:
    """How often, and for about how many seconds each, the functions of a program are measured."""

    rounds: int = 7
    seconds: float = 0.03


@dataclass(frozen=True)
class Measured:
    """CPU seconds per call, one number for each round; those that the first call took beyond that; its result."""

    times: tuple[float, ...]
    compilation: float
    result: Any

    @property
    def time(self) -> float:
        return statistics.median(self.times)

    def over(self, other: Measured) -> float:
        """How many times as long this takes."""
        return statistics.median(a / b for a, b in zip(self.times, other.times, strict=True))


def cpu_seconds(function: Function, args: Sequence[Any], calls: int) -> tuple[float, Any]:
    """CPU seconds per call, over `calls` calls in a row, and the last result."""
    start = time.process_time()
    for _ in range(calls):
        result = function(*args)
    jax.block_until_ready(result)
    return (time.process_time() - start) / calls, result


def measure(functions: dict[str, Function], args: Sequence[Any], effort: Effort) -> dict[str, Measured]:
    """Measures functions of the same arguments in turn."""
    firsts = {name: cpu_seconds(f, args, 1) for name, f in functions.items()}
    laters = {name: cpu_seconds(f, args, 1)[0] for name, f in functions.items()}
    calls = {name: max(1, round(effort.seconds / laters[name])) for name in functions}
    times: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(effort.rounds):
        for name, f in functions.items():
            times[name].append(cpu_seconds(f, args, calls[name])[0])
    return {
        name: Measured(tuple(times[name]), max(0.0, first - laters[name]), result)
        for name, (first, result) in firsts.items()
    }


@dataclass(frozen=True)
class Beside:
    """A program at one size: value, and value and gradient, ours and jax's."""

    n: int
    value: Measured
    gradient: Measured
    jax_value: Measured
    jax_gradient: Measured


def on_xla(program: Program, n: int, effort: Effort) -> Beside:
    """Measures a program beside jax's. Raises AssertionError where the results differ."""
    args = [jnp.asarray(a) if isinstance(a, np.ndarray) else a for a in program.arguments(n)]
    functions = {
        "value": compile(program.ours),
        "gradient": value_and_grad(program.ours),
        "jax value": jax.jit(program.theirs),
        "jax gradient": jax.jit(jax.value_and_grad(program.theirs)),
    }
    found = measure(functions, args, effort)
    compare(program, n, found["gradient"].result, found["jax gradient"].result)
    return Beside(n, *found.values())


def on_python(program: Program, n: int, effort: Effort) -> tuple[Measured, Measured]:
    """Measures value, and value and gradient, as printed Python."""
    functions = {
        "value": compile(program.ours, backend="python"),
        "gradient": compile(value_and_grad(program.ours), backend="python"),
    }
    found = measure(functions, program.arguments(n), effort)
    return found["value"], found["gradient"]


def compare(program: Program, n: int, ours: Any, theirs: Any) -> None:
    """Raises AssertionError unless value and gradient agree, up to 1e-9 of the largest element."""
    for what, a, b in zip(("value", "gradient"), ours, theirs, strict=True):
        scale = float(np.max(np.abs(b)))
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-9 * scale, err_msg=f"{what} of {program.name}, n={n}")


def growth(smaller: tuple[int, float], larger: tuple[int, float]) -> float:
    """The p of time ~ n ** p, from (n, time) at two sizes: the slope in a plot of logarithms."""
    (n1, t1), (n2, t2) = smaller, larger
    return math.log(t2 / t1) / math.log(n2 / n1)
