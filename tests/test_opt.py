"""The optimiser: every pass does what it says, and nothing changes what a program means."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import myialike.ops  # noqa: F401  # fills the table
from myialike.ad.reverse import vjp
from myialike.ir.builder import Builder, Names
from myialike.ir.interpret import run
from myialike.ir.syntax import Atom, For, Graph, Lit, Module, Var, walk
from myialike.ir.text import parse_graph, parse_module, print_graph
from myialike.ir.types import BOOL, DTYPES, Array, Stack, is_float
from myialike.ir.verify import verify
from myialike.opt import PASSES, optimise, optimise_module
from myialike.opt.algebra import by_root, simplify
from myialike.opt.apart import part
from myialike.opt.carries import settle
from myialike.opt.cse import share
from myialike.opt.dce import prune
from myialike.opt.fold import fold
from myialike.opt.licm import hoist
from myialike.opt.pattern import App, Hole, Term, parse
from myialike.opt.rules import LAWS, Law
from tests.strategies import PROGRAMS, arguments, typed_graphs

Pass = Callable[[Graph], Graph]


def size(graph: Graph) -> int:
    """The number of equations, of the atoms that blocks yield and of carries."""
    return len(graph.results) + sum(1 + len(e.outputs) for e in walk(graph.body))


def checked(graph: Graph) -> Graph:
    verify(Module((graph,)), "optimise")
    return graph


def same(xs: tuple[Any, ...], ys: tuple[Any, ...]) -> None:
    """The same values, dtypes and shapes; NaN equals NaN; zeros may differ in sign."""
    assert len(xs) == len(ys)
    for x, y in zip(xs, ys):
        if hasattr(x, "from_top"):
            same(tuple(x.from_top()), tuple(y.from_top()))
            continue
        assert np.asarray(x).dtype == np.asarray(y).dtype and np.shape(x) == np.shape(y)
        np.testing.assert_array_equal(x, y)


def becomes(run_pass: Pass, before: str, after: str) -> None:
    """The pass makes of one program the other, names included."""
    got = run_pass(checked(parse_graph(before)))
    assert print_graph(checked(got)) == print_graph(parse_graph(after))


# ------------------------------------------------------------------------------------------ any program


@PROGRAMS
@given(st.data())
def test_optimise_keeps_the_meaning(data: st.DataObject) -> None:
    """Random programs give the same before and after, verify after, and are not larger."""
    graph = data.draw(typed_graphs(depth=3, max_eqns=6))
    values = data.draw(arguments(graph))
    after = checked(optimise(graph))
    assert size(after) <= size(graph)
    same(run(Module((after,)), *values), run(Module((graph,)), *values))
    assert optimise(after) == after


@PROGRAMS
@given(st.data(), st.sampled_from(PASSES))
def test_each_pass_keeps_the_meaning(data: st.DataObject, run_pass: Pass) -> None:
    """What holds for all passes together holds for each."""
    graph = data.draw(typed_graphs(depth=3, max_eqns=6))
    values = data.draw(arguments(graph))
    after = checked(run_pass(graph))
    assert size(after) <= size(graph)
    same(run(Module((after,)), *values), run(Module((graph,)), *values))


@PROGRAMS
@given(st.data())
def test_optimise_keeps_the_derivative(data: st.DataObject) -> None:
    """Reverse mode gives the same whether a program is simplified before, after, or not."""
    graph = data.draw(typed_graphs())
    active = tuple(is_float(p.type) for p in graph.params)
    assume(any(active) and not any(isinstance(r.type, Stack) for r in graph.results))
    bars = [np.ones(r.type.shape) for r in graph.results if isinstance(r.type, Array) and is_float(r.type)]
    values = (*data.draw(arguments(graph)), *(bar[()] for bar in bars))
    plain = vjp(graph, active)
    expected = run(Module((plain,)), *values)
    for other in (vjp(optimise(graph), active), optimise(plain)):
        for x, y in zip(run(Module((checked(other),)), *values), expected):
            np.testing.assert_allclose(np.asarray(x, float), np.asarray(y, float), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("run_pass", [*PASSES, optimise])
def test_every_pass_has_a_sentence(run_pass: Pass) -> None:
    """A pass is a name, a sentence and a pure function."""
    assert run_pass.__doc__ and run_pass.__doc__.strip().endswith(".")


# ------------------------------------------------------------------------------------------ laws

VALUES: dict[str, list[Any]] = {
    "b": [False, True],
    "i": [0, 1, -1, 2, -7, 2**31 - 1, -(2**31)],
    "u": [0, 1, 2, 200, 2**32 - 1],
    "f": [0.0, -0.0, 1.0, -1.0, 2.5, -3e300, 1e-310, float("inf"), -float("inf"), float("nan")],
    "c": [complex(a, b) for a, b in itertools.product([0.0, -0.0, 1.5, float("inf"), float("nan")], repeat=2)],
}
KINDS = {"b": "bool", "i": "i32", "u": "u32", "f": "f64", "c": "c128"}
SHAPED = (
    "cast(cast",
    "broadcast(",
    "reshape(",
    "transpose(",
    "concatenate(",
    "reduce_sum(",
    "index(",
    "index_set(",
    "pop(",
)
SCALAR_LAWS = [law for law in LAWS if not any(word in law.left for word in SHAPED)]


def hole_names(term: Term) -> list[str]:
    match term:
        case Hole(name):
            return [name]
        case App(_, args):
            return list(dict.fromkeys(h for a in args for h in hole_names(a)))
        case _:
            return []


def instance(b: Builder, term: App, dtype: str, atoms: dict[str, Atom]) -> Atom:
    """The equations of a term. A number has the dtype of the operands beside it; `cast` is to `dtype`."""
    inputs: list[Any] = [
        atoms[a.name] if isinstance(a, Hole) else instance(b, a, dtype, atoms) if isinstance(a, App) else a.value
        for a in term.args
    ]
    beside = next(a.type for a in reversed(inputs) if isinstance(a, Var | Lit))
    types = [Array(BOOL) if isinstance(a, bool) else beside for a in inputs]
    full = [a if isinstance(a, Var | Lit) else b.full(t, a) for a, t in zip(inputs, types)]
    if len({a.type.shape for a in full if isinstance(a, Var)}) > 1:
        raise TypeError("only literals are scalars beside arrays")
    attrs = {name: value.value for name, value in term.attrs} | ({"dtype": dtype} if term.op == "cast" else {})
    return b.op(term.op, *full, **attrs)


def law_graphs(law: Law, kind: str, literal: str | None) -> Iterator[tuple[Graph, tuple[Any, ...]]]:
    """Left sides of a law, with arguments: arrays of all combinations of values for the holes.

    The holes are params, but hole `literal` is each of its values in turn. Their dtypes are found by trying them all.
    """
    (left,) = parse(law.left)
    names = hole_names(left)
    for dtypes in itertools.product(dict.fromkeys((KINDS[kind], "bool", "f64", "c128")), repeat=len(names)):
        pools = {n: np.array(VALUES[DTYPES[d].kind], DTYPES[d]) for n, d in zip(names, dtypes)}
        fixed = pools.pop(literal, np.zeros(1))
        args = tuple(g.ravel() for g in np.meshgrid(*pools.values(), indexing="ij"))
        for value in fixed:
            b = Builder(Names())
            atoms: dict[str, Atom] = {n: b.param(n, Array(a.dtype, a.shape)) for n, a in zip(pools, args)}
            if literal is not None:
                atoms[literal] = Lit(value.item(), Array(value.dtype))
            with suppress(TypeError):
                yield b.graph("law", (instance(b, left, KINDS[kind], atoms),)), args


def check_law(law: Law) -> int:
    """Both sides are equal, signs of zeros included, for all values; gives the number of times the law applied."""
    applied = 0
    for kind, literal in itertools.product(law.kinds, (None, *hole_names(parse(law.left)[0]))):
        for left, args in law_graphs(law, kind, literal):
            right = checked(simplify(left, by_root((law,))))
            if right != left:
                applied += 1
                (a,), (b,) = run(Module((left,)), *args), run(Module((right,)), *args)
                np.testing.assert_array_equal(b, a)
                if law.signed_zero:
                    np.testing.assert_array_equal(signs(b), signs(a))
    return applied


def signs(x: Any) -> Any:
    """The sign bits of the parts of x, but for NaNs."""
    parts = [np.asarray(of(x)) for of in (np.real, np.imag)]
    return [np.signbit(p) & ~np.isnan(p) for p in parts if p.dtype.kind == "f"]


@pytest.mark.parametrize("law", SCALAR_LAWS, ids=lambda law: f"{law.left} = {law.right}")
def test_law(law: Law) -> None:
    """Both sides are equal for NaN, infinities, both zeros and integers that wrap around, and the law does apply."""
    assert check_law(law) > 0


@pytest.mark.parametrize(
    "law",
    [
        Law("add(x, 0.0)", "x", "f"),
        Law("sub(0.0, x)", "neg(x)", "f"),
        Law("mul(x, 0)", "0", "f"),
        Law("mul(x, 1)", "x", "c"),
        Law("sub(x, x)", "0", "f"),
        Law("zmul(g, p)", "mul(g, p)", "f"),
        Law("abs(neg(x))", "x", "i"),
        Law("eq(x, x)", "True", "f"),
        Law("select(p, x, y)", "x"),
    ],
    ids=lambda law: f"{law.left} = {law.right}",
)
def test_wrong_laws_are_found(law: Law) -> None:
    """The test of the laws can tell."""
    with pytest.raises(AssertionError):
        check_law(law)


@pytest.mark.parametrize("source", [d for d in DTYPES if d not in ("c64", "c128")])
def test_casts_compose(source: str) -> None:
    """A cast is left out only where no value changes by it."""
    dtype = DTYPES[source]
    limits = [np.iinfo(dtype).min, np.iinfo(dtype).max, 7] if dtype.kind in "iu" else [0, 1]
    floats = [0.5, -0.0, float("inf"), 1e4 / 3] if dtype.kind not in "iub" else []
    for through, target in itertools.product(DTYPES, [d for d in DTYPES if DTYPES[d].kind not in "iu"]):
        b = Builder(Names())
        x = b.param("x", Array(dtype))
        y = b.op("cast", b.op("cast", x, dtype=through), dtype=target)
        graph = b.graph("f", (y,))
        after = prune(simplify(graph))
        for value in limits + floats:
            args = (np.asarray(value).astype(dtype)[()],)
            (one,), (two,) = run(Module((graph,)), *args), run(Module((checked(after),)), *args)
            assert one.tobytes() == two.tobytes(), (through, target, value)


SHAPED_CASES = {
    "cast": ("y: f64 = cast(x; dtype='f64') return y", "return x"),
    "cast cast": (
        "a: c128 = cast(x; dtype='c128') return a",
        "a: c128 = cast(x; dtype='c128') return a",
    ),
    "broadcast": (
        "a: f64[3] = broadcast(x; shape=(3,)) b: f64[2,3] = broadcast(a; shape=(2, 3)) return b",
        "b: f64[2,3] = broadcast(x; shape=(2, 3)) return b",
    ),
    "reshape": (
        "a: f64[3,2] = reshape(v; shape=(3, 2)) b: f64[2,3] = reshape(a; shape=(2, 3)) return b",
        "return v",
    ),
    "transpose": (
        "a: f64[3,2] = transpose(v; perm=(1, 0)) b: f64[2,3] = transpose(a; perm=(1, 0)) return b",
        "return v",
    ),
    "not transpose": (
        "a: f64[3,2] = transpose(v; perm=(1, 0)) return a",
        "a: f64[3,2] = transpose(v; perm=(1, 0)) return a",
    ),
    "full array": (
        "a: f64[2,3] = broadcast(1.0:f64; shape=(2, 3)) b: f64[2,3] = mul(a, v) return b",
        "return v",
    ),
    "literal operand": (
        "a: f64[2,3] = broadcast(2.0:f64; shape=(2, 3)) b: f64[2,3] = div(a, v) return b",
        "b: f64[2,3] = div(2.0:f64, v) return b",
    ),
    "concatenate": ("a: f64[2,3] = concatenate(v; axis=1) return a", "return v"),
    "sum over nothing": ("a: f64[2,3] = reduce_sum(v; axes=()) return a", "return v"),
    "whole": ("a: f64[2,3] = index(v; spec=(('slice', 0, 2, 1), ('slice', 0, 3, 1))) return a", "return v"),
    "reversed": (
        "a: f64[2,3] = index(v; spec=(('slice', 1, 2, -1), ('slice', 0, 3, 1))) return a",
        "a: f64[2,3] = index(v; spec=(('slice', 1, 2, -1), ('slice', 0, 3, 1))) return a",
    ),
    "written": (
        "a: f64[2,3] = index_set(v, x, i, i; spec=(('i',), ('i',))) "
        "b: f64 = index(a, i, i; spec=(('i',), ('i',))) return b",
        "return x",
    ),
    "added where it was cleared": (
        "a: f64[2,3] = index_set(v, 0.0:f64, i, i; spec=(('i',), ('i',))) "
        "b: f64[2,3] = index_add(a, x, i, i; spec=(('i',), ('i',))) return b",
        "b: f64[2,3] = index_set(v, x, i, i; spec=(('i',), ('i',))) return b",
    ),
    "written twice": (
        "a: f64[2,3] = index_set(v, x, i, i; spec=(('i',), ('i',))) "
        "b: f64[2,3] = index_set(a, 2.0:f64, i, i; spec=(('i',), ('i',))) return b",
        "b: f64[2,3] = index_set(v, 2.0:f64, i, i; spec=(('i',), ('i',))) return b",
    ),
    "written twice, read in between": (
        "a: f64[2,3] = index_set(v, x, i, i; spec=(('i',), ('i',))) c: f64 = index(a, j, i; spec=(('i',), ('i',))) "
        "b: f64[2,3] = index_set(a, c, i, i; spec=(('i',), ('i',))) return b",
        "a: f64[2,3] = index_set(v, x, i, i; spec=(('i',), ('i',))) c: f64 = index(a, j, i; spec=(('i',), ('i',))) "
        "b: f64[2,3] = index_set(a, c, i, i; spec=(('i',), ('i',))) return b",
    ),
    "element of a constant": (
        "a: f64[3] = broadcast(x; shape=(3,)) b: f64 = index(a, i; spec=(('i',),)) return b",
        "return x",
    ),
    "pop of push": (
        "s: stack(f64, 9) = stack_new(; capacity=9, dtype='f64', shape=()) t: stack(f64, 9) = push(s, x) "
        "u: stack(f64, 9), y: f64 = pop(t) w: stack(f64, 9), z: f64 = pop(u) return y, z",
        "return x, 0.0:f64",
    ),
}


@pytest.mark.parametrize(("before", "after"), SHAPED_CASES.values(), ids=SHAPED_CASES)
def test_structural_laws(before: str, after: str) -> None:
    """Laws of operations that move elements."""
    head = "graph f(x: f64, v: f64[2,3], i: i64, j: i64) {"
    becomes(lambda g: prune(simplify(g)), f"{head} {before} }}", f"{head} {after} }}")


# ------------------------------------------------------------------------------------------ folding


def test_literals_are_computed() -> None:
    """A chain of literals becomes one, in the dtype it has."""
    becomes(
        fold,
        """graph f(x: f32) {
          a: f32 = add(0.1:f32, 0.2:f32) b: i8 = cast(300:i64; dtype='i8') c: f64 = div(1.0:f64, 0.0:f64)
          d: f64[2] = broadcast(2.0:f64; shape=(2,)) e: f64[2] = mul(d, d) return a, b, c, e }""",
        f"""graph f(x: f32) {{
          d: f64[2] = broadcast(2.0:f64; shape=(2,)) e: f64[2] = broadcast(4.0:f64; shape=(2,))
          return {float(np.float32(0.1) + np.float32(0.2))!r}:f32, 44:i8, inf:f64, e }}""",
    )


def test_checks() -> None:
    """A check that holds goes, one that fails stays; a check that was made is not made again."""
    text = """graph f(p: bool) {
      check(True:bool; error='builtins.ValueError', message='a')
      check(False:bool; error='builtins.ValueError', message='b')
      check(p; error='builtins.ValueError', message='c') check(p; error='builtins.KeyError', message='d')
      x: i64 = if p { check(p; error='builtins.KeyError', message='e') yield 1:i64 } else { yield 2:i64 } return x }"""
    after = """graph f(p: bool) {
      check(False:bool; error='builtins.ValueError', message='b')
      check(p; error='builtins.ValueError', message='c')
      x: i64 = if p { yield 1:i64 } else { yield 2:i64 } return x }"""
    becomes(optimise, text, after)


def test_a_check_stays_in_its_place() -> None:
    """Effects are kept in branches and loops, in order, and keep alive what decides whether they happen."""
    text = """graph f(n: i64, p: bool) {
      x: i64 = for 0:i64, n, 1:i64 init (0:i64) (i: i64, s: i64) {
        t: i64 = add(s, i)
        u: i64 = if p { q: bool = lt(t, 9:i64) check(q, t; error='builtins.ValueError', message='{}') yield t }
                 else { yield s }
        yield t
      }
      return n
    }"""
    graph = optimise(parse_graph(text))
    assert run(Module((graph,)), 4, True) == (4,) and run(Module((graph,)), 9, False) == (9,)
    with pytest.raises(ValueError, match="10"):
        run(Module((graph,)), 9, True)


def test_known_branches() -> None:
    """An If on a literal is its branch; in a branch the predicate and what it is made of are known."""
    becomes(
        optimise,
        """graph f(p: bool, q: bool, x: f64) {
          a: f64 = if True:bool { b: f64 = neg(x) yield b } else { yield x }
          r: bool = logical_and(p, q)
          c: f64 = if r { d: f64 = if p { yield a } else { yield 7.0:f64 } yield d } else { yield x }
          return c }""",
        """graph f(p: bool, q: bool, x: f64) {
          b: f64 = neg(x)
          r: bool = logical_and(p, q)
          c: f64 = if r { yield b } else { yield x }
          return c }""",
    )


def test_results_of_branches() -> None:
    """What both branches yield needs no If; True and False are the predicate."""
    becomes(
        fold,
        """graph f(p: bool, x: f64) {
          a: f64, b: bool, c: bool, d: f64, e: f64 = if p { yield x, True:bool, False:bool, 1.0:f64, 1.0:f64 }
          else { yield x, False:bool, True:bool, 2.0:f64, 2.0:f64 }
          return a, b, c, d, e }""",
        """graph f(p: bool, x: f64) {
          d: f64 = if p { yield 1.0:f64 } else { yield 2.0:f64 }
          c: bool = logical_not(p)
          return x, p, c, d, d }""",
    )


def test_known_trips() -> None:
    """A loop that runs no times is its initial values, one that runs once is its body."""
    becomes(
        fold,
        """graph f(x: f64) {
          a: f64 = for 3:i64, 3:i64, 1:i64 init (x) (i: i64, s: f64) { t: f64 = sin(s) yield t }
          b: f64 = for 3:i64, 2:i64, -1:i64 init (a) (j: i64, u: f64) {
            k: f64 = cast(j; dtype='f64') v: f64 = mul(u, k) yield v }
          c: f64 = while (b) (w: f64) { yield False:bool } do (w1: f64) { z: f64 = neg(w1) yield z }
          return c }""",
        "graph f(x: f64) { v: f64 = mul(x, 3.0:f64) return v }",
    )


def test_static_positions() -> None:
    """An index at a literal position in range is static; out of range it stays as it is."""
    becomes(
        fold,
        """graph f(x: f64[3,4], n: i64) {
          a: f64 = index(x, 2:i64, n; spec=(('i',), ('i',)))
          b: f64[4] = index(x, 3:i64; spec=(('i',), ('slice', 0, 4, 1)))
          c: f64[3,2] = index(x, 2:i64; spec=(('slice', 0, 3, 1), ('dyn', 2)))
          return a, b, c }""",
        """graph f(x: f64[3,4], n: i64) {
          a: f64 = index(x, n; spec=(('int', 2), ('i',)))
          b: f64[4] = index(x, 3:i64; spec=(('i',), ('slice', 0, 4, 1)))
          c: f64[3,2] = index(x; spec=(('slice', 0, 3, 1), ('slice', 2, 2, 1)))
          return a, b, c }""",
    )


def test_a_flag_that_ends_a_loop() -> None:
    """Inside of `while go` go is true, after it false."""
    becomes(
        optimise,
        """graph f(x: f64) {
          a: bool, b: f64 = while (True:bool, x) (go: bool, s: f64) { yield go } do (g: bool, t: f64) {
            u: f64 = if g { v: f64 = mul(t, 0.5:f64) yield v } else { yield t }
            h: bool = gt(u, 1.0:f64)
            yield h, u }
          c: f64 = if a { yield x } else { yield b }
          return c }""",
        """graph f(x: f64) {
          a: bool, b: f64 = while (True:bool, x) (go: bool, s: f64) { yield go } do (g: bool, t: f64) {
            v: f64 = mul(t, 0.5:f64)
            h: bool = gt(v, 1.0:f64)
            yield h, v }
          return b }""",
    )


# ------------------------------------------------------------------------------------------ sharing


def test_sharing_looks_outwards_only() -> None:
    """A branch reuses what was computed before it, in either order of commuting operands, but not its sister's."""
    becomes(
        share,
        """graph f(p: bool, x: f64, y: f64) {
          a: f64 = mul(x, y)
          b: f64 = if p { c: f64 = mul(y, x) d: f64 = sub(c, y) yield d } else { e: f64 = sub(a, y) yield e }
          g: f64 = sub(a, y)
          h: f64 = sub(y, a)
          return b, g, h }""",
        """graph f(p: bool, x: f64, y: f64) {
          a: f64 = mul(x, y)
          b: f64 = if p { d: f64 = sub(a, y) yield d } else { e: f64 = sub(a, y) yield e }
          g: f64 = sub(a, y)
          h: f64 = sub(y, a)
          return b, g, h }""",
    )


