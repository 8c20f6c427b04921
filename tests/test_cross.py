"""The corpus of the language, differentiated: every program that takes floats and gives floats, against CPython.

A program is a function of those arguments that have floats. With a random direction `v` of these and a random cotangent
`w` of its result (or, of a function that returns no floats, of the arguments as it leaves them):

    w . (Df v)      by differences of what CPython computes
    (w Df) . v      by reverse mode, and by forward mode
    D (v, w -> w Df) by forward over reverse mode, against differences of reverse mode

A point is compared where the slopes on its two sides agree; at a kink it is moved a little and tried again. A program
that has no derivative is refused as a limitation, at a line. `pytest -s -n0` prints how many points were compared.
"""

from __future__ import annotations

import contextlib
import copy
import io
import math
import signal
import warnings
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from types import FunctionType
from typing import Any

import numpy as np
import pytest

from myialike import compile, vjp
from myialike.api import Applied, Function, transformed
from myialike.checking import _is_floating, _leaves, _mapped
from myialike.errors import CutPathWarning, UnsupportedError
from myialike.infer.describe import describe
from myialike.infer.spec import Key
from myialike.variants import is_jax
from tests import (  # noqa: F401  # their programs join the corpus
    dict_corpus,
    in_turn_corpus,
    nested_list_corpus,
    optional_corpus,
    pool_corpus,
    several_lists_corpus,
)
from tests.language_corpus import PROGRAMS, Program
from tests.run_time_size_corpus import PROGRAMS as SIZED

Call = Callable[..., Any]
Numbers = list[np.ndarray]
ALL = [*PROGRAMS, *SIZED]
STEP = 1e-4
PATIENCE = 20.0  # seconds
ON_A_BOUNDARY = {"match_in_a_loop"}  # at its inputs one branch is taken, and right beside them another
REFUSED = {  # most change an array or an instance that they get by two names
    "argument_twice",
    "list_twice",
    "array_inside_structures",
    "row_of_several_written",
    "row_in_a_dict",
    "chosen_after_a_change",  # gives one of two lists of unlike lengths, one of which has changed by another name
    "dict_made_anew_or_another_in_a_loop",  # gives a dict of other keys in each turn, which is another's then
}


class NotComparable(Exception):
    """A point at which there is nothing to compare; the text says why."""


def quietly(fn: Call, *args: Any) -> Any:
    """`fn(*args)` without its prints; a loop that does not end is interrupted."""

    def interrupted(*_: Any) -> None:
        raise TimeoutError("endless")

    before = signal.signal(signal.SIGVTALRM, interrupted)
    signal.setitimer(signal.ITIMER_VIRTUAL, PATIENCE)
    try:
        with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
            return fn(*args)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def float_parts(value: Any) -> list[bool]:
    """For each number in a structure, whether it is a float."""
    return [_is_floating(leaf) for leaf in describe([value], is_jax)[1].leaves]


def numbers(value: Any) -> Numbers:
    """The floats of a structure in order; what stands in it twice is there twice."""
    match value:
        case np.ndarray() | np.generic() | int() | float() | complex():
            x = np.asarray(value)
            return [x.astype(complex if x.dtype.kind == "c" else float)] if x.dtype.kind in "fc" else []
        case tuple() | list():
            inner: Any = value
        case dict():
            inner = value.values()
        case _ if hasattr(value, "__dict__") and not isinstance(value, type | FunctionType):
            inner = vars(value).values()
        case _:
            inner = [getattr(value, name) for name in getattr(value, "__slots__", ())]
    return [x for part in inner for x in numbers(part)]


def projected(value):
    """A number made of all the floats of a result, of run-time length too; in the subset."""
    if isinstance(value, tuple | list | dict):
        total, scale = 0.0, 1.0
        for item in value.values() if isinstance(value, dict) else value:
            scale = 0.7 * scale + 0.5
            total += scale * projected(item)
        return total
    if isinstance(value, np.ndarray):
        return np.sum(np.sin(value) + value * value) if value.dtype.kind == "f" else 0.0
    if isinstance(value, float):
        return math.sin(value) + value * value
    if isinstance(value, int | np.generic | str | None):
        return 0.0
    return projected(list(vars(value).values()))


def random_like(value: Any, rng: np.random.Generator) -> Any:
    """The structure with random numbers for its floats, none larger than they: a step that way changes no sign."""

    def drawn(leaf: Any, k: int) -> Any:
        x = np.asarray(leaf)
        made = rng.uniform(-1, 1, x.shape) * np.where(np.isfinite(x) & (x != 0), np.minimum(np.abs(x), 1.0), 1.0)
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


