"""`custom_derivative`: the rule given is the derivative, in every mode, order and place; JAX and differences agree."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from myialike import (
    check_derivative,
    check_grads,
    compile,
    custom_derivative,
    grad,
    hessian,
    jacfwd,
    jacrev,
    jvp,
    nth_derivative,
    show,
    source,
    taylor,
    value_and_grad,
    vjp,
    vmap,
)
from myialike.errors import TypeCheckError, UnsupportedError

BACKENDS = pytest.mark.parametrize("backend", ["python", "xla"])
X = np.array([0.5, -1.0, 2.0])


@custom_derivative
def softplus(x):
    return np.log1p(np.exp(x))


@softplus.defjvp
def softplus_jvp(primals, tangents):
    (x,), (x_dot,) = primals, tangents
    return softplus(x), x_dot / (1.0 + np.exp(-x))


@custom_derivative
def product(p, n):
    return p["a"] * p["b"] ** n


def product_fwd(p, n):
    return product(p, n), (p, n)


def product_bwd(residuals, out_bar):
    p, n = residuals
    return {"a": np.sum(out_bar * p["b"] ** n), "b": out_bar * p["a"] * n * p["b"] ** (n - 1)}, None


product.defvjp(product_fwd, product_bwd)


@custom_derivative
def clipped(x):
    return x * 1.0


clipped.defvjp(lambda x: (x * 1.0, ()), lambda residuals, g: (np.clip(g, -1.0, 1.0),))


@custom_derivative
def marked(x):
    return np.sin(x)


@marked.defjvp
def marked_jvp(primals, tangents):
    """Ten times the derivative, so that whoever ignores the rule is found out."""
    (x,), (x_dot,) = primals, tangents
    return marked(x), 10.0 * np.cos(x) * x_dot


@jax.custom_jvp
def marked_jax(x):
    return jnp.sin(x)


marked_jax.defjvp(lambda p, t: (marked_jax(p[0]), 10.0 * jnp.cos(p[0]) * t[0]))


def in_loop(x):
    s = x
    for k in range(3):
        if s > 0.1:
            s = marked(s * x) + k * 0.1
    return s * marked(x)


def in_loop_jax(x):
    s = x
    for k in range(3):
        s = jnp.where(s > 0.1, marked_jax(s * x) + k * 0.1, s)
    return s * marked_jax(x)


def test_plainly_it_is_the_function() -> None:
    assert softplus(0.0) == np.log(2.0)
    assert softplus.__name__ == "softplus"


@BACKENDS
def test_the_rule_is_used_in_every_mode_and_order(backend: str) -> None:
    """Beside JAX, to order 3, through loops and branches."""
    f = compile(in_loop, backend=backend)
    with jax.enable_x64(True):
        d1, d2 = jax.grad(in_loop_jax), jax.grad(jax.grad(in_loop_jax))
        want = [float(g(0.7)) for g in (in_loop_jax, d1, d2, jax.grad(d2))]
    got = [f(0.7), grad(f)(0.7), grad(grad(f))(0.7), grad(grad(grad(f)))(0.7)]
    np.testing.assert_allclose(got, want, rtol=1e-11)
    np.testing.assert_allclose(jvp(f, (0.7,), (2.0,)), [want[0], 2 * want[1]], rtol=1e-12)
    np.testing.assert_allclose(vjp(f, 0.7)[1](2.0)[0], 2 * want[1], rtol=1e-12)
    np.testing.assert_allclose(jacfwd(jacrev(f))(0.7), want[2], rtol=1e-11)
    np.testing.assert_allclose(jacrev(jacfwd(f))(0.7), want[2], rtol=1e-11)
    np.testing.assert_allclose(nth_derivative(f, 3)(0.7), want[3], rtol=1e-11)


@BACKENDS
def test_where_the_derivative_of_the_body_fails(backend: str) -> None:
    """What it is for: exp overflows at 1000, and its rule does not."""
    f = compile(softplus, backend=backend)
    assert grad(f)(1000.0) == 1.0
    assert grad(grad(f))(1000.0) == 0.0
    check_grads(f, (1.5,), order=3)


@BACKENDS
def test_structures_and_ints(backend: str) -> None:
    """Arguments of any structure; ints have no cotangent; arguments by keyword; the forward mode is derived."""
    p = {"a": 1.5, "b": np.array([0.5, 2.0])}

    def f(p):
        return np.sum(product(p, n=3))

    c = compile(f, backend=backend)
    g = grad(c)(p)
    np.testing.assert_allclose(g["a"], np.sum(p["b"] ** 3))
    np.testing.assert_allclose(g["b"], 4.5 * p["b"] ** 2)
    dot = jvp(c, (p,), ({"a": 1.0, "b": np.ones(2)},))[1]
    np.testing.assert_allclose(dot, g["a"] + np.sum(g["b"]))
    check_grads(c, (p,), order=2)
    check_derivative(product, (p, 3))


@BACKENDS
def test_a_reverse_rule_that_is_not_linear(backend: str) -> None:
    """Clipping cotangents: reverse over reverse differentiates it, and no forward rule follows from it."""
    f = compile(lambda x: clipped(x * x) * 3.0, backend=backend)
    assert grad(f)(2.0) == 4.0
    assert grad(grad(f))(2.0) == 2.0
    with pytest.raises(UnsupportedError, match="not linear") as caught:
        jvp(f, (2.0,), (1.0,))
    assert caught.value.lineno is not None and caught.value.filename == __file__


def test_a_forward_rule_that_is_not_linear() -> None:
    """Refused at the call, in both modes."""

    @custom_derivative
    def f(x):
        return x * 2.0

    @f.defjvp
    def rule(primals, tangents):
        return f(primals[0]), tangents[0] ** 2

    for derivative in (grad, jacfwd):
        with pytest.raises(UnsupportedError, match="not linear"):
            derivative(compile(lambda x: f(x), backend="python"))(1.0)


@BACKENDS
def test_vmap(backend: str) -> None:
    """Of functions, of gradients, and under a gradient."""
    f = compile(in_loop, backend=backend)
    xs = np.array([0.2, 0.7, 1.1])
    np.testing.assert_allclose(vmap(f)(xs), [f(x) for x in xs], rtol=1e-12)
    np.testing.assert_allclose(vmap(grad(f))(xs), [grad(f)(x) for x in xs], rtol=1e-12)
    np.testing.assert_allclose(vmap(grad(grad(f)))(xs), [grad(grad(f))(x) for x in xs], rtol=1e-12)
    total = compile(lambda xs: np.sum(vmap(in_loop)(xs)), backend=backend)
    np.testing.assert_allclose(grad(total)(xs), [grad(f)(x) for x in xs], rtol=1e-12)
    np.testing.assert_allclose(hessian(total)(xs), np.diag([grad(grad(f))(x) for x in xs]), rtol=1e-11)


@BACKENDS
def test_under_jax(backend: str) -> None:
    """`jax.grad` of a compiled function uses the rule too."""
    f = compile(lambda x: marked(x) * x, backend=backend)
    with jax.enable_x64(True):
        np.testing.assert_allclose(jax.grad(f)(0.7), grad(f)(0.7), rtol=1e-12)
        np.testing.assert_allclose(jax.grad(jax.grad(f))(0.7), grad(grad(f))(0.7), rtol=1e-12)
        np.testing.assert_allclose(jax.jit(jax.vmap(jax.grad(f)))(X), [grad(f)(x) for x in X], rtol=1e-12)


def test_of_both_rules_each_mode_takes_its_own() -> None:
    @custom_derivative
    def f(x):
        return x

    f.defjvp(lambda primals, tangents: (primals[0], 2.0 * tangents[0]))
    f.defvjp(lambda x: (x, None), lambda residuals, g: (3.0 * g,))
    c = compile(lambda x: f(x), backend="python")
    assert jvp(c, (1.0,), (1.0,))[1] == 2.0
    assert grad(c)(1.0) == 3.0


def test_methods() -> None:
    """The instance is the first argument."""

    class Model:
        def __init__(self, w):
            self.w = w

        @custom_derivative
        def energy(self, x):
            return self.w * x

    @Model.energy.defjvp
    def rule(primals, tangents):
        (model, x), (model_dot, x_dot) = primals, tangents
        return model.w * x, 7.0 * (model.w * x_dot + model_dot.w * x)

    assert grad(compile(lambda m, x: m.energy(x), backend="python"), (1,))(Model(2.0), 3.0) == (14.0,)


def test_a_rule_reads_globals() -> None:
    """They are read at each call, and have no derivative through the rule."""
    scale = [2.0]

    @custom_derivative
    def f(x):
        return x * scale[0]

    @f.defjvp
    def rule(primals, tangents):
        return f(primals[0]), tangents[0] * scale[0] * 100.0

    g = grad(compile(lambda x: f(x), backend="python"))
    assert g(1.0) == 200.0
    scale[0] = 3.0
    assert g(1.0) == 300.0


def test_a_differentiated_value_that_is_captured_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="pass it as an argument"):
        scale = np.ones(3)

        @custom_derivative
        def f(x):
            return x * scale

        f.defjvp(lambda primals, tangents: (f(primals[0]), tangents[0]))

        def outer(x):
            return np.sum(f(x)) + np.sum(scale)

        grad(compile(outer, backend="python"), "scale")(X)


def test_errors_of_rules() -> None:
    """No rule, a second rule, and rules that give what does not fit."""

    @custom_derivative
    def f(x):
        return x * 2.0

    with pytest.raises(UnsupportedError, match="no rule"):
        compile(lambda x: f(x), backend="python")(1.0)
    f.defjvp(lambda primals, tangents: primals[0])
    with pytest.raises(ValueError, match="already"):
        f.defjvp(lambda primals, tangents: primals[0])
    with pytest.raises(TypeCheckError, match="pair"):
        grad(compile(lambda x: f(x), backend="python"))(1.0)

    @custom_derivative
    def g(x):
        return x * 2.0

    g.defvjp(lambda x: (x * 2.0, None), lambda residuals, bar: bar)
    with pytest.raises(TypeCheckError, match="1 cotangents"):
        grad(compile(lambda x: g(x), backend="python"))(1.0)
    with pytest.raises(TypeError, match="function"):
        custom_derivative(3)  # type: ignore[arg-type]


def test_taylor_follows_the_rule() -> None:
    got = taylor(compile(softplus, backend="python"), 0.3, 3)
    x = 0.3
    s = 1 / (1 + np.exp(-x))
    want = [np.log1p(np.exp(x)), s, s * (1 - s) / 2, s * (1 - s) * (1 - 2 * s) / 6]
    np.testing.assert_allclose(got, want, rtol=1e-12)


def test_it_is_gone_from_the_text() -> None:
    """Until it is differentiated it is one operation; what runs has its body."""
    assert "ad.custom" in show(compile(in_loop, backend="python"), 0.7, stage="infer")
    text = source(grad(compile(in_loop, backend="python")), 0.7)
    assert "ad." not in text and "10.0" in text


# ------------------------------------------------------------------------------------------------- the checkers


def test_check_derivative_finds_wrong_rules() -> None:
    """In either mode."""
    with pytest.raises(AssertionError, match="forward mode"):
        check_derivative(marked, (0.7,))
    with pytest.raises(AssertionError, match="reverse mode"):
        check_derivative(clipped_by_half, (np.array([3.0, 5.0]),))


@custom_derivative
def clipped_by_half(x):
    return x * x


clipped_by_half.defvjp(lambda x: (x * x, x), lambda x, g: (x * g,))


def test_check_grads_finds_a_wrong_second_order() -> None:
    """A rule whose own derivative is wrong is right at order 1."""

    @custom_derivative
    def f(x):
        return x**3

    @f.defjvp
    def rule(primals, tangents):
        return f(primals[0]), 3.0 * constant(primals[0]) * tangents[0]

    @custom_derivative
    def constant(x):
        return x * x

    constant.defjvp(lambda primals, tangents: (constant(primals[0]), 0.0 * tangents[0]))
    check_grads(compile(f, backend="python"), (1.5,), order=1)
    with pytest.raises(AssertionError, match="forward over forward"):
        check_grads(compile(f, backend="python"), (1.5,), order=2)
    with pytest.raises(ValueError, match="modes"):
        check_grads(f, (1.5,), modes=("forward",))


@BACKENDS
def test_check_grads_of_structures(backend: str) -> None:
    """Dicts, float32, complex numbers, ints that are left alone, and functions that change what they are given."""

    def loss(p, x, n):
        total = 0.0
        for k in range(n):
            total = total + np.sum(p["w"] * x[k]) ** 2 + p["b"]
        x[0] = 0.0
        return total

    args: Any = ({"w": np.ones(3), "b": 0.5}, np.arange(6.0).reshape(2, 3), 2)
    check_grads(compile(loss, backend=backend), args)
    assert args[1][0, 1] == 1.0
    check_grads(compile(lambda x: np.sum(np.sin(x)), backend=backend), (X.astype(np.float32),))
    check_grads(compile(lambda z: np.abs(z) ** 2 * np.exp(z), backend=backend), (1 + 2j,))


@BACKENDS
def test_check_grads_of_what_is_passed_twice(backend: str) -> None:
    """One array at several places of the arguments, and of the result; a wrong rule is found there too."""

    def both(pair, x):
        return [np.sin(pair[0]) * x, pair[1]["k"] * 2.0, pair[1]["k"]]

    a = np.array([0.5, 1.5])
    check_grads(compile(both, backend=backend), ((a, {"k": a}), a))
    check_grads(compile(lambda x: (x, [x, x * x]), backend=backend), (a,))

    @custom_derivative
    def product(x, y):
        return np.sum(x * y)

    product.defvjp(lambda x, y: (product(x, y), (x, y)), lambda r, bar: (bar * r[1], bar * r[1] * 2.0))
    with pytest.raises(AssertionError, match="reverse"):
        check_grads(compile(lambda x, y: product(x, y), backend=backend), (a, a), modes=("rev",))


def test_the_keys_of_what_a_rule_returns_count_not_their_order() -> None:
    @custom_derivative
    def both(x):
        return {"a": x, "b": x * x}

    both.defvjp(lambda x: ({"b": x * x, "a": x}, x), lambda r, bar: (bar["a"] + 2 * r * bar["b"],))
    assert value_and_grad(lambda x: both(x)["a"] * 10 + both(x)["b"])(3.0) == (39.0, 16.0)


def test_a_rule_is_given_the_defaults() -> None:
    """As in JAX, the primals are all parameters, also those that are not passed."""

    @custom_derivative
    def scaled(x, by=2.0):
        return np.sin(x) * by

    @scaled.defjvp
    def rule(primals, tangents):
        (x, by), (x_dot, by_dot) = primals, tangents
        return scaled(x, by), np.cos(x) * by * x_dot + np.sin(x) * by_dot

    np.testing.assert_allclose(grad(lambda x: scaled(x))(0.5), 2.0 * np.cos(0.5), rtol=1e-14)
    np.testing.assert_allclose(grad(lambda x: scaled(x, by=x))(0.5), 0.5 * np.cos(0.5) + np.sin(0.5), rtol=1e-14)


def test_a_rule_that_always_raises_is_refused() -> None:
    @custom_derivative
    def half(x):
        return x / 2.0

    def no(primals, tangents):
        raise NotImplementedError("no forward mode")

    half.defjvp(no)
    with pytest.raises(UnsupportedError, match="raises, whatever it is given"):
        grad(half)(1.0)


@pytest.mark.parametrize("mode", ["jvp", "vjp"])
def test_a_result_that_is_known_has_the_derivative_of_the_rule(mode: str) -> None:
    """As in JAX: floats that a function always returns are results like others."""

    @custom_derivative
    def level(x):
        return 5.0, [np.sum(np.array([2.0])), x], 3

    if mode == "jvp":
        level.defjvp(lambda p, t: (level(*p), (10.0 * t[0], [100.0 * t[0], t[0]], None)))
    else:
        level.defvjp(lambda x: (level(x), None), lambda _, g: (10.0 * g[0] + 100.0 * g[1][0] + g[1][1],))
    assert level(3.0) == (5.0, [2.0, 3.0], 3)
    for k, slope in enumerate((10.0, 100.0, 1.0)):
        weights = [float(j == k) for j in range(3)]

        def chosen(x, weights=weights):
            first, (second, third), _ = level(x)
            return first * weights[0] + second * weights[1] + third * weights[2]

        assert grad(chosen)(3.0) == slope
        assert jvp(chosen, (3.0,), (2.0,))[1] == 2.0 * slope
    assert grad(lambda x: level(x)[0] * x)(3.0) == 35.0
