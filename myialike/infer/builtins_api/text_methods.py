"""Methods of strings.

Those of a string that is known now are run by Python itself. A string with run-time values in it is only for `print`
and errors; `join`, and `format` and `%` in `infer.printing`, make one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from myialike.errors import TypeCheckError
from myialike.infer.arith import constant
from myialike.infer.machine import Machine
from myialike.infer.printing import format_method
from myialike.infer.sequences import required_items
from myialike.infer.values import Const, Message, Tup, Value, as_message, joined, message, string


def text_method(
    m: Machine, self: Const, name: str, args: Sequence[Value], keywords: Sequence[tuple[str, Value]]
) -> Value:
    """`"...".name(*args, **keywords)`."""
    if name == "format" and not (all(isinstance(a, Const) for a in args) and not keywords):
        return format_method(m, self.value, args, dict(keywords))
    if name == "join" and len(args) == 1 and not keywords:
        return join(m, self.value, args[0])
    known = [m.known(a, "an argument of a string method") for a in args]
    named = {k: m.known(v, "an argument of a string method") for k, v in keywords}
    try:
        return of_python(m, getattr(self.value, name)(*known, **named))
    except TypeError as error:
        m.fail(TypeCheckError, str(error))
    except (ValueError, LookupError):
        return constant(m, lambda: getattr(self.value, name)(*known, **named), name, self)


def of_python(m: Machine, value: Any) -> Value:
    """What a method of a string gives, as a value."""
    if isinstance(value, list):
        return m.new_list([of_python(m, v) for v in value])
    if isinstance(value, tuple):
        return Tup(tuple(of_python(m, v) for v in value))
    return Const(value)


def join(m: Machine, between: str, iterable: Value) -> Value:
    """`between.join(iterable)`."""
    texts: list[Message] = []
    for k, item in enumerate(required_items(m, iterable, "join()")):
        text = as_message(m.use(item))
        if text is None:
            m.fail(TypeCheckError, f"join() takes strings, and item {k} is {m.describe(item)}", "convert it with str()")
        texts += [message(between), text] if k else [text]
    return string(joined(texts))
