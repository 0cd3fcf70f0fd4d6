"""Texts for annotators, and the spans that they find."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from alembic_db.ner.base import Annotator, Span, Text
from alembic_db.store.database import Commit, Store

_SPAN_COLUMNS = (
    "text_id", "annotator_id", "start_offset", "end_offset", "entity_type", "mention", "entity_id",
    "concept_id", "score",
)  # fmt: skip


def find_annotator(store: Store, annotator: Annotator) -> int | None:
    """Look up the id of an annotator at its version; None if it has never written here."""
    rows = store.run("find_annotator", {"name": annotator.name, "version": annotator.version})
    return int(rows[0][0]) if rows else None


def add_annotator(store: Store, commit: Commit, annotator: Annotator) -> int:
    """Register an annotator at its version and return its id."""
    values = {
        "name": annotator.name,
        "version": annotator.version,
        "entity_types": ",".join(sorted(annotator.entity_types)),
    }
    ((annotator_id,),) = store.run("insert_annotator", values | commit.stamp)
    return int(annotator_id)


ALL_TEXTS = "text"


def choose_texts(store: Store, fields: Sequence[str]) -> str:
    """Return the name of a table with the texts of some fields (`study.title`), of all texts if no field is named."""
    if not fields:
        return ALL_TEXTS
    store.run("choose_texts", {"fields": list(fields)})
    return "chosen_text"


def count_unread(store: Store, annotator_id: int, texts: str = ALL_TEXTS) -> int:
    """Count the texts of a table that an annotator has not read."""
    ((count,),) = store.run("count_texts_to_annotate", {"annotator_id": annotator_id}, texts=texts)
    return int(count)


def unread_texts(store: Store, annotator_id: int, batch: int, texts: str = ALL_TEXTS) -> tuple[list[int], list[Text]]:
    """Take the next texts of a table that an annotator has not read, as ids and texts side by side."""
    rows = store.run("texts_to_annotate", {"annotator_id": annotator_id, "batch": batch}, texts=texts)
    return [row[0] for row in rows], [Text(*row[1:]) for row in rows]


def write_spans(
    store: Store,
    commit: Commit,
    annotator_id: int,
    text_ids: Sequence[int],
    texts: Sequence[Text],
    spans: Sequence[Sequence[Span]],
) -> None:
    """Store what an annotator found in each text, and that it has read it, also where it found nothing."""
    read = [(text_id, annotator_id, len(found)) for text_id, found in zip(text_ids, spans, strict=True)]
    rows, names = [], []
    for text_id, text, found in zip(text_ids, texts, spans, strict=True):
        for span in found:
            mention = text.content[span.start : span.end]
            name = fold(mention)
            rows.append(
                (text_id, annotator_id, span.start, span.end, str(span.entity_type), mention,
                 entity_id(str(span.entity_type), name), span.concept_id, span.score)
            )  # fmt: skip
            names.append(name)
    with store.staged("annotation", store.arrow("annotation", ("text_id", "annotator_id", "span_count"), read)):
        store.run("insert_annotations", commit.stamp)
    table = store.arrow("entity_span", _SPAN_COLUMNS, rows)
    names_column = store.arrow("entity", ("name",), [(name,) for name in names])
    with store.staged("span", table.append_column("name", names_column.column("name"))):
        store.run("insert_entities", commit.stamp)
        store.run("insert_spans", commit.stamp)


def fold(mention: str) -> str:
    """Fold what does not tell entities apart: Unicode form (NFC), case, runs of white space."""
    return " ".join(unicodedata.normalize("NFC", mention).casefold().split())


@lru_cache(maxsize=1 << 16)
def entity_id(entity_type: str, name: str) -> int:
    """Number an entity by its type and folded name: 63 bits of a digest, the same in every store."""
    digest = hashlib.blake2b(f"{entity_type}|{name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) >> 1
