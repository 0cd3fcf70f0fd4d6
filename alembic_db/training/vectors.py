"""Pretrained word vectors: of a large table, the rows that the texts need."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import duckdb
import numpy as np
from numpy.typing import NDArray

from alembic_db.errors import InputError

_WORD = re.compile(r"[^\W_]+")
Table = tuple[list[str], NDArray[np.float32]]


def words_of(texts: Iterable[str]) -> set[str]:
    """Return the distinct words of texts, in lower case."""
    found: set[str] = set()
    for text in texts:
        found.update(_WORD.findall(text.lower()))
    return found


def chosen_vectors(path: Path, words_file: Path | None, wanted: set[str], common: int) -> Table:
    """Return the words kept, sorted, and their vectors after a row of zeros; the file has common words first."""
    words, vectors = _read(path, words_file)
    if len(words) != len(vectors):
        raise InputError(f"{path} has {len(vectors)} vectors for {len(words)} words.")
    keep = {word: row for row, word in enumerate(words) if word.isalnum() and (row < common or word in wanted)}
    chosen = sorted(keep)
    table = np.zeros((len(chosen) + 1, vectors.shape[1]), dtype=np.float32)
    table[1:] = vectors[[keep[word] for word in chosen]]
    return chosen, table


def _read(path: Path, words_file: Path | None) -> tuple[list[str], NDArray[np.float32]]:
    try:
        if path.suffix == ".npy" and words_file:
            with duckdb.connect() as connection:
                words = [str(row[0]) for row in connection.read_parquet(str(words_file)).fetchall()]
            return words, np.load(path, mmap_mode="r")
        lines = [line.split(" ") for line in path.read_text(encoding="utf-8").splitlines() if line.count(" ") > 1]
        return [line[0] for line in lines], np.array([line[1:] for line in lines], dtype=np.float32)
    except (OSError, ValueError, duckdb.Error) as error:
        raise InputError(
            f"The word vectors {path} cannot be read: {error}.",
            hint="A line of text is a word and its numbers; or give a .npy file and its words as Parquet.",
        ) from error
