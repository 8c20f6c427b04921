"""Typed operations as functions, for the functions of the library to call.

Called as it stands, such a function evaluates the operation on NumPy arrays of the dtypes and shapes that it takes; in
a compiled program it is the operation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from myialike.ir.op import TABLE

PRIMITIVES: dict[Callable[..., Any], str] = {}


def primitive(op: str) -> Callable[..., Any]:
    """The operation `op`: a function of its operands, with its attributes as keywords."""

    def apply(*operands: Any, **attrs: Any) -> Any:
        return TABLE[op].evaluate(*operands, **attrs)

    PRIMITIVES[apply] = op
    return apply
