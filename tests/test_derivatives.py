"""Derivatives of whole Python programs, against CPython: differences of what it computes, to second and third order.

The Python backend runs every program in every nesting of two transformations; XLA compiles one function for each
program, which gives the gradient and a second derivative together: that keeps it quick.

Golden texts are in `tests/golden`; `UPDATE_GOLDEN=1` in the environment writes them anew.
"""

from __future__ import annotations

import copy
import math
import os
import pathlib
import re
from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

import numpy as np
import pytest

import tests.adversarial_corpus
import tests.network_corpus
import tests.run_time_size_corpus  # noqa: F401  (these add to the corpus)
from myialike import compile, grad, jvp, show, source, vjp
from myialike.errors import TypeCheckError
from myialike.ir.syntax import walk
from myialike.ir.text import parse_module
from tests.derivative_corpus import CASES, GUARDS, Case
from tests.fuzz.engines import ENGINES

pytestmark = pytest.mark.filterwarnings("ignore::myialike.errors.CutPathWarning")  # see test_cut_paths.py
GOLDEN = pathlib.Path(__file__).parent / "golden"
STEP = 1e-3

Program = Callable[..., Any]


def dot(a, b):
    """The inner product of two structures; compiled as it stands."""
    if isinstance(a, tuple | list):
        total = 0.0
        for u, v in zip(a, b):
            total += dot(u, v)
        return total
    if isinstance(a, dict):
        return sum(dot(a[k], b[k]) for k in a)
    if hasattr(a, "b"):
        return dot(a.w, b.w) + dot(a.b, b.b)
    return np.sum(a * b)


def leaves(tree: Any) -> list[np.ndarray]:
    """The numbers of a structure, in order."""
    if isinstance(tree, tuple | list):
        return [leaf for item in tree for leaf in leaves(item)]
    if isinstance(tree, dict):
        return [leaf for item in tree.values() for leaf in leaves(item)]
    if is_dataclass(tree):
        return [leaf for field in fields(tree) for leaf in leaves(getattr(tree, field.name))]
    return [] if isinstance(tree, str) else [np.asarray(tree)]


def with_leaves(tree: Any, new: list[Any]) -> Any:
    """`tree` with its numbers replaced by those taken from the front of `new`, in the same types."""
    if isinstance(tree, tuple | list):
        items = [with_leaves(item, new) for item in tree]
        return type(tree)(*items) if hasattr(tree, "_fields") else type(tree)(items)
    if isinstance(tree, dict):
        return {k: with_leaves(item, new) for k, item in tree.items()}
    if is_dataclass(tree):
        return type(tree)(*(with_leaves(getattr(tree, field.name), new) for field in fields(tree)))
    if isinstance(tree, str):
        return tree
    value = np.asarray(new.pop(0), np.asarray(tree).dtype)
    return value if isinstance(tree, np.ndarray) else type(tree)(value)


def direction(tree: Any) -> Any:
    """A fixed structure like `tree` of numbers between -1 and 1."""
    rng = np.random.default_rng(3)
    return with_leaves(tree, [rng.uniform(-1, 1, leaf.shape).round(3) for leaf in leaves(tree)])


def moved(primals: Any, v: Any, t: float) -> Any:
    wide = [
        np.asarray(p, np.float64) + t * np.asarray(d, np.float64)
        for p, d in zip(leaves(primals), leaves(v), strict=True)
    ]
    return with_leaves(primals, wide)


def slope(f: Callable[[Any], Sequence[Any]], primals: Any, v: Any, step: float) -> list[np.ndarray]:
    """The derivatives along v of the leaves that f gives, by central differences of the fourth order."""
    out = [f(moved(primals, v, k * step)) for k in (-2, -1, 1, 2)]
    return [(a - 8.0 * b + 8.0 * c - d) / (12 * step) for a, b, c, d in zip(*out, strict=True)]


def close(got: Any, want: Any, tolerance: float, what: str) -> None:
    got, want = leaves(got), leaves(want)
    assert len(got) == len(want), what
    scale = max(1.0, *(float(np.max(np.abs(w), initial=0.0)) for w in want))
    for g, w in zip(got, want, strict=True):
        assert g.shape == w.shape, what
        np.testing.assert_allclose(g, w, rtol=tolerance, atol=tolerance * scale, err_msg=what)


