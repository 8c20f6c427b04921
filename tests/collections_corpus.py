"""Programs with the classes of `collections`; they join those of `tests.language_corpus`."""

import copy
import math
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from dataclasses import dataclass, field

import numpy as np

from tests.language_corpus import on, refused

IDS = np.array([3, 1, 3, 7, 1, 3])
WEIGHTS = np.array([0.5, 1.0, -2.0, 0.25, 4.0, 1.5])
EDGES = np.array([(0, 1), (1, 2), (2, 3), (0, 3), (4, 4)])


# -- deques ------------------------------------------------------------------------------------------------------------


@on((1.5,), (7.0,), everywhere=True)
def both_ends_of_a_deque(x):
    d = deque([x, 2.0, 3.0])
    d.append(x * 2)
    d.appendleft(7.0)
    last, first = d.pop(), d.popleft()
    d[0] += 1.0
    d[-1] *= 2
    return d, last, first, len(d), d[1], x in d, 9.0 not in d, bool(d), not d


@on((deque([1.0, 2.0]), 5.0), (deque([1.0, 2.0], 3), 5.0), (deque([], 2), 1.0), (deque([1.0], 0), 2.0), everywhere=True)
def deque_as_argument(d, x):
    d.append(x)
    d.rotate(1)
    d.extendleft([1.0, 2.0])
    return d, d.maxlen, len(d)


@on((EDGES, 5), everywhere=True)
def breadth_first_with_a_deque(edges, n):
    graph = [[] for _ in range(n)]
    for u, v in edges:
        graph[int(u)].append(int(v))
        graph[int(v)].append(int(u))
    distance = [-1] * n
    distance[0] = 0
    queue = deque([0])
    while queue:
        u = queue.popleft()
        for v in graph[u]:
            if distance[v] < 0:
                distance[v] = distance[u] + 1
                queue.append(v)
    return distance, queue


@on((np.arange(6.0), 3), ([1.0, 2.0], 3), ([1.0, 2.0], 0), (np.array([]), 2), everywhere=True)
def sliding_window(xs, k):
    window = deque(maxlen=k)
    out, total = [], 0.0
    for x in xs:
        if len(window) == k and k > 0:
            total -= window[0]
        window.append(x)
        total += x
        out.append(total / max(len(window), 1))
    return out, window


@on((WEIGHTS, 3), (WEIGHTS, 1), ([2.0, 1.0], 5), everywhere=True)
def maxima_of_windows(xs, k):
    queue, out = deque(), []
    for i in range(len(xs)):
        while queue and xs[queue[-1]] <= xs[i]:
            queue.pop()
        queue.append(i)
        if queue[0] <= i - k:
            queue.popleft()
        if i >= k - 1:
            out.append(xs[queue[0]])
    return out


@on((7, 3), (1, 1), (0, 2))
def every_kth_leaves(n, k):
    circle, order = deque(range(n)), []
    while len(circle) > 0:
        circle.rotate(-(k - 1))
        order.append(circle.popleft())
    return order


@on((np.array([1.0, 3.0, 2.0]), 0.8), ([0.5], 1.0), everywhere=True)
def taking_turns(times, quantum):
    waiting = deque((i, t) for i, t in enumerate(times))
    done, clock = [], 0.0
    while waiting:
        i, t = waiting.popleft()
        step = min(t, quantum)
        clock += step
        if t > quantum:
            waiting.append((i, t - step))
        else:
            done.append((i, clock))
    return done


@on((0.5, 6), (0.25, 0))
def recurrence_of_three_terms(x, n):
    past = deque([0.0] * 3, maxlen=3)
    for _ in range(n):
        past.append(0.5 * past[-1] + 0.25 * past[-2] + 0.125 * past[0] + x)
    return sum(past), past


@on(
    (deque([1.0, 2.0, 3.0, 4.0]), 3),
    (deque([1.0, 2.0, 3.0]), -5),
    (deque([1.0]), 7),
    (deque(), 1),
    (deque([1.0, 2.0], 2), 1),
)
def rotated(d, n):
    d.rotate(n)
    d.rotate(-1)
    d.rotate()
    return d


