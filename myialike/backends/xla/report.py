"""What a run tells the host: the machine state it ended with, as one vector of i64, and the exception made from it.

popped lengths | final lengths | number of the failed check | payload ints | payload floats (bits) | number of the run
one for each named capacity    | these only if there are checks                                    | only if it prints
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from myialike.backends.xla.lower import Lowering
from myialike.backends.xla.machine import ErrorState
from myialike.backends.xla.plan import ERROR, PRINTED, Plan, Site, popped
from myialike.ir.syntax import Lit, Var
from myialike.ir.types import Array
from myialike.ops.effects import exception_for
from myialike.source import Location, excerpt


def encoded(lowering: Lowering) -> jax.Array:
    """The report of a lowering that has run, under its trace."""
    state, names = lowering.machine.state, lowering.plan.capacities
    error: ErrorState | None = state.get(ERROR)
    report = [state[popped(c)] for c in names] + [lowering.lengths[c] for c in names]
    if error is not None:
        floats = [lax.bitcast_convert_type(jnp.asarray(x), np.int64) for x in error.floats]
        report += [error.number, *error.ints, *floats]
    if PRINTED in state:
        report.append(state[PRINTED])
    return jnp.stack([jnp.asarray(x, np.int64) for x in report])


class Report:
    """The report of one run, read on demand; making it waits for the run."""

    def __init__(self, plan: Plan, vector: jax.Array) -> None:
        self.plan = plan
        self.numbers = np.asarray(vector)
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
        raised = exception_for(eqn.attr("error"), eqn.attr("message"), self._payload(site))
        if eqn.loc is not None:
            raised.add_note(_where(eqn.loc))
        return raised

    def _payload(self, site: Site) -> tuple[Any, ...]:
        ints, floats = np.split(self.numbers[self._at_error + 1 :], [self.plan.slot_counts[0]])
        return tuple(
            atom.value if isinstance(atom, Lit) else _payload_value(atom, at, ints, floats.view(np.float64))
            for atom, at in zip(site.eqn.inputs[1:], site.slots, strict=True)
        )


def _payload_value(atom: Var, at: tuple[int, ...], ints: Any, floats: Any) -> Any:
    """The value as a NumPy scalar of its dtype; the ints hold the bits of an unsigned one."""
    assert isinstance(atom.type, Array)
    dtype = atom.type.dtype
    if dtype.kind in "biu":
        return ints[at[0]].astype(dtype)
    pieces = [float(floats[k]) for k in at]
    return dtype.type(complex(*pieces) if dtype.kind == "c" else pieces[0])


def _where(loc: Location) -> str:
    function = f", in {loc.function}" if loc.function else ""
    return "\n".join(filter(None, (f"  at {loc}{function}", excerpt(loc))))