def test_zeros_of_different_signs_are_not_shared() -> None:
    """0.0, -0.0 and 0 are different inputs."""
    text = "graph f(x: f64) { a: f64 = copysign(x, 0.0:f64) b: f64 = copysign(x, -0.0:f64) return a, b }"
    becomes(share, text, text)


def test_stacks_are_not_shared() -> None:
    """Two empty stacks stay two."""
    text = """graph f(x: f64) {
      s: stack(f64, 9) = stack_new(; capacity=9, dtype='f64', shape=())
      t: stack(f64, 9) = stack_new(; capacity=9, dtype='f64', shape=())
      u: stack(f64, 9) = push(s, x) v: stack(f64, 9) = push(t, x)
      return u, v }"""
    becomes(share, text, text)


# ------------------------------------------------------------------------------------------ dead code


def test_dead_outputs_and_carries() -> None:
    """Outputs of branches and carries of loops go, and groups of carries that only feed each other."""
    becomes(
        prune,
        """graph f(n: i64, x: f64) {
          c: bool = gt(x, 0.0:f64)
          a: f64, b: f64 = if c { t: f64 = sin(x) u: f64 = cos(x) yield t, u } else { yield x, x }
          s: f64, p: f64, q: f64 = for 0:i64, n, 1:i64 init (a, b, x) (i: i64, s1: f64, p1: f64, q1: f64) {
            s2: f64 = mul(s1, x) p2: f64 = add(p1, q1) q2: f64 = sin(p1)
            yield s2, p2, q2 }
          z: f64 = add(p, q)
          return s }""",
        """graph f(n: i64, x: f64) {
          c: bool = gt(x, 0.0:f64)
          a: f64 = if c { t: f64 = sin(x) yield t } else { yield x }
          s: f64 = for 0:i64, n, 1:i64 init (a) (i: i64, s1: f64) { s2: f64 = mul(s1, x) yield s2 }
          return s }""",
    )


