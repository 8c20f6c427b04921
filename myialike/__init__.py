"""Plain Python functions, compiled by XLA and differentiated to any order.

    from myialike import compile, grad
"""

from myialike import errors
from myialike.api import (
    check,
    compile,
    grad,
    hessian,
    jacfwd,
    jacrev,
    jvp,
    show,
    source,
    stop_gradient,
    value_and_grad,
    vjp,
    vmap,
)

__version__ = "0.1.0"
__all__ = [
    "check",
    "compile",
    "errors",
    "grad",
    "hessian",
    "jacfwd",
    "jacrev",
    "jvp",
    "show",
    "source",
    "stop_gradient",
    "value_and_grad",
    "vjp",
    "vmap",
]
