"""What annotators do with spans of theirs that overlap."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable

from alembic_db.ner.base import Span


def longest_spans(spans: Iterable[Span]) -> list[Span]:
    """Return the spans without overlaps, sorted: the longest stay, then the surer, then the earlier."""
    return _apart(sorted(spans, key=lambda span: (span.start - span.end, -span.score, span.start)))


def surest_spans(spans: Iterable[Span]) -> list[Span]:
    """Return the spans without overlaps, sorted: the surest stay, then the longer, then the earlier."""
    return _apart(sorted(spans, key=lambda span: (-span.score, span.start - span.end, span.start, span.entity_type)))


def _apart(ordered: Iterable[Span]) -> list[Span]:
    """Return the spans that overlap none before them, sorted by place."""
    kept: list[Span] = []
    for span in ordered:
        at = bisect_left(kept, span)
        if (at == 0 or kept[at - 1].end <= span.start) and (at == len(kept) or span.end <= kept[at].start):
            insort(kept, span)
    return kept