@on((WEIGHTS, 3), (WEIGHTS, -8), ([0.1, 0.2], 1))
def rotated_of_run_time_length(xs, n):
    d = deque(v for v in xs if v > 0.3)
    d.rotate(n)
    d.rotate()
    d.rotate(-2)
    return d, list(d), list(reversed(d)), len(d)


@on((deque([1.0, 3.0, 2.0]),), (deque([2.0], 4),))
def what_takes_deques(d):
    pairs = [a + b for a, b in zip(d, reversed(d))]
    numbered = [i * x for i, x in enumerate(d)]
    arrays = np.array(d), np.mean(d), np.sum(d), np.asarray(d)[0], np.max(d)
    folds = sum(d), max(d), min(d), any(d), all(d), max(d, key=lambda v: -v), math.fsum(d)
    copies = sorted(d), list(d), tuple(d), [*d, *d], list(map(lambda v: v + 1, d))
    deques = deque(d), deque(d, 1), deque(d, maxlen=2), deque((v + 1 for v in d), 2)
    return pairs, numbered, arrays, folds, copies, deques, d.count(1.0), dict(enumerate(d))


@on((WEIGHTS,), ([0.75, 0.0],), everywhere=True)
def what_takes_deques_of_run_time_length(xs):
    d = deque(v for v in xs if v > 0.4)
    pairs = [a + b for a, b in zip(d, reversed(d))]
    folds = sum(d), max(d), min(d), any(d), all(d), max(d, key=lambda v: -v)
    copies = sorted(d), list(d), [*d, *d], [x * i for i, x in enumerate(d)], np.array(d), np.mean(d), d.copy()
    return pairs, folds, copies, d.count(1.0), d == deque(xs), d == d.copy(), d != deque()


@on((deque([1.0, 3.0, 2.0]), 8.0), (deque([5.0, 1.0]), 4.0))
def deque_edited(d, x):
    d.insert(1, x)
    d.insert(-1, x + 1)
    d.insert(100, 5.0)
    d.remove(x)
    del d[0]
    at = d.index(5.0)
    d.reverse()
    e = d + deque([1.0])
    f = d * 2
    e += [3.0]
    e.extend(d)
    d.extend(d)
    f *= 2
    g, h = copy.copy(d), copy.deepcopy(d)
    g[0], h[1] = 100.0, 200.0
    return d, e, f, g, h, at, d.index(5.0, -2), d.maxlen, 3 * deque([x], 2), 0 * d


@on(*((deque([1.0, 3.0, 2.0], 3), k) for k in range(12)))
def deque_that_raises(d, k):
    if k == 0:
        return d[5]
    if k == 1:
        d[-7] = 1.0
    if k == 2:
        del d[9]
    if k == 3:
        d.remove(77.0)
    if k == 4:
        return d.index(77.0)
    if k == 5:
        d.insert(0, 1.0)
    if k == 6:
        return deque(d, -1)
    if k == 7:
        return d[0:1]
    if k == 8:
        return d.index(3.0, 2)
    if k == 9:
        for _ in range(k):
            d.pop()
    if k == 10:
        for _ in range(k):
            d.popleft()
    return d


@on((deque([1.0, 3.0, 2.0]), 2), (deque([1.0, 3.0, 2.0]), -2), (deque([1.0, 2.0]), 4), (deque([1.0, 2.0]), -4))
def deque_at_run_time_index(d, i):
    d[i] = d[i - 1] * 2
    total = 0.0
    for k in range(len(d)):
        total += d[k] * d[-k]
    return d[i], d, total


