"""Where the operands of an operation come from, and who called: the notes under an error.

    note: x is f64[6,5], an argument of loss
    note: h is f64[4], from line 12: h = np.tanh(b)
    note: called from line 20, in train: loss(p, x)

Nothing is recorded while a program runs. When an error is made, the operands of the equation at fault are named by the
user's own text, and what bound each is looked up in the graph of the function that it stands in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from linecache import getline
from types import ModuleType
from typing import TYPE_CHECKING

from myialike.infer.heap import GrownState, ObjectState
from myialike.infer.values import Const, Maybe, Num, Ref, Tup, Value, is_number
from myialike.ir.names import numberless, spoken
from myialike.ir.syntax import Atom, Closure, Eqn, For, Graph, If, Lit, Prim, Var, While, blocks_of, walk
from myialike.source import Location, assigned_lines, line_of, operand_texts, returned_lines, segment, short

if TYPE_CHECKING:
    from myialike.infer.machine import Machine

MAX_CALLS = 8
MAX_LINES = 4
INSIDE = ("py.tuple", "py.list", "py.slice", "py.dict")
ON_TARGETS = ("py.unpack", "py.cell_get", "py.cell_set")  # their places are the targets of an assignment


def user_name(var: Var) -> str:
    """The user's name of a variable: the IR's without its number."""
    return spoken(numberless(var.name))


def part_name(m: Machine, id: int, part: Sequence[int | str]) -> str:
    """The user's name of an object, or of the part of it at this place: that of a variable, an attribute; else "a"."""
    held = "a"
    for var, value in m.named.items():
        if not isinstance(value, Ref) or user_name(var) == "v":
            continue
        if value.id == id:
            return _item_name(m, id, part[0], user_name(var)) if part else user_name(var)
        items = getattr(m.heap.states.get(value.id), "items", ())
        places = [k for k, item in enumerate(items) if isinstance(item, Ref) and item.id == id]
        held = _item_name(m, value.id, places[0], user_name(var)) if places and held == "a" else held
    return held


def _item_name(m: Machine, id: int, k: int | str, name: str) -> str:
    """The name of the k-th item of an object of this name: an attribute has one of its own."""
    match m.heap.states[id]:
        case ObjectState() as state if isinstance(k, int):
            return state.names[k]
        case GrownState() if k == 0:
            return f"{name}_length"
        case _:
            return name


# -- calls ----------------------------------------------------------------------------------------------------------


def calls(m: Machine, callee: Location | None = None) -> Iterator[str]:
    """The calls that led here, the nearest first; with `callee`, those that led there, this equation included."""
    here = callee or m.loc
    file = here.filename if here else ""
    frames = [f.call for f in reversed(m.frames)]
    found = [loc for loc in ([m.loc, *frames] if callee else frames) if loc is not None]
    for k, loc in enumerate(found):
        if MAX_CALLS <= k < len(found) - 1:
            if k == MAX_CALLS:
                yield f"... {len(found) - MAX_CALLS - 1} more calls ..."
            continue
        place = f"line {loc.lineno}" if loc.filename == file else f"{loc.filename}:{loc.lineno}"
        inside = f", in {loc.function}" if loc.function else ""
        yield f"called from {place}{inside}: {short(segment(loc))}"


# -- operands -------------------------------------------------------------------------------------------------------


def operands(m: Machine) -> list[str]:
    """What the operands of the equation being run are: their types, and where they were bound."""
    if not isinstance(m.eqn, (Prim, For)) or m.eqn.loc is None or not m.frames:
        return []
    return list(dict.fromkeys(_operands(m, m.eqn, m.eqn.loc)))


def _operands(m: Machine, eqn: Prim | For, whole: Location) -> Iterator[str]:
    inputs = eqn.inputs if isinstance(eqn, Prim) else eqn.over
    written = eqn.loc is not None and not (isinstance(eqn, Prim) and eqn.op in ON_TARGETS)
    texts = operand_texts(eqn.loc) if eqn.loc and written else ()
    for atom, text in zip_longest(inputs, texts[: len(inputs)], fillvalue=""):
        if isinstance(atom, Var):
            yield from _operand(m, atom, text, whole)
        elif (
            isinstance(atom, Lit)
            and text.isidentifier()
            and text != repr(atom.value)
            and _is_data(m, Const(atom.value))
        ):
            yield f"{text} is {atom.value!r}"


def _operand(m: Machine, var: Var, text: str, whole: Location) -> Iterator[str]:
    graph = _graph(m)
    maker = None if graph is None else maker_of(graph, var)
    inline = isinstance(maker, Prim) and maker.loc is not None and _within(maker.loc, whole)
    value = m.named.get(var)
    if isinstance(value, Maybe):
        value = value.value
    opened = INSIDE if _is_data(m, value) else (*INSIDE, "py.getattr")
    if isinstance(maker, Prim) and maker.op in opened and inline:
        yield from _operands(m, maker, whole)
    elif value is not None and _is_data(m, value):
        nameless = not text and (inline or user_name(var) == "v")
        if isinstance(maker, Prim) and maker.loc is not None and (maker.loc == whole or nameless):
            text = segment(maker.loc)  # whether a whole expression is true has no text of its own
        text = text or user_name(var)
        what = repr(value.value) if isinstance(value, Const) and is_number(value.value) else m.describe(value)
        where = _root(m, maker, whole) if inline else binding(m, var)
        if text != what:
            yield f"{short(text)} is {what}" + (f", {where}" if where else "")


