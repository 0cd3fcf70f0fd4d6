"""The client: searches, pages of records, accessions."""

from __future__ import annotations

import random as random_module
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import batched
from types import TracebackType
from typing import TYPE_CHECKING, Self

from alembic_db.entrez.fetch import FailedUid, FetchedPage, Fetcher, PageScan
from alembic_db.entrez.limiter import Limiter, shared_limiter
from alembic_db.entrez.resolve import resolve
from alembic_db.entrez.search import Found, Searcher
from alembic_db.entrez.settings import EntrezSettings
from alembic_db.entrez.split import search_by_date
from alembic_db.entrez.summaries import LARGEST_PAGE as LARGEST_SUMMARY_PAGE
from alembic_db.entrez.summaries import Summary, summaries
from alembic_db.entrez.transport import Transport
from alembic_db.errors import ListTooLongError

if TYPE_CHECKING:
    import requests


class EntrezClient:
    """Asks Entrez about db=sra; close it, or use it as a context manager.

    A session that is given stays open. Without a limiter, all processes of the user share one per address
    and key.
    """

    def __init__(
        self,
        settings: EntrezSettings,
        *,
        session: requests.Session | None = None,
        limiter: Limiter | None = None,
        sleep: Callable[[float], None] = time.sleep,
        random: Callable[[], float] = random_module.random,
    ) -> None:
        from alembic_db.entrez.wire import Wire  # late: requests takes 0.1 s to import

        self._wire = Wire(settings, session)
        pace = limiter or shared_limiter(settings, sleep=sleep)
        self._transport = Transport(settings, self._wire, pace, sleep=sleep, random=random)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; threads that are still asking end with an error."""
        self._transport.close()
        self._wire.close()

    def count(self, term: str) -> Found:
        """Ask how many records match, for no UIDs."""
        return Searcher(self._transport, term).count()

    def search(self, term: str, *, limit: int | None) -> Found:
        """Ask for the UIDs of the newest `limit` records that match, or of all of them."""
        try:
            return Searcher(self._transport, term).search(limit)
        except ListTooLongError:
            return search_by_date(self._transport, term, limit)

    def summaries(self, uids: Sequence[str]) -> dict[str, Summary]:
        """Ask which experiments UIDs are and when they were last updated; what NCBI does not tell is left out."""
        return {
            uid: summary
            for page in batched(uids, LARGEST_SUMMARY_PAGE)
            for uid, summary in summaries(self._transport, page).items()
        }

    def fetcher(self, found: Found, *, scan: Callable[[bytes], PageScan], page_size: int = 200) -> Fetcher:
        """Return what fetches the records of a search page by page, from as many threads as one likes."""
        return Fetcher(self._transport, found, scan, page_size)

    def fetch(
        self, found: Found, *, scan: Callable[[bytes], PageScan], page_size: int = 200
    ) -> Iterator[FetchedPage | FailedUid]:
        """Yield the records of a search in whole pages, and every UID that NCBI does not give.

        EntrezTransientError if the server is down, EntrezPermanentError if it refuses to be asked; pages that
        were yielded before stay valid.
        """
        return iter(self.fetcher(found, scan=scan, page_size=page_size))

    def resolve(self, accessions: Sequence[str]) -> Iterator[Found]:
        """Search for the records of accessions of any kind; UsageError names those that are none."""
        return resolve(self._transport, accessions)
