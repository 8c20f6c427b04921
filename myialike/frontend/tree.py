"""The tree of a function's statements, without jumps: `control` makes it, `liveness` and `statements` go through it."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from myialike.frontend.scopes import Variable


@dataclass(frozen=True, slots=True, eq=False)
class Simple:
    """A statement without blocks, or one that is refused later."""

    stmt: ast.stmt


@dataclass(frozen=True, slots=True, eq=False)
class SetFlag:
    flag: Variable
    value: bool


@dataclass(frozen=True, slots=True, eq=False)
class Let:
    """`variable = value`, for a variable of the compiler's own; no value is None."""

    variable: Variable
    value: ast.expr | None
    at: ast.AST


@dataclass(frozen=True, slots=True, eq=False)
class Bind:
    """A pattern that is a name binds it to what the subject's variable holds."""

    pattern: ast.pattern
    subject: Variable


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """A condition: what `subject` holds fits a pattern, and then the guard holds, for which the names are bound.

    `captures`: for each name one of the patterns that bind it, and a variable that holds what it is to be bound to.
    """

    subject: Variable
    pattern: ast.pattern
    captures: tuple[tuple[ast.pattern, Variable], ...]
    guard: ast.expr | None


@dataclass(frozen=True, slots=True, eq=False)
class Enter:
    """The start of a `with` block."""

    item: ast.withitem
    at: ast.AST


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """The boxed variables of a generator expression that a `for` statement goes through."""

    at: ast.GeneratorExp


@dataclass(frozen=True, slots=True, eq=False)
class Leave:
    """The path goes on after the loop with flag `loop`, at its next turn (`again`), or at the end of the function."""

    loop: Variable | None
    again: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Branch:
    test: Test
    then: tuple[Node, ...]
    orelse: tuple[Node, ...]
    at: ast.AST


@dataclass(frozen=True, slots=True, eq=False)
class Repeat:
    """A `while` loop. `breakable`: it also ends when `go_on` is false."""

    test: ast.expr
    body: tuple[Node, ...]
    go_on: Variable
    breakable: bool
    at: ast.While

    @property
    def endless(self) -> bool:
        """Whether only `break`, `return` and errors end the loop."""
        return isinstance(self.test, ast.Constant) and bool(self.test.value)


@dataclass(frozen=True, slots=True, eq=False)
class Each:
    """A `for` loop. `breakable`: it also ends when `go_on` is false."""

    body: tuple[Node, ...]
    go_on: Variable
    breakable: bool
    at: ast.For


Action = SetFlag | Let | Bind | Enter | Cells  # what is a node as it stands
Node = Simple | Action | Leave | Branch | Repeat | Each
Test = ast.expr | Variable | Matches
