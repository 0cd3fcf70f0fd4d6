"""From accessions to searches.

efetch must never be asked by accession: it reads the digits as a UID and gives another record (rentrez#173,
fetchngs#314). esearch knows accessions; series of GEO are looked up in db=gds first, which names their study.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import batched
from typing import Any

from alembic_db.accession import AccessionKind, find_kind, kind_of, parse_accessions
from alembic_db.entrez.search import Found, Searcher
from alembic_db.entrez.transport import Transport

GROUP_SIZE = 200  # accessions in one search
_SUMMARIES = 20  # gds lists a series before its platforms and samples
_FIELDS = {AccessionKind.BIOPROJECT: "BioProject", AccessionKind.BIOSAMPLE: "BioSample"}
_PHRASE = re.compile(r'["(\s]*([A-Z]+[0-9]+)["\s]*(?:\[[^\]]*\])?[)\s]*')


def resolve(transport: Transport, accessions: Sequence[str]) -> Iterator[Found]:
    """Search for the records that belong to accessions, in groups; each UID comes once.

    `not_found` of each names the accessions of its group that NCBI's SRA does not know. UsageError names the
    words that are no accessions.
    """
    names = parse_accessions(" ".join(accessions))
    series = [name for name in names if kind_of(name) is AccessionKind.GEO_SERIES]
    others = [name for name in names if kind_of(name) is not AccessionKind.GEO_SERIES]
    return _each_once(_resolved(transport, others, series))


def _resolved(transport: Transport, others: Sequence[str], series: Iterable[str]) -> Iterator[Found]:
    for group in batched(others, GROUP_SIZE):
        yield _search(transport, group)
    for name in series:
        yield from _search_series(transport, name)


def _each_once(founds: Iterable[Found]) -> Iterator[Found]:
    """Leave out UIDs that an earlier search has found: a study and a run of it may both be asked for."""
    seen: set[str] = set()
    for found in founds:
        fresh = [uid for uid in found.uids if uid not in seen]
        seen.update(fresh)
        yield found if len(fresh) == len(found.uids) else found.only(fresh)


def _search(transport: Transport, group: Sequence[str]) -> Found:
    term = " OR ".join(f"{name}[{_FIELDS.get(kind_of(name), 'ACCN')}]" for name in group)
    found = Searcher(transport, term).search(None)
    if not found.count:
        return replace(found, not_found=tuple(group))
    return replace(found, not_found=tuple(_bare(phrase) for phrase in found.not_found))


def _bare(phrase: str) -> str:
    """Return the accession of `SRR1[Accession]`; anything else as it is."""
    match = _PHRASE.fullmatch(phrase)
    return match[1] if match else phrase


def _search_series(transport: Transport, series: str) -> Iterator[Found]:
    """Search for what db=gds names for a series; it is found if any of that is in SRA."""
    linked = _linked(transport, series)
    if not linked:
        yield _unknown(series)
        return
    founds = [_search(transport, group) for group in batched(linked, GROUP_SIZE)]
    if not any(found.count for found in founds):
        yield _unknown(series)
        return
    for found in founds:
        yield replace(found, not_found=(), warnings=(*found.warnings, *_partly(series, found)))


def _unknown(series: str) -> Found:
    return Found(term=f"{series}[ACCN]", count=0, not_found=(series,))


def _partly(series: str, found: Found) -> list[str]:
    if not found.not_found:
        return []
    return [f"{series}: NCBI's SRA does not know {', '.join(found.not_found)}."]


def _linked(transport: Transport, series: str) -> tuple[str, ...]:
    """Return SRA studies of a series, else its BioProject, else its samples."""
    listed = Searcher(transport, f"{series}[ACCN]", db="gds").page(0, _SUMMARIES)
    if not listed.uids:
        return ()
    fields = {"db": "gds", "id": ",".join(listed.uids)}
    summaries = transport.ask_json("esummary.fcgi", fields, _summaries)
    own = [summary for summary in summaries if summary.get("accession") == series]
    for choices in (_studies(own), _projects(own), _samples(own)):
        if choices:
            return choices
    return ()


def _summaries(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the summaries of an answer; one that holds an error has no accession and drops out later."""
    result = answer["result"]
    return [result[uid] for uid in result["uids"] if isinstance(result.get(uid), dict)]


def _studies(summaries: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    relations = (relation for summary in summaries for relation in summary.get("extrelations") or ())
    return _of_kind(AccessionKind.STUDY, (relation.get("targetobject") for relation in relations))


def _projects(summaries: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    return _of_kind(AccessionKind.BIOPROJECT, (summary.get("bioproject") for summary in summaries))


def _samples(summaries: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    samples = (sample for summary in summaries for sample in summary.get("samples") or ())
    return _of_kind(AccessionKind.GEO_SAMPLE, (sample.get("accession") for sample in samples))


def _of_kind(kind: AccessionKind, names: Iterable[object]) -> tuple[str, ...]:
    """Keep what is an accession of that kind: these names are put into a search."""
    return tuple(dict.fromkeys(name for name in names if isinstance(name, str) and find_kind(name) is kind))
