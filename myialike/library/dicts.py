"""A dict whose keys only run time knows, written in the subset: its keys and its values are lists, in one order.

Looking a key up compares it with all of them, in one operation of arrays where numbers of the list are in one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def place(names: Any, key: Any) -> int:
    """The index of a key in a list, -1 where it is not there; compiled, all are compared at once."""
    return names.index(key) if key in names else -1


def is_in(names: Any, key: Any) -> bool:
    """Whether a key is in a list."""
    return key in names


def item(items: Any, at: int) -> Any:
    """What a list has at an index that is in range."""
    return items[at]


def replace(items: Any, at: int, value: Any) -> None:
    """Replace what a list has at an index that is in range."""
    items[at] = value


def set_at(names: Any, items: Any, key: Any, value: Any) -> bool:
    """Set a key where it is, or behind the last one, without a branch; whether that can be done."""
    return False


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

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, key: Any) -> bool:
        return is_in(self._names, key)

    def __getitem__(self, key: Any) -> Any:
        if not is_in(self._names, key):
            raise KeyError(key)
        return item(self._items, place(self._names, key))

    def __setitem__(self, key: Any, value: Any) -> None:
        if set_at(self._names, self._items, key, value):
            return
        if is_in(self._names, key):
            replace(self._items, place(self._names, key), value)
        else:
            self._names.append(key)
            self._items.append(value)

    def __delitem__(self, key: Any) -> None:
        if not is_in(self._names, key):
            raise KeyError(key)
        at = place(self._names, key)
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
            if not is_in(more._names, key):
                return False
            if self._items[k] != item(more._items, place(more._names, key)):
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
        return item(self._items, place(self._names, key)) if is_in(self._names, key) else default

    def setdefault(self, key: Any, default: Any = None, /) -> Any:
        if not is_in(self._names, key):
            self._names.append(key)
            self._items.append(default)
        return item(self._items, place(self._names, key))

    def pop(self, key: Any, *default: Any) -> Any:
        if not is_in(self._names, key):
            if default:
                return default[0]
            raise KeyError(key)
        at = place(self._names, key)
        del self._names[at]
        return self._items.pop(at)

    def popitem(self) -> Any:
        if len(self._names) == 0:
            raise KeyError("popitem(): dictionary is empty")
        return self._names.pop(), self._items.pop()

    def update(self, other: Any = (), /, **more: Any) -> None:
        for key, value in other.items() if isinstance(other, dict) else other:
            self[key] = value
        for name, value in more.items():
            self[name] = value

    def copy(self) -> Any:
        return RunTimeDict(list(self._names), list(self._items))

    def clear(self) -> None:
        self._names.clear()
        self._items.clear()

    def keys(self) -> Any:
        return view(self, "keys")

    def values(self) -> Any:
        return view(self, "values")

    def items(self) -> Any:
        return view(self, "items")
