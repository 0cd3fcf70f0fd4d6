"""Run annotators over the texts of a store that they have not read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from alembic_db.ner import Annotator, Text, checked_spans
from alembic_db.reports import AnnotateReport, Progress
from alembic_db.store import Store
from alembic_db.store.annotations import (
    add_annotator,
    choose_texts,
    count_unread,
    find_annotator,
    unread_texts,
    write_spans,
)

# Texts read and written at once: what an interruption can cost, and what memory must hold.
BATCH_TEXTS = 2000
# Looked up at once: finding what is unread goes over all texts, which may be millions.
PAGE_BATCHES = 50


def annotate_store(
    store: Store, annotators: Sequence[Annotator], progress: Progress, fields: Sequence[str] = ()
) -> AnnotateReport:
    """Let each annotator read what it has not read, batch by batch, each batch a commit.

    `fields` are names such as `study.title` or `sample.attribute:tissue`; without any, all texts are read.
    """
    chosen = choose_texts(store, fields)
    texts = spans = 0
    for annotator in annotators:
        read, found = _annotate_with(store, annotator, progress, chosen)
        texts, spans = max(texts, read), spans + found
    return AnnotateReport(tuple(annotator.name for annotator in annotators), texts, spans)


def _annotate_with(store: Store, annotator: Annotator, progress: Progress, chosen: str) -> tuple[int, int]:
    annotator_id = find_annotator(store, annotator)
    if annotator_id is None:
        with store.commit("annotate", annotator.name) as commit:
            annotator_id = add_annotator(store, commit, annotator)
    progress.start(f"annotate ({annotator.name})", count_unread(store, annotator_id, chosen))
    read = found = 0
    for text_ids, texts in _unread_batches(store, annotator_id, chosen):
        spans = checked_spans(annotator, texts)
        with store.commit("annotate", annotator.name) as commit:
            write_spans(store, commit, annotator_id, text_ids, texts, spans)
            commit.inserted = len(texts)
        read += len(texts)
        found += sum(map(len, spans))
        progress.advance(len(texts))
    return read, found


def _unread_batches(store: Store, annotator_id: int, chosen: str) -> Iterator[tuple[Sequence[int], Sequence[Text]]]:
    """Yield what is unread, batch by batch, until nothing is; each batch is read before the next is asked for."""
    while True:
        text_ids, texts = unread_texts(store, annotator_id, BATCH_TEXTS * PAGE_BATCHES, chosen)
        if not texts:
            return
        for start in range(0, len(texts), BATCH_TEXTS):
            yield text_ids[start : start + BATCH_TEXTS], texts[start : start + BATCH_TEXTS]
