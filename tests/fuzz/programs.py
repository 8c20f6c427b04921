"""Whole programs: some functions, the last of them the entry, and arguments for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.fuzz.kinds import (
    ARRAYS,
    BOOL,
    CLASSES,
    F8,
    FLOAT,
    I8,
    INT,
    Arr,
    DictOf,
    Kind,
    ListOf,
    Obj,
    TableOf,
    Tup,
    is_immutable,
)
from tests.fuzz.scope import Function, Parameter
from tests.fuzz.statements import Lines, Statements, indented
from tests.fuzz.values import literal

HEADER = """\
import itertools
import math
import operator
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial, reduce
from typing import NamedTuple

import numpy as np

from tests.fuzz.errors import Lost, Trouble

"""
ARGUMENTS: list[Kind] = [
    INT, FLOAT, ARRAYS[0], ARRAYS[2], BOOL, ListOf(FLOAT), ListOf(INT), F8, I8, Tup((INT, FLOAT)), Arr("i8", (3,)),
    Arr("f4", (3,)), DictOf(("a", "b"), (FLOAT, INT)), Obj("Point"), Obj("Box"), ListOf(ARRAYS[1]), Obj("Vec"),
    ListOf(Obj("Point")), TableOf(FLOAT), TableOf(ListOf(FLOAT)),
]  # fmt: skip
RESULTS: list[Kind] = [FLOAT, INT, ARRAYS[0], Tup((INT, FLOAT)), F8, BOOL, ListOf(FLOAT), ARRAYS[2], Obj("Point"),
                       Obj("Vec"), DictOf(("a", "b"), (FLOAT, ARRAYS[0])), TableOf(FLOAT)]  # fmt: skip
FLOAT_ARGUMENTS: list[Kind] = [FLOAT, ARRAYS[0], ARRAYS[2], FLOAT, F8, INT]


@dataclass(frozen=True)
class Program:
    """The text of a module with a function `f`, and the text of its arguments: a call makes them anew."""

    functions: str
    arguments: tuple[str, ...]

    @property
    def text(self) -> str:
        return f"{HEADER}\n{CLASSES}\n\n{self.functions}"

    def __str__(self) -> str:
        return f"{self.functions}\n\nf({', '.join(self.arguments)})"


class Programs(Statements):
    """Writes a program."""

    def helper(self) -> Lines:
        params, text = self.parameters([self.pick(ARGUMENTS) for _ in range(self.number(2) + 1)])
        result = self.pick(RESULTS[:7])
        name = self.fresh("h")
        lines = self.function_body(params, result, 2, [])
        self.functions.append(Function(name, params, result))
        return [f"def {name}({text}):", *indented(lines), "", ""]

    def recursive(self) -> Lines:
        """A function that calls itself with its first parameter one less, once or twice, until that is 0."""
        fuel, x = Parameter(self.fresh("d"), INT), Parameter(self.fresh("p"), self.pick([FLOAT, INT, ARRAYS[0]]))
        name = self.fresh("r")
        base = self.function_body([fuel, x], x.kind, 0, [])
        again = Function(f"{name}", [x], x.kind)
        saved = self.functions
        lines = [f"if {fuel.name} <= 0:", *indented(base)]
        lines += self.function_body([x], x.kind, 1, [])[:-1]
        self.functions = saved
        self.functions.append(Function(name, [fuel, x], x.kind, fuel=True))
        step = self.literal_step(again, fuel, x)
        return [f"def {name}({fuel.name}, {x.name}):", *indented([*lines, f"return {step}"]), "", ""]

    def literal_step(self, again: Function, fuel: Parameter, x: Parameter) -> str:
        def argument() -> str:
            return self.pick([x.name, f"{x.name} + 1", f"{x.name} * 2"])

        def call() -> str:
            return f"{again.name}({fuel.name} - 1, {argument()})"

        return self.pick([call(), f"{x.name} + {call()}", f"{call()} - {call()}", f"{call()} * 2 + {fuel.name}"])

    def program(self) -> Program:
        """Any program. For derivatives: of floats and arrays of f8 (and others that do not count), to a float."""
        lines: Lines = []
        for _ in range(self.number(2)):
            lines += self.recursive() if self.chance(3) else self.helper()
        self.most = self.size + 20
        kinds = [self.pick(FLOAT_ARGUMENTS if self.floats else ARGUMENTS) for _ in range(self.number(2) + 2)]
        if self.chance(6):
            kinds[1] = kinds[0]
        params = [Parameter(name, k) for name, k in zip("abcd", kinds, strict=False)]
        result: Kind = self.pick([FLOAT, F8])
        if not self.floats:
            result = Tup((self.pick(RESULTS), *kinds)) if self.chance(2) else self.pick(RESULTS)
        body = self.function_body(params, result, 3, [])
        lines += [f"def f({', '.join(p.name for p in params)}):", *indented(body)]
        arguments = [literal(self, k) for k in kinds]
        if kinds[0] == kinds[1] and not is_immutable(kinds[0]) and self.chance(2):
            arguments[:2] = [f"(twin := {arguments[0]})", "twin"]  # one object, two names
        return Program("\n".join(lines), tuple(arguments))


@st.composite
def programs(draw: Any, floats: bool = False) -> Program:
    return Programs(draw, floats=floats).program()
