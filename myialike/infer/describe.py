"""Python objects and their specs: `describe` takes an object apart, `Rebuilding` puts one together."""

from __future__ import annotations

import dataclasses
import inspect
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence, ValuesView
from enum import Enum
from functools import lru_cache
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np

from myialike.errors import UnsupportedError
from myialike.infer.closures import Cell, Returned
from myialike.infer.layout import is_falling
from myialike.infer.missing import tuple_refusal
from myialike.infer.spec import Key, Spec
from myialike.ir.types import SHORT_NAMES
from myialike.library.deques import Limit
from myialike.library.dicts import RunTimeDict
from myialike.library.stand_ins import INSIDE, fill, put_together, taken_apart

PLAIN = {
    bool: ("num", "bool", "python"),
    int: ("num", "i64", "python"),
    float: ("num", "f64", "python"),
    complex: ("num", "c128", "python"),
}
WEAK = {kind: PLAIN[cls] for kind, cls in {"b": bool, "i": int, "u": int, "f": float, "c": complex}.items()}
NAMES = {dtype: short for dtype, short in SHORT_NAMES.items()}


def is_reordered(array: Any) -> bool:
    """Whether what NumPy computes from an array may be in another order than C; of what only has a shape, never."""
    if not isinstance(array, np.ndarray) or array.ndim < 2 or array.flags.c_contiguous:
        return False
    return not is_falling(array.strides, array.shape)


class Description:
    """The spec, leaves and objects with identity of Python objects, described one after the other."""

    def __init__(self, is_jax: Callable[[Any], str], shapes: bool = False) -> None:
        self.is_jax = is_jax
        self.shapes = shapes  # whether things with a shape and a dtype stand for arrays
        self.has_jax = False  # whether a leaf is a jax array
        self.leaves: list[Any] = []
        self.objects: list[Any] = []
        self.reordered: list[int] = []  # the leaves that are arrays in another order than C
        self.inside: dict[int, int] = {}  # what is inside of a deque or its like is an object too: both by number
        self._seen: dict[int, int] = {}

    def fork(self) -> Description:
        """A copy, to describe more with and leave this one as it is."""
        other = Description(self.is_jax)
        other.leaves, other.objects, other._seen = [*self.leaves], [*self.objects], dict(self._seen)
        other.reordered, other.inside = [*self.reordered], dict(self.inside)
        return other

    def mark(self) -> tuple[int, int]:
        """Where the description has come to, for `rewind`."""
        return len(self.leaves), len(self.objects)

    def rewind(self, mark: tuple[int, int]) -> None:
        """Forget what was added since."""
        del self.leaves[mark[0] :], self.objects[mark[1] :]
        self.reordered = [k for k in self.reordered if k < mark[0]]
        self._seen = {k: v for k, v in self._seen.items() if v < mark[1]}
        self.inside = {k: v for k, v in self.inside.items() if v < mark[1]}

    def add(self, value: Any) -> Spec:
        kind = type(value)
        plain = PLAIN.get(kind)
        if plain is not None:
            if kind is int and not -(2**63) <= value < 2**63:
                raise UnsupportedError(f"the int {value} does not fit 64 bits", None, "pass a float")
            self.leaves.append(value)
            return plain
        if kind is np.ndarray:
            return self._array(value, "numpy")
        if value is None or kind is str:
            return ("const", Key(value))
        if isinstance(value, np.generic) and value.dtype in NAMES:
            self.leaves.append(value)
            return ("num", NAMES[value.dtype], "numpy")
        jax_kind = self.is_jax(value)
        if jax_kind == "weak":
            self.leaves.append(value)
            return WEAK[np.dtype(value.dtype).kind]
        if jax_kind:
            self.has_jax = True
            return self._array(value, "jax")
        return self._structure(value)

    def _array(self, value: Any, kind: str) -> Spec:
        short = NAMES.get(np.dtype(value.dtype))
        if short is None:
            raise UnsupportedError(
                f"arrays of dtype {value.dtype} are not supported", None, "convert it with .astype(...)"
            )
        again = self._object(value)
        if again is not None:
            return again
        if is_reordered(value):
            self.reordered.append(len(self.leaves))
        self.leaves.append(value)
        return ("array", short, tuple(value.shape), kind)

    def _object(self, value: Any) -> Spec | None:
        known = self._seen.get(id(value))
        if known is not None:
            return ("same", known)
        self._seen[id(value)] = len(self.objects)
        self.objects.append(value)
        return None

    def _part(self, value: Any) -> Spec:
        """The spec of a part of a structure: what is not supported may be there if it is not used."""
        try:
            return self.add(value)
        except UnsupportedError as error:
            if isinstance(value, int):
                raise
            return self._object(value) or ("opaque", type(value), error.message, error.hint, ())

    def _structure(self, value: Any) -> Spec:
        if self.shapes and hasattr(value, "shape") and hasattr(value, "dtype"):
            return self._array(value, "numpy")
        if isinstance(value, tuple):
            if type(value) is not tuple and (refused := tuple_refusal(type(value))) is not None:
                raise UnsupportedError(refused[0], None, refused[1])
            return ("tuple", type(value), tuple(self._part(v) for v in value))
        if type(value) is list:
            return self._object(value) or ("list", tuple(self._part(v) for v in value))
        if type(value) is dict:
            return self._object(value) or (
                "dict",
                tuple(Key(k) for k in value),
                tuple(self._part(v) for v in value.values()),
            )
        apart = taken_apart(value)
        if apart is not None:
            return self._object(value) or self._stood_for(len(self.objects) - 1, *apart)
        if is_instance_data(value):
            return self._object(value) or self._instance(value)
        if isinstance(value, CHANGING) or (type(value).__hash__ is None and not isinstance(value, STEADY)):
            raise UnsupportedError(
                f"an object of type {type(value).__name__} is not supported: it may change between calls, "
                "and the compiler would not see it",
                None,
                instead_of(value),
            )
        return ("const", Key(value))

    def _stood_for(self, number: int, cls: type, attributes: dict[str, Any]) -> Spec:
        *known, inside = attributes.values()
        items = [("const", Key(v)) if isinstance(v, (int, Limit)) else self._part(v) for v in known]
        self.inside[number] = len(self.objects)
        return ("object", cls, tuple(attributes), (*items, self._part(inside)))

    def _instance(self, value: Any) -> Spec:
        found, static = attributes_of(value), static_fields(type(value))  # type: ignore[arg-type]  # a class is hashed
        known = {n: ("const", Key(v)) for n, v in found.items() if n in static and type(v) in PLAIN}
        items = tuple(known[n] if n in known else self._part(v) for n, v in found.items())
        return ("object", type(value), tuple(found), items)


