"""Our times beside jax's: programs as a textbook has them, in plain NumPy, and by hand for jax.

`python -m benchmarks` makes the tables of docs/performance.md. `benchmarks.program` says what a program is,
`benchmarks.measure` how it is measured; the other modules hold the programs, by family.
"""

from benchmarks import data, linear_algebra, recurrences, simulation, sweeps

PROGRAMS = tuple(
    program for family in (recurrences, sweeps, linear_algebra, simulation, data) for program in family.PROGRAMS
)
