"""Scores of tags to spans: the best path a type, and how sure the model is of each mention on it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]

OUT, BEGIN, INSIDE, END, SINGLE = range(5)


class Chain(NamedTuple):
    """Scores of a linear chain for each type: to start with a tag, to step from one to another, to end."""

    start: Floats  # [types, tags]
    step: Floats  # [types, tags, tags]
    end: Floats  # [types, tags]


class Mention(NamedTuple):
    """Words of a row that are a mention, end exclusive, with the chain's probability of just this mention."""

    row: int
    kind: int
    first: int
    last: int
    probability: float


def mentions(scores: Floats, lengths: NDArray[np.int64], chain: Chain) -> list[Mention]:
    """Return the mentions on the best path of each row and type; scores are [rows, words, types, tags]."""
    tags = best_tags(scores, lengths, chain)
    rows, kinds = np.nonzero((tags != OUT).any(axis=1))
    if not len(rows):
        return []
    picked = scores[rows, :, kinds].astype(np.float64)  # [pairs, words, tags]
    own = Chain(*(part[kinds].astype(np.float64) for part in chain))
    ahead, behind, total = _sums(picked, lengths[rows], own)
    found = []
    for pair, (row, kind) in enumerate(zip(rows, kinds, strict=True)):
        path = tags[row, : lengths[row], kind]
        for first, last in _stretches(path):
            inner = _inner(picked[pair], path, first, last, own.step[pair])
            log = ahead[pair, first, path[first]] + inner + behind[pair, last - 1, path[last - 1]] - total[pair]
            found.append(Mention(int(row), int(kind), first, last, float(np.exp(min(log, 0.0)))))
    return found


def best_tags(scores: Floats, lengths: NDArray[np.int64], chain: Chain) -> NDArray[np.int8]:
    """Return the best path (Viterbi), [rows, words, types]; 0 beyond a row's length."""
    rows, words, kinds, _ = scores.shape
    running = scores[:, 0] + chain.start
    came: list[NDArray[np.int8]] = []
    for i in range(1, words):
        through = running[..., :, None] + chain.step
        came.append(through.argmax(axis=-2).astype(np.int8))
        going = (i < lengths)[:, None, None]
        running = np.where(going, through.max(axis=-2) + scores[:, i], running)
    path = np.zeros((rows, words, kinds), dtype=np.int8)
    now = (running + chain.end).argmax(axis=-1).astype(np.int8)
    for i in range(words - 1, -1, -1):
        inside = (i < lengths)[:, None]
        path[:, i] = np.where(inside, now, OUT)
        if i:
            before = np.take_along_axis(came[i - 1], now[..., None].astype(np.int64), axis=-1)[..., 0]
            now = np.where(inside, before, now)
    return path


def _stretches(path: NDArray[np.int8]) -> list[tuple[int, int]]:
    """Return the words of each mention on a path: a single, or from a begin to its end."""
    firsts = np.flatnonzero((path == BEGIN) | (path == SINGLE))
    lasts = np.flatnonzero((path == END) | (path == SINGLE)) + 1
    return [(int(first), int(last)) for first, last in zip(firsts, lasts, strict=True)]


def _inner(scores: Floats, path: NDArray[np.int8], first: int, last: int, step: Floats) -> float:
    """Return what the path scores after its first word up to its last."""
    return sum(float(step[path[i - 1], path[i]]) + float(scores[i, path[i]]) for i in range(first + 1, last))


def _sums(scores: Floats, lengths: NDArray[np.int64], chain: Chain) -> tuple[Floats, Floats, Floats]:
    """Return the log sums of all paths up to a tag, from a tag on, and in all, for each row of [rows, words, tags]."""
    rows, words, _ = scores.shape
    ahead = np.empty_like(scores)
    ahead[:, 0] = scores[:, 0] + chain.start
    for i in range(1, words):
        ahead[:, i] = _log_sum(ahead[:, i - 1, :, None] + chain.step, axis=1) + scores[:, i]
    at = np.arange(rows)
    total = _log_sum(ahead[at, lengths - 1] + chain.end, axis=1)
    behind = np.empty_like(scores)
    behind[:, words - 1] = chain.end
    for i in range(words - 2, -1, -1):
        through = _log_sum(chain.step + (scores[:, i + 1] + behind[:, i + 1])[:, None, :], axis=2)
        behind[:, i] = np.where((i + 1 < lengths)[:, None], through, chain.end)
    return ahead, behind, total


def _log_sum(values: Floats, axis: int) -> Floats:
    top = values.max(axis=axis, keepdims=True)
    summed: Floats = np.squeeze(top, axis) + np.log(np.exp(values - top).sum(axis=axis))
    return summed
