"""`operator`, and what `functools` makes of functions: `partial`, `wraps`, `cache`; `copy`, `typing.cast`.

A function of `operator` is the operator that it names; some are written in Python (`library.functional`). A partial
function is a value known now, like any function. Caching changes no result, so a cached function is the function.
"""

from __future__ import annotations

import copy
import functools
import operator as python
import typing
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from myialike.errors import TypeCheckError, UnsupportedError
from myialike.infer.arith import operator, unary
from myialike.infer.builtins_api.numbers import py_abs, to_number
from myialike.infer.comparisons import compare, negate
from myialike.infer.growing import rows_copied
from myialike.infer.heap import DictState, GrownState, ListState, ObjectState, SlotsState
from myialike.infer.indexing import get_item
from myialike.infer.items import has_twins
from myialike.infer.list_methods import copied
from myialike.infer.machine import Machine
from myialike.infer.overloading import method_of
from myialike.infer.pools import enter
from myialike.infer.run import inplace, truth_value
from myialike.infer.spec import has_rows
from myialike.infer.values import NONE, Const, Partial, Ref, Tup, Value, as_num, is_function
from myialike.ir.types import I64
from myialike.library.stand_ins import STANDS_FOR


def make_partial(m: Machine, fn: Value, *args: Value, **keywords: Value) -> Value:
    return Partial(fn, args, tuple(keywords.items()))


def itself(m: Machine, fn: Value) -> Value:
    """What `functools.wraps(...)` and `functools.lru_cache(...)` make of the function that is run."""
    return fn


def cached(m: Machine, fn: Value | None = None, /, maxsize: Value = NONE, typed: Value = NONE) -> Value:
    """`functools.lru_cache`: with a function, or with settings only."""
    return fn if fn is not None and is_function(m.use(fn)) else Const(itself)


def converted(m: Machine, a: Value) -> Value:
    """`operator.index`: an int as it is."""
    num = as_num(a)
    if num is None or num.dtype.kind not in "biu":
        m.fail(TypeCheckError, f"{m.describe(a)} cannot be interpreted as an int")
    return to_number(m, num, I64, int)


# -- copies ------------------------------------------------------------------------------------------------------------


def shallow(m: Machine, x: Value) -> Value:
    """`copy.copy`: a new object with the same items."""
    x = m.use(x)
    if not isinstance(x, Ref):
        return x
    found = m.operand(x)
    if found is not None:
        return m.new_array(*found)
    state = m.state(x.id)
    if isinstance(state, GrownState):
        return copied(m, x, state)
    if isinstance(state, ObjectState) and state.cls in STANDS_FOR:
        return m.call(m.call(Const(getattr), [x, Const("copy")], []), [], [])
    if isinstance(state, SlotsState):
        return Ref(m.heap.alloc(replace(state, items=tuple(shallow(m, v) for v in state.items))))
    if not isinstance(state, (ListState, DictState, ObjectState)) or method_of(m, x, "__copy__") is not None:
        m.fail(UnsupportedError, f"copy.copy of {m.describe(x)} is not taken", "make the new object by its class")
    new = Ref(m.heap.alloc(state))
    enter(m, new)
    return new


def deep(m: Machine, x: Value, memo: dict[int, Value] | None = None) -> Value:
    """`copy.deepcopy`: what was one object is one object in the copy."""
    x, memo = m.use(x), {} if memo is None else memo
    if isinstance(x, Tup):
        return Tup(tuple(deep(m, v, memo) for v in x.items), x.cls)
    if not isinstance(x, Ref):
        return x
    if x.id not in memo:
        if m.heap.candidates(m.heap.root(x.id)) != {m.heap.root(x.id)}:
            m.fail(UnsupportedError, "copy.deepcopy of what may be one of several objects is not taken")
        state = m.state(x.id)
        memo[x.id] = _apart(m, state) if isinstance(state, GrownState) else shallow(m, x)
        new = memo[x.id]
        if isinstance(state, (ListState, DictState, ObjectState)) and isinstance(new, Ref):
            if method_of(m, x, "__deepcopy__") is not None:
                m.fail(UnsupportedError, f"copy.deepcopy of {m.describe(x)} is not taken: it has its own __deepcopy__")
            m.change(new.id, m.state(new.id), replace(state, items=tuple(deep(m, v, memo) for v in state.items)))
    return memo[x.id]


def _apart(m: Machine, state: GrownState) -> Value:
    """A list of run-time length with copies of all that another has in it."""
    if has_twins(m, state) or has_rows(state.spec):
        text = "copy.deepcopy of a list of run-time length, two items of which may be one object, is not taken"
        m.fail(UnsupportedError, text, "copy the items one by one")
    return rows_copied(m, state)


def _operator(op: str) -> Callable[..., Value]:
    return lambda m, a, b: operator(m, op, a, b)


def _in_place(op: str) -> Callable[..., Value]:
    return lambda m, a, b: inplace(m, op, a, b)


def _comparison(op: str) -> Callable[..., Value]:
    return lambda m, a, b: compare(m, op, a, b)


FUNCTIONAL: dict[Any, Callable[..., Value]] = {
    functools.partial: make_partial,
    functools.wraps: lambda m, wrapped, assigned=NONE, updated=NONE: Const(itself),
    functools.lru_cache: cached,
    functools.cache: itself,
    itself: itself,
    copy.copy: shallow,
    copy.deepcopy: lambda m, x: deep(m, x),
    typing.cast: lambda m, typ, val: val,
    python.getitem: lambda m, a, i: get_item(m, a, i),
    python.neg: lambda m, a: unary(m, "-", a),
    python.pos: lambda m, a: unary(m, "+", a),
    python.inv: lambda m, a: unary(m, "~", a),
    python.invert: lambda m, a: unary(m, "~", a),
    python.abs: py_abs,
    python.index: converted,
    python.not_: lambda m, a: negate(m, truth_value(m, a)),
    python.truth: truth_value,
    **{
        getattr(python, n): _operator(op)
        for n, op in {
            "add": "+",
            "sub": "-",
            "mul": "*",
            "truediv": "/",
            "floordiv": "//",
            "mod": "%",
            "pow": "**",
            "matmul": "@",
            "and_": "&",
            "or_": "|",
            "xor": "^",
            "lshift": "<<",
            "rshift": ">>",
        }.items()
    },
    **{
        getattr(python, f"i{n.rstrip('_')}"): _in_place(op)
        for n, op in {
            "add": "+",
            "concat": "+",
            "sub": "-",
            "mul": "*",
            "truediv": "/",
            "floordiv": "//",
            "mod": "%",
            "pow": "**",
            "matmul": "@",
            "and_": "&",
            "or_": "|",
            "xor": "^",
            "lshift": "<<",
            "rshift": ">>",
        }.items()
    },
    **{
        getattr(python, n): _comparison(op)
        for n, op in {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}.items()
    },
}
