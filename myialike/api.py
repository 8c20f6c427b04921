"""The public functions: what happens between a user's call and an executable.

A call describes its arguments (`infer.spec`): structure and types are the key of a cache, numbers are leaves. For a new
key the function goes through the pipeline. For a known one, what the function read from outside is read again and
compared, and the executable runs on the leaves. The result is rebuilt in its structure, Python numbers as Python
numbers, NumPy arrays as NumPy arrays, jax arrays as jax arrays, and objects that the function changed are changed.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, overload

import jax
import numpy as np

from myialike.errors import CompileError, UnsupportedError, cause_of, for_user
from myialike.infer.spec import Description, Rebuilding, Spec, leaf_types
from myialike.infer.specialise import Specialised
from myialike.infer.values import Const, parameter_names
from myialike.ir.syntax import Module
from myialike.ir.types import Array
from myialike.outer import Traced
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


@dataclass(slots=True)
class Variant:
    """A function compiled for arguments of some types, and what must still hold for it to be used."""

    found: Specialised
    run: Runnable
    checks: bool
    guards: list[tuple[Callable[[], Any], Spec, Any]]

    def traced(self) -> Traced:
        """The variant as a part of an outer jax computation."""
        return Traced(self.run.module, self.run, is_jax, self.checks)

    def fits(self, description: Description) -> bool:
        """Whether it is right for these arguments; the hidden inputs' leaves are added to `description`."""
        for getter, spec, seen in self.guards:
            now = getter()
            if now is not seen and Description(is_jax).add(now) != spec:
                return False
        if any(description.add(g()) != s for g, s in zip(self.found.hidden, self.found.hidden_specs, strict=True)):
            return False
        leaves = description.leaves
        return all(type(leaves[k]) is type(v) and leaves[k] == v for k, v in self.found.static)


class Function:
    """A compiled or transformed function.

    `kind` is "compile" or the transformation; `fn` what it was made from. Attributes `__name__`, `__doc__` and the
    signature are those of `fn`.
    """

    def __init__(self, kind: str, fn: Callable[..., Any], options: Options, backend: str, checks: bool) -> None:
        self.kind, self.fn, self.options, self.backend, self.checks = kind, fn, options, backend, checks
        self._variants = shared_variants(*lineage(self))
        functools.update_wrapper(self, fn, updated=())

    def __myialike__(self) -> tuple[str, Any, Options]:
        return self.kind, self.fn, self.options

    def __repr__(self) -> str:
        return f"<myialike {self.kind} of {getattr(self.fn, '__qualname__', self.fn)!s}>"

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else types.MethodType(self, instance)

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        try:
            description = Description(is_jax)
            specs = tuple([description.add(a) for a in args])
            named = tuple([(k, description.add(v)) for k, v in keywords.items()]) if keywords else ()
            variant = self._variant(specs, named, description)
        except Exception as error:
            raise for_user(blamed(error, self, args, keywords)) from cause_of(error)
        return finish(variant, description)

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

    def _compile(self, specs: tuple[Spec, ...], named: tuple[tuple[str, Spec], ...], given: Description) -> Variant:
        pipeline = Pipeline(is_jax)
        found = pipeline.infer(self, specs, named, given)
        run = pipeline.executable(self.backend, found.module, self.checks)
        guards = [(getter, spec, getter()) for getter, spec in found.guards]
        return Variant(found, run, self.checks, guards)


Lineage = tuple[tuple[str, Options, str, bool], ...]


def lineage(function: Function) -> tuple[Any, Lineage]:
    """What a function was made from at first, and how."""
    base: Any = function
    steps = []
    while isinstance(base, Function):
        steps.append((base.kind, base.options, base.backend, base.checks))
        base = base.fn
    return base, tuple(steps)


