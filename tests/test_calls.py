"""Calls by name: what is called often is inferred once, and means what it means where it is run in place."""

from __future__ import annotations

import contextlib
import copy
import functools
import io
import linecache
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from myialike import compile, grad
from myialike.infer import shared
from myialike.infer.machine import Machine
from myialike.inspection import final, inferred
from myialike.ir.syntax import Call, Module, walk
from myialike.opt import inlining

X = 0.3


@functools.cache
def tree(depth: int) -> Callable[..., Any]:
    """A function that calls one twice that calls one twice ...: 2 ** depth calls, and no two of the same number."""
    source = "import math\ndef f0(x):\n    return math.sin(x) * x + math.exp(-x * x) * x - 0.1 * x * x\n"
    for k in range(depth):
        source += f"def f{k + 1}(x):\n    return f{k}(math.sin(x)) + 0.5 * f{k}(0.7 * x + 0.1)\n"
    name = f"<tree {depth}>"
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    space: dict[str, Any] = {}
    exec(__import__("builtins").compile(source, name, "exec"), space)
    return space[f"f{depth}"]  # type: ignore[no-any-return]


def equations(module: Module) -> int:
    return sum(1 for g in module.graphs for _ in walk(g.body))


def work(depth: int, derive: bool, backend: str) -> tuple[int, int]:
    """How many equations inference visits for a tree, and how many a backend is given."""
    machines: list[Machine] = []
    with pytest.MonkeyPatch.context() as patch:
        init = Machine.__init__
        patch.setattr(Machine, "__init__", lambda m, *a: (init(m, *a), machines.append(m))[0])
        pipeline, found, _ = inferred(grad(tree(depth)) if derive else tree(depth), (X,), {})
    visited = sum(m.visited for m in machines)
    return visited, equations(final(pipeline, found, backend))


@pytest.mark.parametrize(("backend", "derive"), [("python", False), ("xla", False), ("xla", True)])
def test_linear_in_the_program(backend: str, derive: bool) -> None:
    """6 levels more, 64 times the calls, cost about as much as the 6 levels before."""
    small, medium, large = (work(depth, derive, backend) for depth in (12, 18, 24))
    for a, b, c in zip(small, medium, large, strict=True):
        assert a < b < c < 2 * b
        assert c - b <= 1.5 * (b - a)


@pytest.mark.parametrize("backend", ["python", "xla"])
def test_values_and_gradients_of_many_calls(backend: str) -> None:
    f = tree(10)
    np.testing.assert_allclose(compile(f, backend=backend)(X), f(X), rtol=1e-12)
    slope = (f(X + 1e-6) - f(X - 1e-6)) / 2e-6
    np.testing.assert_allclose(grad(compile(f, backend=backend))(X), slope, rtol=1e-7)


def test_few_calls_are_run_in_place() -> None:
    """An ordinary program has no calls when it has been inferred."""
    _, found, _ = inferred(tree(5), (X,), {})
    assert len(found.module.graphs) == 1


# -- every function shared, and no call inlined ---------------------------------------------------------------------


class Any_(dict[int, Any]):
    def __contains__(self, key: object) -> bool:
        return True


@pytest.fixture
def all_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared.Sharing, "again", lambda self: shared.Sharing(Any_(), on=True))
    monkeypatch.setattr(inlining, "LARGE", -1)
    monkeypatch.setattr(inlining, "is_part", lambda *_: False)


TOTAL = 10.0
TABLE = np.array([1.0, 2.0, 3.0])


def scaled(a, k):
    a[0] = a[0] * k + TABLE[0]
    return a


def writes_argument(a):
    scaled(a, 2.0)
    scaled(a, 2.0)
    return a.sum() + scaled(a, 3.0)[0]


def writes_global(x):
    def bump(k):
        TABLE[1] += k
        return TABLE[1]

    return bump(x) + bump(x) + bump(x)


def writes_variable(x):
    count = 0

    def step(v):
        nonlocal count
        count += 1
        return v * count

    return step(x) + step(x) + step(x), count


def two_names(a, b):
    def add(p, q):
        p[0] += q[1]
        return p[0]

    return add(a, b) + add(b, a) + add(a, a), a, b


def appends(x):
    xs = []

    def put(v):
        xs.append(v)
        return xs

    put(x)
    put(2 * x)
    return put(x), xs is put(x), len(xs)


def returns_argument(a):
    def same(v):
        return v

    b = same(a)
    same(b)[0] = 7.0
    return b is a, a[0]


def fails(x):
    def positive(v):
        if v < 0:
            raise ValueError(f"{v} is negative")
        return math.sqrt(v)

    return positive(x) + positive(x - 0.1) + positive(x - 1.0)


