"""Random programs in which run time decides which instances are meant: they do what they do in CPython.

Programs make instances, choose among them, put them into lists, move, filter and sort those, put them into one another,
and change what they have. Results are compared with their identities. Few programs may be refused.
"""

import os
import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.pool_corpus import Body, Ends, bodies
from tests.random_check import verdicts
from tests.random_text import TextWriter, function_of

SEED = int(os.environ.get("FUZZ_SEED", secrets.randbelow(10**6)))


@dataclass
class Writer(TextWriter):
    """One random program: `n` names of instances, two of lists, one of a pair."""

    names: tuple[str, ...] = ("a", "b", "c")
    lists: tuple[str, ...] = ("ps", "qs")
    item: str = ""  # what a loop is over just now

    def number(self) -> str:
        who = self.instance()
        of_who = f"{who}.x", f"{who}.v", f"({who}.x + y)", f"{who}.x * 0.5", f"{who}.age * 1.0"
        return self.pick(("x", "y", "0.5", *of_who))

    def instance(self) -> str:
        options = [*self.names, "e.first", "e.last"]
        return self.rng.choice([*options, *([self.item] * 3 if self.item else [])])

    def test(self) -> str:
        one, other = self.instance(), self.instance()
        return self.pick(
            (
                f"{one}.x > {self.number()}",
                f"{one}.v <= {other}.v",
                f"{one} is {other}",
                f"len({self.pick(self.lists)}) > {self.rng.randrange(4)}",
                f"{one}.age % 2 == 0",
            )
        )

    def statement(self, depth: int, indent: str) -> None:
        kinds = "write write age choose new put link best some".split()
        if self.item:  # a list is not made longer or shorter in a loop over it
            kinds += ["keep", "keep", *["if"] * depth]
        else:
            kinds += "append filter pop swap sort".split() + "if if loop times".split() * bool(depth)
        getattr(self, "_" + self.rng.choice(kinds))(depth, indent)

    def _write(self, depth: int, indent: str) -> None:
        part, op = self.pick(("x", "v")), self.pick(("=", "+=", "-="))
        self.add(indent, f"{self.instance()}.{part} {op} {self.number()}")

    def _age(self, depth: int, indent: str) -> None:
        self.add(indent, f"{self.instance()}.age += {self.rng.randrange(1, 4)}")

    def _choose(self, depth: int, indent: str) -> None:
        self.add(indent, f"{self.pick(self.names)} = {self.instance()} if {self.test()} else {self.instance()}")

    def _new(self, depth: int, indent: str) -> None:
        self.add(indent, f"{self.pick(self.names)} = Body({self.number()} + 0.0, {self.number()} + 0.0)")

    def _append(self, depth: int, indent: str) -> None:
        self.add(indent, f"{self.pick(self.lists)}.append({self.instance()})")

    def _keep(self, depth: int, indent: str) -> None:
        self.add(indent, f"kept.append({self.item})" if self.rng.random() < 0.7 else f"kept.append({self.instance()})")

    def _put(self, depth: int, indent: str) -> None:
        xs = self.pick(self.lists)
        where = self.pick(("0", "-1", f"k % len({xs})"))
        self.add(indent, f"if {xs}:", f"    {xs}[{where}] = {self.instance()}")

    def _link(self, depth: int, indent: str) -> None:
        self.add(indent, f"e.{self.pick(('first', 'last'))} = {self.instance()}")

    def _filter(self, depth: int, indent: str) -> None:
        bound = self.number()
        self.add(indent, f"{self.pick(self.lists)} = [p for p in {self.pick(self.lists)} if p.x > {bound}]")

    def _pop(self, depth: int, indent: str) -> None:
        name, xs = self.pick(self.names), self.pick(self.lists)
        self.add(indent, f"if {xs}:", f"    {name} = {xs}.pop({self.pick(('', '0', f'k % len({xs})'))})")

    def _swap(self, depth: int, indent: str) -> None:
        xs = self.pick(self.lists)
        self.add(indent, f"if len({xs}) > 1:", f"    {xs}[0], {xs}[-1] = {xs}[-1], {xs}[0]")

    def _best(self, depth: int, indent: str) -> None:
        name, xs = self.pick(self.names), self.pick(self.lists)
        self.add(indent, f"for p in {xs}:", f"    if p.x {self.pick('<>')} {name}.x:", f"        {name} = p")

    def _some(self, depth: int, indent: str) -> None:
        self.add(indent, f"total += {self.number()}")

    def _sort(self, depth: int, indent: str) -> None:
        xs = self.pick(self.lists)
        self.add(indent, f"{xs}.sort(key=lambda p: {self.pick(('p.x', '-p.v', 'p.age'))})")

    def _times(self, depth: int, indent: str) -> None:
        self.add(indent, f"for k in range({self.rng.randrange(2, 4)}):")
        self.block(depth - 1, indent + "    ")

    def _loop(self, depth: int, indent: str) -> None:
        self.item = "p"
        xs = self.pick(self.lists)
        self.add(indent, "kept = []", f"for p in {xs}:")
        self.block(depth - 1, indent + "    ")
        self.item = ""
        if self.rng.random() < 0.7:
            self.add(indent, f"{self.pick(self.lists)} = kept")

    def program(self) -> str:
        self.add("    ", "a, b = Body(x, y), Body(y, x, 1)", "c, k, total = ps[0], 1, 0.0")
        self.add("    ", "qs, e = [a, b], Ends(b, c)")
        for _ in range(self.rng.randrange(4, 9)):
            self.statement(2, "    ")
        given = [name for name in (*self.names, *self.lists, "e") if self.rng.random() < 0.6]
        self.add("    ", f"return {', '.join([*given, 'total', 'a is b', 'b is c'])}")
        return "\n".join(["def f(ps, x, y):", *self.lines, ""])


def written(seed: int) -> tuple[str, Callable[..., Any]]:
    """The text and the function of a random program."""
    text = Writer(random.Random(seed)).program()
    return text, function_of(text, f"<pools {seed}>", {"Body": Body, "Ends": Ends})


def inputs() -> list[tuple[Any, ...]]:
    return [(bodies(3), x, y) for x, y in ((0.75, 1.5), (-1.0, 0.25), (2.0, -0.5))]


@pytest.mark.parametrize(("backend", "count"), [("python", 60), ("xla", 8)])
def test_random_programs(backend: str, count: int) -> None:
    """What a program does is what CPython does with it, or it is refused; most are not.

    Where the instances cannot have a pool, copies may be returned (README); that is seldom.
    """
    refused = copies = 0
    for seed in range(SEED, SEED + count):
        text, fn = written(seed)
        found = verdicts(f"seed {seed}\n{text}", fn, inputs, backend, copies=True)
        refused += "refused" in found
        copies += found.count("identity")
    assert refused <= 3 + count / 6 and copies <= 3 + count / 10, f"seed {SEED}: {refused} refused, {copies} copies"
