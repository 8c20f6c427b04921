"""The conventions of `grad`, `vjp`, `jvp`, ...: arguments, structures, nesting, names, errors. They are JAX's.

Where JAX has the same function it is the oracle; else the number is analytic.
"""

from __future__ import annotations

import copy
import functools
import inspect
import re
from dataclasses import dataclass
from typing import Any, NamedTuple
from unittest.mock import patch

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from myialike import (
    checkpoint,
    compile,
    grad,
    hessian,
    jacfwd,
    jacrev,
    jvp,
    linearize,
    stop_gradient,
    value_and_grad,
    vjp,
    vmap,
)
from myialike.errors import CompileError, TypeCheckError, UnsupportedError
from myialike.pipeline import Pipeline

python = functools.partial(compile, backend="python")
X, Y = np.array([0.5, -1.0, 2.0]), np.array([1.5, 0.3, -0.7])


def close(got: Any, want: Any) -> None:
    np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-14)


def three(x, y, z=2.0):
    return np.sum(x * x * y) * z


# ---------------------------------------------------------------------------------------------------- argnums, aux


@pytest.mark.parametrize("argnums", [0, 1, -1, -2, (0, 1), [1, 0], (1,), (-1, 0), np.int64(1)])
def test_argnums(argnums: Any) -> None:
    """An int gives a gradient, a sequence a tuple of them; negative numbers count from the end."""
    got = grad(python(three), argnums)(X, Y)
    want = jax.grad(lambda x, y: jnp.sum(x * x * y) * 2.0, argnums)(X, Y)
    assert isinstance(got, tuple) == isinstance(want, tuple)
    for g, w in zip(got, want, strict=True) if isinstance(got, tuple) else [(got, want)]:
        np.testing.assert_allclose(g, w, rtol=1e-6)


@pytest.mark.parametrize("argnums", [2, -3, (0, 5)])
def test_argnums_out_of_range(argnums: Any) -> None:
    """There must be such an argument."""
    with pytest.raises(TypeCheckError, match="argnums"):
        grad(python(three), argnums)(X, Y)


def test_has_aux() -> None:
    """The second part of the result comes along, undifferentiated and of any structure."""

    def f(x):
        y = x * x
        return np.sum(y), {"y": y, "n": 3}

    g, aux = grad(python(f), has_aux=True)(X)
    close(g, 2 * X)
    close(aux["y"], X * X)
    assert aux["n"] == 3
    (value, aux), g = value_and_grad(python(f), has_aux=True)(X)
    close(value, np.sum(X * X))
    close(g, 2 * X)
    out, pull, aux = vjp(python(f), X, has_aux=True)
    close(out, np.sum(X * X))
    close(pull(2.0)[0], 4 * X)
    close(aux["y"], X * X)


def test_value_and_grad() -> None:
    """The value is what the function returns, the gradient is that of `grad`."""
    value, (gx, gy) = value_and_grad(python(three), (0, 1))(X, Y, 3.0)
    close(value, three(X, Y, 3.0))
    close(gx, 6 * X * Y)
    close(gy, 3 * X * X)


def test_keywords() -> None:
    """Keyword arguments are passed on, and are not differentiated."""
    close(grad(python(three))(X, Y, z=5.0), 10 * X * Y)
    close(grad(python(three), 1)(X, Y, z=1.0), X * X)
    with pytest.raises(TypeCheckError, match="argnums"):
        grad(python(three), 1)(X, y=Y)


# ---------------------------------------------------------------------------------------------------- structures


class Pair(NamedTuple):
    first: Any
    second: Any


@dataclass
class Dense:
    w: Any
    b: Any
    width: str = "wide"

    def __call__(self, x):
        return np.tanh(self.w @ x + self.b)


@jax.tree_util.register_pytree_node_class
@dataclass(frozen=True)
class Module:
    """As equinox does it: a frozen dataclass that jax takes apart."""

    w: Any
    inner: Any
    name: str = "m"

    def tree_flatten(self):
        return (self.w, self.inner), (self.name,)

    @classmethod
    def tree_unflatten(cls, aux, children):
        return cls(*children, *aux)

    def loss(self, x):
        return np.sum(self.inner(x) * self.w)


