"""The reference interpreter: what a module means, in as few words as possible.

It runs every stage. In typed IR values are NumPy arrays and scalars; in dynamic IR they are Python objects,
conditions are Python truth, a loop takes any iterable, and a closure is a Python function. What an operation does is
`Op.evaluate` of its entry in the table, which the caller has filled by importing `myialike.ops`; only `py.global` and
`py.free` are done here, since they read the environment of the run.

It is an oracle, so it trusts nobody: a value of typed IR that does not have the type of its variable is a
`CompilerBug`.

>>> from myialike.ir.text import parse_module
>>> run(parse_module("graph f(x: f64) { y: f64 = if True:bool { yield x } else { yield 0.0:f64 } return y }"), 2.0)
(np.float64(2.0),)
"""

from __future__ import annotations

import builtins
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, assert_never

import ml_dtypes
import numpy as np

from myialike.errors import CompilerBug
from myialike.ir.op import TABLE
from myialike.ir.syntax import (
    Atom,
    Block,
    Call,
    Closure,
    Eqn,
    For,
    Graph,
    If,
    Module,
    Parameter,
    Prim,
    Var,
    While,
)
from myialike.ir.types import Array, Dynamic, Stack, Type

SCALAR_KINDS = {bool: "biufc", int: "iufc", float: "fc", complex: "c"}  # the dtype kinds that take a Python scalar
NOTHING: Mapping[str, Any] = MappingProxyType({})


def run(
    module: Module, *args: Any, globals: Mapping[str, Any] = NOTHING, free: Mapping[str, Any] = NOTHING
) -> tuple[Any, ...]:
    """The results of the module's entry graph on `args`, one for each of its params.

    Python scalars among `args` become NumPy scalars of the param's dtype. `globals` and `free` are what `py.global`
    (then the builtins) and `py.free` read.

    Raises:
        TypeError: the arguments do not have the number and the types of the params.
        CompilerBug: an operation gave a value that is not of the type of its variable.
        Exception: whatever the program raises.
    """
    params = module.entry.params
    if len(args) != len(params):
        raise TypeError(f"{module.entry.name} takes {len(params)} arguments, got {len(args)}")
    values = [_argument(p, a) for p, a in zip(params, args, strict=True)]
    return _Run(module, globals, free).block(module.entry.body, values, {})


def _argument(param: Var, value: Any) -> Any:
    if isinstance(param.type, Array) and type(value) in SCALAR_KINDS and _holds(param.type, value):
        value = param.type.dtype.type(value)
    if not conforms(value, param.type):
        raise TypeError(f"argument {param.name} must be {param.type}, got {describe(value)}")
    return value


def _holds(wanted: Array, value: Any) -> bool:
    kind = "f" if wanted.dtype == ml_dtypes.bfloat16 else wanted.dtype.kind
    return not wanted.shape and kind in SCALAR_KINDS[type(value)]


def conforms(value: Any, type: Type) -> bool:
    """Whether a value of the interpreter has a type. Symbolic dims fit every size up to their bound.

    How a stack is represented is the business of the operations on stacks: any value conforms to a stack type.
    """
    match type:
        case Dynamic() | Stack():
            return True
        case Array():
            array = np.asarray(value)
            return array.dtype == type.dtype and array.ndim == type.ndim and _fits(array.shape, type)
        case _:
            assert_never(type)


def _fits(shape: tuple[int, ...], type: Array) -> bool:
    pairs = zip(shape, type.shape, strict=True)
    return all(n == d if isinstance(d, int) else d.bound is None or n <= d.bound for n, d in pairs)


def describe(value: Any) -> str:
    """The type of a value, for messages: as in the IR where it can be said so."""
    try:
        array = np.asarray(value)
        return str(Array(array.dtype, array.shape))
    except (KeyError, ValueError):
        return f"a {type(value).__name__}"


