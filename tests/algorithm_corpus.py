"""Programs as people write them in books of algorithms: searches, tables, sorts, number theory, simulations.

They join those of `tests.language_corpus`.
"""

import math
from dataclasses import dataclass

import numpy as np

from tests.language_corpus import on, refused

# -- keys of dicts ----------------------------------------------------------------------------------------------------


@on(([[0, 0], [0, 1], [2, 1], [1, 1]],), ([[5, 5]],), everywhere=True)
def cells_beside_earlier_ones(cells):
    number, beside = {}, 0
    for cell in map(tuple, cells):
        number[cell] = len(number)
        for di, dj in (0, 1), (0, -1), (1, 0), (-1, 0):
            if (cell[0] + di, cell[1] + dj) in number:
                beside += 1
    return beside, list(number)


@on((0, 1), (1, 0))
def pairs_of_run_time_among_keys(i, j):
    d = {(0, 0): 5, (1, 1): 7, "a": 1, 2: 3}
    return (i, j - 1) in d, (i, i) in d, (j, "a") in d, i + 2 in d, d.get((j, j), 3)


# -- conditions that do something -------------------------------------------------------------------------------------


@on(([1, 2, 3, 4, 5],), ([5, 4],), ([],), ([9, 9],), everywhere=True)
def items_taken_by_the_condition(xs):
    count = 0
    while xs.pop() > 2:
        count += 1
    return count, xs


@on(([1, 2, 3, 4, 5] * 10, 7), ([1, 2, 3], 2))
def items_taken_under_and(xs, k):
    count = 0
    while len(xs) > 3 and xs.pop() + count % k != 3:
        count += 1
    return count, xs


@on((10, 3.0), (0, 1.0), everywhere=True)
def calls_counted_by_the_condition(n, x):
    calls, i = [0], 0

    def more(v):
        calls[0] += 1
        return v < x * n

    while more(i):
        i += 2
        if i > 20:
            break
    else:
        i = -i
    return i, calls


class Source:
    def __init__(self, k):
        self.k = k
        self.seen = []

    def advance(self):
        self.k = self.k * 3 % 17
        self.seen.append(self.k)
        return self.k


@on((5,), (1,), (16,))
def numbers_drawn_until_one(k):
    source, total = Source(k), 0
    while source.advance() != 1:
        total += source.k
    return total, source.seen, source.k


# -- powers of ints ---------------------------------------------------------------------------------------------------


@on((3.2,), (-1.7,), (0.0,), everywhere=True)
def powers_of_ints_from_floats(x):
    n = int(x)
    return 2**n, (-3) ** n


@on((13,), (40,), everywhere=True)
def powers_of_two_summed(n):
    total = 0
    for k in range(n):
        total += 2**k - 3 ** (k % 4)
    return total


@on((10.0,), (100.0,))
def signs_as_powers(x):
    k, total = 0, 0.0
    while k < x:
        total += (-1) ** k / (2 * k + 1)
        k += 1
    return 4 * total


# -- which row of a table a path has chosen --------------------------------------------------------------------------


@on((2, 1.0), (3, 2.0), everywhere=True)
def row_of_an_array_chosen(n, x):
    a = np.zeros((4, 2))
    if x > 1:
        r = a[n]
        a[n, 1] = 9.0
    else:
        r = a[n - 1]
    r[0] = 7.0
    a[3, 0] += 5.0
    return a, r.sum()


@on((2, 1.0), (3, 2.0))
def known_rows_chosen(n, x):
    a = np.zeros((3, 3, 3))
    b = a[1:]
    r = b[0] if x > 1 else b[1]
    r[0] = 7.0
    q = r[1] if n > 2 else r[2]
    q += n
    return a


@on((2, 1.0), (3, 2.0), (0, 1.0))
def row_bound_on_one_path(n, x):
    a = np.zeros((4, 2))
    if n > 0:
        r = a[n]
    r[0] = 7.0
    return a, r.sum()


@on((2, 1.0), (3, 2.0), (-1, 1.0))
def row_that_the_other_path_has_not(n, x):
    a = np.zeros((4, 2))
    if n < 0:
        raise ValueError("negative")
    r = a[n]
    if x > 1:
        p = a[0]
    else:
        p = r
    p[1] = x
    r += 1
    return a


