"""What is in a project: rows a table, searches and whether their books balance, what is still to be read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from alembic_db.reports import SearchStatus, Status
from alembic_db.store.database import statement

if TYPE_CHECKING:
    from alembic_db.store import Reader


def read_status(path: Path, reader: Reader, annotators: Sequence[str]) -> Status:
    """Read a project's state off its snapshot; counts of tables come from the manifest alone."""
    manifest = reader.manifest
    searches = reader.table(statement("search_status")).to_pylist()
    unread = reader.table(statement("unread_by_annotator")).to_pylist()
    texts = manifest.rows("text")
    left = dict.fromkeys(annotators, texts) | {row["name"]: row["unread"] for row in unread}
    return Status(
        path=path,
        store_id=manifest.store_id,
        schema_version=manifest.schema_version,
        commit_seq=manifest.commit_seq,
        published_at=datetime.fromisoformat(manifest.published_at).astimezone(UTC).replace(tzinfo=None),
        tables={table: manifest.rows(table) for table in manifest.tables},
        searches=tuple(SearchStatus(**row) for row in searches),
        problems=manifest.rows("problem"),
        texts_without_annotation=left,
    )
