"""The vocabulary of programs: one entry per operation, in `myialike.ir.op.TABLE`. Importing this fills the table.

| module | operations |
|---|---|
| `pointwise` | arithmetic and elementary functions |
| `logic` | predicates, comparisons, logic, bits |
| `parts` | complex numbers and their parts, absolute value, sign |
| `structure` | broadcast, reshape, transpose, concatenate, select, cast, arange |
| `reduce` | reductions, argmax, argmin |
| `linalg` | matmul, and the phrases of the rules of the next two |
| `solving` | solves, Cholesky, LU, logarithms of determinants |
| `determinants` | determinants and cofactors |
| `spectral` | QR, singular values, eigenvalues |
| `matrix_equations` | Sylvester's equation, square roots, logarithms, Schur factors |
| `fft` | Fourier transforms |
| `special` | special functions |
| `hosted` | special functions of several parameters |
| `quotients` | sin(x) / x and (exp(x) - 1) / x |
| `indexing` | index, index_set, index_add |
| `order` | sort, argsort, cumulative operations |
| `selection` | partitions |
| `stacks` | stack_new, push, pop, stack_len |
| `effects` | check, print |
| `functions` | functions with a derivative of their own |
| `foreign` | functions that are written for jax |
| `python` | the Python operations of the IR before inference |
"""

from myialike.ops import (
    determinants,
    effects,
    fft,
    foreign,
    functions,
    hosted,
    indexing,
    linalg,
    logic,
    matrix_equations,
    order,
    parts,
    pointwise,
    python,
    quotients,
    reduce,
    selection,
    solving,
    special,
    spectral,
    stacks,
    structure,
)

__all__ = [
    "determinants",
    "effects",
    "fft",
    "foreign",
    "functions",
    "hosted",
    "indexing",
    "linalg",
    "logic",
    "matrix_equations",
    "order",
    "parts",
    "pointwise",
    "python",
    "quotients",
    "reduce",
    "selection",
    "solving",
    "special",
    "spectral",
    "stacks",
    "structure",
]
