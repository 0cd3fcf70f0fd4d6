"""Write a batch of records: only what is new or says something else, with its children and texts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from alembic_db.errors import StoreError
from alembic_db.sra import RECORD_TABLES, TABLES, RowBatch, XmlRecord
from alembic_db.store.database import Commit, Store

_RAW_COLUMNS = ("record_type", "accession", "content_hash", "byte_count", "codec", "xml")
_UNSAID_TABLES = ("entity_span", "annotation", "text")


@dataclass(frozen=True)
class Written:
    """How many of a batch's records were new, changed, or already there as they are."""

    inserted: int
    updated: int
    unchanged: int


def unchanged_records(store: Store, records: Sequence[XmlRecord]) -> set[tuple[str, str]]:
    """Tell which of these are stored with the very same XML, so that they need not be read again."""
    keys = [(record.record_type, record.accession, record.content_hash) for record in records]
    columns = ("record_type", "accession", "content_hash")
    with store.staged("key", store.arrow("raw_record", columns, keys)):
        return {(kind, accession) for kind, accession in store.run("known_records")}


def write_batch(store: Store, commit: Commit, batch: RowBatch) -> Written:
    """Bring the store up to the batch within an open commit.

    A changed record is deleted with its children and texts and written again; runs that an experiment's
    package holds no longer go with it. Texts that nothing says any more are dropped with their spans.
    """
    with ExitStack() as stack:
        _stage(store, batch, stack)
        _find_changes(store, commit)
        _delete_changed(store)
        _insert_changed(store, commit)
        _write_texts(store, commit)
        return _count(store, len(batch.raw))


def _stage(store: Store, batch: RowBatch, stack: ExitStack) -> None:
    for table, columns in TABLES.items():
        stack.enter_context(store.staged(table, store.arrow(table, columns, batch.rows[table])))
    sources = [(*key, package) for key, package in batch.sources.items()]
    staged_sources = store.arrow("record_source", ("record_type", "accession", "package_accession"), sources)
    stack.enter_context(store.staged("record_source", staged_sources))
    raw = store.arrow("raw_record", _RAW_COLUMNS, list(_raw_rows(batch.raw.values())))
    stack.enter_context(store.staged("raw_record", raw))


def _raw_rows(records: Iterable[XmlRecord]) -> Iterable[tuple[Any, ...]]:
    import pyarrow as pa

    for record in records:
        packed = pa.compress(record.xml, codec="zstd", asbytes=True)
        yield (
            record.record_type, record.accession, record.content_hash, len(record.xml), "zstd", packed,
        )  # fmt: skip


def _find_changes(store: Store, commit: Commit) -> None:
    store.run("changed_sources")
    for table in RECORD_TABLES:
        store.run("changed_records", commit.stamp, table=table)
    store.run("changed_raw")
    store.run("vanished_runs")
    store.run("changed_all")
    store.run("released_texts")


def _delete_changed(store: Store) -> None:
    for table in RECORD_TABLES:
        store.run("delete_records", table=table)
    for table, owner, record_type in _children(stored=True):
        store.run("delete_children", table=table, owner=owner, record_type=record_type)
    store.run("delete_children", table="field_text", owner="accession", record_type="field_text.record_type")
    store.run("delete_raw")
    store.run("delete_sources")


def _insert_changed(store: Store, commit: Commit) -> None:
    for table in RECORD_TABLES:
        store.run("insert_records", commit.stamp, table=table)
    for table, owner, record_type in _children(stored=False):
        store.run("insert_children", commit.stamp, table=table, owner=owner, staged_record_type=record_type)
    store.run("insert_raw", commit.stamp)
    store.run("insert_sources", commit.stamp)


def _children(*, stored: bool) -> Iterable[tuple[str, str, str]]:
    """Yield each child table, its owner column, and the SQL that names its owner's kind."""
    for table, columns in TABLES.items():
        if table in RECORD_TABLES:
            continue
        if columns[0] == "record_type":
            yield table, "accession", f"{table}.record_type" if stored else "staged.record_type"
        else:
            yield table, columns[0], f"'{columns[0].removesuffix('_accession')}'"


def _write_texts(store: Store, commit: Commit) -> None:
    store.run("said_texts")
    if store.run("clashing_texts"):
        raise StoreError(
            "Two different texts have the same 63-bit id.",
            hint="This should not happen in a lifetime; please report it with the command that you ran.",
        )
    store.run("insert_texts", commit.stamp)
    store.run("insert_field_texts", commit.stamp)
    store.run("unsaid_texts")
    store.run("unused_entities")
    for table in _UNSAID_TABLES:
        store.run("delete_unsaid", table=table)
    store.run("delete_unused_entities")


def _count(store: Store, read: int) -> Written:
    ((inserted, updated),) = store.run("count_changes")
    return Written(inserted, updated, read - inserted - updated)
