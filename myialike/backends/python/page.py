"""From `ast` to the text of a page: printing, and the comments that quote the user's source.

`ast` has no comments. So the emitter puts a marker statement before each statement that comes from a place in the
user's source, a bare name `__at_7__`, and the text is made in two steps: print, then replace the markers. A marker
becomes a comment with the user's line where that line changes, and says more than the statement itself:

    # y = 0.5 * (y + x / y)
    x_bar = x_bar + 0.5 * y_bar / y
"""

from __future__ import annotations

import ast
import re
import sys
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import astor

from myialike.source import Location, line_of

_MARKER = re.compile(r"^( *)__at_(\d+)__$")
_LONGEST_QUOTE = 100


@dataclass(frozen=True, slots=True)
class Page:
    """A text, and the place in the user's source that its lines (counted from 1) come from."""

    text: str
    places: dict[int, Location]

    def place_of(self, lineno: int) -> Location | None:
        """Where the statement that line `lineno` belongs to comes from."""
        earlier = [n for n in self.places if n <= lineno]
        return self.places[max(earlier)] if earlier else None


class Markers:
    """The places of the statements of a page in the making."""

    def __init__(self) -> None:
        self.places: list[Location] = []

    def mark(self, loc: Location) -> ast.stmt:
        """A statement that stands for `loc` until the page is done."""
        self.places.append(loc)
        return ast.Expr(ast.Name(f"__at_{len(self.places) - 1}__", ast.Load()))


def to_source(tree: ast.AST) -> str:
    """The text of a syntax tree, one line for each statement."""
    if sys.version_info >= (3, 14):  # astor 0.8.1 names node classes that are gone
        return ast.unparse(ast.fix_missing_locations(tree)) + "\n"
    with warnings.catch_warnings():  # astor 0.8.1 reads attributes that are deprecated from Python 3.12 on
        warnings.simplefilter("ignore", DeprecationWarning)
        text: str = astor.to_source(tree, pretty_string=_quoted, pretty_source="".join)
    return text


def _quoted(text: str, embedded: int, current_line: str, *_: object) -> str:
    """A string in double quotes; in three where it stands alone, as a docstring does."""
    plain = repr(text)
    if plain[0] == "'" and '"' not in plain:
        plain = '"' + plain[1:-1] + '"'
    return f'""{plain}""' if plain[0] == '"' and not current_line.strip() else plain


def page_of(tree: ast.Module, markers: Markers) -> Page:
    """The text of `tree` with its markers replaced."""
    lines: list[str] = []
    places: dict[int, Location] = {}
    pending: Location | None = None
    quoted = ""
    for line in to_source(tree).splitlines():
        found = _MARKER.match(line)
        if found:
            pending = markers.places[int(found.group(2))]
            continue
        if pending is not None:
            quote = quotation(pending)
            if quote and quote != quoted and not _says_the_same(quote, line):
                lines.append(_indentation(line) + "# " + quote)
            quoted = quote or quoted
            places[len(lines) + 1] = pending
            pending = None
        lines.append(line)
    return Page("\n".join(_spaced(lines)) + "\n", places)


def quotation(loc: Location) -> str:
    """The user's line, without its indentation and its own comment."""
    line = line_of(loc).strip()
    line = re.sub(r"\s+#[^'\"]*$", "", line)
    return line if len(line) <= _LONGEST_QUOTE else line[: _LONGEST_QUOTE - 4] + " ..."


def _says_the_same(quote: str, line: str) -> bool:
    return _normal(quote) == _normal(line)


def _normal(line: str) -> str:
    return re.sub(r"[\s()]", "", line)


def _indentation(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _spaced(lines: Sequence[str]) -> Sequence[str]:
    """The lines without empty ones at the end."""
    stop = len(lines)
    while stop and not lines[stop - 1].strip():
        stop -= 1
    return lines[:stop]
