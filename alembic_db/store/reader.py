"""Read the published snapshot: the store's tables as views over Parquet, on a connection that cannot write."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from alembic_db.errors import ProjectError, QueryError
from alembic_db.store.database import first_line, statement
from alembic_db.store.snapshot import Manifest, current_version

if TYPE_CHECKING:
    import pyarrow as pa

_EXPLAIN = re.compile(r"^\s*explain\s+(analyze\s+)?", re.IGNORECASE)
_READING = {duckdb.StatementType.SELECT}
_BATCH_ROWS = 1000


@dataclass(frozen=True)
class Limits:
    """What a statement of a user's may take: rows returned, seconds, and memory as DuckDB writes it."""

    rows: int
    seconds: float
    memory: str


class Reader:
    """A connection on one published version; later commits do not change what it sees.

    With `limits`, it takes no more memory than they say and spills nothing to disk.
    """

    def __init__(self, folder: Path, limits: Limits | None = None) -> None:
        version = current_version(folder)
        if version is None:
            raise ProjectError(
                f"{folder.parent} has no published snapshot yet.",
                hint="Search or import something first: alembic-db search TERM",
            )
        self.version = version
        self.manifest = Manifest.read(version)
        self.limits = limits
        self.connection = duckdb.connect(":memory:")
        for table in self.manifest.tables:
            files = file_pattern(version / table).replace("'", "''") + "/*.parquet"
            self.connection.execute(statement("snapshot_view", table=table, files=files))
        self._lock_down(version)

    def _lock_down(self, version: Path) -> None:
        """Leave the connection only the snapshot: no other file, network, extension or setting."""
        folders = {"folder": str(version), "pattern": file_pattern(version)}  # DuckDB compares the pattern, too
        self.connection.execute(statement("allow_folder"), folders)
        if self.limits is not None:
            self.connection.execute(statement("limit_memory"), {"memory": self.limits.memory})
            for name in ("no_spilling", "no_progress_bar"):
                self.connection.execute(statement(name))
        for name in ("no_external_access", "lock_settings"):
            self.connection.execute(statement(name))

    def close(self) -> None:
        """Let go of the snapshot."""
        self.connection.close()

    def table(self, sql: str) -> pa.Table:
        """Run a query of ours and return all rows."""
        with query_errors():
            return self.connection.sql(sql).to_arrow_table()

    def rows(self, sql: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Run a query of ours with parameters and return its rows by column."""
        with query_errors():
            cursor = self.connection.execute(sql, dict(values))
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def plan(self, sql: str) -> str:
        """Show how a query of ours would be run."""
        with query_errors():
            return "\n".join(str(row[-1]) for row in self.connection.execute(f"explain {sql}").fetchall())

    def user_table(self, sql: str) -> pa.Table:
        """Run what a user typed: one statement that reads. QueryError otherwise.

        Under limits, one row more than they allow is returned, so that the caller sees that there are more.
        """
        with query_errors():
            statements = self.connection.extract_statements(sql)
            if not statements:
                raise QueryError("The SQL statement is empty.", hint='Try: alembic-db sql "from study"')
            if len(statements) > 1:
                raise QueryError("There is more than one SQL statement.", hint="Give one at a time.")
            self._refuse_writing(sql, statements[0].type)
            if self.limits is None:
                return self.connection.sql(sql).to_arrow_table()
            with self._in_time(self.limits.seconds):
                return self._first_rows(sql, self.limits.rows + 1)

    @contextmanager
    def _in_time(self, seconds: float) -> Iterator[None]:
        """Interrupt what runs after so many seconds; QueryError then."""
        timer = threading.Timer(seconds, self.connection.interrupt)
        timer.start()
        try:
            yield
        except duckdb.InterruptException as error:
            raise QueryError(
                f"The query took longer than {seconds:g} seconds and was stopped.",
                hint="Narrow it down, or run it on the command line: alembic-db sql",
            ) from error
        finally:
            timer.cancel()
            timer.join()

    def _first_rows(self, sql: str, count: int) -> pa.Table:
        import pyarrow as pa

        reader = self.connection.sql(sql).to_arrow_reader(min(count, _BATCH_ROWS))
        batches, missing = [], count
        for batch in reader:
            batches.append(batch.slice(0, missing))
            missing -= len(batches[-1])
            if not missing:
                break
        return pa.Table.from_batches(batches, reader.schema)

    def _refuse_writing(self, sql: str, kind: duckdb.StatementType) -> None:
        if kind == duckdb.StatementType.EXPLAIN:
            inner = self.connection.extract_statements(_EXPLAIN.sub("", sql, count=1))
            kind = inner[0].type if len(inner) == 1 else kind
        if kind not in _READING:
            raise QueryError(
                f"This statement does not just read ({kind.name}), and the project is only read here.",
                hint="Use SELECT; to change data, take it to your own database: alembic-db export --help",
            )


@contextmanager
def query_errors() -> Iterator[None]:
    """Turn DuckDB's errors about a query into QueryError."""
    try:
        yield
    except duckdb.InterruptException as error:
        raise KeyboardInterrupt from error
    except duckdb.PermissionException as error:
        raise QueryError(
            f"The query reaches outside the project: {first_line(error)}.",
            hint="Only the project's own tables can be read here: alembic-db status lists them.",
        ) from error
    except duckdb.OutOfMemoryException as error:
        raise QueryError("The query needs more memory than there is.", hint="Narrow it down.") from error
    except duckdb.Error as error:
        raise QueryError(f"The query cannot be run: {_all_lines(error)}") from error


def _all_lines(error: object) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    kept = [line for line in lines if not re.match(r"^(LINE \d+:|\^)", line)]
    return re.sub(r"^(\w+ )?Error: ", "", " ".join(kept))


def file_pattern(path: Path) -> str:
    """Write a path so that DuckDB reads none of its characters as a file pattern."""
    return re.sub(r"([\[\]*?])", r"[\1]", str(path))
