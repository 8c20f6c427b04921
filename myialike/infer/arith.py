"""Arithmetic: Python's on Python numbers, NumPy's on everything else.

What NumPy does is in `myialike.infer.ufuncs`. Python numbers among themselves follow Python: true division of ints,
division by zero raises, `//` and `%` take the divisor's sign.
"""

from __future__ import annotations

import math
import operator as python
from collections.abc import Callable, Sequence
from enum import Enum
from functools import partial
from typing import Any

import numpy as np

from myialike import library
from myialike.errors import ShapeError, TypeCheckError, UnsupportedError
from myialike.infer.emit import cast, pointwise
from myialike.infer.growing import grow, grown
from myialike.infer.heap import DictState, GrownState, ListState
from myialike.infer.machine import Machine, NeedStatic, Unreachable, array_type, const_if_literal
from myialike.infer.overloading import arithmetic, comparison, method_of
from myialike.infer.sequences import THE_TEXT, as_array, children, keys, static_items
from myialike.infer.sized import elementwise, is_sized, part_of, store
from myialike.infer.sized_products import matmul as sized_matmul
from myialike.infer.ufuncs import matmul, operand, power, raise_now, resolve, ufunc
from myialike.infer.values import (
    Const,
    Message,
    Num,
    Range,
    Ref,
    Tup,
    Value,
    View,
    as_message,
    as_num,
    is_number,
    joined,
    number_of_const,
    parts,
    same_const,
    string,
)
from myialike.ir.builder import python_scalar
from myialike.ir.syntax import Atom, Lit
from myialike.ir.types import BOOL, C128, F64, I64, Array, DType
from myialike.library.decided import decided

BINARY: dict[str, tuple[Callable[[Any, Any], Any], np.ufunc, str]] = {
    "+": (python.add, np.add, "add"),
    "-": (python.sub, np.subtract, "sub"),
    "*": (python.mul, np.multiply, "mul"),
    "/": (python.truediv, np.true_divide, "truediv"),
    "//": (python.floordiv, np.floor_divide, "floordiv"),
    "%": (python.mod, np.remainder, "mod"),
    "**": (python.pow, np.power, "pow"),
    "<<": (python.lshift, np.left_shift, "lshift"),
    ">>": (python.rshift, np.right_shift, "rshift"),
    "&": (python.and_, np.bitwise_and, "and"),
    "|": (python.or_, np.bitwise_or, "or"),
    "^": (python.xor, np.bitwise_xor, "xor"),
}
COMPARE: dict[str, tuple[Callable[[Any, Any], Any], np.ufunc, str]] = {
    "==": (python.eq, np.equal, "eq"),
    "!=": (python.ne, np.not_equal, "ne"),
    "<": (python.lt, np.less, "lt"),
    "<=": (python.le, np.less_equal, "le"),
    ">": (python.gt, np.greater, "gt"),
    ">=": (python.ge, np.greater_equal, "ge"),
}
UNARY: dict[str, tuple[Callable[[Any], Any], np.ufunc, str]] = {
    "-": (python.neg, np.negative, "neg"),
    "+": (python.pos, np.positive, "pos"),
    "~": (python.invert, np.invert, "invert"),
}


# -- Python's operators -----------------------------------------------------------------------------------------------


