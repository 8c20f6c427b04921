"""Programs with dicts whose keys only run time knows, and with lists of lists in which nothing is at first.

They join those of `tests.language_corpus`.
"""

import copy
import math
from dataclasses import dataclass, field

import numpy as np

from tests.language_corpus import on, refused

IDS = np.array([3, 1, 3, 7, 1, 3])
WEIGHTS = np.array([0.5, 1.0, -2.0, 0.25, 4.0, 1.5])
EDGES = np.array([(0, 1), (1, 2), (2, 3), (0, 3), (4, 4)])
NONE_OF_THEM = np.array([], dtype=np.int64)


@on((IDS,), (NONE_OF_THEM,), ([2, 2, 5],))
def counts_values(ids):
    counts = {}
    for v in ids:
        counts[v] = counts.get(v, 0) + 1
    return counts


@on((IDS,), (np.array([1.5, 1.5, -0.0, 0.0]),))
def counts_with_a_test(ids):
    counts = {}
    for v in ids:
        key = int(v)
        if key not in counts:
            counts[key] = 0
        counts[key] += 1
    return counts, len(counts), max(counts.values())


@on((IDS, WEIGHTS))
def sums_by_key(ids, ws):
    totals = {}
    for k, w in zip(ids, ws):
        totals[int(k)] = totals.get(int(k), 0.0) + w
    out = 0.0
    for k, v in totals.items():
        out += k * v
    return out, totals


@on((IDS, WEIGHTS))
def groups_by_key(ids, ws):
    groups = {}
    for k, w in zip(ids, ws):
        groups.setdefault(int(k), []).append(w)
    return groups, [sum(g) for g in groups.values()]


@on((IDS, WEIGHTS))
def groups_with_a_test(ids, ws):
    groups = {}
    for k in range(len(ids)):
        key = int(ids[k])
        if key in groups:
            groups[key].append(float(ws[k]))
        else:
            groups[key] = [float(ws[k])]
    return groups


@on((EDGES, 5))
def adjacency_dict(edges, n):
    graph = {i: [] for i in range(n)}
    for u, v in edges:
        graph[u].append(v)
        graph[v].append(u)
    return [len(graph[i]) for i in range(n)], graph


@on((EDGES, 5))
def adjacency_lists(edges, n):
    graph = [[] for _ in range(n)]
    for u, v in edges:
        graph[int(u)].append(int(v))
        graph[int(v)].append(int(u))
    return graph


@on((EDGES, 5))
def breadth_first(edges, n):
    graph = [[] for _ in range(n)]
    for u, v in edges:
        graph[int(u)].append(int(v))
        graph[int(v)].append(int(u))
    distance = [-1] * n
    distance[0] = 0
    queue = [0]
    while queue:
        u = queue.pop(0)
        for v in graph[u]:
            if distance[v] < 0:
                distance[v] = distance[u] + 1
                queue.append(v)
    return distance


@on((EDGES, 5))
def lists_of_which_none_is_filled(edges, n):
    graph = [[] for _ in range(n)]
    total = 0
    for u, v in edges:
        for w in graph[int(u)]:
            total += w
        total += len(graph[int(v)])
    return total, graph


@on((EDGES, 5))
def first_of_nothing(edges, n):
    graph = [[] for _ in range(n)]
    return graph[int(edges[1, 1])][0]


@on((np.array([2, 0, 1]),))
def written_through_a_name(ids):
    a, b, c = [], [], []
    rows = [a, b, c]
    for k in ids:
        rows[int(k)].append(float(k))
    rows[int(ids[0])] += [9.0]
    return rows


@on(([[], [], []], np.array([2, 0, 2])))
def fills_lists_of_the_caller(rows, ids):
    for k in ids:
        rows[int(k)].append(int(k))
    return len(rows)


@on(({1: 0.5, 4: 2.0}, IDS))
def changes_a_dict_of_the_caller(d, ids):
    for k in ids:
        d[int(k)] = d.get(int(k), 0.0) + 1.0
    return len(d)


@on(({1: 0.5, 3: 2.0, 7: 1.0}, IDS))
def reads_a_dict_of_the_caller(d, ids):
    total = 0.0
    for k in ids:
        total += d[int(k)]
    return total


