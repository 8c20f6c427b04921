"""Makes the tables of docs/performance.md.

    python -m benchmarks [program ...] [--quick] [--rounds k]

A program is named by a part of its name: `python -m benchmarks seidel solve`. `--quick` takes the smaller two sizes of
each and measures less often. How it is measured: benchmarks/measure.py.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks import PROGRAMS
from benchmarks.calls import CALLS
from benchmarks.measure import Beside, Effort, growth, measure, on_python, on_xla
from benchmarks.program import Program

LIMIT = 5.0  # what a gradient may cost, in values
NOISE = 0.2  # what exponents may differ by although the growth is the same


def show(seconds: float) -> str:
    """A time in the unit that suits it."""
    for unit, scale in (("us", 1e-6), ("ms", 1e-3)):
        if seconds < 999.5 * scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds:.3g} s"


def times(ratio: float) -> str:
    return f"{ratio:.0f}" if ratio >= 100 else f"{ratio:.2g}"


def flagged(text: str, too_much: bool) -> str:
    """In bold where it is more than is promised."""
    return f"**{text}**" if too_much else text


def header(*columns: str) -> None:
    """The head of a Markdown table, whose first column is text."""
    print(f"\n| {' | '.join(columns)} |\n|---|{'--:|' * (len(columns) - 1)}")


def row(*cells: object) -> None:
    print(f"| {' | '.join(str(cell) for cell in cells)} |", flush=True)


def sizes(program: Program, quick: bool) -> tuple[int, ...]:
    return program.sizes[:2] if quick else program.sizes


def xla_table(programs: Iterable[Program], quick: bool, effort: Effort) -> dict[str, list[Beside]]:
    """Values and gradients beside jax's; gives what it measured, by the name of the program."""
    header("program", "n", "value", "jax", "with gradient", "jax", "ratio", "jax", "compilation", "jax")
    found: dict[str, list[Beside]] = {}
    for program in programs:
        for n in sizes(program, quick):
            at = on_xla(program, n, effort)
            found.setdefault(program.name, []).append(at)
            pairs = ((at.value, at.jax_value), (at.gradient, at.jax_gradient))
            ratio = at.gradient.over(at.value)
            row(
                program.name,
                n,
                *(show(side.time) for pair in pairs for side in pair),
                flagged(times(ratio), ratio > LIMIT),
                times(at.jax_gradient.over(at.jax_value)),
                *(show(side.compilation) for side in pairs[1]),
            )
    return found


def growth_table(found: dict[str, list[Beside]]) -> None:
    """The exponents of the growth with n, between the two largest sizes."""
    header("program", "from n", "to n", "value", "with gradient", "jax: value", "jax: with gradient")
    for name, rows in found.items():
        a, b = rows[-2:]
        pairs = (
            (a.value, b.value),
            (a.gradient, b.gradient),
            (a.jax_value, b.jax_value),
            (a.jax_gradient, b.jax_gradient),
        )
        value, gradient, *theirs = (growth((a.n, x.time), (b.n, y.time)) for x, y in pairs)
        marked = f"{value:.1f}", flagged(f"{gradient:.1f}", gradient > value + NOISE)
        row(name, a.n, b.n, *marked, *(f"{p:.1f}" for p in theirs))


def python_table(programs: Iterable[Program], effort: Effort) -> None:
    """Values and gradients as printed Python, at the smaller two sizes."""
    header("program", "n", "value", "with gradient", "ratio")
    for program in programs:
        for n in program.sizes[:2]:
            value, gradient = on_python(program, n, effort)
            ratio = gradient.over(value)
            row(program.name, n, show(value.time), show(gradient.time), flagged(times(ratio), ratio > LIMIT))


def call_table(effort: Effort) -> None:
    """What a call costs beside one of `jax.jit`, with jax arrays and with NumPy arrays."""
    header("call", "ours", "jax.jit", "more", "ours, NumPy arrays", "jax.jit, NumPy arrays")
    for call in CALLS:
        functions = {"ours": call.ours, "jax": call.theirs}
        host = call.make(np.random.default_rng(0))
        on_device = measure(functions, jax.tree.map(jnp.asarray, host), effort)
        on_host = measure(functions, host, effort)
        ours, theirs = (m.time for m in on_device.values())
        row(call.name, show(ours), show(theirs), show(ours - theirs), *(show(m.time) for m in on_host.values()))


def chosen(parts: Sequence[str]) -> tuple[Program, ...]:
    """The programs whose names contain one of `parts`; all, if none is given."""
    return tuple(p for p in PROGRAMS if not parts or any(part.lower() in p.name.lower() for part in parts))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", nargs="*", metavar="program", help=", ".join(p.name for p in PROGRAMS))
    parser.add_argument("--quick", action="store_true", help="smaller sizes, fewer rounds")
    parser.add_argument("--rounds", type=int, help="measurements of each function: 7, or 3 with --quick")
    options = parser.parse_args(arguments)
    programs = chosen(options.programs)
    if not programs:
        parser.error(f"no program is called {' or '.join(options.programs)}")
    effort = Effort(options.rounds or (3 if options.quick else 7), 0.01 if options.quick else 0.03)
    jax.config.update("jax_enable_x64", True)
    print(f"jax {jax.__version__}, NumPy {np.__version__}. Ratio: with gradient / value. Bold: more than is promised.")
    growth_table(xla_table(programs, options.quick, effort))
    print("\nAs printed Python (backend='python'):")
    python_table(programs, effort)
    if not options.programs:
        print("\nCalls:")
        call_table(effort)


if __name__ == "__main__":
    main()
