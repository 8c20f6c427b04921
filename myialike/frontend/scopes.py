"""Which variable each name means, and which variables live in cells.

Python decides by the text alone: a name that a function binds anywhere is local to it everywhere. One walk over the
function, in the order of evaluation, notes every binding and every use; with all bindings known, each use is resolved
to a `Variable`, a `Free` variable of the Python function object, or a `Global`.

A variable that an inner function uses is *boxed* (lives in a cell) unless the inner function can never see it change:
all its bindings come before the inner function is made, and no loop around both makes them come again. Such a variable
is used directly, because a graph sees the variables around it. A recursive inner function is bound after it is made,
so it is boxed.

Comprehensions are scopes for names, but run in their function: using a variable from one is no capture. Only `:=`
inside a comprehension binds outside of it.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
Kind = Literal["function", "comprehension"]


@dataclass(eq=False, slots=True)
class Scope:
    """The names one function or comprehension binds."""

    kind: Kind
    parent: Scope | None
    variables: dict[str, Variable] = field(default_factory=dict)
    global_names: dict[str, ast.Global] = field(default_factory=dict)
    nonlocal_names: dict[str, ast.Nonlocal] = field(default_factory=dict)
    loops: frozenset[ast.AST] = frozenset()
    """The loops around a function."""
    separate: bool = True
    """Whether Python runs it as a function of its own: a comprehension runs in its function since Python 3.12."""

    @property
    def function(self) -> Scope:
        """The scope itself, or the function that a comprehension runs in."""
        return self if self.kind == "function" or self.parent is None else self.parent.function

    def bind(self, name: str) -> None:
        if name not in self.global_names and name not in self.nonlocal_names and name not in self.variables:
            self.variables[name] = Variable(name, self)

    def flag(self, name: str) -> Variable:
        """A new variable of the compiler's own; its name, with a dot before it, can be no name of the user's."""
        return Variable("." + name, self)


@dataclass(eq=False, slots=True)
class Variable:
    """A local variable of one scope. `boxed`: it lives in a cell. `deleted`: there is a `del` of it."""

    name: str
    scope: Scope
    boxed: bool = False
    deleted: bool = False

    @property
    def hint(self) -> str:
        return self.name.lstrip(".")

    @property
    def internal(self) -> bool:
        return self.name.startswith(".")

    def __repr__(self) -> str:
        return self.name + ("[boxed]" if self.boxed else "")


@dataclass(frozen=True, slots=True)
class Free:
    """A variable that the Python function object has captured."""

    name: str


@dataclass(frozen=True, slots=True)
class Global:
    """A global variable, or a builtin."""

    name: str


Symbol = Variable | Free | Global
Action = Literal["bind", "walrus", "use"]


@dataclass(frozen=True, slots=True)
class _Event:
    """One use or binding of a name by `node`, in `scope`, inside `loops`: those around its function as well."""

    action: Action
    name: str
    node: ast.AST
    scope: Scope
    loops: frozenset[ast.AST]


@dataclass(slots=True)
class Scopes:
    """The result: the scope of each function and comprehension node, the symbol of each naming node.

    Naming nodes are `Name`, `arg`, function definitions, imported names, and patterns (the name they bind).
    `outside` are the naming nodes that bind names outside of the function, with the statements `global` and `nonlocal`
    by which they do.
    `captured` are the naming nodes by which a function uses a variable of a function around it.
    """

    of: dict[ast.AST, Scope] = field(default_factory=dict)
    symbols: dict[ast.AST, Symbol] = field(default_factory=dict)
    outside: dict[ast.AST, tuple[ast.Global | ast.Nonlocal, str]] = field(default_factory=dict)
    captured: set[ast.AST] = field(default_factory=set)

    def variable(self, node: ast.AST) -> Variable | None:
        """The local variable that a naming node means, None for other nodes and other symbols."""
        symbol = self.symbols.get(node)
        return symbol if isinstance(symbol, Variable) else None


def bound_name(alias: ast.alias) -> str:
    """The name that an import binds: of `import a.b` it is `a`."""
    return alias.asname or alias.name.partition(".")[0]


def captured_name(node: ast.AST) -> str | None:
    """The name that a pattern binds itself, its parts not counted."""
    match node:
        case ast.MatchAs() | ast.MatchStar():
            return node.name
        case ast.MatchMapping():
            return node.rest
        case _:
            return None


def analyse(function: ast.FunctionDef | ast.Lambda, free: Iterable[str]) -> Scopes:
    """The scopes of `function` and everything inside it; `free` are the names its function object captured."""
    walk = _Walk()
    walk.function(function)
    return _resolve(walk, frozenset(free))


class _Walk(ast.NodeVisitor):
    """Visits a function in evaluation order and notes events."""

    def __init__(self) -> None:
        self.scopes = Scopes()
        self.events: list[_Event] = []
        self.scope: Scope = Scope("function", None)
        self.loops: frozenset[ast.AST] = frozenset()

    def note(self, action: Action, name: str, node: ast.AST) -> None:
        scope = self.scope.function if action == "walrus" else self.scope
        if action != "use":
            scope.bind(name)
        self.events.append(_Event(action, name, node, scope, self.loops))

    @contextmanager
    def inside(self, kind: Kind, node: ast.AST) -> Iterator[None]:
        before = self.scope
        separate = kind == "function" or isinstance(node, ast.GeneratorExp) or sys.version_info < (3, 12)
        self.scope = self.scopes.of[node] = Scope(kind, before, loops=self.loops, separate=separate)
        yield
        self.scope = before

    @contextmanager
    def loop(self, node: ast.AST) -> Iterator[None]:
        before, self.loops = self.loops, self.loops | {node}
        yield
        self.loops = before

    def all(self, nodes: Iterable[ast.AST | None]) -> None:
        for node in nodes:
            if node is not None:
                self.visit(node)

    def function(self, node: ast.FunctionDef | ast.Lambda) -> None:
        a = node.args
        with self.inside("function", node):
            body = [node.body] if isinstance(node, ast.Lambda) else node.body
            self._declarations(body)
            for arg in (*a.posonlyargs, *a.args, a.vararg, *a.kwonlyargs, a.kwarg):
                if arg is not None:
                    self.note("bind", arg.arg, arg)
            self.all(body)

    def _declarations(self, body: Iterable[ast.AST]) -> None:
        """`global` and `nonlocal` hold for the whole function, wherever they stand."""
        pending = list(body)
        while pending:
            node = pending.pop()
            if isinstance(node, ast.Global):
                self.scope.global_names.update(dict.fromkeys(node.names, node))
            elif isinstance(node, ast.Nonlocal):
                self.scope.nonlocal_names.update(dict.fromkeys(node.names, node))
            elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.expr):
                pending.extend(ast.iter_child_nodes(node))

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.all((*node.decorator_list, *node.args.defaults, *node.args.kw_defaults))
        self.function(node)
        self.note("bind", node.name, node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self.all((*node.args.defaults, *node.args.kw_defaults))
        self.function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        """Refused later."""
        self.note("bind", node.name, node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Refused later."""
        self.note("bind", node.name, node)

    def visit_Name(self, node: ast.Name) -> None:
        self.note("use" if isinstance(node.ctx, ast.Load) else "bind", node.id, node)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        self.note("walrus", node.target.id, node.target)

    def visit_Assign(self, node: ast.Assign) -> None:
        self.all((node.value, *node.targets))

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """The annotation of a local variable is not evaluated; without a value nothing is bound."""
        self.all((node.value,))
        if node.value is None and isinstance(node.target, ast.Name):
            self.scope.bind(node.target.id)
        else:
            self.visit(node.target)

    def visit_If(self, node: ast.If) -> None:
        """A chain of `elif` is gone through without recursion."""
        self.all((node.test, *node.body))
        while len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
            node = node.orelse[0]
            self.all((node.test, *node.body))
        self.all(node.orelse)

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            self.note("bind", bound_name(alias), alias)

    visit_ImportFrom = visit_Import

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        """Refused later, but the name is local to the function."""
        if node.name:
            self.note("bind", node.name, node)
        self.generic_visit(node)

    def visit_MatchAs(self, node: ast.MatchAs | ast.MatchStar | ast.MatchMapping) -> None:
        self.generic_visit(node)
        name = captured_name(node)
        if name is not None:
            self.note("bind", name, node)

    visit_MatchStar = visit_MatchMapping = visit_MatchAs

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.all((node.target, node.value))
        if isinstance(node.target, ast.Name):
            self.note("bind", node.target.id, node.target)

    def visit_For(self, node: ast.For) -> None:
        self.visit(node.iter)
        with self.loop(node):
            self.all((node.target, *node.body))
        self.all(node.orelse)

    def visit_While(self, node: ast.While) -> None:
        with self.loop(node):
            self.all((node.test, *node.body))
        self.all(node.orelse)

    def comprehension(self, node: Comprehension) -> None:
        first, *others = node.generators
        self.visit(first.iter)
        with self.inside("comprehension", node), self.loop(node):
            self.all((first.target, *first.ifs))
            for generator in others:
                self.all((generator.iter, generator.target, *generator.ifs))
            self.all((node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,))

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = comprehension


