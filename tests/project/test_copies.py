"""Backups and compaction: the same store, smaller, and never half of one."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from alembic_db import Project
from alembic_db.errors import ProjectLockedError, StoreError
from alembic_db.store import Store, copies


@pytest.fixture
def filled(project: Project, packages: list[bytes], tmp_path: Path) -> Project:
    """A project whose records have changed many times."""
    for version in range(6):
        revised = [package.replace(b"<TITLE>", b"<TITLE>v%d " % version) for package in packages[:25]]
        (tmp_path / "some.xml").write_bytes(
            b"<EXPERIMENT_PACKAGE_SET>" + b"".join(revised) + b"</EXPERIMENT_PACKAGE_SET>"
        )
        project.import_paths([tmp_path / "some.xml"], annotate=version == 5)
    return project


def test_a_backup_is_the_same_store(filled: Project, data: Callable[..., object], tmp_path: Path):
    copy = tmp_path / "it's a copy.duckdb"
    assert filled.back_up(copy) == copy.stat().st_size
    restored = Project.create(tmp_path / "restored")
    shutil.copy(copy, restored.store_path)
    restored.annotate()  # the first command that writes publishes it
    assert data(restored, dates=True) == data(filled, dates=True)
    assert all(finding.ok for finding in restored.check())


def test_a_backup_never_overwrites(filled: Project, tmp_path: Path):
    target = tmp_path / "there.duckdb"
    target.write_bytes(b"mine")
    with pytest.raises(StoreError, match="exists already"):
        filled.back_up(target)
    assert target.read_bytes() == b"mine"


def test_compacting_changes_nothing_but_the_size(filled: Project, data: Callable[..., object]):
    before = data(filled, dates=True)
    large, small = filled.compact()
    assert small < large and filled.store_path.stat().st_size == small
    assert data(filled, dates=True) == before
    assert all(finding.ok for finding in filled.check())


def test_a_copy_that_fails_leaves_nothing_behind(
    filled: Project, data: Callable[..., object], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    before = data(filled, dates=True)

    def failing(store: Store, target: Path) -> None:
        target.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(copies, "_copy", failing)
        with pytest.raises(StoreError, match="disk is full"):
            filled.back_up(tmp_path / "copy.duckdb")
        with pytest.raises(StoreError, match="disk is full"):
            filled.compact()
    assert not list(tmp_path.glob("copy*")) and not list(filled.path.glob("*.compact*"))
    assert data(filled, dates=True) == before


def test_a_folder_that_is_not_there_is_a_clear_error(filled: Project, tmp_path: Path):
    with pytest.raises(StoreError, match="nowhere"):
        filled.back_up(tmp_path / "nowhere" / "copy.duckdb")


def test_nothing_is_compacted_while_somebody_writes(filled: Project):
    import subprocess
    import sys

    with Store.open(filled.store_path):
        code = (
            "import sys; from alembic_db import Project\n"
            "try: Project.open(__import__('pathlib').Path(sys.argv[1])).compact()\n"
            "except Exception as error: print(type(error).__name__)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, str(filled.path)], capture_output=True, text=True, check=False
        )
    assert done.stdout.strip() == ProjectLockedError.__name__, done.stderr
