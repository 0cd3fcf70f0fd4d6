"""Windows to the arrays that the network takes. Training and running share this code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from alembic_db.ner.compact.features import features_of
from alembic_db.ner.compact.words import Word

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]

FIELDS = 6  # ids of a word: form, run, shape, shape of the run, space, row of the word vectors


class Batch(NamedTuple):
    """Windows as arrays; the n-grams of a run that occurs often are looked up once."""

    ids: Ints  # [windows, words, FIELDS]
    places: Ints  # [windows, words]: which of the distinct runs
    grams: Ints  # [runs, n-grams]
    shares: Floats  # [runs, n-grams]: 1 / n-grams of the run, 0 for padding
    lengths: NDArray[np.int32]  # [windows]


def batch_of(windows: Sequence[Sequence[Word]], vectors: Mapping[str, int], words: int | None = None) -> Batch:
    """Return the arrays of windows, padded to a number of words; `vectors` gives the rows of known words."""
    width = words or max(map(len, windows))
    ids = np.zeros((len(windows), width, FIELDS), dtype=np.int64)
    places = np.zeros((len(windows), width), dtype=np.int64)
    runs: dict[str, int] = {}
    bags: list[tuple[int, ...]] = []
    for row, window in enumerate(windows):
        found = [features_of(word) for word in window]
        for word, features in zip(window, found, strict=True):
            if word.run not in runs:
                runs[word.run] = len(bags)
                bags.append(features.ngrams)
        places[row, : len(window)] = [runs[word.run] for word in window]
        ids[row, : len(window)] = [
            (f.form, f.run, f.shape, f.run_shape, 1 + word.after_space, _vector(word, vectors))
            for f, word in zip(found, window, strict=True)
        ]
    grams, shares = _bags(bags)
    return Batch(ids, places, grams, shares, np.array([len(window) for window in windows], dtype=np.int32))


def _vector(word: Word, vectors: Mapping[str, int]) -> int:
    """Return the row of the whole run, else of the piece, else 0."""
    return vectors.get(word.run.lower()) or vectors.get(word.piece.lower()) or 0


def _bags(bags: Sequence[tuple[int, ...]]) -> tuple[Ints, Floats]:
    longest = max(map(len, bags))
    grams = np.zeros((len(bags), longest), dtype=np.int64)
    shares = np.zeros((len(bags), longest), dtype=np.float32)
    for row, bag in enumerate(bags):
        grams[row, : len(bag)] = bag
        shares[row, : len(bag)] = 1.0 / len(bag)
    return grams, shares
