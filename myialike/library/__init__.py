"""NumPy's functions that need no typed operation of their own, written in the subset of Python that the compiler takes.

They are ordinary functions: they run as they stand, and are tested against NumPy so. A compiled program that calls
`np.cross` runs the source of `cross` here. What one of them does not do it says by `refuse`, which a compiled program
meets before it runs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from myialike.library import elementary, grids, linear, mathematics, statistics
from myialike.library.refusal import refuse

__all__ = ["FUNCTIONS", "refuse"]

FUNCTIONS: dict[Any, Callable[..., Any]] = {
    **{
        getattr(np, name): getattr(elementary, name)
        for name in (
            "sinc",
            "heaviside",
            "nan_to_num",
            "isclose",
            "allclose",
            "fix",
            "isposinf",
            "isneginf",
            "iscomplex",
            "isreal",
            "polyval",
            "interp",
            "searchsorted",
            "isin",
            "fromfunction",
        )
    },
    **{
        getattr(np, name): getattr(statistics, name)
        for name in (
            "average",
            "median",
            "nansum",
            "nanprod",
            "nancumsum",
            "nanmean",
            "nanmax",
            "nanmin",
            "cov",
            "corrcoef",
        )
    },
    **{getattr(np, name): getattr(linear, name) for name in ("cross", "kron", "convolve", "correlate", "vander")},
    **{getattr(np.linalg, name): getattr(linear, name) for name in ("norm", "matrix_power", "multi_dot")},
    np.linalg.cross: linear.cross,
    **{
        getattr(np, name): getattr(grids, name)
        for name in (
            "trapezoid",
            "gradient",
            "ediff1d",
            "logspace",
            "cumulative_sum",
            "cumulative_prod",
            "fliplr",
            "flipud",
            "rot90",
            "resize",
        )
    },
    **{getattr(math, name): getattr(mathematics, name) for name in ("gcd", "lcm", "prod", "isclose")},
}
