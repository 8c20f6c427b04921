"""Solving linear systems: triangular, LU, Cholesky, Durbin, Gram-Schmidt, and two solvers for bands."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.program import Program


def triangular_solve(a, b):
    n = len(b)
    x = np.zeros(n)
    for i in range(n):
        x[i] = (b[i] - a[i, :i] @ x[:i]) / a[i, i]
    return np.sum(x**2)


def jax_triangular_solve(a, b):
    columns = jnp.arange(len(b))

    def row(i, x):
        return x.at[i].set((b[i] - jnp.where(columns < i, a[i], 0.0) @ x) / a[i, i])

    return jnp.sum(jax.lax.fori_loop(0, len(b), row, jnp.zeros(len(b))) ** 2)


def lu(a):
    """Doolittle, without pivoting, in place."""
    a = np.array(a)
    n = len(a)
    for i in range(n):
        for j in range(i):
            a[i, j] = (a[i, j] - a[i, :j] @ a[:j, j]) / a[j, j]
        for j in range(i, n):
            a[i, j] -= a[i, :i] @ a[:i, j]
    return np.sum(a**2)


def jax_lu(a):
    at = jnp.arange(len(a))

    def eliminate(k, a):
        factors = jnp.where(at > k, a[:, k] / a[k, k], 0.0)
        a = a - jnp.outer(factors, jnp.where(at > k, a[k], 0.0))
        return a.at[:, k].set(jnp.where(at > k, factors, a[:, k]))

    return jnp.sum(jax.lax.fori_loop(0, len(a), eliminate, a) ** 2)


def cholesky(a):
    n = len(a)
    c = np.zeros((n, n))
    for i in range(n):
        for j in range(i):
            c[i, j] = (a[i, j] - c[i, :j] @ c[j, :j]) / c[j, j]
        c[i, i] = np.sqrt(a[i, i] - c[i, :i] @ c[i, :i])
    return np.sum(c**3)


def jax_cholesky(a):
    at = jnp.arange(len(a))

    def column(j, c):
        rest = a[:, j] - c @ jnp.where(at < j, c[j], 0.0)
        return c.at[:, j].set(jnp.where(at >= j, rest / jnp.sqrt(rest[j]), 0.0))

    return jnp.sum(jax.lax.fori_loop(0, len(a), column, jnp.zeros_like(a)) ** 3)


def durbin(r):
    """Yule-Walker equations, by Durbin's recursion."""
    n = len(r)
    y = np.zeros(n)
    alpha, beta = -r[0], 1.0
    y[0] = -r[0]
    for k in range(1, n):
        beta *= 1.0 - alpha * alpha
        alpha = -(r[k] + r[:k][::-1] @ y[:k]) / beta
        y[:k] += alpha * y[:k][::-1]
        y[k] = alpha
    return np.sum(y**2)


def jax_durbin(r):
    n = len(r)
    at = jnp.arange(n)

    def flipped(k, v):
        """The first k elements of v in reverse order, and zeros."""
        return jnp.where(at < k, v[jnp.clip(k - 1 - at, 0)], 0.0)

    def step(k, carry):
        y, alpha, beta = carry
        beta = beta * (1.0 - alpha * alpha)
        alpha = -(r[k] + flipped(k, r) @ y) / beta
        return (y + alpha * flipped(k, y)).at[k].set(alpha), alpha, beta

    start = jnp.zeros(n).at[0].set(-r[0]), -r[0], jnp.ones(())
    return jnp.sum(jax.lax.fori_loop(1, n, step, start)[0] ** 2)


def gram_schmidt(a):
    """The modified process, in place: a becomes q, of orthonormal columns, with q @ r what a was."""
    q = np.array(a)
    n = q.shape[1]
    r = np.zeros((n, n))
    for k in range(n):
        r[k, k] = np.sqrt(np.sum(q[:, k] ** 2))
        q[:, k] /= r[k, k]
        for j in range(k + 1, n):
            r[k, j] = q[:, k] @ q[:, j]
            q[:, j] -= r[k, j] * q[:, k]
    return np.sum(r**2) + np.sum(q[0])


def jax_gram_schmidt(a):
    n = a.shape[1]
    at = jnp.arange(n)

    def step(k, carry):
        q, r = carry
        norm = jnp.sqrt(jnp.sum(q[:, k] ** 2))
        column = q[:, k] / norm
        row = jnp.where(at > k, column @ q, 0.0)
        q = (q - jnp.outer(column, row)).at[:, k].set(column)
        return q, r.at[k].set(row.at[k].set(norm))

    q, r = jax.lax.fori_loop(0, n, step, (a, jnp.zeros((n, n))))
    return jnp.sum(r**2) + jnp.sum(q[0])


