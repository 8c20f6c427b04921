"""`check_numerics`: the first value that is not finite is named, forward and backward; guarded ones are let pass."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from myialike import compile, grad, jvp, value_and_grad

BACKENDS = pytest.mark.parametrize("backend", ["python", "xla"])


def logs(x, n):
    s = x
    for k in range(n):
        y = s - k
        s = np.log(y)
    return s


def roots(x):
    y = x
    while y > -1:
        y = y - 0.5
        z = np.sqrt(y)
    return z


def product(x):
    s = np.sum(x)
    for k in range(3):
        s = s * np.sqrt(x[k])
    return s


def inner(x):
    total = 0.0
    for i in range(3):
        for j in range(4):
            total = total + x / np.float64(6 - i * j)
    return total


CASES: list[tuple[Any, tuple[Any, ...], list[str]]] = [
    (logs, (3.0, 5), ["`np.log(y)`", "at index 2"]),
    (roots, (2.0,), ["`np.sqrt(y)`", "in iteration 4"]),
    (inner, (1.0,), ["at index 3", "at index 2"]),
    (lambda x: np.exp(x), (1e4,), ["`np.exp(x)`"]),
    (grad(compile(product)), (np.array([1.0, 0.0, 2.0]),), ["cotangent is not", "`np.sqrt(x[k])`", "at index 1"]),
    (lambda x: jvp(product, (x,), (np.ones(3),)), (np.array([1.0, 2.0, 0.0]),), ["`np.sqrt(x[k])`", "at index 2"]),
]


@BACKENDS
@pytest.mark.parametrize(("f", "args", "says"), CASES, ids=lambda c: getattr(c, "__name__", None))
def test_the_first_is_named(f: Any, args: Any, says: list[str], backend: str) -> None:
    """Line, variable and iteration."""
    with pytest.raises(FloatingPointError) as caught:
        compile(f, backend=backend, check_numerics=True)(*args)
    text = str(caught.value)
    assert "test_check_numerics.py:" in text and all(word in text for word in says), text
    with np.errstate(all="ignore"):
        compile(f, backend=backend)(*args)  # without it nothing is raised


@BACKENDS
def test_what_passes(backend: str) -> None:
    """Guarded values, infinite arguments and constants, and everything that is finite."""

    def checked(f: Any) -> Any:
        return compile(f, backend=backend, check_numerics=True)

    guarded = checked(lambda x: np.sum(np.where(x > 0, np.log(x) * np.sqrt(x), 0.0)))
    x = np.array([-1.0, 0.0, 2.0])
    np.testing.assert_allclose(guarded(x), np.log(2.0) * np.sqrt(2.0))
    np.testing.assert_allclose(grad(guarded)(x)[:2], 0.0)
    assert checked(lambda x: np.log(x) + 1)(np.inf) == np.inf
    assert checked(lambda x: np.min(np.minimum(np.full(3, np.inf), x)))(2.0) == 2.0
    assert checked(lambda x: np.min(np.full(3, np.inf) + x))(2.0) == np.inf
    np.testing.assert_allclose(value_and_grad(checked(logs))(3.0, 1), (np.log(3.0), 1 / 3))


@BACKENDS
def test_derivatives_inherit_it(backend: str) -> None:
    """`grad` of a checked function is checked."""
    f = compile(product, backend=backend, check_numerics=True)
    with pytest.raises(FloatingPointError, match="cotangent|_bar"):
        grad(f)(np.array([1.0, 0.0, 2.0]))


def test_the_place_is_the_operation() -> None:
    """Not where its result is used."""
    with pytest.raises(FloatingPointError, match=rf":{logs.__code__.co_firstlineno + 4} "):
        compile(logs, backend="python", check_numerics=True)(3.0, 5)


def test_it_needs_checks() -> None:
    with pytest.raises(ValueError, match="check_numerics"):
        compile(logs, checks=False, check_numerics=True)
