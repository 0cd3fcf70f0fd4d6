"""The published snapshot equals the store, rewrites only what changed, and is switched in one step."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alembic_db.errors import ProjectError, QueryError
from alembic_db.store import Manifest, Reader, current_version, publish
from alembic_db.store import snapshot as snapshot_module
from alembic_db.store.snapshot import Segment, plan_segments


def files(folder: Path) -> dict[str, int]:
    version = current_version(folder)
    assert version is not None
    return {str(p.relative_to(version)): p.stat().st_ino for p in version.rglob("*.parquet")}


def test_the_snapshot_equals_the_store(store, helpers, tmp_path):
    helpers.write(store, *(helpers.package(number) for number in range(1, 5)))
    assert publish(store, tmp_path / "snapshot")
    reader = Reader(tmp_path / "snapshot")
    content = helpers.content(store)
    for table, rows in content.items():
        if table != "raw_record":
            assert sorted(reader.connection.table(table).fetchall(), key=repr) == rows, table
    reader.close()


def test_nothing_new_publishes_nothing(store, helpers, tmp_path):
    helpers.write(store, helpers.package(1))
    assert publish(store, tmp_path)
    assert not publish(store, tmp_path)


def test_only_what_changed_is_written_again(store, helpers, tmp_path, monkeypatch):
    monkeypatch.setattr(snapshot_module, "SEGMENT_ROWS", 2)
    helpers.write(store, *(helpers.package(number) for number in range(1, 4)))
    publish(store, tmp_path)
    before = files(tmp_path)
    helpers.write(store, helpers.package(9, study=9))
    publish(store, tmp_path)
    after = files(tmp_path)
    experiments = {name: inode for name, inode in after.items() if name.startswith("experiment/")}
    kept = {name for name, inode in experiments.items() if before.get(name) == inode}
    assert len(kept) == 1 and len(experiments) == 2


def test_every_folder_can_be_read_whole_by_other_tools(store, helpers, tmp_path):
    for number in range(1, 4):
        helpers.write(store, helpers.package(number))
        publish(store, tmp_path)
    version = current_version(tmp_path)
    table = pq.ParquetDataset(version / "experiment").read()
    assert sorted(table.column("accession").to_pylist()) == ["SRX1", "SRX2", "SRX3"]
    manifest = Manifest.read(version)
    assert manifest.rows("experiment") == 3
    assert pq.ParquetDataset(version / "problem").read().num_rows == 0  # an empty table is there too


def test_a_reader_keeps_its_version_while_others_are_published(store, helpers, tmp_path):
    helpers.write(store, helpers.package(1))
    publish(store, tmp_path)
    reader = Reader(tmp_path)
    for number in range(2, 8):
        helpers.write(store, helpers.package(number))
        publish(store, tmp_path)
    assert reader.table("select count(*) as n from experiment").to_pylist() == [{"n": 1}]
    reader.close()


def test_a_damaged_manifest_is_published_anew(store, helpers, tmp_path):
    helpers.write(store, helpers.package(1))
    publish(store, tmp_path)
    (tmp_path / "current" / "manifest.json").write_text("{")
    with pytest.raises(ProjectError, match="publishes it anew"):
        Reader(tmp_path)
    assert publish(store, tmp_path)
    Reader(tmp_path).close()


def test_a_path_with_quotes_and_patterns_can_be_read(store, helpers, tmp_path):
    folder = tmp_path / "it's [odd] *?"
    helpers.write(store, helpers.package(1))
    publish(store, folder)
    reader = Reader(folder)
    assert reader.user_table("select accession from experiment").num_rows == 1
    reader.close()


def test_without_a_snapshot_the_reader_says_what_to_do(tmp_path):
    with pytest.raises(ProjectError, match="alembic-db search"):
        Reader(tmp_path)


ESCAPES = [
    "copy (select 1) to '{path}/x.csv'", "copy study to '{path}/x.parquet'", "attach '{path}/x.db'",
    "install httpfs", "load httpfs", "set enable_external_access = true", "reset lock_configuration",
    "create table x (i int)", "drop view study", "insert into study select * from study", "delete from study",
    "select * from read_csv('/etc/passwd')", "select * from read_text('/etc/passwd')",
    "select * from '/etc/passwd'", "select * from glob('/etc/*')", "call pragma_version()",
    "explain analyze copy (select 1) to '{path}/x.csv'", "select 1; drop view study", "export database '{path}'",
    "begin", "prepare p as select 1", "execute p", "checkpoint", "vacuum", "use memory", "",
]  # fmt: skip


@pytest.mark.parametrize("sql", ESCAPES)
def test_sql_that_writes_or_reaches_outside_is_refused(store, helpers, tmp_path, sql):
    helpers.write(store, helpers.package(1))
    publish(store, tmp_path / "s")
    reader = Reader(tmp_path / "s")
    inside = current_version(tmp_path / "s")
    before = sorted(p.name for p in tmp_path.rglob("*"))
    with pytest.raises(QueryError) as caught:
        reader.user_table(sql.format(path=inside))
    assert "\n" not in str(caught.value)
    assert sorted(p.name for p in tmp_path.rglob("*")) == before
    reader.close()


@pytest.mark.parametrize("sql", ["from study", "with a as (select 1 as x) select * from a", "describe study", "summarize study",
                                 "show tables", "explain select 1", "values (1)"])  # fmt: skip
def test_sql_that_reads_runs(store, helpers, tmp_path, sql):
    helpers.write(store, helpers.package(1))
    publish(store, tmp_path)
    reader = Reader(tmp_path)
    assert reader.user_table(sql).num_rows >= 1
    reader.close()


counts = st.dictionaries(st.integers(1, 30), st.integers(1, 60), max_size=20)


@given(before=counts, deleted=counts, added=counts)
def test_planned_segments_cover_every_row_once_and_keep_only_what_is_true(before, deleted, added):
    snapshot_rows, snapshot_module.SEGMENT_ROWS = snapshot_module.SEGMENT_ROWS, 50
    try:
        old = [
            Segment(f"f{first}", first, last, rows, "")
            for _, first, last, rows in plan_segments(sorted(before.items()), [])
        ]
        now = {c: n - min(deleted.get(c, 0), n) for c, n in before.items()} | {c + 30: n for c, n in added.items()}
        now = {commit: rows for commit, rows in now.items() if rows}
        plan = list(plan_segments(sorted(now.items()), old))
    finally:
        snapshot_module.SEGMENT_ROWS = snapshot_rows
    covered: list[int] = []
    for kept, first, last, rows in plan:
        inside = [commit for commit in now if first <= commit <= last]
        assert rows == sum(now[commit] for commit in inside)
        covered += inside
        if kept is not None:
            assert kept in old
            assert {c: n for c, n in before.items() if first <= c <= last} == {c: now[c] for c in inside}
    assert sorted(covered) == sorted(now)


def test_the_manifest_is_readable_json(store, helpers, tmp_path):
    helpers.write(store, helpers.package(1))
    publish(store, tmp_path)
    data = json.loads((tmp_path / "current" / "manifest.json").read_text())
    assert data["tables"]["study"][0]["rows"] == 1
