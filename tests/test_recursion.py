"""Recursion as loops: every module gives what the same functions give in Python."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import myialike.ops  # noqa: F401  # fills the table
from myialike import compile, grad
from myialike.ad.reverse import vjp
from myialike.errors import CompilerBug
from myialike.ir.interpret import run
from myialike.ir.syntax import Block, Call, Graph, Module, Prim, While, walk
from myialike.ir.text import parse_module, print_graph
from myialike.ir.verify import verify
from myialike.opt import optimise, optimise_module
from myialike.opt.call_graph import components
from myialike.opt.recursion import to_loops
from myialike.opt.rewriter import Rewriter
from myialike.source import Location

FACTORIAL = """
graph fact(n: f64) {
  c: bool = le(n, 1.0:f64)
  r: f64 = if c { yield 1.0:f64 } else {
    m: f64 = sub(n, 1.0:f64)
    t: f64 = call fact(m)
    u: f64 = mul(n, t)
    yield u
  }
  return r
}
"""

FIB = """
graph main(n: i64) {
  a: i64 = call fib(n)
  b: i64 = add(a, 100:i64)
  return b
}
graph fib(n: i64) {
  c: bool = lt(n, 2:i64)
  r: i64 = if c { yield n } else {
    n1: i64 = sub(n, 1:i64)
    n2: i64 = sub(n, 2:i64)
    a: i64 = call fib(n1)
    b: i64 = call fib(n2)
    s: i64 = add(a, b)
    yield s
  }
  return r
}
"""

EVEN = """
graph main(n: i64) {
  p: bool = call even(n)
  q: bool = call odd(n)
  return p, q
}
graph even(n: i64) {
  c: bool = eq(n, 0:i64)
  r: bool = if c { yield True:bool } else {
    m: i64 = sub(n, 1:i64)
    t: bool = call odd(m)
    yield t
  }
  return r
}
graph odd(n: i64) {
  c: bool = eq(n, 0:i64)
  r: bool = if c { yield False:bool } else {
    m: i64 = sub(n, 1:i64)
    t: bool = call even(m)
    yield t
  }
  return r
}
"""

GCD = """
graph gcd(a: i64, b: i64) {
  c: bool = eq(b, 0:i64)
  r: i64 = if c { yield a } else {
    m: i64 = mod(a, b)
    t: i64 = call gcd(b, m)
    yield t
  }
  return r
}
"""

ACKERMANN = """
graph ack(m: i64, n: i64) {
  c: bool = eq(m, 0:i64)
  r: i64 = if c {
    a: i64 = add(n, 1:i64)
    yield a
  } else {
    m1: i64 = sub(m, 1:i64)
    d: bool = eq(n, 0:i64)
    s: i64 = if d {
      b: i64 = call ack(m1, 1:i64)
      yield b
    } else {
      n1: i64 = sub(n, 1:i64)
      e: i64 = call ack(m, n1)
      f: i64 = call ack(m1, e)
      yield f
    }
    yield s
  }
  return r
}
"""


def ackermann(m: int, n: int) -> int:
    if m == 0:
        return n + 1
    return ackermann(m - 1, 1) if n == 0 else ackermann(m - 1, ackermann(m, n - 1))


IN_WHILE = """
graph f(n: i64, x: f64) {
  s: f64, i: i64 = while (x, 0:i64) (s1: f64, i1: i64) {
    p: bool = lt(i1, n)
    yield p
  } do (s2: f64, i2: i64) {
    w: f64 = mul(s2, 0.5:f64)
    a: f64 = call f(i2, w)
    b: f64 = add(s2, a)
    i3: i64 = add(i2, 1:i64)
    yield b, i3
  }
  y: f64 = sin(s)
  return y
}
"""


def in_while(n: int, x: float) -> float:
    s, i = x, 0
    while i < n:
        s, i = s + in_while(i, s * 0.5), i + 1
    return float(np.sin(s))


IN_FOR = """
graph f(n: i64, step: i64, x: f64) {
  m: i64 = sub(n, 2:i64)
  s: f64 = for n, 0:i64, step init (x) (i: i64, s1: f64) {
    t: f64 = for 0:i64, m, 1:i64 init (s1) (j: i64, t1: f64) {
      w: f64 = cast(j; dtype='f64')
      v: f64 = call f(m, step, w)
      t2: f64 = add(t1, v)
      yield t2
    }
    d: f64 = cast(i; dtype='f64')
    u: f64 = add(t, d)
    yield u
  }
  return s
}
"""


def in_for(n: int, step: int, x: float) -> float:
    s = x
    for i in range(n, 0, step):
        for j in range(0, n - 2):
            s += in_for(n - 2, step, float(j))
        s += i
    return s


# Recursion in the condition of a loop and of a branch, and two results in swapped order.
CONDITIONS = """
graph f(n: i64) {
  c: bool = lt(n, 1:i64)
  r: i64, q: i64 = if c { yield n, 7:i64 } else {
    m: i64 = sub(n, 1:i64)
    k: i64, l: i64 = while (n, 0:i64) (k1: i64, l1: i64) {
      h: i64 = sub(k1, 2:i64)
      e: i64, z: i64 = call f(h)
      p: bool = gt(z, 0:i64)
      yield p
    } do (k2: i64, l2: i64) {
      k3: i64 = sub(k2, 1:i64)
      l3: i64 = add(l2, k2)
      yield k3, l3
    }
    a: i64, b: i64 = call f(m)
    d: bool = gt(a, b)
    g: i64 = if d {
      h2: i64 = sub(k, 2:i64)
      v: i64, y: i64 = call f(h2)
      w: i64 = add(v, y)
      yield w
    } else { yield b }
    o: i64 = add(g, l)
    yield o, a
  }
  return q, r
}
"""


def conditions(n: int) -> tuple[int, int]:
    if n < 1:
        return 7, n
    k, l = n, 0
    while conditions(k - 2)[1] > 0:
        k, l = k - 1, l + k
    a, b = conditions(n - 1)
    g = sum(conditions(k - 2)) if a > b else b
    return a, g + l


ARRAYS = """
graph f(x: f64[3], n: i64) {
  c: bool = eq(n, 0:i64)
  r: f64[3], s: f64 = if c {
    z: f64 = reduce_sum(x; axes=(0,))
    yield x, z
  } else {
    m: i64 = sub(n, 1:i64)
    y: f64[3] = sin(x)
    a: f64[3], b: f64 = call f(y, m)
    w: f64[3] = mul(a, x)
    d: f64[3], e: f64 = call f(w, m)
    g: f64 = add(b, e)
    yield d, g
  }
  return r, s
}
"""


def arrays(x: np.ndarray, n: int) -> tuple[np.ndarray, float]:
    if n == 0:
        return x, x.sum()
    a, b = arrays(np.sin(x), n - 1)
    d, e = arrays(a * x, n - 1)
    return d, b + e


# A growing list goes through the recursion as an argument and a result.
LIST = """
graph main(n: i64) {
  s: stack(i64, k0) = stack_new(; capacity='k0', dtype='i64', shape=())
  t: stack(i64, k0) = call f(s, n)
  k: i64 = stack_len(t)
  u: stack(i64, k0), a: i64 = pop(t)
  v: stack(i64, k0), b: i64 = pop(u)
  return k, a, b
}
graph f(s: stack(i64, k0), n: i64) {
  c: bool = gt(n, 0:i64)
  r: stack(i64, k0) = if c {
    m: i64 = sub(n, 1:i64)
    s1: stack(i64, k0) = call f(s, m)
    s2: stack(i64, k0) = push(s1, n)
    s3: stack(i64, k0) = call f(s2, m)
    yield s3
  } else { yield s }
  return r
}
"""


def grown(n: int) -> tuple[int, int, int]:
    out: list[int] = []

    def f(n: int) -> None:
        if n > 0:
            f(n - 1)
            out.append(n)
            f(n - 1)

    f(n)
    last = [0, 0, *out]
    return len(out), last[-1], last[-2]


# A machine inside a machine: `outer` recurses around calls of a recursive graph of another component.
NESTED = """
graph outer(n: i64) {
  c: bool = lt(n, 1:i64)
  r: i64 = if c { yield 0:i64 } else {
    m: i64 = sub(n, 1:i64)
    a: i64 = call outer(m)
    b: i64 = call twice(n)
    d: i64 = add(a, b)
    yield d
  }
  return r
}
graph twice(n: i64) {
  a: i64 = call sum(n)
  b: i64 = call sum(a)
  d: i64 = add(a, b)
  return d
}
graph sum(n: i64) {
  c: bool = lt(n, 1:i64)
  r: i64 = if c { yield 0:i64 } else {
    m: i64 = sub(n, 1:i64)
    a: i64 = call sum(m)
    b: i64 = add(a, n)
    yield b
  }
  return r
}
"""


def triangle(n: int) -> int:
    return n * (n + 1) // 2


def fib(n: int) -> int:
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def nested(n: int) -> int:
    return sum(triangle(k) + triangle(triangle(k)) for k in range(n + 1))


PROGRAMS: dict[str, tuple[str, Callable[..., Any], list[tuple[Any, ...]]]] = {
    "factorial": (FACTORIAL, lambda n: float(np.prod(np.arange(1.0, n + 1))), [(0.0,), (1.0,), (5.0,), (10.0,)]),
    "fib": (FIB, lambda n: fib(n) + 100, [(n,) for n in range(10)]),
    "even": (EVEN, lambda n: (n % 2 == 0, n % 2 == 1), [(n,) for n in range(6)]),
    "gcd": (GCD, np.gcd, [(12, 18), (35, 64), (7, 0), (0, 7)]),
    "ackermann": (ACKERMANN, ackermann, [(m, n) for m in range(3) for n in range(3)]),
    "in while": (IN_WHILE, in_while, [(n, 0.7) for n in range(5)]),
    "in for": (IN_FOR, in_for, [(n, step, 1.5) for n in range(6) for step in (-1, -2)]),
    "in conditions": (CONDITIONS, conditions, [(n,) for n in range(-1, 7)]),
    "arrays": (ARRAYS, arrays, [(np.array([0.1, 0.2, -3.0]), n) for n in range(4)]),
    "list": (LIST, grown, [(n,) for n in range(5)]),
    "nested": (NESTED, nested, [(n,) for n in range(6)]),
}
CASES = [pytest.param(text, f, args, id=name) for name, (text, f, args) in PROGRAMS.items()]


def check(graph: Graph, reference: Callable[..., Any], args: list[tuple[Any, ...]]) -> None:
    """The graph has no calls, verifies, and gives what `reference` gives."""
    assert not any(isinstance(e, Call) for e in walk(graph.body))
    verify(Module((graph,)), "loops")
    for arguments in args:
        got, expected = run(Module((graph,)), *arguments), reference(*arguments)
        expected = expected if isinstance(expected, tuple) else (expected,)
        assert len(got) == len(expected)
        for a, b in zip(got, expected):
            np.testing.assert_allclose(a, b, rtol=1e-12)


@pytest.mark.parametrize(("text", "reference", "args"), CASES)
def test_recursion_becomes_a_loop(text: str, reference: Callable[..., Any], args: list[tuple[Any, ...]]) -> None:
    """A recursive module has the same meaning as a loop, before and after it is optimised."""
    module = parse_module(text)
    verify(module, "infer")
    graph = to_loops(module)
    check(graph, reference, args)
    check(optimise(graph), reference, args)
    check(to_loops(optimise_module(module)), reference, args)


def test_calls_without_recursion_are_inlined() -> None:
    """No loop is made where there is no recursion."""
    module = parse_module("""
    graph f(x: f64) { a: f64 = call g(x) b: f64 = call g(a) return b }
    graph g(x: f64) { y: f64 = call h(x, 2.0:f64) return y }
    graph h(x: f64, k: f64) { y: f64 = mul(x, k) return y }
    """)
    graph = to_loops(module)
    assert [type(e) for e in graph.body.eqns] == [Prim, Prim]
    assert run(Module((graph,)), 3.0) == (12.0,)


@pytest.mark.parametrize("text", [GCD, EVEN])
def test_a_tail_call_pushes_nothing(text: str) -> None:
    """The depth of the stacks does not grow where the results of a call are returned as they are."""
    graph = to_loops(parse_module(text))
    assert not [e for e in walk(graph.body) if isinstance(e, Prim) and e.op == "push"]


def test_the_number_of_carries_is_small() -> None:
    """fib needs a program counter, two slots, one frame stack and the stack of returns."""
    (loop,) = [e for e in optimise(to_loops(parse_module(FIB))).body.eqns if isinstance(e, While)]
    assert len(loop.init) <= 5, print_graph(optimise(to_loops(parse_module(FIB))))


def test_capacities() -> None:
    """Machines in one program have stacks of different capacities, which the program does not use itself."""
    text = print_graph(to_loops(parse_module(NESTED)))
    assert "capacity='r0'" in text and "capacity='r1'" in text
    assert "capacity='r1'" in print_graph(to_loops(parse_module(LIST.replace("k0", "r0"))))


def test_a_stack_cannot_be_saved() -> None:
    """There are no stacks of stacks: a list that is needed after a call and not passed to it is refused."""
    module = parse_module("""
    graph f(s: stack(i64, k0), n: i64) {
      c: bool = gt(n, 0:i64)
      r: i64 = if c {
        m: i64 = sub(n, 1:i64)
        e: stack(i64, k0) = stack_new(; capacity='k0', dtype='i64', shape=())
        a: i64 = call f(e, m)
        k: i64 = stack_len(s)
        b: i64 = add(a, k)
        yield b
      } else { yield n }
      return r
    }
    """)
    with pytest.raises(CompilerBug, match="stack s would have to be saved"):
        to_loops(module)


def test_locations_are_kept() -> None:
    """An operation that stands in the loop knows the line it came from."""
    fact = parse_module(FACTORIAL).entry
    loc = Location("fact.py", 7, 4, 7, 9)
    marked = map_prims(fact.body, lambda e: replace(e, loc=loc) if e.op == "mul" else e)
    graph = optimise(to_loops(Module((replace(fact, body=marked),))))
    assert [e.loc for e in walk(graph.body) if isinstance(e, Prim) and e.op == "mul"] == [loc]


def map_prims(block: Block, change: Callable[[Prim], Prim]) -> Block:
    rewriter = Rewriter()
    rewriter.prim = lambda e: rewriter.emit(change(e))  # type: ignore[method-assign]
    return rewriter.block(block)


POWERS = """
graph f(x: f64, n: i64) {
  c: bool = eq(n, 0:i64)
  r: f64 = if c { yield x } else {
    m: i64 = sub(n, 1:i64)
    y: f64 = sin(x)
    a: f64 = call f(y, m)
    z: f64 = mul(x, 0.5:f64)
    b: f64 = call f(z, m)
    w: f64 = mul(a, b)
    u: f64 = add(w, x)
    yield u
  }
  return r
}
"""


def powers(x: float, n: int) -> float:
    return x if n == 0 else powers(float(np.sin(x)), n - 1) * powers(0.5 * x, n - 1) + x


@pytest.mark.parametrize("n", range(4))
def test_recursion_is_differentiated(n: int) -> None:
    """Reverse mode, and reverse mode of it, go through the loop and its stacks."""
    graph = optimise(to_loops(parse_module(POWERS)))
    first = optimise(vjp(graph, (True, False)))
    second = optimise(vjp(first, (True, False, False)))
    verify(Module((second,)), "ad")
    x, h = 0.7, 1e-4
    low, mid, high = (powers(x + k * h, n) for k in (-1, 0, 1))
    value, slope = run(Module((first,)), x, n, 1.0)
    assert value == pytest.approx(mid)
    assert slope == pytest.approx((high - low) / (2 * h), rel=1e-6)
    assert run(Module((second,)), x, n, 1.0, 0.0, 1.0)[2] == pytest.approx((high - 2 * mid + low) / h**2, abs=1e-5)


def test_components() -> None:
    """Callees come before callers, mutual recursion together."""
    calls = {"main": ("a", "d"), "a": ("b",), "b": ("c",), "c": ("a", "d"), "d": ("d",)}
    assert components(calls) == [("d",), ("a", "b", "c"), ("main",)]


def misses_its_end(x: float) -> float:
    return 0.0 if x == 0.0 else 1.0 + x * misses_its_end(x - 0.3)


NEVER_ENDING = {
    "CPython": misses_its_end,
    "python": compile(misses_its_end, backend="python"),
    "xla": compile(misses_its_end),
    "gradient": grad(misses_its_end),
}


@pytest.mark.parametrize("run_it", NEVER_ENDING.values(), ids=NEVER_ENDING)
def test_deeper_than_the_limit(run_it: Callable[[float], Any]) -> None:
    """A recursion that never ends raises what it raises in Python."""
    assert run_it(0.0) == 0.0
    with pytest.raises(RecursionError, match="maximum recursion depth exceeded"):
        run_it(1.0)
