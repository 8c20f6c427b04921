"""A second, smallest differentiation: straight-line programs of table operations, in both modes.

It applies the rules of `myialike.ir.op` to the letter and shares nothing with `myialike.ad`: a rule and its reader are
checked against each other. `check_derivatives` compares forward mode with central differences and reverse mode with
forward mode (the dot product of cotangent and tangent is the same at both ends), of a program and of its gradient.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from myialike.ir.builder import Builder, Expr, Names, names_in
from myialike.ir.op import TABLE, Custom, Linear, Multilinear, Pointwise, Zero
from myialike.ir.syntax import Atom, Graph, Lit, Prim, Var
from myialike.ir.types import SHORT_NAMES, Array, is_float

NOT_POINTWISE = set(
    """broadcast reshape transpose concatenate cast arange reduce_sum reduce_prod reduce_max reduce_min reduce_and
    reduce_or argmax argmin cumsum cumprod cummax cummin sort argsort matmul index index_set index_add
    stack_new push pop stack_len check print integer_pow bessel_i bessel_ie sinc exprel fft ifft rfft irfft
    det cofactors cofactor_slopes cholesky solve solve_triangular lu slogdet
    qr qr_complete svd svd_complete pinv eigh eig
    sylvester sqrtm logm eigh_evr eig_scipy schur hessenberg qr_pivots
    partition argpartition""".split()
)


@dataclass(frozen=True)
class Case:
    """An application of one operation. Operands at the positions `literal` are written as literals."""

    op: str
    operands: tuple[Any, ...]
    attrs: dict[str, Any] = field(default_factory=dict)
    literal: tuple[int, ...] = ()

    def __str__(self) -> str:
        operands = ", ".join(
            f"{SHORT_NAMES[a.dtype]}{list(a.shape)}{'!' * (k in self.literal)}" for k, a in enumerate(self.operands)
        )
        return f"{self.op}({operands}; {self.attrs})"

    def graph(self) -> Graph:
        """The operation as a program of the operands that are not literals."""
        b = Builder(Names())
        atoms: list[Atom] = []
        for k, a in enumerate(self.operands):
            type = Array(a.dtype, a.shape)
            atoms.append(Lit(a.item(), type) if k in self.literal else b.param("x", type))
        return b.graph(self.op, b.prim(self.op, atoms, **self.attrs))

    def arguments(self) -> tuple[Any, ...]:
        return tuple(a for k, a in enumerate(self.operands) if k not in self.literal)


# ------------------------------------------------------------------------------------------------ evaluation


def evaluate(graph: Graph, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """The results of a straight-line program; every value must be of the type that the type rule promised."""
    env: dict[Atom, Any] = dict(zip(graph.params, args, strict=True))
    for eqn in graph.body.eqns:
        assert isinstance(eqn, Prim)
        check_literals(eqn)
        inputs = [_value(env, a) for a in eqn.inputs]
        out = TABLE[eqn.op].evaluate(*inputs, **dict(eqn.attrs))
        for var, value in zip(eqn.outputs, (out,) if len(eqn.outputs) == 1 else out, strict=True):
            check_type(eqn.op, var, value)
            env[var] = value
    return tuple(_value(env, r) for r in graph.results)


def _value(env: dict[Atom, Any], atom: Atom) -> Any:
    return atom.type.dtype.type(atom.value) if isinstance(atom, Lit) else env[atom]


def check_type(op: str, var: Var, value: Any) -> None:
    """The value is of the variable's type."""
    if isinstance(var.type, Array):
        got = np.asarray(value)
        assert Array(got.dtype, got.shape) == var.type, (
            f"{op}: the type rule says {var.type}, NumPy {got.dtype}{got.shape}"
        )


def check_literals(eqn: Prim) -> None:
    """Beside operands of higher rank, a rank-0 operand of a pointwise operation is a literal."""
    if eqn.op not in NOT_POINTWISE and eqn.outputs[0].type.shape:
        assert all(a.type.shape or isinstance(a, Lit) for a in eqn.inputs), f"rank-0 variable: {eqn}"


# ------------------------------------------------------------------------------------------- differentiation


def _active(atom: Atom) -> bool:
    return isinstance(atom, Var) and is_float(atom.type)


def _times(g: Expr, p: Expr) -> Expr:
    """Every value is treated as masked here (Note [Masked values] in `myialike.ad.masks`)."""
    return g.op("zmul", p)


def _plus(a: Expr | None, b: Expr | None) -> Expr | None:
    return a + b if a and b else a or b


