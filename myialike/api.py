"""The public functions: what happens between a user's call and an executable.

A call describes its arguments (`infer.spec`): structure and types are the key of a cache, numbers are leaves. For a new
key the function goes through the pipeline. For a known one, what the function read from outside is read again and
compared, and the executable runs on the leaves. The result is rebuilt in its structure, Python numbers as Python
numbers, NumPy arrays as NumPy arrays, jax arrays as jax arrays, and objects that the function changed are changed.
"""

from __future__ import annotations

import functools
import operator
import sys
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from types import MappingProxyType
from typing import Any, TypeVar, overload

import jax
import numpy as np

from myialike.errors import BOTH, CapacityError, CompileError, UnsupportedError, cause_of, deep_recursion, for_user
from myialike.infer.annotations import behind_checks
from myialike.infer.describe import Description, Rebuilding
from myialike.infer.growing import FIRST_CAPACITY
from myialike.infer.parameters import parameter_names
from myialike.infer.spec import Spec, has_items, has_run_time_size, leaf_types
from myialike.infer.specialise import Specialised
from myialike.infer.transforms.options import OPTIONS
from myialike.infer.values import Const
from myialike.ir.syntax import Module
from myialike.ir.types import Array
from myialike.opt.expand import has_functions
from myialike.outer import Traced, has_open_tape
from myialike.pipeline import BACKENDS, Pipeline, Runnable, module_text, python_source
from myialike.source import Location

F = TypeVar("F", bound=Callable[..., Any])
Options = tuple[tuple[str, Any], ...]


def is_jax(value: Any) -> str:
    """ "jax" for a jax array, "weak" for a tracer that stands for a Python number, "" for anything else."""
    if not isinstance(value, jax.Array):
        return ""
    if isinstance(value, jax.core.Tracer) and value.shape == () and value.weak_type:
        return "weak"
    return "jax"


# -- one compiled variant ----------------------------------------------------------------------------------------------


DIFFERS = (
    "{} gives results of one type or shape at one time, and of another at another time, within one call; "
    "call it in the caller, or make its result the same each time (for eigenvalues: of a.astype(complex))"
)
# What reading a global, a captured variable, an attribute or an item raises that is there no more.
GONE = (KeyError, ValueError, AttributeError, IndexError)


@dataclass(slots=True)
class Variant:
    """A function compiled for arguments of some types, and what must still hold for it to be used.

    `bounded` is the same for an outer jax computation, where tapes of unknown length are not to be had.
    """

    found: Specialised
    run: Runnable
    checks: bool
    guards: list[tuple[Callable[[], Any], Spec, Any]]
    capacities: Mapping[str, int]
    bounded: Variant | None = None

    def traced(self, in_bounds: bool = False) -> Traced:
        """The variant as a part of an outer jax computation."""
        with_rules = has_functions(self.found.module)
        module = Module((Pipeline(is_jax).prepare(self.found.module),)) if with_rules else self.run.module
        bounded = self.bounded
        alternative = None if bounded is None else lambda: bounded.traced(in_bounds=True)
        return Traced(module, self.run, is_jax, self.checks, alternative, in_bounds)

    def fits(self, description: Description) -> bool:
        """Whether it is right for these arguments; the hidden inputs' leaves are added to `description`."""
        try:
            if any((now := g()) is not seen and Description(is_jax).add(now) != s for g, s, seen in self.guards):
                return False
            if any(description.add(g()) != s for g, s in zip(self.found.hidden, self.found.hidden_specs, strict=True)):
                return False
        except GONE:
            return False
        leaves = description.leaves
        return all(type(leaves[k]) is type(v) and leaves[k] == v for k, v in self.found.static)


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
                return finish(variant, description, self, tracing)
            except CapacityError as short:
                description.rewind(mark)
                tried.append(variant)
                variant = self._other(variant, specs, named, description, short)
                if short.decision() and any(variant is v for v in tried):
                    if not short.may_be_both():
                        raise UnsupportedError(DIFFERS.format(short.decision()), None) from None
                    description.rewind(mark)
                    variant = self._other(variant, specs, named, description, short, BOTH)

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


