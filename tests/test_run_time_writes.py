"""What is written to arrays whose size is known only at run time, and to what NumPy's functions give of them.

Compiled code works on arrays that stand for them: the room that they are a part of, all rows that a mask could have
picked. What is written to a stand-in has to be seen in the array itself, in the one that it is a part of, and in every
other name that it has; or the program is refused.
"""

from __future__ import annotations

import builtins
import linecache
from typing import Any

import numpy as np
import pytest

from myialike import compile
from myialike.errors import CompilerBug, UnsupportedError
from tests.test_language import agrees

STARTS = {
    "picked": "y = x[x > 0.5]",
    "first": "y = x[:k]",
    "middle": "y = x[1:k]",
}

# One statement a line: it is taken, whatever y is.
TAKEN = """
np.add(y, 1.0, y)
np.add(y, y[::-1], y)
np.add(y, y[::-1], out=y)
np.subtract(y, 1.0, out=y, where=y > 0.7)
np.sqrt(y, out=(y,))
r = np.exp(y, y); r[0] = 5.0
np.negative(y, y); np.exp(y, out=y)
np.multiply(y, 2.0, out=y); y[0] = 9.0
r = y; r += 1.0
r = y + 0.0; r[0] = 5.0
r = np.array(y); r[0] = 5.0
r = y.copy(); r[0] = 5.0
r = [y, y]; r[0][0] = 5.0
r = np.conj(y); r[0] = 5.0
r = np.sort(y); r[0] = 5.0
np.copyto(y, 0.0)
np.put(y, [0, 1], [3.0, 4.0])
np.add.at(y, [0, 0], 1.0)
np.place(y, y > 0.7, [1.0])
np.put_along_axis(y, np.array([0]), 7.0, 0)
y[...] = 2.0
y[:] = y[::-1]
y.sort()
y.fill(3.0)
""".strip().splitlines()

# Taken or refused.
TAKEN_OR_REFUSED = """
r = np.real(y); r[0] = 5.0
r = y.real; r[0] = 5.0
r = y.conj(); r[0] = 5.0
r = np.asarray(y); r[0] = 5.0
r = np.array(y, copy=False); r[0] = 5.0
r = np.ascontiguousarray(y); r[0] = 5.0
r = np.astype(y, float, copy=False); r[0] = 5.0
r = np.real_if_close(y); r[0] = 5.0
r = np.reshape(y, (-1, 1)); r[0, 0] = 5.0
r = y[:, None]; r[0, 0] = 5.0
r = np.ravel(y); r[0] = 5.0
r = np.atleast_1d(y); r[0] = 5.0
r = np.atleast_2d(y); r[0, 0] = 5.0
r = np.flip(y); r[0] = 5.0
r = np.expand_dims(y, 0); r[0, 0] = 5.0
r = np.transpose(y[None]); r[0, 0] = 5.0
r = np.real(y); y[0] = 5.0
r = np.asarray(y); y[0] = 5.0
r = np.ravel(y); np.copyto(y, 2.0)
r = np.where(y > 0.7)[0]; y[r] = 0.0
np.clip(y, 0.6, 0.7, y)
np.clip(y, 0.6, 0.7, out=y)
np.cumsum(y, out=y)
np.putmask(y, y > 0.7, 1.0)
y.put([0], 3.0)
""".strip().splitlines()
X = np.array([0.6, 0.9, 0.2, 0.8, 0.1, 0.7, 0.3])


def made(title: str, statement: str) -> Any:
    """A function that does something to y, and gives all that it may have changed."""
    body = ["r = s = x * 1.0", "k = 0", "for e in x:", "    k += e > 0.5", STARTS[title], statement, "return y, r, x"]
    code = "\n".join(["def f(x):", *(f"    {line}" for line in body)]) + "\n"
    name = f"<{title}: {statement}>"
    linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
    namespace: dict[str, Any] = {"np": np}
    exec(builtins.compile(code, name, "exec"), namespace)
    return namespace["f"]


@pytest.mark.parametrize("title", STARTS)
@pytest.mark.parametrize("statement", TAKEN)
def test_taken(statement: str, title: str) -> None:
    """CPython and the compiled function give the same."""
    fn = made(title, statement)
    assert agrees(fn, compile(fn, backend="python"), (X,), 1e-14)


@pytest.mark.parametrize("title", STARTS)
@pytest.mark.parametrize("statement", TAKEN_OR_REFUSED)
def test_taken_or_refused(statement: str, title: str) -> None:
    """CPython and the compiled function give the same, or the function is refused."""
    fn = made(title, statement)
    try:
        compile(fn, backend="python")(X.copy())
    except UnsupportedError as error:
        assert not isinstance(error, CompilerBug)
        return
    assert agrees(fn, compile(fn, backend="python"), (X,), 1e-14)


def sifted(c, limit):
    """A filter with an early end: what is left has other names, and other sizes, on every path."""
    z, steps, places = np.zeros(c.shape), np.zeros(c.shape), np.arange(len(c))
    for i in range(limit):
        if not len(z):
            break
        np.multiply(z, z, z)
        np.add(z, c, z)
        out = np.abs(z) > 1.5
        steps[places[out]] = i + 1.0
        np.logical_not(out, out)
        z, c, places = z[out], c[out], places[out]
    return z, steps


@pytest.mark.parametrize("backend", ["python", "xla"])
def test_what_is_sifted(backend: str) -> None:
    for limit in (1, 2, 3, 5):
        c = np.array([0.3, -1.9, 1.2, -0.7, 0.9, 2.0])
        assert agrees(sifted, compile(sifted, backend=backend), (c, limit), 1e-12)