def _looked_up(self, name):
    return object.__getattribute__(self, name)


_looked_up.__module__ = "equinox._module"


class WithLookup(Module):
    """As equinox has it: looking up an attribute is the class's own, and gives what any class gives."""

    __getattribute__ = _looked_up


def test_methods_of_a_class_that_looks_up_its_attributes_as_equinox_does() -> None:
    model = WithLookup(X, Dense(np.eye(3), Y))
    close(python(lambda m, x: m.loss(x))(model, X), model.loss(X))
    close(grad(python(lambda m, x: m.loss(x)))(model, X).w, np.tanh(X + Y))


def test_a_part_of_a_model_that_is_no_data() -> None:
    """What no gradient is asked for may be of any type, as long as the function does not use it."""
    g = grad(python(lambda p: np.sum(p.w**2)))(Dense(np.eye(2), Y, {"a", "b"}))
    close(g.w, 2 * np.eye(2))
    close(g.b, 0.0 * Y)
    assert g.width is None


def test_gradient_has_the_structure_of_the_argument() -> None:
    """Dicts, lists, tuples, named tuples, dataclasses, nested in each other."""
    params = {"a": [X, (0.5, Y)], "b": Pair(2.0, {"c": X}), "d": Dense(np.eye(3), Y)}

    def f(p):
        a, (s, y) = p["a"]
        return np.sum(a * y) * s + p["b"].first * np.sum(p["b"].second["c"] ** 2) + np.sum(p["d"](a))

    g = grad(python(f))(copy.deepcopy(params))
    assert list(g) == ["a", "b", "d"] and type(g["a"]) is list and type(g["a"][1]) is tuple
    assert type(g["b"]) is Pair and type(g["d"]) is Dense and g["d"].width == "wide"
    slope = 1 - np.tanh(np.eye(3) @ X + Y) ** 2
    close(g["a"][0], 0.5 * Y + slope)
    close(g["a"][1][0], np.sum(X * Y))
    close(g["a"][1][1], 0.5 * X)
    assert type(g["a"][1][0]) is float and type(g["b"].first) is float
    close(g["b"].first, np.sum(X**2))
    close(g["b"].second["c"], 4 * X)
    close(g["d"].w, np.outer(slope, X))
    close(g["d"].b, slope)


def test_a_registered_pytree_class() -> None:
    """The gradient of a model is a model; jax.tree functions apply to both."""
    model = Module(X, Dense(np.eye(3), Y))
    g = grad(python(lambda m, x: m.loss(x)))(model, X)
    assert type(g) is Module and type(g.inner) is Dense and g.name == "m"
    close(g.w, np.tanh(X + Y))
    close(grad(python(Module.loss))(model, X).w, g.w)
    pairs = jax.tree.map(lambda p, d: p - 0.1 * d, model.w, g.w)
    close(pairs, X - 0.1 * g.w)


def test_empty_structures() -> None:
    """A structure without numbers has a gradient without numbers."""
    assert grad(python(lambda p, x: x * x), (0, 1))((), 3.0) == ((), 6.0)
    assert grad(python(lambda p: 1.5))({}) == {}


def test_kinds_of_numbers() -> None:
    """A Python float has a Python float for a gradient, a NumPy value a NumPy value, a jax array a jax array."""
    square = python(lambda x: np.sum(x * x))
    assert type(grad(square)(3.0)) is float
    assert type(grad(square)(np.float32(3.0))) is np.float32
    assert type(grad(square)(X)) is np.ndarray
    g = grad(lambda x: np.sum(x * x))(jnp.asarray(X, jnp.float32))
    assert isinstance(g, jax.Array) and g.dtype == jnp.float32
    assert grad(square)(X.astype(np.float32)).dtype == np.float32


# ------------------------------------------------------------------------------------------------- vjp, jvp


