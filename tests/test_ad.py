"""Forward and reverse mode against central differences, against each other, and once more on their own results.

Every program here is written as typed IR. `check` holds for a graph what calculus says of it: the jvp is the limit of
differences, and the vjp is its transpose. Since the derivative of a graph is a graph, second and third order are the
same check on what `jvp` and `vjp` returned.
"""

from __future__ import annotations

import doctest
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import myialike.ad.forward
import myialike.ad.reverse
import myialike.ops  # fills the table
from myialike.ad.forward import jvp
from myialike.ad.reverse import vjp
from myialike.errors import CompilerBug, UnsupportedError
from myialike.ir.interpret import run
from myialike.ir.op import TABLE, Linear, Pointwise
from myialike.ir.syntax import Block, For, Graph, Module, Prim, Var, While, blocks_of, walk
from myialike.ir.text import parse_graph, print_graph
from myialike.ir.types import F64, I64, Array, is_float
from myialike.ir.verify import verify
from myialike.source import Location
from tests.strategies import arguments, typed_graphs

Transform = Callable[[Graph, tuple[bool, ...]], Graph]


@dataclass(frozen=True)
class Program:
    """A graph, and arguments at which it is smooth."""

    text: str
    args: tuple[Any, ...]

    @property
    def graph(self) -> Graph:
        return parse_graph(self.text)


