"""Printed Python has slices where the typed IR has masks, and they pick the same elements, at every bound."""

from __future__ import annotations

import importlib
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from myialike import compile, source, value_and_grad
from tests.test_language import agrees

RNG = np.random.default_rng(3)
EMIT = importlib.import_module("myialike.backends.python.emit")
X, W = RNG.normal(size=6), RNG.normal(size=6)
A = RNG.normal(size=(6, 6)) + 4 * np.eye(6)
BOUNDS = (-9, -6, -2, 0, 1, 4, 6, 9)


@dataclass(frozen=True)
class Case:
    fn: Callable[..., Any]
    inputs: tuple[tuple[Any, ...], ...]
    says: tuple[str, ...]


CASES: list[Case] = []


def case(*says: str, on: tuple[tuple[Any, ...], ...]) -> Callable[[Any], Any]:
    """A program of which the text of value and gradient contains `says`, and no mask."""

    def note(fn: Any) -> Any:
        CASES.append(Case(fn, on, says))
        return fn

    return note


PAIRS = tuple((X, float(i), float(j)) for i, j in itertools.product(BOUNDS, BOUNDS))


@case("x[:j]", "x_bar[:j] =", on=tuple((X, float(k)) for k in BOUNDS))
def before(x, k):
    j = int(k)
    return np.sum(x[:j] ** 2)


@case("x[i:j]", "x_bar[i:j] =", on=PAIRS)
def between(x, a, b):
    i, j = int(a), int(b)
    return np.sum(x[i:j] * x[i:j])


@case("y[i:j] = ", on=PAIRS)
def written(x, a, b):
    i, j = int(a), int(b)
    y = x * 2.0
    y[i:j] = np.sin(x[i:j])
    return np.sum(y)


@case("A[:j, :j] @ ", on=tuple((A, float(k)) for k in (1, 4, 6, 9)))
def corner(A, k):
    j = int(k)
    return np.sum(A[:j, :j] @ A[:j, 0])


@case("a[i, :i] @ x[:i]", "a_bar[i, :i] +=", "x_bar[:i] +=", on=((A, X),))
def lower_solve(a, b):
    x = np.zeros(len(b))
    for i in range(len(b)):
        x[i] = (b[i] - a[i, :i] @ x[:i]) / a[i, i]
    return np.sum(x**2)


@case("a[i, i + 1:] @ x[i + 1:]", on=((A, X),))
def upper_solve(a, b):
    x = np.array(b)
    for i in range(len(b) - 1, -1, -1):
        x[i] = (x[i] - a[i, i + 1 :] @ x[i + 1 :]) / a[i, i]
    return np.sum(x**2)


@case("a[i, :j] @ a[:j, j]", "a_bar[:j, j] +=", "a_bar[i, :i] +=", on=((A,),))
def lu(a):
    a = np.array(a)
    n = len(a)
    for i in range(n):
        for j in range(i):
            a[i, j] = (a[i, j] - a[i, :j] @ a[:j, j]) / a[j, j]
        for j in range(i, n):
            a[i, j] -= a[i, :i] @ a[:i, j]
    return np.sum(a**2)


@case("r[:k][::-1] @ ", "y_bar[:k] += ", on=((X / 9,),))
def durbin(r):
    n = len(r)
    y = np.zeros(n)
    alpha, beta = -r[0], 1.0
    y[0] = -r[0]
    for k in range(1, n):
        beta *= 1.0 - alpha * alpha
        alpha = -(r[k] + r[:k][::-1] @ y[:k]) / beta
        y[:k] += alpha * y[k - 1 :: -1]
        y[k] = alpha
    return np.sum(y**2)


@case("x[:i + 1].max()", "x[i:].prod()", on=((X,),))
def extrema(x):
    total = 0.0
    for i in range(len(x)):
        total += np.max(x[: i + 1]) * np.prod(x[i:])
    return total


@case("x[i:] @ x[:6 - i]", on=((X,),))
def shifted(x):
    total = 0.0
    for i in range(len(x)):
        total += x[i:] @ x[: len(x) - i]
    return total


