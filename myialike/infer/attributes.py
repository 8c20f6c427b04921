"""Attributes: of modules and classes, of arrays and numbers, of instances."""

from __future__ import annotations

import inspect
import math
import operator
import types
from collections.abc import Callable, Sequence
from enum import Enum
from functools import cached_property
from typing import Any

import numpy as np

from myialike.errors import AttributeCheckError, ShapeError, TypeCheckError, UnsupportedError, meant
from myialike.infer.emit import broadcast, cast
from myialike.infer.heap import (
    ArrayState,
    DictState,
    GrownState,
    ListState,
    ObjectState,
    RowState,
    SizedState,
    ViewState,
)
from myialike.infer.machine import Machine, array_type
from myialike.infer.rows import attribute_of
from myialike.infer.run_time import run_time_attribute
from myialike.infer.sequences import THE_TEXT
from myialike.infer.values import (
    Bound,
    BuiltinMethod,
    Const,
    Fn,
    Message,
    Num,
    Partial,
    Raised,
    Range,
    Ref,
    Slice,
    Super,
    Tup,
    Value,
    as_num,
    is_function,
    is_number,
)
from myialike.ir.builder import python_scalar
from myialike.ir.syntax import Atom, Lit
from myialike.ir.types import BOOL, I64, Array, static_shape
from myialike.library.picked import Picked, packed
from myialike.library.stand_ins import STANDS_FOR
from myialike.library.updates import At

LIBRARIES = (
    "numpy",
    "math",
    "cmath",
    "operator",
    "functools",
    "itertools",
    "jax",
    "scipy",
    "myialike",
    "builtins",
    "dataclasses",
    "typing",
    "collections",
    "abc",
    "enum",
)
LIST_METHODS = ("append", "extend", "insert", "pop", "index", "copy", "reverse", "clear", "count", "sort", "remove")
DICT_METHODS = ("get", "keys", "values", "items", "update", "pop", "popitem", "copy", "setdefault", "clear")


NUMBER_METHODS = {
    "b": ("conjugate", "bit_length", "bit_count"),
    "i": ("conjugate", "bit_length", "bit_count", *(("is_integer",) if hasattr(int, "is_integer") else ())),
    "f": ("conjugate", "is_integer"),
    "c": ("conjugate",),
}  # of Python's numbers, as far as they are taken


# What these methods of lists, dicts, tuples, ranges and arrays are as functions. Not among them are those that may
# return NotImplemented.
AS_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "__getitem__": operator.getitem,
    "__setitem__": operator.setitem,
    "__delitem__": operator.delitem,
    "__contains__": operator.contains,
    "__len__": len,
    "__iter__": iter,
    "__reversed__": reversed,
}


def get_attribute(m: Machine, value: Value, name: str) -> Value:
    """`value.name`."""
    match value:
        case Tup() | Ref() | Num() if name == "__class__":
            return m.call(Const(type), [value], [])
        case Tup() if name in getattr(value.cls, "_fields", ()):
            return value.items[value.cls._fields.index(name)]  # type: ignore[attr-defined]
        case Tup():
            return tuple_attribute(m, value, name)
        case Ref():
            return object_attribute(m, value, name)
        case Super():
            return super_attribute(m, value, name)
        case Num():
            return number_attribute(m, value, name)
        case Const():
            return constant_attribute(m, value, name)
        case Message():
            return constant_attribute(m, Const(m.known(value, THE_TEXT)), name)
        case Raised(args=args) if name == "args" and not isinstance(value.cls.__init__, types.FunctionType):  # type: ignore[misc]
            return Tup(args)
        case Slice() | Range() if name in ("start", "stop", "step"):
            return value.start if name == "start" else value.stop if name == "stop" else value.step
        case Slice() | Range() if name in ("indices", "index", "count"):
            return BuiltinMethod(name, value)
        case Partial() if name in ("func", "args", "keywords"):
            return partial_attribute(m, value, name)
        case Fn() if name in ("__name__", "__qualname__"):
            return Const(value.graph.name)
        case _:
            return missing(m, value, name)


def as_function(value: Value, name: str) -> Value:
    """A method that a function does the same as."""
    return Partial(Const(AS_FUNCTIONS[name]), (value,), ())


def partial_attribute(m: Machine, value: Partial, name: str) -> Value:
    if name == "keywords":
        return m.new_dict(tuple(k for k, _ in value.keywords), tuple(v for _, v in value.keywords))
    return value.fn if name == "func" else Tup(value.args)


