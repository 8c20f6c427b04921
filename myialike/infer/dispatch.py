"""Calls: what each kind of callable does."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import types
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from myialike import library
from myialike.errors import TypeCheckError, UnsupportedError
from myialike.infer import builtins_api, numpy_api
from myialike.infer.attributes import method_of
from myialike.infer.calls import bind, call_closure, call_python, complete
from myialike.infer.contexts import errstate
from myialike.infer.heap import ArrayState, ObjectState, ViewState
from myialike.infer.join import branch
from myialike.infer.library_calls import call_library
from myialike.infer.library_calls import refuse as library_refuse
from myialike.infer.machine import Machine, array_type
from myialike.infer.mapping import call_vmap
from myialike.infer.missing import misfit, refusal
from myialike.infer.numpy_api.arguments import dtype_of, is_none
from myialike.infer.numpy_api.constructors import astype
from myialike.infer.run import as_bool
from myialike.infer.sequences import children
from myialike.infer.spec import is_instance_data
from myialike.infer.transforms import TRANSFORMS, call_pullback
from myialike.infer.ufuncs import UFUNCS, ufunc
from myialike.infer.values import (
    NONE,
    Bound,
    BuiltinMethod,
    Chosen,
    Const,
    Fn,
    Partial,
    Pullback,
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
        case Chosen():
            return call_chosen(m, fn, args, keywords)
        case Ref() if method_of(m, fn, "__call__") is not None:
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
    described = getattr(fn, "__myialike__", None)
    if described is not None and not isinstance(fn, type):
        return call_described(m, described(), args, keywords)
    written = _lookup(fn, library.FUNCTIONS)
    if written is not None:
        return call_library(m, written, f"{'math' if fn.__module__ == 'math' else 'np'}.{fn.__name__}", args, keywords)
    if isinstance(fn, types.FunctionType):
        return call_function(m, fn, args, keywords)
    if isinstance(fn, types.MethodType):
        assert m.world is not None
        owner = m.world.read(m, ("self", id(fn.__self__)), lambda: fn.__self__)
        return call(m, Const(fn.__func__), [owner, *args], keywords)
    handler = _lookup(fn, HANDLERS)
    if handler is not None:
        return invoke(m, handler, getattr(fn, "__name__", str(fn)), args, keywords)
    if isinstance(fn, np.ufunc) and fn in UFUNCS:
        return call_ufunc(m, fn, args, keywords)
    if isinstance(fn, type):
        return construct(m, fn, args, keywords)
    if isinstance(fn, functools.partial):
        return call_partial(m, fn, args, keywords)
    wrapped = getattr(fn, "__wrapped__", None)
    if isinstance(wrapped, types.FunctionType) and type(fn).__module__ == "functools":
        return call(m, Const(wrapped), args, keywords)
    if is_instance_data(fn) and isinstance(inspect.getattr_static(type(fn), "__call__", None), types.FunctionType):
        return call_object(m, types.MethodType(type(fn).__call__, fn), args, keywords)
    name = f"{getattr(fn, '__module__', None) or ''}.{getattr(fn, '__name__', type(fn).__name__)}".lstrip(".")
    m.fail(UnsupportedError, *refusal(name))


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
    return transform_call(m, Transform(kind, Const(fn), options), args, keywords)


def option(m: Machine, value: Value, what: str) -> Any:
    """The compile-time value of an option; a list of them as a tuple."""
    items = children(m, m.use(value))
    return m.known(value, what) if items is None else tuple(m.known(v, what) for v in items)


def make_transform(
    m: Machine, kind: str, args: Sequence[Value], keywords: Keywords, options: tuple[tuple[str, Any], ...]
) -> Value:
    """`grad(f, argnums=...)` and its kin inside a program."""
    if kind == "stop_gradient":
        return stop_gradient(m, args[0])
    if kind == "compile" and not args:
        return Const(lambda f: f)
    fn, rest = m.use(args[0]), list(args[1:])
    if kind in ("vjp", "jvp"):
        chosen = tuple((k, bool(m.known(v, k))) for k, v in keywords)
        return transform_call(m, Transform(kind, fn, chosen or options), rest, ())
    given = dict(options) | dict(zip([k for k, _ in options], [option(m, v, "an option") for v in rest], strict=False))
    given |= {k: option(m, v, k) for k, v in keywords if k in dict(options)}
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
        inspect.signature(handler).bind(m, *args, **dict(keywords))
    except TypeError as error:
        m.fail(*misfit(name, error))
    return handler(m, *(m.use(a) for a in args), **{k: m.use(v) for k, v in keywords})


def call_ufunc(m: Machine, fn: np.ufunc, args: Sequence[Value], keywords: Keywords) -> Value:
    options = dict(keywords)
    dtype = dtype_of(m, options.pop("dtype", NONE))
    if is_none(options.get("out", Const(0))):
        del options["out"]
    if options:
        m.fail(
            UnsupportedError,
            f"np.{fn.__name__} with {', '.join(options)} is not taken yet",
            "assign its result instead",
        )
    if len(args) != fn.nin:
        m.fail(
            TypeCheckError, f"np.{fn.__name__} takes {fn.nin} argument{'s' * (fn.nin > 1)}, and {len(args)} are given"
        )
    return ufunc(m, fn, [m.use(a) for a in args], dtype=dtype)


def call_partial(m: Machine, fn: functools.partial[Any], args: Sequence[Value], keywords: Keywords) -> Value:
    assert m.world is not None
    held = [m.world.read(m, ("partial", id(fn), k), lambda k=k: fn.args[k]) for k in range(len(fn.args))]  # type: ignore[misc]
    named = {k: m.world.read(m, ("partial", id(fn), k), lambda k=k: fn.keywords[k]) for k in fn.keywords}  # type: ignore[misc]
    return call(m, Const(fn.func), [*held, *args], list({**named, **dict(keywords)}.items()))


def call_function(m: Machine, fn: types.FunctionType, args: Sequence[Value], keywords: Keywords) -> Value:
    if fn is dataclasses.replace:
        return replace(m, args[0], keywords)
    handler = _lookup(fn, HANDLERS)
    if handler is not None:
        return invoke(m, handler, f"np.{fn.__name__}", args, keywords)
    if (fn.__module__ or "").split(".")[0] in ("numpy", "jax", "scipy"):
        m.fail(UnsupportedError, *refusal(f"{fn.__module__}.{fn.__name__}"))
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
        return Raised(cls, tuple(args))
    if issubclass(cls, tuple) and hasattr(cls, "_fields"):
        return named_tuple(m, cls, args, keywords)
    if issubclass(cls, np.generic):
        return numpy_scalar(m, cls, args)
    if dataclasses.is_dataclass(cls):
        return dataclass_instance(m, cls, args, keywords)
    if cls.__module__ == "builtins" or cls.__flags__ & (1 << 9) == 0 or type(cls) is not type:
        m.fail(UnsupportedError, f"instances of {cls.__module__}.{cls.__name__} cannot be made here")
    instance = Ref(m.heap.alloc(ObjectState(cls, (), ())))
    init = getattr(cls, "__init__", None)
    if isinstance(init, types.FunctionType):
        call(m, Const(init), [instance, *args], keywords)
    elif args or keywords:
        m.fail(TypeCheckError, f"{cls.__name__}() takes no arguments")
    return instance


def numpy_scalar(m: Machine, cls: type, args: Sequence[Value]) -> Value:
    """`np.float32(x)`."""
    dtype = np.dtype(cls)
    if dtype not in SHORT_NAMES:
        m.fail(UnsupportedError, f"np.{cls.__name__} is not taken")
    value = args[0] if args else Const(0)
    atom = _atom(m, astype(m, value, Const(dtype)))
    return m.new_showing(value, atom, "numpy") if array_type(atom).shape else m.result(atom, "numpy")


def _atom(m: Machine, value: Value) -> Any:
    found = m.operand(value)
    assert found is not None
    return found[0]


def named_tuple(m: Machine, cls: Any, args: Sequence[Value], keywords: Keywords) -> Value:
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
    m.under_construction.add(instance.id)
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
            m.under_construction.add(instance.id)
            call(m, Const(cls.__post_init__), [instance], [])
    m.under_construction.discard(instance.id)
    return instance


def _generated(init: Any) -> bool:
    return getattr(getattr(init, "__code__", None), "co_filename", "").startswith("<")


def _default(m: Machine, cls: type, field: Any) -> Value | None:
    if field.default_factory is not dataclasses.MISSING:
        return call(m, Const(field.default_factory), [], [])
    if field.default is not dataclasses.MISSING:
        return class_value(m, cls, field.name, field.default)
    return None
