"""Programs in which several lists are changed, and run time decides which of the names for them mean one list.

They join those of `tests.language_corpus`.
"""

from tests.language_corpus import on, refused

PLACES = ((0.1, 2.3), (2.4, 0.2), (1.4, 1.2))


# -- items of one list ---------------------------------------------------------------------------------------------


def moved(k, a, b, c, pegs):
    if k > 0:
        moved(k - 1, a, c, b, pegs)
        pegs[b].append(pegs[a].pop())
        moved(k - 1, c, b, a, pegs)


@on((3,), (1,), (6,), everywhere=True)
def towers_of_hanoi(n):
    pegs = [[n - k for k in range(n)], [], []]
    moved(n, 0, 2, 1, pegs)
    return pegs


@on((3,), (4,))
def towers_of_hanoi_in_a_loop(n):
    pegs = [[float(n - k) for k in range(n)], [], []]
    for k in range(1, 2**n):
        pegs[((k | (k - 1)) + 1) % 3].append(pegs[(k & (k - 1)) % 3].pop())
    return pegs


@on(*PLACES, everywhere=True)
def moved_from_one_to_the_other(x, y):
    a, c = int(x), int(y)
    pegs = [[x, y], [x + y], []]
    pegs[c].append(pegs[a].pop())
    return pegs


@on(*PLACES)
def item_made_longer_by_another(x, y):
    i, j = int(x), int(y)
    rows = [[x, y], [x + y], [0.5]]
    rows[i].extend(rows[j])
    rows[j] += rows[i]
    return rows


@on(*PLACES, everywhere=True)
def two_names_changed(x, y):
    i, j = int(x), int(y)
    rows = [[x, y], [x + y, 2.0, 1.0], [0.5, 0.25]]
    p, q = rows[i], rows[j]
    p.append(q.pop())
    q.append(p.pop(0))
    p[0] *= 3.0
    q.insert(1, p[0] + len(q))
    return rows, p, q, len(p) - len(q)


@on(*PLACES)
def one_expression_takes_from_two(x, y):
    i, j = int(x), int(y)
    rows = [[x, y, 1.0], [x + y, 2.0], [0.5, 0.25]]
    s = rows[i].pop() - rows[j].pop() * 2
    rows[i].remove(rows[i][0])
    return s, rows


@on((10, 3), (7, 2), everywhere=True)
def buckets_emptied_into_each_other(n, m):
    groups = [[] for _ in range(m)]
    for k in range(n):
        groups[k % m].append(k * 0.5)
    for k in range(n):
        a, b = k % m, (k * 2 + 1) % m
        if groups[a]:
            groups[b].append(groups[a].pop(0))
    return groups


@on((10, 3), (7, 2))
def sets_that_are_united(n, m):
    members = [[k] for k in range(n)]
    where = list(range(n))
    for k in range(n):
        a, b = where[k], where[(k * m) % n]
        if a != b:
            for v in members[b]:
                where[v] = a
            members[a] += members[b]
            members[b] = []
    return members, where


@on((0.1, 2.3, 4), (2.4, 2.2, 1), (1.4, 1.2, 3))
def one_name_changed_in_a_loop(x, y, n):
    p, q = int(x), int(y)
    rows = [[x] * 2 for _ in range(3)]
    a, b = rows[p], rows[q]
    for k in range(n):
        b.append(0.5 * k)
        if len(a) > 3:
            del a[0]
    return rows, a


@on((0.1, 2.3, 4), (2.4, 2.2, 1), (1.4, 1.2, 3))
def nothing_in_what_is_changed(x, y, n):
    a = [[], [], []]
    p, q = a[int(x)], a[int(y)]
    p.reverse()
    q.clear()
    if p:
        p.pop()
    for k in range(n):
        p.append(x)
        if len(q) > 2:
            q.clear()
    return a, len(p), len(q)


@on(*PLACES)
def lists_in_lists_of_lists(x, y):
    i, j = int(x), int(y)
    table = [[[x], [y]], [[x, y], [0.5]], [[1.0], [2.0]]]
    table[i][j % 2].append(table[j][i % 2].pop())
    table[j][0].append(table[i][0][-1] if table[i][0] else 0.25)
    return table


@on((0.1, 2.3, 1), (2.4, 0.2, 0))
def item_chosen_by_paths(x, y, n):
    i, j = int(x), int(y)
    rows = [[x, y], [x + y], [0.5]]
    p = rows[i]
    if y > x:
        p = rows[j]
        rows[n].append(1.5)
    p.append(2.5)
    rows[i].append(p[0])
    return rows, len(p)


# -- lists and dicts that paths choose ------------------------------------------------------------------------------


@on((0.5,), (1.5,), (-1.0,))
def chosen_after_a_change(x):
    a, b = [1.0], [2.0]
    c = a if x > 0 else b
    c.append(5.0)
    return a if x > 1 else b


@on((-1.0,), (0.5,), (1.5,))
def bound_in_a_loop_after_a_change(x):
    a, b = [1.0], [2.0]
    c = a if x > 0 else b
    c[0] = 5.0
    d = a
    for _ in range(int(x) + 3):
        d = b
    return d


@on((-1.0,), (0.5,), (1.5,))
def lists_of_what_was_changed(x):
    a, b = [1.0], [2.0]
    c = a if x > 0 else b
    c[0] = 5.0
    d = [a, b]
    if x > 1:
        d = [b, a]
    return d


@refused((0.1, 1.3, 4), (1.4, 0.2, 1))
def in_two_parts_of_items(x, y, n):
    p, q = [x], [y]
    rows = [([x], [y]) for _ in range(n)]
    rows.append((p, q))
    rows.append((q, p))
    rows[n + int(x)][0][0] = 5.0
    return rows[n + int(y)][1][0]


