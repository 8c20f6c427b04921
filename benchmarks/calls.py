"""What a call costs beside one of `jax.jit`, and two functions that are no loops over arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.program import Function
from myialike import compile, grad, value_and_grad


@dataclass(frozen=True)
class Call:
    """The same function twice, ready to be called, and its arguments."""

    name: str
    ours: Function
    theirs: Function
    make: Callable[[np.random.Generator], tuple[Any, ...]]


def add(x, y):
    return x + y


def move(state, step):
    """Nine arrays in dicts in, eight out."""
    return {name: value - step * value for name, value in state.items()}


def newton(x, tol):
    """A square root: a loop of scalars, whose length depends on the data."""
    y = x
    while abs(y * y - x) > tol:
        y = 0.5 * (y + x / y)
    return y


def jax_newton(x, tol):
    return jax.lax.while_loop(lambda y: abs(y * y - x) > tol, lambda y: 0.5 * (y + x / y), x)


def network_loss(w1, w2, x, y):
    return np.mean((np.tanh(x @ w1) @ w2 - y) ** 2)


def training_step(w1, w2, x, y):
    """One step of gradient descent on a network of two layers."""
    value, (g1, g2) = value_and_grad(network_loss, argnums=(0, 1))(w1, w2, x, y)
    return value, w1 - 0.1 * g1, w2 - 0.1 * g2


def jax_training_step(w1, w2, x, y):
    def loss(w1, w2):
        return jnp.mean((jnp.tanh(x @ w1) @ w2 - y) ** 2)

    value, (g1, g2) = jax.value_and_grad(loss, argnums=(0, 1))(w1, w2)
    return value, w1 - 0.1 * g1, w2 - 0.1 * g2


def pair(rng):
    return rng.normal(size=4), rng.normal(size=4)


def state_and_step(rng):
    return {name: rng.normal(size=4) for name in "abcdefgh"}, np.float64(0.1)


def number(rng):
    return np.float64(2.0), np.float64(1e-9)


def layers(n):
    def make(rng):
        return tuple(rng.normal(size=size) / np.sqrt(n) for size in ((n, n), (n, n), (64, n), (64, n)))

    return make


CALLS = (
    Call("sum of two arrays of 4 elements", compile(add), jax.jit(add), pair),
    Call("9 arrays in dicts in, 8 out", compile(move), jax.jit(move), state_and_step),
    Call("Newton's root", compile(newton), jax.jit(jax_newton), number),
    # jax has no reverse mode through a loop of unknown length; forward mode is the cheaper one for one number anyway.
    Call("Newton's root, derivative", compile(grad(newton)), jax.jit(jax.jacfwd(jax_newton)), number),
    Call("two layers of width 32, training step", compile(training_step), jax.jit(jax_training_step), layers(32)),
    Call("two layers of width 256, training step", compile(training_step), jax.jit(jax_training_step), layers(256)),
)
