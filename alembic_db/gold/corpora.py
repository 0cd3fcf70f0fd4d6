"""Gold corpora: documents with their spans, and of which types each corpus says everything.

What a corpus does not annotate is unknown there, not absent. Three forms are read: PubTator (offsets over the
title, one space and the abstract), CoNLL (a token and its IOB tag a line, sentences parted by blank lines), BioC JSON.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from alembic_db.errors import InputError
from alembic_db.ner.base import EntityType

TypeMap = Mapping[str, EntityType]  # raw type name -> type

CONLL_SUFFIXES = (".conll", ".iob", ".bio")
FOLDER_SUFFIXES = (*CONLL_SUFFIXES, ".pubtator", ".bioc.json")  # what of a folder is a corpus
DEVELOPMENT_PARTS = 10  # one document in so many is held back from training

_TITLE = re.compile(r"([^|\t]{1,200})\|t\|(.*)\Z", re.DOTALL)
_ABSTRACT = re.compile(r"([^|\t]{1,200})\|a\|(.*)\Z", re.DOTALL)


@dataclass(frozen=True)
class GoldSpan:
    """A mention that the annotators of a corpus marked."""

    start: int
    end: int
    entity_type: EntityType


@dataclass(frozen=True)
class Document:
    """A text with its gold mentions; of `types` every mention is marked, of other types nothing is known."""

    corpus: str
    doc_id: str
    title: str
    text: str
    spans: tuple[GoldSpan, ...]
    types: frozenset[EntityType]


def read_corpus(path: Path, types: TypeMap, name: str | None = None) -> list[Document]:
    """Read a file of PubTator (whatever its name ends in), .conll or BioC .json. InputError says what is wrong."""
    try:
        content = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}.", hint="It must be UTF-8 text.") from error
    name = name or corpus_name(path)
    if path.suffix in CONLL_SUFFIXES:
        documents = list(_conll_documents(content.split("\n"), types, name, path))
    elif path.suffix == ".json":
        documents = list(_bioc_documents(content, types, name, path))
    else:
        documents = list(_pubtator_documents(content.split("\n"), types, name, path))
    if not documents:
        raise InputError(f"{path} holds no document.", hint="PubTator files have lines such as 12345|t|Title.")
    return documents


def corpus_name(path: Path) -> str:
    """Return the first part of the file's name: bc5cdr.train.pubtator is bc5cdr."""
    return path.name.split(".", 1)[0]


