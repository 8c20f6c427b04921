"""The corpus of the language, differentiated: every program that takes floats and gives floats, against CPython.

A program is a function of those arguments that have floats. With a random direction `v` of these and a random cotangent
`w` of its result (or, of a function that returns no floats, of the arguments as it leaves them):

    w . (Df v)      by differences of what CPython computes
    (w Df) . v      by reverse mode, and by forward mode
    D (v, w -> w Df) by forward over reverse mode, against differences of reverse mode

A point is compared where the slopes on its two sides agree; at a kink it is moved a little and tried again. A program
that has no derivative is refused as a limitation, at a line. `test_nothing_is_left_out` counts: `pytest -s` prints it.
"""

from __future__ import annotations

import contextlib
import copy
import io
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from myialike import compile
from myialike.api import Applied, Function, is_jax, transformed
from myialike.checking import _is_floating, _leaves, _mapped
from myialike.errors import CompileError, UnsupportedError
from myialike.infer.spec import describe
from tests.language_corpus import PROGRAMS, Program
from tests.run_time_size_corpus import PROGRAMS as SIZED

pytestmark = pytest.mark.filterwarnings("ignore::myialike.errors.CutPathWarning")  # see test_cut_paths.py

Call = Callable[..., Any]
Numbers = list[np.ndarray]
ALL = [*PROGRAMS, *SIZED]
STEP = 1e-4
COUNTED: Counter[str] = Counter()


class NotComparable(Exception):
    """A point at which there is nothing to compare; the text says why."""


def quietly(fn: Call, *args: Any) -> Any:
    with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
        return fn(*args)


def float_parts(value: Any) -> list[bool]:
    """For each number in a structure, whether it is a float."""
    return [_is_floating(leaf) for leaf in describe([value], is_jax)[1].leaves]


def random_like(value: Any, rng: np.random.Generator) -> Any:
    """The structure with small random numbers for its floats."""

    def drawn(leaf: Any, k: int) -> Any:
        x = np.asarray(leaf)
        made = rng.uniform(-1, 1, x.shape)
        return (made + 1j * rng.uniform(-1, 1, x.shape) if x.dtype.kind == "c" else made).astype(x.dtype)

    return _mapped(drawn, value)


def moved(value: Any, along: Numbers, step: float) -> Any:
    def shifted(leaf: Any, k: int) -> Any:
        x = np.asarray(leaf)
        return (x + step * along[k]).astype(x.dtype)

    return _mapped(shifted, value)


def dot(a: Sequence[np.ndarray], b: Sequence[np.ndarray]) -> float:
    """The real part of the product; a complex derivative is the transpose, not the adjoint, as in JAX."""
    return float(sum(np.sum(np.real(x * y)) for x, y in zip(a, b, strict=True)))


class Point:
    """A program at one input, as a function of the arguments with floats."""

    def __init__(self, program: Program, args: tuple[Any, ...]) -> None:
        parts = [float_parts(a) for a in args]
        if any(any(p) and not all(p) for p in parts):
            raise NotComparable("an argument with floats and other numbers")
        kinds = tuple("moving" if any(p) else "fixed" for p in parts)
        self.fixed = tuple(None if k == "moving" else a for k, a in zip(kinds, args, strict=True))
        self.moving = tuple(a for k, a in zip(kinds, args, strict=True) if k == "moving")
        if not self.moving:
            raise NotComparable("no floats go in")
        fn, captured = program.fn, list(self.fixed)

        def of_floats(*moving):
            rest = list(moving)
            return fn(*[rest.pop(0) if kind == "moving" else v for kind, v in zip(kinds, captured)])

        def what_is_left(*moving):
            of_floats(*moving)
            return moving

        self.captured = captured
        self.fn: Call = of_floats
        try:
            if not self.value():
                self.fn = what_is_left
                if all(np.array_equal(a, b) for a, b in zip(self.value(), _leaves(self.moving), strict=True)):
                    raise NotComparable("no floats come out")
        except CompileError:
            raise NotComparable("no structure of numbers comes out") from None
        except NotComparable:
            raise
        except Exception:
            raise NotComparable("raises") from None
        self.single = any(np.asarray(x).dtype.itemsize < 8 for x in describe([self.moving], is_jax)[1].leaves)

    def run(self, fn: Call, *args: Any) -> Any:
        """`fn` of fresh copies: a program may change its arguments, and what it captures."""
        self.captured[:] = copy.deepcopy(self.fixed)
        return quietly(fn, *copy.deepcopy(args))

    def value(self, along: Numbers | None = None, step: float = 0.0) -> Numbers:
        """The floats that CPython computes, at a point a step away."""
        moving = moved(self.moving, along, step) if along else self.moving
        return _leaves(self.run(self.fn, *moving))


