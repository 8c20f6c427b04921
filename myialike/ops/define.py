"""How an entry of the table is made: checks of operands, quiet evaluation, and the phrases of derivative rules.

An entry is one call of `define`, or of `pointwise`, which knows the type rule and the shape of the derivative. All
evaluation runs with NumPy's floating-point warnings off, here and nowhere else: the compiled program has none.

    pointwise("tanh", np.tanh, lambda x, y: (1.0 - y) * (1.0 + y))

`evaluate` takes NumPy values of exactly the dtypes and shapes that the type rule was given (a literal is a NumPy
scalar of its dtype, never a bare Python number, whose dtype would be weak), and gives values of the result types.

Operands of pointwise operations have equal shapes, but a rank-0 literal goes with every shape. A type rule sees types
only, so it lets rank-0 operands pass; that they are literals is the verifier's to check. Rules must keep this
invariant: an operation between two literals makes a rank-0 variable, so where a partial reads one operand alone it
gives it the result's shape first (`spread`).

Rules that need care with partials that are infinite or NaN say so: `singular`, and see Note [Masked values] in
`myialike.ad.masks`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import ml_dtypes
import numpy as np

from myialike.ir.builder import Expr
from myialike.ir.op import AttrDict, Custom, Derivative, Op, Pointwise, Singular, TypeRule, Zero, register
from myialike.ir.syntax import Lit
from myialike.ir.types import DTYPES, Array, Dim, DType, Type

Interval = tuple[float, float]
Partial = Callable[..., Expr]

KIND_NAMES = {"b": "bool", "i": "int", "u": "unsigned int", "f": "float", "c": "complex"}
REAL_OF: dict[DType, DType] = {np.dtype("complex64"): np.dtype("float32"), np.dtype("complex128"): np.dtype("float64")}
COMPLEX_OF: dict[DType, DType] = {real: cplx for cplx, real in REAL_OF.items()}


# ---------------------------------------------------------------------------------------------------- entries


def define(
    name: str,
    type_rule: TypeRule,
    evaluate: Callable[..., Any],
    derivative: Derivative | None = None,
    *,
    domain: tuple[Interval, ...] = (),
    effect: bool = False,
    kinds: str = "biufc",
    doc: str = "",
) -> Op:
    """Put one operation in the table; `evaluate` is made quiet about overflow, invalid values and division by zero."""
    op = Op(name, type_rule, _quiet(evaluate), derivative, domain, effect, kinds, doc)
    return register(op)


def _quiet(evaluate: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(evaluate)
    def quiet(*inputs: Any, **attrs: Any) -> Any:
        with np.errstate(all="ignore"):
            return evaluate(*inputs, **attrs)

    return quiet


def pointwise(
    name: str,
    evaluate: Callable[..., Any],
    *partials: Partial | None,
    derivative: Derivative | None = None,
    arity: int | None = None,
    kinds: str = "fc",
    result: Callable[[DType], DType] = lambda dtype: dtype,
    domain: Interval | tuple[Interval, ...] = (-2.0, 2.0),
    singular: bool = False,
    doc: str = "",
) -> Op:
    """Define an operation on operands of one dtype and shape.

    The derivative is given by `partials`, one for each operand, or as a whole by `derivative`; neither: it is zero.
    `result` gives the result's dtype from the operands'. `domain` is one interval for all operands, or one for each.
    """
    count = arity if arity is not None else int(getattr(evaluate, "nin", 1))
    if derivative is None:
        derivative = Pointwise(partials, singular) if partials else Zero()
    intervals = domain if isinstance(domain[0], tuple) else (domain,) * count
    rule = pointwise_rule(name, count, kinds, result)
    return define(name, rule, evaluate, derivative, domain=intervals, kinds=kinds, doc=doc)


def pointwise_rule(name: str, count: int, kinds: str, result: Callable[[DType], DType]) -> TypeRule:
    """The type rule of `count` operands of one dtype, of one of `kinds`, and of one shape or rank 0."""

    def rule(types: tuple[Type, ...], attrs: AttrDict) -> tuple[Type, ...]:
        operands = arrays(name, types, count)
        check_kind(name, operands[0], kinds)
        same_dtype(name, operands)
        return (Array(result(operands[0].dtype), common_shape(name, operands)),)

    return rule


def to_bool(dtype: DType) -> DType:
    """The result dtype of a predicate."""
    return np.dtype(bool)


def real_dtype(dtype: DType) -> DType:
    """The dtype of a value's real part."""
    return REAL_OF.get(dtype, dtype)


# ----------------------------------------------------------------------------------------- checks of operands


def kind_of(dtype: DType) -> str:
    """One of "biufc"; bfloat16, which NumPy calls void, is a float."""
    return "f" if dtype == ml_dtypes.bfloat16 else dtype.kind


def arrays(name: str, types: Sequence[Type], count: int | None = None) -> tuple[Array, ...]:
    """`types`, which must be array types, `count` of them where that is given."""
    if count is not None and len(types) != count:
        raise TypeError(f"{name} takes {count} operands, not {len(types)}")
    for type in types:
        if not isinstance(type, Array):
            raise TypeError(f"{name} takes arrays, not {type}")
    return tuple(t for t in types if isinstance(t, Array))


