"""Python's builtins, `math`, `operator`, and the methods of lists, dicts, tuples and strings."""

from __future__ import annotations

import functools
import itertools
import math
import operator as python
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from myialike.errors import TypeCheckError, UnsupportedError
from myialike.infer.arith import (
    binary,
    comparable_items,
    compare,
    constant,
    either,
    interval,
    negate,
    operator,
    raise_key_error,
    unary,
)
from myialike.infer.arith import both as conjunction
from myialike.infer.attributes import get_attribute, method_of, set_attribute
from myialike.infer.emit import cast, pointwise
from myialike.infer.heap import DictState, IteratorState, ListState, ObjectState
from myialike.infer.indexing import get_item
from myialike.infer.iteration import indexed, range_length
from myialike.infer.machine import Machine, array_type
from myialike.infer.numpy_api import METHODS
from myialike.infer.numpy_api.constructors import python_number
from myialike.infer.numpy_api.reductions import reduce_atom
from myialike.infer.printing import format_method, py_print, repr_of, str_of
from myialike.infer.run import truth_value
from myialike.infer.sequences import children, consumed, is_iterator, keys, required_items
from myialike.infer.ufuncs import operand, raise_now, ufunc
from myialike.infer.values import (
    NONE,
    BuiltinMethod,
    Const,
    Counter,
    Kind,
    Mapped,
    Num,
    Partial,
    Range,
    Ref,
    Reversed,
    Slice,
    Super,
    Tup,
    Value,
    Zipped,
    as_num,
    is_function,
    string,
)
from myialike.ir.syntax import Lit
from myialike.ir.types import BOOL, C128, F64, I64, Array

# -- numbers -----------------------------------------------------------------------------------------------------------


def py_abs(m: Machine, x: Value) -> Value:
    x = m.use(x)
    if isinstance(x, Const):
        return constant(m, lambda: abs(x.value), "abs", x)
    if isinstance(x, Num) and x.kind == "python":
        atom = cast(m, x.atom, I64) if x.dtype == BOOL else x.atom
        return Num(m.emit("abs", atom), "python", 0 if x.dtype == I64 else None, None)
    method = method_of(m, x, "__abs__")
    return m.call(Const(method), [x], []) if method else ufunc(m, np.absolute, [x], "abs")


def extremum(name: str, relation: str) -> Callable[..., Value]:
    """`min` and `max` of arguments or of one sequence: Python's own comparisons, the first of equals."""

    def function(m: Machine, *args: Value, default: Value | None = None) -> Value:
        if len(args) == 1:
            array = args[0]
            if m.is_array(array) and isinstance(array, Ref) and array_type(m.array(array.id)).ndim == 1:
                return array_extremum(m, name, array)
            args = required_items(m, array, f"{name}()")
        if not args:
            return default if default is not None else raise_now(m, ValueError, f"{name}() iterable argument is empty")
        best = m.use(args[0])
        for other in args[1:]:
            best = smaller(m, compare(m, relation, m.use(other), best), m.use(other), best)
        return best

    return function


def array_extremum(m: Machine, name: str, array: Ref) -> Value:
    """`min` or `max` of a vector by Python's comparisons: a NaN wins only as the first element."""
    atom = m.array(array.id)
    if array_type(atom).shape == (0,):
        return raise_now(m, ValueError, f"{name}() iterable argument is empty")
    if array_type(atom).dtype.kind == "f":
        first = m.emit("index", atom, spec=(("int", 0),))
        start = m.emit("broadcast", first, shape=array_type(atom).shape)
        best = reduce_atom(m, f"reduce_{name}", m.emit("select", m.emit("isnan", atom), start, atom), (0,))
        return m.result(m.emit("select", m.emit("isnan", first), first, best), m.kind(array.id))
    return m.result(reduce_atom(m, f"reduce_{name}", atom, (0,)), m.kind(array.id))


