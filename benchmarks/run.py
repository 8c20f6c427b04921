"""Our times beside jax's, on the same work in the same run.

    python benchmarks/run.py [program ...] [--sizes n ...] [--repeats k]

Each program exists twice: as plain NumPy, compiled by us, and by hand for jax. First the results are compared. Then
both are measured in turn, k times, each time for about 20 ms. The table gives medians; the ratio is the median of the
ratios of neighbouring measurements, which slow changes of the machine's speed do not disturb. All numbers are f64, the
arguments are jax arrays, and a measurement ends when the last result is there. The first call includes compilation.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from myialike import compile, grad, value_and_grad

Function = Callable[..., Any]


@dataclass(frozen=True)
class Program:
    """The same work twice: `make(n)` gives our function, jax's and the arguments of both, for size n."""

    name: str
    sizes: tuple[int, ...]
    make: Callable[[int], tuple[Function, Function, tuple[Any, ...]]]


# Array recurrence: each step reads two neighbours, one of them just written, and writes one element.


def recurrence(x):
    y = np.array(x)
    for i in range(1, len(y) - 1):
        y[i] = np.sin(y[i - 1]) * y[i] + y[i + 1]
    return np.sum(y)


def jax_recurrence(x):
    def step(i, y):
        return y.at[i].set(jnp.sin(y[i - 1]) * y[i] + y[i + 1])

    return jnp.sum(jax.lax.fori_loop(1, len(x) - 1, step, x))


def make_recurrence(n):
    x = np.random.default_rng(0).normal(size=n) * 0.1
    return compile(recurrence), jax.jit(jax_recurrence), (x,)


def make_recurrence_gradient(n):
    x = np.random.default_rng(0).normal(size=n) * 0.1
    return compile(grad(recurrence)), jax.jit(jax.grad(jax_recurrence)), (x,)


# One training step of a network with two layers of width n: matrix products, pointwise functions, reductions.


def mlp_loss(w1, w2, x, y):
    return np.mean((np.tanh(x @ w1) @ w2 - y) ** 2)


def mlp_step(w1, w2, x, y):
    value, (g1, g2) = value_and_grad(mlp_loss, argnums=(0, 1))(w1, w2, x, y)
    return value, w1 - 0.1 * g1, w2 - 0.1 * g2


def jax_mlp_step(w1, w2, x, y):
    def loss(w1, w2):
        return jnp.mean((jnp.tanh(x @ w1) @ w2 - y) ** 2)

    value, (g1, g2) = jax.value_and_grad(loss, argnums=(0, 1))(w1, w2)
    return value, w1 - 0.1 * g1, w2 - 0.1 * g2


def make_mlp(n):
    rng = np.random.default_rng(0)
    args = [rng.normal(size=size) / np.sqrt(n) for size in ((n, n), (n, n), (64, n), (64, n))]
    return compile(mlp_step), jax.jit(jax_mlp_step), tuple(args)


# Newton's square root of n: a scalar loop whose trip count depends on the data. jax has no reverse mode through it, so
# its gradient is taken in forward mode, which is the cheaper one for one input.


def newton(x, tol):
    y = x
    while abs(y * y - x) > tol:
        y = 0.5 * (y + x / y)
    return y


def jax_newton(x, tol):
    return jax.lax.while_loop(lambda y: abs(y * y - x) > tol, lambda y: 0.5 * (y + x / y), x)


def make_newton(n):
    return compile(newton), jax.jit(jax_newton), (np.float64(n), np.float64(1e-9))


def make_newton_gradient(n):
    return compile(grad(newton)), jax.jit(jax.jacfwd(jax_newton)), (np.float64(n), np.float64(1e-9))


PROGRAMS = (
    Program("newton", (2,), make_newton),
    Program("newton-gradient", (2,), make_newton_gradient),
    Program("recurrence", (1000, 4000), make_recurrence),
    Program("recurrence-gradient", (1000, 4000), make_recurrence_gradient),
    Program("mlp-step", (32, 256), make_mlp),
)


@dataclass(frozen=True)
class Row:
    """Seconds: of the first call, and of a later one; `ratio` is ours to jax's."""

    first: tuple[float, float]
    later: tuple[float, float]
    ratio: float


def seconds(function: Function, args: Sequence[Any], calls: int) -> float:
    """Seconds per call, over `calls` calls in a row."""
    start = time.perf_counter()
    for _ in range(calls):
        result = function(*args)
    jax.block_until_ready(result)
    return (time.perf_counter() - start) / calls


def measure(program: Program, n: int, repeats: int) -> Row:
    """Compares the results of both sides, then their times. Raises AssertionError where the results differ."""
    ours, theirs, values = program.make(n)
    args = [jnp.asarray(value) for value in values]
    first = seconds(ours, args, 1), seconds(theirs, args, 1)
    for a, b in zip(jax.tree.leaves(ours(*args)), jax.tree.leaves(theirs(*args)), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12, err_msg=f"{program.name}, size {n}")
    calls = [max(1, round(0.02 / seconds(function, args, 3))) for function in (ours, theirs)]
    pairs = [(seconds(ours, args, calls[0]), seconds(theirs, args, calls[1])) for _ in range(repeats)]
    a, b = zip(*pairs, strict=True)
    return Row(first, (statistics.median(a), statistics.median(b)), statistics.median(x / y for x, y in pairs))


def show(value: float) -> str:
    """A time in the unit that suits it."""
    for unit, scale in (("us", 1e-6), ("ms", 1e-3)):
        if value < 1000 * scale:
            return f"{value / scale:.3g} {unit}"
    return f"{value:.3g} s"


def main() -> None:
    """Prints a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", nargs="*", metavar="program", help=", ".join(p.name for p in PROGRAMS))
    parser.add_argument("--sizes", nargs="+", type=int, help="instead of each program's own")
    parser.add_argument("--repeats", type=int, default=11)
    options = parser.parse_args()
    unknown = set(options.programs) - {program.name for program in PROGRAMS}
    if unknown:
        parser.error(f"no program {', '.join(sorted(unknown))}")
    jax.config.update("jax_enable_x64", True)
    print("| program | n | ours | jax | ratio | first call, ours | jax |\n|---|--:|--:|--:|--:|--:|--:|")
    for program in PROGRAMS:
        if options.programs and program.name not in options.programs:
            continue
        for n in options.sizes or program.sizes:
            row = measure(program, n, options.repeats)
            cells = (*map(show, row.later), f"{row.ratio:.2f}", *map(show, row.first))
            print(f"| {program.name} | {n} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
