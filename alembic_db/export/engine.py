"""What a database has to be able to do so that sync.py can keep it in step; one thin adapter an engine."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Protocol

from alembic_db.export.rows import Rows
from alembic_db.store.schema import Table

STATE_TABLE = "alembic_db_export"
EMPTY = 0  # the commit of a target that has its tables and views, but no rows yet


@dataclass(frozen=True)
class View:
    """A view of the target: what it is for, and its SELECT in the engine's dialect."""

    name: str
    comment: str
    select: str


@dataclass(frozen=True)
class State:
    """What a target remembers of itself, in its table alembic_db_export."""

    export_id: str  # of this target; names what the project keeps of its last export
    store_id: str
    schema_version: int
    commit_seq: int
    committed_at: datetime  # of that commit: the same number with another time is another history
    exported_at: datetime
    exported_by: str
    scope: str  # JSON: the tables and the search that were asked for
    views: str  # digest of their definitions
    row_counts: Mapping[str, int] = field(default_factory=dict)

    def values(self) -> tuple[Any, ...]:
        """Return the values in the order of the table's columns."""
        *values, counts = (getattr(self, one.name) for one in fields(self))
        return (*values, json.dumps(dict(counts)))

    @classmethod
    def of(cls, row: Sequence[Any]) -> State:
        """Make it of a row of the table."""
        values = dict(zip((one.name for one in fields(cls)), row, strict=True))
        for name in ("committed_at", "exported_at"):
            if isinstance(values[name], str):
                values[name] = datetime.fromisoformat(values[name])
        return cls(**values | {"row_counts": json.loads(values["row_counts"])})


@dataclass(frozen=True)
class Layout:
    """What a target is to hold."""

    tables: tuple[Table, ...]
    views: tuple[View, ...]


class Engine(Protocol):
    """A connection to a database, for one export."""

    title: str  # what and where it is, without a password
    dialect: str  # sqlglot's name of it
    elsewhere: str  # the option or argument by which a user names another place
    has_lengths: bool  # whether a text longer than its column's length cannot be stored
    has_nul: bool  # whether its texts may hold NUL
    takes_sorted: bool  # whether it loads rows faster in the order of their key

    def session(self) -> AbstractContextManager[None]:
        """Connect, keep every other exporter out, and let go in the end; what was not finished is undone."""

    def names(self) -> Mapping[str, str]:
        """Map every table and view where ours go to `table` or `view`."""

    def columns(self, table: str) -> list[str]:
        """List the columns of a table that is there."""

    def count(self, table: str) -> int:
        """Count the rows of a table."""

    def read_state(self) -> State | None:
        """Read what the target remembers; None where no export was here."""

    def write_state(self, state: State) -> None:
        """Let the target remember a state instead of what it remembered."""

    def read_rows(self, table: Table, columns: Sequence[str]) -> Iterator[Sequence[Sequence[Any]]]:
        """Yield some columns of a table in batches, as Python values of the logical types."""

    def filling(self, layout: Layout, state: State, replaced: Mapping[str, str]) -> AbstractContextManager[None]:
        """Make empty tables to insert into; show them, indexed and with their views, all at once at the end.

        `state` is what the target will remember then; `replaced` are tables and views that go at that moment.
        """

    def changing(self, layout: Layout, *, renew_views: bool) -> AbstractContextManager[None]:
        """Begin changes that all become visible at once at the end, or not at all."""

    def insert(self, table: Table, rows: Rows) -> int:
        """Add rows and return how many there were."""

    def delete(self, table: Table, keys: Rows) -> int:
        """Delete the rows with these keys and return how many there were; the key is all columns of `keys`."""
