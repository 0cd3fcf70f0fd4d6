"""A view taken apart into steps gives the rows of the view."""

from __future__ import annotations

import duckdb
import pytest

from alembic_db.errors import QueryError
from alembic_db.query_file import SavedQuery
from alembic_db.query_steps import Steps, render_steps
from alembic_db.saved import render, saved_queries, saved_query
from alembic_db.store.schema import kept_tables

NAMES = [query.name for query in saved_queries()]


def query_of(sql: str) -> SavedQuery:
    return SavedQuery("made", "t", "g", "", (), sql, "made.sql")


def run(connection: duckdb.DuckDBPyConnection, view: Steps) -> list[tuple[object, ...]]:
    for step in view.steps:
        connection.execute(f'create temp table "{step.name}" as {step.sql}')
    try:
        return connection.execute(view.sql).fetchall()
    finally:
        for step in view.steps:
            connection.execute(f'drop table "{step.name}"')


@pytest.mark.parametrize("name", NAMES)
def test_the_steps_give_the_rows_of_the_view(store: duckdb.DuckDBPyConnection, name: str) -> None:
    values = {"minimum": "1", "level": "study"} if name == "entity_cooccurrence" else {}
    query = saved_query(name)
    with store.cursor() as connection:
        assert run(connection, render_steps(query, values, dialect="duckdb")) == (
            store.execute(render(query, values)).fetchall()
        )


@pytest.mark.parametrize("name", NAMES)
def test_no_step_is_left_inside_another_or_stands_for_a_table(name: str) -> None:
    view = render_steps(saved_query(name), {}, dialect="duckdb")
    names = [step.name for step in view.steps]
    tables = {table.name for table in kept_tables()}
    assert view.tables <= tables
    assert len(names) == len(set(names)) and not tables & set(names)
    assert not [step.name for step in view.steps if step.sql.lower().startswith("with ")]
    assert len({step.sql for step in view.steps}) == len(names)
    assert all(step.uses for step in view.steps if "__" not in step.name and step.name in view.sql)


def test_an_inner_step_is_told_from_an_outer_one_of_the_same_name() -> None:
    sql = """
    with a as (select 1 as n), b as (with a as (select a.n + 10 as n from a) select n from a), c as (select n from a)
    select b.n, c.n, a.n from a, b, c
    """
    # The inner `a` reads the outer one: it is not its own.
    view = render_steps(query_of(sql), {}, dialect="duckdb")
    assert [step.name for step in view.steps] == ["a", "b__a", "b", "c"]
    with duckdb.connect(":memory:") as connection:
        assert run(connection, view) == [(11, 1, 1)]


def test_what_is_defined_twice_is_one_step() -> None:
    sql = "with a as (select 1 as n), b as (with a as (select 1 as n) select n from a), c as (select n from a) select * from b, c"
    view = render_steps(query_of(sql), {}, dialect="duckdb")
    assert [(step.name, step.uses) for step in view.steps] == [("a", 2), ("b", 1), ("c", 1)]
    with duckdb.connect(":memory:") as connection:
        assert run(connection, view) == [(1, 1)]


def test_a_view_without_steps_is_its_select() -> None:
    view = render_steps(query_of("select 1 as n"), {}, dialect="spark")
    assert (view.steps, view.tables) == ((), frozenset())
    assert view.sql.split() == ["SELECT", "1", "AS", "n"]


def test_a_wrong_value_is_told() -> None:
    with pytest.raises(QueryError, match="no parameter"):
        render_steps(saved_query("runs"), {"no_such": "1"}, dialect="spark")
