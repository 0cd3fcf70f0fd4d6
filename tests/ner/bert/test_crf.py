"""The decoders of a CRF against every sequence there is."""

from __future__ import annotations

import alembic_db_test_plain as plain
import numpy as np
import pytest

from alembic_db.ner.bert.crf import best_labels, probabilities
from alembic_db.ner.bert.weights import Chain


def drawn(seed: int, labels: int, scale: float = 1.0) -> tuple[np.ndarray, np.ndarray, Chain]:
    random = np.random.default_rng(seed)
    lengths = random.integers(1, 6, 7)
    scores = random.normal(0, scale, (7, 5, labels)).astype(np.float32)
    draw = lambda *shape: random.normal(0, scale, shape).astype(np.float32)  # noqa: E731
    return scores, lengths, Chain(draw(labels, labels), draw(labels), draw(labels))


@pytest.mark.parametrize("seed", range(20))
def test_viterbi_finds_the_best_of_all_sequences(seed: int) -> None:
    scores, lengths, chain = drawn(seed, 4)
    labels = best_labels(scores, lengths, chain)
    for row, length in enumerate(lengths):
        assert tuple(labels[row, :length]) == plain.best_sequence(scores[row, :length], *chain)


@pytest.mark.parametrize("seed", range(20))
def test_probabilities_are_those_of_all_sequences(seed: int) -> None:
    scores, lengths, chain = drawn(seed, 3)
    found = probabilities(scores, lengths, chain)
    for row, length in enumerate(lengths):
        assert np.allclose(found[row, :length], plain.marginals(scores[row, :length].astype(float), *chain), atol=1e-9)


def test_extreme_scores_give_probabilities_still() -> None:
    scores, lengths, chain = drawn(1, 4, scale=1e4)
    found = probabilities(scores, lengths, chain)
    assert np.isfinite(found).all()
    assert np.allclose(found.sum(-1), 1)


def test_what_is_beyond_a_sequence_changes_nothing() -> None:
    scores, lengths, chain = drawn(2, 4)
    changed = scores.copy()
    for row, length in enumerate(lengths):
        changed[row, length:] = 99.0
    for decode in (best_labels, probabilities):
        one, other = decode(scores, lengths, chain), decode(changed, lengths, chain)
        for row, length in enumerate(lengths):
            assert np.array_equal(one[row, :length], other[row, :length])


def test_without_a_chain_places_are_independent() -> None:
    scores, lengths, _ = drawn(3, 4)
    assert np.array_equal(best_labels(scores, lengths, None), scores.argmax(-1))
    expected = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)
    assert np.allclose(probabilities(scores, lengths, None), expected, atol=1e-6)


def test_decoding_over_padding_differs_near_the_end_only() -> None:
    """AIONER decodes over padding, we stop at the last token: random scores, the worst case, in 2,000 sequences."""
    random = np.random.default_rng(4)
    labels, real, padded, count = 19, 20, 40, 2000
    scores = random.normal(0, 2, (count, padded, labels))
    chain = Chain(*(random.normal(0, 1, shape) for shape in ((labels, labels), labels, labels)))
    clean = best_labels(scores, np.full(count, real), chain)[:, :real]
    own = best_labels(scores, np.full(count, padded), chain)[:, :real]
    differing = (clean != own).mean(0)
    print(
        f"places that differ: {(clean != own).mean():.2%}; the last {differing[-1]:.1%}, ten before {differing[-11]:.2%}"
    )
    assert differing[-1] > 0.1
    assert differing[:10].max() < 0.01
    assert (clean != own).mean() < 0.1
