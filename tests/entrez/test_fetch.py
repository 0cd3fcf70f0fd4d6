from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alembic_db.entrez import FailedUid, FetchedPage, Found, PageScan
from alembic_db.entrez.fetch import Fetcher
from alembic_db.errors import (
    EntrezError,
    EntrezPermanentError,
    EntrezTransientError,
    HistoryLostError,
    InputError,
    PageTooLargeError,
    UsageError,
)

BROKEN = b"cut off"
OUTAGE = EntrezTransientError("NCBI is down.")


def scan(body: bytes) -> PageScan:
    """Read the pages of FakeEntrez: accessions between spaces."""
    if body.endswith(BROKEN):
        return PageScan(tuple(body[: -len(BROKEN)].decode().split()), "breaks off.")
    return PageScan(tuple(body.decode().split()), None)


class FakeEntrez:
    """Gives SRX<uid> for each UID, unless `fault` returns another body, or an error to raise."""

    def __init__(self, uids: Sequence[str], fault: Callable[..., bytes | EntrezError | None] | None = None) -> None:
        self.uids = tuple(uids)
        self.fault = fault or (lambda **_: None)
        self.asked: list[dict[str, str]] = []
        self.waits = 0

    def ask_xml(self, call: str, fields: Mapping[str, str], *, tries: int | None = None) -> bytes:
        assert (call, fields["db"], fields["rettype"]) == ("efetch.fcgi", "sra", "full")
        start, size = int(fields["retstart"]), int(fields["retmax"])
        by_history = "WebEnv" in fields
        uids = (self.uids if by_history else tuple(fields["id"].split(",")))[start : start + size]
        answer: bytes | EntrezError | None = None
        for _ in range(tries or 6):
            self.asked.append(dict(fields))
            answer = self.fault(uids=uids, by_history=by_history, count=len(self.asked))
            if not isinstance(answer, EntrezTransientError) or isinstance(answer, HistoryLostError):
                break
        if isinstance(answer, EntrezError):
            raise answer
        return self.page(uids) if answer is None else answer

    def back_off(self, failures: int, at_least: float | None = None) -> None:
        self.waits += 1

    @staticmethod
    def page(uids: Sequence[str]) -> bytes:
        return " ".join(f"SRX{uid}" for uid in uids).encode()


def numbers(count: int) -> tuple[str, ...]:
    return tuple(str(number) for number in range(count, 0, -1))


def fetch(
    entrez: FakeEntrez, page_size: int = 10, *, history: bool = True
) -> tuple[list[FetchedPage], list[FailedUid]]:
    found = Found("x", len(entrez.uids), entrez.uids, *(("MCID_1", "1") if history else (None, None)))
    pages: list[FetchedPage] = []
    failed: list[FailedUid] = []
    for item in Fetcher(entrez, found, scan, page_size):
        if isinstance(item, FetchedPage):
            pages.append(item)
        else:
            failed.append(item)
    return pages, failed


def all_uids(pages: Sequence[FetchedPage]) -> list[str]:
    for page in pages:
        assert page.accessions == tuple(f"SRX{uid}" for uid in page.uids)
        assert page.body == FakeEntrez.page(page.uids)
    return [uid for page in pages for uid in page.uids]


def test_pages_are_asked_by_the_history() -> None:
    entrez = FakeEntrez(numbers(25))
    pages, failed = fetch(entrez)
    assert [len(page.uids) for page in pages] == [10, 10, 5]
    assert tuple(all_uids(pages)) == entrez.uids and not failed
    assert [(asked["WebEnv"], asked["query_key"], asked["retstart"], asked["retmax"]) for asked in entrez.asked] == [
        ("MCID_1", "1", "0", "10"),
        ("MCID_1", "1", "10", "10"),
        ("MCID_1", "1", "20", "5"),
    ]


def test_without_a_history_pages_are_asked_by_uid() -> None:
    entrez = FakeEntrez(numbers(25))
    pages, failed = fetch(entrez, history=False)
    assert tuple(all_uids(pages)) == entrez.uids and not failed
    assert [asked["id"].count(",") + 1 for asked in entrez.asked] == [10, 10, 5]


def test_a_search_without_results_asks_for_nothing() -> None:
    entrez = FakeEntrez(())
    assert fetch(entrez) == ([], [])
    assert entrez.asked == []


@pytest.mark.parametrize(
    "bad", [b"SRX3 SRX2", b"", b"SRX3 SRX2 SRX1" + BROKEN, b"SRX3 SRX2 SRX2", b"SRX3 SRX2 SRX1 SRX0"]
)
def test_a_page_that_is_not_whole_is_fetched_again(bad: bytes) -> None:
    entrez = FakeEntrez(numbers(3), lambda count, **_: bad if count == 1 else None)
    pages, failed = fetch(entrez)
    assert all_uids(pages) == ["3", "2", "1"] and not failed
    assert (len(entrez.asked), entrez.waits) == (2, 1)


