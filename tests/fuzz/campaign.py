"""Many programs: drawn by hypothesis from a seed, checked, counted, and a failing one made small."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.errors import Flaky

from tests.fuzz.check import Failure, Verdict, check
from tests.fuzz.derivatives import check_derivatives
from tests.fuzz.minimise import minimise
from tests.fuzz.programs import programs

DERIVATIVES = 10  # one campaign of a long run in so many is of derivatives
SHRINKING = 60  # seconds that hypothesis has for it
CHEAP = ("python", "typed")


class Enough(KeyboardInterrupt):
    """The time for shrinking is over; hypothesis lets nothing else through."""


@dataclass
class Count:
    """How many programs came to what; a program that hypothesis draws again counts again."""

    kinds: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)  # without names, numbers, types of items
    raised: Counter[str] = field(default_factory=Counter)

    def add(self, other: Count) -> None:
        self.kinds += other.kinds
        self.reasons += other.reasons
        self.raised += other.raised

    def note(self, verdict: Verdict) -> None:
        self.kinds[verdict.kind] += 1
        if verdict.reason:
            self.reasons[re.sub(r"\[[^]]*\]", "[...]", re.sub(r"\d+|'[^']*'", "#", verdict.reason))] += 1
        if verdict.raised:
            self.raised[verdict.raised] += 1

    @property
    def programs(self) -> int:
        return self.kinds.total()

    def share(self, kind: str) -> float:
        return self.kinds[kind] / max(self.programs, 1)

    def table(self, most: int = 12) -> str:
        """The count as text: what came of the programs, and why some were refused."""
        kinds = ", ".join(f"{n} {kind}" for kind, n in self.kinds.most_common())
        lines = [f"{self.programs} programs: {kinds}", f"refused: {self.share('refused'):.1%}"]
        lines += [f"  {n:5} {reason}" for reason, n in self.reasons.most_common(most)]
        raised = ", ".join(f"{n} {name}" for name, n in self.raised.most_common())
        return "\n".join([*lines, f"raised in CPython: {raised or 'nothing'}"])


def engines_of(every: int) -> st.SearchStrategy[tuple[str, ...]]:
    """The engines for a program: the cheap ones; one program in `every` each also on dynamic IR, and on xla."""
    return st.sampled_from([CHEAP] * max(every - 2, 1) + [(*CHEAP, "dynamic"), ("python", "xla")])


def campaign(number: int, seed: int, every: int = 25) -> tuple[Count, str]:
    """Check a number of programs; the count, and the report on a failure or the empty string.

    It ends at the first failure, which hypothesis shrinks.
    """
    return _drawn(number, seed, st.tuples(programs(), engines_of(every)), lambda drawn: check(*drawn))


def derivative_campaign(number: int, seed: int) -> tuple[Count, str]:
    """The same for derivatives of programs whose data are floats."""
    orders = st.sampled_from([1, 1, 1, 2])
    return _drawn(number, seed, st.tuples(programs(floats=True), orders), lambda drawn: check_derivatives(*drawn))


def numbered(number: int, seed: int, every: int) -> tuple[int, bool, Count, str]:
    """The campaign of a seed in a long run: one in `DERIVATIVES` is of derivatives."""
    of_derivatives = seed % DERIVATIVES == DERIVATIVES - 1
    count, failure = derivative_campaign(number, seed) if of_derivatives else campaign(number, seed, every)
    return seed, of_derivatives, count, failure


def _drawn(number: int, seed: int, drawn: st.SearchStrategy[Any], one: Callable[[Any], Verdict]) -> tuple[Count, str]:
    count = Count()
    failures: list[Failure] = []
    until = [float("inf")]

    @seeded(seed)
    @settings(
        max_examples=number,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(drawn)
    def run(value: Any) -> None:
        if time.perf_counter() > until[0]:
            raise Enough
        try:
            count.note(one(value))
        except Failure as failure:
            until[0] = min(until[0], time.perf_counter() + SHRINKING)
            failures.append(failure)
            raise

    try:
        run()
    except (Failure, Enough, Flaky):  # flaky: hypothesis did not see it again, and we have it
        if not failures:
            raise
        count.kinds["FAILED"] += 1
        return count, str(minimise(min(failures, key=lambda f: len(f.program.functions))))
    return count, ""
