"""The programs of benchmarks/ are right: ours, jax's by hand and plain Python do the same work."""

import jax
import numpy as np
import pytest

from benchmarks import PROGRAMS
from benchmarks.__main__ import main
from benchmarks.calls import CALLS
from benchmarks.measure import compare, growth
from myialike import compile, value_and_grad


@pytest.fixture
def x64():
    """The programs by hand for jax have f64 only where jax is told so."""
    with jax.enable_x64(True):
        yield


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.name.replace(" ", "-"))
def test_same_work(program, x64):
    """Value and gradient are jax's, and the value is that of the function run by Python itself.

    Ours run as printed Python, which compiles in a tenth of the time; the benchmarks themselves compare XLA's results.
    """
    args = program.arguments(program.smallest)
    ours = compile(value_and_grad(program.ours), backend="python")(*args)
    compare(program, program.smallest, ours, jax.jit(jax.value_and_grad(program.theirs))(*args))
    np.testing.assert_allclose(ours[0], program.ours(*args), rtol=1e-12)
    assert np.any(ours[1] != 0), "a gradient of zeros compares nothing"


@pytest.mark.parametrize("call", CALLS, ids=lambda c: c.name.replace(" ", "-"))
def test_same_calls(call, x64):
    """Both sides of what measures calls give the same."""
    args = call.make(np.random.default_rng(0))
    ours, theirs = jax.tree.leaves(call.ours(*args)), jax.tree.leaves(call.theirs(*args))
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9)


def test_differences_are_found():
    """What compares the two sides tells a wrong gradient from a right one."""
    program = PROGRAMS[0]
    value, gradient = np.float64(1.0), np.array([1.0, 2.0])
    compare(program, 2, (value, gradient), (value, gradient * (1.0 + 1e-12)))
    with pytest.raises(AssertionError, match=f"gradient of {program.name}, n=2"):
        compare(program, 2, (value, gradient), (value, gradient * (1.0 + 1e-6)))


def test_growth():
    """The exponent of a power is found."""
    assert growth((10, 3e-3), (40, 48e-3)) == pytest.approx(2.0)


def test_a_table_is_made(capsys):
    """The command of docs/performance.md makes its tables: here for one program."""
    before = jax.config.jax_enable_x64
    try:
        main(["prefix", "--quick", "--rounds", "1"])
    finally:
        jax.config.update("jax_enable_x64", before)
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| prefix sum |")]
    assert len(rows) == 5, "two sizes on XLA, one of growth, two as printed Python"
