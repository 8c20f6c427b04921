"""Iterators: `iter`, `next`, `enumerate`, `zip`, `reversed`, `map`, `filter`, and those of `itertools`.

An iterator is an object of the heap that holds what is still to come; taking from it changes its state. `enumerate`,
`zip` and `reversed` describe what they are made of, so that a loop over one of them can stay a loop; `map` and `filter`
describe their functions too, which a loop calls for the item of a turn (`myialike.infer.stages`). Most of `itertools`
are functions that are called when an item is asked for (`values.Lazy`), many of them written in Python
(`library.iteration`). `cycle` and `repeat` are maps of a counter.

An iterator that another one reads from belongs to that one: how far it has come is not known afterwards.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Sequence
from enum import EnumType
from typing import Any

from myialike import library
from myialike.errors import TypeCheckError, UnsupportedError
from myialike.infer.arith import binary
from myialike.infer.comparisons import comparable_items
from myialike.infer.emit import pointwise
from myialike.infer.heap import IteratorState, Unknown
from myialike.infer.iteration import indexed, is_run_time
from myialike.infer.library_calls import call_library
from myialike.infer.machine import Machine
from myialike.infer.overloading import method_of
from myialike.infer.picked import packed
from myialike.infer.ranges import whole
from myialike.infer.sequences import (
    can_look_again,
    checked_start,
    consumed,
    endless,
    first_items,
    has_end,
    is_iterator,
    items_in_turn,
    keys,
    required_items,
    static_items,
)
from myialike.infer.stages import is_kept
from myialike.infer.ufuncs import raise_now
from myialike.infer.values import (
    Const,
    Counter,
    Filtered,
    Lazy,
    Mapped,
    Partial,
    Ref,
    Rest,
    Reversed,
    Tup,
    Value,
    View,
    Zipped,
    as_num,
    is_function,
    parts,
    with_parts,
)
from myialike.library import iteration


def py_iter(m: Machine, xs: Value) -> Value:
    return xs if is_iterator(m, xs) else m.new_iterator(iterable(m, xs, "iter()"))


def py_next(m: Machine, iterator: Value, /, default: Value | None = None) -> Value:
    method = method_of(m, iterator, "__next__")
    if method is not None and default is None:
        return m.call(Const(method), [iterator], [])
    if not is_iterator(m, iterator) or not isinstance(iterator, Ref):
        m.fail(TypeCheckError, f"next() of {m.describe(iterator)}, which is no iterator", "make one with iter()")
    source = m.state(iterator.id).items[0]  # type: ignore[union-attr]
    if isinstance(source, Filtered):
        return next_kept(m, iterator, source, default)
    found = next_item(m, iterator, default is not None)
    if found is None:
        return default if default is not None else raise_now(m, StopIteration, None)
    return found


def next_kept(m: Machine, iterator: Ref, source: Filtered, default: Value | None) -> Value:
    """Take the next item that `filter` keeps."""
    mark = m.mark()
    items = None if is_run_time(m, source.of) else items_in_turn(m, consumed(m, source.of))
    for k, item in enumerate(items or ()):
        keeps = is_kept(m, source.fn, item)
        if keeps is True:
            assert items is not None
            left = Tup(tuple(items[j] for j in range(k + 1, len(items))))
            m.heap.set(iterator.id, IteratorState((Filtered(source.fn, left),)), m.loc)
            return item
        if keeps is not False:
            break
    else:
        if items is not None:
            m.heap.set(iterator.id, IteratorState((Tup(()),)), m.loc)
            return default if default is not None else raise_now(m, StopIteration, None)
    m.rewind(mark)
    name = library.sequences.first if default is None else library.sequences.first_or
    found = m.call(Const(name), [source] if default is None else [source, default], [])
    m.heap.unknown[iterator.id] = Unknown(m.loc, "how far this iterator has come depends on run-time values")
    return found


def next_item(m: Machine, iterator: Ref, has_default: bool) -> Value | None:
    """Take an item from an iterator; None if it has none."""
    source = consumed(m, iterator)
    if endless(source):
        m.heap.set(iterator.id, IteratorState((after_first(m, source),)), m.loc)
        return first_items(m, source, 1)[0]
    if isinstance(source, Mapped) and all(can_look_again(m, p) for p in source.of):
        row, _ = first_and_rest(m, Zipped(source.of), has_default)
        assert row is None or isinstance(row, Tup)
        left = source.of if row is None else tuple(after(m, p) for p in source.of)
        m.heap.set(iterator.id, IteratorState((Tup(()) if row is None else Mapped(source.fn, left),)), m.loc)
        return None if row is None else m.call(source.fn, row.items, [])
    first, rest = first_and_rest(m, source, has_default)
    m.heap.set(iterator.id, IteratorState((rest,)), m.loc)
    if isinstance(source, Lazy) and isinstance(source.call, Partial):
        for read in source.call.args:
            owned(m, read)  # all of the items have been made, which Python does one by one
    return first


def first_and_rest(m: Machine, source: Value, has_default: bool) -> tuple[Value | None, Value]:
    """The first item of a sequence, None if there is none, and the others, as they will be when they are asked for."""
    looks_again = can_look_again(m, source)
    sequence = indexed(m, source) if looks_again and is_run_time(m, source) and not has_default else None
    if sequence is not None:
        number = as_num(sequence.length)
        assert number is not None
        m.check(pointwise(m, "gt", number.atom, whole(0)), "builtins.StopIteration", None)
        return sequence.item(m, whole(0)), after(m, source)
    of = source.of if isinstance(source, Rest) else source
    items = items_in_turn(m, of) if looks_again else None
    if items is None:
        made = required_items(m, source, "next()")
        return (made[0] if made else None), Tup(made[1:])
    start = checked_start(m, source, len(items)) if isinstance(source, Rest) else 0
    return (items[start], after(m, source)) if start < len(items) else (None, Tup(()))


def after(m: Machine, source: Value) -> Rest:
    """A sequence without its first item."""
    if isinstance(source, Rest):
        return Rest(source.of, source.start + 1, source.size)
    known = static_items(m, source) if has_end(source) else ()
    return Rest(source, 1, Const(len(known or ())))


def after_first(m: Machine, source: Value) -> Value:
    """An endless sequence without its first item."""
    if isinstance(source, Counter):
        return Counter(binary(m, "+", source.start, Const(1)))
    new = tuple(after_first(m, p) if endless(p) else p for p in parts(source))
    return with_parts(source, new)


def owned(m: Machine, xs: Value) -> Value:
    """What an iterator has still to give, for another iterator that reads from it from now on."""
    takes, source = is_iterator(m, xs), consumed(m, xs)
    if takes and isinstance(xs, Ref):
        m.heap.unknown[xs.id] = Unknown(m.loc, "another iterator reads from this one: how far it has come is not known")
    return source


def iterable(m: Machine, xs: Value, what: str) -> Value:
    """Something that can be looped over, taken out of an iterator."""
    xs = packed(m, owned(m, m.use(xs)))
    method = method_of(m, xs, "__iter__")
    if method is not None:
        return iterable(m, m.call(Const(method), [xs], []), what)
    sequences = (Tup, Zipped, Reversed, Rest, Counter, Mapped, Filtered, Lazy, View)
    known = isinstance(xs, sequences) or comparable_items(m, xs) is not None
    if (
        not known
        and indexed(m, xs) is None
        and not (isinstance(xs, Const) and isinstance(xs.value, (str, range, EnumType)))
    ):
        m.fail(TypeCheckError, f"{what} of {m.describe(xs)}, which cannot be looped over")
    return xs


def py_enumerate(m: Machine, xs: Value, start: Value = Const(0)) -> Value:
    return m.new_iterator(Zipped((Counter(start), iterable(m, xs, "enumerate()"))))


def py_zip(m: Machine, *iterables: Value, strict: Value = Const(False)) -> Value:
    if not iterables:
        return m.new_iterator(Tup(()))
    iterators = [p for p in iterables if is_iterator(m, p)]
    if len(set(iterators)) < len(iterators):
        return m.new_iterator(Tup(shared_rows(m, iterables)))
    columns = tuple(iterable(m, p, "zip()") for p in iterables)
    if m.known(strict, "the argument 'strict' of zip()"):
        check_lengths(m, columns)
    return m.new_iterator(Zipped(columns))


def check_lengths(m: Machine, columns: Sequence[Value]) -> None:
    """Refuse what `zip(..., strict=True)` raises for: Python does so after the last whole row."""
    lengths = [len(required_items(m, c, "zip()")) for c in columns]
    for k, length in enumerate(lengths[1:], start=1):
        if length != lengths[0]:
            words = "shorter" if length < lengths[0] else "longer"
            before = "argument 1" if k == 1 else f"arguments 1-{k}"
            m.fail(TypeCheckError, f"zip() argument {k + 1} is {words} than {before}", "make them equally long")


def shared_rows(m: Machine, iterables: Sequence[Value]) -> tuple[Value, ...]:
    """The rows of a `zip` of which an iterator is several columns: each item is taken from it once."""
    columns = {p: p if isinstance(p, Ref) and is_iterator(m, p) else py_iter(m, p) for p in iterables}
    if all(endless(m.state(c.id).items[0]) for c in columns.values() if isinstance(c, Ref)):  # type: ignore[union-attr]
        m.fail(UnsupportedError, "zip() of endless iterators with themselves is not taken", "use itertools.count")
    rows: list[Value] = []
    while True:
        row = []
        for part in iterables:
            column = columns[part]
            assert isinstance(column, Ref)
            item = next_item(m, column, has_default=False)
            if item is None:
                return tuple(rows)
            row.append(item)
        rows.append(Tup(tuple(row)))


def py_reversed(m: Machine, sequence: Value, /) -> Value:
    method = method_of(m, sequence, "__reversed__")
    if method is not None:
        return m.call(Const(method), [sequence], [])
    names = keys(m, sequence)
    if names is not None:
        return m.new_iterator(Tup(tuple(map(Const, reversed(names)))))
    if isinstance(sequence, View):
        return m.new_iterator(Tup(required_items(m, sequence, "reversed()")[::-1]))
    if is_iterator(m, sequence):
        m.fail(TypeCheckError, f"reversed() of {m.describe(sequence)}", "make a list of it first")
    return m.new_iterator(Reversed(iterable(m, sequence, "reversed()")))


def py_map(m: Machine, fn: Value, *iterables: Value) -> Value:
    return m.new_iterator(Mapped(fn, tuple(iterable(m, p, "map()") for p in iterables)))


def py_filter(m: Machine, fn: Value, xs: Value, /) -> Value:
    return m.new_iterator(Filtered(fn, iterable(m, xs, "filter()")))


def combining(fn: Callable[..., Any]) -> Callable[..., Value]:
    """A function of `itertools` that takes the items of its arguments when it is called."""

    def function(m: Machine, *args: Value, **options: Value) -> Value:
        columns = [required_items(m, a, fn.__name__) if as_num(a) is None else m.known(a, "a length") for a in args]
        known = {k: m.known(v, k) for k, v in options.items()}
        try:
            made = [Tup(row) if isinstance(row, tuple) else row for row in fn(*columns, **known)]
        except (TypeError, ValueError) as error:
            m.fail(TypeCheckError, f"{fn.__name__}: {error}")
        return m.new_iterator(Tup(tuple(made)))

    return function


def lazy(fn: Callable[..., Value]) -> Callable[..., Value]:
    """A function that is called when its first item is asked for, on what its arguments are then."""
    called = later(fn)

    def function(m: Machine, *args: Value, **options: Value) -> Value:
        try:
            inspect.signature(fn).bind(m, *args, **options)
        except TypeError as error:
            m.fail(TypeCheckError, f"{fn.__name__}: {error}")
        mine = fn is not sliced  # which leaves the rest to others
        given = tuple(m.new_iterator(owned(m, a)) if mine and is_iterator(m, a) else a for a in args)
        return m.new_iterator(Lazy(Partial(called, given, tuple(options.items()))))

    return function


def later(fn: Callable[..., Value]) -> Const:
    """A function of this module as one that the program calls (`dispatch.HANDLERS`)."""
    LATER[fn] = fn
    return Const(fn)


LATER: dict[Any, Callable[..., Value]] = {}


def chained(m: Machine, *iterables: Value) -> Value:
    return Tup(tuple(item for xs in iterables for item in required_items(m, xs, "chain()")))


def chained_from(m: Machine, iterable: Value) -> Value:
    return chained(m, *required_items(m, iterable, "chain.from_iterable()"))


def pairs(m: Machine, iterable: Value) -> Value:
    items = required_items(m, iterable, "pairwise()")
    return Tup(tuple(Tup(pair) for pair in itertools.pairwise(items)))


def sliced(m: Machine, iterable: Value, *bounds: Value) -> Value:
    """`islice`: an iterator keeps what is beyond."""
    known = [m.known(b, "a bound of islice()") for b in bounds]
    try:
        chosen_places = slice(*known) if known != [None] else slice(None)
        itertools.islice((), *known)  # which refuses bounds that it does not take
    except ValueError as error:
        return raise_now(m, ValueError, str(error))
    source = consumed(m, iterable)
    stop = chosen_places.stop
    if endless(source):
        if stop is None:
            m.fail(UnsupportedError, "islice() of an endless iterator needs an end", "give it a number of items")
        items = first_items(m, source, stop)
        for _ in range(stop):
            source = after_first(m, source)
        left: Value = source
    else:
        items = required_items(m, source, "islice()")
        left = Tup(() if stop is None else items[stop:])
    if isinstance(iterable, Ref) and is_iterator(m, iterable):
        m.heap.set(iterable.id, IteratorState((left,)), m.loc)
    return Tup(items[chosen_places])


def written(fn: Any) -> Callable[..., Value]:
    """A function of `library.iteration`."""

    def function(m: Machine, *args: Value, **options: Value) -> Value:
        opened = [
            a if is_iterator(m, a) or not _is_source(m, a) else Tup(required_items(m, a, fn.__name__)) for a in args
        ]
        return call_library(m, fn, f"itertools.{fn.__name__}", opened, list(options.items()))

    function.__name__ = fn.__name__
    return function


def _is_source(m: Machine, value: Value) -> bool:
    """Whether an argument is something to loop over, no function, number or None."""
    return not (isinstance(value, Const) and not isinstance(value.value, (str, tuple, range))) and (
        as_num(value) is None and not is_function(value)
    )


def py_repeat(m: Machine, object: Value, times: Value | None = None) -> Value:
    if times is None:
        return m.new_iterator(Mapped(Partial(later(repeated), (object,), ()), (Counter(Const(0)),)))
    return m.new_iterator(Tup((object,) * m.known(times, "how often repeat() gives its item")))


def repeated(m: Machine, item: Value, k: Value) -> Value:
    return item


def py_cycle(m: Machine, iterable: Value, /) -> Value:
    items = required_items(m, iterable, "cycle()")
    if not items:
        return m.new_iterator(Tup(()))
    return m.new_iterator(Mapped(Partial(later(cycled), items, ()), (Counter(Const(0)),)))


def cycled(m: Machine, *items_and_place: Value) -> Value:
    *items, k = items_and_place
    place: int = m.known(k, "the place in a cycle()")
    return items[place % len(items)]


def py_count(m: Machine, start: Value = Const(0), step: Value = Const(1)) -> Value:
    if isinstance(step, Const) and step.value == 1 and isinstance(step.value, int):
        return m.new_iterator(Counter(start))
    for value in (start, step):
        if (num := as_num(value)) is None or num.dtype.kind not in "bi":
            m.fail(UnsupportedError, "count() with a step is taken for ints only", "add to a variable in a loop")
    return m.new_iterator(Mapped(Partial(later(counted), (start, step), ()), (Counter(Const(0)),)))


def counted(m: Machine, start: Value, step: Value, k: Value) -> Value:
    return binary(m, "+", start, binary(m, "*", k, step))


def py_tee(m: Machine, iterable: Value, n: Value = Const(2), /) -> Value:
    items = Tup(required_items(m, iterable, "tee()"))
    if is_iterator(m, iterable) and isinstance(iterable, Ref):
        owned(m, iterable)
    return Tup(tuple(m.new_iterator(items) for _ in range(m.known(n, "the number of iterators of tee()"))))


for _fn in (repeated, cycled, counted):
    later(_fn)

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
            itertools.combinations_with_replacement,
        )
    },
    itertools.chain: lazy(chained),
    itertools.chain.from_iterable: lazy(chained_from),
    itertools.pairwise: lazy(pairs),
    itertools.islice: lazy(sliced),
    itertools.count: py_count,
    itertools.cycle: py_cycle,
    itertools.repeat: py_repeat,
    itertools.tee: py_tee,
    **{getattr(itertools, fn.__name__): lazy(written(fn)) for fn in iteration.LAZY if hasattr(itertools, fn.__name__)},
}
ITERATORS |= LATER
