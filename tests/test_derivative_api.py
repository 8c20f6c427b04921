"""The transformations beyond `grad`, names in `argnums`, complex functions, `has_aux`: JAX is the oracle.

What works outside works in compiled code, on both backends.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from myialike import compile, grad, hessian, hvp, jacfwd, jacobian, jacrev, jvp, linearize, value_and_grad, vjp
from myialike.errors import CompileError, TypeCheckError, UnsupportedError

BACKENDS = pytest.mark.parametrize("backend", ["python", "xla"])
X, Y, V = np.array([0.5, -1.0, 2.0]), np.array([1.5, 0.3, -0.7]), np.array([1.0, 0.2, -0.4])
Z = 0.7 - 0.4j


def close(got: Any, want: Any) -> None:
    assert jax.tree.structure(got) == jax.tree.structure(want)
    for g, w in zip(jax.tree.leaves(got), jax.tree.leaves(want), strict=True):
        assert np.shape(g) == np.shape(w)
        np.testing.assert_allclose(g, w, rtol=1e-12, atol=1e-13)


def by_jax(make: Callable[[], Any]) -> Any:
    with jax.enable_x64(True):
        return jax.tree.map(np.asarray, make())


def energy(x, y):
    return np.sum(np.sin(x) * y * y) + x[0] * y[1]


def energy_jax(x, y):
    return jnp.sum(jnp.sin(x) * y * y) + x[0] * y[1]


# ------------------------------------------------------------------------------------- linearize, hvp, jacobian


@BACKENDS
def test_linearize(backend: str) -> None:
    """The value and a linear function of tangents, outside and inside."""
    f = compile(energy, backend=backend)
    value, push = linearize(f, X, Y)
    want, push_jax = by_jax(lambda: jax.linearize(energy_jax, X, Y)[0]), None
    close(value, want)
    want = by_jax(lambda: jax.jvp(energy_jax, (X, Y), (V, 2 * V))[1])
    close(push(V, 2 * V), want)
    assert push_jax is None

    def inside(x, y, v):
        out, pushed = linearize(energy, x, y)
        return out, pushed(v, 2 * v), pushed(2 * v, v)

    out, once, swapped = compile(inside, backend=backend)(X, Y, V)
    close(out, value)
    close(once, want)
    close(swapped, by_jax(lambda: jax.jvp(energy_jax, (X, Y), (2 * V, V))[1]))


def test_linearize_wants_a_tangent_for_each_primal() -> None:
    _, push = linearize(compile(energy, backend="python"), X, Y)
    with pytest.raises(TypeCheckError, match="a tangent for each of 2 primals"):
        push(V)


@BACKENDS
def test_hvp(backend: str) -> None:
    """The Hessian times tangents: of one primal, and of several, a tuple."""
    f = compile(energy, backend=backend)
    hessians = by_jax(lambda: jax.hessian(energy_jax, (0, 1))(X, Y))
    close(hvp(f, (X, Y), (V, Y)), tuple(row[0] @ V + row[1] @ Y for row in hessians))
    close(hvp(compile(lambda x: energy(x, Y), backend=backend), (X,), (V,)), hessians[0][0] @ V)
    close(compile(lambda x, v: hvp(lambda u: energy(u, u), (x,), (v,)), backend=backend)(X, V),
          by_jax(lambda: jax.hessian(lambda u: energy_jax(u, u))(X)) @ V)  # fmt: skip


def test_jacobian_is_jacrev() -> None:
    assert jacobian is jacrev


@BACKENDS
def test_hessian_of_a_vector_function(backend: str) -> None:
    """Shape of the result, then twice that of the argument."""
    got = hessian(compile(lambda x: np.sin(x) * x[0], backend=backend))(X)
    close(got, by_jax(lambda: jax.hessian(lambda x: jnp.sin(x) * x[0])(X)))


# --------------------------------------------------------------------------------------------------- argnums

W = np.array([0.1, 0.2, 0.3])
RATE = 0.5


def with_globals(x):
    return np.sum(W * x * x) * RATE


@BACKENDS
def test_names_of_parameters(backend: str) -> None:
    """By position or by keyword, alone or in sequences."""
    f = compile(energy, backend=backend)
    close(grad(f, "y")(X, Y), grad(f, 1)(X, Y))
    close(grad(f, "y")(X, y=Y), grad(f, 1)(X, Y))
    close(grad(f, ("y", 0))(X, Y), grad(f, (1, 0))(X, Y))
    close(jacfwd(f, ["x", "y"])(X, Y), grad(f, (0, 1))(X, Y))
    close(compile(lambda x, y: grad(energy, argnums="y")(x, y), backend=backend)(X, Y), grad(f, 1)(X, Y))


@BACKENDS
def test_captured_variables(backend: str) -> None:
    """Globals, variables of enclosing functions, and of functions made while the program runs."""
    f = compile(with_globals, backend=backend)
    close(grad(f, "W")(X), X * X * 0.5)
    close(grad(f, ("x", "RATE"))(X), (W * X, np.sum(W * X * X)))
    p = {"w": W * 2, "b": 1.0}

    def loss(x):
        return np.sum(p["w"] * x) + p["b"] * x[0]

    close(grad(compile(loss, backend=backend), "p")(X), {"w": X, "b": X[0]})

    def outer(x, w):
        return grad(lambda v: np.sum(v * w * w), argnums="w")(x)

    close(compile(outer, backend=backend)(X, Y), 2 * X * Y)
    close(jacrev(compile(outer, backend=backend), 1)(X, Y), np.diag(2 * X))


@pytest.mark.parametrize(
    ("argnums", "says"),
    [
        ("nothing", "neither a parameter nor a variable"),
        ("np", "holds no numbers"),
        (("x", "z"), "neither"),
        (3, "argnums=3"),
        (-2, "argnums=-2"),
    ],
)
def test_wrong_names(argnums: Any, says: str) -> None:
    with pytest.raises(TypeCheckError, match=says):
        grad(compile(with_globals, backend="python"), argnums)(X)


def test_a_default_is_no_argument() -> None:
    with pytest.raises(TypeCheckError, match="whose default is used"):
        grad(compile(lambda x, rate=0.5: x * rate, backend="python"), "rate")(1.0)


x1, w, w_1 = 3.0, 2.0, 5.0


class Scaled:
    """A callable instance, with methods of all kinds."""

    def __init__(self, factor: float) -> None:
        self.factor = factor

    def __call__(self, x, y=2.0):
        return self.factor * x * y * y

    def method(self, x, y):
        return self.factor * x * y * y

    @classmethod
    def of_class(cls, x, y):
        return x * y * y

    @staticmethod
    def of_none(x, y):
        return x * y * y


def of_three(a, b, c):
    return a * b * b * c * c * c


@BACKENDS
def test_names_of_whatever_is_callable(backend: str) -> None:
    """Of methods, instances and partials, outside and inside: a name is that of the parameter which the call fills."""
    s = Scaled(10.0)
    for fn, factor in [(s, 10.0), (s.method, 10.0), (s.__call__, 10.0), (Scaled.of_class, 1.0), (s.of_none, 1.0)]:
        f = compile(fn, backend=backend)
        assert grad(f, "y")(3.0, 5.0) == factor * 30.0 == grad(f, ("x", "y"))(3.0, y=5.0)[1]
    assert compile(lambda x, y: grad(s, "y")(x, y) + grad(s.method, "y")(x, y), backend=backend)(3.0, 5.0) == 600.0
    assert compile(lambda s, x, y: grad(s, "y")(x, y), backend=backend)(s, 3.0, 5.0) == 300.0
    left, right = functools.partial(of_three, 1.0), functools.partial(of_three, b=2.0, c=1.0)
    assert grad(left, "c")(2.0, 3.0) == 108.0 == grad(compile(left, backend=backend), "c")(2.0, 3.0)
    assert grad(right, "a")(7.0) == 4.0 and grad(right, "b")(7.0, b=3.0) == 42.0
    inside = compile(lambda x, y: grad(functools.partial(of_three, x), "c")(2.0, y), backend=backend)
    assert inside(1.0, 3.0) == 108.0


@BACKENDS
def test_names_that_look_like_others(backend: str) -> None:
    """Where a position has no name, the name is that of a captured variable; numbers at the end of names count."""
    assert grad(compile(lambda *a: a[0] * a[1] * x1, backend=backend), "x1")(2.0, 5.0) == 10.0
    assert grad(compile(lambda a: a * w * w_1 * w_1, backend=backend), ("w", "w_1"))(1.0) == (25.0, 20.0)

    def outer(x):
        w_1, w, c_cell, c = x * 2.0, x * 3.0, x * 5.0, 0.0
        for k in range(3):
            c = c + k * x

        def inner(a):
            return a * w_1 + a * a * w + a**3 * c_cell + a**4 * c

        c = c * 1.0
        return grad(inner, ("w", "w_1", "c", "c_cell"))(x)

    assert compile(outer, backend=backend)(2.0) == (4.0, 2.0, 16.0, 8.0)

    def in_a_loop(x):
        total = 0.0
        for k in range(3):
            c = x * k
            total += grad(lambda a: a * a * c, "c")(x)
        return total

    assert compile(in_a_loop, backend=backend)(2.0) == 12.0 == grad(compile(in_a_loop, backend=backend))(2.0)


@pytest.mark.parametrize(
    ("fn", "args", "name", "says"),
    [
        (lambda a, *ys, k=2.0: a * ys[0] * ys[1] * k, (1.0, 2.0, 3.0), "k", "'k', whose default is used"),
        (lambda a, *ys: a * ys[0] * ys[1], (1.0, 2.0, 3.0), "ys", "'ys', which stands for any number"),
        (functools.partial(of_three, 1.0), (2.0, 3.0), "a", "'a', which was given before"),
        (Scaled(1.0).method, (2.0, 3.0), "self", "'self', which was given before"),
    ],
)
def test_names_of_no_argument_of_the_call(fn: Any, args: Any, name: str, says: str) -> None:
    for f in (compile(fn, backend="python"), compile(lambda *a: grad(fn, name)(*a), backend="python")):
        with pytest.raises(TypeCheckError, match=says):
            (grad(f, name) if fn is f.fn else f)(*args)


def test_a_captured_variable_that_is_passed_too() -> None:
    """Which of the two ways is meant is not clear."""
    with pytest.raises(UnsupportedError, match="also reached by another name"):
        grad(compile(lambda x: np.sum(W * x), backend="python"), "W")(W)


@pytest.mark.parametrize("argnums", [0.5, None, (0, None), {"x": 1}])
def test_argnums_of_wrong_type(argnums: Any) -> None:
    with pytest.raises(TypeError, match="argnums"):
        grad(energy, argnums)


@pytest.mark.parametrize("make", [grad, value_and_grad, jacfwd, jacrev, hessian])
def test_unknown_keywords(make: Any) -> None:
    """Refused at once outside; inside, when the program is compiled."""
    with pytest.raises(TypeError, match="argnum"):
        make(energy, argnum=0)
    with pytest.raises(TypeCheckError, match="takes no keyword 'argnum'"):
        compile(lambda x: make(energy, argnum=0)(x, x), backend="python")(X)


# --------------------------------------------------------------------------------------------------- has_aux


def with_aux(x):
    return np.sum(x**3), {"twice": 2 * x, "n": 3}


@BACKENDS
def test_has_aux_everywhere(backend: str) -> None:
    """What comes along is the second part of the result, not differentiated."""
    f = compile(with_aux, backend=backend)
    aux = {"twice": 2 * X, "n": 3}
    close(grad(f, has_aux=True)(X), (3 * X**2, aux))
    close(jacrev(f, has_aux=True)(X), (3 * X**2, aux))
    close(jacfwd(f, has_aux=True)(X), (3 * X**2, aux))
    close(hessian(f, has_aux=True)(X), (np.diag(6 * X), aux))
    close(value_and_grad(f, has_aux=True)(X), ((np.sum(X**3), aux), 3 * X**2))
    out, pull, got = vjp(f, X, has_aux=True)
    close((out, pull(2.0), got), (np.sum(X**3), (6 * X**2,), aux))
    out, push, got = linearize(f, X, has_aux=True)
    close((out, push(V), got), (np.sum(X**3), np.sum(3 * X**2 * V), aux))
    close(jvp(f, (X,), (V,), has_aux=True), (np.sum(X**3), np.sum(3 * X**2 * V), aux))
    inside = compile(lambda x, v: (jvp(with_aux, (x,), (v,), has_aux=True), jacfwd(with_aux, has_aux=True)(x)))
    close(inside(X, V), ((np.sum(X**3), np.sum(3 * X**2 * V), aux), (3 * X**2, aux)))


@pytest.mark.parametrize("make", [grad, jacrev, jacfwd, hessian, value_and_grad])
def test_has_aux_wants_a_pair(make: Any) -> None:
    with pytest.raises(TypeCheckError, match="pair"):
        make(compile(lambda x: x * x, backend="python"), has_aux=True)(2.0)


# --------------------------------------------------------------------------------------------------- complex

REAL_OF_COMPLEX = [
    (lambda z: np.abs(z) ** 2, lambda z: jnp.abs(z) ** 2),
    (lambda z: (z * z).real, lambda z: (z * z).real),
    (lambda z: np.imag(np.exp(z) * np.conj(z)), lambda z: jnp.imag(jnp.exp(z) * jnp.conj(z))),
    (lambda z: np.angle(z) * np.abs(z), lambda z: jnp.angle(z) * jnp.abs(z)),
]
HOLOMORPHIC = [
    (lambda z: z * z * np.exp(z), lambda z: z * z * jnp.exp(z)),
    (lambda z: np.sin(z) / z, lambda z: jnp.sin(z) / z),
    (lambda z: np.log(z) ** 2 + np.sqrt(z), lambda z: jnp.log(z) ** 2 + jnp.sqrt(z)),
]


@BACKENDS
@pytest.mark.parametrize("pair", REAL_OF_COMPLEX)
def test_real_functions_of_complex_numbers(pair: Any, backend: str) -> None:
    """df/dx - i df/dy, as JAX has it."""
    f, g = pair
    close(grad(compile(f, backend=backend))(Z), by_jax(lambda: jax.grad(g)(Z)).item())


@BACKENDS
@pytest.mark.parametrize("pair", HOLOMORPHIC)
@pytest.mark.parametrize("name", ["grad", "jacfwd", "jacrev", "value_and_grad"])
def test_holomorphic_functions(pair: Any, name: str, backend: str) -> None:
    """The complex derivative, and twice."""
    f, g = compile(pair[0], backend=backend), pair[1]
    ours = {"grad": grad, "jacfwd": jacfwd, "jacrev": jacrev, "value_and_grad": value_and_grad}[name]
    np.testing.assert_allclose(
        ours(f, holomorphic=True)(Z), by_jax(lambda: getattr(jax, name)(g, holomorphic=True)(Z)), rtol=1e-12
    )
    if name == "grad":
        twice = grad(grad(f, holomorphic=True), holomorphic=True)(Z)
        np.testing.assert_allclose(
            twice, by_jax(lambda: jax.grad(jax.grad(g, holomorphic=True), holomorphic=True)(Z)), rtol=1e-12
        )


@pytest.mark.parametrize(
    ("make", "f", "x", "says"),
    [
        (lambda f: grad(f, holomorphic=True), lambda x: x * x, 2.0, "must be complex"),
        (lambda f: grad(f, holomorphic=True), lambda z: np.abs(z), Z, "complex scalar"),
        (grad, lambda z: z * z, Z, "real scalar"),
        (jacrev, lambda z: z * z, Z, "results are real"),
        (jacfwd, lambda z: np.abs(z), Z, "must be real"),
        (lambda f: jacfwd(f, holomorphic=True), lambda z: np.abs(z), Z, "results are complex"),
    ],
)
def test_what_holomorphic_demands(make: Any, f: Any, x: Any, says: str) -> None:
    """As in JAX, which refuses the same calls."""
    with pytest.raises(TypeCheckError, match=says):
        make(compile(f, backend="python"))(x)


def test_an_int_has_no_derivative() -> None:
    """The error is a TypeError and names the argument."""
    with pytest.raises(TypeError, match="'n' of f, which is int") as caught:

        def f(x, n):
            return x * n

        grad(compile(f, backend="python"), "n")(1.0, 2)
    assert isinstance(caught.value, CompileError)


def test_a_jacobian_keeps_what_the_function_changes() -> None:
    """The function runs once for its effects, as in plain Python."""

    def fill(x, out):
        out[0] = x[0]
        return x * x

    out = np.zeros(1)
    close(jacrev(compile(fill, backend="python"))(X, out), np.diag(2 * X))
    assert out[0] == X[0]
