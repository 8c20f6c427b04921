"""Loops of unknown length in reverse mode without a tape as long: checkpoints in a buffer of fixed size.

    forward :  c, n = the loop, which counts
    backward:  t, at = steps - 1, 0                   the step to be reversed, and the one that begins with `now`
               while t >= 0:
                   at == t:  c_bar = (the step at now)^T c_bar;  t -= 1;  back to the last checkpoint
                   at <  t:  now = the step of now;  at += 1;  at some places a checkpoint is kept

A step is of `CHUNK` iterations, and is reversed with a tape. The number of steps has no bound: with s checkpoints free,
C(s + r + 1, r) steps are reversed with at most r times as many forward ones. So 128 checkpoints cost one more forward
sweep to 33,000 iterations, two to two millions, three to 10^8. (Griewank and Walther, Algorithm 799: revolve, 2000.
How many steps there are is known, for the backward sweep comes after the forward one.) This is for where XLA needs
every size to be known, inside of an outer jax transformation; a tape is faster.

Such a loop becomes a function with a reverse rule (`myialike.ops.functions`), so the derivative is made of the forms
that all programs are made of, and is differentiated as they are. Loops that carry a stack stay as they are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from myialike.ad.activity import active_vars
from myialike.ad.blocks import Loop, bar_name, carry_params, index_params, used
from myialike.ad.custom import Rewrite
from myialike.ad.region import limits, most_trips
from myialike.ir.builder import Builder, Expr, Names, names_in, python_scalar
from myialike.ir.syntax import Atom, Block, Eqn, For, Graph, If, Lit, Prim, Var, While, walk
from myialike.ir.types import I64, Array, Stack, is_float, scalar, static_shape
from myialike.ops.effects import silenced
from myialike.ops.functions import CHECKPOINT, Function, Rules, custom_op, rules_of

Vjp = Callable[[Graph, tuple[bool, ...], tuple[bool, ...], tuple[bool, ...]], Graph]

MOST, LEAST = 128, 8  # checkpoints
ROOM = 2**26  # bytes for them, if more than `LEAST` fit
CHUNK = 256  # iterations to a step, that a tape is made of


def revolving(graph: Graph, active: tuple[bool, ...], vjp: Vjp) -> Graph:
    """`graph` with its loops of unknown length on active paths as functions with a reverse rule.

    `vjp` takes a graph, its active params, the seeded results, and the active params whose cotangents are begun.
    """
    graph = Rewrite(_inlined).graph(graph)
    found = _Revolving(active_vars(graph, active), limits(graph.body), vjp)
    return replace(graph, body=found.block(Builder(names_in(graph)), graph.body))


def _inlined(builder: Builder, eqn: Prim) -> bool:
    """Put the body of a function with such a loop in place, that would be computed again with a tape."""
    if eqn.op not in CHECKPOINT:
        return False
    body = rules_of(eqn.attr("function")).body.body
    if not any(isinstance(e, While | For) and most_trips(e, limits(body)) is None for e in walk(body)):
        return False
    for out, result in zip(eqn.outputs, builder.splice(body, eqn.inputs), strict=True):
        _alias(builder, out, result)
    return True


@dataclass(frozen=True, slots=True)
class _Revolving:
    """The walk through a graph: which variables have derivatives, what values are at most, and reverse mode."""

    active: frozenset[Var]
    limits: Mapping[Var, int]
    vjp: Vjp

    def block(self, builder: Builder, block: Block) -> Block:
        for eqn in block.eqns:
            with builder.at(eqn.loc):
                self._eqn(builder, eqn)
        return Block(block.params, tuple(builder.eqns), block.results)

    def _eqn(self, builder: Builder, eqn: Eqn) -> None:
        match eqn:
            case If():
                then, orelse = (self.block(builder.child(), b) for b in (eqn.then, eqn.orelse))
                builder.append(replace(eqn, then=then, orelse=orelse))
            case While() | For() if self._fits(eqn):
                self._replace(builder, eqn)
            case For():
                builder.append(replace(eqn, body=self.block(builder.child(), eqn.body)))
            case _:
                builder.append(eqn)

    def _fits(self, loop: Loop) -> bool:
        """Whether a loop of unknown length is on an active path, and what it reads and carries are arrays."""
        values = [*carry_params(loop), *used(loop)]
        is_open = most_trips(loop, self.limits) is None and not self.active.isdisjoint(carry_params(loop))
        return is_open and not any(isinstance(v.type, Stack) for v in values)

    def _replace(self, builder: Builder, loop: Loop) -> None:
        one = _One(loop, self.active)
        inputs = (*one.read, *loop.init)
        back = _Backward(one, tuple(v in self.active for v in one.read), self.vjp)
        moving = tuple(is_float(a.type) for a in inputs)
        rules = Rules(one.looping(counting=False), moving, keep=one.looping(counting=True), pull=back.graph())
        function = Function.new("loop", rules)
        outs = builder.prim(custom_op(rules.body), inputs, [o.name for o in loop.outputs], function=function)
        for out, result in zip(loop.outputs, outs, strict=True):
            _alias(builder, out, result)


def _alias(builder: Builder, out: Var, result: Atom) -> None:
    assert isinstance(out.type, Array)
    builder.append(Prim("reshape", (result,), (out,), (("shape", out.type.shape),)))


def _int(value: int) -> Lit:
    return Lit(value, scalar(I64))


@dataclass(frozen=True)
class _One:
    """A loop by itself: graphs of what it reads and of its carry."""

    loop: Loop
    active: frozenset[Var]

    @property
    def read(self) -> list[Var]:
        """What the loop's blocks read from outside of it, and the variables of its range."""
        return sorted(used(replace(self.loop, init=())), key=lambda v: v.name)

    @property
    def carry(self) -> tuple[Var, ...]:
        return carry_params(self.loop)

    @property
    def marks(self) -> list[bool]:
        """Which of the carry have derivatives."""
        return [p in self.active for p in self.carry]

    def _params(self, builder: Builder) -> tuple[dict[Var, Atom], list[Atom]]:
        env: dict[Var, Atom] = {v: builder.param(v.name, v.type) for v in self.read}
        return env, [builder.param(p.name, p.type) for p in self.carry]

    def _run(self, builder: Builder, block: Block, env: dict[Var, Atom], arguments: Sequence[Atom]) -> list[Atom]:
        read = self.read
        inner = Block((*read, *block.params), block.eqns, block.results)
        return list(builder.splice(inner, [*(env[v] for v in read), *arguments]))

    def looping(self, counting: bool) -> Graph:
        """(read, carry) -> carry: the loop; if `counting`, the number of iterations too."""
        builder, loop = Builder(Names(), self.loop.loc), self.loop
        env, init = self._params(builder)
        more = [_int(0)] if counting else []
        body = builder.child()
        index = [body.param(p.name, p.type) for p in index_params(loop)]
        carried = [body.param(p.name, p.type) for p in self.carry]
        done = [body.param("done", scalar(I64)) for _ in more]
        new = self._run(body, loop.body, env, [*index, *carried])
        after = [body.op("add", d, _int(1), hint="done") for d in done]
        if isinstance(loop, For):
            over = [env.get(a, a) if isinstance(a, Var) else a for a in loop.over]
            return builder.graph("loop", builder.for_(over, [*init, *more], body.block([*new, *after])), loop.loc)
        cond = builder.child()
        heads = [cond.param(p.name, p.type) for p in self.carry]
        for _ in more:
            cond.param("done", scalar(I64))
        going = self._run(cond, loop.cond, env, heads)
        outs = builder.while_([*init, *more], cond.block(going), body.block([*new, *after]))
        return builder.graph("loop", outs, loop.loc)

    def step(self, size: int) -> Graph:
        """(read, count, number of the step, carry) -> carry: `size` iterations, or what is left of them."""
        builder, loop = Builder(Names(), self.loop.loc), self.loop
        env: dict[Var, Atom] = {v: builder.param(v.name, v.type) for v in self.read}
        count, number = (Expr(builder, builder.param(name, scalar(I64))) for name in ("count", "number"))
        init = [builder.param(p.name, p.type) for p in self.carry]
        first = number * size
        body = builder.child()
        j = Expr(body, body.param("j", scalar(I64)))
        carried = [body.param(p.name, p.type) for p in self.carry]
        index: list[Atom] = []
        if isinstance(loop, For):
            start, _, step = (Expr(body, env.get(a, a) if isinstance(a, Var) else a) for a in loop.over)
            index = [(start + (Expr(body, first.atom) + j) * step).atom]
        new = self._run(body, loop.body, env, [*index, *carried])
        over = [_int(0), (count - first).op("minimum", size).atom, _int(1)]
        return silenced(builder.graph("step", builder.for_(over, init, body.block(new)), loop.loc))


