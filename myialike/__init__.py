"""Plain Python functions, compiled by XLA and differentiated to any order.

    from myialike import compile, grad
"""

from myialike import errors
from myialike.api import compile
from myialike.checking import check_derivative, check_grads
from myialike.derivatives import (
    checkpoint,
    custom_derivative,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jacrev,
    jvp,
    linearize,
    nth_derivative,
    stop_gradient,
    taylor,
    value_and_grad,
    vjp,
    vmap,
)
from myialike.inspection import check, show, source
from myialike.jax_functions import jax_function

__version__ = "0.1.0"
__all__ = [
    "check",
    "check_derivative",
    "check_grads",
    "checkpoint",
    "compile",
    "custom_derivative",
    "errors",
    "grad",
    "hessian",
    "hvp",
    "jacfwd",
    "jacobian",
    "jacrev",
    "jax_function",
    "jvp",
    "linearize",
    "nth_derivative",
    "show",
    "source",
    "stop_gradient",
    "taylor",
    "value_and_grad",
    "vjp",
    "vmap",
]
