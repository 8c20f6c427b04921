"""How programs are measured: all of one program's functions in turn, many times, in CPU time of this process.

CPU time leaves out what other processes take; what remains of them (caches, clock speed) changes slowly, so a ratio is
the median of the ratios of neighbouring measurements. The times beside it are medians.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from benchmarks.program import Function, Program
from myialike import compile, value_and_grad


@dataclass(frozen=True)
class Measured:
    """Seconds of one function: of each measurement, and of the first call less a later one: the compilation."""

    times: tuple[float, ...]
    compilation: float

    @property
    def time(self) -> float:
        return statistics.median(self.times)

    def over(self, other: Measured) -> float:
        """How many times as long this takes."""
        return statistics.median(a / b for a, b in zip(self.times, other.times, strict=True))


def cpu_seconds(function: Function, args: Sequence[Any], calls: int) -> float:
    """CPU seconds per call, over `calls` calls in a row."""
    start = time.process_time()
    for _ in range(calls):
        result = function(*args)
    jax.block_until_ready(result)
    return (time.process_time() - start) / calls


def measure(functions: dict[str, Function], args: Sequence[Any], rounds: int, slice_: float) -> dict[str, Measured]:
    """Measures functions of the same arguments, each for about `slice_` seconds, `rounds` times in turn."""
    firsts = {name: cpu_seconds(f, args, 1) for name, f in functions.items()}
    laters = {name: cpu_seconds(f, args, 1) for name, f in functions.items()}
    calls = {name: max(1, round(slice_ / laters[name])) for name in functions}
    times: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(rounds):
        for name, f in functions.items():
            times[name].append(cpu_seconds(f, args, calls[name]))
    return {name: Measured(tuple(times[name]), firsts[name] - laters[name]) for name in functions}


def exponent(sizes: Sequence[int], times: Sequence[float]) -> float:
    """The p of time ~ size ** p that fits best: the slope of a line through the logarithms."""
    return float(np.polyfit(np.log(sizes), np.log(times), 1)[0])


def functions(program: Program) -> dict[str, Function]:
    """What is measured on XLA: value, and value and gradient, ours and jax's."""
    return {
        "ours": compile(program.ours),
        "ours'": value_and_grad(program.ours),
        "jax": jax.jit(program.theirs),
        "jax'": jax.jit(jax.value_and_grad(program.theirs)),
    }


def on_python(program: Program) -> dict[str, Function]:
    """The same two of ours, as printed Python."""
    return {
        "ours": compile(program.ours, backend="python"),
        "ours'": compile(value_and_grad(program.ours), backend="python"),
    }
