"""Typed IR as Python source that is meant to be read, and that runs: `emit`, `Executable`."""

from myialike.backends.python.emit import emit
from myialike.backends.python.executable import Executable

__all__ = ["Executable", "emit"]
