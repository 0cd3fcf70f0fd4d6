"""Two processes at once: one writes, the other waits or is told who does; readers always work and say of when it is."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

import alembic_db
from alembic_db import Project
from alembic_db.cli import main
from alembic_db.errors import ProjectLockedError
from alembic_db.store.claim import claimed_by

HOLD = """
import sys, pathlib
from alembic_db import Project
with Project.open(pathlib.Path(sys.argv[1]))._writing("sync"):
    print("held", flush=True)
    sys.stdin.readline()
"""

type Hold = Callable[[Project], subprocess.Popen[str]]


@pytest.fixture
def hold() -> Iterator[Hold]:
    """Start a process that writes to a project until a line comes on its stdin."""
    started: list[subprocess.Popen[str]] = []

    def start(project: Project) -> subprocess.Popen[str]:
        environment = os.environ | {"PYTHONPATH": str(Path(alembic_db.__file__).parents[1])}
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(project.path)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
        )  # fmt: skip
        started.append(process)
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def end(process: subprocess.Popen[str]) -> None:
    process.communicate("\n", timeout=60)


def test_a_second_writer_is_told_who_holds_the_store(project: Project, hold: Hold):
    process = hold(project)
    with pytest.raises(ProjectLockedError, match=rf"process {process.pid} \(sync, since 20.*UTC\)") as caught:
        project.annotate()
    assert caught.value.transient
    told = CliRunner().invoke(main, ["-p", str(project.path), "annotate", "--wait", "0"])
    assert told.exit_code == 1 and f"process {process.pid}" in told.stderr and "--wait" in told.stderr
    end(process)
    project.annotate()


def test_a_second_writer_waits_if_it_may(project: Project, hold: Hold):
    process = hold(project)
    notes: list[str] = []

    def note(text: str) -> None:
        notes.append(text)
        end(process)  # the first ends while the second waits

    project.wait, project.on_note = 60, note
    project.annotate()
    (said,) = notes
    assert f"process {process.pid} (sync" in said and "Waiting for up to 60 s" in said


def test_a_process_that_was_killed_holds_nothing(project: Project, hold: Hold):
    process = hold(project)
    assert claimed_by(project.path) is not None
    process.kill()
    process.wait()
    assert claimed_by(project.path) is None
    project.annotate()


def test_another_program_that_has_the_file_open_is_named(project: Project):
    code = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.readline()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(project.store_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        with pytest.raises(ProjectLockedError, match=f"process {process.pid}"):
            project.annotate()
        process.communicate("\n")
    project.annotate()


def test_readers_work_during_a_write_and_say_of_when_it_is(project: Project, hold: Hold):
    def ask(*arguments: str) -> str:
        result = CliRunner().invoke(main, ["-p", str(project.path), *arguments])
        assert result.exit_code == 0, result.output
        return result.stderr

    assert not ask("query", "searches")
    process = hold(project)
    published = f"{project.status().published_at:%Y-%m-%d %H:%M:%S}"
    for command in (["query", "searches"], ["sql", "from study"], ["status"], ["diff"], ["fields"]):
        said = ask(*command)
        assert f"process {process.pid} (sync" in said and f"state of {published} UTC" in said, command
    assert not ask("-q", "query", "searches")
    end(process)
    assert not ask("query", "searches")


def test_two_threads_of_one_process_do_not_write_at_once(project: Project):
    with project._writing("sync"), pytest.raises(ProjectLockedError, match=f"process {os.getpid()}"):
        Project.open(project.path).annotate()
    project.annotate()
