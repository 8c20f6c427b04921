import numpy as np


def grad_early_return(x, limit):
    """(x: f64[6], limit: f64) -> f64[6]"""
    j_tape = []
    total_tape = []
    go_on_tape = []
    v_tape = []
    v_tape_1 = []
    i_tape = []
    count_tape = []
    i = 0
    total = 0.0
    go_on = True
    # for j in range(i):
    while go_on and i < 6:
        v = i + 1
        v_1 = np.maximum(v + -1, 0)
        j = 0
        go_on_1 = True
        while go_on_1 and j < v_1:
            # total = total + x[i] * x[j] ** 2
            v_2 = total + x[i] * x[j] ** 2
            # if total > limit:
            go_on_1 = not v_2 > limit
            # for j in range(i):
            j_tape.append(j)
            total_tape.append(total)
            j = j + 1
            total = v_2
        if go_on_1:
            # total += abs(x[i])
            v_3 = x[i]
            total += np.abs(v_3)
            # if total > limit:
            go_on = not total > limit
        else:
            total = 0.0
            go_on = False
            v_3 = 0.0
        # for j in range(i):
        go_on_tape.append(go_on_1)
        v_tape.append(total)
        v_tape_1.append(v_3)
        i_tape.append(i)
        count_tape.append(j)
        i = v
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
        go_on = go_on_tape.pop()
        v_4 = v_tape.pop()
        v_5 = v_tape_1.pop()
        i = i_tape.pop()
        count = count_tape.pop()
        if go_on:
            # if total > limit:
            if v_4 > limit:
                # return np.sin(total)
                v_bar = total_bar + result_bar * np.cos(v_4)
                result_bar = 0.0
            else:
                v_bar = total_bar
            # total += abs(x[i])
            x_bar[i] += v_bar * np.sign(v_5)
            total_bar = v_bar
        else:
            total_bar = 0.0
        # for j in range(i):
        for _ in range(count):
            j = j_tape.pop()
            total = total_tape.pop()
            # total = total + x[i] * x[j] ** 2
            v_6 = x[i]
            v_7 = x[j]
            v_8 = v_7 ** 2
            v_9 = total + v_6 * v_8
            # if total > limit:
            if v_9 > limit:
                # return total * x[0]
                v_bar = total_bar + result_bar * x[0]
                x_bar[0] += result_bar * v_9
                result_bar = 0.0
            else:
                v_bar = total_bar
            # total = total + x[i] * x[j] ** 2
            x_bar[j] += v_bar * v_6 * (v_7 * 2.0)
            x_bar[i] += v_bar * v_8
            total_bar = v_bar
    return x_bar
