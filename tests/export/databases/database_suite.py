"""What every database has to show, whichever engine it is: the tests of test_sqlite.py, test_postgresql.py, ..."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC
from pathlib import Path
from typing import Any

import duckdb
import pytest
from database_places import Place, Rows, watched
from database_states import States

import alembic_db
from alembic_db import Project
from alembic_db.errors import ExportError, ExportTransientError
from alembic_db.export.base import Change, ExportReport, Request
from alembic_db.export.engine import STATE_TABLE
from alembic_db.export.pairs import TABLES as PAIR_TABLES
from alembic_db.export.scope import Scope
from alembic_db.export.sync import DatabaseTarget
from alembic_db.reports import NoProgress
from alembic_db.saved import render, saved_queries, saved_query
from alembic_db.store.schema import kept_tables

__all__ = [
    "test_a_change_is_carried_over_and_told_beforehand",
    "test_a_key_that_differs_in_case_or_accent_only_is_another",
    "test_a_killed_connection_leaves_the_old_state",
    "test_a_killed_exporter_leaves_a_whole_state",
    "test_a_name_that_is_taken_is_left_alone",
    "test_a_reader_sees_the_old_state_until_the_end",
    "test_a_restored_backup_is_followed",
    "test_a_second_export_sends_nothing",
    "test_another_choice_of_rows_is_refused",
    "test_another_project_is_refused_and_replaced_on_demand",
    "test_another_schema_version_is_refused_and_replaced_on_demand",
    "test_every_value_arrives",
    "test_every_view_gives_the_same_rows",
    "test_one_target_takes_one_export_after_the_other",
    "test_only_some_tables",
    "test_only_what_a_search_found",
    "test_what_was_altered_by_hand_is_refused_and_replaced_on_demand",
    "test_without_what_the_project_keeps_of_the_last_export",
]

ALL_TABLES = (*kept_tables(), *PAIR_TABLES)
KILLS = 10  # of a first export, and as many of a later one


def export(project: Project, place: Place, **request: Any) -> ExportReport:
    return project.export_to(DatabaseTarget(place.engine()), Request(**request))


def holds(place: Place, rows: dict[str, Counter[tuple[Any, ...]]]) -> bool:
    """Tell whether every table holds exactly these rows, and the target remembers their number."""
    state = place.state()
    for table in kept_tables():
        assert place.rows(table) == place.expected(rows[table.name]), table.name
    return state is not None and all(state[1][name] == some.total() for name, some in rows.items())


def test_every_value_arrives(project: Project, place: Place, states: States, become: Callable[[str], None]):
    become("H")
    report = export(project, place)
    assert holds(place, states.rows("H"))
    assert report.rows == {t.name: place.rows(t).total() for t in ALL_TABLES}
    assert report.tables == {name: Change(inserted=rows) for name, rows in report.rows.items()}
    assert sum(report.rows.values()) > 1000 and report.rows["entity_pair"] > 2
    assert place.names() == {t.name for t in ALL_TABLES} | {q.name for q in saved_queries()} | {STATE_TABLE}
    assert bool(report.notes) != place.has_nul  # what became of NUL is said


def test_a_second_export_sends_nothing(project: Project, place: Place):
    export(project, place)
    remembered = place.run(f"select * from {STATE_TABLE}")
    statements = 0

    def count() -> None:
        nonlocal statements
        statements += 1

    with watched(count):
        report = export(project, place)
    assert not report.changed
    assert place.run(f"select * from {STATE_TABLE}") == remembered
    assert not export(project, place, dry_run=True).changed


def test_a_change_is_carried_over_and_told_beforehand(
    project: Project, place: Place, states: States, become: Callable[[str], None]
):
    export(project, place)
    become("B")
    told = export(project, place, dry_run=True)
    assert holds(place, states.rows("A"))
    report = export(project, place)
    assert holds(place, states.rows("B"))
    assert told.tables == report.tables and told.rows == report.rows
    assert report.tables == changes(states, "A", "B") | {t.name: report.tables[t.name] for t in PAIR_TABLES}
    assert all(report.tables["record_field"].__dict__.values())  # inserted, updated and deleted
    fresh = [(t.name, place.rows(t)) for t in PAIR_TABLES]
    assert not export(project, place).changed
    export(project, place, replace=True)
    assert holds(place, states.rows("B"))
    assert [(t.name, place.rows(t)) for t in PAIR_TABLES] == fresh


def test_one_target_takes_one_export_after_the_other(
    project: Project, place: Place, states: States, become: Callable[[str], None]
):
    target = DatabaseTarget(place.engine())
    project.export_to(target, Request())
    become("B")
    project.export_to(target, Request())
    assert holds(place, states.rows("B"))


def changes(states: States, old: str, new: str) -> dict[str, Change]:
    """Count, the long way round, what an export has to write."""
    found = {}
    for table in kept_tables():
        before, after = states.rows(old)[table.name], states.rows(new)[table.name]
        if not table.key:
            place = table.column_names.index("commit_seq")
            differing = {row[place] for row in before | after if before[row] != after[row]}
            gone = sum(row[place] in differing for row in before.elements())
            come = sum(row[place] in differing for row in after.elements())
            found[table.name] = Change(come, 0, gone)
            continue
        places = [table.column_names.index(name) for name in table.key]
        gone_keys = {tuple(row[p] for p in places) for row in before - after}
        come_keys = {tuple(row[p] for p in places) for row in after - before}
        updated = len(gone_keys & come_keys)
        found[table.name] = Change(len(come_keys) - updated, updated, len(gone_keys) - updated)
    return found


def test_without_what_the_project_keeps_of_the_last_export(
    project: Project, place: Place, states: States, become: Callable[[str], None]
):
    export(project, place)
    shutil.rmtree(project.path / "exports")
    become("B")
    report = export(project, place)
    assert holds(place, states.rows("B"))
    assert {t.name: report.tables[t.name] for t in kept_tables()} == changes(states, "A", "B")


def test_a_restored_backup_is_followed(project: Project, place: Place, states: States, become: Callable[[str], None]):
    export(project, place)
    become("B")
    export(project, place)
    become("C")  # the same numbers of commits mean something else now
    export(project, place)
    assert holds(place, states.rows("C"))
    become("A")  # and back, to fewer commits than the target has
    shutil.rmtree(project.path / "exports")
    export(project, place)
    assert holds(place, states.rows("A"))


def test_another_project_is_refused_and_replaced_on_demand(
    project: Project, place: Place, states: States, tmp_path: Path
):
    other = Project.create(tmp_path / "other")
    export(other, place)
    with pytest.raises(ExportError, match=r"belongs to another project .*--replace.*(--schema NAME|another FILE)"):
        export(project, place)
    assert not any(place.rows(t) for t in kept_tables() if t.name != "store_commit")
    export(project, place, replace=True)
    assert holds(place, states.rows("A"))


@pytest.mark.parametrize(("version", "says"), [(1, "older version"), (9999, "newer version")])
def test_another_schema_version_is_refused_and_replaced_on_demand(
    project: Project, place: Place, states: States, version: int, says: str
):
    export(project, place)
    place.run(f"update {STATE_TABLE} set schema_version = {version}")
    place.run(f"alter table {place.quote}study{place.quote} add column added_later int")
    with pytest.raises(ExportError, match=f"{says}.*--replace"):
        export(project, place)
    export(project, place, replace=True)
    assert holds(place, states.rows("A"))
    assert not export(project, place).changed


def test_what_was_altered_by_hand_is_refused_and_replaced_on_demand(project: Project, place: Place, states: States):
    export(project, place)
    q = place.quote
    for statement, says in (
        (f"delete from {q}run_base{q}", "run_base has 0 rows"),
        (f"alter table {q}run{q} add column mine int", "run has other columns"),
        (f"insert into {q}problem{q} select * from {q}problem{q}", "problem has 6 rows"),
        (f"drop table {q}link{q}", "link is missing"),
    ):
        place.run(statement)
        with pytest.raises(ExportError, match=f"was altered: its table {says}.*--replace"):
            export(project, place)
    export(project, place, replace=True)
    assert holds(place, states.rows("A"))


def test_a_name_that_is_taken_is_left_alone(project: Project, place: Place):
    q = place.quote
    if place.dialect == "postgres":
        place.run(f'create schema "{place.schema}"')  # type: ignore[attr-defined]
    place.run(f"create table {q}run{q} (mine int)")
    for replaces in (False, True):
        with pytest.raises(ExportError, match=r"holds something else .*table run.*(--schema NAME|another FILE)"):
            export(project, place, replace=replaces)
    assert place.names() == {"run"}


def test_another_choice_of_rows_is_refused(project: Project, place: Place):
    export(project, place, scope=Scope(only=("study",)))
    with pytest.raises(ExportError, match="another choice of rows .--only study.*--replace"):
        export(project, place)
    assert not export(project, place, scope=Scope(only=("study",))).changed


def test_only_some_tables(project: Project, place: Place, states: States, become: Callable[[str], None]):
    chosen = Scope(only=("text", "entity_span"))
    report = export(project, place, scope=chosen)
    assert set(report.tables) == {"text", "entity_span"}
    assert place.names() == {"text", "entity_span", STATE_TABLE, *report.views}
    become("B")
    export(project, place, scope=chosen)
    for table in kept_tables():
        if table.name in report.tables:
            assert place.rows(table) == place.expected(states.rows("B")[table.name])


def test_only_what_a_search_found(project: Project, place: Place, states: States, become: Callable[[str], None]):
    chosen = Scope(search=next(n for n in project.query("searches").column("name").to_pylist() if "second" in n))
    export(project, place, scope=chosen)
    experiment = next(t for t in kept_tables() if t.name == "experiment")
    first = {row[0] for row in place.rows(experiment)}
    assert len(first) == 6
    become("B")
    told = export(project, place, scope=chosen, dry_run=True)
    report = export(project, place, scope=chosen)
    assert told.tables == report.tables
    later = {row[0] for row in place.rows(experiment)}
    assert len(later) == 8 and later != first
    assert place.rows(experiment) <= place.expected(states.rows("B")["experiment"])
    shutil.rmtree(project.path / "exports")
    become("A")
    export(project, place, scope=chosen)
    assert {row[0] for row in place.rows(experiment)} == first
    assert not export(project, place, scope=chosen).changed


def test_a_key_that_differs_in_case_or_accent_only_is_another(project: Project, place: Place):
    export(project, place)
    found = place.run("select name from entity where name in ('p53', 'P53') order by name")
    assert found == [("P53",), ("p53",)]
    q = place.quote
    counts = place.run(f"select count(*), count(distinct tag) from {q}sample_attribute{q} where {q}position{q} >= 1000")
    ((rows, distinct),) = counts
    assert rows == distinct


def test_a_reader_sees_the_old_state_until_the_end(
    project: Project, place: Place, states: States, become: Callable[[str], None]
):
    export(project, place)
    become("B")
    commit = place.state()
    seen = []
    small = [table for table in kept_tables() if table.name != "record_field"]

    class Looking(NoProgress):
        def start(self, stage: str, total: int | None) -> None:
            seen.append((place.state(), {t.name: place.rows(t).total() for t in small}))

    with place.connected() as run:
        run("begin")
        old_fields = run("select count(*) from record_field")
        project.export_to(DatabaseTarget(place.engine()), progress=Looking())
        if place.dialect != "postgres":  # whose transactions see each commit unless they say otherwise
            assert run("select count(*) from record_field") == old_fields
        run("commit")
        assert run("select count(*) from record_field") != old_fields
    old = {table.name: states.rows("A")[table.name].total() for table in small}
    assert len(seen) > 20
    assert all(state == commit and rows == old for state, rows in seen)
    assert holds(place, states.rows("B"))


def whole(place: Place, states: States, known: dict[int, str]) -> str:
    """Say which whole state the target is in: nothing, empty, or one of the project's; fail if it is none."""
    state = place.state()
    if state is None:
        assert place.names() <= ({STATE_TABLE} if place.shows_shells else set())
        return "nothing"
    there = place.names()
    views = {query.name for query in saved_queries()}
    if state[0] == 0:  # where definitions commit by themselves, the first filling begins with empty tables, then views
        assert place.shows_shells
        assert not any(place.rows(table) for table in ALL_TABLES if table.name in there)
        assert all(place.run(f"select * from {view}") == [] for view in {"top_entities", "runs", "searches"} & there)
        return "empty"
    assert views <= there
    assert holds(place, states.rows(known[state[0]]))
    place.run("select * from entity_cooccurrence")
    return known[state[0]]


