"""Diseases: the name inside the value of a disease attribute."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alembic_db.ner.base import EntityType, Span, Text
from alembic_db.ner.structured.pieces import Piece, whole
from alembic_db.ner.structured.reader import abbreviations, ending_pattern, strip_repeatedly
from alembic_db.ner.structured.vocabulary import Vocabulary, folded

_LISTS = re.compile(r"\s*[;,|\r\n\t]+\s*")
_JOINS = re.compile(r"\s+(?:and|or|&|with)\s+|\s*[/+]\s*")
_ACRONYM = re.compile(r"[A-Z][A-Za-z]?-?[A-Z]{1,6}")
_STAGES = re.compile(r"[IVXivx]+ ?[abcABC]?")
_ORGANISM = re.compile(r"[A-Z]\. ?[a-z]+")
_MOST_WORDS = 9
_MOST_WORDS_UNVOUCHED = 3  # where no word of the value says disease

SCORE = 0.9  # the value says a disease, under a tag that says so too
UNVOUCHED_SCORE = 0.75  # only the tag says so


class DiseaseReader:
    """Reads `hepatocellular carcinoma (HCC)`, `patient with endometriosis`, `Bacteremia, Osteomyelitis`."""

    def __init__(self, vocabulary: Vocabulary, *, tag_is_sure: bool) -> None:
        self._vocabulary = vocabulary
        self._tag_is_sure = tag_is_sure
        self._disease = ending_pattern(
            vocabulary.words_as_written("disease", "endings"),
            vocabulary.words_as_written("disease", "words"),
            2,
        )
        self._denials = vocabulary.pattern("disease", "denials")
        self._heads = vocabulary.pattern("disease", "heads")
        self._tails = vocabulary.pattern("disease", "tails")
        self._not_names = vocabulary.words("disease", "not_names")

    def read(self, text: Text) -> Iterator[Span]:
        """Yield a span for each name, and for its abbreviation in brackets."""
        if self._vocabulary.is_nothing(text.content):
            return
        for position, part in enumerate(whole(text.content).split(_LISTS)):
            outer, insides = part.trimmed().brackets()
            for piece in self._parted(outer):
                name = strip_repeatedly(piece, self._heads, self._tails)
                if name.is_balanced and self._is_disease(name.text, vouched=self._tag_is_sure and position == 0):
                    yield from self._spans(name, insides)

    def _parted(self, outer: Piece) -> list[Piece]:
        """Return the pieces of an `A and B` if every one is a disease by itself, else the whole."""
        pieces = outer.split(_JOINS)
        names = [piece.trimmed().text for piece in pieces]
        every = len(pieces) > 1 and all(self._says_disease(name) or _ACRONYM.fullmatch(name) for name in names)
        return pieces if every else [outer]

    def _spans(self, name: Piece, insides: list[Piece]) -> Iterator[Span]:
        score = SCORE if self._says_disease(name.text) else UNVOUCHED_SCORE
        for piece in (name, *abbreviations(name, insides)):
            yield Span(piece.start, piece.end, EntityType.DISEASE, score)

    def _is_disease(self, name: str, *, vouched: bool) -> bool:
        words = folded(name).split()
        if not 0 < len(words) <= _MOST_WORDS or self._denials.search(name.replace("_", " ")):
            return False
        if self._vocabulary.is_nothing(name) or folded(name) in self._not_names:
            return False
        return self._says_disease(name) or (vouched and self._could_be_name(name, len(words)))

    def _says_disease(self, name: str) -> bool:
        return self._disease.search(name) is not None

    def _could_be_name(self, name: str, word_count: int) -> bool:
        is_code = _STAGES.fullmatch(name) or _ORGANISM.fullmatch(name) or any(c.isdigit() for c in name)
        return word_count <= _MOST_WORDS_UNVOUCHED and len(name) >= 2 and not is_code
