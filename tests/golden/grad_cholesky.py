import numpy as np


def grad_cholesky(a):
    """(a: f64[3,3]) -> f64[3,3]"""
    tape = []
    tape_1 = []
    l = np.zeros((3, 3))
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
            tape.append((old_1, s_1))
        tape_1.append((old, s))
    # return np.sum(np.sin(l))
    l_bar = np.cos(l)
    a_bar = np.zeros((3, 3))
    # for j in range(n):
    for j in range(2, -1, -1):
        old, s = tape_1.pop()
        # l[j, j] = np.sqrt(s)
        v_1 = np.sqrt(s)
        # l[i, j] = s / l[j, j]
        v_2 = 1.0 / v_1
        # for k in range(j):
        v_3 = j - 1
        v_bar = 0.0
        # for i in range(j + 1, n):
        for i in range(2, j + 1 - 1, -1):
            old_1, s = tape.pop() if tape else (0.0, 0.0)
            # l[i, j] = s / l[j, j]
            l[i, j] = old_1
            v_bar_1 = l_bar[i, j]
            l_bar[i, j] = 0.0
            v_4 = v_bar_1 * v_2 if v_bar_1 else 0.0
            v_bar -= v_4 * (s / v_1) if v_4 else 0.0
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
        s_bar = v_bar * (0.5 / v_1) if v_bar else 0.0
        # s -= l[j, k] ** 2
        v_bar = -s_bar
        # for k in range(j):
        for k in range(v_3, -1, -1):
            # s -= l[j, k] ** 2
            l_bar[j, k] += v_bar * (l[j, k] * 2.0)
        # s = a[j, j]
        a_bar[j, j] += s_bar
    return a_bar
