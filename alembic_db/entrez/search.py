"""Search: how many records match, and their UIDs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from alembic_db.entrez.query import clean_term
from alembic_db.entrez.transport import Transport
from alembic_db.errors import UsageError

LARGEST_PAGE = 10_000  # UIDs that NCBI lists in one answer
_NO_HITS = "No items found."


@dataclass(frozen=True)
class Found:
    """What a search found: `count` records at NCBI, of which those of `uids` are to be fetched, newest first.

    `webenv` and `query_key` name the search on NCBI's history server; where they are set, `uids` are its
    first records, in its order. Take fewer with `only`, which lets go of the history.
    """

    term: str
    count: int
    uids: tuple[str, ...] = ()
    webenv: str | None = None
    query_key: str | None = None
    translation: str | None = None
    not_found: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def only(self, uids: Iterable[str]) -> Self:
        """Return this search with other UIDs to fetch."""
        return replace(self, uids=tuple(uids), webenv=None, query_key=None)


@dataclass(frozen=True)
class ListPage:
    """One answer of esearch."""

    count: int
    uids: tuple[str, ...]
    webenv: str | None
    query_key: str | None
    translation: str | None
    not_found: tuple[str, ...]
    warnings: tuple[str, ...]


class Searcher:
    """Asks esearch for one term."""

    def __init__(self, transport: Transport, term: str, db: str = "sra") -> None:
        self._transport = transport
        self._db = db
        self.term = clean_term(term)
        if not self.term:
            raise UsageError("There is nothing to search for.", hint="Give search words or a filter.")

    def page(self, start: int, size: int, *, history: bool = False) -> ListPage:
        """Ask for `size` UIDs from `start` on; with `history`, NCBI keeps the search."""
        fields = {"db": self._db, "term": self.term, "retstart": str(start), "retmax": str(size)}
        if history:
            fields["usehistory"] = "y"
        return self._transport.ask_json("esearch.fcgi", fields, read_list_page)

    def count(self) -> Found:
        """Ask how many there are."""
        return self._found(self.page(0, 0), ())

    def search(self, limit: int | None) -> Found:
        """Ask for the newest `limit` UIDs, or for all."""
        if limit is not None and limit < 1:
            raise UsageError(f"The limit {limit} leaves nothing to fetch.", hint="Give 1 or more.")
        first = self.page(0, min(limit or LARGEST_PAGE, LARGEST_PAGE), history=True)
        listing = _Listing(self, first, limit)
        listing.read()
        found = replace(self._found(first, tuple(listing.uids)), count=listing.count)
        if len(found.uids) < listing.wanted:
            short = f"NCBI announced {listing.wanted} records and listed {len(found.uids)}, asked twice."
            found = replace(found, warnings=(*found.warnings, short))
        return found if listing.in_order else found.only(found.uids)

    def _found(self, page: ListPage, uids: tuple[str, ...]) -> Found:
        return Found(
            term=self.term,
            count=page.count,
            uids=uids,
            webenv=page.webenv,
            query_key=page.query_key,
            translation=page.translation,
            not_found=page.not_found,
            warnings=page.warnings,
        )


class _Listing:
    """The UIDs of a search, page by page; `in_order` tells that they are the first ones of its history.

    Records that come or go while pages are read shift the rest: a page then repeats UIDs or lacks some.
    """

    def __init__(self, searcher: Searcher, first: ListPage, limit: int | None) -> None:
        self._searcher = searcher
        self._first = first
        self._limit = limit
        self.count = first.count
        self._seen: dict[str, None] = {}
        self.in_order = True

    @property
    def wanted(self) -> int:
        return self.count if self._limit is None else min(self._limit, self.count)

    @property
    def uids(self) -> list[str]:
        return list(self._seen)[: self.wanted]

    def read(self) -> None:
        start = 0
        while start < self.wanted:
            start += self._read_page(start, min(LARGEST_PAGE, self.wanted - start))
        missing = self.wanted - len(self._seen)
        if missing > 0 and self.wanted > LARGEST_PAGE:  # shifted beyond the last page
            self._add(self._searcher.page(self.wanted, missing).uids)

    def _read_page(self, start: int, due: int) -> int:
        """Read a page, a second time if it is short; return how far to go on."""
        uids = self._first.uids if start == 0 else self._searcher.page(start, due).uids
        if not self._lacks(uids, due):
            return self._add(uids[:due])
        second = self._searcher.page(start, due)
        again = second.uids
        left = min(due, max(second.count - start, len(set(uids))))
        if not self._lacks(again, left):
            if left < due:  # the count was wrong before, or records went
                self.count = second.count
                self.in_order = self.in_order and again[:left] == uids
            return self._add(again[:left])
        self.in_order = False
        known = len(self._seen)
        longest = max(self._add(uids), self._add(again))
        # A server that lists less at once than it says is asked for the rest; one that repeats itself is not.
        return min(longest, due) if len(self._seen) > known else due

    def _lacks(self, uids: tuple[str, ...], due: int) -> bool:
        return len(set(uids[:due]) - self._seen.keys()) < due

    def _add(self, uids: tuple[str, ...]) -> int:
        self._seen.update(dict.fromkeys(uids))
        return len(uids)


def read_list_page(answer: Mapping[str, Any]) -> ListPage:
    """Read esearch's JSON; KeyError, TypeError or ValueError where it is not of its shape."""
    result = answer["esearchresult"]
    errors, warnings = result.get("errorlist") or {}, result.get("warninglist") or {}
    said = [
        *(f"NCBI has no field {name}." for name in _texts(errors, "fieldsnotfound")),
        *(f"NCBI ignored {phrase}." for phrase in _texts(warnings, "phrasesignored")),
        *(text for text in _texts(warnings, "outputmessages") if text != _NO_HITS),
    ]
    missing = (*_texts(errors, "phrasesnotfound"), *_texts(warnings, "quotedphrasesnotfound"))
    return ListPage(
        count=_number(result["count"]),
        uids=tuple(str(_number(uid)) for uid in result.get("idlist") or ()),
        webenv=result.get("webenv") or None,
        query_key=str(result["querykey"]) if result.get("querykey") else None,
        translation=result.get("querytranslation") or None,
        not_found=tuple(dict.fromkeys(missing)),
        warnings=tuple(dict.fromkeys(said)),
    )


def _number(text: object) -> int:
    number = int(str(text))
    if not 0 <= number < 1 << 63:
        raise ValueError(text)
    return number


def _texts(lists: Mapping[str, Any], name: str) -> list[str]:
    """Return messages on one line each: they are shown to the user."""
    return [" ".join(str(text).split()) for text in lists.get(name) or ()]
