"""Undoing writes (`myialike.ad.undo`): whatever is undone, derivatives stay what they are; and what is then saved.

Every program is differentiated with nothing undone, with all that can be, and with each array alone, whatever it costs.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from myialike import compile, grad, show, value_and_grad
from myialike.ad import reverse, undo
from myialike.ad.forward import jvp
from myialike.ad.reverse import vjp
from myialike.ir.interpret import run
from myialike.ir.syntax import Graph, Module, Prim, walk
from myialike.ir.text import parse_module
from myialike.ir.types import is_float
from myialike.ir.verify import verify

Program = Callable[..., Any]
A = np.random.default_rng(7).normal(size=(4, 4))
PROGRAMS: dict[str, tuple[Program, int]] = {}


def program(units: int) -> Callable[[Program], Program]:
    """Add a program on a matrix, in which so many arrays, or groups of them, can be undone by themselves."""

    def add(fn: Program) -> Program:
        PROGRAMS[fn.__name__] = fn, units
        return fn

    return add


@program(3)
def doolittle(a):
    a = np.array(a)
    for i in range(4):
        for j in range(i):
            a[i, j] = (a[i, j] - a[i, :j] @ a[:j, j]) / a[j, j]
        for j in range(i, 4):
            a[i, j] -= a[i, :i] @ a[:i, j]
    return np.sum(a**2)


@program(4)
def rows_change_places(a):
    """Gauss with pivots: rows are exchanged in a branch, and an array of ints with them."""
    a, order = np.array(a), np.arange(4)
    for k in range(4):
        p = k
        for i in range(k + 1, 4):
            if abs(a[i, k]) > abs(a[p, k]):
                p = i
        if p != k:
            row, number = np.array(a[k]), order[k]
            a[k], order[k] = a[p], order[p]
            a[p], order[p] = row, number
        for i in range(k + 1, 4):
            a[i, k] = a[i, k] / a[k, k]
            for j in range(k + 1, 4):
                a[i, j] -= a[i, k] * a[k, j]
    return np.sum(np.sin(a) * order[0]) + a[1, 1] ** 3


@program(2)
def ends_early(a):
    a = np.array(a)
    for k in range(4):
        for j in range(1, 4):
            a[k, j] = np.sin(a[k, j - 1]) * a[k, j] + a[(k + j) % 4, j]
            if a[k, j] > 1.5:
                break
            if a[k, j] < -2.0:
                return a[k, j] * a[0, 0]
        if a[k, 0] > 1.0:
            break
    return np.sum(a * a * a)


@program(2)
def arrays_change_places(a):
    """After every turn of the outer loop, so that what the inner loop writes was another array before."""
    a = np.array(a)
    b = np.cos(a)
    for _ in range(3):
        for i in range(1, 4):
            b[i] = a[i - 1] * a[i] + b[i - 1] * a[0]
        a, b = b, a
    return np.sum(a * a) + b[1, 1]


@program(1)
def arrays_change_places_within(a):
    a = np.array(a)
    b = np.cos(a)
    for _ in range(2):
        for i in range(1, 4):
            b[i] = np.sin(a[i - 1] * a[i]) + b[i - 1] * 0.5
            a[i, 0] = b[i, 1] * b[i - 1, 0]
            a, b = b, a
    return np.sum(a * a) + b[1, 1]


@program(1)
def new_at_every_turn(a):
    """What the inner loop begins with does not follow from what it ended with at the turn before."""
    s = 0.0
    for t in range(4):
        c = np.zeros(4)
        c[0] = a[t, 0]
        for i in range(1, 4):
            c[i] = np.sin(c[i - 1] * a[t, i]) + c[:i] @ a[t, :i]
        s += c[3] * c[1]
    return s


@program(1)
def new_at_some_turns(a):
    s, c = 0.0, np.ones(4)
    for t in range(4):
        for i in range(1, 4):
            c[i] = np.sin(c[i - 1] * a[t, i]) * c[i] + c[0]
        s += c[3] * c[1]
        if t % 2 == 0:
            c = np.cos(a[t])
    return s + c[0] * c[2]


@program(1)
def while_the_sum_is_small(a):
    x, k = np.array(a[0]), 0
    while np.sum(x) < 5.0 and k < 9:
        x[k % 4] = x[k % 4] * x[(k + 1) % 4] + 0.5
        x[(k + 2) % 4] += x[k % 4] * x[(k + 2) % 4]
        k += 1
    return np.sum(x**2) * k


@program(1)
def repeated_places(a):
    """The last of several writes to a place wins; all additions to it count; both are undone."""
    x, places = np.array(a[0]), np.array([0, 1, 0, 2])
    for k in range(4):
        x[places] = np.sin(x[places]) * a[1, k] + x[k]
        np.add.at(x, places, x[places] * 0.5)
        x[places[k]] = x[places[k]] ** 2
    return np.sum(x * x)


@program(1)
def read_between_writes(a):
    """Reads before, between and after the writes of a step, by a loop and a branch too, that do not write."""
    x, s = np.array(a[0]), 0.0
    for k in range(1, 4):
        x[k] = x[k - 1] * x[k]
        for j in range(k):
            s += x[j] * x[k]
        x[k - 1] = s * x[0]
        y = x[k] * x[k - 1]
        x[0] = np.tanh(y)
        if y > 0:
            x[k] = y * x[k]
        else:
            s = s + x[k] ** 2
            x[k - 1] = x[0] * x[k]
    return s + np.sum(x**3)


@program(1)
def the_old_array_stays(a):
    """A copy from before a write is read after it."""
    x, s = np.array(a[0]), 0.0
    for i in range(3):
        old = np.array(x)
        x[i + 1] = x[i] * x[i + 1]
        for j in range(2):
            s += old[i + 1] * x[i + 1] * old[j]
    return s


@program(3)
def loops_without_a_turn(a):
    x = np.array(a)
    for i in range(4):
        for j in range(i, 1):
            x[i, j] = x[i, j - 1] * x[j, i]
        for j in range(4, i):
            x[i, j] = x[0, j] * x[i, j]
        x[i] = x[i] * x[i - 1]
    return np.sum(x * x)


@program(4)
def several_arrays(a):
    """Where one is written is read from another, which holds ints."""
    x, y, z, count = np.array(a[0]), np.array(a[1]), np.array(a), np.zeros(4, dtype=np.int64)
    for i in range(8):
        k = count[i % 4]
        x[k] = y[(k + i) % 4] * x[i % 4]
        y[i % 4] = y[i % 4] + x[(i + 1) % 4] * z[k, i % 4]
        z[i % 4, k] = np.cos(x[k] * y[0])
        count[(i * 2) % 4] = (count[(i * 2) % 4] + 1) % 4
    return np.sum(x * x) + np.sum(y * y) + np.sum(z * z)


@program(2)
def written_in_branches(a):
    x = np.array(a)
    for i in range(4):
        if x[i, 0] > 0:
            for j in range(1, 4):
                if x[i, j] > x[i, j - 1]:
                    x[i, j] = x[i, j - 1] * x[i, j]
                elif j % 2 == 0:
                    x[j, i] = x[i, j] ** 2
                    x[0, 0] = x[j, i] * x[0, 0]
        else:
            row = np.array(x[i])
            x[i] = np.exp(-row * row) * x[0]
    return np.sum(x**2)


def optimised(fn: Program) -> Graph:
    return parse_module(show(compile(fn, backend="python"), A)).entry


def units(graph: Graph) -> list[undo.Undo]:
    return undo.units(graph, {o for e in walk(graph.body) for o in e.outputs})


def forced(monkeypatch: pytest.MonkeyPatch, choose: Callable[[list[undo.Undo]], undo.Undo]) -> None:
    """Let reverse mode undo what `choose` takes of all that can be undone."""
    monkeypatch.setattr(reverse, "cheapest", lambda graph, derive: derive(choose(units(graph))))


def first(graph: Graph) -> tuple[Any, ...]:
    made = vjp(graph, (True,))
    verify(Module((made,)), "ad")
    return run(Module((made,)), A, 1.0)


def second(graph: Graph, outer: Any, inner: Any) -> tuple[Any, ...]:
    """One mode on what the other gives, at some numbers."""
    rng, args = np.random.default_rng(3), [A]
    for mode in (inner, outer):
        made = mode(graph, tuple(is_float(p.type) for p in graph.params))
        args += [rng.normal(size=p.type.shape) for p in made.params[len(graph.params) :]]  # type: ignore[union-attr]
        graph = made
    verify(Module((graph,)), "ad")
    return run(Module((graph,)), *args)


@pytest.mark.parametrize("name", PROGRAMS)
def test_gradients_are_the_same_to_the_last_bit(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is undone: an array that is restored has the values that it had."""
    fn, count = PROGRAMS[name]
    graph = optimised(fn)
    found = units(graph)
    assert len(found) == count
    forced(monkeypatch, lambda _: undo.Undo())
    value, slope = first(graph)
    np.testing.assert_allclose(value, fn(A), rtol=1e-12)
    for chosen in [*found, undo.Undo().union(*found)]:
        forced(monkeypatch, lambda _, chosen=chosen: chosen)
        for got, expected in zip(first(graph), (value, slope), strict=True):
            np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("name", PROGRAMS)
