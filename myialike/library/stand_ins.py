"""Classes of this package whose instances stand for objects of Python's own classes in a compiled program.

A deque is a list and its maxlen there. What is inside of such an object, the list, is an object of its own to the
compiler: the deque gets what the list has become.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np

from myialike.library.deques import Deque
from myialike.library.dicts import RunTimeDict
from myialike.library.picked import Picked

STANDS_FOR: dict[type, type] = {Picked: np.ndarray, RunTimeDict: dict, Deque: deque}

# What these classes keep the items of an object in, which is a list or a dict: the last of their attributes.
INSIDE: dict[type, str] = {Deque: "_items"}


def taken_apart(value: Any) -> tuple[type, dict[str, Any]] | None:
    """The class that stands for that of an object, and its attributes; None where there is none."""
    if type(value) is deque:
        places = None if value.maxlen is None else range(value.maxlen)
        return Deque, {"_places": places, "_changes": 0, "_items": [*value]}
    return None


def put_together(cls: type, attributes: dict[str, Any]) -> Any:
    """An object for which `cls` stands, in which nothing is yet."""
    assert cls is Deque
    places = attributes["_places"]
    return deque(maxlen=None if places is None else len(places))


def fill(value: Any, inside: Any) -> None:
    """Give an object the items of a list or a dict."""
    value.clear()
    value.extend(inside)