def test_vjp_of_structures() -> None:
    """The cotangent has the structure of the result, the pullback's result that of the primals."""

    def f(p, x):
        return {"s": np.sum(p[0] * x), "y": [p[1] * x, x]}

    out, pull = vjp(python(f), (X, 2.0), Y)
    close(out["s"], np.sum(X * Y))
    (gx, gs), gy = pull({"s": 3.0, "y": [X, Y]})
    close(gx, 3 * Y)
    close(gs, np.sum(X * Y))
    close(gy, 3 * X + 2.0 * X + Y)
    again, _ = pull({"s": 0.0, "y": [X, Y]})
    close(again[0], 0 * Y)
    with pytest.raises(TypeCheckError):
        pull({"s": 3.0})
    with pytest.raises(TypeCheckError):
        pull({"s": 3.0, "y": [X, np.zeros(2)]})


def test_jvp() -> None:
    """Primals and tangents are tuples of as many arguments."""
    out, dot = jvp(python(lambda x, y: {"p": x * y, "n": np.sum(x)}), (X, Y), (Y, X))
    close(out["p"], X * Y)
    close(dot["p"], Y * Y + X * X)
    close(dot["n"], np.sum(Y))
    with pytest.raises(TypeCheckError, match="jvp"):
        jvp(python(three), (X, Y), (X,))
    with pytest.raises(TypeCheckError, match="tangent"):
        jvp(python(three), (X, Y), (X, np.zeros(2)))


def test_a_result_that_is_not_floating() -> None:
    """It has the tangent zero, and no cotangent."""
    out, dot = jvp(python(lambda x: (x * 2, 3, x > 1)), (2.0,), (1.0,))
    assert out == (4.0, 3, True) and dot == (2.0, 0, False)
    for jacobian in (jacfwd, jacrev):
        with pytest.raises(TypeCheckError, match="whose results are floating-point"):
            jacobian(python(lambda x: (x * 2, 3)))(2.0)



@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: jvp(lambda d: d["a"], ({"a": 2.0},), ({"b": 1.0},)), "structure of what it belongs to, {'a': float}"),
        (lambda: jvp(lambda d: d[0], ([2.0],), ((1.0,),)), "structure"),
        (lambda: vjp(lambda x: (x, x), X)[1]([X, X]), "structure"),
        (lambda: jvp(lambda x: x, (X,), (X * 1j,)), "complex part where"),
        (lambda: vjp(lambda x: x, X)[1](X * 1j), "complex part where"),
        (lambda: jvp(lambda x: x, X, X), "takes a tuple of primals"),
        (lambda: grad(lambda s: 2.0)("a"), "'a', which has no derivative"),
    ],
)
def test_tangents_and_cotangents_that_do_not_fit(call: Any, says: str) -> None:
    with pytest.raises(TypeError, match=re.escape(says)):
        call()


def test_the_keys_of_tangents_count_not_their_order() -> None:
    f = lambda d: {"s": d["a"] * d["b"] ** 2, "t": d["a"]}
    out, dot = jvp(python(f), ({"a": 2.0, "b": 3.0},), ({"b": 10.0, "a": 1.0},))
    assert out == {"s": 18.0, "t": 2.0} and dot == {"s": 129.0, "t": 1.0}
    pull = vjp(python(f), {"a": 2.0, "b": 3.0})[1]
    assert pull({"t": 100.0, "s": 1.0}) == ({"a": 109.0, "b": 12.0},)


# -------------------------------------------------------------------------------------------------- Jacobians

A = np.array([[0.3, -1.0, 0.5], [2.0, 0.1, -0.4]])


def field(x, y):
    return np.sin(A @ x) * y[0] + y[1] * x[:2] ** 2


@pytest.mark.parametrize("jacobian", [jacfwd, jacrev])
@pytest.mark.parametrize("argnums", [0, 1, (0, 1), -1])
def test_jacobians(jacobian: Any, argnums: Any) -> None:
    """The dims of a block are those of the result, then those of the argument."""
    y = np.array([0.7, -0.2])
    by_jax = {jacfwd: jax.jacfwd, jacrev: jax.jacrev}[jacobian]

    def for_jax(x, y):
        return jnp.sin(A @ x) * y[0] + y[1] * x[:2] ** 2

    with jax.enable_x64(True):
        want = by_jax(for_jax, argnums)(jnp.asarray(X), jnp.asarray(y))
    got = jacobian(python(field), argnums)(X, y)
    for g, w in zip(got, want, strict=True) if isinstance(argnums, tuple) else [(got, want)]:
        assert g.shape == w.shape
        close(g, w)


