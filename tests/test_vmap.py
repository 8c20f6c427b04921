"""`vmap`: for every program the same as the function called for each element, and beside JAX where it applies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from myialike import compile, grad, jacfwd, value_and_grad, vmap
from myialike.errors import CompileError, ShapeError, TypeCheckError

RNG = np.random.default_rng(0)
BACKENDS = pytest.mark.parametrize("backend", ["python", "xla"])


def affine(x, w):
    return np.tanh(w @ x) + x[0]


def newton(x, tol):
    y = x
    while abs(y * y - x) > tol:
        y = 0.5 * (y + x / y)
    return y


def branch(x):
    if x > 0.5:
        return np.log(x) * x
    return x * x


def written(x):
    out = np.zeros(4)
    for i in range(4):
        out[i] = x[i] * (out[i - 1] if i > 0 else 1.0)
    return out


def loss(p, x, y):
    return (p["w"] @ x + p["b"] - y) ** 2


@BACKENDS
@pytest.mark.parametrize(
    ("fn", "args", "axes"),
    [
        (affine, (RNG.random((5, 3)), RNG.random((3, 3))), (0, None)),
        (affine, (RNG.random((3, 5)), RNG.random((5, 3, 3))), (1, 0)),
        (newton, (RNG.random(6) * 100, 1e-10), (0, None)),
        (branch, (RNG.random(7),), 0),
        (written, (RNG.random((5, 4)),), 0),
    ],
    ids=["affine", "two axes", "newton", "branch", "written"],
)
def test_every_element_is_the_function_of_it(fn, args, axes, backend):
    each = axes if isinstance(axes, tuple) else (axes,) * len(args)
    size = next(np.shape(a)[k] for a, k in zip(args, each) if k is not None)
    rows = [
        fn(*(a if k is None else np.moveaxis(a, k, 0)[e] for a, k in zip(args, each, strict=True))) for e in range(size)
    ]
    found = vmap(compile(fn, backend=backend), axes)(*args)
    assert isinstance(found, np.ndarray) and found.dtype == np.asarray(rows).dtype
    np.testing.assert_allclose(found, rows, rtol=1e-12)


@BACKENDS
def test_gradients_of_every_element(backend):
    """`vmap(grad(f))` is the gradient for each example, through a loop whose length depends on the example too."""
    params = {"w": RNG.random(3), "b": 0.5}
    xs, ys = RNG.random((4, 3)), RNG.random(4)
    slope = grad(compile(loss, backend=backend))
    found = vmap(slope, (None, 0, 0))(params, xs, ys)
    for e in range(4):
        one = slope(params, xs[e], ys[e])
        np.testing.assert_allclose(found["w"][e], one["w"], rtol=1e-12)
        np.testing.assert_allclose(found["b"][e], one["b"], rtol=1e-12)
    roots = np.array([3.0, 2.0, 1e4])
    slopes = vmap(grad(compile(newton, backend=backend)), (0, None))(roots, 1e-10)
    np.testing.assert_allclose(slopes, 0.5 / np.sqrt(roots), rtol=1e-8)


def test_gradient_of_a_mapped_function():
    """`grad` of a loss that maps its model over the examples agrees with JAX."""
    w, xs = RNG.random(3), RNG.random((6, 3))

    def total(w, xs):
        return np.sum(vmap(lambda x: np.sin(w @ x))(xs) ** 2)

    value, slope = value_and_grad(total)(w, xs)
    with jax.enable_x64(True):
        want = jax.value_and_grad(lambda w, xs: jnp.sum(jax.vmap(lambda x: jnp.sin(w @ x))(xs) ** 2))(w, xs)
    np.testing.assert_allclose(value, want[0], rtol=1e-12)
    np.testing.assert_allclose(slope, want[1], rtol=1e-12)


def test_out_axes_and_structures():
    """Results may have the elements along another axis, and be structures; what does not differ is repeated."""
    xs = RNG.random((5, 3))
    found = vmap(lambda x: {"twice": x * 2, "one": 1.0, "row": (x.sum(), x)}, out_axes=-1)(xs)
    np.testing.assert_array_equal(found["twice"], 2 * xs.T)
    np.testing.assert_array_equal(found["one"], np.ones(5))
    np.testing.assert_allclose(found["row"][0], xs.sum(axis=1), rtol=1e-15)
    np.testing.assert_array_equal(found["row"][1], xs.T)


@dataclass
class Pair:
    a: Any
    b: Any


def test_axes_in_the_structure_of_what_they_belong_to():
    """`in_axes` and `out_axes` may be structures of axes, of instances too; None is what is the same for all."""
    xs, w = RNG.random((5, 3)), RNG.random(3)
    found = vmap(lambda p: Pair(p.a * p.b, p.b * 2), in_axes=(Pair(1, None),), out_axes=Pair(1, None))(Pair(xs.T, w))
    np.testing.assert_array_equal(found.a, (xs * w).T)
    np.testing.assert_array_equal(found.b, 2 * w)
    row, more = vmap(lambda x: (x, {"s": x.sum(), "k": 3}), out_axes=(1, {"s": 0, "k": None}))(xs)
    np.testing.assert_array_equal(row, xs.T)
    assert more["s"].shape == (5,) and more["k"] == 3


@BACKENDS
def test_no_elements(backend):
    """A map over nothing has empty results, through loops and branches too."""

    def steps(x):
        s = 0.0
        while s < x.sum():
            s = s + 1.0
        return s * x if s > 2 else x

    f = compile(steps, backend=backend)
    assert vmap(f)(np.zeros((0, 3))).shape == (0, 3)
    assert vmap(lambda x, k: x, (0, 0))(np.zeros((0, 3)), None).shape == (0, 3)


def test_nested_maps_and_jacobians():
    xs, ys = RNG.random(3), RNG.random(4)
    table = vmap(lambda x: vmap(lambda y: x * np.exp(y))(ys))(xs)
    np.testing.assert_allclose(table, xs[:, None] * np.exp(ys), rtol=1e-14)
    blocks = vmap(jacfwd(lambda v: np.sin(v) * v[0]))(RNG.random((2, 3)))
    assert blocks.shape == (2, 3, 3)


def test_a_check_of_any_element_raises():
    def inverse(x):
        return 1.0 / float(x)

    with pytest.raises(ZeroDivisionError):
        vmap(inverse)(np.array([1.0, 0.0, 2.0]))


@pytest.mark.parametrize(
    ("make", "args", "error"),
    [
        (lambda: vmap(affine, (0, 0)), (np.ones((5, 3)), np.ones((4, 3, 3))), ShapeError),
        (lambda: vmap(affine, (0,)), (np.ones((5, 3)), np.ones((3, 3))), TypeCheckError),
        (lambda: vmap(branch, 0), (1.0,), CompileError),
        (lambda: vmap(branch, None), (1.0,), TypeCheckError),
        (lambda: vmap(branch, 0.5), (np.ones(3),), TypeCheckError),
        (lambda: vmap(affine, (False, True)), (np.ones((3, 3)), np.ones((3, 3))), TypeCheckError),
        (lambda: vmap(branch, 0, True), (np.ones(3),), TypeCheckError),
        (lambda: vmap(branch, 0, None), (np.ones(3),), TypeCheckError),
        (lambda: vmap(branch, 0, (0, 0)), (np.ones(3),), TypeCheckError),
        (lambda: vmap(branch, 0, "0"), (np.ones(3),), TypeCheckError),
    ],
    ids=["sizes", "too few axes", "a number", "nothing mapped", "no axis", "bools", "a bool", "differs", "structure",
         "no out axis"],
)
def test_wrong_uses_are_refused(make, args, error):
    with pytest.raises(error):
        make()(*args)


@pytest.mark.parametrize(
    ("fn", "says"),
    [
        (lambda k, x: np.concatenate([x[k : k + 1], x]), "returns a part of"),
        (lambda k, x: np.nonzero(x > k)[0], "returns a part of"),
        (lambda k, x: [j for j in range(k)], "returns a list of int"),
        (lambda k, x: lambda y: y, "returns a function"),
    ],
)
def test_what_has_no_size_of_its_own_is_refused(fn, says):
    with pytest.raises(CompileError, match=says):
        vmap(compile(fn, backend="python"), (0, None))(np.array([0, 2]), np.ones(3))
