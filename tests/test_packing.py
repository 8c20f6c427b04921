"""Bools on tapes that are written and read together become bits of bytes, and nothing else changes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myialike import compile, value_and_grad
from myialike.ir.builder import Builder, Names
from myialike.ir.interpret import run
from myialike.ir.syntax import Atom, Graph, If, Lit, Module, Prim, Var, walk
from myialike.ir.types import BOOL, F64, I64, Array, Stack
from myialike.ir.verify import verify
from myialike.opt.packing import packed

N = 3
Draw = Callable[[st.SearchStrategy[Any]], Any]


def tapes(module: Module) -> list[str]:
    """What the stacks hold that a module makes."""
    eqns = [e for g in module.graphs for e in walk(g.body) if isinstance(e, Prim) and e.op == "stack_new"]
    return sorted(str(e.outputs[0].type.elem) for e in eqns if isinstance(e.outputs[0].type, Stack))


class _Tapes:
    """A random program on stacks of bools: loops and branches that push and pop them, in any order."""

    def __init__(self, draw: Draw, shapes: list[tuple[int, ...]], together: bool) -> None:
        self.draw, self.shapes, self.together = draw, shapes, together

    def graph(self) -> Graph:
        b = Builder(Names())
        xs = [b.param("x", Array(F64, shape)) for shape in self.shapes]
        stacks: list[Atom] = [
            b.op("stack_new", dtype="bool", shape=shape, capacity=40) for shape in self.shapes
        ]  # fmt: skip
        sums: list[Atom] = [b.op("mul", x, Lit(0.0, Array(F64))) for x in xs]
        for _ in range(self.draw(st.integers(1, 3))):
            stacks, sums = self.loop(b, xs, stacks, sums)
        left = [b.op("stack_len", s) for s in stacks] if self.draw(st.integers(0, 5)) == 0 else []
        return b.graph("f", [*sums, *left])

    def loop(self, b: Builder, xs: list[Var], stacks: list[Atom], sums: list[Atom]) -> tuple[list[Atom], list[Atom]]:
        body = b.child()
        i = body.param("i", Array(I64))
        inner: list[Atom] = [body.param("s", a.type) for a in (*stacks, *sums)]
        results = self.parts(body, i, xs, inner[: len(stacks)], inner[len(stacks) :], 2)
        over = [Lit(k, Array(I64)) for k in (0, self.draw(st.integers(0, 3)), 1)]
        out: list[Atom] = list(b.for_(over, [*stacks, *sums], body.block(results)))
        return out[: len(stacks)], out[len(stacks) :]

    def parts(
        self, b: Builder, i: Var, xs: list[Var], stacks: list[Atom], sums: list[Atom], depth: int
    ) -> list[Atom]:  # fmt: skip
        for _ in range(self.draw(st.integers(1, 3))):
            kind = self.draw(st.sampled_from(["push", "pop", "if"] if depth else ["push", "pop"]))
            chosen = self.draw(st.permutations(range(len(xs))))
            if not self.together:
                chosen = chosen[: self.draw(st.integers(0, len(xs)))]
            if kind == "if":
                stacks, sums = self.branch(b, i, xs, stacks, sums, depth)
            elif kind == "push":
                for k in chosen:
                    stacks[k] = b.op("push", stacks[k], self.mask(b, i, xs[k]))
            else:
                for k in chosen:
                    stacks[k], bit = b.prim("pop", [stacks[k]])
                    sums[k] = b.op("add", sums[k], self.number(b, bit))
        return [*stacks, *sums]

    def branch(
        self, b: Builder, i: Var, xs: list[Var], stacks: list[Atom], sums: list[Atom], depth: int
    ) -> tuple[list[Atom], list[Atom]]:  # fmt: skip
        then, orelse = b.child(), b.child()
        one = then.block(self.parts(then, i, xs, list(stacks), list(sums), depth - 1))
        other = self.parts(orelse, i, xs, list(stacks), list(sums), depth - 1) if self.draw(st.booleans()) else None
        two = orelse.block([*stacks, *sums] if other is None else other)
        pred = b.op("lt", i, Lit(self.draw(st.integers(0, 3)), Array(I64)))
        out: list[Atom] = list(b.if_(pred, one, two, ["s"] * len(one.results)))
        return out[: len(stacks)], out[len(stacks) :]

    def mask(self, b: Builder, i: Var, x: Var) -> Var:
        shift: Atom = b.op("cast", i, dtype="f64")
        assert isinstance(x.type, Array)
        if x.type.shape:
            shift = b.op("broadcast", shift, shape=x.type.shape)
        return b.op(self.draw(st.sampled_from(["lt", "le", "gt"])), x, shift)

    def number(self, b: Builder, bit: Var) -> Var:
        """Twice as much for every second bit, so that an exchange shows."""
        weight = float(self.draw(st.integers(1, 9)))
        return b.op("mul", b.op("cast", bit, dtype="f64"), Lit(weight, Array(F64)))


@settings(max_examples=150, deadline=None)
@given(st.data(), st.lists(st.sampled_from([(), (N,), (N,)]), min_size=1, max_size=11), st.booleans())
def test_packed_programs_compute_the_same(data: st.DataObject, shapes: list[tuple[int, ...]], together: bool) -> None:
    """Whatever is pushed and popped, in loops and branches, in any order: the interpreter gives the same results."""
    module = Module((_Tapes(data.draw, shapes, together).graph(),))
    verify(module, "optimise")
    found = packed(module)
    verify(found, "pack")
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    values = [np.asarray(rng.integers(-1, 4, math.prod(shape)), float).reshape(shape)[()] for shape in shapes]
    for a, b in zip(run(module, *values), run(found, *values), strict=True):
        np.testing.assert_array_equal(a, b)
    assert len(tapes(found)) <= len(tapes(module))


def together(count: int, shape: tuple[int, ...] = (N,)) -> Module:
    """A loop that pushes `count` masks and one that pops them in the opposite order."""
    b = Builder(Names())
    x = b.param("x", Array(F64, shape))
    stacks = [b.op("stack_new", dtype="bool", shape=shape, capacity=5) for _ in range(count)]
    three = [Lit(k, Array(I64)) for k in (0, 3, 1)]
    body = b.child()
    body.param("i", Array(I64))
    inner = [body.param("s", s.type) for s in stacks]
    masks = [body.op("lt", x, Lit(float(k), Array(F64))) for k in range(count)]
    full = b.for_(three, stacks, body.block([body.op("push", s, m) for s, m in zip(inner, masks, strict=True)]))
    back = b.child()
    back.param("i", Array(I64))
    inner = [back.param("s", s.type) for s in full]
    total: Atom = back.param("t", x.type)
    for k in reversed(range(count)):
        inner[k], bit = back.prim("pop", [inner[k]])
        total = back.op("add", total, back.op("mul", back.op("cast", bit, dtype="f64"), Lit(2.0**k, Array(F64))))
    out = b.for_(three, [*full, x], back.block([*inner, total]))
    return Module((b.graph("f", [out[-1]]),))


@pytest.mark.parametrize(
    ("count", "expected"),
    [(1, ["bool[3]"]), (2, ["u8[3]"]), (8, ["u8[3]"]), (9, ["bool[3]", "u8[3]"]), (17, ["bool[3]", "u8[3]", "u8[3]"])],
)
def test_a_byte_has_up_to_eight_bits(count: int, expected: list[str]) -> None:
    module = together(count)
    found = packed(module)
    verify(found, "pack")
    assert tapes(found) == expected
    x = np.array([-1.0, 3.5, 7.0])
    np.testing.assert_array_equal(run(module, x)[0], run(found, x)[0])


def test_bools_of_other_shapes_and_at_other_places_are_left() -> None:
    """A stack that is pushed to in a branch is not packed with one that is pushed to outside of it."""
    b = Builder(Names())
    p, q = b.param("p", Array(BOOL)), b.param("q", Array(BOOL, (N,)))
    s, t, u = (b.op("stack_new", dtype="bool", shape=shape, capacity=2) for shape in ((), (), (N,)))
    then, orelse = b.child(), b.child()
    s_1 = then.op("push", s, p)
    (s_2,) = b.if_(p, then.block([s_1]), orelse.block([s]), ["s"])
    t_1, u_1 = b.op("push", t, p), b.op("push", u, q)
    popped = [b.prim("pop", [x])[1] for x in (s_2, t_1, u_1)]
    module = Module((b.graph("f", popped),))
    assert packed(module) == module
    assert any(isinstance(e, If) for e in packed(module).entry.body.eqns)


def shortest(d):
    d = np.array(d)
    for k in range(len(d)):
        for i in range(len(d)):
            d[i] = np.minimum(d[i], d[i, k] + d[k])
    return np.sum(d * d)


def clipped(x):
    s = np.zeros(len(x))
    for k in range(5):
        s = np.where(s > x, np.maximum(s - x, 0.1 * k), np.minimum(s * s + x, 2.0))
        if s[0] > 1:
            s = np.maximum(s, np.abs(x))
    return s.sum()


@pytest.mark.parametrize("f", [shortest, clipped])
def test_gradients_with_packed_tapes(f: Callable[[Any], Any]) -> None:
    """As printed Python, which does not pack."""
    rng = np.random.default_rng(5)
    x = rng.uniform(0.1, 1.0, (6, 6)) if f is shortest else rng.normal(size=6)
    x.flat[3] = x.flat[4]
    results = [value_and_grad(compile(f, backend=backend))(x) for backend in ("xla", "python")]
    np.testing.assert_allclose(*(r[0] for r in results), rtol=1e-14)
    np.testing.assert_allclose(*(r[1] for r in results), rtol=1e-14)


