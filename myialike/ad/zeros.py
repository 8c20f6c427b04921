"""Zeros of the tangent and cotangent spaces, made only where an array or stack has to exist."""

from __future__ import annotations

from myialike.errors import CompilerBug
from myialike.ir.builder import Builder
from myialike.ir.syntax import Atom
from myialike.ir.types import SHORT_NAMES, Array, Dim, Dynamic, Stack, Type


def zero(builder: Builder, type: Type, hint: str = "zero") -> Atom:
    """The zero of `type`: a literal for a scalar, an array of zeros, or the empty stack, which pops zeros."""
    match type:
        case Array():
            return builder.full(type, 0, hint)
        case Stack():
            return new_stack(builder, type, hint)
        case Dynamic():
            raise CompilerBug("differentiation met a value of dynamic type", builder.loc)


def or_zero(builder: Builder, part: Atom | None, primal: Atom) -> Atom:
    """The tangent or cotangent `part` of `primal`, made a value where it is a zero without code."""
    return zero(builder, primal.type) if part is None else part


def new_stack(builder: Builder, type: Stack, hint: str) -> Atom:
    """An empty stack of `type`."""
    return builder.op("stack_new", hint=hint, **stack_attrs(type))


def stack_attrs(type: Stack) -> dict[str, object]:
    """The attributes of the `stack_new` that makes a stack of `type`."""
    dtype = SHORT_NAMES[type.elem.dtype]
    return {"dtype": dtype, "shape": type.elem.shape, "capacity": _capacity(type.capacity)}


def _capacity(capacity: Dim) -> int | str:
    return capacity if isinstance(capacity, int) else capacity.name
