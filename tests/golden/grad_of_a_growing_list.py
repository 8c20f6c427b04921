import numpy as np
import myialike.errors


def grad_of_a_growing_list(x):
    """(x: f64) -> f64"""
    xs_length_tape = []
    # xs.append(xs[-1] * 1.3 + 0.1 * x)
    xs = np.concatenate([[x], np.zeros(63)])
    v = 0.1 * x
    xs_length = 1
    count = 0
    while True:
        # while xs[-1] < 3.0:
        v_1 = -1 + xs_length
        if not 0 <= v_1 < xs_length:
            raise IndexError("list index out of range")
        if not xs[v_1] < 3.0:
            break
        v_2 = -1 + xs_length
        if not 0 <= v_2 < xs_length:
            raise IndexError("list index out of range")
        v_3 = xs_length + 1
        if v_3 > 64:
            raise myialike.errors.CapacityError(f"run_time_size_corpus.py:.. needs {v_3}")
        xs[xs_length] = xs[v_2] * 1.3 + v
        xs_length_tape.append(xs_length)
        count += 1
        xs_length = v_3
    # for k, y in enumerate(xs):
    xs_bar = np.zeros(64)
    for i in range(xs_length - 1, -1, -1):
        y = xs[i]
        # total += np.sin(y) / (k + 1)
        y_bar = 1.0 / np.float64(i + 1) * np.cos(y)
        xs_bar[i] += y_bar
    v_bar = 0.0
    # xs.append(xs[-1] * 1.3 + 0.1 * x)
    for _ in range(count):
        xs_length = xs_length_tape.pop()
        v_bar_1 = xs_bar[xs_length]
        xs_bar[xs_length] = 0.0
        v_bar += v_bar_1
        xs_bar[-1 + xs_length] += v_bar_1 * 1.3
    x_bar = v_bar * 0.1 + xs_bar[:1][0]
    return x_bar
