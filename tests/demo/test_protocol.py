from __future__ import annotations

import gzip
import html
import http.client
import re
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import requests
from lxml import etree

from alembic_db.demo import StandInEntrez

if TYPE_CHECKING:
    Asking = Callable[..., Any]
    Make = Callable[..., bytes]


def _accessions(answer: requests.Response) -> list[str]:
    root = etree.fromstring(answer.content)
    return [str(name) for name in root.xpath("EXPERIMENT_PACKAGE/EXPERIMENT/@accession")]


@pytest.fixture
def many(asking: Asking, package: Make) -> Any:
    """A stand-in with 45 small records, of which the first 30 speak of the lung."""
    return asking([package(number, "lung" if number < 30 else "liver") for number in range(45)])


def test_search_lists_twenty_newest_first_unless_asked(many: Any) -> None:
    found = many.search("lung OR liver")
    assert (found["count"], found["retmax"], found["retstart"]) == ("45", "20", "0")
    assert found["idlist"] == [str(99_000_040 + number) for number in range(44, 24, -1)]


def test_search_pages_cover_every_record_once(many: Any) -> None:
    pages = [many.search("lung", retstart=start, retmax=7)["idlist"] for start in range(0, 35, 7)]
    assert [len(page) for page in pages] == [7, 7, 7, 7, 2]
    assert len({uid for page in pages for uid in page}) == 30


def test_search_never_lists_more_than_ten_thousand(asking: Asking, package: Make) -> None:
    found = asking([package(number) for number in range(10_050)]).search("public[Access]", retmax=20_000)
    assert (found["count"], len(found["idlist"])) == ("10050", 10_000)


def test_get_and_post_give_the_same(many: Any) -> None:
    form = {"db": "sra", "term": "lung[Title]", "retmode": "json"}
    assert many.get("esearch", **form).content == many.post("esearch", **form).content
    assert [asked.method for asked in many.server.requests] == ["GET", "POST"]
    assert many.server.requests[0].call == "esearch" and many.server.requests[1].form == form


def test_count_alone_is_answered_in_both_modes(many: Any) -> None:
    assert many.search("lung", rettype="count") == {"count": "30"}
    answer = many.get("esearch", db="sra", term="lung", rettype="count")
    assert etree.fromstring(answer.content).findtext("Count") == "30"


def test_search_answers_in_xml_by_default(many: Any) -> None:
    answer = many.get("esearch", db="sra", term='lung OR nosuch OR "no such"', usehistory="y", retmax=2)
    root = etree.fromstring(answer.content)
    assert answer.headers["Content-Type"] == "text/xml; charset=UTF-8"
    assert (root.tag, root.findtext("Count"), root.findtext("QueryKey")) == ("eSearchResult", "30", "1")
    assert [uid.text for uid in root.iterfind("IdList/Id")] == ["99000069", "99000068"]
    assert root.findtext("ErrorList/PhraseNotFound") == "nosuch"
    assert root.findtext("WarningList/QuotedPhraseNotFound") == '"no such"'


def test_search_without_hits_is_a_legal_answer(many: Any) -> None:
    found = many.search('nosuch AND "no such thing"[Title]')
    assert (found["count"], found["idlist"]) == ("0", [])
    assert found["errorlist"] == {"phrasesnotfound": ["nosuch"], "fieldsnotfound": []}
    assert found["warninglist"]["quotedphrasesnotfound"] == ['"no such thing"[Title]']
    assert found["warninglist"]["outputmessages"] == ["No items found."]


def test_phrase_not_found_comes_together_with_results(many: Any) -> None:
    found = many.search("SRX3[ACCN] OR SRX999[ACCN]")
    assert (found["count"], found["errorlist"]["phrasesnotfound"]) == ("1", ["SRX999[ACCN]"])
    assert found["querytranslation"] == "SRX3[ACCN] OR SRX999[ACCN]"


@pytest.mark.parametrize("term", ["((lung", 'lung "', "lung [[", "lung)) OR", "lung\x00"])
def test_unbalanced_terms_are_answered(many: Any, term: str) -> None:
    assert many.search(term)["count"] == "30"
    etree.fromstring(many.get("esearch", db="sra", term=term).content)


