"""Equations of a batch that are run for one element after the other: the spans of `myialike.batching.stacks`.

    for e in 0..size, init (zeros, ..) (e, out, ..) { x_e = index(x, e); .. ; yield index_set(out, y_e, e) }

The equations are copied as they are, so this is right for every program without a stack that crosses the span's border.
"""

from __future__ import annotations

from collections.abc import Sequence

from myialike.batching.region import Region, index_literal
from myialike.errors import UnsupportedError
from myialike.ir.builder import Builder
from myialike.ir.syntax import Atom, Block, Eqn, Var, free_vars
from myialike.ir.types import I64, Array, Stack, static_shape


def one_by_one(region: Region, eqns: tuple[Eqn, ...], wanted: Sequence[Var]) -> None:
    """Append `eqns` for one element after the other, and define those of their outputs that are `wanted`."""
    read = free_vars(Block((), eqns, ()))
    for var in (*(v for v in read if region.is_mapped(v)), *wanted):
        if isinstance(var.type, Stack):
            raise _no_such_stack(var, region.builder)
    builder = region.builder
    inner = builder.child()
    element = inner.param("element", Array(I64))
    buffers = [inner.param(v.name, region.batch.type(v.type)) for v in wanted]
    body = Block(read, eqns, tuple(wanted))
    if region.active is None:
        written = _element(region, inner, body, element, buffers)
    else:
        turn = inner.child()
        block = turn.block(_element(region, turn, body, element, buffers))
        runs = inner.op("index", region.active, element, hint="active", spec=(("i",),))
        written = inner.if_(runs, block, Block((), (), tuple(buffers)), [v.name for v in wanted])
    init = [builder.full(b.type, 0) for b in buffers if isinstance(b.type, Array)]
    over = [index_literal(n) for n in (0, region.batch.size, 1)]
    region.env.update(zip(wanted, builder.for_(over, init, inner.block(written)), strict=True))


def _element(region: Region, builder: Builder, body: Block, element: Var, buffers: Sequence[Var]) -> tuple[Atom, ...]:
    """The buffers with the results of one element written to them."""
    arguments = [_part(region, builder, v, element) for v in body.params]
    results = builder.splice(body, arguments)
    return tuple(
        builder.op("index_set", b, r, element, hint=b.name, spec=_row(r)) for b, r in zip(buffers, results, strict=True)
    )


def _part(region: Region, builder: Builder, var: Var, element: Var) -> Atom:
    """What one element has of `var`."""
    if not region.is_mapped(var):
        return region[var]
    return builder.op("index", region[var], element, hint=var.name, spec=_row(var))


def _row(atom: Atom) -> tuple[tuple[object, ...], ...]:
    """The index of one element in the batch of values like `atom`."""
    assert isinstance(atom.type, Array)
    return (("i",), *(("slice", 0, n, 1) for n in static_shape(atom.type)))


def _no_such_stack(var: Var, builder: Builder) -> UnsupportedError:
    return UnsupportedError(
        f"vmap of a program that takes or returns the list {var.name}, whose length differs between the elements",
        builder.loc,
        "an array of fixed size",
    )
