from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from alembic_db.entrez import Found
from alembic_db.errors import UsageError


def esearch(count: int, uids: Sequence[int | str] = (), **more: Any) -> tuple[int, dict[str, str], bytes]:
    result = {"count": str(count), "idlist": [str(uid) for uid in uids], **more}
    return 200, {}, json.dumps({"esearchresult": result}).encode()


HISTORY = {"webenv": "MCID_1", "querykey": "1"}


def test_a_count_asks_for_no_uids(server: Any, bench: Callable[..., Any]) -> None:
    server.script = [esearch(123, querytranslation="liver[All Fields]")]
    found = bench().client.count("liver")
    assert found == Found(term="liver", count=123, translation="liver[All Fields]")
    assert server.asked[0].form["retmax"] == "0"
    assert "usehistory" not in server.asked[0].form


def test_one_request_gives_count_history_and_uids(server: Any, bench: Callable[..., Any]) -> None:
    server.script = [esearch(500, [9, 8, 7], **HISTORY)]
    found = bench().client.search("liver", limit=3)
    assert found == Found(term="liver", count=500, uids=("9", "8", "7"), webenv="MCID_1", query_key="1")
    (asked,) = server.asked
    assert (asked.form["usehistory"], asked.form["retmax"], asked.form["db"]) == ("y", "3", "sra")


def test_a_server_that_lists_too_many_is_cut_to_the_limit(server: Any, bench: Callable[..., Any]) -> None:
    server.script = [esearch(500, [9, 8, 7, 6], **HISTORY)]
    assert bench().client.search("liver", limit=2).uids == ("9", "8")


@pytest.mark.parametrize(("limit", "pages"), [(None, [10_000, 10_000, 5_000]), (12_000, [10_000, 2_000])])
def test_a_long_list_comes_in_pages(
    server: Any, bench: Callable[..., Any], limit: int | None, pages: list[int]
) -> None:
    uids = list(range(25_000, 0, -1))
    server.script = []
    for number, size in enumerate(pages):
        server.script.append(esearch(25_000, uids[number * 10_000 :][:size], **HISTORY))
    found = bench().client.search("liver", limit=limit)
    assert found.uids == tuple(str(uid) for uid in uids[:limit])
    assert found.webenv == "MCID_1"
    assert [int(asked.form["retstart"]) for asked in server.asked] == [0, 10_000, 20_000][: len(pages)]
    assert [int(asked.form["retmax"]) for asked in server.asked][1:] == pages[1:]


def test_nothing_found_is_an_answer(server: Any, bench: Callable[..., Any]) -> None:
    server.script = [
        esearch(
            0,
            errorlist={"phrasesnotfound": ["xyzzy"], "fieldsnotfound": []},
            warninglist={"outputmessages": ["No items found."]},
        )
    ]
    found = bench().client.search("xyzzy", limit=None)
    assert (found.count, found.uids, found.not_found, found.warnings) == (0, (), ("xyzzy",), ())
    assert len(server.asked) == 1


def test_what_was_not_found_comes_beside_results(server: Any, bench: Callable[..., Any]) -> None:
    server.script = [
        esearch(
            1,
            [5],
            **HISTORY,
            errorlist={"phrasesnotfound": ["SRR9[ACCN]"], "fieldsnotfound": ["Colour"]},
            warninglist={
                "phrasesignored": ["the"],
                "quotedphrasesnotfound": ['"b  c"'],
                "outputmessages": ["m"],
            },
        )
    ]
    found = bench().client.search("x", limit=None)
    assert found.uids == ("5",)
    assert found.not_found == ("SRR9[ACCN]", '"b c"')
    assert found.warnings == ("NCBI has no field Colour.", "NCBI ignored the.", "m")


def test_a_short_list_is_asked_for_again(server: Any, bench: Callable[..., Any]) -> None:
    server.script = [esearch(3, [9, 8], **HISTORY), esearch(3, [9, 8, 7])]
    found = bench().client.search("liver", limit=None)
    assert (found.uids, found.webenv, found.warnings) == (("9", "8", "7"), "MCID_1", ())


