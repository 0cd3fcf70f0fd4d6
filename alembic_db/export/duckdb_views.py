"""A script that makes views in DuckDB: one per table of a Parquet dataset, and the saved views over them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING

from alembic_db.export.statements import sql
from alembic_db.export.views import views_for
from alembic_db.store.reader import file_pattern

if TYPE_CHECKING:
    from alembic_db.export.dataset import DatasetTable


def views_script(tables: Mapping[str, DatasetTable], folder: Path) -> str:
    """Write the script for a dataset at an absolute path. Saved views whose tables are not there are left out."""
    parts = [*_table_views(tables, folder), *(_view(*astuple(view)) for view in views_for("duckdb", frozenset(tables)))]
    return sql("parquet/views_begin") + "\n\n" + "\n".join(parts)


def _table_views(tables: Mapping[str, DatasetTable], folder: Path) -> Iterator[str]:
    for name, table in tables.items():
        files = _literal(f"{file_pattern(folder / name)}/*.parquet")
        yield _view(name, table.comment or f"The table {name} of the store.", sql("parquet/table", files=files))
        for column in table.columns:
            if column["comment"]:
                yield sql("parquet/column", view=name, column=column["name"], comment=_literal(column["comment"]))


def _view(name: str, comment: str, query: str) -> str:
    return sql("parquet/view", name=name, query=query, comment=_literal(comment))


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
