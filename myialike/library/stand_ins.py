"""Classes of this package whose instances stand for objects of Python's own classes in a compiled program.

A deque is a list and the limit of its length, a defaultdict a dict and a factory. What is inside of such
an object, the list or the dict, is an object of its own to the compiler: the deque gets what the list has become.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from typing import Any

import numpy as np

from myialike.library.deques import Deque, Limit
from myialike.library.dict_kinds import DefaultDict, Ordered, Tally
from myialike.library.dicts import RunTimeDict
from myialike.library.picked import Picked

# The classes that keep the items of an object in a list or a dict, which is the last of their attributes.
INSIDE: dict[type, type] = {Deque: deque, DefaultDict: defaultdict, Tally: Counter, Ordered: OrderedDict}
STANDS_FOR: dict[type, type] = {Picked: np.ndarray, RunTimeDict: dict, **INSIDE}


def taken_apart(value: Any) -> tuple[type, dict[str, Any]] | None:
    """The class that stands for that of an object, and its attributes; None where there is none."""
    kind = type(value)
    if kind is deque:
        return Deque, {"_limit": Limit(value.maxlen), "_changes": 0, "_items": [*value]}
    if kind is defaultdict:
        return DefaultDict, {"_factory": value.default_factory, "_table": dict(value)}
    if kind is Counter or kind is OrderedDict:
        return Tally if kind is Counter else Ordered, {"_table": dict(value)}
    return None


def put_together(cls: type, attributes: dict[str, Any]) -> Any:
    """An object for which `cls` stands, in which nothing is yet."""
    if cls is Deque:
        return deque(maxlen=attributes["_limit"].maxlen)
    return defaultdict(attributes["_factory"]) if cls is DefaultDict else INSIDE[cls]()


def fill(value: Any, inside: Any) -> None:
    """Give an object the items of a list or a dict."""
    value.clear()
    if isinstance(value, deque):
        value.extend(inside)
    else:
        for key, item in inside.items():
            value[key] = item
