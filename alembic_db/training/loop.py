"""The training of one network: batches, a falling rate, and the mean of the weights along the way."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from alembic_db.errors import InputError
from alembic_db.ner.compact.batch import batch_of
from alembic_db.reports import Progress
from alembic_db.training.config import Data, NetworkPlan
from alembic_db.training.data import Material, epoch_batches
from alembic_db.training.examples import TYPES, Example
from alembic_db.training.network import Network, NetworkSize, Tensors

_LEAST_RATE = 0.02  # of the full rate, at the end
_AVERAGED_EVERY = 4  # steps


class Trainer:
    """Trains a network epoch by epoch; what it has done is kept in a file and gone on with."""

    def __init__(self, material: Material, data: Data, plan: NetworkPlan, checkpoint: Path) -> None:
        self._material, self._data, self._plan, self._checkpoint = material, data, plan, checkpoint
        torch.manual_seed(plan.seed)
        words, table = material.vectors if plan.vectors and material.vectors else ([], None)
        self._vectors: Mapping[str, int] = {word: row for row, word in enumerate(words, start=1)}
        self._manners = _manners(material, plan)
        size = NetworkSize(hidden=plan.hidden, dropout=plan.dropout, manners=tuple(self._manners))
        if table is not None:
            size = replace(size, vectors=len(table), vector=table.shape[1])
        self.network = Network(size)
        if table is not None:
            self.network.vector.weight.data.copy_(torch.from_numpy(table))
        self._weights = [weight for weight in self.network.parameters() if weight.requires_grad]
        self._mean = [weight.detach().clone() for weight in self._weights]
        self._optimizer = torch.optim.AdamW(self._groups(), lr=plan.rate, betas=(0.9, 0.98), fused=True)
        self._step, self._epoch = 0, 0

    def train(self, progress: Progress) -> Network:
        """Train to the last epoch, and return the network with the mean weights."""
        self._resume()
        self.network.train()
        for epoch in range(self._epoch, self._plan.epochs):
            chance = random.Random(f"{self._plan.seed}-{epoch}")  # noqa: S311
            torch.manual_seed(self._plan.seed * 1000 + epoch)
            batches = epoch_batches(self._material, self._data, self._plan, chance)
            progress.start(f"epoch {epoch + 1} of {self._plan.epochs}", len(batches))
            loss = sum(self._learn(batch, len(batches) * self._plan.epochs, progress) for batch in batches)
            progress.note(f"epoch {epoch + 1}: loss {loss / max(1, len(batches)):.4f} a word")
            self._epoch = epoch + 1
            self._save()
        with torch.no_grad():
            for weight, mean in zip(self._weights, self._mean, strict=True):
                weight.copy_(mean)
        self.network.settle(self._plan.manners)
        return self.network.eval()

    def _learn(self, examples: Sequence[Example], steps: int, progress: Progress) -> float:
        plan = self._plan
        warm = min(1.0, self._step / plan.warm_up) if plan.warm_up else 1.0
        along = 0.5 * (1 + math.cos(math.pi * min(1.0, self._step / steps)))
        for group in self._optimizer.param_groups:
            group["lr"] = plan.rate * warm * (along * (1 - _LEAST_RATE) + _LEAST_RATE)
        batch, tags, known = _tensors(examples, self._vectors, self._manners)
        loss = self.network.loss(batch, tags, known)
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self._weights, plan.clip)
        self._optimizer.step()
        self._step += 1
        if self._step % _AVERAGED_EVERY == 0:
            self._average()
        progress.advance()
        return float(loss.detach())

    def _average(self) -> None:
        """Move the mean towards the weights: all the way at first, a little later on."""
        early = self._step <= 200
        kept = 0.0 if early else min(self._plan.average**_AVERAGED_EVERY, (1 + self._step) / (10 + self._step))
        with torch.no_grad():
            for mean, weight in zip(self._mean, self._weights, strict=True):
                mean.lerp_(weight, 1 - kept)

    def _groups(self) -> list[dict[str, Any]]:
        """Return the weights with their decay; what single corpora add is held close to nothing."""
        shared = {name: weight for name, weight in self.network.named_parameters() if weight.requires_grad}
        added = [shared.pop("manner.weight")] if self._manners else []
        return [{"params": list(shared.values()), "weight_decay": 0.01}, {"params": added, "weight_decay": 0.1}]

    def _save(self) -> None:
        state = {
            "plan": repr(self._plan),
            "epoch": self._epoch,
            "step": self._step,
            "network": self.network.state_dict(),
            "mean": self._mean,
            "optimizer": self._optimizer.state_dict(),
        }
        part = self._checkpoint.with_suffix(".part")
        torch.save(state, part)
        part.replace(self._checkpoint)

    def _resume(self) -> None:
        """Go on from the checkpoint, unless it is of another plan."""
        if not self._checkpoint.is_file():
            return
        state: dict[str, Any] = torch.load(self._checkpoint, weights_only=True)
        if state["plan"] != repr(self._plan):
            return
        self.network.load_state_dict(state["network"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._mean, self._epoch, self._step = state["mean"], state["epoch"], state["step"]


def _manners(material: Material, plan: NetworkPlan) -> dict[str, int]:
    """Number the corpora from 1, if they are to be told apart. InputError where one to take after is missing."""
    if not plan.apart and not plan.manners:
        return {}
    names = sorted({example.corpus for example in chain(material.examples, material.silver)})
    kinds = [kind.value for kind in TYPES]
    for kind, name in plan.manners.items():
        if kind not in kinds:
            raise InputError(f"There is no type {kind!r} to mark in a manner.", hint=f"There are {', '.join(kinds)}.")
        if name not in names:
            raise InputError(f"There is no corpus {name!r} to take after.", hint=f"There are {', '.join(names)}.")
    return {name: row for row, name in enumerate(names, start=1)}


def _tensors(
    examples: Sequence[Example], vectors: Mapping[str, int], manners: Mapping[str, int]
) -> tuple[Tensors, Tensor, Tensor]:
    batch = batch_of([example.words for example in examples], vectors)
    tags = torch.from_numpy(np.stack([example.tags for example in examples])).long()
    known = torch.from_numpy(np.stack([example.known for example in examples])).float()
    rows = torch.tensor([manners.get(example.corpus, 0) for example in examples])
    return Tensors(batch, rows), tags, known
