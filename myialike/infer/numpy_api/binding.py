"""The arguments of NumPy's functions, bound as NumPy binds them: each is taken, has no effect, or is refused by name.

A function here has the parameters that it takes, under NumPy's names. What a call gives is bound to NumPy's own
signature first, so that an argument given by position is known by its name; then `leave_out` decides about each that
the function here does not take. `out` is the same for all of them (`store`), and needs no parameter.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from myialike.errors import ShapeError, TypeCheckError, UnsupportedError
from myialike.infer.emit import cast
from myialike.infer.heap import ArrayState, ViewState
from myialike.infer.machine import Machine, array_type
from myialike.infer.sequences import children
from myialike.infer.values import Const, Ref, Tup, Value
from myialike.ir.types import DType

Keywords = Sequence[tuple[str, Value]]
Parameter = inspect.Parameter
UNKNOWN = object()  # a value of run time, which is no default: not even of a parameter that has none

# Arguments that change no value, shape or dtype, and the values that they may have.
WITHOUT_EFFECT: dict[str, tuple[Any, ...]] = {
    "order": (None, "C", "K", "A", "F"),  # in memory; whether a reshape is a view is then not known (`Bound.order`)
    "subok": (True, False),
    "like": (None,),
    "device": (None, "cpu"),
    "optimize": (True, False, "greedy", "optimal"),
    "overwrite_input": (True, False),
}
# Functions whose `order` is the order of the elements, or of fields.
ORDERED = (
    "reshape", "ravel", "flatten", "sort", "argsort", "partition", "argpartition", "unravel_index",
    "ravel_multi_index", "resize",
)  # fmt: skip
# Functions whose results are in C order whatever their arguments are in, and those of whose results nothing is known.
IN_ORDER = ("ascontiguousarray", "reshape", "ravel", "flatten", "dot", "matmul")
IN_ANY_ORDER = (
    "cholesky", "delete", "histogram2d", "histogramdd", "percentile", "quantile", "median", "nanpercentile",
    "nanquantile", "nanmedian", "reduceat",
)  # fmt: skip
# Functions that write into an `out` of another dtype what they give, cast; they are ufuncs inside.
CASTING = ("clip", "round", "around", "nan_to_num", "fix", "isposinf", "isneginf")


@dataclass(slots=True)
class Bound:
    """The arguments of a call for a function of the tables; `out` and `order` are what is left over."""

    args: list[Value] = field(default_factory=list)
    keywords: list[tuple[str, Value]] = field(default_factory=list)
    out: Value | None = None
    order: Any = None


@functools.cache
def signature_of(fn: Any) -> inspect.Signature | None:
    """NumPy's signature of a function, None where it has none that Python can see."""
    try:
        return inspect.signature(fn)
    except (TypeError, ValueError):
        return None


@functools.lru_cache(maxsize=4096)
def signature_of_own(fn: Callable[..., Any]) -> inspect.Signature:
    """The signature of a function of the tables or of the library, which nobody changes."""
    return inspect.signature(fn)


@functools.cache
def parameters_of(handler: Callable[..., Any], skip: int) -> dict[str, Parameter]:
    """The parameters of a function of the tables, without the first `skip` (the machine)."""
    return dict(list(signature_of_own(handler).parameters.items())[skip:])


def bind(
    m: Machine, fn: Any, name: str, taken: dict[str, Parameter], args: Sequence[Value], keywords: Keywords
) -> Bound:
    """The arguments of a call of NumPy's `fn` for a function with the parameters `taken`."""
    signature = signature_of(fn)
    if signature is None:
        return Bound(list(args), list(keywords))
    try:
        given = signature.bind(*args, **dict(keywords)).arguments
    except TypeError as error:
        m.fail(TypeCheckError, f"{name}: {error}", f"its signature is {name}{signature}")
    found, positional = Bound(), list(taken.values())
    for parameter, value in _flattened(signature, given):
        place = len(found.args)
        rest = any(p.kind is Parameter.VAR_POSITIONAL for p in positional[: place + 1])
        required = parameter.default is Parameter.empty and parameter.kind is Parameter.POSITIONAL_OR_KEYWORD
        if rest and (required or parameter.kind is Parameter.POSITIONAL_ONLY):
            found.args.append(value)
            continue
        next_one = not found.keywords and place < len(positional) and _by_position(parameter, positional[place])
        if parameter.kind is Parameter.VAR_POSITIONAL or next_one:
            found.args.append(value)
        elif _takes(taken, parameter.name):
            found.keywords.append((parameter.name, value))
        else:
            leave_out(m, fn, name, parameter, value, found)
    return found


def _flattened(signature: inspect.Signature, given: dict[str, Any]) -> Iterator[tuple[Parameter, Value]]:
    for key, value in given.items():
        parameter = signature.parameters[key]
        if parameter.kind is Parameter.VAR_POSITIONAL:
            yield from ((parameter, v) for v in value)
        elif parameter.kind is Parameter.VAR_KEYWORD:
            yield from ((Parameter(k, Parameter.KEYWORD_ONLY), v) for k, v in value.items())
        else:
            yield parameter, value


