"""Random programs with deques and dicts of other kinds: they do what they do in CPython, or are refused.

Deques have lengths that are known or that only run time knows, with and without a maxlen; they are changed at both
ends, in the middle and as a whole, in branches and loops. Derivatives of both modes are compared with differences.
"""

import os
import random
import secrets
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pytest

from myialike import compile, grad, jacrev, jvp
from tests.random_check import is_compared, slope, verdicts
from tests.random_text import TextWriter, function_of

SEED = int(os.environ.get("FUZZ_SEED", secrets.randbelow(10**6)))
NAMES = {"deque": deque, "defaultdict": defaultdict, "Counter": Counter, "OrderedDict": OrderedDict}


@dataclass
class Writer(TextWriter):
    """One random program: deques `d` that is given, `e` without a maxlen, `f` with one; dicts `g`, `c`, `o`."""

    through: str = ""  # the deque that a loop goes through just now

    def queue(self) -> str:
        return self.pick(("d", "e", "f"))

    def place(self) -> str:
        return self.pick(("0", "-1", "1", "-2", "k", "-k", "p"))

    def number(self) -> str:
        queue = self.queue()
        options = ("w", "x", "0.5", f"{queue}[{self.place()}]", f"sum({queue})", "total", f"g[{self.key()}]")
        return self.rng.choice((*options, "w", "x", "x * w", "float(k)"))

    def key(self) -> str:
        return self.pick(("p", "p + 1", "k", str(self.rng.randrange(4))))

    def test(self) -> str:
        queue, other = self.queue(), self.queue()
        return self.pick(
            (
                queue,
                f"len({queue}) > {self.rng.randrange(4)}",
                f"{self.number()} in {queue}",
                f"{self.number()} > {self.number()}",
                f"{queue} == {other}",
                f"{self.key()} in g",
                f"c[{self.key()}] > 1",
                "p > k",
                f"{queue} and {queue}[0] > x",
            )
        )

    def statement(self, depth: int, indent: str) -> None:
        kinds = "total item dicts".split() + ["if"] * depth
        if not self.through or self.rng.random() < 0.15:
            kinds += "push push push pop pop turn edit whole".split()
        if not self.through:
            kinds += "through loop drain".split() * bool(depth)
        getattr(self, "_" + self.rng.choice(kinds))(depth, indent)

    def _total(self, depth: int, indent: str) -> None:
        self.add(indent, f"total += {self.number()} * 0.5")

    def _item(self, depth: int, indent: str) -> None:
        self.add(indent, f"{self.queue()}[{self.place()}] {self.pick(('=', '+='))} {self.number()} + 0.0")

    def _push(self, depth: int, indent: str) -> None:
        method = self.pick(("append", "append", "appendleft"))
        self.add(indent, f"{self.queue()}.{method}({self.number()} + 0.0)")

    def _pop(self, depth: int, indent: str) -> None:
        queue = self.queue()
        if self.rng.random() < 0.8:
            self.add(indent, f"if {queue}:")
            indent += "    "
        self.add(indent, f"total += {queue}.{self.pick(('pop', 'popleft', 'popleft'))}()")

    def _turn(self, depth: int, indent: str) -> None:
        by = self.pick(("", "1", "-1", "2", "k", "-p"))
        self.add(indent, f"{self.queue()}.{self.pick((f'rotate({by})', 'reverse()'))}")

    def _edit(self, depth: int, indent: str) -> None:
        queue, place = self.queue(), self.place()
        text = (
            f"if len({queue}) < 3: {queue}.insert({place}, {self.number()} + 0.0)",
            f"if len({queue}) > 2: del {queue}[{place}]",
            f"if {self.number()} in {queue}: {queue}.remove({queue}[0])",
            f"total += {queue}.count({self.number()})",
            f"if {queue}: total += {queue}.index({queue}[-1])",
        )
        self.add(indent, self.pick(text))

    def _whole(self, depth: int, indent: str) -> None:
        queue, other = self.queue(), self.queue()
        text = (
            f"{queue}.extend([{self.number()} + 0.0, x])",
            f"{queue}.extendleft([v * 0.5 for v in {other}])",
            f"if len({queue}) > 4: {queue}.clear()",
            f"e = {queue}.copy()",
            f"e = deque({queue})",
            f"f = deque(list({queue}), {self.rng.randrange(1, 4)})",
            f"{queue} += {other}",
            f"e = deque(v for v in {queue} if v > x)",
            "e = d",
        )
        self.add(indent, self.pick(text))

    def _dicts(self, depth: int, indent: str) -> None:
        key = self.key()
        text = (
            f"g[{key}] += {self.number()} + 0.0",
            f"c[{key}] += 1",
            f"total += c[{key}] * 0.25",
            f"o[{key}] = {self.number()} + 0.0",
            f"if {key} in o: o.move_to_end({key})",
            "if len(o) > 2: total += o.popitem(last=False)[1]",
            f"h[{key}].append({self.number()} + 0.0)",
            f"c.update([{key}, k])",
        )
        self.add(indent, self.pick(text))

    def _drain(self, depth: int, indent: str) -> None:
        queue = self.queue()
        self.add(indent, f"while len({queue}) > 1:", f"    total += {queue}.{self.pick(('pop', 'popleft'))}() * 0.5")

    def _through(self, depth: int, indent: str) -> None:
        self.through = self.queue()
        pairs = ("k, v in enumerate({})", "v, k in zip({}, range(n))", "k, v in zip(range(n), {})")
        over = self.pick(("v in {}", "v in reversed({})", *pairs))
        self.add(indent, f"for {over.format(self.through)}:", "    total += v")
        self.block(depth - 1, indent + "    ")
        self.through = ""

    def _loop(self, depth: int, indent: str) -> None:
        self.add(indent, f"for k in range({self.pick(('len(ids)', '3', 'n'))}):")
        self.add(indent, "    p, w = int(ids[k]), float(ws[k])")
        self.block(depth - 1, indent + "    ")

    def program(self) -> str:
        self.add("    ", "p, k, w, total = int(ids[0]), 0, float(ws[0]), 0.0")
        self.add("    ", f"e, f = deque([w, x]), deque([0.25, x * w], maxlen={self.rng.randrange(2, 4)})")
        self.add("    ", "g, h, c, o = defaultdict(float), defaultdict(list), Counter(), OrderedDict()")
        self._loop(2, "    ")
        for _ in range(self.rng.randrange(2, 6)):
            self.statement(2, "    ")
        given = [name for name in ("d", "e", "f", "g", "h", "c", "o") if self.rng.random() < 0.7]
        self.add("    ", f"return {', '.join([*given, 'total', 'len(e)'])}")
        return "\n".join(["def f(ids, ws, x, n, d):", *self.lines, ""])


