"""Short forms take the type of their long form."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alembic_db.ner import Annotator, EntityType, Span, Text, checked_spans, get_annotators
from alembic_db.ner.abbreviations import AbbreviationAnnotator

pytest.importorskip("scispacy")

NAMES = {"Alzheimer disease": (EntityType.DISEASE, "D:1"), "epidermal growth factor receptor": (EntityType.GENE, None)}


class Knows:
    """Marks the long forms of NAMES."""

    name = "knows"
    version = "1"
    entity_types = frozenset(EntityType)

    def annotate(self, texts: list[Text]) -> list[list[Span]]:
        return [sorted(self._find(text.content)) for text in texts]

    def _find(self, content: str) -> list[Span]:
        return [
            Span(start, start + len(name), kind, 0.8, concept)
            for name, (kind, concept) in NAMES.items()
            for start in range(len(content))
            if content.startswith(name, start)
        ]


@pytest.fixture(scope="module")
def annotator() -> Annotator:
    return AbbreviationAnnotator(Knows())


def test_short_form_has_type_and_concept_of_its_long_form_everywhere(annotator: Annotator) -> None:
    text = "🧬 In Alzheimer disease (AD) the epidermal growth factor receptor (EGFR) is high. AD and EGFR; ADA is not."
    (spans,) = annotator.annotate([Text(text)])
    assert [(text[span.start : span.end], str(span.entity_type), span.concept_id) for span in spans] == [
        ("AD", "Disease", "D:1"),
        ("EGFR", "Gene", None),
        ("AD", "Disease", "D:1"),
        ("EGFR", "Gene", None),
    ]
    assert {span.score for span in spans} == {0.8 * 0.9}


@pytest.mark.parametrize(
    "text",
    ["AD without its long form", "Alzheimer disease, AD", "lung cancer (LC) and LC", "", "(", "Alzheimer disease ()"],
)
def test_nothing_is_made_of_nothing(annotator: Annotator, text: str) -> None:
    assert annotator.annotate([Text(text)]) == [[]]


def test_step_has_a_name_that_says_whose_long_forms(annotator: Annotator) -> None:
    assert annotator.name == "abbreviations:knows"
    (chosen,) = get_annotators(["abbreviations:pattern"])
    assert (chosen.name, chosen.entity_types) == ("abbreviations:pattern", frozenset({EntityType.VARIANT}))


@given(
    parts=st.lists(
        st.sampled_from(["Alzheimer disease", " (AD)", " AD ", "(", ")", "İ", "🧬", "\ud800", " ", "\x00"]), max_size=10
    )
)
@settings(deadline=None, derandomize=True, max_examples=60)
def test_spans_fit_any_text(annotator: Annotator, parts: list[str]) -> None:
    text = Text("".join(parts))
    (spans,) = checked_spans(annotator, [text])
    assert all(text.content[span.start : span.end] == "AD" for span in spans)
    assert annotator.annotate([Text("x"), text]) == [[], spans]
