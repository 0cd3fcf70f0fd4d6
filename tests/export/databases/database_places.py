"""Where the suite exports to: each engine's own driver, apart from the program's adapters."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from alembic_db.export.engine import STATE_TABLE
from alembic_db.store.schema import COMMIT, Table, Type

Rows = list[tuple[Any, ...]]
POSTGRES = os.environ.get("ALEMBIC_DB_TEST_POSTGRES", "postgresql://postgres@127.0.0.1/test")
MARIADB = os.environ.get("ALEMBIC_DB_TEST_MYSQL", "mysql://root@127.0.0.1")
MYSQL = os.environ.get("ALEMBIC_DB_TEST_REAL_MYSQL", "")


class Place:
    """A place that an export goes to, and another connection to look at it."""

    dialect = ""
    has_nul = True
    quote = '"'
    shows_shells = False  # whether a first filling shows empty tables before it is done

    def engine(self) -> Any:
        """Make the program's adapter for this place."""
        raise NotImplementedError

    @contextmanager
    def connected(self) -> Iterator[Callable[[str], Rows]]:
        """Give a function that runs one statement, each in a transaction of its own."""
        raise NotImplementedError
        yield

    def run(self, statement: str) -> Rows:
        with self.connected() as run:
            return run(statement)

    def names(self) -> set[str]:
        """Name every table and view that is there."""
        raise NotImplementedError

    def drop(self) -> None:
        """Remove it all."""
        raise NotImplementedError

    @property
    def spec(self) -> dict[str, str]:
        """Say where it is, for another process."""
        raise NotImplementedError

    def columns(self, names: Sequence[str]) -> str:
        return ", ".join(f"{self.quote}{name}{self.quote}" for name in names)

    def rows(self, table: Table) -> Counter[tuple[Any, ...]]:
        """Read a table whole, as the store would give it."""
        names = [name for name in table.column_names if not (table.derived and name == COMMIT)]
        kinds = [table.column(name).type for name in names]
        found = self.run(f"select {self.columns(names)} from {self.quote}{table.name}{self.quote}")
        return Counter(tuple(map(self.plain, row, kinds)) for row in found)

    def plain(self, value: Any, kind: Type) -> Any:
        if value is None:
            return None
        if kind is Type.TIMESTAMP:
            time = datetime.fromisoformat(value) if isinstance(value, str) else value
            return time.astimezone(UTC).replace(tzinfo=None) if time.tzinfo else time
        return bool(value) if kind is Type.BOOLEAN else value

    def expected(self, rows: Counter[tuple[Any, ...]]) -> Counter[tuple[Any, ...]]:
        """Say what of the store's rows comes to lie here."""
        if self.has_nul:
            return rows
        changed: Counter[tuple[Any, ...]] = Counter()
        for row, number in rows.items():
            changed[tuple(v.replace("\0", "\ufffd") if isinstance(v, str) else v for v in row)] += number
        return changed

    def state(self) -> tuple[int, dict[str, int]] | None:
        """Read the commit and the numbers of rows that it remembers."""
        if STATE_TABLE not in self.names():
            return None
        found = self.run(f"select commit_seq, row_counts from {STATE_TABLE}")
        return (found[0][0], json.loads(found[0][1])) if found else None


class SqlitePlace(Place):
    dialect = "sqlite"

    def __init__(self, path: Path) -> None:
        self.path = path

    def engine(self) -> Any:
        from alembic_db.export.sqlite import SqliteEngine

        return SqliteEngine(self.path)

    @contextmanager
    def connected(self) -> Iterator[Callable[[str], Rows]]:
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            yield lambda statement: connection.execute(statement).fetchall()

    def names(self) -> set[str]:
        if not self.path.exists():
            return set()
        found = {name for (name,) in self.run("select name from sqlite_master where type in ('table', 'view')")}
        return {name for name in found if not name.startswith("text_search")}

    def drop(self) -> None:
        for file in self.path.parent.glob(f"{self.path.name}*"):
            file.unlink()

    @property
    def spec(self) -> dict[str, str]:
        return {"kind": "sqlite", "at": str(self.path)}


