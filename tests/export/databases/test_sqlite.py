"""SQLite, by the suite and by what only a file has."""

from __future__ import annotations

from pathlib import Path

import pytest
from database_places import Place, SqlitePlace
from database_suite import *  # noqa: F403


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return SqlitePlace(tmp_path / "lab.sqlite")