def slope(f: Callable[[float], Numbers], step: float) -> Numbers:
    """The derivative at 0 by differences.

    Raises:
        NotComparable: there is none, or f is too rough for differences.
    """
    try:
        far, near, here, ahead, farther = (f(k * step) for k in (-2, -1, 0, 1, 2))
    except Exception:
        raise NotComparable("raises nearby") from None
    found = []
    if len({tuple(x.shape for x in y) for y in (far, near, here, ahead, farther)}) > 1:
        raise NotComparable("the result changes its shape")
    for a, b, x, c, d in zip(far, near, here, ahead, farther, strict=True):
        sides = np.array([(x - b), (b - a), (c - x), (d - c)]) / step
        best = (a - 8.0 * b + 8.0 * c - d) / (12 * step)
        if not np.isfinite(sides).all():
            raise NotComparable("not finite")
        if not np.allclose(sides, best, rtol=1e-2, atol=1e-2):
            raise NotComparable("a kink")
        found.append(best)
    return found


def close(got: Any, want: Any, tolerance: float, what: str) -> None:
    scale = max([1.0, *(float(np.max(np.abs(w), initial=0.0)) for w in want)])
    for g, w in zip(got, want, strict=True):
        np.testing.assert_allclose(g, w, rtol=tolerance, atol=tolerance * scale, err_msg=what)


def first_order(point: Point, compiled: Function, rng: np.random.Generator) -> tuple[Any, Any]:
    """Both modes against differences of CPython; gives the direction and the cotangent."""
    v = random_like(point.moving, rng)
    along = _leaves(v)
    want = slope(lambda t: point.value(along, t), STEP)
    w = random_like(point.run(point.fn, *point.moving), rng)
    pull = transformed("compile", Applied("pull", compiled, False), (), compiled.backend)
    push = transformed("jvp", compiled, (("has_aux", False),))
    bars = _leaves(point.run(pull, point.moving, w))
    dots = _leaves(point.run(push, point.moving, v)[1])
    tolerance = 1e-2 if point.single else 1e-6
    close(dots, want, tolerance, "forward mode and differences")
    close([dot(bars, along)], [dot(_leaves(w), want)], tolerance, "reverse mode and differences")
    close([dot(bars, along)], [dot(_leaves(w), dots)], 1e-4 if point.single else 1e-9, "reverse and forward mode")
    return v, w


def second_order(point: Point, compiled: Function, v: Any, w: Any) -> None:
    """Forward over reverse mode against differences of reverse mode."""
    pull = transformed("compile", Applied("pull", compiled, False), (), compiled.backend)
    along, still = _leaves(v), _mapped(lambda leaf, k: np.zeros_like(leaf), w)
    want = slope(lambda t: _leaves(point.run(pull, moved(point.moving, along, t), w)), STEP)
    push = transformed("jvp", pull, (("has_aux", False),))
    got = _leaves(point.run(push, (point.moving, w), (v, still))[1])
    close(got, want, 1e-1 if point.single else 1e-5, "forward over reverse mode and differences")


def tried(point: Point, compiled: Function, rng: np.random.Generator) -> str:
    """Compare at the point, or where there is a kink a little beside it; what was done."""
    for jitter in (0.0, 0.01, 0.1):
        if jitter:
            point.moving = moved(point.moving, _leaves(random_like(point.moving, rng)), jitter)
        try:
            second_order(point, compiled, *first_order(point, compiled, rng))
            return "compared"
        except NotComparable as reason:
            why = str(reason)
    return why


def refusal_is_fair(error: CompileError) -> bool:
    """Whether a program is refused for what it is, at a line."""
    return isinstance(error, UnsupportedError) and error.lineno is not None


def cross(program: Program, backend: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for args in program.inputs:
        rng = np.random.default_rng(zlib.crc32(program.name.encode()))
        try:
            point = Point(program, copy.deepcopy(args))
            found[tried(point, compile(point.fn, backend=backend), rng)] += 1
        except NotComparable as reason:
            found[str(reason)] += 1
        except CompileError as error:
            assert refusal_is_fair(error), error
            found[f"refused: {error.message}"] += 1
    return found


@pytest.mark.parametrize("program", ALL, ids=lambda p: p.name)
def test_on_python(program: Program) -> None:
    """Both modes and their nesting are what CPython's differences say, or the program is refused at a line."""
    COUNTED.update(cross(program, "python"))
