"""Python's builtins, `math`, `operator`, `functools`, `itertools`, and the methods of Python's own types.

As in `numpy_api`, each function has the parameters of the one that it stands for, as far as they are taken, so Python
binds the arguments. `FUNCTIONS` maps Python's objects to them; `call_method` runs a method by its name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from myialike.infer.builtins_api.complex_mathematics import COMPLEX
from myialike.infer.builtins_api.containers import CONTAINERS
from myialike.infer.builtins_api.folds import FOLDS
from myialike.infer.builtins_api.functional import FUNCTIONAL
from myialike.infer.builtins_api.iterators import ITERATORS
from myialike.infer.builtins_api.mathematics import MATHEMATICS
from myialike.infer.builtins_api.methods import call_method
from myialike.infer.builtins_api.numbers import NUMBERS
from myialike.infer.builtins_api.records import RECORDS
from myialike.infer.builtins_api.reflection import REFLECTION, object_setattr
from myialike.infer.builtins_api.sorting import py_sorted
from myialike.infer.values import Value

__all__ = ["FUNCTIONS", "call_method", "object_setattr"]

FUNCTIONS: dict[Any, Callable[..., Value]] = {
    **NUMBERS,
    **FOLDS,
    **CONTAINERS,
    **ITERATORS,
    **REFLECTION,
    **MATHEMATICS,
    **COMPLEX,
    **FUNCTIONAL,
    **RECORDS,
    sorted: py_sorted,
}
