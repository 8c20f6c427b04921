"""Methods of lists, dicts, tuples, strings, Python numbers and arrays.

A method that changes a list or a dict gives its object a new state in the heap. Which item or key it changes has to be
known now; the items are any values. Methods of constant strings are run by Python itself, those of arrays are NumPy's
functions (`numpy_api.METHODS`).
"""

from __future__ import annotations

from collections.abc import Sequence

from myialike.errors import TypeCheckError, UnsupportedError
from myialike.infer.arith import binary, compare, constant, either, raise_key_error
from myialike.infer.builtins_api.containers import py_dict, py_sorted
from myialike.infer.builtins_api.folds import py_sum, smaller
from myialike.infer.emit import pointwise
from myialike.infer.heap import DictState, ListState
from myialike.infer.machine import Machine, array_type
from myialike.infer.numpy_api import METHODS
from myialike.infer.numpy_api.constructors import python_number
from myialike.infer.printing import format_method
from myialike.infer.run import truth_value
from myialike.infer.sequences import children, keys, required_items
from myialike.infer.ufuncs import raise_now
from myialike.infer.values import NONE, BuiltinMethod, Const, Num, Ref, Tup, Value
from myialike.ir.syntax import Lit
from myialike.ir.types import C128

COUNTS = {  # how many arguments the methods of containers take
    "append": (1, 1), "extend": (1, 1), "insert": (2, 2), "pop": (0, 2), "index": (1, 1), "count": (1, 1),
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
        if name == "format" and not (all(isinstance(a, Const) for a in args) and not keywords):
            return format_method(m, self.value, args, dict(keywords))
        known = [m.known(a, "an argument of a string method") for a in args]
        return constant(m, lambda: getattr(self.value, name)(*known), name, self)
    check_count(m, name, len(args), bool(keywords))
    if isinstance(self, Tup):
        return tuple_method(m, self, name, args, keywords)
    state = m.state(self.id) if isinstance(self, Ref) else None
    if isinstance(self, Ref) and isinstance(state, ListState):
        return list_method(m, self, name, args, keywords)
    if isinstance(self, Ref) and isinstance(state, DictState):
        return dict_method(m, self, name, args, keywords)
    if isinstance(self, Num) and self.kind == "python":
        return python_number_method(m, self, name)
    handler = METHODS.get(name)
    if handler is None and name == "tolist":
        return to_list(m, self)
    if handler is None:
        m.fail(
            UnsupportedError, f"the array method {name!r} is not taken yet", "use a NumPy function that is (see docs)"
        )
    return m.invoke(handler, f"method {name!r}", [self, *args], keywords)


def check_count(m: Machine, name: str, given: int, keywords: bool) -> None:
    """Refuse a method's call with too few or too many arguments."""
    least, most = COUNTS.get(name, (0, given))
    if not (least <= given <= most):
        wanted = str(least) if least == most else f"{least} to {most}"
        m.fail(
            TypeCheckError, f"the method {name!r} takes {wanted} argument{'s' * (wanted != '1')}, and {given} are given"
        )
    if keywords and name in COUNTS and name != "update":
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
            items += required_items(m, args[0], "extend()")
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
            items = list(required_items(m, py_sorted(m, self, **dict(keywords)), "sort()"))
        case "remove":
            where = find_item(m, items, "index", args[0], "list.remove(x): x not in list")
            del items[m.known(where, "which item remove() removes")]
        case "clear":
            items.clear()
        case "copy":
            return m.new_list(items)
        case _:
            shown = m.known(args[0], "what index() looks for") if name == "index" else None
            return find_item(m, items, name, args[0], f"{shown!r} is not in list")
    m.heap.set(self.id, ListState(tuple(items)), m.loc)
    return result


def find_item(m: Machine, items: Sequence[Value], name: str, wanted: Value, message: str) -> Value:
    """`items.count(wanted)` or `items.index(wanted)`."""
    same = [truth_value(m, compare(m, "==", v, wanted)) for v in items]
    if name == "count":
        return py_sum(m, Tup(tuple(binary(m, "+", s, Const(0)) for s in same)))
    found: Value = Const(False)
    for flag in same:
        found = either(m, found, flag)
    if isinstance(found, Const) and not found.value:
        return raise_now(m, ValueError, message)
    if isinstance(found, Num):
        m.check(found.atom, "builtins.ValueError", message)
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
        return Tup(tuple(new.get(f, v) for f, v in zip(fields, self.items, strict=True)), self.cls)
    if name == "_asdict":
        return m.new_dict(self.cls._fields, self.items)  # type: ignore[attr-defined]
    return find_item(m, self.items, name, args[0], "tuple.index(x): x not in tuple")


def dict_method(
    m: Machine, self: Ref, name: str, args: Sequence[Value], keywords: Sequence[tuple[str, Value]]
) -> Value:
    state = m.state(self.id)
    assert isinstance(state, DictState)
    found = dict(zip(state.keys, state.items, strict=True))
    match name:
        case "keys":
            return Tup(tuple(Const(k) for k in found))
        case "values":
            return Tup(tuple(found.values()))
        case "items":
            return Tup(tuple(Tup((Const(k), v)) for k, v in found.items()))
        case "copy":
            return m.new_dict(tuple(found), tuple(found.values()))
        case "get":
            key = m.known(args[0], "a dict key")
            return found[key] if key in found else args[1] if len(args) > 1 else NONE
        case "update":
            if args:
                other = py_dict(m, args[0])
                found.update(zip(keys(m, other) or (), children(m, other) or (), strict=True))
            found.update(keywords)
            result: Value = NONE
        case "clear":
            found, result = {}, NONE
        case "setdefault":
            result = found.setdefault(m.known(args[0], "a dict key"), args[1] if len(args) > 1 else NONE)
        case _:
            key = m.known(args[0], "a dict key")
            if key not in found and len(args) < 2:
                raise_key_error(m, key)
            result = found.pop(key) if key in found else args[1]
    m.heap.set(self.id, DictState(tuple(found), tuple(found.values())), m.loc)
    return result


def python_number_method(m: Machine, self: Num, name: str) -> Value:
    if isinstance(self.atom, Lit) and name in ("is_integer", "bit_length"):
        return Const(getattr(self.atom.value, name)())
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
