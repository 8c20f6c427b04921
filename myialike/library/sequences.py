# ruff: noqa: SIM110, SIM113  (loops that stop early stay loops when they are compiled)
"""Python's own functions over sequences whose length is known only at run time.

Where the length is known, `sum(xs)` is a chain of additions (`myialike.infer.builtins_api`); where not, these run.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


def _said_of_nothing(fn: Callable[..., Any]) -> str:
    """What Python says of the greatest or least of nothing, which depends on its version."""
    try:
        fn(())
    except ValueError as error:
        return str(error)
    return ""


NO_MAXIMUM, NO_MINIMUM = _said_of_nothing(max), _said_of_nothing(min)


def total(xs: Any, start: Any = 0) -> Any:
    for x in xs:
        start = start + x
    return start


def largest(xs: Any, *, key: Callable[[Any], Any] | None = None) -> Any:
    if len(xs) == 0:
        raise ValueError(NO_MAXIMUM)
    best = xs[0]
    for x in xs:
        if (x if key is None else key(x)) > (best if key is None else key(best)):
            best = x
    return best


def smallest(xs: Any, *, key: Callable[[Any], Any] | None = None) -> Any:
    if len(xs) == 0:
        raise ValueError(NO_MINIMUM)
    best = xs[0]
    for x in xs:
        if (x if key is None else key(x)) < (best if key is None else key(best)):
            best = x
    return best


def largest_or(xs: Any, *, default: Any, key: Callable[[Any], Any] | None = None) -> Any:
    if len(xs) == 0:
        return default
    return largest(xs, key=key)


def smallest_or(xs: Any, *, default: Any, key: Callable[[Any], Any] | None = None) -> Any:
    if len(xs) == 0:
        return default
    return smallest(xs, key=key)


def every(xs: Any) -> bool:
    for x in xs:
        if not x:
            return False
    return True


def some(xs: Any) -> bool:
    for x in xs:
        if x:
            return True
    return False


def contains(xs: Any, wanted: Any) -> bool:
    for x in xs:
        if x == wanted:
            return True
    return False


def index_of(xs: Any, wanted: Any, message: str) -> int:
    k = 0
    for x in xs:
        if x == wanted:
            return k
        k += 1
    raise ValueError(message)


def count_of(xs: Any, wanted: Any) -> int:
    found = 0
    for x in xs:
        if x == wanted:
            found += 1
    return found


def extend(xs: Any, more: Any) -> None:
    for x in more:
        xs.append(x)


def listed(xs: Any) -> list[Any]:
    return [x for x in xs]


def as_numbers(xs: Any) -> list[Any]:
    return [x.item() for x in xs]


def joined(xs: Any, ys: Any) -> list[Any]:
    found: list[Any] = xs[:]
    found.extend(ys)
    return found


def reduced(fn: Callable[[Any, Any], Any], xs: Any, start: Any) -> Any:
    for x in xs:
        start = fn(start, x)
    return start


def equal(xs: Any, ys: Any) -> bool:
    if len(xs) != len(ys):
        return False
    for x, y in zip(xs, ys, strict=False):
        if x != y:
            return False
    return True


def reduced_from_first(fn: Callable[[Any, Any], Any], xs: Any) -> Any:
    if len(xs) == 0:
        raise TypeError("reduce() of empty iterable with no initial value")
    found = xs[0]
    for k in range(1, len(xs)):
        found = fn(found, xs[k])
    return found


def in_order(xs: Any, *, reverse: bool = False) -> list[Any]:
    """`sorted`: by merging, which is stable, runs of 1, 2, 4, ... items."""
    found: list[Any] = xs[:]
    count, width = len(xs), 1
    while width < count:
        merged = found[:0]
        start = 0
        while start < count:
            middle, end = min(start + width, count), min(start + 2 * width, count)
            left, right = start, middle
            while left < middle or right < end:
                if right >= end or (left < middle and not _before(found[right], found[left], reverse)):
                    merged.append(found[left])
                    left += 1
                else:
                    merged.append(found[right])
                    right += 1
            start += 2 * width
        found = merged
        width *= 2
    return found


def _before(a: Any, b: Any, reverse: bool) -> bool:
    return bool(b < a if reverse else a < b)


def in_order_of(xs: Any, *, key: Callable[[Any], Any], reverse: bool = False) -> list[Any]:
    """`sorted` with a key, which is called once for each item, in order."""
    return [pair[1] for pair in in_order([Keyed(key(x), x) for x in xs], reverse=reverse)]


class Keyed(NamedTuple):
    """An item with what it is sorted by."""

    key: Any
    item: Any

    def __lt__(self, other: Any) -> bool:
        return bool(self.key < other.key)


def median(xs: Any) -> Any:
    found, count = np.sort(xs), len(xs)
    return np.mean(found[(count - 1) // 2 : count // 2 + 1])