def test_a_tape_that_nobody_pops_is_dropped() -> None:
    """Pushes to a stack that is not read are dead."""
    becomes(
        prune,
        """graph f(n: i64, x: f64) {
          e: stack(f64, k0) = stack_new(; capacity='k0', dtype='f64', shape=())
          s: f64, t: stack(f64, k0) = for 0:i64, n, 1:i64 init (x, e) (i: i64, s1: f64, t1: stack(f64, k0)) {
            t2: stack(f64, k0) = push(t1, s1) s2: f64 = sin(s1) yield s2, t2 }
          return s }""",
        """graph f(n: i64, x: f64) {
          s: f64 = for 0:i64, n, 1:i64 init (x) (i: i64, s1: f64) { s2: f64 = sin(s1) yield s2 }
          return s }""",
    )


def test_loops_without_results() -> None:
    """A loop that nothing needs goes, also if it may never end; a call stays, since it may have effects."""
    before = """
    graph f(x: f64) {
      a: f64 = while (x) (b: f64) { yield True:bool } do (c: f64) { yield c }
      i: i64 = for 0:i64, 3:i64, 1:i64 init (0:i64) (k: i64, l: i64) { call g(x) yield k }
      return x }
    graph g(x: f64) { p: bool = gt(x, 0.0:f64) check(p; error='builtins.ValueError', message=None) return }
    graph h(x: f64) { return x }"""
    after = """
    graph f(x: f64) {
      for 0:i64, 3:i64, 1:i64 init () (k: i64) { call g(x) yield }
      return x }
    graph g(x: f64) { p: bool = gt(x, 0.0:f64) check(p; error='builtins.ValueError', message=None) return }"""
    assert optimise_module(parse_module(before)) == parse_module(after)


