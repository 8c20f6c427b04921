"""Calls: what each kind of callable does."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import operator
import re
import sys
import types
import typing
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any

import numpy as np

from myialike import library
from myialike.errors import TypeCheckError, UnsupportedError
from myialike.infer import builtins_api, numpy_api, picked
from myialike.infer.annotations import behind_checks
from myialike.infer.attributes import get_attribute
from myialike.infer.builtins_api.reflection import type_of
from myialike.infer.calls import bind, call_closure, call_python, complete
from myialike.infer.closures import Returned, call_returned
from myialike.infer.contexts import errstate
from myialike.infer.deques import DEQUES
from myialike.infer.describe import is_instance_data
from myialike.infer.dict_places import RUN_TIME_DICTS
from myialike.infer.fitting import check_fits
from myialike.infer.heap import ArrayState, ObjectState, ViewState
from myialike.infer.jax_calls import call_jax, call_marked, of_jax
from myialike.infer.jax_trees import call_tree, of_trees
from myialike.infer.join import branch
from myialike.infer.library_calls import call_library
from myialike.infer.library_calls import refuse as library_refuse
from myialike.infer.machine import Machine, array_type
from myialike.infer.mapping import call_vmap
from myialike.infer.missing import instance_refusal, misfit, refusal, tuple_refusal
from myialike.infer.numpy_api import binding
from myialike.infer.numpy_api.constructors import astype
from myialike.infer.numpy_api.iterating import call_vectorize
from myialike.infer.numpy_api.ufunc_calls import call_ufunc, is_ufunc
from myialike.infer.numpy_api.ufunc_methods import handler_of, is_ufunc_method
from myialike.infer.overloading import method_of
from myialike.infer.pools import enter
from myialike.infer.primitives import PRIMITIVES
from myialike.infer.run import as_bool
from myialike.infer.run_time import run_time_call
from myialike.infer.run_time_out import into
from myialike.infer.sequences import children
from myialike.infer.transforms import TRANSFORMS, call_pullback, call_pushforward
from myialike.infer.transforms.options import OF_JAX, OPTIONS
from myialike.infer.ufuncs import raise_now
from myialike.infer.values import (
    Bound,
    BuiltinMethod,
    Chosen,
    Const,
    Fn,
    Partial,
    Pullback,
    Pushforward,
    Raised,
    Ref,
    Transform,
    Tup,
    Value,
)
from myialike.ir.types import SHORT_NAMES

Keywords = Sequence[tuple[str, Value]]
HANDLERS: dict[Any, Callable[..., Value]] = {
    **numpy_api.FUNCTIONS,
    **builtins_api.FUNCTIONS,
    library.refuse: library_refuse,
    **picked.PICKED,
    **RUN_TIME_DICTS,
    **DEQUES,
    **PRIMITIVES,
    np.errstate: errstate,
}


def call(m: Machine, fn: Value, args: Sequence[Value], keywords: Keywords) -> Value:
    """`fn(*args, **keywords)`."""
    match fn:
        case Const():
            return call_object(m, fn.value, args, keywords)
        case Fn():
            return call_closure(m, fn, args, keywords)
        case Bound():
            return call(m, fn.fn, [fn.self, *args], keywords)
        case BuiltinMethod():
            return builtins_api.call_method(m, fn, args, keywords)
        case Partial():
            return call(m, fn.fn, [*fn.args, *args], list({**dict(fn.keywords), **dict(keywords)}.items()))
        case Transform():
            return transform_call(m, fn, args, keywords)
        case Pullback():
            return call_pullback(m, fn, args)
        case Pushforward():
            return call_pushforward(m, fn, args)
        case Chosen():
            return call_chosen(m, fn, args, keywords)
        case Ref() | Tup() if method_of(m, fn, "__call__") is not None:
            return call(m, Const(method_of(m, fn, "__call__")), [fn, *args], keywords)
        case _:
            m.fail(
                TypeCheckError,
                f"{m.describe(fn)} is not callable",
                "`*` multiplies" if m.operand(fn) is not None else "call a function",
            )


def call_chosen(m: Machine, fn: Chosen, args: Sequence[Value], keywords: Keywords) -> Value:
    """Call the one of two functions that a run-time bool chooses."""
    pred = as_bool(m, fn.pred)
    if isinstance(pred, bool):
        return call(m, fn.then if pred else fn.orelse, args, keywords)
    return branch(
        m, pred, lambda: [call(m, fn.then, args, keywords)], lambda: [call(m, fn.orelse, args, keywords)], ["result"]
    )[0]


def transform_call(m: Machine, t: Transform, args: Sequence[Value], keywords: Keywords) -> Value:
    """Call a transformed function."""
    return (call_vmap if t.kind == "vmap" else TRANSFORMS[t.kind])(m, t, list(args), keywords)


def call_object(m: Machine, fn: Any, args: Sequence[Value], keywords: Keywords) -> Value:
    """Call an object known at compile time."""
    if isinstance(fn, Returned):
        return call_returned(m, fn, args, keywords)
    described = getattr(fn, "__myialike__", None)
    if described is not None and not isinstance(fn, (type, types.MethodType)):
        return call_described(m, described(), args, keywords)
    if of_jax(fn):
        kind = own_transformation(m, fn, args)
        if kind:
            return make_transform(m, kind, args, keywords, OPTIONS[kind])
        return (call_tree if of_trees(fn) else call_jax)(m, fn, args, keywords)
    if (special := into(m, fn, args, keywords) or run_time_call(m, fn, args, keywords)) is not None:
        return special
    if of_numpy(fn) and (chosen := picked.call(m, fn, args, keywords)) is not None:
        return chosen
    written = _lookup(fn, library.FUNCTIONS)
    if written is not None:
        return call_written(m, fn, written, args, keywords)
    if isinstance(fn, types.FunctionType):
        return call_function(m, behind_checks(fn), args, keywords)
    if isinstance(fn, types.MethodType):
        assert m.world is not None
        owner = m.world.read(m, ("self", id(fn.__self__)), lambda: fn.__self__)
        return call(m, Const(fn.__func__), [owner, *args], keywords)
    handler = _lookup(fn, HANDLERS)
    if handler is not None:
        return call_table(m, fn, handler, name_of_numpy(fn), args, keywords)
    if is_ufunc(fn):
        return _in_its_order(m, fn, args, keywords, call_ufunc(m, fn, args, keywords))
    if is_ufunc_method(fn):
        return call_table(m, fn, handler_of(fn), f"np.{fn.__self__.__name__}.{fn.__name__}", args, keywords)
    if isinstance(fn, np.vectorize):
        return call_vectorize(m, fn, list(args), list(keywords))
    if isinstance(fn, type):
        return construct(m, fn, args, keywords)
    if isinstance(fn, functools.partial):
        return call_partial(m, fn, args, keywords)
    if isinstance(typing.get_origin(fn), type):
        return call_object(m, typing.get_origin(fn), args, keywords)
    if isinstance(fn, types.MethodDescriptorType | types.WrapperDescriptorType) and args:
        return call_descriptor(m, fn, args, keywords)
    if isinstance(fn, (operator.itemgetter, operator.attrgetter, operator.methodcaller)):
        made_of, known = typing.cast(tuple[Any, tuple[Any, ...]], fn.__reduce__()[:2])
        return call(m, call_object(m, made_of, [Const(v) for v in known], ()), args, keywords)
    wrapped = getattr(fn, "__wrapped__", None)
    if isinstance(wrapped, types.FunctionType) and type(fn).__module__ == "functools":
        return call(m, Const(wrapped), args, keywords)
    if is_instance_data(fn) and isinstance(inspect.getattr_static(type(fn), "__call__", None), types.FunctionType):
        return call_object(m, types.MethodType(type(fn).__call__, fn), args, keywords)
    name = f"{getattr(fn, '__module__', None) or ''}.{getattr(fn, '__name__', type(fn).__name__)}".lstrip(".")
    m.fail(UnsupportedError, *refusal(name))


def library_name(fn: Any) -> str:
    """What a user calls a function that is written in `myialike.library`."""
    module = re.sub(r"\._.*", "", (fn.__module__ or "np").lstrip("_"))
    return f"{re.sub('^numpy', 'np', module)}.{fn.__name__}"


def _lookup(fn: Any, table: dict[Any, Callable[..., Any]]) -> Any:
    try:
        return table.get(fn)
    except TypeError:
        return None


def call_described(
    m: Machine, described: tuple[str, Any, tuple[tuple[str, Any], ...]], args: Sequence[Value], keywords: Keywords
) -> Value:
    """A function of this package: a transformation itself, or a transformed or compiled function."""
    kind, fn, options = described
    if kind == "transformation":
        return make_transform(m, fn, args, keywords, options)
    if kind == "jax":
        return call_marked(m, fn, args, keywords)
    return transform_call(m, Transform(kind, Const(fn), options), args, keywords)


def own_transformation(m: Machine, fn: Any, args: Sequence[Value]) -> str:
    """The transformation that `jax.vmap` or its like is, given a function that jax cannot trace: one of the program."""
    name = getattr(fn, "__name__", "")
    if getattr(sys.modules.get("jax"), name, None) is not fn or not args or isinstance(m.use(args[0]), Const):
        return ""
    return OF_JAX.get(name, "")


def option(m: Machine, value: Value, what: str) -> Any:
    """The compile-time value of an option; a list of them as a tuple."""
    items = children(m, m.use(value))
    return m.known(value, what) if items is None else tuple(m.known(v, what) for v in items)


CALLED_AT_ONCE = ("vjp", "jvp", "linearize", "hvp", "taylor")  # these take a function and its arguments


def make_transform(
    m: Machine, kind: str, args: Sequence[Value], keywords: Keywords, options: tuple[tuple[str, Any], ...]
) -> Value:
    """`grad(f, argnums=...)` and its kin inside a program."""
    if kind == "stop_gradient":
        return stop_gradient(m, args[0])
    if kind == "compile" and not args:
        return Const(lambda f: f)
    named = dict(keywords)
    if not args and "f" not in named:
        m.fail(TypeCheckError, f"{kind} takes a function, and none is given")
    fn, rest = m.use(args[0] if args else named.pop("f")), list(args[1:])
    unknown = [k for k in named if k not in dict(options)]
    if unknown:
        taken = ", ".join(k for k, _ in options) or "none"
        m.fail(TypeCheckError, f"{kind} takes no keyword {unknown[0]!r}", f"its keywords are: {taken}")
    if kind == "taylor" and len(rest) > 1:
        named["order"] = rest.pop()
    if kind in CALLED_AT_ONCE:
        given = dict(options) | {k: option(m, v, k) for k, v in named.items()}
        return transform_call(m, Transform(kind, fn, tuple(given.items())), rest, ())
    if len(rest) > len(options):
        m.fail(TypeCheckError, f"{kind} takes {1 + len(options)} arguments, and {1 + len(rest)} are given")
    given = dict(options) | dict(zip([k for k, _ in options], [option(m, v, "an option") for v in rest], strict=False))
    given |= {k: option(m, v, k) for k, v in named.items()}
    return Transform(kind, fn, tuple(given.items()))


def stop_gradient(m: Machine, value: Value) -> Value:
    """The value with no derivative, through every structure."""
    found = m.operand(value)
    if found is not None:
        return m.result(m.emit("stop_gradient", found[0]), found[1])
    if isinstance(value, Tup):
        return Tup(tuple(stop_gradient(m, v) for v in value.items), value.cls)
    if isinstance(value, Ref):
        state = m.state(value.id)
        assert not isinstance(state, (ArrayState, ViewState))
        return Ref(m.heap.alloc(dataclasses.replace(state, items=tuple(stop_gradient(m, v) for v in state.items))))
    return value


def invoke(m: Machine, handler: Callable[..., Value], name: str, args: Sequence[Value], keywords: Keywords) -> Value:
    """Call a function of the compiler's own tables, saying in the user's words when the arguments do not fit it."""
    try:
        binding.signature_of_own(handler).bind(m, *args, **dict(keywords))
    except TypeError as error:
        m.fail(*misfit(name, error))
    return handler(m, *(m.use(a) for a in args), **{k: m.use(v) for k, v in keywords})


def name_of_numpy(fn: Any) -> str:
    """What an error calls a function of the tables."""
    name = getattr(fn, "__name__", str(fn))
    module = (getattr(fn, "__module__", None) or "").split(".")
    return f"np.{name}" if module[0] == "numpy" and len(module) == 1 else name


def call_table(
    m: Machine, fn: Any, handler: Callable[..., Value], name: str, args: Sequence[Value], keywords: Keywords
) -> Value:
    """Call a function of the compiler's own tables for the object `fn`, with the arguments that `fn` would take."""
    if not of_numpy(fn):
        return _in_its_order(m, fn, args, keywords, invoke(m, handler, name, args, keywords))
    bound = binding.bind(m, fn, name, binding.parameters_of(handler, 1), args, keywords)
    return binding.finish(m, fn, name, bound, invoke(m, handler, name, bound.args, bound.keywords))


