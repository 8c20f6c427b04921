"""Jumps to nesting: statements with `return`, `break` and `continue` become a tree without them.

    while c(x):                  go_on = True
        if p(x):                 while go_on and c(x):
            return x      =>         if p(x): result = x; go_on = False
        x = step(x)                  else: x = step(x)
    return 0                     if go_on: result = 0

The statements after an `if` of which one branch always leaves go into the other branch. Where both branches may go on
and one may leave, a flag guards the rest: `running` in a loop with `continue`, `go_on` in other loops, `returned`
outside of loops. No statement occurs twice in the tree, and what cannot be reached is not in it.

`go_on` of a loop is false after `break` and `return`. After a loop that contains `return`, either the loop went on to
its end (`go_on`; if there is a `break` as well: not `returned`), or what is around it is left too: that is `_Return`, a
`return` whose value is known already.

A `match` is a chain of `if` on patterns. A `with` block is its statements: `np.errstate` is the one context manager
that is taken, and compiled code never warns. A loop over a generator expression is the loops of that expression,
around the body.

Flags are enough to do without jumps (Boehm and Jacopini, "Flow diagrams, Turing machines and languages with only two
formation rules", 1966); moving the rest into branches keeps them rare.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from myialike.frontend.scopes import Scope, Variable, captured_name
from myialike.frontend.tree import (
    Action,
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


@dataclass(frozen=True, slots=True, eq=False)
class _If:
    """An `if` of the compiler's own, among statements still to be nested."""

    test: Test
    body: tuple[Statement, ...]
    orelse: tuple[Statement, ...]
    at: ast.AST


@dataclass(frozen=True, slots=True, eq=False)
class _Return:
    """`return` of the value that `result` has already."""


Statement = ast.stmt | Action | _If | _Return
_Prefix = tuple[list[Node], Sequence[Statement]]  # nodes, and the statements that follow them
Flow = frozenset[str]  # how a statement list may end: "falls", "return", "break", "continue"; none: it raises or hangs

_FALLS: Flow = frozenset({"falls"})
_JUMPS = frozenset({"break", "continue"})
MOST_NESTED = 30  # so many statements that may leave are nested inside each other; the next ones are guarded by a flag


@dataclass(frozen=True, slots=True)
class _Loop:
    go_on: Variable
    guard: Variable
    """The flag that is true as long as the current turn of the loop runs: `go_on`, or one of its own."""


