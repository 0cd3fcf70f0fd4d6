"""The store: one DuckDB file that one process writes, and a Parquet snapshot that anyone reads."""

from alembic_db.store.database import Commit, Store
from alembic_db.store.migrations import migrate, pending
from alembic_db.store.reader import Limits, Reader
from alembic_db.store.records import Written, unchanged_records, write_batch
from alembic_db.store.snapshot import Manifest, current_version, is_behind, publish

__all__ = [
    "Commit",
    "Limits",
    "Manifest",
    "Reader",
    "Store",
    "Written",
    "current_version",
    "is_behind",
    "migrate",
    "pending",
    "publish",
    "unchanged_records",
    "write_batch",
]
