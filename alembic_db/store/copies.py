"""Copies of the store: backups, and a compact one in its place."""

from __future__ import annotations

import os
from pathlib import Path

from alembic_db.errors import StoreError
from alembic_db.store.database import Store, store_errors


def back_up(store: Store, target: Path) -> int:
    """Write a copy of the store's last commit to a file and return its size in bytes.

    The copy holds no gaps, so it is at times much smaller. It is written under another name and renamed when it
    is whole. StoreError if the file exists already.
    """
    if target.exists():
        raise StoreError(f"{target} exists already.", hint="Name a new file, or remove that one.")
    part = target.with_name(f"{target.name}.part")
    with store_errors(target):
        part.unlink(missing_ok=True)
        try:
            _copy(store, part)
            part.replace(target)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    return target.stat().st_size


def compact(path: Path) -> tuple[int, int]:
    """Put a copy without gaps in the store's place; return its size in bytes before and after.

    The store must not be open. At every moment the file at `path` is a whole store: the old one or the new one.
    """
    before = path.stat().st_size
    new = path.with_name(f"{path.name}.compact")
    new.unlink(missing_ok=True)
    with Store.open(path) as store:
        after = back_up(store, new)
    with store_errors(path):
        new.replace(path)
    return before, after


def _copy(store: Store, target: Path) -> None:
    ((name,),) = store.run("store_name")
    store.run("attach_copy", file=str(target).replace("'", "''"))
    try:
        store.run("copy_store", database=name)
    finally:
        store.run("detach_copy")
    with target.open("rb") as file:
        os.fsync(file.fileno())
