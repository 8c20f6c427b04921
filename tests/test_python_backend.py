"""The Python backend means what the interpreter means, changes nothing that it should not, and reads well.

Golden texts are in `tests/golden`; `UPDATE_GOLDEN=1` in the environment writes them anew.
"""

from __future__ import annotations

import dataclasses
import inspect
import linecache
import os
import pathlib
import traceback
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import myialike.ops  # noqa: F401
from myialike.ad.forward import jvp
from myialike.ad.reverse import vjp
from myialike.backends.python import Executable, emit
from myialike.ir.interpret import run
from myialike.ir.op import TABLE
from myialike.ir.syntax import Block, Eqn, For, Graph, If, Module, While
from myialike.ir.text import parse_module, print_module
from myialike.ir.types import DTYPES, Stack
from myialike.source import Location
from tests.strategies import PROGRAMS, arguments, typed_graphs
from tests.test_ops import SOME_DTYPES, STACKS, TYPED, accepts, cases_of

GOLDEN = pathlib.Path(__file__).parent / "golden"
TOLERANCE = {"bfloat16": 2e-2, "float16": 5e-3, "float32": 1e-5, "complex64": 1e-5}


def check(module: Module, args: tuple[Any, ...]) -> Executable:
    """The emitted text gives what the interpreter gives, in the same types, and leaves the arguments as they were."""
    expected = run(module, *args)
    executable = Executable(module)
    before = [np.array(a) for a in args]
    try:
        results = executable(args)
        for arg, copy in zip(args, before, strict=True):
            np.testing.assert_array_equal(arg, copy, err_msg="an argument was changed")
        for got, want, atom in zip(results, expected, module.entry.results, strict=True):
            equal(got, want, isinstance(atom.type, Stack))
    except Exception as error:
        error.add_note(f"{print_module(module)}\n{executable.source}\narguments: {args}\nexpected: {expected}")
        raise
    return executable


def equal(got: Any, want: Any, is_stack: bool) -> None:
    if is_stack:
        assert len(got) == len(want)
        for a, b in zip(reversed(got), want.from_top(), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)
        return
    assert isinstance(got, np.ndarray) == (np.ndim(want) > 0), "rank 0 is a scalar"
    assert (np.asarray(got).dtype, np.shape(got)) == (np.asarray(want).dtype, np.shape(want))
    tolerance = TOLERANCE.get(np.asarray(want).dtype.name, 1e-12)
    wide = "complex128" if np.asarray(want).dtype.kind == "c" else "float64"
    np.testing.assert_allclose(np.asarray(got, wide), np.asarray(want, wide), rtol=tolerance, atol=tolerance)


def text_of(source: str, *args: Any) -> str:
    """The text of a program that means what the interpreter says."""
    return check(parse_module(source), args).source


# ------------------------------------------------------------------------------------------------ operations


@pytest.mark.parametrize("name", [n for n in TYPED if n not in STACKS])
def test_every_operation(name: str) -> None:
    """An operation of the table, printed, is what the table says, for every dtype it takes."""
    for short in SOME_DTYPES:
        for case in cases_of(name, DTYPES[short]):
            if accepts(case):
                check(Module((case.graph(),)), case.arguments())


@pytest.mark.parametrize("name", [n for n in TYPED if n not in STACKS])
def test_every_operation_on_literals(name: str) -> None:
    """Scalars that are written out, and so could be Python's, have NumPy's arithmetic."""
    for short in SOME_DTYPES:
        for case in cases_of(name, DTYPES[short]):
            literals = tuple(k for k, a in enumerate(case.operands) if a.ndim == 0)
            if accepts(case) and literals:
                case = dataclasses.replace(case, literal=literals)
                check(Module((case.graph(),)), case.arguments())


