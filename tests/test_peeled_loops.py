"""Loops of which the first turn changes the type of what they carry: that turn is written out, the rest is a loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from myialike import compile, grad, show

Program = Callable[..., Any]
PROGRAMS: list[tuple[Program, Any]] = []


def at(*args: Any) -> Callable[[Program], Program]:
    """Add a program, with an argument that makes a number of another type after a turn."""

    def add(fn: Program) -> Program:
        PROGRAMS.extend((fn, arg) for arg in args)
        return fn

    return add


HALF = np.float32(0.5)


@at(HALF, np.linspace(0.1, 0.9, 3, dtype=np.float32), 0.5)
def damped(x):
    s = 1.0
    for _ in range(60):
        s = np.sin(s * x)
    return s


@at(HALF, np.ones(3), 2)
def counted(x):
    s = 0
    for k in range(60):
        s = s + x * k
    return s


@at(np.float64(1.1), 1.1)
def promoted(x):
    s = np.float32(1)
    for _ in range(60):
        s = s * x
    return s


@at(np.ones(3))
def widened(x):
    v = np.zeros(3, np.float32)
    for _ in range(60):
        v = v + x
    return v


@at(np.float32(1.1))
def two_turns_to_settle(x):
    s, t = 1, 2
    for _ in range(60):
        s, t = t, s * x
    return s


@at(np.float32(2.5), np.float32(200.0))
def left_early(x):
    s = 1.0
    for k in range(60):
        s = s * x
        if s > 100:
            break
    else:
        k = -1
    return s, k


@at(np.float32(0.9))
def counted_by_hand(x):
    i, s = 0, 1.0
    while i < 60:
        s = np.cos(s * x)
        i += 1
    return s


@at(np.float32(2.5), np.float32(0.5))
def at_least_once(x):
    s, k = 1.0, 0
    while True:
        s = s * x
        k += 1
        if k > x:
            break
    return s


@at(np.linspace(0.5, 1.5, 50, dtype=np.float32))
def over_arrays(x):
    s = 0
    for a, b in zip(x, x[1:], strict=False):
        s = s + a * b
    return s


@at(np.float32(1.1), np.ones(3))
def nested(x):
    s = 0.0
    for i in range(40):
        t = 1
        for _ in range(30):
            t = t * x
        s = s + t * i
    return s


@at(np.float32(3.0))
def one_turn(x):
    s = 1.0
    for _ in range(1):
        s = s * x
    return s


@at(np.float32(3.0))
def no_turn(x):
    s = 1.0
    for _ in range(0):
        s = s * x
    return s


@at(np.float32(0.5))
def objects_changed(x):
    """What the first turn does to a list and an array happens once."""
    xs, a, s = [], np.zeros(60), 1
    for k in range(60):
        s = s * x
        a[k] += s
        if k < 1:
            xs.append(k)
    return s, a, len(xs)


NAMES = [f"{f.__name__}-{type(x).__name__}" for f, x in PROGRAMS]


@pytest.mark.parametrize("backend", ["python", "xla"])
@pytest.mark.parametrize(("fn", "x"), PROGRAMS, ids=NAMES)
def test_results_and_their_types_are_those_of_python(fn: Program, x: Any, backend: Any) -> None:
    with np.errstate(all="ignore"):
        expected = fn(x)
    found = compile(fn, backend=backend)(x)
    pairs = zip(found, expected, strict=True) if isinstance(expected, tuple) else [(found, expected)]
    for a, b in pairs:
        assert type(a) is type(b) and getattr(a, "dtype", None) == getattr(b, "dtype", None)
        np.testing.assert_allclose(a, b, rtol=2e-5)


@pytest.mark.parametrize("name", ["damped", "counted", "widened", "two_turns_to_settle", "left_early", "nested"])
def test_the_rest_stays_a_loop(name: str) -> None:
    """The program does not grow with the number of turns."""
    for fn, x in PROGRAMS:
        if fn.__name__ == name:
            text = show(compile(fn), x)
            assert text.count("\n") < 40
            assert "for " in text or "while " in text


@pytest.mark.parametrize("fn", [damped, counted, nested])
def test_derivatives(fn: Program) -> None:
    """A gradient through the first turn and the rest, in the dtype of the argument."""
    x, eps = np.float64(0.7), 1e-6
    expected = (fn(x + eps) - fn(x - eps)) / (2 * eps)
    np.testing.assert_allclose(grad(fn)(x), expected, rtol=1e-6)
    found = grad(fn)(np.float32(0.7))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-4)
