"""The reference interpreter: each form of the IR, typed and dynamic, means what ARCHITECTURE.md and CPython say."""

from __future__ import annotations

import inspect
import math
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import myialike.ops  # noqa: F401  # fills the table
from myialike.errors import CompilerBug
from myialike.ir.interpret import conforms, run
from myialike.ir.syntax import Graph, Module
from myialike.ir.text import parse_module, parse_type
from tests.strategies import PROGRAMS, arguments, typed_graphs
from tests.test_ir_text import EXAMPLES


def run_text(text: str, *args: Any, **env: Any) -> tuple[Any, ...]:
    return run(parse_module(text), *args, **env)


# ---- typed IR


@PROGRAMS
@given(st.data(), typed_graphs())
def test_values_have_the_types_of_their_variables(data: st.DataObject, graph: Graph) -> None:
    """Random programs run to their end, every value is of its variable's type, and floats stay finite."""
    results = run(Module((graph,)), *data.draw(arguments(graph)))
    for result, atom in zip(results, graph.results, strict=True):
        assert conforms(result, atom.type)
    assert np.all(np.isfinite(results[0]))


def the_example(x: float, n: int) -> tuple[float, float]:
    """The typed example of ARCHITECTURE.md, with its callee, in Python."""
    y, _ = (x * x, x) if x < 1.0 else (x, 2.0)
    while y < 100.0:
        y = y * 2.0
    for i in range(n):
        y = y + i
    if not x < 1.0:
        raise ValueError(f"bad {n}")
    return y, y + 1.0


@pytest.mark.parametrize("x", [0.5, -3.0, 0.9])
@pytest.mark.parametrize("n", [0, 1, 4])
def test_the_example(x: float, n: int) -> None:
    """Branch, loops, call and check of the example do what the same Python does."""
    text = EXAMPLES[0] + "graph g(x: f64) { y: f64 = add(x, 1.0:f64) return y }"
    assert run_text(text, x, n) == the_example(x, n)


def test_a_check_that_fails() -> None:
    """A failing check raises its exception with the payload in the message."""
    text = EXAMPLES[0] + "graph g(x: f64) { return x }"
    with pytest.raises(ValueError, match="^bad 3$"):
        run_text(text, 1.5, 3)


RECURSION = """
graph factorial(n: i64) {
  small: bool = le(n, 1:i64)
  r: i64 = if small {
    yield 1:i64
  } else {
    n_1: i64 = sub(n, 1:i64)
    f: i64 = call factorial(n_1)
    p: i64 = mul(n, f)
    yield p
  }
  return r
}
"""


def test_recursion() -> None:
    """A call may name the graph that it stands in; only the branch taken runs."""
    assert run_text(RECURSION, 10) == (math.factorial(10),)


RANGES = [(0, 4, 1), (5, 0, -2), (3, 3, 1), (4, 0, 1), (-2, 5, 3)]


@pytest.mark.parametrize("bounds", RANGES)
def test_ranges(bounds: tuple[int, int, int]) -> None:
    """A typed loop goes through what `range` does."""
    text = """
    graph f(a: i64, b: i64, c: i64) {
      x: i64, n: i64 = for a, b, c init (0:i64, 0:i64) (i: i64, u: i64, v: i64) {
        s: i64 = mul(u, 10:i64)
        t: i64 = add(s, i)
        w: i64 = add(v, 1:i64)
        yield t, w
      }
      return x, n
    }"""
    expected = 0
    for i in range(*bounds):
        expected = expected * 10 + i
    assert run_text(text, *bounds) == (expected, len(range(*bounds)))


def test_stacks() -> None:
    """What one loop pushes another pops in reverse; an empty stack pops zeros."""
    text = """
    graph f(n: i64, m: i64) {
      s: stack(i64, k) = stack_new(; capacity='k', dtype='i64', shape=())
      t: stack(i64, k) = for 0:i64, n, 1:i64 init (s) (i: i64, u: stack(i64, k)) {
        j: i64 = add(i, 1:i64)
        v: stack(i64, k) = push(u, j)
        yield v
      }
      size: i64 = stack_len(t)
      r: stack(i64, k), x: i64 = for 0:i64, m, 1:i64 init (t, 0:i64) (l: i64, o: stack(i64, k), d: i64) {
        q: stack(i64, k), e: i64 = pop(o)
        ten: i64 = mul(d, 10:i64)
        dd: i64 = add(ten, e)
        yield q, dd
      }
      return size, x
    }"""
    assert run_text(text, 3, 4) == (3, 3210)


