"""Typed IR as jax calls, made under a jax trace: one case for each form of equation.

    If      lax.cond          the branches read what is around them as closures
    While   lax.while_loop    a condition with effects is evaluated before the loop and at the end of its body
    For     lax.while_loop    counted, so that XLA sees an induction variable; of static length: lax.fori_loop
    Call    lowered in place  recursion has become loops before

Every value is a jax array of exactly its variable's type (checked here, at no cost at run time) or a `StackValue`.
The state that checks and growing stacks need is in `machine`; branches and loops carry the parts of it that they can
change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, assert_never

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from myialike.backends.xla.fusion import Recipes, by_call, kept_values, same
from myialike.backends.xla.indexing import SUBSCRIPTS, narrow
from myialike.backends.xla.inplace import (
    SMALLER,
    after,
    continued,
    is_pure,
    names_used,
    once,
    scheduled,
    writes,
)
from myialike.backends.xla.kernels import IN_KERNEL, one_kernel
from myialike.backends.xla.linalg import LINALG
from myialike.backends.xla.lowerings import LOWERINGS
from myialike.backends.xla.machine import Machine, StackValue, State
from myialike.backends.xla.plan import PRINTED, Plan, named_capacity
from myialike.backends.xla.printing import Printer, format_of
from myialike.backends.xla.tapes import Tape
from myialike.errors import CompilerBug
from myialike.ir.families import WRITES
from myialike.ir.syntax import Atom, Block, Call, Closure, Eqn, For, If, Lit, Prim, Var, While, blocks_of, walk
from myialike.ir.types import Array, Dim, Stack, Type, static_shape
from myialike.ops.foreign import function_of

Value = Any  # a jax array or a StackValue
Env = dict[str, Value]
Values = tuple[Value, ...]


class Lowering:
    """One lowering of a module. After `run`, `machine.state` is the final state and `lengths` the stacks' lengths.

    Args:
        plan: the facts about the module.
        capacities: the number chosen for each named capacity.
        one: the scalar 1 that keeps loops in place; None: nothing is done about that. See `inplace`.
        kernels: the ids of the loops that become one kernel; see `kernels`.
        raising: False under an outer jax transformation; see `machine`.
        printer: what prints are handed to, and `run`, the number of the run; None under an outer transformation.
        tapes: the stacks that are given memory, and `buffers`, the memory; see `tapes`.

    Attributes:
        lengths: for each named capacity the greatest length that a stack of it had between the equations of the entry.
    """

    def __init__(
        self,
        plan: Plan,
        capacities: Mapping[str, int],
        one: jax.Array | None = None,
        kernels: frozenset[int] = frozenset(),
        raising: bool = True,
        printer: Printer | None = None,
        run: jax.Array | None = None,
        tapes: Sequence[Tape] = (),
        buffers: Sequence[jax.Array] = (),
    ) -> None:
        self.plan = plan
        self.one = one
        self.kernels = kernels
        self._lowerings = LOWERINGS
        self._kept: frozenset[int] = frozenset()  # what is computed once: see `fusion`
        # What was read from an array, by the name of the variable, for the write that comes next.
        self._reads: dict[str, tuple[jax.Array, ...]] = {}
        # The variables that a value is computed from by operations that XLA may repeat.
        self._sources: dict[str, frozenset[str]] = {}
        self.machine = Machine(plan, capacities, raising, printer, run)
        self._in_kernel = False
        self._recipes = self._new_recipes()
        self._tapes = tapes
        self._given = {id(tape.eqn): buffer for tape, buffer in zip(tapes, buffers, strict=True)}
        self.buffers: tuple[jax.Array, ...] = ()  # of the tapes, after the run
        self.lengths: dict[str, Any] = dict.fromkeys(plan.capacities, np.int64(0))

    def run(self, arguments: Sequence[Any]) -> Values:
        """The results of the entry graph."""
        entry = self.plan.module.entry
        env: Env = {p.name: _argument(p, a) for p, a in zip(entry.params, arguments, strict=True)}
        for eqn in entry.body.eqns:
            self._eqn(eqn, env)
            self._note_lengths(eqn, env)
        self.buffers = tuple(env[tape.last].buffer for tape in self._tapes)
        return tuple(_result(r, _read(r, env)) for r in entry.results)

    def _note_lengths(self, eqn: Eqn, env: Env) -> None:
        for var in eqn.outputs:
            name = named_capacity(var.type)
            if name is not None:
                self.lengths[name] = lax.max(jnp.asarray(self.lengths[name]), env[var.name].length)

    def _block(self, block: Block, arguments: Sequence[Value], env: Env) -> Values:
        """The results of a block; names are unique in a graph, so a block can share the scope around it."""
        inner, reads, recipes = dict(env), self._reads, self._recipes
        self._reads, self._recipes = dict(reads), self._new_recipes()
        inner.update(zip((p.name for p in block.params), arguments, strict=True))
        for eqn in block.eqns if self.one is None else scheduled(block.eqns):
            self._eqn(eqn, inner)
        self._reads, self._recipes = reads, recipes
        return tuple(_read(r, inner) for r in block.results)

    def _eqn(self, eqn: Eqn, env: Env) -> None:
        match eqn:
            case Prim():
                outs = self._leaf(eqn, [_read(a, env) for a in eqn.inputs])
            case If():
                in_two = self.one is not None and id(eqn) in self.plan.split_ifs
                outs = self._if_in_two(eqn, env) if in_two else self._if(eqn, env)
            case While() | For():
                is_kernel = id(eqn) in self.kernels
                outs = self._kernel(eqn, env) if is_kernel else self._loop(eqn, env, self._waiting(eqn))
            case Call():
                outs = self._call(eqn, env)
            case Closure():
                raise CompilerBug("a closure reached the backend", eqn.loc)
            case _:
                assert_never(eqn)
        for var, out in zip(eqn.outputs, outs, strict=True):
            _verify(var, out, eqn)
            env[var.name] = out

    # Leaves

    def _leaf(self, eqn: Prim, inputs: list[Value]) -> Values:
        if self.one is None:
            return self._prim(eqn, inputs)
        if eqn.op in WRITES and id(eqn) in self.plan.order.accesses:
            if self._in_kernel and id(eqn) in self.plan.order.following:
                return self._following(eqn, inputs)
            reads = self._reads.get(str(eqn.inputs[0]), ())
            return tuple(lax.cond(after(reads, self.one), lambda: self._prim(eqn, inputs), lambda: (inputs[0],)))
        outs = self._prim(eqn, inputs)
        is_once = id(eqn) in self.plan.order.once
        if self._in_kernel and not is_once and id(eqn) not in self._kept:
            self._recipes.note(eqn, inputs)
        if is_once:
            outs = (*outs[:-1], self._once(outs[-1]))
        if is_pure(eqn) or eqn.op == "pop":
            self._note_read(eqn, outs[-1])
        return outs

    def _new_recipes(self) -> Recipes:
        return Recipes(lambda eqn, operands: self._prim(eqn, operands)[0])

    def _following(self, eqn: Prim, inputs: Sequence[Value]) -> Values:
        """A write as a call, and in it the making of what it writes; `inputs` are an array, that value, and indices."""
        array, value, *at = inputs
        recipe, sources = self._recipes.of(eqn.inputs[1], value)

        def written(array: Value, sources: dict[str, jax.Array], at: list[Value]) -> Values:
            return self._prim(eqn, [array, recipe(sources), *at])

        return tuple(by_call(written, array, sources, at))

    def _once(self, value: jax.Array) -> jax.Array:
        """A value that XLA does not compute again. In a kernel a copy of an array costs less than dividing it."""
        assert self.one is not None
        return by_call(same, value) if self._in_kernel and value.ndim else once(value, self.one)

    def _note_read(self, eqn: Prim, value: Value) -> None:
        """Note for the next write of an array what has been computed from it: what is kept, else what it is part of."""
        names = {a.name for a in eqn.inputs if isinstance(a, Var)}
        sources = names.union(*(self._sources.get(n, ()) for n in names))
        out = eqn.outputs[-1].name
        if eqn.op == "pop":
            self._reads[str(eqn.outputs[0])] = (*self._reads.get(str(eqn.inputs[0]), ()), value)
        elif id(eqn) in self.plan.order.once or eqn.op in SMALLER or eqn.op == "index":
            for name in sources:
                self._reads[name] = (*self._reads.get(name, ()), value)
        if eqn.op not in SMALLER:
            self._sources[out] = frozenset(sources)

    def _prim(self, eqn: Prim, inputs: Sequence[Value]) -> Values:
        match eqn.op:
            case "check":
                return self._check(eqn, inputs)
            case "print":
                self.machine.print(format_of(eqn), inputs)
                return ()
            case "stack_new" if id(eqn) in self._given:
                return (StackValue(self._given[id(eqn)], jnp.zeros((), np.int64)),)
            case "stack_new":
                return (self.machine.stack_new(_elem(eqn.outputs[0]), eqn.attr("capacity")),)
            case "push":
                return (self.machine.push(*inputs),)
            case "pop":
                return self.machine.pop(inputs[0], named_capacity(eqn.inputs[0].type))
            case "jax.call":
                return function_of(eqn.attr("function")).lowered(*inputs)
            case "ad.barrier":
                return tuple(lax.optimization_barrier(tuple(inputs)))  # type: ignore[no-untyped-call]
            case "stack_len":
                return (inputs[0].length,)
            case name if name in LINALG:
                return LINALG[name](tuple(o.type for o in eqn.outputs), *inputs, **dict(eqn.attrs))
            case _:
                lowering = self._lowerings.get(eqn.op)
                if lowering is None:
                    raise CompilerBug(f"operation {eqn.op!r} has no lowering to XLA", eqn.loc)
                if not self.machine.raising and eqn.op in SUBSCRIPTS:
                    inputs = narrow(eqn.op, inputs)
                out = lowering(eqn.outputs[0].type, *inputs, **dict(eqn.attrs))
                return (by_call(same, out) if id(eqn) in self._kept else out,)

    def _check(self, eqn: Prim, inputs: Sequence[Value]) -> Values:
        site = self.plan.site(eqn)
        if site is not None:
            self.machine.check(site, inputs[0], inputs[1:])
        return ()

    # Structure

    def _call(self, eqn: Call, env: Env) -> Values:
        self.plan.effects(self.plan.module.graph(eqn.callee).body)  # refuses recursion
        return self._block(self.plan.module.graph(eqn.callee).body, [_read(a, env) for a in eqn.inputs], {})

    def _if(self, eqn: If, env: Env) -> Values:
        if self.machine.raising and self.plan.is_selected(eqn):
            pairs = zip(self._block(eqn.then, (), env), self._block(eqn.orelse, (), env), strict=True)
            pred = _read(eqn.pred, env)
            return tuple(lax.select(pred, jnp.asarray(a), jnp.asarray(b)) for a, b in pairs)
        names = self.plan.effects(eqn.then, eqn.orelse)
        state = self.machine.parts(names)
        pred = _read(eqn.pred, env)

        def branch(block: Block, taken: Any) -> tuple[Values, State]:
            with self.machine.holding(state, taken):
                return self._block(block, (), env), self.machine.parts(names)

        then, orelse = lambda: branch(eqn.then, pred), lambda: branch(eqn.orelse, ~pred)
        # XLA writes in place in the branch for true only.
        swapped = writes(eqn.orelse) and not writes(eqn.then)
        outs, state = lax.cond(~pred, orelse, then) if swapped else lax.cond(pred, then, orelse)
        self.machine.state.update(state)
        return tuple(outs)

    def _if_in_two(self, eqn: If, env: Env) -> Values:
        """`if p: then` and `if not p: else`, each in place: the second goes on with the arrays of the first."""
        pred = _read(eqn.pred, env)
        going_on = continued(eqn.orelse)
        passed = tuple(
            self._zeros(o.type) if v is None else env[v.name] for o, v in zip(eqn.outputs, going_on, strict=True)
        )
        outs = self._if_true(pred, eqn.then, env, passed)
        later = {v.name: out for v, out in zip(going_on, outs, strict=True) if v is not None}
        return self._if_true(~pred, eqn.orelse, {**env, **later}, outs)

    def _if_true(self, pred: Any, block: Block, env: Env, otherwise: Values) -> Values:
        names = self.plan.effects(block)
        state = self.machine.parts(names)

        def branch() -> tuple[Values, State]:
            with self.machine.holding(state, pred):
                return self._block(block, (), env), self.machine.parts(names)

        outs, after = lax.cond(pred, branch, lambda: (otherwise, state))
        self.machine.state.update(after)
        return tuple(outs)

    def _zeros(self, type: Type) -> Value:
        if isinstance(type, Stack):
            return self.machine.stack_new(type.elem, named_capacity(type) or _static(type.capacity))
        assert isinstance(type, Array)
        return jnp.zeros(static_shape(type), type.dtype)

    def _kernel(self, eqn: While | For, env: Env) -> Values:
        """A loop as one kernel: a function of what it reads to its values and the parts of the state it changes."""
        names = self.plan.effects(*blocks_of(eqn))
        read = {name: env[name] for name in names_used(eqn)}
        before = [self._reads.get(name, ()) for name in read]  # the loop has to wait for them

        def loop(is_ready: Any, read: Env, state: State, one: Any, before: Any) -> tuple[Values, State]:
            with self.machine.holding(state), self._inside(eqn, one):
                return self._loop(eqn, read, is_ready), self.machine.parts(names)

        outs, state = one_kernel(loop, read, self.machine.state, self.one, before)
        self.machine.state.update(state)
        return tuple(outs)

    def _waiting(self, eqn: While | For) -> Any:
        """True, by a computation of what was read of the arrays that a loop writes, if it has to wait for that."""
        if self.one is None or id(eqn) not in self.plan.order.accesses:
            return None
        return after([r for a in eqn.init if isinstance(a, Var) for r in self._reads.get(a.name, ())], self.one)

    @contextmanager
    def _inside(self, eqn: While | For, one: Any) -> Iterator[None]:
        """Lower the inside of a kernel, whose `one` this is."""
        outside = self.one, self._reads, self._lowerings, self._kept
        kept = frozenset().union(*(kept_values(block) for block in blocks_of(eqn)))
        self.one, self._reads, self._lowerings, self._kept = one, {}, LOWERINGS | IN_KERNEL, kept
        self._in_kernel = True
        try:
            yield
        finally:
            self.one, self._reads, self._lowerings, self._kept = outside
            self._in_kernel = False

    def _loop(self, eqn: While | For, env: Env, is_ready: Any = None) -> Values:
        """The values that a loop ends with; it does not run unless `is_ready`."""
        return self._while(eqn, env, is_ready) if isinstance(eqn, While) else self._for(eqn, env, is_ready)

    def _while(self, eqn: While, env: Env, is_ready: Any) -> Values:
        names = self.plan.effects(eqn.cond, eqn.body)
        init = _Carry(self.machine.parts(names), tuple(_read(a, env) for a in eqn.init))

        def test(carry: _Carry) -> tuple[Any, _Carry]:
            with self.machine.holding(carry.state):
                going = _and(is_ready, self._block(eqn.cond, carry.values, env)[0])
                return _and(self.machine.alive(names), going), _Carry(self.machine.parts(names), carry.values)

        def body(carry: _Carry, taken: Any = None) -> _Carry:
            with self.machine.holding(carry.state, taken):
                values = self._block(eqn.body, carry.values, env)
                return _Carry(self.machine.parts(names), values)

        if self._needs_rotation(eqn):
            _, last = lax.while_loop(lambda c: c[0], lambda c: test(body(c[1], taken=c[0])), test(init))
        else:
            last = lax.while_loop(lambda c: test(c)[0], body, init)
        return self._after(last)

    def _needs_rotation(self, eqn: While) -> bool:
        """Whether the condition is to be evaluated before the loop and at the end of its body.

        It must be where it has effects. It is also under an outer transformation if there are loops or prints inside:
        `jax.vmap` goes on with the body for elements that have finished. Their inner loops must not run, maybe for
        ever, and nothing may be printed for them.
        """
        restless = any(isinstance(e, While) for e in walk(eqn.body)) or PRINTED in self.plan.effects(eqn.body)
        return bool(self.plan.effects(eqn.cond)) or (restless and not self.machine.raising)

    def _for(self, eqn: For, env: Env, is_ready: Any) -> Values:
        names = self.plan.effects(eqn.body)
        start, step = _read(eqn.over[0], env), _read(eqn.over[2], env)
        count = _trip_count(eqn.over, [_read(a, env) for a in eqn.over])
        is_static = isinstance(count, int)
        if is_ready is not None:
            count = jnp.where(is_ready, count, jnp.int64(0))

        def body(k: Any, carry: _Carry) -> _Carry:
            with self.machine.holding(carry.state, taken=None if is_static else k < count):
                values = self._block(eqn.body, (_element(eqn, start, step, k), *carry.values), env)
                return _Carry(self.machine.parts(names), values)

        init = _Carry(self.machine.parts(names), tuple(_read(a, env) for a in eqn.init))
        if not init.state and self.machine.alive(taken=not is_static) is None:
            return self._after(lax.fori_loop(0, count, body, init))

        def test(loop: tuple[Any, _Carry]) -> Any:
            with self.machine.holding(loop[1].state):
                return _and(self.machine.alive(names, taken=not is_static), loop[0] < count)

        _, last = lax.while_loop(test, lambda loop: (loop[0] + 1, body(*loop)), (jnp.int64(0), init))
        return self._after(last)

    def _after(self, carry: _Carry) -> Values:
        """The values a loop ended with; the machine goes on from the state it ended with."""
        self.machine.state.update(carry.state)
        return carry.values


class _Carry(NamedTuple):
    """What a loop carries: the parts of the machine state that it changes, and the program's own values."""

    state: State
    values: Values


