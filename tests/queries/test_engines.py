"""Every view gives the same rows in every engine that it may be exported to."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

import duckdb
import pytest

from alembic_db.errors import MissingExtraError
from alembic_db.saved import Parameter, SavedQuery, render, saved_queries, saved_query
from alembic_db.spark import spark_reader
from alembic_db.store import Manifest
from alembic_db.store.schema import kept_tables
from alembic_db.store.snapshot import Segment

Rows = list[tuple[Any, ...]]

HOSTILE_VALUES = (
    'O\'Brien "x" \\ 100% ; drop table study --\tтест α 🧬\nnew line',
    "\\",
    "'",
    "%s",
    "$limit",
    "' or 1=1 --",
)

VALUES: dict[str, list[dict[str, str]]] = {
    "annotator_agreement": [{}, {"type": "Gene"}, {"minimum": "4"}],
    "changes": [{}, {"run": "2"}, {"since": "2024-01-03"}, {"since": "2024-01-04 11:00:00"}, {"change": "withdrawn"}],
    "downloads": [{}, {"search": "lung"}, {"search": HOSTILE_VALUES[0]}],
    "entity_by_organism": [{}, {"organism": "Homo sapiens", "type": "Gene"}, {"limit": "2"}],
    "entity_by_strategy": [{}, {"strategy": "RNA-Seq", "minimum": "2"}, {"limit": "3"}],
    "entity_by_study": [{}, {"study": "SRP1", "type": "Gene"}, {"minimum": "2"}],
    "entity_consensus": [
        {},
        *(
            {"level": level, "mode": mode}
            for level in ("overlap", "exact")
            for mode in ("union", "majority", "unanimous")
        ),
        {"type": "Gene", "minimum": "2"},
        {"limit": "3"},
    ],
    "entity_cooccurrence": [
        {},
        *(
            {"level": level, "minimum": minimum, "sort": sort}
            for level in ("text", "sample", "experiment", "study")
            for minimum, sort in (("1", "count"), ("2", "lift"))
        ),
        {"type_a": "Gene", "minimum": "1"},
        {"type_b": "Gene", "minimum": "1", "level": "study"},
        {"type_a": "Gene", "type_b": "Chemical", "minimum": "1", "annotator": "pattern"},
        {"type_a": "Gene", "type_b": "Gene", "minimum": "1", "level": "study"},
        {"minimum": "1", "annotator": "nobody"},
        {"minimum": "1", "level": "experiment", "limit": "4"},
    ],
    "entity_mention": [
        {},
        {"spans": "all"},
        {"entity": "TP53", "annotator": "pattern"},
        {"accession": "SRS1"},
        {"limit": "5"},
    ],
    "entity_timeline": [{}, {"period": "month", "entity": "TP53"}, {"type": "Gene", "minimum": "2"}],
    "field_fill": [{}],
    "problems": [{}, {"search": "lung", "stage": "parse"}],
    "reads_on_disk": [{}],
    "result_table": [{}, {"search": "lung"}, {"search": "no such search"}],
    "runs": [{}],
    "sample_entity": [{}, {"type": "Gene"}, {"sample": "SRS1"}],
    "samples_with_entity": [{}, {"entity": "lung"}, {"entity": "Homo sapiens", "type": "Species"}],
    "search_overlap": [{}],
    "searches": [{}],
    "studies_without_entity": [{}, {"type": "Disease"}],
    "top_entities": [{}, {"type": "Gene", "annotator": "pattern"}, {"minimum": "2", "limit": "1"}],
    "withdrawn": [{}],
}


class Engine(Protocol):
    """An engine that a copy of the store is made in."""

    dialect: str

    def load(self, store: duckdb.DuckDBPyConnection) -> None:
        """Copy every table of the store."""

    def execute(self, sql: str) -> Rows:
        """Run one statement and give its rows."""

    def view(self, query: SavedQuery, values: Mapping[str, str]) -> Rows:
        """Run a saved view."""

    def close(self) -> None:
        """Remove the copy."""


class Database:
    """A database that statements are sent to."""

    dialect: str

    def execute(self, sql: str) -> Rows:
        raise NotImplementedError

    def insert(self, table: str, columns: Sequence[str], rows: Rows) -> None:
        raise NotImplementedError

    def type_of(self, logical: str) -> str:
        """Name the column type for one of DuckDB's."""
        raise NotImplementedError

    def view(self, query: SavedQuery, values: Mapping[str, str]) -> Rows:
        return self.execute(render(query, values, dialect=self.dialect))

    def load(self, store: duckdb.DuckDBPyConnection) -> None:
        for (table,) in store.execute("select table_name from duckdb_tables() order by 1").fetchall():
            columns = [(name, kind) for name, kind, *_ in store.execute(f"describe {table}").fetchall()]
            quote = "`" if self.dialect == "mysql" else '"'
            ddl = ", ".join(f"{quote}{name}{quote} {self.type_of(kind)}" for name, kind in columns)
            self.execute(f"create table {table} ({ddl})")
            rows = store.execute(f"select * from {table}").fetchall()
            if rows:
                self.insert(table, [name for name, _ in columns], rows)


