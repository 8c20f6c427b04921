"""What a value is and says of itself: its type, its attributes, its text.

The type of every value is known now, and so is what `isinstance` and `hasattr` answer: they choose a branch before
anything is compiled. Texts are made in `infer.printing`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from myialike.errors import UnsupportedError
from myialike.infer.attributes import get_attribute, method_of, set_attribute
from myialike.infer.heap import DictState, ListState, ObjectState
from myialike.infer.machine import Machine
from myialike.infer.printing import py_print, repr_of, str_of
from myialike.infer.values import NONE, Const, Num, Range, Ref, Slice, Super, Tup, Value, is_function, string
from myialike.ir.types import BOOL, C128, F64, I64


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
        case Ref():
            state = m.state(x.id)
            if isinstance(state, ObjectState):
                return state.cls
            return list if isinstance(state, ListState) else dict if isinstance(state, DictState) else np.ndarray
        case _ if is_function(x):
            return type(type_of)
        case _:
            m.fail(UnsupportedError, f"the type of {m.describe(x)} is not taken")


def py_type(m: Machine, x: Value) -> Value:
    return Const(type_of(m, x))


def py_isinstance(m: Machine, x: Value, classes: Value) -> Value:
    known = m.known(classes, "the class of isinstance()")
    flat = known if isinstance(known, tuple) else (known,)
    return Const(issubclass(type_of(m, x), flat))


def py_issubclass(m: Machine, x: Value, classes: Value) -> Value:
    return Const(issubclass(m.known(x, "a class"), m.known(classes, "a class")))


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
    if isinstance(x, Ref) and isinstance(state := m.state(x.id), ObjectState):
        return Const(text in state.names or hasattr(state.cls, text))
    return Const(hasattr(x.value, text) if isinstance(x, Const) else hasattr(type_of(m, x), text))


def py_setattr(m: Machine, x: Value, name: Value, value: Value) -> Value:
    set_attribute(m, m.use(x), m.known(name, "the name of an attribute"), value)
    return NONE


def object_setattr(m: Machine, x: Value, name: Value, value: Value) -> Value:
    """`object.__setattr__`, with which a frozen dataclass is filled."""
    assert isinstance(x, Ref)
    m.under_construction.add(x.id)
    set_attribute(m, x, m.known(name, "the name of an attribute"), value)
    m.under_construction.discard(x.id)
    return NONE


def py_str(m: Machine, x: Value = Const("")) -> Value:
    return string(str_of(m, x))


REFLECTION: dict[Any, Callable[..., Value]] = {
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
