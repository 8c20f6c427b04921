"""How a function of the library says that it does not do what is asked."""

from __future__ import annotations

from typing import NoReturn


def refuse(what: str) -> NoReturn:
    """Refuse a call, under a condition that is known at compile time."""
    raise NotImplementedError(f"{what} is not taken")