def _root(m: Machine, maker: Eqn | Graph | None, whole: Location) -> str:
    """Where an operand that is an expression comes from: what it is an item or an attribute of."""
    if not isinstance(maker, Prim) or maker.op not in ("py.getitem", "py.getattr"):
        return _global(maker)
    owner, graph = maker.inputs[0], _graph(m)
    if not isinstance(owner, Var) or graph is None:
        return ""
    inner = maker_of(graph, owner)
    if isinstance(inner, Prim) and inner.loc and _within(inner.loc, whole) and inner.op in ("py.getitem", "py.getattr"):
        return _root(m, inner, whole)
    where = binding(m, owner)
    text = operand_texts(maker.loc)[:1] if maker.loc else ()
    return f"where {short(text[0])} is {where}" if where and text and _is_data(m, m.named.get(owner)) else ""


def _is_data(m: Machine, value: Value | None) -> bool:
    """Whether an error says what a value is: not of functions, modules and types."""
    if isinstance(value, Const):
        return not callable(value.value) and not isinstance(value.value, ModuleType)
    return isinstance(value, (Num, Tup)) or (isinstance(value, Ref) and value.id in m.heap.states)


def _within(inner: Location, outer: Location) -> bool:
    starts = (outer.lineno, outer.col_offset) <= (inner.lineno, inner.col_offset)
    return starts and (inner.end_lineno, inner.end_col_offset) <= (outer.end_lineno, outer.end_col_offset)


def _global(maker: Eqn | Graph | None) -> str:
    op = maker.op if isinstance(maker, Prim) else ""
    return {"py.global": "a global variable", "py.free": "a variable of the function around it"}.get(op, "")


# -- bindings -------------------------------------------------------------------------------------------------------


def _graph(m: Machine) -> Graph | None:
    """The graph of the Python function whose source the present frame's function stands in."""
    owner = m.frames[-1].owner if m.frames else None
    return None if owner is None else m.services.parse(owner)


def binding(m: Machine, atom: Atom) -> str:
    """Where a variable of the running function was bound, in words; empty where that is not known."""
    graph = _graph(m)
    maker = maker_of(graph, atom) if graph is not None and isinstance(atom, Var) else None
    loc = getattr(maker, "loc", None)
    match maker:
        case Graph():
            return f"an argument of {maker.name}"
        case For() if loc and atom == maker.body.params[0]:
            return f"from the loop at line {loc.lineno}: {short(line_of(loc).strip())}"
        case For() | While() if loc:
            first = _carried(maker, atom)
            start = f"{where}, and " if first is not None and (where := binding(m, first)) else ""
            return f"{start}changed by the loop at line {loc.lineno}"
        case If() if loc:
            return f"assigned under the condition at line {loc.lineno}"
        case Prim() | Closure() if loc and not _global(maker):
            return f"from line {loc.lineno}: {short(line_of(loc).strip())}"
        case _:
            return _global(maker)


def _carried(loop: For | While, atom: Atom) -> Atom | None:
    """What a variable that a loop carries is when the loop starts."""
    params = loop.body.params[1:] if isinstance(loop, For) else loop.body.params
    return next((a for v, a in zip(params, loop.init, strict=True) if v == atom), None)


def maker_of(graph: Graph, var: Var) -> Eqn | Graph | None:
    """The equation that binds a variable, or whose block has it as a parameter; the graph whose parameter it is."""
    if var in graph.params:
        return graph
    for eqn in walk(graph.body):
        if var in eqn.outputs or (not isinstance(eqn, Closure) and any(var in b.params for b in blocks_of(eqn))):
            return eqn
        if isinstance(eqn, Closure) and var in eqn.graph.params:
            return eqn.graph
    return None


def assignments(m: Machine, k: int) -> list[tuple[Location, str]]:
    """Where output `k` of the `If` or loop being run gets its value: in the branches, or in the body; and the lines."""
    eqn, graph = m.eqn, _graph(m)
    blocks = [eqn.then, eqn.orelse] if isinstance(eqn, If) else [eqn.body] if isinstance(eqn, (For, While)) else []
    if graph is None or k >= len(blocks[0].results if blocks else ()):
        return []
    found = [_maker_place(graph, b.results[k]) for b in blocks]
    return [(loc, short(line_of(loc).strip())) for loc in found if loc is not None]


def _maker_place(graph: Graph, atom: Atom) -> Location | None:
    """The place of the equation that makes an atom; what a branch or a loop inside makes is looked for in it."""
    maker = maker_of(graph, atom) if isinstance(atom, Var) else None
    if isinstance(maker, (For, While)) and atom in maker.outputs:
        return _maker_place(graph, maker.body.results[maker.outputs.index(atom)]) or maker.loc
    return None if maker is None or isinstance(maker, Graph) else maker.loc


def unbound(m: Machine, name: str) -> list[str]:
    """Where the running function assigns a variable that is not bound."""
    loc = m.frames[-1].graph.loc if m.frames else None
    return [f"{name} is assigned at {line}" for line in _quoted(loc, assigned_lines(loc, name) if loc else [])]


def returns(m: Machine) -> list[str]:
    """The `return` statements of the running function."""
    loc = m.frames[-1].graph.loc if m.frames else None
    return list(_quoted(loc, returned_lines(loc) if loc else []))


def _quoted(loc: Location | None, numbers: Sequence[int]) -> Iterator[str]:
    for n in numbers[:MAX_LINES]:
        if loc is not None:
            yield f"line {n}: {short(getline(loc.filename, n).strip())}"
