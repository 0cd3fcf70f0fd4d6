"""Short in-domain texts with silver labels: what a record calls its cell line is one wherever the record names it.

Only cell lines are known in these texts. Records that name a donor or an organ, and no line, are examples of
texts without one.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb

from alembic_db.gold.corpora import Document, GoldSpan
from alembic_db.ner.base import EntityType
from alembic_db.ner.compact.words import with_tag

Record = dict[str, str]  # tag -> text; "" is the tag of a title

_LINE_TAG = re.compile(r"(?:parental )?cell line(?: name| background)?", re.IGNORECASE)
_DONOR_TAG = re.compile(
    r"(?:tissue|organ|organism part|body site|patient(?: id)?|donor|individual|age|subject)", re.IGNORECASE
)
_NAME = re.compile(r"[A-Za-z0-9][\w/.\- ()+]{1,18}[\w)+]")
_NO_NAME = re.compile(
    r"(?i)none|n/?a|not .*|no|yes|unknown|primary.*|normal.*|control.*|wild.?type|wt|female|male|parental|tumou?r.*"
    r"|.*\b(?:cells?|lines?|tissue|derived|culture|cancer|carcinoma|fibroblasts?|stem|ipsc?s?|from|human|mouse|patient)\b.*"
)
_PER_NAME, _MOST_NEGATIVE = 12, 0.6


def silver_documents(records: Iterable[Record], seed: int) -> list[Document]:
    """Return short texts with the cell lines that their records name, and about as many without any."""
    marked: dict[str, Document] = {}
    empty: dict[str, Document] = {}
    seen: Counter[str] = Counter()
    for record in records:
        names = _names(record)
        if names:
            for document in _marked(record, names, seen):
                marked.setdefault(document.text, document)
        elif not any(_LINE_TAG.fullmatch(tag) for tag in record) and any(_DONOR_TAG.fullmatch(t) for t in record):
            for tag, text in record.items():
                document = _document(with_tag(tag, text), ())
                empty.setdefault(document.text, document)
    wanted = min(len(empty), int(len(marked) * _MOST_NEGATIVE))
    return [*marked.values(), *random.Random(seed).sample(list(empty.values()), wanted)]  # noqa: S311


def sample_records(path: Path) -> Iterator[Record]:
    """Yield the records of a table: GEO samples (characteristics as `tag: value|tag: value`), or (tag, value) rows."""
    with duckdb.connect() as connection:
        table = connection.read_parquet(str(path))
        if "characteristics_ch1" in table.columns:
            for title, source, made_of in table.project("title, source_name_ch1, characteristics_ch1").fetchall():
                record = {"": title or "", "source name": source or ""}
                for part in (made_of or "").split("|"):
                    tag, _, value = part.partition(": ")
                    record[_plain(tag)] = value
                yield record
            return
        rows = table.order("experiment, tag, value").project("experiment, tag, value").fetchall()
    last, record = None, {}
    for experiment, tag, value in rows:
        if experiment != last and record:
            yield record
            record = {}
        last = experiment
        record[_plain(tag)] = value or ""
    yield record


def _plain(tag: str) -> str:
    return re.sub(r"[\s._]+", " ", tag).strip().lower()


def _names(record: Record) -> list[str]:
    values = [value.strip() for tag, value in record.items() if _LINE_TAG.fullmatch(tag)]
    return [
        value
        for value in values
        if _NAME.fullmatch(value) and not _NO_NAME.fullmatch(value) and re.search(r"[A-Z0-9]", value)
    ]


def _marked(record: Record, names: list[str], seen: Counter[str]) -> Iterator[Document]:
    for tag, value in record.items():
        text = with_tag(tag, value)
        spans = [span for name in names for span in _places(name, text)]
        if spans and all(seen[text[span.start : span.end]] < _PER_NAME for span in spans):
            seen.update(text[span.start : span.end] for span in spans)
            yield _document(text, tuple(spans))


def _places(name: str, text: str) -> Iterator[GoldSpan]:
    for match in re.finditer(rf"(?<![^\W_]){re.escape(name)}(?![^\W_])", text):
        yield GoldSpan(match.start(), match.end(), EntityType.CELL_LINE)


def _document(text: str, spans: tuple[GoldSpan, ...]) -> Document:
    return Document("silver", text, text, text, spans, frozenset({EntityType.CELL_LINE}))
