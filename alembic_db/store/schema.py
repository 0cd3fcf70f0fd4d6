"""The tables as every engine needs to know them: logical types, keys, references, indexes, comments.

One source each: columns and types are what the migrations make, comments stand in the migrations' own `--` lines
(or in a `comment on`), the rest in schema/keys.toml.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from graphlib import TopologicalSorter
from typing import Any

from alembic_db.errors import StoreError
from alembic_db.resources import read_sql
from alembic_db.store.database import statement
from alembic_db.store.migrations import migrations

COMMIT = "commit_seq"  # the column of every kept table that says which commit wrote the row
_TABLE = re.compile(r"create\s+table (?:if not exists )?(\w+) \(", re.IGNORECASE)
_COLUMN = re.compile(r"\s+(?P<name>\w+) .*?(?:--\s*(?P<comment>.*))?", re.IGNORECASE)
_ADDED = re.compile(
    r"alter table (?P<table>\w+) add (?:column )?(?:if not exists )?(?P<name>\w+) .*?(?:--\s*(?P<comment>.*))?$",
    re.IGNORECASE,
)


class Type(StrEnum):
    """A logical type: what every engine has one for."""

    TEXT = "VARCHAR"
    INTEGER = "BIGINT"
    REAL = "DOUBLE"
    BOOLEAN = "BOOLEAN"
    TIMESTAMP = "TIMESTAMP"  # UTC, microseconds, without a zone
    BYTES = "BLOB"  # only in tables that are not kept


@dataclass(frozen=True)
class Column:
    """One column; `length` is the most characters it may hold, None for text of any length and what is no text."""

    name: str
    type: Type
    required: bool
    comment: str
    length: int | None


@dataclass(frozen=True)
class Reference:
    """A foreign key that always holds: `columns` here are the key of `table`."""

    columns: tuple[str, ...]
    table: str


@dataclass(frozen=True)
class Table:
    """One table; without a `key`, its rows are told apart only by the commit that wrote them."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    references: tuple[Reference, ...]
    indexes: tuple[tuple[str, ...], ...]
    comment: str
    kept: bool = True
    derived: bool = False  # computed for an export; the store has no such table

    @property
    def column_names(self) -> tuple[str, ...]:
        """Name the columns in order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """Return a column by its name."""
        return next(column for column in self.columns if column.name == name)


@cache
def all_tables() -> tuple[Table, ...]:
    """List every table, those that others refer to first. StoreError where schema/keys.toml and a migration differ."""
    known = tomllib.loads(read_sql("schema", "keys.toml"))
    columns = _columns(known["lengths"])
    undated = {name for name, its in columns.items() if COMMIT not in [column.name for column in its]}
    if odd := (set(columns) ^ set(known["tables"])) - undated:
        raise StoreError(f"schema/keys.toml and the migrations differ about the tables {', '.join(sorted(odd))}.")
    comments = _comments()
    made = {
        name: _table(name, columns[name], comments.get((name, ""), ""), known["tables"].get(name, {}))
        for name in sorted(columns)
    }
    order = TopologicalSorter({name: [reference.table for reference in made[name].references] for name in made})
    return tuple(made[name] for name in order.static_order())


def kept_tables() -> tuple[Table, ...]:
    """List the tables of the snapshot and the exports, those that others refer to first."""
    return tuple(table for table in all_tables() if table.kept)


def table(name: str) -> Table:
    """Return a table by its name."""
    return next(table for table in all_tables() if table.name == name)


def _table(name: str, columns: Sequence[Column], comment: str, known: Mapping[str, Any]) -> Table:
    references = known.get("references", {})
    return Table(
        name=name,
        columns=tuple(columns),
        key=tuple(known.get("key", ())),
        references=tuple(Reference(tuple(re.findall(r"\w+", own)), other) for own, other in references.items()),
        indexes=tuple(tuple(index) for index in known.get("indexes", ())),
        comment=comment,
        kept=known.get("kept", any(column.name == COMMIT for column in columns)),
    )


def _columns(lengths: Mapping[str, int]) -> dict[str, list[Column]]:
    """Run the migrations on an empty store and look what there is."""
    import duckdb

    comments = _comments()
    found: dict[str, list[Column]] = {}
    with duckdb.connect(":memory:") as connection:
        for migration in migrations():
            connection.execute(migration.sql)
        for owner, name, kind, required, comment in connection.execute(statement("schema_columns")).fetchall():
            length = lengths.get(name) if kind == Type.TEXT else None
            said = comment or comments.get((owner, name), "")
            found.setdefault(owner, []).append(Column(name, Type(kind), required, said, length))
    return found


@cache
def _comments() -> Mapping[tuple[str, str], str]:
    """Read what the migrations' comments say of (table, column), and of (table, '')."""
    return {place: text for migration in migrations() for place, text in _comments_of(migration.sql) if text}


def _comments_of(sql: str) -> Iterator[tuple[tuple[str, str], str]]:
    above: list[str] = []
    owner = column = ""
    said: dict[tuple[str, str], str] = {}
    for line in sql.splitlines():
        if start := _TABLE.match(line):
            owner, column = start[1], ""
            said[owner, ""] = " ".join(above)
        elif added := _ADDED.match(line):
            said[added["table"], added["name"]] = added["comment"] or " ".join(above)
        elif owner and line.startswith(")"):
            owner = ""
        elif owner and line.lstrip().startswith("--"):  # goes on with the comment of the column above
            said[owner, column] = f"{said.get((owner, column), '')} {line.lstrip(' -')}".strip()
        elif owner and (match := _COLUMN.fullmatch(line)):
            column = match["name"]
            said[owner, column] = match["comment"] or ""
        above = [*above, line[2:].strip()] if line.startswith("--") else []
    yield from said.items()
