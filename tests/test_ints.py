"""Python's ints never wrap around: one that does not fit 64 bits is refused when it is computed."""

from __future__ import annotations

import numpy as np
import pytest

from myialike import compile


def factorial(n):
    r = 1
    for i in range(2, n + 1):
        r = r * i
    return r


def fibonacci(n):
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a


def difference(a, b):
    return a - b


def seventh(x):
    return x**7


def shifted(x, k):
    return x << k


CASES = [
    (factorial, (20,), (21,)),
    (fibonacci, (91,), (93,)),
    (difference, (-(2**62), 2**61), (-(2**62), 2**62 + 2**61)),
    (seventh, (-400,), (-600,)),
    (shifted, (3, 61 - 1), (3, 62)),
]


@pytest.mark.parametrize("backend", ["python", "xla"])
@pytest.mark.parametrize(("fn", "fits", "too_long"), CASES, ids=[c[0].__name__ for c in CASES])
def test_long_ints_are_refused(fn, fits, too_long, backend):
    compiled = compile(fn, backend=backend)
    assert compiled(*fits) == fn(*fits) and type(compiled(*fits)) is int
    assert abs(fn(*too_long)) >= 2**63
    with pytest.raises(OverflowError, match="64 bits"):
        compiled(*too_long)


@pytest.mark.parametrize("fn", [factorial, fibonacci], ids=lambda f: f.__name__)
def test_arguments_too_long_are_refused(fn):
    with pytest.raises(Exception, match="64 bits"):
        compile(fn, backend="python")(2**63)


def set_element(a, v):
    a[1] = v


def set_all(a, v):
    a[:] = v


def set_from_list(a, v):
    a[:2] = [v, 1]


def set_by_mask(a, v):
    a[a > 0] = v


def set_by_index_array(a, v):
    a[[0, 1]] = v


def set_in_flat(a, v):
    a.flat[0] = v


def filled(a, v):
    a.fill(v)


def placed(a, v):
    np.place(a, a > 0, v)
    np.putmask(a, a == 0, v)


WRITES = [set_element, set_all, set_from_list, set_by_mask, set_by_index_array, set_in_flat, filled, placed]
NUMBERS = [-1.5, 2.9, 300.5, 3e9, 1e19, 1e300, float("nan"), float("-inf")]
SCALARS = [np.float64(v) for v in NUMBERS] + [np.float32(v) for v in NUMBERS if not 1e38 < abs(v) < 1e301]
SCALARS += [np.int64(300), np.int64(-1), np.uint64(2**63)]


def written(fn, dtype, value):
    """The array that a function has written to, or the exception."""
    a = np.array([1, 0, 1], dtype)
    try:
        with np.errstate(all="ignore"):
            fn(a, value)
    except Exception as error:
        return type(error), str(error)
    return a.tolist()


@pytest.mark.parametrize("dtype", [np.int64, np.int8, np.uint32, np.uint64], ids=lambda d: d.__name__)
@pytest.mark.parametrize("fn", WRITES, ids=lambda f: f.__name__)
def test_what_an_array_of_ints_does_not_hold(fn, dtype):
    """Numbers and scalars written into arrays of ints are converted, or refused, exactly as NumPy does."""
    compiled = compile(fn, backend="python")
    for value in NUMBERS + SCALARS:
        assert written(compiled, dtype, value) == written(fn, dtype, value), repr(value)


def test_what_an_array_of_ints_does_not_hold_on_xla():
    compiled = compile(set_element, backend="xla")
    for value in (np.float64("nan"), np.float32("inf"), np.float64(1e19), np.float64(300.5)):
        assert written(compiled, np.int8, value) == written(set_element, np.int8, value), repr(value)
