"""The three files of the original Alembic: RESULTS.TSV, AI_PROCESSED.TSV and DOWNLOADS.TXT.

UTF-8, tab between values, `\\n` after every line, one header line. A value with a tab, line break or quote stands in
quotes, its own quotes doubled; NULL is nothing at all, an empty text is `""`, and the text NULL is `"NULL"`, because
MySQL takes the bare word for NULL. In DOWNLOADS.TXT whatever no address may hold is percent-encoded, so that every
way of importing takes a line for what it is.
"""

from __future__ import annotations

import difflib
import string
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from alembic_db.errors import StoreError, UsageError
from alembic_db.export.import_scripts import FileTable, import_scripts
from alembic_db.saved import render, saved_query
from alembic_db.whole import write_whole

if TYPE_CHECKING:
    import duckdb

    type Row = Sequence[Any]
    type _Column = tuple[str, str]  # title, and what of it: "" for the value

DEFAULT_TEXT_FIELDS = ("Study Title", "Study Abstract")
TEXT_FIELDS: Mapping[str, str] = {  # column of result_table: record type and field of its text
    "Study Title": "study.title",
    "Study Abstract": "study.abstract",
    "Study Description": "study.description",
    "Experiment Title": "experiment.title",
    "Design Description": "experiment.design_description",
    "Library Name": "experiment.library_name",
    "Library Construction Protocol": "experiment.library_construction_protocol",
    "Sample Title": "sample.title",
    "Sample Description": "sample.description",
    "Scientific Name": "sample.scientific_name",
    "Common Name": "sample.common_name",
    "Run Title": "run.title",
}
_ATTRIBUTE = "attribute:"
_FIELD_SEPARATOR = "\x1f"  # cannot be in XML, hence in no tag
_RECORDS = ("study", "experiment", "sample", "run")
_ENTITIES = " Entities"
_BATCH_ROWS = 2_000
# RFC 3986, and % for what is encoded already. A quote or backslash in a bare line is no character to COPY.
_SAFE_IN_ADDRESS = string.ascii_letters + string.digits + "-._~:/?#[]@!$&'()*+,;=%"


def export_tsv(
    connection: duckdb.DuckDBPyConnection,
    directory: Path,
    *,
    text_fields: Sequence[str] | None = None,
    search: str | None = None,
    scripts: bool = False,
) -> list[Path]:
    """Write the three files into a directory, made if need be, and return their paths.

    `text_fields` are keys of TEXT_FIELDS or `attribute:<tag>`; `search` names the search whose hits are taken;
    `scripts` adds the scripts that read the files into SQLite, PostgreSQL and MySQL. A file that is there already is
    replaced once the new one is whole. UsageError names unknown text fields.
    """
    chosen = list(dict.fromkeys(DEFAULT_TEXT_FIELDS if text_fields is None else text_fields))
    _check_text_fields(connection, chosen)
    values = {} if search is None else {"search": search}
    lines = {
        "RESULTS.TSV": _results(connection, values),
        "AI_PROCESSED.TSV": _ai_processed(connection, values, chosen),
        "DOWNLOADS.TXT": _downloads(connection, values),
    }
    if scripts:
        lines |= {name: iter([script]) for name, script in _scripts(connection, values, chosen).items()}
    try:
        directory.mkdir(parents=True, exist_ok=True)
        return [write_whole(directory / name, content) for name, content in lines.items()]
    except OSError as error:
        raise StoreError(
            f"The export to {directory} cannot be written: {error.strerror or error}.",
            hint="Check the folder, its rights and the space on the disk.",
        ) from error


def _scripts(connection: duckdb.DuckDBPyConnection, values: Mapping[str, str], chosen: Sequence[str]) -> dict[str, str]:
    results = connection.sql(render(saved_query("result_table"), values))
    types = dict(zip(results.columns, map(str, results.types), strict=True))
    processed = [
        (title + kind, "VARCHAR" if kind else types.get(title, "VARCHAR"))
        for title, kind in _ai_columns(results.columns, chosen)
    ]
    return import_scripts(
        [
            FileTable("RESULTS.TSV", list(types.items())),
            FileTable("AI_PROCESSED.TSV", processed),
            FileTable("DOWNLOADS.TXT", [("url", "VARCHAR")], has_titles=False),
        ]
    )


