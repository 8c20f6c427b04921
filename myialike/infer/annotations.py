"""Annotations that tell shapes: those of jaxtyping, `Float[Array, "batch n"]`, are checked at every call.

Python does nothing with an annotation, and one that says `float` is often kept where arrays are passed too. So only
those are checked that are written to be: of arrays, with a dtype and named sizes. A name stands for one size in a whole
call: in its parameters and its result. Functions that the program makes while it runs have no annotations any more.
jaxtyping is not imported here; its classes are known by what they have.

The language of sizes is jaxtyping's: a number; a name; `_` and `_name`, any size; `#n`, the size or 1; `*name`, any
number of sizes, `...` the same without a name; `n+1`, computed of the names before it; `meaning=4`, a number with a
comment. Not compared are sizes that only run time knows, those in f-strings (`{n}`), after `?` and of `*#name`, and
those computed of names not known yet or by more than arithmetic.
"""

from __future__ import annotations

import ast
import functools
import inspect
import operator
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from myialike.errors import ShapeError, TypeCheckError
from myialike.infer.heap import DictState, ListState
from myialike.infer.machine import Machine, array_type
from myialike.infer.sequences import static_items
from myialike.infer.sized import dims, part_of
from myialike.infer.values import Const, Ref, Tup, Value
from myialike.ir.types import DType, static_shape

Size = int | None  # None where only run time knows it


@dataclass(frozen=True, slots=True)
class Dim:
    """One word of an annotation: `text` is a number, a name, an expression, or empty for any size."""

    text: str
    is_broadcast: bool = False
    is_variadic: bool = False


@dataclass(frozen=True, slots=True)
class Shaped:
    """An annotation of an array: its dtypes by name, None for all, and its sizes."""

    text: str
    dtypes: frozenset[str] | None
    dims: tuple[Dim, ...]


@dataclass(slots=True)
class Sizes:
    """What the names in the annotations of one call stand for, and of which parameter each was learnt."""

    known: dict[str, Size | tuple[Size, ...]] = field(default_factory=dict)
    origin: dict[str, str] = field(default_factory=dict)

    def learn(self, name: str, size: Size | tuple[Size, ...], origin: str) -> bool:
        """Note what a name stands for; False if it is known to stand for something else."""
        if name not in self.known:
            self.known[name], self.origin[name] = size, origin
            return True
        return _agree(self.known[name], size)

    def copy(self) -> Sizes:
        return Sizes(dict(self.known), dict(self.origin))


def _agree(a: Size | tuple[Size, ...], b: Size | tuple[Size, ...]) -> bool:
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(map(_agree, a, b))
    return a is None or b is None or a == b


# -- reading annotations -----------------------------------------------------------------------------------------------


def is_shaped(annotation: Any) -> bool:
    """Whether an annotation is jaxtyping's, of arrays."""
    return isinstance(annotation, type) and type(annotation).__module__.partition(".")[0] == "jaxtyping" and all(
        hasattr(annotation, name) for name in ("dim_str", "dtypes", "array_type")
    )


@functools.lru_cache(maxsize=4096)
def shaped(annotation: Any) -> Shaped:
    """The annotation in our words."""
    dtypes = annotation.dtypes
    names = frozenset(dtypes) if isinstance(dtypes, (tuple, list)) else None
    array = getattr(annotation.array_type, "__name__", str(annotation.array_type))
    text = f'{annotation.dtype.__name__}[{array}, "{annotation.dim_str}"]'
    return Shaped(text, names, tuple(map(_dim, annotation.dim_str.split())))


def _dim(word: str) -> Dim:
    if word == "...":
        return Dim("", is_variadic=True)
    rest = word.lstrip("#*?_")
    marks = word[: len(word) - len(rest)]
    rest = rest.rpartition("=")[2]
    if "_" in marks or "?" in marks or "{" in rest:
        rest = ""
    return Dim(rest, "#" in marks, "*" in marks)


