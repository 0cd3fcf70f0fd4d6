"""The compact form of a lexicon: names in the order of their hashes, in files that are mapped, not read.

    hashes.npy   the hash of each name's key, ascending
    places.npy   where its line begins in names.tsv
    filter.npy   one bit in sixteen set: most runs of words are no name, and this says so at once
    names.tsv    the names
    lexicon.json how many there are, how long the longest is, a digest of them

Opening one costs milliseconds whatever its size, and memory holds only the pages that are asked for. An automaton
(Aho-Corasick) over the same names would be made anew at every start: docs/entities.md has the figures.
"""

from __future__ import annotations

import json
import mmap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt

from alembic_db.errors import AnnotatorError
from alembic_db.ner.lexicon.hashing import Hashes, Places, RunHasher
from alembic_db.ner.lexicon.names import Name
from alembic_db.ner.lexicon.words import Word, key_of, plural_ending

FORMAT = 1
META_FILE = "lexicon.json"
HASHES_FILE = "hashes.npy"
PLACES_FILE = "places.npy"
FILTER_FILE = "filter.npy"
NAMES_FILE = "names.tsv"


class Hit(NamedTuple):
    """A run of words, first to last (inclusive), that is written like names of the lexicon."""

    first: int
    last: int
    plural: bool
    names: tuple[Name, ...]


@dataclass(frozen=True)
class LexiconFacts:
    """What lexicon.json says."""

    format: int
    names: int
    left_out: int  # without a letter or digit, or too long
    most_words: int
    most_characters: int
    types: dict[str, int]
    digest: str
    source: str

    @classmethod
    def read(cls, folder: Path) -> LexiconFacts:
        """Read them. AnnotatorError where the folder holds no lexicon that this version can use."""
        try:
            facts = cls(**json.loads((folder / META_FILE).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise _unusable(folder, str(error)) from error
        if facts.format != FORMAT:
            raise _unusable(folder, f"its format is {facts.format}, this version reads {FORMAT}")
        return facts


class LexiconIndex:
    """The names of a lexicon by the way they are written."""

    def __init__(self, folder: Path) -> None:
        self.facts = LexiconFacts.read(folder)
        try:
            self._hashes = _mapped(folder / HASHES_FILE)
            self._places = _mapped(folder / PLACES_FILE)
            self._filter = _mapped(folder / FILTER_FILE)
            with (folder / NAMES_FILE).open("rb") as file:
                self._lines = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if self.facts.names else None
        except (OSError, ValueError) as error:
            raise _unusable(folder, str(error)) from error
        if not len(self._hashes) == len(self._places) == self.facts.names:
            raise _unusable(folder, "its files do not fit each other")
        self._folder = folder
        self._names_at = lru_cache(maxsize=1 << 14)(self._read_names)

    def find(self, words: Sequence[Word], lasts: Places) -> Iterator[Hit]:
        """Yield every run of words that is written like a name.

        `lasts` has for each word the last one that a run beginning with it may reach: -1 where none may begin.
        """
        if not words or not self.facts.names:
            return
        runs = RunHasher.of([word.folded for word in words])
        plurals = np.fromiter((plural_ending(word.folded) for word in words), np.int64, len(words))
        for more in range(self.facts.most_words):
            firsts = np.flatnonzero(lasts >= np.arange(more, len(words) + more))
            for cut in (0, 1):
                chosen = firsts[plurals[firsts + more] == 1] if cut else firsts
                yield from self._hits(words, runs, chosen, more, cut)

    def _hits(self, words: Sequence[Word], runs: RunHasher, firsts: Places, more: int, cut: int) -> Iterator[Hit]:
        starts, ends = runs.starts[firsts], runs.ends[firsts + more] - cut
        fits = ends - starts <= self.facts.most_characters
        firsts, starts, ends = firsts[fits], starts[fits], ends[fits]
        hashes = runs.hashes(starts, ends)
        maybe = np.flatnonzero(self._passes(hashes))
        if not len(maybe):
            return
        rows = np.searchsorted(self._hashes, hashes[maybe])
        for place, row in zip(maybe, rows, strict=True):
            first = int(firsts[place])
            names = self._names_at(int(row), int(hashes[place]))
            key = "".join(word.folded for word in words[first : first + more + 1])
            key = key[:-1] if cut else key
            same = tuple(name for name, name_key in names if name_key == key)
            if same:
                yield Hit(first, first + more, bool(cut), same)

    def _passes(self, hashes: Hashes) -> npt.NDArray[np.bool_]:
        bits = hashes >> np.uint64(64 - _filter_bits(len(self._filter)))
        byte = self._filter[(bits >> np.uint64(3)).astype(np.int64)]
        return cast("npt.NDArray[np.bool_]", (byte >> (bits & np.uint64(7)).astype(np.uint8)) & 1 == 1)

    def _read_names(self, row: int, wanted: int) -> tuple[tuple[Name, str], ...]:
        """Return the names of a hash, the first of which would stand in that row, with their keys."""
        found = []
        while row < len(self._hashes) and int(self._hashes[row]) == wanted and self._lines is not None:
            self._lines.seek(int(self._places[row]))
            try:
                name = Name.of_line(self._lines.readline())
            except ValueError as error:
                raise _unusable(self._folder, str(error)) from error
            found.append((name, key_of(name.text)))
            row += 1
        return tuple(found)


def filter_of(hashes: Hashes) -> npt.NDArray[np.uint8]:
    """Return bits, at least 16 a hash, of which those of the hashes are set."""
    bits = max(10, int(len(hashes) * 16).bit_length())
    filled = np.zeros(1 << (bits - 3), np.uint8)
    places = hashes >> np.uint64(64 - bits)
    masks = np.left_shift(np.uint8(1), (places & np.uint64(7)).astype(np.uint8))
    np.bitwise_or.at(filled, (places >> np.uint64(3)).astype(np.int64), masks)
    return filled


def _filter_bits(size: int) -> int:
    return size.bit_length() + 2


def _mapped(path: Path) -> npt.NDArray[Any]:
    return cast("npt.NDArray[Any]", np.load(path, mmap_mode="r", allow_pickle=False))


def _unusable(folder: Path, reason: str) -> AnnotatorError:
    return AnnotatorError(
        f"The lexicon in {folder} cannot be used: {reason}.", hint="Add it again from the file that it was made of."
    )