class Sqlite(Database):
    dialect = "sqlite"

    def __init__(self) -> None:
        self.connection = sqlite3.connect(":memory:")

    def execute(self, sql: str) -> Rows:
        return self.connection.execute(sql).fetchall()

    def insert(self, table: str, columns: Sequence[str], rows: Rows) -> None:
        plain = [[_sqlite_value(value) for value in row] for row in rows]
        self.connection.executemany(f"insert into {table} values ({', '.join('?' * len(columns))})", plain)

    def type_of(self, logical: str) -> str:
        types = {"BIGINT": "INTEGER", "BOOLEAN": "INTEGER", "DOUBLE": "REAL", "BLOB": "BLOB"}
        return types.get(logical, "TEXT")

    def close(self) -> None:
        self.connection.close()


def _sqlite_value(value: Any) -> Any:
    return value.isoformat(sep=" ", timespec="microseconds") if hasattr(value, "isoformat") else value


class Postgres(Database):
    dialect = "postgres"

    def __init__(self, url: str) -> None:
        import psycopg

        self.schema = f"alembic_db_test_{os.getpid()}"
        self.connection = psycopg.connect(url, connect_timeout=5)
        self.connection.execute(f"create schema {self.schema}")
        self.connection.execute(f"set search_path to {self.schema}")

    def execute(self, sql: str) -> Rows:
        with self.connection.transaction():  # a savepoint: one wrong statement leaves the others their copy
            cursor = self.connection.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []

    def insert(self, table: str, columns: Sequence[str], rows: Rows) -> None:
        with self.connection.cursor() as cursor:
            cursor.executemany(f"insert into {table} values ({', '.join(['%s'] * len(columns))})", rows)

    def type_of(self, logical: str) -> str:
        types = {"VARCHAR": 'TEXT COLLATE "C"', "DOUBLE": "DOUBLE PRECISION", "BLOB": "BYTEA"}
        return types.get(logical, logical)

    def close(self) -> None:
        self.connection.close()  # what is not committed is gone


class MySql(Database):
    dialect = "mysql"

    def __init__(self, url: str) -> None:
        import pymysql

        parts = urlsplit(url)
        self.database = f"alembic_db_test_{os.getpid()}"
        self.connection = pymysql.connect(
            host=parts.hostname,
            port=parts.port or 3306,
            user=unquote(parts.username or "root"),
            password=unquote(parts.password or ""),
            charset="utf8mb4",
            connect_timeout=5,
        )
        collation = "utf8mb4_nopad_bin" if "MariaDB" in self.connection.get_server_info() else "utf8mb4_0900_bin"
        self.execute(f"create database {self.database} character set utf8mb4 collate {collation}")
        self.execute(f"use {self.database}")
        self.execute(f"set names utf8mb4 collate {collation}")

    def execute(self, sql: str) -> Rows:
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall())

    def insert(self, table: str, columns: Sequence[str], rows: Rows) -> None:
        with self.connection.cursor() as cursor:
            cursor.executemany(f"insert into {table} values ({', '.join(['%s'] * len(columns))})", rows)

    def type_of(self, logical: str) -> str:
        return {"VARCHAR": "LONGTEXT", "TIMESTAMP": "DATETIME(6)", "BLOB": "LONGBLOB"}.get(logical, logical)

    def close(self) -> None:
        self.execute(f"drop database {self.database}")
        self.connection.close()


