"""What the readers of attribute values have in common."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Protocol

from alembic_db.ner.base import Span, Text
from alembic_db.ner.structured.pieces import Piece

_ABBREVIATION = re.compile(r"(?=(?:[^A-Z]*[A-Z]){2})[A-Za-z][A-Za-z0-9+/-]{1,9}")
_WORD_START = re.compile(r"(?<![^\W_])[^\W_]")


class Reader(Protocol):
    """Finds the entities in the value of an attribute whose tag announces them."""

    def read(self, text: Text) -> Iterable[Span]:
        """Yield the spans of one value, in any order; the longest of overlapping ones is kept."""


def ending_pattern(endings: Iterable[str], words: Iterable[str], least: int) -> re.Pattern[str]:
    """Return what finds a whole word that ends so after `least` letters, or is one of the words."""
    suffixes = "|".join(re.escape(ending) for ending in sorted(endings, key=len, reverse=True))
    listed = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"(?<![^\W_])(?:[^\W\d_]{{{least},60}}(?:{suffixes})|{listed})(?![^\W_])", re.IGNORECASE)


def abbreviations(name: Piece, insides: Iterable[Piece]) -> Iterator[Piece]:
    """Yield those of the bracketed pieces that abbreviate the name: hepatocellular carcinoma (HCC)."""
    starts = {match.group().casefold() for match in _WORD_START.finditer(name.text)}
    for inside in insides:
        piece = inside.trimmed()
        if _ABBREVIATION.fullmatch(piece.text) and piece.text[0].casefold() in starts:
            yield piece


def strip_repeatedly(piece: Piece, heads: re.Pattern[str], tails: re.Pattern[str]) -> Piece:
    """Return the piece without what may stand before and after a name, however much of it there is."""
    while True:
        shorter = piece.trimmed().after(heads).before(tails).trimmed()
        if shorter == piece:
            return piece
        piece = shorter
