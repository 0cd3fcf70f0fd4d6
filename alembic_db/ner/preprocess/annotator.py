"""Any annotator on prepared text, to see what preparing it does."""

from __future__ import annotations

from collections.abc import Sequence

from alembic_db.ner.base import Annotator, Span, Text
from alembic_db.ner.preprocess.cleaning import Preprocessor, Processed

PREFIX = "preprocessed:"


class PreprocessedAnnotator:
    """Gives another annotator the prepared texts, and its spans as they lie in the unaltered ones."""

    def __init__(self, inner: Annotator) -> None:
        self._inner = inner
        self._preprocessor = Preprocessor()
        self.name = PREFIX + inner.name
        self.version = f"{self._preprocessor.version} {inner.version}"
        self.entity_types = inner.entity_types

    def annotate(self, texts: Sequence[Text]) -> list[list[Span]]:
        """Return the spans of each text: each from the first to the last term that it touches."""
        prepared = [self._preprocessor.process(text.content) for text in texts]
        inner_texts = [text._replace(content=form.text) for text, form in zip(texts, prepared, strict=True)]
        found = self._inner.annotate(inner_texts)
        return [_in_source(form, spans) for form, spans in zip(prepared, found, strict=True)]


def _in_source(form: Processed, spans: Sequence[Span]) -> list[Span]:
    moved: dict[tuple[int, int, str], Span] = {}
    for span in spans:
        start, end = form.source(span.start, span.end)
        place = start, end, str(span.entity_type)
        if place not in moved or moved[place].score < span.score:
            moved[place] = span._replace(start=start, end=end)
    return sorted(moved.values(), key=lambda span: span[:3])