class Nesting:
    """Builds the tree of one function."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.result = scope.flag("result")
        self.returned = scope.flag("returned")
        self._flows: dict[Statement, Flow] = {}

    def function(self, node: ast.FunctionDef | ast.Lambda) -> tuple[Node, ...]:
        """The tree of a function; at its end `result` holds the value, if the end is reached."""
        if isinstance(node, ast.Lambda):
            return (Let(self.result, node.body, node.body),)
        body: list[Statement] = list(node.body)
        if "falls" in self.flow(body):
            body.append(ast.copy_location(ast.Return(None), node.body[-1]))
        return (SetFlag(self.returned, False), *self.nested(body, None))

    # -- how statements may end ------------------------------------------------------------------------------------

    def flow(self, body: Sequence[Statement]) -> Flow:
        total = _FALLS
        for stmt in body:
            if "falls" not in total:
                break
            total = (total - _FALLS) | self._flow_of(stmt)
        return total

    def _flow_of(self, stmt: Statement) -> Flow:
        if stmt not in self._flows:
            self._flows[stmt] = self._flow_anew(stmt)
        return self._flows[stmt]

    def _flow_anew(self, stmt: Statement) -> Flow:
        match stmt:
            case ast.Return() | _Return():
                return frozenset({"return"})
            case ast.Break():
                return frozenset({"break"})
            case ast.Continue():
                return frozenset({"continue"})
            case ast.Raise():
                return frozenset()
            case ast.If() | _If():
                return frozenset().union(*map(self.flow, _blocks(stmt)))
            case ast.With():
                return self.flow(stmt.body)
            case ast.Match():
                every = _always(stmt.cases[-1])
                return frozenset().union(*(self.flow(c.body) for c in stmt.cases), () if every else _FALLS)
            case ast.While() | ast.For():
                inside = self.flow(stmt.body)
                end = frozenset() if _endless(stmt) else self.flow(stmt.orelse)
                return end | (_FALLS if "break" in inside else frozenset()) | (inside - _JUMPS - _FALLS)
            case _:
                return _FALLS

    # -- nesting ---------------------------------------------------------------------------------------------------

    def nested(self, body: Sequence[Statement], loop: _Loop | None) -> tuple[Node, ...]:
        """The tree of a statement list; `loop` is the innermost loop around it."""
        body = self._flat(body)
        cut = self._cut(body)
        if cut < len(body):
            first = self.nested(body[:cut], loop)
            if "falls" not in self.flow(body[:cut]):
                return first
            return (*first, *self.nested((self._guarded(body[cut:], loop, _place(body[cut])),), loop))
        out: list[Node] = []
        k = 0
        while k < len(body):
            stmt, k = body[k], k + 1
            match stmt:
                case ast.Return():
                    return (*out, Let(self.result, stmt.value, stmt), *self._leave(loop))
                case _Return():
                    return (*out, *self._leave(loop))
                case ast.Break() | ast.Continue():
                    assert loop is not None
                    again = isinstance(stmt, ast.Continue)
                    flags = _unset(*(() if again else (loop.go_on,)), loop.guard)
                    return (*out, Leave(loop.go_on, again), *flags)
                case ast.Raise():
                    return (*out, Simple(stmt))
                case ast.If() | _If():
                    nodes, body = self._branch(stmt, body[k:], loop)
                    k = 0
                    out += nodes
                case ast.While() | ast.For():
                    nodes, body = self._loop(stmt, body[k:])
                    k = 0
                    out += nodes
                case ast.Match():
                    body, k = (*self._match(stmt), *body[k:]), 0
                case ast.With():
                    body, k = (*self._with(stmt), *body[k:]), 0
                case SetFlag() | Let() | Bind() | Enter() | Cells():
                    out.append(stmt)
                case _:
                    out.append(Simple(stmt))
        return tuple(out)

    def _flat(self, body: Sequence[Statement]) -> Sequence[Statement]:
        """The same statements, where what is in the `else` of an `if` that always leaves follows the `if`."""
        out: list[Statement] = []
        pending = list(reversed(body))
        while pending:
            stmt = pending.pop()
            if isinstance(stmt, ast.If | _If) and stmt.orelse and "falls" not in self.flow(stmt.body):
                pending += reversed(stmt.orelse)
                stmt = _If(stmt.test, tuple(stmt.body), (), _place(stmt))
            out.append(stmt)
        return out

    def _cut(self, body: Sequence[Statement]) -> int:
        """Where statements are split, so that not too many of them are nested inside each other."""
        leaving = [k for k, s in enumerate(body) if isinstance(s, ast.If | _If) and self.flow((s,)) - _FALLS]
        return leaving[MOST_NESTED] if len(leaving) > MOST_NESTED else len(body)

    def _leave(self, loop: _Loop | None) -> tuple[Node, ...]:
        flags = _unset(loop.go_on, loop.guard) if loop else ()
        return (Leave(None), SetFlag(self.returned, True), *flags)

    def _branch(self, stmt: ast.If | _If, rest: Sequence[Statement], loop: _Loop | None) -> _Prefix:
        """A branch before `rest`, and what still follows it."""
        then, orelse = self.flow(stmt.body), self.flow(stmt.orelse)
        body, other = list(stmt.body), list(stmt.orelse)
        after: Sequence[Statement] = ()
        if not (then | orelse) - _FALLS:
            after = rest if then | orelse else ()
        elif "falls" not in then:
            other += rest
        elif "falls" not in orelse:
            body += rest
        elif rest:
            after = (self._guarded(rest, loop, _place(stmt)),)
        return [Branch(stmt.test, self.nested(body, loop), self.nested(other, loop), _place(stmt))], after

    def _guarded(self, rest: Sequence[Statement], loop: _Loop | None, at: ast.AST) -> _If:
        """`rest`, run if nothing has left the statement list it is in."""
        return _If(loop.guard, tuple(rest), (), at) if loop else _If(self.returned, (), tuple(rest), at)

    # -- match and with --------------------------------------------------------------------------------------------

    def _match(self, stmt: ast.Match) -> tuple[Statement, ...]:
        """`match` as a chain of `if`, on a variable that holds the subject."""
        subject = self.scope.flag("subject")
        return (Let(subject, stmt.subject, stmt), *self._cases(subject, stmt.cases))

    def _cases(self, subject: Variable, cases: Sequence[ast.match_case]) -> tuple[Statement, ...]:
        if not cases:
            return ()
        case, others = cases[0], self._cases(subject, cases[1:])
        body: tuple[Statement, ...] = tuple(case.body)
        if _irrefutable(case.pattern):
            bind = (Bind(case.pattern, subject),) if captured_name(case.pattern) else ()
            return (*bind, _If(case.guard, body, others, case.pattern)) if case.guard else (*bind, *body)
        captures = tuple((node, self.scope.flag(name)) for name, node in _captures(case.pattern).items())
        return (_If(Matches(subject, case.pattern, captures, case.guard), body, others, case.pattern),)

    def _with(self, stmt: ast.With) -> tuple[Statement, ...]:
        """The statements of the block: what the context managers do is nothing, or refused."""
        return (*(Enter(item, stmt) for item in stmt.items), *stmt.body)

    # -- loops -----------------------------------------------------------------------------------------------------

    def _loop(self, stmt: ast.While | ast.For, rest: Sequence[Statement]) -> _Prefix:
        """A loop before `rest`, and what still follows it."""
        if isinstance(stmt, ast.For) and isinstance(stmt.iter, ast.GeneratorExp) and self._can_unfold(stmt):
            return [Cells(stmt.iter)], (_unfolded(stmt, stmt.iter), *rest)
        if isinstance(stmt, ast.While) and any(isinstance(n, ast.NamedExpr) for n in ast.walk(stmt.test)):
            return [], (*self._test_inside(stmt), *rest)
        inside = self.flow(stmt.body)
        leaves = bool(inside & {"break", "return"})
        go_on = self.scope.flag("go_on")
        guard = self.scope.flag("running") if "continue" in inside else go_on
        start: tuple[Node, ...] = (SetFlag(go_on, True),) if leaves else ()
        turn = start if guard is go_on else (*start, SetFlag(guard, True))
        if "return" in inside:
            turn = (*turn, SetFlag(self.returned, False))
        body = (*turn, *self.nested(stmt.body, _Loop(go_on, guard)))
        node: Node
        if isinstance(stmt, ast.While):
            node = Repeat(stmt.test, body, go_on, leaves, stmt)
        else:
            node = Each(body, go_on, leaves, stmt)
        return [*start, node], self._after(stmt, inside, go_on, rest)

    def _after(
        self, stmt: ast.While | ast.For, inside: Flow, go_on: Variable, rest: Sequence[Statement]
    ) -> Sequence[Statement]:
        """What follows a loop: its `else` block if it was not left, then `rest` unless it returned."""
        orelse = () if _endless(stmt) else tuple(stmt.orelse)
        if "return" not in inside:
            if "break" in inside and orelse:
                return (_If(go_on, orelse, (), stmt), *rest)
            return (*orelse, *rest) if "break" in inside or not _endless(stmt) else ()
        if "break" not in inside:
            return (_If(go_on, orelse, (_Return(),), stmt), *rest) if not _endless(stmt) else (_Return(),)
        ended = (_If(go_on, orelse, (), stmt),) if orelse else ()
        return (_If(self.returned, (_Return(),), ended, stmt), *rest)

    def _can_unfold(self, stmt: ast.For) -> bool:
        """Whether a loop over a generator expression can be written as the loops of that expression."""
        loops = stmt.iter.generators if isinstance(stmt.iter, ast.GeneratorExp) else []
        return not any(g.is_async for g in loops) and (len(loops) == 1 or "break" not in self.flow(stmt.body))

    def _test_inside(self, stmt: ast.While) -> tuple[Statement, ...]:
        """A loop whose test binds variables: `while True: if test: body else: break`."""
        ended = self.scope.flag("ended")
        exhausted: tuple[Statement, ...] = (SetFlag(ended, True), ast.copy_location(ast.Break(), stmt.test))
        test = _If(stmt.test, tuple(stmt.body), exhausted, stmt)
        always = ast.copy_location(ast.Constant(True), stmt.test)
        body: list[Any] = [test]
        loop = ast.copy_location(ast.While(always, body, []), stmt)
        orelse = (_If(ended, tuple(stmt.orelse), (), stmt),) if stmt.orelse else ()
        return (SetFlag(ended, False), loop, *orelse)


def _unfolded(stmt: ast.For, items: ast.GeneratorExp) -> ast.For:
    """`for x in (e for y in ys if c): body` as `for y in ys: if c: x = e; body`, which is what it does."""
    body: list[Any] = [ast.copy_location(ast.Assign([stmt.target], items.elt), items.elt), *stmt.body]
    for generator in reversed(items.generators):
        for test in reversed(generator.ifs):
            body = [_If(test, tuple(body), (), test)]
        body = [ast.copy_location(ast.For(generator.target, generator.iter, body, []), stmt)]
    (loop,) = body
    loop.orelse = stmt.orelse
    return loop  # type: ignore[no-any-return]  # the list is of mixed statements on the way


def _place(stmt: Statement) -> ast.AST:
    """The syntax that a statement comes from."""
    match stmt:
        case ast.stmt():
            return stmt
        case _If():
            return stmt.at
        case _:
            return ast.Pass()


def _blocks(stmt: ast.If | _If) -> list[Sequence[Statement]]:
    """The blocks of a chain of `if` and `elif`, the last one after `else`."""
    blocks: list[Sequence[Statement]] = [stmt.body]
    while len(stmt.orelse) == 1 and isinstance(stmt.orelse[0], ast.If | _If):
        stmt = stmt.orelse[0]
        blocks.append(stmt.body)
    return [*blocks, stmt.orelse]


def _captures(pattern: ast.pattern) -> dict[str, ast.pattern]:
    """The names that a pattern binds, each with one of the patterns inside that bind it."""
    found = ((captured_name(node), node) for node in ast.walk(pattern) if isinstance(node, ast.pattern))
    return {name: node for name, node in found if name is not None}


def _irrefutable(pattern: ast.pattern) -> bool:
    """Whether a pattern is a name, or `_`."""
    return isinstance(pattern, ast.MatchAs) and pattern.pattern is None


def _always(case: ast.match_case) -> bool:
    return case.guard is None and _irrefutable(case.pattern)


def _unset(*flags: Variable) -> tuple[SetFlag, ...]:
    return tuple(SetFlag(flag, False) for flag in dict.fromkeys(flags))


def _endless(stmt: ast.While | ast.For) -> bool:
    """Whether a loop ends by `break` and `return` only."""
    return isinstance(stmt, ast.While) and isinstance(stmt.test, ast.Constant) and bool(stmt.test.value)
