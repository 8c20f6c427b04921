"""Loops of many iterations in bounded memory: loops of segments, each of which is computed again when it is needed.

    c = for 0, n, 1 init (c0) (i, c_1) { body }

    c = for 0, m, 1 init (c0) (s, c_1) { c_2 = ad.checkpoint(s * k, c_1; segment)  yield c_2 }

With segments of about sqrt(n) iterations the tape holds the carries at the beginning of sqrt(n) segments, and while
the backward sweep is in one of them, what its sqrt(n) iterations save. The loop runs forward twice. How long a `while`
runs is not known before, so its segments grow: the k-th has k times `FIRST` iterations, so that after n iterations
both the number of segments and their length are of order sqrt(n), for any n.

Only the outermost loops through which a derivative goes are changed; those that carry a stack stay as they are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from myialike.ad.activity import active_vars
from myialike.ad.blocks import Loop, carry_params, trip_count, used
from myialike.ir.builder import Builder, Expr, Names, names_in
from myialike.ir.syntax import Atom, Block, Eqn, For, Graph, If, Lit, Prim, Var, While, walk
from myialike.ir.types import I64, Array, Stack, scalar
from myialike.ops.functions import Function, Rules, checkpoint_op

FIRST = 64
SHORT = 16  # loops of fewer iterations stay as they are


def segmented(graph: Graph, active: tuple[bool, ...]) -> Graph:
    """`graph` with its outermost loops on active paths cut into segments."""
    found = active_vars(graph, active)
    return replace(graph, body=_block(Builder(names_in(graph)), graph.body, found))


def _block(builder: Builder, block: Block, active: frozenset[Var]) -> Block:
    for eqn in block.eqns:
        with builder.at(eqn.loc):
            _eqn(builder, eqn, active)
    return Block(block.params, tuple(builder.eqns), block.results)


def _eqn(builder: Builder, eqn: Eqn, active: frozenset[Var]) -> None:
    match eqn:
        case If():
            then, orelse = (_block(builder.child(), b, active) for b in (eqn.then, eqn.orelse))
            builder.append(replace(eqn, then=then, orelse=orelse))
        case For() if _fits(eqn, active):
            _cut_for(builder, eqn)
        case While() if _fits(eqn, active):
            _cut_while(builder, eqn)
        case _:
            builder.append(eqn)


def _fits(loop: Loop, active: frozenset[Var]) -> bool:
    """Whether a loop is to be cut: a derivative goes through it, and what it reads and carries are arrays."""
    count = trip_count(loop)
    values = [*carry_params(loop), *used(loop)]
    prints = any(isinstance(e, Prim) and e.op == "print" for e in walk(loop.body))
    return (
        not active.isdisjoint(carry_params(loop))
        and not any(isinstance(v.type, Stack) for v in values)
        and not prints
        and (count is None or count > SHORT)
    )


def _int(value: int) -> Lit:
    return Lit(value, scalar(I64))


def _read(loop: Loop) -> list[Var]:
    """What a loop's blocks read from outside of it, and the variables of its range."""
    return sorted(used(replace(loop, init=())), key=lambda v: v.name)


# -- for ---------------------------------------------------------------------------------------------------------------


def _cut_for(builder: Builder, loop: For) -> None:
    count = trip_count(loop)
    if count is not None:
        size = math.isqrt(count - 1) + 1
        full, rest = divmod(count, size)
        carry = _segments(builder, loop, _int(full), size, loop.init)
        results = _one_segment(builder, loop, _int(full * size), rest, carry) if rest else carry
    else:
        results = _unknown_count(builder, loop)
    for out, result in zip(loop.outputs, results, strict=True):
        _alias(builder, out, result)


def _alias(builder: Builder, out: Var, result: Atom) -> None:
    assert isinstance(out.type, Array)
    builder.append(Prim("reshape", (result,), (out,), (("shape", out.type.shape),)))


def _segments(builder: Builder, loop: For, count: Atom, size: int, init: Sequence[Atom]) -> Sequence[Atom]:
    """A loop over `count` segments of `size` iterations."""
    body = builder.child()
    s = body.param("segment", scalar(I64))
    carry = [body.param(p.name, p.type) for p in carry_params(loop)]
    first = body.op("mul", s, _int(size))
    new = _one_segment(body, loop, first, size, carry)
    return builder.for_([_int(0), count, _int(1)], init, body.block(new))


def _one_segment(builder: Builder, loop: For, first: Atom, size: int, carry: Sequence[Atom]) -> Sequence[Atom]:
    """A call that runs the iterations `first` to `first + size`, a number known now."""
    return _call(builder, loop, [first], [_int(0), _int(size), _int(1)], carry)


