"""Taylor mode: coefficients beside repeated differentiation, for every operation, through loops and branches."""

from __future__ import annotations

import math
from typing import Any

import jax
import numpy as np
import pytest

from myialike import compile, grad, jvp, nth_derivative, show, taylor
from myialike.ad.forward import jvp as jvp_graph
from myialike.ad.taylor import taylor as taylor_graph
from myialike.errors import TypeCheckError
from myialike.ir.builder import Builder, Names
from myialike.ir.interpret import run
from myialike.ir.op import TABLE, Custom, Pointwise
from myialike.ir.syntax import Atom, Lit, Module
from myialike.ir.types import F64, Array
from tests.test_ops import PARAMETERS

ATTRIBUTES = {"sinc": {"n": 1}, "exprel": {"n": 1}}
BACKENDS = pytest.mark.parametrize("backend", ["python", "xla"])
ORDER = 5


def smooth() -> list[str]:
    """The real operations of one or two operands with a rule, none of whose attributes must be given."""
    found = []
    for name, op in TABLE.items():
        if name.startswith(("py.", "ad.")) or not isinstance(op.derivative, Pointwise | Custom):
            continue
        if len(op.domain) not in (1, 2) or "f" not in op.kinds or name in ("integer_pow", "complex"):
            continue
        try:
            result = op.type_rule((Array(F64),) * len(op.domain), {})
        except (TypeError, KeyError):
            continue
        if result == (Array(F64),):
            found.append(name)
    return found


@pytest.mark.parametrize("name", smooth())
def test_every_operation(name: str) -> None:
    """Along a curve in its operands: what repeated forward mode gives, divided by factorials."""
    op, b = TABLE[name], Builder(Names())
    t = b.param("t", Array(F64))
    operands: list[Atom] = []
    for k, (low, high) in enumerate(op.domain):
        middle, half = (low + high) / 2 + 0.1 * (high - low), (high - low) / 4
        curve = (b.expr(t) * (1.3 + k)).op("sin") * half * 0.5 + middle
        fixed = k in PARAMETERS.get(name, ())
        operands.append(Lit(middle, Array(F64)) if fixed else curve.atom)
    graph = b.graph(name, [b.op(name, *operands, **ATTRIBUTES.get(name, {}))])
    got = run(Module((taylor_graph(graph, (True,), ORDER),)), 0.2, 1.0)
    want, order = [], graph
    for k in range(ORDER + 1):
        args = (0.2, *(1.0,) * (len(order.params) - 1))
        values = run(Module((order,)), *args)
        want.append(values[-1] / math.factorial(k))
        order = jvp_graph(order, (True, *(False,) * (len(order.params) - 1)))
    np.testing.assert_allclose(got, want, rtol=1e-8, atol=1e-10)


def test_the_table_is_covered() -> None:
    """The test above is about what it says."""
    assert len(smooth()) > 35
    assert {"sin", "cos", "exp", "div", "mul", "pow", "sqrt", "arctan2", "tanh", "abs", "maximum"} <= set(smooth())


def program(x):
    s = np.array([1.0, 2.0, 3.0])
    for k in range(3):
        if s[k] > 1.5:
            s = s * np.sin(x) + x**3 / (1 + s @ s)
        else:
            s[k] = np.exp(x * s[k]) ** 2.5 + np.sum(np.sort(s * x))
    n = 0
    total = np.sum(s)
    while total < 100:
        total = total * (x + 1)
        n += 1
    return {"total": total, "n": n, "s": s[::-1]}


@BACKENDS
def test_programs(backend: str) -> None:
    """Loops, branches, writes, reductions; a result of any structure; ints have coefficients 0."""
    f = compile(program, backend=backend)
    got = taylor(f, 1.3, 4)
    assert len(got) == 5
    derivative: Any = compile(lambda x: program(x)["total"], backend=backend)
    first: Any = compile(lambda x: program(x)["s"][1], backend=backend)
    for k, coefficient in enumerate(got):
        np.testing.assert_allclose(coefficient["total"] * math.factorial(k), derivative(1.3), rtol=1e-9)
        np.testing.assert_allclose(coefficient["s"][1] * math.factorial(k), first(1.3), rtol=1e-9)
        assert coefficient["n"] == (program(1.3)["n"] if k == 0 else 0)
        derivative, first = grad(derivative), grad(first)


