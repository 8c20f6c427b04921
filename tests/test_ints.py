"""Python's ints never wrap around: one that does not fit 64 bits is refused when it is computed."""

from __future__ import annotations

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
