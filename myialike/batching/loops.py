"""Loops of a batch.

Where all elements turn together, the loop stays what it is. A `While` whose condition is mapped turns as long as one
element is *live*, and a `For` whose range is mapped as often as the element with the longest range does:

    y = while (x) (a) {cond} do (b) {body}     =>     y, _ = while (x, cond(x)) (a, live) { any(live) } do (b, live) {
                                                          b2 = where(live, body(b), b)
                                                          yield b2, live and cond(b2) }

    y = for p, q, 1 init (x) (i, a) {body}     =>     y = for 0, max(q - p), 1 init (x) (k, a) {
                                                          i = p + k
                                                          live = k < q - p
                                                          yield where(live, body(i, a), a) }

The condition runs at the end of the turn, for the elements that made it. A carry that is the same for all live
elements stays one value within the loop; beside it stands, for each element, the value that it left with.
"""

from __future__ import annotations

from collections.abc import Sequence

from myialike.batching.mapped import Loop, carry_params, is_invariant, is_masked
from myialike.batching.region import Region, Sweep, index_literal, lifted
from myialike.ir.builder import Expr
from myialike.ir.syntax import Atom, Block, For, Lit, Var, While
from myialike.ir.types import BOOL, I64, Array


def batch_loop(region: Region, loop: Loop, sweep: Sweep) -> None:
    """Append `loop` on a batch."""
    if not is_masked(loop, region.batch.plan.mapped):
        _uniform(region, loop, sweep)
    elif isinstance(loop, While):
        _while(region, loop, sweep)
    else:
        _for(region, loop, sweep)


# ------------------------------------------------------------------------------------------- all turn together


def _uniform(region: Region, loop: Loop, sweep: Sweep) -> None:
    params = carry_params(loop)
    init = lifted(region, params, loop.init)
    inner = region.inside()
    own = [inner.param(p) for p in loop.body.params]
    sweep(inner, loop.body)
    results = lifted(inner, params, loop.body.results)
    body = inner.builder.block(results)
    outs = [region.builder.var(o.name, r.type) for o, r in zip(loop.outputs, results, strict=True)]
    if isinstance(loop, For):
        _append_for(region, [region[a] for a in loop.over], init, body, outs)
    else:
        test = region.inside()
        for p in loop.cond.params:
            test.param(p)
        sweep(test, loop.cond)
        cond = test.builder.block([test[r] for r in loop.cond.results])
        _append_while(region, init, cond, body, outs)
    for k, out in enumerate(loop.outputs):
        region.env[out] = outs[k]
        if inner.kept(results[k]) == own[k + len(own) - len(params)]:
            region.keep(outs[k], init[k])


def _append_for(region: Region, over: Sequence[Atom], init: Sequence[Atom], body: Block, outs: Sequence[Var]) -> None:
    region.builder.append(For(tuple(over), tuple(init), body, tuple(outs), loc=region.builder.loc))


def _append_while(region: Region, init: Sequence[Atom], cond: Block, body: Block, outs: Sequence[Var]) -> None:
    region.builder.append(While(tuple(init), cond, body, tuple(outs), region.builder.loc))


# ----------------------------------------------------------------------------------------- each turns by itself


class _Carry:
    """The carry of a masked loop.

    `own` are the positions of the carries that are carried, mapped or the same for all live elements; `left` of those
    that are not mapped, beside which stands the value that each element left with. An invariant carry is its
    initial value.
    """

    def __init__(self, region: Region, loop: Loop) -> None:
        self.region, self.loop = region, loop
        self.params = carry_params(loop)
        self.own = [k for k in range(len(self.params)) if not is_invariant(loop, k)]
        self.left = [k for k in self.own if not region.is_mapped(self.params[k])]
        init = lifted(region, self.params, loop.init)
        for k, p in enumerate(self.params):
            if k not in self.own:
                region.env[p] = region.env[loop.outputs[k]] = init[k]
        self.init = (*(init[k] for k in self.own), *(region.lift(loop.init[k]) for k in self.left))
        self.before: list[Var] = []

    def enter(self, inner: Region) -> None:
        """The parameters of the body."""
        own = [inner.param(self.params[k]) for k in self.own]
        left = [inner.builder.param(f"{self.params[k].name}_left", self._left_type(k)) for k in self.left]
        self.before = [*own, *left]

    def _left_type(self, k: int) -> Array:
        type = self.params[k].type
        assert isinstance(type, Array)
        return self.region.batch.array(type)

    def after(self, inner: Region) -> tuple[Atom, ...]:
        """The carry after a turn, in which the elements that are not active keep theirs."""
        results = self.loop.body.results
        after = []
        for k, old in zip(self.own, self.before, strict=False):
            mapped = inner.is_mapped(self.params[k])
            after.append(inner.or_old(inner.lift(results[k]), old) if mapped else inner[results[k]])
        for k, old in zip(self.left, self.before[len(self.own) :], strict=True):
            after.append(inner.or_old(inner.lift(results[k]), old))
        return tuple(after)

    def outputs(self, after: Sequence[Atom]) -> list[Var]:
        """Variables for what the loop gives; of a carry that is in it twice, the second is the output."""
        names = [self.params[k].name if k in self.left else self.loop.outputs[k].name for k in self.own]
        names += [self.loop.outputs[k].name for k in self.left]
        return [self.region.builder.var(name, a.type) for name, a in zip(names, after, strict=True)]

    def leave(self, outs: Sequence[Var]) -> None:
        """Define the outputs of the original loop."""
        region = self.region
        for place, k in enumerate(self.own):
            if k not in self.left:
                region.env[self.loop.outputs[k]] = outs[place]
                region.keep(outs[place], self.init[place])
        for k, out in zip(self.left, outs[len(self.own) :], strict=True):
            region.env[self.loop.outputs[k]] = out


