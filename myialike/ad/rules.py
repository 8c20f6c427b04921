"""Applying the rule of one operation, forward and backward.

Every operation has one rule, in its entry of the table (`myialike.ir.op`); this module turns the five shapes of
rule into equations of a tangent and of cotangents. A missing tangent or cotangent, None, is a zero that needs no
code.

Stacks are the exception, for their rule is not about numbers. `push` and `pop` are each other's adjoints:

    s2 = push(s, v)       s2_dot = push(s_dot, v_dot)          s_bar, v_bar = pop(s2_bar)
    s2, v = pop(s)        s2_dot, v_dot = pop(s_dot)           s_bar = push(s2_bar, v_bar)

The zero of a stack is an empty stack, which pops zeros, so stacks of different heights are aligned at their tops.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol, assert_never

from myialike.ad.activity import STACK_OPS, active_inputs
from myialike.ad.blocks import bar_name, dot_name
from myialike.ad.masks import Masks
from myialike.ad.zeros import or_zero
from myialike.errors import UnsupportedError
from myialike.ir.builder import Builder, Expr
from myialike.ir.op import TABLE, AttrDict, Custom, Derivative, Linear, Multilinear, Pointwise, Zero
from myialike.ir.syntax import Atom, Eqn, Lit, Prim, Var
from myialike.ops.foreign import function_of
from myialike.source import Location

Part = Atom | None


class Cotangents(Protocol):
    """What a reverse rule writes to: the cotangents of the variables of one block."""

    builder: Builder
    active: frozenset[Var]
    masks: Masks

    def current(self, var: Var) -> Part: ...
    def replace(self, var: Var, bar: Atom) -> None: ...
    def add(self, atom: Atom, contribution: Part) -> None: ...


def push_forward(
    builder: Builder, prim: Prim, dots: Sequence[Part], active: frozenset[Var], masks: Masks
) -> tuple[Part, ...]:
    """The tangents of the outputs of `prim`, from those of its inputs."""
    through = active_inputs(prim, active)
    dots = tuple(d if i in through else None for i, d in enumerate(dots))
    if all(d is None for d in dots) or active.isdisjoint(prim.outputs):
        return (None,) * len(prim.outputs)
    if prim.op in STACK_OPS:
        return _push_stack(builder, prim, dots)
    rule, attrs = rule_of(prim.op, prim.loc), dict(prim.attrs)
    ins = tuple(builder.expr(a) for a in prim.inputs)
    outs = tuple(builder.expr(o) for o in prim.outputs)
    in_dots = tuple(None if d is None else builder.expr(d) for d in dots)
    start = len(builder.eqns)
    match rule:
        case Pointwise():
            parts = [scaled(d, rule, i, ins, outs[0], attrs) for i, d in enumerate(in_dots) if d is not None]
            _relax(builder, start, prim, masks)
            return (_named(builder, start, total(parts), dot_name(prim.outputs[0])),)
        case Linear(args=args):
            linear = range(len(ins)) if args is None else args
            mixed = [or_zero(builder, dots[i], a) if i in linear else a for i, a in enumerate(prim.inputs)]
            return (_apply(builder, prim, mixed),)
        case Multilinear():
            terms = []
            for i, d in enumerate(dots):
                if d is not None:
                    terms.append(builder.expr(_apply(builder, prim, [*prim.inputs[:i], d, *prim.inputs[i + 1 :]])))
            return (_named(builder, start, total(terms), dot_name(prim.outputs[0])),)
        case Custom():
            results = rule.jvp(ins, in_dots, outs, attrs)
            _relax(builder, start, prim, masks)
            return tuple(_named(builder, start, r, dot_name(o)) for r, o in zip(results, prim.outputs, strict=True))
        case Zero():
            return (None,) * len(prim.outputs)
        case _:
            assert_never(rule)


def pull_back(prim: Prim, out_bars: Sequence[Part], bars: Cotangents) -> None:
    """Add what `prim` contributes to the cotangents of its inputs, given those of its outputs."""
    wanted = active_inputs(prim, bars.active)
    if not wanted or all(b is None for b in out_bars):
        return
    if prim.op in STACK_OPS:
        return _pull_stack(prim, out_bars, bars)
    builder, rule, attrs = bars.builder, rule_of(prim.op, prim.loc), dict(prim.attrs)
    ins = tuple(builder.expr(a) for a in prim.inputs)
    outs = tuple(builder.expr(o) for o in prim.outputs)
    if isinstance(rule, Custom):
        given = tuple(None if b is None else builder.expr(b) for b in out_bars)
        start = len(builder.eqns)
        in_bars = rule.vjp(ins, outs, given, attrs)
        _relax(builder, start, prim, bars.masks)
        for i, in_bar in enumerate(in_bars):
            if i in wanted:
                bars.add(prim.inputs[i], _named(builder, start, in_bar, bar_name(prim.inputs[i])))
        return
    (bar,) = out_bars
    assert bar is not None
    for i in reversed(wanted):  # of a write, the value before the array: the read of `bar` before its update in place
        _pull_one(prim, rule, i, builder.expr(bar), ins, outs[0], bars)


def _pull_one(
    prim: Prim,
    rule: Pointwise | Linear | Multilinear | Zero,
    i: int,
    bar: Expr,
    ins: tuple[Expr, ...],
    out: Expr,
    bars: Cotangents,
) -> None:
    """Add the contribution to input `i` of an operation with one output."""
    var, attrs, start = prim.inputs[i], dict(prim.attrs), len(bars.builder.eqns)
    assert isinstance(var, Var)
    match rule:
        case Pointwise():
            in_bar: Expr | None = scaled(bar, rule, i, ins, out, attrs)
            _relax(bars.builder, start, prim, bars.masks)
        case Linear(accumulate=None) | Multilinear():
            in_bar = rule.transpose(bar, ins, attrs, i)
        case Linear():
            return _accumulate(rule, var, i, bar, ins, attrs, bars)
        case Zero():
            in_bar = None
        case _:
            assert_never(rule)
    bars.add(var, _named(bars.builder, start, in_bar, bar_name(var)))


def _accumulate(
    rule: Linear, var: Var, i: int, bar: Expr, ins: tuple[Expr, ...], attrs: AttrDict, bars: Cotangents
) -> None:
    """Update the cotangent of `var` in place: the adjoint of a read touches what was read and nothing else."""
    assert rule.accumulate is not None
    old, builder = bars.current(var), bars.builder
    start = len(builder.eqns)
    if old is None:
        new: Expr = rule.transpose(bar, ins, attrs, i)
    else:
        new = rule.accumulate(builder.expr(old), bar, ins, attrs, i)
    named = _named(builder, start, new, bar_name(var))
    assert named is not None
    bars.replace(var, named)


def rule_of(op: str, loc: Location | None) -> Derivative:
    """The derivative rule of an operation that is met on a differentiated path."""
    rule = TABLE[op].derivative
    if rule is None:
        raise UnsupportedError(
            f"{op} has no derivative rule, and its result depends on a differentiated value",
            loc,
            hint="stop the derivative there with stop_gradient, or write it with operations that have one",
        )
    return rule


def scaled(g: Expr, rule: Pointwise, i: int, ins: tuple[Expr, ...], out: Expr, attrs: AttrDict) -> Expr | None:
    """The tangent or cotangent `g` times the partial derivative with respect to input `i`."""
    partial = rule.partials[i]
    assert partial is not None
    p = partial(*ins, out, **attrs)
    match p.atom:
        case Lit(value=value) if value == 0:
            return None
        case Lit(value=value) if value == 1:
            return g
        case Lit(value=value) if value == -1:
            return -g
        case _:
            return g.op("zmul", p)


def _relax(builder: Builder, start: int, prim: Prim, masks: Masks) -> None:
    """Make plain products of those by `zmul` since `start`, where nothing needs them. Note [Masked values]."""
    rule = TABLE[prim.op].derivative
    assert isinstance(rule, Pointwise | Custom)
    singular = rule.singular(dict(prim.attrs)) if callable(rule.singular) else rule.singular
    if (singular and masks.tame.isdisjoint(prim.outputs)) or not masks.masked.isdisjoint(prim.outputs):
        return
    for k, eqn in enumerate(builder.eqns[start:], start):
        if isinstance(eqn, Prim) and eqn.op == "zmul":
            builder.eqns[k] = _quotient(builder.eqns[start:k], eqn) or replace(eqn, op="mul")
        elif isinstance(eqn, Prim) and eqn.op == "jax.call":
            builder.eqns[k] = replace(eqn, attrs=(("function", function_of(eqn.attr("function")).relaxed().name),))


def _quotient(before: Sequence[Eqn], product: Prim) -> Prim | None:
    """`g / y` for the product of g with `1 / y`, which is among the equations `before` it."""
    g, p = product.inputs
    for eqn in before:
        match eqn:
            case Prim(op="div", inputs=(Lit(value=1), y), outputs=(out,)) if out == p:
                return Prim("div", (g, y), product.outputs, loc=product.loc)
    return None


def total(parts: Sequence[Expr | None]) -> Expr | None:
    total: Expr | None = None
    for part in parts:
        if part is not None:
            total = part if total is None else total + part
    return total


def _apply(builder: Builder, prim: Prim, inputs: Sequence[Atom]) -> Var:
    """The operation of `prim`, which has one output, applied to other inputs."""
    return builder.op(prim.op, *inputs, hint=dot_name(prim.outputs[0]), **dict(prim.attrs))


def _named(builder: Builder, start: int, result: Expr | None, hint: str) -> Part:
    """The atom of a rule's result.

    Rules do not name what they make. If the rule, whose first equation has the position `start`, made its result with
    its last one, the result is named here.
    """
    if result is None or isinstance(result.atom, Lit):
        return None if result is None else result.atom
    last = builder.eqns[-1] if len(builder.eqns) > start else None
    if not isinstance(last, Prim) or last.outputs != (result.atom,) or not re.fullmatch(r"v(_\d+)?", result.atom.name):
        return result.atom
    var = builder.var(hint, result.atom.type)
    builder.eqns[-1] = Prim(last.op, last.inputs, (var,), last.attrs, last.loc)
    return var


def _push_stack(builder: Builder, prim: Prim, dots: Sequence[Part]) -> tuple[Part, ...]:
    stack = or_zero(builder, dots[0], prim.inputs[0])
    inputs = [stack, *(or_zero(builder, d, a) for d, a in zip(dots[1:], prim.inputs[1:], strict=True))]
    return builder.prim(prim.op, inputs, [dot_name(o) for o in prim.outputs])


def _pull_stack(prim: Prim, out_bars: Sequence[Part], bars: Cotangents) -> None:
    builder = bars.builder
    if prim.op == "push":
        (stack_bar,) = out_bars
        assert stack_bar is not None
        popped = builder.prim("pop", (stack_bar,), [bar_name(a) for a in prim.inputs])
        for atom, bar in zip(prim.inputs, popped, strict=True):
            bars.add(atom, bar)
        return
    (stack,) = prim.inputs
    filled = [or_zero(builder, bar, out) for bar, out in zip(out_bars, prim.outputs, strict=True)]
    bars.add(stack, builder.op("push", *filled, hint=bar_name(stack)))
