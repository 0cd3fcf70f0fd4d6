"""MySQL and MariaDB: LOAD DATA, one transaction for the rows; definitions commit by themselves, so they come first.

A first filling makes empty tables and the views on them, then fills tables of other names beside them and swaps all
names in one RENAME. A replacement does the same with what is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from alembic_db.export import ddl
from alembic_db.export.engine import EMPTY, STATE_TABLE, Layout, State
from alembic_db.export.mysql_link import AskPassword, MySqlLink
from alembic_db.export.rows import Rows, quoted, with_numbers
from alembic_db.export.statements import sql
from alembic_db.export.views import COLLATION
from alembic_db.store.schema import Column, Table, Type
from alembic_db.store.schema import table as known_table

if TYPE_CHECKING:
    pass

_TYPES = {
    Type.TEXT: "longtext",
    Type.INTEGER: "bigint",
    Type.REAL: "double",
    Type.BOOLEAN: "boolean",
    Type.TIMESTAMP: "datetime(6)",
}
_NEW, _OLD = "alembic_db_new_", "alembic_db_old_"
_KEYS = "alembic_db_lost_keys"
_PREFIX_LENGTH = 191  # characters of a text of any length that an index holds
_ROWS_AT_ONCE = 500
_BYTES_AT_ONCE = 4 << 20
_LARGE = 50_000  # rows from which indexes are made faster afterwards


class MySqlEngine:
    """A database of a MySQL or MariaDB server."""

    dialect = "mysql"
    elsewhere = "--schema NAME"
    has_lengths = True
    has_nul = True
    takes_sorted = True  # the rows lie in the order of their key

    def __init__(self, url: str, *, schema: str | None = None, ask_password: AskPassword | None = None) -> None:
        self._link = MySqlLink(url, schema, ask_password)
        self.title = self._link.title
        self._prefix = ""  # of the tables that are being filled

    @contextmanager
    def session(self) -> Iterator[None]:
        """Connect, and hold a lock that every other exporter to this database asks for."""
        with self._link.session():
            yield

    def names(self) -> Mapping[str, str]:
        """Map every table and view of the database to `table` or `view`."""
        found = {str(name): str(kind) for name, kind in self._link.run(sql("mysql/names"))}
        return {name: kind for name, kind in found.items() if not name.startswith((_NEW, _OLD))}

    def columns(self, table: str) -> list[str]:
        """List the columns of a table."""
        return [str(row[0]) for row in self._link.run(sql("mysql/columns", table=ddl.literal(table)))]

    def count(self, table: str) -> int:
        """Count the rows of a table."""
        return int(self._link.run(sql("mysql/count", table=_named(table)))[0][0])

    def read_state(self) -> State | None:
        """Read what the target remembers."""
        if STATE_TABLE not in self.names():
            return None
        rows = self._link.run(sql("mysql/select", columns="*", table=_named(STATE_TABLE)))
        return State.of(rows[0]) if rows else None

    def write_state(self, state: State) -> None:
        """Remember a state instead of the one before; the table is made with the others."""
        self._write_state(self._prefix + STATE_TABLE, state)

    def read_rows(self, table: Table, columns: Sequence[str]) -> Iterator[Sequence[Sequence[Any]]]:
        """Yield some columns in batches."""
        kinds = [table.column(name).type for name in columns]
        query = sql("mysql/select", columns=ddl.name_list(columns, "`"), table=_named(table.name))
        for batch in self._link.stream(query):
            yield [[bool(v) if k is Type.BOOLEAN and v is not None else v for v, k in zip(row, kinds, strict=True)]
                   for row in batch]  # fmt: skip

    @contextmanager
    def filling(self, layout: Layout, state: State, replaced: Mapping[str, str]) -> Iterator[None]:
        """Fill tables beside those that are there, and swap them in one step."""
        self._clear_leftovers()
        before = self.read_state()
        if before is None or before.commit_seq == EMPTY:
            self._make_empty(layout, replace(state, commit_seq=EMPTY, row_counts={}), replaced)
        self._prefix = _NEW
        try:
            large = [table for table in layout.tables if state.row_counts[table.name] > _LARGE]
            for table in layout.tables:
                self._create(table, [] if table in large else self._additions(table))
            self._link.run(self._state_table())
            yield
            for table in large:
                changes = ", ".join(f"add {part}" for part in self._additions(table))
                self._link.run(sql("mysql/alter_table", table=_named(_NEW + table.name), changes=changes))
        finally:
            self._prefix = ""
        self._swap(layout, replaced)
        self._create_views(layout)
        self._clear_leftovers()

    @contextmanager
    def changing(self, layout: Layout, *, renew_views: bool) -> Iterator[None]:
        """Renew the views, which commits by itself, then change rows in one transaction."""
        if renew_views:
            self._create_views(layout)
        self._link.run("start transaction")
        yield
        self._link.run("commit")

    def insert(self, table: Table, rows: Rows) -> int:
        """Load rows; what the server would only warn of is an error."""
        return self._load(self._prefix + table.name, rows)

    def delete(self, table: Table, keys: Rows) -> int:
        """Stage the keys and delete what they name."""
        self._link.run(f"drop temporary table if exists {_KEYS}")
        parts = [f"{_quoted(column.name)} {_type_of(column)} not null" for column in keys.columns]
        parts.append(f"primary key ({ddl.name_list([column.name for column in keys.columns], '`')})")
        names = {"keys": _KEYS, "parts": ", ".join(parts), "collation": self._link.collation}
        self._link.run(sql("mysql/create_keys", **names))
        self._load(_KEYS, keys)
        same = " and ".join(f"t.{_quoted(column.name)} = k.{_quoted(column.name)}" for column in keys.columns)
        return self._link.change(sql("mysql/delete", table=_named(table.name), keys=_KEYS, same=same))

    # Definitions

    def _make_empty(self, layout: Layout, state: State, unfinished: Mapping[str, str]) -> None:
        """Make the tables without rows, and the views on them: whatever happens next, the target is whole.

        What an exporter that did not get so far has left holds no row, and goes.
        """
        for name, kind in unfinished.items():
            if name != STATE_TABLE:
                self._link.run(sql("mysql/drop", kind=kind, name=_named(name)))
        self._link.run(self._state_table())
        self._link.run("start transaction")
        self._write_state(STATE_TABLE, state)
        self._link.run("commit")
        for table in layout.tables:
            self._create(table, [])
        self._create_views(layout)

    def _state_table(self) -> str:
        return sql("mysql/create_state", table=_named(self._prefix + STATE_TABLE), collation=self._link.collation)

    def _write_state(self, table: str, state: State) -> None:
        values = state.values()
        columns = ddl.name_list(self.columns(table), "`")
        marks = f"({', '.join(['%s'] * len(values))})"
        self._link.run(sql("mysql/clear", table=_named(table)))
        self._link.run(sql("mysql/insert", table=_named(table), columns=columns, rows=marks), values)

    def _create(self, table: Table, additions: Sequence[str]) -> None:
        parts = ddl.column_parts(table, _type_of, "`")
        parts = [f"{part} comment {_comment(c.comment, 1024)}" for part, c in zip(parts, table.columns, strict=True)]
        parts += [*ddl.primary_key(table, "`"), *additions]
        names = {"table": _named(self._prefix + table.name), "collation": self._link.collation}
        self._link.run(
            sql("mysql/create_table", **names, parts=", ".join(parts), comment=_comment(table.comment, 2048))
        )

    def _additions(self, table: Table) -> list[str]:
        """Write the indexes and references."""
        prefix = self._prefix
        parts = [f"index {_quoted(name)} ({_index_columns(table, columns)})" for name, columns in ddl.indexes(table)]
        return parts + ddl.foreign_keys(
            table, lambda name: _named(prefix + name), lambda name: known_table(name).key, "`"
        )

    def _swap(self, layout: Layout, replaced: Mapping[str, str]) -> None:
        there = self.names()
        new = [*(table.name for table in layout.tables), STATE_TABLE]
        gone = [name for name, kind in there.items() if kind == "table" and (name in new or name in replaced)]
        for name, kind in replaced.items():
            if kind == "view" and name not in {view.name for view in layout.views}:
                self._link.run(sql("mysql/drop", kind="view", name=_named(name)))
        renames = [f"{_named(name)} to {_named(_OLD + name)}" for name in gone]
        renames += [f"{_named(_NEW + name)} to {_named(name)}" for name in new]
        self._link.run(sql("mysql/rename", renames=", ".join(renames)))

    def _clear_leftovers(self) -> None:
        for name, _ in self._link.run(sql("mysql/names")):
            if str(name).startswith((_NEW, _OLD)):
                self._link.run(sql("mysql/drop", kind="table", name=_named(str(name))))

    def _create_views(self, layout: Layout) -> None:
        for view in layout.views:
            select = view.select.replace(COLLATION, self._link.collation)
            self._link.run(sql("mysql/create_view", view=_named(view.name), select=select))

    # Rows

    def _load(self, table: str, rows: Rows) -> int:
        names = {"table": _named(table), "columns": ddl.name_list([column.name for column in rows.columns], "`")}
        if not self._link.takes_files:
            return self._insert_many(names, rows)
        with rows.csv(with_numbers) as path:
            statement = sql("mysql/load", path=ddl.literal(str(path), backslash=True), **names)
            return self._link.load(statement, path, table)

    def _insert_many(self, names: Mapping[str, str], rows: Rows) -> int:
        """Insert by statements of many rows, where the server takes no files."""
        one = f"({', '.join(['%s'] * len(rows.columns))})"
        done = 0
        for batch in rows.batches(with_numbers):
            for piece in _pieces(batch):
                values = [value for row in piece for value in row]
                done += self._link.change(sql("mysql/insert", **names, rows=", ".join([one] * len(piece))), values)
        return done


def _pieces(batch: Sequence[Sequence[Any]]) -> Iterator[list[Sequence[Any]]]:
    """Cut a batch so that no statement is larger than servers take."""
    piece: list[Sequence[Any]] = []
    size = 0
    for row in batch:
        weight = sum(4 * len(value) if isinstance(value, str) else 24 for value in row)
        if piece and (len(piece) >= _ROWS_AT_ONCE or size + weight > _BYTES_AT_ONCE):
            yield piece
            piece, size = [], 0
        piece.append(row)
        size += weight
    if piece:
        yield piece


def _type_of(column: Column) -> str:
    """Name the type; a text with a length can be indexed whole, one of any length by its start."""
    return f"varchar({column.length})" if column.length is not None else _TYPES[column.type]


def _index_columns(table: Table, columns: Sequence[str]) -> str:
    any_length = {c.name for c in table.columns if c.type is Type.TEXT and c.length is None}
    return ", ".join(_quoted(name) + (f"({_PREFIX_LENGTH})" if name in any_length else "") for name in columns)


def _comment(text: str, most: int) -> str:
    return ddl.literal(text[:most], backslash=True)


def _quoted(name: str) -> str:
    return quoted(name, "`")


_named = _quoted  # in the database of the connection