@dataclass(frozen=True)
class Functions:
    """A program as functions of its arguments with floats; `fixed` holds the others, `weights` a cotangent."""

    of_floats: Call
    what_is_left: Call  # the arguments afterwards
    in_one_number: Call
    fixed: list[Any]
    weights: list[Any]


@cache
def functions(fn: Call, kinds: tuple[str, ...]) -> Functions:
    """For the arguments of these kinds, "moving" and "fixed"."""
    fixed: list[Any] = []

    def of_floats(*moving):
        rest = list(moving)
        return fn(*[rest.pop(0) if kind == "moving" else v for kind, v in zip(kinds, fixed)])

    def what_is_left(*moving):
        of_floats(*moving)
        return moving

    def in_one_number(*moving):
        return projected(of_floats(*moving))

    return Functions(of_floats, what_is_left, in_one_number, fixed, [])


@cache
def pulled_back(fn: Call, weights: Key, backend: str) -> Function:
    """`fn`'s cotangents for those that the list `weights` holds, as a function to be differentiated again."""
    held = weights.value

    def pulled(*moving):
        return vjp(fn, *moving)[1](held[0])

    return transformed("compile", pulled, (), backend)


class Point:
    """A program at one input, as a function of the arguments with floats."""

    def __init__(self, program: Program, args: tuple[Any, ...]) -> None:
        parts = [float_parts(a) for a in args]
        if any(any(p) and not all(p) for p in parts):
            raise NotComparable("an argument with floats and other numbers")
        kinds = tuple("moving" if any(p) else "fixed" for p in parts)
        self.name, self.made = program.name, functions(program.fn, kinds)
        self.fixed = tuple(None if k == "moving" else a for k, a in zip(kinds, args, strict=True))
        self.moving = tuple(a for k, a in zip(kinds, args, strict=True) if k == "moving")
        if not self.moving:
            raise NotComparable("no floats go in")
        self.single = any(np.asarray(x).dtype.itemsize < 8 for x in describe([self.moving], is_jax)[1].leaves)
        self.fn = self.made.of_floats
        if not self.value():
            self.fn = self.made.what_is_left
            before, after = numbers(self.moving), self.value()
            if len(before) == len(after) and all(map(np.array_equal, before, after)):
                raise NotComparable("no floats come out")

    def run(self, fn: Call, *args: Any) -> Any:
        """`fn` of fresh copies: a program may change its arguments, and what it captures."""
        self.made.fixed[:] = copy.deepcopy(self.fixed)
        return quietly(fn, *copy.deepcopy(args))

    def value(self, along: Numbers | None = None, step: float = 0.0) -> Numbers:
        """The floats that CPython computes, at a point a step away.

        Raises:
            NotComparable: it raises.
        """
        moving = moved(self.moving, along, step) if along else self.moving
        try:
            return numbers(self.run(self.fn, *moving))
        except Exception:
            raise NotComparable("raises") from None


def slope(f: Callable[[float], Numbers], step: float, coarse: bool) -> Numbers:
    """The derivative at 0 by differences.

    Raises:
        NotComparable: there is none, or f is too rough for differences.
    """
    far, near, here, ahead, farther = (f(k * step) for k in (-2, -1, 0, 1, 2))
    finer = None if coarse else f(1e-4 * step)
    found = []
    if len({tuple((x.shape, x.dtype) for x in y) for y in (far, near, here, ahead, farther)}) > 1:
        raise NotComparable("the result changes its type")
    for k, (a, b, x, c, d) in enumerate(zip(far, near, here, ahead, farther, strict=True)):
        sides = np.array([(x - b), (b - a), (c - x), (d - c)]) / step
        best = (a - 8.0 * b + 8.0 * c - d) / (12 * step)
        if not np.isfinite(sides).all():
            raise NotComparable("not finite")
        if not np.allclose(sides, best, rtol=1e-2, atol=1e-2):
            raise NotComparable("a kink")
        if finer is not None and not np.allclose((finer[k] - x) / (1e-4 * step), best, rtol=1e-2, atol=1e-2):
            raise NotComparable("steps too small for differences")
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
    want = slope(lambda t: point.value(along, t), STEP, point.single)
    w = random_like(point.run(point.fn, *point.moving), rng)
    pull = transformed("compile", Applied("pull", compiled, False), (), compiled.backend)
    push = transformed("jvp", compiled, (("has_aux", False),))
    bars = numbers(point.run(pull, point.moving, w))
    dots = numbers(point.run(push, point.moving, v)[1])
    weights = numbers(w)
    tolerance = 1e-2 if point.single else 1e-6
    close(dots, want, tolerance, "forward mode and differences")
    close([dot(bars, numbers(v))], [dot(weights, want)], tolerance, "reverse mode and differences")
    close([dot(bars, numbers(v))], [dot(weights, dots)], 1e-4 if point.single else 1e-9, "reverse and forward mode")
    return v, w


