"""What of a search has to be fetched: what is new, and what may have changed since it was stored.

NCBI's word for "changed" is a day, the update date of a summary. A record is fetched again where that day is another
than when it was stored, or so late that it may have changed after. Where many records are stored, a search for what
was touched since says which of them need be looked at; that index lags a day or more (pysradb#221), so it reaches
back some days further.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from alembic_db.accession import find_kind
from alembic_db.errors import EntrezTransientError, UsageError
from alembic_db.reports import ProblemLine
from alembic_db.store.ledger import Origin

if TYPE_CHECKING:
    from alembic_db.entrez import EntrezClient, Fetcher, Found, Summary
    from alembic_db.store.listing import Gone, Known, Listing

OVERLAP = timedelta(days=3)
# Up to so many stored records are asked for their dates one by one: as cheap as a search for what was touched.
FEW_KNOWN = 500
SUMMARIES = 500  # at once

type Summaries = Callable[[Sequence[str]], dict[str, Summary]]


@dataclass(frozen=True)
class Page:
    """Some UIDs to fetch together, what NCBI says of them, and when it was asked (UTC)."""

    uids: tuple[str, ...]
    start: int | None  # the place of the first in the search's history, where it can be used
    summaries: Mapping[str, Summary]
    asked_at: datetime

    def origins(self, uids: Sequence[str], accessions: Sequence[str]) -> Iterator[Origin]:
        """Say which UID each fetched record is; one that no summary tells is the one that is left, if only one is."""
        by_accession = {self.summaries[uid].accession: uid for uid in uids if uid in self.summaries}
        left = [uid for uid in uids if self._accession(uid) not in accessions]
        strangers = [accession for accession in accessions if accession not in by_accession]
        if len(left) == len(strangers) == 1:
            by_accession[strangers[0]] = left[0]
        for accession in accessions:
            uid = by_accession.get(accession)
            if uid is not None:
                said = self.summaries.get(uid)
                dates = (said.create_date, said.update_date) if said else (None, None)
                yield Origin(uid, accession, *dates, self.asked_at)

    @property
    def expected(self) -> dict[str, str]:
        """Which experiment each UID is, where a summary tells."""
        return {uid: said.accession for uid, said in self.summaries.items() if said.accession}

    def _accession(self, uid: str) -> str | None:
        return self.summaries[uid].accession if uid in self.summaries else None


@dataclass
class Plan:
    """What is to be fetched for sure, and what NCBI's dates have to decide; of all the rest nothing is asked."""

    found: Found
    unknown: Sequence[str]
    doubtful: Mapping[str, Known | None]  # None: to be fetched whatever its date says
    problems: list[ProblemLine] = field(default_factory=list)
    _without_summaries: bool = False

    @property
    def candidates(self) -> int:
        """How many records are fetched at most."""
        return len(self.unknown) + len(self.doubtful)

    @property
    def to_fetch(self) -> Found:
        """What a fetcher has to know: with the search's history only where all of it is fetched in its order."""
        if list(self.unknown) == list(self.found.uids):
            return self.found
        return self.found.only([*self.unknown, *self.doubtful])

    def pages(self, summarise: Summaries, fetcher: Fetcher) -> Iterator[Page]:
        """Yield what is to be fetched, page by page, asking for summaries on the way."""
        start = 0
        for uids, said, asked_at in self._decided(summarise):
            while uids:
                page = tuple(uids[: fetcher.page_size])
                uids = uids[len(page) :]
                yield Page(page, start, {uid: said[uid] for uid in page if uid in said}, asked_at)
                start += len(page)

    def preview(self, summarise: Summaries) -> tuple[list[str], list[str]]:
        """Return the UIDs of stored records that would be fetched again, and the accessions of the unknown ones."""
        again: list[str] = []
        accessions: list[str] = []
        for uids, said, _ in self._decided(summarise):
            again += [uid for uid in uids if uid in self.doubtful]
            accessions += [said[uid].accession or "" for uid in uids if uid in said and uid not in self.doubtful]
        return again, accessions

    def _decided(self, summarise: Summaries) -> Iterator[tuple[list[str], dict[str, Summary], datetime]]:
        waiting = iter([*self.unknown, *self.doubtful])
        while chunk := list(islice(waiting, SUMMARIES)):
            asked_at = _now()
            said = self._summaries(summarise, chunk)
            wanted = [uid for uid in chunk if _may_differ(self.doubtful.get(uid), said.get(uid))]
            if wanted:
                yield wanted, said, asked_at

    def _summaries(self, summarise: Summaries, uids: Sequence[str]) -> dict[str, Summary]:
        """Ask for summaries; a service that fails costs the knowledge of dates, not the records."""
        if self._without_summaries:
            return {}
        try:
            return summarise(uids)
        except EntrezTransientError as error:
            self._without_summaries = True
            message = f"NCBI gives no summaries now; the next run fetches some records again ({error.message})"
            self.problems.append(ProblemLine("resolve", message, counts_as_record=False))
            return {}