def missing(m: Machine, value: Value, name: str) -> Value:
    """What an attribute is that has no place of its own; else refuse it."""
    if name == "__class__":
        return m.call(Const(type), [value], [])
    if name == "__call__" and is_function(value):
        return value
    python = _python_type(m, value)
    if name in AS_FUNCTIONS and hasattr(python, name):
        return as_function(value, name)
    if hasattr(python, name):
        m.fail(UnsupportedError, f"the attribute {name!r} of {m.describe(value)} is not supported")
    state = m.state(value.id) if isinstance(value, Ref) else None
    if isinstance(state, ObjectState) and state.cls is Picked and hasattr(np.ndarray, name):
        return get_attribute(m, m.call(Const(packed), [value], []), name)
    names = (*state.names, *dir(state.cls)) if isinstance(state, ObjectState) else dir(python)
    m.fail(AttributeCheckError, f"{m.describe(value)} has no attribute {name!r}", meant(name, names))


def _python_type(m: Machine, value: Value) -> type:
    """A type with the attributes that a value has in Python."""
    state = m.state(value.id) if isinstance(value, Ref) else None
    match value, state:
        case Tup(), _:
            return value.cls
        case Range(), _:
            return range
        case Num(), _:
            return {"b": bool, "i": int, "u": int, "f": float, "c": complex}.get(value.dtype.kind, float)
        case _, ListState() | GrownState():
            return list
        case _, DictState():
            return dict
        case _, ArrayState() | ViewState() | SizedState():
            return np.ndarray
        case _:
            return object


def tuple_attribute(m: Machine, value: Tup, name: str) -> Value:
    if name in ("index", "count", "_replace", "_asdict"):
        return BuiltinMethod(name, value)
    return class_attribute(m, value, value.cls, name)


def object_attribute(m: Machine, value: Ref, name: str) -> Value:
    row = m.heap.states[value.id]
    if isinstance(row, RowState) and value.id not in m.heap.unknown and row.cls is not dict:
        found = attribute_of(m, row, name)
        return class_attribute(m, value, row.cls, name) if found is None else found
    state = m.state(value.id)
    match state:
        case ArrayState() | ViewState() | SizedState():
            return array_attribute(m, value, name)
        case ListState() | GrownState() if name in LIST_METHODS:
            return BuiltinMethod(name, value)
        case DictState() if name in DICT_METHODS:
            return BuiltinMethod(name, value)
        case ObjectState():
            if not is_public(m, state.cls, name):
                m.fail(AttributeCheckError, f"{m.describe(value)} has no attribute {name!r}")
            if name in state.names:
                return m.narrowed(state.items[state.names.index(name)])
            return class_attribute(m, value, state.cls, name)
        case _:
            return missing(m, value, name)


def is_public(m: Machine, cls: type, name: str) -> bool:
    """Whether an attribute is one to see where we are: the user sees what Python's own class has."""
    return cls not in STANDS_FOR or m.frames[-1].graph.loc is None or hasattr(STANDS_FOR[cls], name)


# Libraries whose `__getattribute__` gives what the class has, and methods as objects that are called as methods are.
PLAIN_LOOKUP = ("equinox",)


def class_attribute(m: Machine, value: Value, cls: type, name: str) -> Value:
    """An attribute that an instance has from its class: a method, a property, a constant."""
    return inherited(m, value, cls, cls.__mro__, name)


def inherited(m: Machine, value: Value, cls: type, bases: Sequence[type], name: str) -> Value:
    """The attribute `name` of `value`, an instance of `cls`, or `cls` itself, from the first of `bases` that has it."""
    lookup = inspect.getattr_static(cls, "__getattribute__")
    if isinstance(lookup, types.FunctionType) and lookup.__module__.partition(".")[0] not in PLAIN_LOOKUP:
        m.fail(UnsupportedError, f"{cls.__name__} has its own __getattribute__, which is not taken", "use a method")
    for base in bases:
        if name in vars(base):
            return bound(m, value, cls, base, name)
    method = inspect.getattr_static(cls, "__getattr__", None)
    if isinstance(method, types.FunctionType):
        return m.call(Const(method), [value, Const(name)], [])
    return missing(m, value, name)


def bound(m: Machine, value: Value, cls: type, base: type, name: str) -> Value:
    found = vars(base)[name]
    match found:
        case property() if found.fget is not None:
            return m.call(Const(found.fget), [value], [])
        case cached_property():
            result = m.call(Const(found.func), [value], [])
            set_attribute(m, value, name, result)
            return result
        case staticmethod():
            return Const(found.__func__)
        case classmethod():
            return Bound(Const(found.__func__), Const(cls))
        case types.FunctionType():
            return Bound(Const(found), value)
        case _ if found is object.__init__:
            return BuiltinMethod("__init__", value)
        case types.GetSetDescriptorType() | types.MemberDescriptorType() | types.WrapperDescriptorType():
            return missing(m, value, name)  # of the instance, not of the class: __dict__, a slot, object.__eq__
        case _ if isinstance(inspect.getattr_static(type(found), "__get__", None), types.FunctionType):
            if not callable(getattr(found, "__myialike__", None)):
                text = f"the attribute {name!r} of {cls.__name__} is a descriptor, which is not taken"
                m.fail(UnsupportedError, text, "a method or a property")
            return Bound(Const(found), value)
        case _:
            return outside_attribute(m, base, name, found)


