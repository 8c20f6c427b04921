"""Compiled functions inside of jax's own transformations, and jax's settings left alone."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from myialike import compile, grad


def newton(x, tol):
    y = x
    while abs(y * y - x) > tol:
        y = 0.5 * (y + x / y)
    return y


def smooth(x):
    return np.sum(np.sin(x) * x)


@pytest.fixture
def x64():
    with jax.enable_x64(True):
        yield


compiled = compile(newton)
ROOT = 2.0**0.5


def test_jit_of_a_loop():
    """A Python number traced by `jax.jit` is computed in 64 bits, also where jax has them switched off."""
    assert float(jax.jit(compiled)(2.0, 1e-12)) == pytest.approx(ROOT, rel=1e-7)


def test_jit_and_vmap_in_64_bits(x64):
    assert float(jax.jit(compiled)(jnp.array(2.0), 1e-12)) == pytest.approx(ROOT, rel=1e-14)
    roots = jax.vmap(compiled, (0, None))(jnp.array([2.0, 3.0]), 1e-12)
    np.testing.assert_allclose(roots, np.sqrt([2.0, 3.0]), rtol=1e-14)
    both = jax.jit(jax.vmap(compiled, (0, None)))(jnp.array([2.0, 3.0]), 1e-12)
    np.testing.assert_array_equal(both, roots)


@pytest.mark.parametrize("backend", ["xla", "python"])
def test_reverse_mode_of_jax_through_a_loop_of_unknown_length(x64, backend):
    """`jax.grad` of a compiled function uses the function's own derivative, at every order and inside of `jax.jit`."""
    fn = compile(newton, backend=backend)
    x, tol = jnp.array(2.0), 1e-12
    assert float(jax.grad(fn)(x, tol)) == pytest.approx(0.5 / ROOT, rel=1e-12)
    assert float(jax.grad(jax.grad(fn))(x, tol)) == pytest.approx(-0.25 / ROOT**3, rel=1e-9)
    assert float(jax.jit(jax.grad(fn))(x, tol)) == pytest.approx(0.5 / ROOT, rel=1e-12)


@pytest.mark.parametrize("backend", ["xla", "python"])
def test_both_modes_of_jax_nest_through_a_loop_of_unknown_length(x64, backend):
    """Forward and reverse mode of jax over each other, to third order, and mapped over points and tangents."""
    fn = compile(newton, backend=backend)
    f = lambda x: fn(x, 1e-12)
    x, one = jnp.array(2.0), jnp.array(1.0)
    push = lambda f: lambda x: jax.jvp(f, (x,), (one,))[1]
    second = -0.25 / ROOT**3
    for derivative in [push(jax.grad(f)), jax.grad(push(f)), push(push(f))]:
        assert float(derivative(x)) == pytest.approx(second, rel=1e-9)
    assert float(push(push(jax.grad(f)))(x)) == pytest.approx(0.375 / ROOT**5, rel=1e-7)
    points, directions = jnp.array([2.0, 9.0]), jnp.array([1.0, -2.0])
    slopes = 0.5 / np.sqrt(np.array(points))
    both = jax.vmap(lambda x, v: jax.jvp(f, (x,), (v,))[1])(points, directions)
    np.testing.assert_allclose(both, slopes * directions, rtol=1e-12)
    pull = jax.vmap(lambda x: jax.vjp(f, x)[1](one)[0])(points)
    np.testing.assert_allclose(pull, slopes, rtol=1e-12)
    np.testing.assert_allclose(jax.vmap(lambda v: jax.jvp(f, (x,), (v,))[1])(directions), directions / (2 * ROOT))


def test_forward_mode_of_jax_without_64_bits():
    """Tangents have the dtype of what they belong to."""
    out, dot = jax.jit(lambda x: jax.jvp(lambda x: compiled(x, 1e-12), (x,), (x,)))(2.0)
    assert out.dtype == dot.dtype == np.float32 and float(dot) == pytest.approx(ROOT / 2, rel=1e-6)
    out, dot = jax.jvp(lambda x: compiled(x, 1e-12), (2.0,), (1.0,))
    assert out.dtype == dot.dtype == np.float32 and float(dot) == pytest.approx(0.5 / ROOT, rel=1e-6)
    value, pull = jax.vjp(lambda x: compiled(x, 1e-12), 2.0)
    assert value.dtype == np.float32 and float(pull(np.float32(1.0))[0]) == pytest.approx(0.5 / ROOT, rel=1e-6)


def places(x):
    a = np.zeros(5)
    a[1:4] = np.arange(3.0) * x
    k = 2 if x > 1.0 else 3
    a[k] = a[k] * x
    total = 0.0
    for i in range(5):
        total += a[i] * np.sin(a[i])
    return total + np.sort(a)[k] + np.linalg.solve(np.eye(2) * x + 0.1, a[:2])[0]


