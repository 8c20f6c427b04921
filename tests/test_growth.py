"""What compiling costs grows as the program does: counted in calls of functions, which are the same in every run."""

from __future__ import annotations

import linecache
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from myialike.errors import UnsupportedError, deep_recursion
from myialike.infer import calls
from myialike.infer.describe import Description
from myialike.inspection import inferred
from myialike.ir import interpret
from myialike.ir.syntax import Prim
from myialike.variants import is_jax


def chain(n: int) -> str:
    """`if .. elif .. elif ..` with assignments."""
    body = "".join(f"    elif k == {i}:\n        y = x * {i}.0\n        z = x + {i}.0\n" for i in range(1, n))
    return f"def f(x, k):\n    y = 0.0\n    z = 1.0\n    if k == 0:\n        y = x\n{body}    return y + z\n"


def chain_of_ints(n: int) -> str:
    """The same in a loop, of ints."""
    body = "".join(f"        elif k == {i}:\n            y = y + i * {i}\n" for i in range(1, n))
    start = "def f(x, k):\n    y = 0\n    for i in range(k):\n        if i == 0:\n            y = 1\n"
    return f"{start}{body}    return y * x\n"


def returns(n: int) -> str:
    """One return after the other."""
    body = "".join(f"    if k == {i}:\n        return x * {i}.0\n" for i in range(n))
    return f"def f(x, k):\n{body}    return x\n"


def nest(n: int) -> str:
    """One `if` in the other, each of which assigns."""
    lines = [f"{'    ' * (i + 1)}if x > {i}.0:\n{'    ' * (i + 2)}y = y * {i}.5\n" for i in range(n)]
    return f"def f(x, k):\n    y = x\n{''.join(lines)}    return y\n"


def steps(n: int) -> str:
    """One assignment after the other."""
    return "def f(x, k):\n    y = x\n" + "".join(f"    y = y * x + {i}.0\n" for i in range(n)) + "    return y\n"


def function(text: str) -> Callable[..., Any]:
    name = f"<growth {hash(text)}>"
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    space: dict[str, Any] = {}
    exec(compile(text, name, "exec"), space)
    return space["f"]  # type: ignore[no-any-return]


def work(f: Callable[..., Any], *args: Any) -> int:
    """How many calls of Python functions compiling takes."""
    count = 0

    def note(_: Any, event: str, __: Any) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        with deep_recursion():
            pipeline, found, _ = inferred(f, args, {})
            pipeline.executable("python", found.module, True)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("make", [chain, chain_of_ints, returns, nest, steps])
def test_work_is_proportional_to_the_program(make: Callable[[int], str]) -> None:
    """Three times the program, at most half as much again as three times the work."""
    assert work(function(make(60)), 2.0, 3) <= 4.5 * work(function(make(20)), 2.0, 3)


def one_by_one(v):
    total = 0.0
    while len(v) > 0:
        total += v[0] * v[-1]
        v = v[1:]
    return total


def test_views_of_views_are_views_of_the_array() -> None:
    """Each turn takes a part of what the turn before took: four times the turns, less than five times the work."""
    assert work(one_by_one, np.ones(240)) <= 4.5 * work(one_by_one, np.ones(60))


def exchanges(n: int) -> str:
    """Two flags, one of which says whether a variable is there, change places n times."""
    body = "".join(f"    if p[{k}] > 0:\n        u, w = w, u\n" for k in range(n))
    start = "def f(p, x):\n    r = None\n    u = w = False\n    if p[0] > 5:\n        r = x\n        u = True\n"
    return f"{start}        w = p[1] > 5\n{body}    s = 0.0\n    if u:\n        s = s + r\n    return s\n"


def test_reasoning_about_flags_ends() -> None:
    """Each exchange makes two cases of each case before it: of few they are gone through, of many they are not."""
    assert inferred(function(exchanges(4)), (np.ones(2**6), 1.0), {})
    with pytest.raises(UnsupportedError, match="None on"):
        inferred(function(exchanges(60)), (np.ones(2**6), 1.0), {})


def numbers_handled(monkeypatch: pytest.MonkeyPatch, f: Callable[..., Any], *args: Any) -> int:
    """How many numbers the operations of a program are given or give, when it runs; of an array only those it reads."""
    count, run = 0, interpret._Run.prim

    def prim(self: Any, eqn: Prim, env: Any) -> tuple[Any, ...]:
        nonlocal count
        values = run(self, eqn, env)
        given = [interpret._read(env, a) for a in eqn.inputs]
        handled = {"index": values, "index_set": given[1:2]}.get(eqn.op, (*given, *values))
        count += sum(np.size(v) for v in handled)
        return values

    _, found, _ = inferred(f, args, {})
    with monkeypatch.context() as patch:
        patch.setattr(interpret._Run, "prim", prim)
        interpret.run(found.module, *leaves_of(args))
    return count


def leaves_of(args: tuple[Any, ...]) -> list[Any]:
    description = Description(is_jax, shapes=True)
    for a in args:
        description.add(a)
    return description.leaves


def sums(d, ids):
    for i in ids:
        if int(i) in d:
            d[int(i)] += 1.0
        else:
            d[int(i)] = 0.5
    return d


def takes(d, ids):
    total = 0.0
    for i in ids:
        total += d.get(int(i) + 0.0, 0.25) + d.setdefault(-1, 0.0)
    return total


@pytest.mark.parametrize("f", [sums, takes])
def test_looking_up_is_as_long_among_many_keys(monkeypatch: pytest.MonkeyPatch, f: Callable[..., Any]) -> None:
    """50 more look-ups cost the same in a dict of 40 and of 800 keys, but for what chance does in their places."""

    def of_more(n: int) -> int:
        d, ids = {k * 3: 0.5 for k in range(n)}, np.arange(100) % 40 * 3
        return numbers_handled(monkeypatch, f, d, ids) - numbers_handled(monkeypatch, f, d, ids[:50])

    assert of_more(800) <= 1.5 * of_more(40)


def ways(ns):
    memo, total = {}, 0.0

    def go(left, part):
        if left == 0:
            return 1.0
        if left < 0 or part == 0:
            return 0.0
        if (left, part) not in memo:
            memo[left, part] = go(left - part, part) + go(left, part - 1)
        return memo[left, part]

    for n in ns:
        total += go(int(n), int(n) // 2)
    return total


def test_functions_that_settle_are_run_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A recursive function is run for each structure of its arguments, not once more in each round of each caller."""
    runs, run = 0, calls.isolate

    def isolate(*args: Any, **keywords: Any) -> Any:
        nonlocal runs
        runs += 1
        return run(*args, **keywords)

    monkeypatch.setattr(calls, "isolate", isolate)
    inferred(ways, (np.arange(3),), {})
    assert runs <= 100  # nearly 500 if none were kept


def chain_of_visits(p):
    seen, order = {}, []

    def visit(u):
        seen[u] = len(seen)
        order.append(u)
        for v in p:
            if int(v) not in seen:
                visit(int(v))

    visit(int(p[0]))
    return order


def test_lists_that_get_longer_from_call_to_call() -> None:
    """They have a run-time length after a few calls of a function by itself: the work is that of few, not of many."""
    assert work(chain_of_visits, np.arange(5)) <= 1_000_000
