"""Functions with a derivative of their own (`myialike.ops.functions`), in both modes.

Before a graph is differentiated, every such function on an active path is replaced by its rule (`opened`):

    y = ad.custom(x; f)             h, t = ad.hold(x), ad.seed(x)          t is 0, with the derivative of x
                                    y1, y_dot = the forward rule (h, t)
                                    y = ad.attach(y1, y_dot)               y is y1, with the derivative of y_dot

The rule is linear in t, so the derivative of `y_dot` with respect to x is the derivative of f that it states: forward
mode evaluates it, reverse mode transposes it, with residuals, loops and branches as in any program. In reverse mode a
reverse rule takes precedence: its forward part is put in place, and `ad.link` has its backward part for a derivative.
Given a reverse rule alone, inference has made a forward rule of it, by transposing its backward part, which is linear
in the cotangents (`myialike.infer.transforms.custom`).

Afterwards `closed` replaces `hold(x)` by x and `attach(y1, y_dot)` by y1. What is left are the equations of the rule,
so the next derivative differentiates the rule itself. A seed that is still read then shows a rule that is not linear,
which `check_linear` refuses.

(This is how JAX defines it: Frostig, Johnson, Maclaurin, Paszke and Radul, Decomposing reverse-mode automatic
differentiation, 2021.)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import assert_never

from myialike.ad.activity import active_vars
from myialike.ad.blocks import no_calls, substitute
from myialike.errors import UnsupportedError
from myialike.ir.builder import Builder, attrs_of, names_in
from myialike.ir.syntax import Atom, Block, Call, Closure, Eqn, For, Graph, If, Prim, Var, While, walk
from myialike.ops.functions import CUSTOM, Rules, floating, rules_of

MAX_DEPTH = 20
PASSED_ON = frozenset({"ad.hold", "ad.attach", "ad.link"})


def opened(graph: Graph, active: tuple[bool, ...], reverse: bool) -> Graph:
    """`graph` with the functions on active paths replaced by their rules; `active` marks the parameters.

    Raises:
        UnsupportedError: a function has no rule for this mode, or is reached by a derivative through a captured value.
    """
    if not any(isinstance(e, Prim) and e.op in CUSTOM for e in walk(graph.body)):
        return graph
    found = active_vars(graph, active)

    def open_one(builder: Builder, eqn: Prim) -> bool:
        if eqn.op not in CUSTOM or found.isdisjoint(eqn.outputs):
            return False
        rules = rules_of(eqn.attr("function"))
        if any(a in found and not moving for a, moving in zip(eqn.inputs, rules.moving, strict=True)):
            raise UnsupportedError(
                f"{rules.body.name} has a derivative of its own and reads a differentiated value that is no argument",
                eqn.loc,
                "pass it as an argument",
            )
        (_by_reverse_rule if reverse and rules.pull is not None else _by_forward_rule)(builder, eqn, rules)
        return True

    for _ in range(MAX_DEPTH):  # a rule may use another such function on a path that is active too
        again = Rewrite(open_one).graph(graph)
        if again == graph:
            return graph
        graph, found = again, active_vars(again, active)
    text = "the derivative rule of a function applies the function itself to its tangents or cotangents, without end"
    raise UnsupportedError(text, graph.loc, "write what it does there with other operations")


def _by_forward_rule(builder: Builder, eqn: Prim, rules: Rules) -> None:
    if rules.push is None:
        raise UnsupportedError(
            f"{rules.body.name} has a reverse rule only, from which no forward one follows: its backward part does not "
            "have the derivative with respect to the cotangents that this takes",
            eqn.loc,
            "give the rule forward, with defjvp",
        )
    held = [builder.op("ad.hold", a) for a in eqn.inputs]
    seeds = [builder.op("ad.seed", a) for a, moving in zip(eqn.inputs, rules.moving, strict=True) if moving]
    atoms = builder.splice(rules.push.body, [*held, *seeds])
    dots = dict(zip(floating([o.type for o in eqn.outputs]), atoms[len(eqn.outputs) :], strict=True))
    for k, (out, atom) in enumerate(zip(eqn.outputs, atoms, strict=False)):
        if k in dots:
            builder.append(Prim("ad.attach", (atom, dots[k]), (out,), loc=eqn.loc))
        else:
            builder.append(Prim("ad.hold", (atom,), (out,), loc=eqn.loc))


def _by_reverse_rule(builder: Builder, eqn: Prim, rules: Rules) -> None:
    assert rules.keep is not None
    held = [builder.op("ad.hold", a) for a in eqn.inputs]
    atoms = builder.splice(rules.keep.body, held)
    count = len(eqn.outputs)
    inputs = [a if moving else h for a, h, moving in zip(eqn.inputs, held, rules.moving, strict=True)]
    attrs = attrs_of({"function": eqn.attr("function")})
    builder.append(Prim("ad.link", (*atoms[:count], *inputs, *atoms[count:]), eqn.outputs, attrs, eqn.loc))


def closed(graph: Graph) -> Graph:
    """The derivative of what `opened` gave, without the operations that were for this one derivative."""
    if not any(isinstance(e, Prim) and e.op in PASSED_ON for e in walk(graph.body)):
        return graph
    env: dict[Var, Atom] = {}

    def drop(builder: Builder, eqn: Prim) -> bool:
        if eqn.op in PASSED_ON:
            env.update((o, _final(env, a)) for o, a in zip(eqn.outputs, eqn.inputs, strict=False))
        return eqn.op in PASSED_ON

    dropped = Rewrite(drop).graph(graph)
    body = dropped.body
    results = tuple(_final(env, r) for r in body.results)
    return replace(graph, body=Block(body.params, tuple(substitute(e, env) for e in body.eqns), results))


def _final(env: dict[Var, Atom], atom: Atom) -> Atom:
    return env.get(atom, atom) if isinstance(atom, Var) else atom


def check_linear(graph: Graph) -> Graph:
    """An optimised derivative as it is.

    Raises:
        UnsupportedError: it reads a seed, so a rule is not linear.
    """
    for eqn in walk(graph.body):
        if isinstance(eqn, Prim) and eqn.op == "ad.seed":
            raise UnsupportedError(
                "the derivative rule of the function called here is not linear in its tangents or cotangents",
                eqn.loc,
                "a rule is a sum of tangents times values that do not depend on them: no branch on a tangent, no power",
            )
    return graph


class Rewrite:
    """A copy of a graph in which `one(builder, prim)` replaces operations: it appends others and returns True."""

    def __init__(self, one: Callable[[Builder, Prim], bool]) -> None:
        self.one = one

    def graph(self, graph: Graph) -> Graph:
        return replace(graph, body=self.block(Builder(names_in(graph)), graph.body))

    def block(self, builder: Builder, block: Block) -> Block:
        self.eqns(builder, block.eqns)
        return Block(block.params, tuple(builder.eqns), block.results)

    def eqns(self, builder: Builder, eqns: Sequence[Eqn]) -> None:
        for eqn in eqns:
            with builder.at(eqn.loc):
                self.eqn(builder, eqn)

    def eqn(self, builder: Builder, eqn: Eqn) -> None:
        match eqn:
            case Prim():
                if not self.one(builder, eqn):
                    builder.append(eqn)
            case If():
                then, orelse = (self.block(builder.child(), b) for b in (eqn.then, eqn.orelse))
                builder.append(replace(eqn, then=then, orelse=orelse))
            case While():
                cond, body = (self.block(builder.child(), b) for b in (eqn.cond, eqn.body))
                builder.append(replace(eqn, cond=cond, body=body))
            case For():
                builder.append(replace(eqn, body=self.block(builder.child(), eqn.body)))
            case Call() | Closure():
                raise no_calls(eqn)
            case _:
                assert_never(eqn)