def smaller(m: Machine, pred: Value, a: Value, b: Value) -> Value:
    """`a if pred else b` for numbers."""
    pred = truth_value(m, pred)
    if isinstance(pred, Const):
        return a if pred.value else b
    (x, kx), (y, ky) = operand(m, a, "min"), operand(m, b, "min")
    if array_type(x).shape or array_type(y).shape:
        m.fail(TypeCheckError, "min() and max() compare numbers, not arrays", "use np.minimum or np.maximum")
    types = array_type(x).dtype, array_type(y).dtype
    dtype = (
        types[0]
        if types[0] == types[1]
        else max((*types, I64), key=[BOOL, I64, F64, C128].index)
        if kx == ky == "python"
        else np.result_type(*types)
    )
    kind: Kind = "python" if kx == ky == "python" else "numpy"
    p = as_num(pred)
    assert p is not None
    first, second = (interval(n) if (n := as_num(v)) else (None, None) for v in (a, b))
    low = None if first[0] is None or second[0] is None else min(first[0], second[0])
    high = None if first[1] is None or second[1] is None else max(first[1], second[1])
    return Num(pointwise(m, "select", p.atom, cast(m, x, dtype), cast(m, y, dtype)), kind, low, high)


def convert(dtype: Any, python_type: type) -> Callable[..., Value]:
    """`int`, `float`, `complex`, `bool` of a number."""

    def function(m: Machine, x: Value = Const(0), *rest: Value) -> Value:
        x = m.use(x)
        if isinstance(x, Const) and all(isinstance(r, Const) for r in rest):
            return constant(
                m,
                lambda: python_type(x.value, *(r.value for r in rest if isinstance(r, Const))),
                python_type.__name__,
                x,
            )
        if python_type is bool:
            return truth_value(m, x)
        if python_type is complex and rest:
            parts = [cast(m, operand(m, v, "complex")[0], F64) for v in (x, *rest)]
            return Num(pointwise(m, "complex", *parts), "python")
        method = method_of(m, x, f"__{python_type.__name__}__")
        if method is not None:
            return m.call(Const(method), [x], [])
        return _number(m, x, dtype, python_type)

    return function


def _number(m: Machine, x: Value, dtype: Any, python_type: type) -> Value:
    atom, _ = operand(m, x, f"{python_type.__name__}()")
    shape = array_type(atom).shape
    if any(d != 1 for d in shape):
        m.fail(
            TypeCheckError, f"{python_type.__name__}() of an array of type {atom.type}: only one element is a number"
        )
    atom = m.emit("reshape", atom, shape=()) if shape else atom
    if array_type(atom).dtype.kind == "c" and python_type is not complex:
        m.fail(TypeCheckError, f"{python_type.__name__}() of a complex number", "take .real first")
    if python_type is int and array_type(atom).dtype.kind == "f":
        for test, error, what in (("isnan", "ValueError", "NaN"), ("isinf", "OverflowError", "infinity")):
            ok = pointwise(m, "logical_not", pointwise(m, test, atom))
            m.check(ok, f"builtins.{error}", f"cannot convert float {what} to integer")
        atom = pointwise(m, "trunc", atom)
    source = as_num(x)
    low, high = (source.low, source.high) if source is not None and python_type is int else (None, None)
    return Num(cast(m, atom, dtype), "python", low, high)


def py_round(m: Machine, x: Value, ndigits: Value = NONE) -> Value:
    x = m.use(x)
    if isinstance(x, Const) and isinstance(ndigits, Const):
        return constant(
            m, lambda: round(x.value) if ndigits.value is None else round(x.value, ndigits.value), "round", x
        )
    atom, _ = operand(m, x, "round()")
    number = as_num(x)
    if number is None or number.dtype.kind == "c" or (number.kind == "numpy" and number.dtype == BOOL):
        m.fail(TypeCheckError, f"round() of {m.describe(x)}", "use np.round")
    if m.known(ndigits, "ndigits") is not None:
        m.fail(UnsupportedError, "round() to digits is not taken", "use np.round of a scaled value")
    return _number(m, Num(pointwise(m, "rint", atom), "python") if number.dtype.kind == "f" else number, I64, int)


def py_pow(m: Machine, a: Value, b: Value) -> Value:
    return binary(m, "**", a, b)


def py_divmod(m: Machine, a: Value, b: Value) -> Value:
    left, right = as_num(m.use(a)), as_num(m.use(b))
    if left is not None and right is not None and left.kind == right.kind == "python":
        whole = {left.dtype, right.dtype} <= {BOOL, I64}
        text = "integer division or modulo by zero" if whole else "float divmod()"
        m.check(pointwise(m, "ne", cast(m, right.atom, F64), Lit(0.0, Array(F64))), "builtins.ZeroDivisionError", text)
    return Tup((binary(m, "//", a, b), binary(m, "%", a, b)))