def binary(m: Machine, op: str, a: Value, b: Value) -> Value:
    """`a op b`."""
    a, b = m.use(a), m.use(b)
    fn, numpy_fn, dunder = BINARY[op]
    if isinstance(a, Const) and isinstance(b, Const):
        return constant(m, partial(fn, a.value, b.value), op, a, b)
    a, b = plain_number(a), plain_number(b)
    overloaded = arithmetic(m, dunder, a, b)
    if overloaded is not None:
        return overloaded
    if is_sized(m, a) or is_sized(m, b):
        return elementwise(m, [a, b], lambda rooms: binary(m, op, *rooms))
    sequence = concatenation(m, op, a, b)
    if sequence is not None:
        return sequence
    left, right = as_num(a), as_num(b)
    if left and right and left.kind == right.kind == "python":
        return python_binary(m, op, left, right)
    for value in (a, b):
        if m.operand(value) is None and (not of_numpy(m, a, b) or as_array(m, value) is None):
            m.fail(TypeCheckError, f"unsupported operand types for {op}: {m.describe(a)} and {m.describe(b)}")
    if op == "**" and right is not None and right.kind == "python" and operand(m, a, op)[0].type.dtype == BOOL:  # type: ignore[union-attr]
        if m.known(b, "the exponent of a power of bools") == 2 and right.dtype == I64:
            small = m.result(cast(m, operand(m, a, op)[0], np.dtype(np.int8)), "numpy")
            return ufunc(m, np.multiply, [small, small])  # NumPy squares here, in another dtype than for other powers
    return ufunc(m, numpy_fn, [a, b], what=op)


def plain_number(value: Value) -> Value:
    """A member of an `IntEnum` as the int that it is; other values as they are."""
    if isinstance(value, Const) and isinstance(value.value, Enum) and isinstance(value.value, int):
        return Const(int(value.value))
    return value


def of_numpy(m: Machine, *values: Value) -> bool:
    """Whether an operand is NumPy's, so that an operator takes lists and tuples as arrays."""
    return any(found is not None and found[1] != "python" for found in map(m.operand, values))


def operator(m: Machine, op: str, a: Value, b: Value) -> Value:
    """`a op b` for every operator, `@` included."""
    if op != "@":
        return binary(m, op, a, b)
    a, b = m.use(a), m.use(b)
    overloaded = arithmetic(m, "matmul", a, b)
    if overloaded is None and (is_sized(m, a) or is_sized(m, b)):
        return sized_matmul(m, a, b)
    if overloaded is None and not of_numpy(m, a, b):
        m.fail(TypeCheckError, f"unsupported operand types for @: {m.describe(a)} and {m.describe(b)}")
    return overloaded if overloaded is not None else matmul(m, a, b, "@")


def update_in_place(m: Machine, op: str, a: Ref, b: Value) -> Value:
    """`a op= b` on a NumPy array: the array itself changes, in its own dtype and shape."""
    if is_sized(m, a):
        store(m, a, fitting(m, op, a, operator(m, op, a, b), b))
        return a
    if is_sized(m, b):
        b = m.call(Const(np.asarray), [binary(m, "+", m.call(Const(np.zeros_like), [a], []), b)], [])
    type = array_type(m.array(a.id))
    found = m.operand(operator(m, op, a, b))
    assert found is not None
    new = found[0]
    if not np.can_cast(array_type(new).dtype, type.dtype, "same_kind"):
        m.fail(
            TypeCheckError,
            f"{op}= on an array of type {type} would give {new.type}, which does not fit into it",
            f"write `x = x {op} y` to make a new array",
        )
    if array_type(new).shape != type.shape:
        m.fail(
            ShapeError,
            f"{op}= on an array of type {type} would give {new.type}",
            "the right side must broadcast to the left",
        )
    m.write(a.id, cast(m, new, type.dtype))
    return a


def fitting(m: Machine, op: str, a: Ref, new: Value, b: Value) -> Value:
    """The result of `a op b` in the dtype of `a`, an array of run-time size."""
    part, found = part_of(m, a), part_of(m, new)
    assert part is not None
    room = found.room if found is not None else new
    dtypes = [array_type(atom).dtype for atom, _ in (operand(m, v, op) for v in (room, part.room))]
    if not np.can_cast(dtypes[0], dtypes[1], "same_kind"):
        text = f"{op}= on {m.describe(a)} would give {m.describe(new)}, which does not fit into it"
        m.fail(TypeCheckError, text, f"write `x = x {op} y` to make a new array")
    return new


