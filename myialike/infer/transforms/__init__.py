"""`grad`, `vjp`, `jvp` and their kin in a program: the function is run by itself, its graph differentiated and put in.

One file for each kind of transformation; `isolating` runs the function, `wanted` says what the derivative is taken with
respect to, `matching` takes tangents and cotangents apart. Arguments, results and names are those of JAX.
"""

from __future__ import annotations

from collections.abc import Callable

from myialike.infer.machine import Machine
from myialike.infer.transforms.checkpoint import call_checkpoint
from myialike.infer.transforms.custom import call_custom
from myialike.infer.transforms.forward import call_hvp, call_jvp, call_linearize, call_push, call_pushforward
from myialike.infer.transforms.isolating import Keywords, alone, prepared
from myialike.infer.transforms.jacobians import call_hessian, call_jacobian
from myialike.infer.transforms.reverse import call_grad, call_pull, call_pullback, call_vjp
from myialike.infer.transforms.taylor import call_nth_derivative, call_taylor
from myialike.infer.transforms.towers import call_grad_of_any
from myialike.infer.values import Transform, Value


def call_plain(m: Machine, t: Transform, args: list[Value], keywords: Keywords) -> Value:
    """`compile` of a function inside a compiled function changes nothing."""
    return m.call(t.fn, args, keywords)


TRANSFORMS: dict[str, Callable[[Machine, Transform, list[Value], Keywords], Value]] = {
    "compile": call_plain,
    "grad": call_grad_of_any,
    "value_and_grad": call_grad,
    "vjp": call_vjp,
    "pull": call_pull,
    "jvp": call_jvp,
    "linearize": call_linearize,
    "push": call_push,
    "hvp": call_hvp,
    "jacrev": call_jacobian,
    "jacfwd": call_jacobian,
    "hessian": call_hessian,
    "taylor": call_taylor,
    "nth_derivative": call_nth_derivative,
    "custom": call_custom,
    "checkpoint": call_checkpoint,
}

__all__ = ["TRANSFORMS", "alone", "call_pullback", "call_pushforward", "prepared"]