def py_sum(m: Machine, xs: Value, start: Value = Const(0)) -> Value:
    """`sum`: of an array along its first axis, in its own dtype; of a sequence item by item."""
    if m.is_array(xs) and isinstance(xs, Ref) and (type := array_type(m.array(xs.id))).shape and type.shape[0] != 0:
        atom = m.array(xs.id)
        total = m.result(
            reduce_atom(m, "reduce_sum", cast(m, atom, I64) if type.dtype == BOOL else atom, (0,)), m.kind(xs.id)
        )
        return total if isinstance(start, Const) and start.value == 0 else binary(m, "+", start, total)
    total = start
    for item in required_items(m, xs, "sum()"):
        total = operator(m, "+", total, m.use(item))
    return total


def quantifier(every: bool) -> Callable[..., Value]:
    """`all`, `any`."""

    def function(m: Machine, xs: Value) -> Value:
        result: Value = Const(every)
        for item in required_items(m, xs, "all()" if every else "any()"):
            result = (conjunction if every else either)(m, result, truth_value(m, item))
        return result

    return function


# -- sequences ---------------------------------------------------------------------------------------------------------


def py_len(m: Machine, x: Value) -> Value:
    x = m.use(x)
    if isinstance(x, Range):
        return range_length(m, x)
    if isinstance(x, Const):
        return constant(m, lambda: len(x.value), "len", x)
    if m.is_array(x):
        found = m.operand(x)
        shape = array_type(found[0]).shape if found else ()
        if not shape:
            m.fail(TypeCheckError, "len() of an array of rank 0")
        return Const(shape[0])
    method = method_of(m, x, "__len__")
    if method is not None:
        return m.call(Const(method), [x], [])
    items = comparable_items(m, x)
    if items is None:
        m.fail(TypeCheckError, f"len() of {m.describe(x)}")
    return Const(len(items[1]))


def py_range(m: Machine, *args: Value) -> Value:
    nums = [m.use(a) for a in args]
    for a in nums:
        num = as_num(a)
        if num is None or num.dtype.kind not in "iu":
            m.fail(TypeCheckError, f"range() takes ints, not {m.describe(a)}")
    nums = [a if isinstance(a, Const) else _as_int(m, a) for a in nums]
    start, stop, step = (Const(0), nums[0], Const(1)) if len(nums) == 1 else (*nums, Const(1))[:3]
    return Range(start, stop, step)


def _as_int(m: Machine, value: Value) -> Value:
    num = as_num(value)
    assert num is not None
    return Num(cast(m, num.atom, I64), "python", num.low, num.high)


def py_enumerate(m: Machine, xs: Value, start: Value = Const(0)) -> Value:
    return m.new_iterator(Zipped((Counter(start), iterable(m, xs, "enumerate()"))))


def py_zip(m: Machine, *parts: Value) -> Value:
    iterators = [p for p in parts if is_iterator(m, p)]
    if len(set(iterators)) < len(iterators):
        m.fail(UnsupportedError, "zip() of one iterator with itself is not taken", "use slices: zip(xs[::2], xs[1::2])")
    return m.new_iterator(Zipped(tuple(iterable(m, p, "zip()") for p in parts)) if parts else Tup(()))


def py_reversed(m: Machine, xs: Value) -> Value:
    if is_iterator(m, xs) or keys(m, xs) is not None:
        m.fail(UnsupportedError, f"reversed() of {m.describe(xs)} is not taken", "make a list of it first")
    return m.new_iterator(Reversed(iterable(m, xs, "reversed()")))


def py_map(m: Machine, fn: Value, *parts: Value) -> Value:
    return m.new_iterator(Mapped(fn, tuple(iterable(m, p, "map()") for p in parts)))


def py_filter(m: Machine, fn: Value, xs: Value) -> Value:
    kept = []
    for item in required_items(m, xs, "filter()"):
        keep = truth_value(m, item if isinstance(fn, Const) and fn.value is None else m.call(fn, [item], []))
        if m.known(keep, "whether filter() keeps an item"):
            kept.append(item)
    return m.new_iterator(Tup(tuple(kept)))


def py_iter(m: Machine, xs: Value) -> Value:
    return xs if is_iterator(m, xs) else m.new_iterator(iterable(m, xs, "iter()"))


def py_next(m: Machine, iterator: Value, default: Value | None = None) -> Value:
    if not is_iterator(m, iterator) or not isinstance(iterator, Ref):
        m.fail(TypeCheckError, f"next() of {m.describe(iterator)}, which is no iterator", "make one with iter()")
    items = required_items(m, iterator, "next()")
    if not items:
        return default if default is not None else raise_now(m, StopIteration, None)
    m.heap.set(iterator.id, IteratorState((Tup(items[1:]),)), m.loc)
    return items[0]


