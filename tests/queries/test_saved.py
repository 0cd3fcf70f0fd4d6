"""Saved views are found by name and rendered with values that stay values."""

from __future__ import annotations

import duckdb
import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st

from alembic_db.errors import QueryError
from alembic_db.saved import DIALECTS, Parameter, SavedQuery, render, saved_queries, saved_query

TYPED = SavedQuery(
    "typed",
    "t",
    "g",
    "",
    (
        Parameter("word", "text", "x", "a word"),
        Parameter("count", "integer", "1", "a count"),
        Parameter("share", "number", "0.5", "a share"),
        Parameter("really", "boolean", "true", "whether"),
        Parameter("side", "text", "left", "which", ("left", "right")),
        Parameter("must", "text", None, "what has to be said"),
    ),
    "select $word as a, $count as b, $share as c, $really as d, $side as e, $must as f",
    "typed.sql",
)


def run(values: dict[str, str]) -> tuple[object, ...]:
    with duckdb.connect() as connection:
        (row,) = connection.execute(render(TYPED, {"must": "m", **values})).fetchall()
    return tuple(row)


def test_views_are_listed_by_name_without_internal_ones() -> None:
    names = [query.name for query in saved_queries()]
    assert names == sorted(names)
    assert "result_table" in names
    assert "run_link" not in names
    assert saved_query("run_link").internal


def test_every_view_says_what_it_is() -> None:
    for query in saved_queries():
        assert query.title and query.grain.startswith("one row per ") and not query.title.endswith(".")
        assert all(parameter.description for parameter in query.parameters), query.name


def test_unknown_view_is_refused_with_a_suggestion() -> None:
    with pytest.raises(QueryError, match=r"no saved view 'top_entity'.*mean 'top_entities'"):
        saved_query("top_entity")
    with pytest.raises(QueryError, match="lists them all"):
        saved_query("../../etc/passwd")


def test_defaults_stand_in_for_values_not_given() -> None:
    word, count, share, really, side, must = run({})
    assert (word, count, float(str(share)), really, side, must) == ("x", 1, 0.5, True, "left", "m")


def test_given_values_are_typed() -> None:
    given_values = {"word": "", "count": "007", "share": "-2.5", "really": "FALSE", "side": "right"}
    word, count, share, really, side, _ = run(given_values)
    assert (word, count, float(str(share)), really, side) == ("", 7, -2.5, False, "right")


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("count", "many", "a whole number from 0"),
        ("count", "1.5", "a whole number from 0"),
        ("count", "-1", "a whole number from 0"),
        ("count", "9223372036854775808", "a whole number from 0"),
        ("count", "9" * 5000, "a whole number from 0"),
        ("count", "", "a whole number from 0"),
        ("share", "inf", "a number"),
        ("share", "nan", "a number"),
        ("share", "1; drop table study", "a number"),
        ("really", "1", "true or false"),
        ("side", "up", "one of left, right"),
        ("word", "a\0b", "a text"),
        ("word", "\ud800", "a text"),
    ],
)
def test_value_of_the_wrong_type_is_refused_by_name(name: str, value: str, expected: str) -> None:
    with pytest.raises(QueryError) as caught:
        render(TYPED, {"must": "m", name: value})
    assert repr(name) in caught.value.message
    assert f"expected {expected}" in caught.value.message


def test_unknown_parameter_is_refused_with_those_there_are() -> None:
    with pytest.raises(QueryError, match=r"no parameter 'colour'; it has word, count"):
        render(TYPED, {"must": "m", "colour": "red"})
    with pytest.raises(QueryError, match=r"'field_fill' has no parameter 'colour'; it has none"):
        render(saved_query("field_fill"), {"colour": "red"})


def test_missing_value_is_asked_for() -> None:
    with pytest.raises(QueryError, match="needs 'must': what has to be said"):
        render(TYPED, {})


def test_unknown_dialect_is_refused() -> None:
    with pytest.raises(QueryError, match="Unknown SQL dialect 'oracle'"):
        render(TYPED, {"must": "m"}, dialect="oracle")


@given(st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0")))
def test_any_text_comes_back_as_it_was(value: str) -> None:
    assert run({"word": value})[0] == value


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("query", saved_queries(), ids=lambda query: query.name)
def test_every_view_renders_to_one_statement_without_placeholders(query: SavedQuery, dialect: str) -> None:
    values = {p.name: "x" for p in query.parameters if p.default is None}
    statements = sqlglot.parse(render(query, values, dialect=dialect), read=dialect)
    assert len(statements) == 1
    assert statements[0] is not None
    assert statements[0].find(sqlglot.exp.Placeholder, sqlglot.exp.Parameter) is None


def test_every_view_can_be_made_where_no_parameter_can_be_given() -> None:
    for query in saved_queries():
        assert all(parameter.default is not None for parameter in query.parameters), query.name


def test_every_view_says_what_a_comment_or_a_page_needs() -> None:
    titles = [query.title for query in saved_queries()]
    assert len(set(titles)) == len(titles)
    for query in saved_queries():
        assert len(query.title) <= 70 and not query.title.endswith("."), query.name
        assert query.grain.startswith("one row per "), query.name
        assert query.description.endswith((".", ")")) and ".." not in query.description, query.name
