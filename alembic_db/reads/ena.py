"""The file report of ENA's portal: FASTQ that ENA made, files as submitted, and its copies of SRA files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from alembic_db.accession import AccessionKind, find_kind
from alembic_db.errors import ReadsTransientError
from alembic_db.reads.answer import Answer
from alembic_db.reads.link import Link, Source, known_md5, known_size, name_in, safe_name
from alembic_db.reads.service import AGAIN, Service

BATCH = 200
_FILES = {"fastq": ("fastq", Source.ENA), "submitted": ("submitted", Source.ORIGINAL), "sra": ("sra", Source.ENA)}
_NAMES = (
    "run_accession", "experiment_accession", "sample_accession", "secondary_sample_accession", "study_accession",
    "secondary_study_accession", "submission_accession",
)  # fmt: skip
_FIELDS = (*_NAMES, *(f"{kind}_{what}" for kind in _FILES for what in ("ftp", "bytes", "md5")))


def ask_ena(service: Service, accessions: Sequence[str]) -> Answer:
    """Ask for the files of runs; accessions of other kinds stand for all of their runs.

    A row that names none of the accessions asked is left out: no service is trusted to answer what was asked.
    """
    form = [
        ("accession", ",".join(accessions)), ("result", "read_run"), ("fields", ",".join(_FIELDS)),
        ("format", "json"), ("limit", "0"),
    ]  # fmt: skip
    answer = Answer()
    asked = set(accessions)
    for row in service.ask("filereport", form, _rows):
        names = {_text(row, name) for name in _NAMES}
        said = {part for name in names for part in name.split(";")} & asked
        run, experiment = _text(row, "run_accession"), _text(row, "experiment_accession")
        if said and find_kind(run) is AccessionKind.RUN:
            answer.add(said, run, list(ena_links(row)), _refusal(row), experiment)
    return answer


def _rows(reply: Any) -> list[dict[str, Any]]:
    if reply is None:
        return []
    if not isinstance(reply, list) or not all(isinstance(row, dict) for row in reply):
        raise ReadsTransientError("The answer of ENA is not a list of runs.", hint=AGAIN)
    return reply


def ena_links(row: Mapping[str, Any]) -> Iterator[Link]:
    """Yield the links of one row of a file report; values joined by `;` belong together by their place."""
    run = _text(row, "run_accession")
    for field, (kind, source) in _FILES.items():
        urls = _text(row, f"{field}_ftp").split(";")
        sizes, sums = (_parallel(row, f"{field}_{what}", len(urls)) for what in ("bytes", "md5"))
        for url, size, md5 in zip_longest(urls, sizes, sums):
            address = https_address(url or "")
            if address:
                name = safe_name(name_in(address), run)
                yield Link(run, source, kind, address, name, known_size(size), known_md5(md5))


def https_address(text: str) -> str | None:
    """Return an address as https, which ENA's FTP server speaks on the same paths; None if it is no address."""
    scheme, sign, rest = text.strip().rpartition("://")
    host = rest.partition("/")[0]
    if not host or "/" not in rest or "." not in host or any(map(str.isspace, rest)):
        return None
    return f"http://{rest}" if sign and scheme == "http" else f"https://{rest}"


def _parallel(row: Mapping[str, Any], name: str, count: int) -> list[str]:
    """Return values that stand beside `count` others, none of them if their number is another."""
    values = _text(row, name).split(";")
    return values if len(values) == count else []


def _refusal(row: Mapping[str, Any]) -> str | None:
    """Return what ENA says in place of addresses: `Protected file(s). Go to dbGap`."""
    said = (_text(row, f"{field}_ftp") for field in _FILES)
    return next((text for text in said if "protected" in text.lower() and https_address(text) is None), None)


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return value.strip() if isinstance(value, str) else "" if value is None else str(value)
