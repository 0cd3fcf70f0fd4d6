"""A command line to call, and a clean environment to call it in."""

from __future__ import annotations

import io
import shutil
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from alembic_db import Project
from alembic_db.cli import main

RECORDS = Path(__file__).with_name("records.xml")

type Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Work in an empty folder, without the user's project, key and address of NCBI."""
    for name in ("ALEMBIC_DB_PROJECT", "ALEMBIC_DB_ENTREZ_URL", "NCBI_API_KEY", "NCBI_EMAIL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ALEMBIC_DB_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("ALEMBIC_DB_HOME", str(tmp_path / "home"))
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


@pytest.fixture
def terminal() -> io.StringIO:
    """Give a stream that says it is a terminal."""
    return Terminal()


@pytest.fixture(scope="session")
def read_only_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a project that holds one made-up record, not annotated; for commands that only read."""
    made = Project.create(tmp_path_factory.mktemp("projects") / "project")
    made.import_paths([RECORDS], annotate=False)
    return made.path


@pytest.fixture
def project(read_only_project: Path, tmp_path: Path) -> Path:
    """Give a copy of that project to write to."""
    return shutil.copytree(read_only_project, tmp_path / "project", symlinks=True)


@pytest.fixture
def run() -> Run:
    """Call the command line; an exception that it lets through fails the test."""

    def call(*args: str | Path, stdin: str | bytes | None = None, exit_code: int | None = 0) -> Result:
        result = CliRunner().invoke(main, [str(arg) for arg in args], input=stdin, prog_name="alembic-db")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            traceback.print_exception(result.exception)
            raise AssertionError("an exception got through") from result.exception
        if exit_code is not None:
            assert result.exit_code == exit_code, result.output
        return result

    return call
