"""Functions of jax as operations of compiled programs: the adapter between `jax.call` and jax.

A function is traced once, for operands of given types, to a jaxpr; that is evaluated, lowered, differentiated
(`jax.jvp`, `jax.vjp`) and batched (`jax.vmap`), and each of these is traced to a jaxpr again. So jax's own rules hold, a
user's `jax.custom_vjp` among them, and no Python of the user's runs after inference.

Everything here happens under the thread-local `jax.enable_x64`: an array of 64 bits stays one, and what jax makes from
nothing (`jnp.zeros(3)`, `jax.random.normal(key)`) has 64 bits, as under `JAX_ENABLE_X64=1`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import jax
import numpy as np
from jax.extend.core import jaxpr_as_fun

from myialike.errors import UnsupportedError
from myialike.ir.types import DTYPES, Array, is_float, static_shape
from myialike.ops.foreign import Foreign

F = TypeVar("F", bound=Callable[..., Any])
Leaves = tuple[Any, ...]


class JaxFunction(Foreign):
    """A jaxpr, given as a function of flat operands."""

    def __init__(
        self, name: str, function: Callable[..., Any], operands: Sequence[Array], results: Sequence[Array]
    ) -> None:
        super().__init__(name, operands, results)
        self._function = function
        self._compiled = jax.jit(function)

    def evaluate(self, *operands: Any) -> Leaves:
        with jax.enable_x64(True):
            given = [np.asarray(x, t.dtype) for x, t in zip(operands, self.operands, strict=True)]
            return tuple(np.array(r)[()] for r in self._compiled(*given))

    def lowered(self, *operands: Any) -> Leaves:
        return tuple(self._function(*operands))

    def pushed(self, moving: tuple[bool, ...]) -> Foreign:
        count, wanted = len(self.operands), [k for k, t in enumerate(self.results) if is_float(t)]

        def push(*given: Any) -> list[Any]:
            primals, dots = given[:count], given[count:]
            _, tangents = jax.jvp(self._of(moving, primals), _chosen(primals, moving), dots)
            return [tangents[k] for k in wanted]

        return self._made("jvp", push, [*self.operands, *_chosen(self.operands, moving)])

    def pulled(self, seeded: tuple[bool, ...]) -> Foreign:
        count, moving = len(self.operands), tuple(map(is_float, self.operands))

        def pull(*given: Any) -> Leaves:
            primals, bars = given[:count], given[count:]
            function = self._of(moving, primals)
            _, back = jax.vjp(lambda *xs: _chosen(function(*xs), seeded), *_chosen(primals, moving))
            return tuple(back(bars))

        return self._made("vjp", pull, [*self.operands, *_chosen(self.results, seeded)])

    def mapped(self, which: tuple[bool, ...], size: int) -> Foreign:
        axes = tuple(0 if m else None for m in which)
        batched = [Array(t.dtype, (size, *t.shape)) if m else t for t, m in zip(self.operands, which, strict=True)]
        return self._made("vmap", jax.vmap(self._function, in_axes=axes, axis_size=size), batched)

    def _of(self, moving: Sequence[bool], primals: Sequence[Any]) -> Callable[..., Leaves]:
        """The function of its moving operands, the others fixed."""

        def function(*moved: Any) -> Leaves:
            rest = iter(moved)
            return tuple(self._function(*(next(rest) if m else p for p, m in zip(primals, moving, strict=True))))

        return function

    def _made(self, kind: str, function: Callable[..., Any], operands: Sequence[Array]) -> Foreign:
        try:
            return traced(f"{self.name}_{kind}", function, operands)
        except (TypeError, ValueError, NotImplementedError) as error:
            what = {"jvp": "in forward mode", "vjp": "in reverse mode", "vmap": "over a batch"}[kind]
            text = f"jax does not take {self.name} {what}: {first_words(error)}"
            raise UnsupportedError(text, None, "write it as a plain loop, or with another function") from error


def _chosen(values: Sequence[Any], which: Sequence[bool]) -> Leaves:
    return tuple(v for v, chosen in zip(values, which, strict=True) if chosen)


def traced(name: str, function: Callable[..., Any], operands: Sequence[Array], weak: Sequence[bool] = ()) -> Foreign:
    """A function of flat operands that gives a sequence of arrays; those in `weak` stand for Python numbers.

    Raises:
        Exception: whatever jax or the function raises for operands of these types.
        UnsupportedError: it prints, or calls the host.
    """
    flags = weak or [False] * len(operands)
    given = [
        jax.ShapeDtypeStruct(static_shape(t), t.dtype, weak_type=w) for t, w in zip(operands, flags, strict=True)
    ]
    with jax.enable_x64(True):
        found = jax.make_jaxpr(function)(*given)
    if found.effects:
        text = f"a function of jax with effects is not taken here ({', '.join(map(str, found.effects))})"
        raise UnsupportedError(text, None, "use Python's print in the compiled function")
    results = [Array(DTYPES[_short(a.dtype)], tuple(a.shape)) for a in found.out_avals]
    return JaxFunction(name, jaxpr_as_fun(found), operands, results)


def _short(dtype: Any) -> str:
    return next(short for short, known in DTYPES.items() if known == dtype)


def first_words(error: Exception) -> str:
    """What jax says, without its advice for programs in jax."""
    paragraph = str(error).strip().split("\n\n")[0]
    return " ".join(paragraph.split()) or type(error).__name__


def jax_function(f: F) -> F:
    """Mark a function that jax can trace: compiled programs hand it to jax as one operation.

    Without the mark a function is compiled from its source, in which calls of `jax.numpy` and its kin are operations
    already. With it the whole is one, typed and differentiated by jax: its source is not read, so it may use what the
    compiler does not take. As under `jax.jit`, what it reads besides its arguments is read when it is traced.

        layer = myialike.jax_function(layer)
    """
    def described() -> tuple[str, Any, tuple[Any, ...]]:
        return "jax", f, ()

    try:
        f.__myialike__ = described  # type: ignore[attr-defined]
        return f
    except (AttributeError, TypeError):
        return _Marked(f)  # type: ignore[return-value]


class _Marked:
    """A callable that takes no attribute, marked."""

    def __init__(self, f: Callable[..., Any]) -> None:
        self._f = f
        self.__name__ = getattr(f, "__name__", type(f).__name__)

    def __myialike__(self) -> tuple[str, Any, tuple[Any, ...]]:
        return "jax", self._f, ()

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        return self._f(*args, **keywords)
