"""Sequences of known structure: their items, and the arrays that NumPy makes of them."""

from __future__ import annotations

import itertools
import operator
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import EnumType
from typing import Any

from myialike import library
from myialike.errors import ShapeError, TypeCheckError, UnsupportedError
from myialike.infer.dicts import contents
from myialike.infer.emit import broadcast, cast, join_kinds, result_dtype
from myialike.infer.growing import static_list
from myialike.infer.heap import ArrayState, DictState, GrownState, IteratorState, ListState, ObjectState, ViewState
from myialike.infer.machine import Machine, array_type
from myialike.infer.values import (
    Const,
    Counter,
    Filtered,
    Kind,
    Lazy,
    Mapped,
    Message,
    Range,
    Ref,
    Rest,
    Reversed,
    Tup,
    Value,
    View,
    Zipped,
    parts,
)
from myialike.ir.syntax import Atom, Lit
from myialike.ir.types import F64, Array, static_shape

UNROLL_LIMIT = 10_000
THE_TEXT = "the text of a string"


def static_items(m: Machine, value: Value) -> tuple[Value, ...] | None:
    """The items of a sequence whose structure is known; rows of an array are views. None for anything else."""
    match value:
        case Tup():
            return value.items
        case Const(value=tuple() | str() | range() as known):
            return tuple(Const(item) for item in known)
        case Const(value=EnumType() as members):
            return tuple(Const(member) for member in list[Any](members))
        case Range():
            return range_items(value)
        case Zipped():
            columns = [_column(m, p) for p in value.parts]
            rows = zip(*(c for c in columns if c is not None), strict=False)
            return None if None in columns else tuple(Tup(row) for row in rows)
        case Reversed():
            items = static_items(m, value.of)
            return None if items is None else items[::-1]
        case Rest():
            return _rest(m, value)
        case Mapped():
            return _mapped(m, value)
        case Filtered():
            return static_items(m, m.call(Const(library.sequences.listed), [value], []))
        case View():
            return viewed_items(m, value)
        case Message():
            return static_items(m, Const(m.known(value, THE_TEXT)))
        case Lazy():
            return static_items(m, consumed(m, m.call(value.call, [], [])))
        case Ref():
            return _object_items(m, value)
        case _:
            return None


def items_in_turn(m: Machine, value: Value) -> Sequence[Value] | None:
    """`static_items`, but those of an array are read one by one when they are asked for, as in a loop of Python's."""
    if isinstance(value, Zipped):
        columns = [_column_in_turn(m, p) for p in value.parts]
        known = [c for c in columns if c is not None]
        if len(known) == len(columns) and any(isinstance(c, InTurn) for c in known):
            return InTurn(min(map(len, known)), lambda k: Tup(tuple(c[k] for c in known)))
        return static_items(m, value)
    shape = array_type(m.array(value.id)).shape if isinstance(value, Ref) and is_plain_array(m, value) else ()
    if shape and isinstance(value, Ref) and isinstance(shape[0], int) and shape[0] <= UNROLL_LIMIT:
        return InTurn(shape[0], lambda k: row(m, value, k))
    return static_items(m, value)


def _column_in_turn(m: Machine, value: Value) -> Sequence[Value] | None:
    if isinstance(value, Counter):
        return InTurn(sys.maxsize, lambda k: m.call(Const(operator.add), [value.start, Const(k)], []))
    return items_in_turn(m, value) if m.is_array(value) else static_items(m, value)


def is_plain_array(m: Machine, value: Ref) -> bool:
    """Whether a value is an array of known shape."""
    return isinstance(m.heap.states[value.id], (ArrayState, ViewState))


@dataclass(frozen=True, slots=True)
class InTurn(Sequence[Value]):
    """A number of items, each made when it is asked for."""

    size: int
    item: Callable[[int], Value]

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, k: Any) -> Any:
        assert isinstance(k, int)
        return self.item(k)


def children(m: Machine, value: Value) -> tuple[Value, ...] | None:
    """The values inside a tuple, list, dict or instance; None for anything else."""
    if isinstance(value, Tup):
        return value.items
    if isinstance(value, Ref) and isinstance(state := m.state(value.id), (ListState, DictState, ObjectState)):
        return state.items
    return None


def _rest(m: Machine, value: Rest) -> tuple[Value, ...] | None:
    items = static_items(m, value.of)
    return None if items is None else items[checked_start(m, value, len(items)) :]


def checked_start(m: Machine, value: Rest, count: int) -> int:
    """Where what an iterator has still to give begins, among `count` items."""
    if has_end(value.of) and not (isinstance(value.size, Const) and value.size.value == count):
        text = "a list has become longer or shorter while an iterator goes through it from its end"
        m.fail(UnsupportedError, text, "go through a copy: reversed(list(xs))")
    return value.start


