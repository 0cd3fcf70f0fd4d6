"""Annotators, alone and together, held against gold corpora."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from alembic_db.errors import InputError
from alembic_db.gold.corpora import (
    DEVELOPMENT_PARTS,
    FOLDER_SUFFIXES,
    Document,
    GoldSpan,
    TypeMap,
    read_corpus,
    read_types,
    split_by_hash,
    types_for,
)
from alembic_db.gold.scoring import Evaluation, evaluated
from alembic_db.ner import Annotator, EntityType, Span, Text, checked_spans, get_annotators
from alembic_db.ner.spans import surest_spans
from alembic_db.reports import NoProgress, Progress

TYPES_FILE = "types.json"
_TEXTS_AT_ONCE = 200


def evaluate(
    paths: Sequence[Path],
    annotators: Sequence[str],
    types_file: Path | None = None,
    *,
    development: bool = False,
    progress: Progress | None = None,
) -> Iterator[Evaluation]:
    """Score annotators on every corpus of the files and folders; `a+b` is what a and b find together.

    Without a types file, types.json beside the corpora is used where there is one. With `development`, only the
    documents that training on these same corpora holds back. Raises InputError for a corpus that cannot be read,
    AnnotatorError for an unknown annotator.
    """
    progress = progress or NoProgress()
    loaded = {annotator.name: annotator for annotator in get_annotators(_single(annotators))}
    corpora = read_corpora(paths, types_file)
    if development:
        corpora = _development(corpora)
    progress.start("evaluate", sum(len(documents) for documents, _ in corpora.values()))
    for name, (documents, types) in corpora.items():
        found = {one: _found(annotator, documents) for one, annotator in loaded.items()}
        for wanted in annotators:
            marked = [together(lists) for lists in zip(*(found[one] for one in wanted.split("+")), strict=True)]
            pairs = [(document.spans, _as_gold(spans)) for document, spans in zip(documents, marked, strict=True)]
            yield evaluated(name, wanted, pairs, types)
        progress.advance(len(documents))


def read_corpora(
    paths: Sequence[Path], types_file: Path | None
) -> dict[str, tuple[list[Document], frozenset[EntityType]]]:
    """Read every corpus of the files and folders: its documents, and the types it annotates, by file name."""
    found = {}
    for path in _files(paths):
        known = _known_types(path, types_file)
        types: TypeMap = types_for(path, known)
        documents = read_corpus(path, types)
        found[path.name] = (documents, annotated_types(documents, types, known))
    return found


def annotated_types(
    documents: Iterable[Document], types: TypeMap, known: Mapping[str, TypeMap]
) -> frozenset[EntityType]:
    """Return the types that a corpus annotates; where no types file says so, those that occur in it."""
    if known:
        return frozenset(types.values())
    return frozenset(span.entity_type for document in documents for span in document.spans)


def together(lists: Sequence[Sequence[Span]]) -> list[Span]:
    """Return what several annotators find of one text: of two spans that overlap, the surer."""
    return list(lists[0]) if len(lists) == 1 else surest_spans({span for spans in lists for span in spans})


def _single(names: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(one for name in names for one in name.split("+")))


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            inside = sorted(file for file in path.rglob("*") if file.name.endswith(FOLDER_SUFFIXES))
            if not inside:
                raise InputError(f"There is no corpus in {path}.", hint=f"Corpora end in {', '.join(FOLDER_SUFFIXES)}.")
            yield from inside
        else:
            yield path


def _known_types(path: Path, types_file: Path | None) -> Mapping[str, TypeMap]:
    if types_file:
        return read_types(types_file)
    beside = path.parent / TYPES_FILE
    return read_types(beside) if beside.is_file() else {}


def _development(
    corpora: Mapping[str, tuple[list[Document], frozenset[EntityType]]],
) -> dict[str, tuple[list[Document], frozenset[EntityType]]]:
    _, held = split_by_hash((d for documents, _ in corpora.values() for d in documents), DEVELOPMENT_PARTS)
    kept = {id(document) for document in held}
    return {name: ([d for d in documents if id(d) in kept], types) for name, (documents, types) in corpora.items()}


def _found(annotator: Annotator, documents: Sequence[Document]) -> list[list[Span]]:
    spans: list[list[Span]] = []
    for first in range(0, len(documents), _TEXTS_AT_ONCE):
        part = documents[first : first + _TEXTS_AT_ONCE]
        spans += checked_spans(annotator, [Text(document.text) for document in part])
    return spans


def _as_gold(spans: Iterable[Span]) -> list[GoldSpan]:
    return [GoldSpan(span.start, span.end, span.entity_type) for span in spans]
