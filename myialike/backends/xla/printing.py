"""`print` from XLA: the values go to the host, which makes the text of them.

A run may have to be made again, or fail at a check, and its text may come out once only, before the exception. So the
texts of a run are kept under its number until it has ended, and the caller writes those of the run that counts.

    run 7 ->  print  -> 7 ->  print  -> 7 -> end          each print is a call of the host that gives back the number

Values travel as bytes: the host is called on a thread of XLA, where jax may have 64 bits disabled and would cut them
in half. Texts are made at once, in the context of the caller: NumPy's print options belong to it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import Context, copy_context
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.experimental import io_callback

from myialike.ir.syntax import Prim
from myialike.ir.types import Array, static_shape
from myialike.ops.effects import printed

NUMBER = jax.ShapeDtypeStruct((), np.int32)  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class Format:
    """What is printed at one place: the attributes of the operation, and the types of its values."""

    template: str
    kinds: tuple[str, ...]
    types: tuple[Array, ...]

    def text(self, data: Sequence[Any]) -> str:
        """The text for values given as bytes."""
        values = [_value(d, t) for d, t in zip(data, self.types, strict=True)]
        return printed(self.template, self.kinds, values)


def format_of(eqn: Prim) -> Format:
    """The format of a `print`."""
    types = tuple(a.type for a in eqn.inputs if isinstance(a.type, Array))
    return Format(eqn.attr("template"), eqn.attr("kinds"), types)


class Printer:
    """The texts of the runs of one executable that have not ended."""

    def __init__(self) -> None:
        self._numbers = itertools.count()
        self._runs: dict[int, tuple[list[str], Context]] = {}

    @contextmanager
    def listening(self) -> Iterator[tuple[np.int32, list[str]]]:
        """The number for a new run, and the list that its texts go to, complete when the run has ended."""
        run = next(self._numbers) & 0x7FFFFFFF
        texts: list[str] = []
        self._runs[run] = texts, copy_context()
        try:
            yield np.int32(run), texts
        finally:
            del self._runs[run]

    def emit(self, format: Format, run: Any, alive: Any, values: Sequence[Any]) -> Any:
        """Lower a print of run number `run`; the number again, once it is done."""
        return io_callback(partial(self._receive, format), NUMBER, run, alive, *map(_data, values))

    def _receive(self, format: Format, run: Any, alive: Any, *data: Any) -> np.int32:
        number = np.int32(run)
        if alive and int(number) in self._runs:
            texts, context = self._runs[int(number)]
            texts.append(context.run(format.text, data))
        return number


def print_now(format: Format, alive: Any, values: Sequence[Any]) -> None:
    """Lower a print that comes out at once: inside an outer jax computation, where a run has no end."""
    jax.debug.callback(partial(_write, format), alive, *map(_data, values), ordered=True)


def _write(format: Format, alive: Any, *data: Any) -> None:
    if alive:
        print(format.text(data), end="")


def _data(value: Any) -> Any:
    """A value as bytes, in the order of memory."""
    value = lax.stop_gradient(jnp.asarray(value))
    if value.dtype.kind == "c":
        value = jnp.stack([lax.real(value), lax.imag(value)], axis=-1)
    return value.astype(np.uint8) if value.dtype == bool else lax.bitcast_convert_type(value, np.uint8)


def _value(data: Any, type: Array) -> Any:
    array = np.frombuffer(np.asarray(data).tobytes(), type.dtype)
    return array.reshape(static_shape(type))
