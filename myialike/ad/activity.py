"""Activity: which values have derivatives that can differ from zero, and matter.

A variable is *varied* if it is floating and depends, through floating values and operations whose derivative is not
zero everywhere, on a parameter that is differentiated. It is *needed* if a floating result depends on it in that
way. It is *active* if it is both; nothing else gets a tangent or a cotangent, nor asks for a rule.

A carry of a loop is varied if its initial value or the result of the body is; it is needed if its final value is,
or if the body's result for a needed carry depends on it. Both are fixed points, reached in at most one round for
each carry. The sets may be too large, never too small.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import assert_never

from myialike.ad.blocks import Loop, carry_params, no_calls
from myialike.errors import CompilerBug
from myialike.ir.op import TABLE, Custom, Linear, Multilinear, Pointwise, Zero
from myialike.ir.syntax import Atom, Block, Call, Closure, Eqn, For, Graph, If, Prim, Var, While
from myialike.ir.types import is_float

STACK_OPS = frozenset({"push", "pop"})


def active_vars(graph: Graph, active: tuple[bool, ...]) -> frozenset[Var]:
    """The active variables of `graph`, those in its inner blocks included, where `active` marks the parameters.

    Raises CompilerBug if a marked parameter is not floating: whoever asks has refused it, with a message.
    """
    for param in chosen(graph, active):
        if not is_float(param.type):
            raise CompilerBug(f"{graph.name} is differentiated with respect to {param}: {param.type}", graph.loc)
    varied = set(chosen(graph, active))
    _vary(graph.body, varied)
    needed: set[Var] = set()
    _want(graph.results, needed, varied)
    _need(graph.body, needed, varied)
    return frozenset(needed)


def chosen(graph: Graph, active: tuple[bool, ...]) -> tuple[Var, ...]:
    """The parameters that are differentiated."""
    return tuple(p for p, a in zip(graph.params, active, strict=True) if a)


def _vary(block: Block, found: set[Var]) -> None:
    for eqn in block.eqns:
        _vary_eqn(eqn, found)


def _vary_eqn(eqn: Eqn, found: set[Var]) -> None:
    match eqn:
        case Prim():
            if active_inputs(eqn, found):
                found.update(o for o in eqn.outputs if is_float(o.type))
        case If():
            _vary(eqn.then, found)
            _vary(eqn.orelse, found)
            for branch in (eqn.then, eqn.orelse):
                _flow(branch.results, eqn.outputs, found)
        case While() | For():
            params = carry_params(eqn)
            _flow(eqn.init, params, found)
            _vary(eqn.body, found)
            while _flow(eqn.body.results, params, found):
                _vary(eqn.body, found)
            _flow(params, eqn.outputs, found)
        case Call() | Closure():
            raise no_calls(eqn)
        case _:
            assert_never(eqn)


def _flow(sources: Iterable[Atom], targets: Iterable[Var], found: set[Var]) -> bool:
    """Mark the targets whose source is varied; whether there was a new one."""
    new = {t for s, t in zip(sources, targets, strict=True) if s in found and t not in found}
    found |= new
    return bool(new)


def active_inputs(prim: Prim, active: Collection[Atom]) -> tuple[int, ...]:
    """The positions of the inputs in `active` that the outputs have a derivative with respect to."""
    if prim.op in STACK_OPS:
        return tuple(i for i, a in enumerate(prim.inputs) if a in active)
    rule = TABLE[prim.op].derivative
    match rule:
        case Pointwise(partials=partials):
            through: Collection[int] = [i for i, p in enumerate(partials) if p is not None]
        case Linear(args=args) if args is not None:
            through = args
        case Zero():
            through = ()
        case Linear() | Multilinear() | Custom() | None:
            through = range(len(prim.inputs))
        case _:
            assert_never(rule)
    return tuple(i for i, a in enumerate(prim.inputs) if a in active and i in through)


def _need(block: Block, needed: set[Var], varied: Collection[Var]) -> None:
    """Extend `needed` by the varied variables that it depends on through the equations of `block`."""
    for eqn in reversed(block.eqns):
        hit = [k for k, o in enumerate(eqn.outputs) if o in needed]
        if not hit:
            continue
        match eqn:
            case Prim():
                _want((eqn.inputs[i] for i in active_inputs(eqn, varied)), needed, varied)
            case If():
                for branch in (eqn.then, eqn.orelse):
                    _want((branch.results[k] for k in hit), needed, varied)
                    _need(branch, needed, varied)
            case While() | For():
                _need_loop(eqn, set(hit), needed, varied)
            case Call() | Closure():
                raise no_calls(eqn)
            case _:
                assert_never(eqn)


def _need_loop(loop: Loop, found: set[int], needed: set[Var], varied: Collection[Var]) -> None:
    """As `_need`, for the carries of `loop` at the positions `found`, and all carries that these depend on."""
    params, done = carry_params(loop), set[int]()
    while found != done:
        done = found
        needed.update(params[k] for k in found)
        _want((loop.body.results[k] for k in found), needed, varied)
        _need(loop.body, needed, varied)
        found = {k for k, p in enumerate(params) if p in needed}
    _want((loop.init[k] for k in found), needed, varied)


def _want(atoms: Iterable[Atom], needed: set[Var], varied: Collection[Var]) -> None:
    needed.update(a for a in atoms if isinstance(a, Var) and a in varied)
