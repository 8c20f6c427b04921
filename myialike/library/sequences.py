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
    rank = best if key is None else key(best)
    for k in range(1, len(xs)):
        x = xs[k]
        found = x if key is None else key(x)
        if found > rank:
            best, rank = x, found
    return best


def smallest(xs: Any, *, key: Callable[[Any], Any] | None = None) -> Any:
    if len(xs) == 0:
        raise ValueError(NO_MINIMUM)
    best = xs[0]
    rank = best if key is None else key(best)
    for k in range(1, len(xs)):
        x = xs[k]
        found = x if key is None else key(x)
        if found < rank:
            best, rank = x, found
    return best


def largest_or(xs: Any, *, default: Any, key: Callable[[Any], Any] | None = None) -> Any:
    if len(xs) == 0:
        return default
    return largest(xs, key=key)


def smallest_or(xs: Any, *, default: Any, key: Callable[[Any], Any] | None = None) -> Any:
    if len(xs) == 0:
        return default
    return smallest(xs, key=key)


def first(xs: Any) -> Any:
    for x in xs:
        return x
    raise StopIteration


def first_or(xs: Any, default: Any) -> Any:
    for x in xs:
        return x
    return default


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


def in_range(wanted: Any, start: int, stop: int, step: int) -> bool:
    inside = start <= wanted < stop if step > 0 else stop < wanted <= start
    if not inside:
        return False
    whole = int(wanted)
    return bool(whole == wanted and (whole - start) % step == 0)


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


def order_of(xs: Any, *, key: Callable[[Any], Any], reverse: bool = False) -> list[int]:
    """The places of the items of `in_order_of`."""
    return [pair[1] for pair in in_order([Keyed(key(x), k) for k, x in enumerate(xs)], reverse=reverse)]


class Keyed(NamedTuple):
    """An item with what it is sorted by."""

    key: Any
    item: Any

    def __lt__(self, other: Any) -> bool:
        return bool(self.key < other.key)


def median(xs: Any) -> Any:
    found, count = np.sort(xs), len(xs)
    return np.mean(found[(count - 1) // 2 : count // 2 + 1])


def repeated(xs: Any, n: int) -> list[Any]:
    found: list[Any] = []
    for _ in range(n):
        found.extend(xs)
    return found


def slice_ends(start: Any, stop: Any, step: int, size: int) -> tuple[int, int]:
    """The first index of a slice and how many there are, as Python has them for a list of `size` items."""
    if step == 0:
        raise ValueError("slice step cannot be zero")
    least, most = (0, size) if step > 0 else (-1, size - 1)
    first, last = (least, most) if step > 0 else (most, least)
    if start is not None:
        first = min(max(start + size if start < 0 else start, least), most)
    if stop is not None:
        last = min(max(stop + size if stop < 0 else stop, least), most)
    span = last - first + step - 1 if step > 0 else first - last - step - 1
    return first, max(span // abs(step), 0)


def strided(xs: Any, start: Any, stop: Any, step: int) -> list[Any]:
    first, count = slice_ends(start, stop, step, len(xs))
    return [xs[first + k * step] for k in range(count)]


def set_slice(xs: Any, start: Any, stop: Any, values: Any) -> None:
    """`xs[start:stop] = values`, which is a list that is not xs."""
    first, count = slice_ends(start, stop, 1, len(xs))
    if len(values) == count:
        for k in range(count):
            xs[first + k] = values[k]
    else:
        rest = xs[first + count :]
        while len(xs) > first:
            xs.pop()
        xs.extend(values)
        xs.extend(rest)


def cut(xs: Any, start: Any, stop: Any) -> None:
    """`del xs[start:stop]`."""
    first, count = slice_ends(start, stop, 1, len(xs))
    for k in range(first + count, len(xs)):
        xs[k - count] = xs[k]
    for _ in range(count):
        xs.pop()


def set_strided(xs: Any, start: Any, stop: Any, step: int, values: Any) -> None:
    """`xs[start:stop:step] = values` where the step is not absent."""
    first, count = slice_ends(start, stop, step, len(xs))
    if step == 1 and len(values) != count:
        set_slice(xs, start, stop, values)
    else:
        if len(values) != count:
            sizes = f"attempt to assign sequence of size {len(values)} to extended slice of size {count}"
            raise ValueError(sizes)
        for k in range(count):
            xs[first + k * step] = values[k]
