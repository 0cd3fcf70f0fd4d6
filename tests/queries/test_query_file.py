"""A file that breaks the format is refused with its line; a good one is read as it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from alembic_db.errors import QueryError
from alembic_db.query_file import Parameter, SavedQuery, read_query

FRONT = "-- title: Things\n-- grain: one row per thing\n"


def read(folder: Path, text: str, **used: str) -> SavedQuery:
    def lookup(name: str) -> SavedQuery:
        return read_query(_file(folder, name, used[name]), lookup)

    return read_query(_file(folder, "things", text), lookup)


def _file(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name}.sql"
    path.write_text(text, encoding="utf-8")
    return path


def test_front_matter_is_read_with_continued_lines_and_parameters(tmp_path: Path) -> None:
    query = read(
        tmp_path,
        FRONT + "-- description: what it is\n--   good for\n"
        "-- param: level text = text (text|sample) where to look\n"
        "-- param: type text = '' (''|Gene) what to take\n"
        "-- param: entity text its name (as written)\n"
        "-- param: least number = 0.5 how sure\n"
        "select $level, $type, $entity, $least",
    )
    assert (query.name, query.title, query.grain) == ("things", "Things", "one row per thing")
    assert query.description == "what it is good for"
    assert not query.internal
    assert query.path == str(tmp_path / "things.sql")
    assert query.parameters == (
        Parameter("level", "text", "text", "where to look", ("text", "sample")),
        Parameter("type", "text", "", "what to take", ("", "Gene")),
        Parameter("entity", "text", None, "its name (as written)"),
        Parameter("least", "number", "0.5", "how sure"),
    )


@pytest.mark.parametrize(
    "body", ["select 1 as x from step", "with more as (\nselect 2 as y\n)\nselect x, y from step, more"]
)
def test_used_queries_become_steps_of_the_select(body: str, tmp_path: Path) -> None:
    import duckdb

    inner = FRONT + "-- kind: internal\nselect 1 as x"
    query = read(tmp_path, FRONT + "-- uses: step\n" + body, step=inner)
    with duckdb.connect() as connection:
        assert connection.execute(query.sql).fetchall()[0][0] == 1


def test_used_query_may_use_another(tmp_path: Path) -> None:
    import duckdb

    steps = {"step": FRONT + "-- uses: base\nselect x + 1 as x from base", "base": FRONT + "select 1 as x"}
    query = read(tmp_path, FRONT + "-- uses: step\nselect x from step", **steps)
    with duckdb.connect() as connection:
        assert connection.execute(query.sql).fetchall() == [(2,)]


def test_internal_query_is_marked(tmp_path: Path) -> None:
    assert read(tmp_path, FRONT + "-- kind: internal\nselect 1").internal


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("-- grain: g\nselect 1", 1, "no `title`"),
        ("-- title: t\nselect 1", 1, "no `grain`"),
        ("-- title:\n-- grain: g\nselect 1", 1, "no `title`"),
        (FRONT + "-- colour: red\nselect 1", 3, "unknown or repeated key 'colour'"),
        (FRONT + "-- title: Again\nselect 1", 3, "unknown or repeated key 'title'"),
        (FRONT + "-- just words\nselect 1", 3, "a front matter line is"),
        (FRONT + "-- kind: secret\nselect 1", 1, "kind 'secret' is not `internal`"),
        (FRONT + "select 1\nfrom t where x = $x", 4, "$x is not declared"),
        (FRONT + "-- param: x text = a b\nselect 1", 3, "parameter 'x' is not used"),
        (FRONT + "-- param: x text = a b\n-- param: x text = a b\nselect $x", 4, "declared twice"),
        (FRONT + "-- param: x colour = a b\nselect $x", 3, "a parameter is `name text|integer"),
        (FRONT + "-- param: x text = a\nselect $x", 3, "a parameter is"),
        (FRONT + "-- param: x integer = many how many\nselect $x", 3, "'many' of 'x' is not a whole number"),
        (FRONT + "-- param: x integer = -1 how many\nselect $x", 3, "'-1' of 'x' is not a whole number"),
        (FRONT + "-- param: x number = nan how much\nselect $x", 3, "'nan' of 'x' is not a number"),
        (FRONT + "-- param: x boolean = maybe whether\nselect $x", 3, "'maybe' of 'x' is not true or false"),
        (FRONT + "-- param: x text = c (a|b) which\nselect $x", 3, "'c' of 'x' is not one of a, b"),
        (FRONT + "select 1;\nselect 2", 3, "one SELECT"),
        (FRONT + "select 1;", 3, "one SELECT"),
        (FRONT + "delete from study", 3, "one SELECT"),
        (FRONT + "from study", 3, "begin with `select`"),
        (FRONT + "", 3, "one SELECT"),
        (FRONT + "select 1\nfrom (select", 4, "Expect"),
    ],
)
def test_broken_file_is_refused_with_its_line(text: str, line: int, message: str, tmp_path: Path) -> None:
    with pytest.raises(QueryError) as caught:
        read(tmp_path, text)
    assert caught.value.message.startswith(f"{tmp_path / 'things.sql'}:{line}: ")
    assert message in caught.value.message


def test_parameter_of_a_used_query_has_to_be_declared(tmp_path: Path) -> None:
    inner = FRONT + "-- param: search text = '' which\nselect $search as x"
    with pytest.raises(QueryError, match="a used query needs 'search'"):
        read(tmp_path, FRONT + "-- uses: step\nselect x from step", step=inner)
    query = read(tmp_path, FRONT + "-- uses: step\n-- param: search text = '' which\nselect x from step", step=inner)
    assert [parameter.name for parameter in query.parameters] == ["search"]


def test_dollar_in_a_text_or_comment_is_no_parameter(tmp_path: Path) -> None:
    assert read(tmp_path, FRONT + "select '$x' as y -- $z").parameters == ()
