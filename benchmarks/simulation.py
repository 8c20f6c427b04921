"""Steps in time: bodies that attract each other, a differential equation with steps of its own choice."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.program import Program

STEPS = 10
DT = 0.01


def acceleration(x, m):
    """Newton's law, softened; body by body."""
    a = np.zeros(x.shape)
    for i in range(len(x)):
        d = x - x[i]
        r2 = np.sum(d * d, axis=1) + 0.01
        a[i] = (m / (r2 * np.sqrt(r2))) @ d
    return a


def n_body(x, v, m):
    """Leapfrog; the mean square of the last positions."""
    x, v = np.array(x), np.array(v)
    for _ in range(STEPS):
        v += 0.5 * DT * acceleration(x, m)
        x += DT * v
        v += 0.5 * DT * acceleration(x, m)
    return np.mean(x**2)


def jax_acceleration(x, m):
    d = x[None, :, :] - x[:, None, :]
    r2 = jnp.sum(d * d, axis=-1) + 0.01
    return jnp.einsum("ij,ijk->ik", m / (r2 * jnp.sqrt(r2)), d)


def jax_n_body(x, v, m):
    def step(_, state):
        x, v = state
        v = v + 0.5 * DT * jax_acceleration(x, m)
        x = x + DT * v
        return x, v + 0.5 * DT * jax_acceleration(x, m)

    return jnp.mean(jax.lax.fori_loop(0, STEPS, step, (x, v))[0] ** 2)


def van_der_pol(y, mu):
    return np.array([y[1], mu * (1.0 - y[0] ** 2) * y[1] - y[0]])


def adaptive_ode(y, mu, end, tolerance):
    """Heun's method; the difference from Euler's decides about a step and the length of the next."""
    t, h = 0.0, 0.01
    while t < end:
        h = min(h, end - t)
        k1 = van_der_pol(y, mu)
        k2 = van_der_pol(y + h * k1, mu)
        error = 0.5 * h * np.max(np.abs(k2 - k1))
        if error <= tolerance:
            t += h
            y = y + 0.5 * h * (k1 + k2)
        h *= min(2.0, max(0.3, 0.9 * np.sqrt(tolerance / (error + 1e-30))))
    return np.sum(y**2)


MOST_STEPS = 4096


def jax_adaptive_ode(y, mu, end, tolerance):
    """jax differentiates backwards through no loop of unknown length: MOST_STEPS, of which the last do nothing."""

    def f(y):
        return jnp.stack([y[1], mu * (1.0 - y[0] ** 2) * y[1] - y[0]])

    def step(state, _):
        t, h, y = state
        busy = t < end
        h = jnp.minimum(h, end - t)
        k1 = f(y)
        k2 = f(y + h * k1)
        error = 0.5 * h * jnp.max(jnp.abs(k2 - k1))
        taken = busy & (error <= tolerance)
        y2 = jnp.where(taken, y + 0.5 * h * (k1 + k2), y)
        h2 = h * jnp.clip(0.9 * jnp.sqrt(tolerance / (error + 1e-30)), 0.3, 2.0)
        return (jnp.where(taken, t + h, t), jnp.where(busy, h2, h), y2), None

    start = jnp.zeros(()), jnp.full((), 0.01), y
    return jnp.sum(jax.lax.scan(step, start, None, length=MOST_STEPS)[0][2] ** 2)


def bodies(n, rng):
    return rng.normal(size=(n, 3)), rng.normal(size=(n, 3)) * 0.1, rng.uniform(0.5, 1.5, size=n) / n


def until(n, rng):
    return np.array([2.0, 0.0]), 1.0, float(n), 1e-4


PROGRAMS = (
    Program("n-body", n_body, jax_n_body, bodies, (25, 50, 100)),
    Program("adaptive ODE", adaptive_ode, jax_adaptive_ode, until, (5, 10, 20)),
)
