"""Calls of NumPy's functions that the package has written in Python (`myialike.library`).

The source is run as a user's function is, but at the user's place: errors, and checks at run time, point at the line of
the call. Its `refuse` refuses the call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from types import FunctionType
from typing import Any

from myialike.errors import CompileError, ShapeError, UnsupportedError
from myialike.infer.calls import bind, call_graph, complete
from myialike.infer.heap import SizedState
from myialike.infer.machine import Machine, NeedStatic
from myialike.infer.numpy_api.binding import signature_of_own
from myialike.infer.sized import part_of
from myialike.infer.values import Const, Ref, Tup, Value
from myialike.ir.syntax import Block, Closure, Eqn, For, Graph, If, Var, While


def call_library(
    m: Machine, fn: Callable[..., Any], name: str, args: Sequence[Value], keywords: Sequence[tuple[str, Value]]
) -> Value:
    """Call a function of the library for the NumPy function `name`."""
    assert isinstance(fn, FunctionType)
    signature = signature_of_own(fn)
    try:
        signature.bind(*args, **dict(keywords))
    except TypeError as error:
        m.fail(UnsupportedError, f"{name} does not take these arguments here: {error}", "use its plain form")
    bound = bind(m, name, signature, args, keywords)
    values = complete(m, signature, bound, lambda p: constant(signature.parameters[p].default), True)
    eqn, named = m.eqn, m.named
    try:
        return call_graph(m, placeless(m, fn), values, (), fn)
    except NeedStatic as need:
        m.eqn, m.named = eqn, named
        if any(map(partial(of_run_time, m), args)) and "." in name:
            raise NeedStatic(need.roots, m.error(UnsupportedError, f"{name} {SIZED}", LOOP), need.floats) from None
        raise
    except CompileError as error:
        m.eqn, m.named = eqn, named
        own = "." not in name  # a part of the library itself, of which the user knows nothing
        if isinstance(error, ShapeError) and not own and any(map(partial(of_run_time, m), args)):
            # Only a run tells whether the shapes fit.
            raise NeedStatic(sizes_of(m, args), m.error(UnsupportedError, f"{name} {SIZED}", LOOP)) from None
        again = m.error(type(error), error.message if own else f"{name}: {error.message}", error.hint)
        again.of_library = error.of_library
        raise again from None


SIZED = "of an array whose size is known only at run time is not taken"
LOOP = "pass arrays of known size, or write it as a loop"


def of_run_time(m: Machine, value: Value) -> bool:
    return isinstance(value, Ref) and isinstance(m.heap.states[value.id], SizedState)


def sizes_of(m: Machine, args: Sequence[Value]) -> frozenset[Var]:
    """What of the entry the sizes of arrays come from."""
    found: set[Var] = set()
    for part in (p for a in args if (p := part_of(m, a)) is not None):
        for extent in part.extents:
            found |= set() if extent is None else m.roots(extent.size) | m.roots(extent.start)
    return frozenset(found)


def constant(default: Any) -> Value:
    return Tup(tuple(map(constant, default))) if isinstance(default, tuple) else Const(default)


def refuse(m: Machine, what: Value) -> Value:
    """`refuse` of the library."""
    error = m.error(UnsupportedError, f"{m.known(what, 'a message')} is not taken", "write it out in the program")
    error.of_library = True
    raise error


_PLACELESS: dict[FunctionType, Graph] = {}


def placeless(m: Machine, fn: FunctionType) -> Graph:
    """The graph of a function without places, so that what it makes is at the place of the call."""
    if fn not in _PLACELESS:
        _PLACELESS[fn] = _graph(m.services.parse(fn))
    return _PLACELESS[fn]


def _graph(graph: Graph) -> Graph:
    return replace(graph, body=_block(graph.body), loc=None)


def _block(block: Block) -> Block:
    return replace(block, eqns=tuple(map(_eqn, block.eqns)))


def _eqn(eqn: Eqn) -> Eqn:
    match eqn:
        case If():
            return replace(eqn, then=_block(eqn.then), orelse=_block(eqn.orelse), loc=None)
        case While():
            return replace(eqn, cond=_block(eqn.cond), body=_block(eqn.body), loc=None)
        case For():
            return replace(eqn, body=_block(eqn.body), loc=None)
        case Closure():
            return replace(eqn, graph=_graph(eqn.graph), loc=None)
        case _:
            return replace(eqn, loc=None)
