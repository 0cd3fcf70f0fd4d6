"""A metadata file by which Datasette shows an exported SQLite file: descriptions, and the saved views as queries."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import sqlglot
from sqlglot import exp

from alembic_db.errors import ExportError
from alembic_db.export.pairs import TABLES as PAIR_TABLES
from alembic_db.export.views import fill_in, to_dialect
from alembic_db.query_file import Parameter, SavedQuery
from alembic_db.saved import saved_queries, tables_of
from alembic_db.store.schema import Table, kept_tables
from alembic_db.whole import write_whole

_CASTS = {"integer": "INTEGER", "number": "REAL"}


def metadata_path(file: Path) -> Path:
    """Say where the metadata of a SQLite file lie: beside it."""
    return file.with_name(f"{file.stem}.metadata.yml")


def write_metadata(file: Path, tables: Sequence[str], *, source: str) -> Path:
    """Write the metadata of an exported SQLite file and return their path; `source` says what the file was made of."""
    known = {table.name: table for table in (*kept_tables(), *PAIR_TABLES)}
    there = [known[name] for name in tables if name in known]
    content = {
        "title": f"{file.stem}: sequencing records and the entities in their texts",
        "description": f"Studies, experiments, samples and runs of the NCBI Sequence Read Archive, from {source}.",
        "databases": {
            file.stem: {
                "tables": {table.name: _table(table) for table in there},
                "queries": dict(_queries({table.name for table in there})),
            }
        },
    }
    path = metadata_path(file)
    try:
        return write_whole(path, (f"{line}\n" for line in _lines(content)))
    except OSError as error:
        raise ExportError(f"{path}: {error.strerror or error}.", hint="Check the folder and its disk.") from error


def _table(table: Table) -> dict[str, Any]:
    columns = {column.name: column.comment for column in table.columns if column.comment}
    facts = {"description": table.comment, "columns": columns}
    return {name: fact for name, fact in facts.items() if fact}


def _queries(tables: set[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    for query in saved_queries():
        tree = sqlglot.parse_one(query.sql, read="duckdb")
        if tables_of(tree) <= tables:
            fill_in(tree, query, {parameter.name: _asked(parameter) for parameter in query.parameters})
            facts = {
                "title": query.title,
                "description": _description(query),
                "params": [parameter.name for parameter in query.parameters],
                "sql": to_dialect(tree, "sqlite"),
            }
            yield query.name, {name: fact for name, fact in facts.items() if fact}


def _description(query: SavedQuery) -> str:
    says = [f"{query.grain[:1].upper()}{query.grain[1:]}. {query.description}".strip()]
    says += [f"{one.name}: {one.description}" + _default(one) + "." for one in query.parameters]
    return " ".join(says)


def _default(parameter: Parameter) -> str:
    return f" (default {parameter.default})" if parameter.default else ""


def _asked(parameter: Parameter) -> exp.Expression:
    """Ask Datasette's user, whose empty field is the default; what comes is text."""
    value: exp.Expression = exp.Placeholder(this=parameter.name)
    if parameter.default:
        empty = exp.Nullif(this=value, expression=exp.Literal.string(""))
        value = exp.Coalesce(this=empty, expressions=[exp.Literal.string(parameter.default)])
    if parameter.type in _CASTS:
        value = exp.Cast(this=value, to=exp.DataType.build(_CASTS[parameter.type]))
    if parameter.type == "boolean":
        value = exp.Paren(this=exp.EQ(this=exp.Lower(this=value), expression=exp.Literal.string("true")))
    return value


def _lines(content: Mapping[str, Any], depth: int = 0) -> Iterator[str]:
    """Write YAML: mappings, lists of plain values, texts; a text of several lines as a block."""
    margin = "  " * depth
    for name, value in content.items():
        key = f"{margin}{json.dumps(name, ensure_ascii=False)}:"
        if isinstance(value, Mapping):
            yield key if value else f"{key} {{}}"
            yield from _lines(value, depth + 1)
        elif isinstance(value, list):
            yield f"{key} {json.dumps(value, ensure_ascii=False)}"
        elif "\n" in value:
            yield f"{key} |-"
            yield from (f"{margin}  {line}" for line in value.splitlines())
        else:
            yield f"{key} {json.dumps(value, ensure_ascii=False)}"
