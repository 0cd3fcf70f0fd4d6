"""The registry says of every table what the migrations and schema/keys.toml say, and nothing else."""

from __future__ import annotations

import duckdb
import pytest

from alembic_db.store import schema
from alembic_db.store.migrations import migrations
from alembic_db.store.schema import COMMIT, Type, all_tables, kept_tables, table


@pytest.fixture(scope="module")
def empty() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:")
    for migration in migrations():
        connection.execute(migration.sql)
    return connection


def test_every_table_and_column_of_the_migrations_is_there(empty: duckdb.DuckDBPyConnection):
    made = {name for (name,) in empty.execute("select table_name from duckdb_tables()").fetchall()}
    assert {one.name for one in all_tables()} == made
    for one in all_tables():
        assert list(one.column_names) == empty.table(one.name).columns
        assert [str(column.type) for column in one.columns] == [str(kind) for kind in empty.table(one.name).types]


def test_what_is_kept_is_what_the_snapshot_publishes(empty: duckdb.DuckDBPyConnection):
    dated = {name for (name,) in empty.execute(
        "select table_name from duckdb_columns() where column_name = 'commit_seq'").fetchall()}  # fmt: skip
    assert {one.name for one in kept_tables()} == dated - {"raw_record"}


def test_keys_references_and_indexes_name_columns_that_are_there_and_fit():
    for one in all_tables():
        named = {
            *one.key,
            *(c for index in one.indexes for c in index),
            *(c for r in one.references for c in r.columns),
        }
        assert named <= set(one.column_names), one.name
        assert all(one.column(name).required for name in one.key), one.name
        assert all(one.column(name).type != Type.TEXT or one.column(name).length for name in one.key), one.name
        assert sum(one.column(name).length or 2 for name in one.key) <= 768, one.name  # InnoDB, four bytes a character
        for reference in one.references:
            other = table(reference.table)
            assert len(other.key) == len(reference.columns)
            for here, there in zip(reference.columns, other.key, strict=True):
                assert one.column(here).type == other.column(there).type
                assert one.column(here).length == other.column(there).length


def test_kept_tables_have_only_types_that_every_engine_has():
    kinds = {column.type for one in kept_tables() for column in one.columns}
    assert Type.BYTES not in kinds
    assert all(COMMIT in one.column_names and one.column(COMMIT).required for one in kept_tables())


def test_those_that_are_referred_to_come_first():
    order = [one.name for one in all_tables()]
    for one in all_tables():
        for reference in one.references:
            assert order.index(reference.table) < order.index(one.name)


def test_comments_are_those_of_the_migrations():
    assert table("read_link").column("service").comment == "ena | sdl: who was asked"
    assert table("problem").column("counts_as_record").comment.startswith("whether it stands for one record")
    assert table("record_field").comment.startswith("Whatever else the XML says: one row per leaf")
    assert table("text").comment.endswith("the concept that the record itself says it names.")
    assert table("entity_span").column("end_offset").comment == ""


def test_comments_are_read_wherever_a_migration_may_have_them():
    sql = """-- Header.

-- What it is,
-- in two lines.
create table thing (
    a varchar not null,   -- first
                          -- and more of it
    b bigint              -- second
);
alter table thing add column c varchar; -- third
-- The fourth.
alter table thing add column d varchar;
create table bare (
    e varchar
);
"""
    assert dict(schema._comments_of(sql)) == {
        ("thing", ""): "What it is, in two lines.",
        ("thing", "a"): "first and more of it",
        ("thing", "b"): "second",
        ("thing", "c"): "third",
        ("thing", "d"): "The fourth.",
        ("bare", ""): "",
        ("bare", "e"): "",
    }


def test_no_length_is_given_for_a_column_that_is_not_there():
    import tomllib

    from alembic_db.resources import read_sql

    lengths = tomllib.loads(read_sql("schema", "keys.toml"))["lengths"]
    assert set(lengths) <= {column.name for one in all_tables() for column in one.columns}