@case("b[k + 1:, k + 1:] -= ", on=((A,),))
def outer_updates(a):
    b = np.array(a)
    for k in range(len(a) - 1):
        b[k + 1 :, k] /= b[k, k]
        b[k + 1 :, k + 1 :] -= np.outer(b[k + 1 :, k], b[k, k + 1 :])
    return np.sum(b**2)


@case("R[k:, k:]", on=((A,),))
def householder(A):
    R = np.array(A)
    for k in range(len(A) - 1):
        v = R[k:, k].copy()
        v[0] += np.sign(v[0]) * np.sqrt(np.sum(v**2))
        v /= np.sqrt(np.sum(v**2))
        R[k:, k:] -= 2.0 * np.outer(v, v @ R[k:, k:])
    return np.sum(np.abs(R))


@case(".sum(", on=((X, W),))
def windows_that_are_cut(x, w):
    out = np.zeros(len(x))
    for i in range(len(x)):
        low = max(0, i - 2)
        out[i] = np.mean(x[low : i + 1] * w[: i + 1 - low])
    return np.sum(out**2)


@case(".sum(", on=((A, 2.0), (A, 0.0), (A, -1.0)))
def rows_and_columns(A, k):
    j = int(k)
    rows, columns = A[:j], A[:, j:]
    return np.sum(rows**2) + np.sum(np.exp(columns)) + np.sum(rows * A[:j, ::-1])


def masked(monkeypatch: pytest.MonkeyPatch, fn: Callable[..., Any]) -> Callable[..., Any]:
    """A function as printed Python without slices of run-time size."""

    def run(*args: Any) -> Any:
        with monkeypatch.context() as patch:
            patch.setattr(EMIT, "sliced", lambda graph: graph)
            return compile(fn, backend="python")(*args)

    return run


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.fn.__name__)
def test_slices(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """The text says what the user said; its value is CPython's, its gradient that of the text with masks."""
    derivative = value_and_grad(case.fn)
    text = source(case.fn, *case.inputs[0]) + source(derivative, *case.inputs[0])
    assert [part for part in case.says if part not in text] == []
    run, wanted = compile(derivative, backend="python"), masked(monkeypatch, derivative)
    value = compile(case.fn, backend="python")
    for args in case.inputs:
        assert agrees(case.fn, value, args, 1e-12)
        for ours, theirs in zip(run(*args), wanted(*args), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)


def pooled(x):
    y = np.empty(3)
    for i in range(3):
        y[i] = np.max(x[2 * i : 2 * i + 2])
    return y


def in_thirds(x):
    y = np.zeros(2)
    for i in range(2):
        y[i] = np.prod(x[3 * i : 3 * (i + 1)])
    return y


def from_the_end(x):
    y = np.zeros(3)
    for i in range(3):
        y[i] = np.sum(x[len(x) - 2 * (i + 1) : len(x) - 2 * i]) * i
    return y


def overlapping(x):
    y = np.zeros(2)
    for i in range(2):
        for j in range(2):
            y += x[i + 2 * j : 2 * (j + 1) - -i] * (i + j)
    return y


def doubled(x):
    y = np.zeros(6)
    for i in range(3):
        y[i + i : 2 * i + 2] = x[2 * i : i + i + 2] * i
    return y


@pytest.mark.parametrize("fn", [pooled, in_thirds, from_the_end, overlapping, doubled], ids=lambda f: f.__name__)
def test_windows_at_multiples(fn: Callable[..., Any]) -> None:
    """A length is known where stop less start is, whatever they are sums and multiples of: there is no mask."""
    for backend in ("python", "xla"):
        assert agrees(fn, compile(fn, backend=backend), (X,), 1e-12)
    text = source(value_and_grad(lambda x: np.sum(fn(x) ** 2)), X)
    assert "arange" not in text and "stop" not in text and "raise" not in text, text


def before_multiples(x, n):
    y = np.zeros(4)
    for i in range(n):
        y[i] = np.sum(x[2 * i - 2 : 2 * i]) + np.sum(x[3 * i - 1 : 3 * i + 2])
    return y


@pytest.mark.parametrize("backend", ["python", "xla"])
def test_windows_that_are_cut(backend: str) -> None:
    """One that begins before the array, or ends after it, is what Python's slice is."""
    for n in range(4):
        assert agrees(before_multiples, compile(before_multiples, backend=backend), (X, n), 1e-12)
