"""Templates: everything is escaped; links and numbers are written the same on every page."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from alembic_db import __version__
from alembic_db.web.asked import link


@cache
def environment() -> Environment:
    """Build the template environment once."""
    made = Environment(
        loader=PackageLoader("alembic_db.web"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["count"] = count
    made.filters["cell"] = cell
    made.globals.update(link=link, version=__version__)
    return made


def count(number: Any) -> str:
    """Write a count with thin separators; nothing for None."""
    if number is None:
        return ""
    if isinstance(number, float) and not number.is_integer():
        return f"{number:,.4g}"
    return f"{number:,.0f}"


_LONGEST_CELL = 400


def cell(value: Any) -> str:
    """Write a value of a result table, cut where it is long."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    text = str(value)
    return text if len(text) <= _LONGEST_CELL else text[:_LONGEST_CELL] + " …"