def test_a_page_that_the_history_repeats_is_asked_by_uid() -> None:
    def first_page_again(by_history: bool, **_: Any) -> bytes | None:
        return FakeEntrez.page(numbers(30)[:10]) if by_history else None

    entrez = FakeEntrez(numbers(30), first_page_again)
    pages, failed = fetch(entrez)
    assert tuple(all_uids(pages)) == entrez.uids and not failed
    assert sum("WebEnv" in asked for asked in entrez.asked) == 1 + 3  # then the history is no longer trusted


def test_a_lost_history_costs_one_request() -> None:
    def lost(by_history: bool, count: int, **_: Any) -> EntrezError | None:
        return HistoryLostError("gone") if by_history and count > 1 else None

    entrez = FakeEntrez(numbers(30), lost)
    pages, failed = fetch(entrez)
    assert tuple(all_uids(pages)) == entrez.uids and not failed
    assert len(entrez.asked) == 4


def poison(bad: set[str], answer: bytes | EntrezError) -> Callable[..., bytes | EntrezError | None]:
    return lambda uids, **_: answer if bad.intersection(uids) else None


@pytest.mark.parametrize("answer", [BROKEN, b"", EntrezTransientError("HTTP 500")], ids=["cut", "empty", "500"])
@pytest.mark.parametrize("place", [0, 1, 99, 150, 199])
def test_one_poisonous_record_costs_itself_and_few_requests(answer: bytes | EntrezError, place: int) -> None:
    uids = numbers(400)
    entrez = FakeEntrez(uids, poison({uids[place]}, answer))
    pages, failed = fetch(entrez, 200)
    assert [item.uid for item in failed] == [uids[place]]
    assert failed[0].body == (answer if isinstance(answer, bytes) else None)
    assert sorted([*all_uids(pages), uids[place]]) == sorted(uids)
    assert len(entrez.asked) <= 2 + 2 * math.ceil(math.log2(200)) + 20


@settings(max_examples=150, deadline=None)
@given(data=st.data(), count=st.integers(0, 60), page_size=st.integers(1, 70), history=st.booleans())
def test_every_uid_is_fetched_or_named_once(data: st.DataObject, count: int, page_size: int, history: bool) -> None:
    uids = numbers(count)
    bad = set(data.draw(st.lists(st.sampled_from(uids)))) if uids else set()
    shapes: list[bytes | EntrezError] = [BROKEN, b"", b"SRX0 SRX0 SRX0", PageTooLargeError("too large")]
    shape = data.draw(st.sampled_from(shapes))
    pages, failed = fetch(FakeEntrez(uids, poison(bad, shape)), page_size, history=history)
    assert sorted(all_uids(pages)) == sorted(set(uids) - bad)
    assert sorted(item.uid for item in failed) == sorted(bad)


@settings(max_examples=100, deadline=None)
@given(data=st.data(), count=st.integers(4, 60), page_size=st.integers(1, 70))
def test_a_few_records_that_break_the_server_are_no_outage(data: st.DataObject, count: int, page_size: int) -> None:
    uids = numbers(count)
    bad = set(data.draw(st.lists(st.sampled_from(uids), max_size=3)))
    pages, failed = fetch(FakeEntrez(uids, poison(bad, EntrezTransientError("HTTP 500"))), page_size)
    assert sorted(all_uids(pages)) == sorted(set(uids) - bad)
    assert sorted(item.uid for item in failed) == sorted(bad)


@pytest.mark.parametrize("good_pages", [0, 3])
def test_an_outage_ends_the_fetch_within_a_few_requests(good_pages: int) -> None:
    entrez = FakeEntrez(numbers(1000), lambda count, **_: OUTAGE if count > good_pages else None)
    found = Found("x", 1000, entrez.uids, "MCID_1", "1")
    pages = []
    with pytest.raises(EntrezTransientError, match="down"):
        for page in Fetcher(entrez, found, scan, 100):
            pages.append(page)
    assert len(pages) == good_pages
    assert len(entrez.asked) <= good_pages + 16


@pytest.mark.parametrize("answers", range(1, 24))
def test_an_outage_that_begins_while_a_record_is_looked_for_blames_no_record(answers: int) -> None:
    broken = poison({"3"}, BROKEN)

    def fault(uids: Sequence[str], count: int, **_: Any) -> bytes | EntrezError | None:
        return OUTAGE if count > answers else broken(uids=uids)

    entrez = FakeEntrez(numbers(8), fault)
    failed = []
    with pytest.raises(EntrezTransientError, match="down"):
        for item in Fetcher(entrez, Found("x", 8, entrez.uids, "MCID_1", "1"), scan, 4):
            failed += [item] if isinstance(item, FailedUid) else []
        raise OUTAGE if len(entrez.asked) <= answers else AssertionError("the outage was not seen")
    assert all(item.body == BROKEN and item.uid == "3" for item in failed)


