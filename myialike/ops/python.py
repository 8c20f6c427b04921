"""The operations of Python itself: what programs are made of before inference. Their meaning is CPython's.

All are effectful, since any of them can run any code: their order is kept. Those that give nothing (`py.setattr`,
`py.setitem`, `py.delitem`, `py.cell_set`, `py.raise`, `py.raise_assert`, `py.refuse`) have no outputs, `py.unpack` has
as many as its attributes say, all others have one.

The four `py.match_*` are the instructions of CPython's `match`: what counts as a sequence, a mapping, or the attributes
of a class, is decided by the classes' own flags and `__match_args__`.

`py.undef` makes a value that stands for "not bound". Blocks may carry it and cells may hold it; an operation that reads
it raises UnboundLocalError, as CPython does. `py.never` stands for a value that no execution reads.

`py.global` and `py.free` read the environment of a run, which is the interpreter's to supply.
"""

from __future__ import annotations

import functools
import importlib
import operator
import sys
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from myialike.errors import UnsupportedError
from myialike.ir.op import AttrDict, TypeRule
from myialike.ir.types import DYNAMIC, Type
from myialike.ops.define import define

BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
    "@": operator.matmul,
    "<<": operator.lshift,
    ">>": operator.rshift,
    "&": operator.and_,
    "|": operator.or_,
    "^": operator.xor,
}
INPLACE: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.iadd,
    "-": operator.isub,
    "*": operator.imul,
    "/": operator.itruediv,
    "//": operator.ifloordiv,
    "%": operator.imod,
    "**": operator.ipow,
    "@": operator.imatmul,
    "<<": operator.ilshift,
    ">>": operator.irshift,
    "&": operator.iand,
    "|": operator.ior,
    "^": operator.ixor,
}
UNARY: dict[str, Callable[[Any], Any]] = {
    "-": operator.neg,
    "+": operator.pos,
    "~": operator.invert,
    "not": operator.not_,
}
COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "is": operator.is_,
    "is not": operator.is_not,
    "in": lambda a, b: a in b,
    "not in": lambda a, b: a not in b,
}
CONVERSIONS: dict[Any, Callable[[Any], Any]] = {
    **dict.fromkeys((None, -1, ""), lambda value: value),
    **dict.fromkeys(("s", ord("s")), str),
    **dict.fromkeys(("r", ord("r")), repr),
    **dict.fromkeys(("a", ord("a")), ascii),
}


@dataclass(frozen=True, slots=True)
class Undef:
    """What a variable that is not bound holds."""

    name: str


class Never:
    """What a variable holds that no execution reads."""


@dataclass(slots=True, eq=False)
class Cell:
    """The box of a captured variable."""

    value: Any


NEVER = Never()
EMPTY = Undef("")


# --------------------------------------------------------------------------------------------------- entries


def _dynamic(outputs: int) -> TypeRule:
    return lambda types, attrs: (DYNAMIC,) * outputs


def _python(
    name: str, evaluate: Callable[..., Any], outputs: int = 1, rule: TypeRule | None = None, takes_undef: bool = False
) -> None:
    """Define an operation whose operands and `outputs` are dynamic; unless `takes_undef`, they must be bound."""
    meaning = evaluate if takes_undef else _of_bound(evaluate)
    define(f"py.{name}", rule or _dynamic(outputs), meaning, effect=True, kinds="")


