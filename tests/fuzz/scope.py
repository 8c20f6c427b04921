"""What a generated program has in sight where it is being written, and the drawing of choices."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from hypothesis import strategies as st

from tests.fuzz.kinds import Kind

T = TypeVar("T")


@dataclass
class Variable:
    """A variable that is bound. `level` is the nesting of the function that may rebind it, `home` that of the block
    where its object was made; a fixed one is never rebound (it bounds a loop or a recursion)."""

    name: str
    kind: Kind
    level: int
    home: int
    fixed: bool = False


@dataclass
class Parameter:
    name: str
    kind: Kind
    default: str = ""
    keyword_only: bool = False


@dataclass
class Function:
    """A function that may be called. `fuel`: its first parameter is the int that its recursion counts down."""

    name: str
    params: list[Parameter]
    result: Kind
    star: Kind | None = None
    fuel: bool = False


@functools.cache
def up_to(n: int) -> st.SearchStrategy[int]:
    return st.integers(0, n)


@dataclass
class Scope:
    """Draws choices, of which the first is the simplest, and knows the names in sight."""

    draw: Any
    floats: bool = False  # whether derivatives are asked for: then most values are f8
    variables: list[Variable] = field(default_factory=list)
    functions: list[Function] = field(default_factory=list)
    level: int = 0  # nesting of functions
    block: int = 0  # nesting of blocks in the function
    loops: int = 0  # nesting of loops in the function
    binding: bool = True  # whether a walrus may bind here
    names: int = 0
    size: int = 0  # statements so far
    used: set[str] = field(default_factory=set)

    def number(self, most: int) -> int:
        return int(self.draw(up_to(most)))

    def pick(self, options: Sequence[T]) -> T:
        return options[self.number(len(options) - 1)]

    def chance(self, one_in: int) -> bool:
        """True once in so many times; the simplest choice is False."""
        return self.number(one_in - 1) == one_in - 1

    def often(self, of: int) -> bool:
        """False once in so many times; the simplest choice is True."""
        return self.number(of - 1) != of - 1

    def fresh(self, stem: str) -> str:
        self.names += 1
        return f"{stem}{self.names}"

    def known(self, kind: Kind) -> list[Variable]:
        """Variables of a kind, the latest first."""
        return [v for v in reversed(self.variables) if v.kind == kind]

    def rebindable(self) -> list[Variable]:
        return [v for v in reversed(self.variables) if v.level == self.level and not v.fixed]

    def bind(self, stem: str, kind: Kind, fixed: bool = False) -> Variable:
        variable = Variable(self.fresh(stem), kind, self.level, self.block, fixed)
        self.variables.append(variable)
        return variable
