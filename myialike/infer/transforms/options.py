"""The keywords of the transformations, with their defaults, and which functions of jax are which of them."""

from __future__ import annotations

from typing import Any

_GRADIENT = (("argnums", 0), ("has_aux", False), ("holomorphic", False))

OPTIONS: dict[str, tuple[tuple[str, Any], ...]] = {
    "compile": (("backend", None), ("checks", None), ("check_numerics", None)),
    "grad": (*_GRADIENT, ("memory", None)),
    "value_and_grad": (*_GRADIENT, ("memory", None)),
    "jacrev": _GRADIENT,
    "jacfwd": _GRADIENT,
    "hessian": _GRADIENT,
    "vmap": (("in_axes", 0), ("out_axes", 0)),
    "vjp": (("has_aux", False),),
    "jvp": (("has_aux", False),),
    "linearize": (("has_aux", False),),
    "hvp": (),
    "taylor": (("order", None),),
    "nth_derivative": (("n", None),),
    "checkpoint": (("policy", None),),
    "stop_gradient": (),
}

OF_JAX = {
    **{n: n for n in ("grad", "value_and_grad", "vjp", "jvp", "linearize", "jacfwd", "jacrev", "hessian", "vmap")},
    **dict.fromkeys(("checkpoint", "remat"), "checkpoint"),
    "jit": "compile",
}