def shared_variants(base: Any, steps: Lineage) -> dict[Any, list[Variant]]:
    """The compiled variants of a function, shared by what is made of it alike: `grad(f)` in a loop is compiled once.

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
    while isinstance(inner, (Function, _Pull)):
        inner = inner.fn
    try:
        return Pipeline(is_jax).parse(inner).loc if isinstance(inner, types.FunctionType) else None
    except CompileError as error:
        return error.loc


def finish(variant: Variant, description: Description) -> Any:
    """Run a variant, carry out its changes to the arguments, and rebuild its result."""
    leaves, found = description.leaves, variant.found
    if found.changed:
        check_memory(found, description.objects)
    tracing = any(isinstance(leaf, jax.core.Tracer) for leaf in leaves)
    results = variant.traced()(leaves) if tracing else variant.run(leaves)
    spec = found.result
    if spec[0] == "num" and not found.changed and not tracing:
        return convert(spec, results[0], description.has_jax)
    values = iter(results)
    rebuilding = Rebuilding(
        lambda s: next(values) if tracing else convert(s, next(values), description.has_jax), description.objects
    )
    result = rebuilding.make(spec)
    for number, state in found.changed:
        overwrite(description.objects[number], state, rebuilding)
    return result


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
    if kind == "jax" or to_jax:
        return value if is_jax(value) else jax.numpy.asarray(value)
    if spec[0] == "num":
        return np.asarray(value)[()]
    return np.array(value)


def overwrite(target: Any, state: Spec, rebuilding: Rebuilding) -> None:
    """Give a caller's object its new state."""
    if state[0] == "array":
        target[...] = np.asarray(rebuilding.leaf(state))
        return
    items = [rebuilding.make(s) for s in state[-1]]
    if state[0] == "list":
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
def compile(fn: F, *, backend: str | None = None, checks: bool | None = None) -> F: ...


@overload
def compile(fn: None = None, *, backend: str | None = None, checks: bool | None = None) -> Callable[[F], F]: ...


def compile(fn: Any = None, *, backend: str | None = None, checks: bool | None = None) -> Any:
    """Compile a Python function: `@compile`, or `@compile(backend="python", checks=False)`.

    The compiled function means what the function means to CPython with NumPy, or is refused by a `CompileError` when it
    is first called with arguments of new types.

    Args:
        fn: a function, method, lambda, or the result of a transformation of this package.
        backend: "xla" (the default) or "python", which runs readable NumPy source.
        checks: False leaves out the run-time checks (index bounds, division by zero, `raise`, `assert`).
    """
    if fn is None:
        return lambda f: compile(f, backend=backend, checks=checks)
    if backend is not None and backend not in BACKENDS:
        raise ValueError(f"backend {backend!r} is not one of {', '.join(map(repr, BACKENDS))}")
    if not callable(fn):
        raise TypeError(f"compile takes a function, not {type(fn).__name__}")
    return transformed("compile", fn, (), backend, checks)


def transformed(
    kind: str, fn: Callable[..., Any], options: Options, backend: str | None = None, checks: bool | None = None
) -> Function:
    """A `Function` with the backend and checks asked for, else those of `fn`, else the defaults."""
    if not callable(fn):
        raise TypeError(f"{kind} takes a function, not {type(fn).__name__}")
    inherited = (fn.backend, fn.checks) if isinstance(fn, Function) else ("xla", True)
    chosen = inherited[0] if backend is None else backend, inherited[1] if checks is None else checks
    return Function(kind, fn, options, *chosen)


def transformation(kind: str, **defaults: Any) -> Callable[[F], F]:
    """Mark a function of this module as one that compiled code may call."""

    def mark(fn: F) -> F:
        fn.__myialike__ = lambda: ("transformation", kind, tuple(defaults.items()))  # type: ignore[attr-defined]
        return fn

    return mark


transformation("compile")(compile)


def gradient_options(argnums: int | Sequence[int], has_aux: bool) -> Options:
    return (("argnums", argnums if isinstance(argnums, int) else tuple(argnums)), ("has_aux", has_aux))


