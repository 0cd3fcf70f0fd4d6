"""The dataset holds what the project holds, value by value, whoever reads it; it changes in one step or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from alembic_db import Project
from alembic_db.demo import bundled_packages
from alembic_db.errors import ExportError, UsageError
from alembic_db.export import exchange, parquet
from alembic_db.export.base import Change, Request
from alembic_db.export.dataset import Dataset
from alembic_db.export.scope import Scope
from alembic_db.saved import saved_queries
from alembic_db.store import snapshot
from alembic_db.store.schema import kept_tables

HOSTILE = "tab\tquote \" ' \\N NULL\r\nbreak α 中 \U0001f9ec e\u0301 \u2028"


def write_xml(folder: Path, name: str, packages: list[bytes]) -> Path:
    file = folder / name
    file.write_bytes(b"<EXPERIMENT_PACKAGE_SET>" + b"".join(packages) + b"</EXPERIMENT_PACKAGE_SET>")
    return file


def package(number: int, title: str) -> bytes:
    from xml.sax.saxutils import escape

    title = escape(title, {"\r": "&#13;"})
    return (
        f'<EXPERIMENT_PACKAGE><EXPERIMENT accession="SRX{number}"><TITLE>{title}</TITLE></EXPERIMENT>'
        f'<STUDY accession="SRP{number}"><DESCRIPTOR><STUDY_TITLE>{title}</STUDY_TITLE></DESCRIPTOR></STUDY>'
        f'<SAMPLE accession="SRS{number}"/></EXPERIMENT_PACKAGE>'
    ).encode()


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("filled")
    project = Project.create(folder / "project")
    packages = bundled_packages()
    for name, part in (("first.xml", packages[:8]), ("second.xml", [*packages[4:20], package(7, HOSTILE)])):
        project.import_paths([write_xml(folder, name, part)])
    return project.path


@pytest.fixture
def project(filled: Path, tmp_path: Path) -> Project:
    return Project.open(shutil.copytree(filled, tmp_path / "project", symlinks=True))


@pytest.fixture
def add(project: Project, tmp_path: Path) -> Callable[..., None]:
    """Import packages into the project."""

    def add(*packages: bytes) -> None:
        project.import_paths([write_xml(tmp_path, f"{len(list(tmp_path.iterdir()))}.xml", list(packages))])

    return add


def there(project: Project) -> dict[str, list[tuple[Any, ...]]]:
    with project.reading() as reader:
        return {table.name: sorted(reader.connection.table(table.name).fetchall(), key=repr) for table in kept_tables()}


def in_arrow(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    tables = {path.name: pq.read_table(path) for path in folder.iterdir() if path.is_dir()}
    return {
        name: sorted(zip(*(column.to_pylist() for column in table.columns), strict=True), key=repr)
        for name, table in tables.items()
    }


def in_duckdb(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    with duckdb.connect(":memory:") as connection:
        connection.execute((folder / "views.sql").read_text(encoding="utf-8"))
        return {table.name: sorted(connection.table(table.name).fetchall(), key=repr) for table in kept_tables()}


def inodes(folder: Path) -> dict[str, tuple[int, int]]:
    return {
        str(path.relative_to(folder)): (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_every_value_is_there_for_arrow_and_for_duckdb(project: Project, tmp_path: Path) -> None:
    report = project.export_parquet(tmp_path / "lake")
    here = there(project)
    assert report.tables == {name: Change(inserted=len(rows)) for name, rows in here.items()}
    assert in_arrow(tmp_path / "lake" / "current") == here
    assert in_duckdb(tmp_path / "lake" / "current") == here
    assert HOSTILE in {row[4] for row in here["study"]}


def test_the_manifest_says_what_is_there(project: Project, tmp_path: Path) -> None:
    project.export_parquet(tmp_path / "lake")
    current = tmp_path / "lake" / "current"
    manifest = json.loads((current / "manifest.json").read_text(encoding="utf-8"))
    with project.reading() as reader:
        assert manifest["store_id"] == reader.manifest.store_id
        assert (manifest["commit_seq"], manifest["schema_version"]) == (
            reader.manifest.commit_seq,
            reader.manifest.schema_version,
        )
    assert manifest["created_by"].startswith("alembic_db ") and manifest["created_at"].endswith("+00:00")
    assert list(manifest["tables"]) == [table.name for table in kept_tables()]
    for name, table in manifest["tables"].items():
        read = pq.read_table(current / name)
        assert table["rows"] == read.num_rows == sum(file["rows"] for file in table["files"])
        assert [column["name"] for column in table["columns"]] == read.column_names
        for file in table["files"]:
            content = (current / file["file"]).read_bytes()
            assert (file["size"], file["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    sample = manifest["tables"]["sample_attribute"]
    assert sample["key"] == ["sample_accession", "position"]
    assert sample["references"] == [{"columns": ["sample_accession"], "table": "sample"}]
    assert "a repeated tag is two rows" in sample["comment"]
    units = {column["name"]: column["comment"] for column in manifest["tables"]["run"]["columns"]}
    assert units["size"] == "bytes"


def test_saved_views_are_those_of_the_project_from_any_folder(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = tmp_path / "it's a [lake]* {x}"
    report = project.export_parquet(lake)
    assert list(report.views) == [query.name for query in saved_queries()]
    monkeypatch.chdir("/")
    with duckdb.connect(str(tmp_path / "lab.duckdb")) as connection:
        connection.execute((lake / "current" / "views.sql").read_text(encoding="utf-8"))
    with duckdb.connect(str(tmp_path / "lab.duckdb"), read_only=True) as connection:
        for query in saved_queries():
            rows = connection.execute(f"from {query.name}").fetchall()
            assert rows == [tuple(row.values()) for row in project.query(query.name).to_pylist()], query.name
        comments = dict(
            connection.execute("select view_name, comment from duckdb_views() where not internal").fetchall()
        )
        assert comments["top_entities"] == "Entities found most often: one row per entity."
        assert all(comments.values())
        columns = "select comment from duckdb_columns() where table_name = 'run' and column_name = 'size'"
        assert connection.execute(columns).fetchall() == [("bytes",)]


def test_a_second_run_writes_nothing(project: Project, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    project.export_parquet(lake)
    before = inodes(lake)
    report = project.export_parquet(lake)
    assert not report.changed and inodes(lake) == before


def test_files_come_from_the_snapshot_without_being_copied(project: Project, tmp_path: Path) -> None:
    project.export_parquet(tmp_path / "lake")
    version = snapshot.current_version(project.snapshot_path)
    assert version is not None
    for path in version.glob("*/*.parquet"):
        twin = tmp_path / "lake" / "current" / path.parent.name / path.name
        assert os.path.samefile(path, twin)


def test_only_what_changed_is_new_and_it_is_counted(
    project: Project, add: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "SEGMENT_ROWS", 1)
    lake = tmp_path / "lake"
    add(package(101, "first"), package(102, "second"))
    project.export_parquet(lake)
    before, old = inodes(lake / "current"), there(project)
    add(package(102, "changed"), package(103, "third"))
    report = project.export_parquet(lake)
    after, new = inodes(lake / "current"), there(project)
    assert in_arrow(lake / "current") == in_duckdb(lake / "current") == new
    assert report.tables["study"] == report.tables["experiment"] == Change(inserted=1, updated=1)
    assert report.tables["text"] == Change(inserted=2, deleted=1)
    assert report.tables["run_base"] == Change()
    for name, change in report.tables.items():
        assert len(new[name]) - len(old[name]) == change.inserted - change.deleted, name
    kept = {name for name in before if before[name] == after.get(name) and name.startswith("study/")}
    assert kept and len(kept) < len([name for name in after if name.startswith("study/")])
    assert in_arrow(lake / "previous") == old


def test_a_dry_run_counts_and_writes_nothing(project: Project, add: Callable[..., None], tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    report = project.export_parquet(lake, Request(dry_run=True))
    assert report.tables["study"].inserted and report.dry_run and not lake.exists()
    project.export_parquet(lake)
    before = inodes(lake)
    add(package(101, "new"))
    assert project.export_parquet(lake, Request(dry_run=True)).tables["study"] == Change(inserted=1)
    assert inodes(lake) == before


def test_a_search_and_tables_can_be_chosen(project: Project, add: Callable[..., None], tmp_path: Path) -> None:
    lake, name = tmp_path / "lake", project.query("searches").column("name").to_pylist()[0]
    chosen = Request(Scope(only=("study", "experiment", "problem"), search=name))
    project.export_parquet(lake, chosen)
    manifest = Dataset.read(lake / "current")
    assert set(manifest.tables) == {"study", "experiment", "problem"} and manifest.search == name
    found = in_arrow(lake / "current")
    assert len(found["experiment"]) == 8 < len(there(project)["experiment"])
    with duckdb.connect(":memory:") as connection:
        connection.execute((lake / "current" / "views.sql").read_text(encoding="utf-8"))
        views = {
            name for (name,) in connection.execute("select view_name from duckdb_views() where not internal").fetchall()
        }
    assert views == {"study", "experiment", "problem"}  # no saved view can do with these
    before = inodes(lake / "current")
    add(package(101, "of another search"))
    report = project.export_parquet(lake, chosen)
    assert not report.changed
    after = inodes(lake / "current")
    assert {name: Path(name).suffix for name in before} == {name: Path(name).suffix for name in after}  # the same names
    with pytest.raises(
        ExportError, match="holds another selection: the tables experiment, problem, study of the search"
    ):
        project.export_parquet(lake)
    with pytest.raises(UsageError, match="did you mean 'study'"):
        project.export_parquet(lake, Request(Scope(only=("studi",))))


def test_what_belongs_to_another_project_stays(project: Project, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    other = Project.create(tmp_path / "other")
    other.export_parquet(lake)
    with pytest.raises(ExportError, match="holds the data of another project.* --replace"):
        project.export_parquet(lake)
    assert Dataset.read(lake / "current").tables["study"].rows == 0
    project.export_parquet(lake, Request(replace=True))
    assert in_arrow(lake / "current") == there(project)


def test_another_schema_version_is_told(project: Project, tmp_path: Path) -> None:
    project.export_parquet(tmp_path / "lake")
    path = tmp_path / "lake" / "current" / "manifest.json"
    manifest = json.loads(path.read_text())
    path.write_text(json.dumps(manifest | {"schema_version": manifest["schema_version"] - 1}))
    with pytest.raises(ExportError, match="another version of alembic_db.*--replace"):
        project.export_parquet(tmp_path / "lake")


@pytest.mark.parametrize("harm", ["gone", "added", "cut"])
def test_alteration_by_hand_is_found_and_named(project: Project, tmp_path: Path, harm: str) -> None:
    lake = tmp_path / "lake"
    project.export_parquet(lake)
    (file,) = (lake / "current" / "study").glob("*.parquet")
    content = file.read_bytes()
    file.unlink()
    if harm == "added":
        file.write_bytes(content)
        file = file.with_name("mine.parquet")
        file.write_bytes(content)
    elif harm == "cut":
        file.write_bytes(content[:-9])
    with pytest.raises(ExportError, match=f"altered by hand: study/{file.name}"):
        project.export_parquet(lake)
    project.export_parquet(lake, Request(replace=True))
    assert in_arrow(lake / "current") == there(project)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": "another"}', '{"format": "alembic_db dataset 1"}'])
def test_a_folder_that_is_none_of_ours_is_left_alone(project: Project, tmp_path: Path, content: str) -> None:
    (tmp_path / "lake" / "current").mkdir(parents=True)
    (tmp_path / "lake" / "current" / "manifest.json").write_text(content)
    with pytest.raises(ExportError, match="no dataset of ours"):
        project.export_parquet(tmp_path / "lake")
    assert (tmp_path / "lake" / "current" / "manifest.json").read_text() == content


def test_other_files_beside_it_stay(project: Project, tmp_path: Path) -> None:
    (tmp_path / "lake").mkdir()
    (tmp_path / "lake" / "notes.txt").write_text("mine")
    project.export_parquet(tmp_path / "lake", Request(replace=True))
    assert (tmp_path / "lake" / "notes.txt").read_text() == "mine"


def test_failure_leaves_the_old_state_and_no_scrap(
    project: Project, add: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = tmp_path / "lake"
    project.export_parquet(lake)
    before = inodes(lake)
    add(package(101, "new"))

    def full(*_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(parquet, "views_script", full)
    with pytest.raises(ExportError, match="No space left on device"):
        project.export_parquet(lake)
    assert inodes(lake) == before and not (lake / ".new").exists()


STEPS_ON_DISK = """
import os, sys
from pathlib import Path
from alembic_db import Project
project, lake, left = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
count = 0
def hook(event, arguments):
    global count
    if event in ("os.rename", "os.link", "os.mkdir", "shutil.rmtree") and lake in str(arguments):
        count += 1
        if count == left: os.kill(os.getpid(), 9)
