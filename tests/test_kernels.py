"""Loops that become one kernel on a CPU compute what they compute otherwise, and never abort the process."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

from myialike.backends.xla import Executable
from myialike.backends.xla.fusion import kept_values
from myialike.backends.xla.kernels import ELSEWHERE, EXTREMES, kernels_of
from myialike.ir.builder import attrs_of
from myialike.ir.interpret import run as interpret
from myialike.ir.op import TABLE
from myialike.ir.syntax import Block, For, Graph, Lit, Module, Prim, Var, walk
from myialike.ir.text import parse_module
from myialike.ir.types import I64, Array, scalar
from tests.test_xla import RTOL, Case, _close, index_cases, pointwise_cases, structure_cases


def loop_of(cases: list[Case]) -> tuple[Module, list[np.ndarray]]:
    """A loop of which each iteration does every case anew, and arguments that make it run twice."""
    params, eqns, inits, results, values = [], [], [], [], [np.asarray(2)]
    count = Var("n", scalar(I64))
    for k, (name, operands, attrs) in enumerate(cases):
        ins = tuple(Var(f"x{k}_{j}", Array(v.dtype, v.shape)) for j, v in enumerate(operands))
        types = TABLE[name].type_rule(tuple(i.type for i in ins), attrs)
        params.extend(ins)
        values.extend(operands)
        for j, type in enumerate(types):
            assert isinstance(type, Array)
            inits.append(Var(f"z{k}_{j}", type))
            results.append(Var(f"y{k}_{j}", type))
            values.append(np.zeros(type.shape, type.dtype))
        params.extend(inits[-len(types) :])
        eqns.append(Prim(name, ins, tuple(results[-len(types) :]), attrs_of(attrs)))
    index, carried = Var("i", scalar(I64)), tuple(Var(f"c{k}", v.type) for k, v in enumerate(inits))
    outs = tuple(Var(f"o{k}", v.type) for k, v in enumerate(inits))
    over = (Lit(0, scalar(I64)), count, Lit(1, scalar(I64)))
    loop = For(over, tuple(inits), Block((index, *carried), tuple(eqns), tuple(results)), outs)
    return Module((Graph("f", Block((count, *params), (loop,), outs)),)), values


@pytest.mark.parametrize("dtype", ["bool", "i32", "u64", "f32", "f64", "c128"])
def test_every_operation_that_may_be_in_a_kernel(dtype: str) -> None:
    """All of them in one loop, which is one kernel, give what the reference interpreter gives."""
    rng = np.random.default_rng(0)
    cases = [*pointwise_cases(rng, dtype, (3, 2)), *structure_cases(rng, dtype)]
    cases += index_cases(rng, dtype) if dtype in ("f64", "bool", "i32") else []
    module, values = loop_of([c for c in cases if kernels_of(loop_of([c])[0]).loops])
    assert len(kernels_of(module).loops) == 1
    left = {name for name, *_ in cases} - {e.op for e in walk(module.entry.body) if isinstance(e, Prim)}
    assert left <= ELSEWHERE | (EXTREMES if dtype == "c128" else set())
    fn = Executable(module)
    got = fn(values)
    assert fn.stats.lowerings == 1, "XLA could not make the kernel"
    for var, x, expected in zip(module.entry.results, got, interpret(module, *values), strict=True):
        assert _close(np.asarray(x), np.asarray(expected), RTOL.get(dtype, 0.0)), var


def test_what_has_no_code_in_a_kernel_stays_outside() -> None:
    rng, dtypes = np.random.default_rng(0), ("f64", "c128")
    cases = [c for dtype in dtypes for c in (*structure_cases(rng, dtype), *pointwise_cases(rng, dtype, (3, 2)))]
    elsewhere = [c for c in cases if c[0] in ELSEWHERE]
    assert {name for name, *_ in elsewhere} == ELSEWHERE - {"pinv", "jax.call", "print"}
    assert not any(kernels_of(loop_of([c])[0]).loops for c in elsewhere)


def test_the_outermost_loop_that_can_be_a_kernel_is_one() -> None:
    """The loop around a sort is none, the loop inside of it is; so is a loop of loops."""
    inner = "y: f64[3] = for 0:i64, n, 1:i64 init (x) (i: i64, a: f64[3]) { b: f64[3] = sin(a) yield b }"
    outer = "z: f64[3] = for 0:i64, n, 1:i64 init (w) (j: i64, x: f64[3]) { %s yield c }"
    text = "graph f(w: f64[3], n: i64) { %s return z }"
    sorting = parse_module(text % (outer % f"{inner} c: f64[3] = sort(y; axis=0)"))
    plain = parse_module(text % (outer % f"{inner} c: f64[3] = cos(y)"))
    (loop,) = sorting.entry.body.eqns
    assert isinstance(loop, For)
    assert kernels_of(sorting).loops == {id(e) for e in loop.body.eqns if isinstance(e, For)}
    assert kernels_of(plain).loops == {id(e) for e in plain.entry.body.eqns}


def test_loops_over_large_arrays_are_left_to_xla() -> None:
    loop = "y: f64[{0}] = for 0:i64, 9:i64, 1:i64 init (x) (i: i64, a: f64[{0}]) {{ {1} }}"
    text = f"graph f(x: f64[{{0}}]) {{{{ {loop} return y }}}}"
    whole = "b: f64[{0}] = sin(a) yield b"
    element = "v: f64 = index(a, i; spec=(('i',),)) b: f64[{0}] = index_set(a, v, i; spec=(('i',),)) yield b"
    for size, body, count in ((100, whole, 1), (10**6, whole, 0), (10**6, element, 1)):
        assert len(kernels_of(parse_module(text.format(size, body.format(size)))).loops) == count


# Loops that need less than they read, as XLA may find out: a parameter of a kernel that nothing needs aborts it all.
IDLE = """
import numpy as np

