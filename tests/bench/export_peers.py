"""Write a Parquet file of spans into a database with pandas, sqlite-utils and dlt: called by bench_export.py.

python export_peers.py FILE.parquet sqlite|postgres|mysql FOLDER
"""

from __future__ import annotations

import os
import sys
import time

import pandas
import pyarrow.parquet as pq
import sqlalchemy

file, dialect, folder = sys.argv[1:]
URLS = {
    "sqlite": f"sqlite:///{folder}/peer.sqlite",
    "postgres": os.environ.get("ALEMBIC_DB_TEST_POSTGRES", "postgresql://postgres@127.0.0.1/test").replace(
        "postgresql:", "postgresql+psycopg:"
    ),
    "mysql": os.environ.get("ALEMBIC_DB_TEST_MYSQL", "mysql://root@127.0.0.1").replace("mysql:", "mysql+pymysql:")
    + "/alembic_db_bench_peer",
}
NAME = "bench_peer_span"


def with_pandas() -> None:
    engine = sqlalchemy.create_engine(URLS[dialect])
    pandas.read_parquet(file).to_sql(NAME, engine, if_exists="replace", index=False)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text(f"drop table {NAME}"))


def with_sqlite_utils() -> None:
    import sqlite_utils

    database = sqlite_utils.Database(f"{folder}/utils.sqlite")
    key = ("text_id", "annotator_id", "start_offset", "end_offset", "entity_type")
    database[NAME].insert_all(pq.read_table(file).to_pylist(), pk=key)


def with_dlt() -> None:
    import dlt

    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    if dialect == "postgres":
        parts = sqlalchemy.make_url(URLS[dialect])
        parts = parts.set(drivername="postgresql", password=parts.password or "none")  # it insists on one
        destination = dlt.destinations.postgres(parts.render_as_string(hide_password=False))
    else:
        destination = dlt.destinations.sqlalchemy(URLS[dialect])
    pipeline = dlt.pipeline(
        "bench_peer", destination=destination, dataset_name="bench_peer", pipelines_dir=f"{folder}/dlt"
    )
    key = ["text_id", "annotator_id", "start_offset", "end_offset", "entity_type"]
    pipeline.run(pq.read_table(file), table_name=NAME, write_disposition="merge", primary_key=key)
    if dialect == "postgres":
        with pipeline.sql_client() as client:
            client.execute_sql("drop schema if exists bench_peer cascade")
            client.execute_sql("drop schema if exists bench_peer_staging cascade")


def main() -> None:
    if dialect == "mysql":
        server = sqlalchemy.create_engine(URLS[dialect].rpartition("/")[0])
        with server.begin() as connection:
            connection.execute(sqlalchemy.text("create database if not exists alembic_db_bench_peer"))
    ways = {"pandas": with_pandas, "sqlite-utils": with_sqlite_utils, "dlt": with_dlt}
    for name, way in ways.items():
        if name == "sqlite-utils" and dialect != "sqlite":
            continue
        began = time.perf_counter()
        try:
            way()
            print(name, time.perf_counter() - began, flush=True)
        except Exception as error:
            print(f"{name}: {error!r}"[:500], file=sys.stderr)
    if dialect == "mysql":
        with server.begin() as connection:
            for schema in ("alembic_db_bench_peer", "bench_peer", "bench_peer_staging"):
                connection.execute(sqlalchemy.text(f"drop database if exists {schema}"))


if __name__ == "__main__":
    main()