def iterable(m: Machine, xs: Value, what: str) -> Value:
    """Something that can be looped over, taken out of an iterator."""
    xs = consumed(m, m.use(xs))
    method = method_of(m, xs, "__iter__")
    if method is not None:
        return iterable(m, m.call(Const(method), [xs], []), what)
    known = isinstance(xs, (Tup, Zipped, Reversed, Counter, Mapped)) or comparable_items(m, xs) is not None
    if not known and indexed(m, xs) is None and not (isinstance(xs, Const) and isinstance(xs.value, (str, range))):
        m.fail(TypeCheckError, f"{what} of {m.describe(xs)}, which cannot be looped over")
    return xs


def combining(fn: Callable[..., Any]) -> Callable[..., Value]:
    """A function of `itertools` on sequences of known structure."""

    def function(m: Machine, *args: Value, **options: Value) -> Value:
        columns = [required_items(m, a, fn.__name__) if as_num(a) is None else m.known(a, "a length") for a in args]
        known = {k: m.known(v, k) for k, v in options.items()}
        made = [Tup(row) if isinstance(row, tuple) else row for row in fn(*columns, **known)]
        return m.new_iterator(Tup(tuple(made)))

    return function


def chain_from(m: Machine, xs: Value) -> Value:
    return combining(itertools.chain)(m, *required_items(m, xs, "chain.from_iterable()"))


def py_list(m: Machine, xs: Value = Const(())) -> Value:
    return m.new_list(required_items(m, xs, "list()"))


def py_tuple(m: Machine, xs: Value = Const(())) -> Value:
    return Tup(required_items(m, xs, "tuple()"))


def py_dict(m: Machine, xs: Value = Const(()), **keywords: Value) -> Value:
    names = keys(m, xs)
    found: dict[Any, Value] = {}
    if names is not None:
        found = dict(zip(names, children(m, xs) or (), strict=True))
    else:
        for pair in required_items(m, xs, "dict()"):
            key, value = required_items(m, pair, "dict()")
            found[m.known(key, "a dict key")] = value
    found.update(keywords)
    return m.new_dict(tuple(found), tuple(found.values()))


def py_sorted(m: Machine, xs: Value, key: Value = NONE, reverse: Value = Const(False)) -> Value:
    items = required_items(m, xs, "sorted()")
    ranks = [m.known(v if key is NONE else m.call(key, [v], []), "what sorted() compares") for v in items]
    order = sorted(range(len(items)), key=ranks.__getitem__, reverse=bool(m.known(reverse, "reverse")))
    return m.new_list([items[k] for k in order])


def py_slice(m: Machine, *args: Value) -> Value:
    return Slice(*((NONE, args[0], NONE) if len(args) == 1 else (*args, NONE)[:3]))


# -- types and attributes ----------------------------------------------------------------------------------------------


def type_of(m: Machine, x: Value) -> type:
    """The Python type of a value."""
    x = m.use(x)
    match x:
        case Const():
            return type(x.value)
        case Num():
            if x.kind == "python":
                return {BOOL: bool, I64: int, F64: float, C128: complex}[x.dtype]
            return x.dtype.type
        case Tup():
            return x.cls
        case Range():
            return range
        case Slice():
            return slice
        case Ref():
            state = m.state(x.id)
            if isinstance(state, ObjectState):
                return state.cls
            return list if isinstance(state, ListState) else dict if isinstance(state, DictState) else np.ndarray
        case _ if is_function(x):
            return type(type_of)
        case _:
            m.fail(UnsupportedError, f"the type of {m.describe(x)} is not taken")


def py_type(m: Machine, x: Value) -> Value:
    return Const(type_of(m, x))


def py_isinstance(m: Machine, x: Value, classes: Value) -> Value:
    known = m.known(classes, "the class of isinstance()")
    flat = known if isinstance(known, tuple) else (known,)
    return Const(issubclass(type_of(m, x), flat))


def py_issubclass(m: Machine, x: Value, classes: Value) -> Value:
    return Const(issubclass(m.known(x, "a class"), m.known(classes, "a class")))


def py_super(m: Machine, cls: Value, of: Value) -> Value:
    return Super(m.known(cls, "the class of super()"), of)