@transformation("grad", argnums=0, has_aux=False)
def grad(f: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Callable[..., Any]:
    """The gradient of a function with a real scalar result, with respect to the positional arguments `argnums`.

    The gradient has the structure of the argument: a tuple, list, dict, dataclass of floats and arrays. With a sequence
    of `argnums` it is a tuple of gradients. With `has_aux`, f returns `(value, aux)` and the gradient function
    `(gradient, aux)`. It can be differentiated again, any number of times.

    >>> from myialike import grad
    >>> def cube(x):
    ...     return x * x * x
    >>> grad(cube)(2.0), grad(grad(cube))(2.0)
    (12.0, 12.0)
    """
    return transformed("grad", f, gradient_options(argnums, has_aux))


@transformation("value_and_grad", argnums=0, has_aux=False)
def value_and_grad(
    f: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """A function that returns `(f(...), grad(f)(...))`, computed together; with `has_aux` f gives `(value, aux)`."""
    return transformed("value_and_grad", f, gradient_options(argnums, has_aux))


@transformation("jacrev", argnums=0, has_aux=False)
def jacrev(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """The Jacobian, a row at a time by reverse mode: shape of the result, then shape of the argument."""
    return transformed("jacrev", f, gradient_options(argnums, False))


@transformation("jacfwd", argnums=0, has_aux=False)
def jacfwd(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """The Jacobian, a column at a time by forward mode: shape of the result, then shape of the argument."""
    return transformed("jacfwd", f, gradient_options(argnums, False))


@transformation("hessian", argnums=0, has_aux=False)
def hessian(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """The matrix of second derivatives of a scalar function, by forward over reverse mode."""
    return transformed("hessian", f, gradient_options(argnums, False))


@transformation("vmap", in_axes=0, out_axes=0)
def vmap(f: Callable[..., Any], in_axes: Any = 0, out_axes: int = 0) -> Callable[..., Any]:
    """`f` for many elements at once: arguments have a further axis, and so have the results.

    A loop whose length depends on the element runs until all elements are done; a branch that no element takes is not
    run. `vmap(grad(f))` gives per-element gradients.

    Args:
        f: a function of one element.
        in_axes: the axis of the elements: an int for all positional arguments, or a tuple with an entry for each, an
            int, None for what is the same for all elements, or a structure of these like the argument's.
        out_axes: the axis of the elements in every result.
    """
    axes = tuple(in_axes) if isinstance(in_axes, list) else in_axes
    return transformed("vmap", f, (("in_axes", axes), ("out_axes", out_axes)))


@transformation("vjp", has_aux=False)
def vjp(f: Callable[..., Any], *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """`out, pullback = vjp(f, *primals)`: `pullback(out_bar)` gives a tuple of cotangents of the primals.

    With `has_aux`, f returns `(out, aux)` and the result is `(out, pullback, aux)`.
    """
    backend, checks = (f.backend, f.checks) if isinstance(f, Function) else ("xla", True)
    value = transformed("compile", f, (), backend, checks)(*primals)
    pull = Function("compile", _Pull(f, has_aux), (), backend, checks)

    def pullback(out_bar: Any) -> Any:
        return pull(primals, out_bar)

    return (value[0], pullback, value[1]) if has_aux else (value, pullback)


class _Pull:
    """The function behind a pullback: the primals and a cotangent to the cotangents of the primals."""

    def __init__(self, fn: Callable[..., Any], has_aux: bool) -> None:
        self.fn, self.has_aux = fn, has_aux
        self.__name__ = f"vjp_{getattr(fn, '__name__', 'f')}"

    def __myialike__(self) -> tuple[str, Any, Options]:
        return "pull", self.fn, (("has_aux", self.has_aux),)

    def __call__(self, *args: Any) -> Any:
        raise UnsupportedError("a pullback runs only when it is compiled", None)


@transformation("jvp")
def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """`out, out_dot = jvp(f, primals, tangents)`: the result, and its derivative in the direction of the tangents."""
    found: tuple[Any, Any] = transformed("jvp", f, ())(tuple(primals), tuple(tangents))
    return found


@transformation("stop_gradient")
def stop_gradient(x: Any) -> Any:
    """x, with derivative zero. Outside of compiled code it returns its argument."""
    return x


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
