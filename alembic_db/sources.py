"""Where records come from: pages of Entrez, or files. Both give records, and name what they could not give."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from alembic_db.errors import InputError
from alembic_db.files import xml_streams
from alembic_db.reports import ProblemLine
from alembic_db.sra import XmlReader, XmlRecord, page_accessions

if TYPE_CHECKING:
    from alembic_db.entrez import EntrezClient, Found, PageScan


def fetched_records(
    client: EntrezClient, founds: Iterable[Found], page_size: int, problems: list[ProblemLine]
) -> Iterator[XmlRecord]:
    """Yield the records of searches, page by page; a UID that NCBI does not give becomes a problem."""
    from alembic_db.entrez import FailedUid

    for found in founds:
        for page in client.fetch(found, scan=_scan, page_size=page_size):
            if isinstance(page, FailedUid):
                problems.append(ProblemLine("fetch", page.message, uid=page.uid))
                continue
            reader = XmlReader([page.body], "NCBI's answer")
            yield from reader
            problems.extend(reader.problems)


def _scan(body: bytes) -> PageScan:
    from alembic_db.entrez import PageScan

    return PageScan(*page_accessions(body))


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