@on(({1: np.array([1.0, 2.0]), 3: np.array([3.0, 4.0]), 7: np.array([0.0, 1.0])}, IDS))
def changes_arrays_in_a_dict_of_the_caller(d, ids):
    for k in ids:
        d[int(k)][0] += 1.0
    return d[int(ids[0])].sum()


@on(({1: 0.5}, IDS))
def key_that_is_not_there(d, ids):
    total = 0.0
    for k in ids:
        total += d[int(k)]
    return total


@on((EDGES,))
def key_of_two_numbers(edges):
    seen = {}
    for u, v in edges:
        seen[int(u), int(v)] = seen.get((int(v), int(u)), 0) + 1
    return seen, (0, 1) in seen, (1, 0) in seen


@on((np.array([[0, 1], [1, 0]]),))
def missing_pair(edges):
    seen = {}
    for u, v in edges:
        seen[(int(u), int(v))] = 1.0
    return seen[int(edges[0, 0]), 5]


@on((np.array([1, 3, 4]), np.array([1.0, 2.0, 3.0]), 6))
def knapsack_with_a_memo(w, v, c):
    memo = {}

    def best(i, left):
        if i == len(w):
            return 0.0
        if (i, left) in memo:
            return memo[i, left]
        found = best(i + 1, left)
        if w[i] <= left:
            found = max(found, v[i] + best(i + 1, left - w[i]))
        memo[i, left] = found
        return found

    return best(0, c)


@on((np.array([9, 12, 5]),))
def fibonacci_with_a_memo(ids):
    memo = {}

    def fib(n):
        if n in memo:
            return memo[n]
        memo[n] = n if n < 2 else fib(n - 1) + fib(n - 2)
        return memo[n]

    return [fib(int(n)) for n in ids], len(memo)


@on((np.array([6, 27, 9]),))
def collatz_with_a_memo(ids):
    memo = {1: 0}
    for start in ids:
        n, steps = int(start), 0
        path = []
        while n not in memo:
            path.append(n)
            n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps = memo[n]
        for k in range(len(path) - 1, -1, -1):
            steps += 1
            memo[path[k]] = steps
    return len(memo), memo[int(ids[1])]


@on((IDS,))
def deletes_keys(ids):
    d = {}
    for k, v in enumerate(ids):
        d[int(v)] = k
    del d[int(ids[1])]
    gone = d.pop(int(ids[0]))
    other = d.pop(int(ids[0]), -1)
    last = d.popitem()
    return d, gone, other, last


@on((IDS,))
def deletes_what_is_not_there(ids):
    d = {}
    for v in ids:
        d[int(v)] = 1
    d.pop(99 + int(ids[0]))
    return d


@on((IDS,))
def goes_through_keys(ids):
    d = {}
    for k, v in enumerate(ids):
        d[int(v)] = float(k)
    out = []
    for key in d:
        out.append(key * 2)
        d[key] *= 3
    return out, list(d), list(d.values()), list(d.items()), sorted(d), sorted(d, key=d.get), max(d, key=d.get)


@on((IDS,))
def sums_of_views(ids):
    d = {}
    for k, v in enumerate(ids):
        d[int(v)] = k
    return sum(d), sum(d.values()), min(d.values()), max(d), any(v > 2 for v in d.values()), bool(d), bool(d.values())


@on((IDS,))
def inverts(ids):
    d = {}
    for k, v in enumerate(ids):
        d[k] = int(v)
    inverse = {v: k for k, v in d.items()}
    return inverse, [k for k, v in d.items() if v > 2]


@on((IDS, WEIGHTS))
def made_of_pairs(ids, ws):
    d = dict(zip(ids, ws))
    return d, d[3], 7 in d, 8 in d, 0.5 in d.values(), (1, 4.0) in d.items()


@on((IDS, WEIGHTS))
def display_with_run_time_keys(ids, ws):
    d = {int(ids[0]): 1.0, int(ids[1]): float(ws[0]), int(ids[2]): 5.0}
    return d


@on((IDS, WEIGHTS))
def comprehension(ids, ws):
    return {int(k): w * 2 for k, w in zip(ids, ws) if w > 0}


@on((IDS,))
def updates(ids):
    d, e = {0: 1}, {5: 2}
    for v in ids:
        d[int(v)] = 10
        e[int(v) + 1] = 20
    d.update(e)
    f = d | {0: 7, 100: 8}
    g = {**d, 3: -1}
    d |= {4: 4}
    return d, e, f, g, d == d.copy(), d == e, d != {0: 1}


