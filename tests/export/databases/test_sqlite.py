"""SQLite, by the suite and by what only a file has."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from database_places import Place, SqlitePlace
from database_suite import *  # noqa: F403
from database_suite import export

from alembic_db import Project
from alembic_db.cli import main
from alembic_db.errors import ExportError, ExportTransientError
from alembic_db.saved import render, saved_queries


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return SqlitePlace(tmp_path / "lab.sqlite")


def found(place: Place, word: str) -> set[int]:
    return {row[0] for row in place.run(f"select rowid from text_search where text_search match '{word}'")}


def said(place: Place, word: str) -> set[int]:
    return {row[0] for row in place.run(f"select text_id from text where content like '%{word}%'")}


def test_the_texts_can_be_searched_and_the_search_keeps_up(
    project: Project, place: Place, become: Callable[[str], None]
):
    export(project, place)
    assert found(place, "paired") == said(place, "paired text") and len(found(place, "paired")) == 8
    become("B")
    export(project, place)
    assert found(place, "paired") == said(place, "paired text") and len(found(place, "paired")) == 10
    assert found(place, "cancer") == said(place, "cancer") != set()
    place.run("insert into text_search(text_search, rank) values ('integrity-check', 1)")


def test_the_file_is_as_a_dba_wants_it(project: Project, place: Place):
    export(project, place)
    assert place.run("pragma journal_mode") == [("wal",)]
    assert place.run("pragma integrity_check") == [("ok",)]
    assert place.run("pragma foreign_key_check") == []
    strict = {name: strict for _, name, kind, _, _, strict in place.run("pragma table_list") if kind == "table"}
    assert strict["study"] == strict["entity_span"] == 1
    plan = place.run("explain query plan select * from run where experiment_accession = 'x'")
    assert "USING INDEX run_experiment_accession_idx" in str(plan)


def test_other_tables_of_the_file_stay(project: Project, place: SqlitePlace, become: Callable[[str], None]):
    place.run("create table mine (x text)")
    place.run("insert into mine values ('kept')")
    export(project, place)
    become("B")
    export(project, place)
    export(project, place, replace=True)
    assert place.run("select x from mine") == [("kept",)]


def test_a_file_that_is_none_or_is_in_use_is_left_alone(
    project: Project, place: SqlitePlace, monkeypatch: pytest.MonkeyPatch
):
    from alembic_db.export import sqlite

    place.path.write_text("this is no database, but long enough to be one " * 100)
    with pytest.raises(ExportError, match="is no SQLite database"):
        export(project, place)
    place.path.unlink()
    export(project, place)
    monkeypatch.setattr(sqlite, "_WAIT_SECONDS", 0)
    with closing(sqlite3.connect(place.path, isolation_level=None)) as other:
        other.execute("begin immediate")
        with pytest.raises(ExportTransientError, match="is being written to by another program"):
            export(project, place)


def test_the_command_tells_what_it_does(project: Project, place: SqlitePlace):
    def run(*arguments: str) -> tuple[str, str]:
        done = CliRunner().invoke(main, ["-p", str(project.path), "export", "sqlite", str(place.path), *arguments])
        assert done.exit_code == 0, done.output
        return done.stdout, done.stderr

    told, _ = run("--dry-run", "--json")
    assert not place.path.exists()
    rows = {row["table"]: row for row in json.loads(told)}
    assert rows["experiment"] == {"table": "experiment", "insert": 10, "update": 0, "delete": 0, "rows": 10}
    out, said = run()
    assert out == ""
    assert "rows inserted, 0 updated, 0 deleted" in said
    metadata = place.path.with_name("lab.metadata.yml")
    assert f"datasette {place.path} -m {metadata}" in said
    assert "is up to date: nothing was sent" in run()[1]


def test_datasette_gets_every_view_as_a_query_that_runs(project: Project, place: SqlitePlace):
    yaml = pytest.importorskip("yaml")
    report = project.export_sqlite(place.path)
    content = yaml.safe_load(place.path.with_name("lab.metadata.yml").read_text(encoding="utf-8"))
    database = content["databases"]["lab"]
    assert set(database["tables"]) == set(report.tables)
    assert "Every distinct text" in database["tables"]["text"]["description"]
    assert set(database["queries"]) == {query.name for query in saved_queries()}
    with closing(sqlite3.connect(place.path)) as connection:
        for query in saved_queries():
            shown = database["queries"][query.name]
            empty = dict.fromkeys(shown.get("params", []), "")
            rows = connection.execute(shown["sql"], empty).fetchall()
            if all(parameter.default is not None for parameter in query.parameters):
                assert rows == connection.execute(render(query, {}, dialect="sqlite")).fetchall(), query.name
