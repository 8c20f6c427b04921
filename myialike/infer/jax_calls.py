"""Calls of functions that are written for jax: `jnp.dot(x, w)`, `jax.nn.softmax(h)`, `jax_function(f)(x)`.

Such a call becomes one `jax.call`. Its operands are the arrays and run-time numbers in the arguments, wherever they
stand in tuples, lists, dicts and instances; everything else (axes, shapes, dtypes, functions, numbers known at compile
time) is part of the function. jax traces it for operands of these types and so tells the results' types, and what it
raises becomes an error of this place. A run-time int that jax has to know (`jnp.zeros(n)`) is asked to become known.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from myialike.errors import CompileError, ShapeError, TypeCheckError, UnsupportedError
from myialike.infer.closures import Returned
from myialike.infer.machine import Machine, NeedStatic, array_type
from myialike.infer.spec import PLAIN, Description, Freezing, Key, Rebuilding, Spec, Thawing
from myialike.infer.values import Const, Range, Slice, Value, name_of
from myialike.ir.syntax import Atom
from myialike.ir.types import BOOL, DTYPES

Keywords = Sequence[tuple[str, Value]]

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
    name = name_of(Const(fn))
    freezing = Freezing(m)
    specs = [freezing.add(m.use(v)) for v in args]
    named = [(k, freezing.add(m.use(v))) for k, v in keywords]
    leaves = [leaf for s in (*specs, *(s for _, s in named)) for leaf in _leaves(m, name, s)]
    results: list[Spec] = []

    def flat(*operands: Any) -> list[Any]:
        rest = iter(operands)
        rebuilding = Rebuilding(lambda _: next(rest), (), _plain)
        given = [rebuilding.make(s) for s in specs]
        result = fn(*given, **{k: rebuilding.make(s) for k, s in named})
        description = _Result()
        results[:] = [description.add(result)]
        return description.leaves

    try:
        weak = [s[-1] == "python" and DTYPES[s[1]] != BOOL for s in leaves]
        function = m.services.foreign(name, flat, [array_type(a) for a in freezing.atoms], weak)
    except Exception as error:
        raise _explained(m, name, error, freezing.atoms, leaves) from error
    outputs = m.builder.prim("jax.call", freezing.atoms, [name] * len(function.results), function=function.name)
    return Thawing(m, iter(outputs)).make(results[0])


def _leaves(m: Machine, name: str, spec: Spec) -> Iterator[Spec]:
    """The leaves of an argument, which must be something that jax takes."""
    match spec:
        case ("num" | "array", *_):
            yield spec
        case ("const" | "same", _):
            pass
        case ("value", shape, _) if not isinstance(shape.value, (Slice, Range)):
            m.fail(
                UnsupportedError,
                f"{name} is a function of jax, and is given {m.describe(shape.value)} made in compiled code, "
                "which jax cannot trace",
                "write a plain loop, or define the function outside, with all that it needs as arguments",
            )
        case (kind, *_) if kind in REFUSED:
            m.fail(UnsupportedError, f"{name} is a function of jax, which does not take {REFUSED[kind]}")
        case (*_, items):
            for item in items:
                yield from _leaves(m, name, item)


def _plain(returned: Returned) -> Any:
    """A slice or a range from its parts."""
    return (slice if isinstance(returned.shape, Slice) else range)(*returned.held)


class _Result(Description):
    """What a function of jax gives: its arrays are leaves, and Python's numbers are known."""

    def __init__(self) -> None:
        super().__init__(lambda value: "jax" if hasattr(value, "weak_type") else "")

    def add(self, value: Any) -> Spec:
        if type(value) in PLAIN or isinstance(value, np.generic):
            return ("const", Key(value))
        try:
            return super().add(value)
        except TypeError:  # NumPy does not know the dtype
            text = f"arrays of dtype {value.dtype} are not supported"
            raise UnsupportedError(text, None, "use raw keys: jax.random.PRNGKey(seed)") from None


def _explained(m: Machine, name: str, error: Exception, atoms: Sequence[Atom], leaves: Sequence[Spec]) -> Exception:
    """What jax raised, as an error of this place; with run-time ints among the operands, a wish to know them."""
    if isinstance(error, CompileError):
        return m.error(type(error), error.message, error.hint)
    words = " ".join(str(error).strip().split("\n\n")[0].split()) or type(error).__name__
    is_shape = isinstance(error, (TypeError, ValueError)) and ("shape" in words or "dimension" in words)
    kind = UnsupportedError if isinstance(error, NotImplementedError) else ShapeError if is_shape else TypeCheckError
    refusal = m.error(kind, f"{name}: {words}")
    ints = [a for a, s in zip(atoms, leaves, strict=True) if s[0] == "num" and DTYPES[s[1]].kind in "biu"]
    roots = frozenset().union(*(m.roots(a) for a in ints)) if ints else frozenset()
    return NeedStatic(roots, refusal) if roots else refusal
