"""Search terms: a user's words and filters, joined so that neither changes the meaning of the other."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from alembic_db.errors import UsageError

_TAXON = re.compile(r"(?:txid)?([0-9]{1,10})", re.IGNORECASE)
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2}))?(?:-([0-9]{2}))?")
_FORBIDDEN = re.compile(r'["\[\](){}]')
_LAYOUTS = ("single", "paired")
_FIRST_DAY, _LAST_DAY = "1900/01/01", "3000"  # open ends, as NCBI spells them


@dataclass(frozen=True)
class Filters:
    """Conditions of a search besides its words; None where a condition is not set.

    organism is a name or an NCBI taxonomy number (which includes everything below it in the tree);
    since and until are YYYY, YYYY-MM or YYYY-MM-DD, both included, and mean the release date.
    """

    organism: str | None = None
    strategy: str | None = None
    source: str | None = None
    layout: str | None = None
    platform: str | None = None
    since: str | None = None
    until: str | None = None


def build_term(term: str, filters: Filters) -> str:
    """Join words and filters by AND; UsageError where a filter cannot be used or nothing is asked for."""
    words = clean_term(term)
    conditions = _conditions(filters)
    if not words and not conditions:
        raise UsageError("There is nothing to search for.", hint="Give search words or at least one filter.")
    if not conditions:
        return words
    if words:
        conditions.insert(0, _enclosed(words))
    return " AND ".join(conditions)


def touched_term(term: str, since: date) -> str:
    """Narrow a term down to what was changed or released since a day; UsageError where it cannot be enclosed."""
    changed, released = (_range(field, since, None) for field in ("MDAT", "PDAT"))
    return f"{_enclosed(clean_term(term))} AND ({changed} OR {released})"


def released_term(term: str, first: date, last: date) -> str:
    """Narrow a term down to what was released from one day to another; UsageError where it cannot be enclosed."""
    return f"{_enclosed(clean_term(term))} AND {_range('PDAT', first, last)}"


def unreleased_term(term: str) -> str:
    """Narrow a term down to what has no release date; UsageError where it cannot be enclosed."""
    return f"{_enclosed(clean_term(term))} NOT {_range('PDAT', None, None)}"


def clean_term(term: str) -> str:
    """Return the term on one line; UsageError if it holds what cannot be sent."""
    words = " ".join(term.split())
    try:
        words.encode()
    except UnicodeEncodeError as error:
        raise UsageError("The search words hold bytes that are not UTF-8.", hint="Type them again.") from error
    return words


def _conditions(filters: Filters) -> list[str]:
    found = [
        _organism(filters.organism),
        _quoted("strategy", filters.strategy, "Strategy"),
        _quoted("source", filters.source, "Source"),
        _layout(filters.layout),
        _quoted("platform", filters.platform, "Platform"),
        _released(filters.since, filters.until),
    ]
    return [condition for condition in found if condition is not None]


def _organism(value: str | None) -> str | None:
    taxon = _TAXON.fullmatch(value.strip()) if value is not None else None
    if taxon:
        return f"txid{int(taxon[1])}[Organism:exp]"
    return _quoted("organism", value, "Organism")


def _layout(value: str | None) -> str | None:
    if value is not None and value.strip().lower() not in _LAYOUTS:
        raise UsageError(f"The layout {value!r} does not exist.", hint=f"Use {' or '.join(_LAYOUTS)}.")
    return _quoted("layout", value.lower() if value else value, "Layout")


def _quoted(name: str, value: str | None, field: str) -> str | None:
    """Return `"value"[Field]`; a quote or bracket inside the value would end it early."""
    if value is None:
        return None
    words = clean_term(value)
    if not words or not words.isprintable() or _FORBIDDEN.search(words):
        raise UsageError(
            f"The {name} {value!r} cannot be used.",
            hint="Give a name without quotes, brackets and parentheses.",
        )
    return f'"{words}"[{field}]'


def _released(since: str | None, until: str | None) -> str | None:
    if since is None and until is None:
        return None
    first = _days("since", since)[0] if since is not None else None
    last = _days("until", until)[1] if until is not None else None
    if first and last and first > last:
        raise UsageError(f"since ({since}) is later than until ({until}).", hint="Swap the two dates.")
    return _range("PDAT", first, last)


def _range(field: str, first: date | None, last: date | None) -> str:
    return f'("{_spelt(first, _FIRST_DAY)}"[{field}] : "{_spelt(last, _LAST_DAY)}"[{field}])'


def _days(name: str, value: str) -> tuple[date, date]:
    """Return the first and the last day of a year, a month or a day."""
    match = _DATE.fullmatch(value.strip())
    try:
        if match is None:
            raise ValueError
        year, first_month, first_day = int(match[1]), int(match[2] or 1), int(match[3] or 1)
        last_month = int(match[2] or 12)
        last_day = int(match[3] or monthrange(year, last_month)[1])
        return date(year, first_month, first_day), date(year, last_month, last_day)
    except ValueError:
        raise UsageError(
            f"The date {value!r} of {name} does not exist.", hint="Write it as YYYY, YYYY-MM or YYYY-MM-DD."
        ) from None


def _spelt(day: date | None, otherwise: str) -> str:
    return day.isoformat().replace("-", "/") if day else otherwise


def _enclosed(words: str) -> str:
    """Put words in parentheses; a stray one or a quote would pair with one of a filter and change its meaning."""
    depth = 0
    outside = words.split('"')[::2]
    for letter in "".join(outside):
        depth += (letter == "(") - (letter == ")")
        if depth < 0:
            break
    if depth != 0 or words.count('"') % 2:
        raise UsageError(
            "Quotes or parentheses of the search words do not pair.",
            hint="Close every one, or leave the filters out.",
        )
    return f"({words})"
