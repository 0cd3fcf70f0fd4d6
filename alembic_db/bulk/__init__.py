"""Import of whole archives: NCBI's metadata dump and mirror sets, on all cores, resumable, in bounded memory."""

from alembic_db.bulk.recognise import is_archive_dump
from alembic_db.bulk.writer import BulkImport

__all__ = ["BulkImport", "is_archive_dump"]
