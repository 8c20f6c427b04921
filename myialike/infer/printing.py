"""Texts of run-time values: `print`, f-strings, `str`, `str.format` and the messages of errors.

A text is a `Message`: a template for `str.format`, whose fields are numbers and arrays; everything else is known now.
Structures are taken apart as their `repr` does it:

    print("x", [x, 2], {"a": y})        "x [{!r}, 2] {{'a': {}}}\\n"   of a NumPy scalar x and a Python number y

What a field looks like is decided at run time, by Python and NumPy: the operations `print` and `check` know what each
value is.

What this does not do: texts that do not stand for themselves, such as the address of an object.
"""

from __future__ import annotations

import collections
import itertools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from enum import Enum
from string import Formatter
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

import numpy as np

from myialike import library
from myialike.errors import TypeCheckError, UnsupportedError
from myialike.infer.arith import constant
from myialike.infer.growing import rows_copied
from myialike.infer.heap import DictState, GrownState, ListState, ObjectState, SlotsState
from myialike.infer.machine import Machine, array_type
from myialike.infer.overloading import is_generated, method_of
from myialike.infer.sequences import viewed_items
from myialike.infer.values import (
    NONE,
    Const,
    Message,
    Num,
    Range,
    Ref,
    Slice,
    Tup,
    Value,
    View,
    as_message,
    as_num,
    is_number,
    joined,
    message,
    parts,
    string,
    with_parts,
)
from myialike.ir.syntax import Atom
from myialike.ir.types import C128, F64
from myialike.library.dicts import RunTimeDict

# What is written in a text as what it is now, for it will be the same in every call.
LASTING = (type, FunctionType, BuiltinFunctionType, ModuleType, np.dtype, np.ufunc, Enum, str, bytes, range)
NAMEDTUPLE_REPR: Any = collections.namedtuple("_Any", ()).__repr__


def py_print(
    m: Machine, *args: Value, sep: Value = NONE, end: Value = NONE, file: Value = NONE, flush: Value = Const(False)
) -> Value:
    """`print`: one operation, with everything known now in its template; around lists of run-time length several."""
    for name, value, default in (("file", file, None), ("flush", flush, False)):
        if not isinstance(value, Const) or value.value is not default:
            m.fail(UnsupportedError, f"print() with {name} is not taken", f"leave out {name}: print to standard output")
    between, last = _option(m, "sep", sep, " "), _option(m, "end", end, "\n")
    texts = [str_of(m, a) for a in args]
    spaced = [part for k, text in enumerate(texts) for part in ([between, text] if k else [text])]
    emit(m, joined([*spaced, last]))
    return NONE


def _option(m: Machine, name: str, value: Value, default: str) -> Message:
    text = message(default) if isinstance(value, Const) and value.value is None else as_message(value)
    if text is None:
        m.fail(TypeCheckError, f"{name} of print() must be None or a string, not {m.describe(value)}")
    return text


def emit(m: Machine, text: Message) -> None:
    """Append the operation that prints `text`; one for each piece between lists of run-time length, which are loops."""
    template, values, given = "", list[Value](), iter(text.values)
    for before, name, form, conversion in Formatter().parse(text.template):
        template += message(before).template
        if name is None:
            continue
        value = next(given)
        if not _is_run_time(m, value):
            template += "{" + (f"!{conversion}" if conversion else "") + (f":{form}" if form else "") + "}"
            values.append(value)
            continue
        _emit_piece(m, template, values)
        m.call(Const(library.texts.show), [value], [])
        template, values = "", []
    _emit_piece(m, template, values)


def _emit_piece(m: Machine, template: str, values: Sequence[Value]) -> None:
    atoms, kinds = shown(m, values)
    if template:
        m.builder.prim("print", atoms, template=template, kinds=kinds)


def _is_run_time(m: Machine, value: Value) -> bool:
    """Whether a value is a list or a dict whose length only run time knows."""
    state = m.heap.states[value.id] if isinstance(value, Ref) else None
    return isinstance(state, GrownState) or (isinstance(state, ObjectState) and state.cls is RunTimeDict)


def shown(m: Machine, values: Iterable[Value]) -> tuple[list[Atom], tuple[str, ...]]:
    """The fields of a text as operands of `print` and `check`, and what they are in the program (`ops.effects`)."""
    found = [(m.operand(v), v) for v in values]
    if any(_is_run_time(m, v) for _, v in found):
        text = "the text of a list or a dict of run-time length is taken in print() only"
        m.fail(UnsupportedError, text, "its length, or some of its items")
    atoms = [operand[0] for operand, _ in found if operand is not None]
    assert len(atoms) == len(found)
    kinds = (operand[1] if operand and isinstance(v, Num) else "array" for operand, v in found)
    return atoms, tuple(kinds)


