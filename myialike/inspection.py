"""Looking at a function without running it: its type, its source, its program after each stage."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from myialike.api import Function, blamed, entry_name, transformed
from myialike.errors import cause_of, deep_recursion, for_user
from myialike.infer.describe import Description, Rebuilding
from myialike.infer.spec import Spec, leaf_types
from myialike.infer.specialise import Specialised
from myialike.ir.syntax import Module
from myialike.ir.types import Array
from myialike.pipeline import Pipeline, module_text, python_source
from myialike.variants import is_jax


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
