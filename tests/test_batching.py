"""Batching: one run of the batched program is a run of the program for each element.

`check` says so of a graph, a choice of mapped parameters and the arguments of each element. It is applied to every
operation of the table, to the programs of `tests.test_ad`, to their derivatives, to random programs, and to programs
written for what only a batch can do wrong. Then come the structure of what is made, and the cases that are refused.
"""

from __future__ import annotations

import doctest
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import myialike.batching.vmap
import myialike.ops  # fills the table
from myialike.ad.forward import jvp
from myialike.ad.reverse import vjp
from myialike.batching.vmap import vmap
from myialike.errors import CompilerBug, UnsupportedError
from myialike.ir.interpret import run
from myialike.ir.op import TABLE
from myialike.ir.syntax import Block, Call, Eqn, For, Graph, If, Module, Prim, Var, While, walk
from myialike.ir.text import parse_graph
from myialike.ir.types import BOOL, DTYPES, F64, Array, Stack, is_float
from myialike.ir.verify import verify
from myialike.ops.define import kind_of
from tests.op_check import NOT_POINTWISE
from tests.strategies import PROGRAMS as RANDOM
from tests.strategies import arguments, typed_graphs
from tests.test_ad import PROGRAMS
from tests.test_ops import STACKS, TYPED, accepts, cases_of

Mask = tuple[bool, ...]
Elements = list[tuple[Any, ...]]


# ------------------------------------------------------------------------------------------------- the law


def batched(graph: Graph, mapped: Mask, size: int) -> tuple[Graph, Mask]:
    """`vmap`, verified; a parameter that is mapped has the first axis, and so have the results said to be mapped."""
    result, result_mapped = vmap(graph, mapped, size)
    verify(Module((result,)), "ad")
    for own, new, is_mapped in zip(
        (*graph.params, *graph.results), (*result.params, *result.results), (*mapped, *result_mapped), strict=True
    ):
        if isinstance(own.type, Array):
            assert new.type == Array(own.type.dtype, (size,) * is_mapped + own.type.shape)
    return result, result_mapped


def stacked(graph: Graph, mapped: Mask, elements: Elements) -> list[Any]:
    """The arguments of the batched program."""
    columns = zip(graph.params, mapped, zip(*elements, strict=True), strict=True)
    return [np.stack([np.asarray(v, p.type.dtype) for v in column]) if m else column[0] for p, m, column in columns]


def same(got: Any, wanted: Any, dtype: Any) -> None:
    if dtype.kind in "biu":
        np.testing.assert_array_equal(got, wanted)
    else:
        wide = np.result_type(dtype, np.float64) if dtype.kind != "V" else np.float64
        tolerance = 1e-9 if np.dtype(dtype).itemsize >= 8 and dtype != np.complex64 else 1e-2
        got, wanted = np.asarray(got).astype(wide), np.asarray(wanted).astype(wide)
        np.testing.assert_allclose(got, wanted, rtol=tolerance, atol=tolerance)


def check(graph: Graph, mapped: Mask, elements: Elements) -> Graph:
    """The batched program gives, for each element, what the program gives for its arguments."""
    elements = [tuple(v if m else w for v, w, m in zip(e, elements[0], mapped, strict=True)) for e in elements]
    result, result_mapped = batched(graph, mapped, len(elements))
    got = run(Module((result,)), *stacked(graph, mapped, elements))
    wanted = [run(Module((graph,)), *e) for e in elements]
    for k, r in enumerate(graph.results):
        if isinstance(r.type, Array):
            for number, one in enumerate(wanted):
                same(got[k][number] if result_mapped[k] else got[k], one[k], r.type.dtype)
    return result


def patterns(count: int) -> Iterator[Mask]:
    """All choices of mapped parameters, or of many parameters some."""
    yield from product((False, True), repeat=count) if count <= 4 else [(True,) * count, (True, False) * 9]


def some(graph: Graph) -> Iterator[Mask]:
    return (p[: len(graph.params)] for p in patterns(len(graph.params)))


# ------------------------------------------------------------------------------------------ every operation


@pytest.mark.parametrize("name", [n for n in TYPED if n not in STACKS])
def test_every_operation(name: str) -> None:
    """Each operation of the table, on the operands and attributes that the table's own tests have."""
    rng = np.random.default_rng(0)
    short = next(s for s in ("f64", "i64", "bool", "c128") if kind_of(DTYPES[s]) in TABLE[name].kinds)
    for case in cases_of(name, DTYPES[short]):
        if not accepts(case):
            continue
        graph, own = case.graph(), case.arguments()
        elements = [own, *(tuple(varied(a, rng) for a in own) for _ in range(2))]
        for mapped in some(graph):
            try:
                check(graph, mapped, elements)
            except Exception as error:
                error.add_note(f"{case} mapped {mapped}")
                raise


