"""Small dumps made like whole ones, and the projects that take them in."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import pytest

from alembic_db import Project

BENCH = Path(__file__).parents[1] / "bench"
# How records came to be here; everything else must be the same whichever way they came.
_BOOKS = {"search", "search_hit", "search_run", "problem", "store_commit", "store_info", "schema_migration",
          "import_block", "import_seen", "import_problem", "entrez_record", "record_change"}  # fmt: skip
_DATES = {"created_at", "updated_at", "annotated_at", "commit_seq", "annotator_id"}


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, BENCH / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault(name, module)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def made() -> ModuleType:
    """Give tests/bench/made_archive.py."""
    return _load("made_archive")


@pytest.fixture(scope="session")
def maker(made: ModuleType) -> ModuleType:
    """Give tests/bench/make_dump.py."""
    return _load("make_dump")


@pytest.fixture
def dump(tmp_path: Path, made: ModuleType, maker: ModuleType) -> Path:
    """Make a dump of 90 experiments."""
    file = tmp_path / "NCBI_SRA_Metadata_20261101.tar.gz"
    maker.write_dump(file, made.submissions(90, seed=4))
    return file


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make blocks and commits so small that 90 experiments have many of each."""
    monkeypatch.setattr("alembic_db.bulk.blocks.BLOCK_BYTES", 20_000)
    monkeypatch.setattr("alembic_db.bulk.writer.COMMIT_BYTES", 60_000)


@pytest.fixture
def new_project(tmp_path: Path) -> Callable[[str], Project]:
    return lambda name: Project.create(tmp_path / name)


@pytest.fixture
def data() -> Callable[..., dict[str, list[Any]]]:
    """Read a project's data tables whole, without dates and books."""

    def read(project: Project, *, without: tuple[str, ...] = ()) -> dict[str, list[Any]]:
        with duckdb.connect(str(project.store_path), read_only=True) as connection:
            names = [name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()]
            result = {}
            for name in sorted(set(names) - _BOOKS):
                relation = connection.table(name)
                columns = [c for c in relation.columns if c not in _DATES and c not in without]
                result[name] = sorted(relation.select(*(f'"{c}"' for c in columns)).fetchall(), key=repr)
        return result

    return read


@pytest.fixture
def left_over() -> Callable[[Project], int]:
    """Count the rows that tell how far an unfinished import is."""

    def count(project: Project) -> int:
        tables = ("import_block", "import_seen", "import_problem")
        with duckdb.connect(str(project.store_path), read_only=True) as connection:
            return sum(connection.table(table).shape[0] for table in tables)

    return count