def test_a_record_that_answers_for_a_lost_history_costs_itself() -> None:
    pages, failed = fetch(FakeEntrez(numbers(30), poison({"5"}, HistoryLostError("gone"))))
    assert [item.uid for item in failed] == ["5"]
    assert len(all_uids(pages)) == 29


def test_a_server_that_turns_empty_is_found_out() -> None:
    entrez = FakeEntrez(numbers(1000), lambda count, **_: b"" if count > 2 else None)
    with pytest.raises(EntrezTransientError, match="no longer gives"):
        fetch(entrez, 100)
    assert len(entrez.asked) < 20


def test_a_page_that_is_too_large_is_halved_and_so_are_those_after_it() -> None:
    def at_most_five(uids: Sequence[str], **_: Any) -> EntrezError | None:
        return PageTooLargeError("too many") if len(uids) > 5 else None

    entrez = FakeEntrez(numbers(40), at_most_five)
    pages, failed = fetch(entrez, 10)
    assert tuple(all_uids(pages)) == entrez.uids and not failed
    assert len(entrez.asked) == 1 + 2 + 6


def test_a_record_of_another_uid_is_not_taken() -> None:
    def wrong(uids: Sequence[str], **_: Any) -> bytes | None:
        return FakeEntrez.page(["9" if uid == "3" else uid for uid in uids])

    pages, failed = fetch(FakeEntrez(numbers(10), wrong), 4)
    assert [item.uid for item in failed] == ["3"]
    assert "SRX9" in failed[0].message and "another UID" in failed[0].message
    assert failed[0].body == b"SRX9"
    assert sorted(all_uids(pages), key=int) == [str(uid) for uid in (1, 2, 4, 5, 6, 7, 8, 9, 10)]


def test_a_permanent_fault_ends_the_fetch_at_once() -> None:
    entrez = FakeEntrez(numbers(30), lambda count, **_: EntrezPermanentError("no") if count > 1 else None)
    with pytest.raises(EntrezPermanentError):
        fetch(entrez)
    assert len(entrez.asked) == 2


def test_a_page_that_cannot_be_scanned_is_a_failure_of_its_records() -> None:
    def refuse(body: bytes) -> PageScan:
        raise InputError("It has a DTD.")

    entrez = FakeEntrez(numbers(2))
    items = list(Fetcher(entrez, Found("x", 2, entrez.uids), refuse, 10))
    assert [(item.uid, item.message) for item in items if isinstance(item, FailedUid)] == [
        ("2", "It has a DTD."),
        ("1", "It has a DTD."),
    ]


@pytest.mark.parametrize("page_size", [0, -1, 10_001])
def test_a_senseless_page_size_is_refused(page_size: int) -> None:
    with pytest.raises(UsageError):
        fetch(FakeEntrez(numbers(3)), page_size)


def test_the_client_fetches_over_the_wire(server: Any, bench: Callable[..., Any]) -> None:
    def packages(*accessions: str) -> bytes:
        inner = "".join(f"<EXPERIMENT_PACKAGE>{name}</EXPERIMENT_PACKAGE>" for name in accessions)
        return f"<EXPERIMENT_PACKAGE_SET>{inner}</EXPERIMENT_PACKAGE_SET>".encode()

    def scan_packages(body: bytes) -> PageScan:
        parts = body.decode().split("</EXPERIMENT_PACKAGE>")
        return PageScan(tuple(part.rpartition(">")[2] for part in parts[:-1]), None)

    server.script = [
        (200, {}, packages("SRX3", "SRX2")),
        (400, {}, b"<eFetchResult><ERROR>Unable to obtain query #1</ERROR></eFetchResult>"),
        (200, {}, packages("SRX1")),
    ]
    found = Found("x", 3, ("3", "2", "1"), "MCID_1", "1")
    made = bench(api_key="0a1b2c3d")
    pages = list(made.client.fetch(found, scan=scan_packages, page_size=2))
    assert [page.accessions for page in pages] == [("SRX3", "SRX2"), ("SRX1",)]
    assert {asked.method for asked in server.asked} == {"POST"}
    assert server.asked[0].form == {
        "db": "sra",
        "rettype": "full",
        "retmode": "xml",
        "WebEnv": "MCID_1",
        "query_key": "1",
        "retstart": "0",
        "retmax": "2",
        "tool": "alembic_db",
        "api_key": "0a1b2c3d",
    }
    assert server.asked[2].form["id"] == "1"
    assert made.slept == []
