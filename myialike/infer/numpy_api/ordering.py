"""Sorting, taking by position, and differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from myialike.errors import ShapeError, TypeCheckError
from myialike.infer.array_indexing import wrapped
from myialike.infer.emit import broadcast, broadcast_shapes, cast
from myialike.infer.indexing import get_item
from myialike.infer.machine import Machine, array_type
from myialike.infer.numpy_api.arguments import array_of, axis_of, is_none, only, shape_at, size_of
from myialike.infer.numpy_api.constructors import arange, np_asarray, python_number
from myialike.infer.numpy_api.joining import along, flat
from myialike.infer.numpy_api.shapes import np_ravel
from myialike.infer.sequences import expand
from myialike.infer.ufuncs import raise_now
from myialike.infer.values import NONE, Const, Ref, Tup, Value
from myialike.ir.syntax import Atom
from myialike.ir.types import BOOL, I64, static_shape
from myialike.library import placing

KINDS = (None, "quicksort", "stable", "mergesort", "heapsort")


def one_order(m: Machine, kind: Value, stable: Value) -> None:
    """Check how to sort: any way will do, but only one may be named."""
    only(m, kind, KINDS, "kind")
    if not is_none(kind) and not is_none(stable):
        m.fail(TypeCheckError, "`kind` and `stable` can't be provided at the same time", "leave out one of them")


def sorter(op: str) -> Callable[..., Value]:
    """`sort`, `argsort`: always stable, which every kind of NumPy's allows."""

    def function(m: Machine, a: Value, axis: Value = Const(-1), kind: Value = NONE, *, stable: Value = NONE) -> Value:
        one_order(m, kind, stable)
        atom, made = array_of(m, a, f"np.{op}")
        if is_none(axis) or (op == "argsort" and not array_type(atom).shape):
            atom, axis = flat(m, atom), Const(-1) if is_none(axis) else axis
        return m.new_array(m.emit(op, atom, axis=axis_of(m, axis, array_type(atom).ndim, f"np.{op}")), made)

    return function


def sort_in_place(m: Machine, a: Value, axis: Value = Const(-1), kind: Value = NONE, *, stable: Value = NONE) -> Value:
    """`a.sort()`."""
    one_order(m, kind, stable)
    assert isinstance(a, Ref)
    atom = m.array(a.id)
    m.write(a.id, m.emit("sort", atom, axis=axis_of(m, axis, array_type(atom).ndim, "sort()")))
    return NONE


def partition_in_place(
    m: Machine, a: Value, kth: Value, axis: Value = Const(-1), kind: Value = Const("introselect"), order: Value = NONE
) -> Value:
    """`a.partition(k)`."""
    assert isinstance(a, Ref)
    found, _ = array_of(m, m.call(Const(np.partition), [a, kth, axis, kind, order], ()), "partition()")
    m.write(a.id, found)
    return NONE


def np_take(m: Machine, a: Value, indices: Value, axis: Value = NONE, mode: Value = Const("raise")) -> Value:
    if m.known(mode, "mode") != "raise":
        return m.call(Const(placing.take), [a, indices, axis, mode], ())
    array = np_asarray(m, a)
    if is_none(axis):
        array, axis = np_ravel(m, array), Const(0)
    shape = shape_at(m, array, "np.take")
    where = axis_of(m, axis, len(shape), "np.take")
    picked, _ = array_of(m, indices, "np.take")
    if array_type(picked).dtype.kind not in "biu" and size_of(picked):
        m.fail(TypeCheckError, f"np.take takes ints, not {picked.type}")
    if shape[where] == 0 and size_of(picked) and 0 not in shape[:where] + shape[where + 1 :]:
        return raise_now(m, IndexError, "cannot do a non-empty take from an empty axes.")
    if array_type(picked).dtype == BOOL:
        indices = m.result(cast(m, picked, I64), "numpy")
    return get_item(m, array, along(where, indices))


def np_take_along_axis(m: Machine, arr: Value, indices: Value, axis: Value = Const(-1)) -> Value:
    (atom, kind), (at, _) = array_of(m, arr, "np.take_along_axis"), array_of(m, indices, "np.take_along_axis")
    if is_none(axis):
        atom, axis = flat(m, atom), Const(0)
    shape, found = static_shape(array_type(atom)), static_shape(array_type(at))
    where = axis_of(m, axis, len(shape), "np.take_along_axis")
    if len(found) != len(shape) or array_type(at).dtype.kind not in "iu":
        m.fail(
            ShapeError, f"np.take_along_axis: {at.type} does not index {atom.type}", "give ints of as many dimensions"
        )
    wide = broadcast_shapes(m, [(*shape[:where], 1, *shape[where + 1 :]), found], "np.take_along_axis")
    places = [
        wrapped(m, cast(m, broadcast(m, at, wide), I64), where, shape[where])
        if k == where
        else expand(m, arange(m, 0, n), tuple(n if j == k else 1 for j in range(len(shape))))
        for k, n in enumerate(shape)
    ]
    if any(n != w for k, (n, w) in enumerate(zip(shape, wide, strict=True)) if k != where):
        m.fail(ShapeError, f"np.take_along_axis: {at.type} does not fit {atom.type}")
    return m.new_array(m.emit("index", atom, *places, spec=(("arr",),) * len(shape)), kind)


def item(m: Machine, a: Value, *index: Value) -> Value:
    """`a.item()`: a Python number."""
    atom: Atom
    if index:
        chosen = index[0] if len(index) == 1 else Tup(index)
        base = np_ravel(m, a) if len(index) == 1 and not isinstance(chosen, Tup) else np_asarray(m, a)
        atom, _ = array_of(m, get_item(m, base, chosen), "item")
    else:
        atom, _ = array_of(m, a, "item")
    if size_of(atom) != 1:
        m.fail(TypeCheckError, f"item() of an array of type {atom.type}: only an array of one element is a number")
    return python_number(m, m.emit("reshape", atom, shape=()) if array_type(atom).shape else atom)


ORDERING: dict[Any, Callable[..., Value]] = {
    np.sort: sorter("sort"),
    np.argsort: sorter("argsort"),
    np.take: np_take,
    np.take_along_axis: np_take_along_axis,
}
