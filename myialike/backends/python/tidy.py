"""Typed IR made ready to be printed: what NumPy does by itself is left out.

    b = broadcast(x; shape=(3,)); y = mul(a, b)   ->   y = mul(a, x)         where NumPy broadcasts to the same shape
    y = stop_gradient(x), conj(x) of a real x, cast or reshape to what it has already   ->   x for y
    equations without effects whose results nobody reads                     ->   gone

The result is for the printer only: operands of pointwise operations may differ in rank, which the verifier refuses.

An array that is updated later keeps its explicit broadcast: reading it at the consumer instead could mean to read it
after the update, and then the update would need a copy (`Groups`).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from myialike.backends.python.groups import Groups
from myialike.backends.python.vocabulary import BROADCASTING
from myialike.ir.op import TABLE
from myialike.ir.syntax import (
    Atom,
    Block,
    Call,
    Closure,
    Eqn,
    For,
    Graph,
    If,
    Lit,
    Prim,
    Var,
    While,
    blocks_of,
    free_vars,
    inputs_of,
    walk,
)
from myialike.ir.types import Array, Dim, Type
from myialike.ops.effects import is_left_out

Env = dict[Var, Atom]


def tidy(graph: Graph, checks: bool = True) -> Graph:
    """`graph` with what need not be printed left out; without `checks`, the checks too."""
    return replace(graph, body=without_dead(_Tidying(graph, checks).block(graph.body, {})))


class _Tidying:
    def __init__(self, graph: Graph, checks: bool) -> None:
        self.groups = Groups(graph)
        self.checks = checks
        self.makers = {e.outputs[0]: e for e in walk(graph.body) if isinstance(e, Prim) and e.outputs}

    def block(self, block: Block, env: Env) -> Block:
        env = dict(env)
        eqns: list[Eqn] = []
        for eqn in block.eqns:
            done = self.eqn(eqn, env)
            if done is not None:
                eqns.append(done)
        return Block(block.params, tuple(eqns), _all(env, block.results))

    def eqn(self, eqn: Eqn, env: Env) -> Eqn | None:
        match eqn:
            case Prim():
                return self.prim(replace(eqn, inputs=_all(env, eqn.inputs)), env)
            case Call():
                return replace(eqn, inputs=_all(env, eqn.inputs))
            case If():
                then, orelse = self.block(eqn.then, env), self.block(eqn.orelse, env)
                return replace(eqn, pred=_look(env, eqn.pred), then=then, orelse=orelse)
            case While():
                cond, body = self.block(eqn.cond, env), self.block(eqn.body, env)
                return replace(eqn, init=_all(env, eqn.init), cond=cond, body=body)
            case For():
                over, init = _all(env, eqn.over), _all(env, eqn.init)
                return replace(eqn, over=over, init=init, body=self.block(eqn.body, env))
            case Closure():
                raise TypeError("typed programs have no closures")

    def prim(self, eqn: Prim, env: Env) -> Prim | None:
        if is_left_out(eqn, self.checks):
            return None
        if _is_identity(eqn):
            env[eqn.outputs[0]] = eqn.inputs[0]
            return None
        if eqn.op in ("index_set", "index_add"):
            x, value, *at = eqn.inputs
            return replace(eqn, inputs=(x, self.source(value, env), *at))
        return self.without_broadcasts(eqn, env) if eqn.op in BROADCASTING else eqn

    def without_broadcasts(self, eqn: Prim, env: Env) -> Prim:
        """Each operand that is a broadcast replaced by its source, as long as the result has the same shape."""
        inputs = list(eqn.inputs)
        wanted = _shape(eqn.outputs[0].type)
        for k, atom in enumerate(inputs):
            inputs[k] = self.source(atom, env)
            if _common_shape(inputs) != wanted:
                inputs[k] = atom
        return replace(eqn, inputs=tuple(inputs))

    def source(self, atom: Atom, env: Env) -> Atom:
        """What `atom` is a broadcast of, where that may be read in its stead."""
        maker = self.makers.get(atom) if isinstance(atom, Var) else None
        if maker is None or maker.op != "broadcast":
            return atom
        source = _look(env, maker.inputs[0])
        reshaped = self.makers.get(source) if isinstance(source, Var) else None
        if reshaped is not None and reshaped.op == "reshape" and _adds_leading_axes(reshaped):
            source = _look(env, reshaped.inputs[0])
        is_steady = isinstance(source, Lit) or not _shape(source.type) or not self.groups.is_updated(source)
        return source if is_steady else atom


def _is_identity(eqn: Prim) -> bool:
    match eqn.op:
        case "stop_gradient":
            return True
        case "conj":
            type = eqn.inputs[0].type
            return isinstance(type, Array) and type.dtype.kind != "c"
        case "cast" | "reshape" | "broadcast":
            return eqn.inputs[0].type == eqn.outputs[0].type
        case "transpose":
            return bool(eqn.attr("perm") == tuple(range(len(eqn.attr("perm")))))
    return False


def _adds_leading_axes(eqn: Prim) -> bool:
    """Whether a reshape does what broadcasting does first."""
    before, after = _shape(eqn.inputs[0].type), _shape(eqn.outputs[0].type)
    lead = len(after) - len(before)
    return not before or (lead >= 0 and after == (1,) * lead + before)


def _shape(type: Type) -> tuple[Dim, ...]:
    assert isinstance(type, Array)
    return type.shape


def _common_shape(atoms: list[Atom]) -> tuple[Dim, ...] | None:
    """The shape that NumPy gives operands of these shapes; None where that is not known now."""
    shapes = [_shape(a.type) for a in atoms]
    if all(isinstance(d, int) for s in shapes for d in s):
        try:
            return np.broadcast_shapes(*(tuple(d for d in s if isinstance(d, int)) for s in shapes))
        except ValueError:
            return None
    full = {s for s in shapes if s}
    return full.pop() if len(full) == 1 else None


def without_dead(block: Block) -> Block:
    """`block` without the operations that have no effect and whose results nobody reads."""
    needed = {a for a in block.results if isinstance(a, Var)}
    eqns: list[Eqn] = []
    for eqn in reversed(block.eqns):
        if isinstance(eqn, Prim) and not TABLE[eqn.op].effect and needed.isdisjoint(eqn.outputs):
            continue
        eqn = _inner_without_dead(eqn)
        needed.update(a for a in inputs_of(eqn) if isinstance(a, Var))
        needed.update(v for inner in blocks_of(eqn) for v in free_vars(inner))
        eqns.append(eqn)
    return Block(block.params, tuple(reversed(eqns)), block.results)


def _inner_without_dead(eqn: Eqn) -> Eqn:
    match eqn:
        case If():
            return replace(eqn, then=without_dead(eqn.then), orelse=without_dead(eqn.orelse))
        case While():
            return replace(eqn, cond=without_dead(eqn.cond), body=without_dead(eqn.body))
        case For():
            return replace(eqn, body=without_dead(eqn.body))
        case _:
            return eqn


def _look(env: Env, atom: Atom) -> Atom:
    return env.get(atom, atom) if isinstance(atom, Var) else atom


def _all(env: Env, atoms: tuple[Atom, ...]) -> tuple[Atom, ...]:
    return tuple(_look(env, a) for a in atoms)
