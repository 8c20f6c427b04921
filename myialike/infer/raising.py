"""`raise`: an exception of any class of a module, with numbers, arrays and texts as its arguments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from myialike.errors import TypeCheckError, UnsupportedError
from myialike.infer.machine import Machine, Unreachable
from myialike.infer.printing import shown
from myialike.infer.ufuncs import raise_now
from myialike.infer.values import Const, Message, Raised, Ref, Tup, Value, as_message, as_num
from myialike.ir.syntax import Lit
from myialike.ir.types import BOOL, Array


def raise_exception(m: Machine, value: Value) -> Value:
    """`raise value`: a class or an instance made before."""
    value = m.use(value)
    if isinstance(value, Const) and isinstance(value.value, type) and issubclass(value.value, BaseException):
        value = Raised(value.value, ())
    if not isinstance(value, Raised):
        m.fail(
            TypeCheckError,
            f"only an exception can be raised, not {m.describe(value)}",
            "raise an exception: ValueError(...)",
        )
    return raise_with(m, value.cls, value.args)


def raise_with(m: Machine, cls: type, args: Sequence[Value]) -> Value:
    path_of(m, cls)  # which refuses a class that nobody can import
    values = [m.use(a) for a in args]
    first = values[0] if len(values) == 1 else None
    if isinstance(first, Const) and isinstance(first.value, str):
        return raise_now(m, cls, first.value)
    payload: list[Value] = []
    wording: Any = _wording(m, values, payload)
    if all(entry is None for entry in wording):
        wording = None
    elif isinstance(first, Message):
        (wording,) = wording
    m.check(Lit(False, Array(BOOL)), path_of(m, cls), wording, *shown(m, payload))
    raise Unreachable


def _wording(m: Machine, values: Sequence[Value], payload: list[Value]) -> tuple[Any, ...]:
    """What the arguments of an exception are, in the form of `ops.effects`; what is in them is added to `payload`."""
    entries: list[Any] = []
    for value in map(m.use, values):
        text, number = as_message(value), as_num(value)
        if text is not None:
            entries.append(text.template)
            payload += text.values
        elif number is not None:
            entries.append(None)
            payload.append(number)
        elif isinstance(value, Ref) and m.is_array(value) and m.kind(value.id) == "numpy":
            entries.append(None)
            payload.append(value)
        elif isinstance(value, Tup) and value.cls is tuple:
            entries.append(_wording(m, value.items, payload))
        else:
            what = f"an exception with the argument {m.describe(value)} is not taken"
            m.fail(UnsupportedError, what, "put it into an f-string")
    return tuple(entries)


def path_of(m: Machine, cls: type) -> str:
    if "<locals>" in cls.__qualname__:
        m.fail(
            UnsupportedError,
            f"the exception class {cls.__name__} is defined inside a function",
            "define it in a module",
        )
    return f"{cls.__module__}.{cls.__qualname__}"
