from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alembic_db.entrez.faults import LONGEST_RETRY_AFTER, Expect, Fault, classify, seconds_to_wait
from alembic_db.errors import (
    EntrezError,
    EntrezPermanentError,
    EntrezTransientError,
    HistoryLostError,
    ListTooLongError,
    PageTooLargeError,
)

TRANSIENT, PERMANENT = EntrezTransientError, EntrezPermanentError
LOST, TOO_LARGE, TOO_LONG = HistoryLostError, PageTooLargeError, ListTooLongError
XML, JSON = Expect.XML, Expect.JSON
DECLARATION = b'<?xml version="1.0" encoding="UTF-8"  ?>\n'
PACKAGES = DECLARATION + b"<EXPERIMENT_PACKAGE_SET><EXPERIMENT_PACKAGE>%b</EXPERIMENT_PACKAGE></EXPERIMENT_PACKAGE_SET>"


def esearch(result: Any) -> bytes:
    return json.dumps({"header": {"type": "esearch"}, "esearchresult": result}).encode()


def kind(fault: Fault | None) -> type[EntrezError] | None:
    return fault.kind if fault else None


@pytest.mark.parametrize(
    ("status", "body", "expect", "expected"),
    [
        # right answers
        (200, esearch({"count": "0", "idlist": [], "errorlist": {"phrasesnotfound": ["x"]}}), JSON, None),
        (200, b"\xef\xbb\xbf\n" + esearch({"count": "1", "idlist": ["7"]}), JSON, None),
        (200, PACKAGES % b"", XML, None),
        (200, b"<EXPERIMENT_PACKAGE_SET/>", XML, None),
        (200, PACKAGES % b"<T>API rate limit exceeded. Too many UIDs. Internal Server Error</T>", XML, None),
        (200, PACKAGES % b"<T>&lt;html><!-- NCBI C++ Exception --><ERROR>x</ERROR></T>", XML, None),
        (200, DECLARATION + b"<eSearchResult><Count>0</Count><ErrorList/></eSearchResult>", XML, None),
        # the pace
        (429, b'{"error":"API rate limit exceeded","api-key":"192.0.2.1","count":"4"}', JSON, TRANSIENT),
        (429, b"slow down", XML, TRANSIENT),
        (200, b'{"error":"API rate limit exceeded","api-key":"192.0.2.1","count":"4"}', XML, TRANSIENT),
        # the key
        (400, b'{"error":"API key invalid","api-key":"0a1b","type":"invalid"}', JSON, PERMANENT),
        (200, b'{"error":"API key invalid"}', XML, PERMANENT),
        (400, b"Invalid API key", XML, PERMANENT),
        # the history
        (200, esearch({"ERROR": "Unable to obtain query #3"}), JSON, LOST),
        (200, b'{"header":{},"esummaryresult":["Unable to obtain query #1"]}', JSON, LOST),
        (400, b"<eFetchResult><ERROR>Unable to obtain query #1</ERROR></eFetchResult>", XML, LOST),
        (200, b"<eFetchResult><ERROR>Unable to open/parse WebEnv</ERROR></eFetchResult>", XML, LOST),
        (200, b"<eFetchResult><ERROR>Unable to open WebEnv</ERROR></eFetchResult>", XML, LOST),
        # too much at once
        (200, b'{"header":{},"error":"Too many UIDs in request. At most 500."}', JSON, TOO_LARGE),
        (414, b"<html><title>414 Request-URI Too Large</title></html>", XML, TOO_LARGE),
        (413, b"", XML, TOO_LARGE),
        # faults of the server
        (200, esearch({"ERROR": "Search Backend failed: no connection"}), JSON, TRANSIENT),
        (200, b"<eSummaryResult><ERROR>DocSum Backend failed</ERROR></eSummaryResult>", XML, TRANSIENT),
        (200, b"<e><ERROR>Couldn't resolve #docsum?dbaf=sra</ERROR></e>", XML, TRANSIENT),
        (200, b"<e><ERROR>the address table is empty</ERROR></e>", XML, TRANSIENT),
        (200, b'{"header":{},"esummaryresult":["NCBI C++ Exception:\\n Error"]}', JSON, TRANSIENT),
        (200, b'<DocumentSummarySet status="OK"><!-- NCBI C++ Exception --></DocumentSummarySet>', XML,
         TRANSIENT),
        (200, DECLARATION + b"<EXPERIMENT_PACKAGE_SET>\n<Error>Internal Server Error (db)</Error>", XML, TRANSIENT),
        (200, b"<e><ERROR><![CDATA[Unable to route request!]]></ERROR></e>", XML, TRANSIENT),
        (200, b"error forwarding request", XML, TRANSIENT),
        (200, b"<e><ERROR>unable to open database file received in QueryMiRGate</ERROR></e>", XML, TRANSIENT),
        (200, b"<e><ERROR>Invalid db name specified: sra</ERROR></e>", XML, TRANSIENT),
        (200, b"Error: The server encountered an error while executing a command", XML, TRANSIENT),
        (200, b"<e><ERROR>something never heard of</ERROR></e>", XML, TRANSIENT),
        (200, b"<e><ERROR>Empty result - nothing todo</ERROR></e>", XML, TRANSIENT),
        (200, b"", XML, TRANSIENT),
        (200, b" \n", JSON, TRANSIENT),
        (204, b"", JSON, TRANSIENT),
        (500, b"500 Internal Server Error\n\nNo do_post output returned from 'x'", XML, TRANSIENT),
        (502, b"<html><title>502 Bad Gateway</title></html>", XML, TRANSIENT),
        (503, b"", JSON, TRANSIENT),
        (504, b"", JSON, TRANSIENT),
        (408, b"<html><title>Request time-out!</title></html>", JSON, TRANSIENT),
        (700, b"", JSON, TRANSIENT),
        # web pages and other strangers
        (200, DECLARATION + b'<!DOCTYPE html PUBLIC "x"><html xmlns="y"><title>Log in</title></html>', XML,
         TRANSIENT),
        (200, b"<HTML><body>hello</body></HTML>", JSON, TRANSIENT),
        (200, b"Run,ReleaseDate\nSRR1,2020\n", XML, TRANSIENT),
        (200, b'{"esearchresult":{"count":"12', JSON, TRANSIENT),
        (200, b"<eSearchResult/>", JSON, TRANSIENT),
        (200, esearch({"count": "0"}), XML, TRANSIENT),
        (200, b"[1]", JSON, TRANSIENT),
        (200, b"[" * 100_000, JSON, TRANSIENT),
        # refusals
        (400, b"Both list of IDs and query_key are empty", XML, PERMANENT),
        (200, b'{"esearchresult":{"ERROR":"Search Backend failed: \n\'retstart\' cannot be larger"}}',
         JSON, TOO_LONG),
        (301, b"moved", XML, PERMANENT),
        (400, b"what?", XML, PERMANENT),
        (401, b"", XML, PERMANENT),
        (403, b"<html><title>Forbidden</title></html>", XML, PERMANENT),
        (404, b"", XML, PERMANENT),
        (407, b"", XML, PERMANENT),
    ],
)  # fmt: skip
def test_an_answer_is_taken_for_what_it_is(
    status: int, body: bytes, expect: Expect, expected: type[EntrezError] | None
) -> None:
    assert kind(classify(status, {}, body, expect)) is expected


