"""Functions that a compiled function returns, or puts into the caller's objects.

Inside, such a function is a value with parts: a closure with what it captured, a method with its object, a partial. For
the caller the parts become Python objects, and `Returned` holds them. It can be called (the caller wraps it in a
compiled function), differentiated, and passed to compiled functions: its parts are then read like everything from
outside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from myialike.errors import UnsupportedError
from myialike.infer.heap import CellState
from myialike.infer.machine import Machine
from myialike.infer.values import (
    Bound,
    BuiltinMethod,
    Chosen,
    Fn,
    Partial,
    Ref,
    Transform,
    Value,
    name_of,
    with_parts,
)

FUNCTIONS = (Fn, Bound, BuiltinMethod, Partial, Transform, Chosen)


class Cell:
    """A captured variable: nobody assigns to it after the function that it belongs to has returned."""

    def __init__(self) -> None:
        self.contents: list[Any] = []


@dataclass(eq=False)
class Returned:
    """A function as a value without its parts, and its parts as Python objects."""

    shape: Value
    held: Sequence[Any]

    def __post_init__(self) -> None:
        self.__name__ = name_of(self.shape)

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        raise UnsupportedError(f"{self.__name__} runs only when it is compiled", None)


def call_returned(m: Machine, fn: Returned, args: Sequence[Value], keywords: Sequence[tuple[str, Value]]) -> Value:
    """Call a function that was returned before."""
    values = [_part(m, fn, k) for k in range(len(fn.held))]
    cells = {v.id: m.heap.states[v.id] for v in values if isinstance(v, Ref)}
    result = m.call(with_parts(fn.shape, tuple(values)), args, keywords)
    for id, state in cells.items():
        if isinstance(state, CellState) and m.heap.states[id] != state:
            text = f"{fn.__name__}, which a compiled function has returned, assigns to a variable outside of it"
            m.fail(UnsupportedError, text, "keep the variable in a list or an object that is passed")
    return result


def _part(m: Machine, fn: Returned, k: int) -> Value:
    assert m.world is not None
    held = fn.held[k]
    if not isinstance(held, Cell):
        return m.world.read(m, ("part", id(fn), k), lambda: fn.held[k])
    if not held.contents:
        return Ref(m.heap.alloc(CellState()))
    value = m.world.read(m, ("cell", id(held)), lambda: held.contents[0])
    return Ref(m.heap.alloc(CellState((value,))))
