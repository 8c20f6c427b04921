"""`operator`, and what `functools` makes of functions: `partial`, `wraps`.

A function of `operator` is the operator that it names. A partial function is a value known now, like any function.
"""

from __future__ import annotations

import functools
import operator as python
from collections.abc import Callable
from typing import Any

from myialike.infer.arith import compare, negate, operator, unary
from myialike.infer.indexing import get_item
from myialike.infer.machine import Machine
from myialike.infer.run import truth_value
from myialike.infer.values import Const, Partial, Value


def make_partial(m: Machine, fn: Value, *args: Value, **keywords: Value) -> Value:
    return Partial(fn, args, tuple(keywords.items()))


def _itself(fn: Any) -> Any:
    """What `functools.wraps` does to the function that is run."""
    return fn


def _operator(op: str) -> Callable[..., Value]:
    return lambda m, a, b: operator(m, op, a, b)


def _comparison(op: str) -> Callable[..., Value]:
    return lambda m, a, b: compare(m, op, a, b)


FUNCTIONAL: dict[Any, Callable[..., Value]] = {
    functools.partial: make_partial,
    functools.wraps: lambda m, f, **_: Const(_itself),
    python.getitem: lambda m, a, i: get_item(m, a, i),
    python.neg: lambda m, a: unary(m, "-", a),
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
        }.items()
    },
    **{
        getattr(python, n): _comparison(op)
        for n, op in {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}.items()
    },
}