def kept(known: list[Variant], variant: Variant) -> Variant:
    """The variant, which is tried first from now on; one for several outcomes of a decision when all others fail."""
    known.insert(len(known) if BOTH in variant.capacities.values() else 0, variant)
    return variant


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


def definition_place(function: Function) -> Location | None:
    """Where the function behind a transformed one is defined, if that is known."""
    inner: Any = function
    while isinstance(inner, (Function, Applied)):
        inner = inner.fn
    try:
        return Pipeline(is_jax).parse(behind_checks(inner)).loc if isinstance(inner, types.FunctionType) else None
    except CompileError as error:
        return error.loc


def finish(variant: Variant, description: Description, function: Function, tracing: bool) -> Any:
    """Run a variant, carry out its changes to the arguments, and rebuild its result."""
    leaves, found = description.leaves, variant.found
    if found.changed:
        check_memory(found, description.objects)
    results = traced_leaves(variant, leaves) if tracing else variant.run(leaves)
    spec = found.result
    if spec[0] == "num" and not found.changed and not tracing:
        return convert(spec, results[0], description.has_jax)
    count = sum(1 for _ in leaf_types(spec)) if found.changed else 0
    values = chain(results[count:], results[:count])
    rebuilding = Rebuilding(
        lambda s: next(values) if tracing else convert(s, next(values), description.has_jax),
        description.objects,
        lambda fn: Function("compile", fn, (), function.backend, function.checks),
        jax.numpy.asarray if tracing else lambda array: array,
    )
    for number, state in found.changed:
        overwrite(description.objects[number], state, rebuilding)
    return rebuilding.make(spec)


def traced_leaves(variant: Variant, leaves: Sequence[Any]) -> Sequence[Any]:
    """The results inside of an outer jax transformation, where every size must be known."""
    specs = (variant.found.result, *(s for _, s in variant.found.changed))
    if any(map(has_items, specs)):
        raise UnsupportedError(
            "which object is returned depends on run-time values, and in an outer jax transformation these have none",
            variant.found.module.entry.loc,
            "return a copy of it, or call the function outside of jax.jit",
        )
    if any(map(has_run_time_size, specs)):
        raise UnsupportedError(
            "a list or an array of run-time length is returned into an outer jax transformation",
            variant.found.module.entry.loc,
            "reduce it inside, or call the function outside of jax.jit",
        )
    return variant.traced()(leaves)


def check_memory(found: Specialised, objects: Sequence[Any]) -> None:
    """Refuse arrays that are changed and share memory in a way that types do not show.

    Raises:
        UnsupportedError: a changed array overlaps another, or a reshape of it may be a copy.
    """
    arrays = [k for k, v in enumerate(objects) if type(v) is np.ndarray]
    for number, state in found.changed:
        if state[0] != "array":
            continue
        if number in found.contiguous and not objects[number].flags.c_contiguous:
            raise UnsupportedError(
                "an array that is reshaped and changed must be in C order", None, "pass np.ascontiguousarray(x)"
            )
        for other in arrays:
            if other != number and np.shares_memory(objects[number], objects[other]):
                raise UnsupportedError(
                    "two arrays that share memory are passed, and one of them is changed", None, "pass copies: x.copy()"
                )


def convert(spec: Spec, value: Any, to_jax: bool) -> Any:
    """A leaf of a result as the kind of value that Python and NumPy give; on a device if an argument was there."""
    kind = spec[-1]
    if kind == "python":
        return value.item()
    if kind in ("jax", "weak") or to_jax:
        if is_jax(value):
            return value
        with jax.enable_x64(True):
            return jax.numpy.asarray(value)
    if spec[0] == "num":
        return np.asarray(value)[()]
    return np.array(value)