SHARP = [
    ("graph f() { y: f64 = div(1.0:f64, 0.0:f64) return y }", np.inf),
    ("graph f() { y: f64 = div(0.0:f64, -0.0:f64) return y }", np.nan),
    ("graph f() { y: i64 = floordiv(1:i64, 0:i64) return y }", 0),
    ("graph f() { y: f32 = add(0.1:f32, 0.2:f32) return y }", np.float32(0.1) + np.float32(0.2)),
    ("graph f() { y: f64 = pow(0.0:f64, -1.0:f64) return y }", np.inf),
    ("graph f() { y: f64 = mul(1e300:f64, 1e300:f64) return y }", np.inf),
    ("graph f() { y: i64 = mul(4611686018427387904:i64, 2:i64) return y }", -(2**63)),
    ("graph f() { y: f64 = mul(0.0:f64, -1.0:f64) z: f64 = copysign(1.0:f64, y) return z }", -1.0),
    ("graph f() { n: i64 = cast(nan:f64; dtype='i64') return n }", -(2**63)),
    ("graph f() { n: u8 = cast(300:i64; dtype='u8') return n }", 44),
    ("graph f() { y: c128 = div((1+1j):c128, 0j:c128) z: bool = isinf(y) return z }", True),
    ("graph f() { p: bool = add(True:bool, True:bool) return p }", True),
    ("graph f() { p: bool = invert(True:bool) return p }", False),
    (
        """graph f() {
             y: i64 = for 0:i64, 70:i64, 1:i64 init (1:i64) (i: i64, y_1: i64) { z: i64 = mul(y_1, 3:i64) yield z }
             return y }""",
        int(np.prod(np.full(70, 3, np.int64))),
    ),
    (
        """graph f() {
             y: f32 = for 0:i64, 9:i64, 1:i64 init (0.0:f32) (i: i64, y_1: f32) { z: f32 = add(y_1, 0.1:f32) yield z }
             return y }""",
        np.cumsum(np.full(9, 0.1, np.float32))[-1],
    ),
    (
        """graph f() {
             y: f64 = for 0:i64, 3:i64, 1:i64 init (0.0:f64) (i: i64, y_1: f64) {
               t: f64 = cast(i; dtype='f64') z: f64 = div(y_1, t) yield z }
             return y }""",
        np.nan,
    ),
]


@pytest.mark.parametrize("source, wanted", SHARP)
def test_scalars_are_typed(source: str, wanted: Any) -> None:
    """Where Python's numbers differ from NumPy's, the text has NumPy's."""
    (got,) = Executable(parse_module(source))([])
    np.testing.assert_equal(got, wanted)
    check(parse_module(source), ())


def test_counters_stay_plain() -> None:
    """A counter, and what is computed from an index, is a Python int: no conversions in the text."""
    text = text_of(
        """graph f(x: f64[9], n: i64) {
             k: i64, s: f64 = while (0:i64, 0.0:f64) (k_1: i64, s_1: f64) { c: bool = lt(k_1, n) yield c }
             do (k_2: i64, s_2: f64) {
               j: i64 = mul(k_2, 2:i64)  v: f64 = index(x, j; spec=(("i",),))
               s_3: f64 = add(s_2, v)  k_3: i64 = add(k_2, 1:i64)
               yield k_3, s_3 }
             return s, k }""",
        np.arange(9.0),
        4,
    )
    assert "np." not in text.replace("import numpy as np", "")
    assert "s += x[k * 2]" in text


# ------------------------------------------------------------------------------------------------- structure


def test_a_swap_is_simultaneous() -> None:
    """Carries that are exchanged are assigned at once."""
    text = text_of(
        """graph f(a: f64, b: f64, n: i64) {
             a_1: f64, b_1: f64 = for 0:i64, n, 1:i64 init (a, b) (i: i64, a_2: f64, b_2: f64) { yield b_2, a_2 }
             return a_1, b_1 }""",
        1.0,
        2.0,
        3,
    )
    assert "a, b = b, a" in text


def test_a_chain_of_carries_is_put_in_order() -> None:
    """A window of three values that moves on needs no temporary."""
    text = text_of(
        """graph f(a: f64, b: f64, c: f64, n: i64) {
             a_1: f64, b_1: f64, c_1: f64 = for 0:i64, n, 1:i64 init (a, b, c)
             (i: i64, a_2: f64, b_2: f64, c_2: f64) { yield b_2, c_2, 0.5:f64 }
             return a_1, b_1, c_1 }""",
        1.0,
        2.0,
        3.0,
        2,
    )
    assert "a = b\n        b = c\n        c = 0.5" in text


def test_the_condition_is_on_the_line_of_the_loop() -> None:
    """A condition that is one expression, with `and` in it, is in the head of the loop; another leaves by `break`."""
    loop = """graph f(x: f64, n: i64) {{
             k: i64, y: f64 = while (0:i64, x) (k_1: i64, y_1: f64) {{
               c: bool = lt(k_1, n)
               d: bool = if c {{ e: bool = gt(y_1, 1.0:f64) yield e }} else {{ yield False:bool }}
               {check} yield d }}
             do (k_2: i64, y_2: f64) {{
               y_3: f64 = mul(y_2, 0.5:f64)  k_3: i64 = add(k_2, 1:i64)  yield k_3, y_3 }}
             return y, k }}"""
    assert "while k < n and y > 1.0:" in text_of(loop.format(check=""), 40.0, 9)
    check_ = "ok: bool = gt(y_1, -1.0:f64) check(ok; error='builtins.ValueError', message='no')"
    text = text_of(loop.format(check=check_), 40.0, 9)
    assert "while True:" in text and "break" in text