HOLDING = (set, list, dict, bytearray, deque, np.ndarray)  # what they hold is not in their attributes
CHANGING = (*HOLDING, np.generic, Iterator, ValuesView, memoryview)
STEADY = (slice, SimpleNamespace, ModuleType)  # not hashed, but the same for ever, or read attribute by attribute


def instead_of(value: Any) -> str:
    """What to pass instead of an object that is not supported."""
    if isinstance(value, set):
        return "a frozenset, a tuple or a sorted list"
    if isinstance(value, Iterator):
        return "a list: list(...) of it"
    plain: Any = next((t for t in (list, dict, deque, bytearray, np.ndarray, np.generic) if isinstance(value, t)), list)
    return {
        list: "a plain list",
        deque: "a plain deque: deque(...) of it",
        dict: "a plain dict: dict(...) of it",
        bytearray: "bytes",
    }.get(plain, "a plain array of a number dtype: np.asarray(...)")


APART = ("builtins", "types", "functools", "typing")  # modules whose objects are what they are


def is_instance_data(value: Any) -> bool:
    """Whether an object is taken apart into its attributes: an instance of a class written in Python."""
    cls = type(value)
    if isinstance(value, (type, Enum, BaseException, *HOLDING)) or callable(getattr(value, "__myialike__", None)):
        return False
    if not (hasattr(value, "__dict__") or slots_of(cls)) or cls.__module__ in APART:
        return False
    return dataclasses.is_dataclass(value) or (
        cls.__flags__ & (1 << 9) != 0
        and (cls.__init__ is not object.__init__ or _plainly_made(cls))
        and not hasattr(value, "__code__")
        and not _from_library(cls)
    )


def _plainly_made(cls: type) -> bool:
    """Whether a class has no constructor at all, so that its attributes say everything of an instance."""
    return inspect.getattr_static(cls, "__new__") is inspect.getattr_static(object, "__new__")


def slots_of(cls: type) -> tuple[str, ...]:
    """The names of the attributes that a class and its bases keep in slots."""
    declared = [vars(base).get("__slots__", ()) for base in reversed(cls.__mro__)]
    names = [n for d in declared for n in ((d,) if isinstance(d, str) else d)]
    return tuple(n for n in names if n not in ("__dict__", "__weakref__"))


def attributes_of(value: Any) -> dict[str, Any]:
    """The attributes of an instance that are set, in slots and in its dict."""
    kept = {n: getattr(value, n) for n in slots_of(type(value)) if hasattr(value, n)}
    return {**kept, **getattr(value, "__dict__", {})}


@lru_cache(maxsize=1024)
def static_fields(cls: type) -> frozenset[str]:
    """The fields of a dataclass that are declared to be no data, as equinox and `jax.tree_util` read it."""
    if not dataclasses.is_dataclass(cls):
        return frozenset()
    return frozenset(f.name for f in dataclasses.fields(cls) if f.metadata.get("static"))


