"""Faults of NCBI on demand: what users of pysradb, rentrez, Biopython and fetchngs met, ready to be met again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from xml.sax.saxutils import escape

from alembic_db.demo.answer import (
    DECLARATION,
    FETCH_DECLARATION,
    HTML,
    JSON,
    Answer,
    Delivery,
    json_answer,
    text_answer,
)
from alembic_db.errors import UsageError

_LIST_FAULTS = ("short", "duplicate")
_COUNT_FAULT = "wrong_count"
SHIFT_FAULT = "shifted"
TWICE_FAULT = "page_twice"
HISTORY_FAULT = "history_lost"
_TOO_MANY_BY = 7


@dataclass(frozen=True)
class Faults:
    """What goes wrong, and when; a fault that a request cannot meet (`wrong_count` of efetch) leaves it alone.

    `script` maps the number of a request, counted from 1, to a fault of FAULT_NAMES; `rate` is the share of all
    other requests that meet one of those they can, drawn by `seed` from `drawn`. An efetch page with a UID of
    `poison_uids` is never well-formed, nor is its summary. UsageError for an unknown fault or an impossible rate.
    """

    poison_uids: frozenset[str] = frozenset()
    script: Mapping[int, str] = field(default_factory=dict)
    rate: float = 0.0
    seed: int = 0
    drawn: frozenset[str] | None = None  # None: all but those that cost the client real time

    def __post_init__(self) -> None:
        unknown = sorted({*self.script.values(), *(self.drawn or ())} - set(FAULT_NAMES))
        if unknown:
            raise UsageError(f"No such fault: {', '.join(unknown)}.", hint=f"There are {', '.join(FAULT_NAMES)}.")
        if not 0 <= self.rate <= 1:
            raise UsageError(f"The rate of faults is {self.rate}.", hint="Give a share from 0 to 1.")

    def strike(self, number: int, call: str, form: Mapping[str, str]) -> Strike:
        """Return what happens to the request of this number."""
        random = Random(f"{self.seed}:{number}")  # noqa: S311 - reproducible, not secret
        wanted = QUICK_FAULTS if self.drawn is None else self.drawn
        possible = [name for name in _possible(call, form) if name in wanted]
        drawn = random.choice(possible) if possible and random.random() < self.rate else None
        return Strike(self.script.get(number, drawn), random)


def _possible(call: str, form: Mapping[str, str]) -> list[str]:
    """List the faults that make a difference to a request."""
    names = [name for name in _ANSWER_FAULTS if name != "two_documents"]
    names += _LIST_FAULTS if call in ("esearch", "efetch", "esummary") else ()
    names += [_COUNT_FAULT] if call == "esearch" else []
    names += [SHIFT_FAULT] if call == "esearch" and form.get("retstart", "0") != "0" else []
    names += ["two_documents", TWICE_FAULT] if call == "efetch" else []
    names += [HISTORY_FAULT] if "WebEnv" in form else []
    return names


class Strike:
    """The fault, if any, that one request meets."""

    def __init__(self, name: str | None, random: Random) -> None:
        self.name = name
        self._random = random

    def on_start(self, start: int) -> int:
        """Spoil where a page of a list begins, as if a record had come in before it."""
        return max(start - 1, 0) if self.name == SHIFT_FAULT else start

    def on_page(self, uids: Iterable[str]) -> list[str]:
        """Spoil a page of UIDs: one is missing, or one stands in the place of another."""
        page = list(uids)
        if self.name not in _LIST_FAULTS or not page:
            return page
        place = self._random.randrange(len(page))
        if self.name == "duplicate" and len(page) > 1:
            page[place] = page[place - 1]
        elif self.name == "short":
            del page[place]
        return page

    def on_count(self, count: int) -> int:
        """Spoil the count that esearch announces."""
        return count + _TOO_MANY_BY if self.name == _COUNT_FAULT else count

    def on_answer(self, call: str, form: Mapping[str, str], answer: Answer) -> Answer:
        """Spoil the answer as a whole."""
        spoil = _ANSWER_FAULTS.get(self.name or "")
        return spoil(answer, call, form, self._random) if spoil else answer


def rate_limited(who: str, count: int, limit: int) -> Answer:
    """Refuse a request in the words of NCBI, which echo the caller's key or address."""
    said = {"error": "API rate limit exceeded", "api-key": who, "count": str(count), "limit": str(limit)}
    return Answer(json.dumps(said).encode(), JSON, 429, {"Retry-After": "2"})