@on((IDS,))
def copies(ids):
    d = {}
    for v in ids:
        d[int(v)] = [1.0]
    e, f, g = d.copy(), copy.copy(d), dict(d)
    e[50], f[51], g[52] = [2.0], [3.0], [4.0]
    h = copy.deepcopy(d)
    h[3].append(5.0)
    return d, len(e), len(f), len(g), h


@on((IDS,))
def cleared(ids):
    d = {}
    for v in ids:
        d[int(v)] = 1
        if len(d) > 2:
            d.clear()
    return d


@on((IDS,))
def types(ids):
    d = {}
    for v in ids:
        d[int(v)] = 1
    return isinstance(d, dict), type(d) is dict, hasattr(d, "get"), hasattr(d, "append"), len(d.keys()), len(d.items())


@on((IDS,))
def two_names(ids):
    d = {}
    e = d
    for v in ids:
        e[int(v)] = 1
    return d, e, d is e


@on((IDS,))
def default_of_get(ids):
    d = {}
    for v in ids:
        d[int(v)] = 2.5
    p = d.get(int(ids[0]))
    q = d.get(int(ids[0]) + 50)
    return (0.0 if p is None else p), d.get(int(ids[0]) + 50, -1.0), q is None


@on((IDS, WEIGHTS))
def arrays_as_values(ids, ws):
    d = {}
    for k, w in zip(ids, ws):
        if int(k) in d:
            d[int(k)] += w
        else:
            d[int(k)] = np.full(2, w)
    return d


@on((np.arange(12), WEIGHTS))
def states_of_a_network(ids, ws):
    hs = {}
    hs[-1] = np.zeros(2)
    for t in ids:
        hs[int(t)] = np.tanh(hs[int(t) - 1] * 0.5 + ws[int(t) % 6])
    total = 0.0
    for t in ids[::-1]:
        total += hs[int(t)].sum()
    return total


@dataclass
class Counter:
    seen: dict = field(default_factory=dict)
    most: int = 0

    def add(self, key, by=1):
        self.seen[key] = self.seen.get(key, 0) + by
        if self.seen[key] > self.most:
            self.most = self.seen[key]

    def __getitem__(self, key):
        return self.seen.get(key, 0)


@on((IDS,))
def dict_in_an_object(ids):
    counter = Counter()
    for v in ids:
        counter.add(int(v))
    return counter, counter[3], counter[100]


@on((Counter({3: 1}), IDS))
def dict_in_an_object_of_the_caller(counter, ids):
    for v in ids:
        counter.add(int(v))
    return counter.most


@on((IDS, WEIGHTS))
def dict_of_dicts(ids, ws):
    table = {}
    for k, w in zip(ids, ws):
        if int(k) not in table:
            table[int(k)] = {"count": 0, "sum": 0.0}
        table[int(k)]["count"] += 1
        table[int(k)]["sum"] += float(w)
    return table


@on((IDS,))
def changes_size_in_a_loop(ids):
    d = {}
    for v in ids:
        d[int(v)] = 1
    for key in list(d):
        if key > 2:
            del d[key]
    return d


@on((IDS,))
def a_key_on_one_path(ids):
    d = {0: 1.0}
    if ids[0] > 2:
        d[int(ids[0])] = 2.0
    else:
        d[int(ids[1])] = 3.0
    return d, len(d)


@on((IDS,))
def left_early(ids):
    seen = {}
    for k, v in enumerate(ids):
        if int(v) in seen:
            return seen[int(v)], k
        seen[int(v)] = k
    return -1, -1


@on((np.array([2.0, 7.0, 11.0, 15.0]), 9.0), (np.array([2.0, 7.0, 11.0, 15.0]), 100.0))
def two_sum(xs, target):
    places = {}
    for k in range(len(xs)):
        if target - xs[k] in places:
            return places[target - xs[k]], k
        places[xs[k]] = k
    raise ValueError("no two of them")


@on((np.array([0, 0, 1, 1, 2]), np.array([1, 2, 2, 3, 3]), np.array([1.0, 4.0, 2.0, 6.0, 3.0])))
def shortest_paths(us, vs, ws):
    graph = {}
    for u, v, w in zip(us, vs, ws):
        graph.setdefault(int(u), []).append((int(v), float(w)))
    distance = {0: 0.0}
    for _ in range(4):
        for u in list(distance):
            for v, w in graph.get(u, []):
                if v not in distance or distance[u] + w < distance[v]:
                    distance[v] = distance[u] + w
    return distance