def test_second_derivatives_are_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In all nestings, with everything undone in both derivatives, that which undoes among it."""
    graph = optimised(PROGRAMS[name][0])
    for outer, inner in ((vjp, vjp), (vjp, jvp), (jvp, vjp)):
        forced(monkeypatch, lambda _: undo.Undo())
        expected = second(graph, outer, inner)
        forced(monkeypatch, lambda found: undo.Undo().union(*found))
        for a, b in zip(second(graph, outer, inner), expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


def test_a_wrong_undo_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The checks above fail if what a write overwrites is read after it."""
    plain = reverse.sweep

    def late(block: Any, region: Any) -> Any:
        eqns = list(plain(block, region))
        for read in region.overwritten.values():
            k = eqns.index(read)
            array = eqns[k + 1].outputs[0]
            eqns[k : k + 2] = [eqns[k + 1], Prim("index", (array, *read.inputs[1:]), read.outputs, read.attrs)]
        return tuple(eqns)

    graph = optimised(arrays_change_places)
    forced(monkeypatch, lambda _: undo.Undo())
    _, slope = first(graph)
    forced(monkeypatch, lambda found: undo.Undo().union(*found))
    monkeypatch.setattr(reverse, "sweep", late)
    assert not np.allclose(first(graph)[1], slope)


