"""Look whether the store is what it should be: every invariant, the XML against its hashes, the snapshot's files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from alembic_db.errors import ProjectError
from alembic_db.resources import read_sql, sql_folder
from alembic_db.sra import RECORD_TABLES, TABLES
from alembic_db.sra.batch import content_hash
from alembic_db.store.database import Store, statement
from alembic_db.store.schema import all_tables
from alembic_db.store.snapshot import Manifest, current_version

_FETCH = 500


@dataclass(frozen=True)
class Invariant:
    """One invariant: how often it is broken (0: it holds), and where, for example."""

    check: str
    broken: int
    example: str | None = None

    @property
    def ok(self) -> bool:
        """Tell whether it holds."""
        return self.broken == 0


def check_store(store: Store) -> Iterator[Invariant]:
    """Check every invariant of the DuckDB file; reads all of it, writes nothing."""
    for entry in sorted((sql_folder("schema") / "checks").iterdir(), key=lambda entry: entry.name):
        yield _finding(store, entry.name.removesuffix(".sql"), read_sql("schema", "checks", entry.name))
    for table, key in _all_keys():
        yield _finding(store, f"{table}: no key twice", statement("check_keys", table=table, key=key))
    for table, owner, record_type in _children():
        condition = f"{table}.record_type = '{record_type}'" if owner == "accession" else "true"
        sql = statement("check_children", table=table, owner=owner, record_table=record_type, condition=condition)
        yield _finding(store, f"{table}: its {record_type} is stored", sql)
    ((_, _, _, tables),) = store.run("store_state")
    for table in sorted(set(tables) - {"store_commit"}):
        yield _finding(store, f"{table}: written by a logged commit", statement("check_commits", table=table))
    yield _raw_records(store)


def check_snapshot(store: Store, folder: Path) -> Iterator[Invariant]:
    """Check that the published snapshot is whole and equals the store, table by table."""
    version = current_version(folder)
    try:
        manifest = Manifest.read(version) if version else None
    except ProjectError as error:
        yield Invariant("snapshot: manifest", 1, str(error))
        return
    if manifest is None:
        yield Invariant("snapshot: published", 1, str(folder))
        return
    ((store_id, _, commit_seq, _),) = store.run("store_state")
    stale = (manifest.store_id, manifest.commit_seq) != (store_id, commit_seq)
    yield Invariant("snapshot: of the last commit", int(stale), f"commit {manifest.commit_seq}" if stale else None)
    for table in manifest.tables:
        yield _snapshot_table(store, folder.joinpath("current").resolve(), manifest, table, stale)


def _finding(store: Store, name: str, query: str) -> Invariant:
    ((broken, example),) = store.connection.execute(statement("count_examples", query=query)).fetchall()
    return Invariant(name.replace("_", " ") if ":" not in name else name, broken, example)


def _all_keys() -> Iterator[tuple[str, str]]:
    for table in all_tables():
        if table.key:
            yield table.name, ", ".join(table.key)


def _children() -> Iterator[tuple[str, str, str]]:
    """Yield each child table with its owner column and each kind of record that owns rows of it."""
    for table, columns in TABLES.items():
        if table not in RECORD_TABLES and columns[0] != "record_type":
            yield table, columns[0], columns[0].removesuffix("_accession")
    for table in (*(table for table, columns in TABLES.items() if columns[0] == "record_type"), "field_text"):
        for record_type in RECORD_TABLES:
            yield table, "accession", record_type


def _raw_records(store: Store) -> Invariant:
    """Unpack the XML of every record and compare it with its hash."""
    import pyarrow as pa

    broken, example = 0, None
    cursor = store.connection.cursor()
    rows = cursor.execute(statement("raw_records"))
    while batch := rows.fetchmany(_FETCH):
        for record_type, accession, digest, size, packed in batch:
            try:
                xml = pa.decompress(packed, decompressed_size=size, codec="zstd", asbytes=True)
            except (OSError, pa.ArrowInvalid):
                xml = b""
            if content_hash(xml) != digest:
                broken, example = broken + 1, example or f"{record_type} {accession}"
    cursor.close()
    return Invariant("raw_record: the XML is what its hash says", broken, example)


def _snapshot_table(store: Store, version: Path, manifest: Manifest, table: str, stale: bool) -> Invariant:
    """Compare a table's files with their checksums, and their number of rows with the store's."""
    for segment in manifest.tables[table]:
        path = version / table / segment.file
        if not path.is_file():
            return Invariant(f"snapshot: {table}", 1, f"{path} is missing")
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != segment.sha256:
                return Invariant(f"snapshot: {table}", 1, f"{path} is not what was written")
    stored = sum(rows for _, rows in store.run("rows_per_commit", table=table))
    differs = not stale and stored != manifest.rows(table)
    return Invariant(
        f"snapshot: {table}", int(differs), f"{manifest.rows(table)} rows of {stored}" if differs else None
    )
