"""The public transformations: `grad`, `vjp`, `jvp`, ... and `vmap`, called on Python functions.

Names, order of arguments and conventions are those of JAX where it has the function. Each is also what the same call
means inside of compiled code: `transformation` marks it with the name under which `myialike.infer.transforms` has it.
`docs/derivatives.md` is the user's page.
"""

from __future__ import annotations

import functools
import operator
import types
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from myialike.api import Applied, Options, global_name, transformation, transformed
from myialike.errors import CompileError
from myialike.infer.describe import Rebuilding, describe
from myialike.variants import is_jax

Argnums = int | str | Sequence[int | str]


def gradient_options(argnums: Argnums, has_aux: bool, holomorphic: bool) -> Options:
    """The options of a derivative, checked.

    Raises:
        TypeError: `argnums` is no position or name, or sequence of them.
    """
    chosen: int | str | tuple[int | str, ...]
    if isinstance(argnums, str) or not isinstance(argnums, Sequence):
        chosen = _position(argnums)
    else:
        chosen = tuple(_position(k) for k in argnums)
    return (("argnums", chosen), ("has_aux", bool(has_aux)), ("holomorphic", bool(holomorphic)))


def _position(k: Any) -> int | str:
    """One of the `argnums`: an int of any kind, or a name."""
    try:
        return k if isinstance(k, str) else operator.index(k)
    except TypeError:
        raise TypeError(f"argnums is a position, a name, or a sequence of them, not {k!r}") from None


@transformation("grad")
def grad(
    f: Callable[..., Any],
    argnums: Argnums = 0,
    has_aux: bool = False,
    holomorphic: bool = False,
    memory: str | None = None,
) -> Callable[..., Any]:
    """The gradient of a function with a scalar result, with respect to the arguments `argnums`.

    The gradient has the structure of the argument: a tuple, list, dict, dataclass of floats and arrays. It can be
    differentiated again, any number of times.

    Args:
        f: a function with a real scalar result; with `holomorphic` a complex one.
        argnums: a position, or the name of a parameter or of a variable that f captures; or a sequence of these, for
            a tuple of gradients.
        has_aux: f returns `(value, aux)` and the gradient function `(gradient, aux)`.
        holomorphic: f is a holomorphic function of complex arguments.
        memory: "sqrt" computes loops again in segments instead of storing what each iteration needs: a loop of n
            iterations takes memory for sqrt(n), and is run forward twice.

    >>> from myialike import grad
    >>> def cube(x):
    ...     return x * x * x
    >>> grad(cube)(2.0), grad(grad(cube))(2.0)
    (12.0, 12.0)
    """
    return transformed("grad", f, (*gradient_options(argnums, has_aux, holomorphic), ("memory", memory)))


@transformation("value_and_grad")
def value_and_grad(
    f: Callable[..., Any],
    argnums: Argnums = 0,
    has_aux: bool = False,
    holomorphic: bool = False,
    memory: str | None = None,
) -> Callable[..., Any]:
    """A function that returns `(f(...), grad(f)(...))`, computed together; with `has_aux` f gives `(value, aux)`."""
    return transformed("value_and_grad", f, (*gradient_options(argnums, has_aux, holomorphic), ("memory", memory)))


@transformation("checkpoint")
def checkpoint(f: Callable[..., Any], policy: str | None = None) -> Callable[..., Any]:
    """`f`, of a call of which reverse mode stores the arguments only, and computes the rest again when it needs it.

    `policy="everything"` stores everything, as without `checkpoint`. For loops of many iterations: `memory` of `grad`.
    """
    return transformed("checkpoint", f, (("policy", policy),))


@transformation("jacrev")
def jacrev(
    f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False, holomorphic: bool = False
) -> Callable[..., Any]:
    """The Jacobian, a row at a time by reverse mode: shape of the result, then shape of the argument."""
    return transformed("jacrev", f, gradient_options(argnums, has_aux, holomorphic))


jacobian = jacrev


@transformation("jacfwd")
def jacfwd(
    f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False, holomorphic: bool = False
) -> Callable[..., Any]:
    """The Jacobian, a column at a time by forward mode: shape of the result, then shape of the argument."""
    return transformed("jacfwd", f, gradient_options(argnums, has_aux, holomorphic))


