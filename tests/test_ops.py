"""The table of operations, walked: types, derivatives of both modes and two orders, conventions.

An operation is tested by being in the table. Pointwise operations are sampled from their `domain`; for the others
`SHAPES` says which operands and attributes go together.
"""

from __future__ import annotations

import dataclasses
import pathlib
import re
from typing import Any

import ml_dtypes
import numpy as np
import pytest

import myialike.ops
from myialike.errors import UnsupportedError
from myialike.ir.builder import Builder, Expr, Names
from myialike.ir.op import TABLE, Linear, Pointwise
from myialike.ir.syntax import Graph
from myialike.ir.types import BOOL, DTYPES, F64, I64, Array, Stack, SymDim, is_float
from myialike.ops.define import kind_of
from myialike.ops.effects import exception_for
from tests.op_check import NOT_POINTWISE, Case, check_derivatives, evaluate, forward, reverse

assert myialike.ops.__all__
TYPED = [name for name in TABLE if not name.startswith(("py.", "ad.", "jax."))]
# Of the others, see test_custom_derivative.py and test_jax_functions.py.
POINTWISE = [name for name in TYPED if name not in NOT_POINTWISE]
STACKS = ("stack_new", "push", "pop", "stack_len", "check", "print")
SOME_DTYPES = ("bool", "i8", "u16", "i32", "i64", "bf16", "f16", "f32", "f64", "c64", "c128")


def ints(*values: Any) -> Any:
    return np.array(values if len(values) > 1 else values[0], np.int64)


ALL2, ARR = ("slice", 0, 2, 1), ("arr",)
SPECS: list[tuple[tuple[int, ...], tuple[Any, ...], tuple[Any, ...]]] = [
    # shape of x, spec, index operands
    ((), (), ()),
    ((), (("new",),), ()),
    ((3,), (("int", 2),), ()),
    ((3,), (("i",),), (ints(1),)),
    ((4,), (("slice", 3, 4, -1),), ()),
    ((4,), (("slice", 3, 2, -2),), ()),
    ((4,), (("slice", 0, 0, 1),), ()),
    ((5,), (("dyn", 3),), (ints(2),)),
    ((3, 4), (("i",), ("dyn", 2)), (ints(2), ints(1))),
    ((3, 4), (("new",), ("int", 0), ("new",), ("slice", 1, 2, 2)), ()),
    ((3,), (ARR,), (ints(2, 0, 2, 2),)),
    ((3,), (ARR,), (np.zeros((0,), np.int64),)),
    ((3,), (ARR,), (ints(1),)),
    ((0, 2), (("slice", 0, 0, 1), ("int", 1)), ()),
    ((2, 3, 4), (ALL2, ARR, ARR), (ints([[0], [2]]), ints(1, 1))),
    ((3, 2, 4), (ARR, ALL2, ARR), (ints(0, 2), ints(3, 3))),
    ((3, 2, 4), (ALL2, ARR, ("new",), ARR), (ints(0, 1), ints(3, 3))),
    ((2, 3), (("new",), ARR, ("slice", 2, 3, -1)), (np.array([1, 1, 0], np.int32),)),
]


def written_shape(shape: tuple[int, ...], spec: Any, operands: Any) -> tuple[int, ...]:
    return TABLE["index"].evaluate(np.zeros(shape), *operands, spec=spec).shape


AXIS = [((3,), 0), ((2, 3), 0), ((2, 4), 1), ((1, 5), 1), ((0, 2), 0)]
AXES = [((), ()), ((3,), (0,)), ((2, 3), (1,)), ((2, 3, 2), (0, 2)), ((2, 3, 2), (2, 1)), ((1,), (0,)), ((2, 3), ())]
WITH_ZEROS = [np.array([0.0, 2.0, 3.0]), np.array([1.5, 0.0, 3.0, 0.0]), np.array([[0.0, 0.5], [0.0, 2.0], [3.0, 0.0]])]
ALONG = [((s,), {"axis": a, "reverse": r}) for s, a in [*AXIS, ((7,), 0)] for r in (False, True)]
REDUCED = [((s,), {"axes": a}) for s, a in AXES]
REDUCED_EMPTY = [*REDUCED, (((0, 3),), {"axes": (0,)}), (((3, 0),), {"axes": (0,)})]

