"""Which scalars may be Python's instead of NumPy's, and where that must not be.

A literal is printed plainly, and `range` and `len` give Python ints. Beside a NumPy value that makes no difference: a
Python number takes the dtype of the other operand (NEP 50). Among themselves Python numbers differ: `1.0 / 0.0` raises,
ints never wrap around, and there is no f32. So the printer asks here about every operation all of whose operands may
be Python's: if the result would be the same, fine; else the first operand is wrapped, or rather, where that is
possible, the literal that a loop starts with:

    total = np.float32(0.0)
    for k in range(n):
        t = 1.0 / np.float64(k)

Ints stay Python's where they stay small. A counter grows by bounded steps; what is computed from counters is assumed to
fit 64 bits, unless a loop feeds it back.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import numpy as np

from myialike.backends.python.groups import is_scalar, same_value, transfers
from myialike.backends.python.vocabulary import COMPARE, LOGIC
from myialike.ir.syntax import Atom, Call, For, Graph, Lit, Prim, Var, walk
from myialike.ir.types import BOOL, F64, I64, Array, DType, Stack

NATIVE = (BOOL, I64, F64)  # the dtypes of Python's own scalars; complex division and products are not NumPy's
ARITHMETIC: dict[DType, set[str]] = {
    F64: {"add", "sub", "mul", "neg"},
    I64: {"add", "sub", "mul", "neg", "bit_and", "bit_or", "bit_xor", "invert"},
    BOOL: set(),
}
DIVISION: dict[DType, set[str]] = {F64: {"div"}, I64: {"floordiv", "mod"}, BOOL: set()}
OPERATORS: set[str] = {
    *ARITHMETIC[F64],
    *ARITHMETIC[I64],
    *DIVISION[F64],
    *DIVISION[I64],
    *COMPARE,
    *LOGIC,
    "pow",
    "integer_pow",
}
OPERATORS |= {"shift_left", "shift_right", "real", "imag", "complex"}  # that tell Python's scalars from NumPy's
NO_OPERANDS = {
    "index",
    "index_set",
    "index_add",
    "push",
    "pop",
    "check",
    "print",
    "stack_len",
    "broadcast",
    "stack_new",
}

LARGE = 2**31
FIXED, COUNTER, COMPUTED, UNKNOWN = range(4)  # how large a Python int gets


class Scalars:
    """The scalars of a graph that may be Python's, and the stacks with such on them.

    `trusted` says that the parameters are NumPy's, as those of an entry are.
    """

    def __init__(self, graph: Graph, trusted: bool) -> None:
        self._eqns = list(walk(graph.body))
        self._prims = [e for e in self._eqns if isinstance(e, Prim)]
        self._sources = self._find_sources()
        self._readers = self._find_readers()
        self._start = set(self._find_start(graph, trusted))
        self.strong: set[Var] = set()
        self._unsafe: set[Var] = set()
        self.weak: set[Var] = set()
        self._settle()

    def is_weak(self, atom: Atom) -> bool:
        """Whether the printed expression may give a Python scalar."""
        return isinstance(atom, Lit) or atom in self.weak

    def must_wrap_operand(self, eqn: Prim) -> bool:
        """Whether an operand of the operation has to be made a NumPy scalar."""
        return self._is_all_weak(eqn) and not self._is_safe(eqn)

    def must_wrap_result(self, eqn: Prim) -> bool:
        """Whether the result of the operation has to be made a NumPy scalar."""
        return eqn.outputs[0] in self.strong and self._gives_weak(eqn)

    def must_wrap_literal(self, target: Var) -> bool:
        """Whether a literal that is assigned to `target` has to be made a NumPy scalar."""
        return target in self.strong

    # Finding them

    def _settle(self) -> None:
        while True:
            self._find_weak()
            found = len(self.strong), len(self._unsafe)
            self._unsafe.update(self._find_unsafe())
            self._strengthen()
            if found == (len(self.strong), len(self._unsafe)):
                return

    def _find_sources(self) -> dict[Var, list[Atom]]:
        """What structure hands to each variable; for a stack, what is pushed."""
        sources: dict[Var, list[Atom]] = {}
        for eqn in self._eqns:
            pairs = list(transfers(eqn)) + [(b, a) for a, b in same_value(eqn)]
            if isinstance(eqn, Prim) and eqn.op in ("push", "pop"):
                pairs += [(a, out) for a in eqn.inputs for out in eqn.outputs]
            for a, b in pairs:
                if is_scalar(b.type) or isinstance(b.type, Stack):
                    sources.setdefault(b, []).append(a)
        return sources

    def _find_start(self, graph: Graph, trusted: bool) -> Iterator[Var]:
        if not trusted:
            yield from (p for p in graph.params if is_scalar(p.type) or isinstance(p.type, Stack))
        for eqn in self._eqns:
            if isinstance(eqn, For):
                yield eqn.body.params[0]
            if isinstance(eqn, Call):
                yield from (o for o in eqn.outputs if is_scalar(o.type) or isinstance(o.type, Stack))

    def _find_weak(self) -> None:
        """What is a Python scalar, or is handed one, from the first to what follows from it."""
        self.weak = set(self._start)
        work: deque[Prim | Var] = deque([*self._prims, *self._sources])
        while work:
            item = work.popleft()
            found = self._becomes_weak(item)
            if found is not None and found not in self.weak:
                self.weak.add(found)
                work.extend(self._readers.get(found, ()))

    def _becomes_weak(self, item: Prim | Var) -> Var | None:
        if isinstance(item, Var):
            return item if any(self._hands_weak(a, item) for a in self._sources[item]) else None
        if len(item.outputs) == 1 and item.outputs[0] not in self.strong and self._gives_weak(item):
            return item.outputs[0]
        return None

    def _find_readers(self) -> dict[Var, list[Prim | Var]]:
        """The operations that read a variable, and the variables that structure hands it to."""
        readers: dict[Var, list[Prim | Var]] = {}
        for eqn in self._prims:
            for atom in eqn.inputs:
                if isinstance(atom, Var):
                    readers.setdefault(atom, []).append(eqn)
        for target, sources in self._sources.items():
            for atom in sources:
                if isinstance(atom, Var):
                    readers.setdefault(atom, []).append(target)
        return readers

    def _hands_weak(self, source: Atom, target: Var) -> bool:
        if isinstance(source, Lit):
            return target not in self.strong
        return source in self.weak and (is_scalar(source.type) or isinstance(source.type, Stack))

    def _gives_weak(self, eqn: Prim) -> bool:
        """Whether the operation gives a Python scalar, as it is printed without wrapping its result."""
        if eqn.op == "stack_len" or is_choice_of_floats(eqn):
            return True
        if eqn.op == "select":
            return is_scalar(eqn.outputs[0].type) and any(self.is_weak(a) for a in eqn.inputs[1:])
        return eqn.op in OPERATORS and self._is_all_weak(eqn) and self._is_safe(eqn)

    def _is_all_weak(self, eqn: Prim) -> bool:
        operands = operands_of(eqn)
        return bool(operands) and all(is_scalar(a.type) and self.is_weak(a) for a in operands)

    # Where it makes a difference

    def _is_safe(self, eqn: Prim) -> bool:
        """Whether the operation on Python scalars has the value that it has on NumPy scalars."""
        if eqn.op in LOGIC or (eqn.op == "select" and is_scalar(eqn.inputs[0].type)):
            return True
        dtype = _dtype(operands_of(eqn)[0])
        if dtype not in NATIVE or eqn.outputs[0] in self._unsafe:
            return False
        if eqn.op == "cast":
            return _dtype(eqn.outputs[0]).kind in "bfcV" or np.can_cast(dtype, _dtype(eqn.outputs[0]))
        if eqn.op in DIVISION[dtype]:
            return isinstance(eqn.inputs[1], Lit) and eqn.inputs[1].value != 0
        return eqn.op not in OPERATORS or eqn.op in ARITHMETIC[dtype] or eqn.op in COMPARE

    def _find_unsafe(self) -> Iterator[Var]:
        """The results of int operations on Python's ints that might not fit 64 bits."""
        levels = self._levels()
        for eqn in self._int_operations():
            if levels.get(eqn.outputs[0]) == UNKNOWN:
                yield eqn.outputs[0]

    def _int_operations(self) -> list[Prim]:
        ops = ARITHMETIC[I64] | DIVISION[I64]
        return [e for e in self._prims if e.op in ops and _dtype(e.outputs[0]) == I64 and self._is_all_weak(e)]

    def _levels(self) -> dict[Var, int]:
        """How large ints get: the least levels that are in keeping with each other."""
        levels: dict[Var, int] = {}
        operations = {e.outputs[0]: e for e in self._int_operations()}
        carried = {v: s for v, s in self._sources.items() if _is_int(v) and v in self.weak}
        work = deque([*operations, *carried])
        while work:
            var = work.popleft()
            if var in operations:
                eqn = operations[var]
                level = _level_of_result(eqn.op, [_level(a, levels) for a in eqn.inputs])
            else:
                level = UNKNOWN if max(_level(a, levels) for a in carried[var]) >= COMPUTED else COUNTER
            if level != levels.get(var):
                levels[var] = level
                for reader in self._readers.get(var, ()):
                    read_by = (reader,) if isinstance(reader, Var) else reader.outputs
                    work.extend(v for v in read_by if v in operations or v in carried)
        return levels

    # Wrapping at the origin

    def _strengthen(self) -> None:
        """Where an operand must be NumPy's and is a loop's carry or the like, let it be so from its origin on."""
        pending = [v for eqn in self._prims if self.must_wrap_operand(eqn) for v in self._origins(eqn)]
        while pending:
            var = pending.pop()
            if var not in self.strong:
                self.strong.add(var)
                pending.extend(a for a in self._sources.get(var, ()) if isinstance(a, Var) and is_scalar(a.type))

    def _origins(self, eqn: Prim) -> list[Var]:
        return [a for a in operands_of(eqn) if isinstance(a, Var) and a in self._sources][:1]


