"""Precision, recall and F1 of spans, strict and relaxed, with bootstrap intervals over the documents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alembic_db.gold.corpora import GoldSpan
from alembic_db.ner.base import EntityType

_RESAMPLES, _SEED = 1000, 20261124

# Of one document: marked and right, marked, gold and found, gold.
Counts = tuple[int, int, int, int]


@dataclass(frozen=True)
class Scores:
    """Shares from 0 to 1; `interval` holds 95 % of the F1 of resampled documents; `support` counts gold mentions."""

    precision: float
    recall: float
    f1: float
    support: int
    interval: tuple[float, float]

    def as_object(self) -> dict[str, Any]:
        """Return what is written as JSON."""
        return {
            "precision": round(self.precision, 4),
            "recall": round(self.recall, 4),
            "f1": round(self.f1, 4),
            "support": self.support,
            "f1_low": round(self.interval[0], 4),
            "f1_high": round(self.interval[1], 4),
        }


@dataclass(frozen=True)
class Evaluation:
    """How well an annotator does on a corpus: by type and over all of them, strict and relaxed."""

    corpus: str
    annotator: str
    strict: dict[EntityType, Scores]
    micro: Scores
    relaxed: dict[EntityType, Scores]
    relaxed_micro: Scores

    def as_object(self) -> dict[str, Any]:
        """Return one JSON object."""
        return {
            "corpus": self.corpus,
            "annotator": self.annotator,
            "types": {kind.value: scores.as_object() for kind, scores in self.strict.items()},
            "micro": self.micro.as_object(),
            "relaxed": self.relaxed_micro.as_object()
            | {"types": {kind.value: scores.as_object() for kind, scores in self.relaxed.items()}},
        }

    def as_rows(self) -> list[dict[str, Any]]:
        """Return one row a type and one for all, with percentages."""
        pairs = [(kind.value, scores, self.relaxed[kind]) for kind, scores in self.strict.items()]
        if len(pairs) > 1:
            pairs.append(("all", self.micro, self.relaxed_micro))
        return [
            {
                "corpus": self.corpus,
                "annotator": self.annotator,
                "entity_type": name,
                "precision": round(100 * strict.precision, 1),
                "recall": round(100 * strict.recall, 1),
                "f1": round(100 * strict.f1, 1),
                "f1_low": round(100 * strict.interval[0], 1),
                "f1_high": round(100 * strict.interval[1], 1),
                "relaxed_f1": round(100 * relaxed.f1, 1),
                "support": strict.support,
            }
            for name, strict, relaxed in pairs
        ]


Marked = Iterable[GoldSpan]


def evaluated(
    corpus: str, annotator: str, pairs: Sequence[tuple[Marked, Marked]], types: Iterable[EntityType]
) -> Evaluation:
    """Compare (gold, found) of each document, for the types that the corpus annotates."""
    strict, relaxed = {}, {}
    for kind in sorted(types, key=list(EntityType).index):
        own = [
            ([s for s in gold if s.entity_type is kind], [s for s in found if s.entity_type is kind])
            for gold, found in pairs
        ]
        strict[kind] = np.array([_strict(gold, found) for gold, found in own], dtype=np.int64).reshape(-1, 4)
        relaxed[kind] = np.array([_relaxed(gold, found) for gold, found in own], dtype=np.int64).reshape(-1, 4)
    return Evaluation(
        corpus,
        annotator,
        {kind: scores_of(counts) for kind, counts in strict.items()},
        scores_of(sum(strict.values(), np.zeros((len(pairs), 4), dtype=np.int64))),
        {kind: scores_of(counts) for kind, counts in relaxed.items()},
        scores_of(sum(relaxed.values(), np.zeros((len(pairs), 4), dtype=np.int64))),
    )


def scores_of(counts: NDArray[np.int64]) -> Scores:
    """Return the scores of the counts of each document, [documents, 4]."""
    precision, recall, f1 = (float(share[0]) for share in _shares(counts.sum(axis=0, keepdims=True)))
    return Scores(precision, recall, f1, int(counts[:, 3].sum()), _interval(counts))


def _shares(counts: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    right, marked, found, gold = counts.astype(np.float64).T
    precision = np.divide(right, marked, out=np.zeros_like(right), where=marked > 0)
    recall = np.divide(found, gold, out=np.zeros_like(right), where=gold > 0)
    both = precision + recall
    f1 = np.divide(2 * precision * recall, both, out=np.zeros_like(right), where=both > 0)
    return precision, recall, f1


def _interval(counts: NDArray[np.int64]) -> tuple[float, float]:
    if not len(counts):
        return 0.0, 0.0
    drawn = np.random.default_rng(_SEED).multinomial(len(counts), np.full(len(counts), 1 / len(counts)), _RESAMPLES)
    _, _, f1 = _shares(drawn @ counts)
    low, high = np.percentile(f1, [2.5, 97.5])
    return float(low), float(high)


def _strict(gold: Sequence[GoldSpan], found: Sequence[GoldSpan]) -> Counts:
    both = len({(s.start, s.end) for s in gold} & {(s.start, s.end) for s in found})
    return both, len({(s.start, s.end) for s in found}), both, len({(s.start, s.end) for s in gold})


def _relaxed(gold: Sequence[GoldSpan], found: Sequence[GoldSpan]) -> Counts:
    """Count as right what overlaps a mention of its type."""
    right = sum(any(_overlap(span, other) for other in gold) for span in found)
    hit = sum(any(_overlap(span, other) for other in found) for span in gold)
    return right, len(found), hit, len(gold)


def _overlap(one: GoldSpan, other: GoldSpan) -> bool:
    return one.start < other.end and other.start < one.end
