"""The tour on made-up records."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from alembic_db import Project
from alembic_db.demo import tour as tour_module
from alembic_db.reports import Report

type Run = Callable[..., Result]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Take the tour once: its folder and what it showed."""
    from click.testing import CliRunner

    from alembic_db.cli import main

    folder = tmp_path_factory.mktemp("tour") / "my demo"
    cache = {"ALEMBIC_DB_CACHE_DIR": str(folder.parent / "cache")}
    result = CliRunner(env=cache).invoke(main, ["demo", str(folder)], prog_name="alembic-db")
    assert result.exit_code == 0, result.output
    return folder, result.stdout


def commands(shown: str) -> list[list[str]]:
    """Return the commands that a tour names, without the name of the program."""
    text = shown.replace("\n  alembic-db", "\n$ alembic-db")
    blocks = [block.split("\n\n")[0] for block in text.split("\n$ alembic-db ")[1:]]
    found = []
    for block in blocks:
        lines = block.split("\n")
        length = next(n for n in range(1, len(lines) + 1) if "\n".join(lines[:n]).count("'") % 2 == 0)
        found.append(shlex.split("\n".join(lines[:length])))
    return found


def test_tour_says_that_the_records_are_made_up(shown: tuple[Path, str]) -> None:
    folder, text = shown
    assert "made-up records" in text.splitlines()[0]
    assert "made up" in (folder / tour_module.NOTICE_NAME).read_text()


def test_tour_shows_entities_and_pairs_of_them(shown: tuple[Path, str]) -> None:
    project = Project.open(shown[0])
    assert project.query("top_entities", {"limit": "8"}).num_rows == 8
    values = {"level": "sample", "type_a": "Disease", "type_b": "Gene", "minimum": "2", "limit": "8"}
    assert f"-P {' -P '.join(f'{name}={value}' for name, value in values.items())}\n" in shown[1]
    assert project.query("entity_cooccurrence", values).num_rows > 0


def test_every_command_that_the_tour_names_works(
    run: Run, shown: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, text = shown
    monkeypatch.setenv("ALEMBIC_DB_ENTREZ_URL", "http://127.0.0.1:1/")
    named = [args for args in commands(text) if "search" not in args and "init" not in args]
    assert len(named) >= 9
    for args in named:
        assert args[:2] == ["-p", str(folder)]
        assert run(*args, exit_code=0).exception is None


def test_second_tour_brings_nothing_new(run: Run, shown: tuple[Path, str]) -> None:
    folder, text = shown
    assert " stored: 0 new" not in text
    again = run("demo", folder).stdout
    assert again.count(" stored: 0 new, 0 changed, ") == 2


def test_tour_leaves_the_environment_alone(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NCBI_API_KEY", "0123456789abcdef")
    before = dict(os.environ)
    run("demo")
    assert dict(os.environ) == before
    assert Path("alembic-demo", "alembic.toml").is_file()


def test_interrupted_tour_ends_there(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    search = Project.search

    def interrupted(project: Project, term: str, **options: Any) -> Report:
        return replace(search(project, term, **options), interrupted=True)

    monkeypatch.setattr(Project, "search", interrupted)
    result = run("demo", exit_code=130)
    assert result.stderr == "Interrupted.\n"
    assert "What is named" not in result.stdout


def test_folder_of_something_else_is_refused_and_left_alone(run: Run) -> None:
    Path("mine").mkdir()
    Path("mine", "thesis.txt").write_text("x")
    assert "mine holds something else than a demo project" in run("demo", "mine", exit_code=1).stderr
    assert os.listdir("mine") == ["thesis.txt"]
    Path("file").write_text("x")
    assert "Cannot make the demo project in file" in run("demo", "file", exit_code=1).stderr


def test_project_of_real_records_is_refused(run: Run, project: Path) -> None:
    assert "something else than a demo project" in run("demo", project, exit_code=1).stderr