def call_written(
    m: Machine, fn: Any, written: Callable[..., Any], args: Sequence[Value], keywords: Keywords
) -> Value:
    """Call a function of the library for the object `fn`."""
    name = library_name(fn)
    if not of_numpy(fn):
        return _in_its_order(m, fn, args, keywords, call_library(m, written, name, args, keywords))
    bound = binding.bind(m, fn, name, binding.parameters_of(written, 0), args, keywords)
    return binding.finish(m, fn, name, bound, call_library(m, written, name, bound.args, bound.keywords))


def _in_its_order(m: Machine, fn: Any, args: Sequence[Value], keywords: Keywords, result: Value) -> Value:
    """`result`: a ufunc's lies in memory as its arguments do, any other of SciPy in any order."""
    of_scipy = (getattr(fn, "__module__", None) or "").startswith("scipy")
    if of_scipy or isinstance(fn, np.ufunc):
        binding.note_order(m, fn, binding.Bound(list(args), list(keywords), order="K" if of_scipy else None), result)
    return result


def of_numpy(fn: Any) -> bool:
    """Whether the arguments of `fn` are bound by NumPy's own signature."""
    owner = getattr(fn, "__self__", None)
    return isinstance(owner, np.ufunc) or (getattr(fn, "__module__", None) or "").split(".")[0] == "numpy"