def written(seed: int) -> tuple[str, Callable[..., Any]]:
    """The text and the function of a random program."""
    text = Writer(random.Random(seed)).program()
    return text, function_of(text, f"<collections {seed}>", NAMES)


def inputs(seed: int) -> list[tuple[Any, ...]]:
    rng = np.random.default_rng(seed)
    return [
        (
            rng.integers(0, high, 6),
            np.round(rng.normal(size=6), 3),
            round(float(rng.normal()), 3),
            4,
            deque([round(float(v), 3) for v in rng.normal(size=3)], maxlen),
        )
        for high, maxlen in ((3, None), (6, 3), (2, 4))
    ]


@pytest.mark.parametrize(("backend", "count"), [("python", 60), ("xla", 6)])
def test_random_programs(backend: str, count: int) -> None:
    """What a program does is what CPython does with it, or it is refused; most are not."""
    refused = 0
    for seed in range(SEED, SEED + count):
        text, fn = written(seed)
        refused += "refused" in verdicts(f"seed {seed}\n{text}", fn, partial(inputs, seed), backend)
    assert refused <= 3 + count / 6, f"seed {SEED}: {refused} refused"


@pytest.mark.filterwarnings("ignore::myialike.errors.CutPathWarning")  # a place may come from a value
def test_derivatives() -> None:
    """Reverse and forward mode give what differences of CPython give."""
    compared = 0
    for seed in range(SEED, SEED + 15):
        text, fn = written(seed)

        def given(seed: int = seed) -> tuple[Any, ...]:
            return inputs(seed)[0]

        def last(ids: Any, ws: Any, x: Any, n: Any, d: Any, fn: Callable[..., Any] = fn) -> Any:
            return fn(ids, ws, x, n, d)[-2] * 1.0

        along, compiled = np.cos(np.arange(6)), compile(last, backend="python")

        def at(h: float, last: Any = last, given: Any = given, along: Any = along) -> Any:
            ids, ws, x, n, d = given()
            return last(ids, ws + h * along, x, n, d)

        def modes(compiled: Any = compiled, given: Any = given, along: Any = along) -> tuple[Any, Any]:
            bar = grad(compiled, 1)(*given())
            ids, ws, x, n, d = given()
            return bar @ along, jvp(lambda v: compiled(ids, v, x, n, d), (ws,), (along,))[1]

        expected = slope(at, (IndexError, RuntimeError, ValueError))
        compared += is_compared(expected, modes, f"seed {seed}\n{text}")
    assert compared > 3, f"seed {SEED}"


