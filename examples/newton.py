"""Newton's method for the square root: a loop that runs until it is accurate enough, differentiated three times.

How often the loop runs depends on the data. `grad` needs no bound for it, and neither does `grad` of `grad`.
"""

from myialike import compile, grad, source


@compile
def newton(x, tol):
    """The square root of x."""
    y = x
    while abs(y * y - x) > tol:
        y = 0.5 * (y + x / y)
    return y


def analytic(x, order):
    """The derivative of the given order of sqrt(x): d/dx x**p = p * x**(p - 1), again and again."""
    factor, power = 1.0, 0.5
    for _ in range(order):
        factor, power = factor * power, power - 1.0
    return factor * x**power


def main():
    """Prints the derivatives of newton beside those of the square root, then the gradient's program."""
    x, tol = 2.0, 1e-12
    print(f"{'order':<8}{'through the loop':<24}{'analytic':<24}")
    derivative = newton
    for order in range(4):
        print(f"{order:<8}{derivative(x, tol)!r:<24}{analytic(x, order)!r:<24}")
        derivative = grad(derivative)
    print("\nThe gradient, as Python:\n")
    print(source(grad(newton), x, tol))


if __name__ == "__main__":
    main()
