"""Calls of functions with a derivative of their own: `custom_derivative`.

The function and its rules are run by themselves, as JAX calls them, and become graphs on the leaves of the arguments
(`myialike.ops.functions.Rules`):

    forward rule   rule(primals, tangents) -> (out, out_dot)
    reverse rule   fwd(*primals) -> (out, residuals)         bwd(residuals, out_bar) -> a cotangent for each primal

Of a reverse rule alone a forward rule is made: `bwd` is linear in the cotangent, so its transpose takes tangents of the
primals to the tangent of the result.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from myialike.errors import TypeCheckError, UnsupportedError
from myialike.infer.calls import bind, complete
from myialike.infer.emit import cast
from myialike.infer.freeze import Freezing, Thawing
from myialike.infer.heap import DictState, ListState, ObjectState
from myialike.infer.isolate import Isolated, apply, isolate, raising_outside
from myialike.infer.machine import Machine, Unreachable, array_type
from myialike.infer.parameters import parameter_names
from myialike.infer.sequences import children
from myialike.infer.spec import Spec, leaf_types, words
from myialike.infer.transforms.isolating import Keywords, Separate, prepared
from myialike.infer.transforms.matching import matching, parts_like
from myialike.infer.values import Const, Num, Ref, Transform, Tup, Value, name_of, number_of_const, parts, with_parts
from myialike.ir.builder import Builder, Names, python_scalar
from myialike.ir.syntax import Atom, Graph, Lit, Var
from myialike.ir.types import Array, is_float
from myialike.ops.functions import Function, Rules, custom_op, floating


def call_custom(m: Machine, t: Transform, args: list[Value], keywords: Keywords) -> Value:
    """Call a function that has a derivative of its own."""
    if t.option("jvp") is None and t.option("vjp") is None:
        text = f"{name_of(t.fn)} has a derivative of its own, and no rule for it"
        m.fail(UnsupportedError, text, "give it one with defjvp or defvjp")
    args = positional(m, t.fn, args, keywords)
    assert m.world is not None
    separate = Separate(m, [t.fn, *m.world.values()])
    args = [separate.value(v) for v in args]
    frozen = Freezing(m, has_slots=True)
    specs = [frozen.add(v, _has_floats(m, v)) for v in args]
    specs += [frozen.add(v) for v in (t.fn, *m.world.values())]
    key = (t.option("jvp"), t.option("vjp"), tuple(specs))
    if key not in m.customs:
        _make(m, t, args, key)
    isolated, function, op = m.customs[key]
    outputs = m.builder.prim(op, frozen.atoms, function=function)
    return apply(m, replace(isolated, inputs=tuple(frozen.atoms), ids=tuple(frozen.ids)), outputs)


def positional(m: Machine, fn: Value, args: list[Value], keywords: Keywords) -> list[Value]:
    """The arguments in the order of the parameters, with the defaults of those that are not given."""
    if not (isinstance(fn, Const) and inspect.isfunction(fn.value)):
        if keywords:
            m.fail(UnsupportedError, f"{name_of(fn)} is called with keywords", "pass its arguments by position")
        return args
    signature = inspect.signature(fn.value)
    if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD, p.KEYWORD_ONLY) for p in signature.parameters.values()):
        if keywords:
            hint = "define it with parameters that positions fill: its rules are given the arguments so"
            m.fail(UnsupportedError, f"{name_of(fn)} takes arguments by keyword", hint)
        return args
    bound = bind(m, name_of(fn), signature, args, keywords)
    return complete(m, signature, bound, lambda name: Const(signature.parameters[name].default))


def _has_floats(m: Machine, value: Value) -> bool:
    """Whether the numbers known now in an argument are floats, which have tangents, and not ints that say how many."""
    value = m.use(value)
    if isinstance(value, Const):
        return isinstance(value.value, (float, complex)) or _inexact(value.value)
    inner = children(m, value) if children(m, value) is not None else parts(value)
    return any(_has_floats(m, v) for v in inner or ())


def _inexact(value: Any) -> bool:
    return getattr(getattr(value, "dtype", None), "kind", "") in ("f", "c")


@dataclass(frozen=True, slots=True)
class _Called:
    """A function with its rules in the making: how it was called, and what is the same for all its graphs."""

    m: Machine
    t: Transform
    isolated: Isolated
    count: int  # of the arguments
    moving: tuple[bool, ...]

    @property
    def specs(self) -> tuple[Spec, ...]:
        return self.isolated.specs[: self.count]

    @property
    def size(self) -> int:
        """How many leaves the arguments have."""
        return self.isolated.leaf_range(self.count).start

    @property
    def params(self) -> tuple[Var, ...]:
        return self.isolated.graph.params

    @property
    def name(self) -> str:
        return name_of(self.t.fn)


def _make(m: Machine, t: Transform, args: list[Value], key: Any) -> None:
    """Run the function and its rules, and note what they are under `key`."""
    hints = [*parameter_names(t.fn, len(args)), "captured"]
    dynamic = [*(_has_floats(m, v) for v in args), False]

    def run(values: list[Value]) -> Value:
        result = m.use(m.call(values[-1], values[:-1], ()))
        return _separated(m, values, _with_leaves(m, result))

    with raising_outside(m):
        isolated = isolate(m, [*args, t.fn], hints, run, name_of(t.fn), dynamic, keeps_dicts=True)
    if isolated.changed:
        text = f"{name_of(t.fn)} has a derivative of its own, and changes an object that it is given"
        m.fail(UnsupportedError, text, "return a new object instead")
    body = prepared(m, isolated)
    size = isolated.leaf_range(len(args)).start
    moving = tuple(k < size and is_float(p.type) for k, p in enumerate(body.params))
    rules = Rules(body, moving)
    called = _Called(m, t, isolated, len(args), moving)
    m.customs[key] = isolated, Function.new(name_of(t.fn), rules), custom_op(body)  # the rules may call it
    if t.option("jvp") is not None:
        rules.push = forward_rule(called, t.option("jvp"))
    if t.option("vjp") is not None:
        fwd, bwd = t.option("vjp")
        rules.keep, rules.pull = reverse_rule(called, fwd, bwd)
        rules.implied = rules.push is None
        rules.push = rules.push or transposed(called, rules)


def _with_leaves(m: Machine, value: Value) -> Value:
    """A result in which floats that are known are leaves all the same: the rules say what their derivative is."""
    value = m.use(value)
    if isinstance(value, Const) and (isinstance(value.value, (float, complex)) or _inexact(value.value)):
        number = number_of_const(value.value)
        return Num(m.builder.op("reshape", number.atom, shape=()), number.kind)
    items = children(m, value)
    if items is None:
        return value
    made = tuple(_with_leaves(m, v) for v in items)
    if isinstance(value, Tup):
        return with_parts(value, made)
    assert isinstance(value, Ref)
    state = m.state(value.id)
    assert isinstance(state, (ListState, DictState, ObjectState))
    return value if made == items else Ref(m.heap.alloc(replace(state, items=made)))


def _separated(m: Machine, values: Sequence[Value], result: Value) -> Value:
    """A result whose objects are its own."""
    assert m.world is not None
    return Separate(m, [*values, *m.world.values()]).value(result)


# -- running a rule ----------------------------------------------------------------------------------------------------


def _run_rule(
    called: _Called, rule: Any, specs: Sequence[Spec], call: Callable[[Value, list[Value]], Value], name: str
) -> Isolated:
    """Run `call(rule, values)` in a graph of its own, on values of the given specs."""
    m = called.m
    with m.inside(m.builder.child(), m.heap.copy()):
        size = called.size
        known: list[Atom] = list(called.isolated.inputs[:size])
        types = [t for s in specs for t in leaf_types(s)]
        atoms = [a if isinstance(a, Var) else m.unknown(t) for a, t in zip(known, types, strict=False)]
        atoms += [m.unknown(t) for t in types[len(atoms) :]]
        thawing = Thawing(m, iter(atoms[: len(types)]))
        values = [thawing.make(s) for s in specs]
        hints = [f"x{k}" for k in range(len(values))]
        return _isolated_rule(m, [*values, Const(rule)], [*hints, "captured"], call, name)


def _isolated_rule(
    m: Machine,
    values: list[Value],
    hints: Sequence[str],
    call: Callable[[Value, list[Value]], Value],
    name: str,
) -> Isolated:
    try:
        return isolate(m, values, hints, lambda v: call(v[-1], v[:-1]), name, [False] * len(values), keeps_dicts=True)
    except Unreachable:
        m.fail(UnsupportedError, f"the rule {name} raises, whatever it is given", "leave it out, if there is none")


def _leaves(m: Machine, spec: Spec, value: Value, what: str, atoms: list[Atom]) -> None:
    """Append the leaves of a value that must have the structure and the types of `spec`."""
    if spec[0] in ("num", "array"):
        found, type = m.operand(value), next(leaf_types(spec))
        if found is None or array_type(found[0]).shape != type.shape:
            m.fail(TypeCheckError, f"{what} has {m.describe(value)} where the function returns {type}")
        if array_type(found[0]).dtype.kind == "c" != type.dtype.kind:
            m.fail(TypeCheckError, f"{what} has a complex part where the function returns {type}")
        atoms.append(cast(m, found[0], type.dtype))
        return
    if spec[0] in ("tuple", "list", "dict", "object"):
        items = parts_like(m, spec, value)
        if items is None:
            m.fail(TypeCheckError, f"{what} does not have the structure of the result, {words(spec)}")
        for s, v in zip(spec[-1], items, strict=True):
            _leaves(m, s, v, what, atoms)


def _as_results(m: Machine, atoms: Sequence[Atom]) -> Value:
    """Atoms as a value each of whose parts is a leaf."""
    shaped = [m.emit("reshape", a, shape=array_type(a).shape) if isinstance(a, Lit) else a for a in atoms]
    return Tup(tuple(m.new_array(a) if array_type(a).shape else Num(a, "numpy") for a in shaped))


def _pair(m: Machine, value: Value, what: str) -> tuple[Value, Value]:
    items = children(m, m.use(value))
    if items is None or len(items) != 2:
        m.fail(TypeCheckError, f"{what}, not {m.describe(value)}")
    return items[0], items[1]


def _outputs(called: _Called) -> list[Array]:
    return list(leaf_types(called.isolated.result))


# -- the rules ---------------------------------------------------------------------------------------------------------


def forward_rule(called: _Called, rule: Any) -> Graph:
    """(inputs, tangents of the moving ones) -> (outputs, tangents of the floating ones)."""
    m, result, outputs = called.m, called.isolated.result, _outputs(called)
    floats = [t for t in outputs if is_float(t)]

    def call(fn: Value, values: list[Value]) -> Value:
        primals, tangents = Tup(tuple(values[: called.count])), Tup(tuple(values[called.count :]))
        answer = m.call(fn, [primals, tangents], ())
        out, out_dot = _pair(m, answer, f"the forward rule of {called.name} returns a pair (out, out_dot)")
        atoms: list[Atom] = []
        _leaves(m, result, out, f"what the forward rule of {called.name} returns", atoms)
        dots = matching(m, result, out_dot, f"the tangent that the forward rule of {called.name} returns", floats)
        return _as_results(m, [*atoms, *dots])

    ran = _run_rule(called, rule, [*called.specs, *called.specs], call, f"{called.name}_forward")
    graph = prepared(m, ran)
    builder = Builder(Names())
    inputs = _inputs(called, builder)
    dots = [builder.param("dot", p.type) for p, moving in zip(called.params, called.moving, strict=True) if moving]
    moved = iter(dots)
    tangents: list[Atom] = [
        next(moved) if called.moving[k] else _zero(builder, p.type) for k, p in enumerate(called.params[: called.size])
    ]
    arguments = [*inputs[: called.size], *tangents, *inputs[called.size :]]
    return builder.graph(graph.name, builder.splice(graph.body, arguments), graph.loc)


def reverse_rule(called: _Called, fwd: Any, bwd: Any) -> tuple[Graph, Graph]:
    """inputs -> (outputs, residuals), and (inputs, residuals, cotangents of the floating outputs) -> cotangents."""
    m, result, outputs = called.m, called.isolated.result, _outputs(called)

    def forward(fn: Value, values: list[Value]) -> Value:
        answer = m.call(fn, values, ())
        out, residuals = _pair(m, answer, f"the first rule of {called.name} returns a pair (out, residuals)")
        atoms: list[Atom] = []
        _leaves(m, result, out, f"what the first rule of {called.name} returns", atoms)
        return Tup((_as_results(m, atoms), _separated(m, values, residuals)))

    ran = _run_rule(called, fwd, called.specs, forward, f"{called.name}_fwd")
    keep = _on_inputs(called, prepared(m, ran))
    saved: Spec = ran.result[2][1]
    bars = [t for t in outputs if is_float(t)]

    def backward(fn: Value, values: list[Value]) -> Value:
        answer = m.use(m.call(fn, values, ()))
        found = children(m, answer)
        if found is None or len(found) != called.count:
            text = f"the second rule of {called.name} returns a tuple of {called.count} cotangents, one per argument"
            m.fail(TypeCheckError, f"{text}, not {m.describe(answer)}")
        atoms: list[Atom] = []
        for k, (spec, value) in enumerate(zip(called.specs, found, strict=True)):
            atoms += _cotangent(m, spec, value, f"cotangent {k} that the second rule of {called.name} returns")
        return _as_results(m, atoms)

    ran_back = _run_back(called, bwd, saved, backward)
    graph = prepared(m, ran_back)
    builder = Builder(Names())
    inputs = _inputs(called, builder)
    residuals = [builder.param("residual", t) for t in leaf_types(saved)]
    given = iter([builder.param("bar", t) for t in bars])
    cotangents = [next(given) if is_float(t) else _zero(builder, t) for t in outputs]
    arguments = [*residuals, *cotangents, *inputs[called.size :]]
    return keep, builder.graph(graph.name, builder.splice(graph.body, arguments), graph.loc)


def _run_back(called: _Called, bwd: Any, saved: Spec, call: Callable[[Value, list[Value]], Value]) -> Isolated:
    """Run the backward part on residuals and a cotangent of which nothing is known but the types."""
    m = called.m
    with m.inside(m.builder.child(), m.heap.copy()):
        thawing = Thawing(m, iter([m.unknown(t) for t in leaf_types(saved)]))
        residuals = thawing.make(saved)
        thawing = Thawing(m, iter([m.unknown(t) for t in leaf_types(called.isolated.result)]))
        values = [residuals, thawing.make(called.isolated.result), Const(bwd)]
        hints, name = ["residual", "bar", "captured"], f"{called.name}_bwd"
        return _isolated_rule(m, values, hints, call, name)


def _cotangent(m: Machine, spec: Spec, value: Value, what: str) -> list[Atom]:
    """The floating leaves of a cotangent; None is zero."""
    types = [t for t in leaf_types(spec) if is_float(t)]
    value = m.use(value)
    if isinstance(value, Const) and value.value is None:
        return [m.builder.full(t, python_scalar(t.dtype, 0)) for t in types]
    return matching(m, spec, value, what, types) if types else []


def transposed(called: _Called, rules: Rules) -> Graph | None:
    """The forward rule that a reverse rule implies; None where its backward part is not differentiable."""
    keep, pull, m = rules.keep, rules.pull, called.m
    assert keep is not None and pull is not None
    size, bars = len(called.params), len(floating(_outputs(called)))
    active = (False,) * (len(pull.params) - bars) + (True,) * bars
    try:
        back = m.services.vjp(pull, active, (True,) * len(pull.results))
    except UnsupportedError:
        return None
    builder = Builder(Names(), m.loc)
    inputs = _inputs(called, builder)
    dots = [builder.param("dot", p.type) for p, moving in zip(called.params, called.moving, strict=True) if moving]
    kept = builder.splice(keep.body, inputs)
    outs = kept[: len(_outputs(called))]
    seeds = [builder.op("ad.seed", outs[k]) for k in floating(_outputs(called))]
    found = builder.splice(back.body, [*inputs[:size], *kept[len(outs) :], *seeds, *dots])
    return builder.graph(f"{called.name}_forward", [*outs, *found[len(pull.results) :]], pull.loc)


def _inputs(called: _Called, builder: Builder) -> list[Var]:
    return [builder.param(p.name, p.type) for p in called.params]


def _on_inputs(called: _Called, graph: Graph) -> Graph:
    """A graph of the leaves of the arguments and what is captured, on the inputs of the function."""
    builder = Builder(Names())
    return builder.graph(graph.name, builder.splice(graph.body, _inputs(called, builder)), graph.loc)


def _zero(builder: Builder, type: Any) -> Atom:
    return builder.full(type, python_scalar(type.dtype, 0))