LIBRARY_OPS = "cholesky solve solve_triangular lu slogdet qr qr_complete svd svd_complete eigh eig pinv rfft".split()
LIBRARY_OPS += "det cofactors cofactor_slopes sylvester sqrtm logm eigh_evr eig_scipy schur hessenberg".split()
LIBRARY_OPS += ["qr_pivots"]
HAVE_ORDER = ("integer_pow", "bessel_i", "bessel_ie", "sinc", "exprel")
NO_RULE = ["qr_complete", "svd_complete", "schur", "hessenberg"]
UP_TO_PHASES = [(n, "c128") for n in ("eigh", "eigh_evr", "svd", "eig", "eig_scipy")]  # see `test_linalg.py`
UP_TO_PHASES += [(n, "f64") for n in ("eigh_evr", "eig", "eig_scipy")]
PARAMETERS = {"zeta": (0,), "gammainc": (0,), "gammaincc": (0,), "betainc": (0, 1), "betaincinv": (0, 1)}  # no partial
PARAMETERS |= {"hyp1f1": (0, 1), "hyp2f1": (0, 1, 2), "gammaincinv": (0,), "gammainccinv": (0,)}
PARAMETERS |= dict.fromkeys("jv yv iv kv ive kve expn".split(), (0,))
SPD = np.array([[4.0, 1.0, -0.5], [1.0, 3.0, 0.7], [-0.5, 0.7, 2.0]])
SQUARES: list[Any] = [((3, 3),), ((1, 1),), ((0, 0),), ((2, 2, 2),), ((0, 2, 2),)]
TALL: list[Any] = [*SQUARES, ((4, 2),), ((3, 0),), ((2, 3, 1),)]
WIDE: list[Any] = [*TALL, ((2, 4),), ((0, 3),)]
SYSTEMS = [((3, 3), (3, 2)), ((2, 2), (2, 0)), ((0, 0), (0, 1)), ((2, 2, 2), (2, 2, 1))]
ROOTS = ("sqrtm", "logm")
EQUATIONS = [((3, 3), (2, 2), (3, 2)), ((0, 0), (1, 1), (0, 1)), ((2, 2, 2), (2, 1, 1), (2, 2, 1))]
LENGTHS = [((5,), 0), ((4,), 0), ((1,), 0), ((2, 6), 1), ((3, 2, 0), 0)]

