"""One text, one reading of a name: what is sure at one place holds wherever the name stands."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from alembic_db.ner.base import EntityType, Span

_SURE = 0.9  # the least score of a name that is marked where it was passed over
_SHORTEST = 3  # characters of such a name
_LESS = 0.9  # of its score it gets there
_OUTWEIGHS = 2.0  # times that the scores of a type have to be those of the next
_PIECE = re.compile(r"[^\W_]+|[\W_]")


def agreed(content: str, spans: Sequence[Span]) -> list[Span]:
    """Return the spans, sorted and apart as they came, with one type a name and with what was passed over.

    A name that was read as several types is taken for the one that clearly outweighs the others. A name that was
    surely found is marked at its other places, too, where it stands as whole words and nothing else is marked.
    """
    one_type = _with_one_type(content, spans)
    sure: dict[str, Span] = {}
    for span in one_type:
        name = content[span.start : span.end]
        if span.score >= _SURE and len(name) >= _SHORTEST and (name not in sure or sure[name].score < span.score):
            sure[name] = span
    return sorted([*one_type, *_passed_over(content, one_type, sure)]) if sure else one_type


def _with_one_type(content: str, spans: Sequence[Span]) -> list[Span]:
    weights: dict[str, dict[EntityType, float]] = defaultdict(lambda: defaultdict(float))
    for span in spans:
        weights[content[span.start : span.end]][span.entity_type] += span.score
    settled: dict[str, EntityType] = {}
    for name, of_types in weights.items():
        first, *others = sorted(of_types, key=lambda kind: -of_types[kind])
        if others and of_types[first] >= _OUTWEIGHS * of_types[others[0]]:
            settled[name] = first
    return [span._replace(entity_type=settled.get(content[span.start : span.end], span.entity_type)) for span in spans]


def _passed_over(content: str, spans: Sequence[Span], sure: Mapping[str, Span]) -> Iterator[Span]:
    """Yield spans for the free places of the names, in one pass over the text; the longest name first."""
    by_piece: dict[str, list[str]] = defaultdict(list)
    for name in sorted(sure, key=len, reverse=True):
        by_piece[_first_piece(name)].append(name)
    starts = [span.start for span in spans]
    free_from = 0
    for piece in _PIECE.finditer(content):
        start = piece.start()
        if start < free_from:
            continue
        for name in by_piece.get(piece.group(), ()):
            end = start + len(name)
            if content.startswith(name, start) and _ends_a_word(content, end) and _is_free(spans, starts, start, end):
                found = sure[name]
                yield Span(start, end, found.entity_type, round(_LESS * found.score, 6))
                free_from = end
                break


def _first_piece(name: str) -> str:
    found = _PIECE.match(name)
    return found.group() if found else name


def _ends_a_word(content: str, end: int) -> bool:
    return not content[end : end + 1].isalnum() or not content[end - 1].isalnum()


def _is_free(spans: Sequence[Span], starts: Sequence[int], start: int, end: int) -> bool:
    before = bisect_right(starts, start) - 1
    return (before < 0 or spans[before].end <= start) and (before + 1 == len(spans) or spans[before + 1].start >= end)
