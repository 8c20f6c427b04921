"""Typed operations under their own names, as the library's functions call them (`myialike.library.primitive`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from myialike import library
from myialike.errors import BOTH, DECISION, ShapeError
from myialike.infer.emit import cast, join_kinds, pointwise
from myialike.infer.growing import site_of
from myialike.infer.machine import Machine
from myialike.infer.numpy_api.arguments import array_of
from myialike.infer.ranges import whole
from myialike.infer.values import Const, Tup, Value, as_num
from myialike.ir.syntax import Lit
from myialike.ir.types import I64
from myialike.library.decided import decided
from myialike.ops.effects import CAPACITY_ERROR

# What the results of an operation are called in a printed program.
RESULTS: dict[str, tuple[str, ...]] = {
    "solve": ("x", "regular"),
    "slogdet": ("sign", "logdet"),
    "lu": ("lu", "pivots", "order"),
    "qr": ("q", "r"),
    "qr_complete": ("q", "r"),
    "svd": ("u", "s", "vh"),
    "svd_complete": ("u", "vh"),
    "eigh": ("w", "v"),
    "eig": ("w", "v"),
}


def operation(op: str) -> Callable[..., Value]:
    """The operation `op` on arrays of the dtypes and shapes that it takes."""

    def function(m: Machine, *operands: Value, **attrs: Value) -> Value:
        found = [array_of(m, v, op) for v in operands]
        kind = join_kinds([k for _, k in found])
        known = {k: m.known(v, k) for k, v in attrs.items()}
        outputs = m.builder.prim(op, [a for a, _ in found], RESULTS.get(op, (op,)), **known)
        results = tuple(m.result(r, kind) for r in outputs)
        return results[0] if len(results) == 1 else Tup(results)

    return function


def misshapen(m: Machine, what: Value) -> Value:
    """`misshapen` of the library: the shapes are known now."""
    m.fail(ShapeError, str(m.known(what, "a message")))


def decide(m: Machine, value: Value, what: Value) -> Value:
    """`library.decided`: the outcome that the program is compiled for, which is checked."""
    num = as_num(value)
    if num is None or isinstance(num.atom, Lit):
        return value
    site = f"{DECISION}{m.known(what, 'a name')} at {site_of(m)}"
    assumed = m.capacities.get(site, 0)
    if assumed == BOTH:
        return Const(True)
    outcome = cast(m, num.atom, I64)
    m.check(pointwise(m, "eq", outcome, whole(assumed)), CAPACITY_ERROR, f"{site} needs {{}}", [outcome])
    return Const(bool(assumed) if num.dtype.kind == "b" else assumed)


PRIMITIVES: dict[Any, Callable[..., Value]] = {
    **{fn: operation(op) for fn, op in library.PRIMITIVES.items()},
    library.misshapen: misshapen,
    decided: decide,
}