LITERALS = [
    ("1.5:f32", np.float32(1.5)),
    ("nan:f64", np.float64("nan")),
    ("-inf:f16", np.float16("-inf")),
    ("(1-2j):c64", np.complex64(1 - 2j)),
    ("200:u8", np.uint8(200)),
    ("True:bool", np.True_),
    ("1.5:bf16", ml_dtypes.bfloat16(1.5)),
]


@pytest.mark.parametrize(("text", "expected"), LITERALS)
def test_literals(text: str, expected: Any) -> None:
    """A literal of typed IR is a NumPy scalar of its dtype."""
    (value,) = run_text(f"graph f() {{ return {text} }}")
    assert type(value) is type(expected)
    assert np.array_equal(value, expected, equal_nan=True)


def test_arguments() -> None:
    """Python scalars become scalars of the param's dtype, where Python would take them for one."""
    for dtype, value in [("f32", 1), ("f64", True), ("c64", 1.5), ("i8", 3), ("bool", False), ("bf16", 0.5)]:
        (result,) = run_text(f"graph f(x: {dtype}) {{ return x }}", value)
        assert conforms(result, parse_type(dtype))
        assert result == value


REFUSED = [
    ("x: i64", (1.0,), "argument x must be i64, got f64"),
    ("x: f32", (np.float64(1.0),), "argument x must be f32, got f64"),
    ("x: f64[3]", (np.zeros(2),), "argument x must be f64[3], got f64[2]"),
    ("x: f64[n<=3]", (np.zeros(4),), "argument x must be f64[n<=3], got f64[4]"),
    ("x: f64", ("a",), "argument x must be f64, got a str"),
    ("x: f64", (), "f takes 1 arguments, got 0"),
]


@pytest.mark.parametrize(("params", "args", "message"), REFUSED)
def test_arguments_that_do_not_fit(params: str, args: tuple[Any, ...], message: str) -> None:
    """Arguments of another number or type are a TypeError that says which."""
    with pytest.raises(TypeError) as caught:
        run_text(f"graph f({params}) {{ return x }}", *args)
    assert str(caught.value) == message


def test_a_value_of_another_type_is_a_bug() -> None:
    """The interpreter does not go on with a value that its variable's type denies."""
    with pytest.raises(CompilerBug, match=r"operation 'neg' gave f64 for y: f32"):
        run_text("graph f(x: f64) { y: f32 = neg(x) return y }", 1.0)


# ---- dynamic IR


def test_the_dynamic_example() -> None:
    """Closure, defaults, *args and a loop with break do what the same Python does."""

    def f(x: Any, n: Any, *xs: Any) -> Any:
        def inner(a: Any, /, *, b: Any = 1.0) -> Any:
            return a * x

        r = 0
        for e in xs:
            r = inner(e, b=r)
            if not r < n:
                break
        return r

    for args in [(2, 5, (1, 2, 3, 4)), (2, 100, (1, 2)), (2, 0, ())]:
        assert run_text(EXAMPLES[1], *args) == (f(*args[:2], *args[2]),)


def test_a_breakable_loop_takes_no_element_after_its_end() -> None:
    """As after `break`, the rest of the iterator is still there; a flag that is false at the start takes nothing."""
    text = """
    graph f(xs: dynamic, go: dynamic) {
      g: dynamic = for xs init (go) breakable (x: dynamic, g_1: dynamic) {
        g_2: dynamic = py.compare(x, 2:dynamic; op='<')
        yield g_2
      }
      return g
    }"""
    rest = iter(range(5))
    assert run_text(text, rest, True) == (False,)
    assert list(rest) == [3, 4]
    rest = iter(range(5))
    assert run_text(text, rest, False) == (False,)
    assert list(rest) == [0, 1, 2, 3, 4]


