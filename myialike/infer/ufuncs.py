"""Ufuncs: NumPy's arithmetic on numbers and arrays, in the dtypes that NumPy itself resolves.

Which dtype an operation works in, and which it gives, is asked of NumPy: `ufunc.resolve_dtypes` takes Python's `int`,
`float` and `complex` for operands that have no dtype of their own (NEP 50). A Python int that does not fit the dtype it
would take is an error where it is used for arithmetic, and compared by its value.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from myialike import library
from myialike.errors import ShapeError, TypeCheckError, UnsupportedError
from myialike.infer.emit import broadcast, broadcast_shapes, cast, join_kinds, pointwise, stands, truth
from myialike.infer.machine import Machine, Unreachable, array_type
from myialike.infer.sequences import as_array
from myialike.infer.values import Kind, Value
from myialike.ir.op import TABLE
from myialike.ir.syntax import Atom, Lit
from myialike.ir.types import BOOL, I64, SHORT_NAMES, Array, DType
from myialike.ops.define import kind_of

# The typed operation of each ufunc; where the operation depends on the dtype, a function of the dtype's kind.
UFUNCS: dict[np.ufunc, str] = {
    np.add: "add",
    np.subtract: "sub",
    np.multiply: "mul",
    np.true_divide: "div",
    np.floor_divide: "floordiv",
    np.remainder: "mod",
    np.fmod: "fmod",
    np.power: "pow",
    np.maximum: "maximum",
    np.minimum: "minimum",
    np.fmax: "fmax",
    np.fmin: "fmin",
    np.arctan2: "arctan2",
    np.hypot: "hypot",
    np.copysign: "copysign",
    np.nextafter: "nextafter",
    np.logaddexp: "logaddexp",
    np.negative: "neg",
    np.absolute: "abs",
    np.sign: "sign",
    np.exp: "exp",
    np.exp2: "exp2",
    np.expm1: "expm1",
    np.log: "log",
    np.log2: "log2",
    np.log10: "log10",
    np.log1p: "log1p",
    np.sqrt: "sqrt",
    np.cbrt: "cbrt",
    np.sin: "sin",
    np.cos: "cos",
    np.tan: "tan",
    np.arcsin: "arcsin",
    np.arccos: "arccos",
    np.arctan: "arctan",
    np.sinh: "sinh",
    np.cosh: "cosh",
    np.tanh: "tanh",
    np.arcsinh: "arcsinh",
    np.arccosh: "arccosh",
    np.arctanh: "arctanh",
    np.floor: "floor",
    np.ceil: "ceil",
    np.rint: "rint",
    np.trunc: "trunc",
    np.conjugate: "conj",
    np.isnan: "isnan",
    np.isinf: "isinf",
    np.isfinite: "isfinite",
    np.signbit: "signbit",
    np.logical_not: "logical_not",
    np.logical_and: "logical_and",
    np.logical_or: "logical_or",
    np.logical_xor: "logical_xor",
    np.invert: "invert",
    np.bitwise_and: "bit_and",
    np.bitwise_or: "bit_or",
    np.bitwise_xor: "bit_xor",
    np.left_shift: "shift_left",
    np.right_shift: "shift_right",
    np.equal: "eq",
    np.not_equal: "ne",
    np.less: "lt",
    np.less_equal: "le",
    np.greater: "gt",
    np.greater_equal: "ge",
    np.fabs: "abs",
    **library.SPECIAL_OPERATIONS,
}
BOOL_OPS = {
    "add": "logical_or",
    "mul": "logical_and",
    "maximum": "logical_or",
    "minimum": "logical_and",
    "bit_and": "logical_and",
    "bit_or": "logical_or",
    "bit_xor": "logical_xor",
    "invert": "logical_not",
    "abs": "",
    "neg": "",
}
LOGICAL = (np.logical_and, np.logical_or, np.logical_xor, np.logical_not)
COMPARISONS = (np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal)
ROUNDING = ("floor", "ceil", "rint", "trunc", "conj")


def ufunc(m: Machine, fn: np.ufunc, args: Sequence[Value], what: str = "", dtype: DType | None = None) -> Value:
    """A NumPy ufunc on numbers and arrays."""
    operands = [operand(m, a, what or f"np.{fn.__name__}") for a in args]
    return m.result(ufunc_atom(m, fn, operands, what, dtype), join_kinds([k for _, k in operands]))


def operand(m: Machine, value: Value, what: str) -> tuple[Atom, Kind]:
    """A number or array operand; lists and tuples of numbers become arrays, as NumPy makes them."""
    found = m.operand(value)
    if found is None:
        from_sequence = as_array(m, value)
        if from_sequence is None:
            m.fail(TypeCheckError, f"{what} takes numbers and arrays, not {m.describe(value)}")
        return from_sequence, "numpy"
    return found


def ufunc_atom(
    m: Machine,
    fn: np.ufunc,
    operands: Sequence[tuple[Atom, Kind]],
    what: str = "",
    dtype: DType | None = None,
    casting: str = "same_kind",
) -> Atom:
    what = what or f"np.{fn.__name__}"
    inputs, out = resolve(m, fn, operands, what, dtype, casting)
    if fn in COMPARISONS and any(small_int(o, d) for o, d in zip(operands, inputs, strict=True)):
        inputs = comparable(m, operands, inputs, what)
    atoms = [converted(m, o, d, out) for o, d in zip(operands, inputs, strict=True)]
    if fn in COMPARISONS and len(set(inputs)) > 1:
        return signs_apart(m, fn, atoms, what)
    return elementary(m, fn, atoms, inputs[0], out, what)


def elementary(m: Machine, fn: np.ufunc, atoms: list[Atom], dtype: DType, out: DType, what: str) -> Atom:
    """A ufunc on operands of the dtypes that it works in."""
    op = UFUNCS[fn]
    if fn in LOGICAL:
        atoms = [truth(m, a) for a in atoms]
    elif dtype == BOOL:
        op = BOOL_OPS.get(op, op)
    if not op or (dtype.kind in "biu" and op in ROUNDING) or (op == "abs" and dtype.kind == "u"):
        return atoms[0]
    if op == "pow":
        return power(m, atoms[0], atoms[1], what)
    if op in ("isnan", "isinf", "isfinite") and dtype.kind in "biu":
        return pointwise(m, "eq" if op == "isfinite" else "ne", atoms[0], atoms[0])
    if any(kind_of(array_type(a).dtype) not in TABLE[op].kinds for a in atoms):
        m.fail(UnsupportedError, f"{what} of {dtype} is not taken", "cast the operand, or take its real part")
    result = pointwise(m, op, *atoms, what=what)
    return result if op == "abs" else cast(m, result, out)


def resolve(
    m: Machine,
    fn: np.ufunc,
    operands: Sequence[tuple[Atom, Kind]],
    what: str,
    dtype: DType | None,
    casting: Any = "same_kind",
) -> tuple[list[DType], DType]:
    """The dtypes that NumPy would compute in, and the result's."""
    given = stands(operands)
    if fn in COMPARISONS and all(s is int for s in given):
        given = (I64,) * len(given)  # NumPy compares them as objects
    wanted: dict[str, Any] = {} if dtype is None else {"signature": (None,) * fn.nin + (dtype,) * fn.nout}
    try:
        found = fn.resolve_dtypes((*given, *(None,) * fn.nout), casting=casting, **wanted)
    except TypeError as error:
        if "Cannot cast" in str(error):
            m.fail(TypeCheckError, f"{what}: {str(error)[0].lower()}{str(error)[1:]}", "cast it with .astype first")
        types = " and ".join(str(array_type(a).dtype) for a, _ in operands)
        m.fail(TypeCheckError, f"{what} does not take {types}")
    if any(d not in SHORT_NAMES for d in found):
        m.fail(
            UnsupportedError,
            f"{what} works in dtype {next(d for d in found if d not in SHORT_NAMES)} here, which is not taken",
            "cast an operand to float32 or float64 first",
        )
    return list(found[: fn.nin]), found[fn.nin]


