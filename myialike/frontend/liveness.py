"""Which variables are still needed at the ends of branches and at the heads of loops.

Only those are results of an `If` and carries of a loop. The usual equations, backwards over the tree of `control`:

    before(stmt)  = reads(stmt) | after(stmt) - kills(stmt)
    before(loop)  = head = after(loop) | before(body), with after(body) = head: the least solution
    before(leave) = what is live where the path goes on, and the compiler's own flags

A boxed variable lives in a cell and is never carried. Reads by inner functions count where the inner function is made.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from myialike.frontend.control import Branch, Each, Give, Leave, Node, Repeat, SetFlag, Simple
from myialike.frontend.scopes import Scope, Scopes, Variable

Vars = frozenset[Variable]
_NOTHING: Vars = frozenset()


class Liveness:
    """The live variables of one function: `at[node]` after a branch, at the head of a loop, where a path goes on."""

    def __init__(self, scopes: Scopes, scope: Scope) -> None:
        self.scopes = scopes
        self.scope = scope
        self.at: dict[Node, Vars] = {}
        self._reads: dict[ast.AST, Vars] = {}
        self._goals: dict[tuple[Variable | None, bool], Vars] = {(None, False): _NOTHING}  # as `Leave` names them

    def before(self, nodes: Iterable[Node], after: Vars) -> Vars:
        """The variables live before `nodes`, given those live after; fills `at` on the way."""
        for node in reversed(tuple(nodes)):
            after = self._before_one(node, after)
        return after

    def _before_one(self, node: Node, after: Vars) -> Vars:
        match node:
            case Simple():
                if isinstance(node.stmt, ast.Raise):
                    return self.reads(node.stmt)
                return (after - self.kills(node.stmt)) | self.reads(node.stmt)
            case SetFlag():
                return after - {node.flag}
            case Give():
                return (after - {node.result}) | (self.reads(node.value) if node.value else _NOTHING)
            case Leave():
                goal = self.at[node] = self._goals[node.loop, node.again]
                return goal | frozenset(v for v in after if v.internal)
            case Branch():
                self.at[node] = after
                test = frozenset({node.test}) if isinstance(node.test, Variable) else self.reads(node.test)
                return test | self.before(node.then, after) | self.before(node.orelse, after)
            case Repeat():
                return self._head(node, after, self.reads(node.test), _NOTHING)
            case Each():
                kills = frozenset(self.targets((node.at.target,)))
                return self._head(node, after, self.reads(node.at.target), kills) | self.reads(node.at.iter)

    def _head(self, node: Repeat | Each, after: Vars, reads: Vars, kills: Vars) -> Vars:
        """The variables live at the head of a loop, which reads and kills some at the start of each turn."""
        self._goals[node.go_on, False] = after
        flag = frozenset({node.go_on}) if node.breakable else _NOTHING
        head = after | reads | flag
        while True:
            self._goals[node.go_on, True] = self.at[node] = head
            grown = head | (self.before(node.body, head) - kills)
            if grown == head:
                return head
            head = grown

    def reads(self, node: ast.AST) -> Vars:
        """The variables that `node` reads anywhere inside, inner functions included."""
        if node not in self._reads:
            names = (n for n in ast.walk(node) if isinstance(n, ast.Name))
            aug = node.target if isinstance(node, ast.AugAssign) else None
            used = (self.scopes.variable(n) for n in names if isinstance(n.ctx, ast.Load) or n is aug)
            self._reads[node] = frozenset(v for v in used if v is not None and not v.boxed)
        return self._reads[node]

    def kills(self, stmt: ast.stmt) -> Vars:
        """The variables that `stmt` binds anew, or unbinds, whatever happens."""
        match stmt:
            case ast.Assign():
                return frozenset(self.targets(stmt.targets))
            case ast.AnnAssign() if stmt.value is not None:
                return frozenset(self.targets((stmt.target,)))
            case ast.FunctionDef():
                return frozenset(self.targets((stmt,)))
            case ast.Delete():
                return frozenset(self.targets(stmt.targets))
            case _:
                return _NOTHING

    def targets(self, nodes: Iterable[ast.AST]) -> list[Variable]:
        """The unboxed variables of this function that the naming nodes among `nodes`, or tuples of them, bind."""
        found: list[Variable] = []
        for node in nodes:
            match node:
                case ast.Tuple() | ast.List():
                    found += self.targets(node.elts)
                case ast.Starred():
                    found += self.targets((node.value,))
                case _:
                    variable = self.scopes.variable(node)
                    if variable is not None and not variable.boxed and variable.scope is self.scope:
                        found.append(variable)
        return found

    def bound_in(self, node: ast.AST) -> list[Variable]:
        """The variables of this function that the expression `node` binds, by `:=`."""
        return self.targets(n.target for n in ast.walk(node) if isinstance(n, ast.NamedExpr))

    def written(self, nodes: Iterable[Node]) -> list[Variable]:
        """The variables of this function that `nodes` may bind, in the order of the text; repeated."""
        found: list[Variable] = []
        for node in nodes:
            match node:
                case Simple():
                    found += self._written_by(node.stmt)
                case SetFlag():
                    found.append(node.flag)
                case Give():
                    found += [*(self.bound_in(node.value) if node.value else ()), node.result]
                case Branch():
                    if not isinstance(node.test, Variable):
                        found += self.bound_in(node.test)
                    found += self.written(node.then) + self.written(node.orelse)
                case Repeat():
                    found += self.written(node.body)
                case Each():
                    found += self.bound_in(node.at.iter) + self.targets((node.at.target,)) + self.written(node.body)
        return found

    def _written_by(self, stmt: ast.stmt) -> list[Variable]:
        found = self.bound_in(stmt)
        match stmt:
            case ast.AugAssign():
                return found + self.targets((stmt.target,))
            case _:
                return found + list(self.targets(self._binding_nodes(stmt)))

    def _binding_nodes(self, stmt: ast.stmt) -> Iterable[ast.AST]:
        match stmt:
            case ast.Assign() | ast.Delete():
                return stmt.targets
            case ast.AnnAssign() if stmt.value is not None:
                return (stmt.target,)
            case ast.FunctionDef():
                return (stmt,)
            case _:
                return ()

    def carries(self, node: Repeat | Each) -> tuple[Variable, ...]:
        """What a loop carries: variables it binds that are live at its head; first the flag that ends it."""
        first = [node.go_on] if node.breakable else []
        bound = self.written((node,))
        return tuple(dict.fromkeys(first + [v for v in bound if v in self.at[node]]))
