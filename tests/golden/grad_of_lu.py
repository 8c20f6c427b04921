import numpy as np


def zmul(g, p):
    """g * p, but 0 wherever g is 0. Where p is infinite or NaN there, so that the product is NaN, it is mended."""
    product = g * p
    square = np.vdot(product, product)
    if square == square:
        return product
    return np.where(g == 0, 0, product)[()]


def grad_of_lu(a):
    """(a: f64[6,6]) -> f64[6,6]"""
    a = a.copy()
    tape = []
    # for k in range(n):
    for k in range(6):
        # a[k + 1 :, k] /= a[k, k]
        v = a[k, k]
        v_1 = a[:, k].copy()
        v_2 = v_1[k + 1:] / v
        v_3 = v_1.copy()
        v_3[k + 1:] = v_2
        a[k + 1:, k] = v_2
        # a[k + 1 :, k + 1 :] -= np.outer(a[k + 1 :, k], a[k, k + 1 :])
        v_4 = a[k].copy()
        a[k + 1:, k + 1:] -= v_3[k + 1:, None] * v_4[None, k + 1:]
        tape.append((v_1, v, v_4))
    # return np.sum(np.sin(lu(a)))
    a_bar = np.cos(a)
    # for k in range(n):
    for k in range(5, -1, -1):
        v_5, v_6, v_7 = tape.pop()
        v_5 = v_5.copy()
        # a[k + 1 :, k] /= a[k, k]
        v_8 = v_5[k + 1:] / v_6
        v_5[k + 1:] = v_8
        # a[k + 1 :, k + 1 :] -= np.outer(a[k + 1 :, k], a[k, k + 1 :])
        v_bar = -a_bar[k + 1:, k + 1:]
        v_bar_1 = np.zeros((6, 6))
        v_bar_1[k + 1:, k + 1:] = zmul(v_bar, v_5[k + 1:, None])
        v_bar_2 = np.zeros((6, 6))
        v_bar_2[k + 1:, k + 1:] = zmul(v_bar, v_7[None, k + 1:])
        a_bar[k] += v_bar_1.sum(axis=0)
        # a[k + 1 :, k] /= a[k, k]
        v_bar_3 = v_bar_2.sum(axis=1) + a_bar[:, k]
        v_bar_4 = np.where(np.arange(6) >= k + 1, 0.0, v_bar_3)
        v_9 = zmul(v_bar_3[k + 1:], 1.0 / v_6)
        v_10 = -zmul(v_9, v_8)
        v_bar_4[k + 1:] += v_9
        a_bar[:, k] = v_bar_4
        a_bar[k, k] += v_10.sum()
    return a_bar