@pytest.mark.parametrize("jacobian", [jacfwd, jacrev])
@pytest.mark.parametrize("shape", [(), (2,), (2, 3), (0,), (1, 1)])
def test_jacobian_shapes(jacobian: Any, shape: tuple[int, ...]) -> None:
    """Of scalars, matrices, and what is empty."""
    x = np.arange(float(np.prod(shape))).reshape(shape) + 1.0
    jac = jacobian(python(lambda x: x * x))(x)
    assert np.shape(jac) == shape + shape
    close(np.reshape(jac, (x.size, x.size)), np.diag(2 * x.ravel()))
    assert np.shape(jacobian(python(lambda x: np.sum(x**2)))(x)) == shape
    if shape:
        assert np.shape(jacobian(python(lambda s: s * x))(2.0)) == shape


def test_hessian() -> None:
    """Forward over reverse: symmetric blocks, for one argument or several."""

    def f(x, y):
        return np.sum(x**3 * y[0]) + np.prod(y)

    y = np.array([0.7, -0.2])
    close(hessian(python(f))(X, y), np.diag(6 * X * 0.7))
    (xx, xy), (yx, yy) = hessian(python(f), (0, 1))(X, y)
    close(xx, np.diag(6 * X * 0.7))
    close(xy, np.stack([3 * X**2, 0 * X], 1))
    close(yx, np.transpose(xy))
    close(yy, [[0, 1], [1, 0]])
    assert hessian(python(lambda x: x**3))(2.0) == 12.0


# ------------------------------------------------------------------------------------------- nesting and closures


def test_no_perturbation_confusion() -> None:
    """Two derivatives at once do not see each other."""
    close(grad(python(lambda x: x * grad(lambda y: x * y)(2.0)))(3.0), 6.0)
    close(grad(python(lambda x: x * grad(lambda y: x * y * y)(x)))(3.0), 6 * 9.0)
    close(jvp(python(lambda x: x * jvp(lambda y: x + y, (2.0,), (1.0,))[1]), (3.0,), (1.0,))[1], 1.0)
    close(grad(python(lambda x: jvp(lambda y: x * y * y, (x,), (x,))[1]))(3.0), 6 * 9.0)
    close(jvp(python(lambda x: grad(lambda y: x * x * y * y)(x)), (3.0,), (1.0,))[1], 6 * 9.0)


def test_inside_a_loop() -> None:
    """`grad` in the body of a loop of a differentiated function, with the loop's own variables captured."""

    def descend(w, data):
        for k in range(len(data)):
            w = w - 0.1 * grad(lambda v: (v * data[k] - k) ** 2)(w)
        return w * w

    def by_hand(w, data):
        for k in range(len(data)):
            w = w - 0.1 * 2 * (w * data[k] - k) * data[k]
        return w * w

    close(python(descend)(0.3, X), by_hand(0.3, X))
    close(grad(python(descend), (0, 1))(0.3, X)[0], grad(python(by_hand))(0.3, X))
    close(grad(python(descend), 1)(0.3, X), grad(python(by_hand), 1)(0.3, X))
    close(grad(grad(python(descend)))(0.3, X), grad(grad(python(by_hand)))(0.3, X))


def test_newton_on_a_derivative() -> None:
    """Minimising by Newton's method, with both derivatives taken inside, and its result differentiated."""

    def minimise(a):
        def f(x):
            return np.cosh(x - a) + a * x

        x = 0.0
        while abs(grad(f)(x)) > 1e-10:
            x = x - grad(f)(x) / grad(grad(f))(x)
        return x

    np.testing.assert_allclose(python(minimise)(0.3), 0.3 - np.arcsinh(0.3), rtol=1e-9)
    np.testing.assert_allclose(grad(python(minimise))(0.3), 1 - 1 / np.sqrt(1.09), rtol=1e-7)


