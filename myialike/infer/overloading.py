"""Operators that a user's class defines: its methods with names like `__add__`, in the order in which Python asks.

    a + b     a's `__add__`, then b's `__radd__`; b's first where its class is a subclass of a's that has its own
    a < b     a's `__lt__`, then b's `__gt__`; b's first where its class is a subclass of a's

A method that returns NotImplemented leaves it to the next one. The instances are those of plain classes and
dataclasses, and NamedTuples.
"""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Sequence
from types import FunctionType
from typing import Any, NoReturn

from myialike.errors import UnsupportedError
from myialike.infer.heap import ObjectState
from myialike.infer.machine import Machine, array_type
from myialike.infer.values import Const, Ref, Tup, Value
from myialike.library.stand_ins import STANDS_FOR

REFLECTED = {"lt": "gt", "gt": "lt", "le": "ge", "ge": "le", "eq": "eq", "ne": "ne"}
PLAIN: dict[str, type] = {"b": bool, "i": int, "u": int, "f": float, "c": complex}
Way = tuple[Value, Value, str]
"""An instance, the other operand, and the method of the former that is asked."""


def class_of(m: Machine, value: Value) -> type | None:
    """The class of an instance of a user's class; None for any other value."""
    if isinstance(value, Tup):
        return None if value.cls is tuple else value.cls
    if isinstance(value, Ref) and isinstance(state := m.state(value.id), ObjectState):
        return state.cls
    return None


def method_of(m: Machine, value: Value, name: str) -> Any:
    """The method `name` that the class of an instance defines, None where there is none."""
    found = getattr(class_of(m, value), name, None)
    return found if isinstance(found, FunctionType) else None


def is_instance(m: Machine, value: Value) -> bool:
    """Whether a value is an instance of a user's class that is no tuple."""
    return isinstance(value, Ref) and isinstance(m.state(value.id), ObjectState)


def arithmetic(m: Machine, name: str, a: Value, b: Value) -> Value | None:
    """`a + b` (`name` is "add") by the user's methods; None where there are none."""
    first, second = class_of(m, a), class_of(m, b)
    if first is second:
        return first_result(m, [(a, b, f"__{name}__")])
    own = getattr(second, f"__r{name}__", None) is not getattr(first, f"__r{name}__", None)
    return in_order(m, (a, b, f"__{name}__"), (b, a, f"__r{name}__"), own and is_below(second, first))


def comparison(m: Machine, name: str, a: Value, b: Value) -> Value | None:
    """`a < b` (`name` is "lt") where an operand is an instance of the user's class; None where Python decides."""
    below = is_below(class_of(m, b), class_of(m, a))
    found = in_order(m, (a, b, f"__{name}__"), (b, a, f"__{REFLECTED[name]}__"), below)
    if found is not None or not (is_instance(m, a) or is_instance(m, b)) or name not in ("eq", "ne"):
        return found
    for value, other in ((a, b), (b, a)):
        if m.is_array(value):
            refuse_elements(m, value, other)
    if name == "ne":
        return m.call(Const(operator.not_), [m.call(Const(operator.eq), [a, b], [])], [])
    return Const(isinstance(a, Ref) and isinstance(b, Ref) and a.id == b.id)


def is_below(cls: type | None, other: type | None) -> bool:
    """Whether a class is a subclass of another, and not the same."""
    return cls is not None and other is not None and cls is not other and issubclass(cls, other)


def in_order(m: Machine, left: Way, right: Way, right_first: bool) -> Value | None:
    """What the method of one of two operands gives; None where neither does."""
    asked = by_numpy(m, right) if method_of(m, right[0], right[2]) is not None else None
    if asked is None:
        return first_result(m, [left])
    return first_result(m, [asked, left] if right_first else [left, asked])


def first_result(m: Machine, ways: Sequence[Way]) -> Value | None:
    """What the first of some methods gives that does not leave it to the next."""
    for value, other, name in ways:
        method, cls = method_of(m, value, name), class_of(m, value)
        if method is None:
            continue
        if name in dir(object) and dataclasses.is_dataclass(cls) and is_generated(method):
            result = _generated_comparison(m, name, value, other)
        else:
            result = m.call(Const(method), [value, other], [])
        if not (isinstance(result, Const) and result.value is NotImplemented):
            return result
    return None


def by_numpy(m: Machine, way: Way) -> Way | None:
    """How the right operand's method is asked where the left one is NumPy's, which is asked first.

    It converts a tuple to an array, and does without the method. A scalar goes to the method as a Python number. An
    array would apply the operator to each of its elements, unless the class of the other operand forbids it.
    """
    value, left, name = way
    cls = class_of(m, value)
    if hasattr(cls, "__array_ufunc__") or hasattr(cls, "__array_priority__"):
        return way
    found = m.operand(left)
    if found is None or found[1] != "numpy":
        return way
    if isinstance(value, Tup):
        return None
    if array_type(found[0]).shape or hasattr(cls, "__array__") or hasattr(cls, "__len__"):
        refuse_elements(m, left, value)
    return value, m.call(Const(PLAIN[array_type(found[0]).dtype.kind]), [left], []), name


def refuse_elements(m: Machine, array: Value, instance: Value) -> NoReturn:
    """Refuse an operator that NumPy applies to an instance and each element of an array."""
    cls = class_of(m, instance)
    text = f"an operator between {m.describe(array)} and {m.describe(instance)} is NumPy's, element by element"
    name = cls.__name__ if cls is not None else "the class"
    if cls in STANDS_FOR:
        m.fail(UnsupportedError, text, "make an array of it first: np.array(...)")
    m.fail(UnsupportedError, text, f"`__array_ufunc__ = None` in {name} leaves the operator to its methods")


def is_generated(fn: FunctionType) -> bool:
    """Whether a function has no source because `dataclasses` wrote it."""
    return fn.__code__.co_filename.startswith("<string>")


def _generated_comparison(m: Machine, name: str, a: Value, b: Value) -> Value:
    """A comparison that `@dataclass` wrote: that of the tuples of the fields, of instances of one class."""
    x, y = (m.state(v.id) if isinstance(v, Ref) else None for v in (a, b))
    if not isinstance(x, ObjectState) or not isinstance(y, ObjectState) or x.cls is not y.cls:
        return Const(NotImplemented)
    fields = [f.name for f in dataclasses.fields(x.cls) if f.compare]
    left, right = (Tup(tuple(s.items[s.names.index(f)] for f in fields)) for s in (x, y))
    return m.call(Const(getattr(operator, name)), [left, right], [])
