"""What the tests of the annotators share."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from alembic_db.ner import Text
from alembic_db.ner.pattern import PatternAnnotator
from alembic_db.ner.structured import StructuredAnnotator

Marked = list[tuple[str, str]]


@pytest.fixture(scope="session")
def pattern() -> PatternAnnotator:
    return PatternAnnotator()


@pytest.fixture(scope="session")
def structured() -> StructuredAnnotator:
    return StructuredAnnotator()


@pytest.fixture(scope="session")
def variants(pattern: PatternAnnotator) -> Callable[..., list[str]]:
    """Give the mentions that `pattern` marks in a text."""

    def mentions(content: str, tag: str | None = None) -> list[str]:
        return [content[span.start : span.end] for span in pattern.find(Text(content, tag))]

    return mentions


@pytest.fixture(scope="session")
def marked(structured: StructuredAnnotator) -> Callable[..., Marked]:
    """Give (type, mention) for what `structured` marks in the value of a tag."""

    def mentions(tag: str | None, value: str, concept_id: str | None = None) -> Marked:
        spans = structured.annotate([Text(value, tag, concept_id)])[0]
        return [(str(span.entity_type), value[span.start : span.end]) for span in spans]

    return mentions
