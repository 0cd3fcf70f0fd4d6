"""List a search that NCBI does not list to its end: by date of release, in ranges that are short enough."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from alembic_db.entrez.query import released_term, unreleased_term
from alembic_db.entrez.search import LARGEST_PAGE, Found, Searcher
from alembic_db.entrez.transport import Transport

_FIRST_DAY, _LAST_DAY = date(1900, 1, 1), date(3000, 12, 31)


def search_by_date(transport: Transport, term: str, limit: int | None) -> Found:
    """Search range by range and put the lists together, newest UID first.

    UsageError for a term that cannot be joined with a date.
    """
    uids: dict[str, None] = {}
    warnings: list[str] = []
    for found in _ranges(transport, term):
        uids.update(dict.fromkeys(found.uids))
        warnings += found.warnings
    newest_first = sorted(uids, key=int, reverse=True)
    whole = Searcher(transport, term).count()
    return Found(
        whole.term, len(newest_first), tuple(newest_first[:limit]),
        translation=whole.translation, not_found=whole.not_found, warnings=tuple(dict.fromkeys(warnings)),
    )  # fmt: skip


def _ranges(transport: Transport, term: str) -> Iterator[Found]:
    soon = datetime.now(UTC).date() + timedelta(days=2)
    waiting = [(soon, _LAST_DAY), (_FIRST_DAY, soon - timedelta(days=1))]
    while waiting:
        first, last = waiting.pop()
        searcher = Searcher(transport, released_term(term, first, last))
        count = searcher.count().count
        if count <= LARGEST_PAGE:
            if count:
                yield searcher.search(None)
        elif first == last:
            yield _first_of_day(searcher, first, count)
        else:
            middle = first + (last - first) // 2
            waiting += [(first, middle), (middle + timedelta(days=1), last)]
    undated = Searcher(transport, unreleased_term(term))
    if undated.count().count:
        yield undated.search(LARGEST_PAGE)


def _first_of_day(searcher: Searcher, day: date, count: int) -> Found:
    found = searcher.search(LARGEST_PAGE)
    warning = f"NCBI lists only {len(found.uids)} of the {count} records released on {day}."
    return Found(found.term, count, found.uids, warnings=(*found.warnings, warning))
