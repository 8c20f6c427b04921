"""Programs as networks are written in plain NumPy: layers that are objects, shapes that are computed, caches of steps.

They join those of `tests.language_corpus`, and of `tests.derivative_corpus`.
"""

import numpy as np

from tests.derivative_corpus import case
from tests.language_corpus import mat, on, refused, vec

# -- shapes and axes that arrays say -----------------------------------------------------------------------------------


@on((np.arange(24.0).reshape(2, 3, 4), 2), everywhere=True)
def shapes_that_arrays_say(x, n):
    inner = np.prod(x.shape[1:])
    order = np.argsort((2, 0, 1))
    wide = np.array([n, 2])
    wide[1] *= 2
    parts = np.split(x.ravel(), np.cumsum([3, 5])[:2])
    padded = np.zeros(np.array(x.shape) + n)
    assert np.prod(wide) == 8
    return x.reshape(-1, inner), x.transpose(order), np.ones(wide), [len(p) for p in parts], padded.shape, inner


@on((vec(1, 2, 3, 4), 4), (vec(1, 2, 3, 4), 2), everywhere=True)
def branches_on_arrays_of_constants(x, n):
    sizes = np.array([n, 2])
    sizes[0] -= 1
    if np.max(sizes) > 2:
        return x.reshape(2, -1) * np.mean(sizes)
    return (float(np.sum(x)),)


@on((mat(2, 3),))
def axes_in_lists(x):
    return np.flip(x, [0, 1]), np.moveaxis(x, [0], [1]), np.expand_dims(x, [0, 2]).shape, np.sum(x, (0, 1))


@refused((mat(2, 3),))
def axes_of_a_sum_in_a_list(x):
    return np.sum(x, axis=[0, 1])


# -- what a flag says is done already ----------------------------------------------------------------------------------


class Steep:
    def __init__(self, slope):
        self.slope = slope

    def __str__(self):
        return f"Steep(slope={self.slope})"

    def __call__(self, x):
        return np.where(x > 0, x, self.slope * x)


class Layer:
    """A layer that makes its weights at its first call, as the name of its function says."""

    def __init__(self, shape, ready):
        self.function, self.shape, self.ready = Steep(0.25), shape, False
        if ready:
            self.begin()

    def begin(self):
        gain = 2.0 if "relu" in str(self.function).lower() else 1.0
        self.weights, self.ready = np.full(self.shape, gain), True

    def __call__(self, x):
        if not self.ready:
            self.begin()
        return self.function(x @ self.weights)


@on((Layer((2, 3), True), vec(1, -2)), everywhere=True)
def made_at_the_first_call(layer, x):
    return layer(x), layer.ready


# -- ranges of a length that data decide -------------------------------------------------------------------------------


def first_above(v, level):
    k = 0
    while v[k] < level:
        k += 1
    return k


@on((vec(1, 2, 3, 4, 5), 3.5), (vec(1, 2, 3, 4, 5), 0.0), everywhere=True)
def ranges_of_run_time_length_as_indices(v, level):
    k = first_above(v, level)
    table = np.outer(v, v)
    rows = table[range(k)]
    v[range(0, k, 2)] += 10.0
    return rows.sum(), table[range(k), range(k)], table[1, range(k)], v, v[range(k)] @ v[:k]


@on((vec(1, 2, 3, 4, 5), 3.5), (vec(1, 2, 3, 4, 5), 2.0), everywhere=True)
def ranges_of_run_time_length_as_arrays(v, level):
    k = first_above(v, level)
    return np.array(range(k)), np.sum(range(k)), v[:k] * range(k), range(1, k + 1) - v[:k], np.sqrt(range(k))


# -- windows with a step -----------------------------------------------------------------------------------------------


def patches(image, k, step):
    """What each weight of a convolution sees, taken apart by slices whose start a loop decides."""
    rows, columns = (image.shape[0] - k) // step + 1, (image.shape[1] - k) // step + 1
    seen = np.zeros((k, k, rows, columns))
    for y in range(k):
        last = y + step * rows
        for x in range(k):
            seen[y, x] = image[y:last:step, x : x + step * columns : step]
    return seen


