"""Iterators: `iter`, `next`, `enumerate`, `zip`, `reversed`, `map`, `filter`, and those of `itertools`.

An iterator is an object of the heap that holds what is still to come; taking from it changes its state. `enumerate`,
`zip` and `reversed` describe what they are made of, so that a loop over one of them can stay a loop; `map` describes
its function too, which is called for all items once one is needed. `filter` and most of `itertools` take all items now.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from myialike.errors import TypeCheckError, UnsupportedError
from myialike.infer.arith import comparable_items
from myialike.infer.attributes import method_of
from myialike.infer.heap import IteratorState
from myialike.infer.iteration import indexed
from myialike.infer.machine import Machine
from myialike.infer.run import truth_value
from myialike.infer.sequences import consumed, is_iterator, keys, required_items
from myialike.infer.ufuncs import raise_now
from myialike.infer.values import Const, Counter, Mapped, Ref, Reversed, Tup, Value, Zipped, as_num


def py_iter(m: Machine, xs: Value) -> Value:
    return xs if is_iterator(m, xs) else m.new_iterator(iterable(m, xs, "iter()"))


def py_next(m: Machine, iterator: Value, default: Value | None = None) -> Value:
    if not is_iterator(m, iterator) or not isinstance(iterator, Ref):
        m.fail(TypeCheckError, f"next() of {m.describe(iterator)}, which is no iterator", "make one with iter()")
    items = required_items(m, iterator, "next()")
    if not items:
        return default if default is not None else raise_now(m, StopIteration, None)
    m.heap.set(iterator.id, IteratorState((Tup(items[1:]),)), m.loc)
    return items[0]


def iterable(m: Machine, xs: Value, what: str) -> Value:
    """Something that can be looped over, taken out of an iterator."""
    xs = consumed(m, m.use(xs))
    method = method_of(m, xs, "__iter__")
    if method is not None:
        return iterable(m, m.call(Const(method), [xs], []), what)
    known = isinstance(xs, (Tup, Zipped, Reversed, Counter, Mapped)) or comparable_items(m, xs) is not None
    if not known and indexed(m, xs) is None and not (isinstance(xs, Const) and isinstance(xs.value, (str, range))):
        m.fail(TypeCheckError, f"{what} of {m.describe(xs)}, which cannot be looped over")
    return xs


def py_enumerate(m: Machine, xs: Value, start: Value = Const(0)) -> Value:
    return m.new_iterator(Zipped((Counter(start), iterable(m, xs, "enumerate()"))))


def py_zip(m: Machine, *parts: Value) -> Value:
    iterators = [p for p in parts if is_iterator(m, p)]
    if len(set(iterators)) < len(iterators):
        m.fail(UnsupportedError, "zip() of one iterator with itself is not taken", "use slices: zip(xs[::2], xs[1::2])")
    return m.new_iterator(Zipped(tuple(iterable(m, p, "zip()") for p in parts)) if parts else Tup(()))


def py_reversed(m: Machine, xs: Value) -> Value:
    if is_iterator(m, xs) or keys(m, xs) is not None:
        m.fail(UnsupportedError, f"reversed() of {m.describe(xs)} is not taken", "make a list of it first")
    return m.new_iterator(Reversed(iterable(m, xs, "reversed()")))


def py_map(m: Machine, fn: Value, *parts: Value) -> Value:
    return m.new_iterator(Mapped(fn, tuple(iterable(m, p, "map()") for p in parts)))


def py_filter(m: Machine, fn: Value, xs: Value) -> Value:
    kept = []
    for item in required_items(m, xs, "filter()"):
        keep = truth_value(m, item if isinstance(fn, Const) and fn.value is None else m.call(fn, [item], []))
        if m.known(keep, "whether filter() keeps an item"):
            kept.append(item)
    return m.new_iterator(Tup(tuple(kept)))


def combining(fn: Callable[..., Any]) -> Callable[..., Value]:
    """A function of `itertools` on sequences of known structure."""

    def function(m: Machine, *args: Value, **options: Value) -> Value:
        columns = [required_items(m, a, fn.__name__) if as_num(a) is None else m.known(a, "a length") for a in args]
        known = {k: m.known(v, k) for k, v in options.items()}
        made = [Tup(row) if isinstance(row, tuple) else row for row in fn(*columns, **known)]
        return m.new_iterator(Tup(tuple(made)))

    return function


def chain_from(m: Machine, xs: Value) -> Value:
    return combining(itertools.chain)(m, *required_items(m, xs, "chain.from_iterable()"))


ITERATORS: dict[Any, Callable[..., Value]] = {
    iter: py_iter,
    next: py_next,
    enumerate: py_enumerate,
    zip: py_zip,
    reversed: py_reversed,
    map: py_map,
    filter: py_filter,
    **{
        fn: combining(fn)
        for fn in (
            itertools.product,
            itertools.permutations,
            itertools.combinations,
            itertools.chain,
            itertools.pairwise,
            itertools.islice,
            itertools.combinations_with_replacement,
        )
    },
    itertools.count: lambda m, start=Const(0): m.new_iterator(Counter(start)),
    itertools.chain.from_iterable: chain_from,
}