def test_history_gives_pages_of_an_earlier_search(many: Any) -> None:
    found = many.search("lung", usehistory="y", retmax=0)
    assert re.fullmatch(r"MCID_[0-9a-f]{24}", found["webenv"]) and found["querykey"] == "1"
    history = {"db": "sra", "WebEnv": found["webenv"], "query_key": 1}
    pages = [_accessions(many.post("efetch", **history, retstart=start, retmax=20)) for start in (0, 20, 40)]
    assert [len(page) for page in pages] == [20, 10, 0]
    assert pages[0][0] == "SRX29" and pages[1][-1] == "SRX0"


def test_later_search_can_name_an_earlier_one(many: Any) -> None:
    webenv = many.search("lung", usehistory="y")["webenv"]
    second = many.search("#1 NOT SRX3[ACCN]", usehistory="y", WebEnv=webenv)
    assert (second["count"], second["querykey"], second["webenv"]) == ("29", "2", webenv)
    assert many.search("", query_key=2, WebEnv=webenv)["count"] == "29"


def test_unknown_history_is_an_error_in_an_answer_of_its_own_kind(many: Any) -> None:
    lost = {"WebEnv": "MCID_" + "0" * 24, "query_key": 1}
    fetched = many.post("efetch", db="sra", **lost)
    assert fetched.status_code == 400
    assert etree.fromstring(fetched.content).findtext("ERROR") == "Unable to obtain query #1"
    assert many.search("#1", WebEnv=lost["WebEnv"]) == {"ERROR": "Unable to obtain query #1"}
    summary = many.post("esummary", db="sra", retmode="json", **lost)
    assert summary.json()["esummaryresult"] == ["Unable to obtain query #1"]


def test_efetch_gives_the_packages_asked_for_in_their_order(many: Any) -> None:
    answer = many.get("efetch", db="sra", id="99000045,99000041,99000050", rettype="full", retmode="xml")
    assert answer.content.startswith(b'<?xml version="1.0" encoding="UTF-8"  ?>\n<EXPERIMENT_PACKAGE_SET>')
    assert _accessions(answer) == ["SRX5", "SRX1", "SRX10"]


def test_packages_come_back_byte_for_byte(asking: Asking, packages: list[bytes]) -> None:
    body = asking(packages).post("efetch", db="sra", id="99000040,99000090").content
    assert packages[0] in body and packages[50] in body


def test_efetch_reads_an_accession_by_its_digits(asking: Asking, packages: list[bytes]) -> None:
    assert _accessions(asking(packages).get("efetch", db="sra", id="SRX99000045")) == ["SRX99000006"]


def test_efetch_leaves_out_what_it_does_not_have(many: Any) -> None:
    assert _accessions(many.get("efetch", db="sra", id="1,99000040")) == ["SRX0"]


@pytest.mark.parametrize("form", [{}, {"id": ""}, {"id": " , "}, {"query_key": "1"}])
def test_efetch_of_nothing_is_refused(many: Any, form: dict[str, str]) -> None:
    answer = many.post("efetch", db="sra", **form)
    assert (answer.status_code, answer.text) == (400, "Both list of IDs and query_key are empty")


def test_unknown_calls_databases_and_types_are_refused(many: Any) -> None:
    assert many.get("elink", db="sra").status_code == 404
    assert many.search("lung", db="nosuch") == {"ERROR": "Invalid db name specified: nosuch"}
    assert many.get("efetch", db="sra", id="99000040", rettype="nosuch").status_code == 400
    assert many.search("")["ERROR"] == "Empty term and query_key - nothing todo"


def test_epost_keeps_a_list_for_later(many: Any) -> None:
    root = etree.fromstring(many.post("epost", db="sra", id="99000043,99000041").content)
    history = {"WebEnv": root.findtext("WebEnv"), "query_key": root.findtext("QueryKey")}
    assert _accessions(many.get("efetch", db="sra", **history)) == ["SRX3", "SRX1"]


