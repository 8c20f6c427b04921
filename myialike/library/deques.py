"""`collections.deque`, written in the subset: a list, and how many items it may have.

The changes are counted, for a loop over a deque raises where there was one; to set an item is none.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


def _said_of_absent() -> str:
    """What Python says of an item that is to be removed and is not there, which depends on its version."""
    try:
        deque[int]().remove(7)
    except ValueError as error:
        return str(error)
    return ""


def _which(item: Any) -> str:
    return f"{item!r} is not in deque"


def _whatever(item: Any) -> str:
    return "deque.remove(x): x not in deque"


absent = _which if _said_of_absent() == _which(7) else _whatever


@dataclass(frozen=True)
class Limit:
    """How many items a deque may have. It is known when a function is compiled, and no number that has a derivative."""

    maxlen: int | None = None

    @property
    def __name__(self) -> str:
        return "a deque of any length" if self.maxlen is None else f"a deque of at most {self.maxlen} items"


def limit(maxlen: int | None) -> Limit:
    """The limit of a deque with this maxlen."""
    return Limit(maxlen)


def rotate(items: list[Any], n: int) -> None:
    """Let the last n items of a list be the first; compiled, all are moved at once."""
    for _ in range(n % len(items) if items else 0):
        items.insert(0, items.pop())


def new_deque(iterable: Any = (), maxlen: int | None = None) -> Any:
    """`collections.deque(iterable, maxlen)`."""
    if maxlen is not None and not isinstance(maxlen, int):
        raise TypeError("an integer is required")
    if maxlen is not None and maxlen < 0:
        raise ValueError("maxlen must be non-negative")
    made = Deque(limit(maxlen))
    made.extend(iterable)
    return made


class Deque:
    """What stands for a deque in a compiled program."""

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._changes = 0
        self._items: Any = []

    @property
    def maxlen(self) -> int | None:
        return self._limit.maxlen

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)

    def __reversed__(self) -> Iterator[Any]:
        return iter(reversed(self._items))

    def __contains__(self, item: Any) -> bool:
        return item in self._items

    def __getitem__(self, index: Any) -> Any:
        return self._items[self._place(index)]

    def __setitem__(self, index: Any, value: Any) -> None:
        self._items[self._place(index)] = value

    def __delitem__(self, index: Any) -> None:
        del self._items[self._place(index)]
        self._changes += 1

    def _place(self, index: Any) -> Any:
        if isinstance(index, slice):
            raise TypeError("sequence index must be integer, not 'slice'")
        if not -len(self._items) <= index < len(self._items):
            raise IndexError("deque index out of range")
        return index

    def __eq__(self, other: object) -> Any:
        if not isinstance(other, (deque, Deque)):
            return NotImplemented
        return self._items == [*other]

    def __lt__(self, other: Any) -> Any:
        return self._items < [*other] if isinstance(other, (deque, Deque)) else NotImplemented

    def __le__(self, other: Any) -> Any:
        return self._items <= [*other] if isinstance(other, (deque, Deque)) else NotImplemented

    def __gt__(self, other: Any) -> Any:
        return self._items > [*other] if isinstance(other, (deque, Deque)) else NotImplemented

    def __ge__(self, other: Any) -> Any:
        return self._items >= [*other] if isinstance(other, (deque, Deque)) else NotImplemented

    def __add__(self, other: Any) -> Any:
        if not isinstance(other, (deque, Deque)):
            return NotImplemented
        new = self.copy()
        new.extend(other)
        return new

    def __iadd__(self, other: Any) -> Any:
        self.extend(other)
        return self

    def __mul__(self, n: int) -> Any:
        return new_deque(self._items * n, self.maxlen)

    def __rmul__(self, n: int) -> Any:
        return new_deque(self._items * n, self.maxlen)

    def __imul__(self, n: int) -> Any:
        new = self._items * (n - 1)
        if n < 1:
            self.clear()
        self.extend(new)
        return self

    def append(self, item: Any, /) -> None:
        self._changes += 1
        maxlen = self._limit.maxlen
        if maxlen is None:
            self._items.append(item)
        elif maxlen > 0:
            if len(self._items) >= maxlen:
                del self._items[0]
            self._items.append(item)

    def appendleft(self, item: Any, /) -> None:
        self._changes += 1
        maxlen = self._limit.maxlen
        if maxlen is None:
            self._items.insert(0, item)
        elif maxlen > 0:
            if len(self._items) >= maxlen:
                self._items.pop()
            self._items.insert(0, item)

    def pop(self) -> Any:
        if len(self._items) == 0:
            raise IndexError("pop from an empty deque")
        self._changes += 1
        return self._items.pop()

    def popleft(self) -> Any:
        if len(self._items) == 0:
            raise IndexError("pop from an empty deque")
        self._changes += 1
        return self._items.pop(0)

    def extend(self, iterable: Any, /) -> None:
        if self._limit.maxlen is None:
            before = len(self._items)
            self._items.extend(iterable)
            self._changes += len(self._items) - before
        else:
            for item in list(iterable):
                self.append(item)

    def extendleft(self, iterable: Any, /) -> None:
        for item in list(iterable):
            self.appendleft(item)

    def insert(self, index: int, item: Any, /) -> None:
        maxlen = self._limit.maxlen
        if maxlen is not None and len(self._items) >= maxlen:
            raise IndexError("deque already at its maximum size")
        self._changes += 1
        self._items.insert(index, item)

    def remove(self, item: Any, /) -> None:
        if item not in self._items:
            raise ValueError(absent(item))
        self._changes += 1
        self._items.remove(item)

    def index(self, item: Any, start: int = 0, stop: int | None = None, /) -> int:
        size = len(self._items)
        first = max(start + size, 0) if start < 0 else start
        last = size if stop is None else min(max(stop + size, 0) if stop < 0 else stop, size)
        for k in range(first, last):
            if self._items[k] == item:
                return k
        raise ValueError(_which(item))

    def count(self, item: Any, /) -> int:
        return int(self._items.count(item))

    def rotate(self, n: int = 1, /) -> None:
        self._changes += int(len(self._items) > 1)
        rotate(self._items, n)

    def reverse(self) -> None:
        self._items.reverse()

    def clear(self) -> None:
        self._changes += len(self._items)
        self._items.clear()

    def copy(self) -> Any:
        return new_deque(self._items, self.maxlen)

    def __copy__(self) -> Any:
        return self.copy()

    def __repr__(self) -> str:
        if self._limit.maxlen is None:
            return f"deque({self._items!r})"
        return f"deque({self._items!r}, maxlen={self._limit.maxlen})"