def once(x):
    s = 0.0
    for i in range(1):
        s += x[i]
    return s

def once_while(x):
    i = 0
    while i < 1:
        x[i] = 2.0
        i += 1
    return x

def never(x):
    i = 0
    while i > 1:
        x[i] = 2.0
        i += 1
    return x

def overwritten(x):
    y = np.zeros(3)
    for i in range(5):
        y[:] = x[i]
    return y

def times_zero(x):
    n = 0
    for i in range(4):
        n += int(x[i]) * 0
    return n

def constant(x):
    a = np.arange(6.0)
    b = np.ones(6)
    b[0] = 3.0
    for i in range(6):
        b[i] = a[i] * b[i]
    return b

def nothing_read(x):
    a = 0.0
    for i in range(3):
        a += 1.0
    return a

def flag(x):
    going = x[0] > 0
    n = 0
    while going:
        n += 1
        going = False
    return n

def no_elements(x):
    e = x[:0]
    s = 0.0
    for i in range(3):
        s += np.sum(e) + x[i]
        e = e * 2
    return s, e

def complex_numbers(x):
    z = x + 1j
    for i in range(3):
        z = z * z
    return z

def booleans(x):
    m = x > 0.5
    for i in range(3):
        m[i] = not m[i]
    return m

def bytes(x):
    m = x.astype(np.uint8)
    for i in range(3):
        m[i] += 250
    return m
"""


def test_a_loop_that_needs_little_does_not_abort(tmp_path: Path) -> None:
    """In a process of their own, so that an abort is a failure and no end of the tests."""
    path = tmp_path / "idle.py"
    program = f"""{IDLE}
from myialike import compile
functions = [f for f in list(globals().values()) if getattr(f, "__module__", None) == __name__ and f is not compile]
assert len(functions) == {IDLE.count("def ")}
for f in functions:
    x = np.linspace(0.3, 1.3, 6)
    got, expected = compile(f)(x.copy()), f(x.copy())
    for a, b in zip(*(r if isinstance(r, tuple) else (r,) for r in (got, expected)), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-14)