def varied(a: Any, rng: np.random.Generator) -> Any:
    """Another argument that is in the domain where `a` is: its elements in another order, indices kept in range."""
    return rng.permutation(np.asarray(a).ravel()).reshape(np.shape(a))


def test_the_rules_are_those_of_operations_that_are_not_pointwise() -> None:
    """What `rules` takes for pointwise is pointwise."""
    own = {
        "bessel_i",
        "bessel_ie",
        "sinc",
        "exprel",
        "integer_pow",
        "cast",
        "arange",
        "stack_len",
        "check",
        "print",
    }  # pointwise, without operands, or treated apart
    assert NOT_POINTWISE - own == set(myialike.batching.rules.RULES) - {"pow", "jax.call"}


# ------------------------------------------------------------------------------------------------- programs


def different(value: Any, k: int, type: Array) -> Any:
    """The argument of the k-th element, like `value`: another real number, fewer turns."""
    if type.dtype.kind in "iu":
        return type.dtype.type(value - k if value > 0 else value) if not type.shape else np.roll(value, k)
    if type.dtype.kind == "b":
        return np.logical_xor(value, k % 2 == 1)
    return np.asarray(value * (1 + 0.15 * k)).astype(type.dtype)[()]


def elements_of(graph: Graph, args: Any, size: int = 3) -> Elements:
    return [tuple(different(a, k, p.type) for a, p in zip(args, graph.params, strict=True)) for k in range(size)]


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name: str) -> None:
    """The programs that differentiation is tested with, for each choice of mapped parameters."""
    graph = PROGRAMS[name].graph
    for mapped in some(graph):
        check(graph, mapped, elements_of(graph, PROGRAMS[name].args))


def floats(graph: Graph) -> Mask:
    return tuple(is_float(p.type) for p in graph.params)


def bars_of(graph: Graph) -> tuple[Any, ...]:
    rng = np.random.default_rng(1)
    types = [r.type for r in graph.results if is_float(r.type) and isinstance(r.type, Array)]
    return tuple(np.asarray(rng.uniform(-1, 1, t.shape)).astype(t.dtype)[()] for t in types)


@pytest.mark.parametrize("transform", [jvp, vjp])
@pytest.mark.parametrize("name", PROGRAMS)
def test_derivative_of_program(name: str, transform: Callable[[Graph, Mask], Graph]) -> None:
    """vmap of the derivatives: a gradient for each element."""
    graph, args = PROGRAMS[name].graph, PROGRAMS[name].args
    derivative = transform(graph, floats(graph))
    more = bars_of(graph)
    if transform is jvp:
        more = tuple(np.asarray(a)[()] * 0.5 for a, f in zip(args, floats(graph), strict=True) if f)
    elements = elements_of(derivative, (*args, *more))
    check(derivative, (True,) * len(derivative.params), elements)
    check(derivative, (True, False, False, True, True, True, True, True)[: len(derivative.params)], elements)


@pytest.mark.parametrize("name", PROGRAMS)
def test_derivative_of_batched_program(name: str) -> None:
    """vjp of vmap: the gradient of a batch is that of each element."""
    graph = PROGRAMS[name].graph
    elements = elements_of(graph, PROGRAMS[name].args)
    mapped = (True,) * len(graph.params)
    batch, result_mapped = batched(graph, mapped, len(elements))
    one, all_ = vjp(graph, floats(graph)), vjp(batch, floats(batch))
    verify(Module((all_,)), "ad")
    bars = bars_of(batch)
    floating = [m for r, m in zip(graph.results, result_mapped, strict=True) if is_float(r.type)]
    got = run(Module((all_,)), *stacked(graph, mapped, elements), *bars)[len(graph.results) :]
    for k, element in enumerate(elements):
        own = [np.asarray(b[k] if m else b)[()] for b, m in zip(bars, floating, strict=True)]
        wanted = run(Module((one,)), *element, *own)[len(graph.results) :]
        for g, w in zip(got, wanted, strict=True):
            same(g[k], w, np.asarray(w).dtype)


@pytest.mark.parametrize("name", PROGRAMS)
def test_batch_of_batches(name: str) -> None:
    """vmap of vmap, with a parameter that only the outer one maps."""
    graph = PROGRAMS[name].graph
    inner = tuple(k != 0 or len(graph.params) == 1 for k in range(len(graph.params)))
    batch, _ = batched(graph, inner, 2)
    rows = [elements_of(graph, e, 2) for e in elements_of(graph, PROGRAMS[name].args, 3)]
    check(batch, (True,) * len(graph.params), [tuple(stacked(graph, inner, row)) for row in rows])


# ----------------------------------------------------------------------------------------- random programs

PARAMS = (Array(F64), Array(BOOL), Array(BOOL), Array(F64, (3,)), Array(F64, (2, 3)))