def _while(region: Region, loop: While, sweep: Sweep) -> None:
    carry = _Carry(region, loop)
    live = _condition(region, loop, lifted(region, carry.params, loop.init), sweep)
    inner = region.masked()
    carry.enter(inner)
    inner.active = inner.builder.param("live", Array(BOOL, (region.batch.size,)))
    sweep(inner, loop.body)
    after = carry.after(inner)
    values = {**{k: inner.env[p] for k, p in enumerate(carry.params)}, **dict(zip(carry.own, after, strict=False))}
    still = _condition(inner, loop, [values[k] for k in range(len(carry.params))], sweep)
    body = inner.builder.block((*after, still))
    test = region.inside()
    mask = [test.builder.param(p.name, p.type) for p in body.params][-1]
    cond = test.builder.block([test.any(mask)])
    outs = carry.outputs(after)
    _append_while(region, (*carry.init, live), cond, body, [*outs, region.builder.var("live", live.type)])
    carry.leave(outs)


def _condition(region: Region, loop: While, values: Sequence[Atom], sweep: Sweep) -> Atom:
    """The active elements for which the condition of `loop` holds, on a carry of `values`."""
    region.env.update(zip(loop.cond.params, values, strict=True))
    sweep(region, loop.cond)
    return region.both(region.active, region.lift(loop.cond.results[0]))


def _for(region: Region, loop: For, sweep: Sweep) -> None:
    carry = _Carry(region, loop)
    start, _, step = loop.over
    trips = _trips(region, loop)
    most: Atom = index_literal(0)
    if region.batch.size:
        most = region.builder.op("reduce_max", trips, hint="most", axes=(0,))
    inner = region.masked()
    turn = inner.builder.param("turn", Array(I64))
    inner.active = inner.builder.op("lt", inner.repeat(turn), trips, hint="live")
    index = loop.body.params[0]
    inner.env[index] = _index(inner, inner.is_mapped(index), turn, start, step)
    carry.enter(inner)
    sweep(inner, loop.body)
    after = carry.after(inner)
    outs = carry.outputs(after)
    _append_for(region, (index_literal(0), most, index_literal(1)), carry.init, inner.builder.block(after), outs)
    carry.leave(outs)


def _trips(region: Region, loop: For) -> Atom:
    """How often each element turns: ceil((stop - start) / step), which may be negative, and 0 if it is not active."""
    start, step = (_expr(region, loop.over[k]) for k in (0, 2))
    stop = region.builder.expr(region.lift(loop.over[1]))
    by_one = isinstance(step.atom, Lit) and step.atom.value in (1, -1)
    if by_one:
        count = stop - start if step.atom == index_literal(1) else start - stop
    else:
        count = -((start - stop).op("floordiv", step))
    return region.tame(count.atom)


def _index(region: Region, mapped: bool, turn: Var, start: Atom, step: Atom) -> Atom:
    """The loop's index in a turn, for all elements or, where `mapped`, for each."""
    if mapped:
        first, by, count = _expr(region, start), _expr(region, step), region.builder.expr(region.repeat(turn))
    else:
        first, by, count = (region.builder.expr(a) for a in (region[start], region[step], turn))
    scaled = count if by.atom == index_literal(1) else by * count
    return (scaled if first.atom == index_literal(0) else first + scaled).atom


def _expr(region: Region, atom: Atom) -> Expr:
    """The values of all elements, or the literal that is the same for all."""
    return region.builder.expr(atom if isinstance(atom, Lit) else region.lift(atom))
