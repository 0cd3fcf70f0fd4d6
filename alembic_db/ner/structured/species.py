"""Species: names under the tags that announce them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alembic_db.ner.base import EntityType, Span, Text
from alembic_db.ner.structured.pieces import Piece, whole
from alembic_db.ner.structured.vocabulary import Vocabulary, folded

_LISTS = re.compile(r"\s*[;,|/+\r\n\t]+\s*|\s+(?:and|or)\s+")
_EPITHET = r"[a-z][a-z-]{2,24}"
_SCIENTIFIC = re.compile(
    rf"[A-Z]\. ?[a-z]{{4,24}}"
    rf"|[A-Z][a-z]{{2,24}} (?:cf\. |aff\. )?{_EPITHET}(?: (?:(?:subsp|var|ssp|bv|pv)\. )?{_EPITHET})?"
)

SCORE = 0.98  # a name of the table
SCIENTIFIC_SCORE = 0.85  # only written like a scientific name


class SpeciesReader:
    """Reads `Homo sapiens`, `mouse`, `Mus musculus; Homo sapiens`, `Vibrio natriegens`."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._taxa = vocabulary.mapping("species", "taxa")
        self._not_names = vocabulary.words("species", "not_names")

    def read(self, text: Text) -> Iterator[Span]:
        """Yield a span for each species, with its taxon where the name leaves no doubt."""
        for part in whole(text.content).split(_LISTS):
            piece, _ = part.trimmed().brackets()
            span = self._span(piece.trimmed())
            if span is not None:
                yield span

    def _span(self, piece: Piece) -> Span | None:
        name = folded(piece.text)
        if name in self._taxa:
            return Span(piece.start, piece.end, EntityType.SPECIES, SCORE, self._taxa[name])
        if _SCIENTIFIC.fullmatch(piece.text) and self._not_names.isdisjoint(name.split()):
            return Span(piece.start, piece.end, EntityType.SPECIES, SCIENTIFIC_SCORE)
        return None
