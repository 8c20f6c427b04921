"""What parts of inference raise to tell others, which begin again from what was not known before."""

from __future__ import annotations


class Signal(Exception):
    """What one part of inference tells another: no fault of the program's, and of no interest to it."""


class Undecided(Signal):
    """Paths decide which object is meant: it must be computed which (`myialike.infer.which`).

    `shows`: one of the objects shows what another has, so that their numbers do not tell which of them is written.
    `turns`: turns of loops must be counted, so that objects made in them have numbers.
    """

    def __init__(self, shows: bool = False, turns: bool = False) -> None:
        self.shows, self.turns = shows, turns
        super().__init__()
