"""The public functions: what happens between a user's call and an executable.

A call describes its arguments (`infer.spec`): structure and types are the key of a cache, numbers are leaves. For a new
key the function goes through the pipeline. For a known one, what the function read from outside is read again and
compared, and the executable runs on the leaves; what becomes of its results, `variants` says.
"""

from __future__ import annotations

import functools
import operator
import sys
import types
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeVar, overload

import jax

from myialike.errors import BOTH, CapacityError, CompileError, UnsupportedError, cause_of, deep_recursion, for_user
from myialike.infer.annotations import behind_checks
from myialike.infer.describe import Description
from myialike.infer.growing import FIRST_CAPACITY
from myialike.infer.parameters import parameter_names
from myialike.infer.spec import Spec
from myialike.infer.transforms.options import OPTIONS
from myialike.infer.values import Const
from myialike.outer import has_open_tape
from myialike.pipeline import BACKENDS, Pipeline
from myialike.source import Location
from myialike.variants import Variant, finish, is_jax, kept

F = TypeVar("F", bound=Callable[..., Any])
Options = tuple[tuple[str, Any], ...]


DIFFERS = (
    "{} gives results of one type or shape at one time, and of another at another time, within one call; "
    "call it in the caller, or make its result the same each time (for eigenvalues: of a.astype(complex))"
)


def global_name(value: Any) -> str:
    """The name under which a module has `value`, which stands in for a function; empty if it has none."""
    name = getattr(value, "__qualname__", "")
    try:
        found = operator.attrgetter(name)(sys.modules[value.__module__])
    except (AttributeError, KeyError):
        return ""
    return str(name) if found is value else ""


class Applied:
    """The function behind a pullback or a linearized function: the primals, a tuple, and tangents or a cotangent."""

    def __init__(self, kind: str, fn: Callable[..., Any], has_aux: bool) -> None:
        self.kind, self.fn, self.has_aux = kind, fn, has_aux
        self.__name__ = f"{kind}_{getattr(fn, '__name__', 'f')}"

    def __myialike__(self) -> tuple[str, Any, Options]:
        return self.kind, self.fn, (("has_aux", self.has_aux),)

    def __call__(self, *args: Any) -> Any:
        raise UnsupportedError(f"{self.__name__} runs only when it is compiled", None)


