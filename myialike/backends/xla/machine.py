"""What XLA lacks: memory that grows, exceptions, and an order of effects.

A stack is a buffer of fixed capacity and a length. Where the capacity is open, the backend guesses one, and the
program finds out by running whether it was enough. A push beyond the capacity loses the value but still counts the
length, so a loop that only pushes ends with the exact length it needs. A pop at a length beyond the capacity reads
garbage; it notes the length, the run is *corrupted* from there on, and it is made again with a greater capacity. A
failed `check` notes its number and its payload, if no other failed before and the run is not corrupted.

    part of the state       value                                               starts as
    ERROR                   number of the failed check, its payload             0
    popped(capacity)        greatest length at which such a stack was popped    0
    PRINTED                 number of the run, which every print hands on       the number

A run is `alive` while no check has failed and nothing corrupted it. A loop goes on only in a run that is alive:
garbage may never decide how long something runs. What a dead run computes on its way out is thrown away.

A print hands its values to the host. It takes the number of the run and gives it back, so each print depends on the
one before, and the end of the run on the last. Only a run that is alive prints; `printing` says what becomes of it.

Under an outer jax transformation nothing can be raised. Then there is no payload, and a failed check makes the
floating point results NaN. What is printed comes out at once, in the order that jax keeps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from myialike.backends.xla.plan import COLUMNS, ERROR, PRINTED, Plan, Site, column_of, payload_type, popped
from myialike.backends.xla.printing import Format, Printer, print_now
from myialike.ir.types import F64, I64, Array, static_shape


class StackValue(NamedTuple):
    """A stack at run time: `buffer[:length]` are its values, the top last."""

    buffer: jax.Array
    length: jax.Array


class ErrorState(NamedTuple):
    """The number of the first check that failed, or 0, and its payload in slots; `site.slots` says where.

    A row has the elements of arrays; it is None where no array is in a payload.
    """

    number: jax.Array
    ints: tuple[jax.Array, ...]
    floats: tuple[jax.Array, ...]
    int_row: jax.Array | None
    float_row: jax.Array | None


State = dict[str, Any]


class Machine:
    """The machine state of one lowering, changed as the equations are lowered in order.

    Args:
        plan: the facts about the module.
        capacities: the number chosen for each named capacity.
        raising: whether the payload of failed checks is wanted.
        printer: what prints are handed to; None under an outer jax transformation.
        run: the number of the run, if there is a printer.
    """

    def __init__(
        self,
        plan: Plan,
        capacities: Mapping[str, int],
        raising: bool,
        printer: Printer | None = None,
        run: jax.Array | None = None,
    ) -> None:
        self.plan = plan
        self.capacities = capacities
        self.raising = raising
        # The condition that this code runs at all, where a branch not taken may run as well: under `jax.vmap`.
        self.taken: jax.Array | None = None
        self.state: State = {popped(c): np.int64(0) for c in plan.capacities}
        if plan.sites:
            self.state[ERROR] = self._no_error()
        self.printer = printer
        if run is not None:
            self.state[PRINTED] = run

    def _no_error(self) -> ErrorState:
        counts = self.plan.slot_counts if self.raising else dict.fromkeys(COLUMNS, 0)
        rows = [np.zeros(n, t) if n else None for n, t in ((counts["int_row"], I64), (counts["float_row"], F64))]
        ints, floats = (np.int64(0),) * counts["ints"], (np.float64(0),) * counts["floats"]
        return ErrorState(np.int32(0), ints, floats, *rows)  # type: ignore[arg-type]

    @contextmanager
    def holding(self, parts: State, taken: jax.Array | None = None) -> Iterator[None]:
        """Lower the inside of a branch or loop: `parts` of the state are as given, and all is as before afterwards."""
        before = self.state, self.taken
        self.state = {**self.state, **parts}
        if not self.raising and taken is not None:
            self.taken = taken if self.taken is None else self.taken & taken
        try:
            yield
        finally:
            self.state, self.taken = before

    def parts(self, names: frozenset[str]) -> State:
        return {name: self.state[name] for name in sorted(names) if name in self.state}

    def alive(self, changing: frozenset[str] = frozenset(), taken: bool = True) -> Any:
        """Whether the run is alive, and this code is to run if `taken`; None where both are known.

        The parts `changing` are read even if they are still what they started as.
        """
        parts = [p for p in self.state if p != PRINTED and (p in changing or not self._is_initial(p))]
        conditions = [self._is_sound(p) for p in parts]
        if taken and self.taken is not None:
            conditions.append(self.taken)
        alive = conditions[0] if conditions else None
        for condition in conditions[1:]:
            alive = alive & condition
        return alive

    def _is_initial(self, part: str) -> bool:
        """Whether nothing has touched the part: then it is still the NumPy constant it started as."""
        value = self.state[part]
        return not isinstance(value.number if part == ERROR else value, jax.Array)

    def _is_sound(self, part: str) -> Any:
        if part == ERROR:
            return self.state[ERROR].number == 0
        return self.state[part] <= self.capacities[part.removeprefix(popped(""))]

    # Stacks

    def stack_new(self, elem: Array, capacity: int | str) -> StackValue:
        size = self.capacities[capacity] if isinstance(capacity, str) else max(capacity, 1)
        return StackValue(jnp.zeros((size, *static_shape(elem)), elem.dtype), jnp.zeros((), np.int64))

    def push(self, stack: StackValue, value: jax.Array) -> StackValue:
        """XLA moves a slice that would leave the buffer to its end: a push to a full stack overwrites the top."""
        start = _at(stack, stack.length, not self.raising)
        buffer = lax.dynamic_update_slice(stack.buffer, value[None], start, allow_negative_indices=False)
        return StackValue(buffer, stack.length + 1)

    def pop(self, stack: StackValue, capacity: str | None) -> tuple[StackValue, jax.Array]:
        if capacity is not None:
            part = popped(capacity)
            self.state[part] = lax.max(jnp.asarray(self.state[part]), stack.length)
        rest = lax.max(stack.length - 1, jnp.int64(0))
        start, sizes = _at(stack, rest, not self.raising), (1, *stack.buffer.shape[1:])
        top = lax.dynamic_slice(stack.buffer, start, sizes, allow_negative_indices=False)[0]
        return StackValue(stack.buffer, rest), jnp.where(stack.length > 0, top, jnp.zeros_like(top))

    # Effects

    def print(self, format: Format, values: Sequence[Any]) -> None:
        alive = self.alive()
        flag = np.bool_(True) if alive is None else alive
        if self.printer is None:
            print_now(format, flag, values)
        else:
            self.state[PRINTED] = self.printer.emit(format, self.state[PRINTED], flag, values)

    def check(self, site: Site, ok: jax.Array, payload: Sequence[jax.Array]) -> None:
        error: ErrorState = self.state[ERROR]
        alive = self.alive(frozenset({ERROR}))
        failed = ~ok if alive is None else ~ok & alive
        columns = error._asdict()
        for atom, value, slots in zip(site.eqn.inputs[1:], payload, site.slots if self.raising else (), strict=False):
            if slots:
                column = column_of(atom)
                fill = _fill_row if payload_type(atom).shape else _fill
                columns[column] = fill(columns[column], slots, failed, _pieces(value))
        columns["number"] = jnp.where(failed, np.int32(site.number), error.number)
        self.state[ERROR] = ErrorState(**columns)


def _at(stack: StackValue, position: jax.Array, narrow: bool) -> list[Any]:
    """The place of an item of a stack; `narrow`: in 32 bits, see `indexing.narrow`."""
    dtype = np.int32 if narrow else np.int64
    return [lax.convert_element_type(position, dtype)] + [dtype(0)] * (stack.buffer.ndim - 1)


def _pieces(value: Any) -> list[Any]:
    """A value as one of i64 or f64, or the two parts of a complex one; an unsigned one gives its bits."""
    if value.dtype.kind in "biu":
        return [lax.convert_element_type(value, np.int64)]
    parts = (lax.real(value), lax.imag(value)) if value.dtype.kind == "c" else (value,)
    return [lax.convert_element_type(part, np.float64) for part in parts]


def _fill(column: tuple[Any, ...], slots: Sequence[int], failed: Any, pieces: Sequence[Any]) -> tuple[Any, ...]:
    """Put one number into its slots if the check failed."""
    filled = list(column)
    for slot, piece in zip(slots, pieces, strict=True):
        filled[slot] = jnp.where(failed, piece, filled[slot])
    return tuple(filled)


def _fill_row(row: Any, slots: Sequence[int], failed: Any, pieces: Sequence[Any]) -> Any:
    """Put the elements of an array into its slots if the check failed."""
    start, stop = slots[0], slots[-1] + 1
    flat = jnp.concatenate([jnp.ravel(piece) for piece in pieces])
    row = jnp.asarray(row)
    return row.at[start:stop].set(jnp.where(failed, flat, row[start:stop]))