def constant(m: Machine, compute: Callable[[], Any], op: str, *operands: Const) -> Value:
    """An operation on compile-time values, done by Python itself."""
    try:
        with np.errstate(all="ignore"):
            value = compute()
    except TypeError:
        types = " and ".join(m.describe(v) for v in operands)
        m.fail(TypeCheckError, f"unsupported operand types for {op}: {types}")
    except (ArithmeticError, ValueError) as error:
        raise_now(m, type(error), str(error))
    if isinstance(value, int) and not isinstance(value, bool) and not -(2**63) <= value < 2**63:
        m.fail(UnsupportedError, "this int does not fit 64 bits", "compute it in float, or outside")
    return Const(value)


def raise_key_error(m: Machine, key: Any) -> Value:
    """`KeyError` of a key known at compile time."""
    if isinstance(key, str):
        return raise_now(m, KeyError, key)
    if not is_number(key):
        m.fail(UnsupportedError, f"the key {key!r} is not in this dict")
    m.check(Lit(False, Array(BOOL)), "builtins.KeyError", None, [number_of_const(key).atom])
    raise Unreachable


def concatenation(m: Machine, op: str, a: Value, b: Value) -> Value | None:
    """`+` and `*` of tuples, lists and strings."""
    texts = as_message(a), as_message(b)
    if op == "+" and texts[0] is not None and texts[1] is not None:
        return string(joined([texts[0], texts[1]]))
    if op == "+" and isinstance(a, Tup) and isinstance(b, Tup):
        return Tup(a.items + b.items)
    if op == "+" and any(grown(m, v) is not None for v in (a, b)) and all(is_list(m, v) for v in (a, b)):
        return m.call(Const(library.sequences.joined), [as_grown(m, a, b), b], [])
    items, rest = list_items(m, a), list_items(m, b)
    if op == "+" and items is not None and rest is not None:
        return m.new_list(items + rest)
    if op == "|" and (names := keys(m, a)) is not None and (more := keys(m, b)) is not None:
        merged = dict(zip(names, children(m, a) or (), strict=True))
        merged |= dict(zip(more, children(m, b) or (), strict=True))
        return m.new_dict(tuple(merged), tuple(merged.values()))
    if op == "*":
        for value, count in ((a, b), (b, a)):
            if (text := as_message(value)) is not None and as_num(count) is not None:
                return string(joined([text] * m.known(count, "the number of repetitions of a string")))
            if grown(m, value) is not None and as_num(count) is not None:
                what = "repeating a list of run-time length, or one that is read at a run-time index, is not supported"
                m.fail(UnsupportedError, what, "[x for _ in range(n) for x in xs], with n known")
            found = value.items if isinstance(value, Tup) else list_items(m, value)
            if found is not None and (num := as_num(count)) is not None and num.dtype.kind in "bi":
                times = m.known(count, "the number of repetitions of a sequence")
                return Tup(found * times) if isinstance(value, Tup) else m.new_list(found * times)
    return None


def is_list(m: Machine, value: Value) -> bool:
    return isinstance(value, Ref) and isinstance(m.state(value.id), (ListState, GrownState))


def as_grown(m: Machine, value: Value, like: Value) -> Value:
    """A list as one of run-time length, with items like another's."""
    state, other = grown(m, value), grown(m, like)
    if state is not None or other is None or not isinstance(value, Ref):
        return value
    new = m.new_list(list_items(m, value) or ())
    grow(m, new.id, other.spec, other.capacity)
    return new


def list_items(m: Machine, value: Value) -> tuple[Value, ...] | None:
    if isinstance(value, Ref) and isinstance(state := m.state(value.id), ListState):
        return state.items
    return None


def python_binary(m: Machine, op: str, a: Num, b: Num) -> Value:
    """`a op b` on Python numbers of which at least one is known only at run time."""
    if op in ("<<", ">>", "&", "|", "^"):
        return python_bits(m, op, a, b)
    dtype = max((a.dtype, b.dtype, I64), key=[BOOL, I64, F64, C128].index)
    if op == "**":
        return python_power(m, a, b, dtype)
    if op in ("/", "//", "%"):
        return python_division(m, op, a, b, dtype)
    name = {"+": "add", "-": "sub", "*": "mul"}[op]
    if dtype == I64:
        return int_result(m, name, a, b, *bounds(op, a, b))
    return const_if_literal(Num(pointwise(m, name, cast(m, a.atom, dtype), cast(m, b.atom, dtype)), "python"))


