"""What every part of a project stands on: its folder, its settings, its store and its snapshot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
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
        self.wait = 0.0  # seconds that a command waits for another process that writes
        self.on_note: Callable[[str], None] = lambda _: None  # told what the user should know at once

    @classmethod
    def create(cls, path: Path | str) -> Self:
        """Make a project in a folder, which is made too if need be. ProjectError if there is one already."""
        path = Path(path)
        project_files.create(path)
        project = cls(path.resolve(), project_files.load_config(path))
        with project._writing() as store:
            project._publish(store)
        return project

    @classmethod
    def open(cls, path: Path | str | None = None) -> Self:
        """Open the project given, else ALEMBIC_DB_PROJECT, else the nearest one upwards. ProjectError if none."""
        folder = project_files.find(None if path is None else Path(path))
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

        One of an older version of this program is brought up to date first, where that can be done now. `on_note`
        is told of when the snapshot is, if somebody is writing.
        """
        from alembic_db.store import Reader
        from alembic_db.store.claim import claimed_by

        self.catch_up()
        reader = Reader(self.snapshot_path, limits)
        if holder := claimed_by(self.path):
            published = reader.manifest.published_at.replace("T", " ").removesuffix("+00:00")
            self.on_note(f"{holder} is writing to this project; what you see is its state of {published} UTC.")
        try:
            yield reader
        finally:
            reader.close()

    def catch_up(self) -> None:
        """Publish the snapshot anew if it is of an older version of this program and nobody is writing just now."""
        from alembic_db.store import is_behind

        if is_behind(self.snapshot_path):
            with suppress(ProjectLockedError, StoreError), self._writing("upgrade", wait=0) as store:
                self._publish(store)

    @contextmanager
    def _writing(self, what: str = "writing", *, wait: float | None = None) -> Iterator[Store]:
        """Take the store for writing, brought up to this version's schema; `what` is told to others meanwhile.

        What a crash left unpublished is published first.

        Waits for another process for `wait` seconds, by default as long as the project says; ProjectLockedError
        then.
        """
        from alembic_db import __version__
        from alembic_db.store import Store, migrate
        from alembic_db.store.claim import patiently

        seconds = self.wait if wait is None else wait
        with self._alone(what, wait=seconds), ExitStack() as stack:
            opened = patiently(lambda: Store.open(self.store_path), seconds, self.on_note)
            store = stack.enter_context(opened)
            stack.enter_context(logging_to(self.path / project_files.LOG_NAME))
            migrate(store, f"alembic_db {__version__}")
            self._publish(store)
            yield store

    @contextmanager
    def _alone(self, what: str, *, wait: float | None = None) -> Iterator[None]:
        """Keep every other process of this program from writing, without opening the store."""
        from alembic_db.store.claim import claim, patiently

        seconds = self.wait if wait is None else wait
        with ExitStack() as stack:
            patiently(lambda: stack.enter_context(claim(self.path, what)), seconds, self.on_note)
            yield

    def _publish(self, store: Store) -> None:
        from alembic_db.store import publish

        publish(store, self.snapshot_path)

    def _entrez(self) -> EntrezClient:
        from alembic_db.entrez import EntrezClient, EntrezSettings

        return EntrezClient(self.entrez or EntrezSettings.from_environment())