@on((2.0, 1.0), (3.0, 2.0))
def part_of_run_time_size_chosen(n, x):
    a = np.zeros(9)
    k = int(n)
    r = a[:k] if x > 1 else a[: k + 1]
    r += 1
    return a, r.sum()


@on((2, 1.0), (3, 2.0), everywhere=True)
def list_in_a_list_chosen(n, x):
    t = [[x, 2.0] for _ in range(4)]
    if x > 1:
        r = t[n]
    else:
        r = t[n - 1]
    r[0] = 7.0
    return t, sum(r)


@on((2, 1.0), (3, 2.0))
def list_in_a_list_chosen_and_made_longer(n, x):
    t = [[x, 2.0] for _ in range(4)]
    if x > 1:
        r = t[n]
    else:
        r = t[n - 1]
    r.append(7.0)
    r[0] = 5.0
    return t, sum(r)


@on((2.0, 1.0), (3.0, 2.0))
def row_from_a_function_of_two_returns(n, x):
    a = np.arange(9.0).reshape(3, 3)

    def pick():
        if x > 1:
            return a[0]
        return a[1]

    pick()[:] = n
    return a


@on((2, 1.0), (3, 2.0))
def rows_chosen_on_paths_that_both_reach_in(n, x):
    t = [[x, 2.0] for _ in range(4)]
    if x > 1:
        r, q = t[n], t[0]
    else:
        t[n - 1][0] = 4.0
        r, q = t[2], t[1]
    q[1] = 1.0
    r[0] = 7.0
    return t


@refused((2, 1.0))
def array_or_row_of_another(n, x):
    a, b = np.zeros((4, 2)), np.ones((4, 2))
    r = a[0] if x > 1 else b[1]
    r[0] = 7.0
    return a


@on((2, 1.0))
def array_or_a_new_one(n, x):
    a, b = np.zeros(2), np.ones(2)
    if x > 1:
        r = a if n > 2 else b
    else:
        r = np.full(2, 3.0)
    r[0] = 7.0
    return a, b


# -- objects in lists -------------------------------------------------------------------------------------------------


@dataclass
class Particle:
    x: float
    m: float
    tag: str = "particle"

    def heavier(self, k):
        self.m += k
        return self.m


@dataclass
class Body:
    pos: list
    vel: list
    mass: float


@dataclass
class Pair:
    first: Particle
    n: int


class Node:
    def __init__(self, key, left=-1, right=-1):
        self.key = key
        self.left = left
        self.right = right


def particles(n, x):
    return [Particle(x * i, 0.5 + i) for i in range(n)]


def written(ps):
    return [(p.x, p.m) for p in ps]


THREE = [Particle(1.0, 2.0), Particle(2.0, 3.0), Particle(0.5, 1.0)]


@on((THREE, 1, 2), (THREE, -1, 0), (THREE, 1, 1), (THREE, 3, 0), everywhere=True)
def arguments_in_a_list(ps, i, j):
    ps[i].m += 1
    ps[j].x = ps[i].m * 2
    ps[j].heavier(3.0)
    return ps[0].m, ps[i].tag


@on((7,), (40,), (1,), everywhere=True)
def search_tree_of_indices(n):
    nodes = [Node(0.5)]
    for i in range(1, n):
        key, k = (i * 0.37) % 1, 0
        while True:
            node = nodes[k]
            if key < node.key:
                if node.left < 0:
                    node.left = len(nodes)
                    nodes.append(Node(key))
                    break
                k = node.left
            else:
                if node.right < 0:
                    node.right = len(nodes)
                    nodes.append(Node(key))
                    break
                k = node.right
    return [(v.key, v.left, v.right) for v in nodes]


@on((7, 3.0), (40, 0.5), everywhere=True)
def best_and_second(n, x):
    ps = [Particle(math.sin(i * x), 1.0 * i) for i in range(50)]
    best, second = ps[0], ps[1]
    for i in range(n):
        if ps[i].x > best.x:
            second, best = best, ps[i]
            best.m += 1
    second.x = 9.0
    best.x = 5.0
    return best.m, second.m, written(ps)