# For each operation: operands (a shape to fill with samples, or an array) and attributes.
SHAPES: dict[str, list[tuple[tuple[Any, ...], dict[str, Any]]]] = {
    "broadcast": [
        (((),), {"shape": (2,)}),
        (((3,),), {"shape": (3,)}),
        (((3,),), {"shape": (2, 3)}),
        (((2, 1),), {"shape": (2, 3)}),
        (((1,),), {"shape": (0,)}),
        (((1, 1),), {"shape": (4, 1, 3)}),
    ],
    "reshape": [
        (((),), {"shape": (1, 1)}),
        (((6,),), {"shape": (2, 3)}),
        (((2, 3),), {"shape": (3, 2)}),
        (((0, 3),), {"shape": (0,)}),
    ],
    "transpose": [(((),), {"perm": ()}), (((2, 3),), {"perm": (1, 0)}), (((2, 3, 4),), {"perm": (2, 0, 1)})],
    "concatenate": [
        (((2,),), {"axis": 0}),
        (((2,), (0,), (3,)), {"axis": 0}),
        (((2, 1), (2, 2), (2, 3)), {"axis": 1}),
    ],
    "cast": [((s,), {"dtype": d}) for s in ((), (2, 0), (3,)) for d in ("f32", "f64", "c128", "i32", "bool")],
    "arange": [
        ((), {"start": a, "stop": b, "step": s, "dtype": d})
        for a, b, s, d in [(0, 4, 1, "i64"), (5, 0, -2, "i32"), (3, 1, 1, "i64"), (0.5, 2.0, 0.25, "f64")]
    ],
    "integer_pow": [((s,), {"n": n}) for s in ((), (2, 3)) for n in (0, 1, 2, 5)] + [(((2,),), {"n": -2})],
    "matmul": [
        (((3,), (3,)), {}),
        (((3,), (3, 2)), {}),
        (((2, 3), (3,)), {}),
        (((2, 3), (3, 4)), {}),
        (((2, 0), (0, 3)), {}),
        (((2, 1, 3), (2, 3, 2)), {}),
        (((2, 1, 2, 3), (2, 1, 3, 2)), {}),
    ],
    "reduce_sum": REDUCED_EMPTY,
    "reduce_prod": [
        *REDUCED_EMPTY,
        *(((a,), {"axes": (0,)}) for a in WITH_ZEROS),
        ((WITH_ZEROS[2],), {"axes": (0, 1)}),
    ],
    "reduce_max": REDUCED,
    "reduce_min": REDUCED,
    "reduce_and": REDUCED_EMPTY,
    "reduce_or": REDUCED_EMPTY,
    "argmax": [((s,), {"axis": a}) for s, a in AXIS[:-1]],
    "argmin": [((s,), {"axis": a}) for s, a in AXIS[:-1]],
    "cumsum": ALONG,
    "cumprod": [*ALONG, *(((a,), {"axis": 0, "reverse": r}) for a in WITH_ZEROS for r in (False, True))],
    "cummax": ALONG,
    "cummin": ALONG,
    "sort": [((s,), {"axis": a}) for s, a in AXIS],
    **{
        name: [((s,), {"axis": a, "kth": k}) for s, a in AXIS if s[a] for k in ((0,), (s[a] - 1, 0))]
        for name in ("partition", "argpartition")
    },
    "argsort": [((s,), {"axis": a}) for s, a in AXIS],
    "cholesky": [((a,), {}) for a in (SPD, SPD[:1, :1], SPD[:0, :0], np.stack([SPD, 2.0 * SPD]))],
    "solve": [(s, {}) for s in SYSTEMS],
    "solve_triangular": [(s, {"lower": k, "unit": u}) for s in SYSTEMS for k in (False, True) for u in (False, True)],
    "lu": [(s, {}) for s in SQUARES],
    "slogdet": [(s, {}) for s in SQUARES],
    "det": [(s, {}) for s in SQUARES],
    "cofactors": [(s, {}) for s in SQUARES],
    "cofactor_slopes": [((*s, *s), {}) for s in SQUARES],
    "qr": [(s, {}) for s in TALL],
    "qr_pivots": [(s, {}) for s in WIDE],
    "qr_complete": [(s, {}) for s in WIDE],
    "svd": [(s, {}) for s in WIDE],
    "svd_complete": [(s, {}) for s in WIDE],
    "pinv": [((*s, s[0][:-2]), {}) for s in WIDE if 0 not in s[0]],
    "eigh": [(s, {"lower": k}) for s in SQUARES for k in (False, True)],
    "eig": [(s, {}) for s in SQUARES],
    "eigh_evr": [(s, {"lower": k}) for s in SQUARES for k in (False, True)],
    **{name: [(s, {}) for s in SQUARES] for name in ("eig_scipy", "schur", "hessenberg")},
    **{name: [((a,), {}) for a in (SPD, SPD[:1, :1], SPD[:0, :0], np.stack([SPD, 2.0 * SPD]))] for name in ROOTS},
    "sylvester": [(s, {}) for s in EQUATIONS],
    **{name: [((s,), {"axis": k}) for s, k in LENGTHS] for name in ("fft", "ifft", "rfft")},
    "irfft": [((s,), {"axis": k, "n": 2 * s[k] - e}) for s, k in LENGTHS for e in (1, 2) if 2 * s[k] > e],
    "bessel_i": [((s,), {"n": n}) for s in ((), (3,)) for n in (0, 1, 2, 5)] + [((np.zeros(2),), {"n": 1})],
    **{name: [((s,), {"n": n}) for s in ((), (6,)) for n in (0, 1, 2, 5)] for name in ("sinc", "exprel")},
    "bessel_ie": [((s,), {"n": n}) for s in ((), (3,)) for n in (0, 1, 2, 5)],
    "index": [((shape, *operands), {"spec": spec}) for shape, spec, operands in SPECS],
    "index_set": [((s, written_shape(s, p, o), *o), {"spec": p}) for s, p, o in SPECS],
    "index_add": [((s, written_shape(s, p, o), *o), {"spec": p}) for s, p, o in SPECS],
}


# ------------------------------------------------------------------------------------------------- sampling


def sample(shape: tuple[int, ...], dtype: Any, interval: tuple[float, float], rng: np.random.Generator) -> Any:
    """Values of a dtype from an interval, away from its ends and, if floating, from each other."""
    low, high = interval
    values = rng.uniform(low, high, size=shape)
    if kind_of(dtype) == "c":
        values = values * rng.choice([-1, 1], size=shape) + 1j * rng.uniform(0.2, 1.5, size=shape)
    if kind_of(dtype) in "iu":
        values = rng.integers(max(0, int(low)) if dtype.kind == "u" else int(low), int(high) + 1, size=shape)
    if kind_of(dtype) == "b":
        values = rng.integers(0, 2, size=shape)
    return np.asarray(values).astype(dtype)


def pointwise_cases(name: str, dtype: Any, rng: np.random.Generator) -> list[Case]:
    op = TABLE[name]
    intervals = ((-2.0, 2.0),) * 3 if name == "select" else op.domain
    dtypes = [BOOL, dtype, dtype] if name == "select" else [dtype] * len(intervals)
    if name == "pow" and dtype.kind in "iu":
        intervals = ((0.0, 3.0), (0.0, 3.0))
    cases = []
    for shape in ((), (1,), (2, 3), (0, 3)):
        operands = tuple(sample(shape, d, i, rng) for d, i in zip(dtypes, intervals, strict=True))
        if name in PARAMETERS:
            given = [sample((), d, i, rng) for d, i in zip(dtypes, intervals, strict=True)]
            mixed = tuple(g if k in PARAMETERS[name] else o for k, (g, o) in enumerate(zip(given, operands)))  # noqa: B905
            cases.append(Case(name, mixed, literal=PARAMETERS[name]))
            continue
        cases.append(Case(name, operands))
        for k in range(len(operands)) if len(operands) > 1 else ():
            literal = sample((), dtypes[k], intervals[k], rng)
            cases.append(Case(name, (*operands[:k], literal, *operands[k + 1 :]), literal=(k,)))
    return cases


