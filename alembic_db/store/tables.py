"""Rows as Arrow tables with the store's types: how a batch comes to the store, also from another process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from alembic_db.sra import TABLES, RowBatch, XmlRecord

if TYPE_CHECKING:
    import pyarrow as pa

RAW_COLUMNS = ("record_type", "accession", "content_hash", "byte_count", "codec", "xml")
SOURCE_COLUMNS = ("record_type", "accession", "package_accession")
# Every table that a batch may hold, with the columns that it gives.
BATCH_COLUMNS: Mapping[str, Sequence[str]] = {**TABLES, "record_source": SOURCE_COLUMNS, "raw_record": RAW_COLUMNS}


def arrow_table(types: pa.Schema, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> pa.Table:
    """Build an Arrow table of some columns of a table whose types these are."""
    import pyarrow as pa

    schema = pa.schema([types.field(name) for name in columns])
    values = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    arrays = [pa.array(column, schema.field(i).type) for i, column in enumerate(values)]
    return pa.Table.from_arrays(arrays, schema=schema)


def batch_tables(types: Mapping[str, pa.Schema], batch: RowBatch) -> dict[str, pa.Table]:
    """Turn a batch into Arrow tables, one for each of BATCH_COLUMNS, the XML of its records packed."""
    rows: dict[str, Sequence[Sequence[Any]]] = dict(batch.rows)
    rows["record_source"] = [(*key, package) for key, package in batch.sources.items()]
    rows["raw_record"] = list(_raw_rows(batch.raw.values()))
    return {table: arrow_table(types[table], columns, rows[table]) for table, columns in BATCH_COLUMNS.items()}


def _raw_rows(records: Iterable[XmlRecord]) -> Iterator[tuple[Any, ...]]:
    import pyarrow as pa

    for record in records:
        packed = pa.compress(record.xml, codec="zstd", asbytes=True)
        yield (
            record.record_type, record.accession, record.content_hash, len(record.xml), "zstd", packed,
        )  # fmt: skip
