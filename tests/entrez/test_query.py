from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alembic_db.entrez import Filters, build_term
from alembic_db.errors import UsageError


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(organism="Homo sapiens"), '"Homo sapiens"[Organism]'),
        (Filters(organism="9606"), "txid9606[Organism:exp]"),
        (Filters(organism="txid9606"), "txid9606[Organism:exp]"),
        (Filters(strategy="RNA-Seq"), '"RNA-Seq"[Strategy]'),
        (Filters(source="transcriptomic"), '"transcriptomic"[Source]'),
        (Filters(layout="PAIRED"), '"paired"[Layout]'),
        (Filters(platform="oxford nanopore"), '"oxford nanopore"[Platform]'),
        (Filters(since="2024"), '("2024/01/01"[PDAT] : "3000"[PDAT])'),
        (Filters(until="2024-02"), '("1900/01/01"[PDAT] : "2024/02/29"[PDAT])'),
        (Filters(since="2023-04-30", until="2023"), '("2023/04/30"[PDAT] : "2023/12/31"[PDAT])'),
    ],
)
def test_each_filter_has_its_field(filters: Filters, expected: str) -> None:
    assert build_term("", filters) == expected


def test_words_keep_their_meaning_beside_filters() -> None:
    term = build_term(" liver  OR\nkidney ", Filters(organism="Mus musculus", layout="single"))
    assert term == '(liver OR kidney) AND "Mus musculus"[Organism] AND "single"[Layout]'


def test_words_alone_are_left_as_they_are() -> None:
    assert build_term("liver OR kidney", Filters()) == "liver OR kidney"


@pytest.mark.parametrize("term", ["", " \n "])
def test_nothing_to_search_for_is_refused(term: str) -> None:
    with pytest.raises(UsageError):
        build_term(term, Filters())


@pytest.mark.parametrize(
    "filters",
    [
        Filters(organism='Homo" OR "x'),
        Filters(platform="illumina]"),
        Filters(strategy=""),
        Filters(source="a\x00b"),
        Filters(layout="mated"),
        Filters(organism="\udcff"),
        Filters(since="2023-02-29"),
        Filters(since="2023-13"),
        Filters(since="0000"),
        Filters(until="yesterday"),
        Filters(until="2023/01/01"),
        Filters(since="2024", until="2023-12-31"),
    ],
)
def test_a_filter_that_cannot_be_used_is_refused(filters: Filters) -> None:
    with pytest.raises(UsageError) as caught:
        build_term("liver", filters)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("words", ["liver) OR (kidney", "(liver", "liver)", 'a "b', ") ("])
def test_words_that_would_break_out_of_their_parentheses_are_refused(words: str) -> None:
    with pytest.raises(UsageError):
        build_term(words, Filters(layout="single"))


def test_parentheses_inside_quotes_are_words() -> None:
    assert build_term('"a) b("', Filters(layout="single")) == '("a) b(") AND "single"[Layout]'


@given(st.text(), st.text())
def test_a_filter_never_holds_more_than_one_quoted_value(organism: str, platform: str) -> None:
    try:
        term = build_term("", Filters(organism=organism, platform=platform))
    except UsageError:
        return
    assert term.count(" AND ") >= 1
    assert term.count("[") == 2
    assert term.count('"') in (2, 4)


@given(st.dates(), st.dates())
def test_any_range_of_days_is_a_term_or_a_usage_error(first: object, last: object) -> None:
    try:
        term = build_term("", Filters(since=str(first), until=str(last)))
    except UsageError:
        assert str(first) > str(last)
    else:
        assert str(first) <= str(last)
        assert str(first).replace("-", "/") in term
