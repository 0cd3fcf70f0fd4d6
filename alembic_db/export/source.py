"""What an export reads: one published version of the snapshot, pinned by hard links, limited to what was asked for."""

from __future__ import annotations

import difflib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from alembic_db.errors import ProjectError, UsageError
from alembic_db.export.held import hold, pin_prefix, pins
from alembic_db.export.statements import sql
from alembic_db.store.schema import Table, kept_tables
from alembic_db.store.snapshot import Manifest, current_version, link_or_copy

if TYPE_CHECKING:
    import duckdb

    from alembic_db.export.scope import Scope

_TRIES = 5  # a version may be cleaned away while it is linked; the next one is there then
_MEMORY = "2GB"  # more goes to the disk


class Source:
    """One version of the project.

    `connection` is a DuckDB connection with one view per table of `tables`, which holds the rows in scope only;
    `folder` has the version's Parquet files and stays as it is until the source is closed.
    """

    def __init__(self, folder: Path, scope: Scope) -> None:
        import duckdb

        self.folder = folder
        self.scope = scope
        self.exports = folder.parent
        self.keep_as: tuple[str, int] | None = None  # export id and commit
        self.manifest = Manifest.read(folder)
        self.tables = _chosen(self.manifest, scope)
        self.connection: duckdb.DuckDBPyConnection = duckdb.connect(
            ":memory:", config={"temp_directory": str(folder / ".tmp"), "memory_limit": _MEMORY}
        )
        self._open()

    def close(self) -> None:
        """Let go of the files."""
        self.connection.close()

    def files(self, table: str) -> list[Path]:
        """List the Parquet files of a table, whole, in the order of commits."""
        return [self.folder / table / segment.file for segment in self.manifest.tables[table]]

    def count(self, table: str) -> int:
        """Count the rows of a table that are in scope."""
        if self.scope.search is None:
            return self.manifest.rows(table)
        ((rows,),) = self.connection.table(table).count("*").fetchall()
        return int(rows)

    def _open(self) -> None:
        tables = [table for table in kept_tables() if table.name in self.manifest.tables]
        if self.scope.search is None:
            for table in tables:
                self.connection.execute(self._whole(table.name))
            return
        self.connection.execute("create schema whole; use whole")
        for table in tables:
            self.connection.execute(self._whole(table.name))
        self._find_records(self.scope.search)
        self.connection.execute("use main")
        for table in tables:
            self.connection.execute(sql("limited_table", table=table.name, condition=_condition(table)))

    def _whole(self, table: str) -> str:
        files = ", ".join("'" + str(file).replace("'", "''") + "'" for file in self.files(table))
        return sql("whole_table", table=table, files=f"[{files}]")

    def _find_records(self, search: str) -> None:
        self.connection.execute(sql("scope/search"), {"search": search})
        if not self.connection.table("whole.scope_search").fetchall():
            names = sorted({row[0] for row in self.connection.table("search").select("name").fetchall()})
            close = difflib.get_close_matches(search, names, n=1)
            raise UsageError(
                f"There is no search {search!r}" + (f"; did you mean {close[0]!r}?" if close else "."),
                hint="`alembic-db status` lists them as they were typed.",
            )
        for step in ("records", "texts", "entities"):
            self.connection.execute(sql(f"scope/{step}"))


@contextmanager
def open_source(snapshot: Path, exports: Path, scope: Scope) -> Iterator[Source]:
    """Pin the published version under the project's folder for exports and open it.

    In the end it is let go, or kept as what was sent last if the target says so with `keep_as`. Raises ProjectError
    where nothing is published, UsageError for tables or a search that are not there.
    """
    folder = _pin(snapshot, pins(exports))
    source: Source | None = None
    try:
        source = Source(folder, scope)
        source.exports = exports
        yield source
    finally:
        if source is not None:
            source.close()
            if source.keep_as is not None:
                hold(exports, *source.keep_as, folder)
        shutil.rmtree(folder, ignore_errors=True)


def _pin(snapshot: Path, folder: Path) -> Path:
    """Link every file of the published version into a new folder, which later versions leave alone."""
    for _ in range(_TRIES):
        version = current_version(snapshot)
        if version is None:
            break
        folder.mkdir(parents=True, exist_ok=True)
        pinned = Path(tempfile.mkdtemp(prefix=pin_prefix(), dir=folder))
        if _link_all(version, pinned):
            return pinned
        shutil.rmtree(pinned, ignore_errors=True)
    raise ProjectError(
        f"{snapshot.parent} has no published snapshot yet.",
        hint="Search or import something first: alembic-db search TERM",
    )


def _link_all(version: Path, folder: Path) -> bool:
    try:
        manifest = Manifest.read(version)
    except ProjectError:
        return False
    for table, segments in manifest.tables.items():
        (folder / table).mkdir()
        if not all(link_or_copy(version / table / one.file, folder / table / one.file) for one in segments):
            return False
    return link_or_copy(version / "manifest.json", folder / "manifest.json")


def _chosen(manifest: Manifest, scope: Scope) -> tuple[Table, ...]:
    tables = tuple(table for table in kept_tables() if table.name in manifest.tables)
    names = [table.name for table in tables]
    for name in scope.only:
        if name not in names:
            close = difflib.get_close_matches(name, names, n=1)
            raise UsageError(
                f"There is no table {name!r}" + (f"; did you mean {close[0]!r}?" if close else "."),
                hint=f"There are {', '.join(sorted(names))}.",
            )
    return tuple(table for table in tables if not scope.only or table.name in scope.only)


def _condition(table: Table) -> str:
    """Say which rows of a table belong to the search, by what the table's columns refer to."""
    names = table.column_names
    if "search_id" in names:
        return sql("scope/of_search")
    if {"record_type", "accession"} <= set(names):
        return sql("scope/of_any_record")
    if names[0].endswith("accession"):
        record_type = names[0].removesuffix("_accession") if names[0] != "accession" else table.name
        return sql("scope/of_record", column=names[0], record_type=record_type)
    for column, step in (("text_id", "scope/of_text"), ("entity_id", "scope/of_entity")):
        if column in names:
            return sql(step)
    return "true"