@on((IDS,))
def iterators_of_keys(ids):
    d = {}
    for v in ids:
        d[int(v)] = d.get(int(v), 0) + 1
    out = []
    for k, (key, n) in enumerate(d.items()):
        out.append(k * key * n)
    return list(enumerate(d)), list(zip(d, d.values())), list(map(lambda k: k + 1, d)), max(d[k] for k in d), out


@on((IDS,), (NONE_OF_THEM,), (np.array([1, 2]),))
def leaves_a_loop_over_keys(ids):
    d = {}
    for v in ids:
        d.setdefault(int(v), []).append(int(v) + 1)
    for key in d:
        if len(d[key]) == 1:
            break
        for v in d[key]:
            if v > 5:
                return key, v
    return -1, sum(d[k][0] for k in d)


@on((np.array([3, 5]), np.array([2.0, 0.5])))
def values_of_known_keys(ids, ws):
    d = {3: 1.0, 4: -0.5, 5: 0.25}
    for k, w in zip(ids, ws):
        d[int(k)] = d[int(k)] + float(w)
    return sum(v * v for v in d.values()), d


@dataclass
class Mass:
    at: float
    pull: float = 0.0


@on((np.array([2, 2]), np.array([2.0, 0.5])), (np.array([2]), np.array([2.0])))
def one_key_that_run_time_knows(ids, ws):
    masses = {}
    for k, w in zip(ids, ws):
        if int(k) not in masses:
            masses[int(k)] = Mass(float(w))
        masses[int(k)].pull += float(w) * masses[int(k)].at
    total = 0.0
    for mass in masses.values():
        total += mass.pull
    return total, list(masses), [mass.pull for mass in masses.values()]


@on((np.array([1, 2, 5]), 11), (np.array([2]), 3), (NONE_OF_THEM, 3))
def fewest_coins(coins, amount):
    memo = {}

    def fewest(left):
        if left == 0:
            return 0
        if left < 0:
            return -1
        if left in memo:
            return memo[left]
        best = -1
        for coin in coins:
            rest = fewest(left - int(coin))
            if rest >= 0 and (best < 0 or rest + 1 < best):
                best = rest + 1
        memo[left] = best
        return best

    return fewest(amount), len(memo)


@on((EDGES,), (EDGES[:1],), (EDGES[4:],))
def depth_first(edges):
    graph = {}
    for u, v in edges:
        graph.setdefault(int(u), []).append(int(v))
        graph.setdefault(int(v), []).append(int(u))
    seen, order = {}, []

    def visit(u):
        seen[u] = len(seen)
        order.append(u)
        for v in graph[u]:
            if v not in seen:
                visit(v)

    for u in graph:
        if u not in seen:
            visit(u)
    return order, seen


@on((EDGES, 5), (EDGES[:0], 1))
def depth_first_in_lists(edges, n):
    graph = [[] for _ in range(n)]
    for u, v in edges:
        graph[int(u)].append(int(v))
    seen, before, after = [False] * n, [], []

    def visit(u):
        seen[u] = True
        before.append(u)
        for v in graph[u]:
            if not seen[v]:
                visit(v)
        after.append(u)

    for u in range(n):
        if not seen[u]:
            visit(u)
    return before, after[::-1]


@on((np.array([3, 5]),), (np.array([0]),))
def partitions_with_a_memo(ns):
    memo = {}

    def count(n, most):
        if n == 0:
            return 1
        if n < 0 or most == 0:
            return 0
        if (n, most) not in memo:
            memo[n, most] = count(n - most, most) + count(n, most - 1)
        return memo[n, most]

    return [count(int(n), int(n)) for n in ns], len(memo)


@on((IDS, WEIGHTS), (np.full(20, 4), np.arange(20.0)), (NONE_OF_THEM, WEIGHTS[:0]))
def rows_that_are_replaced_by_longer_ones(ids, ws):
    rows = [[] for _ in range(3)]
    for k, w in zip(ids, ws):
        i = int(k) % 3
        rows[i] = rows[i] + [float(w)]
        rows[(i + 1) % 3] = rows[i][:1]
    return rows