@on((WEIGHTS, 1), (WEIGHTS, -9), (WEIGHTS, 9))
def item_of_a_deque_deleted(xs, i):
    d = deque(v for v in xs if v > 0.3)
    d.insert(i // 2, xs[0])
    del d[i]
    d.remove(4.0)
    return d


@on((deque([1.0, 2.0]), [1.0, 2.0]), (deque([1.0, 3.0]), [1.0]), (deque(), []))
def deques_compared(d, xs):
    e = deque(xs)
    return d == e, d != e, d == xs, d < e, d >= e, isinstance(d, deque), isinstance(d, list), type(d) is deque, d is e


@on((WEIGHTS,), ([0.1, 0.2],))
def changed_in_a_loop_over_it(xs):
    d = deque(v for v in xs if v > -9)
    for v in d:
        if v > 1.0:
            d.append(v)
    return d


@on((WEIGHTS,), ([0.1, 0.2],))
def replaced_in_a_loop_over_it(xs):
    d = deque(v for v in xs if v > -9)
    for i, v in enumerate(d):
        d[i] = v * d[0]
    for v in d:
        d[-1] = v
    return d


@on((WEIGHTS,), ([0.1, 0.2],), everywhere=True)
def changed_before_the_loop_is_left(xs):
    d = deque(v for v in xs if v > -9)
    for v in d:
        if v > 1.0:
            d.remove(v)
            d.append(v)
            break
    return d


@on((1.0,))
def changed_in_a_loop_of_known_length(x):
    d = deque([x, 2.0], maxlen=2)
    for v in d:
        d.append(v)
    return d


@on((WEIGHTS,))
def turned_in_a_loop_over_it(xs):
    d = deque(v for v in xs if v > 0)
    for v in d:
        d.rotate(int(v))
    return d


@on((np.array([1.0, 2.0]), np.array([3.0, 4.0])))
def deque_of_arrays(a, b):
    d = deque([a, b], maxlen=2)
    d.append(a * b)
    d[0][0] = 9.0
    return d, a, b, d[0] is b


@on((2, WEIGHTS), (3, [1.0, 2.0]))
def list_of_deques(n, xs):
    queues = [deque() for _ in range(3)]
    for i, x in enumerate(xs):
        queues[i % n].append(x)
    total = 0.0
    for queue in queues:
        while queue:
            total += queue.popleft() * len(queue)
    return queues, total


@dataclass
class Smoother:
    recent: deque = field(default_factory=lambda: deque(maxlen=2))

    def add(self, x):
        self.recent.append(x)
        return sum(self.recent) / len(self.recent)


@on((WEIGHTS, {"a": deque([1.0])}), ([1.0], {"a": deque([2.0], 1)}))
def deques_in_objects(xs, d):
    smoother = Smoother()
    out = [smoother.add(x) for x in xs]
    d["a"].append(out[-1])
    d["b"] = smoother.recent
    return out, d


@on((1.0,), (2.0,))
def one_of_two_deques(x):
    d, e = deque([x]), deque([2.0])
    queue = d if x > 1 else e
    queue.append(5.0)
    return queue


SHARED = deque([1.0, 2.0])


@on((SHARED, SHARED), (SHARED, deque([1.0, 2.0])), (deque([1.0]), SHARED))
def which_deque(d, e):
    return d is e, (d if len(d) > 1 else e), [d, e]


@on((deque([1.0, 2.0]),), (deque([1.0]),))
def first_of_a_deque(d):
    it = iter(d)
    first = next(it)
    return first, next(iter(d)), next(reversed(d)), list(it)


@on((deque([1.0, 2.0, 4.0]),), (deque([1.0]),))
def deque_unpacked(d):
    first, *rest = d
    match d:
        case [p, q, r]:
            return first, rest, p * q * r
        case [p]:
            return first, rest, p
    return None


@on((4,), (0,))
def deque_in_recursion(n):
    def down(queue, n):
        if n == 0:
            return 0.0
        queue.append(n * 1.0)
        return down(queue, n - 1) + queue.popleft() * n

    queue = deque()
    return down(queue, n), queue


@on((WEIGHTS,), ([-1.0],))
def deque_printed(xs):
    d = deque(v for v in xs if v > 0)
    e = deque([1.0, xs[0]], maxlen=3)
    print(d, e, "and", [e])
    return len(d)


@on((3.0, 2.0))
def deques_of_tuples(x, y):
    d = deque([(x, 1), (y, 2)])
    d.append((x * y, 3))
    while len(d) > 1:
        (a, i), (b, j) = d.popleft(), d.popleft()
        d.append((a + b, i + j))
    return d[0], (x, 1) in d


@on(([1.0, 2.0], 3), (deque([1.0, 2.0]), 1), (deque(), 2))
def zipped_with_a_range(xs, n):
    total = 0.0
    for v, k in zip(xs, range(n)):
        total += v * (k + 1)
    return total


@refused((2.0,))
def deques_of_two_limits(x):
    d = deque([x], maxlen=3)
    if x > 1:
        d = deque([x])
    return d


@refused((2.0, 0), (2.0, 1), (2.0, 2))
def what_is_no_attribute(x, n):
    if n == 0:
        return deque([x])._items
    if n == 1:
        return defaultdict(float)._table
    d = deque([x])
    d.name = x
    return d


@refused((deque([1.0, 2.0]),), (deque([1.0, 2.0, 3.0]),))
def changed_behind_another_sequence(d):
    for k, v in zip(range(2), d):
        d.append(v * k)
    return d


@refused((IDS, 1))
def dict_changed_behind_another_sequence(ids, n):
    d = {}
    for k in ids:
        d[int(k)] = 1.0
    for _, k in zip(range(n), d):
        d[k + 100] = 2.0
    return d


@on((IDS,))
def dict_changed_before_another_sequence(ids):
    d = {}
    for k in ids:
        d[int(k)] = 1.0
    for k, _ in zip(d, range(1)):
        d[k + 100] = 2.0
    return d


@on((deque([1.0, 2.0]), 5.0), (deque([1.0, 2.0, 3.0]), 1.0))
def changed_before_another_sequence(given, x):
    d, total = deque(v for v in given if v > 0), 0.0
    for _, v in enumerate(d):
        total += v
        d[0] += total
    for v, k in zip(d, range(2)):
        total += v * k
        if total > x:
            d.append(v)
    return d, total


@refused((deque([1.0, 2.0]),))
def iterator_of_a_changed_deque(d):
    it = iter(d)
    d.append(3.0)
    return next(it)


@refused((deque([1.0, 2.0]),))
def enumerated_before_the_change(d):
    pairs = enumerate(d)
    d.append(3.0)
    return [i * x for i, x in pairs]


@refused(([2.0, 3.0],))
def maxlen_from_data(xs):
    return deque(xs, maxlen=int(xs[0]))


@refused((deque([1.0]), np.array([1.0])))
def deque_beside_an_array(d, a):
    return d == a


# -- dicts with something besides --------------------------------------------------------------------------------------


@on((1.5,), everywhere=True)
def default_dict_of_known_keys(x):
    d = defaultdict(float)
    d["a"] += x
    d["b"] -= 2 * x
    e = d["c"], "c" in d, "z" in d, len(d), list(d), d.get("z"), d.get("z", x), isinstance(d, dict)
    return d, e, type(d) is defaultdict, d.default_factory is float, bool(d), {**d}, dict(**d)


@on((IDS, WEIGHTS), ([1, 1], [0.5, 0.25]), everywhere=True)
def sums_in_a_default_dict(ids, ws):
    d = defaultdict(float)
    for k, w in zip(ids, ws):
        d[int(k)] += w
    return d, sum(d.values())


@on((IDS, WEIGHTS), everywhere=True)
def sums_in_a_default_dict_of_ints(ids, ws):
    d = defaultdict(int)
    for k, w in zip(ids, ws):
        d[int(k)] += float(w)
    return d, max(d, key=d.get)


@on((IDS, WEIGHTS), everywhere=True)
def groups_in_a_default_dict(ids, ws):
    d = defaultdict(list)
    for k, w in zip(ids, ws):
        d[int(k)].append(float(w))
    return d, [sum(v) for v in d.values()], max(d), 9 in d, d[9], len(d)


@on((IDS,), ([1, 1, 2],))
def counts_in_a_default_dict(ids):
    d = defaultdict(int)
    for k in ids:
        d[int(k)] += 1
    return d, max(d, key=d.get), sorted(d.items()), d[100], len(d), d.pop(100), d.pop(50, 1), d.setdefault(3, 7)


@on((EDGES,), everywhere=True)
def graph_in_a_default_dict(edges):
    graph = defaultdict(list)
    for u, v in edges:
        graph[int(u)].append(int(v))
        graph[int(v)].append(int(u))
    distance, queue = {0: 0}, deque([0])
    while queue:
        u = queue.popleft()
        for v in graph[u]:
            if v not in distance:
                distance[v] = distance[u] + 1
                queue.append(v)
    return distance


@on((IDS, WEIGHTS))
def means_in_a_default_dict(ids, ws):
    d = defaultdict(lambda: [0, 0.0])
    for k, w in zip(ids, ws):
        entry = d[int(k)]
        entry[0] += 1
        entry[1] += w
    return {k: total / n for k, (n, total) in d.items()}


@on((IDS, WEIGHTS))
def default_dicts_of_deques(ids, ws):
    d = defaultdict(deque)
    for k, w in zip(ids, ws):
        d[int(k)].append(float(w))
    return {k: v.popleft() for k, v in d.items()}, len(d)


@on((IDS, WEIGHTS))
def default_dicts_in_a_default_dict(ids, ws):
    d = defaultdict(lambda: defaultdict(float))
    for k, w in zip(ids, ws):
        d[int(k)][int(k) % 2] += w
    return sum(sum(v.values()) for v in d.values())


@on((EDGES,))
def pairs_in_a_default_dict(edges):
    d = defaultdict(int)
    for p, q in edges:
        d[int(p), int(q)] += 1
    return d, d[0, 1], (9, 9) in d


@on(
    (defaultdict(float, a=1.0), 2.0),
    (defaultdict(None, a=1.0, b=3.0), 2.0),
    (defaultdict(int, a=1.0, b=2.0), 2.0),
    (OrderedDict(a=1.0, b=2.0), 4.0),
    (Counter(a=1, b=2, zz=3), 4.0),
    everywhere=True,
)
def dict_of_any_kind_as_argument(d, x):
    d["b"] += x
    d["a"] *= 2
    return d["zz"], d


@on(
    (defaultdict(float, {1: 1.0}), 2),
    (defaultdict(float, {1: 1.0}), 1),
    (defaultdict(float), 1),
    (Counter({1: 2.5}), 2),
    (OrderedDict({1: 1.0, 2: 3.0}), 2),
    (OrderedDict({1: 1.0}), 2),
)
def dict_of_any_kind_at_a_run_time_key(d, k):
    d[k] += 1.5
    total = 0.0
    for key in d:
        total += key * d[key]
    for key, value in d.items():
        total -= key + value
    return d, total, list(d.values()), k in d, d.get(7)


@on((defaultdict(float, a=1.0),), (OrderedDict(a=1.0),), (defaultdict(None, {"a": 2.0}),))
def copies_of_dicts_of_any_kind(d):
    e, f, g, h, k = dict(d), {**d, "n": 1.0}, d.copy(), copy.copy(d), copy.deepcopy(d)
    g["a"] = 5.0
    d |= {"m": 2.0}
    d.update({"q": 3.0}, p=4.0)
    more = d | {"w": 1.0}, {"w": 1.0} | d, d == e, d == dict(d), list(d.keys()), list(d.items()), list(reversed(d))
    return e, f, g, h, k, d, more, d.pop("a"), d.pop("nope", 3.0), d.setdefault("u", 8.0), d.popitem()


@on((defaultdict(None, a=1.0),), (OrderedDict(a=1.0),), (Counter(a=2),), (defaultdict(lambda: 2.5),))
def missing_key(d):
    return d["missing"]


@on((IDS,), (np.array([1, 2]),))
def missing_key_of_run_time(ids):
    d = defaultdict(None, {int(ids[0]): 1.0})
    return d[int(ids[1])]


@on((IDS,), ([1, 1, 2],), everywhere=True)
def counter_filled_in_a_loop(ids):
    c = Counter()
    for k in ids:
        c[int(k)] += 1
    return c, c[99], len(c), c.most_common(2), c.most_common(), c.total(), 99 in c, c.most_common(0)


@on((IDS,), ([1, 1, 2],), ([],))
def counter_of_a_sequence(ids):
    c = Counter(ids)
    n = len(ids)
    entropy = -sum((v / n) * math.log(v / n) for v in c.values())
    return c, sorted(c.elements()), {k: v / n for k, v in c.items()}, entropy


@on((1,))
def counters_of_known_keys(n):
    c, d = Counter("abracadabra"), Counter(a=1, b=5)
    del c["zz"]
    d["q"] += 2
    texts = f"{c} {d} {Counter()}", list(d.elements())
    print(texts[0])
    return c, c["z"], c["a"], c.most_common(2), c + d, c - d, c | d, c & d, c == d, +d, -d, texts[1], n


@on((IDS, np.array([1, 1, 5])), everywhere=True)
def counters_of_run_time_keys(xs, ys):
    c, d = Counter(xs), Counter(ys)
    c.update(ys)
    d.subtract(xs)
    e = c.copy()
    e += d
    c.update({3: 2})
    return c, d, c + d, c - d, c == d, +d, -d, e, c | d, c & d


@on((1.0, 2.0))
def ordered_dict_of_known_keys(x, y):
    d = OrderedDict([("a", x), ("b", y)])
    d["c"] = x * y
    d.move_to_end("a")
    e = d.copy()
    d.move_to_end("c", last=False)
    first, last = d.popitem(last=False), e.popitem()
    same = e == d, OrderedDict(a=x) == {"a": x}, e == {"c": 2.0, "b": 2.0}, e == OrderedDict([("c", 2.0), ("b", 2.0)])
    return d, e, first, last, list(d), list(reversed(e)), same


@on((IDS, WEIGHTS), everywhere=True)
def cache_in_an_ordered_dict(ids, ws):
    d = OrderedDict()
    for k, w in zip(ids, ws):
        if int(k) in d:
            d.move_to_end(int(k))
        d[int(k)] = w
        if len(d) > 2:
            d.popitem(last=False)
    return d


@on((IDS,))
def order_of_run_time_keys(ids):
    d = OrderedDict()
    for i, k in enumerate(ids):
        d[int(k)] = i
    d.move_to_end(1)
    d.move_to_end(7, last=False)
    e = OrderedDict((int(k), 1) for k in ids)
    return d, d.popitem(), d.popitem(last=False), list(d), list(reversed(e)), e


@on((IDS, 1), (IDS, 2), (IDS, 3))
def ordered_dict_that_raises(ids, k):
    d = OrderedDict()
    if k == 1:
        d.popitem()
    if k == 2:
        d.move_to_end(int(ids[0]))
    for v in ids:
        d[int(v)] = 1.0
    return d.pop(88)


@on((IDS,))
def keys_added_in_a_loop_over_a_default_dict(ids):
    d = defaultdict(int)
    for k in ids:
        d[int(k)] += 1
    for k in d:
        d[k + 100]
    return d


@on((IDS,), ([2, 4],))
def default_dict_printed(ids):
    d = defaultdict(list)
    for i, k in enumerate(ids):
        d[int(k) % 2].append(i)
    print(d[0], d, len(d))
    return len(d)


@on((1.0,), (4.0,))
def default_dict_of_arrays(x):
    d = defaultdict(lambda: np.zeros(2))
    d["a"] += x
    d["b"][0] = x
    return d["a"], d["b"], len(d)


TABLE = defaultdict(int, a=1)


@on((TABLE, TABLE), (TABLE, defaultdict(int, a=1)))
def which_dict(d, e):
    return d is e, d == e, [d, e], {"x": d}


@on((defaultdict(int, a=1.5),), (Counter(a=2),), (OrderedDict(b=2),))
def dict_of_any_kind_matched(d):
    match d:
        case {"a": v}:
            return v * 2
        case {"b": v}:
            return v * 3
    return 0


@on((1,), (2,))
def default_dict_made_wrongly(n):
    if n == 1:
        return defaultdict(3)
    return OrderedDict().popitem()


Position = namedtuple("Position", "x y")
Span = namedtuple("Span", ["x", "y"], defaults=[2.0])


@on((1.5, Position(1.0, 2.0)))
def named_tuples(x, p):
    q = Position(x, p.y)
    r = q._replace(y=3.0)
    a, b = r
    return q, r, a * b, q == (x, p.y), Span(x), Span(x)._asdict(), Position._fields, Position._make([1.0, x])


class Own(dict):
    pass


class OwnQueue(deque):
    pass


@refused((Own(),), (OwnQueue(),))
def truth_of_what_inherits(d):
    return bool(d)
