"""Documents to training examples: one a window, with the tags of each type and which types count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alembic_db.ner.base import EntityType
from alembic_db.ner.compact.features import features_of
from alembic_db.ner.compact.words import Word, split_windows
from alembic_db.training.corpora import Document, GoldSpan

TYPES = tuple(EntityType)
TAGS = ("O", "B", "I", "E", "S")
O, B, I, E, S = range(5)  # noqa: E741


@dataclass(frozen=True)
class Example:
    """One window: its words, the tag of each word for each type, and of which types the tags are known."""

    corpus: str
    words: tuple[Word, ...]
    ids: NDArray[np.int32]  # [words, 5]: form, run, shape, shape of the run, space
    tags: NDArray[np.int8]  # [words, types]
    known: NDArray[np.bool_]  # [types]

    @property
    def has_mention(self) -> bool:
        return bool(self.tags[:, self.known].any())


def examples_of(document: Document) -> list[Example]:
    """Return the windows of a document. Mentions that begin or end inside a word are left out."""
    known = np.array([kind in document.types for kind in TYPES])
    return [
        Example(document.corpus, tuple(words), word_ids(words), _tags(words, document.spans), known)
        for words in split_windows(document.text)
    ]


def word_ids(words: Sequence[Word]) -> NDArray[np.int32]:
    """Return the ids of the words that do not come in bags."""
    found = [features_of(word) for word in words]
    return np.array(
        [(f.form, f.run, f.shape, f.run_shape, 1 + word.after_space) for f, word in zip(found, words, strict=True)],
        dtype=np.int32,
    )


def _tags(words: Sequence[Word], spans: Sequence[GoldSpan]) -> NDArray[np.int8]:
    tags = np.zeros((len(words), len(TYPES)), dtype=np.int8)
    starts = {word.start: i for i, word in enumerate(words)}
    ends = {word.end: i for i, word in enumerate(words)}
    for span in spans:
        first, last = starts.get(span.start), ends.get(span.end)
        if first is None or last is None or last < first:
            continue
        kind = TYPES.index(span.entity_type)
        tags[first : last + 1, kind] = I
        tags[first, kind], tags[last, kind] = (S, S) if first == last else (B, E)
    return tags