# -- str and repr ------------------------------------------------------------------------------------------------------


def str_of(m: Machine, value: Value) -> Message:
    """`str(value)`."""
    value = m.use(value)
    match value:
        case Const():
            return message(str(_lasting(m, value)))
        case Message():
            return value
        case Num():
            return Message("{}" if _is_exact(value) else "{!s}", (value,))
    if isinstance(value, Ref) and m.is_array(value):
        return Message("{}" if array_type(m.array(value.id)).shape else "{!s}", (_snapshot(m, value),))
    method = method_of(m, value, "__str__")
    return repr_of(m, value) if method is None else _made_by(m, method, value)


def repr_of(m: Machine, value: Value, around: tuple[int, ...] = ()) -> Message:
    """`repr(value)`; `around` are the objects that the value is in."""
    value = m.use(value)
    match value:
        case Const():
            return message(repr(_lasting(m, value)))
        case Num():
            return Message("{}" if value.kind == "python" else "{!r}", (value,))
        case Tup():
            return _tuple(m, value, around)
        case Range(step=Const(value=1)):
            return _row(m, "range(", ["", ""], [value.start, value.stop], ")", around)
        case Range(step=Const()) | Slice():
            name = type(value).__name__.lower()
            return _row(m, f"{name}(", ["", "", ""], [value.start, value.stop, value.step], ")", around)
        case View():
            items = viewed_items(m, value)
            return _row(m, f"dict_{value.name}([", [""] * len(items), items, "])", around)
        case Ref() if m.is_array(value):
            return _array(m, value)
        case Ref():
            return _object(m, value, around)
    m.fail(UnsupportedError, f"the text of {m.describe(value)} is not taken", "print the numbers in it")


def _is_exact(value: Num) -> bool:
    """Whether a number has the text of the Python number that it is equal to. `format` always writes that."""
    return value.kind == "python" or value.dtype.kind in "biu" or value.dtype in (F64, C128)


def _snapshot(m: Machine, value: Value) -> Value:
    """An array as it is now, for nobody else."""
    found = m.operand(value)
    assert found is not None
    return m.new_array(*found)


def _array(m: Machine, value: Ref) -> Message:
    if m.kind(value.id) != "numpy":
        m.fail(UnsupportedError, "the repr of a jax.Array is not taken", "print it by itself, or as np.asarray(x)")
    return Message("{!r}", (_snapshot(m, value),))


def _row(
    m: Machine, start: str, before: Sequence[str], items: Sequence[Value], end: str, around: tuple[int, ...]
) -> Message:
    """`start`, the `repr` of each item with what stands before it, and `end`."""
    parts = [message(start)]
    for k, (text, item) in enumerate(zip(before, items, strict=True)):
        parts += [message(", " * (k > 0) + text), repr_of(m, item, around)]
    return joined([*parts, message(end)])


def _tuple(m: Machine, value: Tup, around: tuple[int, ...]) -> Message:
    if value.cls is tuple:
        end = ",)" if len(value.items) == 1 else ")"
        return _row(m, "(", [""] * len(value.items), value.items, end, around)
    if getattr(value.cls.__repr__, "__code__", None) is not NAMEDTUPLE_REPR.__code__:
        return _made_by(m, value.cls.__repr__, value)
    names = [f"{name}=" for name in value.cls._fields]  # type: ignore[attr-defined]
    return _row(m, f"{value.cls.__name__}(", names, value.items, ")", around)


def _object(m: Machine, value: Ref, around: tuple[int, ...]) -> Message:
    state = m.state(value.id)
    if value.id in around:
        m.fail(UnsupportedError, "the text of an object that contains itself is not taken")
    around = (*around, value.id)
    match state:
        case ListState():
            return _row(m, "[", [""] * len(state.items), state.items, "]", around)
        case DictState():
            before = [f"{_lasting(m, Const(key))!r}: " for key in state.keys]
            return _row(m, "{", before, state.items, "}", around)
        case ObjectState() if state.cls is not RunTimeDict:
            return _instance(m, value, state, around)
        case GrownState() | ObjectState():
            return Message("{}", (copied_now(m, value),))
    m.fail(UnsupportedError, f"the text of {m.describe(value)} is not taken", "print the values in it")


