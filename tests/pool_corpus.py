"""Programs in which run time decides which instances are changed: they are given pools (`myialike.infer.pools`).

They join those of `tests.language_corpus`; the comparison of outcomes numbers objects.
"""

import copy
import dataclasses
from dataclasses import dataclass

import numpy as np

from tests.language_corpus import on, refused


@dataclass
class Body:
    x: float
    v: float
    age: int = 0


@dataclass(frozen=True)
class Limit:
    low: float
    high: float


@dataclass
class Cloud:
    at: np.ndarray
    mass: float = 1.0


class Account:
    def __init__(self, owner, balance):
        self.owner, self.balance = owner, balance

    def __lt__(self, other):
        return self.balance < other.balance

    def pay(self, other, amount):
        self.balance -= amount
        other.balance += amount


@dataclass
class Ends:
    first: Body
    last: Body


class World:
    def __init__(self, bodies):
        self.bodies = bodies
        self.lost = []

    def step(self, dt):
        for b in self.bodies:
            b.x += b.v * dt
            b.age += 1
        self.lost += [b for b in self.bodies if b.x < 0]
        self.bodies = [b for b in self.bodies if b.x >= 0]


def bodies(n=4):
    return [Body(0.5 * k, 1.0 - 0.7 * k) for k in range(n)]


# -- lists of some of them ---------------------------------------------------------------------------------------------


@on((bodies(), 0.3), (bodies(), 0.8), ([], 1.0), everywhere=True)
def those_that_are_left(ps, dt):
    for _ in range(4):
        for p in ps:
            p.x += p.v * dt
        ps = [p for p in ps if p.x > -0.2]
    return ps


@on((bodies(), 0.3), (bodies(), -1.0), everywhere=True)
def some_are_changed(ps, t):
    fast = [p for p in ps if p.v > t]
    for p in fast:
        p.x += 10.0
    return sum(p.x for p in ps), fast


@on((0.3, 40), (0.05, 40), everywhere=True)
def born_and_gone(dt, n):
    ps = [Body(0.1 * k, 1.0 - 0.3 * k) for k in range(n)]
    for _ in range(n):
        for p in ps:
            p.x += p.v * dt
        kept = []
        for p in ps:
            if p.x > -0.2:
                kept.append(p)
                if p.x > 3.0 and len(kept) < 50:
                    kept.append(Body(p.x * 0.5, -p.v, 1))
        ps = kept
    return sum(p.x for p in ps), len(ps)


@on((bodies(), 0.3), (bodies(), 0.0), everywhere=True)
def until_one_is_left(ps, dt):
    while len(ps) > 1:
        new = []
        for p in ps:
            p.x -= dt
            p.age += 1
            if p.x > 0:
                new.append(p)
        ps = new
        dt = dt * 1.5 + 0.1
    return ps


@on((bodies(6), 0.4), (bodies(6), 9.0))
def divided_among_two(ps, t):
    low, high = [], []
    for p in ps:
        if p.x < t:
            low.append(p)
        else:
            high.append(p)
    for p in low:
        p.age = len(low)
    for p in high:
        p.age = -len(high)
    return low, high


@on((bodies(8), 1.0), (bodies(8), 0.1), everywhere=True)
def popped_and_kept_elsewhere(ps, t):
    gone, i = [], 0
    while i < len(ps):
        if ps[i].x < t:
            gone.append(ps.pop(i))
        else:
            i += 1
    for g in gone:
        g.age = -1
    for p in ps:
        p.age = 1
    return ps + gone


@on((bodies(5), 0.9), (bodies(5), -0.9))
def world_of_bodies(ps, dt):
    w = World(ps)
    for _ in range(5):
        w.step(dt)
    for b in w.lost:
        b.v = 0.0
    return w.bodies, len(w.lost)


@on((1.5, 0.75), (-1.0, 0.3), everywhere=True)
def in_order_and_twice(x, y):
    ps = [Body(x * ((k * 7) % 5), y, k) for k in range(5)]
    for i in range(5):
        for j in range(4 - i):
            if ps[j].x > ps[j + 1].x:
                ps[j], ps[j + 1] = ps[j + 1], ps[j]
    first = ps[0]
    first.v = -1.0
    ps.append(first)
    ps[-1].v *= 3
    return ps, ps[0] is ps[-1], ps[0] is ps[1]


@on((bodies(3), 1, 0.5), (bodies(3), 2, -0.5))
def in_order_after_one_has_been_replaced(ps, k, x):
    ps[k] = Body(x, 0.0)
    ps.sort(key=lambda p: -p.x)
    return ps, sorted(ps, key=lambda p: p.v)[0]


