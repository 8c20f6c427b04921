"""The errors a user can meet while a function is compiled, and their one renderer.

Every message has four parts: what is wrong, where (file, line, column, the line itself and carets), what was
expected and got where that applies, and what to do instead. There are three kinds, never mixed:

* `program`: the program is wrong; plain Python would fail too (`TypeCheckError`, `ShapeError`).
* `limitation`: the program may be right, but the compiler does not take it (`UnsupportedError`).
* `bug`: the compiler is wrong (`CompilerBug`).

The public functions raise these errors with a short traceback: the frames inside the compiler say nothing to its user.
With `MYIALIKE_TRACEBACK=full` in the environment they are kept, for whoever works on the compiler. Any other exception
that the compiler raises while it compiles is its own fault and becomes a `CompilerBug`, with that exception as its
`__cause__`. Exceptions that the user's program raises when it runs are none of this module's business.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any, ClassVar, Literal

from myialike.source import Location, excerpt

Kind = Literal["program", "limitation", "bug"]


class CompileError(Exception):
    """A function was refused before anything ran.

    Attributes:
        kind: `"program"`, `"limitation"` or `"bug"`.
        filename, lineno, col_offset: the offending place (line from 1, column from 0), or None where unknown.
        message: what is wrong, in one sentence, without the place.
        hint: what to write instead, or the empty string.
        notes: what the operands are and where they come from, and the calls that led to the place.
        of_library: whether a function of the package's library refuses what is asked of it.
        dicts: where dicts begin that are refused because only run time knows a key.
    """

    kind: ClassVar[Kind] = "program"
    of_library: bool = False
    dicts: frozenset[Any] = frozenset()
    plea: ClassVar[str] = ""

    def __init__(self, message: str, loc: Location | None = None, hint: str = "", notes: tuple[str, ...] = ()) -> None:
        self.message = message
        self.loc = loc
        self.hint = hint
        self.notes = notes
        super().__init__(render(message, loc, hint, notes, self.plea))

    def placed(self, loc: Location | None, message: str = "") -> CompileError:
        """The same error with a place."""
        other = type(self)(message or self.message, loc, self.hint, self.notes)
        other.__cause__ = self.__cause__
        return other

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


class NameCheckError(TypeCheckError, NameError):
    """The program reads a variable that is not bound."""


class AttributeCheckError(TypeCheckError, AttributeError):
    """The program reads an attribute that is not there."""


class ShapeError(TypeCheckError):
    """The shapes of arrays do not fit each other."""


class UnsupportedError(CompileError):
    """The program is outside the subset that the compiler takes."""

    kind: ClassVar[Kind] = "limitation"


class CutPathWarning(UserWarning):
    """The path from a differentiated value to a result goes through a step whose derivative is zero."""


class CompilerBug(CompileError):
    """The compiler broke one of its own invariants; please report it with the program."""

    kind: ClassVar[Kind] = "bug"
    plea: ClassVar[str] = (
        "this is a fault of the compiler, not of the program: "
        "please report it, with the function and its arguments' types"
    )


def bug(error: Exception, loc: Location | None) -> CompileError:
    """What an unexpected exception inside the compiler becomes; `loc` is what was being compiled."""
    if isinstance(error, RecursionError):
        return UnsupportedError(
            "the program nests calls or expressions too deeply for the compiler", loc,
            "a loop instead of deep nesting, or a higher sys.setrecursionlimit",
        )  # fmt: skip
    text = f": {error}" if str(error) else ""
    return CompilerBug(f"the compiler failed with {type(error).__name__}{text}", loc)


@contextmanager
def deep_recursion() -> Iterator[None]:
    """Room for a program's nesting, of which each level takes a dozen Python frames."""
    before = sys.getrecursionlimit()
    _limits.append(before)
    sys.setrecursionlimit(max(before, RECURSION_LIMIT))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
        _limits.pop()


def recursion_limit() -> int:
    """Python's limit as the program's caller has it, also where the compiler has made room for itself."""
    return _limits[0] if _limits else sys.getrecursionlimit()


_limits: list[int] = []


RECURSION_LIMIT = 8000


def for_user(error: Exception) -> Exception:
    """`error` as a public function raises it: a `CompileError`, without the frames inside the compiler.

    To be used as `raise for_user(error) from cause_of(error)`.
    """
    if isinstance(error, Warning):  # of ours, which the user's filter has made an error
        return error
    if not isinstance(error, CompileError):
        return bug(error, None)
    if os.environ.get("MYIALIKE_TRACEBACK") != "full":
        error.__traceback__ = None
    return error


def cause_of(error: Exception) -> BaseException | None:
    """What `for_user(error)` is to be raised from: the exception behind a bug."""
    return error.__cause__ if isinstance(error, CompileError | Warning) else error


def meant(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """A hint for a name that does not exist: the names that it may stand for.

    >>> meant("tahn", ["sin", "tan", "tanh"])
    "did you mean 'tan' or 'tanh'?"
    """
    close = get_close_matches(name, sorted(set(known)), n=2)
    return f"did you mean {' or '.join(map(repr, close))}?" if close else otherwise


def render(message: str, loc: Location | None, hint: str, notes: tuple[str, ...], plea: str = "") -> str:
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
        parts.append(f"  {hint}" if hint.endswith("?") else f"  instead: {hint}")
    if plea:
        parts.append(f"  {plea}")
    return "\n".join(parts)


DECISION = "decision of "  # how the name of a place begins where a result's dtype or shape depends on values
INT_POWER = "the exponent of an int power"  # its sign decides between int and float; both signs are for floats
BOTH = -1  # the outcome of a decision that a program for both signs is compiled for


class CapacityError(RuntimeError):
    """A run needs more room for a list than it was compiled with; its text says where, and how much.

    The caller compiles again with more room, so nobody outside of the package sees it. Where the dtype or the shape of
    a result depends on values (`library.decided`), it says for which outcome to compile.
    """

    def needed(self) -> tuple[str, int]:
        """The place, and how many items there are at least."""
        site, _, count = str(self).rpartition(" needs ")
        return site, int(count)

    def decision(self) -> str:
        """The function whose result is of another dtype or shape than was compiled; "" if it is about room."""
        site, _ = self.needed()
        return site.removeprefix(DECISION).partition(" at ")[0] if site.startswith(DECISION) else ""

    def may_be_both(self) -> bool:
        """Whether there is a program for a call that meets one outcome at one time, and another at another time."""
        return self.decision() == INT_POWER
