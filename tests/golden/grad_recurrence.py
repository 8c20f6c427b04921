import numpy as np


def grad_recurrence(a):
    """(a: f64[6]) -> f64[6]"""
    tape = []
    x = a.copy()
    # for i in range(1, len(x)):
    for i in range(1, 6):
        # x[i] = np.sin(x[i - 1]) * x[i]
        v = x[i - 1]
        v_1 = x[i]
        x[i] = np.sin(v) * v_1
        tape.append((v_1, v))
    # return np.sum(x * x)
    x_bar = x + x
    # for i in range(1, len(x)):
    for i in range(5, 0, -1):
        v_2, v_3 = tape.pop()
        # x[i] = np.sin(x[i - 1]) * x[i]
        v_bar = x_bar[i]
        x_bar[i] = v_bar * np.sin(v_3)
        x_bar[i - 1] += v_bar * v_2 * np.cos(v_3)
    return x_bar
