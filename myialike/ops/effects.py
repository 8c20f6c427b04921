"""The effects of typed programs: `check`, a condition under which the program raises, and `print`.

    check(ok, i, n; error='builtins.IndexError', message='index {} is out of bounds for axis 0 with size {}')
    print(x, y; template='x = {}, y = {:.3f}\n', kinds=('python', 'numpy'))

The values of both are formatted as what they are in the user's program: `kinds` says of each whether that is a Python
number, a NumPy scalar or an array. `str(np.float32(0.1))` is not `str(float(np.float32(0.1)))`. A check without `kinds`
has Python numbers only.

With a message of None the values of a check, its payload, are the arguments of the exception themselves; a bare
`assert` has none. A tuple as a message says what each argument is: a format string for the next values, None for the
next value itself, or a tuple of such.
"""

from __future__ import annotations

import itertools
import pkgutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from string import Formatter
from typing import Any

import numpy as np

from myialike.ir.op import AttrDict, Zero
from myialike.ir.syntax import Block, Eqn, For, Graph, If, Prim, While, walk
from myialike.ir.types import BOOL, Array, Type
from myialike.ops.define import define

Wording = str | None | tuple[Any, ...]


CAPACITY_ERROR = "myialike.errors.CapacityError"


def is_left_out(eqn: Prim, checks: bool) -> bool:
    """Whether a check is not wanted: the user may do without checks, but not the caller that has to run again."""
    return not checks and eqn.op == "check" and eqn.attr("error") != CAPACITY_ERROR


def exception_for(error: str, message: Wording, payload: Sequence[Any], kinds: Sequence[str]) -> BaseException:
    """The exception that a failed check raises; `error` is the import path of its class."""
    cls = pkgutil.resolve_name(error)
    if not (isinstance(cls, type) and issubclass(cls, BaseException)):
        raise TypeError(f"{error} is no exception class")
    values = map(_as_kind, kinds, payload)
    if message is None:
        return cls(*values)
    return cls(*arguments(message, values) if isinstance(message, tuple) else [message.format(*values)])


def arguments(wording: tuple[Any, ...], values: Iterator[Any]) -> Iterator[Any]:
    """The arguments that a tuple as a message stands for."""
    for entry in wording:
        if isinstance(entry, tuple):
            yield tuple(arguments(entry, values))
        elif isinstance(entry, str):
            yield entry.format(*itertools.islice(values, fields_of(entry)))
        else:
            yield next(values)


def fields_of(template: str) -> int:
    """How many values a format string takes."""
    return sum(field is not None for _, field, _, _ in Formatter().parse(template))


KINDS = ("python", "numpy", "array")


def kinds_of(check: Prim) -> tuple[str, ...]:
    """What each value of the payload of a check is in the user's program."""
    kinds: tuple[str, ...] = dict(check.attrs).get("kinds", ("python",) * len(check.inputs[1:]))
    return kinds


def _check_type(types: tuple[Type, ...], attrs: AttrDict) -> tuple[Type, ...]:
    if not types or types[0] != Array(BOOL):
        raise TypeError(f"check takes a condition of type bool, not {', '.join(map(str, types[:1])) or 'nothing'}")
    _of_kinds("check", types[1:], attrs.get("kinds", ("python",) * len(types[1:])))
    return ()


def _of_kinds(op: str, types: Sequence[Type], kinds: Sequence[str]) -> None:
    if len(kinds) != len(types) or not set(kinds) <= set(KINDS):
        raise TypeError(f"{op} of {len(types)} values takes as many kinds out of {KINDS}, not {kinds}")
    for kind, type in zip(kinds, types, strict=True):
        if not isinstance(type, Array) or (kind != "array" and type.shape):
            raise TypeError(f"{op} takes arrays and numbers, and {type} is not of kind {kind!r}")


def _check(ok: Any, *payload: Any, error: str, message: Wording, kinds: Sequence[str] | None = None) -> tuple[()]:
    if not ok:
        raise exception_for(error, message, payload, ("python",) * len(payload) if kinds is None else kinds)
    return ()


define("check", _check_type, _check, Zero("it has no results"), effect=True)


def printed(template: str, kinds: Sequence[str], values: Sequence[Any]) -> str:
    """The text of a print: each value as the object that it is in the user's program."""
    return template.format(*map(_as_kind, kinds, values))


def _as_kind(kind: str, value: Any) -> Any:
    if kind == "python":
        return np.asarray(value).item()
    return np.asarray(value)[()] if kind == "numpy" else np.array(value)


def _print_type(types: tuple[Type, ...], attrs: AttrDict) -> tuple[Type, ...]:
    _of_kinds("print", types, attrs["kinds"])
    return ()


def _print(*values: Any, template: str, kinds: tuple[str, ...]) -> tuple[()]:
    print(printed(template, kinds, values), end="")
    return ()


define("print", _print_type, _print, Zero("it has no results"), effect=True)


def has_prints(graph: Graph) -> bool:
    """Whether a graph prints, calls not counted."""
    return any(isinstance(eqn, Prim) and eqn.op == "print" for eqn in walk(graph.body))


def has_open_lists(graph: Graph) -> bool:
    """Whether a graph may have to be run again with more room for a list."""
    return any(
        isinstance(eqn, Prim) and eqn.op == "check" and eqn.attr("error") == CAPACITY_ERROR for eqn in walk(graph.body)
    )


def silenced(graph: Graph) -> Graph:
    """A graph without its prints: for a second run of what has printed once."""
    return replace(graph, body=_silent(graph.body)) if has_prints(graph) else graph


def _silent(block: Block) -> Block:
    kept = (eqn for eqn in block.eqns if not (isinstance(eqn, Prim) and eqn.op == "print"))
    return replace(block, eqns=tuple(map(_silent_inside, kept)))


def _silent_inside(eqn: Eqn) -> Eqn:
    match eqn:
        case If():
            return replace(eqn, then=_silent(eqn.then), orelse=_silent(eqn.orelse))
        case While():
            return replace(eqn, cond=_silent(eqn.cond), body=_silent(eqn.body))
        case For():
            return replace(eqn, body=_silent(eqn.body))
        case _:
            return eqn
