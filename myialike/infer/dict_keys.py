"""Numbers, and tuples of numbers, as the keys of dicts: which are one key, and their hashes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import numpy as np

from myialike.infer.emit import cast, pointwise
from myialike.infer.machine import Machine, array_type
from myialike.infer.ranges import whole
from myialike.infer.spec import Spec
from myialike.infer.values import Const, Tup, Value, as_num
from myialike.ir.syntax import Atom, Lit
from myialike.ir.types import BOOL, DTYPES, F64, I64, Array
from myialike.ops.define import kind_of

U64 = np.dtype(np.uint64)
LOW = 2**31 - 1  # the bits of a hash that are multiplied, so that no product is beyond 64 bits
OF_ITEMS = 1000003
FRACTION = 2.0**52
BEYOND = 2.0**63


def items_of(key: Value) -> tuple[Value, ...] | None:
    if isinstance(key, Const) and isinstance(key.value, tuple):
        return tuple(map(Const, key.value))
    return key.items if isinstance(key, Tup) else None


def numbers_among(m: Machine, spec: Spec, key: Value) -> list[Atom] | None:
    """The numbers of a key as they would be among keys of a structure; None of what cannot be among these.

    An int among floats is a float; else it is what it is.
    """
    if spec[0] == "num":
        num, wants = as_num(key), DTYPES[spec[1]]
        if num is None or kind_of(num.dtype) == kind_of(wants) or kind_of(wants) not in "fc":
            return None if num is None else [num.atom]
        is_int = kind_of(num.dtype) in "biu"
        return [cast(m, num.atom, F64 if kind_of(wants) == "c" else wants) if is_int else num.atom]
    items = items_of(key)
    if items is None or len(items) != len(spec[-1]):
        return None
    found: list[Atom] = []
    for part, item in zip(spec[-1], items, strict=True):
        numbers = numbers_among(m, part, item)
        if numbers is None:
            return None
        found += numbers
    return found


def differs(m: Machine, a: Sequence[Atom], b: Sequence[Atom]) -> Atom:
    """Whether two keys are not one, by their numbers. NaN differs from itself."""
    same = [_same_number(m, p, q) for p, q in zip(a, b, strict=True)]
    return pointwise(m, "logical_not", reduce(lambda p, q: pointwise(m, "logical_and", p, q), same))


def _same_number(m: Machine, a: Atom, b: Atom) -> Atom:
    """Whether two numbers are equal, exactly: a float that an int is rounded to has another hash in Python."""
    p, q = (array_type(x).dtype for x in (a, b))
    if p == q:
        return pointwise(m, "eq", a, b)
    kinds = kind_of(p) + kind_of(q)
    if "c" in kinds:
        (x, y), (v, w) = _parts(m, a), _parts(m, b)
        return pointwise(m, "logical_and", _same_number(m, x, v), pointwise(m, "eq", y, w))
    if kinds == "ff":
        return pointwise(m, "eq", cast(m, a, F64), cast(m, b, F64))
    if "f" in kinds:
        return _is_int(m, b, cast(m, a, F64)) if kinds[0] == "f" else _is_int(m, a, cast(m, b, F64))
    same = pointwise(m, "eq", cast(m, a, I64), cast(m, b, I64))
    for atom in (a, b):
        if array_type(atom).dtype == U64:
            same = pointwise(m, "logical_and", same, pointwise(m, "lt", atom, Lit(2**63, Array(U64))))
    return same


def _parts(m: Machine, atom: Atom) -> tuple[Atom, Atom]:
    """The real and the imaginary part of a number, the latter in double precision."""
    if kind_of(array_type(atom).dtype) != "c":
        return atom, Lit(0.0, Array(F64))
    return pointwise(m, "real", atom), cast(m, pointwise(m, "imag", atom), F64)


def _is_int(m: Machine, number: Atom, real: Atom) -> Atom:
    """Whether a float is this int, or bool."""
    dtype = array_type(number).dtype
    if dtype == BOOL:
        return pointwise(m, "eq", cast(m, number, F64), real)
    low, high = (Lit(float(v), Array(F64)) for v in (np.iinfo(dtype).min, int(np.iinfo(dtype).max) + 1))
    inside = pointwise(m, "logical_and", pointwise(m, "ge", real, low), pointwise(m, "lt", real, high))
    ints = cast(m, pointwise(m, "select", inside, real, Lit(0.0, Array(F64))), dtype)
    is_close = pointwise(m, "logical_and", inside, pointwise(m, "eq", cast(m, number, F64), real))
    return pointwise(m, "logical_and", is_close, pointwise(m, "eq", ints, number))


# -- hashes -----------------------------------------------------------------------------------------------------------


def hash_of(m: Machine, numbers: Sequence[Atom]) -> Atom:
    """An int that is the same for equal numbers, whatever their types.

    That of an int is the int itself, that of a float is made of its whole part and of 52 bits behind the point.
    """
    found, *rest = [_hash(m, atom) for atom in numbers]
    for part in rest:
        found = pointwise(m, "bit_xor", _mixed(m, found), part)
    return found


def _hash(m: Machine, atom: Atom) -> Atom:
    dtype = array_type(atom).dtype
    match kind_of(dtype):
        case "c":
            real, imag = (_of_float(m, part) for part in _parts(m, atom))
            return pointwise(m, "bit_xor", real, _mixed(m, imag))
        case "f":
            return _of_float(m, atom)
        case "u" if dtype == U64:
            is_small = pointwise(m, "lt", atom, Lit(2**63, Array(U64)))
            return cast(m, pointwise(m, "select", is_small, atom, Lit(0, Array(U64))), I64)
        case _:
            return cast(m, atom, I64)


def _mixed(m: Machine, hash: Atom) -> Atom:
    return pointwise(m, "mul", pointwise(m, "bit_and", hash, whole(LOW)), whole(OF_ITEMS))


def _of_float(m: Machine, atom: Atom) -> Atom:
    """That of an int if the float is one. All steps are exact, so no compiler makes something else of them."""

    def float_of(value: float) -> Lit:
        return Lit(value, Array(F64))

    x = cast(m, atom, F64)
    above, below = pointwise(m, "ge", x, float_of(-BEYOND)), pointwise(m, "lt", x, float_of(BEYOND))
    x = pointwise(m, "select", pointwise(m, "logical_and", above, below), x, float_of(0.0))
    ints = cast(m, x, I64)
    rest = pointwise(m, "mul", pointwise(m, "sub", x, cast(m, ints, F64)), float_of(FRACTION))
    return pointwise(m, "bit_xor", ints, cast(m, rest, I64))


