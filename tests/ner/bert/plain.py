"""A forward pass and decoders that are plain, slow and apart from the program's: one token, one step at a time."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping

import numpy as np

Arrays = Mapping[str, np.ndarray]


def norm(vector: np.ndarray, gamma: np.ndarray, beta: np.ndarray, epsilon: float = 1e-12) -> np.ndarray:
    mean = vector.mean()
    return (vector - mean) / math.sqrt(((vector - mean) ** 2).mean() + epsilon) * gamma + beta


def gelu(vector: np.ndarray) -> np.ndarray:
    return np.array([0.5 * x * (1 + math.erf(x / math.sqrt(2))) for x in vector])


def encode(ids: list[int], arrays: Arrays, heads: int, mask: list[int] | None = None) -> np.ndarray:
    """Return the last hidden states of BERT (tokens, hidden); attention leaves out what the mask says."""
    arrays = {name: array.astype(np.float64) for name, array in arrays.items()}
    mask = mask or [1] * len(ids)

    def dense(name: str, vector: np.ndarray) -> np.ndarray:
        return vector @ arrays[f"{name}/kernel"] + arrays[f"{name}/bias"]

    def normed(name: str, vector: np.ndarray) -> np.ndarray:
        return norm(vector, arrays[f"{name}/gamma"], arrays[f"{name}/beta"])

    hidden = []
    for place, token in enumerate(ids):
        vector = arrays["embeddings/word_embeddings/weight"][token]
        vector = vector + arrays["embeddings/position_embeddings/embeddings"][place]
        vector = vector + arrays["embeddings/token_type_embeddings/embeddings"][0]
        hidden.append(normed("embeddings/LayerNorm", vector))
    layers = len({name.split("/")[1] for name in arrays if name.startswith("encoder/")})
    for number in range(layers):
        layer = f"encoder/layer_._{number}"
        query, key, value = (
            [dense(f"{layer}/attention/self/{part}", v) for v in hidden] for part in ("query", "key", "value")
        )
        width = len(query[0]) // heads
        after = []
        for place, vector in enumerate(hidden):
            mixed = np.zeros_like(vector)
            for head in range(heads):
                part = slice(head * width, (head + 1) * width)
                scores = [query[place][part] @ key[other][part] / math.sqrt(width) for other in range(len(ids))]
                strength = [math.exp(s) if m else 0.0 for s, m in zip(scores, mask, strict=True)]
                for other, weight in enumerate(strength):
                    mixed[part] += weight / sum(strength) * value[other][part]
            vector = normed(
                f"{layer}/attention/output/LayerNorm", vector + dense(f"{layer}/attention/output/dense", mixed)
            )
            inner = dense(f"{layer}/output/dense", gelu(dense(f"{layer}/intermediate/dense", vector)))
            after.append(normed(f"{layer}/output/LayerNorm", vector + inner))
        hidden = after
    return np.array(hidden)


def aioner_scores(
    ids: list[int], arrays: Arrays, heads: int, decoder: str, mask: list[int] | None = None
) -> np.ndarray:
    """Return the scores of AIONER's last layer, before softmax or CRF."""
    features = np.maximum(encode(ids, arrays, heads, mask) @ arrays["dense2/kernel"] + arrays["dense2/bias"], 0)
    return features @ arrays[f"{decoder}/kernel"] + arrays[f"{decoder}/bias"]


def sequence_score(
    labels: tuple[int, ...], scores: np.ndarray, chain: np.ndarray, left: np.ndarray, right: np.ndarray
) -> float:
    total = left[labels[0]] + right[labels[-1]] + sum(scores[place, label] for place, label in enumerate(labels))
    return float(total + sum(chain[a, b] for a, b in itertools.pairwise(labels)))


def best_sequence(scores: np.ndarray, chain: np.ndarray, left: np.ndarray, right: np.ndarray) -> tuple[int, ...]:
    """Try every sequence."""
    every = itertools.product(range(scores.shape[1]), repeat=len(scores))
    return max(every, key=lambda labels: sequence_score(labels, scores, chain, left, right))


def marginals(scores: np.ndarray, chain: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Add up every sequence."""
    answer = np.zeros_like(scores, dtype=np.float64)
    for labels in itertools.product(range(scores.shape[1]), repeat=len(scores)):
        weight = math.exp(sequence_score(labels, scores, chain, left, right))
        for place, label in enumerate(labels):
            answer[place, label] += weight
    return answer / answer[0].sum()


def viterbi(scores: np.ndarray, chain: np.ndarray, left: np.ndarray, right: np.ndarray) -> list[int]:
    """Go forward keeping the best way to each label, then back; one step and label at a time."""
    best = [left[label] + scores[0, label] for label in range(scores.shape[1])]
    ways: list[list[int]] = []
    for place in range(1, len(scores)):
        came, totals = [], []
        for label in range(scores.shape[1]):
            totals_to = [best[before] + chain[before, label] for before in range(scores.shape[1])]
            came.append(int(np.argmax(totals_to)))
            totals.append(max(totals_to) + scores[place, label])
        ways.append(came)
        best = totals
    best = [total + right[label] for label, total in enumerate(best)]
    labels = [int(np.argmax(best))]
    for came in reversed(ways):
        labels.append(came[labels[-1]])
    return labels[::-1]
