"""Exports to databases: a first one, and one after 1 % changed, beside each engine's own bulk load and other tools.

    python tests/bench/bench_export.py [SPANS] [ENGINE ...]
    PEERS=/path/to/venv/bin/python python tests/bench/bench_export.py [SPANS] [ENGINE ...]

A made store of SPANS spans (four a text, in 100 commits) is exported whole. The bulk load takes the same rows of every
table from CSV files that lie ready, into the same tables, and makes the same indexes: `.import` of the sqlite3 program,
COPY, LOAD DATA LOCAL. Then 1 % of the texts are deleted and written again with their spans, in one commit. PEERS is a
Python with pandas, sqlalchemy, sqlite-utils, dlt and the drivers: they write the table of spans, as does
`export --only entity_span` for comparison. Servers: see tests/export/databases; what is made there is dropped.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "export" / "databases"))

from database_places import MARIADB, POSTGRES, MySqlPlace, Place, PostgresPlace, SqlitePlace

from alembic_db import Project
from alembic_db.export.base import ExportReport, Request
from alembic_db.export.ddl import name_list
from alembic_db.export.mysql import MySqlEngine
from alembic_db.export.postgresql import PostgresEngine
from alembic_db.export.rows import Rows
from alembic_db.export.scope import Scope
from alembic_db.export.source import open_source
from alembic_db.export.statements import sql
from alembic_db.export.sync import DatabaseTarget
from alembic_db.store import Store, publish
from alembic_db.store.schema import Table, kept_tables

SPANS = Path(__file__).with_name("synthetic_spans.sql")
COMMITS = 100
PEER_ROWS = 100_000


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def made_project(folder: Path, spans: int) -> Project:
    project = Project.create(folder)
    with Store.open(project.store_path) as store:
        run = store.connection.execute
        run(re.sub("(?m)^--.*$", "", SPANS.read_text(encoding="utf-8")).replace("$spans", str(spans)))
        # two spans at one place of one text are one
        run("create temp table kept as select min(rowid) as r from entity_span "
            "group by text_id, annotator_id, start_offset, end_offset, entity_type")  # fmt: skip
        run("delete from entity_span where rowid not in (select r from kept)")
        for table in ("text", "annotation", "field_text", "entity_span"):
            run(f"create temp table t as select * replace (1 + text_id % {COMMITS} as commit_seq) from {table}")
            run(f"delete from {table}")
            run(f"insert into {table} select * from t order by commit_seq")
            run("drop table t")
        run(f"insert into store_commit select i, timestamp '2024-01-01' + i * interval 1 second, 'import', null, 0, 0, 0 "
            f"from range(1, {COMMITS + 1}) r(i)")  # fmt: skip
        publish(store, project.snapshot_path)
    return project


def change_one_percent(project: Project) -> None:
    """Delete every hundredth text and write it again with another id and a new spelling."""
    with Store.open(project.store_path) as store:
        with store.commit("import", "changed") as commit:
            run = store.connection.execute
            run("create or replace temp table chosen as select text_id from text where hash(text_id, 5) % 100 = 0")
            for table in ("text", "annotation", "field_text", "entity_span"):
                run(f"create or replace temp table t as select * replace (text_id + 1 as text_id, {commit.seq} as "
                    f"commit_seq) from {table} where text_id in (select text_id from chosen)")  # fmt: skip
                run(f"delete from {table} where text_id in (select text_id from chosen)")
                run(f"insert into {table} select * from t")
        publish(store, project.snapshot_path)


def export(project: Project, place: Place, engine: object | None = None, **request: object) -> ExportReport:
    target = DatabaseTarget(engine or place.engine())  # type: ignore[arg-type]
    return project.export_to(target, Request(**request))  # type: ignore[arg-type]


def csv_files(project: Project, folder: Path) -> dict[str, Path]:
    """Write every table with rows to a CSV file, in the order of the store."""
    files = {}
    with open_source(project.snapshot_path, project.path / "exports", Scope()) as source:
        for table in source.tables:
            if source.count(table.name):
                files[table.name] = folder / f"{table.name}.csv"
                query = f'select * from "{table.name}"'
                casts = [f"cast({c.name} as tinyint) as {c.name}" for c in table.columns if c.type == "BOOLEAN"]
                if casts:
                    query = f'select * replace ({", ".join(casts)}) from "{table.name}"'
                source.connection.execute(sql("write_csv", query=query, path=str(files[table.name])))
    return files


def bulk_sqlite(place: SqlitePlace, path: Path, files: dict[str, Path]) -> float:
    """Import the files with the sqlite3 program into a file with the definitions of an exported one."""
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(place.path)) as exported:
        made = exported.execute("select type, name, sql from sqlite_master where sql is not null").fetchall()
    shadows = [name for kind, name, _ in made if kind == "table" and name.startswith("text_search_")]
    # not strict: .import knows no NULL, and a text in its place is all the same to the speed
    tables = [
        text.removesuffix("strict")
        for kind, name, text in made
        if kind == "table" and not name.startswith(("text_search", "sqlite_"))
    ]
    indexes = [text for kind, _, text in made if kind == "index"]
    search = [text for _, name, text in made if name == "text_search"]
    assert shadows and indexes
    script = ["pragma journal_mode = off;", "pragma synchronous = off;", ".mode csv"]
    script += [f"{text};" for text in tables]
    script += [f".import {file} {name}" for name, file in files.items()]
    script += [f"{text};" for text in (*indexes, *search)]
    script += ["insert into text_search(text_search) values ('rebuild');"]
    return timed(lambda: subprocess.run(["sqlite3", str(path)], input="\n".join(script).encode(), check=True,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))  # fmt: skip


class BulkPostgres(PostgresEngine):
    """Loads from the files that lie ready; everything else as an export does."""

    files: dict[str, Path]

    def insert(self, table: Table, rows: Rows) -> int:
        if table.name not in self.files:
            return super().insert(table, rows)
        columns = name_list(table.column_names)
        statement = sql("postgresql/copy_in", table=self._named(table.name), columns=columns, frozen="false")
        with self._connection.cursor() as cursor:
            with cursor.copy(statement.encode()) as copy, self.files[table.name].open("rb") as file:
                while piece := file.read(1 << 18):
                    copy.write(piece)
            return cursor.rowcount


class BulkMySql(MySqlEngine):
    """Loads from the files that lie ready; everything else as an export does."""

    files: dict[str, Path]

    def insert(self, table: Table, rows: Rows) -> int:
        if table.name not in self.files:
            return super().insert(table, rows)
        path = self.files[table.name]
        columns = name_list(table.column_names, "`")
        statement = sql("mysql/load", path=f"'{path}'", table=f"`{self._prefix}{table.name}`", columns=columns)
        return self._link.load(statement, path, table.name)


def bulk_server(project: Project, place: PostgresPlace | MySqlPlace, files: dict[str, Path]) -> float:
    """Time the loads and the indexes alone, on the same definitions."""
    other: PostgresPlace | MySqlPlace
    if isinstance(place, PostgresPlace):
        other = PostgresPlace(place.url)
        engine: BulkPostgres | BulkMySql = BulkPostgres(place.url, schema=other.schema)
    else:
        other = MySqlPlace(place.url)
        engine = BulkMySql(place.url, schema=other.database)
    engine.files = files
    marks: list[float] = []
    create_views, insert = engine._create_views, engine.insert
    engine.insert = lambda *a: (marks.append(time.perf_counter()), insert(*a))[1]  # type: ignore[method-assign]
    engine._create_views = lambda *a: (marks.append(time.perf_counter()), create_views(*a))[1]  # type: ignore[method-assign]
    try:
        export(project, other, engine)
    finally:
        other.drop()
    first = 1 if isinstance(engine, BulkMySql) else 0  # MySQL's views are made once before the rows, too
    return marks[-1] - marks[first]


def peers(project: Project, place: Place, folder: Path) -> None:
    """Let other tools write the spans; say how much longer than ours they take for each row."""
    python = os.environ.get("PEERS")
    if not python:
        return
    parquet = folder / "spans.parquet"
    with open_source(project.snapshot_path, project.path / "exports", Scope()) as source:
        source.connection.execute(f"copy (select * from entity_span limit {PEER_ROWS}) to '{parquet}'")
        rows = min(PEER_ROWS, source.count("entity_span"))
    place.drop()
    ours = timed(lambda: export(project, place, scope=Scope(only=("entity_span",))))
    all_rows = place.state()[1]["entity_span"]  # type: ignore[index]
    place.drop()
    print(f"    only entity_span, ours: {ours:.2f} s for {all_rows:,} rows")
    script = Path(__file__).with_name("export_peers.py")
    done = subprocess.run(
        [python, str(script), str(parquet), place.dialect, str(folder)], capture_output=True, text=True
    )
    for line in done.stdout.splitlines():
        name, seconds = line.split()
        per_row = float(seconds) / rows / (ours / all_rows)
        print(f"    {name}: {float(seconds):.2f} s for {rows:,} rows, a row {per_row:.1f} times ours")
    if done.returncode or len(done.stdout.splitlines()) < 2:
        print(done.stderr[-600:])


def main() -> None:
    spans = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    wanted = sys.argv[2:] or ["sqlite", "postgres", "mysql"]
    with tempfile.TemporaryDirectory(prefix="bench-export-") as name:
        folder = Path(name)
        project = made_project(folder / "project", spans)
        files = csv_files(project, folder)
        places: list[Place] = [SqlitePlace(folder / "lab.sqlite"), PostgresPlace(POSTGRES), MySqlPlace(MARIADB)]
        for place in places:
            if place.dialect not in wanted:
                continue
            shutil.rmtree(folder / "copy", ignore_errors=True)
            shutil.copytree(project.path, folder / "copy", symlinks=True)
            copy = Project.open(folder / "copy")
            try:
                full = timed(lambda: export(copy, place))  # noqa: B023
                if isinstance(place, SqlitePlace):
                    bulk = bulk_sqlite(place, folder / "bulk.sqlite", files)
                else:
                    bulk = bulk_server(copy, place, files)  # type: ignore[arg-type]
                nothing = timed(lambda: export(copy, place))  # noqa: B023
                change_one_percent(copy)
                change = timed(lambda: export(copy, place))  # noqa: B023
                rows = sum(place.state()[1].values())  # type: ignore[index]
                print(f"{place.dialect}: {rows:,} rows; first {full:.2f} s, bulk load {bulk:.2f} s, ratio {full / bulk:.2f}; "
                      f"1 % {change:.2f} s ({100 * change / full:.1f} %); nothing {nothing:.2f} s", flush=True)  # fmt: skip
                peers(copy, place, folder)
            finally:
                place.drop()


if __name__ == "__main__":
    print(f"{len(kept_tables())} tables")
    main()
