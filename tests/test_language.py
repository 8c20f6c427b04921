"""The language means what it means to CPython: results, exceptions, changes to arguments, identity; never stale.

Every program of the corpus runs in CPython, in the interpreter on its dynamic and on its typed IR, and on both
backends.
"""

import copy
import functools
import itertools
import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType, SimpleNamespace
from typing import Any

import jax
import numpy as np
import pytest

from myialike import compile
from myialike.errors import CompileError, CompilerBug, TypeCheckError, UnsupportedError
from tests import (  # noqa: F401  # their programs join the corpus
    algorithm_corpus,
    class_corpus,
    collections_corpus,
    corner_corpus,
    dict_corpus,
    identity_corpus,
    in_turn_corpus,
    nested_list_corpus,
    network_corpus,
    optional_corpus,
    pool_corpus,
    several_lists_corpus,
    slice_corpus,
)
from tests.fuzz.engines import ENGINES, RTOL
from tests.fuzz.outcomes import difference, leaves, outcome
from tests.language_corpus import PROGRAMS, REFUSED, Account, Program

RUNS = [(p, engine) for p in PROGRAMS for engine in ENGINES]


def agrees(fn: Callable[..., Any], other: Callable[..., Any], args: tuple[Any, ...], rtol: float) -> bool:
    """Whether two functions have the same result or exception, print the same, and do the same to their arguments."""
    expected, found = outcome(fn, copy.deepcopy(args)), outcome(other, copy.deepcopy(args))
    where = difference(expected, found, leaves(args, {}), rtol)
    if where:
        print(f"{args}: {where} differs\nexpected {expected}\nfound    {found}")
    return not where


@pytest.mark.parametrize(("program", "engine"), RUNS, ids=lambda v: getattr(v, "name", v))
def test_program(program: Program, engine: str) -> None:
    """CPython and the engine do the same."""
    run = ENGINES[engine](program.fn)
    assert all(agrees(program.fn, run, args, RTOL[engine]) for args in program.inputs)


@pytest.mark.parametrize("program", REFUSED, ids=lambda p: p.name)
def test_refused(program: Program) -> None:
    """What is outside of the language is refused with a place and a reason; the compiler itself does not fail."""
    for args in program.inputs:
        with pytest.raises(CompileError) as caught:
            compile(program.fn, backend="python")(*copy.deepcopy(args))
        assert not isinstance(caught.value, CompilerBug)
        assert caught.value.message
        assert os.path.basename(caught.value.filename or "") == os.path.basename(program.fn.__code__.co_filename)