def test_any_truth_and_any_iterable() -> None:
    """Conditions are Python truth and loops go over any iterable."""
    text = """
    graph f(xs: dynamic) {
      w: dynamic = while (xs) (ys: dynamic) { yield ys } do (zs: dynamic) {
        f: dynamic = py.getattr(zs; name='pop')
        last: dynamic = py.call(f; keywords=(), starred=())
        yield zs
      }
      s: dynamic = for 'abc':dynamic init ('':dynamic) (c: dynamic, s_1: dynamic) {
        s_2: dynamic = py.binary(c, s_1; op='+')
        yield s_2
      }
      t: dynamic = if w { yield None:dynamic } else { yield s }
      return t
    }"""
    assert run_text(text, [1, 2, 3]) == ("cba",)


CLOSURE = """
graph f(x: dynamic) {
  k: dynamic = closure graph inner(a: dynamic as positional a, b: dynamic as b=0, c: dynamic as *c,
                                   d: dynamic as keyword d=1, e: dynamic as **e) {
    r: dynamic = py.tuple(x, a, b, c, d, e; starred=())
    return r
  } ('B':dynamic, 'D':dynamic)
  return k
}
"""


def test_closures_are_python_functions() -> None:
    """A closure binds its arguments as Python does, has its defaults, and sees the variables around it."""
    (inner,) = run_text(CLOSURE, 7)
    assert inner(1) == (7, 1, "B", (), "D", {})
    assert inner(1, 2, 3, 4, d=5, z=6) == (7, 1, 2, (3, 4), 5, {"z": 6})
    assert inner.__name__ == "inner"
    assert str(inspect.signature(inner)) == "(a, /, b='B', *c, d='D', **e)"
    with pytest.raises(TypeError, match="missing a required"):
        inner()


def test_closures_of_each_round_are_their_own() -> None:
    """A closure made in a loop sees the variables of its round, whatever the later rounds do."""
    text = """
    graph f(n: dynamic) {
      r: dynamic = for n init (():dynamic) (i: dynamic, fs: dynamic) {
        k: dynamic = closure graph g() { return i } ()
        fs_2: dynamic = py.tuple(fs, k; starred=(0,))
        yield fs_2
      }
      return r
    }"""
    (functions,) = run_text(text, range(3))
    assert [f() for f in functions] == [0, 1, 2]


def test_cells_are_shared() -> None:
    """What a closure sets in a cell the graph around it sees; a function may call itself through one."""
    text = """
    graph f(n: dynamic) {
      c: dynamic = py.cell()
      k: dynamic = closure graph fact(m: dynamic as m) {
        small: dynamic = py.compare(m, 2:dynamic; op='<')
        r: dynamic = if small { yield 1:dynamic } else {
          g: dynamic = py.cell_get(c; name='fact', free=True)
          m_1: dynamic = py.binary(m, 1:dynamic; op='-')
          s: dynamic = py.call(g, m_1; keywords=(), starred=())
          p: dynamic = py.binary(m, s; op='*')
          yield p
        }
        return r
      } ()
      py.cell_set(c, k)
      v: dynamic = py.call(k, n; keywords=(), starred=())
      return v
    }"""
    assert run_text(text, 6) == (720,)


def test_the_environment() -> None:
    """Globals come before builtins; free variables are their own; what is nowhere is a NameError, as in Python."""
    text = """
    graph f() {
      a: dynamic = py.global(; name='len')
      b: dynamic = py.global(; name='abs')
      c: dynamic = py.free(; name='len')
      r: dynamic = py.tuple(a, b, c; starred=())
      return r
    }"""
    assert run_text(text, globals={"len": 1}, free={"len": 2}) == ((1, abs, 2),)
    with pytest.raises(NameError, match="free variable 'len'"):
        run_text(text)
    with pytest.raises(NameError, match="name 'nowhere' is not defined"):
        run_text("graph f() { a: dynamic = py.global(; name='nowhere') return a }")


def test_what_follows_a_raise_does_not_run() -> None:
    """The program's own exception comes out, and its block ends there."""
    text = """
    graph f(e: dynamic, log: dynamic) {
      py.raise(e)
      n: dynamic = py.never()
      py.setitem(log, 0:dynamic, 1:dynamic)
      return n
    }"""
    log = [0]
    with pytest.raises(OSError, match="mine"):
        run_text(text, OSError("mine"), log)
    assert log == [0]
