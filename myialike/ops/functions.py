"""Functions with a derivative of their own: `ad.custom`, and what stands for it while it is differentiated.

    y, z = ad.custom(x, n; function='norm')

A `Function` is a program and its derivative, given forward or reverse or both. As an attribute it is its own name, a
string; from the text of a program it is found again under that name. Until everything has been differentiated it is a
leaf operation; then `myialike.opt.expand` puts its body in its place.

`ad.checkpoint` is another such operation: its function has no rules, and its derivative computes its body again instead
of storing what it needs of it (`myialike.ad.checkpoint`). `ad.barrier(*xs)` gives its operands as they are, and hides
from the compiler that what is computed of them was computed before.

Differentiation replaces functions by programs first, see `myialike.ad.custom`. The other operations here exist only
while one derivative is taken:

    ad.hold(x)           x, whose derivative is not taken
    ad.seed(x)           zero, with the derivative of x
    ad.attach(y, t)      y, with the derivative of t
    ad.link(*ys, *xs, *residuals; function)    the ys, whose cotangents the reverse rule of the function takes to the xs
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from myialike.ir.builder import Expr
from myialike.ir.interpret import run
from myialike.ir.op import TABLE, AttrDict, Custom, Pointwise, TypeRule, Zero
from myialike.ir.syntax import Graph, Module, Prim, walk
from myialike.ir.types import Array, Type, is_float
from myialike.ops.define import define, one

CUSTOM = frozenset({"ad.custom", "ad.custom_effect"})
CHECKPOINT = frozenset({"ad.checkpoint", "ad.checkpoint_effect"})
KNOWN: WeakValueDictionary[str, Function] = WeakValueDictionary()


@dataclass(slots=True)
class Rules:
    """What belongs to a function. The `inputs` of its graphs are the body's parameters.

    Attributes:
        body: inputs -> outputs.
        moving: which inputs have tangents; the others are not floating, or captured.
        push: (inputs, tangents of the moving ones) -> (outputs, tangents of the floating ones), None if there is none.
        keep, pull: inputs -> (outputs, residuals), and (inputs, residuals, cotangents of the floating outputs) ->
            cotangents of the moving inputs; None where the forward rule serves.
        again: how many of its inputs, the first, the body computes something of that has been computed before; it is
            not to be taken for the same.
        implied: `push` was made from the reverse rule, or is None for lack of one.
        batched: the function for many elements, by their number.
    """

    body: Graph
    moving: tuple[bool, ...]
    push: Graph | None = None
    keep: Graph | None = None
    pull: Graph | None = None
    again: int = 0
    implied: bool = False
    batched: dict[int, Function] | None = None


class Function(str):
    """The name of a function, unique in the process, with its `rules`."""

    rules: Rules

    @staticmethod
    def new(name: str, rules: Rules) -> Function:
        number = next(k for k in range(10**9) if f"{name}_{k}" not in KNOWN)
        function = Function(f"{name}_{number}")
        function.rules = rules
        KNOWN[str(function)] = function
        return function


def rules_of(name: str) -> Rules:
    """What belongs to the function in an attribute."""
    return (name if isinstance(name, Function) else KNOWN[name]).rules


def is_reverse_only(graph: Graph) -> bool:
    """Whether a graph calls a function for which its user gave a reverse rule and no forward one."""
    used = (rules_of(e.attr("function")) for e in walk(graph.body) if isinstance(e, Prim) and e.op in CUSTOM)
    return any(rules.implied for rules in used)


def custom_op(body: Graph) -> str:
    """The operation for a function: of one that can raise or print, the one with effects."""
    return "ad.custom_effect" if _has_effects(body) else "ad.custom"


def checkpoint_op(body: Graph) -> str:
    """As `custom_op`, for a function whose derivative computes it again."""
    return "ad.checkpoint_effect" if _has_effects(body) else "ad.checkpoint"


def _has_effects(body: Graph) -> bool:
    return any(isinstance(e, Prim) and TABLE[e.op].effect for e in walk(body.body))


def _custom_type(types: tuple[Type, ...], attrs: AttrDict) -> tuple[Type, ...]:
    body = rules_of(attrs["function"]).body
    wanted = tuple(p.type for p in body.params)
    if types != wanted:
        raise TypeError(f"{body.name} takes {', '.join(map(str, wanted))}, not {', '.join(map(str, types))}")
    return tuple(r.type for r in body.results)


def _custom(*inputs: Any, function: str) -> Any:
    results = run(Module((rules_of(function).body,)), *inputs)
    return results[0] if len(results) == 1 else results


def _no_rule(*_: Any) -> Any:
    raise AssertionError("a function with a rule of its own is replaced before it is differentiated")


for _name in sorted(CUSTOM | CHECKPOINT):
    define(_name, _custom_type, _custom, Custom(_no_rule, _no_rule), effect=_name.endswith("effect"))


def _alike(count: int) -> TypeRule:
    """The type rule of `count` operands of one type, which is the result's."""

    def rule(types: tuple[Type, ...], attrs: AttrDict) -> tuple[Type, ...]:
        if len(types) != count or len(set(types)) != 1:
            raise TypeError(f"{count} operands of one type are taken, not {', '.join(map(str, types))}")
        return types[:1]

    return rule


define("ad.hold", _alike(1), lambda x: x, Zero("for the derivative that is being taken"))
define("ad.seed", _alike(1), np.zeros_like, Pointwise((one,)))
define("ad.attach", _alike(2), lambda y, t: y, Pointwise((None, one)))


def _barrier(*xs: Any) -> Any:
    return xs[0] if len(xs) == 1 else xs


define("ad.barrier", lambda types, attrs: types, _barrier, Custom(_no_rule, _no_rule))


def _link_type(types: tuple[Type, ...], attrs: AttrDict) -> tuple[Type, ...]:
    return types[: len(rules_of(attrs["function"]).body.results)]


def _link(*inputs: Any, function: str) -> Any:
    count = len(rules_of(function).body.results)
    return inputs[0] if count == 1 else inputs[:count]


def _link_vjp(
    inputs: tuple[Expr, ...], outs: tuple[Expr, ...], bars: tuple[Expr | None, ...], attrs: AttrDict
) -> tuple[Expr | None, ...]:
    """The cotangents of the inputs that have one, from the reverse rule."""
    rules = rules_of(attrs["function"])
    assert rules.pull is not None
    builder = inputs[0].builder
    count, size = len(outs), len(rules.body.params)
    given: Sequence[Expr] = [
        out.full_like(0) if bar is None else bar for out, bar in zip(outs, bars, strict=True) if is_float(out.type)
    ]
    found = iter(builder.splice(rules.pull.body, [e.atom for e in (*inputs[count:], *given)]))
    moved = [builder.expr(next(found)) if moving else None for moving in rules.moving]
    return (*(None,) * count, *moved, *(None,) * (len(inputs) - count - size))


define("ad.link", _link_type, _link, Custom(_no_rule, _link_vjp))


def floating(types: Sequence[Type]) -> list[int]:
    """The positions of the types that have derivatives."""
    return [k for k, t in enumerate(types) if isinstance(t, Array) and is_float(t)]
