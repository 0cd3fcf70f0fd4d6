"""Export to a folder of Parquet files that any engine reads, without this program and without links to follow.

    DIR/current/manifest.json   what the dataset holds: tables, columns, keys, files with their checksums
    DIR/current/views.sql       the same tables and the saved views, for DuckDB
    DIR/current/study/*.parquet one folder a table; readers may take the whole folder
    DIR/previous/               the state before, until the next one comes

`current` is a real folder, and is put in place in one step: whoever opens it sees one state. Files are never written
again under the same name, so a reader that listed an old state's files finds each as it was, or misses it; it never
reads a mix. Files that are whole in the project's snapshot are linked, not copied.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from alembic_db.errors import ExportError
from alembic_db.export.base import Change, ExportReport, Request
from alembic_db.export.changes import file_list
from alembic_db.export.dataset import Dataset, DatasetFile, described, state_of
from alembic_db.export.duckdb_views import views_script
from alembic_db.export.exchange import put_in_place
from alembic_db.export.rows import quoted
from alembic_db.export.source import Source
from alembic_db.export.statements import sql
from alembic_db.export.views import views_for
from alembic_db.store.schema import COMMIT, Table
from alembic_db.store.snapshot import link_or_copy, sha256_of

if TYPE_CHECKING:
    from alembic_db.reports import Progress

_NAME_DIGITS = 16


@dataclass(frozen=True)
class ParquetTarget:
    """The folder that holds the dataset."""

    folder: Path

    @property
    def current(self) -> Path:
        """Where the dataset's present state lies."""
        return self.folder / "current"

    @property
    def _new(self) -> Path:
        return self.folder / ".new"

    def export(self, source: Source, request: Request, progress: Progress) -> ExportReport:
        """Bring the folder to the state of the source, or leave it; ExportError where it holds something else."""
        with _told(self.folder), self._alone(request):
            before = None if request.replace else self._before(source, request)
            is_new = before is None or before.state != state_of(source)
            changes = {
                table.name: _change(source, table, before, self.current) if is_new else Change()
                for table in source.tables
            }
            if is_new and not request.dry_run:
                self._write(source, before, progress)
        return ExportReport(
            target=str(self.folder),
            commit_seq=source.manifest.commit_seq,
            tables=changes,
            rows={table.name: source.count(table.name) for table in source.tables},
            views=tuple(view.name for view in views_for("duckdb", frozenset(table.name for table in source.tables))),
            notes=(f"In DuckDB: duckdb lab.duckdb <{self.current / 'views.sql'}",),
            dry_run=request.dry_run,
        )

    @contextmanager
    def _alone(self, request: Request) -> Iterator[None]:
        """Keep other exports out while this one works."""
        from filelock import FileLock, Timeout

        if request.dry_run and not self.folder.exists():
            yield
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self.folder / ".lock", timeout=0):
                shutil.rmtree(self._new, ignore_errors=True)  # of an export that was killed
                yield
        except Timeout as error:
            raise ExportError(
                f"Another export is writing to {self.folder}.", hint="Wait for it to end, then run this again."
            ) from error

    def _before(self, source: Source, request: Request) -> Dataset | None:
        """Read what the folder holds; ExportError where that cannot be brought to the state of the source."""
        if not self.current.exists():
            return None
        before = Dataset.read(self.current)
        if before.store_id != source.manifest.store_id:
            raise ExportError(
                f"{self.folder} holds the data of another project.",
                hint="Choose another folder, or --replace to give up what is there.",
            )
        if before.schema_version != source.manifest.schema_version:
            raise ExportError(
                f"{self.folder} was written by another version of alembic_db, with other tables.",
                hint="Change what reads it if need be, then export it again with --replace.",
            )
        if (before.only, before.search) != (sorted(request.scope.only), request.scope.search):
            raise ExportError(
                f"{self.folder} holds another selection: {before.selection}.",
                hint="Give the same --only and --search, choose another folder, or --replace it.",
            )
        if odd := before.altered(self.current):
            raise ExportError(
                f"{self.folder} was altered by hand: {', '.join(odd[:3])}.",
                hint="Use --replace to write it anew.",
            )
        return before

    def _write(self, source: Source, before: Dataset | None, progress: Progress) -> None:
        new = self._new
        new.mkdir()
        try:
            progress.start("Writing Parquet", len(source.tables))
            files: dict[str, list[DatasetFile]] = {}
            for table in source.tables:
                (new / table.name).mkdir()
                files[table.name] = self._write_table(source, table, new, before)
                progress.advance()
            dataset = described(source, files)
            _write_text(new / "views.sql", views_script(dataset.tables, self.current.resolve()))
            _write_text(new / "manifest.json", json.dumps(dataset.as_json(), indent=1, ensure_ascii=False) + "\n")
            put_in_place(new, self.current, self.folder / "previous")
        finally:
            shutil.rmtree(new, ignore_errors=True)

    def _write_table(self, source: Source, table: Table, new: Path, before: Dataset | None) -> list[DatasetFile]:
        if source.scope.search is not None:
            return [_write_rows(source, table, new)]
        held = {file.file: file for file in before.tables[table.name].files} if before else {}
        return [self._take_over(file, path, held, new) for file, path in _whole_files(source, table.name)]

    def _take_over(self, file: DatasetFile, path: Path, held: Mapping[str, DatasetFile], new: Path) -> DatasetFile:
        """Link a file of the snapshot, or the same one of the state before: it may lie on the better disk."""
        is_held = held.get(file.file) == file and link_or_copy(self.current / file.file, new / file.file)
        if not is_held and not link_or_copy(path, new / file.file):
            raise ExportError(f"{path} vanished while it was exported.", hint="Run the same command again.")
        return file


