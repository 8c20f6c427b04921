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
    h = np.tanh(x @ w + b)
    logits = h @ w.T
    # shifted = logits - np.max(logits, axis=1, keepdims=True)
    v = logits.max(axis=1)[:, None]
    shifted = logits - v
    # logp = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    v_1 = np.exp(shifted)
    # return -np.mean(logp[:, 0]) + 0.1 * np.sum(w**2)
    w_bar = 0.1 * (w * 2.0)
    logp_bar = np.zeros((3, 2))
    logp_bar[:, 0] -= 0.3333333333333333
    # logp = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    v_bar = (-logp_bar).sum(axis=1)[:, None]
    shifted_bar = logp_bar + zmul(zmul(v_bar, 1.0 / v_1.sum(axis=1)[:, None]), v_1)
    # shifted = logits - np.max(logits, axis=1, keepdims=True)
    v_2 = logits == v
    v_3 = (-shifted_bar).sum(axis=1) / np.maximum(v_2.astype(np.float64).sum(axis=1), 1.0)
    logits_bar = shifted_bar + np.where(v_2, v_3[:, None], 0.0)
    # logits = h @ w.T
    h_bar = logits_bar @ w
    w_bar = w_bar + (h.T @ logits_bar).T
    # h = np.tanh(x @ w + b)
    v_bar_1 = zmul(h_bar, (1.0 - h) * (1.0 + h))
    b_bar = v_bar_1.sum(axis=0)
    w_bar = w_bar + x.T @ v_bar_1
    return w_bar, b_bar