def commits(states: States) -> dict[int, str]:
    return {max(row[0] for row in states.rows(name)["store_commit"]): name for name in ("A", "B")}


class Exporter:
    """The process that exports and is killed."""

    def __init__(self, project: Project, place: Place) -> None:
        script = Path(__file__).with_name("exporter_to_kill.py")
        environment = os.environ | {"PYTHONPATH": str(Path(alembic_db.__file__).parents[1])}
        self.process = subprocess.Popen(
            [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
        )
        self.command = {"project": str(project.path), "place": place.spec}

    def export(self, kill_at: int) -> dict[str, int]:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(self.command | {"kill_at": kill_at}).encode() + b"\n")
        self.process.stdin.flush()
        return dict(json.loads(self.process.stdout.readline()))

    def __enter__(self) -> Exporter:
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(10)


def points(total: int, seed: int) -> list[int]:
    """Choose where to kill: at random, but one in each tenth of the way, and at the last."""
    chosen = random.Random(seed)
    step = total / (KILLS - 1)
    return [*(chosen.randint(int(n * step) + 1, max(int((n + 1) * step), 1)) for n in range(KILLS - 1)), total]


def test_a_killed_exporter_leaves_a_whole_state(
    project: Project, place: Place, states: States, become: Callable[[str], None]
):
    with Exporter(project, place) as exporter:
        total = exporter.export(0)["passed"]
        assert total > 100 and whole(place, states, commits(states)) == "A"
        place.drop()
        shutil.rmtree(project.path / "exports")
        for number in points(total, 1):
            assert exporter.export(number)["signal"] == signal.SIGKILL
            if whole(place, states, commits(states)) == "A":
                place.drop()
        assert exporter.export(0)["code"] == 0
        assert whole(place, states, commits(states)) == "A"
        become("B")
        total = count_points(project, place)
        found = []
        for number in points(total, 2):
            if exporter.export(number)["signal"] == 0:
                break  # the one before had come to its end
            found.append(whole(place, states, commits(states)))
        assert found.count("A") >= KILLS - 3
        assert exporter.export(0)["code"] == 0
        assert whole(place, states, commits(states)) == "B"


