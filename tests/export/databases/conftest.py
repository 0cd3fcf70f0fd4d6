"""States of one project, made once: A, B that goes on from it, C that goes on otherwise, H with all of Unicode."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # the suite and the places lie beside the tests, and are no tests

from database_states import States, make_states

from alembic_db import Project


@pytest.fixture(scope="session")
def states(tmp_path_factory: pytest.TempPathFactory) -> States:
    return make_states(tmp_path_factory.mktemp("states"))


@pytest.fixture
def project(states: States, tmp_path: Path) -> Project:
    """Give the project in state A."""
    shutil.copytree(states.folder / "A", tmp_path / "project", symlinks=True)
    return Project.open(tmp_path / "project")


@pytest.fixture
def become(states: States, project: Project) -> Callable[[str], None]:
    """Bring the project to another state, as its own commits would have."""

    def to(name: str) -> None:
        shutil.rmtree(project.snapshot_path)
        shutil.copytree(states.folder / name / "snapshot", project.snapshot_path, symlinks=True)

    return to
