"""Numbered migrations: schema/migrations/NNNN_name.sql, each applied once, with its record, in one transaction."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from alembic_db.errors import ProjectError, StoreError
from alembic_db.resources import read_sql, sql_folder
from alembic_db.store.database import Store, store_errors


@dataclass(frozen=True)
class Migration:
    """One step of the schema."""

    version: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the file, so that an edited migration is noticed."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def migrations() -> list[Migration]:
    """List every migration that this version knows, in order."""
    names = sorted(entry.name for entry in (sql_folder("schema") / "migrations").iterdir())
    return [
        Migration(int(name[:4]), name.removesuffix(".sql"), read_sql("schema", "migrations", name))
        for name in names
        if name.endswith(".sql")
    ]


def applied(store: Store) -> dict[int, tuple[str, str]]:
    """Read which migrations the store has had: version -> (name, checksum). Never writes."""
    ((exists,),) = store.run("has_migrations")
    return {version: (name, checksum) for version, name, checksum in store.run("migrations")} if exists else {}


def pending(store: Store) -> list[Migration]:
    """List the migrations still to apply; never writes.

    Raises ProjectError for a store of a newer version and StoreError where a migration was edited afterwards.
    """
    known = {migration.version: migration for migration in migrations()}
    done = applied(store)
    newer = [name for version, (name, _) in done.items() if version not in known]
    if newer:
        raise ProjectError(
            f"{store.path.parent} was made by a newer version of alembic_db (it has {newer[-1]}).",
            hint="Upgrade: pip install -U alembic-db",
        )
    for version, (name, checksum) in done.items():
        if known[version].checksum != checksum:
            raise StoreError(
                f"The migration {name} was applied to {store.path} with another text than this version has.",
                hint="Use the version of alembic_db that made the project, or import into a new one.",
            )
    return [migration for version, migration in sorted(known.items()) if version not in done]


def migrate(store: Store, made_by: str) -> list[Migration]:
    """Apply what is pending and return it."""
    todo = pending(store)
    for migration in todo:
        with store_errors(store.path):
            _apply(store, migration, made_by)
    return todo


def _apply(store: Store, migration: Migration, made_by: str) -> None:
    now = datetime.now(UTC).replace(tzinfo=None)
    store.connection.begin()
    try:
        if migration.version == 1:
            store.run("create_migrations")
        store.connection.execute(migration.sql)
        store.run(
            "record_migration",
            {
                "version": migration.version,
                "name": migration.name,
                "checksum": migration.checksum,
                "now": now,
            },
        )
        if migration.version == 1:
            identity = {"store_id": str(uuid.uuid4()), "now": now, "created_by": made_by}
            store.run("insert_store_info", identity)
        store.connection.commit()
    except BaseException:
        store.connection.rollback()
        raise
