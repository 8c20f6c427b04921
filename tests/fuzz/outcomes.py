"""What a call does, as data, and when two calls do the same.

An outcome is the result (or the exception), the arguments afterwards, and the printed text. Types count exactly, also
which object is which; floats within a tolerance; all NaNs are alike.
"""

from __future__ import annotations

import contextlib
import io
import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from myialike.errors import CompileError

NUMBER = re.compile(r"-?(?:\d+\.?\d*(?:e[+-]?\d+)?|\binf\b|\bnan\b)")


@dataclass
class Leaves:
    """A value as a flat list of types and numbers; `objects` says of each mutable object in it which one it is.

    `alive` are those, so that no other gets the number of one.
    """

    items: list[Any]
    objects: list[tuple[type, int]]
    alive: list[Any] = field(default_factory=list, repr=False, compare=False)


@dataclass
class Outcome:
    """`given`: the result, or None where it raised; `error`: class and message, or None."""

    given: Leaves | None
    error: tuple[type, str] | None
    args: Leaves
    printed: str

    def __str__(self) -> str:
        ending = f"raised {self.error[0].__name__}: {self.error[1]}" if self.error else f"{self.given}"
        return f"{ending}\n  arguments {self.args}\n  printed {self.printed!r}"


def leaves(value: Any, seen: dict[int, int]) -> Leaves:
    """The leaves of a value; `seen` numbers the objects that were met before."""
    found = Leaves([], [])
    _collect(value, seen, found)
    return found


def _collect(value: Any, seen: dict[int, int], found: Leaves) -> None:
    has_attributes = hasattr(value, "__dict__") and not isinstance(value, type)
    if isinstance(value, np.ndarray | list | dict | deque) or has_attributes:
        found.objects.append((type(value), seen.setdefault(id(value), len(seen))))
        found.alive.append(value)
    found.items.append(type(value))
    inner: Iterable[Any] = ()
    match value:
        case np.ndarray():
            found.items += [value.dtype, value.shape, value.copy()]
        case tuple() | list():
            found.items.append(len(value))
            inner = value
        case deque():
            found.items += [value.maxlen, len(value)]
            inner = value
        case dict():
            found.items.append(tuple(value))
            if isinstance(value, defaultdict):
                found.items.append(value.default_factory)
            inner = value.values()
        case _ if has_attributes:
            found.items.append(tuple(vars(value)))
            inner = vars(value).values()
        case _:
            found.items.append(value)
    for item in inner:
        _collect(item, seen, found)


def outcome(fn: Callable[..., Any], args: tuple[Any, ...]) -> Outcome:
    """What `fn(*args)` does. The arguments are its own: pass fresh ones.

    Raises:
        CompileError: the function was refused.
    """
    seen: dict[int, int] = {}
    keep = leaves(args, seen)  # numbers the objects that go in, and keeps them alive
    printed = io.StringIO()
    given: Leaves | None = None
    error: tuple[type, str] | None = None
    with contextlib.redirect_stdout(printed), np.errstate(all="ignore"):
        try:
            given = leaves(fn(*args), seen)
        except CompileError:
            raise
        except Exception as raised:
            error = type(raised), str(raised)
    assert keep
    return Outcome(given, error, leaves(args, seen), printed.getvalue())


def same(a: Any, b: Any, rtol: float) -> bool:
    """Whether two leaves, or lists of them, are equal up to rounding. Below 1e-14, signs of zero count."""
    if isinstance(a, list):
        return len(a) == len(b) and all(same(x, y, rtol) for x, y in zip(a, b, strict=True))
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray | float | complex | np.inexact):
        if np.asarray(a).dtype == np.float32:
            rtol = max(rtol, 1e-6) if rtol > 1e-14 else rtol
        numbers = ~np.isnan(a)
        signs = rtol > 1e-14 or np.array_equal(np.signbit(np.real(a))[numbers], np.signbit(np.real(b))[numbers])
        atol = 0 if rtol < 1e-14 else rtol / 10
        return signs and bool(np.allclose(a, b, rtol=rtol, atol=atol, equal_nan=True))
    return bool(a == b)


def same_text(a: str, b: str, rtol: float) -> bool:
    """Whether two texts are equal, or their words are and their numbers nearly, which may be aligned otherwise."""
    if a == b:
        return True
    if "".join(NUMBER.sub("#", a).split()) != "".join(NUMBER.sub("#", b).split()):
        return False
    pairs = zip(map(float, NUMBER.findall(a)), map(float, NUMBER.findall(b)), strict=True)
    return all(same(x, y, rtol if rtol < 1e-14 else max(rtol, 1e-7)) for x, y in pairs)


def same_leaves(a: Leaves | None, b: Leaves | None, rtol: float) -> bool:
    assert a is not None and b is not None
    return a.objects == b.objects and same(a.items, b.items, rtol)


def is_copied(expected: Leaves, found: Leaves) -> bool:
    """Whether `found` differs only in that it has copies where `expected` has one object several times."""
    pairs = set(zip(expected.objects, found.objects, strict=True))
    return len({after for _, after in pairs}) == len(pairs)


def difference(expected: Outcome, found: Outcome, before: Leaves, rtol: float) -> str:
    """Where two outcomes differ first, or the empty string.

    After an exception a compiled function leaves the arguments as they were (README): `before`.
    """
    names = [o.error[0].__name__ if o.error else "none" for o in (expected, found)]
    if names[0] != names[1]:
        return f"exception {names[0]} and {names[1]}"
    if expected.error is not None and found.error is not None:
        messages = [error[1] for error in (expected.error, found.error)]
        if expected.error[0] is RecursionError:
            messages = [m[: len("maximum recursion depth exceeded")] for m in messages]  # then: "in comparison", ...
        if not same_text(*messages, rtol):
            return f"message of {names[0]}"
        if not same_leaves(before, found.args, rtol) and not same_leaves(expected.args, found.args, rtol):
            return "arguments"
    elif not same_leaves(expected.given, found.given, rtol):
        assert expected.given and found.given
        is_copy = same(expected.given.items, found.given.items, rtol) and is_copied(expected.given, found.given)
        return "identity" if is_copy else "result"
    elif not same_leaves(expected.args, found.args, rtol):
        is_copy = same(expected.args.items, found.args.items, rtol) and is_copied(expected.args, found.args)
        return "identity" if is_copy else "arguments"
    return "" if same_text(expected.printed, found.printed, rtol) else "printed text"
