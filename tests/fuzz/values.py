"""Arguments of generated programs, as Python text that makes them anew for each engine."""

from __future__ import annotations

from tests.fuzz.kinds import FIELDS, NUMPY_NAMES, Arr, DictOf, Kind, ListOf, Obj, Scalar, TableOf, Tup
from tests.fuzz.scope import Scope

INTS = ["2", "0", "1", "3", "-1", "5", "-4", "7"]
FLOATS = ["1.0", "0.5", "2.0", "-1.5", "0.25", "3.0", "-0.75", "0.0"]
ODD_FLOATS = ["-0.0", "1e-3", "float('inf')", "float('nan')", "1e200"]
ODD_IN_SLOPES = ODD_FLOATS[:-1]  # a step that a derivative is compared with is lost beside the last
DTYPES = {"f8": "", "f4": ", np.float32", "i8": "", "b1": ""}


def number(s: Scope, name: str) -> str:
    """A literal of a Python number; most floats are few bits, so that sums are exact and comparisons steady."""
    if name == "bool":
        return s.pick(["True", "False"])
    if name == "int":
        return s.pick(INTS)
    odd = ODD_IN_SLOPES if s.floats else ODD_FLOATS
    return s.pick(odd) if s.chance(40) else s.pick(FLOATS)


def literal(s: Scope, kind: Kind) -> str:
    """The text of a value of a kind, without reading any variable."""
    match kind:
        case Scalar(name) if name in NUMPY_NAMES:
            return f"{NUMPY_NAMES[name]}({number(s, 'int' if name == 'i8' else 'float')})"
        case Scalar(name):
            return number(s, name)
        case Arr(dtype, shape):
            return f"np.array({nested(s, dtype, shape)}{DTYPES[dtype]})"
        case ListOf(item):
            return "[" + ", ".join(literal(s, item) for _ in range(s.number(2) + 1)) + "]"
        case Tup(items):
            return "(" + "".join(literal(s, k) + ", " for k in items) + ")"
        case DictOf(keys, items):
            return "{" + ", ".join(f"{k!r}: {literal(s, i)}" for k, i in zip(keys, items, strict=True)) + "}"
        case TableOf(item):
            return "{" + ", ".join(f"{k}: {literal(s, item)}" for k in range(s.number(2))) + "}"
        case Obj(cls):
            return f"{cls}(" + ", ".join(literal(s, k) for k in FIELDS[cls].values()) + ")"


def nested(s: Scope, dtype: str, shape: tuple[int, ...]) -> str:
    if not shape:
        return number(s, {"i8": "int", "b1": "bool"}.get(dtype, "float"))
    return "[" + ", ".join(nested(s, dtype, shape[1:]) for _ in range(shape[0])) + "]"
