"""The stand-in as an archive that lives: records come, change and go, searches expire, lists end early."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from alembic_db.demo import Bounds, Faults, StandInEntrez, folder_packages
from alembic_db.demo.inprocess import BASE_URL, StandInSession, VirtualClock
from alembic_db.errors import InputError

TODAY = f"{datetime.now(UTC):%Y/%m/%d}"


def summaries(asker: Any, ids: str) -> dict[str, Any]:
    result: dict[str, Any] = asker.post("esummary", db="sra", id=ids, retmode="json").json()["result"]
    return result


def test_revised_records_are_modified_on_the_day_and_keep_their_uid(
    asking: Callable[..., Any], package: Callable[..., bytes]
) -> None:
    asker = asking([package(1, "lung"), package(2, "lung")])
    before = dict(asker.server.uids)
    asker.server.change(revise={"SRX1": package(1, "liver")}, add=[package(3)], on=date(2026, 3, 4))
    assert asker.server.uids == {**before, "SRX3": str(int(max(before.values())) + 1)}
    assert asker.search("2026/03/04[MDAT]")["idlist"] == [asker.server.uids["SRX3"], before["SRX1"]]
    dates = summaries(asker, before["SRX1"])[before["SRX1"]]
    assert (dates["createdate"], dates["updatedate"]) == ("2020/01/01", "2026/03/04")
    asker.server.change(revise={"SRX2": package(2, "heart")})
    assert asker.search(f"{TODAY}[MDAT]")["idlist"] == [before["SRX2"]]


def test_withdrawn_records_are_nowhere_and_may_come_back(
    asking: Callable[..., Any], package: Callable[..., bytes]
) -> None:
    asker = asking([package(1), package(2)])
    uid = asker.server.uids["SRX1"]
    asker.server.change(withdraw=["SRX1"])
    assert asker.search("SRX1[ACCN]")["count"] == "0"
    assert summaries(asker, uid)["uids"] == []
    assert not etree.fromstring(asker.post("efetch", db="sra", id=uid).content).findall("EXPERIMENT_PACKAGE")
    asker.server.change(add=[package(1)])
    assert asker.search("SRX1[ACCN]")["idlist"] == [uid]


@pytest.mark.parametrize(
    ("form", "found"),
    [
        ({"datetype": "pdat", "mindate": "2021", "maxdate": "2022/06"}, ["SRX2"]),
        ({"mindate": "2020/01/01", "maxdate": "2020/01/01"}, ["SRX1"]),
        ({"datetype": "mdat", "mindate": "2026/01", "maxdate": "3000"}, ["SRX3"]),
        ({"datetype": "mdat", "reldate": "30"}, ["SRX3"]),
        ({"mindate": "2021"}, ["SRX1", "SRX2", "SRX3"]),
    ],
)
def test_dates_of_the_form_narrow_a_search(
    asking: Callable[..., Any], package: Callable[..., bytes], form: dict[str, str], found: list[str]
) -> None:
    asker = asking([package(1), package(2, day="2021-05-06"), package(3)])
    asker.server.change(revise={"SRX3": package(3, "new", day="2019-01-01")})
    uids = asker.search("public[Access]", **form)["idlist"]
    names = {uid: name for name, uid in asker.server.uids.items()}
    assert sorted(names[uid] for uid in uids) == found


def test_a_history_expires(package: Callable[..., bytes], asking: Callable[..., Any]) -> None:
    clock = VirtualClock()
    asker = asking([package(1)], clock=clock, history_seconds=8 * 3600)
    history = {"WebEnv": asker.search("SRX1", usehistory="y")["webenv"], "query_key": "1"}
    clock.sleep(8 * 3600 - 1)
    assert asker.post("efetch", db="sra", **history).ok
    clock.sleep(2)
    answer = asker.post("efetch", db="sra", **history)
    assert answer.status_code == 400 and b"Unable to obtain query #1" in answer.content


def test_lists_end_where_the_bounds_say(package: Callable[..., bytes], asking: Callable[..., Any]) -> None:
    asker = asking([package(number, "lung") for number in range(9)], bounds=Bounds(page=4, listed=6))
    assert len(asker.search("lung", retmax=9)["idlist"]) == 4
    assert len(asker.search("lung", retmax=9, retstart=5)["idlist"]) == 4
    answer = asker.post("esearch", db="sra", term="lung", retmode="json", retstart=6)
    assert "'retstart' cannot be larger than 5" in answer.text


def test_two_documents_hold_the_whole_page(package: Callable[..., bytes], asking: Callable[..., Any]) -> None:
    asker = asking([package(number) for number in range(3)], faults=Faults(script={1: "two_documents"}))
    ids = ",".join(asker.server.uids.values())
    body = asker.post("efetch", db="sra", id=ids).content
    assert body.count(b"<?xml") == 2 and body.count(b"<EXPERIMENT_PACKAGE>") == 3


def test_a_page_comes_twice(package: Callable[..., bytes], asking: Callable[..., Any]) -> None:
    asker = asking([package(number) for number in range(2)], faults=Faults(script={2: "page_twice"}))
    first, second = (asker.post("efetch", db="sra", id=uid).content for uid in asker.server.uids.values())
    assert first == second


def test_a_list_is_shifted_where_a_record_came_in(package: Callable[..., bytes], asking: Callable[..., Any]) -> None:
    packages = [package(number, "lung") for number in range(6)]
    asker = asking(packages, faults=Faults(script={2: "shifted"}))
    first, second = (asker.search("lung", retmax=3, retstart=start)["idlist"] for start in (0, 3))
    assert first[-1] == second[0] and len(second) == 3


def test_a_poisoned_record_poisons_its_summary_alone(package: Callable[..., bytes], asking: Callable[..., Any]) -> None:
    asker = asking([package(1), package(2)], faults=Faults(poison_uids=frozenset({"99000040"})))
    result = summaries(asker, "99000040,99000041")
    assert result["uids"] == ["99000040", "99000041"]
    assert result["99000040"]["updatedate"] and 'acc="SRX2"' in result["99000041"]["expxml"]
    assert 'acc="SRX1"' not in result["99000040"]["expxml"]


def test_any_folder_of_records_is_served(
    tmp_path: Path, package: Callable[..., bytes], asking: Callable[..., Any]
) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "a.xml").write_bytes(
        b"<EXPERIMENT_PACKAGE_SET>" + package(1) + package(2) + b"</EXPERIMENT_PACKAGE_SET>"
    )
    (tmp_path / "deep" / "b.xml").write_bytes(package(3))
    packages = folder_packages(tmp_path)
    assert set(asking(packages).server.uids) == {"SRX1", "SRX2", "SRX3"}
    (tmp_path / "none").mkdir()
    for path in (tmp_path / "none", tmp_path / "nowhere"):
        with pytest.raises(InputError):
            folder_packages(path)


def test_in_process_the_same_is_said_and_only_the_clock_moves(package: Callable[..., bytes]) -> None:
    import requests

    clock = VirtualClock()
    faults = Faults(script={2: "stall", 3: "slow", 4: "drop", 5: "break_off", 6: "http_429"})
    server = StandInEntrez([package(1, "lung")], faults=faults, clock=clock, requests_per_second=3)
    began = clock()
    with StandInSession(server, clock) as session:

        def ask() -> requests.Response:
            form = {"db": "sra", "term": "lung", "retmode": "json"}
            return session.post(f"{BASE_URL}esearch.fcgi", data=form, timeout=(10, 120))

        assert ask().json()["esearchresult"]["count"] == "1"
        for error in (requests.ReadTimeout, None, requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
            if error is None:
                assert ask().ok
            else:
                with pytest.raises(error):
                    ask()
        assert (refused := ask()).status_code == 429 and refused.headers["Retry-After"] == "2"
    assert 150 < clock() - began < 160
    assert server.refused == 0


def test_what_is_over_the_limit_is_counted(package: Callable[..., bytes]) -> None:
    clock = VirtualClock()
    server = StandInEntrez([package(1)], clock=clock, requests_per_second=3)
    statuses = [server.answer("GET", "/entrez/eutils/einfo.fcgi", {}).status for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429] and server.refused == 2