@on((7, 3.0), (40, 0.5))
def particle_chosen(n, x):
    ps = particles(50, x)
    p = ps[n] if x > 1 else ps[3]
    q = ps[n]
    p.m = -1.0
    q.m *= 2
    return p.m, q.m, written(ps)


@on((7, 3.0), (40, 0.5))
def particle_of_the_list_or_another(n, x):
    ps, other = particles(50, x), Particle(1.0, 1.0)
    p = ps[n] if x > 1 else other
    return p.m, p.x, other.m


@on((7, 0.01), (39, 0.02), everywhere=True)
def bodies_that_attract(n, dt):
    bodies = [Body([1.0 * i, i * 0.5], [0.0, 0.1 * i], 1.0 + i) for i in range(40)]
    for _ in range(n % 5):
        for i in range(40):
            b = bodies[i]
            for j in range(40):
                if i != j:
                    o = bodies[j]
                    dx, dy = o.pos[0] - b.pos[0], o.pos[1] - b.pos[1]
                    d = (dx * dx + dy * dy + 0.1) ** 1.5
                    b.vel[0] += dt * o.mass * dx / d
                    b.vel[1] += dt * o.mass * dy / d
        for b in bodies:
            b.pos = [p + dt * v for p, v in zip(b.pos, b.vel)]
    bodies[n].vel = [0.0, bodies[3].mass]
    return bodies[n].pos, bodies[n].vel, bodies[3].vel


@on((7, 0.01), (39, 0.02))
def objects_in_objects(n, x):
    pairs = [Pair(Particle(1.0 * i, 1.0), i) for i in range(40)]
    for i in range(n):
        pairs[(i * i) % 40].first.x += x
        pair = pairs[i]
        pair.first.m = pair.n + pair.first.x
        pair.n -= 1
    p, old = pairs[n].first, pairs[n - 1].first
    p.x = 100.0
    pairs[n - 1].first = Particle(x, x)
    return pairs[n].first.x, old.m, written([pair.first for pair in pairs]), [pair.n for pair in pairs]


@on((7, 0.01), (39, 0.02))
def dicts_in_a_list(n, x):
    rows = [{"x": 1.0 * i, "n": i} for i in range(40)]
    for i in range(n):
        rows[(i * i) % 40]["x"] += x
        row = rows[i]
        row["n"] = row["n"] + 2
        row.update(x=row["x"] * 2)
    return [row["x"] for row in rows], [row["n"] for row in rows], "x" in rows[n]


@on((7, 0.01), (39, 0.02))
def grid_of_objects(n, x):
    grid = [[Particle(x * i, 0.5 * j) for j in range(6)] for i in range(7)]
    for k in range(n):
        grid[k % 7][k % 5].m += k
        cell = grid[(k * k) % 7][0]
        cell.x = grid[0][k % 6].m
    return [written(row) for row in grid]


