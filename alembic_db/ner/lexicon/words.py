"""Words of texts in the form that names are compared in, and where each lies in the unaltered text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

# Letters, digits and combining marks; everything else parts words.
WORD = re.compile(r"[^\W_]+(?:[\u0300-\u036f]+[^\W_]*)*")
_GREEK = """
    alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma sigma tau upsilon phi
    chi psi omega
"""
GREEK_NAMES = dict(zip(range(0x3B1, 0x3CA), _GREEK.split(), strict=True))
_NO_PLURAL = ("ss", "us", "is")
_SHORTEST_PLURAL = 4  # letters


class Word(NamedTuple):
    """A word: its offsets (end exclusive) in the unaltered text, and its folded form."""

    start: int
    end: int
    folded: str


@lru_cache(maxsize=1 << 16)
def fold_word(word: str) -> str:
    """Return the word without case, accents and compatibility forms, Greek letters by name: β is beta."""
    if word.isascii():
        return word.lower()
    decomposed = unicodedata.normalize("NFKD", word.casefold()).casefold()
    bare = "".join(character for character in decomposed if not unicodedata.combining(character))
    return "".join(bare.translate(GREEK_NAMES).split()) or word


def words_of(content: str) -> Iterator[Word]:
    """Yield the words of a text in their order."""
    for match in WORD.finditer(content):
        yield Word(match.start(), match.end(), fold_word(match.group()))


def key_of(content: str) -> str:
    """Return the form that names are compared in: the folded words without what parts them."""
    return "".join(word.folded for word in words_of(content))


def plural_ending(folded: str) -> int:
    """Return how many characters make the folded word a plural: 1 for `carcinomas`, 0 for `virus`."""
    is_plural = len(folded) >= _SHORTEST_PLURAL and folded[-1] == "s" and folded[-2:] not in _NO_PLURAL
    return int(is_plural and folded[-2].isalpha())