def structural_cases(name: str, dtype: Any, rng: np.random.Generator) -> list[Case]:
    interval = (TABLE[name].domain or ((-2.0, 2.0),))[0]
    cases = []
    for operands, attrs in SHAPES[name]:
        given = [o if isinstance(o, np.ndarray) else sample(o, dtype, interval, rng) for o in operands]
        if name in ("reduce_prod", "cumprod", "cholesky", "bessel_i", *ROOTS):
            given = [g.astype(dtype) for g in given]
        if name == "pinv":
            given[1] = np.full(given[1].shape, 1e-6, given[0].real.dtype)
        cases.append(Case(name, tuple(given), attrs))
    return cases


def cases_of(name: str, dtype: Any) -> list[Case]:
    rng = np.random.default_rng(sum(map(ord, name)))
    return (pointwise_cases if name in POINTWISE else structural_cases)(name, dtype, rng)


def accepts(case: Case) -> bool:
    try:
        case.graph()
    except TypeError as error:
        assert len(str(error)) > 20 and "\n" not in str(error), "a type error is a sentence"
        return False
    return True


# ---------------------------------------------------------------------------------------------------- tests


@pytest.mark.parametrize("name", [n for n in TYPED if n not in STACKS])
def test_type_rule_is_what_numpy_gives(name: str) -> None:
    """The type rule and NumPy's meaning agree, for every dtype the operation takes, and it takes no other."""
    for short in SOME_DTYPES:
        dtype = DTYPES[short]
        for case in cases_of(name, dtype):
            if name != "arange" and kind_of(dtype) not in TABLE[name].kinds:
                assert not accepts(case), f"{case} is accepted, its kind is not"
            elif not accepts(case):
                assert refusal_is_known(case, dtype), f"{case} is refused"
            else:
                evaluate(case.graph(), case.arguments())


def refusal_is_known(case: Case, dtype: Any) -> bool:
    if case.op in LIBRARY_OPS:
        return dtype in (np.float16, ml_dtypes.bfloat16)
    if case.op == "integer_pow":
        return case.attrs["n"] < 0 and dtype.kind in "iu"
    return case.op == "complex" and dtype in (np.float16, ml_dtypes.bfloat16)


@pytest.mark.parametrize("name", [n for n in TYPED if n not in STACKS])
def test_derivative_is_right(name: str) -> None:
    """Forward mode is the difference quotient and reverse mode its transpose, in first and second order."""
    if name == "stop_gradient":
        pytest.skip("its derivative is not that of its value")
    for short in ("f64", "c128"):
        if kind_of(DTYPES[short]) in TABLE[name].kinds and (name, short) not in UP_TO_PHASES and name not in NO_RULE:
            for case in cases_of(name, DTYPES[short]):
                graph = case.graph()
                if not is_float(graph.results[0].type) or lossy(case):
                    continue
                try:
                    check_derivatives(graph, case.arguments(), np.random.default_rng(0), order=2)
                except Exception as error:
                    error.add_note(str(case))
                    raise


def lossy(case: Case) -> bool:
    """Whether the result is too coarse, or too jagged, for differences."""
    return (
        case.attrs.get("dtype") == "f32"
        or case.op in ("floordiv", "floor", "ceil", "trunc", "rint", "sort")
        and (case.operands[0].dtype.kind == "c")
    )


def documented() -> set[str]:
    """The operations in the first column of the tables in docs/ARCHITECTURE.md, and those beside them."""
    text = (pathlib.Path(__file__).parent.parent / "docs" / "ARCHITECTURE.md").read_text()
    section = text[text.index("## Dynamic IR") : text.index("## Text form")]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    cells = [re.sub(r"\([^)]*\)", "", code) for row in rows for code in re.findall("`([^`]*)`", row)]
    return {word for cell in cells for word in cell.split()}


def test_the_table_is_the_documented_one() -> None:
    """Every operation has its row in the documentation."""
    assert set(TABLE) <= documented()


def test_every_operation_with_floating_results_has_a_rule() -> None:
    """Stacks are without one, since differentiation treats them itself, and vectors that are not unique."""
    assert [n for n in TYPED if TABLE[n].derivative is None] == [*NO_RULE, "stack_new", "push", "pop", "stack_len"]


