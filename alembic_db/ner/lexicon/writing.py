"""How a name is written: its characters, and what parts them."""

from __future__ import annotations

from functools import cached_property, lru_cache

from alembic_db.ner.lexicon.names import Name
from alembic_db.ner.lexicon.words import words_of

_FREE = frozenset("-‐‑‒–—_.'’()[] \u00a0")  # may stand in one writing of a name and be missing in another
_SIGNS = frozenset("+/*")
_SHORTEST_UNDERSCORED = 5  # PC_3 is the third of PC, SF_295 is SF-295


class Writing:
    """A piece of a text, from the first of some words to the last, or a whole name."""

    def __init__(self, text: str, start: int = 0) -> None:
        self.text = text
        self.start = start
        self.end = start + len(text)

    @classmethod
    @lru_cache(maxsize=1 << 14)
    def of(cls, name: str) -> Writing:
        """Return the writing of a name; what stands outside its first and last word is left away."""
        words = list(words_of(name))
        return cls(name[words[0].start : words[-1].end]) if words else cls("")

    @cached_property
    def key(self) -> str:
        """The folded characters."""
        return "".join(word.folded for word in words_of(self.text))

    @cached_property
    def gaps(self) -> dict[int, str]:
        """What parts the words, by how many folded characters are before it."""
        gaps: dict[int, str] = {}
        length = end = 0
        for word in words_of(self.text):
            if length:
                gaps[length] = self.text[end : word.start]
            length, end = length + len(word.folded), word.end
        return gaps

    @cached_property
    def has_digit(self) -> bool:
        """Whether there is a digit."""
        return any(character.isdigit() for character in self.text)

    @cached_property
    def has_letter(self) -> bool:
        """Whether there is a letter."""
        return any(character.isalpha() for character in self.text)

    @cached_property
    def has_capital(self) -> bool:
        """Whether there is a capital letter."""
        return any(character.isupper() for character in self.text)

    @cached_property
    def has_space(self) -> bool:
        """Whether there is white space."""
        return any(character.isspace() for character in self.text)

    @property
    def is_code(self) -> bool:
        """Whether it is one word with a capital and a digit: H9, 786O."""
        return self.has_capital and self.has_digit and not self.has_space

    def is_cased_like(self, name: Name) -> bool:
        """Say whether the letters are written in the name's own case."""
        return _letters(self.text) == _letters(name.text)

    def is_like(self, name: Writing) -> bool:
        """Say whether what parts the characters is what may part those of the name.

        Hyphens, dots, brackets and blanks may come and go, but no blank joins two letters that the name does not
        part (`he la`), nothing joins two digits, and signs are as in the name.
        """
        if sum(map(self.text.count, _SIGNS)) != sum(map(name.text.count, _SIGNS)):
            return False
        mine, its = self.gaps, name.gaps
        if any(not self._fits(place, gap, its.get(place), name.key) for place, gap in mine.items()):
            return False
        return all(place in mine for place in its if _between_digits(name.key, place))

    def _fits(self, place: int, gap: str, name_gap: str | None, key: str) -> bool:
        if "_" in gap and gap != name_gap and (name_gap is None or len(key) < _SHORTEST_UNDERSCORED):
            return False
        if name_gap is not None:
            return gap == name_gap or _FREE.issuperset(gap)
        if not _FREE.issuperset(gap) or _between_digits(key, place):
            return False
        has_space = any(map(str.isspace, gap))
        is_word_break = key[place - 1].isalpha() == key[place : place + 1].isalpha()
        return not has_space or (not is_word_break and len(key) >= 4 and key[:2].isalpha())


def _between_digits(key: str, place: int) -> bool:
    return key[place - 1].isdigit() and key[place : place + 1].isdigit()


def _letters(text: str) -> str:
    return "".join(character for character in text if character.isalnum())
