"""NumPy's functions, as compositions of the typed operations.

Each function in these modules has the parameters of the NumPy function that it stands for, as far as they are taken,
so Python binds the arguments; a keyword that is not taken is refused. `FUNCTIONS` maps NumPy's objects to them,
`METHODS` the names of array methods. Ufuncs that are one typed operation are in `infer.arith`; functions that need no
typed operation of their own are written in Python, in `myialike.library`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from myialike.errors import TypeCheckError
from myialike.infer.machine import Machine
from myialike.infer.numpy_api import binding, constructors, elementwise, ordering, shapes
from myialike.infer.numpy_api.constructors import CONSTRUCTORS
from myialike.infer.numpy_api.einsum import EINSUM
from myialike.infer.numpy_api.elementwise import ELEMENTWISE
from myialike.infer.numpy_api.iterating import ITERATING
from myialike.infer.numpy_api.joining import JOINING
from myialike.infer.numpy_api.ordering import ORDERING
from myialike.infer.numpy_api.products import PRODUCTS
from myialike.infer.numpy_api.reductions import REDUCTIONS
from myialike.infer.numpy_api.shapes import SHAPES
from myialike.infer.values import NONE, Const, Value

FUNCTIONS: dict[Any, Callable[..., Value]] = {
    **ELEMENTWISE,
    **REDUCTIONS,
    **SHAPES,
    **JOINING,
    **CONSTRUCTORS,
    **PRODUCTS,
    **EINSUM,
    **ORDERING,
    **ITERATING,
}
METHODS: dict[str, Callable[..., Value]] = {
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
    "partition": ordering.partition_in_place,
    "view": shapes.view,
    "compress": lambda m, a, condition, axis=NONE: m.call(Const(np.compress), [condition, a, axis], ()),
}
# Methods that are the function of the same name.
AS_FUNCTIONS = (
    "sum", "prod", "max", "min", "all", "any", "mean", "var", "std", "argmax", "argmin", "cumsum", "cumprod", "ravel",
    "swapaxes", "squeeze", "take", "repeat", "round", "dot", "diagonal", "trace", "argsort", "searchsorted", "nonzero",
    "choose", "put", "argpartition",
)  # fmt: skip


def call_array_method(
    m: Machine, self: Value, name: str, args: Sequence[Value], keywords: Sequence[tuple[str, Value]]
) -> Value | None:
    """A method of an array or a NumPy scalar; None if it is not taken."""
    if name in ("std", "var") and any(k == "correction" for k, _ in keywords):
        m.fail(TypeCheckError, f"the method {name}() has no keyword argument 'correction'", "ddof=...")
    if name in AS_FUNCTIONS:
        return m.call(Const(getattr(np, name)), [self, *args], keywords)
    handler, fn, what = METHODS.get(name), getattr(np.ndarray, name, None), f"method {name!r}"
    if handler is None:
        return None
    bound = binding.bind(m, fn, what, binding.parameters_of(handler, 1), [self, *args], keywords)
    return binding.finish(m, fn, what, bound, m.invoke(handler, what, bound.args, bound.keywords))
