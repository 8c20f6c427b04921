"""The conventions of docs/derivatives.md at points without a derivative, one by one, in both modes on both backends."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.special

from myialike import compile, grad, jvp

BACKENDS = pytest.mark.parametrize("backend", ["python", "xla"])
INF, NAN = np.inf, np.nan
WEIGHTS = np.array([1.0, 10.0, 100.0])

CONVENTIONS: list[tuple[Any, tuple[Any, ...], tuple[Any, ...]]] = [
    (lambda x: abs(x), (0.0,), (0.0,)),
    (lambda x: np.abs(x), (0.0,), (0.0,)),
    (lambda z: np.abs(z), (0j,), (0j,)),
    (lambda x: np.sign(x) * 1.0, (0.0,), (0.0,)),
    (lambda x, y: np.maximum(x, y), (1.0, 1.0), (0.5, 0.5)),
    (lambda x, y: np.minimum(x, y), (1.0, 1.0), (0.5, 0.5)),
    (lambda x, y: np.fmax(x, y), (1.0, 1.0), (0.5, 0.5)),
    (lambda x, y: np.fmax(x, y), (NAN, 1.0), (0.0, 1.0)),
    (lambda x: np.maximum(x, 0.0), (0.0,), (0.5,)),
    (lambda x: np.clip(x, 0.0, 1.0), (1.0,), (0.5,)),
    (lambda x, y: max(x, y), (1.0, 1.0), (1.0, 0.0)),
    (lambda x, y: min(x, y), (1.0, 1.0), (1.0, 0.0)),
    (lambda x: x if x > 0 else 0.0, (0.0,), (0.0,)),
    (lambda x: np.where(x > 0, x, 0.0) * 1.0, (0.0,), (0.0,)),
    (lambda x: np.max(x), (np.array([1.0, 3.0, 3.0]),), (np.array([0.0, 0.5, 0.5]),)),
    (lambda x: np.min(x), (np.array([1.0, 1.0, 3.0]),), (np.array([0.5, 0.5, 0.0]),)),
    (lambda x: np.maximum.accumulate(x) @ WEIGHTS, (np.array([2.0, 2.0, 1.0]),), (np.array([56.0, 55.0, 0.0]),)),
    (lambda x: np.sort(x) @ WEIGHTS, (np.array([2.0, 1.0, 2.0]),), (np.array([10.0, 1.0, 100.0]),)),
    (lambda x: x[np.argsort(x, kind="stable")] @ WEIGHTS, (np.array([2.0, 1.0, 2.0]),), (np.array([10.0, 1, 100]),)),
    (lambda x: np.median(x), (np.array([2.0, 1.0, 2.0]),), (np.array([1.0, 0.0, 0.0]),)),
    (lambda x: np.linalg.norm(x), (np.zeros(2),), (np.zeros(2),)),
    (lambda x, y: np.hypot(x, y), (0.0, 0.0), (0.0, 0.0)),
    (lambda x: np.sqrt(x), (0.0,), (INF,)),
    (lambda x: np.cbrt(x), (0.0,), (INF,)),
    (lambda x: np.log(x), (0.0,), (INF,)),
    (lambda x: x**0.5, (0.0,), (INF,)),
    (lambda x: np.arcsin(x), (1.0,), (INF,)),
    (lambda x: np.where(x > 0, np.sqrt(x), 0.0) * 1.0, (0.0,), (0.0,)),
    (lambda x: np.where(x > 0, np.log(x), 0.0) * 1.0, (-1.0,), (0.0,)),
    (lambda x: np.where(x != 0, 1 / x, 0.0) * 1.0, (np.float64(0.0),), (0.0,)),
    (lambda x: np.where(x > 0, x**0.3, 0.0) * 1.0, (0.0,), (0.0,)),
    (lambda x: np.where(x > -1, np.log1p(x), 0.0) * 1.0, (-1.0,), (0.0,)),
    (lambda y, x: np.where(x > 0, np.arctan2(y, x), 0.0) * 1.0, (0.0, 0.0), (0.0, 0.0)),
    (lambda x: np.where(x > 30, x, np.log1p(np.exp(x))) * 1.0, (1e4,), (1.0,)),
    (lambda x: x**0, (0.0,), (0.0,)),
    (lambda x: x**0.0, (0.0,), (0.0,)),
    (lambda x: x**1, (0.0,), (1.0,)),
    (lambda x: x**1.0, (0.0,), (1.0,)),
    (lambda x, y: x**y, (0.0, 0.0), (0.0, 0.0)),
    (lambda x, y: x**y, (0.0, 2.0), (0.0, 0.0)),
    (lambda x, y: x**y, (0.0, 1.0), (1.0, 0.0)),
    (lambda y: 0.0**y, (2.0,), (0.0,)),
    (lambda x: np.prod(x), (np.array([0.0, 2.0, 3.0]),), (np.array([6.0, 0.0, 0.0]),)),
    (lambda x: np.prod(x), (np.array([0.0, 2.0, 0.0]),), (np.zeros(3),)),
    (lambda x: np.sum(np.cumprod(x)), (np.array([2.0, 0.0, 3.0]),), (np.array([1.0, 8.0, 0.0]),)),
    (lambda x: np.floor(x) + np.ceil(x) + np.trunc(x), (1.0,), (0.0,)),
    (lambda x: np.fix(x) + np.heaviside(x - 1.0, 0.5), (1.0,), (0.0,)),
    (lambda x, y: x // y * 1.0, (5.0, 2.0), (0.0, 0.0)),
    (lambda x, y: x % y, (5.0, 2.0), (1.0, -2.0)),
]


@BACKENDS
@pytest.mark.parametrize(("f", "args", "want"), CONVENTIONS)
def test_convention(f: Any, args: tuple[Any, ...], want: tuple[Any, ...], backend: str) -> None:
    """Reverse mode gives what the page says, and forward mode the same in the direction of all ones."""
    c = compile(f, backend=backend)
    got = grad(c, tuple(range(len(args))))(*args)
    for g, w in zip(got, want, strict=True):
        np.testing.assert_array_equal(np.asarray(g) + 0, np.asarray(w))
    ones = tuple(np.ones_like(a) if np.ndim(a) else type(a)(1.0) for a in args)
    np.testing.assert_allclose(jvp(c, args, ones)[1], sum(np.sum(np.asarray(w)) for w in want).real, rtol=1e-12)


@BACKENDS
def test_infinity_times_zero(backend: str) -> None:
    """What is not guarded is what the formula gives."""
    f = compile(lambda x: np.sqrt(np.sum(x * x)), backend=backend)
    assert np.isnan(grad(f)(np.zeros(2))).all()
    for g in (lambda x: np.sqrt(np.abs(x)), lambda x: np.sqrt(abs(x - x)), lambda x: np.sqrt(np.sum(x * x))):
        c = compile(g, backend=backend)
        assert np.isnan(grad(c)(np.float64(0.0))) and jvp(c, (np.float64(0.0),), (np.float64(1.0),))[1] == 0
    assert np.isnan(grad(compile(lambda y: np.arctan2(y, 0.0 * y), backend=backend))(0.0))


@BACKENDS
def test_what_overflows_below(backend: str) -> None:
    """A quotient by what overflows is 0, and its derivative NaN in both modes; what is written for it is exact."""
    x, one = np.float64(-800.0), np.float64(1.0)
    for f in (lambda x: 1.0 / (1.0 + np.exp(-x)), lambda x: 1.0 / (np.exp(-x) - 1.0)):
        c = compile(f, backend=backend)
        assert c(x) == 0 and np.isnan(grad(c)(x)) and np.isnan(jvp(c, (x,), (one,))[1])
    for f in (scipy.special.expit, lambda x: 0.5 * (1.0 + np.tanh(x / 2.0)), lambda x: np.exp(x) / (1.0 - np.exp(x))):
        c = compile(lambda x, f=f: f(x) * 1.0, backend=backend)
        assert c(x) == 0 and grad(c)(x) == 0 and jvp(c, (x,), (one,))[1] == 0
