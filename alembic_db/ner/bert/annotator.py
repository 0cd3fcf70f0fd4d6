"""Annotator that runs a converted BERT: texts to sentences, windows, batches of like length, labels and spans."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

from alembic_db.errors import ModelError
from alembic_db.ner.base import EntityType, Span, Text
from alembic_db.ner.bert.crf import best_labels, probabilities
from alembic_db.ner.bert.encoder import read_json
from alembic_db.ner.bert.graph import Graph
from alembic_db.ner.bert.labels import LabelReader
from alembic_db.ner.bert.tokenizer import Pieces
from alembic_db.ner.bert.weights import Chain, Floats
from alembic_db.ner.bert.windows import Window, windows
from alembic_db.ner.bert.words import Sentence, sentences

RECIPE, CHAIN = "recipe.json", "chain.npy"
_STEP = 16  # lengths are filled up to a multiple of this, so that few shapes occur
_BATCH_TOKENS = 1024
_GROUP_WORDS = 60_000  # sorted by length together: what memory must hold at once


@dataclass(frozen=True)
class Recipe:
    """How a model is to be fed and read.

    `tasks` maps what is asked for to the ids of the tokens around the sentence; empty for a model without them.
    `spaced` puts spaces around AIONER's characters, `padded` fills every input up to `most_tokens` and decodes it to
    its end, as AIONER does, and `opening_decides` is that of LabelReader.
    """

    most_tokens: int
    pad_token: int
    spaced: bool = False
    padded: bool = False
    opening_decides: bool = False
    tasks: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Write it into the model's folder."""
        (folder / RECIPE).write_text(json.dumps(asdict(self), indent=1), "utf-8")

    @classmethod
    def read(cls, folder: Path) -> Recipe:
        """Read it. ModelError if it is missing or damaged."""
        data = read_json(folder / RECIPE)
        try:
            data["tasks"] = {name: (int(first), int(last)) for name, (first, last) in data["tasks"].items()}
            return cls(**data)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ModelError(f"{folder / RECIPE} is damaged ({error}).", hint="Add the model again.") from error


def write_chain(folder: Path, chain: Chain | None) -> None:
    """Write the chain of a CRF, if there is one."""
    if chain is not None:
        np.save(folder / CHAIN, np.vstack([chain.chain, chain.left, chain.right]))


def read_chain(folder: Path) -> Chain | None:
    """Read the chain of a CRF, None if there is none. ModelError if it is damaged."""
    path = folder / CHAIN
    if not path.is_file():
        return None
    try:
        rows = np.load(path, allow_pickle=False)
        return Chain(rows[:-2], rows[-2], rows[-1])
    except (OSError, ValueError, IndexError, EOFError) as error:
        raise ModelError(f"{path} is damaged ({error}).", hint="Add the model again.") from error


class Parts(NamedTuple):
    """What an annotator is made of; the chain is that of a CRF."""

    recipe: Recipe
    pieces: Pieces
    graph: Graph
    reader: LabelReader
    chain: Chain | None


class _Asked(NamedTuple):
    """A sentence under one task, and what is found out about its words."""

    number: int  # of the text
    sentence: Sentence
    pieces: list[list[int]]
    task: str
    labels: np.ndarray[tuple[int], np.dtype[np.int64]]
    scores: Floats  # (words, types)


class _Job(NamedTuple):
    """One window of a sentence."""

    asked: _Asked
    window: Window
    ids: list[int]
    places: list[int]  # of the first piece of each word