# ------------------------------------------------------------------------------------------ loops


def test_settled_carries() -> None:
    """Carries that never change are their initial values, carries that are always equal are one."""
    becomes(
        lambda g: prune(settle(g)),
        """graph f(n: i64, x: f64, y: f64) {
          a: f64, b: f64, c: f64, d: f64, e: f64 = for 0:i64, n, 1:i64 init (x, y, y, x, x)
          (i: i64, a1: f64, b1: f64, c1: f64, d1: f64, e1: f64) {
            t: f64 = mul(a1, b1) u: f64 = add(t, d1) v: f64 = add(u, c1) yield v, c1, b1, v, y }
          return a, b, c, d, e }""",
        """graph f(n: i64, x: f64, y: f64) {
          a: f64, e: f64 = for 0:i64, n, 1:i64 init (x, x) (i: i64, a1: f64, e1: f64) {
            t: f64 = mul(a1, y) u: f64 = add(t, a1) v: f64 = add(u, y) yield v, y }
          return a, y, y, a, e }""",
    )


def test_carries_that_are_computed_alike() -> None:
    """Carries that follow by the same operations from equal carries are one, through branches too; others are not."""
    loop = """y: f64, a: f64, b: f64, c: f64 =
      for 0:i64, n, 1:i64 init (x, x, x, x) (i: i64, y1: f64, a1: f64, b1: f64, c1: f64) {{
        p: bool = lt(y1, 0.5:f64)
        a2: f64 = sin(a1)
        b2: f64 = sin(b1)
        a4: f64 = if p {{ a3: f64 = mul(a2, y1) yield a3 }} else {{ yield a1 }}
        b4: f64 = if p {{ b3: f64 = mul(y1, b2) yield b3 }} else {{ yield {other} }}
        y2: f64 = cos(y1)
        c2: f64 = cos(c1)
        yield y2, a4, b4, c2 }}
      return y, a, b, c"""
    for other, left in (("b1", 2), ("c1", 3)):
        graph = parse_graph(f"graph f(x: f64, n: i64) {{ {loop.format(other=other)} }}")
        after = optimise(graph)
        (found,) = [e for e in after.body.eqns if isinstance(e, For)]
        assert len(found.init) == left
        for args in ((0.3, 4), (0.9, 5), (0.9, 0)):
            assert run(Module((graph,)), *args) == run(Module((after,)), *args)


