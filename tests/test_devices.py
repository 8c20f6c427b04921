"""Compiled functions of arrays on several devices, in a process that has four: they give what NumPy gives, or jax."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import jax, jax.numpy as jnp, numpy as np
from jax.sharding import AxisType, NamedSharding, PartitionSpec as P
from myialike import compile, grad

def settle(w, x):
    h, i = np.tanh(x * w), 0
    while np.sum(h * h) > 1e-2 and i < 5:
        h = h * 0.5
        i += 1
    return np.sum(h)

plain = np.arange(16, dtype=np.float32).reshape(8, 2)
value, slope = settle(np.float32(2), plain), grad(settle)(np.float32(2), plain)
close = lambda got, wanted: np.testing.assert_allclose(np.asarray(got), wanted, rtol=1e-5)

for kind in (AxisType.Auto, AxisType.Explicit):
    mesh = jax.make_mesh((4,), ("d",), axis_types=(kind,))
    spread = jax.device_put(plain, NamedSharding(mesh, P("d")))
    f = compile(settle)
    close(f(2.0, plain), value)       # on one device, with kernels
    close(f(2.0, spread), value)      # on four, without
    close(f(2.0, plain), value)
    close(grad(f)(2.0, spread), slope)
    close(grad(f, argnums=1)(2.0, spread), grad(settle, argnums=1)(np.float32(2), plain))
    close(jax.jit(f)(2.0, spread), value)
    close(jax.jit(grad(f))(2.0, spread), slope)
    close(jax.jit(jax.grad(f))(2.0, spread), slope)
    doubled = compile(lambda x: np.sin(x) * 2)(spread)
    assert doubled.sharding.is_equivalent_to(spread.sharding, 2), doubled.sharding
    close(doubled, np.sin(plain) * 2)

    def local(w, x):
        return jax.lax.psum(f(w, x), "d")

    parts = [settle(np.float32(2), plain[k : k + 2]) for k in range(0, 8, 2)]
    close(jax.jit(jax.shard_map(local, mesh=mesh, in_specs=(P(), P("d")), out_specs=P()))(2.0, spread), sum(parts))

other = jax.device_put(plain, jax.devices()[2])
assert compile(settle)(np.float32(2), other).devices() == {jax.devices()[2]}
close(compile(settle)(2.0, other), value)
close(grad(settle)(2.0, other), slope)
"""


def test_arrays_on_several_devices(tmp_path: Path) -> None:
    """Spread over a mesh, on a device that is not the first, and in `shard_map`."""
    path = tmp_path / "devices.py"
    path.write_text(PROGRAM)
    settings = {**os.environ, "XLA_FLAGS": "--xla_force_host_platform_device_count=4"}
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=False, env=settings)
    assert done.returncode == 0, done.stderr