THREE = ((1.0, 2.0, 0.5), (2.0, 1.0, 0.5), (0.25, 0.5, 1.0))


@on(*THREE, everywhere=True)
def target_appended_to(x, p, t):
    left, right = [x], [p]
    target = left if x > p else right
    target.append(t)
    for v in [x, p, t]:
        (left if v > 0.75 else right).append(v)
    return left, right, target


@on(*THREE, everywhere=True)
def targets_in_a_loop(x, p, t):
    low, high, rest = [], [], []
    for k in range(12):
        v = k * t
        target = low if v < x else high if v < p else rest
        target.append(v)
        if len(target) > 3:
            target[0] += 1.0
            target.pop(0)
    return low, high, rest


@on(*THREE)
def chosen_lists_changed_in_every_way(x, p, t):
    a, b = [x, 1.0], [p, 2.0]
    c = a if x > p else b
    c[0] = t
    c.insert(1, 3.0)
    a[1] = 7.0
    c.sort()
    del c[0]
    return a, b, c, c is a, c is b


@on(*THREE)
def chosen_dicts_written(x, p, t):
    a, b = {"u": x, "k": 1}, {"u": p, "k": 2}
    d = a if x > p else b
    d["u"] = t
    d["u"] += d["k"]
    e, f = {1: x}, {2: p}
    g = e if x > p else f
    g[int(t * 4)] = t
    g[1] = 3.0
    return a, b, e, f


@on(*THREE, everywhere=True)
def long_lists_chosen(x, p, t):
    a, b = [], []
    for k in range(40):
        if k * t > x:
            a.append(k * p)
        else:
            b.append(k * t)
    c = a if x > p else b
    c.append(9.0)
    c[0] = 1.5
    return a, b, len(c)


def appended(target, v):
    target.append(v)
    return target


@on(*THREE)
def chosen_lists_in_functions(x, p, t):
    a, b = [x], [p]
    c = a if x > p else b
    d = appended(appended(c, t), 2.0)

    def add(v):
        d.append(v)

    add(x)
    return a, b, d, c is a, c is d


@on(*THREE)
def chosen_list_read_in_every_way(x, p, t):
    a, b = [x, 2.0], [p]
    c = a if x > p else b
    c.append(t)
    s = 0.0
    for v in c:
        s += v
    return s, sum(c), len(c), c[-1], a + c, [v * 2 for v in c], x in c, max(c), sorted(c), c == a


@on(*THREE)
def lists_that_change_places(x, p, t):
    a, b = [x, 2.0], [p]
    if x > p:
        a, b = b, a
    a.append(t)
    b[0] = 9.0
    return a, b


@on(*THREE)
def chosen_of_three(x, p, t):
    a, b, c = [x], [p], {"u": [t]}
    d = a if x > p else b if t > 0.75 else c["u"]
    e = d if p > 1 else a
    e.append(1.0)
    d.append(2.0)
    e[0] += d[-1]
    return a, b, c


@on(([1.0], [2.0], 0.5), ([2.0], [1.0], 0.5))
def given_lists_chosen(a, b, t):
    c = a if a[0] > b[0] else b
    c.append(t)
    c[0] *= 2
    return len(a), c


@on(({"u": 1.0}, {"u": 2.0}, 0.5), ({"u": 2.0}, {"u": 1.0}, 0.5))
def given_dicts_chosen(a, b, t):
    c = a if a["u"] > b["u"] else b
    c["u"] += t
    return a["u"], c


@on(([1.0], 0.5), ([0.25], 0.5))
def given_or_new(a, t):
    c = a if a[0] > t else [t]
    c.append(t)
    return a, c


@on(*THREE)
def put_in_a_list_and_a_dict(x, p, t):
    a, b = [x], [p]
    c = a if x > p else b
    c.append(t)
    d, rows = {"k": c}, [c, a]
    return d["k"][0], rows[0][-1], [c] == [a], len(rows)


@on(*THREE)
def lists_that_change_places_in_a_loop(x, p, t):
    a, b = [x, 2.0], [p, 1.0]
    for _ in range(3):
        if x > p:
            a, b = b, a
        a[0] += t
        x, p = p, x + t
    return a, b


# -- one of two, as it is in a loop or gone through ----------------------------------------------------------------


@on((0.3, 2), (0.3, 1), (0.3, 0))
def copied_while_it_gets_shorter(x, n):
    p = [x, 1.0, 0.5]
    q = p
    for _ in range(n):
        q = list(q)
        p.pop()
    return p, q


@on((0.3, 3), (9.0, 2), (0.6, 0))
def comprehension_over_a_chosen_dict(x, n):
    p, r = {0: x, 1: 1.0}, {0: 0.1, 1: 0.2, 2: 0.3}
    p = p if n > x else r
    r[1] = 0.5
    return {i: v * 0.5 for i, v in p.items()}, p, r


@on((0.3, 3), (9.0, 2), (0.6, 0))
def dict_made_anew_or_another_in_a_loop(x, n):
    p, r = {0: x, 1: 1.0}, {0: 0.1, 1: 0.2, 2: 0.3}
    for k in range(n):
        p = {i: v * 0.5 for i, v in p.items()}
        p = p if k > x else r
        r[1] = 0.5
    return p, r


@on((0.3, 3), (-1.0, 0))
def sum_of_a_chosen_dict(x, n):
    p, q = {0: x, 1: 1.0}, {n: x, 0: 0.5}
    total = 0.0
    r = p if total > x else q
    total += q.setdefault(1, 0.5)
    if p is r:
        r[1] = sum(q.values()) * 0.1
    else:
        r = dict(q)
    return p, q, r, total