def test_all_transformations_inside() -> None:
    """What works outside works in compiled code."""

    def f(x):
        value, g = value_and_grad(lambda v: np.sum(v**3))(x)
        out, pull = vjp(lambda v: v * v, x)
        (bar,) = pull(out)
        _, dot = jvp(lambda v: v * v, (x,), (g,))
        jac = jacfwd(lambda v: v * v)(x) + jacrev(lambda v: v * v)(x)
        return value + np.sum(bar + dot) + np.sum(jac) + np.sum(hessian(lambda v: np.sum(v**3))(x))

    def plain(x):
        return np.sum(x**3) + np.sum(2 * x**3 + 6 * x**3) + np.sum(4 * x) + np.sum(6 * x)

    close(python(f)(X), plain(X))
    close(grad(python(f))(X), 27 * X**2 + 10)


def test_stop_gradient() -> None:
    """The value passes, the derivative does not, in either mode and order."""

    def f(x):
        return x * stop_gradient(x * x) + stop_gradient(x)

    assert python(f)(3.0) == 30.0
    assert grad(python(f))(3.0) == 9.0
    assert jvp(python(f), (3.0,), (1.0,))[1] == 9.0
    assert grad(grad(python(f)))(3.0) == 0.0
    assert stop_gradient(X) is X


def test_methods_partials_lambdas() -> None:
    """Whatever is callable: bound methods, callable objects, partials, lambdas, compiled functions."""
    layer = Dense(np.eye(3), Y)
    want = 1 - np.tanh(X + Y) ** 2
    close(grad(python(lambda x: np.sum(layer(x))))(X), want)

    class Model:
        def __init__(self, a):
            self.a = a

        def loss(self, x):
            return self.a * np.sum(x * x)

        def __call__(self, x):
            return self.loss(x) * 2

    model = Model(3.0)
    close(grad(python(model.loss))(X), 6 * X)
    close(grad(python(model))(X), 12 * X)
    close(grad(python(functools.partial(three, z=3.0)))(X, Y), 6 * X * Y)
    close(grad(python(functools.partial(three, X)))(Y), 2 * X * X)
    close(grad(compile(python(three)))(X, Y), 4 * X * Y)
    model.a = 4.0
    close(grad(python(model.loss))(X), 8 * X)


def test_captured_values_are_read_at_each_call() -> None:
    """A gradient sees what its function sees: a captured variable as it is now."""
    scale = 2.0
    g = grad(python(lambda x: scale * x * x))
    assert g(3.0) == 12.0
    scale = 5.0
    assert g(3.0) == 30.0


# ------------------------------------------------------------------------------------------------- shared arguments


def test_one_array_twice() -> None:
    """Arguments that are one object have a derivative each."""
    f = python(lambda a, b: np.sum(a * b * b))
    close(grad(f, 0)(X, X), X * X)
    for got, want in zip(grad(f, (0, 1))(X, X), (X * X, 2 * X * X), strict=True):
        close(got, want)
    close(jvp(f, (X, X), (X, 0 * X))[1], np.sum(X**3))
    close(vjp(f, X, X)[1](1.0)[1], 2 * X * X)
    close(grad(python(lambda p: np.sum(p[0] * p[1] ** 2)))([X, X])[0], X * X)
    pair = [2.0, 3.0]
    assert grad(python(lambda p, q: p[0] * q[1]), (0, 1))(pair, pair) == ([3.0, 0.0], [0.0, 2.0])


def test_an_argument_that_is_captured_too() -> None:
    """What is captured is a constant, though it is the argument."""
    x = X.copy()
    close(grad(python(lambda y: np.sum(y * x)))(x), x)
    close(python(lambda a: grad(lambda b: np.sum(a * b))(a))(x), x)
    close(grad(python(lambda a: np.sum(grad(lambda b: np.sum(a * b * b))(a))))(x), 4 * x)


def test_a_shared_argument_that_is_changed() -> None:
    """There the two names cannot be told apart: refused."""

    def f(a, b):
        a[0] = b[1]
        return np.sum(a * b)

    x = X.copy()
    with pytest.raises(UnsupportedError, match="another name"):
        grad(python(f))(x, x)
    close(grad(python(f), (0, 1))(X.copy(), Y.copy())[0], [0.0, Y[1], Y[2]])


# -------------------------------------------------------------------------------------------------- names, options


