"""Decode label scores: the best sequence (Viterbi) and how sure each label is, many sequences at once, in numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from alembic_db.ner.bert.weights import Chain, Floats

type Labels = NDArray[np.int64]

_FLOOR = -80.0  # what is less likely than exp(-80) is as good as impossible, and keeps sums from vanishing


def with_boundaries(scores: Floats, lengths: Labels, chain: Chain) -> Floats:
    """Return scores (sequences, places, labels) with those of first and last labels added."""
    scores = scores.astype(np.float64)
    scores[:, 0] += chain.left
    scores[np.arange(len(scores)), lengths - 1] += chain.right
    return scores


def best_labels(scores: Floats, lengths: Labels, chain: Chain | None) -> Labels:
    """Return the best label at each place (sequences, places), meaningless beyond a sequence's length.

    Without a chain, places are independent. Of equally good sequences the one with lower labels at its end is taken.
    """
    if chain is None:
        best: Labels = scores.argmax(-1)
        return best
    return viterbi(with_boundaries(scores, lengths, chain), lengths, chain.chain)


def viterbi(scores: Floats, lengths: Labels, transitions: Floats) -> Labels:
    """Return the sequences of labels whose scores and transitions (from, to) add up to most."""
    count, places, labels = scores.shape
    best = scores[:, 0]
    came_from = np.tile(np.arange(labels), (places, count, 1))
    for place in range(1, places):
        ways = best[:, :, None] + transitions
        running = (place < lengths)[:, None]
        came_from[place] = np.where(running, ways.argmax(1), came_from[place])
        best = np.where(running, ways.max(1) + scores[:, place], best)
    answer = np.empty((count, places), np.int64)
    answer[:, -1] = best.argmax(-1)
    for place in range(places - 1, 0, -1):
        answer[:, place - 1] = came_from[place, np.arange(count), answer[:, place]]
    return answer


def probabilities(scores: Floats, lengths: Labels, chain: Chain | None) -> Floats:
    """Return the probability of each label at each place (sequences, places, labels), 0 to 1.

    With a chain these are marginals over all sequences; beyond a sequence's length they mean nothing.
    """
    if chain is None:
        return _normed(np.exp(scores.astype(np.float64) - scores.max(-1, keepdims=True)))
    scores = with_boundaries(scores, lengths, chain)
    here = np.exp(np.maximum(scores - scores.max(-1, keepdims=True), _FLOOR))
    step = np.exp(np.maximum(chain.chain.astype(np.float64) - chain.chain.max(), _FLOOR))
    forward, backward = np.empty_like(here), np.ones_like(here)
    forward[:, 0] = _normed(here[:, 0])
    places = here.shape[1]
    for place in range(1, places):
        forward[:, place] = _normed((forward[:, place - 1] @ step) * here[:, place])
    for place in range(places - 2, -1, -1):
        running = (place + 1 < lengths)[:, None]
        after = _normed((here[:, place + 1] * backward[:, place + 1]) @ step.T)
        backward[:, place] = np.where(running, after, 1.0)
    return _normed(forward * backward)


def _normed(values: Floats) -> Floats:
    normed: Floats = values / values.sum(-1, keepdims=True)
    return normed
