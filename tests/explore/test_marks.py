"""Marks drawn into a text leave it as it is, whatever the spans."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from alembic_db.explore import pieces

TYPES = ("Gene", "Disease", "Species")


@st.composite
def marked_texts(draw: st.DrawFn) -> tuple[str, list[dict[str, object]]]:
    text = draw(st.text(min_size=1, max_size=40))
    spans = []
    for _ in range(draw(st.integers(0, 6))):
        start = draw(st.integers(0, len(text) - 1))
        end = draw(st.integers(start + 1, len(text)))
        spans.append(
            {"start_offset": start, "end_offset": end, "entity_type": draw(st.sampled_from(TYPES)),
             "mention": text[start:end], "concept_id": draw(st.sampled_from([None, "C1"])),
             "annotator": draw(st.sampled_from(["a", "b"])), "score": 0.5}
        )  # fmt: skip
    return text, spans


@given(marked_texts())
def test_the_pieces_put_together_are_the_text(made: tuple[str, list[dict[str, object]]]):
    text, spans = made
    clusters = pieces(text, spans)
    assert "".join(piece.text for cluster in clusters for piece in cluster.pieces) == text


@given(marked_texts())
def test_every_span_is_marked_at_its_place_with_its_type(made: tuple[str, list[dict[str, object]]]):
    text, spans = made
    clusters = pieces(text, spans)
    marks = [mark for cluster in clusters for mark in cluster.marks]
    told = {(m.start, m.end, m.entity_type, name) for m in marks for name, _ in m.found_by}
    assert told == {(s["start_offset"], s["end_offset"], s["entity_type"], s["annotator"]) for s in spans}
    at = 0
    for cluster in clusters:
        for piece in cluster.pieces:
            covering = {
                s["entity_type"] for s in spans if s["start_offset"] <= at and at + len(piece.text) <= s["end_offset"]
            }  # type: ignore[operator]
            assert set(piece.types) == covering
            at += len(piece.text)
    assert all(m.start >= 0 and text[m.start : m.end] == m.mention for m in marks)


def test_nested_spans_show_both_types():
    spans = [
        {"start_offset": 0, "end_offset": 12, "entity_type": "Disease", "mention": "EGFR-mutated", "concept_id": None,
         "annotator": "a", "score": 1.0},
        {"start_offset": 0, "end_offset": 4, "entity_type": "Gene", "mention": "EGFR", "concept_id": None,
         "annotator": "b", "score": 1.0},
    ]  # fmt: skip
    (cluster, rest) = pieces("EGFR-mutated lung", spans)
    assert [(p.text, p.types) for p in cluster.pieces] == [("EGFR", ("Disease", "Gene")), ("-mutated", ("Disease",))]
    assert rest.pieces[0].text == " lung"
