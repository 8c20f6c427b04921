"""What the arguments of a function are called: the names that its call takes, whatever kind of function it is.

    def f(x, *ys, k=1.0)      positions: x      others: ys, k
    partial(f, 2.0)           positions: none   others: ys, k, and x, which is given already

Only what a name is sure to mean counts: of a wrapper `def g(*args)`, no position has a name.
"""

from __future__ import annotations

import functools
import inspect
import typing
from dataclasses import dataclass
from types import FunctionType, MethodType
from typing import Any

from myialike.infer.values import Bound, Const, Fn, Partial, Transform, Value

POSITIONS = ("POSITIONAL_ONLY", "POSITIONAL_OR_KEYWORD")
SAME_ARGUMENTS = frozenset(  # the transformations that make a function of the arguments of the one they are given
    "compile grad value_and_grad jacrev jacfwd hessian vmap checkpoint nth_derivative custom jax".split()
)


@dataclass(frozen=True, slots=True)
class Parameters:
    """The names that positions have, in order, and those of the other parameters with the words for what they are."""

    positions: tuple[str, ...] = ()
    others: tuple[tuple[str, str], ...] = ()

    def without(self, count: int, keywords: tuple[str, ...] = ()) -> Parameters:
        """Those that remain when so many positions, and these keywords, have been given."""
        given = [*self.positions[:count], *keywords]
        left = self.positions[count:]
        cut = min([k for k, name in enumerate(left) if name in keywords], default=len(left))
        others = [*((name, "KEYWORD_ONLY") for name in left[cut:]), *self.others]
        gone = [(name, "GIVEN") for name in given]
        return Parameters(left[:cut], (*((n, kind) for n, kind in others if n not in given), *gone))


def parameters(fn: Value) -> Parameters:
    """The parameters of a function, as far as they are known."""
    match fn:
        case Const():
            return _of_object(fn.value)
        case Fn():
            return _sorted([(p.name, p.kind) for p in fn.graph.signature])
        case Bound():
            return parameters(fn.fn).without(1)
        case Partial():
            return parameters(fn.fn).without(len(fn.args), tuple(k for k, _ in fn.keywords))
        case Transform() if fn.kind in SAME_ARGUMENTS:
            return parameters(fn.fn)
        case _:
            return Parameters()


def _of_object(fn: Any) -> Parameters:
    made_of = _made_of(fn)
    if made_of is not None:
        kind, inner = made_of
        return _of_object(inner) if kind in SAME_ARGUMENTS else Parameters()
    if isinstance(fn, MethodType):
        return _of_object(fn.__func__).without(1)
    if isinstance(fn, functools.partial):
        return _of_object(fn.func).without(len(fn.args), tuple(fn.keywords))
    try:
        signature = inspect.signature(fn, follow_wrapped=not isinstance(fn, FunctionType))
    except (TypeError, ValueError):
        return Parameters()
    return _sorted([(name, p.kind.name) for name, p in signature.parameters.items()])


def _made_of(fn: Any) -> tuple[str, Any] | None:
    """The kind of a compiled or transformed function, and what it was made from."""
    described = getattr(fn, "__myialike__", None)
    return None if described is None or isinstance(fn, (type, MethodType)) else described()[:2]


def python_function(fn: Any) -> FunctionType | None:
    """The Python function that runs when an object is called, if that is known."""
    made_of = _made_of(fn)
    match fn:
        case FunctionType():
            return fn
        case _ if made_of is not None:
            return python_function(made_of[1])
        case MethodType():
            return python_function(fn.__func__)
        case functools.partial():
            return python_function(fn.func)
        case _ if isinstance(getattr(fn, "__wrapped__", None), FunctionType):
            return typing.cast(FunctionType, fn.__wrapped__)
    call = inspect.getattr_static(type(fn), "__call__", None)
    return call if isinstance(call, FunctionType) else None


def _sorted(named: list[tuple[str, str]]) -> Parameters:
    positions = tuple(name for name, kind in named if kind in POSITIONS)
    return Parameters(positions, tuple((name, kind) for name, kind in named if kind not in POSITIONS))


def parameter_names(fn: Value, count: int) -> list[str]:
    """Names for the first `count` arguments of a function: its parameters', as far as they are known."""
    names = parameters(fn).positions
    return [*names, *(f"x{k}" for k in range(len(names), count))][:count]
