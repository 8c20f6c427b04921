"""Random programs of functions that capture and change variables: they do what they do in CPython.

Functions with variables of their own are made in calls, branches and loops, bound to other names, composed, kept in
tuples, chosen at run time, and called. Derivatives of both modes are compared with differences.
"""

import os
import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pytest

from myialike import compile, grad, jvp
from tests.random_check import is_compared, slope, verdicts
from tests.random_text import TextWriter, function_of

SEED = int(os.environ.get("FUZZ_SEED", secrets.randbelow(10**6)))
START = """
total, log, calls = 0.0, [0.0, x], 0

def made(k):
    state = k * x
    def step(y):
        nonlocal state, calls
        state = state * 0.5 + y
        calls += 1
        return state
    return step

def pair(k):
    level = k + 0.0
    def up(y):
        nonlocal level
        level += y * 0.25
        return level
    def down(y):
        nonlocal level
        level = level * 0.5 - y
        log[0] += level
        return level + log[1]
    return up, down

def noted(y):
    log[1] = y * 0.5
    return log[0] + y

def composed(u, v):
    return lambda y: u(v(y) * 0.5)

def scaled(s, y):
    return s * y + total
"""


@dataclass
class Writer(TextWriter):
    """One random program over the functions `f1`, `f2`, `f3`."""


    def name(self) -> str:
        return self.pick(("f1", "f2", "f3"))

    def number(self) -> str:
        options = ("x", "total * 0.25", "0.5", "log[0] * 0.1", "float(v[1])") + ("float(v[k % 3])", "k * 0.1") * bool(
            self.loops
        )
        return self.pick(options)

    def test(self) -> str:
        tests = ("x > 0.5", "total > x", "calls % 2 == 0", "log[0] < log[1]", "n > 1", f"{self.name()}(x) > 0.3")
        return self.pick(tests + ("k % 2 == 0", "k == 1") * bool(self.loops))

    def function(self) -> str:
        a, b = self.name(), self.name()
        return self.pick(
            (
                a,
                a,
                f"made({self.number()})",
                "noted",
                f"pair({self.number()})[{self.rng.randrange(2)}]",
                f"composed({a}, {b})" if not self.loops else a,
                f"partial(scaled, {self.number()})",
                f"(lambda y, s={self.number()}: y * s + total)",
                f"(lambda y, g={a}: g(y) * 0.5 + log[1])" if not self.loops else "noted",
                f"({a} if {self.test()} else {b})",
            )
        )

    def statement(self, depth: int, indent: str) -> None:
        kinds = "call call bind bind two note each".split() + "if if loop".split() * bool(depth)
        getattr(self, "_" + self.rng.choice(kinds))(depth, indent)

    def _call(self, depth: int, indent: str) -> None:
        self.add(indent, f"total += {self.name()}({self.number()}) * 0.5")

    def _bind(self, depth: int, indent: str) -> None:
        self.add(indent, f"{self.name()} = {self.function()}")

    def _two(self, depth: int, indent: str) -> None:
        a, b = self.rng.sample(("f1", "f2", "f3"), 2)
        self.add(indent, f"{a}, {b} = {self.pick((f'{b}, {a}', f'pair({self.number()})'))}")

    def _note(self, depth: int, indent: str) -> None:
        self.add(
            indent, self.pick((f"log[0] = {self.number()}", "log[1] += total * 0.1", "total = log[0] - total * 0.5"))
        )

    def _each(self, depth: int, indent: str) -> None:
        fs = f"({self.name()}, {self.name()}, {self.name()})"
        kind = self.rng.randrange(3)
        if kind == 0:
            self.add(indent, f"for g in {fs}:", f"    total += g({self.number()}) * 0.25")
        elif kind == 1:
            self.add(indent, f"total += sum(g(x) for g in {fs})")
        else:
            self.add(indent, f"total += {fs}[n % 3]({self.number()}) * 0.5")

    def program(self) -> str:
        self.add("    ", *START.strip("\n").split("\n"))
        self.add("    ", "f1, f2, f3 = made(1), noted, pair(2)[0]")
        for _ in range(self.rng.randrange(3, 7)):
            self.statement(2, "    ")
        self.add("    ", "return log, calls, f1(x) + f2(x) * 2.0 + f3(x) * 3.0 + total")
        return "\n".join(["def f(v, x, n):", *(line.rstrip() for line in self.lines), ""])


def written(seed: int) -> tuple[str, Any]:
    text = Writer(random.Random(seed)).program()
    return text, function_of(text, f"<closures {seed}>", {"partial": partial})


def inputs(seed: int) -> list[tuple[Any, ...]]:
    rng = np.random.default_rng(seed)
    return [(np.round(rng.normal(size=3), 3), x, n) for x, n in ((0.3, 3), (0.8, 2), (0.6, 0))]


@pytest.mark.parametrize(("backend", "count"), [("python", 40), ("xla", 5)])
def test_random_programs(backend: str, count: int) -> None:
    """What a program gives is what CPython gives, or it is refused; most are not."""
    refused = 0
    for seed in range(SEED, SEED + count):
        text, fn = written(seed)
        refused += "refused" in verdicts(f"seed {seed}\n{text}", fn, partial(inputs, seed), backend)
    assert refused <= 2 + count / 4, f"seed {SEED}: {refused} refused"


def test_derivatives() -> None:
    """Reverse and forward mode give what differences of CPython give."""
    compared = 0
    for seed in range(SEED, SEED + 15):
        text, fn = written(seed)

        def last(v: Any, x: Any, n: Any, fn: Callable[..., Any] = fn) -> Any:
            return fn(v, x, n)[-1] * 1.0

        v, x, n = inputs(seed)[0]
        compiled = compile(last, backend="python")

        def modes(compiled: Any = compiled, v: Any = v, x: Any = x, n: Any = n) -> tuple[Any, Any]:
            return grad(compiled, 1)(v, x, n), jvp(lambda y: compiled(v, y, n), (x,), (1.0,))[1]

        expected = slope(lambda h: last(v, x + h, n))  # noqa: B023
        compared += is_compared(expected, modes, f"seed {seed}\n{text}")
    assert compared > 3, f"seed {SEED}"
