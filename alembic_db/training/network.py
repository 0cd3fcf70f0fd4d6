"""The network in torch: hashed word features and word vectors, two LSTMs, a chain (CRF) for each type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from alembic_db.ner.compact.batch import Batch
from alembic_db.ner.compact.features import FORMS, NGRAMS, SHAPES, SPACES
from alembic_db.training.examples import TAGS, TYPES

FORBIDDEN = -1e4
_FOLLOWS = {"O": "OBS", "B": "IE", "I": "IE", "E": "OBS", "S": "OBS"}
_SPACE_SIZE = 4


@dataclass(frozen=True)
class NetworkSize:
    """What of the network can be chosen: widths, and how much is dropped while training."""

    form: int = 64
    ngram: int = 64
    shape: int = 16
    hidden: int = 160
    layers: int = 2
    dropout: float = 0.4
    word_dropout: float = 0.1
    manners: tuple[str, ...] = ()  # corpora whose manner of marking is told apart
    manner_dropout: float = 0.25
    vectors: int = 0  # rows of the table of pretrained word vectors; row 0 is for words that it lacks
    vector: int = 50


class Tensors:
    """A batch of windows of one length, as torch has it; `manners` are the rows of the windows' corpora, 0 for none."""

    def __init__(self, batch: Batch, manners: Tensor | None = None) -> None:
        self.ids, self.places, self.grams, self.shares = (torch.from_numpy(part) for part in batch[:4])
        self.manners = manners


class Network(nn.Module):
    """Words in, a score for each tag of each type out."""

    def __init__(self, size: NetworkSize) -> None:
        super().__init__()
        self.size = size
        self.form = nn.Embedding(FORMS, size.form)
        self.ngram = nn.EmbeddingBag(NGRAMS, size.ngram, mode="sum")
        self.shape = nn.Embedding(SHAPES, size.shape)
        self.run_shape = nn.Embedding(SHAPES, size.shape)
        self.space = nn.Embedding(SPACES, _SPACE_SIZE)
        for table in (self.form, self.ngram, self.shape, self.run_shape, self.space):
            nn.init.normal_(table.weight, std=0.3)
        wide = size.form + size.ngram + 2 * size.shape + _SPACE_SIZE
        if size.vectors:
            self.vector = nn.Embedding(size.vectors, size.vector)
            self.vector.weight.requires_grad_(False)
            wide += size.vector
        self.lstm = nn.ModuleList(
            nn.LSTM(wide if i == 0 else 2 * size.hidden, size.hidden, batch_first=True, bidirectional=True)
            for i in range(size.layers)
        )
        self.out = nn.Linear(2 * size.hidden, len(TYPES) * len(TAGS))
        if size.manners:  # what each corpus adds to the weights and biases of `out`; the first row, of none, stays zero
            self.manner = nn.Embedding(
                1 + len(size.manners), self.out.out_features * (2 * size.hidden + 1), padding_idx=0
            )
            nn.init.zeros_(self.manner.weight)
        self.crf = Crf()

    def forward(self, batch: Tensors) -> Tensor:
        """Return the scores, [windows, words, types, tags]."""
        drop = self.size.dropout
        found = F.dropout(self._words(batch), drop, self.training)
        for lstm in self.lstm:
            found = _dropped(lstm(found)[0], drop, self.training)
        scores: Tensor = self.out(found)
        if self.size.manners:
            scores = scores + self._in_manner(found, batch.manners)
        return scores.view(*found.shape[:2], len(TYPES), len(TAGS))

    def _words(self, batch: Tensors) -> Tensor:
        form, run, shape, run_shape, space, vector = batch.ids.unbind(-1)
        if self.training:
            seen = torch.rand(form.shape) > self.size.word_dropout
            form, run = form * seen, run * seen
        parts = [
            self.form(form) + self.form(run),
            self.ngram(batch.grams, per_sample_weights=batch.shares)[batch.places],
            self.shape(shape),
            self.run_shape(run_shape),
            self.space(space),
        ]
        if self.size.vectors:
            parts.append(self.vector(vector))
        return torch.cat(parts, -1)

    def _in_manner(self, found: Tensor, rows: Tensor | None) -> Tensor:
        """Return what the windows' corpora add to their scores; in training some windows are read as of none."""
        if rows is None:
            rows = torch.zeros(found.shape[0], dtype=torch.long)
        if self.training:
            rows = rows * (torch.rand(rows.shape) > self.size.manner_dropout)
        added = self.manner(rows).view(len(rows), self.out.out_features, -1)
        return torch.baddbmm(added[:, None, :, -1], found, added[:, :, :-1].transpose(1, 2))

    def settle(self, manners: Mapping[str, str]) -> None:
        """Mark each type, by its name, as one corpus does from now on; a type that is not named, as none in particular.

        What the corpora add goes into the weights of the last layer: the settled network is no larger or slower.
        """
        if not self.size.manners:
            return
        rows = [self.size.manners.index(manners[kind.value]) + 1 if kind.value in manners else 0 for kind in TYPES]
        added = self.manner.weight.detach().view(-1, len(TYPES), len(TAGS), self.out.in_features + 1)
        chosen = added[rows, range(len(TYPES))].flatten(0, 1)
        with torch.no_grad():
            self.out.weight.add_(chosen[:, :-1])
            self.out.bias.add_(chosen[:, -1])
        self.size = replace(self.size, manners=())
        del self.manner

    def loss(self, batch: Tensors, tags: Tensor, known: Tensor) -> Tensor:
        """Return the loss a word; tags are [windows, words, types], known (0 or 1) is [windows, types]."""
        lost: Tensor = self.crf(self(batch), tags) * known
        return lost.sum() / (tags.shape[0] * tags.shape[1])


