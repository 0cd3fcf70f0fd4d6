"""The three files come back whole through the importers that users have: sqlite3, psql and mysql."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alembic_db import Project
from alembic_db.demo import bundled_packages
from alembic_db.export.import_scripts import FileTable, _distinct, import_scripts
from alembic_db.export.tsv import export_tsv
from alembic_db.saved import render, saved_query

HOSTILE = [
    'a\ttab, a "quote",\r\na break',
    '"',
    '""',
    '"begins with a quote',
    "NULL",
    "null",
    "\\.",
    "\\",
    "ends with \\",
    "\\.",
    ".quit",
    " ",
    "  blanks around  ",
    "\r",
    "\n",
    "\n\n",
    "a\rb",
    "ends with a carriage return\r",
    "'); drop table results; --",
    "%s {0} $1 :name @v1",
    "\ufeffmark first",
    "a\u2028line\x85separator\x0b\x0c",
    "e\u0301 \u00e9 α β-catenin 中文 עברית",
    "🧬 \U0001f9ec\u200d \U0010fffd \uffff",
    "true",
    "0",
    "word " * 200_000,
]
FILES = {"results": "RESULTS.TSV", "ai_processed": "AI_PROCESSED.TSV", "downloads": "DOWNLOADS.TXT"}

type Rows = list[tuple[Any, ...]]
type Load = Callable[[Path], Callable[[str], Rows]]


def _run(command: Sequence[str], folder: Path, script: str, **environment: str) -> None:
    with (folder / script).open("rb") as file:
        done = subprocess.run(
            command, stdin=file, cwd=folder, env=os.environ | environment, capture_output=True, text=True, check=False
        )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr[-2000:]


def _needs(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        pytest.fail(f"{program} is missing") if os.environ.get("CI") else pytest.skip(f"{program} is missing")
    return found


@pytest.fixture
def sqlite_load(tmp_path: Path) -> Load:
    def load(folder: Path) -> Callable[[str], Rows]:
        _run([_needs("sqlite3"), str(tmp_path / "lab.db")], folder, "import_sqlite.sql")

        def rows(table: str) -> Rows:
            with closing(sqlite3.connect(tmp_path / "lab.db")) as connection:
                return connection.execute(f"select * from {table}").fetchall()

        return rows

    return load


@pytest.fixture
def postgresql_load() -> Iterator[Load]:
    import psycopg

    url = os.environ.get("ALEMBIC_DB_TEST_POSTGRES", "postgresql://postgres@127.0.0.1/test")
    schema = f"alembic_db_tsv_{os.getpid()}"
    try:
        connection = psycopg.connect(url, connect_timeout=5, autocommit=True)
    except psycopg.Error as error:
        pytest.fail(str(error)) if os.environ.get("CI") else pytest.skip(str(error))
    with closing(connection):
        connection.execute(f"create schema {schema}".encode())

        def load(folder: Path) -> Callable[[str], Rows]:
            _run([_needs("psql"), "-q", "-X", url], folder, "import_postgresql.sql",
                 PGOPTIONS=f"--search_path={schema}")  # fmt: skip
            return lambda table: connection.execute(f"select * from {schema}.{table}".encode()).fetchall()

        yield load
        connection.execute(f"drop schema {schema} cascade".encode())


@pytest.fixture
def mysql_load() -> Iterator[Load]:
    import pymysql

    parts = urlsplit(os.environ.get("ALEMBIC_DB_TEST_MYSQL", "mysql://root@127.0.0.1"))
    user, password = unquote(parts.username or "root"), unquote(parts.password or "")
    database = f"alembic_db_tsv_{os.getpid()}"
    try:
        connection = pymysql.connect(
            host=parts.hostname, port=parts.port or 3306, user=user, password=password, connect_timeout=5
        )
    except pymysql.Error as error:
        pytest.fail(str(error)) if os.environ.get("CI") else pytest.skip(str(error))
    with closing(connection), connection.cursor() as cursor:
        cursor.execute(f"create database {database}")

        def load(folder: Path) -> Callable[[str], Rows]:
            login = [f"--host={parts.hostname}", f"--port={parts.port or 3306}", f"--user={user}"]
            command = [_needs("mysql"), "--no-defaults", *login, "--protocol=tcp", "--local-infile=1", database]
            _run(command, folder, "import_mysql.sql", MYSQL_PWD=password)

            def rows(table: str) -> Rows:
                cursor.execute(f"select * from {database}.{table}")
                return list(cursor.fetchall())

            return rows

        try:
            yield load
        finally:
            cursor.execute(f"drop database {database}")


@pytest.fixture(params=["sqlite", "postgresql", "mysql"])
def load(request: pytest.FixtureRequest) -> Load:
    """Read the files of a folder with an engine's own program; gives what then reads a table."""
    loaded: Load = request.getfixturevalue(f"{request.param}_load")
    return loaded


