import numpy as np


def zmul(g, p):
    """g * p, but 0 wherever g is 0. Where p is infinite or NaN there, so that the product is NaN, it is mended."""
    product = g * p
    square = np.vdot(product, product)
    if square == square:
        return product
    return np.where(g == 0, 0, product)[()]


def zdot(g, p):
    """The sum of g * p, two vectors, but nothing for what is 0 in g. If no product is NaN, there is nothing to mend."""
    product = g @ p
    return product if product == product else np.sum(np.where(g == 0, 0, g * p))


def grad_of_durbin(r):
    """(r: f64[4]) -> f64[4]"""
    tape = []
    # alpha, beta = -r[0], 1.0
    alpha = -r[0]
    y = np.zeros(4)
    # y[0] = -r[0]
    y[0] = alpha
    beta = 1.0
    # for k in range(1, len(r)):
    for k in range(1, 4):
        # beta *= 1.0 - alpha * alpha
        beta_1 = beta * (1.0 - alpha * alpha)
        # alpha = -(r[k] + r[k - 1 :: -1] @ y[:k]) / beta
        v = y[:k]
        alpha_1 = -(r[k] + r[:k][::-1] @ v) / beta_1
        # y[:k] += alpha * y[k - 1 :: -1]
        v_1 = y.copy()
        v_1[:k] = v + alpha_1 * v[::-1]
        # y[k] = alpha
        v_1[k] = alpha_1
        tape.append((beta, alpha, y))
        beta = beta_1
        alpha = alpha_1
        y = v_1
    # return np.sum(durbin_with_negative_steps(r) ** 2)
    y_bar = y * 2.0
    v_bar = np.zeros(8)
    r_bar = np.zeros(4)
    beta_bar = 0.0
    alpha_bar = 0.0
    # for k in range(1, len(r)):
    for k in range(3, 0, -1):
        beta, alpha, y = tape.pop()
        # beta *= 1.0 - alpha * alpha
        v_2 = 1.0 - alpha * alpha
        beta_1 = beta * v_2
        # alpha = -(r[k] + r[k - 1 :: -1] @ y[:k]) / beta
        v_3 = r[:k][::-1]
        v_4 = y[:k]
        alpha_1 = -(r[k] + v_3 @ v_4) / beta_1
        # y[k] = alpha
        alpha_bar += y_bar[k]
        y_bar[k] = 0.0
        # y[:k] += alpha * y[k - 1 :: -1]
        v_5 = y_bar[:k]
        alpha_bar += zdot(v_5, v_4[::-1])
        y_bar[:k] += zmul(v_5, alpha_1)[::-1]
        # alpha = -(r[k] + r[k - 1 :: -1] @ y[:k]) / beta
        v_6 = alpha_bar / beta_1 if alpha_bar else 0.0
        beta_bar -= v_6 * alpha_1 if v_6 else 0.0
        v_bar_1 = -v_6
        y_bar[:k] += v_bar_1 * v_3
        v_bar[4 - k:4] += v_bar_1 * v_4
        r_bar[k] += v_bar_1
        # beta *= 1.0 - alpha * alpha
        v_bar_1 = -(beta_bar * beta if beta_bar else 0.0)
        alpha_bar = v_bar_1 * alpha if v_bar_1 else 0.0
        alpha_bar += alpha_bar
        beta_bar = beta_bar * v_2 if beta_bar else 0.0
    # alpha = -(r[k] + r[k - 1 :: -1] @ y[:k]) / beta
    r_bar[::-1] += v_bar[:4]
    # y[0] = -r[0]
    alpha_bar += y_bar[0]
    # alpha, beta = -r[0], 1.0
    r_bar[0] -= alpha_bar
    return r_bar