class PostgresPlace(Place):
    dialect = "postgres"
    has_nul = False

    def __init__(self, url: str, schema: str | None = None) -> None:
        self.url = url
        self.schema = schema or f"alembic_db_test_{os.getpid()}_{uuid.uuid4().hex[:8]}"

    def engine(self) -> Any:
        from alembic_db.export.postgresql import PostgresEngine

        return PostgresEngine(self.url, schema=self.schema)

    @contextmanager
    def connected(self) -> Iterator[Callable[[str], Rows]]:
        import psycopg

        with psycopg.connect(self.url, autocommit=True, connect_timeout=5) as connection:
            connection.execute(f'set search_path to "{self.schema}"'.encode())

            def run(statement: str) -> Rows:
                cursor = connection.execute(statement.encode())
                return cursor.fetchall() if cursor.description else []

            yield run

    def names(self) -> set[str]:
        query = f"select relname from pg_class where relkind in ('r', 'v') and relnamespace = to_regnamespace('{self.schema}')"
        return {name for (name,) in self.run(query)}

    def drop(self) -> None:
        self.run(f'drop schema if exists "{self.schema}" cascade')

    def kill(self) -> None:
        """End the connection of the exporter to this schema, which its lock gives away."""
        lock = f"hashtext('{self.schema}')::bigint & 4294967295"
        self.run(
            f"select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and objid::bigint = {lock}"
        )

    @property
    def spec(self) -> dict[str, str]:
        return {"kind": "postgresql", "at": self.url, "schema": self.schema}


class MySqlPlace(Place):
    dialect = "mysql"
    quote = "`"
    shows_shells = True

    def __init__(self, url: str, database: str | None = None) -> None:
        self.url = url
        self.database = database or f"alembic_db_test_{os.getpid()}_{uuid.uuid4().hex[:8]}"

    def engine(self) -> Any:
        from alembic_db.export.mysql import MySqlEngine

        return MySqlEngine(self.url, schema=self.database)

    @contextmanager
    def connected(self) -> Iterator[Callable[[str], Rows]]:
        import pymysql

        parts = urlsplit(self.url)
        given: Mapping[str, Any] = {
            "host": parts.hostname, "port": parts.port or 3306, "user": unquote(parts.username or "root"),
            "password": unquote(parts.password or ""), "charset": "utf8mb4", "autocommit": True, "connect_timeout": 5,
        }  # fmt: skip
        with closing(pymysql.connect(**given)) as connection, connection.cursor() as cursor:

            def run(statement: str) -> Rows:
                cursor.execute(statement)
                return list(cursor.fetchall())

            # MySQL's own `create database if not exists` waits for whoever reads in a database that is there.
            if not run(f"select 1 from information_schema.schemata where schema_name = '{self.database}'"):
                run(f"create database `{self.database}`")
            run(f"use `{self.database}`")
            yield run

    def names(self) -> set[str]:
        found = {name for (name, *_) in self.run("show tables")}
        return {name for name in found if not name.startswith(("alembic_db_new_", "alembic_db_old_"))}

    def drop(self) -> None:
        self.run(f"drop database if exists `{self.database}`")

    def kill(self) -> None:
        """End every connection that works in this database."""
        query = f"select id from information_schema.processlist where db = '{self.database}' and id <> connection_id()"
        with self.connected() as run:
            for (number,) in run(query):
                run(f"kill {number}")

    @property
    def spec(self) -> dict[str, str]:
        return {"kind": "mysql", "at": self.url, "schema": self.database}


def place_of(spec: Mapping[str, str]) -> Place:
    """Find a place again in another process."""
    if spec["kind"] == "sqlite":
        return SqlitePlace(Path(spec["at"]))
    made = PostgresPlace if spec["kind"] == "postgresql" else MySqlPlace
    return made(spec["at"], spec["schema"])


def reachable(place: Place) -> None:
    """Skip where a server is not there; in CI that is a failure."""
    try:
        place.run("select 1")
    except Exception as error:  # each driver has its own
        message = f"{place.dialect} cannot be reached: {error}"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)


@contextmanager
def watched(hook: Callable[[], None]) -> Iterator[None]:
    """Call a hook before every statement, every packet and piece of rows that an export sends, and after its end."""
    import psycopg
    import pymysql.connections

    from alembic_db.export import mysql, mysql_link, postgresql, rows, sqlite, sync

    def before(function: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            hook()
            return function(*args, **kwargs)

        return call

    points = [(module, "sql") for module in (sqlite, postgresql, mysql, mysql_link)]
    points += [(sqlite.SqliteEngine, "_insert_many"), (sqlite.SqliteEngine, "_publish"), (sync._Export, "_keep")]
    points += [(psycopg.Copy, "write"), (pymysql.connections.Connection, "write_packet")]
    with pytest.MonkeyPatch.context() as patch:
        for owner, name in points:
            patch.setattr(owner, name, before(getattr(owner, name)))
        patch.setattr(rows, "BATCH_ROWS", 50)
        patch.setattr(postgresql, "_PIECE", 1 << 14)
        yield


def remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
