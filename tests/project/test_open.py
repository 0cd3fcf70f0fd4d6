"""Ways to name a project."""

from __future__ import annotations

from pathlib import Path

import pytest

from alembic_db import Project
from alembic_db.errors import ProjectError


def test_a_project_is_named_by_text_or_path(in_folder: Path) -> None:
    made = Project.create("here")
    assert Project.open("here").path == Project.open(Path("here")).path == made.path == in_folder / "here"


def test_what_is_no_project_is_named_with_what_to_do(in_folder: Path) -> None:
    with pytest.raises(ProjectError, match="there is not an alembic-db project") as caught:
        Project.open("there")
    assert "alembic-db init there" in str(caught.value.hint)
