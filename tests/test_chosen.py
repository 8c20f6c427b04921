"""Random programs in which paths and loops choose among lists, or dicts, that grow, shrink and are written."""

import os
import random
import secrets
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from tests.random_check import verdicts
from tests.random_text import TextWriter, function_of

SEED = int(os.environ.get("FUZZ_SEED", secrets.randbelow(10**6)))


@dataclass
class Writer(TextWriter):
    """One random program over `p`, `q`, `r`, which are lists or dicts."""

    kind: str = "list"

    def name(self) -> str:
        return self.pick(("p", "q", "r"))

    def number(self) -> str:
        values = ".values()" if self.kind == "dict" else ""
        options = ("x", "0.5", "total * 0.1", f"len({self.name()}) * 1.0", f"sum({self.name()}{values}) * 0.1")
        return self.pick(options + ("k * 0.5",) * bool(self.loops))

    def key(self) -> str:
        return self.pick(("0", "1", "n", "n + 1") + ("k",) * bool(self.loops))

    def test(self) -> str:
        a, b = self.name(), self.name()
        tests = ("x > 0.5", "n > 1", "total > x", f"{a} is {b}", f"len({a}) > {self.rng.randrange(2, 5)}")
        return self.pick((*tests, f"len({a}) < len({b})") + ("k == 1", "k % 2 == 0") * bool(self.loops))

    def made(self) -> str:
        of, number = self.name(), self.number()
        if self.kind == "list":
            lists = (f"[{number}, x]", f"list({of})", f"{of} + [{number}]", f"{of}[1:]", f"[v * 0.5 for v in {of}]")
            return self.pick((*lists, f"{of}[:]"))
        dicts = (f"{{0: {number}, n: x}}", f"dict({of})", f"{of} | {{n: {number}}}")
        return self.pick((*dicts, f"{{i: v * 0.5 for i, v in {of}.items()}}"))

    def change(self, of: str) -> str:
        key, number = self.key(), self.number()
        if self.kind == "dict":
            places = (f"{of}[{key}] = {number}", f"{of}[{key}] = {number}", f"{of}[0] = {of}.get({key}, x) + 1.0")
            others = (f"total += {of}.pop({key}, 0.5)", f"{of}.update({{n: {number}}})")
            return self.pick((*places, *others, f"total += {of}.setdefault({key}, {number})"))
        longer = (f"{of}.append({number})", f"{of}.extend([{number}, x])", f"{of} += [x]", f"{of}.insert(1, {number})")
        places = (f"{of}[-1] = {number}", f"{of}[0] += {number}")
        return self.pick((*longer, f"{of}.append({number})", *places, f"total += {of}.pop() if len({of}) > 2 else 0.0"))

    def statement(self, depth: int, indent: str) -> None:
        kinds = "bind bind new write write write choose some".split() + "if if loop".split() * bool(depth)
        getattr(self, "_" + self.rng.choice(kinds))(depth, indent)

    def _bind(self, depth: int, indent: str) -> None:
        self.add(indent, f"{self.name()} = {self.name()}")

    def _choose(self, depth: int, indent: str) -> None:
        name = self.pick((self.name(), "t"))
        self.add(indent, f"{name} = {self.name()} if {self.test()} else {self.name()}", self.change(name))

    def _write(self, depth: int, indent: str) -> None:
        self.add(indent, self.change(self.name()))

    def _new(self, depth: int, indent: str) -> None:
        self.add(indent, f"{self.name()} = {self.made()}")

    def _some(self, depth: int, indent: str) -> None:
        self.add(indent, f"total += {self.number()}")

    def program(self) -> str:
        start = "[x, 1.0], [2.0, x], a" if self.kind == "list" else "{0: x, 1: 1.0}, {n: x, 0: 0.5}, a"
        self.add("    ", f"total, p, q, r = 0.0, {start}")
        for _ in range(self.rng.randrange(3, 8)):
            self.statement(2, "    ")
        self.add("    ", "return p, q, r, total * 1.0")
        return "\n".join(["def f(a, x, n):", *self.lines, ""])


def written(seed: int) -> tuple[str, Any, str]:
    """The text and the function of a random program, and whether it is of lists or dicts."""
    rng = random.Random(seed)
    kind = rng.choice(("list", "list", "dict"))
    text = Writer(rng, kind=kind).program()
    return text, function_of(text, f"<chosen {seed}>", {}), kind


def inputs(kind: str) -> list[tuple[Any, ...]]:
    numbers = (0.1, 0.2, 0.3)
    calls = ((0.3, 3), (0.8, 2), (0.6, 0))
    return [([*numbers] if kind == "list" else dict(enumerate(numbers)), x, n) for x, n in calls]


@pytest.mark.parametrize(("backend", "count"), [("python", 40), ("xla", 5)])
def test_random_programs(backend: str, count: int) -> None:
    """What a program gives is what CPython gives, or it is refused; most are not."""
    refused = 0
    for seed in range(SEED, SEED + count):
        text, fn, kind = written(seed)
        refused += "refused" in verdicts(f"seed {seed}\n{text}", fn, partial(inputs, kind), backend, copies=True)
    assert refused <= 2 + count / 8, f"seed {SEED}: {refused} refused"
