"""The best path and its probabilities, against every path counted out."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest

from alembic_db.ner.compact.decode import Chain, best_tags, mentions

TAGS, TYPES = 5, 2
FOLLOWS = {0: (0, 1, 4), 1: (2, 3), 2: (2, 3), 3: (0, 1, 4), 4: (0, 1, 4)}


def chain(seed: int) -> Chain:
    chance = np.random.default_rng(seed)
    step = chance.normal(size=(TYPES, TAGS, TAGS))
    for before, after in product(range(TAGS), repeat=2):
        if after not in FOLLOWS[before]:
            step[:, before, after] = -1e4
    start, end = chance.normal(size=(2, TYPES, TAGS))
    start[:, [2, 3]] = end[:, [1, 2]] = -1e4
    return Chain(*(part.astype(np.float32) for part in (start, step, end)))


def path_score(scores: np.ndarray, path: tuple[int, ...], kind: int, given: Chain) -> float:
    total = float(given.start[kind, path[0]] + given.end[kind, path[-1]])
    total += sum(float(scores[i, kind, tag]) for i, tag in enumerate(path))
    return total + sum(float(given.step[kind, a, b]) for a, b in pairwise(path))


@pytest.mark.parametrize("seed", range(8))
def test_best_path_and_probabilities_equal_brute_force(seed: int) -> None:
    lengths = np.array([5, 3, 1])
    scores = np.random.default_rng(100 + seed).normal(scale=2, size=(3, 5, TYPES, TAGS)).astype(np.float32)
    given = chain(seed)
    tags = best_tags(scores, lengths, given)
    found = mentions(scores, lengths, given)
    for row, kind in product(range(3), range(TYPES)):
        paths = list(product(range(TAGS), repeat=int(lengths[row])))
        values = np.array([path_score(scores[row], path, kind, given) for path in paths])
        best = paths[int(values.argmax())]
        assert tuple(tags[row, : lengths[row], kind]) == best
        assert not tags[row, lengths[row] :, kind].any()
        weights = np.exp(values - values.max())
        weights /= weights.sum()
        own = [mention for mention in found if (mention.row, mention.kind) == (row, kind)]
        assert [(m.first, m.last) for m in own] == stretches(best)
        for mention in own:
            part = slice(mention.first, mention.last)
            same = [weight for path, weight in zip(paths, weights, strict=True) if path[part] == best[part]]
            assert mention.probability == pytest.approx(sum(same), rel=1e-4)


def stretches(path: tuple[int, ...]) -> list[tuple[int, int]]:
    found, first = [], 0
    for i, tag in enumerate(path):
        if tag in (1, 4):
            first = i
        if tag in (3, 4):
            found.append((first, i + 1))
    return found
