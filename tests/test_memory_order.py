"""How arrays lie in memory: whether a reshape shows an array or is a copy is as in NumPy, or refused.

Each line of the tables of NumPy's functions is called in a program that writes into a reshape of what it gives.
"""

import builtins
import contextlib
import linecache
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from myialike import compile
from myialike.errors import CompileError, CompilerBug
from tests import test_linalg
from tests.test_numpy import ROWS, Arguments, attempt, copies, difference

PROGRAM = """
def program({names}):
{turned}
    result = function({names})
    for part in result if isinstance(result, (tuple, list)) else (result,):
        if isinstance(part, np.ndarray) and part.ndim > 1 and part.size > 1:
            flat = part.reshape(-1)
            flat[:] = 1
    return result, [{names}]
"""


def writing(function: Callable[..., Any], arguments: dict[str, Any], turns: bool) -> Callable[..., Any]:
    """The program for a function and its arguments, which are in the order of Fortran if it `turns` them."""
    turned = [k for k, v in arguments.items() if turns and np.ndim(v) > 1]
    lines = [f"    {name} = np.asfortranarray({name})" for name in turned] or ["    pass"]
    text, title = PROGRAM.format(names=", ".join(arguments), turned="\n".join(lines)), f"<order {id(function)} {turns}>"
    linecache.cache[title] = (len(text), None, text.splitlines(keepends=True), title)
    namespace: dict[str, Any] = {"np": np, "function": function, "__name__": "tests.memory_order"}
    exec(builtins.compile(text, title, "exec"), namespace)
    found: Callable[..., Any] = namespace["program"]
    return found


def wrong(function: Callable[..., Any], arguments: dict[str, Any], turns: bool) -> str | None:
    """What differs from NumPy; a refusal does not."""
    program = writing(function, arguments, turns)
    want = attempt(program, copies(arguments))
    got = attempt(compile(program, backend="python"), copies(arguments))
    if isinstance(got, CompilerBug):
        return str(got)
    return None if isinstance(got, CompileError) or isinstance(want, Exception) else difference(got, want, 2000, False)


def shows_matrices(want: Any) -> bool:
    parts = want if isinstance(want, (tuple, list)) else (want,)
    return any(isinstance(p, np.ndarray) and p.ndim > 1 and p.size > 2 for p in parts)


@pytest.mark.parametrize("turns", [False, True])
def test_what_numpy_functions_give(turns: bool) -> None:
    found = []
    for row in ROWS:
        draw = Arguments(row.seed)
        for _ in range(8 if row.tag != "!" and row.names else 0):
            arguments = draw.draw(row.names)
            if shows_matrices(attempt(row.function, copies(arguments))):
                found.append((row.text, wrong(row.function, arguments, turns)))
                break
    assert len(found) > 500
    assert not [pair for pair in found if pair[1]]


@pytest.mark.parametrize("turns", [False, True])
def test_what_linear_algebra_gives(turns: bool) -> None:
    draws = [(row, test_linalg.draws_of(row)[0]) for row in test_linalg.ROWS]
    found = [(row.text, wrong(row.function, arguments, turns)) for row, arguments in draws if arguments]
    assert not [pair for pair in found if pair[1]]


def of_an_operation(a):
    b = a * 2
    b.reshape(-1)[1] = 50.0
    return b


def of_zeros(a):
    b = np.zeros_like(a)
    b.ravel()[1] = 50.0
    return b


def of_a_loop(a):
    for _ in range(2):
        a = a + 1
    a.ravel()[1] = 50.0
    return a


def of_a_copy(a):
    b = a.copy()
    b.ravel()[1] = 50.0
    c = a.T.copy()
    c.reshape(-1)[1] = 60.0
    return b.sum() + c.sum(), b


def of_vectorize(a):
    b = np.vectorize(lambda v: v + 1)(a)
    b.ravel()[1] = 50.0
    return b


PROGRAMS = [of_an_operation, of_zeros, of_a_loop, of_a_copy, of_vectorize]


@pytest.mark.parametrize("fn", PROGRAMS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("order", ["C", "F", "cut", "turned"])
def test_orders_of_arguments(fn: Callable[..., Any], order: str) -> None:
    """One function, called with arrays in several orders: a variant for each, none of which is wrong."""
    base = np.arange(48.0).reshape(6, 8)
    given = {"C": base, "F": np.asfortranarray(base), "cut": base[::2, 1::3], "turned": base[::-1, 2:].T}[order]
    compiled = compile(fn, backend="python")
    with contextlib.suppress(CompileError):
        compiled(np.ones(given.shape))
    try:
        got = compiled(given)
    except CompileError as error:
        assert fn is of_vectorize or (order in ("F", "turned") and fn is not of_a_copy), error
    else:
        assert difference(got, fn(given), 2) is None