def has_end(value: Value) -> bool:
    """Whether a sequence is gone through from its end, or one in it is."""
    return isinstance(value, Reversed) or (isinstance(value, Zipped) and any(map(has_end, value.parts)))


def range_items(value: Range) -> tuple[Value, ...] | None:
    bounds = (value.start, value.stop, value.step)
    numbers = [b.value for b in bounds if isinstance(b, Const)]
    if len(numbers) < 3 or len(range(*numbers)) > UNROLL_LIMIT:
        return None
    return tuple(Const(i) for i in range(*numbers))


def _object_items(m: Machine, value: Ref) -> tuple[Value, ...] | None:
    state = m.state(value.id)
    if isinstance(state, ListState):
        return state.items
    if isinstance(state, GrownState):
        return static_list(m, value)
    if isinstance(state, DictState):
        return tuple(Const(k) for k in state.keys)
    if isinstance(state, IteratorState):
        return static_items(m, consumed(m, value))
    if isinstance(state, ObjectState):
        return _own_items(m, value, state.cls)
    type = array_type(m.array(value.id))
    if not type.shape or not isinstance(type.shape[0], int) or type.shape[0] > UNROLL_LIMIT:
        return None
    return tuple(row(m, value, k) for k in range(type.shape[0]))


def _own_items(m: Machine, value: Ref, cls: type) -> tuple[Value, ...] | None:
    """The items that the `__iter__` of an instance's class gives."""
    method = getattr(cls, "__iter__", None)
    if method is None:
        return None
    items = m.call(Const(method), [value], [])
    if items == value:
        text = f"{cls.__name__} is an iterator: what its __next__ gives is known one by one only"
        m.fail(UnsupportedError, text, "let __iter__ return iter(...) of a list")
    return static_items(m, items)


def _column(m: Machine, value: Value) -> Iterable[Value] | None:
    """A part of a `zip`: a counter may be endless, since another part ends it."""
    if isinstance(value, Counter):
        return (m.call(Const(operator.add), [value.start, Const(k)], []) for k in itertools.count())
    if endless(value) and isinstance(value, Mapped):
        columns = [column for p in value.of if (column := _column(m, p)) is not None]
        return (m.call(value.fn, row, []) for row in zip(*columns, strict=False))
    return static_items(m, value)


def viewed_items(m: Machine, value: View) -> tuple[Value, ...]:
    """The keys, values or pairs of a dict, as it is now."""
    if (listed := contents(m, value)) is not value:
        return required_items(m, listed, f"{value.name}()")
    names, items = keys(m, value.of) or (), children(m, value.of) or ()
    if value.name == "values":
        return items
    found = tuple(map(Const, names))
    return found if value.name == "keys" else tuple(map(Tup, zip(found, items, strict=True)))


def endless(value: Value) -> bool:
    """Whether a sequence has no end: that of `itertools.count`, `cycle`, `repeat`."""
    if isinstance(value, (Mapped, Zipped)):
        of = value.of if isinstance(value, Mapped) else value.parts
        return bool(of) and all(map(endless, of))
    return isinstance(value, Counter)


def is_made_in_turn(value: Value) -> bool:
    """Whether what a sequence has is found out while it is gone through: what `filter` keeps."""
    if isinstance(value, Mapped):
        return any(map(is_made_in_turn, value.of))
    return isinstance(value, Filtered) or (isinstance(value, Zipped) and any(map(is_made_in_turn, value.parts)))


def is_computed(m: Machine, value: Value) -> bool:
    """Whether functions are called for what an iterator has still to give: it is of `map` or `filter`."""
    state = m.state(value.id) if isinstance(value, Ref) else None
    inner = state.items[0] if isinstance(state, IteratorState) else value
    return isinstance(inner, (Mapped, Filtered)) and not endless(inner)


def first_items(m: Machine, value: Value, count: int) -> tuple[Value, ...]:
    """The first items of an endless sequence."""
    if isinstance(value, Zipped):
        columns = [first_items(m, p, count) for p in value.parts]
        return tuple(Tup(row) for row in zip(*columns, strict=True))
    column = _column(m, value)
    assert column is not None
    return tuple(itertools.islice(column, count))


def _mapped(m: Machine, value: Mapped) -> tuple[Value, ...] | None:
    columns = [None if endless(value) else _column(m, p) for p in value.of]
    if None in columns:
        return None
    rows = list(zip(*(c for c in columns if c is not None), strict=False))
    before = m.heap.copy()
    results = tuple(m.call(value.fn, row, []) for row in rows)
    if len(rows) > 1 and m.heap.changed_since(before):
        m.fail(UnsupportedError, "map() of a function that changes objects is not taken", "write a `for` loop")
    return results


def required_items(m: Machine, value: Value, what: str) -> tuple[Value, ...]:
    """The items of a sequence that `what` takes one by one: run-time lengths are asked to become known."""
    source = consumed(m, m.use(value))
    items = static_items(m, source)
    if items is not None:
        return items
    for bound in run_time_bounds(source):
        m.known(bound, f"the number of items of {what}")
    m.fail(TypeCheckError, f"{what} of {m.describe(value)}, which has no known items")