def test_nested_loops_and_branches() -> None:
    """Loops in loops, branches in loops, a loop in a branch."""
    text_of(
        """graph f(x: f64[3,4], n: i64) {
             s: f64 = for 0:i64, 3:i64, 1:i64 init (0.0:f64) (i: i64, s_1: f64) {
               s_2: f64 = for 0:i64, n, 1:i64 init (s_1) (j: i64, s_3: f64) {
                 v: f64 = index(x, i, j; spec=(("i",), ("i",)))
                 p: bool = gt(v, 4.0:f64)
                 s_4: f64 = if p {
                   w: f64 = while (v) (w_1: f64) { q: bool = gt(w_1, 1.0:f64) yield q }
                     do (w_2: f64) { w_3: f64 = mul(w_2, 0.5:f64) yield w_3 }
                   s_5: f64 = add(s_3, w) yield s_5
                 } else { s_6: f64 = sub(s_3, v) yield s_6 }
                 yield s_4 }
               yield s_2 }
             return s }""",
        np.arange(12.0).reshape(3, 4),
        4,
    )


def test_recursion() -> None:
    """A call is a call by name, of the entry too; results and arguments may be several."""
    source = """graph f(n: i64, x: f64[2]) {
             c: bool = le(n, 0:i64)
             y: f64[2], k: i64 = if c { yield x, 0:i64 } else {
               m: i64 = sub(n, 1:i64)
               x_1: f64[2] = index_add(x, 1.0:f64; spec=(("int", 0),))
               z: f64[2], k_1: i64 = call f(m, x_1)
               z_1: f64[2] = index_set(z, 9.0:f64; spec=(("int", 1),))
               a: f64[2] = call g(z_1)
               k_2: i64 = add(k_1, 1:i64)
               yield a, k_2 }
             return y, k }
           graph g(x: f64[2]) { y: f64[2] = mul(x, 0.5:f64) return y }"""
    text_of(source, 3, np.array([1.0, 2.0]))


STACK = """graph f(x: f64[3], n: i64) {
  s: stack(f64[3], k) = stack_new(; dtype='f64', shape=(3,), capacity='k')
  s_1: stack(f64[3], k), y: f64[3] = for 0:i64, n, 1:i64 init (s, x) (i: i64, s_2: stack(f64[3], k), y_1: f64[3]) {
    s_3: stack(f64[3], k) = push(s_2, y_1)
    y_2: f64[3] = index_add(y_1, 1.0:f64, 0:i64; spec=(("i",),))
    yield s_3, y_2
  }
  s_4: stack(f64[3], k), z: f64[3] = for -1:i64, n, 1:i64 init (s_1, y) (j: i64, s_5: stack(f64[3], k), z_1: f64[3]) {
    s_6: stack(f64[3], k), v: f64[3] = pop(s_5)
    v_1: f64[3] = index_add(v, 0.5:f64, 1:i64; spec=(("i",),))
    z_2: f64[3] = sub(z_1, v_1)
    yield s_6, z_2
  }
  m: i64 = stack_len(s_1)
  t: stack(f64[3], k), u: f64[3] = pop(s_1)
  return z, m, u
}"""


def test_stacks() -> None:
    """What is on a stack stays as it was pushed, an older stack stays as it was, an empty one pops zeros."""
    text_of(STACK, np.arange(3.0), 3)


NESTED = """graph f(x: f64, m: i64) {
  y: f64 = for 0:i64, m, 1:i64 init (x) (i: i64, y_1: f64) {
    z: f64 = while (y_1) (z_1: f64) { p: bool = gt(z_1, 1.0:f64) yield p } do (z_2: f64) {
      z_3: f64 = log1p(z_2) z_4: f64 = mul(z_3, 0.9:f64) yield z_4 }
    w: f64 = for 0:i64, m, 1:i64 init (z) (j: i64, w_1: f64) {
      w_2: f64 = cos(w_1) w_3: f64 = mul(w_2, 3.0:f64) yield w_3 }
    yield w }
  return y
}"""


def test_a_tape_is_popped_plainly() -> None:
    """In a gradient with loops in loops, of lengths known only at run time, every pop is seen to be safe."""
    for source in (NEWTON, WINDOW, NESTED):
        graph = parse_module(source).entry
        text = emit(Module((vjp(graph, (True, False)),)))
        assert ".pop() if " not in text, text
        assert ".pop()" in text or source == WINDOW, text  # what WINDOW needs is computed again
    check(Module((vjp(parse_module(NESTED).entry, (True, False)),)), (2.0, 4, 1.0))


