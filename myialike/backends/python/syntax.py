"""Phrases of Python syntax, as `ast` nodes: shorter than the constructors of `ast`, and nothing else."""

from __future__ import annotations

import ast
import cmath
import math
from collections.abc import Sequence
from typing import Any

NEGATED: dict[type[ast.cmpop], ast.cmpop] = {ast.Eq: ast.NotEq(), ast.NotEq: ast.Eq()}
NEGATED_ON_INTS: dict[type[ast.cmpop], ast.cmpop] = {
    **NEGATED,
    ast.Lt: ast.GtE(),
    ast.LtE: ast.Gt(),
    ast.Gt: ast.LtE(),
    ast.GtE: ast.Lt(),
}
MIRRORED: dict[type[ast.cmpop], ast.cmpop] = {ast.Gt: ast.Lt(), ast.GtE: ast.LtE()}
LESS = (ast.Lt, ast.LtE)


def name(identifier: str) -> ast.expr:
    return ast.Name(identifier, ast.Load())


def dotted(path: str) -> ast.expr:
    """`np.maximum.accumulate` from its text."""
    first, *rest = path.split(".")
    node = name(first)
    for attribute in rest:
        node = ast.Attribute(node, attribute, ast.Load())
    return node


def call(function: ast.expr | str, *args: ast.expr, **keywords: ast.expr) -> ast.expr:
    callee = dotted(function) if isinstance(function, str) else function
    return ast.Call(callee, list(args), [ast.keyword(k, v) for k, v in keywords.items()])


def method(value: ast.expr, attribute: str, *args: ast.expr, **keywords: ast.expr) -> ast.expr:
    return call(ast.Attribute(value, attribute, ast.Load()), *args, **keywords)


def subscript(value: ast.expr, entries: Sequence[ast.expr]) -> ast.expr:
    index = entries[0] if len(entries) == 1 else ast.Tuple(list(entries), ast.Load())
    return ast.Subscript(value, index, ast.Load())


def shape(entries: Sequence[ast.expr]) -> ast.expr:
    """A shape as NumPy takes it: an int for one axis, else a tuple."""
    return entries[0] if len(entries) == 1 else ast.Tuple(list(entries), ast.Load())


def infix(a: ast.expr, op: ast.operator, b: ast.expr) -> ast.expr:
    """`a op b`; `a - b` for `a + -b`, and the reverse, which are the same number."""
    positive = negated(b)
    if isinstance(op, ast.Add | ast.Sub) and positive is not None:
        return ast.BinOp(a, ast.Sub() if isinstance(op, ast.Add) else ast.Add(), positive)
    return ast.BinOp(a, op, b)


def negated(value: ast.expr) -> ast.expr | None:
    """x for `-x`, and `x * y` for `-x * y`; None for what does not begin with a minus."""
    match value:
        case ast.UnaryOp(op=ast.USub(), operand=x):
            return x
        case ast.BinOp(left=left, op=ast.Mult() | ast.Div() | ast.MatMult() as op, right=right):
            positive = negated(left)
            return None if positive is None else ast.BinOp(positive, op, right)
    return None


def added(place: ast.expr, value: ast.expr) -> ast.stmt:
    """`place += value`, or `place -= x` for a value `-x`."""
    assert isinstance(place, ast.Name | ast.Attribute | ast.Subscript)
    positive = negated(value)
    if positive is not None:
        return ast.AugAssign(place, ast.Sub(), positive)
    return ast.AugAssign(place, ast.Add(), value)


def assign(target: str, value: ast.expr) -> ast.stmt:
    return ast.Assign([ast.Name(target, ast.Store())], value, lineno=0)


def assign_all(targets: Sequence[str], values: Sequence[ast.expr]) -> ast.stmt:
    """`a, b = x, y`."""
    names: list[ast.expr] = [ast.Name(t, ast.Store()) for t in targets]
    return ast.Assign([ast.Tuple(names, ast.Store())], ast.Tuple(list(values), ast.Load()), lineno=0)


def constant(value: Any) -> ast.expr:
    """A literal for a Python scalar, string or None. NaN and the infinities are NumPy's."""
    if isinstance(value, complex):
        return _complex(value)
    if isinstance(value, float) and not math.isfinite(value):
        unsigned = dotted("np.nan" if math.isnan(value) else "np.inf")
        return ast.UnaryOp(ast.USub(), unsigned) if value < 0 else unsigned
    if isinstance(value, int | float) and not isinstance(value, bool) and math.copysign(1.0, value) < 0:
        return ast.UnaryOp(ast.USub(), ast.Constant(-value))
    return ast.Constant(value)


def _complex(value: complex) -> ast.expr:
    is_plain = cmath.isfinite(value) and str(value.real) == "0.0" and math.copysign(1.0, value.imag) > 0
    return ast.Constant(value) if is_plain else call("complex", constant(value.real), constant(value.imag))


def names_in(node: ast.expr) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def is_same(a: ast.expr, b: ast.expr) -> bool:
    return ast.dump(a) == ast.dump(b)


# Conditions


def negation(test: ast.expr, on_ints: bool = False) -> ast.expr:
    """`not test` as a person writes it: `a != b` for `not a == b`. Only ints let `<` become `>=`: NaN is neither."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            return inner
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            table = NEGATED_ON_INTS if on_ints else NEGATED
            if type(op) in table:
                return ast.Compare(left, [table[type(op)]], [right])
    return ast.UnaryOp(ast.Not(), test)


def conjunction(a: ast.expr, b: ast.expr) -> ast.expr:
    """`a and b`, which for `i >= 0` and `i < n` is `0 <= i < n`."""
    low, high = _mirrored(a), b
    match low, high:
        case ast.Compare(ops=[first], comparators=[ast.Name() as middle]), ast.Compare(left=ast.Name() as left):
            if isinstance(first, LESS) and isinstance(high.ops[0], LESS) and is_same(middle, left):
                return ast.Compare(low.left, [first, *high.ops], [middle, *high.comparators])
    return _joined(ast.And(), a, b)


def disjunction(a: ast.expr, b: ast.expr) -> ast.expr:
    return _joined(ast.Or(), a, b)


def _joined(op: ast.boolop, a: ast.expr, b: ast.expr) -> ast.expr:
    values = [v for x in (a, b) for v in (x.values if isinstance(x, ast.BoolOp) and type(x.op) is type(op) else [x])]
    return ast.BoolOp(op, values)


def _mirrored(test: ast.expr) -> ast.expr:
    """`0 <= i` for `i >= 0`."""
    match test:
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in MIRRORED:
            return ast.Compare(right, [MIRRORED[type(op)]], [left])
    return test


def choice(test: ast.expr, then: ast.expr, orelse: ast.expr) -> ast.expr:
    """`then if test else orelse`, or the `and`, `or`, `not` that it amounts to."""
    match then, orelse:
        case ast.Constant(value=False), ast.Constant(value=True):
            return negation(test)
        case _, ast.Constant(value=False):
            return conjunction(test, then)
        case ast.Constant(value=True), _:
            return disjunction(test, orelse)
    return ast.IfExp(test, then, orelse)
