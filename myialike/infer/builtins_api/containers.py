"""Containers: `list`, `tuple`, `dict`, `range`, `slice`, and `len` of them.

How many items a container has, and which keys, is known now; the items are any values. A `range` may have ends that
are known only at run time.
"""

from __future__ import annotations

import collections
import operator
from collections.abc import Callable
from typing import Any

from myialike import library
from myialike.errors import TypeCheckError, UnsupportedError
from myialike.infer.arith import constant, plain_number
from myialike.infer.comparisons import comparable_items
from myialike.infer.dicts import as_table, in_it, key_of, new_table, noting
from myialike.infer.emit import cast
from myialike.infer.iteration import range_length
from myialike.infer.machine import Machine, array_type
from myialike.infer.overloading import method_of
from myialike.infer.sequences import THE_TEXT, children, keys, required_items, viewed_items
from myialike.infer.values import NONE, Const, Message, Num, Range, Slice, Tup, Value, View, as_num
from myialike.ir.types import I64


def py_len(m: Machine, x: Value) -> Value:
    x = m.use(x)
    if isinstance(x, Range):
        return range_length(m, x)
    if isinstance(x, View):
        return Const(len(viewed_items(m, x)))
    if isinstance(x, Message):
        x = Const(m.known(x, THE_TEXT))
    if isinstance(x, Const):
        return constant(m, lambda: len(x.value), "len", x)
    if m.is_array(x):
        found = m.operand(x)
        shape = array_type(found[0]).shape if found else ()
        if not shape:
            m.fail(TypeCheckError, "len() of an array of rank 0")
        return Const(shape[0])
    method = method_of(m, x, "__len__")
    if method is not None:
        return m.call(Const(method), [x], [])
    items = comparable_items(m, x)
    if items is None:
        m.fail(TypeCheckError, f"len() of {m.describe(x)}")
    return Const(len(items[1]))


def py_range(m: Machine, *args: Value) -> Value:
    nums = [plain_number(m.use(a)) for a in args]
    for a in nums:
        num = as_num(a)
        if num is None or num.dtype.kind not in "iu":
            m.fail(TypeCheckError, f"range() takes ints, not {m.describe(a)}")
    nums = [a if isinstance(a, Const) else _as_int(m, a) for a in nums]
    start, stop, step = (Const(0), nums[0], Const(1)) if len(nums) == 1 else (*nums, Const(1))[:3]
    return Range(start, stop, step)


def _as_int(m: Machine, value: Value) -> Value:
    num = as_num(value)
    assert num is not None
    return Num(cast(m, num.atom, I64), "python", num.low, num.high)


def py_list(m: Machine, xs: Value = Const(())) -> Value:
    return m.new_list(required_items(m, xs, "list()"))


def py_tuple(m: Machine, xs: Value = Const(())) -> Value:
    return Tup(required_items(m, xs, "tuple()"))


def tuple_new(m: Machine, cls: Value, xs: Value = Const(())) -> Value:
    """`tuple.__new__`, with which a NamedTuple is made."""
    return Tup(required_items(m, xs, "tuple()"), m.known(cls, "the class of a tuple"))


def py_dict(m: Machine, xs: Value = Const(()), /, **keywords: Value) -> Value:
    xs = in_it(m, xs)
    names = keys(m, xs)
    found: dict[Any, Value] = {}
    if names is not None:
        found = dict(zip(names, children(m, xs) or (), strict=True))
    elif as_table(m, xs) is not None or m.loc in m.open_dicts:
        pairs = View("items", xs) if as_table(m, xs) is not None else xs
        new = m.call(Const(library.dicts.from_pairs), [new_table(m), pairs], [])
        for name, value in keywords.items():
            m.call(Const(operator.setitem), [new, Const(name), value], [])
        return new
    else:
        with noting(frozenset((m.loc,))):
            pairs_of = required_items(m, xs, "dict()")
        for pair in pairs_of:
            key, value = required_items(m, pair, "dict()")
            found[key_of(m, None, key)] = value
    found.update(keywords)
    return m.new_dict(tuple(found), tuple(found.values()))


def dict_fromkeys(m: Machine, iterable: Value, value: Value = NONE, /) -> Value:
    if m.loc in m.open_dicts:
        return m.call(Const(library.dicts.from_keys), [new_table(m), iterable, value], [])
    with noting(frozenset((m.loc,))):
        found = [key_of(m, None, k) for k in required_items(m, iterable, "fromkeys()")]
    names = tuple(dict.fromkeys(found))
    return m.new_dict(names, (value,) * len(names))


def named_tuple_class(m: Machine, *args: Value, **keywords: Value) -> Value:
    text = "a class that is made inside of a function is not supported: every call would make a new class"
    m.fail(UnsupportedError, text, "make the class in the module")


def py_slice(m: Machine, *args: Value) -> Value:
    return Slice(*((NONE, args[0], NONE) if len(args) == 1 else (*args, NONE)[:3]))


CONTAINERS: dict[Any, Callable[..., Value]] = {
    len: py_len,
    range: py_range,
    list: py_list,
    tuple: py_tuple,
    tuple.__new__: tuple_new,
    dict: py_dict,
    dict.fromkeys: dict_fromkeys,
    slice: py_slice,
    collections.namedtuple: named_tuple_class,
}