def forward(graph: Graph) -> Graph:
    """(x: A) -> B  to  (x: A, x_dot: TA) -> TB, for the floating params and results."""
    b = Builder(names_in(graph))
    params = [b.param(p.name, p.type) for p in graph.params]
    env: dict[Atom, Atom] = dict(zip(graph.params, params, strict=True))
    dots: dict[Atom, Expr] = {p: b.expr(b.param("dot", p.type)) for p in graph.params if _active(p)}
    for eqn in graph.body.eqns:
        assert isinstance(eqn, Prim)
        outs = b.prim(eqn.op, [env.get(a, a) for a in eqn.inputs], **dict(eqn.attrs))
        env.update(zip(eqn.outputs, outs, strict=True))
        if any(a in dots for a in eqn.inputs):
            tangents = _jvp(b, eqn, env, dots)
            dots.update((o, t) for o, t in zip(eqn.outputs, tangents, strict=True) if t is not None and _active(o))
    return b.graph("forward", [_or_zero(b, dots.get(r), r) for r in graph.results if is_float(r.type)])


def _or_zero(b: Builder, dot: Expr | None, like: Atom) -> Atom:
    return b.full(like.type, 0.0) if dot is None else dot.atom


def _jvp(b: Builder, eqn: Prim, env: dict[Atom, Atom], dots: dict[Atom, Expr]) -> tuple[Expr | None, ...]:
    inputs = tuple(b.expr(env.get(a, a)) for a in eqn.inputs)
    outs = tuple(b.expr(env[o]) for o in eqn.outputs)
    tangents = tuple(dots.get(a) for a in eqn.inputs)
    attrs = dict(eqn.attrs)
    match TABLE[eqn.op].derivative:
        case Pointwise(partials):
            total = None
            for partial, dot in zip(partials, tangents, strict=True):
                if partial is not None and dot is not None:
                    total = _plus(total, _times(dot, partial(*inputs, *outs, **attrs)))
            return (total,)
        case Linear(_, args):
            chosen = range(len(inputs)) if args is None else args
            mixed = [_or_zero(b, tangents[k], x.atom) if k in chosen else x.atom for k, x in enumerate(inputs)]
            return tuple(b.expr(v) for v in b.prim(eqn.op, mixed, **attrs))
        case Multilinear():
            total = None
            for k, dot in enumerate(tangents):
                if dot is not None:
                    mixed = [dot.atom if j == k else x.atom for j, x in enumerate(inputs)]
                    total = _plus(total, b.expr(b.op(eqn.op, *mixed, **attrs)))
            return (total,)
        case Custom(jvp, _):
            return jvp(inputs, tangents, outs, attrs)
        case Zero():
            return (None,) * len(outs)
    raise AssertionError(f"{eqn.op} has no derivative rule")


def reverse(graph: Graph) -> Graph:
    """(x: A) -> B  to  (x: A, y_bar: TB) -> TA, for the floating results and params."""
    b = Builder(names_in(graph))
    params = [b.param(p.name, p.type) for p in graph.params]
    env: dict[Atom, Atom] = dict(zip(graph.params, params, strict=True))
    for eqn in graph.body.eqns:
        assert isinstance(eqn, Prim)
        outs = b.prim(eqn.op, [env.get(a, a) for a in eqn.inputs], **dict(eqn.attrs))
        env.update(zip(eqn.outputs, outs, strict=True))
    varied: set[Atom] = {p for p in graph.params if _active(p)}
    for eqn in graph.body.eqns:
        assert isinstance(eqn, Prim)
        if not varied.isdisjoint(eqn.inputs):
            varied.update(eqn.outputs)
    bars: dict[Atom, Expr] = {}
    for r in graph.results:
        if is_float(r.type):
            bar = b.expr(b.param("bar", r.type))
            bars[r] = _plus(bars.get(r), bar)
    for eqn in reversed(graph.body.eqns):
        if any(o in bars for o in eqn.outputs):
            _vjp(b, eqn, env, bars, varied)
    return b.graph("reverse", [_or_zero(b, bars.get(p), p) for p in graph.params if _active(p)])


