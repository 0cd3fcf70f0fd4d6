"""SQLite: a file with STRICT tables, in WAL mode so that readers go on, with full-text search over the texts."""

from __future__ import annotations

import itertools
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from alembic_db.errors import ExportError, ExportTransientError
from alembic_db.export import ddl
from alembic_db.export.engine import STATE_TABLE, Layout, State
from alembic_db.export.rows import Rows, quoted, with_numbers
from alembic_db.export.statements import sql
from alembic_db.store.schema import Table, Type
from alembic_db.store.schema import table as known_table

SEARCH = "text_search"
_TYPES = {
    Type.TEXT: "TEXT",
    Type.INTEGER: "INTEGER",
    Type.REAL: "REAL",
    Type.BOOLEAN: "INTEGER",
    Type.TIMESTAMP: "TEXT",
}
_VALUES_AT_ONCE = 700  # more rows in a statement are hardly faster
_WAIT_SECONDS = 10


class SqliteEngine:
    """A database in a file."""

    dialect = "sqlite"
    elsewhere = "another FILE"
    has_lengths = False
    has_nul = True
    takes_sorted = True

    def __init__(self, path: Path) -> None:
        self.path = path
        self.title = str(path)
        self._open: sqlite3.Connection | None = None
        self._searchable = False

    @property
    def _connection(self) -> sqlite3.Connection:
        if self._open is None:
            raise ExportError(f"{self.title} is not open.")
        return self._open

    @contextmanager
    def session(self) -> Iterator[None]:
        """Open the file, if it is there, and lock it against other writers."""
        with self._errors():
            try:
                if self._is_there():
                    self._connect(self.path)
                    self._run("begin immediate")
                    self._searchable = SEARCH in self.names()
                yield
            finally:
                self._close()

    def names(self) -> Mapping[str, str]:
        """Map every table and view to `table` or `view`."""
        return dict(self._run(sql("sqlite/names"))) if self._open else {}

    def columns(self, table: str) -> list[str]:
        """List the columns of a table."""
        return [row[1] for row in self._run(f"pragma table_info({quoted(table)})")]

    def count(self, table: str) -> int:
        """Count the rows of a table."""
        return int(self._run(sql("sqlite/count", table=quoted(table)))[0][0])

    def read_state(self) -> State | None:
        """Read what the target remembers."""
        if STATE_TABLE not in self.names():
            return None
        rows = self._run(sql("sqlite/select", columns="*", table=STATE_TABLE))
        return State.of(rows[0]) if rows else None

    def write_state(self, state: State) -> None:
        """Remember a state instead of the one before."""
        self._run(sql("sqlite/create_state", table=STATE_TABLE))
        self._run(sql("sqlite/delete", table=STATE_TABLE, condition="true"))
        values = [
            value.isoformat(" ", "microseconds") if isinstance(value, datetime) else value for value in state.values()
        ]
        marks = f"({', '.join('?' * len(values))})"
        columns = [row[1] for row in self._run(f"pragma table_info({STATE_TABLE})")]
        self._run(sql("sqlite/insert", table=STATE_TABLE, columns=ddl.name_list(columns), rows=marks), values)

    def read_rows(self, table: Table, columns: Sequence[str]) -> Iterator[Sequence[Sequence[Any]]]:
        """Yield some columns in batches."""
        kinds = [table.column(name).type for name in columns]
        query = sql("sqlite/select", columns=ddl.name_list(columns), table=quoted(table.name))
        cursor = self._connection.execute(query)
        while batch := cursor.fetchmany(10_000):
            yield [[_as_python(value, kind) for value, kind in zip(row, kinds, strict=True)] for row in batch]

    @contextmanager
    def filling(self, layout: Layout, state: State, replaced: Mapping[str, str]) -> Iterator[None]:
        """Fill a new file that takes its name in the end, or a file with other tables in one transaction."""
        part = None if self._open else self._begin_part()
        if part is None:
            self._switch_to_wal()
            self._drop(replaced)
        for table in layout.tables:
            self._run(sql("sqlite/create_table", table=quoted(table.name), parts=", ".join(_parts(table))))
        self._searchable = False  # filled at once at the end
        yield
        for table in layout.tables:
            for name, columns in ddl.indexes(table):
                names = {"index": quoted(name), "table": quoted(table.name), "columns": ddl.name_list(columns)}
                self._run(sql("sqlite/create_index", **names))
        if any(table.name == "text" for table in layout.tables):
            self._run(sql("sqlite/create_fts"))
            self._run(sql("sqlite/fill_fts"))
        self._create_views(layout)
        self._run("commit")
        if part is not None:
            self._publish(part)

    @contextmanager
    def changing(self, layout: Layout, *, renew_views: bool) -> Iterator[None]:
        """Change it in one transaction, the one that the session began."""
        yield
        if renew_views:
            ours = {view.name: "view" for view in layout.views if view.name in self.names()}
            self._drop(ours)
            self._create_views(layout)
        self._run("commit")

    def insert(self, table: Table, rows: Rows) -> int:
        """Add rows, many in one statement."""
        width = len(rows.columns)
        limit = self._connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER)
        height = max(1, min(_VALUES_AT_ONCE, limit) // width)
        searched = self._searchable and table.name == "text"
        done = 0
        for batch in rows.batches(with_numbers):
            whole = len(batch) - len(batch) % height
            done += self._insert_many(table, batch[:whole], height) + self._insert_many(table, batch[whole:], 1)
            if searched:
                places = [table.column_names.index(name) for name in ("text_id", "content")]
                self._connection.executemany(sql("sqlite/fts_add"), ([row[place] for place in places] for row in batch))
        return done

    def delete(self, table: Table, keys: Rows) -> int:
        """Delete by key, from the full-text index first."""
        names = [column.name for column in keys.columns]
        condition = " and ".join(f"{quoted(name)} = ?" for name in names)
        done = 0
        for batch in keys.batches(with_numbers):
            if self._searchable and table.name == "text":
                self._connection.executemany(sql("sqlite/fts_remove"), batch)
            statement = sql("sqlite/delete", table=quoted(table.name), condition=condition)
            done += self._connection.executemany(statement, batch).rowcount
        return done

    def _insert_many(self, table: Table, batch: Sequence[Sequence[Any]], height: int) -> int:
        if not batch:
            return 0
        one = f"({', '.join('?' * len(table.columns))})"
        names = {"table": quoted(table.name), "columns": ddl.name_list(table.column_names)}
        statement = sql("sqlite/insert", **names, rows=", ".join([one] * height))
        values = (tuple(itertools.chain.from_iterable(batch[at : at + height])) for at in range(0, len(batch), height))
        return self._connection.executemany(statement, values).rowcount

    def _create_views(self, layout: Layout) -> None:
        for view in layout.views:
            self._run(sql("sqlite/create_view", view=quoted(view.name), select=view.select))

    def _drop(self, names: Mapping[str, str]) -> None:
        if "text" in names and SEARCH in self.names():
            self._run(sql("sqlite/drop", kind="table", name=SEARCH))
        for name, kind in sorted(names.items(), key=lambda item: item[1], reverse=True):  # views before tables
            self._run(sql("sqlite/drop", kind=kind, name=quoted(name)))

    # The file

    def _is_there(self) -> bool:
        return self.path.exists() and self.path.stat().st_size > 0

    def _connect(self, path: Path) -> None:
        self._open = sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None)

    def _switch_to_wal(self) -> None:
        """Let readers go on while we write; the mode is the file's own and can only be changed between transactions."""
        before = self.read_state()
        self._run("rollback")
        self._run("pragma journal_mode = wal")
        self._run("begin immediate")
        if self.read_state() != before:
            raise ExportTransientError(f"Another export to {self.title} came in between.", hint="Run it again.")

    def _begin_part(self) -> Path:
        for leftover in self.path.parent.glob(f".{self.path.name}.*.part*"):
            leftover.unlink(missing_ok=True)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_name(f".{self.path.name}.{os.getpid()}.part")
        self._connect(part)
        for setting in ("journal_mode = off", "synchronous = off", "cache_size = -100000"):
            self._run(f"pragma {setting}")
        self._run("begin")
        return part

    def _publish(self, part: Path) -> None:
        self._run("pragma journal_mode = wal")
        self._close()
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        try:
            if self._is_there():
                raise FileExistsError
            part.replace(self.path)
        except FileExistsError:
            raise ExportTransientError(
                f"Another export to {self.title} came in between.", hint="Run it again."
            ) from None
        finally:
            part.unlink(missing_ok=True)

    def _close(self) -> None:
        if self._open is not None:
            with suppress(sqlite3.Error):
                self._open.close()
            self._open = None

    def _run(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self._connection.execute(statement, values).fetchall()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._said(error) from error
        except OSError as error:
            raise ExportError(
                f"{self.title}: {error.strerror or error}.", hint="Check the folder and its disk."
            ) from error

    def _said(self, error: sqlite3.Error) -> ExportError:
        message = str(error)
        if "locked" in message:
            return ExportTransientError(
                f"{self.title} is being written to by another program.", hint="Wait for it to end, then run this again."
            )
        if "not a database" in message:
            return ExportError(f"{self.title} is no SQLite database.", hint="Name another file.")
        if isinstance(error, sqlite3.IntegrityError):
            return ExportError(
                f"{self.title} was altered: {message}; nothing was changed.", hint="--replace fills it anew."
            )
        return ExportError(f"{self.title}: {message}; nothing was changed.", hint="Check the file and its disk.")


def _parts(table: Table) -> list[str]:
    """Write columns, key and references; a single integer key is the row id itself."""
    parts = ddl.column_parts(table, lambda column: _TYPES[column.type])
    if len(table.key) == 1 and table.column(table.key[0]).type is Type.INTEGER:
        parts[table.column_names.index(table.key[0])] += " primary key"
    else:
        parts += ddl.primary_key(table)
    references = ddl.foreign_keys(table, quoted, lambda name: known_table(name).key, '"')
    return parts + [f"{reference} deferrable initially deferred" for reference in references]


def _as_python(value: Any, kind: Type) -> Any:
    if value is None:
        return None
    if kind is Type.TIMESTAMP:
        return datetime.fromisoformat(value)
    return bool(value) if kind is Type.BOOLEAN else value
