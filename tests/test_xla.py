"""The XLA backend means what NumPy means: every operation, every form, and the state that XLA has not."""

from __future__ import annotations

import itertools
import platform
import time
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

import myialike.ops  # noqa: F401
from myialike.backends.xla import Executable
from myialike.backends.xla.linalg import LINALG
from myialike.backends.xla.lowerings import LOWERINGS
from myialike.backends.xla.pointwise import POINTWISE
from myialike.backends.xla.special import SPECIAL as SPECIAL_FUNCTIONS
from myialike.errors import CompilerBug, UnsupportedError
from myialike.ir.builder import attrs_of
from myialike.ir.interpret import run as interpret
from myialike.ir.op import TABLE
from myialike.ir.syntax import Block, Graph, Module, Prim, Var
from myialike.ir.text import parse_module
from myialike.ir.types import DTYPES, Array, static_shape
from myialike.source import Location

ATTRS: dict[str, dict[str, Any]] = {"integer_pow": {"n": 3}, "cast": {"dtype": "f32"}}
IN_MACHINE = {"check", "print", "stack_new", "push", "pop", "stack_len"}
KINDS = {"bool": "b", "i8": "i", "i32": "i", "i64": "i", "u8": "u", "u64": "u", "f32": "f", "f64": "f", "c128": "c"}
RTOL = {"f32": 2e-5, "f64": 1e-13, "c128": 1e-12, "bf16": 2e-2, "f16": 2e-3}

Case = tuple[str, tuple[np.ndarray, ...], dict[str, Any]]


def run(text: str, *args: Any, **options: Any) -> tuple[np.ndarray, ...]:
    return tuple(np.asarray(r) for r in Executable(parse_module(text), **options)(args))


def module_of(cases: list[Case]) -> Module:
    """One graph that does every case on parameters of its own."""
    params, eqns, results = [], [], []
    for k, (name, values, attrs) in enumerate(cases):
        ins = tuple(Var(f"x{k}_{j}", Array(v.dtype, v.shape)) for j, v in enumerate(values))
        types = TABLE[name].type_rule(tuple(i.type for i in ins), attrs)
        outs = tuple(Var(f"y{k}_{j}", t) for j, t in enumerate(types))
        params.extend(ins)
        eqns.append(Prim(name, ins, outs, attrs_of(attrs)))
        results.extend(outs)
    return Module((Graph("f", Block(tuple(params), tuple(eqns), tuple(results))),))


def outputs(eqn: Any) -> int:
    return len(eqn.outputs)


def check_cases(cases: list[Case], rtol: float) -> None:
    """XLA gives what `Op.evaluate` gives, in exactly the type of the type rule."""
    module = module_of(cases)
    results = Executable(module)([v for _, values, _ in cases for v in values])
    failures = []
    owners = [(case, k) for case, eqn in zip(cases, module.entry.body.eqns, strict=True) for k in range(outputs(eqn))]
    for ((name, values, attrs), k), var, got in zip(owners, module.entry.results, results, strict=True):
        found = TABLE[name].evaluate(*(v[()] for v in values), **attrs)
        expected = np.asarray(found[k] if isinstance(found, tuple) else found)
        assert got.dtype == var.type.dtype == expected.dtype, (name, got.dtype, expected.dtype)
        assert got.shape == static_shape(var.type) == expected.shape, name
        values_got = _in_phase(np.asarray(got), expected) if (name, k) == ("eig", 1) else np.asarray(got)
        if not _close(values_got, expected, rtol):
            failures.append((name, attrs, values, np.asarray(got), expected))
    assert not failures, failures


