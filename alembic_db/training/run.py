"""A whole training run: read, train each network, write the model, calibrate it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import torch

from alembic_db.ner.compact.annotator import CompactAnnotator
from alembic_db.ner.compact.model import ABOUT
from alembic_db.reports import Progress
from alembic_db.training.calibration import IDENTITY, calibrate
from alembic_db.training.config import Config
from alembic_db.training.data import Material, gather
from alembic_db.training.examples import TYPES
from alembic_db.training.export import export
from alembic_db.training.loop import Trainer
from alembic_db.training.network import Network

CHECKPOINTS = "checkpoints"


def train_model(config: Config, folder: Path, progress: Progress) -> Path:
    """Train the networks of a config one after another, and write their model; returns the folder."""
    torch.set_num_threads(config.threads)
    progress.start("read", None)
    material = gather(config.data)
    progress.note(f"{len(material.examples)} windows of gold, {len(material.silver)} of silver")
    checkpoints = folder / CHECKPOINTS
    checkpoints.mkdir(parents=True, exist_ok=True)
    networks = [
        Trainer(material, config.data, plan, checkpoints / f"network{number}.pt").train(progress)
        for number, plan in enumerate(config.networks, start=1)
    ]
    write_model(networks, material, folder, config.least_in_short_texts)
    return folder


def write_model(
    networks: list[Network], material: Material, folder: Path, least_in_short_texts: Mapping[str, float]
) -> None:
    """Write the files of a model, calibrated on the documents that were held back."""
    words = material.vectors[0] if material.vectors else []
    export(networks, words, {"calibration": [IDENTITY] * len(TYPES)}, folder)
    found = calibrate(CompactAnnotator(folder), material.development, TYPES)
    about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    for kind, entry in zip(TYPES, found, strict=True):
        entry["least_short"] = least_in_short_texts.get(kind.value, 0.0)
    about["calibration"] = found
    (folder / ABOUT).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
