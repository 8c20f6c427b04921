"""Calls of functions that are written for jax: `jnp.dot(x, w)`, `jax.nn.softmax(h)`, `jax_function(f)(x)`.

Such a call becomes one `jax.call`. Its operands are the arrays and run-time numbers in the arguments, wherever they
stand in tuples, lists, dicts and instances; everything else (axes, shapes, dtypes, functions, numbers known at compile
time) is part of the function. jax traces it for operands of these types and so tells the results' types, and what it
raises becomes an error of this place. A run-time int that jax has to know (`jnp.zeros(n)`) is asked to become known.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from myialike.errors import CompileError, ShapeError, TypeCheckError, UnsupportedError
from myialike.infer.closures import Returned
from myialike.infer.describe import PLAIN, Description, Rebuilding, is_instance_data
from myialike.infer.freeze import Freezing, Thawing
from myialike.infer.jax_guards import guard
from myialike.infer.machine import Machine, NeedStatic, array_type
from myialike.infer.signals import Signal
from myialike.infer.spec import Key, Spec
from myialike.infer.transforms.options import OF_JAX
from myialike.infer.values import Const, Range, Slice, Value, name_of
from myialike.ir.syntax import Atom, Var
from myialike.ir.types import BOOL, DTYPES, Array
from myialike.ops.foreign import Foreign, words_of

Keywords = Sequence[tuple[str, Value]]
Leaf = tuple[Spec, bool]  # a leaf of an argument, and whether it is an attribute of an instance, or in one

STEADY = (bool, int, float, complex, str, type(None), type(...), np.generic, np.dtype)
REFUSED = {
    "grown": "a list of run-time length",
    "iterator": "an iterator",
    "cell": "a variable of a nested function",
}


def of_jax(fn: Any) -> bool:
    """Whether an object that is called is one of jax's, or made by jax of a function, as by `jax.jit`."""
    if isinstance(fn, types.MethodType):
        return _is_jax(type(fn.__self__).__module__)
    if isinstance(fn, types.FunctionType):
        return _is_jax(fn.__globals__.get("__name__"))
    return _is_jax(type(fn).__module__) or (isinstance(fn, type) and _is_jax(fn.__module__))


def _is_jax(module: Any) -> bool:
    return isinstance(module, str) and module.split(".")[0] in ("jax", "jaxlib")


def call_jax(m: Machine, fn: Any, args: Sequence[Value], keywords: Keywords) -> Value:
    """`fn(*args, **keywords)` as one operation."""
    freezing = Freezing(m)
    specs = tuple(freezing.add(m.use(v)) for v in args)
    named = tuple((k, freezing.add(m.use(v))) for k, v in keywords)
    name = name_of(Const(fn))
    leaves = [leaf for s in (*specs, *(s for _, s in named)) for leaf in _leaves(m, name, s)]
    types = tuple(array_type(a) for a in freezing.atoms)
    weak = tuple(s[-1] in ("python", "weak") and DTYPES[s[1]] != BOOL for s, _ in leaves)
    is_steady = _is_steady(fn, (specs, named))
    trace = _traced_once if is_steady else _traced
    for traced in () if is_steady else (fn, *_functions((specs, named))):
        guard(m, traced)
    try:
        function, spec = trace(m.services.foreign, fn, specs, named, types, weak)
    except Exception as error:
        raise _explained(m, name, error, freezing.atoms, leaves) from error
    if leaves and any(_functions(spec)):
        text = f"{name} is a function of jax, and gives a function that holds run-time values"
        m.fail(UnsupportedError, text, _instead(name))
    outputs = m.builder.prim("jax.call", freezing.atoms, [name] * len(function.results), function=function.name)
    return Thawing(m, iter(outputs)).make(spec)


def call_marked(m: Machine, fn: Any, args: Sequence[Value], keywords: Keywords) -> Value:
    """`jax_function(fn)(*args, **keywords)`; what an instance holds are operands too."""
    if not is_instance_data(fn):
        return call_jax(m, fn, args, keywords)
    assert m.world is not None
    instance = m.world.read(m, ("self", id(fn)), lambda: fn)
    return call_jax(m, type(fn).__call__, [instance, *args], keywords)


