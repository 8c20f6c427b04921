"""The type that holds two numbers or arrays without changing a value: where paths meet, and for the items of a list."""

from __future__ import annotations

from typing import Any

import numpy as np

from myialike.infer.emit import join_kinds, weak
from myialike.infer.machine import array_type
from myialike.infer.signals import Signal
from myialike.infer.spec import NOTHING, Key, Spec, leaf_types, words
from myialike.infer.values import Kind
from myialike.ir.syntax import Atom, Lit, Var
from myialike.ir.types import BOOL, C128, DTYPES, F64, I64, SHORT_NAMES, Array, DType

NESTED = ("tuple", "list", "dict", "object", "value", "cell", "iterator", "grown", "sized")


class Mismatch(Signal):
    """Two values that cannot be one: what they are, then where they come from; `hint`: what to write instead."""

    hint = "give both paths the same type and shape"
    dicts: frozenset[Any] = frozenset()  # as `CompileError.dicts`


WITHOUT_DIMENSIONS = (
    "NumPy's operators make a number of an array without dimensions, which is another type: "
    "start with a number, np.float64(0.0), in place of np.zeros(()), or write s[()] where there is an array"
)


QUOTES = ("'", '"')


def instead(first: str, second: str, otherwise: str) -> str:
    """What to write where a value is described in one way on one path and in another way on the other."""
    if all(text[:1] in QUOTES or text == "a str" for text in (first, second)):
        return "let an int stand for the string: its place in a tuple of them"
    return WITHOUT_DIMENSIONS if {first, second} in ({t, f"{t}[]"} for t in (first, second)) else otherwise


def unify(a: tuple[Atom, Kind], b: tuple[Atom, Kind]) -> tuple[Array, Kind]:
    """The type that holds both of two numbers or arrays without changing a value; Mismatch if there is none."""
    (x, kx), (y, ky) = a, b
    tx, ty = array_type(x), array_type(y)
    if tx.shape != ty.shape:
        raise Mismatch
    kind = kx if kx == ky else join_kinds((kx, ky))
    if tx.dtype == ty.dtype:
        return tx, kind
    if tx.shape or BOOL in (tx.dtype, ty.dtype):
        raise Mismatch
    if kx == ky == "python":
        return Array(max((tx.dtype, ty.dtype), key=[I64, F64, C128].index)), kind
    if "python" not in (kx, ky):
        raise Mismatch
    soft, hard = (a, ty.dtype) if kx == "python" else (b, tx.dtype)
    if not _exact(soft, hard):
        raise Mismatch
    return Array(hard), kind


def _exact(soft: tuple[Atom, Kind], hard: DType) -> bool:
    """Whether a Python number is exact in the dtype `hard` and NumPy would give it that dtype."""
    stand = weak(soft)
    assert isinstance(stand, type)
    if np.result_type(stand(0), hard) != hard:
        return False
    atom = soft[0]
    if isinstance(atom, Lit):
        try:
            return bool(hard.type(atom.value) == atom.value)
        except OverflowError:  # an int beyond those of `hard`
            return False
    return hard in (F64, C128)


def unify_specs(a: Spec, b: Spec) -> Spec:
    """The structure that holds values of both of two structures; Mismatch if there is none."""
    if a == b or b == NOTHING:
        return a
    if a == NOTHING:
        return b
    if a[0] == b[0] == "num":
        (_, da, ka), (_, db, kb) = a, b
        type, kind = unify((Var("_", Array(DTYPES[da])), ka), (Var("_", Array(DTYPES[db])), kb))
        return ("num", SHORT_NAMES[type.dtype], kind)
    if is_list_form(a) and is_list_form(b) and (a[:-1] != b[:-1] or len(a[-1]) != len(b[-1])):
        return _unify_lists(a, b)
    if a[0] != b[0] or a[0] not in NESTED or a[1:-1] != b[1:-1] or len(a[-1]) != len(b[-1]):
        raise Mismatch(f"{words(a)} and {words(b)}")
    inner: tuple[Any, ...] = tuple(unify_specs(x, y) for x, y in zip(a[-1], b[-1], strict=True))
    return (*a[:-1], inner)


def is_list_form(spec: Spec) -> bool:
    return spec[0] in ("list", "grown")


def with_blank_lists(spec: Spec) -> Spec:
    """The structure in which lists without items are lists of run-time length, of items yet unknown."""
    if spec == ("list", ()):
        return _grown(NOTHING, 1, ("num", "i64", "python"))
    nested = spec[0] in ("tuple", "list", "dict", "object")
    return (*spec[:-1], tuple(map(with_blank_lists, spec[-1]))) if nested else spec


def list_form(spec: Spec) -> Spec:
    """The structure of a list of known length, with items of one structure, as a list of run-time length has it."""
    if spec[0] == "grown":
        return spec
    items = spec[-1]
    found = items[0]
    for item in items[1:]:
        found = unify_specs(found, item)
    return _grown(found, len(items), ("const", Key(len(items))))


def with_items(spec: Spec, item: Spec, capacity: int = 0, is_fixed: bool = True) -> Spec:
    """The structure of a list of run-time length with items of another structure, and with as much room."""
    return _grown(item, max(spec[2], capacity), spec[-1][0] if is_fixed else ("num", "i64", "python"))


def _grown(item: Spec, capacity: int, length: Spec) -> Spec:
    arrays = [("array", SHORT_NAMES[t.dtype], (capacity, *t.shape), "numpy") for t in leaf_types(item)]
    return ("grown", item, capacity, "an item of a list", (length, *arrays))


def _unify_lists(a: Spec, b: Spec) -> Spec:
    """Lists of different lengths, or of which one is of run-time length."""
    forms = [list_form(s) for s in (a, b) if s[-1]]
    if len(forms) < 2:
        _, item, capacity, *_ = forms[0]
        return _grown(item, capacity, ("num", "i64", "python"))
    (_, x, m, *_, (p, *_)), (_, y, n, *_, (q, *_)) = forms
    return _grown(unify_specs(x, y), max(m, n), p if p == q else ("num", "i64", "python"))
