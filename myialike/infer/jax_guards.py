"""What a function that jax traces reads besides its arguments: compared at each call, so that no trace is stale.

jax runs such a function as Python, once, so inference does not see what it reads. Its code names the globals and the
captured variables that it can read; a `Snapshot` of each, and of those of the functions that it can call, is a guard
(`myialike.infer.outside`). What it reads through a module (`config.rate`) is read once, as under `jax.jit`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

from myialike.infer.attributes import LIBRARIES
from myialike.infer.describe import attributes_of, is_instance_data
from myialike.infer.machine import Machine


class Snapshot:
    """The value of a variable, equal to another where all that can change in it is equal."""

    def __init__(self, value: Any) -> None:
        self.parts = tuple(_parts(value, 0))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Snapshot) and len(self.parts) == len(other.parts) and all(
            a is b or (isinstance(a, tuple) and a == b) for a, b in zip(self.parts, other.parts, strict=True)
        )

    def __hash__(self) -> int:
        return len(self.parts)


MAX_DEPTH = 20


def _parts(value: Any, depth: int) -> Iterator[Any]:
    """What a value is made of: objects that are compared by identity, and tuples that are compared."""
    if depth > MAX_DEPTH:
        return
    if isinstance(value, (bool, int, float, complex, str, bytes, np.generic)):
        yield type(value), repr(value)
    elif isinstance(value, np.ndarray):
        yield value.dtype.str, value.shape, value.tobytes()
    elif isinstance(value, (list, tuple, set, frozenset)):
        yield type(value).__name__, len(value)
        for item in value:
            yield from _parts(item, depth + 1)
    elif isinstance(value, dict):
        yield "dict", len(value)
        for key, item in value.items():
            yield from _parts(key, depth + 1)
            yield from _parts(item, depth + 1)
    elif is_instance_data(value):
        yield type(value)
        yield from _parts(attributes_of(value), depth + 1)
    else:
        yield value


def guard(m: Machine, fn: Any) -> None:
    """Make what `fn` can read, and the functions of the user's that it can call, guards of this program."""
    todo, seen = [fn], set()
    while todo:
        fn = _function(todo.pop())
        if fn is None or id(fn) in seen:
            continue
        seen.add(id(fn))
        for name, getter in _variables(fn):
            value = getter()
            if _function(value) is not None:
                todo.append(value)
            if not isinstance(value, ModuleType):
                assert m.world is not None
                m.world.read(m, ("traced", id(fn), name), lambda getter=getter: Snapshot(getter()))  # type: ignore[misc]


def _function(value: Any) -> FunctionType | None:
    """The user's function in a value: itself, or that of a method or of a callable instance."""
    if not isinstance(value, (FunctionType, type)) and not _of_library(type(value).__module__):
        value = inspect.getattr_static(type(value), "__call__", None)
    value = getattr(value, "__func__", value)
    if not isinstance(value, FunctionType) or _of_library(value.__module__):
        return None
    return value


def _of_library(module: str | None) -> bool:
    return (module or "").split(".")[0] in LIBRARIES


def _variables(fn: FunctionType) -> Iterator[tuple[str, Callable[[], Any]]]:
    """The globals, captured variables and defaults that a function can read, and how they are read."""
    for name in sorted(_names(fn.__code__) & fn.__globals__.keys()):
        yield name, lambda name=name: fn.__globals__.get(name)  # type: ignore[misc]
    for name, cell in zip(fn.__code__.co_freevars, fn.__closure__ or (), strict=True):
        yield f"{name}, captured", lambda cell=cell: cell.cell_contents  # type: ignore[misc]
    yield "defaults", lambda: (fn.__defaults__, fn.__kwdefaults__)


def _names(code: CodeType) -> set[str]:
    """The names in a function's code and in that of the functions inside it."""
    inner = [_names(c) for c in code.co_consts if isinstance(c, CodeType)]
    return set(code.co_names).union(*inner)
