"""Functions: `parse`, and the functions inside functions.

A graph has a param for each Python parameter, in the order in which `inspect` lists them, and a `signature` that says
how they are filled. `Parameter.default` counts the defaults from left to right, positional ones first: for an inner
function in `Closure.defaults`, for the function that is parsed in `__defaults__` followed by `__kwdefaults__`.

An inner graph reads the variables around it directly; those that could change meanwhile are cells (see `scopes`).
"""

from __future__ import annotations

import ast
import types
from collections.abc import Iterator, Mapping
from typing import Any

from myialike.frontend.control import Nesting
from myialike.frontend.emitter import Env, Place
from myialike.frontend.liveness import Liveness
from myialike.frontend.origin import definition, start
from myialike.frontend.refused import refusal
from myialike.frontend.scopes import Scopes, Variable, analyse
from myialike.frontend.statements import Statements
from myialike.ir.builder import Names
from myialike.ir.names import hinted
from myialike.ir.syntax import Atom, Closure, Graph, Parameter, Var
from myialike.ir.types import DYNAMIC


def parse(fn: types.FunctionType) -> Graph:
    """The graph of a Python function, in dynamic IR.

    Raises:
        UnsupportedError: the function has no source, or uses syntax that is refused.
    """
    try:
        return _parsed(fn)
    except RecursionError:
        raise refusal("too deep", start(fn), fn.__qualname__) from None


def _parsed(fn: types.FunctionType) -> Graph:
    found = definition(fn)
    place, node = Place(found.filename, fn.__qualname__), found.node
    if isinstance(node, ast.AsyncFunctionDef):
        raise refusal(node, place.of(node), node.name)
    if "__class__" in fn.__code__.co_freevars and not _binds_super(fn):
        _name_super(node)
    scopes = analyse(node, fn.__code__.co_freevars)
    return FunctionCompiler(node, place, scopes, UserNames(), {}, set(), fn.__globals__).graph()


def _binds_super(fn: types.FunctionType) -> bool:
    """Whether `super` is a name of the program's own."""
    code = fn.__code__
    return "super" in (*fn.__globals__, *code.co_varnames, *code.co_cellvars, *code.co_freevars)


def _name_super(method: ast.FunctionDef | ast.Lambda) -> None:
    """Give `super()` in a method the arguments that it reads from its frame: `super(__class__, self)`."""
    positional = [*method.args.posonlyargs, *method.args.args]
    pending: list[ast.AST] = list(ast.iter_child_nodes(method))
    while pending:
        node = pending.pop()
        match node:
            case ast.Call(func=ast.Name(id="super"), args=[], keywords=[]) if positional:
                names = [ast.Name(n, ast.Load()) for n in ("__class__", positional[0].arg)]
                node.args = [ast.copy_location(n, node) for n in names]
            case ast.FunctionDef() | ast.Lambda():
                _name_super(node)
                continue
            case ast.ClassDef() | ast.GeneratorExp():
                continue
            case _:
                pass
        pending += ast.iter_child_nodes(node)


class UserNames(Names):
    """Fresh names for hints that are names of the user's."""

    def fresh(self, hint: str) -> str:
        return super().fresh(hinted(hint))


