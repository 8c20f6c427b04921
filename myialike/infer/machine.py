"""The state of inference, and the reading and writing of abstract values that every part of it shares.

Inference runs the dynamic IR on abstract values (`myialike.infer.values`) and writes typed IR as it goes. The `Machine`
holds the block being written, the abstract heap, the frames of the functions being run, and what the rest of the
compiler lends it (`Services`). Parts of inference are modules of functions that take the machine first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from types import FunctionType
from typing import Any, NoReturn, Protocol

from myialike.errors import CompileError, TypeCheckError, UnsupportedError
from myialike.infer import origins
from myialike.infer.assumed import Assumed, truth_of
from myialike.infer.constants import Constants
from myialike.infer.heap import (
    ArrayState,
    CellState,
    DictState,
    GrownState,
    Heap,
    IteratorState,
    ListState,
    ObjectState,
    Pools,
    RowState,
    Site,
    SizedState,
    SlotsState,
    State,
    ViewState,
    ViewStep,
)
from myialike.infer.layout import composed, contiguous, is_falling, reshaped, viewed
from myialike.infer.signals import Signal, Undecided
from myialike.infer.values import (
    Bound,
    BuiltinMethod,
    Chosen,
    Const,
    Either,
    Fn,
    Kind,
    Maybe,
    Message,
    Never,
    Num,
    Partial,
    Pullback,
    Pushforward,
    Raised,
    Range,
    Ref,
    Transform,
    Tup,
    Undef,
    Value,
    array_name,
    as_num,
    const_number,
    is_number,
    number_name,
    parts,
)
from myialike.infer.which import Telling
from myialike.ir.builder import Builder, Names, python_scalar
from myialike.ir.op import TABLE
from myialike.ir.syntax import Atom, Block, Eqn, Graph, Lit, Module, Var, blocks_of, free_vars, inputs_of
from myialike.ir.types import BOOL, C128, F64, I64, Array, SymDim, static_shape
from myialike.library.dicts import RunTimeDict
from myialike.library.picked import Picked
from myialike.library.stand_ins import STANDS_FOR
from myialike.ops.foreign import Foreign
from myialike.source import Location

C_ORDERED = ("matmul", "reshape")  # operations whose result is in C order whatever their operands are in


OF_ORDER = "a reshape is a view of an array in C order, as np.ascontiguousarray gives, and may be a copy of any other"
ARRAYS = (ArrayState, ViewState, SizedState)
MAX_DEPTH, MAX_ITEMS = 3, 8  # how much of a structure an error shows


class Unreachable(Signal):
    """What follows in this block is not executed.

    Of a function that was run by itself, `block` is what it does until then, and `inputs` what goes in.
    """

    block: Block | None = None
    inputs: tuple[Atom, ...] = ()


ONE_OF_TWO = "use it on each of the paths"
TEST_FOR_NONE = "test it before it is used, `if x is None:`, or give it values of one type and shape"


class NeedStatic(Signal):
    """A number is needed at compile time; `roots` are the parameters of the entry that it comes from.

    `floats`: they may be floats, for each value of which the program is compiled anew. `known` are the numbers of the
    leaves of a function run by itself for which something known goes in.
    """

    def __init__(
        self, roots: frozenset[Var], error: CompileError, floats: bool = False, known: frozenset[int] = frozenset()
    ) -> None:
        self.roots = roots
        self.error = error
        self.floats = floats
        self.known = known
        super().__init__(str(error))

    @property
    def may_be_met(self) -> bool:
        """Whether it comes from nothing but ints of the entry, for whose values the program can be compiled anew."""
        return bool(self.roots) and all(map(_is_whole, self.roots))


@dataclass(frozen=True, slots=True)
class Services:
    """What inference borrows from its sibling stages, handed in by the pipeline.

    `parse` turns a Python function into dynamic IR; `prepare` turns an inferred module into one optimised graph without
    calls; `jvp` and `vjp` differentiate such a graph (`ad.forward.jvp`, `ad.reverse.vjp`), `vmap` makes it one for many
    elements (`batching.vmap`), `taylor` one of Taylor polynomials (`ad.taylor`);
    `cuts` says where derivatives are cut (`ad.cuts`), `segmented` bounds the memory of loops (`ad.segments`);
    `foreign` makes an operation of a function that is written for jax (`jax_functions.traced`).
    """

    parse: Callable[[FunctionType], Graph]
    prepare: Callable[[Module], Graph]
    jvp: Callable[[Graph, tuple[bool, ...]], Graph]
    vjp: Callable[[Graph, tuple[bool, ...], tuple[bool, ...]], Graph]
    vmap: Callable[[Graph, tuple[bool, ...], int], tuple[Graph, tuple[bool, ...]]]
    taylor: Callable[[Graph, tuple[bool, ...], int], Graph]
    cuts: Callable[[Graph, tuple[bool, ...]], tuple[Any, ...]]
    segmented: Callable[[Graph, tuple[bool, ...]], Graph]
    foreign: Callable[[str, Callable[..., Any], Sequence[Array], Sequence[bool]], Foreign]


class World(Protocol):
    """What lies outside of the program: globals and captured variables, read by key (`myialike.infer.outside`)."""

    def read(self, m: Machine, key: tuple[Any, ...], getter: Callable[[], Any]) -> Value: ...

    def values(self) -> Sequence[Value]: ...

    def position(self, key: tuple[Any, ...]) -> int | None: ...

    def showing(self, values: Sequence[Value]) -> AbstractContextManager[None]: ...


@dataclass(frozen=True, slots=True)
class Around:
    """What is around a graph of its own: the atoms that go in, the open blocks and the parameters there."""

    given: Mapping[Var, Atom]
    chain: Sequence[Builder]
    params: set[Var]
    around: Around | None

    def may_be_known(self, param: Var) -> bool:
        """Whether a parameter of the graph is known, or comes from ints of the entry that may be compiled in."""
        atom = self.given[param]
        if isinstance(atom, Lit):
            return True
        roots = roots_of(atom, self.chain, self.params)
        return bool(roots) and all(_is_whole(r) and (self.around is None or self.around.may_be_known(r)) for r in roots)


def roots_of(atom: Atom, chain: Sequence[Builder], params: set[Var]) -> frozenset[Var]:
    """Those of `params` that an atom is computed from, seen through open blocks."""
    makers = {out: eqn for builder in chain for eqn in builder.eqns for out in eqn.outputs}
    found: set[Var] = set()
    todo, seen = [atom], {atom}
    while todo:
        atom = todo.pop()
        if isinstance(atom, Var) and atom in params:
            found.add(atom)
        eqn = makers.get(atom) if isinstance(atom, Var) else None
        sources = [] if eqn is None else [*inputs_of(eqn), *(v for b in blocks_of(eqn) for v in free_vars(b))]
        todo += [s for s in sources if s not in seen]
        seen.update(sources)
    return frozenset(found)


def _is_whole(param: Var) -> bool:
    return array_type(param).dtype.kind in "biu" and not array_type(param).shape


@dataclass(slots=True)
class Frame:
    """One running function: its graph, the Python function whose source it stands in, and where it was called."""

    graph: Graph
    owner: FunctionType | None
    call: Location | None = None


def is_users(cls: type) -> bool:
    """Whether a class is one of a user's, whose instances have attributes."""
    return cls.__module__.split(".")[0] not in ("builtins", "myialike", "numpy", "jax", "jaxlib", "scipy")


