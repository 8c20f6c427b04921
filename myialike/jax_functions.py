"""Functions of jax as operations of compiled programs: the adapter between `jax.call` and jax.

A function is traced once, for operands of given types, to a jaxpr; that is evaluated, lowered, differentiated
(`jax.jvp`, `jax.vjp`) and batched (`jax.vmap`), and each of these is traced to a jaxpr again. So jax's own rules hold,
a user's `jax.custom_vjp` among them, and no Python of the user's runs after inference.

Everything here happens under the thread-local `jax.enable_x64`: an array of 64 bits stays one, and what jax makes from
nothing (`jnp.zeros(3)`, `jax.random.normal(key)`) has 64 bits, as under `JAX_ENABLE_X64=1`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from types import FunctionType
from typing import Any, TypeVar

import jax
import numpy as np
from jax.extend.core import Jaxpr, JaxprEqn, jaxpr_as_fun

from myialike.errors import UnsupportedError
from myialike.ir.types import DTYPES, Array, is_float, static_shape
from myialike.ops.foreign import Foreign, words_of

F = TypeVar("F", bound=Callable[..., Any])
Function = Callable[..., Any]  # of flat operands, with a sequence of results
Leaves = tuple[Any, ...]
Group = frozenset[int]
Zeros = tuple[tuple[Group, ...], ...]


class JaxFunction(Foreign):
    """A jaxpr, given as a function of flat operands.

    Attributes:
        function: what is differentiated.
        strict: what is computed. Of a careful derivative it differs from `function`, which may multiply a zero by an
            infinite partial: a derivative is linear in its tangents or cotangents, so where they are zero, it is.
        zeros: for each result the groups of operands that it is linear in.
        batch: the function for one element, which operands differ between the elements, and their number.
        plain: the same derivative, not careful; None where it must be.
    """

    def __init__(
        self,
        name: str,
        function: Function,
        operands: Sequence[Array],
        results: Sequence[Array],
        strict: Function | None = None,
        zeros: Zeros = (),
        batch: tuple[JaxFunction, tuple[bool, ...], int] | None = None,
        plain: Foreign | None = None,
    ) -> None:
        super().__init__(name, operands, results)
        self.function, self.strict, self.batch, self.plain = function, strict or function, batch, plain
        self.zeros: Zeros = zeros or ((),) * len(results)
        self._compiled = jax.jit(self.strict)

    def evaluate(self, *operands: Any) -> Leaves:
        with jax.enable_x64(True):
            given = [np.asarray(x, t.dtype) for x, t in zip(operands, self.operands, strict=True)]
            return tuple(np.array(r)[()] for r in self._compiled(*given))

    def lowered(self, *operands: Any) -> Leaves:
        return tuple(self.strict(*operands))

    def relaxed(self) -> Foreign:
        return self.plain or self

    def is_careful(self) -> bool:
        """Whether it is a careful derivative, all of whose derivatives are then."""
        return self.strict is not self.function

    def pushed(self, moving: tuple[bool, ...], careful: bool) -> Foreign:
        if careful and self.batch is not None:
            one, which, size = self.batch
            return one.derived("pushed", moving, True).derived("mapped", (*which, *_chosen(which, moving)), size)
        count, wanted = len(self.operands), [k for k, t in enumerate(self.results) if is_float(t)]

        def push(*given: Any) -> Leaves:
            primals, dots = given[:count], given[count:]
            _, tangents = jax.jvp(self._of(moving, primals), _chosen(primals, moving), dots)
            return tuple(tangents[k] for k in wanted)

        dot_of = dict(zip(_chosen(range(count), moving), range(count, 2 * count), strict=False))
        dots = frozenset(dot_of.values())
        zeros = tuple((dots, *(g | {dot_of[i] for i in g & dot_of.keys()} for g in self.zeros[k])) for k in wanted)
        plain = self.derived("pushed", moving, False) if careful and not self.is_careful() else None
        return self._made("jvp", push, [*self.operands, *_chosen(self.operands, moving)], zeros, careful, plain)

    def pulled(self, seeded: tuple[bool, ...], careful: bool) -> Foreign:
        count, moving = len(self.operands), tuple(map(is_float, self.operands))
        plain = self.derived("pulled", seeded, False) if careful and not self.is_careful() else None
        if careful and self.batch is not None:
            return self._pulled_in_batch(seeded, moving, plain)

        def pull(*given: Any) -> Leaves:
            primals, bars = given[:count], given[count:]
            function = self._of(moving, primals)
            _, back = jax.vjp(lambda *xs: _chosen(function(*xs), seeded), *_chosen(primals, moving))
            return tuple(back(bars))

        bars = frozenset(range(count, count + sum(seeded)))
        common = frozenset[Group].intersection(*(frozenset(z) for z in _chosen(self.zeros, seeded)))
        zeros = tuple((bars, *(g for g in common if i not in g)) for i in _chosen(range(count), moving))
        return self._made("vjp", pull, [*self.operands, *_chosen(self.results, seeded)], zeros, careful, plain)

    def _pulled_in_batch(self, seeded: tuple[bool, ...], moving: tuple[bool, ...], plain: Foreign | None) -> Foreign:
        """Each element's cotangents; an operand that all elements share has the sum of theirs."""
        assert self.batch is not None
        one, which, size = self.batch
        each = one.derived("pulled", seeded, True).derived("mapped", (*which, *(True for s in seeded if s)), size)
        assert isinstance(each, JaxFunction)
        shared = [not w for w in _chosen(which, moving)]
        if not any(shared):
            return each

        def summed(function: Function) -> Function:
            return lambda *xs: [r.sum(axis=0) if s else r for r, s in zip(function(*xs), shared, strict=True)]

        return self._made("vjp", summed(each.function), each.operands, each.zeros, True, plain, summed(each.strict))

    def mapped(self, which: tuple[bool, ...], size: int) -> Foreign:
        def over(function: Function) -> Function:
            return jax.vmap(function, in_axes=tuple(0 if m else None for m in which), axis_size=size)

        operands = [Array(t.dtype, (size, *t.shape)) if m else t for t, m in zip(self.operands, which, strict=True)]
        plain = self.plain and self.plain.derived("mapped", which, size)
        strict = over(self.strict) if self.is_careful() else None
        return self._made("vmap", over(self.function), operands, self.zeros, False, plain, strict, (self, which, size))

    def _of(self, moving: Sequence[bool], primals: Sequence[Any]) -> Function:
        """The function of its moving operands, the others fixed."""

        def function(*moved: Any) -> Leaves:
            rest = iter(moved)
            return tuple(self.function(*(next(rest) if m else p for p, m in zip(primals, moving, strict=True))))

        return function

    def _made(
        self,
        kind: str,
        function: Function,
        operands: Sequence[Array],
        zeros: Zeros,
        careful: bool,
        plain: Foreign | None,
        strict: Function | None = None,
        batch: tuple[JaxFunction, tuple[bool, ...], int] | None = None,
    ) -> Foreign:
        title = f"{self.title}_{kind}"
        try:
            flat, results = _jaxpr(function, operands)
        except (TypeError, ValueError, NotImplementedError) as error:
            what = {"jvp": "in forward mode", "vjp": "in reverse mode", "vmap": "over a batch"}[kind]
            text = f"jax does not take {self.title} {what}: {words_of(error)}"
            raise UnsupportedError(text, None, "write it as a plain loop, or with another function") from error
        if careful and strict is None:
            strict = _zero_where_linear(flat, zeros)
        return JaxFunction(title, flat, operands, results, strict, zeros, batch, plain)