def _from_library(cls: type) -> bool:
    return cls.__module__.split(".")[0] in ("numpy", "jax", "jaxlib", "scipy", "myialike")


def describe(values: Sequence[Any], is_jax: Callable[[Any], str]) -> tuple[Spec, Description]:
    """The specs of several Python objects, with their leaves and objects in order."""
    description = Description(is_jax)
    return tuple(description.add(v) for v in values), description


def view_of(array: Any, steps: Sequence[tuple[str, tuple[tuple[str, Any], ...]]], operands: Sequence[Any]) -> Any:
    """What NumPy makes of an array by these steps: operations with their attributes, as in `ViewStep`."""
    rest = iter(operands)
    for op, pairs in steps:
        attrs = dict(pairs)
        if op == "transpose":
            array = array.transpose(attrs["perm"])
        elif op == "reshape":
            array = array.reshape(attrs["shape"])
        elif op in ("real", "imag"):
            array = getattr(array, op)
        else:
            index = (*(_subscript(entry, rest) for entry in attrs["spec"]), ...)
            array = array[index]  # the dots make it a view, of rank 0 too
    return array


def _subscript(entry: tuple[Any, ...], operands: Iterator[Any]) -> Any:
    """An entry of an `index` as a part of a subscript."""
    match entry:
        case ("int", k):
            return k
        case ("i",):
            return next(operands)
        case ("dyn", size):
            start = next(operands)
            return slice(start, start + size) if isinstance(start, int) else start + np.arange(size)
        case ("slice", start, size, step):
            stop = start + size * step
            return slice(start, None if stop < 0 else stop, step) if size else slice(0, 0)
        case _:
            return None


def item_of(items: Sequence[Any], index: int, way: Sequence[tuple[str, Any]]) -> Any:
    """What a list has at an index, or what is reached from there."""
    found = items[index]
    for kind, name in way:
        found = getattr(found, name) if kind == "attribute" else found[name.value]
    return found