@pytest.mark.parametrize(
    "pushes, pops, is_safe", [("n", "n", True), ("m", "n", False), ("n", "1:i64", False), ("3:i64", "2:i64", True)]
)
def test_a_pop_that_may_be_of_an_empty_stack(pushes: str, pops: str, is_safe: bool) -> None:
    """Only what is proved is popped plainly."""
    source = f"""graph f(x: f64, n: i64, m: i64) {{
        s: stack(f64, k) = stack_new(; dtype='f64', shape=(), capacity='k')
        s_1: stack(f64, k) = for 0:i64, {pushes}, 1:i64 init (s) (i: i64, s_2: stack(f64, k)) {{
          s_3: stack(f64, k) = push(s_2, x) yield s_3 }}
        s_4: stack(f64, k), y: f64 = for 0:i64, {pops}, 1:i64 init (s_1, 0.0:f64)
        (j: i64, s_5: stack(f64, k), y_1: f64) {{
          s_6: stack(f64, k), v: f64 = pop(s_5)  y_2: f64 = add(y_1, v)  yield s_6, y_2 }}
        return y }}"""
    for n, m in ((3, 2), (0, 2), (-1, -1), (2, 5)):
        assert (".pop() if " not in text_of(source, 2.0, n, m)) == is_safe


# ------------------------------------------------------------------------------------------------------ memory


def test_an_update_in_a_loop_copies_once() -> None:
    """A parameter is copied before the loop that writes to it; the writes are in place."""
    text = text_of(
        """graph f(x: f64[5], n: i64) {
             x_1: f64[5] = for 1:i64, n, 1:i64 init (x) (i: i64, x_2: f64[5]) {
               k: i64 = sub(i, 1:i64)  a: f64 = index(x_2, k; spec=(("i",),))
               x_3: f64[5] = index_set(x_2, a, i; spec=(("i",),))
               yield x_3 }
             return x_1 }""",
        np.arange(5.0),
        5,
    )
    assert text.count(".copy()") == 1 and "        x[i] = x[i - 1]\n" in text


def test_a_read_stays_before_the_write() -> None:
    """A value read before a write and used after it is not moved past the write, which would need a copy."""
    text = text_of(
        """graph f(x: f64[3]) {
             a: f64[3] = mul(x, 2.0:f64)  v: f64 = index(a; spec=(("int", 0),))
             a_1: f64[3] = index_set(a, 9.0:f64; spec=(("int", 0),))  s: f64[3] = index_add(a_1, v; spec=(("int", 1),))
             return s }""",
        np.arange(3.0),
    )
    assert ".copy()" not in text and "v = a[0]\n" in text


