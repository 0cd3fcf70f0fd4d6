"""Bad input: one clear line on stderr, its exit code, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from alembic_db.cli.main import Failure, error_boundary
from alembic_db.cli.options import Settings

type Run = Callable[..., Result]

# Arguments, exit code, what the line says.
BAD_INPUT: list[tuple[list[str], int, str]] = [
    (["serch", "x"], 2, "'search'"),
    (["status", "--jsn"], 2, "Did you mean"),
    (["query", "top_entitys"], 1, "Did you mean 'top_entities'?"),
    (["queries", "top_entitys"], 1, "Did you mean 'top_entities'?"),
    (["query", "result_entities"], 1, "needs 'fields'"),
    (["query", "top_entities", "-P", "limit=many"], 1, "expected a whole number"),
    (["query", "top_entities", "-P", "limits=3"], 1, "no parameter 'limits'"),
    (["query", "top_entities", "-P", "limit"], 2, "'limit' is not NAME=VALUE"),
    (["query", "top_entities", "-P", "limit=1", "-P", "limit=2"], 2, "'limit' is given twice"),
    (["query", "searches", "--sql", "--explain"], 2, "exclude each other"),
    (["sql", "delete from study"], 1, "does not just read"),
    (["sql", "create table x (y integer)"], 1, "does not just read"),
    (["sql", "select * from read_csv('/etc/passwd')"], 1, "outside the project"),
    (["sql", "select 1; select 2"], 1, "more than one SQL statement"),
    (["sql", "selekt 1"], 1, "cannot be run"),
    (["sql", "select nothing from study"], 1, "nothing"),
    (["sql", ""], 1, "empty"),
    (["sql", "select '\udcff'"], 2, "not UTF-8 text"),
    (["add", "SRP1", "nonsense", "alsowrong"], 2, "NONSENSE, ALSOWRONG"),
    (["add"], 2, "No accession"),
    (["add", "--file", "nowhere.txt"], 1, "Cannot read nowhere.txt"),
    (["import"], 2, "Missing argument"),
    (["import", "nowhere.xml"], 1, "nowhere.xml"),
    (["search"], 2, "nothing to search for"),
    (["search", "x", "--limit", "3", "--all"], 2, "exclude each other"),
    (["search", "x", "--limit", "0"], 2, "0"),
    (["search", "x", "--layout", "triple"], 2, "triple"),
    (["search", "x", "--since", "yesterday"], 2, "yesterday"),
    (["annotate", "--annotator", "patern"], 1, "pattern"),
    (["completion", "tcsh"], 2, "tcsh"),
    (["status", "-o", "nowhere/out.json"], 1, "Cannot write nowhere/out.json"),
    (["status", "-o", "."], 2, "directory"),
]
NEED_A_PROJECT = [
    ["search", "x"],
    ["search", "x", "--count"],
    ["add", "SRP1"],
    ["import", "x.xml"],
    ["annotate"],
    ["fields"],
    ["query", "searches"],
    ["sql", "select 1"],
    ["export", "tsv", "out"],
    ["status"],
    ["problems"],
]


@pytest.mark.parametrize(("args", "exit_code", "expected"), BAD_INPUT, ids=lambda value: str(value)[:60])
def test_bad_input_is_told_in_one_line(
    run: Run, read_only_project: Path, args: list[str], exit_code: int, expected: str
) -> None:
    result = run("-p", read_only_project, *args, exit_code=exit_code)
    last = result.stderr.splitlines()[-1]
    assert last.startswith("Error: ")
    assert expected in last
    assert "Traceback" not in result.output
    assert result.stdout == ""


@pytest.mark.parametrize("args", NEED_A_PROJECT, ids=" ".join)
def test_no_project_says_how_to_make_one_and_makes_none(run: Run, args: list[str]) -> None:
    result = run(*args, exit_code=1)
    assert "alembic-db init DIR" in result.stderr
    assert os.listdir() == []


def test_project_that_is_none_says_how_to_make_it(run: Run) -> None:
    assert "alembic-db init there" in run("-p", "there", "status", exit_code=1).stderr


def test_making_a_project_twice_is_refused(run: Run) -> None:
    assert "alembic-db -p mine search" in run("init", "mine").stderr
    assert "is a project already" in run("init", "mine", exit_code=1).stderr


def test_quiet_init_says_nothing(run: Run) -> None:
    assert run("init", "mine", "-q").output == ""


def test_file_that_is_no_xml_is_named_and_costs_nothing_else(run: Run, project: Path, tmp_path: Path) -> None:
    (tmp_path / "plain.xml").write_text("this is no XML\n")
    records = Path(__file__).with_name("records.xml")
    result = run("-p", project, "import", tmp_path / "plain.xml", records, "--no-annotate", exit_code=1)
    assert "1 record stored" in result.stderr
    assert "plain.xml" in result.stderr
    assert "plain.xml" in run("-p", project, "problems").stdout


def test_accessions_that_are_no_text_are_refused(run: Run, read_only_project: Path, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_bytes(b"SRP1\n\xff\xfe")
    result = run("-p", read_only_project, "add", "--file", tmp_path / "list.txt", exit_code=1)
    assert "list.txt is not UTF-8 text (byte 5)" in result.stderr


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs a user who may not write everywhere")
def test_folder_that_may_not_be_written_to_is_named(run: Run, tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    result = run("init", locked / "project", exit_code=1)
    assert str(locked) in result.stderr
    assert "Permission denied" in result.stderr


def test_error_of_the_program_asks_for_a_report() -> None:
    with pytest.raises(Failure) as caught, error_boundary(Settings()):
        raise ZeroDivisionError("a\x1b[2J\nb")
    assert caught.value.message == (
        "unexpected ZeroDivisionError: a\ufffd[2J b. Run again with --debug to see where, and please report it."
    )
    assert caught.value.exit_code == 1


def test_debug_shows_where_but_never_the_key(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NCBI_API_KEY", "0123secret")
    with pytest.raises(Failure) as caught, error_boundary(Settings(debug=True)):
        raise ValueError("https://x/?api_key=0123secret")
    shown = capsys.readouterr().err + caught.value.message
    assert "Traceback" in shown
    assert "api_key=***" in shown
    assert "0123secret" not in shown


def test_debug_works_before_and_after_the_command(run: Run) -> None:
    for args in (["--debug", "status"], ["status", "--debug"]):
        assert "Traceback" in run(*args, exit_code=1).stderr