def test_derivatives_with_respect_to_what_is_inside() -> None:
    """A gradient is of the class of the argument, with its maxlen or its factory; so is a tangent of a result."""

    def of_queue(d: Any) -> Any:
        return sum(v * v for v in d) + d[0] * d[-1]

    def of_dict(d: Any) -> Any:
        return d["a"] * d["b"] ** 2

    for backend in ("python", "xla"):
        bar = grad(compile(of_queue, backend=backend))(deque([1.0, 2.0, 3.0], maxlen=4))
        assert (type(bar), bar, bar.maxlen) == (deque, deque([5.0, 4.0, 7.0]), 4)
        table = grad(compile(of_dict, backend=backend))(defaultdict(float, a=2.0, b=3.0))
        assert (type(table), table, table.default_factory) == (defaultdict, {"a": 9.0, "b": 12.0}, float)
        ordered = grad(compile(of_dict, backend=backend))(OrderedDict(a=2.0, b=3.0))
        assert (type(ordered), ordered) == (OrderedDict, {"a": 9.0, "b": 12.0})
        found, dot = jvp(lambda x: deque([x, x * x], maxlen=2), (3.0,), (1.0,))
        assert (found, dot, dot.maxlen) == (deque([3.0, 9.0]), deque([1.0, 6.0]), 2)
    rows = jacrev(lambda d: np.array([d[0] * d[1], d[1]]))(deque([2.0, 3.0], maxlen=5))
    assert rows.maxlen == 5
    np.testing.assert_allclose(rows, [[3.0, 0.0], [2.0, 1.0]])


def test_a_gradient_is_a_deque_inside_of_the_program() -> None:
    """What is done with it there is what a deque does."""

    def inside(x: float) -> Any:
        bar = grad(lambda d: d[0] * d[1] * d[1])(deque([x, 2.0], maxlen=2))
        bar.append(7.0)
        return bar

    assert compile(inside)(1.5) == deque([6.0, 7.0])


def test_queues_of_any_length() -> None:
    """A deque that grows beyond any room that was guessed has all its items; the arguments are changed once."""

    def fill(d: Any, n: Any) -> Any:
        k = 0
        while k < n[0]:
            d.append(float(k))
            if k % 3 == 2:
                d.popleft()
            k += 1
        return len(d)

    for backend in ("python", "xla"):
        compiled = compile(fill, backend=backend)
        for n in (3, 100, 5, 3000):
            given, expected = deque([0.5], maxlen=None), deque([0.5])
            assert compiled(given, np.array([n])) == fill(expected, np.array([n]))
            assert given == expected