def with_ranges(graph: Graph) -> tuple[Graph, list[range]]:
    """`graph` with a parameter for the end of each `For`, and the ranges that these loops had."""
    ranges: list[range] = []
    ends: list[Var] = []

    def inside(block: Block) -> Block:
        return Block(block.params, tuple(map(changed, block.eqns)), block.results)

    def changed(eqn: Eqn) -> Eqn:
        match eqn:
            case If():
                return replace(eqn, then=inside(eqn.then), orelse=inside(eqn.orelse))
            case While():
                return replace(eqn, cond=inside(eqn.cond), body=inside(eqn.body))
            case For():
                start, stop, step = eqn.over
                ranges.append(range(start.value, stop.value, step.value))
                ends.append(Var(f"end{len(ends)}", stop.type))
                return replace(eqn, over=(start, ends[-1], step), body=inside(eqn.body))
        return eqn

    body = inside(graph.body)
    return Graph(graph.name, Block((*body.params, *ends), body.eqns, body.results)), ranges


@st.composite
def diverging(draw: Callable[[Any], Any], max_eqns: int) -> tuple[Graph, Elements, Mask]:
    """A random program in which conditions and ranges depend on parameters, arguments, and what is mapped."""
    plain = draw(typed_graphs(params=PARAMS, max_eqns=max_eqns))
    graph, ranges = with_ranges(plain)

    def element() -> tuple[Any, ...]:
        trips = [draw(st.integers(0, 3)) for _ in ranges]
        return (*draw(arguments(plain)), *(r.start + n * r.step for r, n in zip(ranges, trips, strict=True)))

    elements = [element() for _ in range(draw(st.integers(1, 3)))]
    return graph, elements, tuple(draw(st.integers(0, 3)) > 0 for _ in graph.params)


@settings(RANDOM, max_examples=60)
@given(diverging(4))
def test_random_programs(case: tuple[Graph, Elements, Mask]) -> None:
    """Any program, with any choice of what is mapped."""
    graph, elements, mapped = case
    try:
        check(graph, mapped, elements)
    except UnsupportedError:
        assert any(isinstance(r.type, Stack) for r in graph.results)


@settings(RANDOM, max_examples=25)
@given(diverging(3))
def test_derivatives_of_random_programs(case: tuple[Graph, Elements, Mask]) -> None:
    """vmap of vjp of any program without stacks in its results."""
    graph, elements, mapped = case
    graph = Graph(graph.name, Block(graph.params, graph.body.eqns, graph.results[:1]))
    derivative = vjp(graph, floats(graph))
    check(derivative, (*mapped, True), [(*e, *bars_of(graph)) for e in elements])


# ------------------------------------------------------------------------------------- what only a batch can do

TAPE = "stack(f64, k0)"
NEW = "stack_new(; capacity='k0', dtype='f64', shape=())"
ROW = np.array([3.0, 1.0, 4.0, 1.5])

