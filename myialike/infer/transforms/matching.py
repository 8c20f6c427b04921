"""Tangents and cotangents that a program gives and gets: values with the structure of what they belong to."""

from __future__ import annotations

from collections.abc import Sequence

from myialike.errors import TypeCheckError, UnsupportedError
from myialike.infer.emit import cast
from myialike.infer.machine import Machine, array_type
from myialike.infer.sequences import children
from myialike.infer.spec import Spec, has_run_time_size, leaf_types
from myialike.infer.transforms.wanted import structured
from myialike.infer.values import Tup, Value
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
    return [cast(m, a, t.dtype) for a, t in zip(atoms, types, strict=True)]


def _match(m: Machine, spec: Spec, value: Value, what: str, atoms: list[Atom]) -> None:
    if spec[0] in ("num", "array"):
        found = m.operand(value)
        if found is None:
            m.fail(TypeCheckError, f"{what} has {m.describe(value)} where {next(leaf_types(spec))} is wanted")
        if is_float(next(leaf_types(spec))):
            atoms.append(found[0])
        return
    if spec[0] in ("tuple", "list", "dict", "object"):
        items = children(m, value)
        if items is None or len(items) != len(spec[-1]):
            m.fail(TypeCheckError, f"{what} does not have the structure of what it belongs to")
        for s, v in zip(spec[-1], items, strict=True):
            _match(m, s, v, what, atoms)


def tangent_of(m: Machine, spec: Spec, dots: Sequence[Atom]) -> Value:
    """The tangent of a result: its structure, with zeros for what is not floating."""
    found = iter(dots)
    leaves = [next(found) if is_float(t) else m.builder.full(t, python_scalar(t.dtype, 0)) for t in leaf_types(spec)]
    return structured(m, _without_consts(spec), leaves)


def _without_consts(spec: Spec) -> Spec:
    """A compile-time number among results has the tangent zero."""
    if spec[0] == "const" and isinstance(spec[1].value, (float, complex)):
        return ("const", type(spec[1])(type(spec[1].value)(0)))
    if spec[0] in ("tuple", "list", "dict", "object"):
        return (*spec[:-1], tuple(_without_consts(s) for s in spec[-1]))
    return spec
