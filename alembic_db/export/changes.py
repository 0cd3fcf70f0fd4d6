"""What has to be sent and deleted to bring a target from the commit that it holds to that of the source.

A row is known by its key and its commit: rows are never changed in place, so the same two mean the same values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from alembic_db.errors import UsageError
from alembic_db.export.base import Change
from alembic_db.export.rows import Rows, quoted
from alembic_db.export.source import Source
from alembic_db.export.statements import sql
from alembic_db.store.schema import COMMIT, Column, Table, Type
from alembic_db.store.snapshot import Manifest

type ReadKeys = Callable[[Table, Sequence[str]], Iterator[Sequence[Sequence[Any]]]]

NEVER = 2**63 - 1  # no commit has this number: the target's history is ours
ARROW = {Type.TEXT: pa.string(), Type.INTEGER: pa.int64(), Type.REAL: pa.float64(), Type.BOOLEAN: pa.bool_(),
         Type.TIMESTAMP: pa.timestamp("us")}  # fmt: skip


@dataclass(frozen=True)
class TableChange:
    """Rows of one table to delete, named by their keys, and rows to insert."""

    table: Table
    lost: Rows
    lost_rows: int  # how many rows those keys name
    fresh: Rows
    change: Change


class Changes:
    """Finds the changes of one table after the other."""

    def __init__(self, source: Source, before: Path | None, read_keys: ReadKeys, mark: int, diverged: int) -> None:
        self._source = source
        self._connection = source.connection
        self._read_keys = read_keys
        self._mark = min(mark, diverged - 1)
        self._diverged = diverged
        self._before = before
        self._old = Manifest.read(before) if before else None
        # Old rows may come back: into what a search finds, or where the history is another one.
        self._anything_goes = source.scope.search is not None or diverged != NEVER
        for schema in ("before", "after", "lost", "fresh"):
            self._connection.execute(f"create schema if not exists {schema}")

    def of(self, table: Table) -> TableChange | None:
        """Find what changed in a table; None where nothing can have."""
        if not self._load(table):
            return None
        if not table.key:
            return self._of_commits(table)
        by_count = not self._anything_goes and not table.derived
        key = ", ".join(f"b.{quoted(name)}" for name in table.key)
        names = {"table": table.name, "key": key, "same": _same(table.key, "a", "b"), "diverged": str(self._diverged)}
        self._connection.execute(sql("diff/lost_by_count" if by_count else "diff/lost_by_key", **names))
        condition = f"r.{COMMIT} > {self._mark}"
        if not by_count:
            columns = ", ".join(f"a.{quoted(name)}" for name in key_and_commit(table))
            self._connection.execute(sql("diff/fresh_by_key", **names | {"key_and_commit": columns}))
            condition = sql("diff/is_fresh", table=table.name, same=_same(table.key, "f", "r"))
        lost_rows = self._count(f'lost."{table.name}"')
        return self._change(table, table.key, lost_rows, condition)

    def _of_commits(self, table: Table) -> TableChange:
        anything = str(self._anything_goes).lower()
        self._connection.execute(
            sql("diff/lost_commits", table=table.name, diverged=str(self._diverged), all_commits=anything)
        )
        ((lost_rows,),) = self._connection.execute(sql("diff/count_lost_rows", table=table.name)).fetchall()
        mark = "-1" if self._anything_goes else str(self._mark)
        condition = sql("diff/is_of_lost_commit", table=table.name, mark=mark)
        return self._change(table, (COMMIT,), int(lost_rows), condition)

    def _change(self, table: Table, key: Sequence[str], lost_rows: int, condition: str) -> TableChange:
        name = quoted(table.name)
        keys = tuple(table.column(column) for column in key)
        lost = Rows(self._connection, f"lost.{name}", keys, self._count(f"lost.{name}"))
        relation = f"after.{name}"
        fresh = Rows(self._connection, relation, table.columns, self._count(relation, condition), condition, table.key)
        updated = 0
        if table.key and lost_rows and fresh.count:
            same = _same(table.key, "l", "r")
            query = sql("diff/count_updated", table=table.name, same=same, condition=condition)
            ((updated,),) = self._connection.execute(query).fetchall()
        change = Change(fresh.count - updated, updated, lost_rows - updated)
        return TableChange(table, lost, lost_rows, fresh, change)

    def _count(self, relation: str, condition: str = "true") -> int:
        query = sql("diff/count_rows", relation=relation, condition=condition)
        ((rows,),) = self._connection.execute(query).fetchall()
        return int(rows)

    def _load(self, table: Table) -> bool:
        """Make before.TABLE, with keys and commits, and after.TABLE; False where the two are known to be the same."""
        if self._old is None or self._before is None or (table.name not in self._old.tables and not table.derived):
            self._load_from_target(table)
        elif table.derived or self._source.scope.search is not None:
            self._view("before", table, _files_of(self._before / table.name, self._dumped(table)))
        else:
            return self._load_unshared(table, self._before, self._old)
        self._connection.execute(sql("diff/view_of_table", table=table.name, condition="true"))
        return True

    def _load_unshared(self, table: Table, before: Path, old: Manifest) -> bool:
        """Look only into the files that one of the two snapshots has and the other has not."""
        were = {segment.sha256: segment.file for segment in old.tables[table.name]}
        now = {segment.sha256: segment.file for segment in self._source.manifest.tables[table.name]}
        gone, new = set(were) - set(now), set(now) - set(were)
        if not gone and not new:
            return False
        for schema, folder, names in (
            ("before", before, [were[key] for key in gone]),
            ("after", self._source.folder, [now[key] for key in new]),
        ):
            if names:
                self._view(schema, table, [folder / table.name / name for name in sorted(names)])
            else:
                self._nothing(schema, table)
        return True

    def _nothing(self, schema: str, table: Table) -> None:
        if schema == "after":
            self._connection.execute(sql("diff/view_of_table", table=table.name, condition="false"))
        else:
            columns = ", ".join(quoted(name) for name in key_and_commit(table))
            self._connection.execute(sql("diff/read_keys", table=table.name, columns=columns))

    def _view(self, schema: str, table: Table, files: Sequence[Path]) -> None:
        columns = "*" if schema == "after" else ", ".join(quoted(name) for name in key_and_commit(table))
        self._connection.execute(
            sql("diff/view_of_files", schema=schema, table=table.name, columns=columns, files=file_list(files))
        )

    def _load_from_target(self, table: Table) -> None:
        columns = [table.column(name) for name in key_and_commit(table)]
        names = ", ".join(quoted(column.name) for column in columns)
        self._connection.execute(sql("diff/read_keys", table=table.name, columns=names))
        for batch in self._read_keys(table, [column.name for column in columns]):
            self._connection.register("key_batch", arrow_table(columns, batch))
            self._connection.execute(sql("diff/add_keys", table=table.name))
            self._connection.unregister("key_batch")

    def _dumped(self, table: Table) -> Path | None:
        return None if table.derived else self._source.folder / f".before-{table.name}.parquet"


def _files_of(folder: Path, dumped: Path | None) -> list[Path]:
    return [dumped] if dumped else sorted(folder.glob("*.parquet"))


def key_and_commit(table: Table) -> tuple[str, ...]:
    """Name the columns that tell a row from all others, also from the same one as it was before."""
    return tuple(dict.fromkeys((*table.key, COMMIT)))


def arrow_table(columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> pa.Table:
    """Build an Arrow table of values as a driver gave them."""
    values = zip(*rows, strict=True) if rows else ([] for _ in columns)
    arrays = [pa.array(list(v), ARROW[column.type]) for column, v in zip(columns, values, strict=True)]
    return pa.Table.from_arrays(arrays, names=[column.name for column in columns])


def file_list(files: Sequence[Path]) -> str:
    """Write a list of files for read_parquet."""
    return "[" + ", ".join("'" + str(file).replace("'", "''") + "'" for file in files) + "]"


def _same(key: Sequence[str], one: str, other: str) -> str:
    return " and ".join(f"{one}.{quoted(name)} = {other}.{quoted(name)}" for name in key)


def dump_scoped_keys(source: Source, before: Path) -> bool:
    """Write which rows a search had when it was sent last; False where it was not there."""
    try:
        old = Source(before, source.scope)
    except UsageError:
        return False
    try:
        for table in source.tables:
            if table.name not in old.manifest.tables:
                continue
            columns = ", ".join(quoted(name) for name in key_and_commit(table))
            path = str(source.folder / f".before-{table.name}.parquet").replace("'", "''")
            old.connection.execute(sql("diff/write_keys", columns=columns, table=table.name, path=path))
    finally:
        old.close()
    return True


def divergence(source: Source, before: Path | None, mark: int, committed_at: Any) -> int:
    """Find the first commit of the target that is none of ours, as after a restored backup; NEVER if all are."""
    at = source.connection.execute(sql("diff/commit_time"), {"commit_seq": mark}).fetchall()
    if at == [(committed_at,)]:
        return NEVER
    if before is None:
        return 0
    files = file_list(sorted((before / "store_commit").glob("*.parquet")))
    query = sql("diff/first_difference", files=files, mark=str(mark))
    ((first,),) = source.connection.execute(query).fetchall()
    return 0 if first is None else int(first)
