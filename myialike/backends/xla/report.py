"""What a run tells the host: the machine state it ended with, as one vector of i64, and the exception made from it.

popped lengths | final lengths | number of the failed check | payload ints | payload floats (bits) | number of the run
one for each named capacity    | these only if there are checks                                    | only if it prints

The elements of arrays in payloads stay where they are, on the device: they are beside it, and read only if needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from myialike.backends.xla.lower import Lowering
from myialike.backends.xla.machine import ErrorState
from myialike.backends.xla.plan import ERROR, PRINTED, Column, Plan, Site, column_of, payload_type, popped
from myialike.ir.syntax import Lit, Var
from myialike.ir.types import static_shape
from myialike.ops.effects import exception_for, kinds_of
from myialike.source import Location, excerpt


class Encoded(NamedTuple):
    """What a run returns of its machine state."""

    numbers: jax.Array
    int_row: jax.Array | None = None
    float_row: jax.Array | None = None


def encoded(lowering: Lowering) -> Encoded:
    """The report of a lowering that has run, under its trace."""
    state, names = lowering.machine.state, lowering.plan.capacities
    error: ErrorState | None = state.get(ERROR)
    report = [state[popped(c)] for c in names] + [lowering.lengths[c] for c in names]
    if error is not None:
        floats = [lax.bitcast_convert_type(jnp.asarray(x), np.int64) for x in error.floats]
        report += [error.number, *error.ints, *floats]
    if PRINTED in state:
        report.append(state[PRINTED])
    numbers = jnp.stack([jnp.asarray(x, np.int64) for x in report])
    return Encoded(numbers) if error is None else Encoded(numbers, error.int_row, error.float_row)


class Report:
    """The report of one run, read on demand; making it waits for the run."""

    def __init__(self, plan: Plan, state: Encoded) -> None:
        self.plan = plan
        self.numbers = np.asarray(state.numbers)
        self._state = state
        self._at_error = 2 * len(plan.capacities)

    @property
    def failed(self) -> bool:
        """Whether a check failed, before anything corrupted the run."""
        return bool(self.plan.sites and self.numbers[self._at_error])

    def fits(self, capacities: Mapping[str, int]) -> bool:
        """Whether no stack was popped at a length beyond its capacity, so that the results are right."""
        return all(n <= capacities[c] for c, n in zip(self.plan.capacities, self.numbers, strict=False))

    def needed(self) -> dict[str, int]:
        """The greatest length seen for each named capacity."""
        seen = self.numbers[: self._at_error].reshape(2, -1).max(axis=0)
        return dict(zip(self.plan.capacities, seen.tolist(), strict=True))

    def exception(self) -> BaseException:
        """The exception of the check that failed, with a note that shows where."""
        site = self.plan.sites[self.numbers[self._at_error] - 1]
        eqn = site.eqn
        raised = exception_for(eqn.attr("error"), eqn.attr("message"), self._payload(site), kinds_of(eqn))
        if eqn.loc is not None:
            raised.add_note(_where(eqn.loc))
        return raised

    def _payload(self, site: Site) -> tuple[Any, ...]:
        ints, floats = np.split(self.numbers[self._at_error + 1 :], [self.plan.slot_counts["ints"]])
        columns: dict[Column, Any] = {
            "ints": ints,
            "floats": floats.view(np.float64),
            "int_row": _row(self._state.int_row),
            "float_row": _row(self._state.float_row),
        }
        return tuple(
            atom.value if isinstance(atom, Lit) else _payload_value(atom, columns[column_of(atom)][list(at)])
            for atom, at in zip(site.eqn.inputs[1:], site.slots, strict=True)
        )


def _row(row: jax.Array | None) -> Any:
    return np.zeros(0) if row is None else np.asarray(row)


def _payload_value(atom: Var, kept: Any) -> Any:
    """The value as a NumPy scalar or array of its dtype, of what its slots hold."""
    type = payload_type(atom)
    if type.dtype.kind == "c":
        parts = kept.reshape(2, -1)
        kept = np.stack(parts, -1).view(np.complex128)[..., 0]
    return kept.astype(type.dtype).reshape(static_shape(type))[()]


def _where(loc: Location) -> str:
    function = f", in {loc.function}" if loc.function else ""
    return "\n".join(filter(None, (f"  at {loc}{function}", excerpt(loc))))
