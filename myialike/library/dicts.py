"""A dict whose keys only run time knows, written in the subset: its keys and its values are lists, in one order.

Where a key is in the list says a hash table when this is compiled (`infer/dict_slots.py`). So what looks for a key, and
what notes that the list of the keys changes, is a function here for which inference has one of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def place(table: Any, key: Any) -> int:
    """The index of a key, -1 where it is not there."""
    return table._names.index(key) if key in table._names else -1


def is_in(table: Any, key: Any) -> bool:
    """Whether a key is there."""
    return key in table._names


def item(items: Any, at: int) -> Any:
    """What a list has at an index that is in range."""
    return items[at]


def replace(items: Any, at: int, value: Any) -> None:
    """Replace what a list has at an index that is in range."""
    items[at] = value


def set_at(table: Any, key: Any, value: Any) -> bool:
    """Set a key where it is, or behind the last one, without a branch; whether that can be done."""
    return False


def add(table: Any, key: Any, value: Any) -> None:
    """Set a key that is not there."""
    table._names.append(key)
    table._items.append(value)


def forget(table: Any, at: int) -> None:
    """Note that the key at an index is to leave the list, and its value the other."""


def forget_all(table: Any) -> None:
    """Note that all keys have left the list."""


def no_slots() -> Any:
    """What says where the keys are, of a dict that does not know."""
    return None


def with_keys_of(new: Any, old: Any) -> Any:
    """`new`, which has got the keys of `old`."""
    return new


def view(table: Any, name: str) -> Any:
    """What `keys()`, `values()` or `items()` gives, of which `name` says which; compiled, it shows the dict."""
    return getattr(dict(zip(table._names, table._items, strict=True)), name)()


def opened(other: Any) -> Any:
    """A `RunTimeDict` of what a dict has; one that is one already is itself."""
    return other if isinstance(other, RunTimeDict) else RunTimeDict([*other], [*other.values()])


def from_pairs(table: Any, pairs: Any) -> Any:
    """`table`, with the keys and values of these pairs set in it."""
    for key, value in pairs:
        table[key] = value
    return table


def from_keys(table: Any, names: Any, value: Any) -> Any:
    """`table`, with these keys set to one value."""
    for key in names:
        table[key] = value
    return table


class RunTimeDict:
    """The dict that has the k-th of `names` as the key of the k-th of `items`."""

    def __init__(self, names: Any, items: Any) -> None:
        self._names = names
        self._items = items
        self._slots = no_slots()

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, key: Any) -> bool:
        return is_in(self, key)

    def __getitem__(self, key: Any) -> Any:
        if not is_in(self, key):
            raise KeyError(key)
        return item(self._items, place(self, key))

    def __setitem__(self, key: Any, value: Any) -> None:
        if set_at(self, key, value):
            return
        if is_in(self, key):
            replace(self._items, place(self, key), value)
        else:
            add(self, key, value)

    def __delitem__(self, key: Any) -> None:
        if not is_in(self, key):
            raise KeyError(key)
        at = place(self, key)
        forget(self, at)
        del self._names[at]
        del self._items[at]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._names)

    def __eq__(self, other: Any) -> bool:
        if not isinstance(other, dict):
            return False
        if len(self) != len(other):
            return False
        more = opened(other)
        for k in range(len(self._names)):
            key = self._names[k]
            if not is_in(more, key):
                return False
            if self._items[k] != item(more._items, place(more, key)):
                return False
        return True

    def __or__(self, other: Any) -> Any:
        new = self.copy()
        new.update(other)
        return new

    def __ror__(self, other: Any) -> Any:
        new = opened(other).copy()
        new.update(self)
        return new

    def __ior__(self, other: Any) -> Any:
        self.update(other)
        return self

    def get(self, key: Any, default: Any = None, /) -> Any:
        return item(self._items, place(self, key)) if is_in(self, key) else default

    def setdefault(self, key: Any, default: Any = None, /) -> Any:
        if not is_in(self, key):
            add(self, key, default)
        return item(self._items, place(self, key))

    def pop(self, key: Any, *default: Any) -> Any:
        if not is_in(self, key):
            if default:
                return default[0]
            raise KeyError(key)
        at = place(self, key)
        forget(self, at)
        del self._names[at]
        return self._items.pop(at)

    def popitem(self) -> Any:
        if len(self._names) == 0:
            raise KeyError("popitem(): dictionary is empty")
        forget(self, len(self._names) - 1)
        return self._names.pop(), self._items.pop()

    def update(self, other: Any = (), /, **more: Any) -> None:
        for key, value in other.items() if isinstance(other, dict) else other:
            self[key] = value
        for name, value in more.items():
            self[name] = value

    def copy(self) -> Any:
        return with_keys_of(RunTimeDict(list(self._names), list(self._items)), self)

    def clear(self) -> None:
        self._names.clear()
        self._items.clear()
        forget_all(self)

    def keys(self) -> Any:
        return view(self, "keys")

    def values(self) -> Any:
        return view(self, "values")

    def items(self) -> Any:
        return view(self, "items")
