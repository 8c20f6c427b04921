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


def grad_lstm_scan(w, xs):
    """(w: f64[2,4], xs: f64[3]) -> f64[2,4]"""
    tape = []
    # z = w[0] * x + w[1] * h
    v = w[0]
    v_1 = w[1]
    c = 0.0
    h = 0.0
    # for x in xs:
    for i in range(3):
        # z = w[0] * x + w[1] * h
        z = v * xs[i] + v_1 * h
        # return 1.0 / (1.0 + np.exp(-z))
        i_1 = 1.0 / (1.0 + np.exp(-z[0]))
        f = 1.0 / (1.0 + np.exp(-z[1]))
        o = 1.0 / (1.0 + np.exp(-z[2]))
        # i, f, o, g = sigmoid(z[0]), sigmoid(z[1]), sigmoid(z[2]), np.tanh(z[3])
        g = np.tanh(z[3])
        # c = f * c + i * g
        c_1 = f * c + i_1 * g
        tape.append((c, h))
        c = c_1
        h = o * np.tanh(c_1)
    v_bar = np.zeros(4)
    v_bar_1 = np.zeros(4)
    c_bar = 0.0
    h_bar = 1.0
    # for x in xs:
    for i in range(2, -1, -1):
        c, h = tape.pop()
        v_2 = xs[i]
        # z = w[0] * x + w[1] * h
        z = v * v_2 + v_1 * h
        # return 1.0 / (1.0 + np.exp(-z))
        v_3 = np.exp(-z[0])
        i_1 = 1.0 / (1.0 + v_3)
        v_4 = np.exp(-z[1])
        f = 1.0 / (1.0 + v_4)
        v_5 = np.exp(-z[2])
        o = 1.0 / (1.0 + v_5)
        # i, f, o, g = sigmoid(z[0]), sigmoid(z[1]), sigmoid(z[2]), np.tanh(z[3])
        g = np.tanh(z[3])
        # c = f * c + i * g
        c_1 = f * c + i_1 * g
        # h = o * np.tanh(c)
        v_6 = np.tanh(c_1)
        o_bar = h_bar * v_6
        c_bar += h_bar * o * ((1.0 - v_6) * (1.0 + v_6))
        # c = f * c + i * g
        g_bar = c_bar * i_1
        i_bar = c_bar * g
        f_bar = c_bar * c
        z_bar = np.zeros(4)
        # i, f, o, g = sigmoid(z[0]), sigmoid(z[1]), sigmoid(z[2]), np.tanh(z[3])
        z_bar[3] += g_bar * ((1.0 - g) * (1.0 + g))
        # return 1.0 / (1.0 + np.exp(-z))
        v_7 = o_bar * o if o_bar else 0.0
        # i, f, o, g = sigmoid(z[0]), sigmoid(z[1]), sigmoid(z[2]), np.tanh(z[3])
        z_bar[2] -= -(v_7 * o if v_7 else 0.0) * v_5
        # return 1.0 / (1.0 + np.exp(-z))
        v_8 = f_bar * f if f_bar else 0.0
        # i, f, o, g = sigmoid(z[0]), sigmoid(z[1]), sigmoid(z[2]), np.tanh(z[3])
        z_bar[1] -= -(v_8 * f if v_8 else 0.0) * v_4
        # return 1.0 / (1.0 + np.exp(-z))
        v_9 = i_bar * i_1 if i_bar else 0.0
        # i, f, o, g = sigmoid(z[0]), sigmoid(z[1]), sigmoid(z[2]), np.tanh(z[3])
        z_bar[0] -= -(v_9 * i_1 if v_9 else 0.0) * v_3
        # z = w[0] * x + w[1] * h
        v_bar = v_bar + zmul(z_bar, h)
        v_bar_1 = v_bar_1 + zmul(z_bar, v_2)
        c_bar = c_bar * f
        h_bar = zdot(z_bar, v_1)
    w_bar = np.zeros((2, 4))
    w_bar[1] += v_bar
    w_bar[0] += v_bar_1
    return w_bar