@pytest.fixture
def hostile(store: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Give the store with hostile texts in columns of every kind, and no empty text, as in any real store."""
    store.execute("update study set title = null where title = ''")
    for number, text in enumerate(HOSTILE):
        experiment = {
            "accession": f"SRX9{number:03}", "title": text, "library_name": text, "design_description": None,
            "study_accession": "SRP1", "nominal_length": 250.5 + number, "origin": "package", "content_hash": "h",
            "created_at": datetime(2024, 1, 1), "updated_at": datetime(2024, 1, 1), "commit_seq": 1,
        }  # fmt: skip
        run = {
            "accession": f"SRR9{number:03}", "experiment_accession": experiment["accession"], "title": text,
            "is_public": (True, False, None)[number % 3], "total_bases": (None, 2**63 - 1)[number % 2],
            "published": datetime(2020, 1, 2, 3, 4, 5, number * 1001), "origin": "package", "content_hash": "h",
            "created_at": datetime(2024, 1, 1), "updated_at": datetime(2024, 1, 1), "commit_seq": 1,
        }  # fmt: skip
        file = {
            "run_accession": run["accession"], "position": 0, "supertype": "Primary ETL", "commit_seq": 1,
            "url": f"https://example.org/{text[:40]}",
        }  # fmt: skip
        for table, row in {"experiment": experiment, "run": run, "run_file": file}.items():
            marks = ", ".join("?" for _ in row)
            store.execute(f"insert into {table} ({', '.join(row)}) values ({marks})", list(row.values()))
    return store


def _texts(rows: Rows) -> list[tuple[str | None, ...]]:
    return sorted((tuple(map(_text, row)) for row in rows), key=repr)


def _text(value: Any) -> str | None:
    """Bring a value of any driver to one form: SQLite and MySQL hold numbers for truth, SQLite texts for times."""
    if value is None:
        return None
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return str(value)


def test_every_value_comes_back(hostile: duckdb.DuckDBPyConnection, load: Load, tmp_path: Path) -> None:
    export_tsv(hostile, tmp_path / "out", text_fields=["Experiment Title"], scripts=True)
    rows = load(tmp_path / "out")
    results = hostile.execute(render(saved_query("result_table"), {})).fetchall()
    assert len(results) == len(HOSTILE) + 3
    assert _texts(rows("results")) == _texts(results)
    processed = rows("ai_processed")
    assert {len(row) for row in processed} == {len(results[0]) + 3}
    assert _texts([row[:3] for row in processed]) == _texts([row[:3] for row in results])
    assert {text for _, _, text, *_ in processed} == {*HOSTILE, "KRAS", None}
    lines = (tmp_path / "out" / "DOWNLOADS.TXT").read_text(encoding="ascii").splitlines()
    assert _texts(rows("downloads")) == _texts([(line,) for line in lines])
    assert len(lines) > len(HOSTILE)


def test_line_that_psql_takes_for_the_end_fails_as_a_whole_and_copy_reads_it(
    store: duckdb.DuckDBPyConnection, tmp_path: Path, postgresql_load: Load
) -> None:
    """psql before 18 ends at a line that is `\\.`, even in quotes; the server itself does not."""
    import psycopg

    text = "line\n\\.\nline"
    store.execute("update study set title = ?", [text])
    export_tsv(store, tmp_path, scripts=True)
    try:
        rows = postgresql_load(tmp_path)
    except AssertionError as error:
        assert "unterminated CSV quoted field" in str(error)
    else:
        assert {row[5] for row in rows("results")} == {text}
    url = os.environ.get("ALEMBIC_DB_TEST_POSTGRES", "postgresql://postgres@127.0.0.1/test")
    script = (tmp_path / "import_postgresql.sql").read_text(encoding="utf-8")
    ddl = script[script.index('create table "results"') : script.index("\\copy")]
    with closing(psycopg.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(ddl.replace("create table", "create temporary table", 1).encode())
        with cursor.copy("copy results from stdin with (format csv, delimiter E'\\t', null '', header true)") as copy:
            copy.write((tmp_path / "RESULTS.TSV").read_bytes())
        assert cursor.execute('select distinct "Study Title" from results').fetchall() == [(text,)]


def test_scripts_do_not_touch_tables_that_are_there(
    store: duckdb.DuckDBPyConnection, tmp_path: Path, sqlite_load: Load
) -> None:
    export_tsv(store, tmp_path / "out", scripts=True)
    with closing(sqlite3.connect(tmp_path / "lab.db")) as connection, connection:
        connection.execute("create table ai_processed (mine)")
        connection.execute("insert into ai_processed values (1)")
    with pytest.raises(AssertionError, match="already exists"):
        sqlite_load(tmp_path / "out")
    with closing(sqlite3.connect(tmp_path / "lab.db")) as connection:
        assert connection.execute("select * from ai_processed").fetchall() == [(1,)]
        names = connection.execute("select name from sqlite_schema").fetchall()
    assert names == [("ai_processed",)]  # and nothing of the others was kept


def test_tags_of_any_kind_make_columns(hostile: duckdb.DuckDBPyConnection, load: Load, tmp_path: Path) -> None:
    tags = ["Tissue", "tissue", 'a "b" `c`', "tab\tand\nline", "back\\slash", "{braces}", "%s", "x" * 200, "ü" * 100]
    for number, tag in enumerate(tags):
        hostile.execute(
            "insert into sample_attribute (sample_accession, position, tag, value, commit_seq) values ('SRS1', ?, ?, 'v', 1)",
            [number + 10, tag],
        )
    export_tsv(hostile, tmp_path, text_fields=[f"attribute:{tag}" for tag in tags], scripts=True)
    assert len(load(tmp_path)("ai_processed")) == len(HOSTILE) + 3


@given(st.lists(st.text(), max_size=30))
def test_column_names_are_told_apart_by_every_engine(titles: list[str]) -> None:
    names = _distinct(titles)
    assert len({name.casefold() for name in names}) == len(titles)
    assert all(0 < len(name.encode()) <= 63 and name == name.strip() for name in names)


def test_a_script_names_its_engine() -> None:
    scripts = import_scripts([FileTable("DOWNLOADS.TXT", [("url", "VARCHAR")], has_titles=False)])
    assert sorted(scripts) == ["import_mysql.sql", "import_postgresql.sql", "import_sqlite.sql"]
    assert "ignore 0 lines" in scripts["import_mysql.sql"]


def test_no_text_of_a_store_is_empty(tmp_path: Path) -> None:
    """The scripts read nothing as NULL, which is right only because of this."""
    project = Project.create(tmp_path / "project")
    empty = (
        b'<EXPERIMENT_PACKAGE><EXPERIMENT accession="SRX1" alias=""><TITLE></TITLE><STUDY_REF accession="SRP1"/>'
        b'</EXPERIMENT><STUDY accession="SRP1" center_name=""><DESCRIPTOR><STUDY_TITLE/><STUDY_ABSTRACT></STUDY_ABSTRACT>'
        b'</DESCRIPTOR></STUDY><SAMPLE accession="SRS1" alias=""><TITLE/><SAMPLE_NAME><SCIENTIFIC_NAME/></SAMPLE_NAME>'
        b"<SAMPLE_ATTRIBUTES><SAMPLE_ATTRIBUTE><TAG>tissue</TAG><VALUE/></SAMPLE_ATTRIBUTE></SAMPLE_ATTRIBUTES></SAMPLE>"
        b'<RUN_SET><RUN accession="SRR1" alias=""><TITLE/><SRAFiles><SRAFile filename="" url="" md5=""/></SRAFiles></RUN>'
        b"</RUN_SET></EXPERIMENT_PACKAGE>"
    )
    for number, package in enumerate([empty, *bundled_packages()]):
        (tmp_path / f"{number}.xml").write_bytes(package)
    project.import_paths([tmp_path], annotate=False)
    with project.reading() as reader:
        for table in reader.manifest.tables:
            for column, kind, *_ in reader.connection.execute(f'describe "{table}"').fetchall():
                if kind == "VARCHAR":
                    found = reader.connection.execute(f'select 1 from "{table}" where "{column}" = \'\'').fetchall()
                    assert not found, f"{table}.{column}"
