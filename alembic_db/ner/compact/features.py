"""Words to numbers: hashed forms, character n-grams and shapes. Training and running share this code.

Hashes are CRC-32, so that they are the same in every process and on every machine.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple
from zlib import crc32

from alembic_db.ner.compact.words import Word

FORMS = 1 << 15
NGRAMS = 1 << 16
SHAPES = 1 << 9
SPACES = 3

MAX_NGRAMS = 64
_HEAD, _TAIL = 16, 8  # of a longer run, only its first and last characters are looked at

_LONG = re.compile(r"(.)\1{2,}")


class WordFeatures(NamedTuple):
    """Of one word: ids of its form and run (0: as the form), of its shapes, and of the n-grams of its run."""

    form: int
    run: int
    shape: int
    run_shape: int
    ngrams: tuple[int, ...]


def _hashed(kind: str, text: str, size: int) -> int:
    """Return an id from 1; 0 stays for padding and for words that training hides."""
    return crc32(f"{kind}{text}".encode("utf-8", "surrogatepass")) % (size - 1) + 1


def _folded(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).lower()
    return "0" * min(len(folded), 4) if folded.isdigit() and len(folded) > 2 else folded


def _shape(text: str) -> str:
    kinds = "".join(
        "A"
        if c.isupper()
        else "0"
        if c.isdigit()
        else "a"
        if c.isalpha() and c.isascii()
        else "g"
        if c.isalpha()
        else c
        for c in text[:_HEAD]
    )
    return _LONG.sub(r"\1\1", kinds)


@lru_cache(maxsize=1 << 16)
def word_features(piece: str, run: str, at: int) -> WordFeatures:
    """Return the ids of a word; depends on nothing but its letters."""
    form = _folded(piece)
    same = piece == run
    whole = form if same else _folded(run)
    place = "w" if same else "i" if at else "b"
    return WordFeatures(
        _hashed("f", form, FORMS),
        0 if same else _hashed("r", whole, FORMS),
        _hashed("s" + place, _shape(piece), SHAPES),
        _hashed("S", _shape(run), SHAPES),
        _ngrams(whole),
    )


@lru_cache(maxsize=1 << 15)
def _ngrams(whole: str) -> tuple[int, ...]:
    if len(whole) > _HEAD + _TAIL:
        whole = f"{whole[:_HEAD]}\u2026{whole[-_TAIL:]}"
    marked = f"^{whole}$"
    grams = dict.fromkeys(marked[i : i + size] for size in (3, 4, 5, 2) for i in range(len(marked) - size + 1))
    return tuple(_hashed("n", gram, NGRAMS) for gram in grams)[:MAX_NGRAMS]


def features_of(word: Word) -> WordFeatures:
    """Return the ids of a word of a text."""
    return word_features(word.piece, word.run, word.at)
