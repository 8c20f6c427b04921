"""Arithmetic: Python's on Python numbers, NumPy's on everything else.

What NumPy does is in `myialike.infer.ufuncs`. Python numbers among themselves follow Python: true division of ints,
division by zero raises, `//` and `%` take the divisor's sign.
"""

from __future__ import annotations

import math
import operator as python
from collections.abc import Callable
from enum import Enum
from functools import partial
from typing import Any

import numpy as np

from myialike import library
from myialike.errors import INT_POWER, ShapeError, TypeCheckError, UnsupportedError
from myialike.infer.emit import cast, pointwise
from myialike.infer.growing import grow, grown
from myialike.infer.heap import GrownState, ListState
from myialike.infer.items import item_spec, only_numbers
from myialike.infer.machine import Machine, Unreachable, array_type, const_if_literal
from myialike.infer.overloading import arithmetic, method_of
from myialike.infer.sequences import as_array, children, keys
from myialike.infer.sized import elementwise, from_list, is_sized, part_of, store
from myialike.infer.sized_products import matmul as sized_matmul
from myialike.infer.ufuncs import matmul, operand, power, raise_now, resolve, ufunc
from myialike.infer.values import (
    Const,
    Num,
    Range,
    Ref,
    Tup,
    Value,
    as_message,
    as_num,
    is_number,
    joined,
    number_of_const,
    string,
)
from myialike.infer.widen import Mismatch
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
    a, b = (a, b) if op == "*" and repeats(m, a, b) else without_growing(m, a, b)
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


def without_growing(m: Machine, a: Value, b: Value) -> tuple[Value, Value]:
    """The operands of an operator; beside one of NumPy's, a list or a range of run-time length is an array."""
    if isinstance(a, Range) and (is_sized(m, b) or of_numpy(m, b)):
        a = m.call(Const(list), [a], ())
    if isinstance(b, Range) and (is_sized(m, a) or of_numpy(m, a)):
        b = m.call(Const(list), [b], ())
    if grown(m, a) is not None and (is_sized(m, b) or of_numpy(m, b)):
        return from_list(m, a), b
    if grown(m, b) is not None and (is_sized(m, a) or of_numpy(m, a)):
        return a, from_list(m, b)
    return a, b


def repeats(m: Machine, a: Value, b: Value) -> bool:
    """Whether a product is a sequence repeated: a number beside one, also one of NumPy's, says how often."""
    return any(is_list(m, x) and as_num(y) is not None for x, y in ((a, b), (b, a)))


def operator(m: Machine, op: str, a: Value, b: Value) -> Value:
    """`a op b` for every operator, `@` included."""
    if op != "@":
        return binary(m, op, a, b)
    a, b = m.use(a), m.use(b)
    overloaded = arithmetic(m, "matmul", a, b)
    a, b = (a, b) if overloaded is not None else without_growing(m, a, b)
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
            if (num := as_num(count)) is not None and is_repeated_in_a_loop(m, value, num):
                return m.call(Const(library.sequences.repeated), [value, count], [])
            if grown(m, value) is not None and as_num(count) is not None:
                check_whole(m, count)
                what = "repeating a list of run-time length, or one that is read at a run-time index, is not supported"
                m.fail(UnsupportedError, what, "[x for _ in range(n) for x in xs], with n known")
            found = value.items if isinstance(value, Tup) else list_items(m, value)
            if found is not None and as_num(count) is not None and not has_product(m, value):
                check_whole(m, count)
                times = m.known(count, "the number of repetitions of a sequence")
                return Tup(found * times) if isinstance(value, Tup) else m.new_list(found * times)
    return None


def has_product(m: Machine, value: Value) -> bool:
    """Whether the class of a sequence says what a product is; then NumPy's numbers do not repeat it."""
    return any(method_of(m, value, name) is not None for name in ("__mul__", "__rmul__"))


def check_whole(m: Machine, count: Value) -> None:
    """Refuse to repeat a sequence by what is no int."""
    num = as_num(count)
    assert num is not None
    if num.dtype.kind not in "biu" or (num.dtype == BOOL and num.kind != "python"):
        text = f"can't multiply a sequence by {m.describe(count)}, which is not an int"
        m.fail(TypeCheckError, text, "np.array(xs) * x multiplies each of its items")


def is_repeated_in_a_loop(m: Machine, value: Value, count: Num) -> bool:
    """Whether a list of numbers is repeated as often as only run time tells, or is of run-time length itself."""
    if not isinstance(value, Ref) or not is_list(m, value) or count.dtype.kind not in "bi":
        return False
    if count.dtype == BOOL and count.kind != "python":
        return False
    if grown(m, value) is None and (isinstance(count.atom, Lit) or m.whole_roots(count.atom)):
        return False
    try:
        spec = item_spec(m, value.id)
    except Mismatch:
        return False
    return spec is not None and only_numbers(spec)


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
    zero, infinite = Lit(0.0, Array(F64)), Lit(-math.inf, Array(F64))
    if not negative_ok:
        negative = pointwise(m, "logical_and", pointwise(m, "lt", base, zero), pointwise(m, "gt", base, infinite))
        fractional = pointwise(m, "gt", exponent, pointwise(m, "floor", exponent))  # false for nan and inf
        ok = pointwise(m, "logical_not", pointwise(m, "logical_and", negative, fractional))
        m.check(ok, "builtins.ValueError", "a negative float to a fractional power is complex in Python: not supported")
    if not (isinstance(exponent, Lit) and not -math.inf < exponent.value < 0):
        below = [pointwise(m, "lt", exponent, zero), pointwise(m, "gt", exponent, infinite)]
        harmless = pointwise(m, "logical_not", pointwise(m, "logical_and", *below))
        safe = pointwise(m, "logical_or", pointwise(m, "ne", base, zero), harmless)
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
    if low is not None or high is not None or m.whole_roots(exponent.atom):
        hint = "shift for a power of two: `1 << n`; or let the exponent be an int argument of the compiled function"
        m.need_static(exponent, f"{INT_POWER} (its sign decides between int and float)", hint)
    below = Num(pointwise(m, "lt", cast(m, exponent.atom, I64), Lit(0, Array(I64))), "python")
    sign = m.call(Const(decided), [below, Const(INT_POWER)], [])
    return bool(m.known(sign, INT_POWER))


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