MASKED: dict[str, tuple[str, Elements]] = {
    "an index that is out of range for those that wait": (
        """graph f(x: f64[4], n: i64) {
             s: f64, i: i64 = while (0.0:f64, 0:i64) (s1: f64, i1: i64) { p: bool = lt(i1, n) yield p }
               do (s2: f64, i2: i64) {
               j: i64 = mul(i2, n)  v: f64 = index(x, j; spec=(('i',),))  s3: f64 = add(s2, v)  k: i64 = add(i2, 1:i64)
               yield s3, k }
             return s, i }""",
        [(ROW, 2), (ROW[::-1], 1), (ROW * 2, 0)],
    ),
    "an index guarded by a branch": (
        """graph f(x: f64[4], i: i64) {
             p: bool = lt(i, 4:i64)
             y: f64 = if p { v: f64 = index(x, i; spec=(('i',),)) w: f64 = mul(v, v) yield w } else { yield -1.0:f64 }
             return y }""",
        [(ROW, 7), (ROW, 1), (ROW, 100)],
    ),
    "a slice that moves, guarded": (
        """graph f(x: f64[4], i: i64) {
             p: bool = le(i, 2:i64)
             y: f64[4] = if p { v: f64[2] = index(x, i; spec=(('dyn', 2),)) w: f64[2] = mul(v, v)
                                z: f64[4] = index_set(x, w, i; spec=(('dyn', 2),)) yield z } else { yield x }
             return y }""",
        [(ROW, 7), (ROW, 1), (ROW, 2)],
    ),
    "an integer power guarded by a branch": (
        """graph f(n: i64) {
             p: bool = ge(n, 0:i64)
             y: i64 = if p { v: i64 = pow(3:i64, n) yield v } else { v2: i64 = neg(n) yield v2 }
             return y }""",
        [(-2,), (3,), (0,)],
    ),
    "branches in masked branches, of one predicate for all and of many": (
        """graph f(x: f64, y: f64, c: bool) {
             p: bool = lt(x, y)
             z: f64 = if p {
               u: f64 = if c { a: f64 = sin(x) yield a } else { b: f64 = cos(x) yield b }
               q: bool = lt(u, 0.5:f64)
               w: f64 = if q { d: f64 = mul(u, y) yield d } else { e: f64 = sqrt(u) yield e }
               yield w
             } else { g: f64 = exp(y) yield g }
             return z, p }""",
        [(0.1, 0.5, True), (0.9, 1.5, True), (3.0, 0.2, False), (2.0, 3.0, False)],
    ),
    "a branch that no element takes, and one that yields the same on both sides": (
        """graph f(x: f64) {
             p: bool = lt(x, 100.0:f64)
             y: f64, z: f64, n: i64 = if p { a: f64 = sin(x) yield a, x, 3:i64 }
                                         else { b: f64 = cos(x) yield b, x, 3:i64 }
             return y, z, n }""",
        [(0.1,), (0.9,), (3.0,)],
    ),
    "a counter that is the same for all that still turn": (
        """graph f(x: f64[4], c: f64) {
             s: f64, i: i64, t: i64 = while (0.0:f64, 0:i64, 7:i64) (s1: f64, i1: i64, t1: i64) {
               p: bool = lt(s1, c)  q: bool = lt(i1, 4:i64)  r: bool = logical_and(p, q)
               yield r } do (s2: f64, i2: i64, t2: i64) {
               v: f64 = index(x, i2; spec=(('i',),))  s3: f64 = add(s2, v)  k: i64 = add(i2, 1:i64)
               yield s3, k, t2 }
             u: i64 = add(i, t)
             return s, i, u }""",
        [(ROW, 4.5), (ROW[::-1], 0.0), (ROW * 2, 50.0), (ROW, 3.0)],
    ),
    "ranges of many kinds": (
        """graph f(a: i64, b: i64, c: i64) {
             s: i64, m: i64 = for a, b, c init (0:i64, 0:i64) (i: i64, s1: i64, m1: i64) {
               s2: i64 = mul(s1, 3:i64)  s3: i64 = add(s2, i)  m2: i64 = add(m1, 1:i64)
               yield s3, m2 }
             return s, m }""",
        [(0, 7, 2), (5, -3, -3), (4, 4, 1), (2, 3, -1), (-1, 6, 5)],
    ),
    "ranges within a masked branch, some with a step of 0 that is not meant": (
        """graph f(a: i64, b: i64, c: i64) {
             p: bool = ne(c, 0:i64)
             s: i64 = if p {
               t: i64 = for a, b, c init (0:i64) (i: i64, s1: i64) { s2: i64 = add(s1, i) yield s2 }
               yield t
             } else { yield -5:i64 }
             return s }""",
        [(0, 7, 2), (5, -3, 0), (4, 4, 1), (0, 9, -1)],
    ),
    "a down-counting range": (
        """graph f(n: i64, x: f64[4]) {
             s: f64 = for n, -1:i64, -1:i64 init (0.0:f64) (i: i64, s1: f64) {
               v: f64 = index(x, i; spec=(('i',),)) w: f64 = mul(s1, 0.5:f64) s2: f64 = add(w, v) yield s2 }
             return s }""",
        [(3, ROW), (-1, ROW), (1, ROW)],
    ),
    "writes in masked loops and branches keep the rest": (
        """graph f(x: f64[4], n: i64, m: f64) {
             y: f64[4], c: f64 = for 0:i64, n, 1:i64 init (x, 0.0:f64) (i: i64, y1: f64[4], c1: f64) {
               v: f64 = index(y1, i; spec=(('i',),))  p: bool = lt(v, m)
               y2: f64[4], c2: f64 = if p { w: f64 = mul(v, 2.0:f64) y3: f64[4] = index_set(y1, w, i; spec=(('i',),))
                                            y4: f64[4] = index_add(y3, v, 0:i64; spec=(('i',),)) yield y4, w }
                                     else { yield y1, c1 }
               y5: f64[4] = for 0:i64, i, 1:i64 init (y2) (j: i64, y6: f64[4]) {
                 y7: f64[4] = index_add(y6, m, j; spec=(('i',),)) yield y7 }
               yield y5, c2 }
             return y, c }""",
        [(ROW, 4, 2.0), (ROW[::-1], 2, 9.0), (ROW * -0.0, 0, 1.0), (-ROW, 3, -2.0)],
    ),
    "both sides write, and the sides of a common branch": (
        """graph f(x: f64[4], n: i64, c: bool) {
             y: f64[4] = for 0:i64, n, 1:i64 init (x) (i: i64, y1: f64[4]) {
               v: f64 = index(y1, i; spec=(('i',),))  p: bool = lt(v, 2.0:f64)
               y2: f64[4] = if p { a: f64[4] = index_set(y1, 5.0:f64, i; spec=(('i',),)) yield a }
                            else { b: f64[4] = index_set(y1, 6.0:f64, 3:i64; spec=(('i',),)) yield b }
               y3: f64[4] = if c { d: f64[4] = index_add(y2, 0.5:f64, i; spec=(('i',),)) yield d } else { yield y2 }
               yield y3 }
             return y }""",
        [(ROW, 4, True), (ROW[::-1], 2, True), (ROW * -0.0, 0, False), (-ROW, 3, False)],
    ),
    "a masked loop in a masked loop, whose condition is computed with checks": (
        """graph f(x: f64, y: f64) {
             s: f64, n: i64 = while (x, 0:i64) (s1: f64, n1: i64) {
               ok: bool = lt(s1, 100.0:f64)  check(ok, s1; error='builtins.ValueError', message='{}')
               p: bool = lt(s1, y)
               yield p
             } do (s2: f64, n2: i64) {
               t: f64, m: i64 = while (s2, n2) (t1: f64, m1: i64) {
                 q: bool = lt(t1, 3.0:f64) yield q } do (t2: f64, m2: i64) {
                 t3: f64 = mul(t2, 1.5:f64)  m3: i64 = add(m2, 1:i64) yield t3, m3 }
               t4: f64 = add(t, 1.0:f64)
               yield t4, m }
             return s, n }""",
        [(0.5, 8.0), (2.0, 2.0), (9.0, 10.0), (0.1, 4.5)],
    ),
    "a stack that lives in a turn of a masked loop": (
        f"""graph f(x: f64, y: f64) {{
             s: f64 = while (x) (s1: f64) {{ p: bool = lt(s1, y) yield p }} do (s2: f64) {{
               a: {TAPE} = {NEW}
               b: {TAPE} = for 0:i64, 3:i64, 1:i64 init (a) (i: i64, b1: {TAPE}) {{
                 u: f64 = cast(i; dtype='f64') v: f64 = add(u, s2) b2: {TAPE} = push(b1, v) yield b2 }}
               l: i64 = stack_len(b)  l1: f64 = cast(l; dtype='f64')
               c: {TAPE}, w: f64 = pop(b)  d: {TAPE}, z: f64 = pop(c)  e: f64 = add(w, z)  g: f64 = mul(e, l1)
               yield g }}
             return s }}""",
        [(0.5, 80.0), (2.0, 2.0), (9.0, 100.0)],
    ),
    "a stack that grows as long as each element wants": (
        f"""graph f(x: f64, n: i64) {{
             a: {TAPE} = {NEW}
             y: f64 = sin(x)
             b: {TAPE} = for 0:i64, n, 1:i64 init (a) (i: i64, b1: {TAPE}) {{
               u: f64 = cast(i; dtype='f64') v: f64 = add(u, y) b2: {TAPE} = push(b1, v) yield b2 }}
             l: i64 = stack_len(b)
             c: {TAPE}, w: f64 = pop(b)
             z: f64 = mul(w, w)
             return z, l }}""",
        [(0.5, 2), (2.0, 0), (9.0, 5)],
    ),
    "such a stack in a masked branch": (
        f"""graph f(x: f64, n: i64) {{
             p: bool = lt(x, 3.0:f64)
             r: f64 = if p {{
               a: {TAPE} = {NEW}
               b: {TAPE} = for 0:i64, n, 1:i64 init (a) (i: i64, b1: {TAPE}) {{
                 check(p; error='builtins.ValueError', message='not active')
                 u: f64 = cast(i; dtype='f64') v: f64 = add(u, x) b2: {TAPE} = push(b1, v) yield b2 }}
               c: {TAPE}, w: f64 = pop(b)
               yield w
             }} else {{ yield 0.5:f64 }}
             return r }}""",
        [(0.5, 2), (2.0, 0), (9.0, 5)],
    ),
    "such a stack in a masked branch, beside one that all share": (
        f"""graph f(x: f64, n: i64) {{
             s0: {TAPE} = {NEW}  s: {TAPE} = push(s0, x)
             p: bool = lt(x, 3.0:f64)
             r: f64 = if p {{
               a: {TAPE} = {NEW}
               b: {TAPE} = for 0:i64, n, 1:i64 init (a) (i: i64, b1: {TAPE}) {{
                 check(p; error='builtins.ValueError', message='not active')
                 u: f64 = cast(i; dtype='f64') v: f64 = add(u, x) b2: {TAPE} = push(b1, v) yield b2 }}
               s1: {TAPE}, g: f64 = pop(s)
               c: {TAPE}, w: f64 = pop(b)
               h: f64 = add(w, g)
               yield h
             }} else {{ yield 0.5:f64 }}
             return r }}""",
        [(0.5, 2), (2.0, 0), (9.0, 5)],
    ),
    "a stack that all share, within the span of one that they do not": (
        f"""graph f(x: f64, n: i64) {{
             a: {TAPE} = {NEW}
             b: {TAPE} = for 0:i64, n, 1:i64 init (a) (i: i64, b1: {TAPE}) {{ b2: {TAPE} = push(b1, x) yield b2 }}
             c: {TAPE} = {NEW}  d: {TAPE} = push(c, x)
             g: {TAPE}, w: f64 = pop(b)
             l: i64 = stack_len(d)
             return w, l }}""",
        [(0.5, 2), (2.0, 0), (9.0, 5)],
    ),
    "arrays that are replaced in masked loops, by another in branches and loops": (
        """graph f(x: f64[4], n: i64, m: f64, c: bool) {
             y: f64[4], z: f64[4], w: f64[4] = for 0:i64, n, 1:i64 init (x, x, x)
               (i: i64, y1: f64[4], z1: f64[4], w1: f64[4]) {
               v: f64 = index(y1, i; spec=(('i',),))  p: bool = lt(v, m)
               v1: f64[4] = broadcast(v; shape=(4,))  u: f64[4] = mul(x, v1)
               y2: f64[4] = if p { y3: f64[4] = index_set(u, 7.0:f64, i; spec=(('i',),)) yield y3 } else { yield y1 }
               z2: f64[4] = if c { z3: f64[4] = index_set(z1, v, i; spec=(('i',),)) yield z3 }
                            else { z4: f64[4] = index_add(u, v, i; spec=(('i',),)) yield z4 }
               w2: f64[4] = for 0:i64, i, 1:i64 init (w1) (j: i64, w3: f64[4]) {
                 w4: f64[4] = index_add(u, v, j; spec=(('i',),)) yield w4 }
               yield y2, z2, w2 }
             return y, z, w }""",
        [(ROW, 4, 2.0, False), (ROW[::-1], 2, 9.0, False), (ROW * 0.5, 0, 1.0, True), (-ROW, 3, -2.0, True)],
    ),
    "loops in a masked branch, that would fail for those that do not take it": (
        """graph f(n: i64, x: f64) {
             p: bool = lt(n, 5:i64)
             y: f64, m: i64 = if p {
               z: f64 = for 0:i64, n, 1:i64 init (x) (i: i64, z1: f64) {
                 q: bool = lt(i, 5:i64)  check(q, i; error='builtins.ValueError', message='not active: {}')
                 z2: f64 = mul(z1, 1.5:f64) yield z2 }
               k: i64 = while (0:i64) (k1: i64) { go: bool = ne(k1, n) yield go } do (k2: i64) {
                 r: bool = lt(k2, 5:i64)  check(r, k2; error='builtins.ValueError', message='not active: {}')
                 k3: i64 = add(k2, 1:i64) yield k3 }
               yield z, k
             } else { yield 0.5:f64, -1:i64 }
             return y, m }""",
        [(9, 1.0), (2, 2.0), (3, 3.0), (50, 4.0)],
    ),
    "the last write to a place wins": (
        """graph f(x: f64[4], v: f64[3], j: i64[3]) {
             y: f64[4] = index_set(x, v, j; spec=(('arr',),))
             return y }""",
        [(ROW, np.arange(3.0), np.array([1, 1, 0])), (ROW, -np.arange(3.0), np.array([2, 2, 2]))],
    ),
}


