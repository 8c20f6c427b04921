"""The record of one primitive operation, and the table they are all in.

An operation has exactly one entry, made in `myialike.ops`, with everything about it: the rule that gives its result
types, its meaning in NumPy, its derivative, and where its inputs may be sampled when it is tested. Lowerings to XLA and
to Python text are by name, in `myialike.backends`.

The derivative is one of five shapes of rule. Each gives forward and reverse mode. Rules are written on `Expr`
(`myialike.ir.builder`), an atom with arithmetic. No rule un-broadcasts: operands of pointwise operations have the
result's shape, or are rank-0 literals, which have no derivative.

    Pointwise    out_dot = sum_i partial_i * in_dot_i            in_bar_i = out_bar * partial_i
    Linear       out_dot = op(in_dots)                           in_bar_i = transpose(out_bar, i)
    Multilinear  out_dot = sum_i op(.., in_dot_i, ..)            in_bar_i = transpose(out_bar, i)
    Custom       both given
    Zero         the derivative is zero everywhere it exists; `why` says so for the documentation

Complex numbers follow JAX: the vector-Jacobian product is the plain transpose, without conjugation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from myialike.ir.types import Type

if TYPE_CHECKING:
    from myialike.ir.builder import Expr

AttrDict = dict[str, Any]
Singular = bool | Callable[[AttrDict], bool]
TypeRule = Callable[[tuple[Type, ...], AttrDict], tuple[Type, ...]]


@dataclass(frozen=True, slots=True)
class Pointwise:
    """`partials[i](*inputs, out, **attrs)` is d out / d input_i; None where that is zero.

    `singular` says, perhaps depending on the attributes, that a partial can be infinite or NaN at finite inputs: then
    it is always multiplied by `zmul`, for which zero times anything is zero, so that a value that does not reach the
    result brings no NaN. (`myialike.ad.masks` says where else.)
    """

    partials: tuple[Callable[..., Expr] | None, ...]
    singular: Singular = False


@dataclass(frozen=True, slots=True)
class Linear:
    """Jointly linear in the inputs `args` (None: in all of them); other inputs are indices.

    `transpose(out_bar, inputs, attrs, i)` gives the cotangent of input i; it may read the types of all inputs, and
    the values only of the inputs that are not in `args`. `accumulate(acc, out_bar, inputs, attrs, i)`, where given,
    adds that cotangent to `acc` without making it: the adjoint of a read `x[i]` touches one element.
    """

    transpose: Callable[[Expr, tuple[Expr, ...], AttrDict, int], Expr]
    args: tuple[int, ...] | None = None
    accumulate: Callable[[Expr, Expr, tuple[Expr, ...], AttrDict, int], Expr] | None = None


@dataclass(frozen=True, slots=True)
class Multilinear:
    """Linear in each input separately: `transpose(out_bar, inputs, attrs, i)` may read all inputs but i."""

    transpose: Callable[[Expr, tuple[Expr, ...], AttrDict, int], Expr]


@dataclass(frozen=True, slots=True)
class Custom:
    """`jvp(inputs, in_dots, outs, attrs)` gives out_dots; `vjp(inputs, outs, out_bars, attrs)` gives in_bars.

    A None stands for a zero tangent or cotangent, in and out. The rule writes `zmul` where a partial can be infinite or
    NaN for whatever reason; without `singular`, that becomes `mul` where nothing is masked.
    """

    jvp: Callable[[tuple[Expr, ...], tuple[Expr | None, ...], tuple[Expr, ...], AttrDict], tuple[Expr | None, ...]]
    vjp: Callable[[tuple[Expr, ...], tuple[Expr, ...], tuple[Expr | None, ...], AttrDict], tuple[Expr | None, ...]]
    singular: Singular = True


@dataclass(frozen=True, slots=True)
class Zero:
    why: str = "piecewise constant"


Derivative = Pointwise | Linear | Multilinear | Custom | Zero


@dataclass(frozen=True, slots=True)
class Op:
    """One primitive.

    Attributes:
        type_rule: result types from input types and attributes; raises TypeError with a sentence when they do not fit.
        evaluate: `evaluate(*inputs, **attrs)` on NumPy values, one result, or a tuple where there are several.
        derivative: how it is differentiated; None is "no rule", an error when it is met on a differentiated path.
        domain: the open interval that the op table's tests draw each real input from.
        effect: it does something besides giving its results, so it is neither removed nor reordered.
        kinds: the dtype kinds (`np.dtype.kind`) it takes, as in "biufc".
    """

    name: str
    type_rule: TypeRule
    evaluate: Callable[..., Any]
    derivative: Derivative | None = None
    domain: tuple[tuple[float, float], ...] = ()
    effect: bool = False
    kinds: str = "biufc"
    doc: str = ""


TABLE: dict[str, Op] = {}


def register(op: Op) -> Op:
    """Put an operation in the table; a second entry of the same name is an error."""
    if op.name in TABLE:
        raise ValueError(f"operation {op.name!r} is in the table already")
    TABLE[op.name] = op
    return op