ALIASES = {
    "the copy that is written to has the name of what is written": """graph f(x: f64[3]) {
        a: f64[3] = mul(x, 2.0:f64)  b: f64[3] = sin(x)  v: f64 = index(b; spec=(("int", 1),))
        w: f64 = index(b; spec=(("int", 2),))  u: f64 = add(v, w)
        b_1: f64[3] = index_set(a, u; spec=(("int", 1),))
        return a, b_1 }""",
    "a bound of a loop has the name of a carry": """graph f(x: f64[3]) {
        s: f64 = reduce_max(x; axes=(0,))  n: i64 = cast(s; dtype='i64')  m: i64 = neg(n)
        n_1: i64 = for m, n, 1:i64 init (0:i64) (i: i64, n_2: i64) { n_3: i64 = add(n_2, 3:i64) yield n_3 }
        return n_1 }""",
    "the old version is read later": """graph f(x: f64[3]) {
        a: f64[3] = mul(x, 2.0:f64)  b: f64[3] = index_set(a, 9.0:f64; spec=(("int", 0),))
        return a, b }""",
    "a view of the old version is read later": """graph f(x: f64[3]) {
        a: f64[3] = mul(x, 2.0:f64)  v: f64[2] = index(a; spec=(("slice", 0, 2, 1),))
        b: f64[3] = index_set(a, 9.0:f64; spec=(("int", 0),))
        return v, b }""",
    "a view of a view": """graph f(x: f64[3]) {
        a: f64[3] = mul(x, 2.0:f64)  v: f64[1,3] = reshape(a; shape=(1, 3))  w: f64[3,1] = transpose(v; perm=(1, 0))
        b: f64[3] = index_set(a, 9.0:f64; spec=(("int", 0),))  u: f64[3,1] = sin(w)
        return u, w, b }""",
    "a view is written to": """graph f(x: f64[3]) {
        v: f64[2] = index(x; spec=(("slice", 0, 2, 1),))  w: f64[2] = index_set(v, 9.0:f64; spec=(("int", 0),))
        return x, w }""",
    "a broadcast is written to": """graph f(x: f64[3]) {
        v: f64[2,3] = broadcast(x; shape=(2, 3))
        w: f64[2,3] = index_set(v, 9.0:f64; spec=(("int", 0), ("int", 1)))
        return w }""",
    "branches give one variable": """graph f(x: f64[3], p: bool) {
        a: f64[3] = mul(x, 2.0:f64)
        b: f64[3] = if p { yield a } else { c: f64[3] = index_set(a, 9.0:f64; spec=(("int", 0),)) yield c }
        d: f64[3] = index_set(b, 7.0:f64; spec=(("int", 1),))
        return a, b, d }""",
    "an update in one branch": """graph f(x: f64[3], p: bool) {
        a: f64[3] = mul(x, 2.0:f64)
        b: f64[3] = if p { yield a } else { c: f64[3] = index_set(a, 9.0:f64; spec=(("int", 0),)) yield c }
        return b }""",
    "one array is two carries": """graph f(x: f64[3]) {
        a: f64[3] = mul(x, 2.0:f64)
        b: f64[3], c: f64[3] = for 0:i64, 3:i64, 1:i64 init (a, a) (i: i64, b_1: f64[3], c_1: f64[3]) {
          b_2: f64[3] = index_set(b_1, 9.0:f64, i; spec=(("i",),))  yield b_2, c_1 }
        return b, c }""",
    "carries change places and one is written to": """graph f(x: f64[3]) {
        a: f64[3] = mul(x, 2.0:f64)  z: f64[3] = mul(x, 3.0:f64)
        b: f64[3], c: f64[3] = for 0:i64, 3:i64, 1:i64 init (a, z) (i: i64, b_1: f64[3], c_1: f64[3]) {
          b_2: f64[3] = index_set(b_1, 9.0:f64, i; spec=(("i",),))  yield c_1, b_2 }
        return b, c }""",
    "a carry keeps the version before": """graph f(x: f64[3]) {
        b: f64[3], c: f64[3] = for 0:i64, 3:i64, 1:i64 init (x, x) (i: i64, b_1: f64[3], c_1: f64[3]) {
          b_2: f64[3] = index_add(b_1, 9.0:f64, i; spec=(("i",),))  yield b_2, b_1 }
        return b, c }""",
    "a new array is two carries of the next round": """graph f(x: f64[3]) {
        b: f64[3], c: f64[3] = for 0:i64, 3:i64, 1:i64 init (x, x) (i: i64, b_1: f64[3], c_1: f64[3]) {
          b_2: f64[3] = index_add(b_1, 9.0:f64, i; spec=(("i",),))  z: f64[3] = sin(b_2)  w: f64[3] = add(z, c_1)
          yield w, w }
        return b, c }""",
    "a new array that was written to is a carry and another": """graph f(x: f64[3]) {
        b: f64[3], c: f64[3] = for 0:i64, 3:i64, 1:i64 init (x, x) (i: i64, b_1: f64[3], c_1: f64[3]) {
          b_2: f64[3] = index_add(b_1, 9.0:f64, i; spec=(("i",),))  z: f64[3] = add(b_2, c_1)
          z_1: f64[3] = index_set(z, 7.0:f64; spec=(("int", 0),))  v: f64[3] = index(z_1; spec=(("slice", 2, 3, -1),))
          yield z_1, v }
        return b, c }""",
    "a new array is pushed and carried on": """graph f(x: f64[3]) {
        s: stack(f64[3], 4) = stack_new(; dtype='f64', shape=(3,), capacity=4)
        b: f64[3], s_1: stack(f64[3], 4) = for 0:i64, 3:i64, 1:i64 init (x, s)
        (i: i64, b_1: f64[3], s_2: stack(f64[3], 4)) {
          b_2: f64[3] = index_add(b_1, 9.0:f64, i; spec=(("i",),))  z: f64[3] = sin(b_2)
          s_3: stack(f64[3], 4) = push(s_2, z)  yield z, s_3 }
        s_4: stack(f64[3], 4), v: f64[3] = pop(s_1)  s_5: stack(f64[3], 4), w: f64[3] = pop(s_4)
        return b, v, w }""",
    "a view is carried over the write": """graph f(x: f64[3]) {
        b: f64[3], c: f64[3] = for 0:i64, 3:i64, 1:i64 init (x, x) (i: i64, b_1: f64[3], c_1: f64[3]) {
          v: f64[3] = index(b_1; spec=(("slice", 2, 3, -1),))
          b_2: f64[3] = index_add(b_1, 9.0:f64, i; spec=(("i",),))  yield b_2, v }
        return b, c }""",
    "the value written is a view of the array": """graph f(x: f64[3]) {
        a: f64[3] = mul(x, 2.0:f64)  v: f64[2] = index(a; spec=(("slice", 0, 2, 1),))
        b: f64[3] = index_set(a, v; spec=(("slice", 1, 2, 1),))
        w: f64[2] = index(b; spec=(("slice", 0, 2, 1),))
        c: f64[3] = index_add(b, w; spec=(("slice", 1, 2, 1),))
        return c }""",
    "a pushed view": """graph f(x: f64[3]) {
        a: f64[3] = mul(x, 2.0:f64)  s: stack(f64[3], 4) = stack_new(; dtype='f64', shape=(3,), capacity=4)
        v: f64[3] = index(a; spec=(("slice", 2, 3, -1),))  s_1: stack(f64[3], 4) = push(s, v)
        b: f64[3] = index_set(a, 9.0:f64; spec=(("int", 0),))
        s_2: stack(f64[3], 4), w: f64[3] = pop(s_1)
        return b, w }""",
    "a pop twice of one stack, one written to": """graph f(x: f64[3]) {
        s: stack(f64[3], 4) = stack_new(; dtype='f64', shape=(3,), capacity=4)
        s_1: stack(f64[3], 4) = push(s, x)
        s_2: stack(f64[3], 4), v: f64[3] = pop(s_1)
        s_3: stack(f64[3], 4), w: f64[3] = pop(s_1)
        b: f64[3] = index_set(v, 9.0:f64; spec=(("int", 0),))
        return b, v, w }""",
}