class Function:
    """A compiled or transformed function.

    `kind` is "compile" or the transformation; `fn` what it was made from. Attributes `__name__`, `__doc__` and the
    signature are those of `fn`.
    """

    def __init__(
        self,
        kind: str,
        fn: Callable[..., Any],
        options: Options,
        backend: str,
        checks: bool,
        check_numerics: bool = False,
    ) -> None:
        self.kind, self.fn, self.options, self.backend = kind, fn, options, backend
        self.checks, self.check_numerics = checks, check_numerics
        self._variants = shared_variants(*lineage(self))
        functools.update_wrapper(self, fn, updated=())

    def __myialike__(self) -> tuple[str, Any, Options]:
        return self.kind, self.fn, self.options

    def __repr__(self) -> str:
        return f"<myialike {self.kind} of {getattr(self.fn, '__qualname__', self.fn)!s}>"

    def __reduce__(self) -> str | tuple[Any, ...]:
        """How it is pickled: by its name in its module, else by what it is made from. What is compiled stays here."""
        parts = (self.kind, self.fn, self.options, self.backend, self.checks, self.check_numerics)
        return global_name(self) or (Function, parts)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else types.MethodType(self, instance)

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        try:
            description = Description(is_jax)
            specs = tuple([description.add(a) for a in args])
            named = tuple([(k, description.add(v)) for k, v in keywords.items()]) if keywords else ()
            mark = description.mark()
            variant = self._variant(specs, named, description)
            tracing = any(isinstance(leaf, jax.core.Tracer) for leaf in description.leaves)
            if tracing and variant.bounded is None and self.backend == "xla" and has_open_tape(variant.run.module):
                arguments = description.fork()
                arguments.rewind(mark)
                variant.bounded = self._bounded(variant, specs, named, arguments)
        except Exception as error:
            raise for_user(blamed(error, self, args, keywords)) from cause_of(error)
        tried: list[Variant] = []
        while True:
            try:
                return finish(variant, description, self._compiled, tracing)
            except CapacityError as short:
                description.rewind(mark)
                tried.append(variant)
                variant = self._other(variant, specs, named, description, short)
                if short.decision() and any(variant is v for v in tried):
                    if not short.may_be_both():
                        raise UnsupportedError(DIFFERS.format(short.decision()), None) from None
                    description.rewind(mark)
                    variant = self._other(variant, specs, named, description, short, BOTH)

    def _compiled(self, fn: Any) -> Function:
        """A function of the result."""
        return Function("compile", fn, (), self.backend, self.checks)

    def _other(
        self,
        variant: Variant,
        specs: tuple[Spec, ...],
        named: tuple[tuple[str, Spec], ...],
        description: Description,
        short: CapacityError,
        for_both: int = 0,
    ) -> Variant:
        """A variant for what a run met: with more room, or for another outcome of what decides a dtype or a shape.

        `for_both` is the outcome to compile for where one call has met several.
        """
        if not short.decision():
            return self._enlarged(variant, specs, named, description, short)
        site, outcome = short.needed()
        outcome = for_both or outcome
        wanted = {k: v for k, v in variant.capacities.items() if k != site} | ({site: outcome} if outcome else {})
        known, mark = self._variants[specs, named], description.mark()
        for other in known:
            if other.capacities == wanted:
                if other.fits(description):
                    known.remove(other)
                    return kept(known, other)
                description.rewind(mark)
        found = kept(known, self._compile(specs, named, description, wanted))
        found.fits(description)
        return found

    def _bounded(
        self,
        variant: Variant,
        specs: tuple[Spec, ...],
        named: tuple[tuple[str, Spec], ...],
        description: Description,
    ) -> Variant | None:
        """The variant whose derivatives have checkpoints for tapes, if it reads the same from outside.

        `description` is that of the arguments alone.
        """
        found = self._compile(specs, named, description, variant.capacities, bounded=True)
        return found if found.found.hidden_specs == variant.found.hidden_specs else None

    def _enlarged(
        self,
        variant: Variant,
        specs: tuple[Spec, ...],
        named: tuple[tuple[str, Spec], ...],
        description: Description,
        short: CapacityError,
    ) -> Variant:
        """The variant compiled again with more room for a list: at least 4 times, so that it happens seldom."""
        known = self._variants[specs, named]
        if variant in known:
            known.remove(variant)
        site, count = short.needed()
        more = {**variant.capacities, site: max(count, 4 * variant.capacities.get(site, FIRST_CAPACITY))}
        found = kept(known, self._compile(specs, named, description, more))
        found.fits(description)
        return found

    def _variant(
        self, specs: tuple[Spec, ...], named: tuple[tuple[str, Spec], ...], description: Description
    ) -> Variant:
        known = self._variants.setdefault((specs, named), [])
        mark = description.mark()
        for variant in known:
            if variant.fits(description):
                return variant
            description.rewind(mark)
        known.insert(0, self._compile(specs, named, description))
        if not known[0].fits(description):
            raise UnsupportedError("a value outside of the function changed while it was compiled", None)
        return known[0]

    def _compile(
        self,
        specs: tuple[Spec, ...],
        named: tuple[tuple[str, Spec], ...],
        given: Description,
        capacities: Mapping[str, int] = MappingProxyType({}),
        bounded: bool = False,
    ) -> Variant:
        pipeline = Pipeline(is_jax, bounded)
        with deep_recursion():
            found = pipeline.infer(self, specs, named, given, capacities)
            run = pipeline.executable(self.backend, found.module, self.checks, self.check_numerics)
        guards = [(getter, spec, getter()) for getter, spec in found.guards]
        return Variant(found, run, self.checks, guards, capacities)


Lineage = tuple[tuple[str, Options, str, bool, bool], ...]


def lineage(function: Function) -> tuple[Any, Lineage]:
    """What a function was made from at first, and how."""
    base: Any = function
    steps: list[tuple[str, Options, str, bool, bool]] = []
    while isinstance(base, (Function, Applied)):
        if isinstance(base, Function):
            steps.append((base.kind, base.options, base.backend, base.checks, base.check_numerics))
        else:
            steps.append((base.kind, (("has_aux", base.has_aux),), "", True, False))
        base = base.fn
    return base, tuple(steps)


def shared_variants(base: Any, steps: Lineage) -> dict[Any, list[Variant]]:
    """The compiled variants of a function, shared by what is made of it alike: `grad(f)` in a loop, or the pullback
    of `vjp(f, x)`, is compiled once.

    Only plain functions are known by identity; of methods, partials and callable instances each has its own.
    """
    if not isinstance(base, types.FunctionType):
        return {}
    try:
        return _variants_of(base, steps)
    except TypeError:  # an option that cannot be hashed
        return {}