def _dropped(hidden: Tensor, share: float, training: bool) -> Tensor:
    """Drop the same features at every word of a window."""
    if not training:
        return hidden
    mask = torch.rand(hidden.shape[0], 1, hidden.shape[2]) >= share
    return hidden * mask / (1 - share)


def allowed() -> Tensor:
    """Return 0 where a tag may follow another, else a score that nothing makes up for: [tags, tags]."""
    table = torch.full((len(TAGS), len(TAGS)), FORBIDDEN)
    for i, tag in enumerate(TAGS):
        for after in _FOLLOWS[tag]:
            table[i, TAGS.index(after)] = 0.0
    return table


class Crf(nn.Module):
    """A linear chain for each type, over windows of one length."""

    def __init__(self) -> None:
        super().__init__()
        self.start = nn.Parameter(torch.zeros(len(TYPES), len(TAGS)))
        self.end = nn.Parameter(torch.zeros(len(TYPES), len(TAGS)))
        self.step = nn.Parameter(torch.zeros(len(TYPES), len(TAGS), len(TAGS)))
        self._allowed = allowed()
        self._first = torch.tensor([0, 0, FORBIDDEN, FORBIDDEN, 0])
        self._last = torch.tensor([0, FORBIDDEN, FORBIDDEN, 0, 0])

    def bounds(self) -> tuple[Tensor, Tensor, Tensor]:
        """Return the scores of starting with a tag, of stepping from one to another, of ending with one."""
        return self.start + self._first, self.step + self._allowed, self.end + self._last

    def forward(self, scores: Tensor, tags: Tensor) -> Tensor:
        """Return the negative log likelihood of the tags, [windows, types]."""
        start, step, end = self.bounds()
        return _total(scores, start, step, end) - _path(scores, tags, start, step, end)


def _total(scores: Tensor, start: Tensor, step: Tensor, end: Tensor) -> Tensor:
    """Return the log sum over all paths."""
    running = scores[:, 0] + start
    for i in range(1, scores.shape[1]):
        running = torch.logsumexp(running.unsqueeze(-1) + step, dim=-2) + scores[:, i]
    return torch.logsumexp(running + end, dim=-1)


def _path(scores: Tensor, tags: Tensor, start: Tensor, step: Tensor, end: Tensor) -> Tensor:
    """Return the score of the path of the tags."""
    kinds = torch.arange(scores.shape[2])
    given = scores.gather(-1, tags.unsqueeze(-1)).squeeze(-1).sum(1)
    steps = step[kinds, tags[:, :-1], tags[:, 1:]].sum(1)
    return given + steps + start[kinds, tags[:, 0]] + end[kinds, tags[:, -1]]
