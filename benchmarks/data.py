"""Counting and grouping: k-means, a histogram."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.program import Program

CENTRES = 8
ROUNDS = 5


def k_means(points):
    """Lloyd's algorithm, point by point; the mean squared distance from the nearest centre."""
    n, dimension = points.shape
    centres = np.array(points[:CENTRES])
    for _ in range(ROUNDS):
        sums, counts = np.zeros((CENTRES, dimension)), np.zeros(CENTRES)
        for i in range(n):
            k = np.argmin(np.sum((centres - points[i]) ** 2, axis=1))
            sums[k] += points[i]
            counts[k] += 1.0
        for k in range(CENTRES):
            if counts[k] > 0:
                centres[k] = sums[k] / counts[k]
    loss = 0.0
    for i in range(n):
        loss += np.min(np.sum((centres - points[i]) ** 2, axis=1))
    return loss / n


def jax_k_means(points):
    def distances(centres):
        return jnp.sum((points[:, None] - centres[None]) ** 2, axis=-1)

    def improve(_, centres):
        member = jax.nn.one_hot(jnp.argmin(distances(centres), axis=1), CENTRES, dtype=points.dtype)
        counts = jnp.sum(member, axis=0)[:, None]
        return jnp.where(counts > 0, member.T @ points / jnp.maximum(counts, 1.0), centres)

    return jnp.mean(jnp.min(distances(jax.lax.fori_loop(0, ROUNDS, improve, points[:CENTRES])), axis=1))


BINS = 64


def histogram(x, weights):
    """Each x in [0, 1) shares its weight between the two nearest of BINS + 1 cells; the sum of the squared cells."""
    cells = np.zeros(BINS + 1)
    for i in range(len(x)):
        position = x[i] * BINS
        k = int(position)
        share = position - np.floor(position)
        cells[k] += (1.0 - share) * weights[i]
        cells[k + 1] += share * weights[i]
    return np.sum(cells**2)


def jax_histogram(x, weights):
    position = x * BINS
    k = position.astype(int)
    share = position - jnp.floor(position)
    cells = jnp.zeros(BINS + 1).at[k].add((1.0 - share) * weights).at[k + 1].add(share * weights)
    return jnp.sum(cells**2)


def points_in_space(n, rng):
    return (rng.normal(size=(n, 4)),)


def weighted(n, rng):
    return rng.uniform(size=n), rng.normal(size=n)


PROGRAMS = (
    Program("k-means", k_means, jax_k_means, points_in_space, (250, 1000, 4000), smallest=12),
    Program("histogram", histogram, jax_histogram, weighted, (1000, 4000, 16000)),
)
