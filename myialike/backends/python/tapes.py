"""Which pops cannot meet an empty stack, and so are a plain `.pop()`.

Popping an empty stack gives zeros, for the sake of cotangent stacks; most stacks are tapes, popped as often as they
were pushed, and the text should say so. The proof counts. The height of a stack is a polynomial in what is not known:

    count += 1 for every push in a `while` loop         after it the height is `count`
    `for i in range(1, n)` pushes once                  after it the height is max(0, n - 1)
    `for i in range(n - 1, 0, -1)` pops once            needs a height of max(0, n - 1) before

For the head of a loop a form of the height is guessed from what one round adds to it, and checked by going through the
body again with the guess: an induction. There are three guesses: the height moves by the same amount in every round; it
moves with a counter; or it stays equal, up to a constant, to the sum of the numbers on another stack, which is how the
lengths of inner loops are kept. What cannot be proved keeps the careful pop.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from myialike.backends.python.groups import Partition, same_value, transfers
from myialike.ir.syntax import Atom, Block, Call, Eqn, For, Graph, If, Lit, Prim, Var, While, names_of, walk
from myialike.ir.types import I64, Array, Stack, Type

INT = Array(I64)
LARGEST = 12  # terms of a polynomial for an int


@dataclass(frozen=True, slots=True)
class Unknown:
    """A number with a name. `of` are the variables it depends on; `is_natural` says that it is not negative."""

    name: str
    of: frozenset[str]
    is_natural: bool = False


Monomial = tuple[Unknown, ...]  # sorted by name


@dataclass(frozen=True, slots=True)
class Poly:
    """A polynomial with int coefficients, none of them 0."""

    terms: tuple[tuple[Monomial, int], ...] = ()

    @classmethod
    def of(cls, terms: Mapping[Monomial, int]) -> Poly:
        kept = ((m, c) for m, c in terms.items() if c)
        return cls(tuple(sorted(kept, key=lambda mc: [u.name for u in mc[0]])))

    def __add__(self, other: Poly) -> Poly:
        total = dict(self.terms)
        for m, c in other.terms:
            total[m] = total.get(m, 0) + c
        return Poly.of(total)

    def __neg__(self) -> Poly:
        return Poly(tuple((m, -c) for m, c in self.terms))

    def __sub__(self, other: Poly) -> Poly:
        return self + -other

    def __mul__(self, other: Poly) -> Poly:
        product = Poly()
        for m, c in self.terms:
            for n, d in other.terms:
                product += Poly.of({tuple(sorted((*m, *n), key=lambda u: u.name)): c * d})
        return product

    @property
    def unknowns(self) -> set[Unknown]:
        return {u for m, _ in self.terms for u in m}

    @property
    def is_natural(self) -> bool:
        """Whether the value is surely not negative."""
        return all(c > 0 for _, c in self.terms) and all(u.is_natural for u in self.unknowns)

    def replaced(self, old: Unknown, new: Poly) -> Poly:
        """The polynomial with `new` for `old`."""
        result = Poly()
        for m, c in self.terms:
            factor = number(c)
            for u in m:
                factor = factor * (new if u == old else unknown(u))
            result += factor
        return result

    def __str__(self) -> str:
        return " + ".join(f"{c} {' '.join(u.name for u in m)}" for m, c in self.terms) or "0"


def number(value: int) -> Poly:
    return Poly.of({(): value})


def unknown(u: Unknown) -> Poly:
    return Poly.of({(u,): 1})


Counts = dict[Var, Poly]


@dataclass(slots=True)
class _State:
    """What is known at a place of the text: heights of stacks, sums of the ints on them, and values of ints."""

    heights: Counts
    sums: Counts
    ints: Counts

    def replace(self, old: Unknown, new: Poly) -> None:
        for counts in (self.heights, self.sums, self.ints):
            counts.update({v: p.replaced(old, new) for v, p in counts.items()})


def safe_pops(graph: Graph) -> set[Var]:
    """The pops that are never of an empty stack, each named by its first output."""
    prover = _Prover(graph)
    prover.block(graph.body, _State({}, {}, {}))
    return prover.safe


class _Prover:
    def __init__(self, graph: Graph) -> None:
        self.safe: set[Var] = set()
        self.trusting = False  # while guessing: every pop is taken to succeed
        self.naturals = set(counters(graph))
        self.natural_stacks = _stacks_of(graph, self.naturals)

    # Values

    def unknown_of(self, var: Var) -> Poly:
        return unknown(Unknown(var.name, frozenset([var.name]), var in self.naturals))

    def value(self, atom: Atom, state: _State) -> Poly:
        if isinstance(atom, Lit):
            return number(atom.value)
        return state.ints.get(atom) or self.unknown_of(atom)

    def sum_of(self, stack: Var) -> Unknown:
        """The sum of what is on a stack."""
        return Unknown(f"sum {stack.name}", frozenset([stack.name]), stack in self.natural_stacks)

    # Equations

    def block(self, block: Block, state: _State) -> None:
        for eqn in block.eqns:
            match eqn:
                case Prim():
                    self.prim(eqn, state)
                case If():
                    self.if_(eqn, state)
                case While() | For():
                    self.loop(eqn, state)
                case _:
                    pass

    def prim(self, eqn: Prim, state: _State) -> None:
        out = eqn.outputs[0] if eqn.outputs else None
        match eqn.op:
            case "stack_new" if out is not None:
                state.heights[out] = state.sums[out] = Poly()
            case "push" if out is not None:
                self.push(eqn.inputs[0], eqn.inputs[1], out, state)
            case "pop" if out is not None:
                self.pop(eqn, state)
            case "add" | "sub" if out is not None and out.type == INT:
                a, b = (self.value(x, state) for x in eqn.inputs)
                if len(a.terms) + len(b.terms) <= LARGEST:
                    state.ints[out] = a + b if eqn.op == "add" else a - b

    def push(self, stack: Atom, value: Atom, out: Var, state: _State) -> None:
        assert isinstance(stack, Var)
        if stack in state.heights:
            state.heights[out] = state.heights[stack] + number(1)
        if stack in state.sums and value.type == INT:
            state.sums[out] = state.sums[stack] + self.value(value, state)

    def pop(self, eqn: Prim, state: _State) -> None:
        stack, (rest, value) = eqn.inputs[0], eqn.outputs
        assert isinstance(stack, Var)
        left = state.heights.get(stack, number(-1)) - number(1)
        if not (left.is_natural or (self.trusting and stack in state.heights)):
            self.safe.discard(rest)
            return
        if not self.trusting:
            self.safe.add(rest)
        state.heights[rest] = left
        if stack in state.sums and value.type == INT:
            self.take(state.sums[stack], rest, value, state)

    def take(self, total: Poly, rest: Var, value: Var, state: _State) -> None:
        """The sum is that of the rest plus the value; where the sum is one unknown, replace it by that everywhere."""
        if rest in self.natural_stacks:
            self.naturals.add(value)
        if len(total.terms) == 1 and len(total.terms[0][0]) == 1 and total.terms[0][1] == 1:
            (whole,) = total.unknowns
            remainder = unknown(self.sum_of(rest))
            state.replace(whole, remainder + self.unknown_of(value))
            state.sums[rest] = remainder
        else:
            state.sums[rest] = total - self.unknown_of(value)

    def if_(self, eqn: If, state: _State) -> None:
        branches = [_State(dict(state.heights), dict(state.sums), dict(state.ints)) for _ in range(2)]
        for inner, block in zip(branches, (eqn.then, eqn.orelse), strict=True):
            self.block(block, inner)
        for out, a, b in zip(eqn.outputs, eqn.then.results, eqn.orelse.results, strict=True):
            for name in ("heights", "sums"):
                ours, theirs = (getattr(s, name).get(x) for s, x in zip(branches, (a, b), strict=True))
                if ours is not None and ours == theirs:
                    getattr(state, name)[out] = ours

    # Loops

    def loop(self, eqn: While | For, state: _State) -> None:
        carry = eqn.body.params[1:] if isinstance(eqn, For) else eqn.body.params
        stacks = [k for k, v in enumerate(carry) if isinstance(v.type, Stack)]
        if not stacks:
            self.rounds(eqn, carry, {}, state)
            return
        guesses = self.guesses(eqn, carry, stacks, state)
        while True:
            end = self.rounds(eqn, carry, {k: g.head for k, g in guesses.items()}, state)
            wrong = [k for k, g in guesses.items() if not g.holds(carry[k], eqn.body.results[k], end)]
            if not wrong:
                break
            for k in wrong:
                del guesses[k]
        for k, guess in guesses.items():
            state.heights[eqn.outputs[k]] = guess.after
        for k in stacks:
            if _elem(carry[k].type) == INT:
                state.sums[eqn.outputs[k]] = unknown(self.sum_of(eqn.outputs[k]))

    def rounds(self, eqn: While | For, carry: tuple[Var, ...], heads: Mapping[int, Poly], state: _State) -> _State:
        """What is known at the end of the body, where the heights of its carries begin as `heads`."""
        inner = _State(dict(state.heights), dict(state.sums), dict(state.ints))
        for k, head in heads.items():
            inner.heights[carry[k]] = head
        for var in carry:
            if isinstance(var.type, Stack) and var.type.elem == INT:
                inner.sums[var] = unknown(self.sum_of(var))
        if isinstance(eqn, While):
            self.block(eqn.cond, _State(dict(inner.heights), dict(inner.sums), dict(inner.ints)))
        self.block(eqn.body, inner)
        return inner

    def guesses(self, eqn: While | For, carry: tuple[Var, ...], stacks: list[int], state: _State) -> dict[int, _Guess]:
        """For the stacks whose height before the loop is known, its form at the head, as far as one is found."""
        before = {
            k: state.heights[init] for k in stacks if isinstance(init := eqn.init[k], Var) and init in state.heights
        }
        heads = {k: unknown(_height(carry[k])) for k in before}
        trusting, self.trusting = self.trusting, True
        end = self.rounds(eqn, carry, heads, state)
        self.trusting = trusting
        found: dict[int, _Guess] = {}
        for k, start in before.items():
            result = eqn.body.results[k]
            if isinstance(result, Var) and result in end.heights:
                step = end.heights[result] - end.heights[carry[k]]
                guess = next(self.forms(eqn, carry, k, start, step, end, state), None)
                if guess is not None:
                    found[k] = guess
        return found

    def forms(
        self, eqn: While | For, carry: tuple[Var, ...], k: int, start: Poly, step: Poly, end: _State, state: _State
    ) -> Iterator[_Guess]:
        inside = set(names_of(eqn.body))
        if not step.terms:
            yield _Guess(start, start, step)
        elif all(u.of.isdisjoint(inside) for u in step.unknowns):
            yield from self.steady(eqn, carry, k, start, step, end)
        yield from self.like_a_sum(eqn, carry, start, step, end, state)

    def steady(
        self, eqn: While | For, carry: tuple[Var, ...], k: int, start: Poly, step: Poly, end: _State
    ) -> Iterator[_Guess]:
        """The height moves by `step` in every round."""
        trips, head = self.trips(eqn, carry, end), unknown(_height(carry[k]))
        if step.is_natural:
            rise = unknown(_height(eqn.outputs[k])) if trips is None else start + step * trips
            yield _Guess(head, rise, step)
        elif (-step).is_natural and trips is not None:
            left = start + step * trips
            if left.is_natural or self.trusting:
                yield _Guess(head - step, left, step)

    def trips(self, eqn: While | For, carry: tuple[Var, ...], end: _State) -> Poly | None:
        """How many rounds a loop makes; of a `while` loop, what a counter in it says."""
        if isinstance(eqn, While):
            for var, init, result, out in zip(carry, eqn.init, eqn.body.results, eqn.outputs, strict=True):
                if var.type == INT and init == Lit(0, INT) and isinstance(result, Var):
                    if end.ints.get(result) == self.unknown_of(var) + number(1):
                        return self.unknown_of(out)
            return None
        start, stop, step = (self.value(a, end) for a in eqn.over)
        if step not in (number(1), number(-1)):
            return None
        length = (stop - start) * step
        if length.is_natural:
            return length
        return unknown(Unknown(f"max(0, {length})", frozenset().union(*(u.of for u in length.unknowns)), True))

    def like_a_sum(
        self, eqn: While | For, carry: tuple[Var, ...], start: Poly, step: Poly, end: _State, state: _State
    ) -> Iterator[_Guess]:
        """The height and the sum of the numbers on another stack move together."""
        for j, other in enumerate(carry):
            result, init = eqn.body.results[j], eqn.init[j]
            if _elem(other.type) != INT or not isinstance(init, Var) or not isinstance(result, Var):
                continue
            if init in state.sums and result in end.sums:
                rest, own = start - state.sums[init], unknown(self.sum_of(other))
                if rest.is_natural and step == end.sums[result] - end.sums[other]:
                    yield _Guess(own + rest, unknown(self.sum_of(eqn.outputs[j])) + rest, None, result, rest)


@dataclass(frozen=True, slots=True)
class _Guess:
    """The height of a carried stack: `head` at the start of a round, `after` the loop.

    It moves by `step` in a round; or (where `step` is None) it is `rest` more than the sum of the stack that is
    `total` at the end of a round.
    """

    head: Poly
    after: Poly
    step: Poly | None
    total: Var | None = None
    rest: Poly = Poly()

    def holds(self, carry: Var, result: Atom, end: _State) -> bool:
        """Whether the induction goes through, `end` being known of the end of a round."""
        if not isinstance(result, Var) or result not in end.heights:
            return False
        if self.step is not None:
            return end.heights[result] == end.heights[carry] + self.step
        assert self.total is not None
        return self.total in end.sums and end.heights[result] == end.sums[self.total] + self.rest


def _height(stack: Var) -> Unknown:
    return Unknown(f"height {stack.name}", frozenset([stack.name]), True)


def _elem(type: Type) -> Type | None:
    return type.elem if isinstance(type, Stack) else None


def counters(graph: Graph) -> Iterator[Var]:
    """The carries that start at a natural number and only have natural numbers added."""
    for eqn in walk(graph.body):
        if isinstance(eqn, While | For):
            carry = eqn.body.params[1:] if isinstance(eqn, For) else eqn.body.params
            sums = {e.outputs[0]: e.inputs for e in eqn.body.eqns if isinstance(e, Prim) and e.op == "add"}
            for var, init, result, out in zip(carry, eqn.init, eqn.body.results, eqn.outputs, strict=True):
                step = sums.get(result, ()) if isinstance(result, Var) else ()
                if var.type == INT and _is_natural(init) and var in step and any(map(_is_natural, step)):
                    yield from (var, out)


def _is_natural(atom: Atom) -> bool:
    return isinstance(atom, Lit) and atom.value >= 0


def _stacks_of(graph: Graph, naturals: Iterable[Var]) -> set[Var]:
    """The stacks on which only naturals come."""
    naturals = set(naturals)
    family: Partition[Var] = Partition()
    spoiled: list[Var] = []
    for eqn in walk(graph.body):
        for a, b in _same_family(eqn):
            family.merge(b, a)
        if isinstance(eqn, Prim) and eqn.op == "push" and eqn.inputs[1] not in naturals:
            if not _is_natural(eqn.inputs[1]):
                spoiled.append(eqn.outputs[0])
        if isinstance(eqn, Call):
            spoiled.extend(a for a in (*eqn.inputs, *eqn.outputs) if isinstance(a, Var))
    spoiled.extend(graph.params)
    roots = {family.find(s) for s in spoiled}
    stacks = [o for e in walk(graph.body) for o in e.outputs] + [p for e in walk(graph.body) for p, _ in same_value(e)]
    return {s for s in stacks if _elem(s.type) == INT and family.find(s) not in roots}


def _same_family(eqn: Eqn) -> Iterator[tuple[Var, Var]]:
    pairs: list[tuple[Atom, Var]] = [*transfers(eqn), *same_value(eqn)]
    if isinstance(eqn, Prim) and eqn.op in ("push", "pop"):
        pairs.append((eqn.inputs[0], eqn.outputs[0]))
    for a, b in pairs:
        if isinstance(a, Var) and isinstance(a.type, Stack):
            yield a, b
