"""Comparisons: `==`, `<`, `is`, `in`, of numbers, arrays and structures, and truth values put together."""

from __future__ import annotations

import operator as python
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from myialike import library
from myialike.errors import TypeCheckError, UnsupportedError
from myialike.infer.arith import constant, interval, is_list, of_numpy, plain_number, without_growing
from myialike.infer.dicts import contents
from myialike.infer.emit import cast, pointwise
from myialike.infer.growing import grown, opened_for_reading
from myialike.infer.heap import DictState, GrownState, ListState, RowState
from myialike.infer.items import has_twins
from myialike.infer.iteration import range_length
from myialike.infer.machine import Machine, NeedStatic, array_type, const_if_literal
from myialike.infer.overloading import comparison, method_of
from myialike.infer.sequences import THE_TEXT, as_array, keys, static_items
from myialike.infer.sized import elementwise, is_sized
from myialike.infer.ufuncs import operand, ufunc
from myialike.infer.values import (
    Const,
    Maybe,
    Message,
    Num,
    Range,
    Ref,
    Tup,
    Value,
    View,
    as_message,
    as_num,
    is_none,
    is_number,
    parts,
    same_const,
)
from myialike.ir.types import BOOL, C128, F64, I64, Array

COMPARE: dict[str, tuple[Callable[[Any, Any], Any], np.ufunc, str]] = {
    "==": (python.eq, np.equal, "eq"),
    "!=": (python.ne, np.not_equal, "ne"),
    "<": (python.lt, np.less, "lt"),
    "<=": (python.le, np.less_equal, "le"),
    ">": (python.gt, np.greater, "gt"),
    ">=": (python.ge, np.greater_equal, "ge"),
}


def compare(m: Machine, op: str, a: Value, b: Value) -> Value:
    """`a op b` for every comparison of Python."""
    asks_which = op in ("is", "is not")  # that of an object can be asked whatever it is
    if asks_which and any(map(is_none, (a, b))):
        for value in map(m.narrowed, (a, b)):
            if isinstance(value, Maybe) and value.for_none:
                there = Num(value.defined, "python")
                return there if op == "is not" else negate(m, there)
    a, b = (v if asks_which and isinstance(v, Ref) else m.use(v) for v in (a, b))
    if asks_which:
        if is_python_bool(a) and is_python_bool(b):  # there is one True and one False
            return compare(m, "==" if op == "is" else "!=", a, b)
        one = identical(m, a, b)
        return one if op == "is" else negate(m, one)
    if op in ("in", "not in"):
        found = contains(m, b, a)
        return found if op == "in" else negate(m, found)
    fn, numpy_fn, name = COMPARE[op]
    a, b = (Const(m.known(v, THE_TEXT)) if isinstance(v, Message) else v for v in (a, b))
    if isinstance(a, Const) and isinstance(b, Const):
        return constant(m, partial(fn, a.value, b.value), op, a, b)
    a, b = plain_number(a), plain_number(b)
    overloaded = comparison(m, name, a, b)
    if overloaded is not None:
        return overloaded
    a, b = without_growing(m, a, b)
    if is_sized(m, a) or is_sized(m, b):
        return elementwise(m, [a, b], lambda rooms: compare(m, op, *rooms))
    if op in ("==", "!=") and all(is_list(m, v) for v in (a, b)) and any(grown(m, v) is not None for v in (a, b)):
        same = _equal_lists(m, a, b)
        return same if op == "==" else negate(m, same)
    for value, other in ((a, b), (b, a)):
        if isinstance(value, View) and isinstance(other, (View, Ref)):
            m.fail(UnsupportedError, f"{op} of {m.describe(a)} and {m.describe(b)} is not taken", "compare lists")
        if isinstance(value, Range) and isinstance(other, Range):
            ends = [range(*(m.known(v, "the ends of a range") for v in parts(r))) for r in (a, b)]
            return constant(m, partial(fn, *ends), op, *map(Const, ends))
    left, right = as_num(a), as_num(b)
    if left and right and left.kind == right.kind == "python":
        if C128 in (left.dtype, right.dtype) and op not in ("==", "!="):
            m.fail(TypeCheckError, f"{op} is not supported between {m.describe(a)} and {m.describe(b)}")
        dtype = max((left.dtype, right.dtype), key=[BOOL, I64, F64, C128].index)
        dtype = I64 if dtype == BOOL and name not in ("eq", "ne") else dtype
        decided = by_bounds(name, left, right)
        if decided is not None:
            return Const(decided)
        return Num(pointwise(m, name, cast(m, left.atom, dtype), cast(m, right.atom, dtype)), "python")
    if op in ("==", "!=") and (m.operand(a) is None or m.operand(b) is None):
        elements = equality_of_elements(m, op, a, b)
        return structural_equality(m, op, a, b) if elements is None else elements
    ordered = sequence_order(m, op, a, b)
    if ordered is not None:
        return ordered
    for value in (a, b):
        if m.operand(value) is None and (not of_numpy(m, a, b) or as_array(m, value) is None):
            m.fail(TypeCheckError, f"{op} is not supported between {m.describe(a)} and {m.describe(b)}")
    return ufunc(m, numpy_fn, [a, b], what=op)


