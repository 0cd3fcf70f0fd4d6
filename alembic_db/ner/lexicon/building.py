"""Make the compact form of a lexicon out of a stream of names, however many."""

from __future__ import annotations

import hashlib
import json
import mmap
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import batched
from pathlib import Path

import numpy as np

from alembic_db.ner.lexicon.hashing import Hashes, Places, RunHasher
from alembic_db.ner.lexicon.index import (
    FILTER_FILE,
    FORMAT,
    HASHES_FILE,
    META_FILE,
    NAMES_FILE,
    PLACES_FILE,
    LexiconFacts,
    filter_of,
)
from alembic_db.ner.lexicon.names import Name
from alembic_db.ner.lexicon.words import words_of

_BATCH = 20_000
_MOST_WORDS = 12
_MOST_CHARACTERS = 150


def build_index(names: Iterable[Name], folder: Path, source: str) -> LexiconFacts:
    """Write the names into a folder, which is made; memory holds some 40 bytes a name.

    Where there is not one, nothing is written, and the facts say so.
    """
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f"{NAMES_FILE}.draft"
    try:
        builder = _Builder()
        with draft.open("wb") as out:
            out.writelines(line for batch in batched(names, _BATCH) for line in builder.lines(batch))
        return builder.finish(draft, folder, source)
    finally:
        draft.unlink(missing_ok=True)


class _Builder:
    """Hash and place of every name so far, in the order they come."""

    def __init__(self) -> None:
        self.hashes = array("Q")
        self._places = array("q")
        self._written = self._left_out = self._most_words = self._most_characters = 0

    def lines(self, names: Iterable[Name]) -> Iterator[bytes]:
        """Yield the lines of the names that can be found, and note where they go."""
        kept: list[Name] = []
        folded: list[str] = []
        counts: list[int] = []
        for name in names:
            words = [word.folded for word in words_of(name.text)]
            length = sum(map(len, words))
            if not words or len(words) > _MOST_WORDS or length > _MOST_CHARACTERS:
                self._left_out += 1
                continue
            self._most_words = max(self._most_words, len(words))
            self._most_characters = max(self._most_characters, length)
            kept.append(name)
            folded += words
            counts.append(len(words))
        if kept:
            self.hashes.frombytes(_hashes(folded, counts).tobytes())
        for name in kept:
            line = name.line()
            self._places.append(self._written)
            self._written += len(line)
            yield line

    def finish(self, draft: Path, folder: Path, source: str) -> LexiconFacts:
        """Write the files of the compact form, lexicon.json last."""
        if not self.hashes:
            return LexiconFacts(FORMAT, 0, self._left_out, 0, 0, {}, "", source)
        hashes = np.frombuffer(self.hashes, np.uint64)
        order = np.argsort(hashes, kind="stable")
        with draft.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as lines:
            kept = _write_names(lines, hashes[order], np.frombuffer(self._places, np.int64)[order], folder)
        most = min(_MOST_WORDS, self._most_words + 2)  # a text may part a name that the lexicon writes as one word
        facts = LexiconFacts(
            FORMAT, kept.names, self._left_out, most, self._most_characters, dict(kept.types), kept.digest, source
        )
        (folder / META_FILE).write_text(json.dumps(asdict(facts), indent=1) + "\n", encoding="utf-8")
        return facts


class _Kept:
    """What is left when a name that comes twice is taken once."""

    def __init__(self) -> None:
        self.names = 0
        self.types: Counter[str] = Counter()
        self.digest = ""


def _write_names(lines: mmap.mmap, hashes: Hashes, places: Places, folder: Path) -> _Kept:
    kept = _Kept()
    digest = hashlib.blake2b(digest_size=8)
    new_places = array("q")
    is_kept = np.ones(len(hashes), np.bool_)
    last_hash, seen, written = -1, set[bytes](), 0
    with (folder / NAMES_FILE).open("wb") as out:
        for row, place in enumerate(places):
            lines.seek(int(place))
            line = lines.readline()
            if int(hashes[row]) != last_hash:
                last_hash, seen = int(hashes[row]), set()
            if line in seen:
                is_kept[row] = False
                continue
            seen.add(line)
            out.write(line)
            digest.update(line)
            new_places.append(written)
            written += len(line)
            kept.types[line.split(b"\t")[1].decode()] += 1
    kept.names, kept.digest = len(new_places), digest.hexdigest()
    np.save(folder / HASHES_FILE, hashes[is_kept])
    np.save(folder / PLACES_FILE, np.frombuffer(new_places, np.int64))
    np.save(folder / FILTER_FILE, filter_of(hashes[is_kept]))
    return kept


def _hashes(folded: list[str], counts: list[int]) -> Hashes:
    """Return the hash of each name, whose words follow each other in `folded`."""
    runs = RunHasher.of(folded)
    lasts = np.cumsum(np.array(counts, np.int64))
    return runs.hashes(runs.starts[lasts - np.array(counts, np.int64)], runs.ends[lasts - 1])
