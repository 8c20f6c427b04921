"""Taylor mode: every value travels with the coefficients of its Taylor polynomial in one number.

    taylor : (a -> b)  ->  ((a, a_1) -> (b, b_1, .., b_n))        f(a + t a_1) = b + b_1 t + .. + b_n t^n + O(t^(n+1))

Forward mode, applied n times, doubles the program each time; here an operation on polynomials of degree n costs about
n^2 operations on numbers. Linear operations act on each coefficient, products are convolutions, and a quotient z = x/y
is solved from z y = x. For every other operation the rule of its entry in the table says what the derivative of its
result is along a path x(t), as a program:

    y = exp(x)    y' = x' y          y = sin(x)    y' = x' cos(x)          y = sqrt(x)    y' = x' (0.5 / y)

That program is run on polynomials too. It needs those of x and y up to degree k - 1 only, and the coefficient k - 1
of y' is k times the coefficient k of y. These are the recurrences of Griewank and Walther (Evaluating Derivatives, 2nd
edition, 2008, table 13.2), all of them, without a second table: coefficients are computed when they are asked for, and
an operation on the same operands is the same node, so that sin and cos find each other.

Branches yield, and loops carry, the coefficients beside the values, as in forward mode. The result is ordinary IR.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import assert_never

from myialike.ad.activity import STACK_OPS, active_vars, chosen
from myialike.ad.blocks import Loop, carry_params, no_calls
from myialike.ad.custom import Rewrite
from myialike.ad.rules import rule_of, scaled, total
from myialike.ad.zeros import or_zero
from myialike.errors import UnsupportedError
from myialike.ir.builder import Builder, Names, names_in
from myialike.ir.op import Custom, Linear, Multilinear, Pointwise, Zero
from myialike.ir.syntax import Atom, Attrs, Block, Call, Closure, Eqn, For, Graph, If, Lit, Prim, Var, While, walk
from myialike.ir.types import Array, is_float
from myialike.ops.functions import CHECKPOINT, CUSTOM, rules_of

Part = Atom | None  # a coefficient; None is zero
Series = list[Part]  # the coefficients from the first on


def taylor(graph: Graph, active: tuple[bool, ...], order: int) -> Graph:
    """The Taylor polynomials of the results of `graph`, along a line in the parameters marked in `active`.

    (params, directions of the active params) -> (results, for each floating result its coefficients 1 .. order)

    >>> from myialike.ir.text import parse_graph, print_graph
    >>> f = parse_graph("graph f(x: f64) { y: f64 = exp(x) return y }")
    >>> print(print_graph(taylor(f, (True,), 2)).strip())
    graph f_taylor(x: f64, x_1: f64) {
      y: f64 = exp(x)
      v: f64 = mul(x_1, y)
      v_1: f64 = mul(x_1, v)
      v_2: f64 = div(v_1, 2.0:f64)
      return y, v, v_2
    }

    Raises:
        UnsupportedError: a result depends on an active parameter through an operation without a rule.
    """
    graph = _without_checkpoints(graph)
    sweep = _Sweep(active_vars(graph, active), order)
    builder = Builder(names_in(graph))
    directions = [builder.var(p.name, p.type) for p in chosen(graph, active)]
    for param, direction in zip(chosen(graph, active), directions, strict=True):
        sweep.series[param] = [direction, *[None] * (order - 1)]
    sweep.eqns(builder, graph.body.eqns)
    results = [a for r in graph.results if is_float(r.type) for a in sweep.filled(builder, r)]
    body = Block((*graph.params, *directions), tuple(builder.eqns), (*graph.results, *results))
    return Graph(f"{graph.name}_taylor", body, loc=graph.loc)


class _Sweep:
    """The coefficients of a graph's variables, those of all blocks together."""

    def __init__(self, active: frozenset[Var], order: int) -> None:
        self.active, self.order = active, order
        self.series: dict[Var, Series] = {}

    def of(self, atom: Atom) -> Series:
        zeros: Series = [None] * self.order
        return self.series.get(atom, zeros) if isinstance(atom, Var) else zeros

    def filled(self, builder: Builder, atom: Atom) -> list[Atom]:
        """The coefficients of an atom, zeros made values."""
        return [or_zero(builder, part, atom) for part in self.of(atom)]

    def eqns(self, builder: Builder, eqns: Sequence[Eqn]) -> None:
        for eqn in eqns:
            with builder.at(eqn.loc):
                self.eqn(builder, eqn)

    def eqn(self, builder: Builder, eqn: Eqn) -> None:
        match eqn:
            case Prim():
                builder.append(eqn)
                self.prim(builder, eqn)
            case If():
                which = [k for k, o in enumerate(eqn.outputs) if o in self.active]
                then, orelse = (self.block(builder, b, (), which) for b in (eqn.then, eqn.orelse))
                outputs = (*eqn.outputs, *self.fresh(builder, [eqn.outputs[k] for k in which]))
                builder.append(If(eqn.pred, then, orelse, outputs, eqn.loc))
            case While() | For():
                self.loop(builder, eqn)
            case Call() | Closure():
                raise no_calls(eqn)
            case _:
                assert_never(eqn)

    def prim(self, builder: Builder, eqn: Prim) -> None:
        """Append the equations of the coefficients of the outputs."""
        if self.active.isdisjoint(eqn.outputs) or not any(any(self.of(a)) for a in eqn.inputs):
            return
        if eqn.op in STACK_OPS:
            return self.stacks(builder, eqn)
        nodes = _Nodes(builder)
        known = [nodes.known(a, self.of(a)) for a in eqn.inputs]
        outs = nodes.call(eqn.op, known, eqn.attrs, eqn.outputs)
        for k, out in enumerate(eqn.outputs):
            if out in self.active:
                self.series[out] = [outs[k].part(d) for d in range(1, self.order + 1)]

    def stacks(self, builder: Builder, eqn: Prim) -> None:
        """A stack of values has a stack for each coefficient."""
        columns = [self.filled(builder, a) for a in eqn.inputs]
        rows = [builder.prim(eqn.op, inputs, [o.name for o in eqn.outputs]) for inputs in zip(*columns, strict=True)]
        for k, out in enumerate(eqn.outputs):
            self.series[out] = [row[k] for row in rows]

    def loop(self, builder: Builder, eqn: Loop) -> None:
        params = carry_params(eqn)
        which = [k for k, p in enumerate(params) if p in self.active]
        init = (*eqn.init, *(a for k in which for a in self.filled(builder, eqn.init[k])))
        body = self.block(builder, eqn.body, self.fresh(builder, [params[k] for k in which]), which)
        outputs = (*eqn.outputs, *self.fresh(builder, [eqn.outputs[k] for k in which]))
        if isinstance(eqn, For):
            builder.append(For(eqn.over, init, body, outputs, loc=eqn.loc))
            return
        unused = tuple(builder.var(params[k].name, params[k].type) for k in which for _ in range(self.order))
        cond = Block((*eqn.cond.params, *unused), eqn.cond.eqns, eqn.cond.results)
        builder.append(While(init, cond, body, outputs, eqn.loc))

    def block(self, outer: Builder, block: Block, params: Sequence[Var], which: Sequence[int]) -> Block:
        """`block` with parameters for coefficients, yielding also those of the results at `which`."""
        inner = outer.child()
        self.eqns(inner, block.eqns)
        parts = [a for k in which for a in self.filled(inner, block.results[k])]
        return Block((*block.params, *params), tuple(inner.eqns), (*block.results, *parts))

    def fresh(self, builder: Builder, variables: Sequence[Var]) -> tuple[Var, ...]:
        """New variables for the coefficients of `variables`."""
        found: list[Var] = []
        for var in variables:
            own = [builder.var(var.name, var.type) for _ in range(self.order)]
            self.series[var] = [*own]
            found += own
        return tuple(found)


