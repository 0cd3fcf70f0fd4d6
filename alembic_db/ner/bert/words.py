"""Texts to sentences and words with exact places in the unaltered text, split as AIONER splits them.

spaCy's English rules and its rule sentencizer, which is what stanza's spaCy tokeniser does (tests/ner/bert holds the
two against each other).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from alembic_db.errors import MissingExtraError
from alembic_db.ner.pieces import pieces

if TYPE_CHECKING:
    from spacy.language import Language

PIECE_CHARACTERS = 50_000  # read at once: bounds memory whatever a text's length
_RUN = re.compile(r"[=/()<>+\-_]|[^ =/()<>+\-_]+")


class Sentence(NamedTuple):
    """Words, and where each lies in the text: from `starts`, before `ends`, in code points."""

    words: list[str]
    starts: list[int]
    ends: list[int]

    def only(self, numbers: Sequence[int]) -> Sentence:
        """Return the sentence with these of its words."""
        return Sentence(
            [self.words[n] for n in numbers], [self.starts[n] for n in numbers], [self.ends[n] for n in numbers]
        )


def sentences(text: str, *, spaced: bool) -> Iterator[Sentence]:
    """Yield the sentences of a text; white space alone is no word.

    `spaced` puts spaces around each of = / ( ) < > + - _ first, as AIONER does, so that they are words.
    """
    with _english().memory_zone():
        for start, end in pieces(text, PIECE_CHARACTERS):
            content, places = _prepared(text, start, end, spaced=spaced)
            yield from _split(content, places)


def _prepared(text: str, start: int, end: int, *, spaced: bool) -> tuple[str, list[tuple[int, int]]]:
    """Return what is read, and for each run in it without spaces where it begins there and in the text."""
    if not spaced:
        return text[start:end], [(0, start)]
    runs, places, length = [], [], 0
    for match in _RUN.finditer(text, start, end):
        places.append((length, match.start()))
        runs.append(match[0])
        length += len(match[0]) + 1
    return " ".join(runs), places


def _split(content: str, places: list[tuple[int, int]]) -> Iterator[Sentence]:
    run = 0
    for sentence in _english()(content).sents:
        found = Sentence([], [], [])
        for token in sentence:
            if token.is_space:
                continue
            while run + 1 < len(places) and places[run + 1][0] <= token.idx:
                run += 1
            there, here = places[run]
            found.words.append(token.text)
            found.starts.append(here + token.idx - there)
            found.ends.append(here + token.idx - there + len(token.text))
        if found.words:
            yield found


@cache
def _english() -> Language:
    try:
        from spacy.lang.en import English
    except ImportError as error:
        raise MissingExtraError(
            f"Splitting texts into words needs the package spacy ({error}).", hint="pip install 'alembic-db[litert]'"
        ) from error
    english = English()
    english.add_pipe("sentencizer")
    return english
