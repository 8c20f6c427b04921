import numpy as np


def grad_recurrence(a):
    """(a: f64[6]) -> f64[6]"""
    v_tape = []
    x = a.copy()
    # for i in range(1, len(x)):
    for i in range(1, 6):
        # x[i] = np.sin(x[i - 1]) * x[i]
        v = x[i]
        x[i] = np.sin(x[i - 1]) * v
        v_tape.append(v)
    # return np.sum(x * x)
    x_bar = x + x
    # for i in range(1, len(x)):
    for i in range(5, 0, -1):
        v_1 = v_tape.pop()
        # x[i] = np.sin(x[i - 1]) * x[i]
        v_2 = x[i - 1]
        x[i] = v_1
        v_bar = x_bar[i]
        x_bar[i] = v_bar * np.sin(v_2)
        x_bar[i - 1] += v_bar * v_1 * np.cos(v_2)
    return x_bar
