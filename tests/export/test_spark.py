"""Spark gives the rows that DuckDB gives, from a real export; without it, one line says what is missing."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from alembic_db import Project
from alembic_db.cli import main
from alembic_db.demo import bundled_packages
from alembic_db.errors import MissingExtraError, ProjectError, QueryError
from alembic_db.export.base import Request
from alembic_db.export.scope import Scope
from alembic_db.saved import saved_queries, saved_query, tables_of
from alembic_db.spark import SparkReader, _literal, _reason, _settings, spark_reader

Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("made")
    project = Project.create(folder / "project")
    for number, package in enumerate(bundled_packages()[:20]):
        (folder / f"{number}.xml").write_bytes(package)
    project.import_paths([folder])
    return project


@pytest.fixture(scope="module")
def lake(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lake") / "a [b] {c}* ü"
    project.export_parquet(folder)
    return folder


@pytest.fixture(scope="module")
def spark(lake: Path, light_spark: None) -> Iterator[SparkReader]:
    """Open the dataset in the one session of all tests here."""
    try:
        with Project.dataset_on_spark(str(lake), "local[2]") as spark:
            yield spark
    except MissingExtraError as error:
        may_skip = os.environ.get("ALEMBIC_DB_LIGHT") or not os.environ.get("CI")
        pytest.skip(str(error)) if may_skip else pytest.fail(str(error))


def call(*args: str | Path) -> Result:
    return CliRunner().invoke(main, [str(arg) for arg in args], prog_name="alembic-db")


@pytest.mark.slow
@pytest.mark.parametrize("name", [query.name for query in saved_queries()])
def test_a_view_gives_the_same_rows_in_the_same_order(project: Project, spark: SparkReader, name: str) -> None:
    values = {"minimum": "2"} if name == "entity_cooccurrence" else {}
    here, there = project.query(name, values), spark.query(name, values)
    assert there.column_names == here.column_names
    assert _near(there.to_pylist(), here.to_pylist())


def _near(there: Rows, here: Rows) -> bool:
    assert len(there) == len(here)
    for one, other in zip(there, here, strict=True):
        for column, value in other.items():
            expected = pytest.approx(value) if isinstance(value, float) else value
            assert one[column] == expected, column
    return True


@pytest.mark.slow
def test_every_value_of_every_table_is_read(project: Project, spark: SparkReader) -> None:
    with project.reading() as reader:
        spark._make_known(reader.manifest.tables)
        for table in reader.manifest.tables:
            rows = spark._session.table(table).toArrow()
            here = reader.connection.table(table)
            assert rows.column_names == here.columns
            there = list(zip(*(column.to_pylist() for column in rows.columns), strict=True))
            assert sorted(there, key=repr) == sorted(here.fetchall(), key=repr), table


@pytest.mark.slow
def test_the_command_line_writes_what_it_writes_for_duckdb(project: Project, lake: Path, spark: SparkReader) -> None:
    ask = ["query", "entity_by_study", "-P", "limit=5"]
    here = call("-p", project.path, *ask, "--json")
    over_snapshot = call("-p", project.path, *ask, "--engine", "spark", "--json")
    over_dataset = call(*ask, "--engine", "spark", "--dataset", lake / "current", "--json")
    assert over_snapshot.stdout == over_dataset.stdout == here.stdout != "[]"
    table = call(*ask, "--engine", "spark", "--dataset", f"file://{lake}", "--tsv")
    assert table.stdout.splitlines()[0].split("\t") == list(json.loads(here.stdout)[0])
    plan = call(*ask, "--engine", "spark", "--dataset", lake, "--explain")
    assert "Physical Plan" in plan.stdout


@pytest.mark.slow
def test_a_dataset_that_lacks_a_table_is_told(project: Project, spark: SparkReader, tmp_path: Path) -> None:
    project.export_parquet(tmp_path, Request(Scope(only=("study",))))
    done = call("query", "runs", "--engine", "spark", "--dataset", tmp_path)
    assert done.exit_code == 1
    assert "There is no table 'experiment' in the dataset." in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("content", [None, "", "[]", '{"tables": 1}'])
def test_a_folder_that_is_no_dataset_is_told(spark: SparkReader, tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "manifest.json").write_text(content)
    for address in (str(tmp_path), f"file://{tmp_path}"):
        with pytest.raises(ProjectError, match="holds no manifest"):
            SparkReader(spark._session).open_dataset(address)


@pytest.mark.slow
def test_files_that_are_gone_are_a_query_error(lake: Path, spark: SparkReader, tmp_path: Path) -> None:
    copy = shutil.copytree(lake / "current", tmp_path / "copy")
    reader = SparkReader(spark._session.newSession())
    reader.open_dataset(str(copy))
    shutil.rmtree(copy / "search")
    with pytest.raises(QueryError, match="Spark failed on view 'search_overlap'"):
        reader.query("search_overlap")


def test_a_session_that_is_there_is_used_and_left_running(spark: SparkReader) -> None:
    with spark_reader("spark://nowhere.invalid:7077") as other:
        assert other._session.sparkContext is spark._session.sparkContext
        assert other._session is not spark._session
    assert spark._session.sql("select 1").collect()[0][0] == 1


def test_without_pyspark_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    done = call("query", "runs", "--engine", "spark", "--dataset", "x")
    assert done.exit_code == 1
    assert "pip install 'alembic-db[spark]'" in done.stderr


@pytest.mark.parametrize("place", ["JAVA_HOME", "PATH"])
def test_without_java_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: str) -> None:
    pyspark = pytest.importorskip("pyspark.sql")
    monkeypatch.setattr(pyspark.SparkSession, "getActiveSession", lambda: None)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv(place, str(tmp_path))
    done = call("query", "runs", "--engine", "spark", "--dataset", "x")
    assert done.exit_code == 1
    assert "Java 17" in done.stderr and "default-jre-headless" in done.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["runs", "--master", "yarn"], "--master and --dataset are for --engine spark"),
        (["runs", "--engine", "flink"], "'flink' is not one of"),
        (["no_such", "--engine", "spark", "--dataset", "x"], "no saved view 'no_such'"),
        (["runs", "--engine", "spark", "--dataset", "x", "-P", "a=1"], "has no parameter 'a'"),
    ],
)
def test_what_makes_no_sense_is_told_before_spark_starts(options: list[str], message: str) -> None:
    done = call("query", *options)
    assert done.exit_code in (1, 2)
    assert message in done.stderr


def test_the_sql_is_shown_in_the_dialect_of_spark() -> None:
    shown = call("query", "entity_timeline", "--engine", "spark", "--sql").stdout
    assert "DATE_FORMAT(published, 'yyyy')" in shown


def test_a_local_master_stays_on_this_machine() -> None:
    settings = _settings("local[4]")
    assert settings["spark.driver.bindAddress"] == settings["spark.driver.host"] == "127.0.0.1"
    assert settings["spark.ui.enabled"] == "false"
    assert "spark.driver.host" not in _settings("spark://cluster:7077")  # its workers call back


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (
            "[PATH_NOT_FOUND] Path does not exist: x. SQLSTATE: 42K03\nmore",
            "[PATH_NOT_FOUND] Path does not exist: x. SQLSTATE: 42K03.",
        ),
        (
            "An error occurred.\n: java.lang.RuntimeException: outer\n\tat a.b.c(D.java:1)\nCaused by: java.io.IOException: No space left\n\tat x",
            "No space left.",
        ),
        ("", "RuntimeError."),
    ],
)
def test_the_cause_is_found_in_what_java_says(message: str, reason: str) -> None:
    assert _reason(RuntimeError(message), None) == reason


def test_no_character_of_a_path_is_a_pattern() -> None:
    assert _literal("/a [b]*?{c}\\d") == "/a \\[b\\]\\*\\?\\{c\\}\\\\d"


def test_no_step_of_a_view_has_the_name_of_a_table() -> None:
    """In Spark the steps stand beside the tables."""
    import sqlglot
    from sqlglot import exp

    from alembic_db.store.schema import kept_tables

    tables = {table.name for table in kept_tables()}
    for query in saved_queries():
        tree = sqlglot.parse_one(saved_query(query.name).sql, read="duckdb")
        assert tables_of(tree) <= tables
        assert not tables & {step.alias for step in tree.find_all(exp.CTE)}, query.name