sys.addaudithook(hook)
Project.open(project).export_parquet(Path(lake))
print(count)
"""


def test_killed_at_any_step_leaves_a_whole_state(project: Project, add: Callable[..., None], tmp_path: Path) -> None:
    """A second process dies before one of its steps on the disk: among them those around the switch, the last three."""
    lake = tmp_path / "lake"
    project.export_parquet(lake)
    old = there(project)
    add(package(101, "new"))
    new = there(project)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}

    def run(folder: Path, step: int) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", STEPS_ON_DISK, str(project.path), str(folder), str(step)]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    total = int(run(shutil.copytree(lake, tmp_path / "copy"), 0).stdout)
    states = []
    for step in (2, total // 2, total - 2, total - 1, total):
        copy = shutil.copytree(lake, tmp_path / f"copy {step}")
        assert run(copy, step).returncode == -9
        states.append(in_arrow(copy / "current"))
        assert Dataset.read(copy / "current").altered(copy / "current") == []
        project.export_parquet(copy)
        assert in_arrow(copy / "current") == new and not (copy / ".new").exists()
    assert states == [old, old, old, new, new]


def test_a_reader_sees_one_state_during_the_switch(project: Project, add: Callable[..., None], tmp_path: Path) -> None:
    """Each commit adds a study with its experiment: both are there, or neither."""
    lake = tmp_path / "lake"
    project.export_parquet(lake)
    done, faults, reads = threading.Event(), [], 0

    def read() -> None:
        nonlocal reads
        while not done.is_set():
            try:
                manifest = Dataset.read(lake / "current")
                counts = [
                    sum(pq.read_metadata(lake / "current" / file.file).num_rows for file in manifest.tables[name].files)
                    for name in ("study", "experiment", "text")
                ]
            except (FileNotFoundError, ExportError) as error:  # the state went while it was read: never half of it
                if "manifest" in str(error):
                    faults.append(str(error))
                continue
            reads += 1
            if counts != [manifest.tables[name].rows for name in ("study", "experiment", "text")]:
                faults.append(str(counts))

    thread = threading.Thread(target=read)
    thread.start()
    for number in range(4):
        add(package(200 + number, f"study {number}"))
        project.export_parquet(lake)
    done.set()
    thread.join()
    assert not faults and reads


@pytest.fixture(params=["in one step", "in two steps"])
def folders(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Path]]:
    if request.param == "in two steps":
        monkeypatch.setattr(exchange, "_exchanged", lambda *_: False)
    elif not sys.platform.startswith("linux"):
        pytest.skip("Linux alone is sure to have it")
    folders = [tmp_path / name for name in ("new", "current", "previous")]
    for folder in folders:
        folder.mkdir()
        (folder / folder.name).write_text("")
    yield folders


def test_folders_are_put_in_place(folders: list[Path]) -> None:
    new, current, previous = folders
    exchange.put_in_place(*folders)
    assert not new.exists()
    assert [path.name for path in current.iterdir()] == ["new"]
    assert [path.name for path in previous.iterdir()] == ["current"]


def test_the_system_exchanges_folders_in_one_step(tmp_path: Path) -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("Linux alone is sure to have it")
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir(), other.mkdir()
    (one / "of one").write_text("")
    assert exchange._exchanged(one, other)
    assert [path.name for path in other.iterdir()] == ["of one"]
    assert not exchange._exchanged(one, tmp_path / "not there")


def test_two_exports_at_once_exclude_each_other(project: Project, tmp_path: Path) -> None:
    from filelock import FileLock

    project.export_parquet(tmp_path / "lake")
    with FileLock(tmp_path / "lake" / ".lock"), pytest.raises(ExportError, match="Another export"):
        project.export_parquet(tmp_path / "lake")


def test_a_folder_that_cannot_be_written_is_told(project: Project, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportError, match="cannot be written"):
        project.export_parquet(tmp_path / "file")
