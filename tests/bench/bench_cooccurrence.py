"""Time the view entity_cooccurrence on made-up spans: DuckDB on Parquet and on tables, and SQLite.

    python tests/bench/bench_cooccurrence.py                      one million spans
    python tests/bench/bench_cooccurrence.py --spans 10000000 --no-sqlite

About four spans a text; how often an entity is named falls off as in Zipf's law; nothing is random, so two runs
time the same rows.
"""

from __future__ import annotations

import argparse
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import duckdb

from alembic_db.saved import render, saved_query

ROOT = Path(__file__).parents[2]
MIGRATION = ROOT / "schema" / "migrations" / "0001_store.sql"
SPANS = Path(__file__).with_name("synthetic_spans.sql")
TABLES = [
    "annotation",
    "annotator",
    "entity",
    "entity_span",
    "experiment",
    "experiment_sample",
    "field_text",
    "run",
    "sample",
    "study",
    "text",
]
INDEXES = {
    "entity": "entity_id",
    "entity_span": "text_id, entity_id",
    "text": "text_id",
    "field_text": "text_id",
}
SQLITE_TYPES = {"BIGINT": "INTEGER", "BOOLEAN": "INTEGER", "DOUBLE": "REAL"}


def main() -> None:
    """Make the spans, time every engine and print a table."""
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        tables = Path(folder) / "bench.duckdb"
        with duckdb.connect(str(tables), config={"threads": options.threads}) as connection:
            _fill(connection, options.spans)
            _describe(connection)
            _write_parquet(connection, Path(folder))
            timings = {"DuckDB, tables": _time_duckdb(connection, options)}
            if options.sqlite:
                timings["SQLite, indexed"] = _time_sqlite(connection, Path(folder), options)
        with duckdb.connect(":memory:", config={"threads": options.threads}) as connection:
            for table in TABLES:
                connection.execute(f"create view {table} as from read_parquet('{folder}/{table}.parquet')")
            timings = {"DuckDB, Parquet": _time_duckdb(connection, options), **timings}
    _print(timings)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spans", type=lambda text: int(float(text)), default=1_000_000)
    parser.add_argument("--level", default="text", choices=("text", "sample", "experiment", "study"))
    parser.add_argument("--minimum", default="5")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--no-sqlite", dest="sqlite", action="store_false")
    return parser.parse_args()


def _fill(connection: duckdb.DuckDBPyConnection, spans: int) -> None:
    connection.execute(MIGRATION.read_text(encoding="utf-8"))
    for statement in SPANS.read_text(encoding="utf-8").split(";\n"):
        if statement.strip():
            connection.execute(statement.replace("$spans", str(spans)))


def _describe(connection: duckdb.DuckDBPyConnection) -> None:
    counts = [
        f"{connection.execute(f'select count(*) from {table}').fetchall()[0][0]:,} {table}"
        for table in ("entity_span", "text", "entity", "experiment", "sample", "study")
    ]
    print(", ".join(counts))


def _write_parquet(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    for table in TABLES:
        connection.execute(f"copy {table} to '{folder}/{table}.parquet' (compression zstd)")


def _time_duckdb(connection: duckdb.DuckDBPyConnection, options: argparse.Namespace) -> list[float]:
    sql = _view(options, "duckdb")
    return list(_times(lambda: len(connection.execute(sql).fetchall()), options.repeats))


def _time_sqlite(source: duckdb.DuckDBPyConnection, folder: Path, options: argparse.Namespace) -> list[float]:
    sql = _view(options, "sqlite")
    with closing(sqlite3.connect(folder / "bench.sqlite")) as target:
        for table in TABLES:
            _copy(source, target, table)
        for table, columns in INDEXES.items():
            target.execute(f"create index {table}_index on {table} ({columns})")
        target.execute("analyze")
        return list(_times(lambda: len(target.execute(sql).fetchall()), 1))


def _copy(source: duckdb.DuckDBPyConnection, target: sqlite3.Connection, table: str) -> None:
    rows = source.execute(f"select * from {table}")
    columns = [f"{name} {SQLITE_TYPES.get(str(kind), 'TEXT')}" for name, kind, *_ in rows.description or ()]
    target.execute(f"create table {table} ({', '.join(columns)})")
    marks = ", ".join("?" for _ in columns)
    while batch := rows.fetchmany(100_000):
        plain = ([str(value) if hasattr(value, "isoformat") else value for value in row] for row in batch)
        target.executemany(f"insert into {table} values ({marks})", plain)
    target.commit()


def _view(options: argparse.Namespace, dialect: str) -> str:
    values = {"level": options.level, "minimum": options.minimum}
    return render(saved_query("entity_cooccurrence"), values, dialect=dialect)


def _times(run: Callable[[], int], repeats: int) -> Iterator[float]:
    for _ in range(repeats):
        start = time.perf_counter()
        if not run():
            raise SystemExit("The view gave no pair: nothing was measured.")
        yield time.perf_counter() - start


def _print(timings: dict[str, list[float]]) -> None:
    fastest = min(min(times) for times in timings.values())
    print(f"{'engine':20} {'best s':>8} {'median s':>9} {'ratio':>7}")
    for engine, times in timings.items():
        best = min(times)
        print(f"{engine:20} {best:8.2f} {statistics.median(times):9.2f} {best / fastest:7.1f}")


if __name__ == "__main__":
    main()
