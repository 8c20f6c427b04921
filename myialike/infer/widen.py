"""The type that holds two numbers or arrays without changing a value: where paths meet, and for the items of a list."""

from __future__ import annotations

from typing import Any

import numpy as np

from myialike.infer.emit import join_kinds, weak
from myialike.infer.machine import array_type
from myialike.infer.spec import Spec, words
from myialike.infer.values import Kind
from myialike.ir.syntax import Atom, Lit, Var
from myialike.ir.types import BOOL, C128, DTYPES, F64, I64, SHORT_NAMES, Array, DType

NESTED = ("tuple", "list", "dict", "object", "value", "cell", "iterator", "grown", "sized")


class Mismatch(Exception):
    """Two values that cannot be one: what they are, then where they come from."""


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
        return bool(hard.type(atom.value) == atom.value)
    return hard in (F64, C128)


def unify_specs(a: Spec, b: Spec) -> Spec:
    """The structure that holds values of both of two structures; Mismatch if there is none."""
    if a == b:
        return a
    if a[0] == b[0] == "num":
        (_, da, ka), (_, db, kb) = a, b
        type, kind = unify((Var("_", Array(DTYPES[da])), ka), (Var("_", Array(DTYPES[db])), kb))
        return ("num", SHORT_NAMES[type.dtype], kind)
    if a[0] != b[0] or a[0] not in NESTED or a[1:-1] != b[1:-1] or len(a[-1]) != len(b[-1]):
        raise Mismatch(f"{words(a)} and {words(b)}")
    inner: tuple[Any, ...] = tuple(unify_specs(x, y) for x, y in zip(a[-1], b[-1], strict=True))
    return (*a[:-1], inner)
