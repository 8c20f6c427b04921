"""The errors a user can meet while a function is compiled, and their one renderer.

Every message has four parts: what is wrong, where (file, line, column, the line itself and carets), what was
expected and got where that applies, and what to do instead. There are three kinds, never mixed:

* `program`: the program is wrong; plain Python would fail too (`TypeCheckError`, `ShapeError`).
* `limitation`: the program may be right, but the compiler does not take it (`UnsupportedError`).
* `bug`: the compiler is wrong (`CompilerBug`).
"""

from __future__ import annotations

from typing import ClassVar, Literal

from myialike.source import Location, excerpt

Kind = Literal["program", "limitation", "bug"]


class CompileError(Exception):
    """A function was refused before anything ran.

    Attributes:
        kind: `"program"`, `"limitation"` or `"bug"`.
        filename, lineno, col_offset: the offending place (line from 1, column from 0), or None where unknown.
        message: what is wrong, in one sentence, without the place.
        hint: what to write instead, or the empty string.
    """

    kind: ClassVar[Kind] = "program"

    def __init__(self, message: str, loc: Location | None = None, hint: str = "", notes: tuple[str, ...] = ()) -> None:
        self.message = message
        self.loc = loc
        self.hint = hint
        self.notes = notes
        super().__init__(render(message, loc, hint, notes))

    @property
    def filename(self) -> str | None:
        return self.loc.filename if self.loc else None

    @property
    def lineno(self) -> int | None:
        return self.loc.lineno if self.loc else None

    @property
    def col_offset(self) -> int | None:
        return self.loc.col_offset if self.loc else None


class TypeCheckError(CompileError, TypeError):
    """The program applies an operation to values that it does not take."""


class ShapeError(TypeCheckError):
    """The shapes of arrays do not fit each other."""


class UnsupportedError(CompileError):
    """The program is outside the subset that the compiler takes."""

    kind: ClassVar[Kind] = "limitation"


class CompilerBug(CompileError):
    """The compiler broke one of its own invariants; please report it with the program."""

    kind: ClassVar[Kind] = "bug"


def render(message: str, loc: Location | None, hint: str, notes: tuple[str, ...]) -> str:
    """The text of an error: what, where, the notes, and the way out."""
    parts = [message]
    if loc is not None:
        where = f"  at {loc}" + (f", in {loc.function}" if loc.function else "")
        parts.append(where)
        shown = excerpt(loc)
        if shown:
            parts.append(shown)
    parts.extend(f"  note: {note}" for note in notes)
    if hint:
        parts.append(f"  instead: {hint}")
    return "\n".join(parts)