def _unknown_count(builder: Builder, loop: For) -> Sequence[Atom]:
    """As `_segments`, where the number of iterations is known only when the loop begins."""
    start, stop, step = (Expr(builder, a) for a in loop.over)
    count = (-((start - stop).op("floordiv", step))).op("maximum", 0)
    root = count.op("cast", dtype="f64").op("sqrt").op("ceil").op("cast", dtype="i64")
    size = root.op("maximum", 1)
    segments = (count + size - 1).op("floordiv", size)
    body = builder.child()
    s = body.param("segment", scalar(I64))
    carry = [body.param(p.name, p.type) for p in carry_params(loop)]
    first = Expr(body, s) * Expr(body, size.atom)
    last = (first + Expr(body, size.atom)).op("minimum", Expr(body, count.atom))
    length = last - first
    new = _call(body, loop, [first.atom, length.atom], None, carry)
    return builder.for_([_int(0), segments.atom, _int(1)], loop.init, body.block(new))


def _call(
    builder: Builder, loop: For, extra: Sequence[Atom], over: Sequence[Atom] | None, carry: Sequence[Atom]
) -> Sequence[Atom]:
    """A call of a segment: `extra` are the number of its first iteration and, if not known now, its length."""
    read = _read(loop)
    body = Builder(Names())
    env: dict[Var, Atom] = {v: body.param(v.name, v.type) for v in read}
    given = [body.param("first", scalar(I64)), *([] if over else [body.param("length", scalar(I64))])]
    params = [body.param(p.name, p.type) for p in carry_params(loop)]
    inner = body.child()
    j = inner.param("j", scalar(I64))
    carried = [inner.param(p.name, p.type) for p in carry_params(loop)]
    start, _, step = (env.get(a, a) if isinstance(a, Var) else a for a in loop.over)
    number = Expr(inner, given[0]) + Expr(inner, j)
    index = Expr(inner, start) + number * Expr(inner, step)
    block = Block((*read, *loop.body.params), loop.body.eqns, loop.body.results)
    new = inner.splice(block, [*(env[v] for v in read), index.atom, *carried])
    outs = body.for_(over or [_int(0), given[1], _int(1)], params, inner.block(new))
    return _function(builder, body.graph("segment", outs, loop.loc), [*read, *extra, *carry])


def _function(builder: Builder, graph: Graph, inputs: Sequence[Atom]) -> Sequence[Atom]:
    function = Function.new("segment", Rules(graph, ()))
    hints = [r.name if isinstance(r, Var) else "v" for r in graph.results]
    return builder.prim(checkpoint_op(graph), inputs, hints, function=function)


# -- while -------------------------------------------------------------------------------------------------------------


def _cut_while(builder: Builder, loop: While) -> None:
    """A `while` over segments, whose carry is that of the loop and the length of the next segment."""
    read = _read(loop)
    body = builder.child()
    carry = [body.param(p.name, p.type) for p in loop.body.params]
    length = body.param("length", scalar(I64))
    new = _function(body, _while_segment(loop, read), [*read, length, *carry])
    longer = body.op("add", length, _int(FIRST), hint="length")
    cond = builder.child()
    heads = [cond.param(p.name, p.type) for p in loop.cond.params]
    cond.param("length", scalar(I64))
    going = cond.splice(loop.cond, heads)
    outs = builder.while_((*loop.init, _int(FIRST)), cond.block(going), body.block([*new, longer]))
    for out, result in zip(loop.outputs, outs, strict=False):
        _alias(builder, out, result)


def _while_segment(loop: While, read: Sequence[Var]) -> Graph:
    """At most `length` iterations of a loop."""
    body = Builder(Names())
    env = [body.param(v.name, v.type) for v in read]
    length = body.param("length", scalar(I64))
    params = [body.param(p.name, p.type) for p in loop.body.params]

    def block(inner: Builder, of: Block) -> tuple[Var, tuple[Atom, ...]]:
        carried = [inner.param(p.name, p.type) for p in of.params]
        done = inner.param("done", scalar(I64))
        return done, inner.splice(Block((*read, *of.params), of.eqns, of.results), [*env, *carried])

    cond = body.child()
    done, (going,) = block(cond, loop.cond)
    more = cond.op("logical_and", going, cond.op("lt", done, length))
    inner = body.child()
    done, new = block(inner, loop.body)
    after = inner.op("add", done, _int(1), hint="done")
    outs = body.while_((*params, _int(0)), cond.block([more]), inner.block([*new, after]))
    return body.graph("segment", outs[:-1], loop.loc)