def _and(condition: Any, other: Any) -> Any:
    return other if condition is None else condition & other


def _trip_count(over: Sequence[Atom], values: Sequence[Any]) -> Any:
    """The length of a `range`: a Python int where it is known."""
    if all(isinstance(a, Lit) for a in over):
        return len(range(*(int(v) for v in values)))
    start, stop, step = (lax.convert_element_type(v, np.int64) for v in values)
    if isinstance(over[2], Lit) and abs(over[2].value) == 1:
        return lax.max(stop - start if over[2].value > 0 else start - stop, jnp.int64(0))
    distance = jnp.where(step > 0, stop - start, start - stop)
    whole = lax.div(distance - 1, lax.max(lax.abs(step), jnp.int64(1))) + 1
    return jnp.where(distance > 0, whole, jnp.int64(0))


def _element(eqn: For, start: Any, step: Any, k: Any) -> Any:
    """The k-th element of the loop's range."""
    index = eqn.body.params[0].type
    assert isinstance(index, Array)
    return lax.convert_element_type(start + k * step, index.dtype)


def _read(atom: Atom, env: Env) -> Value:
    if isinstance(atom, Var):
        return env[atom.name]
    if not isinstance(atom.type, Array):
        raise CompilerBug(f"a literal of type {atom.type} reached the backend")
    return np.asarray(atom.value, atom.type.dtype)