@pytest.mark.parametrize("name", MASKED)
def test_masked(name: str) -> None:
    """Elements go their own ways, and those that wait do no harm; the gradients too."""
    text, elements = MASKED[name]
    graph = parse_graph(text)
    for mapped in some(graph):
        check(graph, mapped, elements)
    if any(floats(graph)) and any(is_float(r.type) for r in graph.results):
        derivative = vjp(graph, floats(graph))
        more = bars_of(graph)
        check(derivative, (True,) * len(derivative.params), [(*e, *more) for e in elements])


def count(graph: Graph, form: type) -> int:
    return sum(isinstance(e, form) for e in walk(graph.body))


def named(graph: Graph, op: str) -> list[Prim]:
    return [e for e in walk(graph.body) if isinstance(e, Prim) and e.op == op]


def test_what_is_not_mapped_is_done_once() -> None:
    """Work that does not depend on a mapped parameter has the types that it had, also in loops."""
    graph = PROGRAMS["a branch in a loop"].graph
    result, result_mapped = batched(graph, (False, False, False), 7)
    assert result_mapped == (False,) and str(result.body) == str(graph.body)
    graph = parse_graph(
        """graph f(x: f64, m: f64[5,5]) {
             a: f64[5,5] = matmul(m, m)  s: f64 = reduce_sum(a; axes=(0, 1))  y: f64 = mul(s, x)
             return y, s }"""
    )
    result, result_mapped = batched(graph, (True, False), 7)
    assert [str(e.outputs[0].type) for e in named(result, "matmul")] == ["f64[5,5]"]
    assert result_mapped == (True, False)