def second_order(point: Point, compiled: Function, v: Any, w: Any) -> None:
    """Forward over reverse mode against differences of reverse mode."""
    point.made.weights[:] = [w]
    reverse = pulled_back(compiled, Key(point.made.weights), compiled.backend)
    along = _leaves(v)
    want = slope(lambda t: numbers(point.run(reverse, *moved(point.moving, along, t))), STEP, point.single)
    push = transformed("jvp", reverse, (("has_aux", False),))
    got = numbers(point.run(push, point.moving, v)[1])
    close(got, want, 1e-1 if point.single else 1e-5, "forward over reverse mode and differences")


def tried(point: Point, compiled: Any, rng: np.random.Generator) -> str:
    """Compare at the point, or where there is a kink a little beside it; what was done."""
    asked, types = point.moving, [x.dtype for x in point.value()]
    for jitter in (0.01, 0.1) if point.name in ON_A_BOUNDARY else (0.0, 0.01, 0.1):
        point.moving = moved(asked, _leaves(random_like(asked, rng)), jitter) if jitter else asked
        try:
            if [x.dtype for x in point.value()] != types:
                raise NotComparable("the result changes its type")
            second_order(point, compiled, *first_order(point, compiled, rng))
            return "compared"
        except NotComparable as reason:
            why = str(reason)
    return why


def cross(program: Program, backend: str) -> Counter[str]:
    """What was done at the program's inputs, and how often."""
    found: Counter[str] = Counter()
    rng = np.random.default_rng(zlib.crc32(program.name.encode()))
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        for args in program.inputs:
            try:
                point = Point(program, copy.deepcopy(args))
                found[crossed(point, backend, rng)] += 1
            except NotComparable as reason:
                found[str(reason)] += 1
            except AssertionError:
                if not any(issubclass(w.category, CutPathWarning) for w in warned):
                    raise
                found["a step, with its warning"] += 1
    return found


def crossed(point: Point, backend: str, rng: np.random.Generator) -> str:
    """What was done at one input. A refusal is a limitation, and has a line."""
    try:
        return tried(point, compile(point.fn, backend=backend), rng)
    except UnsupportedError as error:
        if point.fn is point.made.in_one_number or "run-time length" not in str(error):
            assert error.lineno is not None
            return f"refused: {error.message}"
    point.fn = point.made.in_one_number
    return tried(point, compile(point.fn, backend=backend), rng)


@pytest.fixture(scope="module")
def counted() -> Iterator[Counter[str]]:
    """What was done with all the inputs; printed in the end."""
    counts: Counter[str] = Counter()
    yield counts
    for what, count in counts.most_common():
        print(f"{count:5} {what}")


@pytest.mark.parametrize("program", ALL, ids=lambda p: p.name)
def test_on_python(program: Program, counted: Counter[str]) -> None:
    """Both modes and their nesting are what CPython's differences say; few are refused, and those are known."""
    found = cross(program, "python")
    counted.update(found)
    assert any(what.startswith("refused") for what in found) == (program.name in REFUSED), found


@pytest.mark.parametrize("program", [p for p in ALL if p.everywhere][::10], ids=lambda p: p.name)
def test_on_xla(program: Program) -> None:
    """The same on XLA, for every tenth of the programs that run there, at its first input."""
    found = cross(replace(program, inputs=program.inputs[:1]), "xla")
    assert any(what.startswith("refused") for what in found) == (program.name in REFUSED), found


def test_there_is_something_to_compare() -> None:
    """By what CPython does with them, at least 400 inputs of 290 programs have a derivative to compare."""
    inputs = 0
    programs: set[str] = set()
    for program in ALL:
        for args in program.inputs:
            with contextlib.suppress(NotComparable):
                Point(program, copy.deepcopy(args))
                inputs += 1
                programs.add(program.name)
    assert inputs >= 400 and len(programs) >= 290, (inputs, len(programs))
