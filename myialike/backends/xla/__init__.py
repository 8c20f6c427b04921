"""Running a module on XLA, through jax.

`Executable` is all that the rest of the compiler uses. Read `lower` first: how each form of the IR becomes jax calls.
"""

from myialike.backends.xla.executable import Executable

__all__ = ["Executable"]
