"""An ODE solver that chooses its own steps, differentiated twice with respect to a parameter of the equation.

The method is that of Bogacki and Shampine, "A 3(2) pair of Runge-Kutta formulas" (Applied Mathematics Letters 2, 1989):
each step of third order comes with an error estimate, from which the step is accepted or rejected and the next step
size follows. How many steps there are, and which are rejected, depends on the data.

The equation is logistic growth, y' = rate * y * (1 - y), whose solution and derivatives are known.
"""

import math

from myialike import compile, grad, stop_gradient, value_and_grad


def integrate(slope, y, t, end, tol):
    """The value at `end` of the solution of y' = slope(t, y) through (t, y); tol bounds the error of each step."""
    h = 0.1 * (end - t)
    while t < end:
        h = stop_gradient(min(h, end - t))  # a choice of the method: it has no part in the solution's derivative
        k1 = slope(t, y)
        k2 = slope(t + 0.5 * h, y + 0.5 * h * k1)
        k3 = slope(t + 0.75 * h, y + 0.75 * h * k2)
        y_next = y + h * (2.0 * k1 + 3.0 * k2 + 4.0 * k3) / 9.0
        k4 = slope(t + h, y_next)
        error = abs(h * (-5.0 * k1 + 6.0 * k2 + 8.0 * k3 - 9.0 * k4) / 72.0)
        if error <= tol:
            t = t + h
            y = y_next
        if error > 0.0:
            h = h * min(5.0, max(0.2, 0.9 * (tol / error) ** (1.0 / 3.0)))
        else:
            h = 5.0 * h
    return y


@compile
def population(rate, start, end, tol):
    """The population at time `end` that grows at `rate` from `start`, in parts of the largest possible one."""

    def growth(t, y):
        return rate * y * (1.0 - y)

    return integrate(growth, start, 0.0, end, tol)


def analytic(rate, start, end):
    """The population, and its first and second derivative by the rate."""
    y = 1.0 / (1.0 + (1.0 / start - 1.0) * math.exp(-rate * end))
    return y, end * y * (1.0 - y), end**2 * y * (1.0 - y) * (1.0 - 2.0 * y)


def main():
    """Prints value, first and second derivative beside the analytic ones, for smaller and smaller tolerances."""
    rate, start, end = 1.5, 0.05, 3.0
    first = value_and_grad(population)
    second = grad(grad(population))
    print(f"{'tolerance':<12}{'y':<14}{'dy/drate':<14}{'d2y/drate2':<14}")
    for tol in (1e-4, 1e-6, 1e-8):
        y, y_rate = first(rate, start, end, tol)
        print(f"{tol:<12g}{y:<14.9f}{y_rate:<14.9f}{second(rate, start, end, tol):<14.9f}")
    y, y_rate, y_rate_rate = analytic(rate, start, end)
    print(f"{'analytic':<12}{y:<14.9f}{y_rate:<14.9f}{y_rate_rate:<14.9f}")


if __name__ == "__main__":
    main()