class Spark:
    """A session of Spark over a copy in Parquet, laid out as the snapshot is."""

    dialect = "spark"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stack = ExitStack()
        self.reader = self.stack.enter_context(spark_reader("local[2]"))

    def load(self, store: duckdb.DuckDBPyConnection) -> None:
        tables = {}
        for table in kept_tables():
            file = self.folder / table.name / "rows.parquet"
            file.parent.mkdir()
            store.execute(f"copy {table.name} to '{file}' (format parquet)")
            tables[table.name] = [Segment(file.name, 0, 0, 0, "")]
        manifest = asdict(Manifest("store", 1, 1, "", tables))
        (self.folder / "manifest.json").write_text(json.dumps(manifest))
        self.reader.open_snapshot(self.folder)
        self.reader._make_known(["study"])

    def execute(self, sql: str) -> Rows:
        return [tuple(row) for row in self.reader._session.sql(sql).collect()]

    def view(self, query: SavedQuery, values: Mapping[str, str]) -> Rows:
        return [tuple(row.values()) for row in self.reader.query(query.name, values).to_pylist()]

    def close(self) -> None:
        self.stack.close()


def _postgres() -> Engine:
    default = "postgresql://postgres@127.0.0.1/test"
    return Postgres(os.environ.get("ALEMBIC_DB_TEST_POSTGRES", default))


def _mysql() -> Engine:
    return MySql(os.environ.get("ALEMBIC_DB_TEST_MYSQL", "mysql://root@127.0.0.1"))


ENGINES: dict[str, Callable[[Path], Engine]] = {
    "sqlite": lambda _: Sqlite(),
    "postgres": lambda _: _postgres(),
    "mysql": lambda _: _mysql(),
    "spark": Spark,
}


@pytest.fixture(scope="module", params=[*list(ENGINES)[:-1], pytest.param("spark", marks=pytest.mark.slow)])
def engine(
    request: pytest.FixtureRequest,
    store: duckdb.DuckDBPyConnection,
    tmp_path_factory: pytest.TempPathFactory,
    light_spark: None,
) -> Iterator[Engine]:
    """Give a copy of the small store in one engine."""
    try:
        engine = ENGINES[request.param](tmp_path_factory.mktemp("engine"))
    except Exception as error:  # each driver has its own
        if isinstance(error, MissingExtraError) and os.environ.get("ALEMBIC_DB_LIGHT"):
            pytest.skip("the extras were left out (ALEMBIC_DB_LIGHT)")
        message = f"{request.param} cannot be reached: {error}"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    with closing(engine):
        engine.load(store)
        yield engine


def comparable(rows: Rows) -> list[tuple[str, ...]]:
    """Bring rows of any driver to one form, without their order."""
    return sorted(tuple(_comparable(value) for value in row) for row in rows)


def _comparable(value: Any) -> str:
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return f"{value:.9g}" if value != int(value) else str(int(value))
    if isinstance(value, Decimal):
        pytest.fail(f"a DECIMAL came back: {value}")
    if hasattr(value, "isoformat"):
        return repr(_sqlite_value(value))
    return repr(value)


CASES = [(name, values) for name, sets in VALUES.items() for values in sets]


@pytest.mark.parametrize(("name", "values"), CASES, ids=lambda part: str(part)[:60])
def test_view_gives_the_same_rows_as_in_duckdb(
    name: str, values: Mapping[str, str], store: duckdb.DuckDBPyConnection, engine: Engine
) -> None:
    query = saved_query(name)
    here = store.execute(render(query, values)).fetchall()
    assert comparable(engine.view(query, values)) == comparable(here)


@pytest.mark.parametrize("value", HOSTILE_VALUES)
def test_hostile_value_stays_a_value(value: str, store: duckdb.DuckDBPyConnection, engine: Engine) -> None:
    assert engine.view(saved_query("problems"), {"search": value}) == []
    studies = engine.execute("select count(*) from study")
    assert studies == store.execute("select count(*) from study").fetchall()


@pytest.mark.parametrize("value", HOSTILE_VALUES)
def test_hostile_value_arrives_unaltered(value: str, engine: Engine) -> None:
    echo = Parameter("value", "text", None, "what comes back")
    query = SavedQuery("echo", "Echo", "one row", "", (echo,), "select $value as value", "echo.sql")
    assert engine.execute(render(query, {"value": value}, dialect=engine.dialect)) == [(value,)]


def test_every_view_is_compared() -> None:
    assert sorted(VALUES) == [query.name for query in saved_queries()]


def test_every_default_result_but_one_has_rows(store: duckdb.DuckDBPyConnection) -> None:
    empty = [name for name, sets in VALUES.items() if not store.execute(render(saved_query(name), sets[0])).fetchall()]
    assert empty == ["entity_cooccurrence"]  # no pair is frequent enough; the other values give pairs
