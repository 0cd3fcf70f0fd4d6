"""Preparing text: what is left of it, and the exact way back."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alembic_db.errors import AnnotatorError, MissingExtraError
from alembic_db.ner import EntityType, Span, Text, checked_spans, get_annotators
from alembic_db.ner.preprocess import PreprocessedAnnotator, Preprocessor, language

pytest.importorskip("spacy")
pytest.importorskip("simplemma")


@pytest.fixture(scope="module")
def preprocessor() -> Preprocessor:
    return Preprocessor()


class Finds:
    """Marks every place of a word."""

    version = "7"
    entity_types = frozenset({EntityType.GENE})

    def __init__(self, word: str) -> None:
        self.name = "finds"
        self.word = word

    def annotate(self, texts: Sequence[Text]) -> list[list[Span]]:
        return [list(self._find(text.content)) for text in texts]

    def _find(self, content: str) -> Any:
        start = content.find(self.word)
        while start >= 0:
            yield Span(start, start + len(self.word), EntityType.GENE, 0.5)
            start = content.find(self.word, start + 1)


def test_what_the_paper_removes_is_removed(preprocessor: Preprocessor) -> None:
    text = "The 12 Mice weren't treated (2.5 mg, p<0.05) with IL-6 or NF-κB; TP53's loci, and RNA-seq of T47D cells!"
    assert preprocessor.process(text).text == ("mouse treat mg p il-6 nf-κb tp53 locus rna-seq t47d cell")


def test_terms_say_where_they_are_from(preprocessor: Preprocessor) -> None:
    text = "  e\u0301tude of 👩‍🔬 MICE\x00(İstanbul)"
    assert [text[term.start : term.end] for term in preprocessor.terms(text)] == ["e\u0301tude", "MICE", "İstanbul"]


def test_piece_of_the_prepared_text_leads_back_to_whole_words(preprocessor: Preprocessor) -> None:
    text = "Loss of the tumour-suppressor (TP53) in mice"
    form = preprocessor.process(text)
    assert form.text == "loss tumour-suppressor tp53 mouse"
    for piece, source in {
        "tp53": "TP53",
        "suppressor tp": "tumour-suppressor (TP53",
        "loss t": "Loss of the tumour-suppressor",
    }.items():
        start = form.text.index(piece)
        begin, end = form.source(start, start + len(piece))
        assert text[begin:end] == source
    for start, end in [(4, 5), (0, 0), (5, 4), (0, 99), (-1, 2)]:
        with pytest.raises(ValueError, match="touches no term"):
            form.source(start, end)


@given(content=st.text(max_size=80))
@settings(deadline=None, derandomize=True, max_examples=300)
def test_way_back_is_exact_in_all_of_unicode(preprocessor: Preprocessor, content: str) -> None:
    form = preprocessor.process(content)
    last = 0
    for term, start in zip(form.terms, form.starts, strict=True):
        assert last <= term.start < term.end <= len(content)
        assert content[term.start : term.end].strip() == content[term.start : term.end]
        assert form.text[start : start + len(term.text)] == term.text
        assert form.source(start, start + len(term.text)) == (term.start, term.end)
        last = term.end
    if form.terms:
        assert form.source(0, len(form.text)) == (form.terms[0].start, form.terms[-1].end)


@given(contents=st.lists(st.text(alphabet="TP53 tp\u0301(),-.the İß🧬\n", max_size=40), max_size=4))
@settings(deadline=None, derandomize=True)
def test_spans_on_prepared_text_fit_the_unaltered_one(contents: list[str]) -> None:
    annotator = PreprocessedAnnotator(Finds("tp"))
    texts = [Text(content) for content in contents]
    answers = checked_spans(annotator, texts)
    for text, spans in zip(texts, answers, strict=True):
        assert annotator.annotate([text]) == [spans]
        assert all("tp" in text.content[span.start : span.end].lower() for span in spans)


def test_long_text_is_cut_where_it_does_no_harm(preprocessor: Preprocessor) -> None:
    text = "Alpha mice and cells. " * 12_000
    terms = list(preprocessor.terms(text))
    assert len(terms) == 36_000
    assert {text[term.start : term.end] for term in terms} == {"Alpha", "mice", "cells"}


def test_chosen_by_name_before_any_annotator() -> None:
    (annotator,) = get_annotators(["preprocessed:pattern"])
    assert annotator.name == "preprocessed:pattern"
    assert annotator.version.endswith(" 1")
    assert annotator.annotate([Text("found (rs113488022) there")])[0] == [Span(7, 18, EntityType.VARIANT, 0.98)]
    with pytest.raises(AnnotatorError, match="no annotator 'nobody'"):
        get_annotators(["preprocessed:nobody"])
    with pytest.raises(AnnotatorError, match="no annotator"):
        get_annotators(["unknown:pattern"])


def test_own_stop_words_are_those_of_nltk() -> None:
    _, words = language.stop_words()
    assert len(words) >= 179
    assert {"the", "wouldn't", "t", "no", "ma"} <= words
    assert "call" not in words


def test_missing_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.partition(".")[0] in ("spacy", "scispacy"):
            raise ImportError(name)
        return real(name, *rest, **more)

    language.tokenizer.cache_clear()
    monkeypatch.setattr(builtins, "__import__", without)
    try:
        with pytest.raises(MissingExtraError, match=r"alembic-db\[nlp\]"):
            language.tokenizer()
    finally:
        monkeypatch.undo()
        language.tokenizer.cache_clear()


def test_without_scispacy_spacys_english_cuts(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("scispacy"):
            raise ImportError(name)
        return real(name, *rest, **more)

    language.tokenizer.cache_clear()
    monkeypatch.setattr(builtins, "__import__", without)
    try:
        assert language.tokenizer()[0].startswith("spacy-")
        assert [term.text for term in Preprocessor().terms("The mice of RNA-seq.")] == ["mouse", "rna", "seq"]
    finally:
        monkeypatch.undo()
        language.tokenizer.cache_clear()
