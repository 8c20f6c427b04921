"""Which variables are still needed at the ends of branches and at the heads of loops.

Only those are results of an `If` and carries of a loop. The usual equations, backwards over the tree of `control`:

    before(stmt)  = reads(stmt) | after(stmt) - kills(stmt)
    before(loop)  = head = after(loop) | before(body), with after(body) = head: the least solution
    before(leave) = what is live where the path goes on, and the compiler's own flags

The least solution needs no iteration. What is live before a body is what the body reads first, whatever comes after
it, and some of what is live where it is left; so head = after(loop) | (before(body) if nothing is live after it). That
part is found once for each loop, and each body is gone through once more, with the solution.

A boxed variable lives in a cell and is never carried. Reads by inner functions count where the inner function is made.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from myialike.frontend.scopes import Scope, Scopes, Variable
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
        self._reads_first: dict[Node, Vars] = {}
        self._solving = True  # else only what is read first is asked for

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
            case Let():
                return (after - {node.variable}) | (self.reads(node.value) if node.value else _NOTHING)
            case Bind():
                return (after - frozenset(self.targets((node.pattern,)))) | {node.subject}
            case Enter():
                bound = frozenset(self.targets(_bound_by(node.item)))
                return (after - bound) | self.reads(node.item)
            case Cells():
                return after
            case Leave():
                goal = self.at[node] = self._goals[node.loop, node.again]
                return goal | frozenset(v for v in after if v.internal)
            case Branch():
                self.at[node] = after
                return self._before_test(node.test, self.before(node.then, after), self.before(node.orelse, after))
            case Repeat():
                return self._head(node, after, self.reads(node.test), _NOTHING)
            case Each():
                kills = frozenset(self.targets((node.at.target,)))
                return self._head(node, after, self.reads(node.at.target), kills) | self.reads(node.at.iter)

    def _head(self, node: Repeat | Each, after: Vars, reads: Vars, kills: Vars) -> Vars:
        """The variables live at the head of a loop, which reads and kills some at the start of each turn."""
        flag = frozenset({node.go_on}) if node.breakable else _NOTHING
        head = after | reads | flag | (self._read_first(node) - kills)
        if self._solving:
            self.at[node] = head
            self._body(node, after, head)
        return head

    def _body(self, node: Repeat | Each, after: Vars, head: Vars) -> Vars:
        self._goals[node.go_on, False] = after
        self._goals[node.go_on, True] = head
        return self.before(node.body, head)

    def _read_first(self, node: Repeat | Each) -> Vars:
        """The variables that the body of a loop reads before it binds them."""
        if node not in self._reads_first:
            solving, self._solving = self._solving, False
            self._reads_first[node] = self._body(node, _NOTHING, _NOTHING)
            self._solving = solving
        return self._reads_first[node]

    def _before_test(self, test: Test, then: Vars, orelse: Vars) -> Vars:
        match test:
            case Variable():
                return then | orelse | {test}
            case Matches():
                bound = {*self.targets(p for p, _ in test.captures), *(held for _, held in test.captures)}
                guard = self.reads(test.guard) if test.guard else _NOTHING
                return ((then | guard) - bound) | orelse | self.reads(test.pattern) | {test.subject}
            case _:
                return then | orelse | self.reads(test)

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
            case ast.Import() | ast.ImportFrom():
                return frozenset(self.targets(stmt.names))
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
                case Let():
                    found += [*(self.bound_in(node.value) if node.value else ()), node.variable]
                case Bind():
                    found += self.targets((node.pattern,))
                case Enter():
                    found += [*self.bound_in(node.item), *self.targets(_bound_by(node.item))]
                case Branch():
                    found += self._written_by_test(node.test) + self.written(node.then) + self.written(node.orelse)
                case Repeat():
                    found += self.written(node.body)
                case Each():
                    found += self.bound_in(node.at.iter) + self.targets((node.at.target,)) + self.written(node.body)
        return found

    def _written_by_test(self, test: Test) -> list[Variable]:
        match test:
            case Variable():
                return []
            case Matches():
                guard = self.bound_in(test.guard) if test.guard else []
                return self.targets(p for p, _ in test.captures) + guard
            case _:
                return self.bound_in(test)

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
            case ast.Import() | ast.ImportFrom():
                return stmt.names
            case _:
                return ()

    def carries(self, node: Repeat | Each) -> tuple[Variable, ...]:
        """What a loop carries: variables it binds that are live at its head; first the flag that ends it."""
        first = [node.go_on] if node.breakable else []
        bound = self.written((node,))
        return tuple(dict.fromkeys(first + [v for v in bound if v in self.at[node]]))


def _bound_by(item: ast.withitem) -> list[ast.AST]:
    """The target of `with ... as target`."""
    return [item.optional_vars] if item.optional_vars else []
