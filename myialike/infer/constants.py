"""Small arrays made of literals alone: their values are known when a function is compiled.

`np.prod(x.shape[1:])` and `np.array([n, 2]) + 1` are computed where they stand, so that a shape, an axis or a branch
may depend on them, as on the numbers that they are made of. The operations are written all the same: what nothing
needs, the optimiser drops.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from myialike.ir.builder import Names, python_scalar
from myialike.ir.op import TABLE
from myialike.ir.syntax import Atom, Lit, Var
from myialike.ir.types import Array

LARGEST = 64  # elements of an array that is worth knowing


class Constants:
    """The values that are known, by the names that variables have in one graph; another graph has other names."""

    def __init__(self) -> None:
        self.values: dict[Names, dict[Var, Any]] = {}

    def note(self, names: Names, result: Var, op: str, inputs: Sequence[Atom], attrs: Mapping[str, Any]) -> None:
        """An operation has been written: its result is known if its inputs are."""
        type = result.type
        if "." in op or TABLE[op].effect or not isinstance(type, Array):
            return
        dims = [d for d in type.shape if isinstance(d, int)]
        if len(dims) < len(type.shape) or math.prod(dims) > LARGEST:
            return
        found = [self.value(names, a) for a in inputs]
        if any(v is None for v in found):
            return
        with np.errstate(all="ignore"):
            self.values.setdefault(names, {})[result] = np.asarray(TABLE[op].evaluate(*found, **attrs))

    def value(self, names: Names, atom: Atom) -> Any:
        """What an atom is, None where that is not known."""
        if isinstance(atom, Lit):
            assert isinstance(atom.type, Array)
            return atom.type.dtype.type(atom.value)
        return self.values.get(names, {}).get(atom)

    def literal(self, names: Names, atom: Atom) -> Atom:
        """A number that is known as a literal; any other atom as it is."""
        known = self.value(names, atom)
        if isinstance(atom, Lit) or known is None or known.shape:
            return atom
        assert isinstance(atom.type, Array)
        return Lit(python_scalar(atom.type.dtype, known), atom.type)