def gradient(case: Case) -> tuple[Any, ...]:
    graph = case.graph()
    ones = tuple(np.ones(r.type.shape, r.type.dtype) for r in graph.results)
    return evaluate(reverse(graph), (*case.arguments(), *ones))


def f(*values: Any) -> Any:
    return np.array(values if len(values) > 1 else values[0], np.float64)


CONVENTIONS = [
    ("abs", (f(0.0),), {}, (0.0,)),
    ("abs", (np.array(0j),), {}, (0.0,)),
    ("abs", (np.array(3 + 4j),), {}, (0.6 - 0.8j,)),
    ("imag", (np.array(3 + 4j),), {}, (-1j,)),
    ("maximum", (f(1.0), f(1.0)), {}, (0.5, 0.5)),
    ("fmin", (f(np.nan), f(1.0)), {}, (0.0, 1.0)),
    ("fmax", (f(1.0), f(np.nan)), {}, (1.0, 0.0)),
    ("hypot", (f(0.0), f(0.0)), {}, (0.0, 0.0)),
    ("pow", (f(0.0), f(0.0)), {}, (0.0, 0.0)),
    ("pow", (f(0.0), f(2.0)), {}, (0.0, 0.0)),
    ("pow", (f(0.0), f(1.0)), {}, (1.0, 0.0)),
    ("pow", (f(-2.0), f(3.0)), {}, (12.0, np.nan)),
    ("sqrt", (f(0.0),), {}, (np.inf,)),
    ("zmul", (f(0.0), f(np.inf)), {}, (np.inf, 0.0)),
    ("logaddexp", (f(-np.inf), f(1.0)), {}, (0.0, 1.0)),
    ("logaddexp", (f(np.inf), f(1.0)), {}, (1.0, 0.0)),
    ("stop_gradient", (f(2.0),), {}, (0.0,)),
    ("reduce_max", (f(1.0, 2.0, 2.0),), {"axes": (0,)}, ([0.0, 0.5, 0.5],)),
    ("reduce_min", (f([[1.0, 1.0], [1.0, 1.0]]),), {"axes": (0, 1)}, ([[0.25, 0.25], [0.25, 0.25]],)),
    ("reduce_prod", (f(0.0, 2.0, 3.0),), {"axes": (0,)}, ([6.0, 0.0, 0.0],)),
    ("cummax", (f(1.0, 1.0, 0.0),), {"axis": 0, "reverse": False}, ([1.0, 2.0, 0.0],)),
    ("cummin", (f(1.0, 1.0, 2.0),), {"axis": 0, "reverse": True}, ([1.0, 1.0, 1.0],)),
    ("sort", (f(2.0, np.nan, 1.0),), {"axis": 0}, ([1.0, 1.0, 1.0],)),
    ("index_set", (f(1.0, 2.0), f(3.0, 4.0), ints(0, 0)), {"spec": (("arr",),)}, ([0.0, 1.0], [0.0, 1.0])),
]


@pytest.mark.parametrize("op, operands, attrs, wanted", CONVENTIONS, ids=[c[0] for c in CONVENTIONS])
def test_convention(op: str, operands: Any, attrs: Any, wanted: Any) -> None:
    """Where the derivative does not exist, it is what the documentation says."""
    for got, want in zip(gradient(Case(op, operands, attrs)), wanted, strict=True):
        np.testing.assert_allclose(got, want)


@pytest.mark.parametrize("name", POINTWISE)
def test_zero_cotangent_gives_zero(name: str) -> None:
    """A value that does not reach the result brings no NaN, whatever the partials are."""
    count = len(TABLE[name].domain)
    values = np.array([0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 1e300])
    fixed = PARAMETERS.get(name, ())
    grid = tuple(a.ravel() for a in np.meshgrid(*[values] * count)) if not fixed else (values,)
    if not count or name == "zmul" or "f" not in TABLE[name].kinds:
        return
    graph = Case(name, (*[np.float64(2.0)] * len(fixed), *grid), literal=fixed).graph()
    if is_float(graph.results[0].type):
        bar = np.zeros(grid[0].shape, graph.results[0].type.dtype)
        tangents = tuple(np.zeros_like(g) for g in grid)
        for zero in (*evaluate(reverse(graph), (*grid, bar)), *evaluate(forward(graph), (*grid, *tangents))):
            np.testing.assert_array_equal(zero, np.zeros_like(zero))


