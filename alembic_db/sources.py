"""Where records come from: pages of Entrez, or files. Both give records, and name what they could not give."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from alembic_db.errors import InputError
from alembic_db.files import xml_streams
from alembic_db.net.ahead import ahead
from alembic_db.reports import ProblemLine
from alembic_db.sra import XmlReader, XmlRecord

if TYPE_CHECKING:
    from alembic_db.entrez import EntrezClient, FailedUid, FetchedPage, Found, PageScan
    from alembic_db.planning import Page, Plan
    from alembic_db.store.ledger import Origin


def fetched_records(
    client: EntrezClient,
    plan: Plan,
    page_size: int,
    connections: int,
    problems: list[ProblemLine],
    origins: dict[str, Origin],
) -> Iterator[XmlRecord]:
    """Yield the records that a plan wants, while the pages after them are on their way.

    A UID that NCBI does not give becomes a problem. What is known of a record is in `origins` before it comes.
    """
    from alembic_db.entrez import FailedUid

    fetcher = client.fetcher(plan.to_fetch, scan=_scan, page_size=page_size)

    def fetch(page: Page) -> Iterator[tuple[Page, FetchedPage | FailedUid]]:
        for item in fetcher.page(page.uids, page.start, page.expected):
            yield page, item

    arrived = ahead(plan.pages(client.summaries, fetcher), fetch, connections, room=connections)
    with closing(arrived):
        for page, item in arrived:
            if isinstance(item, FailedUid):
                problems.append(ProblemLine("fetch", item.message, uid=item.uid))
                continue
            records, read_problems = item.content
            problems.extend(read_problems)
            origins.update((each.accession, each) for each in page.origins(item.uids, item.accessions))
            yield from records
    problems.extend(plan.problems)


def _scan(body: bytes) -> PageScan:
    """Read a page, in the thread that fetched it."""
    from alembic_db.entrez import PageScan

    reader = XmlReader([body], "NCBI's answer")
    records = list(reader)
    accessions = tuple(record.accession for record in records if record.record_type == "package")
    return PageScan(accessions, reader.error, (records, reader.problems))


def search_problems(founds: Sequence[Found]) -> Iterator[ProblemLine]:
    """Name what NCBI did not know of searches; it stands for no record."""
    for found in founds:
        for phrase in found.not_found:
            message = f"NCBI finds nothing for {phrase}."
            yield ProblemLine("resolve", message, accession=phrase, counts_as_record=False)
        for warning in found.warnings:
            yield ProblemLine("resolve", warning, counts_as_record=False)


def file_records(paths: Sequence[Path], problems: list[ProblemLine]) -> Iterator[XmlRecord]:
    """Yield the records of XML files, folders and archives; what is broken or holds none becomes a problem."""
    for path in paths:
        try:
            for stream in xml_streams(path):
                yield from _stream_records(XmlReader(stream.chunks, stream.source), problems)
        except InputError as error:  # a folder without XML: the paths after it are still read
            problems.append(ProblemLine("parse", str(error), source=str(path), counts_as_record=False))


def _stream_records(reader: XmlReader, problems: list[ProblemLine]) -> Iterator[XmlRecord]:
    empty = True
    for record in reader:
        empty = False
        yield record
    if empty and not reader.problems:
        message = "holds no SRA record (EXPERIMENT_PACKAGE, STUDY, SAMPLE, EXPERIMENT, RUN or SUBMISSION)."
        problems.append(ProblemLine("parse", message, source=reader.source, counts_as_record=False))
    problems.extend(reader.problems)