def check_kind(name: str, operand: Array, kinds: str) -> None:
    """The operand's dtype must be of one of `kinds`."""
    if kind_of(operand.dtype) not in kinds:
        raise TypeError(f"{name} takes {' or '.join(KIND_NAMES[k] for k in kinds)} operands, not {operand}")


def same_dtype(name: str, operands: Sequence[Array]) -> None:
    """All operands must have one dtype: the IR casts explicitly."""
    for operand in operands[1:]:
        if operand.dtype != operands[0].dtype:
            raise TypeError(f"{name} takes operands of one dtype, not {operands[0]} and {operand}")


def common_shape(name: str, operands: Sequence[Array]) -> tuple[Dim, ...]:
    """The one shape of the operands that are not of rank 0; () where all are."""
    shaped = [o for o in operands if o.shape]
    for operand in shaped[1:]:
        if operand.shape != shaped[0].shape:
            raise TypeError(f"{name} takes operands of one shape, not {shaped[0]} and {operand}")
    return shaped[0].shape if shaped else ()


def check_axes(name: str, x: Array, axes: Sequence[int]) -> None:
    """Axes must be distinct, non-negative and less than the rank."""
    if len(set(axes)) != len(axes) or not all(0 <= a < x.ndim for a in axes):
        raise TypeError(f"{name} takes distinct axes of its operand, but {x} has no such axes {tuple(axes)}")


# ------------------------------------------------------------------------------------- phrases of derivative rules


def one(*operands: Expr) -> Expr:
    """The partial 1."""
    return operands[0].lift(1.0)


def minus_one(*operands: Expr) -> Expr:
    """The partial -1."""
    return operands[0].lift(-1.0)


def spread(x: Expr, like: Expr) -> Expr:
    """A rank-0 literal in the shape of `like`; anything else as it is."""
    if x.shape == like.shape:
        return x
    assert isinstance(x.atom, Lit), f"{x.type} beside {like.type}"
    return x.op("broadcast", shape=like.shape)


def where(pred: Expr, a: Expr, b: Expr | complex) -> Expr:
    """`select`, with a Python scalar as a literal of a's dtype."""
    return pred.op("select", a, a.lift(b))


def zmul(g: Expr, p: Expr | complex) -> Expr:
    """`g * p`, but 0 where g is 0. Plain `mul` where a literal shows that it is the same."""
    p = g.lift(p)
    nonzero = isinstance(g.atom, Lit) and g.atom.value != 0
    finite = isinstance(p.atom, Lit) and bool(np.isfinite(p.atom.value))
    return g.op("mul" if nonzero or finite else "zmul", p)


def cast(x: Expr, dtype: str | DType) -> Expr:
    """x in another dtype; x itself where it has that already."""
    target = DTYPES[dtype] if isinstance(dtype, str) else dtype
    return x if x.dtype == target else x.op("cast", dtype=short_name(target))


def short_name(dtype: DType) -> str:
    """The name of a dtype in attributes, "f64"."""
    return next(short for short, d in DTYPES.items() if d == dtype)


def full(like: Expr, shape: tuple[Dim, ...], value: complex, dtype: DType | None = None) -> Expr:
    """An array of one value, of like's dtype if no other is given."""
    return Expr(like.builder, like.builder.full(Array(dtype or like.dtype, shape), value))


def iota(like: Expr, shape: tuple[Dim, ...], axis: int) -> Expr:
    """The i64 positions along one axis, of rank `len(shape)`, with length 1 along the others."""
    positions = Expr(like.builder, like.builder.op("arange", start=0, stop=shape[axis], step=1, dtype="i64"))
    return positions.op("reshape", shape=tuple(d if k == axis else 1 for k, d in enumerate(shape)))


def iota_like(x: Expr, axis: int) -> Expr:
    """The i64 positions along one axis, in the shape of x."""
    return iota(x, x.shape, axis).op("broadcast", shape=x.shape)


def custom_unary(
    jvp: Callable[[Expr, Expr, Expr], Expr | None],
    vjp: Callable[[Expr, Expr, Expr], Expr | None],
    singular: Singular = False,
) -> Custom:
    """A rule of one operand and one result: `jvp(x, x_dot, out)` and `vjp(x, out, out_bar)`."""
    return custom_with_attrs(
        lambda x, x_dot, out, attrs: jvp(x, x_dot, out), lambda x, out, g, attrs: vjp(x, out, g), singular
    )


def custom_with_attrs(
    jvp: Callable[[Expr, Expr, Expr, AttrDict], Expr | None],
    vjp: Callable[[Expr, Expr, Expr, AttrDict], Expr | None],
    singular: Singular = False,
) -> Custom:
    """As `custom_unary`, where the rules read the attributes too."""

    def forward(
        inputs: tuple[Expr, ...], dots: tuple[Expr | None, ...], outs: tuple[Expr, ...], attrs: AttrDict
    ) -> tuple[Expr | None, ...]:
        return (None if dots[0] is None else jvp(inputs[0], dots[0], outs[0], attrs),)

    def backward(
        inputs: tuple[Expr, ...], outs: tuple[Expr, ...], bars: tuple[Expr | None, ...], attrs: AttrDict
    ) -> tuple[Expr | None, ...]:
        return (None if bars[0] is None else vjp(inputs[0], outs[0], bars[0], attrs),)

    return Custom(forward, backward, singular)