def test_a_matrix_that_all_share_is_one_product() -> None:
    """Rows of all elements times one matrix: no matrix is repeated."""
    for text in ("graph f(w: f64[4,3], x: f64[4]) { y: f64[3] = matmul(x, w) return y }",
                 "graph f(w: f64[4,3], x: f64[2,4]) { y: f64[2,3] = matmul(x, w) return y }",
                 "graph f(w: f64[4,3], x: f64[3]) { y: f64[4] = matmul(w, x) return y }"):  # fmt: skip
        result, _ = batched(parse_graph(text), (False, True), 7)
        assert not named(result, "broadcast") and len(named(result, "matmul")[0].outputs[0].type.shape) == 2


def test_a_predicate_for_all_stays_a_branch() -> None:
    """One `If`, without select, whose sides are batched."""
    graph = PROGRAMS["a branch in a loop"].graph
    result, _ = batched(graph, (True, True, False), 7)
    assert count(result, If) == 1 and count(result, For) == 1 and not named(result, "select")


def test_a_range_with_a_common_start_has_a_common_index() -> None:
    """`range(n)` with n mapped: the index is a scalar, and reading at it is no gather."""
    graph = parse_graph(MASKED["writes in masked loops and branches keep the rest"][0])
    result, _ = batched(graph, (True, True, True), 7)
    assert count(result, While) == 0
    assert all(
        entry[0] != "arr" for op in ("index", "index_add") for e in named(result, op) for entry in e.attr("spec")
    )


