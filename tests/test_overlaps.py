"""Parts of an array that are assigned to overlapping parts of it: as NumPy does it, or refused where that is no use."""

from __future__ import annotations

import builtins
import linecache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myialike import compile, grad
from myialike.errors import UnsupportedError

N = 5
BACKENDS = ["python", "xla"]


def slices(draw: Any, count: int) -> slice:
    """`count` of the `N` elements of an axis, in steps of any sign."""
    step = draw(st.integers(1, (N - 1) // max(count - 1, 1)))
    first = draw(st.integers(0, N - 1 - step * (count - 1)))
    last = first + step * (count - 1)
    if draw(st.booleans()):
        return slice(first, last + 1, step)
    return slice(last, first - 1 if first else None, -step)


@st.composite
def part(draw: Any, count: int) -> tuple[Any, ...]:
    """An index of a cube that leaves one axis of `count` elements."""
    axis = draw(st.integers(0, 2))
    index: list[Any] = [draw(st.integers(0, N - 1)) for _ in range(3)]
    index[axis] = slices(draw, count)
    return tuple(index)


def shown(index: tuple[Any, ...]) -> str:
    """An index as a program has it, whose ints are known when it is compiled."""
    return ", ".join(f"{k.start}:{k.stop}:{k.step}" if isinstance(k, slice) else str(k) for k in index)


def written(statement: str) -> Any:
    """A function that does this to a copy of its argument."""
    text = f"def assigned(x):\n    x = np.array(x)\n    {statement}\n    return x\n"
    name = f"<assigned {statement}>"
    linecache.cache[name] = len(text), None, text.splitlines(keepends=True), name
    scope: dict[str, Any] = {"np": np}
    exec(builtins.compile(text, name, "exec"), scope)
    return scope["assigned"]


@settings(max_examples=300, deadline=None)
@given(st.data(), st.integers(2, N), st.permutations(range(3)), st.booleans())
def test_refused_where_numpy_depends_on_the_order(data: Any, count: int, perm: list[int], negated: bool) -> None:
    """Refused if and only if NumPy gives something else than for a copy of the right side."""
    left, right = data.draw(part(count)), data.draw(part(count))
    sign = "-" if negated else ""
    assigned = written(f"x[{shown(left)}] = {sign}x.transpose({perm})[{shown(right)}]")
    x = np.arange(float(N**3)).reshape(N, N, N)
    expected = np.array(x)
    expected[left] = (-1 if negated else 1) * x.transpose(perm)[right]
    if np.array_equal(assigned(x), expected):
        np.testing.assert_array_equal(compile(assigned, backend="python")(x), expected)
    else:
        with pytest.raises(UnsupportedError, match="parts of one array that overlap"):
            compile(assigned, backend="python")(x)


ENDS = st.none() | st.integers(-N - 1, N + 1)
SLICES = st.builds(slice, ENDS, ENDS, st.none() | st.sampled_from([-3, -2, -1, 1, 2, 3]))


def part_of(draw: Any, shape: tuple[int, ...]) -> str:
    """An index of an array of that shape that leaves an array."""
    index = [draw(SLICES) for _ in shape[: draw(st.integers(0, len(shape)))]]
    if index and len(shape) > 1 and draw(st.booleans()) and shape[len(index) - 1]:
        index[-1] = draw(st.integers(-shape[len(index) - 1], shape[len(index) - 1] - 1))
    text = shown(tuple(index)).replace("None", "")
    return ", ".join(filter(None, [text, "None" if draw(st.integers(0, 3)) == 0 else ""])) or "..."


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_parts_of_parts(data: Any) -> None:
    """A write to a part of a part of a part, and what is read there afterwards."""
    x = np.arange(float(N**3)).reshape(N, N, N)
    views, part = [], x
    for _ in range(3):
        index = part_of(data.draw, part.shape)
        views.append(f"v = {'v' if views else 'x'}[{index}]")
        part = eval(f"part[{index}]", {"part": part})
    change = written("; ".join([*views, "v *= 2.0", "x[1] += v.sum()", "v[...] = v + 1.0"]))
    np.testing.assert_array_equal(compile(change, backend="python")(x), change(x))


def mirrored(a):
    a = np.array(a)
    for k in range(len(a)):
        a[:, k] = a[k]
        a[k] = a[:, k] * 2.0
    return a


def triangle(a):
    a = np.array(a)
    for k in range(len(a)):
        a[k:, k] = a[k, k:]
    return a


def shifted(a):
    a = np.array(a)
    for k in range(len(a) - 1):
        a[k, 1:] = a[k, :-1]
        a[k + 1] = a[k]
        a[1:, k] = a[:-1, k]
    return a


def two_planes(a, i, j):
    cube = np.zeros((2, 4, 4))
    cube[0] = a
    cube[1, :, i] = cube[0, j]
    return cube


def copied(a, i, j):
    a = np.array(a)
    a[:, i] = a[j].copy()
    return a


A = np.arange(16.0).reshape(4, 4) / 7.0


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("f", "args"),
    [(mirrored, ()), (triangle, ()), (shifted, ()), (two_planes, (2, 1)), (copied, (2, 1))],
    ids=lambda x: getattr(x, "__name__", ""),
)
def test_what_is_harmless_is_taken(f: Any, args: tuple[int, ...], backend: str) -> None:
    np.testing.assert_array_equal(compile(f, backend=backend)(A, *args), f(A, *args))
    weights = np.cos(np.arange(f(A, *args).size)).reshape(f(A, *args).shape)
    slope = grad(compile(lambda a: np.sum(weights * f(a, *args)), backend=backend))(A)
    step = np.zeros_like(A)
    step[1, 2] = 1.0
    np.testing.assert_allclose(slope[1, 2], np.sum(weights * (f(A + step, *args) - f(A, *args))), rtol=1e-9, atol=1e-12)


def column_of_row(a, i, j):
    a[:, i] = a[j]


def spread_out(x):
    x[::2] = x[:3]


def of_a_loop(a):
    for i in range(3):
        a[i] = a[:, 2]


@pytest.mark.parametrize(("f", "args"), [(column_of_row, (A, 2, 1)), (spread_out, (A[0, :],)), (of_a_loop, (A,))])
def test_what_may_depend_on_the_order_is_refused(f: Any, args: tuple[Any, ...]) -> None:
    if f is spread_out:
        args = (np.arange(6.0),)
    with pytest.raises(UnsupportedError, match="copy") as found:
        compile(f)(*[np.array(a) if isinstance(a, np.ndarray) else a for a in args])
    assert "tests/test_overlaps.py" in str(found.value).replace("\\", "/")
