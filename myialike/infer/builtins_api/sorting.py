"""`sorted` and `list.sort`: stable, by Python's own comparisons.

Ranks that are known now are sorted now. Numbers of run time are sorted by one typed operation, `argsort`, which gives
the places that the items come from; a rank that is a tuple takes one stable sort for each of its numbers, the last
first. Whatever else can be compared (objects with `__lt__`, `functools.cmp_to_key`) is sorted by exchanging neighbours,
as long as it is little.

Numbers of several types become the widest of them, and a NaN among run-time numbers raises: where Python puts it
depends on how its sort goes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from myialike.errors import TypeCheckError, UnsupportedError
from myialike.infer.builtins_api.folds import chosen, with_key
from myialike.infer.comparisons import compare
from myialike.infer.emit import cast, pointwise
from myialike.infer.machine import Machine, array_type
from myialike.infer.sequences import required_items
from myialike.infer.values import NONE, Const, Num, Ref, Tup, Value, as_num, parts, same_const
from myialike.ir.syntax import Atom, Lit
from myialike.ir.types import BOOL, C128, F64, I64, Array, DType, static_shape

MOST_EXCHANGED = 24  # items that are sorted by exchanging neighbours: the program grows with their square


def py_sorted(m: Machine, iterable: Value, /, *, key: Value = NONE, reverse: Value = Const(False)) -> Value:
    items = required_items(m, iterable, "sorted()")
    return m.new_list(sorted_items(m, items, key, bool(m.known(reverse, "the argument 'reverse' of sorted()"))))


def sorted_items(m: Machine, items: Sequence[Value], key: Value, reverse: bool) -> list[Value]:
    ranks = [with_key(m, key, item) for item in items]
    if len(items) < 2:
        return list(items)
    known = [_known(m, r) for r in ranks]
    if None not in known:
        return [items[k] for k in _sorted_now(m, [k[0] for k in known if k is not None], reverse)]
    columns = _columns(m, ranks)
    if columns is not None and not any(_has_objects(v) for v in items):
        found = _taken(m, items, _places(m, columns, reverse))
        if found is not None:
            return found
    return _exchanged(m, items, ranks, reverse)


def _known(m: Machine, rank: Value) -> tuple[Any] | None:
    """A rank that is known now, in a tuple of its own."""
    rank = m.use(rank)
    if isinstance(rank, Const):
        return (rank.value,)
    if not isinstance(rank, Tup):
        return None
    found = [_known(m, v) for v in rank.items]
    return None if None in found else (tuple(v[0] for v in found if v is not None),)


def _sorted_now(m: Machine, ranks: list[Any], reverse: bool) -> list[int]:
    try:
        return sorted(range(len(ranks)), key=ranks.__getitem__, reverse=reverse)
    except TypeError as error:
        m.fail(TypeCheckError, f"these values cannot be sorted: {error}")


# -- numbers -----------------------------------------------------------------------------------------------------------


def _columns(m: Machine, ranks: Sequence[Value]) -> list[Atom] | None:
    """Ranks as vectors of numbers, the most significant first; None if they are none."""
    values = [m.use(r) for r in ranks]
    if all(isinstance(v, Tup) for v in values):
        rows = [v.items for v in values if isinstance(v, Tup)]
        if len({len(r) for r in rows}) > 1:
            return None
        found = [_columns(m, column) for column in zip(*rows, strict=True)]
        return None if None in found else [c for columns in found if columns is not None for c in columns]
    known = [_known(m, v) for v in values]
    if None not in known and not all(as_num(v) for v in values):
        flat = [k[0] for k in known if k is not None]
        order = {k: place for place, k in enumerate(sorted(set(flat)))} if all(isinstance(v, str) for v in flat) else {}
        return [_vector(m, [Lit(order[v], Array(I64)) for v in flat])] if order else None
    numbers = [as_num(v) for v in values]
    if None in numbers:
        return None
    found_numbers = [n for n in numbers if n is not None]
    dtypes = [I64 if n.dtype.kind == "b" else n.dtype for n in found_numbers]
    dtype = np.result_type(*dtypes)
    if dtype == C128 or dtype.kind not in "iuf" or (dtype.kind == "f" and dtype != F64 and len(set(dtypes)) > 1):
        return None
    column = _vector(m, [cast(m, n.atom, dtype) for n in found_numbers])
    if dtype.kind == "f":
        ok = m.emit("reduce_and", pointwise(m, "eq", column, column), axes=(0,))
        m.check(ok, "builtins.ValueError", "sorted() of a NaN is not supported in compiled code")
    return [column]


def _vector(m: Machine, atoms: Sequence[Atom]) -> Atom:
    rows = [m.emit("broadcast", a, shape=(1,)) for a in atoms]
    return rows[0] if len(rows) == 1 else m.emit("concatenate", *rows, axis=0)


def _places(m: Machine, columns: Sequence[Atom], reverse: bool) -> Atom:
    """Where each item of the result comes from. Backwards, both ends are turned: equal items keep their order."""
    order: Atom | None = None
    for column in reversed([_turned(m, c) if reverse else c for c in columns]):
        ranks = column if order is None else m.emit("index", column, order, spec=(("arr",),))
        step = m.emit("argsort", ranks, axis=0)
        order = step if order is None else m.emit("index", order, step, spec=(("arr",),))
    assert order is not None
    if not reverse:
        return order
    return _turned(m, pointwise(m, "sub", Lit(_length(order) - 1, Array(I64)), order))


def _length(vector: Atom) -> int:
    return int(static_shape(array_type(vector))[0])


def _turned(m: Machine, vector: Atom) -> Atom:
    n = _length(vector)
    return m.emit("index", vector, spec=(("slice", n - 1, n, -1),))


def _taken(m: Machine, items: Sequence[Value], places: Atom) -> list[Value] | None:
    """The items in another order: number by number through their structure, None where they have no common one."""
    values = [m.use(v) for v in items]
    tuples = [v for v in values if isinstance(v, Tup)]
    if len(tuples) == len(values) and len({(v.cls, len(v.items)) for v in tuples}) == 1:
        columns = [_taken(m, column, places) for column in zip(*(v.items for v in tuples), strict=True)]
        rows = zip(*(c for c in columns if c is not None), strict=True) if columns else iter([()] * len(values))
        return None if None in columns else [Tup(tuple(row), tuples[0].cls) for row in rows]
    if all(isinstance(v, Const) and same_const(v.value, values[0].value) for v in values):  # type: ignore[union-attr]
        return values
    numbers = [n for n in map(as_num, values) if n is not None]
    dtype = _common(numbers) if len(numbers) == len(values) else None
    if dtype is None:
        return None
    sorted_vector = m.emit("index", _vector(m, [cast(m, n.atom, dtype) for n in numbers]), places, spec=(("arr",),))
    return [m.result(m.emit("index", sorted_vector, spec=(("int", k),)), numbers[0].kind) for k in range(len(numbers))]


def _common(numbers: Sequence[Num]) -> DType | None:
    """The dtype that numbers get when run time decides which stands where."""
    dtypes = {n.dtype for n in numbers}
    if len({n.kind for n in numbers}) > 1:
        return None
    if len(dtypes) == 1:
        return numbers[0].dtype
    return None if BOOL in dtypes or numbers[0].kind != "python" else max(dtypes, key=[I64, F64, C128].index)


def _has_objects(value: Value) -> bool:
    return isinstance(value, Ref) or any(_has_objects(v) for v in parts(value))


# -- anything that compares --------------------------------------------------------------------------------------------


def _exchanged(m: Machine, items: Sequence[Value], ranks: Sequence[Value], reverse: bool) -> list[Value]:
    if len(items) > MOST_EXCHANGED:
        text = f"sorted() of {len(items)} values such as {m.describe(ranks[0])} is not taken"
        m.fail(UnsupportedError, text, "sort by a number or a tuple of numbers: key=...")
    pairs = list(zip(ranks, items, strict=True))[:: -1 if reverse else 1]
    for end in range(len(pairs) - 1, 0, -1):
        for k in range(end):
            low, high = pairs[k], pairs[k + 1]
            is_less = compare(m, "<", m.use(high[0]), m.use(low[0]))
            new = chosen(m, is_less, [*high, *low], [*low, *high])
            pairs[k], pairs[k + 1] = (new[0], new[1]), (new[2], new[3])
    return [item for _, item in pairs[:: -1 if reverse else 1]]
