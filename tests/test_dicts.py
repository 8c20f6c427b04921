"""Random programs with dicts whose keys only run time knows, and with lists of lists: they do what they do in CPython.

Programs set, read, delete and go through keys, in branches and loops, with numbers and lists as values. Few programs
may be refused. Derivatives of both modes are compared with differences.
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
from tests.fuzz.engines import RTOL
from tests.fuzz.outcomes import difference, leaves, outcome
from tests.random_check import is_compared, slope, verdicts
from tests.random_text import TextWriter, function_of

SEED = int(os.environ.get("FUZZ_SEED", secrets.randbelow(10**6)))


@dataclass
class Writer(TextWriter):
    """One random program: dicts `d`, `e` of numbers, `pairs` with keys of two, `groups` of lists, and `rows`."""

    keys: tuple[str, ...] = ("p", "q")
    through: str = ""  # the dict that a loop goes through just now
    changes: bool = True  # whether keys may be added and deleted

    def key(self) -> str:
        options = (*self.keys, *self.keys, "p + 1", "(p + q) % 5", "-q", str(self.rng.randrange(4)))
        return self.rng.choice(options)

    def table(self) -> str:
        return self.pick(("d", "e", "d"))

    def number(self) -> str:
        table, key = self.table(), self.key()
        return self.pick(
            ("w", "x", "0.5", f"{table}.get({key}, 0.25)", f"{table}.get({key}, x) * w", "total", f"float({key})")
        )

    def test(self) -> str:
        table, key = self.table(), self.key()
        return self.pick(
            (
                f"{key} in {table}",
                f"{key} not in {table}",
                f"len({table}) > {self.rng.randrange(4)}",
                f"{table}.get({key}, 0.0) > {self.number()}",
                f"({self.key()}, {self.key()}) in pairs",
                f"{key} in groups and len(groups[{key}]) > 1",
                "p > q",
                f"{table}",
            )
        )

    def statement(self, depth: int, indent: str) -> None:
        kinds = "some some fill".split() + ["if"] * depth
        if self.through:
            kinds += ["present"] * 3
        else:
            kinds += "set set add pair delete pop group group row read".split()
            kinds += "clear update copy invert sorted best".split() + "through through ids ids".split() * bool(depth)
        getattr(self, "_" + self.rng.choice(kinds))(depth, indent)

    def _some(self, depth: int, indent: str) -> None:
        self.add(indent, f"total += {self.number()} * 0.5")

    def _set(self, depth: int, indent: str) -> None:
        self.add(indent, f"{self.table()}[{self.key()}] = {self.number()} + 0.0")

    def _present(self, depth: int, indent: str) -> None:
        self.add(indent, f"{self.through}[key] {self.pick(('=', '+=', '*='))} {self.number()} + 0.0")

    def _add(self, depth: int, indent: str) -> None:
        table, key = self.table(), self.key()
        text = (
            f"{table}[{key}] = {table}.get({key}, 0.0) + {self.number()}",
            f"if {key} in {table}: {table}[{key}] += {self.number()}",
            f"{table}.setdefault({key}, {self.number()} + 0.0)",
        )
        self.add(indent, self.pick(text))

    def _pair(self, depth: int, indent: str) -> None:
        self.add(indent, f"pairs[{self.key()}, {self.key()}] = {self.number()} + 0.0")

    def _delete(self, depth: int, indent: str) -> None:
        table, key = self.table(), self.key()
        self.add(indent, f"if {key} in {table}:", f"    del {table}[{key}]")

    def _pop(self, depth: int, indent: str) -> None:
        self.add(indent, f"total += {self.table()}.pop({self.key()}, 0.125)")

    def _read(self, depth: int, indent: str) -> None:
        self.add(indent, f"total += {self.table()}[{self.key()}]")

    def _group(self, depth: int, indent: str) -> None:
        self.add(indent, f"groups.setdefault({self.key()}, []).append({self.number()} + 0.0)")

    def _row(self, depth: int, indent: str) -> None:
        self.add(indent, f"rows[{self.key()} % 4].append({self.number()} + 0.0)")

    def _fill(self, depth: int, indent: str) -> None:
        key = self.key()
        self.add(indent, f"for v in rows[{key} % 4]:", "    total += v * 0.5")

    def _clear(self, depth: int, indent: str) -> None:
        self.add(indent, f"if len({self.table()}) > 3:", "    e.clear()")

    def _update(self, depth: int, indent: str) -> None:
        text = ("d.update(e)", "e |= d", "d = {**e, p: x}", "e = d | {q: w}", "d.update({p: 0.5, q: x})")
        self.add(indent, self.pick(text))

    def _copy(self, depth: int, indent: str) -> None:
        self.add(
            indent, self.pick(("e = d.copy()", "e = dict(d)", "d = dict(zip(list(d), list(d.values())))", "e = d"))
        )

    def _invert(self, depth: int, indent: str) -> None:
        text = ("e = {k % 3: v for k, v in d.items()}", "d = {k: v for k, v in e.items() if v > x}")
        self.add(indent, self.pick(text))

    def _sorted(self, depth: int, indent: str) -> None:
        table = self.table()
        values = self.pick((f"sorted({table})", f"list({table}.values())"))
        self.add(indent, f"for v in {values}:", "    total += v * 0.25")

    def _best(self, depth: int, indent: str) -> None:
        table = self.table()
        self.add(indent, f"if {table}:", f"    p = max({table}, key={table}.get)")

    def _ids(self, depth: int, indent: str) -> None:
        self.add(
            indent, f"for k in range({self.pick(('len(ids)', '3', 'n'))}):", "    q, w = int(ids[k]), float(ws[k])"
        )
        self.block(depth - 1, indent + "    ")

    def _through(self, depth: int, indent: str) -> None:
        self.through, before = self.table(), self.keys
        self.keys = (*before, "key")
        self.add(indent, f"for key in {self.through}:")
        self.block(depth - 1, indent + "    ")
        self.through, self.keys = "", before

    def program(self) -> str:
        self.add("    ", "p, q, w, total = int(ids[0]), int(ids[1]), float(ws[0]), 0.0")
        self.add("    ", "d, e, pairs, groups, rows = {}, {1: x}, {}, {}, [[], [], [], []]")
        self._ids(2, "    ")
        for _ in range(self.rng.randrange(3, 8)):
            self.statement(2, "    ")
        given = [name for name in ("d", "e", "pairs", "groups", "rows") if self.rng.random() < 0.7]
        self.add("    ", f"return {', '.join([*given, 'total', 'len(d)'])}")
        return "\n".join(["def f(ids, ws, x, n):", *self.lines, ""])


def written(seed: int) -> tuple[str, Callable[..., Any]]:
    """The text and the function of a random program."""
    text = Writer(random.Random(seed)).program()
    return text, function_of(text, f"<dicts {seed}>", {})


def inputs(seed: int) -> list[tuple[Any, ...]]:
    rng = np.random.default_rng(seed)
    return [
        (rng.integers(0, high, 6), np.round(rng.normal(size=6), 3), round(float(rng.normal()), 3), 4)
        for high in (3, 6, 2)
    ]


@pytest.mark.parametrize(("backend", "count"), [("python", 60), ("xla", 6)])
def test_random_programs(backend: str, count: int) -> None:
    """What a program does is what CPython does with it, or it is refused; most are not."""
    refused = 0
    for seed in range(SEED, SEED + count):
        text, fn = written(seed)
        refused += "refused" in verdicts(f"seed {seed}\n{text}", fn, partial(inputs, seed), backend)
    assert refused <= 3 + count / 6, f"seed {SEED}: {refused} refused"


@pytest.mark.filterwarnings("ignore::myialike.errors.CutPathWarning")  # keys may come from values
def test_derivatives() -> None:
    """Reverse and forward mode give what differences of CPython give."""
    compared = 0
    for seed in range(SEED, SEED + 15):
        text, fn = written(seed)

        def last(ids: Any, ws: Any, x: Any, n: Any, fn: Callable[..., Any] = fn) -> Any:
            return fn(ids, ws, x, n)[-2] * 1.0

        ids, ws, x, n = inputs(seed)[0]
        along, compiled = np.cos(np.arange(6)), compile(last, backend="python")

        def modes(
            compiled: Any = compiled, ids: Any = ids, ws: Any = ws, x: Any = x, n: Any = n, along: Any = along
        ) -> tuple[Any, Any]:
            bar = grad(compiled, 1)(ids, ws, x, n)
            return bar @ along, jvp(lambda v: compiled(ids, v, x, n), (ws,), (along,))[1]

        expected = slope(lambda h: last(ids, ws + h * along, x, n), (KeyError, RuntimeError))  # noqa: B023
        compared += is_compared(expected, modes, f"seed {seed}\n{text}")
    assert compared > 3, f"seed {SEED}"


def of_ints(ids, kinds):
    d, total = {}, 0.0
    for k in range(len(ids)):
        key, kind = int(ids[k]), int(kinds[k])
        if kind < 4:
            d[key] = d.get(key, 0.0) + k
        elif kind == 4:
            if key in d:
                del d[key]
        elif kind == 5:
            total += d.pop(key, 0.5)
        elif kind == 6:
            if len(d) > 0:
                other, w = d.popitem()
                total += other * w
        else:
            total += d.setdefault(key, 3.0)
    e = d.copy()
    e[-1] = total
    e.pop(int(ids[0]), 0.0)
    return d, e, total, float(ids[0]) in d


def of_floats(ids, kinds):
    d, total = {}, 0.0
    for k in range(len(ids)):
        key, kind = ids[k] * 0.25, int(kinds[k])
        if kind < 4:
            d[key] = d.get(key, 0.0) + k
        elif kind == 4 and key in d:
            del d[key]
        elif kind < 7:
            total += (int(ids[k]) in d) + 0.5 * (key + 0.0 in d)
        elif len(d) > 5:
            d.clear()
    return d, total, -0.0 in d, 0 in d, True in d


def of_pairs(ids, kinds):
    d, total = {}, 0.0
    for k in range(len(ids)):
        i, j, kind = int(ids[k]), ids[k] * 0.5 - 1, int(kinds[k])
        if kind < 4:
            d[i, j] = d.get((i, j), 0.0) + k
        elif kind == 4 and (i, j) in d:
            del d[i, j]
        else:
            total += d.get((i, ids[k] * 0.5 - 1.0), 0.5) + ((j, i) in d) + (i in d)
    return d, total, (True, -0.5) in d


def of_numpy(ids, kinds):
    d, total = {}, 0.0
    for k in range(len(ids)):
        if kinds[k] < 4:
            d[ids[k]] = d.get(ids[k], 0.0) + k
        elif kinds[k] == 4 and ids[k] in d:
            del d[ids[k]]
        else:
            total += (float(ids[k]) in d) + 0.5 * (complex(ids[k]) in d)
    return d, total, 2 in d, 0.1 in d


def of_complex(ids, kinds):
    d, total = {}, 0.0
    for k in range(len(ids)):
        key = complex(ids[k], kinds[k] % 2)
        if kinds[k] < 5:
            d[key] = d.get(key, 0.0) + k
        else:
            total += (key in d) + 0.5 * (key.real in d) + 0.25 * (int(key.real) in d)
    return d, total


SCALES = (1, 1, 1, 2, 64, 4096, 2**20, 2**33, 2**40)
DTYPES = (np.int64, np.int8, np.uint8, np.uint64, np.int32, np.float64, np.float32, np.bool_)


@pytest.mark.parametrize(("backend", "count"), [("python", 30), ("xla", 3)])
@pytest.mark.parametrize("fn", [of_ints, of_floats, of_pairs, of_numpy, of_complex])
def test_keys_of_each_kind(fn: Callable[..., Any], backend: str, count: int) -> None:
    """Keys that come and go, few and many, near and far, of which equal ones are one key whatever their types."""
    compiled = compile(fn, backend=backend)
    for seed in range(SEED, SEED + count):
        rng = np.random.default_rng(seed)
        high, length = int(rng.choice((2, 9, 60, 900))), int(rng.choice((1, 7, 50, 300)))
        ids = rng.integers(-high, high, length) * int(rng.choice(SCALES))
        if fn is of_numpy:
            with np.errstate(invalid="ignore"):  # whatever a negative number becomes in an unsigned dtype
                ids = (ids * float(rng.choice((1.0, 0.1)))).astype(DTYPES[seed % len(DTYPES)])
        args = ids, rng.integers(0, 4 if seed % 4 == 0 else 8, length)
        where = difference(outcome(fn, args), outcome(compiled, args), leaves(args, {}), RTOL[backend])
        assert not where, f"seed {seed}, {args}: {where} differs"
