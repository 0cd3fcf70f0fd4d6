"""The neural path on any Unicode: exact places, the same answer whatever else is read, however many threads."""

from __future__ import annotations

import threading
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alembic_db.ner import Text, checked_spans
from alembic_db.ner.bert.building import load_annotator
from alembic_db.ner.bert.windows import windows
from alembic_db.ner.bert.words import PIECE_CHARACTERS, sentences
from alembic_db.ner.pieces import pieces

pytest.importorskip("spacy")

FRAGMENTS = [
    "gene ", "cancer", "mice. ", "HeLa", "p53-/-", "(", ")", "=", "<", ">", "_", "+", " ", "   ", "\n", "\t", "\x00", "\u00a0", "e\u0301",
    "👩‍🔬", "𝔐", "ß", "İ", "\u200f", "\ufeff", "日本", "!", "?", "Dr. ", "Fig. 2", "\u0085", "\u2028", "x" * 120, "[MASK]", "<ALL>", "\ud83d",
]  # fmt: skip
contents = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(FRAGMENTS), max_size=14).map("".join))
valid = contents.map(lambda text: text.encode("utf-8", "replace").decode("utf-8"))


@given(text=valid)
@settings(deadline=None, derandomize=True)
def test_words_lie_where_they_say_and_nothing_else_is_left_out(text: str) -> None:
    for spaced in (True, False):
        covered = []
        for sentence in sentences(text, spaced=spaced):
            for word, start, end in zip(*sentence, strict=True):
                assert text[start:end] == word
                covered += range(start, end)
        assert covered == sorted(set(covered))
        assert all(text[place].isspace() for place in set(range(len(text))) - set(covered))


@pytest.fixture(scope="module")
def annotator(aioner: Any) -> Any:
    return load_annotator(aioner[3], aioner[2])


@given(batch=st.lists(valid, max_size=5), data=st.data())
@settings(deadline=None, derandomize=True, max_examples=30)
def test_spans_fit_and_do_not_depend_on_the_batch(annotator: Any, batch: list[str], data: st.DataObject) -> None:
    texts = [Text(content) for content in batch]
    answers = checked_spans(annotator, texts)
    for text, spans in zip(texts, answers, strict=True):
        assert all(early.end <= late.start for early, late in pairwise(spans))
        assert all(text.content[span.start : span.end].strip() for span in spans)
        assert annotator.annotate([text]) == [spans]
    order = data.draw(st.permutations(range(len(batch))))
    assert annotator.annotate([texts[i] for i in order]) == [answers[i] for i in order]


SOME = [Text(" ".join(FRAGMENTS[i % 4 : i % 9 + 6]) + f" gene{i} of mice in cancer cells") for i in range(40)]


def test_threads_change_nothing(aioner: Any) -> None:
    answers = [load_annotator(aioner[3], aioner[2], threads).annotate(SOME) for threads in (1, 2, 3)]
    assert answers[0] == answers[1] == answers[2]
    assert sum(map(len, answers[0])) > 20


def test_one_annotator_serves_several_threads(annotator: Any) -> None:
    expected = annotator.annotate(SOME)
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(annotator.annotate(SOME))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 4


def test_empty_emoji_and_nul(annotator: Any) -> None:
    assert annotator.annotate([]) == []
    answers = checked_spans(annotator, [Text(""), Text(" \n"), Text("👩‍🔬🧬"), Text("\x00\x00"), Text("\u200b")])
    assert answers[:2] == [[], []]


def test_nothing_is_cut_off_in_a_long_sentence(annotator: Any) -> None:
    """Each word of a sentence of 3,000 words can be marked, far beyond the 256 pieces of the model."""
    content = "cancer " * 3000
    (spans,) = checked_spans(annotator, [Text(content)])
    one = annotator.annotate([Text("cancer " * 3)])[0]
    asked = sum(len(found.words) for found in sentences(content, spaced=True))
    assert asked == 3000
    if one:  # what marks it among few marks it among many: up to the end of the text
        assert max(span.end for span in spans) > len(content) * 0.9


@given(lengths=st.lists(st.integers(1, 6), min_size=1, max_size=80))
@settings(deadline=None, derandomize=True)
def test_windows_answer_for_each_word_once_and_see_around_it(lengths: list[int]) -> None:
    found = windows(lengths, 12, 3)
    assert [place for w in found for place in range(w.own_first, w.own_last)] == list(range(len(lengths)))
    for window in found:
        assert sum(lengths[window.first : window.last]) <= 12
        assert window.first <= window.own_first <= window.own_last <= window.last


@given(text=st.text(alphabet="ab .\n", max_size=400), most=st.integers(4, 60))
@settings(deadline=None, derandomize=True)
def test_pieces_are_the_text_again(text: str, most: int) -> None:
    found = list(pieces(text, most))
    assert "".join(text[start:end] for start, end in found) == text
    assert all(0 < end - start <= most for start, end in found)


def test_long_text_is_read_in_bounded_memory(annotator: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The model itself is left out: how long it takes is known, what is to be shown is what is held at once."""
    import resource

    def nothing(ids: np.ndarray) -> np.ndarray:
        return np.zeros((*ids.shape, 19), np.float32)

    monkeypatch.setattr(annotator._graph, "scores", nothing)
    monkeypatch.setattr("alembic_db.ner.bert.annotator._GROUP_WORDS", 5_000)
    annotator.annotate([Text(SENTENCE * 1_000)])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    checked_spans(annotator, [Text(SENTENCE * (4 * PIECE_CHARACTERS // len(SENTENCE)))])
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000  # kB


SENTENCE = "The gene of mice in cancer cells was found (n = 3). "