def _by_position(parameter: Parameter, mine: Parameter) -> bool:
    """Whether an argument is the next positional one, `mine`, of the function here too."""
    kinds = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.POSITIONAL_ONLY)
    if parameter.kind not in kinds or mine.kind not in kinds:
        return False
    required = parameter.default is Parameter.empty or parameter.kind is Parameter.POSITIONAL_ONLY
    return required or mine.name == parameter.name


def _takes(taken: dict[str, Parameter], name: str) -> bool:
    kinds = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)
    return (name in taken and taken[name].kind in kinds) or any(p.kind is Parameter.VAR_KEYWORD for p in taken.values())


def leave_out(m: Machine, fn: Any, name: str, parameter: Parameter, value: Value, found: Bound) -> None:
    """An argument that the function here has no parameter for: it is `out`, or has no effect, or is refused."""
    keyword, value = parameter.name, m.use(value)
    if keyword == "out":
        found.out = None if isinstance(value, Const) and value.value is None else value
        return
    if isinstance(value, Const) and _is_default(value.value, parameter):
        return
    known = value.value if isinstance(value, Const) else UNKNOWN
    if has_effect(fn, keyword) or known is UNKNOWN or known not in WITHOUT_EFFECT[keyword]:
        m.fail(UnsupportedError, f"{name} with the argument {keyword!r} is not supported yet", "leave it out")
    if keyword == "order":
        found.order = known


def _is_default(known: Any, parameter: Parameter) -> bool:
    """Whether a value is the default of a parameter that has one: those of `**keywords` have none."""
    return known is parameter.default or (isinstance(known, (int, str)) and bool(known == parameter.default))


def has_effect(fn: Any, keyword: str) -> bool:
    """Whether an argument may change the result in value, shape or dtype."""
    return keyword not in WITHOUT_EFFECT or (keyword == "order" and getattr(fn, "__name__", "") in ORDERED)


def finish(m: Machine, fn: Any, name: str, found: Bound, result: Value) -> Value:
    """What a call gives: `result`, written into `out` where there is one."""
    note_order(m, fn, found, result)
    if found.out is None:
        return result
    return store(m, found.out, result, name, "same_kind" if getattr(fn, "__name__", "") in CASTING else "no")


def note_order(m: Machine, fn: Any, found: Bound, result: Value) -> None:
    """Note in which order the new arrays that a call gives lie in memory, if it is not that of what they come from."""
    called, given = getattr(fn, "__name__", ""), _arrays(m, Tup((*found.args, *(v for _, v in found.keywords))))
    order = "C" if found.order is None and (called in IN_ORDER or fn is np.ndarray.copy) else found.order
    if order or called in IN_ANY_ORDER or any(map(m.may_be_reordered, given)):
        roots = {m.heap.root(id) for id in given}
        for id in _arrays(m, result):
            if m.heap.root(id) not in roots:
                m.reorder(id, order == "C")


def _arrays(m: Machine, value: Value) -> list[int]:
    """The arrays of known size that are a value, or are in a tuple or a list."""
    if isinstance(value, Ref) and isinstance(m.heap.states[value.id], (ArrayState, ViewState)):
        return [value.id]
    return [id for item in children(m, value) or () for id in _arrays(m, item)]


def store(m: Machine, out: Value, result: Value, name: str, casting: str) -> Value:
    """`out=`: the result is written into an array, which is what the call gives; `out=...` makes a scalar an array."""
    found = m.operand(result)
    assert found is not None
    if isinstance(out, Tup) and len(out.items) == 1:
        out = m.use(out.items[0])
    if isinstance(out, Const) and out.value is ...:
        return m.new_array(*found) if not array_type(found[0]).shape else result
    if not isinstance(out, Ref) or not m.is_array(out):
        m.fail(TypeCheckError, f"{name}: out is an array, not {m.describe(out)}", "make it with np.empty(shape, dtype)")
    want, have = array_type(m.array(out.id)), array_type(found[0])
    if want.shape != have.shape:
        m.fail(ShapeError, f"{name}: the result is of type {have}, which does not fit out of type {want}")
    allow(m, have.dtype, want.dtype, name, casting)
    m.write(out.id, cast(m, found[0], want.dtype))
    return out


def allow(m: Machine, have: DType, want: DType, name: str, casting: Any) -> None:
    """Refuse to write a dtype into another that NumPy's rule `casting` does not allow."""
    if want == have or np.can_cast(have, want, casting):
        return
    if casting == "no":
        m.fail(UnsupportedError, f"{name}: out of dtype {want} for a result of {have} is not taken", f"give it {have}")
    m.fail(
        TypeCheckError,
        f"{name}: cannot cast its result from {have} to {want}, the dtype of out, with casting rule {casting!r}",
        f"give out the dtype {have}, or pass casting='unsafe'",
    )
