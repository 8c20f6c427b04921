"""Functions are pickled and copied by name if their module has them, else by what they are made from."""

from __future__ import annotations

import copy
import functools
import pickle
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import pytest

from myialike import compile, custom_derivative, grad, hessian


@functools.partial(compile, backend="python")
def cubed(x):
    return x * x * x


def plain(x, k=2):
    return x**k


@custom_derivative
def doubled(x):
    return 2.0 * x


@doubled.defjvp
def doubled_jvp(primals, tangents):
    return doubled(*primals), 7.0 * tangents[0]


slope = grad(cubed)


class Model:
    @functools.partial(compile, backend="python")
    def run(self, x):
        return 3.0 * x


def through(f: Callable[..., Any]) -> Callable[..., Any]:
    again: Callable[..., Any] = pickle.loads(pickle.dumps(f))
    return again


@pytest.mark.parametrize("f", [cubed, Model.run, doubled], ids=["compiled", "method", "custom"])
def test_what_has_a_name_is_the_same(f: Callable[..., Any]) -> None:
    """As with plain functions."""
    assert through(f) is f
    assert copy.copy(f) is f
    assert copy.deepcopy(f) is f


@pytest.mark.parametrize(
    ("f", "x", "want"),
    [
        (slope, 2.0, 12.0),
        (grad(slope), 2.0, 12.0),
        (hessian(cubed), 2.0, 12.0),
        (grad(plain), 3.0, 6.0),
        (grad(doubled), 1.0, 7.0),
        (compile(plain, backend="python", checks=False), 3.0, 9.0),
        (Model().run, 2.0, 6.0),
    ],
    ids=["grad", "second", "hessian", "plain", "custom", "options", "bound method"],
)
def test_what_has_none_is_made_again(f: Callable[..., Any], x: float, want: float) -> None:
    """With its options."""
    again = through(f)
    assert again(x) == want
    for option in ("kind", "options", "backend", "checks"):
        assert getattr(again, option, None) == getattr(f, option, None)


def test_a_local_function_is_an_error_of_pickle() -> None:
    """It has no name that another process could find it by."""

    def local(x):
        return x

    with pytest.raises((pickle.PicklingError, AttributeError), match="local"):
        pickle.dumps(compile(local))


def test_in_another_process() -> None:
    """A pool takes a gradient, and compiles it there."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        assert list(pool.map(slope, [1.0, 2.0])) == [3.0, 12.0]