@pytest.mark.parametrize("name", ALIASES)
def test_a_write_is_not_seen_elsewhere(name: str) -> None:
    """No write changes a value that is still needed, nor an argument."""
    module = parse_module(ALIASES[name])
    for flag in (True, False):
        check(module, (np.arange(3.0), flag)[: len(module.entry.params)])


def test_results_share_no_memory() -> None:
    """A caller who writes to one result changes neither another result nor an argument."""
    source = """graph f(x: f64[2,3]) {
        y: f64[3,2] = transpose(x; perm=(1, 0))  z: f64[2,3] = broadcast(0.5:f64; shape=(2, 3))
        return x, y, x, z }"""
    x = np.ones((2, 3))
    results = Executable(parse_module(source))([x])
    for k, result in enumerate(results):
        result[...] = k + 2.0
    assert [r.flat[0] for r in results] == [2.0, 3.0, 4.0, 5.0] and (x == 1.0).all()


@settings(PROGRAMS, max_examples=150)
@given(st.data())
def test_random_programs(data: st.DataObject) -> None:
    """On random programs the text means what the interpreter means."""
    graph = data.draw(typed_graphs())
    check(Module((graph,)), data.draw(arguments(graph)))


# ------------------------------------------------------------------------------------------------------ errors


CHECKED = """graph f(x: f64[3], i: i64) {
  a: bool = ge(i, 0:i64)
  b: bool = lt(i, 3:i64)
  ok: bool = logical_and(a, b)
  check(ok, i, 2.5:f64; error='builtins.IndexError', message='index {} is out of bounds {{for}} "size" {:>3}')
  y: f64 = index(x, i; spec=(("i",),))
  return y
}"""


def test_a_check_raises() -> None:
    """The exception class and message are those of the check; without checks nothing is raised."""
    executable = Executable(parse_module(CHECKED))
    assert executable([np.arange(3.0), 2]) == (2.0,)
    assert "if not 0 <= i < 3:" in executable.source
    unchecked = Executable(parse_module(CHECKED), checks=False)
    assert unchecked([np.arange(3.0), -1]) == (2.0,)
    assert "raise" not in unchecked.source


def test_a_message_without_values_and_none_at_all() -> None:
    """`raise E("text")` and a bare `raise E`."""
    for message, shown in (("'a {{b}}'", "a {b}"), ("None", "")):
        source = f"graph f(p: bool) {{ check(p; error='builtins.ValueError', message={message}) return p }}"
        with pytest.raises(ValueError) as caught:
            Executable(parse_module(source))([False])
        assert str(caught.value) == shown


def test_messages_show_python_values() -> None:
    """Payload values are formatted as Python's, whatever their dtype."""
    source = """graph f(p: bool, x: f32, n: i64, y: f64) {
        check(p, x, n, y; error='builtins.ValueError', message='{} {:>3} {:.2f}') return p }"""
    with pytest.raises(ValueError) as caught:
        Executable(parse_module(source))([False, 0.1, 7, 0.123])
    assert str(caught.value) == f"{float(np.float32(0.1))}   7 0.12"


# ------------------------------------------------------------------------------------------- the user's source


USER = "user_of_python_backend.py"
linecache.cache[USER] = (
    1,
    None,
    [
        "def f(x, tol):\n",
        "    y = x\n",
        "    while abs(y * y - x) > tol:\n",
        "        y = 0.5 * (y + x / y)  # Heron\n",
        "        z = y * 2\n",
        "    return y\n",
    ],
    USER,
)