@on((mat(7, 6), 3, 2), (mat(7, 6), 2, 2), (mat(7, 6), 2, 3), (mat(4, 4), 3, 1), everywhere=True)
def patches_of_an_image(image, k, step):
    return patches(image, k, step)


@on((mat(7, 6), 3, 2), (mat(7, 6), 2, 3), everywhere=True)
def patches_put_back(image, k, step):
    seen = patches(image, k, step)
    back = np.zeros((image.shape[0] + step, image.shape[1] + step))
    for y in range(k):
        for x in range(k):
            back[y : y + step * seen.shape[2] : step, x : x + step * seen.shape[3] : step] += seen[y, x]
    return back[: image.shape[0], : image.shape[1]]


@case(np.sin(mat(5, 6)), 2)
def energy_of_patches(image, step):
    return np.sum(np.tanh(patches(image, 3, step)) ** 2)


@on((vec(*range(10)), 4), (vec(*range(10)), 9))
def windows_with_a_step_at_the_end(v, n):
    total = 0.0
    for i in range(n):
        w = v[i : i + 5 : 2]
        w += 1
        v[i : i + 4 : 3] = -i
        total += w.sum() * len(v[i : i + 3 : 2])
    return total, v


@on((vec(*range(10)), 4))
def windows_with_a_step_from_before_the_end(v, n):
    total = 0.0
    for i in range(-n, 3):
        total += v[i : i + 4 : 2].sum() * i
    return total


@on((30,))
def multiples_struck_out(n):
    prime = np.ones(n + 1, dtype=bool)
    prime[:2] = False
    for i in range(2, int(n**0.5) + 1):
        if prime[i]:
            prime[i * i :: i] = False
    return np.sum(prime), prime


# -- caches of steps, each an object -----------------------------------------------------------------------------------


class Step:
    """A step of a network that keeps what its way back needs; what it gave is also that of its inner part."""

    def __init__(self, gate):
        self.gate, self.out, self.seen = gate, None, None

    def forward(self, x, state):
        self.out = np.tanh(self.gate * x + state)
        self.seen = (x, self.out, [state, self.out])
        return self.out

    def backward(self, slope):
        x, out, (state, again) = self.seen
        inner = slope * (1 - out * again)
        return inner * self.gate, inner, np.sum(inner * x) + 0 * state[0]


class Steps:
    def __init__(self, gate):
        self.gate, self.steps = gate, None

    def forward(self, xs):
        self.steps, state, outs = [], np.zeros(xs.shape[1]), np.empty_like(xs)
        for t in range(xs.shape[0]):
            step = Step(self.gate)
            state = step.forward(xs[t], state)
            outs[t] = state
            self.steps.append(step)
        return outs

    def backward(self, slopes):
        back, gate, carried = np.empty_like(slopes), 0, 0
        for t in reversed(range(slopes.shape[0])):
            back[t], carried, more = self.steps[t].backward(slopes[t] + carried)
            gate += more
        return back, gate


@on((Steps(0.5), np.sin(mat(4, 3)), np.cos(mat(4, 3))), everywhere=True)
def steps_there_and_back(steps, xs, slopes):
    outs = steps.forward(xs)
    return outs, *steps.backward(slopes), steps.steps[1].out is steps.steps[1].seen[1]


@on((vec(0, 1, 2), 0.5), (vec(0, 1, 2), 1.5))
def one_object_twice_in_an_item(v, level):
    steps = [Step(0.5 * k) for k in range(3)]
    for k, step in enumerate(steps):
        step.forward(v, v + k)
    last = steps[first_above(v, level)]
    return last.out is last.seen[1], last.backward(v), last.seen[2][1][0]


@case(np.sin(mat(4, 3)), 0.5, wrt=(0, 1))
def energy_of_steps(xs, gate):
    return np.sum(Steps(gate).forward(xs) ** 2)


# -- what a training loop prints ---------------------------------------------------------------------------------------


