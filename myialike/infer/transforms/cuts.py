"""The warnings for paths of a derivative that are cut (`myialike.ad.cuts`): once for each place."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from myialike.errors import CutPathWarning
from myialike.infer.machine import Machine
from myialike.ir.syntax import Graph

PACKAGE = str(Path(__file__).parents[2])
SEEN: dict[Any, Any] = {}  # what the warnings filter "default" keeps of the places it has warned of


def warn_of_cuts(m: Machine, graph: Graph, active: Sequence[bool]) -> None:
    """Warn of every place in the user's code where a path from a differentiated value to a result is cut."""
    for cut in m.services.cuts(graph, tuple(active)):
        if cut.loc.filename.startswith(PACKAGE):
            continue  # a step inside of a library function, which is what the function is
        text = (
            f"a value that is differentiated through is {cut.what} here, which has derivative zero; "
            "if that is meant, say so with stop_gradient"
        )
        warnings.warn_explicit(text, CutPathWarning, cut.loc.filename, cut.loc.lineno, registry=SEEN)