LARGEST = 2**63 - 1
COUNTING = 2**32  # nobody adds numbers below this one so often that 64 bits overflow


def int_result(m: Machine, name: str, a: Num, b: Num, low: int | None, high: int | None) -> Value:
    """A sum, difference or product of ints, checked to have 64 bits where that is not known."""
    known = low is not None and high is not None and low >= -LARGEST and high <= LARGEST
    counting = name != "mul" and any(isinstance(v.atom, Lit) and abs(v.atom.value) < COUNTING for v in (a, b))
    x, y = cast(m, a.atom, I64), cast(m, b.atom, I64)
    if not known and not counting:
        check_64_bits(m, pointwise(m, name, cast(m, x, F64), cast(m, y, F64)))
    if not known:
        low, high = (v if v is not None and abs(v) <= LARGEST else None for v in (low, high))
    return const_if_literal(Num(pointwise(m, name, x, y), "python", low, high))


def check_64_bits(m: Machine, estimate: Atom) -> None:
    """Refuse an int that Python would make longer; `estimate` is its value as a float, off by 1 in 2**52 at most."""
    ok = pointwise(m, "lt", pointwise(m, "abs", estimate), Lit(float(2**63 - 2**12), Array(F64)))
    m.check(ok, "builtins.OverflowError", "an int of more than 64 bits is not supported in compiled code")


def bounds(op: str, a: Num, b: Num) -> tuple[int | None, int | None]:
    """Bounds of `a op b` for ints, where both operands are bounded."""
    (al, ah), (bl, bh) = interval(a), interval(b)
    if op == "-":
        bl, bh = (None if bh is None else -bh), (None if bl is None else -bl)
    if op in "+-":
        return (None if al is None or bl is None else al + bl), (None if ah is None or bh is None else ah + bh)
    if al is None or ah is None or bl is None or bh is None:
        return None, None
    corners = [x * y for x in (al, ah) for y in (bl, bh)]
    return min(corners), max(corners)


def interval(value: Num) -> tuple[int | None, int | None]:
    if isinstance(value.atom, Lit) and isinstance(value.atom.value, int):
        return value.atom.value, value.atom.value
    return value.low, value.high


def python_bits(m: Machine, op: str, a: Num, b: Num) -> Value:
    if a.dtype == b.dtype == BOOL and op in "&|^":
        name = {"&": "logical_and", "|": "logical_or", "^": "logical_xor"}[op]
        return Num(pointwise(m, name, a.atom, b.atom), "python")
    if not {a.dtype, b.dtype} <= {BOOL, I64}:
        m.fail(TypeCheckError, f"unsupported operand types for {op}: {m.describe(a)} and {m.describe(b)}")
    if op in ("<<", ">>"):
        ok = pointwise(m, "ge", cast(m, b.atom, I64), Lit(0, Array(I64)))
        m.check(ok, "builtins.ValueError", "negative shift count")
    if op == "<<":
        check_64_bits(m, pointwise(m, "mul", cast(m, a.atom, F64), pointwise(m, "exp2", cast(m, b.atom, F64))))
    name = {"&": "bit_and", "|": "bit_or", "^": "bit_xor", "<<": "shift_left", ">>": "shift_right"}[op]
    return Num(pointwise(m, name, cast(m, a.atom, I64), cast(m, b.atom, I64)), "python")


def python_division(m: Machine, op: str, a: Num, b: Num, dtype: DType) -> Value:
    if dtype == C128 and op != "/":
        m.fail(TypeCheckError, f"unsupported operand types for {op}: {m.describe(a)} and {m.describe(b)}")
    whole = dtype == I64
    check_nonzero(m, op, cast(m, b.atom, dtype))
    if op == "/":
        dtype = F64 if whole else dtype
    name = {"/": "div", "//": "floordiv", "%": "mod"}[op]
    atom = pointwise(m, name, cast(m, a.atom, dtype), cast(m, b.atom, dtype))
    bounded = op == "%" and whole and isinstance(b.atom, Lit) and b.atom.value > 0
    low, high = (0, b.atom.value - 1) if bounded and isinstance(b.atom, Lit) else (None, None)
    return const_if_literal(Num(atom, "python", low, high))


