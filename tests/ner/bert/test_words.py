"""Sentences and words are those of stanza's spaCy tokeniser, which AIONER uses."""

from __future__ import annotations

import re
from importlib import resources
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alembic_db.ner.bert.words import Sentence, sentences

pytest.importorskip("spacy")

TEXTS = [
    *(resources.files("alembic_db.ner.bert") / "sample_sentences.txt").read_text("utf-8").splitlines(),
    "Dr. H. Smith vs. the e.g. case. See Fig. 2 and refs. 3-5! Really? Yes; no. p53-/- mice (n=3).",
    "NF-κB/IκBα (p65) -> TNF-α; CD4+CD25+ T-cells < 5% = 10^-3 mol/L at 37°C. don't can't 5'-UTR",
    "http://example.org/a_b?c=d and me@example.org; ...etc... --- a  b   c",
]


@pytest.fixture(scope="module")
def stanza_tokenizer() -> Any:
    pytest.importorskip("stanza")
    from stanza.pipeline.external.spacy import SpacyTokenizer

    return SpacyTokenizer({"lang": "en"})


def as_aioner(text: str) -> str:
    """Space a text out as AIONER does, written plainly."""
    return re.sub(" +", " ", re.sub(r"([=/()<>+\-_])", r" \1 ", text.strip()))


def by_stanza(tokenizer: Any, text: str) -> list[list[str]]:
    found = [[token.text for token in sentence.tokens] for sentence in tokenizer.process(text).sentences]
    kept = [[word for word in sentence if word.strip()] for sentence in found]
    return [sentence for sentence in kept if sentence]


@pytest.mark.parametrize("spaced", [True, False])
def test_sentences_are_those_of_stanza(stanza_tokenizer: Any, spaced: bool) -> None:
    for text in [*TEXTS, " ".join(TEXTS)]:
        ours = [sentence.words for sentence in sentences(text, spaced=spaced)]
        assert ours == by_stanza(stanza_tokenizer, as_aioner(text) if spaced else text)


@given(
    text=st.lists(
        st.sampled_from([*" .!?;:,()-=/_+<>'\"", "\n", "\t", "a", "Bc", "5", "Dr.", "µ", "é", "日"]), max_size=30
    )
)
@settings(deadline=None, derandomize=True, max_examples=60)
def test_sentences_of_any_text_are_those_of_stanza(stanza_tokenizer: Any, text: list[str]) -> None:
    content = "".join(text)
    ours = [sentence.words for sentence in sentences(content, spaced=True)]
    assert ours == by_stanza(stanza_tokenizer, as_aioner(content))


def test_places_are_those_of_the_unaltered_text() -> None:
    text = "  (p53)  mice.\nHeLa-cells "
    assert list(sentences(text, spaced=True)) == [
        Sentence(["(", "p53", ")", "mice", "."], [2, 3, 6, 9, 13], [3, 6, 7, 13, 14]),
        Sentence(["HeLa", "-", "cells"], [15, 19, 20], [19, 20, 25]),
    ]
