"""What a view function answers with, and the three forms in which it is sent: a page, JSON, CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

type Row = Mapping[str, Any]


@dataclass(frozen=True)
class Page:
    """An answer: `data` is what the JSON twin shows and the template draws, `rows` the table of the CSV twin.

    `extra` is for the template alone (forms, links, drawings).
    """

    template: str
    title: str
    data: dict[str, Any] = field(default_factory=dict)
    rows: Sequence[Row] = ()
    extra: dict[str, Any] = field(default_factory=dict)
    status: int = 200


def as_json(data: Any) -> bytes:
    """Write data as JSON, in UTF-8; a lone surrogate is escaped."""
    return json.dumps(data, default=_plain, ensure_ascii=False, indent=1).encode("utf-8", "backslashreplace")


def as_csv(rows: Sequence[Row]) -> bytes:
    """Write rows as CSV with one header line, in UTF-8; lists and objects as JSON in their cell."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row.get(name)) for name in columns])
    return out.getvalue().encode("utf-8", "backslashreplace")


def _cell(value: Any) -> Any:
    if isinstance(value, list | tuple | dict):
        return json.dumps(value, default=_plain, ensure_ascii=False)
    if isinstance(value, bool):
        return "true" if value else "false"
    return _plain(value) if isinstance(value, datetime | date | bytes) else value


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Decimal):
        return float(value)
    return str(value)
