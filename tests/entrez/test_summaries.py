"""Summaries tell UIDs, experiments and dates; what is broken costs itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alembic_db.entrez import Summary
from alembic_db.entrez.summaries import read_summaries

GOOD = '&lt;Summary&gt;x&lt;/Summary&gt;&lt;Experiment acc="SRX1" ver="1" status="public" name="a &lt;b&gt;"/&gt;'


def answer(**entries: Any) -> dict[str, Any]:
    return {"result": {"uids": list(entries), **entries}}


def reply(*uids: int) -> tuple[int, dict[str, str], bytes]:
    entries = {
        str(uid): {"uid": str(uid), "expxml": GOOD.replace("SRX1", f"SRX{uid}"), "updatedate": "2020/01/02"}
        for uid in uids
    }
    return 200, {}, json.dumps({"result": {"uids": list(entries), **entries}}).encode()


def test_uid_experiment_and_dates_are_read() -> None:
    entry = {"uid": "9", "expxml": GOOD, "createdate": "2019/11/21", "updatedate": "2018/12/20"}
    assert read_summaries(answer(**{"9": entry})) == {"9": Summary("9", "SRX1", "2019/11/21", "2018/12/20")}


@pytest.mark.parametrize(
    "entry",
    [
        {"uid": "9", "error": "cannot get document summary"},
        {"uid": "9", "expxml": "&lt;Experiment acc=&lt;&amp;", "updatedate": "yesterday"},
        {"uid": "9", "expxml": None},
        {},
        None,
        "what?",
    ],
)
def test_a_record_without_a_readable_summary_costs_itself(entry: Any) -> None:
    good = {"uid": "8", "expxml": GOOD, "updatedate": "2020/01/02"}
    read = read_summaries(answer(**{"9": entry, "8": good}))
    assert read == {"9": Summary("9"), "8": Summary("8", "SRX1", None, "2020/01/02")}


@given(st.text(max_size=200), st.text(max_size=20))
def test_any_text_is_survived(fragment: str, day: str) -> None:
    read = read_summaries(answer(**{"9": {"expxml": fragment, "updatedate": day}}))
    assert read["9"].uid == "9"


def test_what_an_answer_lacks_is_asked_for_again(server: Any, bench: Callable[..., Any]) -> None:
    server.script = [reply(3, 1), reply(2)]
    read = bench().client.summaries(["3", "2", "1"])
    assert {uid: said.accession for uid, said in read.items()} == {"3": "SRX3", "2": "SRX2", "1": "SRX1"}
    assert [asked.form["id"] for asked in server.asked] == ["3,2,1", "2"]


def test_what_never_comes_is_left_out(server: Any, bench: Callable[..., Any]) -> None:
    server.script = [reply(3)]
    assert set(bench().client.summaries(["3", "2"])) == {"3"}
    assert len(server.asked) == 3


def test_a_server_that_gives_fewer_at_once_is_asked_in_halves(server: Any, bench: Callable[..., Any]) -> None:
    too_many = (200, {}, b'{"error":"Too many UIDs in request. Maximum number of UIDs is 2 for JSON format output."}')
    server.script = [too_many, reply(4, 3), reply(2, 1)]
    assert set(bench().client.summaries(["4", "3", "2", "1"])) == {"1", "2", "3", "4"}


def test_many_are_asked_for_in_pages_of_500(server: Any, bench: Callable[..., Any]) -> None:
    server.script = [reply(*range(1, 501)), reply(*range(501, 701))]
    assert len(bench().client.summaries([str(uid) for uid in range(1, 701)])) == 700
    assert [asked.form["retmax"] for asked in server.asked] == ["500", "200"]


def test_a_faulty_answer_is_asked_for_again(server: Any, bench: Callable[..., Any]) -> None:
    server.script = [(200, {}, b'{"header":{},"esummaryresult":["NCBI C++ Exception:\\n Error"]}'), reply(1)]
    assert set(bench().client.summaries(["1"])) == {"1"}


REAL = Path(__file__).parents[3] / "shared" / "sra" / "eutils"


@pytest.mark.skipif(not REAL.is_dir(), reason="no recorded answers beside this checkout")
def test_recorded_summaries_are_read() -> None:
    """The fragments of a real answer (XML) in the shape in which JSON has them."""
    import html
    import re

    body = (REAL / "AI4S-YB_sradb_rs__tests__data__ncbi__esummary_SRP174132.xml").read_text()
    documents = re.findall(r"<DocSum>(.*?)</DocSum>", body, re.DOTALL)
    assert documents

    def item(document: str, name: str) -> str:
        found = re.search(rf'<Item Name="{name}"[^>]*>(.*?)</Item>', document, re.DOTALL)
        return html.unescape(found[1]) if found else ""

    entries = {
        re.search(r"<Id>(\d+)</Id>", document)[1]: {  # type: ignore[index]
            "expxml": html.escape(item(document, "ExpXml"), quote=False),
            "createdate": item(document, "CreateDate"),
            "updatedate": item(document, "UpdateDate"),
        }
        for document in documents
    }
    read = read_summaries(answer(**entries))
    assert len(read) == len(documents)
    assert all(said.accession and said.accession.startswith("SRX") for said in read.values())
    assert all(said.create_date and said.update_date for said in read.values())