def _vjp(b: Builder, eqn: Prim, env: dict[Atom, Atom], bars: dict[Atom, Expr], varied: set[Atom]) -> None:
    inputs = tuple(b.expr(env.get(a, a)) for a in eqn.inputs)
    outs = tuple(b.expr(env[o]) for o in eqn.outputs)
    cotangents = tuple(bars.get(o) for o in eqn.outputs)
    attrs = dict(eqn.attrs)
    rule = TABLE[eqn.op].derivative
    if isinstance(rule, Zero):
        return
    if isinstance(rule, Custom):
        given = rule.vjp(inputs, outs, cotangents, attrs)
        for atom, bar in zip(eqn.inputs, given, strict=True):
            if bar is not None and _active(atom) and atom in varied:
                _receive(bars, atom, bar)
        return
    (g,) = cotangents
    assert g is not None
    for k, atom in enumerate(eqn.inputs):
        if not _active(atom) or atom not in varied:
            continue
        match rule:
            case Pointwise(partials):
                if partials[k] is not None:
                    _receive(bars, atom, _times(g, partials[k](*inputs, *outs, **attrs)))
            case Linear(transpose, args, accumulate):
                if args is None or k in args:
                    if accumulate is not None and atom in bars:
                        bars[atom] = accumulate(bars[atom], g, inputs, attrs, k)
                    else:
                        _receive(bars, atom, transpose(g, inputs, attrs, k))
            case Multilinear(transpose):
                _receive(bars, atom, transpose(g, inputs, attrs, k))
            case _:
                raise AssertionError(f"{eqn.op} has no derivative rule")


def _receive(bars: dict[Atom, Expr], atom: Atom, bar: Expr) -> None:
    assert bar.type == atom.type, f"the cotangent of {atom.type} is {bar.type}"
    bars[atom] = _plus(bars.get(atom), bar)


# --------------------------------------------------------------------------------------------------- checks


def check_derivatives(graph: Graph, args: tuple[Any, ...], rng: np.random.Generator, order: int = 2) -> None:
    """Both modes of a program at `args`, and of its gradient, up to `order`; args are f64, c128 or not floating."""
    tangents = tuple(direction(a, rng) for a in args if np.asarray(a).dtype.kind in "fc")
    results = evaluate(graph, args)
    dots = evaluate(forward(graph), (*args, *tangents))
    floating = [k for k, r in enumerate(graph.results) if is_float(r.type)]
    numeric = central_difference(graph, args, tangents)
    for k, dot in zip(floating, dots, strict=True):
        close(f"order {order}: jvp of {graph.name} is not the difference quotient", dot, numeric[k])
    bars = tuple(direction(results[k], rng) for k in floating)
    gradient = reverse(graph)
    in_bars = evaluate(gradient, (*args, *bars))
    message = f"order {order}: vjp of {graph.name} is not the transpose of its jvp"
    close(message, pairing(bars, dots), pairing(in_bars, tangents))
    if order > 1:
        check_derivatives(gradient, (*args, *bars), rng, order - 1)


def direction(value: Any, rng: np.random.Generator) -> Any:
    """A random tangent of a value."""
    shape, kind = np.shape(value), np.asarray(value).dtype.kind
    real = rng.normal(size=shape)
    return np.asarray(real + 1j * rng.normal(size=shape) if kind == "c" else real)


def pairing(bars: tuple[Any, ...], dots: tuple[Any, ...]) -> Any:
    """The real part of the sum of products: a complex cotangent g stands for dz -> Re(g dz)."""
    return sum(np.real(np.sum(bar * dot)) for bar, dot in zip(bars, dots, strict=True))


def central_difference(graph: Graph, args: tuple[Any, ...], tangents: tuple[Any, ...], h: float = 1e-5) -> list[Any]:
    """The results' derivatives along `tangents`, by Richardson's extrapolation: error O(h**4)."""

    def quotient(step: float) -> list[Any]:
        ahead, behind = (evaluate(graph, _moved(args, tangents, s)) for s in (step, -step))
        return [_slope(a, b, 2 * step) for a, b in zip(ahead, behind, strict=True)]

    return [None if q is None else (4 * q - q2) / 3 for q, q2 in zip(quotient(h), quotient(2 * h), strict=True)]


def _slope(ahead: Any, behind: Any, width: float) -> Any:
    return (ahead - behind) / width if np.asarray(ahead).dtype.kind in "fc" else None


def _moved(args: tuple[Any, ...], tangents: tuple[Any, ...], step: float) -> tuple[Any, ...]:
    rest = iter(tangents)
    return tuple(a + step * next(rest) if np.asarray(a).dtype.kind in "fc" else a for a in args)


def close(message: str, got: Any, wanted: Any) -> None:
    np.testing.assert_allclose(got, wanted, rtol=1e-6, atol=1e-6, err_msg=message)
