"""The ways to run a function: CPython, the interpreter on both IRs, and the backends.

`Engines(fn, names)` compiles a function once; each of `names` runs it:

    dynamic    the reference interpreter on what the frontend gives, callees included
    typed      the reference interpreter on what inference gives
    python     the python backend        xla    the xla backend
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Mapping, Sequence
from types import FunctionType
from typing import Any

import numpy as np

from myialike import compile
from myialike.api import Function
from myialike.frontend import parse
from myialike.ir.interpret import run
from myialike.ir.syntax import Module
from myialike.pipeline import Pipeline
from myialike.variants import Variant, is_jax

Call = Callable[..., Any]
RTOL = {"dynamic": 1e-15, "typed": 1e-15, "python": 1e-15, "xla": 1e-12}
SINGLE = 1e-6  # on xla, where a program has numbers of single precision, which may become any others


class Interpreted:
    """A typed module as something to call on leaves, like the executables of the backends.

    Its results are arrays of their own: where one is an argument, that may be written to before it is read.
    """

    def __init__(self, module: Module) -> None:
        self.module = module

    def __call__(self, leaves: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(r.copy() if isinstance(r, np.ndarray) else r for r in run(self.module, *leaves))


def dynamic(fn: FunctionType) -> Call:
    """A function run by the interpreter on its dynamic IR; so are the functions of its module that it calls."""

    def call(*args: Any, **keywords: Any) -> Any:
        bound = inspect.signature(fn, follow_wrapped=False).bind(*args, **keywords)
        bound.apply_defaults()
        free = dict(zip(fn.__code__.co_freevars, (c.cell_contents for c in fn.__closure__ or ()), strict=True))
        (result,) = run(Module((parse(fn),)), *bound.arguments.values(), globals=_Globals(fn), free=free)
        return result

    return call


class _Globals(Mapping[str, Any]):
    """The globals of a function; functions of the same file are run by the interpreter as well."""

    def __init__(self, fn: FunctionType) -> None:
        self.fn = fn

    def __getitem__(self, name: str) -> Any:
        value = self.fn.__globals__[name]
        same_file = isinstance(value, FunctionType) and value.__code__.co_filename == self.fn.__code__.co_filename
        return dynamic(value) if same_file else value

    def __contains__(self, name: object) -> bool:
        return name in self.fn.__globals__

    def __iter__(self) -> Any:
        return iter(self.fn.__globals__)

    def __len__(self) -> int:
        return len(self.fn.__globals__)


class Elsewhere(Function):
    """A function compiled for the python backend (once, whoever asks), whose modules run on another executable."""

    def __init__(self, fn: Callable[..., Any], executable: Callable[[Module], Any]) -> None:
        super().__init__("compile", fn, (), "python", True)
        self.executable = executable

    def _variant(self, *args: Any) -> Variant:
        return self.moved(super()._variant(*args))

    def _enlarged(self, *args: Any) -> Variant:
        return self.moved(super()._enlarged(*args))

    def moved(self, variant: Variant) -> Variant:
        return dataclasses.replace(variant, run=self.executable(variant.found.module))


def xla_executable(module: Module) -> Any:
    return Pipeline(is_jax).executable("xla", module, True)


ENGINES: dict[str, Callable[[Any], Call]] = {
    "python": lambda fn: compile(fn, backend="python"),  # type: ignore[no-any-return]
    "typed": lambda fn: Elsewhere(fn, Interpreted),
    "dynamic": dynamic,
    "xla": lambda fn: Elsewhere(fn, xla_executable),
}
