"""What is compiled once, and what must be compiled anew."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from myialike import compile, grad, value_and_grad
from myialike.infer import specialise
from myialike.pipeline import Pipeline


@pytest.fixture
def inferred(monkeypatch):
    """The functions that went through inference."""
    seen = []
    infer = Pipeline.infer

    def counting(self, fn, *rest):
        seen.append(fn)
        return infer(self, fn, *rest)

    monkeypatch.setattr(Pipeline, "infer", counting)
    return seen


def cube(x):
    return x * x * x


def test_a_gradient_made_again_is_not_compiled_again(inferred):
    """An undecorated training step calls `grad(f)` in every turn."""

    def square(x):
        return x * x

    for x in (1.0, 2.0, 3.0):
        assert grad(compile(square, backend="python"))(x) == 2 * x
    assert len(inferred) == 1
    assert grad(grad(compile(square, backend="python")))(1.0) == 2.0
    assert len(inferred) == 2


def test_options_are_told_apart(inferred):
    fn = compile(cube, backend="python")
    assert grad(fn)(2.0) == 12.0
    assert value_and_grad(fn)(2.0) == (8.0, 12.0)
    assert grad(fn, argnums=(0,))(2.0) == (12.0,)
    assert len(inferred) == 3


def test_closures_of_one_code_are_different_functions():
    """Two functions of one `def` share nothing: what they capture differs."""

    def scaled(k):
        return compile(lambda x: k * x, backend="python")

    assert [scaled(k)(2.0) for k in (1.0, 3.0)] == [2.0, 6.0]
    assert [grad(scaled(k))(2.0) for k in (1.0, 3.0)] == [1.0, 3.0]


def test_equal_instances_are_different_receivers():
    class Scale:
        def __init__(self, k):
            self.k = k

        def __eq__(self, other):
            return True

        def __hash__(self):
            return 0

        def times(self, x):
            return self.k * x

    assert [compile(Scale(k).times, backend="python")(2.0) for k in (1.0, 3.0)] == [2.0, 6.0]


class Slotted:
    __slots__ = ("gain", "offset")

    def __init__(self, gain, offset):
        self.gain, self.offset = gain, offset


@dataclass(slots=True)
class Gains:
    gain: np.ndarray
    offset: float


@pytest.mark.parametrize("cls", [Slotted, Gains], ids=lambda c: c.__name__)
def test_attributes_in_slots_are_data(cls):
    """Instances with slots are taken apart like all others: numbers are leaves, with changes and gradients."""

    def line(p, x):
        p.offset = p.offset + 1.0
        return p.gain @ x + p.offset

    fn, p, x = compile(line, backend="python"), cls(np.ones(2), 3.0), np.array([1.0, 2.0])
    assert (fn(p, x), p.offset) == (7.0, 4.0)
    p.offset = 10.0
    assert (fn(p, x), p.offset) == (14.0, 11.0)
    slope = grad(fn)(p, x)
    assert type(slope) is cls and slope.offset == 1.0
    np.testing.assert_array_equal(slope.gain, x)


def test_attributes_of_functions_are_read_at_each_call():
    def rate():
        return 0.0

    rate.value = 2.0
    fn = compile(lambda x: x * rate.value, backend="python")
    assert fn(3.0) == 6.0
    rate.value = 5.0
    assert fn(3.0) == 15.0


@pytest.fixture
def attempts(monkeypatch):
    """The hidden inputs that each attempt of inference began with."""
    seen = []
    attempt = specialise._attempt

    def counting(m, asked, outside, static):
        seen.append(len(outside.hidden))
        return attempt(m, asked, outside, static)

    monkeypatch.setattr(specialise, "_attempt", counting)
    return seen


class Constants:
    """Numbers and arrays that a program reads from outside, one after the other, some in branches and inner calls."""


for _k in range(20):
    setattr(Constants, f"c{_k}", float(_k))
Constants.table = np.arange(4.0)
Constants.rows = [1.5, np.array([2.0, 3.0])]


def reads_many(x):
    total = x * Constants.c0
    if x > 0.5:
        total += Constants.c1 + Constants.table[1] + Constants.rows[1].sum()
    else:
        total -= Constants.c2 * Constants.c3
    for i in range(3):
        total += grad(lambda y: y * y * Constants.c4 + Constants.c5)(x) * Constants.table[i]
    Constants.table[0] += Constants.c6
    return total * (Constants.c7 - Constants.c8) + Constants.rows[0] / Constants.c9


@pytest.mark.parametrize("backend", ["python", "xla"])
def test_what_is_read_from_outside_is_found_together(attempts, backend):
    """Inference begins again when it cannot go on without what it has seen, not once for each of twelve."""
    fn = compile(reads_many, backend=backend)
    for x, y in ((1.0, 0.25), (0.25, 1.0)):
        Constants.table[:] = np.arange(4.0)
        got, written = (fn(x), fn(y)), Constants.table.copy()
        Constants.table[:] = np.arange(4.0)
        np.testing.assert_allclose(got, (by_hand(x), by_hand(y)), rtol=1e-14)
        np.testing.assert_array_equal(written, Constants.table)
    assert len(attempts) <= 4 and attempts[0] == 0 and attempts[-1] == 12


def by_hand(x):
    slope = 2 * x * Constants.c4
    total = x * Constants.c0
    if x > 0.5:
        total += Constants.c1 + Constants.table[1] + Constants.rows[1].sum()
    else:
        total -= Constants.c2 * Constants.c3
    total += slope * Constants.table[:3].sum()
    Constants.table[0] += Constants.c6
    return total * (Constants.c7 - Constants.c8) + Constants.rows[0] / Constants.c9
