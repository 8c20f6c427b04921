"""Structures without data: the common language of Python arguments, abstract values, graph parameters and results.

A *spec* is a hashable tree of tuples that says everything about a value but its numbers; the numbers are its *leaves*,
in order. Four functions go between the three worlds:

    describe: Python object -> spec, leaves           thaw:    spec, atoms -> abstract value
    rebuild:  spec, leaves -> Python object           freeze:  abstract value -> spec, atoms

    spec ::= ("num", dtype, kind)                     a scalar leaf; kind "python", "numpy"
           | ("array", dtype, shape, kind)            an array leaf; kind "numpy", "jax", "weak"
           | ("const", Key(object))                   known at compile time, compared by `same_const`
           | ("tuple", cls, specs) | ("list", specs) | ("dict", keys, specs) | ("object", cls, names, specs)
           | ("same", n)                              the n-th object (list, array, ...) of this traversal again
           | ("entry", n)                             in results: the n-th object of the arguments
           | ("view", n, steps)                       in results: a view of the n-th object of the arguments
           | ("value", Shape(value), specs)           an abstract value with parts: a closure, a partial, a range
           | ("cell", specs) | ("iterator", specs)
           | ("grown", item spec, capacity, site, specs) a list of run-time length: its length, then an array per leaf
           | ("sized", axes, is window, specs)            an array of run-time size: room for it, starts and sizes
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence, ValuesView
from enum import Enum
from functools import lru_cache
from types import MappingProxyType, ModuleType, SimpleNamespace
from typing import Any

import numpy as np

from myialike.errors import UnsupportedError
from myialike.infer.closures import FUNCTIONS, Cell, Returned
from myialike.infer.heap import (
    ArrayState,
    CellState,
    DictState,
    GrownState,
    IteratorState,
    ListState,
    ObjectState,
    SizedState,
    State,
    ViewState,
    ViewStep,
)
from myialike.infer.machine import Machine
from myialike.infer.missing import tuple_refusal
from myialike.infer.values import (
    Const,
    Fn,
    Maybe,
    Num,
    Ref,
    Tup,
    Undef,
    Value,
    as_num,
    const_number,
    is_number,
    number_name,
    parts,
    same_const,
    same_skeleton,
    with_parts,
)
from myialike.ir.syntax import Atom
from myialike.ir.types import DTYPES, SHORT_NAMES, Array

Spec = tuple[Any, ...]


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


# -- Python objects ------------------------------------------------------------------------------------------------

PLAIN = {
    bool: ("num", "bool", "python"),
    int: ("num", "i64", "python"),
    float: ("num", "f64", "python"),
    complex: ("num", "c128", "python"),
}
WEAK = {kind: PLAIN[cls] for kind, cls in {"b": bool, "i": int, "u": int, "f": float, "c": complex}.items()}
NAMES = {dtype: short for dtype, short in SHORT_NAMES.items()}


class Description:
    """The spec, leaves and objects with identity of Python objects, described one after the other."""

    def __init__(self, is_jax: Callable[[Any], str], shapes: bool = False) -> None:
        self.is_jax = is_jax
        self.shapes = shapes  # whether things with a shape and a dtype stand for arrays
        self.has_jax = False  # whether a leaf is a jax array
        self.leaves: list[Any] = []
        self.objects: list[Any] = []
        self._seen: dict[int, int] = {}

    def fork(self) -> Description:
        """A copy, to describe more with and leave this one as it is."""
        other = Description(self.is_jax)
        other.leaves, other.objects, other._seen = [*self.leaves], [*self.objects], dict(self._seen)
        return other

    def mark(self) -> tuple[int, int]:
        """Where the description has come to, for `rewind`."""
        return len(self.leaves), len(self.objects)

    def rewind(self, mark: tuple[int, int]) -> None:
        """Forget what was added since."""
        del self.leaves[mark[0] :], self.objects[mark[1] :]
        self._seen = {k: v for k, v in self._seen.items() if v < mark[1]}

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
        self.leaves.append(value)
        return ("array", short, tuple(value.shape), kind)

    def _object(self, value: Any) -> Spec | None:
        known = self._seen.get(id(value))
        if known is not None:
            return ("same", known)
        self._seen[id(value)] = len(self.objects)
        self.objects.append(value)
        return None

    def _structure(self, value: Any) -> Spec:
        if self.shapes and hasattr(value, "shape") and hasattr(value, "dtype"):
            return self._array(value, "numpy")
        if isinstance(value, tuple):
            if type(value) is not tuple and (refused := tuple_refusal(type(value))) is not None:
                raise UnsupportedError(refused[0], None, refused[1])
            return ("tuple", type(value), tuple(self.add(v) for v in value))
        if type(value) is list:
            return self._object(value) or ("list", tuple(self.add(v) for v in value))
        if type(value) is dict:
            return self._object(value) or (
                "dict",
                tuple(Key(k) for k in value),
                tuple(self.add(v) for v in value.values()),
            )
        if is_instance_data(value):
            found, static = attributes_of(value), static_fields(type(value))  # type: ignore[arg-type]  # a class is hashed
            return self._object(value) or (
                "object",
                type(value),
                tuple(found),
                tuple(("const", Key(v)) if n in static and type(v) in PLAIN else self.add(v) for n, v in found.items()),
            )
        if isinstance(value, CHANGING) or (type(value).__hash__ is None and not isinstance(value, STEADY)):
            raise UnsupportedError(
                f"an object of type {type(value).__name__} is not supported: it may change between calls, "
                "and the compiler would not see it",
                None,
                instead_of(value),
            )
        return ("const", Key(value))


CHANGING = (set, list, dict, bytearray, np.ndarray, np.generic, Iterator, ValuesView, memoryview)
STEADY = (slice, SimpleNamespace, ModuleType)  # not hashed, but the same for ever, or read attribute by attribute


def instead_of(value: Any) -> str:
    """What to pass instead of an object that is not supported."""
    if isinstance(value, set):
        return "a frozenset, a tuple or a sorted list"
    if isinstance(value, Iterator):
        return "a list: list(...) of it"
    plain: Any = next((t for t in (list, dict, bytearray, np.ndarray, np.generic) if isinstance(value, t)), list)
    return {list: "a plain list", dict: "a plain dict: dict(...) of it", bytearray: "bytes"}.get(
        plain, "a plain array of a number dtype: np.asarray(...)"
    )


APART = ("builtins", "types", "functools", "typing")  # modules whose objects are what they are


def is_instance_data(value: Any) -> bool:
    """Whether an object is taken apart into its attributes: an instance of a class written in Python."""
    cls = type(value)
    if isinstance(value, (type, Enum, BaseException)) or callable(getattr(value, "__myialike__", None)):
        return False
    if not (hasattr(value, "__dict__") or slots_of(cls)) or cls.__module__ in APART:
        return False
    return dataclasses.is_dataclass(value) or (
        cls.__flags__ & (1 << 9) != 0
        and cls.__init__ is not object.__init__
        and not hasattr(value, "__code__")
        and not _from_library(cls)
    )


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


def view_of(array: Any, steps: Sequence[ViewStep]) -> Any:
    """What NumPy makes of an array by these steps."""
    for step in steps:
        attrs = dict(step.attrs)
        if step.op == "transpose":
            array = array.transpose(attrs["perm"])
        elif step.op == "reshape":
            array = array.reshape(attrs["shape"])
        elif step.op in ("real", "imag"):
            array = getattr(array, step.op)
        else:
            array = array[(*map(_subscript, attrs["spec"]), ...)]  # the dots make it a view, of rank 0 too
    return array


def _subscript(entry: tuple[Any, ...]) -> Any:
    """An entry of an `index` without operands as a part of a subscript."""
    match entry:
        case ("int", k):
            return k
        case ("slice", start, size, step):
            stop = start + size * step
            return slice(start, None if stop < 0 else stop, step) if size else slice(0, 0)
        case _:
            return None


class Rebuilding:
    """Python objects from specs: `leaf(spec)` gives the next leaf, `entry` the arguments' objects."""

    def __init__(
        self, leaf: Callable[[Spec], Any], entry: Sequence[Any], wrap: Callable[[Returned], Any] = lambda fn: fn
    ) -> None:
        self.leaf = leaf
        self.entry = entry
        self.wrap = wrap  # what the caller gets for a function
        self.objects: list[Any] = []

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
            case ("view", n, steps):
                self.objects.append(view_of(self.entry[n], steps))
                return self.objects[-1]
            case ("value", shape, items):
                return self.wrap(Returned(shape.value, [self.make(s) for s in items]))
            case _:
                return self._object(spec)

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
        _, item, _, _, (length, *arrays) = spec
        count, rows = self.make(length), [np.asarray(self.make(a)) for a in arrays]
        return [self._item(item, [row[k] for row in rows]) for k in range(count)]

    def _item(self, spec: Spec, row: Sequence[Any]) -> Any:
        """An item of a list of run-time length from its leaves."""
        leaves = iter(row)
        return Rebuilding(lambda s: as_leaf(s, next(leaves)), self.entry).make(spec)


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