def _zero_where_linear(function: Function, zeros: Zeros) -> Function:
    """The function, where a result is zero if all operands of a group are that it is linear in."""

    def strict(*operands: Any) -> list[Any]:
        results = []
        for result, groups in zip(function(*operands), zeros, strict=True):
            for group in groups:
                alive = jax.numpy.stack([(operands[i] != 0).any() for i in sorted(group)]).any()
                result = jax.numpy.where(alive, result, jax.numpy.zeros_like(result))
            results.append(result)
        return results

    return strict


def _chosen(values: Sequence[Any], which: Sequence[bool]) -> Leaves:
    return tuple(v for v, chosen in zip(values, which, strict=True) if chosen)


def traced(name: str, function: Callable[..., Any], operands: Sequence[Array], weak: Sequence[bool] = ()) -> Foreign:
    """A function of flat operands that gives a sequence of arrays; those in `weak` stand for Python numbers.

    Raises:
        Exception: whatever jax or the function raises for operands of these types.
        UnsupportedError: it prints, or calls the host.
    """
    flat, results = _jaxpr(function, operands, weak)
    return JaxFunction(name, flat, operands, results)


def _jaxpr(function: Function, operands: Sequence[Array], weak: Sequence[bool] = ()) -> tuple[Function, list[Array]]:
    """A function of flat operands as a traced one, and the types of its results."""
    flags = weak or [False] * len(operands)
    given: list[Any] = [
        jax.ShapeDtypeStruct(static_shape(t), t.dtype, weak_type=w)  # type: ignore[no-untyped-call]
        for t, w in zip(operands, flags, strict=True)
    ]
    with jax.enable_x64(True):
        found = jax.make_jaxpr(lambda *xs: [_strong(r) for r in function(*xs)])(*given)
    if found.effects:
        text = f"a function of jax with effects is not taken here ({', '.join(map(str, found.effects))})"
        raise UnsupportedError(text, None, "use Python's print in the compiled function")
    if any(e.primitive.name == "custom_lin" for e in _equations(found.jaxpr)):
        raise TypeError("can't apply forward-mode autodiff (jvp) to a custom_vjp function.")  # found in lowering only
    results = [Array(DTYPES[_short(a.dtype)], tuple(a.shape)) for a in found.out_avals]
    return jaxpr_as_fun(found), results


