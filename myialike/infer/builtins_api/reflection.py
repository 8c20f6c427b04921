"""What a value is and says of itself: its type, its attributes, its text.

The type of every value is known now, and so is what `isinstance` and `hasattr` answer: they choose a branch before
anything is compiled. Texts are made in `infer.printing`.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from myialike.errors import TypeCheckError, UnsupportedError
from myialike.infer.arith import constant
from myialike.infer.attributes import get_attribute, set_attribute
from myialike.infer.heap import CellState, DictState, GrownState, IteratorState, ListState, ObjectState
from myialike.infer.machine import Machine
from myialike.infer.overloading import method_of
from myialike.infer.printing import py_print, repr_of, str_of
from myialike.infer.values import (
    NONE,
    Const,
    Message,
    Num,
    Range,
    Ref,
    Slice,
    Super,
    Tup,
    Value,
    View,
    is_function,
    string,
)
from myialike.ir.types import BOOL, C128, F64, I64
from myialike.library.stand_ins import STANDS_FOR


def type_of(m: Machine, x: Value) -> type:
    """The Python type of a value."""
    x = m.use(x)
    match x:
        case Const():
            return type(x.value)
        case Num():
            if x.kind == "python":
                return {BOOL: bool, I64: int, F64: float, C128: complex}[x.dtype]
            return x.dtype.type
        case Tup():
            return x.cls
        case Range():
            return range
        case Slice():
            return slice
        case View():
            return type(getattr({}, x.name)())
        case Message():
            return str
        case Ref():
            state = m.state(x.id)
            if isinstance(state, ObjectState):
                return STANDS_FOR.get(state.cls, state.cls)
            if isinstance(state, (IteratorState, CellState)):
                m.fail(UnsupportedError, f"the type of {m.describe(x)} is not taken")
            return (
                list
                if isinstance(state, (ListState, GrownState))
                else dict
                if isinstance(state, DictState)
                else np.ndarray
            )
        case _ if is_function(x):
            return type(type_of)
        case _:
            m.fail(UnsupportedError, f"the type of {m.describe(x)} is not taken")


def py_type(m: Machine, x: Value) -> Value:
    return Const(type_of(m, x))


def py_isinstance(m: Machine, x: Value, classes: Value) -> Value:
    return Const(issubclass(type_of(m, x), known_classes(m, classes)))


def py_issubclass(m: Machine, x: Value, classes: Value) -> Value:
    known = m.known(x, "the class of issubclass()")
    if not isinstance(known, type):
        m.fail(TypeCheckError, f"issubclass() takes a class, not {m.describe(x)}")
    return Const(issubclass(known, known_classes(m, classes)))


def known_classes(m: Machine, classes: Value) -> tuple[type, ...]:
    """The classes in the second argument of `isinstance`: nested tuples and unions of them."""
    return tuple(classes_in(m, m.known(classes, "the class of isinstance()")))


def classes_in(m: Machine, known: Any) -> Iterator[type]:
    if isinstance(known, tuple):
        for item in known:
            yield from classes_in(m, item)
    elif isinstance(known, types.UnionType) or typing.get_origin(known) is typing.Union:
        yield from (type(None) if a is None else a for a in typing.get_args(known))
    elif isinstance(known, type):
        yield known
    else:
        m.fail(TypeCheckError, f"isinstance() takes a class, a tuple of classes or a union, not {known!r}")


def py_super(m: Machine, cls: Value, of: Value) -> Value:
    return Super(m.known(cls, "the class of super()"), of)


def py_callable(m: Machine, x: Value) -> Value:
    return Const(
        is_function(x) or (isinstance(x, Const) and callable(x.value)) or method_of(m, x, "__call__") is not None
    )


def py_getattr(m: Machine, x: Value, name: Value, default: Value | None = None) -> Value:
    text = m.known(name, "the name of an attribute")
    if default is not None and not m.known(py_hasattr(m, x, name), "hasattr"):
        return default
    return get_attribute(m, m.use(x), text)


def py_hasattr(m: Machine, x: Value, name: Value) -> Value:
    text = m.known(name, "the name of an attribute")
    if isinstance(x, Ref) and isinstance(state := m.state(x.id), ObjectState) and state.cls not in STANDS_FOR:
        return Const(text in state.names or hasattr(state.cls, text))
    return Const(hasattr(x.value, text) if isinstance(x, Const) else hasattr(type_of(m, x), text))


def py_setattr(m: Machine, x: Value, name: Value, value: Value) -> Value:
    set_attribute(m, m.use(x), m.known(name, "the name of an attribute"), value)
    return NONE


def object_setattr(m: Machine, x: Value, name: Value, value: Value) -> Value:
    """`object.__setattr__`, with which a frozen dataclass is filled."""
    assert isinstance(x, Ref)
    m.heap.under_construction.add(x.id)
    set_attribute(m, x, m.known(name, "the name of an attribute"), value)
    m.heap.under_construction.discard(x.id)
    return NONE


def py_str(m: Machine, x: Value = Const("")) -> Value:
    return string(str_of(m, x))


def of_constants(fn: Callable[..., Any]) -> Callable[..., Value]:
    """A function of values that are known now, called by Python itself."""

    def function(m: Machine, *args: Value) -> Value:
        known = [m.known(a, f"an argument of {fn.__name__}()") for a in args]
        return constant(m, lambda: fn(*known), fn.__name__, *map(Const, known))

    return function


REFLECTION: dict[Any, Callable[..., Value]] = {
    **{fn: of_constants(fn) for fn in (chr, ord, hex, bin, oct)},
    type: py_type,
    isinstance: py_isinstance,
    issubclass: py_issubclass,
    super: py_super,
    callable: py_callable,
    getattr: py_getattr,
    hasattr: py_hasattr,
    setattr: py_setattr,
    object.__setattr__: object_setattr,
    str: py_str,
    repr: lambda m, x: string(repr_of(m, x)),
    print: py_print,
}
