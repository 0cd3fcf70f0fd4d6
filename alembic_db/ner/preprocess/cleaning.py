"""Text as the original Alembic prepares it: tokens in lower case without signs, digits and stop words, as base forms.

Every term knows where it is from, so that what is found in the prepared text can be shown in the unaltered one.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from alembic_db.ner.preprocess.language import lemmatizer, stop_words, tokenizer, tokens

_MARK = "\u0300-\u036f"
# Letters, digits and their marks; a hyphen inside belongs to the word (IL-6), every other sign parts words.
_WORD = rf"[^\W_](?:[^\W_]|[{_MARK}])*"
_RUN = re.compile(rf"{_WORD}(?:-{_WORD})*")
_DIGITS = re.compile(r"[\d-]+")
_CONTRACTED = frozenset({"n't", "n’t", "'s", "’s", "'re", "’re", "'ve", "’ve", "'ll", "’ll", "'d", "’d", "'m", "’m"})


class Term(NamedTuple):
    """A word that is left, with its place (code points, end exclusive) in the unaltered text."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Processed:
    """A prepared text: its terms with a blank between each two, and the way back."""

    text: str
    terms: tuple[Term, ...]
    starts: tuple[int, ...]  # of each term in `text`

    @classmethod
    def of(cls, terms: tuple[Term, ...]) -> Processed:
        """Join terms."""
        starts, length = [], 0
        for term in terms:
            starts.append(length)
            length += len(term.text) + 1
        return cls(" ".join(term.text for term in terms), terms, tuple(starts))

    def source(self, start: int, end: int) -> tuple[int, int]:
        """Return where in the unaltered text the terms lie that a piece of the prepared text touches.

        Both end exclusive. ValueError for a piece that touches no term.
        """
        first = bisect_right(self.starts, start) - 1
        if first >= 0 and start >= self.starts[first] + len(self.terms[first].text):
            first += 1
        last = bisect_left(self.starts, end) - 1
        if not 0 <= start < end <= len(self.text) or first > last:
            raise ValueError(f"({start}, {end}) touches no term of a text of {len(self.text)} characters")
        return self.terms[first].start, self.terms[last].end


class Preprocessor:
    """Tokens of scispaCy, stop words of NLTK, base forms of simplemma."""

    def __init__(self) -> None:
        self._cut_by, _ = tokenizer()
        self._stopped_by, self._stop_words = stop_words()
        self._based_by, self._lemma = lemmatizer()

    @property
    def version(self) -> str:
        """What the terms depend on."""
        return f"1 {self._cut_by} {self._stopped_by} {self._based_by}"

    def process(self, content: str) -> Processed:
        """Prepare one text."""
        return Processed.of(tuple(self.terms(content)))

    def terms(self, content: str) -> Iterator[Term]:
        """Yield the terms of a text in their order."""
        for start, end in tokens(content):
            token = content[start:end]
            lowered = token.lower()
            if lowered in self._stop_words or lowered in _CONTRACTED:
                continue
            for run in _RUN.finditer(token):
                word = run.group().lower()
                if word not in self._stop_words and not _DIGITS.fullmatch(word):
                    yield Term(start + run.start(), start + run.end(), self._base(word))

    def _base(self, word: str) -> str:
        """Return the base form of a plain word; what has digits or hyphens is a name."""
        return self._lemma(word) if word.isalpha() else word
