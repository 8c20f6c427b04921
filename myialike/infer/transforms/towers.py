"""Towers: `grad(grad(grad(f)))` of a function of one real number, in Taylor mode.

Forward mode in forward mode has 2^n coefficients for the n-th derivative, of which most are equal: what is left of them
when equal equations are shared grows as n^3. Taylor mode (`myialike.ad.taylor`) has n, and a program that grows as n^2.
So three or more `grad`s, one upon the other, are n! times a Taylor coefficient. With respect to an array, where a
derivative is asked for in another way between two of the `grad`s, or where f has a reverse rule of its own only, there
is no tower; nor for two `grad`s, where forward mode takes fewer equations.
"""

from __future__ import annotations

import math

from myialike.infer.machine import Machine
from myialike.infer.transforms.isolating import Keywords
from myialike.infer.transforms.reverse import by_forward_mode, call_grad, scalar_result
from myialike.infer.transforms.taylor import expanded, times
from myialike.infer.transforms.wanted import run_wanted
from myialike.infer.values import Const, Transform, Value, as_num

LEAST = 3
PLAIN = {"argnums": 0, "has_aux": False, "holomorphic": False, "memory": None}


def call_grad_of_any(m: Machine, t: Transform, args: list[Value], keywords: Keywords) -> Value:
    """`grad`, of a function that may be a `grad` itself."""
    height, base = _height(t)
    if height >= LEAST and args and (num := as_num(args[0])) is not None and num.dtype.kind == "f":
        mark = m.mark()
        found = _derivative(m, base, args, keywords, height)
        if found is not None:
            return found
        m.rewind(mark)
    return call_grad(m, t, args, keywords)


def _height(t: Transform) -> tuple[int, Transform]:
    """How many plain `grad`s stand one upon the other, and the lowest."""
    height, base = 0, t
    while t.kind == "grad" and dict(t.options) == PLAIN:
        height, base, inner = height + 1, t, _inner(t)
        while inner is not None and inner.kind == "compile":
            inner = _inner(inner)
        if inner is None:
            break
        t = inner
    return height, base


def _inner(t: Transform) -> Transform | None:
    """The function of `t`, if it is a transformed one."""
    if isinstance(t.fn, Transform):
        return t.fn
    object = t.fn.value if isinstance(t.fn, Const) else None
    described = getattr(object, "__myialike__", None)
    if described is None or isinstance(object, type):
        return None
    kind, fn, options = described()
    return None if kind in ("transformation", "jax") else Transform(kind, Const(fn), options)


def _derivative(m: Machine, base: Transform, args: list[Value], keywords: Keywords, n: int) -> Value | None:
    """The n-th derivative, if the result has the type of the argument, as a coefficient; else None."""
    wanted = run_wanted(m, base, args, keywords)
    loss = scalar_result(m, wanted.isolated, base)
    (param,) = (p for p, a in zip(wanted.isolated.graph.params, wanted.active, strict=True) if a)
    if loss != param.type or not by_forward_mode(m, wanted):
        return None
    *_, parts = expanded(m, wanted, n)
    return wanted.structured(m, [times(m, parts[0][-1], math.factorial(n))])