def check_nonzero(m: Machine, op: str, divisor: Atom) -> None:
    """Raise what Python raises when it divides by zero, in its own words."""
    zero = Lit(python_scalar(array_type(divisor).dtype, 0), array_type(divisor))
    if isinstance(divisor, Lit) and divisor.value != 0:
        return
    number = type(zero.value)
    try:
        BINARY[op][0](number(1), number(0))
        message = ""
    except ZeroDivisionError as error:
        message = str(error)
    m.check(pointwise(m, "ne", divisor, zero), "builtins.ZeroDivisionError", message)


def python_power(m: Machine, a: Num, b: Num, dtype: DType) -> Value:
    if dtype == C128:
        return Num(power(m, cast(m, a.atom, dtype), cast(m, b.atom, dtype)), "python")
    if dtype == I64:
        if not is_negative(m, b):
            exponent = cast(m, b.atom, I64)
            if not isinstance(exponent, Lit) or exponent.value > 1:
                check_64_bits(m, power(m, cast(m, a.atom, F64), cast(m, exponent, F64)))
            return Num(power(m, cast(m, a.atom, I64), exponent), "python")
        dtype = F64
    base, exponent = cast(m, a.atom, F64), cast(m, b.atom, F64)
    negative_ok = isinstance(exponent, Lit) and float(exponent.value).is_integer()
    zero = Lit(0.0, Array(F64))
    if not negative_ok:
        infinite = Lit(-math.inf, Array(F64))
        negative = pointwise(m, "logical_and", pointwise(m, "lt", base, zero), pointwise(m, "gt", base, infinite))
        fractional = pointwise(m, "gt", exponent, pointwise(m, "floor", exponent))  # false for nan and inf
        ok = pointwise(m, "logical_not", pointwise(m, "logical_and", negative, fractional))
        m.check(ok, "builtins.ValueError", "a negative float to a fractional power is complex in Python: not supported")
    if not (isinstance(exponent, Lit) and exponent.value >= 0):
        safe = pointwise(m, "logical_or", pointwise(m, "ne", base, zero), pointwise(m, "ge", exponent, zero))
        m.check(safe, "builtins.ZeroDivisionError", _power_message(0.0, -1.0))
    result = power(m, base, exponent)
    if not (isinstance(exponent, Lit) and 0 <= exponent.value <= 1):
        not_finite = [pointwise(m, "logical_not", m.emit("isfinite", x)) for x in (base, exponent)]
        fits = pointwise(m, "logical_or", m.emit("isfinite", result), pointwise(m, "logical_or", *not_finite))
        m.check(fits, "builtins.OverflowError", _power_message(1e200, 2.0))
    return const_if_literal(Num(result, "python"))


def is_negative(m: Machine, exponent: Num) -> bool:
    """Whether the exponent of a power of ints is negative, which decides between int and float."""
    low, high = interval(exponent)
    if (low is not None and low >= 0) or exponent.dtype == BOOL:
        return False
    if high is not None and high < 0:
        return True
    what = "the exponent of an int power"
    if low is not None or high is not None or m.whole_roots(exponent.atom):
        hint = "shift for a power of two: `1 << n`; or let the exponent be an int argument of the compiled function"
        m.need_static(exponent, f"{what} (its sign decides between int and float)", hint)
    sign = m.call(Const(decided), [compare(m, "<", exponent, Const(0)), Const(what)], [])
    return bool(m.known(sign, what))


def _power_message(base: float, exponent: float) -> str:
    """What Python says where a power of floats is none."""
    try:
        return str(base**exponent)
    except ArithmeticError as error:
        return str(error)