class BertAnnotator:
    """Marks what a token classifier finds. The same text gives the same spans whatever is read with it."""

    def __init__(self, name: str, version: str, parts: Parts) -> None:
        self.name = name
        self.version = version
        self._recipe, self._pieces, self._graph, self._reader, self._chain = parts
        asked_for = {entity_type for entity_type in EntityType if entity_type in self._recipe.tasks}
        found = {tag.entity_type for tag in self._reader.tags if tag.entity_type is not None}
        self.entity_types = frozenset(found & asked_for if asked_for else found)

    def annotate(self, texts: Sequence[Text]) -> list[list[Span]]:
        """Return the spans of each text."""
        answer: list[set[Span]] = [set() for _ in texts]
        for group in self._groups(texts):
            asked = self._read(group)
            for one in asked:
                spans = self._reader.spans(one.sentence, one.labels.tolist(), one.scores)
                answer[one.number].update(span for span in spans if self._wanted(span, one.task))
        return [sorted(spans) for spans in answer]

    def _wanted(self, span: Span, task: str) -> bool:
        """A sentence asked for one type answers for that type only."""
        return span.entity_type in self.entity_types and (task not in set(EntityType) or span.entity_type == task)

    def _groups(self, texts: Sequence[Text]) -> Iterator[list[tuple[int, Sentence]]]:
        group: list[tuple[int, Sentence]] = []
        words = 0
        for number, text in enumerate(texts):
            for sentence in sentences(text.content, spaced=self._recipe.spaced):
                group.append((number, sentence))
                words += len(sentence.words)
                if words >= _GROUP_WORDS:
                    yield group
                    group, words = [], 0
        if group:
            yield group

    def _read(self, group: Sequence[tuple[int, Sentence]]) -> list[_Asked]:
        """Find the labels of the words of some sentences, under every task."""
        pieces = self._pieces.of([sentence.words for _, sentence in group], self._capacity // 2)
        asked = []
        for (number, sentence), of_words in zip(group, pieces, strict=True):
            known = [word for word, found in enumerate(of_words) if found]
            if known:
                kept = sentence.only(known)
                for task in self._recipe.tasks or ("",):
                    labels, scores = np.empty(len(known), np.int64), np.empty((len(known), len(EntityType)))
                    asked.append(_Asked(number, kept, [of_words[word] for word in known], task, labels, scores))
        self._run([job for one in asked for job in self._jobs(one)])
        return asked

    @property
    def _capacity(self) -> int:
        return self._recipe.most_tokens - (4 if self._recipe.tasks else 2)

    def _jobs(self, asked: _Asked) -> Iterator[_Job]:
        opening, closing = [self._pieces.open], [self._pieces.close]
        if asked.task:
            first, last = self._recipe.tasks[asked.task]
            opening, closing = [*opening, first], [last, *closing]
        lengths = [len(found) for found in asked.pieces]
        for window in windows(lengths, self._capacity, self._capacity // 4):
            ids, places = list(opening), []
            for found in asked.pieces[window.first : window.last]:
                places.append(len(ids))
                ids += found
            yield _Job(asked, window, ids + closing, places)

    def _run(self, jobs: list[_Job]) -> None:
        """Run windows in batches of one length each; the length depends on the window alone."""
        jobs.sort(key=lambda job: self._length(job))
        start = 0
        while start < len(jobs):
            length = self._length(jobs[start])
            most = start + max(1, _BATCH_TOKENS // length)
            stop = start + 1
            while stop < min(most, len(jobs)) and self._length(jobs[stop]) == length:
                stop += 1
            self._run_batch(jobs[start:stop], length)
            start = stop

    def _length(self, job: _Job) -> int:
        if self._recipe.padded:
            return self._recipe.most_tokens
        return min(-(-len(job.ids) // _STEP) * _STEP, self._recipe.most_tokens)

    def _run_batch(self, jobs: Sequence[_Job], length: int) -> None:
        ids = np.full((len(jobs), length), self._recipe.pad_token, np.int32)
        for row, job in enumerate(jobs):
            ids[row, : len(job.ids)] = job.ids
        lengths = np.array([length if self._recipe.padded else len(job.ids) for job in jobs], np.int64)
        scores = self._graph.scores(ids)
        labels = best_labels(scores, lengths, self._chain)
        types = self._reader.type_scores(probabilities(scores, lengths, self._chain))
        for row, job in enumerate(jobs):
            first, _, own_first, own_last = job.window
            own = job.places[own_first - first : own_last - first]
            job.asked.labels[own_first:own_last] = labels[row, own]
            job.asked.scores[own_first:own_last] = types[row, own]
