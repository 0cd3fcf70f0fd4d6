"""The DuckDB file: opening, errors, statements and commits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from alembic_db.errors import ProjectLockedError, StoreError
from alembic_db.resources import read_sql
from alembic_db.store.tables import arrow_table

if TYPE_CHECKING:
    import pyarrow as pa

# The oldest format that DuckDB 1.4 to 2.x all read and write.
_STORAGE_VERSION = "v1.2.0"
_HOLDER = re.compile(r"held in (?P<program>.*?) \(PID (?P<pid>\d+)\)")


@cache
def _template(name: str) -> str:
    return read_sql("schema", "statements", f"{name}.sql")


def statement(name: str, **names: str) -> str:
    """Load schema/statements/NAME.sql and fill in table names, which are the program's own."""
    text = _template(name)
    return text.format(**names) if names else text


@contextmanager
def store_errors(path: Path) -> Iterator[None]:
    """Turn DuckDB's errors about the file into ours."""
    try:
        yield
    except (duckdb.IOException, duckdb.TransactionException) as error:  # a commit that cannot be written is the latter
        raise _io_error(path, str(error)) from error
    except duckdb.OutOfMemoryException as error:
        raise StoreError(
            f"Not enough memory to work on {path}.", hint="Close other programs and run it again."
        ) from error
    except (duckdb.FatalException, duckdb.InternalException, duckdb.SerializationException) as error:
        raise StoreError(
            f"The store {path} cannot be read: {first_line(error)}.",
            hint="If the file is damaged, restore a backup or make a new project and import again.",
        ) from error
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror or error}.", hint=_disk_hint(str(error))) from error


def _io_error(path: Path, message: str) -> StoreError | ProjectLockedError:
    if "lock" in message.lower() and "Conflicting" in message:
        holder = _HOLDER.search(message)
        who = f"process {holder['pid']}" if holder else "another process"
        return ProjectLockedError(
            f"{path.parent} is being written to by {who}.", hint="Wait for it to end, then run this again."
        )
    return StoreError(f"{path}: {first_line(message)}.", hint=_disk_hint(message))


def _disk_hint(message: str) -> str:
    if "No space left" in message or "not enough space" in message.lower() or "File too large" in message:
        return "The disk is full: free some space and run the same command again; what was stored is safe."
    if "Permission denied" in message or "Read-only" in message or "read-only" in message:
        return "Check that you may write to the project folder."
    return "Check the file and the disk it lies on."


def first_line(error: object) -> str:
    """Cut an error of a library down to its first line, without its class."""
    line = str(error).partition("\n")[0]
    return re.sub(r"^(\w+ )?Error: ", "", line).rstrip(". ")


@dataclass
class Commit:
    """One transaction: everything written in it carries `seq`; the counts go into its log row."""

    seq: int
    now: datetime
    action: str
    detail: str | None
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0

    @property
    def stamp(self) -> dict[str, Any]:
        """Return the statement parameters that date a row."""
        return {"now": self.now, "commit_seq": self.seq}


class Store:
    """The open store: one writer, one connection. Use as a context manager."""

    def __init__(self, path: Path, connection: duckdb.DuckDBPyConnection) -> None:
        self.path = path
        self.connection = connection
        self._schemas: dict[str, pa.Schema] = {}

    @classmethod
    def open(cls, path: Path) -> Store:
        """Open for writing; makes the file where there is none. Raises ProjectLockedError, StoreError."""
        with store_errors(path):
            config: dict[str, str | bool | int | float | list[str]] = {
                "storage_compatibility_version": _STORAGE_VERSION
            }
            return cls(path, duckdb.connect(str(path), config=config))

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Write the log into the file and let go of it."""
        with store_errors(self.path):
            self.connection.close()

    def run(self, name: str, values: Mapping[str, Any] | None = None, /, **names: str) -> list[tuple[Any, ...]]:
        """Run schema/statements/NAME.sql and return its rows; takes of `values` what the statement asks."""
        sql = statement(name, **names)
        wanted = {key: value for key, value in (values or {}).items() if f"${key}" in sql}
        return self.connection.execute(sql, wanted or None).fetchall()

    @contextmanager
    def staged(self, table: str, rows: pa.Table) -> Iterator[None]:
        """Make an Arrow table visible to statements as staged_TABLE."""
        self.connection.register(f"staged_{table}", rows)
        try:
            yield
        finally:
            self.connection.unregister(f"staged_{table}")

    def arrow(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> pa.Table:
        """Build an Arrow table of some columns of a table of the store, with the store's types."""
        return arrow_table(self.types(table), columns, rows)

    def types(self, table: str) -> pa.Schema:
        """Look up the Arrow types of a table's columns."""
        if table not in self._schemas:
            empty = self.connection.table(table).limit(0).to_arrow_table()
            self._schemas[table] = empty.schema
        return self._schemas[table]

    @contextmanager
    def commit(self, action: str, detail: str | None = None) -> Iterator[Commit]:
        """Run a transaction; all or nothing of it stays."""
        with store_errors(self.path):
            self.connection.begin()
            try:
                ((last,),) = self.run("last_commit")
                commit = Commit(last + 1, datetime.now(UTC).replace(tzinfo=None), action, detail)
                yield commit
                self.run("insert_commit", vars(commit) | commit.stamp)
                self.connection.commit()
            except BaseException:
                self._roll_back()
                raise

    def _roll_back(self) -> None:
        # The failed statement may have ended the transaction, or the file be gone: nothing was kept.
        with suppress(duckdb.Error):
            self.connection.rollback()