def count_points(project: Project, place: Place) -> int:
    """Count the points that an export would pass, and undo it."""
    passed = 0

    def count() -> None:
        nonlocal passed
        passed += 1

    class Enough(Exception):
        pass

    def enough(*_: object) -> None:
        raise Enough

    with watched(count), pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(place.engine()), "write_state", enough)
        with pytest.raises(Enough):
            export(project, place)
    return passed + 2


def test_a_killed_connection_leaves_the_old_state(
    project: Project, place: Place, states: States, become: Callable[[str], None]
):
    if not hasattr(place, "kill"):
        pytest.skip("a file has no connection that somebody else could end")
    export(project, place)
    become("B")
    for number in points(count_points(project, place), 3)[1:-2:2]:
        passed = 0

        def kill(number: int = number) -> None:
            nonlocal passed
            passed += 1
            if passed == number:
                place.kill()  # type: ignore[attr-defined]

        with pytest.raises(ExportTransientError, match="nothing was changed"), watched(kill):
            export(project, place)
        assert holds(place, states.rows("A"))
    export(project, place)
    assert holds(place, states.rows("B"))


def test_every_view_gives_the_same_rows(project: Project, place: Place, states: States, become: Callable[[str], None]):
    export(project, place)
    become("B")
    export(project, place)
    with duckdb.connect(":memory:") as store:
        for table in kept_tables():
            files = project.snapshot_path / "current" / table.name
            store.execute(f"create view {table.name} as select * from read_parquet('{files}/*.parquet')")
        empty = set()
        for query in saved_queries():
            open_ones = [p for p in query.parameters if p.default is None]
            there = place.run(f"select * from {query.name}")
            if open_ones:  # such a view gives the rows of every value
                assert [p.name for p in open_ones] == ["entity"], query.name
                names = [name for (name,) in store.execute("select distinct name from entity").fetchall()]
                here = [
                    r for n in names for r in store.execute(render(saved_query(query.name), {"entity": n})).fetchall()
                ]
                here = list(set(here))
            else:
                here = store.execute(render(query, {})).fetchall()
            assert comparable(there, place) == comparable(here, place), query.name
            empty |= set() if here else {query.name}
        assert len(empty) < 6 and not {"entity_cooccurrence", "result_table", "runs", "field_fill"} & empty


def comparable(rows: Rows, place: Place) -> Rows:
    return sorted((tuple(as_text(value, place) for value in row) for row in rows), key=repr)


def as_text(value: Any, place: Place) -> str:
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return f"{value:.9g}" if value != int(value) else str(int(value))
    if hasattr(value, "isoformat"):
        time = value.replace(tzinfo=None) if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)
        return repr(time.isoformat(sep=" ", timespec="microseconds"))
    if isinstance(value, str) and not place.has_nul:
        value = value.replace("\0", "\ufffd")
    return repr(value)