def py_callable(m: Machine, x: Value) -> Value:
    return Const(
        is_function(x) or (isinstance(x, Const) and callable(x.value)) or method_of(m, x, "__call__") is not None
    )


def py_getattr(m: Machine, x: Value, name: Value, default: Value | None = None) -> Value:
    text = m.known(name, "the name of an attribute")
    if default is not None and not m.known(py_hasattr(m, x, name), "hasattr"):
        return default
    return get_attribute(m, m.use(x), text)


def py_hasattr(m: Machine, x: Value, name: Value) -> Value:
    text = m.known(name, "the name of an attribute")
    if isinstance(x, Ref) and isinstance(state := m.state(x.id), ObjectState):
        return Const(text in state.names or hasattr(state.cls, text))
    return Const(hasattr(x.value, text) if isinstance(x, Const) else hasattr(type_of(m, x), text))


def py_setattr(m: Machine, x: Value, name: Value, value: Value) -> Value:
    set_attribute(m, m.use(x), m.known(name, "the name of an attribute"), value)
    return NONE


def object_setattr(m: Machine, x: Value, name: Value, value: Value) -> Value:
    """`object.__setattr__`, with which a frozen dataclass is filled."""
    assert isinstance(x, Ref)
    m.under_construction.add(x.id)
    set_attribute(m, x, m.known(name, "the name of an attribute"), value)
    m.under_construction.discard(x.id)
    return NONE


def py_str(m: Machine, x: Value = Const("")) -> Value:
    return string(str_of(m, x))


# -- math --------------------------------------------------------------------------------------------------------------


def math_function(fn: Callable[..., float], op: np.ufunc) -> Callable[..., Value]:
    """A function of `math`: Python floats in and out, and Python's errors outside of its domain."""

    def function(m: Machine, *args: Value) -> Value:
        values = [m.use(a) for a in args]
        if all(isinstance(v, Const) for v in values):
            known = [v.value for v in values if isinstance(v, Const)]
            return constant(m, lambda: fn(*known), fn.__name__, *(v for v in values if isinstance(v, Const)))
        floats = [_number(m, v, F64, float) for v in values]
        _check_domain(m, fn, floats)
        found = m.operand(ufunc(m, op, floats, f"math.{fn.__name__}"))
        assert found is not None
        return Num(found[0], "python")

    return function


DOMAINS: dict[Callable[..., float], tuple[str, float, str | None, float]] = {
    math.sqrt: ("ge", 0.0, None, 0.0),
    math.log: ("gt", 0.0, None, 0.0),
    math.log2: ("gt", 0.0, None, 0.0),
    math.log10: ("gt", 0.0, None, 0.0),
    math.log1p: ("gt", -1.0, None, 0.0),
    math.asin: ("ge", -1.0, "le", 1.0),
    math.acos: ("ge", -1.0, "le", 1.0),
    math.acosh: ("ge", 1.0, None, 0.0),
    math.atanh: ("gt", -1.0, "lt", 1.0),
}


def _check_domain(m: Machine, fn: Callable[..., float], args: Sequence[Value]) -> None:
    if fn not in DOMAINS:
        return
    low_op, low, high_op, high = DOMAINS[fn]
    x = as_num(args[0])
    assert x is not None
    ok = pointwise(m, low_op, x.atom, Lit(low, Array(F64)))
    if high_op is not None:
        ok = pointwise(m, "logical_and", ok, pointwise(m, high_op, x.atom, Lit(high, Array(F64))))
    ok = pointwise(m, "logical_or", ok, pointwise(m, "isnan", x.atom))
    m.check(ok, "builtins.ValueError", _domain_message(fn, low - 1))


def _domain_message(fn: Callable[..., float], outside: float) -> str:
    try:
        fn(outside)
    except ValueError as error:
        return str(error)
    return "math domain error"


def math_log(m: Machine, x: Value, base: Value | None = None) -> Value:
    plain = math_function(math.log, np.log)
    return plain(m, x) if base is None else binary(m, "/", plain(m, x), plain(m, base))


def math_pow(m: Machine, x: Value, y: Value) -> Value:
    return binary(m, "**", convert(F64, float)(m, x), convert(F64, float)(m, y))


def rounding(op: np.ufunc) -> Callable[..., Value]:
    """`math.floor`, `math.ceil`, `math.trunc`: an int."""

    def function(m: Machine, x: Value) -> Value:
        value = _number(m, x, F64, float)
        return _number(m, ufunc(m, op, [value]), I64, int)

    return function