@on((1.5, 2.0), (-1.5, 2.0))
def a_list_with_one_twice(x, y):
    p, q = Body(x, y), Body(y, x)
    chosen = [p, q, p] if x > 0 else [q, p, q]
    for o in chosen:
        o.x += 1.0
    return p, q, chosen


@on((5, 2.0), (5, -2.0))
def a_queue_that_goes_round(n, x):
    queue = [Body(x * k, 1.0, k) for k in range(n)]
    for _ in range(3 * n):
        head = queue.pop(0)
        head.x *= 0.5
        if head.x > 0.1:
            queue.append(head)
    return [p.x for p in queue], [p.age for p in queue]


@on((bodies(), 1), (bodies(), 3))
def reversed_after_one_was_changed(ps, k):
    for _ in range(k):
        ps[k].x = 1.0
        ps.reverse()


@on((bodies(5), 0.4), (bodies(5), 9.0))
def moved_in_the_list_of_the_caller(ps, t):
    for i in range(len(ps)):
        if ps[i].x > t:
            ps[0], ps[i] = ps[i], ps[0]
            ps[1].age += 1


# -- one of them -------------------------------------------------------------------------------------------------------


@on((1.5, 0.75), (0.4, 2.5), everywhere=True)
def one_of_two(x, y):
    a, b = Body(x, 1.0), Body(y, 2.0)
    c = a if x > y else b
    c.x += 10.0
    return a, b, c, c is a, c is b


@on((1.5, 0.75), (0.4, 2.5), (-1.0, 0.3), everywhere=True)
def the_best_and_the_worst(x, y):
    ps = [Body(x, 1.0), Body(y, 2.0), Body(x * y, 3.0)]
    best = worst = ps[0]
    for p in ps:
        if p.x > best.x:
            best = p
        if p.x < worst.x:
            worst = p
    best.v += 100.0
    worst.v -= 1.0
    best.x += 0.5
    return ps, best is worst


@on((bodies(), 0.3), ([Body(1.0, 2.0)], 5.0))
def the_last_that_fits(ps, t):
    found = None
    for p in ps:
        if found is None or p.x < t:
            found = p
    found.x = 100.0
    return found


@on((1.5, 0.75), (0.4, 2.5), (-1.0, 0.3), everywhere=True)
def replaced_by_new_ones(x, y):
    now = Body(x, y)
    past = [now]
    for k in range(6):
        if now.x > 2.0:
            now = Body(now.x * 0.5, now.v, k)
            past.append(now)
        now.x += y
        past[0].v += 0.1
    return [(p.x, p.v, p.age) for p in past], now.x, now.v


@on((1.5, 0.75), (0.1, 2.5), everywhere=True)
def two_that_change_places(x, y):
    a, b = Body(x, 0.0), Body(y, 0.0)
    for _ in range(5):
        if a.x < b.x:
            a, b = b, a
        a.x -= 0.7
        b.v += a.x
    return a, b


@on((2.0,), (-3.0,))
def richest_pays_the_poorest(x):
    people = [Account(k, x * k) for k in range(5)]
    for _ in range(6):
        rich, poor = max(people), min(people)
        rich.pay(poor, 0.3 * (rich.balance - poor.balance))
    return [p.balance for p in people]


@on((bodies(5), 0.4), (bodies(5), 9.0))
def returned_by_a_function(ps, t):
    def first_above(t):
        for p in ps:
            if p.x > t:
                return p
        return ps[0]

    first_above(t).v = 1.5
    first_above(2 * t).age = 50
    return first_above(t)


# -- instances in instances, and what else they have -------------------------------------------------------------------


@on((1.5, 0.5), (-0.5, 2.0), everywhere=True)
def ends_of_a_row(x, y):
    ps = [Body(x * k, y) for k in range(6)]
    ends = Ends(ps[0], ps[1])
    for p in ps:
        if p.x > ends.first.x:
            ends.first = p
        if p.x < ends.last.x:
            ends.last = p
    ends.first.v = 100.0
    ends.last.v -= 1.0
    return ps, ends, ends.first is ends.last


@on((1.5, 0.5), (-0.5, 2.0))
def in_a_dict_by_what_they_are(x, y):
    ps = [Body(x * k - y, y) for k in range(4)]
    d = {"hot": ps[0], "cold": ps[1]}
    for p in ps:
        if p.x > d["hot"].x:
            d["hot"] = p
        if p.x < d["cold"].x:
            d["cold"] = p
    d["hot"].v = 9.0
    d["cold"].v = -9.0
    return ps, d


