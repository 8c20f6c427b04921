"""Our times beside jax's: programs as a textbook has them, in plain NumPy, and by hand for jax.

`python -m benchmarks` makes the tables of docs/performance.md; `benchmarks.program` says what a program is,
`benchmarks.measure` how it is measured. The other modules hold the programs, by family.
"""
