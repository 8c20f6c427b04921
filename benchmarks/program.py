"""A program of the benchmarks: the same work twice, and arguments for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Function = Callable[..., Any]


@dataclass(frozen=True)
class Program:
    """A scalar function of arrays, as plain NumPy (`ours`) and by hand for jax (`theirs`).

    `theirs` is what one who knows jax writes: `fori_loop` and `scan` instead of loops, `.at[].set` instead of writes,
    masks over whole rows instead of slices of run-time length, because jax has no others that it can differentiate.
    Both are differentiated with respect to the first argument. `make(n, rng)` gives the arguments of size n.
    """

    name: str
    ours: Function
    theirs: Function
    make: Callable[[int, np.random.Generator], tuple[Any, ...]]
    sizes: tuple[int, ...]
    smallest: int = 6

    def arguments(self, n: int) -> tuple[Any, ...]:
        """The arguments of size n, the same at each call."""
        return self.make(n, np.random.default_rng(n))