def run_time_bounds(value: Value) -> Iterator[Value]:
    """The ends of the ranges that decide how many items a sequence has."""
    if isinstance(value, Range):
        yield from parts(value)
    elif isinstance(value, (Zipped, Reversed, Mapped)):
        for part in parts(value):
            yield from run_time_bounds(part)


def consumed(m: Machine, value: Value) -> Value:
    """What an iterator has still to give, which it then has given; other values as what a loop goes through."""
    state = m.state(value.id) if isinstance(value, Ref) else None
    if not isinstance(value, Ref) or not isinstance(state, IteratorState):
        return contents(m, value)
    m.heap.set(value.id, IteratorState((Tup(()),)), m.loc)
    return state.items[0]


def asked(over: Value, first: bool = True) -> list[tuple[int, bool]]:
    """The objects that a loop goes through, and whether each is asked before another sequence may end the loop."""
    if isinstance(over, Ref):
        return [(over.id, first)]
    columns = [p for p in (over.of if isinstance(over, Mapped) else parts(over)) if not endless(p)]
    return [found for k, p in enumerate(columns) for found in asked(p, first and k == 0)]


def can_look_again(m: Machine, over: Value) -> bool:
    """Whether the items of a sequence can be asked for twice: none is computed, and no iterator gives them."""
    if isinstance(over, (Zipped, Reversed)):
        return all(can_look_again(m, part) for part in parts(over))
    if isinstance(over, Rest):
        return True
    return isinstance(over, (Const, Counter, Range, View, Tup)) or (isinstance(over, Ref) and not is_iterator(m, over))


def is_iterator(m: Machine, value: Value) -> bool:
    return isinstance(value, Ref) and isinstance(m.state(value.id), IteratorState)


def row(m: Machine, ref: Ref, k: int) -> Value:
    """Row `k` of an array: a view, or a number of a vector."""
    rest = static_shape(array_type(m.array(ref.id)))[1:]
    spec = (("int", k), *(("slice", 0, n, 1) for n in rest))
    if not rest:
        return m.result(m.emit("index", m.array(ref.id), spec=spec), m.kind(ref.id))
    return m.view(ref, "index", spec=spec)


def keys(m: Machine, value: Value) -> tuple[Any, ...] | None:
    """The keys of a dict, None if `value` is not one."""
    if isinstance(value, Ref) and isinstance(state := m.state(value.id), DictState):
        return state.keys
    return None


def as_array(m: Machine, value: Value) -> Atom | None:
    """What `np.array(value)` makes of a number, an array, or nested sequences of them; None for anything else."""
    found = gather(m, value)
    return None if found is None else found[0]


def gather(m: Machine, value: Value) -> tuple[Atom, Kind] | None:
    """`as_array`, with the kind of the result."""
    found = m.operand(value)
    if found is not None:
        return found
    is_sequence = isinstance(value, (Tup, Range)) or (
        isinstance(value, Const) and isinstance(value.value, (tuple, range))
    )
    is_list = isinstance(value, Ref) and isinstance(m.state(value.id), ListState)
    items = static_items(m, value) if is_sequence or is_list else None
    if items is None:
        return None
    if not items:
        return m.emit("broadcast", Lit(0.0, Array(F64)), shape=(0,)), "numpy"
    parts = [gather(m, item) for item in items]
    known = [p for p in parts if p is not None]
    return (stack(m, known, 0), _kind(known)) if len(known) == len(parts) else None


def _kind(parts: Sequence[tuple[Atom, Kind]]) -> Kind:
    return join_kinds([k for _, k in parts])


def stack(m: Machine, parts: Sequence[tuple[Atom, Kind]], axis: int) -> Atom:
    """`np.stack`: equal shapes along a new axis, in the common dtype."""
    strong: list[tuple[Atom, Kind]] = [(a, "numpy" if k == "python" else k) for a, k in parts]
    dtype = result_dtype(m, strong)
    shapes = {array_type(a).shape for a, _ in parts}
    if len(shapes) > 1:
        listed = " and ".join(sorted(str(array_type(a)) for a, _ in parts))
        m.fail(ShapeError, f"the items of an array have different shapes: {listed}", "make them equal")
    shape = static_shape(array_type(parts[0][0]))
    wide = (*shape[:axis], 1, *shape[axis:])
    rows = [expand(m, cast(m, a, dtype), wide) for a, _ in parts]
    return rows[0] if len(rows) == 1 else m.emit("concatenate", *rows, axis=axis)


def expand(m: Machine, atom: Atom, shape: tuple[int, ...]) -> Atom:
    """`atom` with dims of 1 inserted."""
    if not array_type(atom).shape:
        return broadcast(m, atom, shape)
    return m.emit("reshape", atom, shape=shape)