class _Backward:
    """The reverse rule of a loop: (read, carry, count, cotangents of the floating outputs) -> those of the inputs."""

    def __init__(self, one: _One, wanted: tuple[bool, ...], vjp: Vjp) -> None:
        self.one, self.wanted = one, wanted  # which of what is read has a derivative
        room = ROOM // max(sum(map(_bytes, one.carry)), 1)
        self.slots, self.size = min(MOST, max(LEAST, room)), min(CHUNK, max(1, room))
        self.step = one.step(self.size)
        seeded = tuple(mark for p, mark in zip(one.carry, one.marks, strict=True) if is_float(p.type))
        begun = (*self.wanted, False, False, *(False for _ in one.carry))
        self.pull = vjp(self.step, (*self.wanted, False, False, *one.marks), seeded, begun)
        self.builder = Builder(Names(), one.loop.loc)

    def graph(self) -> Graph:
        builder, one = self.builder, self.one
        read = [builder.param(v.name, v.type) for v in one.read]
        init = [builder.param(p.name, p.type) for p in one.carry]
        count = builder.param("count", scalar(I64))
        given = [builder.param(bar_name(p), p.type) if is_float(p.type) else None for p in one.carry]
        bars: list[Atom] = [b for b, mark in zip(given, one.marks, strict=True) if mark and b is not None]
        read_bars = [_zeros(builder, v) for v, wanted in zip(one.read, self.wanted, strict=True) if wanted]
        found = self._loop(read, init, count, bars, read_bars)
        of_carry, of_read = iter(found[: len(bars)]), iter(found[len(bars) :])
        marked = [*zip(one.read, self.wanted, strict=True), *zip(one.carry, one.marks, strict=True)]
        results: list[Atom] = []
        for k, (var, has_bar) in enumerate(marked):
            if has_bar:
                results.append(next(of_read if k < len(one.read) else of_carry))
            elif is_float(var.type):
                results.append(_zeros(builder, var))
        return builder.graph("loop_back", results, one.loop.loc)

    def _loop(
        self, read: Sequence[Atom], init: Sequence[Atom], count: Atom, bars: Sequence[Atom], read_bars: Sequence[Atom]
    ) -> list[Atom]:
        """The cotangents at the beginning of the loop: of the carry, of what is read."""
        builder = self.builder
        last = ((Expr(builder, count) + (self.size - 1)).op("floordiv", self.size) - 1).atom
        places = builder.full(Array(I64, (self.slots + 1,)), 0)
        kept: list[Atom] = [self._first(c) for c in init]
        goal = self._goal(builder, _int(0), last, _int(1))
        start = [last, _int(0), goal, _int(1), places, *kept, *init, *bars, *read_bars]
        cond, body = builder.child(), builder.child()
        hints = ["t", "at", "goal", "top", "places", *(f"{p.name}_kept" for p in self.one.carry)]
        hints += [p.name for p in self.one.carry] + ["bar"] * (len(bars) + len(read_bars))
        heads = [cond.param(h, a.type) for h, a in zip(hints, start, strict=True)]
        going = cond.op("ge", heads[0], _int(0))
        state = [body.param(h, a.type) for h, a in zip(hints, start, strict=True)]
        outs = builder.while_(start, cond.block([going]), body.block(self._turn(body, [*read, count], state)))
        return list(outs[5 + 2 * len(init) :])

    def _first(self, value: Atom) -> Atom:
        """Room for checkpoints of one of the carry, the first of which is `value`."""
        assert isinstance(value.type, Array)
        room = self.builder.full(Array(value.type.dtype, (self.slots + 1, *value.type.shape)), _zero(value.type))
        return self._write(self.builder, room, value, _int(0))

    @staticmethod
    def _write(builder: Builder, room: Atom, value: Atom, at: Atom) -> Atom:
        assert isinstance(value.type, Array)
        spec = (("i",), *(("slice", 0, n, 1) for n in static_shape(value.type)))
        return builder.op("index_set", room, value, at, spec=spec)

    def _turn(self, builder: Builder, read: Sequence[Atom], state: Sequence[Atom]) -> list[Atom]:
        """One turn of the loop: an iteration is reversed, or made again.

        What it comes to is written behind the last checkpoint at any rate, which is one if it is at its place.
        """
        n = len(self.one.carry)
        t, at, goal, top, places = state[:5]
        kept, now, bars = state[5 : 5 + n], state[5 + n : 5 + 2 * n], state[5 + 2 * n :]
        back = builder.op("eq", at, t, hint="back")
        before = self._back_to(builder, t, top, places, kept)
        moved, new_bars = self._iteration(builder, back, read, t, at, now, bars)
        t2 = self._chosen(builder, back, builder.op("sub", t, _int(1)), t)
        forward = builder.op("add", at, _int(1))
        stored = builder.op("logical_and", builder.op("logical_not", back), builder.op("eq", forward, goal))
        more = builder.op("add", top, builder.op("cast", stored, dtype="i64"))
        left, place, values = before
        new_top, new_at = self._chosen(builder, back, left, more), self._chosen(builder, back, place, forward)
        new_now = [self._chosen(builder, back, v, m) for v, m in zip(values, moved, strict=True)]
        new_places = builder.op("index_set", places, forward, top, spec=(("i",),))
        new_kept = [self._write(builder, room, m, top) for room, m in zip(kept, moved, strict=True)]
        changed = builder.op("logical_or", back, stored)
        then = builder.child()
        found = self._goal(then, new_at, t2, new_top)
        (new_goal,) = builder.if_(changed, then.block([found]), builder.child().block([goal]), ["goal"])
        return [t2, new_at, new_goal, new_top, new_places, *new_kept, *new_now, *new_bars]

    @staticmethod
    def _chosen(builder: Builder, pred: Atom, a: Atom, b: Atom) -> Atom:
        assert isinstance(a.type, Array)
        wide = pred if not a.type.shape else builder.op("broadcast", pred, shape=a.type.shape)
        return builder.op("select", wide, a, b)

    def _back_to(
        self, builder: Builder, t: Atom, top: Atom, places: Atom, kept: Sequence[Atom]
    ) -> tuple[Atom, Atom, list[Atom]]:
        """The number of checkpoints left when t has been reversed, and the place and the values of the last of them."""
        last = builder.op("sub", top, _int(1))
        gone = builder.op("eq", builder.op("index", places, last, spec=(("i",),)), t)
        left = builder.op("sub", top, builder.op("cast", gone, dtype="i64"))
        k = builder.op("maximum", builder.op("sub", left, _int(1)), _int(0))
        place = builder.op("index", places, k, spec=(("i",),))
        values: list[Atom] = [builder.op("index", r, k, spec=_row(r)) for r in kept]
        return left, place, values

    def _iteration(
        self,
        builder: Builder,
        back: Atom,
        read: Sequence[Atom],
        t: Atom,
        at: Atom,
        now: Sequence[Atom],
        bars: Sequence[Atom],
    ) -> tuple[list[Atom], list[Atom]]:
        """The carry after an iteration that is made again, and the cotangents after one that is reversed."""
        n = len(self.one.carry)
        own = sum(self.one.marks)
        then, orelse = builder.child(), builder.child()
        found = then.splice(self.pull.body, [*read, t, *now, *bars[:own], *bars[own:]])[n:]
        of_read, of_carry = found[: len(found) - own], found[len(found) - own :]
        new = orelse.splice(self.step.body, [*read, at, *now])
        hints = [*(p.name for p in self.one.carry), *(["bar"] * len(bars))]
        outs = builder.if_(back, then.block([*now, *of_carry, *of_read]), orelse.block([*new, *bars]), hints)
        return list(outs[:n]), list(outs[n:])

    def _goal(self, builder: Builder, at: Atom, t: Atom, top: Atom) -> Atom:
        """Where the next checkpoint is to be: after `at`, before `t`, or nowhere (-1).

        Of the L iterations from `at` to t, r times as many are made again, the least r with L <= C(s + r + 1, r).
        """
        size = Expr(builder, t) - Expr(builder, at) + 1
        free = Expr(builder, _int(self.slots)) - Expr(builder, top)
        cond, body = builder.child(), builder.child()
        for b in (cond, body):
            for name in ("r", "reach", "before"):
                b.param(name, scalar(I64))
        short = cond.op("lt", cond.params[1], size.atom)
        r, reach = (Expr(body, p) for p in body.params[:2])
        more = (reach * (Expr(body, free.atom) + r + 2)).op("floordiv", r + 1)
        new = [(r + 1).atom, more.atom, reach.atom]
        outs = builder.while_([_int(0), _int(1), _int(0)], cond.block([short]), body.block(new))
        r, before = Expr(builder, outs[0]), Expr(builder, outs[2])
        rest = (before * (free + 1)).op("floordiv", (free + r).op("maximum", 1))  # with one checkpoint less
        step = before.op("minimum", size - rest)
        none = free.op("le", 0).op("logical_or", size.op("le", 1))
        return none.op("select", size.lift(-1), Expr(builder, at) + step).atom


def _row(room: Atom) -> tuple[tuple[object, ...], ...]:
    assert isinstance(room.type, Array)
    return (("i",), *(("slice", 0, n, 1) for n in static_shape(room.type)[1:]))


def _zeros(builder: Builder, var: Var) -> Atom:
    assert isinstance(var.type, Array)
    return builder.full(var.type, _zero(var.type))


def _zero(type: Array) -> bool | int | float | complex:
    found: bool | int | float | complex = python_scalar(type.dtype, 0)
    return found


def _bytes(var: Var) -> int:
    assert isinstance(var.type, Array)
    return math.prod(static_shape(var.type)) * var.type.dtype.itemsize
