"""What every part of a project stands on: its folder, its settings, its store and its snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

from alembic_db import config as project_files
from alembic_db.config import Config
from alembic_db.errors import ProjectLockedError, StoreError
from alembic_db.journal import logging_to

if TYPE_CHECKING:
    from alembic_db.entrez import EntrezClient, EntrezSettings
    from alembic_db.reads import ReadsSettings
    from alembic_db.store import Limits, Reader, Store


class ProjectBase:
    """The folder, and how to come by its store and its snapshot."""

    def __init__(
        self,
        path: Path,
        config: Config,
        entrez: EntrezSettings | None = None,
        reads: ReadsSettings | None = None,
    ) -> None:
        self.path = path
        self.config = config
        self.entrez = entrez
        self.reads = reads

    @classmethod
    def create(cls, path: Path) -> Self:
        """Make a project in a folder, which is made too if need be. ProjectError if there is one already."""
        project_files.create(path)
        project = cls(path.resolve(), project_files.load_config(path))
        with project._writing() as store:
            project._publish(store)
        return project

    @classmethod
    def open(cls, path: Path | None = None) -> Self:
        """Open the project given, else ALEMBIC_DB_PROJECT, else the nearest one upwards. ProjectError if none."""
        folder = project_files.find(path)
        return cls(folder, project_files.load_config(folder))

    @property
    def store_path(self) -> Path:
        """Where the DuckDB file lies."""
        return self.path / project_files.STORE_NAME

    @property
    def snapshot_path(self) -> Path:
        """Where the published Parquet files lie; `current` in it is the newest version."""
        return self.path / project_files.SNAPSHOT_NAME

    def default_annotators(self) -> tuple[str, ...]:
        """Return the names of the annotators that run when none are chosen: the project's own and added lexicons."""
        from alembic_db.ner.models.home import added_lexicons

        lexicons = added_lexicons() if self.config.lexicons else ()
        return tuple(dict.fromkeys((*self.config.annotators, *lexicons)))

    @contextmanager
    def reading(self, limits: Limits | None = None) -> Iterator[Reader]:
        """Open the published snapshot; what is committed meanwhile is not seen.

        One of an older version of this program is brought up to date first, where that can be done now.
        """
        from alembic_db.store import Reader, is_behind

        if is_behind(self.snapshot_path):
            with suppress(ProjectLockedError, StoreError), self._writing() as store:
                self._publish(store)
        reader = Reader(self.snapshot_path, limits)
        try:
            yield reader
        finally:
            reader.close()

    @contextmanager
    def _writing(self) -> Iterator[Store]:
        """Take the store for writing, brought up to this version's schema; publish what a crash left behind."""
        from alembic_db import __version__
        from alembic_db.store import Store, migrate

        with Store.open(self.store_path) as store, logging_to(self.path / project_files.LOG_NAME):
            migrate(store, f"alembic_db {__version__}")
            yield store

    def _publish(self, store: Store) -> None:
        from alembic_db.store import publish

        publish(store, self.snapshot_path)

    def _entrez(self) -> EntrezClient:
        from alembic_db.entrez import EntrezClient, EntrezSettings

        return EntrezClient(self.entrez or EntrezSettings.from_environment())