def test_invariants_leave_loops() -> None:
    """What is the same in every step moves out of all loops, but not out of a branch, and not if it may fail."""
    becomes(
        hoist,
        """graph f(n: i64, x: f64, p: bool) {
          a: f64 = for 0:i64, n, 1:i64 init (x) (i: i64, s: f64) {
            b: f64 = for 0:i64, i, 1:i64 init (s) (j: i64, t: f64) {
              c: f64 = sin(x) d: f64 = mul(c, s) e: f64 = add(t, d) q: i64 = floordiv(i, n)
              yield e }
            g: f64 = if p { h: f64 = cos(x) yield h } else { yield b }
            yield g }
          return a }""",
        """graph f(n: i64, x: f64, p: bool) {
          c: f64 = sin(x)
          a: f64 = for 0:i64, n, 1:i64 init (x) (i: i64, s: f64) {
            d: f64 = mul(c, s)
            b: f64 = for 0:i64, i, 1:i64 init (s) (j: i64, t: f64) {
              e: f64 = add(t, d) q: i64 = floordiv(i, n)
              yield e }
            g: f64 = if p { h: f64 = cos(x) yield h } else { yield b }
            yield g }
          return a }""",
    )


READS = """
graph f(n: i64, x: f64[9], v: f64) {{
  y: f64[9] = for 0:i64, n, 1:i64 init (x) (i: i64, x_1: f64[9]) {{
    k: i64 = add(i, 1:i64)
    z: f64[9] = for {over}, 1:i64 init (x_1) (j: i64, x_2: f64[9]) {{
      {body}
    }}
    yield z
  }}
  return y
}}"""
ADDED = "a: f64[9] = index_add(x_2, v, i) r: f64 = index(a, j) b: f64[9] = index_add(a, r, i) yield b"
CHECKED = "a: f64[9] = index_add(x_2, v, i) check(p) r: f64 = index(a, j) b: f64[9] = index_add(a, r, i) yield b"


