"""Functions of `itertools`, for iterables of known structure.

Each takes the items when the first one of the result is asked for, and gives them in a list. Which items it gives must
not depend on run-time values: `takewhile(lambda x: x < limit, ...)` needs numbers that are known when the program is
compiled. The endless ones (`cycle`, `repeat` without a count) are made in `myialike.infer.builtins_api.iterators`.
"""

from __future__ import annotations

from typing import Any


def accumulate(iterable: Any, func: Any = None, *, initial: Any = None) -> Any:
    items = list(iterable) if initial is None else [initial, *iterable]
    result = items[:1]
    for item in items[1:]:
        result.append(result[-1] + item if func is None else func(result[-1], item))
    return result


def zip_longest(*iterables: Any, fillvalue: Any = None) -> Any:
    columns = [list(c) for c in iterables]
    length = max([len(c) for c in columns], default=0)
    return [tuple([c[k] if k < len(c) else fillvalue for c in columns]) for k in range(length)]


def starmap(function: Any, iterable: Any) -> Any:
    return [function(*args) for args in list(iterable)]


def groupby(iterable: Any, key: Any = None) -> Any:
    groups: list[Any] = []
    for item in list(iterable):
        name = item if key is None else key(item)
        if not groups or groups[-1][0] != name:
            groups.append((name, []))
        groups[-1][1].append(item)
    return [(name, iter(group)) for name, group in groups]


def takewhile(predicate: Any, iterable: Any) -> Any:
    result = []
    for item in iterable:
        if not predicate(item):
            break
        result.append(item)
    return result


def dropwhile(predicate: Any, iterable: Any) -> Any:
    items = list(iterable)
    count = 0
    for item in items:
        if not predicate(item):
            break
        count += 1
    return items[count:]


def filterfalse(function: Any, iterable: Any) -> Any:
    return [item for item in list(iterable) if not (item if function is None else function(item))]


def compress(data: Any, selectors: Any) -> Any:
    return [item for item, kept in list(zip(data, selectors, strict=False)) if kept]


def batched(iterable: Any, n: Any) -> Any:
    if n < 1:
        raise ValueError("n must be at least one")
    items = list(iterable)
    return [tuple(items[k : k + n]) for k in range(0, len(items), n)]


LAZY = (accumulate, zip_longest, starmap, groupby, takewhile, dropwhile, filterfalse, compress, batched)
