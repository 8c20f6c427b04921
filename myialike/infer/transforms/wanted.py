"""What a derivative is taken with respect to: the meaning of `argnums`, and the leaves that it stands for.

As in JAX, `argnums` is a position, counted from the end if negative, or a sequence of them. Beside positions it takes
names: of a parameter, whether its argument is passed by position or by keyword, or else of a variable that the function
captures: a global, or a variable of an enclosing function, that holds numbers or arrays.

    w = np.ones(3)
    grad(lambda x: np.sum(w * x), "w")(x)          the derivative with respect to the captured w
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from types import FunctionType
from typing import Any

from myialike.errors import TypeCheckError, UnsupportedError
from myialike.infer.describe import static_fields
from myialike.infer.freeze import Thawing
from myialike.infer.heap import CellState, classes_in
from myialike.infer.isolate import Isolated
from myialike.infer.machine import Machine, array_type
from myialike.infer.origins import user_name
from myialike.infer.overloading import method_of
from myialike.infer.parameters import parameters, python_function
from myialike.infer.spec import Key, Spec, leaf_paths, leaf_types, words
from myialike.infer.transforms.isolating import Keywords, alone
from myialike.infer.values import (
    Bound,
    Const,
    Fn,
    Num,
    Partial,
    Ref,
    Transform,
    Tup,
    Value,
    is_function,
    is_number,
    name_of,
)
from myialike.ir.syntax import Atom, Graph, Var
from myialike.ir.types import is_float
from myialike.library.dicts import RunTimeDict
from myialike.library.stand_ins import INSIDE

NOTHING: Spec = ("const", Key(None))
NOT_GIVEN = {  # by the kind of a parameter: why its name stands for no argument of a call, and what to do
    "VAR_POSITIONAL": ("which stands for any number of arguments", "give their positions"),
    "VAR_KEYWORD": ("which stands for any number of arguments", "give their names"),
    "GIVEN": ("which was given before the call", "differentiate the function that it was given to"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that is differentiated with respect to: its name, structure and leaves of the graph.

    The structure is that of the derivative: in instances, numbers that are not floating and functions are None in it,
    as equinox has it, unless a field is declared static.
    """

    name: str
    spec: Spec
    leaves: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A function run by itself, and the parts that its derivative is taken with respect to.

    `one` says that `argnums` was not a sequence, so that there is one derivative and not a tuple of them.
    """

    isolated: Isolated
    parts: tuple[Part, ...]
    one: bool

    @property
    def active(self) -> tuple[bool, ...]:
        """For each leaf that goes in, whether it is differentiated."""
        chosen = {leaf for part in self.parts for leaf in part.leaves}
        return tuple(leaf in chosen for leaf in range(len(self.isolated.graph.params)))

    def structured(self, m: Machine, atoms: Sequence[Atom]) -> Value:
        """One atom for each active leaf, in their order, in the structures of the parts."""
        by_leaf = dict(zip([k for k, a in enumerate(self.active) if a], atoms, strict=True))
        values = [structured(m, p.spec, [by_leaf[k] for k in p.leaves]) for p in self.parts]
        return values[0] if self.one else Tup(tuple(values))


    def held(self, m: Machine) -> tuple[Value, ...]:
        """The leaves that went in, as values that paths and loops carry like others."""
        atoms = self.isolated.inputs
        return tuple(m.new_array(a) if array_type(a).shape else Num(a, "numpy") for a in atoms)


def atoms_of(m: Machine, held: Sequence[Value]) -> list[Atom]:
    """The atoms of what `Wanted.held` gave."""
    found = [m.operand(v) for v in held]
    return [operand[0] for operand in found if operand is not None]


def structured(m: Machine, spec: Spec, atoms: Sequence[Atom]) -> Value:
    return Thawing(m, iter(atoms)).make(spec)


def run_wanted(m: Machine, t: Transform, args: list[Value], keywords: Keywords) -> Wanted:
    """Run the function of `t` by itself, to be differentiated as its option `argnums` says."""
    argnums = t.option("argnums")
    one = isinstance(argnums, (int, str))
    targets = [_target(m, t.fn, k, args, keywords) for k in ((argnums,) if one else argnums)]
    captured = any(isinstance(k, str) for k in targets)
    isolated = alone(m, t.fn, args, keywords, [k for k in targets if isinstance(k, int)], captured)
    parts = [_part(m, isolated, t.fn, k, len(args) + len(keywords)) for k in targets]
    wanted = checked(m, Wanted(isolated, tuple(parts), one), t.kind)
    _check_complex(m, wanted, t)
    return wanted


def run_primals(m: Machine, fn: Value, primals: Sequence[Value], what: str) -> Wanted:
    """Run a function by itself, to be differentiated with respect to all its arguments."""
    isolated = alone(m, fn, primals, (), range(len(primals)))
    parts = [_part(m, isolated, fn, k, len(primals)) for k in range(len(primals))]
    return checked(m, Wanted(isolated, tuple(parts), False), what)


def checked(m: Machine, wanted: Wanted, what: str) -> Wanted:
    """`wanted`, all leaves of which must be floating."""
    graph = wanted.isolated.graph
    for part in wanted.parts:
        if RunTimeDict in classes_in(part.spec):
            text = f"{what} of {graph.name} with respect to a dict whose keys only run time knows"
            m.fail(UnsupportedError, text, "pass its keys and its values as two arrays or lists")
        if part.spec[0] == "const" and part.spec[1].value is not None:
            text = f"{what} of {graph.name} with respect to {words(part.spec)}, which has no derivative"
            m.fail(TypeCheckError, text, "choose other arguments with argnums")
        for k, leaf in enumerate(part.leaves):
            if not is_float(graph.params[leaf].type):
                m.fail(
                    TypeCheckError,
                    f"{what} with respect to {leaf_name(part, k)} of {graph.name}, which is {leaf_words(part, k)}: "
                    "only floating-point values have derivatives",
                    "pass a float, or choose other arguments with argnums",
                )
    return wanted


def _check_complex(m: Machine, wanted: Wanted, t: Transform) -> None:
    """As JAX does, refuse real arguments of a holomorphic derivative, and complex ones in forward mode otherwise."""
    graph, holomorphic = wanted.isolated.graph, t.option("holomorphic")
    for part in wanted.parts:
        for k, leaf in enumerate(part.leaves):
            is_complex = array_type(graph.params[leaf]).dtype.kind == "c"
            what = f"{leaf_name(part, k)} of {graph.name}, which is {leaf_words(part, k)}"
            if holomorphic and not is_complex:
                m.fail(TypeCheckError, f"{t.kind} with holomorphic=True with respect to {what}: it must be complex")
            if is_complex and not holomorphic and t.kind == "jacfwd":
                hint = "pass holomorphic=True if the function is holomorphic, or use jacrev"
                m.fail(TypeCheckError, f"jacfwd with respect to {what}: it must be real", hint)


def leaf_name(part: Part, k: int) -> str:
    """What the user calls the k-th leaf of a part: `p['n']`."""
    path = list(leaf_paths(part.spec))[k]
    return f"{part.name}{path}" if path else repr(part.name)


def leaf_words(part: Part, k: int) -> str:
    """The type of the k-th leaf of a part."""
    return str(list(leaf_types(part.spec))[k]) if list(leaf_paths(part.spec))[k] else words(part.spec)


# -- positions and names -----------------------------------------------------------------------------------------------


def _called(m: Machine, fn: Value) -> Value:
    """The method that is called where an instance is."""
    method = method_of(m, fn, "__call__") if isinstance(fn, (Ref, Tup)) else None
    return fn if method is None else Bound(Const(method), fn)


def _target(m: Machine, fn: Value, k: int | str, args: Sequence[Value], keywords: Keywords) -> int | str:
    """The position among the arguments and keywords that `k` stands for; the name of a captured variable as it is."""
    count, name = len(args), name_of(fn)
    if isinstance(k, int):
        if not -count <= k < count:
            m.fail(
                TypeCheckError,
                f"argnums={k} asks for argument {k} (counted from 0) of {name}, which is called with "
                f"{count} positional argument{'s' * (count != 1)}",
                "pass the differentiated arguments by position, or name them: argnums='x'",
            )
        return k % count
    known = parameters(_called(m, fn))
    if k in known.positions[:count]:
        return known.positions.index(k)
    named = [n for n, _ in keywords]
    if k in named:
        return count + named.index(k)
    kind = dict(known.others).get(k, "POSITION" if k in known.positions else "")
    if kind:
        why, hint = NOT_GIVEN.get(kind, ("whose default is used", f"pass {k!r} in the call"))
        m.fail(TypeCheckError, f"argnums={k!r} asks for the derivative of {name} with respect to {k!r}, {why}", hint)
    return k


def _part(m: Machine, isolated: Isolated, fn: Value, target: int | str, count: int) -> Part:
    """The leaves of a target; `count` values go in before the function."""
    if isinstance(target, int):
        leaves = isolated.leaf_range(target)
        first = isolated.graph.params[leaves.start] if leaves else None
        return _differentiated(user_name(first) if first is not None else "", isolated.specs[target], leaves.start)
    made = _made_inside(m, isolated, fn, target, count)
    return made or _read_outside(m, isolated, fn, target, count)


def _made_inside(m: Machine, isolated: Isolated, fn: Value, name: str, position: int) -> Part | None:
    """The part of a variable that a function made while the program runs captures."""
    if not isinstance(fn, Fn):
        return None
    names = [_captured_name(m, var, value) for var, value in fn.captured]
    if name not in names:
        return None
    specs, start = isolated.specs[position][2], isolated.leaf_range(position).start
    k = names.index(name)
    before = sum(1 for s in specs[:k] for _ in leaf_types(s))
    return _captured(m, name, specs[k], start + before)


def _captured_name(m: Machine, var: Var, value: Value) -> str:
    """The user's name of a captured variable; one that may change is in a cell, that is called after it."""
    boxed = isinstance(value, Ref) and isinstance(m.state(value.id), CellState)
    return user_name(var).removesuffix("_cell") if boxed else user_name(var)