def _elem(var: Var) -> Array:
    assert isinstance(var.type, Stack)
    return var.type.elem


def _static(dim: Dim) -> int:
    assert isinstance(dim, int)
    return dim


def _argument(param: Var, value: Any) -> Value:
    if not isinstance(param.type, Array) or np.shape(value) != static_shape(param.type):
        raise CompilerBug(f"parameter {param.name} is {param.type}, and was given a value of shape {np.shape(value)}")
    return lax.convert_element_type(value, param.type.dtype)


def _result(atom: Atom, value: Value) -> jax.Array:
    if not isinstance(atom.type, Array):
        raise CompilerBug(f"an executable cannot return {atom}: {atom.type}")
    return jnp.asarray(value)


def _verify(var: Var, value: Value, eqn: Eqn) -> None:
    """Raise CompilerBug unless `value` has exactly the type that the IR says."""
    array, expected = (value.buffer[0], _elem(var)) if isinstance(value, StackValue) else (value, var.type)
    if not isinstance(expected, Array) or array.dtype != expected.dtype or array.shape != static_shape(expected):
        got = f"{array.dtype}{list(array.shape)}"
        raise CompilerBug(f"{getattr(eqn, 'op', type(eqn).__name__)} gave {got} for {var.name}: {var.type}", eqn.loc)
