"""What other tools got silently wrong: at kinks, in nested derivatives, of what is computed again, of unknown length.

The smooth programs of these kinds are in `tests.adversarial_corpus`. Here are closed forms.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from myialike import checkpoint, compile, grad, hessian, jvp, nth_derivative, taylor, vjp, vmap
from myialike.errors import TypeCheckError, UnsupportedError

BACKENDS = pytest.mark.parametrize("backend", ["python", "xla"])
Call = Callable[..., Any]

# ------------------------------------------------------------------------------------------- where nothing is smooth

V = np.array([1.0, 10.0, 100.0])
TIES = np.array([2.0, 1.0, 2.0])


def relu_squared(x):
    total = 0.0
    for v in x:
        total += v * v if v > 0 else 0.0
    return total


def smallest_of_three(x):
    best = x[0]
    for v in x:
        if v < best:
            best = v
    return best * best


def untouched(x):
    for _ in range(0):
        x = x * x
    return np.sum(x)


# the function, the point, the gradient, the diagonal of the second derivative, or all of it
KINKS: dict[str, tuple[Call, Any, Any, Any]] = {
    "product with a zero": (
        lambda x: np.prod(x), np.array([0.0, 2.0, 3.0]), [6.0, 0, 0], [[0.0, 3, 2], [3, 0, 0], [2, 0, 0]]),
    "product with two zeros": (
        lambda x: np.prod(x), np.array([0.0, 2.0, 0.0]), [0.0, 0, 0], [[0.0, 0, 2], [0, 0, 0], [2, 0, 0]]),
    "product of zeros": (lambda x: np.prod(x), np.zeros(3), [0.0, 0, 0], np.zeros((3, 3))),
    "cumprod with a zero": (
        lambda x: np.cumprod(x) @ V,
        np.array([0.0, 2.0, 3.0]), [621.0, 0, 0], [[0.0, 310, 200], [310, 0, 0], [200, 0, 0]]),
    "cumprod with two zeros": (
        lambda x: np.cumprod(x) @ V, np.array([0.0, 0.0, 3.0]), [1.0, 0, 0], [[0.0, 310, 0], [310, 0, 0], [0, 0, 0]]),
    "sort with ties": (lambda x: np.sort(x) ** 2 @ V, TIES, [40.0, 2, 400], np.diag([20.0, 2, 200])),
    "argsort with ties": (
        lambda x: x[np.argsort(x, kind="stable")] ** 2 @ V, TIES, [40.0, 2, 400], np.diag([20.0, 2, 200])),
    "median with ties": (lambda x: np.median(x) ** 2, TIES, [4.0, 0, 0], np.diag([2.0, 0, 0])),
    "max with ties": (
        lambda x: np.max(x) ** 2, TIES, [2.0, 0, 2], [[0.5, 0, 0.5], [0, 0, 0], [0.5, 0, 0.5]]),
    "max of the cubes with ties": (
        lambda x: np.max(x**3), TIES, [6.0, 0, 6], np.diag([6.0, 0, 6])),
    "smallest by a loop, with ties": (smallest_of_three, np.array([1.0, 1.0, 2.0]), [2.0, 0, 0], np.diag([2.0, 0, 0])),
    "x ** 0": (lambda x: np.sum(x**0 + x**0.0), np.array([0.0, 1.0]), [0.0, 0], np.zeros((2, 2))),
    "x ** 1 and 2": (lambda x: np.sum(x**1 + x**2.0), np.array([0.0, 1.0]), [1.0, 3], np.diag([2.0, 2])),
    "0 ** y": (lambda y: np.sum(0.0**y), np.array([2.0, 0.5]), [0.0, 0], np.zeros((2, 2))),
    "x ** y at (0, 2)": (lambda z: z[0] ** z[1], np.array([0.0, 2.0]), [0.0, 0], [[2.0, 0], [0, 0]]),
    "x ** y at (0, 3)": (lambda z: z[0] ** z[1], np.array([0.0, 3.0]), [0.0, 0], [[0.0, 0], [0, 0]]),
    "norm at 0": (lambda x: np.linalg.norm(x), np.zeros(2), [0.0, 0], np.zeros((2, 2))),
    "norm squared at 0": (lambda x: np.linalg.norm(x) ** 2, np.zeros(2), [0.0, 0], None),
    "relu squared by branches": (relu_squared, np.array([0.0, 1.0, -1.0]), [0.0, 2, 0], np.diag([0.0, 2, 0])),
    "relu squared by maximum": (
        lambda x: np.sum(np.maximum(x, 0.0) ** 2), np.array([0.0, 1.0, -1.0]), [0.0, 2, 0], np.diag([0.5, 2, 0])),
    "relu by where": (
        lambda x: np.sum(np.where(x > 0, x, 0.0) ** 2), np.array([0.0, 1.0, -1.0]), [0.0, 2, 0], np.diag([0.0, 2, 0])),
    "abs": (lambda x: np.sum(np.abs(x) * x), np.array([0.0, 1.0, -1.0]), [0.0, 2, 2], np.diag([0.0, 2, -2])),
    "where in where": (
        lambda x: np.sum(np.where(x > 0, np.sqrt(np.where(x > 0, x, 1.0)), 0.0)),
        np.array([0.0, 4.0]), [0.0, 0.25], np.diag([0.0, -1 / 32])),
    "its argument": (lambda x: x[0], np.array([3.0]), [1.0], [[0.0]]),
    "a constant": (lambda x: 2.5, np.array([3.0]), [0.0], [[0.0]]),
    "no trip": (untouched, np.array([3.0, 1.0]), [1.0, 1], np.zeros((2, 2))),
}  # fmt: skip


@BACKENDS
@pytest.mark.parametrize("name", KINKS)
def test_kinks(name: str, backend: str) -> None:
    """First derivatives in both modes and second ones in all four nestings are what the conventions say."""
    fn, x, gradient, second = KINKS[name]
    f, v = compile(fn, backend=backend), np.array([0.3, -0.7, 1.1])[: len(x)]
    g = np.asarray(gradient)
    np.testing.assert_allclose(grad(f)(x), g, rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(jvp(f, (x,), (v,))[1], g @ v, rtol=1e-13, atol=1e-15)
    if second is None:
        return
    h = np.asarray(second)

    def nested(x):
        push = lambda y: jvp(fn, (y,), (v,))[1]
        pull = lambda y: np.dot(grad(fn)(y), v)
        return jvp(grad(fn), (x,), (v,))[1], grad(pull)(x), grad(push)(x), jvp(push, (x,), (v,))[1]

    fwd_rev, rev_rev, rev_fwd, fwd_fwd = compile(nested, backend=backend)(x)
    for what, got, want in [("jvp of grad", fwd_rev, h @ v), ("grad of grad", rev_rev, h @ v),
                            ("grad of jvp", rev_fwd, h @ v), ("jvp of jvp", fwd_fwd, v @ h @ v)]:  # fmt: skip
        np.testing.assert_allclose(got, want, rtol=1e-13, atol=1e-15, err_msg=what)


# ------------------------------------------------------------------------------------------------- nested derivatives


def confusable(x):
    """x times the derivative of y -> x y at 1, as in Siskind and Pearlmutter: its value is x^2."""
    return x * grad(lambda y: x * y)(1.0)


def in_a_loop(x):
    s = 0.0
    for k in range(1, 4):
        s += x * jvp(lambda y, k=k, s=s: x * y**k + s * y, (x,), (1.0,))[1]
    return s


def by_hand_in_a_loop(x):
    s = 0.0
    for k in range(1, 4):
        s += x * (x * k * x ** (k - 1) + s)
    return s


def in_a_while(x):
    y, n = x, 0
    while y < 20.0:
        y = y + grad(lambda z, y=y: z * z * y)(x) * vjp(lambda z: np.sin(z) * x, x)[1](0.1)[0]
        y = y + grad(grad(lambda z: z**3 * x))(y)
        n += 1
    return y * n


def by_hand_in_a_while(x):
    y, n = x, 0
    while y < 20.0:
        y = y + 2 * x * y * 0.1 * np.cos(x) * x
        y = y + 6 * y * x
        n += 1
    return y * n


def steps_of_descent(x):
    """The inner derivative is of a loop, and of what the outer one moves."""

    def loss(w):
        r = w
        for _ in range(3):
            r = np.sin(r) * x + w * w
        return r

    w = 0.1 * x
    for _ in range(3):
        w = w - 0.1 * grad(loss)(w)
    return w * w


def by_hand_steps_of_descent(x):
    w = 0.1 * x
    for _ in range(3):
        r, r_dot = w, 1.0
        for _ in range(3):
            r, r_dot = np.sin(r) * x + w * w, np.cos(r) * r_dot * x + 2 * w
        w = w - 0.1 * r_dot
    return w * w


@BACKENDS
@pytest.mark.parametrize(
    ("fn", "by_hand"),
    [
        (confusable, lambda x: x * x),
        (in_a_loop, by_hand_in_a_loop),
        (in_a_while, by_hand_in_a_while),
        (steps_of_descent, by_hand_steps_of_descent),
    ],
    ids=lambda f: f.__name__,
)
def test_no_perturbation_is_confused(fn: Call, by_hand: Call, backend: str) -> None:
    """A derivative inside of a differentiated loop is that of the inner variable alone, to third order."""
    for x in (0.7, 1.2):
        np.testing.assert_allclose(compile(fn, backend=backend)(x), by_hand(x), rtol=1e-13)
        got = taylor(compile(fn, backend=backend), x, 3)
        want = taylor(compile(by_hand, backend="python"), x, 3)
        np.testing.assert_allclose(got, want, rtol=1e-10)
        np.testing.assert_allclose(grad(compile(fn, backend=backend))(x), want[1], rtol=1e-10)
        second = compile(lambda x: jvp(grad(fn), (x,), (1.0,))[1], backend=backend)(x)
        np.testing.assert_allclose(second, 2 * want[2], rtol=1e-10)


def slope_of_itself(y, d):
    return y * y if d == 0 else grad(slope_of_itself)(y, d - 1) * y


def push_of_itself(y, d):
    return y * y if d == 0 else jvp(lambda z: push_of_itself(z, d - 1), (y,), (1.0,))[1] * y


def slope_in_a_closure(x, n):
    def f(y, d):
        return y * y * x if d == 0 else grad(lambda z: z * f(np.sin(z), d - 1))(y)

    return f(0.8, n)


def sum_over_itself(y, d):
    return np.sum(y * y) if d == 0 else np.sum(vmap(lambda r: sum_over_itself(r * 2.0, d - 1))(np.stack([y, y + 1])))


def itself_again(y, d):
    return np.sin(y) if d == 0 else checkpoint(itself_again)(y * y, d - 1) * y


@BACKENDS
def test_functions_that_transform_their_own_calls(backend: str) -> None:
    """The order grows with the depth of the recursion, which an int at the entry says."""
    s, c = np.sin(0.8), np.cos(0.8)
    second = s * s + 2 * 0.8 * s * c
    for d in range(4):
        for fn in (slope_of_itself, push_of_itself):
            f = compile(fn, backend=backend)
            np.testing.assert_allclose(f(0.7, d), 2**d * 0.49, rtol=1e-13)
            np.testing.assert_allclose(grad(f)(0.7, d), 2**d * 1.4, rtol=1e-13)
    f = compile(slope_in_a_closure, backend=backend)
    np.testing.assert_allclose([f(0.5, 0), f(0.5, 1), grad(f)(0.5, 1)], [0.32, 0.5 * second, second], rtol=1e-13)
    np.testing.assert_allclose(f(0.5, 2), grad(lambda y: y * grad(lambda z: z * np.sin(z) ** 2)(np.sin(y)))(0.8) / 2)
    assert compile(sum_over_itself, backend=backend)(np.ones(2), 2) == 432.0
    np.testing.assert_allclose(
        compile(itself_again, backend=backend)(0.7, 3), 0.7 * 0.7**2 * 0.7**4 * np.sin(0.7**8), rtol=1e-13
    )


def test_without_an_int_for_the_depth_they_are_refused() -> None:
    def until(y, limit):
        return y * y if y > limit else grad(until)(y * 1.5, limit) + y

    with pytest.raises(UnsupportedError, match="differentiates, maps or computes again what calls until") as caught:
        compile(until, backend="python")(0.7, 5.0)
    assert caught.value.lineno is not None


# --------------------------------------------------------------------------------------------------- orders three, four


def rev(f: Call) -> Call:
    return lambda x: vjp(f, x)[1](1.0)[0]


def fwd(f: Call) -> Call:
    return lambda x: jvp(f, (x,), (1.0,))[1]


def a_polynomial_by_a_loop(x):
    s = 0.0
    for k in range(6):
        s = s * x + (k + 1)
    return s


def a_branch(x):
    return np.exp(np.sin(x)) if x > 0 else x * x


def a_root(x):
    y = x
    while abs(y * y - x) > 1e-14:
        y = 0.5 * (y + x / y)
    return y


def a_recursion(x, n=4):  # its name is that of the graph of its own calls, too
    return x if n == 0 else np.sin(a_recursion(x, n - 1)) * x


def an_array_in_place(x):
    u = np.array([1.0, 0.5, 0.2])
    for k in range(4):
        u[k % 3] = u[(k + 1) % 3] * x + u[k % 3] ** 2
    return u[0] * u[1] + u[2]


SMALL = [a_polynomial_by_a_loop, a_branch, a_root, a_recursion, an_array_in_place]


@pytest.mark.parametrize("fn", SMALL, ids=lambda f: f.__name__)
def test_all_nestings(fn: Call) -> None:
    """All 8 sequences of the modes of order 3 and all 16 of order 4 are the derivative that Taylor mode gives."""
    x = 0.7
    for order in (3, 4):
        want = nth_derivative(compile(fn, backend="python"), order)(x)
        for modes in itertools.product((rev, fwd), repeat=order):
            f = fn
            for mode in modes:
                f = mode(f)
            got = compile(f, backend="python")(x)
            np.testing.assert_allclose(got, want, rtol=1e-9, err_msg=" of ".join(m.__name__ for m in modes))


@pytest.mark.parametrize("fn", SMALL, ids=lambda f: f.__name__)
def test_some_nestings_on_xla(fn: Call) -> None:
    """Four of those of order 3 and two of order 4."""
    x = 0.7
    third = [(rev, rev, rev), (rev, fwd, rev), (fwd, rev, fwd), (fwd, fwd, rev)]
    for modes in [*third, (rev, rev, fwd, fwd), (fwd, rev, rev, fwd)]:
        f = fn
        for mode in modes:
            f = mode(f)
        want = nth_derivative(compile(fn, backend="python"), len(modes))(x)
        np.testing.assert_allclose(compile(f)(x), want, rtol=1e-9, err_msg=" of ".join(m.__name__ for m in modes))


# ------------------------------------------------------------------------------------------------------ computed again


def slots(x, steps):
    """A ring of four slots, each written twice in a step and read between."""
    u = np.zeros(4)
    for k in range(steps):
        u[k % 4] = x[k % 3] * u[(k + 1) % 4] + x[(k + 1) % 3]
        u[k % 4] = np.sin(u[k % 4]) + 0.5 * u[(k + 2) % 4]
    return np.sum(u * u)


def slots_by_steps(x, steps):
    """The same, with a checkpoint around every step; what it changes comes out as its result."""

    def step(u, x, k):
        u = u.copy()
        u[k % 4] = x[k % 3] * u[(k + 1) % 4] + x[(k + 1) % 3]
        u[k % 4] = np.sin(u[k % 4]) + 0.5 * u[(k + 2) % 4]
        return u

    u = np.zeros(4)
    for k in range(steps):
        u = checkpoint(step)(u, x, k)
    return np.sum(u * u)


def slots_in_place(x, steps):
    """The same, with checkpoints that write into the array itself."""

    def step(u, k):
        u[k % 4] = x[k % 3] * u[(k + 1) % 4] + x[(k + 1) % 3]
        u[k % 4] = np.sin(u[k % 4]) + 0.5 * u[(k + 2) % 4]

    u = np.zeros(4)
    for k in range(steps):
        checkpoint(step)(u, k)
    return np.sum(u * u)


@BACKENDS
@pytest.mark.parametrize("fn", [slots_by_steps, slots_in_place, slots], ids=lambda f: f.__name__)
def test_buffers_that_are_computed_again(fn: Call, backend: str) -> None:
    """Checkpoints and segments of loops restore a slot that is written twice, to second order."""
    x, v = np.array([0.5, -0.3, 0.8]), np.array([1.0, 0.4, -0.7])
    plain = compile(slots, backend="python")
    for steps in (0, 1, 11):
        want = grad(plain)(x, steps), hessian(plain)(x, steps) @ v
        first = grad(compile(fn, backend=backend), memory="sqrt" if fn is slots else None)
        np.testing.assert_allclose(first(x, steps), want[0], rtol=1e-12, atol=1e-14)
        got = compile(lambda x, n: jvp(lambda y: first(y, n), (x,), (v,))[1], backend=backend)(x, steps)
        np.testing.assert_allclose(got, want[1], rtol=1e-12, atol=1e-14)
        got = compile(lambda x, n: grad(lambda y: np.dot(first(y, n), v))(x), backend=backend)(x, steps)
        np.testing.assert_allclose(got, want[1], rtol=1e-12, atol=1e-14)


# --------------------------------------------------------------------------------------------------------------- ints


def logsumexp(n):
    top = np.max(n)
    return np.log(np.sum(np.exp(n - top))) + top


@BACKENDS
def test_logsumexp_of_ints(backend: str) -> None:
    """Of ints it is an error that says so; of the same numbers as floats it is softmax."""
    f = compile(logsumexp, backend=backend)
    with pytest.raises(TypeCheckError, match="'n' of logsumexp"):
        grad(f)(np.array([1, 2, 5]))
    e = np.exp(np.array([1.0, 2.0, 5.0]))
    np.testing.assert_allclose(grad(f)(np.array([1.0, 2.0, 5.0])), e / e.sum(), rtol=1e-13)
    huge = np.array([1000.0, 1000.0, -1000.0])
    np.testing.assert_allclose(grad(f)(huge), [0.5, 0.5, 0.0], rtol=1e-13)
    second = [[0.25, -0.25, 0.0], [-0.25, 0.25, 0.0], [0.0, 0.0, 0.0]]
    np.testing.assert_allclose(hessian(f)(huge), second, rtol=1e-12, atol=1e-15)