def copied_now(m: Machine, value: Value) -> Value:
    """A value with all that is in it now, for nobody else."""
    if not isinstance(value, Ref):
        return with_parts(value, tuple(copied_now(m, v) for v in parts(value)))
    if m.is_array(value):
        return _snapshot(m, value)
    state = m.state(value.id)
    if isinstance(state, GrownState):
        return rows_copied(m, state)
    if isinstance(state, SlotsState):
        return Ref(m.heap.alloc(SlotsState()))
    if not isinstance(state, (ListState, DictState, ObjectState)):
        return value
    return Ref(m.heap.alloc(replace(state, items=tuple(copied_now(m, v) for v in state.items))))


def _instance(m: Machine, value: Ref, state: ObjectState, around: tuple[int, ...]) -> Message:
    method = method_of(m, value, "__repr__")
    if method is None:
        text = f"the text of an object of class {state.cls.__name__} is its address"
        m.fail(UnsupportedError, text, "give the class a __repr__, or print its attributes")
    if not is_generated(getattr(method, "__wrapped__", method)):
        return _made_by(m, method, value)
    fields: Mapping[str, Any] = _defining(state.cls).__dataclass_fields__
    names = [f.name for f in fields.values() if f.repr and f._field_type.name == "_FIELD"]
    given = dict(zip(state.names, state.items, strict=True))
    if not set(names) <= set(given):
        m.fail(UnsupportedError, f"the text of {m.describe(value)} needs attributes that it does not have")
    items = [given[name] for name in names]
    return _row(m, f"{state.cls.__qualname__}(", [f"{name}=" for name in names], items, ")", around)


def _defining(cls: type) -> Any:
    """The class that `__repr__` comes from."""
    return next(c for c in cls.__mro__ if "__repr__" in vars(c))


def _made_by(m: Machine, method: Any, value: Value, *more: Value) -> Message:
    """The text that the user's own `__str__`, `__repr__` or `__format__` makes."""
    if not isinstance(method, FunctionType):
        m.fail(UnsupportedError, f"the text of {m.describe(value)} is not taken", "print the values in it")
    text = as_message(m.use(m.call(Const(method), [value, *more], [])))
    if text is None:
        m.fail(TypeCheckError, f"{method.__qualname__} returned no string")
    return text


def _lasting(m: Machine, value: Const) -> Any:
    """A compile-time object whose text will be the same in every call."""
    if _is_lasting(value.value):
        return value.value
    m.fail(UnsupportedError, f"the text of {m.describe(value)} may change from call to call", "print its attributes")


def _is_lasting(value: Any) -> bool:
    if isinstance(value, tuple | frozenset):
        return all(map(_is_lasting, value))
    return value is None or value is Ellipsis or is_number(value) or isinstance(value, LASTING)


# -- format specifications ---------------------------------------------------------------------------------------------


def formatted(m: Machine, value: Value, conversion: str, form: str) -> Message:
    """One part of an f-string: `{value!conversion:form}`."""
    if isinstance(value, Const):
        return message(_known_text(m, value, conversion or "", form or ""))
    method = None if conversion else method_of(m, value, "__format__")
    if method is not None:
        return _made_by(m, method, value, Const(form or ""))
    if form:
        return _field(m, value, conversion, form)
    if not conversion and isinstance(value, Num):
        return Message("{}", (value,))
    if conversion == "a" and not isinstance(value, Num):
        m.fail(UnsupportedError, f"ascii() of {m.describe(value)} is not taken", "use !r")
    return repr_of(m, value) if conversion in ("r", "a") else str_of(m, value)


def _known_text(m: Machine, value: Const, conversion: str, form: str) -> str:
    convert: dict[str, Callable[[Any], Any]] = {"": lambda v: v, "r": repr, "s": str, "a": ascii}
    known = convert[conversion](_lasting(m, value))
    try:
        return format(known, form)
    except (TypeError, ValueError) as error:
        m.fail(TypeCheckError, f"this value cannot be formatted so: {error}")


TEXTS = {"{}": "s", "{!s}": "s", "{!r}": "r"}  # messages that are the text of one value