# -- Python ints that may not fit ---------------------------------------------------------------------------------


def small_int(operand: tuple[Atom, Kind], dtype: DType) -> bool:
    """Whether an operand is a Python int that takes a dtype with fewer values."""
    atom, kind = operand
    return kind == "python" and array_type(atom).dtype == I64 and dtype.kind in "iu" and dtype != I64


def converted(m: Machine, operand: tuple[Atom, Kind], dtype: DType, out: DType) -> Atom:
    """An operand in the dtype of the operation; a Python int that does not fit is NumPy's OverflowError."""
    atom = operand[0]
    if small_int(operand, dtype) and out != BOOL:
        low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
        text = f"Python integer {{}} out of bounds for {dtype}"
        if isinstance(atom, Lit) and not low <= atom.value <= high:
            raise_now(m, OverflowError, text.format(atom.value))
        ok = pointwise(m, "ge", atom, Lit(low, Array(I64)))
        if high < 2**63 - 1:
            ok = pointwise(m, "logical_and", ok, pointwise(m, "le", atom, Lit(high, Array(I64))))
        m.check(ok, "builtins.OverflowError", text, [atom])
    return cast(m, atom, dtype)


def comparable(m: Machine, operands: Sequence[tuple[Atom, Kind]], inputs: Sequence[DType], what: str) -> list[DType]:
    """The dtypes in which an array and a Python int are compared by their values."""
    if any(d == np.uint64 for d in inputs):
        if all(k != "python" or (isinstance(a, Lit) and a.value >= 0) for a, k in operands):
            return list(inputs)
        m.fail(
            UnsupportedError,
            f"{what} of uint64 and a Python int that may be negative is not taken",
            "cast the array to int64 or float64 first",
        )
    return [I64] * len(operands)


