"""Forward mode: every value travels with its tangent.

    jvp : (a -> b)  ->  ((a, a_dot) -> (b, b_dot))            b_dot = Df(a) a_dot

The equations of the graph stay as they are, with the same variables; behind each stands what its tangent needs,
where it is active (`myialike.ad.activity`). A branch yields, and a loop carries, the tangents of its active values
beside the values, so that the result is made of the same forms and can be differentiated again:

    y = mul(x, x)          y = mul(x, x)
                           y_dot = add(mul(x_dot, x), mul(x_dot, x))

    s = for 0, n, 1 init (x) (i, a) {..}        s, s_dot = for 0, n, 1 init (x, x_dot) (i, a, a_dot) {..}

Nothing is saved, and effects happen once, in their order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import assert_never

from myialike.ad.activity import active_vars, chosen
from myialike.ad.blocks import Loop, carry_params, dot_name, no_calls
from myialike.ad.checkpoint import push_checkpoint
from myialike.ad.custom import closed, opened
from myialike.ad.masks import Masks, tame_divisions
from myialike.ad.rules import Part, push_forward
from myialike.ad.zeros import or_zero
from myialike.ir.builder import Builder, names_in
from myialike.ir.syntax import Atom, Block, Call, Closure, Eqn, For, Graph, If, Prim, Var, While
from myialike.ir.types import is_float
from myialike.ops.functions import CHECKPOINT


def jvp(graph: Graph, active: tuple[bool, ...]) -> Graph:
    """The Jacobian-vector product of `graph` with respect to the parameters marked in `active`.

    (params, tangents of the active params) -> (results, tangents of the floating results), with

        result_dot = sum over active params of  d result / d param  param_dot

    >>> from myialike.ir.text import parse_graph, print_graph
    >>> f = parse_graph("graph f(x: f64) { y: f64 = sin(x) return y }")
    >>> print(print_graph(jvp(f, (True,))).strip())
    graph f_jvp(x: f64, x_dot: f64) {
      y: f64 = sin(x)
      v: f64 = cos(x)
      y_dot: f64 = mul(x_dot, v)
      return y, y_dot
    }

    A tangent has the type of its value. Raises UnsupportedError where the result depends on an active parameter
    through an operation without a rule.
    """
    graph = opened(graph, active, reverse=False)
    sweep = _Sweep(active_vars(graph, active), Masks(frozenset(), tame_divisions(graph)))
    builder = Builder(names_in(graph))
    dots = [builder.var(dot_name(p), p.type) for p in chosen(graph, active)]
    sweep.dots.update(zip(chosen(graph, active), dots, strict=True))
    sweep.eqns(builder, graph.body.eqns)
    results = [sweep.or_zero(builder, r) for r in graph.results if is_float(r.type)]
    body = Block((*graph.params, *dots), tuple(builder.eqns), (*graph.results, *results))
    return closed(Graph(f"{graph.name}_jvp", body, loc=graph.loc))


class _Sweep:
    """The tangents of a graph's variables, those of all blocks together: a variable has one definition."""

    def __init__(self, active: frozenset[Var], masks: Masks) -> None:
        self.active, self.masks = active, masks
        self.dots: dict[Var, Atom] = {}

    def dot(self, atom: Atom) -> Part:
        return self.dots.get(atom) if isinstance(atom, Var) else None

    def or_zero(self, builder: Builder, atom: Atom) -> Atom:
        return or_zero(builder, self.dot(atom), atom)

    def note(self, outputs: Iterable[Var], dots: Iterable[Part]) -> None:
        self.dots.update((o, d) for o, d in zip(outputs, dots, strict=True) if d is not None)

    def eqns(self, builder: Builder, eqns: Sequence[Eqn]) -> None:
        """Append `eqns` and the equations of their tangents."""
        for eqn in eqns:
            with builder.at(eqn.loc):
                self.eqn(builder, eqn)

    def eqn(self, builder: Builder, eqn: Eqn) -> None:
        match eqn:
            case Prim() if eqn.op in CHECKPOINT:
                parts = [self.dot(a) for a in eqn.inputs]
                self.note(eqn.outputs, push_checkpoint(builder, eqn, parts, self.active, jvp))
            case Prim():
                builder.append(eqn)
                dots = [self.dot(a) for a in eqn.inputs]
                self.note(eqn.outputs, push_forward(builder, eqn, dots, self.active, self.masks))
            case If():
                self.branches(builder, eqn)
            case While() | For():
                self.loop(builder, eqn)
            case Call() | Closure():
                raise no_calls(eqn)
            case _:
                assert_never(eqn)

    def branches(self, builder: Builder, eqn: If) -> None:
        """`y = if p {..a} else {..b}` becomes `y, y_dot = if p {..a, a_dot} else {..b, b_dot}`."""
        which = [k for k, o in enumerate(eqn.outputs) if o in self.active]
        then, orelse = (self.block(builder, block, (), which) for block in (eqn.then, eqn.orelse))
        dots = self.fresh(builder, [eqn.outputs[k] for k in which])
        builder.append(If(eqn.pred, then, orelse, (*eqn.outputs, *dots), eqn.loc))

    def loop(self, builder: Builder, eqn: Loop) -> None:
        """The tangents of the active carries are carried behind the carries."""
        params = carry_params(eqn)
        which = [k for k, p in enumerate(params) if p in self.active]
        init = (*eqn.init, *(self.or_zero(builder, eqn.init[k]) for k in which))
        body = self.block(builder, eqn.body, self.fresh(builder, [params[k] for k in which]), which)
        outputs = (*eqn.outputs, *self.fresh(builder, [eqn.outputs[k] for k in which]))
        if isinstance(eqn, For):
            builder.append(For(eqn.over, init, body, outputs, loc=eqn.loc))
            return
        unused = tuple(builder.var(dot_name(params[k]), params[k].type) for k in which)
        cond = Block((*eqn.cond.params, *unused), eqn.cond.eqns, eqn.cond.results)
        builder.append(While(init, cond, body, outputs, eqn.loc))

    def block(self, outer: Builder, block: Block, dot_params: Sequence[Var], which: Sequence[int]) -> Block:
        """`block` with parameters for tangents, yielding also the tangents of the results at `which`."""
        inner = outer.child()
        self.eqns(inner, block.eqns)
        dots = [self.or_zero(inner, block.results[k]) for k in which]
        return Block((*block.params, *dot_params), tuple(inner.eqns), (*block.results, *dots))

    def fresh(self, builder: Builder, variables: Sequence[Var]) -> tuple[Var, ...]:
        """New variables for the tangents of `variables`."""
        dots = tuple(builder.var(dot_name(v), v.type) for v in variables)
        self.note(variables, dots)
        return dots
