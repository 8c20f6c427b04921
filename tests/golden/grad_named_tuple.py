import numpy as np


def grad_named_tuple(p, p_1):
    """(p: f64, p_1: f64) -> f64, f64"""
    q_tape = []
    # q = Point(p.y * p.x, np.sin(p.x))
    x = p_1 * p
    y = np.sin(p)
    q = x
    q_1 = y
    for _ in range(2):
        q_tape.append(q_1)
        q, q_1 = q_1 * p, q + p_1
    q_bar = q_1
    q_bar_1 = q
    p_bar = 0.0
    p_bar_1 = 1.0
    for _ in range(1, -1, -1):
        q = q_tape.pop()
        # q = Point(q.y * p.x, q.x + p.y)
        p_bar += q_bar_1
        p_bar_1 += q_bar * q
        q_bar, q_bar_1 = q_bar_1, q_bar * p
    # q = Point(p.y * p.x, np.sin(p.x))
    p_bar_1 = p_bar_1 + q_bar_1 * np.cos(p) + q_bar * p_1
    p_bar += q_bar * p
    return p_bar_1, p_bar
