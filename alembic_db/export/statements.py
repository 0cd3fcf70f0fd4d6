"""The SQL of the exports: schema/export/NAME.sql, in DuckDB's dialect or, in a folder of its own, an engine's."""

from __future__ import annotations

from functools import cache

from alembic_db.resources import read_sql


@cache
def _template(name: str) -> str:
    return read_sql("schema", "export", *f"{name}.sql".split("/")).strip()


def sql(name: str, /, **names: str) -> str:
    """Load schema/export/NAME.sql and fill in what is the program's own, such as names of tables."""
    return _template(name).format(**names) if names else _template(name)