@pytest.mark.parametrize("fn", [places, lambda x: np.linalg.det(np.diag([1.0, 2.0]) * x + np.cumsum(np.ones(2) * x))])
def test_modes_of_jax_without_64_bits(fn):
    """What computes in 64 bits is differentiated so where jax has them switched off: both modes, mapped and nested."""
    f, points = compile(fn), np.array([1.3, 1.7])
    step = 1e-4
    slope = [(fn(x + step) - fn(x - step)) / (2 * step) for x in points]
    bend = [(fn(x + step) - 2 * fn(x) + fn(x - step)) / step**2 for x in points]
    xs = jnp.array(points, np.float32)
    for derivative in (jax.grad(f), jax.jacfwd(f), jax.jit(jax.grad(f))):
        np.testing.assert_allclose([derivative(x) for x in xs], slope, rtol=1e-4)
        np.testing.assert_allclose(jax.jit(jax.vmap(derivative))(xs), slope, rtol=1e-4)
    np.testing.assert_allclose(jax.grad(lambda xs: jax.vmap(f)(xs).sum())(xs), slope, rtol=1e-4)
    for second in (jax.hessian(f), jax.grad(jax.grad(f))):
        np.testing.assert_allclose(jax.jit(jax.vmap(second))(xs), bend, rtol=1e-3, atol=1e-3)


def test_our_gradient_inside_of_jit_and_vmap(x64):
    """A tape of unknown length inside of an outer trace has no bound either."""
    slope = grad(newton)
    assert float(jax.jit(slope)(jnp.array(2.0), 1e-12)) == pytest.approx(0.5 / ROOT, rel=1e-12)
    slopes = jax.vmap(slope, (0, None))(jnp.array([2.0, 1e6]), 1e-9)
    np.testing.assert_allclose(slopes, 0.5 / np.sqrt([2.0, 1e6]), rtol=1e-9)


def test_jax_differentiates_plain_programs_itself(x64):
    """Without open loops every mode of jax applies."""
    fn, x = compile(smooth), jnp.array([0.5, 1.5])
    slope = np.cos(x) * x + np.sin(x)
    np.testing.assert_allclose(jax.grad(fn)(x), slope, rtol=1e-14)
    np.testing.assert_allclose(jax.jacfwd(fn)(x), slope, rtol=1e-14)
    np.testing.assert_allclose(jax.hessian(fn)(x), np.diag(2 * np.cos(x) - np.sin(x) * x), rtol=1e-13)


def test_jax_arrays_in_and_out():
    """A jax array gives jax arrays of its own dtype; NumPy float64 stays so beside them."""
    out = compile(smooth)(jnp.array([1.0, 2.0]))
    assert isinstance(out, jax.Array) and out.dtype == np.float32
    host = compile(smooth)(np.array([1.0, 2.0]))
    assert type(host) is np.float64
    assert jnp.array(1.0).dtype == np.float32


def shrunk(x, least):
    """Raises for a number that is small from the start; its derivative needs every number on the way."""
    if x < least:
        raise ValueError("small from the start")
    while x > least:
        x = 0.1 * x * x
    return x


def halved(x, least):
    """The same with a derivative that needs no tape, so XLA runs it inside of an outer trace."""
    if x < least:
        raise ValueError("small from the start")
    while x > least:
        x = x / 2.0
    return x


@pytest.mark.parametrize("transform", [jax.grad, grad], ids=["jax.grad", "grad"])
def test_a_failed_check_is_not_lost_in_a_gradient(x64, transform):
    """On the host it raises, in XLA code it gives NaN; never a number that looks like a gradient."""
    on_host = jax.jit(transform(compile(shrunk, backend="python")))
    for f, slope in [(shrunk, 0.2**4 * 8.0 * 6.4 * 4.096 * 1.6777216), (halved, 0.125)]:
        in_xla = jax.jit(transform(compile(f)))
        assert float(in_xla(jnp.array(8.0), 1.0)) == pytest.approx(slope)
        assert np.isnan(in_xla(jnp.array(0.5), 1.0))
    assert float(on_host(jnp.array(8.0), 1.0)) == pytest.approx(0.2**4 * 8.0 * 6.4 * 4.096 * 1.6777216)
    with pytest.raises((jax.errors.JaxRuntimeError, ValueError), match="small from the start"):
        jax.block_until_ready(on_host(jnp.array(0.5), 1.0))


@pytest.mark.parametrize("wrap", ["jit", "vmap", "jit of vmap"])
@pytest.mark.parametrize(
    "fn",
    [
        lambda x: np.argmax(x),
        lambda x: x[np.argmin(x)] * 2.0,
        lambda x: np.partition(x, 2),
        lambda x: np.argpartition(x, 1)[1],
        lambda x: {int(v): v for v in x}[0] + len({int(v): 0 for v in x}),
    ],
)
def test_positions_under_jax_in_its_default_configuration(fn: Any, wrap: str) -> None:
    """What finds places among elements does so in `jax.jit` with 64 bits disabled, and for each row in `jax.vmap`."""
    x = np.array([[1.5, -0.5, 2.5, 0.25], [0.0, 4.0, 3.0, -1.0], [5.0, 0.5, -2.0, 1.0], [0.5, 1.0, 2.0, 3.0]])
    compiled = compile(fn)
    if wrap == "jit":
        found = [jax.jit(compiled)(row) for row in x]
    else:
        mapped = jax.vmap(compiled)
        found = list((mapped if wrap == "vmap" else jax.jit(mapped))(x))
    for row, got in zip(x, found, strict=True):
        np.testing.assert_allclose(got, fn(row), rtol=1e-6)
