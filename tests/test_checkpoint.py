"""`checkpoint` and `memory="sqrt"`: the same derivatives, of less that is stored."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from myialike import checkpoint, compile, grad, jacfwd, jacrev, show, source, taylor, value_and_grad, vmap
from myialike.errors import TypeCheckError

BACKENDS = pytest.mark.parametrize("backend", ["python", "xla"])
X, W = np.array([0.1, 0.2, 0.3]), np.array([0.5, 0.4, 0.3])


def layer(x, w):
    return np.sin(np.exp(np.sin(x * w))) + x


def net(x, w):
    s = x
    for _ in range(10):
        s = layer(s, w)
    return np.sum(s) + np.sum(np.exp(np.sin(x * w)))


def net_again(x, w):
    s = x
    for _ in range(10):
        s = checkpoint(layer)(s, w)
    return np.sum(s) + np.sum(checkpoint(lambda y: np.exp(np.sin(y * w)))(x))


DERIVATIVES = {
    "value": lambda f: f,
    "grad": lambda f: grad(f, (0, 1)),
    "forward over reverse": lambda f: jacfwd(grad(f, 1)),
    "reverse over reverse": lambda f: jacrev(grad(f)),
    "forward": jacfwd,
    "reverse over a gradient": lambda f: grad(lambda x, w: np.sum(grad(f, 1)(x, w) ** 2)),
    "third": lambda f: jacfwd(jacrev(grad(f, 1))),
}


@BACKENDS
@pytest.mark.parametrize("name", DERIVATIVES)
def test_nothing_but_memory_changes(name: str, backend: str) -> None:
    """In every mode and order, in loops, with captured variables."""
    make: Any = DERIVATIVES[name]
    got = make(compile(net_again, backend=backend))(X, W)
    want = make(compile(net, backend=backend))(X, W)
    np.testing.assert_allclose(np.asarray(got), np.asarray(want), rtol=1e-10)


@BACKENDS
def test_vmap_and_taylor(backend: str) -> None:
    xs = np.stack([X, 2 * X])
    got = vmap(grad(compile(net_again, backend=backend)), (0, None))(xs, W)
    np.testing.assert_allclose(got, [grad(compile(net, backend=backend))(x, W) for x in xs], rtol=1e-12)
    line = [compile(lambda t, f=f: f(X + t * W, W), backend=backend) for f in (net_again, net)]
    np.testing.assert_allclose(taylor(line[0], 0.0, 3), taylor(line[1], 0.0, 3), rtol=1e-12)


def test_what_is_stored() -> None:
    """The tape of the loop has the carry alone, and the body's forward sweep stands in the backward loop too."""
    plain, again = (show(grad(compile(f, backend="python")), X, W) for f in (net, net_again))
    assert plain.count("push(") >= again.count("push(") == 1
    assert again.count("exp(") >= plain.count("exp(")
    assert "ad." not in source(grad(compile(net_again, backend="python")), X, W)


def test_straight_code_is_computed_again() -> None:
    """Where forward and backward sweep are in one block, a barrier keeps the optimiser from sharing."""
    again = show(grad(compile(lambda x: np.sum(checkpoint(lambda y: np.exp(np.sin(y)))(x)))), X)
    assert "ad.barrier" in again
    np.testing.assert_allclose(
        grad(lambda x: np.sum(checkpoint(lambda y: np.exp(np.sin(y)))(x)))(X), np.exp(np.sin(X)) * np.cos(X)
    )


def test_policies() -> None:
    f = compile(lambda x, w: np.sum(checkpoint(layer, policy="everything")(x, w)), backend="python")
    np.testing.assert_allclose(f(X, W), np.sum(layer(X, W)))
    with pytest.raises(TypeCheckError, match="policy"):
        compile(lambda x: checkpoint(layer, policy="dots")(x, x), backend="python")(X)


def test_called_plainly_and_with_errors() -> None:
    """Outside it is a compiled function; an exception in it is raised, once."""
    np.testing.assert_allclose(checkpoint(layer)(X, W), layer(X, W))

    def first(x, k):
        return x[k] * x[k]

    f = grad(compile(lambda x, k: checkpoint(first)(x, k), backend="python"))
    np.testing.assert_allclose(f(X, 1), [0.0, 0.4, 0.0])
    with pytest.raises(IndexError, match="index 7 is out of bounds"):
        f(X, 7)


# ------------------------------------------------------------------------------------------------------- loops


def counted(x, n):
    s = x
    for k in range(n):
        s = np.sin(s) * 1.01 + x * 0.1 * k / n
    return s


def known(x):
    s = x
    for k in range(2, 1003, 2):
        s = np.sin(s) * 1.01 + x * 0.001 * k
    return s


def backwards(x, n):
    s = x
    for k in range(n, -3, -3):
        s = np.sin(s) * 1.01 + x * 0.001 * k
    return s


def until(x, n):
    s, k = x, 0
    while k < n and s < 10:
        s = np.sin(s) * 1.01 + x * 0.01
        k += 1
    return s


def nested(x, n):
    a = np.array([0.1, 0.2]) * x
    for i in range(n):
        t = a[i % 2]
        while t < 2.0:
            t = t * 1.5 + x
        a[i % 2] = np.sin(t) + a[1 - i % 2] * 0.5
        if i == 70:
            break
    return np.sum(a)


LOOPS: list[Any] = [
    *((counted, n) for n in (0, 1, 17, 1000)),
    *((backwards, n) for n in (-5, 0, 100)),
    *((until, n) for n in (0, 1, 64, 65, 1000)),
    *((nested, n) for n in (3, 100)),
]


@BACKENDS
@pytest.mark.parametrize(("f", "n"), LOOPS)
def test_loops_in_segments(f: Any, n: int, backend: str) -> None:
    """The gradient and its derivative are those of storing all, for loops of every length."""
    c = compile(f, backend=backend)
    (value, got), want = value_and_grad(c, memory="sqrt")(0.3, n), grad(c)(0.3, n)
    np.testing.assert_allclose(value, f(0.3, n), rtol=1e-10)
    np.testing.assert_allclose(got, want, rtol=1e-11)
    np.testing.assert_allclose(grad(grad(c, memory="sqrt"))(0.3, n), grad(grad(c))(0.3, n), rtol=1e-9)


@BACKENDS
def test_a_loop_of_known_length(backend: str) -> None:
    c = compile(known, backend=backend)
    np.testing.assert_allclose(grad(c, memory="sqrt")(0.3), grad(c)(0.3), rtol=1e-12)


def test_the_tape_is_short() -> None:
    """Of 501 iterations no stack has more than 23 values."""
    text = show(grad(compile(known, backend="python"), memory="sqrt"), 0.3)
    capacities = [int(line.split("capacity=")[1].split(",")[0]) for line in text.splitlines() if "capacity=" in line]
    assert capacities and max(capacities) <= 23


def test_memory_is_named() -> None:
    with pytest.raises(TypeCheckError, match="memory"):
        grad(compile(known, backend="python"), memory="little")(0.3)
