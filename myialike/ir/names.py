"""What variables of the IR are called: after the user's, with numbers that make them unique.

    x_0 = x; x = 2.0 * x_0; x = x + 1.0          xˍ0 = x; x_1 = 2.0 * xˍ0; x_2 = x_1 + 1.0

A number at the end of a name is the IR's, so a user's name that ends in one has another mark before it, in the IR only.
"""

from __future__ import annotations

import re
from functools import lru_cache

MARK = "\u02cd"  # looks like "_", and may stand in a name
_NUMBER = re.compile(r"_\d+$")
_USERS = re.compile(r"_(?=\d+(?:_|$))")


def hinted(name: str) -> str:
    """A name of the user's, to be the hint of a variable: `x_0` -> `xˍ0`."""
    return _USERS.sub(MARK, name)


@lru_cache(maxsize=4096)
def numberless(name: str) -> str:
    """The name of a variable without the number that makes it unique: the hint that it was made of."""
    return _NUMBER.sub("", name)


def spoken(name: str) -> str:
    """A hint as the user has it: `xˍ0` -> `x_0`."""
    return name.replace(MARK, "_")
