from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import requests
from lxml import etree

from alembic_db.demo import FAULT_NAMES, QUICK_FAULTS, Faults
from alembic_db.errors import UsageError

if TYPE_CHECKING:
    Start = Callable[..., Any]

IDS = ",".join(str(99_000_040 + number) for number in range(6))


@pytest.fixture
def struck(asking: Callable[..., Any], package: Callable[..., bytes]) -> Start:
    """Start a stand-in with six records on lungs, whose first answer is spoilt."""

    def start(fault: str) -> Any:
        return asking([package(number, "lung") for number in range(6)], faults=Faults(script={1: fault}))

    return start


def _accessions(answer: requests.Response) -> list[str]:
    return [str(name) for name in etree.fromstring(answer.content).xpath(".//EXPERIMENT/@accession")]


def _fetch(asker: Any) -> requests.Response:
    answer: requests.Response = asker.post("efetch", db="sra", id=IDS)
    return answer


@pytest.mark.parametrize("fault", sorted(FAULT_NAMES))
def test_fault_passes_after_one_request(struck: Start, fault: str) -> None:
    asker = struck(fault)
    asker.timeout = 0.2 if fault == "stall" else 10
    if fault in ("drop", "break_off", "stall"):
        with pytest.raises(requests.RequestException):
            _fetch(asker)
    else:
        _fetch(asker)
    asker.timeout = 10
    assert len(set(_accessions(_fetch(asker)))) == 6
    assert [asked.fault for asked in asker.server.requests] == [fault, None]


def test_dropped_request_gets_no_answer(struck: Start) -> None:
    with pytest.raises(requests.ConnectionError):
        _fetch(struck("drop"))


def test_broken_off_body_is_seen_on_the_wire(struck: Start) -> None:
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        _fetch(struck("break_off"))


def test_cut_body_is_seen_in_the_xml_only(struck: Start) -> None:
    answer = _fetch(struck("cut"))
    assert answer.status_code == 200
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(answer.content)


def test_short_page_lacks_a_record(struck: Start) -> None:
    assert len(set(_accessions(_fetch(struck("short"))))) == 5


def test_duplicate_stands_in_the_place_of_another(struck: Start) -> None:
    accessions = _accessions(_fetch(struck("duplicate")))
    assert len(accessions) == 6 and len(set(accessions)) == 5


def test_lists_of_uids_are_spoilt_too(struck: Start) -> None:
    assert len(struck("short").search("lung")["idlist"]) == 5
    assert len(set(struck("duplicate").search("lung")["idlist"])) == 5


def test_wrong_count_announces_more_than_there_is(struck: Start) -> None:
    found = struck("wrong_count").search("lung")
    assert int(found["count"]) > len(found["idlist"]) == 6


def test_empty_body_comes_with_status_200(struck: Start) -> None:
    answer = _fetch(struck("empty"))
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize(("fault", "status"), [("http_429", 429), ("http_500", 500), ("http_502_html", 502)])
def test_refusals_come_with_their_status(struck: Start, fault: str, status: int) -> None:
    answer = _fetch(struck(fault))
    assert answer.status_code == status
    assert ("Retry-After" in answer.headers) is (status == 429)
    assert answer.text.startswith("<html>") is (status == 502)


def test_efetch_hides_an_error_in_its_set(struck: Start) -> None:
    answer = _fetch(struck("error_in_200"))
    assert answer.status_code == 200
    assert etree.fromstring(answer.content).findtext("Error") == "Internal Server Error (db)"


def test_esearch_hides_an_error_in_its_json(struck: Start) -> None:
    assert struck("error_in_200").search("lung")["ERROR"].startswith("Search Backend failed")


def test_esummary_hides_an_error_in_a_list(struck: Start) -> None:
    answer = struck("error_in_200").post("esummary", db="sra", id=IDS, retmode="json")
    assert answer.json()["esummaryresult"][0].startswith("NCBI C++ Exception")


def test_lost_history_stays_lost(asking: Callable[..., Any], package: Callable[..., bytes]) -> None:
    asker = asking([package(1, "lung")], faults=Faults(script={2: "history_lost"}))
    history = {"WebEnv": asker.search("lung", usehistory="y")["webenv"], "query_key": "1"}
    answers = [asker.post("efetch", db="sra", **history) for _ in range(2)]
    assert [b"Unable to obtain query #1" in answer.content for answer in answers] == [True, True]
    assert asker.post("efetch", db="sra", id="99000040").ok


def test_poison_spoils_every_page_it_is_on_and_no_other(
    asking: Callable[..., Any], package: Callable[..., bytes]
) -> None:
    asker = asking([package(number) for number in range(6)], faults=Faults(poison_uids=frozenset({"99000042"})))
    for _ in range(2):
        with pytest.raises(etree.XMLSyntaxError):
            _accessions(_fetch(asker))
    with pytest.raises(etree.XMLSyntaxError):
        _accessions(asker.post("efetch", db="sra", id="99000042"))
    assert _accessions(asker.post("efetch", db="sra", id="99000041,99000043")) == ["SRX1", "SRX3"]


def test_rate_strikes_its_share_the_same_way_for_a_seed() -> None:
    def struck_by(seed: int) -> list[str | None]:
        faults = Faults(rate=0.25, seed=seed)
        return [faults.strike(number, "esearch", {"WebEnv": "x"}).name for number in range(1, 2001)]

    names = struck_by(1)
    assert names == struck_by(1) != struck_by(2)
    assert 400 < sum(name is not None for name in names) < 600
    assert {name for name in names if name} == QUICK_FAULTS - {"shifted", "two_documents", "page_twice"}


def test_rate_strikes_only_with_what_a_request_can_meet() -> None:
    faults = Faults(rate=1)
    names = {faults.strike(number, "efetch", {}).name for number in range(1, 500)}
    assert names == QUICK_FAULTS - {"wrong_count", "history_lost", "shifted"}


@pytest.mark.parametrize("wrong", [{"script": {1: "fire"}}, {"rate": 1.5}, {"rate": -0.1}])
def test_faults_that_do_not_exist_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        Faults(**wrong)
