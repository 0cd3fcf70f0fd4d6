"""Annotators' answers, held against their texts before anything is stored."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from alembic_db.errors import AlembicDbError, AnnotatorError
from alembic_db.ner.base import Annotator, EntityType, Span, Text

_SHOWN_CHARACTERS = 60


def checked_spans(annotator: Annotator, texts: Sequence[Text]) -> list[list[Span]]:
    """Annotate the texts and return the spans, one list per text.

    Raises AnnotatorError where the annotator fails, or where its spans do not fit: another number of lists
    than of texts, offsets outside the text or empty, a type that it does not announce, a score not between
    0 and 1, or spans that are not in order.
    """
    try:
        answer = [list(spans) for spans in annotator.annotate(texts)]
    except AlembicDbError:
        raise
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise AnnotatorError(
            f"The annotator {annotator.name!r} failed on a batch of {len(texts)} texts: {reason}."
        ) from error
    if len(answer) != len(texts):
        raise AnnotatorError(
            f"The annotator {annotator.name!r} gave {len(answer)} lists of spans for {len(texts)} texts."
        )
    for text, spans in zip(texts, answer, strict=True):
        _check(annotator, text, spans)
    return answer


def _check(annotator: Annotator, text: Text, spans: list[Span]) -> None:
    for span in spans:
        fault = _fault(span, annotator.entity_types, len(text.content))
        if fault:
            raise _unfit(annotator, text, f"{span!r}: {fault}")
    if any(late[:2] < early[:2] for early, late in pairwise(spans)):
        raise _unfit(annotator, text, "the spans are not sorted by start and end")


def _fault(span: object, entity_types: frozenset[EntityType], length: int) -> str | None:
    """Return what is wrong with the span, None where nothing is."""
    if not isinstance(span, Span) or not (type(span.start) is type(span.end) is int):
        return "not a Span with whole offsets"
    if not 0 <= span.start < span.end <= length:
        return f"empty or outside the text of {length} characters"
    if span.entity_type not in entity_types:
        return "not one of the types that the annotator announces"
    if not 0.0 <= span.score <= 1.0:
        return "a score that is not between 0 and 1"
    return None


def _unfit(annotator: Annotator, text: Text, fault: str) -> AnnotatorError:
    shown = text.content[:_SHOWN_CHARACTERS]
    return AnnotatorError(
        f"The spans of the annotator {annotator.name!r} do not fit the text {shown!r}: {fault}.",
        hint="Nothing of this batch is stored; report it to the annotator's authors.",
    )
