"""What an export reads: the published version, pinned, whole or limited to a search."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from alembic_db import Project
from alembic_db.demo import bundled_packages
from alembic_db.errors import ProjectError, UsageError
from alembic_db.export.scope import Scope
from alembic_db.export.source import open_source
from alembic_db.store.schema import kept_tables


def write_xml(folder: Path, name: str, packages: list[bytes]) -> Path:
    file = folder / name
    file.write_bytes(b"<EXPERIMENT_PACKAGE_SET>" + b"".join(packages) + b"</EXPERIMENT_PACKAGE_SET>")
    return file


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("project")
    project = Project.create(folder / "project")
    packages = bundled_packages()
    for name, part in (("first.xml", packages[:8]), ("second.xml", packages[4:20])):
        project.import_paths([write_xml(folder, name, part)])
    return project


def opened(project: Project, **scope: object):
    return open_source(project.snapshot_path, project.path / "exports", Scope(**scope))  # type: ignore[arg-type]


def search_names(project: Project) -> list[str]:
    return project.query("searches").column("name").to_pylist()


def test_it_holds_what_the_snapshot_holds_with_the_types_of_the_registry(project: Project):
    with opened(project) as source:
        assert [table.name for table in source.tables] == [table.name for table in kept_tables()]
        for table in source.tables:
            there = source.connection.table(table.name)
            assert tuple(there.columns) == table.column_names
            assert [str(kind) for kind in there.types] == [str(column.type) for column in table.columns]
            assert there.count("*").fetchall() == [(source.count(table.name),)]
        assert source.count("experiment") == 20


def test_keys_are_unique_and_references_hold_in_a_real_store(project: Project):
    with opened(project) as source:
        for table in source.tables:
            if table.key:
                key = ", ".join(table.key)
                twice = f"select {key} from {table.name} group by {key} having count(*) > 1"
                assert source.connection.execute(twice).fetchall() == []
            for reference in table.references:
                other = next(one for one in kept_tables() if one.name == reference.table)
                same = " and ".join(f"a.{x} = b.{y}" for x, y in zip(reference.columns, other.key, strict=True))
                orphans = f"select * from {table.name} a where not exists (select 1 from {other.name} b where {same})"
                assert source.connection.execute(orphans).fetchall() == [], (table.name, reference)


def test_a_pinned_version_outlives_the_snapshot(project: Project, tmp_path: Path):
    copy = tmp_path / "snapshot"
    shutil.copytree(project.snapshot_path, copy, symlinks=True)
    with open_source(copy, tmp_path / "pins", Scope()) as source:
        shutil.rmtree(copy)
        assert source.connection.table("experiment").count("*").fetchall() == [(20,)]
        folder = source.folder
        assert folder.is_dir()
    assert not folder.exists()


def test_a_search_takes_what_it_found_and_all_that_belongs_to_it(project: Project):
    first = next(name for name in search_names(project) if "first" in name)
    with opened(project, search=first) as source:
        read = source.connection.execute
        accessions = {row[0] for row in read("select accession from experiment").fetchall()}
        hits = {row[0] for row in read("select experiment_accession from search_hit").fetchall()}
        assert accessions == hits and len(hits) == 8
        runs = {row[0] for row in read("select distinct experiment_accession from run").fetchall()}
        assert runs and runs <= hits
        said = {row[0] for row in read("select distinct text_id from field_text").fetchall()}
        assert {row[0] for row in read("select text_id from text").fetchall()} == said
        spans = {row[0] for row in read("select distinct entity_id from entity_span").fetchall()}
        assert {row[0] for row in read("select entity_id from entity").fetchall()} == spans
        for table in source.tables:
            for reference in table.references:
                other = next(one for one in kept_tables() if one.name == reference.table)
                same = " and ".join(f"a.{x} = b.{y}" for x, y in zip(reference.columns, other.key, strict=True))
                orphans = f"select * from {table.name} a where not exists (select 1 from {other.name} b where {same})"
                assert read(orphans).fetchall() == [], (table.name, reference)
        whole = {table.name: source.manifest.rows(table.name) for table in source.tables}
        assert all(source.count(name) < whole[name] for name in ("study", "sample", "run", "text", "entity_span"))


def test_only_some_tables(project: Project):
    with opened(project, only=("run", "study")) as source:
        assert {table.name for table in source.tables} == {"study", "run"}


@pytest.mark.parametrize(("scope", "says"), [
    ({"only": ("runn",)}, "There is no table 'runn'; did you mean 'run'?"),
    ({"search": "frist.xml"}, "There is no search 'frist.xml'"),
])  # fmt: skip
def test_what_is_not_there_is_named(project: Project, scope: dict[str, object], says: str):
    with pytest.raises(UsageError) as caught, opened(project, **scope):
        pass
    assert says in str(caught.value)


def test_nothing_published_is_said(tmp_path: Path):
    with pytest.raises(ProjectError, match="no published snapshot"), open_source(tmp_path, tmp_path / "pins", Scope()):
        pass
