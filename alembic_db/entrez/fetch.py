"""Fetch the records of a search, page by page, until every UID is either had or named as failed.

A page that does not come whole is asked for again, then by its UIDs, then in halves down to single UIDs: one
record that breaks every page it is in costs a number of requests that grows with the logarithm of the page.

Splitting must not turn an outage into hundreds of requests. When both halves of a page fail, and before a
single UID is given up for a fault of the server or the network, a record that came before is asked for again;
where none has come yet and the server only reports faults, a few from all over the search. If none of them
comes, the server is down: EntrezTransientError, and what was yielded before stays valid.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, Protocol

from alembic_db.entrez.faults import AGAIN
from alembic_db.entrez.search import LARGEST_PAGE, Found
from alembic_db.errors import (
    EntrezTransientError,
    HistoryLostError,
    InputError,
    PageTooLargeError,
    UsageError,
)

_TRIES = 3  # of a page or a single UID whose answer is not whole
_PROBES = 4
_PROBE_TRIES = 2  # each with its own pause
_EFETCH = {"db": "sra", "rettype": "full", "retmode": "xml"}


@dataclass(frozen=True)
class PageScan:
    """What a body holds: experiment accessions of its whole packages, in order.

    `error` says why the body itself is not whole ("breaks off in line 3."), None if it is. `content` is whatever
    the scan has read anyway and need not be read again.
    """

    accessions: tuple[str, ...]
    error: str | None
    content: Any = None


@dataclass(frozen=True)
class FetchedPage:
    """A whole page."""

    body: bytes
    uids: tuple[str, ...]
    accessions: tuple[str, ...]
    content: Any = None  # of its scan


@dataclass(frozen=True)
class FailedUid:
    """A UID that NCBI lists but does not give, with its last answer if there was any."""

    uid: str
    message: str
    body: bytes | None


@dataclass(frozen=True)
class _Failure:
    """Why a page did not come."""

    message: str
    body: bytes | None = None
    outage: EntrezTransientError | None = None  # a fault of the server or the network, not of the page
    too_large: bool = False


class Asker(Protocol):
    """The part of Transport that is needed here."""

    def ask_xml(self, call: str, fields: Mapping[str, str], *, tries: int | None = None) -> bytes:
        """Return the body of an XML answer."""

    def back_off(self, failures: int, at_least: float | None = None) -> None:
        """Wait after so many failures in a row."""


class Fetcher:
    """Fetches the UIDs of one search: iterate it once, or ask for its pages from several threads."""

    def __init__(self, asker: Asker, found: Found, scan: Callable[[bytes], PageScan], page_size: int) -> None:
        if not 1 <= page_size <= LARGEST_PAGE:
            raise UsageError(f"The page size {page_size} cannot be used.", hint=f"Give 1 to {LARGEST_PAGE}.")
        self._asker = asker
        self._scan = scan
        self.page_size = page_size  # shrinks where the server gives less at once
        self._uids = found.uids
        self._history = _history(found)
        self._seen: set[str] = set()
        self._good_uid: str | None = None
        self._lock = Lock()
        self._expected: dict[str, str] = {}  # experiments by UID

    def __iter__(self) -> Iterator[FetchedPage | FailedUid]:
        start = 0
        while start < len(self._uids):
            uids = self._uids[start : start + self.page_size]
            yield from self.page(uids, start)
            start += len(uids)

    def page(
        self, uids: tuple[str, ...], start: int | None = None, expected: Mapping[str, str] | None = None
    ) -> Iterator[FetchedPage | FailedUid]:
        """Fetch some of the UIDs.

        `start` is the place of the first in the search's history, if that is to be used. `expected` says which
        experiment a UID is, where that is known: a page that holds another one is not taken.
        """
        with self._lock:
            self._expected.update(expected or {})
        outcome = self._by_history(start, uids)
        if outcome is None:
            outcome = self._patiently(uids)
        elif isinstance(outcome, _Failure) and not outcome.too_large:
            outcome = self._ask(_id_fields(uids), uids, tries=1)
            if isinstance(outcome, FetchedPage):
                self._history = None  # it is to blame, not the records
        if isinstance(outcome, FetchedPage):
            yield outcome
        elif outcome.too_large and len(uids) > 1:
            self.page_size = len(uids) // 2
            yield from self._halves(uids)
        else:
            yield from self._settle(uids, outcome)

    def _by_history(self, start: int | None, uids: tuple[str, ...]) -> FetchedPage | _Failure | None:
        """Ask for a page by its place in the history; None once there is no history to go by."""
        history = self._history
        if history is None or start is None:
            return None
        fields = {**history, "retstart": str(start), "retmax": str(len(uids))}
        try:
            return self._repeatedly(fields, uids)
        except HistoryLostError:
            self._history = None
            return None

    def _patiently(self, uids: tuple[str, ...]) -> FetchedPage | _Failure:
        return self._repeatedly(_id_fields(uids), uids)

    def _repeatedly(self, fields: Mapping[str, str], uids: tuple[str, ...]) -> FetchedPage | _Failure:
        """Ask until the page is whole; faults of the server have been retried by the asker already."""
        failures = 0
        while True:
            outcome = self._ask(fields, uids, tries=None)
            failures += 1
            if isinstance(outcome, FetchedPage) or outcome.outage or outcome.too_large or failures == _TRIES:
                return outcome
            self._asker.back_off(failures)

    def _ask(self, fields: Mapping[str, str], uids: tuple[str, ...], tries: int | None) -> FetchedPage | _Failure:
        try:
            body = self._asker.ask_xml("efetch.fcgi", {**_EFETCH, **fields}, tries=tries)
        except PageTooLargeError as error:
            return _Failure(str(error), too_large=True)
        except EntrezTransientError as error:
            if isinstance(error, HistoryLostError) and "WebEnv" in fields:
                raise
            return _Failure(error.message, outage=error)
        return self._checked(body, uids)

    def _checked(self, body: bytes, uids: tuple[str, ...]) -> FetchedPage | _Failure:
        try:
            scan = self._scan(body)
        except InputError as error:
            return _Failure(str(error), body)
        with self._lock:
            problem = self._problem(scan, uids)
            if problem:
                return _Failure(problem, body)
            self._seen.update(scan.accessions)
        self._good_uid = uids[0]
        return FetchedPage(body, uids, scan.accessions, scan.content)

    def _problem(self, scan: PageScan, uids: tuple[str, ...]) -> str | None:
        """Tell why a body is not the page of these UIDs, no record of which was had before."""
        repeated = self._seen.intersection(scan.accessions)
        missing = {self._expected[uid] for uid in uids if uid in self._expected}.difference(scan.accessions)
        if scan.error:
            return f"NCBI's answer {scan.error}"
        if len(scan.accessions) != len(uids):
            return f"NCBI gave {len(scan.accessions)} of {len(uids)} records."
        if missing:
            return f"NCBI gave other records than it was asked for: {min(missing)} is not among them."
        if repeated:
            return f"NCBI gave {min(repeated)} again, which it has given for another UID."
        if len(set(scan.accessions)) != len(uids):
            return "NCBI gave one record more than once."
        return None

    def _settle(self, uids: tuple[str, ...], failure: _Failure) -> Iterator[FetchedPage | FailedUid]:
        """Find the UIDs that are to blame, and yield the rest."""
        if len(uids) > 1:
            yield from self._halves(uids)
            return
        outcome = self._patiently(uids)
        if isinstance(outcome, FetchedPage):
            yield outcome
            return
        if outcome.outage:
            self._check_alive(uids, [outcome])
        yield FailedUid(uids[0], outcome.message, outcome.body)

    def _halves(self, uids: tuple[str, ...]) -> Iterator[FetchedPage | FailedUid]:
        middle = len(uids) // 2
        halves = (uids[:middle], uids[middle:])
        outcomes = [self._ask(_id_fields(half), half, tries=1) for half in halves]
        failures = [outcome for outcome in outcomes if isinstance(outcome, _Failure)]
        if len(failures) == len(halves) and not any(failure.too_large for failure in failures):
            self._check_alive(uids, failures)
        for half, outcome in zip(halves, outcomes, strict=True):
            if isinstance(outcome, FetchedPage):
                yield outcome
            else:
                yield from self._settle(half, outcome)

    def _check_alive(self, failing: tuple[str, ...], failures: Sequence[_Failure]) -> None:
        """Raise EntrezTransientError unless the server still gives other records."""
        outages = [failure.outage for failure in failures if failure.outage]
        if self._good_uid:
            alive = any(self._is_given(uid, _PROBE_TRIES) for uid in (self._good_uid,) * _TRIES)
        elif len(outages) == len(failures):
            others = (uid for uid in _spread(self._uids) if (uid,) != failing)
            alive = any(self._is_given(uid, 1) for uid in others)
        else:
            return  # it answers, and nothing says yet that it could give more
        if not alive:
            raise outages[0] if outages else _gone(failures[0].message)

    def _is_given(self, uid: str, tries: int) -> bool:
        try:
            scan = self._scan(self._asker.ask_xml("efetch.fcgi", _EFETCH | _id_fields((uid,)), tries=tries))
        except (EntrezTransientError, PageTooLargeError, InputError):
            return False
        self._good_uid = uid if scan.accessions else self._good_uid
        return bool(scan.accessions)


def _gone(message: str) -> EntrezTransientError:
    return EntrezTransientError(f"NCBI no longer gives records that it gave before. {message}", hint=AGAIN)


def _id_fields(uids: tuple[str, ...]) -> dict[str, str]:
    return {"id": ",".join(uids), "retstart": "0", "retmax": str(len(uids))}


def _history(found: Found) -> dict[str, str] | None:
    if not found.webenv or not found.query_key:
        return None
    return {"WebEnv": found.webenv, "query_key": found.query_key}


def _spread(uids: tuple[str, ...]) -> list[str]:
    """Return a few UIDs from all over the search."""
    last = len(uids) - 1
    places = {round(last * part / (_PROBES - 1)) for part in range(_PROBES)}
    return [uids[place] for place in sorted(places)]
