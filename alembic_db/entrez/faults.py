"""Tell what is wrong with an answer of Entrez, whatever its HTTP status says.

NCBI reports faults with status 200 as JSON, as XML, inside an XML comment or as a web page. The wordings
below were seen by users of Biopython, rentrez, pysradb, refine.bio and others. They are searched in error
messages only, never in records: an abstract may well speak of an internal server error.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from alembic_db.errors import (
    EntrezError,
    EntrezPermanentError,
    EntrezTransientError,
    HistoryLostError,
    ListTooLongError,
    PageTooLargeError,
)
from alembic_db.net.json_text import load_json
from alembic_db.net.patience import LONGEST_RETRY_AFTER, one_line, seconds_to_wait

__all__ = ["AGAIN", "LONGEST_RETRY_AFTER", "Expect", "Fault", "classify", "seconds_to_wait"]

AGAIN = "Run the same command again in a while; it goes on where it stopped."
_RATE_LIMIT_PAUSE = 2.0  # what NCBI names where it names anything
_FRONT_BYTES = 1 << 16


class Expect(Enum):
    """What the body of a good answer is."""

    JSON = "JSON"
    XML = "XML"


@dataclass(frozen=True)
class Fault:
    """What is wrong with an answer; `said` holds the server's own words as they came."""

    kind: type[EntrezError]
    message: str
    hint: str
    said: str = ""
    retry_after: float | None = None

    def error(self, redact: Callable[[str], str] = str) -> EntrezError:
        """Return the error; `redact` is shown the server's words before they are cut to length."""
        words = one_line(redact(self.said))
        quoted = f': "{words}"' if words else ""
        message = f"{self.message}{quoted}."
        if issubclass(self.kind, EntrezTransientError):
            return self.kind(message, hint=self.hint, retry_after=self.retry_after)
        return self.kind(message, hint=self.hint)


class _Rule(NamedTuple):
    pattern: str
    kind: type[EntrezError]
    message: str
    hint: str
    quote: bool = True


_RATE_LIMIT = _Rule(
    r"API rate limit exceeded",
    EntrezTransientError,
    "NCBI was asked more often than it allows",
    "Stop other programs that ask it, or set NCBI_API_KEY to be allowed more.",
    quote=False,  # its words echo the caller's key or address
)
_TOO_LARGE = _Rule(
    r"Too many UIDs|Request-URI Too (Long|Large)",
    PageTooLargeError,
    "NCBI does not give so much at once",
    "Ask for smaller pages.",
)
_WORDINGS = (
    _RATE_LIMIT,
    _Rule(
        r"API key[^\"]{0,20}(invalid|not valid|unknown|wrong|expired)"
        r"|(invalid|unknown|wrong|expired) API key",
        EntrezPermanentError,
        "NCBI refused the API key",
        "Check NCBI_API_KEY.",
        quote=False,
    ),
    _Rule(
        r"list of IDs and query_key are empty",
        EntrezPermanentError,
        "NCBI was asked for no record at all",
        "Check that the search finds something.",
    ),
    _Rule(
        r"'?retstart'? cannot be larger",  # comes inside "Search Backend failed": looked for before it
        ListTooLongError,
        "NCBI does not list this search to its end",
        "Split it by date with --since and --until.",
    ),
    _Rule(
        r"Unable to obtain query|Unable to (open|parse)[\w/ ]{0,20} WebEnv|Cannot (open|find) WebEnv",
        HistoryLostError,
        "NCBI no longer knows the search (it keeps one for some eight hours)",
        "Run the same command again; it goes on where it stopped.",
    ),
    _TOO_LARGE,
    _Rule(
        r"ID list is empty|no correct IDs|cannot get document summary|Empty result - nothing to ?do",
        EntrezTransientError,
        "NCBI gave no record for what it was asked",
        "The record may have been withdrawn; run the same command again later.",
    ),
    _Rule(
        r"(Search|DocSum) Backend failed|Couldn't resolve #|address table is empty|NCBI C\+\+ Exception"
        r"|Internal Server Error|error forwarding request|Unable to route request|Invalid db name"
        r"|unable to open database file|No do_post output returned|server encountered an error"
        r"|Request time-?out",
        EntrezTransientError,
        "NCBI reports a fault of its own",
        AGAIN,
    ),
)
_UNKNOWN_WORDS = _Rule("", EntrezTransientError, "NCBI answered with an error", AGAIN)
_EMPTY = _Rule("", EntrezTransientError, "NCBI's answer is empty", AGAIN)
_WEB_PAGE = _Rule("", EntrezTransientError, "NCBI answered with a web page", AGAIN)

_STATUS = {
    401: _Rule("", EntrezPermanentError, "The server wants a login", "Check ALEMBIC_DB_ENTREZ_URL."),
    404: _Rule("", EntrezPermanentError, "There is no Entrez service here", "Check ALEMBIC_DB_ENTREZ_URL."),
    407: _Rule("", EntrezPermanentError, "The proxy wants a login", "Check HTTPS_PROXY."),
    408: _Rule("", EntrezTransientError, "NCBI ran out of time", AGAIN),
    413: _TOO_LARGE,
    414: _TOO_LARGE,
    425: _Rule("", EntrezTransientError, "NCBI is not ready", AGAIN),
    429: _RATE_LIMIT,
}  # fmt: skip
_STATUS_CLASSES = {
    3: _Rule("", EntrezPermanentError, "The server points elsewhere", "Check ALEMBIC_DB_ENTREZ_URL."),
    4: _Rule("", EntrezPermanentError, "NCBI refused the request", "Check the search words and filters."),
    5: _Rule("", EntrezTransientError, "NCBI reports a fault of its own", AGAIN),
}
_STRANGE_STATUS = _Rule("", EntrezTransientError, "The server answered with an unknown status", AGAIN)

