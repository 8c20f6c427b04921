"""`dataclasses`: `asdict`, `astuple`, `fields`."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from myialike.errors import TypeCheckError
from myialike.infer.builtins_api.functional import deep
from myialike.infer.heap import DictState, ListState, ObjectState
from myialike.infer.machine import Machine
from myialike.infer.values import Const, Ref, Tup, Value


def fields_of(m: Machine, x: Value) -> Value:
    """`dataclasses.fields`, of a class or an instance."""
    state = m.state(x.id) if isinstance(x, Ref) else None
    cls = state.cls if isinstance(state, ObjectState) else x.value if isinstance(x, Const) else None
    if cls is None or not dataclasses.is_dataclass(cls):
        m.fail(TypeCheckError, f"fields() takes a dataclass, not {m.describe(x)}")
    return Tup(tuple(map(Const, dataclasses.fields(cls))))


def taken_apart(name: str) -> Callable[..., Value]:
    """`asdict` and `astuple`: the fields, those of dataclasses within them taken apart as well, the rest copied."""

    def function(m: Machine, obj: Value) -> Value:
        state = m.state(obj.id) if isinstance(obj, Ref) else None
        if not isinstance(state, ObjectState) or not dataclasses.is_dataclass(state.cls):
            m.fail(TypeCheckError, f"{name}() takes an instance of a dataclass, not {m.describe(obj)}")
        return inner(m, obj)

    def inner(m: Machine, value: Value) -> Value:
        value = m.use(value)
        state = m.state(value.id) if isinstance(value, Ref) else None
        match value, state:
            case _, ObjectState() if dataclasses.is_dataclass(state.cls):
                names = [f.name for f in dataclasses.fields(state.cls)]
                items = [inner(m, state.items[state.names.index(n)]) for n in names]
                return m.new_dict(tuple(names), tuple(items)) if name == "asdict" else Tup(tuple(items))
            case _, ListState():
                return m.new_list([inner(m, v) for v in state.items])
            case _, DictState():
                return m.new_dict(state.keys, tuple(inner(m, v) for v in state.items))
            case Tup(), _:
                return Tup(tuple(inner(m, v) for v in value.items), value.cls)
            case _:
                return deep(m, value)

    return function


RECORDS: dict[Any, Callable[..., Value]] = {
    dataclasses.fields: fields_of,
    dataclasses.asdict: taken_apart("asdict"),
    dataclasses.astuple: taken_apart("astuple"),
}