def test_einfo_names_databases_and_fields(many: Any) -> None:
    assert many.get("einfo", retmode="json").json()["einforesult"]["dblist"] == ["sra", "gds"]
    info = many.get("einfo", db="sra", retmode="json").json()["einforesult"]["dbinfo"][0]
    assert info["count"] == "45"
    assert {"name": "MDAT", "fullname": "Modification Date"} in info["fieldlist"]
    root = etree.fromstring(many.get("einfo", db="sra").content)
    assert root.findtext("DbInfo/Count") == "45"


def test_summary_holds_escaped_fragments_without_a_root(asking: Asking, packages: list[bytes]) -> None:
    result = asking(packages).get("esummary", db="sra", id="99000046", retmode="json").json()["result"]
    entry = result[result["uids"][0]]
    assert entry["expxml"].startswith("&lt;Summary&gt;")
    fragment = etree.fromstring(f"<x>{html.unescape(entry['expxml'])}</x>")
    assert fragment.xpath("string(Experiment/@acc)") == "SRX99000007"
    assert fragment.findtext("Bioproject") == "PRJNA9990002"
    runs = etree.fromstring(f"<x>{html.unescape(entry['runs'])}</x>")
    assert re.fullmatch(r"SRR9900\d{4}", str(runs.xpath("string(Run/@acc)")))
    assert re.fullmatch(r"2016/03/\d\d", entry["createdate"])


def test_summary_in_xml_says_the_same(asking: Asking, packages: list[bytes]) -> None:
    root = etree.fromstring(asking(packages).get("esummary", db="sra", id="99000046").content)
    fragment = etree.fromstring(f"<x>{root.findtext('DocSum/Item[@Name="ExpXml"]')}</x>")
    assert fragment.xpath("string(Study/@acc)") == "SRP990002"


def test_json_summaries_end_at_five_hundred(asking: Asking, package: Make) -> None:
    asker = asking([package(number) for number in range(501)])
    uids = [str(99_000_040 + number) for number in range(501)]
    refused = asker.post("esummary", db="sra", id=",".join(uids), retmode="json").json()
    assert refused["error"].startswith("Too many UIDs in request. Maximum number of UIDs is 500")
    passed = asker.post("esummary", db="sra", id=",".join(uids[:500]), retmode="json").json()
    assert len(passed["result"]["uids"]) == 500


def test_geo_series_leads_to_its_sra_study(asking: Asking, packages: list[bytes]) -> None:
    asker = asking(packages)
    found = asker.search("GSE990002[ACCN] AND gse[ETYP]", db="gds")
    assert found["idlist"] == ["200990002"]
    result = asker.get("esummary", db="gds", id="200990002", retmode="json").json()["result"]["200990002"]
    assert (result["accession"], result["entrytype"], result["bioproject"]) == ("GSE990002", "GSE", "PRJNA9990002")
    assert [(entry["relationtype"], entry["targetobject"]) for entry in result["extrelations"]] == [
        ("SRA", "SRP990002")
    ]
    assert len(result["samples"]) == int(result["n_samples"]) == 6


def test_geo_finds_the_samples_of_a_series_too(asking: Asking, packages: list[bytes]) -> None:
    asker = asking(packages)
    uids = asker.search("GSE990002[ACCN]", db="gds")["idlist"]
    assert len(uids) == 7
    answer = asker.get("esummary", db="gds", id=",".join(uids))
    entries = etree.fromstring(answer.content).xpath("DocSum/Item[@Name='accession']/text()")
    assert sorted(map(str, entries))[0] == "GSE990002"


def test_answers_are_chunked_and_zipped_when_accepted(many: Any) -> None:
    host = urlsplit(many.server.url).netloc
    for accepted in ("gzip", "identity"):
        connection = http.client.HTTPConnection(host, timeout=10)
        try:
            path = "/entrez/eutils/efetch.fcgi?db=sra&id=99000040"
            connection.request("GET", path, headers={"Accept-Encoding": accepted})
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        assert (answer.getheader("Transfer-Encoding"), answer.getheader("Content-Length")) == ("chunked", None)
        assert b"SRX0" in (gzip.decompress(body) if accepted == "gzip" else body)