def _equal_lists(m: Machine, a: Value, b: Value) -> Value:
    """`a == b` of two lists, one of which is of run-time length; the other becomes one, to go through it."""
    lists: list[Value] = []
    for value, other in ((a, b), (b, a)):
        state = m.state(value.id) if isinstance(value, Ref) else None
        if isinstance(state, ListState) and not state.items:
            return compare(m, "==", m.call(Const(len), [other], []), Const(0))
        lists.append((opened_for_reading(m, state.items) if isinstance(state, ListState) else None) or value)
    return m.call(Const(library.sequences.equal), lists, [])


def by_bounds(name: str, a: Num, b: Num) -> bool | None:
    """The result of an ordering of bounded ints, where the bounds decide it."""
    if not {a.dtype, b.dtype} <= {I64}:
        return None
    (al, ah), (bl, bh) = interval(a), interval(b)
    if name in ("gt", "ge"):
        (al, ah), (bl, bh), name = (bl, bh), (al, ah), {"gt": "lt", "ge": "le"}[name]
    if name == "lt":
        return (
            True
            if ah is not None and bl is not None and ah < bl
            else (False if al is not None and bh is not None and al >= bh else None)
        )
    if name == "le":
        return (
            True
            if ah is not None and bl is not None and ah <= bl
            else (False if al is not None and bh is not None and al > bh else None)
        )
    return None


def is_python_bool(value: Value) -> bool:
    number = as_num(value)
    return number is not None and number.kind == "python" and number.dtype == BOOL


def identical(m: Machine, a: Value, b: Value) -> Value:
    """`a is b`."""
    if isinstance(a, Ref) and isinstance(b, Ref):
        m.asks_which |= a.id != b.id
        return Const(a.id == b.id) if a.id == b.id or not m.heap.may_be_one(a.id, b.id) else _same_object(m, a.id, b.id)
    return Const(_identical(m, a, b))


def _same_object(m: Machine, a: int, b: int) -> Value:
    """Whether two objects, which may be one, are: items of a list at one index, or what paths choose."""
    p, q = m.heap.states[a], m.heap.states[b]
    if isinstance(p, RowState) and isinstance(q, RowState) and (p.of, p.path) == (q.of, q.path):
        state = m.heap.states[p.of]
        if isinstance(state, GrownState) and not has_twins(m, state):
            return compare(m, "==", p.items[0], q.items[0])
    for row, id in ((p, b), (q, a)):
        home = m.heap.homes.get(row.of) if isinstance(row, RowState) and not row.path else None
        if isinstance(row, RowState) and home is not None and home.items.count(id) == 1:
            return compare(m, "==", row.items[0], Const(home.items.index(id)))
    if not m.decided.isdisjoint((a, b)) and m.are_plain(a, b):
        numbers = m.numbers(a, b)
        if numbers is not None and {a, b} & m.heap.tags.keys():
            return const_if_literal(Num(pointwise(m, "eq", *numbers), "python"))
    m.want_pools(a, b)
    error = m.error(UnsupportedError, "whether these are one object depends on run-time values")
    raise NeedStatic(m.opened_by, error)


