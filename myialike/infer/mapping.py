"""`vmap` in a program: the function is run by itself on one element, and its graph made one for all elements.

As in JAX, `in_axes` is an axis, None (the same for all elements), or a tuple, list, dict or instance of such in the
structure of the arguments; keyword arguments are mapped along their first axis; `out_axes` says in the same way which
axis of the results is that of the elements, None for what is the same for all. An element of a vector is a NumPy
scalar, as it is in a loop over the vector.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from myialike.errors import ShapeError, TypeCheckError, UnsupportedError
from myialike.infer.emit import broadcast
from myialike.infer.freeze import Thawing
from myialike.infer.heap import ArrayState, DictState, ObjectState, ViewState
from myialike.infer.machine import Machine, array_type
from myialike.infer.sequences import children
from myialike.infer.spec import Spec, words
from myialike.infer.transforms.isolating import alone, prepared
from myialike.infer.values import Const, Ref, Transform, Tup, Value, is_number, name_of, number_of_const, with_parts
from myialike.ir.syntax import Atom
from myialike.ir.types import SHORT_NAMES, Array, static_shape

Keywords = Sequence[tuple[str, Value]]


@dataclass(slots=True)
class Elements:
    """The arrays that are mapped: their common size, and the whole array (elements first) behind each element."""

    m: Machine
    size: int | None = None
    whole: dict[Atom, Atom] = field(default_factory=dict)

    def first(self, value: Value, axes: Any) -> Value:
        """The first element of `value`; `axes` says along which axis, for its parts perhaps each for itself."""
        if axes is None or (isinstance(value, Const) and value.value is None):
            return value
        found = self.m.operand(value)
        if found is not None:
            return self._first_of_array(*found, axes)
        items = children(self.m, value)
        if items is None:
            what = self.m.describe(value)
            self.m.fail(TypeCheckError, f"vmap maps arrays, not {what}", "give it the axis None in in_axes")
        each = parts_of(axes, keys_of(self.m, value), len(items))
        if each is None:
            self.m.fail(TypeCheckError, f"in_axes {axes!r} does not have the structure of {self.m.describe(value)}")
        made = tuple(self.first(v, a) for v, a in zip(items, each, strict=True))
        if isinstance(value, Tup):
            return with_parts(value, made)
        assert isinstance(value, Ref)
        state = self.m.state(value.id)
        assert not isinstance(state, (ArrayState, ViewState))
        return Ref(self.m.heap.alloc(replace(state, items=made)))

    def _first_of_array(self, atom: Atom, kind: Any, axis: Any) -> Value:
        m, shape = self.m, static_shape(array_type(atom))
        if not is_axis(axis):
            text = f"in_axes has {axis!r} where {atom.type} is mapped"
            m.fail(TypeCheckError, text, "give an axis, an int, or None for what is not mapped")
        if not -len(shape) <= axis < len(shape):
            text = f"vmap along axis {axis!r} of {atom.type}"
            m.fail(ShapeError, text, "give None in in_axes for what is not mapped")
        axis %= len(shape)
        if self.size not in (None, shape[axis]):
            m.fail(ShapeError, f"vmap along axes of different sizes, {self.size} and {shape[axis]}")
        self.size = shape[axis]
        others = (k for k in range(len(shape)) if k != axis)
        front = atom if axis == 0 else m.emit("transpose", atom, perm=(axis, *others))
        rest = static_shape(array_type(front))[1:]
        element = m.unknown(Array(array_type(atom).dtype, rest))
        self.whole[element] = front
        return m.result(element, "numpy" if kind == "python" else kind)


def call_vmap(m: Machine, t: Transform, args: list[Value], keywords: Keywords) -> Value:
    """Call the result of `vmap(f, in_axes, out_axes)`."""
    axes = t.option("in_axes")
    if not isinstance(axes, (tuple, list)):
        axes = (axes,) * len(args)
    if len(axes) != len(args):
        text = f"in_axes has {len(axes)} entries, and {name_of(t.fn)} is called with {len(args)} arguments"
        m.fail(TypeCheckError, text, "give one entry for each positional argument")
    elements = Elements(m)
    first = [elements.first(v, a) for v, a in zip(args, axes, strict=True)]
    named = [(k, elements.first(v, 0)) for k, v in keywords]
    if elements.size is None:
        m.fail(TypeCheckError, "vmap maps at least one argument", "give an axis in in_axes")
    isolated = alone(m, t.fn, first, named, ())
    if isolated.changed:
        text = f"{name_of(t.fn)} changes an object and is mapped by vmap"
        m.fail(UnsupportedError, text, "return a new array instead")
    inputs = tuple(a in elements.whole for a in isolated.inputs)
    graph, mapped = m.services.vmap(prepared(m, isolated), inputs, elements.size)
    atoms = m.builder.splice(graph.body, [elements.whole.get(a, a) for a in isolated.inputs])
    results = _Results(m, elements.size, zip(atoms, mapped, strict=True))
    spec = results.spec(isolated.result, t.option("out_axes"))
    return Thawing(m, iter(results.atoms)).make(spec)


Keys = tuple[Any, ...] | None


def is_axis(value: Any) -> bool:
    """Whether a part of `in_axes` or `out_axes` is an axis, which True and False are not."""
    return isinstance(value, int) and not isinstance(value, bool)


def keys_of(m: Machine, value: Value) -> Keys:
    """The keys of a dict, the names of an instance's attributes; None for a sequence."""
    state = m.state(value.id) if isinstance(value, Ref) else None
    if isinstance(state, DictState):
        return state.keys
    return state.names if isinstance(state, ObjectState) else None


