"""The invariants of the IR, checked after every stage; a broken one is a bug of the stage that ran last.

Of names and scope, at every stage:

* A module has a graph; the names of its graphs differ.
* Within a graph, its closures included, no two variables have the same name.
* A variable is defined before it is used, in the same block or in one around it, and is used with the type it was
  defined with. Only a closure's graph sees variables from outside of itself.
* Attributes are hashable and sorted by name.

Of forms:

* Only the forms of `STAGE_FORMS` exist. After inference no loop is breakable and no graph has a signature.
* Before inference every type is dynamic, every operation is one of Python (`py.*`), and a graph has one result. A
  signature has one entry for each param, and its defaults are among those of the closure.
* After inference nothing is dynamic, and every operation is a typed one from the table.

Of types, after inference (before it everything is dynamic, and only the counts matter):

* A literal is a scalar and holds a Python scalar of its dtype's kind.
* The outputs of an operation have the types that its type rule gives for the inputs' types and the attributes.
* Where the inputs of a pointwise operation have rank above 0, those of rank 0 are literals.
* The branches of an `If` have no params; its pred is a bool; the results of each branch and the outputs have the same
  types.
* The init, the params of both blocks, the results of the body and the outputs of a `While` have the same types; cond
  yields one bool.
* A `For` goes over three i64 scalars (before inference: over one object). Its body's first param is an i64; the other
  params, init, results and outputs have the same types. A breakable one carries its flag first.
* A `Call` names a graph of the module; its inputs have the types of the params, its outputs those of the results.

Not checked: that stacks are used linearly (they are values like others), and anything about values.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import assert_never

import numpy as np

from myialike.errors import CompilerBug
from myialike.ir.op import TABLE
from myialike.ir.parser import KIND_MARKS
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
    Module,
    Prim,
    Var,
    While,
    blocks_of,
    inputs_of,
    names_of,
    walk,
)
from myialike.ir.text import headline
from myialike.ir.types import BOOL, DYNAMIC, I64, Array, Dynamic, Type
from myialike.source import Location

STAGE_FORMS: dict[str, tuple[type[Eqn], ...]] = {
    "parse": (Prim, If, While, For, Closure),
    "infer": (Prim, If, While, For, Call),
    "loops": (Prim, If, While, For),
    "ad": (Prim, If, While, For),
    "batch": (Prim, If, While, For),
    "expand": (Prim, If, While, For, Call),
    "numerics": (Prim, If, While, For, Call),
    "pack": (Prim, If, While, For),
    "optimise": (Prim, If, While, For, Call),  # Call only where the module has several graphs
}

_POINTWISE = """
    add sub mul div floordiv mod fmod pow maximum minimum fmax fmin arctan2 hypot copysign nextafter logaddexp
    complex zmul
    eq ne lt le gt ge logical_and logical_or logical_xor bit_and bit_or bit_xor shift_left shift_right select
    zeta gammainc gammaincc betainc xlogy xlog1py
    hyp1f1 hyp2f1 jv yv iv kv ive kve poch beta betaln binom gammaincinv gammainccinv betaincinv expn owens_t