VEC = np.array([0.7, -0.4, 1.1, 0.3, 0.9, -0.8])
PROGRAMS: dict[str, Program] = {
    "straight line": Program(
        """graph f(x: f64, y: f64) {
             a: f64 = mul(x, y)  b: f64 = sin(a)  c: f64 = mul(b, b)  d: f64 = exp(x)  e: f64 = div(c, d)
             return e, a }""",
        (0.7, 1.3),
    ),
    "a param, twice, a literal and a constant as results": Program(
        "graph f(x: f64, n: i64) { c: f64 = cast(n; dtype='f64') return x, x, 2.0:f64, c, n }", (0.7, 3)
    ),
    "an unused param": Program("graph f(x: f64, y: f64) { a: f64 = mul(x, x) return a }", (0.7, 0.1)),
    "an int in between cuts the path": Program(
        """graph f(x: f64) { n: i64 = cast(x; dtype='i64') y: f64 = cast(n; dtype='f64') z: f64 = mul(y, x)
             return z }""",
        (2.5,),
    ),
    "the same operand twice, and arrays": Program(
        """graph f(x: f64[6]) {
             y: f64[6] = mul(x, x)  z: f64[6] = mul(y, 3.0:f64)  w: f64[6] = sub(z, x)
             s: f64 = reduce_sum(w; axes=(0,))  t: f64[6] = broadcast(s; shape=(6,))  u: f64[6] = mul(t, x)
             return u, s }""",
        (VEC,),
    ),
    "matmul": Program(
        """graph f(a: f64[2,3], b: f64[3,2]) {
             c: f64[2,2] = matmul(a, b)  d: f64[2,2] = tanh(c)  e: f64[2,2] = matmul(d, c)
             return e }""",
        (VEC.reshape(2, 3), VEC.reshape(3, 2) * 0.5),
    ),
    "select does not let NaN through": Program(
        """graph f(x: f64) {
             p: bool = gt(x, 0.0:f64)  r: f64 = sqrt(x)  y: f64 = select(p, r, x)  z: f64 = mul(y, y)
             return z }""",
        (-0.7,),
    ),
    "complex": Program(
        """graph f(z: c128, x: f64) {
             w: c128 = complex(x, 0.5:f64)  a: c128 = mul(z, w)  b: c128 = exp(a)  r: f64 = real(b)
             i: f64 = imag(b)  s: f64 = mul(r, i)
             return b, s }""",
        (0.3 + 0.4j, 0.7),
    ),
    "single precision": Program(
        """graph f(x: f32, n: i64) {
             y: f32 = for 0:i64, n, 1:i64 init (x) (i: i64, a: f32) { b: f32 = sin(a) c: f32 = mul(b, a) yield c }
             return y }""",
        (np.float32(0.9), 3),
    ),
    "a branch": Program(
        """graph f(x: f64, y: f64) {
             p: bool = lt(x, y)
             z: f64, w: f64 = if p { a: f64 = sin(x) b: f64 = mul(a, y) yield b, x }
                              else { c: f64 = exp(y) d: f64 = mul(c, c) yield d, 1.0:f64 }
             r: f64 = mul(z, w)
             return r }""",
        (0.7, 1.3),
    ),
    "the other branch": Program(
        """graph f(x: f64, y: f64) {
             p: bool = lt(x, y)
             z: f64, n: i64 = if p { a: f64 = sin(x) yield a, 1:i64 }
                              else { c: f64 = exp(y) d: f64 = mul(c, y) yield d, 2:i64 }
             r: f64 = mul(z, x)
             return r, n }""",
        (1.7, 1.3),
    ),
    "branches in branches": Program(
        """graph f(x: f64, y: f64[6]) {
             p: bool = gt(x, 0.0:f64)
             z: f64 = if p {
               q: bool = gt(x, 1.0:f64)
               u: f64 = if q { u1: f64 = exp(x) yield u1 }
                 else { u2: f64 = index(y, 2:i64; spec=(('i',),)) u3: f64 = mul(u2, x) u4: f64 = sin(u3) yield u4 }
               v: f64 = mul(u, u)
               yield v
             } else { s: f64 = reduce_sum(y; axes=(0,)) t: f64 = mul(s, x) yield t }
             return z }""",
        (0.5, VEC),
    ),
    "a branch on a literal, and one that changes nothing": Program(
        """graph f(x: f64) {
             y: f64 = if True:bool { yield x } else { yield 0.0:f64 }
             z: f64 = if False:bool { a: f64 = exp(y) yield a } else { yield y }
             w: f64 = mul(z, y)
             return w }""",
        (0.5,),
    ),
    "for, invariant factor": Program(
        """graph f(x: f64, a: f64, n: i64) {
             y: f64 = for 0:i64, n, 1:i64 init (x) (i: i64, y1: f64) {
               t: f64 = cast(i; dtype='f64')  u: f64 = mul(y1, a)  v: f64 = sin(u)  w: f64 = add(v, t)
               yield w }
             return y }""",
        (0.7, 1.2, 4),
    ),
    "zero trips": Program(
        """graph f(x: f64, n: i64) {
             y: f64 = for 5:i64, n, 1:i64 init (x) (i: i64, a: f64) { b: f64 = mul(a, a) yield b }
             z: f64 = while (y) (c: f64) { yield False:bool } do (d: f64) { e: f64 = exp(d) yield e }
             w: f64 = mul(z, y)
             return w }""",
        (0.7, 5),
    ),
    "a negative step": Program(
        """graph f(x: f64[6], n: i64) {
             y: f64 = for n, -1:i64, -2:i64 init (1.0:f64) (i: i64, a: f64) {
               v: f64 = index(x, i; spec=(('i',),))  b: f64 = mul(a, v)  c: f64 = cos(b)  d: f64 = add(c, v)
               yield d }
             return y }""",
        (VEC, 5),
    ),
    "a step known at run time": Program(
        """graph f(x: f64[6], start: i64, stop: i64, step: i64) {
             y: f64 = for start, stop, step init (1.0:f64) (i: i64, a: f64) {
               v: f64 = index(x, i; spec=(('i',),))  b: f64 = mul(a, v)  d: f64 = add(b, v)
               yield d }
             return y }""",
        (VEC, 5, 0, -2),
    ),
    "while, data-dependent": Program(
        """graph f(x: f64, y: f64) {
             z: f64, n: i64 = while (x, 0:i64) (a: f64, k: i64) { p: bool = lt(a, 10.0:f64) yield p }
               do (b: f64, m: i64) {
               c: f64 = mul(b, b)  d: f64 = add(c, y)  m1: i64 = add(m, 1:i64)
               yield d, m1 }
             return z, n }""",
        (0.7, 1.1),
    ),
    "Newton's iteration": Program(
        """graph f(x: f64) {
             y: f64, e: f64 = while (x, 1.0:f64) (a: f64, g: f64) { p: bool = gt(g, 0.01:f64) yield p }
               do (b: f64, h: f64) {
               q: f64 = div(x, b)  s: f64 = add(b, q)  t: f64 = mul(s, 0.5:f64)  d: f64 = sub(t, b)  r: f64 = abs(d)
               yield t, r }
             return y }""",
        (2.0,),
    ),
    "swapped carries, and a carry reset": Program(
        """graph f(x: f64, y: f64, n: i64) {
             a: f64, b: f64, c: f64 = for 0:i64, n, 1:i64 init (x, y, x) (i: i64, p: f64, q: f64, r: f64) {
               s: f64 = mul(p, r)  t: f64 = sin(s)  u: f64 = add(t, q)
               yield q, u, 0.5:f64 }
             d: f64 = mul(a, b)
             return d, c }""",
        (0.7, 1.3, 4),
    ),
    "recurrence on an array": Program(
        """graph f(x: f64[6], a: f64) {
             s: f64, z: f64[6] = for 1:i64, 6:i64, 1:i64 init (0.0:f64, x) (i: i64, s1: f64, x1: f64[6]) {
               j: i64 = sub(i, 1:i64)
               l: f64 = index(x1, j; spec=(('i',),))  c: f64 = index(x1, i; spec=(('i',),))
               u: f64 = sin(l)  w: f64 = mul(u, c)  v: f64 = mul(w, a)
               x2: f64[6] = index_set(x1, v, i; spec=(('i',),))  s2: f64 = add(s1, v)
               yield s2, x2 }
             return s, z }""",
        (VEC, 1.3),
    ),
    "repeated reads of an outer array": Program(
        """graph f(x: f64[6], n: i64) {
             s: f64 = for 0:i64, n, 1:i64 init (0.0:f64) (i: i64, s1: f64) {
               j: i64 = mul(i, i)  k: i64 = mod(j, 6:i64)
               u: f64 = index(x, i; spec=(('i',),))  v: f64 = index(x, k; spec=(('i',),))
               w: f64 = index(x, 2:i64; spec=(('i',),))
               a: f64 = mul(u, v)  b: f64 = mul(a, w)  s2: f64 = add(s1, b)
               yield s2 }
             return s }""",
        (VEC, 5),
    ),
    "nested loops, triangular": Program(
        """graph f(x: f64[6], n: i64) {
             s: f64 = for 0:i64, n, 1:i64 init (0.1:f64) (i: i64, s1: f64) {
               t: f64 = for 0:i64, i, 1:i64 init (s1) (j: i64, t1: f64) {
                 a: f64 = index(x, i; spec=(('i',),))  b: f64 = index(x, j; spec=(('i',),))
                 c: f64 = mul(a, b)  d: f64 = mul(c, t1)  e: f64 = sin(d)  t2: f64 = add(e, t1)
                 yield t2 }
               u: f64 = index(x, i; spec=(('i',),))  v: f64 = mul(t, u)  w: f64 = add(v, 0.2:f64)
               yield w }
             return s }""",
        (VEC, 4),
    ),
    "while in for, trips depend on data": Program(
        """graph f(x: f64, y: f64, n: i64) {
             s: f64 = for 0:i64, n, 1:i64 init (x) (i: i64, s1: f64) {
               t: f64 = while (s1) (t1: f64) { p: bool = lt(t1, 5.0:f64) yield p } do (t2: f64) {
                 a: f64 = mul(t2, y)  b: f64 = sin(t2)  c: f64 = mul(b, 0.1:f64)  d: f64 = add(a, c)
                 yield d }
               u: f64 = sqrt(t)
               yield u }
             return s }""",
        (0.7, 1.9, 3),
    ),
    "for in while": Program(
        """graph f(x: f64, y: f64) {
             s: f64, k: i64 = while (x, 1:i64) (s1: f64, k1: i64) { p: bool = lt(s1, 2.0:f64) yield p }
               do (s2: f64, k2: i64) {
               t: f64 = for 0:i64, k2, 1:i64 init (s2) (j: i64, t1: f64) {
                 a: f64 = mul(t1, y)  b: f64 = cos(a)  d: f64 = mul(b, 0.1:f64)  c: f64 = add(a, d)
                 yield c }
               k3: i64 = add(k2, 1:i64)  t3: f64 = add(t, 0.5:f64)
               yield t3, k3 }
             return s, k }""",
        (0.7, 1.4),
    ),
    "three loops": Program(
        """graph f(x: f64, n: i64) {
             s: f64 = for 0:i64, 2:i64, 1:i64 init (x) (i: i64, s1: f64) {
               t: f64 = for 0:i64, n, 1:i64 init (s1) (j: i64, t1: f64) {
                 u: f64 = for 0:i64, 2:i64, 1:i64
                   init (t1) (k: i64, u1: f64) { a: f64 = sin(u1) b: f64 = mul(a, x) yield b }
                 v: f64 = exp(u)
                 yield v }
               w: f64 = mul(t, s1)
               yield w }
             return s }""",
        (0.4, 2),
    ),
    "a branch in a loop": Program(
        """graph f(x: f64, y: f64, n: i64) {
             s: f64 = for 0:i64, n, 1:i64 init (x) (i: i64, s1: f64) {
               m: i64 = mod(i, 2:i64)  p: bool = eq(m, 0:i64)
               t: f64 = if p { a: f64 = sin(s1) b: f64 = mul(a, y) yield b }
                        else { c: f64 = exp(s1) d: f64 = div(c, y) e: f64 = mul(d, c) yield e }
               yield t }
             return s }""",
        (0.3, 1.4, 5),
    ),
    "a loop in a branch in a loop": Program(
        """graph f(x: f64[6], y: f64, n: i64) {
             s: f64, z: f64[6] = for 0:i64, n, 1:i64 init (y, x) (i: i64, s1: f64, x1: f64[6]) {
               p: bool = lt(s1, 1.0:f64)
               t: f64, w: f64[6] = if p {
                 q: f64 = for 0:i64, i, 1:i64 init (s1) (j: i64, t1: f64) {
                   v: f64 = index(x1, j; spec=(('i',),))  a: f64 = mul(v, t1)  b: f64 = cos(a)
                   yield b }
                 x2: f64[6] = index_set(x1, q, i; spec=(('i',),))
                 yield q, x2
               } else { c: f64 = index(x1, i; spec=(('i',),)) d: f64 = mul(c, s1) e: f64 = sin(d) yield e, x1 }
               yield t, w }
             u: f64 = index(z, 1:i64; spec=(('i',),))
             r: f64 = mul(u, s)
             return r, z }""",
        (VEC, 0.3, 6),
    ),
    "a branch in a loop in a branch": Program(
        """graph f(x: f64, n: i64) {
             p: bool = gt(n, 0:i64)
             r: f64 = if p {
               s: f64 = for 0:i64, n, 1:i64 init (x) (i: i64, s1: f64) {
                 q: bool = gt(s1, 0.5:f64)
                 t: f64 = if q { a: f64 = sin(s1) b: f64 = mul(a, x) yield b } else { c: f64 = exp(s1) yield c }
                 yield t }
               yield s
             } else { yield x }
             return r }""",
        (0.8, 4),
    ),
    "a flag ends the work, not the loop": Program(
        """graph f(x: f64, n: i64) {
             y: f64, g: bool = for 0:i64, n, 1:i64 init (x, True:bool) (i: i64, y1: f64, g1: bool) {
               y2: f64 = if g1 { a: f64 = mul(y1, y1) b: f64 = add(a, x) yield b } else { yield y1 }
               g2: bool = lt(y2, 3.0:f64)
               yield y2, g2 }
             return y }""",
        (0.8, 6),
    ),
    "gather, scatter and slices": Program(
        """graph f(x: f64[6], i: i64[3]) {
             a: f64[3] = index(x, i; spec=(('arr',),))  b: f64[3] = sin(a)
             c: f64[6] = index_add(x, b, i; spec=(('arr',),))  d: f64[2] = index(c, 1:i64; spec=(('dyn', 2),))
             e: f64[3] = index(c; spec=(('slice', 5, 3, -2),))  g: f64[3] = mul(e, a)
             h: f64 = reduce_sum(g; axes=(0,))  k: f64[2] = mul(d, d)
             return h, k, c }""",
        (VEC, np.array([1, 4, 1])),
    ),
    "rows of a matrix in a loop": Program(
        """graph f(m: f64[3,2], v: f64[2]) {
             w: f64[2] = for 0:i64, 3:i64, 1:i64 init (v) (i: i64, w1: f64[2]) {
               r: f64[2] = index(m, i; spec=(('i',), ('slice', 0, 2, 1)))
               d: f64 = matmul(r, w1)  e: f64[2] = broadcast(d; shape=(2,))  g: f64[2] = mul(e, r)
               h: f64[2] = tanh(g)  w2: f64[2] = add(h, w1)
               yield w2 }
             return w }""",
        (VEC.reshape(3, 2), np.array([0.3, 0.8])),
    ),
    "stacks: reversing by pushing and popping": Program(
        """graph f(x: f64[6]) {
             s: stack(f64, 6) = stack_new(; capacity=6, dtype='f64', shape=())
             s1: stack(f64, 6) = for 0:i64, 6:i64, 1:i64 init (s) (i: i64, s2: stack(f64, 6)) {
               a: f64 = index(x, i; spec=(('i',),))  b: f64 = mul(a, a)  s3: stack(f64, 6) = push(s2, b)
               yield s3 }
             r: f64, s4: stack(f64, 6) = for 0:i64, 4:i64, 1:i64
               init (1.0:f64, s1) (j: i64, r1: f64, s5: stack(f64, 6)) {
               s6: stack(f64, 6), c: f64 = pop(s5)  d: f64 = sin(r1)  e: f64 = mul(d, c)  g: f64 = add(e, c)
               yield g, s6 }
             return r }""",
        (VEC,),
    ),
    "stacks: popping what is empty, and pushing in one branch": Program(
        """graph f(x: f64, n: i64) {
             s: stack(f64, k0) = stack_new(; capacity='k0', dtype='f64', shape=())
             s1: stack(f64, k0), y: f64 = for 0:i64, n, 1:i64 init (s, x) (i: i64, s2: stack(f64, k0), y1: f64) {
               p: bool = lt(i, 2:i64)
               s3: stack(f64, k0), y2: f64 = if p { a: f64 = exp(y1) s4: stack(f64, k0) = push(s2, a) yield s4, a }
                 else { s5: stack(f64, k0), b: f64 = pop(s2) c: f64 = mul(b, y1) d: f64 = add(c, 0.1:f64) yield s5, d }
               yield s3, y2 }
             return y }""",
        (0.2, 5),
    ),
    "stacks: while not empty": Program(
        """graph f(x: f64) {
             s: stack(f64, 9) = stack_new(; capacity=9, dtype='f64', shape=())
             a: f64 = mul(x, 1.5:f64)  s1: stack(f64, 9) = push(s, a)  s2: stack(f64, 9) = push(s1, x)
             r: f64, t: stack(f64, 9) = while (0.1:f64, s2) (r1: f64, t1: stack(f64, 9)) {
               l: i64 = stack_len(t1)  p: bool = gt(l, 0:i64)
               yield p
             } do (r2: f64, t2: stack(f64, 9)) {
               t3: stack(f64, 9), v: f64 = pop(t2)
               q: bool = gt(v, 0.5:f64)
               t4: stack(f64, 9) = if q { h: f64 = mul(v, v) h1: f64 = mul(h, 0.4:f64) t5: stack(f64, 9) = push(t3, h1)
                                       yield t5 }
                                   else { yield t3 }
               u: f64 = mul(r2, v)  w: f64 = add(u, v)
               yield w, t4 }
             return r }""",
        (0.8,),
    ),
    "check in a loop": Program(
        """graph f(x: f64, n: i64) {
             y: f64 = for 0:i64, n, 1:i64 init (x) (i: i64, a: f64) {
               p: bool = gt(a, 0.0:f64)  check(p, a; error='builtins.ValueError', message='bad {}')
               b: f64 = sqrt(a)  c: f64 = mul(b, a)
               yield c }
             return y }""",
        (0.7, 3),
    ),
    "a residual that is an array, made in a branch": Program(
        """graph f(x: f64[6], n: i64) {
             y: f64[6] = for 0:i64, n, 1:i64 init (x) (i: i64, a: f64[6]) {
               p: bool = gt(i, 1:i64)
               b: f64[6] = if p { c: f64[6] = sin(a) d: f64[6] = mul(c, a) yield d } else { e: f64[6] = exp(a) yield e }
               yield b }
             return y }""",
        (VEC * 0.3, 4),
    ),
    "only the index varies, carries are not active": Program(
        """graph f(x: f64, n: i64) {
             t: f64, y: f64 = for 0:i64, n, 1:i64 init (1.0:f64, x) (i: i64, t1: f64, y1: f64) {
               k: f64 = cast(i; dtype='f64')  t2: f64 = add(t1, k)  y2: f64 = mul(y1, t2)  y3: f64 = sin(y2)
               yield t2, y3 }
             return t, y }""",
        (0.7, 3),
    ),
}


