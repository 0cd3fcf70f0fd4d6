"""Texts as blocks of words: many short texts in one, a long text in several."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from alembic_db.ner.base import Text
from alembic_db.ner.lexicon.hashing import Places
from alembic_db.ner.lexicon.words import Word, words_of

BLOCK_WORDS = 50_000


class Block:
    """Words of one text or of several, in which names are looked for together."""

    def __init__(self) -> None:
        self.words: list[Word] = []
        self.texts: list[int] = []  # of each word, the number of its text
        self._stretches: list[tuple[int, int]] = []  # how many words begin runs, how many follow for their ends

    def add(self, text: int, words: Sequence[Word], own: int) -> None:
        """Take words of a text, of which the first `own` may begin a name."""
        self.words += words
        self.texts += [text] * len(words)
        self._stretches.append((own, len(words) - own))

    def lasts(self) -> Places:
        """Return for each word the last of its stretch, -1 where no name may begin."""
        lasts = np.full(len(self.words), -1, np.int64)
        at = 0
        for own, more in self._stretches:
            lasts[at : at + own] = at + own + more - 1
            at += own + more
        return lasts


def blocks_of(texts: Sequence[Text], most_words: int) -> Iterator[Block]:
    """Yield the words of all texts in blocks, so that a text of any length is held only in part.

    A name of up to `most_words` words is never parted: the words after a block's end stand in it as well.
    """
    block = Block()
    for number, text in enumerate(texts):
        waiting: list[Word] = []
        for word in words_of(text.content):
            waiting.append(word)
            if len(waiting) == BLOCK_WORDS + most_words:
                block.add(number, waiting, BLOCK_WORDS)
                waiting = waiting[BLOCK_WORDS:]
                yield block
                block = Block()
        if waiting:
            block.add(number, waiting, len(waiting))
        if len(block.words) >= BLOCK_WORDS:
            yield block
            block = Block()
    if block.words:
        yield block