def _read_outside(m: Machine, isolated: Isolated, fn: Value, name: str, position: int) -> Part:
    """The part of a global, or of a variable of an enclosing function, that a Python function reads."""
    assert m.world is not None
    found = _variable(_called(m, fn), name)
    if found is not None:
        m.world.read(m, *found)  # begins again, with it among the hidden inputs, if it was not there
        k = m.world.position(found[0])
        if k is not None:
            at = position + 1 + k
            return _captured(m, name, isolated.specs[at], isolated.leaf_range(at).start)
    what = "holds no numbers" if found is not None else "is neither a parameter nor a variable that it captures"
    m.fail(TypeCheckError, f"argnums={name!r} for {name_of(fn)}: {name!r} {what}", "name a parameter, or give a number")


def _captured(m: Machine, name: str, spec: Spec, start: int) -> Part:
    if spec[0] == "same":
        text = f"the derivative with respect to the captured {name!r}, which is also reached by another name"
        m.fail(UnsupportedError, text, "pass a copy")
    return _differentiated(name, spec[1][0] if spec[0] == "cell" else spec, start)


def _differentiated(name: str, spec: Spec, start: int) -> Part:
    """The part of a value of this spec, the first leaf of which has the number `start`."""
    leaves: list[int] = []
    rest = count(start)
    spec = _floating(spec, rest, leaves, False)
    return Part(name, spec, tuple(leaves))


