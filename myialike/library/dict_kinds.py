# ruff: noqa: SIM110  (loops that stop early stay loops when they are compiled)
"""The classes of `collections` that are dicts with something besides, written in the subset around a dict.

The dict itself is `_table`, whose keys may be known now or by run time only, as those of any other.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Iterator
from typing import Any


def in_it(other: Any) -> Any:
    """The plain dict of what a dict of any kind has."""
    return other._table if isinstance(other, DictKind) else other


class DictKind:
    """What all kinds do as dicts do."""

    _table: Any

    def __len__(self) -> int:
        return len(self._table)

    def __contains__(self, key: Any) -> bool:
        return key in self._table

    def __iter__(self) -> Iterator[Any]:
        return iter(self._table)

    def __reversed__(self) -> Iterator[Any]:
        return iter(reversed(self._table))

    def __getitem__(self, key: Any) -> Any:
        return self._table[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        self._table[key] = value

    def __delitem__(self, key: Any) -> None:
        del self._table[key]

    def __eq__(self, other: Any) -> Any:
        return self._table == in_it(other) if isinstance(other, (dict, DictKind)) else NotImplemented

    def __ior__(self, other: Any) -> Any:
        self._table.update(in_it(other))
        return self

    def present(self, key: Any) -> Any:
        """The item of a key that is there."""
        return self._table[key]

    def get(self, key: Any, default: Any = None, /) -> Any:
        return self._table.get(key, default)

    def setdefault(self, key: Any, default: Any = None, /) -> Any:
        return self._table.setdefault(key, default)

    def pop(self, key: Any, *default: Any) -> Any:
        return self._table.pop(key, *default)

    def popitem(self) -> Any:
        return self._table.popitem()

    def update(self, other: Any = (), /, **more: Any) -> None:
        self._table.update(in_it(other), **more)

    def clear(self) -> None:
        self._table.clear()

    def keys(self) -> Any:
        return self._table.keys()

    def values(self) -> Any:
        return self._table.values()

    def items(self) -> Any:
        return self._table.items()


# -- defaultdict -------------------------------------------------------------------------------------------------------


def new_default_dict(factory: Any = None, source: Any = (), /, **more: Any) -> Any:
    """`collections.defaultdict(factory, source, **more)`."""
    if factory is not None and not callable(factory):
        raise TypeError("first argument must be callable or None")
    return DefaultDict(factory, dict(in_it(source), **more))


class DefaultDict(DictKind):
    """What stands for a defaultdict in a compiled program."""

    def __init__(self, factory: Callable[[], Any] | None, table: Any) -> None:
        self._factory = factory
        self._table = table

    @property
    def default_factory(self) -> Callable[[], Any] | None:
        return self._factory

    @default_factory.setter
    def default_factory(self, factory: Callable[[], Any] | None) -> None:
        self._factory = factory

    def __getitem__(self, key: Any) -> Any:
        if key not in self._table:
            return self.__missing__(key)
        return self._table[key]

    def __missing__(self, key: Any) -> Any:
        if self._factory is None:
            raise KeyError(key)
        self._table[key] = self._factory()
        return self._table[key]

    def __or__(self, other: Any) -> Any:
        if not isinstance(other, (dict, DictKind)):
            return NotImplemented
        new = self.copy()
        new.update(other)
        return new

    def __ror__(self, other: Any) -> Any:
        new = DefaultDict(self._factory, dict(other))
        new.update(self)
        return new

    def copy(self) -> Any:
        return DefaultDict(self._factory, dict(self._table))

    def __copy__(self) -> Any:
        return self.copy()

    def __repr__(self) -> str:
        return f"defaultdict({self._factory!r}, {self._table!r})"


# -- Counter -----------------------------------------------------------------------------------------------------------


def new_counter(source: Any = (), /, **more: Any) -> Any:
    """`collections.Counter(source, **more)`."""
    made = Tally({})
    made.update(source, **more)
    return made


class Tally(DictKind):
    """What stands for a Counter in a compiled program."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def __getitem__(self, key: Any) -> Any:
        return self._table.get(key, 0)

    def __missing__(self, key: Any) -> int:
        return 0

    def __delitem__(self, key: Any) -> None:
        if key in self._table:
            del self._table[key]

    def __eq__(self, other: Any) -> Any:
        if not isinstance(other, (Counter, Tally)):
            return self._table == in_it(other) if isinstance(other, (dict, DictKind)) else NotImplemented
        for key in self._table:
            if self[key] != other[key]:
                return False
        for key in in_it(other):
            if self[key] != other[key]:
                return False
        return True

    def update(self, source: Any = (), /, **more: Any) -> None:
        if isinstance(source, (dict, DictKind)):
            if len(self._table) == 0:
                self._table.update(in_it(source))
            else:
                for key, count in source.items():
                    self._table[key] = count + self._table.get(key, 0)
        else:
            for key in source:
                self._table[key] = self._table.get(key, 0) + 1
        for name, count in more.items():
            self._table[name] = count + self._table.get(name, 0)

    def subtract(self, source: Any = (), /, **less: Any) -> None:
        if isinstance(source, (dict, DictKind)):
            for key, count in source.items():
                self._table[key] = self._table.get(key, 0) - count
        else:
            for key in source:
                self._table[key] = self._table.get(key, 0) - 1
        for name, count in less.items():
            self._table[name] = self._table.get(name, 0) - count

    def most_common(self, n: int | None = None) -> Any:
        found = sorted(self._table.items(), key=_count, reverse=True)
        return found if n is None else found[: max(n, 0)]

    def elements(self) -> Iterator[Any]:
        found: list[Any] = []
        for key, count in self._table.items():
            for _ in range(count):
                found.append(key)
        return iter(found)

    def total(self) -> Any:
        return sum(self._table.values())

    def copy(self) -> Any:
        return Tally(dict(self._table))

    def __copy__(self) -> Any:
        return self.copy()

    def __add__(self, other: Any) -> Any:
        if not isinstance(other, (Counter, Tally)):
            return NotImplemented
        new = Tally({})
        for key, count in self._table.items():
            _keep_positive(new._table, key, count + other[key])
        for key, count in other.items():
            if key not in self._table:
                _keep_positive(new._table, key, count)
        return new

    def __sub__(self, other: Any) -> Any:
        if not isinstance(other, (Counter, Tally)):
            return NotImplemented
        new = Tally({})
        for key, count in self._table.items():
            _keep_positive(new._table, key, count - other[key])
        for key, count in other.items():
            if key not in self._table:
                _keep_positive(new._table, key, 0 - count)
        return new

    def __or__(self, other: Any) -> Any:
        if not isinstance(other, (Counter, Tally)):
            return NotImplemented
        new = Tally({})
        for key, count in self._table.items():
            _keep_positive(new._table, key, other[key] if count < other[key] else count)
        for key, count in other.items():
            if key not in self._table:
                _keep_positive(new._table, key, count)
        return new

    def __and__(self, other: Any) -> Any:
        if not isinstance(other, (Counter, Tally)):
            return NotImplemented
        new = Tally({})
        for key, count in self._table.items():
            _keep_positive(new._table, key, count if count < other[key] else other[key])
        return new

    def __pos__(self) -> Any:
        return self + Tally({})

    def __neg__(self) -> Any:
        return Tally({}) - self

    def __iadd__(self, other: Any) -> Any:
        for key, count in other.items():
            self[key] = self[key] + count
        return self._positive()

    def __isub__(self, other: Any) -> Any:
        for key, count in other.items():
            self[key] = self[key] - count
        return self._positive()

    def __ior__(self, other: Any) -> Any:
        for key, count in other.items():
            if count > self[key]:
                self[key] = count
        return self._positive()

    def __iand__(self, other: Any) -> Any:
        for key, count in self._table.items():
            if other[key] < count:
                self[key] = other[key]
        return self._positive()

    def _positive(self) -> Any:
        for key in list(self._table):
            if not self._table[key] > 0:
                del self._table[key]
        return self

    def __repr__(self) -> str:
        return f"Counter({dict(self.most_common())!r})" if self._table else "Counter()"