def unary(m: Machine, op: str, a: Value) -> Value:
    """`-a`, `+a`, `~a`."""
    a = m.use(a)
    fn, numpy_fn, dunder = UNARY[op]
    if isinstance(a, Const):
        return constant(m, lambda: fn(a.value), op, a)
    method = method_of(m, a, f"__{dunder}__")
    if method is not None:
        return m.call(Const(method), [a], [])
    if isinstance(a, Num) and a.kind == "python":
        return python_unary(m, op, a)
    if is_sized(m, a):
        return elementwise(m, [a], lambda rooms: unary(m, op, *rooms))
    if m.operand(a) is None:
        m.fail(TypeCheckError, f"bad operand type for unary {op}: {m.describe(a)}")
    if op == "+":
        return positive(m, a)
    return ufunc(m, numpy_fn, [a], what=f"unary {op}")


def positive(m: Machine, a: Value) -> Value:
    """`+a` of NumPy: a copy, but of bools an error."""
    found = operand(m, a, "unary +")
    resolve(m, np.positive, [found], "unary +", None)
    return m.result(*found)


def python_unary(m: Machine, op: str, a: Num) -> Value:
    atom = cast(m, a.atom, I64) if a.dtype == BOOL else a.atom
    if op == "+":
        return Num(atom, "python", a.low, a.high)
    if op == "~" and a.dtype not in (BOOL, I64):
        m.fail(TypeCheckError, f"bad operand type for unary ~: {m.describe(a)}")
    low, high = (None if a.high is None else -a.high), (None if a.low is None else -a.low)
    return Num(m.emit("neg" if op == "-" else "invert", atom), "python", *((low, high) if op == "-" else (None, None)))


# -- comparisons -----------------------------------------------------------------------------------------------------


def compare(m: Machine, op: str, a: Value, b: Value) -> Value:
    """`a op b` for every comparison of Python."""
    a, b = m.use(a), m.use(b)
    if op in ("is", "is not"):
        if is_python_bool(a) and is_python_bool(b):  # there is one True and one False
            return compare(m, "==" if op == "is" else "!=", a, b)
        return Const(identical(m, a, b) is (op == "is"))
    if op in ("in", "not in"):
        found = contains(m, b, a)
        return found if op == "in" else negate(m, found)
    fn, numpy_fn, name = COMPARE[op]
    a, b = (Const(m.known(v, THE_TEXT)) if isinstance(v, Message) else v for v in (a, b))
    if isinstance(a, Const) and isinstance(b, Const):
        return constant(m, partial(fn, a.value, b.value), op, a, b)
    a, b = plain_number(a), plain_number(b)
    overloaded = comparison(m, name, a, b)
    if overloaded is not None:
        return overloaded
    if is_sized(m, a) or is_sized(m, b):
        return elementwise(m, [a, b], lambda rooms: compare(m, op, *rooms))
    if op in ("==", "!=") and all(is_list(m, v) for v in (a, b)) and any(grown(m, v) is not None for v in (a, b)):
        same = m.call(Const(library.sequences.equal), [a, b], [])
        return same if op == "==" else negate(m, same)
    for value, other in ((a, b), (b, a)):
        if isinstance(value, View) and isinstance(other, (View, Ref)):
            m.fail(UnsupportedError, f"{op} of {m.describe(a)} and {m.describe(b)} is not taken", "compare lists")
        if isinstance(value, Range) and isinstance(other, Range):
            ends = [range(*(m.known(v, "the ends of a range") for v in parts(r))) for r in (a, b)]
            return constant(m, partial(fn, *ends), op, *map(Const, ends))
    left, right = as_num(a), as_num(b)
    if left and right and left.kind == right.kind == "python":
        if C128 in (left.dtype, right.dtype) and op not in ("==", "!="):
            m.fail(TypeCheckError, f"{op} is not supported between {m.describe(a)} and {m.describe(b)}")
        dtype = max((left.dtype, right.dtype), key=[BOOL, I64, F64, C128].index)
        dtype = I64 if dtype == BOOL and name not in ("eq", "ne") else dtype
        decided = by_bounds(name, left, right)
        if decided is not None:
            return Const(decided)
        return Num(pointwise(m, name, cast(m, left.atom, dtype), cast(m, right.atom, dtype)), "python")
    if op in ("==", "!=") and (m.operand(a) is None or m.operand(b) is None):
        return structural_equality(m, op, a, b)
    ordered = sequence_order(m, op, a, b)
    if ordered is not None:
        return ordered
    for value in (a, b):
        if m.operand(value) is None and (not of_numpy(m, a, b) or as_array(m, value) is None):
            m.fail(TypeCheckError, f"{op} is not supported between {m.describe(a)} and {m.describe(b)}")
    return ufunc(m, numpy_fn, [a, b], what=op)


