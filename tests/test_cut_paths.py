"""Paths that are cut: a warning with the user's line where a step is between a differentiated value and a result."""

from __future__ import annotations

import inspect
import warnings
from typing import Any

import numpy as np
import pytest

from myialike import checkpoint, compile, grad, jacfwd, jvp, stop_gradient, taylor, vjp
from myialike.errors import CutPathWarning

X = np.array([0.5, 1.5, 2.5])


def int_cast(x):
    n = int(x)  # cut
    return x * n


def as_type(x):
    return np.sum(x.astype(np.int64) * x)  # cut


def rounded(x):
    return np.round(x, 1) * x  # cut


def to_digits(x):
    return round(x, 1) * x  # cut


def counted(x):
    return np.sum(x > 1.0) * 1.0  # cut


def counted_and_multiplied(x):
    return np.count_nonzero(x > 1.0) * x[0]  # cut


def counted_up_to(x):
    return np.sum(np.cumsum(x > 1.0) * x)  # cut


def compared(x):
    return float(x > 1.0) + x  # cut


def position(x):
    return np.argmax(x) * x[0]  # cut


def searched(x):
    return np.searchsorted(X, x[0]) * 1.0 + x[1]  # cut


def searched_in(x):
    return np.sum(np.searchsorted(x, X) * x)  # cut


def binned(x):
    return np.sum(np.digitize(x, X) * x)  # cut


def histogrammed(x):
    return np.sum(np.histogram(x, bins=X)[0] * x[:2])  # cut


def numbered(x):
    return np.sum(np.nonzero(x > 1.0)[0]) + x[0]  # cut


def placed(x):
    return np.sum(np.argwhere(x > 1.0)) * x[0]  # cut


def counted_values(x):
    return np.sum(np.unique(x, return_counts=True)[1] * x)  # cut


def weighed(x):
    return (x > 1.0) @ X * x[0]  # cut


def chosen_ints(x):
    k = np.zeros(3, int)
    for i in range(3):
        k[i] = np.where(x[i] > 1.0, i, 2 * i)  # cut
    return np.sum(k * x)


def counted_by_sum(x):
    return sum(v > 1.0 for v in x) * x[0]  # cut


def counted_in_a_branch(x):
    n = 0
    for v in x:
        if v > 1.0:  # cut
            n += 1
    return n * x[0]


def how_many_are_kept(x):
    return len([v for v in x if v > 1.0]) * x[0]  # cut


def in_a_checkpoint(x):
    def step(y):
        return y * round(y)  # cut

    return checkpoint(step)(x)


def in_nested_loops(x):
    s = 0.0
    for _ in range(3):
        k = 0
        while k < 2:
            s = s + np.round(x) * x  # cut
            k += 1
    return s


def through_a_list(x):
    xs = [x, 2 * x]
    xs.append(float(int(x)))  # cut
    return xs[0] + xs[2]


CUT: list[tuple[Any, Any]] = [
    (int_cast, 1.5), (as_type, X), (rounded, 1.26), (counted, X), (counted_and_multiplied, X), (counted_up_to, X),
    (compared, 1.5), (position, X), (searched, X), (searched_in, X), (binned, X), (histogrammed, X), (numbered, X),
    (placed, X), (counted_values, X), (weighed, X), (chosen_ints, X),
    (counted_by_sum, X), (counted_in_a_branch, X), (how_many_are_kept, X), (in_a_checkpoint, 1.3),
    (in_nested_loops, 1.3), (through_a_list, 1.5), (to_digits, 1.26),
]  # fmt: skip


def cuts(derivative: Any, x: Any) -> list[warnings.WarningMessage]:
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        derivative(x)
    return [w for w in found if issubclass(w.category, CutPathWarning)]


@pytest.mark.parametrize(("f", "x"), CUT, ids=lambda c: getattr(c, "__name__", None))
def test_the_line_is_named(f: Any, x: Any) -> None:
    """One place, marked in the source, by every way to differentiate."""
    lines, start = inspect.getsourcelines(f)
    (marked,) = [start + k for k, line in enumerate(lines) if "# cut" in line]
    c = compile(f, backend="python")
    for make in (grad, lambda c: lambda x: jvp(c, (x,), (x,)), lambda c: lambda x: vjp(c, x)[1](c(x))):
        found = cuts(make(c), x)
        assert {w.lineno for w in found} == {marked}
        assert all(w.filename == __file__ and "derivative zero" in str(w.message) for w in found)


FINE: list[tuple[Any, Any]] = [
    (lambda x: np.sum(x * (x > 1.0)), X),  # a mask
    (lambda x: np.sum(np.where(x > 1.0, x, 0.0)), X),
    (lambda x: np.sum(X[x.astype(np.int64)] * x), X),  # a position
    (lambda x: x[np.argmax(x)] + np.max(x), X),
    (lambda x: np.sum(np.floor(x) + np.sign(x)), X),  # documented steps
    (lambda x: x * x if int(x) > 1 else x, 1.5),  # a condition
    (lambda x: stop_gradient(round(x)) * x, 1.5),  # meant
    (lambda x: np.sum(np.interp(x, X, X**2)) + np.median(x), X),  # inside of library functions
    (lambda x: np.sum(x) / len(x) + np.mean(x), X),
    (lambda x: sum([x * k for k in range(3)]), 1.5),
    (lambda x: (x > 1.0) @ x + np.sum(np.where(x > 1.0, 1, 0) * x), X),  # masks
    (lambda x: (1 if x > 1.0 else -1) * x, 1.5),
    (lambda x: sum([v * v for v in x if v > 1.0]), X),
    (lambda x: np.mean(x[x > 1.0]) + np.mean(x, where=x > 1.0) + np.var(x, where=x > 1.0), X),
    (lambda x: np.sum(X[np.searchsorted(X, x) - 1] * x), X),  # positions
    (lambda x: np.sum(X[np.digitize(x, X) - 1] * x) + np.sum(x[np.nonzero(x > 1.0)]), X),
    (lambda x: np.sum(np.histogram(X, bins=X, weights=x)[0] * X[:2]), X),  # what is added up are numbers
    (lambda x: np.sum(np.where(x > 1.0, 1.0, 0.1) * x) + np.sum(np.unique(x)), X),
]


@pytest.mark.parametrize(("f", "x"), FINE)
def test_what_is_no_cut(f: Any, x: Any) -> None:
    assert not cuts(grad(compile(f, backend="python")), x)


def test_also_taylor_and_jacobians() -> None:
    c = compile(int_cast, backend="python")
    assert cuts(lambda x: taylor(c, x, 2), 1.5) and cuts(jacfwd(c), 1.5)


def test_as_an_error() -> None:
    """Whoever makes warnings errors gets the warning itself. It comes when the program is compiled."""

    def fresh(x):
        return x * int(x)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(CutPathWarning, match="converted to an int"):
            grad(compile(fresh, backend="python"))(1.5)


def test_one_warning_for_one_place() -> None:
    """`round` rounds and converts, and a derivative of a derivative passes the same place again."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        grad(grad(compile(lambda x: x * x * round(x), backend="python")))(2.4)
    assert len(caught) == 1 and "rounded to a whole number" in str(caught[0].message)
