"""Handing a project on: files and databases for other programs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from alembic_db.project.base import ProjectBase
from alembic_db.reports import NoProgress, Progress

if TYPE_CHECKING:
    from alembic_db.export.base import ExportReport, Request, Target

EXPORTS_NAME = "exports"  # what the project keeps of its exports


class HandingOn(ProjectBase):
    """Writes the project out."""

    def export_tsv(
        self,
        directory: Path,
        *,
        text_fields: Sequence[str] | None = None,
        search: str | None = None,
        scripts: bool = False,
    ) -> list[Path]:
        """Write RESULTS.TSV, AI_PROCESSED.TSV and DOWNLOADS.TXT and return their paths.

        `text_fields` are the columns of AI_PROCESSED.TSV that are followed by their entities; `search` limits
        the files to what one search found; `scripts` adds SQL scripts that read them into SQLite, PostgreSQL, MySQL.
        """
        from alembic_db.export.tsv import export_tsv

        with self.reading() as reader:
            return export_tsv(reader.connection, directory, text_fields=text_fields, search=search, scripts=scripts)

    def export_sqlite(
        self, file: Path, request: Request | None = None, *, progress: Progress | None = None
    ) -> ExportReport:
        """Bring a SQLite file to the project's state, all or nothing, and write metadata for Datasette beside it.

        Raises ExportError where the file holds something else.
        """
        from alembic_db.export.datasette import write_metadata
        from alembic_db.export.sqlite import SqliteEngine
        from alembic_db.export.sync import DatabaseTarget

        report = self.export_to(DatabaseTarget(SqliteEngine(file)), request, progress=progress)
        if report.dry_run:
            return report
        path = write_metadata(file, list(report.tables), source=f"the project {self.path.name}")
        return replace(report, notes=(*report.notes, f"Browse it: datasette {file} -m {path}"))

    def export_postgresql(
        self,
        url: str,
        request: Request | None = None,
        *,
        schema: str | None = None,
        progress: Progress | None = None,
        ask_password: Callable[[str], str | None] | None = None,
    ) -> ExportReport:
        """Bring a schema of a PostgreSQL database (default: the current one) to the project's state, all or nothing.

        The password is that of the URL, else libpq's own ways (PGPASSFILE), else what `ask_password` answers. Raises
        ExportError where the schema holds something else, MissingExtraError without psycopg.
        """
        from alembic_db.export.postgresql import PostgresEngine
        from alembic_db.export.sync import DatabaseTarget

        engine = PostgresEngine(url, schema=schema, ask_password=ask_password)
        return self.export_to(DatabaseTarget(engine), request, progress=progress)

    def export_mysql(
        self,
        url: str,
        request: Request | None = None,
        *,
        schema: str | None = None,
        progress: Progress | None = None,
        ask_password: Callable[[str], str | None] | None = None,
    ) -> ExportReport:
        """Bring a database of a MySQL or MariaDB server to the project's state, all or nothing.

        The password is that of the URL, else of ~/.my.cnf, else what `ask_password` answers; `schema` names the
        database instead of the URL. Raises ExportError where it holds something else, MissingExtraError without
        PyMySQL.
        """
        from alembic_db.export.mysql import MySqlEngine
        from alembic_db.export.sync import DatabaseTarget

        engine = MySqlEngine(url, schema=schema, ask_password=ask_password)
        return self.export_to(DatabaseTarget(engine), request, progress=progress)

    def export_parquet(
        self, directory: Path, request: Request | None = None, *, progress: Progress | None = None
    ) -> ExportReport:
        """Bring a folder of Parquet files to the project's state, all or nothing: see export/parquet.py for its form.

        Raises ExportError where the folder holds something else.
        """
        from alembic_db.export.parquet import ParquetTarget

        return self.export_to(ParquetTarget(directory), request, progress=progress)

    def export_to(
        self, target: Target, request: Request | None = None, *, progress: Progress | None = None
    ) -> ExportReport:
        """Bring a target to the project's published state, or leave it as it was."""
        from alembic_db.export.base import Request
        from alembic_db.export.source import open_source
        from alembic_db.store.database import store_errors

        asked = request or Request()
        self.catch_up()
        exports = self.path / EXPORTS_NAME
        with store_errors(self.snapshot_path), open_source(self.snapshot_path, exports, asked.scope) as source:
            return target.export(source, asked, progress or NoProgress())
