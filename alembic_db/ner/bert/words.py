"""Texts to sentences and words with exact places in the unaltered text, split as AIONER splits them.

spaCy's English rules and its rule sentencizer, which is what stanza's spaCy tokeniser does (tests/ner/bert holds the
two against each other).
"""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from alembic_db.errors import MissingExtraError
from alembic_db.ner.models.home import manifests
from alembic_db.ner.pieces import pieces

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

PIECE_CHARACTERS = 50_000  # read at once: bounds memory whatever a text's length
_HEAVY = ("torch", "tensorflow", "mxnet", "cupy", "h5py")
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


def _split(content: str, places: list[tuple[int, int]]) -> list[Sentence]:
    english = _english()
    with english.memory_zone():  # what it learns of words is forgotten again; nothing of spaCy's may outlive it
        return list(_read(english(content), places))


def _read(doc: Doc, places: list[tuple[int, int]]) -> Iterator[Sentence]:
    run = 0
    for sentence in doc.sents:
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


def _english() -> Language:
    """Return this thread's own rules: spaCy's memory zones are not for several threads."""
    ready: Language | None = getattr(_of_thread, "english", None)
    if ready is None:
        ready = _of_thread.english = _loaded()
    return ready


def _loaded() -> Language:
    try:
        with _light_import():
            from spacy.lang.en import English
    except ImportError as error:
        raise MissingExtraError(
            f"Splitting texts into words needs the package spacy ({error}).", hint="pip install 'alembic-db[litert]'"
        ) from error
    english = English()
    english.add_pipe("sentencizer")
    return english


@contextmanager
def _light_import() -> Iterator[None]:
    """Let spaCy be loaded without the frameworks that it looks for: its rules need none, torch alone takes seconds.

    Where pipelines of spaCy's are added, which may need one, nothing is hidden.
    """
    hidden = [] if any(model.kind == "spacy" for model in manifests()) else [n for n in _HEAVY if n not in sys.modules]
    sys.modules |= dict.fromkeys(hidden)  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in hidden:
            sys.modules.pop(name, None)


_of_thread = threading.local()
