"""Texts to words and windows: nothing lost, nothing moved, whatever the text."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alembic_db.ner.compact.features import word_features
from alembic_db.ner.compact.words import MAX_WORDS, split_sentences, split_windows, split_words, with_tag


@given(st.text(max_size=300))
@settings(derandomize=True)
def test_words_cover_all_but_blanks_in_order(text: str) -> None:
    words = [word for window in split_windows(text) for word in window]
    assert "".join(text[word.start : word.end] for word in words) == "".join(text.split())
    assert all(early.end <= late.start for early, late in pairwise(words))
    assert all(word.piece == text[word.start : word.end] for word in words if len(word.piece) < 60)


@given(st.text(max_size=300))
@settings(derandomize=True)
def test_sentences_follow_one_another(text: str) -> None:
    bounds = list(split_sentences(text))
    assert "".join(text[start:end] for start, end in bounds) == text


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("We used HeLa cells. They grew.", 2),
        ("E. coli and S. cerevisiae (Fig. 2) grew.", 1),
        ("Compared with controls (e.g. WT vs. KO).", 1),
        ('He said "so." Then left! Why? [Because.] Yes', 5),
        ("title\nbody", 2),
        ("1.5 mM NaCl", 1),
        ("", 0),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text: str, count: int) -> None:
    assert len(list(split_sentences(text))) == count


def test_letters_and_digits_part_and_remember_their_run() -> None:
    words = list(split_words("BRAF V600E (p53)"))
    assert [(word.piece, word.run, word.at, word.after_space) for word in words] == [
        ("BRAF", "BRAF", 0, False),
        ("V", "V600E", 0, True),
        ("600", "V600E", 1, False),
        ("E", "V600E", 4, False),
        ("(", "(", 0, True),
        ("p", "p53", 0, False),
        ("53", "p53", 1, False),
        (")", ")", 0, False),
    ]


@pytest.mark.parametrize("unit", ["word ", "a1", "\u00e9.", "x", "1 ", "\u4e2d"])
def test_windows_are_bounded_however_long_the_sentence(unit: str) -> None:
    windows = list(split_windows(unit * 1000))
    assert max(map(len, windows)) <= MAX_WORDS
    assert sum(map(len, windows)) == len(list(split_words(unit * 1000)))


@pytest.mark.parametrize("unit", [".", ". ", "((((", "? ", "'", ".\u201d", "\n", " | ", "a.", "A. ", "\t"])
def test_time_grows_with_the_length_and_no_faster(unit: str) -> None:
    seconds = []
    for size in (20_000, 160_000):
        text = unit * (size // len(unit))
        started = time.process_time()
        for _ in split_windows(text):
            pass
        seconds.append(time.process_time() - started)
    assert seconds[1] < 8 * 4 * seconds[0] + 0.5  # what is quadratic takes 64 times as long


def test_tag_is_read_as_words() -> None:
    assert with_tag("cell_line", "HeLa") == "cell line: HeLa"
    assert with_tag(None, "HeLa") == with_tag("", "HeLa") == "HeLa"


def test_features_depend_on_letters_not_on_their_style() -> None:
    plain, wide = (
        word_features("egfr", "egfr", 0),
        word_features("\uff25\uff27\uff26\uff32", "\uff25\uff27\uff26\uff32", 0),
    )
    assert plain.form == wide.form and plain.ngrams == wide.ngrams and plain.shape != wide.shape
    assert word_features("\ud800", "\ud800", 0).form  # half a surrogate pair