# -- abstract values -----------------------------------------------------------------------------------------------


class Freezing:
    """Specs and atoms of abstract values; `entry` maps heap objects that came from outside to their number there."""

    def __init__(
        self,
        m: Machine,
        entry: dict[int, int] | None = None,
        as_views: bool = False,
        known: frozenset[int] = frozenset(),
    ) -> None:
        self.m = m
        self.entry = entry or {}
        self.as_views = as_views  # whether a view of an array from outside is to be one, and no array of its own
        self.known = known  # which of the numbers known now are to be no leaves, by their places among all
        self.atoms: list[Atom] = []
        self.numbers: list[int] = []  # for each leaf, its place among them and the `known`
        self.ids: list[int] = []
        self.viewed: list[tuple[int, int]] = []  # new objects that show, or may be, objects from outside
        self.disordered: list[int] = []  # the leaves that are arrays not known to be in C order, by number
        self.bounds: dict[int, tuple[int | None, int | None]] = {}  # those of ints, by the numbers of the leaves
        self._seen: dict[int, int] = {}
        self._count = 0

    def _leaf(self, atom: Atom) -> None:
        self.atoms.append(atom)
        self.numbers.append(self._count)
        self._count += 1

    def add(self, value: Value, dynamic: bool = False) -> Spec:
        """The spec of a value; `dynamic` makes leaves of compile-time floats and ints too, but for those `known`."""
        if isinstance(value, Maybe):
            text = f"a function that calls itself reads variable {value.name!r}, which is bound on some paths only"
            self.m.fail(UnsupportedError, text, "assign it on every path before")
        if isinstance(value, Undef):
            value = self.m.use(value)
        num = as_num(value) if dynamic or isinstance(value, Num) else None
        if num is not None and isinstance(value, Const) and self._count in self.known:
            self._count += 1
            num = None
        if num is not None:
            if num.low is not None or num.high is not None:
                self.bounds[len(self.atoms)] = num.low, num.high
            self._leaf(num.atom)
            return ("num", SHORT_NAMES[num.dtype], num.kind)
        if isinstance(value, Const):
            return ("const", Key(value.value))
        if isinstance(value, Tup):
            return ("tuple", value.cls, tuple(self.add(v, dynamic) for v in value.items))
        if isinstance(value, Ref):
            return self._object(value.id, dynamic)
        return ("value", Shape(value), tuple(self.add(v, dynamic) for v in parts(value)))

    def alike(self) -> tuple[int, ...]:
        """For each leaf, the first that is the same."""
        first: dict[Atom, int] = {}
        return tuple(first.setdefault(atom, k) for k, atom in enumerate(self.atoms))

    def _object(self, id: int, dynamic: bool) -> Spec:
        if id in self.entry:
            return ("entry", self.entry[id])
        if id in self._seen:
            return ("same", self._seen[id])
        if self.as_views and (found := self._view(id)) is not None:
            self._seen[id] = len(self.ids)
            self.ids.append(id)
            return found
        for other in self.m.heap.candidates(self.m.heap.root(id)) & self.entry.keys():
            self.viewed.append((len(self.ids), self.entry[other]))
        self._seen[id] = len(self.ids)
        self.ids.append(id)
        return self.state(id, dynamic)

    def _view(self, id: int) -> Spec | None:
        """How an array shows a NumPy array from outside, if that is known now."""
        steps: list[ViewStep] = []
        self.m.readable(self.m.heap.root(id))
        while isinstance(state := self.m.heap.states[id], ViewState):
            if state.step.operands:
                return None
            steps.insert(0, state.step)
            id = state.base
        known = steps and id in self.entry and self.m.is_array(Ref(id)) and self.m.kind(id) == "numpy"
        return ("view", self.entry[id], tuple(steps)) if known else None

    def state(self, id: int, dynamic: bool = False) -> Spec:
        """The spec of an object's present state."""
        state = self.m.state(id)
        if isinstance(state, (ArrayState, ViewState)):
            atom = self.m.array(id)
            assert isinstance(atom.type, Array)
            if not self.m.is_c_ordered(id):
                self.disordered.append(len(self.atoms))
            self._leaf(atom)
            return ("array", SHORT_NAMES[atom.type.dtype], atom.type.shape, self.m.kind(id))
        if isinstance(state, ObjectState):
            static, pairs = static_fields(state.cls), zip(state.names, state.items, strict=True)
            return ("object", state.cls, state.names, tuple(self.add(v, dynamic and n not in static) for n, v in pairs))
        if isinstance(state, CellState) and isinstance(state.items[0], Undef):
            return ("cell", ())
        known_length = isinstance(state, GrownState) and isinstance(state.items[0], Const)
        items = tuple(self.add(v, dynamic and not (known_length and k == 0)) for k, v in enumerate(state.items))
        match state:
            case ListState():
                return ("list", items)
            case DictState():
                return ("dict", tuple(map(Key, state.keys)), items)
            case CellState():
                return ("cell", items)
            case IteratorState():
                return ("iterator", items)
            case GrownState():
                return ("grown", state.spec, state.capacity, state.site, items)
            case SizedState():
                return ("sized", state.axes, state.is_window, items)


