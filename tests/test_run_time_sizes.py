"""Lists and arrays whose size is known only at run time: what CPython does, and when a run is made again."""

from collections.abc import Callable

import jax
import numpy as np
import pytest

from myialike import compile, grad, jvp, linearize, taylor
from myialike.api import Function
from myialike.errors import UnsupportedError
from tests.fuzz.engines import ENGINES
from tests.language_corpus import Program
from tests.run_time_size_corpus import PROGRAMS, many_steps, of_a_growing_list
from tests.test_language import agrees

BACKENDS = ("python", "xla")
RUNS = [(p, e) for p in PROGRAMS for e in ENGINES if e != "xla" or p.everywhere]


@pytest.mark.parametrize(("program", "engine"), RUNS, ids=lambda v: getattr(v, "name", v))
def test_program(program: Program, engine: str) -> None:
    """CPython and the engine do the same; sums may be in another order."""
    run = ENGINES[engine](program.fn)
    assert all(agrees(program.fn, run, args, 1e-12) for args in program.inputs)


@pytest.mark.parametrize("backend", BACKENDS)
def test_room_is_made_seldom(backend: str) -> None:
    """10,000 items need a few compilations, once: the second call, and one with fewer items, needs none."""
    compiled = compile(many_steps, backend=backend)
    made: list[int] = []
    original = Function._compile
    try:
        Function._compile = lambda self, *a: made.append(1) or original(self, *a)  # type: ignore[method-assign]
        assert agrees(many_steps, compiled, (1e-4,), 1e-9)
        assert 2 <= len(made) <= 5
        made.clear()
        compiled(1e-4)
        compiled(0.5)
        assert made == []
    finally:
        Function._compile = original  # type: ignore[method-assign]


@pytest.mark.parametrize("backend", BACKENDS)
def test_without_checks(backend: str) -> None:
    """The check for room is not one of those that a user may leave out."""
    compiled = compile(many_steps, backend=backend, checks=False)
    assert agrees(many_steps, compiled, (1e-3,), 1e-9)


def printing(x):
    xs = []
    while x > 1.0:
        xs.append(x)
        print("at", x)
        x *= 0.95
    print(len(xs))
    return xs


@pytest.mark.parametrize("backend", BACKENDS)
def test_prints_once(backend: str, capfd: pytest.CaptureFixture[str]) -> None:
    """A run that is made again with more room prints only when it has succeeded."""
    printing(1e4)
    expected = capfd.readouterr().out
    compile(printing, backend=backend)(1e4)
    assert capfd.readouterr().out == expected


def test_inside_of_jax() -> None:
    """A list that stays inside works under `jax.jit` and `jax.grad`; one that is returned is refused there."""
    x = jax.numpy.float32(0.9)
    wanted = compile(of_a_growing_list)(0.9)
    np.testing.assert_allclose(jax.jit(compile(of_a_growing_list))(x), wanted, rtol=1e-5)
    slope = grad(of_a_growing_list)(0.9)
    np.testing.assert_allclose(jax.grad(compile(of_a_growing_list))(x), slope, rtol=1e-4)
    with pytest.raises(UnsupportedError, match="run-time length"):
        jax.jit(compile(printing))(x)


def grows(x):
    xs, pairs = [], []
    for v in x:
        if v > 1.5:
            xs.append([v * k for k in range(2)] + [v * v])
            pairs.append((int(v), v * v))
    return {"parts": x[: np.argmax(x)] * x[0], "lists": xs, "pairs": pairs, "masked": x[x > 1.5] ** 2}


def test_tangents_have_the_sizes_of_what_they_belong_to() -> None:
    """The tangent of a result of run-time size has its length; its ints, which do not move, have zeros."""
    x, v = np.array([1.0, 2.0, 5.0, 3.0]), np.array([0.5, -1.0, 2.0, 0.25])
    value, tangent = jvp(grows, (x,), (v,))
    again, pushed = linearize(grows, x)
    for dot in (tangent, pushed(v)):
        np.testing.assert_allclose(dot["parts"], x[:2] * v[0] + v[:2] * x[0])
        np.testing.assert_allclose(dot["lists"], [[0.0, s, 2 * r * s] for r, s in zip(x[1:], v[1:], strict=True)])
        np.testing.assert_allclose(dot["pairs"], [(0, 2 * r * s) for r, s in zip(x[1:], v[1:], strict=True)])
        np.testing.assert_allclose(dot["masked"], 2 * x[1:] * v[1:])
    assert [n for n, _ in value["pairs"]] == [n for n, _ in again["pairs"]] == [2, 5, 3]
    along = taylor(lambda t: grows(x + t * v)["masked"], 0.0, 2)
    np.testing.assert_allclose(along, [x[1:] ** 2, 2 * x[1:] * v[1:], v[1:] ** 2])


def test_changed_while_looped_over() -> None:
    """A list that its own loop makes longer is refused, not looped over too short."""

    def f(x):
        xs = [x]
        while x > 1.0:
            xs.append(x)
            x /= 2
        for y in xs:
            if y < 3.0:
                xs.append(y + 10.0)
        return xs

    with pytest.raises(UnsupportedError, match="looped over"):
        compile(f)(7.0)


def aliased(x):
    rows, row = [], np.array([x, 1.0])
    while x > 1.0:
        rows.append(row)
        x /= 2
        row[0] = x
    return rows


def changed_through_the_list(x):
    rows = []
    while x > 1.0:
        rows.append(np.array([x, 1.0]))
        x /= 2
    rows[0][1] = 5.0
    return rows[0]


def aliased_next_turn(x):
    rows, row = [], np.array([x, 1.0])
    while x > 1.0:
        row[0] = x
        rows.append(row)
        x /= 2
    return rows


def aliased_after_the_loop(x):
    rows, row = [], np.array([x, 1.0])
    while x > 1.0:
        rows.append(row)
        x /= 2
    row[0] = 0.0
    return rows


def closures_of_one_variable(x):
    fs, k = [], 0.0
    while x > 1.0:
        k += 1.0
        fs.append(lambda y: y * k)
        x /= 2
    return fs[0](1.0) + fs[-1](2.0)


ALIASES = [aliased, aliased_next_turn, aliased_after_the_loop, changed_through_the_list, closures_of_one_variable]


@pytest.mark.parametrize("fn", ALIASES, ids=lambda f: f.__name__)
def test_aliases_are_right_or_refused(fn: object) -> None:
    """An array in a list of run-time length that is changed later is refused where it is read."""
    try:
        compile(fn)(7.0)  # type: ignore[call-overload]
    except UnsupportedError:
        return
    assert agrees(fn, compile(fn), (7.0,), 1e-12)  # type: ignore[arg-type, call-overload]


@pytest.mark.parametrize(
    "solved", [lambda a, b: np.linalg.solve(a, b), lambda a, b: np.linalg.lstsq(a, b, rcond=None)[0]]
)
def test_shapes_that_may_fit(solved: Callable[..., object]) -> None:
    """A system whose size comes from data is not said to be of the wrong shape; one from an argument is compiled in."""

    def of_data(a, b):
        n = 0
        for x in b:
            n += x > 0.0
        return solved(a[:n, :n], b[:n])

    def of_an_argument(a, b, n):
        return solved(a[:n, :n], b[:n])

    a, b = np.eye(3) * 2.0 + 0.1, np.array([1.0, 2.0, -3.0])
    with pytest.raises(UnsupportedError, match="size is known only at run time"):
        compile(of_data)(a, b)
    assert agrees(of_an_argument, compile(of_an_argument), (a, b, 2), 1e-12)