@on((IDS, WEIGHTS))
def rows_that_get_many_at_once(ids, ws):
    rows = [[], [], []]
    more = [float(w) for w in ws for v in ids if v > 1 or w > 0]
    rows[int(ids[0]) % 3].extend(more)
    rows[int(ids[1]) % 3] += more
    return rows


@on((WEIGHTS[:0], 0), (WEIGHTS, 6), (WEIGHTS[:0], 1))
def elements_of_what_may_be_empty(ws, n):
    total, out = 0.5, np.zeros(len(ws))
    for i in range(n):
        total = total + float(ws[i])
        out[i] = total
        out[i] *= 2.0
    return total, out


@refused((IDS,))
def key_of_text(ids):
    d = {"a": 1}
    for v in ids:
        d[int(v)] = 2
    return d


@on((WEIGHTS, IDS))
def functions_at_run_time_indices(ws, ids):
    def shifted(v):
        return v + ws[0]

    table = {0: abs, 1: np.tanh, 3: shifted}
    total, out = 0.0, []
    for k in range(len(ws)):
        total += [math.sin, shifted, lambda p: p * 1.5][int(ids[k]) % 3](ws[k])
        out.append((shifted, math.cos)[-int(ids[k]) % 2](1.0) * 1.0)
        if int(ids[k]) in table:
            total += table[int(ids[k])](ws[k])
    return float(total), len(out)


@on((WEIGHTS, IDS))
def function_at_an_index_out_of_range(ws, ids):
    return [math.sin, math.cos][int(ids[3])](ws[0])


@on((WEIGHTS, IDS))
def function_at_a_key_that_is_not_there(ws, ids):
    return {0: math.sin, 1: math.cos}[int(ids[3])](ws[0])


@on((IDS,))
def displays_of_keys(ids):
    d = {}
    for v in ids:
        d[int(v)] = float(v)
    return [*d], [0.0, *d.values()], next(iter(d)), next(iter(d.items()))


@on((IDS,))
def dicts_in_a_dict(ids):
    d, e = {}, {}
    for k, v in enumerate(ids):
        if int(v) not in d:
            d[int(v)] = {}
        d[int(v)][k % 2] = k + 0.5
        e.setdefault(int(v), {})[k] = float(k)
    return d, {key: sum(inner.values()) for key, inner in e.items()}


@on((IDS,))
def dict_as_a_set(ids):
    seen = {}
    for v in ids:
        seen[int(v)] = None
    return seen, 3 in seen, 4 in seen, list(seen), dict.fromkeys([int(v) for v in ids])


@on((IDS, WEIGHTS), (IDS[::-1].copy(), -WEIGHTS))
def dicts_that_change_places(ids, ws):
    d, e = {}, {}
    for k, w in zip(ids, ws):
        d[int(k)] = d.get(int(k), 0.0) + w
        if int(k) + 1 in e:
            del e[int(k) + 1]
        d, e = e, d
    return d, e


@on((IDS, WEIGHTS), (IDS * 0 + 2, WEIGHTS))
def a_new_dict_in_each_turn(ids, ws):
    last = {}
    for k, w in zip(ids, ws):
        now = {}
        for j in range(int(k)):
            now[j * int(k)] = w + last.get(j, 0.0)
        last = now
    return last


@on((IDS, WEIGHTS), (IDS, -WEIGHTS))
def a_new_dict_on_one_path(ids, ws):
    d = {}
    for k, w in zip(ids, ws):
        if w > 0:
            d[int(k)] = float(w)
        else:
            d = {int(k): float(w), 2: 0.5}
    return d


@on((IDS, WEIGHTS), (IDS, -WEIGHTS))
def dict_in_a_list_or_not(ids, ws):
    d, rows = {}, []
    for k, w in zip(ids, ws):
        d[int(k)] = float(w)
        if w > 0.75:
            rows.append(d.copy())
    one = rows[len(rows) // 2] if len(rows) > 1 else d
    total = 0.0
    for k in range(8):
        total += one.get(k, 0.25)
    return total, d, len(rows)


@on((IDS, WEIGHTS), (IDS, np.zeros(6)))
def deletes_before_it_sets(ids, ws):
    d = {}
    for k, w in zip(ids, ws):
        if w > 0.75:
            d[int(k)] = float(w)
        elif int(k) in d:
            del d[int(k)]
    return d