def super_attribute(m: Machine, value: Super, name: str) -> Value:
    """An attribute of `super(cls, self)`."""
    of, state = value.self, m.state(value.self.id) if isinstance(value.self, Ref) else None
    cls = state.cls if isinstance(state, ObjectState) else of.value if isinstance(of, Const) else None
    if not isinstance(cls, type) or value.cls not in cls.__mro__:
        m.fail(UnsupportedError, f"super() of {m.describe(of)} is not taken", "name the class: Class.method(self, ...)")
    return inherited(m, of, cls, cls.__mro__[cls.__mro__.index(value.cls) + 1 :], name)


def outside_attribute(m: Machine, owner: Any, name: str, found: Any) -> Value:
    """An attribute of a class or module of the user's, read again at each call."""
    if callable(getattr(found, "__myialike__", None)) and isinstance(owner, type):
        return Const(found)
    assert m.world is not None
    return m.world.read(m, ("attribute", id(owner), name), lambda: getattr(owner, name))


def constant_attribute(m: Machine, value: Const, name: str) -> Value:
    owner = value.value
    if is_number(owner):
        num = as_num(value)
        assert num is not None
        return number_attribute(m, num, name)
    if isinstance(owner, str) and isinstance(getattr(owner, name, None), types.BuiltinMethodType):
        return BuiltinMethod(name, Const(str.__str__(owner)))
    try:
        found = getattr(owner, name)
    except AttributeError:
        m.fail(AttributeCheckError, f"{m.describe(value)} has no attribute {name!r}", meant(name, dir(owner)))
    if isinstance(owner, types.ModuleType) and owner.__name__.split(".")[0] not in LIBRARIES:
        return outside_attribute(m, owner, name, found)
    if (
        isinstance(owner, type)
        and not isinstance(found, (types.FunctionType, types.MethodType, Enum))
        and owner.__module__.split(".")[0] not in LIBRARIES
        and not callable(found)
    ):
        return outside_attribute(m, owner, name, found)
    if isinstance(found, types.MethodType) and isinstance(owner, type):
        return Bound(Const(found.__func__), value)
    if isinstance(found, tuple) and all(isinstance(v, int) for v in found):
        return Tup(tuple(Const(v) for v in found))
    if not isinstance(owner, (types.ModuleType, type, Enum)) and not callable(found) and not _of_library(owner):
        return outside_attribute(m, owner, name, found)
    return Const(found)


def _of_library(owner: Any) -> bool:
    """Whether an object is a library's: its attributes stay what they are."""
    module = owner.__module__ if isinstance(owner, types.FunctionType) else type(owner).__module__
    return (module or "").split(".")[0] in LIBRARIES


def number_attribute(m: Machine, num: Num, name: str) -> Value:
    """Attributes of a number; a NumPy scalar has those of an array of rank 0."""
    value: Value = num
    if name in ("real", "imag"):
        return number_part(m, num, name)
    if num.kind == "python":
        if name in ("numerator", "denominator") and num.dtype in (BOOL, I64):
            return number_part(m, num, "real") if name == "numerator" else Const(1)
        if name in NUMBER_METHODS[num.dtype.kind]:
            return BuiltinMethod(name, value)
        return missing(m, value, name)
    return shape_attribute(m, value, num.atom, name)


def number_part(m: Machine, num: Num, name: str) -> Value:
    """The real or imaginary part; of a Python bool an int."""
    if num.dtype.kind == "c":
        return Num(m.emit(name, num.atom), num.kind)
    if name == "imag":
        zero = num.dtype.type(0)
        return Const(zero if num.kind == "numpy" else 0 if num.dtype == BOOL else zero.item())
    return Num(cast(m, num.atom, I64), "python") if num.kind == "python" and num.dtype == BOOL else num


def shape_attribute(m: Machine, value: Value, atom: Any, name: str) -> Value:
    """What arrays and NumPy scalars have in common."""
    type = array_type(atom)
    shape = type.shape
    match name:
        case "shape":
            return Tup(tuple(Const(d) for d in shape))
        case "ndim":
            return Const(len(shape))
        case "size":
            return Const(math.prod(static_shape(type)))
        case "dtype":
            return Const(type.dtype)
        case "device":
            return Const("cpu")
        case "itemsize":
            return Const(type.dtype.itemsize)
        case "nbytes":
            return Const(math.prod(static_shape(type)) * type.dtype.itemsize)
        case "T":
            return transposed(m, value, len(shape))
        case "mT" if len(shape) > 1 and isinstance(value, Ref):
            return m.view(value, "transpose", perm=(*range(len(shape) - 2), len(shape) - 1, len(shape) - 2))
        case "mT":
            m.fail(ShapeError, f"a matrix transpose needs an array of rank 2 or more, not {type}")
        case _ if name in AS_FUNCTIONS:
            return as_function(value, name)
        case _:
            return BuiltinMethod(name, value) if hasattr(np.ndarray, name) else missing(m, value, name)