@on(
    (2.75, vec(1.5, 2.25, -7), 3, True, np.float32(0.1), np.uint8(7)),
    (-2.75, vec(1e9, 2), 12, False, np.float16(2), np.int32(-7)),
)
def progress(x, losses, n, flag, rate, count):
    loss = np.mean(losses)
    print("iter %d, loss: %f" % (n, loss), "%5.2f|%-11.3e|%g" % (loss, losses[0], loss))
    print("%d %i %d%% %05d %+d" % (loss, x, x, n, count), "%.3f %8.2f %s" % (rate, rate, rate))
    print("%f %.1f %d %f" % (count, count, flag, flag), "%s %r" % (loss, x))
    print("%2s|%-6s" % (str(n), str(x)), f"{str(n):>5}|{repr(x):^9}|{str(loss):>24}")


@on((vec(np.nan),), (vec(np.inf),))
def percent_of_no_int(losses):
    print("%d" % np.max(losses))


@refused((vec(1.5),))
def percent_of_a_float_in_hexadecimal(losses):
    print("%x" % np.max(losses))


# -- rows of a table at places that a mask leaves ----------------------------------------------------------------------

PLACES, SLOPES = np.array([0, 3, 3, 1, 0, -1]), np.arange(18.0).reshape(6, 3)


@on((mat(5, 3), PLACES, SLOPES, 1), (mat(5, 3), PLACES * 0, SLOPES, 2), (mat(5, 3), PLACES, SLOPES, 9), everywhere=True)
def slopes_of_a_table(table, places, slopes, far):
    kept = places != 0
    added = np.zeros_like(table)
    np.add.at(added, places[kept], slopes[kept])
    table[places[kept]] = slopes[kept]
    table[places[kept]] *= 2
    table[places[kept]] -= np.arange(3.0)
    np.add.at(table, places[kept] * far, np.ones((1, 3)))
    return added, table


@on((mat(5, 3), PLACES, SLOPES), everywhere=True)
def too_few_rows(table, places, slopes):
    table[places[places != 0]] = slopes[:2]


@on((mat(5, 3), PLACES, SLOPES))
def too_few_rows_to_add(table, places, slopes):
    np.add.at(table, places[places != 0], slopes[:2])


@case(mat(5, 3) / 3, SLOPES / 5, PLACES, wrt=(0, 1))
def loss_of_a_table(table, slopes, places):
    kept = places != 0
    table = table.copy()
    table[places[kept]] = np.sin(slopes[kept])
    np.add.at(table, places[kept], slopes[kept] ** 2)
    return np.sum(np.cos(table))


# -- instances of classes without an __init__ --------------------------------------------------------------------------


class Curve:
    def __call__(self, x):
        return self.forward(x)


class Bend(Curve):
    """It gets its attributes when it is used, if any."""

    steepness = 2.0

    def forward(self, x):
        self.out = np.tanh(self.steepness * x)
        return self.out

    def backward(self, slope):
        return slope * self.steepness * (1 - self.out**2)


class Ramp(Curve):
    def forward(self, x):
        return np.maximum(x, 0.1 * x)


@on((Bend(), [Ramp(), Bend()], vec(1, -2)), (Ramp(), [Bend(), Ramp()], vec(1, -2)), everywhere=True)
def curves_without_an_init(curve, others, x):
    y = curve(x)
    for other in others:
        y = other(y)
    alike = curve is others[0], isinstance(others[1], Curve), hasattr(others[0], "out")
    slope = curve.backward(x) if isinstance(curve, Bend) else others[0].backward(x)
    return y, slope, curve, others, alike


RAMP = Ramp()


@on((vec(1, -2),), everywhere=True)
def a_global_without_an_init(x):
    return RAMP(x), RAMP.forward(2 * x), RAMP is Curve


@case(np.sin(mat(2, 3)))
def energy_of_curves(x):
    return np.sum(Bend()(RAMP(x)) ** 2)


@refused((2.0,))
def a_string_that_a_number_chooses(x):
    name = "up" if x > 0 else "down"
    return {"up": 1.0, "down": 2.0}[name] * x
