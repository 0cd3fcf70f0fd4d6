"""Write a batch of records: only what is new or says something else, with its children and texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alembic_db.errors import StoreError
from alembic_db.sra import RECORD_TABLES, TABLES, RowBatch, XmlRecord
from alembic_db.store.database import Commit, Store
from alembic_db.store.tables import BATCH_COLUMNS, batch_tables

if TYPE_CHECKING:
    import pyarrow as pa

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
    types = {table: store.types(table) for table in BATCH_COLUMNS}
    return write_tables(store, commit, batch_tables(types, batch))


def write_tables(store: Store, commit: Commit, tables: Mapping[str, pa.Table]) -> Written:
    """Do what `write_batch` does with a batch that is Arrow tables already (`batch_tables`)."""
    with ExitStack() as stack:
        for table in BATCH_COLUMNS:
            stack.enter_context(store.staged(table, tables[table]))
        known = _find_changes(store, commit, tables)
        _delete_changed(store, known)
        _insert_changed(store, commit, tables)
        _write_texts(store, commit, some_known=bool(known))
        ((inserted, updated),) = store.run("count_changes")
        return Written(inserted, updated, tables["raw_record"].num_rows - inserted - updated)


def _find_changes(store: Store, commit: Commit, tables: Mapping[str, pa.Table]) -> set[str]:
    """Find what is new or changed; return the kinds of records of which the store holds some already.

    Where it holds none, nothing needs to be deleted: that spares a first import two dozen passes over the store.
    """
    store.run("changed_sources")
    for table in RECORD_TABLES:
        store.run("changed_records", commit.stamp, table=table)
    store.run("changed_raw")
    store.run("vanished_runs")
    store.run("changed_all")
    known = {record_type for (record_type,) in store.run("known_types")}
    if known:
        store.run("released_texts")
    return known


def _delete_changed(store: Store, known: set[str]) -> None:
    for table in RECORD_TABLES:
        if table in known:
            store.run("delete_records", table=table)
    for table, owner, record_type in _children(stored=True):
        if record_type.strip("'") in known or (known and owner == "accession"):
            store.run("delete_children", table=table, owner=owner, record_type=record_type)
    if known:
        store.run("delete_children", table="field_text", owner="accession", record_type="field_text.record_type")
    ((_, updated),) = store.run("count_changes")
    if updated:
        store.run("delete_raw")
    store.run("delete_sources")


def _insert_changed(store: Store, commit: Commit, tables: Mapping[str, pa.Table]) -> None:
    for table in RECORD_TABLES:
        store.run("insert_records", commit.stamp, table=table)
    for table, owner, record_type in _children(stored=False):
        if tables[table].num_rows:
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


def _write_texts(store: Store, commit: Commit, *, some_known: bool) -> None:
    store.run("said_texts")
    if store.run("clashing_texts"):
        raise StoreError(
            "Two different texts have the same 63-bit id.",
            hint="This should not happen in a lifetime; please report it with the command that you ran.",
        )
    store.run("insert_texts", commit.stamp)
    store.run("insert_field_texts", commit.stamp)
    if not some_known:
        return  # no text can have been let go of
    store.run("unsaid_texts")
    store.run("unused_entities")
    for table in _UNSAID_TABLES:
        store.run("delete_unsaid", table=table)
    store.run("delete_unused_entities")
