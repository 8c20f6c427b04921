"""Each step reads what the steps before it wrote: recurrences, prefix sums, time warping, a network over time."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.program import Program


def recurrence(x):
    y = np.array(x)
    for i in range(1, len(y) - 1):
        y[i] = np.sin(y[i - 1]) * y[i] + y[i + 1]
    return np.sum(y)


def jax_recurrence(x):
    def step(i, y):
        return y.at[i].set(jnp.sin(y[i - 1]) * y[i] + y[i + 1])

    return jnp.sum(jax.lax.fori_loop(1, len(x) - 1, step, x))


def prefix_sum(x):
    """The sums of the first 1, 2, .. elements, and the sum of their squares."""
    s = np.empty(len(x))
    s[0] = x[0]
    for i in range(1, len(x)):
        s[i] = s[i - 1] + x[i]
    return np.sum(s * s)


def jax_prefix_sum(x):
    def step(i, s):
        return s.at[i].set(s[i - 1] + x[i])

    s = jax.lax.fori_loop(1, len(x), step, jnp.zeros(len(x)).at[0].set(x[0]))
    return jnp.sum(s * s)


def time_warping(x, y):
    """Dynamic time warping: the least sum of squared differences over all monotone pairings of x and y."""
    n, m = len(x), len(y)
    d = np.full((n + 1, m + 1), np.inf)
    d[0, 0] = 0.0
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            cost = (x[i - 1] - y[j - 1]) ** 2
            d[i, j] = cost + min(d[i - 1, j], d[i, j - 1], d[i - 1, j - 1])
    return d[n, m]


def jax_time_warping(x, y):
    n, m = len(x), len(y)

    def row(i, d):
        def cell(j, d):
            cost = (x[i - 1] - y[j - 1]) ** 2
            least = jnp.minimum(jnp.minimum(d[i - 1, j], d[i, j - 1]), d[i - 1, j - 1])
            return d.at[i, j].set(cost + least)

        return jax.lax.fori_loop(1, m + 1, cell, d)

    start = jnp.full((n + 1, m + 1), jnp.inf).at[0, 0].set(0.0)
    return jax.lax.fori_loop(1, n + 1, row, start)[n, m]


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def lstm(weights, bias, xs):
    """A long short-term memory over a sequence, the mean square of its outputs."""
    steps, width = xs.shape[0], weights.shape[0] // 4
    h, c = np.zeros(width), np.zeros(width)
    out = np.empty((steps, width))
    for t in range(steps):
        z = weights @ np.concatenate((h, xs[t])) + bias
        i, f, o = sigmoid(z[:width]), sigmoid(z[width : 2 * width]), sigmoid(z[2 * width : 3 * width])
        c = f * c + i * np.tanh(z[3 * width :])
        h = o * np.tanh(c)
        out[t] = h
    return np.mean(out**2)


def jax_lstm(weights, bias, xs):
    width = weights.shape[0] // 4

    def step(carry, x):
        h, c = carry
        i, f, o, g = jnp.split(weights @ jnp.concatenate((h, x)) + bias, 4)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        return (h, c), h

    return jnp.mean(jax.lax.scan(step, (jnp.zeros(width), jnp.zeros(width)), xs)[1] ** 2)


def lstm_arguments(n, rng):
    width, inputs = 16, 8
    weights = rng.normal(size=(4 * width, width + inputs)) * 0.3
    return weights, rng.normal(size=4 * width) * 0.1, rng.normal(size=(n, inputs))


def small_signal(n, rng):
    return (rng.normal(size=n) * 0.1,)


def signal(n, rng):
    return (rng.normal(size=n),)


def two_walks(n, rng):
    return np.cumsum(rng.normal(size=n)), np.cumsum(rng.normal(size=n))


PROGRAMS = (
    Program("array recurrence", recurrence, jax_recurrence, small_signal, (1000, 4000, 16000)),
    Program("prefix sum", prefix_sum, jax_prefix_sum, signal, (1000, 4000, 16000)),
    Program("time warping", time_warping, jax_time_warping, two_walks, (50, 100, 200)),
    Program("LSTM over time", lstm, jax_lstm, lstm_arguments, (100, 400, 1600)),
)