def operands_of(eqn: Prim) -> tuple[Atom, ...]:
    """The inputs that decide the dtype of what an operation gives."""
    if eqn.op in NO_OPERANDS:
        return ()
    return eqn.inputs[1:] if eqn.op == "select" else eqn.inputs


def is_choice_of_floats(eqn: Prim) -> bool:
    """A `zmul` that is printed as `g * p if g else 0.0`."""
    return eqn.op == "zmul" and all(is_scalar(a.type) and _dtype(a) == F64 for a in (*eqn.inputs, *eqn.outputs))


def _dtype(atom: Atom) -> DType:
    assert isinstance(atom.type, Array)
    return atom.type.dtype


def _is_int(var: Var) -> bool:
    return is_scalar(var.type) and _dtype(var) == I64


def _level(atom: Atom, levels: dict[Var, int]) -> int:
    if isinstance(atom, Lit):
        return FIXED if abs(atom.value) < LARGE else UNKNOWN
    return levels.get(atom, FIXED)


def _level_of_result(op: str, levels: list[int]) -> int:
    highest = max(levels)
    if highest in (FIXED, UNKNOWN):
        return highest
    if op in ("add", "sub", "floordiv", "mod") and levels.count(FIXED) == len(levels) - 1:
        return highest
    return highest if op == "neg" else COMPUTED
