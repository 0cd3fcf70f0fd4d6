"""SRA XML to rows: every element and attribute has a place."""

from alembic_db.sra.batch import READER_VERSION, RowBatch, XmlRecord
from alembic_db.sra.layout import RECORD_TABLES, TABLES
from alembic_db.sra.reader import XmlReader

__all__ = [
    "READER_VERSION",
    "RECORD_TABLES",
    "TABLES",
    "RowBatch",
    "XmlReader",
    "XmlRecord",
]
