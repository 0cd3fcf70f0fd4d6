"""Care of the store: check, backup, compact, upgrade."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic_db import config as project_files
from alembic_db.journal import logging_to
from alembic_db.project.base import ProjectBase

if TYPE_CHECKING:
    from alembic_db.store.check import Invariant
    from alembic_db.store.upgrade import Upgrade


class Care(ProjectBase):
    """Keeps the store sound."""

    def check(self) -> list[Invariant]:
        """Check every invariant of the store and its snapshot. Takes the store, reads all of it, changes nothing."""
        from alembic_db.store.check import check_snapshot, check_store

        with self._writing("check") as store:
            return [*check_store(store), *check_snapshot(store, self.snapshot_path)]

    def back_up(self, target: Path) -> int:
        """Copy the store's last commit to a new file, whole or not at all, and return its size in bytes."""
        from alembic_db.store.copies import back_up

        with self._writing("backup") as store:
            return back_up(store, target)

    def compact(self) -> tuple[int, int]:
        """Rewrite the store without the gaps that changes leave; return its size in bytes before and after."""
        from alembic_db.store.copies import compact

        with self._writing("compact"):
            pass  # bring the schema up to date first, and find out whether another program has the store
        with self._alone("compact"):
            return compact(self.store_path)

    def upgrade(self, *, dry_run: bool = False) -> Upgrade:
        """Bring the store to this version's schema; `dry_run` only tells what there is to do.

        A copy of the store is kept beside it until the new one has passed `check`. What opens a project to write
        applies migrations, too, each whole or not at all, but keeps no copy.
        """
        from alembic_db import __version__
        from alembic_db.store import Store
        from alembic_db.store.check import check_snapshot, check_store
        from alembic_db.store.upgrade import planned, upgrade

        with (
            self._alone("upgrade"),
            Store.open(self.store_path) as store,
            logging_to(self.path / project_files.LOG_NAME),
        ):
            if dry_run:
                return planned(store)

            def check() -> list[Invariant]:
                self._publish(store)
                return [*check_store(store), *check_snapshot(store, self.snapshot_path)]

            return upgrade(store, f"alembic_db {__version__}", check)
