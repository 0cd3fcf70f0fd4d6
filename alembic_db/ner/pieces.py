"""Cut long texts where it does least harm, so that memory stays bounded whatever their length."""

from __future__ import annotations

import re
from collections.abc import Iterator

_ENDS = (re.compile(r"\n\s*"), re.compile(r"[.!?]\s+"), re.compile(r"\s+"))


def pieces(text: str, most: int) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of consecutive pieces of at most `most` characters that together are the text.

    They end after a line, else after a sentence, else after white space in the last quarter of the piece, else where
    they must.
    """
    start = 0
    while len(text) - start > most:
        end = _end(text, start + most - most // 4, start + most)
        yield start, end
        start = end
    if start < len(text):
        yield start, len(text)


def _end(text: str, earliest: int, latest: int) -> int:
    for pattern in _ENDS:
        ends = [match.end() for match in pattern.finditer(text, earliest, latest)]
        if ends:
            return ends[-1]
    return latest