@pytest.mark.parametrize("name", [n for n in TYPED if isinstance(TABLE[n].derivative, Pointwise)])
def test_only_singular_rules_have_infinite_partials(name: str) -> None:
    """Of another operation, a partial is finite wherever the operands and the value are."""
    rule = TABLE[name].derivative
    assert isinstance(rule, Pointwise)
    values = np.array([0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -3.0, 1e-200, 1e100])
    if name in ("hyp1f1", "expn"):  # of large numbers SciPy takes minutes; an order is whole
        values = np.round(values[:-1])
    dtype = "f64" if "f" in TABLE[name].kinds else "c128"
    values = values.astype(DTYPES[dtype])
    for attrs in [{"n": n} for n in (0, 1, 2, 5)] if name in HAVE_ORDER else [{}]:
        grid = tuple(a.ravel() for a in np.meshgrid(*[values] * (len(TABLE[name].domain) or 1)))
        for k, partial in enumerate(rule.partials):
            if partial is None or k in PARAMETERS.get(name, ()):
                continue
            b = Builder(Names())
            operands = [b.expr(b.param("x", Array(g.dtype, g.shape))) for g in grid]
            out = operands[0].op(name, *operands[1:], **attrs)
            result = partial(*operands, out, **attrs).atom
            value, got = evaluate(b.graph(name, (out.atom, result)), grid)
            fine = bool(np.all(np.isfinite(np.broadcast_to(got, value.shape)[np.isfinite(value)])))
            is_singular = rule.singular(attrs) if callable(rule.singular) else rule.singular
            assert fine or is_singular


@pytest.mark.parametrize("name, k", [(name, k) for name, ks in PARAMETERS.items() for k in ks])
def test_no_derivative_with_respect_to_a_parameter(name: str, k: int) -> None:
    """It is refused."""
    operands = tuple(np.full(2, 0.5 * (j + 1)) for j in range(len(TABLE[name].domain)))
    others = tuple(j for j in range(len(operands)) if j != k)
    case = Case(name, tuple(o if j == k else o[0] for j, o in enumerate(operands)), literal=others)
    with pytest.raises(UnsupportedError, match=f"^{name} has no derivative rule with respect to its"):
        forward(case.graph())


def x_log_x(x: Expr) -> Expr:
    return x * x.op("log")


def softplus(x: Expr) -> Expr:
    return x.op("exp").op("log1p")


def reciprocal_root(x: Expr) -> Expr:
    return 1.0 / x.op("sqrt")


MASKED = [(x_log_x, 0.0, "le"), (softplus, 1000.0, "gt"), (reciprocal_root, 0.0, "le"), (reciprocal_root, -1.0, "le")]


@pytest.mark.parametrize("function, at, pred", MASKED, ids=[m[0].__name__ for m in MASKED])
def test_branch_not_taken_brings_no_nan(function: Any, at: float, pred: str) -> None:
    """`np.where(p(x), 3 * x, f(x))` has derivatives 3, 0 and 0 where p(x), though f has none there."""
    b = Builder(Names())
    x = b.expr(b.param("x", Array(F64)))
    taken = x.op(pred, 20.0 if pred == "gt" else 0.0)
    graph = b.graph("masked", (taken.op("select", x * 3.0, function(x)).atom,))
    args: tuple[Any, ...] = (np.float64(at),)
    for mode, wanted in ((reverse, 3.0), (reverse, 0.0), (forward, 0.0)):
        graph, args = mode(graph), (*args, *(np.float64(1.0),) * (1 if mode is reverse else len(args)))
        assert evaluate(graph, args)[0] == wanted


# ---------------------------------------------------------------------------------------- testing the tester

WRONG = [
    ("sin", Pointwise((lambda x, y: x.op("sin"),))),
    ("sin", Pointwise((lambda x, y: x.op("cos") * 1.0001,))),
    ("mul", Pointwise((lambda x, y, z: y, lambda x, y, z: y))),
    ("div", Pointwise((lambda x, y, z: 1.0 / y, lambda x, y, z: z / y))),
    ("broadcast", Linear(lambda g, inputs, attrs, i: inputs[0].full_like(1.0))),
    ("reshape", Linear(lambda g, inputs, attrs, i: -g.op("reshape", shape=inputs[0].shape))),
    ("index_set", Linear(TABLE["index_set"].derivative.transpose, args=(1,))),  # type: ignore[union-attr]
]


@pytest.mark.parametrize("name, rule", WRONG, ids=[name for name, _ in WRONG])
def test_wrong_rule_is_caught(monkeypatch: pytest.MonkeyPatch, name: str, rule: Any) -> None:
    """The checks above fail for a rule that is wrong."""
    monkeypatch.setitem(TABLE, name, dataclasses.replace(TABLE[name], derivative=rule))
    with pytest.raises(AssertionError):
        test_derivative_is_right(name)


def two_reads() -> Graph:
    """x[0] * x[i]: the second cotangent of x is added to the first in place."""
    b = Builder(Names())
    x, i = b.param("x", Array(F64, (3,))), b.param("i", Array(I64))
    first, second = b.op("index", x, spec=(("int", 0),)), b.op("index", x, i, spec=(("i",),))
    return b.graph("two_reads", (b.op("mul", first, second),))


