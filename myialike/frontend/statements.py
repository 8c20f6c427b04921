"""Statements, as the tree of `control` has them: what is left to do is binding, branches and loops."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Iterable, Sequence

from myialike.errors import UnsupportedError
from myialike.frontend.emitter import literal
from myialike.frontend.expressions import OPERATORS
from myialike.frontend.patterns import Patterns
from myialike.frontend.scopes import Variable, bound_name
from myialike.frontend.tree import (
    Bind,
    Branch,
    Cells,
    Each,
    Enter,
    Leave,
    Let,
    Matches,
    Node,
    Repeat,
    SetFlag,
    Simple,
    Test,
)
from myialike.ir.builder import attrs_of
from myialike.ir.syntax import Atom, Prim, Var

DEBUG = __debug__  # without it CPython compiles no assert statement either


class Statements(Patterns):
    """Compiles the tree of a function."""

    def inner_function(self, node: ast.FunctionDef) -> Atom:
        raise NotImplementedError

    @property
    def package(self) -> str | None:
        """The package of the function's module."""
        package: str | None = self.space.get("__package__")
        name: str = self.space.get("__name__", "")
        return package or (name if "__path__" in self.space else name.rpartition(".")[0])

    def nodes(self, nodes: Iterable[Node]) -> None:
        """Compile nodes; one that is not taken is an operation that refuses the program where it is reached."""
        for node in nodes:
            here, count = self.here, len(self.here.builder.eqns)
            try:
                self.node(node)
            except UnsupportedError as error:
                del here.builder.eqns[count:]
                self.refuse(error)
                break

    def refuse(self, error: UnsupportedError) -> None:
        """End this path in a refusal."""
        attrs = attrs_of({"message": error.message, "instead": error.hint})
        self.here.builder.append(Prim("py.refuse", (), (), attrs, error.loc))
        self.here.end = "raised"

    def node(self, node: Node) -> None:
        match node:
            case Simple():
                self.simple(node.stmt)
            case SetFlag():
                self.here.env[node.flag] = literal(node.value)
            case Let():
                self.here.env[node.variable] = self.let(node)
            case Bind():
                self.bind(node.pattern, self.here.env[node.subject])
            case Enter():
                self.enter(node)
            case Cells():
                self.make_cells(node.at)
            case Leave():
                self.here.end, self.here.needed = "left", self.live.at[node]
            case Branch():
                self.if_(node)
            case Repeat():
                self.while_(node)
            case Each():
                self.for_(node)

    def let(self, node: Let) -> Atom:
        return self.expr(node.value, node.variable.hint) if node.value else literal(None)

    def enter(self, node: Enter) -> None:
        context = self.expr(node.item.context_expr, "context")
        given = self.prim("py.with", (context,), node.item.context_expr)
        if node.item.optional_vars:
            self.bind(node.item.optional_vars, given)

    # -- branches and loops ----------------------------------------------------------------------------------------

    def if_(self, node: Branch) -> None:
        test, then, orelse = node.test, node.then, node.orelse
        while isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            test, then, orelse = test.operand, orelse, then
        pred = self.condition(test)
        with self.arm() as yes:
            if isinstance(test, Matches):
                self.bind_matched(test)
            self.nodes(then)
        with self.arm() as no:
            self.nodes(orelse)
        self.merge(pred, yes, no, node.at, self.live.at[node])

    def condition(self, test: Test) -> Atom:
        match test:
            case Variable():
                return self.here.env[test]
            case Matches():
                return self.matches(test)
            case _:
                return self.test(test)

    def while_(self, node: Repeat) -> None:
        def test() -> Atom:
            if not node.breakable:
                return self.test(node.test)
            going = self.here.env[node.go_on]
            if node.endless:
                return going
            return self.branch(going, lambda: self.test(node.test), lambda: literal(False), node.test, "t")

        self.repeat(self.live.carries(node), test, lambda: self.nodes(node.body), node.at)
        if node.endless and not node.breakable:
            self.here.end = "raised"

    def for_(self, node: Each) -> None:
        target = node.at.target

        def turn(item: Var) -> None:
            self.bind(target, item)
            self.nodes(node.body)

        over = self.expr(node.at.iter)
        name = target.id if isinstance(target, ast.Name) else "item"
        self.each(over, self.live.carries(node), turn, node.at, name, node.breakable)

    # -- simple statements -----------------------------------------------------------------------------------------

    def simple(self, stmt: ast.stmt) -> None:
        match stmt:
            case ast.Assign():
                self.assign(stmt.targets, stmt.value)
            case ast.AugAssign():
                self.augmented(stmt)
            case ast.AnnAssign():
                if stmt.value is not None:
                    self.assign((stmt.target,), stmt.value)
                else:
                    self.place_of(stmt.target)
            case ast.Expr():
                if not isinstance(stmt.value, ast.Constant):
                    self.expr(stmt.value)
            case ast.Assert():
                self.assertion(stmt)
            case ast.Raise():
                self.raise_(stmt)
            case ast.Delete():
                for target in stmt.targets:
                    self.delete(target)
            case ast.FunctionDef():
                self.bind(stmt, self.inner_function(stmt))
            case ast.Import():
                for alias in stmt.names:
                    self.bind(alias, self.imported(alias))
            case ast.ImportFrom():
                for alias in stmt.names:
                    self.bind(alias, self.module(self.absolute(stmt), alias, alias.name))
            case ast.Pass() | ast.Global() | ast.Nonlocal():
                pass  # what the declarations mean is known from `scopes`
            case _:
                raise self.refused(stmt, stmt)

    def assign(self, targets: Sequence[ast.expr], value: ast.expr) -> None:
        hints = [t.id for t in targets if isinstance(t, ast.Name)]
        if isinstance(value, ast.GeneratorExp) and len(targets) == 1 and _takes_all(targets[0], value):
            atom = self.list_of(value, value.elt, "v")
        else:
            atom = self.expr(value, hints[0] if hints else "v")
        for target in targets:
            self.bind(target, atom)

    def bind(self, target: ast.AST, value: Atom) -> None:
        """Assign a value to a target, or to the name that a definition, an import or a pattern binds."""
        match target:
            case ast.Name() | ast.FunctionDef() | ast.alias() | ast.pattern():
                self.write(self.local(target), value, target)
            case ast.Attribute():
                self.effect("py.setattr", (self.expr(target.value), value), target, name=target.attr)
            case ast.Subscript():
                self.effect("py.setitem", (self.expr(target.value), self.expr(target.slice), value), target)
            case ast.Tuple() | ast.List():
                self.unpack(target.elts, value, target)
            case _:
                raise self.refused(target, target)

    def unpack(self, targets: Sequence[ast.expr], value: Atom, node: ast.expr) -> None:
        star = next((k for k, t in enumerate(targets) if isinstance(t, ast.Starred)), None)
        before = len(targets) if star is None else star
        plain = [t.value if isinstance(t, ast.Starred) else t for t in targets]
        hints = [t.id if isinstance(t, ast.Name) else "v" for t in plain]
        after = 0 if star is None else len(targets) - star - 1
        parts = self.prims("py.unpack", (value,), node, hints, before=before, after=after, star=star is not None)
        for target, part in zip(plain, parts, strict=True):
            self.bind(target, part)

    def augmented(self, stmt: ast.AugAssign) -> None:
        """`target op= value`: the parts of the target are evaluated once, then it is read, then the value."""
        target, op = stmt.target, OPERATORS[type(stmt.op)]

        def combined(old: Atom, hint: str) -> Atom:
            if isinstance(stmt.op, ast.Add) and isinstance(stmt.value, ast.GeneratorExp):
                return self.appended(old, stmt.value, stmt)
            return self.prim("py.inplace", (old, self.expr(stmt.value)), stmt, hint, op=op)

        match target:
            case ast.Name():
                variable = self.local(target)
                self.write(variable, combined(self.read(variable, target), target.id), stmt)
            case ast.Attribute():
                owner = self.expr(target.value)
                old = self.prim("py.getattr", (owner,), target, target.attr, name=target.attr)
                self.effect("py.setattr", (owner, combined(old, target.attr)), target, name=target.attr)
            case ast.Subscript():
                owner, index = self.expr(target.value), self.expr(target.slice)
                old = self.prim("py.getitem", (owner, index), target)
                self.effect("py.setitem", (owner, index, combined(old, "v")), target)

    def place_of(self, target: ast.expr) -> None:
        """Evaluate the parts of the target of an annotation without value."""
        if isinstance(target, ast.Attribute | ast.Subscript):
            self.expr(target.value)
        if isinstance(target, ast.Subscript):
            self.expr(target.slice)

    def imported(self, alias: ast.alias) -> Atom:
        """What `import a.b` binds: the module `a`, after `a.b` has been imported; of `import a.b as c` it is `a.b`."""
        module = self.module(alias.name, alias)
        if alias.asname is None and "." in alias.name:
            return self.module(bound_name(alias), alias)
        return module

    def module(self, module: str, alias: ast.alias, name: str | None = None) -> Atom:
        return self.prim("py.import", (), alias, bound_name(alias), module=module, name=name)

    def absolute(self, stmt: ast.ImportFrom) -> str:
        """The full name of the module that `from` names."""
        try:
            return importlib.util.resolve_name("." * stmt.level + (stmt.module or ""), self.package)
        except ImportError:
            raise self.refused("relative import", stmt) from None

    def assertion(self, stmt: ast.Assert) -> None:
        if not DEBUG:
            return
        pred = self.test(stmt.test)
        with self.arm() as holds:
            pass
        with self.arm() as fails:
            message = (self.expr(stmt.msg),) if stmt.msg else ()
            self.effect("py.raise_assert", message, stmt)
            fails.end = "raised"
        self.merge(pred, holds, fails, stmt, None)

    def raise_(self, stmt: ast.Raise) -> None:
        """`raise error`; a cause is evaluated, and dropped: no handler of the compiled program can see it."""
        if stmt.exc is None:
            raise self.refused("bare raise", stmt)
        error = self.expr(stmt.exc, "error")
        if stmt.cause is not None:
            self.expr(stmt.cause)
        self.effect("py.raise", (error,), stmt)
        self.here.end = "raised"

    def delete(self, target: ast.expr) -> None:
        match target:
            case ast.Name():
                self.unbind(self.local(target), target)
            case ast.Subscript():
                self.effect("py.delitem", (self.expr(target.value), self.expr(target.slice)), target)
            case ast.Tuple() | ast.List():
                for element in target.elts:
                    self.delete(element)
            case _:
                raise self.refused("del attribute", target)


def _takes_all(target: ast.expr, items: ast.GeneratorExp) -> bool:
    """Whether unpacking to `target` takes all items of a generator expression, whatever they are."""
    if not isinstance(target, ast.Tuple | ast.List):
        return False
    (first, *others), over = items.generators, items.generators[0].iter
    if any(isinstance(t, ast.Starred) for t in target.elts):
        return True
    if others or first.ifs or not isinstance(over, ast.Tuple | ast.List):
        return False
    return len(over.elts) == len(target.elts) and not any(isinstance(e, ast.Starred) for e in over.elts)
