"""Learns to read handwritten digits: 1,797 real images, a network of two layers, plain NumPy.

`predict`, `loss` and `update` are ordinary functions and run undecorated. `update` contains the differentiation, and is
compiled as a whole. The program finds a shape error before any training, trains, and measures the time of a step
beside the same step written by hand for jax.
"""

import statistics
import time

import jax
import jax.numpy as jnp
import numpy as np
from sklearn.datasets import load_digits

from myialike import check, compile, value_and_grad
from myialike.errors import ShapeError

HIDDEN = 64
EPOCHS = 40
BATCH = 64
RATE = 0.1
MOMENTUM = 0.9


def predict(params, x):
    """Scores f32[n,10] of the ten digits for the images x, f32[n,64]."""
    hidden = np.tanh(x @ params["w1"] + params["b1"])
    return hidden @ params["w2"] + params["b2"]


def loss(params, x, y):
    """Mean cross-entropy of softmax(predict(x)) and the one-hot targets y, f32[n,10]."""
    scores = predict(params, x)
    top = np.max(scores, axis=1, keepdims=True)
    log_total = top + np.log(np.sum(np.exp(scores - top), axis=1, keepdims=True))
    return np.mean(np.sum(y * (log_total - scores), axis=1))


def momentum_step(param, velocity, slope, rate):
    """The parameter and its velocity after one step of gradient descent with momentum."""
    velocity = MOMENTUM * velocity - rate * slope
    return param + velocity, velocity


def update(params, velocity, x, y, rate):
    """The loss on a batch, then the parameters and velocities after one step."""
    value, slope = value_and_grad(loss)(params, x, y)
    w1, v1 = momentum_step(params["w1"], velocity["w1"], slope["w1"], rate)
    b1, c1 = momentum_step(params["b1"], velocity["b1"], slope["b1"], rate)
    w2, v2 = momentum_step(params["w2"], velocity["w2"], slope["w2"], rate)
    b2, c2 = momentum_step(params["b2"], velocity["b2"], slope["b2"], rate)
    params = {"w1": w1, "b1": b1, "w2": w2, "b2": b2}
    velocity = {"w1": v1, "b1": c1, "w2": v2, "b2": c2}
    return value, params, velocity


step = compile(update)


@jax.jit
def jax_step(params, velocity, x, y, rate):
    """`update` written by hand for jax: what we compare our time with."""

    def jax_loss(params):
        hidden = jnp.tanh(x @ params["w1"] + params["b1"])
        scores = hidden @ params["w2"] + params["b2"]
        top = jnp.max(scores, axis=1, keepdims=True)
        log_total = top + jnp.log(jnp.sum(jnp.exp(scores - top), axis=1, keepdims=True))
        return jnp.mean(jnp.sum(y * (log_total - scores), axis=1))

    value, slope = jax.value_and_grad(jax_loss)(params)
    velocity = jax.tree.map(lambda v, g: MOMENTUM * v - rate * g, velocity, slope)
    params = jax.tree.map(lambda p, v: p + v, params, velocity)
    return value, params, velocity


def load(rng):
    """Images f32[n,64] in 0..1 and digits i64[n], shuffled: (x, y) for training, (x, y) held out."""
    data = load_digits()
    order = rng.permutation(len(data.target))
    x, y = np.float32(data.data[order] / 16.0), data.target[order]
    split = len(y) * 4 // 5
    return (x[:split], y[:split]), (x[split:], y[split:])


def initial(rng, inputs, outputs):
    """Random weights, scaled so that signals keep their size, and zero biases."""
    return {
        "w1": np.float32(rng.normal(size=(inputs, HIDDEN)) / np.sqrt(inputs)),
        "b1": np.zeros(HIDDEN, np.float32),
        "w2": np.float32(rng.normal(size=(HIDDEN, outputs)) / np.sqrt(HIDDEN)),
        "b2": np.zeros(outputs, np.float32),
    }


def accuracy(params, x, digits):
    """The part of the images that are read right: `predict` undecorated, in NumPy."""
    return np.mean(np.argmax(predict(params, x), axis=1) == digits)


def show_shape_error(params, velocity, x, y):
    """What the compiler says when the second weight matrix is the wrong way round."""
    wrong = {**params, "w2": params["w2"].T}
    try:
        check(update, wrong, velocity, x, y, RATE)
    except ShapeError as error:
        print(f"A deliberate mistake, found before any training:\n\n{error}\n")
    else:
        raise SystemExit("the shape error was not found")


def train(params, velocity, x, y, held_out, rng):
    """Trains by mini-batches, printing progress; returns the parameters."""
    for epoch in range(EPOCHS):
        order = rng.permutation(len(x))
        total = 0.0
        batches = [order[i : i + BATCH] for i in range(0, len(x) - BATCH + 1, BATCH)]
        for batch in batches:
            value, params, velocity = step(params, velocity, x[batch], y[batch], RATE)
            total += value
        if epoch % 5 == 4:
            print(f"epoch {epoch + 1:3}: loss {total / len(batches):.4f}, held out {accuracy(params, *held_out):.1%}")
    return params


def compare(f, g, args, repeats=21, calls=50):
    """Seconds per call of f and of g, and the ratio: medians of alternating measurements on the same arguments."""

    def seconds(function):
        start = time.perf_counter()
        for _ in range(calls):
            result = function(*args)
        jax.block_until_ready(result)
        return (time.perf_counter() - start) / calls

    seconds(f), seconds(g)  # compile
    pairs = [(seconds(f), seconds(g)) for _ in range(repeats)]
    ratio = statistics.median(first / second for first, second in pairs)
    return *(statistics.median(times) for times in zip(*pairs, strict=True)), ratio


def numpy_jax_step(*args):
    """`jax_step` with NumPy results, as ours has for NumPy arguments."""
    return jax.tree.map(np.asarray, jax_step(*args))


def show_times(args):
    """Prints our time per step beside that of hand-written jax, for arrays of both libraries."""
    print(f"{'time per step':<16}{'ours':>8}{'jax by hand':>16}{'ratio':>8}")
    jax_args = jax.tree.map(jnp.asarray, args)
    for name, theirs, arrays in (("jax arrays", jax_step, jax_args), ("NumPy arrays", numpy_jax_step, args)):
        ours, others, ratio = compare(step, theirs, (*arrays, RATE))
        print(f"{name:<16}{ours * 1e6:>5.0f} us{others * 1e6:>13.0f} us{ratio:>8.2f}")


def main():
    """Checks, trains, tests and measures."""
    rng = np.random.default_rng(0)
    (x, digits), held_out = load(rng)
    y = np.eye(10, dtype=np.float32)[digits]
    params = initial(rng, x.shape[1], y.shape[1])
    velocity = {name: np.zeros_like(value) for name, value in params.items()}
    batch = (x[:BATCH], y[:BATCH])

    show_shape_error(params, velocity, *batch)

    start = time.perf_counter()
    trained = train(params, velocity, x, y, held_out, rng)
    print(f"trained in {time.perf_counter() - start:.1f} s, with compilation")
    print(f"final accuracy on {len(held_out[0])} held-out images: {accuracy(trained, *held_out):.2%}\n")

    show_times((params, velocity, *batch))


if __name__ == "__main__":
    main()