# What the client must do with each recorded answer, where it was asked for as `Expect` says.
RECORDED = {
    "429_rate_limit.json": TRANSIENT,
    "200_rate_limit.json": TRANSIENT,
    "200_esummary_cxx_exception.json": TRANSIENT,
    "200_esummary_too_many_uids.json": TOO_LARGE,
    "200_esummary_unable_to_obtain_query.json": LOST,
    "200_esearch_unable_to_obtain_query.json": LOST,
    "200_efetch_unable_to_obtain_query.xml": LOST,
    "200_esearch_retstart_raw_newline.json": TOO_LONG,
    "200_esearch_backend_failed.xml": TRANSIENT,
    "200_efetch_internal_error_db.xml": TRANSIENT,
    "200_docsum_backend_failed.xml": TRANSIENT,
    "200_esummary_poison_uid.xml": None,  # the record's own text is broken, not the answer
    "500_no_do_post_output.txt": TRANSIENT,
    "400_empty_ids.txt": PERMANENT,
    "502_bad_gateway.html": TRANSIENT,
    "200_runinfo_server_error.csv": TRANSIENT,
    "200_runinfo_repeated_header.csv": TRANSIENT,  # a table where XML was asked for
    "200_empty_body.bin": TRANSIENT,
    "200_esearch_no_hits.json": None,
    "200_esearch_no_hits.xml": None,
    "200_esearch_partial_phrase_not_found.json": None,
    "301_http_to_https.html": PERMANENT,
    # whether a page of records is whole is for its reader to say
    "200_efetch_truncated.xml": None,
    "200_efetch_partial_page.xml": None,
    "200_efetch_concatenated_documents.xml": None,
    "200_efetch_control_char.xml": None,
    "200_efetch_bad_utf8.xml": None,
    "200_efetch_empty_set.xml": None,
    "200_efetch_no_run.xml": None,
}
SHARED = Path(__file__).parents[3] / "shared" / "sra" / "errors"
_INDEX = SHARED / "index.json"
ENTRIES = json.loads(_INDEX.read_text()) if _INDEX.is_file() else []