def make_plan(client: EntrezClient, listing: Listing, founds: Sequence[Found], *, full: bool) -> Plan:
    """Find out what of one or more searches, which `listing` lists together, has to be fetched."""
    found = founds[0] if len(founds) == 1 else joined(founds)
    unknown = listing.unknown()
    if set(unknown) == set(found.uids):
        unknown = list(found.uids)
    count, since = listing.known_span()
    if full:
        new = set(unknown)
        return Plan(found, unknown, dict.fromkeys(uid for uid in found.uids if uid not in new))
    if count <= FEW_KNOWN or since is None or len(founds) > 1:
        return Plan(found, unknown, listing.known())
    return Plan(found, unknown, _touched(client, listing, found, since))


def joined(founds: Sequence[Found]) -> Found:
    """Put several searches together into one list of UIDs, each once."""
    from alembic_db.entrez import Found

    uids = dict.fromkeys(uid for found in founds for uid in found.uids)
    return Found(term=" ".join(found.term for found in founds), count=len(uids), uids=tuple(uids))


def _touched(client: EntrezClient, listing: Listing, found: Found, since: datetime) -> Mapping[str, Known]:
    from alembic_db.entrez import touched_term

    try:
        term = touched_term(found.term, (since - OVERLAP).date())
    except UsageError:  # its quotes or parentheses do not pair: nothing can be added to it
        return listing.known()
    return listing.touched(client.search(term, limit=None).uids)


def _may_differ(known: Known | None, said: Summary | None) -> bool:
    """Tell whether what is stored may not be what NCBI has."""
    if known is None or said is None or said.update_date is None or said.update_date != known.update_date:
        return True
    return said.update_date >= f"{known.fetched_at - OVERLAP:%Y/%m/%d}"


def still_there(client: EntrezClient, gone: Sequence[Gone], alive: str | None) -> set[str]:
    """Ask NCBI which of these experiments it has still, though a search no longer finds them.

    It is asked twice: for their accessions, and for the summaries of the UIDs of those that it does not find so.
    `alive` is one that it surely has: where it does not find that one either, nothing it says can be believed.
    EntrezTransientError then.
    """
    asked = [hit.accession for hit in gone if find_kind(hit.accession)]
    found = {hit.accession for hit in gone} - set(asked)  # no accession of NCBI's: it cannot be asked
    found |= set(_by_accession(client, [*asked, *([alive] if alive else [])]))
    uids = [hit.uid for hit in gone if hit.uid and hit.accession not in found]
    found |= {said.accession for said in client.summaries(uids).values() if said.accession}
    if alive and alive not in found:
        raise EntrezTransientError(
            f"NCBI finds none of {len(gone)} records, nor {alive}, which it has.",
            hint="Run the same command again in a while.",
        )
    return found


def _by_accession(client: EntrezClient, accessions: Sequence[str]) -> Iterator[str]:
    for found in client.resolve(accessions):
        yield from (said.accession for said in client.summaries(found.uids).values() if said.accession)


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