def _without_checkpoints(graph: Graph) -> Graph:
    """`graph` with the bodies of checkpointed functions in their places: Taylor mode stores nothing."""

    def inline(builder: Builder, eqn: Prim) -> bool:
        if eqn.op not in CHECKPOINT:
            return False
        results = builder.splice(rules_of(eqn.attr("function")).body.body, eqn.inputs)
        for out, result in zip(eqn.outputs, results, strict=True):
            assert isinstance(out.type, Array)
            builder.append(Prim("reshape", (result,), (out,), (("shape", out.type.shape),), eqn.loc))
        return True

    while any(isinstance(e, Prim) and e.op in CHECKPOINT for e in walk(graph.body)):
        graph = Rewrite(inline).graph(graph)
    return graph


# -- polynomials, a coefficient at a time ------------------------------------------------------------------------------


class _Node:
    """A value with the coefficients of its polynomial, each computed when it is first asked for."""

    def __init__(self, compute: Callable[[int], Part], varies: bool) -> None:
        self.compute, self.varies = compute, varies
        self.found: dict[int, Part] = {}

    def part(self, k: int) -> Part:
        if k and not self.varies:
            return None
        if k not in self.found:
            self.found[k] = self.compute(k)
        return self.found[k]

    @property
    def value(self) -> Atom:
        """The coefficient 0, which is a value, never a zero without code."""
        atom = self.part(0)
        assert atom is not None
        return atom


