"""Abstract values: what inference knows about a Python object while it runs a program without data.

Numbers and arrays are atoms of the typed IR being built; everything else (structure, functions, strings, types) is
known at compile time and leaves no trace in the typed IR. Objects with identity (arrays, lists, dicts, instances,
cells) are references into the abstract heap (`myialike.infer.heap`), so that aliasing is what it is in Python.
"""

from __future__ import annotations

import keyword
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import FunctionType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from myialike.ir.syntax import Atom, Graph, Lit, Var
from myialike.ir.types import BOOL, C128, F64, I64, SHORT_NAMES, Array, DType
from myialike.source import Location

if TYPE_CHECKING:
    from myialike.infer.transforms.wanted import Wanted

Kind = Literal["python", "numpy", "jax", "weak"]  # "weak": a jax array whose dtype gives way as a Python number's does


@dataclass(frozen=True, slots=True, eq=False)
class Const:
    """An object known at compile time: a number, string, None, type, module, function, ..."""

    value: Any


@dataclass(frozen=True, slots=True)
class Num:
    """A number known at run time: `kind` "python" for bool, int, float, complex; "numpy" for a NumPy scalar.

    `low` and `high` bound an integer where they are known.
    """

    atom: Atom
    kind: Kind
    low: int | None = field(default=None, compare=False)
    high: int | None = field(default=None, compare=False)

    @property
    def dtype(self) -> DType:
        assert isinstance(self.atom.type, Array)
        return self.atom.type.dtype


@dataclass(frozen=True, slots=True)
class Ref:
    """An object on the abstract heap."""

    id: int


@dataclass(frozen=True, slots=True)
class Tup:
    """A tuple, or an instance of a NamedTuple class."""

    items: tuple[Value, ...]
    cls: type = tuple


@dataclass(frozen=True, slots=True, eq=False)
class Fn:
    """A function made while the program runs: a nested `def` or a lambda, with the variables it captures.

    `owner` is the Python function whose source it stands in: its globals are this function's globals.
    """

    graph: Graph
    captured: tuple[tuple[Var, Value], ...]
    defaults: tuple[Value, ...]
    owner: FunctionType | None


@dataclass(frozen=True, slots=True)
class Bound:
    """A method of a value: a user's function, or the name of a built-in method."""

    fn: Value
    self: Value


@dataclass(frozen=True, slots=True)
class BuiltinMethod:
    name: str
    self: Value


@dataclass(frozen=True, slots=True)
class Super:
    """`super(cls, self)`: the attributes that `self` would have without `cls` and what comes before it."""

    cls: type
    self: Value


@dataclass(frozen=True, slots=True)
class Partial:
    fn: Value
    args: tuple[Value, ...]
    keywords: tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True)
class Transform:
    """A transformed function: `kind` is "grad", "vjp", ...; `options` are its settings by name."""

    kind: str
    fn: Value
    options: tuple[tuple[str, Any], ...] = ()

    def option(self, name: str) -> Any:
        return dict(self.options)[name]