def by_bounds(name: str, a: Num, b: Num) -> bool | None:
    """The result of an ordering of bounded ints, where the bounds decide it."""
    if not {a.dtype, b.dtype} <= {I64}:
        return None
    (al, ah), (bl, bh) = interval(a), interval(b)
    if name in ("gt", "ge"):
        (al, ah), (bl, bh), name = (bl, bh), (al, ah), {"gt": "lt", "ge": "le"}[name]
    if name == "lt":
        return (
            True
            if ah is not None and bl is not None and ah < bl
            else (False if al is not None and bh is not None and al >= bh else None)
        )
    if name == "le":
        return (
            True
            if ah is not None and bl is not None and ah <= bl
            else (False if al is not None and bh is not None and al > bh else None)
        )
    return None


def is_python_bool(value: Value) -> bool:
    number = as_num(value)
    return number is not None and number.kind == "python" and number.dtype == BOOL


def identical(m: Machine, a: Value, b: Value) -> bool:
    """`a is b`; of run-time values only what structure decides."""
    if isinstance(a, Const) and isinstance(b, Const):
        return a.value is b.value or (same_const(a.value, b.value) and isinstance(a.value, (int, str)))
    if isinstance(a, Ref) and isinstance(b, Ref):
        if a.id != b.id and m.heap.may_be_one(a.id, b.id):
            error = m.error(UnsupportedError, "whether these are one object depends on run-time values")
            raise NeedStatic(m.opened_by, error)
        return a.id == b.id
    for x, y in ((a, b), (b, a)):
        if isinstance(x, Const) and (x.value is None or x.value is Ellipsis or isinstance(x.value, (str, type))):
            return False
        if isinstance(x, Num) and not isinstance(y, Num) and not (isinstance(y, Const) and is_number(y.value)):
            return False
    left, right = as_num(a), as_num(b)
    if left and right:
        if (left.kind, left.dtype) != (right.kind, right.dtype):
            return False
    elif type(a) is not type(b):
        return False
    m.fail(
        UnsupportedError,
        f"`is` between {m.describe(a)} and {m.describe(b)} is not decided at compile time",
        "compare numbers with ==",
    )


def contains(m: Machine, container: Value, item: Value) -> Value:
    """`item in container` for tuples, lists, dicts, ranges' constants and strings."""
    if isinstance(container, Const) and isinstance(item, Const):
        return constant(m, lambda: item.value in container.value, "in", item, container)
    method = method_of(m, container, "__contains__")
    if method is not None:
        return m.call(Const(bool), [m.call(Const(method), [container, item], [])], [])
    if grown(m, container) is not None or is_sized(m, container):
        return m.call(Const(library.sequences.contains), [container, item], [])
    names = keys(m, container)
    if names is not None:
        if isinstance(item, Const):
            return Const(any(same_const(k, item.value) or k == item.value for k in names))
        if isinstance(item, Ref) and comparable_items(m, item) is not None:
            m.fail(TypeCheckError, f"a key of a dict is no {'list' if is_list(m, item) else 'dict'}: it can change")
    items = static_items(m, container) if names is None else tuple(map(Const, names))
    if items is None:
        if m.is_array(container):
            return any_of(m, compare(m, "==", container, item))
        m.fail(TypeCheckError, f"argument of `in` is not a container: {m.describe(container)}")
    found: Value = Const(False)
    for other in items:
        found = either(m, found, same_item(m, other, item))
    return found