def _resolve(walk: _Walk, free: frozenset[str]) -> Scopes:
    scopes = walk.scopes
    histories: dict[Variable, list[_Event]] = {}
    for event in walk.events:
        symbol = _lookup(event.name, event.scope, free)
        scopes.symbols[event.node] = symbol
        if isinstance(symbol, Variable):
            histories.setdefault(symbol, []).append(event)
            if _is_captured(symbol, event.scope):
                scopes.captured.add(event.node)
        elif event.action != "use":
            scopes.outside[event.node] = _declaration(event)
    for variable, history in histories.items():
        variable.boxed = _needs_cell(variable, history)
        variable.deleted = any(isinstance(getattr(event.node, "ctx", None), ast.Del) for event in history)
    return scopes


def _lookup(name: str, scope: Scope | None, free: frozenset[str]) -> Symbol:
    while scope is not None:
        if name in scope.global_names:
            return Global(name)
        if name in scope.variables:
            return scope.variables[name]
        scope = scope.parent
    return Free(name) if name in free else Global(name)


def _is_captured(variable: Variable, scope: Scope) -> bool:
    """Whether Python reads `variable` in `scope` through a cell of a function around it."""
    while scope is not variable.scope:
        if scope.separate:
            return True
        assert scope.parent is not None, "a variable belongs to a scope around its uses"
        scope = scope.parent
    return False


def _declaration(event: _Event) -> tuple[ast.Global | ast.Nonlocal, str]:
    scope = event.scope.function
    where = scope.global_names.get(event.name) or scope.nonlocal_names[event.name]
    return where, event.name


def _needs_cell(variable: Variable, history: Sequence[_Event]) -> bool:
    """Whether an inner function could see `variable` change."""
    home = variable.scope.function
    captures = [k for k, event in enumerate(history) if event.scope.function is not home]
    bindings = [k for k, event in enumerate(history) if event.action != "use"]
    if not captures or not bindings:
        return False
    if any(k in captures or history[k].action == "walrus" for k in bindings) or max(bindings) > min(captures):
        return True
    again = frozenset().union(*(history[k].loops for k in bindings)) - home.loops
    return any(history[k].loops & again for k in captures)