def _count(pair: Any) -> Any:
    return pair[1]


def _keep_positive(table: Any, key: Any, count: Any) -> None:
    if count > 0:
        table[key] = count


# -- OrderedDict -------------------------------------------------------------------------------------------------------


def new_ordered_dict(source: Any = (), /, **more: Any) -> Any:
    """`collections.OrderedDict(source, **more)`."""
    return Ordered(dict(in_it(source), **more))


def _as_pairs(table: Any) -> str:
    return f"OrderedDict({[*table.items()]!r})" if table else "OrderedDict()"


def _as_dict(table: Any) -> str:
    return f"OrderedDict({table!r})" if table else "OrderedDict()"


_text = _as_pairs if repr(OrderedDict(a=1)) == _as_pairs({"a": 1}) else _as_dict


class Ordered(DictKind):
    """What stands for an OrderedDict in a compiled program."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def __eq__(self, other: Any) -> Any:
        if not isinstance(other, (dict, DictKind)):
            return NotImplemented
        if isinstance(other, (OrderedDict, Ordered)) and list(self._table) != list(in_it(other)):
            return False
        return self._table == in_it(other)

    def __or__(self, other: Any) -> Any:
        if not isinstance(other, (dict, DictKind)):
            return NotImplemented
        new = self.copy()
        new.update(other)
        return new

    def __ror__(self, other: Any) -> Any:
        new = Ordered(dict(other))
        new.update(self)
        return new

    def popitem(self, last: bool = True) -> Any:
        if len(self._table) == 0:
            raise KeyError("dictionary is empty")
        if last:
            return self._table.popitem()
        key = next(iter(self._table))
        return key, self._table.pop(key)

    def move_to_end(self, key: Any, last: bool = True) -> None:
        value = self._table.pop(key)
        if last:
            self._table[key] = value
        else:
            rest = dict(self._table)
            self._table.clear()
            self._table[key] = value
            self._table.update(rest)

    def copy(self) -> Any:
        return Ordered(dict(self._table))

    def __copy__(self) -> Any:
        return self.copy()

    def __repr__(self) -> str:
        return _text(self._table)


MADE_BY: dict[type, Callable[..., Any]] = {
    defaultdict: new_default_dict,
    Counter: new_counter,
    OrderedDict: new_ordered_dict,
}
