"""Constant folding: what can be known now is computed now.

    operation on literals                      its value, by the meaning the table gives it (`Op.evaluate`)
    operation on arrays full of literals       an array full of its value, for pointwise operations
    check of a literal True                    nothing
    If on a literal                            the equations of the branch
    If whose branches yield the same           the value itself; the predicate for True and False
    inside a branch of `If p`                  p is True, or False, and so are the conditions p is made of
    For that runs no times, or once            the initial values; the equations of the body
    While whose condition is a literal False   the initial values
    index at a literal position                an index at a static one

Only values of rank 0 become literals, and only of operations that have no effect. An operation that raises stays, and
raises at run time as written.

After `check(p)` p is *not* taken to be true: where errors are reported at the end, execution goes on with p false, and
a loop that ends by p must end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from myialike.ir.builder import attrs_of, python_scalar
from myialike.ir.op import TABLE
from myialike.ir.syntax import Atom, Block, For, Graph, If, Lit, Prim, Var, While
from myialike.ir.types import Array
from myialike.ir.verify import POINTWISE
from myialike.opt.rewriter import FALSE, TRUE, Rewriter, is_pure

# Pointwise operations of one operand: the table of `docs/ARCHITECTURE.md`, and `cast`.
UNARY = frozenset(
    "neg abs sign exp exp2 expm1 log log2 log10 log1p sqrt cbrt sin cos tan arcsin arccos arctan sinh cosh tanh "
    "arcsinh arccosh arctanh floor ceil rint trunc conj isnan isinf isfinite signbit logical_not invert real imag "
    "angle integer_pow cast erf erfc erfinv ndtri log_ndtr gamma gammaln gammasgn digamma expit logit expi exp1 "
    "bessel_i bessel_ie sinc exprel fresnel_s fresnel_c sine_integral cosine_integral wofz spence dawsn j0 j1 "
    "y0 y1 k0 k1 k0e k1e erfcx".split()
)


def fold(graph: Graph) -> Graph:
    """Compute operations on literals, and take the branches and loop counts that are known."""
    return _Fold().graph(graph)


class _Fold(Rewriter):
    def prim(self, eqn: Prim) -> None:
        if eqn.op == "check" and eqn.inputs[0] == TRUE:
            return
        value = self.value(eqn)
        if value is None:
            self.emit(static_index(eqn) if eqn.op == "index" else eqn)
        elif eqn.outputs[0].type == value.type:
            self.replace(eqn.outputs, (value,))
        else:
            shape = array_type(eqn.outputs[0]).shape
            self.emit(Prim("broadcast", (value,), eqn.outputs, attrs_of({"shape": shape}), eqn.loc))

    def value(self, eqn: Prim) -> Lit | None:
        """The literal that the only output of `eqn` is, or is full of."""
        if len(eqn.outputs) != 1 or not eqn.inputs or not isinstance(eqn.outputs[0].type, Array):
            return None
        full = bool(eqn.outputs[0].type.shape)
        if full and eqn.op not in UNARY and eqn.op not in POINTWISE:
            return None
        literals = [self.literal(a) if full else a for a in eqn.inputs]
        known = [a for a in literals if isinstance(a, Lit)]
        return evaluated(eqn, known) if len(known) == len(literals) and is_pure(eqn) else None

    def if_(self, eqn: If) -> None:
        if isinstance(eqn.pred, Lit):
            branch = eqn.then if eqn.pred.value else eqn.orelse
            self.visit_all(branch.eqns)
            self.replace(eqn.outputs, self.read(branch.results))
            return
        then = self.block_knowing(eqn.then, eqn.pred, True)
        orelse = self.block_knowing(eqn.orelse, eqn.pred, False)
        self.merge(If(eqn.pred, then, orelse, eqn.outputs, eqn.loc))

    def block_knowing(self, block: Block, pred: Atom, truth: bool) -> Block:
        before = self.env
        self.env = {**before, **dict(self.facts(pred, truth))}
        result = self.block(block)
        self.env = before
        return result

    def facts(self, pred: Atom, truth: bool) -> Iterator[tuple[str, Atom]]:
        """The names that are known in a branch, with what they are equal to there."""
        if not isinstance(pred, Var):
            return
        yield pred.name, TRUE if truth else FALSE
        eqn = self.defs.get(pred.name)
        if eqn is None:
            return
        if eqn.op == "logical_not":
            yield from self.facts(eqn.inputs[0], not truth)
        elif eqn.op == ("logical_and" if truth else "logical_or"):
            yield from self.facts(eqn.inputs[0], truth)
            yield from self.facts(eqn.inputs[1], truth)

    def merge(self, eqn: If) -> None:
        """Emit an If without the outputs that are the same whichever branch runs, or the same as another output."""
        pairs: dict[tuple[Atom, Atom], Var] = {}
        negated: list[Var] = []
        for output, a, b in zip(eqn.outputs, eqn.then.results, eqn.orelse.results, strict=True):
            if a == b:
                self.replace((output,), (a,))
            elif (a, b) == (TRUE, FALSE):
                self.replace((output,), (eqn.pred,))
            elif (a, b) == (FALSE, TRUE):
                negated.append(output)
            elif (a, b) in pairs:
                self.replace((output,), (pairs[a, b],))
            else:
                pairs[a, b] = output
        then = Block((), eqn.then.eqns, tuple(a for a, _ in pairs))
        orelse = Block((), eqn.orelse.eqns, tuple(b for _, b in pairs))
        if pairs or then.eqns or orelse.eqns:
            self.emit(If(eqn.pred, then, orelse, tuple(pairs.values()), eqn.loc))
        for output in negated:
            self.emit(Prim("logical_not", (eqn.pred,), (output,), (), eqn.loc))

    def for_(self, eqn: For) -> None:
        trips = static_trips(eqn)
        if trips is None or len(trips) > 1:
            super().for_(eqn)
            return
        carry: Sequence[Atom] = eqn.init
        for index in trips:
            start = Lit(index, eqn.body.params[0].type)
            self.replace(eqn.body.params, (start, *carry))
            self.visit_all(eqn.body.eqns)
            carry = self.read(eqn.body.results)
        self.replace(eqn.outputs, carry)

    def while_(self, eqn: While) -> None:
        if eqn.cond.results[0] == FALSE:
            self.replace(eqn.cond.params, eqn.init)
            self.visit_all(eqn.cond.eqns)
            self.replace(eqn.outputs, eqn.init)
            return
        flag = eqn.cond.results[0]
        if flag in eqn.cond.params:
            k = eqn.cond.params.index(flag)
            self.replace((eqn.body.params[k], eqn.outputs[k]), (TRUE, FALSE))
        super().while_(eqn)


def evaluated(eqn: Prim, inputs: Sequence[Lit]) -> Lit | None:
    """The value of an operation on literals; None where it raises."""
    out = array_type(eqn.outputs[0])
    values = [array_type(a).dtype.type(a.value) for a in inputs]
    try:
        value = TABLE[eqn.op].evaluate(*values, **dict(eqn.attrs))
    except (ArithmeticError, ValueError, TypeError, IndexError):
        return None
    return Lit(python_scalar(out.dtype, value), Array(out.dtype))


def array_type(atom: Atom) -> Array:
    assert isinstance(atom.type, Array)
    return atom.type


def static_trips(eqn: For) -> range | None:
    """The values that the index of a For takes, if they are known."""
    if not all(isinstance(a, Lit) for a in eqn.over):
        return None
    start, stop, step = (a.value for a in eqn.over if isinstance(a, Lit))
    return range(start, stop, step) if step else None


def static_index(eqn: Prim) -> Prim:
    """An index whose literal positions, where they are in range, are part of its spec."""
    x, *positions = eqn.inputs
    if not any(isinstance(a, Lit) for a in positions) or not isinstance(x.type, Array):
        return eqn
    spec, operands = [], iter(positions)
    rest: list[Atom] = []
    dims = iter(x.type.shape)
    for entry in eqn.attr("spec"):
        dim = None if entry[0] == "new" else next(dims)
        operand = next(operands) if entry[0] in ("i", "dyn", "arr") else None
        static = _static_entry(entry, operand, dim)
        spec.append(static or entry)
        if operand is not None and static is None:
            rest.append(operand)
    return Prim("index", (x, *rest), eqn.outputs, attrs_of({"spec": tuple(spec)}), eqn.loc)


def _static_entry(entry: tuple[Any, ...], operand: Atom | None, dim: Any) -> tuple[Any, ...] | None:
    if not isinstance(operand, Lit) or not isinstance(dim, int):
        return None
    width = entry[1] if entry[0] == "dyn" else 1
    if entry[0] == "arr" or not isinstance(width, int) or not 0 <= operand.value <= dim - width:
        return None
    return ("int", operand.value) if entry[0] == "i" else ("slice", operand.value, width, 1)
