import numpy as np


def zmul(g, p):
    """g * p, but 0 wherever g is 0."""
    if isinstance(g, float) and isinstance(p, float):
        return g * p if g else 0.0
    return np.where(g == 0, 0, g * p)[()]


def pop_or(stack, zero):
    """The top of the stack, removed; `zero` if there is none."""
    return stack.pop() if stack else zero


def grad_cholesky(a):
    """(a: f64[3,3]) -> f64[3,3]"""
    old_tape = []
    s_tape = []
    old_tape_1 = []
    s_tape_1 = []
    # l = np.zeros((n, n))
    a_bar = np.zeros((3, 3))
    l = a_bar.copy()
    # for j in range(n):
    for j in range(3):
        s = a[j, j]
        for k in range(j):
            s -= l[j, k] ** 2
        # l[j, j] = np.sqrt(s)
        v = np.sqrt(s)
        old = l[j, j]
        l[j, j] = v
        # for i in range(j + 1, n):
        for i in range(j + 1, 3):
            # s = a[i, j]
            s_1 = a[i, j]
            for k in range(j):
                # s -= l[i, k] * l[j, k]
                s_1 -= l[i, k] * l[j, k]
            # l[i, j] = s / l[j, j]
            old_1 = l[i, j]
            l[i, j] = s_1 / v
            # for i in range(j + 1, n):
            old_tape.append(old_1)
            s_tape.append(s_1)
        # for j in range(n):
        old_tape_1.append(old)
        s_tape_1.append(s)
    # return np.sum(np.sin(l))
    l_bar = np.cos(l)
    # for j in range(n):
    for j in range(2, -1, -1):
        old = old_tape_1.pop()
        s = s_tape_1.pop()
        # l[j, j] = np.sqrt(s)
        v_1 = np.sqrt(s)
        # l[i, j] = s / l[j, j]
        v_2 = 1.0 / v_1
        # for k in range(j):
        v_3 = j - 1
        v_bar = 0.0
        # for i in range(j + 1, n):
        for i in range(2, j + 1 - 1, -1):
            old_1 = pop_or(old_tape, 0.0)
            s = pop_or(s_tape, 0.0)
            # l[i, j] = s / l[j, j]
            l[i, j] = old_1
            v_bar_1 = l_bar[i, j]
            l_bar[i, j] = 0.0
            v_4 = zmul(v_bar_1, v_2)
            v_bar -= zmul(v_4, s / v_1)
            # s -= l[i, k] * l[j, k]
            v_bar_1 = -v_4
            # for k in range(j):
            for k in range(v_3, -1, -1):
                # s -= l[i, k] * l[j, k]
                l_bar[j, k] += v_bar_1 * l[i, k]
                l_bar[i, k] += v_bar_1 * l[j, k]
            # s = a[i, j]
            a_bar[i, j] += v_4
        # l[j, j] = np.sqrt(s)
        l[j, j] = old
        v_bar += l_bar[j, j]
        l_bar[j, j] = 0.0
        s_bar = zmul(v_bar, 0.5 / v_1)
        # s -= l[j, k] ** 2
        v_bar = -s_bar
        # for k in range(j):
        for k in range(v_3, -1, -1):
            # s -= l[j, k] ** 2
            l_bar[j, k] += v_bar * (l[j, k] * 2.0)
        # s = a[j, j]
        a_bar[j, j] += s_bar
    return a_bar
