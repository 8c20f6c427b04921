"""Structures without data: the common language of Python arguments, abstract values, graph parameters and results.

A *spec* is a hashable tree of tuples that says everything about a value but its numbers; the numbers are its *leaves*,
in order. Four functions go between the three worlds:

    describe: Python object -> spec, leaves           thaw:    spec, atoms -> abstract value
    rebuild:  spec, leaves -> Python object           freeze:  abstract value -> spec, atoms

    spec ::= ("num", dtype, kind)                     a scalar leaf; kind "python", "numpy"
           | ("array", dtype, shape, kind)            an array leaf; kind "numpy", "jax", "weak"
           | ("opaque", cls, why, instead, ())        a part of an argument that is refused where it is used
           | ("const", Key(object))                   known at compile time, compared by `same_const`
           | ("tuple", cls, specs) | ("list", specs) | ("dict", keys, specs) | ("object", cls, names, specs)
           | ("same", n)                              the n-th object (list, array, ...) of this traversal again
           | ("entry", n)                             in results: the n-th object of the arguments
           | ("view", steps, (array, *operands))      in results: a view of an array
           | ("item", way, (list, index))             in results: what a list has at an index
           | ("items", (list, places, length))        in results: a list of what another has at these places
           | ("chosen", numbers, (own, number))       in results: the object of a number, or the one given by itself
           | ("value", Shape(value), specs)           an abstract value with parts: a closure, a partial, a range
           | ("cell", specs) | ("iterator", specs)
           | ("slots", (array,)) | ("slots", ())          where the keys of a dict of run-time keys are, if that is kept
           | ("row", cls, (index,))                      the instance at an index in the pool of its class
           | ("pool", cls, given, (grown,))              before results: a pool, and which of the arguments are in it
           | ("grown", item spec, capacity, site, specs) a list of run-time length: its length, then an array per leaf
           | ("sized", axes, is window, specs)            an array of run-time size: room for it, starts and sizes
           | ("nothing", ())                              the item of lists of which none has had an item so far
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from myialike.errors import UnsupportedError
from myialike.infer.closures import FUNCTIONS
from myialike.infer.values import (
    Fn,
    is_number,
    number_name,
    same_const,
)
from myialike.ir.types import DTYPES, Array
from myialike.library.dicts import RunTimeDict
from myialike.library.stand_ins import STANDS_FOR

Spec = tuple[Any, ...]
NOTHING: Spec = ("nothing", ())


class Key:
    """A compile-time object as a part of a spec: equal where `same_const` says so."""

    __slots__ = ("hash", "value")

    def __init__(self, value: Any) -> None:
        self.value = value
        try:
            self.hash = hash((type(value), repr(value) if isinstance(value, float) else value))
        except TypeError:
            self.hash = id(value)

    def __hash__(self) -> int:
        return self.hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Key) and same_const(self.value, other.value)

    def __repr__(self) -> str:
        return f"Key({self.value!r})"


WORDS = {"message": "a string with run-time values in it", "view": "a view of a dict"}


def check_result(spec: Any, name: str) -> None:
    """Refuse a result of the function `name` that has no form outside of the compiler."""
    nested = ("tuple", "list", "dict", "object", "grown", "sized", "view", "item", "items", "chosen")
    if spec[0] in nested:
        for item in spec[-1]:
            check_result(item, name)
    if spec[0] == "grown":
        check_result(spec[1], name)
    elif spec[0] in nested:
        pass
    elif spec[0] == "cell" or (spec[0] == "value" and isinstance(spec[1].value, FUNCTIONS)):
        for item in spec[-1]:
            check_result(item, name)
    elif spec[0] not in ("num", "array", "const", "same", "entry", "row", "slots", "nothing"):
        value = spec[1].value if spec[0] == "value" else None
        kind = spec[0] if value is None else type(value).__name__.lower()
        what = (
            "a function made inside it"
            if isinstance(value, Fn)
            else WORDS.get(kind, f"an object of type {kind}")
        )
        loc = value.graph.loc if isinstance(value, Fn) else None
        raise UnsupportedError(
            f"{name}() returns {what}, which exists only while it is compiled",
            loc,
            "return the numbers that it needs, or call it inside",
        )


def words(spec: Any) -> str:
    """The type of a value with this spec, in the words of an error: `f64[2,3]`, `(float, int)`."""
    match spec:
        case ("num", dtype, kind):
            return number_name(Array(DTYPES[dtype]), kind)
        case ("array", dtype, shape, *_):
            return str(Array(DTYPES[dtype], shape))
        case ("const", key):
            known = key.value
            return type(known).__name__ if is_number(known) else getattr(known, "__name__", repr(known))
        case ("tuple", cls, items) if hasattr(cls, "_fields"):
            return str(cls.__name__)
        case ("tuple", _, items):
            return f"({', '.join(map(words, items))}{',' * (len(items) == 1)})"
        case ("list", items):
            return f"[{', '.join(map(words, items))}]"
        case ("dict", keys, items):
            return f"{{{', '.join(f'{k.value!r}: {words(s)}' for k, s in zip(keys, items, strict=True))}}}"
        case ("object", cls, *_) if cls is RunTimeDict:
            return "a dict of run-time keys"
        case ("object" | "row", cls, *_):
            return str(STANDS_FOR.get(cls, cls).__name__)
        case ("value", *_):
            return "a function"
        case ("grown", item, *_):
            return f"a list of {words(item)}"
        case ("nothing", _):
            return "nothing"
        case ("sized", _, _, (base, *_)):
            return f"a part of {words(base)}"
        case _:
            return "an object that it was given"


def has_items(spec: Any) -> bool:
    """Whether a spec has an object that is told by its index in a list that is there already."""
    if spec[0] in ("item", "items"):
        return not has_run_time_size(spec)
    nested = spec[0] in ("tuple", "list", "dict", "object", "view", "chosen")
    return nested and any(map(has_items, spec[-1]))


def has_run_time_size(spec: Any) -> bool:
    """Whether a spec has a list or an array whose size is known only at run time."""
    nested = spec[0] in ("tuple", "list", "dict", "object", "view", "item", "items", "chosen")
    return spec[0] in ("grown", "sized") or (nested and any(map(has_run_time_size, spec[-1])))


def has_rows(spec: Spec) -> bool:
    """Whether an item is, or has in it, an index in a pool."""
    return any(True for _ in rows_in(spec))


def rows_in(spec: Spec) -> Iterator[type]:
    """The classes of the instances in pools that an item has indices of."""
    if spec[0] == "row":
        yield spec[1]
    elif spec[0] == "grown":
        yield from rows_in(spec[1])
    elif spec[0] in ("tuple", "list", "dict", "object", "value"):
        for part in spec[-1]:
            yield from rows_in(part)


def leaf_paths(spec: Any, to: str = "") -> Iterator[str]:
    """How each leaf of a spec is reached: "", "[0]['w']", ".bias"."""
    match spec:
        case ("num" | "array", *_):
            yield to
        case ("tuple" | "list", *_, items):
            for k, item in enumerate(items):
                yield from leaf_paths(item, f"{to}[{k}]")
        case ("dict", keys, items):
            for key, item in zip(keys, items, strict=True):
                yield from leaf_paths(item, f"{to}[{key.value!r}]")
        case ("object", _, names, items):
            for name, item in zip(names, items, strict=True):
                yield from leaf_paths(item, f"{to}.{name}")
        case ("value" | "cell" | "grown" | "sized" | "slots", *_, items):
            for item in items:
                yield from leaf_paths(item, to)


def leaf_types(spec: Any) -> Iterator[Array]:
    """The types of the leaves of a spec, in order."""
    match spec:
        case ("num", dtype, _):
            yield Array(DTYPES[dtype])
        case ("array", dtype, shape, _):
            yield Array(DTYPES[dtype], shape)
        case ("const" | "same" | "entry", *_):
            pass
        case _:
            for item in spec[-1]:
                yield from leaf_types(item)


def size_leaves(spec: Any) -> Iterator[bool]:
    """For each leaf of a spec, in order, whether it says where a list or an array of run-time size begins or ends."""
    match spec:
        case ("num" | "array" | "row", *_):
            yield False
        case ("grown", item, _, _, (length, *_)):
            yield from (True for _ in leaf_types(length))
            yield from size_leaves(item)
        case ("sized", _, _, (room, *extents)):
            yield from size_leaves(room)
            yield from (True for e in extents for _ in leaf_types(e))
        case ("tuple" | "list" | "dict" | "object" | "value" | "cell" | "iterator" | "slots", *_, items):
            for item in items:
                yield from size_leaves(item)
