"""A part of a text that knows where it lies: what the readers of attribute values cut and trim."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_BRACKETED = re.compile(r"\s*\(([^()]{1,200})\)|\s*\[([^\[\]]{1,200})\]")
_OUTER = re.compile(r"[\s,;:.|\"'`*_/\\&+-]+")
_SIGNS = "+-"  # at the end of a word they belong to it: 16HBE14o-, CD34+


class Piece(NamedTuple):
    """The characters from start to end of content, with offsets into the unaltered content."""

    content: str
    start: int
    end: int

    @property
    def text(self) -> str:
        """The piece's own characters."""
        return self.content[self.start : self.end]

    @property
    def is_balanced(self) -> bool:
        """Whether as many brackets open as close."""
        return self.text.count("(") == self.text.count(")")

    def part(self, start: int, end: int) -> Piece:
        """Return a part of this piece; offsets count from the piece's own start."""
        return Piece(self.content, self.start + start, self.start + end)

    def trimmed(self) -> Piece:
        """Return the piece without white space and separators at either end; a sign on a word stays."""
        text = self.text
        first = _OUTER.match(text)
        start = first.end() if first else 0
        end = len(text)
        while (
            end > start
            and _OUTER.fullmatch(text[end - 1])
            and not (text[end - 1] in _SIGNS and text[end - 2].isalnum())
        ):
            end -= 1
        return self.part(start, end)

    def split(self, separator: re.Pattern[str]) -> list[Piece]:
        """Return the pieces between the separators that are in no bracket."""
        text = self.text
        pieces = []
        start = seen = depth = 0
        for match in separator.finditer(text):
            depth += text.count("(", seen, match.start()) - text.count(")", seen, match.start())
            seen = match.start()
            if depth <= 0:
                pieces.append(self.part(start, match.start()))
                start = match.end()
        return [*pieces, self.part(start, len(text))]

    def before(self, pattern: re.Pattern[str]) -> Piece:
        """Return what lies before the first match, or the whole piece where there is none."""
        match = pattern.search(self.text)
        return self.part(0, match.start()) if match else self

    def after(self, pattern: re.Pattern[str]) -> Piece:
        """Return what lies after a match at the very start, or the whole piece where there is none."""
        match = pattern.match(self.text)
        return self.part(match.end(), len(self.text)) if match else self

    def brackets(self) -> tuple[Piece, list[Piece]]:
        """Return what lies before the first bracket that blanks set apart, and what such brackets hold."""
        found = list(self._set_apart())
        insides = [self.part(*match.span(match.lastindex or 0)) for match in found]
        return (self.part(0, found[0].start()) if found else self), insides

    def _set_apart(self) -> Iterator[re.Match[str]]:
        text = self.text
        for match in _BRACKETED.finditer(text):
            opens_apart = text[match.start()].isspace()
            closes_apart = match.end() == len(text) or text[match.end()] in " ,;"
            if match.start() > 0 and opens_apart and closes_apart:
                yield match


def whole(content: str) -> Piece:
    """Return the content as one piece."""
    return Piece(content, 0, len(content))