def test_names_are_kept() -> None:
    """`__name__`, `__doc__` and the signature are those of the function."""

    def loss(x: float, *, scale: float = 1.0) -> float:
        """How bad it is."""
        return x * x * scale

    for made in (grad(loss), value_and_grad(grad(loss)), jacrev(loss), hessian(loss), compile(loss)):
        assert made.__name__ == "loss" and made.__doc__ == "How bad it is."
        assert inspect.signature(made) == inspect.signature(loss)


def test_backend_and_checks_are_kept() -> None:
    """A transformation of a compiled function is compiled in the same way; `compile` around it sets it afresh."""
    f = compile(three, backend="python", checks=False)
    assert (grad(f).backend, grad(f).checks) == ("python", False)
    assert grad(grad(f)).backend == "python"
    assert (compile(grad(f), backend="xla").backend, compile(grad(f), backend="xla").checks) == ("xla", False)
    assert grad(three).backend == "xla"


# --------------------------------------------------------------------------------------------------------- refused


@pytest.mark.parametrize("transform", [grad, value_and_grad, jacrev, jacfwd, hessian])
def test_an_int_has_no_derivative(transform: Any) -> None:
    """The error names the argument."""

    def f(count, x):
        return count * x * x

    with pytest.raises(TypeCheckError, match="count"):
        transform(python(f))(3, 2.0)
    assert grad(python(f), 1)(3, 2.0) == 12.0


def test_an_int_inside_a_structure() -> None:
    """So do the parts of a structure; a string or None in it is no number and passes."""
    f = python(lambda p: p["x"] * 2.0)
    with pytest.raises(TypeCheckError, match="only floating-point"):
        grad(f)({"x": 1.0, "n": 3})
    assert grad(f)({"x": 1.0, "name": "p", "none": None}) == {"x": 2.0, "name": "p", "none": None}


@pytest.mark.parametrize(
    "function, message",
    [
        (lambda x: (x, x), "real scalar"),
        (lambda x: x * X, "real scalar"),
        (lambda x: x * 1j, "real scalar"),
        (lambda x: x > 0, "real scalar"),
        (lambda x: None, "real scalar"),
        (lambda x: 3, "real scalar"),
        (lambda x: int(x), "real scalar"),
    ],
)
def test_the_result_must_be_a_real_scalar(function: Any, message: str) -> None:
    """`grad` says what it got."""
    with pytest.raises(TypeCheckError, match=message) as error:
        grad(python(function))(2.0)
    assert isinstance(error.value, CompileError)


def test_complex_arguments() -> None:
    """The gradient with respect to a complex argument is JAX's: the plain transpose."""
    z = 0.3 + 0.4j
    got = grad(python(lambda z: (z * z).real + np.abs(z)))(z)
    with jax.enable_x64(True):
        want = jax.grad(lambda z: (z * z).real + jnp.abs(z))(z)
    close(got, want)


def test_options_inside() -> None:
    """`argnums` in compiled code: an int, a tuple, a list."""
    f = python(lambda x: grad(lambda a, b: a * b, argnums=[0, 1])(x, 2 * x))
    assert f(2.0) == (4.0, 2.0)
    assert python(lambda x: grad(lambda a, b: a * b, (1,))(x, 2 * x))(2.0) == (2.0,)
    assert python(lambda x: grad(lambda a, b: a * b, -1)(x, 2 * x))(2.0) == 2.0


def test_an_argument_that_is_returned() -> None:
    """It is a result like any other: with a tangent and a cotangent of its own."""
    dot = np.array([1.0, 2.0, 3.0])
    close(jvp(python(lambda x: x), (X,), (dot,))[1], dot)
    close(vjp(python(lambda x: x), X)[1](dot)[0], dot)
    (out, view), (out_dot, view_dot) = jvp(python(lambda x: (x, x[::2])), (X,), (dot,))
    close(out_dot, dot)
    close(view_dot, dot[::2])
    close(jacrev(python(lambda x: x))(X), np.eye(3))
    assert grad(python(lambda x: x))(np.array(2.0)) == 1.0


