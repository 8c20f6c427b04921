"""Whose fault an unexpected exception is: the program's, or the compiler's.

Most wrong arguments are refused where they are looked at. For the rest there is an oracle: NumPy itself. When inference
of an operation fails with an exception that is not a `CompileError`, the operation is done by Python on samples of its
operands: compile-time values as they are, ones for run-time numbers and arrays. If that fails too the program is wrong,
and Python's own words say why. If it does not, the compiler has a bug, and the exception becomes a `CompilerBug`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from types import BuiltinFunctionType
from typing import Any

import numpy as np

from myialike.errors import CompileError, TypeCheckError
from myialike.infer.heap import ArrayState, DictState, ListState, ViewState
from myialike.infer.machine import Machine, array_type
from myialike.infer.ufuncs import raise_now
from myialike.infer.values import BuiltinMethod, Const, Num, Ref, Slice, Tup, Value
from myialike.ir.syntax import Prim
from myialike.ir.types import static_shape

FAULTS = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, AssertionError, NotImplementedError)
LIBRARIES = ("numpy", "math", "builtins", "operator")
LARGE = 10**6  # elements of a sample

OPERATORS: dict[str, Callable[..., Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "//": operator.floordiv,
    "%": operator.mod, "**": operator.pow, "@": operator.matmul, "<<": operator.lshift, ">>": operator.rshift,
    "&": operator.and_, "|": operator.or_, "^": operator.xor, "==": operator.eq, "!=": operator.ne, "<": operator.lt,
    "<=": operator.le, ">": operator.gt, ">=": operator.ge, "in": lambda a, b: a in b,
    "not in": lambda a, b: a not in b,
    "is": operator.is_, "is not": operator.is_not,
}  # fmt: skip
UNARY: dict[str, Callable[..., Any]] = {
    "-": operator.neg,
    "+": operator.pos,
    "~": operator.invert,
    "not": operator.not_,
}


class NoSample(Exception):
    """There is no sample of a value."""


def judged(m: Machine, eqn: Prim, args: Sequence[Value], error: Exception) -> None:
    """Refuse the program if `error`, met in running `eqn`, is its own fault; return if it is not."""
    if isinstance(error, CompileError):
        return
    try:
        compute = attempt(m, eqn, args)
    except NoSample:
        return
    try:
        with np.errstate(all="ignore"):
            compute()
    except FAULTS as found:
        message = str(found).partition("\n")[0]
        if all(isinstance(a, Const) for a in args) and not isinstance(found, (TypeError, AttributeError)):
            raise_now(m, type(found), str(found))
        raise m.error(TypeCheckError, f"{type(found).__name__} from {_what(eqn, args)}: {message}") from None
    except Exception:
        return


def _what(eqn: Prim, args: Sequence[Value]) -> str:
    fn = args[0] if eqn.op == "py.call" and args else None
    if isinstance(fn, BuiltinMethod):
        return f"the method {fn.name!r}"
    if isinstance(fn, Const):
        return str(getattr(fn.value, "__name__", "this call"))
    return str(dict(eqn.attrs).get("op", "this operation"))


def attempt(m: Machine, eqn: Prim, args: Sequence[Value]) -> Callable[[], Any]:
    """The operation on samples, as a function to call; NoSample where there is none."""
    attrs = dict(eqn.attrs)
    if eqn.op == "py.call":
        if attrs["starred"] or None in attrs["keywords"]:
            raise NoSample
        fn, names = _function(m, args[0]), attrs["keywords"]
        values = [sample(m, v) for v in args[1:]]
        count = len(values) - len(names)
        return lambda: fn(*values[:count], **dict(zip(names, values[count:], strict=True)))
    op = attrs.get("op", "")
    functions: dict[str, Callable[..., Any]] = {
        "py.getitem": operator.getitem, "py.setitem": operator.setitem, "py.unpack": tuple, "py.truth": bool,
        "py.binary": OPERATORS.get(op, operator.add), "py.compare": OPERATORS.get(op, operator.eq),
        "py.unary": UNARY.get(op, operator.neg), "py.getattr": lambda x: getattr(x, attrs["name"]),
    }  # fmt: skip
    if eqn.op not in functions:
        raise NoSample
    values = [sample(m, v) for v in args]
    return lambda: functions[eqn.op](*values)


def _function(m: Machine, fn: Value) -> Callable[..., Any]:
    """The function of a library that a value is, or the method of a sample."""
    if isinstance(fn, BuiltinMethod):
        owner, name = sample(m, fn.self), fn.name
        return lambda *a, **k: getattr(owner, name)(*a, **k)
    known: Callable[..., Any] | None = fn.value if isinstance(fn, Const) and callable(fn.value) else None
    library = (getattr(known, "__module__", None) or "").split(".")[0] in LIBRARIES
    if known is None or not (library or isinstance(known, np.ufunc | BuiltinFunctionType)):
        raise NoSample
    return known


def sample(m: Machine, value: Value) -> Any:
    """A Python object of the type that a value has."""
    match value:
        case Const():
            return value.value
        case Num():
            one = value.dtype.type(1)
            return one.item() if value.kind == "python" else one
        case Tup() if value.cls is tuple:
            return tuple(sample(m, v) for v in value.items)
        case Slice():
            return slice(*(sample(m, v) for v in (value.start, value.stop, value.step)))
        case Ref():
            return _object(m, value)
        case _:
            raise NoSample


def _object(m: Machine, value: Ref) -> Any:
    state = m.heap.states[value.id]
    match state:
        case ArrayState() | ViewState():
            type = array_type(m.array(value.id))
            if int(np.prod(static_shape(type), dtype=int)) > LARGE:
                raise NoSample
            return np.ones(static_shape(type), type.dtype)
        case ListState():
            return [sample(m, v) for v in state.items]
        case DictState():
            return {k: sample(m, v) for k, v in zip(state.keys, state.items, strict=True)}
        case _:
            raise NoSample
