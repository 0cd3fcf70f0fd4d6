"""Chemicals: the substance inside the value of a treatment attribute, without dose, time and vehicle."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alembic_db.ner.base import EntityType, Span, Text
from alembic_db.ner.structured.pieces import whole
from alembic_db.ner.structured.reader import abbreviations, ending_pattern, strip_repeatedly
from alembic_db.ner.structured.vocabulary import Vocabulary, folded

# A comma parts names only before a blank (2,4-D), a slash only between two words.
_LISTS = re.compile(
    r"\s*[;|\r\n\t]+\s*|,\s+|\s+[+&/]\s*|\s*[+&]\s+"
    r"|\s+(?:and|plus|or|then|followed by|combined with|in combination with)\s+"
    r"|(?<=[A-Za-z]{4})[/+](?=[A-Za-z]{4})|(?<=[A-Za-z]{4}),(?=[A-Z][a-z]{3})|(?<=[A-Za-z0-9]{2})\+(?=\d)"
)
_MOST_WORDS = 4
_MOST_WORDS_UNVOUCHED = 2

SCORE = 0.9  # the name looks like a chemical's, under a tag that says so
UNVOUCHED_SCORE = 0.75  # only the tag, or a laboratory's code


class ChemicalReader:
    """Reads `10 nM dexamethasone, 1hr`, `doxorubicin; cisplatin`, `treated with 5 uM JQ1 for 24 h`."""

    def __init__(self, vocabulary: Vocabulary, *, tag_is_sure: bool) -> None:
        self._vocabulary = vocabulary
        self._tag_is_sure = tag_is_sure
        self._chemical = ending_pattern(
            vocabulary.words_as_written("chemical", "endings"),
            vocabulary.words_as_written("chemical", "words"),
            3,
        )
        self._names = vocabulary.words("chemical", "names")
        self._codes = vocabulary.pattern("chemical", "codes", re.RegexFlag(0))
        self._not_codes = vocabulary.pattern("chemical", "not_codes")
        self._not_names = vocabulary.words("chemical", "not_names")
        self._half_names = vocabulary.words("chemical", "half_names")
        self._other_things = vocabulary.pattern("chemical", "other_things")
        doses = vocabulary.pattern("chemical", "doses").pattern
        heads = vocabulary.pattern("chemical", "heads").pattern
        tails = vocabulary.pattern("chemical", "tails").pattern
        self._heads = re.compile(rf"(?:{heads}|(?:{doses})(?:\s+of\s+|[\s_]*))", re.IGNORECASE)
        self._tails = re.compile(rf"{tails}|[\s_(:@-]+(?:{doses}).*", re.IGNORECASE)

    def read(self, text: Text) -> Iterator[Span]:
        """Yield a span for each substance, and for its abbreviation in brackets."""
        if self._vocabulary.is_nothing(text.content):
            return
        for part in whole(text.content).split(_LISTS):
            outer, insides = part.trimmed().brackets()
            name = strip_repeatedly(outer, self._heads, self._tails)
            score = self._score(name.text)
            if score is not None and name.is_balanced and not self._other_things.search(part.text):
                for piece in (name, *abbreviations(name, insides)):
                    yield Span(piece.start, piece.end, EntityType.CHEMICAL, score)

    def _score(self, name: str) -> float | None:
        """Return how sure it is that this names a chemical, None where it is not."""
        words = folded(name).split()
        if not 0 < len(words) <= _MOST_WORDS + name.count("-") or self._is_none(name, words):
            return None
        if folded(name) in self._names or self._ends_like_one(name):
            return SCORE
        is_code = self._codes.fullmatch(name) is not None and not self._not_codes.fullmatch(name)
        is_vouched = self._tag_is_sure and self._could_be_name(name, len(words))
        return UNVOUCHED_SCORE if is_code or is_vouched else None

    def _is_none(self, name: str, words: list[str]) -> bool:
        alone = folded(name) in self._not_names | self._half_names
        return alone or words[-1] in self._not_names or self._vocabulary.is_nothing(name)

    def _ends_like_one(self, name: str) -> bool:
        """Say whether the first or last word is a chemical's: phorbol ester, retinoic acid, vitamin D."""
        ends = re.split(r"[\s_-]+", name)
        return any(
            self._chemical.fullmatch(word) and folded(word) not in self._not_names for word in (ends[0], ends[-1], name)
        )

    def _could_be_name(self, name: str, word_count: int) -> bool:
        letters = sum(character.isalpha() for character in name)
        return (
            word_count <= _MOST_WORDS_UNVOUCHED + name.count("-")
            and letters >= 3
            and not self._not_codes.fullmatch(name)
        )
