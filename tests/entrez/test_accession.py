from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alembic_db.accession import AccessionKind, kind_of, parse_accessions
from alembic_db.errors import UsageError


@pytest.mark.parametrize(
    ("accession", "kind"),
    [
        ("SRP000001", AccessionKind.STUDY),
        ("ERX000001", AccessionKind.EXPERIMENT),
        ("DRS000001", AccessionKind.SAMPLE),
        ("SRR9", AccessionKind.RUN),
        ("ERA000001", AccessionKind.SUBMISSION),
        ("PRJNA1", AccessionKind.BIOPROJECT),
        ("PRJEB1", AccessionKind.BIOPROJECT),
        ("PRJDB1", AccessionKind.BIOPROJECT),
        ("SAMN00000001", AccessionKind.BIOSAMPLE),
        ("SAMEA1", AccessionKind.BIOSAMPLE),
        ("SAMD00000001", AccessionKind.BIOSAMPLE),
        ("GSE1", AccessionKind.GEO_SERIES),
        ("GSM1", AccessionKind.GEO_SAMPLE),
    ],
)
def test_each_kind_is_told_by_its_prefix(accession: str, kind: AccessionKind) -> None:
    assert kind_of(accession) is kind


@pytest.mark.parametrize("word", ["", "SRP", "SRP1X", "srp1", "SRQ1", "PRJ1", "SRP\u0661", "SRP1\n", "SRP1[ACCN]"])
def test_what_is_no_accession_is_refused(word: str) -> None:
    with pytest.raises(UsageError):
        kind_of(word)


def test_text_is_split_upper_cased_and_freed_of_repeats() -> None:
    assert parse_accessions("srr2, SRR1\n\tgse7,,SRR2 ") == ["SRR2", "SRR1", "GSE7"]


def test_every_wrong_word_is_named_at_once() -> None:
    with pytest.raises(UsageError) as caught:
        parse_accessions("SRR1 hello,\x1b[31m wor;ld")
    message = str(caught.value)
    assert "HELLO" in message and "WOR;LD" in message and "SRR1," not in message
    assert message.isprintable()


def test_letters_of_other_scripts_do_not_become_accessions() -> None:
    with pytest.raises(UsageError):
        parse_accessions("\u017frr1")


def test_a_flood_of_wrong_words_is_counted_not_listed() -> None:
    with pytest.raises(UsageError, match="and 9950 more"):
        parse_accessions(" ".join(f"x{number}" for number in range(10_000)))


@given(
    st.lists(st.from_regex(r"(SRR|ERX|GSM|PRJNA)[0-9]{1,9}", fullmatch=True)),
    st.sampled_from([",", " ", "\n"]),
)
def test_accessions_come_back_as_written(names: list[str], separator: str) -> None:
    assert parse_accessions(separator.join(names)) == list(dict.fromkeys(names))


@given(st.text())
def test_any_text_gives_accessions_or_a_usage_error(text: str) -> None:
    try:
        names = parse_accessions(text)
    except UsageError as error:
        assert str(error).isprintable()
    else:
        assert all(kind_of(name) for name in names)