@BACKENDS
def test_nth_derivative(backend: str) -> None:
    """Of every order, differentiated again, inside of programs, and with further arguments."""
    f = compile(lambda x, a=2.0: np.exp(a * x) * np.sin(x), backend=backend)
    want: Any = f
    for n in range(6):
        np.testing.assert_allclose(nth_derivative(f, n)(0.4), want(0.4), rtol=1e-11)
        want = grad(want)
    np.testing.assert_allclose(grad(nth_derivative(f, 2))(0.4), nth_derivative(f, 3)(0.4), rtol=1e-12)
    np.testing.assert_allclose(nth_derivative(grad(f), 2)(0.4), nth_derivative(f, 3)(0.4), rtol=1e-12)
    np.testing.assert_allclose(jvp(nth_derivative(f, 2), (0.4,), (2.0,))[1], 2 * nth_derivative(f, 3)(0.4), rtol=1e-12)
    np.testing.assert_allclose(nth_derivative(f, 4)(0.0, 3.0), 4 * (3**3 - 3), rtol=1e-12)
    inside = compile(lambda x: (taylor(np.sin, x, 3)[3], nth_derivative(lambda y: y**4 * x, n=2)(x)), backend=backend)
    np.testing.assert_allclose(inside(0.5), (-np.cos(0.5) / 6, 12 * 0.5**3), rtol=1e-14)
    np.testing.assert_allclose(compile(lambda x: taylor(np.sin, x, order=1)[1], backend=backend)(0.5), np.cos(0.5))


def test_at_kinks_and_zeros() -> None:
    """Powers at 0, and what a `where` does not choose."""
    assert taylor(lambda x: x**3, 0.0, 4) == (0.0, 0.0, 0.0, 1.0, 0.0)
    assert taylor(lambda x: x**3.0, 0.0, 4) == (0.0, 0.0, 0.0, 1.0, 0.0)
    assert taylor(compile(lambda x: np.where(x > 0, np.sqrt(x), x * x), backend="python"), 0.0, 3) == (0, 0, 1, 0)
    assert taylor(lambda x: abs(x), -2.0, 2) == (2.0, -1.0, 0.0)


def test_a_direction() -> None:
    """Of a function of an array, along a line."""
    a, v = np.array([0.5, 1.0]), np.array([1.0, -2.0])
    got = taylor(compile(lambda t: np.sum(np.exp(a + t * v)), backend="python"), 0.0, 3)
    np.testing.assert_allclose(got, [np.sum(np.exp(a) * v**k) / math.factorial(k) for k in range(4)])


@pytest.mark.parametrize("x", [np.ones(2), 1 + 2j, (1.0, 2.0)])
def test_the_argument_is_one_real_number(x: Any) -> None:
    with pytest.raises(TypeCheckError, match="one real number"):
        taylor(compile(lambda x: x, backend="python"), x, 2)


@pytest.mark.parametrize("order", [-1, 1.0, True, None])
def test_the_order_is_an_int(order: Any) -> None:
    with pytest.raises(TypeCheckError, match="order"):
        taylor(compile(lambda x: x, backend="python"), 1.0, order)


def test_the_program_grows_as_a_polynomial() -> None:
    """From order 4 to order 8 at most by a factor of 4, where nesting would give 16 or more."""

    def f(x):
        return np.sin(x) * np.exp(x) / (1 + x * x)

    sizes = [len(show(nth_derivative(compile(f, backend="python"), n), 1.0).splitlines()) for n in (4, 8)]
    assert sizes[1] < 4 * sizes[0]
    with jax.enable_x64(True):
        want = jax.grad(jax.grad(lambda x: jax.numpy.sin(x) * jax.numpy.exp(x) / (1 + x * x)))(1.0)
    np.testing.assert_allclose(nth_derivative(f, 2)(1.0), want, rtol=1e-13)
