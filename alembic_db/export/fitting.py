"""Look, before anything is written, whether an engine can hold every value."""

from __future__ import annotations

from collections.abc import Mapping

from alembic_db.errors import ExportError
from alembic_db.export.engine import Engine
from alembic_db.export.rows import Rows, plain
from alembic_db.export.statements import sql
from alembic_db.store.schema import Column, Type


def check_fit(engine: Engine, rows: Mapping[str, Rows]) -> list[str]:
    """Return what the user should know. ExportError names a value that is longer than its column."""
    notes = []
    for table, some in rows.items():
        with_nul = 0
        for column, longest, nul in _measure(engine, some):
            if column.length is not None and longest > column.length:
                raise ExportError(
                    f"{engine.title} cannot hold a {column.name} of {longest:,} characters in {table}: it takes "
                    f"{column.length}.",
                    hint="`alembic-db sql` finds the row; SQLite, Parquet and TSV have no such limit.",
                )
            with_nul += nul
        if with_nul:
            notes.append(f"{table}: {with_nul:,} texts hold NUL, which {engine.title} cannot; there it is U+FFFD.")
    return notes


def _measure(engine: Engine, rows: Rows) -> list[tuple[Column, int, int]]:
    """Find the longest text of every column with a length, and how many texts hold NUL, as far as the engine cares."""
    texts = [c for c in rows.columns if c.type is Type.TEXT]
    texts = [c for c in texts if not engine.has_nul or (engine.has_lengths and c.length is not None)]
    if not texts or not rows.count:
        return []
    measures = ", ".join(
        f"coalesce(max(length({plain(c)})), 0)"
        + ("" if engine.has_nul else f", coalesce(count_if(contains({plain(c)}, chr(0))), 0)")
        for c in texts
    )
    query = sql("text_size", measures=measures, relation=rows.relation, condition=rows.condition)
    (found,) = rows.connection.execute(query).fetchall()
    step = 1 if engine.has_nul else 2
    limit = engine.has_lengths
    return [
        (c, found[place * step] if limit else 0, 0 if engine.has_nul else found[place * step + 1])
        for place, c in enumerate(texts)
    ]