@functools.lru_cache(maxsize=512)
def _variants_of(base: Any, steps: Lineage) -> dict[Any, list[Variant]]:
    return {}


def blamed(error: Exception, function: Function, args: Sequence[Any], keywords: Mapping[str, Any]) -> Exception:
    """An error without a place gets that of the function's definition, and says which argument is at fault."""
    if not isinstance(error, CompileError) or error.loc is not None:
        return error
    message = error.message
    for name, value in [*zip(parameter_names(Const(function), len(args)), args, strict=True), *keywords.items()]:
        try:
            Description(is_jax).add(value)
        except CompileError as cause:
            if cause.message == message:
                message = f"the argument {name!r} of {entry_name(function)} cannot be taken: {message}"
                break
    return error.placed(definition_place(function), message)


def entry_name(function: Function) -> str:
    inner = function.fn
    name = entry_name(inner) if isinstance(inner, Function) else str(getattr(inner, "__name__", "f"))
    name = name if name.isidentifier() else "f"
    return name if function.kind == "compile" else f"{function.kind}_{name}"


def definition_place(function: Function) -> Location | None:
    """Where the function behind a transformed one is defined, if that is known."""
    inner: Any = function
    while isinstance(inner, (Function, Applied)):
        inner = inner.fn
    try:
        return Pipeline(is_jax).parse(behind_checks(inner)).loc if isinstance(inner, types.FunctionType) else None
    except CompileError as error:
        return error.loc


# -- public functions -----------------------------------------------------------------------------------------------


@overload
def compile(
    fn: F, *, backend: str | None = None, checks: bool | None = None, check_numerics: bool | None = None
) -> F: ...


@overload
def compile(
    fn: None = None, *, backend: str | None = None, checks: bool | None = None, check_numerics: bool | None = None
) -> Callable[[F], F]: ...


def compile(
    fn: Any = None, *, backend: str | None = None, checks: bool | None = None, check_numerics: bool | None = None
) -> Any:
    """Compile a Python function: `@compile`, or `@compile(backend="python", checks=False)`.

    The compiled function means what the function means to CPython with NumPy, or is refused by a `CompileError` when it
    is first called with arguments of new types.

    Args:
        fn: a function, method, lambda, or the result of a transformation of this package.
        backend: "xla" (the default) or "python", which runs readable NumPy source.
        checks: False leaves out the run-time checks (index bounds, division by zero, `raise`, `assert`).
        check_numerics: True raises FloatingPointError at the first value that is NaN or infinite and was made of finite
            ones, with its line, variable and loop iteration; so do the derivatives of the function. It is slow.
    """
    if fn is None:
        return lambda f: compile(f, backend=backend, checks=checks, check_numerics=check_numerics)
    if backend is not None and backend not in BACKENDS:
        raise ValueError(f"backend {backend!r} is not one of {', '.join(map(repr, BACKENDS))}")
    if not callable(fn):
        raise TypeError(f"compile takes a function, not {type(fn).__name__}")
    if check_numerics and checks is False:
        raise ValueError("check_numerics raises by checks, which checks=False leaves out")
    return transformed("compile", fn, (), backend, checks, check_numerics)


def transformed(
    kind: str,
    fn: Callable[..., Any],
    options: Options,
    backend: str | None = None,
    checks: bool | None = None,
    check_numerics: bool | None = None,
) -> Function:
    """A `Function` with the backend and checks asked for, else those of `fn`, else the defaults."""
    if not callable(fn):
        raise TypeError(f"{kind} takes a function, not {type(fn).__name__}")
    inherited = (fn.backend, fn.checks, fn.check_numerics) if isinstance(fn, Function) else ("xla", True, False)
    asked = zip((backend, checks, check_numerics), inherited, strict=True)
    return Function(kind, fn, options, *(old if new is None else new for new, old in asked))  # type: ignore[arg-type]


def transformation(kind: str) -> Callable[[F], F]:
    """Mark a function of this module as one that compiled code may call."""

    def mark(fn: F) -> F:
        fn.__myialike__ = lambda: ("transformation", kind, OPTIONS[kind])  # type: ignore[attr-defined]
        return fn

    return mark


transformation("compile")(compile)