@pytest.mark.parametrize(
    ("over", "before", "after"),
    [
        (
            "0:i64, i",
            "a: f64[9] = index_set(x_2, v, i) r: f64 = index(a, j) b: f64[9] = index_set(a, r, i) yield b",
            "r: f64 = index(x_2, j) b: f64[9] = index_set(x_2, r, i) yield b",
        ),
        (
            "k, 9:i64",
            ADDED,
            "r: f64 = index(x_2, j) a: f64[9] = index_add(x_2, v, i) b: f64[9] = index_add(a, r, i) yield b",
        ),
        (
            "0:i64, i",
            "a: f64[9] = index_set(x_2, v, i) b: f64[9] = index_add(a, v, j) c: f64[9] = index_set(b, v, i) yield c",
            "a: f64[9] = index_set(x_2, v, i) b: f64[9] = index_add(a, v, j) yield b",
        ),
        ("0:i64, k", ADDED, ADDED),
        ("i, 9:i64", ADDED, ADDED),
        ("0:i64, i", f"p: bool = lt(v, 1.0:f64) {CHECKED}", f"p: bool = lt(v, 1.0:f64) {CHECKED}"),
    ],
)
def test_reads_before_writes(over: str, before: str, after: str) -> None:
    """A number is read before a write to another place; what has been written to a place is not written again."""
    texts = [READS.format(over=over, body=body) for body in (before, after)]
    for op in ("index_set", "index_add", "index"):
        texts = [re.sub(rf"\b{op}\((.*?)\)", rf"{op}(\1; spec=(('i',),))", text) for text in texts]
    texts = [text.replace("check(p)", "check(p; error='builtins.ValueError', message='')") for text in texts]
    becomes(lambda g: prune(simplify(part(g))), texts[0], print_graph(prune(parse_graph(texts[1]))))
    for n in (0, 3, 8):
        args = (np.int64(n), np.arange(9.0), np.float64(0.5))
        found = [run(Module((g,)), *args) for g in (parse_graph(texts[0]), part(parse_graph(texts[0])))]
        np.testing.assert_array_equal(found[0][0], found[1][0])


# ------------------------------------------------------------------------------------------ time


def long_graph(count: int) -> Graph:
    """`count` operations, an If after every tenth of them."""
    b = Builder(Names())
    x = b.param("x", Array(DTYPES["f64"]))
    y: Var = x
    for k in range(count // 10):
        for _ in range(7):
            y = b.op("sin", b.op("mul", y, x)) if k % 2 else b.op("add", y, b.op("mul", x, Lit(1.0, x.type)))
        p = b.op("gt", y, x)
        then, orelse = b.child(), b.child()
        blocks = then.block((then.op("neg", y),)), orelse.block((orelse.op("cos", y),))
        (y,) = b.if_(p, *blocks, hints=["y"])
    return b.graph("f", (y,))


def test_time_is_linear() -> None:
    """Eight times the program takes about eight times the time, not sixty-four."""

    def seconds(graph: Graph) -> float:
        start = time.perf_counter()
        optimise(graph)
        return time.perf_counter() - start

    small, large = long_graph(500), long_graph(4000)
    assert min(seconds(large) for _ in range(2)) < 24 * min(seconds(small) for _ in range(3))