class _Nodes:
    """The nodes of one equation. An operation on the same nodes is the same node."""

    def __init__(self, builder: Builder) -> None:
        self.builder = builder
        self.made: dict[object, Sequence[_Node]] = {}

    def known(self, atom: Atom, series: Series) -> _Node:
        """The node of a variable whose coefficients are known, or of a literal."""
        key = ("known", atom)
        if key not in self.made:
            self.made[key] = [_Node(lambda k: series[k - 1] if k else atom, any(p is not None for p in series))]
        return self.made[key][0]

    def rate(self, x: _Node) -> _Node:
        """x', whose coefficient k is k + 1 times the coefficient k + 1 of x."""
        key = ("rate", id(x))
        if key not in self.made:
            self.made[key] = [_Node(lambda k: self.times(x.part(k + 1), k + 1) if k else self.first(x), x.varies)]
        return self.made[key][0]

    def first(self, x: _Node) -> Atom:
        return or_zero(self.builder, x.part(1), x.value)

    def call(self, op: str, xs: Sequence[_Node], attrs: Attrs, values: Sequence[Atom] = ()) -> Sequence[_Node]:
        """The nodes of the results of an operation; `values` are the results, where they are there already."""
        key = (op, tuple(map(id, xs)), attrs)
        if key not in self.made:
            applied = _Applied(self, op, xs, attrs, values)
            self.made[key] = applied.outputs
        return self.made[key]

    def one(self, op: str, *xs: _Node) -> _Node:
        return self.call(op, xs, ())[0]

    def literal(self, value: float, like: _Node) -> _Node:
        return self.known(self.builder.expr(like.value).lift(value).atom, [])

    def times(self, part: Part, factor: int) -> Part:
        return part if part is None or factor == 1 else (self.builder.expr(part) * float(factor)).atom

    def plus(self, a: Part, b: Part, op: str = "add") -> Part:
        if a is None or b is None:
            return a if b is None else b if op == "add" else self.builder.op("neg", b)
        return self.builder.op(op, a, b)


