"""Short forms that a text introduces take the type of their long form: AD after `Alzheimer disease (AD)`.

Which short form stands for what is told by scispaCy's detector (Schwartz and Hearst 2003); what the long form is,
by another annotator. The step is an annotator of its own, named after the other: `abbreviations:compact`.
"""

from __future__ import annotations

import importlib
import warnings
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from alembic_db.errors import MissingExtraError
from alembic_db.ner.base import Annotator, Span, Text
from alembic_db.ner.pieces import pieces
from alembic_db.ner.preprocess.language import PIECE_CHARACTERS, blank_english, encodable

if TYPE_CHECKING:
    from spacy.language import Language

PREFIX = "abbreviations:"
VERSION = "1"
_SURENESS = 0.9  # of the long form's score: an introduced short form rarely stands for something else


class AbbreviationAnnotator:
    """Marks the short forms whose long forms another annotator has marked, wherever they stand in the text."""

    def __init__(self, inner: Annotator) -> None:
        self._inner = inner
        self._language = _detecting_language()
        self.name = PREFIX + inner.name
        self.version = f"{VERSION} {inner.version}"
        self.entity_types = inner.entity_types

    def annotate(self, texts: Sequence[Text]) -> list[list[Span]]:
        """Return the short forms alone, without what the other annotator marks by itself."""
        introducing = [number for number, text in enumerate(texts) if "(" in text.content]
        found = self._inner.annotate([texts[number] for number in introducing])
        answer: list[list[Span]] = [[] for _ in texts]
        for number, spans in zip(introducing, found, strict=True):
            answer[number] = self._short_forms(texts[number].content, spans) if spans else []
        return answer

    def _short_forms(self, content: str, spans: Sequence[Span]) -> list[Span]:
        by_end = defaultdict(list)
        for span in spans:
            by_end[span.end].append(span)
        taken = set[int]().union(*(range(span.start, span.end) for span in spans))
        marked: dict[tuple[int, int], Span] = {}
        for long_start, long_end, start, end in self._pairs(content):
            meant = [span for span in by_end[long_end] if span.start >= long_start or span.end - span.start > 3]
            if meant and taken.isdisjoint(range(start, end)):
                best = max(meant, key=lambda span: (span.end - span.start, span.score))
                marked[start, end] = best._replace(start=start, end=end, score=best.score * _SURENESS)
        return sorted(marked.values())

    def _pairs(self, content: str) -> Iterator[tuple[int, int, int, int]]:
        """Yield (start, end) of a long form and of a place where its short form stands."""
        for first, last in pieces(content, PIECE_CHARACTERS):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                document = self._language(encodable(content[first:last]))
            for short in document._.abbreviations:
                long = short._.long_form
                yield (
                    first + long.start_char,
                    first + long.end_char,
                    first + short.start_char,
                    first + short.end_char,
                )


def _detecting_language() -> Language:
    language = blank_english()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            importlib.import_module("scispacy.abbreviation")  # registers the component
            from scispacy.custom_tokenizer import combined_rule_tokenizer
        except ImportError as error:
            raise MissingExtraError(
                "Abbreviations are found by scispaCy, which is not installed.",
                hint="Install it: pip install 'alembic-db[nlp]' (scispaCy exists for Python 3.12).",
            ) from error
        language.tokenizer = combined_rule_tokenizer(language)
        language.add_pipe("abbreviation_detector")
    return language