def test_long_addresses_must_be_posted(many: Any) -> None:
    ids = ",".join(["99000040"] * 1000)
    assert many.get("efetch", db="sra", id=ids).status_code == 414
    assert many.post("efetch", db="sra", id=ids).status_code == 200


def test_repeated_ids_make_one_list(many: Any) -> None:
    with requests.Session() as session:
        answer = session.get(f"{many.server.url}efetch.fcgi?db=sra&id=99000040&id=99000041", timeout=10)
    assert _accessions(answer) == ["SRX0", "SRX1"]


def test_body_of_unknown_length_is_refused(many: Any) -> None:
    connection = http.client.HTTPConnection(urlsplit(many.server.url).netloc, timeout=10)
    try:
        connection.putrequest("POST", "/entrez/eutils/esearch.fcgi")
        connection.putheader("Content-Length", "many")
        connection.endheaders()
        answer = connection.getresponse()
        answer.read()
    finally:
        connection.close()
    assert answer.status == 400


def test_limit_lets_three_pass_and_more_with_a_key(asking: Asking, package: Make) -> None:
    now = 0.0
    asker = asking([package(1)], requests_per_second=3, clock=lambda: now)
    plain = [asker.get("einfo", retmode="json").status_code for _ in range(4)]
    keyed = [asker.get("einfo", retmode="json", api_key="abc").status_code for _ in range(11)]
    assert plain == [200] * 3 + [429]
    assert keyed == [200] * 10 + [429]


def test_limit_answers_as_ncbi_does_and_gives_way_with_time(asking: Asking, package: Make) -> None:
    now = [0.0]
    asker = asking([package(1)], requests_per_second=1, clock=lambda: now[0])
    assert asker.get("einfo").headers["X-RateLimit-Remaining"] == "0"
    refused = asker.get("einfo")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "2")
    assert refused.json() == {
        "error": "API rate limit exceeded", "api-key": "127.0.0.1", "count": "2", "limit": "1"
    }  # fmt: skip
    now[0] = 1.0
    assert asker.get("einfo").status_code == 200


def test_search_stays_fixed_when_records_are_replaced(asking: Asking, package: Make) -> None:
    asker = asking([package(1, "lung"), package(2, "lung")])
    before = asker.search("lung", usehistory="y")
    asker.server.replace([package(2, "lung revised"), package(3, "lung")])
    after = asker.search("lung")
    assert (before["idlist"], after["idlist"]) == (["99000041", "99000040"], ["99000042", "99000041"])
    assert asker.server.uids == {"SRX2": "99000041", "SRX3": "99000042"}
    withdrawn = asker.post("efetch", db="sra", WebEnv=before["webenv"], query_key=1)
    assert _accessions(withdrawn) == ["SRX2"] and b"revised" in withdrawn.content


def test_server_ends_with_its_block_though_clients_hold_connections(package: Make) -> None:
    before = threading.active_count()
    with requests.Session() as session:
        with StandInEntrez([package(1)]) as server:
            url = server.url
            assert session.get(f"{url}einfo.fcgi", timeout=10).ok
            assert url.startswith("http://127.0.0.1:") and url.endswith("/")
        assert threading.active_count() == before
        with pytest.raises(requests.ConnectionError):
            session.get(f"{url}einfo.fcgi", timeout=10)
    with pytest.raises(RuntimeError):
        _ = server.url


def test_many_clients_are_answered_at_once(many: Any) -> None:
    def ask() -> None:
        with requests.Session() as session:
            answer = session.post(
                f"{many.server.url}esearch.fcgi", data={"db": "sra", "term": "lung", "usehistory": "y"}, timeout=10
            )
            counts.append(etree.fromstring(answer.content).findtext("Count"))

    counts: list[str | None] = []
    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == ["30"] * 8
    assert len(many.server.requests) == 8
