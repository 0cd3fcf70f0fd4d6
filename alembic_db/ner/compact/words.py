"""Text to words and windows: what the compact model reads at once, every piece with its place in the text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

MAX_WORDS = 96  # of a window: longer sentences are cut, at a blank where there is one

_RUN = re.compile(r"[^\W_]+|[^\w\s]|_")
_PIECE = re.compile(r"[^\W\d_]+|\d+|[^\w\s]|_")
_SEPARATORS = re.compile(r"[\s._]+")
# Every repeat is bounded or possessive, so that the time is linear in the text.
_SENTENCE_END = re.compile(
    r"(?<![.!?])[.!?]{1,8}+[\])}\"'\u201d\u2019]{0,4}+\s++(?=[\[({\"'\u201c\u2018]{0,4}[A-Z0-9\u0391-\u03a9])"
    r"|[\r\n]++|\s\|\s"
)
_NO_END = re.compile(
    r"(?:\b[A-Za-z]|\b(?:al|approx|ca|cf|cv|dr|e\.g|eq|et|fig|figs|i\.e|no|nos|nov|prof|ref|refs|resp|sp|spp|st|str"
    r"|subsp|vs|var|viz))\.\Z",
    re.IGNORECASE,
)
_LOOK_BACK = 8
_LONG, _HEAD, _TAIL = 80, 40, 20  # longer runs are known by their first and last characters


class Word(NamedTuple):
    """A piece: letters, digits or one sign; `run` is the unbroken letters and digits that it stands in (V600E)."""

    start: int
    end: int
    piece: str
    run: str
    at: int  # where in the run the piece starts
    after_space: bool


def with_tag(tag: str | None, text: str) -> str:
    """Return what the model reads of an attribute: `tag: value`; the value alone where there is no tag."""
    return f"{_SEPARATORS.sub(' ', tag).strip()}: {text}" if tag else text


def split_words(text: str, start: int = 0, end: int | None = None) -> Iterator[Word]:
    """Yield the words between two offsets of the text; together they cover all but the blanks."""
    last = start
    for match in _RUN.finditer(text, start, len(text) if end is None else end):
        first = match.start()
        run = _abridged(match.group())
        for piece in _PIECE.finditer(text, first, match.end()):
            yield Word(*piece.span(), _abridged(piece.group()), run, piece.start() - first, piece.start() > last)
            last = piece.end()


def split_sentences(text: str) -> Iterator[tuple[int, int]]:
    """Yield the offsets of the sentences; a break inside a name costs more than one overlooked, so it is wary."""
    start = 0
    for match in _SENTENCE_END.finditer(text):
        dot = match.start() + 1
        if match.group()[0] == "." and _NO_END.search(text[max(start, dot - 1 - _LOOK_BACK) : dot]):
            continue
        yield start, match.end()
        start = match.end()
    if start < len(text):
        yield start, len(text)


def split_windows(text: str) -> Iterator[list[Word]]:
    """Yield the words of each sentence, in windows of at most MAX_WORDS."""
    for start, end in split_sentences(text):
        words = split_words(text, start, end)
        window = list(islice(words, MAX_WORDS + 1))
        while len(window) > MAX_WORDS:
            cut = next((i for i in range(MAX_WORDS, MAX_WORDS // 2, -1) if window[i].after_space), MAX_WORDS)
            yield window[:cut]
            window = window[cut:]
            window += islice(words, MAX_WORDS + 1 - len(window))
        if window:
            yield window


def _abridged(text: str) -> str:
    return text if len(text) <= _LONG else f"{text[:_HEAD]}\u2026{text[-_TAIL:]}"
