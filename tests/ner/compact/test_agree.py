"""A name is one thing in one text."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from alembic_db.ner import EntityType, Span
from alembic_db.ner.compact.agree import agreed
from alembic_db.ner.spans import surest_spans

GENE, DISEASE, LINE = EntityType.GENE, EntityType.DISEASE, EntityType.CELL_LINE


def found(content: str, *marked: tuple[str, EntityType, float]) -> list[tuple[str, int, EntityType, float]]:
    """Mark the first free place of each name, and return what comes of it."""
    spans: list[Span] = []
    for name, kind, score in marked:
        start = content.find(name, max((span.end for span in spans), default=0))
        spans.append(Span(start, start + len(name), kind, score))
    return [(content[s.start : s.end], s.start, s.entity_type, s.score) for s in agreed(content, spans)]


def test_a_sure_name_is_marked_wherever_it_stands_as_whole_words() -> None:
    content = "TDP-43 binds; TDP-43, aTDP-43 and TDP-431 do (TDP-43)"
    assert found(content, ("TDP-43", GENE, 0.95)) == [
        ("TDP-43", 0, GENE, 0.95), ("TDP-43", 14, GENE, 0.855), ("TDP-43", 46, GENE, 0.855),
    ]  # fmt: skip


def test_what_is_less_than_sure_or_very_short_is_left_where_it_was_found() -> None:
    assert len(found("EGFR and EGFR", ("EGFR", GENE, 0.89))) == 1
    assert len(found("MS and MS", ("MS", DISEASE, 0.99))) == 1


def test_no_place_is_marked_twice() -> None:
    content = "ataxia; spinocerebellar ataxia"
    marked = found(content, ("ataxia", DISEASE, 0.99), ("spinocerebellar ataxia", DISEASE, 0.99))
    assert [name for name, *_ in marked] == ["ataxia", "spinocerebellar ataxia"]


def test_the_longest_name_is_marked_where_two_begin_together() -> None:
    content = "breast cancer, breast; breast cancer"
    marked = found(content, ("breast cancer", DISEASE, 0.99), ("breast", GENE, 0.99))
    assert [(name, start) for name, start, *_ in marked] == [
        ("breast cancer", 0), ("breast", 15), ("breast cancer", 23),
    ]  # fmt: skip


def test_a_name_takes_the_type_that_clearly_outweighs_the_others() -> None:
    content = "HEK and HEK and HEK"
    kinds = [kind for *_, kind, _ in found(content, ("HEK", LINE, 0.8), ("HEK", GENE, 0.5), ("HEK", LINE, 0.8))]
    assert kinds == [LINE] * 3
    assert [kind for *_, kind, _ in found(content, ("HEK", LINE, 0.8), ("HEK", GENE, 0.5))] == [LINE, GENE]


@given(st.data())
def test_spans_stay_inside_apart_and_none_is_lost(data: st.DataObject) -> None:
    content = data.draw(st.text(alphabet=st.sampled_from("ab-́\n𝒳 "), max_size=40))
    places = st.tuples(st.integers(0, len(content)), st.integers(0, len(content)))
    spans = surest_spans(
        Span(min(place), max(place), data.draw(st.sampled_from((GENE, LINE))), data.draw(st.sampled_from((0.5, 0.95))))
        for place in data.draw(st.lists(places, max_size=6))
        if place[0] != place[1]
    )
    after = agreed(content, spans)
    assert {(span.start, span.end, span.score) for span in spans} <= {(s.start, s.end, s.score) for s in after}
    assert all(0 <= span.start < span.end <= len(content) for span in after)
    assert all(one.end <= next_one.start for one, next_one in pairwise(after))
