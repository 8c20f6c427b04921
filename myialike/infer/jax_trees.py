"""`jax.tree.map(f, params, grads)` and its kin: functions of structures, which jax computes at compile time.

They look at structures and hand over what is in them. So they are called as they are, on Python structures in which a
`Held` stands for each array and run-time number; a function that they are given runs on what these hold. What a class
of the user's is taken apart into is asked of its own registration as a pytree.

    jax.tree.map(lambda p, g: p - 0.1 * g, {"w": w}, {"w": w_bar})
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from myialike.errors import CompileError, TypeCheckError, UnsupportedError
from myialike.infer.describe import attributes_of, is_instance_data
from myialike.infer.heap import DictState, ListState, ObjectState
from myialike.infer.machine import Machine
from myialike.infer.signals import Signal
from myialike.infer.values import Const, Num, Ref, Tup, Value, is_function, name_of
from myialike.library.stand_ins import STANDS_FOR
from myialike.ops.foreign import words_of

MODULES = ("jax._src.tree", "jax._src.tree_util", "jax.tree", "jax.tree_util")


class Held:
    """An array or a run-time number of the program."""

    __slots__ = ("value",)

    def __init__(self, value: Value) -> None:
        self.value = value


class Callback:
    """A function of the program, for jax to call on parts of structures, or to hand back."""

    __slots__ = ("m", "value")

    def __init__(self, m: Machine, value: Value) -> None:
        self.m, self.value = m, value

    def __call__(self, *args: Any) -> Any:
        m = self.m
        return _python(m, m.call(self.value, [_value(m, a) for a in args], []))


def of_trees(fn: Any) -> bool:
    """Whether `fn` is one of the functions of structures."""
    return callable(fn) and getattr(fn, "__module__", None) in MODULES and not isinstance(fn, type)


def call_tree(m: Machine, fn: Any, args: Sequence[Value], keywords: Sequence[tuple[str, Value]]) -> Value:
    """`fn(*args, **keywords)`, now."""
    try:
        return _value(m, fn(*(_python(m, v) for v in args), **{k: _python(m, v) for k, v in keywords}))
    except (CompileError, Signal):
        raise
    except Exception as error:
        raise m.error(TypeCheckError, f"{name_of(Const(fn))}: {words_of(error)}") from error


def _python(m: Machine, value: Value) -> Any:
    """The Python structure of a value."""
    value = m.use(value)
    if is_function(value):
        return Callback(m, value)
    if isinstance(value, Const):
        return value.value
    if isinstance(value, Num) or m.is_array(value):
        return Held(value)
    if isinstance(value, Tup):
        items = [_python(m, v) for v in value.items]
        return tuple(items) if value.cls is tuple else value.cls(*items)
    if isinstance(value, Ref):
        return _object(m, value)
    m.fail(UnsupportedError, f"{m.describe(value)} is no structure of arrays")


def _object(m: Machine, value: Ref) -> Any:
    match m.state(value.id):
        case ListState(items):
            return [_python(m, v) for v in items]
        case DictState(keys, items):
            return {k: _python(m, v) for k, v in zip(keys, items, strict=True)}
        case ObjectState(cls, names, items) if cls not in STANDS_FOR:
            made: Any = object.__new__(cls)
            for name, item in zip(names, items, strict=True):
                object.__setattr__(made, name, _python(m, item))
            return made
    m.fail(UnsupportedError, f"{m.describe(value)} is no structure of arrays")


def _value(m: Machine, found: Any) -> Value:
    """The value of a Python structure."""
    if isinstance(found, (Held, Callback)):
        return found.value
    if isinstance(found, tuple):
        return Tup(tuple(_value(m, v) for v in found), type(found))
    if type(found) is list:
        return m.new_list([_value(m, v) for v in found])
    if type(found) is dict:
        return m.new_dict(tuple(found), tuple(_value(m, v) for v in found.values()))
    if is_instance_data(found):
        parts = attributes_of(found)
        return Ref(m.heap.alloc(ObjectState(type(found), tuple(parts), tuple(_value(m, v) for v in parts.values()))))
    return Const(found)
