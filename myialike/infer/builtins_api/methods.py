"""Methods of lists, dicts, tuples, strings, Python numbers and arrays.

A method that changes a list or a dict gives its object a new state in the heap. Which item or key it changes has to be
known now; the items are any values. Methods of constant strings are run by Python itself, those of arrays are NumPy's
functions (`numpy_api.METHODS`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from myialike.errors import TypeCheckError, UnsupportedError
from myialike.infer.arith import binary, raise_key_error
from myialike.infer.builtins_api.containers import py_dict
from myialike.infer.builtins_api.folds import chosen, py_sum, smaller
from myialike.infer.builtins_api.sorting import py_sorted
from myialike.infer.builtins_api.text_methods import text_method
from myialike.infer.comparisons import compare, either, same_item
from myialike.infer.dicts import key_of, refuse_run_time_keys
from myialike.infer.emit import pointwise
from myialike.infer.growing import open_list
from myialike.infer.heap import DictState, GrownState, ListState
from myialike.infer.library_calls import call_library
from myialike.infer.list_methods import grown_method, lengthened, set_items
from myialike.infer.machine import Machine, array_type
from myialike.infer.numpy_api import call_array_method
from myialike.infer.numpy_api.constructors import python_number
from myialike.infer.printing import repr_of, shown
from myialike.infer.raising import raise_with
from myialike.infer.run_time import run_time_method
from myialike.infer.sequences import children, keys, required_items
from myialike.infer.ufuncs import raise_now
from myialike.infer.values import (
    NONE,
    BuiltinMethod,
    Const,
    Message,
    Num,
    Range,
    Ref,
    Slice,
    Tup,
    Value,
    View,
    joined,
    message,
    parts,
    string,
)
from myialike.ir.syntax import Lit
from myialike.ir.types import C128
from myialike.library import mathematics

COUNTS = {  # how many arguments the methods of containers take
    "append": (1, 1), "extend": (1, 1), "insert": (2, 2), "pop": (0, 2), "index": (1, 3), "count": (1, 1),
    "remove": (1, 1), "sort": (0, 0), "copy": (0, 0), "popitem": (0, 0),
    "get": (1, 2), "setdefault": (1, 2), "update": (0, 1), "keys": (0, 0), "values": (0, 0), "items": (0, 0),
    "clear": (0, 0), "reverse": (0, 0),
}  # fmt: skip


def call_method(
    m: Machine, method: BuiltinMethod, args: Sequence[Value], keywords: Sequence[tuple[str, Value]]
) -> Value:
    """A method of a list, dict, tuple, string, number or array."""
    self, name = method.self, method.name
    if name == "__init__":
        return NONE
    if isinstance(self, Const) and isinstance(self.value, str):
        return text_method(m, self, name, args, keywords)
    if isinstance(self, (Range, Slice)):
        known = python_object(m, self)
        return text_method(m, known, name, args, keywords)
    if not m.is_array(self) and not isinstance(self, Num):
        check_count(m, name, len(args), bool(keywords))
    if isinstance(self, Tup):
        return tuple_method(m, self, name, args, keywords)
    state = m.state(self.id) if isinstance(self, Ref) else None
    if isinstance(self, Ref) and isinstance(state, GrownState):
        return grown_method(m, self, name, args, keywords)
    special = run_time_method(m, self, name, args, keywords)
    if special is not None:
        return special
    if isinstance(self, Ref) and isinstance(state, ListState):
        return list_method(m, self, name, args, keywords)
    if isinstance(self, Ref) and isinstance(state, DictState):
        return dict_method(m, self, name, args, keywords)
    if isinstance(self, Num) and self.kind == "python":
        return python_number_method(m, self, name, args)
    if name == "tolist":
        return to_list(m, self)
    result = call_array_method(m, self, name, args, keywords)
    if result is None:
        m.fail(
            UnsupportedError, f"the array method {name!r} is not taken yet", "use a NumPy function that is (see docs)"
        )
    return result


def check_count(m: Machine, name: str, given: int, keywords: bool) -> None:
    """Refuse a method's call with too few or too many arguments."""
    least, most = COUNTS.get(name, (0, given))
    if not (least <= given <= most):
        wanted = str(least) if least == most else f"{least} to {most}"
        m.fail(
            TypeCheckError, f"the method {name!r} takes {wanted} argument{'s' * (wanted != '1')}, and {given} are given"
        )
    if keywords and name in COUNTS and name not in ("update", "sort"):
        m.fail(TypeCheckError, f"the method {name!r} takes no keyword arguments")