@transformation("hessian")
def hessian(
    f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False, holomorphic: bool = False
) -> Callable[..., Any]:
    """The second derivatives, by forward over reverse mode: shape of the result, then twice shape of the argument."""
    return transformed("hessian", f, gradient_options(argnums, has_aux, holomorphic))


@transformation("vmap")
def vmap(f: Callable[..., Any], in_axes: Any = 0, out_axes: Any = 0) -> Callable[..., Any]:
    """`f` for many elements at once: arguments have a further axis, and so have the results.

    A loop whose length depends on the element runs until all elements are done; a branch that no element takes is not
    run. `vmap(grad(f))` gives per-element gradients.

    Args:
        f: a function of one element.
        in_axes: the axis of the elements: an int for all positional arguments, or a tuple with an entry for each, an
            int, None for what is the same for all elements, or a structure of these like the argument's.
        out_axes: the axis of the elements in every result, or a structure of axes like the result's; None for what
            is the same for all elements.
    """
    axes = tuple(in_axes) if isinstance(in_axes, list) else in_axes
    return transformed("vmap", f, (("in_axes", axes), ("out_axes", out_axes)))


@transformation("vjp")
def vjp(f: Callable[..., Any], *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """`out, pullback = vjp(f, *primals)`: `pullback(out_bar)` gives a tuple of cotangents of the primals.

    With `has_aux`, f returns `(out, aux)` and the result is `(out, pullback, aux)`.
    """
    value, pull = _value_and_applied("pull", f, primals, has_aux)

    def pullback(out_bar: Any) -> Any:
        return pull(out_bar)

    return (value[0], pullback, value[1]) if has_aux else (value, pullback)


@transformation("linearize")
def linearize(f: Callable[..., Any], *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """`out, pushforward = linearize(f, *primals)`: `pushforward(*tangents)` gives the tangent of the result.

    With `has_aux`, f returns `(out, aux)` and the result is `(out, pushforward, aux)`.
    """
    value, push = _value_and_applied("push", f, primals, has_aux)

    def pushforward(*tangents: Any) -> Any:
        return push(*tangents)

    return (value[0], pushforward, value[1]) if has_aux else (value, pushforward)


def _value_and_applied(
    kind: str, f: Callable[..., Any], primals: Sequence[Any], has_aux: bool
) -> tuple[Any, Callable[..., Any]]:
    """The value of f, and its pullback or linearization at the primals as they are before f changes them."""
    plain = transformed("compile", f, ())
    applied = Applied(kind, f, bool(has_aux))
    derivative = transformed("compile", applied, (), plain.backend, plain.checks, plain.check_numerics)
    at = _copied(primals)
    return plain(*primals), functools.partial(derivative, at)


def _copied(primals: Sequence[Any]) -> Sequence[Any]:
    """The primals as they are now, whatever f or the caller writes to them afterwards."""
    try:
        (spec,), description = describe([primals], is_jax)
    except CompileError:
        return primals  # which the call of f refuses, and says where
    leaves = (np.copy(v) if type(v) is np.ndarray else v for v in description.leaves)
    made: Sequence[Any] = Rebuilding(lambda s: next(leaves), ()).make(spec)
    return made


@transformation("jvp")
def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], has_aux: bool = False) -> Any:
    """`out, out_dot = jvp(f, primals, tangents)`: the result, and its derivative in the direction of the tangents.

    With `has_aux`, f returns `(out, aux)` and the result is `(out, out_dot, aux)`.
    """
    return transformed("jvp", f, (("has_aux", bool(has_aux)),))(*_sequences("jvp", primals, tangents))


@transformation("hvp")
def hvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> Any:
    """The Hessian of a scalar function at `primals`, times `tangents`: forward over reverse, at the cost of a gradient.

    With one primal the result has its structure; with several it is a tuple of theirs.
    """
    return transformed("hvp", f, ())(*_sequences("hvp", primals, tangents))