def _in_phase(got: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Eigenvectors, which are columns, each times the number of size 1 that brings it nearest to the expected one."""
    overlap = np.sum(got.conj() * expected, axis=-2, keepdims=True)
    return got * np.where(overlap == 0, 1, overlap / np.where(overlap == 0, 1, abs(overlap)))


def _close(got: np.ndarray, expected: np.ndarray, rtol: float) -> bool:
    wide = np.complex128 if expected.dtype.kind in "c" else np.float64
    if expected.dtype.kind in "biu":
        return bool(np.array_equal(got, expected))
    return bool(np.allclose(got.astype(wide), expected.astype(wide), rtol=rtol, atol=rtol, equal_nan=True))


def sample(rng: np.random.Generator, dtype: str, shape: tuple[int, ...], low: float = -2.0, high: float = 2.0) -> Any:
    target, kind = DTYPES[dtype], KINDS.get(dtype, "f")
    if kind == "b":
        return np.asarray(rng.random(shape) < 0.5)
    if kind in "iu":
        return np.asarray(rng.integers(0 if kind == "u" else -9, 10, shape)).astype(target)
    values = rng.uniform(low, high, shape)
    return np.asarray(values + (1j * rng.uniform(low, high, shape) if kind == "c" else 0)).astype(target)


def pointwise_cases(rng: np.random.Generator, dtype: str, shape: tuple[int, ...]) -> list[Case]:
    cases: list[Case] = []
    for name in sorted(POINTWISE | SPECIAL_FUNCTIONS):
        op = TABLE[name]
        if KINDS.get(dtype, "f") not in op.kinds or (KINDS.get(dtype) == "c" and name in ("exp2", "rint")):
            continue
        values = tuple(sample(rng, dtype, shape, *interval) for interval in op.domain)
        if name == "select":
            values = tuple(sample(rng, d, shape) for d in ("bool", dtype, dtype))
        if name == "pow" and KINDS.get(dtype) == "i":
            values = (values[0], abs(values[1]))
        cases.append((name, values, {}))
    return cases


SUM = {"axes": (0, 2)}
SQUARES = ((3, 3), (1, 1), (0, 0), (2, 2, 2), (0, 2, 2))
SYSTEMS = (((3, 3), (3, 2)), ((2, 2), (2, 0)), ((0, 0), (0, 1)), ((2, 2, 2), (2, 2, 1)))
SHAPE = (3, 4, 2)
STRUCTURE: list[tuple[str, tuple[tuple[int, ...], ...], dict[str, Any]]] = [
    ("integer_pow", (SHAPE,), {"n": 3}),
    ("integer_pow", (SHAPE,), {"n": 0}),
    ("broadcast", ((3, 1),), {"shape": (2, 3, 4)}),
    ("broadcast", ((),), {"shape": (0, 4)}),
    ("reshape", (SHAPE,), {"shape": (8, 3)}),
    ("transpose", (SHAPE,), {"perm": (2, 0, 1)}),
    ("reduce_sum", (SHAPE,), SUM),
    ("reduce_sum", ((0, 3),), {"axes": (0,)}),
    ("reduce_prod", (SHAPE,), SUM),
    ("reduce_prod", ((),), {"axes": ()}),
    ("reduce_max", (SHAPE,), SUM),
    ("reduce_min", (SHAPE,), {"axes": (1,)}),
    ("reduce_and", (SHAPE,), SUM),
    ("reduce_or", (SHAPE,), SUM),
    ("argmax", (SHAPE,), {"axis": 1}),
    ("argmin", (SHAPE,), {"axis": 0}),
    ("cumsum", (SHAPE,), {"axis": 1, "reverse": False}),
    ("cumsum", (SHAPE,), {"axis": 0, "reverse": True}),
    ("cumprod", (SHAPE,), {"axis": 1, "reverse": True}),
    ("cummax", (SHAPE,), {"axis": 1, "reverse": False}),
    ("cummin", (SHAPE,), {"axis": 0, "reverse": True}),
    ("cumsum", ((0, 2),), {"axis": 0, "reverse": False}),
    ("sort", (SHAPE,), {"axis": 1}),
    *((name, (SHAPE,), {"axis": k, "kth": (1,)}) for name in ("partition", "argpartition") for k in (0, 1)),
    ("argsort", (SHAPE,), {"axis": 1}),
    ("sort", ((0,),), {"axis": 0}),
    ("concatenate", ((2, 3), (0, 3), (1, 3)), {"axis": 0}),
    ("matmul", ((3,), (3,)), {}),
    ("matmul", ((3,), (3, 2)), {}),
    ("matmul", ((2, 3), (3,)), {}),
    ("matmul", ((2, 3, 4), (2, 4, 5)), {}),
    ("matmul", ((2, 0), (0, 5)), {}),
    *((name, (s,), {}) for name in ("cholesky", "lu", "slogdet", "det", "cofactors", "eig") for s in SQUARES),
    *((name, (s,), {}) for name in ("sqrtm", "logm", "eig_scipy", "schur", "hessenberg") for s in SQUARES),
    ("sylvester", ((3, 3), (2, 2), (3, 2)), {}),
    *(("qr_pivots", (s,), {}) for s in (*SQUARES, (4, 2), (2, 4), (2, 3, 1))),
    *(("cofactor_slopes", (s, s), {}) for s in SQUARES),
    *((name, s, {}) for name in ("solve",) for s in SYSTEMS),
    *(("solve_triangular", s, {"lower": k, "unit": u}) for s in SYSTEMS for k in (True, False) for u in (True, False)),
    *((name, (s,), {}) for name in ("qr", "svd", "qr_complete", "svd_complete") for s in (*SQUARES, (4, 2), (2, 3, 1))),
    *((name, (s,), {}) for name in ("svd", "qr_complete", "svd_complete", "lu") for s in ((2, 4), (0, 2), (2, 0))),
    *((name, (s,), {"lower": k}) for name in ("eigh", "eigh_evr") for s in SQUARES for k in (True, False)),
    *((name, ((3, 5),), {"axis": k}) for name in ("fft", "ifft", "rfft") for k in (0, 1)),
    *(("irfft", ((3, 4),), {"axis": k, "n": n}) for k, n in ((0, 4), (0, 5), (1, 6), (1, 7))),
    *((name, (SHAPE,), {"n": n}) for name in ("bessel_i", "bessel_ie", "sinc", "exprel") for n in (0, 1, 2, 5)),
]
LAPACK_DTYPES = ("f32", "f64", "c64", "c128")


def structure_cases(rng: np.random.Generator, dtype: str) -> list[Case]:
    cases = [
        (name, tuple(sample(rng, dtype, s) for s in shapes), attrs)
        for name, shapes, attrs in STRUCTURE
        if KINDS[dtype] in TABLE[name].kinds
    ]
    casts: list[Case] = [
        ("cast", (sample(rng, dtype, (5,)),), {"dtype": to})
        for to in KINDS
        if not (KINDS[dtype] in "fc" and KINDS[to] == "u")
    ]
    aranges: list[Case] = []
    if KINDS[dtype] in "if":
        aranges = [("arange", (), {"start": 7, "stop": -3, "step": -2, "dtype": dtype})]
    if KINDS[dtype] == "f":
        aranges.append(("arange", (), {"start": 0.1, "stop": 1.7, "step": 0.3, "dtype": dtype}))
    return cases + casts + aranges


INDEXES: list[tuple[tuple[int, ...], tuple[tuple[Any, ...], ...], tuple[Any, ...]]] = [
    ((), (), ()),
    ((5,), (("int", 2),), ()),
    ((5,), (("i",),), (np.int64(4),)),
    ((5,), (("slice", 3, 0, 1),), ()),
    ((5,), (("slice", 4, 5, -1),), ()),
    ((7,), (("slice", 1, 3, 2),), ()),
    ((7,), (("slice", 5, 3, -2),), ()),
    ((7,), (("slice", 0, 7, 1),), ()),
    ((7,), (("dyn", 3),), (np.int32(4),)),
    ((7,), (("dyn", 0),), (np.int32(7),)),
    ((4, 5, 6), (("i",), ("slice", 1, 2, 2), ("i",)), (np.int8(3), np.uint8(5))),
    ((4, 5, 6), (("dyn", 2), ("slice", 4, 2, -3), ("int", 1)), (np.int64(2),)),
    ((4, 5), (("new",), ("i",), ("new",), ("slice", 0, 5, 1)), (np.int64(1),)),
    ((4, 5), (("arr",), ("arr",)), (np.array([0, 3, 3]), np.array([1, 1, 1]))),
    ((4, 5), (("arr",), ("slice", 4, 3, -2)), (np.array([[3, 0], [1, 3]]),)),
    ((4, 5, 3), (("arr",), ("slice", 1, 2, 1), ("arr",)), (np.array([3, 0]), np.array([[2], [1]]))),
    ((4, 5, 3), (("slice", 0, 4, 1), ("new",), ("arr",), ("arr",)), (np.array([4, 0]), np.array([2, 1]))),
    ((4, 3), (("arr",), ("slice", 2, 0, 1)), (np.array([2, 2]),)),
    ((4,), (("arr",),), (np.zeros((0, 2), int),)),
]


def index_cases(rng: np.random.Generator, dtype: str) -> list[Case]:
    cases: list[Case] = []
    for shape, spec, operands in INDEXES:
        x, attrs, ops = sample(rng, dtype, shape), {"spec": spec}, tuple(np.asarray(o) for o in operands)
        cases.append(("index", (x, *ops), attrs))
        v = sample(
            rng, dtype, TABLE["index"].type_rule(tuple(Array(a.dtype, a.shape) for a in (x, *ops)), attrs)[0].shape
        )
        cases.append(("index_set", (x, v, *ops), attrs))
        if dtype != "bool":
            cases.append(("index_add", (x, v, *ops), attrs))
    return cases


def test_every_typed_op_has_a_lowering() -> None:
    typed = {name for name in TABLE if not name.startswith(("py.", "ad.", "jax."))}
    assert typed - IN_MACHINE == set(LOWERINGS) | set(LINALG)


@pytest.mark.parametrize("dtype", KINDS)
def test_ops_agree_with_numpy(dtype: str) -> None:
    """Every operation, on every dtype it takes, gives NumPy's values in exactly the type of its rule."""
    rng = np.random.default_rng(0)
    shapes = [(3, 2), (), (0, 2)] if dtype in ("f64", "i64") else [(3, 2)]
    cases = [c for shape in shapes for c in pointwise_cases(rng, dtype, shape)] + structure_cases(rng, dtype)
    check_cases(cases + (index_cases(rng, dtype) if dtype in ("f64", "bool", "i32") else []), RTOL.get(dtype, 0.0))


SPECIAL = np.array([0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 3.0, -3.0, 8.0, 1000.0, np.inf, -np.inf, np.nan])
INTS = np.array([0, 1, -1, 2, -2, 7, -7, 9, 64, 2**63 - 1, -(2**63)])


def pairs(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    a, b = np.meshgrid(values, values)
    return a.ravel(), b.ravel()


def test_corner_values_agree_with_numpy() -> None:
    """Signs of remainders, zero divisors, infinities, NaN, wide shifts, overflow: as NumPy."""
    floats, ints = ("floordiv", "mod", "fmod", "div", "pow", "zmul", "fmax", "minimum", "copysign", "hypot"), ()
    cases: list[Case] = [(name, pairs(SPECIAL), {}) for name in floats]
    ints = ("floordiv", "mod", "fmod", "shift_left", "shift_right", "mul", "minimum")
    cases += [(name, pairs(INTS), {}) for name in ints]
    a, b = pairs(INTS)
    cases.append(("pow", (a[b >= 0][:80], np.minimum(b[b >= 0][:80], 100)), {}))
    cases += [(name, (SPECIAL,), {}) for name in ("rint", "sign", "log10", "log2", "cbrt", "trunc", "isfinite")]
    nans = np.array([[3.0, np.nan, -1.0, 3.0], [-0.0, 0.0, np.inf, np.nan]])
    cases += [(name, (nans,), {"axis": 1}) for name in ("sort", "argsort", "argmax", "argmin")]
    cases += [(name, (nans,), {"axes": (1,)}) for name in ("reduce_max", "reduce_min", "reduce_sum")]
    cases += [(name, (nans,), {"axis": 1, "reverse": True}) for name in ("cummax", "cummin")]
    check_cases(cases, 1e-15)


def test_exact_points() -> None:
    """Powers of ten and two have exact logarithms, and whole numbers exact powers of two; so they have in NumPy."""
    tens, twos = 10.0 ** np.arange(0, 23), 2.0 ** np.arange(-40.0, 41.0)
    whole = np.arange(-30.0, 31.0)
    arguments = {"log10": tens, "log2": twos, "exp2": whole, "cbrt": whole**3}
    got = Executable(module_of([(name, (x,), {}) for name, x in arguments.items()]))(list(arguments.values()))
    for values, expected in zip(got, (np.log10(tens), np.log2(twos), np.exp2(whole), whole), strict=True):
        np.testing.assert_array_equal(np.asarray(values), expected)


def test_last_write_wins_off_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """The way that a write with repeated indices is done on a GPU gives NumPy's result too."""
    monkeypatch.setattr(lax, "platform_dependent", lambda *args, cpu, default: default(*args))
    rng = np.random.default_rng(1)
    at = rng.integers(0, 4, (2, 30)), rng.integers(0, 3, 30)
    spec = (("arr",), ("slice", 1, 2, 1), ("arr",))
    x, v = rng.normal(size=(4, 5, 3)), rng.normal(size=(2, 30, 2))
    check_cases([("index_set", (x, v, *at), {"spec": spec})], 0.0)


# ---------------------------------------------------------------------------------------------- structure

CONTROL = """
graph f(x: f64, n: i64) {
  c: bool = gt(x, 1.0:f64)
  y: f64, z: f64 = if c { e: f64 = mul(x, x) yield e, x } else { yield x, 2.0:f64 }
  w: f64 = while (y) (w_1: f64) { p: bool = lt(w_1, 100.0:f64) yield p } do (w_2: f64) {
    w_3: f64 = mul(w_2, 2.0:f64)
    yield w_3
  }
  s: f64 = for 10:i64, n, -3:i64 init (w) (i: i64, s_1: f64) {
    t: f64 = cast(i; dtype='f64')
    u: f64 = call g(t, z)
    s_2: f64 = add(s_1, u)
    yield s_2
  }
  r: f64 = for 0:i64, 4:i64, 1:i64 init (s) (j: i64, r_1: f64) { r_2: f64 = mul(r_1, 0.5:f64) yield r_2 }
  return r, 7:i32
}
graph g(a: f64, b: f64) { c: f64 = sub(a, b) return c }
"""


def control(x: float, n: int) -> float:
    y, z = (x * x, x) if x > 1 else (x, 2.0)
    while y < 100:
        y *= 2
    for i in range(10, n, -3):
        y += i - z
    return y / 16


def test_control_flow() -> None:
    fn = Executable(parse_module(CONTROL))
    for x, n in [(0.5, 0), (3.0, 1), (1.5, 20), (2.0, -1000)]:
        r, seven = fn([x, n])
        assert float(r) == control(x, n)
        assert (seven.dtype, int(seven)) == (np.int32, 7)
    assert fn.stats.lowerings == 1


def test_ranges_have_the_length_that_python_says() -> None:
    fn = Executable(
        parse_module("""
        graph f(a: i64, b: i64, c: i64) {
          s: i64, k: i64 = for a, b, c init (0:i64, 0:i64) (i: i64, s_1: i64, k_1: i64) {
            k_2: i64 = add(k_1, 1:i64)
            t: i64 = mul(s_1, 3:i64)
            s_2: i64 = add(t, i)
            yield s_2, k_2
          }
          return s, k
        }""")
    )
    for a, b, c in itertools.product((-3, 0, 4), (-2, 0, 5), (-3, -1, 1, 2, 7)):
        expected = 0
        for i in range(a, b, c):
            expected = 3 * expected + i
        assert tuple(map(int, fn([a, b, c]))) == (expected, len(range(a, b, c)))


def test_recursion_is_a_compiler_bug() -> None:
    with pytest.raises(CompilerBug, match="recursion"):
        run("graph f(x: f64) { y: f64 = call f(x) return y }", 1.0)


def test_a_wrong_type_is_a_compiler_bug() -> None:
    with pytest.raises(CompilerBug, match="neg gave float64"):
        run("graph f(x: f64) { y: f32 = neg(x) return y }", 1.0)


# ------------------------------------------------------------------------------------------------- stacks

REVERSED = """
graph f(n: i64) {
  s: stack(f64, k) = stack_new(; dtype='f64', shape=(), capacity='k')
  s_1: stack(f64, k) = for 0:i64, n, 1:i64 init (s) (i: i64, s_2: stack(f64, k)) {
    v: f64 = cast(i; dtype='f64')
    s_3: stack(f64, k) = push(s_2, v)
    yield s_3
  }
  s_4: stack(f64, k), total: f64 = while (s_1, 0.0:f64) (s_5: stack(f64, k), t: f64) {
    m: i64 = stack_len(s_5)
    go: bool = gt(m, 0:i64)
    yield go
  } do (s_6: stack(f64, k), t_1: f64) {
    s_7: stack(f64, k), w: f64 = pop(s_6)
    h: f64 = mul(t_1, 0.5:f64)
    t_2: f64 = add(h, w)
    yield s_7, t_2
  }
  return total
}
"""


def reversed_sum(n: int) -> float:
    total = 0.0
    for i in reversed(range(n)):
        total = total * 0.5 + i
    return total


def test_stacks_grow_to_what_a_run_needs() -> None:
    """One more compilation for a loop that only pushes, whatever its length; none for later runs that are no longer."""
    fn = Executable(parse_module(REVERSED))
    assert float(fn([64])[0]) == reversed_sum(64)
    assert fn.stats.lowerings == 1
    assert float(fn([100_000])[0]) == reversed_sum(100_000)
    assert fn.stats.lowerings == 2
    assert float(fn([110_000])[0]) == reversed_sum(110_000)
    assert float(fn([0])[0]) == 0.0
    assert fn.stats.lowerings == 2


def test_time_of_a_tape_is_linear() -> None:
    """XLA pushes and pops in place: 8 times the steps take nowhere near 64 times as long."""
    fn = Executable(parse_module(REVERSED))
    seconds = []
    for n in (500_000, 62_500):
        fn([n])
        start = time.perf_counter()
        fn([n])[0].block_until_ready()
        seconds.append(time.perf_counter() - start)
    assert seconds[0] < 30 * seconds[1] + 0.01


def test_popping_an_empty_stack_gives_zeros() -> None:
    text = """
    graph f(x: f64[2]) {
      s: stack(f64[2], 3) = stack_new(; dtype='f64', shape=(2,), capacity=3)
      s_1: stack(f64[2], 3) = push(s, x)
      s_2: stack(f64[2], 3), a: f64[2] = pop(s_1)
      s_3: stack(f64[2], 3), b: f64[2] = pop(s_2)
      n: i64 = stack_len(s_3)
      return a, b, n
    }"""
    a, b, n = run(text, np.array([1.0, 2.0]))
    assert (a.tolist(), b.tolist(), int(n)) == ([1.0, 2.0], [0.0, 0.0], 0)


# Collatz by an explicit stack: every step pops the work left and pushes more; a garbage value would not terminate.
WORK = """
graph f(n: i64) {
  s: stack(i64, k) = stack_new(; dtype='i64', shape=(), capacity='k')
  s_1: stack(i64, k) = push(s, n)
  s_2: stack(i64, k), count: i64 = while (s_1, 0:i64) (s_3: stack(i64, k), c: i64) {
    m: i64 = stack_len(s_3)
    go: bool = gt(m, 0:i64)
    yield go
  } do (s_4: stack(i64, k), c_1: i64) {
    s_5: stack(i64, k), v: i64 = pop(s_4)
    small: bool = le(v, 0:i64)
    s_6: stack(i64, k) = if small { yield s_5 } else {
      w: i64 = sub(v, 1:i64)
      s_7: stack(i64, k) = push(s_5, 0:i64)
      s_8: stack(i64, k) = push(s_7, w)
      yield s_8
    }
    c_2: i64 = add(c_1, 1:i64)
    yield s_6, c_2
  }
  return count
}
"""


def test_a_stack_that_grows_while_it_is_popped() -> None:
    """The depth is found out by doubling: at most log2 of it compilations."""
    fn = Executable(parse_module(WORK))
    assert int(fn([10_000])[0]) == 20_001
    assert fn.stats.lowerings <= 9


HANGS_ON_GARBAGE = """
graph f(n: i64) {
  s: stack(i64, k) = stack_new(; dtype='i64', shape=(), capacity='k')
  s_1: stack(i64, k) = for 0:i64, n, 1:i64 init (s) (i: i64, s_2: stack(i64, k)) {
    v: i64 = sub(n, i)
    s_3: stack(i64, k) = push(s_2, v)
    yield s_3
  }
  s_4: stack(i64, k), last: i64 = pop(s_1)
  r: i64 = while (last) (r_1: i64) { c: bool = ne(r_1, 100:i64) yield c } do (r_2: i64) {
    stays: bool = ne(r_2, 1:i64)
    r_3: i64 = if stays { yield r_2 } else { yield 100:i64 }
    yield r_3
  }
  d: i64 = sub(last, 1:i64)
  ok: bool = eq(d, 0:i64)
  check(ok, last; error='builtins.ValueError', message='garbage {}')
  return r
}
"""


def test_a_corrupted_run_neither_hangs_nor_raises() -> None:
    """The top of the stack is 1, for which the loop ends and the check holds, and no other value."""
    fn = Executable(parse_module(HANGS_ON_GARBAGE))
    assert int(fn([1000])[0]) == 100
    assert fn.stats.lowerings == 2


# ------------------------------------------------------------------------------------------------- checks

CHECKED = """
graph f(x: f64[4], n: i64, z: c128, u: u64) {
  s: f64 = for 0:i64, n, 1:i64 init (0.0:f64) (i: i64, s_1: f64) {
    ok: bool = lt(i, 4:i64)
    check(ok, i, 4:i64; error='builtins.IndexError', message='index {} is out of bounds for axis 0 with size {}')
    v: f64 = index(x, i; spec=(("i",),))
    low: bool = lt(v, 0.0:f64)
    t: f64 = if low {
      big: bool = gt(v, -10.0:f64)
      check(big, v, z, u, low; error='builtins.ValueError', message='{} {} {} {}')
      yield 0.0:f64
    } else { yield v }
    s_2: f64 = add(s_1, t)
    yield s_2
  }
  y: f64 = while (s) (y_1: f64) {
    c: bool = lt(y_1, 10.0:f64)
    pos: bool = gt(y_1, 0.0:f64)
    check(pos; error='builtins.ArithmeticError', message=None)
    yield c
  } do (y_2: f64) { y_3: f64 = mul(y_2, 2.0:f64) yield y_3 }
  return y
}
"""


def test_checks_raise_what_python_raises() -> None:
    fn = Executable(parse_module(CHECKED))
    rest = (1 + 2j, 2**64 - 1)
    x = np.array([1.0, -3.0, 2.0, -11.5])
    assert float(fn([x, 3, *rest])[0]) == 12.0
    with pytest.raises(ValueError, match=r"^-11.5 \(1\+2j\) 18446744073709551615 True$"):
        fn([x, 5, *rest])
    with pytest.raises(IndexError, match="^index 4 is out of bounds for axis 0 with size 4$"):
        fn([abs(x), 10**15, *rest])
    with pytest.raises(ArithmeticError) as caught:
        fn([x, 0, *rest])
    assert caught.value.args == ()
    assert fn.stats.lowerings == 1


def test_a_failed_check_shows_the_line() -> None:
    loc = Location(__file__, 1, 0, 1, 8, "f")
    x, ok = Var("x", Array(DTYPES["f64"])), Var("ok", Array(DTYPES["bool"]))
    attrs = attrs_of({"error": "builtins.ValueError", "message": "no"})
    eqns = (Prim("isnan", (x,), (ok,)), Prim("check", (ok,), (), attrs, loc))
    module = Module((Graph("f", Block((x,), eqns, (x,))),))
    with pytest.raises(ValueError, match="no") as caught:
        Executable(module)([1.0])
    (note,) = caught.value.__notes__
    assert note.startswith(f'  at {__file__}:1:1, in f\n  1 | """The XLA')
    assert float(Executable(module, checks=False)([1.0])[0]) == 1.0


# -------------------------------------------------------------------------------- dtypes and transformations

SQUARE = "graph f(x: f64) { y: f64 = mul(x, x) z: f64 = add(y, 1e-12:f64) return z }"


def test_f64_is_not_the_users_business() -> None:
    """Results are f64, the same in later jax code; and the user's own code sees no x64."""
    fn = Executable(parse_module(SQUARE))
    (y,) = fn([1.0])
    assert y.dtype == np.float64 and float(y) == 1.0 + 1e-12
    assert jnp.zeros(1).dtype == np.float32 and jnp.arange(2).dtype == np.int32
    for leaf in (np.float64(3.0), np.asarray(3, np.int8), jnp.float32(3.0), 3, y):
        assert np.asarray(fn([leaf])[0]).dtype == np.float64


def test_one_lowering_for_scalars_of_every_make() -> None:
    fn = Executable(parse_module(SQUARE))
    for leaf in (1.0, np.float64(2.0), 3, np.asarray(4.0), True):
        fn([leaf])
    assert fn.stats.lowerings == 1


def test_tracing_into_outer_transformations() -> None:
    """jit, vmap and jvp of loops and branches, with x64 off outside."""
    fn = Executable(parse_module(CONTROL))

    def f(x: Any, n: Any) -> Any:
        return fn.trace([x, n])[0]

    xs, ns = np.array([0.5, 3.0, 1.5, 2.0], np.float32), np.array([0, 1, 20, -1000])
    expected = np.array([control(float(x), int(n)) for x, n in zip(xs, ns, strict=True)])
    for g in (jax.vmap(f), jax.jit(jax.vmap(f)), jax.vmap(jax.jit(f))):
        got = g(xs, ns)
        assert got.dtype == np.float32
        np.testing.assert_allclose(got, expected, rtol=1e-6)
    got = [jax.jit(f)(x, int(n)) for x, n in zip(xs, ns, strict=True)]
    np.testing.assert_allclose(got, expected, rtol=1e-6)


def test_forward_mode_through_a_traced_call() -> None:
    fn = Executable(parse_module(CONTROL))
    for wrap in (lambda f: f, jax.jit):
        f = wrap(lambda x: fn.trace([x, 3])[0])
        y, y_dot = jax.jvp(f, (jnp.float32(3.0),), (jnp.float32(1.0),))
        step = (control(3.001, 3) - control(2.999, 3)) / 0.002
        np.testing.assert_allclose((y, y_dot), (control(3.0, 3), step), rtol=1e-5)


def test_reverse_mode_through_a_traced_loop_of_static_length() -> None:
    text = """
    graph f(x: f64) {
      y: f64 = for 0:i64, 5:i64, 1:i64 init (x) (i: i64, y_1: f64) { y_2: f64 = mul(y_1, x) yield y_2 }
      return y
    }"""
    fn = Executable(parse_module(text))
    assert float(jax.jit(jax.grad(lambda x: fn.trace([x])[0]))(jnp.float32(2.0))) == 6 * 2.0**5


def test_64_bits_in_64_bits_out_under_a_transformation() -> None:
    fn = Executable(parse_module(SQUARE))
    (x,) = fn([1.0])
    assert jax.jit(lambda x: fn.trace([x])[0])(x).dtype == np.float64
    with jax.enable_x64(True):
        assert jax.jit(lambda x: fn.trace([x])[0])(1.0).dtype == np.float64


def test_a_failed_check_under_a_transformation_makes_nan() -> None:
    fn = Executable(parse_module(CHECKED))
    xs = np.array([[1.0, -3.0, 2.0, -11.5], [1.0, 2.0, 3.0, 4.0]], np.float32)
    got = jax.vmap(lambda x: fn.trace([x, 4, 1j, np.uint64(3)])[0])(xs)
    assert np.isnan(got[0]) and got[1] == 10.0


def test_open_capacities_cannot_be_traced() -> None:
    fn = Executable(parse_module(REVERSED))
    with pytest.raises(UnsupportedError, match="loop of unknown length"):
        jax.jit(lambda n: fn.trace([n])[0])(3)


def test_a_loop_in_a_branch_not_taken_does_not_hang_under_vmap() -> None:
    """`jax.vmap` runs both branches and unfinished bodies for all elements; for x = 0 the inner loop never ends."""
    text = """
    graph f(x: f64) {
      c: bool = gt(x, 0.0:f64)
      y: f64 = if c {
        z: f64 = while (1.0:f64) (z_1: f64) { p: bool = lt(z_1, 9.0:f64) yield p } do (z_2: f64) {
          w: f64 = while (z_2) (w_1: f64) { q: bool = lt(w_1, 5.0:f64) yield q } do (w_2: f64) {
            w_3: f64 = add(w_2, x)
            yield w_3
          }
          z_3: f64 = add(w, 1.0:f64)
          yield z_3
        }
        yield z
      } else { yield x }
      return y
    }"""
    fn = Executable(parse_module(text))
    got = jax.vmap(lambda x: fn.trace([x])[0])(np.array([0.0, 1.0, 2.0], np.float32))
    assert got.tolist() == [0.0, 9.0, 9.0]


# --------------------------------------------------------------------------------------- loops stay in place

SWEEP = """
graph f(x: f64[{size}], n: i64) {{
  y: f64[{size}], s: f64 = for 0:i64, n, 1:i64 init (x, 0.0:f64) (i: i64, y_1: f64[{size}], s_1: f64) {{
    j: i64 = mod(i, {size}:i64)
    k: i64 = floordiv(j, 2:i64)
    v: f64 = index(y_1, j; spec=(("i",),))
    ok: bool = lt(v, 9.0:f64)
    check(ok, j, v; error='builtins.ValueError', message='{{}} {{}}')
    w: f64 = mul(v, 0.5:f64)
    y_2: f64[{size}] = index_set(y_1, w, j; spec=(("i",),))
    y_3: f64[{size}] = index_add(y_2, v, k; spec=(("i",),))
    u: f64 = index(y_3, k; spec=(("i",),))
    uv: f64 = mul(u, v)
    s_2: f64 = add(s_1, uv)
    y_4: f64[{size}] = index_add(y_3, w, j; spec=(("i",),))
    yield y_4, s_2
  }}
  return s, y
}}
"""


BRANCHES = """
graph f(x: f64[{size}], n: i64) {{
  x_9: f64[{size}], y_9: f64[{size}], s_9: f64 = for 0:i64, n, 1:i64 init (x, x, 0.0:f64)
      (i: i64, x_1: f64[{size}], y_1: f64[{size}], s_1: f64) {{
    j: i64 = mod(i, {size}:i64)
    k: i64 = mod(i, 3:i64)
    v: f64 = index(x_1, j; spec=(("i",),))
    u: f64 = index(y_1, j; spec=(("i",),))
    p: bool = eq(k, 0:i64)
    x_2: f64[{size}], y_2: f64[{size}], w: f64 = if p {{
      x_3: f64[{size}] = index_add(x_1, u, k; spec=(("i",),))
      yield x_3, y_1, v
    }} else {{
      y_3: f64[{size}] = index_set(y_1, v, j; spec=(("i",),))
      x_4: f64[{size}] = index_set(x_1, 0.5:f64, j; spec=(("i",),))
      yield x_4, y_3, u
    }}
    s_2: f64 = add(s_1, w)
    yield x_2, y_2, s_2
  }}
  return s_9, x_9, y_9
}}
"""


INNER_LOOP = """
graph f(x: f64[{size}], n: i64) {{
  y: f64[{size}], s: f64 = for 0:i64, n, 1:i64 init (x, 0.0:f64) (i: i64, y_1: f64[{size}], s_1: f64) {{
    j: i64 = mod(i, {size}:i64)
    v: f64 = index(y_1, j; spec=(("i",),))
    y_4: f64[{size}] = for 0:i64, 2:i64, 1:i64 init (y_1) (k: i64, y_2: f64[{size}]) {{
      w: f64 = index(y_2, k; spec=(("i",),))
      u: f64 = add(w, 0.5:f64)
      y_3: f64[{size}] = index_set(y_2, u, j; spec=(("i",),))
      yield y_3
    }}
    s_2: f64 = add(s_1, v)
    yield y_4, s_2
  }}
  return s, y
}}
"""


QUOTIENTS = """
graph f(x: f64[{size}], n: i64) {{
  y: f64[{size}], s: f64 = for 0:i64, n, 1:i64 init (x, 3.0:f64) (i: i64, y_1: f64[{size}], s_1: f64) {{
    j: i64 = mod(i, {size}:i64)
    k: i64 = floordiv(j, 2:i64)
    v: f64 = index(y_1, j; spec=(("i",),))
    y_2: f64[{size}] = index_set(y_1, s_1, j; spec=(("i",),))
    u: f64 = index(y_2, k; spec=(("i",),))
    a: f64 = div(u, v)
    b: f64 = div(v, s_1)
    c: f64 = div(a, b)
    s_2: f64 = minimum(c, s_1)
    yield y_2, s_2
  }}
  return s, y
}}
"""
LOOPS = pytest.mark.parametrize("text", [SWEEP, BRANCHES, INNER_LOOP], ids=["sweep", "branches", "inner loop"])


@pytest.mark.parametrize("text", [SWEEP, BRANCHES, INNER_LOOP, QUOTIENTS])
def test_a_step_does_not_copy_the_array(text: str) -> None:
    """Several reads and writes per step, values used again after the write: the array's size does not matter."""
    fn, seconds = Executable(parse_module(text.format(size=200_000))), []
    for n in (1000, 51_000):
        fn([np.zeros(200_000), n])
        start = time.perf_counter()
        fn([np.zeros(200_000), n])[0].block_until_ready()
        seconds.append(time.perf_counter() - start)
    # One copy of the array takes 100 us or more, so 50,000 of them 5 s.
    assert seconds[1] - seconds[0] < 0.5


@LOOPS
@pytest.mark.parametrize("dtype", ["f64", "i64", "c128"])
def test_keeping_loops_in_place_changes_no_value(text: str, dtype: str) -> None:
    text = text.format(size=5).replace("f64", dtype)
    if dtype == "c128":
        text = text.replace("lt(v, 9.0:c128)", "isfinite(v)")
    text = text.replace("0.5:i64", "5:i64").replace("9.0:i64", "9999:i64").replace("0.0:i64", "0:i64")
    module = parse_module(text)
    args = [sample(np.random.default_rng(2), dtype, (5,)), np.int64(9)]
    for got, expected in zip(Executable(module)(args), interpret(module, *args), strict=True):
        np.testing.assert_allclose(np.asarray(got), expected, rtol=1e-12)


OUTER = """
graph f(x: f64[300], y: f64[300]) {{
  a: f64[300] = {op}(x)
  b: f64[300] = {op}(y)
  column: f64[300,1] = reshape(a; shape=(300, 1))
  row: f64[1,300] = reshape(b; shape=(1, 300))
  p: f64[300,300] = matmul(column, row)
  q: f64[300,300] = broadcast(row; shape=(300, 300))
  z: f64[300,300] = add(p, q)
  return z
}}"""


def test_a_sine_is_computed_once() -> None:
    """Not again for each of the elements that it is broadcast to: a cosine costs no more than what XLA does once."""
    x, seconds = np.linspace(0.1, 0.9, 300), {}
    for op in ("tanh", "cos"):
        fn = Executable(parse_module(OUTER.format(op=op)))
        expected = getattr(np, op)(x)
        np.testing.assert_allclose(fn([x, x])[0], np.outer(expected, expected) + expected, rtol=1e-14)
        found = []
        for _ in range(3):
            start = time.process_time()
            for _ in range(50):
                fn([x, x])[0].block_until_ready()
            found.append(time.process_time() - start)
        seconds[op] = min(found)
    assert seconds["cos"] < 3 * seconds["tanh"]


def test_a_stack_in_branches_of_a_loop_is_not_copied() -> None:
    fn = Executable(parse_module(WORK))
    assert int(fn([300_000])[0]) == 600_001
    start = time.perf_counter()
    fn([300_000])[0].block_until_ready()
    assert time.perf_counter() - start < 2


class Programs:
    """Random loops that read and write arrays, as text."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.count = 0

    def name(self) -> str:
        self.count += 1
        return f"v{self.count}"

    def pick(self, names: list[str]) -> str:
        return names[self.rng.integers(max(0, len(names) - 4), len(names))]

    def statements(self, depth: int, arrays: list[str], scalars: list[str], i: str) -> tuple[str, str, str, str]:
        """Lines, and the names of the arrays and of the scalar at their end."""
        lines: list[str] = []
        a, b = arrays
        scalars = list(scalars)
        for _ in range(self.rng.integers(3, 7)):
            new, at = self.name(), self.name()
            lines.append(f"{at}_0: i64 = add({i}, {self.rng.integers(0, 4)}:i64) {at}: i64 = mod({at}_0, 5:i64)")
            match self.rng.integers(0, 8 if depth < 3 else 5):
                case 0 | 1:
                    lines.append(f'{new}: f64 = index({self.pick([a, b])}, {at}; spec=(("i",),))')
                    scalars.append(new)
                case 2:
                    lines.append(f'{new}: f64[5] = index_set({a}, {self.pick(scalars)}, {at}; spec=(("i",),))')
                    a = new
                case 3:
                    lines.append(f'{new}: f64[5] = index_add({b}, {self.pick(scalars)}, {at}; spec=(("i",),))')
                    b = new
                case 4:
                    lines.append(f"{new}_0: f64 = mul({self.pick(scalars)}, {self.pick(scalars)})")
                    lines.append(f"{new}: f64 = tanh({new}_0)")
                    scalars.append(new)
                case 5:
                    outs = [self.name() for _ in range(3)]
                    blocks = [self.block(depth + 1, [a, b], scalars, i) for _ in range(2)]
                    lines.append(f"{new}: bool = gt({self.pick(scalars)}, 0.1:f64)")
                    lines.append(f"{self.typed(outs)} = if {new} {{ {blocks[0]} }} else {{ {blocks[1]} }}")
                    (a, b), scalars = outs[:2], [*scalars, outs[2]]
                case _:
                    outs, inner = [self.name() for _ in range(3)], [self.name() for _ in range(4)]
                    body = self.block(depth + 1, inner[1:3], [*scalars, inner[3]], inner[0])
                    lines.append(
                        f"{self.typed(outs)} = for 0:i64, 4:i64, 1:i64 init ({a}, {b}, {self.pick(scalars)}) "
                        f"({inner[0]}: i64, {self.typed(inner[1:])}) {{ {body} }}"
                    )
                    (a, b), scalars = outs[:2], [*scalars, outs[2]]
        return "\n".join(lines), a, b, scalars[-1]

    def typed(self, names: list[str]) -> str:
        return f"{names[0]}: f64[5], {names[1]}: f64[5], {names[2]}: f64"

    def block(self, *args: Any) -> str:
        lines, a, b, s = self.statements(*args)
        return f"{lines} yield {a}, {b}, {s}"

    def graph(self) -> str:
        body = self.block(1, ["a1", "b1"], ["x", "s1"], "i1")
        return f"""graph f(a: f64[5], b: f64[5], x: f64) {{
            a2: f64[5], b2: f64[5], s2: f64 = for 0:i64, 7:i64, 1:i64 init (a, b, x)
                (i1: i64, a1: f64[5], b1: f64[5], s1: f64) {{ {body} }}
            return a2, b2, s2 }}"""


@pytest.mark.parametrize("seed", range(12))
def test_random_loops_agree_with_the_interpreter(seed: int) -> None:
    module = parse_module(Programs(seed).graph())
    rng = np.random.default_rng(seed)
    args = [rng.normal(size=5), rng.normal(size=5), np.float64(0.7)]
    for got, expected in zip(Executable(module)(args), interpret(module, *args), strict=True):
        np.testing.assert_allclose(np.asarray(got), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="C leaves it to the machine")
@pytest.mark.parametrize("source", ["f32", "f64"])
def test_floats_that_are_no_ints_of_a_dtype(source: str) -> None:
    """Cast to ints, they wrap around or become the least one, as in NumPy."""
    x = np.array([37481.0, 300.7, -1.5, -200.2, 1e6, 3e9, -3e9, 2.0**31, -(2.0**31), 1e30, np.nan, -np.inf])
    for target in ("i8", "i16", "i32", "i64", "u8", "u16"):
        case = ("cast", (x.astype(DTYPES[source]),), {"dtype": target})
        with np.errstate(all="ignore"):
            (got,) = Executable(module_of([case]))(case[1])
            np.testing.assert_array_equal(got, case[1][0].astype(DTYPES[target]), target)
