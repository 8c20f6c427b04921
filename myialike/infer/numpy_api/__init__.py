"""NumPy's functions, as compositions of the typed operations.

Each function in these modules has the parameters of the NumPy function that it stands for, as far as they are taken,
so Python binds the arguments; a keyword that is not taken is refused. `FUNCTIONS` maps NumPy's objects to them,
`METHODS` the names of array methods. Ufuncs that are one typed operation are in `infer.arith`; functions that need no
typed operation of their own are written in Python, in `myialike.library`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from myialike.infer.numpy_api import constructors, elementwise, ordering, shapes
from myialike.infer.numpy_api.constructors import CONSTRUCTORS
from myialike.infer.numpy_api.einsum import EINSUM
from myialike.infer.numpy_api.elementwise import ELEMENTWISE
from myialike.infer.numpy_api.joining import JOINING
from myialike.infer.numpy_api.ordering import ORDERING
from myialike.infer.numpy_api.products import PRODUCTS
from myialike.infer.numpy_api.reductions import REDUCTIONS
from myialike.infer.numpy_api.shapes import SHAPES
from myialike.infer.values import Value

FUNCTIONS: dict[Any, Callable[..., Value]] = {
    **ELEMENTWISE,
    **REDUCTIONS,
    **SHAPES,
    **JOINING,
    **CONSTRUCTORS,
    **PRODUCTS,
    **EINSUM,
    **ORDERING,
}
METHODS: dict[str, Callable[..., Value]] = {
    **{
        name: FUNCTIONS[getattr(np, name)]
        for name in (
            "sum",
            "prod",
            "max",
            "min",
            "all",
            "any",
            "mean",
            "var",
            "std",
            "argmax",
            "argmin",
            "cumsum",
            "cumprod",
            "ravel",
            "swapaxes",
            "squeeze",
            "take",
            "repeat",
            "round",
            "dot",
            "diagonal",
            "trace",
            "argsort",
        )
    },
    "reshape": shapes.method_reshape,
    "transpose": shapes.method_transpose,
    "flatten": shapes.flatten,
    "clip": elementwise.clip,
    "conj": elementwise.conj,
    "conjugate": elementwise.conj,
    "astype": constructors.astype,
    "copy": constructors.method_copy,
    "fill": constructors.fill,
    "item": ordering.item,
    "sort": ordering.sort_in_place,
}
