"""What rule-based annotators do with overlapping spans."""

from __future__ import annotations

from collections.abc import Iterable

from alembic_db.ner.base import Span


def longest_spans(spans: Iterable[Span]) -> list[Span]:
    """Return the spans without overlaps, sorted: the longest stay, then the surer, then the earlier."""
    kept: list[Span] = []
    taken: set[int] = set()
    for span in sorted(spans, key=lambda span: (span.start - span.end, -span.score, span.start)):
        if taken.isdisjoint(range(span.start, span.end)):
            taken.update(range(span.start, span.end))
            kept.append(span)
    return sorted(kept)
