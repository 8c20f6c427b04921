"""Programs with the classes of `collections`; they join those of `tests.language_corpus`."""

import copy
import math
from collections import deque
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
