"""Every program of the corpus means what it means to CPython: result, exception, changes to arguments, identity."""

import copy
from typing import Any

import numpy as np
import pytest

from myialike import compile
from tests.language_corpus import PROGRAMS, Program

RTOL = {"python": 1e-15, "xla": 1e-12}


def leaves(value: Any, seen: dict[int, int]) -> list[Any]:
    """A value as a flat list of types, numbers, and which object is which."""
    if isinstance(value, np.ndarray | list | dict) or hasattr(value, "__dict__") and not isinstance(value, type):
        if id(value) in seen:
            return [("again", seen[id(value)])]
        seen[id(value)] = len(seen)
    head: list[Any] = [type(value)]
    match value:
        case np.ndarray():
            return [*head, value.dtype, value.shape, value]
        case tuple() | list():
            return head + [leaf for item in value for leaf in leaves(item, seen)]
        case dict():
            return [*head, tuple(value)] + [leaf for item in value.values() for leaf in leaves(item, seen)]
        case _ if hasattr(value, "__dict__") and not isinstance(value, type):
            return [*head, tuple(vars(value))] + [leaf for item in vars(value).values() for leaf in leaves(item, seen)]
        case _:
            return [*head, value]


def outcome(fn: Any, args: tuple[Any, ...]) -> list[Any]:
    """What a call does: its result or exception, and its arguments afterwards."""
    args = copy.deepcopy(args)
    seen: dict[int, int] = {}
    keep = leaves(args, seen), args  # numbers the objects that go in, and keeps them alive
    try:
        with np.errstate(all="ignore"):
            result = fn(*args)
        given = leaves(result, seen)
    except Exception as error:
        given = ["raised", type(error), str(error)]
    del keep
    return [given, leaves(args, {})]


def same(a: Any, b: Any, rtol: float) -> bool:
    if isinstance(a, list):
        return len(a) == len(b) and all(same(x, y, rtol) for x, y in zip(a, b, strict=True))
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray | float | complex | np.inexact):
        equal_signs = np.array_equal(np.signbit(np.real(a)), np.signbit(np.real(b))) or rtol > 1e-14
        return equal_signs and bool(np.allclose(a, b, rtol=rtol, atol=0 if rtol < 1e-14 else 1e-13, equal_nan=True))
    return bool(a == b)


@pytest.mark.parametrize("backend", ["python", "xla"])
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.name)
def test_program(program: Program, backend: str) -> None:
    """CPython and the backend do the same."""
    if backend == "xla" and not program.everywhere:
        pytest.skip("runs on the python backend")
    compiled = compile(program.fn, backend=backend)
    for args in program.inputs:
        expected, found = outcome(program.fn, args), outcome(compiled, args)
        assert same(expected, found, RTOL[backend]), f"{args}\nexpected {expected}\nfound    {found}"
