"""Rows on their way out: values of any SQL type as JSON values, or as the text of a cell."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING

from alembic_db.errors import QueryError

if TYPE_CHECKING:
    import pyarrow as pa

type RowSource = pa.Table | Sequence[Mapping[str, object]]


@dataclass(frozen=True)
class Rows:
    """Column names, which need not be distinct, and the records under them."""

    columns: tuple[str, ...]
    records: Sequence[tuple[object, ...]]

    @classmethod
    def of(cls, source: RowSource) -> Rows:
        """Take over an Arrow table, or mappings that all have the keys of the first."""
        if isinstance(source, Sequence):
            columns = tuple(source[0]) if source else ()
            return cls(columns, [tuple(row[name] for name in columns) for row in source])
        values = [_values(column) for column in source.columns]
        return cls(tuple(source.column_names), list(zip(*values, strict=True)))

    def as_objects(self) -> list[dict[str, object]]:
        """Return one JSON object per record; a name that comes again gets a number."""
        names = _distinct(self.columns)
        return [dict(zip(names, map(plain, record), strict=True)) for record in self.records]


def plain(value: object) -> object:
    """Return what JSON has for a value: ISO 8601 for times, null for NaN, hex digits for bytes."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else None
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case datetime() | date() | time():
            return value.isoformat()
        case bytes():
            return value.hex()
        case Mapping():
            return {str(name): plain(inner) for name, inner in value.items()}
        case list() | tuple() if not hasattr(value, "_fields"):
            return [plain(inner) for inner in value]
    return str(value)


def cell(value: object) -> str:
    """Return the text of a value in CSV, TSV and tables; NULL is empty."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case float() | Decimal():
            return str(value)
    simple = plain(value)
    return json.dumps(simple, ensure_ascii=False) if isinstance(simple, (dict, list)) else str(simple)


def _values(column: pa.ChunkedArray) -> list[object]:
    values: list[object]
    try:
        values = column.to_pylist()
    except (OverflowError, ValueError) as error:  # past the year 9999, or finer than a microsecond
        import pyarrow as pa

        try:
            values = column.cast(pa.string()).to_pylist()
        except pa.ArrowNotImplementedError:
            raise QueryError(
                f"A list or structure in the result holds a time that cannot be written ({error}).",
                hint="Cast it in the statement: cast(... as varchar).",
            ) from None
    return values


def _distinct(columns: Sequence[str]) -> list[str]:
    names: list[str] = []
    for column in columns:
        name, number = column, 2
        while name in names:
            name, number = f"{column}_{number}", number + 1
        names.append(name)
    return names