class Shape:
    """An abstract value without its parts, as a part of a spec."""

    __slots__ = ("value",)

    def __init__(self, value: Value) -> None:
        self.value = with_parts(value, tuple(Const(None) for _ in parts(value)))

    def __hash__(self) -> int:
        return hash(type(self.value))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Shape) and same_skeleton(self.value, other.value)


class Thawing:
    """Abstract values from specs and atoms, on the machine's heap; `bounds` are those of ints, by their leaves."""

    def __init__(
        self,
        m: Machine,
        atoms: Iterator[Atom],
        entry: Sequence[int] = (),
        bounds: Mapping[int, tuple[int | None, int | None]] = MappingProxyType({}),
    ) -> None:
        self.m = m
        self.atoms = enumerate(atoms)
        self.entry = entry
        self.bounds = bounds
        self.ids: list[int] = []

    def make(self, spec: Spec) -> Value:
        match spec:
            case ("num", _, kind):
                k, atom = next(self.atoms)
                return Num(atom, kind, *self.bounds[k]) if k in self.bounds else const_number(atom, kind)
            case ("const", key):
                return Const(key.value)
            case ("tuple", cls, items):
                return Tup(tuple(self.make(s) for s in items), cls)
            case ("value", key, items):
                return with_parts(key.value, tuple(self.make(s) for s in items))
            case ("same", n):
                return Ref(self.ids[n])
            case ("entry", n):
                return Ref(self.entry[n])
            case _:
                return self._object(spec)

    def _object(self, spec: Spec) -> Value:
        id = self.m.heap.alloc(ListState(()))
        self.ids.append(id)
        self.m.heap.states[id] = self.state(spec)
        return Ref(id)

    def state(self, spec: Spec) -> State:
        match spec:
            case ("array", _, _, kind):
                return ArrayState(next(self.atoms)[1], kind)
            case ("list", items):
                return ListState(tuple(self.make(s) for s in items))
            case ("dict", keys, items):
                return DictState(tuple(k.value for k in keys), tuple(self.make(s) for s in items))
            case ("object", cls, names, items):
                return ObjectState(cls, names, tuple(self.make(s) for s in items))
            case ("cell", items):
                return CellState(tuple(self.make(s) for s in items)) if items else CellState()
            case ("iterator", items):
                return IteratorState(tuple(self.make(s) for s in items))
            case ("grown", spec, capacity, site, items):
                return GrownState(tuple(self.make(s) for s in items), spec, capacity, site)
            case ("sized", axes, is_window, items):
                return SizedState(tuple(self.make(s) for s in items), axes, is_window)
            case _:
                raise AssertionError(spec)