def _identical(m: Machine, a: Value, b: Value) -> bool:
    """`a is b` of what are not both objects; of run-time values only what structure decides."""
    if isinstance(a, Const) and isinstance(b, Const):
        return a.value is b.value or (same_const(a.value, b.value) and isinstance(a.value, (int, str)))
    for x, y in ((a, b), (b, a)):
        if isinstance(x, Const) and (x.value is None or x.value is Ellipsis or isinstance(x.value, (str, type))):
            return False
        if isinstance(x, Num) and not isinstance(y, Num) and not (isinstance(y, Const) and is_number(y.value)):
            return False
    left, right = as_num(a), as_num(b)
    if left and right:
        if (left.kind, left.dtype) != (right.kind, right.dtype):
            return False
    elif type(a) is not type(b):
        return False
    m.fail(
        UnsupportedError,
        f"`is` between {m.describe(a)} and {m.describe(b)} is not decided at compile time",
        "compare numbers with ==",
    )


def contains(m: Machine, container: Value, item: Value) -> Value:
    """`item in container` for tuples, lists, dicts, ranges and strings."""
    if isinstance(container, View) and (listed := contents(m, container)) is not container:
        container = m.call(Const(list), [listed], []) if container.name == "items" else listed
    if isinstance(container, Const) and isinstance(item, Const):
        return constant(m, lambda: item.value in container.value, "in", item, container)
    counted, number = _as_range(container), as_num(item)
    if counted is not None and number is not None and number.dtype.kind in "biuf":
        range_length(m, counted)  # checks the step
        return m.call(Const(library.sequences.in_range), [item, *parts(counted)], [])
    method = method_of(m, container, "__contains__")
    if method is not None:
        return m.call(Const(bool), [m.call(Const(method), [container, item], [])], [])
    if grown(m, container) is not None or is_sized(m, container):
        return m.call(Const(library.sequences.contains), [container, item], [])
    names = keys(m, container)
    if names is not None:
        if isinstance(item, Const):
            return Const(any(same_const(k, item.value) or k == item.value for k in names))
        if isinstance(item, Ref) and comparable_items(m, item) is not None:
            m.fail(TypeCheckError, f"a key of a dict is no {'list' if is_list(m, item) else 'dict'}: it can change")
    items = static_items(m, container) if names is None else tuple(map(Const, names))
    if items is None:
        if m.is_array(container):
            return any_of(m, compare(m, "==", container, item))
        m.fail(TypeCheckError, f"argument of `in` is not a container: {m.describe(container)}")
    found: Value = Const(False)
    for other in items:
        found = either(m, found, same_item(m, other, item))
    return found


def _as_range(value: Value) -> Range | None:
    match value:
        case Range():
            return value
        case Const(value=range() as known):
            return Range(Const(known.start), Const(known.stop), Const(known.step))
        case _:
            return None


def any_of(m: Machine, value: Value) -> Value:
    atom, _ = operand(m, value, "in")
    type = array_type(atom)
    return Num(m.emit("reduce_or", atom, axes=tuple(range(type.ndim))) if type.shape else atom, "python")


def either(m: Machine, a: Value, b: Value) -> Value:
    if isinstance(a, Const):
        return Const(True) if a.value else b
    if isinstance(b, Const):
        return Const(True) if b.value else a
    return Num(pointwise(m, "logical_or", operand(m, a, "or")[0], operand(m, b, "or")[0]), "python")


def both(m: Machine, a: Value, b: Value) -> Value:
    if isinstance(a, Const):
        return b if a.value else Const(False)
    if isinstance(b, Const):
        return a if b.value else Const(False)
    return Num(pointwise(m, "logical_and", operand(m, a, "and")[0], operand(m, b, "and")[0]), "python")


def negate(m: Machine, a: Value) -> Value:
    if isinstance(a, Const):
        return Const(not a.value)
    return Num(pointwise(m, "logical_not", operand(m, a, "not")[0]), "python")