def call_descriptor(m: Machine, fn: Any, args: Sequence[Value], keywords: Keywords) -> Value:
    """`str.upper(text)`: a method of a type of Python, called by its class."""
    owner, name = fn.__objclass__, fn.__name__
    known = m.call(Const(isinstance), [args[0], Const(owner)], [])
    if not m.known(known, "isinstance"):
        m.fail(TypeCheckError, f"{owner.__name__}.{name} takes an object of that type, not {m.describe(args[0])}")
    if name in OPERATORS and len(args) <= 2:
        return call_object(m, getattr(operator, name), args, keywords)
    return call(m, get_attribute(m, args[0], name), args[1:], keywords)


OPERATORS: tuple[str, ...] = ("__add__", "__sub__", "__mul__", "__truediv__", "__floordiv__", "__mod__", "__pow__")
OPERATORS += ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__getitem__", "__contains__", "__and__")
OPERATORS += ("__neg__", "__pos__", "__or__", "__xor__", "__invert__", "__lshift__", "__rshift__", "__abs__")


def call_partial(m: Machine, fn: functools.partial[Any], args: Sequence[Value], keywords: Keywords) -> Value:
    assert m.world is not None
    held = [m.world.read(m, ("partial", id(fn), k), lambda k=k: fn.args[k]) for k in range(len(fn.args))]  # type: ignore[misc]
    named = {k: m.world.read(m, ("partial", id(fn), k), lambda k=k: fn.keywords[k]) for k in fn.keywords}  # type: ignore[misc]
    return call(m, Const(fn.func), [*held, *args], list({**named, **dict(keywords)}.items()))