@pytest.mark.parametrize("jacobian", [jacfwd, jacrev])
def test_jacobians_of_structures(jacobian: Any) -> None:
    """In the place of each leaf of the result stands the structure of the arguments."""
    jac = jacobian(python(lambda p: [p["a"] * p["s"], {"n": np.sum(p["a"])}, 1.5]))({"a": X, "s": 2.0})
    close(jac[0]["a"], 2 * np.eye(3))
    close(jac[0]["s"], X)
    close(jac[1]["n"]["a"], np.ones(3))
    assert jac[1]["n"]["s"] == 0.0 and jac[2]["s"] == 0.0
    close(jac[2]["a"], np.zeros(3))
    with pytest.raises(TypeCheckError, match=jacobian.__name__):
        jacobian(python(lambda x: (x, int(x))))(2.0)


def test_hessian_of_structures() -> None:
    """Blocks in blocks; a function that is linear has zeros."""
    h = hessian(python(lambda p: p["a"] ** 2 * p["b"]))({"a": 2.0, "b": 3.0})
    assert h == {"a": {"a": 6.0, "b": 4.0}, "b": {"a": 4.0, "b": 0.0}}
    close(hessian(python(lambda x: np.sum(x)))(X), np.zeros((3, 3)))
    assert hessian(python(lambda x: 3.0 * x))(2.0) == 0.0


def always_raises(x):
    pair = (x, x)
    return pair[2] * 2.0


@pytest.mark.parametrize("backend", ["python", "xla"])
def test_a_function_that_never_returns_raises_in_its_derivatives(backend: str) -> None:
    """What a function raises is raised, also where nothing is left to be differentiated."""
    f = compile(always_raises, backend=backend)
    for call in [
        lambda: grad(f)(0.5),
        lambda: jvp(f, (0.5,), (1.0,)),
        lambda: jacfwd(f)(0.5),
        lambda: vmap(f)(X),
        lambda: grad(checkpoint(f))(0.5),
        lambda: compile(lambda x: x * grad(f)(x), backend=backend)(0.5),
    ]:
        with pytest.raises(IndexError):
            call()


# ------------------------------------------------------------------------- pullbacks and linearized functions as values


def test_a_pullback_is_taken_at_the_primals_as_they_were() -> None:
    """Neither the function itself nor the caller moves the point by writing to it afterwards."""

    def f(a):
        a *= 2.0
        return np.sum(a**2)

    for transform, weight, expected in ((vjp, 1.0, (8 * X,)), (linearize, Y, np.sum(8 * X * Y))):
        a = X.copy()
        out, derivative = transform(python(f), a)
        close(out, np.sum(4 * X**2))
        close(a, 2 * X)
        a[:] = 0.0
        for _ in range(2):
            found = derivative(weight)
            close(found[0] if transform is vjp else found, expected[0] if transform is vjp else expected)


def test_a_pullback_is_compiled_once() -> None:
    f = python(lambda x: np.sum(np.sin(x)))
    close(vjp(f, X)[1](1.0)[0], np.cos(X))
    with patch.object(Pipeline, "infer", side_effect=AssertionError("compiled again")):
        close(vjp(f, Y)[1](1.0)[0], np.cos(Y))


@pytest.mark.parametrize("x", [2.0, -2.0])
@pytest.mark.parametrize("transform", [vjp, linearize])
def test_a_choice_between_pullbacks(transform: Any, x: float) -> None:
    """Which of two is called is decided at run time; what they were made from is carried to where they are called."""

    def chosen(x):
        y, derivative = transform(lambda v: v * v, x) if x > 0 else transform(lambda v: v * v * v, x)
        return y, derivative(1.0)

    def one_sided(x):
        if x > -5:
            z = x * 3
            _, derivative = transform(lambda v, a: v * np.sum(a), z, X * z)
        else:
            raise ValueError("x")
        return derivative(1.0) if transform is vjp else derivative(1.0, X)

    for f in (chosen, one_sided):
        found, expected = python(f)(x), f(x)
        jax.tree.map(close, found, expected)


def test_a_pullback_of_each_turn_is_refused() -> None:
    def last(x):
        y, pull = vjp(lambda v: v * v, x)
        for _ in range(int(x)):
            y, pull = vjp(lambda v: v * v, y * 0.5)
        return pull(1.0)

    with pytest.raises(UnsupportedError, match="'pull' is a function when the loop starts"):
        python(last)(3.0)
