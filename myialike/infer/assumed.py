"""What the conditions of the branches around a place say about other bools: whether an optional value is there.

    if r is not None and r > 2:      the condition is an output of an `If`, False where `r` is None. So inside of the
        s += r                       branch the flag that says whether `r` is there is true.

A flag of the user's says it as well: `found` and whether `r` is there are carried by one loop, and both become true in
the same turns. That is shown by induction over the turns.

Nothing is computed at run time for it: a bool follows from assumed ones, or it is not known. Where flags change places
in one branch after the other, both sides of each lead to both: after `STEPS` steps it is not known either.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from myialike.ir.syntax import Atom, Eqn, For, If, Lit, Prim, Var, While
from myialike.ir.types import BOOL, Array

STEPS = 10_000  # of reasoning about one bool
Fact = tuple[Atom, bool]  # a bool, and what it is
Assumed = tuple[Fact, ...]
Held = frozenset[Fact | tuple[Fact, Fact]]


def truth_of(atom: Atom, assumed: Assumed, eqns: Iterable[Eqn]) -> bool | None:
    """Whether a bool is true where others are as assumed; None if that does not say. `eqns` made them."""
    if isinstance(atom, Lit):
        return bool(atom.value)
    known = _Known(eqns)
    for other, value in assumed:
        known.learn(other, value)
    found = known.truth(atom)
    if found is not None:
        return found
    given = list(known.values.items())
    return next((wanted for wanted in (True, False) if any(known.implies(g, (atom, wanted)) for g in given)), None)


class _Known:
    """Bools and what they are, with the equations that made them."""

    def __init__(self, eqns: Iterable[Eqn]) -> None:
        self.makers: dict[Atom, Eqn] = {}
        self.values: dict[Atom, bool] = {}
        self.left = STEPS
        self._note(eqns)

    def _goes_on(self) -> bool:
        """Whether a step is left, which this is."""
        self.left -= 1
        return self.left >= 0

    def _note(self, eqns: Iterable[Eqn]) -> None:
        self.makers.update({out: eqn for eqn in eqns for out in eqn.outputs})

    def learn(self, atom: Atom, value: bool) -> None:
        """Take a bool to have a value, and all that follows from it."""
        if isinstance(atom, Lit) or atom in self.values:
            return
        self.values[atom] = value
        match self.makers.get(atom):
            case Prim(op="logical_not", inputs=(of,)):
                self.learn(of, not value)
            case Prim(op="logical_and", inputs=both) if value:
                self._learn_all(both, True)
            case Prim(op="logical_or", inputs=both) if not value:
                self._learn_all(both, False)
            case If() as eqn:
                self._learn_side(eqn, atom, value)

    def _learn_all(self, atoms: Sequence[Atom], value: bool) -> None:
        for atom in atoms:
            self.learn(atom, value)

    def _learn_side(self, eqn: If, atom: Atom, value: bool) -> None:
        """Where one side gives the other value, it was not taken."""
        then, orelse = self._sides(eqn, atom)
        for taken, result, other in ((True, then, orelse), (False, orelse, then)):
            if isinstance(other, Lit) and bool(other.value) is not value:
                self.learn(eqn.pred, taken)
                self.learn(result, value)

    def _sides(self, eqn: If, atom: Atom) -> tuple[Atom, Atom]:
        """What an output is on each side, where the condition itself is true or false."""
        k = [out is atom for out in eqn.outputs].index(True)
        self._note((*eqn.then.eqns, *eqn.orelse.eqns))
        sides = zip((True, False), (eqn.then.results[k], eqn.orelse.results[k]), strict=True)
        then, orelse = (Lit(taken, Array(BOOL)) if side == eqn.pred else side for taken, side in sides)
        return then, orelse

    def truth(self, atom: Atom) -> bool | None:
        """What a bool is, as far as that follows."""
        if isinstance(atom, Lit):
            return bool(atom.value)
        if atom in self.values or not isinstance(atom, Var):
            return self.values.get(atom)
        if not self._goes_on():
            return None
        match self.makers.get(atom):
            case Prim(op="logical_not", inputs=(of,)):
                inner = self.truth(of)
                return None if inner is None else not inner
            case If() as eqn:
                then, orelse = (self.truth(side) for side in self._sides(eqn, atom))
                taken = self.truth(eqn.pred)
                if taken is None:
                    return then if then is orelse else None
                return then if taken else orelse
            case While() as eqn:
                return self._after(eqn, atom)
        return None

    def _after(self, loop: While, atom: Atom) -> bool | None:
        """What an output of a loop is since the condition is false."""
        within = _Known((*loop.cond.eqns,))
        within.learn(loop.cond.results[0], False)
        return within.values.get(loop.cond.params[[out is atom for out in loop.outputs].index(True)])

    def implies(self, a: Fact, b: Fact, held: Held = frozenset()) -> bool:
        """Whether `b` is seen to hold wherever `a` does; `held` are facts and implications taken to be true."""
        if a == b or (isinstance(b[0], Lit) and bool(b[0].value) is b[1]):
            return True
        if not held.isdisjoint(((a, b), b, (a[0], not a[1]))):
            return True
        if isinstance(a[0], Lit):
            return bool(a[0].value) is not a[1]
        if not self._goes_on():
            return False
        first, second = self.makers.get(a[0]), self.makers.get(b[0])
        match first, second:
            case Prim(op="logical_not", inputs=(of,)), _:
                return self.implies((of, not a[1]), b, held)
            case _, Prim(op="logical_not", inputs=(of,)):
                return self.implies(a, (of, not b[1]), held)
            case (While() | For(), _) if first is second:
                return self._implies_in_turns(first, a, b, held)
            case If(), _:
                return self._implies_on_sides(first, a, b, held)
            case _, If():
                return self._implies_on_sides(second, a, b, held)
        return False

    def _implies_on_sides(self, eqn: If, a: Fact, b: Fact, held: Held) -> bool:
        """Of outputs of an `If`, or of one and something from before it."""
        sides = zip((True, False), self._same(eqn, a[0]), self._same(eqn, b[0]), strict=True)
        return all(self.implies((x, a[1]), (y, b[1]), held | {(eqn.pred, taken)}) for taken, x, y in sides)

    def _same(self, eqn: If, atom: Atom) -> tuple[Atom, Atom]:
        """What an atom is on each side of an `If`."""
        return self._sides(eqn, atom) if any(out is atom for out in eqn.outputs) else (atom, atom)

    def _implies_in_turns(self, loop: While | For, a: Fact, b: Fact, held: Held) -> bool:
        """Of two outputs of a loop: it holds at entry, and after a turn if it did before."""
        j, k = ([out is fact[0] for out in loop.outputs].index(True) for fact in (a, b))
        self._note(loop.body.eqns)
        params = loop.body.params[len(loop.body.params) - len(loop.outputs) :]
        at_entry, before, after = (
            ((atoms[j], a[1]), (atoms[k], b[1])) for atoms in (loop.init, params, loop.body.results)
        )
        return self.implies(*at_entry, held) and self.implies(*after, held | {before})