def _check_text_fields(connection: duckdb.DuckDBPyConnection, chosen: Sequence[str]) -> None:
    unknown = [name for name in chosen if name not in TEXT_FIELDS]
    if not unknown:
        return
    known = [*TEXT_FIELDS, *(_ATTRIBUTE + row[0] for row in _rows(connection, "sample_tags", {}))]
    for name in unknown:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            raise UsageError(
                f"There is no text field {name!r}" + (f"; did you mean {close[0]!r}?" if close else "."),
                hint=f"There are {', '.join(TEXT_FIELDS)}, and attribute:<tag> with a tag of the store's samples.",
            )


def _results(connection: duckdb.DuckDBPyConnection, values: Mapping[str, str]) -> Iterator[str]:
    with closing(_rows(connection, "result_table", values, header=True)) as rows:
        yield from map(_line, rows)


def _ai_processed(
    connection: duckdb.DuckDBPyConnection, values: Mapping[str, str], chosen: Sequence[str]
) -> Iterator[str]:
    """Give the result table's columns with the entities beside each chosen text, and ID and TAGS as the original."""
    fields = _FIELD_SEPARATOR.join(TEXT_FIELDS.get(name, name) for name in chosen)
    with closing(_rows(connection, "result_entities", {**values, "fields": fields}, header=True)) as rows:
        titles = next(rows)[: -len(_RECORDS)]
        columns = _ai_columns(titles, chosen)
        # One line for the titles, whatever the tags hold: importers skip lines, not records.
        yield _line(" ".join(title.splitlines()) + kind for title, kind in columns)
        for row in rows:
            cells = _ai_cells(titles, row, chosen)
            yield _line(cells[column] for column in columns)


def _ai_columns(titles: Row, chosen: Sequence[str]) -> list[_Column]:
    columns: list[_Column] = []
    for title in [*titles, *(name for name in chosen if name not in TEXT_FIELDS)]:
        columns.append((title, ""))
        if title in chosen:
            columns.append((title, _ENTITIES))
    return [*columns, ("ID", ""), ("TAGS", "")]


def _ai_cells(titles: Row, row: Row, chosen: Sequence[str]) -> dict[_Column, Any]:
    cells: dict[_Column, Any] = {(title, ""): value for title, value in zip(titles, row, strict=False)}
    found = {field["key"]: field for fields in row[len(titles) :] for field in fields or ()}
    tags: dict[str, None] = {}
    for name in chosen:
        field = found.get(TEXT_FIELDS.get(name, name), {"content": None, "entities": ()})
        cells.setdefault((name, ""), field["content"])
        cells[name, _ENTITIES] = _entities(field["entities"]) or None
        tags.update((entity["mention"], None) for entity in field["entities"])
    return {**cells, ("ID", ""): cells["Study Accession", ""], ("TAGS", ""): ",".join(tags) or None}


def _entities(entities: Iterable[Mapping[str, str]]) -> str:
    return "; ".join(f"{entity['type']}:{entity['mention']}" for entity in entities)


def _downloads(connection: duckdb.DuckDBPyConnection, values: Mapping[str, str]) -> Iterator[str]:
    """Give one address a line, percent-encoded where it holds what no address may, line breaks above all."""
    with closing(_rows(connection, "downloads", values, header=True)) as rows:
        url = next(rows).index("url")
        for row in rows:
            if row[url]:
                yield quote(row[url], safe=_SAFE_IN_ADDRESS) + "\n"


def _rows(
    connection: duckdb.DuckDBPyConnection, view: str, values: Mapping[str, str], *, header: bool = False
) -> Generator[Row]:
    """Yield the rows of a view in batches off the engine, after the column titles if wanted."""
    from alembic_db.store.reader import query_errors

    with closing(connection.cursor()) as cursor, query_errors():
        cursor.execute(render(saved_query(view), values))
        if header:
            yield [column[0] for column in cursor.description or ()]
        while batch := cursor.fetchmany(_BATCH_ROWS):
            yield from batch


def _line(values: Iterable[Any]) -> str:
    return "\t".join(map(_cell, values)) + "\n"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    text = str(value)
    if not text or text == "NULL" or any(mark in text for mark in '\t\n\r"'):
        return '"' + text.replace('"', '""') + '"'
    return text