class _Applied:
    """An operation on polynomials."""

    def __init__(self, nodes: _Nodes, op: str, xs: Sequence[_Node], attrs: Attrs, values: Sequence[Atom]) -> None:
        self.nodes, self.op, self.xs, self.attrs, self.values = nodes, op, xs, attrs, tuple(values)
        count = len(values) or len(self.primal())
        varies = any(x.varies for x in xs)
        self.outputs = [_Node(lambda k, j=j: self.part(j, k), varies) for j in range(count)]  # type: ignore[misc]
        self.rates: list[_Node | None] | None = None

    def primal(self) -> tuple[Atom, ...]:
        """The results on numbers."""
        if not self.values:
            self.values = self.nodes.builder.prim(self.op, [x.value for x in self.xs], **dict(self.attrs))
        return self.values

    def part(self, j: int, k: int) -> Part:
        """The coefficient k of output j."""
        if k == 0:
            return self.primal()[j]
        if not is_float(self.primal()[j].type):
            return None
        match self.op:
            case "add" | "sub":
                return self.nodes.plus(self.xs[0].part(k), self.xs[1].part(k), self.op)
            case "mul" | "zmul":
                return self.convolved(k)
            case "div":
                return self.quotient(k)
            case "integer_pow":
                return self.power().part(k)
            case _:
                return self.by_rule(j, k)

    def convolved(self, k: int) -> Part:
        """The coefficient of a product."""
        sum: Part = None
        for i in range(k + 1):
            a, b = self.xs[0].part(i), self.xs[1].part(k - i)
            if a is not None and b is not None:
                attrs = dict(self.attrs)
                sum = self.nodes.plus(sum, self.nodes.builder.op(self.op, a, b, **attrs))
        return sum

    def quotient(self, k: int) -> Part:
        """z_k = (x_k - y_1 z_{k-1} - .. - y_k z_0) / y_0."""
        (x, y), z, nodes = self.xs, self.outputs[0], self.nodes
        rest = x.part(k)
        for i in range(1, k + 1):
            a, b = y.part(i), z.part(k - i)
            if a is not None and b is not None:
                rest = nodes.plus(rest, nodes.builder.op("mul", a, b), "sub")
        return None if rest is None else nodes.builder.op("div", rest, y.value)

    def power(self) -> _Node:
        """x ** n by squaring, which holds at 0 too."""
        (x,), n, nodes = self.xs, dict(self.attrs)["n"], self.nodes
        if n == 0:
            return nodes.literal(1.0, x)
        if n < 0:
            return nodes.one("div", nodes.literal(1.0, x), self.power_of(x, -n))
        return self.power_of(x, n)

    def power_of(self, x: _Node, n: int) -> _Node:
        if n == 1:
            return x
        half = self.power_of(x, n // 2)
        square = self.nodes.one("mul", half, half)
        return self.nodes.one("mul", square, x) if n % 2 else square

    def by_rule(self, j: int, k: int) -> Part:
        """The coefficient as the operation's entry in the table gives it."""
        if self.op in CUSTOM:
            return self.from_rate(j, k)
        rule = rule_of(self.op, self.nodes.builder.loc)
        match rule:
            case Zero():
                return None
            case Linear(args=args):
                return self.linear(range(len(self.xs)) if args is None else args, k)
            case Multilinear() if len(self.xs) == 2:
                return self.convolved(k)
            case Pointwise() | Custom() | Multilinear():
                return self.from_rate(j, k)
            case _:
                assert_never(rule)

    def linear(self, args: Sequence[int], k: int) -> Part:
        """The operation on the coefficients of the operands that it is linear in."""
        parts = [x.part(k) if i in args else None for i, x in enumerate(self.xs)]
        if all(p is None for p in parts):
            return None
        builder = self.nodes.builder
        inputs = [
            or_zero(builder, p, x.value) if i in args else x.value
            for i, (p, x) in enumerate(zip(parts, self.xs, strict=True))
        ]
        return builder.op(self.op, *inputs, **dict(self.attrs))

    def from_rate(self, j: int, k: int) -> Part:
        """From the derivative of the output along the path."""
        if self.rates is None:
            self.rates = self.run_rule()
        rate = self.rates[j]
        part = None if rate is None else rate.part(k - 1)
        return part if part is None or k == 1 else (self.nodes.builder.expr(part) / float(k)).atom

    def run_rule(self) -> list[_Node | None]:
        """The derivatives of the outputs, as the rule computes them from x, x' and y: its program on polynomials."""
        scratch, env = Builder(Names(), self.nodes.builder.loc), dict[Var, _Node]()

        def stand_in(node: _Node) -> Atom:
            value = node.value
            if isinstance(value, Lit):
                return value
            var = scratch.var("x", value.type)
            env[var] = node
            return var

        ins = [stand_in(x) for x in self.xs]
        outs = [stand_in(y) for y in self.outputs]
        dots = [
            stand_in(self.nodes.rate(x)) if x.varies and is_float(x.value.type) else None for x in self.xs
        ]
        results = _rates(scratch, self.op, ins, dots, outs, self.attrs)
        for eqn in scratch.eqns:
            if not isinstance(eqn, Prim):
                text = f"the Taylor polynomial of {self.op}, whose derivative rule has branches or loops, is not taken"
                raise UnsupportedError(text, self.nodes.builder.loc, "take grad or jvp as often as needed")
            made = self.nodes.call(eqn.op, [self.node(env, a) for a in eqn.inputs], eqn.attrs)
            env.update(zip(eqn.outputs, made, strict=True))
        return [None if r is None else self.node(env, r) for r in results]

    def node(self, env: dict[Var, _Node], atom: Atom) -> _Node:
        return env[atom] if isinstance(atom, Var) else self.nodes.known(atom, [])


def _rates(
    scratch: Builder, op: str, ins: Sequence[Atom], dots: Sequence[Part], outs: Sequence[Atom], attrs: Attrs
) -> list[Part]:
    """Append the rule of an operation to `scratch`: the derivatives of its results along a path."""
    if op in CUSTOM:
        return _custom_rates(scratch, ins, dots, len(outs), attrs)
    rule, given = rule_of(op, scratch.loc), dict(attrs)
    xs, ys = (tuple(scratch.expr(a) for a in atoms) for atoms in (ins, outs))
    rates = tuple(None if d is None else scratch.expr(d) for d in dots)
    match rule:
        case Pointwise():
            partials = [(i, d) for i, d in enumerate(rates) if d is not None and rule.partials[i] is not None]
            found = [total([scaled(d, rule, i, xs, ys[0], given) for i, d in partials])]
        case Custom():
            found = [*rule.jvp(xs, rates, ys, given)]
        case _:
            raise UnsupportedError(f"the Taylor polynomial of {op} is not taken", scratch.loc)
    return [None if r is None else r.atom for r in found]


def _custom_rates(
    scratch: Builder, ins: Sequence[Atom], dots: Sequence[Part], count: int, attrs: Attrs
) -> list[Part]:
    """The forward rule of a function with a derivative of its own."""
    rules = rules_of(dict(attrs)["function"])
    if rules.push is None:
        raise UnsupportedError(f"{rules.body.name} has no forward rule", scratch.loc, "give it one with defjvp")
    moving = [or_zero(scratch, d, a) for a, d, moves in zip(ins, dots, rules.moving, strict=True) if moves]
    found = scratch.splice(rules.push.body, [*ins, *moving])
    tangents = iter(found[count:])
    return [next(tangents) if is_float(r.type) else None for r in rules.body.results]