class Machine(Telling):
    """One inference in progress; see the module's text."""

    def __init__(self, services: Services) -> None:
        super().__init__(Builder(Names()), Heap())
        self.services = services
        self.frames: list[Frame] = []
        self.eqn: Eqn | None = None
        self.chain: list[Builder] = [self.builder]
        self.entry_params: set[Var] = set()
        self.around: Around | None = None  # of a graph of its own, where its parameters come from
        self.named: Mapping[Var, Value] = {}
        self.wishes: dict[Names, dict[str, str]] = {}  # the user's names of nameless variables: `myialike.infer.naming`
        self.graphs: dict[str, Graph] = {}
        self.is_patient = False  # whether calls of a function by itself may go on for long (`myialike.infer.calls`)
        self.settled: dict[Any, Any] = {}  # recursive functions as graphs, by what goes in (`myialike.infer.calls`)
        self.world: World | None = None
        self.at: Location | None = None  # the last equation begun: what a bug in the compiler is blamed on
        self.active: list[Any] = []
        self.entry_name = ""
        self.differentiating = 0  # how many derivatives of derivatives are being taken right now
        self.derivatives = 0  # how many have been taken
        self.customs: dict[Any, Any] = {}  # functions with a derivative of their own, by what they were called with
        self.visited = 0  # how many equations of dynamic IR have been run
        self.sharing: Any = None  # what is known of calls that may be of graphs of their own (`myialike.infer.shared`)
        self.reshaped: set[int] = set()
        self.reordered: set[Atom] = set()
        self.copied: set[int] = set()  # objects of which it is not known whether one is a reshape of the other
        self.constants = Constants()
        self.opened_by: frozenset[Var] = frozenset()  # roots of the indices for which lists became of run-time length
        self.chooses = False  # whether lists and dicts that paths choose stay what they are (`myialike.infer.choices`)
        self.asks_which = False  # whether it was asked of two objects if they are one, and they were taken to be two
        self.assumed: Assumed = ()  # the conditions of the branches around the present place
        self.absent: dict[Atom, CompileError] = {}  # why values may be None, by the flags that say whether they are
        self.absent_in_loops = False  # whether loops may carry values that some turns make None
        self.open_dicts: frozenset[Site] = frozenset()  # where dicts of run-time keys begin (`myialike.infer.dicts`)
        self.places: dict[Any, Any] = {}  # where keys of dicts were found (`myialike.infer.dict_places`)
        self.pools = Pools()  # the classes whose instances live in pools (`myialike.infer.pools`)
        self.capacities: Mapping[str, int] = {}  # room for lists of run-time length, by the places they begin at
        self.call: Callable[[Value, Sequence[Value], Sequence[tuple[str, Value]]], Value] = _not_wired
        self.begin_dict: Callable[[Ref], None] = _not_wired
        self.row: Callable[[RowState], State] = _not_wired
        self.change_row: Callable[[int, State, State], None] = _not_wired
        self.look_again: Callable[[int], None] = _not_wired
        self.invoke: Callable[[Callable[..., Value], str, Sequence[Value], Sequence[tuple[str, Value]]], Value] = (
            _not_wired
        )

    # -- places and errors ------------------------------------------------------------------------------------------

    @property
    def loc(self) -> Location | None:
        return self.builder.loc

    def error(self, cls: type[CompileError], message: str, hint: str = "", notes: Sequence[str] = ()) -> CompileError:
        """An error at the equation being run: what its operands are and where they come from, and who called."""
        return cls(message, self.loc, hint, (*notes, *origins.operands(self), *origins.calls(self)))

    def fail(self, cls: type[CompileError], message: str, hint: str = "", notes: Sequence[str] = ()) -> NoReturn:
        """Refuse the program at the equation being run."""
        raise self.error(cls, message, hint, notes)

    def parse(self, fn: FunctionType) -> Graph:
        """The dynamic graph of a function that is called; what its syntax is refused for comes with the calls."""
        try:
            return self.services.parse(fn)
        except CompileError as error:
            raise type(error)(
                error.message, error.loc, error.hint, (*error.notes, *origins.calls(self, error.loc))
            ) from None

    def need_static(self, value: Value, what: str, instead: str = "") -> NoReturn:
        """Ask for a compile-time value of a number, or of a string with numbers in it."""
        within = value.values if isinstance(value, Message) else value.items if isinstance(value, Tup) else (value,)
        numbers = [as_num(v) for v in within]
        error = self.error(
            UnsupportedError,
            f"{what} must be known at compile time, and it depends on run-time values here",
            instead or "compute it from shapes, constants, or integer arguments of the compiled function",
        )
        if isinstance(value, Ref) and self.is_array(value) and (roots := self.whole_roots(self.array(value.id))):
            raise NeedStatic(roots, error)
        if None in numbers:
            raise error
        raise NeedStatic(frozenset[Var]().union(*(self.roots(n.atom) for n in numbers if n is not None)), error)

    def known(self, value: Value, what: str, instead: str = "") -> Any:
        """The compile-time object of a value; a run-time number is asked to become one."""
        value = self.use(value)
        if isinstance(value, Const):
            return value.value
        if isinstance(value, Tup):
            return tuple(self.known(v, what, instead) for v in value.items)
        return self.need_static(value, what, instead)

    def roots(self, atom: Atom) -> frozenset[Var]:
        """The parameters of the entry that an atom is computed from, seen through the open blocks."""
        return roots_of(atom, self.chain, self.entry_params)

    def whole_roots(self, atom: Atom) -> frozenset[Var]:
        """The roots of an atom, if they are ints and bools alone, which can be compiled in; else none."""
        roots = self.roots(atom)
        return roots if self.are_whole(roots) else frozenset()

    def are_whole(self, roots: frozenset[Var]) -> bool:
        """Whether parameters of the entry are ints and bools alone, which a caller may know."""
        return all(_is_whole(r) and (self.around is None or self.around.may_be_known(r)) for r in roots)

    # -- the block being written ---------------------------------------------------------------------------------------

    def emit(self, op: str, *atoms: Atom, hint: str = "v", **attrs: Any) -> Var:
        """Append an operation with one result; a misfit that its type rule finds is the compiler's own."""
        result = self.builder.op(op, *atoms, hint=hint, **attrs)
        self.constants.note(self.builder.names, result, op, atoms, attrs)
        if op == "transpose" or (op not in C_ORDERED and not self.reordered.isdisjoint(atoms)):
            self.reordered.add(result)
        return result

    def unknown(self, type: Array) -> Var:
        """What stands for a value of which nothing is known but the type, and which may not exist."""
        zeros = self.builder.full(type, python_scalar(type.dtype, 0))
        return self.builder.op("reshape", zeros, shape=type.shape)

    @contextmanager
    def inside(self, builder: Builder, heap: Heap) -> Iterator[None]:
        """Write to another block, with another heap, for a while."""
        before = self.builder, self.heap, self.assumed
        builder.loc = self.builder.loc
        self.builder, self.heap = builder, heap
        self.chain.append(builder)
        try:
            yield
        finally:
            self.chain.pop()
            self.builder, self.heap, self.assumed = before

    def mark(self) -> tuple[Builder, int, Heap]:
        """Where inference is now, to come back to with `rewind`."""
        return self.builder, len(self.builder.eqns), self.heap.copy()

    def rewind(self, mark: tuple[Builder, int, Heap]) -> None:
        """Forget what has been written to the present block and heap since `mark`."""
        builder, count, heap = mark
        assert builder is self.builder
        del builder.eqns[count:]
        self.places.clear()
        self.heap = heap.copy()

    # -- reading values -------------------------------------------------------------------------------------------

    def use(self, value: Value, free: bool = False) -> Value:
        """`value` as something an operation can read: bound, and reachable. `free`: of a function around this one."""
        if isinstance(value, Never):
            raise Unreachable
        if isinstance(value, Undef):
            self._use_undefined(value, free)
        if isinstance(value, Either):
            self.fail(UnsupportedError, "which of two lists or dicts this is depends on run-time values", ONE_OF_TWO)
        if isinstance(value, Maybe) and value.for_none:
            value = self.narrowed(value)
            return self._may_be_none(value) if isinstance(value, Maybe) else self.use(value)
        if isinstance(value, Maybe):
            self._check_bound(value, value.defined, free)
            return self.use(value.value)
        if isinstance(value, Ref) and self.heap.is_opaque(value.id):
            self.readable(value.id)
        return value

    def narrowed(self, value: Value) -> Value:
        """A value that may be None, as the value or as None where the branches around here say which it is."""
        if not isinstance(value, Maybe) or not value.for_none:
            return value
        known = truth_of(value.defined, self.assumed, (eqn for builder in self.chain for eqn in builder.eqns))
        return value if known is None else value.value if known else Const(None)

    def _may_be_none(self, value: Maybe) -> NoReturn:
        """Refuse to read what may be None, which ends where that is asked before."""
        error = self.absent.get(value.defined) or self.error(
            UnsupportedError, "this may be None here, and only run time knows whether it is", TEST_FOR_NONE
        )
        raise NeedStatic(self.roots(value.defined), error)

    def _use_undefined(self, value: Undef, free: bool) -> NoReturn:
        """Refuse to read a variable that is not bound; under a condition, raise what Python raises there."""
        name = value.name
        if value.unlike:
            text = f"variable {name!r} is {value.unlike}; which path is taken is known only at run time"
            self.fail(UnsupportedError, text, "give it values of one type and shape", origins.unbound(self, name))
        if self.builder is self.chain[0]:
            text = f"variable {name!r} is not bound when it is read here"
            self.fail(TypeCheckError, text, f"assign {name!r} before this line", origins.unbound(self, name))
        self._check_bound(value, Lit(False, Array(BOOL)), free)
        raise Unreachable

    def _check_bound(self, value: Undef | Maybe, defined: Atom, free: bool) -> None:
        text = f"variable '{value.name}' where it is not associated with a value"
        if free:
            self.check(defined, "builtins.NameError", f"cannot access free {text} in enclosing scope")
        else:
            self.check(defined, "builtins.UnboundLocalError", f"cannot access local {text}")

    def check(
        self, ok: Atom, error: str, message: str | None, payload: Sequence[Atom] = (), kinds: Sequence[str] = ()
    ) -> None:
        """Raise `error` at run time if `ok` is false. Where that is known to be so, nothing comes after it.

        `kinds` says what the values of the payload are, if they are not all Python numbers (`ops.effects`).
        """
        if isinstance(ok, Lit) and ok.value is True:
            return
        said = {"kinds": tuple(kinds)} if set(kinds) - {"python"} else {}
        self.builder.prim("check", (ok, *payload), error=error, message=message, **said)
        if isinstance(ok, Lit):
            raise Unreachable

    def array(self, id: int) -> Atom:
        """The present value of an array object."""
        self.readable(self.heap.root(id))
        return self._array(id)

    def _array(self, id: int) -> Atom:
        self.readable(id)
        state = self.heap.states[id]
        if isinstance(state, ArrayState):
            return state.atom
        if isinstance(state, SizedState) and state.is_window:
            return self._whole_window(state)
        if isinstance(state, SizedState):
            return self.need_static(Tup(state.items[1:]), "the size of this array")
        assert isinstance(state, ViewState)
        base = self._array(state.base)
        return state.seen if base == state.at else self.look(base, state.step)

    def _whole_window(self, state: SizedState) -> Atom:
        """A slice `x[i : i + n]` as an array of n elements, where nothing less will do; else an IndexError."""
        room = self.array(state.base)
        dims = static_shape(array_type(room))
        for axis, size in zip(state.axes, state.items[2::2], strict=True):
            num = as_num(size)
            assert num is not None
            ok = self.emit("eq", num.atom, Lit(dims[axis], num.atom.type))
            text = f"a slice of length {dims[axis]} has {{}} elements: it goes beyond an end of its axis"
            self.check(ok, "builtins.IndexError", text, [num.atom])
        return room

    def readable(self, id: int) -> None:
        """Refuse to read an object whose state is not known.

        It may be known if an index is: then the list in which that found an object keeps its items.
        """
        unknown = self.heap.unknown.get(id)
        if unknown is not None and unknown.is_seen:
            self.look_again(id)
            unknown = self.heap.unknown.get(id)
        if unknown is None:
            return
        if unknown.is_told and not self.tracks:
            raise Undecided
        self.want_pools(id)
        where = f" (line {unknown.loc.lineno})" if unknown.loc else ""
        text = (
            unknown.reason
            or f"this object may be the same as one that was changed in place before{where}: "
            + (OF_ORDER if id in self.copied else "which one it is depends on run-time values")
        )
        error = self.error(UnsupportedError, text, unknown.instead)
        raise NeedStatic(self.opened_by if unknown.chosen_by is None else self.roots(unknown.chosen_by), error)

    def want_pools(self, *ids: int) -> None:
        """Note that the program is refused because run time decides which of some objects these are."""
        self.pools.wanted |= {cls for id in ids for cls in self.heap.classes_of(id) if is_users(cls)}
        kinds = (ListState, GrownState, DictState)
        self.pools.are_choices_asked |= any(isinstance(self.heap.states.get(id), kinds) for id in ids)

    def state(self, id: int) -> State:
        """The present state of an object; of an item of a list, what the list has there."""
        self.readable(id)
        state = self.heap.states[id]
        return self.row(state) if isinstance(state, RowState) else state

    def change(self, id: int, old: State, new: State) -> None:
        """Change an object whose present state is `old`; an item of a list is changed in the list."""
        if isinstance(self.heap.states[id], RowState):
            self.change_row(id, old, new)
        else:
            self.put(id, new)

    def look_type(self, base: int, step: ViewStep) -> Array:
        """The type of an array that looks at the object `base` in this way."""
        (type,) = TABLE[step.op].type_rule((self.array(base).type, *(a.type for a in step.operands)), dict(step.attrs))
        assert isinstance(type, Array)
        return type

    def look(self, base: Atom, step: ViewStep) -> Var:
        return self.emit(step.op, base, *step.operands, **dict(step.attrs))

    def write(self, id: int, atom: Atom, *, reorders: bool = False) -> None:
        """Give an array object a new value of the same type, through views to the object that owns the data.

        A write does not change how the array lies in memory, unless it `reorders`: puts another array in its place.
        """
        state = self.heap.states[id]
        if isinstance(state, ArrayState):
            if state.kind in ("jax", "weak"):
                self.fail(
                    UnsupportedError,
                    "a jax.Array cannot be changed in place",
                    "pass a NumPy array, or copy it with np.array(x) first",
                )
            if id in self.heap.read_only:
                self.fail(TypeCheckError, "assignment destination is read-only", "copy the array first: x.copy()")
            self.array(id)
            kept = atom if reorders else self.in_order_of(state.atom, atom)
            self.put(id, ArrayState(kept, state.kind))
            self.pools.written |= self.heap.pooled_in(id)
            return
        assert isinstance(state, ViewState)
        self.readable(id)
        self.write(state.base, self._through(self.array(state.base), state.step, atom), reorders=reorders)

    def in_order_of(self, old: Atom, new: Atom) -> Atom:
        """`new`, as the value of an array that lies in memory as `old` does."""
        if (old in self.reordered) == (new in self.reordered):
            return new
        same = self.emit("reshape", new, shape=static_shape(array_type(new)))
        if old in self.reordered:
            self.reordered.add(same)
        return same

    def _through(self, base: Atom, step: ViewStep, new: Atom) -> Atom:
        """The base's new value when what `step` shows of it becomes `new`."""
        assert isinstance(base.type, Array)
        attrs = dict(step.attrs)
        if step.op == "index":
            return self.emit("index_set", base, new, *step.operands, **attrs)
        if step.op == "reshape":
            return self.emit("reshape", new, shape=base.type.shape)
        if step.op == "real":
            return self.emit("complex", new, self.emit("imag", base))
        if step.op == "imag":
            return self.emit("complex", self.emit("real", base), new)
        assert step.op == "transpose"
        perm = attrs["perm"]
        return self.emit("transpose", new, perm=tuple(perm.index(k) for k in range(len(perm))))

    def operand(self, value: Value) -> tuple[Atom, Kind] | None:
        """A number or an array as an atom and its kind; None for anything else."""
        value = self.use(value)
        num = as_num(value)
        if num is not None:
            return num.atom, num.kind
        if isinstance(value, Ref):
            state = self.heap.states[value.id]
            if isinstance(state, ARRAYS):
                return self.array(value.id), self.kind(value.id)
        return None

    def kind(self, id: int) -> Kind:
        state = self.heap.states[self.heap.root(id)]
        assert isinstance(state, ArrayState)
        return state.kind

    def is_array(self, value: Value) -> bool:
        return isinstance(value, Ref) and isinstance(self.heap.states[value.id], ARRAYS)

    # -- making values --------------------------------------------------------------------------------------------

    def new_array(self, atom: Atom, kind: Kind = "numpy") -> Ref:
        return Ref(self.heap.alloc(ArrayState(atom, kind)))

    def new_showing(self, of: Value, atom: Atom, kind: Kind) -> Ref:
        """An array that shows what `of` has in a way that is no view here: a change of one makes the other unknown."""
        new = self.new_array(atom, kind)
        if isinstance(of, Ref) and self.is_array(of):
            self.heap.link(new.id, of.id)
        return new

    def new_read_only(self, of: Value, atom: Atom, kind: Kind) -> Ref:
        """What `of` has, in an array that NumPy does not let be changed."""
        new = self.new_showing(of, atom, kind)
        self.heap.read_only.add(new.id)
        return new

    def new_list(self, items: Sequence[Value]) -> Ref:
        return Ref(self.heap.alloc(ListState(tuple(items))))

    def new_dict(self, keys: Sequence[Any], items: Sequence[Value]) -> Ref:
        ref = Ref(self.heap.alloc(DictState(tuple(keys), tuple(items))))
        self.begin_dict(ref)
        return ref

    def new_iterator(self, of: Value) -> Ref:
        """An iterator; what it gives is unknown when a deque that it goes through has been changed."""
        new = Ref(self.heap.alloc(IteratorState((of,))))
        todo = [of]
        while todo:
            part = todo.pop()
            todo += parts(part)
            for queue in self.heap.queues(part.id) if isinstance(part, Ref) else ():
                for data in self.heap.data(queue):
                    self.heap.note(data, new.id)
        return new

    def result(self, atom: Atom, kind: Kind) -> Value:
        """The value of an operation's result: NumPy gives scalars for rank 0, jax gives arrays."""
        assert isinstance(atom.type, Array)
        if kind in ("jax", "weak"):
            return self.new_array(atom, kind if atom.type.dtype in (I64, F64, C128) else "jax")
        if atom.type.shape:
            return self.new_array(atom, "numpy")
        return const_if_literal(Num(self.constants.literal(self.builder.names, atom), kind))

    def view(self, ref: Ref, op: str, operands: Sequence[Atom] = (), **attrs: Any) -> Value:
        """A view of an array; of a jax array, a new array."""
        step = ViewStep(op, tuple(operands), tuple(sorted(attrs.items())))
        state = self.heap.states[ref.id]
        if isinstance(state, ViewState) and not state.is_flat and state.step.op == op == "index":
            spec = composed(dict(state.step.attrs)["spec"], attrs["spec"])
            if spec is not None:
                self.readable(ref.id)
                ref, step = Ref(state.base), ViewStep(op, (), (("spec", spec),))
        base = self.array(ref.id)
        seen = self.look(base, step)
        if (kind := self.kind(ref.id)) in ("jax", "weak"):
            return self.new_array(seen, kind)
        if op == "reshape" and not self._reshape_is_view(ref.id, attrs["shape"]):
            return self._copied(ref.id, seen)
        return Ref(self.heap.alloc(ViewState(ref.id, step, base, seen)))

    def flat(self, ref: Ref) -> Value:
        """`x.flat`: writing to it writes to the array, however that lies in memory."""
        base = self.array(ref.id)
        step = ViewStep("reshape", (), (("shape", (math.prod(static_shape(array_type(base))),)),))
        seen = self.look(base, step)
        if (kind := self.kind(ref.id)) in ("jax", "weak"):
            return self.new_array(seen, kind)
        return Ref(self.heap.alloc(ViewState(ref.id, step, base, seen, is_flat=True)))

    def _reshape_is_view(self, id: int, shape: tuple[int, ...]) -> bool:
        strides, old = self.strides(id), static_shape(array_type(self.array(id)))
        found = strides is not None and reshaped(strides, old, shape) is not None
        if found:
            self.reshaped.add(self.heap.root(id))
        return found

    def _copied(self, id: int, seen: Atom) -> Ref:
        """A reshape that copies. Where the order in memory is not known it may also be a view."""
        new = self.new_array(seen)
        if self.strides(id) is None or self.heap.root(id) in self.entry_ids:
            self.heap.link(new.id, id)
            self.copied |= {new.id, id, self.heap.root(id)}
        return new

    def strides(self, id: int) -> tuple[int, ...] | None:
        """The strides of an array, None if not known; those of an argument are checked at the call (`reshaped`)."""
        state = self.heap.states[id]
        if isinstance(state, ArrayState):
            return None if state.atom in self.reordered else contiguous(static_shape(state.type))
        assert isinstance(state, ViewState)
        base = self.strides(state.base)
        if base is None:
            return None
        shape = static_shape(array_type(self.array(state.base)))
        return viewed(base, shape, state.step.op, dict(state.step.attrs))

    def is_c_ordered(self, id: int) -> bool:
        """Whether an array is read as one in C order would be: of one axis, any is."""
        shape = static_shape(array_type(self.array(id)))
        return len(shape) < 2 or self.strides(id) == contiguous(shape)

    def may_be_reordered(self, id: int) -> bool:
        """Whether what is computed from an array, element by element, may be in another order than C."""
        if not isinstance(self.heap.states[id], (ArrayState, ViewState)):
            return False
        shape, strides = static_shape(array_type(self.array(id))), self.strides(id)
        return len(shape) > 1 and (strides is None or not is_falling(strides, shape))

    def reorder(self, id: int, is_known: bool = False) -> None:
        """Note that a new array, which nothing else shows, lies in memory in C order (`is_known`), or in any."""
        atom = self.array(id)
        shape = static_shape(array_type(atom))
        if len(shape) > 1 and self.kind(id) == "numpy" and is_known is (self.strides(id) is None):
            same = self.emit("reshape", atom, shape=shape)
            if not is_known:
                self.reordered.add(same)
            self.heap.states[id] = ArrayState(same, self.kind(id))

    # -- words for errors --------------------------------------------------------------------------------------------

    def describe(self, value: Value, depth: int = 0) -> str:
        """The type of a value in the words of an error: `f64[2,3]`, `int`, `(float, f64[3])`, or with `...`."""
        num = as_num(value)
        if num is not None:
            assert isinstance(num.atom.type, Array)
            return number_name(num.atom.type, num.kind)
        match value:
            case Const():
                return _describe_const(value.value)
            case Tup():
                inner = self._listed([("", v) for v in value.items], depth)
                return f"({inner},)" if len(value.items) == 1 else f"({inner})"
            case Ref():
                return self._describe_object(value.id, depth)
            case Maybe():
                return self.describe(value.value, depth) + (" or None" if value.for_none else "")
            case Undef():
                return "not bound"
            case Fn() | Bound() | BuiltinMethod() | Partial() | Transform() | Pullback() | Pushforward() | Chosen():
                return "a function"
            case Range():
                return "a range"
            case Message():
                return "a str"
            case Raised():
                return value.cls.__name__
            case _:
                return type(value).__name__.lower()

    def _listed(self, items: Sequence[tuple[str, Value]], depth: int) -> str:
        if depth >= MAX_DEPTH:
            return "..." if items else ""
        shown = [before + self.describe(v, depth + 1) for before, v in items[:MAX_ITEMS]]
        return ", ".join([*shown, "..."] if len(items) > MAX_ITEMS else shown)

    def _describe_object(self, id: int, depth: int) -> str:
        state = self.heap.states[id]
        match state:
            case ArrayState():
                return array_name(state.type)
            case ViewState():
                return array_name(array_type(state.seen))
            case SizedState():
                type = array_type(self.array(state.base))
                dims = tuple(SymDim("?") if k in state.axes else d for k, d in enumerate(type.shape))
                return str(Array(type.dtype, dims))
            case GrownState():
                return "a list of run-time length"
            case ListState():
                return "[" + self._listed([("", v) for v in state.items], depth) + "]"
            case DictState():
                return (
                    "{"
                    + self._listed([(f"{k!r}: ", v) for k, v in zip(state.keys, state.items, strict=True)], depth)
                    + "}"
                )
            case ObjectState() if state.cls is Picked and isinstance(state.items[0], Ref):
                type = array_type(self.array(state.items[0].id))
                return str(Array(type.dtype, (SymDim("?"), *type.shape[1:])))
            case ObjectState() if state.cls is RunTimeDict:
                return "a dict of run-time keys"
            case ObjectState() | RowState():
                return STANDS_FOR.get(state.cls, state.cls).__name__
            case CellState():
                return "variable"
            case IteratorState():
                return "an iterator"
            case SlotsState():
                return "where the keys of a dict are"


def const_if_literal(num: Num) -> Value:
    """A number whose atom is a literal is a compile-time one."""
    return const_number(num.atom, num.kind) if isinstance(num.atom, Lit) else num


def array_type(atom: Atom) -> Array:
    assert isinstance(atom.type, Array)
    return atom.type


def _describe_const(value: Any) -> str:
    if is_number(value):
        return type(value).__name__
    if isinstance(value, type):
        return f"class {value.__name__}"
    if value is None or isinstance(value, (str, bytes)):
        return repr(value)
    return getattr(value, "__name__", type(value).__name__)


def _not_wired(*_: Any, **__: Any) -> Any:
    raise AssertionError("inference is not wired")
