"""Functions that are written for another system, which knows their derivatives itself: `jax.call`.

    y, z = jax.call(x, w; function='softmax_0')

A `Foreign` function takes and gives arrays of fixed types. It can be evaluated, lowered, differentiated in both modes
and batched, and each of these transformations gives another such function, so every order and every nesting is the same
operation again. As an attribute it is its own name, a string (`Name`); from the text of a program it is found again
under that name. What it is made of is the business of an adapter (`myialike.jax_functions`).

    forward   y_dot, z_dot = jax.call(x, w, x_dot; function='softmax_jvp_0')    with the tangents that are not zero
    reverse   x_bar, w_bar = jax.call(x, w, z_bar; function='softmax_vjp_0')    with the cotangents that are not zero

The residuals of the reverse rule are the operands: the function is computed again there.
"""

from __future__ import annotations

import itertools
import re
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any
from weakref import WeakValueDictionary

from myialike.errors import CompileError
from myialike.ir.builder import Expr
from myialike.ir.op import AttrDict, Custom
from myialike.ir.types import Array, Type, is_float
from myialike.ops.define import define
from myialike.source import Location

KNOWN: WeakValueDictionary[str, Name] = WeakValueDictionary()
NUMBERS: defaultdict[str, Iterator[int]] = defaultdict(itertools.count)
Exprs = tuple[Expr, ...]
Parts = tuple[Expr | None, ...]


class Foreign(ABC):
    """A function of arrays of the types `operands`, with results of the types `results`."""

    def __init__(self, name: str, operands: Sequence[Array], results: Sequence[Array]) -> None:
        self.operands = tuple(operands)
        self.results = tuple(results)
        self.title = name
        self.name = Name.of(name, self)
        self._derived: dict[Any, Foreign] = {}

    @abstractmethod
    def evaluate(self, *operands: Any) -> tuple[Any, ...]:
        """The results on NumPy values, as NumPy values."""

    @abstractmethod
    def lowered(self, *operands: Any) -> tuple[Any, ...]:
        """The results on arrays of XLA, while a program is traced."""

    @abstractmethod
    def pushed(self, moving: tuple[bool, ...], careful: bool) -> Foreign:
        """(operands, tangents of the moving ones) -> tangents of the floating results."""

    @abstractmethod
    def pulled(self, seeded: tuple[bool, ...], careful: bool) -> Foreign:
        """(operands, cotangents of the seeded results) -> cotangents of the floating operands.

        A careful derivative is zero where the cotangents are, whatever the partials; each element of a batch by itself.
        """

    @abstractmethod
    def relaxed(self) -> Foreign:
        """The derivative that is not careful, where nothing masks it: Note [Masked values]."""

    @abstractmethod
    def mapped(self, which: tuple[bool, ...], size: int) -> Foreign:
        """The function on a batch: operands of `which` have another axis in front, and so have all results."""

    def derived(self, kind: str, *how: Any) -> Foreign:
        """The result of a transformation, made once."""
        if (kind, how) not in self._derived:
            self._derived[kind, how] = getattr(self, kind)(*how)
        return self._derived[kind, how]


class Name(str):
    """The name of a foreign function, unique in the process, with the `function`."""

    function: Foreign

    @staticmethod
    def of(name: str, function: Foreign) -> Name:
        made = Name(f"{name}_{next(NUMBERS[name])}")
        made.function = function
        KNOWN[str(made)] = made
        return made


# Where jax begins to give advice for programs in jax.
ADVICE = re.compile(" (See https?:|If using `jit`|The error occurred while tracing|This concrete value was not)")


def words_of(error: Exception) -> str:
    """What the other system says was wrong, in one line, without its advice."""
    paragraph = " ".join(str(error).strip().split("\n\n")[0].split())
    return ADVICE.split(paragraph)[0] or type(error).__name__


def function_of(name: str) -> Foreign:
    """The function in an attribute."""
    return (name if isinstance(name, Name) else KNOWN[name]).function


def call(name: str, *operands: Any) -> Any:
    """The results of the function of that name, as printed programs call it: NumPy values, a tuple of several."""
    results = function_of(name).evaluate(*operands)
    return results[0] if len(results) == 1 else results


def _type(types: tuple[Type, ...], attrs: AttrDict) -> tuple[Type, ...]:
    function = function_of(attrs["function"])
    if types != function.operands:
        wanted = ", ".join(map(str, function.operands))
        raise TypeError(f"{function.name} takes {wanted}, not {', '.join(map(str, types))}")
    return function.results


def _derived(function: Foreign, loc: Location | None, kind: str, how: tuple[bool, ...]) -> Foreign:
    """A derivative of a function; that it has none is an error of the place where it is called."""
    try:
        return function.derived(kind, how, True)
    except CompileError as error:
        raise error.placed(error.loc or loc) from error.__cause__


def _applied(function: Foreign, operands: Sequence[Expr]) -> list[Expr]:
    builder = operands[0].builder
    outputs = builder.prim("jax.call", [e.atom for e in operands], function=function.name)
    return [builder.expr(o) for o in outputs]


def _spread(parts: Sequence[Expr], types: Sequence[Type]) -> Parts:
    """One part for each floating type, None for the others."""
    rest = iter(parts)
    return tuple(next(rest) if is_float(t) else None for t in types)


def _jvp(inputs: Exprs, dots: Parts, outs: Exprs, attrs: AttrDict) -> Parts:
    function = function_of(attrs["function"])
    push = _derived(function, inputs[0].builder.loc, "pushed", tuple(d is not None for d in dots))
    return _spread(_applied(push, [*inputs, *(d for d in dots if d is not None)]), function.results)


def _vjp(inputs: Exprs, outs: Exprs, bars: Parts, attrs: AttrDict) -> Parts:
    function = function_of(attrs["function"])
    pull = _derived(function, inputs[0].builder.loc, "pulled", tuple(b is not None for b in bars))
    return _spread(_applied(pull, [*inputs, *(b for b in bars if b is not None)]), function.operands)


define(
    "jax.call",
    _type,
    lambda *operands, function: call(function, *operands),
    Custom(_jvp, _vjp, singular=False),
    doc="a function that is written for jax, or a derivative of one",
)
