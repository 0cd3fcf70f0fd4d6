"""Migrations, locks, and a disk that is full or gone."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from alembic_db import Project
from alembic_db.errors import ProjectError, ProjectLockedError, StoreError
from alembic_db.store import Store, migrate, pending, publish
from alembic_db.store import migrations as migrations_module
from alembic_db.store.migrations import Migration, migrations


def test_a_new_store_has_every_migration_and_then_none_is_pending(store):
    assert pending(store) == []
    ((count,),) = store.connection.execute("select count(*) from schema_migration").fetchall()
    assert count == len(migrations()) >= 1


def test_asking_what_is_pending_writes_nothing(tmp_path):
    with Store.open(tmp_path / "s.duckdb") as store:
        assert len(pending(store)) == len(migrations())
        assert store.connection.execute("select count(*) from duckdb_tables()").fetchall() == [(0,)]


def test_an_edited_migration_is_an_error(store):
    store.connection.execute("update schema_migration set checksum = 'x' where version = 1")
    with pytest.raises(StoreError, match="0001_store"):
        pending(store)


def test_a_project_of_a_newer_version_is_left_alone(store):
    store.connection.execute("insert into schema_migration values (999, '0999_later', 'x', now()::timestamp)")
    with pytest.raises(ProjectError, match="newer version.*Upgrade"):
        migrate(store, "test")


def of_version_1(path, monkeypatch, helpers=None, *records):
    """Make a project as the first version of this program did."""
    monkeypatch.setattr(migrations_module, "migrations", lambda: migrations()[:1])
    project = Project.create(path)
    with Store.open(project.store_path) as store:
        if records:
            helpers.write(store, *records)
        publish(store, project.snapshot_path)
    monkeypatch.undo()
    return project


def test_a_project_of_version_1_is_brought_up_to_date_and_keeps_its_rows(tmp_path, monkeypatch, helpers):
    record = '<EXPERIMENT_PACKAGE><EXPERIMENT accession="SRX1"/></EXPERIMENT_PACKAGE>'
    project = of_version_1(tmp_path / "p", monkeypatch, helpers, record)
    assert project.sql("select accession from experiment").to_pylist() == [{"accession": "SRX1"}]
    assert project.sql("from read_link").num_rows == 0
    assert project.query("downloads").num_rows == 0
    status = project.status()
    assert status.schema_version == migrations()[-1].version
    assert {"read_link": 0, "download": 0}.items() <= status.tables.items()


def test_a_project_of_version_1_that_is_in_use_is_read_as_it_is(tmp_path, monkeypatch):
    project = of_version_1(tmp_path / "p", monkeypatch)
    holder = "import duckdb, sys\nc = duckdb.connect(sys.argv[1])\nprint('open', flush=True)\nsys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(project.store_path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None and process.stdout.readline() == "open\n"
        assert project.sql("from study").num_rows == 0
        assert project.status().schema_version == 1
        process.communicate("")
    assert project.status().schema_version == migrations()[-1].version


def test_a_failing_migration_leaves_no_trace(store, monkeypatch):
    broken = Migration(999, "0999_broken", "create table half (i bigint); create table study (i bigint)")
    monkeypatch.setattr(migrations_module, "migrations", lambda: [*migrations(), broken])
    with pytest.raises(Exception, match="study"):
        migrate(store, "test")
    tables = {name for (name,) in store.connection.execute("select table_name from duckdb_tables()").fetchall()}
    assert "half" not in tables
    monkeypatch.undo()
    assert pending(store) == []


def run_python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *arguments], capture_output=True, text=True, check=False
    )


def test_a_second_process_is_told_who_holds_the_store(store):
    other = run_python(
        """
        import sys
        from pathlib import Path
        from alembic_db.store import Store
        from alembic_db.errors import ProjectLockedError
        try:
            Store.open(Path(sys.argv[1]))
        except ProjectLockedError as error:
            print(error)
        """,
        str(store.path),
    )
    import os

    assert f"process {os.getpid()}" in other.stdout, other.stderr
    assert ProjectLockedError.transient


def test_a_full_disk_is_a_clear_error_and_loses_nothing(tmp_path):
    """A limit on the size of files stands for the full disk: the same failed write, without a real one."""
    code = """
        import resource, signal, sys
        from pathlib import Path
        from alembic_db import Project
        from alembic_db.errors import AlembicDbError
        project = Project.create(Path(sys.argv[1]))
        project.import_paths([Path(sys.argv[2])], annotate=False)
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        size = project.store_path.stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 300_000, size + 300_000))
        try:
            project.import_paths([Path(sys.argv[3])], annotate=False)
        except AlembicDbError as error:
            print(type(error).__name__, error)
    """
    small, large = tmp_path / "small.xml", tmp_path / "large.xml"
    record = '<EXPERIMENT_PACKAGE><EXPERIMENT accession="SRX{0}"><TITLE>{1}</TITLE></EXPERIMENT></EXPERIMENT_PACKAGE>'
    small.write_text("<EXPERIMENT_PACKAGE_SET>" + record.format(1, "kept") + "</EXPERIMENT_PACKAGE_SET>")
    import random

    noise = random.Random(1)
    texts = ("".join(noise.choices("abcdefghijklmnopqrstuvwxyz ", k=2000)) for _ in range(2000))
    bodies = "".join(record.format(number, text) for number, text in enumerate(texts, 2))
    large.write_text(f"<EXPERIMENT_PACKAGE_SET>{bodies}</EXPERIMENT_PACKAGE_SET>")
    result = run_python(code, str(tmp_path / "p"), str(small), str(large))
    assert "StoreError" in result.stdout, result.stdout + result.stderr
    assert "Traceback" not in result.stderr
    with Store.open(tmp_path / "p" / "store.duckdb") as store:
        assert ("SRX1",) in store.connection.execute("select accession from experiment").fetchall()


def test_a_file_that_is_no_database_is_a_clear_error(tmp_path: Path):
    path = tmp_path / "store.duckdb"
    path.write_bytes(b"this is no database" * 1000)
    with pytest.raises(StoreError, match=r"store\.duckdb"):
        Store.open(path)


def test_a_folder_that_is_not_there_is_a_clear_error(tmp_path: Path):
    with pytest.raises(StoreError, match="no/where"):
        Store.open(tmp_path / "no" / "where" / "store.duckdb")