def single_dispatch(m: Machine, fn: Any, args: Sequence[Value], keywords: Keywords) -> Value:
    """A function of `functools.singledispatch`: the one registered for the type of the first argument."""
    assert m.world is not None
    if not args:
        m.fail(TypeCheckError, f"{fn.__name__} requires at least 1 positional argument")
    cls = type_of(m, args[0])
    return call(m, m.world.read(m, ("dispatch", id(fn), cls), lambda: fn.dispatch(cls)), args, keywords)


def call_function(m: Machine, fn: types.FunctionType, args: Sequence[Value], keywords: Keywords) -> Value:
    if isinstance(getattr(fn, "registry", None), types.MappingProxyType) and hasattr(fn, "dispatch"):
        return single_dispatch(m, fn, args, keywords)
    if fn is dataclasses.replace:
        return replace(m, args[0], keywords)
    handler = _lookup(fn, HANDLERS)
    if handler is not None:
        return call_table(m, fn, handler, f"np.{fn.__name__}", args, keywords)
    if (fn.__module__ or "").split(".")[0] in ("numpy", "jax", "scipy"):
        m.fail(UnsupportedError, *refusal(f"{fn.__module__}.{fn.__name__}"))
    if (fn.__module__ or "").startswith("myialike.library."):
        return call_library(m, fn, fn.__name__, args, keywords)
    return call_python(m, fn, args, keywords)