@dataclass(frozen=True, slots=True)
class _Run:
    """One run of a module. Values are kept by name in an `env`; every block that runs gets its own copy of one."""

    module: Module
    globals: Mapping[str, Any]
    free: Mapping[str, Any]

    def block(self, block: Block, args: Sequence[Any], outer: Mapping[str, Any]) -> tuple[Any, ...]:
        env = {**outer, **{p.name: a for p, a in zip(block.params, args, strict=True)}}
        for eqn in block.eqns:
            values = self.eqn(eqn, env)
            _check(eqn, values)
            env.update((o.name, v) for o, v in zip(eqn.outputs, values, strict=True))
        return _read_all(env, block.results)

    def eqn(self, eqn: Eqn, env: Mapping[str, Any]) -> tuple[Any, ...]:
        match eqn:
            case Prim():
                return self.prim(eqn, env)
            case If():
                return self.block(eqn.then if _read(env, eqn.pred) else eqn.orelse, (), env)
            case While():
                return self.while_(eqn, env)
            case For():
                return self.for_(eqn, env)
            case Call():
                return self.block(self.module.graph(eqn.callee).body, _read_all(env, eqn.inputs), {})
            case Closure():
                return (self.closure(eqn.graph, _read_all(env, eqn.defaults), env),)
            case _:
                assert_never(eqn)

    def prim(self, eqn: Prim, env: Mapping[str, Any]) -> tuple[Any, ...]:
        if eqn.op == "py.global":
            return (self.global_(eqn.attr("name")),)
        if eqn.op == "py.free":
            return (self.free_variable(eqn.attr("name")),)
        value = TABLE[eqn.op].evaluate(*_read_all(env, eqn.inputs), **dict(eqn.attrs))
        if len(eqn.outputs) == 1:
            return (value,)
        return tuple(value) if eqn.outputs else ()

    def global_(self, name: str) -> Any:
        if name in self.globals:
            return self.globals[name]
        if hasattr(builtins, name):
            return getattr(builtins, name)
        raise NameError(f"name {name!r} is not defined", name=name)

    def free_variable(self, name: str) -> Any:
        if name in self.free:
            return self.free[name]
        where = "where it is not associated with a value in enclosing scope"
        raise NameError(f"cannot access free variable {name!r} {where}", name=name)

    def while_(self, eqn: While, env: Mapping[str, Any]) -> tuple[Any, ...]:
        carry = _read_all(env, eqn.init)
        while self.block(eqn.cond, carry, env)[0]:
            carry = self.block(eqn.body, carry, env)
        return carry

    def for_(self, eqn: For, env: Mapping[str, Any]) -> tuple[Any, ...]:
        carry = _read_all(env, eqn.init)
        elements = iter(_elements(_read_all(env, eqn.over)))
        while not eqn.breakable or carry[0]:
            try:
                element = next(elements)
            except StopIteration:
                break
            carry = self.block(eqn.body, (element, *carry), env)
        return carry

    def closure(self, graph: Graph, defaults: Sequence[Any], env: Mapping[str, Any]) -> Callable[..., Any]:
        signature = inspect.Signature([_parameter(p, defaults) for p in graph.signature])

        def function(*args: Any, **kwargs: Any) -> Any:
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            (result,) = self.block(graph.body, tuple(bound.arguments.values()), env)
            return result

        function.__name__ = function.__qualname__ = graph.name
        function.__dict__["__signature__"] = signature
        return function


def _parameter(parameter: Parameter, defaults: Sequence[Any]) -> inspect.Parameter:
    default = inspect.Parameter.empty if parameter.default is None else defaults[parameter.default]
    kind = getattr(inspect.Parameter, parameter.kind)
    return inspect.Parameter(parameter.name, kind, default=default)


def _elements(over: tuple[Any, ...]) -> Iterable[Any]:
    """What a loop goes through: an iterable before inference, a range as i64 scalars after it."""
    if len(over) == 1:
        return over[0]  # type: ignore[no-any-return]  # the program says that it is iterable
    start, stop, step = map(int, over)
    return map(np.int64, range(start, stop, step))


def _read(env: Mapping[str, Any], atom: Atom) -> Any:
    if isinstance(atom, Var):
        return env[atom.name]
    return atom.type.dtype.type(atom.value) if isinstance(atom.type, Array) else atom.value


def _read_all(env: Mapping[str, Any], atoms: Iterable[Atom]) -> tuple[Any, ...]:
    return tuple(_read(env, a) for a in atoms)


def _check(eqn: Eqn, values: Sequence[Any]) -> None:
    for output, value in zip(eqn.outputs, values, strict=True):
        if not conforms(value, output.type):
            what = f"operation {eqn.op!r}" if isinstance(eqn, Prim) else f"{type(eqn).__name__}"
            raise CompilerBug(f"{what} gave {describe(value)} for {output.name}: {output.type}", eqn.loc)
