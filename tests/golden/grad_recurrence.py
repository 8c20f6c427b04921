import numpy as np


def grad_recurrence(a):
    """(a: f64[6]) -> f64[6]"""
    a = a.copy()
    v_tape = []
    v_tape_1 = []
    v_tape_2 = []
    # for i in range(1, len(x)):
    for i in range(1, 6):
        # x[i] = np.sin(x[i - 1]) * x[i]
        v = a[i - 1]
        v_1 = np.sin(v)
        v_2 = a[i]
        a[i] = v_1 * v_2
        # for i in range(1, len(x)):
        v_tape.append(v_1)
        v_tape_1.append(v_2)
        v_tape_2.append(v)
    # return np.sum(x * x)
    a_bar = a + a
    # for i in range(1, len(x)):
    for i in range(5, 0, -1):
        v_3 = v_tape.pop()
        v_4 = v_tape_1.pop()
        v_5 = v_tape_2.pop()
        # x[i] = np.sin(x[i - 1]) * x[i]
        v_bar = a_bar[i]
        a_bar[i] = v_bar * v_3
        a_bar[i - 1] += v_bar * v_4 * np.cos(v_5)
    return a_bar
