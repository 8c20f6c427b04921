"""`check_grads` and `check_derivative`: derivatives compared with differences of the function itself.

Forward mode is compared with central differences along a random direction, reverse mode by the product of a cotangent
with the same differences: for every direction `v` and cotangent `w`, w . (Df v) = (Df^T w) . v. A derivative is itself
a function, of primals and tangents or of primals and a cotangent, so the next order is checked in the same way.

The differences are those of two steps h and 2h, combined so that the error is of order h^4 (Richardson, 1911).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from myialike.api import Applied, Function, transformed
from myialike.derivatives import custom_derivative
from myialike.infer.describe import Rebuilding, describe
from myialike.infer.spec import Spec
from myialike.variants import is_jax

Mode = str
MODES: tuple[Mode, ...] = ("fwd", "rev")
STEPS = {4: 1e-2, 2: 1e-1}  # by the size of the smallest floating dtype; else 1e-3
TOLERANCES = {4: 2e-2, 2: 2e-1}  # else 1e-6


def check_grads(
    f: Callable[..., Any],
    args: Sequence[Any],
    order: int = 2,
    modes: Sequence[Mode] = MODES,
    atol: float | None = None,
    rtol: float | None = None,
    eps: float | None = None,
) -> None:
    """Check the derivatives of `f` at `args`, of orders 1 to `order`, against differences of f.

    Args:
        f: a function of floats, arrays and structures of them; arguments without floats are left alone.
        args: the arguments; f must be smooth around them.
        order: the highest order, reached in all sequences of the modes.
        modes: "fwd" and "rev".
        atol, rtol: the tolerances; by default 1e-6, more for dtypes below f64.
        eps: the step of the differences.

    Raises:
        AssertionError: a derivative is wrong; the message says in which modes.
    """
    unknown = set(modes) - set(MODES)
    if unknown:
        raise ValueError(f"modes are {' and '.join(map(repr, MODES))}, not {sorted(unknown)[0]!r}")
    function, moving = _moving_part(f, tuple(args))
    size = min((v.real.dtype.itemsize for v in _floating(moving)), default=8)
    tolerance = TOLERANCES.get(size, 1e-6)
    check = _Check(
        tolerance if atol is None else atol, tolerance if rtol is None else rtol, eps or STEPS.get(size, 1e-3)
    )
    check.orders(function, moving, order, tuple(modes), ())


def check_derivative(
    f: Callable[..., Any],
    args: Sequence[Any],
    atol: float | None = None,
    rtol: float | None = None,
    eps: float | None = None,
) -> None:
    """Check the rule of a `custom_derivative` at `args` against differences of the function that it belongs to.

    A reverse rule is checked in reverse mode only, for it need not have a forward one.

    Raises:
        AssertionError: the rule does not give the derivative.
    """
    reverse_only = isinstance(f, custom_derivative) and f.jvp is None
    check_grads(f, args, 1, ("rev",) if reverse_only else MODES, atol, rtol, eps)


@dataclass(frozen=True, slots=True)
class _Check:
    atol: float
    rtol: float
    eps: float

    def orders(self, f: Function, args: tuple[Any, ...], order: int, modes: tuple[Mode, ...], path: Any) -> None:
        """Check the derivatives of f up to `order`; `path` are the modes that f itself was made by."""
        rng = np.random.default_rng(len(path))
        tangents = _random(rng, args)
        differences = self.differences(f, args, tangents)
        if "fwd" in modes:
            push = transformed("jvp", f, (("has_aux", False),))
            out_dot = push(_copy(args), tangents)[1]
            self.compare(_placed(out_dot), differences, (*path, "fwd"))
            if order > 1:
                self.orders(push, (args, tangents), order - 1, modes, (*path, "fwd"))
        if "rev" in modes:
            pull = Function("compile", Applied("pull", f, False), (), f.backend, f.checks)
            out_bar = _random(rng, f(*_copy(args)))
            bars = pull(_copy(args), out_bar)
            ours = sum(np.sum(b * t) for b, t in zip(_placed(bars), _placed(tangents), strict=True))
            theirs = sum(np.sum(b * d) for b, d in zip(_placed(out_bar), differences, strict=True))
            self.compare([np.real(ours)], [np.real(theirs)], (*path, "rev"))
            if order > 1:
                self.orders(pull, (args, out_bar), order - 1, modes, (*path, "rev"))

    def differences(self, f: Function, args: tuple[Any, ...], tangents: tuple[Any, ...]) -> list[Any]:
        """The derivative of each floating result in the direction of the tangents."""

        def central(h: float) -> list[Any]:
            ahead, behind = (_placed(f(*_moved(args, tangents, s * h))) for s in (1, -1))
            return [(a - b) / (2 * h) for a, b in zip(ahead, behind, strict=True)]

        return [(4 * a - b) / 3 for a, b in zip(central(self.eps), central(2 * self.eps), strict=True)]

    def compare(self, ours: Sequence[Any], theirs: Sequence[Any], path: tuple[Mode, ...]) -> None:
        for a, b in zip(ours, theirs, strict=True):
            if not np.allclose(a, b, rtol=self.rtol, atol=self.atol):
                words = {"fwd": "forward", "rev": "reverse"}
                modes = " over ".join(words[m] for m in reversed(path))
                raise AssertionError(f"the derivative by {modes} mode is {a}, and differences of the function give {b}")


# -- structures --------------------------------------------------------------------------------------------------------


def _is_floating(leaf: Any) -> bool:
    return np.asarray(leaf).dtype.kind in "fc"


def _floating(value: Any) -> list[Any]:
    """The floating leaves of a structure, as arrays."""
    return [np.asarray(v) for v in describe([value], is_jax)[1].leaves if _is_floating(v)]


def _leaves(value: Any) -> list[Any]:
    """The floating leaves of a structure, in double precision."""
    return [_double(v) for v in _floating(value)]


def _double(leaf: Any) -> Any:
    return leaf.astype(complex if leaf.dtype.kind == "c" else float)


def _placed(value: Any) -> list[Any]:
    """The same, one for each place: an object that is at two places of a structure has its leaves at both."""
    (spec,), description = describe([value], is_jax)
    leaves, held = iter(description.leaves), list[list[Any]]()

    def inside(spec: Spec) -> list[Any]:
        match spec:
            case ("same", int(number)):
                return held[number]
            case ("num", *_):
                return [next(leaves)]
            case ("tuple", *_, items):
                return [leaf for item in items for leaf in inside(item)]
            case ("array", *_):
                held.append([next(leaves)])
                return held[-1]
            case ("list" | "dict" | "object", *_, items):
                number = len(held)
                held.append([])
                held[number] = [leaf for item in items for leaf in inside(item)]
                return held[number]
        return []

    return [_double(np.asarray(leaf)) for leaf in inside(spec) if _is_floating(leaf)]


def _mapped(change: Callable[[Any, int], Any], value: Any) -> Any:
    """The structure with `change(leaf, k)` for its k-th floating leaf, and copies of the others."""
    (spec,), description = describe([value], is_jax)
    leaves, count, new = description.leaves, 0, []
    for leaf in leaves:
        moved = change(leaf, count) if _is_floating(leaf) else np.copy(leaf)[()]
        count += _is_floating(leaf)
        new.append(type(leaf)(moved) if isinstance(leaf, (bool, int, float, complex, np.generic)) else moved)
    found = iter(new)
    return Rebuilding(lambda s: next(found), description.objects).make(spec)


def _copy(value: Any) -> Any:
    return _mapped(lambda leaf, k: np.copy(leaf), value)


def _random(rng: np.random.Generator, value: Any) -> Any:
    """A random direction in the space of the floating leaves."""

    def change(leaf: Any, k: int) -> Any:
        x = np.asarray(leaf)
        drawn = rng.standard_normal(x.shape)
        return np.asarray(drawn + 1j * rng.standard_normal(x.shape) if x.dtype.kind == "c" else drawn).astype(x.dtype)

    return _mapped(change, value)


def _moved(args: Any, tangents: Any, step: float) -> Any:
    directions = _leaves(tangents)

    def change(leaf: Any, k: int) -> Any:
        return np.asarray(np.asarray(leaf) + step * directions[k]).astype(np.asarray(leaf).dtype)

    return _mapped(change, args)


def _moving_part(f: Callable[..., Any], args: tuple[Any, ...]) -> tuple[Function, tuple[Any, ...]]:
    """f as a function of those of its arguments that have floats, and these."""
    moves = [bool(_leaves(v)) for v in args]
    if all(moves):
        return transformed("compile", f, ()), args
    kinds = tuple("moving" if m else "fixed" for m in moves)  # strings are known at compile time, numbers are not
    fixed = tuple(None if m else v for m, v in zip(moves, args, strict=True))

    def of_floats(*moving: Any) -> Any:
        rest = list(moving)
        given = [rest.pop(0) if kind == "moving" else v for kind, v in zip(kinds, fixed, strict=True)]
        return f(*given)

    like = transformed("compile", f, ())
    chosen = tuple(v for m, v in zip(moves, args, strict=True) if m)
    return transformed("compile", of_floats, (), like.backend, like.checks), chosen