@on((1.5, 0.5), (0.1, 0.9), everywhere=True)
def with_arrays(x, y):
    clouds = [Cloud(np.array([x, k * y])) for k in range(5)]
    far = [c for c in clouds if c.at[1] > 1.0]
    for c in far:
        c.at[0] += 5.0
        c.mass *= 2
    return [c.at for c in clouds], [c.mass for c in clouds], [c.at[0] for c in far]


@on((1.5, 0.75), (-1.0, 0.5))
def copies_of_one_that_is_chosen(x, y):
    ps = [Body(x * k, y, k) for k in range(4)]
    chosen = ps[0]
    for p in ps:
        if p.x > y:
            chosen = p
    other, third = dataclasses.replace(chosen, v=5.0), copy.copy(chosen)
    chosen.x = -1.0
    other.age = 11
    third.v = 4.0
    return [*ps, chosen, other, third]


@on((bodies(), Limit(0.2, 1.2)), (bodies(), Limit(9.0, 9.5)))
def with_instances_that_never_change(ps, limit):
    inside = [p for p in ps if limit.low < p.x < limit.high]
    wider = Limit(limit.low - 1, limit.high) if len(inside) > 1 else limit
    for p in inside:
        p.v = wider.low
    return inside, wider


class Listed:
    def __init__(self, register, x):
        self.x, self.uses = x, 0
        register.append(self)
        register[0].uses += 1


@on((0.5,), (0.2,))
def instances_that_enter_a_list_as_they_are_made(c):
    register = []
    for k in range(40):
        if k * c > 3:
            Listed(register, k * c)
    best = register[0]
    for one in register:
        if one.x > best.x + c:
            best = one
    best.x = -1.0
    return [one.x for one in register], register[0].uses


@dataclass
class Vector:
    x: float
    y: float

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)

    def __mul__(self, scale):
        return Vector(self.x * scale, self.y * scale)


@dataclass
class Planet:
    at: Vector
    speed: Vector
    mass: float = 1.0


@on((0.5,), (0.2,), everywhere=True)
def planets_of_which_some_are_slowed_down(c):
    planets = [Planet(Vector(k * c, 0.0), Vector(1.0 - k, 0.5 * k)) for k in range(4)]
    for _ in range(10):
        for p in planets:
            p.speed = p.speed + p.at * (-0.1 / p.mass)
            p.at = p.at + p.speed * 0.1
        for p in [p for p in planets if p.speed.x**2 + p.speed.y**2 > 1.0]:
            p.speed = p.speed * 0.9
        heavy = max(planets, key=lambda p: p.at.x)
        heavy.mass += 0.1
        heavy.at.y += 0.01
    return sum(p.at.x * p.speed.y * p.mass + p.at.y for p in planets)


@on((1.5, 4), (0.5, 3))
def halved_in_recursion(x, n):
    def walk(vectors, n):
        if n == 0:
            return vectors[0].x
        best = vectors[0]
        for v in vectors:
            if v.x > best.x:
                best = v
        best.x *= 0.5
        return best.x + walk(vectors, n - 1)

    vectors = [Vector(x * k, 0.0) for k in range(4)]
    return walk(vectors, n), [v.x for v in vectors]


# -- not taken ---------------------------------------------------------------------------------------------------------


@dataclass
class Loose:
    x: float
    tag: object = None


@refused((1.5, 0.75))
def instances_that_are_not_alike(x, y):
    a, b = Loose(x), Loose(y, "second")
    c = a if x > y else b
    c.x += 1.0
    return a.x + b.x


@on((1.5, 0.75), (0.5, 0.75))
def one_of_two_lists(x, y):
    a, b = [x], [y, x]
    c = a if x > y else b
    c[0] += 1.0
    return a[0] + b[0]


@dataclass
class Numbered:
    number: int
    x: float


@on(([Numbered(2, 1.0), Numbered(1, 2.0), Numbered(0, 3.0)], np.array([1, 0]), 2))
def items_of_one_list_replaced_in_another(ps, ids, n):
    chosen = [ps[int(ids[0])]]
    chosen[0].x += 1.0
    for k in range(n):
        chosen = [Numbered(int(ids[k]) + 5, chosen[0].x * 2) for _ in chosen]
    return chosen[0].number, chosen[0].x, ps[1].x


@on((bodies(3), 3))
def item_replaced_in_a_loop_over_the_list(ps, n):
    k = 0
    for k in range(n):
        pass
    for p in ps:
        ps[k % len(ps)] = p
    return ps, ps[1] is ps[2]


@on(([1.0, 2.0, 3.0], np.array([2, 2])))
def number_replaced_in_a_loop_over_the_list(xs, ids):
    out = []
    for x in xs:
        xs[int(ids[0])] = x * 10.0
        out.append(x)
    return xs, out