def _sequences(what: str, primals: Any, tangents: Any) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Primals and tangents as tuples.

    Raises:
        TypeError: one of them is no tuple or list.
    """
    for given in (primals, tangents):
        if not isinstance(given, (tuple, list)):
            text = f"{what} takes a tuple of primals and a tuple of as many tangents, not {type(given).__name__}"
            raise TypeError(text)
    return tuple(primals), tuple(tangents)


@transformation("taylor")
def taylor(f: Callable[..., Any], x: float, order: int) -> tuple[Any, ...]:
    """The Taylor coefficients of `f` at the real number x: a tuple of f(x), f'(x), f''(x) / 2, .., of length order + 1.

    Entry k is the k-th derivative divided by k!, in the structure of f's result. The cost is that of about order^2 / 2
    calls of f, not 2^order. For a direction v in an array: `taylor(lambda t: f(x + t * v), 0.0, order)`.

    >>> from myialike import taylor
    >>> taylor(lambda x: 1 / (1 - x), 0.0, 4)
    (1.0, 1.0, 1.0, 1.0, 1.0)
    """
    found: tuple[Any, ...] = transformed("taylor", f, (("order", order),))(x)
    return found


@transformation("nth_derivative")
def nth_derivative(f: Callable[..., Any], n: int) -> Callable[..., Any]:
    """The n-th derivative of a function of a real number, by Taylor mode; with respect to the first argument.

    >>> from myialike import nth_derivative
    >>> nth_derivative(lambda x: x**5, 3)(2.0)
    240.0
    """
    return transformed("nth_derivative", f, (("n", n),))


@transformation("stop_gradient")
def stop_gradient(x: Any) -> Any:
    """x, with derivative zero. Outside of compiled code it returns its argument."""
    return x


# -- derivatives of the user's own -------------------------------------------------------------------------------------


class custom_derivative:
    """A function with a derivative of its own: a decorator, with the rule given by `defjvp` or by `defvjp`.

    A rule is written in the subset and called as JAX calls those of `custom_jvp` and `custom_vjp`. One is enough: the
    other mode follows, as the rule is linear in tangents or cotangents. With both, each mode uses its own. Derivatives
    of higher order differentiate the rule. Called outside of compiled code, the function is what it was.

    >>> import numpy as np
    >>> from myialike import custom_derivative, grad
    >>> @custom_derivative
    ... def softplus(x):
    ...     return np.log1p(np.exp(x))
    >>> @softplus.defjvp
    ... def softplus_jvp(primals, tangents):
    ...     (x,), (x_dot,) = primals, tangents
    ...     return softplus(x), x_dot / (1.0 + np.exp(-x))
    >>> grad(softplus)(1000.0)
    1.0
    """

    def __init__(self, f: Callable[..., Any]) -> None:
        if not callable(f):
            raise TypeError(f"custom_derivative takes a function, not {type(f).__name__}")
        self.f = f
        self.jvp: Callable[..., Any] | None = None
        self.vjp: tuple[Callable[..., Any], Callable[..., Any]] | None = None
        functools.update_wrapper(self, f, updated=())

    def __myialike__(self) -> tuple[str, Any, Options]:
        return "custom", self.f, (("jvp", self.jvp), ("vjp", self.vjp))

    def __reduce__(self) -> str | tuple[Any, ...]:
        return global_name(self) or (custom_derivative, (self.f,), {"jvp": self.jvp, "vjp": self.vjp})

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        return self.f(*args, **keywords)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else types.MethodType(self, instance)

    def defjvp(self, rule: Callable[..., Any]) -> Callable[..., Any]:
        """Set the forward rule: `rule(primals, tangents)` gives `(out, out_dot)`. Returns the rule."""
        self._once(self.jvp)
        self.jvp = rule
        return rule

    def defvjp(self, fwd: Callable[..., Any], bwd: Callable[..., Any]) -> None:
        """Set the reverse rule.

        `fwd(*primals)` gives `(out, residuals)`; `bwd(residuals, out_bar)` gives a tuple with a cotangent for each
        primal, in which None is zero.
        """
        self._once(self.vjp)
        self.vjp = (fwd, bwd)

    def _once(self, known: Any) -> None:
        if known is not None:
            raise ValueError(f"{getattr(self.f, '__name__', 'the function')} has such a rule already")