def tridiagonal_solve(lower, diagonal, upper, b):
    """Thomas' algorithm, on copies."""
    n = len(b)
    d, x = np.array(diagonal), np.array(b)
    for i in range(1, n):
        w = lower[i - 1] / d[i - 1]
        d[i] -= w * upper[i - 1]
        x[i] -= w * x[i - 1]
    x[n - 1] /= d[n - 1]
    for i in range(n - 2, -1, -1):
        x[i] = (x[i] - upper[i] * x[i + 1]) / d[i]
    return np.sum(x**2)


def jax_tridiagonal_solve(lower, diagonal, upper, b):
    n = len(b)

    def down(i, carry):
        d, x = carry
        w = lower[i - 1] / d[i - 1]
        return d.at[i].add(-w * upper[i - 1]), x.at[i].add(-w * x[i - 1])

    def up(k, x):
        i = n - 2 - k
        return x.at[i].set((x[i] - upper[i] * x[i + 1]) / d[i])

    d, x = jax.lax.fori_loop(1, n, down, (diagonal, b))
    return jnp.sum(jax.lax.fori_loop(0, n - 1, up, x.at[n - 1].divide(d[n - 1])) ** 2)


WIDTH = 4


def banded_cholesky(a):
    """Cholesky of a matrix with WIDTH diagonals below the main one: a[i, WIDTH - (i - j)] is its element i, j."""
    c = np.array(a)
    n = len(a)
    for i in range(n):
        for j in range(max(0, i - WIDTH), i + 1):
            p = WIDTH - i + j
            total = c[i, p]
            for k in range(max(0, i - WIDTH), j):
                total -= c[i, WIDTH - i + k] * c[j, WIDTH - j + k]
            c[i, p] = total / c[j, WIDTH] if j < i else np.sqrt(total)
    return np.sum(c**3)


def jax_banded_cholesky(a):
    """The same in a window: the last WIDTH rows, and all sums of products within them at once."""
    n = len(a)

    def row(carry, new):
        window = carry  # window[m] is the row i - WIDTH + m
        values = []
        for p in range(WIDTH):
            total = new[p]
            for q in range(p):
                total = total - values[q] * window[p, WIDTH - p + q]
            values.append(total / window[p, WIDTH])
        done = jnp.stack(values)
        done = jnp.append(done, jnp.sqrt(new[WIDTH] - done @ done))
        return jnp.concatenate((window[1:], done[None])), done

    start = jnp.zeros((WIDTH, WIDTH + 1)).at[:, WIDTH].set(1.0)
    return jnp.sum(jax.lax.scan(row, start, a, length=n)[1] ** 3)


def square(n, rng):
    return (rng.normal(size=(n, n)) + n * np.eye(n),)


def triangle(n, rng):
    return np.tril(*square(n, rng)), rng.normal(size=n)


def definite(n, rng):
    (a,) = square(n, rng)
    return (a @ a.T / n,)


def powers(n, rng):
    return (0.5 ** np.arange(1, n + 1),)


def band(n, rng):
    a = rng.normal(size=(n, WIDTH + 1)) * 0.3
    a[:, WIDTH] = 4.0
    for i in range(WIDTH):
        a[i, : WIDTH - i] = 0.0
    return (a,)


def diagonals(n, rng):
    return rng.normal(size=n - 1), rng.normal(size=n) + 5.0, rng.normal(size=n - 1), rng.normal(size=n)


PROGRAMS = (
    Program("triangular solve", triangular_solve, jax_triangular_solve, triangle, (100, 200, 400)),
    Program("LU", lu, jax_lu, square, (50, 100, 200)),
    Program("Cholesky", cholesky, jax_cholesky, definite, (50, 100, 200)),
    Program("Durbin", durbin, jax_durbin, powers, (100, 200, 400)),
    Program("Gram-Schmidt", gram_schmidt, jax_gram_schmidt, square, (50, 100, 200)),
    Program("tridiagonal solve", tridiagonal_solve, jax_tridiagonal_solve, diagonals, (1000, 4000, 16000)),
    Program("banded Cholesky", banded_cholesky, jax_banded_cholesky, band, (250, 1000, 4000)),
)