class Rebuilding:
    """Python objects from specs: `leaf(spec)` gives the next leaf, `entry` the arguments' objects.

    `base` is applied to an array before it is looked at in a place that only run time knows.
    """

    def __init__(
        self,
        leaf: Callable[[Spec], Any],
        entry: Sequence[Any],
        wrap: Callable[[Returned], Any] = lambda fn: fn,
        base: Callable[[Any], Any] = lambda array: array,
    ) -> None:
        self.leaf = leaf
        self.entry = entry
        self.base = base
        self.wrap = wrap  # what the caller gets for a function
        self.objects: list[Any] = []
        self.numbered: dict[int, Any] = {}
        self.pools: dict[type, list[Any]] = {}
        self.columns: dict[type, tuple[Spec, list[Any]]] = {}  # of pools, where `is_traced`
        self.is_traced = False  # whether the leaves are of an outer jax transformation

    def make(self, spec: Spec) -> Any:
        match spec:
            case ("num", *_):
                return self.leaf(spec)
            case ("array", *_):
                self.objects.append(self.leaf(spec))
                return self.objects[-1]
            case ("const", key):
                return key.value
            case ("tuple", cls, items):
                made = [self.make(s) for s in items]
                return tuple(made) if cls is tuple else cls(*made)
            case ("same", n):
                return self.objects[n]
            case ("entry", n):
                return self.entry[n]
            case ("row", cls, (index,)):
                place = self.make(index)
                return self._traced(cls, place) if cls in self.columns else self.pools[cls][place]
            case ("view", steps, parts):
                base, *operands = [self.make(s) for s in parts]
                self.objects.append(view_of(self.base(base) if operands else base, steps, operands))
                return self.objects[-1]
            case ("item", way, (of, index)):
                self.objects.append(item_of(self.make(of), self.make(index), way))
                return self.objects[-1]
            case ("items", parts):
                of, places, count = [self.make(s) for s in parts]
                self.objects.append([of[k] for k in np.asarray(places)[:count]])
                return self.objects[-1]
            case ("chosen", numbers, (own, number)):
                return self._chosen(own, number, dict(numbers))
            case ("value", shape, items):
                return self.wrap(Returned(shape.value, [self.make(s) for s in items]))
            case _:
                return self._object(spec)

    def _chosen(self, own: Spec, which: Spec, entries: Mapping[int, int]) -> Any:
        """The object of a number; one by itself where nobody else has it."""
        place = len(self.objects)
        found, number = self.make(own), self.make(which)
        if not isinstance(number, int):
            return found  # inside of an outer jax transformation nobody can know
        if number in entries:
            found = self.entry[entries[number]]
        elif number:
            found = self.numbered.setdefault(number, found)
        self.objects[place] = found
        return found

    def _object(self, spec: Spec) -> Any:
        place = len(self.objects)
        self.objects.append(None)
        match spec:
            case ("list", items):
                self.objects[place] = []
                self.objects[place] += [self.make(s) for s in items]
            case ("dict", keys, items):
                self.objects[place] = {}
                self.objects[place].update({k.value: self.make(s) for k, s in zip(keys, items, strict=True)})
            case ("object", cls, _, (names, items, slots)) if cls is RunTimeDict:
                self.objects[place] = {}
                self.objects[place].update(zip(self.make(names), self.make(items), strict=True))
                self.make(slots)
            case ("slots", _):
                pass
            case ("object", cls, names, (*items, inside)) if cls in INSIDE:
                attributes = dict(zip(names, map(self.make, items), strict=False))
                self.objects[place] = made = put_together(cls, attributes)
                fill(made, self.make(inside))
            case ("object", cls, names, items):
                self.objects[place] = made = object.__new__(cls)
                for name, s in zip(names, items, strict=True):
                    object.__setattr__(made, name, self.make(s))
            case ("cell", items):
                self.objects[place] = made = Cell()
                made.contents += [self.make(s) for s in items]
            case ("grown", *_):
                self.objects[place] = made = []
                made += self.items(spec)
            case ("sized", axes, _, (base, *extents)):
                array, ends = self.make(base), [self.make(e) for e in extents]
                found = part(array, axes, ends)
                is_room = base[0] == "array" and isinstance(found, np.ndarray)  # made for it: nobody else has it
                self.objects[place] = found.copy() if is_room else found
            case _:
                raise AssertionError(f"a result of kind {spec[0]}")
        return self.objects[place]

    def items(self, spec: Spec) -> list[Any]:
        """The items of a list, dict or instance."""
        if spec[0] != "grown":
            return [self.make(s) for s in spec[-1]]
        return [self._inside(row).make(spec[1]) for row in rows_of(*self._columns(spec))]

    def _columns(self, spec: Spec) -> tuple[Any, list[Any]]:
        """The length of a list of run-time length, and for each leaf of an item an array."""
        _, _, _, _, (length, *arrays) = spec
        return self.make(length), [self.make(a) for a in arrays]

    def _traced(self, cls: type, place: Any) -> Any:
        """What the instance at an index in a pool holds, inside of an outer jax transformation: nobody knows which."""
        spec, columns = self.columns[cls]
        leaves = iter([column[place] for column in columns])
        inner = Rebuilding(lambda _: next(leaves), self.entry)
        inner.columns = self.columns
        return inner.make(spec)

    def _inside(self, row: Sequence[Any]) -> Rebuilding:
        """What makes an item of a list of run-time length from its leaves."""
        leaves = iter(row)
        inner = Rebuilding(lambda s: as_leaf(s, next(leaves)), self.entry)
        inner.pools = self.pools
        return inner

    def make_pools(self, specs: Sequence[Spec]) -> None:
        """Make the instances in pools: those that were given are there. First all of them, for they refer to others."""
        found: list[tuple[Spec, dict[int, int], list[list[Any]]]] = []
        for _, cls, given, (spec,) in specs:
            self.objects.append(made := [])
            count, columns = self._columns(spec)
            if self.is_traced:
                self.columns[cls] = spec[1], columns
                continue
            places = dict(given)
            rows = rows_of(count, columns)
            made += [self.entry[places[k]] if k in places else object.__new__(cls) for k in range(len(rows))]
            self.pools[cls] = made
            found.append((spec[1], places, rows))
        for (_, cls, names, parts), places, rows in found:
            for k, row in enumerate(rows):
                inner = self._inside(row)
                items = [inner.make(part) for part in parts]
                for name, item in zip(names, items if k not in places else (), strict=False):
                    object.__setattr__(self.pools[cls][k], name, item)


def rows_of(count: int, columns: Sequence[Any]) -> list[list[Any]]:
    """The leaves of each of the items that a list of run-time length has."""
    arrays = [np.asarray(column) for column in columns]
    return [[array[k] for array in arrays] for k in range(count)]


def as_leaf(spec: Spec, value: Any) -> Any:
    """A row of an array as the number or array that it stands for."""
    if spec[-1] == "python":
        return value.item()
    return value if spec[0] == "num" else np.array(value)


def part(array: Any, axes: Sequence[int], ends: Sequence[int]) -> Any:
    """The part of an array that `ends`, the start and size for each of `axes`, tells."""
    index: list[slice] = [slice(None)] * array.ndim
    for axis, start, size in zip(axes, ends[::2], ends[1::2], strict=True):
        index[axis] = slice(start, start + size)
    return array[tuple(index)]