"""
    path.write_text(program)
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def compiled(module: Module, *args: Any) -> str:
    """What XLA makes of a module."""
    call = Executable(module)._compiled.function
    assert isinstance(call, partial)
    with jax.enable_x64(True):
        return str(call.func.lower(*call.args, *args).compile().as_text())


def test_what_is_read_before_a_write_is_copied_not_divided() -> None:
    """A row that is needed after it is overwritten. Elsewhere than in a kernel it is divided by one."""
    module = parse_module(
        "graph f(x: f64[40,40], n: i64) { z: f64[40] = broadcast(0.0:f64; shape=(40,)) "
        "y: f64[40,40], t: f64[40] = for 0:i64, n, 1:i64 init (x, z) "
        "(i: i64, a: f64[40,40], s: f64[40]) { r: f64[40] = index(a, i; spec=(('i',), ('slice', 0, 40, 1))) "
        "u: f64[40] = mul(r, 2.0:f64) b: f64[40,40] = index_set(a, u, i; spec=(('i',), ('slice', 0, 40, 1))) "
        "w: f64[40] = add(s, r) yield b, w } return y, t }"
    )
    x = np.random.default_rng(0).normal(size=(40, 40))
    text = compiled(module, x, np.int64(9))
    assert not re.search(r"f64\[40\]\S* divide\(", text)
    for a, b in zip(Executable(module)([x, 9]), interpret(module, x, 9), strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_request_arrives_at_xla() -> None:
    """The compiled program has a call with the attribute, and the loop is in what it calls."""
    module = parse_module(
        "graph f(x: f64[400], n: i64) { y: f64[400] = for 0:i64, n, 1:i64 init (x) (i: i64, a: f64[400]) "
        "{ s: f64 = reduce_sum(a; axes=(0,)) b: f64[400] = index_set(a, s, i; spec=(('i',),)) yield b } return y }"
    )
    text = compiled(module, np.ones(400), np.int64(9))
    bodies = dict(re.findall(r"^%([\w.]+) \([^\n]*\{\n(.*?)^\}", text, re.M | re.S))
    mark = 'frontend_attributes={[^}]*xla_cpu_small_call="true"'
    (asked,) = re.findall(rf"%jit_kernel\S* = .* call\(.*to_apply=%([\w.]+), {mark}", text)
    inside = bodies[asked] + "".join(bodies[name] for name in re.findall(r"to_apply=%([\w.]+)", bodies[asked]))
    assert " while(" in inside


def chain(k: int) -> str:
    """A loop whose step is a chain of 2k cheap operations on an array; each second value is used twice."""
    steps = "".join(f" b{j}: f64[6] = mul(a{j}, c) a{j + 1}: f64[6] = add(b{j}, a{j})" for j in range(k))
    return (
        "graph f(x: f64[6], c: f64[6]) { y: f64[6] = for 0:i64, 3:i64, 1:i64 init (x) (i: i64, a0: f64[6]) {"
        f"{steps} d: f64[6] = sin(a{k}) yield d }} return y }}"
    )


def test_long_chains_of_cheap_operations_are_not_computed_twice() -> None:
    """Of a short chain nothing is kept; of a long one, enough that no more than a few operations are done again."""
    for k, at_least in ((3, 0), (40, 8)):
        module = parse_module(chain(k))
        (loop,) = module.entry.body.eqns
        assert isinstance(loop, For)
        kept = kept_values(loop.body)
        assert at_least <= len(kept) <= at_least * 3
        x = np.linspace(-0.9, 0.9, 6), np.full(6, -0.3)
        np.testing.assert_allclose(np.asarray(Executable(module)(x)[0]), interpret(module, *x)[0], rtol=1e-13)


LONG_INSIDE = """
  y: f64[64,64] = for 0:i64, 3:i64, 1:i64 init (x) (i: i64, a: f64[64,64]) {
    s: f64[64] = reduce_sum(a; axes=(0,))
    b: f64[64,64] = broadcast(s; shape=(64, 64))
    c: f64[64,64] = tanh(b)
    yield c
  }
"""


@pytest.mark.parametrize(
    ("outside", "count", "options"),
    [
        ("return y", 1, 1),
        ("m: f64 = reduce_max(y; axes=(0, 1)) return m", 1, 1),
        ("z: f64[64,64] = matmul(y, y) return z", 0, 0),
    ],
    ids=["only in the loop", "outside too", "much longer outside"],
)
def test_long_reductions(outside: str, count: int, options: int) -> None:
    """XLA gives them to a library; it is told not to, unless the program has some outside of kernels."""
    module = parse_module(f"graph f(x: f64[64,64]) {{ {LONG_INSIDE} {outside} }}")
    chosen = kernels_of(module)
    assert (len(chosen.loops), len(chosen.options)) == (count, options)
    x = np.random.default_rng(0).normal(size=(64, 64))
    fn = Executable(module)
    np.testing.assert_allclose(np.asarray(fn([x])[0]), interpret(module, x)[0], rtol=1e-12)
    assert fn.stats.lowerings == 1
    assert fn.stats.refused is None


def test_without_kernels_where_xla_cannot_make_them(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A loop that is taken for one that it is not is compiled as any other; a log says so, and what XLA said."""
    module = parse_module(f"graph f(x: f64[64,64]) {{ {LONG_INSIDE} return y }}")
    monkeypatch.setattr("myialike.backends.xla.kernels.LONG", 10**9)
    fn, x = Executable(module), np.random.default_rng(0).normal(size=(64, 64))
    with caplog.at_level("INFO", "myialike"):
        found = np.asarray(fn([x])[0])
    np.testing.assert_allclose(found, interpret(module, x)[0], rtol=1e-12)
    assert fn.stats.lowerings == 2
    assert fn.stats.refused is not None and "UNIMPLEMENTED" in fn.stats.refused
    (message,) = caplog.messages
    assert message.startswith("f is compiled without kernels") and fn.stats.refused in message
    caplog.clear()
    fn([x])
    assert caplog.messages == []
