"""The targets and seeds of tests/bench/fuzz_readers.py, which does the same for hours."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

BENCH = Path(__file__).parents[1] / "bench"


@pytest.fixture(scope="session")
def bench() -> Iterator[dict[str, ModuleType]]:
    """Give modules of tests/bench by name; they find each other only while this lasts."""
    sys.path.insert(0, str(BENCH))
    try:
        yield {name: importlib.import_module(name) for name in ("fuzz_targets", "fuzz_seeds", "mutations")}
    finally:
        sys.path.remove(str(BENCH))
