"""How a function of the library says that it does not do what is asked."""

from __future__ import annotations

from typing import NoReturn

import numpy as np


def refuse(what: str) -> NoReturn:
    """Refuse a call, under a condition that is known at compile time."""
    raise NotImplementedError(f"{what} is not taken")


def misshapen(what: str) -> NoReturn:
    """Matrices whose shapes do not fit, which a compiled program learns before it runs."""
    raise np.linalg.LinAlgError(what)
