"""The commands that ask a project, on one that holds a record."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

import alembic_db

type Run = Callable[..., Result]
IMPORTED = Path(__file__).with_name("records.xml")
READERS = [
    ("fields",),
    ("queries",),
    ("query", "searches"),
    ("sql", "select accession, title from study"),
    ("status",),
    ("problems",),
    ("doctor",),
]


@pytest.mark.parametrize("command", READERS, ids=" ".join)
@pytest.mark.parametrize("form", ["table", "json", "csv", "tsv"])
def test_every_reader_writes_every_format(
    run: Run, read_only_project: Path, command: tuple[str, ...], form: str
) -> None:
    allowed = None if command == ("doctor",) else 0
    result = run("-p", read_only_project, *command, f"--{form}", exit_code=allowed)
    if form == "json":
        assert isinstance(json.loads(result.stdout), dict if command == ("status",) else list)
    elif form in ("csv", "tsv"):
        rows = list(csv.reader(io.StringIO(result.stdout, newline=""), "excel" if form == "csv" else "excel-tab"))
        assert len({len(row) for row in rows}) == 1
    else:
        assert set(result.stdout.splitlines()[1]) == {"─"}
    assert "Traceback" not in result.output


@pytest.mark.parametrize("command", READERS, ids=" ".join)
def test_every_reader_writes_to_a_file(
    run: Run, read_only_project: Path, tmp_path: Path, command: tuple[str, ...]
) -> None:
    file = tmp_path / "out.json"
    allowed = None if command == ("doctor",) else 0
    assert run("-p", read_only_project, *command, "-o", file, exit_code=allowed).stdout == ""
    assert json.loads(file.read_text()) is not None


def test_default_is_the_table(run: Run, read_only_project: Path) -> None:
    assert (
        run("-p", read_only_project, "query", "searches").stdout
        == run("-p", read_only_project, "query", "searches", "--table").stdout
    )


def test_last_format_wins(run: Run, read_only_project: Path) -> None:
    assert json.loads(run("-p", read_only_project, "sql", "select 1 as a", "--csv", "--json").stdout) == [{"a": 1}]


def test_sql_from_an_argument_and_from_stdin_are_the_same(run: Run, read_only_project: Path) -> None:
    statement = "select title from study"
    expected = b'title\r\n"Livers, ""invented"", of mice & men"\r\n'
    assert run("-p", read_only_project, "sql", statement, "--csv").stdout_bytes == expected
    assert run("-p", read_only_project, "sql", "-", "--csv", stdin=statement).stdout_bytes == expected


def test_query_takes_parameters(run: Run, read_only_project: Path) -> None:
    found = run("-p", read_only_project, "query", "result_table", "-P", f"search={IMPORTED}", "--json")
    none = run("-p", read_only_project, "query", "result_table", "-P", "search=other", "--json")
    assert len(json.loads(found.stdout)) == 1
    assert json.loads(none.stdout) == []


def test_query_sql_needs_no_project_and_runs_as_it_is(run: Run, read_only_project: Path) -> None:
    shown = run("query", "searches", "--sql").stdout
    assert (
        run("-p", read_only_project, "sql", shown, "--json").stdout
        == run("-p", read_only_project, "query", "searches", "--json").stdout
    )


def test_explain_shows_a_plan_and_no_rows(run: Run, read_only_project: Path) -> None:
    plan = run("-p", read_only_project, "query", "searches", "--explain").stdout
    assert "PROJECTION" in plan.upper()
    assert "records.xml" not in plan


def test_queries_of_a_name_are_its_parameters(run: Run) -> None:
    rows = json.loads(run("queries", "top_entities", "--json").stdout)
    assert {row["parameter"] for row in rows} >= {"type", "limit"}
    assert all(row["description"] for row in rows)


def test_status_names_the_project_and_counts(run: Run, read_only_project: Path) -> None:
    facts = json.loads(run("-p", read_only_project, "status", "--json").stdout)
    assert facts["path"] == str(read_only_project)
    assert facts["tables"]["experiment"] == 1
    assert [search["stored"] for search in facts["searches"]] == [1]
    table = run("-p", read_only_project, "status").stdout
    assert str(read_only_project) in table
    assert "records.xml" in table


@pytest.mark.parametrize("place", ["before", "after", "environment", "inside"])
def test_project_is_found_wherever_it_is_said(
    run: Run, read_only_project: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if place == "environment":
        monkeypatch.setenv("ALEMBIC_DB_PROJECT", str(read_only_project))
    if place == "inside":
        (read_only_project / "deeper").mkdir(exist_ok=True)
        monkeypatch.chdir(read_only_project / "deeper")
    before = ["-p", read_only_project] if place == "before" else []
    after = ["-p", read_only_project] if place == "after" else []
    assert json.loads(run(*before, "status", *after, "--json").stdout)["path"] == str(read_only_project)


def test_project_said_last_wins(run: Run, read_only_project: Path, tmp_path: Path) -> None:
    result = run("-p", tmp_path / "other", "status", "-p", read_only_project, "--json")
    assert json.loads(result.stdout)["path"] == str(read_only_project)


def test_export_prints_the_paths_that_it_wrote(run: Run, read_only_project: Path, tmp_path: Path) -> None:
    paths = [Path(line) for line in run("-p", read_only_project, "export", "tsv", tmp_path / "out").stdout.splitlines()]
    assert {path.name for path in paths} == {"RESULTS.TSV", "AI_PROCESSED.TSV", "DOWNLOADS.TXT"}
    assert all(path.is_file() for path in paths)


def test_reader_that_stops_listening_ends_it_in_silence(read_only_project: Path) -> None:
    code = "from alembic_db.cli import main; main(prog_name='alembic-db')"
    many = "select * from range(200000)"
    command = [sys.executable, "-c", code, "-p", str(read_only_project), "sql", many, "--csv"]
    environment = {"PYTHONPATH": str(Path(alembic_db.__file__).parents[1])}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