# ---------------------------------------------------------------------------------------------- the laws


def nesting(modes: Any) -> str:
    """The name of a nesting of modes, for the names of tests."""
    return " of ".join(f.__name__ for f in modes)


def floats(graph: Graph) -> tuple[bool, ...]:
    """All floating parameters."""
    return tuple(is_float(p.type) for p in graph.params)


def samples(types: list[Any], seed: int) -> list[Any]:
    """A random value of each array type."""
    rng = np.random.default_rng(seed)

    def one(type: Any) -> Any:
        value = rng.uniform(-1, 1, type.shape)
        if type.dtype.kind == "c":
            value = value + 1j * rng.uniform(-1, 1, type.shape)
        return value.astype(type.dtype)[()] if isinstance(value, np.ndarray) else type.dtype.type(value)

    return [one(t) for t in types]


def execute(graph: Graph, args: Any) -> list[Any]:
    """The floating results."""
    results = run(Module((graph,)), *args)
    return [v for r, v in zip(graph.results, results, strict=True) if is_float(r.type)]


def dot(xs: list[Any], ys: list[Any]) -> float:
    """The pairing of cotangents with tangents; a complex one is the real part of the product."""
    return float(sum(np.sum(np.real(np.asarray(x) * y)) for x, y in zip(xs, ys, strict=True)))


