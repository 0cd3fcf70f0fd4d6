"""Handing a project on: files and databases for other programs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from alembic_db.project.base import ProjectBase


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
