"""NumPy's functions that need no typed operation of their own, written in the subset of Python that the compiler takes.

They are ordinary functions: they run as they stand, and are tested against NumPy so. A compiled program that calls
`np.cross` runs the source of `cross` here. What one of them does not do it says by `refuse`, which a compiled program
meets before it runs.
"""

from __future__ import annotations

import collections
import functools
import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from myialike.library import deques, dict_kinds, dicts, functional, linear, mathematics, sequences, texts
from myialike.library.mathematics import modular_power
from myialike.library.numpy_functions import NUMPY, SUBSCRIPTS
from myialike.library.numpy_functions import UFUNCS as NUMPY_UFUNCS
from myialike.library.primitive import PRIMITIVES
from myialike.library.refusal import misshapen, refuse
from myialike.library.scientific import SCIENTIFIC, SPECIAL_OPERATIONS, SPECIAL_UFUNCS

__all__ = [
    "FUNCTIONS",
    "PRIMITIVES",
    "SPECIAL_OPERATIONS",
    "SUBSCRIPTS",
    "UFUNCS",
    "deques",
    "dict_kinds",
    "dicts",
    "misshapen",
    "modular_power",
    "refuse",
    "sequences",
    "texts",
]

FUNCTIONS: dict[Any, Callable[..., Any]] = {
    **NUMPY,
    **SCIENTIFIC,
    np.linalg.cross: linear.cross_in_space,
    **{
        getattr(math, name): getattr(mathematics, name)
        for name in ("gcd", "lcm", "prod", "isclose", "dist", "remainder", "modf", "frexp", "ldexp")
    },
    math.pow: mathematics.power,
    math.fmod: mathematics.fmod,
    math.fsum: mathematics.fsum,
    math.ulp: mathematics.ulp,
    collections.deque: deques.new_deque,
    **dict_kinds.MADE_BY,
    functools.cmp_to_key: functional.cmp_to_key,
    **{getattr(operator, n): getattr(functional, n) for n in ("itemgetter", "attrgetter", "methodcaller", "concat")},
    **{getattr(operator, n): getattr(functional, n) for n in ("contains", "call", "is_", "is_not")},
    operator.countOf: functional.count_of,
    operator.indexOf: functional.index_of,
    operator.setitem: functional.set_item,
    operator.delitem: functional.delete_item,
}
UFUNCS: dict[Any, Callable[..., Any]] = {**NUMPY_UFUNCS, **SPECIAL_UFUNCS}