def differences(graph: Graph, args: Any, dots: list[Any], eps: float) -> list[Any]:
    """Central differences along the direction `dots` of the floating params."""

    def at(h: float) -> list[Any]:
        steps = iter(dots)
        moved = [
            np.asarray(a + h * next(steps)).astype(p.type.dtype)[()] if is_float(p.type) else a
            for p, a in zip(graph.params, args, strict=True)
        ]
        return execute(graph, moved)

    return [(plus - minus) / (2 * eps) for plus, minus in zip(at(eps), at(-eps), strict=True)]


def single(graph: Graph) -> bool:
    return any(str(p.type).startswith("f32") for p in graph.params)


def check(graph: Graph, args: Any) -> None:
    """jvp is the limit of differences, vjp its transpose, both are well-formed and repeat the results."""
    active = floats(graph)
    forward, reverse = jvp(graph, active), vjp(graph, active)
    for made in (forward, reverse):
        verify(Module((made,)), "ad")
    dots = samples([p.type for p, a in zip(graph.params, active, strict=True) if a], 1)
    bars = samples([r.type for r in graph.results if is_float(r.type)], 2)
    results, count = run(Module((graph,)), *args), len(graph.results)
    jvp_out, vjp_out = run(Module((forward,)), *args, *dots), run(Module((reverse,)), *args, *bars)
    for repeated in (jvp_out[:count], vjp_out[:count]):
        for a, b in zip(results, repeated, strict=True):
            np.testing.assert_array_equal(a, b)
    out_dots, in_bars = list(jvp_out[count:]), list(vjp_out[count:])
    eps, tol = (1e-2, 3e-2) if single(graph) else (1e-6, 2e-6)
    for a, b in zip(out_dots, differences(graph, args, dots, eps), strict=True):
        np.testing.assert_allclose(a, b, rtol=tol, atol=tol * max(1.0, float(np.max(np.abs(b), initial=0))))
    np.testing.assert_allclose(dot(in_bars, dots), dot(bars, out_dots), rtol=tol * 1e-3, atol=tol * 1e-3)


