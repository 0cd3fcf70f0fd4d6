"""PostgreSQL, by the suite and by what only it has."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from database_places import POSTGRES, Place, PostgresPlace, reachable
from database_suite import *  # noqa: F403
from database_suite import export

from alembic_db import Project
from alembic_db.errors import ExportError, ExportTransientError


@pytest.fixture
def place() -> Iterator[Place]:
    place = PostgresPlace(POSTGRES)
    reachable(place)
    yield place
    place.drop()


def test_keys_references_and_comments_are_there(project: Project, place: PostgresPlace):
    export(project, place)
    kinds = place.run(
        "select conrelid::regclass::text, contype::text, convalidated, condeferrable from pg_constraint "
        f"where connamespace = '{place.schema}'::regnamespace"
    )
    found = {(table.rpartition(".")[2].strip('"'), kind) for table, kind, valid, _ in kinds if valid}
    assert {("study", "p"), ("entity_span", "p"), ("entity_span", "f"), ("run_file", "f")} <= found
    assert all(deferrable for _, kind, _, deferrable in kinds if kind == "f")
    named = f"'\"{place.schema}\".entity_span'::regclass"
    ((comment, column),) = place.run(f"select obj_description({named}), col_description({named}, 9)")
    assert comment.startswith("Spans with offsets in Unicode code points") and column == "0 to 1"
    assert place.run("select data_type from information_schema.columns where column_name = 'published'"
                     f" and table_schema = '{place.schema}' and table_name = 'run'") == [("timestamp with time zone",)]  # fmt: skip


def test_views_read_times_in_utc_whoever_asks(project: Project, place: PostgresPlace):
    export(project, place)
    here = place.run("select * from entity_timeline")
    with place.connected() as run:
        run("set timezone to 'Pacific/Auckland'")
        assert run("select * from entity_timeline") == here != []


def test_a_view_of_the_lab_is_not_dropped_with_ours(project: Project, place: PostgresPlace):
    export(project, place)
    place.run("create view mine as select accession from study")
    with pytest.raises(ExportError, match="Something of yours stands on what has to be replaced"):
        export(project, place, replace=True)
    assert place.run("select count(*) from mine") == place.run("select count(*) from study")


def test_two_exports_at_once(project: Project, place: PostgresPlace):
    first, second = place.engine(), place.engine()
    at_work = pytest.raises(ExportTransientError, match="Another export to .* is at work")
    with first.session(), at_work, second.session():
        pass
