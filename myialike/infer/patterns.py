"""The patterns of `match`, decided on what is known of the subject: its type, its structure, its keys."""

from __future__ import annotations

from typing import Any

from myialike.errors import TypeCheckError, UnsupportedError
from myialike.infer.attributes import get_attribute
from myialike.infer.comparisons import compare
from myialike.infer.dicts import in_it
from myialike.infer.machine import Machine
from myialike.infer.sequences import children, keys
from myialike.infer.values import NONE, Const, Tup, Value
from myialike.ops.python import MAPPING, SEQUENCE, matched_names


def _ask(m: Machine, builtin: Any, *args: Value) -> Value:
    return m.call(Const(builtin), args, [])


def _has_flag(m: Machine, x: Value, flag: int) -> bool:
    cls: type = m.known(_ask(m, type, x), "the type of the subject")
    return bool(cls.__flags__ & flag)


def match_sequence(m: Machine, x: Value, count: int, star: bool) -> Value:
    """Whether x is a sequence of `count` items, or more with a star; strings and arrays are none."""
    if not _has_flag(m, x, SEQUENCE):
        return Const(False)
    return compare(m, ">=" if star else "==", _ask(m, len, x), Const(count))


def match_mapping(m: Machine, x: Value, count: int) -> Value:
    if not _has_flag(m, x, MAPPING):
        return Const(False)
    return compare(m, ">=", _ask(m, len, x), Const(count)) if count else Const(True)


def match_keys(m: Machine, x: Value, wanted: list[Value]) -> Value:
    """The values of the keys, None where one is missing."""
    x = in_it(m, x)
    names, values = keys(m, x), children(m, x)
    if names is None or values is None:
        m.fail(UnsupportedError, f"a mapping pattern for {m.describe(x)} is not taken", "use a dict")
    table = dict(zip(names, values, strict=True))
    known = [m.known(m.use(key), "a key in a pattern") for key in wanted]
    if len(set(known)) < len(known):
        m.fail(TypeCheckError, "the same key is twice in a mapping pattern")
    return Tup(tuple(table[key] for key in known)) if all(key in table for key in known) else NONE


def match_class(m: Machine, x: Value, cls: Value, count: int, names: tuple[str, ...]) -> Value:
    """The attributes that a class pattern looks at, None where x is no instance or lacks one of them."""
    known = m.known(cls, "the class of a pattern")
    if not isinstance(known, type):
        m.fail(TypeCheckError, f"{m.describe(cls)} is no class", "a pattern C(...) needs a class")
    if not m.known(_ask(m, isinstance, x, cls), "isinstance"):
        return NONE
    try:
        wanted = matched_names(known, count, names)
    except TypeError as error:
        m.fail(TypeCheckError, str(error))
    if not all(name is None or m.known(_ask(m, hasattr, x, Const(name)), "hasattr") for name in wanted):
        return NONE
    return Tup(tuple(x if name is None else get_attribute(m, x, name) for name in wanted))