class Problem:
    """One program of the corpus as a function of what is differentiated, the tuple `primals`."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.fn, self.wrt = case.fn, case.wrt
        self.primals = tuple(case.args[k] for k in case.wrt)
        self.v = direction(self.primals)
        self.single = any(np.asarray(leaf).dtype == np.float32 for leaf in leaves(case.args))
        self.step = 3e-2 if self.single else STEP

    def fresh(self) -> tuple[Any, ...]:
        return copy.deepcopy(self.case.args)

    def args(self, primals: Any) -> list[Any]:
        args = list(self.fresh())
        for k, p in zip(self.wrt, copy.deepcopy(primals), strict=True):
            args[k] = p
        return args

    def value(self, primals: Any) -> list[np.ndarray]:
        """What CPython gives; a float32 program is run on float64 numbers, for differences of use."""
        with np.errstate(all="ignore"):
            return leaves(self.fn(*self.args(primals)))

    def check_gradient(self, got: Any) -> None:
        """Along v, and along every coordinate of the gradient's structure."""
        tolerance = self.case.tolerance
        assert [leaf.shape for leaf in leaves(got)] == [leaf.shape for leaf in leaves(self.primals)]
        assert type(got) is tuple and list(map(type, got)) == list(map(type, self.primals))
        along = sum(np.sum(np.asarray(g, np.float64) * d) for g, d in zip(leaves(got), leaves(self.v), strict=True))
        close(along, slope(self.value, self.primals, self.v, self.step), tolerance, "gradient along v")
        zeros = [np.zeros(leaf.shape) for leaf in leaves(self.primals)]
        for k, leaf in enumerate(leaves(got)):
            for place in np.ndindex(leaf.shape):
                unit = [z.copy() for z in zeros]
                unit[k][place] = 1.0
                towards = with_leaves(self.primals, unit)
                close(
                    leaf[place], slope(self.value, self.primals, towards, self.step), tolerance, f"gradient {k} {place}"
                )


def along(f: Program, v: Any) -> Program:
    """The function whose value is the product of f's value with v."""

    def product(*args):
        return dot(f(*args), v)

    return product


@cache
def problem(name: str) -> Problem:
    return Problem(CASES[name])


def on_python(f: Program) -> Program:
    return compile(f, backend="python")


def active_only(p: Problem) -> Program:
    """The program as a function of the differentiated arguments alone; the others are captured."""
    fn, args = p.fn, p.fresh()
    if p.wrt == (0,):
        return lambda a: fn(a, *args[1:])
    if p.wrt == (1,):
        return lambda b: fn(args[0], b, *args[2:])
    if p.wrt == (0, 1):
        return lambda a, b: fn(a, b, *args[2:])
    if p.wrt == (1, 2):
        return lambda b, c: fn(args[0], b, c, *args[3:])
    assert p.wrt == tuple(range(len(args)))
    return fn


@cache
def gradient_on_python(name: str) -> Any:
    p = problem(name)
    return grad(on_python(p.fn), p.wrt)


@pytest.mark.parametrize("name", CASES)
def test_value_and_gradient(name: str) -> None:
    """The value is CPython's, in its type, and the gradient is the limit of differences."""
    p = problem(name)
    args, twin = p.fresh(), p.fresh()
    with np.errstate(all="ignore"):
        want = p.fn(*twin)
    got = on_python(p.fn)(*args)
    assert type(got) is type(want)
    np.testing.assert_allclose(got, want, rtol=1e-5 if p.single else 1e-12)
    close(leaves(args), leaves(twin), 1e-12, "what the function did to its arguments")
    p.check_gradient(gradient_on_python(name)(*p.fresh()))


@pytest.mark.parametrize("name", CASES)
def test_second_order(name: str) -> None:
    """All nestings of the two modes give the derivative of the gradient along v."""
    p = problem(name)
    f, every, v = active_only(p), tuple(range(len(p.wrt))), p.v
    first = gradient_on_python(name)
    want = slope(lambda q: leaves(first(*p.args(q))), p.primals, v, p.step)
    tolerance = 10 * p.case.tolerance
    primals = copy.deepcopy(p.primals)

    def tangent(*args):
        return jvp(f, args, v)[1]

    def cotangents(*args):
        return vjp(f, *args)[1](1.0)

    rev_rev = grad(on_python(along(grad(f, every), v)), every)
    close(rev_rev(*primals), want, tolerance, "grad of grad")
    _, pull = vjp(on_python(along(cotangents, v)), *primals)
    close(pull(1.0), want, tolerance, "vjp of vjp")
    fwd_rev = jvp(on_python(grad(f, every)), primals, v)[1]
    close(fwd_rev, want, tolerance, "jvp of grad")
    rev_fwd = grad(on_python(tangent), every)
    close(rev_fwd(*primals), want, tolerance, "grad of jvp")
    _, fwd_fwd = jvp(on_python(tangent), primals, v)
    curvature = sum(np.sum(w * d) for w, d in zip(want, leaves(v), strict=True))
    close(fwd_fwd, curvature, tolerance, "jvp of jvp")


