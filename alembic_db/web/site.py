"""What all pages share: the project, its newest snapshot ready to be looked at, its jobs, its SQL process."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from alembic_db.errors import AlembicDbError
from alembic_db.explore import EntityFilter, Explorer
from alembic_db.explore.asker import Asker
from alembic_db.jobs import Jobs
from alembic_db.project import Project
from alembic_db.store import Limits, current_version

SQL_LIMITS = Limits(rows=1000, seconds=10.0, memory="1GB")
_LEAST_SECONDS = 5.0  # between two looks at a project that changes all the time
_COST_SHARE = 20  # and no more than this share of the time is spent on getting snapshots ready


class Site:
    """One project as the pages see it; a new snapshot is got ready in the background and shown when it is."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.jobs = Jobs(project.path)
        self.asker = Asker(project.snapshot_path, SQL_LIMITS)
        self._explorer: _Counted | None = None
        self._renewing = threading.Lock()
        self._looked_at = 0.0
        self._cost = 0.0
        self._seen_jobs = 0  # that had ended when the snapshot was last got ready for them

    def start(self) -> None:
        """Get the newest snapshot ready, and the process for SQL meanwhile. ProjectError if there is no snapshot."""
        threading.Thread(target=self.asker.start, daemon=True).start()
        self._renew()

    def close(self) -> None:
        """End the jobs and let go of the snapshot."""
        self.jobs.close()
        self.asker.close()
        if self._explorer is not None:
            self._explorer.leave()

    @contextmanager
    def exploring(self) -> Iterator[Explorer]:
        """Give the explorer of the newest snapshot that is ready, and see to a newer one."""
        self._look_for_newer()
        counted = self._explorer
        while counted is None or not counted.enter():
            counted = self._explorer
        try:
            yield counted.explorer
        finally:
            counted.leave()

    def _look_for_newer(self) -> None:
        ended = self.jobs.ended  # once: a job that ends between two looks would be taken for seen
        if ended != self._seen_jobs:
            self._seen_jobs = ended
            self._renew()  # whoever started the job wants to see what came of it
            return
        wait = max(_LEAST_SECONDS, self._cost * _COST_SHARE)
        idle = not self._renewing.locked()
        if idle and time.monotonic() - self._looked_at >= wait and self._outdated():
            threading.Thread(target=self._renew_quietly, daemon=True).start()

    def _outdated(self) -> bool:
        version = current_version(self.project.snapshot_path)
        return version is not None and (self._explorer is None or version.name != self._explorer.version)

    def _renew_quietly(self) -> None:
        try:
            self._renew()
        except AlembicDbError:
            self._looked_at = time.monotonic()  # the old state stays; a later request tries again

    def _renew(self) -> None:
        """Get the newest snapshot ready, once however many ask for it at the same time."""
        with self._renewing:
            if not self._outdated():
                return
            began = time.monotonic()
            version = current_version(self.project.snapshot_path)
            explorer = self.project.explore()
            _warm(explorer)
            old, self._explorer = self._explorer, _Counted(explorer, version.name if version else "")
            if old is not None:
                old.leave()
            self._looked_at = time.monotonic()
            self._cost = self._looked_at - began


def _warm(explorer: Explorer) -> None:
    """Ask what every first look asks, so that nobody waits for it."""
    explorer.totals()
    explorer.fields()
    explorer.text_fields()
    everything = EntityFilter()
    explorer.facets(everything)
    explorer.entities(everything)
    explorer.experiments(everything)


class _Counted:
    """An explorer that is closed when the last of its users has left."""

    def __init__(self, explorer: Explorer, version: str) -> None:
        self.explorer = explorer
        self.version = version
        self._users = 1
        self._lock = threading.Lock()

    def enter(self) -> bool:
        with self._lock:
            if not self._users:
                return False
            self._users += 1
            return True

    def leave(self) -> None:
        with self._lock:
            self._users -= 1
            last = not self._users
        if last:
            self.explorer.close()