class FunctionCompiler(Statements):
    """Compiles one function.

    `env` and `unsure` are the variables around it, where it is made; `space` are the globals of its module.
    """

    def __init__(
        self,
        node: ast.FunctionDef | ast.Lambda,
        place: Place,
        scopes: Scopes,
        names: Names,
        env: Env,
        unsure: set[Variable],
        space: Mapping[str, Any],
    ) -> None:
        super().__init__(place, scopes, names, env, unsure)
        self.definition = node
        self.space = space
        self.live = Liveness(scopes, scopes.of[node])

    def graph(self) -> Graph:
        node = self.definition
        nesting = Nesting(self.scopes.of[node])
        tree = nesting.function(node)
        self.live.before(tree, frozenset({nesting.result}))
        params = [self._param(arg) for arg in parameters(node.args)]
        self._cells(dict(params))
        suspension = next(suspensions(node), None)
        if suspension is None:
            self.nodes(tree)
        else:
            self.refuse(self.refused(suspension, suspension))
        result = self.value(nesting.result, node)
        self.here.builder.params = [var for _, var in params]
        name = "lambda" if isinstance(node, ast.Lambda) else node.name
        return Graph(name, self.here.builder.block((result,)), signature(node.args), self.place.of(node))

    def _param(self, arg: ast.arg) -> tuple[Variable, Var]:
        variable = self.scopes.variable(arg)
        assert variable is not None, "parameters are variables"
        var = Var(self.names.fresh(variable.hint), DYNAMIC)
        if not variable.boxed:
            self.here.env[variable] = var
        return variable, var

    def _cells(self, params: dict[Variable, Var]) -> None:
        """Make a cell for each boxed variable of this function; that of a parameter holds its value."""
        for variable in self.live.scope.variables.values():
            if variable.boxed:
                self.make_cell(variable, self.definition, params.get(variable))

    # -- functions inside ------------------------------------------------------------------------------------------

    def lambda_(self, node: ast.Lambda, hint: str) -> Atom:
        return self.closure(node, self.defaults(node.args), hint if hint != "v" else "lambda", "<lambda>")

    def inner_function(self, node: ast.FunctionDef) -> Atom:
        """The value of a definition: decorators are evaluated first, and called last, the nearest first."""
        if getattr(node, "type_params", ()):
            raise self.refused("type parameters", node, node.name)
        decorators = self.exprs(node.decorator_list)
        value: Atom = self.closure(node, self.defaults(node.args), node.name, node.name)
        for decorator, written in zip(reversed(decorators), reversed(node.decorator_list), strict=True):
            value = self.call(decorator, (value,), written, node.name)
        return value

    def defaults(self, args: ast.arguments) -> tuple[Atom, ...]:
        return self.exprs([*args.defaults, *(d for d in args.kw_defaults if d is not None)])

    def closure(self, node: ast.FunctionDef | ast.Lambda, defaults: tuple[Atom, ...], hint: str, name: str) -> Var:
        place = Place(self.place.filename, f"{self.place.function}.<locals>.{name}")
        here = self.here
        inner = FunctionCompiler(node, place, self.scopes, self.names, here.env, here.unsure, self.space)
        graph = inner.graph()
        out = Var(self.names.fresh(hint), DYNAMIC)
        here.builder.append(Closure(graph, defaults, out, self.place.of(node)))
        return out


def suspensions(function: ast.FunctionDef | ast.Lambda) -> Iterator[ast.AST]:
    """What makes a function a generator, wherever it stands in it."""
    pending: list[ast.AST] = [function.body] if isinstance(function, ast.Lambda) else list(function.body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Yield | ast.YieldFrom):
            yield node
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            pending += list(ast.iter_child_nodes(node))[::-1]


def parameters(args: ast.arguments) -> list[ast.arg]:
    """The parameters in the order of the signature."""
    vararg, kwarg = ([star] if star else [] for star in (args.vararg, args.kwarg))
    return [*args.posonlyargs, *args.args, *vararg, *args.kwonlyargs, *kwarg]


def signature(args: ast.arguments) -> tuple[Parameter, ...]:
    """How the parameters are filled."""
    plain = [*args.posonlyargs, *args.args]
    first = len(plain) - len(args.defaults)
    count = len(args.defaults)
    found: list[Parameter] = []
    for k, arg in enumerate(plain):
        kind = "POSITIONAL_ONLY" if k < len(args.posonlyargs) else "POSITIONAL_OR_KEYWORD"
        found.append(Parameter(arg.arg, kind, k - first if k >= first else None))
    if args.vararg:
        found.append(Parameter(args.vararg.arg, "VAR_POSITIONAL"))
    for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        found.append(Parameter(arg.arg, "KEYWORD_ONLY", None if default is None else count))
        count += default is not None
    if args.kwarg:
        found.append(Parameter(args.kwarg.arg, "VAR_KEYWORD"))
    return tuple(found)
