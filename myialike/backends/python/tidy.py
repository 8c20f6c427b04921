"""Typed IR made ready to be printed: what NumPy does by itself is left out.

    b = broadcast(x; shape=(3,)); y = mul(a, b)   ->   y = mul(a, x)         where NumPy broadcasts to the same shape
    b = broadcast(x; shape=(3,)); y = div(1.0, b)   ->   d = div(1.0, x); y = broadcast(d; shape=(3,)) of a scalar x
    y = matmul(a, b) of shapes (n, 1) and (1, m)     ->   y = mul(a, b)
    y = reduce_sum(x; axes=(0,)) of shape (1,)       ->   y = reshape(x; shape=())
    y = concatenate(a, b) of shape (1,) each         ->   y = concatenate(p, q) of what those are broadcasts of
    y = stop_gradient(x), conj(x) of a real x, cast or reshape to what it has already   ->   x for y
    equations without effects whose results nobody reads                     ->   gone
    zeros that several loops begin with, or that are written to              ->   zeros for each

The result is for the printer only: operands of pointwise operations may differ in rank, which the verifier refuses, and
a scalar among joined vectors is one element.

An array that is updated later keeps its explicit broadcast: reading it at the consumer instead could mean to read it
after the update, and then the update would need a copy (`Groups`).
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace

import numpy as np

from myialike.backends.python.groups import Groups
from myialike.backends.python.inline import count_readers
from myialike.backends.python.vocabulary import BROADCASTING
from myialike.ir.builder import Names, attrs_of
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
    inputs_of,
    names_of,
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
        self.names = Names(names_of(graph.body))
        self.readers = count_readers(graph)

    def block(self, block: Block, env: Env) -> Block:
        env = dict(env)
        eqns: list[Eqn] = []
        for eqn in block.eqns:
            eqns.extend(self.eqn(eqn, env))
        return Block(block.params, tuple(eqns), _all(env, block.results))

    def eqn(self, eqn: Eqn, env: Env) -> Iterator[Eqn]:
        match eqn:
            case Prim():
                yield from self.prim(replace(eqn, inputs=_all(env, eqn.inputs)), env)
            case Call():
                yield replace(eqn, inputs=_all(env, eqn.inputs))
            case If():
                then, orelse = self.block(eqn.then, env), self.block(eqn.orelse, env)
                yield replace(eqn, pred=_look(env, eqn.pred), then=then, orelse=orelse)
            case While():
                init = yield from self.own(_all(env, eqn.init))
                cond, body = self.block(eqn.cond, env), self.block(eqn.body, env)
                yield replace(eqn, init=init, cond=cond, body=body)
            case For():
                over, init = _all(env, eqn.over), (yield from self.own(_all(env, eqn.init)))
                yield replace(eqn, over=over, init=init, body=self.block(eqn.body, env))
            case Closure():
                raise TypeError("typed programs have no closures")

    def prim(self, eqn: Prim, env: Env) -> Iterator[Prim]:
        if is_left_out(eqn, self.checks):
            return
        if _is_identity(eqn):
            env[eqn.outputs[0]] = eqn.inputs[0]
            return
        eqn = self.shorter(eqn, env)
        if eqn.op in ("index_set", "index_add"):
            x, value, *at = eqn.inputs
            (x,) = yield from self.own((x,))
            yield replace(eqn, inputs=(x, self.source(value, env), *at))
        elif eqn.op not in BROADCASTING:
            yield eqn
        elif self.is_uniform(eqn, env):
            yield from self.each(eqn, env)
        else:
            yield self.without_broadcasts(eqn, env)

    def own(self, atoms: tuple[Atom, ...]) -> Generator[Prim, None, tuple[Atom, ...]]:
        """For each array full of a number that others read, too, one more: what is written to would be a copy."""
        found = list(atoms)
        for k, atom in enumerate(atoms):
            maker = self.makers.get(atom) if isinstance(atom, Var) else None
            if maker is None or maker.op != "broadcast" or not isinstance(maker.inputs[0], Lit):
                continue
            if self.readers[maker.outputs[0]] > 1:
                found[k] = made = Var(self.names.fresh(maker.outputs[0].name), maker.outputs[0].type)
                self.makers[made] = replace(maker, outputs=(made,), loc=None)
                yield self.makers[made]
        return tuple(found)

    def shorter(self, eqn: Prim, env: Env) -> Prim:
        """The same by a simpler operation."""
        shapes = [_shape(a.type) for a in eqn.inputs if isinstance(a.type, Array)]
        match eqn.op, shapes:
            case "matmul", [[_, 1], [1, _]]:
                return replace(eqn, op="mul")
            case "reduce_sum", [dims] if eqn.attr("axes") and all(dims[k] == 1 for k in eqn.attr("axes")):
                shape = attrs_of({"shape": _shape(eqn.outputs[0].type)})
                return self.shorter(replace(eqn, op="reshape", attrs=shape), env)
            case "reshape", [shape] if not eqn.attr("shape"):
                return self.element(eqn, env)
            case "concatenate", [shape, *_] if len(shape) == 1:
                single = (self.scalar(a, env) if _shape(a.type) == (1,) else None for a in eqn.inputs)
                return replace(eqn, inputs=tuple(s or a for s, a in zip(single, eqn.inputs, strict=True)))
        return eqn

    def element(self, eqn: Prim, env: Env) -> Prim:
        """The one element of a slice of size 1 as an element of the array."""
        read = self.makers.get(eqn.inputs[0]) if isinstance(eqn.inputs[0], Var) else None
        if read is None or read.op != "index" or any(e[0] not in ("slice", "int") for e in read.attr("spec")):
            return eqn
        if self.groups.is_updated(read.inputs[0]):
            return eqn
        spec = tuple(("int", entry[1]) for entry in read.attr("spec"))
        return Prim("index", _all(env, read.inputs), eqn.outputs, attrs_of({"spec": spec}), eqn.loc)

    def scalar(self, atom: Atom, env: Env) -> Atom | None:
        """The scalar that every element of an array is."""
        if not _shape(atom.type):
            return atom
        maker = self.makers.get(atom) if isinstance(atom, Var) else None
        if maker is None or maker.op not in ("broadcast", "reshape") or _shape(maker.inputs[0].type):
            return None
        return _look(env, maker.inputs[0])

    def is_uniform(self, eqn: Prim, env: Env) -> bool:
        """Whether all elements of the result of a pointwise operation are one scalar."""
        return _shape(eqn.outputs[0].type) != () and all(self.scalar(a, env) is not None for a in eqn.inputs)

    def each(self, eqn: Prim, env: Env) -> Iterator[Prim]:
        """A pointwise operation done once, and broadcast."""
        (out,) = eqn.outputs
        assert isinstance(out.type, Array)
        one = Var(self.names.fresh(out.name), Array(out.type.dtype))
        inputs = tuple(self.scalar(a, env) or a for a in eqn.inputs)
        yield replace(eqn, inputs=inputs, outputs=(one,))
        full = Prim("broadcast", (one,), (out,), attrs_of({"shape": out.type.shape}), eqn.loc)
        self.makers[one], self.makers[out] = replace(eqn, inputs=inputs, outputs=(one,)), full
        yield full

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
        if maker is None or (maker.op != "broadcast" and not (maker.op == "reshape" and _adds_leading_axes(maker))):
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
    return _without_dead(block)[0]


def _without_dead(block: Block) -> tuple[Block, set[Var]]:
    """The same, and the variables from around the block that it reads."""
    needed = {a for a in block.results if isinstance(a, Var)}
    eqns: list[Eqn] = []
    for eqn in reversed(block.eqns):
        if isinstance(eqn, Prim) and not TABLE[eqn.op].effect and needed.isdisjoint(eqn.outputs):
            continue
        eqn, read = _inner_without_dead(eqn)
        needed.difference_update(eqn.outputs)
        needed.update(a for a in inputs_of(eqn) if isinstance(a, Var))
        needed.update(read)
        eqns.append(eqn)
    return Block(block.params, tuple(reversed(eqns)), block.results), needed.difference(block.params)


def _inner_without_dead(eqn: Eqn) -> tuple[Eqn, set[Var]]:
    match eqn:
        case If():
            (then, read), (orelse, more) = _without_dead(eqn.then), _without_dead(eqn.orelse)
            return replace(eqn, then=then, orelse=orelse), read | more
        case While():
            (cond, read), (body, more) = _without_dead(eqn.cond), _without_dead(eqn.body)
            return replace(eqn, cond=cond, body=body), read | more
        case For():
            body, read = _without_dead(eqn.body)
            return replace(eqn, body=body), read
        case _:
            return eqn, set()


def _look(env: Env, atom: Atom) -> Atom:
    return env.get(atom, atom) if isinstance(atom, Var) else atom


def _all(env: Env, atoms: tuple[Atom, ...]) -> tuple[Atom, ...]:
    return tuple(_look(env, a) for a in atoms)