def _of_bound(evaluate: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(evaluate)
    def bound(*inputs: Any, **attrs: Any) -> Any:
        for value in inputs:
            if isinstance(value, Undef):
                raise _unbound(value.name, False)
        return evaluate(*inputs, **attrs)

    return bound


def _nothing(act: Callable[..., object]) -> Callable[..., tuple[()]]:
    """`act`, for an operation without outputs."""

    def evaluate(*inputs: Any, **attrs: Any) -> tuple[()]:
        act(*inputs, **attrs)
        return ()

    return evaluate


# ---------------------------------------------------------------------------------- operators and attributes

_python("binary", lambda a, b, op: BINARY[op](a, b))
_python("inplace", lambda a, b, op: INPLACE[op](a, b))
_python("unary", lambda a, op: UNARY[op](a))
_python("truth", lambda a: bool(a))
_python("compare", lambda a, b, op: COMPARE[op](a, b))
_python("getattr", lambda a, name: getattr(a, name))
_python("setattr", _nothing(lambda a, v, name: setattr(a, name, v)), 0)
_python("getitem", operator.getitem)
_python("setitem", _nothing(operator.setitem), 0)
_python("delitem", _nothing(operator.delitem), 0)
_python("slice", lambda lo, hi, step: slice(lo, hi, step))

# ------------------------------------------------------------------------------------------ displays, unpacking


def _spliced(values: Sequence[Any], starred: Iterable[int]) -> list[Any]:
    """The values, those at the positions `starred` unpacked."""
    unpacked = set(starred)
    return [v for k, value in enumerate(values) for v in (value if k in unpacked else (value,))]


def _dict(*keys_and_values: Any, starred: Iterable[int] = ()) -> dict[Any, Any]:
    """Of a pair at a position in `starred` the value is merged in, and the key is not looked at."""
    merged, result = set(starred), dict[Any, Any]()
    for k, (key, value) in enumerate(zip(keys_and_values[::2], keys_and_values[1::2], strict=True)):
        result.update(value if k in merged else {key: value})
    return result


def _unpack(x: Any, before: int, after: int, star: bool) -> tuple[Any, ...]:
    """The values of `before, *star, after = x`, with CPython's messages where they do not fit."""
    try:
        values = list(x)
    except TypeError:
        if hasattr(x, "__iter__"):
            raise
        raise TypeError(f"cannot unpack non-iterable {type(x).__name__} object") from None
    wanted, got = before + after, len(values)
    if got < wanted:
        raise ValueError(f"not enough values to unpack (expected {'at least ' * star}{wanted}, got {got})")
    if not star and got > wanted:
        raise ValueError(f"too many values to unpack (expected {wanted})")
    middle = (values[before : got - after],) if star else ()
    return (*values[:before], *middle, *values[got - after :])


def _unpack_type(types: tuple[Type, ...], attrs: AttrDict) -> tuple[Type, ...]:
    count: int = attrs["before"] + bool(attrs["star"]) + attrs["after"]
    return (DYNAMIC,) * count


def _unpack_all(x: Any, before: int, after: int, star: bool) -> Any:
    """As many values as there are outputs; of one output the value itself."""
    values = _unpack(x, before, after, star)
    return values[0] if len(values) == 1 else values


def _format(*parts: Any, specs: Sequence[tuple[Any, str | None] | None]) -> str:
    def text(part: Any, spec: tuple[Any, str | None] | None) -> str:
        return str(part) if spec is None else format(CONVERSIONS[spec[0]](part), spec[1] or "")

    return "".join(text(part, spec) for part, spec in zip(parts, specs, strict=True))


_python("tuple", lambda *xs, starred=(): tuple(_spliced(xs, starred)))
_python("list", lambda *xs, starred=(): _spliced(xs, starred))
_python("dict", _dict)
_python("unpack", _unpack_all, rule=_unpack_type)
_python("format", _format)

# ------------------------------------------------------------------------------------------------------- calls


def _call(f: Any, *args: Any, keywords: Sequence[str | None] = (), starred: Iterable[int] = ()) -> Any:
    """Call f. The positions in `starred` count the arguments from 0, f not among them."""
    split = len(args) - len(keywords)
    named: dict[str, Any] = {}
    for keyword, value in zip(keywords, args[split:], strict=True):
        for name, given in value.items() if keyword is None else ((keyword, value),):
            if name in named:
                raise TypeError(f"{f.__qualname__}() got multiple values for keyword argument {name!r}")
            named[name] = given
    return f(*_spliced(args[:split], starred), **named)


_python("call", _call)

# ---------------------------------------------------------------------------------------- variables and cells


def _from_environment(name: str) -> NoReturn:
    raise LookupError(f"the value of {name!r} is known to the environment of a run only")


def _unbound(name: str, free: bool) -> NameError:
    """What Python raises where a variable is read that is not bound; `free`: one of a function around this one."""
    text = f"variable {name!r} where it is not associated with a value"
    if free:
        return NameError(f"cannot access free {text} in enclosing scope")
    return UnboundLocalError(f"cannot access local {text}")


def _bound(value: Any, name: str, free: bool) -> Any:
    if isinstance(value, Undef):
        raise _unbound(name, free)
    return value


def _cell_get(cell: Cell, name: str, free: bool) -> Any:
    return _bound(cell.value, name, free)


def _cell_set(cell: Cell, value: Any) -> None:
    cell.value = value


_python("global", _from_environment)
_python("free", _from_environment)
_python("cell", lambda value=EMPTY: Cell(value), takes_undef=True)
_python("cell_get", _cell_get)
_python("cell_set", _nothing(_cell_set), 0, takes_undef=True)
_python("bound", _bound, takes_undef=True)
_python("undef", lambda name: Undef(name))
_python("never", lambda: NEVER)


def _collector(cls: Any) -> Any:
    if cls not in COLLECTORS:
        raise TypeError(f"a generator expression for {cls} is not taken")
    return cls


COLLECTORS = (list, tuple, deque)
"""Classes that take all items of an iterable at once, and see nothing of what makes them."""

_python("collector", _collector)


def _appends(x: Any) -> Any:
    if type(x) not in (list, deque):
        raise UnsupportedError(f"a generator expression for {type(x).__name__} is not supported")
    return x


_python("appends", _appends)

# ----------------------------------------------------------------------------------------------- match patterns

SEQUENCE, MAPPING, MATCH_SELF = 1 << 5, 1 << 6, 1 << 22
"""Flags of classes: their instances fit sequence or mapping patterns; `C(x)` binds x to the instance itself."""
MISSING = object()


def _match_sequence(x: Any, count: int, star: bool) -> bool:
    if not type(x).__flags__ & SEQUENCE:
        return False
    return len(x) >= count if star else len(x) == count


def _match_mapping(x: Any, count: int) -> bool:
    return bool(type(x).__flags__ & MAPPING) and (not count or len(x) >= count)


def _match_keys(x: Any, *keys: Any) -> tuple[Any, ...] | None:
    """The values of the keys, None where one is missing."""
    if len(set(keys)) < len(keys):
        raise ValueError("mapping pattern checks duplicate key")
    values = tuple(x.get(key, MISSING) for key in keys)
    return None if MISSING in values else values


def matched_names(cls: Any, count: int, names: Sequence[str]) -> tuple[str | None, ...]:
    """The attributes that a class pattern with `count` positional parts asks for; None is the instance itself."""
    if not isinstance(cls, type):
        raise TypeError("called match pattern must be a class")
    itself = (None,) if cls.__flags__ & MATCH_SELF else ()
    known: Any = getattr(cls, "__match_args__", itself)
    if not isinstance(known, tuple):
        raise TypeError(f"{cls.__name__}.__match_args__ must be a tuple (got {type(known).__name__})")
    if count > len(known):
        plural = "" if len(known) == 1 else "s"
        raise TypeError(f"{cls.__name__}() accepts {len(known)} positional sub-pattern{plural} ({count} given)")
    wanted = (*known[:count], *names)
    if len(set(wanted)) < len(wanted):
        raise TypeError(f"{cls.__name__}() got multiple sub-patterns for one attribute")
    return wanted


def _match_class(x: Any, cls: Any, count: int, names: Sequence[str]) -> tuple[Any, ...] | None:
    """The attributes, None where x is no instance or lacks one of them."""
    if not isinstance(cls, type):
        raise TypeError("called match pattern must be a class")
    if not isinstance(x, cls):
        return None
    values: list[Any] = []
    for name in matched_names(cls, count, names):
        value = x if name is None else getattr(x, name, MISSING)
        if value is MISSING:
            return None
        values.append(value)
    return tuple(values)


_python("match_sequence", _match_sequence)
_python("match_mapping", _match_mapping)
_python("match_keys", _match_keys)
_python("match_class", _match_class)

# ------------------------------------------------------------------------------------------- imports, contexts


def imported(module: str, name: str | None) -> Any:
    """The module, or what `from module import name` gives."""
    if name is None:
        return importlib.import_module(module)
    owner = __import__(module, fromlist=[name])
    if not hasattr(owner, name) and f"{module}.{name}" in sys.modules:
        return sys.modules[f"{module}.{name}"]
    try:
        return getattr(owner, name)
    except AttributeError:
        where = getattr(owner, "__file__", None) or "unknown location"
        raise ImportError(f"cannot import name {name!r} from {module!r} ({where})", name=module) from None


def _with(context: Any) -> None:
    """Only `np.errstate` is taken: evaluation is quiet without it, and others would have to hear of errors inside."""
    if not isinstance(context, np.errstate):
        raise UnsupportedError(f"a with statement on a {type(context).__name__} is not supported")


_python("import", imported)
_python("with", _with)

# ------------------------------------------------------------------------------------------------------ raising


def _refuse(*, message: str, instead: str) -> NoReturn:
    raise UnsupportedError(message, None, instead)


def _raise(error: Any) -> NoReturn:
    raise error


def _raise_assert(*message: Any) -> NoReturn:
    raise AssertionError(*message)


_python("raise", _raise, 0)
_python("refuse", _refuse, 0)
_python("raise_assert", _raise_assert, 0)
