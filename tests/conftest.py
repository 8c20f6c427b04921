"""For every test: each stage's program is verified, and survives being printed and parsed."""

from __future__ import annotations

import gc
from functools import lru_cache

import pytest
from hypothesis import settings

import myialike.pipeline
from myialike.ir.syntax import Module
from myialike.ir.text import parse_module, print_module
from myialike.ir.verify import verify

settings.register_profile("project", deadline=None, print_blob=True)
settings.load_profile("project")

gc.set_threshold(50_000, 10, 10)  # with Python's own, a tenth of the time would go into collections that find nothing


@lru_cache(maxsize=256)  # a program's first stages are the same for each backend
def survives_its_text(module: Module) -> bool:
    return parse_module(print_module(module)) == module


def verify_and_round_trip(module: Module, stage: str) -> None:
    verify(module, stage)
    assert survives_its_text(module), f"the text form of stage {stage} does not parse back"


@pytest.fixture(autouse=True)
def checked_stages(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pipeline verifies between all stages by itself; under test it also parses what it prints."""
    monkeypatch.setattr(myialike.pipeline, "verify", verify_and_round_trip)