def test_a_written_array_is_not_selected() -> None:
    """In a masked loop no whole array is selected if the loop only writes elements of it."""
    graph = parse_graph(MASKED["writes in masked loops and branches keep the rest"][0])
    result, _ = batched(graph, (True, True, True), 7)
    assert {str(e.outputs[0].type) for e in named(result, "select")} == {"f64[7]", "i64[7]"} - {"i64[7]"}


def test_only_the_span_is_run_one_by_one() -> None:
    """What comes before and behind the stack that differs is batched."""
    graph = parse_graph(MASKED["a stack that grows as long as each element wants"][0])
    result, _ = batched(graph, (True, True), 7)
    (loop,) = [e for e in result.body.eqns if isinstance(e, For)]
    assert [str(e.outputs[0].type) for e in named(result, "sin") + named(result, "mul")] == ["f64[7]", "f64[7]"]
    assert str(named(result, "stack_new")[0].outputs[0].type) == "stack(f64, k0)"
    assert loop.over[1].value == 7


# --------------------------------------------------------------------------------------------------- effects

GUARDED = """graph f(x: f64, y: f64) {
  p: bool = lt(x, y)
  z: f64 = if p { ok: bool = gt(x, 0.0:f64) check(ok, x, y; error='builtins.ValueError', message='bad {} {}')
                  a: f64 = sqrt(x) yield a }
           else { check(False:bool; error='builtins.KeyError', message='other') yield x }
  return z
}"""


def test_a_check_fails_for_the_first_active_element_that_fails() -> None:
    """The payload is that element's; an element that is not there does not fail."""
    result, _ = batched(parse_graph(GUARDED), (True, True), 3)
    xs, ys = np.array([2.0, -1.0, -3.0]), np.array([3.0, 3.0, 3.0])
    with pytest.raises(ValueError, match=r"^bad -1.0 3.0$"):
        run(Module((result,)), xs, ys)
    with pytest.raises(KeyError):
        run(Module((result,)), np.abs(xs), np.array([3.0, 3.0, 1.0]))
    np.testing.assert_allclose(run(Module((result,)), np.abs(xs), 10 * ys)[0], np.sqrt(np.abs(xs)))
    silent = parse_graph(GUARDED.replace("check(False:bool; error='builtins.KeyError', message='other')", ""))
    result, _ = batched(silent, (True, True), 3)
    np.testing.assert_array_equal(run(Module((result,)), xs, np.array([1.0, -1.0, -4.0]))[0], xs)
    np.testing.assert_array_equal(
        run(Module((result,)), xs, np.array([3.0, -1.0, -4.0]))[0], [np.sqrt(2.0), -1.0, -3.0]
    )


def test_a_check_says_an_array_of_the_element() -> None:
    """Of an array in the payload, the part of the element that fails."""
    graph = parse_graph(
        """graph f(x: f64[2]) {
             v: f64 = index(x, 0:i64; spec=(('i',),)) ok: bool = gt(v, 0.0:f64)
             check(ok, x; error='builtins.ValueError', message='bad {}', kinds=('array',)) return x }"""
    )
    result, _ = batched(graph, (True,), 2)
    with pytest.raises(ValueError, match=r"^bad \[-3\.  4\.\]$"):
        run(Module((result,)), np.array([[1.0, 2.0], [-3.0, 4.0]]))


