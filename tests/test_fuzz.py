"""Random programs do what CPython does: a few hundred, from a fresh seed.

`FUZZ_SEED=7 pytest tests/test_fuzz.py` runs those of a seed again; `make fuzz N=10000` runs many. The tests below the
first see that the fuzzer itself works: that it finds a fault, and that what it writes is worth running.
"""

from __future__ import annotations

import ast
import os
import secrets
from typing import Any

import numpy as np
import pytest

from tests.fuzz.campaign import Count, campaign, derivative_campaign
from tests.fuzz.check import Failure, check
from tests.fuzz.engines import ENGINES
from tests.fuzz.minimise import minimise
from tests.fuzz.outcomes import same, same_text
from tests.fuzz.programs import Program

SEED = int(os.environ.get("FUZZ_SEED", secrets.randbelow(10**6)))


@pytest.fixture(autouse=True)
def checked_stages() -> None:
    """As in tests/conftest.py, but without parsing the text form: the programs are many."""


def run(kind: Any, number: int, seed: int) -> Count:
    count, failure = kind(number, seed)
    print(f"FUZZ_SEED={SEED}\n{count.table()}")
    assert not failure, f"FUZZ_SEED={SEED}\n{failure}"
    return count


@pytest.mark.parametrize("part", range(4))
def test_random_programs(part: int) -> None:
    """Results, exceptions, changed arguments and printed text are CPython's; few programs are refused."""
    count = run(campaign, 60, SEED + part)
    assert count.share("refused") < 0.4, count.table()


def test_random_derivatives() -> None:
    """The modes agree with each other, and with differences where these mean something."""
    count = run(derivative_campaign, 30, SEED)
    assert count.kinds["same"] > 0, count.table()


WRONG = Program(
    """
def g(x, n):
    y = x * 2.0
    for i in range(n):
        if i == 1:
            y = y + 1.0
    return y

def f(a, b):
    v = [a, 1.0]
    v.append(g(a, b))
    return v
""",
    ("1.5", "3"),
)


def test_a_fault_is_found_and_made_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that is wrong in one operation fails, and the program shown for it is little more than that."""

    def wrong(fn: Any) -> Any:
        return lambda *args: [x + 1e-6 if k == 2 else x for k, x in enumerate(fn(*args))]

    monkeypatch.setitem(ENGINES, "python", wrong)
    with pytest.raises(Failure, match="result differs") as caught:
        check(WRONG, ["python"])
    small = minimise(caught.value).program.functions
    assert len(ast.parse(small).body) < 3
    assert len(small) < len(WRONG.functions) / 2


def test_what_counts_as_the_same() -> None:
    """Types, signs of zero and last digits count; NaN is NaN; numbers in a text may differ in their last digits."""
    assert same([1.0, float("nan")], [1.0, float("nan")], 1e-15)
    assert not same(1.0, np.float64(1.0), 1e-15)
    assert not same(1, True, 1e-15)
    assert not same(0.0, -0.0, 1e-15)
    assert not same(1.0, 1.0 + 1e-12, 1e-15)
    assert same_text("x 0.1 [1. 2.]", "x 0.10000000001 [1.  2.]", 1e-9)
    assert not same_text("x 0.1", "y 0.1", 1e-9)
    assert not same_text("0.1", "0.2", 1e-9)
