"""Results whose dtype or shape depends on values: a program is compiled for each outcome that is met."""

from __future__ import annotations

from typing import Any


def decided(value: Any, what: str) -> Any:
    """A bool, or a small int, that the program is compiled for; `what` is the function whose result depends on it.

    The first program is made for False, or 0. A run with another outcome stops, and is made again by a program for
    that one.
    """
    return value
