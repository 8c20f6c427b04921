"""Functions checked by their annotations alone: `python -m myialike check file.py`.

A function whose parameters say what they take needs no call to be checked. Arguments are made up that have no data: of
every array its dtype and shape, with a different prime number for each name of a size. What fits then fits because the
program means it, and a broadcast of two differently named sizes is a `ShapeError`. In what is shown, the names stand in
the place of the numbers again.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import inspect
import re
import sys
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from myialike.api import Function
from myialike.errors import CompileError
from myialike.infer.annotations import Dim, Shaped, behind_checks, evaluated, is_shaped, shaped
from myialike.inspection import check
from myialike.ir.types import Array

PLAIN: dict[type, Any] = {float: 0.5, int: 3, bool: True, complex: 0.5 + 0.25j, type(None): None}
PREFERRED = ("float64", "float32", "bfloat16", "int64", "int32", "complex128", "bool", "uint64")
FIRST_SIZE = 11  # smaller numbers are often meant as such


class Unknown(Exception):
    """An annotation does not tell enough to make a value; its text says what is missing."""


@dataclass(frozen=True, slots=True)
class ArrayShape:
    """An array without data."""

    shape: tuple[int, ...]
    dtype: Any


@dataclass(slots=True)
class Samples:
    """Values for annotations, the sizes that names stand for, and the expressions that others were computed of."""

    sizes: dict[str, int] = field(default_factory=dict)
    computed: dict[int, str] = field(default_factory=dict)
    unnamed: int = 0

    def of(self, annotation: Any) -> Any:
        """A value of the type that an annotation says.

        Raises:
            Unknown: it does not say enough.
        """
        if is_shaped(annotation):
            return self._array(shaped(annotation))
        if annotation in PLAIN:
            return PLAIN[annotation]
        origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
        if origin is typing.Annotated:
            return self.of(inner[0])
        if origin in (typing.Union, types.UnionType):
            return self.of(inner[0])
        if origin is tuple and Ellipsis not in inner:
            return tuple(map(self.of, inner))
        if origin in (list, tuple) and inner:
            return origin(self.of(inner[0]) for _ in range(2))
        if isinstance(annotation, type) and issubclass(annotation, np.generic):
            return annotation()
        if isinstance(annotation, type) and (dataclasses.is_dataclass(annotation) or hasattr(annotation, "_fields")):
            return self._record(annotation)
        raise Unknown("its annotation does not tell" if annotation is not inspect.Parameter.empty else "nothing tells")

    def arguments(self, signature: inspect.Signature) -> dict[str, Any]:
        """Values for the parameters of a function, but for those that have a default and nothing that tells a type.

        An int whose name is that of a size is this size.
        """
        found: dict[str, Any] = {}
        for parameter in signature.parameters.values():
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                continue
            try:
                found[parameter.name] = self.of(parameter.annotation)
            except Unknown as why:
                if parameter.default is parameter.empty:
                    raise Unknown(f"of which type {parameter.name} is, {why}") from None
        sizes = {k: self.sizes[k] for k, v in found.items() if type(v) is int and k in self.sizes}
        return found | sizes

    def _record(self, cls: type) -> Any:
        """An instance of a dataclass or a NamedTuple, made of the annotations of its fields."""
        hints = typing.get_type_hints(cls, include_extras=True)
        if hasattr(cls, "_fields"):
            return cls(*(self.of(hints.get(name)) for name in cls._fields))
        fields = [f for f in dataclasses.fields(cls) if f.init]
        return cls(**{f.name: self.of(hints[f.name]) for f in fields})

    def _array(self, said: Shaped) -> ArrayShape:
        names = said.dtypes or frozenset(PREFERRED)
        name = next((n for n in PREFERRED if n in names), None) or min(names)
        dtype = np.dtype(name) if name != "bfloat16" else importlib.import_module("ml_dtypes").bfloat16
        return ArrayShape(tuple(size for dim in said.dims for size in self._sizes(dim)), np.dtype(dtype))

    def _sizes(self, dim: Dim) -> list[int]:
        if dim.is_variadic:
            return [self._size(f"*{dim.text}")] if dim.text else [self._fresh()]
        if not dim.text:
            return [self._fresh()]
        if dim.text.isidentifier():
            return [self._size(dim.text)]
        size = evaluated(dim.text, self.sizes)
        if size is None:
            raise Unknown(f"the size {dim.text} is not known from the parameters before it")
        if not dim.text.isdecimal():
            self.computed[size] = dim.text
        return [size]

    def _fresh(self) -> int:
        self.unnamed += 1
        return self._size(f"_{self.unnamed}")

    def _size(self, name: str) -> int:
        if name not in self.sizes:
            largest = max(self.sizes.values(), default=0)
            self.sizes[name] = next(p for p in _primes() if p > 1.5 * largest)  # sums of some are seldom others
        return self.sizes[name]

    def named(self, text: str) -> str:
        """A text with names in the place of sizes."""
        names = self.computed | {size: name for name, size in self.sizes.items()}
        return re.sub(r"(?<![\w.])\d+(?![\w.])", lambda found: names.get(int(found[0]), found[0]), text)


def _primes() -> Iterator[int]:
    return (n for n in count(FIRST_SIZE) if all(n % k for k in range(2, int(n**0.5) + 1)))


# -- files -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Report:
    """What was found of one function: `kind` is "ok", "error" or "skipped"."""

    kind: str
    name: str
    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.kind:8}{self.place} {self.name}{self.text}"


def check_file(path: Path) -> Iterator[Report]:
    """Check the compiled and transformed functions of a file, which is imported for that."""
    for name, value in vars(loaded(path)).items():
        plain = plain_function(value) if isinstance(value, Function) else None
        if plain is not None and Path(plain.__code__.co_filename).resolve() == path.resolve():
            yield check_function(name, value, plain)


def loaded(path: Path) -> types.ModuleType:
    """The module of a file, whose directory is where it imports from."""
    sys.path.insert(0, str(path.parent.resolve()))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def plain_function(function: Function) -> types.FunctionType | None:
    """The Python function that a compiled or transformed function is made from."""
    base: Any = function
    while isinstance(base, Function):
        base = base.fn
    return behind_checks(base) if isinstance(base, types.FunctionType) else None


def check_function(name: str, function: Function, plain: types.FunctionType) -> Report:
    """Check a function, made from a plain one, on arguments made up from its annotations."""
    place = f"{Path(plain.__code__.co_filename).name}:{plain.__code__.co_firstlineno}"
    samples, signature = Samples(), _signature(plain)
    try:
        arguments = samples.arguments(signature)
    except Unknown as why:
        return Report("skipped", name, place, f": {why}")
    bound = signature.bind_partial()
    bound.arguments.update(arguments)
    try:
        result = check(function, *bound.args, **bound.kwargs)
    except CompileError as error:
        return Report("error", name, place, f": {samples.named(str(error))}")
    shown = ", ".join(f"{k}: {type_text(v)}" for k, v in arguments.items())
    return Report("ok", name, place, samples.named(f"({shown}) -> {type_text(result)}"))


def _signature(fn: types.FunctionType) -> inspect.Signature:
    try:
        return inspect.signature(fn, eval_str=True)
    except Exception:  # a name that exists for type checkers only
        return inspect.signature(fn)


SHORT = {"float": "f", "int": "i", "uint": "u", "complex": "c"}


def type_text(value: Any) -> str:
    """The type of a made-up value, or a type that `check` gave, in the words of errors: `f64[n,m]`, `float`."""
    if isinstance(value, ArrayShape):
        found = re.fullmatch(r"([a-z]+)(\d*)", value.dtype.name)
        kind = f"{SHORT.get(found[1], found[1])}{found[2]}" if found else value.dtype.name
        return f"{kind}[{','.join(map(str, value.shape))}]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{k!r}: {type_text(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(type_text, value))}]"
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return f"({', '.join(map(type_text, value))}{',' * (len(value) == 1)})"
    if isinstance(value, type):
        return value.__name__
    if value is None:
        return "None"
    return str(value) if isinstance(value, Array) else type(value).__name__
