"""A project in a temporary folder, and a stand-in Entrez that it searches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import duckdb
import pytest

from alembic_db import Project
from alembic_db.demo import Faults, StandInEntrez, bundled_packages

# How a record came to be here; everything else must be the same whichever way it came.
_BOOKS = {"search", "search_hit", "search_run", "problem", "store_commit", "store_info", "schema_migration",
          "entrez_record", "record_change", "import_block", "import_seen", "import_problem"}  # fmt: skip
_DATES = {"created_at", "updated_at", "annotated_at", "commit_seq", "annotator_id"}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.create(tmp_path / "project")


@pytest.fixture
def new_project(tmp_path: Path) -> Callable[[str], Project]:
    return lambda name: Project.create(tmp_path / name)


@pytest.fixture
def entrez(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., StandInEntrez]]:
    """Start stand-in servers, each taking the place of the one before."""
    with ExitStack() as stack:

        def start(packages: list[bytes], faults: Faults | None = None) -> StandInEntrez:
            server = stack.enter_context(StandInEntrez(packages, faults=faults))
            monkeypatch.setenv("ALEMBIC_DB_ENTREZ_URL", server.url)
            return server

        yield start


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the client wait for nothing: neither the rate limit nor a back-off."""
    from alembic_db.entrez import EntrezClient, EntrezSettings

    class Free:
        def wait(self) -> None:
            """Grant at once."""

        def pause(self, seconds: float) -> None:
            """Do not."""

    def client(self: Project) -> EntrezClient:
        settings = self.entrez or EntrezSettings.from_environment()
        return EntrezClient(settings, limiter=Free(), sleep=lambda _: None)

    monkeypatch.setattr(Project, "_entrez", client)


@pytest.fixture
def packages() -> list[bytes]:
    return bundled_packages()


@pytest.fixture
def data() -> Callable[..., dict[str, list[Any]]]:
    """Read a project's data tables whole, without dates and books."""

    def read(project: Project, *, dates: bool = False) -> dict[str, list[Any]]:
        with duckdb.connect(str(project.store_path), read_only=True) as connection:
            names = [name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()]
            result = {}
            for name in sorted(set(names) - _BOOKS):
                relation = connection.table(name)
                columns = [c for c in relation.columns if dates or c not in _DATES]
                result[name] = sorted(relation.select(*(f'"{c}"' for c in columns)).fetchall(), key=repr)
        return result

    return read
