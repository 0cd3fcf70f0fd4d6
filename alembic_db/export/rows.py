"""Rows on their way from DuckDB to a target: streamed, as tuples or as CSV, never all in memory."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic_db.export.statements import sql
from alembic_db.store.schema import Column, Type

if TYPE_CHECKING:
    import duckdb

BATCH_ROWS = 10_000
_PATIENCE = 0.02  # seconds between two looks at a pipe that nobody reads or writes
NUL_STAND_IN = "\ufffd"  # for engines whose text holds no NUL
type Expression = Callable[[Column], str]  # how an engine wants a column of `r`, in DuckDB's SQL


def quoted(name: str, mark: str = '"') -> str:
    """Quote a name for SQL."""
    return mark + name.replace(mark, mark * 2) + mark


def plain(column: Column) -> str:
    """Take a column as it is."""
    return f"r.{quoted(column.name)}"


def with_numbers(column: Column) -> str:
    """Take truth as 0 and 1 and times as text, for engines that have neither or read them so."""
    if column.type is Type.BOOLEAN:
        return f"cast({plain(column)} as tinyint)"
    if column.type is Type.TIMESTAMP:
        return f"strftime({plain(column)}, '%Y-%m-%d %H:%M:%S.%f')"
    return plain(column)


def without_nul(column: Column) -> str:
    """Take a text with a stand-in for NUL."""
    if column.type is Type.TEXT:
        return f"replace({plain(column)}, chr(0), '{NUL_STAND_IN}')"
    return plain(column)


@dataclass(frozen=True)
class Rows:
    """Some rows of a table: a query over the source, and how many rows it has."""

    connection: duckdb.DuckDBPyConnection
    relation: str
    columns: tuple[Column, ...]
    count: int
    condition: str = "true"
    order: Sequence[str] = ()

    def query(self, expression: Expression) -> str:
        """Write the query whose values are as an engine wants them."""
        return sql(
            "rows",
            columns=", ".join(expression(column) for column in self.columns),
            relation=self.relation,
            condition=self.condition,
            order="order by " + ", ".join(f"r.{quoted(name)}" for name in self.order) if self.order else "",
        )

    def batches(self, expression: Expression) -> Iterator[list[tuple[Any, ...]]]:
        """Yield the rows in batches."""
        cursor = self.connection.cursor()
        try:
            cursor.execute(self.query(expression))
            while batch := cursor.fetchmany(BATCH_ROWS):
                yield batch
        finally:
            cursor.close()

    @contextmanager
    def csv(self, expression: Expression) -> Iterator[Path]:
        """Give a path that the rows can be read from once, as CSV: unquoted NULL is none, quoted it is a text.

        Where the system has named pipes, DuckDB writes while the target reads, and nothing lies on the disk.
        """
        with tempfile.TemporaryDirectory(prefix="alembic-db-") as folder:
            path = Path(folder) / "rows.csv"
            statement = sql("write_csv", query=self.query(expression), path=str(path).replace("'", "''"))
            if hasattr(os, "mkfifo"):
                with _piped(self.connection, statement, path):
                    yield path
            else:
                self.connection.cursor().execute(statement)
                yield path


@contextmanager
def _piped(connection: duckdb.DuckDBPyConnection, statement: str, path: Path) -> Iterator[None]:
    """Let DuckDB write into a pipe from a thread; its failure is raised here, after the reader has seen the end."""
    os.mkfifo(path, 0o600)
    failed: list[BaseException] = []
    done = threading.Event()

    def write() -> None:
        cursor = connection.cursor()
        try:
            cursor.execute(statement).fetchall()
        except BaseException as error:
            failed.append(error)
            _wake(path, os.O_WRONLY, done)
        finally:
            cursor.close()

    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    try:
        yield
    except BaseException:
        done.set()
        while thread.is_alive():  # it may wait for a reader, or write what nobody wants any more
            _touch(path, os.O_RDONLY)
            thread.join(_PATIENCE)
        raise
    done.set()
    thread.join()
    if failed:
        raise failed[0]


def _wake(path: Path, mode: int, done: threading.Event) -> None:
    """Wake a reader that waits for a writer which failed before it opened the pipe."""
    while not done.is_set():
        _touch(path, mode)
        done.wait(_PATIENCE)


def _touch(path: Path, mode: int) -> None:
    with suppress(OSError):
        os.close(os.open(path, mode | os.O_NONBLOCK))
