"""The saved views as views of a target: every parameter at its default, one that has none left open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from functools import cache

import sqlglot
from sqlglot import exp

from alembic_db.errors import QueryError
from alembic_db.export.engine import View
from alembic_db.export.pairs import TABLES as PAIR_TABLES
from alembic_db.export.pairs import VIEW as PAIR_VIEW
from alembic_db.export.statements import sql
from alembic_db.saved import Parameter, SavedQuery, saved_queries, tables_of
from alembic_db.store.schema import Type, kept_tables

COLLATION = "alembic_db_collation"  # stands in MySQL's views for what the server calls it
_OWN = {PAIR_VIEW: "views/entity_cooccurrence"}  # views that stand on tables made for them


def views_for(dialect: str, tables: Set[str]) -> tuple[View, ...]:
    """Write every saved view that the tables suffice for, in the dialect of an engine."""
    return _views_for(dialect, frozenset(tables))


@cache
def _views_for(dialect: str, tables: frozenset[str]) -> tuple[View, ...]:
    return tuple(view for query in saved_queries() for view in _view(query, dialect, tables))


def _view(query: SavedQuery, dialect: str, tables: Set[str]) -> Iterator[View]:
    pairs = {table.name for table in PAIR_TABLES}
    body = sql(_OWN[query.name]) if query.name in _OWN and pairs <= tables else query.sql
    tree = sqlglot.parse_one(body, read="duckdb")
    if tables_of(tree) <= tables:
        fill_in(tree, query, {parameter.name: default_of(parameter) for parameter in query.parameters})
        yield View(query.name, f"{query.title}: {query.grain}.", to_dialect(tree, dialect))


def default_of(parameter: Parameter) -> exp.Expr | None:
    """Return the default as a literal; None where there is none."""
    return None if parameter.default is None else parameter.literal(parameter.default)


def fill_in(tree: exp.Expr, query: SavedQuery, values: Mapping[str, exp.Expr | None]) -> None:
    """Put values in the place of parameters; where there is None, any value of the column compared with will do."""
    for placeholder in list(tree.find_all(exp.Placeholder)):
        value = values[placeholder.name]
        if value is None:
            value = _compared_column(placeholder)
            if value is None:
                raise QueryError(f"View {query.name!r} compares {placeholder.name!r} with no column; give a default.")
        placeholder.replace(value.copy())


def _compared_column(placeholder: exp.Expr) -> exp.Expr | None:
    comparison = placeholder.find_ancestor(exp.EQ)
    return comparison.find(exp.Column) if comparison else None


def to_dialect(tree: exp.Expr, dialect: str) -> str:
    """Write a query for an engine, its times as that engine keeps them."""
    if dialect == "postgres":
        _say_utc(tree)
    elif dialect == "mysql":
        _say_collation(tree)
    return tree.sql(dialect=dialect, pretty=True, unsupported_level=sqlglot.ErrorLevel.RAISE)


def _say_collation(tree: exp.Expr) -> None:
    """Compare texts made of numbers and times as our columns are, not as the connection of whoever asks would."""
    made = [node for node in tree.find_all(exp.Cast) if node.to.is_type(*exp.DataType.TEXT_TYPES)]
    for node in (*made, *tree.find_all(exp.TimeToStr)):
        collated = exp.Collate(this=node.copy(), expression=exp.to_identifier(COLLATION))
        node.replace(exp.Paren(this=collated))


def _say_utc(tree: exp.Expr) -> None:
    """Read parts of times in UTC, not in the time zone of whoever asks: PostgreSQL's have one."""
    times = {column.name for table in kept_tables() for column in table.columns if column.type is Type.TIMESTAMP}
    for call in list(tree.find_all(exp.TimeToStr)):
        for column in list(call.find_all(exp.Column)):
            if column.name in times:
                column.replace(exp.AtTimeZone(this=column.copy(), zone=exp.Literal.string("UTC")))