def test_a_wrong_count_is_corrected_by_the_second_answer(server: Any, bench: Callable[..., Any]) -> None:
    server.script = [esearch(9, [3, 2, 1], **HISTORY), esearch(3, [3, 2, 1])]
    found = bench().client.search("liver", limit=None)
    assert (found.count, found.uids, found.webenv, found.warnings) == (3, ("3", "2", "1"), "MCID_1", ())


def test_records_that_go_while_they_are_listed_end_the_use_of_the_history(
    server: Any, bench: Callable[..., Any]
) -> None:
    server.script = [esearch(4, [4, 3, 2], **HISTORY), esearch(3, [4, 2, 1])]
    found = bench().client.search("liver", limit=None)
    assert (found.count, found.uids, found.webenv) == (3, ("4", "2", "1"), None)


def test_a_second_answer_that_knows_less_takes_nothing_away(server: Any, bench: Callable[..., Any]) -> None:
    server.script = [esearch(4, [4, 3, 2], **HISTORY), esearch(0, []), esearch(4, [1])]
    found = bench().client.search("liver", limit=None)
    assert (found.count, found.uids) == (4, ("4", "3", "2", "1"))


def test_a_list_that_stays_short_is_a_warning_and_no_longer_the_history(server: Any, bench: Callable[..., Any]) -> None:
    server.script = [esearch(3, [9, 8, 8], **HISTORY), esearch(3, [9, 8, 8]), esearch(3, [])]
    found = bench().client.search("liver", limit=None)
    assert (found.uids, found.webenv, found.query_key) == (("9", "8"), None, None)
    assert found.warnings == ("NCBI announced 3 records and listed 2, asked twice.",)


def test_a_server_that_lists_less_at_once_is_asked_for_the_rest(server: Any, bench: Callable[..., Any]) -> None:
    def listing(start: int) -> tuple[int, dict[str, str], bytes]:
        return esearch(5, [9, 8, 7, 6, 5][start : start + 2], **HISTORY)

    server.script = [listing(0), listing(0), listing(2), listing(2), listing(4)]
    found = bench().client.search("liver", limit=None)
    assert found.uids == ("9", "8", "7", "6", "5")
    assert found.warnings == ()


def test_records_that_come_in_while_pages_are_read_are_not_lost(server: Any, bench: Callable[..., Any]) -> None:
    uids = list(range(10_003, 0, -1))
    newer = [10_004, *uids]
    server.script = [
        esearch(10_003, uids[:10_000], **HISTORY),
        esearch(10_004, newer[10_000:10_003]),
        esearch(10_004, newer[10_000:10_003]),
        esearch(10_004, newer[10_003:]),
    ]
    found = bench().client.search("liver", limit=None)
    assert found.uids == tuple(str(uid) for uid in uids)
    assert (found.webenv, found.warnings) == (None, ())


def test_line_breaks_inside_strings_are_survived(server: Any, bench: Callable[..., Any]) -> None:
    server.script = [(200, {}, b'{"esearchresult":{"count":"1","idlist":["4"],"querytranslation":"a\nb"}}')]
    assert bench().client.search("liver", limit=None).uids == ("4",)


@pytest.mark.parametrize(("term", "limit"), [("", 1), ("  ", None), ("liver", 0), ("liver", -1)])
def test_a_search_for_nothing_is_refused(bench: Callable[..., Any], term: str, limit: int | None) -> None:
    with pytest.raises(UsageError):
        bench().client.search(term, limit=limit)


def test_taking_fewer_uids_lets_go_of_the_history() -> None:
    found = Found(term="x", count=3, uids=("3", "2", "1"), webenv="MCID_1", query_key="1")
    fewer = found.only(["3", "1"])
    assert (fewer.uids, fewer.webenv, fewer.query_key, fewer.count) == (("3", "1"), None, None, 3)
