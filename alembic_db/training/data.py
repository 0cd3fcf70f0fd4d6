"""The texts of a training run: what is learnt from, and what is held back."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from alembic_db.gold.corpora import DEVELOPMENT_PARTS, Document, read_corpus, read_types, split_by_hash, types_for
from alembic_db.ner.base import EntityType
from alembic_db.training.config import Data, NetworkPlan
from alembic_db.training.examples import OUT, TYPES, Example, examples_of
from alembic_db.training.silver import sample_records, silver_documents
from alembic_db.training.vectors import Table, chosen_vectors, words_of

_SILVER_SEED = 1
_SHORTEST = 8  # words: shorter windows count as this long, so that no batch has very many


@dataclass(frozen=True)
class Material:
    """Examples to learn from, documents held back, and word vectors, if any."""

    examples: list[Example]
    silver: list[Example]
    development: list[Document]
    vectors: Table | None


def gather(data: Data) -> Material:
    """Read everything that a config names. InputError for what cannot be read."""
    known = read_types(data.types)
    names = data.files or tuple(known)
    documents = [
        document
        for name in names
        for document in read_corpus(data.corpora / name, types_for(data.corpora / name, known))
    ]
    training, development = split_by_hash(documents, DEVELOPMENT_PARTS)
    records = list(chain.from_iterable(map(sample_records, data.records)))
    silver, silver_development = split_by_hash(silver_documents(records, _SILVER_SEED), DEVELOPMENT_PARTS)
    examples = [example for document in training for example in examples_of(document)]
    return Material(
        [example for example in examples if not _says_nothing(example, data)],
        [example for document in silver for example in examples_of(document)],
        [_with_what_it_knows(document, data) for document in development] + silver_development,
        _vectors(data, documents, records),
    )


def _with_what_it_knows(document: Document, data: Data) -> Document:
    """Return a document to calibrate on: corpora that call no people a species say nothing of species here."""
    if document.corpus not in data.without_people:
        return document
    return replace(document, types=document.types - {EntityType.SPECIES})


def _says_nothing(example: Example, data: Data) -> bool:
    """Say whether a corpus that calls no people a species leaves people unmarked here."""
    if example.corpus not in data.without_people:
        return False
    tags = example.tags[:, TYPES.index(EntityType.SPECIES)]
    pairs = zip(example.words, tags, strict=True)
    return any(tag == OUT and word.piece.lower() in data.people for word, tag in pairs)


def _vectors(data: Data, documents: Sequence[Document], records: Sequence[dict[str, str]]) -> Table | None:
    if data.vectors is None:
        return None
    texts = chain((document.text for document in documents), (text for record in records for text in record.values()))
    return chosen_vectors(data.vectors, data.vector_words, words_of(texts), data.common_words)


def epoch_batches(material: Material, data: Data, plan: NetworkPlan, chance: random.Random) -> list[list[Example]]:
    """Return an epoch's batches, each of windows of one length; fewer of the windows without any mention."""
    examples = list(_drawn(material.examples + (material.silver if plan.silver else []), data, plan, chance))
    chance.shuffle(examples)
    lengths: dict[int, list[Example]] = defaultdict(list)
    for example in examples:
        lengths[len(example.words)].append(example)
    batches: list[list[Example]] = []
    for length, alike in lengths.items():
        rows = max(1, plan.batch_words // max(length, _SHORTEST))
        batches += [alike[first : first + rows] for first in range(0, len(alike), rows)]
    chance.shuffle(batches)
    return batches


def _drawn(examples: Sequence[Example], data: Data, plan: NetworkPlan, chance: random.Random) -> Iterator[Example]:
    for example in examples:
        share = data.keep_empty.get(example.corpus, data.keep_empty_elsewhere)
        if np.any(example.tags[:, example.known]) or chance.random() <= share:
            yield from [example] * plan.weights.get(example.corpus, 1)
