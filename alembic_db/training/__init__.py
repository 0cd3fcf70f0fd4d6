"""Training of the compact model, from gold corpora to the files under models/: needs the extra `train`."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from alembic_db.errors import MissingExtraError
from alembic_db.reports import NoProgress, Progress


def train(config: Path, folder: Path | None = None, progress: Progress | None = None) -> Path:
    """Train a model as a TOML file says; return the folder of its files, by default the one of the config.

    MissingExtraError where torch or onnx is not installed; ConfigError, InputError for what cannot be read.
    """
    missing = [name for name in ("torch", "onnx") if find_spec(name) is None]
    if missing:
        raise MissingExtraError(
            f"Training needs {' and '.join(missing)}, not installed here.",
            hint="Install the extra: pip install 'alembic-db[train]'",
        )
    from alembic_db.training.config import read_config
    from alembic_db.training.run import train_model

    return train_model(read_config(config), folder or config.parent, progress or NoProgress())