@on((7, 0.01), (39, 0.02))
def objects_taken_from_the_end(n, x):
    ps, total = particles(40, x), 0.0
    while len(ps) > n:
        p = ps.pop()
        p.m += 1
        total += p.m
        ps[len(ps) // 2].x += total
    return total, written(ps)


@on((7, 0.01), (39, 0.02))
def objects_put_down_and_their_heap(n, x):
    ps = [Particle(math.sin(i), x * i) for i in range(40)]
    for start in range(n // 2, -1, -1):
        root = start
        while 2 * root + 1 < n:
            child = 2 * root + 1
            if child + 1 < n and ps[child].x < ps[child + 1].x:
                child += 1
            if ps[root].x >= ps[child].x:
                break
            ps[root], ps[child] = ps[child], ps[root]
            root = child
    return written(ps)


@on((7, 0.01), (39, 0.02))
def item_replaced_under_its_name(n, x):
    ps = particles(40, x)
    p = ps[n]
    ps[n] = Particle(9.0, 9.0)
    p.x = 3.0
    return ps[n].x, p.x, p.m


@on((7, 0.01), (39, 0.02))
def one_object_under_two_names(n, x):
    ps = particles(40, x)
    p, q = ps[n], ps[n]
    p.x = 3.0
    q.x += 1
    return p.x, ps[n].x, ps[n] == p, ps[n] in ps, ps.index(ps[n])


@on((7, 0.01), (39, 0.02))
def objects_changed_by_recursion(n, x):
    ps = particles(40, x)

    def down(k):
        if k <= 0:
            return 0.0
        ps[k].m += 1
        return ps[k].x + down(k - 2)

    return down(n), written(ps)


@on((7, 0.01), (39, 0.02))
def objects_beside_numbers(n, x):
    ps = [(i, Particle(x * i, 0.5)) for i in range(50)]
    for i in range(n):
        k, p = ps[(i * 7) % 50]
        p.m += k
    return written([p for _, p in ps])


@on((7, 0.01), (39, 0.02))
def arrays_of_objects(n, x):
    bodies = [Body(np.zeros(2), np.full(2, i * x), 1.0 + i) for i in range(40)]
    for i in range(n):
        b = bodies[(i * i) % 40]
        b.pos += b.vel * i
        b.vel = b.vel * 2
        bodies[i].pos[0] = 1.0
    return [b.pos for b in bodies], bodies[n].vel


@on((7, 0.01))
def neighbours_in_two_lists(n, x):
    ps = particles(50, x)
    for p, q in zip(ps, ps[1:]):
        q.m += p.m * n
    return written(ps)


@refused((7.0, 0.01))
def attribute_that_one_item_has(y, x):
    ps = particles(50, x)
    ps[int(y)].color = 1.0
    return written(ps)


# -- lists in objects in lists ----------------------------------------------------------------------------------------


@dataclass
class Place:
    height: float
    near: list
    seen: bool = False


@on((5, 1.0), (3, 2.0), everywhere=True)
def graph_of_objects_searched(n, x):
    places = [Place(x * k, []) for k in range(n)]
    for k in range(n):
        places[k].near.append((k + 1) % n)
        places[k].near.append((k + 2) % n)
    todo, order = [0], []
    while todo:
        here = places[todo.pop()]
        if here.seen:
            continue
        here.seen = True
        order.append(here.height)
        for k in here.near:
            if not places[k].seen:
                todo.append(k)
    return order, places


@on((4, 2.0), (1, 2.0))
def lists_of_objects_made_longer(n, x):
    places = [Place(x * k, []) for k in range(n)]
    for k, p in enumerate(places):
        p.near.extend([x, p.height])
        if k % 2 == 1:
            p.near.insert(0, 9.0)
        p.near += [x + k]
        places[0].near.append(p.near[0])
    for p in places:
        p.height += p.near.pop()
    return places


@on((4, 2.0), (3, 1.0))
def lists_of_dicts_made_longer(n, x):
    rows = [{"at": x * k, "pairs": []} for k in range(n)]
    for k in range(n - 1):
        rows[k]["pairs"].append((k, x))
        rows[k + 1]["pairs"].append((-k, rows[k]["at"]))
    return rows, sum(len(row["pairs"]) for row in rows)


@on(([Place(1.0, [1.0]), Place(2.0, [])], 1), ([Place(1.0, [1.0]), Place(2.0, [])], 0))
def list_of_an_argument_made_longer(places, k):
    places[k].near.append(3.0)
    return places[k].near


@on((3, 2.0), (2, 2.0))
def list_kept_by_name(n, x):
    places = [Place(x * k, []) for k in range(n)]
    for p in places:
        near = p.near
        near.append(x)
        near.append(len(near) * 1.0)
        p.height = near[1]
    return places


@on((3, 2.0), everywhere=True)
def list_of_an_object_that_has_moved(n, x):
    places = [Place(x * k, []) for k in range(n)]
    near = places[0].near
    places[0], places[1] = places[1], places[0]
    near.append(x)
    return places


# -- long ranges ------------------------------------------------------------------------------------------------------


@on((1.5,), (-2.0,))
def sums_over_long_ranges(x):
    total = sum(x / v for v in range(1, 300) if v % 3 == 0 or v % 5 == 0)
    return total, sum(range(10500)), max(range(3, 50000, 4)), np.sum(range(10500)), np.array(range(0, 40000, 3))[-1]


@on((10200,), (12,))
def list_of_a_long_range(n):
    numbers = list(range(n))
    for k in range(0, n, 1000):
        numbers[k] = -k
    return numbers[1], numbers[n - 1], numbers[n // 1000 * 1000 - 1000], len(numbers)