@functools.lru_cache(maxsize=4096)
def annotations_of(fn: types.FunctionType) -> Mapping[str, Any]:
    """The annotations of a function that say something about arrays; without those that cannot be evaluated."""
    try:
        found = inspect.get_annotations(fn, eval_str=True)
    except Exception:  # a name that exists for type checkers only
        found = {k: v for k, v in fn.__annotations__.items() if not isinstance(v, str)}
    return {name: a for name, a in found.items() if _tells_shapes(a)}


def _tells_shapes(annotation: Any) -> bool:
    return is_shaped(annotation) or any(map(_tells_shapes, typing.get_args(annotation)))


def behind_checks(fn: types.FunctionType) -> types.FunctionType:
    """The function itself where jaxtyping's decorator has put one around it that checks its annotations."""
    inner = getattr(fn, "__wrapped__", None)
    is_check = str(fn.__globals__.get("__name__")).partition(".")[0] == "jaxtyping"
    return behind_checks(inner) if is_check and isinstance(inner, types.FunctionType) else fn


# -- checking values ---------------------------------------------------------------------------------------------------


def check_parameters(
    m: Machine, fn: types.FunctionType, signature: inspect.Signature, values: Sequence[Value]
) -> Sizes | None:
    """Refuse a call whose arguments are not what the function's annotations say; None if they say nothing.

    Raises:
        ShapeError, TypeCheckError: an argument has another rank, size or dtype.
    """
    annotations = annotations_of(fn)
    if not annotations:
        return None
    sizes = Sizes()
    for (name, parameter), value in zip(signature.parameters.items(), values, strict=True):
        if name in annotations:
            checking = Checking(m, sizes, f"the argument {name!r} of {fn.__name__}", repr(name))
            is_rest = parameter.kind is parameter.VAR_POSITIONAL
            for one in value.items if is_rest and isinstance(value, Tup) else (value,):
                checking.check(annotations[name], one)
    return sizes


def check_result(m: Machine, fn: types.FunctionType, sizes: Sizes | None, result: Value) -> None:
    """Refuse a result that is not what the function's annotation says."""
    if sizes is not None and "return" in (annotations := annotations_of(fn)):
        Checking(m, sizes, f"the result of {fn.__name__}", "the result").check(annotations["return"], m.use(result))


