"""Saved views with their parameters as forms, and the editor for SQL that reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alembic_db.errors import AlembicDbError
from alembic_db.project import Project
from alembic_db.resources import read_sql
from alembic_db.web import draw
from alembic_db.web.asked import Asked
from alembic_db.web.page import Page
from alembic_db.web.site import Site

if TYPE_CHECKING:
    import pyarrow as pa

    from alembic_db.saved import SavedQuery


def queries(_site: Site, _asked: Asked) -> Page:
    """List the saved views."""
    listed = [
        {"name": query.name, "title": query.title, "grain": query.grain, "description": query.description}
        for query in Project.queries()
    ]
    return Page("queries.html", "Saved views", data={"queries": listed}, rows=listed)


def query(site: Site, asked: Asked) -> Page:
    """Show a saved view's parameters and SQL, and run it if asked to (`run=1`, or at once if it needs nothing)."""
    from alembic_db.saved import saved_query

    view = saved_query(asked.text("name") or "")
    values = {p.name: value for p in view.parameters if (value := asked.text(p.name)) is not None}
    needs = [p.name for p in view.parameters if p.default is None and p.name not in values]
    result: dict[str, Any] = {}
    if not needs:
        result = run_limited(site, Project.query_sql(view.name, values))
    return Page(
        "query.html",
        view.title,
        data={**_described(view), "values": values, "needs": needs, **result},
        rows=result.get("rows", ()),
        extra={"bars": draw.bars(result.get("rows", [])), "sql": "" if needs else Project.query_sql(view.name, values)},
    )


def sql(site: Site, asked: Asked) -> Page:
    """Run a statement that reads, under limits of time, memory and rows."""
    statement = asked.text("q")
    result: dict[str, Any] = {}
    error = ""
    if statement:
        try:
            result = run_limited(site, statement)
        except AlembicDbError as refused:
            error = str(refused)
    return Page(
        "sql.html",
        "SQL",
        data={"q": statement, "error": error, **result},
        rows=result.get("rows", ()),
        extra={
            "bars": draw.bars(result.get("rows", [])),
            "example": read_sql("schema", "explore", "example.sql"),
            "limits": site.asker.limits,
        },
        status=400 if error else 200,
    )


def run_limited(site: Site, statement: str) -> dict[str, Any]:
    """Run a statement and return its columns, its rows up to the limit, and whether there are more."""
    table = site.asker.table(statement)
    most = site.asker.limits.rows
    return {
        "columns": table.column_names,
        "rows": _rows(table.slice(0, most)),
        "more": table.num_rows > most,
    }


def _rows(table: pa.Table) -> list[dict[str, Any]]:
    """Return rows by column; a column that stands twice gets a number, so that none is lost."""
    names: list[str] = []
    for name in table.column_names:
        twin = sum(other == name or other.startswith(f"{name} (") for other in names)
        names.append(f"{name} ({twin + 1})" if name in names else name)
    rows: list[dict[str, Any]] = table.rename_columns(names).to_pylist()
    return rows


def _described(view: SavedQuery) -> dict[str, Any]:
    return {
        "name": view.name,
        "title": view.title,
        "grain": view.grain,
        "description": view.description,
        "parameters": [
            {
                "name": p.name, "type": p.type, "default": p.default, "choices": list(p.choices),
                "description": p.description,
            }
            for p in view.parameters
        ],
    }  # fmt: skip


def as_parquet(site: Site, statement: str) -> bytes:
    """Run a statement under the limits and write its rows as a Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = site.asker.table(statement).slice(0, site.asker.limits.rows)
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    return bytes(sink.getvalue())