def equality_of_elements(m: Machine, op: str, a: Value, b: Value) -> Value | None:
    """`==` of NumPy's: a sequence is an array, and nothing else equals a number; None where no operand is NumPy's."""
    ours, other = (b, a) if m.operand(a) is None else (a, b)
    found = m.operand(ours)
    if found is None or found[1] != "numpy":
        return None
    if is_sequence(m, other):
        if as_array(m, other) is None:
            m.fail(UnsupportedError, f"{op} of {m.describe(a)} and {m.describe(b)} is not taken", "compare numbers")
        return ufunc(m, COMPARE[op][1], [a, b], what=op)
    if isinstance(ours, Ref) or as_message(other) is not None:
        result = m.result(m.builder.full(Array(BOOL, array_type(found[0]).shape), op == "!="), "numpy")
        if isinstance(ours, Ref) and isinstance(result, Ref) and m.may_be_reordered(ours.id):
            m.reorder(result.id)
        return result
    return None


def is_sequence(m: Machine, value: Value) -> bool:
    """Whether a value is a tuple, a list or a range."""
    known = isinstance(value, Const) and isinstance(value.value, (tuple, range))
    return known or isinstance(value, (Tup, Range)) or is_list(m, value)


def structural_equality(m: Machine, op: str, a: Value, b: Value) -> Value:
    """`==` of tuples, lists, dicts, and values of unlike kinds."""
    same = _equal(m, a, b)
    return same if op == "==" else negate(m, same)


def _equal(m: Machine, a: Value, b: Value) -> Value:
    if isinstance(a, Ref) and isinstance(b, Ref) and a.id == b.id:
        return Const(True)
    left, right = comparable_items(m, a), comparable_items(m, b)
    if left is None or right is None or left[0] != right[0] or len(left[1]) != len(right[1]):
        return Const(False)
    same: Value = Const(True)
    for x, y in zip(left[1], right[1], strict=True):
        same = both(m, same, same_item(m, x, y))
    return same


def same_item(m: Machine, a: Value, b: Value) -> Value:
    """Whether two items of containers are equal: one object is equal to itself there, also if it is NaN."""
    a, b = m.use(a), m.use(b)
    if (isinstance(a, Ref) and a == b) or (isinstance(a, Num) and isinstance(b, Num) and a == b):
        return Const(True)
    return one_truth(m, compare(m, "==", a, b))


def comparable_items(m: Machine, value: Value) -> tuple[Any, Sequence[Value]] | None:
    """What must be identical and what equal for two containers to be equal; None for anything else."""
    if isinstance(value, Tup):
        return tuple, value.items
    if isinstance(value, Const) and isinstance(value.value, tuple):
        return tuple, [Const(v) for v in value.value]
    if isinstance(value, Ref):
        match m.state(value.id):
            case ListState(items=items):
                return list, items
            case DictState(keys=names, items=items):
                found = dict(zip(names, items, strict=True))
                return (dict, frozenset(found)), [found[k] for k in sorted(found, key=lambda k: (str(type(k)), str(k)))]
    return None


def one_truth(m: Machine, value: Value) -> Value:
    """The truth of a comparison inside of a container: that of an array is ambiguous."""
    atom, _ = operand(m, value, "==")
    if any(d != 1 for d in array_type(atom).shape):
        m.fail(
            TypeCheckError,
            "the truth value of an array with more than one element is ambiguous",
            "compare arrays with np.array_equal",
        )
    return value if not array_type(atom).shape else Num(m.emit("reshape", atom, shape=()), "python")


def sequence_order(m: Machine, op: str, a: Value, b: Value) -> Value | None:
    """`<`, `<=`, `>`, `>=` of two tuples or two lists: the first items that differ decide."""
    left, right = comparable_items(m, a), comparable_items(m, b)
    if left is None or right is None or left[0] != right[0] or left[0] not in (tuple, list):
        return None
    pairs = list(zip(left[1], right[1], strict=False))
    total: Value = Const(COMPARE[op][0](len(left[1]), len(right[1])))
    for x, y in reversed(pairs):
        equal = same_item(m, x, y)
        total = either(m, both(m, equal, total), both(m, negate(m, equal), one_truth(m, compare(m, op, x, y))))
    return total