def math_fabs(m: Machine, x: Value) -> Value:
    return py_abs(m, convert(F64, float)(m, x))


def math_test(op: np.ufunc) -> Callable[..., Value]:
    def function(m: Machine, x: Value) -> Value:
        found = m.operand(ufunc(m, op, [x]))
        assert found is not None
        return Num(found[0], "python")

    return function


def static_math(fn: Callable[..., int]) -> Callable[..., Value]:
    """A function of ints known at compile time."""

    def function(m: Machine, *args: Value) -> Value:
        known = [m.known(a, f"an argument of math.{fn.__name__}") for a in args]
        return constant(m, lambda: fn(*known), fn.__name__, *map(Const, known))

    return function


ELEMENTARY: dict[Any, np.ufunc] = {
    math.sqrt: np.sqrt,
    math.exp: np.exp,
    math.expm1: np.expm1,
    math.log2: np.log2,
    math.log10: np.log10,
    math.log1p: np.log1p,
    math.sin: np.sin,
    math.cos: np.cos,
    math.tan: np.tan,
    math.asin: np.arcsin,
    math.acos: np.arccos,
    math.atan: np.arctan,
    math.atan2: np.arctan2,
    math.sinh: np.sinh,
    math.cosh: np.cosh,
    math.tanh: np.tanh,
    math.asinh: np.arcsinh,
    math.acosh: np.arccosh,
    math.atanh: np.arctanh,
    math.cbrt: np.cbrt,
    math.exp2: np.exp2,
    math.hypot: np.hypot,
    math.copysign: np.copysign,
    math.fmod: np.fmod,
}
MATH: dict[Any, Callable[..., Value]] = {
    **{fn: math_function(fn, op) for fn, op in ELEMENTARY.items()},
    math.log: math_log,
    math.pow: math_pow,
    math.fabs: math_fabs,
    math.floor: rounding(np.floor),
    math.ceil: rounding(np.ceil),
    math.trunc: rounding(np.trunc),
    math.isnan: math_test(np.isnan),
    math.isinf: math_test(np.isinf),
    math.isfinite: math_test(np.isfinite),
    **{fn: static_math(fn) for fn in (math.factorial, math.comb, math.perm, math.isqrt)},
    math.radians: lambda m, x: binary(m, "*", convert(F64, float)(m, x), Const(math.pi / 180)),
    math.degrees: lambda m, x: binary(m, "*", convert(F64, float)(m, x), Const(180 / math.pi)),
}


# -- methods of containers ---------------------------------------------------------------------------------------------


COUNTS = {  # how many arguments the methods of containers take
    "append": (1, 1), "extend": (1, 1), "insert": (2, 2), "pop": (0, 2), "index": (1, 1), "count": (1, 1),
    "get": (1, 2), "setdefault": (1, 2), "update": (0, 1), "keys": (0, 0), "values": (0, 0), "items": (0, 0),
    "clear": (0, 0), "reverse": (0, 0),
}  # fmt: skip


def check_count(m: Machine, name: str, given: int, keywords: bool) -> None:
    """Refuse a method's call with too few or too many arguments."""
    least, most = COUNTS.get(name, (0, given))
    if not (least <= given <= most):
        wanted = str(least) if least == most else f"{least} to {most}"
        m.fail(
            TypeCheckError, f"the method {name!r} takes {wanted} argument{'s' * (wanted != '1')}, and {given} are given"
        )
    if keywords and name in COUNTS and name != "update":
        m.fail(TypeCheckError, f"the method {name!r} takes no keyword arguments")


def list_method(
    m: Machine, self: Ref, name: str, args: Sequence[Value], keywords: Sequence[tuple[str, Value]]
) -> Value:
    state = m.state(self.id)
    assert isinstance(state, ListState)
    items = list(state.items)
    result: Value = NONE
    match name:
        case "append":
            items.append(args[0])
        case "extend":
            items += required_items(m, args[0], "extend()")
        case "insert":
            items.insert(m.known(args[0], "an index"), args[1])
        case "pop":
            k = m.known(args[0], "an index") if args else -1
            if not -len(items) <= k < len(items):
                raise_now(m, IndexError, "pop index out of range" if items else "pop from empty list")
            result = items.pop(k)
        case "reverse":
            items.reverse()
        case "sort":
            items = list(required_items(m, py_sorted(m, self, **dict(keywords)), "sort()"))
        case "remove":
            where = find_item(m, items, "index", args[0], "list.remove(x): x not in list")
            del items[m.known(where, "which item remove() removes")]
        case "clear":
            items.clear()
        case "copy":
            return m.new_list(items)
        case _:
            shown = m.known(args[0], "what index() looks for") if name == "index" else None
            return find_item(m, items, name, args[0], f"{shown!r} is not in list")
    m.heap.set(self.id, ListState(tuple(items)), m.loc)
    return result