def poisoned(package: bytes) -> bytes:
    """Break a package so that no parser gets past it."""
    return package[: len(package) // 2] + b"<&"


def _drop(answer: Answer, _call: str, _form: Mapping[str, str], _random: Random) -> Answer:
    return replace(answer, delivery=Delivery.DROPPED)


def _break_off(answer: Answer, _call: str, _form: Mapping[str, str], _random: Random) -> Answer:
    return replace(answer, delivery=Delivery.BROKEN_OFF)


def _cut(answer: Answer, _call: str, _form: Mapping[str, str], random: Random) -> Answer:
    """Lose the end without any sign of it on the wire: NCBI sends no Content-Length."""
    return replace(answer, body=answer.body[: random.randrange(max(len(answer.body) - 1, 1))])


def _empty(answer: Answer, _call: str, _form: Mapping[str, str], _random: Random) -> Answer:
    return replace(answer, body=b"")


def _http_429(_answer: Answer, _call: str, form: Mapping[str, str], _random: Random) -> Answer:
    return rate_limited(form.get("api_key", "127.0.0.1"), 4, 3)


def _http_429_bare(_answer: Answer, _call: str, _form: Mapping[str, str], _random: Random) -> Answer:
    """Refuse without a word of when to come back."""
    return text_answer(429, "error forwarding request")


def _slow(answer: Answer, _call: str, _form: Mapping[str, str], _random: Random) -> Answer:
    return replace(answer, delivery=Delivery.SLOW)


def _stall(answer: Answer, _call: str, _form: Mapping[str, str], _random: Random) -> Answer:
    return replace(answer, delivery=Delivery.STALLED)


def _two_documents(answer: Answer, _call: str, _form: Mapping[str, str], _random: Random) -> Answer:
    """Answer a page as two documents, one after the other in the same body."""
    before, opening, after = answer.body.partition(b"<EXPERIMENT_PACKAGE>")
    first, closing, rest = after.partition(b"</EXPERIMENT_PACKAGE>")
    if not closing:
        return answer
    end = b"\n</EXPERIMENT_PACKAGE_SET>\n"
    return replace(answer, body=before + opening + first + closing + end + before + rest)


def _error_in_comment(_answer: Answer, call: str, _form: Mapping[str, str], _random: Random) -> Answer:
    comment = b'<DocumentSummarySet status="OK"><!-- NCBI C++ Exception: no connection --></DocumentSummarySet>\n'
    return Answer(DECLARATION + comment)


def _http_500(_answer: Answer, call: str, _form: Mapping[str, str], _random: Random) -> Answer:
    return text_answer(500, f"500 Internal Server Error\n\nNo do_post output returned from '{call}.fcgi'\n")


def _http_502(_answer: Answer, _call: str, _form: Mapping[str, str], _random: Random) -> Answer:
    page = b"<html>\n<head><title>502 Bad Gateway</title></head>\n<body><h1>502 Bad Gateway</h1></body>\n</html>\n"
    return Answer(page, HTML, 502)


def _error_in_200(_answer: Answer, call: str, form: Mapping[str, str], _random: Random) -> Answer:
    if call == "efetch":
        error = b"<EXPERIMENT_PACKAGE_SET>\n<Error>Internal Server Error (db)</Error>\n</EXPERIMENT_PACKAGE_SET>\n"
        return Answer(FETCH_DECLARATION + error)
    if call == "esummary" and form.get("retmode") == "json":
        return json_answer(call, esummaryresult=["NCBI C++ Exception:\n    Error: CDTD_XSLT_Loader::GetData: no file"])
    backend = "DocSum" if call == "esummary" else "Search"
    return error_answer(call, form, f"{backend} Backend failed: Couldn't resolve #PMQuerySrv?dbaf=sra")


def error_answer(call: str, form: Mapping[str, str], message: str) -> Answer:
    """Report an error inside an answer of status 200, as E-utilities does."""
    if form.get("retmode") == "json":
        content = [message] if call == "esummary" else {"ERROR": message}
        return json_answer(call, **{f"{call}result": content})
    root = f"e{call[1:].capitalize()}Result"
    return Answer(DECLARATION + f"<{root}>\n\t<ERROR>{escape(message)}</ERROR>\n</{root}>\n".encode())


_ANSWER_FAULTS: Mapping[str, Callable[[Answer, str, Mapping[str, str], Random], Answer]] = {
    "drop": _drop,
    "break_off": _break_off,
    "cut": _cut,
    "empty": _empty,
    "http_429": _http_429,
    "http_429_bare": _http_429_bare,
    "http_500": _http_500,
    "http_502_html": _http_502,
    "error_in_200": _error_in_200,
    "error_in_comment": _error_in_comment,
    "two_documents": _two_documents,
    "slow": _slow,
    "stall": _stall,
}
FAULT_NAMES = (*_ANSWER_FAULTS, *_LIST_FAULTS, _COUNT_FAULT, SHIFT_FAULT, TWICE_FAULT, HISTORY_FAULT)
QUICK_FAULTS = frozenset(FAULT_NAMES) - {"slow", "stall"}