@pytest.mark.parametrize("whole", [int, round, math.floor, math.ceil, math.trunc], ids=lambda f: f.__name__)
@pytest.mark.parametrize("backend", ["python", "xla"])
def test_ints_of_large_floats(whole: Callable[..., Any], backend: str) -> None:
    """An int of more than 64 bits is an error, never another int."""
    compiled = compile(lambda x: whole(x) // 2, backend=backend)
    for x in (2.0**62, -(2.0**62), 1e18, -1e18):
        assert compiled(x) == whole(x) // 2
    for x in (1e19, -1e19, 1e300):
        with pytest.raises(OverflowError, match="more than 64 bits"):
            compiled(x)


# -- hidden inputs -----------------------------------------------------------------------------------------------------

SETTINGS = SimpleNamespace()
number = 2.0
size = 3
array = np.array([1.0, 2.0])
table: dict[str, Any] = {"a": 1.0}
items: list[Any] = [1.0]
module = ModuleType("module")


def helper(x):
    return x + 1


operation = helper


@dataclass
class Config:
    scale: float
    shift: float = 0.0


config = Config(2.0)


class WithConstant:
    factor = 2.0


def reads_number(x):
    return x * number


def reads_size(x):
    return np.full(size, x)


def reads_array(x):
    return (array * x).sum()


def reads_table(x):
    return [x * v for v in table.values()]


def reads_list(x):
    total = x
    for v in items:
        total += v
    return total


def reads_module(x):
    return x * module.factor


def calls_helper(x):
    return helper(x) * 2


def calls_operation(x):
    return operation(x)


def reads_config(x):
    return x * config.scale + config.shift


def reads_class(x):
    return x * WithConstant.factor


def nested_reads(x):
    def inner(v):
        return v * number + size

    return inner(x)


CHANGES: list[tuple[Callable[..., Any], list[dict[str, Any]]]] = [
    (
        reads_number,
        [{"number": 3.0}, {"number": 3}, {"number": np.float32(1.5)}, {"number": np.ones(2)}, {"number": 2.0}],
    ),
    (reads_size, [{"size": 5}, {"size": 0}, {"size": 3}]),
    (reads_array, [{"array": np.array([5.0])}, {"array": np.array([1, 2, 3])}]),
    (reads_table, [{"table": {"b": 2.0, "c": 3}}, {"table": {}}]),
    (reads_list, [{"items": [1, 2, 3]}, {"items": []}, {"items": (2.0, np.ones(2))}]),
    (calls_helper, [{"helper": lambda x: x * 100}]),
    (calls_operation, [{"operation": np.sin}, {"operation": abs}, {"operation": helper}]),
    (reads_config, [{"config": Config(5.0, 1.0)}, {"config": Config(1)}]),
    (nested_reads, [{"number": 7.0, "size": 1}]),
]


@pytest.mark.parametrize("backend", ["python", "xla"])
@pytest.mark.parametrize(("fn", "changes"), CHANGES, ids=lambda v: getattr(v, "__name__", ""))
def test_globals_are_never_stale(
    fn: Callable[..., Any], changes: list[dict[str, Any]], backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A global that changes between calls is seen, whatever it becomes."""
    compiled = compile(fn, backend=backend)
    assert agrees(fn, compiled, (2.0,), 1e-12)
    for change in changes:
        for name, value in change.items():
            monkeypatch.setitem(globals(), name, value)
        assert agrees(fn, compiled, (2.0,), 1e-12), change


def test_changes_inside_of_globals() -> None:
    """Mutations of what a global refers to are seen: arrays, lists, dicts, objects, modules, classes."""
    module.factor = 2.0
    compiled = {
        f: compile(f, backend="python") for f in (reads_array, reads_table, reads_list, reads_module, reads_config)
    }
    compiled[reads_class] = compile(reads_class, backend="python")
    for step in range(3):
        array[0] += step
        table[f"k{step}"] = step
        items.append(float(step))
        module.factor = [3.0, 4, np.float32(1.0)][step]
        config.shift += 1
        WithConstant.factor = [1, 2.5, np.ones(2)][step]
        for fn, run in compiled.items():
            assert agrees(fn, run, (2.0,), 1e-15), fn.__name__


def test_closures_are_never_stale() -> None:
    """Variables of an enclosing function, defaults and partials are read at each call."""
    k, weights = 1.0, np.ones(2)

    def closure(x, step=[1.0]):
        return x * k + weights.sum() + len(step) * step[-1]

    compiled = compile(closure, backend="python")
    for value in (1.0, 2, np.float32(3), 4.0):
        k = value
        weights[0] += 1
        closure.__defaults__[0].append(value)
        assert agrees(closure, compiled, (2.0,), 1e-15)
    weights = np.array([5])
    assert agrees(closure, compiled, (2.0,), 1e-15)


def test_global_written() -> None:
    """A global array, list, dict or object that the program changes is changed."""

    def accumulate(x):
        array[0] = x
        items.append(x)
        table["new"] = x
        config.scale = x
        return array[0]

    compiled = compile(accumulate, backend="python")
    for x in (5.0, 6.0):
        compiled(x)
        assert (array[0], items[-1], table["new"], config.scale) == (x, x, x, x)


def test_methods_and_callables() -> None:
    """Bound methods, static methods, partials, lambdas, callable objects compile; a method sees its object change."""
    account = Account(10.0)
    deposit = compile(account.deposit, backend="python")
    assert deposit(5.0) is account
    assert account.balance == 15.0
    assert compile(Account.fee, backend="python")(3) == 1.5
    assert compile(lambda x, k=2: x * k, backend="python")(3) == 6
    assert compile(functools.partial(pow, 2), backend="python")(3) == 8

    class Scaled:
        def __init__(self, k):
            self.k = k

        @compile(backend="python")
        def times(self, x):
            return x * self.k

        def __call__(self, x):
            return x + self.k

    scaled = Scaled(2.0)
    assert scaled.times(3.0) == 6.0
    run = compile(scaled, backend="python")
    assert run(1.0) == 3.0
    scaled.k = 5.0
    assert (scaled.times(3.0), run(1.0)) == (15.0, 6.0)


# -- arguments ---------------------------------------------------------------------------------------------------------


def writes_first(a, b):
    a[0] = 100.0
    return b[0]


def flat_write(a):
    a.reshape(-1)[1] = 7.0
    return a.sum()


def test_arguments_that_share_memory() -> None:
    """Two views of one memory of which one is written are refused at the call, and taken where they do not overlap."""
    compiled = compile(writes_first, backend="python")
    memory = np.arange(6.0)
    assert compiled(memory[:3], memory[3:]) == 3.0
    assert memory[0] == 100.0
    with pytest.raises(UnsupportedError, match="share memory"):
        compiled(memory[1:], memory[:3])
    assert memory[1] == 1.0


def test_order_in_memory() -> None:
    """A reshape of an argument that is written through must be a view in NumPy as well."""
    compiled = compile(flat_write, backend="python")
    assert compiled(np.zeros((2, 3))) == 7.0
    with pytest.raises(UnsupportedError, match="C order"):
        compiled(np.zeros((2, 3), order="F"))


@pytest.mark.parametrize("backend", ["python", "xla"])
@pytest.mark.parametrize("fn", identity_corpus.VIEWS, ids=lambda f: f.__name__)
def test_views_of_results(fn: Callable[..., Any], backend: str) -> None:
    """Arrays that are returned share memory with each other and with the arguments as in NumPy."""
    compiled = compile(fn, backend=backend)
    for i in (0, 1):
        assert agrees(fn, compiled, (identity_corpus.TABLE.copy(), i), 1e-12)
        expected, found = (identity_corpus.seen_through(f, (identity_corpus.TABLE.copy(), i)) for f in (fn, compiled))
        assert found == expected


def test_result_in_an_outer_transformation() -> None:
    """Inside of jax.jit a choice of arrays is their values; which object is meant is refused."""
    pick, item = compile(identity_corpus.an_argument_or_a_new_array), compile(identity_corpus.array_in_a_list_changed)
    a = np.array([1.0, 2.0])
    assert np.array_equal(jax.jit(lambda x: pick(a, x))(-2.0), a * np.float32(-2.0))
    assert np.array_equal(jax.jit(lambda i: compile(lambda m, k: m[k])(np.eye(2), i))(1), [0.0, 1.0])
    with pytest.raises(UnsupportedError, match="outer jax transformation"):
        jax.jit(lambda i: item([a, a.copy()], i))(1)


def order_of_a_path(x, n):
    y = x.T * 2.0 if n > 0 else x.T * 3.0
    y.reshape(-1)[1] = 100.0
    return y


def order_of_a_turn(x, n):
    y = np.zeros((3, 2))
    for _ in range(n):
        y = x.T + y[0, 0]
    y.reshape(-1)[1] = 100.0
    return y


def order_of_a_recursion(x, n):
    def turned(k):
        return x.T * 2.0 if k == 0 else turned(k - 1)

    y = turned(n)
    y.reshape(-1)[1] = 100.0
    return y


@pytest.mark.parametrize("fn", [order_of_a_path, order_of_a_turn, order_of_a_recursion])
def test_order_in_memory_is_kept_track_of(fn: Callable[..., Any]) -> None:
    """A reshape copies an array that is not in C order, so it is not taken for a view of one that may be in another."""
    with pytest.raises(CompileError, match="may be the same"):
        compile(fn, backend="python")(np.arange(6.0).reshape(2, 3), 2)


def test_read_only_argument() -> None:
    """Writing a read-only array raises what NumPy raises."""
    fixed = np.ones(2)
    fixed.flags.writeable = False
    for fn in (writes_first, compile(writes_first, backend="python")):
        with pytest.raises(ValueError, match="read-only"):
            fn(fixed, np.ones(2))


def test_specialised_on_ints_only_where_needed() -> None:
    """An int that decides a shape gives a new variant for each value; one that does not, gives one for all."""

    def shaped(n, k):
        return np.zeros(n) + k

    compiled = compile(shaped, backend="python")
    for n, k in itertools.product((1, 2), (3, 4, 5)):
        assert compiled(n, k).shape == (n,)
    assert sum(map(len, compiled._variants.values())) == 2  # type: ignore[attr-defined]


def reads_what_its_functions_capture(x):
    if False:
        v = x
    [lambda: v for _ in range(3)]
    return v


def calls_what_reads_it(x):
    for _ in range(1):
        reads_what_its_functions_capture(x)
    return x


def test_a_variable_that_functions_in_a_list_capture_is_not_bound_by_that() -> None:
    with pytest.raises(TypeCheckError, match="variable 'v' is not bound"):
        compile(reads_what_its_functions_capture)(1.0)
    for f in (calls_what_reads_it, compile(calls_what_reads_it, backend="python"), compile(calls_what_reads_it)):
        with pytest.raises(UnboundLocalError, match="local variable 'v'"):
            f(1.0)
