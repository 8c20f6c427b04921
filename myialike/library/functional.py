"""Functions of `functools`, `operator` and `copy` that are written in terms of others."""

from __future__ import annotations

from typing import Any


class Keyed:
    """What `cmp_to_key` makes of an item: it compares as the user's function says."""

    def __init__(self, compare: Any, item: Any) -> None:
        self.compare = compare
        self.item = item

    def __lt__(self, other: Any) -> Any:
        return self.compare(self.item, other.item) < 0

    def __gt__(self, other: Any) -> Any:
        return self.compare(self.item, other.item) > 0


def cmp_to_key(mycmp: Any) -> Any:
    return lambda item: Keyed(mycmp, item)


def itemgetter(item: Any, *items: Any) -> Any:
    if not items:
        return lambda obj: obj[item]
    return lambda obj: tuple([obj[k] for k in (item, *items)])


def attribute(obj: Any, path: Any) -> Any:
    for name in path.split("."):
        obj = getattr(obj, name)
    return obj


def attrgetter(attr: Any, *attrs: Any) -> Any:
    if not attrs:
        return lambda obj: attribute(obj, attr)
    return lambda obj: tuple([attribute(obj, name) for name in (attr, *attrs)])


def methodcaller(name: Any, /, *args: Any, **kwargs: Any) -> Any:
    return lambda obj: getattr(obj, name)(*args, **kwargs)


def concat(a: Any, b: Any) -> Any:
    return a + b


def contains(a: Any, b: Any) -> Any:
    return b in a


def count_of(a: Any, b: Any) -> Any:
    count = 0
    for item in a:
        if item == b:
            count += 1
    return count


def index_of(a: Any, b: Any) -> Any:
    return list(a).index(b)


def set_item(a: Any, b: Any, c: Any) -> None:
    a[b] = c


def delete_item(a: Any, b: Any) -> None:
    del a[b]


def is_(a: Any, b: Any) -> Any:
    return a is b


def is_not(a: Any, b: Any) -> Any:
    return a is not b


def call(obj: Any, /, *args: Any, **kwargs: Any) -> Any:
    return obj(*args, **kwargs)