def _field(m: Machine, value: Value, conversion: str, form: str) -> Message:
    """A number, or the text of one, with a format specification, which is tried on another number of its type."""
    number = value.values[0] if isinstance(value, Message) else None
    if isinstance(value, Message) and value.template in TEXTS and isinstance(number, Num) and conversion != "r":
        conversion = TEXTS[value.template]
        value = number
    found = m.operand(value)
    if found is None or array_type(found[0]).shape or "{" in form or "}" in form:
        m.fail(UnsupportedError, f"{m.describe(value)} with the format {form!r} is not taken", "format numbers")
    if conversion and found[1] == "python":
        conversion = "s"
    sample = array_type(found[0]).dtype.type(1)
    try:
        format(str(sample) if conversion else sample.item(), form)
    except (TypeError, ValueError) as error:
        m.fail(TypeCheckError, f"{m.describe(value)} cannot be formatted so: {error}")
    whole = value if isinstance(value, Num) else _snapshot(m, value)
    return Message("{" + (f"!{conversion}" if conversion else "") + f":{form}" + "}", (whole,))


def format_method(m: Machine, template: str, args: Sequence[Value], keywords: Mapping[str, Value]) -> Value:
    """`template.format(*args, **keywords)`."""
    numbers = itertools.count()

    def argument(name: str) -> Value:
        key = name or str(next(numbers))
        if key.isdigit() and int(key) < len(args):
            return m.use(args[int(key)])
        if key not in keywords:
            text = f"the field {{{name}}} of a format string is not taken"
            m.fail(UnsupportedError, text, "pass it by its number or name")
        return m.use(keywords[key])

    def pieces(text: str) -> list[Message]:
        parts = []
        for before, name, form, conversion in Formatter().parse(text):
            parts.append(message(before))
            if name is not None:
                value = argument(name)
                inner = m.known(string(joined(pieces(form or ""))), "a format specification")
                parts.append(formatted(m, value, conversion or "", inner))
        return parts

    try:
        return string(joined(pieces(template)))
    except ValueError as error:
        m.fail(TypeCheckError, f"this format string is not right: {error}")


WHOLE = "diuxXo"  # conversions of ints
PERCENT = re.compile(r"%([-+ 0#]*)(\d*)(?:\.(\d*))?([a-zA-Z%])")


def percent(m: Machine, template: Message, given: Value) -> Value:
    """`template % given`: each field as one of an f-string."""
    if template.values:
        m.fail(UnsupportedError, "% of a string with run-time values in it is not taken", "use an f-string")
    text = string(template)
    assert isinstance(text, Const)
    values = list(given.items) if isinstance(given, Tup) else [given]
    if all(isinstance(v, Const) for v in values):
        known = tuple(_lasting(m, v) for v in values if isinstance(v, Const))
        return constant(m, lambda: text.value % (known if isinstance(given, Tup) else known[0]), "%", text)
    parts, at = [], 0
    for found in PERCENT.finditer(text.value):
        parts.append(message(text.value[at : found.start()]))
        at = found.end()
        if found[4] == "%":
            parts.append(message("%"))
        elif not values:
            m.fail(TypeCheckError, "not enough arguments for format string")
        else:
            parts.append(_percent_field(m, values.pop(0), *found.groups(default="")))
    if values or "%" in text.value[at:]:
        m.fail(TypeCheckError, "not all arguments converted during string formatting")
    return string(joined([*parts, message(text.value[at:])]))


def _percent_field(m: Machine, value: Value, flags: str, width: str, precision: str, kind: str) -> Message:
    """`%-5.2f` of a number is `:<5.2f`, `%5s` of any value `!s:>5`."""
    value, number = m.use(value), as_num(value)
    form = f"{width}.{precision}" if precision else width
    signs = "".join(c for c in "+ #" if c in flags)
    fill = "<" if "-" in flags and width else ""
    zero = "0" if "0" in flags and not fill and width else ""
    if kind in "sr" and not flags.strip("-"):
        return formatted(m, value, kind, f"{fill or '>'}{form}" if form else "")
    is_float = number is not None and number.dtype.kind == "f"
    is_int = number is not None and number.dtype.kind in ("iu" if number.kind == "numpy" else "iub")
    if is_float and kind in "diu":
        value, is_int = m.call(Const(int), [value], ()), True
    if not (kind in "eEfFgG" and (is_float or is_int)) and not (kind in WHOLE and is_int and not precision):
        m.fail(UnsupportedError, f"%{kind} of {m.describe(value)} is not taken", "use an f-string")
    precise = form if precision or kind in WHOLE else f"{width}.6"
    return formatted(m, value, "", f"{fill}{signs}{zero}{precise}{'d' if kind in 'diu' else kind}")