def prints(x):
    def say(v):
        print("value", v)
        return v + 1

    return say(say(say(x)))


def of_constants(a):
    def part(v, n):
        return v[:n].sum()

    return part(a, 1) + part(a, 2) + part(a, 1)


def at_several_types(a):
    def twice(v):
        return v + v

    return twice(1), twice(1.5), twice(a), twice((1, 2)), twice("s"), twice(a[0])


def of_functions(x):
    def apply(f, v):
        return f(f(v))

    k = 2.0 * x
    return apply(lambda v: v * k, x) + apply(math.sin, x) + apply(lambda v: v * k, x)


def gives_functions(x):
    def adder(k):
        return lambda v: v + k

    return adder(x)(1.0) + adder(2.0 * x)(1.0) + adder(x)(2.0)


def in_loops(a):
    def turn(s, i):
        return s * 0.5 + a[i]

    s = 0.0
    for i in range(3):
        s = turn(s, i) if s < 2.0 else turn(turn(s, i), 0)
    while s < 100.0:
        s = turn(s, 1) * 3.0
    return s


def of_orders(a):
    def flat(v):
        w = np.reshape(v, -1)
        return w * np.arange(6.0)

    m = np.outer(a, a[:2])
    return flat(m) + flat(m.T * 1.0) + flat(m)


def of_ints(x):
    def power(n):
        return 1 if n == 0 else 2 * power(n - 1)

    def both(n):
        return power(n) + power(n + 1)

    return both(3) + both(4) + both(3) + x


PROGRAMS: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
    (writes_argument, (np.array([1.0, 2.0]),)),
    (writes_global, (0.5,)),
    (writes_variable, (1.5,)),
    (two_names, (np.array([1.0, 2.0]), np.array([3.0, 4.0]))),
    (appends, (1.5,)),
    (returns_argument, (np.array([1.0, 2.0]),)),
    (fails, (0.5,)),
    (fails, (1.5,)),
    (prints, (1.5,)),
    (of_constants, (np.array([1.0, 2.0]),)),
    (at_several_types, (np.array([1.0, 2.0]),)),
    (of_functions, (0.5,)),
    (gives_functions, (0.5,)),
    (in_loops, (np.array([1.0, 2.0, 3.0]),)),
    (of_orders, (np.array([1.0, 2.0, 3.0]),)),
    (of_ints, (0.5,)),
]


@contextlib.contextmanager
def table_kept() -> Iterator[None]:
    before = TABLE.copy()
    yield
    TABLE[:] = before


def outcome(f: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """What a call gives or raises, what it prints, and what it leaves in its arguments and the table."""
    args, text = copy.deepcopy(args), io.StringIO()
    with contextlib.redirect_stdout(text), table_kept():
        try:
            result: Any = f(*args)
        except ValueError as error:
            return "raised", str(error), text.getvalue()
        return repr((result, args, TABLE)), text.getvalue()


@pytest.mark.usefixtures("all_shared")
@pytest.mark.parametrize(("f", "args"), PROGRAMS, ids=[f"{f.__name__}{k}" for k, (f, _) in enumerate(PROGRAMS)])
@pytest.mark.parametrize("backend", ["python", "xla"])
def test_shared_functions_mean_the_same(f: Callable[..., Any], args: tuple[Any, ...], backend: str) -> None:
    assert outcome(compile(f, backend=backend), args) == outcome(f, args)


@pytest.mark.usefixtures("all_shared")
def test_calls_are_calls() -> None:
    """The fixture shares: a function called three times is one graph, and three calls."""
    pipeline, found, _ = inferred(writes_argument, (np.array([1.0, 2.0]),), {})
    module = final(pipeline, found, "python")
    calls = [e.callee for g in module.graphs for e in walk(g.body) if isinstance(e, Call)]
    assert calls.count("scaled") == 2  # with 2.0; the one with 3.0 is another signature


@pytest.mark.parametrize("backend", ["python", "xla"])
def test_an_exception_says_that_changes_are_taken_back(backend: str) -> None:
    """Where a function changes its arguments, a note of its exceptions says that they are as before."""

    def changes(x, n):
        x[0] = 5.0
        if x[1] > n:
            raise ValueError("too large")
        return x.sum()

    def reads(x, n):
        if x[1] > n:
            raise ValueError("too large")
        return x.sum()

    for f, is_said in ((changes, True), (reads, False)):
        x = np.array([1.0, 2.0])
        with pytest.raises(ValueError, match="too large") as caught:
            compile(f, backend=backend)(x, 1.0)
        assert any("as they were before the call" in note for note in caught.value.__notes__) == is_said
        assert x[0] == 1.0
