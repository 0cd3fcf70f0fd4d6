"""Bring a store to this version's schema, and keep a copy of it as it was until the new one has passed every check."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from alembic_db.errors import AlembicDbError, StoreError
from alembic_db.store.check import Invariant
from alembic_db.store.copies import back_up
from alembic_db.store.database import Store, store_errors
from alembic_db.store.migrations import applied, migrate, pending

_COPY_MARK = ".before-upgrade-"
_SPARE_BYTES = 64 << 20


@dataclass(frozen=True)
class Upgrade:
    """What an upgrade did or, where `dry_run`, would do."""

    from_version: int
    to_version: int
    migrations: tuple[str, ...]  # names of those applied now
    kept_copy: Path | None  # where the store lies as it was before, if a check failed
    broken: tuple[Invariant, ...]  # the checks that failed
    dry_run: bool = False


def planned(store: Store) -> Upgrade:
    """Tell what `upgrade` would do; writes nothing."""
    return _outcome(store, [migration.name for migration in pending(store)], None, (), dry_run=True)


def upgrade(store: Store, made_by: str, check: Callable[[], Iterable[Invariant]]) -> Upgrade:
    """Copy the store, apply what is pending, check everything, and remove the copy if all holds.

    A kill at any moment leaves a store of the old version, of the new one or of one between, whole in any case; the
    copy of an upgrade that was killed is kept until the next one has passed `check`. StoreError if the disk has no
    room for the copy, or a migration fails, which leaves the store as it was.
    """
    todo = pending(store)
    if not todo and not copies(store.path):
        return _outcome(store, [], None, ())
    if todo:
        _copy(store)
    try:
        migrate(store, made_by)
    except AlembicDbError:
        raise
    except Exception as error:  # whatever DuckDB says of a store that is not what it should be
        raise StoreError(
            f"The upgrade of {store.path} failed and was taken back: {str(error).partition(chr(10))[0]}.",
            hint=f"The store as it was before lies beside it ({_copy_path(store).name}) as well; please report this.",
        ) from error
    broken = tuple(finding for finding in check() if not finding.ok)
    kept = copies(store.path)
    if not broken:
        with store_errors(store.path):
            for copy in kept:
                copy.unlink(missing_ok=True)
    return _outcome(store, [migration.name for migration in todo], kept[0] if broken and kept else None, broken)


def copies(path: Path) -> list[Path]:
    """List the copies that upgrades have left beside a store, the oldest version first."""
    return sorted(file for file in path.parent.glob(f"{path.name}{_COPY_MARK}*") if file.suffix != ".part")


def _outcome(
    store: Store, names: Iterable[str], kept: Path | None, broken: tuple[Invariant, ...], *, dry_run: bool = False
) -> Upgrade:
    names = tuple(names)
    version = max(applied(store), default=0)
    numbers = [int(name[:4]) for name in names]
    before = min(numbers) - 1 if numbers else version
    return Upgrade(before, max([version, *numbers]), names, kept, broken, dry_run)


def _copy_path(store: Store) -> Path:
    version = max(applied(store), default=0)
    return store.path.with_name(f"{store.path.name}{_COPY_MARK}{version:04d}")


def _copy(store: Store) -> None:
    """Copy the store as it is; one of an earlier try may be out of date and is made anew."""
    size, free = store.path.stat().st_size, shutil.disk_usage(store.path.parent).free
    if free < size + _SPARE_BYTES:
        raise StoreError(
            f"The copy that an upgrade keeps of {store.path} needs up to {size:,} bytes; the disk has {free:,} left.",
            hint="Free some space and run it again; nothing was changed.",
        )
    target = _copy_path(store)
    fresh = target.with_name(f"{target.name}.new.part")
    with store_errors(store.path):
        fresh.unlink(missing_ok=True)
        back_up(store, fresh)
        fresh.replace(target)