def overwrite(target: Any, state: Spec, rebuilding: Rebuilding) -> None:
    """Give a caller's object its new state."""
    if state[0] == "array":
        target[...] = np.asarray(rebuilding.leaf(state))
        return
    items = rebuilding.items(state)
    if state[0] in ("list", "grown"):
        target[:] = items
    elif state[0] == "dict":
        new = dict(zip((k.value for k in state[1]), items, strict=True))
        target.clear()
        target.update(new)
    else:
        for name, item in zip(state[2], items, strict=True):
            object.__setattr__(target, name, item)


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


# -- looking at what happens ----------------------------------------------------------------------------------------


def inferred(
    f: Callable[..., Any], args: Sequence[Any], keywords: dict[str, Any]
) -> tuple[Pipeline, Specialised, Function]:
    function = f if isinstance(f, Function) else transformed("compile", f, ())
    try:
        description = Description(is_jax, shapes=True)
        specs = tuple(description.add(a) for a in args)
        named = tuple((k, description.add(v)) for k, v in keywords.items())
        pipeline = Pipeline(is_jax)
        return pipeline, pipeline.infer(function, specs, named, description), function
    except Exception as error:
        raise for_user(blamed(error, function, args, keywords)) from cause_of(error)


def final(pipeline: Pipeline, found: Specialised, backend: str) -> Module:
    try:
        with deep_recursion():
            return pipeline.final(found.module, backend)
    except Exception as error:
        raise for_user(error) from cause_of(error)


def check(f: Callable[..., Any], *args: Any, **keywords: Any) -> Any:
    """The type of `f(*args, **keywords)`, without running anything.

    Arguments are values, or anything with `shape` and `dtype`, such as `jax.ShapeDtypeStruct`. The result has the
    structure of f's result, with an `Array` type (it prints as `f64[2,3]`) for each array and a Python type for each
    Python number.

    Raises:
        CompileError: what is wrong with the program, at the user's line.
    """
    _, found, _ = inferred(f, args, keywords)
    types_of: Iterator[Array] = leaf_types(found.result)
    names = {"bool": bool, "i64": int, "f64": float, "c128": complex}

    def leaf(spec: Spec) -> Any:
        type = next(types_of)
        return names[spec[1]] if spec[-1] == "python" else type

    return Rebuilding(leaf, [*args]).make(found.result)


def source(f: Callable[..., Any], *args: Any, **keywords: Any) -> str:
    """Readable Python source of a compiled or transformed function for these arguments: it runs by itself."""
    pipeline, found, function = inferred(f, args, keywords)
    return python_source(final(pipeline, found, "python"), entry_name(function))


def entry_name(function: Function) -> str:
    inner = function.fn
    name = entry_name(inner) if isinstance(inner, Function) else str(getattr(inner, "__name__", "f"))
    name = name if name.isidentifier() else "f"
    return name if function.kind == "compile" else f"{function.kind}_{name}"


def show(f: Callable[..., Any], *args: Any, stage: str = "optimise", **keywords: Any) -> str:
    """The text form of the program after a stage: "parse", "infer", "loops", "ad" or "optimise" (the last one run)."""
    pipeline, found, function = inferred(f, args, keywords)
    if stage == "parse":
        inner: Any = function
        while isinstance(inner, Function):
            inner = inner.fn
        return module_text_of(pipeline, inner)
    final(pipeline, found, function.backend)
    modules = [r.module for r in pipeline.log if r.stage == stage]
    if not modules:
        stages = ", ".join(dict.fromkeys(["parse", *(r.stage for r in pipeline.log)]))
        raise ValueError(f"stage {stage!r} is not one that ran: {stages}")
    return module_text(modules[-1])


def module_text_of(pipeline: Pipeline, fn: types.FunctionType) -> str:
    from_parse = pipeline.stage("parse", lambda: _module(pipeline, fn))
    return module_text(from_parse)


def _module(pipeline: Pipeline, fn: types.FunctionType) -> Any:
    graph = pipeline.parse(fn)
    return (
        pipeline.log[-1].module
        if pipeline.log and pipeline.log[-1].stage == "parse"
        else type(pipeline.log[0].module)((graph,))
    )