def read_types(path: Path) -> dict[str, dict[str, EntityType]]:
    """Read a types file: {file name: {type: [raw names]}}; returns raw name -> type, by file name."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return {
            file: {raw: EntityType(kind) for kind, raws in kinds.items() for raw in raws}
            for file, kinds in data.items()
        }
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise InputError(
            f"The types file {path} cannot be read: {error}.",
            hint=f'It is JSON such as {{"a.pubtator": {{"Gene": ["Gene"]}}}}; types: {", ".join(EntityType)}.',
        ) from error


def types_for(path: Path, known: Mapping[str, TypeMap]) -> TypeMap:
    """Return the map for a file: by its name, else by the corpus (bc5cdr.test as bc5cdr.train), else as written."""
    if path.name in known:
        return known[path.name]
    for file, types in known.items():
        if corpus_name(Path(file)) == corpus_name(path):
            return types
    return {kind.value: kind for kind in EntityType}


def _pubtator_documents(lines: Sequence[str], types: TypeMap, corpus: str, path: Path) -> Iterator[Document]:
    annotated = frozenset(types.values())
    document: Document | None = None
    spans: list[GoldSpan] = []
    for number, line in enumerate(lines, start=1):
        if match := _TITLE.match(line):
            if document:
                yield replace(document, spans=_outermost(spans))
            document, spans = Document(corpus, match[1], match[2], match[2], (), annotated), []
        elif document and (match := _ABSTRACT.match(line)):
            document = replace(document, text=f"{document.title} {match[2]}")
        elif document and line.count("\t") >= 4:
            spans += _gold_span(line, document.text, types, f"{path}, line {number}")
    if document:
        yield replace(document, spans=_outermost(spans))


def _gold_span(line: str, text: str, types: TypeMap, place: str) -> Iterator[GoldSpan]:
    _, start, end, mention, raw = line.split("\t")[:5]
    if raw not in types:
        return
    if not (start.isdecimal() and end.isdecimal()):
        raise InputError(f"{place}: {start!r} and {end!r} are no offsets.")
    yield from _at(int(start), int(end), mention, types[raw], text, place)


def _at(start: int, end: int, mention: str, kind: EntityType, text: str, place: str) -> Iterator[GoldSpan]:
    if text[start:end] != mention or not mention:
        raise InputError(
            f"{place}: the mention {mention[:40]!r} does not stand at {start}-{end}.",
            hint="Offsets count code points; in PubTator over the title, one space and the abstract.",
        )
    yield GoldSpan(start, end, kind)


def _bioc_documents(content: str, types: TypeMap, corpus: str, path: Path) -> Iterator[Document]:
    """Yield the documents of a BioC collection; its passages are put where their offsets say."""
    try:
        data = json.loads(content)
        for entry in data["documents"] if isinstance(data, dict) else data:
            yield _bioc_document(entry, types, corpus, path)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path} is not BioC JSON: {type(error).__name__}: {error}.") from error


def _bioc_document(entry: Mapping[str, Any], types: TypeMap, corpus: str, path: Path) -> Document:
    text = ""
    spans: list[GoldSpan] = []
    for passage in entry["passages"]:
        text = text.ljust(passage["offset"]) + (passage.get("text") or "")
    for note in (note for passage in entry["passages"] for note in passage.get("annotations", ())):
        kind, places = types.get(note["infons"].get("type", "")), note["locations"]
        if kind and len(places) == 1:
            start = places[0]["offset"]
            spans += _at(start, start + places[0]["length"], note["text"], kind, text, f"{path}, {entry['id']}")
    title = entry["passages"][0].get("text") or "" if entry["passages"] else ""
    return Document(corpus, str(entry["id"]), title, text, _outermost(spans), frozenset(types.values()))


def _conll_documents(lines: Sequence[str], types: TypeMap, corpus: str, path: Path) -> Iterator[Document]:
    """Yield one document a sentence; its text is the tokens, parted by blanks."""
    rows: list[tuple[str, str]] = []
    for number, line in enumerate([*lines, ""], start=1):
        cells = line.split()
        if cells and cells[0] != "-DOCSTART-":
            if len(cells) < 2:
                raise InputError(f"{path}, line {number}: a token and its tag are expected.")
            rows.append((cells[0], cells[-1]))
        elif rows:
            yield _conll_sentence(rows, types, corpus, str(number))
            rows = []


def _conll_sentence(rows: Sequence[tuple[str, str]], types: TypeMap, corpus: str, doc_id: str) -> Document:
    spans: list[GoldSpan] = []
    at, before = 0, "O"
    for token, tag in rows:
        kind = types.get(tag[2:])
        if kind and tag.startswith("I-") and before[2:] == tag[2:] and spans:
            spans[-1] = replace(spans[-1], end=at + len(token))
        elif kind:
            spans.append(GoldSpan(at, at + len(token), kind))
        at, before = at + len(token) + 1, tag
    text = " ".join(token for token, _ in rows)
    return Document(corpus, doc_id, text, text, tuple(spans), frozenset(types.values()))


def _outermost(spans: Iterable[GoldSpan]) -> tuple[GoldSpan, ...]:
    """Return the spans without those that lie inside another of the same type."""
    kept: list[GoldSpan] = []
    for span in sorted(set(spans), key=lambda span: (span.start - span.end, span.start)):
        if not any(
            span.entity_type is other.entity_type and span.start < other.end and other.start < span.end
            for other in kept
        ):
            kept.append(span)
    return tuple(sorted(kept, key=lambda span: (span.start, span.end)))


def split_by_hash(documents: Iterable[Document], parts: int) -> tuple[list[Document], list[Document]]:
    """Return (training, development): one part in `parts` is for development, by a hash of the document's id.

    Documents that share an id or their first words, in whatever corpus, fall on the same side.
    """
    documents = list(documents)
    groups = _grouped(documents)
    held = [_bucket(group, parts) == 0 for group in groups]
    return (
        [document for document, out in zip(documents, held, strict=True) if not out],
        [document for document, out in zip(documents, held, strict=True) if out],
    )


def _grouped(documents: Sequence[Document]) -> list[str]:
    """Return for each document the name of the group of all that are linked to it by ids or first words."""
    parents: dict[str, str] = {}

    def root(key: str) -> str:
        while parents.setdefault(key, key) != key:
            parents[key] = parents[parents[key]]
            key = parents[key]
        return key

    for document in documents:
        first = root(f"id:{_article(document)}")
        if opening := _opening(document.text):
            last = root(f"text:{opening}")
            parents[max(first, last)] = min(first, last)
    return [root(f"id:{_article(document)}") for document in documents]


def _article(document: Document) -> str:
    """Return the article's id: figure captions carry it with three or four more digits."""
    doc_id = document.doc_id
    return doc_id[:7] if doc_id.isdecimal() and len(doc_id) > 8 else doc_id


def _opening(text: str) -> str:
    """Return the first letters of a text: the same article in two corpora differs in blanks and signs only."""
    letters = re.sub(r"[\W_]+", "", text[:400]).lower()
    return letters[:120] if len(letters) >= 120 else ""


def _bucket(group: str, parts: int) -> int:
    return int.from_bytes(hashlib.sha256(group.encode()).digest()[:4], "big") % parts
