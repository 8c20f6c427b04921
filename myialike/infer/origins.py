"""Where the operands of an operation come from, and who called: the notes under an error.

    note: x is f64[6,5], an argument of loss
    note: h is f64[4], from line 12: h = np.tanh(b)
    note: called from line 20, in train: loss(p, x)

Nothing is recorded while a program runs. When an error is made, the operands of the equation at fault are named by the
user's own text, and what bound each is looked up in the graph of the function that it stands in.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import TYPE_CHECKING

from myialike.infer.values import Const, Maybe, Num, Ref, Tup, Undef, Value, is_number
from myialike.ir.syntax import Atom, Block, Closure, Eqn, For, Graph, If, Prim, Var, While, blocks_of, walk
from myialike.source import Location, line_of, operand_texts, segment, short

if TYPE_CHECKING:
    from myialike.infer.machine import Machine

MAX_CALLS = 8
INSIDE = ("py.tuple", "py.list", "py.slice", "py.dict")


def user_name(var: Var) -> str:
    """The user's name of a variable: the IR's without its number."""
    stem, _, number = var.name.rpartition("_")
    return stem if stem and number.isdigit() else var.name


# -- calls ----------------------------------------------------------------------------------------------------------


def calls(m: Machine) -> Iterator[str]:
    """The calls that led here, the nearest first."""
    file = m.loc.filename if m.loc else ""
    found = [f.call for f in reversed(m.frames) if f.call is not None]
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
    texts = operand_texts(eqn.loc) if eqn.loc else ()
    for atom, text in zip_longest(inputs, texts[: len(inputs)], fillvalue=""):
        if isinstance(atom, Var) and not (isinstance(eqn, Prim) and eqn.op.endswith("set")):
            yield from _operand(m, atom, text, whole)


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
        text = text or (segment(maker.loc) if inline and isinstance(maker, Prim) and maker.loc else user_name(var))
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
        return value.value is None or is_number(value.value) or isinstance(value.value, (str, bytes, tuple))
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
            return f"changed by the loop at line {loc.lineno}"
        case If() if loc:
            return f"assigned under the condition at line {loc.lineno}"
        case Prim() | Closure() if loc and not _global(maker):
            return f"from line {loc.lineno}: {short(line_of(loc).strip())}"
        case _:
            return _global(maker)


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


def last_assignment(m: Machine, block: Block, atom: Atom) -> Location | None:
    """The place in a block that gives a result of it its value, branches not looked into."""
    for eqn in block.eqns:
        if atom in eqn.outputs:
            return _inner(eqn, eqn.outputs.index(atom)) if isinstance(atom, Var) else None
    return None


def _inner(eqn: Eqn, k: int) -> Location | None:
    """The place of output `k` of an equation; of a loop, in its body."""
    if isinstance(eqn, (For, While)):
        result = eqn.body.results[k]
        for inner in eqn.body.eqns:
            if result in inner.outputs and isinstance(result, Var):
                return _inner(inner, inner.outputs.index(result))
    return eqn.loc
