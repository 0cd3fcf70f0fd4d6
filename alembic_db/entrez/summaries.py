"""Summaries of records: which experiment a UID is, and when NCBI last touched it."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alembic_db.entrez.transport import Transport
from alembic_db.errors import PageTooLargeError

LARGEST_PAGE = 500  # UIDs of which NCBI gives summaries in one JSON answer
_TRIES = 3  # of an answer that lacks some
# ExpXml is a piece of XML without a root and at times not well-formed (reutils#15): it is searched, not parsed.
_EXPERIMENT = re.compile(r"<Experiment\s[^<>]*?\bacc\s*=\s*[\"']([A-Z]{3}[0-9]+)[\"']")
_DATE = re.compile(r"[0-9]{4}/[0-9]{2}/[0-9]{2}")


@dataclass(frozen=True)
class Summary:
    """What a summary says of a record; None for what it does not say. Dates are YYYY/MM/DD."""

    uid: str
    accession: str | None = None
    create_date: str | None = None
    update_date: str | None = None


def summaries(transport: Transport, uids: Sequence[str]) -> dict[str, Summary]:
    """Ask for the summaries of UIDs, at most LARGEST_PAGE of them; those that do not come are left out."""
    found: dict[str, Summary] = {}
    for _ in range(_TRIES):
        missing = [uid for uid in uids if uid not in found]
        if not missing:
            break
        found |= {uid: summary for uid, summary in _ask(transport, missing).items() if uid in missing}
    return found


def _ask(transport: Transport, uids: Sequence[str]) -> dict[str, Summary]:
    fields = {"db": "sra", "id": ",".join(uids), "retmax": str(len(uids))}
    try:
        return transport.ask_json("esummary.fcgi", fields, read_summaries)
    except PageTooLargeError:
        if len(uids) == 1:
            return {}
        middle = len(uids) // 2
        return _ask(transport, uids[:middle]) | _ask(transport, uids[middle:])


def read_summaries(answer: Mapping[str, Any]) -> dict[str, Summary]:
    """Read esummary's JSON; KeyError or TypeError where it is not of its shape. One bad record costs itself."""
    result = answer["result"]
    return {str(uid): _summary(str(uid), result.get(str(uid))) for uid in result["uids"]}


def _summary(uid: str, entry: object) -> Summary:
    if not isinstance(entry, Mapping):
        return Summary(uid)
    experiment = _EXPERIMENT.search(html.unescape(str(entry.get("expxml") or "")))
    return Summary(
        uid, experiment[1] if experiment else None, _date(entry.get("createdate")), _date(entry.get("updatedate"))
    )


def _date(text: object) -> str | None:
    match = _DATE.match(str(text or ""))
    return match[0] if match else None
