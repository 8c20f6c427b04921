"""From single assignment back to variables that change: which values share a name, and what the names are.

A loop's carry, its start, and what it becomes are many variables in the IR and want to be one in Python; so do the
results of both branches of an `If`, an array before and after a write, and values that had one name in the user's text.
Two sets of variables become one if no variable is written while another of the set is still needed (Boissinot et al.,
Revisiting Out-of-SSA Translation, CGO 2009). Where they do not become one, an assignment copies; that is always right.

    y_2: f64 = while (y) (y_1: f64) {...} do (y_3: f64) {... yield y_4}     ->     one name, y
"""

from __future__ import annotations

import builtins
import keyword
import re
import sys
from collections.abc import Iterable, Iterator, Sequence

from myialike.backends.python.flow import Flow, Point
from myialike.backends.python.groups import Partition, is_mutable, is_scalar, same_value, transfers
from myialike.backends.python.inline import NAMELESS, is_nameless, stem
from myialike.backends.python.vocabulary import UPDATES
from myialike.ir.names import spoken
from myialike.ir.syntax import Atom, Block, Eqn, For, Graph, If, Prim, Var, While, walk

RESERVED = frozenset(
    {*keyword.kwlist, "np", "ml_dtypes", "range", "len", "print", "slice", "bool", "int", "float", "complex", "_"}
)
EXCEPTIONS = frozenset(n for n, v in vars(builtins).items() if isinstance(v, type) and issubclass(v, BaseException))
LAST: Point = (sys.maxsize,)


