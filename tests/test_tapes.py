"""Memory of tapes that is kept between calls: what is in it never matters, and it is not shared by calls at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from myialike import compile, grad, hvp
from myialike.backends.xla import Executable, tapes
from myialike.backends.xla.tapes import WithTapes, tapes_of
from myialike.ir.text import parse_module

N = 40


@pytest.fixture(autouse=True)
def _all_tapes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the memory of tapes of any size."""
    monkeypatch.setattr(tapes, "LEAST", 1)


def waves(a, n):
    """As many steps as `n` says, every other one in a branch; nothing is pushed if there are none."""
    x = a[0]
    for i in range(n):
        x = np.sin(x * a[i % N]) if i % 2 else x + np.cos(a[i % N])
    return np.sum(x**2)


def until(a, n):
    """A number of steps that depends on the data."""
    x, steps = a[0], 0
    while np.sum(x) < n:
        x = x + np.exp(-x * x) * a[steps % N] ** 2
        steps += 1
    return np.sum(x**3) * steps


def overwritten(a, n):
    a = np.array(a)
    for i in range(1, N):
        for j in range(n % 7):
            a[i, j] = np.sin(a[i, j] * a[i - 1, j]) + a[i, 0]
    return np.sum(a * a)


def twice(fn: Any) -> Any:
    """Second derivatives, whose tapes have cotangents that are tapes."""
    return lambda a, n: grad(lambda b: np.sum(grad(fn)(b, n) * np.cos(b)))(a)


def numbers(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0.5, 1.5, size=(N, N))


@pytest.mark.parametrize("order", [grad, twice], ids=["first", "second"])
@pytest.mark.parametrize("fn", [waves, until, overwritten])
def test_a_call_leaves_nothing_to_the_next(fn: Any, order: Any) -> None:
    """Long runs, short ones, and those without a step, in turn: each gives what it gives as the first."""
    repeated, printed = compile(order(fn)), compile(order(fn), backend="python")
    for seed, n in enumerate((60, 3, 0, 41, 90, 1, 0)):
        a = numbers(seed)
        np.testing.assert_allclose(repeated(a, n), printed(a, n), rtol=1e-8, atol=1e-8, err_msg=f"{n} steps")


def test_numbers_left_behind_that_are_not_finite_do_no_harm() -> None:
    """An empty stack pops zeros, whatever was in it."""
    repeated = compile(twice(waves))
    repeated(np.full((N, N), np.inf), 50)
    np.testing.assert_array_equal(repeated(numbers(1), 2), compile(twice(waves))(numbers(1), 2))


def test_calls_at_the_same_time_have_memory_of_their_own() -> None:
    """Threads that call the same function get their own results."""
    fn = compile(grad(waves))
    expected = [np.asarray(fn(numbers(k), 30 + k)) for k in range(8)]
    with ThreadPoolExecutor(8) as threads:
        for _ in range(5):
            found = list(threads.map(lambda k: np.asarray(fn(numbers(k), 30 + k)), range(8)))
            for a, b in zip(found, expected, strict=True):
                np.testing.assert_array_equal(a, b)


def test_along_a_direction() -> None:
    """Forward over reverse has tapes of tangents."""
    fn = compile(lambda a, n, d: hvp(lambda b: waves(b, n), (a,), (d,)))
    for seed, n in enumerate((5, 30, 0)):
        a, d = numbers(seed), numbers(seed + 10)
        eps = 1e-6
        expected = (grad(waves)(a + eps * d, n) - grad(waves)(a - eps * d, n)) / (2 * eps)
        np.testing.assert_allclose(fn(a, n, d), expected, rtol=1e-5, atol=1e-6)


PUSHES = """graph f(x: f64[8], n: i64) {
  s: stack(f64[8], k0) = stack_new(; capacity='k0', dtype='f64', shape=(8,))
  y: f64[8], s1: stack(f64[8], k0) = for 0:i64, n, 1:i64 init (x, s) (i: i64, a: f64[8], t: stack(f64[8], k0)) {
    b: f64[8] = sin(a)  t2: stack(f64[8], k0) = push(t, a)  yield b, t2 }
  z: f64[8], s2: stack(f64[8], k0) = for 0:i64, n, 1:i64 init (y, s1) (i2: i64, c: f64[8], u: stack(f64[8], k0)) {
    u2: stack(f64[8], k0), v: f64[8] = pop(u)  d: f64[8] = mul(c, v)  yield d, u2 }
  PRINT
  return z }"""


def test_what_is_kept() -> None:
    """One set of buffers, of the last choice of capacities, after any number of calls."""
    fn = Executable(parse_module(PUSHES.replace("PRINT", "")))
    for n in (3, 5, 200, 4):
        fn([np.full(8, 0.5), n])
    kept = fn._compiled.function
    assert isinstance(kept, WithTapes)
    assert [[b.shape for b in buffers] for buffers in kept.pool] == [[(224, 8)]]
    assert fn.stats.lowerings == 2


@pytest.mark.parametrize("which", ["too large", "too small", "beside a print"])
def test_what_is_not_kept(which: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory for tapes larger than is sensible, or so small that it is no gain; none where the host may fail."""
    monkeypatch.setattr(tapes, "MOST", 2**12 if which == "too large" else 2**30)
    monkeypatch.setattr(tapes, "LEAST", 2**20 if which == "too small" else 1)
    line = "print(n; kinds=('python',), template='{}')" if which == "beside a print" else ""
    module = parse_module(PUSHES.replace("PRINT", line))
    assert tapes_of(module, {"k0": 100}) == ()
    assert len(tapes_of(module, {"k0": 60})) == (which == "too large")
