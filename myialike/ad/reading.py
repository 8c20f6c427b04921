"""The order in which a block reads an array, chosen for the adjoints of the reads.

    v = index(d, i);  w = index(d, k);  u = minimum(v, w);  d2 = index_set(d, u, i)

The backward sweep goes through these in reverse. It sets the cotangent of the place that is written to 0, and at the
end adds to it what the read of that place contributes; between the two it adds at `k`. If the read of what is
overwritten comes last of the reads, its adjoint comes first, right after the zero, and both are one write:

    d_bar2 = index_set(d_bar, 0, i);  d_bar3 = index_add(d_bar2, v_bar, i)        is  index_set(d_bar, v_bar, i)
"""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from myialike.ad.activity import STACK_OPS
from myialike.ad.blocks import no_calls, used
from myialike.ir.op import TABLE
from myialike.ir.syntax import Atom, Block, Call, Closure, Eqn, For, Graph, If, Prim, Var, While

Place = tuple[tuple[Atom, ...], object]  # what is read of which array: the operands and attributes of an `index`


def overwritten_last(graph: Graph) -> Graph:
    """`graph`, in which what is read of a place that is written then is read as late as it can be."""
    return replace(graph, body=_block(graph.body))


def _block(block: Block) -> Block:
    eqns = [_inside(eqn) for eqn in block.eqns]
    written: set[Place] = set()
    for k in reversed(range(len(eqns))):
        match eqns[k]:
            case Prim(op="index_set", inputs=(array, _, *at), attrs=attrs):
                written.add(((array, *at), attrs))
            case Prim(op="index", inputs=inputs, attrs=attrs) if (inputs, attrs) in written:
                _put_off(eqns, k)
            case _:
                pass
    return Block(block.params, tuple(eqns), block.results)


def _put_off(eqns: list[Eqn], k: int) -> None:
    """Move the read k to after all that precedes its first use, and after the other reads before the array is written.

    Those whose place is computed from what is read here stay where they are.
    """
    read = eqns[k]
    assert isinstance(read, Prim)
    (out,), array = read.outputs, read.inputs[0]
    later = range(k + 1, len(eqns))
    write = next(j for j in later if _writes(eqns[j]) and array in used(eqns[j]))
    first = next(j for j in later if j == write or out in used(eqns[j]))
    before, after = eqns[k + 1 : first], eqns[first:write]
    sooner = _reads_of(array, after, out)
    eqns[k:write] = [*before, *sooner, read, *(e for e in after if e not in sooner)]


def _reads_of(array: Atom, eqns: list[Eqn], apart_from: Var) -> list[Eqn]:
    """Those of the equations that read the array, with what gives the places; none that follows from `apart_from`."""
    fixed: set[Atom] = {apart_from}
    for eqn in eqns:
        if not _is_pure(eqn) or not fixed.isdisjoint(used(eqn)):
            fixed.update(eqn.outputs)
    found, wanted = list[Eqn](), set[Atom]()
    for eqn in reversed(eqns):
        is_read = isinstance(eqn, Prim) and eqn.op == "index" and eqn.inputs[0] == array
        if (is_read or not wanted.isdisjoint(eqn.outputs)) and fixed.isdisjoint(eqn.outputs):
            found.append(eqn)
            wanted |= used(eqn)
    return found[::-1]


def _is_pure(eqn: Eqn) -> bool:
    return isinstance(eqn, Prim) and eqn.op not in STACK_OPS and not TABLE[eqn.op].effect


def _writes(eqn: Eqn) -> bool:
    return not isinstance(eqn, Prim) or eqn.op in ("index_set", "index_add")


def _inside(eqn: Eqn) -> Eqn:
    match eqn:
        case Prim():
            return eqn
        case If():
            return replace(eqn, then=_block(eqn.then), orelse=_block(eqn.orelse))
        case While():
            return replace(eqn, cond=_block(eqn.cond), body=_block(eqn.body))
        case For():
            return replace(eqn, body=_block(eqn.body))
        case Call() | Closure():
            raise no_calls(eqn)
        case _:
            assert_never(eqn)