def _floating(spec: Spec, numbers: Iterator[int], leaves: list[int], held: bool) -> Spec:
    """`spec` with None for what has no derivative in instances; `held`: inside of one. Notes the leaves that remain."""
    match spec:
        case ("const", key):
            return NOTHING if held and (is_number(key.value) or is_function(Const(key.value))) else spec
        case ("object", cls, names, (*items, inside)) if cls in INSIDE:
            kept = [_known(s, numbers) for s in items]
            return ("object", cls, names, (*kept, _floating(inside, numbers, leaves, held)))
        case ("object", cls, names, items):
            static = static_fields(cls)
            kept = [_floating(s, numbers, leaves, n not in static) for n, s in zip(names, items, strict=True)]
            return ("object", cls, names, tuple(kept))
        case ("tuple" | "list" | "dict", *_):
            return (*spec[:-1], tuple(_floating(s, numbers, leaves, held) for s in spec[-1]))
    types = list(leaf_types(spec))
    found = [next(numbers) for _ in types]
    if held and not any(map(is_float, types)):
        return NOTHING
    leaves += found
    return spec


def _known(spec: Spec, numbers: Iterator[int]) -> Spec:
    """A number of changes, or another attribute of what stands for an object of Python's, which has no derivative."""
    found = [next(numbers) for _ in leaf_types(spec)]
    return ("const", Key(0)) if found else spec


Outside = tuple[tuple[Any, ...], Callable[[], Any]]


def _variable(fn: Value, name: str) -> Outside | None:
    """The key of `World.read` for a variable that a function sees, and how to read it."""
    python = _python(fn)
    if python is None:
        return None
    if name in python.__code__.co_freevars:
        cell = (python.__closure__ or ())[python.__code__.co_freevars.index(name)]
        return ("free", id(cell)), lambda: cell.cell_contents
    space = python.__globals__
    return (("global", id(space), name), lambda: space[name]) if name in space else None


def _python(fn: Value) -> FunctionType | None:
    """The Python function whose globals a function value sees."""
    match fn:
        case Const():
            return python_function(fn.value)
        case Fn():
            return fn.owner
        case Bound() | Partial() | Transform():
            return _python(fn.fn)
        case _:
            return None


def floating_results(graph: Graph) -> list[int]:
    return [k for k, r in enumerate(graph.results) if is_float(r.type)]
