"""What writers of random programs have in common, and how their text becomes a function with a source."""

import builtins
import linecache
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class TextWriter:
    """One random program: its lines so far, and in how many loops over `k` the next one stands."""

    rng: random.Random
    lines: list[str] = field(default_factory=list)
    loops: int = 0

    def statement(self, depth: int, indent: str) -> None:
        raise NotImplementedError

    def test(self) -> str:
        raise NotImplementedError

    def pick(self, options: tuple[str, ...]) -> str:
        return self.rng.choice(options)

    def add(self, indent: str, *lines: str) -> None:
        self.lines += [indent + line for line in lines]

    def block(self, depth: int, indent: str) -> None:
        for _ in range(self.rng.randrange(1, 4)):
            self.statement(depth, indent)

    def _if(self, depth: int, indent: str) -> None:
        self.add(indent, f"if {self.test()}:")
        self.block(depth - 1, indent + "    ")
        if self.rng.random() < 0.5:
            self.add(indent, "else:")
            self.block(depth - 1, indent + "    ")

    def _loop(self, depth: int, indent: str) -> None:
        self.add(indent, self.pick(("for k in range(n):", "for k in range(3):")))
        self.loops += 1
        self.block(depth - 1, indent + "    ")
        self.loops -= 1


def function_of(text: str, title: str, names: Mapping[str, Any]) -> Callable[..., Any]:
    """The function `f` of a text, whose source can be found under its title."""
    linecache.cache[title] = len(text), None, text.splitlines(keepends=True), title
    space = dict(names)
    exec(builtins.compile(text, title, "exec"), space)
    found: Callable[..., Any] = space["f"]
    return found