def test_cotangents_of_reads_accumulate(monkeypatch: pytest.MonkeyPatch) -> None:
    """`accumulate` adds what `transpose` gives; one that does not is caught."""
    args = (np.array([1.0, 2.0, 3.0]), np.int64(0))
    check_derivatives(two_reads(), args, np.random.default_rng(0))
    rule = dataclasses.replace(TABLE["index"].derivative, accumulate=lambda acc, *rest: acc)
    monkeypatch.setitem(TABLE, "index", dataclasses.replace(TABLE["index"], derivative=rule))
    with pytest.raises(AssertionError):
        check_derivatives(two_reads(), args, np.random.default_rng(0))


def test_wrong_type_rule_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """A type rule that promises another dtype than NumPy gives is found."""
    monkeypatch.setitem(TABLE, "isnan", dataclasses.replace(TABLE["isnan"], type_rule=TABLE["neg"].type_rule))
    with pytest.raises(AssertionError):
        test_type_rule_is_what_numpy_gives("isnan")


# ------------------------------------------------------------------------------ types, stacks, checks, Python

N = SymDim("n", 100)
REFUSED = [
    ("add", (Array(F64, (2,)), Array(F64, (3,))), {}, "add takes operands of one shape, not f64[2] and f64[3]"),
    ("add", (Array(F64), Array(I64)), {}, "add takes operands of one dtype, not f64 and i64"),
    ("div", (Array(I64), Array(I64)), {}, "div takes float or complex operands, not i64"),
    ("exp", (Stack(Array(F64), 3),), {}, "exp takes arrays, not stack(f64, 3)"),
    ("matmul", (Array(F64, (2, 3)), Array(F64, (2, 3))), {}, "contracts the last axis"),
    ("broadcast", (Array(F64, (2,)),), {"shape": (3,)}, "f64[2] cannot be broadcast to f64[3]"),
    ("reshape", (Array(F64, (2,)),), {"shape": (3,)}, "the numbers of elements differ"),
    ("reshape", (Array(F64, (N, 2)),), {"shape": (2,)}, "the numbers of elements differ"),
    ("reduce_max", (Array(F64, (0, 2)),), {"axes": (0,)}, "no elements"),
    ("index", (Array(F64, (2,)),), {"spec": (("int", 2),)}, "out of range of f64[2]"),
    ("index", (Array(F64, (2,)),), {"spec": ()}, "0 entries for the 1 axes"),
    (
        "index_set",
        (Array(F64, (2,)), Array(F64, (1,))),
        {"spec": (("int", 0),)},
        "a value of shape f64 here, not f64[1]",
    ),
    ("push", (Stack(Array(F64), 3), Array(I64)), {}, "push of i64 to a stack of f64"),
    ("check", (Array(F64),), {}, "a condition of type bool, not f64"),
]


@pytest.mark.parametrize("name, types, attrs, message", REFUSED, ids=[r[0] for r in REFUSED])
def test_type_error(name: str, types: Any, attrs: Any, message: str) -> None:
    """Operands that do not fit are refused with a sentence about types."""
    with pytest.raises(TypeError) as caught:
        TABLE[name].type_rule(types, attrs)
    assert message in str(caught.value)


SYMBOLIC = [
    ("add", ((N, 2), (N, 2)), {}, (N, 2)),
    ("broadcast", ((1, 2),), {"shape": (N, 2)}, (N, 2)),
    ("reshape", ((N, 2),), {"shape": (2, 1, N)}, (2, 1, N)),
    ("transpose", ((N, 2),), {"perm": (1, 0)}, (2, N)),
    ("matmul", ((3, N), (N, 2)), {}, (3, 2)),
    ("reduce_sum", ((N, 2),), {"axes": (0,)}, (2,)),
    ("concatenate", ((N, 2), (N, 3)), {"axis": 1}, (N, 5)),
    ("index", ((N, 5),), {"spec": (("slice", 0, N, 1), ("slice", 4, 2, -2))}, (N, 2)),
    ("cumsum", ((N,),), {"axis": 0, "reverse": False}, (N,)),
]


@pytest.mark.parametrize("name, shapes, attrs, wanted", SYMBOLIC, ids=[s[0] for s in SYMBOLIC])
def test_symbolic_dims_pass_through(name: str, shapes: Any, attrs: Any, wanted: Any) -> None:
    """A symbolic dim is equal to itself, and keeps its name."""
    assert TABLE[name].type_rule(tuple(Array(F64, s) for s in shapes), attrs) == (Array(F64, wanted),)