@pytest.mark.parametrize("name", [n for n, c in CASES.items() if c.order >= 3])
def test_third_order(name: str) -> None:
    """Reverse mode thrice, and forward over reverse over reverse, are the derivative of the second."""
    p = problem(name)
    f, every, v = active_only(p), tuple(range(len(p.wrt))), p.v
    second = grad(along(grad(f, every), v), every)
    compiled = on_python(second)
    want = slope(lambda q: leaves(compiled(*q)), p.primals, v, p.step)
    close(grad(on_python(along(second, v)), every)(*p.primals), want, 1e-5, "grad of grad of grad")
    close(jvp(on_python(second), p.primals, v)[1], want, 1e-5, "jvp of grad of grad")


@pytest.mark.parametrize("name", CASES)
def test_on_xla(name: str) -> None:
    """XLA gives what the Python backend gives: value, gradient, and its derivatives in three nestings of the modes."""
    p = problem(name)
    f, every, v = active_only(p), tuple(range(len(p.wrt))), p.v

    def tangent(*args):
        return jvp(f, args, v)[1]

    def all_of_them(*args):
        first = grad(f, every)
        second = grad(along(first, v), every)(*args), jvp(first, args, v)[1], grad(tangent, every)(*args)
        return f(*args), first(*args), second

    want = on_python(all_of_them)(*copy.deepcopy(p.primals))
    got = ENGINES["xla"](all_of_them)(*copy.deepcopy(p.primals))  # inferred once for both
    tolerance = 1e-4 if p.single else 1e-9
    assert type(got[0]) is type(want[0])
    close(got, want, tolerance, "value, gradient, grad of grad, jvp of grad, grad of jvp")
    rev_rev, fwd_rev, rev_fwd = got[2]
    close(fwd_rev, rev_rev, 100 * tolerance, "jvp of grad and grad of grad")
    close(rev_fwd, rev_rev, 100 * tolerance, "grad of jvp and grad of grad")


