"""docs/numpy.md says what the tables say, and what NumPy's results say of derivatives."""

from __future__ import annotations

import re

import numpy as np
import pytest
import scipy

from tests import numpy_docs
from tests.test_numpy import ROWS, Arguments, attempt


def test_the_page_is_current(capsys: pytest.CaptureFixture[str]) -> None:
    """`python -m tests.numpy_docs` would write what is there, with the versions that it was written with."""
    found = numpy_docs.sections()
    counts = {title: sum(x.taken for x in lines) for title, lines in found.items()}
    with capsys.disabled():
        print("\ntaken: " + ", ".join(f"{n} of {len(found[title])} of {title}" for title, n in counts.items()))
    text = numpy_docs.PATH.read_text()
    said = re.search(r"NumPy (\d+\.\d+) and SciPy\n(\d+\.\d+)", text)
    assert said is not None
    if said.groups() == tuple(".".join(m.__version__.split(".")[:2]) for m in (np, scipy)):
        assert text == numpy_docs.page(), "run `python -m tests.numpy_docs`"
    assert sum(counts[t] for t in ("numpy", "numpy.linalg", "numpy.fft", "ndarray")) >= 450


def test_derivatives_are_said_where_results_are_floats() -> None:
    """What the page says of a function's derivative fits what NumPy gives where the tables call it with floats."""
    wrong, tried = [], 0
    lines = {x.name: x for x in numpy_docs.sections()["numpy"] if x.taken}
    for k, row in enumerate(ROWS):
        called = re.fullmatch(r"np\.(\w+)\([xaAvTs](, [\w.=\-]+)*\)", row.text)
        if called is None or called[1] not in lines or row.tag or "dtype" in row.text:
            continue
        arguments = {
            n: np.asarray(np.real(a), float) if n in "xyavwAT" else a for n, a in Arguments(k).draw(row.names).items()
        }
        result = attempt(row.function, arguments)
        if isinstance(result, Exception):
            continue
        parts = result if isinstance(result, (tuple, list)) else (result,)
        floats = any(np.asarray(p).dtype.kind in "fc" for p in parts if not isinstance(p, str))
        tried += 1
        if floats != (lines[called[1]].derivative == "yes") and called[1] not in ("zeros_like", "ones_like"):
            wrong.append(row.text)
    assert not wrong
    assert tried > 100
