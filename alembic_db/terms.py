"""What the texts of a project speak of, in plain words: statistics of terms, as a word cloud needs them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from alembic_db.errors import UsageError
from alembic_db.ner.preprocess import Preprocessor
from alembic_db.saved import render, saved_query

if TYPE_CHECKING:
    from alembic_db.reports import Progress
    from alembic_db.store import Reader

_ROWS_AT_ONCE = 2000
_MOST_WORDS = 3
_SEPARATOR = "\x1f"


@dataclass(frozen=True)
class TermCount:
    """A term: how often the distinct texts have it, how many of them do, how many fields of records say those."""

    term: str
    count: int
    text_count: int
    field_count: int
    written: str  # as it is written most often


@dataclass
class _Tally:
    count: int = 0
    text_count: int = 0
    field_count: int = 0
    writings: Counter[str] = field(default_factory=Counter)


def count_terms(
    reader: Reader, fields: Sequence[str], search: str | None, words: int, minimum: int, progress: Progress
) -> list[TermCount]:
    """Count the terms of the texts of some fields, the most frequent first.

    A term is one word, or up to `words` (1 to 3) that follow each other. Left out is what fewer than `minimum` fields
    say. UsageError for a number of words that is not 1 to 3.
    """
    if not 1 <= words <= _MOST_WORDS:
        raise UsageError(f"A term cannot be {words} words.", hint=f"Give 1 to {_MOST_WORDS}.")
    preprocessor = Preprocessor()
    tallies: dict[str, _Tally] = {}
    values = {"fields": _SEPARATOR.join(fields), "search": search or ""}
    cursor = reader.connection.execute(render(saved_query("term_text"), values))
    progress.start("count terms", None)
    while rows := cursor.fetchmany(_ROWS_AT_ONCE):
        for _, content, field_count in rows:
            _count(tallies, preprocessor, content, field_count, words)
        progress.advance(len(rows))
    progress.finish()
    if not tallies and fields:
        progress.note(f"No text stands in {', '.join(fields)}: alembic-db fields lists what is there.")
    kept = (
        TermCount(term, tally.count, tally.text_count, tally.field_count, tally.writings.most_common(1)[0][0])
        for term, tally in tallies.items()
        if tally.field_count >= minimum
    )
    return sorted(kept, key=lambda term: (-term.field_count, -term.count, term.term))


def _count(tallies: dict[str, _Tally], preprocessor: Preprocessor, content: str, fields: int, words: int) -> None:
    seen: set[str] = set()
    for term, written in _terms(preprocessor, content, words):
        tally = tallies.setdefault(term, _Tally())
        tally.count += 1
        if term not in seen:
            seen.add(term)
            tally.text_count += 1
            tally.field_count += fields
            tally.writings[written] += 1


def _terms(preprocessor: Preprocessor, content: str, words: int) -> Iterator[tuple[str, str]]:
    """Yield each term with the way it is written; several words only where nothing but blanks parts them."""
    terms = list(preprocessor.terms(content))
    for first in range(len(terms)):
        text = terms[first].text
        yield text, content[terms[first].start : terms[first].end]
        for last in range(first + 1, min(first + words, len(terms))):
            if not content[terms[last - 1].end : terms[last].start].isspace():
                break
            text = f"{text} {terms[last].text}"
            yield text, " ".join(content[terms[first].start : terms[last].end].split())
