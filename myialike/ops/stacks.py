"""The last-in-first-out stores that tapes and growing lists are made of.

A stack is a value: `push` and `pop` give a new one and leave the old as it was. Popping an empty stack gives the empty
stack and zeros, so the empty stack is the zero of its own cotangent space.

There is no derivative rule here: the adjoint of `push` is `pop` on the cotangent stack and that of `pop` is `push`,
which differentiation does itself, since it makes and threads the cotangent stacks (Note [Tapes] in
docs/ARCHITECTURE.md). The capacity is for backends with buffers of fixed size; the store here grows without bound.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from myialike.ir.op import AttrDict
from myialike.ir.types import DTYPES, I64, Array, Stack, SymDim, Type, static_shape
from myialike.ops.define import define


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class StackValue:
    """A stack at run time: the element type, and a linked list from the top down."""

    elem: Array
    length: int = 0
    top: Any = None
    rest: StackValue | None = None

    def push(self, value: Any) -> StackValue:
        """A stack with one value more, O(1)."""
        return StackValue(self.elem, self.length + 1, value, self)

    def pop(self) -> tuple[StackValue, Any]:
        """The rest and the top, O(1); of an empty stack itself and zeros."""
        if self.rest is None:
            return self, np.zeros(static_shape(self.elem), self.elem.dtype)
        return self.rest, self.top

    def from_top(self) -> Iterator[Any]:
        """The values, the last one pushed first."""
        node = self
        while node.rest is not None:
            yield node.top
            node = node.rest

    def __len__(self) -> int:
        return self.length

    def __repr__(self) -> str:
        return f"<stack of {self.length} {self.elem}>"


def _stack_operand(name: str, types: tuple[Type, ...], count: int) -> Stack:
    if len(types) != count or not isinstance(types[0], Stack):
        raise TypeError(f"{name} takes a stack{' and a value' * (count - 1)}, not {', '.join(map(str, types))}")
    return types[0]


def _new_type(types: tuple[Type, ...], attrs: AttrDict) -> tuple[Type, ...]:
    if types:
        raise TypeError(f"stack_new takes no operands, not {len(types)}")
    if attrs["dtype"] not in DTYPES:
        raise TypeError(f"{attrs['dtype']!r} is no dtype")
    capacity = attrs["capacity"]
    elem = Array(DTYPES[attrs["dtype"]], tuple(attrs["shape"]))
    return (Stack(elem, SymDim(capacity) if isinstance(capacity, str) else capacity),)


def _push_type(types: tuple[Type, ...], attrs: AttrDict) -> tuple[Type, ...]:
    stack = _stack_operand("push", types, 2)
    if types[1] != stack.elem:
        raise TypeError(f"push of {types[1]} to a stack of {stack.elem}")
    return (stack,)


def _pop_type(types: tuple[Type, ...], attrs: AttrDict) -> tuple[Type, ...]:
    stack = _stack_operand("pop", types, 1)
    return (stack, stack.elem)


def _len_type(types: tuple[Type, ...], attrs: AttrDict) -> tuple[Type, ...]:
    _stack_operand("stack_len", types, 1)
    return (Array(I64),)


def _new(dtype: str, shape: tuple[int, ...], capacity: int | str) -> StackValue:
    return StackValue(Array(DTYPES[dtype], tuple(shape)))


define("stack_new", _new_type, _new)
define("push", _push_type, lambda s, v: s.push(v))
define("pop", _pop_type, lambda s: s.pop())
define("stack_len", _len_type, lambda s: np.int64(s.length))
