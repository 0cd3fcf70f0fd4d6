"""Write rows and objects as table, JSON, CSV or TSV, to stdout or to a file."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

import click

from alembic_db.cli.rows import Rows, RowSource, cell, plain


class Format(StrEnum):
    """How rows are written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    TSV = "tsv"

    @property
    def help(self) -> str:
        """Say what the format is for."""
        return {
            "table": "A table for people (the default).",
            "json": "JSON.",
            "csv": "Comma-separated values.",
            "tsv": "Tab-separated values.",
        }[self.value]


@dataclass(frozen=True)
class Output:
    """Where the data of a reading command go (None: stdout), and in which format."""

    format: Format = Format.TABLE
    file: Path | None = None

    @classmethod
    def chosen(cls, format_name: str | None, file: Path | None) -> Output:
        """Take the format of the flag, else of the file's name, else the table."""
        target = None if file is None or str(file) == "-" else file
        suffix = target.suffix.lower().removeprefix(".") if target else ""
        name = format_name or (suffix if suffix in ("json", "csv", "tsv") else "table")
        return cls(Format(name), target)

    def write_rows(self, source: RowSource) -> None:
        """Write a table of rows."""
        rows = Rows.of(source)
        with self._opened() as stream:
            match self.format:
                case Format.JSON:
                    _write_json(stream, rows.as_objects())
                case Format.CSV:
                    _write_separated(stream, rows, csv.excel)
                case Format.TSV:
                    _write_separated(_PlainLineEnds(stream), rows, csv.excel_tab)
                case Format.TABLE:
                    _write_table(stream, rows)

    def write_object(self, facts: Mapping[str, object]) -> None:
        """Write one object: JSON as it is, otherwise a row `name, value` for each leaf."""
        if self.format is Format.JSON:
            with self._opened() as stream:
                _write_json(stream, plain(facts))
        else:
            self.write_rows([{"name": name, "value": value} for name, value in _leaves("", facts)])

    def write_text(self, text: str) -> None:
        """Write text, and end its last line."""
        with self._opened() as stream:
            stream.write(text if text.endswith("\n") else text + "\n")

    def write_lines(self, lines: Iterable[str]) -> None:
        """Write lines, none of which has its end yet; nothing at all where there is none."""
        with self._opened() as stream:
            stream.writelines(f"{line}\n" for line in lines)

    @contextmanager
    def _opened(self) -> Iterator[IO[str]]:
        if self.file is not None:
            with _replacing(self.file) as stream:
                yield stream
            return
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8", newline="")  # the data's own line ends, on any system
        yield sys.stdout
        sys.stdout.flush()  # so that a closed pipe shows here, where click silences it


@contextmanager
def _replacing(path: Path) -> Iterator[IO[str]]:
    """Open a file that takes the place of the old one only when it is whole; devices are written directly."""
    target = path.resolve()
    is_device = path.is_relative_to("/dev")  # /dev/stdout may lead to a file that others write to as well
    direct = is_device or (target.exists() and not target.is_file())
    part = path if direct else target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with part.open("a" if direct else "x", encoding="utf-8", newline="") as stream:
            yield stream
        if not direct:
            part.replace(target)
    except OSError as error:
        raise click.ClickException(f"Cannot write {path}: {error.strerror or error}.") from error
    finally:
        if not direct:
            part.unlink(missing_ok=True)


class _PlainLineEnds:
    """Ends lines with LF. To tell the csv module so would make it leave a CR in a value without quotes."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, line: str) -> int:
        """Write one row, which ends in CR LF."""
        return self._stream.write(line.removesuffix("\r\n") + "\n")


def _write_separated(stream: IO[str] | _PlainLineEnds, rows: Rows, dialect: type[csv.Dialect]) -> None:
    writer = csv.writer(stream, dialect)
    writer.writerow(rows.columns)
    writer.writerows([cell(value) for value in record] for record in rows.records)


def _write_json(stream: IO[str], data: object) -> None:
    json.dump(data, stream, ensure_ascii=False, allow_nan=False, indent=2)
    stream.write("\n")


def _write_table(stream: IO[str], rows: Rows) -> None:
    from alembic_db.cli.table import write_table

    write_table(stream, rows)


def _leaves(prefix: str, value: object) -> Iterator[tuple[str, object]]:
    """Yield `outer.inner` names with their values; items of a list are counted from 1."""
    items: Iterator[tuple[Any, Any]]
    if isinstance(value, Mapping):
        items = iter(value.items())
    elif isinstance(value, (list, tuple)):
        items = iter(enumerate(value, 1))
    else:
        yield prefix, value
        return
    for name, inner in items:
        yield from _leaves(f"{prefix}.{name}" if prefix else str(name), inner)