@dataclass(frozen=True, slots=True, eq=False)
class Pullback:
    """The second result of `vjp`: cotangents of the result to cotangents of the arguments.

    `inputs` are the leaves that went into the function, as they were then.
    """

    wanted: Wanted
    has_aux: bool
    inputs: tuple[Value, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Pushforward:
    """The second result of `linearize`: tangents of the arguments to the tangent of the result, as in `Pullback`."""

    wanted: Wanted
    has_aux: bool
    inputs: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Chosen:
    """One of two functions: which one depends on a run-time bool."""

    pred: Value
    then: Value
    orelse: Value


@dataclass(frozen=True, slots=True)
class Either:
    """One of two lists or dicts: which one depends on a run-time bool (`myialike.infer.choices`)."""

    pred: Value
    then: Value
    orelse: Value


@dataclass(frozen=True, slots=True)
class Raised:
    """An exception instance that has been made but not raised."""

    cls: type
    args: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Slice:
    start: Value
    stop: Value
    step: Value


@dataclass(frozen=True, slots=True)
class Range:
    start: Value
    stop: Value
    step: Value


@dataclass(frozen=True, slots=True)
class Zipped:
    """`zip` of sequences; `enumerate` is a zip with a counter; `strict` is not taken."""

    parts: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Reversed:
    of: Value


@dataclass(frozen=True, slots=True)
class Counter:
    """`itertools.count(start)`."""

    start: Value


@dataclass(frozen=True, slots=True)
class Mapped:
    """`map` of a function over sequences: called when its items are asked for."""

    fn: Value
    of: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Filtered:
    """`filter` of a sequence by a function, or by the items themselves (None): called when an item is asked for."""

    fn: Value
    of: Value


@dataclass(frozen=True, slots=True)
class Rest:
    """What an iterator has still to give of `of`, as that is when it is asked for: the items from `start` on.

    `size` is how many there were at first.
    """

    of: Value
    start: int
    size: Value


@dataclass(frozen=True, slots=True)
class View:
    """`d.keys()`, `d.values()`, `d.items()`: what the dict `of` has when it is asked."""

    name: str
    of: Value


@dataclass(frozen=True, slots=True)
class Lazy:
    """What a function of `itertools` gives: `call` is called, without arguments, when its items are asked for."""

    call: Value


@dataclass(frozen=True, slots=True)
class Message:
    """A string with run-time values in it: a format string, and the numbers (`Num`) and arrays (`Ref`) for its fields.

    Only `print` and errors can use it. The arrays are its own: nothing writes to them.
    """

    template: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Undef:
    """The value of a variable that is not bound; or that paths bind to unlike values, as `unlike` says."""

    name: str
    unlike: str = field(default="", compare=False)

    @property
    def for_none(self) -> bool:
        """Whether it is None that this stands for, which no variable has for a name."""
        return self.name == "None"


@dataclass(frozen=True, slots=True)
class Maybe:
    """The value of a variable that some executions bind. `defined` tells whether this one did: reading checks that.

    With the name None it is a value that is None where it is not `defined`: what reads it has to know which it is.
    """

    value: Value
    defined: Atom
    name: str

    @property
    def for_none(self) -> bool:
        """Whether the value may be None; else the variable may be unbound."""
        return self.name == "None"


@dataclass(frozen=True, slots=True)
class Never:
    """A value that no execution reads: what follows `raise`, the result before `return`."""


Value = (
    Const
    | Num
    | Ref
    | Tup
    | Fn
    | Bound
    | BuiltinMethod
    | Super
    | Partial
    | Transform
    | Pullback
    | Pushforward
    | Chosen
    | Either
    | Raised
    | Slice
    | Range
    | Zipped
    | Reversed
    | Rest
    | Counter
    | Mapped
    | Filtered
    | View
    | Lazy
    | Message
    | Undef
    | Maybe
    | Never
)

NONE = Const(None)
NEVER = Never()
ABSENT = Undef("None")  # None, in the place of a value that may be None

PYTHON_DTYPES: dict[type, DType] = {bool: BOOL, int: I64, float: F64, complex: C128}
PYTHON_NAMES = {BOOL: "bool", I64: "int", F64: "float", C128: "complex"}


def is_number(value: Any) -> bool:
    """Whether a Python object is a number of the language: a Python or NumPy scalar."""
    return type(value) in PYTHON_DTYPES or (isinstance(value, np.generic) and value.dtype in SHORT_NAMES)


def number_of_const(value: Any) -> Num:
    """A compile-time number as a run-time one: a literal."""
    if type(value) in PYTHON_DTYPES:
        return Num(Lit(value, Array(PYTHON_DTYPES[type(value)])), "python")
    return Num(Lit(value.item(), Array(value.dtype)), "numpy")


def is_none(value: Value) -> bool:
    """Whether a value is known to be None."""
    return isinstance(value, Const) and value.value is None


def is_optional(value: Value) -> bool:
    """Whether only run time knows if a value is None."""
    return isinstance(value, Maybe) and value.for_none


def is_function(value: Value) -> bool:
    """Whether a value is one that a program calls; classes are not among them."""
    if isinstance(value, Const):
        return callable(value.value) and not isinstance(value.value, type)
    return isinstance(value, (Fn, Bound, BuiltinMethod, Partial, Transform, Pullback, Pushforward, Chosen))


def as_num(value: Value) -> Num | None:
    """`value` as a run-time number, None if it is not one."""
    if isinstance(value, Num):
        return value
    if isinstance(value, Const) and is_number(value.value):
        return number_of_const(value.value)
    return None


def const_number(atom: Atom, kind: Kind) -> Value:
    """A number as a value: of compile time where its atom is a literal."""
    num = Num(atom, kind)
    if not isinstance(atom, Lit):
        return num
    return Const(atom.value if kind == "python" else num.dtype.type(atom.value))


def same_const(a: Any, b: Any) -> bool:
    """Whether two compile-time objects are the same for all purposes: 1, 1.0, True and -0.0, 0.0 differ."""
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    if is_number(a) or isinstance(a, (str, bytes)):
        return repr(a) == repr(b)
    if isinstance(a, (int, np.dtype, frozenset, slice)):
        return bool(a == b)
    compares = getattr(type(a), "__eq__", None) is not object.__eq__ and getattr(type(a), "__hash__", None) is not None
    return compares and _safe_equal(a, b)


def alike(a: Any, b: Any) -> bool:
    """Whether two compile-time objects are the same for a program: places in it are only for errors to name."""
    return same_const(a, b) or (isinstance(a, Location) and isinstance(b, Location))


def _safe_equal(a: Any, b: Any) -> bool:
    try:
        return (a == b) is True
    except Exception:
        return False


def number_name(type: Array, kind: Kind) -> str:
    """How an error calls a number or an array: `float`, `f32`, `f64[2,3]`."""
    if kind == "python" and not type.shape:
        return PYTHON_NAMES.get(type.dtype, str(type))
    return str(type)


def array_name(type: Array) -> str:
    """How an error calls an array: `f64[2,3]`, and `f64[]` without dimensions, which is not NumPy's number `f64`."""
    return str(type) if type.shape else f"{type}[]"


def parts(value: Value) -> tuple[Value, ...]:
    """The values directly inside an immutable value, objects on the heap not opened."""
    match value:
        case Tup():
            return value.items
        case Fn():
            return tuple(v for _, v in value.captured) + value.defaults
        case Bound():
            return (value.fn, value.self)
        case BuiltinMethod() | Super():
            return (value.self,)
        case Partial():
            return (value.fn, *value.args, *(v for _, v in value.keywords))
        case Transform():
            return (value.fn,)
        case Chosen() | Either():
            return (value.pred, value.then, value.orelse)
        case Slice() | Range():
            return (value.start, value.stop, value.step)
        case Zipped():
            return value.parts
        case Reversed():
            return (value.of,)
        case Rest():
            return (value.of, value.size)
        case Counter():
            return (value.start,)
        case Mapped():
            return (value.fn, *value.of)
        case Filtered():
            return (value.fn, value.of)
        case View():
            return (value.of,)
        case Lazy():
            return (value.call,)
        case Message():
            return value.values
        case Raised():
            return value.args
        case Pullback() | Pushforward():
            return value.inputs
        case _:
            return ()


def with_parts(value: Value, new: tuple[Value, ...]) -> Value:
    """`value` with the values inside it replaced, in the order of `parts`."""
    match value:
        case Tup():
            return Tup(new, value.cls)
        case Fn():
            n = len(value.captured)
            captured = tuple((var, v) for (var, _), v in zip(value.captured, new[:n], strict=True))
            return Fn(value.graph, captured, new[n:], value.owner)
        case Bound():
            return Bound(*new)
        case BuiltinMethod():
            return BuiltinMethod(value.name, *new)
        case Super():
            return Super(value.cls, *new)
        case Partial():
            n = 1 + len(value.args)
            keywords = tuple((k, v) for (k, _), v in zip(value.keywords, new[n:], strict=True))
            return Partial(new[0], new[1:n], keywords)
        case Transform():
            return Transform(value.kind, new[0], value.options)
        case Slice() | Range() | Chosen() | Either():
            return type(value)(*new)
        case Zipped():
            return Zipped(new)
        case Reversed():
            return Reversed(*new)
        case Rest():
            return Rest(new[0], value.start, new[1])
        case Counter():
            return Counter(*new)
        case Mapped():
            return Mapped(new[0], new[1:])
        case Filtered():
            return Filtered(*new)
        case View():
            return View(value.name, *new)
        case Lazy():
            return Lazy(*new)
        case Message():
            return Message(value.template, new)
        case Raised():
            return Raised(value.cls, new)
        case Pullback() | Pushforward():
            return type(value)(value.wanted, value.has_aux, new)
        case _:
            return value


def same_skeleton(a: Value, b: Value) -> bool:
    """Whether two values have the same structure one level deep, so that their parts correspond."""
    if type(a) is not type(b) or len(parts(a)) != len(parts(b)):
        return False
    match a, b:
        case Tup(), Tup():
            return a.cls is b.cls
        case Fn(), Fn():
            return a.graph is b.graph
        case BuiltinMethod(), BuiltinMethod():
            return a.name == b.name
        case View(), View():
            return a.name == b.name
        case Rest(), Rest():
            return a.start == b.start
        case Super(), Super():
            return a.cls is b.cls
        case Raised(), Raised():
            return a.cls is b.cls
        case Pullback(), Pullback():
            return a.wanted is b.wanted
        case Pushforward(), Pushforward():
            return a.wanted is b.wanted
        case Partial(), Partial():
            return len(a.args) == len(b.args) and [k for k, _ in a.keywords] == [k for k, _ in b.keywords]
        case Transform(), Transform():
            return a.kind == b.kind and a.options == b.options
        case Message(), Message():
            return a.template == b.template
        case _:
            return True


def message(text: str) -> Message:
    """A string known at compile time as a message."""
    return Message(text.replace("{", "{{").replace("}", "}}"), ())


def joined(parts: Sequence[Message]) -> Message:
    """The parts of a string one after the other."""
    return Message("".join(p.template for p in parts), tuple(v for p in parts for v in p.values))


def string(text: Message) -> Value:
    """A message as a value: of compile time where nothing in it is of run time."""
    return text if text.values else Const(text.template.replace("{{", "{").replace("}}", "}"))


def as_message(value: Value) -> Message | None:
    """A string as a message, None for any other value."""
    if isinstance(value, Const) and isinstance(value.value, str):
        return message(value.value)
    return value if isinstance(value, Message) else None


def name_of(fn: Value) -> str:
    """What a function is called, as an identifier."""
    match fn:
        case Const():
            name = getattr(fn.value, "__name__", type(fn.value).__name__)
        case Fn():
            name = fn.graph.name
        case Bound():
            return name_of(fn.fn)
        case Partial():
            return name_of(fn.fn)
        case Transform():
            return f"{fn.kind}_{name_of(fn.fn)}"
        case _:
            name = "f"
    name = name.rpartition(".")[2]
    return name if name.isidentifier() and not keyword.iskeyword(name) else "f"
