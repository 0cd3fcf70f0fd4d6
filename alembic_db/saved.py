"""Saved views: the `.sql` files of `queries/`, found by name and rendered for any SQL engine.

They keep to the SQL that sqlglot carries over unharmed; tests/queries shows that they give the same rows in
every engine. What the files look like: query_file.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, ClassVar

from alembic_db.errors import QueryError
from alembic_db.query_file import Parameter, SavedQuery, read_query
from alembic_db.resources import sql_folder

if TYPE_CHECKING:
    from sqlglot import Dialect, exp

__all__ = [
    "DIALECTS",
    "Parameter",
    "SavedQuery",
    "render",
    "saved_queries",
    "saved_query",
    "tables_of",
]


DIALECTS = ("duckdb", "sqlite", "postgres", "mysql", "spark")


def saved_queries() -> list[SavedQuery]:
    """List the views by name."""
    loaded = (_load(name) for name in _names())
    return [query for query in loaded if not query.internal]


def saved_query(name: str) -> SavedQuery:
    """Return a view by its name, the internal ones too; QueryError if there is none."""
    if name not in _names():
        close = difflib.get_close_matches(name, _names(), n=1)
        hint = f"Did you mean {close[0]!r}?" if close else "`alembic-db queries` lists them all."
        raise QueryError(f"There is no saved view {name!r}.", hint=hint)
    return _load(name)


def render(query: SavedQuery, values: Mapping[str, str], *, dialect: str = "duckdb") -> str:
    """Return the view's SQL with every parameter as a literal, in the dialect of an engine.

    Raises QueryError where a value is unknown, missing or not of its type, naming it.
    """
    if dialect not in DIALECTS:
        raise QueryError(f"Unknown SQL dialect {dialect!r}; there are {', '.join(DIALECTS)}.")
    return written(filled(query, values), dialect)


def tables_of(tree: exp.Expr) -> set[str]:
    """Name the tables that a query reads."""
    from sqlglot import exp

    steps = {step.alias for step in tree.find_all(exp.CTE)}
    return {table.name for table in tree.find_all(exp.Table)} - steps


def filled(query: SavedQuery, values: Mapping[str, str]) -> exp.Expr:
    """Return the view's SQL, parsed, with every parameter as a literal. Raises QueryError as `render` does."""
    import sqlglot
    from sqlglot import exp

    literals = dict(_literals(query, values))
    tree = sqlglot.parse_one(query.sql, read="duckdb")
    for placeholder in list(tree.find_all(exp.Placeholder)):
        placeholder.replace(literals[placeholder.name].copy())
    return tree


def written(tree: exp.Expr, dialect: str) -> str:
    """Write a query in the dialect of an engine."""
    from sqlglot import ErrorLevel

    return tree.sql(dialect=_writer(dialect), pretty=True, unsupported_level=ErrorLevel.RAISE)


@cache
def _writer(dialect: str) -> str | type[Dialect]:
    """Take sqlglot's dialect, but let Spark keep a WITH where it stands: raised to the top, its names may clash."""
    if dialect != "spark":
        return dialect
    from sqlglot.dialects.spark import Spark

    class NestingSpark(Spark):
        """Spark SQL that leaves a WITH inside a step of another where it is."""

        class Generator(Spark.Generator):  # type: ignore[misc, valid-type]  # a variable in sqlglot's own hints
            """Writes it."""

            EXPRESSIONS_WITHOUT_NESTED_CTES: ClassVar[set[type[exp.Expression]]] = set()

    return NestingSpark


def _literals(query: SavedQuery, values: Mapping[str, str]) -> Iterator[tuple[str, exp.Expression]]:
    known = [parameter.name for parameter in query.parameters]
    for name in values:
        if name not in known:
            has = f"it has {', '.join(known)}" if known else "it has none"
            raise QueryError(f"View {query.name!r} has no parameter {name!r}; {has}.")
    for parameter in query.parameters:
        value = values.get(parameter.name, parameter.default)
        if value is None:
            raise QueryError(f"View {query.name!r} needs {parameter.name!r}: {parameter.description}.")
        try:
            yield parameter.name, parameter.literal(value)
        except ValueError:
            raise QueryError(
                f"{value!r} is no value for {parameter.name!r} of view {query.name!r}: expected {parameter.expected}."
            ) from None


@cache
def _names() -> tuple[str, ...]:
    files = (entry.name for entry in sql_folder("queries").iterdir())
    return tuple(sorted(name.removesuffix(".sql") for name in files if name.endswith(".sql")))


@cache
def _load(name: str) -> SavedQuery:
    return read_query(sql_folder("queries").joinpath(f"{name}.sql"), used=_load)
