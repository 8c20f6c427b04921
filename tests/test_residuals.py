"""What reverse mode saves of a choice between values, in loops: what was chosen, not the values.

The derivatives are those of the same choices without a loop, at ties and NaNs too, in two orders, on both backends.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from myialike import compile, grad, hvp, show, source
from myialike.ir.syntax import Prim, walk
from myialike.ir.text import parse_module

N = 5
ROWS = np.random.default_rng(5).integers(-2, 3, size=(N, N)) * 0.5  # with ties in every row
SPOILED = np.where(np.arange(N * N).reshape(N, N) % 7 == 3, np.nan, ROWS)


def saved(fn: Callable[..., Any], *args: Any) -> list[str]:
    """The types of what the gradient pushes."""
    graph = parse_module(show(grad(compile(fn, backend="python")), *args)).entry
    return sorted(str(e.inputs[1].type) for e in walk(graph.body) if isinstance(e, Prim) and e.op == "push")


def lowest(a):
    """A running minimum of rows, and its square."""
    low, total = a[0], 0.0
    for i in range(1, N):
        low = np.minimum(low, a[i] * a[i - 1])
        total = total + np.sum(low * low)
    return total


def lowest_unrolled(a):
    low, total = a[0], 0.0
    low = np.minimum(low, a[1] * a[0])
    total = total + np.sum(low * low)
    low = np.minimum(low, a[2] * a[1])
    total = total + np.sum(low * low)
    low = np.minimum(low, a[3] * a[2])
    total = total + np.sum(low * low)
    low = np.minimum(low, a[4] * a[3])
    return total + np.sum(low * low)


def rectified(a):
    """A network of one layer, used again and again."""
    x = a[0]
    for _ in range(4):
        x = np.maximum(a @ x, 0.0) - 0.5
    return np.sum(x * a[1])


def rectified_unrolled(a):
    x = np.maximum(a @ a[0], 0.0) - 0.5
    x = np.maximum(a @ x, 0.0) - 0.5
    x = np.maximum(a @ x, 0.0) - 0.5
    x = np.maximum(a @ x, 0.0) - 0.5
    return np.sum(x * a[1])


def ignoring(a):
    """Extrema that pass over NaNs, in a branch of a loop, and an array that is overwritten by them."""
    a = np.array(a)
    for i in range(N - 1):
        if i % 2 == 0:
            a[i + 1] = np.fmax(a[i], a[i + 1])
        else:
            a[i + 1] = np.fmin(a[i] * 2.0, a[i + 1])
    return np.nansum(a**2)


def ignoring_unrolled(a):
    b1 = np.fmax(a[0], a[1])
    b2 = np.fmin(b1 * 2.0, a[2])
    b3 = np.fmax(b2, a[3])
    b4 = np.fmin(b3 * 2.0, a[4])
    return np.nansum(a[0] ** 2) + np.nansum(b1**2) + np.nansum(b2**2) + np.nansum(b3**2) + np.nansum(b4**2)


PAIRS = {f.__name__: (f, g) for f, g in (
    (lowest, lowest_unrolled), (rectified, rectified_unrolled), (ignoring, ignoring_unrolled),
)}  # fmt: skip


@pytest.mark.parametrize("backend", ["python", "xla"])
@pytest.mark.parametrize("at", [ROWS, SPOILED], ids=["ties", "ties and NaNs"])
@pytest.mark.parametrize("name", PAIRS)
def test_choices_in_loops_have_the_derivatives_of_choices(name: str, at: np.ndarray, backend: Any) -> None:
    """The first derivative, and the second along a direction."""
    loop, unrolled = PAIRS[name]
    direction = np.cos(np.arange(N * N).reshape(N, N))
    for f, args in ((grad, (at,)), (lambda fn: lambda x: hvp(fn, (x,), (direction,)), (at,))):
        found = compile(f(loop), backend=backend)(*args)
        expected = compile(f(unrolled), backend=backend)(*args)
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


def test_of_a_minimum_it_is_saved_what_was_chosen() -> None:
    """Two bools for each element, which of the operands is at most the other, in place of the operands."""

    def shortest(d):
        d = np.array(d)
        for k in range(20):
            for i in range(20):
                d[i] = np.minimum(d[i], d[i, k] + d[k])
        return np.sum(d)

    assert saved(shortest, np.eye(20)) == ["bool[20]", "bool[20]"]


def test_of_a_product_the_partial_derivative_is_saved_if_it_is_smaller() -> None:
    """The sine of a sum of a row needs the cosine of a number; the row is not saved for it."""

    def waves(a):
        x, total = a[0], 0.0
        for i in range(4):
            x = np.roll(x, 1) + a[i]
            total = total + np.sin(np.sum(x))
        return total

    assert saved(waves, ROWS) == ["f64"]


def test_operands_that_are_needed_anyway_are_saved_alone() -> None:
    """Where both operands are saved for other reasons, what was chosen follows from them."""

    def products(a):
        x = a[0]
        for _ in range(4):
            x = np.maximum(x, 0.5) * x
        return np.sum(x)

    assert saved(products, ROWS) == [f"f64[{N}]"]


def test_what_is_overwritten_is_read_last() -> None:
    """So the cotangent of a row is overwritten once: it is not set to 0 first and added to then."""

    def averages(a):
        a = np.array(a)
        for i in range(1, N):
            a[i] = np.sin(a[i]) + a[i - 1]
        return np.sum(a * a)

    text = source(grad(averages), ROWS)
    assert "] = 0.0" not in text
    np.testing.assert_allclose(grad(averages)(ROWS), grad(averages_unrolled)(ROWS), rtol=1e-12)


def averages_unrolled(a):
    b1 = np.sin(a[1]) + a[0]
    b2 = np.sin(a[2]) + b1
    b3 = np.sin(a[3]) + b2
    b4 = np.sin(a[4]) + b3
    return np.sum(a[0] ** 2 + b1**2 + b2**2 + b3**2 + b4**2)
