"""A script that makes views in DuckDB: one per table of a Parquet dataset, and the saved views over them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from alembic_db.export.source import sql
from alembic_db.saved import render, saved_queries, source_tables
from alembic_db.store.reader import file_pattern

if TYPE_CHECKING:
    from alembic_db.export.dataset import DatasetTable


def views_script(tables: Mapping[str, DatasetTable], folder: Path) -> str:
    """Write the script for a dataset that lies at an absolute path. Saved views whose tables are not there are left out."""
    return sql("parquet/views_begin") + "\n\n" + "\n".join([*_table_views(tables, folder), *_saved_views(set(tables))])


def _table_views(tables: Mapping[str, DatasetTable], folder: Path) -> Iterator[str]:
    for name, table in tables.items():
        files = _literal(f"{file_pattern(folder / name)}/*.parquet")
        yield _view(name, sql("parquet/table", files=files), table.comment)
        for column in table.columns:
            if column["comment"]:
                yield sql("parquet/column", view=name, column=column["name"], comment=_literal(column["comment"]))


def _saved_views(tables: set[str]) -> Iterator[str]:
    for query in saved_queries():
        if source_tables(query) <= tables:
            yield _view(query.name, render(query, {}), f"{query.title}: {query.grain}. {query.description}")


def _view(name: str, query: str, comment: str) -> str:
    return sql("parquet/view", name=name, query=query, comment=_literal(comment))


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
