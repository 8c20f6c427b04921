"""Where things are in the user's text, and how an excerpt of it looks.

A `Location` is attached to every equation of the IR by the frontend and survives every pass, so that any later
stage can point at the user's own line:

    newton.py:7:11
      7 |     y = 0.5 * (y + x / y)
                             ^^^^^
"""

from __future__ import annotations

import linecache
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Location:
    """A span of the user's source: lines count from 1, columns from 0, as in `ast`."""

    filename: str
    lineno: int
    col_offset: int
    end_lineno: int
    end_col_offset: int
    function: str = ""

    def __str__(self) -> str:
        return f"{self.filename}:{self.lineno}:{self.col_offset + 1}"


def line_of(loc: Location) -> str:
    """The text of the first line of `loc`, without its newline; empty where the source cannot be read."""
    return linecache.getline(loc.filename, loc.lineno).rstrip("\n")


def excerpt(loc: Location) -> str:
    """The line of `loc` with a caret under each of its columns."""
    text = line_of(loc)
    if not text.strip():
        return ""
    # ast counts columns in UTF-8 bytes; a caret is placed by character.
    encoded = text.encode()
    start = len(encoded[: loc.col_offset].decode(errors="replace"))
    stop = len(text)
    if loc.end_lineno == loc.lineno:
        stop = len(encoded[: loc.end_col_offset].decode(errors="replace"))
    number = str(loc.lineno)
    margin = " " * (len(number) + 4) + " "
    lead = "".join(c if c == "\t" else " " for c in text[:start])
    return f"  {number} | {text}\n{margin}{lead}{'^' * max(1, stop - start)}"