@pytest.mark.parametrize("name", GUARDS)
def test_guards(name: str) -> None:
    """A value that does not reach the result brings no NaN into its derivatives of first and second order."""
    guard = GUARDS[name]
    f = on_python(guard.fn)
    ones = np.ones_like(guard.x)
    np.testing.assert_allclose(grad(f)(guard.x), guard.gradient, rtol=1e-12)
    np.testing.assert_allclose(jvp(f, (guard.x,), (ones,))[1], np.sum(guard.gradient), rtol=1e-12)
    np.testing.assert_allclose(grad(along(grad(f), ones))(guard.x), guard.second, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(jvp(grad(f), (guard.x,), (ones,))[1], guard.second, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(grad(lambda x: jvp(f, (x,), (ones,))[1])(guard.x), guard.second, rtol=1e-12, atol=1e-15)


SCALAR_GUARDS: list[tuple[Program, float, tuple[float, float, float]]] = [
    (lambda x: np.where(x > 0, np.sqrt(x), 0.0) + x * x, 0.0, (0.0, 2.0, 0.0)),
    (lambda x: np.where(x > 0, x * np.log(x), x**3), 0.0, (0.0, 0.0, 6.0)),
    (lambda x: np.where(x == 0, 1.0, np.sin(x) / np.where(x == 0, 1.0, x)) * x, 0.0, (1.0, 0.0, 0.0)),
    (lambda x: np.where(x > 30, x, np.log1p(np.exp(x))) * x, 800.0, (1600.0, 2.0, 0.0)),
    (lambda x: np.where(x > 0, x**1.5, -x), 0.0, (-1.0, 0.0, 0.0)),
    (lambda x: np.maximum(np.sqrt(np.abs(x)), 1.0) * x, 0.0, (1.0, 0.0, 0.0)),
    (lambda x: np.exp(-1.0 / (x * x)) if x != 0 else x * x, 0.0, (0.0, 2.0, 0.0)),
    (lambda x: np.where(x < 1, np.arcsin(np.where(x < 1, x, 0.0)), x), 2.0, (1.0, 0.0, 0.0)),
    (lambda x: np.arctan2(np.where(x > 0, x, 0.0), np.where(x > 0, x, 1.0)) + x, 0.0, (1.0, 0.0, 0.0)),
]


@pytest.mark.parametrize("k", range(len(SCALAR_GUARDS)))
def test_guards_of_one_number(k: int) -> None:
    """The same to third order for a single number, where `grad` of `grad` is in forward mode."""
    f, x, wanted = SCALAR_GUARDS[k]
    f = on_python(f)
    for want in wanted:
        f = grad(f)
        np.testing.assert_allclose(f(np.float64(x)), want, rtol=1e-12)


# ------------------------------------------------------------------------------------------------------ higher orders


def quotient(x):
    return np.sin(x) * np.exp(x) / (1.0 + x * x)


def in_a_branch(x):
    y = np.sin(x) * x if x > 0 else np.cos(x)
    return y * y


def in_a_loop(x):
    y = x
    for _ in range(5):
        y = np.sin(y) * x
    return y


def newton_root(x):
    y = x
    while abs(y * y - x) > 1e-14:
        y = 0.5 * (y + x / y)
    return y


def saturating(x):
    return np.tanh(np.tanh(x) * x)


def logistic(x):
    return 1.0 / (1.0 + np.exp(-x))


HIGH = [quotient, in_a_branch, in_a_loop, newton_root, saturating, logistic]


@pytest.mark.parametrize("fn", HIGH, ids=lambda f: f.__name__)
def test_high_orders(fn: Program) -> None:
    """Each is the derivative of the one before, and from order 4 on at most 1.5 times as large: as n^2 grows."""
    sizes = []
    f, x = on_python(fn), 0.7
    for order in range(8):
        graph = parse_module(show(f, x)).entry
        sizes.append(sum(1 for _ in walk(graph.body)))
        if order < 7:
            want = slope(lambda q: leaves(f(*q)), (x,), (1.0,), 1e-3)
            close(grad(f)(x), want[0], 1e-6, f"order {order + 1}")
        f = grad(f)
    assert all(after <= 1.5 * before for before, after in zip(sizes[4:], sizes[5:])), sizes


def polynomial(x):
    return 3 * x**4 - 2 * x**3 + x - 1.0


def bell(x):
    return math.exp(-x * x)


def ratio(x):
    return (x * x + 1) / (x + 2)


def powers(x):
    return x**2.5 + 2.0**x


def by_horner(x):
    s = 0.0
    for k in range(10):
        s = s * x + 1.0 / (k + 1)
    return s


def heron(x):
    y = 1.0
    for _ in range(5):
        y = 0.5 * (y + x / y)
    return y


def of_two_branches(x):
    if x > 0.5:
        return np.sin(x) * x
    return np.exp(x) / x


def halved_or_squared(x):
    s = x
    for _ in range(8):
        if s > 1.0:
            s = s * 0.5
        else:
            s = s * s + x
    return s


STEADY = [polynomial, bell, ratio, powers, by_horner, heron, of_two_branches, halved_or_squared]


@pytest.mark.parametrize("fn", STEADY, ids=lambda f: f.__name__)
def test_each_order_is_little_larger(fn: Program) -> None:
    """From the first derivative to the eighth, each has at most 1.5 times the equations of the one before."""
    sizes, f = [], grad(on_python(fn))
    for _ in range(8):
        sizes.append(sum(1 for _ in walk(parse_module(show(f, 0.7)).entry.body)))
        f = grad(f)
    assert all(after <= 1.5 * before for before, after in zip(sizes, sizes[1:])), sizes


def nested(f):
    """The derivative, by a `grad` that nothing knows to stand directly upon another."""
    return lambda x: grad(f)(x)


def a_tie(x):
    return np.maximum(x, x * x) * x


def a_norm(x):
    return np.hypot(x, 2.0 * x) ** 3


def products(x):
    return np.prod(np.array([x, 0.0, x])) + np.cumprod(np.array([x, 2.0, x]))[2] * x


def powers(x):
    return x**2.5 + x**3 + x**0 + np.abs(x) ** 3


def far_out(x):
    return np.exp(x) / (1.0 + np.exp(x)) + 1.0 / (1.0 + np.exp(-x))


def with_more(x, *, scale=2.0, table=(1.0, 2.0)):
    return scale * np.sin(x) ** 3 + table[1] * x**4


TOWERS = [*((f, x) for f, x, _ in SCALAR_GUARDS), *((f, 0.7) for f in HIGH), (a_tie, 1.0), (a_norm, 0.0),
          (products, 0.0), (powers, 0.0), (far_out, 800.0), (far_out, -800.0), (with_more, 0.3)]  # fmt: skip


@pytest.mark.parametrize("k", range(len(TOWERS)))
def test_towers(k: int) -> None:
    """Third and fourth derivatives in Taylor mode are those of forward mode, at kinks and guards too; so are types."""
    f, x = TOWERS[k]
    for number in (x, np.float64(x), np.float32(x)):
        tower, separate = on_python(grad(grad(grad(f)))), on_python(nested(nested(nested(f))))
        for _ in range(2):
            a, b = tower(number), separate(number)
            assert type(a) is type(b)
            rtol = 1e-3 if isinstance(a, np.float32) else 1e-10
            np.testing.assert_allclose(a, b, rtol=rtol, atol=1e-12)
            tower, separate = grad(tower), on_python(nested(separate))


def test_towers_are_as_the_functions_they_stand_on() -> None:
    """Keywords, arrays, ints and results of another type are what they are for fewer `grad`s."""
    third = grad(grad(grad(with_more)))
    s, c = np.sin(0.3), np.cos(0.3)
    np.testing.assert_allclose(third(0.3, scale=1.0), 6 * c**3 - 21 * s**2 * c + 14.4)
    assert grad(grad(grad(lambda x: 1.0)))(2.0) == 0.0
    with pytest.raises(TypeCheckError, match="which is int"):
        grad(grad(grad(lambda x: x * x)))(3)
    with pytest.raises(TypeCheckError, match="returns a real scalar"):
        grad(grad(grad(lambda x: x * np.ones(3))))(3.0)


# ------------------------------------------------------------------------------------------------------ golden texts

TO_READ = ["newton", "recurrence", "mlp_loss", "gauss_seidel", "recursive_power", "closure", "relu_like",
           "of_a_growing_list", "slices_read_and_written", "named_tuple", "early_return", "of_lu", "of_durbin",
           "lstm_scan", "cholesky"]  # fmt: skip


@pytest.mark.parametrize("name", TO_READ)
def test_golden_text(name: str) -> None:
    """The text of a few gradients, to be read in review; by itself it computes the gradient."""
    p = problem(name)
    wrt = p.wrt if len(p.wrt) > 1 else p.wrt[0]
    text = source(grad(p.fn, wrt), *p.fresh()).replace(f"{pathlib.Path(__file__).parent}{os.sep}", "")
    text = re.sub(r"(corpus\.py):\d+:\d+", r"\1:..", text)  # where a list begins: another place with each edit there
    path = GOLDEN / f"grad_{name}.py"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text)
    assert text == path.read_text()
    scope: dict[str, Any] = {}
    exec(text, scope)
    numbers = [leaf for a in p.fresh() for leaf in ([a] if isinstance(a, float | int | np.ndarray) else leaves(a))]
    got = scope[f"grad_{name}"](*numbers)
    close(got, grad(on_python(p.fn), wrt)(*p.fresh()), 1e-12, "the text by itself")


def numbered(x_0, x_1, n):
    k_1 = x_0 * x_1
    k_2 = np.sin(k_1) * x_1
    k = x_0
    for i_1 in range(n):
        k_2 = k_2 * k_1 + i_1
        k = np.cos(k * k_2)
    return k_2 * k


def test_numbers_at_the_end_of_names_are_kept() -> None:
    """`x_1` is not a second `x`: each variable of the user's has its name, and no other has it."""
    text = source(grad(numbered), 1.0, 2.0, 3)
    for line in ("k_1 = x_0 * x_1", "k_2 = np.sin(k_1) * x_1", "for i_1 in range(n):", "k, k_2 = tape.pop()"):
        assert line in text
    assert {"x_0_bar", "k_1_bar", "k_2_bar"} <= set(re.findall(r"\w+", text))
    namespace: dict[str, Any] = {}
    exec(text, namespace)
    np.testing.assert_allclose(namespace["grad_numbered"](1.0, 2.0, 3), grad(numbered)(1.0, 2.0, 3), rtol=1e-14)
