"""`vmap` in a program: the function is run by itself on one element, and its graph made one for all elements.

As in JAX, `in_axes` is an axis, None (the same for all elements), or a tuple, list or dict of such in the structure of
the arguments; keyword arguments are mapped along their first axis; `out_axes` is the axis of the elements in every
result. An element of a vector is a NumPy scalar, as it is in a loop over the vector.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from myialike.errors import ShapeError, TypeCheckError, UnsupportedError
from myialike.infer.emit import broadcast
from myialike.infer.heap import ArrayState, DictState, ObjectState, ViewState
from myialike.infer.machine import Machine, array_type
from myialike.infer.sequences import children
from myialike.infer.spec import Spec, Thawing
from myialike.infer.transforms.isolating import alone, prepared
from myialike.infer.values import Ref, Transform, Tup, Value, is_number, name_of, number_of_const, with_parts
from myialike.ir.syntax import Atom
from myialike.ir.types import SHORT_NAMES, static_shape

Keywords = Sequence[tuple[str, Value]]


@dataclass(slots=True)
class Elements:
    """The arrays that are mapped: their common size, and the whole array (elements first) behind each element."""

    m: Machine
    size: int | None = None
    whole: dict[Atom, Atom] = field(default_factory=dict)

    def first(self, value: Value, axes: Any) -> Value:
        """The first element of `value`; `axes` says along which axis, for its parts perhaps each for itself."""
        if axes is None:
            return value
        found = self.m.operand(value)
        if found is not None:
            return self._first_of_array(*found, axes)
        items = children(self.m, value)
        if items is None:
            what = self.m.describe(value)
            self.m.fail(TypeCheckError, f"vmap maps arrays, not {what}", "give it the axis None in in_axes")
        made = tuple(self.first(v, a) for v, a in zip(items, self._axes_of(value, axes, len(items)), strict=True))
        if isinstance(value, Tup):
            return with_parts(value, made)
        assert isinstance(value, Ref)
        state = self.m.state(value.id)
        assert not isinstance(state, (ArrayState, ViewState))
        return Ref(self.m.heap.alloc(replace(state, items=made)))

    def _axes_of(self, value: Value, axes: Any, count: int) -> Sequence[Any]:
        if isinstance(axes, int):
            return [axes] * count
        if isinstance(axes, dict):
            state = self.m.state(value.id) if isinstance(value, Ref) else None
            if isinstance(state, (DictState, ObjectState)):
                return [axes[k] for k in (state.keys if isinstance(state, DictState) else state.names)]
        if not isinstance(axes, (tuple, list)) or len(axes) != count:
            self.m.fail(TypeCheckError, f"in_axes {axes!r} does not have the structure of {self.m.describe(value)}")
        return axes

    def _first_of_array(self, atom: Atom, kind: Any, axis: Any) -> Value:
        m, shape = self.m, static_shape(array_type(atom))
        if not isinstance(axis, int) or not -len(shape) <= axis < len(shape):
            text = f"vmap along axis {axis!r} of {atom.type}"
            m.fail(ShapeError, text, "give None in in_axes for what is not mapped")
        axis %= len(shape)
        if self.size not in (None, shape[axis]):
            m.fail(ShapeError, f"vmap along axes of different sizes, {self.size} and {shape[axis]}")
        self.size = shape[axis]
        if self.size == 0:
            m.fail(UnsupportedError, "vmap of no elements is not taken", "handle the empty case before")
        others = (k for k in range(len(shape)) if k != axis)
        front = atom if axis == 0 else m.emit("transpose", atom, perm=(axis, *others))
        rest = static_shape(array_type(front))[1:]
        element = m.emit("index", front, spec=(("int", 0), *(("slice", 0, n, 1) for n in rest)))
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
    results = _Results(m, elements.size, t.option("out_axes"), zip(atoms, mapped, strict=True))
    spec = results.spec(isolated.result)
    return Thawing(m, iter(results.atoms)).make(spec)


class _Results:
    """The results of all elements: every leaf an array with the axis of the elements, whether it differs or not."""

    def __init__(self, m: Machine, size: int, axis: Any, leaves: Iterator[tuple[Atom, bool]]) -> None:
        if not isinstance(axis, int):
            m.fail(UnsupportedError, f"vmap with out_axes={axis!r} is not taken", "give one axis for all results")
        self.m, self.size, self.axis, self.leaves = m, size, axis, leaves
        self.atoms: list[Atom] = []

    def spec(self, spec: Spec) -> Spec:
        """The spec of the whole for that of an element; its leaves are collected in `atoms`."""
        match spec:
            case ("num" | "array", *_):
                atom, mapped = next(self.leaves)
                return self._leaf(atom, mapped, spec[-1] if spec[-1] in ("jax", "weak") else "numpy")
            case ("const", key) if is_number(key.value):
                return self._leaf(number_of_const(key.value).atom, False, "numpy")
            case ("tuple" | "list" | "dict" | "object", *_):
                return (*spec[:-1], tuple(self.spec(s) for s in spec[-1]))
            case ("const", _):
                return spec
            case _:
                self.m.fail(UnsupportedError, "vmap of a function that returns a function is not taken")

    def _leaf(self, atom: Atom, mapped: bool, kind: str) -> Spec:
        shape = static_shape(array_type(atom))
        if not mapped:
            shape = (self.size, *shape)
            atom = broadcast(self.m, atom, shape)
        rank = len(shape)
        if not -rank <= self.axis < rank:
            self.m.fail(ShapeError, f"out_axes {self.axis} is out of bounds for a result of rank {rank}")
        perm = list(range(1, rank))
        perm.insert(self.axis % rank, 0)
        if perm != list(range(rank)):
            atom = self.m.emit("transpose", atom, perm=tuple(perm))
        type = array_type(atom)
        self.atoms.append(atom)
        return ("array", SHORT_NAMES[type.dtype], type.shape, kind)