# ------------------------------------------------------------------------------------------------- what it costs


def saved(fn: Program, *args: Any) -> list[str]:
    """The types of what the gradient pushes."""
    graph = parse_module(show(grad(compile(fn, backend="python")), *args)).entry
    return sorted(str(e.inputs[1].type) for e in walk(graph.body) if isinstance(e, Prim) and e.op == "push")


def test_a_step_of_a_decomposition_saves_numbers() -> None:
    """What it overwrites, and a product of a row and a column; not the row and the column."""
    a = np.eye(20)

    def lu(a):
        a = np.array(a)
        for i in range(20):
            for j in range(i):
                a[i, j] = (a[i, j] - a[i, :j] @ a[:j, j]) / a[j, j]
            for j in range(i, 20):
                a[i, j] -= a[i, :i] @ a[:i, j]
        return np.sum(a**2)

    assert saved(lu, a) == ["f64", "f64", "f64"]


def test_rows_are_read_again_where_less_is_overwritten() -> None:
    """One element is overwritten, by a product of two rows: the rows are read again."""

    def products(d):
        d = np.array(d)
        for k in range(20):
            for i in range(20):
                d[i, k] = np.sum(d[i] * d[k])
        return np.sum(d)

    assert saved(products, np.eye(20)) == ["f64"]


def test_one_number_read_is_saved() -> None:
    """To undo the write would save another one in its place."""

    def recurrence(x):
        y = np.array(x)
        for i in range(1, 20):
            y[i] = np.sin(y[i - 1])
        return y[19]

    text = show(grad(compile(recurrence, backend="python")), np.ones(20))
    assert saved(recurrence, np.ones(20)) == ["f64"]
    assert "index_set" in text and "old" not in text


def test_an_array_that_is_read_backwards_is_saved_once() -> None:
    def durbin(y):
        for k in range(20):
            y = y * y[k] + y[::-1] ** 2
        return np.sum(y)

    assert saved(durbin, np.ones(20)) == ["f64[20]"]


def chains(x):
    """Two arrays, of which a step reads several elements, in a loop and a branch too."""
    x = np.array(x)
    y = np.cos(x)
    for i in range(4, 3000):
        s = 0.0
        for j in range(i - 2, i):
            s += y[j] * x[j] * x[j - 1]
        x[i] = s * x[i] * x[i - 1]
        if y[i] > 0.1:
            y[i] = x[i] * y[i] * y[i - 1]
    return np.sum(x * y)


def test_restored_arrays_stay_in_place() -> None:
    """A step of the gradient takes as long for an array of 200,000 numbers as for one of 4,000."""
    seconds = []
    for size in (4_000, 200_000):
        f, x, taken = value_and_grad(chains), np.random.default_rng(1).normal(size=size), list[float]()
        for _ in range(4):
            start = time.process_time()
            f(x)
            taken.append(time.process_time() - start)
        seconds.append(min(taken[1:]))
    # One copy of the longer array takes 50 us or more, so one in each of 3,000 steps 0.15 s.
    assert seconds[1] - seconds[0] < 0.1