def any_of(m: Machine, value: Value) -> Value:
    atom, _ = operand(m, value, "in")
    type = array_type(atom)
    return Num(m.emit("reduce_or", atom, axes=tuple(range(type.ndim))) if type.shape else atom, "python")


def either(m: Machine, a: Value, b: Value) -> Value:
    if isinstance(a, Const):
        return Const(True) if a.value else b
    if isinstance(b, Const):
        return Const(True) if b.value else a
    return Num(pointwise(m, "logical_or", operand(m, a, "or")[0], operand(m, b, "or")[0]), "python")


def both(m: Machine, a: Value, b: Value) -> Value:
    if isinstance(a, Const):
        return b if a.value else Const(False)
    if isinstance(b, Const):
        return a if b.value else Const(False)
    return Num(pointwise(m, "logical_and", operand(m, a, "and")[0], operand(m, b, "and")[0]), "python")


def negate(m: Machine, a: Value) -> Value:
    if isinstance(a, Const):
        return Const(not a.value)
    return Num(pointwise(m, "logical_not", operand(m, a, "not")[0]), "python")


def structural_equality(m: Machine, op: str, a: Value, b: Value) -> Value:
    """`==` of tuples, lists, dicts, and values of unlike kinds."""
    same = _equal(m, a, b)
    return same if op == "==" else negate(m, same)


def _equal(m: Machine, a: Value, b: Value) -> Value:
    if isinstance(a, Ref) and isinstance(b, Ref) and a.id == b.id:
        return Const(True)
    left, right = comparable_items(m, a), comparable_items(m, b)
    if left is None or right is None or left[0] != right[0] or len(left[1]) != len(right[1]):
        return Const(False)
    same: Value = Const(True)
    for x, y in zip(left[1], right[1], strict=True):
        same = both(m, same, same_item(m, x, y))
    return same


def same_item(m: Machine, a: Value, b: Value) -> Value:
    """Whether two items of containers are equal: one object is equal to itself there, also if it is NaN."""
    a, b = m.use(a), m.use(b)
    if (isinstance(a, Ref) and a == b) or (isinstance(a, Num) and isinstance(b, Num) and a == b):
        return Const(True)
    return one_truth(m, compare(m, "==", a, b))


def comparable_items(m: Machine, value: Value) -> tuple[Any, Sequence[Value]] | None:
    """What must be identical and what equal for two containers to be equal; None for anything else."""
    if isinstance(value, Tup):
        return tuple, value.items
    if isinstance(value, Const) and isinstance(value.value, tuple):
        return tuple, [Const(v) for v in value.value]
    if isinstance(value, Ref):
        match m.state(value.id):
            case ListState(items=items):
                return list, items
            case DictState(keys=names, items=items):
                found = dict(zip(names, items, strict=True))
                return (dict, frozenset(found)), [found[k] for k in sorted(found, key=lambda k: (str(type(k)), str(k)))]
    return None


def one_truth(m: Machine, value: Value) -> Value:
    """The truth of a comparison inside of a container: that of an array is ambiguous."""
    atom, _ = operand(m, value, "==")
    if any(d != 1 for d in array_type(atom).shape):
        m.fail(
            TypeCheckError,
            "the truth value of an array with more than one element is ambiguous",
            "compare arrays with np.array_equal",
        )
    return value if not array_type(atom).shape else Num(m.emit("reshape", atom, shape=()), "python")


def sequence_order(m: Machine, op: str, a: Value, b: Value) -> Value | None:
    """`<`, `<=`, `>`, `>=` of two tuples or two lists: the first items that differ decide."""
    left, right = comparable_items(m, a), comparable_items(m, b)
    if left is None or right is None or left[0] != right[0] or left[0] not in (tuple, list):
        return None
    pairs = list(zip(left[1], right[1], strict=False))
    total: Value = Const(COMPARE[op][0](len(left[1]), len(right[1])))
    for x, y in reversed(pairs):
        equal = same_item(m, x, y)
        total = either(m, both(m, equal, total), both(m, negate(m, equal), one_truth(m, compare(m, op, x, y))))
    return total