def placed(graph: Graph, lines: dict[str, int]) -> Graph:
    """`graph` with the equations that define the given names at these lines of `USER`."""

    def block(b: Block) -> Block:
        return dataclasses.replace(b, eqns=tuple(eqn(e) for e in b.eqns))

    def eqn(e: Eqn) -> Eqn:
        key = e.outputs[0].name if e.outputs else "check"
        if key in lines:
            e = dataclasses.replace(e, loc=Location(USER, lines[key], 8, lines[key], 12, "f"))
        match e:
            case If():
                return dataclasses.replace(e, then=block(e.then), orelse=block(e.orelse))
            case While():
                return dataclasses.replace(e, cond=block(e.cond), body=block(e.body))
            case For():
                return dataclasses.replace(e, body=block(e.body))
            case _:
                return e

    return dataclasses.replace(graph, body=block(graph.body))


NEWTON = """graph newton(x: f64, tol: f64) {
  y_3: f64 = while (x) (y: f64) {
    a: f64 = mul(y, y)
    b: f64 = sub(a, x)
    c: f64 = abs(b)
    d: bool = gt(c, tol)
    yield d
  } do (y_1: f64) {
    v: f64 = div(x, y_1)
    v_1: f64 = add(y_1, v)
    y_2: f64 = mul(0.5:f64, v_1)
    yield y_2
  }
  return y_3
}"""
NEWTON_LINES = {"y_3": 3, "a": 3, "b": 3, "c": 3, "d": 3, "v": 4, "v_1": 4, "y_2": 4}


def newton() -> Graph:
    return placed(parse_module(NEWTON).entry, NEWTON_LINES)


def test_comments_quote_the_source() -> None:
    """A statement that is not the user's own line is under a comment with it; one that is stands alone."""
    text = emit(Module((newton(),)))
    assert "    # while abs(y * y - x) > tol:\n    while np.abs(y * y - x) > tol:\n" in text
    assert "Heron" not in text and "# y = 0.5" not in text
    assert "# y = 0.5 * (y + x / y)\n" in emit(Module((vjp(newton(), (True, False)),)))


def test_a_users_name_on_a_line_of_its_own_stays() -> None:
    """`z = y * 2` and its use on another line stay two lines, though z is used once."""
    source = "graph f(y: f64) { z: f64 = mul(y, 2.0:f64) w: f64 = sin(z) u: f64 = cos(w) return u }"
    graph = placed(parse_module(source).entry, {"z": 5, "w": 4, "u": 4})
    text = emit(Module((graph,)))
    assert "z = y * 2.0" in text and "np.cos(np.sin(z))" in text


def test_an_error_shows_the_users_line() -> None:
    """A failed check has a note with the place and the line in the user's source."""
    source = """graph f(x: f64) {
        ok: bool = gt(x, 0.0:f64) check(ok; error='builtins.ValueError', message='no') y: f64 = sqrt(x) return y }"""
    graph = placed(parse_module(source).entry, {"ok": 2, "check": 4, "y": 5})
    with pytest.raises(ValueError) as caught:
        Executable(Module((graph,)))([-1.0])
    (note,) = caught.value.__notes__
    assert f"{USER}:4:9" in note and "y = 0.5 * (y + x / y)" in note and "^^^^" in note


def test_the_text_is_known_to_python() -> None:
    """Tracebacks and `inspect` show the lines of the text."""
    executable = Executable(parse_module(CHECKED))
    assert inspect.getsource(executable.function) in executable.source
    with pytest.raises(IndexError) as caught:
        executable([np.arange(3.0), 7])
    frame = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert frame.line is not None and frame.line.startswith("raise IndexError(")


def test_the_text_runs_alone() -> None:
    """The text needs nothing but NumPy, and takes Python's numbers."""
    graph = vjp(newton(), (True, False))
    space: dict[str, Any] = {}
    exec(emit(Module((graph,)), "grad_newton", ("x", "tol", "y_bar")), space)
    value, gradient = space["grad_newton"](2.0, 1e-12, 1.0)
    np.testing.assert_allclose((value, gradient), (2**0.5, 0.5 / 2**0.5))


def test_names_are_valid() -> None:
    """Keywords, names of helpers and what is no identifier are renamed; arguments keep their names."""
    source = """graph 'f.<lambda>'(lambda: f64, range: f64, np: f64) {
        'x y': f64 = zmul(lambda, range)  zmul: f64 = add('x y', np)  a: f64 = mul(zmul, zmul)  return a }"""
    check(parse_module(source), (1.0, 2.0, 3.0))