def transposed(m: Machine, value: Value, rank: int) -> Value:
    if rank < 2 or not isinstance(value, Ref):
        return value
    return m.view(value, "transpose", perm=tuple(range(rank))[::-1])


def array_attribute(m: Machine, value: Ref, name: str) -> Value:
    known = run_time_attribute(m, value, name)
    if known is not None:
        return known
    atom = m.array(value.id)
    if name in ("real", "imag"):
        return array_part(m, value, atom, name)
    if name == "flat":
        return m.flat(value)
    if name == "at" and m.kind(value.id) != "numpy":
        return Ref(m.heap.alloc(ObjectState(At, ("array",), (value,))))
    if name in ("at", "base", "data", "strides", "ctypes", "flags"):
        hint = "write `x = x.copy(); x[i] = v`" if name == "at" else ""
        m.fail(UnsupportedError, f"the attribute {name!r} of an array is not taken", hint)
    return shape_attribute(m, value, atom, name)


def array_part(m: Machine, value: Ref, atom: Atom, name: str) -> Value:
    """The real or imaginary part of an array: of a complex one, a view."""
    type = array_type(atom)
    if type.dtype.kind == "c":
        return m.view(value, name)
    if name == "real":
        return value
    zero = Lit(python_scalar(type.dtype, 0), Array(type.dtype))
    zeros = m.new_array(broadcast(m, zero, type.shape), m.kind(value.id))
    m.heap.read_only.add(zeros.id)
    return zeros


def set_part(m: Machine, target: Ref, name: str, value: Value) -> None:
    """`x.real = v`, `x.imag = v`, `x.flat = v`."""
    if name == "imag" and array_type(m.array(target.id)).dtype.kind != "c":
        m.fail(TypeCheckError, "an array of real numbers has no imaginary part to set")
    if name == "flat":
        found = m.operand(value)
        count = math.prod(static_shape(array_type(m.array(target.id))))
        if found is None or array_type(found[0]).shape:  # a shorter one is repeated
            value = m.call(Const(np.resize), [value, Const(count)], [])
    m.call(Const(operator.setitem), [array_attribute(m, target, name), Const(Ellipsis), value], [])


def refuse_setting(m: Machine, cls: type, name: str) -> None:
    """Refuse to set an attribute of a class that does it in its own way, or that has no place for it."""
    method = inspect.getattr_static(cls, "__setattr__")
    if isinstance(method, types.FunctionType) and not method.__code__.co_filename.startswith("<string>"):
        m.fail(UnsupportedError, f"{cls.__name__} has its own __setattr__, which is not taken", "use a method")
    if cls.__dictoffset__ == 0 and not hasattr(cls, name):
        m.fail(AttributeCheckError, f"{cls.__name__!r} object has no attribute {name!r}", "name it in __slots__")


def set_attribute(m: Machine, target: Value, name: str, value: Value) -> None:
    """`target.name = value`."""
    state = m.state(target.id) if isinstance(target, Ref) else None
    if isinstance(state, (ArrayState, ViewState)) and isinstance(target, Ref) and name in ("real", "imag", "flat"):
        set_part(m, target, name, value)
        return
    if not isinstance(target, Ref) or not isinstance(state, ObjectState):
        hint = "return the new value, and set it in the caller"
        m.fail(UnsupportedError, f"attributes of {m.describe(target)} cannot be set", hint)
    if not is_public(m, state.cls, name):
        m.fail(UnsupportedError, f"attributes of {m.describe(target)} cannot be set", "keep it in a variable")
    if target.id not in m.heap.under_construction:
        refuse_setting(m, state.cls, name)
    params = getattr(state.cls, "__dataclass_params__", None)
    if params is not None and params.frozen and target.id not in m.heap.under_construction:
        m.fail(
            TypeCheckError,
            f"cannot assign to field {name!r}: {state.cls.__name__} is frozen",
            "use dataclasses.replace",
        )
    found = getattr(state.cls, name, None)
    if isinstance(found, property):
        if found.fset is None:
            m.fail(TypeCheckError, f"property {name!r} of {state.cls.__name__} has no setter")
        m.call(Const(found.fset), [target, value], [])
        return
    if name in state.names:
        items = tuple(value if n == name else v for n, v in zip(state.names, state.items, strict=True))
        m.change(target.id, state, ObjectState(state.cls, state.names, items))
    else:
        m.change(target.id, state, ObjectState(state.cls, (*state.names, name), (*state.items, value)))