def _whole_files(source: Source, table: str) -> Iterator[tuple[DatasetFile, Path]]:
    for segment, path in zip(source.manifest.tables[table], source.files(table), strict=True):
        yield DatasetFile(f"{table}/{segment.file}", segment.rows, path.stat().st_size, segment.sha256), path


def _write_rows(source: Source, table: Table, new: Path) -> DatasetFile:
    """Write the rows in scope, ordered, so that the same rows make the same file; its name is what is in it."""
    part = new / table.name / "part"
    order = ", ".join(map(quoted, table.key or table.column_names))
    source.connection.execute(
        sql("parquet/write_table", table=table.name, order=order, file=str(part).replace("'", "''"))
    )
    digest = sha256_of(part)
    path = part.rename(part.with_name(f"{digest[:_NAME_DIGITS]}.parquet"))
    return DatasetFile(f"{table.name}/{path.name}", source.count(table.name), path.stat().st_size, digest)


def _change(source: Source, table: Table, before: Dataset | None, current: Path) -> Change:
    """Count what changes, by key and commit, reading only the files that are not the same in both states."""
    if before is None:
        return Change(inserted=source.count(table.name))
    held = before.tables[table.name].files
    old, new = [current / file.file for file in held], list(source.files(table.name))
    if source.scope.search is None:
        there, here = {file.file for file in held}, {f"{table.name}/{path.name}" for path in new}
        old = [current / name for name in sorted(there - here)]
        new = [path for path in new if f"{table.name}/{path.name}" not in there]
    names = list(map(quoted, table.key))
    # Rows without a key are told apart by their commit and their number in it.
    keys = names or [COMMIT, f"row_number() over (partition by {COMMIT}) as place"]
    filling = {
        "keys": ", ".join(keys),
        "names": ", ".join(names or [COMMIT, "place"]),
        "before": _relation(old, table),
        "after": quoted(table.name) if source.scope.search is not None else _relation(new, table),
    }
    ((inserted, updated, deleted),) = source.connection.execute(sql("parquet/changes", **filling)).fetchall()
    return Change(inserted, updated, deleted)


def _relation(files: Sequence[Path], table: Table) -> str:
    return f"read_parquet({file_list(files)})" if files else f"(from {quoted(table.name)} limit 0)"


def _write_text(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    import duckdb

    from alembic_db.store.database import first_line

    try:
        yield
    except OSError as error:
        raise ExportError(
            f"The export to {folder} cannot be written: {error.strerror or error}.",
            hint="Check the folder, its rights and the space on the disk.",
        ) from error
    except duckdb.Error as error:
        raise ExportError(
            f"The export to {folder} failed: {first_line(error)}.",
            hint="Check the folder, its rights and the space on the disk.",
        ) from error