def parts_of(axes: Any, keys: Keys, count: int) -> Sequence[Any] | None:
    """The axes for each part of a structure of `count` parts; None where `axes` has another structure."""
    if axes is None or is_axis(axes):
        return [axes] * count
    if keys is None:
        return axes if isinstance(axes, (tuple, list)) and len(axes) == count else None
    given = axes if isinstance(axes, dict) else getattr(axes, "__dict__", {})
    return [given[k] for k in keys] if set(given) == set(keys) else None


class _Results:
    """The results of all elements: every leaf an array with the axis of the elements, whether it differs or not.

    A leaf whose axis is None is one for all, as the function gives it.
    """

    def __init__(self, m: Machine, size: int, leaves: Iterator[tuple[Atom, bool]]) -> None:
        self.m, self.size, self.leaves = m, size, leaves
        self.atoms: list[Atom] = []

    def spec(self, spec: Spec, axes: Any) -> Spec:
        """The spec of the whole for that of an element; its leaves are collected in `atoms`."""
        match spec:
            case ("num" | "array", *_):
                atom, mapped = next(self.leaves)
                if axes is None:
                    return self._common(atom, mapped, spec)
                return self._leaf(atom, mapped, spec[-1] if spec[-1] in ("jax", "weak") else "numpy", axes)
            case ("const", key) if is_number(key.value) and axes is not None:
                return self._leaf(number_of_const(key.value).atom, False, "numpy", axes)
            case ("tuple" | "list" | "dict" | "object", *_):
                each = self._axes(spec, axes)
                return (*spec[:-1], tuple(self.spec(s, a) for s, a in zip(spec[-1], each, strict=True)))
            case ("const", _):
                return spec
            case _:
                text = f"vmap of a function that returns {words(spec)} is not taken"
                self.m.fail(UnsupportedError, text, "return numbers, and arrays of one size for all elements")

    def _axes(self, spec: Spec, axes: Any) -> Sequence[Any]:
        keys = tuple(k.value for k in spec[1]) if spec[0] == "dict" else spec[2] if spec[0] == "object" else None
        each = parts_of(axes, keys, len(spec[-1]))
        if each is None:
            self.m.fail(TypeCheckError, f"out_axes {axes!r} does not have the structure of the result, {words(spec)}")
        return each

    def _common(self, atom: Atom, mapped: bool, spec: Spec) -> Spec:
        if mapped:
            text = "out_axes is None for a result that may differ between the elements"
            self.m.fail(TypeCheckError, text, "give it an axis")
        self.atoms.append(atom)
        return spec

    def _leaf(self, atom: Atom, mapped: bool, kind: str, axis: Any) -> Spec:
        if not is_axis(axis):
            text = f"out_axes has {axis!r} for a result of type {atom.type}"
            self.m.fail(TypeCheckError, text, "give an axis, an int, or None for what is the same for all elements")
        shape = static_shape(array_type(atom))
        if not mapped:
            shape = (self.size, *shape)
            atom = broadcast(self.m, atom, shape)
        rank = len(shape)
        if not -rank <= axis < rank:
            self.m.fail(ShapeError, f"out_axes {axis} is out of bounds for a result of rank {rank}")
        perm = list(range(1, rank))
        perm.insert(axis % rank, 0)
        if perm != list(range(rank)):
            atom = self.m.emit("transpose", atom, perm=tuple(perm))
        type = array_type(atom)
        self.atoms.append(atom)
        return ("array", SHORT_NAMES[type.dtype], type.shape, kind)