@dataclass(frozen=True, slots=True)
class Checking:
    """The comparison of one value with its annotation: `what` it is in an error, and where its sizes are from."""

    m: Machine
    sizes: Sizes
    what: str
    origin: str

    def check(self, annotation: Any, value: Value) -> None:
        error = self.mismatch(annotation, value)
        if error is not None:
            raise error

    def mismatch(self, annotation: Any, value: Value) -> Exception | None:
        """What is wrong with a value; None if nothing is, or nothing can be said."""
        if is_shaped(annotation):
            return self._of_array(shaped(annotation), value)
        origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
        if origin in (typing.Union, types.UnionType):
            return self._of_union(inner, value)
        items = self._items(value)
        if origin is typing.Annotated:
            return self.mismatch(inner[0], value)
        if origin is tuple and items is not None and Ellipsis not in inner and len(inner) == len(items):
            return self._first(zip(inner, items, strict=True))
        if origin in (list, tuple) and items is not None and inner:
            return self._first((inner[0], v) for v in items)
        if origin is dict and isinstance(value, Ref) and isinstance(state := self.m.state(value.id), DictState):
            return self._first((inner[1], v) for v in state.items)
        return None

    def _items(self, value: Value) -> Sequence[Value] | None:
        is_list = isinstance(value, Ref) and isinstance(self.m.heap.states[value.id], ListState)
        return static_items(self.m, value) if is_list or isinstance(value, Tup) else None

    def _first(self, pairs: Any) -> Exception | None:
        found = (self.mismatch(a, v) for a, v in pairs)
        return next((e for e in found if e is not None), None)

    def _of_union(self, options: Sequence[Any], value: Value) -> Exception | None:
        """A value that is of none of several types, as far as they tell."""
        first: Exception | None = None
        for option in options:
            if option is type(None):
                if isinstance(value, Const) and value.value is None:
                    return None
                continue
            attempt = Checking(self.m, self.sizes.copy(), self.what, self.origin)
            error = attempt.mismatch(option, value)
            if error is None:
                self.sizes.known, self.sizes.origin = attempt.sizes.known, attempt.sizes.origin
                return None
            first = first or error
        return first

    def _of_array(self, said: Shaped, value: Value) -> Exception | None:
        found = array_of(self.m, value)
        if found is None:
            return self._error(TypeCheckError, said, value)
        dtype, shape = found
        if said.dtypes is not None and dtype.name not in said.dtypes:
            return self._error(TypeCheckError, said, value)
        return None if self._fits(said.dims, shape) else self._error(ShapeError, said, value)

    def _error(self, kind: type[TypeCheckError], said: Shaped, value: Value) -> Exception:
        names = {name for dim in said.dims for name in _names(dim.text)}
        notes = [
            f"{name} is {_shown(self.sizes.known[name])} (from {self.sizes.origin[name]})"
            for name in sorted(names & self.sizes.known.keys())
            if self.sizes.origin[name] != self.origin
        ]
        message = f"{self.what} is {self.m.describe(value)}, and its annotation says {said.text}"
        return self.m.error(kind, message + (f", where {' and '.join(notes)}" if notes else ""))

    def _fits(self, said: Sequence[Dim], shape: Sequence[Size]) -> bool:
        at = next((k for k, dim in enumerate(said) if dim.is_variadic), None)
        if at is None:
            return len(said) == len(shape) and all(map(self._fits_one, said, shape))
        after = len(said) - at - 1
        if len(shape) < at + after:
            return False
        middle = tuple(shape[at : len(shape) - after])
        ends = zip((*said[:at], *said[at + 1 :]), (*shape[:at], *shape[len(shape) - after :]), strict=True)
        return all(self._fits_one(dim, size) for dim, size in ends) and self._fits_many(said[at], middle)

    def _fits_many(self, dim: Dim, shape: tuple[Size, ...]) -> bool:
        if not dim.text or dim.is_broadcast:
            return True
        return self.sizes.learn(f"*{dim.text}", shape, self.origin)

    def _fits_one(self, dim: Dim, size: Size) -> bool:
        if not dim.text or (dim.is_broadcast and size == 1):
            return True
        if dim.text.isidentifier():
            return self.sizes.learn(dim.text, size, self.origin)
        wanted = evaluated(dim.text, self.sizes.known)
        return _agree(wanted, size)


def array_of(m: Machine, value: Value) -> tuple[DType, tuple[Size, ...]] | None:
    """The dtype and the sizes of an array or a number; None for anything else."""
    part = part_of(m, value)
    operand = m.operand(value if part is None else part.room)
    if operand is None:
        return None
    type = array_type(operand[0])
    if part is None:
        return type.dtype, static_shape(type)
    return type.dtype, tuple(d.value if isinstance(d, Const) else None for d in dims(m, part))


OPERATORS: dict[type, Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}


def evaluated(text: str, known: Mapping[str, Any]) -> Size:
    """The value of an expression of sizes; None where a name in it is not known, or it is more than arithmetic."""

    def value(node: ast.expr) -> Size:
        match node:
            case ast.Constant(value=int(number)):
                return number
            case ast.Name(id=name):
                found = known.get(name)
                return found if isinstance(found, int) else None
            case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
                a, b = value(left), value(right)
                return None if a is None or b is None else OPERATORS[type(op)](a, b)
        return None

    try:
        return value(ast.parse(text, mode="eval").body)
    except (SyntaxError, ArithmeticError):
        return None


def _names(text: str) -> set[str]:
    if text.isidentifier():
        return {text, f"*{text}"}
    try:
        return {n.id for n in ast.walk(ast.parse(text, mode="eval")) if isinstance(n, ast.Name)}
    except SyntaxError:
        return set()


def _shown(size: Size | tuple[Size, ...]) -> str:
    return "(" + ", ".join(map(str, size)) + ")" if isinstance(size, tuple) else str(size)
