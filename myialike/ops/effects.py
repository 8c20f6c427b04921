"""`check`: the one effect of typed programs, a condition under which the program raises.

    check(ok, i, n; error='builtins.IndexError', message='index {} is out of bounds for axis 0 with size {}')

The payload's values are formatted as Python values, not as NumPy's. With a message of None they are the arguments of the
exception themselves; a bare `assert` has none.
"""

from __future__ import annotations

import pkgutil
from typing import Any

import numpy as np

from myialike.ir.op import AttrDict, Zero
from myialike.ir.types import BOOL, Array, Type
from myialike.ops.define import define


def exception_for(error: str, message: str | None, payload: tuple[Any, ...]) -> BaseException:
    """The exception that a failed check raises; `error` is the import path of its class."""
    cls = pkgutil.resolve_name(error)
    if not (isinstance(cls, type) and issubclass(cls, BaseException)):
        raise TypeError(f"{error} is no exception class")
    values = map(_plain, payload)
    return cls(*values) if message is None else cls(message.format(*values))


def _plain(value: Any) -> Any:
    """A rank-0 value as the Python scalar it stands for."""
    return np.asarray(value).item() if np.ndim(value) == 0 else value


def _check_type(types: tuple[Type, ...], attrs: AttrDict) -> tuple[Type, ...]:
    if not types or types[0] != Array(BOOL):
        raise TypeError(f"check takes a condition of type bool, not {', '.join(map(str, types[:1])) or 'nothing'}")
    return ()


def _check(ok: Any, *payload: Any, error: str, message: str | None) -> tuple[()]:
    if not ok:
        raise exception_for(error, message, payload)
    return ()


define("check", _check_type, _check, Zero("it has no results"), effect=True)
