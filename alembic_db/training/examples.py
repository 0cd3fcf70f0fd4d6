"""Documents to training examples: one a window, with the tags of each type and which types count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alembic_db.gold.corpora import Document, GoldSpan
from alembic_db.ner.base import EntityType
from alembic_db.ner.compact.decode import BEGIN, END, INSIDE, OUT, SINGLE
from alembic_db.ner.compact.words import Word, split_windows

__all__ = ["OUT", "TAGS", "TYPES", "Example", "examples_of"]

TYPES = tuple(EntityType)
TAGS = ("O", "B", "I", "E", "S")


@dataclass(frozen=True)
class Example:
    """One window: its words, the tag of each word for each type, and of which types the tags are known."""

    corpus: str
    words: tuple[Word, ...]
    tags: NDArray[np.int8]  # [words, types]
    known: NDArray[np.bool_]  # [types]


def examples_of(document: Document) -> list[Example]:
    """Return the windows of a document. Mentions that begin or end inside a word are left out."""
    known = np.array([kind in document.types for kind in TYPES])
    return [
        Example(document.corpus, tuple(words), _tags(words, document.spans), known)
        for words in split_windows(document.text)
    ]


def _tags(words: Sequence[Word], spans: Sequence[GoldSpan]) -> NDArray[np.int8]:
    tags = np.full((len(words), len(TYPES)), OUT, dtype=np.int8)
    starts = {word.start: i for i, word in enumerate(words)}
    ends = {word.end: i for i, word in enumerate(words)}
    for span in spans:
        first, last = starts.get(span.start), ends.get(span.end)
        if first is None or last is None or last < first:
            continue
        kind = TYPES.index(span.entity_type)
        tags[first : last + 1, kind] = INSIDE
        tags[first, kind], tags[last, kind] = (SINGLE, SINGLE) if first == last else (BEGIN, END)
    return tags
