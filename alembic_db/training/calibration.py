"""How sure the model may be: on documents held back, how often mentions of each probability are right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alembic_db.gold.corpora import Document
from alembic_db.ner.base import Annotator, EntityType, Text

_POINTS = 12
_HIGHEST_THRESHOLD = 0.75  # few documents are held back: what is fitted to them must not cut deep
Floats = NDArray[np.float64]

IDENTITY: dict[str, Any] = {"given": [0.0, 1.0], "right": [0.0, 1.0], "least": 0.0}


def calibrate(annotator: Annotator, documents: Sequence[Document], types: Sequence[EntityType]) -> list[dict[str, Any]]:
    """Return the calibration of each type, from an annotator whose scores are the model's own probabilities."""
    pairs: dict[EntityType, list[tuple[float, bool]]] = {kind: [] for kind in types}
    missed = dict.fromkeys(types, 0)
    answers = annotator.annotate([Text(document.text) for document in documents])
    for document, spans in zip(documents, answers, strict=True):
        gold = {(span.start, span.end, span.entity_type) for span in document.spans}
        found = {(span.start, span.end, span.entity_type) for span in spans}
        for span in spans:
            if span.entity_type in document.types:
                pairs[span.entity_type].append((span.score, (span.start, span.end, span.entity_type) in gold))
        for _, _, kind in gold - found:
            missed[kind] += 1
    return [_calibration(pairs[kind], missed[kind]) for kind in types]


def _calibration(pairs: Sequence[tuple[float, bool]], missed: int) -> dict[str, Any]:
    if len(pairs) < 2 * _POINTS:
        return dict(IDENTITY)
    ordered = np.array(sorted(pairs), dtype=np.float64)
    given, right = _rising(ordered[:, 0], ordered[:, 1])
    return {
        "given": [round(float(x), 4) for x in given],
        "right": [round(float(x), 4) for x in right],
        "least": round(min(best_threshold(ordered, missed), _HIGHEST_THRESHOLD), 4),
    }


def _rising(given: Floats, right: Floats) -> tuple[Floats, Floats]:
    """Return points of a rising line through the shares of equally large parts (pool adjacent violators)."""
    parts = [part for part in np.array_split(np.arange(len(given)), _POINTS) if len(part)]
    pools = [[float(given[part].mean()), float(right[part].mean()), float(len(part))] for part in parts]
    merged: list[list[float]] = []
    for pool in pools:
        merged.append(pool)
        while len(merged) > 1 and merged[-2][1] >= merged[-1][1]:
            (x2, y2, n2), (x1, y1, n1) = merged.pop(), merged.pop()
            merged.append([(x1 * n1 + x2 * n2) / (n1 + n2), (y1 * n1 + y2 * n2) / (n1 + n2), n1 + n2])
    return np.array([pool[0] for pool in merged]), np.array([pool[1] for pool in merged])


def best_threshold(ordered: Floats, missed: int) -> float:
    """Return the probability below which dropping mentions raises F1; [(probability, right)], rising."""
    right = ordered[:, 1]
    gold = right.sum() + missed
    kept_right = np.concatenate(([right.sum()], right.sum() - np.cumsum(right)))
    kept = len(ordered) - np.arange(len(ordered) + 1)
    f1 = 2 * kept_right / np.maximum(kept + gold, 1)
    best = int(f1.argmax())
    return 0.0 if best == 0 else float(ordered[best, 0]) if best < len(ordered) else 1.0
