"""A store of an older version becomes one of this version, whatever happens on the way, and equals one made new."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from alembic_db import Project
from alembic_db.errors import StoreError
from alembic_db.store import Store, migrate, publish
from alembic_db.store import migrations as migrations_module
from alembic_db.store import upgrade as upgrade_module
from alembic_db.store.migrations import Migration, migrations

LATEST = migrations()[-1].version


def make_old(store: Path, old: Path, version: int) -> None:
    """Make a store as that version of the schema has it, with what the given one holds."""
    first = [migration for migration in migrations() if migration.version <= version]
    with pytest.MonkeyPatch.context() as patch, Store.open(old) as opened:
        patch.setattr(migrations_module, "migrations", lambda: first)
        migrate(opened, "test")
        opened.connection.execute(f"attach '{store}' as new (read_only)")
        names = "select table_name from duckdb_tables() where database_name = current_database()"
        for (table,) in opened.connection.execute(names).fetchall():
            if table not in ("schema_migration", "store_info"):
                there = opened.connection.table(f"new.{table}").columns
                columns = ", ".join(f'"{c}"' for c in opened.connection.table(table).columns if c in there)
                opened.connection.execute(f"insert into {table} ({columns}) select {columns} from new.{table}")
        opened.connection.execute("detach new")


def version_of(store: Path) -> int:
    with duckdb.connect(str(store), read_only=True) as connection:
        ((version,),) = connection.execute("select max(version) from schema_migration").fetchall()
    return int(version)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project of this version with records, texts and spans."""
    from alembic_db.demo import bundled_packages

    folder = tmp_path_factory.mktemp("whole")
    body = b"".join(bundled_packages()[:12])
    (folder / "some.xml").write_bytes(b"<EXPERIMENT_PACKAGE_SET>" + body + b"</EXPERIMENT_PACKAGE_SET>")
    project = Project.create(folder / "project")
    project.import_paths([folder / "some.xml"])
    return project


@pytest.fixture
def old_project(whole: Project, tmp_path: Path) -> Project:
    """The same project as the first version of the schema had it."""
    project = Project.create(tmp_path / "old")
    project.store_path.unlink()
    shutil.rmtree(project.snapshot_path)
    make_old(whole.store_path, project.store_path, 1)
    with Store.open(project.store_path) as store:
        publish(store, project.snapshot_path)
    return project


def first_tables(data: Callable[..., dict[str, list[Any]]], project: Project) -> dict[str, list[Any]]:
    """Read the tables, and the columns, that the first version had."""
    with duckdb.connect(":memory:") as connection:
        connection.execute(migrations()[0].sql)
        names = [name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()]
        columns = {name: connection.table(name).columns for name in names}
    with duckdb.connect(str(project.store_path), read_only=True) as connection:
        skipped = {"store_info", "store_commit", "schema_migration", "search_run"}
        return {
            name: sorted(connection.table(name).select(*(f'"{c}"' for c in columns[name])).fetchall(), key=repr)
            for name in sorted(set(names) - skipped)
        }


def test_a_store_of_the_first_version_becomes_one_of_this_version(old_project, whole, data):
    assert version_of(old_project.store_path) == 1
    done = old_project.upgrade()
    assert (done.from_version, done.to_version) == (1, LATEST)
    assert done.migrations == tuple(migration.name for migration in migrations()[1:])
    assert not done.broken and done.kept_copy is None
    assert not upgrade_module.copies(old_project.store_path)
    assert first_tables(data, old_project) == first_tables(data, whole)
    assert all(finding.ok for finding in old_project.check())
    assert old_project.query("top_entities").to_pylist() == whole.query("top_entities").to_pylist()
    assert old_project.upgrade().migrations == ()


def test_a_dry_run_tells_and_changes_nothing(old_project):
    before = old_project.store_path.read_bytes()
    told = old_project.upgrade(dry_run=True)
    assert told.dry_run and told.migrations[-1] == migrations()[-1].name
    assert old_project.store_path.read_bytes() == before
    assert not upgrade_module.copies(old_project.store_path)


def test_any_command_that_writes_brings_the_store_up_to_date(old_project, whole, data):
    old_project.annotate()
    assert version_of(old_project.store_path) == LATEST
    assert first_tables(data, old_project) == first_tables(data, whole)
    assert old_project.upgrade().migrations == ()


def test_the_copy_is_kept_until_the_store_has_passed(old_project):
    with duckdb.connect(str(old_project.store_path)) as connection:
        connection.execute("update entity_span set start_offset = start_offset + 1")
    done = old_project.upgrade()
    assert done.broken and done.kept_copy is not None
    assert version_of(done.kept_copy) == 1 and version_of(old_project.store_path) == LATEST
    assert old_project.upgrade().kept_copy == done.kept_copy  # still broken, still there
    with duckdb.connect(str(old_project.store_path)) as connection:
        connection.execute("update entity_span set start_offset = start_offset - 1")
    assert not old_project.upgrade().broken
    assert not done.kept_copy.exists()


def test_a_migration_that_fails_is_taken_back(old_project, monkeypatch):
    bad = Migration(9999, "9999_bad", "create table half (a bigint not null); select no_such_column from study")
    known = [*migrations()[:1], bad]
    monkeypatch.setattr(migrations_module, "migrations", lambda: known)
    with pytest.raises(StoreError, match="taken back"):
        old_project.upgrade()
    assert version_of(old_project.store_path) == 1
    with duckdb.connect(str(old_project.store_path), read_only=True) as connection:
        assert not connection.execute("select * from duckdb_tables() where table_name = 'half'").fetchall()
    monkeypatch.undo()
    assert not old_project.upgrade().broken
    assert not upgrade_module.copies(old_project.store_path)


def test_without_room_for_the_copy_nothing_is_begun(old_project, monkeypatch):
    usage = shutil.disk_usage(old_project.path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1000))
    with pytest.raises(StoreError, match=r"1,000 left.*nothing was changed"):
        old_project.upgrade()
    assert version_of(old_project.store_path) == 1


# Upgrades a project and kills itself at the n-th statement.
CHILD = """
import os, signal, sys
from pathlib import Path
from alembic_db import Project
from alembic_db.store import Store
run, left = Store.run, [int(sys.argv[2])]
def counting(self, *arguments, **names):
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return run(self, *arguments, **names)
Store.run = counting
Project.open(Path(sys.argv[1])).upgrade()
"""


@pytest.mark.parametrize("moment", [1, 4, 5, 6, 8, 10, 13, 20, 60])
def test_kill_9_leaves_a_whole_store_and_the_next_upgrade_finishes(old_project, whole, data, moment):
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(old_project.path), str(moment)], check=False, timeout=120,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL
    assert 1 <= version_of(old_project.store_path) <= LATEST
    assert first_tables(data, old_project) == first_tables(data, whole)
    assert not old_project.upgrade().broken
    assert version_of(old_project.store_path) == LATEST
    assert first_tables(data, old_project) == first_tables(data, whole)
    left = {path.name for path in old_project.path.iterdir()} - {"alembic.log", ".writer"}
    assert left == {"alembic.toml", "snapshot", "store.duckdb"}
