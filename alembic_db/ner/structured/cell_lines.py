"""Cell lines: the name inside the value of a cell line attribute."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alembic_db.ner.base import EntityType, Span, Text
from alembic_db.ner.structured.pieces import Piece, whole
from alembic_db.ner.structured.vocabulary import Vocabulary, folded

# Commas and semicolons stand in names too (MV4;11), never followed by a letter there.
_LISTS = re.compile(r"\s*[;,|](?!\d)\s*|\s+(?:and|or|vs\.?|versus|\+|&|/)\s+|[\r\n\t]+")
_NO_OTHER_LINE = re.compile(r"(?:sub)?clones?\b|passage\b", re.IGNORECASE)
_AFTER_CELL = re.compile(r".*\bcells?\b[\s:,-]+", re.IGNORECASE | re.DOTALL)
_AFTER_LINE = re.compile(r".*\blines?\b[\s:,-]+", re.IGNORECASE | re.DOTALL)
_TOKEN = re.compile(r"\S+")
_TWO_CAPITALS = re.compile(r"[^A-Z]*[A-Z][^A-Z]*[A-Z]")
_SUBCLONE = re.compile(r"\d+|[A-Z]\d{1,2}[.-]\d[\d.]*")
_DIGIT = re.compile(r"\d")
_LETTER = re.compile(r"[^\W\d_]")
_LONGEST_NAME = 40  # characters; the longest of common names have about 25

_SAYS_SO = re.compile(
    r"(?:the )?(?P<name>\S+)[\s_-]+(?:(?:wild[ -]?type|parental|wt|[a-z]{4,20}) ){0,2}(?:cell[\s_-]*lines?|cells?)\.?",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"[A-Z][A-Za-z]{1,5}-?\d{1,5}[A-Za-z]{0,4}(?:-\w{1,4})?|[A-Z]{1,4}-[A-Z]{1,3}-?\d{1,4}\w{0,3}"
    r"|[A-Z]-?\d{3,4}[A-Z]{0,2}|\d{2,4}[A-Z][A-Za-z]{0,2}\d?"
)
_LONGEST_SAID = 80  # characters: what is longer is a sentence

SCORE = 0.95  # precision on annotated BioSample records: tests/bench/bench_cell_lines.py
SAID_SCORE = 0.85  # no tag vouches for it


class CellLineReader:
    """Reads `MCF-7`, `THP-1 cells`, `lung cancer cell line NCI-H1944`, `HeLa and HEK293`."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._not_names = vocabulary.words("cell_line", "not_names")
        self._numbers = vocabulary.words("cell_line", "numbers")
        self._not_name = vocabulary.pattern("cell_line", "not_name_patterns")
        self._tails = vocabulary.pattern("cell_line", "tails")
        self._asides = vocabulary.pattern("cell_line", "asides")

    def read(self, text: Text) -> Iterator[Span]:
        """Yield a span for each name."""
        for piece in whole(text.content).split(_LISTS):
            described = piece.before(self._asides)
            name = self._name(described.trimmed())
            if name is not None:
                yield Span(name.start, name.end, EntityType.CELL_LINE, SCORE)
            if described != piece:
                return

    def _name(self, piece: Piece) -> Piece | None:
        outer, _ = piece.brackets()
        if _NO_OTHER_LINE.match(outer.text):
            return None
        candidates = (outer.after(_AFTER_LINE), outer, outer.after(_AFTER_CELL))
        for candidate in (candidate.before(self._tails).trimmed() for candidate in candidates):
            tokens = [candidate.part(*match.span()).trimmed() for match in _TOKEN.finditer(candidate.text)]
            name = self._single(tokens[0]) if len(tokens) == 1 else self._named_run(tokens)
            if name is not None and len(name.text) <= _LONGEST_NAME:
                return name
        return None

    def _single(self, token: Piece) -> Piece | None:
        """Return the only word, which the tag vouches for, unless it is known to be none."""
        return token if self._may_be_name(token.text) else None

    def _named_run(self, tokens: list[Piece]) -> Piece | None:
        """Return the first words that look like a name: LOX IMVI, HS 578T; A673 of A673 Ewing sarcoma."""
        run = tokens[:1] if self._begins_with_word(tokens) else []
        for token in tokens[len(run) :]:
            if self._looks_like_name(token.text) or (run and _SUBCLONE.fullmatch(token.text)):
                run.append(token)
            elif run:
                break
            if run and _DIGIT.search(token.text):
                break
        return Piece(run[0].content, run[0].start, run[-1].end) if run else None

    def _begins_with_word(self, tokens: list[Piece]) -> bool:
        """Say whether the name begins with a word like any other: Jurkat E6-1, Kasumi 1."""
        if len(tokens) < 2:
            return False
        first, second = tokens[0].text, tokens[1].text
        return first.istitle() and self._may_be_name(first) and _SUBCLONE.fullmatch(second) is not None

    def is_code(self, word: str) -> bool:
        """Say whether the word has a digit, a letter, and may be a name."""
        return _DIGIT.search(word) is not None and self._may_be_name(word)

    def _looks_like_name(self, word: str) -> bool:
        has_shape = _DIGIT.search(word) is not None or _TWO_CAPITALS.match(word) is not None
        return has_shape and self._may_be_name(word)

    def _may_be_name(self, word: str) -> bool:
        name = folded(word)
        if name in self._numbers:
            return True
        is_other = name in self._not_names or self._not_name.fullmatch(word) or self._vocabulary.is_nothing(word)
        return not is_other and _LETTER.search(word) is not None


class SaidCellLineReader:
    """Reads a value that may be anything: `IMR32 cells`, `MiaPaCa2 wild-type cell line`, `NCI-H69`.

    The value must say so itself, or be nothing but a code as cell lines have.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._names = CellLineReader(vocabulary)
        self._not_code = vocabulary.pattern("cell_line", "not_codes")

    def read(self, text: Text) -> Iterator[Span]:
        """Yield at most one span."""
        value = whole(text.content).trimmed()
        if len(value.text) > _LONGEST_SAID:
            return
        said = _SAYS_SO.fullmatch(value.text)
        if said is None and _CODE.fullmatch(value.text) is None:
            return
        name = value.part(*said.span("name")).trimmed() if said else value
        if self._names.is_code(name.text) and not self._not_code.fullmatch(name.text):
            yield Span(name.start, name.end, EntityType.CELL_LINE, SAID_SCORE)
