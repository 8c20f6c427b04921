"""Tangents and cotangents that a program gives and gets: values with the structure of what they belong to."""

from __future__ import annotations

from collections.abc import Sequence

from myialike.errors import TypeCheckError, UnsupportedError
from myialike.infer.emit import cast
from myialike.infer.heap import DictState, ListState, ObjectState
from myialike.infer.machine import Machine, array_type
from myialike.infer.spec import Spec, has_run_time_size, leaf_types, size_leaves, words
from myialike.infer.transforms.wanted import structured
from myialike.infer.values import Ref, Tup, Value, is_number
from myialike.ir.builder import python_scalar
from myialike.ir.syntax import Atom
from myialike.ir.types import Array, is_float


def pair(value: Value) -> tuple[Value, Value]:
    """The two items of a tuple, known to be one."""
    assert isinstance(value, Tup)
    first, second = value.items
    return first, second


def matching(m: Machine, spec: Spec, value: Value, what: str, types: Sequence[Array]) -> list[Atom]:
    """The leaves of `value`, which must have the structure of `spec` and the given floating types."""
    if has_run_time_size(spec):
        text = f"{what} of a result with a list or an array of run-time length"
        m.fail(UnsupportedError, text, "differentiate a function that makes a number or an array of known size of it")
    atoms: list[Atom] = []
    _match(m, spec, value, what, atoms)
    if len(atoms) != len(types):
        m.fail(TypeCheckError, f"{what} has {len(atoms)} floating parts, and {len(types)} are wanted")
    for atom, type in zip(atoms, types, strict=True):
        if array_type(atom).shape != type.shape:
            m.fail(TypeCheckError, f"{what} has a part of type {atom.type} where {type} is wanted")
        if array_type(atom).dtype.kind == "c" != type.dtype.kind:
            m.fail(TypeCheckError, f"{what} has a complex part where {type} is wanted", "pass its real part")
    return [cast(m, a, t.dtype) for a, t in zip(atoms, types, strict=True)]


def _match(m: Machine, spec: Spec, value: Value, what: str, atoms: list[Atom]) -> None:
    if spec[0] in ("num", "array"):
        found = m.operand(value)
        if is_float(next(leaf_types(spec))):
            if found is None:
                m.fail(TypeCheckError, f"{what} has {m.describe(value)} where {next(leaf_types(spec))} is wanted")
            atoms.append(found[0])
    elif spec[0] in ("tuple", "list", "dict", "object"):
        items = parts_like(m, spec, value)
        if items is None:
            text = f"{what} does not have the structure of what it belongs to, {words(spec)}"
            m.fail(TypeCheckError, text, "give it the same containers, with the same keys")
        for s, v in zip(spec[-1], items, strict=True):
            _match(m, s, v, what, atoms)


def parts_like(m: Machine, spec: Spec, value: Value) -> Sequence[Value] | None:
    """The parts of `value` in the order of those of `spec`; None where they are not the same containers."""
    state = m.state(value.id) if isinstance(value, Ref) else None
    match spec, state:
        case ("tuple", cls, items), None if isinstance(value, Tup) and value.cls is cls:
            found = value.items
        case ("list", items), ListState():
            found = state.items
        case ("dict", keys, items), DictState() if set(state.keys) == {k.value for k in keys}:
            by_key = dict(zip(state.keys, state.items, strict=True))
            return [by_key[k.value] for k in keys]
        case ("object", cls, names, items), ObjectState() if state.cls is cls and set(state.names) == set(names):
            by_name = dict(zip(state.names, state.items, strict=True))
            return [by_name[name] for name in names]
        case _:
            return None
    return found if len(found) == len(items) else None


def tangent_of(m: Machine, spec: Spec, dots: Sequence[Atom], primals: Sequence[Atom]) -> Value:
    """The tangent of a result: its structure and its sizes, with zeros for what else is not floating.

    `primals` begin with the leaves of the result itself.
    """
    found = iter(dots)
    leaves = [
        next(found) if is_float(t) else primal if is_size else m.builder.full(t, python_scalar(t.dtype, 0))
        for t, is_size, primal in zip(leaf_types(spec), size_leaves(spec), primals, strict=False)
    ]
    return structured(m, _without_consts(spec), leaves)


def _without_consts(spec: Spec) -> Spec:
    """A compile-time number among results has the tangent zero."""
    if spec[0] == "const" and is_number(spec[1].value):
        return ("const", type(spec[1])(type(spec[1].value)(0)))
    if spec[0] in ("tuple", "list", "dict", "object"):
        return (*spec[:-1], tuple(_without_consts(s) for s in spec[-1]))
    return spec
