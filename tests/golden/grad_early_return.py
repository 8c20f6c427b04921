import numpy as np


def grad_early_return(x, limit):
    """(x: f64[6], limit: f64) -> f64[6]"""
    tape = []
    tape_1 = []
    i = 0
    total = 0.0
    go_on = True
    # for j in range(i):
    while go_on and i < 6:
        v = i + 1
        v_1 = np.maximum(v - 1, 0)
        j = 0
        go_on_1 = True
        while go_on_1 and j < v_1:
            # total = total + x[i] * x[j] ** 2
            total_1 = total + x[i] * x[j] ** 2
            # if total > limit:
            go_on_1 = not total_1 > limit
            tape.append((j, total))
            j = j + 1
            total = total_1
        # for j in range(i):
        if go_on_1:
            # total += abs(x[i])
            total_1 = total + np.abs(x[i])
            # if total > limit:
            go_on = not total_1 > limit
        else:
            total_1 = 0.0
            go_on = False
        tape_1.append((go_on_1, i, total, j))
        i = v
        total = total_1
    # for i in range(len(x)):
    if go_on:
        total_bar = 1.0
        result_bar = 0.0
    else:
        total_bar = 0.0
        result_bar = 1.0
    # for j in range(i):
    x_bar = np.zeros(6)
    for _ in range(i):
        go_on, i, total, count = tape_1.pop()
        if go_on:
            # total += abs(x[i])
            v_2 = x[i]
            total += np.abs(v_2)
            if total > limit:
                # return np.sin(total)
                total_bar += result_bar * np.cos(total)
                result_bar = 0.0
            # total += abs(x[i])
            x_bar[i] += total_bar * np.sign(v_2)
        else:
            total_bar = 0.0
        # for j in range(i):
        for _ in range(count):
            j, total = tape.pop()
            # total = total + x[i] * x[j] ** 2
            v_3 = x[i]
            v_4 = x[j]
            v_5 = v_4 ** 2
            total = total + v_3 * v_5
            if total > limit:
                # return total * x[0]
                total_bar += result_bar * x[0]
                x_bar[0] += result_bar * total
                result_bar = 0.0
            # total = total + x[i] * x[j] ** 2
            x_bar[j] += total_bar * v_3 * (v_4 * 2.0)
            x_bar[i] += total_bar * v_5
    return x_bar