def list_method(
    m: Machine, self: Ref, name: str, args: Sequence[Value], keywords: Sequence[tuple[str, Value]]
) -> Value:
    state = m.state(self.id)
    assert isinstance(state, ListState)
    items = list(state.items)
    result: Value = NONE
    match name:
        case "append":
            items.append(args[0])
        case "extend":
            lengthened(m, self, lambda: required_items(m, args[0], "extend()"), args[0])
            return NONE
        case "insert" | "pop" if args and isinstance(args[0], Num) and open_list(m, self, args[0]):
            return grown_method(m, self, name, args)
        case "insert":
            items.insert(m.known(args[0], "an index"), args[1])
        case "pop":
            k = m.known(args[0], "an index") if args else -1
            if not -len(items) <= k < len(items):
                raise_now(m, IndexError, "pop index out of range" if items else "pop from empty list")
            result = items.pop(k)
        case "reverse":
            items.reverse()
        case "sort":
            result_of = m.invoke(py_sorted, "sort", [self], keywords)
            items = list(required_items(m, result_of, "sort()"))
        case "remove":
            where = find_item(m, items, "index", args, lambda: message("list.remove(x): x not in list"))
            items = without(m, items, where)
        case "clear":
            items.clear()
        case "copy":
            return m.new_list(items)
        case _:
            return find_item(m, items, name, args, lambda: not_in_list(m, args[0]))
    set_items(m, self, items)
    return result


def without(m: Machine, items: list[Value], where: Value) -> list[Value]:
    """A list without the item at a place, which may be of run time: those from there on move up."""
    if isinstance(where, Const):
        return items[: where.value] + items[where.value + 1 :]
    kept = []
    for k in range(len(items) - 1):
        kept += chosen(m, compare(m, "<", Const(k), where), [items[k]], [items[k + 1]])
    return kept


def not_in_list(m: Machine, wanted: Value) -> Message:
    """What Python says about an item that it does not find."""
    try:
        [].index(0)  # type: ignore[arg-type]
    except ValueError as error:
        before, is_shown, after = str(error).partition("0")
    return joined([message(before), repr_of(m, wanted), message(after)]) if is_shown else message(before)


def find_item(
    m: Machine, items: Sequence[Value], name: str, args: Sequence[Value], text: Callable[[], Message]
) -> Value:
    """`items.count(wanted)` or `items.index(wanted, start, stop)`; `text` says that there is none."""
    wanted, *ends = args
    if ends:
        start, stop, _ = slice(*(m.known(v, "where index() looks") for v in (*ends, NONE)[:2])).indices(len(items))
        return binary(m, "+", find_item(m, items[start:stop], name, [wanted], text), Const(start))
    same = [same_item(m, v, wanted) for v in items]
    if name == "count":
        return py_sum(m, Tup(tuple(binary(m, "+", s, Const(0)) for s in same)))
    found: Value = Const(False)
    for flag in same:
        found = either(m, found, flag)
    if isinstance(found, Const) and not found.value:
        return raise_with(m, ValueError, [string(text())])
    if isinstance(found, Num):
        words = text()
        m.check(found.atom, "builtins.ValueError", words.template, *shown(m, words.values))
    where: Value = Const(len(same) - 1)
    for k in range(len(same) - 2, -1, -1):
        where = smaller(m, same[k], Const(k), where)
    return where


