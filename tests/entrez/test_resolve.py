from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from alembic_db.errors import UsageError

Reply = tuple[int, dict[str, str], bytes]


def esearch(uids: Sequence[int], missing: Sequence[str] = ()) -> Reply:
    result = {
        "count": str(len(uids)),
        "idlist": [str(uid) for uid in uids],
        "webenv": "MCID_1",
        "querykey": "1",
        "errorlist": {"phrasesnotfound": list(missing)},
    }
    return 200, {}, json.dumps({"esearchresult": result}).encode()


def esummary(*summaries: dict[str, Any]) -> Reply:
    result: dict[str, Any] = {str(uid): summary for uid, summary in enumerate(summaries)}
    return 200, {}, json.dumps({"result": {"uids": list(result), **result}}).encode()


def test_each_kind_is_asked_for_in_its_field(server: Any, bench: Callable[..., Any]) -> None:
    server.script = [esearch([3, 2, 1])]
    (found,) = bench().client.resolve(["srr1", "ERP2", "PRJNA3", "SAMN4", "GSM5"])
    assert found.uids == ("3", "2", "1")
    (asked,) = server.asked
    assert asked.form["term"] == ("SRR1[ACCN] OR ERP2[ACCN] OR PRJNA3[BioProject] OR SAMN4[BioSample] OR GSM5[ACCN]")
    assert asked.path.endswith("esearch.fcgi")


def test_many_accessions_are_asked_for_in_groups(server: Any, bench: Callable[..., Any]) -> None:
    server.script = [esearch([3]), esearch([2]), esearch([1])]
    founds = list(bench().client.resolve([f"SRR{number}" for number in range(1, 402)]))
    assert [found.term.count(" OR ") + 1 for found in founds] == [200, 200, 1]


def test_unknown_accessions_are_named(server: Any, bench: Callable[..., Any]) -> None:
    server.script = [esearch([1], ["SRR9[Accession]", '"PRJNA7"[BioProject]', "odd words"])]
    (found,) = bench().client.resolve(["SRR1", "SRR9", "PRJNA7"])
    assert found.not_found == ("SRR9", "PRJNA7", "odd words")


def test_where_nothing_is_found_every_accession_is_named(server: Any, bench: Callable[..., Any]) -> None:
    server.script = [esearch([])]
    (found,) = bench().client.resolve(["SRR8", "SRR9"])
    assert (found.uids, found.not_found) == ((), ("SRR8", "SRR9"))


def test_words_that_are_no_accessions_are_refused_before_anything_is_asked(
    server: Any, bench: Callable[..., Any]
) -> None:
    with pytest.raises(UsageError, match="LIVER"):
        bench().client.resolve(["SRR1", "liver"])
    assert server.asked == []


@pytest.mark.parametrize(
    ("summary", "term"),
    [
        (
            {"extrelations": [{"relationtype": "SRA", "targetobject": "SRP7"}], "bioproject": "PRJNA7"},
            "SRP7[ACCN]",
        ),
        ({"extrelations": [], "bioproject": "PRJNA7"}, "PRJNA7[BioProject]"),
        ({"bioproject": "", "samples": [{"accession": "GSM1"}, {"accession": "x] OR y["}]}, "GSM1[ACCN]"),
    ],
)
def test_a_series_is_found_by_what_geo_names_for_it(
    server: Any, bench: Callable[..., Any], summary: dict[str, Any], term: str
) -> None:
    summaries = esummary(
        {"error": "cannot"}, {"accession": "GSE55", "bioproject": "PRJNA1"}, {"accession": "GSE5", **summary}
    )
    server.script = [esearch([200000005, 100000001]), summaries, esearch([3, 2])]
    (found,) = bench().client.resolve(["GSE5"])
    assert (found.uids, found.not_found) == (("3", "2"), ())
    assert [(asked.path.rpartition("/")[2], asked.form["db"]) for asked in server.asked] == [
        ("esearch.fcgi", "gds"),
        ("esummary.fcgi", "gds"),
        ("esearch.fcgi", "sra"),
    ]
    assert server.asked[0].form["term"] == "GSE5[ACCN]"
    assert server.asked[1].form["id"] == "200000005,100000001"
    assert server.asked[2].form["term"] == term


@pytest.mark.parametrize(
    "script",
    [
        [esearch([])],
        [esearch([200000005]), esummary({"accession": "GSE5"})],
        [esearch([200000005]), esummary({"accession": "GSE6", "bioproject": "PRJNA1"})],
        [esearch([200000005]), esummary({"accession": "GSE5", "bioproject": "PRJNA1"}), esearch([])],
    ],
    ids=["not in GEO", "linked to nothing", "another series", "not in SRA"],
)
def test_a_series_without_records_is_named(server: Any, bench: Callable[..., Any], script: list[Reply]) -> None:
    server.script = script
    (found,) = bench().client.resolve(["GSE5"])
    assert (found.count, found.uids, found.not_found) == (0, (), ("GSE5",))


def test_samples_of_a_series_that_are_not_in_sra_are_a_warning(server: Any, bench: Callable[..., Any]) -> None:
    samples = [{"accession": "GSM1"}, {"accession": "GSM2"}]
    server.script = [
        esearch([200000005]),
        esummary({"accession": "GSE5", "samples": samples}),
        esearch([1], ["GSM2[ACCN]"]),
    ]
    (found,) = bench().client.resolve(["GSE5"])
    assert (found.not_found, found.warnings) == ((), ("GSE5: NCBI's SRA does not know GSM2.",))


def test_a_record_found_twice_is_fetched_once(server: Any, bench: Callable[..., Any]) -> None:
    server.script = [
        esearch([4, 3, 2]),
        esearch([200000005]),
        esummary({"accession": "GSE5", "bioproject": "PRJNA1"}),
        esearch([3, 1]),
    ]
    first, second = bench().client.resolve(["SRP1", "GSE5"])
    assert first.uids == ("4", "3", "2")
    assert (second.uids, second.webenv) == (("1",), None)