_HTML = re.compile(r"<!doctype\s+html|<html[\s>]", re.IGNORECASE)
_TITLE = re.compile(r"<title[^<>]*>([^<]*)", re.IGNORECASE)
_FIRST_RECORD = re.compile(r"<(EXPERIMENT_PACKAGE|DocSum|DocumentSummary|IdList)[\s>]")
_ERROR_ELEMENT = re.compile(r"<error(?:\s[^<>]*)?>\s*(?:<!\[CDATA\[)?([^<\]]*)", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")


def classify(status: int, headers: Mapping[str, str], body: bytes, expect: Expect) -> Fault | None:
    """Return what is wrong with an answer, None if it is what was asked for.

    An answer that says "nothing found" is right. Whether a page is whole is not told here.
    """
    front = _front(body)
    fault: Fault | None
    if not 200 <= status < 300:
        fault = _by_status(status, _all_words(front))
    elif not body.strip():
        fault = _fault(_EMPTY)
    else:
        fault = _hidden_fault(body, front, expect)
    return _with_pause(fault, headers) if fault else None


def _with_pause(fault: Fault, headers: Mapping[str, str]) -> Fault:
    wait = seconds_to_wait(headers)
    if wait is None and fault.message == _RATE_LIMIT.message:
        wait = _RATE_LIMIT_PAUSE
    return Fault(fault.kind, fault.message, fault.hint, fault.said, wait)


def _by_status(status: int, words: str) -> Fault:
    known = _by_wording(words)
    if known:
        return known
    rule = _STATUS.get(status) or _STATUS_CLASSES.get(status // 100, _STRANGE_STATUS)
    if rule is not _RATE_LIMIT:
        rule = rule._replace(message=f"{rule.message} (HTTP {status})")
    return _fault(rule, words)


def _hidden_fault(body: bytes, front: str, expect: Expect) -> Fault | None:
    """Look for a fault in an answer whose status says that all is well."""
    if front.startswith("<"):
        return _markup_fault(front, expect)
    if front.startswith(("{", "[")):
        return _json_fault(body, front, expect)
    return _by_wording(front) or _fault(_not_expected(expect), front)


def _markup_fault(front: str, expect: Expect) -> Fault | None:
    head = _FIRST_RECORD.split(front, maxsplit=1)[0]
    if _HTML.search(head):
        words = _all_words(front)
        return _by_wording(words) or _fault(_WEB_PAGE, words)
    error = _ERROR_ELEMENT.search(head)
    if error:
        words = html.unescape(error[1])
        return _by_wording(words) or _fault(_UNKNOWN_WORDS, words)
    in_comment = _by_wording(_comments(head))
    if in_comment or expect is Expect.XML:
        return in_comment
    return _fault(_not_expected(expect))


def _json_fault(body: bytes, front: str, expect: Expect) -> Fault | None:
    try:
        answer = load_json(body)
    except ValueError:
        return _by_wording(front) or _fault(_not_expected(expect), front)
    words = _json_error(answer)
    if words is not None:
        return _by_wording(words) or _fault(_UNKNOWN_WORDS, words)
    if expect is Expect.JSON and isinstance(answer, dict):
        return None
    return _fault(_not_expected(expect))


def _json_error(answer: object) -> str | None:
    """Return the error of an answer: on top, one level down, or as a list where an object should be."""
    if not isinstance(answer, dict):
        return None
    for part in (answer, *answer.values()):
        if isinstance(part, dict):
            words = part.get("error") or part.get("ERROR")
            if words:
                return words if isinstance(words, str) else json.dumps(words)
    lists = (part for name, part in answer.items() if name.endswith("result") and isinstance(part, list))
    return next((" ".join(str(word) for word in part) for part in lists), None)


def _by_wording(words: str) -> Fault | None:
    for rule in _WORDINGS:
        if re.search(rule.pattern, words, re.IGNORECASE):
            return _fault(rule, words)
    return None


def _fault(rule: _Rule, words: str = "") -> Fault:
    return Fault(rule.kind, rule.message, rule.hint, words if rule.quote else "")


def _not_expected(expect: Expect) -> _Rule:
    message = f"NCBI's answer is not the {expect.value} that was asked for"
    return _Rule("", EntrezTransientError, message, AGAIN)


def _front(body: bytes) -> str:
    return body[:_FRONT_BYTES].decode("utf-8", "replace").lstrip("\ufeff \t\r\n")


def _all_words(front: str) -> str:
    """Return what an answer says, without its markup; of a web page its title, where it has one."""
    if not front.startswith("<"):
        return front
    return _title(front) or html.unescape(_TAG.sub(" ", front))


def _comments(markup: str) -> str:
    return " ".join(part.partition("-->")[0] for part in markup.split("<!--")[1:])


def _title(page: str) -> str:
    title = _TITLE.search(page)
    return html.unescape(title[1]).strip() if title else ""