def _traced(
    foreign: Callable[..., Foreign],
    fn: Any,
    specs: tuple[Spec, ...],
    named: tuple[tuple[str, Spec], ...],
    types: tuple[Array, ...],
    weak: tuple[bool, ...],
) -> tuple[Foreign, Spec]:
    """The operation for arguments of these specs, and the spec of its result."""
    results: list[Spec] = []

    def flat(*operands: Any) -> list[Any]:
        rest = iter(operands)
        rebuilding = Rebuilding(lambda _: next(rest), (), _plain)
        given = [rebuilding.make(s) for s in specs]
        result = fn(*given, **{k: rebuilding.make(s) for k, s in named})
        description = _Result()
        results[:] = [description.add(result)]
        return description.leaves

    return foreign(name_of(Const(fn)), flat, types, weak), results[0]


_traced_once = lru_cache(maxsize=1024)(_traced)


def _is_steady(fn: Any, spec: Any) -> bool:
    """Whether a call is of a function of jax itself, on nothing that may compute otherwise the next time."""
    return _is_jax(getattr(fn, "__module__", None)) and getattr(fn, "__hash__", None) is not None and _is_data(spec)


def _functions(spec: Any) -> Iterator[Any]:
    """The functions in a spec."""
    if isinstance(spec, Key) and callable(spec.value) and not isinstance(spec.value, type):
        yield spec.value
    elif isinstance(spec, tuple):
        for part in spec:
            yield from _functions(part)


def _is_data(spec: Any) -> bool:
    if isinstance(spec, Key):
        return isinstance(spec.value, STEADY)
    return not isinstance(spec, tuple) or all(map(_is_data, spec))


def _leaves(m: Machine, name: str, spec: Spec, held: bool = False) -> Iterator[Leaf]:
    """The leaves of an argument, which must be something that jax takes; `held`: it is in an instance."""
    match spec:
        case ("num" | "array", *_):
            yield spec, held
        case ("const" | "same", _):
            pass
        case ("value", shape, _) if not isinstance(shape.value, (Slice, Range)):
            what = m.describe(shape.value)
            text = f"{name} is a function of jax, and is given {what} made in compiled code, which jax cannot trace"
            m.fail(UnsupportedError, text, _instead(name))
        case (kind, *_) if kind in REFUSED:
            m.fail(UnsupportedError, f"{name} is a function of jax, which does not take {REFUSED[kind]}")
        case (kind, *_, items):
            for item in items:
                yield from _leaves(m, name, item, held or kind == "object")


def _instead(name: str) -> str:
    """What to write instead of a function of jax on a function made in compiled code."""
    if name in OF_JAX:
        return f"myialike.{OF_JAX[name]}"
    return "write a plain loop, or define the function outside, with all that it needs as arguments"


def _plain(returned: Returned) -> Any:
    """A slice or a range from its parts."""
    return (slice if isinstance(returned.shape, Slice) else range)(*returned.held)


class _Result(Description):
    """What a function of jax gives: its arrays are leaves, and Python's numbers are known."""

    def __init__(self) -> None:
        super().__init__(lambda value: "")

    def add(self, value: Any) -> Spec:
        if type(value) in PLAIN or isinstance(value, np.generic):
            return ("const", Key(value))
        try:
            if hasattr(value, "weak_type"):
                return self._array(value, "weak" if value.weak_type else "jax")
            return super().add(value)
        except TypeError:  # NumPy does not know the dtype
            text = f"arrays of dtype {value.dtype} are not supported"
            raise UnsupportedError(text, None, "use raw keys: jax.random.PRNGKey(seed)") from None


def _explained(m: Machine, name: str, error: Exception, atoms: Sequence[Atom], leaves: Sequence[Leaf]) -> Exception:
    """What jax raised, as an error of this place; with run-time ints among the operands, a wish to know them.

    So with floats that are attributes of instances: jax's libraries take them for a part of the program, as in
    `if self.p == 0`.
    """
    if isinstance(error, CompileError):
        return m.error(type(error), error.message, error.hint)
    if isinstance(error, Signal):  # from a function of the program that jax has called
        return error
    words = words_of(error)
    is_shape = isinstance(error, (TypeError, ValueError)) and ("shape" in words or "dimension" in words)
    kind = UnsupportedError if isinstance(error, NotImplementedError) else ShapeError if is_shape else TypeCheckError
    refusal = m.error(kind, f"{name}: {words}")
    for kinds, attributes in (("biu", False), ("f", True)):
        asked = [held or not attributes for _, held in leaves]
        found = [a for a, (s, _), ask in zip(atoms, leaves, asked, strict=True) if ask and _is_plain(s, kinds)]
        if found:
            return NeedStatic(frozenset[Var]().union(*map(m.roots, found)), refusal, floats=attributes)
    return refusal


def _is_plain(spec: Spec, kinds: str) -> bool:
    """Whether a leaf is a scalar of one of these kinds."""
    return spec[0] == "num" and DTYPES[spec[1]].kind in kinds