def replace(m: Machine, value: Value, keywords: Keywords) -> Value:
    """`dataclasses.replace`."""
    state = m.state(value.id) if isinstance(value, Ref) else None
    if not isinstance(state, ObjectState) or not dataclasses.is_dataclass(state.cls):
        m.fail(TypeCheckError, f"replace() takes a dataclass instance, not {m.describe(value)}")
    new = dict(keywords)
    names = [f.name for f in dataclasses.fields(state.cls) if f.init]
    for name in names:
        new.setdefault(name, state.items[state.names.index(name)])
    return construct(m, state.cls, (), list(new.items()))


# -- instances ---------------------------------------------------------------------------------------------------------


def construct(m: Machine, cls: type, args: Sequence[Value], keywords: Keywords) -> Value:
    """`cls(*args, **keywords)`."""
    if issubclass(cls, BaseException):
        return Raised(cls, exception_arguments(m, cls, args, keywords))
    if issubclass(cls, tuple) and hasattr(cls, "_fields"):
        return named_tuple(m, cls, args, keywords)
    if issubclass(cls, np.generic):
        return numpy_scalar(m, cls, args)
    if dataclasses.is_dataclass(cls):
        return dataclass_instance(m, cls, args, keywords)
    if issubclass(cls, Enum):
        return member(m, cls, args, keywords)
    if not is_plain(cls):
        m.fail(UnsupportedError, *instance_refusal(cls))
    if inspect.isabstract(cls):
        lacking = ", ".join(sorted(getattr(cls, "__abstractmethods__", ())))
        m.fail(TypeCheckError, f"{cls.__name__} is abstract: it has no {lacking}")
    if cls.__module__.split(".")[0] in ("numpy", "scipy"):
        m.fail(UnsupportedError, *refusal(f"{cls.__module__.split('.')[0]}.{cls.__name__}"))
    instance = Ref(m.heap.alloc(ObjectState(cls, (), ())))
    init = getattr(cls, "__init__", None)
    if isinstance(init, types.FunctionType):
        call(m, Const(init), [instance, *args], keywords)
    elif args or keywords:
        m.fail(TypeCheckError, f"{cls.__name__}() takes no arguments")
    enter(m, instance)
    return instance


def is_plain(cls: type) -> bool:
    """Whether making an instance of a class is running its `__init__` on an object without attributes."""
    return (
        cls.__module__ != "builtins"
        and cls.__flags__ & HEAP_TYPE != 0
        and type(cls).__call__ is type.__call__
        and inspect.getattr_static(cls, "__new__") is inspect.getattr_static(object, "__new__")
        and not _of_standard_library(cls)
    )


HEAP_TYPE = 1 << 9


def _of_standard_library(cls: type) -> bool:
    return cls.__module__.split(".")[0] in ("collections", "contextlib", "types", "functools", "itertools", "decimal")


def member(m: Machine, cls: Any, args: Sequence[Value], keywords: Keywords) -> Value:
    """`Color(1)`: the member of an enum with a value."""
    if len(args) != 1 or keywords:
        m.fail(UnsupportedError, f"{cls.__name__}() makes a new enum", "define enums in a module")
    value = m.known(args[0], f"the value of a member of {cls.__name__}")
    try:
        return Const(cls(value))
    except ValueError as error:
        return raise_now(m, ValueError, str(error))