def test_stacks_are_values_and_empty_ones_pop_zeros() -> None:
    """`push` and `pop` leave their operand as it was."""
    attrs = {"dtype": "f32", "shape": (2,), "capacity": "k0"}
    (type,) = TABLE["stack_new"].type_rule((), attrs)
    assert type == Stack(Array(DTYPES["f32"], (2,)), SymDim("k0"))
    empty = TABLE["stack_new"].evaluate(**attrs)
    one = TABLE["push"].evaluate(empty, np.ones(2, np.float32))
    rest, top = TABLE["pop"].evaluate(one)
    assert (len(empty), len(one), len(rest), TABLE["stack_len"].evaluate(one)) == (0, 1, 0, 1)
    assert [list(v) for v in one.from_top()] == [[1.0, 1.0]] and list(top) == [1.0, 1.0]
    again, zeros = TABLE["pop"].evaluate(rest)
    assert again is rest and zeros.dtype == np.float32 and list(zeros) == [0.0, 0.0]
    assert TABLE["pop"].type_rule((type,), {}) == (type, type.elem)


def test_check_raises_the_exception_it_names() -> None:
    """The class is found by its import path, the message formats Python values."""
    check = TABLE["check"].evaluate
    assert check(np.True_, error="builtins.IndexError", message="no") == ()
    with pytest.raises(IndexError, match=r"^index 3 with 2\.5$"):
        check(np.False_, np.int64(3), np.float64(2.5), error="builtins.IndexError", message="index {} with {!r}")
    with pytest.raises(AssertionError, match=r"^$"):
        check(np.False_, error="builtins.AssertionError", message=None)
    with pytest.raises(TypeError, match="is no exception class"):
        exception_for("builtins.len", "", (), ())


PYTHON = [
    ("binary", (7, 2), {"op": "//"}, 3),
    ("unary", (0,), {"op": "not"}, True),
    ("compare", (1, [1, 2]), {"op": "in"}, True),
    ("truth", ([],), {}, False),
    ("getattr", (1j,), {"name": "imag"}, 1.0),
    ("getitem", ([1, 2, 3], slice(1, None)), {}, [2, 3]),
    ("slice", (1, None, 2), {}, slice(1, None, 2)),
    ("tuple", (1, [2, 3]), {"starred": (1,)}, (1, 2, 3)),
    ("list", (1, 2), {"starred": ()}, [1, 2]),
    ("dict", ("a", 1, None, {"b": 2}), {"starred": (1,)}, {"a": 1, "b": 2}),
    ("call", (dict, [("a", 1)], 2, {"c": 3}), {"keywords": ("b", None), "starred": ()}, {"a": 1, "b": 2, "c": 3}),
    ("call", (max, [1, 5], 2), {"keywords": (), "starred": (0,)}, 5),
    ("unpack", ([1, 2, 3],), {"before": 1, "star": True, "after": 1}, (1, [2], 3)),
    ("unpack", ([1],), {"before": 1, "star": False, "after": 0}, 1),
    ("format", ("x=", 2.5, "a"), {"specs": (None, (-1, ".2f"), ("r", None))}, "x=2.50'a'"),
]


@pytest.mark.parametrize("name, inputs, attrs, wanted", PYTHON, ids=[p[0] for p in PYTHON])
def test_python_operation(name: str, inputs: Any, attrs: Any, wanted: Any) -> None:
    """The operations of the IR before inference mean what CPython does."""
    assert TABLE[f"py.{name}"].evaluate(*inputs, **attrs) == wanted


def caught(act: Any) -> tuple[type, str]:
    try:
        act()
    except Exception as error:
        return type(error), str(error)
    raise AssertionError("nothing was raised")


@pytest.mark.parametrize("value, star", [(1, False), ([1], False), ([1, 2, 3], False), ([], True)])
def test_unpacking_fails_as_cpython_does(value: Any, star: bool) -> None:
    """The same exception with the same message."""

    def plain() -> None:
        if star:
            a, *b, c = value
        else:
            a, b = value

    assert caught(lambda: TABLE["py.unpack"].evaluate(value, before=1, star=star, after=1)) == caught(plain)


def test_unbound_variables_raise_when_read() -> None:
    """An unbound value may be kept in a cell, and is an error to read, in CPython's words."""
    undef = TABLE["py.undef"].evaluate(name="x")
    with pytest.raises(UnboundLocalError, match="cannot access local variable 'x'"):
        TABLE["py.binary"].evaluate(undef, 1, op="+")
    cell = TABLE["py.cell"].evaluate(undef)
    with pytest.raises(NameError, match="cannot access free variable 'x'"):
        TABLE["py.cell_get"].evaluate(cell, name="x", free=True)
    assert TABLE["py.cell_set"].evaluate(cell, 3) == ()
    assert TABLE["py.cell_get"].evaluate(cell, name="x", free=True) == 3