def test_a_symbolic_size_is_read_off_a_parameter() -> None:
    """A dim known by name is the size of the parameter that has it."""
    source = """graph f(x: f64[n<=9]) {
        z: f64[n<=9] = broadcast(2.0:f64; shape=(n<=9,))  y: f64[n<=9] = index_add(z, x; spec=(("slice", 0, n<=9, 1),))
        return y }"""
    np.testing.assert_array_equal(Executable(parse_module(source))([np.arange(4.0)])[0], np.arange(4.0) + 2)


# ------------------------------------------------------------------------------------------------------ golden


LAYER = """graph loss(w: f64[3,2], b: f64[2], x: f64[5,3], t: f64[5,2]) {
  v: f64[5,2] = matmul(x, w)
  c: f64[5,2] = broadcast(b; shape=(5, 2))
  v_1: f64[5,2] = add(v, c)
  h: f64[5,2] = tanh(v_1)
  d: f64[5,2] = sub(h, t)
  v_2: f64[5,2] = integer_pow(d; n=2)
  s: f64 = reduce_sum(v_2; axes=(0, 1))
  l: f64 = div(s, 10.0:f64)
  return l
}"""
SWEEP = """graph sweep(a: f64[6,6], n: i64) {
  a_1: f64[6,6] = for 1:i64, 5:i64, 1:i64 init (a) (i: i64, a_2: f64[6,6]) {
    a_3: f64[6,6] = for 1:i64, 5:i64, 1:i64 init (a_2) (j: i64, a_4: f64[6,6]) {
      i_1: i64 = sub(i, 1:i64)
      i_2: i64 = add(i, 1:i64)
      j_1: i64 = sub(j, 1:i64)
      j_2: i64 = add(j, 1:i64)
      v: f64 = index(a_4, i_1, j; spec=(("i",), ("i",)))
      v_1: f64 = index(a_4, i_2, j; spec=(("i",), ("i",)))
      v_2: f64 = index(a_4, i, j_1; spec=(("i",), ("i",)))
      v_3: f64 = index(a_4, i, j_2; spec=(("i",), ("i",)))
      v_4: f64 = add(v, v_1)
      v_5: f64 = add(v_4, v_2)
      v_6: f64 = add(v_5, v_3)
      v_7: f64 = mul(v_6, 0.25:f64)
      a_5: f64[6,6] = index_set(a_4, v_7, i, j; spec=(("i",), ("i",)))
      yield a_5
    }
    yield a_3
  }
  return a_1
}"""
WINDOW = """graph window(x: f64[8], n: i64) {
  s: f64 = for 1:i64, n, 1:i64 init (0.0:f64) (i: i64, s_1: f64) {
    k: i64 = sub(i, 1:i64)
    w: f64[3] = index(x, k; spec=(("dyn", 3),))
    m: f64 = reduce_max(w; axes=(0,))
    p: bool = gt(m, 0.5:f64)
    s_2: f64 = if p { t: f64 = add(s_1, m) yield t } else { u: f64 = index(w; spec=(("int", 1),)) yield u }
    yield s_2
  }
  return s
}"""
RNG = np.random.default_rng(0)
PROGRAMS_TO_READ: dict[str, tuple[Module, tuple[Any, ...]]] = {
    "newton": (Module((newton(),)), (2.0, 1e-12)),
    "newton_vjp": (Module((vjp(newton(), (True, False)),)), (2.0, 1e-12, 1.0)),
    "newton_jvp": (Module((jvp(newton(), (True, False)),)), (2.0, 1e-12, 1.0)),
    "loss_vjp": (
        Module((vjp(parse_module(LAYER).entry, (True, True, False, False)),)),
        (RNG.normal(size=(3, 2)), RNG.normal(size=2), RNG.normal(size=(5, 3)), RNG.normal(size=(5, 2)), 1.0),
    ),
    "sweep": (parse_module(SWEEP), (RNG.normal(size=(6, 6)), 1)),
    "sweep_vjp": (
        Module((vjp(parse_module(SWEEP).entry, (True, False)),)),
        (RNG.normal(size=(6, 6)), 1, RNG.normal(size=(6, 6))),
    ),
    "window_vjp": (Module((vjp(parse_module(WINDOW).entry, (True, False)),)), (RNG.uniform(size=8), 6, 1.0)),
    "stack": (parse_module(STACK), (np.arange(3.0), 3)),
    "checked": (parse_module(CHECKED.replace(", 2.5:f64", "").replace(" {:>3}", "")), (np.arange(3.0), 1)),
}


@pytest.mark.parametrize("name", PROGRAMS_TO_READ)
def test_golden_text(name: str) -> None:
    """The text of a few programs, to be read in review."""
    module, args = PROGRAMS_TO_READ[name]
    text = check(module, args).source
    path = GOLDEN / f"{name}.py"
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    assert text == path.read_text()


def test_the_table_is_covered() -> None:
    """Every typed operation has a form in Python."""
    assert set(TYPED) <= set(TABLE)
