"""The texts of lists and dicts whose length only run time knows, printed piece by piece."""

from __future__ import annotations

from typing import Any


def show(value: Any) -> None:
    """Print `repr(value)`, without an end."""
    if isinstance(value, list):
        print("[", end="")
        for k in range(len(value)):
            if k > 0:
                print(", ", end="")
            show(value[k])
        print("]", end="")
    elif isinstance(value, dict):
        names, items = list(value), list(value.values())
        print("{", end="")
        for k in range(len(names)):
            if k > 0:
                print(", ", end="")
            print(repr(names[k]), end=": ")
            show(items[k])
        print("}", end="")
    else:
        print(repr(value), end="")