def tuple_method(
    m: Machine, self: Tup, name: str, args: Sequence[Value], keywords: Sequence[tuple[str, Value]] = ()
) -> Value:
    if name == "_replace":
        new = dict(keywords)
        fields = self.cls._fields  # type: ignore[attr-defined]
        if unknown := [k for k in new if k not in fields]:
            return raise_now(m, *unexpected_fields(self.cls, unknown))
        return Tup(tuple(new.get(f, v) for f, v in zip(fields, self.items, strict=True)), self.cls)
    if name == "_asdict":
        return m.new_dict(self.cls._fields, self.items)  # type: ignore[attr-defined]
    return find_item(m, self.items, name, args, lambda: message("tuple.index(x): x not in tuple"))


def unexpected_fields(cls: Any, names: Sequence[str]) -> tuple[type[Exception], str]:
    """What a NamedTuple raises for fields that it does not have."""
    try:
        cls._make([None] * len(cls._fields))._replace(**dict.fromkeys(names))
    except (TypeError, ValueError) as error:
        return type(error), str(error)
    raise AssertionError(names)


def dict_method(
    m: Machine, self: Ref, name: str, args: Sequence[Value], keywords: Sequence[tuple[str, Value]]
) -> Value:
    state = m.state(self.id)
    assert isinstance(state, DictState)
    found = dict(zip(state.keys, state.items, strict=True))
    result: Value
    match name:
        case "keys" | "values" | "items":
            return View(name, self)
        case "popitem":
            if not found:
                raise_now(m, KeyError, "popitem(): dictionary is empty")
            key, value = found.popitem()
            result = Tup((Const(key), value))
        case "copy":
            return m.new_dict(tuple(found), tuple(found.values()))
        case "get":
            key = key_of(m, self, args[0])
            return found[key] if key in found else args[1] if len(args) > 1 else NONE
        case "update":
            if args:
                other = py_dict(m, args[0])
                refuse_run_time_keys(m, self, other)
                found.update(zip(keys(m, other) or (), children(m, other) or (), strict=True))
            found.update(keywords)
            result = NONE
        case "clear":
            found, result = {}, NONE
        case "setdefault":
            result = found.setdefault(key_of(m, self, args[0]), args[1] if len(args) > 1 else NONE)
        case _:
            key = key_of(m, self, args[0])
            if key not in found and len(args) < 2:
                raise_key_error(m, key)
            result = found.pop(key) if key in found else args[1]
    m.change(self.id, state, DictState(tuple(found), tuple(found.values())))
    return result


def python_object(m: Machine, value: Range | Slice) -> Const:
    """A range or a slice, whose ends are asked to become known."""
    ends = [m.known(v, f"the ends of a {type(value).__name__.lower()}") for v in parts(value)]
    return Const(range(*ends) if isinstance(value, Range) else slice(*ends))


def python_number_method(m: Machine, self: Num, name: str, args: Sequence[Value]) -> Value:
    if isinstance(self.atom, Lit):
        return text_method(m, Const(self.atom.value), name, args, ())
    if args:
        m.fail(UnsupportedError, f"the method {name!r} of a number is not taken with arguments")
    if name in ("bit_length", "bit_count"):
        written = {"bit_length": mathematics.bit_length, "bit_count": mathematics.bit_count}[name]
        return call_library(m, written, f"int.{name}", [self], [])
    if name == "conjugate":
        return Num(m.emit("conj", self.atom), "python") if self.dtype == C128 else self
    if name == "is_integer":
        return Num(pointwise(m, "eq", self.atom, pointwise(m, "floor", self.atom)), "python")
    m.fail(UnsupportedError, f"the method {name!r} of a number is not taken")


def to_list(m: Machine, value: Value) -> Value:
    found = m.operand(value)
    assert found is not None
    if not array_type(found[0]).shape:
        return python_number(m, found[0])
    return m.new_list([to_list(m, v) for v in required_items(m, value, "tolist()")])