def find_item(m: Machine, items: Sequence[Value], name: str, wanted: Value, message: str) -> Value:
    """`items.count(wanted)` or `items.index(wanted)`."""
    same = [truth_value(m, compare(m, "==", v, wanted)) for v in items]
    if name == "count":
        return py_sum(m, Tup(tuple(binary(m, "+", s, Const(0)) for s in same)))
    found: Value = Const(False)
    for flag in same:
        found = either(m, found, flag)
    if isinstance(found, Const) and not found.value:
        return raise_now(m, ValueError, message)
    if isinstance(found, Num):
        m.check(found.atom, "builtins.ValueError", message)
    where: Value = Const(len(same) - 1)
    for k in range(len(same) - 2, -1, -1):
        where = smaller(m, same[k], Const(k), where)
    return where


def tuple_method(
    m: Machine, self: Tup, name: str, args: Sequence[Value], keywords: Sequence[tuple[str, Value]] = ()
) -> Value:
    if name == "_replace":
        new = dict(keywords)
        fields = self.cls._fields  # type: ignore[attr-defined]
        return Tup(tuple(new.get(f, v) for f, v in zip(fields, self.items, strict=True)), self.cls)
    if name == "_asdict":
        return m.new_dict(self.cls._fields, self.items)  # type: ignore[attr-defined]
    return find_item(m, self.items, name, args[0], "tuple.index(x): x not in tuple")


def dict_method(
    m: Machine, self: Ref, name: str, args: Sequence[Value], keywords: Sequence[tuple[str, Value]]
) -> Value:
    state = m.state(self.id)
    assert isinstance(state, DictState)
    found = dict(zip(state.keys, state.items, strict=True))
    match name:
        case "keys":
            return Tup(tuple(Const(k) for k in found))
        case "values":
            return Tup(tuple(found.values()))
        case "items":
            return Tup(tuple(Tup((Const(k), v)) for k, v in found.items()))
        case "copy":
            return m.new_dict(tuple(found), tuple(found.values()))
        case "get":
            key = m.known(args[0], "a dict key")
            return found[key] if key in found else args[1] if len(args) > 1 else NONE
        case "update":
            if args:
                other = py_dict(m, args[0])
                found.update(zip(keys(m, other) or (), children(m, other) or (), strict=True))
            found.update(keywords)
            result: Value = NONE
        case "clear":
            found, result = {}, NONE
        case "setdefault":
            result = found.setdefault(m.known(args[0], "a dict key"), args[1] if len(args) > 1 else NONE)
        case _:
            key = m.known(args[0], "a dict key")
            if key not in found and len(args) < 2:
                raise_key_error(m, key)
            result = found.pop(key) if key in found else args[1]
    m.heap.set(self.id, DictState(tuple(found), tuple(found.values())), m.loc)
    return result


def call_method(
    m: Machine, method: BuiltinMethod, args: Sequence[Value], keywords: Sequence[tuple[str, Value]]
) -> Value:
    """A method of a list, dict, tuple, string, number or array."""
    self, name = method.self, method.name
    if name == "__init__":
        return NONE
    if isinstance(self, Const) and isinstance(self.value, str):
        if name == "format" and not (all(isinstance(a, Const) for a in args) and not keywords):
            return format_method(m, self.value, args, dict(keywords))
        known = [m.known(a, "an argument of a string method") for a in args]
        return constant(m, lambda: getattr(self.value, name)(*known), name, self)
    check_count(m, name, len(args), bool(keywords))
    if isinstance(self, Tup):
        return tuple_method(m, self, name, args, keywords)
    state = m.state(self.id) if isinstance(self, Ref) else None
    if isinstance(self, Ref) and isinstance(state, ListState):
        return list_method(m, self, name, args, keywords)
    if isinstance(self, Ref) and isinstance(state, DictState):
        return dict_method(m, self, name, args, keywords)
    if isinstance(self, Num) and self.kind == "python":
        return python_number_method(m, self, name)
    handler = METHODS.get(name)
    if handler is None and name == "tolist":
        return to_list(m, self)
    if handler is None:
        m.fail(
            UnsupportedError, f"the array method {name!r} is not taken yet", "use a NumPy function that is (see docs)"
        )
    return m.invoke(handler, f"method {name!r}", [self, *args], keywords)


