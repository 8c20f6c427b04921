"""What tests of random programs compare: a program with CPython, and its derivatives with differences."""

from collections.abc import Callable
from typing import Any

import numpy as np

from myialike import compile
from myialike.errors import CompileError, CompilerBug
from tests.fuzz.engines import RTOL
from tests.fuzz.outcomes import difference, leaves, outcome

STEP = 1e-5


def verdicts(
    title: str, fn: Callable[..., Any], inputs: Callable[[], list[tuple[Any, ...]]], backend: str, copies: bool = False
) -> list[str]:
    """For each input what differs from CPython: nothing, or, if `copies` are taken, "identity"; or the last, "refused".

    `title` names the program where it fails. Each call of `inputs` gives arguments of their own.
    """
    compiled, found = compile(fn, backend=backend), list[str]()
    for args, again, before in zip(inputs(), inputs(), inputs(), strict=True):
        try:
            got = outcome(compiled, args)
        except CompileError as error:
            assert not isinstance(error, CompilerBug), f"{error}\n{title}"
            return [*found, "refused"]
        expected = outcome(fn, again)
        where = difference(expected, got, leaves(before, {}), RTOL[backend])
        assert not where or (copies and where == "identity"), f"{before}: {where} differs\n{expected}\n{got}\n{title}"
        found.append(where)
    return found


def slope(f: Callable[[float], Any], raised: tuple[type[Exception], ...] = ()) -> float | None:
    """The derivative at 0 by differences; None where there is a kink or a step, or where it raises one of `raised`."""
    try:
        values = [float(f(k * STEP)) for k in (-2, -1, 0, 1, 2)]
    except raised:
        return None
    slopes = np.diff(values) / STEP
    smooth = np.allclose(slopes, slopes[0], rtol=1e-3, atol=1e-3)
    return (values[3] - values[1]) / (2 * STEP) if smooth else None


def is_compared(expected: float | None, modes: Callable[[], tuple[Any, Any]], title: str) -> bool:
    """Whether there is something to compare; what the reverse and the forward mode give is that then."""
    if expected is None:
        return False
    try:
        reverse, forward = modes()
    except CompileError as error:
        assert not isinstance(error, CompilerBug), f"{error}\n{title}"
        return False
    np.testing.assert_allclose(reverse, expected, rtol=1e-4, atol=1e-4, err_msg=title)
    np.testing.assert_allclose(forward, expected, rtol=1e-4, atol=1e-4, err_msg=title)
    return True