class Naming:
    """The names of a graph's variables.

    Attributes:
        sinkable: values that were copied at the end of a block, and would not be if they were computed there.
    """

    def __init__(self, graph: Graph, flow: Flow, arg_names: Sequence[str], taken: Iterable[str]) -> None:
        self.flow = flow
        self.graph = graph
        self.partition: Partition[Var] = Partition()
        self.apart: dict[Var, set[Var]] = {}
        self.scopes: dict[Var, list[tuple[int, int, Var]]] = {}
        self.best: dict[Var, Var] = {}
        self._keep_apart()
        self._coalesce()
        self.sinkable = set(self._sinkable())
        self._coalesce_namesakes()
        self.names = self._names(arg_names, taken)

    def __getitem__(self, var: Var) -> str:
        return self.names[self.partition.find(var)]

    def are_one(self, a: Atom, b: Atom) -> bool:
        """Whether two atoms are one Python variable."""
        return isinstance(a, Var) and isinstance(b, Var) and self.partition.find(a) == self.partition.find(b)

    # Sharing

    def _keep_apart(self) -> None:
        """Pairs that must not share a name though their lives do not overlap: a statement writes before it reads."""
        for eqn in walk(self.graph.body):
            match eqn:
                case Prim() if eqn.op in UPDATES:  # if not in place: `out = x.copy()`, then the write
                    late, first = eqn.inputs[1:], eqn.outputs[:1]
                    self._separate(first, (v for v in self.flow.inlining.leaves(late) if v != eqn.inputs[0]))
                case For():  # the carry is assigned, then `range` is called
                    self._separate(eqn.outputs, self.flow.inlining.leaves(eqn.over))

    def _separate(self, outs: Iterable[Var], reads: Iterable[Var]) -> None:
        outs = list(outs)
        for read in reads:
            for out in outs:
                self.apart.setdefault(read, set()).add(out)
                self.apart.setdefault(out, set()).add(read)

    def _coalesce(self) -> None:
        eqns = sorted(walk(self.graph.body), key=self._shallowness)
        for eqn in eqns:
            for carry, out in same_value(eqn):
                self._merge(out, carry)
        for eqn in eqns:
            if isinstance(eqn, Prim) and eqn.op in UPDATES and not is_scalar(eqn.outputs[0].type):
                self.try_merge(eqn.inputs[0], eqn.outputs[0])
        for eqn in eqns:
            for a, b in transfers(eqn):
                if self._may_rename(a, b):
                    self.try_merge(a, b)

    def _may_rename(self, a: Atom, b: Var) -> bool:
        """Whether a value may get the name of the variable that it is assigned to: not if the user named both.

        An array may nevertheless, to save a copy; a parameter is not written to, and has to be copied anyway.
        """
        if not isinstance(a, Var):
            return False
        stems = {stem(a.name), stem(b.name)} - NAMELESS
        return len(stems) < 2 or (is_mutable(b.type) and a not in self.graph.params)

    def _shallowness(self, eqn: Eqn) -> int:
        """Inner equations first: a copy there costs most."""
        return -max((len(self.flow.defs.get(out, ())) for out in eqn.outputs), default=0)

    def try_merge(self, a: Atom, b: Atom) -> bool:
        """Make two variables one if that is safe."""
        if not isinstance(a, Var) or not isinstance(b, Var) or a.type != b.type:
            return False
        if not self._has_name(a) or not self._has_name(b):
            return False
        if self.are_one(a, b):
            return True
        if self._are_apart(a, b) or self._interfere(a, b):
            return False
        self._merge(a, b)
        return True

    def _are_apart(self, a: Var, b: Var) -> bool:
        if len(self._scopes(b)) < len(self._scopes(a)):
            a, b = b, a
        root = self.partition.find(b)
        return any(self.partition.find(v) == root for x in self.partition.members(a) for v in self.apart.get(x, ()))

    def _interfere(self, a: Var, b: Var) -> bool:
        """Whether a variable of one set is in the way of one of the other; most are never in sight of each other."""
        few, many = sorted((self._scopes(a), self._scopes(b)), key=len)
        return any(
            self.flow.interfere(x, y)
            for first, last, x in few
            for y in [y for start, end, y in many if start <= last and first <= end]
        )

    def _scopes(self, var: Var) -> list[tuple[int, int, Var]]:
        """From where to where each variable of the set is in sight."""
        root = self.partition.find(var)
        if root not in self.scopes:
            seen = [v for v in self.partition.members(root) if v in self.flow.scopes]
            self.scopes[root] = [(*self.flow.scopes[v], v) for v in seen]
        return self.scopes[root]

    def _merge(self, a: Var, b: Var) -> None:
        if not self.are_one(a, b):
            found = [*self._scopes(a), *self._scopes(b)]
            best = min((self._best(self.partition.find(v)) for v in (a, b)), key=self._rank)
            self.partition.merge(a, b)
            root = self.partition.find(a)
            self.scopes[root], self.best[root] = found, best

    def _has_name(self, var: Var) -> bool:
        return var not in self.flow.inlining.inlined and var in self.flow.defs

    def _coalesce_namesakes(self) -> None:
        """Values with the same name in the user's text, in the order of the text."""
        first: dict[str, list[Var]] = {}
        for var in self._in_order():
            if stem(var.name) in NAMELESS:
                continue
            others = first.setdefault(stem(var.name), [])
            if not any(self._is_called_alike(other, var) and self.try_merge(other, var) for other in others):
                others.append(var)

    def _is_called_alike(self, a: Var, b: Var) -> bool:
        """Whether the variables that two values are in would be called alike, were they not made one."""
        names = [stem(self._best(self.partition.find(v)).name) for v in (a, b)]
        return names[0] == names[1]

    def _in_order(self) -> list[Var]:
        return sorted((v for v in self.flow.defs if self._has_name(v)), key=lambda v: self.flow.defs[v])

    def _sinkable(self) -> Iterator[Var]:
        for block, targets in _endings(self.graph.body):
            inside = {out for eqn in block.eqns for out in eqn.outputs}
            for atom, target in zip(block.results, targets, strict=True):
                if isinstance(atom, Var) and atom in inside and self._has_name(atom) and not self.are_one(atom, target):
                    yield atom

    # Names

    def _names(self, arg_names: Sequence[str], taken: Iterable[str]) -> dict[Var, str]:
        roots = dict.fromkeys(self.partition.find(var) for var in self._in_order())
        words = {root: identifier(stem(self._best(root).name)) for root in roots}
        unique = _Unique({*RESERVED, *EXCEPTIONS, *taken}, frozenset(words.values()))
        names: dict[Var, str] = {}
        for param, name in zip(self.graph.params, arg_names, strict=True):
            names[self.partition.find(param)] = unique.name(name)
        return names | {root: unique.name(word) for root, word in words.items() if root not in names}

    def _best(self, root: Var) -> Var:
        """The member whose name is the user's, if there is one: the first with a name; then one like `v_bar`."""
        if root not in self.best:
            self.best[root] = min(self.partition.members(root), key=self._rank)
        return self.best[root]

    def _rank(self, var: Var) -> tuple[int, Point]:
        return is_nameless(var.name) + (stem(var.name) in NAMELESS), self.flow.defs.get(var, LAST)


class _Unique:
    """Names that differ: the one asked for, else with a number, that does not make it another of the `words` asked for.

    So the second version of the user's `k` is not called `k_1`, if the user has another variable of that name.
    """

    def __init__(self, taken: set[str], words: frozenset[str]) -> None:
        self.taken, self.words = taken, words

    def name(self, word: str) -> str:
        found, k = word, 0
        while found in self.taken or (k and found in self.words):
            k += 1
            found = f"{word}_{k}"
        self.taken.add(found)
        return found


def identifier(name: str) -> str:
    """A Python identifier as much like `name` as possible."""
    word = re.sub(r"\W", "_", spoken(name))
    return word if word.isidentifier() else f"_{word}"


def _endings(block: Block) -> Iterator[tuple[Block, tuple[Var, ...]]]:
    """The blocks whose results are assigned to outputs, with those."""
    for eqn in walk(block):
        match eqn:
            case If():
                yield eqn.then, eqn.outputs
                yield eqn.orelse, eqn.outputs
            case While() | For():
                yield eqn.body, eqn.outputs