def python_number_method(m: Machine, self: Num, name: str) -> Value:
    if isinstance(self.atom, Lit) and name in ("is_integer", "bit_length"):
        return Const(getattr(self.atom.value, name)())
    if name == "conjugate":
        return Num(m.emit("conj", self.atom), "python") if self.dtype == C128 else self
    if name == "is_integer":
        return Num(pointwise(m, "eq", self.atom, pointwise(m, "floor", self.atom)), "python")
    m.fail(UnsupportedError, f"the method {name!r} of a number is not taken")


def to_list(m: Machine, value: Value) -> Value:
    found = m.operand(value)
    assert found is not None
    if not array_type(found[0]).shape:
        return python_number(m, found[0])
    return m.new_list([to_list(m, v) for v in required_items(m, value, "tolist()")])


def reduce_items(m: Machine, fn: Value, xs: Value, *start: Value) -> Value:
    items = [*start, *required_items(m, xs, "reduce()")]
    if not items:
        return raise_now(m, TypeError, "reduce() of empty iterable with no initial value")
    total = items[0]
    for item in items[1:]:
        total = m.call(fn, [total, item], [])
    return total


def _itself(fn: Any) -> Any:
    """What `functools.wraps` does to the function that is run."""
    return fn


def make_partial(m: Machine, fn: Value, *args: Value, **keywords: Value) -> Value:
    return Partial(fn, args, tuple(keywords.items()))


def _operator(op: str) -> Callable[..., Value]:
    return lambda m, a, b: operator(m, op, a, b)


def _comparison(op: str) -> Callable[..., Value]:
    return lambda m, a, b: compare(m, op, a, b)


FUNCTIONS: dict[Any, Callable[..., Value]] = {
    abs: py_abs,
    min: extremum("min", "<"),
    max: extremum("max", ">"),
    int: convert(I64, int),
    float: convert(F64, float),
    complex: convert(C128, complex),
    bool: convert(BOOL, bool),
    round: py_round,
    pow: py_pow,
    divmod: py_divmod,
    sum: py_sum,
    all: quantifier(True),
    any: quantifier(False),
    len: py_len,
    range: py_range,
    enumerate: py_enumerate,
    zip: py_zip,
    reversed: py_reversed,
    map: py_map,
    filter: py_filter,
    list: py_list,
    tuple: py_tuple,
    dict: py_dict,
    sorted: py_sorted,
    slice: py_slice,
    type: py_type,
    isinstance: py_isinstance,
    issubclass: py_issubclass,
    super: py_super,
    iter: py_iter,
    next: py_next,
    callable: py_callable,
    getattr: py_getattr,
    hasattr: py_hasattr,
    setattr: py_setattr,
    str: py_str,
    repr: lambda m, x: string(repr_of(m, x)),
    print: py_print,
    object.__setattr__: object_setattr,
    functools.reduce: reduce_items,
    functools.partial: make_partial,
    **{
        fn: combining(fn)
        for fn in (
            itertools.product,
            itertools.permutations,
            itertools.combinations,
            itertools.chain,
            itertools.pairwise,
            itertools.islice,
            itertools.combinations_with_replacement,
        )
    },
    itertools.count: lambda m, start=Const(0): m.new_iterator(Counter(start)),
    itertools.chain.from_iterable: chain_from,
    functools.wraps: lambda m, f, **_: Const(_itself),
    python.getitem: lambda m, a, i: get_item(m, a, i),
    python.neg: lambda m, a: unary(m, "-", a),
    python.not_: lambda m, a: negate(m, truth_value(m, a)),
    python.truth: truth_value,
    **{
        getattr(python, n): _operator(op)
        for n, op in {
            "add": "+",
            "sub": "-",
            "mul": "*",
            "truediv": "/",
            "floordiv": "//",
            "mod": "%",
            "pow": "**",
            "matmul": "@",
            "and_": "&",
            "or_": "|",
            "xor": "^",
        }.items()
    },
    **{
        getattr(python, n): _comparison(op)
        for n, op in {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}.items()
    },
    **MATH,
}
