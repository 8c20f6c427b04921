import numpy as np


def zmul(g, p):
    """g * p, but 0 wherever g is 0. Where p is infinite or NaN there, so that the product is NaN, it is mended."""
    product = g * p
    square = np.vdot(product, product)
    if square == square:
        return product
    return np.where(g == 0, 0, product)[()]


def grad_mlp_loss(w, b, x):
    """(w: f64[2,2], b: f64[2], x: f64[3,2]) -> f64[2,2], f64[2]"""
    # h = np.tanh(x @ w + b)
    v = np.tanh(x @ w + b)
    # logits = h @ w.T
    v_1 = v @ w.T
    # shifted = logits - np.max(logits, axis=1, keepdims=True)
    v_2 = np.max(v_1, axis=1).reshape((3, 1))
    # logp = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    v_3 = np.exp(v_1 - v_2)
    # return -np.mean(logp[:, 0]) + 0.1 * np.sum(w**2)
    w_bar = 0.1 * (w * 2.0)
    v_bar = np.zeros((3, 2))
    v_bar[:, 0] += -0.3333333333333333
    # logp = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    v_4 = 1.0 / np.sum(v_3, axis=1).reshape((3, 1))
    v_bar = v_bar + zmul(zmul(np.sum(-v_bar, axis=1).reshape((3, 1)), v_4), v_3)
    # shifted = logits - np.max(logits, axis=1, keepdims=True)
    v_5 = v_1 == v_2
    v_6 = (np.sum(-v_bar, axis=1) / np.maximum(np.sum(v_5.astype(np.float64), axis=1), 1.0)).reshape((3, 1))
    v_bar = v_bar + np.where(v_5, v_6, 0.0)
    # logits = h @ w.T
    v_bar_1 = v_bar @ w
    w_bar = w_bar + (v.T @ v_bar).T
    # h = np.tanh(x @ w + b)
    v_bar = zmul(v_bar_1, (1.0 - v) * (1.0 + v))
    b_bar = np.sum(v_bar, axis=0)
    w_bar = w_bar + x.T @ v_bar
    return w_bar, b_bar
