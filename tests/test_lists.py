"""Random programs with lists of lists, of which several are changed under several names: they do what CPython does.

Lists get longer and shorter in branches and loops, at indices that only run time knows. Few programs may be refused.
Derivatives of both modes are compared with differences.
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


@dataclass
class Writer(TextWriter):
    """One random program: a list of lists `rows`, names `a` and `b` for some of them, and a list of numbers `xs`."""

    chooses: bool = False  # whether there are lists `ys` and `zs`, and names `c`, `e` for one of several

    def place(self) -> str:
        return self.pick(("p", "q", "p", "q", "(p + q) % 3", "-1", str(self.rng.randrange(3))))

    def row(self) -> str:
        return self.pick((f"rows[{self.place()}]", f"rows[{self.place()}]", "a", "b", "xs"))

    def number(self) -> str:
        row = self.row()
        return self.pick(("w", "x", "0.5", "total", f"len({row})", f"sum({row})", f"({row}[-1] if {row} else 0.25)"))

    def test(self) -> str:
        row, other = self.row(), self.row()
        return self.pick(
            (
                "p > q",
                "w > x",
                f"{row}",
                f"len({row}) > len({other})",
                f"{row} and {other} and {row}[-1] > {other}[0]",
                f"sum({row}) > {self.number()}",
            )
        )

    def statement(self, depth: int, indent: str) -> None:
        kinds = "append append move move pop write exchange extend part clear insert some".split()
        kinds += (
            ["name", "name"] * (not self.loops)
            + ["new"] * (self.rng.random() < 0.2)
            + ["if", "if", "ids", "through"] * bool(depth)
        )
        kinds += ["chosen", "chosen"] * self.chooses + ["choose"] * (self.chooses and not self.loops)
        getattr(self, "_" + self.rng.choice(kinds))(depth, indent)

    def _append(self, depth: int, indent: str) -> None:
        self.add(indent, f"{self.row()}.append({self.number()} * 1.0)")

    def _move(self, depth: int, indent: str) -> None:
        row, other = self.row(), self.row()
        text = self.pick(
            (f"{other}.append({row}.pop())", f"{other}.insert(0, {row}.pop())", f"{other}[-1] = {row}.pop()")
        )
        self.add(indent, f"if {row} and {other}:", f"    {text}")

    def _pop(self, depth: int, indent: str) -> None:
        row, other = self.row(), self.row()
        text = self.pick((f"{row}.pop() - {other}.pop() * 0.5", f"{row}.pop(0) + len({other})"))
        self.add(indent, f"if len({row}) > 1 and len({other}) > 1:", f"    total += {text}")

    def _write(self, depth: int, indent: str) -> None:
        row = self.row()
        self.add(
            indent, f"if {row}:", f"    {row}[{self.pick(('0', '-1'))}] {self.pick(('=', '+='))} {self.number()} * 1.0"
        )

    def _exchange(self, depth: int, indent: str) -> None:
        row, other = self.row(), self.row()
        self.add(indent, f"if {row} and {other}:", f"    {row}[0], {other}[-1] = {other}[-1], {row}[0]")

    def _extend(self, depth: int, indent: str) -> None:
        row, other = self.row(), self.row()
        text = self.pick((f"{row}.extend({other})", f"{row} += {other}", f"{row}.extend({other}[1:])"))
        text = text if not text.startswith(("a +=", "b +=")) else f"{row}.extend({other})"
        self.add(indent, f"if len({row}) + len({other}) < 9:", f"    {text}")

    def _part(self, depth: int, indent: str) -> None:
        self.add(
            indent, f"xs = {self.row()}[:]" if self.rng.random() < 0.5 else f"xs = [v * 0.5 for v in {self.row()}]"
        )

    def _clear(self, depth: int, indent: str) -> None:
        row = self.row()
        self.add(
            indent, f"if len({row}) > 3:", f"    {self.pick((f'{row}.clear()', f'del {row}[0]', f'{row}.reverse()'))}"
        )

    def _insert(self, depth: int, indent: str) -> None:
        self.add(indent, f"{self.row()}.insert({self.pick(('0', '1', 'p'))}, {self.number()} * 1.0)")

    def _some(self, depth: int, indent: str) -> None:
        self.add(indent, f"total += {self.number()} * 0.5")

    def _new(self, depth: int, indent: str) -> None:
        self.add(indent, f"rows[{self.place()}] = {self.pick(('[x, w]', '[0.5 * v for v in xs]', '[w]'))}")

    def _name(self, depth: int, indent: str) -> None:
        self.add(indent, f"{self.pick(('a', 'b'))} = rows[{self.place()}]")

    def _choose(self, depth: int, indent: str) -> None:
        one, other = self.rng.sample(("ys", "zs", "xs"), 2)
        self.add(indent, f"{self.pick(('c', 'e'))} = {one} if {self.test()} else {other}")

    def _chosen(self, depth: int, indent: str) -> None:
        c, row = self.pick(("c", "e")), self.pick(("ys", "zs", "c", "e"))
        text = (
            f"{c}.append({self.number()} * 1.0)",
            f"if {c}: {c}[-1] += {self.number()} * 0.5",
            f"if len({c}) > 2: {row}.append({c}.pop(0) * 1.0)",
            f"if len({c}) < 6: {c}.extend({row}[:2])",
            f"total += sum({c}) * 0.5 + len({row})",
            f"if {c} is {row}: total += 1.0",
        )
        self.add(indent, self.pick(text))

    def _through(self, depth: int, indent: str) -> None:
        self.add(indent, f"for v in list({self.row()}):", "    total += v * 0.5", "    w = w * 0.5 + v * 0.25")

    def _ids(self, depth: int, indent: str) -> None:
        self.loops += 1
        self.add(indent, f"for k in range({self.pick(('len(ids)', '3', 'n'))}):")
        self.add(indent, "    p, q, w = int(ids[k]), int(ids[k - 1]), float(ws[k])")
        self.block(depth - 1, indent + "    ")
        self.loops -= 1

    def program(self) -> str:
        self.add("    ", "p, q, w, total = int(ids[0]), int(ids[1]), float(ws[0]), 0.0")
        self.add("    ", f"rows = {self.pick(('[[x, 0.5], [w], []]', '[[], [], []]', '[[x] * 2 for _ in range(3)]'))}")
        self.add("    ", "a, b, xs = rows[p], rows[q], [w, 2.0]")
        if self.chooses:
            self.add("    ", "ys, zs = [x, 0.5], [w]", "c, e = (ys if p > q else zs), (xs if w > x else ys)")
        self._ids(2, "    ")
        for _ in range(self.rng.randrange(3, 8)):
            self.statement(2, "    ")
        given = [
            "rows",
            *(["ys", "zs", "c"] * self.chooses),
            *(name for name in ("a", "b", "xs") if self.rng.random() < 0.7),
        ]
        self.add("    ", f"return {', '.join([*given, 'total', 'w'])}")
        return "\n".join(["def f(ids, ws, x, n):", *self.lines, ""])


def written(seed: int) -> tuple[str, Callable[..., Any]]:
    """The text and the function of a random program."""
    text = Writer(random.Random(seed), chooses=seed % 3 == 0).program()
    return text, function_of(text, f"<lists {seed}>", {})


def inputs(seed: int) -> list[tuple[Any, ...]]:
    rng = np.random.default_rng(seed)
    return [
        (rng.integers(0, high, 6), np.round(rng.normal(size=6), 3), round(float(rng.normal()), 3), 4)
        for high in (3, 3, 2)
    ]


@pytest.mark.parametrize(("backend", "count"), [("python", 40), ("xla", 4)])
def test_random_programs(backend: str, count: int) -> None:
    """What a program does is what CPython does with it, or it is refused; most are not."""
    refused = 0
    for seed in range(SEED, SEED + count):
        text, fn = written(seed)
        refused += "refused" in verdicts(f"seed {seed}\n{text}", fn, partial(inputs, seed), backend)
    assert refused <= 3 + count / 4, f"seed {SEED}: {refused} refused"


@pytest.mark.filterwarnings("ignore::myialike.errors.CutPathWarning")  # branches may come from values
def test_derivatives() -> None:
    """Reverse and forward mode give what differences of CPython give."""
    compared = 0
    for seed in range(SEED, SEED + 12):
        text, fn = written(seed)

        def last(ids: Any, ws: Any, x: Any, n: Any, fn: Callable[..., Any] = fn) -> Any:
            found = fn(ids, ws, x, n)
            return sum(sum(row) for row in found[0]) + found[-2] * 1.0

        ids, ws, x, n = inputs(seed)[0]
        along, compiled = np.cos(np.arange(6)), compile(last, backend="python")

        def modes(
            compiled: Any = compiled, ids: Any = ids, ws: Any = ws, x: Any = x, n: Any = n, along: Any = along
        ) -> tuple[Any, Any]:
            bar = grad(compiled, 1)(ids, ws, x, n)
            return bar @ along, jvp(lambda v: compiled(ids, v, x, n), (ws,), (along,))[1]

        expected = slope(lambda h: last(ids, ws + h * along, x, n), (IndexError,))  # noqa: B023
        compared += is_compared(expected, modes, f"seed {seed}\n{text}")
    assert compared > 3, f"seed {SEED}"