def signs_apart(m: Machine, fn: np.ufunc, atoms: Sequence[Atom], what: str) -> Atom:
    """A comparison of int64 and uint64 by their values: a negative int is less than all of uint64."""
    unsigned = np.dtype(np.uint64)
    op, first = UFUNCS[fn], array_type(atoms[0]).dtype == I64
    signed = atoms[0] if first else atoms[1]
    found = pointwise(m, op, *(cast(m, a, unsigned) for a in atoms), what=what)
    negative = pointwise(m, "lt", signed, Lit(0, Array(I64)))
    less = op in (("ne", "lt", "le") if first else ("ne", "gt", "ge"))
    return pointwise(m, "select", negative, Lit(less, Array(BOOL)), found)


def raise_now(m: Machine, cls: type, message: str | None) -> Value:
    """Raise at run time, always; nothing after it is executed."""
    text = None if message is None else message.replace("{", "{{").replace("}", "}}")
    m.check(Lit(False, Array(BOOL)), f"{cls.__module__}.{cls.__qualname__}", text)
    raise Unreachable


# -- powers and products -------------------------------------------------------------------------------------------


def power(m: Machine, base: Atom, exponent: Atom, what: str = "**") -> Atom:
    """`base ** exponent` in equal dtypes; a whole literal exponent becomes a product."""
    kind = array_type(base).dtype.kind
    if isinstance(exponent, Lit) and kind in "fciu" and not isinstance(base, Lit):
        value = exponent.value
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        if whole and abs(value) <= 64 and (value >= 0 or kind in "fc"):
            return m.emit("integer_pow", base, n=int(value)) if value != 1 else base
    if kind == "i":
        check_exponent(m, base, exponent)
    return pointwise(m, "pow", base, exponent, what=what)


def check_exponent(m: Machine, base: Atom, exponent: Atom) -> None:
    """NumPy's ints have no negative powers."""
    shapes = [array_type(a).shape for a in (base, exponent)]
    if any(0 in s for s in shapes):
        return
    ok = pointwise(m, "ge", exponent, Lit(0, Array(array_type(exponent).dtype)))
    rank = array_type(ok).ndim
    every = m.emit("reduce_and", ok, axes=tuple(range(rank))) if rank else ok
    m.check(every, "builtins.ValueError", "Integers to negative integer powers are not allowed.")


def matmul(m: Machine, a: Value, b: Value, what: str = "np.matmul") -> Value:
    """`a @ b`, NumPy's rules for every rank."""
    operands = [operand(m, v, what) for v in (a, b)]
    inputs, out = resolve(m, np.matmul, operands, what, None)
    x, y = (cast(m, o[0], d if d != BOOL else I64) for o, d in zip(operands, inputs, strict=True))
    s, t = array_type(x).shape, array_type(y).shape
    if not s or not t:
        m.fail(ShapeError, f"{what} of {x.type} and {y.type}: a scalar has no matrix product", "use * for scalars")
    inner = t[-2] if len(t) > 1 else t[0]
    if s[-1] != inner:
        m.fail(
            ShapeError,
            f"{what} of {x.type} and {y.type}: the last dimension of the first, {s[-1]}, is not the "
            f"{'second to last' if len(t) > 1 else 'only'} of the second, {inner}",
            "transpose one of them with .T, or check which dimension is which",
        )
    product = batched(m, x, y)
    return m.result(truth(m, product) if out == BOOL else product, join_kinds([k for _, k in operands]))


def batched(m: Machine, x: Atom, y: Atom) -> Atom:
    """The matrix product, of operands with equal batch dims where a rank is above 2."""
    s, t = array_type(x).shape, array_type(y).shape
    if max(len(s), len(t)) <= 2:
        return m.emit("matmul", x, y)
    if len(s) == 1:
        x = m.emit("reshape", x, shape=(1, *s))
    if len(t) == 1:
        y = m.emit("reshape", y, shape=(*t, 1))
    batch = broadcast_shapes(m, [array_type(x).shape[:-2], array_type(y).shape[:-2]], "@")
    out = m.emit("matmul", *(broadcast(m, v, (*batch, *array_type(v).shape[-2:])) for v in (x, y)))
    shape = (*batch, *s[-2:-1], *(t[-1:] if len(t) > 1 else ()))
    return m.emit("reshape", out, shape=shape) if array_type(out).shape != shape else out