@pytest.mark.skipif(not ENTRIES, reason="no recorded answers beside this checkout")
def test_every_recorded_answer_has_an_expectation() -> None:
    assert {entry["file"] for entry in ENTRIES} == set(RECORDED)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["file"])
def test_a_recorded_answer_is_taken_for_what_it_is(entry: dict[str, Any]) -> None:
    body = (SHARED / entry["file"]).read_bytes()
    expect = JSON if entry["file"].endswith(".json") else XML
    fault = classify(entry["http_status"], entry["headers"], body, expect)
    assert kind(fault) is RECORDED[entry["file"]]
    if fault:
        message = str(fault.error())
        assert message.isprintable() and "203.0.113.7" not in message


@given(st.integers(100, 999), st.binary(max_size=300), st.sampled_from(Expect))
def test_any_answer_gets_a_verdict_of_one_printable_line(status: int, body: bytes, expect: Expect) -> None:
    fault = classify(status, {}, body, expect)
    if fault:
        assert str(fault.error()).isprintable()


@given(st.text(max_size=200), st.sampled_from(["<ERROR>{}</ERROR>", '{{"error":"{}"}}', "{}"]))
def test_words_of_the_server_never_break_the_message(words: str, shape: str) -> None:
    fault = classify(400, {}, shape.format(words).encode("utf-8", "replace"), XML)
    assert fault is not None
    assert str(fault.error()).isprintable()


def test_a_secret_is_redacted_before_the_words_are_cut() -> None:
    secret = "s3cr3t" * 10
    body = b"<ERROR>" + b"x" * 140 + secret.encode() + b"</ERROR>"
    fault = classify(500, {}, body, XML)
    assert fault is not None
    assert "s3cr" not in str(fault.error(lambda text: text.replace(secret, "***")))


def test_the_message_says_what_to_do() -> None:
    fault = classify(400, {}, b'{"error":"API key invalid","api-key":"0a1b"}', JSON)
    assert fault is not None
    assert str(fault.error()) == "NCBI refused the API key. Check NCBI_API_KEY."


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Retry-After": "2"}, 2.0),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"Retry-After": "999999999"}, LONGEST_RETRY_AFTER),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:09 GMT", "Date": "Wed, 21 Oct 2026 07:28:00 GMT"}, 9.0),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
        ({"Retry-After": "Wed, 21 Oct 2999 07:28:00 GMT"}, LONGEST_RETRY_AFTER),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-1"}, None),
        ({"Retry-After": "nan"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(headers: dict[str, str], expected: float | None) -> None:
    assert seconds_to_wait(headers) == expected


@given(st.text(), st.text())
def test_any_retry_after_is_survived(asked: str, date: str) -> None:
    wait = seconds_to_wait({"Retry-After": asked, "Date": date})
    assert wait is None or 0 <= wait <= LONGEST_RETRY_AFTER


def test_a_pace_fault_without_retry_after_still_pauses() -> None:
    fault = classify(429, {}, b"", JSON)
    assert fault is not None
    error = fault.error()
    assert isinstance(error, EntrezTransientError)
    assert error.retry_after