def _equations(jaxpr: Jaxpr) -> Iterator[JaxprEqn]:
    """The equations of a jaxpr, and of those in their parameters."""
    for eqn in jaxpr.eqns:
        yield eqn
        for found in eqn.params.values():
            for part in found if isinstance(found, (tuple, list)) else (found,):
                inner = getattr(part, "jaxpr", part)
                if isinstance(inner, Jaxpr):
                    yield from _equations(inner)


def _strong(x: Any) -> Any:
    """An array of its own dtype for good: jax gives that of a Python number way in the next operation."""
    return jax.lax.convert_element_type(x, jax.numpy.asarray(x).dtype)


def _short(dtype: Any) -> str:
    return next(short for short, known in DTYPES.items() if known == dtype)


def jax_function(f: F) -> F:
    """Mark a function that jax can trace: compiled programs hand it to jax as one operation.

    Without the mark a function is compiled from its source, in which calls of `jax.numpy` and its kin are operations
    already. With it the whole is one, typed and differentiated by jax: its source is not read, so it may use what the
    compiler does not take. It is traced once for arguments of the same types: again when a global or a captured
    variable that it reads has changed, but not for what it reads through a module.

        layer = myialike.jax_function(layer)
    """
    if not callable(f):
        raise TypeError(f"jax_function takes a function, not {type(f).__name__}")
    if not isinstance(f, FunctionType):
        return _Marked(f)  # type: ignore[return-value]
    f.__myialike__ = lambda: ("jax", f, ())  # type: ignore[attr-defined]
    return f


class _Marked:
    """A callable object, marked."""

    def __init__(self, f: Callable[..., Any]) -> None:
        self._f = f
        self.__name__ = getattr(f, "__name__", type(f).__name__)

    def __myialike__(self) -> tuple[str, Any, tuple[Any, ...]]:
        return "jax", self._f, ()

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        return self._f(*args, **keywords)