WORDS = {"message": "a string with run-time values in it", "view": "a view of a dict"}


def check_result(spec: Any, name: str) -> None:
    """Refuse a result of the function `name` that has no form outside of the compiler."""
    if spec[0] in ("tuple", "list", "dict", "object", "grown", "sized"):
        for item in spec[-1]:
            check_result(item, name)
    if spec[0] == "grown":
        check_result(spec[1], name)
    elif spec[0] in ("tuple", "list", "dict", "object", "sized"):
        pass
    elif spec[0] == "cell" or (spec[0] == "value" and isinstance(spec[1].value, FUNCTIONS)):
        for item in spec[-1]:
            check_result(item, name)
    elif spec[0] not in ("num", "array", "const", "same", "entry", "view"):
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
        case ("object", cls, *_):
            return str(cls.__name__)
        case ("value", *_):
            return "a function"
        case ("grown", item, *_):
            return f"a list of {words(item)}"
        case ("sized", _, _, (base, *_)):
            return f"a part of {words(base)}"
        case _:
            return "an object that it was given"


def has_run_time_size(spec: Any) -> bool:
    """Whether a spec has a list or an array whose size is known only at run time."""
    nested = spec[0] in ("tuple", "list", "dict", "object")
    return spec[0] in ("grown", "sized") or (nested and any(map(has_run_time_size, spec[-1])))


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
        case ("value" | "cell" | "grown" | "sized", *_, items):
            for item in items:
                yield from leaf_paths(item, to)


def leaf_types(spec: Any) -> Iterator[Array]:
    """The types of the leaves of a spec, in order."""
    match spec:
        case ("num", dtype, _):
            yield Array(DTYPES[dtype])
        case ("array", dtype, shape, _):
            yield Array(DTYPES[dtype], shape)
        case ("tuple" | "list" | "dict" | "object" | "value" | "cell" | "iterator" | "grown" | "sized", *_):
            for item in spec[-1]:
                yield from leaf_types(item)
