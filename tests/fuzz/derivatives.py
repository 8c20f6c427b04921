"""Derivatives of generated programs: reverse mode against forward mode, and both against differences.

The program is taken along a line through its arguments: x + t * d for a fixed direction d of few bits. There forward
mode gives the slope at t = 0, reverse mode the gradient, whose product with d is that slope too, and CPython values for
differences. Where those do not agree among themselves (a jump, a kink) they say nothing. To second order, the four
nestings of the modes are compared with each other.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from typing import Any

import numpy as np

from myialike import compile, grad, jvp
from myialike.errors import CompileError, CompilerBug
from tests.fuzz.check import ENGINE_SECONDS, LIMITS, ORACLE_SECONDS, Failure, Hang, Loaded, Verdict, limit
from tests.fuzz.outcomes import Outcome, outcome
from tests.fuzz.programs import Program

STEPS = (1e-5, 1e-6)
AGREE = 1e-3  # how near differences must be to each other to be believed
NEAR = 1e-4  # how near the derivative must be to them
EXACT = 1e-8  # how near the two modes must be to each other
ALIKE = 1e-6  # how near the nestings of the modes must be to each other


def check_derivatives(program: Program, order: int = 1) -> Verdict:
    """Compare the derivatives of a program whose result is a float, of order 1, or 1 and 2.

    Raises:
        Failure: the modes differ, or differ from the differences, or the compiler fails.
    """
    loaded = Loaded(program)
    try:
        return _checked(program, loaded, order)
    finally:
        loaded.forget()


def _checked(program: Program, loaded: Loaded, order: int) -> Verdict:
    args = loaded.arguments()
    argnums = tuple(k for k, a in enumerate(args) if is_floating(a))
    try:
        with limit(ORACLE_SECONDS):
            expected = outcome(loaded.entry, loaded.arguments())
            if expected.error is not None or not argnums:
                return Verdict("no value", "", expected.error[0].__name__ if expected.error else "")
            slope = differences(loaded, argnums)
    except Hang:
        return Verdict("long")
    try:
        silence = contextlib.redirect_stdout(io.StringIO())
        with limit(ENGINE_SECONDS), warnings.catch_warnings(), np.errstate(all="ignore"), silence:
            warnings.simplefilter("ignore")
            verdict = compared(program, loaded, argnums, slope, expected)
            if order > 1 and verdict.kind == "same":
                compare_nestings(program, loaded, argnums, expected)
            return verdict
    except Hang as error:
        raise Failure(program, "derivative", f"hangs: {error}", expected) from None
    except CompilerBug as error:
        raise Failure(program, "derivative", f"a fault of the compiler: {error}", expected) from error
    except CompileError as error:
        return Verdict("refused", error.message)
    except OverflowError:
        return Verdict("limit")
    except (ArithmeticError, ValueError, TypeError, LookupError) as error:  # the program itself has a value here
        if any(text in str(error) for text in LIMITS):
            return Verdict("limit")
        raise Failure(program, "derivative", f"raises {type(error).__name__}: {error}", expected) from error


def compared(
    program: Program, loaded: Loaded, argnums: tuple[int, ...], slope: float | None, expected: Outcome
) -> Verdict:
    fn = compile(loaded.entry, backend="python")
    gradients = grad(fn, argnums)(*loaded.arguments())
    args = loaded.arguments()
    directions = [direction(args[k]) for k in argnums]
    forward = tangent(loaded, argnums, directions)
    terms = np.concatenate([np.ravel(np.asarray(g) * d) for g, d in zip(gradients, directions, strict=True)])
    reverse, size = float(np.sum(terms)), float(np.sum(np.abs(terms)))
    what = f"forward {forward!r}, reverse {reverse!r}, differences {slope!r}; gradient {gradients}"
    if slope is None and not (np.isfinite(forward) and np.isfinite(reverse)):
        return Verdict("singular")  # an infinite partial times zero: each mode has a convention of its own
    if not near(forward, reverse, EXACT * max(size, 1e-3)):
        raise Failure(program, "derivative", f"the modes differ\n{what}", expected)
    if slope is None:
        return Verdict("not smooth")
    if not near(forward, slope, NEAR * max(abs(slope), 1.0)):
        raise Failure(program, "derivative", f"the derivative is not that of the differences\n{what}", expected)
    return Verdict("same")


def compare_nestings(program: Program, loaded: Loaded, argnums: tuple[int, ...], expected: Outcome) -> None:
    """Second derivatives along the direction, by each mode over each mode; the program may change its arguments."""
    args = loaded.arguments()
    names = [f"x{k}" for k in range(len(args))]
    taken, rest = [names[k] for k in argnums], [n for k, n in enumerate(names) if k not in argnums]
    xs, ds = ", ".join(taken), ", ".join(f"d_{n}" for n in taken)
    argnums_of_g = tuple(range(len(taken)))
    backward = [f"along(grad({h}, {argnums_of_g})({xs}))" for h in ("push", "pull")]
    forward = [f"jvp({h}, ({xs},), ({ds},))[1]" for h in ("push", "pull")]
    head = (
        f"def second({', '.join([*taken, *rest])}, {ds}):\n"
        f"    g = lambda {xs}: f({', '.join(names)})\n"
        f"    along = lambda slopes: sum(np.sum(a * b) for a, b in zip(slopes, ({ds},)))\n"
        f"    push = lambda {xs}: jvp(g, ({xs},), ({ds},))[1]\n"
        f"    pull = lambda {xs}: along(grad(g, {argnums_of_g})({xs}))\n"
    )
    found = []
    for nesting in (*backward, *forward):
        run = loaded.define(f"{head}    return {nesting}\n", "second", {"jvp": jvp, "grad": grad, "np": np})
        args = loaded.arguments()
        given = [args[names.index(n)] for n in [*taken, *rest]]
        found.append(float(compile(run, backend="python")(*given, *(direction(args[k]) for k in argnums))))
    if np.isfinite(found).all() and max(found) - min(found) > ALIKE * max(1.0, *map(abs, found)):
        raise Failure(program, "derivative", f"the nestings of the modes differ: {found}", expected)


def tangent(loaded: Loaded, argnums: tuple[int, ...], directions: list[Any]) -> float:
    """The slope along the direction, by forward mode."""
    args = loaded.arguments()
    names = [f"x{k}" for k in range(len(args))]
    rest = [n for k, n in enumerate(names) if k not in argnums]
    given = {n: a for n, a in zip(names, args, strict=True) if n in rest}
    taken = [names[k] for k in argnums]
    parameters = ", ".join([*taken, *rest])
    primals, tangents = ", ".join([*taken, ""]), ", ".join([f"d_{n}" for n in taken] + [""])
    text = (
        f"def slope({parameters}, {', '.join(f'd_{n}' for n in taken)}):\n"
        f"    return jvp(lambda {', '.join(taken)}: f({', '.join(names)}), ({primals}), ({tangents}))\n"
    )
    run = loaded.define(text, "slope", {"jvp": jvp})
    values = [*(args[k] for k in argnums), *given.values(), *directions]
    return float(compile(run, backend="python")(*values)[1])


def is_floating(value: Any) -> bool:
    return isinstance(value, float) or (isinstance(value, np.ndarray) and value.dtype == np.float64)


def direction(value: Any) -> Any:
    """A direction for an argument, of few bits."""
    if isinstance(value, np.ndarray):
        return ((np.arange(value.size) * 3 % 5 - 2) / 4 + 0.25).reshape(value.shape)
    return type(value)(0.75)


def differences(loaded: Loaded, argnums: tuple[int, ...]) -> float | None:
    """The slope by differences of CPython's values, or None where they contradict each other."""

    def at(t: float) -> float:
        args = list(loaded.arguments())
        for k in argnums:
            args[k] = args[k] + t * direction(args[k])
        found = outcome(loaded.entry, tuple(args))
        return float("nan") if found.given is None else float(found.given.items[-1])

    middle = at(0.0)
    slopes = []
    for h in STEPS:
        up, down = at(h), at(-h)
        slopes += [(up - middle) / h, (middle - down) / h, (up - down) / (2 * h)]
    low, high = min(slopes), max(slopes)
    if not np.isfinite(slopes).all() or high - low > AGREE * max(1.0, abs(low)) or abs(middle) > 1e4:
        return None
    return slopes[-1]


def near(a: float, b: float, tolerance: float) -> bool:
    return a == b or (np.isnan(a) and np.isnan(b)) or bool(abs(a - b) <= tolerance)