def derived(program: Program, transforms: tuple[Transform, ...]) -> tuple[Graph, list[Any]]:
    """The graph transformed by each of `transforms` in turn, and arguments for it."""
    graph, args = program.graph, list(program.args)
    for seed, transform in enumerate(transforms):
        made = transform(graph, floats(graph))
        args += samples([p.type for p in made.params[len(graph.params) :]], 10 + seed)
        graph = made
    return graph, args


@pytest.mark.parametrize("name", PROGRAMS)
def test_first_order(name: str) -> None:
    """Both modes are right."""
    check(*derived(PROGRAMS[name], ()))


@pytest.mark.parametrize("mode", [jvp, vjp], ids=["jvp", "vjp"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_second_order(name: str, mode: Transform) -> None:
    """Both modes are right on the result of either: jvp of jvp, vjp of jvp, jvp of vjp, vjp of vjp."""
    check(*derived(PROGRAMS[name], (mode,)))


@pytest.mark.parametrize("modes", list(product([jvp, vjp], repeat=2)), ids=nesting)
@pytest.mark.parametrize("name", PROGRAMS)
def test_third_order(name: str, modes: tuple[Transform, ...]) -> None:
    """Both modes are right on the result of any two."""
    check(*derived(PROGRAMS[name], modes))


# ---------------------------------------------------------------------------------------------- the checks check


def test_a_wrong_partial_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pointwise rule serves both modes, so only differences can tell that it is wrong."""
    monkeypatch.setitem(TABLE, "sin", replace(TABLE["sin"], derivative=Pointwise((lambda x, y: y,))))
    with pytest.raises(AssertionError):
        check(*derived(PROGRAMS["straight line"], ()))


def test_a_wrong_transpose_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The accumulation of reads that overwrites is not the transpose of reading."""

    def overwrite(acc: Any, bar: Any, inputs: Any, attrs: Any, i: int) -> Any:
        return acc.op("index_set", bar, *inputs[1:], **attrs)

    rule = TABLE["index"].derivative
    assert isinstance(rule, Linear)
    monkeypatch.setitem(TABLE, "index", replace(TABLE["index"], derivative=replace(rule, accumulate=overwrite)))
    with pytest.raises(AssertionError):
        check(*derived(PROGRAMS["repeated reads of an outer array"], ()))


# ---------------------------------------------------------------------------------------------- random programs


def agree(graph: Graph, args: Any) -> None:
    """The dot-product identity, wherever the numbers are finite and not too large for it to say anything."""
    active = floats(graph)
    forward, reverse = jvp(graph, active), vjp(graph, active)
    for made in (forward, reverse):
        verify(Module((made,)), "ad")
    dots = samples([p.type for p, a in zip(graph.params, active, strict=True) if a], 1)
    bars = samples([r.type for r in graph.results if is_float(r.type)], 2)
    count = len(graph.results)
    out_dots = list(run(Module((forward,)), *args, *dots)[count:])
    in_bars = list(run(Module((reverse,)), *args, *bars)[count:])
    largest = float(np.max([np.max(np.abs(v), initial=0.0) for v in (*out_dots, *in_bars)], initial=0.0))
    assume(largest < 1e12)
    np.testing.assert_allclose(dot(in_bars, dots), dot(bars, out_dots), rtol=1e-7, atol=1e-7 * max(1.0, largest))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_modes_agree_on_random_programs(data: st.DataObject) -> None:
    """On the program and on its derivatives; stacks that are used twice are refused."""
    floating = st.just((Array(F64), Array(F64, (3,)), Array(I64)))
    drawn = data.draw(typed_graphs(depth=3, params=data.draw(st.none() | floating)))
    graph = replace(
        drawn, body=replace(drawn.body, results=tuple(r for r in drawn.results if isinstance(r.type, Array)))
    )
    args = list(data.draw(arguments(graph)))
    transform = data.draw(st.sampled_from([None, jvp, vjp]))
    try:
        if transform is not None:
            made = transform(graph, floats(graph))
            args += samples([p.type for p in made.params[len(graph.params) :]], 3)
            graph = made
        agree(graph, args)
    except CompilerBug as bug:
        assume("is a stack that" not in str(bug))
        raise


# ---------------------------------------------------------------------------------------------- what is emitted


def loops(block: Block) -> list[For | While]:
    return [e for e in walk(block) if isinstance(e, For | While)]


def dense(block: Block) -> list[Prim]:
    """The operations that make a whole array inside a loop, other than by updating one."""
    inside = [e for loop in loops(block) for e in walk(loop.body) if isinstance(e, Prim)]
    update = ("index_set", "index_add", "push", "pop")
    return [e for e in inside if e.op not in update and any(getattr(o.type, "shape", ()) for o in e.outputs)]


def tapes(graph: Graph) -> list[str]:
    """The types of the stacks that are created at the root."""
    return [str(e.outputs[0].type) for e in graph.body.eqns if isinstance(e, Prim) and e.op == "stack_new"]


@pytest.mark.parametrize("modes", [(vjp,), (vjp, vjp), (jvp, vjp), (vjp, jvp), (vjp, vjp, vjp)], ids=nesting)
@pytest.mark.parametrize(
    "name", ["recurrence on an array", "repeated reads of an outer array", "a loop in a branch in a loop"]
)
def test_loops_over_elements_stay_linear(name: str, modes: tuple[Transform, ...]) -> None:
    """A loop that reads and writes elements has an adjoint that does: nothing in it makes an array."""
    graph, _ = derived(PROGRAMS[name], modes)
    assert dense(graph.body) == []


def test_invariants_and_indices_are_not_saved() -> None:
    """A factor from outside, the index and what follows from it are not pushed; one value is, which sin needs."""
    graph, _ = derived(PROGRAMS["for, invariant factor"], (vjp,))
    assert tapes(graph) == ["stack(f64, k0)"]


def test_reads_of_constant_arrays_are_repeated() -> None:
    """Elements of a parameter that the loop does not write are read again, not saved."""
    graph, _ = derived(PROGRAMS["repeated reads of an outer array"], (vjp,))
    assert tapes(graph) == []


def test_reads_of_written_arrays_are_saved() -> None:
    """An element of an array that the loop writes is saved; the array is not. Nothing of an int type is."""
    graph, _ = derived(PROGRAMS["recurrence on an array"], (vjp,))
    assert set(tapes(graph)) == {"stack(f64, 5)"}


def test_capacities() -> None:
    """Static trip counts multiply; where one is not known, the capacity has a name that is new."""
    assert set(tapes(derived(PROGRAMS["three loops"], (vjp,))[0])) == {
        "stack(f64, 2)",
        "stack(f64, k0)",
        "stack(f64, k1)",
    }
    both = derived(PROGRAMS["stacks: popping what is empty, and pushing in one branch"], (vjp,))[0]
    assert "stack(f64, k1)" in tapes(both)


def test_branch_residuals_share_outputs() -> None:
    """One residual of each branch, of one type, take one output of the forward If."""
    text = """graph f(x: f64) {
      p: bool = lt(x, 0.0:f64)
      y: f64 = if p { a: f64 = exp(x) b: f64 = sin(a) yield b } else { c: f64 = cos(x) d: f64 = sin(c) yield d }
      return y }"""
    forward = next(e for e in vjp(parse_graph(text), (True,)).body.eqns if len(blocks_of(e)) == 2)
    assert len(forward.outputs) == 2


def test_inactive_params_get_nothing() -> None:
    """Only what is asked for is computed: no equation for y, whose cotangent nobody wants."""
    graph = parse_graph("graph f(x: f64, y: f64) { a: f64 = mul(x, y) return a }")
    assert print_graph(vjp(graph, (True, False))).split("\n", 1)[1].strip() == (
        "a: f64 = mul(x, y)\n  x_bar: f64 = mul(a_bar, y)\n  return a, x_bar\n}"
    )


def test_loops_without_active_carries_stay() -> None:
    """A loop that only counts is as it was, in both modes."""
    text = """graph f(x: f64) {
      n: i64 = while (0:i64) (a: i64) { b: f64 = cast(a; dtype='f64') c: bool = lt(b, x) yield c }
        do (d: i64) { e: i64 = add(d, 1:i64) yield e }
      y: f64 = mul(x, x)
      return y, n }"""
    graph = parse_graph(text)
    for mode in (jvp, vjp):
        assert mode(graph, (True,)).body.eqns[0] == graph.body.eqns[0]


@pytest.mark.parametrize("modes", [(jvp,), (vjp,), (vjp, vjp), (vjp, jvp)], ids=nesting)
def test_effects_happen_once(modes: tuple[Transform, ...]) -> None:
    """A check is made by the forward sweep alone, of whatever order."""
    graph, _ = derived(PROGRAMS["check in a loop"], modes)
    assert sum(isinstance(e, Prim) and e.op == "check" for e in walk(graph.body)) == 1


@pytest.mark.parametrize("mode", [jvp, vjp])
def test_equations_keep_their_place(mode: Transform) -> None:
    """What is emitted for an equation points at the line of that equation, in both sweeps."""
    here = {"sin": Location("f.py", 2, 0, 2, 9), "mul": Location("f.py", 3, 0, 3, 9)}
    graph = PROGRAMS["straight line"].graph
    eqns = tuple(replace(e, loc=here.get(e.op)) for e in graph.body.eqns if isinstance(e, Prim))
    made = mode(replace(graph, body=replace(graph.body, eqns=eqns)), (True, True))
    assert {e.loc for e in made.body.eqns if isinstance(e, Prim) and e.op in ("sin", "cos")} == {here["sin"]}
    assert sum(e.loc == here["mul"] for e in made.body.eqns) > 4


# ---------------------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize("mode", [jvp, vjp])
def test_no_rule_is_an_error_where_it_matters(mode: Transform, monkeypatch: pytest.MonkeyPatch) -> None:
    """An operation without a rule is refused on the path, and no matter beside it."""
    monkeypatch.setitem(TABLE, "sin", replace(TABLE["sin"], derivative=None))
    beside = """graph f(x: f64, y: f64) {
      a: f64 = sin(y)  b: f64 = sin(x)  c: bool = lt(b, 0.5:f64)  d: f64 = mul(x, a)
      return d, c }"""
    mode(parse_graph(beside), (True, False))
    x, y, loc = Var("x", Array(F64)), Var("y", Array(F64)), Location("f.py", 2, 4, 2, 9)
    on_path = Graph("f", Block((x,), (Prim("sin", (x,), (y,), loc=loc),), (y,)))
    with pytest.raises(UnsupportedError, match="sin has no derivative rule") as error:
        mode(on_path, (True,))
    assert error.value.loc == loc


@pytest.mark.parametrize("mode", [jvp, vjp])
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("graph f(n: i64) { return n }", "with respect to n: i64"),
        ("graph f(x: f64) { y: f64 = call f(x) return y }", "met a Call"),
    ],
)
def test_what_the_stages_before_refuse_is_a_bug(mode: Transform, text: str, message: str) -> None:
    """Integers are refused by the api, calls are turned into loops: neither comes here."""
    with pytest.raises(CompilerBug, match=message):
        mode(parse_graph(text), (True,))


def test_stacks_are_used_once() -> None:
    """Cotangents of stacks are never added, so a stack with two uses is refused."""
    kind = "stack(f64, 4)"
    text = f"""graph f(x: f64) {{
      s: {kind} = stack_new(; capacity=4, dtype='f64', shape=())  s1: {kind} = push(s, x)
      t: {kind}, a: f64 = pop(s1)  u: {kind}, b: f64 = pop(s1)  c: f64 = mul(a, b)
      return c }}"""
    with pytest.raises(CompilerBug, match="used twice"):
        vjp(parse_graph(text), (True,))


@pytest.mark.parametrize("module", [myialike.ad.forward, myialike.ad.reverse], ids=lambda m: m.__name__)
def test_examples(module: Any) -> None:
    """The examples in the docstrings are true."""
    assert doctest.testmod(module).failed == 0
