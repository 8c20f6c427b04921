"""Loops of which nobody knows the length: derivatives to second order, alone and inside of jax, and how often compiled.

The truth is CPython: differences of what it computes, or its own derivative written out.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from myialike import compile, grad, hessian, hvp, jvp, value_and_grad, vmap

BACKENDS = pytest.mark.parametrize("backend", ["python", "xla"])
X, V = np.array([0.3, 0.5, -0.2]), np.array([1.0, -0.4, 0.7])
Call = Callable[..., Any]


def flow(x, h):
    """The end of a path, by steps of a run-time size."""
    t, y = 0.0, x
    while t < 1.0:
        y = y + h * np.sin(y * t)
        t = t + h
    return y


def flow_and_slopes(x, h):
    """The same with the first and second derivative, by hand."""
    t, y, d, dd = 0.0, x, 1.0, 0.0
    while t < 1.0:
        s, c = math.sin(y * t), math.cos(y * t)
        y, d, dd = y + h * s, d + h * c * t * d, dd + h * (c * t * dd - s * t * t * d * d)
        t = t + h
    return y, d, dd


def coupled(x, h):
    """An array through a loop whose length depends on the array too."""
    t, y = 0.0, np.array(x)
    while t < 1.0 + 0.01 * np.sum(y):
        y = y + h * np.sin(y * t) * y[::-1]
        y[1] += h * y[0] * y[2]
        t = t + h
    return np.sum(y * y)


def nested(x, h):
    """An open loop in an open loop in a loop of known length."""
    s = 0.0
    for k in range(2):
        t = h * (k + 1)
        while t < 1.0:
            y = x * t
            while np.sum(y * y) > 0.05:
                y = y * 0.8 + h * x * x
            s += np.sum(y * x) * t
            t *= 1.7
    return s


def slope(f: Call, x: Any, v: Any, step: float = 1e-3) -> Any:
    """The derivative of f at x along v, by differences of the fourth order."""
    far, near, ahead, farther = (np.asarray(f(x + k * step * v)) for k in (-2, -1, 1, 2))
    return (far - 8 * near + 8 * ahead - farther) / (12 * step)


@pytest.fixture
def x64():
    """jax with 64 bits; elsewhere it has 32."""
    with jax.enable_x64(True):
        yield


@BACKENDS
@pytest.mark.parametrize("steps", [0, 1, 7, 100, 20_000])
def test_any_length(backend: str, steps: int) -> None:
    """Value, first and second derivative for each length, with one function."""
    f = compile(flow, backend=backend)
    h = 1.0 / steps if steps else 2.0
    y, d, dd = flow_and_slopes(0.7, h)
    np.testing.assert_allclose(value_and_grad(f)(0.7, h), (y, d), rtol=1e-9)
    np.testing.assert_allclose(grad(grad(f))(0.7, h), dd, rtol=1e-8, atol=1e-14)
    np.testing.assert_allclose(jvp(grad(f), (0.7, h), (1.0, 0.0))[1], dd, rtol=1e-8, atol=1e-14)


@BACKENDS
@pytest.mark.parametrize("fn", [coupled, nested], ids=lambda f: f.__name__)
def test_arrays(fn: Call, backend: str) -> None:
    """Gradients, Hessians and their products of arrays through open and nested loops."""
    f, h = compile(fn, backend=backend), 0.03
    first = grad(f)(X, h)
    np.testing.assert_allclose(first @ V, slope(lambda x: fn(x, h), X, V), rtol=1e-6)
    second = slope(lambda x: grad(f)(x, h), X, V)
    np.testing.assert_allclose(hessian(f)(X, h) @ V, second, rtol=1e-6, atol=1e-8)
    reverse_over_reverse = grad(compile(lambda x, h: np.dot(grad(fn)(x, h), V), backend=backend))
    np.testing.assert_allclose(reverse_over_reverse(X, h), second, rtol=1e-6, atol=1e-8)


@BACKENDS
@pytest.mark.parametrize("fn", [coupled, nested], ids=lambda f: f.__name__)
def test_inside_of_jax(fn: Call, backend: str, x64: None) -> None:
    """`jax.jit`, `jax.vmap`, `jax.grad` and `jax.jacrev` of the function and of its gradients give the same."""
    f, h = compile(fn, backend=backend), 0.03
    g, x = grad(f), jnp.asarray(X)
    first, second = g(X, h), hessian(f)(X, h)
    xs = np.stack([X, 0.5 * X, -X])
    each = np.stack([g(row, h) for row in xs])

    def product(x, v):
        return hvp(f, (x, h), (v, 0.0))[0]

    for what, got, want in [
        ("jit", jax.jit(f)(x, h), fn(X, h)),
        ("jit of grad", jax.jit(g)(x, h), first),
        ("jax.grad", jax.grad(f)(x, h), first),
        ("jit of jax.grad", jax.jit(jax.grad(f))(x, h), first),
        ("vmap", jax.vmap(f, (0, None))(jnp.asarray(xs), h), [fn(row, h) for row in xs]),
        ("vmap of grad", jax.vmap(g, (0, None))(jnp.asarray(xs), h), each),
        ("jit of vmap of jax.grad", jax.jit(jax.vmap(jax.grad(f), (0, None)))(jnp.asarray(xs), h), each),
        ("jacrev of grad", jax.jacrev(g)(x, h), second),
        ("jacrev of jax.grad", jax.jacrev(jax.grad(f))(x, h), second),
        ("jax.jvp", jax.jvp(lambda x: f(x, h), (x,), (jnp.asarray(V),))[1], first @ V),
        ("jit of jax.hessian", jax.jit(jax.hessian(f))(x, h), second),
        ("jax.linearize of grad", jax.linearize(lambda x: g(x, h), x)[1](jnp.asarray(V)), second @ V),
        ("jit of hessian", jax.jit(hessian(f))(x, h), second),
        ("jit of hvp", jax.jit(product)(x, jnp.asarray(V)), second @ V),
        ("our vmap of grad", vmap(g, (0, None))(xs, h), each),
    ]:
        np.testing.assert_allclose(got, want, rtol=1e-10, atol=1e-12, err_msg=what)


@pytest.mark.parametrize("fn", [coupled, nested], ids=lambda f: f.__name__)
def test_inside_of_jax_with_arrays_from_outside(fn: Call, x64: None) -> None:
    """The derivative of a derivative that reads an array which it captures, of an open loop."""
    f = compile(fn)
    want = hessian(f)(X, 0.03) @ V

    def product(x):
        return grad(lambda y: np.dot(grad(f)(y, 0.03), V))(x)

    np.testing.assert_allclose(jax.jit(product)(jnp.asarray(X)), want, rtol=1e-10)
    xs = np.stack([X, X])
    np.testing.assert_allclose(jax.jit(jax.vmap(product))(jnp.asarray(xs)), [want, want], rtol=1e-10)


def test_inside_of_jax_without_64_bits() -> None:
    """In single precision the gradient inside of an outer trace is that of 64 bits, rounded."""
    g = grad(compile(coupled))
    got = jax.jit(g)(jnp.asarray(X), 0.03)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, g(X, 0.03), rtol=1e-5)


def lowerings(f: Any) -> int:
    """How often the programs of a compiled function were given to XLA."""
    return sum(v.run.stats.lowerings for variants in f._variants.values() for v in variants)


@pytest.mark.parametrize("order", [1, 2])
def test_few_recompilations(order: int) -> None:
    """Lengths that grow a little at each call cost at most log2 of the largest; a jump to 10^6 costs one."""

    def path(x, h):
        return flow(x, h)

    f: Any = compile(path)
    for _ in range(order):
        f = grad(f)
    assert lowerings(f) == 0
    for steps in range(1, 700, 9):
        f(0.7, 1.0 / steps)
    grown = lowerings(f)
    assert grown <= math.ceil(math.log2(700)) + 1
    got = f(0.7, 1e-6)
    assert lowerings(f) <= grown + 1
    np.testing.assert_allclose(got, flow_and_slopes(0.7, 1e-6)[order], rtol=1e-8)
    before = lowerings(f)
    for steps in (3, 1000, 10**6):
        f(0.7, 1.0 / steps)
    assert lowerings(f) == before