def exception_arguments(m: Machine, cls: type, args: Sequence[Value], keywords: Keywords) -> tuple[Value, ...]:
    """The arguments of an exception, all by position. Its `__init__` is run by Python when it is raised."""
    init = inspect.getattr_static(cls, "__init__")
    if not isinstance(init, types.FunctionType):
        if keywords:
            m.fail(TypeCheckError, f"{cls.__name__}() takes no keyword arguments")
        return tuple(args)
    signature = inspect.signature(init)
    bind(m, cls.__name__, signature, [Const(cls), *args], keywords)
    found = signature.bind(Const(cls), *args, **dict(keywords))
    if found.kwargs:
        m.fail(UnsupportedError, f"{cls.__name__}() with keyword arguments is not taken here", "pass all by position")
    return found.args[1:]


def numpy_scalar(m: Machine, cls: type, args: Sequence[Value]) -> Value:
    """`np.float32(x)`."""
    dtype = np.dtype(cls)
    if dtype not in SHORT_NAMES or np.dtype(dtype.name).type is not cls:
        m.fail(UnsupportedError, *refusal(f"numpy.{cls.__name__}"))
    value = args[0] if args else Const(0)
    check_fits(m, value, dtype)
    atom = _atom(m, astype(m, value, Const(dtype)))
    return m.new_showing(value, atom, "numpy") if array_type(atom).shape else m.result(atom, "numpy")


def _atom(m: Machine, value: Value) -> Any:
    found = m.operand(value)
    assert found is not None
    return found[0]


def named_tuple(m: Machine, cls: Any, args: Sequence[Value], keywords: Keywords) -> Value:
    refused = tuple_refusal(cls)
    if refused is not None:
        m.fail(UnsupportedError, *refused)
    empty = inspect.Parameter.empty
    parameters = [
        inspect.Parameter(f, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=cls._field_defaults.get(f, empty))
        for f in cls._fields
    ]
    signature = inspect.Signature(parameters)
    bound = bind(m, cls.__name__, signature, args, keywords)
    return Tup(
        tuple(complete(m, signature, bound, lambda name: class_value(m, cls, name, cls._field_defaults[name]))), cls
    )


def class_value(m: Machine, cls: type, name: str, value: Any) -> Value:
    assert m.world is not None
    return m.world.read(m, ("field", id(cls), name), lambda: value)


def dataclass_instance(m: Machine, cls: Any, args: Sequence[Value], keywords: Keywords) -> Value:
    """Fill the fields of a dataclass as its own `__init__` does; a user's `__init__` is run instead."""
    instance = Ref(m.heap.alloc(ObjectState(cls, (), ())))
    m.heap.under_construction.add(instance.id)
    if not cls.__dataclass_params__.init or ("__init__" in vars(cls) and not _generated(cls.__init__)):
        call(m, Const(cls.__init__), [instance, *args], keywords)
    else:
        fields = {f.name: f for f in dataclasses.fields(cls)}
        signature = inspect.signature(cls)
        bound = bind(m, cls.__name__, signature, args, keywords)
        for name, field in fields.items():
            value = bound[name] if name in bound else _default(m, cls, field)
            if value is not None:
                builtins_api.object_setattr(m, instance, Const(name), value)
        if hasattr(cls, "__post_init__"):
            m.heap.under_construction.add(instance.id)
            passed = [bound[n] if n in bound else class_value(m, cls, n, getattr(cls, n)) for n in init_only(cls)]
            call(m, Const(cls.__post_init__), [instance, *passed], [])
    m.heap.under_construction.discard(instance.id)
    enter(m, instance)
    return instance


def init_only(cls: Any) -> list[str]:
    """The names of the fields that only `__post_init__` gets (`dataclasses.InitVar`)."""
    return [f.name for f in cls.__dataclass_fields__.values() if f._field_type.name == "_FIELD_INITVAR"]


def _generated(init: Any) -> bool:
    return getattr(getattr(init, "__code__", None), "co_filename", "").startswith("<")


def _default(m: Machine, cls: type, field: Any) -> Value | None:
    if field.default_factory is not dataclasses.MISSING:
        return call(m, Const(field.default_factory), [], [])
    if field.default is not dataclasses.MISSING:
        return class_value(m, cls, field.name, field.default)
    return None