"""
POINTWISE = frozenset(_POINTWISE.split())
SCALAR_CLASSES: dict[str, type] = {"b": bool, "i": int, "u": int, "c": complex}  # by dtype kind; else float
BOOL_SCALAR, I64_SCALAR = Array(BOOL), Array(I64)


@dataclass(frozen=True, slots=True)
class Violation:
    text: str
    loc: Location | None = None

    def __str__(self) -> str:
        return f"{self.text} ({self.loc})" if self.loc else self.text


Violations = Iterator[Violation]


@dataclass(frozen=True, slots=True)
class _Context:
    """What the checks of one module depend on: the forms allowed, and the types that conditions and loops have."""

    forms: tuple[type[Eqn], ...]
    graphs: Mapping[str, Graph]
    dynamic: bool
    condition: Type
    over: tuple[Type, ...]
    index: Type


def verify(module: Module, stage: str) -> None:
    """Check that `module` is what stage `stage`, a key of `STAGE_FORMS`, may leave behind.

    Raises:
        CompilerBug: invariants are broken; it names the stage and has a note for each violation.
        KeyError: there is no such stage.
    """
    violations = list(_module(module, _context(module, stage)))
    if violations:
        loc = next((v.loc for v in violations if v.loc), None)
        message = f"after stage {stage!r} the program breaks invariants of the IR: {len(violations)} violations"
        raise CompilerBug(message, loc, notes=tuple(map(str, violations)))


def _context(module: Module, stage: str) -> _Context:
    forms = STAGE_FORMS[stage]
    if stage == "optimise" and len(module.graphs) == 1:
        forms = tuple(f for f in forms if f is not Call)
    graphs = {g.name: g for g in module.graphs}
    if stage == "parse":
        return _Context(forms, graphs, True, DYNAMIC, (DYNAMIC,), DYNAMIC)
    return _Context(forms, graphs, False, BOOL_SCALAR, (I64_SCALAR,) * 3, I64_SCALAR)


# ---- modules and graphs


def _module(module: Module, context: _Context) -> Violations:
    if not module.graphs:
        yield Violation("the module has no graph")
    for name in _repeated(g.name for g in module.graphs):
        yield Violation(f"two graphs have the name {name}")
    for graph in module.graphs:
        for violation in _graph(graph, context):
            yield Violation(f"graph {graph.name}: {violation.text}", violation.loc)


def _graph(graph: Graph, context: _Context) -> Violations:
    for name in _repeated(names_of(graph.body)):
        yield Violation(f"two variables have the name {name}")
    yield from _scope(graph.body, {})
    yield from _stage_of_block(graph.body, context)
    yield from _all(_function(graph, None, context), graph.loc)
    for eqn in walk(graph.body):
        for text in _eqn(eqn, context):
            yield Violation(f"`{headline(eqn)}`: {text}", eqn.loc)


def _function(graph: Graph, defaults: int | None, context: _Context) -> Iterator[str]:
    """What a graph and the graph of a closure have in common. `defaults`: how many there are, None if not known."""
    if context.dynamic and len(graph.results) != 1:
        yield f"a Python function has one result, {graph.name} has {len(graph.results)}"
    if graph.signature and not context.dynamic:
        yield "there is a signature after inference"
    if graph.signature and len(graph.signature) != len(graph.params):
        yield f"{len(graph.params)} params, but {len(graph.signature)} parameters in the signature"
    for parameter in graph.signature:
        if parameter.kind not in KIND_MARKS:
            yield f"parameter {parameter.name} is of the unknown kind {parameter.kind!r}"
        if defaults is not None and parameter.default is not None and not 0 <= parameter.default < defaults:
            yield f"parameter {parameter.name} has default number {parameter.default} of {defaults}"


def _repeated(names: Iterable[str]) -> list[str]:
    found = list(names)
    return [] if len(set(found)) == len(found) else [name for name, count in Counter(found).items() if count > 1]


def _all(texts: Iterable[str], loc: Location | None) -> Violations:
    return (Violation(text, loc) for text in texts)


# ---- scope


def _scope(block: Block, outer: Mapping[str, Var]) -> Violations:
    scope = {**outer, **{p.name: p for p in block.params}}
    for eqn in block.eqns:
        for text in _uses(inputs_of(eqn), scope):
            yield Violation(text, eqn.loc)
        for inner in blocks_of(eqn):
            yield from _scope(inner, scope)
        scope.update((o.name, o) for o in eqn.outputs)
    yield from _all(_uses(block.results, scope), None)


def _uses(atoms: Iterable[Atom], scope: Mapping[str, Var]) -> Iterator[str]:
    for atom in atoms:
        if not isinstance(atom, Var):
            continue
        known = scope.get(atom.name)
        if known is None:
            yield f"{atom.name} is used where it is not defined"
        elif known is not atom and known != atom:
            yield f"{atom.name} is used as {atom.type}, but defined as {known.type}"


# ---- what may exist at the stage


def _stage_of_block(block: Block, context: _Context) -> Violations:
    """The atoms and variables of a block and the blocks inside it."""
    yield from _all(_atoms((*block.params, *block.results), context), None)
    for eqn in block.eqns:
        for text in _atoms((*inputs_of(eqn), *eqn.outputs), context):
            yield Violation(text, eqn.loc)
        for inner in blocks_of(eqn):
            yield from _stage_of_block(inner, context)


def _atoms(atoms: Iterable[Atom], context: _Context) -> Iterator[str]:
    for atom in atoms:
        if isinstance(atom.type, Dynamic) != context.dynamic:
            yield f"{atom} is of type {atom.type} {'before' if context.dynamic else 'after'} inference"
        elif isinstance(atom, Lit) and not context.dynamic:
            yield from _literal(atom)


def _literal(lit: Lit) -> Iterator[str]:
    if not isinstance(lit.type, Array) or lit.type.shape:
        yield f"the literal {lit} is of type {lit.type}, not a scalar"
        return
    expected = SCALAR_CLASSES.get(lit.type.dtype.kind, float)
    value = lit.value
    if type(value) is not expected:
        yield f"the literal {lit}:{lit.type} must hold a Python {expected.__name__}"
    elif isinstance(value, int) and not isinstance(value, bool):
        limits = np.iinfo(lit.type.dtype)
        if not limits.min <= value <= limits.max:
            yield f"the literal {lit} does not fit {lit.type}"


# ---- equations


def _eqn(eqn: Eqn, context: _Context) -> Iterator[str]:
    if not isinstance(eqn, context.forms):
        yield f"a {type(eqn).__name__} does not exist at this stage"
        return
    match eqn:
        case Prim():
            yield from _prim(eqn, context)
        case If():
            yield from _if(eqn, context)
        case While():
            yield from _while(eqn, context)
        case For():
            yield from _for(eqn, context)
        case Call():
            yield from _call(eqn, context)
        case Closure():
            yield from _function(eqn.graph, len(eqn.defaults), context)
        case _:
            assert_never(eqn)


def _prim(eqn: Prim, context: _Context) -> Iterator[str]:
    if eqn.attrs:
        yield from _attributes(eqn)
    if eqn.op.startswith("py.") != context.dynamic:
        yield f"operation {eqn.op} does not exist {'before' if context.dynamic else 'after'} inference"
    if eqn.op not in TABLE:
        yield f"there is no operation {eqn.op}"
        return
    types = _of(eqn.inputs)
    try:
        expected = TABLE[eqn.op].type_rule(types, dict(eqn.attrs))
    except Exception as error:  # a rule may fail in any way on inputs that do not fit it
        yield f"its type rule on {_types(types)} says: {error!r}"
        return
    yield from _agree("the outputs", _of(eqn.outputs), "the type rule's results", expected)
    if eqn.op in POINTWISE:
        yield from _pointwise(eqn)


def _attributes(eqn: Prim) -> Iterator[str]:
    names = [name for name, _ in eqn.attrs]
    if names != sorted(set(names)):
        yield f"its attributes are not sorted by name: {', '.join(names)}"
    for name, value in eqn.attrs:
        try:
            hash(value)
        except TypeError:
            yield f"its attribute {name} is not hashable"


def _pointwise(eqn: Prim) -> Iterator[str]:
    ranks = [a.type.ndim for a in eqn.inputs if isinstance(a.type, Array)]
    if any(ranks) and not all(ranks):
        for atom in eqn.inputs:
            if isinstance(atom, Var) and isinstance(atom.type, Array) and not atom.type.shape:
                yield f"{atom} is a scalar among arrays, and not a literal"


def _if(eqn: If, context: _Context) -> Iterator[str]:
    yield from _agree("the pred", (eqn.pred.type,), "a condition", (context.condition,))
    for name, block in (("then", eqn.then), ("else", eqn.orelse)):
        if block.params:
            yield f"the {name} branch has params"
        yield from _agree(f"the results of the {name} branch", _of(block.results), "the outputs", _of(eqn.outputs))


def _while(eqn: While, context: _Context) -> Iterator[str]:
    init = _of(eqn.init)
    yield from _agree("the results of the condition", _of(eqn.cond.results), "a condition", (context.condition,))
    yield from _agree("the params of the condition", _of(eqn.cond.params), "init", init)
    yield from _agree("the params of the body", _of(eqn.body.params), "init", init)
    yield from _agree("the results of the body", _of(eqn.body.results), "init", init)
    yield from _agree("the outputs", _of(eqn.outputs), "init", init)


def _for(eqn: For, context: _Context) -> Iterator[str]:
    init = _of(eqn.init)
    yield from _agree("the loop goes over", _of(eqn.over), "a loop", context.over)
    yield from _agree("the params of the body", _of(eqn.body.params), "index and init", (context.index, *init))
    yield from _agree("the results of the body", _of(eqn.body.results), "init", init)
    yield from _agree("the outputs", _of(eqn.outputs), "init", init)
    if eqn.breakable and not context.dynamic:
        yield "a breakable loop does not exist after inference"
    if eqn.breakable and not eqn.init:
        yield "a breakable loop carries no flag"


def _call(eqn: Call, context: _Context) -> Iterator[str]:
    if eqn.callee not in context.graphs:
        yield f"the module has no graph {eqn.callee}"
        return
    callee = context.graphs[eqn.callee]
    yield from _agree("the inputs", _of(eqn.inputs), f"the params of {callee.name}", _of(callee.params))
    yield from _agree("the outputs", _of(eqn.outputs), f"the results of {callee.name}", _of(callee.results))


def _agree(what: str, types: tuple[Type, ...], other: str, expected: tuple[Type, ...]) -> Iterator[str]:
    if types != expected:
        yield f"{what}: {_types(types)}, but {other}: {_types(expected)}"


def _of(atoms: Iterable[Atom]) -> tuple[Type, ...]:
    return tuple([a.type for a in atoms])


def _types(types: Iterable[Type]) -> str:
    return f"({', '.join(map(str, types))})"