def test_an_element_that_waits_adds_nothing() -> None:
    """Not even to the sign of a zero."""
    graph = parse_graph(
        """graph f(x: f64[2], n: i64) {
             y: f64[2] = for 0:i64, n, 1:i64 init (x) (i: i64, y1: f64[2]) {
               y2: f64[2] = index_add(y1, 1.0:f64, i; spec=(('i',),)) yield y2 }
             return y }"""
    )
    result, _ = batched(graph, (True, True), 2)
    got = run(Module((result,)), np.full((2, 2), -0.0), np.array([0, 2]))[0]
    assert np.signbit(got).tolist() == [[True, True], [False, False]]


def test_a_side_or_a_loop_that_no_element_takes_does_not_run() -> None:
    """An unguarded failure stands there."""
    fail = "check(False:bool; error='builtins.KeyError', message='run')"
    texts = (
        f"""graph f(x: f64) {{ p: bool = lt(x, 0.0:f64) y: f64 = if p {{ {fail} yield 1.0:f64 }} else {{ yield x }}
              return y }}""",
        f"""graph f(x: f64) {{ y: f64 = while (x) (a: f64) {{ p: bool = lt(a, 0.0:f64) yield p }} do (b: f64) {{
              {fail} yield 1.0:f64 }} return y }}""",
        f"""graph f(x: f64) {{ n: i64 = cast(x; dtype='i64') y: f64 = for 1:i64, n, 1:i64 init (x) (i: i64, b: f64) {{
              {fail} c: f64 = mul(b, b) yield c }} return y }}""",
    )
    for text in texts:
        result, _ = batched(parse_graph(text), (True,), 3)
        np.testing.assert_array_equal(run(Module((result,)), np.array([0.1, 0.2, 0.3]))[0], [0.1, 0.2, 0.3])
        bad = np.array([0.1, 9.0, 0.3]) if "for" in text else np.array([0.1, -0.2, 0.3])
        with pytest.raises(KeyError):
            run(Module((result,)), bad)


def test_elements_print_one_after_the_other(capsys: pytest.CaptureFixture[str]) -> None:
    """Each prints all that it prints, also what is the same for all, and nothing in a branch that it does not take."""
    graph = parse_graph(
        """graph f(x: f64, n: i64) {
             print(n; kinds=('python',), template='n {}\\n')
             p: bool = lt(x, 2.0:f64)
             y: f64 = if p { print(x; kinds=('python',), template='x {}\\n') yield x }
                      else { z: f64 = mul(x, x) yield z }
             w: f64 = add(y, 1.0:f64)
             return w }"""
    )
    result = check(graph, (True, False), [(1.0, 5), (3.0, 5), (0.5, 5)])
    capsys.readouterr()
    run(Module((result,)), np.array([1.0, 3.0, 0.5]), 5)
    assert capsys.readouterr().out == "n 5\nx 1.0\nn 5\nn 5\nx 0.5\n"


def test_no_elements() -> None:
    """A batch of size 0 gives empty results."""
    for text in (GUARDED, *(text for text, _ in MASKED.values())):
        graph = parse_graph(text)
        result, result_mapped = batched(graph, (True,) * len(graph.params), 0)
        empty = [np.zeros((0, *p.type.shape), p.type.dtype) for p in graph.params]
        got = run(Module((result,)), *empty)
        assert all(len(v) == 0 for v, m in zip(got, result_mapped, strict=True) if m)


# --------------------------------------------------------------------------------------------------- refusals


def test_stacks_that_cannot_be_batched_are_refused() -> None:
    """A result of different lengths, and an unmapped stack that mapped values are pushed to."""
    body = f"""b: {TAPE} = for 0:i64, n, 1:i64 init (a) (i: i64, b1: {TAPE}) {{ b2: {TAPE} = push(b1, x) yield b2 }}
               return b"""
    uneven = parse_graph(f"graph f(x: f64, n: i64) {{ a: {TAPE} = {NEW} {body} }}")
    with pytest.raises(UnsupportedError, match="length differs"):
        vmap(uneven, (False, True), 3)
    with pytest.raises(UnsupportedError, match="differs between the elements"):
        vmap(parse_graph(f"graph f(x: f64, n: i64, a: {TAPE}) {{ {body} }}"), (True, False, False), 3)
    even, result_mapped = batched(uneven, (True, False), 3)
    assert result_mapped == (True,) and str(even.results[0].type) == "stack(f64[3], k0)"


def test_calls_are_a_bug() -> None:
    """Recursion is turned into loops before."""
    graph = parse_graph("graph f(x: f64) { y: f64 = sin(x) return y }")
    call = Call("f", graph.params, graph.body.eqns[0].outputs)
    with pytest.raises(CompilerBug, match="met a Call"):
        vmap(Graph("g", Block(graph.params, (call,), graph.results)), (True,), 2)


def test_doctests() -> None:
    """The example in the docstring is what is made."""
    assert doctest.testmod(myialike.batching.vmap).failed == 0
