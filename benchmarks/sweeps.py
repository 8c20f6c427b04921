"""Relaxation on a grid and on a graph: Gauss-Seidel and Jacobi sweeps, shortest paths."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.program import Program

SWEEPS = 2


def gauss_seidel(a):
    """Each inner point becomes the mean of itself and its neighbours, in place, row by row."""
    a = np.array(a)
    n = a.shape[0]
    for _ in range(SWEEPS):
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                a[i, j] = (a[i, j] + a[i - 1, j] + a[i + 1, j] + a[i, j - 1] + a[i, j + 1]) / 5.0
    return np.sum(a * a)


def jax_gauss_seidel(a):
    n = a.shape[0]

    def point(i, j, a):
        return a.at[i, j].set((a[i, j] + a[i - 1, j] + a[i + 1, j] + a[i, j - 1] + a[i, j + 1]) / 5.0)

    def row(i, a):
        return jax.lax.fori_loop(1, n - 1, lambda j, a: point(i, j, a), a)

    a = jax.lax.fori_loop(0, SWEEPS, lambda _, a: jax.lax.fori_loop(1, n - 1, row, a), a)
    return jnp.sum(a * a)


def jacobi(a):
    """The same mean, of the values of the sweep before: n sweeps over two arrays that change places."""
    a = np.array(a)
    b = np.array(a)
    for _ in range(a.shape[0]):
        b[1:-1, 1:-1] = (a[1:-1, 1:-1] + a[:-2, 1:-1] + a[2:, 1:-1] + a[1:-1, :-2] + a[1:-1, 2:]) / 5.0
        a, b = b, a
    return np.sum(a * a)


def jax_jacobi(a):
    def sweep(_, a):
        mean = (a[1:-1, 1:-1] + a[:-2, 1:-1] + a[2:, 1:-1] + a[1:-1, :-2] + a[1:-1, 2:]) / 5.0
        return a.at[1:-1, 1:-1].set(mean)

    a = jax.lax.fori_loop(0, a.shape[0], sweep, a)
    return jnp.sum(a * a)


def floyd_warshall(lengths):
    """The shortest paths between all pairs: min-plus products with one vertex after the other; their mean."""
    d = np.array(lengths)
    n = len(d)
    for k in range(n):
        for i in range(n):
            d[i] = np.minimum(d[i], d[i, k] + d[k])
    return np.mean(d)


def jax_floyd_warshall(lengths):
    def through(k, d):
        return jnp.minimum(d, d[:, k, None] + d[k, None, :])

    return jnp.mean(jax.lax.fori_loop(0, len(lengths), through, lengths))


def grid(n, rng):
    return (rng.normal(size=(n, n)),)


def edges(n, rng):
    """No length is 0: with ties, of which each d[k, k] = 0 would make n, the gradient depends on the order of rows."""
    return (rng.uniform(0.1, 1.0, size=(n, n)),)


PROGRAMS = (
    Program("Gauss-Seidel", gauss_seidel, jax_gauss_seidel, grid, (50, 100, 200)),
    Program("Jacobi", jacobi, jax_jacobi, grid, (50, 100, 200)),
    Program("Floyd-Warshall", floyd_warshall, jax_floyd_warshall, edges, (32, 64, 128)),
)
